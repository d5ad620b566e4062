"""Taking over an estate that nobody manages: opening a case and moving it along the state table of its edition.

Whatever a move means for who manages the estate is written in the same transaction as the move itself.
"""

from dataclasses import dataclass
from datetime import date, datetime

from redproperty.actions.acting import acting
from redproperty.actions.estates import NOT_THERE, document_problems, succeed, succession_problems
from redproperty.domain.access import Actor, Deed, Subject, scope
from redproperty.domain.estates import Management, Tenure, management_on
from redproperty.domain.takeovers import Case, Move, Step, TakeoverRules, Trigger, move, moves, needs_provider, opened
from redproperty.domain.texts import Invalid, Problem, Refused, Text
from redproperty.store import companies, takeovers, tenures
from redproperty.store.takeovers import CaseRow
from redproperty.store.tenures import EstateKey, TenureRow


@dataclass(frozen=True)
class Law:
    """The takeover part of one edition: `edition` is the name of its folder."""

    edition: str
    rules: TakeoverRules


@dataclass(frozen=True)
class Opening:
    """What a person states when opening a case.

    Without a `basis` the article of the trigger stands. `ends_management`: the present management ends on that day.
    """

    trigger: str
    on: date | None
    basis: str
    document: str
    note: str = ""
    ends_management: bool = False


@dataclass(frozen=True)
class NextMove:
    """What a person states when moving a case on."""

    event: str
    on: date | None
    basis: str
    document: str
    note: str = ""
    guard_met: bool = False
    provider_id: int | None = None


_TRIGGER = Text("请从法定情形中选择一项", "Choose one of the legal triggers")
_DAY = Text("请填写日期，例如 2026-03-05", "State the day, for example 2026-03-05")
_FUTURE = Text("不能晚于今天", "Cannot be later than today")
_BASIS = Text("请填写依据（条款号）", "State the basis (article)")
_TOO_LONG = Text("最多 {limit} 个字", "At most {limit} characters")
_OPEN_ALREADY = Text(
    "这个小区已有在办案件 {number}，一个小区同时只能有一个。请到该案件办理。",
    "This estate already has the open case {number}; there can be one at a time. Go on there.",
)
_SERVED = Text(
    "这一天小区由“{kind}”负责，不是失管，不能立案",
    "On that day the estate is under “{kind}”, not unmanaged; no case can be opened",
)
_STILL_MANAGED = Text(
    "这一天小区仍由物业企业管理；如企业已撤离，请勾选“现有管理自该日终止”",
    "A company still manages it on that day; tick “the present management ends” if it has left",
)
_NOBODY_THERE = Text(
    "这一情形针对有人管理的小区，该小区当日已无人管理；请改选失管情形",
    "This trigger is about a managed estate; nobody manages it on that day, choose another",
)
_EVENT = Text("请从允许的下一步中选择", "Choose one of the moves that are open")
_GUARD = Text("须先确认条件：{guard}", "First confirm the condition: {guard}")
_PROVIDER = Text("请选择服务企业", "Choose the company that serves")
_OWN_COMPANY = Text(
    "“{mode}”只能由本街道的物业公司承担", "“{mode}” is only for the property company of the estate's own street"
)
_MOVED_ALREADY = Text(
    "这个案件刚才已被推进到下一步，您的操作没有保存。请刷新页面查看现状。",
    "Someone has just moved this case; yours was not saved. Reload the page and look.",
)
_NO_CASE = Text("没有这个案件，或者它不在您的管辖范围内。", "There is no such case, or it is outside your area.")
_LIMITS = {"basis": 200, "note": 500}


async def open_case(actor: Actor, law: Law, code: str, opening: Opening, *, at: datetime, today: date) -> str:
    """Open a case on an estate and return its number.

    Raises:
        Invalid: fields trigger, on, basis, document, ends_management, note.
        Refused: not allowed, no such estate, or it has an open case.
    """
    estate = await tenures.key(scope(actor), code, today)
    if estate is None:
        raise Refused(NOT_THERE)
    async with acting(
        actor, Deed.OPEN_TAKEOVER, f"estate:{code}", at=at, subject=Subject(street=estate.street)
    ) as details:
        if other := await takeovers.open_case_of(estate.id):
            raise Refused(_OPEN_ALREADY.fill(number=other.number))
        rows = await tenures.of_estate(estate.id)
        problems = _opening_problems(law.rules, opening, rows, today)
        if problems or opening.on is None:
            raise Invalid(*problems)
        present = management_on((row.tenure for row in rows), opening.on)
        case = opened(law.rules, opening.trigger, on=opening.on, document=opening.document, management=present)
        assert isinstance(case, Case)  # noqa: S101 - what could be wrong with it was said above
        number = await _write_opening(actor, law, estate, opening, case, at=at)
        if case.management is Management.NONE:
            await succeed(estate.id, rows, Tenure(Management.NONE, case.entered_on))
        details.update(number=number, trigger=opening.trigger, on=opening.on.isoformat(), document=opening.document)
    return number


async def _write_opening(
    actor: Actor, law: Law, estate: EstateKey, opening: Opening, case: Case, *, at: datetime
) -> str:
    """Write the case and its first move; return its number."""
    trigger, number = law.rules.trigger(opening.trigger), await takeovers.next_number(case.entered_on.year)
    added = await takeovers.add(
        {
            "number": number, "estate": estate.id, "state": case.state, "trigger": trigger.code,
            "edition": law.edition, "opened_on": case.entered_on, "entered_on": case.entered_on,
        }
    )  # fmt: skip
    await takeovers.add_move(
        {
            "takeover": added, "event": trigger.code, "from_state": "", "to_state": case.state,
            "on_day": case.entered_on, "at": at, "person": actor.id, "basis": opening.basis.strip() or trigger.basis,
            "document": opening.document.strip(), "note": opening.note.strip(),
        }
    )  # fmt: skip
    return number


def _opening_problems(rules: TakeoverRules, opening: Opening, rows: list[TenureRow], today: date) -> list[Problem]:
    """Return everything that is wrong with an opening, in the order of the form."""
    trigger = next((one for one in rules.triggers if one.code == opening.trigger), None)
    problems = [] if trigger else [Problem("trigger", _TRIGGER)]
    problems += _day_problems(opening.on, today)
    if trigger and opening.on:
        problems += _standing_problems(rules, trigger, opening, rows)
    return problems + _paper_problems(opening.basis, opening.document, opening.note)


def _standing_problems(
    rules: TakeoverRules, trigger: Trigger, opening: Opening, rows: list[TenureRow]
) -> list[Problem]:
    """Return why the trigger does not fit who manages the estate on its day."""
    assert opening.on is not None  # noqa: S101 - checked by the caller
    present = management_on((row.tenure for row in rows), opening.on)
    if present in {Management.EMERGENCY, Management.CUSTODY}:
        return [Problem("trigger", _SERVED.fill(kind=present.label))]
    leaves_nobody = rules.state(trigger.opens).management is Management.NONE
    if present is Management.NONE:
        return [] if leaves_nobody else [Problem("trigger", _NOBODY_THERE)]
    if not leaves_nobody:
        return []
    problems = _on_day(succession_problems(rows, opening.on))
    if not opening.ends_management:
        problems.append(Problem("ends_management", _STILL_MANAGED))
    return problems


async def move_case(actor: Actor, law: Law, number: str, step: NextMove, *, at: datetime, today: date) -> None:
    """Move a case one row along the table of its own edition, with what that means for who manages the estate.

    Raises:
        Invalid: fields event, on, basis, document, guard_met, provider, note.
        Refused: not allowed, no such case, closed, or somebody has just moved it.
    """
    case = await takeovers.one(scope(actor), number, today)
    if case is None:
        raise Refused(_NO_CASE)
    async with acting(
        actor, Deed.MOVE_TAKEOVER, f"takeover:{number}", at=at, subject=Subject(street=case.street)
    ) as details:
        rows = await tenures.of_estate(case.estate_id)
        problems = await _move_problems(law.rules, case, step, rows, today)
        if problems or step.on is None:
            raise Invalid(*problems)
        standing = Case(case.state, case.entered_on, management_on((row.tenure for row in rows), step.on))
        taken = Step(step.event, step.on, step.document, step.guard_met, step.provider_id)
        after = move(law.rules, standing, taken)
        if isinstance(after, Text):
            raise Refused(after)
        await _write_move(actor, law.rules, case, step, after, at=at)
        if tenure := _tenure_after(law.rules, standing, after, step.provider_id):
            await succeed(case.estate_id, rows, tenure)
        details.update(
            {"event": step.event, "old": case.state, "new": after.state, "on": step.on.isoformat()},
            document=step.document.strip(), provider_id=step.provider_id,
        )  # fmt: skip


async def _write_move(
    actor: Actor, rules: TakeoverRules, case: CaseRow, step: NextMove, after: Case, *, at: datetime
) -> None:
    """Write where the case stands now, and the move.

    Raises:
        Refused: it no longer stands where the move began.
    """
    values = {"state": after.state, "entered_on": after.entered_on}
    if step.provider_id is not None:
        values["provider"] = step.provider_id
    if rules.state(after.state).final:
        values["closed_on"] = after.entered_on
    if not await takeovers.change(case.id, values, entered_from=case.state):
        raise Refused(_MOVED_ALREADY)
    await takeovers.add_move(
        {
            "takeover": case.id, "event": step.event, "from_state": case.state, "to_state": after.state,
            "on_day": after.entered_on, "at": at, "person": actor.id, "basis": step.basis.strip(),
            "document": step.document.strip(), "note": step.note.strip(), "provider": step.provider_id,
        }
    )  # fmt: skip


def _tenure_after(rules: TakeoverRules, before: Case, after: Case, provider: int | None) -> Tenure | None:
    """Return the management that a move begins: another kind, or at the end another company; None: it goes on."""
    there = rules.state(after.state)
    if not _changes_management(there.management, before.management, final=there.final):
        return None
    company = None if after.management in {Management.NONE, Management.SELF} else provider
    return Tenure(after.management, after.entered_on, company_id=company)


def _changes_management(there: Management | None, before: Management, *, final: bool) -> bool:
    """Whether entering a state changes who manages: its kind differs, or the case ends with a new company."""
    return there is not None and (there is not before or final)


async def _move_problems(
    rules: TakeoverRules, case: CaseRow, step: NextMove, rows: list[TenureRow], today: date
) -> list[Problem]:
    """Return everything that is wrong with a move, in the order of the form."""
    row = next((one for one in moves(rules, case.state) if one.event == step.event), None)
    if row is None:
        return [Problem("event", _EVENT)]
    problems = _day_problems(step.on, today)
    if step.on and step.on < case.entered_on:
        early = Text("不能早于进入当前状态的日期 {day}", "Cannot be earlier than {day}, when the present state began")
        problems.append(Problem("on", early.fill(day=case.entered_on)))
    problems += await _provider_problems(rules, case, row, step, rows)
    if step.on:
        before = management_on((row.tenure for row in rows), step.on)
        there = rules.state(row.to)
        if _changes_management(there.management, before, final=there.final):
            problems += _on_day(succession_problems(rows, step.on))
    problems += [] if step.basis.strip() else [Problem("basis", _BASIS)]
    problems += _paper_problems(step.basis, step.document, step.note)
    if not step.guard_met:
        problems.append(Problem("guard_met", _GUARD.fill(guard=row.guard)))
    return problems


async def _provider_problems(
    rules: TakeoverRules, case: CaseRow, row: Move, step: NextMove, rows: list[TenureRow]
) -> list[Problem]:
    """Return what is wrong with the company named, where the move needs one."""
    day = step.on or case.entered_on
    standing = Case(case.state, case.entered_on, management_on((one.tenure for one in rows), day))
    if not needs_provider(rules, standing, row):
        return []
    known = {company.id: company for company in await companies.choices()}
    if step.provider_id not in known:
        return [Problem("provider", _PROVIDER)]
    mode = next((one for one in rules.modes if one.code == rules.state(row.to).mode), None)
    if mode and set(mode.providers) == {"street_company"} and known[step.provider_id].street != case.street:
        return [Problem("provider", _OWN_COMPANY.fill(mode=mode.title))]
    return []


def _day_problems(on: date | None, today: date) -> list[Problem]:
    if on is None:
        return [Problem("on", _DAY)]
    return [Problem("on", _FUTURE)] if on > today else []


def _on_day(problems: list[Problem]) -> list[Problem]:
    """Return the problems of a succession under the field that states the day here."""
    return [Problem("on", problem.text) for problem in problems]


def _paper_problems(basis: str, document: str, note: str) -> list[Problem]:
    problems = document_problems(document)
    for name, words in (("basis", basis), ("note", note)):
        if len(words) > _LIMITS[name]:
            problems.append(Problem(name, _TOO_LONG.fill(limit=_LIMITS[name])))
    return problems
