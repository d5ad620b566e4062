"""The board of takeovers: every case in scope by its clock, the most pressing first, filtered by the address."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import ClassVar, Final

from litestar import Response, get

from redproperty.actions.exporting import record_export
from redproperty.domain.access import Deed, allowed, scope
from redproperty.domain.calendar import Unit
from redproperty.domain.estates import Management
from redproperty.domain.packs import Pack
from redproperty.domain.takeovers import Clock, clock
from redproperty.domain.texts import Text
from redproperty.exports.tables import Column, Table
from redproperty.store import divisions, estates, takeovers
from redproperty.store.takeovers import CaseRow
from redproperty.web.editions import pack_named
from redproperty.web.files import CSV, XLSX, FileKind, table_file
from redproperty.web.lists import Filter, Option, Shown, address, column_links, filter_line, shown
from redproperty.web.security import needs
from redproperty.web.views import Ask, View, actor_of, now, today

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
_ONE, _ONE_WORKING = Text("天", "day"), Text("个工作日", "working day")
_DONE = Text("已办结", "closed")
BOARD = Text("托管案件", "Takeovers")


@dataclass(frozen=True)
class Line(CaseRow):
    """One case on the board: where it stands in words, how its clock stands, how old it is in days."""

    state_title: Text
    mode: Text | None
    trigger_title: Text
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
    """Return how a case stands on a day by the edition under which it was opened; a closed one has no clock."""
    age = ((case.closed_on or day) - case.opened_on).days
    if pack is None:
        code, trigger = Text(case.state, case.state), Text(case.trigger, case.trigger)
        return Line(**asdict(case), state_title=code, mode=None, trigger_title=trigger, level="none", due=None,
                    left=LEVELS["none"], days_left=None, age=age)  # fmt: skip
    rules = pack.takeover_rules()
    state = rules.state(case.state)
    at = clock(rules, case.entered_on, case.state, day)
    return Line(
        **asdict(case),
        state_title=state.title,
        mode=next((one.title for one in rules.modes if one.code == state.mode), None),
        trigger_title=rules.trigger(case.trigger).title,
        level=at.level,
        due=at.due_on,
        left=_DONE if case.closed_on else left_of(at),
        days_left=at.days_left,
        age=age,
    )


def left_of(at: Clock) -> Text:
    """Return how much time is left in a word or two."""
    if at.days_left is None:
        return LEVELS["none"]
    many, one = (_WORKING, _ONE_WORKING) if at.unit is Unit.WORKING else (_DAYS, _ONE)
    unit = one if abs(at.days_left) == 1 else many
    template = _LATE if at.days_left < 0 else _LEFT if at.days_left else _TODAY
    return template.fill(n=abs(at.days_left), unit=unit)


def lines(ask: Ask, cases: Iterable[CaseRow]) -> list[Line]:
    """Return the cases as they stand today, the most pressing first."""
    day = today(ask)
    found = [line(pack_named(ask, case.edition), case, day) for case in cases]
    return sorted(found, key=lambda one: (ORDER[one.level], one.due or date.max, one.number))


COLUMNS: Final = (
    Column("estate_name", Text("小区", "Estate"), width=20),
    Column("estate_code", Text("小区编码", "Estate code"), width=12),
    Column("street_name", Text("街道", "Street"), width=14),
    Column("number", Text("案号", "Case"), width=16),
    Column("state_title", Text("状态", "State"), width=14),
    Column("left", Text("期限", "Clock"), width=16),
    Column("due", Text("到期日", "Due"), "date"),
    Column("age", Text("案龄（天）", "Age (days)"), "count"),
    Column("mode", Text("模式", "Mode"), width=16),
    Column("trigger_title", Text("触发情形", "Trigger"), width=28),
    Column("provider", Text("服务企业", "Company"), width=26),
    Column("opened_on", Text("立案日期", "Opened"), "date"),
    Column("entered_on", Text("进入现状态", "In this state since"), "date"),
    Column("households", Text("户数", "Households"), "count", total=True),
)
USUAL: Final = {"estate_name", "street_name", "number", "state_title", "left", "due", "age", "provider", "households"}
SORTS: Final = ("estate_code", "street_name", "number", "state_title", "due", "age", "opened_on", "households")


@dataclass(frozen=True)
class Board(View):
    """The cases by clock as narrowed by the address; `sorts`, `files` and `columns` are addresses of the same board."""

    template: ClassVar[str] = "pages/takeovers/board.html"
    lines: list[Line]
    filters: tuple[Filter, ...]
    tally: tuple[tuple[str, Text, str, int, str], ...]  # level, wording, tone, cases, address
    shown: Shown
    columns: tuple[tuple[Text, bool, str | None], ...]
    sort: str
    sorts: Mapping[str, str]
    files: dict[str, str]
    closed: bool
    narrowed: bool
    may_open: bool
    may_export: bool
    unmanaged: int
    households: int


PARAMS: Final = ("street", "state", "level", "closed", "sort", "columns")


def _asked(ask: Ask) -> dict[str, str]:
    """Return what the address asks for; what no filter, sort or column knows is left out."""
    asked = {name: ask.query_params.get(name, "") for name in PARAMS}
    return asked | {
        "level": asked["level"] if asked["level"] in LEVELS else "",
        "closed": asked["closed"] and "1",
        "sort": asked["sort"] if asked["sort"].removeprefix("-") in SORTS else "",
        "columns": shown(COLUMNS, USUAL, asked["columns"]).query,
    }


async def _narrowed(ask: Ask, asked: Mapping[str, str]) -> tuple[list[Line], list[Line]]:
    """Return all cases of the board, and those that the address narrows it to, in its order."""
    scoped = scope(actor_of(ask))
    every = lines(ask, await takeovers.cases(scoped, today(ask), closed=bool(asked["closed"])))
    chosen = [
        one
        for one in every
        if asked["street"] in {"", one.street}
        and asked["state"] in {"", one.state}
        and asked["level"] in {"", one.level}
    ]
    return every, _sorted(chosen, asked["sort"])


def _sorted(chosen: list[Line], sort: str) -> list[Line]:
    """Return the cases by a column, those without a value last; by their clocks where no sort is asked for."""
    name = sort.removeprefix("-")
    if not name:
        return chosen

    def key(one: Line) -> tuple[str, int]:
        value = getattr(one, name)
        if isinstance(value, int):
            return "", value
        return (value.zh if isinstance(value, Text) else str(value)), 0

    known = [one for one in chosen if getattr(one, name) is not None]
    rest = [one for one in chosen if getattr(one, name) is None]
    return sorted(known, key=key, reverse=sort.startswith("-")) + rest


@get("/takeovers", guards=[needs(Deed.VIEW_TAKEOVERS)])
async def board(request: Ask) -> Response[str]:
    """Show the board."""
    actor, asked = actor_of(request), _asked(request)
    every, chosen = await _narrowed(request, asked)
    _, tally = await estates.counts(scope(actor), estates.Wanted(), today(request))
    seen = shown(COLUMNS, USUAL, asked["columns"])
    view = Board(
        lines=chosen,
        filters=await _filters(every, asked),
        tally=_tally(every, asked),
        shown=seen,
        columns=column_links("/takeovers", asked, seen),
        sort=asked["sort"],
        sorts={name: address("/takeovers", {**asked, "sort": _turned(asked["sort"], name)}) for name in SORTS},
        files={kind: address(f"/takeovers.{kind}", asked) for kind in (XLSX, CSV)},
        closed=bool(asked["closed"]),
        narrowed=any(asked[name] for name in ("street", "state", "level", "closed")),
        may_open=allowed(actor.role, Deed.OPEN_TAKEOVER),
        may_export=allowed(actor.role, Deed.EXPORT),
        unmanaged=tally["management"].get(Management.NONE.value, 0),
        households=sum(one.households for one in chosen),
    )
    return view.response(request)


def _turned(sort: str, name: str) -> str:
    return f"-{name}" if sort == name else name


def _tally(every: list[Line], asked: Mapping[str, str]) -> tuple[tuple[str, Text, str, int, str], ...]:
    """Return how many cases stand at each level of the clock, with the address that shows them."""
    counts = {level: sum(one.level == level for one in every) for level in LEVELS}
    return tuple(
        (level, LEVELS[level], TONES[level], count, address("/takeovers", {**asked, "level": level}))
        for level, count in counts.items()
    )


async def _filters(every: list[Line], asked: Mapping[str, str]) -> tuple[Filter, ...]:
    """Return the drop-downs of the board with what stands on it."""
    names = {one.code: Text(one.name, one.name) for one in await divisions.streets()}
    states = {one.state: one.state_title for one in every}
    where = {code: name for code, name in names.items() if code in {one.street for one in every}}
    return (
        Filter("street", Text("街道", "Street"), _options(where, [one.street for one in every]), asked["street"]),
        Filter("state", Text("状态", "State"), _options(states, [one.state for one in every]), asked["state"]),
        Filter("level", Text("期限", "Clock"), _options(LEVELS, [one.level for one in every]), asked["level"]),
    )


def _options(words: Mapping[str, Text], values: list[str]) -> tuple[Option, ...]:
    return tuple(Option(value, label, values.count(value)) for value, label in words.items())


@get("/takeovers.xlsx", guards=[needs(Deed.VIEW_TAKEOVERS), needs(Deed.EXPORT)])
async def export_xlsx(request: Ask) -> Response[bytes]:
    """Return the board as the address narrows it, as a workbook."""
    return await _export(request, XLSX)


@get("/takeovers.csv", guards=[needs(Deed.VIEW_TAKEOVERS), needs(Deed.EXPORT)])
async def export_csv(request: Ask) -> Response[bytes]:
    """Return the board as the address narrows it, as CSV."""
    return await _export(request, CSV)


async def _export(ask: Ask, kind: FileKind) -> Response[bytes]:
    asked = _asked(ask)
    every, chosen = await _narrowed(ask, asked)
    query = address("", asked).removeprefix("?")
    await record_export(actor_of(ask), "takeovers", filters=query, rows=len(chosen), kind=kind, at=now(ask))
    columns = shown(COLUMNS, USUAL, asked["columns"]).columns
    cells = [[getattr(one, column.name) for column in columns] for one in chosen]
    table = Table(BOARD, columns, cells, subtitle=filter_line(await _filters(every, asked)), frozen=1)
    return table_file(ask, table, today(ask), kind)


ROUTES = (board, export_xlsx, export_csv)
