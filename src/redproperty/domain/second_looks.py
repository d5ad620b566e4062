"""Blind second looks: who scores what a second time, and how far two sheets lie apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from redproperty.domain.items import Item
from redproperty.domain.sheets import Sheet
from redproperty.domain.texts import Text


class Visit(Protocol):
    """An inspection that gets a second look: the people that have to do with it, and its street."""

    @property
    def people(self) -> frozenset[int]:
        """Everybody who leads it or comes along."""

    @property
    def street(self) -> str:
        """Where it lies."""


def second_people(visits: Sequence[Visit], inspectors: Mapping[str, Sequence[int]]) -> list[int | None]:
    """Return who takes the second look at each visit: of its street, not one of its people, with the fewest so far.

    None where the street has nobody else.
    """
    given: dict[int, int] = {}
    chosen: list[int | None] = []
    for visit in visits:
        free = [person for person in inspectors.get(visit.street, ()) if person not in visit.people]
        taker = min(free, key=lambda person: (given.get(person, 0), person), default=None)
        if taker is not None:
            given[taker] = given.get(taker, 0) + 1
        chosen.append(taker)
    return chosen


@dataclass(frozen=True)
class ItemDifference:
    """One item on which two sheets do not agree; points in millionths, None where it does not count."""

    item: Item
    first: Text
    second: Text
    first_points: int | None
    second_points: int | None

    @property
    def points(self) -> int:
        """How many points the second gave more (less: below zero)."""
        return (self.second_points or 0) - (self.first_points or 0)


def differences(sheet: Sheet, first: Mapping[str, Any], second: Mapping[str, Any]) -> tuple[ItemDifference, ...]:
    """Return the items that two worked rows of the same sheet answer differently, in the order of the sheet."""
    return tuple(
        ItemDifference(
            item,
            sheet.outcome(item, first),
            sheet.outcome(item, second),
            first[item.points_column],
            second[item.points_column],
        )
        for item in sheet.items
        if first[item.code] != second[item.code]
    )


def mean_absolute(numbers: Sequence[int]) -> int | None:
    """Return the mean of the absolute values, half up to a whole millionth; None of nothing."""
    if not numbers:
        return None
    return (2 * sum(map(abs, numbers)) + len(numbers)) // (2 * len(numbers))
