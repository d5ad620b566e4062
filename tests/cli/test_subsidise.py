"""`redproperty subsidise`: the sheet without a browser; a dry run where no document and budget item are given."""

import asyncio
import shutil
from io import BytesIO

import openpyxl
import pytest

import district
import paying
from paying import LINES, TOTAL, WORDS
from redproperty.store.engine import engine_for, opened
from redproperty.store.schema import bind, migrate
from redproperty.store.tables import AuditEntry, SubsidyRun

NAMED = ("--document", paying.DOCUMENT, "--item", paying.ITEM)


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A record on disk whose stars are published."""
    place = tmp_path_factory.mktemp("published") / "record.sqlite3"

    async def build():
        async with opened(engine_for(str(place))) as engine:
            bind(engine)
            await migrate(engine)
            await district.build()
            await paying.rate()

    asyncio.run(build())
    return place


@pytest.fixture
def record(published, place, in_record):
    """A copy of it as the record of the environment; `record(work)` looks into it."""
    shutil.copyfile(published, place)
    return in_record


def sheet(path):
    return openpyxl.load_workbook(BytesIO(path.read_bytes())).active


def cells(path):
    return [cell for row in sheet(path).iter_rows(values_only=True) for cell in row if cell is not None]


def paid(path):
    """Return the paid column under its heading, sums included."""
    rows = list(sheet(path).iter_rows(values_only=True))
    top = next(index for index, row in enumerate(rows) if row[0] == "序号")
    column = rows[top].index("实发金额")
    return [row[column] for row in rows[top + 1 :] if row[column] is not None]


async def runs():
    return await SubsidyRun.select()


def test_a_run_is_drafted_and_its_sheet_written(record, run, tmp_path):
    out = tmp_path / "run.xlsx"
    said = run("subsidise", "2026Q3", "--budget", "100,000", "--out", str(out), *NAMED)
    assert said.code == 0, said.err
    for text in ("BT-2026Q3-01：6 行", f"实发\t{TOTAL}", WORDS, str(out), "等财务审核批准"):
        assert text in said.out
    assert paid(out) == [line[5] for line in LINES] + [77963.43]
    ((number, state, document),) = [(r["number"], r["state"], r["document_number"]) for r in record(runs)]
    assert (number, state, document) == ("BT-2026Q3-01", "draft", paying.DOCUMENT)


def test_without_a_document_it_is_a_dry_run_that_says_so(record, run, tmp_path):
    out = tmp_path / "dry.xlsx"
    said = run("subsidise", "2026Q3", "--budget", "50000", "--out", str(out))
    assert said.code == 0, said.err
    for text in ("试算，没有编制", "实发\t50,000.00", "人民币伍万元整", "--document"):
        assert text in said.out
    assert "试算，无批次号" in cells(out)
    assert any("试算，未编制" in str(cell) for cell in cells(out))
    assert paid(out)[-1] == 50000
    assert record(runs) == []

    async def drafts():
        return await AuditEntry.count().where(AuditEntry.deed == "draft_run")

    assert record(drafts) == 0


def test_the_summary_is_in_english_too(record, run, tmp_path):
    out = tmp_path / "dry.xlsx"
    said = run("--lang", "en", "subsidise", "2026Q3", "--budget", "100000", "--out", str(out))
    assert "dry run, nothing drafted: 6 lines" in said.out
    assert f"paid\t{TOTAL}" in said.out
    assert "dry run, no number" in cells(out)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["2026Q3", "--budget", "lots"], "不是金额"),
        (["2026Q9", "--budget", "1"], "不是考核期"),
        (["2026Q1", "--budget", "1"], "的星级还没有发布"),
        (["2026Q3", "--budget", "1", "--document", "文号"], "请填写预算项目"),
        (["2026Q3", "--budget", "1", "--as", "checker", *NAMED], "不能编制补贴表"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_written(record, run, tmp_path, words, why):
    out = tmp_path / "none.xlsx"
    said = run("subsidise", *words, "--out", str(out))
    assert said.code == 1
    assert why in said.err
    assert not out.exists()
    assert record(runs) == []


def test_a_folder_that_is_not_there_is_said_before_anything_is_drafted(record, run, tmp_path):
    said = run("subsidise", "2026Q3", "--budget", "1", "--out", str(tmp_path / "nowhere" / "run.xlsx"), *NAMED)
    assert said.code == 1
    assert "没有文件夹" in said.err
    assert record(runs) == []
