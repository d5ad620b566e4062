"""What an edition's subsidy table refuses."""

from copy import deepcopy
from pathlib import Path

import msgspec
import pytest
import yaml

from reading import subsidy_rules
from redproperty.domain.subsidy_rules import REASONS

EDITION = yaml.safe_load((Path(__file__).parents[2] / "rules/2026-01-01/subsidy.yaml").read_text("utf-8"))
VETOES = {f"V{n}" for n in range(1, 11)}


def faults(**changes):
    rules = subsidy_rules(deepcopy(EDITION) | changes)
    return [(path, text.zh) for path, text in rules.check(vetoes=VETOES)]


def changed(name, index, **changes):
    """Return the edition's list `name` with one entry changed."""
    entries = deepcopy(EDITION[name])
    entries[index] |= changes
    return {name: entries}


def test_the_edition_itself_is_without_fault():
    assert faults() == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"rates": EDITION["rates"][:-1]}, (("rates",), "缺少“商品房”（commodity）的标准")),
        ({"rates": [*EDITION["rates"], EDITION["rates"][1]]}, (("rates", 6), "代码“old”重复")),
        (changed("rates", 1, rate="-0.30"), (("rates", 1, "rate"), "须在 0 到 1000 之间")),
        (changed("rates", 1, rate="0.1234567"), (("rates", 1, "rate"), "不是数，或超过六位小数")),
        (changed("rates", 1, rate="NaN"), (("rates", 1, "rate"), "不是数，或超过六位小数")),
        (changed("rates", 1, title={"zh": "", "en": "x"}), (("rates", 1, "title"), "缺少中文或英文名称")),
        (changed("rates", 1, basis={"zh": " ", "en": ""}), (("rates", 1, "basis"), "缺少依据；自拟的请写“示例”")),
        ({"star_coefficients": EDITION["star_coefficients"][1:]}, (("star_coefficients",), "缺少 5 星的系数")),
        (changed("star_coefficients", 0, stars=4), (("star_coefficients", 1, "stars"), "代码“4”重复")),
        (changed("star_coefficients", 0, stars=6), (("star_coefficients", 0, "stars"), "星级只有 0 到 5")),
        (
            changed("star_coefficients", 0, coefficient="1.05"),
            (("star_coefficients", 0, "coefficient"), "5 星的系数低于更低的星级"),
        ),
        ({"months": EDITION["months"] | {"months": "0"}}, (("months", "months"), "月数须大于 0")),
        ({"year_cap": EDITION["year_cap"] | {"yuan": "0.001"}}, (("year_cap", "yuan"), "金额最小到分")),
        ({"year_cap": EDITION["year_cap"] | {"yuan": "-1"}}, (("year_cap", "yuan"), "须在 0 到 1000000000000 之间")),
        (
            {"top_up": EDITION["top_up"] | {"collected_percent": "101"}},
            (("top_up", "collected_percent"), "须在 0 到 100 之间"),
        ),
        ({"top_up": EDITION["top_up"] | {"management": []}}, (("top_up", "management"), "至少写一种管理方式")),
        ({"top_up": EDITION["top_up"] | {"least_stars": 6}}, (("top_up", "least_stars"), "星级只有 0 到 5")),
        (changed("stops", 0, veto="V99"), (("stops", 0, "veto"), "评定规则里没有否决项“V99”，是否想写“V9”？")),
        (changed("payers", 0, percent="71"), (("payers",), "承担比例合计 101%，应为 100%")),
        (changed("payers", 0, payer="street"), (("payers", 1, "payer"), "代码“street”重复")),
        (changed("payers", 0, payer="区"), (("payers", 0, "payer"), "只用小写字母和下划线")),
    ],
)
def test_each_fault_is_found_at_its_place(changes, expected):
    assert expected in faults(**changes)


def test_all_faults_come_at_once():
    assert len(faults(**changed("rates", 1, rate="-1"), **changed("payers", 1, percent="31"))) == 2


@pytest.mark.parametrize("changes", [{"bonus": 1}, changed("rates", 0, by="households"), changed("rates", 0, rate="x")])
def test_what_no_shape_knows_is_not_read(changes):
    with pytest.raises(msgspec.ValidationError):
        subsidy_rules(deepcopy(EDITION) | changes)


def test_every_provision_says_itself_in_both_languages():
    rules = subsidy_rules(EDITION)
    said = list(rules.sentences())
    assert "老旧小区：每月每平方米 0.30 元" in [text.zh for text in said]
    assert all(text.zh and text.en for text in [*said, *REASONS.values()])


def test_an_edition_may_do_without_cap_and_top_up():
    bare = {name: entry for name, entry in EDITION.items() if name not in {"year_cap", "top_up", "start_up", "stops"}}
    rules = subsidy_rules(bare)
    assert list(rules.check()) == []
    assert len(list(rules.sentences())) == 6 + 6 + 5  # rates, stars; months, rounding, budget and two payers
