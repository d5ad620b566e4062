"""The record's engine: one writer, nothing half done, nothing lost, nothing leaked; on either database."""

import asyncio
import sqlite3
from contextlib import closing

import pytest

from redproperty.store.engine import SQLite, _lists_and_bytes, columns, engine_for, opened, run
from redproperty.store.schema import Clash, bind, bound, migrate, transaction
from redproperty.store.tables import Note

pytestmark = pytest.mark.both


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


async def test_those_who_wait_to_write_keep_nobody_from_reading(record):
    held, release = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        async with transaction():
            held.set()
            await release.wait()

    async def wait() -> None:
        async with transaction():
            pass

    writers = [asyncio.create_task(hold())]
    await held.wait()
    writers += [asyncio.create_task(wait()) for _ in range(20)]
    await asyncio.sleep(0.05)
    assert await asyncio.wait_for(_count(), timeout=2) == 0
    release.set()
    await asyncio.gather(*writers)


async def test_a_commit_that_fails_gives_the_writer_back(record):
    for _ in range(10):  # more often than the pool has connections
        with pytest.raises(Clash):
            async with transaction():
                await Note.insert(Note(key="a", value="1"))
                await Note.insert(Note(key="a", value="2"))
    async with transaction():
        await Note.insert(Note(key="a", value="1"))
    assert await _count() == 1


async def test_a_reopened_record_holds_what_was_written(settings):
    for expected in (0, 1):
        async with opened(engine_for(settings.database)) as engine:
            bind(engine)
            await migrate(engine)
            assert await _count() == expected
            if expected == 0:
                await Note.insert(Note(key="a", value="1"))


class TestOnSQLite:
    """What only SQLite has to be told."""

    @pytest.fixture
    def database(self, tmp_path):
        """A file, also in a test that is marked `both`."""
        return str(tmp_path / "record.sqlite3")

    async def test_a_begin_that_fails_does_not_keep_the_writer(self, record: SQLite):
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

    async def test_it_is_durable_and_checks_references(self, record: SQLite):
        assert [row["journal_mode"] for row in await run(record, "PRAGMA journal_mode")] == ["wal"]
        assert [row["synchronous"] for row in await run(record, "PRAGMA synchronous")] == [2]
        assert [row["foreign_keys"] for row in await run(record, "PRAGMA foreign_keys")] == [1]


@pytest.mark.parametrize("brief", [True, False])
async def test_columns_keep_the_order_of_the_query_and_what_is_absent(record, brief):
    await Note.insert(*(Note(key=key, value=f"“{key}”\n") for key in "bca"))
    query = Note.select(Note.key, Note.value).order_by(Note.key, ascending=False)
    expected = [["c", "b", "a"], ["“c”\n", "“b”\n", "“a”\n"]]
    assert await columns(bound(), query, ["key", "value"], brief=brief) == expected
    nobody = Note.select(Note.key, Note.value).where(Note.key == "z")
    assert await columns(bound(), nobody, ["key", "value"], brief=brief) == [[], []]
    async with transaction():
        await Note.insert(Note(key="d", value="4"))
        own = Note.select(Note.value).where(Note.key == "d")
        assert await columns(bound(), own, ["value"], brief=brief) == [["4"]]


def test_bytes_joined_by_sqlite_are_cut_where_they_were():
    sheets = [b"\2\0\xff\x80\xc3", b"", bytes(range(256)), b"\0"]
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE sheet (id INTEGER, answers BLOB)")
        connection.executemany("INSERT INTO sheet VALUES (?, ?)", enumerate(sheets))
        names, query = ["id", "answers"], "SELECT id, answers FROM sheet WHERE id >= ?"
        assert _lists_and_bytes(connection, query, [0], names) == [[0, 1, 2, 3], sheets]
        assert _lists_and_bytes(connection, query, [9], names) == [[], []]
