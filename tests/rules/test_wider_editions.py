"""An edition that uses more of the vocabulary: it loads, its cases hold, it explains itself, its slips have places."""

import shutil
from pathlib import Path

import pytest

import explained
from explained import rate_one
from redproperty.domain.explanations import explain
from redproperty.domain.packs import Pack
from redproperty.settings import bundled
from redproperty.store.rules import editions, load_edition

STEPS = """
  - name: weak
    title: {zh: 薄弱项数, en: weak points}
    kind: count
    of: [{fact: collection, below: 80}, {fact: opinion, below: composite}]
  - name: usual
    title: {zh: 同组平均, en: usual}
    kind: group
    how: mean
    of: satisfaction
    by: [stratum]
  - name: honour
    title: {zh: 称号, en: honour}
    kind: first_match
    choices:
      - {code: model, title: {zh: 示范小区, en: Model estate}}
      - {code: plain, title: {zh: 无称号, en: No title}}
    cases: [{when: {all: [{figure: weak, is: 0}, {fact: satisfaction, at_least: usual}]}, gives: model}]
    otherwise: plain
"""
CASES = """
about: {zh: 称号, en: honours}
cases:
  - name: 无薄弱项且不低于同组平均
    others: [{satisfaction: 80}]
    expect: {figures: {weak: 0, usual: 90, honour: model}}
  - name: 收缴率低的没有称号
    facts: {collection: 79}
    expect: {figures: {weak: 1, honour: plain}}
  - name: 低于同组平均的没有称号
    facts: {satisfaction: 80}
    others: [{satisfaction: 90}]
    expect: {figures: {usual: 85, honour: plain}}
"""


@pytest.fixture
def edition(tmp_path: Path) -> Path:
    folder = Path(shutil.copytree(bundled("rules") / "2026-01-01", tmp_path / "2026-01-01"))
    rating = folder / "rating.yaml"
    text = rating.read_text(encoding="utf-8")
    rating.write_text(text.replace("\nstars:\n", f"{STEPS}\nstars:\n", 1), encoding="utf-8")
    (folder / "tests/honours.yaml").write_text(CASES, encoding="utf-8")
    return folder


def test_it_loads_and_all_its_cases_hold(edition: Path):
    (found,) = editions(edition.parent).all
    assert found.problems == ()
    assert [(failing.case.name, [f.en for f in failing.failures]) for failing in found.failing] == []


def test_a_wrong_name_fails_its_case(edition: Path):
    file = edition / "tests/honours.yaml"
    file.write_text(CASES.replace("honour: model", "honour: plain"), encoding="utf-8")
    (failing,) = editions(edition.parent).all[0].failing
    assert [failure.en for failure in failing.failures] == ["honour: expected plain, got model"]


def test_a_bound_that_is_no_figure_is_refused_at_its_line(edition: Path):
    rating = edition / "rating.yaml"
    text = rating.read_text(encoding="utf-8").replace("at_least: usual", "at_least: usuall")
    rating.write_text(text, encoding="utf-8")
    line = next(n for n, written in enumerate(text.splitlines(), start=1) if "usuall" in written)
    (problem,) = load_edition(edition)
    said = problem.say("en")
    assert said.startswith(f"2026-01-01/rating.yaml:{line}:")
    assert said.endswith("there is no fact or figure “usuall”; did you mean “usual”?")


def test_why_says_names_in_words(edition: Path, monkeypatch: pytest.MonkeyPatch):
    pack = load_edition(edition)
    assert isinstance(pack, Pack)
    monkeypatch.setattr(explained, "PACK", pack)
    told = {line.name: line for line in explain(pack, *rate_one([{}] * 4)).steps}
    assert (told["honour"].value, told["honour"].said.zh) == ("model", "示范小区")
    assert told["weak"].said.en == "0"
    assert [(row.when.zh, row.gives.zh, row.mark is not None) for row in told["honour"].rows] == [
        ("薄弱项数为 0且居民满意度不低于 同组平均", "示范小区", True),
        ("其余", "无称号", False),
    ]
