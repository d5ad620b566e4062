"""How a browser is told the name of a file."""

import pytest

from redproperty.exports.filenames import attachment


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (
            "补贴汇总 2026Q3",
            "attachment; filename=\"2026Q3.xlsx\"; filename*=UTF-8''%E8%A1%A5%E8%B4%B4%E6%B1%87%E6%80%BB%202026Q3.xlsx",
        ),
        ("甲", "attachment; filename=\"export.xlsx\"; filename*=UTF-8''%E7%94%B2.xlsx"),
        ('a/b"c\r\nd', "attachment; filename=\"a_b_c_d.xlsx\"; filename*=UTF-8''a_b_c_d.xlsx"),
        ("", "attachment; filename=\"export.xlsx\"; filename*=UTF-8''export.xlsx"),
    ],
)
def test_the_name_is_kept_in_chinese_and_for_ascii(name, value):
    assert attachment(name, "xlsx") == value
    assert value.isascii()
