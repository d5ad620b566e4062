"""Import templates and refusal files, opened again."""

from io import BytesIO

import openpyxl
import pytest

from redproperty.domain.texts import Text
from redproperty.exports.delimited import csv
from redproperty.exports.templates import EXAMPLE_MARK, Refusal, TemplateColumn, refusals, template
from redproperty.exports.workbooks import xlsx

TITLE = Text("小区导入模板", "Estates to import")
COLUMNS = (
    TemplateColumn(Text("小区编码", "Code"), Text("不重复，以后不变", "unique"), "QX-0001", required=True),
    TemplateColumn(
        Text("小区类型", "Type"),
        Text("五选一", "one of five"),
        "商品房",
        tuple(Text(f"类型{i}" * 20, "x") for i in range(9)),
    ),
)


@pytest.fixture(scope="module")
def book():
    return openpyxl.load_workbook(BytesIO(template(TITLE, COLUMNS, "zh")))


def test_headings_stand_below_a_merged_title_with_notes(book):
    sheet = book.worksheets[0]
    assert [str(merged) for merged in sheet.merged_cells.ranges] == ["A1:B1"]
    assert [cell.value for cell in sheet[2]] == ["小区编码", "小区类型"]
    assert sheet["A2"].comment.text == "必填\n不重复，以后不变"
    assert sheet["B2"].comment.text == "可空\n五选一"
    assert sheet["A2"].font.color.rgb == "FFC00000"
    assert sheet.freeze_panes == "A3"


def test_the_example_row_can_be_told_from_data(book):
    assert [cell.value for cell in book.worksheets[0][3]] == [f"{EXAMPLE_MARK}QX-0001", "商品房"]


def test_closed_choices_drop_down_from_a_hidden_sheet(book):
    (rule,) = book.worksheets[0].data_validations.dataValidation
    assert (rule.type, str(rule.sqref), rule.formula1) == ("list", "B4:B2003", "'选项'!$B$1:$B$9")
    assert book["选项"].sheet_state == "hidden"
    assert book["选项"]["B9"].value == "类型8" * 20


def test_cells_keep_their_zeros_because_columns_are_text(book):
    assert book.worksheets[0].column_dimensions["A"].number_format == "@"


def test_the_notes_say_each_column(book):
    assert [cell.value for cell in book["填写说明"][2]][:3] == ["小区编码", "必填", "不重复，以后不变"]


def test_the_same_template_gives_the_same_bytes():
    assert template(TITLE, COLUMNS, "en") == template(TITLE, COLUMNS, "en")


def test_refused_cells_come_back_with_address_and_reason():
    table = refusals(
        [Refusal("B7", "建筑面积", "十二", Text("不是数", "no number")), Refusal("A9", "编码", "=1", Text("无", "no"))]
    )
    sheet = openpyxl.load_workbook(BytesIO(xlsx(table, "zh"))).worksheets[0]
    assert [cell.value for cell in sheet[3]] == ["B7", "建筑面积", "十二", "不是数"]
    assert csv(table, "en").decode("utf-8-sig").splitlines()[2] == "A9,编码,'=1,no"
