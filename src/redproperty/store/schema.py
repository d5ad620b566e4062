"""The record's schema: which engine the tables speak through, its migrations, and the one way to write."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import cast

import asyncpg

from redproperty.store.engine import Engine, run
from redproperty.store.migrations import MIGRATIONS
from redproperty.store.tables import TABLES


class Clash(Exception):  # noqa: N818 - somebody else was first, nothing is broken
    """A uniqueness or reference of the record forbids the write; the transaction is rolled back."""


@asynccontextmanager
async def transaction() -> AsyncIterator[None]:
    """Open one transaction on the bound engine.

    Raises:
        Clash: the record's own constraints refused a write.
    """
    try:
        async with bound().transaction():
            yield
    except (sqlite3.IntegrityError, asyncpg.IntegrityConstraintViolationError) as error:
        raise Clash(str(error)) from error


def bound() -> Engine:
    """Return the engine that the tables speak through."""
    return cast("Engine", TABLES[0]._meta.db)  # noqa: SLF001


def bind(engine: Engine) -> None:
    """Let every table speak through this engine from now on."""
    for table in TABLES:
        table._meta.db = engine  # noqa: SLF001


async def migrate(engine: Engine, *, until: int | None = None) -> int:
    """Bring the schema up to date, or up to step `until`; each step is one transaction. Return how many ran."""
    await run(engine, "CREATE TABLE IF NOT EXISTS schema_version (number INTEGER PRIMARY KEY, at TEXT NOT NULL)")
    ran = 0
    for number, migration in enumerate(MIGRATIONS[:until], start=1):
        async with engine.transaction():
            if await run(engine, "SELECT number FROM schema_version WHERE number = {}", number):
                continue
            await migration(engine)
            stamp = datetime.now(UTC).isoformat()
            await run(engine, "INSERT INTO schema_version (number, at) VALUES ({}, {})", number, stamp)
        ran += 1
    return ran
