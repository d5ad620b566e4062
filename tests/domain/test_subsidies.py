"""The subsidy of a line, worked by hand."""

from pathlib import Path

import polars as pl
import pytest
import yaml

from reading import subsidy_rules
from redproperty.domain.subsidies import apportion, explain_line, schedule, tables

QUARTER = 92
EDITION = Path(__file__).parents[2] / "rules/2026-01-01/subsidy.yaml"


@pytest.fixture(scope="module")
def rules():
    return subsidy_rules(yaml.safe_load(EDITION.read_text("utf-8")))


def stint(**given):
    """One stint of a whole quarter; what is not given is the worked example of the field."""
    return {
        "estate_id": 1,
        "estate_code": "QX-0001",
        "tenure_id": 1,
        "management": "market",
        "estate_type": "old",
        "floor_area": 5_231_846,
        "days": QUARTER,
        "stars": 4,
        "paid_this_year_fen": 0,
        "custody_cost_fen": None,
        "custody_receivable_fen": None,
        "deduction_fen": 0,
        "vetoes": [],
    } | given


def frame(*stints):
    kinds = {"vetoes": pl.List(pl.String), "stars": pl.Int8, "management": pl.String, "floor_area": pl.Int64}
    return pl.DataFrame(list(stints), schema_overrides=kinds, infer_schema_length=None)


def worked(rules, *stints, days=QUARTER):
    return schedule(rules, frame(*stints), days_in_period=days).to_dicts()


def test_the_worked_example_of_the_field(rules):
    # 52,318.46 × 0.30 × 1.10 × 3 = 51,795.2754; 70 % of 51,795.28 = 36,256.696
    lines = schedule(rules, frame(stint()), days_in_period=QUARTER)
    row = apportion(rules, lines, 10**9).row(0, named=True)
    assert (row["base_rate"], row["star_coefficient"], row["months"]) == (300_000, 1_100_000, 3_000_000)
    assert row["gross_fen"] == row["due_fen"] == row["paid_fen"] == 5_179_528
    assert (row["district_fen"], row["street_fen"]) == (3_625_670, 1_553_858)
    assert row["zero_reason"] is None
    assert not row["scaled"]


@pytest.mark.parametrize(
    ("given", "gross"),
    [
        ({"stars": 5}, 5_650_394),  # 15,695.538 × 1.2 × 3 = 56,503.9368
        ({"stars": 3}, 4_708_661),  # 47,086.614
        ({"stars": 2}, 3_766_929),  # 37,669.2912
        ({"stars": 1}, 2_354_331),  # 23,543.307
        ({"estate_type": "resettlement_high"}, 12_085_564),  # 52,318.46 × 0.7 × 1.1 × 3 = 120,855.6426
        ({"estate_type": "resettlement_low"}, 3_453_018),  # 34,530.1836
        ({"estate_type": "affordable"}, 3_453_018),
        ({"estate_type": "commodity"}, 863_255),  # 8,632.5459
        ({"management": "custody"}, 6_906_037),  # by management, not by type: 69,060.3672
        ({"management": "self"}, 5_179_528),
        ({"management": "emergency"}, 5_179_528),
        ({"floor_area": 1000, "estate_type": "commodity", "stars": 5, "days": 46}, 90),  # 10 × .05 × 1.2 × 1.5 = 0.9
    ],
)
def test_the_rate_follows_management_then_type_and_the_stars(rules, given, gross):
    assert worked(rules, stint(**given))[0]["gross_fen"] == gross


def test_half_a_fen_is_rounded_up(rules):
    # 0.25 ㎡ × 0.20 × 1.00 × 3 × 1/10 = 0.015 yuan
    assert worked(rules, stint(floor_area=25, estate_type="affordable", stars=3, days=1), days=10)[0]["gross_fen"] == 2


@pytest.mark.parametrize(
    ("days", "of", "gross", "months"),
    [
        (48, 92, 2_702_362, 1_565_217),  # 51,795.2754 × 48/92 = 27,023.6219…
        (31, 90, 1_784_059, 1_033_333),  # 51,795.2754 × 31/90 = 17,840.5949
        (31, 91, 1_764_454, 1_021_978),  # a leap first quarter: 17,644.5444
        (1, 92, 56_299, 32_609),  # 562.9921
    ],
)
def test_part_of_a_period_is_paid_by_days_and_rounded_once(rules, days, of, gross, months):
    row = worked(rules, stint(days=days), days=of)[0]
    assert row["months"] == months
    assert row["gross_fen"] == gross


def test_an_estate_that_changed_company_has_two_lines_whose_days_add_up(rules):
    first, second = worked(rules, stint(days=44), stint(days=48, tenure_id=2))
    assert (first["gross_fen"], second["gross_fen"]) == (2_477_165, 2_702_362)  # 24,771.6535 and 27,023.6219
    assert first["days"] + second["days"] == first["days_in_period"]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"management": "none", "tenure_id": None, "stars": None}, "unmanaged"),
        ({"management": None}, "unmanaged"),
        ({"days": 0}, "unmanaged"),
        ({"floor_area": None}, "no_area"),
        ({"floor_area": 0}, "no_area"),
        ({"vetoes": ["V1", "V5", "V4"]}, "veto_V4"),
        ({"vetoes": ["V4"], "stars": None}, "veto_V4"),
        ({"stars": None}, "not_rated"),
        ({"stars": 0}, "zero_star"),
        ({"stars": 0, "management": "custody", "custody_cost_fen": 10**9}, "zero_star"),
        ({"floor_area": 1, "days": 1}, "too_small"),
        ({"deduction_fen": 5_179_528}, "deducted"),
        ({"deduction_fen": 9_999_999}, "deducted"),
        ({"paid_this_year_fen": 30_000_000}, "cap_used"),
        ({"paid_this_year_fen": 31_000_000}, "cap_used"),
    ],
)
def test_what_gets_nothing_says_why(rules, given, reason):
    row = worked(rules, stint(**given))[0]
    assert (row["due_fen"], row["zero_reason"]) == (0, reason)
    assert rules.reason(reason).zh
    assert explain_line(rules, row)[0].zh == f"不予补贴：{rules.reason(reason).zh}"


def test_a_gap_without_management_counts_no_months(rules):
    managed, gap = worked(rules, stint(days=46), stint(management="none", tenure_id=None, days=46))
    assert (managed["months"], gap["months"]) == (1_500_000, 0)


def test_a_veto_that_the_edition_does_not_list_stops_nothing(rules):
    assert worked(rules, stint(vetoes=["V7"]))[0]["due_fen"] == 5_179_528


def test_a_deduction_is_taken_before_the_cap(rules):
    row = worked(rules, stint(deduction_fen=100_000, paid_this_year_fen=25_000_000))[0]
    assert (row["net_fen"], row["cap_left_fen"], row["capped_fen"]) == (5_079_528, 5_000_000, 5_000_000)


def test_two_lines_of_an_estate_share_what_the_cap_leaves(rules):
    # net 24,771.65 and 27,023.62, left 10,000.00: 4,782.61 and 5,217.39
    lines = worked(rules, *(stint(days=d, tenure_id=d, paid_this_year_fen=29_000_000) for d in (44, 48)))
    assert [line["capped_fen"] for line in lines] == [478_261, 521_739]


CUSTODY = {"management": "custody", "stars": 3, "floor_area": 1_000_000}  # 10,000 ㎡: 12,000.00, top-up ≤ 6,000.00


@pytest.mark.parametrize(
    ("cost", "receivable", "top_up"),
    [
        (None, None, 0),
        (500_000, 500_000, 200_000),  # 5,000 − 60 % of 5,000
        (3_000_000, 0, 600_000),  # the limit: 10,000 × 0.20 × 3
        (300_000, 500_000, 0),  # covered
        (100, 9, 95),  # 100 − 5.4 = 94.6
        (600_001, 2, 600_000),  # 599,999.8 rounds to the limit itself
    ],
)
def test_custody_is_topped_up_to_its_shortfall_within_the_limit(rules, cost, receivable, top_up):
    row = worked(rules, stint(**CUSTODY, custody_cost_fen=cost, custody_receivable_fen=receivable))[0]
    assert row["gross_fen"] == 1_200_000
    assert (row["top_up_fen"], row["due_fen"]) == (top_up, 1_200_000 + top_up)


def test_the_top_up_stands_outside_the_cap_and_its_limit_is_prorated(rules):
    row = worked(rules, stint(**CUSTODY, custody_cost_fen=10**7, days=46, paid_this_year_fen=30_000_000))[0]
    assert (row["capped_fen"], row["top_up_fen"], row["due_fen"]) == (0, 300_000, 300_000)
    assert row["zero_reason"] is None


@pytest.mark.parametrize(
    ("given", "grant", "due"),
    [
        ({"is_first": True}, 4_000_000, 5_200_000),
        ({"is_first": True, "stars": None}, 4_000_000, 4_000_000),  # not rated yet
        ({"is_first": True, "paid_this_year_fen": 30_000_000}, 4_000_000, 4_000_000),  # outside the cap
        ({"is_first": False}, 0, 1_200_000),
        ({"is_first": True, "vetoes": ["V4"]}, 0, 0),
        ({"is_first": True, "days": 0}, 0, 0),
        ({"is_first": True, "management": "emergency"}, 0, 900_000),  # the rate of old estates: 10,000 × 0.30 × 3
    ],
)
def test_an_estate_that_comes_into_custody_for_the_first_time_gets_a_start_up_grant(rules, given, grant, due):
    row = worked(rules, stint(**CUSTODY | given))[0]
    assert (row["grant_fen"], row["due_fen"]) == (grant, due)
    told = [sentence.zh for sentence in explain_line(rules, row)]
    assert any("启动补助：首次转入兜底托管，一次性 40,000.00 元" in words for words in told) == bool(grant)


def test_others_than_custody_get_no_top_up(rules):
    assert worked(rules, stint(custody_cost_fen=10**7))[0]["top_up_fen"] == 0


def test_a_small_budget_is_shared_to_the_fen_with_ties_by_code(rules):
    same = [stint(estate_id=i, estate_code=f"QX-000{i}", tenure_id=i) for i in (3, 1, 2)]
    paid = apportion(rules, schedule(rules, frame(*same), days_in_period=QUARTER), 100)
    assert paid["estate_code"].to_list() == ["QX-0003", "QX-0001", "QX-0002"]
    assert paid["paid_fen"].to_list() == [33, 34, 33]
    assert paid["district_fen"].to_list() == [23, 24, 23]  # 23.1, 23.8, 23.1
    assert paid["street_fen"].to_list() == [10, 10, 10]
    assert paid["scaled"].all()
    assert paid.select("ratio_numerator", "ratio_denominator").row(0) == (100, 3 * 5_179_528)


def test_a_line_that_scaling_leaves_nothing_says_so(rules):
    paid = apportion(rules, schedule(rules, frame(stint()), days_in_period=QUARTER), 0)
    assert paid.row(0, named=True)["zero_reason"] == "budget"


def test_a_run_without_lines_is_empty_not_an_error(rules):
    lines = schedule(rules, frame(stint()).head(0), days_in_period=QUARTER)
    assert apportion(rules, lines, 100).height == 0


@pytest.mark.parametrize(
    "wrong",
    [{"days": 93}, {"days": -1}, {"deduction_fen": -1}, {"custody_cost_fen": -5}, {"custody_receivable_fen": -5}],
)
def test_impossible_stints_are_refused(rules, wrong):
    with pytest.raises(ValueError, match="QX-0001"):
        worked(rules, stint(**wrong))


def test_missing_columns_and_negative_budgets_are_refused(rules):
    with pytest.raises(ValueError, match="lack the columns days, stars"):
        schedule(rules, frame(stint()).drop("days", "stars"), days_in_period=QUARTER)
    lines = schedule(rules, frame(stint()), days_in_period=QUARTER)
    with pytest.raises(ValueError, match="budget of -1"):
        apportion(rules, lines, -1)


def test_the_working_is_said_step_by_step(rules):
    given = stint(**CUSTODY, days=46, deduction_fen=10_000, paid_this_year_fen=29_500_000, custody_cost_fen=50_000)
    lines = schedule(rules, frame(given), days_in_period=QUARTER)
    row = apportion(rules, lines, 275_000).row(0, named=True)
    assert [text.zh for text in explain_line(rules, row)] == [
        "10,000.00 ㎡ × 0.40 元 × 1.00 × 3 个月 × 46/92 天 = 6,000.00 元",
        "扣减：6,000.00 − 100.00，余 5,900.00 元",
        "封顶：该小区当年余额 5,000.00 元，本笔计 5,000.00 元",
        "兜底补差：缺口 500.00 元，限额 3,000.00 元，补 500.00 元，应发 5,500.00 元",
        "预算缩放：5,500.00 × 2,750.00/5,500.00 → 2,750.00 元",
        "区级 1,925.00 元 + 街道 825.00 元",
    ]
    assert explain_line(rules, row)[0].en == "10,000.00 ㎡ × ¥0.40 × 1.00 × 3 months × 46/92 days = ¥6,000.00"


def test_a_whole_period_is_said_without_days(rules):
    lines = schedule(rules, frame(stint()), days_in_period=QUARTER)
    said = explain_line(rules, lines.row(0, named=True))
    assert [text.zh for text in said] == ["52,318.46 ㎡ × 0.30 元 × 1.10 × 3 个月 = 51,795.28 元"]


@pytest.mark.parametrize(
    ("given", "rate", "coefficient"),
    [
        ({}, "0.30", "1.10"),
        ({"management": "custody", "stars": 2}, "0.40", "0.80"),  # by management, whatever the estate
        ({"estate_type": "commodity", "stars": 5}, "0.05", "1.20"),
    ],
)
def test_the_rate_and_the_coefficient_taken_are_marked_in_their_whole_tables(rules, given, rate, coefficient):
    (row,) = worked(rules, stint(**given))
    (_, rates), (_, coefficients) = tables(rules, row)
    assert (len(rates), len(coefficients)) == (len(rules.rates), 6)
    assert [one.gives.zh for one in rates if one.mark] == [rate]
    assert [one.gives.zh for one in coefficients if one.mark] == [coefficient]
