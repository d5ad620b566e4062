"""`redproperty import`: its summary, the refusals beside it and in a file, the exit code that a script looks at."""

from io import BytesIO

import openpyxl
import pytest

from filling import workbook
from redproperty.store.tables import AuditEntry, Estate, Upload

pytestmark = pytest.mark.usefixtures("small_district")

HEAD = ("小区编码", "户数", "建筑面积")


@pytest.fixture
def bring(run, tmp_path):
    def brought(*rows, kind="estates", name="小区.xlsx", more=()):
        (tmp_path / name).write_bytes(workbook(HEAD, *rows))
        return run("import", kind, str(tmp_path / name), *more)

    return brought


def households(in_record) -> int:
    return in_record(lambda: Estate.select(Estate.households).where(Estate.code == "QX-0001").first().run())[
        "households"
    ]


def test_a_file_is_written_and_the_same_again_changes_nothing(bring, in_record):
    assert bring(("QX-0001", 481, None)) == (0, "小区：新增 0，修改 1，未变 0，未通过 0；已写入\n", "")
    assert bring(("QX-0001", 481, None)) == (
        0,
        "小区：新增 0，修改 0，未变 1，未通过 0；与记录一致，没有要写入的\n",
        "",
    )
    assert households(in_record) == 481
    assert in_record(lambda: AuditEntry.count().where(AuditEntry.deed == "import_estates").run()) == 1
    assert in_record(lambda: Upload.count().run()) == 0


def test_a_check_writes_nothing(bring, in_record):
    said = bring(("QX-0001", 481, None), more=("--check",))
    assert (said.code, said.out) == (0, "小区：新增 0，修改 1，未变 0，未通过 0；只核对，没有写入\n")
    assert households(in_record) == 480


def test_refused_cells_are_named_and_come_back_in_a_file(bring, in_record, tmp_path):
    back = tmp_path / "back.xlsx"
    said = bring(("QX-0001", 481, None), ("QX-0003", "很多", 0), more=("--refused", str(back)))
    assert said.code == 1
    assert said.err == "B3 户数：“很多”不是整数\nC3 建筑面积(㎡)：“0”太小\n"
    assert said.out.endswith("小区：新增 0，修改 1，未变 0，未通过 1；整份没有写入\n")
    assert households(in_record) == 480
    theirs, cells = openpyxl.load_workbook(BytesIO(back.read_bytes())).worksheets
    assert [[cell.value for cell in row] for row in theirs.iter_rows()] == [
        [*HEAD, "未通过原因"],
        ["QX-0001", 481, None, None],
        ["QX-0003", "很多", 0, "B3 户数：“很多”不是整数\nC3 建筑面积(㎡)：“0”太小"],
    ]
    assert [cell.value for cell in cells[3]] == ["B3", "户数", "很多", "“很多”不是整数"]


def test_the_file_that_came_back_is_taken_once_mended(bring, run, in_record, tmp_path):
    back = tmp_path / "back.xlsx"
    bring(("QX-0001", "很多", None), more=("--refused", str(back)))
    book = openpyxl.load_workbook(back)
    book.worksheets[0]["B2"].value = "481"
    book.save(back)
    assert run("import", "estates", str(back)).code == 0
    assert households(in_record) == 481


def test_who_acts_can_be_named_and_may_not_do_everything(bring):
    assert bring(("QX-0001", 481, None), more=("--as", "nobody")).code == 1
    said = bring(("QX-0001", 481, None), more=("--as", "reviewer.xl"))
    assert said.code == 1
    assert "岗位权限表" in said.err


def test_a_file_of_another_kind_is_refused_in_the_readers_language(run, tmp_path):
    (tmp_path / "a.xls").write_bytes(b"whatever")
    said = run("--lang", "en", "import", "facts", str(tmp_path / "a.xls"))
    assert said.code == 1
    assert said.err.startswith("Only .xlsx or .csv can be imported, this file is “.xls”")
    assert run("import", "facts", str(tmp_path / "missing.xlsx")).code == 1
