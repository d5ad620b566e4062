"""What goes back to whoever brought a file, opened again."""

from datetime import datetime
from io import BytesIO

import openpyxl

from redproperty.domain.cells import Cell, Row
from redproperty.domain.imports import Change, ImportKind, ImportResult, ImportRow, Outcome, Refusal
from redproperty.domain.texts import Text
from redproperty.exports.delimited import csv
from redproperty.exports.returns import Sheet, outcomes, refusals, returned
from redproperty.exports.workbooks import xlsx

AREA, CODE = Text("建筑面积", "Floor area"), Text("编码", "Code")
WRONG = Refusal("C7", AREA, "十二", Text("不是数", "no number"))


def test_refused_cells_come_back_with_address_and_reason():
    table = refusals([WRONG, Refusal("A9", CODE, "=1", Text("无", "no"))])
    sheet = openpyxl.load_workbook(BytesIO(xlsx(table, "zh"))).worksheets[0]
    assert [cell.value for cell in sheet[3]] == ["C7", "建筑面积", "十二", "不是数"]
    assert csv(table, "en").decode("utf-8-sig").splitlines()[2] == "A9,Code,'=1,no"


def test_their_own_sheet_comes_back_with_every_cell_at_its_place_and_the_reason_at_the_end():
    account = 6222020200112233000.0  # Excel has lost its last digits: it must not come back as if it were whole
    rows = [
        Row(7, {"code": Cell("A7", "QX-1"), "area": Cell("C7", "十二")}, ("QX-1", account, "十二", "=1+1")),
        Row(9, {"code": Cell("A9", "QX-2")}, ("QX-2", None, datetime(2026, 3, 5), True)),  # noqa: DTZ001
    ]
    came = Sheet(5, ("编码", "账号", "建筑面积", "备注"), rows, {7: (WRONG,)})
    book = openpyxl.load_workbook(BytesIO(returned(came, (WRONG,), "zh")))
    sheet, cells = book.worksheets
    assert [cell.value for cell in sheet[5]] == ["编码", "账号", "建筑面积", "备注", "未通过原因"]
    assert [cell.value for cell in sheet[7]] == ["QX-1", account, "十二", "=1+1", "C7 建筑面积：不是数"]
    assert [cell.value for cell in sheet[9]] == ["QX-2", None, datetime(2026, 3, 5), True, None]  # noqa: DTZ001
    assert sheet["D7"].data_type == "s"
    assert (sheet["C7"].fill.fgColor.rgb, sheet["A7"].fill.fgColor.rgb) == ("FFFBECEB", "00000000")
    assert [cell.value for cell in cells[3]] == ["C7", "建筑面积", "十二", "不是数"]


def test_every_row_of_a_preview_is_told_in_the_readers_language():
    change = Change(Text("户数", "Households"), Text("480", "480"), Text("500", "500"))
    rows = (
        ImportRow(3, Text("QX-1 青石园", "QX-1 青石园"), Outcome.CHANGED, (change,)),
        ImportRow(7, Text("QX-2", "QX-2"), Outcome.REFUSED, refusals=(WRONG,)),
    )
    table = outcomes(ImportResult(ImportKind.ESTATES, "a.xlsx", rows=rows))
    assert next(table.records("zh")) == [3, "QX-1 青石园", "修改", "户数：480 → 500"]
    assert list(table.records("en"))[1] == [7, "QX-2", "Refused", "C7 Floor area: no number"]
