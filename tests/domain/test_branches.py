"""A rule that is a table is shown whole, and exactly the branch that the engine took is marked."""

import polars as pl
import pytest

from explained import PACK, rate_one
from rated import SMALL
from redproperty.domain.branches import marked
from redproperty.domain.explanations import explain
from redproperty.domain.numbers import UNIT
from stepping import frame, last, steps

BANDS = """
[{kind: bands, of: rate, bands: [
  {at_least: 90, gives: 5}, {at_least: 70, below: 90, gives: 3}, {below: 70, gives: 0}]}]
"""
SCALE = "[{kind: scale, of: rate, anchors: [{at: 80, gives: 0}, {at: 90, gives: 10}, {at: 100, gives: 12}]}]"
EXTENDED = "[{kind: scale, of: rate, beyond: extend, anchors: [{at: 80, gives: 0}, {at: 90, gives: 10}]}]"
TABLE = """
[{kind: table, keys: [kind, lift], rows: [{when: [old, true], gives: 4}, {when: [old, false], gives: 2}], otherwise: 1}]
"""
CASES = """
[{kind: first_match, cases: [
  {when: {figure: rate, at_least: 90}, gives: 3}, {when: {figure: rate, at_least: 80}, gives: 2}], otherwise: 0}]
"""
COUNT = "[{kind: count, of: [{figure: rate, at_least: 80}, {figure: kind, is: old}, {figure: lift, is: true}]}]"
TITLES = {}


def rows(text, **columns):
    """Return (when, gives, marked) of every branch in English for one row of columns."""
    (step,) = steps(text)
    found = marked(step.tabled(TITLES), frame(**{name: [value] for name, value in columns.items()}))
    return [(one.when.en, one.gives.en, one.mark is not None) for one in found]


def taken(text, **columns):
    return [gives for _, gives, mark in rows(text, **columns) if mark]


@pytest.mark.parametrize(
    ("text", "columns", "gives"),
    [
        (BANDS, {"rate": "90"}, "5"),
        (BANDS, {"rate": "89.999999"}, "3"),
        (BANDS, {"rate": "12"}, "0"),
        (TABLE, {"kind": "old", "lift": False}, "2"),
        (TABLE, {"kind": "new", "lift": True}, "1"),
        (CASES, {"rate": "95"}, "3"),  # both cases hold, the first is taken
        (CASES, {"rate": "80"}, "2"),
        (CASES, {"rate": "79"}, "0"),
    ],
)
def test_the_branch_marked_is_the_one_that_the_step_took(text, columns, gives):
    assert taken(text, **columns) == [gives]
    assert last(text, **{name: [value] for name, value in columns.items()}) == [gives]


def test_the_whole_table_stands_there():
    assert rows(BANDS, rate="75") == [
        ("≥90", "5", False),
        ("≥70 and <90", "3", True),
        ("<70", "0", False),
    ]


def test_a_missing_figure_takes_no_branch():
    (step,) = steps(BANDS)
    assert all(one.mark is None for one in marked(step.tabled({}), pl.DataFrame({"rate": [None]}, {"rate": pl.Int64})))


@pytest.mark.parametrize(
    ("text", "rate", "line"),
    [
        (SCALE, "80", "≤80"), (SCALE, "85", "80–90"), (SCALE, "90", "80–90"), (SCALE, "95", "90–100"),
        (SCALE, "100", "90–100"), (SCALE, "101", ">100"), (EXTENDED, "50", "80–90"), (EXTENDED, "95", "80–90"),
    ],
)  # fmt: skip
def test_a_scale_marks_the_line_on_which_the_figure_lies(text, rate, line):
    assert [when for when, _, mark in rows(text, rate=rate) if mark] == [line]


def test_of_counted_conditions_all_that_hold_are_marked():
    assert [mark for _, _, mark in rows(COUNT, rate="85", kind="new", lift=True)] == [True, False, True]


def test_bonus_entries_that_brought_points_are_marked_in_the_whole_list():
    said = explain(PACK, *rate_one([{}] * 4, volunteer_station=True, commendations=UNIT))
    (bonus,) = [line for line in said.steps if line.name == "bonus"]
    assert bonus.rule.zh == "合计最多 5 分"
    assert len(bonus.rows) == len(PACK.rating.step("bonus").entries)
    assert [row.when.zh for row in bonus.rows if row.mark] == ["区级以上表彰", "设有志愿服务站"]


def test_the_cut_offs_stand_whole_with_the_band_of_the_estate():
    # 95.50 × 0.6 + 16 + 6 + 10 = 89.30
    said = explain(PACK, *rate_one([SMALL] * 4, satisfaction=80 * UNIT, opinion=60 * UNIT))
    assert [(row.gives.zh, row.when.zh, row.mark and row.mark.zh) for row in said.cutoffs] == [
        ("5 星", "≥90", None),
        ("4 星", "≥85且<90", "本小区"),
        ("3 星", "≥80且<85", None),
        ("2 星", "≥70且<80", None),
        ("1 星", "≥60且<70", None),
        ("0 星", "<60", None),
    ]


def test_the_levels_of_an_item_are_marked_with_the_rounds_that_found_them():
    said = explain(PACK, *rate_one([{"DJ-01": 2}, {}, {"DJ-01": 2}, {"DJ-01": 1}]))
    assert [(row.when.zh, row.gives.zh, row.mark and row.mark.zh) for row in said.item_rows["DJ-01"]] == [
        ("已批复成立", "4 分", "第 2 轮"),
        ("已申报", "2 分", "第 4 轮"),
        ("未建立", "0 分", "第 1、3 轮"),
    ]


def test_the_rule_names_the_figures_of_the_estate():
    said = explain(PACK, *rate_one([{}] * 4, satisfaction=81 * UNIT))
    steps_ = {line.name: line for line in said.steps}
    assert "居民满意度（81） × 20%" in steps_["base"].rule.zh
    assert steps_["composite"].rule.zh.startswith("封顶后得分（")


def test_all_rules_on_the_stars_stand_in_their_order():
    said = explain(PACK, *rate_one([{}] * 4, fire_failed=True))
    assert [line.code for line in said.rules] == [rule.code for rule in PACK.rating.stars.rules]
    assert "V2" in {line.code for line in said.fired}
