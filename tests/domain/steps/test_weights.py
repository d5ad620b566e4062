"""Weighted means: constant, named and conditional weights, missing parts, coverage; every figure worked by hand."""

import pytest

from stepping import faults, last, run, said, shown

PARTS = (
    "parts: [{of: a, weight: 60, missing: not_rated}, "
    "{of: b, weight: 30, missing: %s}, {of: c, weight: 10, missing: %s}]"
)
GIVEN = {"a": [90, 90, 90, "–"], "b": [80, "–", "–", 80], "c": [50, 50, "–", 50]}
FIGURES = [
    # 54 + 24 + 5 = 83; without b (5400 + 500) ÷ 70 = 84.2857; a alone; a must be there
    (PARTS % ("reweight", "reweight"), GIVEN, ["83", "84.29", "90", "–"]),
    (PARTS % ("zero", "zero"), GIVEN, ["83", "59", "54", "–"]),
    # b as 100: 54 + 30 + 5; and c as 0: 54 + 30
    (PARTS % ("full", "zero"), GIVEN, ["83", "89", "84", "–"]),
    # out of 1 and out of any sum: (90 × 3 + 60) ÷ 4 = 82.5
    ("sums_to: 1, parts: [{of: a, weight: 0.75, missing: reweight}, {of: b, weight: 0.25, missing: reweight}]",
     {"a": [90, "–"], "b": [60, 60]}, ["82.5", "60"]),
    ("sums_to: null, parts: [{of: a, weight: 3, missing: reweight}, {of: b, weight: 1, missing: zero}]",
     {"a": [90, 90], "b": [60, "–"]}, ["82.5", "67.5"]),
    # weights that are figures: (90 × 2 + 60 × 1) ÷ 3 = 80; 0 and below do not count; a missing one leaves no mean
    ("parts: [{of: a, weight: w, missing: reweight}, {of: b, weight: 1, missing: reweight}]",
     {"a": [90] * 4, "b": [60] * 4, "w": [2, 0, -5, "–"]}, ["80", "60", "60", "–"]),
    ("parts: [{of: a, weight: w, missing: reweight}]", {"a": [90, "–"], "w": [0, 5]}, ["–", "–"]),
    # … but the weight of a part that does not apply need not be known
    (("parts: [{of: a, weight: w, missing: reweight, applies: {figure: f, is: true}}, "
      "{of: b, weight: 1, missing: zero}]"),
     {"a": [90, 90], "b": [60, 60], "w": ["–", "–"], "f": [False, True]}, ["60", "–"]),
    # two of three must be known
    ("covers: {parts: 2}, " + PARTS % ("reweight", "reweight"), GIVEN, ["83", "84.29", "–", "–"]),
    # parts with 70 % of the weight must be known, zero or not
    ("covers: {weight: 70}, " + PARTS % ("zero", "zero"), GIVEN, ["83", "59", "–", "–"]),
    ("covers: {weight: 70.01}, " + PARTS % ("zero", "zero"), GIVEN, ["83", "–", "–", "–"]),
    # what does not apply is not asked for: of a 60 and c 10 there are 60 of 70 = 85.7 %
    (("covers: {weight: 85}, parts: [{of: a, weight: 60, missing: reweight}, {of: b, weight: 30, missing: reweight, "
      "applies: {figure: f, is: true}}, {of: c, weight: 10, missing: reweight}]"),
     {"a": [90, 90], "b": [1, "–"], "c": ["–", "–"], "f": [False, True]}, ["90", "–"]),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "columns", "expected"), FIGURES, ids=[rule[:80] for rule, *_ in FIGURES])
def test_a_weighted_mean_is_what_it_is_by_hand(rule, columns, expected):
    assert last(f"- {{kind: weighted_mean, {rule}}}", **columns) == expected


def test_weights_depend_on_circumstances_through_a_step_before():
    text = """
- name: fee_weight
  kind: first_match
  cases: [{when: {figure: custody, is: true}, gives: 0}, {when: {figure: year, at_least: 2027}, gives: 20}]
  otherwise: 10
- name: mean
  kind: weighted_mean
  parts:
    - {of: score, weight: 80, missing: not_rated}
    - {of: fees, weight: fee_weight, missing: reweight}
"""
    table = run(text, score=[90, 90, 90], fees=[50, 50, 50], custody=[True, False, False], year=[2027, 2027, 2026])
    # alone; (7200 + 1000) ÷ 100; (7200 + 500) ÷ 90 = 85.5555…
    assert shown(table, "mean") == ["90", "82", "85.56"]
    assert shown(table, "mean.fees.weight") == ["0", "20", "10"]


def test_printed_parts_add_up_where_each_is_rounded():
    parts = ", ".join(f"{{of: {name}, weight: 1, missing: zero}}" for name in "abc").join(("parts: [", "]"))
    third = {"a": [1], "b": [1], "c": [0]}
    assert last(f"- {{kind: weighted_mean, sums_to: null, part_places: 2, {parts}}}", **third) == ["0.66"]
    assert last(f"- {{kind: weighted_mean, sums_to: null, {parts}}}", **third) == ["0.67"]


SENTENCES = [
    ("parts: [{of: a, weight: 60, missing: zero}, {of: b, weight: 40, missing: zero}], covers: {parts: 1, weight: 50}",
     ("a × 60% + b × 40%；缺a、b的计 0 分；至少 1 项有数，有数的权重至少占 50%，否则缺失；"
      "保留 2 位小数，四舍五入"),
     ("a × 60 % + b × 40 %; where a, b is missing it counts as 0; at least 1 of the parts must be known, "
      "parts with at least 50 % of the weight must be known, else missing; "
      "rounded half up to 2 decimals")),
    (("sums_to: null, places: 6, part_places: 2, parts: [{of: a, weight: 3, missing: not_rated}, "
      "{of: b, weight: w, missing: reweight, applies: {figure: c, is: true}}]"),
     ("加权平均（按权重之和折算）：a × 3 + b × w；“b”只在c时计入；缺a的没有结果；"
      "缺b的由其余部分分担权重；各部分先保留 2 位小数再相加"),
     ("weighted mean (÷ the sum of the weights): a × 3 + b × w; “b” counts only if c; no result without a; "
      "where b is missing the others take the weight; each part rounded to 2 decimals before adding")),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "zh", "en"), SENTENCES, ids=[rule[:50] for rule, *_ in SENTENCES])
def test_a_step_says_itself_in_one_sentence(rule, zh, en):
    assert said(f"- {{kind: weighted_mean, {rule}}}") == (zh, en)


HALF = "{of: lifts, weight: 50, missing: zero}"
REFUSALS = [
    (f"parts: [{HALF}]", "0.parts: the weights add up to 50, not to 100"),
    (f"sums_to: 1, parts: [{HALF}]", "0.parts: the weights add up to 50, not to 1"),
    ("parts: [{of: lifts, weight: 110, missing: zero}, {of: households, weight: -10, missing: zero}]",
     "0.parts.1.weight: a weight must be above 0"),
    ("parts: [{of: lifts, weight: missing, missing: zero}]",
     "0.parts.0.weight: a number or the name of a figure is needed here"),
    ("parts: [{of: lifts, weight: wieght, missing: zero}]", "0.parts.0.weight: there is no fact or figure “wieght”"),
    ("parts: [{of: lifts, weight: gated, missing: zero}]",
     "0.parts.0.weight: “gated” is no figure, nothing can be computed with it"),
    (f"parts: [{HALF}, {HALF}]", "0.parts.1.of: code “lifts” is used twice"),
    (f"sums_to: 50, parts: [{HALF}], covers: {{parts: 2}}", "0.covers.parts: from 1 to as many as there are parts"),
    (f"sums_to: 50, parts: [{HALF}], covers: {{weight: 0}}", "0.covers.weight: above 0 and at most 100"),
    (f"sums_to: 50, parts: [{HALF}], covers: {{}}", "0.covers: state parts or weight"),
    (f"sums_to: 50, parts: [{HALF}], part_places: 7", "0.part_places: decimals must be 0 to 6"),
    ("sums_to: null, parts: []", "0.parts: at least one part is needed"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "refusal"), REFUSALS, ids=[rule[:60] for rule, _ in REFUSALS])
def test_what_makes_no_sense_is_refused_at_its_place(rule, refusal):
    assert [fault.split("; did you")[0] for fault in faults(f"- {{kind: weighted_mean, {rule}}}")] == [refusal]
