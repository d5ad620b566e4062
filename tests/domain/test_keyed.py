"""One short cell an item: what the keypad writes is read, and what is kept is written back the same."""

import pytest

from inspecting import PACK
from redproperty.domain.items import EXEMPT, NOT_APPLICABLE, ZEROED
from redproperty.domain.keyed import keys, read_cell, written
from redproperty.domain.numbers import UNIT
from redproperty.domain.texts import Text

ITEMS = PACK.sheet.by_code


@pytest.mark.parametrize(
    ("item", "cell", "code"),
    [
        ("BJ-01", "", None),
        ("BJ-01", "0", 0),
        ("BJ-01", " ２ ", 2),
        ("BJ-01", "无", 0),
        ("JC-04", "0", 0),
        ("JC-04", "2", 2),
        ("JC-04", "逾期公示", 1),
        ("ZX-03", "95", 95 * UNIT),
        ("ZX-03", "95.5%", 955 * UNIT // 10),
        ("ZX-03", "/", NOT_APPLICABLE),
        ("ZX-03", "不适用", NOT_APPLICABLE),
    ],
)
def test_a_cell_is_read(item, cell, code):
    assert read_cell(ITEMS[item], cell) == code


@pytest.mark.parametrize(
    ("item", "cell", "why"),
    [
        ("BJ-01", "两处", "“两处”不是处数"),
        ("BJ-01", "/", "本项不能这样作答"),
        ("JC-04", "3", "只有 0 到 2，没有“3”"),
        ("ZX-03", "0.95", "看起来是比例"),
        ("ZX-03", "101", "0 到 100"),
    ],
)
def test_what_cannot_be_says_why(item, cell, why):
    found = read_cell(ITEMS[item], cell)
    assert isinstance(found, Text)
    assert why in found.zh


@pytest.mark.parametrize("item", PACK.sheet.items, ids=lambda item: item.code)
def test_what_is_kept_is_written_as_it_would_be_keyed(item):
    special = [code for code in (NOT_APPLICABLE, EXEMPT, ZEROED) if item.refusal(code) is None]
    for code in (None, 0, 1, item.shape.best(), *special):
        if code is None or item.refusal(code) is None:
            assert read_cell(item, written(item, code)) == code
    assert [key for key, _ in keys(item) if key in {"/", "*", "-"}] == [
        {NOT_APPLICABLE: "/", EXEMPT: "*", ZEROED: "-"}[code] for code in special
    ]


def test_the_keys_of_levels_are_their_numbers():
    assert [(key, meaning.zh) for key, meaning in keys(ITEMS["JC-04"])] == [
        ("0", "半年内按时公示"), ("1", "逾期公示"), ("2", "未公示")
    ]  # fmt: skip
