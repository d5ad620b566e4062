"""How the record is reached: one SQLite file or one PostgreSQL database behind the same Piccolo tables.

SQLite runs in WAL with foreign keys on and full durability: one long-lived writing connection, which every transaction
takes whole (BEGIN IMMEDIATE), and a few reading ones. PostgreSQL runs on a pool, its transactions one after another
too. Piccolo's own engines open a connection per query and leak it when BEGIN or COMMIT fails; these two do neither.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import accumulate, pairwise
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import aiosqlite
import msgspec
from piccolo.engine.postgres import PostgresEngine, PostgresTransaction
from piccolo.engine.sqlite import SQLiteEngine, SQLiteTransaction, TransactionType
from piccolo.query.base import Query
from piccolo.querystring import QueryString

READERS = 4
CHUNK = 4096  # rows fetched at a time
LOCK = 7_320_113  # any fixed number: which advisory lock on PostgreSQL stands for writing
PRAGMAS = "PRAGMA foreign_keys=1; PRAGMA synchronous=FULL; PRAGMA busy_timeout=10000; PRAGMA cache_size=-8000"


def _rows(connection: sqlite3.Connection, query: str, args: list[Any]) -> list[dict[str, Any]]:
    """Run one statement in the connection's own thread and bring all rows back in one hop."""
    cursor = connection.execute(query, args)
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()] if names else []


class SQLiteTransactionOnWriter(SQLiteTransaction):
    """A transaction on the one writing connection, handed back whatever happens."""

    engine: "SQLite"

    async def __aenter__(self) -> SQLiteTransaction:
        if self._parent is not None:
            return self._parent
        self.connection = await self.engine.writers.get()
        try:
            await self.begin()
        except BaseException:
            self.engine.writers.put_nowait(self.connection)
            raise
        self.context = self.engine.current_transaction.set(self)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exception: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if self._parent is not None:
            return False
        try:
            if not (self._committed or self._rolled_back):
                await self._finish(failed=exception is not None)
        finally:
            self.engine.current_transaction.reset(self.context)
            self.engine.writers.put_nowait(self.connection)
        return False

    async def _finish(self, *, failed: bool) -> None:
        if failed:
            await self.rollback()
            return
        try:
            await self.commit()
        except BaseException:
            await self.rollback()
            raise


class SQLite(SQLiteEngine):
    """SQLite with one writer and `READERS` readers, all opened by `start`."""

    __slots__ = ("_open", "readers", "writers")

    def __init__(self, path: str) -> None:
        super().__init__(path=path)
        self.writers: asyncio.Queue[aiosqlite.Connection] = asyncio.Queue()
        self.readers: asyncio.Queue[aiosqlite.Connection] = asyncio.Queue()
        self._open: list[aiosqlite.Connection] = []

    async def start(self) -> None:
        """Open the connections; the file and its folder are made where missing."""
        Path(self.path).parent.mkdir(parents=True, exist_ok=True)
        for queue in [self.writers, *[self.readers] * READERS]:
            connection = await aiosqlite.connect(**self.connection_kwargs)
            self._open.append(connection)
            await connection.execute("PRAGMA journal_mode=WAL")
            await connection.executescript(PRAGMAS)
            queue.put_nowait(connection)

    async def stop(self) -> None:
        """Close the connections; each has a thread that would keep the process alive."""
        for connection in self._open:
            await connection.close()
        self._open.clear()
        self.writers, self.readers = asyncio.Queue(), asyncio.Queue()

    async def check_version(self) -> None:
        """Ask nothing when the engine is made: Piccolo would open a connection for it."""

    async def _run_in_new_connection(
        self, query: str, args: list[Any] | None = None, query_type: str = "generic", table: Any = None
    ) -> list[dict[str, Any]]:
        del query_type, table
        queue = self.readers if query.lstrip()[:6].upper() == "SELECT" else self.writers
        connection = await queue.get()
        try:
            return await connection._execute(_rows, connection._conn, query, args or [])  # type: ignore[no-any-return]  # noqa: SLF001
        finally:
            queue.put_nowait(connection)

    async def _run_in_existing_connection(
        self, connection: Any, query: str, args: list[Any] | None = None, query_type: str = "generic", table: Any = None
    ) -> list[dict[str, Any]]:
        del query_type, table
        return await connection._execute(_rows, connection._conn, query, args or [])  # type: ignore[no-any-return]  # noqa: SLF001

    def transaction(
        self, transaction_type: TransactionType = TransactionType.immediate, allow_nested: bool = True
    ) -> SQLiteTransaction:
        """Return a transaction that holds the writer from its first statement."""
        return SQLiteTransactionOnWriter(self, transaction_type=transaction_type, allow_nested=allow_nested)


class PostgresTransactionFromPool(PostgresTransaction):
    """A transaction after all others, as on SQLite; its connection goes back to the pool even when COMMIT fails."""

    engine: "Postgres"

    async def __aenter__(self) -> PostgresTransaction:
        if self._parent is not None:
            return self._parent
        async with AsyncExitStack() as undo:
            await self.engine.writing.acquire()
            undo.callback(self.engine.writing.release)
            self.connection = await self.get_connection()
            undo.push_async_callback(self._give_back)
            self.transaction = self.connection.transaction()
            await self.begin()
            await self.connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
            undo.pop_all()
        self.context = self.engine.current_transaction.set(self)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exception: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if self._parent is not None:
            return False
        try:
            if not (self._committed or self._rolled_back):
                await (self.rollback() if exception is not None else self.commit())
        finally:
            self.engine.current_transaction.reset(self.context)
            try:
                await self._give_back()
            finally:
                self.engine.writing.release()
        return False

    async def _give_back(self) -> None:
        if self.engine.pool is not None:
            await self.engine.pool.release(self.connection)


class Postgres(PostgresEngine):
    """PostgreSQL on a pool opened by `start`.

    Transactions follow one another, as on SQLite: what an action has read is still so when it writes. Within a process
    they wait on `writing`, so that those who wait hold no connection; between processes on an advisory lock.
    """

    __slots__ = ("writing",)

    def __init__(self, address: str) -> None:
        super().__init__(config={"dsn": address})
        self.writing = asyncio.Lock()

    async def check_version(self) -> None:
        """Ask nothing when the engine is made: Piccolo would open a connection for it."""

    async def start(self) -> None:
        """Open the pool."""
        await self.start_connection_pool(min_size=1, max_size=8)

    async def stop(self) -> None:
        """Close the pool."""
        if self.pool is not None:
            await self.close_connection_pool()

    def transaction(self, allow_nested: bool = True) -> PostgresTransaction:
        """Return a transaction on one connection of the pool."""
        return PostgresTransactionFromPool(engine=self, allow_nested=allow_nested)


Engine = SQLite | Postgres


def engine_for(database: str) -> Engine:
    """Return the engine of a file path or a `postgresql://` address; nothing is opened yet."""
    if database.startswith(("postgres://", "postgresql://")):
        return Postgres(database)
    return SQLite(database)


async def run(engine: Engine, sql: str, *args: object) -> list[dict[str, object]]:
    """Run one statement of our own SQL; `{}` marks a value."""
    return await engine.run_querystring(QueryString(sql, *args)) or []


def _columns(connection: sqlite3.Connection, query: str, args: list[Any], names: Sequence[str]) -> list[list[Any]]:
    """Run one SELECT; a sign before a column keeps its value and spares a converter in Python for each of them."""
    plain = ", ".join(f'+"{name}"' for name in names)
    cursor = connection.execute(f"SELECT {plain} FROM ({query})", args)
    columns: list[list[Any]] = [[] for _ in names]
    while rows := cursor.fetchmany(CHUNK):
        for column, values in zip(columns, zip(*rows, strict=True), strict=True):
            column.extend(values)
    return columns


def _lists(connection: sqlite3.Connection, query: str, args: list[Any], names: Sequence[str]) -> list[list[Any]]:
    """Run one SELECT whose columns come as one JSON list each: a third of the time that rows take, unless ordered."""
    lists = ", ".join(f'json_group_array("{name}")' for name in names)
    row = connection.execute(f"SELECT {lists} FROM ({query})", args).fetchone()
    return [msgspec.json.decode(column, type=list[Any]) for column in row]


def _lists_and_bytes(
    connection: sqlite3.Connection, query: str, args: list[Any], names: Sequence[str]
) -> list[list[Any]]:
    """Run one SELECT as `_lists` does, the last column of which is bytes: they come joined, and are cut by their sizes.

    SQLite joins bytes as it joins words, without looking into them; that nothing went missing is checked.
    """
    *others, last = names
    lists = ", ".join(f'json_group_array("{name}")' for name in others)
    joined = f"""CAST(group_concat("{last}", '') AS BLOB), json_group_array(length("{last}"))"""
    *columns, whole, sizes = connection.execute(f"SELECT {lists}, {joined} FROM ({query})", args).fetchone()
    ends = list(accumulate(msgspec.json.decode(sizes, type=list[int]), initial=0))
    if ends[-1] != len(whole or b""):
        raise ValueError(f"{len(whole or b'')} bytes of {last}, {ends[-1]} expected")
    cut = [whole[begins:ends] for begins, ends in pairwise(ends)]
    return [*(msgspec.json.decode(column, type=list[Any]) for column in columns), cut]


async def columns(engine: Engine, query: Query[Any, Any], names: Sequence[str], *, brief: bool) -> list[list[Any]]:
    """Return the columns `names` of a query as the database holds them: SQLite gives dates as text, truths as 0 and 1.

    Many times as quick as rows of dicts where there are very many, most of all where all values are `brief`: whole
    numbers and words, no bytes.
    """
    return await _read(engine, query, names, _lists if brief else _columns)


async def columns_and_bytes(engine: Engine, query: Query[Any, Any], names: Sequence[str]) -> list[list[Any]]:
    """Return what `columns` does, of brief columns and one of bytes, the last of `names`, which is never null."""
    return await _read(engine, query, names, _lists_and_bytes)


_Reading = Callable[[sqlite3.Connection, str, list[Any], Sequence[str]], list[list[Any]]]


async def _read(engine: Engine, query: Query[Any, Any], names: Sequence[str], read: _Reading) -> list[list[Any]]:
    if isinstance(engine, Postgres):
        rows = await query.run()
        return [[row[name] for row in rows] for name in names]
    sql, args = query.querystrings[0].compile_string(engine_type=engine.engine_type)
    current = engine.current_transaction.get()
    if current is not None:
        own: Any = current.connection
        return await own._execute(read, own._conn, sql, args, names)  # type: ignore[no-any-return]  # noqa: SLF001
    reader = await engine.readers.get()
    try:
        return await reader._execute(read, reader._conn, sql, args, names)  # type: ignore[no-any-return]  # noqa: SLF001
    finally:
        engine.readers.put_nowait(reader)


A = TypeVar("A")
B = TypeVar("B")


async def together(engine: Engine, one: Awaitable[A], other: Awaitable[B]) -> tuple[A, B]:
    """Return what two readings give, which go on side by side unless they are of one transaction."""
    if engine.current_transaction.get() is not None:
        return await one, await other
    return await asyncio.gather(one, other)


@asynccontextmanager
async def opened(engine: Engine) -> AsyncIterator[Engine]:
    """Open the engine for the length of the block; what was opened is closed even when the rest fails to open."""
    try:
        await engine.start()
        yield engine
    finally:
        await engine.stop()
