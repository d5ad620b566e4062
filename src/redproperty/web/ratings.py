"""The pages of the periods: all of them, and one with its picture, who moved, and every estate in sight."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar, Final

import msgspec
from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery

from redproperty.actions.exporting import record_export
from redproperty.domain.access import Deed, Role, allowed, scope
from redproperty.domain.awards import NONE, WHOLE, Stars, scale
from redproperty.domain.packs import Pack
from redproperty.domain.periods import Period
from redproperty.domain.texts import Text
from redproperty.settings import ZONE
from redproperty.store import ratings, reopenings
from redproperty.store.ratings import Run
from redproperty.store.reopenings import Reopening
from redproperty.web import company
from redproperty.web.distributions import (
    Bar,
    Head,
    Mark,
    Piece,
    StreetRow,
    bars,
    heads,
    legend,
    pieces,
    reasons,
    streets,
    top,
)
from redproperty.web.editions import pack_named
from redproperty.web.files import CSV, XLSX, FileKind, table_file
from redproperty.web.lists import Filter, Shown, address, column_links
from redproperty.web.rated import (
    MOVES,
    SORTS,
    EstateRow,
    Query,
    Rated,
    by_grades,
    columns,
    filters,
    fitting,
    query_of,
    rated,
    table,
)
from redproperty.web.rating_runs import STATES, TONES, Chosen, chosen, sees_previews
from redproperty.web.security import needs
from redproperty.web.views import Ask, View, actor_of, now, today

PAGE: Final = 50  # estates on a page of the list
MOVERS: Final = 10  # named on the page, of those that fell and of those that rose; the list has them all


@dataclass(frozen=True)
class PeriodRow:
    """One period of the list."""

    period: Period
    state: Text
    tone: str
    run: Run | None
    made_on: date | None
    inspections: int
    reviewed: int
    waiting: int
    reviewed_share: int  # percent, for the bar
    pieces: tuple[Piece, ...]
    rated: int
    unrated: int


@dataclass(frozen=True)
class PeriodList(View):
    """All periods with what stands in them."""

    template: ClassVar[str] = "pages/ratings/list.html"
    rows: tuple[PeriodRow, ...]
    staff: bool
    marks: ClassVar[tuple[Mark, ...]] = legend((*WHOLE, NONE), None)


@dataclass(frozen=True)
class Progress:
    """How far the inspections of a period are, and which of its rounds do not count."""

    tally: Mapping[str, int]
    waiting: tuple[str, ...]
    void: tuple[tuple[int, str], ...]

    @property
    def total(self) -> int:
        """Return how many inspections there are."""
        return sum(self.tally.values())

    @property
    def reviewed(self) -> int:
        """Return how many of them count."""
        return self.tally.get("accepted", 0) + self.tally.get("locked", 0)


@dataclass(frozen=True)
class Movers:
    """Who rose and who fell against the period before: how many of each, and those who moved furthest."""

    counts: Mapping[str, int]
    fell: tuple[EstateRow, ...]
    rose: tuple[EstateRow, ...]
    changed: tuple[EstateRow, ...]  # from grade to grade


@dataclass(frozen=True)
class PeriodPage(View):
    """One period: where it stands, its picture, who moved, the estates in sight."""

    template: ClassVar[str] = "pages/ratings/period.html"
    chosen: Chosen
    state: Text
    tone: str
    progress: Progress | None
    reopened: tuple[Reopening, ...]
    top: tuple[Text, str, Text]
    bars: tuple[Bar, ...]
    heads: tuple[Head, ...]
    marks: tuple[Mark, ...]
    streets: tuple[StreetRow, ...]
    by_grades: bool
    unrated: int
    reasons: tuple[tuple[Text, int], ...]
    movers: Movers
    previous: Period | None
    rows: tuple[EstateRow, ...]
    fitting: int
    seen: int
    number: int
    pages: int
    next_page: str
    query: Query
    filters: tuple[Filter, ...]
    shown: Shown
    columns: tuple[tuple[Text, bool, str | None], ...]
    sorts: Mapping[str, str]
    links: Mapping[str, str]
    company: bool
    may_close: bool
    may_publish: bool
    may_verify: bool
    may_export: bool
    over: bool


@get("/ratings", guards=[needs(Deed.VIEW_RATINGS)])
async def show_list(request: Ask) -> Response[str]:
    """Show the periods; those who may not see previews only find published ones, a company its own estates."""
    actor = actor_of(request)
    if actor.role is Role.COMPANY:
        return (await company.own(request)).response(request)
    staff = sees_previews(actor)
    shown = _shown(await ratings.runs(), staff=staff)
    codes = await ratings.periods() if staff else sorted(shown, reverse=True)
    counted = await ratings.awards_of([run.id for run in shown.values()], scope(actor), on=today(request))
    rows = []
    for code in codes:
        tally = await ratings.states_of(Period.parse(code)) if staff else {}
        run = shown.get(code)
        pack = pack_named(request, run.edition) if run else None
        rows.append(_period_row(code, run, pack, counted[run.id] if run else {}, tally))
    return PeriodList(tuple(rows), staff).response(request)


def _shown(runs: Sequence[Run], *, staff: bool) -> dict[str, Run]:
    """Return the rating of each period that a list shows: the one that holds, before it a preview for those who may."""
    order = {ratings.PREVIEW: 0, ratings.PUBLISHED: 1}
    seen = [run for run in runs if run.state == ratings.PUBLISHED or (staff and run.state == ratings.PREVIEW)]
    return {run.period: run for run in sorted(seen, key=lambda run: order[run.state])}


def _period_row(
    code: str, run: Run | None, pack: Pack | None, counts: Mapping[str, int], tally: Mapping[str, int]
) -> PeriodRow:
    state = run.state if run else "open"
    progress = Progress(tally, (), ())
    return PeriodRow(
        period=Period.parse(code),
        state=STATES[state],
        tone=TONES[state],
        run=run,
        made_on=run.made_at.astimezone(ZONE).date() if run else None,
        inspections=progress.total,
        reviewed=progress.reviewed,
        waiting=tally.get("submitted", 0),
        reviewed_share=progress.reviewed * 100 // progress.total if progress.total else 0,
        pieces=pieces(legend(scale([pack], counts), pack), counts),
        rated=sum(n for award, n in counts.items() if award != NONE),
        unrated=counts.get(NONE, 0),
    )


@get("/ratings/{period:str}", guards=[needs(Deed.VIEW_RATINGS)])
async def show(request: Ask, period: FromPath[str], page: FromQuery[int] = 1) -> Response[str]:
    """Show one period."""
    choice, query = await chosen(request, period), query_of(request)
    progress = await _progress(choice.period) if sees_previews(actor_of(request)) else None
    if choice.run is None and not (progress and progress.total):
        raise NotFoundException
    found = await rated(request, choice)
    codes = {row.result.code for row in found.rows}
    marks = await reopenings.marks(choice.run.id) if choice.run else []
    reopened = tuple(one for one in marks if one.estate_code in codes)
    view = _page(request, choice, found, query, progress=progress, reopened=reopened, wanted=page)
    return view.response(request)


async def _progress(period: Period) -> Progress:
    return Progress(
        await ratings.states_of(period),
        tuple(await ratings.pending(period)),
        tuple(await ratings.void_rounds(period)),
    )


def _page(
    ask: Ask, choice: Chosen, found: Rated, query: Query, *, progress: Progress | None,
    reopened: tuple[Reopening, ...], wanted: int,
) -> PeriodPage:  # fmt: skip
    role, path = actor_of(ask).role, f"/ratings/{choice.period.code}"
    asked = msgspec.structs.asdict(query)
    rows, seen = fitting(found.rows, query), columns(choice.pack, query)
    pages = max(1, -(-len(rows) // PAGE))
    number = min(max(wanted, 1), pages)
    marks = legend(found.scale, choice.pack)
    return PeriodPage(
        chosen=choice,
        state=STATES[choice.state],
        tone=TONES[choice.state],
        progress=progress,
        reopened=reopened,
        top=top(marks, found.rows),
        bars=bars(found, path, {"run": query.run}),
        heads=heads(marks),
        marks=marks,
        streets=streets(found.rows, marks, path, {"run": query.run}),
        by_grades=by_grades(choice.pack),
        unrated=sum(row.result.award == NONE for row in found.rows),
        reasons=reasons(found.rows),
        movers=_movers(found.rows),
        previous=found.previous,
        rows=rows[(number - 1) * PAGE : number * PAGE],
        fitting=len(rows),
        seen=len(found.rows),
        number=number,
        pages=pages,
        next_page=address(path, {**asked, "page": "0"})[:-1],
        query=query,
        filters=filters(found, query),
        shown=seen,
        columns=column_links(path, asked, seen),
        sorts={name: address(path, {**asked, "sort": _turned(query.sort, name)}) + "#estates" for name in SORTS},
        links=_links(path, asked),
        company=role is Role.COMPANY,
        may_close=allowed(role, Deed.CLOSE_PERIOD),
        may_publish=allowed(role, Deed.PUBLISH_RATINGS) and choice.state == ratings.PREVIEW,
        may_verify=sees_previews(actor_of(ask)) and choice.run is not None,
        may_export=allowed(role, Deed.EXPORT) and choice.run is not None,
        over=today(ask) > choice.period.ends,
    )


def _links(path: str, asked: Mapping[str, str]) -> dict[str, str]:
    """Return where the page leads: its files, who moved which way, and its check."""
    run = {"run": asked["run"]}
    files = {kind: address(f"{path}/estates.{kind}", asked) for kind in (XLSX, CSV)}
    moved = {move: address(path, {**run, "moved": move}) + "#estates" for move in MOVES}
    return {**files, **moved, "verify": address(f"{path}/verify", run), "clear": address(path, run) + "#estates"}


def _turned(sort: str, name: str) -> str:
    """Return the sort that a click on a heading asks for: that column, or the other way round."""
    return f"-{name}" if sort == name else name


def _movers(rows: Sequence[EstateRow]) -> Movers:
    counts = {move: sum(row.move == move for row in rows) for move in MOVES}
    fell = sorted((row for row in rows if row.move == "down"), key=_distance)
    rose = sorted((row for row in rows if row.move == "up"), key=_distance)
    changed = [row for row in rows if row.move == "changed"]
    return Movers(counts, tuple(fell[:MOVERS]), tuple(rose[:MOVERS]), tuple(changed[:MOVERS]))


def _distance(row: EstateRow) -> tuple[Stars, int, str]:
    """Those that moved by most stars first, then by most points."""
    before = (row.before.stars if row.before else None) or 0
    stars = Decimal(row.result.stars or 0) - Decimal(before)
    return -abs(stars), -abs(row.change or 0), row.result.code


@get("/ratings/{period:str}/estates.xlsx", guards=[needs(Deed.VIEW_RATINGS)])
async def export_xlsx(request: Ask, period: FromPath[str]) -> Response[bytes]:
    """Return the estates as the address narrows and sorts them, as a workbook."""
    return await _export(request, period, XLSX)


@get("/ratings/{period:str}/estates.csv", guards=[needs(Deed.VIEW_RATINGS)])
async def export_csv(request: Ask, period: FromPath[str]) -> Response[bytes]:
    """Return the estates as the address narrows and sorts them, as CSV."""
    return await _export(request, period, CSV)


async def _export(ask: Ask, period: str, kind: FileKind) -> Response[bytes]:
    choice, query = await chosen(ask, period), query_of(ask)
    if choice.run is None:
        raise NotFoundException
    sheet = table(choice, choice.run, await rated(ask, choice), query, kind)
    seen = address("", msgspec.structs.asdict(query)).removeprefix("?")
    about = f"rating:{choice.period.code}"
    await record_export(actor_of(ask), about, filters=seen, rows=len(sheet.rows), kind=kind, at=now(ask))
    day = (choice.run.published_at or choice.run.made_at).astimezone(ZONE).date()
    return table_file(ask, sheet, day, kind)


ROUTES = (show_list, show, export_xlsx, export_csv)
