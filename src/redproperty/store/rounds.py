"""Rounds of inspections: when each opens, when it is due, and how far each street is."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from piccolo.query.functions import Count

from redproperty.domain.access import Scope
from redproperty.store.scopes import of_estates_in
from redproperty.store.tables import Inspection
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


async def periods() -> list[str]:
    """Return the codes of all periods that have rounds, the latest first."""
    rows = await RoundRow.select(RoundRow.period).distinct().order_by(RoundRow.period, ascending=False)
    return [row["period"] for row in rows]


async def tallies(period: str, scope: Scope) -> list[Tally]:
    """Return the counts behind the matrix street × round; streets and rounds without inspections are absent."""
    street, number = Inspection.estate.street, Inspection.round.number
    keys = (street, number, Inspection.state, Inspection.due_on)
    rows = await (
        Inspection.select(
            street.as_alias("street"), number.as_alias("number"), Inspection.state, Inspection.due_on,
            Count(Inspection.id, alias="held"), Count(Inspection.started_at, alias="begun"),
        )
        .where((Inspection.round.period == period) & of_estates_in(scope, Inspection.estate))
        .group_by(*keys)
    )  # fmt: skip
    return [Tally(row["street"], row["number"], row["state"], row["due_on"], row["held"], row["begun"]) for row in rows]


def _round(row: dict[str, Any]) -> Round:
    return Round(row["id"], row["period"], row["number"], row["opens_on"], row["due_on"], row["void_reason"])
