"""Cases that state dated facts: what still counts in the period, how several count, and what fades with age."""

from pathlib import Path

import pytest

from redproperty.store.rules import Edition, editions_at

PACK = "{title: Credit, effective_from: 2026-01-01, period: quarter}\n"
RATING = """
facts:
  - {name: area, title: area, kind: number, default: 1}
  - {name: accident, title: accident, kind: flag, source: event, lasts: 12, default: false}
  - {name: fines, title: fines, kind: count, source: event, lasts: 12, several: sum, default: 0}
  - name: points
    title: points
    kind: number
    source: event
    several: sum
    fades: [{after: 6, percent: 50}, {after: 12, percent: 12.5}]
  - {name: level, title: level, kind: choice, choices: [city, state], source: event, lasts: period, perfect: state}
  - {name: visit, title: visit, kind: number, lasts: period, several: mean}
  - {name: lifts, title: lifts, kind: number, source: register}
steps:
  - {name: bad, title: bad, kind: sum, of: [fines, points]}
  - {name: shame, title: shame, kind: flag, when: {fact: accident, is: true}}
  - {name: honoured, title: honoured, kind: flag, when: {fact: level, is: state}}
  - {name: seen, title: seen, kind: sum, of: [visit]}
  - {name: all_fines, title: all fines, kind: group, how: sum, of: fines}
"""
CASES = """
about: events
cases:
  - name: what an event is worth where nothing is said
    period: 2026Q3
    events: [{fact: accident, from: 2025-10-01}, {fact: fines, from: 2026-09-30}, {fact: fines, from: 2025-07-01}]
    expect: {figures: {shame: true, fines: 1}}
  - name: run out by itself
    period: 2026Q3
    events: [{fact: accident, from: 2025-07-01}, {fact: fines, from: 2026-10-01}]
    # a year to the day before the quarter; the fine is of the next one
    expect: {figures: {shame: false, fines: 0}}
  - name: ended by the record
    period: 2026Q3
    events: [{fact: points, from: 2026-02-01, to: 2026-06-30, value: 8}]
    expect: {figures: {points: ~, bad: ~}}
  - name: faded by halves and more
    period: 2026Q3
    events:
      - {fact: points, from: 2026-08-01, value: 8}
      - {fact: points, from: 2026-01-02, value: 4}
      - {fact: points, from: 2026-01-01, value: 3}
      - {fact: points, from: 2025-07-01, value: 0.8}
    # 8 + 4 + 1.5 + 0.1
    expect: {figures: {points: 13.6}}
  - name: a choice of another period is none
    period: 2026Q3
    events: [{fact: level, from: 2026-04-01, value: state}]
    expect: {figures: {level: ~, honoured: ~}}
  - name: what no event names is perfect
    expect: {figures: {level: state, fines: 0}}
  - name: several of a period
    period: 2026Q3
    events: [{fact: visit, from: 2026-07-01, value: 80}, {fact: visit, from: 2026-08-01, value: 85}]
    expect: {figures: {seen: 82.5}}
  - name: each estate has its own beside the shared
    period: 2026Q3
    events: [{fact: fines, from: 2026-07-01}]
    others: [{fines: 5}]
    estates:
      - {name: a, events: [{fact: fines, from: 2026-08-01, value: 2}], expect: {figures: {fines: 3, all_fines: 8}}}
      - {name: b, facts: {fines: 0}, expect: {figures: {fines: 0}}}
"""


def edition(place: Path, cases: str = CASES, rating: str = RATING) -> Edition:
    (place / "tests").mkdir(parents=True)
    for name, text in (("pack", PACK), ("rating", rating), ("tests/all", cases)):
        (place / f"{name}.yaml").write_text(text, encoding="utf-8")
    (found,) = editions_at(place).all
    return found


def test_events_count_as_the_facts_say(tmp_path: Path):
    found = edition(tmp_path / "credit")
    assert [problem.say("en") for problem in found.problems] == []
    assert [(one.case.name, [text.en for text in one.failures]) for one in found.failing] == []
    assert len(found.outcomes) == 8


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("events: [{fact: fine, from: 2026-01-01}]", "there is no fact “fine”; did you mean “fines”?"),
        ("events: [{fact: points, from: 2026-01-01}]", "“points” needs a value"),
        ("events: [{fact: level, from: 2026-01-01, value: moon}]", "the fact “level” cannot be “moon”"),
        ("events: [{fact: lifts, from: 2026-01-01, value: 2}]", "“lifts” is read from the register, it has no dates"),
        ("facts: {fines: 1}, events: [{fact: fines, from: 2026-01-01}]", "“fines” stands either in facts or in events"),
        ("events: [{fact: fines, from: 2026-03-01, to: 2026-02-01}]", "the days of “fines” are reversed"),
    ],
)
def test_events_that_cannot_be_are_told(tmp_path: Path, said: str, problem: str):
    cases = f"about: slips\ncases:\n  - {{name: x, {said}, expect: {{figures: {{bad: 1}}}}}}\n"
    found = edition(tmp_path / "credit", cases)
    assert [one.say("en") for one in found.problems] == []
    assert problem in next(text.en for one in found.failing for text in one.failures)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("{after: 12, percent: 12.5}", "{after: 6, percent: 12.5}", "months rise from one to the next"),
        ("{after: 6, percent: 50}", "{after: 6, percent: 101}", "from 0 to 100"),
        ("several: sum\n    fades", "several: count\n    fades", "only dated numbers fade"),
        ("lasts: 12, several: sum", "lasts: 12, several: sum, fades: [{after: 12, percent: 5}]", "stay below lasts"),
        ("lasts: 12, default: false", "lasts: 12, fades: [{after: 1, percent: 5}]", "only dated numbers fade"),
        (
            "lasts: period, several: mean", "lasts: period, several: mean, fades: [{after: 1, percent: 5}]",
            "what counts in its own period only does not fade",
        ),
    ],
)  # fmt: skip
def test_a_fading_that_cannot_be_is_refused(tmp_path: Path, old: str, new: str, problem: str):
    assert old in RATING
    found = edition(tmp_path / "credit", rating=RATING.replace(old, new, 1))
    assert any(problem in one.say("en") for one in found.problems)
