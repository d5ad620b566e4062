"""A quota of stars: places by ratio or by number, rounded and at least so many, ties at the line, where others fall."""

from decimal import Decimal

import polars as pl
import pytest

from inspecting import PACK
from redproperty.domain.numbers import UNIT
from redproperty.domain.stages import Quota, Rule
from redproperty.domain.texts import Text

RULE = Rule(code="Q1", title=Text("名额", "quota"), basis=Text("示例", "Example"))
STARS = frozenset(range(6))
# seven rated estates of one street, five of which ask for the star, and one that is not rated
BEFORE = [5, 5, 5, 5, 5, 4, 3, None]
POINTS = [99, 97, 97, 95, 92, 88, 81, None]


def quota(**keys) -> Quota:
    """Return a quota of five stars that rounds down and keeps tied estates out, but for `keys`."""
    said = {"rule": RULE, "star": 5, "to": 4, "by": ("street",), "count": "floor", "ties": "out"} | keys
    return Quota(**said)


def settled(stage: Quota) -> list[int | None]:
    points = [None if one is None else one * UNIT for one in POINTS]
    frame = pl.DataFrame({"before": BEFORE, "points": points, "street": ["a"] * 8})
    for expressions in stage.passes("before", "points", PACK.sheet):
        frame = frame.with_columns(expressions)
    return frame[stage.column].to_list()


@pytest.mark.parametrize(
    ("keys", "keep"),
    [
        # 7 × 40 % = 2.8
        ({"ratio": Decimal(40), "count": "floor", "ties": "in"}, 3),  # two places, both tied for the second stay
        ({"ratio": Decimal(40), "count": "floor"}, 1),  # two places, the two tied for the second do not fit
        ({"ratio": Decimal(40), "count": "half_up"}, 3),
        ({"ratio": Decimal(40), "count": "ceil"}, 3),
        # 7 × 10 % = 0.7
        ({"ratio": Decimal(10)}, 0),
        ({"ratio": Decimal(10), "at_least": 1}, 1),
        ({"ratio": Decimal(10), "at_least": 4}, 4),
        ({"ratio": Decimal(100)}, 5),
        ({"seats": 4}, 4),
        ({"seats": 4, "by": ()}, 4),
        ({"seats": 2, "ties": "in"}, 3),
        ({"seats": 0}, 0),
        ({"seats": 99}, 5),
    ],
)
def test_the_best_keep_the_star_and_the_others_fall_by_one(keys, keep):
    assert settled(quota(**keys)) == [5] * keep + [4] * (6 - keep) + [3, None]


@pytest.mark.parametrize(
    ("opinion", "kept"),
    [
        ([0, 80, 81, 0, 0, 0, 0, 0], [5, 4, 5]),  # the higher of two equal ones
        ([0, 80, None, 0, 0, 0, 0, 0], [5, 5, 4]),  # missing comes last
        ([0, 80, 80, 0, 0, 0, 0, 0], [5, 4, 4]),  # still equal: both do not fit
    ],
)
def test_equal_composites_are_told_apart_by_a_further_figure(opinion, kept):
    points = [None if one is None else one * UNIT for one in POINTS]
    frame = pl.DataFrame({"before": BEFORE, "points": points, "opinion": opinion, "street": ["a"] * 8})
    stage = quota(seats=2, then=("opinion",))
    for expressions in stage.passes("before", "points", PACK.sheet):
        frame = frame.with_columns(expressions)
    assert frame[stage.column].to_list() == [*kept, 4, 4, 4, 3, None]


@pytest.mark.parametrize(
    ("keys", "zh", "en"),
    [
        (
            {"ratio": Decimal(15)},
            "每个组别内 5 星不超过参评小区的 15%（不足一个不计），超出的按 4 星；线上并列容不下的都不留",
            (
                "of each stratum at most 15 % of the rated estates get 5 stars (rounded down), the others 4; "
                "of those tied at the line none stays unless all fit"
            ),
        ),
        (
            {"ratio": Decimal(15), "at_least": 1, "ties": "in"},
            "每个组别内 5 星不超过参评小区的 15%（不足一个不计，至少 1 个），超出的按 4 星；线上并列的都留",
            (
                "of each stratum at most 15 % of the rated estates get 5 stars (rounded down, at least 1), the others "
                "4; all tied at the line stay"
            ),
        ),
        (
            {"seats": 3, "by": (), "ties": "in"},
            "全区 5 星不超过 3 个，超出的按 4 星；线上并列的都留",
            "in the district at most 3 get 5 stars, the others 4; all tied at the line stay",
        ),
    ],
)
def test_it_says_places_rounding_and_ties(keys, zh, en):
    ((_, said),) = quota(**{"by": ("stratum",)} | keys).sentences({"stratum": Text("组别", "stratum")})
    assert (said.zh, said.en) == (zh, en)


@pytest.mark.parametrize(
    ("keys", "path", "words"),
    [
        ({}, (), "写且只写一个"),
        ({"ratio": Decimal(10), "seats": 1}, (), "写且只写一个"),
        ({"ratio": Decimal(101)}, ("ratio",), "0 到 100"),
        ({"seats": -1}, ("seats",), "不能为负"),
        ({"seats": 1, "at_least": 1}, ("at_least",), "只与 ratio 同写"),
        ({"seats": 1, "to": 5}, ("to",), "须低于 star"),
        ({"seats": 1, "to": 3}, ("to",), "比分数更低、本来就是 4 星的小区还低"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_key(keys, path, words):
    found = dict(quota(**keys).check(PACK.sheet, STARS))
    assert words in found[path].zh


def test_a_fall_past_a_star_that_others_keep_has_to_be_meant():
    assert list(quota(seats=1, to=3, overtaken=True).check(PACK.sheet, STARS)) == []
    assert list(quota(seats=1, to=3).check(PACK.sheet, STARS - {4})) == []  # there are no four stars to stand below
