"""An edition whose stars go in halves: cut-offs, caps, demotions and a quota of half stars, in words and in money."""

from decimal import Decimal
from pathlib import Path

import pytest

import explained
from explained import rate_one
from halving import half_stars
from redproperty.domain.explanations import explain
from redproperty.domain.packs import Pack
from redproperty.domain.stars import star_words
from redproperty.store.rules import editions, load_edition


@pytest.fixture
def edition(tmp_path: Path) -> Path:
    return half_stars(tmp_path)


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
    assert told.stars == Decimal("3.5")
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
