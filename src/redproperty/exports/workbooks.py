"""A table as an XLSX that prints on A4: merged title, frozen heading row, formats, totals, repeated headings, pages.

Text is always written as text: no formula, link or number is ever guessed from it. A text that begins like a formula
is also marked with Excel's own quote prefix, so that editing the cell does not bring it to life.
"""

from datetime import UTC
from decimal import Decimal
from io import BytesIO
from typing import Final

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from redproperty.domain.texts import Lang, Text
from redproperty.exports.tables import Cell, Kind, Table, risky

OPTIONS: Final = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
    "default_date_format": "yyyy-mm-dd",
}
FORMATS: Final[dict[Kind, str]] = {
    "text": "@",
    "count": "#,##0",
    "money": "#,##0.00",
    "area": "#,##0.00",
    "rate": "0.00####",
    "score": "0.00",
    "ratio": "0.000000",
    "stars": '0"★"',
    "date": "yyyy-mm-dd",
}
HALF_STARS: Final = '0.0"★"'
A4: Final = 9
TITLE_HEIGHT: Final = 28  # points
HEADING_HEIGHT: Final = 32  # two lines of a heading
LONGEST: Final = 32_767  # characters in a cell, by the file format
_PAGE = Text("&C第 &P 页，共 &N 页", "&CPage &P of &N")
_NOT_IN_A_NAME = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))


def sheet_name(title: str) -> str:
    """Return a title as a sheet may be named: 31 characters and no brackets, quotes, slashes or the like."""
    return title.translate(_NOT_IN_A_NAME).strip()[:31] or "Sheet1"


def xlsx_sheet(book: Workbook, table: Table, lang: Lang) -> None:
    """Write the table as one more sheet of a workbook."""
    _Sheet(book, table, lang).write()


def xlsx(table: Table, lang: Lang) -> bytes:
    """Return the table as one sheet; the same table gives the same bytes."""
    out = BytesIO()
    with Workbook(out, OPTIONS) as book:
        book.set_properties(
            {"title": table.title.say(lang), "created": table.made_at.astimezone(UTC).replace(tzinfo=None)}
        )
        xlsx_sheet(book, table, lang)
    return out.getvalue()


def plain(text: str) -> str:
    """Return text that the writer takes as it is: not too long, and not mistaken for its own rich text."""
    cut = text[:LONGEST]
    return f"{cut[: LONGEST - 1]} " if cut.startswith("<r>") and cut.endswith("</r>") else cut


class _Sheet:
    """One table being written into one sheet, from the top."""

    def __init__(self, book: Workbook, table: Table, lang: Lang) -> None:
        self.book, self.table, self.lang = book, table, lang
        self.sheet: Worksheet = book.add_worksheet(sheet_name(table.title.say(lang)))
        self.last = len(table.columns) - 1
        self.row = 0
        self.formats: dict[tuple[Kind, bool, bool, bool], Format] = {}

    def write(self) -> None:
        """Write title, headings, rows, totals and footer, then set up the page."""
        # In the middle of several pages nobody would look for the title.
        align = "center" if self.table.pages_wide == 1 else "left"
        big = self.book.add_format({"bold": True, "font_size": 16, "align": align, "valign": "vcenter"})
        self.sheet.set_row(0, TITLE_HEIGHT)
        self._line(self.table.title, big)
        for text in self.table.subtitle:
            self._line(text, self.book.add_format({"align": "left"}))
        heading = self._headings()
        first = self.row
        for record in self.table.records(self.lang):
            self._record(record)
        if self.row > first:
            self.sheet.ignore_errors({"number_stored_as_text": f"A{first + 1}:XFD{self.row}"})
        totals = self.table.totals(self.lang)
        if totals is not None:
            self._record(totals, bold=True)
        for text in self.table.footer:
            self._line(text, self.book.add_format({"align": "left", "text_wrap": True}))
        self._page(heading)

    def _line(self, text: Text, look: Format) -> None:
        said = text.say(self.lang)
        if self.last > 0:
            self.sheet.merge_range(self.row, 0, self.row, self.last, "", look)
        self.sheet.write_string(self.row, 0, plain(said), look)
        self.row += 1

    def _headings(self) -> int:
        look = self.book.add_format(
            {
                "bold": True,
                "border": 1,
                "align": "center",
                "valign": "vcenter",
                "text_wrap": True,
                "bg_color": "#F2F2F2",
            }
        )
        for index, column in enumerate(self.table.columns):
            self.sheet.write_string(self.row, index, column.title.say(self.lang), look)
            self.sheet.set_column(index, index, column.width)
        self.sheet.set_row(self.row, HEADING_HEIGHT)
        self.row += 1
        return self.row - 1

    def _record(self, record: list[Cell], *, bold: bool = False) -> None:
        for index, cell in enumerate(record):
            kind = self.table.columns[index].kind
            if isinstance(cell, str):
                look = self._look("text", bold=bold, quoted=risky(cell))
                self.sheet.write_string(self.row, index, plain(cell), look)
            elif cell is None:
                self.sheet.write_blank(self.row, index, None, self._look(kind, bold=bold))
            else:
                half = isinstance(cell, Decimal) and kind == "stars"  # whole stars are whole numbers
                self.sheet.write(self.row, index, cell, self._look(kind, bold=bold, half=half))
        self.row += 1

    def _look(self, kind: Kind, *, bold: bool, quoted: bool = False, half: bool = False) -> Format:
        key = (kind, bold, quoted, half)
        if key not in self.formats:
            properties = {
                "num_format": HALF_STARS if half else FORMATS[kind],
                "border": 1,
                "bold": bold,
                "quote_prefix": quoted,
            }
            self.formats[key] = self.book.add_format(properties)
        return self.formats[key]

    def _page(self, heading: int) -> None:
        sheet = self.sheet
        sheet.freeze_panes(heading + 1, self.table.frozen)
        sheet.set_landscape()
        sheet.set_paper(A4)
        sheet.fit_to_pages(self.table.pages_wide, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.repeat_rows(heading)
        if self.table.frozen and self.table.pages_wide > 1:
            sheet.repeat_columns(0, self.table.frozen - 1)
        sheet.print_area(0, 0, self.row - 1, self.last)
        sheet.set_footer(_PAGE.say(self.lang))
