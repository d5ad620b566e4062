"""Half stars everywhere a star is shown: pages, filters, pictures, files, money and what-ifs (see `halving`)."""

import csv
import io

import pytest
from openpyxl import load_workbook

import district
import rated
from halving import AWARDS, half_stars
from paying import DOCUMENT, ITEM
from redproperty.actions.ratings import verify_rating
from redproperty.actions.scenarios import create
from redproperty.actions.subsidies import Order, draft
from redproperty.settings import Settings
from redproperty.store import ratings
from redproperty.store.tables import Rating, SubsidyLine

HALF = "★★★½"


@pytest.fixture
def settings(database, tmp_path) -> Settings:
    """A fresh installation with the edition of half stars as its only rules."""
    half_stars(tmp_path / "rules")
    return Settings(database=database, rules=tmp_path / "rules")


@pytest.fixture
async def pack(app, settings):
    """The edition, under which the third quarter is published."""
    pack = rated.the_pack(settings.rules)
    await rated.published(pack, rated.Q3)
    return pack


async def test_the_record_keeps_the_half_and_proves_it(pack):
    kept = await Rating.select(Rating.estate.code, Rating.stars, Rating.half).order_by(Rating.estate.code)
    assert [(row["stars"], row["half"]) for row in kept] == [
        (3, True),
        (None, False),
        (4, True),
        (0, False),
        (None, False),
    ]
    (run,) = await ratings.runs()
    assert (await verify_rating([pack], run.id)).holds
    ids = {row["id"]: row["code"] for row in await rated.Estate.select(rated.Estate.id, rated.Estate.code)}
    assert {ids[estate]: award for estate, award in (await ratings.awards_in(run.id)).items()} == AWARDS


async def test_lists_pictures_and_filters_have_half_steps(pack, signed_in):
    bureau = await signed_in("district")
    period = (await bureau.get("/ratings/2026Q3")).text
    for said in (HALF, "★★★★½", "½", 'aria-label="3.5 星"', "3½★", "stars=3.5", ">3 星半 (1)<"):
        assert said in period, said
    narrowed = (await bureau.get("/ratings/2026Q3?stars=3.5")).text
    assert ("青石园" in narrowed, "燕江里</b>" in narrowed) == (True, False)
    assert 'aria-label="4.5 星"' in (await bureau.get("/estates")).text
    listed = (await bureau.get("/estates?stars=4.5")).text
    assert ("燕江里" in listed, "青石园" in listed) == (True, False)
    order = (await bureau.get("/estates?sort=-stars")).text
    assert order.index("燕江里") < order.index("青石园") < order.index("尧辰新村")
    assert "3 星半" in (await bureau.get("/district")).text
    page = (await bureau.get("/estates/QX-0001")).text
    assert HALF in page
    assert "评为 3 星半" in page
    assert "<title>3½★：1</title>" in (await bureau.get("/ratings")).text


async def test_a_company_reads_its_half_stars_and_why(pack, signed_in):
    company = await signed_in("company1")
    page = (await company.get("/ratings")).text
    assert "3½★ × 1" in page
    assert HALF in page
    why = (await company.get("/ratings/2026Q3/QX-0001")).text
    assert "青石园为什么是3 星半" in why
    assert "4★ → 3.5★" in why


async def test_files_give_the_half(pack, signed_in):
    bureau = await signed_in("district")
    for path in ("/ratings/2026Q3/estates", "/estates"):
        rows = list(csv.reader(io.StringIO((await bureau.get(f"{path}.csv")).content.decode("utf-8-sig"))))
        at = rows[0].index("星级")
        held = {row[rows[0].index("小区编码" if "小区编码" in rows[0] else "编码")]: row[at] for row in rows[1:]}
        assert (held["QX-0001"], held["QX-0004"]) == ("3.5", "0")
    sheet = load_workbook(io.BytesIO((await bureau.get("/ratings/2026Q3/estates.xlsx")).content)).active
    halves = {cell.value: cell.number_format for row in sheet.iter_rows() for cell in row if cell.value in {3.5, 4.5}}
    assert halves == {3.5: '0.0"★"', 4.5: '0.0"★"'}


async def test_money_goes_by_the_half(pack, signed_in):
    """青石园: 52,318.46 × 0.05 × 0.75 × 3 = 5,885.82675 → 5,885.83."""
    number = await draft(
        await district.actor("preparer"), [pack], Order(rated.Q3, 10**9, DOCUMENT, ITEM), at=district.NOW
    )
    line = await SubsidyLine.select().where(SubsidyLine.estate.code == "QX-0001").first()
    assert (line["stars"], line["half"], line["due_fen"]) == (3, True, 588_583)
    checker = await signed_in("checker")
    page = (await checker.get(f"/subsidies/{number}?stars=3.5")).text
    for said in (HALF, "5,885.83", "× 0.75"):
        assert said in page, said
    assert "燕江里" not in page
    assert (await checker.get(f"/subsidies/{number}/sheet.xlsx")).status_code == 200


async def test_a_what_if_moves_by_half_a_star(pack, signed_in, settings):
    """A whole star less without an insurance, instead of a half: 青石园 3, 燕江里 4, 尧辰新村 none as before."""
    bureau = await district.actor("district")
    form = {"title": "收缴率", "period": "2026Q3", "edition": "2026-01-01", "budget": ""}
    number = await create(bureau, [pack], form, at=district.NOW)
    client = await signed_in("district")
    text = (settings.rules / "2026-01-01/rating.yaml").read_text(encoding="utf-8")
    changed = text.replace("          by: 0.5\n", "          by: 1\n")
    assert changed != text
    page = (await client.get(f"/scenarios/{number}/text/rating.yaml")).text
    version = page.split('name="version" value="')[1].split('"')[0]
    saved = await client.post(f"/scenarios/{number}/text/rating.yaml", data={"content": changed, "version": version})
    assert saved.status_code == 303, saved.text
    result = (await client.get(f"/scenarios/{number}")).text
    assert "2 个小区变星：2 个降" in result
    assert "3½★" in result
    assert "was=3.5&amp;now=3" in result
    assert 'data-th="现行规则"><span class="stars" role="img" aria-label="3.5 星">' in result
