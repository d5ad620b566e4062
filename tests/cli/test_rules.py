"""`redproperty rules check|test|explain`: what is printed, in both languages, and with which exit code."""

import shutil
from pathlib import Path

import pytest

from redproperty.cli import main
from redproperty.settings import bundled


@pytest.fixture
def rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A rules folder of one's own, named by the setting."""
    root = Path(shutil.copytree(bundled("rules"), tmp_path / "rules"))
    monkeypatch.setenv("REDPROPERTY_RULES", str(root))
    return root


def change(rules: Path, file: str, old: str, new: str) -> None:
    path = rules / "2026-01-01" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.usefixtures("rules")
def test_a_sound_edition_checks_and_tests_with_nothing_to_say(capsys: pytest.CaptureFixture[str]):
    assert main(["--lang", "en", "rules", "check"]) == 0
    assert main(["--lang", "en", "rules", "test"]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert "2026-01-01  Qixia District rules" in said.out
    assert "0 of them fail; codes without a case: —" in said.out


def test_all_problems_are_printed_with_their_places(rules: Path, capsys: pytest.CaptureFixture[str]):
    change(rules, "sheet.yaml", "severity: normal", "severty: normal")
    change(rules, "rating.yaml", "weight: 60", "weight: 50")
    change(rules, "subsidy.yaml", 'percent: "70"', 'percent: "60"')
    assert main(["rules", "check"]) == 1
    said = capsys.readouterr().err
    assert "2026-01-01/sheet.yaml:23:9: 没有“severty”，是否想写“severity”？" in said
    assert "各部分权重合计 90，应为 100" in said
    assert "承担比例合计 90%，应为 100%" in said
    assert said.count("2026-01-01/") == 3


def test_a_failing_case_is_named_with_both_values(rules: Path, capsys: pytest.CaptureFixture[str]):
    change(rules, "tests/items.yaml", "score: 99.5", "score: 99")
    assert main(["--lang", "en", "rules", "test"]) == 1
    said = capsys.readouterr()
    assert said.err == "2026-01-01 · JC-01 缺一项: score: expected 99, got 99.5\n"
    assert "1 of them fail" in said.out


def test_a_code_without_a_case_is_named(rules: Path, capsys: pytest.CaptureFixture[str]):
    (rules / "2026-01-01/tests/vetoes.yaml").unlink()
    assert main(["rules", "test"]) == 1
    assert "没有案例的代码：V1, V3, V4, V5, V6" in capsys.readouterr().out


@pytest.mark.usefixtures("rules")
def test_one_code_is_explained_whole(capsys: pytest.CaptureFixture[str]):
    assert main(["rules", "explain", "sb-05"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "SB-05  电梯"
    assert "每次扣 1 分，扣完为止；电梯超期未检的，本项不得分" in said[1]
    assert "满分 4 分；安全；限 3 日整改" in said[2]
    assert said[-1] == "依据：《特种设备安全法》第四十条、第四十五条；分值示例"


@pytest.mark.usefixtures("rules")
@pytest.mark.parametrize("code", ["BJ-03", "V9", "Q1", "S1", "N2", "M1", "J2", "composite"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_kind_of_code_can_be_explained(code: str, lang: str, capsys: pytest.CaptureFixture[str]):
    assert main(["--lang", lang, "rules", "explain", code]) == 0
    assert capsys.readouterr().out.startswith(code)


@pytest.mark.usefixtures("rules")
def test_the_whole_edition_is_explained_item_by_item(capsys: pytest.CaptureFixture[str]):
    assert main(["--lang", "en", "rules", "explain", "--edition", "2026-01-01"]) == 0
    said = capsys.readouterr().out
    assert all(f"\n{code} " in f"\n{said}" for code in ("JC-01", "DJ-05", "V10", "N4", "Q1"))


@pytest.mark.usefixtures("rules")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["explain", "BJ-33"], "没有代码“BJ-33”，是否想写“BJ-0"),
        (["explain", "--edition", "2025-01-01"], "没有规则版本 2025-01-01"),
        (["explain", "2026-01-01"], "规则版本写在 --edition 后面：--edition 2026-01-01"),
        (["check", "--edition", "2025-01-01"], "没有规则版本 2025-01-01"),
        (["test", "--edition", "2025-01-01"], "没有规则版本 2025-01-01"),
    ],
)
def test_what_is_not_there_is_refused(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]):
    assert main(["--lang", "zh", "rules", *arguments]) == 1
    assert message in capsys.readouterr().err


def test_a_command_that_is_not_understood_ends_with_two(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as ended:
        main(["rules", "chek"])
    assert ended.value.code == 2
    assert "chek" in capsys.readouterr().err


def test_a_folder_without_editions_does_not_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("REDPROPERTY_RULES", str(tmp_path / "empty"))
    assert main(["rules", "check"]) == 1
    assert main(["rules", "test"]) == 1
