"""Many rows at once: how a whole district is written in seconds, on either database."""

from collections.abc import Mapping, Sequence
from typing import Any

from piccolo.columns import ForeignKey
from piccolo.table import Table

from redproperty.store.engine import Postgres, run
from redproperty.store.schema import bound


async def insert(table: type[Table], rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows with the same columns in one go; must run inside a transaction.

    Rows may bring their own `id`; what the table numbers afterwards goes on above them. Columns left out take the
    table's own defaults.
    """
    if not rows:
        return
    engine = bound()
    names = list(rows[0])
    defaults = {
        column._meta.name: column.get_default_value()  # noqa: SLF001 - Piccolo has no other way to ask
        for column in table._meta.columns  # noqa: SLF001
        if column._meta.name not in {*names, "id"} and not isinstance(column, ForeignKey)  # noqa: SLF001
    }
    records = [(*(row[name] for name in names), *defaults.values()) for row in rows]
    columns = [*names, *defaults]
    connection: Any = engine.current_transaction.get().connection  # type: ignore[union-attr]
    name = table._meta.tablename  # noqa: SLF001
    if isinstance(engine, Postgres):
        await connection.copy_records_to_table(name, records=records, columns=columns)
        await run(engine, f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT max(id) FROM {name}))")
    else:
        marks = ", ".join("?" for _ in columns)
        await connection.executemany(f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({marks})", records)
