"""Sums, products, quotients, best and worst, ends and rounding; every figure worked by hand."""

import pytest

from stepping import faults, last, said

FIGURES = [  # the step, its columns, what comes out
    # 80 + 12.5 − 0.2 × 50 = 82.5; a missing summand makes the sum missing
    ("{kind: sum, of: [a, b, {of: c, times: -0.2}]}", {"a": [80, 1], "b": ["12.5", 2], "c": [50, "–"]}, ["82.5", "–"]),
    # … unless it counts as 0: 1 + 2 − 0
    ("{kind: sum, of: [a, {of: c, times: -1, missing: zero}]}", {"a": [80, 1], "c": [50, "–"]}, ["30", "1"]),
    # a surcharge of 15 % on 200, and a constant: 200 + 30 − 5
    ("{kind: sum, of: [a, {of: a, times: 0.15}], plus: -5}", {"a": [200, 0]}, ["225", "-5"]),
    # factors and constants are figures, too: 3 × 1.5 + 10
    ("{kind: sum, of: [{of: a, times: k}], plus: c}", {"a": [3, 3], "k": ["1.5", "–"], "c": [10, 10]}, ["14.5", "–"]),
    # numbers among the summands: 80 + 3 − 0.5; 20 + 0.15 × 80 + 1
    ("{kind: sum, of: [a, 3, -0.5]}", {"a": [80, "–"]}, ["82.5", "–"]),
    ("{kind: sum, of: [20, {of: a, times: 0.15}], plus: 1}", {"a": [80]}, ["33"]),
    # one rounding for the sum: 0.000001 × 0.5 twice is 0.000001, not 0.000002
    ("{kind: sum, of: [{of: a, times: 0.5}, {of: a, times: 0.5}]}", {"a": ["0.000001"]}, ["0.000001"]),
    ("{kind: product, of: [a, b]}", {"a": ["1.5", "-2", 3], "b": [4, "0.25", "–"]}, ["6", "-0.5", "–"]),
    # 52318.46 m² × 0.30 × 1.10 = 17265.0918, to the fen 17265.09
    ("{kind: product, of: [a, 0.30, 1.10], places: 2}", {"a": ["52318.46"]}, ["17265.09"]),
    # rounded once, not in between: 0.000123 × 0.5 × 1000000 = 61.5
    ("{kind: product, of: [a, 0.5, 1000000]}", {"a": ["0.000123", "-0.000123", "–"]}, ["61.5", "-61.5", "–"]),
    ("{kind: product, of: [a, 0.001, 0.001, 1000, 10], places: 2}", {"a": ["0.505", "0.504"]}, ["0.01", "0.01"]),
    # six factors, or ones too large for 128 bits: each product to the millionth
    ("{kind: product, of: [a, 2, 2, 2, 0.5, 0.5]}", {"a": ["1.25"]}, ["2.5"]),
    ("{kind: product, of: [a, a, 0.01, 0.01, a]}", {"a": ["100000", "0.5"]}, ["100000000000", "0.000013"]),
    ("{kind: product, of: [a, 0.5], places: 0, mode: half_even}", {"a": [5, 7, -5]}, ["2", "4", "-2"]),
    ("{kind: product, of: [a]}", {"a": [5, "–"]}, ["5", "–"]),
    # 2 of 3 as a percentage to two decimals; over zero the stated figure, or none
    ("{kind: quotient, of: a, by: b, times: 100, zero: 100, places: 2}", {"a": [2, 0, "–"], "b": [3, 0, 0]},
     ["66.67", "100", "–"]),
    ("{kind: quotient, of: a, by: b, zero: missing}", {"a": [1, 1, 1], "b": [8, 0, "–"]}, ["0.125", "–", "–"]),
    ("{kind: quotient, of: a, by: b, zero: a}", {"a": [7], "b": [0]}, ["7"]),
    # begun months of delay: 61 days ÷ 30, up
    ("{kind: quotient, of: a, by: 30, zero: missing, places: 0, mode: ceil}", {"a": [60, 61, 0]}, ["2", "3", "0"]),
    ("{kind: quotient, of: a, by: -4, zero: missing, places: 0, mode: floor}", {"a": [7]}, ["-2"]),
    ("{kind: best, of: [a, b]}", {"a": [1, 5, "–", "–"], "b": [3, 2, 4, "–"]}, ["3", "5", "4", "–"]),
    ("{kind: worst, of: [a, b, 4]}", {"a": [1, 5, "–", 9], "b": [3, 2, 7, 8]}, ["1", "2", "4", "4"]),
    ("{kind: worst, of: [a, b], missing: missing}", {"a": [1, "–"], "b": [3, 2]}, ["1", "–"]),
    # the best two of three: (90 + 70) ÷ 2; of one that is there, that one; of none, none
    ("{kind: best, of: [a, b, c], take: 2}", {"a": [90, 55, "–"], "b": [60, "–", "–"], "c": [70, "–", "–"]},
     ["80", "55", "–"]),
    ("{kind: worst, of: [a, b, c], take: 2, how: sum}", {"a": [90], "b": [60], "c": ["70.5"]}, ["130.5"]),
    # a third: (1 + 1 + 0) ÷ 3 to two decimals
    ("{kind: best, of: [a, b, c], take: 3, places: 2}", {"a": [1], "b": [1], "c": [0]}, ["0.67"]),
    ("{kind: best, of: [a, {x}]}".replace("{x}", "-5"), {"a": [-7, 2]}, ["-5", "2"]),
    # ends that are figures: the limit of a year; a missing limit leaves nothing
    ("{kind: clamp, of: a, at_most: limit}", {"a": [5, 5, "–"], "limit": [3, "–", 3]}, ["3", "–", "–"]),
    ("{kind: clamp, of: a, at_least: low, at_most: 10}", {"a": [1, 20, 7], "low": [2, 2, 2]}, ["2", "10", "7"]),
    ("{kind: clamp, of: a, at_least: low, at_most: high}", {"a": [1], "low": [9], "high": [4]}, ["4"]),
    ("{kind: clamp, of: a, at_least: 0, at_most: 100}", {"a": ["-1", "100.5", "–"]}, ["0", "100", "–"]),
    # to halves: 3.25 → 3.5, 3.24 → 3, −3.25 → −3.5; down to whole tens
    ("{kind: round, of: a, to: 0.5}", {"a": ["3.25", "3.24", "-3.25", "–"]}, ["3.5", "3", "-3.5", "–"]),
    ("{kind: round, of: a, to: 10, mode: floor}", {"a": ["99.9", 100, -1]}, ["90", "100", "-10"]),
    ("{kind: round, of: a, to: 0.5, mode: half_even}", {"a": ["0.25", "0.75"]}, ["0", "1"]),
    # √2 = 1.4142136, √0.25, √10¹²; the third root of 27 and of 100 = 4.6415888; the fourth of 10,000
    ("{kind: root, of: a}", {"a": [2, "0.25", "1000000000000", 0, -1, "–"]},
     ["1.414214", "0.5", "1000000", "0", "–", "–"]),
    ("{kind: root, of: a, degree: 3}", {"a": [27, 100, "0.000001", "1000000000000"]},
     ["3", "4.641589", "0.01", "10000"]),
    ("{kind: root, of: a, degree: 4, places: 2}", {"a": [10000, 2]}, ["10", "1.19"]),
    ("{kind: root, of: a, places: 0}", {"a": ["2.25", "2.249999", "6.25"]}, ["2", "1", "3"]),
]  # fmt: skip


@pytest.mark.parametrize(("step", "columns", "expected"), FIGURES, ids=[step for step, *_ in FIGURES])
def test_a_figure_is_what_it_is_by_hand(step, columns, expected):
    assert last(f"- {step}", **columns) == expected


def test_a_geometric_mean_is_a_root_of_a_product():
    text = "[{name: all, kind: product, of: [a, b, c]}, {kind: root, of: all, degree: 3, places: 3}]"
    # 60 × 80 × 90 = 432,000, whose third root is 75.595…
    assert last(text, a=[60], b=[80], c=[90]) == ["75.595"]


def test_large_figures_do_not_overflow():
    step = "- {kind: quotient, of: a, by: b, times: 100, zero: missing, places: 2}"
    assert last(step, a=["900000000000"], b=["300000000000"]) == ["300"]
    assert last("- {kind: product, of: [a, b, 0.000001]}", a=["3000000"], b=["1000000"]) == ["3000000"]


SENTENCES = [
    ("{kind: root, of: a, degree: 3, places: 2}",
     "a的立方根；保留 2 位小数，四舍五入", "third root of a; rounded half up to 2 decimals"),
    ("{kind: sum, of: [a, {of: b, times: -0.5, missing: zero}], plus: 10}",
     "a + b（缺失计 0） × (-0.5) + 10", "a + b (0 where missing) × (-0.5) + 10"),
    ("{kind: product, of: [a, 0.3], places: 2}",
     "a × 0.3；保留 2 位小数，四舍五入", "a × 0.3; rounded half up to 2 decimals"),
    ("{kind: quotient, of: a, by: b, times: 100, zero: missing}",
     "a ÷ b × 100；除数为 0 时：缺失", "a ÷ b × 100; where the divisor is 0: missing"),
    ("{kind: best, of: [a, b, c], take: 2}",
     "取a、b、c中最高的 2 项的平均；缺失的不计", "mean of the 2 highest of a, b, c; missing ones passed over"),
    ("{kind: worst, of: [a, b], missing: missing}",
     "取a、b中最低者；缺一项即缺失", "lowest of a, b; missing where one is"),
    ("{kind: clamp, of: a, at_least: 0, at_most: limit}",
     "a，不低于 0，不超过 limit", "a, at least 0, at most limit"),
    ("{kind: round, of: a, to: 0.5, mode: floor}",
     "a，取 0.5 的整数倍，舍去尾数", "a, rounded down to multiples of 0.5"),
]  # fmt: skip


@pytest.mark.parametrize(("step", "zh", "en"), SENTENCES, ids=[step for step, *_ in SENTENCES])
def test_a_step_says_itself_in_one_sentence(step, zh, en):
    assert said(f"- {step}") == (zh, en)


REFUSALS = [
    ("{kind: root, of: missing}", "0.of: a number or the name of a figure is needed here"),
    ("{kind: root, of: lifts, degree: 5}", "0.degree: 2, 3 or 4"),
    ("{kind: root, of: lifts, places: 7}", "0.places: decimals must be 0 to 6"),
    ("{kind: sum, of: [lifts, missing]}", "0.of.1: a number or the name of a figure is needed here"),
    ("{kind: sum, of: []}", "0.of: at least one figure is needed"),
    ("{kind: sum, of: [lifts, {of: lifst, times: -1}]}",
     "0.of.1.of: there is no fact or figure “lifst”; did you mean “lifts”?"),
    ("{kind: sum, of: [{of: lifts, times: factor}]}", "0.of.0.times: there is no fact or figure “factor”"),
    ("{kind: sum, of: [estate_type]}", "0.of.0: “estate_type” is no figure, nothing can be computed with it"),
    ("{kind: product, of: [lifts, gated]}", "0.of.1: “gated” is no figure, nothing can be computed with it"),
    ("{kind: product, of: [lifts], places: 7}", "0.places: decimals must be 0 to 6"),
    ("{kind: quotient, of: lifts, by: 0, zero: missing}", "0.by: the divisor cannot be written as 0"),
    ("{kind: best, of: [lifts, households], take: 3}", "0.take: from 1 to as many as are listed"),
    ("{kind: worst, of: []}", "0.of: at least one figure is needed"),
    ("{kind: clamp, of: lifts}", "0: state at_least or at_most"),
    ("{kind: clamp, of: lifts, at_least: 5, at_most: 4}", "0.at_least: the ends are reversed"),
    ("{kind: clamp, of: lifts, at_most: missing}", "0.at_most: a number or the name of a figure is needed here"),
    ("{kind: round, of: lifts, to: 0}", "0.to: the step must be above 0"),
]  # fmt: skip


@pytest.mark.parametrize(("step", "refusal"), REFUSALS, ids=[step for step, _ in REFUSALS])
def test_what_makes_no_sense_is_refused_at_its_place(step, refusal):
    assert faults(f"- {step}") == [refusal] or refusal in [fault.split("; did you")[0] for fault in faults(f"- {step}")]


def test_a_figure_cannot_be_used_before_it_is_defined():
    text = "[{name: first, kind: sum, of: [second]}, {name: second, kind: product, of: [lifts, 2]}]"
    (fault,) = faults(text)
    assert fault.startswith("0.of.0: “second” is used before it is defined: step 2")
