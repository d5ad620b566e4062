"""Accounts and their sessions."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from piccolo.columns import Column
from piccolo.columns.combination import WhereRaw
from piccolo.query import Select

from redproperty.domain.access import Actor, Role
from redproperty.store.tables import Division, LoginSession, Person, SignInFailure

TOUCH = timedelta(minutes=1)  # a session's last sight is written at most once a minute


@dataclass(frozen=True)
class Known:
    """A signed-in person; `must_change` bars everything but choosing a password."""

    actor: Actor
    must_change: bool


@dataclass(frozen=True)
class Account:
    """What signing in needs to know of an account."""

    actor: Actor
    password_hash: str
    disabled: bool
    must_change: bool
    failed_attempts: int
    locked_until: datetime | None


_COLUMNS = (Person.id, Person.login, Person.name, Person.role, Person.street, Person.company)


def _actor(row: dict[str, Any], prefix: str = "") -> Actor:
    """Return the actor in a row whose person columns start with `prefix`."""
    return Actor(
        id=row[f"{prefix}id"],
        login=row[f"{prefix}login"],
        name=row[f"{prefix}name"],
        role=Role(row[f"{prefix}role"]),
        street=row[f"{prefix}street"],
        company_id=row[f"{prefix}company"],
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


async def by_login(login: str) -> Account | None:
    """Return the account of `login`, disabled ones included."""
    row = await (
        Person.select(
            *_COLUMNS,
            Person.password_hash,
            Person.disabled,
            Person.must_change,
            Person.failed_attempts,
            Person.locked_until,
        )
        .where(Person.login == login)
        .first()
    )
    if row is None:
        return None
    return Account(
        actor=_actor(row),
        password_hash=row["password_hash"],
        disabled=row["disabled"],
        must_change=row["must_change"],
        failed_attempts=row["failed_attempts"],
        locked_until=row["locked_until"],
    )


async def logins_with(password_hash: str) -> list[str]:
    """Return the accounts whose password has exactly this hash."""
    rows = await Person.select(Person.login).where(Person.password_hash == password_hash).order_by(Person.login)
    return [row["login"] for row in rows]


async def by_session(token: str, *, at: datetime, idle_minutes: int, hours: int) -> Known | None:
    """Return who holds the session of `token`, unless it was idle too long, is too old, or the account is disabled."""
    person = LoginSession.person
    row = await (
        LoginSession.select(
            LoginSession.seen_at,
            LoginSession.created_at,
            person.id,
            person.login,
            person.name,
            person.role,
            person.street,
            person.company,
            person.must_change,
        )
        .where((LoginSession.token_hash == _hash(token)) & (person.disabled == False))  # noqa: E712
        .first()
    )
    if row is None or row["seen_at"] < at - timedelta(minutes=idle_minutes):
        return None
    if row["created_at"] < at - timedelta(hours=hours):
        return None
    if row["seen_at"] < at - TOUCH:
        await LoginSession.update({LoginSession.seen_at: at}).where(LoginSession.token_hash == _hash(token))
    return Known(_actor(row, "person."), row["person.must_change"])


async def open_session(person: int, token: str, *, at: datetime) -> None:
    """Keep the hash of a new session's token."""
    await LoginSession.insert(LoginSession(token_hash=_hash(token), person=person, created_at=at, seen_at=at))


async def forget_ended(*, at: datetime, idle_minutes: int, hours: int) -> None:
    """Forget the sessions that nobody can use any more."""
    idle = LoginSession.seen_at < at - timedelta(minutes=idle_minutes)
    await LoginSession.delete().where(idle | (LoginSession.created_at < at - timedelta(hours=hours)))


async def close_session(token: str) -> None:
    """Forget the session of `token`."""
    await LoginSession.delete().where(LoginSession.token_hash == _hash(token))


async def close_sessions(person: int) -> None:
    """Forget every session of a person."""
    await LoginSession.delete().where(LoginSession.person == person)


async def count_failure(login: str, attempts: int, *, locked_until: datetime | None) -> None:
    """Write how often in a row the password was wrong, and until when the account is locked."""
    values: dict[Column | str, Any] = {Person.failed_attempts: attempts, Person.locked_until: locked_until}
    await Person.update(values).where(Person.login == login)


async def failures(source: str, *, after: datetime) -> int:
    """Return how many sign-ins of `source` have failed, when the first of them came later than `after`."""
    row = await (
        SignInFailure.select(SignInFailure.failures)
        .where((SignInFailure.source == source) & (SignInFailure.since > after))
        .first()
    )
    return row["failures"] if row else 0


async def add_failure(source: str, *, at: datetime, after: datetime) -> None:
    """Count one more failure of `source`, and forget whatever began at `after` or before. Inside a transaction."""
    await SignInFailure.delete().where(SignInFailure.since <= after)
    if await failures(source, after=after):
        more: dict[Column | str, Any] = {SignInFailure.failures: SignInFailure.failures + 1}
        await SignInFailure.update(more).where(SignInFailure.source == source)
    else:
        await SignInFailure.insert(SignInFailure(source=source, failures=1, since=at))


async def set_password(person: int, password_hash: str, *, must_change: bool) -> None:
    """Replace the password's hash; the count of failures starts anew."""
    await Person.update(
        {
            Person.password_hash: password_hash,
            Person.must_change: must_change,
            Person.failed_attempts: 0,
            Person.locked_until: None,
        }
    ).where(Person.id == person)


@dataclass(frozen=True)
class Listed:
    """An account as the administrator sees it: the post in words, nothing of what the person has done."""

    id: int
    login: str
    name: str
    role: Role
    street: str | None
    street_name: str
    company_id: int | None
    company_name: str
    disabled: bool
    must_change: bool
    locked_until: datetime | None


@dataclass(frozen=True)
class Wanted:
    """Which accounts a list shows; empty fields do not matter. `words` is part of a login or name."""

    words: str = ""
    role: str = ""
    street: str = ""
    disabled: bool | None = None


async def accounts(wanted: Wanted) -> list[Listed]:
    """Return the accounts asked for, by post and login."""
    query = _listing().order_by(Person.login)
    if wanted.words:
        # LIKE with the person's own % and _ taken as letters
        pattern = "%" + "".join(f"\\{c}" if c in "\\%_" else c for c in wanted.words.lower()) + "%"
        like = "(lower(person.login) LIKE {} ESCAPE '\\' OR lower(person.name) LIKE {} ESCAPE '\\')"
        query = query.where(WhereRaw(like, pattern, pattern))
    if wanted.role:
        query = query.where(Person.role == wanted.role)
    if wanted.street:
        query = query.where(Person.street == wanted.street)
    if wanted.disabled is not None:
        query = query.where(Person.disabled.eq(value=wanted.disabled))
    posts = list(Role)
    return sorted(await _listed(await query), key=lambda one: posts.index(one.role))


async def account(login: str) -> Listed | None:
    """Return one account, disabled ones included."""
    found = await _listed(await _listing().where(Person.login == login))
    return found[0] if found else None


def _listing() -> Select[Any]:
    return Person.select(*_COLUMNS, Person.disabled, Person.must_change, Person.locked_until, Person.company.name)


async def _listed(rows: list[dict[str, Any]]) -> list[Listed]:
    """Return rows of accounts with the names of their streets."""
    streets = {row["code"]: row["name"] for row in await Division.select(Division.code, Division.name)
               .where(Division.level == "street")}  # fmt: skip
    return [
        Listed(
            id=row["id"],
            login=row["login"],
            name=row["name"],
            role=Role(row["role"]),
            street=row["street"],
            street_name=streets.get(row["street"], row["street"] or ""),
            company_id=row["company"],
            company_name=row["company.name"] or "",
            disabled=row["disabled"],
            must_change=row["must_change"],
            locked_until=row["locked_until"],
        )
        for row in rows
    ]


async def add(person: Actor, password_hash: str) -> int:
    """Write a new account that has to choose its password first, and return its id; `person.id` is not looked at."""
    rows = await Person.insert(
        Person(
            login=person.login,
            name=person.name,
            role=person.role.value,
            street=person.street,
            company=person.company_id,
            password_hash=password_hash,
            must_change=True,
        )
    )
    return int(rows[0]["id"])


async def move(person: int, role: Role, *, street: str | None, company_id: int | None) -> None:
    """Give an account another post."""
    values: dict[Column | str, Any] = {Person.role: role.value, Person.street: street, Person.company: company_id}
    await Person.update(values).where(Person.id == person)


async def set_disabled(person: int, *, disabled: bool) -> None:
    """Close an account, or open it again; its history stays."""
    await Person.update({Person.disabled: disabled}).where(Person.id == person)
