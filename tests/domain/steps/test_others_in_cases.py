"""A rule case says which other estates there are; a trial of one estate leaves its place among them as it is."""

from decimal import Decimal

import msgspec
import polars as pl

from explained import rate_one
from redproperty.domain.case_files import Case, Expected
from redproperty.domain.cases import run_cases
from redproperty.domain.numbers import UNIT
from redproperty.domain.ratings import assess
from stepping import PACK, shown, steps


def test_steps_that_look_at_others_see_those_of_their_own_case():
    """Three estates with satisfaction 60, 80 and 100: the mean is 80; alone it is one's own."""
    rating = PACK.rating
    mean = steps("- {name: usual, kind: group, how: mean, of: satisfaction}")
    pack = msgspec.structs.replace(PACK, rating=msgspec.structs.replace(rating, steps=(*rating.steps, *mean)))
    sixty, eighty = {"satisfaction": Decimal(60)}, {"satisfaction": Decimal(80)}
    usual = [({}, (sixty, eighty), 80), ({}, (), 100), (eighty, ({},), 80), (sixty, (eighty,), 70)]
    cases = [
        Case(name=str(n), facts=facts, others=others, expect=Expected(figures={"usual": Decimal(wanted)}))
        for n, (facts, others, wanted) in enumerate(usual)
    ]
    assert [outcome.failures for outcome in run_cases(pack, cases)] == [()] * 4


def test_cases_may_expect_flags_and_names():
    rating = PACK.rating
    more = steps(
        "[{name: calm, kind: flag, when: {fact: hotline_count, is: 0}},"
        " {name: medal, kind: first_match, cases: [{when: {figure: calm, is: true}, gives: gold}], otherwise: none,"
        " choices: [{code: gold, title: {zh: 金, en: Gold}}, {code: none, title: {zh: 无, en: None}}]}]"
    )
    pack = msgspec.structs.replace(PACK, rating=msgspec.structs.replace(rating, steps=(*rating.steps, *more)))
    right = Case(name="", expect=Expected(figures={"calm": True, "medal": "gold"}))
    wrong = Case(name="", facts={"hotline_count": Decimal(1)}, expect=Expected(figures={"calm": True, "medal": "gold"}))
    held, failed = run_cases(pack, [right, wrong])
    assert held.failures == ()
    assert [one.en for one in failed.failures] == ["calm: expected true, got false", "medal: expected gold, got none"]


def test_a_trial_of_one_estate_keeps_its_place_among_the_others():
    row, _ = rate_one([{}] * 4)
    rating = msgspec.structs.replace(
        PACK.rating, steps=steps("- {name: rank, kind: group, how: rank, of: satisfaction}")
    )
    estates = pl.DataFrame({"estate_id": [1], "satisfaction": [row["satisfaction"]]})
    inspections = pl.DataFrame(schema={"estate_id": pl.Int64, "round": pl.Int64, "score": pl.Int64})
    seventh = row | {"rank": 7 * UNIT, "rank.members": 9 * UNIT}
    assert shown(assess(PACK.sheet, rating, inspections, estates, standing=seventh), "rank") == ["7"]
    assert shown(assess(PACK.sheet, rating, inspections, estates), "rank") == ["1"]
