"""What can never happen is refused where it stands: branches after one that always fires, conditions nothing meets."""

from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from redproperty.cli import main
from redproperty.domain.conditions import Condition
from redproperty.domain.numbers import figure
from redproperty.domain.packs import Pack
from redproperty.domain.reach import implies, never, taken
from redproperty.store.rules import load_edition

FACTS = """
facts:
  - {name: score, title: score, kind: number, at_least: 0, at_most: 100}
  - {name: other, title: other, kind: number}
  - {name: kind, title: kind, kind: choice, choices: [a, b, c]}
steps:
"""


def problems(tmp_path: Path, steps: str) -> list[str]:
    folder = tmp_path / "draft"
    folder.mkdir()
    (folder / "pack.yaml").write_text("{title: x, effective_from: 2026-01-01}", encoding="utf-8")
    (folder / "rating.yaml").write_text(FACTS + steps, encoding="utf-8")
    loaded = load_edition(folder)
    return [] if isinstance(loaded, Pack) else [problem.say("en") for problem in loaded]


def first_match(*whens: str) -> str:
    cases = "".join(f"      - {{when: {when}, gives: {n}}}\n" for n, when in enumerate(whens))
    return f"  - name: x\n    title: x\n    kind: first_match\n    cases:\n{cases}    otherwise: missing\n"


TAKEN = "never reached: branch {} before it always comes first"
COVERED = "never reached: the branches before it leave nothing over"


@pytest.mark.parametrize(
    ("whens", "said"),
    [
        (["{fact: score, at_least: 60}", "{fact: score, at_least: 80}"], TAKEN.format(1)),
        (["{fact: score, at_least: 80}", "{fact: score, at_least: 60}"], None),
        (["{fact: score, above: 80}", "{fact: score, at_least: 80}"], None),
        (["{fact: score, at_least: 80}", "{fact: score, above: 80}"], TAKEN.format(1)),
        (["{fact: score, at_least: 60}", "{all: [{fact: score, is: 70}, {fact: kind, is: a}]}"], TAKEN.format(1)),
        (["{all: [{fact: score, at_least: 60}, {fact: kind, is: a}]}", "{fact: score, at_least: 80}"], None),
        (["{fact: kind, in: [a, b]}", "{fact: kind, is: b}"], TAKEN.format(1)),
        (["{fact: kind, is: b}", "{fact: kind, in: [a, b]}"], None),
        (["{any: [{fact: kind, is: a}, {fact: other, below: 5}]}", "{fact: other, below: 3}"], TAKEN.format(1)),
        (["{fact: score, at_least: 50}", "{fact: score, below: 50}", "{fact: score, at_most: 99}"], COVERED),
        (["{fact: score, at_least: 50}", "{fact: score, below: 50}", "{fact: score, missing: true}"], None),
        (["{fact: score, above: 50}", "{fact: score, below: 50}", "{fact: score, is: 50}"], None),
        (["{fact: score, missing: false}", "{fact: score, below: 50}"], TAKEN.format(1)),
        (["{fact: score, at_least: other}", "{fact: score, at_least: 50}"], None),
        (["{fact: score, at_least: other}", "{fact: score, at_least: other}"], TAKEN.format(1)),
        (["{not: {fact: score, below: 50}}", "{not: {fact: score, below: 60}}"], TAKEN.format(1)),
        (["{not: {fact: score, below: 60}}", "{not: {fact: score, below: 50}}"], None),
    ],
)
def test_a_branch_after_one_that_takes_it_all_is_refused(tmp_path: Path, whens: list[str], said: str | None):
    found = problems(tmp_path, first_match(*whens))
    expected = [] if said is None else [f"draft/rating.yaml:{10 + len(whens)}:16: {said}"]
    assert found == expected


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("{fact: score, above: 100}", "score can only be from 0 to 100"),
        ("{fact: score, below: 0}", "score can only be from 0 to 100"),
        ("{fact: score, at_least: 60, below: 60}", "what it asks of “score” contradicts itself"),
        ("{all: [{fact: other, above: 7}, {fact: other, at_most: 7}]}", "what it asks of “other” contradicts itself"),
        ("{any: [{fact: kind, is: a}, {fact: score, is: 101}]}", "score can only be from 0 to 100"),
        ("{fact: score, at_least: 100}", None),
        ("{fact: other, above: 1000}", None),
    ],
)
def test_a_condition_that_nothing_meets_is_refused(tmp_path: Path, when: str, said: str | None):
    found = problems(tmp_path, first_match(when))
    assert len(found) == (said is not None)
    assert said is None or f"this condition can never hold: {said}" in found[0]


def test_a_band_and_a_bound_beyond_what_a_step_can_give_are_refused(tmp_path: Path):
    steps = """
  - {name: points, title: points, kind: clamp, of: other, at_least: 0, at_most: 10}
  - name: worth
    title: worth
    kind: bands
    of: points
    bands: [{above: 10, gives: 3}, {at_least: 5, at_most: 10, gives: 2}, {below: 5, gives: 1}]
  - {name: high, title: high, kind: flag, when: {figure: worth, at_least: 4}}
"""
    assert problems(tmp_path, steps) == [
        "draft/rating.yaml:13:13: this band is never reached: points can only be from 0 to 10",
        "draft/rating.yaml:14:49: this condition can never hold: worth can only be from 1 to 3",
    ]


def test_a_figure_used_too_early_names_the_step_that_gives_it(tmp_path: Path):
    steps = """
  - {name: total, title: the total, kind: sum, of: [score, extra]}
  - {name: extra, title: the extra, kind: clamp, of: other, at_least: 0}
"""
    (said,) = problems(tmp_path, steps)
    assert said.endswith(
        "“extra” is used before it is defined: step 2, the extra, gives it; it must come after that step"
    )


def test_figures_that_need_each_other_are_told_as_a_circle(tmp_path: Path):
    steps = """
  - {name: a, title: a, kind: sum, of: [score, b]}
  - {name: b, title: b, kind: sum, of: [c, other]}
  - {name: c, title: c, kind: sum, of: [a, other]}
"""
    found = problems(tmp_path, steps)
    assert any(said.endswith("“b” is used before it is defined, in a circle: a → b → c → a") for said in found)


def test_a_problem_names_its_page_of_the_manual(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    problems(tmp_path, first_match("{fact: score, at_least: 60}", "{fact: score, at_least: 80}"))
    assert main(["--lang", "en", "rules", "check", str(tmp_path / "draft")]) == 1
    assert capsys.readouterr().err.endswith("→ redproperty rules manual conditions/fact\n")


# --- against the truth itself ----------------------------------------------------------------------------------------

numbers = st.integers(-3, 3).map(Decimal)
bounds = st.dictionaries(st.sampled_from(["at_least", "above", "below", "at_most", "is_"]), numbers, min_size=1)
leaves = st.builds(lambda name, ends: Condition(figure=name, **ends), st.sampled_from(["x", "y"]), bounds) | st.builds(
    lambda name, gone: Condition(figure=name, missing=gone), st.sampled_from(["x", "y"]), st.booleans()
)
conditions = st.recursive(
    leaves,
    lambda parts: st.one_of(
        st.lists(parts, min_size=1, max_size=2).map(lambda found: Condition(all_=tuple(found))),
        st.lists(parts, min_size=1, max_size=2).map(lambda found: Condition(any_=tuple(found))),
        parts.map(lambda found: Condition(not_=found)),
    ),
    max_leaves=4,
)
AXIS = [None, *(figure(Decimal(number) / 2) for number in range(-8, 9))]
GRID = pl.DataFrame({"x": AXIS}, schema={"x": pl.Int64}).join(
    pl.DataFrame({"y": AXIS}, schema={"y": pl.Int64}), how="cross"
)


def fires(condition: Condition) -> pl.Series:
    return GRID.select(condition.fires().alias("fires"))["fires"]


@given(one=conditions, other=conditions)
def test_what_is_implied_holds_everywhere(one: Condition, other: Condition):
    if implies(one, other):
        assert (~fires(one) | fires(other)).all()


@given(whens=st.lists(conditions, min_size=1, max_size=4))
def test_a_branch_called_unreachable_never_gets_its_turn(whens: list[Condition]):
    for (index, _), _ in taken(whens):
        turn = fires(whens[index])
        for earlier in whens[:index]:
            turn &= ~fires(earlier)
        assert not turn.any()


@given(condition=conditions)
def test_a_condition_that_can_never_hold_never_does(condition: Condition):
    if any(path == () for path, _ in never(condition, {}, {})):
        assert not fires(condition).any()
