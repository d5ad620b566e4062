"""What an account must hold to: how strong a password is, and when a guesser is locked out."""

import re
from datetime import datetime, timedelta

from redproperty.domain.texts import Problem, Text

TOO_SHORT = Text("新密码至少要 {minimum} 个字符", "The new password needs at least {minimum} characters")
TOO_PLAIN = Text("新密码要同时有字母和数字", "The new password needs both letters and digits")
HAS_LOGIN = Text("新密码不能含有账号名", "The new password must not contain the account's name")
LOGIN_SHAPE = re.compile(r"[a-z0-9][a-z0-9._-]{2,39}")
LONGEST_NAME = 60
WRONG_LOGIN = Text(
    "账号名用 3 到 40 个小写字母、数字、点、横线，以字母或数字开头",
    "3 to 40 lower-case letters, digits, dots or dashes, beginning with a letter or digit",
)
NO_NAME = Text("请填姓名，不超过 60 个字", "Enter the name, at most 60 characters")
NO_ROLE = Text("请选岗位", "Choose the post")
NO_STREET = Text("没有这个街道", "There is no such street")
NO_COMPANY = Text("没有这个企业", "There is no such company")


def account_problems(login: str, name: str) -> list[Problem]:
    """Return what is wrong with the words of a new account."""
    problems = []
    if not LOGIN_SHAPE.fullmatch(login) or login == "new":  # /people/new is the form
        problems.append(Problem("login", WRONG_LOGIN))
    if not 0 < len(name.strip()) <= LONGEST_NAME:
        problems.append(Problem("name", NO_NAME))
    return problems


def password_problem(password: str, *, minimum: int, login: str) -> Text | None:
    """Return why a new password is too weak, or nothing."""
    if len(password) < minimum:
        return TOO_SHORT.fill(minimum=minimum)
    if not (any(c.isalpha() for c in password) and any(c.isdigit() for c in password)):
        return TOO_PLAIN
    return HAS_LOGIN if login.lower() in password.lower() else None


def locked_until(attempts: int, at: datetime, *, limit: int, minutes: int) -> datetime | None:
    """Return until when an account is locked after `attempts` wrong passwords in a row, or nothing."""
    return at + timedelta(minutes=minutes) if attempts >= limit else None
