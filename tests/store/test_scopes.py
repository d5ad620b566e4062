"""Who sees which estates, as a matrix over the small district."""

from datetime import date

import pytest
from piccolo.columns.combination import CombinableMixin

import district
from redproperty.domain.access import Scope, scope
from redproperty.store.scopes import estates_in, of_estates_in, of_estates_or_named
from redproperty.store.tables import Company, Estate, EstateGrid, Tenure

pytestmark = [pytest.mark.both, pytest.mark.usefixtures("record")]
ALL = {"QX-0001", "QX-0002", "QX-0003", "QX-0004", "QX-0005"}
XIANLIN = {"QX-0001", "QX-0002", "QX-0005"}
MATRIX = {
    "inspector.xl": XIANLIN,
    "reviewer.mq": {"QX-0003", "QX-0004"},
    "district": ALL,
    "preparer": ALL,
    "checker": ALL,
    "custody": ALL,
    "auditor": ALL,
    "company1": {"QX-0001"},
    "company2": {"QX-0002", "QX-0003"},
    "admin": set(),
}


async def codes(condition: CombinableMixin) -> set[str]:
    return {row["code"] for row in await Estate.select(Estate.code).where(condition)}


@pytest.mark.parametrize(("login", "seen"), MATRIX.items())
async def test_everybody_sees_their_estates_and_no_other(login: str, seen: set[str]) -> None:
    rows = scope(await district.actor(login))
    assert await codes(estates_in(rows, district.TODAY)) == seen
    spans = await EstateGrid.select(EstateGrid.estate.code).where(
        of_estates_in(rows, EstateGrid.estate, district.TODAY)
    )
    assert {row["estate.code"] for row in spans} == seen


async def test_a_company_sees_an_estate_from_its_first_day_to_the_day_before_it_leaves() -> None:
    first = await Company.select(Company.id).where(Company.name == "栖安物业服务有限公司").first()
    assert first is not None
    mine = Scope(company_id=first["id"])
    assert await codes(estates_in(mine, date(2026, 8, 14))) == {"QX-0001", "QX-0002"}
    assert await codes(estates_in(mine, date(2026, 8, 15))) == {"QX-0001"}
    assert await codes(estates_in(mine, date(2018, 12, 31))) == set()


async def test_a_company_that_left_keeps_what_names_it() -> None:
    first = await Company.select(Company.id).where(Company.name == "栖安物业服务有限公司").first()
    assert first is not None
    condition = of_estates_or_named(Scope(company_id=first["id"]), Tenure.estate, Tenure.company, district.TODAY)
    rows = await Tenure.select(Tenure.estate.code, Tenure.begins).where(condition)
    assert {(row["estate.code"], row["begins"].year) for row in rows} == {("QX-0001", 2020), ("QX-0002", 2019)}


async def test_a_post_without_street_or_company_sees_nothing() -> None:
    assert await codes(estates_in(Scope())) == set()
    assert await codes(estates_in(Scope(company_id=999_999))) == set()
