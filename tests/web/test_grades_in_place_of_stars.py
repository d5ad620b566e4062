"""A method without stars, end to end: its grade stands where the star would, nothing says “no star” (see `grading`)."""

import csv
import io
import re

import pytest

import district
import rated
from grading import AWARDS, graded
from redproperty.actions.scenarios import create
from redproperty.settings import Settings
from redproperty.store import ratings
from redproperty.store.tables import Estate

STARRY = re.compile(r"[0-5½]★|[0-5] 星|[零一二三四五无]星")  # the legend of all periods apart


@pytest.fixture
def settings(database, tmp_path) -> Settings:
    """A fresh installation with the edition of grades as its only rules."""
    graded(tmp_path / "rules")
    return Settings(database=database, rules=tmp_path / "rules")


@pytest.fixture
async def pack(app, settings):
    """The edition, under which both quarters are published."""
    pack = rated.the_pack(settings.rules)
    await rated.published(pack, rated.Q2, rated.Q3)
    return pack


async def test_every_estate_has_its_grade(pack):
    run = await ratings.published("2026Q3")
    ids = {row["id"]: row["code"] for row in await Estate.select(Estate.id, Estate.code)}
    assert {ids[estate]: award for estate, award in (await ratings.awards_in(run.id)).items()} == AWARDS


@pytest.mark.parametrize(
    ("login", "path", "said"),
    [
        ("district", "/ratings", "良好：3"),
        ("district", "/ratings/2026Q3", "等级分布"),
        ("district", "/ratings/2026Q3/QX-0001", "青石园为什么是良好"),
        ("district", "/ratings/2026Q3/QX-0005", "无主巷的评定结果"),
        ("district", "/district", "良好"),
        ("district", "/estates", "良好"),
        ("district", "/estates?stars=grade.fair", "尧辰新村"),
        ("district", "/estates/QX-0004", "评为 合格"),
        ("district", "/rules/2026-01-01", "服务等级"),
        ("company1", "/ratings", "良好 × 1"),
        ("company1", "/ratings/2026Q3/QX-0001", "良好"),
        ("inspector.xl", "/tasks", ""),
    ],
)
async def test_the_grade_stands_where_the_star_would(pack, signed_in, login, path, said):
    response = await (await signed_in(login)).get(path)
    assert response.status_code == 200, response.text[-2000:]
    assert said in response.text
    body = response.text.split("<main", 1)[1]
    if path != "/ratings" or login != "district":
        assert not STARRY.search(body), STARRY.search(body)


async def test_filters_and_files_speak_of_grades(pack, signed_in):
    bureau = await signed_in("district")
    page = (await bureau.get("/ratings/2026Q3?stars=grade.fair")).text
    assert ("尧辰新村" in page, "青石园</b>" in page) == (True, False)
    rows = list(csv.reader(io.StringIO((await bureau.get("/ratings/2026Q3/estates.csv")).content.decode("utf-8-sig"))))
    at = rows[0].index("等级")
    assert {row[rows[0].index("小区编码")]: row[at] for row in rows[1:]} == {
        "QX-0001": "良好", "QX-0002": "良好", "QX-0003": "良好", "QX-0004": "合格", "QX-0005": "无等级",
    }  # fmt: skip
    assert (await bureau.get("/ratings/2026Q3/estates.xlsx")).status_code == 200
    assert (await bureau.get("/ratings/2026Q3/QX-0001/trace.json")).json()["designation"]["zh"] == "良好"


async def test_money_by_stars_is_refused_in_words(pack, signed_in):
    preparer = await signed_in("preparer")
    form = {"period": "2026Q3", "budget": "1", "document_number": "1", "budget_item": "1", "percent": "20"}
    answer = await preparer.get("/subsidies/plan", params=form)
    assert "不含补贴办法" in answer.text


async def test_a_what_if_says_who_changes_grade(pack, signed_in):
    """Good from 90 instead of 80: 青石园 with 87.68 becomes fair; the other two have 97.50 and 100."""
    bureau = await district.actor("district")
    form = {"title": "良好线", "period": "2026Q3", "edition": "2026-01-01", "budget": ""}
    number = await create(bureau, [pack], form, at=district.NOW)
    client = await signed_in("district")
    page = (await client.get(f"/scenarios/{number}/text/rating.yaml")).text
    version = page.split('name="version" value="')[1].split('"')[0]
    text = (pack_text := await _rating(client)).replace("at_least: 80}, gives: good", "at_least: 90}, gives: good")
    assert text != pack_text
    saved = await client.post(f"/scenarios/{number}/text/rating.yaml", data={"content": text, "version": version})
    assert saved.status_code == 303, saved.text
    result = (await client.get(f"/scenarios/{number}")).text
    assert "1 个等级改变" in result
    assert "was=grade.good&amp;now=grade.fair" in result
    assert not STARRY.search(result.split("<main", 1)[1])
    assert (await client.get(f"/scenarios/{number}/estates.csv")).status_code == 200


async def _rating(client) -> str:
    settings = client._transport.app.state.settings  # the folder of the rules that the server reads
    return (settings.rules / "2026-01-01/rating.yaml").read_text(encoding="utf-8")
