import pytest

from redproperty.domain.names import folded, initials


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("青石园", "qsy"),
        ("尧化门·雅居 3期", "yhmyj3q"),
        ("仙林翠谷（A区）", "xlcgaq"),
        ("重庆路", "cql"),  # 重 is chong here
        ("银行小区", "yhxq"),  # 行 is hang here
        ("𠮷祥花园", "𠮷xhy"),  # a character without a known reading
        ("ＣＢＤ公寓", "cbdgy"),
        ("", ""),
    ],
)
def test_initials_are_the_first_letters_of_the_syllables(name, letters):
    assert initials(name) == letters


@pytest.mark.parametrize(
    ("typed", "compared"),
    [
        ("QSY", "qsy"),
        ("ｑｓｙ", "qsy"),
        ("石 园", "石园"),
        ("QX-01", "qx01"),
        ("仙林·东方", "仙林东方"),
        ("%_!", ""),
        ("", ""),
    ],
)
def test_searches_compare_one_width_one_case_and_no_signs(typed, compared):
    assert folded(typed) == compared
