"""An edition is as small as its method: what it does not need is left out, and refused where it would be needed."""

from pathlib import Path

import pytest

from redproperty.cli import main
from redproperty.domain.packs import Pack
from redproperty.domain.provisions import provisions, sections
from redproperty.domain.texts import Refused
from redproperty.store.rules import editions_at, load_edition

PACK = """
title: Rating of nursing homes
effective_from: 2026-01-01
period: year
"""
RATING = """
facts:
  - {name: beds, title: Beds, kind: count, at_least: 1, at_most: 999}
  - {name: nurses, title: Nurses, kind: number, step: 0.5}
  - {name: region, title: {zh: 片区, en: region}, kind: choice, choices: [north, south]}
  - {name: complaints, title: Complaints, kind: count, default: 0}
steps:
  - {name: ratio, title: Nurses per ten beds, kind: quotient, of: nurses, by: beds, times: 10, zero: missing, places: 2}
  - name: grade
    title: Grade
    kind: first_match
    choices: [A, B, C]
    cases:
      - {when: {all: [{figure: ratio, at_least: 4}, {fact: complaints, below: 3}]}, gives: A}
      - {when: {figure: ratio, at_least: 2}, gives: B}
    otherwise: C
"""
CASES = """
about: Grades
cases:
  - name: enough nurses
    facts: {beds: 50, nurses: 20.5}
    expect: {figures: {ratio: 4.1, grade: A}}
  - name: three complaints
    facts: {beds: 50, nurses: 20.5, complaints: 3}
    expect: {figures: {grade: B}}
  - name: few nurses
    facts: {beds: 50, nurses: 9.5}
    expect: {figures: {ratio: 1.9, grade: C}}
"""


def write(folder: Path, **files: str) -> Path:
    """Write an edition; `tests` is its only file of cases."""
    (folder / "tests").mkdir(parents=True)
    for name, text in files.items():
        place = folder / "tests/all.yaml" if name == "tests" else folder / f"{name}.yaml"
        place.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return write(tmp_path / "nursing homes", pack=PACK, rating=RATING, tests=CASES)


def the_pack(folder: Path) -> Pack:
    pack = load_edition(folder)
    assert isinstance(pack, Pack), [problem.say("en") for problem in pack]
    return pack


def test_a_draft_of_two_short_files_loads_from_any_folder_and_its_cases_hold(small: Path):
    (edition,) = editions_at(small).all
    assert [problem.say("en") for problem in edition.problems] == []
    assert [[f.en for f in outcome.failures] for outcome in edition.outcomes] == [[], [], []]
    assert edition.draft


@pytest.mark.parametrize("command", ["check", "test"])
@pytest.mark.parametrize("place", ["nursing homes", "."])
def test_it_is_checked_and_tested_by_its_folder_or_by_the_one_that_holds_it(
    small: Path, command: str, place: str, capsys: pytest.CaptureFixture[str]
):
    assert main(["--lang", "en", "rules", command, str(small.parent / place)]) == 0
    said = capsys.readouterr()
    assert said.out.startswith("nursing homes")
    assert said.err == ""


def test_a_folder_without_rules_and_one_that_is_not_there_are_told_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    assert main(["--lang", "en", "rules", "check", str(tmp_path)]) == 1
    assert "an edition is a folder with at least pack.yaml and rating.yaml" in capsys.readouterr().err
    assert main(["--lang", "en", "rules", "check", str(tmp_path / "nowhere")]) == 1
    assert "There is no folder" in capsys.readouterr().err


def test_what_it_does_not_say_is_refused_in_words(small: Path):
    pack = the_pack(small)
    for asked, word in (
        (pack.subsidy_rules, "subsidy.yaml"),
        (pack.takeover_rules, "takeover.yaml"),
        (pack.for_inspections, "no score sheet"),
    ):
        with pytest.raises(Refused) as refused:
            asked()
        assert word in refused.value.text.en
        assert "nursing homes" in refused.value.text.zh


def test_it_is_said_in_sentences_without_empty_sections(small: Path):
    pack = the_pack(small)
    assert [section.code for section in sections(pack)] == ["steps", "facts"]
    said = {one.code: one.sentence.en for one in provisions(pack)}
    assert said["beds"] == "from a file; counts until it is ended; must be from 1 to 999; unknown where missing"
    assert said["nurses"].endswith("must be in steps of 0.5; unknown where missing")
    assert said["complaints"].endswith("“0” where not recorded")


@pytest.mark.parametrize(
    ("fact", "value", "why"),
    [
        ("beds", "0", "it must be from 1 to 999"),
        ("beds", "1000", "it must be from 1 to 999"),
        ("nurses", "20.25", "it must be in steps of 0.5"),
        ("region", "east", "the fact “region” cannot be “east”"),
    ],
)
def test_a_case_cannot_state_a_fact_that_is_not_allowed(small: Path, fact: str, value: str, why: str):
    cases = CASES.replace("facts: {beds: 50, nurses: 9.5}", f"facts: {{{fact}: {value}}}")
    (small / "tests/all.yaml").write_text(cases, encoding="utf-8")
    (edition,) = editions_at(small).all
    (failing,) = edition.failing
    assert why in failing.failures[0].en


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("at_least: 1, at_most: 999", "at_least: 9, at_most: 1", "the lower bound lies above the upper"),
        ("step: 0.5", "step: 0", "the step must be above 0"),
        ("kind: count, default: 0", "kind: flag, default: false, at_least: 0", "only numbers have bounds and steps"),
        ("default: 0", "default: 0.5, step: 1", "must be in steps of 1"),
        ("default: 0", "at_most: 5, perfect: 6", "must be at most 5"),
        ("choices: [north, south]", 'choices: ["", south]', "there are no words"),
        ("title: Beds", "title: 2026", "“2026” must be written in quotes"),
        ("title: Beds", 'title: " "', "there are no words"),
    ],
)
def test_bounds_that_cannot_be_are_refused_where_they_stand(small: Path, old: str, new: str, why: str):
    assert old in RATING
    (small / "rating.yaml").write_text(RATING.replace(old, new, 1), encoding="utf-8")
    loaded = load_edition(small)
    assert isinstance(loaded, tuple)
    assert why in loaded[0].say("en")
    assert loaded[0].file == "nursing homes/rating.yaml"


def test_a_folder_in_force_is_named_by_its_first_day(small: Path):
    (small / "pack.yaml").write_text(PACK + "status: in_force\n", encoding="utf-8")
    loaded = load_edition(small)
    assert isinstance(loaded, tuple)
    assert "must be the name of the folder, “nursing homes”, once in force" in loaded[0].say("en")


def test_a_sheet_needs_no_severities_days_or_ways_to_look(tmp_path: Path):
    """Cold food costs 7 of 28 a place: two places leave 14 of 28, with 12 for hands 26 of 40."""
    sheet = """
total: 40
categories:
  - code: FH
    title: Food handling
    full: 40
    items:
      - {code: FH-1, title: Cold food, full: 28, basis: "§ 81.09", shape: {kind: per_occurrence, step: 7, unit: places}}
      - {code: FH-2, title: Hands, full: 12, basis: "§ 81.13", shape: {kind: pass_fail}}
"""
    rating = "steps: [{name: mean, title: Mean, kind: rounds, aggregate: latest, minimum: 1, places: 2}]"
    cases = """
about: points
columns: [name, answers.FH-1, answers.FH-2, expect.score, expect.mean, expect.points.FH-1, expect.points.FH-2]
rows:
  - [clean, "", "", 40, 40, 28, 12]
  - [two warm dishes, 2, "", 26, 26, 14, 12]
  - [dirty hands too, 2, 1, 14, 14, 14, 0]
"""
    folder = write(tmp_path / "hygiene", pack=PACK, sheet=sheet, rating=rating, tests=cases)
    (edition,) = editions_at(folder).all
    assert [problem.say("en") for problem in edition.problems] == []
    assert [[f.en for f in outcome.failures] for outcome in edition.outcomes] == [[], [], []]
    assert edition.untouched == ()
    pack = the_pack(folder)
    assert pack.sheet.severity_of(pack.sheet.by_code["FH-1"]).title.en == "ordinary"
    assert next(provisions(pack)).title.en == "Cold food"


SUBSIDY = """
title: Grant by beds
steps: [{name: grant, title: grant, kind: product, of: [beds, 2.5], places: 2}]
amount: grant
"""
PAID = """
about: money
cases:
  - name: 40 beds at 2.5
    facts: {beds: 40}
    stint: {floor_area: 1}
    expect: {due: 100, paid: 100, payers: {district: 100}}
  - name: nothing known of the beds
    facts: {beds: ~}
    stint: {floor_area: 1}
    expect: {due: 0, zero_reason: no_amount}
"""


def test_a_formula_leaves_out_what_it_does_not_need(tmp_path: Path):
    folder = write(tmp_path / "grant", pack=PACK, rating=RATING, subsidy=SUBSIDY, tests=PAID)
    (edition,) = editions_at(folder).all
    assert [problem.say("en") for problem in edition.problems] == []
    assert [[f.en for f in outcome.failures] for outcome in edition.outcomes] == [[], []]
    said = [provision.sentence.en for provision in provisions(the_pack(folder))]
    assert "District bears 100 %" in said
    assert "to the fen, rounded half up, once" in said


def test_rates_by_the_stars_are_refused_without_stars(tmp_path: Path):
    folder = write(tmp_path / "grant", pack=PACK, rating=RATING, subsidy="title: Rates\n")
    loaded = load_edition(folder)
    assert isinstance(loaded, tuple)
    assert any("gives no stars, so rates and coefficients pay nobody" in problem.say("en") for problem in loaded)


def test_a_method_without_stars_never_says_that_an_estate_is_not_rated(tmp_path: Path):
    wrong = PAID.replace("zero_reason: no_amount", "zero_reason: not_rated")
    folder = write(tmp_path / "grant", pack=PACK, rating=RATING, subsidy=SUBSIDY, tests=wrong)
    (edition,) = editions_at(folder).all
    (failing,) = edition.failing
    assert "zero_reason: expected not_rated, got no_amount" in [failure.en for failure in failing.failures]


@pytest.mark.parametrize(
    ("subsidy", "missing"),
    [
        (SUBSIDY.replace("[beds, 2.5]", "[beds, months]"), {"months"}),
        (
            SUBSIDY + "top_up: {of: shortfall, title: T, basis: A, status: example, management: [custody], rate: 1, "
            "collected_percent: 70, least_stars: 1}\n",
            {"months"},
        ),
        ("title: Rates\n", {"months", "budget", "payers"}),
    ],
)
def test_what_the_amount_is_made_of_is_missed(tmp_path: Path, subsidy: str, missing: set[str]):
    loaded = load_edition(write(tmp_path / "grant", pack=PACK, rating=RATING, subsidy=subsidy))
    assert isinstance(loaded, tuple)
    said = {problem.text.en for problem in loaded}
    assert {one for one in said if one.endswith("is missing")} == {f"“{key}” is missing" for key in missing}
