"""Why an estate has its stars: one page of plain sentences from item to star, ready to be printed."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar, Final

from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from redproperty.domain.access import Deed, Role, allowed, scope
from redproperty.domain.awards import RATED, Stars, stars_in, words
from redproperty.domain.branches import Marked
from redproperty.domain.explanations import Explanation, ItemLine, explain
from redproperty.domain.numbers import UNIT, figure
from redproperty.domain.packs import Pack
from redproperty.domain.periods import Period
from redproperty.domain.runs import INSPECTIONS, scored
from redproperty.domain.sheets import Severity
from redproperty.domain.stars import plainly
from redproperty.domain.steps.extras import Extras
from redproperty.domain.texts import Text
from redproperty.settings import ZONE
from redproperty.store import divisions, photos, ratings, reopenings
from redproperty.store.photos import Photo
from redproperty.store.ratings import Held, Result, Run, Standing
from redproperty.store.reopenings import Reopening
from redproperty.web.editions import pack_named
from redproperty.web.facts import Told, shown_with
from redproperty.web.pictures import UNITS
from redproperty.web.rating_runs import STATES, TONES, Chosen, chosen
from redproperty.web.security import needs
from redproperty.web.timelines import not_rated
from redproperty.web.views import Ask, View, actor_of, today

NUMBERS: Final = {
    "zh": "零一二三四五",
    "en": ("no star", "one star", "two stars", "three stars", "four stars", "five stars"),
}
FULL: Final = 100 * UNIT
TREND: Final = 8  # periods in the picture
_TOP, _FLOOR, _LOWEST = 20, 180, 50 * UNIT  # of the picture of 1,000 by 230: where 100 and where 50 points lie


@dataclass(frozen=True)
class PartBar:
    """One part of the composite as a stretch of the way from 0 to 100; `low` where it lost more than a quarter."""

    title: Text
    start: int
    size: int
    points: int | None
    full: int
    low: bool
    sentence: Text


@dataclass(frozen=True)
class Visit:
    """One round that found something: its number and the inspection to look at."""

    round: int
    inspection: int


@dataclass(frozen=True)
class Found:
    """What one or more rounds found alike on an item, with the reasons and the notes beside it."""

    visits: tuple[Visit, ...]
    sentence: Text
    reasons: Text
    note: str
    photos: tuple[Photo, ...] = ()


@dataclass(frozen=True)
class Deduction:
    """One item that lost points, over all rounds; `lost` on the sheet and `cost` to the composite in millionths."""

    code: str
    title: Text
    severity: Text
    basis: Text
    days_to_cure: int
    found: tuple[Found, ...]
    rows: tuple[Marked, ...]  # the table of the item's rule, where it has one
    lost: int
    cost: int | None


@dataclass(frozen=True)
class LeftOut:
    """One item that did not count, in which rounds and why."""

    code: str
    title: Text
    rounds: Text
    sentence: Text


@dataclass(frozen=True)
class StepRow:
    """One step of the calculation: what it is, its rule (a table, perhaps) and basis, and what came out."""

    title: Text
    rule: Text
    rows: tuple[Marked, ...]
    basis: Text | None
    value: Text
    placed: Text | None


@dataclass(frozen=True)
class Line:
    """A cut-off: its star, its composite, and its height in the picture of the trend."""

    star: int | Decimal
    low: int
    x: int
    y: int


@dataclass(frozen=True)
class Point:
    """One period of the trend; `x` and `y` in an SVG of 1,000 by 230."""

    period: Period
    stars: Stars | None
    instead: Text
    composite: int | None
    x: int
    y: int | None


@dataclass(frozen=True)
class Bonus:
    """The bonus as a whole: the plain sum, what counts of it, and whether the cap bites."""

    raw: int
    counted: int
    cap: int | None  # none: whatever it adds up to counts

    @property
    def bites(self) -> bool:
        """Whether the cap took something."""
        return self.raw > self.counted


@dataclass(frozen=True)
class WhyPage(View):
    """The stars of an estate in a period and everything that led to them."""

    template: ClassVar[str] = "pages/ratings/why.html"
    chosen: Chosen
    period: Period
    run: Run
    state: Text
    tone: str
    result: Result
    street: str
    pack: Pack
    told: Explanation
    award: Text | None  # none where the method gives neither stars nor grades
    reason: Text | None
    bars: tuple[PartBar, ...]
    steps: tuple[StepRow, ...]
    bonus: Bonus | None
    lines: tuple[Line, ...]
    rounds: tuple[tuple[Held, int], ...]
    void: tuple[tuple[int, str], ...]
    reopened: tuple[Reopening, ...]
    deductions: tuple[Deduction, ...]
    left_out: tuple[LeftOut, ...]
    facts: tuple[Told, ...]
    trend: tuple[Point, ...]
    data_on: date
    staff: bool
    opens_inspections: bool
    exports: bool

    @property
    def corrected(self) -> Run | None:
        """Return the rating that this one corrected."""
        return next((other for other in self.chosen.runs if other.id == self.run.corrects), None)


@get("/ratings/{period:str}/{code:str}", guards=[needs(Deed.VIEW_RATINGS)])
async def show(request: Ask, period: FromPath[str], code: FromPath[str]) -> Response[str]:
    """Show why; an estate outside the scope, a period not rated and an edition that is gone are not there."""
    choice = await chosen(request, period)
    within, day = scope(actor_of(request)), today(request)
    results = await ratings.results(choice.run.id, within, on=day, code=code) if choice.run else []
    if choice.run is None or choice.pack is None or not results:
        raise NotFoundException
    return (await _page(request, choice, choice.run, choice.pack, results[0])).response(request)


async def _page(ask: Ask, choice: Chosen, run: Run, pack: Pack, result: Result) -> WhyPage:
    actor = actor_of(ask)
    told = await asyncio.to_thread(lambda: explain(pack, result.working, scored(pack, [result.working])))
    held = await ratings.held(result.working[INSPECTIONS] or [])
    shown = await photos.shown_of([one.id for one in held], scope(actor))
    past = await ratings.history(scope(actor), on=today(ask), code=result.code)
    streets = {one.code: one.name for one in await divisions.streets()}
    scores = {one.inspection: one.score or 0 for one in told.rounds}
    return WhyPage(
        chosen=choice,
        period=choice.period,
        run=run,
        state=STATES[run.state],
        tone=TONES[run.state],
        result=result,
        street=streets.get(result.street, result.street),
        pack=pack,
        told=told,
        award=None if result.award == RATED else award_words(result.award, pack),
        reason=None if result.not_rated is None else not_rated(pack, result.not_rated),
        bars=_bars(told),
        steps=_steps(pack, told),
        bonus=_bonus(pack, result),
        lines=_lines(pack),
        rounds=tuple((one, scores[one.id]) for one in held),
        void=tuple(await ratings.void_rounds(choice.period)),
        reopened=tuple(await reopenings.marks(run.id, result.code)),
        deductions=_deductions(pack, told, held, shown),
        left_out=_left_out(told.left_out),
        facts=await shown_with(result.estate_id, pack, choice.period),
        trend=_trend(ask, past),
        data_on=run.made_at.astimezone(ZONE).date(),
        staff=actor.role is not Role.COMPANY,
        opens_inspections=allowed(actor.role, Deed.VIEW_INSPECTIONS),
        exports=allowed(actor.role, Deed.EXPORT),
    )


def award_words(award: str, pack: Pack) -> Text:
    """Return an award as a heading says it: 三星, three stars; half ones and grades as everywhere."""
    stars = stars_in(award)
    if stars is None or stars % 1:
        return words(award, pack)
    zh = f"{NUMBERS['zh'][int(stars)]}星" if stars else "无星"
    return Text(zh, NUMBERS["en"][int(stars)])


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


def _steps(pack: Pack, told: Explanation) -> tuple[StepRow, ...]:
    bases = {step.name: step.basis for step in pack.rating.all_steps}
    return tuple(
        StepRow(line.title, line.rule, line.rows, bases[line.name], line.said, line.placed) for line in told.steps
    )


def _bonus(pack: Pack, result: Result) -> Bonus | None:
    step = next((step for step in pack.rating.steps if isinstance(step, Extras) and step.sign == "plus"), None)
    if step is None or not result.working[f"{step.name}.raw"]:
        return None
    cap = None if step.cap is None else figure(step.cap)
    return Bonus(result.working[f"{step.name}.raw"], result.working[step.name], cap)


def _lines(pack: Pack) -> tuple[Line, ...]:
    """Return the cut-offs that have a lower end, the lowest first; those under 50 points lie on the floor."""
    cuts = pack.rating.stars.cutoffs
    lows = [(plainly(cut.star), figure(low[0])) for cut in cuts if cut.star and (low := cut.low())]
    return tuple(Line(star, low, low * UNITS // FULL, _height(low)) for star, low in sorted(lows))


def _height(composite: int) -> int:
    above = max(0, min(composite - _LOWEST, FULL - _LOWEST))
    return _FLOOR - above * (_FLOOR - _TOP) // (FULL - _LOWEST)


def _deductions(pack: Pack, told: Explanation, held: Sequence[Held], shown: Sequence[Photo]) -> tuple[Deduction, ...]:
    """Return the items that lost points, the costliest first; rounds that found the same stand together."""
    by_round = {one.round: one for one in held}
    made = []
    for code, lines in _by_item(told.items).items():
        reasons = {text.zh: text for text in pack.sheet.by_code[code].reasons}
        alike: dict[Text, list[ItemLine]] = {}
        for line in lines:
            alike.setdefault(line.sentence, []).append(line)
        made.append(
            Deduction(
                code=code,
                title=lines[0].title,
                severity=_graded(pack.sheet.severity_of(pack.sheet.by_code[code])),
                basis=lines[0].basis,
                days_to_cure=lines[0].days_to_cure,
                found=tuple(_found(same, by_round, reasons, shown) for same in alike.values()),
                rows=told.item_rows.get(code, ()),
                lost=sum(line.lost for line in lines),
                cost=told.costs.get(code),
            )
        )
    return tuple(sorted(made, key=lambda one: (-(one.cost or 0), -one.lost, one.code)))


def _graded(severity: Severity) -> Text:
    return Text("{t}（权重 {w}）", "{t} (weight {w})").fill(t=severity.title, w=severity.weight)


def _by_item(lines: Iterable[ItemLine]) -> dict[str, list[ItemLine]]:
    """Return the lines by item, in the order of the rounds."""
    found: dict[str, list[ItemLine]] = {}
    for line in lines:
        found.setdefault(line.code, []).append(line)
    return found


def _found(
    lines: Sequence[ItemLine], by_round: Mapping[int, Held], reasons: Mapping[str, Text], shown: Sequence[Photo]
) -> Found:
    held = [by_round[line.round] for line in lines]
    code, visits = lines[0].code, {one.id for one in held}
    named = dict.fromkeys(reason for one in held for reason in one.reasons.get(code, ()))
    notes = dict.fromkeys(note for one in held if (note := one.notes.get(code, "")))
    return Found(
        visits=tuple(Visit(one.round, one.id) for one in held),
        sentence=lines[0].sentence,
        reasons=_listed([reasons.get(reason, Text(reason, reason)) for reason in named]),
        note=" / ".join(notes),
        photos=tuple(photo for photo in shown if photo.item == code and photo.inspection in visits),
    )


def _listed(texts: Sequence[Text]) -> Text:
    return Text("、".join(text.zh for text in texts), ", ".join(text.en for text in texts))


def _left_out(items: Iterable[ItemLine]) -> tuple[LeftOut, ...]:
    """Return the items that did not count, with each reason once and the rounds in which it held."""
    grouped: dict[tuple[str, Text], list[ItemLine]] = {}
    for line in items:
        grouped.setdefault((line.code, line.sentence), []).append(line)
    return tuple(
        LeftOut(code, lines[0].title, _listed([Text(str(line.round), str(line.round)) for line in lines]), sentence)
        for (code, sentence), lines in sorted(grouped.items(), key=lambda one: one[0][0])
    )


def _trend(ask: Ask, past: Sequence[Standing]) -> tuple[Point, ...]:
    """Return the last periods as points; 50 to 100 fill the height, lower composites lie on the floor."""
    last = past[-TREND:]
    step = UNITS // max(len(last), 1)
    return tuple(
        Point(
            Period.parse(one.period),
            one.stars,
            words(one.award, pack_named(ask, one.edition)),
            one.composite,
            index * step + step // 2,
            None if one.composite is None else _height(one.composite),
        )
        for index, one in enumerate(last)
    )


ROUTES = (show,)
