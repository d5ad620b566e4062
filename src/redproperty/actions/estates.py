"""Changing the register of one estate: who manages it, and the Party unit of its property."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from redproperty.actions.acting import acting
from redproperty.domain.access import Actor, Deed, Subject, scope
from redproperty.domain.estates import Management, PartyForm, PartyStatus, Tenure, tenure_problems
from redproperty.domain.texts import Invalid, Problem, Refused, Text
from redproperty.store import companies, takeovers, tenures
from redproperty.store.tenures import EstateKey, PartyRow, TenureRow

DIRECT = (Management.MARKET, Management.SELF, Management.NONE)  # the others begin by a takeover case only
NOT_THERE = Text(
    "没有这个小区，或者它不在您的管辖范围内。请返回列表查找。",
    "There is no such estate, or it is outside your area. Look for it in the list.",
)
_IN_A_CASE = Text(
    "这个小区有在办的托管案件 {number}，管理方式只能随案件变动（规则：状态表）。请到案件页面办理下一步。",
    "This estate has the open takeover {number}; its management changes only with the case (rule: state table). "
    "Make the next move on the page of the case.",
)
_BY_A_CASE = Text(
    "应急服务和兜底托管只能通过立案开始，不能在这里直接登记",
    "Emergency service and custody begin by a takeover case and cannot be entered here",
)
_KIND = Text("请选择管理方式", "Choose who manages it")
_FIRST_DAY = Text("请填写生效日期，例如 2026-03-05", "State the first day, for example 2026-03-05")
_TOO_FAR = Text("生效日期不能晚于 {latest}", "The first day cannot be later than {latest}")
_CHANGE_THERE = Text(
    "{day} 当天已有一次管理变动；变动要晚于 {day}", "Management already changed on {day}; this change must be later"
)
_LATER_CHANGE = Text(
    "{day} 起已另有登记（{kind}），新的变动不能早于它", "From {day} on “{kind}” is already entered; be later than that"
)
_GAP = Text(
    "从 {ends} 到 {begins} 将有 {days} 天无人管理；确实如此请勾选“其间无人管理”",
    "From {ends} to {begins} nobody would manage it for {days} days; tick “nobody managed in between” if that is so",
)
_ALREADY_NONE = Text(
    "这一天本来就无人管理，没有可以结束的管理", "Nobody manages it on that day; there is nothing to end"
)
_SAME = Text("与现在的管理方式和企业相同，没有变动", "This is how it is managed now; nothing changes")
_NO_COMPANY = Text("请从列表中选择企业", "Choose a company from the list")
_DOCUMENT = Text("请填写依据文件文号，例如合同编号或会议纪要", "State the document, for example a contract or minutes")
_TOO_LONG = Text("最多 {limit} 个字", "At most {limit} characters")
_DOCUMENT_LENGTH = 120
AHEAD = timedelta(days=366)  # a contract signed today may begin within a year


@dataclass(frozen=True)
class ManagementChange:
    """Who manages from `begins` on; NONE ends the present management. `gap_stated`: the days between were unmanaged."""

    management: Management | None
    begins: date | None
    company_id: int | None = None
    document: str = ""
    gap_stated: bool = False


async def change_management(actor: Actor, code: str, change: ManagementChange, *, at: datetime, today: date) -> None:
    """End the present tenure and begin the new one on the same day, so that neither overlap nor unstated gap arises.

    Raises:
        Invalid: what was typed cannot be taken; fields management, company, begins, gap, document.
        Refused: not allowed, no such estate, or an open takeover case decides.
    """
    estate = await _estate(actor, code, today)
    async with acting(
        actor, Deed.EDIT_ESTATES, f"estate:{code}", at=at, subject=Subject(street=estate.street)
    ) as details:
        if case := await takeovers.open_case_of(estate.id):
            raise Refused(_IN_A_CASE.fill(number=case.number))
        rows = await tenures.of_estate(estate.id)
        problems = await _change_problems(change, rows, today)
        if problems or change.begins is None or change.management is None:
            raise Invalid(*problems)
        await succeed(estate.id, rows, Tenure(change.management, change.begins, company_id=change.company_id))
        details.update(_said(change, rows))


async def succeed(estate: int, rows: list[TenureRow], new: Tenure) -> None:
    """End what holds on the first day of `new` and begin it; one of kind NONE only ends. Inside a transaction.

    The caller has seen `succession_problems` to be empty.
    """
    for row in rows:
        if row.tenure.covers(new.begins):
            await tenures.end(row.id, new.begins)
    if new.management is not Management.NONE:
        await tenures.begin(estate, new)


def succession_problems(rows: list[TenureRow], begins: date) -> list[Problem]:
    """Return why nothing can change on `begins`: something already began that day, or begins after it."""
    problems = []
    for row in rows:
        if row.tenure.begins == begins:
            problems.append(Problem("begins", _CHANGE_THERE.fill(day=begins)))
        elif row.tenure.begins > begins:
            later = _LATER_CHANGE.fill(day=row.tenure.begins, kind=row.tenure.management.label)
            problems.append(Problem("begins", later))
    return problems


async def _change_problems(change: ManagementChange, rows: list[TenureRow], today: date) -> list[Problem]:
    """Return everything that is wrong with a change, in the order of the form."""
    problems = []
    if change.management is None:
        problems.append(Problem("management", _KIND))
    elif change.management not in DIRECT:
        problems.append(Problem("management", _BY_A_CASE))
    if change.company_id is not None and not await companies.exists(change.company_id):
        problems.append(Problem("company", _NO_COMPANY))
    if change.begins is None:
        problems.append(Problem("begins", _FIRST_DAY))
    elif change.management is not None:
        problems += _dated_problems(change, change.management, change.begins, rows, today)
    return problems + document_problems(change.document)


def _dated_problems(
    change: ManagementChange, kind: Management, begins: date, rows: list[TenureRow], today: date
) -> list[Problem]:
    """Return what is wrong with a change on its day, seen beside the tenures that the estate has had."""
    latest = today + AHEAD
    problems = [Problem("begins", _TOO_FAR.fill(latest=latest))] if begins > latest else []
    problems += succession_problems(rows, begins)
    present = next((row.tenure for row in rows if row.tenure.covers(begins)), None)
    if kind is Management.NONE:
        return problems + ([] if present else [Problem("management", _ALREADY_NONE)])
    new = Tenure(kind, begins, company_id=change.company_id)
    problems += tenure_problems(new, ())
    if present and (present.management, present.company_id) == (new.management, new.company_id):
        problems.append(Problem("management", _SAME))
    last = max((row.tenure.ends for row in rows if row.tenure.ends), default=None)
    if present is None and last and last < begins and not change.gap_stated:
        problems.append(Problem("gap", _GAP.fill(ends=last, begins=begins, days=(begins - last).days)))
    return problems


def document_problems(document: str) -> list[Problem]:
    """Return what is wrong with the number of a document."""
    if not document.strip():
        return [Problem("document", _DOCUMENT)]
    if len(document) > _DOCUMENT_LENGTH:
        return [Problem("document", _TOO_LONG.fill(limit=_DOCUMENT_LENGTH))]
    return []


def _said(change: ManagementChange, rows: list[TenureRow]) -> dict[str, Any]:
    """Return what the audit entry says of a change."""
    old = next((row for row in rows if change.begins and row.tenure.covers(change.begins)), None)
    return {
        "old": {"management": old.tenure.management.value if old else "none", "company": old.company if old else None},
        "new": {"management": change.management.value if change.management else None, "company_id": change.company_id},
        "on": change.begins.isoformat() if change.begins else None,
        "document": change.document.strip(),
    }


async def _estate(actor: Actor, code: str, today: date) -> EstateKey:
    """Return the estate in the actor's scope.

    Raises:
        Refused: there is none.
    """
    estate = await tenures.key(scope(actor), code, today)
    if estate is None:
        raise Refused(NOT_THERE)
    return estate


@dataclass(frozen=True)
class PartyUnitForm:
    """The Party unit as a form states it; form NONE ends the present one on `on`.

    `unreadable` names the fields in which something was typed that is no day.
    """

    form: PartyForm | None
    status: PartyStatus = PartyStatus.NONE
    on: date | None = None  # approved on that day, or ended
    approval_number: str = ""
    secretary: str = ""
    members: int | None = 0
    last_activity_on: date | None = None
    unreadable: frozenset[str] = frozenset()


_FORM = Text("请选择形式", "Choose the form")
_NO_DAY = Text("日期要写成 2026-03-05 这样", "Write the day like 2026-03-05")
_STATUS = Text("请选择“已批准”或“已申请”", "Choose “approved” or “applied for”")
_APPROVED_ON = Text("已批准的要填写批准日期", "An approved unit needs the day of approval")
_ENDED_ON = Text("请填写撤销日期", "State the day on which it ended")
_APPROVAL = Text("已批准的要填写批准文号", "An approved unit needs the number of its approval")
_FUTURE = Text("不能晚于今天", "Cannot be later than today")
_MEMBERS = Text("党员人数要写 0 到 9999 的整数", "Members is a whole number from 0 to 9999")
_NOTHING_TO_END = Text("这个小区没有党组织覆盖，没有可以撤销的", "There is no Party unit to end")
_ENDED_EARLY = Text("撤销日期要晚于批准日期 {day}", "It must end later than it was approved, {day}")
_REPLACED_EARLY = Text(
    "要晚于原党组织的批准日期 {day}", "Must be later than the approval of the unit that it replaces, {day}"
)
_MOST_MEMBERS, _APPROVAL_LENGTH = 9999, 60


async def record_party_unit(actor: Actor, code: str, form: PartyUnitForm, *, at: datetime, today: date) -> None:
    """Write the Party unit of an estate: another form ends the old unit and begins a new one, else it is changed.

    Raises:
        Invalid: fields form, status, on, approval_number, secretary, members, last_activity_on.
        Refused: not allowed, or no such estate.
    """
    estate = await _estate(actor, code, today)
    async with acting(
        actor, Deed.EDIT_ESTATES, f"estate:{code}", at=at, subject=Subject(street=estate.street)
    ) as details:
        old = next((unit for unit in await tenures.party_units(estate.id) if unit.ended_on is None), None)
        if (problems := _party_problems(form, old, today)) or form.form is None:
            raise Invalid(*problems)
        await _write_party_unit(estate.id, form, old, today)
        details["old"] = {"form": old.form, "status": old.status} if old else {"form": "none", "status": "none"}
        details["new"] = {"form": form.form.value, "status": form.status.value, "document": form.approval_number}


async def _write_party_unit(estate: int, form: PartyUnitForm, old: PartyRow | None, today: date) -> None:
    assert form.form is not None  # noqa: S101 - checked by the caller
    approved = form.status is PartyStatus.APPROVED
    if old and form.form.value != old.form:
        await tenures.end_party_unit(old.id, form.on or today)
        old = None
    if form.form is PartyForm.NONE:
        return
    values = {
        "form": form.form.value,
        "status": form.status.value,
        "approval_number": form.approval_number.strip(),
        "approved_on": form.on if approved else None,
        "secretary": form.secretary.strip(),
        "members": form.members or 0,
        "last_activity_on": form.last_activity_on,
    }
    await (tenures.change_party_unit(old.id, values) if old else tenures.add_party_unit(estate, values))


def _party_problems(form: PartyUnitForm, old: PartyRow | None, today: date) -> list[Problem]:
    """Return everything that is wrong with the form."""
    if form.form is PartyForm.NONE:
        return _ending_problems(form, old, today)
    problems = [] if form.form else [Problem("form", _FORM)]
    if form.status is PartyStatus.NONE:
        problems.append(Problem("status", _STATUS))
    approved = form.status is PartyStatus.APPROVED
    problems += [Problem(name, _NO_DAY) for name in sorted(form.unreadable)]
    if approved and not form.on and "on" not in form.unreadable:
        problems.append(Problem("on", _APPROVED_ON))
    if approved and not form.approval_number.strip():
        problems.append(Problem("approval_number", _APPROVAL))
    replaced = old if old and form.form and form.form.value != old.form else None
    if replaced and replaced.approved_on and form.on and form.on <= replaced.approved_on:
        problems.append(Problem("on", _REPLACED_EARLY.fill(day=replaced.approved_on)))
    for name, words in (("approval_number", form.approval_number), ("secretary", form.secretary)):
        if len(words) > _APPROVAL_LENGTH:
            problems.append(Problem(name, _TOO_LONG.fill(limit=_APPROVAL_LENGTH)))
    if form.members is None or not 0 <= form.members <= _MOST_MEMBERS:
        problems.append(Problem("members", _MEMBERS))
    days = {"on": form.on, "last_activity_on": form.last_activity_on}
    return problems + [Problem(name, _FUTURE) for name, day in days.items() if day and day > today]


def _ending_problems(form: PartyUnitForm, old: PartyRow | None, today: date) -> list[Problem]:
    if old is None:
        return [Problem("form", _NOTHING_TO_END)]
    if form.on is None:
        return [Problem("on", _ENDED_ON)]
    if form.on > today:
        return [Problem("on", _FUTURE)]
    if old.approved_on and form.on <= old.approved_on:
        return [Problem("on", _ENDED_EARLY.fill(day=old.approved_on))]
    return []
