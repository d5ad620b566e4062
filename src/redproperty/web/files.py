"""Files that a page hands out: the same table as XLSX or CSV, under a name that every browser keeps."""

from datetime import date
from typing import Final, Literal

from litestar import Response

from redproperty.exports.delimited import csv
from redproperty.exports.filenames import attachment
from redproperty.exports.tables import Table
from redproperty.exports.workbooks import xlsx
from redproperty.web.views import Ask, language

FileKind = Literal["xlsx", "csv"]
XLSX: Final = "xlsx"
CSV: Final = "csv"
MEDIA: Final[dict[FileKind, str]] = {
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    CSV: "text/csv; charset=utf-8",
}


def table_file(ask: Ask, table: Table, day: date, kind: FileKind) -> Response[bytes]:
    """Return the table as a download in the language of the page, named by its title and the day."""
    lang = language(ask)
    content = xlsx(table, lang) if kind == XLSX else csv(table, lang)
    return file(content, f"{table.title.say(lang)}-{day.isoformat()}", kind)


def file(content: bytes, name: str, kind: FileKind) -> Response[bytes]:
    """Return bytes as a download called `name`."""
    return Response(content, media_type=MEDIA[kind], headers={"content-disposition": attachment(name, kind)})
