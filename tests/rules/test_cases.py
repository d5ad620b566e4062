"""Every case beside the rules is a test of its own, and no item, reason or rule goes without one."""

from functools import cache
from pathlib import Path

import pytest

from redproperty.domain.case_files import Case
from redproperty.domain.cases import Outcome, run_cases, untouched
from redproperty.domain.packs import Pack
from redproperty.store.rules import load_edition
from redproperty.store.rules_cases import load_cases

RULES = Path(__file__).parents[2] / "rules"
EDITIONS = sorted(path.name for path in RULES.iterdir() if path.is_dir())


@cache
def edition(name: str) -> Pack:
    pack = load_edition(RULES / name)
    assert isinstance(pack, Pack), "\n".join(problem.say("en") for problem in pack)
    return pack


@cache
def outcomes(name: str) -> tuple[Outcome, ...]:
    return run_cases(edition(name), load_cases(RULES / name).cases)


CASES = [(name, number, case) for name in EDITIONS for number, case in enumerate(load_cases(RULES / name).cases)]


@pytest.mark.parametrize(("name", "number", "case"), CASES, ids=[f"{n}:{case.name}" for n, _, case in CASES])
def test_the_case_holds(name: str, number: int, case: Case):
    assert [failure.zh for failure in outcomes(name)[number].failures] == []


@pytest.mark.parametrize("name", EDITIONS)
def test_the_cases_are_written_without_slips(name: str):
    assert [problem.say("en") for problem in load_cases(RULES / name).problems] == []


@pytest.mark.parametrize("name", EDITIONS)
def test_every_item_reason_and_rule_is_touched_by_a_case(name: str):
    assert untouched(edition(name), load_cases(RULES / name).cases) == ()


@pytest.mark.parametrize("name", EDITIONS)
def test_case_names_are_unique(name: str):
    names = [case.name for case in load_cases(RULES / name).cases]
    assert sorted(set(names)) == sorted(names)


def test_a_wrong_expectation_is_reported_with_both_values():
    case = Case(name="wrong", answers={"BJ-01": 1}, expect=load_cases(RULES / EDITIONS[0]).cases[0].expect)
    (outcome,) = run_cases(edition(EDITIONS[0]), [case])
    assert any("expected 1.5" in failure.en or "应为" in failure.zh for failure in outcome.failures)
