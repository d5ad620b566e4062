"""Conditions: comparisons with numbers, figures, names and flags, and k of n, known or not; worked by hand."""

import pytest

from stepping import faults, last, said

KNOWN = {
    "a": [1, 2, 3, "–"],
    "b": [2, 2, 2, 2],
    "grade": ["A", "B", "C", None],
    "passed": [True, False, None, True],
}
TRUTHS = [  # the condition, whether it is true for each row (– is unknown)
    # figures with figures and numbers
    ("{figure: a, at_least: b}", [False, True, True, "–"]),
    ("{figure: a, above: b}", [False, False, True, "–"]),
    ("{figure: a, below: b}", [True, False, False, "–"]),
    ("{figure: a, at_most: b}", [True, True, False, "–"]),
    ("{figure: a, at_least: b, below: 3}", [False, True, False, "–"]),
    ("{figure: a, is: 2}", [False, True, False, "–"]),
    ("{figure: a, in: [1, 3]}", [True, False, True, "–"]),
    ("{figure: a, missing: true}", [False, False, False, True]),
    ("{figure: a, missing: false}", [True, True, True, False]),
    # names and flags
    ("{figure: grade, is: A}", [True, False, False, "–"]),
    ("{figure: grade, in: [A, B]}", [True, True, False, "–"]),
    ("{not: {figure: grade, is: A}}", [False, True, True, "–"]),
    ("{figure: passed, is: true}", [True, False, "–", True]),
    ("{figure: passed, is: false}", [False, True, "–", False]),
    # what is unknown matters only where it could change the answer
    ("{all: [{figure: a, above: 1}, {figure: passed, is: true}]}", [False, False, "–", "–"]),
    ("{any: [{figure: a, above: 2}, {figure: passed, is: true}]}", [True, False, True, True]),
]
# three conditions: how many hold surely, how many are unknown: row 1: a<b, A, passed 3; 2: none; 3: none, one unknown;
# 4: passed, two unknown
THREE = "[{figure: a, below: b}, {figure: grade, is: A}, {figure: passed, is: true}]"
TRUTHS += [
    (f"{{count: {THREE}, at_least: 1}}", [True, False, "–", True]),
    (f"{{count: {THREE}, at_least: 2}}", [True, False, False, "–"]),
    (f"{{count: {THREE}, above: 2}}", [True, False, False, "–"]),
    (f"{{count: {THREE}, at_most: 1}}", [False, True, True, "–"]),
    (f"{{count: {THREE}, below: 1}}", [False, True, "–", False]),
    (f"{{count: {THREE}, is: 3}}", [True, False, False, "–"]),
    (f"{{count: {THREE}, is: 0}}", [False, True, "–", False]),
    (f"{{count: {THREE}, at_least: 1, at_most: 2}}", [False, False, "–", "–"]),
    (f"{{count: {THREE}, at_least: b}}", [True, False, False, "–"]),
    (f"{{not: {{count: {THREE}, at_least: 2}}}}", [False, True, True, "–"]),
    (f"{{all: [{{count: {THREE}, at_least: 2}}, {{figure: b, is: 2}}]}}", [True, False, False, "–"]),
    (f"{{count: [{{count: {THREE}, at_least: 2}}, {{figure: b, is: 2}}], is: 1}}", [False, True, True, "–"]),
]


@pytest.mark.parametrize(("condition", "expected"), TRUTHS, ids=[condition for condition, _ in TRUTHS])
def test_a_condition_is_true_false_or_unknown(condition, expected):
    assert last(f"- {{kind: flag, when: {condition}}}", **KNOWN) == expected
    fires = last(f"- {{kind: first_match, cases: [{{when: {condition}, gives: 1}}], otherwise: 0}}", **KNOWN)
    assert fires == ["1" if value is True else "0" for value in expected]


def test_a_count_says_itself():
    text = "- {kind: flag, when: {count: [{figure: a, above: 1}, {figure: b, is: true}, {figure: c, below: d}], %s}}"
    assert said(text % "at_least: 2") == (
        "下列情形中成立的个数（a高于 1；b；c低于 d）不低于 2",
        "how many of these hold (a > 1; b; c < d) ≥ 2",
    )
    assert said(text % "is: 1") == (
        "下列情形中成立的个数（a高于 1；b；c低于 d）为 1",
        "how many of these hold (a > 1; b; c < d) = 1",
    )


LOW = "{fact: lifts, below: 5}"
REFUSALS = [
    (f"{{count: [{LOW}]}}", "0.when: the condition compares nothing (is, at_least, below …)"),
    ("{count: [], at_least: 1}", "0.when.count: at least one condition is needed"),
    (f"{{count: [{LOW}, {LOW}], at_least: 3}}", "0.when: of 2 conditions this is always or never true"),
    (f"{{count: [{LOW}, {LOW}], at_least: 0}}", "0.when: of 2 conditions this is always or never true"),
    (f"{{count: [{LOW}], is: true}}", "0.when: a number of conditions is compared with numbers only"),
    (f"{{count: [{LOW}], missing: true}}", "0.when: a number of conditions is compared with numbers only"),
    (f"{{count: [{LOW}], at_least: zzz}}", "0.when: there is no fact or figure “zzz”"),
    (f"{{count: [{LOW}], at_least: gated}}", "0.when: “gated” is no figure and no bound"),
    ("{count: [{fact: lifs, below: 5}], at_least: 1}",
     "0.when.fact: nobody declares the fact “lifs”; did you mean “lifts”?"),
    ("{count: [{fact: lifts}], at_least: 1}",
     "0.when.count.0: the condition compares nothing (is, at_least, below …)"),
    (f"{{all: [{LOW}], at_least: 1}}", "0.when: a comparison stands only beside fact, figure or count"),
    (f"{{count: [{LOW}], fact: lifts, at_least: 1}}",
     "0.when: a condition is one of all, any, not, count, fact, figure"),
]  # fmt: skip


@pytest.mark.parametrize(("condition", "refusal"), REFUSALS, ids=[condition for condition, _ in REFUSALS])
def test_what_makes_no_sense_is_refused_at_its_place(condition, refusal):
    assert refusal in faults(f"- {{kind: flag, when: {condition}}}")


def test_names_and_flags_that_steps_give_are_compared_with_what_they_can_be():
    grade = """
- name: grade
  kind: bands
  of: lifts
  choices: [{code: A, title: {zh: 甲, en: A}}, {code: B, title: {zh: 乙, en: B}}]
  bands: [{below: 5, gives: B}, {at_least: 5, gives: A}]
- {name: top, kind: flag, when: {figure: grade, is: A}}
"""
    assert faults(grade + "- {kind: flag, when: {all: [{figure: grade, in: [A, B]}, {figure: top, is: true}]}}") == []
    name = "“grade” cannot be compared like this: it is a name, use is or in with one of A, B"
    flag = "“top” cannot be compared like this: it is a flag, use is: true or is: false"
    number = "“lifts” cannot be compared like this: it is a figure, use is, in, at_least, above, below, at_most"
    other = f"{number}; to equal another figure give its name to at_least and at_most"
    wrong = {"grade, is: C": name, "grade, above: 1": name, "top, is: 1": flag, "lifts, is: households": other}
    wrong |= {"lifts, is: true": number, "lifts, in: [few]": number}
    for condition, refusal in wrong.items():
        assert faults(f"{grade}- {{kind: flag, when: {{figure: {condition}}}}}") == [f"2.when: {refusal}"]
