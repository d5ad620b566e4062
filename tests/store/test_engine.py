"""The record's engine: one writer, nothing half done, nothing lost, nothing leaked."""

import asyncio
from datetime import UTC, datetime

import pytest

from redproperty.store.engine import SQLite, engine_for, opened
from redproperty.store.schema import Clash, bind, migrate, run, transaction
from redproperty.store.tables import TABLES, AnswerChange, AuditEntry, Note, TakeoverMove


async def _count() -> int:
    return int(await Note.count())


async def test_a_failed_transaction_leaves_nothing_and_gives_the_writer_back(record):
    with pytest.raises(RuntimeError):
        async with transaction():
            await Note.insert(Note(key="a", value="1"))
            raise RuntimeError
    assert await _count() == 0
    async with transaction():
        await Note.insert(Note(key="a", value="1"))
    assert await _count() == 1


async def test_a_clash_with_a_unique_index_is_told_apart_from_a_crash(record):
    await Note.insert(Note(key="a", value="1"))
    with pytest.raises(Clash):
        async with transaction():
            await Note.insert(Note(key="b", value="1"))
            await Note.insert(Note(key="a", value="2"))
    assert await _count() == 1


async def test_fifty_writers_at_once_lose_no_update(record):
    await Note.insert(Note(key="n", value="0"))

    async def add_one() -> None:
        async with transaction():
            row = await Note.select(Note.value).where(Note.key == "n").first()
            await asyncio.sleep(0)
            await Note.update({Note.value: str(int(row["value"]) + 1)}).where(Note.key == "n")

    await asyncio.gather(*(add_one() for _ in range(50)))
    assert (await Note.select(Note.value).where(Note.key == "n").first())["value"] == "50"


async def test_a_begin_that_fails_does_not_keep_the_writer(record):
    if not isinstance(record, SQLite):
        pytest.skip("SQLite only")
    held = record.writers.get_nowait()
    record.writers.put_nowait(held)
    await held.execute("BEGIN IMMEDIATE")
    with pytest.raises(Exception, match="within a transaction"):
        async with transaction():
            pass
    await held.execute("ROLLBACK")
    async with transaction():
        await Note.insert(Note(key="a", value="1"))
    assert await _count() == 1


async def test_sqlite_is_durable_and_checks_references(record):
    assert [row["journal_mode"] for row in await run(record, "PRAGMA journal_mode")] == ["wal"]
    assert [row["synchronous"] for row in await run(record, "PRAGMA synchronous")] == [2]
    assert [row["foreign_keys"] for row in await run(record, "PRAGMA foreign_keys")] == [1]


async def test_migrating_twice_changes_nothing(record):
    assert await migrate(record) == 0


async def test_a_reopened_record_holds_what_was_written(settings):
    for expected in (0, 1):
        async with opened(engine_for(settings.database)) as engine:
            bind(engine)
            await migrate(engine)
            assert await _count() == expected
            if expected == 0:
                await Note.insert(Note(key="a", value="1"))


@pytest.mark.parametrize("table", [AuditEntry, AnswerChange, TakeoverMove])
async def test_what_is_append_only_cannot_be_changed_or_deleted(record, table):
    table_name = table._meta.tablename
    columns = [row["name"] for row in await run(record, f"SELECT name FROM pragma_table_info('{table_name}')")]
    assert table in TABLES
    if table is AuditEntry:
        entry = AuditEntry(at=datetime.now(UTC), name="a", role="r", deed="d", subject="s", details="{}",
                           previous="0", digest="1")  # fmt: skip
        await AuditEntry.insert(entry)
        for statement in (f"UPDATE {table_name} SET name = 'b'", f"DELETE FROM {table_name}"):
            with pytest.raises(Clash, match="append-only"):
                async with transaction():
                    await run(record, statement)
    triggers = await run(record, "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = {}", table_name)
    assert len(triggers) == 2
    assert "id" in columns
