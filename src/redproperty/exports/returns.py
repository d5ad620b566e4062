"""What goes back to whoever brought a file: the refused cells, what would become of every row, their own sheet mended.

The sheet that goes back has every row at its old place, so that an address in it is the address in the file that came;
the refused cells are marked and the reason stands in a column at the end. It can be mended and imported as it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from io import BytesIO
from typing import Final

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_cell_to_rowcol
from xlsxwriter.worksheet import Worksheet

from redproperty.domain.cells import Raw, Row
from redproperty.domain.imports import Change, ImportResult, Refusal
from redproperty.domain.texts import Lang, Text
from redproperty.exports.tables import EPOCH, Column, Table, risky
from redproperty.exports.workbooks import FORMATS, OPTIONS, plain, sheet_name, xlsx_sheet

_BACK = Text("退回修改", "To mend")
REASON = Text("未通过原因", "Why refused")
_CELLS = Text("导入未通过的单元格", "Refused cells")
_ROWS = Text("导入预览", "Import preview")
_WIDTH, _WIDE = 16, 60
_FILLED: Final = {"bg_color": "#FBECEB", "font_color": "#A8201A", "border": 1, "border_color": "#A8201A"}


@dataclass(frozen=True)
class Sheet:
    """The sheet as it came: the number of its header row, that row, the rows below, and what was refused in each."""

    header_row: int
    headings: Sequence[Raw]
    rows: Sequence[Row]
    refusals: Mapping[int, Sequence[Refusal]] = field(default_factory=dict)


def refusals(rows: Sequence[Refusal]) -> Table:
    """Return the refused cells as a table to hand back, in their order."""
    columns = (
        Column("cell", Text("单元格", "Cell"), width=10),
        Column("heading", Text("列", "Column"), width=18),
        Column("found", Text("填写内容", "Found"), width=28),
        Column("reason", Text("原因", "Reason"), width=_WIDE),
    )
    return Table(_CELLS, columns, [(row.cell, row.heading, row.found, row.reason) for row in rows])


def outcomes(result: ImportResult) -> Table:
    """Return what would become of every row: its number, what it is about, the outcome, what changes or is wrong."""
    columns = (
        Column("row", Text("行", "Row"), "count", width=8),
        Column("label", Text("对象", "Subject"), width=36),
        Column("outcome", Text("处理结果", "Outcome"), width=10),
        Column("told", Text("改动或原因", "Changes or reasons"), width=80),
    )
    told = [(row.number, row.label, row.outcome.label, _told(row.changes, row.refusals)) for row in result.rows]
    return Table(_ROWS, columns, told)


def _told(changes: Sequence[Change], refused: Sequence[Refusal]) -> Text:
    parts = [Text("{t}：{o} → {n}", "{t}: {o} → {n}").fill(t=one.title, o=one.old, n=one.new) for one in changes]
    parts += [sentence(one) for one in refused]
    return Text("；".join(part.zh for part in parts), "; ".join(part.en for part in parts))


def sentence(refusal: Refusal) -> Text:
    """Return a refusal on one line: address, heading, reason."""
    at = Text(
        f"{refusal.cell} {refusal.heading.zh}".strip(),
        f"{refusal.cell} {refusal.heading.en}".strip(),
    )
    return Text("{at}：{why}", "{at}: {why}").fill(at=at, why=refusal.reason) if at.zh else refusal.reason


def returned(sheet: Sheet, refused: Sequence[Refusal], lang: Lang) -> bytes:
    """Return an XLSX of two sheets: theirs with the reasons, and the list of refused cells."""
    out = BytesIO()
    with Workbook(out, OPTIONS) as book:
        book.set_properties({"title": _BACK.say(lang), "created": EPOCH.replace(tzinfo=None)})
        if sheet.rows:
            _Returned(book, sheet, lang).write()
        xlsx_sheet(book, refusals(refused), lang)
    return out.getvalue()


class _Returned:
    """Their sheet being written again."""

    def __init__(self, book: Workbook, sheet: Sheet, lang: Lang) -> None:
        self.book, self.came, self.lang = book, sheet, lang
        self.sheet: Worksheet = book.add_worksheet(sheet_name(_BACK.say(lang)))
        self.formats: dict[tuple[str, bool, bool], Format] = {}
        self.why = book.add_format({"text_wrap": True, "font_color": _FILLED["font_color"]})
        self.last = max([len(sheet.headings), *(len(row.whole) for row in sheet.rows)])

    def write(self) -> None:
        bold = self.book.add_format({"bold": True, "bg_color": "#F2F2F2", "border": 1, "text_wrap": True})
        top = self.came.header_row - 1
        self.sheet.set_column(0, self.last - 1, _WIDTH)
        self.sheet.set_column(self.last, self.last, _WIDE)
        for index, heading in enumerate(self.came.headings):
            if heading is not None:
                self.sheet.write_string(top, index, plain(str(heading)), bold)
        self.sheet.write_string(top, self.last, REASON.say(self.lang), bold)
        self.sheet.freeze_panes(top + 1, 0)
        for row in self.came.rows:
            self._row(row, self.came.refusals.get(row.number, ()))

    def _row(self, row: Row, refused: Sequence[Refusal]) -> None:
        wrong = {refusal.cell for refusal in refused}
        addresses = {cell.address for cell in row.cells.values()} & wrong
        marked = {xl_cell_to_rowcol(address)[1] for address in addresses}
        for index, raw in enumerate(row.whole):
            self._cell(row.number - 1, index, raw, wrong=index in marked)
        if refused:
            why = "\n".join(sentence(refusal).say(self.lang) for refusal in refused)
            self.sheet.write_string(row.number - 1, self.last, plain(why), self.why)

    def _cell(self, row: int, column: int, raw: Raw, *, wrong: bool) -> None:
        """Write a cell as the kind that it was: a number stays one, so that a digit lost stays lost and is seen."""
        if raw is None or raw == "":
            if wrong:
                self.sheet.write_blank(row, column, None, self._look("text", wrong=True))
        elif isinstance(raw, str):
            self.sheet.write_string(row, column, plain(raw), self._look("text", wrong=wrong, quoted=risky(raw)))
        elif isinstance(raw, bool):
            self.sheet.write_boolean(row, column, raw, self._look("number", wrong=wrong))
        elif isinstance(raw, date):
            day = raw if not isinstance(raw, datetime) or raw.time() != time() else raw.date()
            self.sheet.write_datetime(row, column, day, self._look("date", wrong=wrong))
        else:
            self.sheet.write_number(row, column, raw, self._look("number", wrong=wrong))

    def _look(self, kind: str, *, wrong: bool, quoted: bool = False) -> Format:
        key = (kind, wrong, quoted)
        if key not in self.formats:
            shown = {"text": "@", "date": FORMATS["date"], "number": "General"}[kind]
            marks = _FILLED if wrong else {}
            self.formats[key] = self.book.add_format({"num_format": shown, "quote_prefix": quoted, **marks})
        return self.formats[key]
