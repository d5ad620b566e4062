"""A block copied from a spreadsheet: its cells, and where they go in a table of estates and items.

Where the block brings its own headings (codes or titles of items in its first row, codes or names of estates before
its rows) they say where each cell goes; otherwise it is laid down from one cell on, as a spreadsheet does.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from redproperty.domain.cells import title_key

_MOST_NAMES = 4  # columns before the answers that may name a row: code, name, period, round


@dataclass(frozen=True)
class Laid:
    """The cells with something in them by row and column of the table; `outside` of them found no place in it."""

    cells: Mapping[tuple[int, int], str]
    outside: int = 0


def block(text: str) -> list[list[str]]:
    """Return the cells of copied text: tabs between cells, lines between rows, quotes around cells that hold either."""
    lines = text.replace("\r\n", "\n").splitlines(keepends=True)
    try:
        rows = list(csv.reader(lines, delimiter="\t"))
    except csv.Error:  # a quote that never ends
        rows = [line.split("\t") for line in lines]
    cells = [[cell.strip() for cell in row] for row in rows]
    while cells and not any(cells[-1]):
        cells.pop()
    return cells


def laid(
    cells: Sequence[Sequence[str]], rows: Sequence[Iterable[str]], columns: Sequence[Iterable[str]], at: tuple[int, int]
) -> Laid:
    """Return where the cells of a block go; empty ones leave what stands there.

    `rows` and `columns` hold the names by which each is known; `at` is the cell to begin at where there are none.
    """
    known_rows, known_columns = _known(rows), _known(columns)
    headed = _places(cells[0], known_columns) if cells else {}
    body = cells[1:] if headed else cells
    named = {number: place for number, row in enumerate(body) if (place := _row(row, known_rows)) is not None}
    lead = max((_lead(body[number], known_rows) for number in named), default=0)
    found, outside = dict[tuple[int, int], str](), 0
    for number, row in enumerate(body):
        down = named.get(number) if named else at[0] + number
        for index, cell in enumerate(row):
            if not cell or (index < lead if not headed else index not in headed and index < max(lead, min(headed))):
                continue
            across = headed.get(index) if headed else at[1] + index - lead
            if down is None or across is None or down >= len(rows) or across >= len(columns):
                outside += 1
            else:
                found[down, across] = cell
    return Laid(found, outside)


def _known(names: Sequence[Iterable[str]]) -> dict[str, int]:
    return {title_key(name): place for place, one in enumerate(names) for name in one if title_key(name)}


def _places(row: Sequence[str], known: Mapping[str, int]) -> dict[int, int]:
    """Return the column of the table for every cell of a row of headings that names one."""
    return {index: known[title_key(cell)] for index, cell in enumerate(row) if title_key(cell) in known}


def _row(row: Sequence[str], known: Mapping[str, int]) -> int | None:
    """Return the row of the table that the first cells of a row name."""
    return next((known[title_key(cell)] for cell in row[:_MOST_NAMES] if title_key(cell) in known), None)


def _lead(row: Sequence[str], known: Mapping[str, int]) -> int:
    """Return how many cells there are before the answers: up to the last that names the row."""
    return max((index + 1 for index, cell in enumerate(row[:_MOST_NAMES]) if title_key(cell) in known), default=0)
