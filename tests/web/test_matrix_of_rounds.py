"""The matrix street × round: every inspection counted once, every figure leads to its list, which can be exported."""

import csv
import io
import re
from urllib.parse import parse_qs, urlsplit

import msgspec
import openpyxl
import pytest

import district
import inspecting
from inspecting import PACKS
from redproperty.actions import inspections as actions
from redproperty.actions import reviews
from redproperty.actions.inspections import Entry
from redproperty.store.tables import AuditEntry, Round


@pytest.fixture
async def ids(app):
    """In 2026Q4: 紫金花苑 late (round 1); 青石园 handed in, 无主巷 begun, 燕江里 not started (round 2)."""
    found = await inspecting.plan()
    who = await district.actor("inspector.xl")
    await inspecting.fill(who, found["open"])
    await actions.submit(who, found["open"], packs=PACKS, at=district.NOW)
    await actions.save_answer(who, found["unmanaged"], "BJ-01", Entry("clean"), packs=PACKS, at=district.NOW)
    return found


def cells(page: str) -> list[list[str]]:
    """Return the matrix as rows of what stands in it, without tags."""
    table = re.search(r'<table class="matrix">.*?</table>', page, re.DOTALL)[0]
    rows = re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)[1:]
    plain = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in rows]
    return [[" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in row] for row in plain]


def listed(page: str) -> list[str]:
    return re.findall(r'<td><a href="/inspections/\d+">([^<]+)</a>', page)


async def test_every_inspection_is_counted_once_by_street_and_round(signed_in, ids):
    page = (await (await signed_in("district")).get("/inspections")).text
    assert cells(page) == [
        ["马群街道", "—", "0 / 1 未开始 1", "0 / 1 未开始 1"],
        ["仙林街道", "0 / 1 逾期 1", "0 / 2 待审 1 录入中 1", "0 / 3 待审 1 逾期 1 录入中 1"],
        ["合计", "0 / 1 逾期 1", "0 / 3 待审 1 录入中 1 未开始 1", "0 / 4 待审 1 逾期 1 录入中 1 未开始 1"],
    ]


async def test_what_is_reviewed_is_done_or_returned(signed_in, ids):
    reviewer = await district.actor("reviewer.xl")
    await reviews.accept(reviewer, ids["open"], remark="", packs=PACKS, at=district.NOW)
    client = await signed_in("reviewer.xl")
    assert cells((await client.get("/inspections")).text)[0][2] == "1 / 2 录入中 1"
    await reviews.give_back(reviewer, ids["open"], remark="请改", items={}, packs=PACKS, at=district.NOW)
    assert cells((await client.get("/inspections")).text)[0][2] == "0 / 2 退回 1 录入中 1"


async def test_every_figure_leads_to_exactly_its_inspections(signed_in, ids):
    client = await signed_in("district")
    page = (await client.get("/inspections")).text
    matrix = page[page.index('class="matrix"') : page.index('id="list"')].replace("&amp;", "&")
    links = re.findall(r'href="(/inspections\?[^"]+)#list"[^>]*>(?:<span><b>\d+</b> / (\d+)|(?:\S+) (\d+)<)', matrix)
    assert len(links) == 24  # 2 + 3 + 3 cells with a total, 2 + 6 + 8 counts by standing
    for href, total, count in links:
        found = listed((await client.get(href)).text)
        assert len(found) == int(total or count), href


async def test_the_address_narrows_the_list_and_says_so(signed_in, ids):
    client = await signed_in("district")
    page = (await client.get(f"/inspections?street={district.XIANLIN}&round=2&state=waiting")).text
    assert listed(page) == ["青石园"]
    assert "1 次检查" in page
    assert f'<option value="{district.XIANLIN}" selected>' in page
    assert listed((await client.get("/inspections?estate=QX-0003")).text) == ["燕江里"]
    assert listed((await client.get("/inspections?estate=紫金")).text) == ["紫金花苑"]
    assert "没有符合条件的检查" in (await client.get("/inspections?estate=无此小区")).text
    assert listed((await client.get("/inspections?period=2026Q3")).text) == ["青石园"]


async def test_a_street_sees_its_own_only(signed_in, ids):
    client = await signed_in("inspector.mq")
    page = (await client.get("/inspections")).text
    assert cells(page) == [["马群街道", "—", "0 / 1 未开始 1", "0 / 1 未开始 1"]]
    assert listed((await client.get(f"/inspections?street={district.XIANLIN}")).text) == []
    assert "青石园" not in (await client.get(f"/inspections.csv?street={district.XIANLIN}")).text


async def test_what_is_exported_is_what_is_seen(signed_in, ids):
    client = await signed_in("district")
    page = (await client.get("/inspections?round=2")).text
    href = re.search(r'href="(/inspections\.csv[^"]*)"', page)[1].replace("&amp;", "&")
    assert parse_qs(urlsplit(href).query) == {"period": ["2026Q4"], "round": ["2"]}
    answer = await client.get(href)
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    head = next(index for index, row in enumerate(rows) if row[0] == "小区编码")
    assert rows[head][:7] == ["小区编码", "小区", "街道", "考核期", "轮次", "状态", "检查员"]
    body = [row[:7] for row in rows[head + 1 :]]
    assert body == [
        ["QX-0001", "青石园", "仙林街道", "2026Q4", "第二轮", "待审", "李巡"],
        ["QX-0005", "无主巷", "仙林街道", "2026Q4", "第二轮", "录入中", "李巡"],
        ["QX-0003", "燕江里", "马群街道", "2026Q4", "第二轮", "未开始", "马查"],
    ]
    entry = await AuditEntry.select().where(AuditEntry.deed == "export").first()
    assert entry["subject"] == "inspections"
    assert msgspec.json.decode(entry["details"]) == {"filter": "period=2026Q4&round=2", "rows": 3, "format": "csv"}


async def test_the_workbook_holds_the_same_with_the_score_as_a_number(signed_in, ids):
    answer = await (await signed_in("reviewer.xl")).get("/inspections.xlsx?state=waiting")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    head = next(index for index, row in enumerate(rows) if row[0] == "小区编码")
    body = rows[head + 1]
    assert (body[0], body[5], body[rows[head].index("得分")]) == ("QX-0001", "待审", 100)
    assert all(row[0] is None for row in rows[head + 2 :])


async def test_a_period_that_is_none_is_refused_and_one_without_rounds_says_so(signed_in, ids):
    client = await signed_in("district")
    assert (await client.get("/inspections?period=soon")).status_code == 422
    assert "还没有开启检查轮次" in (await client.get("/inspections?period=2025Q1")).text


async def test_only_the_district_is_offered_a_new_round(signed_in, ids):
    assert "/rounds/new" in (await (await signed_in("district")).get("/inspections")).text
    assert "/rounds/new" not in (await (await signed_in("reviewer.xl")).get("/inspections")).text


async def test_the_page_is_in_english_too(signed_in, ids):
    client = await signed_in("district")
    await client.get("/language?to=en&back=/inspections")
    page = (await client.get("/inspections")).text
    assert "Progress of inspections" in page
    assert "waiting for review 1" in page


async def test_a_void_round_asks_nothing_of_anybody(signed_in, ids):
    await Round.update({Round.void_reason: "暴雨停检"}).where(Round.period == "2026Q4", Round.number == 1)
    page = (await (await signed_in("district")).get("/inspections")).text
    assert cells(page)[1] == ["仙林街道", "—", "0 / 2 待审 1 录入中 1", "0 / 2 待审 1 录入中 1"]
