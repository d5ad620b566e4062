"""Reading a sheet that people filled in: XLSX or CSV bytes to rows addressed by cell.

The header is found by the titles of the columns, in any order, under merged titles, beside columns nobody asked for.
Blank rows are passed over; so are example rows (a cell begins with “（示例）”), notes and totals after the last row.
Of several sheets the one with the header is read; two with data under a whole header are refused, not guessed between.
A file is refused whole, with one problem, before it can fill the memory: calamine lays a sheet out as a full rectangle,
so that one cell in XFD1048576 would take half a terabyte.
"""

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from difflib import get_close_matches
from itertools import zip_longest
from pathlib import PurePath
from typing import Final

from python_calamine import CalamineError, CalamineWorkbook

from redproperty.domain.cells import EXAMPLE_MARK, NO_RESULT, Cell, ColumnSpec, Raw, Row, plain_text, title_key
from redproperty.domain.texts import Problem, Text

LONGEST_FILE = 10 * 1024 * 1024
MOST_ROWS = 20_000
MOST_COLUMNS = 256
_UNPACKED = 100 * 1024 * 1024
_HEADER_WITHIN = 30
_SAMPLE = 20_000  # characters by which the delimiter of a CSV is told
_GROUPED = 2  # titles of ours in the upper of two header rows
_LETTERS = 26
_MOST_TITLES = 20  # that a refusal lists
_CELL = re.compile(rb"<(?:\w+:)?c(?=\s)[^>]*?\sr=[\"']([A-Z]{1,3})([0-9]{1,7})[\"'][^>]*(?<!/)>")
_CELL_WITHOUT_ADDRESS = re.compile(rb"<(?:\w+:)?c(?![^>]*\sr=[\"'])(?:\s[^>]*)?(?<!/)>")
_SHEET = re.compile(r"xl/worksheets/sheet(\d+)\.xml")
_CELL_END = re.compile(rb"</(?:\w+:)?c>")
_CELLS = re.compile(rb"<(?:\w+:)?c(?=\s)")
_ADDRESS = re.compile(rb"\sr=[\"']([A-Z]{1,3})([0-9]{1,7})[\"']")
_IS_ERROR = re.compile(rb"\st=[\"']e[\"']")
_CACHED = re.compile(rb"<(?:\w+:)?v>([^<]+)<")
_NOTE = re.compile(r"(注|备注|说明|填表|制表|note)", re.IGNORECASE)
_TOTAL = re.compile(r"(合计|总计|小计|共计|total)[:：]?", re.IGNORECASE)
_EXAMPLE = (EXAMPLE_MARK.zh, "(示例)", EXAMPLE_MARK.en.strip())
_OLD_EXCEL, _ZIP, _ENCRYPTED = b"\xd0\xcf\x11\xe0", b"PK", "EncryptedPackage".encode("utf-16-le")
SUFFIXES: Final = (".xlsx", ".csv")
_LIKE: Final = 0.5  # how much a heading must look like a missing one to be named beside it

_TOO_LONG = Text("文件超过 10 MB，请拆分后再导入", "The file is over 10 MB; split it")
_TOO_MANY = Text(
    "表格超过 {rows} 行或 {columns} 列，请拆分或删去多余内容", "More than {rows} rows or {columns} columns; split it"
)
_WRONG_NAME = Text(
    "只能导入 .xlsx 或 .csv，这个文件是“{name}”；请用 Excel 或 WPS 打开，另存为 .xlsx 后再导入",
    "Only .xlsx or .csv can be imported, this file is “{name}”; open it in Excel or WPS and save it as .xlsx",
)
_LOCKED = Text(
    "这个工作簿设了打开密码，请去掉密码另存后再导入",
    "This workbook asks for a password; save it without one, then import it",
)
_OLD = Text("这是旧版 .xls，请另存为 .xlsx 或 .csv", "An old .xls file; save it as .xlsx or .csv")
_BROKEN = Text("文件已损坏或不是 .xlsx、.csv", "The file is damaged, or neither .xlsx nor .csv")
_ODD = Text(
    "请用 Excel 或 WPS 打开文件，另存一次后再导入", "Open the file in Excel or WPS, save it again, then import it"
)
_EMPTY = Text("文件是空的", "The file is empty")
_NO_HEADER = Text("没有找到表头；应有这些列：{titles}", "No header found; it should have: {titles}")
_NO_COLUMN = Text("缺少“{title}”列", "The column “{title}” is missing")
_NEAREST = Text("{missing}；{at}“{heading}”是不是它？", "{missing}; is it {at} “{heading}”?")
_SHEETS = Text(
    "这些工作表都有表头和数据：{names}；一次导入一张，请删去其余的",
    "These sheets all have a header and data: {names}; leave one of them and delete the others",
)
_TWICE = Text("{at}：“{title}”列重复，已有 {first}", "{at}: column “{title}” again, it stands in {first}")
_NO_ROWS = Text("表头下面没有数据", "There is nothing below the header")

Grid = list[list[Raw]]


@dataclass(frozen=True)
class SheetRows:
    """What a file holds for the columns asked for; with a problem there are no rows.

    `header` is the 0-based position of each field, `headings` the whole row of the header as it stands; `ignored` the
    addresses and titles of columns nobody asked for, `skipped` the numbers of rows taken for examples, notes or totals
    or with nothing in our columns: both are shown, so nothing is lost in silence.
    """

    sheet: str = ""
    header_row: int = 0
    headings: tuple[Raw, ...] = ()
    header: dict[str, int] = field(default_factory=dict)
    rows: tuple[Row, ...] = ()
    ignored: tuple[Cell, ...] = ()
    skipped: tuple[int, ...] = ()
    problems: tuple[Problem, ...] = ()


class _Unreadable(Exception):  # noqa: N818 - carries the one problem of a file to the edge of this module
    def __init__(self, text: Text) -> None:
        super().__init__(text.zh)
        self.text = text


def name_problem(file: str, data: bytes) -> Text | None:
    """Return why a file of this name is none that we read, or is not what its name says; a CSV may be a workbook."""
    suffix = PurePath(file).suffix.casefold()
    if suffix not in SUFFIXES:
        return _WRONG_NAME.fill(name=suffix or file)
    workbook = data.startswith((_ZIP, _OLD_EXCEL)) or not data.strip()
    return None if workbook or suffix == ".csv" else _BROKEN


def read_sheet(data: bytes, columns: Sequence[ColumnSpec]) -> SheetRows:
    """Return the rows of the sheet that has the columns' header; kinds are told by content, not by file name."""
    try:
        found = [
            _rows(name, grid, *header, columns)
            for name, grid in _sheets(data)
            if (header := _header_in(grid, columns)) is not None
        ]
    except _Unreadable as refusal:
        return SheetRows(problems=(Problem("file", refusal.text),))
    if not found:
        titles = _listed([column.heading for column in columns[:_MOST_TITLES]])
        return SheetRows(problems=(Problem("file", _NO_HEADER.fill(titles=titles)),))
    whole = [one for one in found if one.rows]
    if len(whole) > 1:
        names = _listed([Text(one.sheet, one.sheet) for one in whole])
        return SheetRows(problems=(Problem("file", _SHEETS.fill(names=names)),))
    return whole[0] if whole else found[0]


def read_grids(data: bytes) -> tuple[tuple[str, Grid], ...] | Text:
    """Return every sheet of a file as a full grid from A1 with its name, or why the file cannot be read."""
    try:
        return tuple(_sheets(data))
    except _Unreadable as refusal:
        return refusal.text


def _listed(texts: Sequence[Text]) -> Text:
    return Text("、".join(text.zh for text in texts), ", ".join(text.en for text in texts))


def address(row: int, column: int) -> str:
    """Return the name of a cell from its row number (from 1) and its column position (from 0)."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, _LETTERS)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row}"


def _sheets(data: bytes) -> Iterator[tuple[str, Grid]]:
    """Yield every sheet as a full grid from A1."""
    if not data.strip():
        raise _Unreadable(_EMPTY)
    if len(data) > LONGEST_FILE:
        raise _Unreadable(_TOO_LONG)
    if data.startswith(_OLD_EXCEL):
        raise _Unreadable(_LOCKED if _ENCRYPTED in data else _OLD)
    if not data.startswith(_ZIP):
        yield "", _csv(data)
        return
    failed = _bound(data)
    try:
        book = CalamineWorkbook.from_object(io.BytesIO(data))
        for index, name in enumerate(book.sheet_names):
            rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            grid = [[_raw(value) for value in row] for row in rows]
            if len(failed) == len(book.sheet_names):
                _show(grid, failed[index])
            yield name, grid
    except CalamineError as error:
        raise _Unreadable(_BROKEN) from error


def _raw(value: object) -> Raw:
    """Return what calamine gives as one of the kinds that a cell may have."""
    if isinstance(value, str | int | float | bool | date | datetime):
        return value
    return value.isoformat() if isinstance(value, time) else str(value)


def _show(grid: Grid, failed: Mapping[tuple[int, int], str]) -> None:
    """Put the formulas that came to nothing where calamine leaves a blank, so that they are not taken for one."""
    for (row, column), error in failed.items():
        if row < len(grid):
            grid[row] += [None] * (column + 1 - len(grid[row]))
            grid[row][column] = error


def _bound(data: bytes) -> list[dict[tuple[int, int], str]]:
    """Refuse a workbook that would grow too large; return each sheet's failed formulas by row and column from 0."""
    sheets = {}
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(part.file_size for part in archive.infolist()) > _UNPACKED:
                raise _Unreadable(_TOO_LONG)
            for part in archive.infolist():
                xml = archive.read(part)
                _bound_part(xml)
                if number := _SHEET.fullmatch(part.filename):
                    sheets[int(number[1])] = _failed(xml)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, OSError, zlib.error) as error:
        raise _Unreadable(_BROKEN) from error
    return [sheets[number] for number in sorted(sheets)]


def _failed(xml: bytes) -> dict[tuple[int, int], str]:
    """Return the cells of a sheet whose formula ended in an error, or that no program has worked out."""
    failed: dict[tuple[int, int], str] = {}
    if b't="e"' not in xml and b"<f" not in xml:
        return failed
    for cell in _CELLS.split(xml)[1:]:  # cut, not matched: a file without an end to its cells costs no more
        attributes, _, inner = _CELL_END.split(cell, 1)[0].partition(b">")
        at, value = _ADDRESS.search(attributes), _CACHED.search(inner)
        unknown = b"<f" in inner and value is None and b't="str"' not in attributes
        if at is not None and not attributes.endswith(b"/") and (unknown or _IS_ERROR.search(attributes)):
            failed[int(at[2]) - 1, _position(at[1])] = value[1].decode(errors="replace") if value else NO_RESULT
    return failed


def _bound_part(xml: bytes) -> None:
    """Refuse a sheet with a filled cell beyond the last row or column that we take."""
    if not xml.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return
    if _CELL_WITHOUT_ADDRESS.search(xml):
        raise _Unreadable(_ODD)
    for found in _CELL.finditer(xml):
        if int(found[2]) > MOST_ROWS + _HEADER_WITHIN or _position(found[1]) >= MOST_COLUMNS:
            raise _Unreadable(_TOO_MANY.fill(rows=MOST_ROWS, columns=MOST_COLUMNS))


def _position(letters: bytes) -> int:
    position = 0
    for letter in letters:
        position = position * _LETTERS + letter - ord("A") + 1
    return position - 1


def _csv(data: bytes) -> Grid:
    """Return a CSV file as a grid; UTF-8 with or without mark, UTF-16 with mark, else GB18030."""
    text = _decoded(data)
    first = [line for line in text[:_SAMPLE].splitlines()[:_HEADER_WITHIN] if line.strip()]
    counts = {mark: [line.count(mark) for line in first] for mark in ",\t;，"}
    delimiter = max(counts, key=lambda mark: (sum(map(bool, counts[mark])), sum(counts[mark])))
    grid: Grid = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            grid.append(list(row))
            if len(grid) > MOST_ROWS + _HEADER_WITHIN or len(row) > MOST_COLUMNS:
                raise _Unreadable(_TOO_MANY.fill(rows=MOST_ROWS, columns=MOST_COLUMNS))
    except csv.Error as error:
        raise _Unreadable(_BROKEN) from error
    return grid


def _decoded(data: bytes) -> str:
    encodings = ["utf-16"] if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise _Unreadable(_BROKEN)


def _header_in(grid: Grid, columns: Sequence[ColumnSpec]) -> tuple[int, list[Cell]] | None:
    """Return the index and cells of the header: the row with the most titles of ours among the first ones.

    One title alone is chance. Where a group of columns has a title of its own above theirs, both rows are one header,
    at the lower of them.
    """
    known = {title_key(title) for column in columns for title in column.titles}
    best, most = None, min(2, len(columns)) - 1
    above: list[Cell] = []
    for at, row in enumerate(grid[:_HEADER_WITHIN]):
        cells = [Cell(address(at + 1, position), value) for position, value in enumerate(row)]
        grouped = _grouped(above, cells) if _hits(above, known) >= _GROUPED and _hits(cells, known) else []
        for one in (cells, grouped):
            if (hits := _hits(one, known)) > most:
                best, most = (at, one), hits
        above = cells
    return best


def _hits(cells: Sequence[Cell], known: set[str]) -> int:
    return len(known & {title_key(cell.text) for cell in cells})


def _grouped(above: Sequence[Cell], below: Sequence[Cell]) -> list[Cell]:
    pairs = zip_longest(above, below, fillvalue=Cell("", None))
    return [upper if lower.blank else lower for upper, lower in pairs]


def _rows(name: str, grid: Grid, at: int, cells: list[Cell], columns: Sequence[ColumnSpec]) -> SheetRows:
    """Return the rows below the header, whose last row has the index `at`."""
    header, ignored, problems = _header(cells, columns)
    headings = tuple(cell.raw for cell in cells)
    found = SheetRows(name, at + 1, headings, header, ignored=ignored, problems=tuple(problems))
    if problems:
        return found
    filled = [(number, row) for number, row in enumerate(grid[at + 1 :], start=at + 2) if any(map(plain_text, row))]
    kept, skipped = _without_remarks(filled)
    read = [_row(number, row, header) for number, row in kept]
    rows = tuple(row for row in read if not all(cell.blank for cell in row.cells.values()))
    if len(rows) > MOST_ROWS:
        return replace(found, problems=(Problem("file", _TOO_MANY.fill(rows=MOST_ROWS, columns=MOST_COLUMNS)),))
    if not rows:
        return replace(found, problems=(Problem("file", _NO_ROWS),))
    taken = {row.number for row in rows}
    skipped += [number for number, _ in kept if number not in taken]
    return replace(found, rows=rows, skipped=tuple(sorted(skipped)))


def _header(
    cells: Sequence[Cell], columns: Sequence[ColumnSpec]
) -> tuple[dict[str, int], tuple[Cell, ...], list[Problem]]:
    """Return where each field stands, the columns nobody asked for, and what is missing or doubled."""
    known = {title_key(title): column for column in columns for title in column.titles}
    header: dict[str, int] = {}
    ignored, problems = [], []
    for position, cell in enumerate(cells):
        column = known.get(title_key(cell.text))
        if column is None:
            ignored += [] if cell.blank else [cell]
        elif column.field in header:
            first = cells[header[column.field]].address
            problems.append(Problem(cell.address, _TWICE.fill(at=cell.address, title=column.heading, first=first)))
        else:
            header[column.field] = position
    missing = [column for column in columns if column.required and column.field not in header]
    problems += [Problem(column.field, _missing(column, ignored)) for column in missing]
    return header, tuple(ignored), problems


def _missing(column: ColumnSpec, ignored: Sequence[Cell]) -> Text:
    """Return that a column is missing, and the heading that was perhaps meant for it."""
    text = _NO_COLUMN.fill(title=column.heading)
    spelt = {title_key(cell.text): cell for cell in ignored}
    near = [match for title in column.titles for match in get_close_matches(title_key(title), spelt, 1, _LIKE)]
    if not near:
        return text
    cell = spelt[near[0]]
    return _NEAREST.fill(missing=text, at=cell.address, heading=cell.text)


def _without_remarks(filled: list[tuple[int, list[Raw]]]) -> tuple[list[tuple[int, list[Raw]]], list[int]]:
    """Return the rows that are data, and the numbers of the examples, notes and totals left out."""
    end = len(filled)
    while end and _is_remark(filled[end - 1][1]):
        end -= 1
    skipped = [number for number, row in filled[:end] if _is_example(row)]
    kept = [(number, row) for number, row in filled[:end] if not _is_example(row)]
    return kept, skipped + [number for number, _ in filled[end:]]


def _is_remark(row: list[Raw]) -> bool:
    """Whether a row after the data is a note (one cell, worded as one) or a total (its first cell says so)."""
    words = list(filter(None, map(plain_text, row)))
    return bool(_TOTAL.fullmatch("".join(words[0].split())) or (len(words) == 1 and _NOTE.match(words[0])))


def _is_example(row: Iterable[Raw]) -> bool:
    return any(plain_text(value).casefold().startswith(_EXAMPLE) for value in row)


def _row(number: int, row: list[Raw], header: dict[str, int]) -> Row:
    return Row(
        number,
        {
            name: Cell(address(number, position), row[position] if position < len(row) else None)
            for name, position in header.items()
        },
        tuple(row),
    )
