"""`redproperty rules convert`: a 评分表 to a draft edition, an edition to a 评分表."""

import pytest

import paper_sheets
from amending import lay
from redproperty.store.rules import load_edition


@pytest.fixture(autouse=True)
def rules(tmp_path, monkeypatch):
    """A rules folder with the shipped edition."""
    lay(tmp_path / "rules", cases=False)
    monkeypatch.setenv("REDPROPERTY_RULES", str(tmp_path / "rules"))
    return tmp_path / "rules"


def test_a_sheet_becomes_a_draft_and_every_doubt_is_listed(run, tmp_path):
    (tmp_path / "考核表.xlsx").write_bytes(paper_sheets.doubtful())
    said = run("rules", "convert", str(tmp_path / "考核表.xlsx"), "-o", str(tmp_path / "draft"))
    assert (said.code, said.err) == (0, "")
    assert "2 类 4 项，共 61 分；待核 6 处" in said.out
    assert "  待核 Sheet1!E4  评分标准“视情节轻重酌情扣分”没有读懂" in said.out
    assert load_edition(tmp_path / "draft").about.title.zh == "物业服务考核办法附表"
    checked = run("rules", "check", str(tmp_path / "draft"))
    assert checked.code == 0
    assert checked.out.count("还要核对：") == 6 + 1  # those of the sheet, and who issued it
    assert "draft/pack.yaml:6:1: 还要核对：印发单位和文号" in checked.out
    again = run("rules", "convert", str(tmp_path / "考核表.xlsx"), "-o", str(tmp_path / "draft"))
    assert again.code == 1
    assert "已经存在" in again.err


def test_an_edition_becomes_a_workbook_and_comes_back(run, tmp_path):
    out = tmp_path / "评分表.xlsx"
    said = run("--lang", "en", "rules", "convert", "2026-01-01", "-o", str(out))
    assert (said.code, said.out) == (0, f"The score sheet is in {out}: 42 items\n")
    said = run("rules", "convert", str(out), "-o", str(tmp_path / "back"))
    assert "7 类 42 项，共 100 分；待核 0 处" in said.out
    assert load_edition(tmp_path / "back").sheet == load_edition(tmp_path / "rules/2026-01-01").sheet


def test_what_is_no_sheet_is_refused(run, tmp_path):
    (tmp_path / "a.xlsx").write_bytes(b"no workbook")
    said = run("rules", "convert", str(tmp_path / "a.xlsx"))
    assert said.code == 1
    said = run("rules", "convert", "2030-01-01")
    assert "没有规则版本 2030-01-01" in said.err


def test_all_but_the_sheet_is_that_of_the_latest_edition_in_force_or_of_the_one_named(run, rules, tmp_path):
    lay(rules, "2026-07-01", ("rating.yaml", "valid_months: 12", "valid_months: 6"), cases=False)
    draft = ("pack.yaml", "status: in_force", "status: draft")
    lay(rules, "2028-01-01", draft, ("rating.yaml", "valid_months: 12", "valid_months: 3"), cases=False)
    (tmp_path / "a.xlsx").write_bytes(paper_sheets.semi_managed())
    for like, months in (((), 6), (("--like", "2028-01-01"), 3)):
        place = tmp_path / f"draft{months}"
        assert run("rules", "convert", str(tmp_path / "a.xlsx"), "-o", str(place), *like).code == 0
        assert load_edition(place).rating.stars.valid_months == months
