"""Signing in and out, passwords, and the accounts themselves."""

import asyncio
import hashlib
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from redproperty.actions.acting import acting, refuse
from redproperty.domain.access import Actor, Deed, Role, Scope, post_problems
from redproperty.domain.people import (
    NO_COMPANY,
    NO_ROLE,
    NO_STREET,
    account_problems,
    locked_until,
    password_problem,
)
from redproperty.domain.texts import Invalid, Problem, Refused, Text
from redproperty.settings import Settings
from redproperty.store import audit, companies, divisions, hand_overs, people
from redproperty.store.schema import transaction

Result = TypeVar("Result")
WRONG = Text(
    "账号或密码不对。请核对后再输，注意大小写。", "The account or the password is wrong. Check both and try again."
)
DISABLED = Text("这个账号已停用。请联系账号管理员。", "This account is disabled. Ask the account administrator.")
LOCKED = Text(
    "密码连续输错，账号暂时锁定。请过 {minutes} 分钟再试，或请账号管理员重设密码。",
    "Too many wrong passwords: the account is locked for now. Try again in {minutes} minutes, or ask the account "
    "administrator.",
)
TOO_MANY = Text(
    "从这里登录失败的次数太多。请过 {minutes} 分钟再试。",
    "Too many failed sign-ins came from here. Try again in {minutes} minutes.",
)
NOT_CURRENT = Text("现在的密码不对", "The present password is wrong")
NOT_NEW = Text("新密码要和现在的不同", "The new password must differ from the present one")
NOT_AGAIN = Text("两次输入的新密码不一样", "The two new passwords differ")

_hasher = PasswordHasher()
_one = ThreadPoolExecutor(max_workers=1, thread_name_prefix="password")  # argon2 takes 64 MB each time
# A hash of nobody's password, verified for unknown logins, so that both take equally long; a test holds that it costs
# what others cost.
NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$2ya/aaIC6Yi/M+C2wAy3kg$p6lkGZfBUk6oRnMj1oR6tjdN1xXszwa1AXESOgB59Jw"


async def hashed(password: str) -> str:
    """Return the argon2 hash of a password, made off the event loop."""
    return await _off_the_loop(_hasher.hash, password)


async def _off_the_loop(work: Callable[..., Result], *words: str) -> Result:
    return await asyncio.get_running_loop().run_in_executor(_one, work, *words)


def _matches(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


async def sign_in(login: str, password: str, *, source: str, at: datetime, settings: Settings) -> str:
    """Return the token of a new session; every sign-in has a new one.

    Failures are counted by account, by name where there is no such account, and by the address `source` that they come
    from. What the password is worth is decided after the counting: of many guesses at once none overtakes the lock.

    Raises:
        Invalid: unknown account, wrong password, locked, disabled, or too many failures from this address.
    """
    after = at - timedelta(minutes=settings.lockout_minutes)
    if await people.failures(f"from:{source}", after=after) >= settings.address_attempts:
        raise Invalid(Problem("login", TOO_MANY.fill(minutes=settings.lockout_minutes)))
    account = await people.by_login(login)
    known_hash = account.password_hash if account else NOBODY
    matches = await _off_the_loop(_matches, known_hash, password)
    token = secrets.token_urlsafe(32)
    async with transaction():
        refusal = await _refusal(login, source, matches=matches, at=at, settings=settings)
        if refusal is None and account is not None:
            await people.count_failure(login, 0, locked_until=None)
            await people.forget_ended(at=at, idle_minutes=settings.idle_minutes, hours=settings.session_hours)
            await people.open_session(account.actor.id, token, at=at)
            await audit.add(account.actor, "sign_in", f"person:{login}", at=at, details={})
    if refusal is not None:
        raise Invalid(Problem("login", refusal))
    return token


async def _refusal(login: str, source: str, *, matches: bool, at: datetime, settings: Settings) -> Text | None:
    """Return why nobody is let in, and count it; an unknown name locks just as an account does."""
    account = await people.by_login(login)
    after = at - timedelta(minutes=settings.lockout_minutes)
    if account is None and await people.failures(_unknown(login), after=after) >= settings.lockout_attempts:
        return LOCKED.fill(minutes=settings.lockout_minutes)
    if account is not None and account.locked_until is not None and account.locked_until > at:
        return LOCKED.fill(minutes=settings.lockout_minutes)
    if account is not None and matches:
        return DISABLED if account.disabled else None
    await people.add_failure(f"from:{source}", at=at, after=after)
    if account is None:
        await people.add_failure(_unknown(login), at=at, after=after)
    else:
        await _count_failure(account, at=at, settings=settings)
    return WRONG


def _unknown(login: str) -> str:
    return f"login:{hashlib.sha256(login.encode()).hexdigest()}"  # people type passwords there by mistake


async def _count_failure(account: people.Account, *, at: datetime, settings: Settings) -> None:
    attempts = account.failed_attempts + 1
    until = locked_until(attempts, at, limit=settings.lockout_attempts, minutes=settings.lockout_minutes)
    await people.count_failure(account.actor.login, attempts, locked_until=until)
    details = {"attempts": attempts, "locked": until is not None}
    await audit.add(account.actor, "sign_in_failed", f"person:{account.actor.login}", at=at, details=details)


async def sign_out(actor: Actor, token: str, *, at: datetime) -> None:
    """End the session of `token`."""
    async with transaction():
        await people.close_session(token)
        await audit.add(actor, "sign_out", f"person:{actor.login}", at=at, details={})


async def change_password(actor: Actor, current: str, new: str, again: str, *, at: datetime, settings: Settings) -> str:
    """Replace one's own password, end all one's sessions and return the token of a new one.

    Raises:
        Invalid: the present password is wrong, the new one too weak, the same, or typed differently the second time.
    """
    account = await people.by_login(actor.login)
    current_is_right = account is not None and await _off_the_loop(_matches, account.password_hash, current)
    weakness = password_problem(new, minimum=settings.password_length, login=actor.login)
    problems = []
    if not current_is_right:
        problems.append(Problem("current", NOT_CURRENT))
    if weakness is not None:
        problems.append(Problem("new", weakness))
    elif new == current:
        problems.append(Problem("new", NOT_NEW))
    if new != again:
        problems.append(Problem("again", NOT_AGAIN))
    if problems:
        raise Invalid(*problems)
    token, password_hash = secrets.token_urlsafe(32), await hashed(new)
    async with transaction():
        await people.set_password(actor.id, password_hash, must_change=False)
        await people.close_sessions(actor.id)
        await people.open_session(actor.id, token, at=at)
        await audit.add(actor, "change_password", f"person:{actor.login}", at=at, details={})
    return token


ITS_OWN = Text(
    "不能改自己的账号：岗位、停用和重设都要由另一名账号管理员办理（规则：三员分立）。",
    "Nobody changes their own account: another account administrator sets posts, disables and resets "
    "(rule: administration is kept apart).",
)
TAKEN = Text("账号名已被占用，换一个", "This account name is taken; choose another")
NO_ACCOUNT = Text("没有这个账号。", "There is no such account.")
_LETTERS, _DIGITS = "abcdefghjkmnpqrstuvwxyz", "23456789"  # nothing that is misread from paper


@dataclass(frozen=True)
class Post:
    """What an account is for, as typed: a role's stored name, a street's code, a company's id."""

    role: str
    street: str = ""
    company_id: int | None = None


def initial_password(length: int) -> str:
    """Return a random password in groups of four letters and digits that satisfies the rule for passwords."""
    groups = max(3, -(-length // 4))
    return "-".join(
        "".join(secrets.choice(_LETTERS) for _ in range(2)) + "".join(secrets.choice(_DIGITS) for _ in range(2))
        for _ in range(groups)
    )


async def create(actor: Actor, login: str, name: str, post: Post, *, at: datetime, settings: Settings) -> str:
    """Open an account and return its first password, which is kept nowhere and must be changed at the first sign-in.

    Raises:
        Invalid: the login is taken or malformed, the name is missing, or the post is incomplete.
        Refused: the actor does not manage accounts.
    """
    problems = [*account_problems(login, name), *await _post_problems(post)]
    if await people.by_login(login) is not None:
        problems.append(Problem("login", TAKEN))
    if problems:
        raise Invalid(*problems)
    password = initial_password(settings.password_length)
    person = Actor(0, login, name.strip(), Role(post.role), post.street or None, post.company_id)
    password_hash = await hashed(password)
    async with acting(actor, Deed.MANAGE_PEOPLE, f"person:{login}", at=at) as details:
        await people.add(person, password_hash)
        details.update({"change": "created", "name": person.name, **_said(post)})
    return password


async def change_post(actor: Actor, login: str, post: Post, *, at: datetime) -> None:
    """Give an account another post; its sessions end, so that no page of the old post stays open.

    Raises:
        Invalid: the post is incomplete.
        Refused: it is the actor's own account, there is no such account, or the actor does not manage accounts.
    """
    if problems := await _post_problems(post):
        raise Invalid(*problems)
    account = await _other(actor, login, at=at)
    async with acting(actor, Deed.MANAGE_PEOPLE, f"person:{login}", at=at) as details:
        await people.move(account.id, Role(post.role), street=post.street or None, company_id=post.company_id)
        await people.close_sessions(account.id)
        old = _said(Post(account.role.value, account.street or "", account.company_id))
        details.update({"change": "post", "old": old, "new": _said(post)})


async def set_disabled(actor: Actor, login: str, *, disabled: bool, at: datetime) -> int:
    """Close an account at once with all its sessions, or open it again; return how many inspections are left undone.

    Raises:
        Refused: it is the actor's own account, there is no such account, or the actor does not manage accounts.
    """
    account = await _other(actor, login, at=at)
    async with acting(actor, Deed.MANAGE_PEOPLE, f"person:{login}", at=at) as details:
        await people.set_disabled(account.id, disabled=disabled)
        await people.close_sessions(account.id)
        details["change"] = "disabled" if disabled else "enabled"
    return len(await hand_overs.tasks(Scope(everything=True), holder=account.id))


async def reset_password(actor: Actor, login: str, *, at: datetime, settings: Settings) -> str:
    """Replace a forgotten password by a new first one and return it; a lock is lifted, all sessions end.

    Raises:
        Refused: it is the actor's own account, there is no such account, or the actor does not manage accounts.
    """
    account = await _other(actor, login, at=at)
    password = initial_password(settings.password_length)
    password_hash = await hashed(password)
    async with acting(actor, Deed.MANAGE_PEOPLE, f"person:{login}", at=at) as details:
        await people.set_password(account.id, password_hash, must_change=True)
        await people.close_sessions(account.id)
        details["change"] = "password_reset"
    return password


def _said(post: Post) -> dict[str, object]:
    """Return a post for the trail, without its empty parts."""
    said = {"role": post.role, "street": post.street, "company": post.company_id}
    return {name: value for name, value in said.items() if value}


async def _post_problems(post: Post) -> list[Problem]:
    """Return what is wrong with a post: its parts against each other and against the register."""
    if post.role not in set(Role):
        return [Problem("role", NO_ROLE)]
    problems = post_problems(Role(post.role), post.street or None, post.company_id)
    if post.street and post.street not in {street.code for street in await divisions.streets()}:
        problems.append(Problem("street", NO_STREET))
    if post.company_id is not None and not await companies.exists(post.company_id):
        problems.append(Problem("company", NO_COMPANY))
    return problems


async def _other(actor: Actor, login: str, *, at: datetime) -> people.Listed:
    """Return someone else's account.

    Raises:
        Refused: there is no such account, or it is the actor's own; the latter stands in the trail.
    """
    account = await people.account(login)
    if account is None:
        raise Refused(NO_ACCOUNT)
    if account.id == actor.id:
        await refuse(actor, Deed.MANAGE_PEOPLE, f"person:{login}", at=at, why=ITS_OWN)
    return account
