"""Files that a page hands out: the same table as XLSX or CSV, under a name that every browser keeps."""

from typing import Literal

from litestar import Response

from redproperty.domain.texts import Lang
from redproperty.exports.delimited import csv
from redproperty.exports.filenames import attachment
from redproperty.exports.tables import Table
from redproperty.exports.workbooks import xlsx

FileKind = Literal["xlsx", "csv"]
MEDIA: dict[FileKind, str] = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


def table_file(table: Table, name: str, kind: FileKind, lang: Lang) -> Response[bytes]:
    """Return the table as a download called `name`."""
    content = xlsx(table, lang) if kind == "xlsx" else csv(table, lang)
    return file(content, name, kind)


def file(content: bytes, name: str, kind: FileKind) -> Response[bytes]:
    """Return bytes as a download called `name`."""
    return Response(content, media_type=MEDIA[kind], headers={"content-disposition": attachment(name, kind)})
