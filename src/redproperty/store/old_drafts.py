"""Drafts that nobody has touched for long: listed for those who can have them finished, never deleted."""

from dataclasses import dataclass
from datetime import date, datetime

from piccolo.query.functions import Count, Max

from redproperty.domain.access import Scope
from redproperty.store.scopes import inspections_in
from redproperty.store.tables import Answer, Inspection


@dataclass(frozen=True)
class OldDraft:
    """A draft that was begun, how much of it is answered and when somebody last saved something in it."""

    id: int
    estate: str
    street: str
    period: str
    round: int
    due_on: date
    inspector: str
    login: str
    answered: int
    touched_at: datetime


async def found(scope: Scope, before: datetime) -> list[OldDraft]:
    """Return the drafts in `scope` that were last saved before a moment, the oldest first."""
    counts = (Inspection.void_reason == "") & (Inspection.round.void_reason == "")
    drafts = (Inspection.state == "draft") & (Inspection.started_at < before)
    rows = await Inspection.select(
        Inspection.id, Inspection.estate.name.as_alias("estate"), Inspection.estate.street.as_alias("street"),
        Inspection.round.period.as_alias("period"), Inspection.round.number.as_alias("round"), Inspection.due_on,
        Inspection.inspector.name.as_alias("inspector"), Inspection.inspector.login.as_alias("login"),
        Inspection.started_at,
    ).where(drafts & counts & inspections_in(scope))  # fmt: skip
    saved = await (
        Answer.select(Answer.inspection, Count(Answer.value, alias="held"), Max(Answer.saved_at, alias="last"))
        .where(Answer.inspection.is_in([0, *(row["id"] for row in rows)]))
        .group_by(Answer.inspection)
    )
    last = {row["inspection"]: (row["held"], _moment(row["last"])) for row in saved}
    made = []
    for row in rows:
        started = row.pop("started_at")
        answered, touched = last.get(row["id"], (0, started))
        if touched < before:
            made.append(OldDraft(**row, answered=answered, touched_at=touched))
    return sorted(made, key=lambda one: (one.touched_at, one.id))


def _moment(value: datetime | str) -> datetime:
    """Return a time that SQLite gives as text where it comes out of an aggregate."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value
