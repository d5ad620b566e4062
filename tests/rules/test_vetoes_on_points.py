"""Vetoes with scope: an item, a category or the score of an inspection loses its points; the subsidy stops; it ends."""

import shutil
from datetime import date
from pathlib import Path

import polars as pl
import pytest

import explained
from explained import rate_one
from redproperty.domain.explanations import explain
from redproperty.domain.facts import facts_in
from redproperty.domain.numbers import UNIT
from redproperty.domain.packs import Pack
from redproperty.domain.provisions import provisions
from redproperty.domain.sheets import score
from redproperty.settings import bundled
from redproperty.store.rules import editions, load_edition

# ZX has 18 points, BJ 18 with BJ-01 (3 points, 0.5 for each place)
VETOES = """
vetoes:
  - code: F1
    title: {zh: 消防考核不合格, en: fire assessment failed}
    basis: {zh: 示例, en: Example}
    when: {fact: fire_failed, is: true}
    categories: [ZX]
  - code: F2
    title: {zh: 拒绝检查, en: inspection refused}
    basis: {zh: 示例, en: Example}
    when: {fact: inspection_refused, is: true}
    items: [BJ-01]
    at_most: 50
  - code: F3
    title: {zh: 道路场地不得分, en: nothing for the roads}
    basis: {zh: 示例, en: Example}
    when: {figure: BJ-01.points, is: 0}
    at_most: 59.5
"""
CASES = """
about: {zh: 限分, en: limited points}
cases:
  - name: 消防不合格的，该类不得分
    facts: {fire_failed: true}
    expect: {categories: {ZX: 0}, score: 82, fired: [F1, M1, M2, V2]}
  - name: 拒绝检查的，该项最高得一半
    facts: {inspection_refused: true}
    expect: {points: {BJ-01: 1.5}, score: 98.5, fired: [F2, V6]}
  - name: 已经扣得更多的不再受影响
    facts: {inspection_refused: true}
    answers: {BJ-01: 4}
    expect: {points: {BJ-01: 1}, score: 98}
  - name: 一项为零的，总分最高 59.5
    answers: {BJ-01: 6}
    expect: {points: {BJ-01: 0}, score: 59.5, fired: [F3]}
  - name: 只有一轮触发的，只影响那一轮
    rounds: [{BJ-01: 6}, {}, {}, {}]
    expect: {figures: {inspection: 89.88}, fired: [F3]}
"""


@pytest.fixture
def edition(tmp_path: Path) -> Path:
    folder = Path(shutil.copytree(bundled("rules") / "2026-01-01", tmp_path / "2026-01-01"))
    sheet = folder / "sheet.yaml"
    sheet.write_text(sheet.read_text(encoding="utf-8") + VETOES, encoding="utf-8")
    shutil.rmtree(folder / "tests")
    (folder / "tests").mkdir()
    (folder / "tests/limits.yaml").write_text(CASES, encoding="utf-8")
    return folder


@pytest.fixture
def pack(edition: Path) -> Pack:
    pack = load_edition(edition)
    assert isinstance(pack, Pack), pack
    return pack


def test_it_loads_and_its_cases_hold(edition):
    (found,) = editions(edition.parent).all
    assert found.problems == ()
    assert [(failing.case.name, [f.en for f in failing.failures]) for failing in found.failing] == []


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("categories: [ZX]", "categories: [ZZ]", "没有“ZZ”"),
        ("items: [BJ-01]", "items: [BJ-011]", "是否想写“BJ-01”"),
        ("items: [BJ-01]\n    at_most: 50", "items: [BJ-01]\n    at_most: 100", "小于 100"),
        ("items: [BJ-01]", "items: [BJ-01]\n    categories: [BJ]", "只写一个"),
        ("figure: BJ-01.points", "figure: BJ-1.points", "是否想写“BJ-01.points”"),
        ("fact: fire_failed", "fact: fire_faild", "没有声明"),
        ("code: F2", "code: F1", "重复"),
        ("code: F3", "code: V1", "重复"),
        ("items: [BJ-01]\n    at_most: 50", "items: [BJ-01]\n    at_most: 50\n    stars: 2", "stars"),
    ],
)
def test_slips_are_refused_at_their_line(edition, old, new, words):
    sheet = edition / "sheet.yaml"
    text = sheet.read_text(encoding="utf-8")
    assert old in text
    head, tail = text[: text.index("\nvetoes:")], text[text.index("\nvetoes:") :]
    sheet.write_text(head + tail.replace(old, new), encoding="utf-8")
    problems = load_edition(edition)
    assert not isinstance(problems, Pack)
    assert words in problems[0].say("zh")
    line = int(problems[0].say("zh").split(":")[1])
    assert line > head.count("\n")


def test_it_is_said_in_the_rules(pack):
    said = {one.code: one.sentence for one in provisions(pack) if one.code in {"F1", "F2", "F3"}}
    assert said["F1"].zh == "凡安全或消防考核不合格，“秩序与消防”不得分"
    assert said["F2"].en.startswith("“Roads and grounds”: at most 50 % of the full mark if ")
    assert said["F3"].zh == "凡“道路场地”得分为 0，本次检查最高得满分的 59.5%"


def test_why_names_the_veto_at_the_item_the_round_and_the_rules(pack, monkeypatch):
    monkeypatch.setattr(explained, "PACK", pack)
    told = explain(pack, *rate_one([{"BJ-01": 6}, {}, {}], inspection_refused=True, fire_failed=True))
    fired = {line.code: line for line in told.fired}
    assert {"F1", "F2", "F3"} <= set(fired)
    assert fired["F1"].before is None
    [first] = [line for line in told.items if line.code == "BJ-01" and line.round == 1]
    assert first.sentence.zh == "6 处 × 0.5，扣 3 分（F2 拒绝检查：本项最高得满分的 50%）"
    assert told.rounds[0].vetoed[0].zh == "第 1 轮，F1 消防考核不合格：秩序与消防不得分"
    assert (
        told.rounds[0].vetoed[2].en == "Round 1, F3 nothing for the roads: the round: at most 59.5 % of the full mark"
    )
    assert [sentence.en[:11] for sentence in told.rounds[1].vetoed] == ["Round 2, F1", "Round 2, F2"]


def test_an_unknown_fact_limits_nothing(pack):
    answers = {item.code: [item.shape.best()] for item in pack.sheet.items}
    (row,) = score(pack.sheet, pl.DataFrame(answers)).to_dicts()
    assert (row["F1"], row["F2"], row["F3"], row["score"]) == (False, False, False, 100 * UNIT)


def test_an_item_that_does_not_apply_stays_left_out(pack):
    answers = {item.code: [item.shape.best()] for item in pack.sheet.items} | {"BJ-01": [-1]}
    (row,) = score(pack.sheet, pl.DataFrame(answers).with_columns(inspection_refused=True)).to_dicts()
    assert (row["F2"], row["BJ-01.points"], row["score"]) == (True, None, 100 * UNIT)


def test_a_veto_lasts_as_long_as_its_fact_declares(pack):
    """An accident of 1 April 2026 counts for 12 months: in 2027Q1 still, in 2027Q2 no more."""
    observed = pl.DataFrame(
        [(1, "death_accident", UNIT, None, date(2026, 4, 1), None)],
        schema={"estate_id": pl.Int64, "name": pl.String, "value": pl.Int64, "choice": pl.String,
                "valid_from": pl.Date, "valid_to": pl.Date},
        orient="row",
    )  # fmt: skip

    def counts(begins: date, ends: date) -> bool:
        return facts_in(pack.rating.facts, observed, begins=begins, ends=ends)["death_accident"].to_list() == [True]

    assert counts(date(2027, 1, 1), date(2027, 3, 31))
    assert not counts(date(2027, 4, 1), date(2027, 6, 30))


STOPPED = """
  - name: 一项为零的，补贴停发
    answers: {BJ-01: 6}
    stint: {floor_area: 10000}
    expect: {stars: 2, due: 0, zero_reason: veto_F3}
"""


def test_the_subsidy_may_stop_on_it(edition):
    subsidy, cases = edition / "subsidy.yaml", edition / "tests/limits.yaml"
    stop = "  - {veto: F3, title: {zh: 一项为零, en: nothing}, basis: {zh: 示例, en: Example}, status: example}\n"
    text = subsidy.read_text(encoding="utf-8")
    subsidy.write_text(text.replace("stops:\n", f"stops:\n{stop}"), encoding="utf-8")
    cases.write_text(CASES + STOPPED, encoding="utf-8")
    (found,) = editions(edition.parent).all
    assert found.problems == ()
    assert [(failing.case.name, [f.en for f in failing.failures]) for failing in found.failing] == []
