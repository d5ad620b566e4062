"""Dated facts of one estate: what is recorded, what was withdrawn and why, and what counts in a period."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl

from redproperty.domain.facts import Fact as Declared
from redproperty.domain.facts import counting, facts_in
from redproperty.domain.numbers import UNIT
from redproperty.domain.periods import Period
from redproperty.store.tables import Fact


@dataclass(frozen=True)
class Recorded:
    """One fact as it was recorded; `withdrawn_at` is set where it no longer holds, whatever its days."""

    id: int
    estate_id: int
    name: str
    value: int | None
    choice: str | None
    valid_from: date
    valid_to: date | None
    source: str
    document: str
    evidence: str
    recorded_by: str | None
    recorded_at: datetime
    withdrawn_by: str | None
    withdrawn_at: datetime | None
    withdrawn_why: str


@dataclass(frozen=True)
class InForce:
    """What a declared fact is in a period, and the records that make it so, the latest last; a figure as it counts."""

    fact: Declared
    value: int | None
    choice: str | None
    records: tuple[Recorded, ...]


_COLUMNS = (
    Fact.id, Fact.estate.as_alias("estate_id"), Fact.name, Fact.value, Fact.choice, Fact.valid_from, Fact.valid_to,
    Fact.source, Fact.document, Fact.evidence, Fact.recorded_by.name.as_alias("recorded_by"), Fact.recorded_at,
    Fact.withdrawn_by.name.as_alias("withdrawn_by"), Fact.withdrawn_at, Fact.withdrawn_why,
)  # fmt: skip
_FRAME = {
    "id": pl.Int64(), "estate_id": pl.Int64(), "name": pl.String(), "value": pl.Int64(), "choice": pl.String(),
    "valid_from": pl.Date(), "valid_to": pl.Date(),
}  # fmt: skip


async def of_estate(estate: int) -> list[Recorded]:
    """Return every fact recorded of an estate, withdrawn ones too, the latest first day first."""
    rows = await (
        Fact.select(*_COLUMNS).where(Fact.estate == estate).order_by(Fact.valid_from, Fact.id, ascending=False)
    )  # fmt: skip
    return [Recorded(**row) for row in rows]


async def add(estate: int, name: str, values: dict[str, Any], *, person: int, at: datetime) -> int:
    """Write a new fact and return its id; inside a transaction."""
    row = Fact(estate=estate, name=name, **values, recorded_by=person, recorded_at=at)
    number: int = (await Fact.insert(row))[0]["id"]
    return number


async def withdraw(fact: int, *, person: int, at: datetime, reason: str) -> bool:
    """Let a fact hold no longer, and say why; whether it still held."""
    changed: dict[Any, Any] = {Fact.withdrawn_by: person, Fact.withdrawn_at: at, Fact.withdrawn_why: reason}
    rows = await Fact.update(changed).where((Fact.id == fact) & Fact.withdrawn_at.is_null()).returning(Fact.id)
    return bool(rows)


def in_force(declared: Sequence[Declared], records: Sequence[Recorded], period: Period) -> tuple[InForce, ...]:
    """Return what the facts of one estate are in a period, in the order of the edition; those without any are absent.

    What counts and what several come to is said by `domain.facts`, as for the rating itself.
    """
    facts, standing = tuple(declared), [one for one in records if one.withdrawn_at is None]
    observed = pl.DataFrame([[getattr(one, name) for name in _FRAME] for one in standing], schema=_FRAME, orient="row")
    days = {"begins": period.begins, "ends": period.ends}
    ids = set(observed.filter(counting(facts, **days))["id"].to_list())
    rows = facts_in(facts, observed.drop("id"), **days)
    if not rows.height:
        return ()
    counted, found = rows.row(0, named=True), []
    for fact in facts:
        mine = tuple(one for one in reversed(standing) if one.id in ids and one.name == fact.name)
        if mine and fact.name in counted:
            value = counted[fact.name]
            number = None if isinstance(value, str) else int(value) * (UNIT if fact.kind == "flag" else 1)
            found.append(InForce(fact, number, value if isinstance(value, str) else None, mine))
    return tuple(found)
