"""Who manages an estate from when to when, and the Party unit of its property: reading and writing single rows."""

from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from piccolo.columns import Column

from redproperty.domain.access import Scope
from redproperty.domain.estates import Management, Tenure
from redproperty.store import tables
from redproperty.store.scopes import estates_in


@dataclass(frozen=True)
class TenureRow:
    """A stretch of management as kept, with the company's name."""

    id: int
    tenure: Tenure
    company: str | None


@dataclass(frozen=True)
class PartyRow:
    """A Party unit as kept; `ended_on` is the first day on which it is no more."""

    id: int
    form: str
    status: str
    approval_number: str
    approved_on: date | None
    secretary: str
    members: int
    last_activity_on: date | None
    ended_on: date | None


@dataclass(frozen=True)
class EstateKey:
    """What an action must know of an estate: its id, and where it lies."""

    id: int
    code: str
    name: str
    street: str


async def key(scope: Scope, code: str, on: date) -> EstateKey | None:
    """Return the estate of that code, or None when there is none in scope."""
    row = await (
        tables.Estate.select(tables.Estate.id, tables.Estate.code, tables.Estate.name, tables.Estate.street)
        .where((tables.Estate.code == code) & estates_in(scope, on))
        .first()
    )
    return EstateKey(**row) if row else None


async def of_estate(estate: int) -> list[TenureRow]:
    """Return every tenure of an estate in the order of time."""
    table = tables.Tenure
    rows = await (
        table.select(table.id, table.management, table.begins, table.ends, table.company, table.company.name)
        .where(table.estate == estate)
        .order_by(table.begins)
    )
    return [
        TenureRow(
            row["id"],
            Tenure(Management(row["management"]), row["begins"], row["ends"], row["company"]),
            row["company.name"],
        )
        for row in rows
    ]


async def end(tenure: int, on: date) -> None:
    """Let a tenure end; `on` is the first day on which it no longer holds."""
    await tables.Tenure.update({tables.Tenure.ends: on}).where(tables.Tenure.id == tenure)


async def begin(estate: int, tenure: Tenure) -> None:
    """Add a tenure; the caller has seen that it overlaps none."""
    await tables.Tenure.insert(
        tables.Tenure(
            estate=estate,
            management=tenure.management.value,
            company=tenure.company_id,
            begins=tenure.begins,
            ends=tenure.ends,
        )
    )


async def party_units(estate: int) -> list[PartyRow]:
    """Return every Party unit that an estate has had, the present one first."""
    table = tables.PartyUnit
    rows = await (
        table.select(
            table.id,
            table.form,
            table.status,
            table.approval_number,
            table.approved_on,
            table.secretary,
            table.members,
            table.last_activity_on,
            table.ended_on,
        )
        .where(table.estate == estate)
        .order_by(table.id, ascending=False)
    )
    return sorted((PartyRow(**row) for row in rows), key=lambda unit: unit.ended_on is not None)


async def end_party_unit(unit: int, on: date) -> None:
    """Let a Party unit end; `on` is the first day on which it is no more."""
    await tables.PartyUnit.update({tables.PartyUnit.ended_on: on}).where(tables.PartyUnit.id == unit)


async def add_party_unit(estate: int, values: dict[str, Any]) -> None:
    """Add a Party unit; `values` are the columns of `PartyRow` but id and ended_on."""
    await tables.PartyUnit.insert(tables.PartyUnit(estate=estate, **values))


async def change_party_unit(unit: int, values: dict[str, Any]) -> None:
    """Change the columns of a Party unit that stays the same one."""
    changed = cast("dict[Column | str, Any]", values)
    await tables.PartyUnit.update(changed).where(tables.PartyUnit.id == unit)
