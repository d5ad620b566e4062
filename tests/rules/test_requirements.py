"""A category that is looked at but is no part of the score, and rates over several parts of the sheet."""

from pathlib import Path

import polars as pl
import pytest

from redproperty.domain.changes import changes
from redproperty.domain.compiled import compiled
from redproperty.domain.packs import Pack
from redproperty.domain.sheets import score
from redproperty.store.rules import Edition, editions_at, load_edition

PACK = "{title: Hotels, effective_from: 2026-01-01, period: year}\n"
SHEET = """
total: 150
categories:
  - code: N
    title: requirements
    full: 2
    counts: false
    items:
      - {code: N-1, title: rooms, full: 1, basis: Example, shape: {kind: pass_fail}}
      - {code: N-2, title: reception, full: 1, basis: Example, shape: {kind: pass_fail}}
  - code: A
    title: rooms
    full: 100
    items: [{code: A-1, title: rooms, full: 100, basis: Example, shape: {kind: per_occurrence, step: 1}}]
  - code: B
    title: meals
    full: 50
    items:
      - {code: B-1, title: breakfast, full: 20, basis: Example, shape: {kind: per_occurrence, step: 1}}
      - code: B-2
        title: restaurant
        full: 30
        basis: Example
        shape: {kind: per_occurrence, step: 1}
        not_applicable_when: there is none
"""
RATING = """
steps:
  - {name: met, title: requirements met, kind: points, of: N, share: true, aggregate: min}
  - {name: quality, title: quality, kind: points, of: [A, B], share: true}
  - {name: earned, title: earned, kind: points, of: [A, B-1]}
"""
CASES = """
about: requirements and rates
cases:
  - name: a requirement that is not met costs no points
    rounds: [{N-2: 1}]
    expect: {points: {N-2: 0}, categories: {N: 1}, score: 150, figures: {met: 50, quality: 100}}
  - name: what does not apply leaves the whole, not its part alone
    rounds: [{B-1: 10, B-2: not_applicable}]
    # B 10 of 20 is 25 of 50, 125 in all; together 110 of 120
    expect: {categories: {B: 25}, score: 125, figures: {quality: 91.67, earned: 110}}
  - name: each round by what applied in it
    rounds: [{B-2: not_applicable, B-1: 20}, {B-2: 30}]
    # 100 of 120 and 120 of 150
    expect: {figures: {quality: 81.67, earned: 110}}
  - {name: no round, rounds: [], expect: {figures: {met: ~, quality: ~}}}
"""


def written(place: Path, sheet: str = SHEET) -> Path:
    (place / "tests").mkdir(parents=True)
    for name, text in (("pack", PACK), ("sheet", sheet), ("rating", RATING), ("tests/all", CASES)):
        (place / f"{name}.yaml").write_text(text, encoding="utf-8")
    return place


def edition(place: Path) -> Edition:
    (found,) = editions_at(place).all
    return found


def test_requirements_are_looked_at_but_are_no_part_of_the_score(tmp_path: Path):
    found = edition(written(tmp_path / "hotels"))
    assert [problem.say("en") for problem in found.problems] == []
    assert [(outcome.case.name, outcome.failures) for outcome in found.failing] == []
    assert len(found.outcomes) == 4


def test_a_form_and_a_district_score_them_alike(tmp_path: Path):
    pack = load_edition(written(tmp_path / "hotels"))
    assert isinstance(pack, Pack)
    for answers in ({}, {"N-1": 1}, {"N-1": 1, "N-2": 1, "B-1": 3, "B-2": -1}, {"A-1": 7}):
        given = dict.fromkeys(pack.sheet.codes, 0) | answers
        frame = pl.DataFrame([given], schema=dict.fromkeys(pack.sheet.codes, pl.Int64))
        whole = score(pack.sheet, frame).row(0, named=True)
        form = compiled(pack.sheet).form(frame.drop(pack.sheet.codes), given)
        many = compiled(pack.sheet).many(frame).row(0, named=True)
        assert form["score"] == whole["score"] == many["score"]
        assert form["N.points"] == whole["N.points"] == many["N.points"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("    counts: false\n", "", "the categories add up to 152, the sheet says 150"),
        ("    full: 100\n", "    full: 100\n    counts: no\n", "“no” is neither true nor false"),
    ],
)
def test_the_total_is_of_what_counts(tmp_path: Path, old: str, new: str, said: str):
    assert old in SHEET
    found = edition(written(tmp_path / "hotels", SHEET.replace(old, new, 1)))
    assert any(said in problem.say("en") for problem in found.problems)


def test_a_sheet_of_requirements_alone_is_refused(tmp_path: Path):
    sheet = SHEET.split("  - code: A\n", maxsplit=1)[0].replace("total: 150", "total: 0")
    found = edition(written(tmp_path / "hotels", sheet))
    assert any("at least one category must be part of the score" in one.say("en") for one in found.problems)


def test_a_diff_says_that_a_category_counts_now(tmp_path: Path):
    old = load_edition(written(tmp_path / "old"))
    new = load_edition(written(tmp_path / "new", SHEET.replace("    counts: false\n", "").replace("150", "152")))
    assert isinstance(old, Pack)
    assert isinstance(new, Pack)
    told = [aspect for change in changes(old, new).provisions if change.code == "N" for aspect in change.aspects]
    assert [(one.name.en, one.before and one.before.en, one.after) for one in told] == [
        ("Part of the score", "no part of the score", None)
    ]
