"""Amounts by formula: the steps of the rating over the lines of a run; every amount worked by hand."""

from decimal import Decimal
from pathlib import Path

import msgspec
import polars as pl
import pytest
import yaml

from rated import the_pack
from reading import subsidy_rules
from redproperty.domain.case_files import Case, Expected, Stint
from redproperty.domain.cases import run_cases
from redproperty.domain.facts import Fact
from redproperty.domain.subsidies import apportion, explain_line, schedule, tables
from redproperty.domain.texts import Text

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
    assert [text.zh for text in explain_line(made, row)][:5] == [
        "甲 3（按星级（5）分段：≥5）",
        "甲 300（households（100） × 甲（3））",
        "甲 300（全区（只计可以补贴的）内甲（300）的合计）",
        "甲 266.67（80000 ÷ 甲（300）；除数为 0 时：0；保留 2 位小数，四舍五入）",
        "甲 0（该小区上期实发（元）（0） × 0.9）",
    ]
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
            "subsidy.steps.0.name: the name “a_fen” is taken (by a step or a column of the line); choose another",
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


def test_instalments_depend_on_the_quarter_and_on_the_stage_reached():
    # 100 yuan a household and year: 30 % in the first quarter, 20 % in the second, the rest once accepted
    steps = """
    - {name: year, …, kind: product, of: [households, 100]}
    - {name: accepted, …, kind: flag, when: {figure: stage, is: 3}}
    - name: percent
      …
      kind: table
      keys: [period.quarter, accepted]
      rows: [{when: [1, false], gives: 30}, {when: [2, false], gives: 20}, {when: [3, true], gives: 50}]
      otherwise: 0
    - {name: due, …, kind: product, of: [year, percent, 0.01]}
    """.replace("      …", "      title: {zh: 甲, en: a}")
    quarters = [1, 2, 3, 3, 4]
    stages = [1, 1, 2, 3, 3]
    given = [
        {"period.year": 2_026_000_000, "period.quarter": quarter * 1_000_000, "stage": stage * 1_000_000}
        for quarter, stage in zip(quarters, stages, strict=True)
    ]
    assert due(rules(steps), *given) == [300_000, 200_000, 0, 500_000, 0]


def test_a_phase_in_holds_by_year_and_is_unknown_without_one():
    steps = """
    - {name: full, …, kind: product, of: [households, 10]}
    - name: percent
      title: {zh: 甲, en: a}
      kind: bands
      of: period.year
      bands: [{at_most: 2026, gives: 0.5}, {above: 2026, below: 2028, gives: 0.75}, {at_least: 2028, gives: 1}]
    - {name: due, …, kind: product, of: [full, percent]}
    """
    years = [{"period.year": year * 1_000_000} for year in (2025, 2026, 2027, 2028)]
    assert due(rules(steps), *years) == [50_000, 50_000, 75_000, 100_000]
    assert due(rules(steps), {}) == [0]


# two pots by type of estate (60,000 old, 20,000 the others), shared by area × star factor; none above 25,000; nobody
# gets less than a tenth below the period before; whoever is not payable gets nothing
POTS = """
- name: pot
  title: {zh: 甲, en: a}
  kind: table
  keys: [estate_type]
  rows: [{when: [old], gives: 60000}]
  otherwise: 20000
- {name: kind_of, title: {zh: 甲, en: a}, kind: first_match, choices: [{code: old, title: {zh: 老, en: old}},
   {code: other, title: {zh: 其他, en: other}}],
   cases: [{when: {figure: estate_type, is: old}, gives: old}], otherwise: other}
- {name: factor, …, kind: table, keys: [stars], rows: [{when: [5], gives: 1.2}, {when: [4], gives: 1}], otherwise: 0.5}
- {name: points, …, kind: product, of: [floor_area, factor]}
- {name: kept, …, kind: product, of: [paid_last_period, 0.9]}
- {name: due, …, kind: share, pot: pot, by: [kind_of], weight: points, at_least: kept, at_most: 25000,
   among: {figure: payable, is: true}}
"""


def test_several_pots_have_guarantees_caps_and_redistribution():
    made = rules(POTS)
    estates = [
        {"stars": 5},  # 12,000 points of 22,000 in the first pot: 32,727, held to 25,000
        {"stars": 4, "floor_area": 500_000},  # 5,000 of 22,000; of the 35,000 left half: 17,500
        {"stars": 3},  # 5,000
        {"stars": 5, "management": "none", "days": 0},
        {"stars": 4, "estate_type": "commodity"},  # alone in the other pot with 10,000 …
        {"stars": 2, "estate_type": "affordable", "paid_last_period_fen": 1_000_000},  # … and 5,000, but keeps 9,000
    ]
    table = schedule(made, lines(*estates), days_in_period=QUARTER)
    assert table["due_fen"].to_list() == [2_500_000, 1_750_000, 1_750_000, 0, 1_100_000, 900_000]
    pack = msgspec.structs.replace(PACK, subsidy=made)
    assert [text.en for _, text in pack.check()] == []


def test_money_by_progressive_slices_and_by_percent_of_tiers():
    # 2 yuan a household up to 100, 1.5 to 500, 1 beyond; and 80 % of it below four stars
    steps = """
    - name: slices
      title: {zh: 甲, en: a}
      kind: scale
      of: households
      beyond: extend
      anchors: [{at: 0, gives: 0}, {at: 100, gives: 200}, {at: 500, gives: 800}, {at: 501, gives: 801}]
    - {name: percent, …, kind: bands, of: stars, bands: [{below: 4, gives: 0.8}, {at_least: 4, gives: 1}]}
    - {name: due, …, kind: product, of: [slices, percent]}
    """
    given = [{"households": n * 1_000_000, "stars": stars} for n, stars in ((50, 4), (300, 5), (1200, 4), (1200, 3))]
    # 100; 200 + 300; 200 + 600 + 700 = 1,500; × 0.8
    assert due(rules(steps), *given) == [10_000, 50_000, 150_000, 120_000]


def test_a_loss_is_limited_to_a_percentage_of_the_period_before_and_so_is_a_gain():
    steps = """
    - {name: plain, …, kind: product, of: [households, 10]}
    - {name: least, …, kind: product, of: [paid_last_period, 0.95]}
    - {name: most, …, kind: product, of: [paid_last_period, 1.1]}
    - {name: held, …, kind: clamp, of: plain, at_least: least, at_most: most}
    - {name: new, …, kind: flag, when: {figure: paid_last_period, is: 0}}
    - {name: due, …, kind: first_match, cases: [{when: {figure: new, is: true}, gives: plain}], otherwise: held}
    """
    before = [None, 120_000, 80_000, 100_000]
    assert due(rules(steps), *({"paid_last_period_fen": fen} for fen in before)) == [100_000, 114_000, 88_000, 100_000]


def test_a_fact_that_only_money_needs_is_declared_in_the_rating():
    cost = Fact(
        name="approved_cost",
        title=Text("核定成本", "approved cost"),
        kind="number",
        source="file",
        perfect=Decimal(0),
        missing="default",
        default=Decimal(0),
    )
    steps = "[{name: due, …, kind: product, of: [approved_cost, 0.5]}]"
    rating = msgspec.structs.replace(PACK.rating, facts=(*PACK.rating.facts, cost))
    pack = msgspec.structs.replace(PACK, rating=rating, subsidy=rules(steps))
    assert list(pack.check()) == []
    assert set(pack.paid_by()) == {"approved_cost"}
    # a case states the fact once; the rating does not look at it, the money does
    stint = Stint(floor_area=Decimal(10_000), days=90, days_in_period=90)
    case = Case(
        name="",
        facts={"approved_cost": Decimal("1234.5")},
        stint=stint,
        expect=Expected(figures={"due": Decimal("617.25")}),
    )
    assert [outcome.failures for outcome in run_cases(pack, [case])] == [()]


def test_a_case_of_money_has_a_period():
    steps = "[{name: due, …, kind: sum, of: [period.year, {of: period.quarter, times: 0.01}]}]"
    pack = msgspec.structs.replace(PACK, subsidy=rules(steps))
    assert list(pack.check()) == []
    stint = Stint(floor_area=Decimal(10_000), days=90, days_in_period=90)
    expect = Expected(figures={"due": Decimal("2027.03")})
    case = Case(name="", year=2027, quarter=3, stint=stint, expect=expect)
    assert [outcome.failures for outcome in run_cases(pack, [case])] == [()]


def test_a_figure_of_the_rating_that_is_called_like_a_column_of_the_line_is_refused_where_it_is_used():
    days = Fact(name="days", title=Text("天数", "days"), kind="number", source="file", perfect=Decimal(0))
    rating = msgspec.structs.replace(PACK.rating, facts=(*PACK.rating.facts, days))
    pack = msgspec.structs.replace(PACK, rating=rating, subsidy=rules("[{name: due, …, kind: sum, of: [days]}]"))
    ((path, text),) = pack.check()
    assert path == ("subsidy", "steps", 0)
    assert text.en == "“days” is a figure of the rating and here the managed days; give that of the rating another name"
    other = msgspec.structs.replace(pack, subsidy=rules("[{name: due, …, kind: sum, of: [stars]}]"))
    assert list(other.check()) == []


def test_cap_floor_and_scaling_stand_in_the_line_of_a_formula():
    steps = """
    - name: by_households
      title: {zh: 按户应补, en: by households}
      kind: product
      of: [households, 9]
    - {name: due, title: {zh: 封顶保底, en: capped}, kind: clamp, of: by_households, at_least: 100, at_most: 500}
    """
    made = rules(steps)
    few = lines({}, {"households": 5_000_000})  # 900 and 45 yuan, held to 500 and 100; 600 on a budget of 300
    rows = apportion(made, schedule(made, few, days_in_period=QUARTER), 30_000).to_dicts()
    assert [row["paid_fen"] for row in rows] == [25_000, 5_000]
    assert [text.zh for text in explain_line(made, rows[0])] == [
        "按户应补 900（households（100） × 9）",
        "封顶保底 500（按户应补（900），不低于 100，不超过 500）",
        "预算缩放：500.00 × 300.00/600.00 → 250.00 元",
        "区级 175.00 元 + 街道 75.00 元",
    ]
    assert explain_line(made, rows[1])[1].zh == "封顶保底 100（按户应补（45），不低于 100，不超过 500）"


BY_BUDGET = """
- {name: all_points, …, kind: group, how: sum, of: households}
- {name: point_value, …, kind: quotient, of: budget, by: all_points, zero: 0, places: 2, mode: floor}
- {name: due, …, kind: product, of: [households, point_value], places: 2}
"""


def test_the_value_of_a_point_is_the_budget_of_the_run_divided_by_all_points():
    made, estates = rules(BY_BUDGET), lines({}, {"households": 200_000_000})
    # 1,000 yuan by 300 points is 3.33, so 333 and 666 are due and a yuan stays
    table = schedule(made, estates, days_in_period=QUARTER, budget_fen=100_000)
    row = apportion(made, table, 100_000).row(0, named=True)
    assert table["due_fen"].to_list() == [33_300, 66_600]
    assert [text.en for text in explain_line(made, row)][1] == (
        "a 3.33 (budget of the run (¥) (1000) ÷ a (300); where the divisor is 0: 0; rounded down to 2 decimals)"
    )
    # without a budget there is no value of a point, and nothing is due
    assert schedule(made, estates, days_in_period=QUARTER)["due_fen"].to_list() == [0, 0]


def test_lines_hold_the_budget_only_where_a_step_names_it():
    assert "budget_fen" not in schedule(rules(POINTS), lines({}), days_in_period=QUARTER, budget_fen=5).columns


# the city bears 60 % for old estates, 45.5 % elsewhere; what is no estate of a type is the street's
BORNE = """
- name: of_city
  title: {zh: 市级比例, en: share of the city}
  kind: table
  keys: [estate_type]
  rows: [{when: [old], gives: 60}, {when: [commodity], gives: 45.5}]
  otherwise: missing
- {name: due, …, kind: product, of: [households, 0.0107], places: 2}
"""


def bearing(*payers):
    about = {"title": {"zh": "甲", "en": "a"}, "basis": {"zh": "示例", "en": "example"}, "status": "example"}
    return rules(BORNE, payers=[about | payer for payer in payers])


def test_the_share_of_a_payer_may_differ_from_line_to_line():
    made = bearing(
        {"payer": "city", "percent_by": "of_city"},
        {"payer": "district", "percent": "30"},
        {"payer": "street", "percent": "0"},
    )
    given = [{"estate_type": "old"}, {"estate_type": "commodity"}, {"estate_type": "affordable"}]
    paid = apportion(made, schedule(made, lines(*given), days_in_period=QUARTER), 10**6)
    # 1.07 yuan: 64.2 fen and up to 90 % 96.3; 48.685 and up to 75.5 % 80.785; 30 % are 32.1
    assert paid.select("city_fen", "district_fen", "street_fen").rows() == [(64, 32, 11), (49, 32, 26), (0, 32, 75)]
    assert list(made.check()) == []
    assert [text.en for text in made.sentences()][-3] == "a bears “share of the city” (in %)"


@pytest.mark.parametrize(
    ("payers", "fault"),
    [
        ([{"payer": "city", "percent_by": "of_town"}], "payers.0.percent_by: no step gives a figure “of_town”"),
        ([{"payer": "city"}], "payers.0: state either percent or percent_by"),
        (
            [{"payer": "city", "percent_by": "of_city"}, {"payer": "street", "percent": "101"}],
            "payers.1.percent: must lie between 0 and 100",
        ),
    ],
)
def test_a_share_that_nobody_makes_is_refused(payers, fault):
    found = [f"{'.'.join(map(str, path))}: {text.en}" for path, text in bearing(*payers).check()]
    assert found[0].startswith(fault)


def test_a_line_marks_what_it_took_in_the_whole_table_of_a_step():
    made = rules(POINTS)
    row = schedule(made, lines({"stars": 4}), days_in_period=QUARTER).row(0, named=True)
    ((title, rows),) = tables(made, row)
    assert (title.zh, [(one.when.zh, one.gives.zh, one.mark and one.mark.zh) for one in rows]) == (
        "甲", [("≥5", "3", None), ("≥3且<5", "2", "本笔"), ("<3", "1", None)],
    )  # fmt: skip
