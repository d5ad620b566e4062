"""`redproperty rules manual`: the index, a page by its name in both languages, and what is not there."""

from pathlib import Path

import pytest

from redproperty.cli import main


def test_without_a_word_it_prints_what_one_may_want(capsys: pytest.CaptureFixture[str]):
    assert main(["--lang", "en", "rules", "manual"]) == 0
    said = capsys.readouterr().out
    assert "weigh parts (60 % inspection, 40 % survey) → [`weighted_mean`](/manual/steps/weighted_mean)" in said


@pytest.mark.parametrize(("lang", "part"), [("zh", "除数为 0 时给出"), ("en", "what holds where the divisor is 0")])
def test_a_shape_is_printed_with_its_example_and_its_keys(lang: str, part: str, capsys: pytest.CaptureFixture[str]):
    assert main(["--lang", lang, "rules", "manual", "quotient"]) == 0
    said = capsys.readouterr().out
    assert "kind: quotient" in said
    assert "7          320           2.2\n" in said  # in columns
    assert part in said


def test_a_name_of_two_shapes_prints_both_and_a_path_one(capsys: pytest.CaptureFixture[str]):
    main(["rules", "manual", "quota"])
    both = capsys.readouterr().out
    main(["rules", "manual", "stages/quota"])
    one = capsys.readouterr().out
    assert "(steps/quota)" in both
    assert "(stages/quota)" in both
    assert "(steps/quota)" not in one


def test_a_misspelt_name_is_refused_with_the_nearest(capsys: pytest.CaptureFixture[str]):
    assert main(["--lang", "en", "rules", "manual", "wieghted_mean"]) == 1
    assert "did you mean “weighted_mean”?" in capsys.readouterr().err


def test_the_whole_is_written_into_a_file(tmp_path: Path):
    assert main(["--lang", "en", "rules", "manual", "--write", str(tmp_path / "manual.md")]) == 0
    text = (tmp_path / "manual.md").read_text(encoding="utf-8")
    assert "](#steps-sum)" in text
    assert "](/manual/" not in text
