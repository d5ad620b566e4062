"""Inspections that change hands: what people still have to do, and to whom it goes."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from piccolo.query.functions import Count

from redproperty.domain.access import Role, Scope
from redproperty.store.scopes import inspections_in
from redproperty.store.tables import Companion, Inspection, Person

OPEN = ("draft", "returned")


@dataclass(frozen=True)
class Holder:
    """An inspector with the number of inspections that are still theirs to do."""

    id: int
    login: str
    name: str
    street: str
    disabled: bool
    tasks: int


@dataclass(frozen=True)
class Task:
    """One inspection that is still to be done; `second` where it is a blind second look."""

    id: int
    estate: str
    street: str
    period: str
    round: int
    due_on: date
    state: str
    begun: bool
    second: bool
    inspector_id: int
    inspector: str
    other: int | None  # who leads the other look at the same estate


async def holders(scope: Scope) -> list[Holder]:
    """Return the inspectors of the streets in `scope`: those in use, and those disabled that still have tasks."""
    mine = _open() & inspections_in(scope)
    rows = await (
        Inspection.select(Inspection.inspector, Count(Inspection.id, alias="held"))
        .where(mine)
        .group_by(Inspection.inspector)
    )
    held = {row["inspector"]: row["held"] for row in rows}
    people = await (
        Person.select(Person.id, Person.login, Person.name, Person.street, Person.disabled)
        .where((Person.role == Role.INSPECTOR.value) | Person.id.is_in([0, *held]))
        .order_by(Person.street, Person.name)
    )
    streets = None if scope.everything else set(scope.streets)
    return [
        Holder(**{**row, "street": row["street"] or ""}, tasks=held.get(row["id"], 0))
        for row in people
        if (row["id"] in held or not row["disabled"])
        and (row["id"] in held or streets is None or row["street"] in streets)
    ]


async def tasks(scope: Scope, *, holder: int | None = None, ids: Collection[int] | None = None) -> list[Task]:
    """Return the inspections in `scope` that are still to be done: of one person, or these."""
    condition = _open() & inspections_in(scope)
    if holder is not None:
        condition &= Inspection.inspector == holder
    if ids is not None:
        condition &= Inspection.id.is_in([0, *ids])
    first: Any = Inspection.second_of
    rows = await (
        Inspection.select(
            Inspection.id, Inspection.estate.name.as_alias("estate"), Inspection.estate.street.as_alias("street"),
            Inspection.round.period.as_alias("period"), Inspection.round.number.as_alias("round"), Inspection.due_on,
            Inspection.state, Inspection.started_at, Inspection.second_of, first.inspector.as_alias("first_inspector"),
            Inspection.inspector.id.as_alias("inspector_id"), Inspection.inspector.name.as_alias("inspector"),
        )
        .where(condition)
        .order_by(Inspection.due_on, Inspection.estate.code)
    )  # fmt: skip
    seconds = await (
        Inspection.select(Inspection.second_of, Inspection.inspector)
        .where(Inspection.second_of.is_in([0, *(row["id"] for row in rows)]))
    )  # fmt: skip
    other = {row["second_of"]: row["inspector"] for row in seconds}
    return [
        Task(
            row["id"], row["estate"], row["street"], row["period"], row["round"], row["due_on"], row["state"],
            row["started_at"] is not None, row["second_of"] is not None, row["inspector_id"], row["inspector"],
            row["first_inspector"] if row["second_of"] is not None else other.get(row["id"]),
        )
        for row in rows
    ]  # fmt: skip


def _open() -> Any:
    """Return the condition of what is still somebody's task."""
    counts = (Inspection.void_reason == "") & (Inspection.round.void_reason == "")
    return Inspection.state.is_in(list(OPEN)) & counts


async def move(ids: Collection[int], to: int) -> None:
    """Give inspections to another lead; whoever came along on them before now leads."""
    await Companion.delete().where(Companion.inspection.is_in(list(ids)) & (Companion.person == to))
    await Inspection.update({Inspection.inspector: to}).where(Inspection.id.is_in(list(ids)))
