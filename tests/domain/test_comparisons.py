"""Who rose or fell, and through which rules, parts and items."""

import pytest

from explained import PACK, rate_one
from rated import SMALL
from redproperty.domain.comparisons import causes, item_changes, signed
from redproperty.domain.numbers import UNIT


def test_rules_come_before_the_parts_that_changed_most():
    # collection 80 → 45: 8.00 → 4.50 and V10 fires; opinion 90 → 85: 9.00 → 8.50
    now, _ = rate_one([{}] * 4, collection=45 * UNIT, opinion=85 * UNIT)
    before, _ = rate_one([{}] * 4, collection=80 * UNIT, opinion=90 * UNIT)
    told = causes(PACK, now, before)
    assert [cause.sentence.zh for cause in told] == [
        "触发 V10 物业费收缴率低于 70%",
        "不再触发 Q1 五星名额",
        "物业费收缴率 −3.50",
    ]
    assert [cause.change for cause in told] == [None, None, -3_500_000]


def test_an_unchanged_estate_has_no_causes():
    row, sheets = rate_one([SMALL] * 4)
    assert causes(PACK, row, row) == ()
    assert item_changes(PACK, sheets, sheets, fell=[1]) == {}


def test_an_estate_that_fell_names_the_items_that_lost_most():
    _, now = rate_one([SMALL] * 4)
    _, before = rate_one([{}] * 4)
    (found,) = item_changes(PACK, now, before, fell=[1]).values()
    assert [cause.sentence.zh for cause in found] == [
        "SB-04 公共照明 −3.00",
        "BJ-01 道路场地 −1.00",
        "FW-03 重复投诉 −0.50",
    ]


def test_an_estate_that_rose_names_the_items_that_gained_most():
    _, now = rate_one([{"BJ-03": 2}] * 4)
    _, before = rate_one([SMALL] * 4)
    (found,) = item_changes(PACK, now, before, fell=[]).values()
    assert (found[0].sentence.zh, found[0].change) == ("SB-04 公共照明 +3.00", 3 * UNIT)
    assert not any("BJ-03" in cause.sentence.zh for cause in found)


def test_the_mean_over_the_rounds_is_compared_half_up():
    # −1, −1, −1, 0 of 3: (2 + 2 + 2 + 3) / 4 = 2.25
    _, now = rate_one([{"BJ-01": 2}] * 3 + [{}])
    _, before = rate_one([{}] * 3)
    assert item_changes(PACK, now, before, fell=[1])[1][0].change == -750_000


def test_an_item_left_out_of_one_period_is_not_compared():
    _, now = rate_one([{"SB-05": 1}] * 4)
    _, before = rate_one([{}] * 4, lifts=0)
    assert item_changes(PACK, now, before, fell=[1]) == {}


@pytest.mark.parametrize(("value", "text"), [(1_200_000, "+1.20"), (-3_500_000, "−3.50"), (0, "0.00")])
def test_a_difference_always_shows_its_sign(value, text):
    assert signed(value) == text
