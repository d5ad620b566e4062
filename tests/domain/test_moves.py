"""Lift, demote, cap and floor are four different things; what follows the stars may look at them."""

import msgspec
import pytest
import yaml

from rated import the_pack
from redproperty.domain.ratings import Rating, settle
from redproperty.store.rules_structs import Reader
from stepping import frame, shown

FACTS = """
facts:
  - {name: score, title: {zh: 得分, en: score}, kind: number, source: file, perfect: 100}
  - {name: staff, title: {zh: 人员, en: staffing}, kind: number, source: file, perfect: 5}
  - {name: abuse, title: {zh: 虐待, en: abuse}, kind: flag, source: event, perfect: false}
steps: []
"""
STARS = """
stars:
  figure: score
  valid_months: 12
  not_rated: [{code: N, …, when: {figure: score, missing: true}}]
  cutoffs:
    - {star: 5, at_least: 90}
    - {star: 4, at_least: 80, below: 90}
    - {star: 3, at_least: 70, below: 80}
    - {star: 2, at_least: 60, below: 70}
    - {star: 1, below: 60}
  stages:
"""
NAMED = "title: {zh: 示例, en: Example}, basis: {zh: 示例, en: Example}"
SHEET = the_pack().sheet


def rating(stages: str, extra: str = "") -> Rating:
    """Return a rating of one score with these stages; `…` stands for title and basis."""
    lines = "".join(f"    {line}\n" for line in stages.strip().splitlines())
    reader = Reader("rating.yaml")
    read: Rating = reader.read(yaml.compose((FACTS + STARS + lines + extra).replace("…", NAMED)), Rating)
    assert not reader.problems, [problem.text for problem in reader.problems]
    return read


def stars(stages: str, **columns) -> list:
    return settle(SHEET, rating(stages), frame(**columns))["stars"].to_list()


def faults(stages: str, extra: str = "") -> list[str]:
    found = rating(stages, extra).check(SHEET)
    return [f"{'.'.join(str(key) for key in path)}: {text.en}" for path, text in found]


LIFT = "- {kind: lift, rules: [{code: L, …, when: {fact: staff, at_least: 5}, by: 1, at_most: 4}]}"
DEMOTE = "- {kind: demote, rules: [{code: D, …, when: {fact: staff, at_most: 1}, by: 2, at_least: 1}]}"
CAP = "- {kind: cap, rules: [{code: C, …, when: {fact: abuse, is: true}, at_most: 2}]}"
FLOOR = "- {kind: floor, rules: [{code: F, …, when: {fact: staff, at_least: 5}, at_least: 3}]}"
BY_STAFF = "- {kind: cap, rules: [{code: C, …, at_most: staff}]}"


@pytest.mark.parametrize(
    ("stages", "staff", "abuse", "expected"),
    [  # the scores 95, 85, 75, 65, 50 earn 5, 4, 3, 2, 1 stars
        (LIFT, 5, False, [5, 4, 4, 3, 2]),  # the five stay, nobody is lifted above four
        (LIFT, 4, False, [5, 4, 3, 2, 1]),
        (DEMOTE, 1, False, [3, 2, 1, 1, 1]),
        (DEMOTE, 2, False, [5, 4, 3, 2, 1]),
        (CAP, 3, True, [2, 2, 2, 2, 1]),
        (FLOOR, 5, False, [5, 4, 3, 3, 3]),
        (BY_STAFF, 3, False, [3, 3, 3, 2, 1]),
        (BY_STAFF, "2.9", False, [2, 2, 2, 2, 1]),  # a fraction of a star is dropped
        (BY_STAFF, None, False, [5, 4, 3, 2, 1]),  # an unknown cap does not hold
        (f"{LIFT}\n{CAP}", 5, True, [2, 2, 2, 2, 2]),  # in the edition's order: lifted, then capped
        (f"{CAP}\n{LIFT}", 5, True, [3, 3, 3, 3, 2]),  # capped, then lifted
    ],
)
def test_stars_move_as_the_rule_says_and_no_further(stages, staff, abuse, expected):
    scores = [95, 85, 75, 65, 50]
    assert stars(stages, score=scores, staff=[staff] * 5, abuse=[abuse] * 5) == expected


def test_several_lifts_of_a_stage_add_up_each_within_its_own_line():
    two = (
        "- {kind: lift, rules: [{code: L1, …, when: {fact: staff, at_least: 4}, at_most: 5}, "
        "{code: L2, …, when: {fact: staff, at_least: 5}, by: 2, at_most: 4}]}"
    )
    assert stars(two, score=[50, 50, 85, 65], staff=[4, 5, 5, 5], abuse=[False] * 4) == [2, 4, 5, 4]


def test_who_is_not_rated_is_neither_lifted_nor_raised_to_a_floor():
    assert stars(f"{LIFT}\n{FLOOR}", score=["–"], staff=[5], abuse=[False]) == [None]


def test_a_rule_without_condition_fires_only_where_it_changes_the_stars():
    table = settle(SHEET, rating(BY_STAFF), frame(score=[95, 65], staff=[3, 3], abuse=[False, False]))
    assert table["fired"].to_list() == [["C"], []]


def test_every_kind_says_itself():
    titles = rating(LIFT).titles
    said = [
        text
        for kind in (LIFT, DEMOTE, CAP, FLOOR, BY_STAFF)
        for _, text in rating(kind).stars.stages[0].sentences(titles)
    ]
    assert [text.zh for text in said] == [
        "凡人员不低于 5，升 1 星，最高升至 4 星",
        "凡人员不超过 1，降 2 星，最低降至 1 星",
        "凡虐待，最高 2 星",
        "凡人员不低于 5，至少 3 星",
        "最高 “人员”的星数",
    ]
    assert said[0].en == "1 star up, to 4 stars at most if staffing ≥ 5"


@pytest.mark.parametrize(
    ("stages", "expected"),
    [
        ("- {kind: lift, rules: []}", "stars.stages.0.rules: at least one rule is needed"),
        (LIFT.replace("at_most: 4", "at_most: 6"), "stars.stages.0.rules.0.at_most: no cut-off gives 6 stars"),
        (LIFT.replace("by: 1", "by: 0.5"), "stars.stages.0.rules.0.by: a whole number from 1"),
        (CAP.replace("at_most: 2", "at_most: 2.5"), "stars.stages.0.rules.0.at_most: a whole number of stars"),
        (
            CAP.replace("at_most: 2", "at_most: staf"),
            "stars.stages.0.rules.0.at_most: there is no fact or figure “staf”; did you mean “staff”?",
        ),
        (CAP.replace("at_most: 2", "at_most: abuse"), "stars.stages.0.rules.0.at_most: stars are made of figures"),
        (
            CAP.replace("at_most: 2", "at_most: missing"),
            "stars.stages.0.rules.0.at_most: a number of stars or the name of a figure is needed here",
        ),
    ],
)
def test_a_slip_is_refused_with_its_place(stages, expected):
    assert faults(stages) == [expected]


AFTER = """
after:
  - name: medal
    title: {zh: 奖牌, en: medal}
    kind: first_match
    choices: [{code: gold, title: {zh: 金, en: gold}}, {code: half, title: {zh: 四星半, en: four and a half}}]
    cases:
      - {when: {figure: C, is: true}, gives: missing}
      - {when: {figure: stars, at_least: 5}, gives: gold}
      - {when: {all: [{figure: stars, is: 4}, {fact: score, at_least: 85}]}, gives: half}
    otherwise: missing
  - {name: double, title: {zh: 双倍, en: double}, kind: product, of: [stars, 2]}
designation: medal
"""


def test_steps_after_the_stars_look_at_them_and_give_the_designation():
    made = rating(CAP, AFTER)
    table = settle(
        SHEET, made, frame(score=[95, 85, 80, 95, "–"], staff=[5] * 5, abuse=[False, False, False, True, True])
    )
    assert table["stars"].to_list() == [5, 4, 4, 2, None]
    assert table["medal"].to_list() == ["gold", "half", None, None, None]
    assert shown(table, "double") == ["10", "8", "8", "4", "–"]
    assert made.named(table.row(1, named=True)).en == "four and a half"
    assert made.named(table.row(2, named=True)) is None
    assert faults(CAP, AFTER) == []


def test_a_designation_must_be_a_name():
    assert faults(CAP, AFTER.replace("designation: medal", "designation: meddal")) == [
        "designation: no step “meddal” gives a name; did you mean “medal”?"
    ]
    assert faults(CAP, AFTER.replace("designation: medal", "designation: double"))[0].startswith(
        "designation: no step “double” gives a name"
    )


def test_steps_before_the_stars_cannot_look_at_them():
    early = rating(CAP, AFTER).steps
    assert early == ()
    wrong = CAP.replace("{fact: abuse, is: true}", "{figure: double, above: 1}")
    assert "stars.stages.0.rules.0.when: there is no fact or figure “double”" in faults(wrong, AFTER)[0]


def test_the_cut_offs_may_compare_another_figure_than_the_composite():
    made = rating(LIFT)
    cut = msgspec.structs.replace(made.stars, of="staff")
    by_staff = Rating(facts=made.facts, steps=(), stars=cut)
    assert [text.en for _, text in by_staff.check(SHEET)] == ["one reason must be that “staff” is missing"]
    table = settle(SHEET, by_staff, frame(score=[50, 50], staff=[95, 72], abuse=[False, False]))
    assert table["stars"].to_list() == [5, 4]  # 72 earns three, and staffing of at least 5 lifts by one
