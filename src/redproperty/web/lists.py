"""What lists of estates and cases have in common: the address that reproduces them, and the files that equal them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from litestar import Response

from redproperty.domain.texts import Text
from redproperty.exports.delimited import csv
from redproperty.exports.filenames import attachment
from redproperty.exports.tables import Table
from redproperty.exports.workbooks import xlsx
from redproperty.web.views import Ask, language

XLSX, CSV = "xlsx", "csv"
_TYPES = {
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    CSV: "text/csv; charset=utf-8",
}


@dataclass(frozen=True)
class Option:
    """One value of a filter, with how many rows choosing it would show (None: not counted)."""

    value: str
    label: Text
    count: int | None = None


@dataclass(frozen=True)
class Filter:
    """One drop-down of a list: its name in the address, its options and the one chosen."""

    name: str
    label: Text
    options: tuple[Option, ...]
    chosen: str


def address(path: str, values: Mapping[str, object]) -> str:
    """Return path and query; what is empty is left out."""
    query = urlencode({name: value for name, value in values.items() if value not in {"", None}})
    return f"{path}?{query}" if query else path


def file(ask: Ask, table: Table, name: Text, day: date, kind: str) -> Response[bytes]:
    """Return the table as a file, in the language of the page."""
    lang = language(ask)
    content = xlsx(table, lang) if kind == XLSX else csv(table, lang)
    headers = {"content-disposition": attachment(f"{name.say(lang)}-{day.isoformat()}", kind)}
    return Response(content, media_type=_TYPES[kind], headers=headers)
