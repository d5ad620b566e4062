"""The score sheet of an edition as the 评分表 that clerks know: merged categories, totals, one line per item.

The last column repeats each item for a machine. Reading the file back takes it only where the other columns still say
the same, so that who changes points or a rule changes them in the columns that people read.
"""

from collections.abc import Callable
from io import BytesIO
from typing import Final

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from redproperty.domain.items import Item
from redproperty.domain.packs import Pack
from redproperty.domain.provisions import EVIDENCE, applicability
from redproperty.domain.sheets import Category, Sheet
from redproperty.domain.texts import Text
from redproperty.exports.tables import EPOCH
from redproperty.exports.workbooks import A4, OPTIONS, plain, sheet_name

Written = Callable[[Item | Sheet], str]  # a part of an edition on one line, for the machine
HEADINGS: Final = (  # title and width
    ("类别", 14), ("代码", 8), ("考核项目", 16), ("考核内容", 32), ("分值", 7), ("评分标准", 34), ("适用", 18),
    ("严重程度", 9), ("整改天数", 9), ("佐证", 9), ("常见原因", 26), ("依据", 26), ("机读数据", 10),
)  # fmt: skip
_FULL: Final = 4
_TITLE: Final = Text("{title} 评分表（{total} 分）", "{title}: score sheet ({total} points)")
_HOW: Final = (
    "“机读数据”列不用填写：改了其他各列，以其他各列为准。新增一行时“代码”和“机读数据”留空；分值改动后同时改合计。"
)


def score_sheet(pack: Pack, written: Written) -> bytes:
    """Return the edition's score sheet as XLSX; `written` says an item, or the head of the sheet, for a machine."""
    out = BytesIO()
    with Workbook(out, OPTIONS) as book:
        title = pack.about.title.zh
        book.set_properties({"title": title, "created": EPOCH.replace(tzinfo=None)})
        _Writer(book, book.add_worksheet(sheet_name("评分表")), pack, written).write()
    return out.getvalue()


class _Writer:
    """One score sheet being written from the top."""

    def __init__(self, book: Workbook, sheet: Worksheet, pack: Pack, written: Written) -> None:
        self.sheet, self.pack, self.written = sheet, pack, written
        self.row = 0
        self.last = len(HEADINGS) - 1
        text = {"border": 1, "valign": "top", "text_wrap": True}
        self.text: Format = book.add_format({**text, "num_format": "@"})
        self.number: Format = book.add_format({**text, "align": "right"})
        self.head: Format = book.add_format({**text, "bold": True, "align": "center", "bg_color": "#F2F2F2"})
        self.strong: Format = book.add_format({**text, "bold": True})
        self.title: Format = book.add_format({"bold": True, "font_size": 16, "align": "center", "valign": "vcenter"})
        self.small: Format = book.add_format({**text, "font_color": "#999999", "text_wrap": False})

    def write(self) -> None:
        """Write title, headings, categories, total and the note, then set up the page."""
        total = f"{self.pack.sheet.total:f}"
        self.sheet.merge_range(0, 0, 0, self.last - 1, "", self.title)
        self.sheet.write_string(0, 0, _TITLE.fill(title=self.pack.about.title, total=total).zh, self.title)
        self.sheet.set_row(0, 28)
        for column, (heading, width) in enumerate(HEADINGS):
            self.sheet.write_string(1, column, heading, self.head)
            self.sheet.set_column(column, column, width)
        self.row = 2
        for category in self.pack.sheet.categories:
            self._category(category)
        self._line("合计", float(self.pack.sheet.total))
        self._line("机读数据", None, self.written(self.pack.sheet))
        self.sheet.write_string(self.row, 0, f"说明：{_HOW}")
        self._page()

    def _category(self, category: Category) -> None:
        first = self.row
        for item in category.items:
            self._item(item)
        words = f"{category.title.zh}（{category.code}，{category.full:f} 分）"
        if self.row - first > 1:
            self.sheet.merge_range(first, 0, self.row - 1, 0, "", self.strong)
        if self.row > first:
            self.sheet.write_string(first, 0, words, self.strong)

    def _item(self, item: Item) -> None:
        only = applicability(self.pack, item)
        texts = (
            (1, item.code), (2, item.title.zh), (3, item.how_to_look.zh), (5, item.rule().zh),
            (6, only.zh if only else ""), (7, self.pack.sheet.severity_of(item).title.zh),
            (9, EVIDENCE[item.evidence].zh), (10, "、".join(reason.zh for reason in item.reasons)),
            (11, item.basis.zh),
        )  # fmt: skip
        for column, said in texts:
            self.sheet.write_string(self.row, column, plain(said), self.text)
        self.sheet.write_number(self.row, _FULL, float(item.full), self.number)
        self.sheet.write_number(self.row, 8, item.days_to_cure, self.number)
        self.sheet.write_string(self.row, self.last, plain(self.written(item)), self.small)
        self.row += 1

    def _line(self, words: str, points: float | None, kept: str = "") -> None:
        for column in range(self.last):
            self.sheet.write_blank(self.row, column, None, self.strong)
        self.sheet.write_string(self.row, 0, words, self.small if kept else self.strong)
        if points is not None:
            self.sheet.write_number(self.row, _FULL, points, self.strong)
        self.sheet.write_string(self.row, self.last, kept, self.small)
        self.row += 1

    def _page(self) -> None:
        self.sheet.freeze_panes(2, 3)
        self.sheet.set_landscape()
        self.sheet.set_paper(A4)
        self.sheet.fit_to_pages(1, 0)
        self.sheet.repeat_rows(1)
        self.sheet.print_area(0, 0, self.row, self.last - 1)
