"""Opening a round of inspections: its days, and who inspects which estate."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from itertools import groupby

import msgspec

from redproperty.domain.periods import Period
from redproperty.domain.texts import Problem, Text

_NO_DAY = Text("请填写日期，例如 2026-10-08", "State the day, for example 2026-10-08")
_OUTSIDE = Text("要在{period}之内（{begins} 到 {ends}）", "It has to lie within {period} ({begins} to {ends})")
_BACKWARDS = Text("截止日期不能早于开始日期", "The last day cannot come before the first")
_RUNNING = Text(
    "第 {number} 轮 {day} 才截止，请从次日起开启", "Round {number} runs until {day}; open this one after that"
)
_NUMERALS = "一二三四五六七八九十"
WHOLE = 100  # percent
LONGEST_SEED = 40
_PERCENT = Text("请填写 1 到 100 的整数", "Write a whole number from 1 to 100")
_NO_SEED = Text("抽取一部分时要写明种子，例如会议日期或文号", "A share needs a seed, such as the day of a meeting")
_LONG_SEED = Text("最多 {n} 个字", "{n} characters at most")
_NEXT_OPENS = Text("下一轮次日开启，最晚 {day}", "The next round opens the day after {day}, the latest possible")


def round_title(number: int) -> Text:
    """Return how a round is said to people."""
    return Text(f"第{_NUMERALS[number - 1]}轮" if number <= len(_NUMERALS) else f"第 {number} 轮", f"round {number}")


@dataclass(frozen=True)
class Place:
    """An estate that is to be inspected, and where it lies."""

    id: int
    code: str
    name: str
    street: str
    community: str
    estate_type: str = ""


class Draw(msgspec.Struct, frozen=True, omit_defaults=True):
    """A share of something taken at random: with the same seed it comes out the same, on any machine."""

    percent: int = 100
    seed: str = ""

    @property
    def whole(self) -> bool:
        """Whether it takes everything."""
        return self.percent >= WHOLE


class Plan(msgspec.Struct, frozen=True, omit_defaults=True):
    """Which estates a round is for (empty: all of them), of these a share, and how second looks were drawn in it."""

    streets: tuple[str, ...] = ()
    communities: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    draw: Draw = Draw()
    seconds: Draw | None = None

    @property
    def everything(self) -> bool:
        """Whether nothing is left out."""
        return self.draw.whole and not (self.streets or self.communities or self.types)


@dataclass(frozen=True)
class Days:
    """When a round of a period opens and when it is due, both inclusive; None where nothing readable was typed."""

    period: Period
    opens_on: date | None
    due_on: date | None


def day_problems(days: Days, earlier: Sequence[tuple[int, date]]) -> list[Problem]:
    """Return everything wrong with the days of a new round; `earlier` are number and last day of the rounds held."""
    problems = []
    for field, day in (("opens_on", days.opens_on), ("due_on", days.due_on)):
        if day is None:
            problems.append(Problem(field, _NO_DAY))
        elif day not in days.period:
            period = days.period
            text = _OUTSIDE.fill(period=period.title, begins=period.begins, ends=period.ends)
            problems.append(Problem(field, text))
    if problems or days.opens_on is None or days.due_on is None:
        return problems
    running = [(number, day) for number, day in earlier if day >= days.opens_on]
    if running:
        problems.append(Problem("opens_on", _RUNNING.fill(number=running[-1][0], day=running[-1][1])))
    if days.due_on < days.opens_on:
        problems.append(Problem("due_on", _BACKWARDS))
    return problems


def draw_problems(draw: Draw) -> list[Problem]:
    """Return what is wrong with a share: none of 1 to 100, or a part without a seed."""
    problems = []
    if not 1 <= draw.percent <= WHOLE:
        problems.append(Problem("percent", _PERCENT))
    elif not draw.whole and not draw.seed:
        problems.append(Problem("seed", _NO_SEED))
    if len(draw.seed) > LONGEST_SEED:
        problems.append(Problem("seed", _LONG_SEED.fill(n=LONGEST_SEED)))
    return problems


def drawn(keys: Iterable[str], draw: Draw) -> list[str]:
    """Return the share of `keys` that a draw takes, rounded up: those whose SHA-256 with the seed comes first.

    `sha256("种子:QX-0001")` and the like, in hexadecimal; so anybody can do it again with the seed and the codes.
    """
    ordered = sorted(keys, key=lambda key: (sha256(f"{draw.seed}:{key}".encode()).hexdigest(), key))
    return ordered[: -(-len(ordered) * min(draw.percent, WHOLE) // WHOLE)]


def selected(places: Sequence[Place], plan: Plan) -> list[Place]:
    """Return the estates that a plan is for, in their order; a share is drawn in each street by itself."""
    found = [
        place
        for place in places
        if (not plan.streets or place.street in plan.streets)
        and (not plan.communities or place.community in plan.communities)
        and (not plan.types or place.estate_type in plan.types)
    ]
    if plan.draw.whole:
        return found
    streets = {place.street for place in found}
    taken = {code for street in streets for code in drawn((p.code for p in found if p.street == street), plan.draw)}
    return [place for place in found if place.code in taken]


def due_problem(days: Days, *, open_until: date | None) -> Problem | None:
    """Return what is wrong with a new last day of an open round; `open_until` is the day before the next one opens."""
    if days.due_on is None or days.due_on not in days.period:
        return next((one for one in day_problems(days, ()) if one.field == "due_on"), None)
    if days.opens_on is not None and days.due_on < days.opens_on:
        return Problem("due_on", _BACKWARDS)
    return Problem("due_on", _NEXT_OPENS.fill(day=open_until)) if open_until and days.due_on > open_until else None


def shared_out(
    places: Sequence[Place],
    inspectors: Mapping[str, Sequence[int]],
    number: int,
    weights: Mapping[int, int] | None = None,
) -> dict[int, int]:
    """Return the inspector of each estate, by estate id.

    The estates of a street are cut into shares along its communities, so that each inspector walks through
    neighbouring estates; the shares move on by one inspector from round to round, so that nobody keeps an estate.
    The shares are equal, or as `weights` says by person: 2 is twice as much, 0 nothing.
    Streets without inspectors are left out.
    """
    weights = weights or {}
    chosen = {}
    ordered = sorted(places, key=lambda place: (place.street, place.community, place.code))
    for street, group in groupby(ordered, key=lambda place: place.street):
        here, people = list(group), inspectors.get(street, ())
        turned = [people[(index + number - 1) % len(people)] for index in range(len(people))]
        shares = [person for person in turned for _ in range(weights.get(person, 1))]
        for position, place in enumerate(here if shares else ()):
            chosen[place.id] = shares[position * len(shares) // len(here)]
    return chosen
