"""A figure in slices, each at its own rate: at the lines, beyond them, with rates that rise; each sum by hand."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepping import faults, last, said

AREA = "- {kind: tiers, of: a, tiers: [{up_to: 50000, rate: 0.3}, {up_to: 100000, rate: 0.2}, {rate: 0.1}]}"
LEVY = """
- kind: tiers
  of: a
  tiers: [{up_to: 7, rate: 0.44, rises_to: 0.7}, {up_to: 20, rate: 0.7, rises_to: 0.75}, {rate: 0.75}]
"""


def test_only_what_lies_in_a_slice_counts_at_its_rate():
    # 15000 at the first line, a fen more above it at 0.2; 25000 at the second, then a tenth
    areas = [0, 10, 50000, "50000.05", 100000, "120000.5", -3, "–"]
    assert last(AREA, a=areas) == ["0", "3", "15000", "15000.01", "25000", "27000.05", "0", "–"]


def test_a_last_tier_with_an_end_counts_nothing_beyond():
    assert last("- {kind: tiers, of: a, tiers: [{up_to: 10, rate: 2}]}", a=[9, 10, 99]) == ["18", "20", "20"]


def test_a_rate_may_rise_evenly_within_its_slice():
    # 7 × .57 = 3.99; 3 × .7 + 9 × .05 ÷ 26 more; 13 × .725 = 9.425; then .75
    assert last(LEVY, a=["3.5", 7, 10, 20, 25]) == ["1.7675", "3.99", "6.107308", "13.415", "17.165"]


def test_ends_and_rates_may_be_figures_and_a_missing_one_makes_it_missing():
    step = "- {kind: tiers, of: a, tiers: [{up_to: end, rate: low}, {rate: 3}]}"
    assert last(step, a=[10, 10, 10, 10], end=[4, 20, "–", 4], low=[1, 1, 1, "–"]) == ["22", "10", "–", "–"]


def test_an_end_below_the_one_before_leaves_an_empty_slice():
    step = "- {kind: tiers, of: a, tiers: [{up_to: 8, rate: 1}, {up_to: end, rate: 5, rises_to: 9}, {rate: 3}]}"
    # 8 × 1 + 2 × 3
    assert last(step, a=[10], end=[4]) == ["14"]


def test_it_is_rounded_once():
    step = "- {kind: tiers, of: a, tiers: [{up_to: 1, rate: 0.004}, {rate: 0.004}], places: 2}"
    assert last(step, a=[2]) == ["0.01"]


@given(st.integers(0, 10**9), st.integers(1, 10**6), st.integers(0, 100), st.integers(0, 100))
def test_it_is_the_area_under_its_rates(value, end, low, high):
    step = f"- {{kind: tiers, of: a, tiers: [{{up_to: {end}, rate: {low}, rises_to: {high}}}, {{rate: {high}}}]}}"
    inside = min(value, end)
    exact = low * inside + Fraction((high - low) * inside * inside, 2 * end) + max(0, value - end) * high
    assert abs(Fraction(last(step, a=[value])[0]) - exact) <= Fraction(inside, 10**12) + Fraction(1, 10**6)


def test_it_is_said_with_every_slice():
    assert said(AREA) == (
        "按a分档累进，各档各按其率：50000 以内 × 0.3，50000 至 100000 的部分 × 0.2，100000 以上的部分 × 0.1",
        "by a, each slice by its own rate: up to 50000 × 0.3, from 50000 to 100000 × 0.2, what is above 100000 × 0.1",
    )
    assert said("- {kind: tiers, of: a, tiers: [{rate: 2}], places: 2, mode: floor}")[1] == (
        "by a, each slice by its own rate: all of it × 2; rounded down to 2 decimals"
    )


@pytest.mark.parametrize(
    ("tiers", "fault"),
    [
        ("[]", "0.tiers: at least one tier is needed"),
        ("[{rate: 1}, {rate: 2}]", "0.tiers.0: only the last tier may go without up_to"),
        ("[{rate: 1, rises_to: 2}]", "0.tiers.0.rises_to: a rate that rises needs up_to"),
        ("[{up_to: 5, rate: 1}, {up_to: 5, rate: 2}]", "0.tiers.1.up_to: tiers go from low to high, beginning at 0"),
        ("[{up_to: 0, rate: 1}]", "0.tiers.0.up_to: tiers go from low to high, beginning at 0"),
        ("[{rate: missing}]", "0.tiers.0.rate: a number or the name of a figure is needed here"),
    ],
)
def test_what_cannot_be_is_refused(tiers, fault):
    assert faults(f"- {{kind: tiers, of: households, tiers: {tiers}}}") == [fault]
