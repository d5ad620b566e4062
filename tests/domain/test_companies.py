import pytest

from redproperty.domain.companies import account_problem, masked, uscc_problem

LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def check_letter(body: str) -> str:
    """GB 32100: weights are powers of three modulo 31, the last letter makes the sum divisible by 31."""
    total = sum(LETTERS.index(letter) * pow(3, place, 31) for place, letter in enumerate(body))
    return LETTERS[-total % 31]


# Published codes of real companies.
@pytest.mark.parametrize("code", ["91110000600037341L", "9144030071526726XG", "91330100799655058B"])
def test_published_codes_pass(code):
    assert check_letter(code[:-1]) == code[-1]
    assert uscc_problem(code) is None


@pytest.mark.parametrize(
    ("code", "zh"),
    [
        ("91110000600037341", "统一社会信用代码应为 18 位，现为 17 位"),
        ("", "统一社会信用代码应为 18 位，现为 0 位"),
        ("9111000060003734IL", "统一社会信用代码第 17 位“I”不对"),
        ("9111000060003734lL", "统一社会信用代码第 17 位“l”不对"),
        ("9111000A600037341L", "统一社会信用代码第 8 位应为数字，现为“A”"),
        ("911100006000373413", "统一社会信用代码校验位不符：末位应为“L”"),
        ("91110000600037431L", "统一社会信用代码校验位不符"),  # two digits changed places
    ],
)
def test_what_is_wrong_with_a_code_is_named(code, zh):
    problem = uscc_problem(code)
    assert problem is not None
    assert problem.zh.startswith(zh)
    assert "USCC" in problem.en


def test_the_right_last_letter_is_named():
    body = "91320113MA1X00002"
    problem = uscc_problem(body + ("0" if check_letter(body) != "0" else "1"))
    assert problem is not None
    assert f"“{check_letter(body)}”" in problem.zh
    assert uscc_problem(body + check_letter(body)) is None


@pytest.mark.parametrize(
    ("number", "good"),
    [
        ("00123456", True),
        ("6222021234567890123", True),
        ("1" * 32, True),
        ("1" * 33, False),
        ("1234567", False),
        ("6222-0212", False),
        ("６２２２０２１２３", False),
        ("", False),
    ],
)
def test_an_account_has_eight_to_thirty_two_digits(number, good):
    assert (account_problem(number) is None) is good


def test_a_notice_shows_the_last_four_digits():
    assert masked("6222021234567890123") == "***************0123"
    assert masked("123") == "123"
