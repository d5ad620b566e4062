"""Rounds of inspections: when each opens, when it is due, and how far each street is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
from piccolo.query.functions import Count

from redproperty.domain.access import Role, Scope
from redproperty.domain.inspections import EDITABLE, State
from redproperty.domain.rounds import Place, Plan
from redproperty.store import bulk
from redproperty.store.scopes import Condition, of_estates_in
from redproperty.store.tables import Companion, Estate, Inspection, Person, Tenure
from redproperty.store.tables import Round as RoundRow


@dataclass(frozen=True)
class Round:
    """One round of a period; a void one says why it does not count."""

    id: int
    period: str
    number: int
    opens_on: date
    due_on: date
    void_reason: str
    plan: Plan


@dataclass(frozen=True)
class Inspector:
    """Somebody who can be sent to inspect."""

    id: int
    login: str
    name: str


@dataclass(frozen=True)
class Tally:
    """How many inspections of one street and round are in one state with one due day; `begun` of them have answers."""

    street: str
    round: int
    state: str
    due_on: date
    count: int
    begun: int


async def rounds(period: str) -> list[Round]:
    """Return the rounds of a period by number."""
    rows = await RoundRow.select().where(RoundRow.period == period).order_by(RoundRow.number)
    return [_round(row) for row in rows]


async def one(number: int) -> Round | None:
    """Return one round by its id."""
    row = await RoundRow.select().where(RoundRow.id == number).first()
    return _round(row) if row else None


async def states(number: int) -> set[str]:
    """Return the states that inspections of a round are in."""
    rows = await Inspection.select(Inspection.state).distinct().where(Inspection.round == number)
    return {row["state"] for row in rows}


async def size(number: int) -> int:
    """Return how many inspections a round has."""
    found: int = await Inspection.count().where((Inspection.round == number) & Inspection.second_of.is_null())
    return found


async def set_void(number: int, reason: str) -> None:
    """Write why a round does not count; an empty reason takes that back."""
    await RoundRow.update({RoundRow.void_reason: reason}).where(RoundRow.id == number)


async def periods() -> list[str]:
    """Return the codes of all periods that have rounds, the latest first."""
    rows = await RoundRow.select(RoundRow.period).distinct().order_by(RoundRow.period, ascending=False)
    return [row["period"] for row in rows]


async def open_to(scope: Scope, person: int | None) -> list[tuple[str, int]]:
    """Return period and number of the rounds with open inspections in `scope`, the latest first.

    With `person`, of those alone that they lead or come along on.
    """
    condition: Condition = Inspection.state.is_in([state.value for state in EDITABLE])
    condition &= of_estates_in(scope, Inspection.estate) & (Inspection.void_reason == "")
    condition &= (Inspection.round.void_reason == "") & Inspection.second_of.is_null()
    if person is not None:
        along = Companion.select(Companion.inspection).where(Companion.person == person)
        condition &= (Inspection.inspector == person) | Inspection.id.is_in(along)
    rows = await Inspection.select(
        Inspection.round.period.as_alias("period"), Inspection.round.number.as_alias("number")
    ).distinct().where(condition)  # fmt: skip
    return sorted({(row["period"], row["number"]) for row in rows}, reverse=True)


async def tallies(period: str, scope: Scope) -> list[Tally]:
    """Return the counts behind the matrix street × round; streets and rounds without inspections are absent.

    Void inspections and blind second looks are not counted.
    """
    street, number = Inspection.estate.street, Inspection.round.number
    keys = (street, number, Inspection.state, Inspection.due_on)
    rows = await (
        Inspection.select(
            street.as_alias("street"), number.as_alias("number"), Inspection.state, Inspection.due_on,
            Count(Inspection.id, alias="held"), Count(Inspection.started_at, alias="begun"),
        )
        .where(
            (Inspection.round.period == period) & of_estates_in(scope, Inspection.estate)
            & Inspection.second_of.is_null() & (Inspection.void_reason == "")
        )
        .group_by(*keys)
    )  # fmt: skip
    return [Tally(row["street"], row["number"], row["state"], row["due_on"], row["held"], row["begun"]) for row in rows]


def _round(row: dict[str, Any]) -> Round:
    plan = msgspec.json.decode(row["plan"], type=Plan)
    return Round(row["id"], row["period"], row["number"], row["opens_on"], row["due_on"], row["void_reason"], plan)


async def places(on: date) -> tuple[list[Place], list[Place]]:
    """Return the estates registered on a day: those that somebody manages then, and those that nobody does."""
    rows = await (
        Estate.select(Estate.id, Estate.code, Estate.name, Estate.street, Estate.community, Estate.estate_type)
        .where(Estate.registered_on <= on)
        .order_by(Estate.code)
    )
    present = (Tenure.begins <= on) & (Tenure.ends.is_null() | (Tenure.ends > on))
    managed = {row["estate"] for row in await Tenure.select(Tenure.estate).where(present)}
    found = [Place(**row) for row in rows]
    return [one for one in found if one.id in managed], [one for one in found if one.id not in managed]


async def inspectors() -> dict[str, list[Inspector]]:
    """Return the inspectors of each street whose accounts are in use."""
    rows = await (
        Person.select(Person.id, Person.login, Person.name, Person.street)
        .where((Person.role == Role.INSPECTOR.value) & (Person.disabled.eq(value=False)))
        .order_by(Person.id)
    )
    found: dict[str, list[Inspector]] = {}
    for row in rows:
        found.setdefault(row.pop("street"), []).append(Inspector(**row))
    return found


async def set_due(number: int, before: date, due_on: date) -> int:
    """Move the last day of a round and of its inspections still to be done; return how many of these moved."""
    moving = (
        (Inspection.round == number)
        & (Inspection.due_on == before)
        & Inspection.state.is_in([state.value for state in EDITABLE])
    )
    count: int = await Inspection.count().where(moving)
    await RoundRow.update({RoundRow.due_on: due_on}).where(RoundRow.id == number)
    await Inspection.update({Inspection.due_on: due_on}).where(moving)
    return count


async def set_plan(number: int, plan: Plan) -> None:
    """Write the plan of a round."""
    await RoundRow.update({RoundRow.plan: msgspec.json.encode(plan).decode()}).where(RoundRow.id == number)


async def add(
    period: str, number: int, opens_on: date, due_on: date, chosen: Mapping[int, int], *, plan: Plan
) -> None:  # fmt: skip
    """Add a round and its drafts; `chosen` is the inspector of each estate, by estate id."""
    kept = msgspec.json.encode(plan).decode()
    row = RoundRow(period=period, number=number, opens_on=opens_on, due_on=due_on, plan=kept)
    opened = (await RoundRow.insert(row))[0]["id"]
    drafts = [
        {"round": opened, "estate": estate, "inspector": inspector, "state": State.DRAFT.value, "due_on": due_on}
        for estate, inspector in sorted(chosen.items())
    ]
    await bulk.insert(Inspection, drafts)
