"""Rectifications: the list that a street, a company or the district narrows and exports, and the page of each."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, ClassVar, Final

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect

from redproperty.actions import rectifying as deeds
from redproperty.actions.exporting import record_export
from redproperty.actions.photos import Sent
from redproperty.domain.access import Deed, Role, Subject, may, scope
from redproperty.domain.calendar import Unit, days_left
from redproperty.domain.packs import Pack
from redproperty.domain.photos import LARGEST, PhotoKind
from redproperty.domain.rectifications import UNFINISHED, Event, State
from redproperty.domain.rounds import round_title
from redproperty.domain.texts import Invalid, Text, counted
from redproperty.exports.tables import Column, Table
from redproperty.store import divisions, photos, rectifications
from redproperty.store.photos import Photo
from redproperty.store.rectifications import MoveRow, Row, Tally, Wanted
from redproperty.web.editions import pack_named
from redproperty.web.fields import typed
from redproperty.web.files import CSV, XLSX, FileKind, table_file
from redproperty.web.lists import address
from redproperty.web.security import needs
from redproperty.web.views import Ask, View, actor_of, now, problems_by_field, see, today

PAGE_LENGTH: Final = 50
BODY: Final = 3 * LARGEST + 1024**2  # of a report: a few pictures at once
SOON: Final = 3  # days left from which on the day is shown as a warning
OVERDUE, ALL = "overdue", "all"
TITLE = Text("整改清单", "Rectifications")
TONES = {State.OPEN: "warn", State.REPORTED: "info", State.CLOSED: "good", State.VOID: ""}
SHOWN: Final = {  # what the address may ask for; without it, what is not closed
    "": Text("未销号", "not closed"),
    OVERDUE: Text("逾期", "overdue"),
    State.OPEN.value: State.OPEN.label,
    State.REPORTED.value: State.REPORTED.label,
    State.CLOSED.value: State.CLOSED.label,
    ALL: Text("全部", "all"),
}
DONE = {
    Event.REPORT.value: Text("已上报，等街道核实销号。", "Reported; the street checks it and closes."),
    Event.CLOSE.value: Text("已销号。", "Closed."),
    Event.SEND_BACK.value: Text("已退回企业重改。", "Sent back to the company."),
}
_LEFT = Text("还剩 {n}", "{n} left")
_TODAY = Text("今天到期", "due today")
_LATE = Text("逾期 {n}", "{n} late")
_DAYS = Text("天", "days")
_WAITS = Text("按期上报", "reported in time")
_NOBODY = Text("无企业，由街道处理", "no company: the street sees to it")


@dataclass(frozen=True)
class Asked:
    """What the address asks the list for; empty fields ask nothing."""

    state: str = ""
    street: str = ""
    community: str = ""
    estate: str = ""
    page: int = 1

    def href(self, path: str = "/rectifications", **changes: Any) -> str:
        """Return the address with some of it changed, of the first page unless `page` is among the changes."""
        return address(path, {**asdict(self), "page": None, **changes})

    @property
    def query(self) -> str:
        """The address's question alone: what stands on an export and in the trail."""
        return self.href("").removeprefix("?")

    def wanted(self, day: date) -> Wanted:
        """Return what the store is asked for on a day."""
        states = {"": UNFINISHED, OVERDUE: UNFINISHED, ALL: (*UNFINISHED, State.CLOSED, State.VOID)}
        return Wanted(
            states=states.get(self.state) or (State(self.state),), street=self.street, community=self.community,
            estate=self.estate, overdue_on=day if self.state == OVERDUE else None,
        )  # fmt: skip


def asked_in(query: Mapping[str, str]) -> Asked:
    """Return what an address asks for; what it cannot mean is left out."""
    page, state = query.get("page", ""), query.get("state", "")
    return Asked(
        state=state if state in SHOWN else "",
        street=query.get("street", ""),
        community=query.get("community", ""),
        estate=query.get("estate", "").strip()[:60],
        page=max(int(page), 1) if page.isdecimal() else 1,
    )


@dataclass(frozen=True)
class Line:
    """One rectification in words: what was found at which item, how long is left, where it stands."""

    row: Row
    title: Text
    outcome: Text
    place: str
    left: Text | None
    tone: str
    overdue: bool
    round: Text

    @property
    def owner(self) -> Text:
        """Who has to see to it."""
        name = self.row.company
        return Text(name, name) if name else _NOBODY


@dataclass(frozen=True)
class Part:
    """How many stand in one way, and where they are listed."""

    label: Text
    count: int
    href: str
    chosen: bool
    tone: str = ""


@dataclass(frozen=True)
class Sum:
    """How a street, or a community of one, stands: how many to be rectified, overdue, reported and closed."""

    title: str
    href: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class RectificationList(View):
    """The rectifications that somebody may see, narrowed by the address."""

    template: ClassVar[str] = "pages/rectifications/list.html"
    asked: Asked
    lines: tuple[Line, ...]
    found: int
    pages: int
    parts: tuple[Part, ...]
    sums: tuple[Sum, ...]
    streets: tuple[tuple[str, str], ...]
    communities: tuple[tuple[str, str], ...]
    company: bool


@dataclass(frozen=True)
class Happened:
    """One event of a rectification as its page tells it."""

    row: MoveRow
    title: Text
    role: Text


@dataclass(frozen=True)
class RectificationPage(View):
    """One rectification: what was found, by when, what was reported, and what its reader can do now."""

    template: ClassVar[str] = "pages/rectifications/detail.html"
    line: Line
    basis: Text | None
    steps: tuple[tuple[Text, str], ...]
    history: tuple[Happened, ...]
    reported: str
    sent_back: str
    may_report: bool
    may_close: bool
    why_not: Text | None
    staff: bool
    before: tuple[Photo, ...]
    after: tuple[Photo, ...]
    words: str = ""
    problems: Mapping[str, Text] = field(default_factory=dict)


def line(pack: Pack | None, row: Row, names: Mapping[str, str], day: date) -> Line:
    """Return a rectification in the words of its edition; without it (gone) its code stands for the item."""
    item = pack.sheet.by_code.get(row.item) if pack else None
    code = Text(row.item, row.item)
    overdue = row.is_overdue(day)
    return Line(
        row=row,
        title=item.title if item else code,
        outcome=item.outcome(row.value, item.full_points - row.lost) if item else Text("—", "—"),
        place=f"{names.get(row.street, row.street)} · {names.get(row.community, row.community)}",
        left=_left(row, day),
        tone="bad" if overdue else TONES[row.state],
        overdue=overdue,
        round=round_title(row.round),
    )


def _left(row: Row, day: date) -> Text | None:
    """Return how long is left, as the edition counts; nothing once it is closed or void."""
    if row.state not in UNFINISHED:
        return None
    if row.state is State.REPORTED and not row.is_overdue(day):
        return _WAITS
    left = days_left(day, row.due_on, unit=Unit(row.unit))
    return _TODAY if left == 0 else (_LEFT if left > 0 else _LATE).fill(n=counted(abs(left), _DAYS))


@get("/rectifications", guards=[needs(Deed.VIEW_RECTIFICATIONS)])
async def show_list(request: Ask) -> Response[str]:
    """Show the list, with how many stand how."""
    asked, actor, day = asked_in(request.query_params), actor_of(request), today(request)
    names, tallies = await _names(), await rectifications.tallies(scope(actor))
    rows = await rectifications.listed(asked.wanted(day), scope(actor))
    pages = max(1, -(-len(rows) // PAGE_LENGTH))
    first = (min(asked.page, pages) - 1) * PAGE_LENGTH
    here = [one for one in tallies if _within(one, asked)]
    view = RectificationList(
        asked=asked,
        lines=tuple(_line(request, row, names, day) for row in rows[first : first + PAGE_LENGTH]),
        found=len(rows),
        pages=pages,
        parts=tuple(_part(key, here, asked, day) for key in SHOWN if key != ALL),
        sums=_sums(tallies, names, asked, day) if actor.role is not Role.COMPANY else (),
        streets=_named({one.street for one in tallies}, names),
        communities=_named({one.community for one in tallies if asked.street in {"", one.street}}, names),
        company=actor.role is Role.COMPANY,
    )
    return view.response(request)


async def _names() -> dict[str, str]:
    return {one.code: one.name for one in (*await divisions.streets(), *await divisions.communities())}


def _named(codes: set[str], names: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((code, names.get(code, code)) for code in sorted(codes))


def _line(ask: Ask, row: Row, names: Mapping[str, str], day: date) -> Line:
    return line(pack_named(ask, row.edition), row, names, day)


def _within(one: Tally, asked: Asked) -> bool:
    return asked.street in {"", one.street} and asked.community in {"", one.community}


def _counts(key: str, one: Tally, day: date) -> bool:
    """Whether a tally is among what the address means by `key`."""
    if key == OVERDUE:
        late = one.reported_on is None or one.reported_on > one.due_on
        return one.state in UNFINISHED and one.due_on < day and late
    return one.state in UNFINISHED if key == "" else one.state.value == key


def _part(key: str, tallies: Sequence[Tally], asked: Asked, day: date) -> Part:
    count = sum(one.count for one in tallies if _counts(key, one, day))
    tone = "bad" if key == OVERDUE and count else ""
    return Part(SHOWN[key], count, asked.href(state=key), asked.state == key, tone)


def _sums(tallies: Sequence[Tally], names: Mapping[str, str], asked: Asked, day: date) -> tuple[Sum, ...]:
    """Return how every street stands; where only one is in sight, or chosen, its communities."""
    streets = sorted({one.street for one in tallies})
    by = "community" if asked.street or len(streets) == 1 else "street"
    seen = [one for one in tallies if asked.street in {"", one.street}]
    keys = [OVERDUE, State.OPEN.value, State.REPORTED.value, State.CLOSED.value]
    found = []
    for code in sorted({getattr(one, by) for one in seen}):
        mine, there = [one for one in seen if getattr(one, by) == code], Asked(**{**asdict(asked), by: code})
        found.append(Sum(names.get(code, code), there.href(state=""), tuple(_part(k, mine, there, day) for k in keys)))
    return tuple(found)


COLUMNS = (
    Column("code", Text("小区编码", "Estate code"), width=12),
    Column("estate", Text("小区", "Estate"), width=20),
    Column("place", Text("街道和社区", "Street and community"), width=24),
    Column("round", Text("检查", "Inspection"), width=16),
    Column("item", Text("条款", "Item"), width=10),
    Column("title", Text("项目", "Title"), width=20),
    Column("found", Text("发现的问题", "What was found"), width=40),
    Column("company", Text("责任企业", "Company"), width=26),
    Column("opened_on", Text("开单日期", "Ordered"), "date", width=12),
    Column("due_on", Text("整改期限", "Due"), "date", width=12),
    Column("state", Text("状态", "State"), width=10),
    Column("overdue", Text("逾期", "Overdue"), width=10),
    Column("reported_on", Text("上报日期", "Reported"), "date", width=12),
    Column("closed_on", Text("销号日期", "Closed"), "date", width=12),
)


@get("/rectifications.xlsx", guards=[needs(Deed.VIEW_RECTIFICATIONS), needs(Deed.EXPORT)])
async def export_xlsx(request: Ask) -> Response[bytes]:
    """Return the list as the address narrows it, as a workbook."""
    return await _export(request, XLSX)


@get("/rectifications.csv", guards=[needs(Deed.VIEW_RECTIFICATIONS), needs(Deed.EXPORT)])
async def export_csv(request: Ask) -> Response[bytes]:
    """Return the list as the address narrows it, as CSV."""
    return await _export(request, CSV)


async def _export(ask: Ask, kind: FileKind) -> Response[bytes]:
    actor, day, asked = actor_of(ask), today(ask), asked_in(ask.query_params)
    names = await _names()
    rows = await rectifications.listed(asked.wanted(day), scope(actor))
    await record_export(actor, "rectifications", filters=asked.query, rows=len(rows), kind=kind, at=now(ask))
    cells = [_cells(_line(ask, row, names, day)) for row in rows]
    seen = [Text(f"筛选：{asked.query}", f"Filter: {asked.query}")] if asked.query else []
    return table_file(ask, Table(TITLE, COLUMNS, cells, subtitle=seen, frozen=2), day, kind)


def _cells(one: Line) -> list[object]:
    row = one.row
    said = [one.outcome, *(Text(word, word) for word in (*row.reasons, row.note) if word)]
    found = Text("；".join(text.zh for text in said), "; ".join(text.en for text in said))
    where = Text("{period} {round}", "{period} {round}").fill(period=row.period, round=one.round)
    return [row.estate_code, row.estate, one.place, where, row.item, one.title, found, one.owner, row.opened_on,
            row.due_on, row.state.label, one.left if one.overdue else None, row.reported_on, row.closed_on]  # fmt: skip


@get("/rectifications/{rectification:int}", guards=[needs(Deed.VIEW_RECTIFICATIONS)])
async def show(request: Ask, rectification: FromPath[int]) -> Response[str]:
    """Show one rectification."""
    return (await _page(request, rectification)).response(request)


async def _page(
    ask: Ask, rectification: int, *, words: str = "", problems: Mapping[str, Text] | None = None
) -> RectificationPage:
    actor, day = actor_of(ask), today(ask)
    row = await rectifications.fetch(rectification, scope(actor))
    if row is None:
        raise NotFoundException
    pack, moves = pack_named(ask, row.edition), await rectifications.moves(row.id)
    item = pack.sheet.by_code.get(row.item) if pack else None
    subject = Subject(street=row.street, company_id=row.company_id)
    refusals = {deed: may(actor, deed, subject) for deed in (Deed.REPORT_RECTIFICATION, Deed.CLOSE_RECTIFICATION)}
    report, close = refusals.values()
    said = {event: [move.words for move in moves if move.event == event] for event in Event}
    return RectificationPage(
        line=line(pack, row, await _names(), day),
        basis=item.basis if item else None,
        steps=_steps(row),
        history=tuple(_happened(move) for move in reversed(moves)),
        reported=(said[Event.REPORT] or [""])[-1],
        sent_back=(said[Event.SEND_BACK] or [""])[-1] if row.state is State.OPEN else "",
        may_report=row.state is State.OPEN and report is None,
        may_close=row.state in UNFINISHED and close is None,
        why_not=close if actor.role is not Role.COMPANY else None,
        staff=actor.role is not Role.COMPANY,
        before=tuple(one for one in await photos.shown_of([row.inspection], scope(actor)) if one.item == row.item),
        after=tuple(one for one in await photos.of_rectifications([row.id]) if one.kind == PhotoKind.AFTER),
        words=words,
        problems=problems or {},
    )


def _steps(row: Row) -> tuple[tuple[Text, str], ...]:
    """Return the way of a rectification, with what is done and where it stands."""
    way = [State.OPEN, State.REPORTED, State.CLOSED]
    if row.state is State.VOID:
        return ((State.OPEN.label, "done"), (State.VOID.label, "now"))
    here = way.index(row.state)
    return tuple(
        (one.label, "done" if index < here or row.state is State.CLOSED else "now" if index == here else "")
        for index, one in enumerate(way)
    )


def _happened(move: MoveRow) -> Happened:
    return Happened(move, Event(move.event).label, Role(move.role).label)


@post("/rectifications/{rectification:int}/report", guards=[needs(Deed.REPORT_RECTIFICATION)],
      request_max_body_size=BODY)  # fmt: skip
async def report(request: Ask, rectification: FromPath[int]) -> Response[str] | Redirect:
    """Report that a defect is mended."""
    return await _deal(request, rectification, Event.REPORT.value)


@post("/rectifications/{rectification:int}/decide", guards=[needs(Deed.CLOSE_RECTIFICATION)])
async def decide(request: Ask, rectification: FromPath[int]) -> Response[str] | Redirect:
    """Close a rectification, or send it back."""
    back = (await request.form()).get("decision") == Event.SEND_BACK.value
    return await _deal(request, rectification, Event.SEND_BACK.value if back else Event.CLOSE.value)


async def _brought(ask: Ask) -> list[Sent]:
    """Return the pictures of a form; an empty file field is none."""
    files = [one for one in (await ask.form()).getall("photo", []) if isinstance(one, UploadFile)]
    return [Sent(content) for one in files if (content := await one.read())]


async def _deal(ask: Ask, rectification: int, event: str) -> Response[str] | Redirect:
    words = (await typed(ask)).get("words", "")
    actor, at = actor_of(ask), now(ask)
    try:
        if event == Event.REPORT.value:
            folder, brought = ask.app.state.settings.photos_folder, await _brought(ask)
            await deeds.report(actor, rectification, words, at=at, pictures=brought, folder=folder)
        else:
            await (deeds.close if event == Event.CLOSE.value else deeds.send_back)(actor, rectification, words, at=at)
    except Invalid as invalid:
        problems = problems_by_field(invalid.problems)
        return (await _page(ask, rectification, words=words, problems=problems)).response(ask, status=422)
    return see(f"/rectifications/{rectification}", DONE[event])


ROUTES = (show_list, export_xlsx, export_csv, show, report, decide)
