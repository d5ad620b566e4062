"""The first page of a property company: its estates, their stars, and what to do next."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from redproperty.domain.access import scope
from redproperty.domain.awards import NONE, Stars, scale, short, words
from redproperty.domain.next_star import Lift, NextStar, gains, next_star
from redproperty.domain.packs import Pack
from redproperty.domain.periods import Period
from redproperty.domain.rectifications import State
from redproperty.domain.runs import scored
from redproperty.domain.texts import Text
from redproperty.store import estates, ratings, rectifications
from redproperty.store.estates import Wanted
from redproperty.store.ratings import Result, Run, Standing
from redproperty.web.editions import pack_named
from redproperty.web.rated import by_grades
from redproperty.web.timelines import not_rated
from redproperty.web.views import Ask, View, actor_of, today

PERIODS: Final = 8  # of the table of earlier periods
LIFTS: Final = 3  # items named per estate; the page of the estate has them all
LOW: Final = 80  # percent: a category below it is marked


@dataclass(frozen=True)
class CategoryBar:
    """What an estate reached in one category, in points (millionths); `share` in percent, for the bar."""

    title: Text
    points: int
    full: int
    share: int

    @property
    def low(self) -> bool:
        """Whether it deserves a look."""
        return self.share < LOW


@dataclass(frozen=True)
class OwnEstate:
    """One estate of the company: its stars in the latest published period, and the way to more."""

    code: str
    name: str
    place: str
    result: Result | None
    reason: Text | None
    instead: Text | None  # what stands where there are no stars
    before: Standing | None
    categories: tuple[CategoryBar, ...]
    next: NextStar | None
    lifts: tuple[Lift, ...]
    fired: tuple[tuple[str, Text], ...]

    @property
    def change(self) -> int | None:
        """Return by how much the composite moved against the period before."""
        if self.result is None or self.result.composite is None or not self.before or self.before.composite is None:
            return None
        return self.result.composite - self.before.composite


@dataclass(frozen=True)
class HistoryLine:
    """One estate over the periods; None where there is no result of it for this company."""

    code: str
    name: str
    managed: bool
    standings: tuple[tuple[Standing, Text] | None, ...]  # each with what stands there where there are no stars


@dataclass(frozen=True)
class CompanyStars(View):
    """The estates of a company and their stars."""

    template: ClassVar[str] = "pages/ratings/company.html"
    period: Period | None
    run: Run | None
    rows: tuple[OwnEstate, ...]
    by_grades: bool
    counts: tuple[tuple[Text, int], ...]
    unrated: int
    rising: int
    periods: tuple[Period, ...]
    history: tuple[HistoryLine, ...]
    to_rectify: int
    overdue: int


async def own(ask: Ask) -> CompanyStars:
    """Return the page of the company that asks; it rests on published ratings only."""
    within, day = scope(actor_of(ask)), today(ask)
    managed = await estates.every(within, Wanted(), day)
    past = await ratings.history(within, on=day)
    run = next((run for run in await ratings.runs() if run.state == ratings.PUBLISHED), None)
    period = Period.parse(run.period) if run else None
    rows = await _rows(ask, run, managed, past) if run else [_estate(None, one, None, None, None) for one in managed]
    open_ = await rectifications.listed(rectifications.Wanted(states=(State.OPEN,)), within)
    return CompanyStars(
        period=period,
        run=run,
        rows=tuple(sorted(rows, key=_urgency)),
        by_grades=by_grades(pack_named(ask, run.edition) if run else None),
        counts=_counts(rows, pack_named(ask, run.edition) if run else None),
        unrated=sum(row.result is None or row.result.award == NONE for row in rows),
        rising=sum(bool(row.next and row.next.promised) for row in rows),
        periods=_periods(past),
        history=_history(ask, past, {one.code for one in managed}),
        to_rectify=len(open_),
        overdue=sum(one.is_overdue(day) for one in open_),
    )


async def _rows(ask: Ask, run: Run, managed: Sequence[estates.EstateRow], past: Sequence[Standing]) -> list[OwnEstate]:
    """Return the estates of the company with what the latest published rating says of each."""
    results = {one.code: one for one in await ratings.results(run.id, scope(actor_of(ask)), on=today(ask))}
    pack, previous = pack_named(ask, run.edition), Period.parse(run.period).previous().code
    mine = [results[one.code] for one in managed if one.code in results]
    ways = await asyncio.to_thread(_ways, pack, mine) if pack else {}
    before = {one.code: one for one in past if one.period == previous}
    return [_estate(pack, one, results.get(one.code), before.get(one.code), ways.get(one.code)) for one in managed]


def _counts(rows: Iterable[OwnEstate], pack: Pack | None) -> tuple[tuple[Text, int], ...]:
    """Return how many estates have which award, the highest first."""
    counted = Counter(row.result.award for row in rows if row.result)
    order = [code for code in scale([pack], counted) if counted[code] and code != NONE]
    return tuple((short(code, pack), counted[code]) for code in order)


def _ways(pack: Pack, results: Sequence[Result]) -> dict[str, NextStar]:
    """Return the way to more stars of each estate that has one."""
    found = {}
    for result in results:
        sheets = scored(pack, [result.working])
        way = next_star(pack, result.working, sheets, gains(pack, result.working, sheets))
        if way is not None:
            found[result.code] = way
    return found


def _estate(
    pack: Pack | None, one: estates.EstateRow, result: Result | None, before: Standing | None, way: NextStar | None
) -> OwnEstate:
    titles = {rule.code: rule.title for rule in pack.rating.stars.rules} if pack else {}
    fired = (result.working["fired"] or ()) if result else ()
    return OwnEstate(
        code=one.code,
        name=one.name,
        place=f"{one.street_name} · {one.community_name}",
        result=result,
        reason=not_rated(pack, result.not_rated) if result and result.not_rated else None,
        instead=words(result.award, pack) if result and result.stars is None else None,
        before=before,
        categories=_categories(pack, result.working) if pack and result else (),
        next=way,
        lifts=way.lifts[:LIFTS] if way else (),
        fired=tuple((code, titles.get(code, Text(code, code))) for code in fired),
    )


def _categories(pack: Pack, working: Mapping[str, int | None]) -> tuple[CategoryBar, ...]:
    bars = []
    for category in pack.sheet.categories:
        points, full = working.get(category.points_column), category.full_points
        if points is not None:
            bars.append(CategoryBar(category.title, points, full, points * 100 // full))
    return tuple(bars)


def _urgency(row: OwnEstate) -> tuple[bool, Stars, int, str]:
    """Those with the fewest stars first, of these the nearest to the next one; those without a result last."""
    stars = row.result.stars if row.result else None
    return stars is None, stars or 0, row.next.missing if row.next else 0, row.code


def _periods(past: Sequence[Standing]) -> tuple[Period, ...]:
    return tuple(Period.parse(code) for code in sorted({one.period for one in past}, reverse=True)[:PERIODS])


def _history(ask: Ask, past: Sequence[Standing], managed: set[str]) -> tuple[HistoryLine, ...]:
    held = {(one.code, one.period): (one, words(one.award, pack_named(ask, one.edition))) for one in past}
    names = dict(sorted((one.code, one.name) for one in past))
    return tuple(
        HistoryLine(code, name, code in managed, tuple(held.get((code, period.code)) for period in _periods(past)))
        for code, name in names.items()
    )
