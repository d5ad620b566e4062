"""Reopenings of locked inspections: who asked and why, who decided, and the mark that they leave on a rating."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from piccolo.columns import Column

from redproperty.domain.access import Scope
from redproperty.domain.inspections import Decision
from redproperty.store.scopes import Condition, of_estates_in
from redproperty.store.tables import Inspection, RatingRun
from redproperty.store.tables import Reopening as Row


@dataclass(frozen=True)
class Reopening:
    """One wish to reopen an inspection and what came of it; `run` is the published rating that rests on it."""

    id: int
    inspection: int
    round: int
    estate_code: str
    estate: str
    run: int
    reason: str
    state: Decision
    asked_by: int
    asked_by_name: str
    asked_at: datetime
    decided_by_name: str | None
    decided_at: datetime | None
    remark: str


_ESTATE: Any = Row.inspection.estate
_ROUND: Any = Row.inspection.round
_COLUMNS = (
    Row.id, Row.inspection, _ROUND.number.as_alias("round"), _ESTATE.code.as_alias("estate_code"),
    _ESTATE.name.as_alias("estate"), Row.run,
    Row.reason, Row.state, Row.asked_by, Row.asked_by.name.as_alias("asked_by_name"), Row.asked_at,
    Row.decided_by.name.as_alias("decided_by_name"), Row.decided_at, Row.remark,
)  # fmt: skip


async def of_inspection(inspection: int) -> list[Reopening]:
    """Return every reopening of an inspection, the first first."""
    return await _found(Row.inspection == inspection)


async def waiting(scope: Scope) -> list[Reopening]:
    """Return the reopenings in `scope` that nobody has decided on."""
    return await _found((Row.state == Decision.ASKED.value) & of_estates_in(scope, _ESTATE))


async def marks(run: int, estate: str = "") -> list[Reopening]:
    """Return the reopenings that were granted of what a rating rests on: of one estate, where it is named by code."""
    granted: Condition = (Row.run == run) & (Row.state == Decision.GRANTED.value)
    return await _found(granted & (_ESTATE.code == estate) if estate else granted)


async def _found(condition: Condition) -> list[Reopening]:
    rows = await Row.select(*_COLUMNS).where(condition).order_by(Row.id)
    return [Reopening(**{**row, "state": Decision(row["state"])}) for row in rows]


async def rating_on(inspection: int) -> int | None:
    """Return the published rating of the inspection's period."""
    period = Inspection.select(Inspection.round.period).where(Inspection.id == inspection)
    row = await (
        RatingRun.select(RatingRun.id).where(RatingRun.period.is_in(period) & (RatingRun.state == "published")).first()
    )
    return row["id"] if row else None


async def ask(inspection: int, run: int, *, reason: str, by: int, at: datetime) -> None:
    """Keep that somebody asks."""
    row = Row(
        inspection=inspection, run=run, reason=reason, state=Decision.ASKED.value, asked_by=by, asked_at=at
    )  # fmt: skip
    await Row.insert(row)


async def decide(reopening: int, decision: Decision, *, by: int, at: datetime, remark: str) -> None:
    """Keep what somebody decided."""
    values: dict[Column | str, Any] = {
        Row.state: decision.value, Row.decided_by: by, Row.decided_at: at, Row.remark: remark,
    }  # fmt: skip
    await Row.update(values).where(Row.id == reopening)
