"""A method without inspections rates from facts alone; what it cannot do in the product is refused in words."""

from pathlib import Path

import pytest

import district
from redproperty.actions.ratings import close_period, publish, verify_rating
from redproperty.actions.rounds import open_round
from redproperty.actions.subsidies import Order, plan
from redproperty.domain.access import Scope
from redproperty.domain.explanations import explain
from redproperty.domain.packs import Pack
from redproperty.domain.periods import Period
from redproperty.domain.rounds import Days
from redproperty.domain.runs import scored
from redproperty.domain.texts import Refused
from redproperty.store import ratings
from redproperty.store.rules import load_edition
from redproperty.store.tables import Estate, Fact

NOW = district.NOW
YEAR, Q3 = Period(2025, 1, "year"), Period(2026, 3)
PACK = """
title: Occupancy
effective_from: 2025-01-01
status: in_force
period: year
"""
FACTS = """
facts:
  - {name: occupied, title: Occupied, kind: percent, at_least: 0, at_most: 100}
steps:
  - {name: whole, title: Rounded, kind: round, of: occupied, places: 0}
"""
STARS = """
stars:
  figure: whole
  not_rated: [{code: N1, title: not known, basis: Article 1, when: {figure: whole, missing: true}}]
  cutoffs: [{star: 5, at_least: 90}, {star: 3, at_least: 60, below: 90}, {star: 0, below: 60}]
  stages: []
  valid_months: 12
"""


def edition(tmp_path: Path, rating: str) -> Pack:
    folder = tmp_path / "2025-01-01"
    folder.mkdir()
    (folder / "pack.yaml").write_text(PACK, encoding="utf-8")
    (folder / "rating.yaml").write_text(rating, encoding="utf-8")
    loaded = load_edition(folder)
    assert isinstance(loaded, Pack), [problem.say("en") for problem in loaded]
    return loaded


@pytest.fixture
async def bureau(record):
    ids = {row["code"]: row["id"] for row in await Estate.select(Estate.id, Estate.code)}
    for code, value in (("QX-0001", 90), ("QX-0003", 59.5), ("QX-0004", 12)):
        await Fact.insert(
            Fact(
                estate=ids[code],
                name="occupied",
                value=int(value * 1_000_000),
                valid_from=YEAR.begins,
                source="count",
                recorded_by=1,
                recorded_at=NOW,
            )
        )
    return await district.actor("district")


async def test_a_year_is_rated_published_and_proven_from_facts_alone(bureau, tmp_path: Path):
    pack = edition(tmp_path, FACTS + STARS)
    number = await close_period(bureau, [pack], YEAR, at=NOW)
    await publish(bureau, [pack], number, at=NOW)
    rows = {row.code: row for row in await ratings.results(number, Scope(everything=True))}
    assert {code: row.stars for code, row in rows.items() if row.stars is not None} == {
        "QX-0001": 5,
        "QX-0003": 3,  # 59.5 is 60 once rounded
        "QX-0004": 0,
    }
    assert rows["QX-0002"].not_rated == "N1"
    assert (await verify_rating([pack], number)).holds
    told = explain(pack, rows["QX-0003"].working, scored(pack, [rows["QX-0003"].working]))
    assert told.stars == 3
    assert told.items == ()


async def test_a_quarter_is_no_period_of_a_yearly_method(bureau, tmp_path: Path):
    pack = edition(tmp_path, FACTS + STARS)
    with pytest.raises(Refused, match="按年度评定"):
        await close_period(bureau, [pack], Q3, at=NOW)


GRADES = """
  - name: level
    title: Level
    kind: first_match
    choices: [{code: well, title: Well}, {code: fair, title: Fair}, {code: poor, title: Poor}]
    cases: [{when: {figure: whole, at_least: 60}, gives: well}, {when: {figure: whole, at_least: 20}, gives: fair}]
    otherwise: poor
designation: level
"""


async def test_a_method_of_grades_rates_a_year_and_proves_it(bureau, tmp_path: Path):
    pack = edition(tmp_path, FACTS + GRADES)
    number = await close_period(bureau, [pack], YEAR, at=NOW)
    await publish(bureau, [pack], number, at=NOW)
    rows = {row.code: row for row in await ratings.results(number, Scope(everything=True))}
    assert {code: (row.stars, row.grade, row.not_rated) for code, row in rows.items()} == {
        "QX-0001": (None, "well", None),
        "QX-0002": (None, "poor", None),  # the fact is not known: neither condition holds
        "QX-0003": (None, "well", None),
        "QX-0004": (None, "poor", None),
        "QX-0005": (None, "poor", None),
    }
    assert {row.award for row in rows.values()} == {"grade.well", "grade.poor"}
    assert (await verify_rating([pack], number)).holds


async def test_a_method_of_figures_alone_rates_a_year(bureau, tmp_path: Path):
    pack = edition(tmp_path, FACTS)
    number = await close_period(bureau, [pack], YEAR, at=NOW)
    rows = await ratings.results(number, Scope(everything=True))
    assert {(row.stars, row.grade, row.not_rated, row.award) for row in rows} == {(None, None, None, "rated")}
    assert rows[0].working["whole"] == 90_000_000


async def test_without_a_sheet_no_round_is_opened(bureau, tmp_path: Path):
    pack = edition(tmp_path, FACTS + STARS)
    with pytest.raises(Refused, match="没有评分表"):
        await open_round(bureau, [pack], Days(YEAR, YEAR.begins, YEAR.ends), at=NOW)


async def test_without_a_subsidy_none_is_paid(bureau, tmp_path: Path):
    pack = edition(tmp_path, FACTS + STARS)
    await publish(bureau, [pack], await close_period(bureau, [pack], YEAR, at=NOW), at=NOW)
    preparer = await district.actor("preparer")
    with pytest.raises(Refused, match="不含补贴办法"):
        await plan(preparer, [pack], Order(YEAR, 100, "No. 1", "item", ""))
