"""A file is uploaded, looked at row by row, confirmed or dropped; what was refused goes back to be mended."""

import re
from datetime import timedelta
from io import BytesIO

import msgspec
import openpyxl
import pytest

import district
import inspecting
from filling import filled, workbook
from redproperty.app import create_app
from redproperty.store.tables import AuditEntry, Estate, Fact, Upload

HEAD = ("小区编码", "小区名称", "户数")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


async def upload(client, kind: str, content: bytes, name: str = "小区.xlsx"):
    """Upload as a browser does and follow to the page that comes."""
    response = await client.post(f"/imports/{kind}", files={kind: (name, content, XLSX)})
    return response if response.status_code != 303 else await client.get(response.headers["location"])


def seen(page) -> str:
    found = re.search(r'name="seen" value="(\w{64})"', page.text)
    assert found is not None
    return found[1]


async def confirm(client, page):
    response = await client.post(page.url.path, data={"seen": seen(page)})
    assert response.status_code == 303
    return await client.get(response.headers["location"])


async def households(code: str = "QX-0001") -> int:
    row = await Estate.select(Estate.households).where(Estate.code == code).first()
    assert row is not None
    return row["households"]


def plain(text: str) -> str:
    """Return the words of a page."""
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


async def test_a_file_is_previewed_and_only_confirming_writes_it(signed_in):
    client = await signed_in("district")
    page = await upload(client, "estates", workbook(HEAD, ("QX-0001", None, 500), ("QX-0003", None, 610)))
    assert page.status_code == 200
    words = plain(page.text)
    for told in ("还没有写入", "户数 480 → 500", "QX-0001 青石园", "修改 1", "未变 1", "未通过 0"):
        assert told in words, told
    assert (await households(), await AuditEntry.count().where(AuditEntry.deed == "import_estates")) == (480, 0)
    after = await confirm(client, page)
    assert "“小区.xlsx”已写入：新增 0，修改 1，未变 1。" in after.text
    assert (await households(), await Upload.count()) == (500, 0)
    [entry] = await AuditEntry.select(AuditEntry.subject, AuditEntry.details).where(AuditEntry.deed == "import_estates")
    details = msgspec.json.decode(entry["details"])
    assert (entry["subject"], details["changed"], details["unchanged"]) == ("import:estates", 1, 1)
    assert details["sha256"] == page.url.path.rsplit("/", 1)[1]


async def test_the_page_says_beforehand_how_imports_go(signed_in):
    words = plain((await (await signed_in("district")).get("/imports")).text)
    for told in ("整份写入或整份不写", "同一份文件再导入一次，不会改变任何内容", "不超过 10 MB、20,000 行"):
        assert told in words, told


@pytest.mark.parametrize(
    ("login", "kinds"),
    [
        ("district", ["divisions", "estates", "companies", "scores", "facts"]),
        ("reviewer.xl", ["scores", "facts"]),
        ("inspector.xl", ["scores"]),
    ],
)
async def test_everybody_is_offered_what_they_may_import(signed_in, login, kinds):
    page = (await (await signed_in(login)).get("/imports")).text
    assert re.findall(r'action="/imports/(\w+)" enctype="multipart/form-data"', page) == kinds


async def test_finance_gets_no_page(signed_in):
    client = await signed_in("preparer")
    page = await client.get("/imports")
    assert page.status_code == 403
    assert 'href="/imports"' not in (await client.get("/subsidies")).text


async def test_a_refused_row_keeps_everything_out_and_comes_back_to_be_mended(signed_in):
    client = await signed_in("district")
    head = ("小区编码", "户数", "经办")
    page = await upload(client, "estates", workbook(head, ("QX-0001", 500, "甲"), ("QX-0003", "很多", "乙")))
    words = plain(page.text)
    assert "有 1 处未通过，整份没有写入" in words
    assert "B3 户数 “很多”不是整数" in words
    assert "没有用到的列 经办" in words
    assert 'name="seen"' not in page.text
    assert (await client.post(page.url.path, data={"seen": "0" * 64})).headers["location"] == page.url.path
    assert await households() == 480
    back = await client.get(f"{page.url.path}/refused.xlsx")
    theirs, cells = (book := openpyxl.load_workbook(BytesIO(back.content))).worksheets
    assert [[cell.value for cell in row] for row in theirs.iter_rows()] == [
        [*head, "未通过原因"],
        ["QX-0001", 500, "甲", None],
        ["QX-0003", "很多", "乙", "B3 户数：“很多”不是整数"],
    ]
    assert [[cell.value for cell in row] for row in cells.iter_rows(min_row=2)] == [
        ["单元格", "列", "填写内容", "原因"],
        ["B3", "户数", "很多", "“很多”不是整数"],
    ]
    theirs["B3"].value = 620
    mended = BytesIO()
    book.save(mended)
    await confirm(client, await upload(client, "estates", mended.getvalue()))
    assert (await households(), await households("QX-0003")) == (500, 620)


async def test_the_record_moved_between_preview_and_confirmation(signed_in):
    client = await signed_in("district")
    page = await upload(client, "estates", workbook(HEAD, ("QX-0001", None, 500)))
    await Estate.update({Estate.households: 490}).where(Estate.code == "QX-0001")
    again = await confirm(client, page)
    assert again.url.path == page.url.path
    words = plain(again.text)
    assert "预览之后记录有了变动" in words
    assert "户数 490 → 500" in words
    assert await households() == 490
    await confirm(client, again)
    assert await households() == 500


async def test_a_file_waits_for_its_own_person_over_a_restart_for_a_day(signed_in, app):
    client, other = await signed_in("district"), await signed_in("reviewer.xl")
    page = await upload(client, "facts", facts(("QX-0001", "居民满意度", 90, "2026-07-01", "调查")), "调查.xlsx")
    assert "调查.xlsx" in (await client.get("/imports")).text
    assert "调查.xlsx" not in (await other.get("/imports")).text
    for answer in (await other.get(page.url.path), await other.post(page.url.path, data={"seen": seen(page)})):
        assert answer.headers["location"] == "/imports"
    restarted = create_app(app.state.settings, clock=lambda: district.NOW + timedelta(hours=23))
    app.state.clock = restarted.state.clock
    assert await Upload.count() == 1
    app.state.clock = lambda: district.NOW + timedelta(days=1)
    client = await signed_in("district")
    gone = await client.get(page.url.path)
    assert gone.headers["location"] == "/imports"
    assert "等待超过一天" in (await client.get("/imports")).text
    await upload(client, "estates", workbook(HEAD, ("QX-0001", None, 500)))
    assert await Upload.count() == 1
    assert await Fact.count() == 0


async def test_a_new_upload_takes_the_place_of_the_one_before(signed_in):
    client = await signed_in("district")
    first = await upload(client, "estates", workbook(HEAD, ("QX-0001", None, 500)))
    second = await upload(client, "estates", workbook(HEAD, ("QX-0001", None, 501)))
    assert (await client.get(first.url.path)).headers["location"] == "/imports"
    await confirm(client, second)
    assert (await Upload.count(), await households()) == (0, 501)


async def test_a_file_can_be_dropped(signed_in):
    client = await signed_in("district")
    page = await upload(client, "estates", workbook(HEAD, ("QX-0001", None, 500)))
    await client.post(f"{page.url.path}/drop")
    assert "没有写入任何内容" in (await client.get("/imports")).text
    assert (await Upload.count(), await households()) == (0, 480)


async def test_the_same_file_twice_has_nothing_to_confirm(signed_in):
    client = await signed_in("district")
    content = workbook(HEAD, ("QX-0001", None, 500))
    await confirm(client, await upload(client, "estates", content))
    page = await upload(client, "estates", content)
    assert "文件与现有记录一致" in page.text
    assert 'name="seen"' not in page.text


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("小区.pdf", b"%PDF-1.7", "只能导入 .xlsx 或 .csv，这个文件是“.pdf”"),
        ("小区.xlsx", b"%PDF-1.7", "文件已损坏或不是 .xlsx、.csv"),
        ("小区.xlsx", b"", "文件是空的"),
        ("小区.xlsx", workbook(("编号", "名称"), ("QX-1", "甲")), "没有找到表头"),
        ("小区.csv", "小区名称,小区编号,户数\n甲,QX-1,2\n".encode("gbk"), "缺少“小区编码”列；B1“小区编号”是不是它？"),
    ],
)
async def test_a_file_that_cannot_be_read_is_refused_at_its_field(signed_in, name, content, told):
    page = await upload(await signed_in("district"), "estates", content, name)
    assert page.status_code == 422
    assert told in page.text
    assert 'href="#f-estates"' in page.text
    assert f"“{name}”：" in page.text
    assert await Upload.count() == 0


async def test_no_file_at_all_is_said(signed_in):
    client = await signed_in("district")
    for sent in ({"files": {"estates": ("", b"", XLSX)}}, {"data": {"estates": "x"}}, {}):
        page = await client.post("/imports/estates", **sent)
        assert page.status_code == 422
        assert "请先选一个文件" in page.text


async def test_a_file_over_the_limit_is_refused_in_words(signed_in):
    client = await signed_in("district")
    page = await upload(client, "estates", b"x" * (11 * 1024 * 1024), "小区.csv")
    assert page.status_code == 413
    assert "太大" in page.text


async def test_a_template_is_downloaded_filled_in_and_taken(signed_in):
    await inspecting.plan()
    client = await signed_in("inspector.xl")
    blank = await client.get("/imports/scores/template.xlsx")
    assert blank.headers["content-type"] == XLSX
    row = {"小区编码": "QX-0001", "考核期": "2026Q4", "轮次": "2", "JC-01 制度与应急预案": "2"}
    page = await upload(client, "scores", filled(blank.content, row))
    assert "QX-0001 青石园 · 2026Q4 第 2 轮" in page.text
    assert "跳过的行" in page.text
    assert "新增 1" in plain((await confirm(client, page)).text)
    csv = await client.get("/imports/scores/template.csv")
    assert csv.content.startswith("\ufeff小区编码,考核期,轮次,JC-01 制度与应急预案,".encode())


async def test_a_preview_of_many_rows_comes_in_pages_and_whole_as_a_file(signed_in):
    client = await signed_in("district")
    head = (*HEAD, "社区代码", "小区类型", "评定组别", "建筑面积", "登记日期")
    rest = ("320113007001", "商品房", "前期物业", 1000, "2020-01-01")
    new = ((f"QX-9{n:03}", f"新苑{n}", 10, *rest) for n in range(250))
    page = await upload(client, "estates", workbook(head, ("QX-0001", None, 480), *new, ("QX-0003", None, "x")))
    assert page.text.count("<tr>") == 101
    assert page.text.index("QX-0003") < page.text.index("QX-9000")
    last = await client.get(f"{page.url.path}?number=3")
    assert last.text.count("<tr>") == 53
    only = await client.get(f"{page.url.path}?show=unchanged")
    assert only.text.count("<tr>") == 2
    table = openpyxl.load_workbook(BytesIO((await client.get(f"{page.url.path}/preview.xlsx")).content)).worksheets[0]
    assert [cell.value for cell in table[2]] == ["行", "对象", "处理结果", "改动或原因"]
    assert table.max_row == 254


async def test_it_is_all_there_in_english(signed_in):
    client = await signed_in("district")
    client.cookies.set("lang", "en")
    page = await upload(
        client, "estates", workbook(("Estate code", "Households"), ("QX-0001", 500), ("QX-0003", "many"))
    )
    words = plain(page.text.partition("<main")[2])
    for told in ("1 place is refused", "Households", "“many” is not a whole number", "Upload another", "Changed 1"):
        assert told in words, told


FACTS = ("小区编码", "事实", "数值", "起始日期", "来源")


def facts(*rows: tuple[object, ...]) -> bytes:
    return workbook(FACTS, *rows)


async def test_a_street_imports_no_fact_of_another_street(signed_in):
    client = await signed_in("reviewer.xl")
    page = await upload(client, "facts", facts(("QX-0003", "居民满意度", 90, "2026-07-01", "调查")))
    assert "没有编码为“QX-0003”的小区，或者它不在您的数据范围内" in page.text
    assert "燕江里" not in page.text
    assert (await client.post("/imports/estates", files={"estates": ("a.xlsx", b"", XLSX)})).status_code == 403
