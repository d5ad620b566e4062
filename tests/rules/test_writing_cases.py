"""Cases as people write them: tables, several estates rated and paid together, and what they read where one fails."""

from pathlib import Path

import pytest

from redproperty.cli import main
from redproperty.store.rules import Edition, editions_at

PACK = "{title: Grants, effective_from: 2026-01-01, period: half_year}\n"
RATING = """
facts:
  - {name: pupils, title: pupils, kind: count}
  - {name: passed, title: passed, kind: percent, at_least: 0, at_most: 100}
steps:
  - {name: weight, title: weight, kind: product, of: [pupils, passed], places: 2}
  - name: grade
    title: grade
    kind: bands
    of: passed
    choices: [good, fair, poor]
    bands: [{at_least: 80, gives: good}, {at_least: 50, below: 80, gives: fair}, {below: 50, gives: poor}]
  - {name: place, title: place, kind: group, how: rank, of: passed, by: [street]}
"""
SUBSIDY = """
title: Grants
steps:
  - {name: grant, title: grant, kind: share, pot: 1000, weight: weight, method: largest_remainder}
amount: grant
months: {title: months, basis: Example, status: example, by: managed_days, months: 6}
budget: {title: budget, basis: Example, status: example, by: pro_rata, ties: estate_code}
payers:
  - {title: district, basis: Example, status: example, payer: district, percent: 75}
  - {title: school, basis: Example, status: example, payer: school, percent: 25}
rounding: half_up
"""
TABLE = """
about: grades and weights, line by line
facts: {pupils: 100}
columns: [name, pupils, passed, expect.grade, expect.weight]
rows:
  - [the line itself is good, "", 80, good, 8000]
  - [just below it is fair, "", 79.99, fair, 7999]
  - [few pupils, 10, 49.5, poor, 495]
  - [not told, "", ~, ~, ~]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "grants"
    (place / "tests").mkdir(parents=True)
    for name, text in (("pack", PACK), ("rating", RATING), ("subsidy", SUBSIDY), ("tests/table", TABLE)):
        (place / f"{name}.yaml").write_text(text, encoding="utf-8")
    return place


def run(folder: Path, *, cases: str | None = None, name: str = "table.yaml") -> Edition:
    """Return the edition with its cases run, `cases` as the only file of them."""
    if cases is not None:
        (folder / "tests/table.yaml").unlink()
        (folder / "tests" / name).write_text(cases, encoding="utf-8")
    (edition,) = editions_at(folder).all
    return edition


def failures(edition: Edition) -> dict[str, list[str]]:
    assert [problem.say("en") for problem in edition.problems] == []
    return {outcome.case.name: [one.en for one in outcome.failures] for outcome in edition.failing}


def problems(edition: Edition) -> list[str]:
    return [problem.say("en") for problem in edition.problems]


def test_a_table_is_one_case_a_line(folder: Path):
    edition = run(folder)
    assert len(edition.outcomes) == 4
    assert failures(edition) == {}


def test_a_wrong_cell_fails_its_line_alone(folder: Path):
    edition = run(folder, cases=TABLE.replace("79.99, fair, 7999", "79.99, good, 7999.5"))
    assert failures(edition) == {
        "just below it is fair": ["grade: expected good, got fair", "weight: expected 7999.5, got 7999"]
    }


def test_the_same_table_as_csv(folder: Path):
    head = "name,pupils,passed,expect.grade,expect.weight\n"
    table = "above,100,80,good,8000\nbelow,100,79,fair,1\nunknown,100,~,~,~\n"
    edition = run(folder, cases="\ufeff" + head + table, name="table.csv")
    assert failures(edition) == {"below": ["weight: expected 1, got 7900"]}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("pupils, passed, expect.grade", "pupils, pased, expect.grade", None),
        ("pupils, passed, expect.grade", "pupils, expects.passed, expect.grade", "4:25: there is no column “expects.p"),
        ("[name, pupils", "[name, stint.dais", "4:17: there is no column “stint.dais”; did you mean “stint.days”?"),
        ("10, 49.5, poor, 495", "10, 49.5, poor", "8:5: it has 4 cells, the head has 5 columns"),
        ("expect.grade, expect.weight", "grade, weight", "no column begins with “expect.”"),
        ("columns: [name, pupils", "columns: [name, passed", "code “passed” is used twice"),
        (
            "80, good",
            "[80, 70], good",
            "“[…]” cannot stand in this column; it takes true or false or a word or a number",
        ),
        ("expect.weight]", "stint.days]", "6:45: “8000.5” cannot stand in this column; it takes a whole number"),
    ],
)
def test_slips_in_a_table_have_their_place(folder: Path, old: str, new: str, said: str | None):
    table = TABLE.replace("good, 8000]", "good, 8000.5]") if "days" in new else TABLE
    assert old in table
    edition = run(folder, cases=table.replace(old, new))
    if said is None:  # a word that is no fact is found once the rules are known
        assert all(said == ["there is no fact “pased”; did you mean “passed”?"] for said in failures(edition).values())
    else:
        assert any(said in problem for problem in problems(edition)), problems(edition)


def test_a_figure_called_like_a_word_of_a_case_is_written_in_full(folder: Path):
    text = RATING.replace("name: weight", "name: score").replace("weight: weight", "weight: score")
    (folder / "rating.yaml").write_text(text, encoding="utf-8")
    (folder / "subsidy.yaml").write_text(SUBSIDY.replace("weight: weight", "weight: score"), encoding="utf-8")
    short = TABLE.replace("expect.weight", "expect.score")
    assert failures(run(folder, cases=short))["few pupils"] == [
        "this edition has no score sheet, so no score; a figure called score is written expect.figures.score"
    ]
    (folder / "tests/table.yaml").write_text(TABLE.replace("expect.weight", "expect.figures.score"), encoding="utf-8")
    assert failures(run(folder)) == {}


def test_slips_in_csv_have_their_line_and_cell(folder: Path):
    edition = run(folder, cases="name,passed,expect.stars\n\na,80,five\nb,80\n", name="table.csv")
    assert problems(edition) == [
        "grants/tests/table.csv:3:3: “five” cannot stand in this column; it takes a number",
        "grants/tests/table.csv:4:1: it has 2 cells, the head has 3 columns",
    ]


@pytest.mark.parametrize(
    "raw", [b"", b"\n\n", b'a,"b', b"\xff\xfe,\x00", b"name\nx\n", b"name,expect.x\n" + b"9" * 5000]
)
def test_what_is_no_table_is_a_problem_and_never_a_traceback(folder: Path, raw: bytes):
    (folder / "tests/table.yaml").unlink()
    (folder / "tests/table.csv").write_bytes(raw)
    (edition,) = editions_at(folder).all
    assert problems(edition)[0].startswith("grants/tests/table.csv:")


TOGETHER = """
about: a pot for three
cases:
  - name: three share 1000
    facts: {pupils: 100}
    stint: {}
    estates:
      - {name: a, facts: {passed: 90}, expect: {due: 450, paid: 450, figures: {place: 1, grade: good}}}
      - {name: b, facts: {passed: 60}, expect: {due: 300, figures: {place: 2}}}
      - {name: c, facts: {passed: 50}, expect: {due: 250, payers: {district: 187.5, school: 62.5}}}
  - name: half of it is there
    facts: {pupils: 100}
    stint: {}
    budget: 500
    estates:
      - {name: a, facts: {passed: 90}, expect: {due: 450, paid: 225}}
      - {name: b, facts: {passed: 60}, expect: {due: 300, paid: 150}}
      - {name: c, facts: {passed: 50}, expect: {due: 250, paid: 125}}
  - name: streets apart
    facts: {pupils: 100}
    estates:
      - {name: a, street: north, facts: {passed: 90}, expect: {figures: {place: 1}}}
      - {name: b, street: south, facts: {passed: 60}, expect: {figures: {place: 1}}}
      - {name: c, street: south, facts: {passed: 50}, expect: {figures: {place: 2}}}
  - name: alone
    facts: {pupils: 10, passed: 20}
    stint: {}
    expect: {due: 1000, figures: {place: 1}}
  - name: without pupils there is nothing to share by
    facts: {pupils: 0, passed: 20}
    stint: {}
    expect: {due: 0, paid: 0}
"""


def test_estates_of_a_case_share_a_pot_and_a_budget(folder: Path):
    assert failures(run(folder, cases=TOGETHER)) == {}


def test_an_estate_that_gets_something_else_is_named(folder: Path):
    last = "figures: {place: 2}}}\n  - name: alone"
    cases = TOGETHER.replace("paid: 150", "paid: 151").replace(last, last.replace("2", "3"))
    edition = run(folder, cases=cases)
    assert failures(edition) == {
        "half of it is there": ["b · paid: expected 151, got 150"],
        "streets apart": ["c · place: expected 3, got 2"],
    }


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("expect: {due: 1000, figures: {place: 1}}", "expect: {}", "it says nothing about what must come out"),
        ("{name: b, street: south", "{name: a, street: south", "code “a” is used twice"),
        ("budget: 500\n", "expect: {due: 1}\n", "beside estates each of them has an expect of its own"),
    ],
)
def test_a_case_that_proves_nothing_is_refused(folder: Path, old: str, new: str, said: str):
    assert old in TOGETHER
    assert any(said in problem for problem in problems(run(folder, cases=TOGETHER.replace(old, new))))


COUNTED = """
total: 3
categories:
  - code: A
    title: stairs
    full: 3
    items:
      - code: A-1
        title: walls
        full: 3
        basis: Example
        shape: {kind: per_kind, kinds: [{title: light, step: 0.2, at_most: 1}, {title: grave, step: 1}]}
"""


def test_counts_by_kind_are_written_as_a_list(folder: Path):
    (folder / "sheet.yaml").write_text(COUNTED, encoding="utf-8")
    cases = """
about: counted by kind
cases:
  - {name: in every round, answers: {A-1: [2, 1]}, expect: {points: {A-1: 1.6}}}
  - {name: in the first, rounds: [{A-1: [9, 0]}, {}], expect: {points: {A-1: 2}}}
  - {name: one number, answers: {A-1: 2}, expect: {points: {A-1: 2}}}
"""
    found = run(folder, cases=cases)
    assert problems(found) == []
    assert failures(found) == {"one number": ["A-1: [2, 1] for counts by kind, one number for others"]}


def test_a_cell_of_a_table_may_list_counts_and_earlier_periods(folder: Path):
    (folder / "sheet.yaml").write_text(COUNTED, encoding="utf-8")
    looks_back = RATING.replace("steps:\n", "steps:\n" + STEADY, 1)
    (folder / "rating.yaml").write_text(looks_back, encoding="utf-8")
    cases = """
about: lists in cells
columns: [name, answers.A-1, earlier.weight, expect.points.A-1, expect.steady]
rows:
  - [twice, [2, 1], [5, 6], 1.6, 2]
  - [with a gap, [9, 0], [5, ~, 6], 2, 1]
  - [none, 0, [], ~, 0]
"""
    found = run(folder, cases=cases)
    assert problems(found) == []
    assert failures(found) == {"none": ["A-1: [2, 1] for counts by kind, one number for others"]}
    gap = run(folder, cases=cases.replace("[9, 0]", "[9, ~]"))
    assert "“[…]” cannot stand in this column; it takes a number or a word or a list" in problems(gap)[0]


STEADY = "  - {name: steady, title: in a row, kind: streak, back: 3, of: weight, lies: {at_least: 5}}\n"
PARTS = """
  - {name: grant, title: grant, kind: share, pot: 1000, weight: weight, method: largest_remainder}
  - {name: first, title: first part, kind: product, of: [grant, 0.7], places: 2}
  - {name: grant_before, title: granted before, kind: earlier, back: 2, of: grant}
  - {name: first_before, title: first part before, kind: earlier, back: 2, of: first}
  - {name: rest, title: rest, kind: sum, of: [grant_before, {of: first_before, times: -1}]}
  - {name: due, title: due, kind: sum, of: [first, {of: rest, missing: zero}]}
amount: due
"""


def test_a_case_says_what_earlier_lines_of_the_stint_had(folder: Path):
    head, tail = SUBSIDY.split("  - {name: grant,", maxsplit=1)[0], SUBSIDY.split("amount: grant\n")[1]
    (folder / "subsidy.yaml").write_text(head + PARTS + tail, encoding="utf-8")
    cases = """
about: the rest of a grant
facts: {pupils: 100, passed: 80}
cases:
  - {name: first, stint: {}, expect: {figures: {first: 700, rest: ~}, due: 700}}
  - name: two periods later
    stint: {}
    earlier: {grant: [~, 900.05], first: [~, 630.04]}
    # 900.05 − 630.04 and the first part of this one
    expect: {figures: {rest: 270.01}, due: 970.01}
"""
    assert [(one.case.name, one.failures) for one in run(folder, cases=cases).outcomes] == [
        ("first", ()),
        ("two periods later", ()),
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (", of: first}", "}", "state `of`: the figure of one of its steps"),
        (", of: first}", ", of: frist}", "“frist” is none; look back at one of the rating in rating.yaml"),
        (", of: first}", ", of: passed}", "“passed” is none; look back at one of the rating in rating.yaml"),
    ],
)
def test_a_subsidy_looks_back_only_at_its_own_steps(folder: Path, old: str, new: str, said: str):
    head, tail = SUBSIDY.split("  - {name: grant,", maxsplit=1)[0], SUBSIDY.split("amount: grant\n")[1]
    assert old in PARTS
    (folder / "subsidy.yaml").write_text(head + PARTS.replace(old, new) + tail, encoding="utf-8")
    assert any(said in problem for problem in problems(run(folder)))


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ("{facts: {pupils: 1}, expect: {figures: {grad: good}}}", "there is no figure “grad”; did you mean “grade”?"),
        ("{facts: {pupils: 1}, expect: {stars: 5}}", "this edition gives no stars (rating.yaml has no stars)"),
        ("{facts: {pupils: 1}, expect: {fired: []}}", "this edition gives no stars (rating.yaml has no stars)"),
        ("{facts: {pupils: 1}, expect: {due: 5}}", "to expect money, state a stint"),
        ("{period: 2026Q3, expect: {figures: {grade: ~}}}", "“2026Q3” is no period of this edition"),
        ("{period: summer, expect: {figures: {grade: ~}}}", "“summer” is no period"),
        ("{facts: {passed: 101}, expect: {figures: {grade: ~}}}", "cannot be “101”: it must be from 0 to 100"),
        ("{answers: {JC-01: 1}, expect: {figures: {grade: ~}}}", "JC-01: there is no such item"),
    ],
)
def test_what_a_case_cannot_say_is_told_in_words(folder: Path, case: str, said: str):
    cases = "about: slips\ncases:\n  - {name: x, " + case[1:] + "\n"
    assert any(said in one for one in failures(run(folder, cases=cases))["x"])


def test_a_difference_is_read_with_the_rule_and_what_it_was_made_from(folder: Path, capsys: pytest.CaptureFixture[str]):
    run(folder, cases=TABLE.replace("79.99, fair, 7999", "79.99, good, 8000"))
    assert main(["--lang", "en", "rules", "test", str(folder)]) == 1
    said = capsys.readouterr()
    grade, of_grade, from_grade, weight, of_weight, from_weight = said.err.splitlines()
    assert grade == "grants · just below it is fair: grade: expected good, got fair"
    assert of_grade.startswith("    grade: by passed")
    assert from_grade == "    from: passed 79.99"
    assert weight == "grants · just below it is fair: weight: expected 8000, got 7999"
    assert of_weight.startswith("    weight: pupils × passed")
    assert from_weight == "    from: pupils 100, passed 79.99"
    assert said.out == "grants: 4 cases, 1 of them fail; codes without a case: —\n"


def test_an_earlier_figure_that_no_step_looks_back_at_is_no_case(folder: Path):
    rating = RATING + "  - {name: was, title: was, kind: earlier, back: 1, of: weight}\n"
    (folder / "rating.yaml").write_text(rating, encoding="utf-8")
    case = "about: x\ncases:\n  - {name: a, earlier: {%s: [7]}, expect: {figures: {was: 7}}}\n"
    assert failures(run(folder, cases=case % "weight")) == {}
    (said,) = failures(run(folder, cases=case % "wieght")).values()
    assert said == ["no step looks back at “wieght”; did you mean “weight”?"]
