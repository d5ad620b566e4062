"""Figures as pictures: whole numbers become places in an SVG of 1,000 units; the table beside it says the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

UNITS = 1000
FLOW_HEIGHT, FLOW_WIDTH = 560, 720  # of the picture of moves, labels included
_GAP, _LEAST, _BLOCK, _MARGIN, _LABEL = 10, 4, 26, 176, 36


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


@dataclass(frozen=True)
class Block:
    """One group on a side of the picture of moves; `index` names its colour."""

    index: int
    x: int
    y: int
    height: int
    count: int
    middle: int  # where its label stands


@dataclass(frozen=True)
class Ribbon:
    """Those that go from one group to another: an SVG path; `drop` is positive where they go down the order."""

    path: str
    count: int
    drop: int


@dataclass(frozen=True)
class Flow:
    """Groups before at the left, after at the right, and the ribbons between; those that stay come first."""

    left: tuple[Block, ...]
    right: tuple[Block, ...]
    ribbons: tuple[Ribbon, ...]


def flow(counts: Mapping[tuple[int, int], int]) -> Flow:
    """Return the picture of how many go from which group to which; groups are numbered from the top."""
    left = _blocks({a: sum(n for (x, _), n in counts.items() if x == a) for a, _ in counts}, _MARGIN)
    right = _blocks(
        {b: sum(n for (_, x), n in counts.items() if x == b) for _, b in counts}, FLOW_WIDTH - _MARGIN - _BLOCK
    )
    passed_left, passed_right, made = dict.fromkeys(left, 0), dict.fromkeys(right, 0), []
    for (a, b), n in sorted(counts.items()):
        start, end = _strip(left[a], passed_left[a], n), _strip(right[b], passed_right[b], n)
        passed_left[a] += n
        passed_right[b] += n
        made.append(Ribbon(_path(start, end), n, b - a))
    return Flow(tuple(left.values()), tuple(right.values()), tuple(sorted(made, key=lambda one: one.drop != 0)))


def _blocks(sizes: Mapping[int, int], x: int) -> dict[int, Block]:
    room, total, y, spans = FLOW_HEIGHT - _GAP * (len(sizes) + 1), sum(sizes.values()), _GAP, []
    small = sum(_LEAST for n in sizes.values() if n * room < _LEAST * total)
    for _, n in sorted(sizes.items()):
        height = max(_LEAST, n * (room - small) // total)
        spans.append((y, height))
        y += height + _GAP
    labels = _apart([top + height // 2 for top, height in spans])
    return {
        index: Block(index, x, top, height, n, middle)
        for (index, n), (top, height), middle in zip(sorted(sizes.items()), spans, labels, strict=True)
    }


def _apart(middles: Sequence[int]) -> list[int]:
    """Return the heights of labels so far apart that none covers another: pushed down, then up from the end."""
    placed: list[int] = []
    for middle in middles:
        placed.append(max(middle, placed[-1] + _LABEL) if placed else max(middle, _LABEL // 2))
    lowest = FLOW_HEIGHT - _LABEL // 2
    for index in reversed(range(len(placed))):
        placed[index] = min(placed[index], lowest)
        lowest = placed[index] - _LABEL
    return placed


def _strip(block: Block, passed: int, count: int) -> tuple[int, int]:
    top = block.y + passed * block.height // block.count
    return top, max(block.y + (passed + count) * block.height // block.count, top + 2)


def _path(start: tuple[int, int], end: tuple[int, int]) -> str:
    x0, x1 = _MARGIN + _BLOCK, FLOW_WIDTH - _MARGIN - _BLOCK
    half = (x0 + x1) // 2
    return (
        f"M{x0} {start[0]}C{half} {start[0]} {half} {end[0]} {x1} {end[0]}V{end[1]}"
        f"C{half} {end[1]} {half} {start[1]} {x0} {start[1]}Z"
    )
