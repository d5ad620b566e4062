"""A sheet of named columns on its way to a file: what its cells hold and how a kind of cell is shown.

Rows carry exact whole numbers (fen, hundredths of a square metre, millionths); `Table.records` turns them into what
the reader sees, so that XLSX and CSV show the same value in every cell.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final, Literal

import polars as pl

from redproperty.domain.stars import plainly
from redproperty.domain.texts import Lang, Text

Kind = Literal["text", "count", "money", "area", "rate", "score", "ratio", "stars", "date"]
Cell = str | int | Decimal | date | None
EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
TOTAL: Final = Text("合计", "Total")
PLACES: Final[dict[Kind, int]] = {"money": 2, "area": 2, "rate": 6, "score": 6, "ratio": 6}
_RISKY = frozenset("=+-@\t\r\n＝＋－＠")


@dataclass(frozen=True)
class Column:
    """One column: its name in the rows, its heading and its kind.

    Kinds hold text · count · money in fen · area in hundredths of ㎡ · rate, score and ratio in millionths · stars 0
    to 5, half ones as decimals · date. `words` says stored codes in words; `total` asks for a sum below.
    """

    name: str
    title: Text
    kind: Kind = "text"
    width: int = 12
    total: bool = False
    words: Mapping[str, Text] = field(default_factory=dict)

    def cell(self, value: Any, lang: Lang) -> Cell:
        """Return what a reader sees of a stored value."""
        if value is None:
            return None
        if isinstance(value, Text):
            return value.say(lang)
        if self.words and value in self.words:
            return self.words[value].say(lang)
        if self.kind in PLACES:
            return Decimal(value).scaleb(-PLACES[self.kind])
        if self.kind == "stars":
            return plainly(value)
        return str(value) if self.kind == "text" else value


@dataclass(frozen=True)
class Table:
    """A titled sheet: lines under the title, columns, rows in their order, lines below (words, edition, batch).

    `made_at` is the only date in the file, so that exporting again gives the same bytes; pass the date of the record,
    never the clock. The first `frozen` columns stay in sight when scrolling and lead every page of a sheet that prints
    over several pages side by side (`pages_wide`).
    """

    title: Text
    columns: Sequence[Column]
    rows: pl.DataFrame | Sequence[Sequence[Any]]
    subtitle: Sequence[Text] = ()
    footer: Sequence[Text] = ()
    made_at: datetime = EPOCH
    frozen: int = 0
    pages_wide: int = 1

    def records(self, lang: Lang) -> Iterator[list[Cell]]:
        """Yield the rows as a reader sees them, in the order of the columns."""
        for row in self._raw():
            yield [column.cell(value, lang) for column, value in zip(self.columns, row, strict=True)]

    def totals(self, lang: Lang) -> list[Cell] | None:
        """Return the row of sums (of the cells as shown), or nothing where no column asks for one."""
        if not any(column.total for column in self.columns):
            return None
        sums = [0] * len(self.columns)
        for row in self._raw():
            for index, column in enumerate(self.columns):
                if column.total:
                    sums[index] += row[index] or 0
        cells = [c.cell(s, lang) if c.total else None for c, s in zip(self.columns, sums, strict=True)]
        label = next((index for index, column in enumerate(self.columns) if not column.total), None)
        if label is not None:
            cells[label] = TOTAL.say(lang)
        return cells

    def _raw(self) -> Iterator[Sequence[Any]]:
        if isinstance(self.rows, pl.DataFrame):
            return self.rows.select(column.name for column in self.columns).iter_rows()
        return iter(self.rows)


def risky(text: str) -> bool:
    """Return whether a spreadsheet might run the text as a formula instead of showing it."""
    return text.lstrip(" \u3000")[:1] in _RISKY and bool(text)
