"""Everybody who is signed in reads the rules: the editions, and one of them whole, each code with an address."""

import io
import re
import shutil
from html import unescape
from pathlib import Path

import openpyxl
import pytest

import district
import rated
from rated import Q2
from redproperty.actions import ratings
from redproperty.domain.provisions import provisions
from redproperty.settings import Settings, bundled
from redproperty.store.ratings import runs
from redproperty.web.editions import read

PACK = rated.the_pack()
WHOLE = sum(path.read_text().count("\n  - name: ") for path in (bundled("rules") / "2026-01-01/tests").glob("*.yaml"))


@pytest.mark.parametrize("login", ["inspector.xl", "company1", "auditor", "admin"])
async def test_every_post_finds_the_editions_and_how_they_stand(signed_in, login):
    page = await (await signed_in(login)).get("/rules")
    assert page.status_code == 200
    for part in (
        "2026-01-01",
        "栖霞区“红色物业”星级评定与效能补贴规则",
        "示例〔2026〕1号",
        "施行",
        f"{WHOLE} / {WHOLE}",
    ):
        assert part in page.text


async def test_the_page_of_an_edition_holds_every_item_and_rule_in_words(signed_in):
    client = await signed_in("inspector.xl")
    text = unescape((await client.get("/rules/2026-01-01")).text)
    for item in PACK.sheet.items:
        assert f'<tr id="{item.code}">' in text
        for said in (item.title, item.rule(), item.how_to_look, item.basis, *item.reasons):
            assert said.zh in text, item.code
    for provision in provisions(PACK):
        whole = provision.sentence if provision.head is None else provision.head
        for said in (whole, *(part for row in provision.rows for part in (row.when, row.gives))):
            assert said.zh.split("。")[0] in text, provision
    assert "只适用于：电梯台数高于 0，其余不计入满分" in text


async def test_the_page_is_english_where_english_is_asked_for(signed_in):
    client = await signed_in("inspector.xl")
    client.cookies.set("lang", "en")
    page = await client.get("/rules/2026-01-01")
    assert "1 off for each of the stoppages over 4 hours, until the item is used up" in page.text
    assert "Only where number of lifts &gt; 0; elsewhere left out" in page.text


async def test_the_score_sheet_is_taken_along_as_the_workbook_that_clerks_know(signed_in):
    client = await signed_in("company1")
    answer = await client.get("/rules/2026-01-01/sheet.xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert [cell.value for cell in sheet[2]][:6] == ["类别", "代码", "考核项目", "考核内容", "分值", "评分标准"]
    assert [cell.value for cell in sheet[3]][:3] == ["基础与合规（JC，12 分）", "JC-01", "制度与应急预案"]
    assert (await client.get("/rules/2020-01-01/sheet.xlsx")).status_code == 404


def test_every_code_of_an_edition_is_its_own():
    codes = [provision.code for provision in provisions(PACK) if provision.code]
    assert sorted(set(codes)) == sorted(codes)


@pytest.mark.parametrize("code", ["BJ-03", "V9", "Q1", "N2", "composite", "abandoned"])
async def test_a_code_has_an_address_that_leads_to_its_line(signed_in, code):
    client = await signed_in("inspector.xl")
    answer = await client.get(f"/rules/2026-01-01/{code}")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/rules/2026-01-01#{code}")
    assert f'id="{code}"' in (await client.get("/rules/2026-01-01")).text


@pytest.mark.parametrize("path", ["/rules/2025-01-01", "/rules/2026-01-01/BJ-33", "/rules/2025-01-01/BJ-03"])
async def test_what_is_not_there_is_not_found(signed_in, path):
    assert (await (await signed_in("district")).get(path)).status_code == 404


async def test_the_periods_rated_under_an_edition_are_named(signed_in):
    await rated.score(PACK)
    bureau = await district.actor("district")
    number = await ratings.close_period(bureau, [PACK], Q2, at=district.NOW)
    await ratings.publish(bureau, [PACK], number, at=district.NOW)
    page = await (await signed_in("district")).get("/rules")
    assert '<a href="/ratings/2026Q2">2026Q2</a>' in page.text
    page = await (await signed_in("admin")).get("/rules")
    assert "2026Q2" in page.text
    assert "/ratings/2026Q2" not in page.text  # a page that is closed to the post


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A rules folder: the usual edition with one wrong case, and one later that cannot be read."""
    root = tmp_path / "rules"
    for name, file, old, new in (
        ("2026-01-01", "tests/items.yaml", "score: 99.5", "score: 12"),
        ("2027-01-01", "sheet.yaml", "severity: normal", "severty: normal"),
    ):
        shutil.copytree(bundled("rules") / "2026-01-01", root / name)
        path = root / name / file
        path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
        about = root / name / "pack.yaml"
        about.write_text(about.read_text(encoding="utf-8").replace("2026-01-01\n", f"{name}\n"), encoding="utf-8")
    return root


@pytest.fixture
def settings(request: pytest.FixtureRequest, database: str) -> Settings:
    """The settings of the application: with the broken rules where a test asks for them."""
    if "broken" in request.fixturenames:
        return Settings(database=database, rules=request.getfixturevalue("broken"))
    return Settings(database=database)


async def test_an_edition_whose_cases_fail_is_shown_with_its_failures(broken, signed_in):
    page = await (await signed_in("district")).get("/rules")
    for part in (
        "停用",
        f"{WHOLE - 1} / {WHOLE}",
        "JC-01 缺一项",
        "score：应为 12，实为 99.5",
        "自带的案例有 1 个不符",
    ):
        assert part in page.text
    assert (await (await signed_in("district")).get("/rules/2026-01-01")).status_code == 200


async def test_an_edition_that_cannot_be_read_is_shown_with_its_problems(broken, signed_in):
    page = await (await signed_in("district")).get("/rules")
    assert "2027-01-01/sheet.yaml:23:9" in page.text
    assert "没有“severty”，是否想写“severity”？" in page.text
    assert re.search(r"是否想写“severity”？ <a href=\"/manual/(sheet|items/[a-z_]+)\">怎样写</a>", page.text)


async def test_a_period_is_not_closed_under_an_edition_whose_cases_fail(broken, signed_in):
    await rated.score(PACK)
    client = await signed_in("district")
    answer = await client.post("/ratings/2026Q3/close")
    assert "自带的案例有 1 个不符" in (await client.get(answer.headers["location"])).text
    assert await runs() == []


def test_the_log_says_at_the_start_which_edition_cannot_be_used(broken, caplog):
    with caplog.at_level("WARNING", logger="redproperty.rules"):
        read(Settings(rules=broken))
    assert "1 of the cases of edition 2026-01-01 fail" in caplog.text
    assert "case JC-01 缺一项: score: expected 12, got 99.5" in caplog.text
    assert "2027-01-01/sheet.yaml:23:9: there is no “severty”" in caplog.text


async def test_visitors_read_the_edition_in_force_without_an_account(stranger):
    listed = await stranger.get("/rules")
    assert listed.status_code == 200
    assert 'href="/rules/2026-01-01"' in listed.text
    assert 'href="/sign-in"' in listed.text
    page = await stranger.get("/rules/2026-01-01")
    assert page.status_code == 200
    assert "BJ-01" in page.text
    assert "每处扣 0.5 分，扣完为止" in page.text
    assert (await stranger.get("/rules/2026-01-01/BJ-01")).headers["location"] == "/rules/2026-01-01#BJ-01"


async def test_visitors_see_nothing_of_how_rules_are_made(stranger):
    for address in ("/rules", "/rules/2026-01-01"):
        text = (await stranger.get(address)).text
        for inner in ("/publication", "/changes", "/manual", "案例", "主菜单"):
            assert inner not in text, (address, inner)


async def test_drafts_are_not_there_for_visitors(signed_in, stranger):
    drafts = [edition.name for edition in read(Settings(database="unused")).all if edition.draft]
    assert drafts
    listed = (await stranger.get("/rules")).text
    member = await signed_in("inspector.xl")
    for name in drafts:
        assert f"/rules/{name}" not in listed
        assert (await stranger.get(f"/rules/{name}")).status_code == 404
        assert (await member.get(f"/rules/{name}")).status_code == 200


async def test_who_is_signed_in_keeps_the_menu_on_the_public_page(signed_in):
    assert "主菜单" in (await (await signed_in("company1")).get("/rules/2026-01-01")).text


async def test_severities_are_shown_with_their_weights(stranger):
    assert "安全 3 · 重要 2 · 一般 1" in (await stranger.get("/rules/2026-01-01")).text
