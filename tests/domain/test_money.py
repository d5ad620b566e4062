"""Amounts in digits and in words, read and written; shares that add up."""

import polars as pl
import pytest

from redproperty.domain.money import MOST_FEN, in_words, largest_remainder, parse_yuan, yuan
from redproperty.domain.texts import Text


@pytest.mark.parametrize(
    ("fen", "digits"),
    [
        (5_179_528, "51,795.28"),
        (0, "0.00"),
        (5, "0.05"),
        (-5, "-0.05"),
        (-123_450, "-1,234.50"),
        (1_000_000_000, "10,000,000.00"),
        (9_007_199_254_740_993, "90,071,992,547,409.93"),  # beyond the whole numbers of a binary float
    ],
)
def test_fen_are_written_in_yuan_exactly(fen, digits):
    assert yuan(fen) == digits
    assert parse_yuan(digits) == fen
    assert yuan(fen, thousands=False) == digits.replace(",", "")


@pytest.mark.parametrize(
    ("typed", "fen"),
    [
        (" 51795.28 ", 5_179_528),
        ("５１，７９５．２８", 5_179_528),
        ("￥51,795.28元", 5_179_528),
        ("¥ 3 元", 300),
        ("12.5", 1250),
        ("12.", 1200),
        ("12.500", 1250),
        ("－0.01", -1),
        ("−0.01", -1),
        ("+7", 700),
        ("0", 0),
    ],
)
def test_amounts_are_read_as_people_type_them(typed, fen):
    assert parse_yuan(typed) == fen


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "请填写金额"),
        ("  元", "请填写金额"),
        ("12.345", "“12.345”超过两位小数，金额最小到分"),
        ("1,23", "“1,23”不是金额，应写作以元为单位的数字，例如 51,795.28"),
        ("5²", "“5²”不是金额，应写作以元为单位的数字，例如 51,795.28"),
        ("1e5", "“1e5”不是金额，应写作以元为单位的数字，例如 51,795.28"),
        ("十二", "“十二”不是金额，应写作以元为单位的数字，例如 51,795.28"),
        ("3万元", "“3万元”不是金额，应写作以元为单位的数字，例如 51,795.28"),
        ("9" * 18, f"“{'9' * 18}”超出可处理的金额"),
    ],
)
def test_what_is_no_amount_comes_back_with_its_reason(typed, reason):
    told = parse_yuan(typed)
    assert isinstance(told, Text)
    assert told.zh == reason
    assert told.en


@pytest.mark.parametrize(
    ("fen", "words"),
    [
        (0, "人民币零元整"),
        (5, "人民币伍分"),
        (50, "人民币伍角"),
        (55, "人民币伍角伍分"),
        (100, "人民币壹元整"),
        (1000, "人民币壹拾元整"),
        (1005, "人民币壹拾元零伍分"),
        (5_179_528, "人民币伍万壹仟柒佰玖拾伍元贰角捌分"),
        (140_950, "人民币壹仟肆佰零玖元伍角"),
        (600_714, "人民币陆仟零柒元壹角肆分"),
        (1_640_902, "人民币壹万陆仟肆佰零玖元零贰分"),
        (32_504, "人民币叁佰贰拾伍元零肆分"),
        (10_000_000, "人民币壹拾万元整"),
        (10_010_000, "人民币壹拾万零壹佰元整"),
        (10_500_000, "人民币壹拾万伍仟元整"),
        (150_000_100, "人民币壹佰伍拾万零壹元整"),
        (1_000_000_000, "人民币壹仟万元整"),
        (10_000_000_120, "人民币壹亿零壹元贰角"),
        (10_001_000_000, "人民币壹亿零壹万元整"),
        (100_000_000_000, "人民币壹拾亿元整"),
        (1_000_100_000_000, "人民币壹佰亿零壹佰万元整"),
        (100_010_000_000_000, "人民币壹万零壹亿元整"),
        (460_000_000, "人民币肆佰陆拾万元整"),
        (-123_450, "人民币负壹仟贰佰叁拾肆元伍角"),
        (-1, "人民币负壹分"),
    ],
)
def test_amounts_are_said_as_on_vouchers(fen, words):
    assert in_words(fen) == words


@pytest.mark.parametrize(
    ("fen", "words"),
    [(140_950, "人民币壹仟肆佰零玖元伍角整"), (10_000_000_120, "人民币壹亿零壹元贰角整"), (5, "人民币伍分")],
)
def test_an_edition_may_close_jiao_with_zheng(fen, words):
    assert in_words(fen, whole_after_jiao=True) == words


def test_an_amount_beyond_words_is_refused():
    with pytest.raises(ValueError, match="no words"):
        in_words(MOST_FEN + 1)


def shares(weights, total):
    frame = pl.DataFrame({"code": [f"E{i}" for i in range(len(weights))], "weight": weights})
    return largest_remainder(frame, weight="weight", total=pl.lit(total), into="share", ties=["code"])[
        "share"
    ].to_list()


@pytest.mark.parametrize(
    ("weights", "total", "expected"),
    [
        ([1, 1, 1], 100, [34, 33, 33]),  # equal remainders: by code
        ([1, 1, 1], 101, [34, 34, 33]),
        ([5, 3, 1], 7, [4, 2, 1]),  # quotas 3.89, 2.33, 0.78
        ([0, 0], 7, [0, 0]),
        ([0, 4], 3, [0, 3]),
        ([10**16, 2 * 10**16], 10**16, [3_333_333_333_333_333, 6_666_666_666_666_667]),
        ([3], 0, [0]),
        ([], 5, []),
    ],
)
def test_the_largest_remainders_get_the_fen_left_over(weights, total, expected):
    assert shares(weights, total) == expected


def test_each_group_shares_its_own_total_and_rows_keep_their_order():
    frame = pl.DataFrame({"code": ["b", "a", "c"], "group": [2, 1, 1], "weight": [1, 1, 1], "total": [7, 5, 5]})
    shared = largest_remainder(
        frame, weight="weight", total=pl.col("total"), into="share", ties=["code"], over=["group"]
    )
    assert shared["code"].to_list() == ["b", "a", "c"]
    assert shared["share"].to_list() == [7, 3, 2]
