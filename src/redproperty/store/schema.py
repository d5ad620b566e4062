"""The schema from empty to now: numbered forward migrations, each run once and recorded.

What Piccolo cannot say on SQLite (compound and partial uniqueness, append-only tables) is said in SQL that both
databases understand, or once for each.
"""

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import cast

import asyncpg
from piccolo.querystring import QueryString

from redproperty.store.engine import Engine, Postgres
from redproperty.store.tables import TABLES

UNIQUE = {
    "estate_grid_once": "estate_grid (estate, grid)",
    "tenure_starts_once": "tenure (estate, begins)",
    "tenure_one_open": "tenure (estate) WHERE ends IS NULL",
    "party_unit_one_open": "party_unit (estate) WHERE ended_on IS NULL",
    "round_once": "assessment_round (period, number)",
    "inspection_once": "inspection (round, estate)",
    "answer_once": "answer (inspection, item)",
    "fact_once": "fact (estate, name, valid_from)",
    "rating_run_one_published": "rating_run (period) WHERE state = 'published'",
    "rating_once": "estate_rating (run, estate)",
    "subsidy_line_paid_once": "subsidy_line (estate, period, tenure) WHERE binding",
    "takeover_one_open": "takeover (estate) WHERE closed_on IS NULL",
}
APPEND_ONLY = ("audit_entry", "answer_change", "takeover_move")


async def _first(engine: Engine) -> None:
    """Every table of the first release, its unique indexes, and the tables that only grow."""
    for table in TABLES:
        await table.create_table(if_not_exists=True).run()
    for name, columns in UNIQUE.items():
        await run(engine, f"CREATE UNIQUE INDEX IF NOT EXISTS {name} ON {columns}")
    if isinstance(engine, Postgres):
        await run(
            engine,
            "CREATE OR REPLACE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$",
        )
    for table_name in APPEND_ONLY:
        for verb in ("UPDATE", "DELETE"):
            trigger = f"CREATE TRIGGER {table_name}_no_{verb.lower()} BEFORE {verb} ON {table_name}"
            body = (
                "FOR EACH ROW EXECUTE FUNCTION keep()"
                if isinstance(engine, Postgres)
                else f"BEGIN SELECT RAISE(ABORT, '{table_name} is append-only'); END"
            )
            await run(engine, f"{trigger} {body}")


# Name, deeds, table, when they are refused, and what is then said.
_FROZEN = (
    (
        "rating_published",
        ("UPDATE", "DELETE"),
        "estate_rating",
        "(SELECT state FROM rating_run WHERE id = OLD.run) <> 'preview'",
        "a published rating never changes",
    ),
    (
        "rating_run_published",
        ("DELETE", "UPDATE OF period, edition, digest, made_by, made_at, published_by, published_at, corrects, reason"),
        "rating_run",
        "OLD.state <> 'preview'",
        "a published run never changes",
    ),
    (
        "rating_run_state",
        ("UPDATE OF state",),
        "rating_run",
        "OLD.state = 'superseded' OR (OLD.state = 'published' AND NEW.state <> 'superseded')",
        "a published run can only be superseded",
    ),
    (
        "subsidy_line_frozen",
        (
            "DELETE",
            (
                "UPDATE OF run, period, estate, tenure, company, stars, due_fen, paid_fen, district_fen, street_fen, "
                "zero_reason, account, working"
            ),
        ),
        "subsidy_line",
        "1 = 1",
        "the lines of a run never change",
    ),
    (
        "subsidy_run_frozen",
        (
            "DELETE",
            (
                "UPDATE OF number, period, street, rating_run, edition, digest, document_number, budget_item, "
                "budget_fen, due_fen, paid_fen, prepared_by, prepared_at, corrects"
            ),
        ),
        "subsidy_run",
        "1 = 1",
        "the figures of a run never change",
    ),
    (
        "subsidy_run_state",
        ("UPDATE OF state",),
        "subsidy_run",
        "OLD.state = 'void' OR (OLD.state = 'approved' AND NEW.state <> 'void')",
        "an approved run can only be made void",
    ),
)


async def _freeze(engine: Engine) -> None:
    """Published ratings and subsidy runs refuse every change, whoever asks."""
    for name, deeds, table, when, words in _FROZEN:
        if isinstance(engine, Postgres):
            await run(
                engine,
                f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                f"IF {when} THEN RAISE EXCEPTION '{words}'; END IF; "
                "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$",
            )
        for deed in deeds:
            trigger = f"CREATE TRIGGER {name}_{deed.split()[0].lower()} BEFORE {deed} ON {table} FOR EACH ROW"
            body = (
                f"EXECUTE FUNCTION {name}()"
                if isinstance(engine, Postgres)
                else f"WHEN {when} BEGIN SELECT RAISE(ABORT, '{words}'); END"
            )
            await run(engine, f"{trigger} {body}")


MIGRATIONS: tuple[Callable[[Engine], Awaitable[None]], ...] = (_first, _freeze)


async def run(engine: Engine, sql: str, *args: object) -> list[dict[str, object]]:
    """Run one statement of our own SQL; `{}` marks a value."""
    return await engine.run_querystring(QueryString(sql, *args)) or []


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


async def migrate(engine: Engine) -> int:
    """Bring the schema up to date; each migration is one transaction. Return how many ran."""
    await run(engine, "CREATE TABLE IF NOT EXISTS schema_version (number INTEGER PRIMARY KEY, at TEXT NOT NULL)")
    done = {row["number"] for row in await run(engine, "SELECT number FROM schema_version")}
    ran = 0
    for number, migration in enumerate(MIGRATIONS, start=1):
        if number in done:
            continue
        async with engine.transaction():
            await migration(engine)
            stamp = datetime.now(UTC).isoformat()
            await run(engine, "INSERT INTO schema_version (number, at) VALUES ({}, {})", number, stamp)
        ran += 1
    return ran
