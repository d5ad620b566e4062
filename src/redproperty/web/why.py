"""Why an estate has its stars: one page of plain sentences from item to star, ready to be printed."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from redproperty.domain.access import Deed, Role, allowed, scope
from redproperty.domain.explanations import Explanation, ItemLine, explain
from redproperty.domain.numbers import UNIT, figure
from redproperty.domain.packs import Pack
from redproperty.domain.periods import Period
from redproperty.domain.runs import INSPECTIONS, scored
from redproperty.domain.steps import Extras
from redproperty.domain.texts import Text
from redproperty.settings import ZONE
from redproperty.store import divisions, ratings
from redproperty.store.ratings import Held, Result, Run
from redproperty.web.editions import pack_named
from redproperty.web.pictures import UNITS
from redproperty.web.ratings import STATES, TONES, actor_of, chosen_run, period_of
from redproperty.web.security import needs
from redproperty.web.timelines import not_rated
from redproperty.web.views import Ask, View, today

NUMBERS = {
    "zh": "零一二三四五",
    "en": ("no star", "one star", "two stars", "three stars", "four stars", "five stars"),
}
FULL = 100 * UNIT


@dataclass(frozen=True)
class PartBar:
    """One part of the composite as a stretch of the way from 0 to 100; `low` where it lost more than it kept."""

    title: Text
    start: int
    size: int
    points: int | None
    full: int
    low: bool
    sentence: Text


@dataclass(frozen=True)
class Found:
    """What one round found on an item: when, the sentence, the note beside it, the inspection to look at."""

    round: int
    held_on: date | None
    inspection: int
    sentence: Text
    reasons: tuple[str, ...]
    note: str


@dataclass(frozen=True)
class Deduction:
    """One item that lost points, over all rounds; `lost` in millionths."""

    code: str
    title: Text
    severity: Text
    basis: Text
    days_to_cure: int
    found: tuple[Found, ...]
    lost: int


@dataclass(frozen=True)
class LeftOut:
    """One item that did not count, with the rounds and the reason."""

    code: str
    title: Text
    rounds: str
    sentence: Text
    why: Text


@dataclass(frozen=True)
class Point:
    """One period of the trend; `x` and `y` in an SVG of 1,000 by 200."""

    period: Period
    stars: int | None
    composite: int | None
    x: int
    y: int | None


@dataclass(frozen=True)
class Bonus:
    """The bonus as a whole: the plain sum, what counts of it, and whether the cap bites."""

    raw: int
    counted: int
    cap: int

    @property
    def bites(self) -> bool:
        """Whether the cap took something."""
        return self.raw > self.counted


@dataclass(frozen=True)
class WhyPage(View):
    """The stars of an estate in a period and everything that led to them."""

    template: ClassVar[str] = "pages/ratings/why.html"
    period: Period
    run: Run
    state: Text
    tone: str
    holding: Run | None
    corrected: Run | None
    result: Result
    street: str
    pack: Pack
    told: Explanation
    stars_word: Text
    reason: Text | None
    bars: tuple[PartBar, ...]
    bonus: Bonus | None
    lines: tuple[tuple[int, int], ...]
    rounds: tuple[tuple[Held, int], ...]
    void: tuple[tuple[int, str], ...]
    deductions: tuple[Deduction, ...]
    left_out: tuple[LeftOut, ...]
    trend: tuple[Point, ...]
    data_on: date
    staff: bool
    opens_inspections: bool


@get("/ratings/{period:str}/{code:str}", guards=[needs(Deed.VIEW_RATINGS)])
async def show(request: Ask, period: FromPath[str], code: FromPath[str]) -> Response[str]:
    """Show why; an estate outside the scope, a period not rated and an edition that is gone are not there."""
    wanted, actor = period_of(period), actor_of(request)
    run, runs = await chosen_run(request, wanted)
    within, day = scope(actor), today(request)
    results = await ratings.results(run.id, within, on=day, code=code) if run else []
    pack = pack_named(request, run.edition) if run else None
    if run is None or pack is None or not results:
        raise NotFoundException
    result = results[0]
    sheets = scored(pack, [result.working])
    told = await asyncio.to_thread(explain, pack, result.working, sheets)
    held = await ratings.held(result.working[INSPECTIONS] or [])
    scores = dict(sheets.select("inspection_id", "score").iter_rows())
    streets = {one.code: one.name for one in await divisions.streets()}
    return WhyPage(
        period=wanted,
        run=run,
        state=STATES[run.state],
        tone=TONES.get(run.state, ""),
        holding=next((other for other in runs if other.state == ratings.PUBLISHED and other.id != run.id), None),
        corrected=next((other for other in runs if other.id == run.corrects), None),
        result=result,
        street=streets.get(result.street, result.street),
        pack=pack,
        told=told,
        stars_word=stars_word(result.stars),
        reason=None if result.not_rated is None else not_rated(pack, result.not_rated),
        bars=_bars(told),
        bonus=_bonus(pack, result),
        lines=tuple((cut.star, figure(low[0])) for cut in pack.rating.stars.cutoffs if (low := cut.low()) and cut.star),
        rounds=tuple((one, scores[one.id]) for one in held),
        void=tuple(await ratings.void_rounds(wanted)),
        deductions=_deductions(told.items, held),
        left_out=_left_out(pack, told.left_out),
        trend=_trend(await ratings.trend(result.estate_id)),
        data_on=run.made_at.astimezone(ZONE).date(),
        staff=actor.role is not Role.COMPANY,
        opens_inspections=allowed(actor.role, Deed.VIEW_INSPECTIONS),
    ).response(request)


def stars_word(stars: int | None) -> Text:
    """Return how many stars in words: 三星, three stars."""
    if stars is None:
        return Text("不评", "not rated")
    zh = f"{NUMBERS['zh'][stars]}星" if stars else "无星"
    return Text(zh, NUMBERS["en"][stars])


def _bars(told: Explanation) -> tuple[PartBar, ...]:
    whole = sum(part.weight for part in told.components)
    made, reached = [], 0
    for part in told.components:
        full = part.weight * FULL // whole if whole else 0
        points = part.points or 0
        size = points * UNITS // FULL
        low = part.points is not None and full > 0 and points * 4 < full * 3
        made.append(PartBar(part.title, reached, size, part.points if full else None, full, low, part.sentence))
        reached += size
    return tuple(made)


def _bonus(pack: Pack, result: Result) -> Bonus | None:
    step = next((step for step in pack.rating.steps if isinstance(step, Extras) and step.sign == "plus"), None)
    if step is None or not result.working[f"{step.name}.raw"]:
        return None
    return Bonus(result.working[f"{step.name}.raw"], result.working[step.name], figure(step.cap))


def _deductions(items: Sequence[ItemLine], held: Sequence[Held]) -> tuple[Deduction, ...]:
    """Return the items that lost points, the costliest first."""
    by_round = {one.round: one for one in held}
    codes = list(dict.fromkeys(line.code for line in items))
    made = []
    for code in codes:
        lines = [line for line in items if line.code == code]
        first = lines[0]
        found = tuple(_found(line, by_round[line.round]) for line in lines)
        lost = sum(line.lost for line in lines)
        made.append(Deduction(code, first.title, first.severity, first.basis, first.days_to_cure, found, lost))
    return tuple(sorted(made, key=lambda deduction: (-deduction.lost, deduction.code)))


def _found(line: ItemLine, held: Held) -> Found:
    reasons, note = tuple(held.reasons.get(line.code, ())), held.notes.get(line.code, "")
    return Found(line.round, held.held_on, held.id, line.sentence, reasons, note)


def _left_out(pack: Pack, items: Sequence[ItemLine]) -> tuple[LeftOut, ...]:
    made = []
    for code in dict.fromkeys(line.code for line in items):
        lines = [line for line in items if line.code == code]
        item = pack.sheet.by_code[code]
        why = item.applies.say(pack.rating.titles) if item.applies else item.not_applicable_when
        rounds = "、".join(str(line.round) for line in lines)
        made.append(LeftOut(code, item.title, rounds, lines[0].sentence, why or Text("", "")))
    return tuple(made)


def _trend(rows: Sequence[tuple[str, int | None, int | None]]) -> tuple[Point, ...]:
    """Return the last eight periods as points; 50 to 100 fill the height, lower composites lie on the floor."""
    last = rows[-8:]
    step = UNITS // max(len(last), 1)
    made = []
    for index, (code, stars, composite) in enumerate(last):
        y = None if composite is None else 180 - max(0, min(composite - 50 * UNIT, 50 * UNIT)) * 160 // (50 * UNIT)
        made.append(Point(Period.parse(code), stars, composite, index * step + step // 2, y))
    return tuple(made)


ROUTES = (show,)
