"""Import templates, opened again."""

from io import BytesIO

import openpyxl
import pytest

from redproperty.domain.cells import ColumnSpec, Kind
from redproperty.domain.texts import Text
from redproperty.exports.templates import TemplateColumn, template, template_column, template_csv

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
    assert [cell.value for cell in book.worksheets[0][3]] == ["（示例）QX-0001", "商品房"]


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


def test_an_importers_column_becomes_a_column_to_fill_in():
    kinds = {"old": Text("老旧小区", "old estate"), "commodity": Text("商品房", "commodity housing")}
    spec = ColumnSpec("t", ("小区类型", "类型", "Type"), Kind.CHOICE, required=True, choices=kinds, example="商品房")
    column = template_column(spec, "en")
    assert (column.title, column.example, column.required) == (Text("小区类型", "Type"), "commodity housing", True)
    assert [choice.en for choice in column.choices] == ["old estate", "commodity housing"]
    flag = template_column(ColumnSpec("g", ("封闭",), Kind.FLAG, example="是"), "en")
    assert (flag.example, [choice.en for choice in flag.choices]) == ("yes", ["yes", "no"])


def test_the_same_template_as_csv():
    lines = template_csv(TITLE, COLUMNS, "zh").decode("utf-8-sig").splitlines()
    assert lines == ["小区编码,小区类型", "（示例）QX-0001,商品房"]
