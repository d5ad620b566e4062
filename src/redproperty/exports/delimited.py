"""A table as CSV that both a spreadsheet and a program can read: UTF-8 with BOM, CRLF, one heading row, no sums."""

import csv as standard
from decimal import Decimal
from io import StringIO

from redproperty.domain.texts import Lang
from redproperty.exports.tables import Cell, Kind, Table, risky


def csv(table: Table, lang: Lang) -> bytes:
    """Return headings and rows; amounts are plain digits with a point (`-1234.50`, `0.30`), dates are ISO.

    Text that a spreadsheet would run as a formula gets a leading apostrophe; negative numbers stay numbers. Title, sums
    and footer stand in the XLSX only.
    """
    out = StringIO(newline="")
    writer = standard.writer(out, lineterminator="\r\n")
    writer.writerow([column.title.say(lang) for column in table.columns])
    kinds = [column.kind for column in table.columns]
    for record in table.records(lang):
        writer.writerow(_written(cell, kind) for cell, kind in zip(record, kinds, strict=True))
    return out.getvalue().encode("utf-8-sig")


def _written(cell: Cell, kind: Kind) -> str:
    if isinstance(cell, str):
        return f"'{cell}" if risky(cell) else cell
    if isinstance(cell, Decimal):
        return f"{cell:f}" if kind == "stars" else _digits(cell)
    return "" if cell is None else str(cell)


def _digits(number: Decimal) -> str:
    """Return a number as it is printed: two decimals, and more only where they say something."""
    whole, _, rest = f"{number:f}".partition(".")
    return f"{whole}.{rest.rstrip('0'):0<2}"
