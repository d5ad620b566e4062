"""Pages of ratings: the periods, one period with its picture and its estates, closing and publishing it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

import msgspec
from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from redproperty.actions.exporting import record_export
from redproperty.actions.ratings import close_period, publish
from redproperty.domain.access import Actor, Deed, Role, allowed, scope
from redproperty.domain.comparisons import causes, signed
from redproperty.domain.estates import Stratum
from redproperty.domain.packs import Pack
from redproperty.domain.periods import Period
from redproperty.domain.texts import Invalid, Refused, Text
from redproperty.exports.tables import Column, Table
from redproperty.settings import ZONE
from redproperty.store import divisions, ratings
from redproperty.store.ratings import Result, Run
from redproperty.web.editions import pack_named, packs
from redproperty.web.files import CSV, XLSX, table_file
from redproperty.web.lists import Filter, Option, address
from redproperty.web.pictures import Share, Slice, share, slices
from redproperty.web.security import needs
from redproperty.web.timelines import not_rated
from redproperty.web.views import Ask, View, now, person, problems_by_field, see, today

NONE = "none"  # in the address: not rated
STARS = tuple(range(5, -1, -1))
STATES = {
    "open": Text("检查中", "being inspected"),
    ratings.PREVIEW: Text("预览", "preview"),
    ratings.PUBLISHED: Text("已发布", "published"),
    ratings.SUPERSEDED: Text("已更正", "corrected"),
}
TONES = {ratings.PREVIEW: "warn", ratings.PUBLISHED: "good", ratings.SUPERSEDED: ""}
STAR_WORDS = {**{str(n): Text(f"{n} 星", f"{n} stars" if n != 1 else "1 star") for n in STARS}}
STAR_WORDS[NONE] = Text("不评", "Not rated")
MOVES = {
    "up": Text("升星", "Rose"),
    "down": Text("降星", "Fell"),
    "new": Text("新参评", "Newly rated"),
    "out": Text("转为不评", "No longer rated"),
}
CLOSED = Text("已结算{period}，以下为预览，尚未发布。", "{period} is closed; this is a preview, not published yet.")
PUBLISHED = Text("{period}的星级已发布。", "The stars of {period} are published.")


class Query(msgspec.Struct, frozen=True):
    """What the address narrows the estates to; empty is all."""

    q: str = ""
    street: str = ""
    stars: str = ""
    stratum: str = ""
    moved: str = ""
    run: str = ""


@dataclass(frozen=True)
class PeriodRow:
    """One period of the list."""

    period: Period
    state: str
    title: Text
    tone: str
    published_on: date | None
    inspections: int
    reviewed: int
    waiting: int
    slices: tuple[Slice, ...]
    rated: int
    unrated: int


@dataclass(frozen=True)
class PeriodList(View):
    """All periods with what stands in them."""

    template: ClassVar[str] = "pages/ratings/list.html"
    rows: tuple[PeriodRow, ...]
    staff: bool


@dataclass(frozen=True)
class EstateRow:
    """One estate of a period beside itself in the period before."""

    result: Result
    street: str
    stratum: Text
    reason: Text | None
    before_stars: int | None
    was_rated: bool
    change: int | None
    move: str
    causes: tuple[Text, ...]
    categories: tuple[int | None, ...]
    fired: tuple[tuple[str, Text], ...]


@dataclass(frozen=True)
class Bar:
    """One star of the distribution: how many now and in the period before."""

    stars: int | None
    count: int
    before: int
    percent: str
    share: Share
    href: str


@dataclass(frozen=True)
class StreetRow:
    """The stars of one street."""

    name: str
    href: str
    counts: tuple[int, ...]
    total: int
    slices: tuple[Slice, ...]


@dataclass(frozen=True)
class PeriodPage(View):
    """One period: where it stands, its picture, who moved, every estate in sight."""

    template: ClassVar[str] = "pages/ratings/period.html"
    period: Period
    run: Run | None
    runs: tuple[Run, ...]
    state: Text
    tone: str
    tally: Mapping[str, int]
    waiting: tuple[str, ...]
    void: tuple[tuple[int, str], ...]
    rows: tuple[EstateRow, ...]
    seen: int
    bars: tuple[Bar, ...]
    streets: tuple[StreetRow, ...]
    reasons: tuple[tuple[Text, int], ...]
    categories: tuple[tuple[str, Text], ...]
    filters: tuple[Filter, ...]
    query: Query
    movers: tuple[EstateRow, ...]
    moves: Mapping[str, int]
    previous: Period | None
    files: Mapping[str, str]
    company: bool
    may_close: bool
    may_publish: bool
    may_export: bool
    over: bool


@dataclass(frozen=True)
class PublishPage(View):
    """What publishing will do, before it is done."""

    template: ClassVar[str] = "pages/ratings/publish.html"
    period: Period
    run: Run
    rated: int
    unrated: int
    inspections: int
    earlier: Run | None
    reason: str
    problems: Mapping[str, Text]
    refusal: Text | None = None


def actor_of(ask: Ask) -> Actor:
    """Return who is signed in; the guard of the route has seen to it."""
    actor = person(ask)
    assert actor is not None  # noqa: S101
    return actor


def sees_previews(actor: Actor) -> bool:
    """Whether results that are not published yet may be seen."""
    return allowed(actor.role, Deed.CLOSE_PERIOD) or actor.role is Role.AUDITOR


def period_of(code: str) -> Period:
    """Return the period of an address.

    Raises:
        NotFoundException: it is not written like one.
    """
    try:
        return Period.parse(code)
    except Invalid as invalid:
        raise NotFoundException from invalid


async def chosen_run(ask: Ask, period: Period) -> tuple[Run | None, tuple[Run, ...]]:
    """Return the run that the page shows and all that this person may see: the preview first, then what holds."""
    previews = sees_previews(actor_of(ask))
    runs = tuple(run for run in await ratings.runs(period.code) if previews or run.state != ratings.PREVIEW)
    order = {ratings.PREVIEW: 0, ratings.PUBLISHED: 1, ratings.SUPERSEDED: 2}
    asked = ask.query_params.get("run", "")
    wanted = [run for run in runs if str(run.id) == asked]
    if asked and not wanted:
        raise NotFoundException
    return next(iter(wanted or sorted(runs, key=lambda run: order[run.state])), None), runs


@get("/ratings", guards=[needs(Deed.VIEW_RATINGS)])
async def show_list(request: Ask) -> Response[str]:
    """Show the periods; those who may not see previews only find published ones."""
    actor = actor_of(request)
    staff = sees_previews(actor)
    by_period: dict[str, Run] = {}
    for run in await ratings.runs():
        if run.state == ratings.PUBLISHED or (run.state == ratings.PREVIEW and staff):
            held = by_period.get(run.period)
            by_period[run.period] = run if held is None or run.state == ratings.PREVIEW else held
    codes = await ratings.periods() if staff else sorted(by_period, reverse=True)
    ids = [run.id for run in by_period.values()]
    counted = await ratings.stars_of(ids, scope(actor), on=today(request))
    tallies = {code: await ratings.states_of(Period.parse(code)) for code in codes} if staff else {}
    rows = [_period_row(code, by_period.get(code), counted, tallies.get(code, {})) for code in codes]
    shown = tuple(row for row in rows if staff or row.rated + row.unrated)
    return PeriodList(shown, staff).response(request)


def _period_row(
    code: str, run: Run | None, counted: Mapping[int, Mapping[int | None, int]], tally: Mapping[str, int]
) -> PeriodRow:
    counts = counted.get(run.id, {}) if run else {}
    state = run.state if run else "open"
    return PeriodRow(
        period=Period.parse(code),
        state=state,
        title=STATES[state],
        tone=TONES.get(state, "info"),
        published_on=run.published_at.astimezone(ZONE).date() if run and run.published_at else None,
        inspections=sum(tally.values()),
        reviewed=tally.get("accepted", 0) + tally.get("locked", 0),
        waiting=tally.get("submitted", 0),
        slices=slices([counts.get(star, 0) for star in (*STARS, None)]),
        rated=sum(n for star, n in counts.items() if star is not None),
        unrated=counts.get(None, 0),
    )


def _query(ask: Ask) -> Query:
    known = {"stars": STAR_WORDS, "stratum": Stratum.labels(), "moved": MOVES}
    asked = {name: ask.query_params.get(name, "").strip()[:60] for name in Query.__struct_fields__}
    return Query(**{name: value for name, value in asked.items() if name not in known or value in known[name]})


@get("/ratings/{period:str}", guards=[needs(Deed.VIEW_RATINGS)])
async def show(request: Ask, period: FromPath[str]) -> Response[Any]:
    """Show one period, or hand it out as a file where the address ends in .xlsx or .csv."""
    code, _, kind = period.partition(".")
    wanted = period_of(code)
    actor, query = actor_of(request), _query(request)
    run, runs = await chosen_run(request, wanted)
    if run is None and not (sees_previews(actor) and await ratings.states_of(wanted)):
        raise NotFoundException
    everyone, earlier = await _estates(request, run, wanted)
    rows = tuple(row for row in everyone if _fits(row, query))
    if kind:
        return await _exported(request, run, rows, kind)
    return (await _page(request, wanted, run, runs, everyone, rows, earlier)).response(request)


async def _estates(ask: Ask, run: Run | None, period: Period) -> tuple[tuple[EstateRow, ...], dict[str, Result]]:
    """Return every estate of the run that this person may see, and the period before by estate code."""
    if run is None:
        return (), {}
    within, day = scope(actor_of(ask)), today(ask)
    results = await ratings.results(run.id, within, on=day)
    before = await ratings.published(period.previous().code)
    earlier = {} if before is None else {row.code: row for row in await ratings.results(before.id, within, on=day)}
    pack = pack_named(ask, run.edition)
    streets = {one.code: one.name for one in await divisions.streets()}
    return tuple(_row(pack, result, earlier.get(result.code), streets) for result in results), earlier


def _row(pack: Pack | None, result: Result, before: Result | None, streets: Mapping[str, str]) -> EstateRow:
    titles = {rule.code: rule.title for rule in pack.rating.stars.rules} if pack else {}
    move = _move(result, before)
    told = causes(pack, result.working, before.working) if pack and before and move in {"up", "down"} else ()
    change = None
    if before is not None and result.composite is not None and before.composite is not None:
        change = result.composite - before.composite
    categories = pack.sheet.categories if pack else ()
    return EstateRow(
        result=result,
        street=streets.get(result.street, result.street),
        stratum=Stratum(result.stratum).label,
        reason=None if result.not_rated is None else not_rated(pack, result.not_rated),
        before_stars=before.stars if before else None,
        was_rated=before is not None and before.stars is not None,
        change=change,
        move=move,
        causes=tuple(cause.sentence for cause in told),
        categories=tuple(result.working.get(category.points_column) for category in categories),
        fired=tuple((code, titles.get(code, Text(code, code))) for code in result.working["fired"] or ()),
    )


def _move(result: Result, before: Result | None) -> str:
    if before is None:
        return ""
    if result.stars is None or before.stars is None:
        return "out" if before.stars is not None else "new" if result.stars is not None else ""
    return "up" if result.stars > before.stars else "down" if result.stars < before.stars else ""


def _fits(row: EstateRow, query: Query) -> bool:
    result = row.result
    star = NONE if result.stars is None else str(result.stars)
    named = query.q.casefold() in f"{result.name} {result.code} {result.company or ''}".casefold()
    pairs = ((query.street, result.street), (query.stars, star), (query.stratum, result.stratum))
    return named and all(want in {"", have} for want, have in (*pairs, (query.moved, row.move)))


async def _page(
    ask: Ask,
    period: Period,
    run: Run | None,
    runs: tuple[Run, ...],
    everyone: tuple[EstateRow, ...],
    rows: tuple[EstateRow, ...],
    earlier: Mapping[str, Result],
) -> PeriodPage:
    actor, query = actor_of(ask), _query(ask)
    pack = pack_named(ask, run.edition) if run else None
    staff = allowed(actor.role, Deed.CLOSE_PERIOD)
    asked = msgspec.structs.asdict(query)
    path = f"/ratings/{period.code}"
    state = run.state if run else "open"
    movers = sorted((row for row in everyone if row.move), key=_by_move)
    return PeriodPage(
        period=period,
        run=run,
        runs=runs,
        state=STATES[state],
        tone=TONES.get(state, "info"),
        tally=await ratings.states_of(period) if sees_previews(actor) else {},
        waiting=tuple(await ratings.pending(period)) if staff else (),
        void=tuple(await ratings.void_rounds(period)),
        rows=rows,
        seen=len(everyone),
        bars=_bars(everyone, earlier, path, asked),
        streets=_streets(everyone, path, asked),
        reasons=_reasons(everyone),
        categories=tuple((category.code, category.title) for category in pack.sheet.categories) if pack else (),
        filters=_filters(everyone, query),
        query=query,
        movers=tuple(movers),
        moves={move: sum(row.move == move for row in movers) for move in MOVES},
        previous=period.previous() if earlier else None,
        files={kind: address(f"{path}.{kind}", asked) for kind in (XLSX, CSV)},
        company=actor.role is Role.COMPANY,
        may_close=staff,
        may_publish=allowed(actor.role, Deed.PUBLISH_RATINGS) and state == ratings.PREVIEW,
        may_export=allowed(actor.role, Deed.EXPORT) and run is not None,
        over=today(ask) > period.ends,
    )


def _by_move(row: EstateRow) -> tuple[int, int, str]:
    """Those that fell first, the deepest fall first; then those that rose."""
    change = (row.result.stars or 0) - (row.before_stars or 0)
    return list(MOVES).index(row.move) if row.move != "down" else -1, change, row.result.code


def _bars(
    rows: Sequence[EstateRow], earlier: Mapping[str, Result], path: str, asked: Mapping[str, str]
) -> tuple[Bar, ...]:
    counts = {star: sum(row.result.stars == star for row in rows) for star in (*STARS, None)}
    before = {star: sum(row.stars == star for row in earlier.values()) for star in (*STARS, None)}
    most = max([*counts.values(), *before.values(), 1])
    return tuple(
        Bar(
            stars=star,
            count=counts[star],
            before=before[star],
            percent=f"{counts[star] * 1000 // max(len(rows), 1) / 10:.1f}",
            share=share(counts[star], before[star] if earlier else None, most),
            href=address(path, {**asked, "stars": NONE if star is None else star}),
        )
        for star in (*STARS, None)
    )


def _streets(rows: Sequence[EstateRow], path: str, asked: Mapping[str, str]) -> tuple[StreetRow, ...]:
    found = sorted({(row.result.street, row.street) for row in rows})
    made = []
    for code, name in found:
        stars = [row.result.stars for row in rows if row.result.street == code]
        counts = tuple(stars.count(star) for star in (*STARS, None))
        made.append(StreetRow(name, address(path, {**asked, "street": code}), counts, len(stars), slices(counts)))
    return tuple(made)


def _reasons(rows: Sequence[EstateRow]) -> tuple[tuple[Text, int], ...]:
    texts = {row.reason.zh: row.reason for row in rows if row.reason}
    counts = {zh: sum(row.reason is not None and row.reason.zh == zh for row in rows) for zh in texts}
    return tuple((texts[zh], counts[zh]) for zh in sorted(counts, key=lambda zh: (-counts[zh], zh)))


def _filters(rows: Sequence[EstateRow], query: Query) -> tuple[Filter, ...]:
    streets = {row.result.street: Text(row.street, row.street) for row in rows}
    offered = (
        ("street", Text("街道", "Street"), dict(sorted(streets.items()))),
        ("stars", Text("星级", "Stars"), STAR_WORDS),
        ("stratum", Text("评比组", "Stratum"), Stratum.labels()),
        ("moved", Text("较上期", "Against the period before"), MOVES),
    )
    return tuple(
        Filter(name, label, tuple(Option(value, text) for value, text in words.items()), getattr(query, name))
        for name, label, words in offered
    )


async def _exported(ask: Ask, run: Run | None, rows: Sequence[EstateRow], kind: str) -> Response[bytes]:
    """Hand out the estates as they are seen: the same rows, columns and order; written to the trail."""
    if run is None or kind not in {XLSX, CSV}:
        raise NotFoundException
    pack = pack_named(ask, run.edition)
    table = _table(pack, run, rows)
    about, filters = f"rating:{run.period}", ask.url.query
    await record_export(actor_of(ask), about, filters=filters, rows=len(rows), kind=kind, at=now(ask))
    day = (run.published_at or run.made_at).astimezone(ZONE).date()
    return table_file(ask, table, day, XLSX if kind == XLSX else CSV)


def _table(pack: Pack | None, run: Run, rows: Sequence[EstateRow]) -> Table:
    period = Period.parse(run.period)
    categories = pack.sheet.categories if pack else ()
    columns = (
        Column("name", Text("小区", "Estate"), width=18),
        Column("code", Text("小区编码", "Estate code")),
        Column("street", Text("街道", "Street")),
        Column("company", Text("物业企业", "Property company"), width=26),
        Column("stratum", Text("评比组", "Stratum"), width=16),
        Column("stars", Text("星级", "Stars"), "stars", 7),
        Column("composite", Text("综合得分", "Composite"), "score", 9),
        Column("before", Text("上期星级", "Stars before"), "stars", 7),
        Column("change", Text("得分变化", "Change"), width=9),
        *(Column(category.code, category.title, "score", 9) for category in categories),
        Column("rules", Text("触发规则或不评原因", "Rules that fired, or why not rated"), width=36),
    )
    edition = Text("规则版本 {e}　摘要 {d}　状态 {s}", "Edition of rules {e} · digest {d} · {s}")
    return Table(
        title=Text("{p}星级评定结果", "Star ratings {p}").fill(p=period.title),
        columns=columns,
        rows=[_cells(row) for row in rows],
        footer=(edition.fill(e=run.edition, d=run.digest, s=STATES[run.state]),),
        made_at=run.published_at or run.made_at,
        frozen=1,
    )


def _cells(row: EstateRow) -> tuple[Any, ...]:
    result = row.result
    fired = [Text(f"{code} {title.zh}", f"{code} {title.en}") for code, title in row.fired]
    told = row.reason or Text("、".join(text.zh for text in fired), ", ".join(text.en for text in fired))
    change = None if row.change is None else signed(row.change)
    head = (result.name, result.code, row.street, result.company, row.stratum, result.stars, result.composite)
    return (*head, row.before_stars, change, *row.categories, told)


@post("/ratings/{period:str}/close", guards=[needs(Deed.CLOSE_PERIOD)])
async def close(request: Ask, period: FromPath[str]) -> Response[Any]:
    """Close a period: its preview is made anew."""
    wanted, form = period_of(period), await request.form()
    path = f"/ratings/{wanted.code}"
    try:
        await close_period(
            actor_of(request),
            packs(request),
            wanted,
            at=now(request),
            despite_pending=bool(form.get("despite_pending")),
        )
    except Refused as refused:
        return see(path if await ratings.states_of(wanted) else "/ratings", refused.text, tone="bad")
    return see(path, CLOSED.fill(period=wanted.title))


@get("/ratings/{period:str}/publish", guards=[needs(Deed.PUBLISH_RATINGS)])
async def confirm(request: Ask, period: FromPath[str]) -> Response[str]:
    """Show what publishing will do."""
    return (await _confirmation(period_of(period), "", {})).response(request)


@post("/ratings/{period:str}/publish", guards=[needs(Deed.PUBLISH_RATINGS)])
async def publish_period(request: Ask, period: FromPath[str]) -> Response[Any]:
    """Publish the preview of a period."""
    wanted, form = period_of(period), await request.form()
    reason = str(form.get("reason", ""))
    page = await _confirmation(wanted, reason, {})
    try:
        await publish(actor_of(request), packs(request), page.run.id, at=now(request), reason=reason)
    except Invalid as invalid:
        again = await _confirmation(wanted, reason, problems_by_field(invalid.problems))
        return again.response(request, status=422)
    except Refused as refused:
        return (await _confirmation(wanted, reason, {}, refused.text)).response(request, status=422)
    return see(f"/ratings/{wanted.code}", PUBLISHED.fill(period=wanted.title))


async def _confirmation(
    period: Period, reason: str, problems: Mapping[str, Text], refusal: Text | None = None
) -> PublishPage:
    run = next((run for run in await ratings.runs(period.code) if run.state == ratings.PREVIEW), None)
    if run is None:
        raise NotFoundException
    kept = await ratings.kept(run.id)
    tally = await ratings.states_of(period)
    return PublishPage(
        period=period,
        run=run,
        rated=sum(row.stars is not None for row in kept),
        unrated=sum(row.stars is None for row in kept),
        inspections=tally.get("accepted", 0),
        earlier=await ratings.published(period.code),
        reason=reason,
        problems=problems,
        refusal=refusal,
    )


ROUTES = (show_list, show, close, confirm, publish_period)
