"""A property company signs in and sees its estates, their stars and what to do next; nothing of others."""

from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook

import district
import rated
from rated import Q2, Q3
from redproperty.actions.ratings import close_period, publish

PACK = rated.the_pack()


@pytest.fixture
async def company(signed_in):
    """栖安: manages 青石园; left 紫金花苑 on 15 August 2026."""
    client = await signed_in("company1")
    await rated.score(PACK)
    actor = await district.actor("district")
    for period in (Q2, Q3):
        await publish(actor, [PACK], await close_period(actor, [PACK], period, at=district.NOW), at=district.NOW)
    return client


async def test_its_day_begins_with_its_estates_and_what_to_do_next(company):
    assert (await company.get("/")).headers["location"] == "/ratings"
    page = (await company.get("/ratings")).text
    for said in ("我的小区和星级", "青石园", "87.68", "−3.50", "得分已够 4 星，还受限制", "V10", "保洁与垃圾"):
        assert said in page, said
    assert "17.25 / 18" in page  # the points per category, not only the star
    for foreign in ("燕江里", "尧辰新村", "无主巷"):
        assert foreign not in page


async def test_earlier_periods_stay_open_to_it(company):
    page = (await company.get("/ratings")).text
    assert 'href="/ratings/2026Q2/QX-0001"' in page
    assert "紫金花苑" in page
    assert "已不在管" in page
    assert "紫金花苑为什么是四星" in (await company.get("/ratings/2026Q2/QX-0002")).text


async def test_it_reads_why(company):
    page = (await company.get("/ratings/2026Q3/QX-0001")).text
    assert "青石园为什么是三星" in page
    assert "/inspections/" not in page
    assert "/estates/" not in page.split('<article class="why')[1]


@pytest.mark.parametrize("code", ["QX-0003", "QX-0004", "QX-0005"])
async def test_the_reasons_of_others_are_not_there(company, code):
    assert (await company.get(f"/ratings/2026Q3/{code}")).status_code == 404


@pytest.mark.parametrize("address", ["/ratings/2026Q3", "/ratings/2026Q3/estates.csv", "/ratings/2026Q3/estates.xlsx"])
async def test_neither_list_nor_file_holds_anything_of_others(company, address):
    response = await company.get(address)
    assert response.status_code == 200
    text = response.content.decode("utf-8-sig", "replace")
    if address.endswith("xlsx"):
        sheet = CalamineWorkbook.from_filelike(BytesIO(response.content)).get_sheet_by_index(0)
        text = str(sheet.to_python())
    assert "青石园" in text
    for foreign in ("燕江里", "尧辰新村", "无主巷"):
        assert foreign not in text


async def test_what_came_after_it_left_is_not_shown(company, signed_in):
    # 紫金花苑 changed hands in August: 栖安 reads 2026Q2, the newcomer both
    past = (await company.get("/ratings/2026Q2/QX-0002")).text
    assert 'href="/ratings/2026Q3/QX-0002"' not in past
    assert (await company.get("/ratings/2026Q3/QX-0002")).status_code == 404
    newcomer = await signed_in("company2")
    assert (await newcomer.get("/ratings/2026Q3/QX-0002")).status_code == 200


async def test_before_anything_is_published_it_is_told_what_comes(signed_in):
    page = (await (await signed_in("company1")).get("/ratings")).text
    assert "尚未评定" in page
    assert "青石园" in page


async def test_it_reads_in_english(company):
    company.cookies.set("lang", "en")
    page = (await company.get("/ratings")).text
    assert "My estates and their stars" in page
    assert "Enough points for 4 stars, held back by rules" in page
