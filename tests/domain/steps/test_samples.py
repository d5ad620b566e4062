"""Least samples: by number and share of the population, or by number alone."""

import pytest

from stepping import faults, last, said


@pytest.mark.parametrize(
    ("rule", "columns", "expected"),
    [
        # 60 are 10 % of 600, not of 601
        ("population: p, ratio: 10, ", {"n": [60, 60, 49, "–"], "p": [600, 601, 100, 100]}, ["88", "–", "–", "–"]),
        ("", {"n": [50, 49, "–"]}, ["88", "–", "–"]),
    ],
)
def test_a_figure_counts_with_enough_answers(rule, columns, expected):
    columns = {"x": [88] * len(expected)} | columns
    assert last(f"- {{kind: sample, of: x, answers: n, {rule}count: 50}}", **columns) == expected


def test_it_says_which_number_is_asked_for():
    assert "missing below 50 answers" in said("- {kind: sample, of: x, answers: n, count: 50}")[1]


@pytest.mark.parametrize(("rule", "absent"), [("ratio: 10", "population"), ("population: n", "ratio")])
def test_ratio_and_population_go_together(rule, absent):
    found = faults(f"- {{kind: sample, of: x, answers: n, count: 5, {rule}}}", x="number", n="number")
    assert any(f"{absent} is missing" in text for text in found)
