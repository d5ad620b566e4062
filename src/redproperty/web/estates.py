"""Pages of estates: the list that one filters and exports, and the page of one estate."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery

from redproperty.actions.exporting import record_export
from redproperty.domain.access import Actor, Deed, allowed, may, scope
from redproperty.domain.estates import AreaSource, EstateType, Management, OwnersBody, PartyForm, PartyStatus, Stratum
from redproperty.domain.takeovers import Service, service
from redproperty.domain.texts import Text
from redproperty.exports.tables import Column, Table
from redproperty.store import companies, divisions, estates, takeovers, tenures, timelines
from redproperty.store.companies import Choice as CompanyChoice
from redproperty.store.estates import FACETS, PAGE, UNRATED, EstatePage, EstateRow, Wanted
from redproperty.store.tenures import PartyRow, TenureRow
from redproperty.web.editions import pack_named, packs
from redproperty.web.files import CSV, XLSX, FileKind, table_file
from redproperty.web.lists import Filter, Option, address
from redproperty.web.security import needs
from redproperty.web.timelines import KINDS, Event, events, not_rated
from redproperty.web.views import Ask, View, is_htmx, now, person, today

APPLIED = PartyStatus.APPLIED.value
PARTY = {
    **{form.value: form.label for form in PartyForm if form is not PartyForm.NONE},
    APPLIED: PartyStatus.APPLIED.label,
    PartyForm.NONE.value: PartyForm.NONE.label,
}
STARS = {
    **{str(count): Text(f"{count} 星", f"{count} stars" if count != 1 else "1 star") for count in range(5, -1, -1)},
    UNRATED: Text("不评或未评", "not rated"),
}
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
    "stars": STARS,
    "party": PARTY,
    "owners_body": OwnersBody.labels(),
}
TITLE = Text("小区一览", "Estates")


@dataclass(frozen=True)
class EstateList(View):
    """The list as narrowed by the address; `hrefs` are its own address sorted, paged and as files."""

    template: ClassVar[str] = "pages/estates/list.html"
    rows: list[EstateRow]
    total: int
    wanted: Wanted
    filters: tuple[Filter, ...]
    number: int
    pages: int
    sorts: dict[str, str]
    next_page: str
    files: dict[str, str]
    narrowed: bool
    may_export: bool
    words: ClassVar[Mapping[str, Mapping[str, Text]]] = WORDS
    whole: ClassVar[bool] = True  # else the results also bring the drop-downs with their new counts


@dataclass(frozen=True)
class EstateResults(EstateList):
    """The list without the page around it, for htmx."""

    template: ClassVar[str] = "partials/estates/results.html"
    whole: ClassVar[bool] = False


def wanted_of(ask: Ask) -> Wanted:
    """Return what the address narrows the list to; a value that no filter knows is left out."""
    asked = {name: ask.query_params.get(param, "") for name, param in NAMES.items()}
    known = {name: value for name, value in asked.items() if name not in WORDS or value in WORDS[name]}
    sort = ask.query_params.get("sort", "code")
    return Wanted(
        search=ask.query_params.get("q", "").strip()[:60],
        sort=sort if sort.removeprefix("-") in estates.SORTS else "code",
        **known,
    )


def query_of(wanted: Wanted) -> dict[str, str]:
    """Return the address's query of a list, in the order of the form."""
    chosen = {param: getattr(wanted, name) for name, param in NAMES.items()}
    return {"q": wanted.search, **chosen, "sort": "" if wanted.sort == "code" else wanted.sort}


def actor_of(ask: Ask) -> Actor:
    """Return who is signed in; the guard of the route has seen to it."""
    actor = person(ask)
    assert actor is not None  # noqa: S101
    return actor


@get("/estates", guards=[needs(Deed.VIEW_ESTATES)])
async def show_list(request: Ask, page: FromQuery[int] = 1) -> Response[str]:
    """Show a page of the list; to htmx only the results."""
    actor, wanted, day = actor_of(request), wanted_of(request), today(request)
    total, tally = await estates.counts(scope(actor), wanted, day)
    pages = max(1, -(-total // PAGE))
    number = min(max(page, 1), pages)
    query = query_of(wanted)
    kind = EstateResults if is_htmx(request) else EstateList
    view = kind(
        rows=await estates.page(scope(actor), wanted, day, number=number),
        total=total,
        wanted=wanted,
        filters=await _filters(wanted, tally),
        number=number,
        pages=pages,
        sorts={name: address("/estates", {**query, "sort": _turned(wanted.sort, name)}) for name in estates.SORTS},
        next_page=address("/estates", {**query, "page": "0"})[:-1],
        files={kind: address(f"/estates.{kind}", query) for kind in (XLSX, CSV)},
        narrowed=any(query.values()),
        may_export=allowed(actor.role, Deed.EXPORT),
    )
    return view.response(request)


def _turned(sort: str, name: str) -> str:
    """Return the sort that a click on a heading asks for: that column, or the other way round."""
    return f"-{name}" if sort == name else name


async def _filters(wanted: Wanted, tally: Mapping[str, Mapping[str, int]]) -> tuple[Filter, ...]:
    """Return the drop-downs with their counts; communities only of the street chosen."""
    streets = {one.code: Text(one.name, one.name) for one in await divisions.streets()}
    communities = {
        one.code: Text(one.name, one.name)
        for one in await divisions.communities()
        if not wanted.street or one.parent == wanted.street
    }
    words = {**WORDS, "street": streets, "community": communities}
    return tuple(
        Filter(
            NAMES[name],
            LABELS[name],
            tuple(
                Option(value, label, tally[name].get(value, 0))
                for value, label in words[name].items()
                if value in tally[name] or value == getattr(wanted, name)
            ),
            getattr(wanted, name),
        )
        for name in FACETS
    )


COLUMNS = (
    Column("code", Text("编码", "Code"), width=12),
    Column("name", Text("小区", "Estate"), width=22),
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
    Column("stars", LABELS["stars"], "stars"),
    Column("composite", Text("综合得分", "Composite"), "score"),
    Column("period", Text("考核期", "Period"), width=10),
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
    actor, wanted, day = actor_of(ask), wanted_of(ask), today(ask)
    rows = await estates.every(scope(actor), wanted, day)
    filters = address("", query_of(wanted)).removeprefix("?")
    await record_export(actor, "estates", filters=filters, rows=len(rows), kind=kind, at=now(ask))
    return table_file(ask, sheet(rows, filters), day, kind)


def sheet(rows: list[EstateRow], filters: str) -> Table:
    """Return the list as a table of named columns; the query of its address stands below the title."""
    seen = [Text(f"筛选：{filters}", f"Filter: {filters}")] if filters else []
    cells = [[getattr(row, column.name) for column in COLUMNS] for row in rows]
    return Table(TITLE, COLUMNS, cells, subtitle=seen, frozen=2)


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
    stars: int | None
    reason: Text
    composite: int | None
    edition: str
    published_at: datetime
    categories: tuple[Category, ...]


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
    tenures: list[TenureRow]
    party: PartyRow | None
    case: str | None
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
    held, parties = await tenures.of_estate(estate.row.id), await tenures.party_units(estate.row.id)
    case = await takeovers.open_case_of(estate.row.id)
    found = await events(
        actor, estate.row.id, code, tenures=held, parties=parties, packs=lambda edition: pack_named(ask, edition)
    )
    may_edit = allowed(actor.role, Deed.EDIT_ESTATES)
    return EstateDetail(
        estate=estate,
        service=_service(ask, estate.row.management, case),
        stars=await _stars(ask, estate.row),
        tenures=held,
        party=next((unit for unit in parties if unit.ended_on is None or unit.ended_on > day), None),
        case=case.number if case and allowed(actor.role, Deed.VIEW_TAKEOVERS) else None,
        events=tuple(event for event in found if kind in {"", event.kind_code}),
        kinds=tuple(
            (one, label, sum(event.kind_code == one for event in found))
            for one, label in KINDS.items()
            if any(event.kind_code == one for event in found)
        ),
        kind=kind if kind in KINDS else "",
        may_edit=may_edit,
        may_open=allowed(actor.role, Deed.OPEN_TAKEOVER),
        why_not=may(actor, Deed.EDIT_ESTATES),
        companies=await companies.choices() if may_edit else [],
        management=management or Typed(),
        party_unit=party_unit or Typed(),
    )


def _service(ask: Ask, management: str, case: takeovers.OpenCase | None) -> Service | None:
    """Return the one service state that people speak of, by the edition of the open case; None without an edition."""
    pack = pack_named(ask, case.edition) if case else next(iter(packs(ask)), None)
    return service(pack.takeover, case.state if case else None, Management(management)) if pack else None


async def _stars(ask: Ask, row: EstateRow) -> Stars | None:
    """Return the latest published stars with the result of each category, or None before the first."""
    latest = await timelines.latest(row.id)
    if latest is None:
        return None
    pack = pack_named(ask, latest.edition)
    categories = []
    for category in pack.sheet.categories if pack else ():
        points, full = latest.working.get(category.points_column), latest.working.get(category.full_column)
        if points is not None and full:
            share = max(0, min(100, points * 100 // full))
            categories.append(Category(category.title, points, full, share))
    return Stars(
        latest.period,
        latest.working.get("stars"),
        not_rated(pack, latest.working.get("not_rated")),
        row.composite if row.period == latest.period else None,
        latest.edition,
        latest.published_at,
        tuple(categories),
    )


ROUTES = (show_list, export_xlsx, export_csv, show)
