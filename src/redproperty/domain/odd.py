"""Odd inspections: a reason to look again, never a finding. What is odd is said by the edition.

It is about inspections: how a score stands to the last one, to a line, to the time that its sheet took. Nobody's
presence is looked at and nobody is ranked.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, pairwise
from math import comb

from redproperty.domain.choices import Choice
from redproperty.domain.inspection_rules import Oddities
from redproperty.domain.numbers import UNIT, figure, shown
from redproperty.domain.stars import Stars
from redproperty.domain.texts import Text, counted

PERCENT = 100


class Kind(Choice):
    """In which way an inspection is odd."""

    FULL = "full", "全部满分", "full marks"
    JUMP = "jump", "与上一次相差过大", "a jump"
    QUICK = "quick", "填表过快", "filled in quickly"
    RUNNING = "running", "连续同一检查员", "the same inspector running"


@dataclass(frozen=True)
class Visit:
    """One inspection as it is looked at: valid, first looks only; `score` is None until it is handed in.

    `order` tells the rounds of an estate apart in time. `timed` is whether its answers were entered in the product.
    """

    id: int
    estate: int
    order: tuple[str, int]
    inspector: int
    score: int | None
    started_at: datetime | None
    submitted_at: datetime | None
    timed: bool = True


@dataclass(frozen=True)
class Odd:
    """One inspection that is odd, how, and how much: by `weight` those of a kind are listed."""

    visit: Visit
    kind: Kind
    said: Text
    weight: int


_FULL = Text("各项都不扣分", "nothing taken off anywhere")
_ROSE = Text("比上一次的 {before} 高 {n} 分", "{n} above the last one, {before}")
_FELL = Text("比上一次的 {before} 低 {n} 分", "{n} below the last one, {before}")
_QUICK = Text("从第一次作答到提交 {n}", "{n} from the first answer to handing in")
_MINUTES, _ROUNDS = Text("分钟", "minutes"), Text("轮", "rounds")
_RUNNING = Text("同一检查员连续 {n}", "{n} running by the same inspector")


def odd(visits: Iterable[Visit], rules: Oddities, total: int) -> Iterator[Odd]:
    """Yield what is odd about the visits of each estate; `total` is the full mark of the sheet (millionths)."""
    ordered = sorted(visits, key=lambda one: (one.estate, one.order))
    for _, group in groupby(ordered, key=lambda one: one.estate):
        mine = list(group)
        held = [one for one in mine if one.score is not None]
        yield from (Odd(one, Kind.FULL, _FULL, 0) for one in held if one.score == total)
        yield from _jumps(held, rules)
        yield from (found for one in held if (found := _quick(one, rules)))
        yield from _running(mine, rules)


def _jumps(held: Sequence[Visit], rules: Oddities) -> Iterator[Odd]:
    for before, now in pairwise(held):
        change = (now.score or 0) - (before.score or 0)
        if abs(change) > figure(rules.jump):
            text = _ROSE if change > 0 else _FELL
            said = text.fill(before=shown(before.score or 0), n=shown(abs(change)))
            yield Odd(now, Kind.JUMP, said, abs(change))


def _quick(one: Visit, rules: Oddities) -> Odd | None:
    if not one.timed or one.started_at is None or one.submitted_at is None:
        return None
    took = one.submitted_at - one.started_at
    if took >= timedelta(minutes=rules.minutes):
        return None
    minutes = int(took.total_seconds() // 60)
    return Odd(one, Kind.QUICK, _QUICK.fill(n=counted(minutes, _MINUTES)), -minutes)


def _running(mine: Sequence[Visit], rules: Oddities) -> Iterator[Odd]:
    """Yield the last visit of every run of one inspector that is long enough."""
    for _, group in groupby(mine, key=lambda one: one.inspector):
        run = list(group)
        if len(run) >= rules.running:
            yield Odd(run[-1], Kind.RUNNING, _RUNNING.fill(n=counted(len(run), _ROUNDS)), len(run))


def repeats(before: Mapping[int, Sequence[int]], chosen: Mapping[int, int], rules: Oddities) -> dict[int, int]:
    """Return the estates that a plan gives to the same inspector again, with how many rounds running it would be.

    `before` holds the inspectors of each estate's earlier rounds, the latest first; `chosen` those of the plan.
    """
    found = {}
    for estate, inspector in chosen.items():
        run = 1
        for earlier in before.get(estate, ()):
            if earlier != inspector:
                break
            run += 1
        if run >= rules.running:
            found[estate] = run
    return found


def lines_of(rules: Oddities, stars: Stars) -> tuple[int, ...]:
    """Return the lines that are looked at, rising, in millionths: those stated, else the cut-offs of the stars."""
    if rules.lines:
        return tuple(figure(line) for line in rules.lines)
    lows = (cutoff.low() for cutoff in stars.cutoffs)
    return tuple(sorted(figure(low[0]) for low in lows if low is not None))


@dataclass(frozen=True)
class Beside:
    """How many scores stand just above the lines, and how many in bands of the same width just below."""

    above: int
    below: int

    @property
    def all(self) -> int:
        """How many there are on either side."""
        return self.above + self.below

    @property
    def chance(self) -> int:
        """Return in how many percent (millionths) chance alone would bring so many above, or more.

        Where nobody looks at the line, a score within a narrow band around it is as likely above as below: the exact
        tail of the binomial distribution with one half.
        """
        tail: int = sum(comb(self.all, n) for n in range(self.above, self.all + 1))
        tosses: int = 2**self.all
        return tail * PERCENT * UNIT // tosses

    def unlikely(self, rules: Oddities) -> bool:
        """Whether it is as unlikely as the edition says."""
        return self.above > self.below and self.chance < figure(rules.unlikely)


def beside(scores: Iterable[int], lines: Sequence[int], rules: Oddities) -> Beside:
    """Count scores (millionths) within the bands above and below the lines; a score on a line is above it."""
    width, above, below = figure(rules.just_above), 0, 0
    for score in scores:
        above += any(line <= score < line + width for line in lines)
        below += any(line - width <= score < line for line in lines)
    return Beside(above, below)
