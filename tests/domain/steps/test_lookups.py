"""Bands, scales, tables, first match, counts and flags; every figure worked by hand."""

import pytest

from stepping import faults, frame, last, said, steps

MEDALS = "choices: [{code: gold, title: {zh: 金, en: Gold}}, {code: none, title: {zh: 无, en: None}}]"
FIGURES = [
    (("{kind: bands, of: a, bands: "
     "[{below: 60, gives: 0}, {at_least: 60, below: 90, gives: b}, {at_least: 90, gives: 10}]}"),
     {"a": ["59.999999", 60, "89.999999", 90, "–"], "b": [7, 7, "–", 7, 7]}, ["0", "7", "–", "10", "–"]),
    ("{kind: bands, of: a, bands: [{at_most: 90, gives: none}, {above: 90, gives: gold}], " + MEDALS + "}",
     {"a": [90, "90.000001", "–"]}, ["none", "gold", "–"]),
    # 80 gives 0, 90 gives 10, 100 gives 12: 85 → 5, 95 → 11; held at the ends
    ("{kind: scale, of: a, anchors: [{at: 80, gives: 0}, {at: 90, gives: 10}, {at: 100, gives: 12}]}",
     {"a": [70, 80, 85, 90, 95, 100, 130, "–"]}, ["0", "0", "5", "10", "11", "12", "12", "–"]),
    # … or going on: 70 → −10, 130 → 12 + 30 × 0.2 = 18
    ("{kind: scale, of: a, beyond: extend, anchors: [{at: 80, gives: 0}, {at: 90, gives: 10}, {at: 100, gives: 12}]}",
     {"a": [70, 130]}, ["-10", "18"]),
    # falling: 0 complaints 100, 3 complaints 0; one gives 66.67
    ("{kind: scale, of: a, anchors: [{at: 0, gives: 100}, {at: 3, gives: 0}], places: 2}", {"a": [1, 2, 4]},
     ["66.67", "33.33", "0"]),
    (("{kind: table, keys: [t, f], otherwise: 0.1, "
     "rows: [{when: [old, true], gives: 0.3}, {when: [new, true], gives: 0.2}]}"),
     {"t": ["old", "new", "new", None], "f": [True, True, False, True]}, ["0.3", "0.2", "0.1", "0.1"]),
    ("{kind: table, keys: [f], rows: [{when: [true], gives: a}, {when: [false], gives: missing}]}",
     {"f": [True, False, None], "a": [5, 5, 5]}, ["5", "–", "–"]),
    ("{kind: table, keys: [a], rows: [{when: [1], gives: gold}], otherwise: none, " + MEDALS + "}",
     {"a": [1, 2]}, ["gold", "none"]),
    # the first that fires; an unknown condition does not
    (("{kind: first_match, otherwise: 0, "
     "cases: [{when: {figure: a, at_least: 90}, gives: 5}, {when: {figure: a, at_least: b}, gives: b}]}"),
     {"a": [95, 85, 70, "–"], "b": [80, 80, 80, 80]}, ["5", "80", "0", "0"]),
    ("{kind: first_match, otherwise: none, "
     "cases: [{when: {figure: a, missing: true}, gives: missing}, {when: {figure: a, above: 1}, gives: gold}], "
     + MEDALS + "}", {"a": ["–", 2, 1]}, ["–", "gold", "none"]),
    ("{kind: count, of: [{figure: a, at_least: 1}, {figure: b, is: true}, {not: {figure: b, is: true}}]}",
     {"a": [1, 0, "–"], "b": [True, False, None]}, ["2", "1", "0"]),
    ("{kind: flag, when: {all: [{figure: a, below: b}, {figure: b, at_most: 10}]}}",
     {"a": [1, 9, "–", "–"], "b": [9, 9, 9, 11]}, [True, False, "–", False]),
]  # fmt: skip


GRADE = "- {name: grade, kind: bands, of: a, choices: [A, B], bands: [{below: 60, gives: B}, {at_least: 60, gives: A}]}"
CORRECTED = """
- name: final
  kind: first_match
  choices: %s
  cases: [{when: {figure: b, is: 1}, gives: none}]
  otherwise: grade
"""


def test_a_branch_hands_on_an_earlier_name():
    assert last(GRADE + CORRECTED % "[none, A, B]", a=[70, 50, 70, "–"], b=[0, 0, 1, 0]) == ["A", "B", "none", "–"]


def test_an_earlier_name_may_be_nothing_but_the_choices():
    assert "1.otherwise: “B” is not among the choices" in faults(GRADE + CORRECTED % "[none, A]")


@pytest.mark.parametrize(("step", "columns", "expected"), FIGURES, ids=[step[:70] for step, *_ in FIGURES])
def test_a_figure_is_what_it_is_by_hand(step, columns, expected):
    assert last(f"- {step}", **columns) == expected


def test_conditions_see_flags_and_names_of_steps():
    text = f"""
- {{name: medal, kind: bands, of: a, bands: [{{below: 90, gives: none}}, {{at_least: 90, gives: gold}}], {MEDALS}}}
- {{name: calm, kind: flag, when: {{figure: b, is: 0}}}}
- name: paid
  kind: first_match
  cases: [{{when: {{all: [{{figure: medal, is: gold}}, {{figure: calm, is: true}}]}}, gives: 500}}]
  otherwise: 0
"""
    assert last(text, a=[95, 95, 60], b=[0, 1, 0]) == ["500", "0", "0"]


SENTENCES = [
    ("{kind: bands, of: a, bands: [{below: 90, gives: none}, {at_least: 90, gives: gold}], " + MEDALS + "}",
     "按a：<90 为 无；≥90 为 金", "by a: <90: None; ≥90: Gold"),
    ("{kind: scale, of: a, anchors: [{at: 80, gives: 0}, {at: 90, gives: 10}]}",
     "按a：80 得 0；90 得 10；其间按直线内插，其外按端点",
     "by a: 80 gives 0; 90 gives 10; straight lines between, the ends hold beyond"),
    ("{kind: table, keys: [t, f], rows: [{when: [old, true], gives: 0.3}], otherwise: 0}",
     "按t、f查表：old、是 为 0.3；其余为 0", "by t, f: old, yes: 0.3; otherwise 0"),
    ("{kind: first_match, cases: [{when: {figure: a, at_least: b}, gives: 5}], otherwise: missing}",
     "依次：a不低于 b的，为 5；其余为 缺失", "in this order: 5 if a ≥ b; otherwise missing"),
    ("{kind: count, of: [{figure: a, at_least: 1}, {figure: b, below: 3}]}",
     "下列情形中成立的个数：a不低于 1；b低于 3", "how many of these hold: a ≥ 1; b < 3"),
    ("{kind: flag, when: {figure: a, above: 1}}", "a高于 1", "a > 1"),
]  # fmt: skip


@pytest.mark.parametrize(("step", "zh", "en"), SENTENCES, ids=[step[:50] for step, *_ in SENTENCES])
def test_a_step_says_itself_in_one_sentence(step, zh, en):
    assert said(f"- {step}") == (zh, en)


REFUSALS = [
    ("{kind: bands, of: lifts, bands: [{below: 5, gives: 1}, {at_least: 6, gives: 2}]}",
     "0.bands.1: leaves a gap to “<5”"),
    ("{kind: bands, of: lifts, bands: [{below: 5, gives: glod}, {at_least: 5, gives: none}], " + MEDALS + "}",
     "0.bands.0.gives: “glod” is no choice and no earlier column; did you mean “gold”?"),
    ("{kind: bands, of: lifts, bands: [{gives: gold}], " + MEDALS + "}", "0.choices.1: no branch gives “none”"),
    ("{kind: bands, of: estate_type, bands: [{gives: 1}]}",
     "0.of: “estate_type” is no figure, nothing can be computed with it"),
    ("{kind: bands, of: lifts, bands: [{gives: gold}]}", "0.bands.0.gives: there is no fact or figure “gold”"),
    ("{kind: scale, of: lifts, anchors: [{at: 1, gives: 0}]}", "0.anchors: at least two anchors are needed"),
    ("{kind: scale, of: lifts, anchors: [{at: 1, gives: 0}, {at: 1, gives: 9}]}",
     "0.anchors.1.at: anchors go from low to high"),
    ("{kind: table, keys: [gated], rows: [{when: [true], gives: 1}]}",
     "0.rows: no row for “False”; add it or state otherwise"),
    ("{kind: table, keys: [party_status], rows: [{when: [aproved], gives: 1}], otherwise: 0}",
     "0.rows.0.when.0: “party_status” is never “aproved”"),
    ("{kind: table, keys: [lifts], rows: [{when: [1], gives: 1}]}",
     "0.rows: with a figure among the keys, state otherwise"),
    ("{kind: table, keys: [gated], rows: [{when: [true], gives: 1}, {when: [true], gives: 2}], otherwise: 0}",
     "0.rows.1.when: this row stands twice"),
    ("{kind: table, keys: [gated, lifts], rows: [{when: [true], gives: 1}], otherwise: 0}",
     "0.rows.0.when: one value for each key: 2"),
    ("{kind: first_match, cases: [], otherwise: 0}", "0.cases: at least one case is needed"),
    ("{kind: first_match, cases: [{when: {fact: lifts, above: limit}, gives: 1}], otherwise: 0}",
     "0.cases.0.when: there is no fact or figure “limit”"),
    ("{kind: flag, when: {fact: lifts, above: gated}}", "0.when: “gated” is no figure and no bound"),
    ("{kind: count, of: []}", "0.of: at least one condition is needed"),
]  # fmt: skip


@pytest.mark.parametrize(("step", "refusal"), REFUSALS, ids=[step[:70] for step, _ in REFUSALS])
def test_what_makes_no_sense_is_refused_at_its_place(step, refusal):
    assert refusal in faults(f"- {step}") or refusal in [fault.split("; did you")[0] for fault in faults(f"- {step}")]


def test_a_flag_is_no_figure_and_a_name_has_no_bounds():
    flag = "{name: calm, kind: flag, when: {fact: gated, is: true}}"
    assert faults(f"[{flag}, {{kind: sum, of: [calm]}}]") == [
        "1.of.0: “calm” is no figure, nothing can be computed with it"
    ]
    assert faults(f"[{flag}, {{kind: flag, when: {{figure: calm, above: 1}}}}]") == [
        "1.when: “calm” cannot be compared like this: it is a flag, use is: true or is: false"
    ]


def test_a_table_that_covers_every_combination_needs_no_otherwise():
    rows = ", ".join(
        f"{{when: [{flag}, {status}], gives: 1}}"
        for flag in ("true", "false")
        for status in ("approved", "applied", "none")
    )
    assert faults(f"- {{kind: table, keys: [gated, party_status], rows: [{rows}]}}") == []


def test_steps_of_an_empty_frame_keep_their_types():
    (step,) = steps("- {kind: best, of: [a, b], take: 2}")
    empty = frame(a=[1], b=[2]).clear()
    for expressions in step.passes(None):
        empty = empty.with_columns(expressions)
    assert str(empty.schema["x0"]) == "Int64"
