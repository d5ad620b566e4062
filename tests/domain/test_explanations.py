"""Every step from item to star is said in a plain sentence with the figures that decided it."""

import pytest

from explained import PACK, rate_one
from rated import SMALL
from redproperty.domain.explanations import explain
from redproperty.domain.numbers import UNIT

HELD_BACK = {
    "satisfaction": 81 * UNIT,
    "survey_answers": 100 * UNIT,
    "households": 480 * UNIT,
    "opinion": 85 * UNIT,
    "collection": 45 * UNIT,
    "volunteer_station": True,
}
QUOTA = "每个评定组别内 5 星不超过参评小区的 15%（不足一个不计），超出的按 4 星；线上并列容不下的都不留"


def told(sheets, **facts):
    return explain(PACK, *rate_one(sheets, **facts))


@pytest.fixture(scope="module")
def qingshiyuan():
    """Four rounds, 95.50 three times and 100: 96.63; 57.98 + 16.20 + 8.50 + 4.50 + 0.50 = 87.68."""
    return told([SMALL, SMALL, SMALL, {}], **HELD_BACK)


def test_the_parts_of_the_composite_are_said_as_they_were_multiplied(qingshiyuan):
    assert [part.sentence.zh for part in qingshiyuan.components] == [
        "现场检查：96.63 × 60/100 = 57.98 分",
        "居民满意度：81.00 × 20/100 = 16.20 分",
        "社区网格评议：85.00 × 10/100 = 8.50 分",
        "物业费收缴率：45.00 × 10/100 = 4.50 分",
    ]
    assert qingshiyuan.components[0].sentence.en == "inspections: 96.63 × 60/100 = 57.98 points"
    assert qingshiyuan.composite == 87_680_000
    assert qingshiyuan.cut_off.zh == "综合得分 87.68，属“≥85且<90”，对应 4 星"
    assert qingshiyuan.cut_off.en == "Composite 87.68 lies in “≥85 and <90”: stars 4"


def test_items_say_what_they_cost_round_by_round_and_in_the_composite(qingshiyuan):
    first = {line.code: line for line in qingshiyuan.items if line.round == 1}
    assert {code: line.sentence.zh for code, line in first.items()} == {
        "BJ-01": "2 处 × 0.5，扣 1 分",
        "SB-04": "84%，低于目标 90%，扣 3 分",
        "FW-03": "1 件 × 0.5，扣 0.5 分",
    }
    assert (first["SB-04"].lost, first["SB-04"].severity.zh) == (
        3 * UNIT,
        PACK.sheet.severity_of(PACK.sheet.by_code["SB-04"]).title.zh,
    )
    assert all(line.basis.zh for line in qingshiyuan.items)
    # without SB-04: 98.88 → 59.33; without BJ-01: 97.38 → 58.43; without FW-03: 97.00 → 58.20; each from 57.98
    assert qingshiyuan.costs == {"SB-04": 1_350_000, "BJ-01": 450_000, "FW-03": 220_000}


def test_categories_stand_per_round_and_as_their_mean(qingshiyuan):
    bj = [category.code for category in PACK.sheet.categories].index("BJ")
    assert [held.points[bj] for held in qingshiyuan.rounds] == [17 * UNIT, 17 * UNIT, 17 * UNIT, 18 * UNIT]
    assert [held.score for held in qingshiyuan.rounds] == [95_500_000] * 3 + [100 * UNIT]
    assert qingshiyuan.categories[bj].sentence.zh == "保洁与垃圾：17.25 / 18 分，得分率 95.83%"


def test_a_veto_names_the_facts_that_fired_it_and_the_stars_it_took(qingshiyuan):
    (veto,) = qingshiyuan.fired
    assert (veto.code, veto.before, veto.after, qingshiyuan.stars) == ("V10", 4, 3, 3)
    assert veto.sentence.zh == (
        "凡管理方式为“市场化物业”且物业费收缴率低于 70，最高 3 星。本期：管理方式 市场化物业，物业费收缴率 45"
    )
    assert veto.sentence.en.endswith("This period: kind of management: market company, fee collection rate 45")


def test_an_event_that_fired_a_veto_is_said_to_be_on_record():
    (veto,) = [line for line in told([{}] * 4, fire_failed=True).fired if line.code == "V2"]
    assert veto.sentence.zh == "凡安全或消防考核不合格，最高 0 星。本期：有此记录"
    assert (veto.before, veto.after) == (5, 0)


def test_a_floor_names_the_categories_below_it():
    # all of DJ (4 + 2 + 2 + 2 + 2) lost but for DJ-02 and DJ-04: 4 of 12 = 33.33 %
    bad = {"DJ-01": len(PACK.sheet.by_code["DJ-01"].shape.levels) - 1, "DJ-03": 9, "DJ-05": 9}
    floors = {line.code: line for line in told([bad] * 4).fired}
    assert floors["M2"].sentence.zh == "任一类别得分率低于 50% 的，最高 3 星。本期：党建与共治 33.33%"
    assert (floors["M2"].before, floors["M2"].after) == (5, 3)


def test_a_quota_tells_places_and_rank():
    (quota,) = told([{}] * 4).fired
    assert quota.sentence.zh == f"{QUOTA}。本组名额 0 个，本小区排第 1"
    assert (quota.code, quota.before, quota.after) == ("Q1", 5, 4)


def test_a_streak_tells_the_periods_before():
    streak = told([{}] * 4, history=(59 * UNIT, 58_500_000)).fired[-1]
    assert streak.sentence.zh == "本期之前连续 2 期低于 60 分的，降 1 星。前 1 期 59.00 分，前 2 期 58.50 分"
    assert streak.sentence.en.endswith("one star down. 1 before: 59.00, 2 before: 58.50")
    assert (streak.code, streak.before, streak.after) == ("S1", 4, 3)


def test_not_rated_is_said_with_its_reasons_and_has_no_stars():
    few = told([{}] * 2)
    assert (few.stars, few.cut_off, few.next_star) == (None, None, None)
    assert [line.code for line in few.not_rated] == ["N3", "N4"]
    assert few.not_rated[0].sentence.zh == "有效轮数低于 3"
    assert few.components[0].sentence.zh == "现场检查：缺失，无法计算综合得分"


def test_a_bonus_above_its_cap_is_cut_and_both_figures_stand():
    # province 2, commendations 2 of 3, cameras 1, station 0.5, cover 0.5: 6.00, of which 5.00 count; 105 is cut to 100
    row, sheets = rate_one(
        [{}] * 4,
        party_demo="province",
        commendations=3 * UNIT,
        falling_object_cameras=80 * UNIT,
        volunteer_station=True,
        liability_cover=True,
    )
    said = explain(PACK, row, sheets)
    earned = {line.name: line.value for line in said.bonuses if line.value}
    assert earned == {"J1": 2 * UNIT, "J2": 2 * UNIT, "J3": UNIT, "J4": UNIT // 2, "J5": UNIT // 2}
    steps = {line.name: line.value for line in said.steps}
    assert (row["bonus.raw"], steps["bonus"]) == (6 * UNIT, 5 * UNIT)
    assert (steps["with_bonus"], steps["capped"], said.composite) == (105 * UNIT, 100 * UNIT, 100 * UNIT)


def test_items_that_do_not_apply_are_left_out_and_the_rest_is_scaled_up():
    # without SB-05 (4 points) 16 of 20 apply; one place on SB-02 leaves 15.5: 15.5 × 20/16 = 19.375, half up 19.38
    said = told([{"SB-02": 1}] * 3, lifts=0)
    assert [line.code for line in said.left_out] == ["SB-05"] * 3
    assert said.left_out[0].sentence.zh == "只适用于“电梯台数高于 0”的小区，不适用，不计入满分"
    (scaled,) = said.rescaled
    assert scaled.zh == (
        "共用部位与设施：适用条款满分 16 分，按 20 分折算："
        "第 1 轮 15.5 → 19.38 分，第 2 轮 15.5 → 19.38 分，第 3 轮 15.5 → 19.38 分"
    )


def test_a_part_that_is_missing_gives_its_weight_to_the_others():
    # 40 answers are too few: 100 × 60/80 = 75
    said = told([{}] * 4, survey_answers=40 * UNIT)
    assert said.components[0].sentence.zh == "现场检查：100.00 × 60/80 = 75.00 分"
    assert said.components[1].sentence.zh == "居民满意度：缺失，权重由其余部分分担"
