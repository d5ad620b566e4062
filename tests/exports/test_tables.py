"""A table as XLSX and CSV, re-read by readers that are not ours."""

import csv as standard
from datetime import UTC, date, datetime
from io import BytesIO, StringIO
from zipfile import ZipFile

import openpyxl
import polars as pl
import pytest
from python_calamine import CalamineWorkbook

from redproperty.domain.texts import Text
from redproperty.exports.delimited import csv
from redproperty.exports.tables import Column, Table, risky
from redproperty.exports.workbooks import sheet_name, xlsx

COLUMNS = (
    Column("name", Text("小区名称", "Estate"), width=20),
    Column("account", Text("银行账号", "Account"), width=24),
    Column("paid_fen", Text("实发金额", "Paid"), "money", 14, total=True),
    Column("area", Text("建筑面积", "Floor area"), "area", total=True),
    Column("rate", Text("标准", "Rate"), "rate"),
    Column("score", Text("得分", "Score"), "score"),
    Column("days", Text("天数", "Days"), "count", total=True),
    Column("stars", Text("星级", "Stars"), "stars"),
    Column("on", Text("日期", "Date"), "date"),
    Column("kind", Text("类型", "Type"), words={"old": Text("老旧小区", "old estate")}),
)
MIDNIGHT = datetime(2026, 9, 30)  # noqa: DTZ001 - a cell knows no zone
ROWS = [
    ("𠮷祥·㙍里", "6222021234567890123", 5_179_528, 5_231_846, 300_000, 89_990_000, 92, 4, date(2026, 9, 30), "old"),
    ("=1+1", "0012", -123_450, 25, 125_000, None, 0, None, None, "unknown"),
]


def table(rows=ROWS, **given):
    return Table(
        **{
            "title": Text("汇总表", "Summary"),
            "columns": COLUMNS,
            "rows": rows,
            "subtitle": [Text("批次 BT-1", "Run BT-1")],
            "footer": [Text("大写：人民币伍元整", "In words")],
            "made_at": datetime(2026, 10, 8, 12, tzinfo=UTC),
            "frozen": 1,
        }
        | given
    )


def sheet(content):
    return openpyxl.load_workbook(BytesIO(content)).worksheets[0]


def test_every_cell_comes_back_with_its_type_and_format():
    cells = sheet(xlsx(table(), "zh"))
    assert cells["A1"].value == "汇总表"
    assert cells["A2"].value == "批次 BT-1"
    assert [cell.value for cell in cells[3]] == [column.title.zh for column in COLUMNS]
    assert [cell.value for cell in cells[4]] == [
        "𠮷祥·㙍里", "6222021234567890123", 51795.28, 52318.46, 0.3, 89.99, 92, 4, MIDNIGHT, "老旧小区",
    ]  # fmt: skip
    assert [cell.value for cell in cells[5]] == ["=1+1", "0012", -1234.5, 0.25, 0.125, None, 0, None, None, "unknown"]
    assert [cell.number_format for cell in cells[4]] == [
        "@", "@", "#,##0.00", "#,##0.00", "0.00####", "0.00", "#,##0", '0"★"', "yyyy-mm-dd", "@",
    ]  # fmt: skip
    assert [cell.data_type for cell in cells[5]] == ["s", "s", "n", "n", "n", "n", "n", "n", "n", "s"]


def test_the_totals_are_the_sums_of_the_printed_lines():
    cells = sheet(xlsx(table(), "zh"))
    assert [cell.value for cell in cells[6]] == ["合计", None, 50560.78, 52318.71, None, None, 92, None, None, None]
    assert cells["C6"].font.bold
    assert cells["A7"].value == "大写：人民币伍元整"


def test_the_sheet_prints_on_a4_with_its_headings_repeated():
    cells = sheet(xlsx(table(), "zh"))
    assert cells.freeze_panes == "B4"
    assert cells.print_area == "'汇总表'!$A$1:$J$7"
    assert cells.print_title_rows == "$3:$3"
    assert (cells.page_setup.orientation, int(cells.page_setup.paperSize)) == ("landscape", 9)
    assert cells.page_setup.fitToWidth in (None, 1)  # left out, it means one page
    assert cells.page_setup.fitToHeight == 0
    assert cells.sheet_properties.pageSetUpPr.fitToPage
    assert cells.oddFooter.center.text == "第 &P 页，共 &N 页"
    assert {str(merged) for merged in cells.merged_cells.ranges} == {"A1:J1", "A2:J2", "A7:J7"}


def test_calamine_reads_the_same():
    read = CalamineWorkbook.from_filelike(BytesIO(xlsx(table(), "zh"))).get_sheet_by_index(0).to_python()
    assert read[3][:5] == ["𠮷祥·㙍里", "6222021234567890123", 51795.28, 52318.46, 0.3]
    assert read[4][0] == "=1+1"


def test_exporting_again_gives_the_same_bytes_and_the_date_of_the_record():
    assert xlsx(table(), "zh") == xlsx(table(), "zh")
    assert csv(table(), "zh") == csv(table(), "zh")
    properties = openpyxl.load_workbook(BytesIO(xlsx(table(), "zh"))).properties
    assert properties.created == properties.modified == datetime(2026, 10, 8, 12)  # noqa: DTZ001
    assert xlsx(table(made_at=datetime(2026, 10, 9, tzinfo=UTC)), "zh") != xlsx(table(), "zh")


def test_english_headings_and_words_on_request():
    cells = sheet(xlsx(table(), "en"))
    assert cells["A3"].value == "Estate"
    assert cells["J4"].value == "old estate"
    assert cells["A6"].value == "Total"


def test_a_frame_is_written_by_the_names_of_the_columns():
    frame = pl.DataFrame({"extra": [1], "b": [5], "a": ["x"]})
    columns = (Column("a", Text("甲", "a")), Column("b", Text("乙", "b"), "money"))
    assert csv(table(frame, columns=columns), "zh").decode("utf-8-sig") == "甲,乙\r\nx,0.05\r\n"


def test_a_table_of_one_column_or_no_rows_is_written():
    cells = sheet(xlsx(table([], columns=COLUMNS[:1]), "zh"))
    assert cells["A3"].value == "小区名称"
    assert [cell.value for cell in sheet(xlsx(table([]), "zh"))[4]][:4] == ["合计", None, 0, 0]


FORMULA = '=HYPERLINK("http://x.example","甲")'
DANGEROUS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1+1", "-", FORMULA)
HARMLESS = ("甲=乙", "1-2", "a@b", "", "·", "0012", "'=1", "13800000000", "http://x.example", "<r>甲</r>", "_x0041_")


@pytest.mark.parametrize("text", DANGEROUS)
def test_text_like_a_formula_is_neutralised(text):
    assert risky(text)
    cell = sheet(xlsx(table([(text, *ROWS[0][1:])]), "zh"))["A4"]
    assert (cell.data_type, cell.quotePrefix) == ("s", True)
    rows = list(standard.reader(StringIO(csv(table([(text, *ROWS[0][1:])]), "zh").decode("utf-8-sig"), newline="")))
    assert rows[1][0] == f"'{text}"


@pytest.mark.parametrize("text", HARMLESS)
def test_other_text_is_left_as_it_is(text):
    assert not risky(text)
    content = xlsx(table([(text, *ROWS[0][1:])]), "zh")
    cell = sheet(content)["A4"]
    assert (cell.value or "").rstrip() == text
    assert not cell.quotePrefix
    assert b"<f>" not in b"".join(ZipFile(BytesIO(content)).read(n) for n in ZipFile(BytesIO(content)).namelist())
    rows = list(standard.reader(StringIO(csv(table([(text, *ROWS[0][1:])]), "zh").decode("utf-8-sig"), newline="")))
    assert rows[1][0] == text


def test_csv_is_utf8_with_bom_and_crlf_and_its_negative_numbers_stay_numbers():
    content = csv(table(), "zh")
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.decode("utf-8-sig").split("\r\n") == [
        "小区名称,银行账号,实发金额,建筑面积,标准,得分,天数,星级,日期,类型",
        "𠮷祥·㙍里,6222021234567890123,51795.28,52318.46,0.30,89.99,92,4,2026-09-30,老旧小区",
        "'=1+1,0012,-1234.50,0.25,0.125,,0,,,unknown",
        "",
    ]


@pytest.mark.parametrize(
    ("title", "name"), [("补贴/发放:汇总*表?", "补贴 发放 汇总 表"), ("长" * 40, "长" * 31), ("[]", "Sheet1")]
)
def test_a_title_becomes_a_name_that_a_sheet_may_have(title, name):
    assert sheet_name(title) == name
