"""Pages of takeovers: the board by clock, opening a case, and one case with its clock, duties, moves and history."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar, Final

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from redproperty.actions.exporting import record_export
from redproperty.actions.takeovers import Law, NextMove, Opening, move_case, open_case
from redproperty.domain.access import Deed, allowed, may, scope
from redproperty.domain.calendar import Unit
from redproperty.domain.estates import Management, management_on
from redproperty.domain.packs import Pack, in_force
from redproperty.domain.takeovers import Case, Clock, Move, State, TakeoverRules, clock, moves, needs_provider
from redproperty.domain.texts import Invalid, Refused, Text
from redproperty.exports.tables import Column, Table
from redproperty.store import companies, divisions, estates, takeovers, tenures
from redproperty.store.companies import Choice as CompanyChoice
from redproperty.store.estates import EstateRow
from redproperty.store.takeovers import CaseRow, MoveRow
from redproperty.web.editions import pack_named, packs
from redproperty.web.estate_forms import day_of, number_of, typed
from redproperty.web.estates import Typed, actor_of
from redproperty.web.files import CSV, XLSX, FileKind, table_file
from redproperty.web.lists import Filter, Option, address
from redproperty.web.security import needs
from redproperty.web.timelines import move_title
from redproperty.web.views import Ask, View, now, problems_by_field, see, today

LEVELS: Final = {
    "overdue": Text("已超期", "overdue"),
    "warn": Text("临近到期", "due soon"),
    "ok": Text("期限内", "in time"),
    "none": Text("无期限", "no limit"),
}
TONES: Final = {"overdue": "bad", "warn": "warn", "ok": "good", "none": ""}
ORDER: Final = {"overdue": 0, "warn": 1, "ok": 2, "none": 3}
_LATE, _TODAY, _LEFT = (
    Text("超期 {n} {unit}", "{n} {unit} late"),
    Text("今天到期", "due today"),
    Text("剩 {n} {unit}", "{n} {unit} left"),
)
_DAYS, _WORKING = Text("天", "days"), Text("个工作日", "working days")
_GONE = Text("立案时的规则版本 {edition} 已不在", "The edition {edition} of this case is gone")
NO_EDITION = Text(
    "今天没有生效的规则版本，不能立案。请先启用规则。", "No edition of the rules holds today; put one in force first."
)
BOARD = Text("托管案件", "Takeovers")
_OPENED = Text("已立案 {number}。", "Case {number} is open.")
_MOVED = Text("已办理：{title}。", "Done: {title}.")


@dataclass(frozen=True)
class Line:
    """One case on the board: where it stands in words, how its clock stands, how old it is in days."""

    case: CaseRow
    state: Text
    mode: Text | None
    trigger: Text
    level: str
    due: date | None
    left: Text
    days_left: int | None
    age: int

    @property
    def tone(self) -> str:
        """The colour of its clock, which is also said in words."""
        return TONES[self.level]


def line(pack: Pack | None, case: CaseRow, day: date) -> Line:
    """Return how a case stands on a day by the edition under which it was opened."""
    age = ((case.closed_on or day) - case.opened_on).days
    if pack is None:
        code = Text(case.state, case.state)
        return Line(case, code, None, Text(case.trigger, case.trigger), "none", None, LEVELS["none"], None, age)
    rules = pack.takeover
    state = rules.state(case.state)
    mode = next((one.title for one in rules.modes if one.code == state.mode), None)
    at = clock(rules, case.entered_on, case.state, day)
    trigger = rules.trigger(case.trigger).title
    return Line(case, state.title, mode, trigger, at.level, at.due_on, left_of(at), at.days_left, age)


def left_of(at: Clock) -> Text:
    """Return how much time is left in a word or two."""
    if at.days_left is None:
        return LEVELS["none"]
    unit = _WORKING if at.unit is Unit.WORKING else _DAYS
    template = _LATE if at.days_left < 0 else _LEFT if at.days_left else _TODAY
    return template.fill(n=abs(at.days_left), unit=unit)


def lines(ask: Ask, cases: Iterable[CaseRow]) -> list[Line]:
    """Return the cases as they stand today, the most pressing first."""
    day = today(ask)
    found = [line(pack_named(ask, case.edition), case, day) for case in cases]
    return sorted(found, key=lambda one: (ORDER[one.level], one.due or date.max, one.case.number))


@dataclass(frozen=True)
class Board(View):
    """The cases by clock as narrowed by the address."""

    template: ClassVar[str] = "pages/takeovers/board.html"
    lines: list[Line]
    filters: tuple[Filter, ...]
    tally: tuple[tuple[str, Text, str, int, str], ...]  # level, wording, tone, cases, address
    files: dict[str, str]
    closed: bool
    narrowed: bool
    may_open: bool
    unmanaged: int
    households: int


PARAMS: Final = ("street", "state", "level", "closed")


def _asked(ask: Ask) -> dict[str, str]:
    asked = {name: ask.query_params.get(name, "") for name in PARAMS}
    return {**asked, "level": asked["level"] if asked["level"] in LEVELS else "", "closed": asked["closed"] and "1"}


async def _narrowed(ask: Ask, asked: Mapping[str, str]) -> tuple[list[Line], list[Line]]:
    """Return all cases of the board, and those that the address narrows it to."""
    scoped = scope(actor_of(ask))
    every = lines(ask, await takeovers.cases(scoped, today(ask), closed=bool(asked["closed"])))
    chosen = [
        one
        for one in every
        if asked["street"] in {"", one.case.street}
        and asked["state"] in {"", one.case.state}
        and asked["level"] in {"", one.level}
    ]
    return every, chosen


@get("/takeovers", guards=[needs(Deed.VIEW_TAKEOVERS)])
async def board(request: Ask) -> Response[str]:
    """Show the board."""
    actor, asked = actor_of(request), _asked(request)
    every, chosen = await _narrowed(request, asked)
    _, tally = await estates.counts(scope(actor), estates.Wanted(), today(request))
    view = Board(
        lines=chosen,
        filters=_filters(every, asked, {one.code: one.name for one in await divisions.streets()}),
        tally=tuple(
            (
                level,
                LEVELS[level],
                TONES[level],
                sum(one.level == level for one in every),
                address("/takeovers", {**asked, "level": level}),
            )
            for level in LEVELS
        ),
        files={kind: address(f"/takeovers.{kind}", asked) for kind in (XLSX, CSV)},
        closed=bool(asked["closed"]),
        narrowed=any(asked.values()),
        may_open=allowed(actor.role, Deed.OPEN_TAKEOVER),
        unmanaged=tally["management"].get(Management.NONE.value, 0),
        households=sum(one.case.households for one in chosen),
    )
    return view.response(request)


def _filters(every: list[Line], asked: Mapping[str, str], streets: Mapping[str, str]) -> tuple[Filter, ...]:
    """Return the drop-downs of the board with what stands on it."""
    where = {one.case.street: Text(streets.get(one.case.street, ""), streets.get(one.case.street, "")) for one in every}
    states = {one.case.state: one.state for one in every}
    return (
        Filter("street", Text("街道", "Street"), _options(where, [one.case.street for one in every]), asked["street"]),
        Filter("state", Text("状态", "State"), _options(states, [one.case.state for one in every]), asked["state"]),
        Filter("level", Text("期限", "Clock"), _options(LEVELS, [one.level for one in every]), asked["level"]),
    )


def _options(words: Mapping[str, Text], values: list[str]) -> tuple[Option, ...]:
    return tuple(Option(value, label, values.count(value)) for value, label in words.items())


COLUMNS: Final = (
    Column("number", Text("案号", "Case"), width=16),
    Column("estate_code", Text("小区编码", "Estate code"), width=12),
    Column("estate_name", Text("小区", "Estate"), width=20),
    Column("street_name", Text("街道", "Street"), width=14),
    Column("state", Text("状态", "State"), width=14),
    Column("mode", Text("模式", "Mode"), width=16),
    Column("trigger", Text("触发情形", "Trigger"), width=28),
    Column("provider", Text("服务企业", "Company"), width=26),
    Column("opened_on", Text("立案日期", "Opened"), "date"),
    Column("entered_on", Text("进入现状态", "In this state since"), "date"),
    Column("due", Text("到期日", "Due"), "date"),
    Column("left", Text("期限", "Clock"), width=16),
    Column("age", Text("案龄（天）", "Age (days)"), "count"),
    Column("households", Text("户数", "Households"), "count", total=True),
)


@get("/takeovers.xlsx", guards=[needs(Deed.VIEW_TAKEOVERS), needs(Deed.EXPORT)])
async def export_xlsx(request: Ask) -> Response[bytes]:
    """Return the board as the address narrows it, as a workbook."""
    return await _export(request, XLSX)


@get("/takeovers.csv", guards=[needs(Deed.VIEW_TAKEOVERS), needs(Deed.EXPORT)])
async def export_csv(request: Ask) -> Response[bytes]:
    """Return the board as the address narrows it, as CSV."""
    return await _export(request, CSV)


async def _export(ask: Ask, kind: FileKind) -> Response[bytes]:
    actor, asked = actor_of(ask), _asked(ask)
    if refusal := may(actor, Deed.VIEW_TAKEOVERS):
        raise Refused(refusal)
    _, chosen = await _narrowed(ask, asked)
    filters = address("", asked).removeprefix("?")
    await record_export(actor, "takeovers", filters=filters, rows=len(chosen), kind=kind, at=now(ask))
    own = {"state", "mode", "trigger", "due", "left", "age"}
    cells = [[getattr(one if column.name in own else one.case, column.name) for column in COLUMNS] for one in chosen]
    return table_file(ask, Table(BOARD, COLUMNS, cells, frozen=3), today(ask), kind)


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
    return Law(pack.edition, pack.takeover)


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
    """One move as it was made, in words."""

    row: MoveRow
    title: Text
    to: Text


@dataclass(frozen=True)
class CaseDetail(View):
    """One case: where it stands, its clock, what must be done, what can be done now, and all that was done."""

    template: ClassVar[str] = "pages/takeovers/detail.html"
    line: Line
    clock: Clock | None
    basis: str
    duties: tuple[Text, ...]
    steps: tuple[NextStep, ...]
    history: tuple[CaseHistory, ...]
    why_not: Text | None
    edition_gone: Text | None
    typed: Typed = field(default_factory=Typed)


@get("/takeovers/{number:str}", guards=[needs(Deed.VIEW_TAKEOVERS)])
async def show(request: Ask, number: FromPath[str]) -> Response[str]:
    """Show one case."""
    return (await _detail(request, number)).response(request)


async def _case(ask: Ask, number: str) -> CaseRow:
    case = await takeovers.one(scope(actor_of(ask)), number, today(ask))
    if case is None:
        raise NotFoundException
    return case


async def _detail(ask: Ask, number: str, again: Typed | None = None) -> CaseDetail:
    case, day = await _case(ask, number), today(ask)
    pack = pack_named(ask, case.edition)
    state = pack.takeover.state(case.state) if pack else None
    refusal = may(actor_of(ask), Deed.MOVE_TAKEOVER)
    return CaseDetail(
        line=line(pack, case, day),
        clock=clock(pack.takeover, case.entered_on, case.state, day) if pack else None,
        basis=state.limit.basis if state and state.limit else "",
        duties=state.duties if state else (),
        steps=await _steps(pack.takeover, case, day) if pack and refusal is None else (),
        history=tuple(_told(pack, row) for row in await takeovers.moves(case.id)),
        why_not=refusal if case.closed_on is None else None,
        edition_gone=None if pack else _GONE.fill(edition=case.edition),
        typed=again or Typed(),
    )


def _told(pack: Pack | None, row: MoveRow) -> CaseHistory:
    to = pack.takeover.state(row.to_state).title if pack else Text(row.to_state, row.to_state)
    return CaseHistory(row, move_title(pack, row.event, row.from_state), to)


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
    law = Law(pack.edition, pack.takeover)
    try:
        await move_case(actor_of(request), law, number, step, at=now(request), today=today(request))
    except Invalid as invalid:
        again = Typed(values, problems_by_field(invalid.problems))
        return (await _detail(request, number, again)).response(request, status=422)
    return see(f"/takeovers/{number}", _MOVED.fill(title=move_title(pack, step.event, case.state)))


ROUTES = (board, export_xlsx, export_csv, new, create, show, move)
