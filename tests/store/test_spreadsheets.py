import io
import zipfile
from datetime import date, time, timedelta

import openpyxl
import pytest
import xlsxwriter

from redproperty.domain.cells import ColumnSpec, Kind, parse_row
from redproperty.store.spreadsheets import LONGEST_FILE, MOST_ROWS, address, name_problem, read_sheet

COLUMNS = [
    ColumnSpec("code", ("小区编码", "Estate code"), Kind.CODE, required=True),
    ColumnSpec("name", ("小区名称", "Estate"), required=True),
    ColumnSpec("households", ("户数", "Households"), Kind.WHOLE),
    ColumnSpec("area", ("建筑面积(㎡)", "Floor area (m2)"), Kind.DECIMAL),
    ColumnSpec("since", ("登记日期", "Registered on"), Kind.DATE),
]


def xlsx(*rows: tuple[object, ...], sheet: str = "小区") -> bytes:
    stream = io.BytesIO()
    book = openpyxl.Workbook()
    page = book.active
    page.title = sheet
    for row in rows:
        page.append(row)
    book.save(stream)
    return stream.getvalue()


def values(data: bytes) -> list[dict[str, object]]:
    read = read_sheet(data, COLUMNS)
    assert read.problems == ()
    return [parse_row(row, COLUMNS).values for row in read.rows]


def wording(data: bytes) -> str:
    (problem,) = read_sheet(data, COLUMNS).problems
    return problem.text.zh


PLAIN = {"code": "QX-0001", "name": "青石园", "households": 512, "area": 5_231_846, "since": date(2020, 3, 5)}


def test_a_sheet_as_offices_keep_them_is_read():
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        book.add_worksheet("填表说明").write("A1", "请勿修改表头")
        page = book.add_worksheet("数据")
        page.merge_range("B1:G1", "栖霞区小区登记表（2026年）", book.add_format())
        page.write_row("B3", ["户 数", "序号", "小区名称（必填）", "登记日期", "*小区编码", "建筑面积（㎡）"])
        page.write_row("B4", ["300", 0, "（示例）某小区", "2026-03-05", "QX-9999", 1])
        page.write_row("B6", ["５１２", 1, "\u3000青石园 "])
        page.write_datetime("E6", date(2020, 3, 5), book.add_format({"num_format": 'yyyy"年"m"月"d"日"'}))
        page.write_row("F6", ["ＱＸ-0001", "52,318.46"])
        page.write_row("B9", ["", 2, "银行小区", 43895, "QX-0002", 0.1])
        page.write_row("B10", ["合  计", "", "", "", "", 52318.56])
        page.write("B12", "注：面积以测绘为准。")
    read = read_sheet(stream.getvalue(), COLUMNS)
    assert (read.sheet, read.header_row) == ("数据", 3)
    assert [cell.text for cell in read.ignored] == ["序号"]
    assert read.skipped == (4, 10, 12)
    assert [row.number for row in read.rows] == [6, 9]
    assert read.rows[0].cells["households"].address == "B6"
    assert read.rows[1].cells["area"].address == "G9"
    assert [parse_row(row, COLUMNS).values for row in read.rows] == [
        PLAIN,
        {"code": "QX-0002", "name": "银行小区", "households": None, "area": 10, "since": date(2020, 3, 5)},
    ]


CSV = '小区名称,小区编码,户数,登记日期,建筑面积(㎡)\r\n青石园,QX-0001,512,2020/3/5,"52,318.46"\r\n'


@pytest.mark.parametrize(
    "data",
    [
        CSV.encode("utf-8-sig"),
        CSV.encode(),
        CSV.encode("gb18030"),
        CSV.replace(",512,", ",５１２,").encode("gb18030"),
        CSV.replace('"52,318.46"', "52318.46").replace(",", "\t").encode("utf-16"),
        CSV.replace('"52,318.46"', "52318.46").replace(",", ";").encode(),
        ("小区登记表\n\n" + CSV).encode(),
        ("小区登记表；2026;年\n\n" + CSV).encode(),
        b"Estate,estate code,HOUSEHOLDS,Registered on,Floor area (m2)\n" + CSV.split("\n")[1].encode(),
    ],
)
def test_csv_is_read_in_the_encodings_that_offices_use(data):
    assert values(data) == [PLAIN]


def test_rows_of_a_csv_keep_their_numbers_over_blank_lines():
    (row,) = read_sheet(("\n表\n" + CSV.replace("\r\n青", "\r\n\r\n青")).encode(), COLUMNS).rows
    assert (row.number, row.cells["code"].address) == (5, "B5")


def test_a_row_may_be_shorter_than_the_header():
    (row,) = read_sheet("小区编码,小区名称,户数\nQX-0001,青石园\n".encode(), COLUMNS).rows
    assert row.cells["households"].blank


def test_a_group_of_columns_may_have_a_title_above_theirs():
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        page = book.add_worksheet()
        page.merge_range("A1:E1", "小区台账", book.add_format())
        page.merge_range("A2:A3", "小区编码", book.add_format())
        page.merge_range("B2:B3", "小区名称", book.add_format())
        page.merge_range("C2:D2", "规模", book.add_format())
        page.write_row("C3", ["户数", "建筑面积\n（㎡）"])
        page.write_row("A4", ["QX-1", "青石园", 512, 3])
    read = read_sheet(stream.getvalue(), COLUMNS)
    assert (read.header_row, [cell.text for cell in read.ignored]) == (3, [])
    assert [parse_row(row, COLUMNS).values["households"] for row in read.rows] == [512]
    assert read.rows[0].cells["area"].address == "D4"


def test_a_row_with_nothing_in_our_columns_is_passed_over_and_told():
    data = xlsx(("序号", "小区编码", "小区名称"), (1, "QX-1", "青石园"), (2, None, None), (3, None, None))
    assert read_sheet(data, COLUMNS).skipped == (3, 4)


def test_a_note_in_the_middle_or_a_name_like_a_note_is_data():
    data = xlsx(("小区编码", "小区名称"), ("QX-1", "注园"), ("", "说明不全"), ("QX-2", "青石园"))
    assert [row.number for row in read_sheet(data, COLUMNS).rows] == [2, 3, 4]


@pytest.mark.parametrize(
    ("data", "zh"),
    [
        (b"", "文件是空的"),
        (b"  \n", "文件是空的"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 600, "这是旧版 .xls，请另存为 .xlsx 或 .csv"),
        (
            b"\xd0\xcf\x11\xe0" + b"x" * 600 + "EncryptedPackage".encode("utf-16-le"),
            "这个工作簿设了打开密码，请去掉密码另存后再导入",
        ),
        (b"PK\x03\x04 nothing of the kind", "文件已损坏或不是 .xlsx、.csv"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00", "文件已损坏或不是 .xlsx、.csv"),
        (xlsx(("小区编码", "小区名称"), ("QX-1", "青石园"))[:-700], "文件已损坏或不是 .xlsx、.csv"),
        (b"x" * (LONGEST_FILE + 1), "文件超过 10 MB，请拆分后再导入"),
        (xlsx(("甲", "乙"), (1, 2)), "没有找到表头；应有这些列：小区编码、小区名称、户数、建筑面积(㎡)、登记日期"),
        (xlsx(("小区编码", "户数"), ("QX-1", 2)), "缺少“小区名称”列"),
        (
            xlsx(("小区编码", "户数", "小区的名称"), ("QX-1", 2, "青石园")),
            "缺少“小区名称”列；C1“小区的名称”是不是它？",
        ),
        (xlsx(("小区编码", "小区名称", "户数", "户 数"), ("QX-1", "青石园", 2, 3)), "D1：“户数”列重复，已有 C1"),
        (xlsx(("小区编码", "小区名称"), ("", "")), "表头下面没有数据"),
    ],
)
def test_a_file_that_cannot_be_taken_has_one_clear_problem(data, zh):
    assert wording(data) == zh
    assert read_sheet(data, COLUMNS).rows == ()


def test_a_formula_that_came_to_nothing_is_not_taken_for_a_blank():
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        page = book.add_worksheet()
        page.write_row("A1", ["小区编码", "小区名称", "户数", "建筑面积(㎡)", "登记日期"])
        page.write_row("A2", ["QX-1", "青石园"])
        page.write_formula("C2", "=1/0", None, "#DIV/0!")
        page.write_formula("D2", "=2+1", None, 3)
        page.write_formula("E2", "=NA()", None, "")  # written by a program, never worked out
        page.write_formula("B3", '=""', None, "")
        page.write_formula("B4", "=A2", None, "QX-1")
        page.write_row("A5", ["QX-5", "尧化", 1])  # a drop-down after the last cell is no formula of it
        page.data_validation("C5", {"validate": "list", "source": "=$A$1:$A$2"})
    [first, *_, last] = read_sheet(stream.getvalue(), COLUMNS).rows
    assert parse_row(last, COLUMNS).problems == ()
    parsed = parse_row(first, COLUMNS)
    assert [(problem.field, problem.text.zh[:9]) for problem in parsed.problems] == [
        ("C2", "公式没有算出结果（"),
        ("E2", "公式没有算出结果（"),
    ]
    assert parsed.values["area"] == 300


def test_two_sheets_with_data_are_not_guessed_between_and_one_without_does_not_matter():
    stream, book = io.BytesIO(), openpyxl.Workbook()
    for name, rows in (("一季度", [("QX-1", "甲")]), ("空表", []), ("二季度", [("QX-2", "乙")])):
        page = book.create_sheet(name)
        for row in [("小区编码", "小区名称"), *rows]:
            page.append(row)
    book.save(stream)
    assert wording(stream.getvalue()) == "这些工作表都有表头和数据：一季度、二季度；一次导入一张，请删去其余的"
    del book["二季度"]
    book.move_sheet("空表", -2)
    stream = io.BytesIO()
    book.save(stream)
    assert read_sheet(stream.getvalue(), COLUMNS).sheet == "一季度"


@pytest.mark.parametrize("name", ["小区.xls", "小区.docx", "小区", "小区.et", "xlsx"])
def test_a_file_of_another_kind_is_told_by_its_name(name):
    text = name_problem(name, xlsx(("小区编码", "小区名称")))
    assert text is not None
    assert "只能导入 .xlsx 或 .csv" in text.zh


@pytest.mark.parametrize("name", ["小区.xlsx", "小区.CSV", "a.b.XLSX"])
def test_a_workbook_or_csv_may_be_called_anything(name):
    assert name_problem(name, xlsx(("小区编码", "小区名称"))) is None


def test_a_workbook_in_name_only_is_damaged():
    text = name_problem("小区.xlsx", b"%PDF-1.7")
    assert text is not None
    assert text.zh == "文件已损坏或不是 .xlsx、.csv"


def test_the_row_as_it_came_is_kept_with_what_nobody_asked_for():
    (row,) = read_sheet(xlsx(("序号", "小区编码", "小区名称"), (1, "QX-1", "青石园")), COLUMNS).rows
    assert row.whole == (1, "QX-1", "青石园")


def test_a_workbook_without_sheets_of_its_own_is_damaged():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
    assert wording(stream.getvalue()) == "文件已损坏或不是 .xlsx、.csv"


def test_one_cell_in_the_farthest_corner_does_not_fill_the_memory():
    for cell in ("XFD1048576", "A1048576", "XFD1"):
        stream = io.BytesIO()
        with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
            page = book.add_worksheet()
            page.write_row("A1", ["小区编码", "小区名称"])
            page.write(cell, "x")
        assert "20000 行或 256 列" in wording(stream.getvalue())


def test_a_format_without_content_far_below_is_no_row():
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        page = book.add_worksheet()
        page.write_row("A1", ["小区编码", "小区名称"])
        page.write_row("A2", ["QX-1", "青石园"])
        page.write_blank("A1048576", None, book.add_format({"bold": True}))
    assert [row.number for row in read_sheet(stream.getvalue(), COLUMNS).rows] == [2]


def test_a_file_that_unpacks_into_too_much_is_refused():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * (101 * 1024 * 1024))
    assert len(stream.getvalue()) < LONGEST_FILE
    assert wording(stream.getvalue()) == "文件超过 10 MB，请拆分后再导入"


def test_more_rows_than_we_take_are_refused_in_csv_too():
    for too_many in (1, 100):
        data = "小区编码,小区名称\n" + "QX-1,青石园\n" * (MOST_ROWS + too_many)
        assert "20000 行" in wording(data.encode())


def test_a_field_without_end_is_refused():
    assert wording(f'小区编码,小区名称\nQX-1,"{"长" * 200_000}'.encode()) == "文件已损坏或不是 .xlsx、.csv"


def _with_sheet(change) -> bytes:
    """Return a small workbook whose sheet has been rewritten by hand."""
    stream, plain = io.BytesIO(), xlsx(("小区编码", "小区名称"), ("QX-1", "青石园"))
    with zipfile.ZipFile(io.BytesIO(plain)) as old, zipfile.ZipFile(stream, "w") as new:
        for part in old.namelist():
            content = old.read(part)
            new.writestr(part, change(content) if part == "xl/worksheets/sheet1.xml" else content)
        new.writestr("xl/media/image1.png", b"\x89PNG <c> by chance")
    return stream.getvalue()


def test_a_picture_in_the_file_does_no_harm():
    assert [row.number for row in read_sheet(_with_sheet(bytes), COLUMNS).rows] == [2]


def test_a_sheet_whose_cells_have_no_address_is_to_be_saved_again():
    assert "另存一次" in wording(_with_sheet(lambda sheet: sheet.replace(b' r="B2"', b"")))


def test_times_in_columns_that_nobody_asked_for_do_no_harm():
    data = xlsx(
        ("小区编码", "小区名称", "巡查时间"), ("QX-1", "青石园", time(9, 30)), ("QX-2", "尧化门", timedelta(hours=30))
    )
    assert [row.number for row in read_sheet(data, COLUMNS).rows] == [2, 3]


@pytest.mark.parametrize(
    ("row", "column", "name"), [(1, 0, "A1"), (7, 25, "Z7"), (7, 26, "AA7"), (1, 701, "ZZ1"), (1, 702, "AAA1")]
)
def test_cells_are_named_as_excel_names_them(row, column, name):
    assert address(row, column) == name
