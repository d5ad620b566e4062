"""Opening a round of inspections: its days, and who inspects which estate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from redproperty.domain.periods import Period
from redproperty.domain.texts import Problem, Text

_NO_DAY = Text("请填写日期，例如 2026-10-08", "State the day, for example 2026-10-08")
_OUTSIDE = Text("要在{period}之内（{begins} 到 {ends}）", "It has to lie within {period} ({begins} to {ends})")
_BACKWARDS = Text("截止日期不能早于开始日期", "The last day cannot come before the first")
_RUNNING = Text(
    "第 {number} 轮 {day} 才截止，请从次日起开启", "Round {number} runs until {day}; open this one after that"
)


@dataclass(frozen=True)
class Place:
    """An estate that is to be inspected, and where it lies."""

    id: int
    code: str
    name: str
    street: str
    community: str


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


def shared_out(places: Sequence[Place], inspectors: Mapping[str, Sequence[int]], number: int) -> dict[int, int]:
    """Return the inspector of each estate, by estate id.

    The estates of a street are cut into equal shares along its communities, so that each inspector walks through
    neighbouring estates; the shares move on by one inspector from round to round, so that nobody keeps an estate.
    Streets without inspectors are left out.
    """
    chosen = {}
    ordered = sorted(places, key=lambda place: (place.street, place.community, place.code))
    for street, group in groupby(ordered, key=lambda place: place.street):
        here, people = list(group), inspectors.get(street, ())
        for position, place in enumerate(here if people else ()):
            share = position * len(people) // len(here)
            chosen[place.id] = people[(share + number - 1) % len(people)]
    return chosen
