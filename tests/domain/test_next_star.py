"""The way to the next star is tried, not guessed, and honest about what points cannot mend."""

from explained import PACK, rate_one
from rated import SMALL
from redproperty.domain.next_star import gains, next_star
from redproperty.domain.numbers import UNIT

# 95.50 × 0.6 = 57.30; 80 × 0.2 = 16.00; 60 × 0.1 = 6.00; 10.00: 89.30, four stars
NEAR = {"satisfaction": 80 * UNIT, "opinion": 60 * UNIT}


def way(sheets, **facts):
    row, scored = rate_one(sheets, **facts)
    return next_star(PACK, row, scored, gains(PACK, row, scored))


def test_the_fewest_items_that_close_the_gap_are_named_with_their_gain():
    # SB-04 cured: 98.50 × 0.6 = 59.10, so +1.80 of the 0.70 missing; BJ-01 (+0.60) and FW-03 (+0.30) are not needed
    found = way([SMALL] * 4, **NEAR)
    assert (found.star, found.line, found.missing, found.reached, found.after) == (
        5, 90 * UNIT, 700_000, True, 91_100_000,
    )  # fmt: skip
    assert [(lift.code, lift.gain) for lift in found.lifts] == [("SB-04", 1_800_000)]
    assert found.lifts[0].sentence.zh == "整改 SB-04 公共照明（第 1、2、3、4 轮扣过分）：综合得分 +1.80"
    assert found.lifts[0].sentence.en == (
        "Cure SB-04 Common lighting (points lost in round 1, 2, 3, 4): composite +1.80"
    )


def test_the_other_parts_say_what_they_could_still_bring():
    found = way([SMALL] * 4, **NEAR)
    assert [lift.sentence.zh for lift in found.others] == [
        "居民满意度现得 16.00 分，最多还可加 4.00 分",
        "社区网格评议现得 6.00 分，最多还可加 4.00 分",
    ]


def test_five_stars_come_with_a_word_on_the_quota():
    (quota,) = way([SMALL] * 4, **NEAR).obstacles
    assert "5 星不超过参评小区的 15%" in quota.zh


def test_where_all_items_are_not_enough_it_says_so():
    # 57.30 + 16.00 + 0 + 7.00 = 80.30, three stars; all cured 60.00 + 16.00 + 7.00 = 83.00, below 85
    found = way([SMALL] * 4, satisfaction=80 * UNIT, opinion=0, collection=70 * UNIT)
    assert (found.star, found.missing, found.reached, found.after) == (4, 4_700_000, False, 83 * UNIT)
    assert [lift.code for lift in found.lifts] == ["SB-04", "BJ-01", "FW-03"]


def test_who_has_the_points_already_is_told_what_holds_them_back():
    # 89.30 and no Party unit: V8 leaves three stars of four
    found = way([SMALL] * 4, **NEAR, party_form="none", party_status="none")
    assert (found.star, found.missing, found.lifts, found.others) == (4, 0, (), ())
    assert [text.zh for text in found.obstacles] == [
        "V8 未建立党组织已触发：凡小区物业党组织形式为“尚未建立”，最高 3 星"
    ]


def test_a_veto_stands_in_the_way_beside_missing_points():
    # 57.30 + 16.00 + 0 + 10.00 = 83.30, three stars, 1.70 short of four, where V8 stops
    found = way([SMALL] * 4, satisfaction=80 * UNIT, opinion=0, party_form="none", party_status="none")
    assert (found.star, found.missing, found.reached) == (4, 1_700_000, True)
    assert found.obstacles[0].zh.startswith("V8 未建立党组织已触发")


def test_an_estate_that_lost_its_fifth_star_to_the_quota_reads_places_and_rank():
    found = way([{}] * 4)
    assert (found.star, found.missing) == (5, 0)
    assert found.obstacles[0].zh.endswith("本组名额 0 个，本小区排第 1")


def test_a_streak_that_took_a_star_is_an_obstacle_and_a_call_for_review_is_none():
    found = way([{}] * 4, history=(59 * UNIT, 58 * UNIT))
    assert [text.zh for text in found.obstacles][-1] == "本期之前连续 2 期低于 60 分的，降 1 星"
    # the third low quarter calls for a review (S2) and takes nothing: only S1 is named
    low = way([SMALL] * 4, satisfaction=0, opinion=0, collection=0, history=(59 * UNIT, 58 * UNIT))
    assert not any("评估" in text.zh for text in low.obstacles)


def test_who_is_not_rated_has_no_next_star():
    assert way([{}] * 2) is None


def test_a_perfect_inspection_leaves_nothing_to_cure():
    # 60 + 10 (satisfaction 50) + 0 + 10 = 80.00, capped at two by V9
    row, scored = rate_one([{}] * 4, satisfaction=50 * UNIT, opinion=0)
    assert gains(PACK, row, scored) == {}
