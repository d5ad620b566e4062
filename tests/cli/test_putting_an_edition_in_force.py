"""`redproperty rules publish`: one account proposes, another approves; nothing else puts an edition in force."""

import pytest

from amending import NEXT, lay

pytestmark = pytest.mark.usefixtures("small_district")


@pytest.fixture(autouse=True)
def rules(tmp_path, monkeypatch):
    """A rules folder with the shipped edition, adopted by the record, and a new one beside it."""
    root = tmp_path / "rules"
    lay(root, cases=False)
    monkeypatch.setenv("REDPROPERTY_RULES", str(root))
    return root


def test_one_proposes_and_another_approves(run, rules):
    run("rate", "2026Q3")  # the record meets its rules for the first time
    lay(rules, NEXT, cases=False)
    said = run("rules", "publish", NEXT, "--document", "栖住建〔2026〕88号")
    assert said.code == 0, said.err
    assert "已提请发布 2027-01-01" in said.out
    said = run("rules", "publish", NEXT, "--approve", "--as", "district")
    assert said.code == 1
    assert "不能由您批准" in said.err
    said = run("--lang", "en", "rules", "publish", NEXT, "--approve")
    assert (said.code, said.out) == (0, "2027-01-01 is published and holds from its date\n")


def test_a_proposal_can_be_sent_back(run, rules):
    run("rules", "publish", "2026-01-01", "--document", "号")
    lay(rules, NEXT, cases=False)
    run("rules", "publish", NEXT, "--document", "号")
    assert "已退回 2027-01-01 的提请" in run("rules", "publish", NEXT, "--send-back", "待印发").out


def test_failing_cases_keep_an_edition_out(run, rules):
    run("rules", "publish", "2026-01-01", "--document", "号")
    lay(rules, NEXT, ("tests/items.yaml", "score: 99.5", "score: 12"))
    said = run("rules", "publish", NEXT, "--document", "号")
    assert said.code == 1
    assert "自带的案例有 1 个不符" in said.err


def test_an_unpublished_edition_rates_nothing(run, rules):
    run("rate", "2026Q3")
    lay(rules, "2026-07-01", cases=False)
    said = run("rate", "2026Q3")
    assert said.code == 1
    assert "规则版本 2026-07-01 尚未发布" in said.err


def test_an_edition_that_is_not_there_is_named(run):
    said = run("rules", "publish", "2027-01-11", "--document", "号")
    assert said.code == 1
    assert "没有规则版本 2027-01-11" in said.err


def test_verify_says_whether_the_files_are_those_published(run, rules):
    run("rate", "2026Q3")
    assert "规则版本 2026-01-01 与发布时逐字节一致" in run("verify").out
    sheet = rules / "2026-01-01/sheet.yaml"
    sheet.write_text(sheet.read_text(encoding="utf-8") + "# 改\n", encoding="utf-8")
    said = run("--lang", "en", "verify")
    assert said.code == 1
    assert "the files of edition 2026-01-01 differ from those published" in said.err
