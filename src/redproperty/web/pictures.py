"""Figures as pictures: whole numbers become places in an SVG of 1,000 units; the table beside it says the same."""

from collections.abc import Sequence
from dataclasses import dataclass

UNITS = 1000


@dataclass(frozen=True)
class Slice:
    """One piece of a bar of `UNITS`: where it begins and how long it is; `index` names its colour."""

    index: int
    start: int
    size: int


@dataclass(frozen=True)
class Share:
    """A bar of `UNITS` and, where there is something to compare with, a mark on it."""

    size: int
    mark: int | None = None


def slices(counts: Sequence[int]) -> tuple[Slice, ...]:
    """Return the pieces of one bar that `counts` fill; empty ones are left out, the last one ends at the end."""
    total, reached, made = sum(counts), 0, []
    for index, count in enumerate(counts):
        start, reached = reached, reached + count
        if count:
            begin, end = start * UNITS // total, reached * UNITS // total
            made.append(Slice(index, begin, end - begin))
    return tuple(made)


def share(count: int, before: int | None, most: int) -> Share:
    """Return how long `count` is where `most` fills the bar, with a mark at `before`."""
    return Share(count * UNITS // most, None if before is None else before * UNITS // most)
