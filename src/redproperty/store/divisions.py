"""The tree of divisions: streets, communities and their grids under official codes."""

from dataclasses import dataclass

from redproperty.store.tables import Division as DivisionRow
from redproperty.store.tables import Grid


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


async def _at(level: str) -> list[Division]:
    rows = await (
        DivisionRow.select(DivisionRow.code, DivisionRow.name, DivisionRow.parent)
        .where(DivisionRow.level == level)
        .order_by(DivisionRow.code)
    )
    return [Division(row["code"], row["name"], row["parent"] or "") for row in rows]
