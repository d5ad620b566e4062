"""A slip that people make is answered with what to write instead."""

from pathlib import Path

import pytest

from amending import lay
from redproperty.cli import main

CASES = "about: {zh: 试, en: try}\ncases:\n"


def told(folder: Path, capsys: pytest.CaptureFixture[str], deed: str = "check") -> str:
    assert main(["--lang", "en", "rules", deed, str(folder)]) == 1
    return capsys.readouterr().err


def with_case(tmp_path: Path, line: str) -> Path:
    folder = lay(tmp_path, cases=False)
    (folder / "tests" / "two.yaml").write_text(f"{CASES}  - {line}\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{name: a, answers: {JC-03: B}, expect: {stars: 5}}", "a level is written by its number, from 0 on: B is 1"),
        ("{name: note: this, expect: {stars: 5}}", "a text with “: ” in it must be quoted"),
        ("{name: a, facts: {colection: 60}, expect: {stars: 5}}", "did you mean “collection”?"),
        ("{name: a, answers: {JC-3: 1}, expect: {stars: 5}}", "did you mean “JC-03”?"),
    ],
)
def test_a_slip_in_a_case_is_told_by_check_with_its_remedy(tmp_path, capsys, line, words):
    assert words in told(with_case(tmp_path, line), capsys)


def test_a_percentage_with_its_sign_says_the_number_alone(tmp_path, capsys):
    folder = lay(tmp_path, "2026-01-01", ("rating.yaml", "{star: 0, below: 60}", "{star: 0, below: 60%}"), cases=False)
    said = told(folder, capsys)
    assert "“60%” is not a number" in said
    assert "a percentage is written as the number alone, 60" in said


def test_facts_that_nothing_uses_are_a_note_and_no_error(tmp_path, capsys):
    assert main(["--lang", "en", "rules", "check", str(lay(tmp_path, cases=False))]) == 0
    said = capsys.readouterr().out
    assert "nothing uses the fact “hotline_count” (hotline tickets)" in said
    assert "estate_type" not in said  # the register has it anyway


def test_the_manual_does_not_guess_wildly(capsys):
    assert main(["--lang", "en", "rules", "manual", "no-such"]) == 1
    assert capsys.readouterr().err.strip() == "redproperty: The manual has no “no-such”"
    assert main(["--lang", "en", "rules", "manual", "first_mach"]) == 1
    assert "did you mean “first_match”?" in capsys.readouterr().err
