"""Amounts by formula: the steps of the rating over the lines of a run; every amount worked by hand."""

from pathlib import Path

import msgspec
import polars as pl
import pytest
import yaml

from rated import the_pack
from reading import subsidy_rules
from redproperty.domain.subsidies import apportion, explain_line, schedule

EDITION = yaml.safe_load((Path(__file__).parents[2] / "rules/2026-01-01/subsidy.yaml").read_text("utf-8"))
REST = {name: value for name, value in EDITION.items() if name not in {"rates", "star_coefficients", "year_cap"}}
QUARTER = 90


def rules(steps, amount="due", **changes):
    """Return rules by formula; `…` stands for a title."""
    return subsidy_rules(REST | {"steps": steps.replace("…", "title: {zh: 甲, en: a}"), "amount": amount} | changes)


def line(number, **given):
    return {
        "estate_id": number,
        "estate_code": f"QX-{number:04}",
        "tenure_id": number,
        "management": "market",
        "estate_type": "old",
        "floor_area": 1_000_000,  # 10,000 ㎡
        "days": QUARTER,
        "stars": 3,
        "paid_this_year_fen": 0,
        "custody_cost_fen": None,
        "custody_receivable_fen": None,
        "deduction_fen": 0,
        "vetoes": [],
        "paid_last_period_fen": None,
        "households": 100_000_000,
        "street": "a",
    } | given


def lines(*given):
    kinds = {"vetoes": pl.List(pl.String), "stars": pl.Int8, "management": pl.String, "paid_last_period_fen": pl.Int64}
    kinds |= {"custody_cost_fen": pl.Int64, "custody_receivable_fen": pl.Int64, "floor_area": pl.Int64}
    return pl.DataFrame([line(number, **one) for number, one in enumerate(given, start=1)], schema_overrides=kinds)


def due(made, *given):
    return schedule(made, lines(*given), days_in_period=QUARTER)["due_fen"].to_list()


# 80,000 yuan by points (households × 3, 2 or 1 by stars); nobody loses more than a tenth of the period before
POINTS = """
- {name: worth, …, kind: bands, of: stars,
   bands: [{at_least: 5, gives: 3}, {at_least: 3, below: 5, gives: 2}, {below: 3, gives: 1}]}
- {name: points, …, kind: product, of: [households, worth]}
- {name: all_points, …, kind: group, how: sum, of: points, among: {figure: payable, is: true}}
- {name: point_value, …, kind: quotient, of: 80000, by: all_points, zero: 0, places: 2}
- {name: kept, …, kind: product, of: [paid_last_period, 0.9]}
- {name: due, …, kind: share, pot: 80000, weight: points, at_least: kept, among: {figure: payable, is: true}}
"""


def test_a_pot_is_paid_by_points_with_guarantees_that_the_others_bear():
    made = rules(POINTS)
    estates = [{"stars": 5}, {"stars": 3, "households": 200_000_000}, {"stars": 1}, {"management": "none", "days": 0}]
    # 300 + 400 + 100 points: 100 yuan a point
    assert due(made, *estates) == [3_000_000, 4_000_000, 1_000_000, 0]
    # the third had 20,000 and keeps 18,000; 62,000 by 300 : 400 are 26,571.428… and 35,428.571…
    estates[2]["paid_last_period_fen"] = 2_000_000
    table = schedule(made, lines(*estates), days_in_period=QUARTER)
    assert table["due_fen"].to_list() == [2_657_143, 3_542_857, 1_800_000, 0]
    assert table["point_value"].to_list() == [100_000_000] * 4
    assert apportion(made, table, 10**9)["paid_fen"].sum() == 8_000_000


def test_a_linear_formula_by_tier_and_managed_days():
    # 2 yuan a household up to 150, 1 beyond, × months ÷ 3 by days
    steps = """
    - {name: first, …, kind: clamp, of: households, at_most: 150}
    - {name: sum, …, kind: sum, of: [households, first]}
    - {name: due, …, kind: product, of: [sum, months]}
    """
    # 100 + 100 = 200 × 3; 200 + 150 = 350 × 3 × 30 ÷ 90
    assert due(rules(steps), {}, {"households": 200_000_000, "days": 30}) == [60_000, 35_000]


def test_areas_are_square_metres_and_last_amounts_yuan():
    steps = "- {name: due, …, kind: sum, of: [floor_area, {of: paid_last_period, times: 2}, {of: days, times: 0.01}]}"
    assert due(rules(steps), {"floor_area": 12_345, "paid_last_period_fen": 150}) == [12_345 + 300 + 90]


def test_cap_stops_and_top_up_follow_the_formula():
    steps = "- {name: due, …, kind: sum, of: [households], plus: 0.005}"
    made = rules(steps, year_cap=EDITION["year_cap"] | {"yuan": "60"})
    table = schedule(made, lines({"vetoes": ["V4"]}, {}, {"stars": None}), days_in_period=QUARTER)
    assert table["gross_fen"].to_list() == [0, 10_001, 10_001]  # 100.005 yuan, half up
    assert table["due_fen"].to_list() == [0, 6_000, 6_000]
    assert table["zero_reason"].to_list() == ["veto_V4", None, None]


def test_a_line_without_amount_says_why():
    steps = """
    - name: due
      title: {zh: 甲, en: a}
      kind: first_match
      cases: [{when: {figure: stars, missing: true}, gives: missing}, {when: {figure: stars, below: 3}, gives: -5}]
      otherwise: 0
    """
    table = schedule(rules(steps), lines({"stars": None}, {"stars": 1}, {}), days_in_period=QUARTER)
    assert table["due_fen"].to_list() == [0, 0, 0]
    assert table["zero_reason"].to_list() == ["not_rated", "no_amount", "no_amount"]
    assert explain_line(rules(steps), table.row(1, named=True))[0].zh == "不予补贴：按公式没有金额"


def test_the_working_of_a_line_names_what_every_step_gave():
    made = rules(POINTS)
    row = apportion(made, schedule(made, lines({"stars": 5}), days_in_period=QUARTER), 10**9).row(0, named=True)
    assert explain_line(made, row)[0].zh == "甲 3，甲 300，甲 300，甲 266.67，甲 —，甲 80000".replace("—", "0")
    assert any("80000 shared within the district" in text.en for text in made.sentences())


PACK = the_pack()


@pytest.mark.parametrize(
    ("steps", "amount", "more", "fault"),
    [
        (POINTS, "duue", {}, "subsidy.amount: no step gives a figure “duue”; did you mean “due”?"),
        (
            "[{name: due, …, kind: sum, of: [housholds]}]",
            "due",
            {},
            "subsidy.steps.0.of.0: there is no fact or figure “housholds”; did you mean “households”?",
        ),
        ("[{name: days, …, kind: sum, of: [stars]}]", "days", {}, "subsidy.steps.0.name: the name “days” is taken"),
        (
            "[{name: a_fen, …, kind: sum, of: [stars]}]",
            "a_fen",
            {},
            "subsidy.steps.0.name: the name “a_fen” is taken",
        ),
        (
            "[{name: due, …, kind: sum, of: [street]}]",
            "due",
            {},
            "subsidy.steps.0.of.0: “street” is no figure, nothing can be computed with it",
        ),
        (
            "[{name: due, …, kind: sum, of: [stars]}]",
            "due",
            {"rates": EDITION["rates"]},
            "subsidy.rates: with an amount there are no rates",
        ),
        (
            "[{name: f, …, kind: flag, when: {fact: nobody, is: true}}, {name: due, …, kind: sum, of: [stars]}]",
            "due",
            {},
            "subsidy.steps.0.when.fact: nobody declares the fact “nobody”",
        ),
    ],
)
def test_a_slip_in_a_formula_is_refused_with_its_place(steps, amount, more, fault):
    pack = msgspec.structs.replace(PACK, subsidy=rules(steps, amount, **more))
    assert [f"{'.'.join(map(str, path))}: {text.en}" for path, text in pack.check()] == [fault]


def test_a_sound_formula_is_let_through_and_names_what_it_wants_of_the_rating():
    pack = msgspec.structs.replace(PACK, subsidy=rules(POINTS))
    assert list(pack.check()) == []
    assert set(pack.paid_by()) == {"households"}
