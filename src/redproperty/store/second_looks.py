"""Blind second looks: inspections that a second person scores without seeing the first, to be compared."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from redproperty.domain.access import Scope
from redproperty.domain.inspections import State
from redproperty.store import bulk
from redproperty.store.inspections import HEAD, Inspected
from redproperty.store.scopes import Condition, inspections_in
from redproperty.store.tables import Companion, Inspection


@dataclass(frozen=True)
class First:
    """An inspection that may get a second look: where it lies, and who has to do with it."""

    id: int
    estate: int
    code: str
    street: str
    people: frozenset[int]


@dataclass(frozen=True)
class Second:
    """A second look to be made: of which inspection, and by whom."""

    first: First
    inspector: int


async def firsts(round_: int) -> list[First]:
    """Return the inspections of a round that count, with everybody who leads them or comes along."""
    rows = await (
        Inspection.select(
            Inspection.id, Inspection.estate.id.as_alias("estate"), Inspection.estate.code.as_alias("code"),
            Inspection.estate.street.as_alias("street"), Inspection.inspector,
        )
        .where((Inspection.round == round_) & Inspection.second_of.is_null() & (Inspection.void_reason == ""))
        .order_by(Inspection.estate.code)
    )  # fmt: skip
    along: dict[int, set[int]] = {}
    for row in await Companion.select(Companion.inspection, Companion.person).where(
        Companion.inspection.is_in([0, *(row["id"] for row in rows)])
    ):
        along.setdefault(row["inspection"], set()).add(row["person"])
    return [First(people=frozenset({row.pop("inspector"), *along.get(row["id"], ())}), **row) for row in rows]


async def add(round_: int, seconds: Iterable[Second], due_on: date) -> None:
    """Give second looks to their inspectors."""
    rows = [
        {
            "round": round_,
            "estate": one.first.estate,
            "inspector": one.inspector,
            "state": State.DRAFT.value,
            "due_on": due_on,
            "second_of": one.first.id,
        }
        for one in seconds
    ]
    await bulk.insert(Inspection, rows)


async def pairs(round_: int, scope: Scope) -> list[tuple[Inspected, Inspected]]:
    """Return the first and the second look of each pair of a round, with their frozen sheets, by estate."""
    of_round = (Inspection.round == round_) & inspections_in(scope)
    seconds = await _frozen(of_round & Inspection.second_of.is_not_null())
    firsts = {one.id: one for one in await _frozen(Inspection.id.is_in([0, *(one.second_of for one in seconds)]))}
    found = [(firsts[one.second_of], one) for one in seconds if one.second_of in firsts]
    return sorted(found, key=lambda pair: pair[0].estate_code)


async def _frozen(condition: Condition) -> list[Inspected]:
    rows = await Inspection.select(*HEAD, Inspection.answers.as_alias("packed")).where(condition)
    return [Inspected(**row) for row in rows]
