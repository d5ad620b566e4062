"""What importers compare files with, and how they write: the register of estates, dated facts, open inspections.

Everything is read in a few queries for the whole file, never row by row.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec
from piccolo.columns import Column

from redproperty.domain.access import Scope
from redproperty.domain.estates import Management, Tenure
from redproperty.store import tables
from redproperty.store.inspections import Given
from redproperty.store.scopes import estates_in, inspections_in, of_estates_in

REGISTER = (
    "name", "street", "community", "address", "contact", "phone", "estate_type", "stratum", "floor_area_cm",
    "area_source", "households", "buildings", "built_year", "lifts", "gated", "secondary_water", "parking_managed",
    "owners_body", "registered_on",
)  # fmt: skip
_BATCH = 500


@dataclass(frozen=True)
class Registered:
    """An estate as registered: `values` holds the columns of `REGISTER`."""

    id: int
    values: dict[str, Any]
    grids: frozenset[str]
    tenures: tuple[Tenure, ...]


@dataclass(frozen=True)
class Observed:
    """A dated fact as recorded."""

    id: int
    value: int | None
    choice: str | None
    valid_to: date | None
    source: str


@dataclass(frozen=True)
class Task:
    """An inspection into which answers may be imported, or why not is told by its state and lead."""

    id: int
    state: str
    estate_id: int
    estate: str
    street: str
    inspector_id: int
    inspector: str


async def estates(scope: Scope, on: date) -> dict[str, Registered]:
    """Return every estate in scope by code."""
    table = tables.Estate
    columns = [table._meta.get_column_by_name(name) for name in REGISTER]  # noqa: SLF001
    rows = await table.select(table.id, table.code, *columns).where(estates_in(scope, on))
    grids: dict[int, set[str]] = {}
    for row in await tables.EstateGrid.select(
        tables.EstateGrid.estate, tables.EstateGrid.grid.code.as_alias("code")
    ).where(of_estates_in(scope, tables.EstateGrid.estate, on)):
        grids.setdefault(row["estate"], set()).add(row["code"])
    tenures: dict[int, list[Tenure]] = {}
    kept = tables.Tenure
    for row in await kept.select(kept.estate, kept.management, kept.begins, kept.ends, kept.company).where(
        of_estates_in(scope, kept.estate, on)
    ):
        one = Tenure(Management(row["management"]), row["begins"], row["ends"], row["company"])
        tenures.setdefault(row["estate"], []).append(one)
    return {
        row["code"]: Registered(
            row["id"],
            {name: row[name] for name in REGISTER},
            frozenset(grids.get(row["id"], ())),
            tuple(sorted(tenures.get(row["id"], ()), key=lambda tenure: tenure.begins)),
        )
        for row in rows
    }


async def codes(scope: Scope, on: date) -> dict[str, tuple[int, str]]:
    """Return id and name of every estate in scope by code."""
    table = tables.Estate
    rows = await table.select(table.id, table.code, table.name).where(estates_in(scope, on))
    return {row["code"]: (row["id"], row["name"]) for row in rows}


async def add_estates(new: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    """Write new estates (columns by code) and return their ids by code."""
    rows = [tables.Estate(code=code, **values) for code, values in new.items()]
    for start in range(0, len(rows), _BATCH):
        await tables.Estate.insert(*rows[start : start + _BATCH])
    return await _ids(new.keys())


async def _ids(wanted: Collection[str]) -> dict[str, int]:
    table, ids = tables.Estate, dict[str, int]()
    listed = list(wanted)
    for start in range(0, len(listed), _BATCH):
        part = listed[start : start + _BATCH]
        ids |= {
            row["code"]: row["id"] for row in await table.select(table.id, table.code).where(table.code.is_in(part))
        }
    return ids


async def change_estate(estate: int, values: Mapping[str, Any]) -> None:
    """Write the changed columns of one estate."""
    changed: dict[Column | str, Any] = dict(values.items())
    if changed:
        await tables.Estate.update(changed).where(tables.Estate.id == estate)


async def span_grids(estate: int, wanted: frozenset[str], before: frozenset[str]) -> None:
    """Let an estate span exactly these grids."""
    table = tables.EstateGrid
    ids = {row["code"]: row["id"] for row in await tables.Grid.select(tables.Grid.id, tables.Grid.code)
           .where(tables.Grid.code.is_in([*wanted, *before]))}  # fmt: skip
    if gone := before - wanted:
        await table.delete().where((table.estate == estate) & table.grid.is_in([ids[code] for code in gone]))
    if come := sorted(wanted - before):
        await table.insert(*(table(estate=estate, grid=ids[code]) for code in come))


async def facts(estates: Collection[int]) -> dict[tuple[int, str, date], Observed]:
    """Return the dated facts of these estates by estate, name and first day."""
    table, found = tables.Fact, dict[tuple[int, str, date], Observed]()
    listed = sorted(estates)
    for start in range(0, len(listed), _BATCH):
        rows = await table.select(
            table.id,
            table.estate,
            table.name,
            table.value,
            table.choice,
            table.valid_from,
            table.valid_to,
            table.source,
        ).where(table.estate.is_in(listed[start : start + _BATCH]) & table.withdrawn_at.is_null())
        for row in rows:
            key = (row["estate"], row["name"], row["valid_from"])
            found[key] = Observed(row["id"], row["value"], row["choice"], row["valid_to"], row["source"])
    return found


async def add_facts(rows: list[dict[str, Any]]) -> None:
    """Write new facts; each dict has the columns of the table."""
    for start in range(0, len(rows), _BATCH):
        await tables.Fact.insert(*(tables.Fact(**row) for row in rows[start : start + _BATCH]))


async def tasks(periods: Collection[str], scope: Scope, on: date) -> dict[tuple[str, str, int], Task]:
    """Return the inspections of these periods in scope by estate code, period and number of the round."""
    if not periods:
        return {}
    table = tables.Inspection
    rows = await table.select(
        table.id, table.state, table.round.period.as_alias("period"), table.round.number.as_alias("number"),
        table.estate.id.as_alias("estate_id"), table.estate.code.as_alias("code"), table.estate.name.as_alias("estate"),
        table.estate.street.as_alias("street"), table.inspector.id.as_alias("inspector_id"),
        table.inspector.name.as_alias("inspector"),
    ).where(
        table.round.period.is_in(list(periods)) & of_estates_in(scope, table.estate, on) & inspections_in(scope)
        & table.second_of.is_null() & (table.void_reason == "")
    )  # fmt: skip
    return {(row.pop("code"), row.pop("period"), row.pop("number")): Task(**row) for row in rows}


async def answers(inspections: Collection[int]) -> dict[int, dict[str, Given]]:
    """Return the answers of several inspections by item, as `store.inspections.answers` does for one."""
    table, found = tables.Answer, dict[int, dict[str, Given]]()
    listed = sorted(inspections)
    for start in range(0, len(listed), _BATCH):
        rows = await table.select(
            table.inspection, table.item, table.value, table.reasons, table.note, table.review_remark, table.saved_at,
            table.saved_by.name.as_alias("saved_by"), table.version,
        ).where(table.inspection.is_in(listed[start : start + _BATCH]))  # fmt: skip
        for row in rows:
            reasons = msgspec.json.decode(row.pop("reasons"), type=tuple[str, ...])
            inspection, item = row.pop("inspection"), row.pop("item")
            found.setdefault(inspection, {})[item] = Given(**row, reasons=reasons)
    return found


def stamped(person: int, at: datetime) -> dict[str, Any]:
    """Return who recorded a fact, and when, as its columns."""
    return {"recorded_by": person, "recorded_at": at}
