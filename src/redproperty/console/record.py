"""How a command reaches the record: which database, which editions, and who acts."""

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from redproperty.domain.access import Actor, Role
from redproperty.domain.texts import Refused, Text
from redproperty.settings import Settings, from_environment

if TYPE_CHECKING:
    from redproperty.domain.packs import Pack

Result = TypeVar("Result")
DONE, NOT_DONE, NOT_UNDERSTOOD = 0, 1, 2  # exit codes
CLOSED = Text("打不开数据库 {database}：{why}", "The database {database} cannot be opened: {why}")
NO_ACCOUNT = Text(
    "还没有“{role}”的账号，先开户：redproperty user add 账号 姓名 --role {name}",
    "There is no {role} account yet; open one first: redproperty user add LOGIN NAME --role {name}",
)


@asynccontextmanager
async def record(settings: Settings, *, kept: bool = True) -> AsyncIterator[None]:
    """Open the record that the settings name; `kept` means that it must be what they say it is, demo or real.

    Raises:
        Refused: the database cannot be opened, or is a demo where a real one is wanted, or the other way round.
    """
    import asyncpg

    from redproperty.store import notes
    from redproperty.store.engine import engine_for, opened
    from redproperty.store.schema import bind, migrate

    async with AsyncExitStack() as stack:
        try:
            engine = await stack.enter_async_context(opened(engine_for(settings.database)))
        except (OSError, ValueError, sqlite3.Error, asyncpg.PostgresError) as error:
            raise Refused(CLOSED.fill(database=without_password(settings.database), why=error)) from error
        bind(engine)
        await migrate(engine)
        if kept:
            await notes.refuse_mixing(demo=settings.demo)
        yield


def without_password(database: str) -> str:
    """Return the address of a database as it may be shown."""
    return re.sub(r"(://[^/:@]*):[^@]*@", r"\1:…@", database)


def packs(settings: Settings) -> tuple["Pack", ...]:
    """Return the editions that can be used.

    Raises:
        Refused: there is none.
    """
    from redproperty.store.rules import editions

    found = editions(settings.rules)
    if not found.packs:
        text = Text("{folder} 里没有可用的规则版本", "There is no edition of the rules that can be used in {folder}")
        raise Refused(text.fill(folder=settings.rules))
    return found.packs


async def usable(settings: Settings) -> tuple["Pack", ...]:
    """Return the editions for making something new: those that nobody has put in force stop whoever uses them.

    A new record takes the editions it is set up with as in force.

    Raises:
        Refused: there is none.
    """
    from redproperty.actions import publications
    from redproperty.store.rules import editions

    packs(settings)
    await publications.adopt(editions(settings.rules), at=now())
    return await publications.usable(editions(settings.rules))


def within(work: Callable[[Settings], Coroutine[Any, Any, Result]]) -> Result:
    """Run `work` with the record open."""
    settings = from_environment()

    async def opened_and_done() -> Result:
        async with record(settings):
            return await work(settings)

    return asyncio.run(opened_and_done())


async def acting(login: str, role: Role) -> Actor:
    """Return the person who acts: the one named, or the only account of the post.

    Raises:
        Refused: there is no such account, or there are several and none is named.
    """
    from redproperty.store import people

    listed = [one for one in await people.accounts(people.Wanted(role=role.value)) if not one.disabled]
    logins = [login] if login else [one.login for one in listed]
    account = await people.by_login(logins[0]) if len(logins) == 1 else None
    if account is None or account.disabled:
        if not listed:
            raise Refused(NO_ACCOUNT.fill(role=role.label, name=role.value))
        text = Text(
            "请用 --as 指明“{role}”的账号；现有：{logins}", "Name the {role} account with --as; there are: {logins}"
        )
        raise Refused(text.fill(role=role.label, logins=", ".join(one.login for one in listed)))
    return account.actor


def console() -> Actor:
    """Return whoever sits at the server's own console: an account administrator without an account."""
    return Actor(0, "console", "服务器命令行", Role.ADMIN)


def now() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)
