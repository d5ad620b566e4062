"""Pages of what-ifs: all of them, a new one, and what one would do: who moves, who gains and loses, what it costs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import msgspec
from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery

from redproperty.actions.exporting import record_export
from redproperty.actions.scenarios import (
    Ground,
    Measured,
    copy,
    create,
    edition_texts,
    figure_changes,
    ground,
    measured,
    periods,
    shelve,
)
from redproperty.domain.access import Actor, Deed, allowed, scope
from redproperty.domain.audit import OTHER_DEEDS
from redproperty.domain.changes import changes
from redproperty.domain.figures import FigureChange, line_changes
from redproperty.domain.money import yuan
from redproperty.domain.packs import Pack, begun
from redproperty.domain.periods import Period
from redproperty.domain.texts import Invalid, Refused, Text
from redproperty.domain.whatif import (
    Comparison,
    Sums,
    by_company,
    by_street,
    drifted,
    flows,
    headline,
    over_percent,
    sums,
)
from redproperty.exports.archives import archive_of
from redproperty.exports.filenames import attachment
from redproperty.settings import ZONE
from redproperty.store import audit, companies, divisions, ratings, rules, scenarios, subsidies
from redproperty.store.scenarios import Scenario
from redproperty.web.distributions import Mark, legend
from redproperty.web.editions import pack_named, pack_of, packs
from redproperty.web.fields import typed
from redproperty.web.files import CSV, XLSX, FileKind, table_file
from redproperty.web.lists import Filter, address
from redproperty.web.pictures import Flow, Share, flow, share
from redproperty.web.rating_runs import sees_previews
from redproperty.web.rule_changes import Part, parts_of
from redproperty.web.scenario_rows import (
    HEADS,
    NO_COMPANY,
    SORTS,
    Editions,
    Query,
    Row,
    filters,
    fitting,
    order,
    query_of,
    rows_of,
    table,
)
from redproperty.web.security import needs
from redproperty.web.views import Ask, View, actor_of, language, now, problems_by_field, see

PAGE: Final = 50
TOP: Final = 8  # winners and losers named on the page; the list has them all
ZIP: Final = "application/zip"
KEPT: Final = 4  # results, and periods read, that are kept in memory
WITHOUT_EFFECT: Final = (*OTHER_DEEDS, Deed.MAKE_SCENARIO, Deed.EXPORT)  # deeds that change nothing that is read here
CREATED = Text(
    "已复制规则，尚未改动。改好后保存即可看到结果。", "Copied, nothing changed yet. Change it, save, and see."
)
COPIED = Text("已复制为您的测算 {number}。", "Copied as your own what-if {number}.")
SHELVED = Text("已归档，链接仍可打开。", "Archived; its link still opens.")
RESTORED = Text("已取消归档。", "Taken from the archive.")


@dataclass(frozen=True)
class ListPage(View):
    """All what-ifs that a person may open."""

    template: ClassVar[str] = "pages/scenarios/list.html"
    rows: tuple[Scenario, ...]
    archived: tuple[Scenario, ...]
    periods: Mapping[str, Period]
    may_make: bool


@dataclass(frozen=True)
class NewForm(View):
    """What a new what-if needs."""

    template: ClassVar[str] = "pages/scenarios/new.html"
    typed: Mapping[str, str]
    periods: tuple[tuple[str, Text], ...]
    editions: tuple[tuple[str, Text], ...]
    problems: Mapping[str, Text]


@dataclass(frozen=True)
class Cell:
    """One field of the matrix of moves: how many, whether they rise or fall, and where they are listed."""

    count: int
    tone: str
    href: str


@dataclass(frozen=True)
class Amount:
    """One bar of the picture of money."""

    name: str
    fen: int
    share: Share


@dataclass(frozen=True)
class Group:
    """A street or a company with its sums."""

    name: Text
    href: str
    sums: Sums


@dataclass(frozen=True)
class ResultPage(View):
    """What a what-if would do."""

    template: ClassVar[str] = "pages/scenarios/result.html"
    scenario: Scenario
    period: Period
    link: str
    mine: bool
    may_make: bool
    may_export: bool
    refusal: Text | None
    figures: tuple[FigureChange, ...]
    lines: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    result: "Result | None"


@dataclass(frozen=True)
class Result:
    """The figures, pictures and estates of a result, as a person may see them."""

    headline: Text
    measured: Measured
    drifted: int  # estates that have other stars now than were published
    parts: tuple[Part, ...]  # what the rules tried say otherwise than the edition copied
    whole: bool
    sums: Sums
    budget: int | None
    over: str
    scaled: bool
    flow: Flow
    marks: tuple[Mark, ...]
    by_grades: bool
    matrix: tuple[tuple[tuple[Cell, ...], int], ...]
    totals: tuple[int, ...]
    amounts: tuple[Amount, ...]
    streets: tuple[Group, ...]
    companies: tuple[Group, ...]
    winners: tuple[Row, ...]
    losers: tuple[Row, ...]
    rows: tuple[Row, ...]
    fitting: int
    number: int
    pages: int
    next_page: str
    query: Query
    filters: tuple[Filter, ...]
    sorts: Mapping[str, str]
    heads: Mapping[str, Any]
    links: Mapping[str, str]


async def _may_open(actor: Actor, scenario: Scenario) -> bool:
    """Whether the stars of its period may be seen: those not published are for some only."""
    return sees_previews(actor) or await ratings.published(scenario.period) is not None


async def opened(ask: Ask, number: str) -> Scenario:
    """Return one what-if.

    Raises:
        NotFoundException: it is not there, or not for this person.
    """
    found = await scenarios.scenario(number)
    if found is None or not await _may_open(actor_of(ask), found):
        raise NotFoundException
    return found


@get("/scenarios", guards=[needs(Deed.VIEW_SCENARIOS)])
async def show_list(request: Ask) -> Response[str]:
    """Show all what-ifs."""
    actor = actor_of(request)
    seen = [one for one in await scenarios.scenarios() if await _may_open(actor, one)]
    return ListPage(
        rows=tuple(one for one in seen if not one.archived),
        archived=tuple(one for one in seen if one.archived),
        periods={one.period: Period.parse(one.period) for one in seen},
        may_make=allowed(actor.role, Deed.MAKE_SCENARIO),
    ).response(request)


@get("/scenarios/new", guards=[needs(Deed.MAKE_SCENARIO)])
async def show_new(request: Ask) -> Response[str]:
    """Show the form of a new what-if; the address may name the edition to copy."""
    return (await _new_form(request, {}, {})).response(request)


async def _new_form(ask: Ask, given: Mapping[str, str], problems: Mapping[str, Text]) -> NewForm:
    offered = await periods()
    asked = dict(given) or {**await _usual(ask, offered), **dict(ask.query_params)}
    named = [(pack.edition, f"{pack.edition} · ", pack.about.title) for pack in reversed(packs(ask))]
    return NewForm(
        typed={name: asked.get(name, "") for name in ("title", "period", "edition", "budget")},
        periods=tuple((period.code, period.title) for period in offered),
        editions=tuple((name, Text(f"{said}{title.zh}", f"{said}{title.en}")) for name, said, title in named),
        problems=problems,
    )


async def _usual(ask: Ask, offered: list[Period]) -> dict[str, str]:
    """Return what stands in the form unasked: the latest published period, its edition, the budget of its last run."""
    held = {run.period for run in await ratings.runs() if run.state == ratings.PUBLISHED}
    order = sorted(offered, key=lambda period: period.code not in held)  # stable: the latest first in each half
    code = order[0].code if order else ""
    runs = [run for run, _ in await subsidies.runs(scope(actor_of(ask))) if run.period == code and run.street is None]
    pack = begun(packs(ask), order[0].begins) if order else None
    return {
        "period": code,
        "edition": pack.edition if pack else "",
        "budget": yuan(runs[0].budget_fen) if runs else "",
    }


@post("/scenarios", guards=[needs(Deed.MAKE_SCENARIO)])
async def make(request: Ask) -> Response[Any]:
    """Make a new what-if, and go on to change it."""
    form = await typed(request)
    try:
        number = await create(actor_of(request), packs(request), form, at=now(request))
    except Invalid as invalid:
        again = await _new_form(request, form, problems_by_field(invalid.problems))
        return again.response(request, status=422)
    return see(f"/scenarios/{number}/figures", CREATED)


@post("/scenarios/{number:str}/copy", guards=[needs(Deed.MAKE_SCENARIO)])
async def make_copy(request: Ask, number: FromPath[str]) -> Response[Any]:
    """Copy a what-if as one's own."""
    await opened(request, number)
    new = await copy(actor_of(request), number, at=now(request))
    return see(f"/scenarios/{new}/figures", COPIED.fill(number=new))


@post("/scenarios/{number:str}/archive", guards=[needs(Deed.MAKE_SCENARIO)])
async def archive(request: Ask, number: FromPath[str]) -> Response[Any]:
    """Put one's own what-if into the archive, or take it out."""
    form = await typed(request)
    await opened(request, number)
    archived = form.get("archived") == "1"
    await shelve(actor_of(request), number, archived=archived, at=now(request))
    return see(f"/scenarios/{number}", SHELVED if archived else RESTORED)


@get("/scenarios/{number:str}", guards=[needs(Deed.VIEW_SCENARIOS)])
async def show(request: Ask, number: FromPath[str], page: FromQuery[int] = 1) -> Response[str]:
    """Show what one would do."""
    scenario, actor, root = await opened(request, number), actor_of(request), request.app.state.settings.rules
    refusal = result = None
    figures: tuple[FigureChange, ...] = ()
    lines: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    try:
        files = edition_texts(root, scenario.edition)
        figures = figure_changes(root, scenario)
        lines = tuple((name, line_changes(files.get(name, ""), text)) for name, text in scenario.texts.items())
        result = await _result(request, scenario, wanted=page)
    except Refused as refused:
        refusal = refused.text
    return ResultPage(
        scenario=scenario,
        period=Period.parse(scenario.period),
        link=f"{str(request.base_url).rstrip('/')}/scenarios/{number}",
        mine=scenario.made_by == actor.id,
        may_make=allowed(actor.role, Deed.MAKE_SCENARIO),
        may_export=allowed(actor.role, Deed.EXPORT),
        refusal=refusal,
        figures=figures,
        lines=lines,
        result=result,
    ).response(request)


async def _measured(ask: Ask, scenario: Scenario) -> Measured:
    """Return the result; what it stands on is read anew when anything was done in the record since."""
    root, period = ask.app.state.settings.rules, Period.parse(scenario.period)
    at, pack = await audit.latest(but=WITHOUT_EFFECT), pack_of(ask, period)
    grounds: dict[object, Ground] = ask.app.state.grounds
    where = (period, pack.digest, at)
    if where not in grounds:
        _keep(grounds, where, await ground(pack, period))
    stands_on = grounds[where]
    results: dict[object, Measured] = ask.app.state.whatifs
    place = (where, scenario.number, scenario.version, rules.digest(root / scenario.edition))
    if place not in results:
        _keep(results, place, await measured(root, stands_on, scenario))
    return results[place]


def _keep(kept: dict[Any, Any], key: object, value: object) -> None:
    """Keep a few of what was reckoned last."""
    for old in list(kept)[: max(0, len(kept) - KEPT + 1)]:
        kept.pop(old, None)
    kept[key] = value


def _seen(actor: Actor, comparison: Comparison) -> Comparison:
    """Return the part that a person may see: those of one street see theirs."""
    within = scope(actor)
    return comparison if within.everything else comparison.within(within.streets)


async def _rows(comparison: Comparison, editions: Editions) -> tuple[Row, ...]:
    streets = {one.code: one.name for one in await divisions.streets()}
    return rows_of(comparison, editions, streets, await companies.names())


async def _result(ask: Ask, scenario: Scenario, *, wanted: int) -> Result:
    found, query = await _measured(ask, scenario), query_of(ask.query_params)
    whole = scope(actor_of(ask)).everything
    comparison = _seen(actor_of(ask), found.comparison)
    path, asked, total = f"/scenarios/{scenario.number}", msgspec.structs.asdict(query), sums(comparison)
    editions = Editions(found.before, found.after)
    rows = await _rows(comparison, editions)
    left, scale = fitting(rows, query), order(editions, rows)
    pages = max(1, -(-len(left) // PAGE))
    number = min(max(wanted, 1), pages)
    budget = scenario.budget_fen if whole else None
    counts = flows(comparison)
    matrix = _matrix(counts, scale, path, by_grades=editions.by_grades)
    return Result(
        headline=headline(total, budget),
        measured=found,
        drifted=drifted(comparison, found.published or {}),
        parts=_parts(ask, scenario, found.after),
        whole=whole,
        sums=total,
        budget=budget,
        over=over_percent(total.due_after, budget) if budget is not None and total.due_after > budget else "",
        scaled=total.due_after != total.paid_after or total.due_before != total.paid_before,
        flow=flow({(scale.index(was), scale.index(now_)): n for (was, now_), n in counts.items()}),
        matrix=matrix,
        totals=tuple(sum(cells[column].count for cells, _ in matrix) for column in range(len(scale))),
        marks=tuple(one for code in scale for one in legend([code], editions.saying(code))),
        by_grades=editions.by_grades,
        amounts=_amounts(total, budget),
        streets=await _streets(comparison, path),
        companies=await _companies(comparison, path),
        winners=tuple(row for row in rows if row.change > 0)[:TOP],
        losers=tuple(row for row in rows if row.change < 0)[:TOP],
        rows=left[(number - 1) * PAGE : number * PAGE],
        fitting=len(left),
        number=number,
        pages=pages,
        next_page=address(path, {**asked, "page": "0"})[:-1],
        query=query,
        filters=filters(rows, editions, query),
        sorts={name: address(path, {**asked, "sort": _turned(query.sort, name)}) + "#estates" for name in SORTS},
        heads=HEADS,
        links=_links(path, asked),
    )


def _parts(ask: Ask, scenario: Scenario, after: Pack) -> tuple[Part, ...]:
    copied = pack_named(ask, scenario.edition)
    return () if copied is None else parts_of(changes(copied, after), language(ask))


def _turned(sort: str, name: str) -> str:
    return f"-{name}" if sort == name else name


def _links(path: str, asked: Mapping[str, str]) -> dict[str, str]:
    files = {kind: address(f"{path}/estates.{kind}", asked) for kind in (XLSX, CSV)}
    shows = {name: address(path, {"show": name}) + "#estates" for name in ("up", "down", "changed", "gains", "loses")}
    return {**files, **shows, "clear": f"{path}#estates"}


def _matrix(
    counts: Mapping[tuple[str, str], int], scale: Sequence[str], path: str, *, by_grades: bool
) -> tuple[tuple[tuple[Cell, ...], int], ...]:
    """Return the moves as rows of awards before, each with its cells by awards after and its sum."""
    made = []
    for place, was in enumerate(scale):
        cells = []
        for column, after in enumerate(scale):
            tone = "same" if column == place else "changed" if by_grades else "up" if column < place else "down"
            n = counts.get((was, after), 0)
            asked = {"show": "all", "was": was, "now": after}
            cells.append(Cell(n, tone if n else "", address(path, asked) + "#estates" if n else ""))
        made.append((tuple(cells), sum(cell.count for cell in cells)))
    return tuple(made)


def _amounts(total: Sums, budget: int | None) -> tuple[Amount, ...]:
    figures = {"due_before": total.due_before, "due_after": total.due_after}
    if budget is not None:
        figures |= {"paid_before": total.paid_before, "paid_after": total.paid_after, "budget": budget}
    most = max([*figures.values(), 1])
    return tuple(Amount(name, fen, share(fen, None, most)) for name, fen in figures.items())


async def _streets(comparison: Comparison, path: str) -> tuple[Group, ...]:
    names = {one.code: one.name for one in await divisions.streets()}
    return tuple(
        Group(Text(names.get(code, code), names.get(code, code)), address(path, {"street": code}) + "#estates", found)
        for code, found in by_street(comparison).items()
    )


async def _companies(comparison: Comparison, path: str) -> tuple[Group, ...]:
    """Return the companies for which anything changes, the largest change first."""
    names = await companies.names()
    changed = [
        (key, found)
        for key, found in by_company(comparison).items()
        if found.moved or found.paid_change or found.change
    ]
    changed.sort(key=lambda pair: (-abs(pair[1].paid_change), pair[0] or 0))
    return tuple(
        Group(_named(names, key), address(path, {"company": key}) + "#estates" if key else "", found)
        for key, found in changed
    )


def _named(names: Mapping[int, str], key: int | None) -> Text:
    return NO_COMPANY if key is None else Text(names.get(key, "?"), names.get(key, "?"))


@get("/scenarios/{number:str}/estates.xlsx", guards=[needs(Deed.VIEW_SCENARIOS)])
async def export_xlsx(request: Ask, number: FromPath[str]) -> Response[bytes]:
    """Return the estates as the address narrows and sorts them, as a workbook."""
    return await _export(request, number, XLSX)


@get("/scenarios/{number:str}/estates.csv", guards=[needs(Deed.VIEW_SCENARIOS)])
async def export_csv(request: Ask, number: FromPath[str]) -> Response[bytes]:
    """Return the estates as the address narrows and sorts them, as CSV."""
    return await _export(request, number, CSV)


async def _export(ask: Ask, number: str, kind: FileKind) -> Response[bytes]:
    scenario, query = await opened(ask, number), query_of(ask.query_params)
    found = await _measured(ask, scenario)
    editions = Editions(found.before, found.after)
    rows = await _rows(_seen(actor_of(ask), found.comparison), editions)
    sheet = table(scenario, rows, editions, query)
    seen = address("", msgspec.structs.asdict(query)).removeprefix("?")
    about = f"scenario:{number}"
    await record_export(actor_of(ask), about, filters=seen, rows=len(sheet.rows), kind=kind, at=now(ask))
    return table_file(ask, sheet, scenario.changed_at.astimezone(ZONE).date(), kind)


@get("/scenarios/{number:str}/rules.zip", guards=[needs(Deed.VIEW_SCENARIOS)])
async def export_rules(request: Ask, number: FromPath[str]) -> Response[bytes]:
    """Return the rules tried as the folder of a draft edition, to go on with at a desk."""
    scenario = await opened(request, number)
    texts = {**edition_texts(request.app.state.settings.rules, scenario.edition), **scenario.texts}
    content = archive_of({f"{number}/{name}": text.encode() for name, text in texts.items()}, scenario.changed_at)
    about = f"scenario:{number}"
    await record_export(actor_of(request), about, filters="", rows=len(texts), kind="zip", at=now(request))
    return Response(content, media_type=ZIP, headers={"content-disposition": attachment(number, "zip")})


ROUTES = (show_list, show_new, make, make_copy, archive, show, export_xlsx, export_csv, export_rules)
