"""City, district and street bear a subsidy together; each stands by itself in lists, sums and files.

青石园 7,847.77 (see `paying`): the city 50 % = 3,923.885 → 3,923.89; with the district's 30 % 80 % = 6,278.216 →
6,278.22, so the district bears 2,354.33; the street the rest, 1,569.55. In all 77,963.43: the lines add up to it.
"""

import csv
import io

import pytest

import district
import rated
from amending import lay
from paying import ORDER
from redproperty.actions.ratings import close_period, publish
from redproperty.actions.subsidies import draft
from redproperty.settings import Settings

DISTRICT = '  - payer: district\n    percent: "70"\n'
CITY = """  - payer: city
    percent: "50"
    title: {zh: 市级, en: City}
    basis: {zh: 示例, en: Example}
    status: example
"""


@pytest.fixture
def settings(database, tmp_path) -> Settings:
    """A fresh installation whose edition knows a third payer."""
    swaps = (
        ("subsidy.yaml", DISTRICT, f'{CITY}  - payer: district\n    percent: "30"\n'),
        ("subsidy.yaml", '  - payer: street\n    percent: "30"\n', '  - payer: street\n    percent: "20"\n'),
    )
    lay(tmp_path / "rules", "2026-01-01", *swaps, cases=False)
    return Settings(database=database, rules=tmp_path / "rules")


async def test_each_payer_stands_by_itself(app, settings, signed_in):
    pack = rated.the_pack(settings.rules)
    await rated.score(pack)
    bureau, preparer = await district.actor("district"), await district.actor("preparer")
    await publish(bureau, [pack], await close_period(bureau, [pack], rated.Q3, at=district.NOW), at=district.NOW)
    number = await draft(preparer, [pack], ORDER, at=district.NOW)
    client = await signed_in("checker")
    page = (await client.get(f"/subsidies/{number}?q=QX-0001")).text
    for said in ("市级", "其中市级", "3,923.89", "2,354.33", "1,569.55"):
        assert said in page, said
    content = (await client.get(f"/subsidies/{number}.csv")).content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(content)))
    of = next(row for row in rows if row["小区编码"] == "QX-0001")
    assert (of["市级（元）"], of["区级（元）"], of["街道承担（元）"]) == ("3923.89", "2354.33", "1569.55")
    fen = [
        sum(round(float(row[name]) * 100) for name in ("市级（元）", "区级（元）", "街道承担（元）")) for row in rows
    ]
    assert fen == [round(float(row["实发（元）"]) * 100) for row in rows]
    company = await signed_in("company1")
    assert (await company.get("/subsidies")).status_code == 200
