"""Property companies: their unified social credit code (统一社会信用代码, GB 32100) and the account that is paid."""

from stdnum.cn import uscc

from redproperty.domain.texts import Text

_LENGTH = 18
_LETTERS = frozenset("0123456789ABCDEFGHJKLMNPQRTUWXY")
_REGION = slice(0, 8)
_SHORTEST_ACCOUNT, _LONGEST_ACCOUNT = 8, 32

_WRONG_LENGTH = Text("统一社会信用代码应为 18 位，现为 {length} 位", "A USCC has 18 characters, this one has {length}")
_WRONG_LETTER = Text(
    "统一社会信用代码第 {place} 位“{letter}”不对：只用数字和大写字母，不用 I、O、S、V、Z",
    "Character {place} of the USCC, “{letter}”, is wrong: digits and capitals only, without I, O, S, V, Z",
)
_NO_DIGIT = Text(
    "统一社会信用代码第 {place} 位应为数字，现为“{letter}”",
    "Character {place} of the USCC must be a digit, not “{letter}”",
)
_WRONG_CHECK = Text(
    "统一社会信用代码校验位不符：末位应为“{right}”，请核对全部 18 位",
    "The check digit of the USCC does not fit: it should end in “{right}”; compare all 18 characters",
)
_NO_DIGITS = Text("银行账号只用数字", "A bank account has digits only")
_ACCOUNT_LENGTH = Text(
    "银行账号应为 8 至 32 位，现为 {length} 位", "A bank account has 8 to 32 digits, this one has {length}"
)


def uscc_problem(code: str) -> Text | None:
    """Return what is wrong with a USCC (upper-case, without spaces): its length, a character, the check digit."""
    if len(code) != _LENGTH:
        return _WRONG_LENGTH.fill(length=len(code))
    for place, letter in enumerate(code, start=1):
        if letter not in _LETTERS:
            return _WRONG_LETTER.fill(place=place, letter=letter)
        if place <= _REGION.stop and not letter.isdecimal():
            return _NO_DIGIT.fill(place=place, letter=letter)
    return None if uscc.is_valid(code) else _WRONG_CHECK.fill(right=uscc.calc_check_digit(code[:-1]))


def account_problem(number: str) -> Text | None:
    """Return what is wrong with a bank account, kept as text so that no digit is lost; leading zeros count."""
    if not (number.isascii() and number.isdecimal()):
        return _NO_DIGITS
    if not _SHORTEST_ACCOUNT <= len(number) <= _LONGEST_ACCOUNT:
        return _ACCOUNT_LENGTH.fill(length=len(number))
    return None


def masked(number: str) -> str:
    """Return an account as a notice may show it: its last four digits."""
    return "*" * max(len(number) - 4, 0) + number[-4:]
