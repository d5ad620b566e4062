"""The inspections of some periods as they are looked at for oddities, and who inspected an estate before."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from redproperty.domain.access import Scope
from redproperty.domain.inspections import COUNTED, State
from redproperty.domain.odd import Visit
from redproperty.store.scopes import of_estates_in
from redproperty.store.tables import AnswerChange, Inspection

HANDED_IN = frozenset({State.SUBMITTED, *COUNTED})


@dataclass(frozen=True)
class Looked:
    """One inspection with its names; `visit` is what the domain looks at."""

    id: int
    visit: Visit
    period: str
    round: int
    edition: str
    estate_code: str
    estate: str
    street: str
    inspector: str


_VALID = (
    Inspection.second_of.is_null() & (Inspection.void_reason == "") & (Inspection.round.void_reason == "")
)  # fmt: skip


async def looked(periods: Collection[str], scope: Scope, *, typed_elsewhere: str) -> list[Looked]:
    """Return the valid first looks of these periods; answers saved with the reason `typed_elsewhere` tell no time."""
    within = Inspection.round.period.is_in([*periods, ""]) & of_estates_in(scope, Inspection.estate)
    rows = await Inspection.select(
        Inspection.id, Inspection.state, Inspection.score, Inspection.edition,
        Inspection.started_at, Inspection.submitted_at, Inspection.round.period.as_alias("period"),
        Inspection.round.number.as_alias("round"), Inspection.estate.id.as_alias("estate_id"),
        Inspection.estate.code.as_alias("estate_code"), Inspection.estate.name.as_alias("estate"),
        Inspection.estate.street.as_alias("street"), Inspection.inspector.id.as_alias("inspector_id"),
        Inspection.inspector.name.as_alias("inspector"),
    ).where(_VALID & within)  # fmt: skip
    brought = await _brought(periods, typed_elsewhere)
    return [_looked(row, timed=row["id"] not in brought) for row in rows]


def _looked(row: dict[str, object], *, timed: bool) -> Looked:
    def moment(name: str) -> datetime | None:
        value = row[name]
        return value if isinstance(value, datetime) else None

    score = row["score"] if State(str(row["state"])) in HANDED_IN else None
    period, number = str(row["period"]), int(str(row["round"]))
    visit = Visit(
        id=int(str(row["id"])),
        estate=int(str(row["estate_id"])),
        order=(period, number),
        inspector=int(str(row["inspector_id"])),
        score=score if isinstance(score, int) else None,
        started_at=moment("started_at"),
        submitted_at=moment("submitted_at") if score is not None else None,
        timed=timed,
    )
    names = {name: str(row[name]) for name in ("edition", "estate_code", "estate", "street", "inspector")}
    return Looked(visit.id, visit, period, number, **names)


async def _brought(periods: Collection[str], reason: str) -> set[int]:
    there: Any = AnswerChange.inspection
    rows = await AnswerChange.select(AnswerChange.inspection).distinct().where(
        (AnswerChange.reason == reason) & there.round.period.is_in([*periods, ""])
    )  # fmt: skip
    return {row["inspection"] for row in rows}


async def inspectors_before(periods: Sequence[str]) -> dict[int, list[int]]:
    """Return the inspectors of each estate in the rounds of these periods, the latest first."""
    rows = await (
        Inspection.select(
            Inspection.estate, Inspection.inspector, Inspection.round.period.as_alias("period"),
            Inspection.round.number.as_alias("round"),
        )
        .where(_VALID & Inspection.round.period.is_in([*periods, ""]))
    )  # fmt: skip
    found: dict[int, list[int]] = {}
    for row in sorted(rows, key=lambda row: (row["period"], row["round"]), reverse=True):
        found.setdefault(row["estate"], []).append(row["inspector"])
    return found
