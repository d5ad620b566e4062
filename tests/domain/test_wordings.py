"""Deduction rules in the words of districts, and the shapes that they mean."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redproperty.domain.shapes import Bands, CountBands, Levels, PassFail, PerKind, PerOccurrence, Shortfall
from redproperty.domain.wordings import read_rule


@pytest.mark.parametrize(
    ("wording", "step", "unit"),
    [
        ("每处扣0.5分，扣完为止", "0.5", "处"),
        ("每处扣０．５分", "0.5", "处"),
        ("发现一次扣1分", "1", "次"),
        ("1.每发现1例扣一分，扣完为止。", "1", "例"),
        ("每缺一项扣0.5分", "0.5", "项"),
        ("缺一人扣1分", "1", "人"),
        ("不符合要求每处扣0.2分", "0.2", "处"),
        ("每有一处破损扣0.5分，直至扣完", "0.5", "处"),
        ("每项扣1分，最多扣5分", "1", "项"),
    ],
)
def test_a_step_for_each_place(wording, step, unit):
    shape = read_rule(wording, Decimal(5)).shape
    assert isinstance(shape, PerOccurrence)
    assert (shape.step, shape.unit.zh) == (Decimal(step), unit)


@pytest.mark.parametrize(
    "wording", ["未落实不得分", "符合得满分，不符合不得分", "未公示的，扣2分", "无记录的，本项不得分"]
)
def test_all_or_nothing(wording):
    assert read_rule(wording, Decimal(2)).shape == PassFail()


@pytest.mark.parametrize(
    ("wording", "points"),
    [
        ("优5分良3分差0分", [5, 3, 0]),
        ("优（5分）、良（3分）、差（0分）", [5, 3, 0]),
        ("优秀得5分，良好得3分，较差不得分", [5, 3, 0]),
        ("未公示的，扣2分", [5, 3]),
        ("未公示扣5分，公示不全扣2分", [5, 3, 0]),
    ],
)
def test_levels(wording, points):
    shape = read_rule(wording, Decimal(5)).shape
    assert isinstance(shape, Levels)
    assert [level.points for level in shape.levels] == points


def test_several_kinds_of_places_each_with_its_step():
    for wording in (
        "未清扫每处扣0.5分，垃圾满溢每处扣1分，最多扣2分，扣完为止",
        "未清扫的每处扣 0.5 分，垃圾满溢的每处扣 1 分，最多扣 2 分，扣完为止",
    ):
        shape = read_rule(wording, Decimal(5)).shape
        assert isinstance(shape, PerKind)
        assert [(one.title.zh, one.step, one.at_most) for one in shape.kinds] == [
            ("未清扫", Decimal("0.5"), None),
            ("垃圾满溢", 1, 2),
        ]
        assert shape.unit.zh == "处"


def test_losses_of_which_none_takes_all_are_not_taken_for_levels():
    assert read_rule("未建立制度扣2分，未公示扣1分", Decimal(5)).shape is None


def test_a_target_with_a_step_for_what_is_missing():
    reading = read_rule("达到90%得5分，每低1个百分点扣0.5分", Decimal(5))
    assert isinstance(reading.shape, Shortfall)
    assert (reading.shape.target, reading.shape.step, reading.shape.per) == (90, Decimal("0.5"), 1)
    assert len(reading.notes) == 1  # the wording leaves open how a started point counts


def test_bands_of_a_rate_and_of_a_count():
    shape = read_rule("95%以上得5分，90%以上得4分，85%以上得3分，85%以下不得分", Decimal(5)).shape
    assert isinstance(shape, Bands)
    assert [(band.at_least, band.below, band.points) for band in shape.bands] == [
        (95, None, 5),
        (90, 95, 4),
        (85, 90, 3),
        (None, 85, 0),
    ]
    shape = read_rule("5人及以上得5分，3—4人得3分，3人以下得1分", Decimal(5)).shape
    assert isinstance(shape, CountBands)
    assert [(band.at_least, band.points) for band in shape.bands] == [(5, 5), (3, 3), (None, 1)]


@pytest.mark.parametrize(
    ("wording", "about"),
    [
        ("楼道清洁，无积尘，每处扣0.5分", "楼道清洁，无积尘"),
        ("满分5分，发现一处扣0.5分", ""),
        ("绿化带内无杂草：发现一处扣0.5分，扣完为止", "绿化带内无杂草"),
        ("垃圾未清运每处扣0.5分", "垃圾未清运每处"),
        ("一处不按位停放扣0.5分", "1处不按位停放"),
    ],
)
def test_what_only_describes_is_left_before_the_points(wording, about):
    reading = read_rule(wording, Decimal(5))
    assert isinstance(reading.shape, PerOccurrence)
    assert reading.shape.step == Decimal("0.5")
    assert reading.about == about


def test_what_voids_the_item_and_what_exempts_it():
    reading = read_rule("每次扣 1 分，扣完为止；电梯超期未检的，本项不得分", Decimal(4))
    assert isinstance(reading.shape, PerOccurrence)
    assert reading.zero_when is not None
    assert reading.zero_when.zh == "电梯超期未检"
    reading = read_rule("每处扣0.5分；已劝阻并有记录的除外", Decimal(5))
    assert reading.exempt_when is not None
    assert reading.exempt_when.zh == "已劝阻并有记录"


@pytest.mark.parametrize(
    "wording",
    [
        "",
        "满分4分，每处扣0.5分",
        "酌情扣分",
        "最多扣3分",
        "每处扣9分",
        "视情况扣1至3分",
        "每处扣0.5分，漏报一次扣2分",
        "每" * 500,
    ],
)
def test_what_is_not_understood_whole_is_not_guessed(wording):
    assert read_rule(wording, Decimal(5)).shape is None


@given(st.text(alphabet="每处次项一二发现扣得分优良差%0123456789.，；：、（）以上下未不达到最多完为止", max_size=120))
def test_any_wording_is_read_or_left(wording):
    reading = read_rule(wording, Decimal(5))
    assert reading.shape is None or list(reading.shape.check(5_000_000)) == []
