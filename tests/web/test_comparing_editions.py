"""Everybody who reads the rules sees what an edition changes, marked word by word, on screen, paper and as a file."""

import csv
import io

import openpyxl
import pytest

from amending import NEXT, REFORM, lay
from redproperty.settings import Settings


@pytest.fixture
def settings(database: str, tmp_path) -> Settings:
    """The settings of an installation with two editions."""
    lay(tmp_path / "rules", cases=False)
    lay(tmp_path / "rules", NEXT, *REFORM, cases=False)
    return Settings(database=database, rules=tmp_path / "rules")


async def test_the_changes_stand_beside_each_other_with_the_words_marked(signed_in):
    client = await signed_in("inspector.xl")
    page = await client.get(f"/rules/{NEXT}/changes")
    assert page.status_code == 200
    for part in (
        "考核项：新增 0、删去 0、修改 1；其他条文：新增 0、删去 0、修改 4",
        "每项扣 <del>0.5</del> 分，扣完为止",
        "每项扣 <ins>1</ins> 分，扣完为止",
        "综合得分 ≥<del>90</del>",
        "综合得分 ≥<ins>92</ins>",
        "categories.JC.items.JC-01.shape.step",
    ):
        assert part in page.text, part


async def test_the_page_of_an_edition_leads_to_its_changes(signed_in):
    assert f'href="/rules/{NEXT}/changes"' in (await (await signed_in("company1")).get(f"/rules/{NEXT}")).text


async def test_the_other_way_round_is_asked_for_by_address(signed_in):
    client = await signed_in("district")
    page = await client.get("/rules/2026-01-01/changes", params={"against": NEXT})
    assert "每项扣 <del>1</del> 分" in page.text
    assert (await client.get(f"/rules/{NEXT}/changes?against=2020-01-01")).status_code == 404
    assert (await client.get("/rules/2020-01-01/changes")).status_code == 404


async def test_an_edition_is_compared_with_the_one_in_force_before_it_not_with_a_draft(signed_in, tmp_path):
    lay(tmp_path / "rules", "2026-07-01", ("pack.yaml", "status: in_force", "status: draft"), cases=False)
    client = await signed_in("district")
    await client.get("/rules")  # reads the new folder
    assert "2026-01-01 至 2027-01-01" in (await client.get(f"/rules/{NEXT}/changes")).text
    assert "2026-01-01 至 2026-07-01" in (await client.get("/rules/2026-07-01/changes")).text


async def test_english_has_no_chinese_words_of_ours(signed_in):
    client = await signed_in("district")
    client.cookies.set("lang", "en")
    page = (await client.get(f"/rules/{NEXT}/changes")).text
    assert "<del>0.5</del> off for each of the missing documents" in page
    assert "How it is scored" in page


async def test_the_changes_can_be_taken_along(signed_in):
    client = await signed_in("district")
    answer = await client.get(f"/rules/{NEXT}/changes.csv", params={"against": "2026-01-01"})
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0] == ["部分", "代码", "名称", "变动", "内容", "原规定", "新规定"]
    assert ["评分表", "JC-01", "制度与应急预案", "修改", "整改天数", "15", "10"] in rows
    answer = await client.get(f"/rules/{NEXT}/changes.xlsx", params={"against": "2026-01-01"})
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert sheet["A1"].value == "规则变化 2026-01-01 至 2027-01-01"


async def test_a_first_edition_has_nothing_to_be_compared_with(signed_in, app):
    app.state.editions = type(app.state.editions)(app.state.editions.all[:1])
    page = await (await signed_in("district")).get("/rules/2026-01-01/changes")
    assert "只有这一个可读的版本" in page.text
