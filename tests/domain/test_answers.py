"""An answer as people write it into a cell, item by item of the edition in the checkout."""

import pytest

from inspecting import PACK
from redproperty.domain.answers import answer_words, hint, looks_like_share, read_answer, specials
from redproperty.domain.items import EXEMPT, NOT_APPLICABLE
from redproperty.domain.numbers import UNIT
from redproperty.domain.texts import Text

ITEMS = PACK.sheet.by_code  # JC-01 counts, JC-04 has levels, ZX-03 is a percentage, ZX-01 may not apply


@pytest.mark.parametrize(
    ("item", "raw", "code"),
    [
        ("JC-01", "2", 2),
        ("JC-01", " ２ 项", 2),
        ("JC-01", "2.0", 2),
        ("JC-01", "未发现问题", 0),
        ("JC-04", "逾期公示", 1),
        ("JC-04", "Posted late", 1),
        ("JC-04", " 未 公示 ", 2),
        ("ZX-03", "95%", 95 * UNIT),
        ("ZX-03", "９５．５％", 95_500_000),
        ("ZX-03", "100", 100 * UNIT),
        ("ZX-03", "1%", UNIT),
        ("ZX-01", "不适用", NOT_APPLICABLE),
        ("ZX-01", "N/A", NOT_APPLICABLE),
        ("ZX-07", "免扣", EXEMPT),
    ],
)
def test_what_people_write_is_read(item, raw, code):
    assert read_answer(ITEMS[item], raw) == code


@pytest.mark.parametrize(
    ("item", "raw", "why"),
    [
        ("JC-01", "很多", "“很多”不是处数，请填 0、1、2…"),
        ("JC-01", "1.5", "“1.5”不是处数，请填 0、1、2…"),
        ("JC-01", "不适用", "本项不能这样作答"),
        ("JC-04", "按时", "“按时”不在可选项中：半年内按时公示、逾期公示、未公示"),
        ("ZX-03", "0.95", "“0.95”看起来是比例：百分数请写成 95 或文本“95%”"),
        ("ZX-03", "约九成", "“约九成”不是数字"),
        ("ZX-03", "95.12345678", "“95.12345678”最多 6 位小数"),
        ("ZX-03", "inf", "“inf”不是数字"),
    ],
)
def test_what_cannot_be_an_answer_says_why(item, raw, why):
    refusal = read_answer(ITEMS[item], raw)
    assert isinstance(refusal, Text)
    assert refusal.zh == why


@pytest.mark.parametrize(("item", "code"), [("JC-01", -7), ("JC-01", 1_000_000), ("ZX-03", 101)])
def test_the_limits_of_the_form_hold_in_a_file_too(item, code):
    assert isinstance(read_answer(ITEMS[item], str(code)), Text)


@pytest.mark.parametrize("item", list(ITEMS.values()), ids=lambda item: item.code)
def test_an_answer_in_words_is_read_back(item):
    for code in {item.shape.best(), *range(len(item.asked().choices))}:
        assert read_answer(item, answer_words(item, code).zh) == code
        assert read_answer(item, answer_words(item, code).en) == code
    for special in specials(item):
        assert isinstance(read_answer(item, special.zh), int)


def test_no_answer_has_a_word_too():
    assert answer_words(ITEMS["JC-01"], None).en == "(empty)"


def test_a_template_says_what_may_be_written():
    assert hint(ITEMS["JC-01"]).zh.startswith("填处数，没有问题填 0。")
    assert hint(ITEMS["ZX-03"]).zh.startswith("填数字（%）。")
    assert hint(ITEMS["JC-04"]).zh.startswith("半年内按时公示、逾期公示、未公示。")
    assert hint(ITEMS["ZX-01"]).zh.endswith("；也可填：不适用、现场已整改")


def test_only_a_bare_share_of_one_looks_like_a_per_cent_gone_wrong():
    assert not looks_like_share(0, "0")
    assert not looks_like_share(1, "1%")
