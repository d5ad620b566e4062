"""`redproperty rules diff A B`: what changed, in words, in both languages."""

from pathlib import Path

import pytest

from amending import DEFAULT, NEXT, REFORM, lay


@pytest.fixture
def rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A rules folder with the shipped edition and a reform of it."""
    root = tmp_path / "rules"
    lay(root)
    lay(root, NEXT, *REFORM)
    monkeypatch.setenv("REDPROPERTY_RULES", str(root))
    return root


@pytest.mark.usefixtures("rules")
def test_two_editions_are_compared_in_words(run):
    said = run("rules", "diff", "2026-01-01", NEXT)
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith(
        "2026-01-01 → 2027-01-01\n考核项：新增 0、删去 0、修改 1；其他条文：新增 0、删去 0、修改 4\n"
    )
    assert "评分表\n  ~ JC-01  制度与应急预案（修改）\n      评分标准\n        - 每项扣 0.5 分，扣完为止\n" in said.out
    assert "  sheet.yaml  categories.JC.items.JC-01.shape.step: 0.5 → 1\n" in said.out


@pytest.mark.usefixtures("rules")
def test_english_where_it_is_asked_for(run):
    out = run("--lang", "en", "rules", "diff", "2026-01-01", NEXT).out
    assert "~ JC-01  Rules and emergency plans (changed)" in out
    assert "项" not in out.split("Key by key")[0]


@pytest.mark.usefixtures("rules")
def test_a_folder_elsewhere_can_be_compared(run, tmp_path):
    elsewhere = lay(tmp_path / "desk", NEXT, *REFORM[:1])
    assert "JC-01" in run("rules", "diff", "2026-01-01", str(elsewhere)).out
    assert "两个版本的条文完全相同" in run("rules", "diff", str(DEFAULT), str(DEFAULT)).out


def test_what_is_not_there_or_cannot_be_read_is_refused(run, rules):
    said = run("rules", "diff", "2026-01-01", "2027-01-11")
    assert said.code == 1
    assert "没有规则版本 2027-01-11，是否想写“2027-01-01”？" in said.err
    lay(rules, "2028-01-01", ("sheet.yaml", "severity: normal", "severty: normal"))
    said = run("rules", "diff", "2026-01-01", "2028-01-01")
    assert said.code == 1
    assert "2028-01-01/sheet.yaml:23:9: 没有“severty”，是否想写“severity”？" in said.err
