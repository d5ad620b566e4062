"""The tree of divisions: streets, communities and their grids under official codes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from redproperty.domain.access import Scope
from redproperty.domain.divisions import Level, level
from redproperty.store import bulk
from redproperty.store.scopes import estates_in
from redproperty.store.tables import Division as DivisionRow
from redproperty.store.tables import Estate, EstateGrid, Grid


@dataclass(frozen=True)
class Division:
    """A street or community; `parent` is the 12-digit code of the division above it."""

    code: str
    name: str
    parent: str


async def streets() -> list[Division]:
    """Return every street in the order of the codes."""
    return await _at("street")


async def communities() -> list[Division]:
    """Return every community in the order of the codes."""
    return await _at("community")


async def grids() -> dict[str, str]:
    """Return the community of each grid, both as codes."""
    return {row["code"]: row["community"] for row in await Grid.select(Grid.code, Grid.community)}


@dataclass(frozen=True)
class Listed:
    """A division or grid as listed; grids have no issuer and no year of their own."""

    name: str
    parent: str | None
    issuer: str | None = None
    year: int | None = None


async def register() -> dict[str, Listed]:
    """Return every division and every grid by code."""
    row = DivisionRow
    listed = await row.select(row.code, row.name, row.parent, row.issuer, row.year)
    grids = await Grid.select(Grid.code, Grid.name, Grid.community)
    return {one.pop("code"): Listed(**one) for one in listed} | {
        one["code"]: Listed(one["name"], one["community"]) for one in grids
    }


async def add(new: Mapping[str, Mapping[str, Any]]) -> None:
    """Add districts, streets and communities by code; their level follows from the digits."""
    names = ("name", "parent", "issuer", "year")
    blank = {"parent": None, "issuer": "", "year": 0}
    rows = [
        {"code": code, "level": level(code)} | {name: values.get(name, blank.get(name)) for name in names}
        for code, values in new.items()
    ]
    await bulk.insert(DivisionRow, rows)


async def add_grids(new: Mapping[str, Mapping[str, Any]]) -> None:
    """Add grids by code."""
    rows = [{"code": code, "name": values["name"], "community": values["parent"]} for code, values in new.items()]
    await bulk.insert(Grid, rows)


async def change(code: str, values: Mapping[str, Any]) -> None:
    """Write what is stated anew of one division or grid; what it belongs to stays."""
    stated: dict[Any, Any] = {name: value for name, value in values.items() if name != "parent"}
    if stated and level(code) is Level.GRID:
        await Grid.update(stated).where(Grid.code == code)
    elif stated:
        await DivisionRow.update(stated).where(DivisionRow.code == code)


@dataclass(frozen=True)
class GridPlace:
    """A grid; `community` is the 12-digit code of the community that it belongs to."""

    code: str
    name: str
    community: str


async def grids_of(street: str) -> list[GridPlace]:
    """Return the grids of every community of a street, in the order of the codes."""
    inside = DivisionRow.select(DivisionRow.code).where(DivisionRow.parent == street)
    rows = await (
        Grid.select(Grid.code, Grid.name, Grid.community).where(Grid.community.is_in(inside)).order_by(Grid.code)
    )
    return [GridPlace(**row) for row in rows]


@dataclass(frozen=True)
class Span:
    """An estate in one of the grids that it spans; no grid where it spans none."""

    code: str
    name: str
    community: str
    grid: str | None


async def spans(scope: Scope, on: date, street: str) -> list[Span]:
    """Return every estate in scope of a street with each of its grids, by code."""
    rows = await (
        Estate.select(Estate.id, Estate.code, Estate.name, Estate.community)
        .where((Estate.street == street) & estates_in(scope, on))
        .order_by(Estate.code)
    )
    ids = [row["id"] for row in rows] or [0]
    links = await (
        EstateGrid.select(EstateGrid.estate, EstateGrid.grid.code.as_alias("grid"))
        .where(EstateGrid.estate.is_in(ids))
        .order_by(EstateGrid.grid.code)
    )
    of_estate: dict[int, list[str | None]] = {}
    for link in links:
        of_estate.setdefault(link["estate"], []).append(link["grid"])
    return [
        Span(row["code"], row["name"], row["community"], grid)
        for row in rows
        for grid in of_estate.get(row["id"]) or [None]
    ]


async def _at(level: str) -> list[Division]:
    rows = await (
        DivisionRow.select(DivisionRow.code, DivisionRow.name, DivisionRow.parent)
        .where(DivisionRow.level == level)
        .order_by(DivisionRow.code)
    )
    return [Division(row["code"], row["name"], row["parent"] or "") for row in rows]
