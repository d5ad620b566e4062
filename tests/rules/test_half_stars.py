"""An edition whose stars go in halves: cut-offs, caps, demotions and a quota of half stars, in words and in money."""

import shutil
from decimal import Decimal
from pathlib import Path

import pytest

import explained
from explained import rate_one
from redproperty.domain.explanations import explain
from redproperty.domain.packs import Pack
from redproperty.domain.stars import star_words
from redproperty.settings import bundled
from redproperty.store.rules import editions, load_edition

CUTOFFS = """  cutoffs:
    - {star: 5, at_least: 95}
    - {star: 4.5, at_least: 90, below: 95}
    - {star: 4, at_least: 85, below: 90}
    - {star: 3.5, at_least: 80, below: 85}
    - {star: 3, at_least: 75, below: 80}
    - {star: 0.5, at_least: 60, below: 75}
    - {star: 0, below: 60}
"""
STAGES = """
    - kind: demote
      rules:
        - code: D1
          title: {zh: 未投保, en: not insured}
          basis: {zh: 示例, en: Example}
          when: {fact: liability_cover, is: false}
          by: 0.5
          at_least: 0
    - kind: cap
      rules:
        - code: C1
          title: {zh: 收缴率低, en: low collection}
          basis: {zh: 示例, en: Example}
          when: {fact: collection, below: 70}
          at_most: 3.5
    - kind: quota
      rule: {code: Q1, title: {zh: 名额, en: quota}, basis: {zh: 示例, en: Example}}
      star: 5
      to: 4.5
      ratio: 15
      by: [stratum]
      count: floor
      ties: out
    - kind: streak
      rule: {code: S1, title: {zh: 连续, en: in a row}, basis: {zh: 示例, en: Example}}
      below: 60
      periods: 1
      stars_down: 1.5
  valid_months: 12
"""
# every round 100, all other parts 100: the composite is what `scores` make of it, × 60 % + 40
CASES = """
about: {zh: 半星, en: half stars}
cases:
  - {name: 五星, facts: {liability_cover: true}, expect: {stars: 5, fired: []}}
  - {name: 降半星, expect: {stars: 4.5, fired: [D1]}}
  - name: 九十分
    facts: {liability_cover: true, iot_warning: false}
    scores: [82.5, 82.5, 82.5]
    expect: {figures: {composite: 90}, stars: 4.5}
  - name: 八十四分九
    facts: {liability_cover: true}
    scores: [74, 74, 74]
    expect: {figures: {composite: 84.9}, stars: 3.5, fired: []}
  - {name: 封顶, facts: {liability_cover: true, collection: 69}, expect: {stars: 3.5, fired: [C1]}}
  - {name: 名额满, facts: {liability_cover: true}, peers: [99, 98], expect: {stars: 4.5, fired: [Q1]}}
  - {name: 上期不到六十, facts: {liability_cover: true}, history: [59.99], expect: {stars: 3.5, fired: [S1]}}
  - name: 半星的补贴
    facts: {liability_cover: true, collection: 69}
    stint: {floor_area: 10000}
    expect: {stars: 3.5, figures: {star_coefficient: 0.75}}
"""


@pytest.fixture
def edition(tmp_path: Path) -> Path:
    folder = Path(shutil.copytree(bundled("rules") / "2026-01-01", tmp_path / "2026-01-01"))
    rating, subsidy = folder / "rating.yaml", folder / "subsidy.yaml"
    text = rating.read_text(encoding="utf-8")
    head = text[: text.index("  cutoffs:\n")].replace("  valid_months: 12\n", "")
    rating.write_text(f"{head}{CUTOFFS}  stages:{STAGES}", encoding="utf-8")
    money = subsidy.read_text(encoding="utf-8")
    begins, ends = money.index("star_coefficients:\n"), money.index("\n\n", money.index("star_coefficients:\n"))
    worth = {0: 0, "0.5": "0.2", 3: "0.6", "3.5": "0.75", 4: "0.8", "4.5": "0.9", 5: 1}
    about = "title: {zh: 系数, en: coefficient}, basis: {zh: 示例, en: Example}, status: example"
    rows = [f'  - {{stars: {star}, coefficient: "{value}", {about}}}' for star, value in worth.items()]
    stops = money.index("\nstops:")
    money = (
        money[:begins]
        + "star_coefficients:\n"
        + "\n".join(rows)
        + money[ends:stops]
        + money[money.index("\n\n", stops) :]
    )
    subsidy.write_text(money, encoding="utf-8")
    shutil.rmtree(folder / "tests")
    (folder / "tests").mkdir()
    (folder / "tests/halves.yaml").write_text(CASES, encoding="utf-8")
    return folder


def test_it_loads_and_its_cases_hold(edition):
    (found,) = editions(edition.parent).all
    assert [problem.say("en") for problem in found.problems] == []
    assert [(failing.case.name, [f.en for f in failing.failures]) for failing in found.failing] == []


def test_why_says_half_stars(edition, monkeypatch):
    pack = load_edition(edition)
    assert isinstance(pack, Pack)
    monkeypatch.setattr(explained, "PACK", pack)
    row, sheets = rate_one([{}] * 4, liability_cover=True, collection=69_000_000)
    told = explain(pack, row, sheets)
    assert (told.stars, told.designation.zh) == (Decimal("3.5"), "3 星半")
    fired = {line.code: (line.before, line.after) for line in told.fired}
    assert fired == {"C1": (5, Decimal("3.5"))}
    assert told.next_star is not None
    assert told.next_star.obstacles[0].en == "at most 3.5 stars if fee collection rate < 70"
    assert row["stars"] == Decimal("3.5")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("star: 4.5, at_least: 90", "star: 4.3, at_least: 90", "须是整星或半星"),
        ("at_most: 3.5", "at_most: 2.5", "没有 2.5 星这一档"),
        ("by: 0.5", "by: 0.25", "须为半星的整数倍"),
        ("stars_down: 1.5", "stars_down: 1.2", "须是整星或半星"),
        ("to: 4.5", "to: 4", "4.5 星的小区还低"),
    ],
)
def test_slips_are_refused(edition, old, new, words):
    rating = edition / "rating.yaml"
    text = rating.read_text(encoding="utf-8")
    assert old in text
    rating.write_text(text.replace(old, new, 1), encoding="utf-8")
    problems = load_edition(edition)
    assert not isinstance(problems, Pack)
    assert any(words in problem.say("zh") for problem in problems)


def test_a_star_without_coefficient_is_refused(edition):
    subsidy = edition / "subsidy.yaml"
    lines = subsidy.read_text(encoding="utf-8").splitlines(keepends=True)
    subsidy.write_text("".join(line for line in lines if "stars: 3.5," not in line), encoding="utf-8")
    problems = load_edition(edition)
    assert not isinstance(problems, Pack)
    assert problems[0].say("zh").endswith("缺少 3.5 星的系数")


@pytest.mark.parametrize(
    ("stars", "zh", "en"),
    [
        (0, "0 星", "0 stars"),
        (1, "1 星", "1 star"),
        ("0.5", "半星", "½ star"),
        ("3.5", "3 星半", "3½ stars"),
        ("4.0", "4 星", "4 stars"),
    ],
)
def test_words(stars, zh, en):
    assert (star_words(Decimal(stars)).zh, star_words(Decimal(stars)).en) == (zh, en)
