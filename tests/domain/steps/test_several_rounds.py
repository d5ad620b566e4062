"""One figure from several rounds, or from several figures of one kind; every figure worked by hand."""

import polars as pl
import pytest

from redproperty.domain.numbers import UNIT
from redproperty.domain.steps.rounds import ROUND_SCORES, ROUNDS
from stepping import PACK, faults, last, run, said, shown, steps

HELD = [[80, 70, 96, 90], [60], [], [50, 100]]  # the scores of four estates in the order of their rounds
FIGURES = [
    ("aggregate: mean", ["84", "60", "–", "75"]),
    ("aggregate: mean, minimum: 2", ["84", "–", "–", "75"]),
    # 70, 80, 90, 96: (80 + 90) ÷ 2
    ("aggregate: median", ["85", "60", "–", "75"]),
    ("aggregate: sum", ["336", "60", "–", "150"]),
    ("aggregate: min", ["70", "60", "–", "50"]),
    ("aggregate: max", ["96", "60", "–", "100"]),
    ("aggregate: first", ["80", "60", "–", "50"]),
    ("aggregate: latest", ["90", "60", "–", "100"]),
    # without 70 and 96: 85; of one and two nothing is left
    ("aggregate: mean, drop: {best: 1, worst: 1}, minimum: 3", ["85", "–", "–", "–"]),
    # without the worst: (80 + 90 + 96) ÷ 3 = 88.67, of two the better
    ("aggregate: mean, drop: {worst: 1}, minimum: 2", ["88.67", "–", "–", "100"]),
    ("aggregate: sum, drop: {best: 1}, minimum: 2", ["240", "–", "–", "50"]),
    ("aggregate: median, drop: {best: 1}, minimum: 2", ["80", "–", "–", "50"]),
    # 90 × 50 % + 96 × 30 % + 70 × 20 % = 87.8; one alone; (100 × 50 + 50 × 30) ÷ 80 = 81.25
    ("aggregate: weighted, weights: [50, 30, 20]", ["87.8", "60", "–", "81.25"]),
    # … or with absent rounds as 0: 60 × 50 %; 50 + 15
    ("aggregate: weighted, weights: [50, 30, 20], shorter: zero", ["87.8", "30", "–", "65"]),
    # only those of 75 or more: (80 + 96 + 90) ÷ 3; of the last only 100
    ("aggregate: mean, lies: {at_least: 75}", ["88.67", "–", "–", "100"]),
    ("aggregate: first, lies: {above: 80}, minimum: 2", ["96", "–", "–", "–"]),
]


def over_rounds(rule):
    """Return what a step gives for the rounds of the four estates."""
    frame = pl.DataFrame(
        {ROUNDS: [len(scores) for scores in HELD], ROUND_SCORES: [[s * UNIT for s in scores] for scores in HELD]},
        schema={ROUNDS: pl.Int64, ROUND_SCORES: pl.List(pl.Int64)},
    )
    (step,) = steps(f"- {{{rule}}}")
    for expressions in step.passes(PACK.sheet):
        frame = frame.with_columns(expressions)
    return shown(frame, "x0")


@pytest.mark.parametrize(("rule", "expected"), FIGURES, ids=[rule for rule, _ in FIGURES])
def test_several_rounds_become_one_figure(rule, expected):
    assert over_rounds(f"kind: rounds, {rule}") == expected


COUNTS = [
    ("", ["4", "1", "0", "2"]),
    (", lies: {at_least: 75}", ["3", "0", "0", "1"]),
    # back from the latest: 90, 96, then 70 ends the row; the only one fails; 100, then 50
    (", lies: {at_least: 75}, in_a_row: true", ["2", "0", "0", "1"]),
    (", lies: {below: 91}, in_a_row: true", ["1", "1", "0", "0"]),
]


@pytest.mark.parametrize(("rule", "expected"), COUNTS, ids=[rule for rule, _ in COUNTS])
def test_rounds_are_counted_all_or_those_in_a_band(rule, expected):
    assert over_rounds(f"kind: round_count{rule}") == expected


def test_categories_leave_out_extremes_too():
    # hygiene has a full mark of 12: of 6, 9, 12 the middle one is 75 %
    frame = pl.DataFrame(
        {f"rounds.{category.code}": [[6 * UNIT, None, 9 * UNIT, 12 * UNIT]] for category in PACK.sheet.categories}
    )
    (step,) = steps("- {kind: category_rounds, aggregate: mean, drop: {best: 1, worst: 1}}")
    for expressions in step.passes(PACK.sheet):
        frame = frame.with_columns(expressions)
    first = PACK.sheet.categories[0]
    assert (first.code, first.full) == ("JC", 12)
    assert shown(frame, "JC.points") == ["9"]
    assert shown(frame, "JC.rate") == ["75"]


FIVE = "kind: aggregate, of: [a, b, c, d, e]"
SCORES = {"a": [80, 80, "–"], "b": [70, "–", "–"], "c": [96, "–", 60], "d": [90, 90, "–"], "e": [75, "–", "–"]}
SEVERAL = [
    # five assessors, without the best and the worst: 80, 90 and 75; of two and one nothing is left
    ("drop: {best: 1, worst: 1}, minimum: 3", ["81.67", "–", "–"]),
    ("aggregate: median", ["80", "85", "60"]),
    ("aggregate: mean, minimum: 2", ["82.2", "85", "–"]),
    ("aggregate: sum", ["411", "170", "60"]),
    ("aggregate: min", ["70", "80", "60"]),
    ("aggregate: max", ["96", "90", "60"]),
    ("aggregate: first", ["80", "80", "60"]),
    ("aggregate: latest", ["75", "90", "60"]),
    # the latest that are there: 75 × 60 % + 90 × 40 %; 90 and 80; one alone
    ("aggregate: weighted, weights: [60, 40]", ["81", "86", "60"]),
    ("aggregate: weighted, weights: [60, 40], shorter: zero", ["81", "86", "36"]),
]


@pytest.mark.parametrize(("rule", "expected"), SEVERAL, ids=[rule for rule, _ in SEVERAL])
def test_several_figures_of_one_kind_become_one(rule, expected):
    table = run(f"- {{{FIVE}, {rule}}}", **SCORES)
    assert shown(table, "x0") == expected
    assert shown(table, "x0.count") == ["5", "2", "1"]


def test_extremes_are_left_out_only_where_there_are_enough_assessors():
    text = f"""
- {{name: all, {FIVE}}}
- {{name: middle, {FIVE}, drop: {{best: 1, worst: 1}}, minimum: 3}}
- {{kind: first_match, cases: [{{when: {{figure: all.count, at_least: 5}}, gives: middle}}], otherwise: all}}
"""
    assert last(text, **SCORES) == ["81.67", "85", "60"]


def test_figures_and_numbers_are_listed_alike():
    assert last("- {kind: aggregate, aggregate: max, of: [a, 70]}", a=[60, 80, "–"]) == ["70", "80", "70"]


SENTENCES = [
    ("aggregate: weighted, weights: [50, 30]",
     "有效轮次得分加权平均（由近及远 50、30；缺的轮次由其余轮次分担），至少 1 轮；保留 2 位小数，四舍五入",
     ("weighted mean (latest first 50, 30; where rounds are absent the others take their weight) of the scores of the "
     "valid rounds, at least 1; rounded half up to 2 decimals")),
    ("drop: {best: 1, worst: 1}, minimum: 3",
     "有效轮次得分去掉最高 1 轮、最低 1 轮后的平均，至少 3 轮；保留 2 位小数，四舍五入",
     ("mean without the 1 best and 1 worst of the scores of the valid rounds, at least 3; "
      "rounded half up to 2 decimals")),
]  # fmt: skip


def test_rounds_in_a_band_say_so():
    assert said("- {kind: rounds, aggregate: latest, lies: {at_least: 60}}") == (
        "有效轮次中≥60的得分最近一轮，至少 1 轮",
        "latest of the scores ≥60 of the valid rounds, at least 1",
    )
    row = "- {kind: round_count, lies: {at_least: 90}%s}"
    assert said(row % "") == ("本期得分≥90的有效检查轮数", "number of valid inspection rounds with a score ≥90")
    assert said(row % ", in_a_row: true") == (
        "本期最近连续得分≥90的有效检查轮数",
        "number of valid rounds up to the latest, in a row, with a score ≥90",
    )


@pytest.mark.parametrize(("rule", "zh", "en"), SENTENCES, ids=[rule for rule, *_ in SENTENCES])
def test_a_step_says_itself_in_one_sentence(rule, zh, en):
    assert said(f"- {{kind: rounds, {rule}}}") == (zh, en)


def test_several_figures_say_themselves_in_one_sentence():
    step = "- {kind: aggregate, of: [a, b, c], %s}"
    assert said(step % "drop: {best: 1}, minimum: 2") == (
        "a、b、c的去掉最高 1 项、最低 0 项后的平均，缺失的不计，至少 2 项；保留 2 位小数，四舍五入",
        (
            "mean without the 1 best and 0 worst of a, b, c; missing ones left out, at least 2; "
            "rounded half up to 2 decimals"
        ),
    )
    assert said(step % "aggregate: weighted, weights: [2, 1], shorter: zero")[0] == (
        "a、b、c的加权平均（由近及远 2、1；缺的各项计 0 分），缺失的不计，至少 1 项；保留 2 位小数，四舍五入"
    )


REFUSALS = [
    ("kind: aggregate, of: []", "0.of: at least one figure is needed"),
    ("kind: aggregate, of: [lifts], minimum: 2", "0.minimum: more than are listed"),
    ("kind: aggregate, of: [lifts], minimum: 0", "0.minimum: at least one figure"),
    ("kind: aggregate, of: [lifts, households, lifts], drop: {worst: 2}, minimum: 2",
     "0.minimum: of the figures at least one must be left after 2 are dropped"),
    ("kind: aggregate, of: [lifts, gated]", "0.of.1: “gated” is no figure, nothing can be computed with it"),
    ("kind: aggregate, aggregate: max, of: [lifts, households], drop: {worst: 1}, minimum: 2",
     "0.drop: only mean, median and sum leave figures out"),
    ("kind: rounds, minimum: 0", "0.minimum: at least one round"),
    ("kind: rounds, drop: {best: 1, worst: 1}, minimum: 2",
     "0.minimum: of the rounds at least one must be left after 2 are dropped"),
    ("kind: rounds, drop: {best: -1}", "0.drop: cannot be negative"),
    ("kind: rounds, aggregate: latest, drop: {best: 1}, minimum: 2",
     "0.drop: only mean, median and sum leave rounds out"),
    ("kind: rounds, aggregate: weighted", "0.weights: weighted states weights, others do not"),
    ("kind: rounds, weights: [1]", "0.weights: weighted states weights, others do not"),
    ("kind: rounds, aggregate: weighted, weights: [1, 0]", "0.weights.1: a weight must be above 0"),
    ("kind: rounds, lies: {}", "0.lies: state at least one end"),
    ("kind: round_count, lies: {at_least: 9, below: 9}", "0.lies: this band is empty: its ends are reversed"),
    ("kind: round_count, lies: {at_least: 9, above: 8}", "0.lies: an end may be stated only once"),
    ("kind: round_count, in_a_row: true", "0.in_a_row: state lies, the band of the scores in the row"),
    ("kind: rounds, places: 9", "0.places: decimals must be 0 to 6"),
    ("kind: category_rounds, aggregate: sum", "0.aggregate: the sum of rounds would pass the full mark"),
]  # fmt: skip


@pytest.mark.parametrize(("step", "refusal"), REFUSALS, ids=[step for step, _ in REFUSALS])
def test_what_makes_no_sense_is_refused_at_its_place(step, refusal):
    assert faults(f"- {{{step}}}") == [refusal]
