import pytest

from redproperty.domain.names import folded, initials, matches


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
    ("query", "found"),
    [
        ("qsy", True),
        ("QSY", True),
        ("ｑｓｙ", True),
        ("sy", True),
        ("青石", True),
        ("石 园", True),
        ("QX-01", True),
        ("qx01", True),
        ("", True),
        ("0123", False),  # a code is found by its beginning
        ("yhm", False),
        ("白石", False),
    ],
)
def test_an_estate_is_found_by_name_code_or_initials(query, found):
    assert matches(query, name="青石园", code="QX-0123", initials="qsy") is found


def test_a_name_with_a_dot_is_found_with_and_without_it():
    for query in ("仙林·东方", "仙林东方", "xldf"):
        assert matches(query, name="仙林·东方天郡", code="QX-1", initials=initials("仙林·东方天郡"))
    assert folded("仙林·东方") == "仙林东方"
