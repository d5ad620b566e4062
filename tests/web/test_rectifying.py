"""What has to be rectified: the company finds its own and reports, the street closes, the district sees the counts."""

import csv
import io
import re

import pytest

import district
import inspecting
from inspecting import PACKS
from pictures import jpeg
from redproperty.actions import inspections as actions
from redproperty.actions import reviews
from redproperty.actions.inspections import Entry
from redproperty.store import rectifications
from redproperty.store.tables import Rectification

FOUND = {"BJ-01": Entry("found", "2", "落叶未清", "3 号楼东侧"), "ZX-02": Entry("found", "1")}


@pytest.fixture
async def one(app):
    """Of 青石园, accepted today: BJ-01 (a day to cure) and ZX-02 (three days); the id of BJ-01."""
    ids = await inspecting.plan()
    who = await district.actor("inspector.xl")
    await inspecting.fill(who, ids["open"], FOUND)
    await actions.submit(who, ids["open"], packs=PACKS, at=district.NOW)
    reviewer = await district.actor("reviewer.xl")
    await reviews.accept(reviewer, ids["open"], remark="", packs=PACKS, at=district.NOW)
    return {row.item: row.id for row in await rectifications.of_inspection(ids["open"])}["BJ-01"]


def listed(page: str) -> list[str]:
    return re.findall(r'<a href="/rectifications/\d+"><span class="code">([\w-]+)</span>', page)


async def test_a_company_reports_and_the_street_closes(signed_in, one):
    company, street = await signed_in("company1"), await signed_in("inspector2.xl")
    page = (await company.get("/rectifications")).text
    assert listed(page) == ["BJ-01", "ZX-02"]
    assert "落叶未清 · 3 号楼东侧" in page
    assert "还剩 1 天" in page
    assert "报告已整改" in (await company.get(f"/rectifications/{one}")).text
    answer = await company.post(f"/rectifications/{one}/report", data={"words": "已清扫"})
    assert answer.headers["location"] == f"/rectifications/{one}"
    page = (await street.get(f"/rectifications/{one}")).text
    assert "已清扫" in page
    assert "退回重改" in page
    await street.post(f"/rectifications/{one}/decide", data={"decision": "send_back", "words": "还有落叶"})
    assert "还有落叶" in (await company.get(f"/rectifications/{one}")).text
    await company.post(f"/rectifications/{one}/report", data={"words": "再次清扫"})
    await street.post(f"/rectifications/{one}/decide", data={"decision": "close"})
    assert listed((await company.get("/rectifications")).text) == ["ZX-02"]
    assert listed((await company.get("/rectifications?state=closed")).text) == ["BJ-01"]


async def test_what_is_missing_is_said_at_its_field_and_what_was_typed_stays(signed_in, one):
    company, street = await signed_in("company1"), await signed_in("reviewer.xl")
    answer = await company.post(f"/rectifications/{one}/report", data={"words": " "})
    assert answer.status_code == 422
    assert 'href="#f-words"' in answer.text
    assert "请写明怎样整改的" in answer.text
    answer = await street.post(f"/rectifications/{one}/decide", data={"decision": "close", "words": "长" * 501})
    assert answer.status_code == 422
    assert "长" * 501 in answer.text


async def test_a_report_brings_pictures_that_the_street_sees_beside_the_finding(signed_in, one):
    company, street = await signed_in("company1"), await signed_in("reviewer.xl")
    files = [("photo", ("a.jpg", jpeg(1), "image/jpeg")), ("photo", ("b.jpg", jpeg(2), "image/jpeg"))]
    wrong = await company.post(
        f"/rectifications/{one}/report", data={"words": "已清扫"}, files={"photo": ("a.jpg", b"no")}
    )
    assert wrong.status_code == 422
    assert 'href="#f-photo"' in wrong.text
    assert "已清扫" in wrong.text
    answer = await company.post(f"/rectifications/{one}/report", data={"words": "已清扫"}, files=files)
    assert answer.status_code == 303
    page = (await street.get(f"/rectifications/{one}")).text
    pictures = re.findall(r'src="(/photos/\d+/small.jpg)" alt="整改后的照片"', page)
    assert len(pictures) == 2
    for client in (street, company):
        assert (await client.get(pictures[0])).headers["content-type"] == "image/jpeg"
    assert (await (await signed_in("company2")).get(pictures[0])).status_code == 404


async def test_another_company_and_another_street_find_nothing(signed_in, one):
    for login in ("company2", "reviewer.mq", "inspector.mq"):
        client = await signed_in(login)
        assert (await client.get(f"/rectifications/{one}")).status_code == 404
        assert listed((await client.get("/rectifications?state=all")).text) == []
        assert "青石园" not in (await client.get("/rectifications.csv?state=all")).text


async def test_the_address_narrows_the_list_and_the_file_holds_the_same(signed_in, one):
    await Rectification.raw("UPDATE rectification SET state = 'void'")
    await Rectification.raw("UPDATE rectification SET due_on = '2026-11-20' WHERE item = 'BJ-01'")
    await Rectification.raw("UPDATE rectification SET state = 'open'")
    client = await signed_in("reviewer.xl")
    page = (await client.get("/rectifications?state=overdue&community=320113007001")).text
    assert listed(page) == ["BJ-01"]
    assert "逾期 3 天" in page
    assert listed((await client.get("/rectifications?community=320113007002")).text) == []
    answer = await client.get("/rectifications.csv?state=overdue")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    head = next(index for index, row in enumerate(rows) if row[0] == "小区编码")
    [told] = [dict(zip(rows[head], row, strict=True)) for row in rows[head + 1 :]]
    assert (told["条款"], told["责任企业"], told["逾期"]) == ("BJ-01", "栖安物业服务有限公司", "逾期 3 天")
    assert told["发现的问题"].endswith("；落叶未清；3 号楼东侧")
    assert (await client.get("/rectifications.xlsx")).status_code == 200


async def test_the_district_sees_the_counts_by_street_and_does_nothing(signed_in, one):
    client = await signed_in("district")
    page = (await client.get("/rectifications")).text
    assert re.search(r"未销号 2</a>.*逾期 0</a>", page, re.DOTALL)
    assert (await client.post(f"/rectifications/{one}/decide", data={"decision": "close"})).status_code == 403


async def test_the_pages_are_in_english_too(signed_in, one):
    client = await signed_in("company1")
    await client.get("/language?to=en&back=/rectifications")
    assert "1 day left" in (await client.get("/rectifications")).text
    assert "Report as rectified" in (await client.get(f"/rectifications/{one}")).text
