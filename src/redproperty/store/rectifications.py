"""Rectifications: what has to be mended where, by whom and by when, and what has happened to each."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec
import polars as pl
from piccolo.columns.combination import WhereRaw
from piccolo.query.functions import Count

from redproperty.domain.access import Scope
from redproperty.domain.periods import Period
from redproperty.domain.rectifications import State, is_overdue, outstanding
from redproperty.store.scopes import EVERYTHING, Condition, inspections_in, of_estates_in
from redproperty.store.tables import Answer, Inspection, Rectification, RectificationMove


@dataclass(frozen=True)
class Row:
    """One rectification with the inspection that it springs from, the estate, and the company that has to see to it.

    `state` is void as long as the inspection or its round is, whose reason is `void`.
    """

    id: int
    item: str
    state: State
    value: int
    lost: int
    reasons: tuple[str, ...]
    note: str
    opened_on: date
    days: int
    unit: str
    due_on: date
    reported_on: date | None
    closed_on: date | None
    inspection: int
    inspection_state: str
    void: str
    edition: str
    period: str
    round: int
    estate_id: int
    estate_code: str
    estate: str
    street: str
    community: str
    company_id: int | None
    company: str | None

    @property
    def subject(self) -> str:
        """How the audit trail calls it."""
        return f"rectification:{self.id}"

    def is_overdue(self, today: date) -> bool:
        """Whether its day has passed without a report that stands."""
        return is_overdue(self.state, self.due_on, self.reported_on, today)


@dataclass(frozen=True)
class MoveRow:
    """One thing that happened to a rectification."""

    event: str
    on_day: date
    at: datetime
    person: str
    role: str
    words: str


@dataclass(frozen=True)
class Tally:
    """How many rectifications of a community stand alike: by state, last day and the day of the report."""

    street: str
    community: str
    state: State
    due_on: date
    reported_on: date | None
    count: int


@dataclass(frozen=True)
class Wanted:
    """Which rectifications a list shows; empty fields ask nothing. `overdue_on` asks for those overdue on that day."""

    states: tuple[State, ...] = ()
    street: str = ""
    community: str = ""
    estate: str = ""
    overdue_on: date | None = None


_INSPECTION: Any = Rectification.inspection
_COLUMNS = (
    Rectification.id, Rectification.item, Rectification.state, Rectification.value, Rectification.lost,
    Rectification.reasons, Rectification.note, Rectification.opened_on, Rectification.days, Rectification.unit,
    Rectification.due_on, Rectification.reported_on, Rectification.closed_on,
    _INSPECTION.id.as_alias("inspection"), _INSPECTION.state.as_alias("inspection_state"),
    _INSPECTION.void_reason.as_alias("void"), _INSPECTION.round.void_reason.as_alias("round_void"),
    _INSPECTION.edition.as_alias("edition"), _INSPECTION.round.period.as_alias("period"),
    _INSPECTION.round.number.as_alias("round"), Rectification.estate.id.as_alias("estate_id"),
    Rectification.estate.code.as_alias("estate_code"), Rectification.estate.name.as_alias("estate"),
    Rectification.estate.street.as_alias("street"), Rectification.estate.community.as_alias("community"),
    Rectification.company.id.as_alias("company_id"), Rectification.company.name.as_alias("company"),
)  # fmt: skip


_STANDS = (_INSPECTION.void_reason == "") & (_INSPECTION.round.void_reason == "")  # what they spring from counts


def _seen(scope: Scope) -> Condition:
    """Return the condition of a scope: a company sees what it has to rectify itself, wherever it has gone since."""
    if scope.company_id is not None:
        return Rectification.company == scope.company_id
    if scope.inspector is not None:  # what the other of two blind looks found
        return Rectification.inspection.is_in(Inspection.select(Inspection.id).where(inspections_in(scope)))
    return of_estates_in(scope, Rectification.estate)


async def fetch(rectification: int, scope: Scope) -> Row | None:
    """Return one rectification, or None where there is none in `scope`."""
    rows = await _rows((Rectification.id == rectification) & _seen(scope))
    return rows[0] if rows else None


async def listed(wanted: Wanted, scope: Scope) -> list[Row]:
    """Return the rectifications that a list asks for, the first due first."""
    return await _rows(_seen(scope) & _condition(wanted))


async def of_inspection(inspection: int) -> list[Row]:
    """Return the rectifications of one inspection, void ones too."""
    return await _rows(Rectification.inspection == inspection)


def _condition(wanted: Wanted) -> Condition:
    found: Condition = WhereRaw(EVERYTHING)
    if wanted.states:
        found &= Rectification.state.is_in([state.value for state in wanted.states])
        found &= WhereRaw(EVERYTHING) if State.VOID in wanted.states else _STANDS
    if wanted.street:
        found &= Rectification.estate.street == wanted.street
    if wanted.community:
        found &= Rectification.estate.community == wanted.community
    if wanted.estate:
        name = Rectification.estate.name.like(f"%{wanted.estate}%")
        found &= name | (Rectification.estate.code == wanted.estate)
    if wanted.overdue_on is not None:
        late = Rectification.reported_on.is_null() | (Rectification.reported_on > Rectification.due_on)
        found &= (Rectification.due_on < wanted.overdue_on) & late
    return found


async def _rows(condition: Condition) -> list[Row]:
    rows = await (
        Rectification.select(*_COLUMNS).where(condition).order_by(Rectification.due_on, Rectification.id)
    )  # fmt: skip
    return [_row(row) for row in rows]


def _row(row: Mapping[str, Any]) -> Row:
    reasons = msgspec.json.decode(row["reasons"], type=tuple[str, ...])
    void = row["void"] or row["round_void"]
    state = State.VOID if void else State(row["state"])
    return Row(**{name: value for name, value in row.items() if name != "round_void"}
               | {"state": state, "reasons": reasons, "void": void})  # fmt: skip


async def tallies(scope: Scope) -> list[Tally]:
    """Return how many rectifications stand alike in each community, void ones left out."""
    keys = (
        Rectification.estate.street, Rectification.estate.community, Rectification.state, Rectification.due_on,
        Rectification.reported_on,
    )  # fmt: skip
    street, community, *rest = keys
    rows = await (
        Rectification.select(
            street.as_alias("street"), community.as_alias("community"), *rest, Count(Rectification.id, alias="count")
        )
        .where(_seen(scope) & (Rectification.state != State.VOID.value) & _STANDS)
        .group_by(*keys)
    )
    return [Tally(**{**row, "state": State(row["state"])}) for row in rows]


async def moves(rectification: int) -> list[MoveRow]:
    """Return what happened to one rectification, in its order."""
    rows = await (
        RectificationMove.select(
            RectificationMove.event, RectificationMove.on_day, RectificationMove.at,
            RectificationMove.person.name.as_alias("person"), RectificationMove.person.role.as_alias("role"),
            RectificationMove.words,
        )
        .where(RectificationMove.rectification == rectification)
        .order_by(RectificationMove.id)
    )  # fmt: skip
    return [MoveRow(**row) for row in rows]


async def last_words(rectifications: Collection[int], event: str) -> dict[int, str]:
    """Return what was said with the last event of that kind, by rectification."""
    if not rectifications:
        return {}
    table = RectificationMove
    rows = await (
        table.select(table.rectification, table.words)
        .where(table.rectification.is_in(list(rectifications)) & (table.event == event))
        .order_by(table.id)
    )
    return {row["rectification"]: row["words"] for row in rows}


async def noted(inspection: int, items: Collection[str]) -> dict[str, tuple[str, str]]:
    """Return reasons (JSON) and note of the answers to these items."""
    rows = await Answer.select(Answer.item, Answer.reasons, Answer.note).where(
        (Answer.inspection == inspection) & Answer.item.is_in([*items, ""])
    )
    return {row["item"]: (row["reasons"], row["note"]) for row in rows}


async def add(values: Mapping[str, Any]) -> int:
    """Write a new rectification and return its id; inside a transaction."""
    number: int = (await Rectification.insert(Rectification(**values)))[0]["id"]
    return number


async def change(rectification: int, values: Mapping[str, Any], *, expected: str) -> bool:
    """Write some columns of a rectification that is in the state `expected`; whether it was."""
    changed: dict[Any, Any] = dict(values)
    rows = await (
        Rectification.update(changed)
        .where((Rectification.id == rectification) & (Rectification.state == expected))
        .returning(Rectification.id)
    )
    return bool(rows)


async def add_move(
    rectification: int, event: str, *, on_day: date, at: datetime, person: int, words: str = ""
) -> None:  # fmt: skip
    """Write what has happened to a rectification."""
    row = RectificationMove(
        rectification=rectification, event=event, on_day=on_day, at=at, person=person, words=words
    )  # fmt: skip
    await RectificationMove.insert(row)


_ORDERED = {"rectification": pl.Int64(), "estate_id": pl.Int64(), "due_on": pl.Date()}
_MOVES = {"rectification": pl.Int64(), "event": pl.String(), "on_day": pl.Date()}


async def counts(period: Period) -> pl.DataFrame:
    """Return what the rules may know of rectifications at the end of `period`: estate_id and `FACTS`, as figures."""
    ordered = await Rectification.select(
        Rectification.id.as_alias("rectification"), Rectification.estate.as_alias("estate_id"), Rectification.due_on
    ).where((Rectification.opened_on <= period.ends) & (Rectification.state != State.VOID.value) & _STANDS)
    rows = await (
        RectificationMove.select(RectificationMove.rectification, RectificationMove.event, RectificationMove.on_day)
        .where(RectificationMove.on_day <= period.ends)
        .order_by(RectificationMove.id)
    )
    return outstanding(pl.DataFrame(ordered, schema=_ORDERED), pl.DataFrame(rows, schema=_MOVES), period.ends)
