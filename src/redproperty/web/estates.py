"""Pages of estates: the list that one filters and exports, and the page of one estate."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery

from redproperty.actions.exporting import record_export
from redproperty.domain import awards
from redproperty.domain.access import Deed, allowed, may, scope
from redproperty.domain.estates import AreaSource, EstateType, Management, OwnersBody, PartyForm, PartyStatus, Stratum
from redproperty.domain.inspections import State as InspectionState
from redproperty.domain.numbers import UNIT
from redproperty.domain.stars import plainly
from redproperty.domain.takeovers import Service, service
from redproperty.domain.texts import Text
from redproperty.exports.tables import Column, Table
from redproperty.store import companies, divisions, estates, ratings, takeovers, timelines
from redproperty.store.companies import Choice as CompanyChoice
from redproperty.store.estates import FACETS, PAGE, UNRATED, EstatePage, EstateRow, Wanted
from redproperty.store.tenures import PartyRow
from redproperty.web.editions import pack_named, packs
from redproperty.web.files import CSV, XLSX, FileKind, table_file
from redproperty.web.lists import Filter, Option, Shown, address, column_links, filter_line, shown
from redproperty.web.security import needs
from redproperty.web.timelines import KINDS, SEEN_WITH, Event, History, events, history, instead_of_stars
from redproperty.web.views import Ask, View, actor_of, is_htmx, now, today

APPLIED = PartyStatus.APPLIED.value
PARTY = {
    **{form.value: form.label for form in PartyForm if form is not PartyForm.NONE},
    APPLIED: PartyStatus.APPLIED.label,
    PartyForm.NONE.value: PartyForm.NONE.label,
}
_UNRATED = Text("不评或未评", "not rated")
NAMES = {  # in the address
    "street": "street", "community": "community", "estate_type": "type", "stratum": "stratum",
    "management": "management", "stars": "stars", "party": "party", "owners_body": "body",
}  # fmt: skip
LABELS = {
    "street": Text("街道", "Street"),
    "community": Text("社区", "Community"),
    "estate_type": Text("类型", "Type"),
    "stratum": Text("评比组", "Stratum"),
    "management": Text("管理方式", "Management"),
    "stars": Text("星级", "Stars"),
    "party": Text("党组织", "Party unit"),
    "owners_body": Text("业主组织", "Owners' body"),
}
WORDS: dict[str, Mapping[str, Text]] = {
    "estate_type": EstateType.labels(),
    "stratum": Stratum.labels(),
    "management": Management.labels(),
    "party": PARTY,
    "owners_body": OwnersBody.labels(),
}
TREND = 8  # periods shown
_MORE = {"street": Deed.VIEW_COVERAGE, "move": Deed.MOVE_TAKEOVER}  # what else the page leads to
_ROSE = Text("↑ 比 {period} 升 {count} 星", "↑ {count} up on {period}")
_FELL = Text("↓ 比 {period} 降 {count} 星", "↓ {count} down on {period}")
_STAYED = Text("与 {period} 持平", "as in {period}")
TITLE = Text("小区一览", "Estates")
NOT_RATED, NOT_YET = Text("不评", "Not rated"), Text("未评定", "Not yet rated")


COLUMNS = (
    Column("name", Text("小区", "Estate"), width=22),
    Column("code", Text("编码", "Code"), width=12),
    Column("street_name", LABELS["street"], width=14),
    Column("community_name", LABELS["community"], width=16),
    Column("estate_type", LABELS["estate_type"], width=16, words=WORDS["estate_type"]),
    Column("stratum", LABELS["stratum"], width=18, words=WORDS["stratum"]),
    Column("management", LABELS["management"], width=12, words=WORDS["management"]),
    Column("company", Text("服务企业", "Company"), width=28),
    Column("party", LABELS["party"], width=14, words=PARTY),
    Column("owners_body", LABELS["owners_body"], width=12, words=WORDS["owners_body"]),
    Column("households", Text("户数", "Households"), "count", total=True),
    Column("floor_area_cm", Text("建筑面积（㎡）", "Floor area (㎡)"), "area", width=16, total=True),
    Column("composite", Text("综合得分", "Composite"), "score"),
    Column("stars", LABELS["stars"], "stars"),
)
USUAL = frozenset(
    {
        "name", "code", "street_name", "estate_type", "management", "company", "party", "households", "floor_area_cm",
        "stars",
    }
)  # fmt: skip


@dataclass(frozen=True)
class EstateList(View):
    """The list as narrowed by the address; `sorts`, `files` and `columns` are addresses of the same list."""

    template: ClassVar[str] = "pages/estates/list.html"
    rows: list[EstateRow]
    total: int
    sums: Mapping[str, int]
    wanted: Wanted
    filters: tuple[Filter, ...]
    instead: Mapping[str, Text]  # by estate code: what stands there instead of stars
    number: int
    pages: int
    shown: Shown
    columns: tuple[tuple[Text, bool, str | None], ...]
    sorts: dict[str, str]
    next_page: str
    files: dict[str, str]
    narrowed: bool
    may_export: bool
    may_import: bool
    words: ClassVar[Mapping[str, Mapping[str, Text]]] = WORDS
    usual: ClassVar[frozenset[str]] = USUAL  # on a phone a card shows some of these, and all others that are asked for
    whole: ClassVar[bool] = True  # else the results also bring the drop-downs with their new counts


@dataclass(frozen=True)
class EstateResults(EstateList):
    """The list without the page around it, for htmx."""

    template: ClassVar[str] = "partials/estates/results.html"
    whole: ClassVar[bool] = False


def wanted_of(ask: Ask) -> Wanted:
    """Return what the address narrows the list to; a value that no filter knows is left out."""
    asked = {name: ask.query_params.get(param, "") for name, param in NAMES.items()}
    known = {name: value[:60] for name, value in asked.items() if name not in WORDS or value in WORDS[name]}
    if not awards.known(known["stars"]) and known["stars"] != UNRATED:
        del known["stars"]
    sort = ask.query_params.get("sort", "code")
    return Wanted(
        search=ask.query_params.get("q", "").strip()[:60],
        sort=sort if sort.removeprefix("-") in estates.SORTS else "code",
        **known,
    )


def _shown(ask: Ask) -> Shown:
    return shown(COLUMNS, USUAL, ask.query_params.get("columns", ""))


def query_of(wanted: Wanted, columns: str = "") -> dict[str, str]:
    """Return the address's query of a list, in the order of the form."""
    chosen = {param: getattr(wanted, name) for name, param in NAMES.items()}
    sort = "" if wanted.sort == "code" else wanted.sort
    return {"q": wanted.search, **chosen, "sort": sort, "columns": columns}


@get("/estates", guards=[needs(Deed.VIEW_ESTATES)])
async def show_list(request: Ask, page: FromQuery[int] = 1) -> Response[str]:
    """Show a page of the list; to htmx only the results, with the address that reproduces them."""
    view = await _list(request, page)
    headers = {"HX-Push-Url": address("/estates", query_of(view.wanted, view.shown.query))} if is_htmx(request) else {}
    return view.response(request, headers=headers)


async def _list(ask: Ask, page: int) -> EstateList:
    actor, wanted, day, seen = actor_of(ask), wanted_of(ask), today(ask), _shown(ask)
    total, tally = await estates.counts(scope(actor), wanted, day)
    pages = max(1, -(-total // PAGE))
    number = min(max(page, 1), pages)
    query = query_of(wanted, seen.query)
    kind = EstateResults if is_htmx(ask) else EstateList
    rows = await estates.page(scope(actor), wanted, day, number=number)
    return kind(
        rows=rows,
        total=total,
        sums=await estates.sums(scope(actor), wanted, day),
        wanted=wanted,
        filters=await _filters(ask, wanted, tally),
        instead=_instead(ask, rows),
        number=number,
        pages=pages,
        shown=seen,
        columns=column_links("/estates", query, seen),
        sorts={name: address("/estates", {**query, "sort": _turned(wanted.sort, name)}) for name in estates.SORTS},
        next_page=address("/estates", {**query, "page": "0"})[:-1],
        files={kind: address(f"/estates.{kind}", query) for kind in (XLSX, CSV)},
        narrowed=any(value for name, value in query.items() if name not in {"sort", "columns"}),
        may_export=allowed(actor.role, Deed.EXPORT),
        may_import=allowed(actor.role, Deed.IMPORT_ESTATES),
    )


def _turned(sort: str, name: str) -> str:
    """Return the sort that a click on a heading asks for: that column, or the other way round."""
    return f"-{name}" if sort == name else name


def _instead(ask: Ask, rows: Iterable[EstateRow]) -> dict[str, Text]:
    """Return what stands instead of the stars of each estate that has none, by its code, as on every page."""
    return {row.code: _unstarred(ask, row) for row in rows if row.stars is None}


def _unstarred(ask: Ask, row: EstateRow) -> Text:
    if row.period is None:
        return NOT_YET
    return NOT_RATED if row.award == UNRATED else awards.words(row.award, pack_named(ask, row.edition or ""))


async def award_words(ask: Ask, found: Collection[str]) -> dict[str, Text]:
    """Return the awards of the latest published period as a filter offers them, by their codes."""
    run = next((one for one in await ratings.runs() if one.state == ratings.PUBLISHED), None)
    pack = pack_named(ask, run.edition) if run else None
    codes = awards.scale([pack], [code for code in found if code != UNRATED])
    return {code: awards.words(code, pack) for code in codes if code != awards.NONE} | {UNRATED: _UNRATED}


async def _filters(ask: Ask, wanted: Wanted, tally: Mapping[str, Mapping[str, int]]) -> tuple[Filter, ...]:
    """Return the drop-downs with their counts; communities only of the street chosen."""
    streets = {one.code: Text(one.name, one.name) for one in await divisions.streets()}
    communities = {
        one.code: Text(one.name, one.name)
        for one in await divisions.communities()
        if not wanted.street or one.parent == wanted.street
    }
    stars = await award_words(ask, tally["stars"])
    offered = {**WORDS, "street": streets, "community": communities, "stars": stars}
    return tuple(
        Filter(
            NAMES[name],
            LABELS[name],
            tuple(
                Option(value, label, tally[name].get(value, 0))
                for value, label in offered[name].items()
                if value in tally[name] or value == getattr(wanted, name)
            ),
            getattr(wanted, name),
        )
        for name in FACETS
    )


@get("/estates.xlsx", guards=[needs(Deed.VIEW_ESTATES), needs(Deed.EXPORT)])
async def export_xlsx(request: Ask) -> Response[bytes]:
    """Return the list as the address narrows it, as a workbook."""
    return await _export(request, XLSX)


@get("/estates.csv", guards=[needs(Deed.VIEW_ESTATES), needs(Deed.EXPORT)])
async def export_csv(request: Ask) -> Response[bytes]:
    """Return the list as the address narrows it, as CSV."""
    return await _export(request, CSV)


async def _export(ask: Ask, kind: FileKind) -> Response[bytes]:
    actor, wanted, day, seen = actor_of(ask), wanted_of(ask), today(ask), _shown(ask)
    rows = await estates.every(scope(actor), wanted, day)
    _, tally = await estates.counts(scope(actor), wanted, day)
    query = address("", query_of(wanted, seen.query)).removeprefix("?")
    await record_export(actor, "estates", filters=query, rows=len(rows), kind=kind, at=now(ask))
    instead = _instead(ask, rows)
    cells = [[_cell(row, column.name, instead) for column in seen.columns] for row in rows]
    subtitle = filter_line(await _filters(ask, wanted, tally), wanted.search)
    return table_file(ask, Table(TITLE, seen.columns, cells, subtitle=subtitle, frozen=1), day, kind)


def _cell(row: EstateRow, name: str, instead: Mapping[str, Text]) -> object:
    """Return what stands in a cell of the list; an estate without stars says so, as on the page."""
    return instead[row.code] if name == "stars" and row.code in instead else getattr(row, name)


@dataclass(frozen=True)
class Category:
    """What the estate reached in one category of the latest published period, in points (millionths)."""

    title: Text
    points: int
    full: int
    share: int  # of 100, for the bar


@dataclass(frozen=True)
class Stars:
    """The latest published stars with what stands behind them."""

    period: str
    stars: awards.Stars | None
    instead: Text  # what stands there where there are none: the grade, or why it is not rated
    composite: int | None
    edition: str
    published_at: datetime
    categories: tuple[Category, ...]


@dataclass(frozen=True)
class Trend:
    """The stars of one published period, and how long its bar is (of 100)."""

    period: str
    stars: awards.Stars | None
    instead: Text
    composite: int | None
    share: int


@dataclass(frozen=True)
class Typed:
    """What was typed into a form of the page, and what is wrong with it."""

    values: Mapping[str, str] = field(default_factory=dict)
    problems: Mapping[str, Text] = field(default_factory=dict)


@dataclass(frozen=True)
class EstateDetail(View):
    """One estate: what it is, where it stands, what one can do, and everything that has happened to it."""

    template: ClassVar[str] = "pages/estates/detail.html"
    estate: EstatePage
    service: Service | None
    stars: Stars | None
    moved: Text | None  # against the period before
    trend: tuple[Trend, ...]
    history: History
    party: PartyRow | None
    case: str | None
    sees: Mapping[str, bool]  # by kind of history and by what else the page leads to: whether the post may
    events: tuple[Event, ...]
    kinds: tuple[tuple[str, Text, int], ...]
    kind: str
    may_edit: bool
    may_open: bool
    why_not: Text | None
    companies: list[CompanyChoice] = field(default_factory=list)
    management: Typed = field(default_factory=Typed)
    party_unit: Typed = field(default_factory=Typed)
    words: ClassVar[Mapping[str, Mapping[str, Text]]] = {**WORDS, "area_source": AreaSource.labels()}
    forms: ClassVar[Mapping[str, Text]] = PartyForm.labels()
    statuses: ClassVar[Mapping[str, Text]] = PartyStatus.labels()
    states: ClassVar[Mapping[str, Text]] = InspectionState.labels()


@get("/estates/{code:str}", guards=[needs(Deed.VIEW_ESTATES)])
async def show(request: Ask, code: FromPath[str], kind: FromQuery[str] = "") -> Response[str]:
    """Show one estate; `kind` narrows its timeline."""
    return (await detail(request, code, kind=kind)).response(request)


async def detail(
    ask: Ask, code: str, *, kind: str = "", management: Typed | None = None, party_unit: Typed | None = None
) -> EstateDetail:
    """Return the page of one estate.

    Raises:
        NotFoundException: there is none in the person's scope.
    """
    actor, day = actor_of(ask), today(ask)
    estate = await estates.one(scope(actor), code, day)
    if estate is None:
        raise NotFoundException
    told, case = await history(actor, estate.row.id), await takeovers.open_case_of(estate.row.id)
    found = events(told, code, estate.registered_on, lambda edition: pack_named(ask, edition))
    may_edit = allowed(actor.role, Deed.EDIT_ESTATES)
    trend = _trend(ask, told)
    return EstateDetail(
        estate=estate,
        service=_service(ask, estate.row.management, case),
        stars=await _stars(ask, estate.row.id),
        moved=_moved(trend),
        trend=trend,
        history=told,
        party=next((unit for unit in told.parties if unit.ended_on is None or unit.ended_on > day), None),
        case=case.number if case and allowed(actor.role, Deed.VIEW_TAKEOVERS) else None,
        sees={kind: allowed(actor.role, deed) for kind, deed in {**SEEN_WITH, **_MORE}.items()},
        events=tuple(event for event in found if kind not in KINDS or event.kind_code == kind),
        kinds=_kinds(found),
        kind=kind if kind in KINDS else "",
        may_edit=may_edit,
        may_open=allowed(actor.role, Deed.OPEN_TAKEOVER),
        why_not=may(actor, Deed.EDIT_ESTATES),
        companies=await companies.choices() if may_edit else [],
        management=management or Typed(),
        party_unit=party_unit or Typed(),
    )


def _kinds(found: Sequence[Event]) -> tuple[tuple[str, Text, int], ...]:
    """Return the kinds that stand on the timeline, each with how many events it has."""
    counted = Counter(event.kind_code for event in found)
    return tuple((kind, label, counted[kind]) for kind, label in KINDS.items() if counted[kind])


def _trend(ask: Ask, told: History) -> tuple[Trend, ...]:
    """Return the published stars of the latest periods, newest first; what was corrected is left out."""
    standing = (row for row in told.ratings if not row.superseded)
    return tuple(
        Trend(
            row.period,
            row.stars,
            instead_of_stars(pack_named(ask, row.edition), row.award, row.not_rated),
            row.composite,
            max(0, min(100, (row.composite or 0) // UNIT)),
        )
        for row in sorted(standing, key=lambda row: row.period, reverse=True)[:TREND]
    )


def _moved(trend: Sequence[Trend]) -> Text | None:
    """Return how the stars changed against the period before; nothing where one of the two has none."""
    if len(trend) < 2 or trend[0].stars is None or trend[1].stars is None:  # noqa: PLR2004
        return None
    now, then = trend[0].stars, trend[1].stars
    change: Decimal = Decimal(now) - Decimal(then)
    template = _ROSE if change > 0 else _FELL if change else _STAYED
    return template.fill(period=trend[1].period, count=plainly(abs(change)))


def _service(ask: Ask, management: str, case: takeovers.OpenCase | None) -> Service | None:
    """Return the one service state that people speak of, by the edition of the open case; None without an edition."""
    pack = pack_named(ask, case.edition) if case else next(iter(packs(ask)), None)
    rules = pack.takeover_rules() if pack and case else None
    return service(rules, case.state if case else None, Management(management)) if pack else None


async def _stars(ask: Ask, estate: int) -> Stars | None:
    """Return the latest published stars with the result of each category, or None before the first."""
    latest = await timelines.latest(estate)
    if latest is None:
        return None
    pack = pack_named(ask, latest.edition)
    categories = []
    for category in pack.sheet.categories if pack else ():
        points, full = latest.working.get(category.points_column), category.full_points
        if points is not None:
            share = max(0, min(100, points * 100 // full))
            categories.append(Category(category.title, points, full, share))
    return Stars(
        latest.period,
        latest.stars,
        instead_of_stars(pack, latest.award, latest.not_rated),
        latest.composite,
        latest.edition,
        latest.published_at,
        tuple(categories),
    )


ROUTES = (show_list, export_xlsx, export_csv, show)
