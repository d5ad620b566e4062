"""One takeover: opening a case on an estate, and the page of a case with its clock, duties, moves and history."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from redproperty.actions.takeovers import Law, NextMove, Opening, move_case, open_case
from redproperty.domain.access import Deed, Role, may, scope
from redproperty.domain.estates import management_on
from redproperty.domain.packs import Pack, in_force
from redproperty.domain.takeovers import Case, Clock, Move, State, TakeoverRules, clock, moves, needs_provider
from redproperty.domain.texts import Invalid, Refused, Text
from redproperty.store import companies, estates, takeovers, tenures
from redproperty.store.companies import Choice as CompanyChoice
from redproperty.store.estates import EstateRow
from redproperty.store.takeovers import CaseRow, MoveRow
from redproperty.web.editions import pack_named, packs
from redproperty.web.estates import Typed
from redproperty.web.fields import day_of, number_of, typed
from redproperty.web.security import needs
from redproperty.web.takeovers import TONES, Line, left_of, line
from redproperty.web.timelines import move_title
from redproperty.web.views import Ask, View, actor_of, now, problems_by_field, see, today

_GONE = Text("立案时的规则版本 {edition} 已不在", "The edition {edition} of this case is gone")
NO_EDITION = Text(
    "今天没有生效的规则版本，不能立案。请先启用规则。", "No edition of the rules holds today; put one in force first."
)
_OPENED = Text("已立案 {number}。", "Case {number} is open.")
_MOVED = Text("已办理：{title}。", "Done: {title}.")
_DUE = Text("期限至 {due}，{left}", "Due {due}, {left}")
_MET = Text("期限至 {due}，按期办结", "Due {due}, met")
_MISSED = Text("期限至 {due}，{left}后办结", "Due {due}, done when {left}")


@dataclass(frozen=True)
class NewCase(View):
    """The form that opens a case on one estate."""

    template: ClassVar[str] = "pages/takeovers/new.html"
    row: EstateRow
    rules: TakeoverRules
    edition: str
    open_case: str | None
    typed: Typed = field(default_factory=Typed)


def _law(ask: Ask) -> Law:
    """Return the takeover rules that hold today.

    Raises:
        Refused: none do.
    """
    pack = in_force(packs(ask), today(ask))
    if pack is None:
        raise Refused(NO_EDITION)
    return Law(pack.edition, pack.takeover_rules())


async def _new(ask: Ask, code: str, again: Typed | None = None) -> NewCase:
    page = await estates.one(scope(actor_of(ask)), code, today(ask))
    if page is None:
        raise NotFoundException
    law, case = _law(ask), await takeovers.open_case_of(page.row.id)
    return NewCase(page.row, law.rules, law.edition, case.number if case else None, again or Typed())


@get("/takeovers/new", guards=[needs(Deed.OPEN_TAKEOVER)])
async def new(request: Ask, estate: FromQuery[str] = "") -> Response[str] | Redirect:
    """Show the form for an estate; without one, the unmanaged estates to choose from."""
    if not estate:
        return see("/estates?management=none")
    return (await _new(request, estate)).response(request)


@post("/takeovers", guards=[needs(Deed.OPEN_TAKEOVER)])
async def create(request: Ask) -> Response[Any] | Redirect:
    """Open a case."""
    values = await typed(request)
    code = values.get("estate", "")
    again = await _new(request, code)
    opening = Opening(
        trigger=values.get("trigger", ""),
        on=day_of(values, "on"),
        basis=values.get("basis", ""),
        document=values.get("document", ""),
        note=values.get("note", ""),
        ends_management=bool(values.get("ends_management")),
    )
    law = Law(again.edition, again.rules)
    try:
        number = await open_case(actor_of(request), law, code, opening, at=now(request), today=today(request))
    except Invalid as invalid:
        mended = await _new(request, code, Typed(values, problems_by_field(invalid.problems)))
        return mended.response(request, status=422)
    return see(f"/takeovers/{number}", _OPENED.fill(number=number))


@dataclass(frozen=True)
class NextStep:
    """One move that the table allows now: what it asks for, and who can serve where a company must be named."""

    move: Move
    to: State
    providers: tuple[CompanyChoice, ...]
    restriction: Text | None


@dataclass(frozen=True)
class CaseHistory:
    """One move as it was made, in words: what was confirmed, and how the clock of the state it led to ran."""

    row: MoveRow
    role: Text
    title: Text
    to: Text
    guard: Text | None
    clock: Text | None
    tone: str


@dataclass(frozen=True)
class CaseDetail(View):
    """One case: where it stands, its clock, what must be done, what can be done now, and all that was done."""

    template: ClassVar[str] = "pages/takeovers/detail.html"
    line: Line
    clock: Clock | None
    basis: str
    duties: tuple[Text, ...]
    path: tuple[tuple[Text, str], ...]  # the states it went through, with "done" or "now"
    steps: tuple[NextStep, ...]
    step: NextStep | None  # the one whose form is open
    history: tuple[CaseHistory, ...]
    why_not: Text | None
    edition_gone: Text | None
    typed: Typed = field(default_factory=Typed)


@get("/takeovers/{number:str}", guards=[needs(Deed.VIEW_TAKEOVERS)])
async def show(request: Ask, number: FromPath[str], step: FromQuery[str] = "") -> Response[str]:
    """Show one case; `step` names the move whose form is open."""
    return (await _detail(request, number, step)).response(request)


async def _case(ask: Ask, number: str) -> CaseRow:
    case = await takeovers.one(scope(actor_of(ask)), number, today(ask))
    if case is None:
        raise NotFoundException
    return case


async def _detail(ask: Ask, number: str, step: str, again: Typed | None = None) -> CaseDetail:
    case, day = await _case(ask, number), today(ask)
    pack = pack_named(ask, case.edition)
    state = pack.takeover_rules().state(case.state) if pack else None
    refusal = may(actor_of(ask), Deed.MOVE_TAKEOVER)
    steps = await _steps(pack.takeover_rules(), case, day) if pack and refusal is None else ()
    history = _history(pack, await takeovers.moves(case.id), case, day)
    return CaseDetail(
        line=line(pack, case, day),
        clock=clock(pack.takeover_rules(), case.entered_on, case.state, day) if pack else None,
        basis=state.limit.basis if state and state.limit else "",
        duties=state.duties if state else (),
        path=tuple((one.to, "done" if one is not history[-1] or case.closed_on else "now") for one in history),
        steps=steps,
        step=next((one for one in steps if one.move.event == step or len(steps) == 1), None),
        history=history,
        why_not=refusal if case.closed_on is None else None,
        edition_gone=None if pack else _GONE.fill(edition=case.edition),
        typed=again or Typed(),
    )


def _history(pack: Pack | None, rows: Sequence[MoveRow], case: CaseRow, day: date) -> tuple[CaseHistory, ...]:
    """Return every move in words, oldest first; each state's clock ran until the next move, the last one runs on."""
    left_on = [*(row.on_day for row in rows[1:]), None]
    return tuple(_told(pack, row, until, case, day) for row, until in zip(rows, left_on, strict=True))


def _told(pack: Pack | None, row: MoveRow, until: date | None, case: CaseRow, day: date) -> CaseHistory:
    title, role = move_title(pack, row.event, row.from_state), Role(row.role).label
    if pack is None:
        return CaseHistory(row, role, title, Text(row.to_state, row.to_state), None, None, "")
    rules = pack.takeover_rules()
    guard = next((one.guard for one in moves(rules, row.from_state) if one.event == row.event), None)
    said, tone = None, ""
    at = clock(rules, row.on_day, row.to_state, until or day)
    if at.due_on is not None and (until or case.closed_on is None):
        late = (at.days_left or 0) < 0
        template = _DUE if until is None else _MISSED if late else _MET
        said, tone = template.fill(due=at.due_on, left=left_of(at)), TONES[at.level if until is None or late else "ok"]
    return CaseHistory(row, role, title, rules.state(row.to_state).title, guard, said, tone)


async def _steps(rules: TakeoverRules, case: CaseRow, day: date) -> tuple[NextStep, ...]:
    """Return the moves that the table allows now, each with the companies that may be named for it."""
    held = await tenures.of_estate(case.estate_id)
    standing = Case(case.state, case.entered_on, management_on((row.tenure for row in held), day))
    every = tuple(await companies.choices())
    steps = []
    for move in moves(rules, case.state):
        there = rules.state(move.to)
        mode = next((one for one in rules.modes if one.code == there.mode), None)
        own_only = mode is not None and set(mode.providers) == {"street_company"}
        named = tuple(one for one in every if not own_only or one.street == case.street)
        needed = needs_provider(rules, standing, move)
        steps.append(NextStep(move, there, named if needed else (), mode.restriction if mode and needed else None))
    return tuple(steps)


@post("/takeovers/{number:str}/moves", guards=[needs(Deed.MOVE_TAKEOVER)])
async def move(request: Ask, number: FromPath[str]) -> Response[Any] | Redirect:
    """Move a case on."""
    values, case = await typed(request), await _case(request, number)
    pack = pack_named(request, case.edition)
    if pack is None:
        raise Refused(_GONE.fill(edition=case.edition))
    step = NextMove(
        event=values.get("event", ""),
        on=day_of(values, "on"),
        basis=values.get("basis", ""),
        document=values.get("document", ""),
        note=values.get("note", ""),
        guard_met=bool(values.get("guard_met")),
        provider_id=number_of(values, "provider"),
    )
    law = Law(pack.edition, pack.takeover_rules())
    try:
        await move_case(actor_of(request), law, number, step, at=now(request), today=today(request))
    except Invalid as invalid:
        again = Typed(values, problems_by_field(invalid.problems))
        return (await _detail(request, number, step.event, again)).response(request, status=422)
    return see(f"/takeovers/{number}", _MOVED.fill(title=move_title(pack, step.event, case.state)))


ROUTES = (new, create, show, move)
