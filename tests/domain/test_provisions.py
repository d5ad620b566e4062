"""An edition in sentences: what a person reads is what the engine computes with."""

import msgspec
import pytest

import rated
from redproperty.domain.facts import Fact
from redproperty.domain.provisions import applicability, item_provision, provisions, sections
from redproperty.domain.texts import Text

PACK = rated.the_pack()
SAID = {one.code: one for one in provisions(PACK) if one.code}
SENTENCES = [
    ("BJ-06", "每处扣 0.2 分，扣完为止", "0.2 off for each of the places, until the item is used up"),
    (
        "SB-04",
        "目标 90%，每低 1% 扣 0.5 分，不足的按一个计，扣完为止",
        "target 90 %; 0.5 off for each 1 % below it, a started one counts, until the item is used up",
    ),
    ("J1", "省级 2 分、市级 1 分", "province: 2, city: 1"),
    ("J2", "每项 1 分，最多 2 分", "1 each, at most 2"),
    ("J4", "设有志愿服务站，加 0.5 分", "0.5 if volunteer station"),
    ("N2", "连续服务月数低于 6：不予评定", "not rated if months of uninterrupted service < 6"),
    ("M1", "任一类别得分率低于 60% 的，最高 4 星", "at most 4 stars where a category is below 60 %"),
    (
        "V9",
        "凡居民满意度低于 60，最高 2 星；凡居民满意度低于 80，最高 4 星",
        "at most 2 stars if residents' satisfaction < 60; at most 4 stars if residents' satisfaction < 80",
    ),
    (
        "death_accident",
        "按事件登记；自发生起计 12 个月；没有登记的按“否”",
        "recorded as an event; counts for 12 months; “no” where not recorded",
    ),
    ("households", "取自小区登记；缺失时按未知处理", "from the register; unknown where missing"),
    (
        "party_form",
        "取自小区登记；没有登记的按“尚未建立”",
        "from the register; “none” where not recorded",
    ),
    (
        "AT_RISK",
        "限 5 个工作日，自次日起算，剩 2 日时预警；逾期：报区住建局督办",
        "5 working days, from the next day, warning at 2 days left; overdue: report to the district bureau",
    ),
]


@pytest.mark.parametrize(("code", "zh", "en"), SENTENCES, ids=[row[0] for row in SENTENCES])
def test_a_rule_is_said_in_both_languages(code: str, zh: str, en: str):
    assert SAID[code].sentence == Text(zh, en)


def test_nothing_of_the_edition_goes_unsaid():
    rating = PACK.rating
    assert {item.code for item in PACK.sheet.items} <= SAID.keys()
    assert {step.name for step in rating.steps} <= SAID.keys()
    assert {fact.name for fact in rating.facts} <= SAID.keys()
    assert {rule.code for rule in rating.stars.rules} | {
        reason.code for reason in rating.stars.not_rated
    } <= SAID.keys()
    stars = next(section for section in sections(PACK) if section.code == "stars")
    assert [(one.title.zh, one.sentence.zh) for one in stars.provisions] == [
        ("5 星", "综合得分 ≥90"),
        ("4 星", "综合得分 ≥85且<90"),
        ("3 星", "综合得分 ≥80且<85"),
        ("2 星", "综合得分 ≥70且<80"),
        ("1 星", "综合得分 ≥60且<70"),
        ("0 星", "综合得分 <60"),
        ("有效期", "星级自评定之日起 12 个月有效"),
    ]


def test_every_rule_says_on_what_it_rests_and_examples_are_marked():
    based = [one for one in SAID.values() if one.code in {rule.code for rule in PACK.rating.stars.rules}]
    assert all(one.basis is not None and one.basis.zh and one.basis.en for one in based)
    assert SAID["V7"].example
    assert not SAID["V5"].example


@pytest.mark.parametrize(
    ("code", "changes", "zh"),
    [
        ("SB-05", {}, "只适用于：电梯台数高于 0，其余不计入满分"),
        ("SB-05", {"not_applicable": "full_marks"}, "只适用于：电梯台数高于 0，其余计满分"),
        ("FW-01", {}, "当季无报修的，不计入满分"),
        ("FW-01", {"not_applicable": "full_marks"}, "当季无报修的，计满分"),
    ],
)
def test_an_item_says_for_whom_it_counts_and_what_becomes_of_it_elsewhere(code: str, changes: dict, zh: str):
    only = applicability(PACK, msgspec.structs.replace(PACK.sheet.by_code[code], **changes))
    assert only is not None
    assert only.zh == zh


def test_an_item_that_always_counts_says_nothing_of_it():
    item = PACK.sheet.by_code["JC-01"]
    assert applicability(PACK, item) is None
    assert item_provision(PACK, item).sentence == item.rule()


@pytest.mark.parametrize(
    ("changes", "zh"),
    [
        ({"lasts": "period"}, "只计入当期"),
        ({"lasts": 6}, "自发生起计 6 个月"),
        ({"lasts": "until_ended"}, "到登记终止为止"),
        ({"missing": "default", "default": True}, "没有登记的按“是”"),
    ],
)
def test_a_fact_says_how_long_it_counts_and_what_its_absence_means(changes: dict, zh: str):
    fact = Fact(name="x", title=Text("甲", "a"), kind="flag", source="event", perfect=False)
    assert zh in msgspec.structs.replace(fact, **changes).say().zh.split("；")
