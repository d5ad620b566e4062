"""Takeover cases and their moves: the board, one case, and the rows that a move writes."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from piccolo.columns import Column

from redproperty.domain.access import Scope
from redproperty.store.scopes import of_estates_in
from redproperty.store.tables import Division, Takeover, TakeoverMove


@dataclass(frozen=True)
class CaseRow:
    """One case as it stands, with the estate it is about."""

    id: int
    number: str
    state: str
    trigger: str
    edition: str
    opened_on: date
    entered_on: date
    closed_on: date | None
    estate_id: int
    estate_code: str
    estate_name: str
    street: str
    street_name: str
    households: int
    floor_area_cm: int
    provider_id: int | None
    provider: str | None


@dataclass(frozen=True)
class MoveRow:
    """One move as it was made; the opening of the case has no `from_state` and its trigger as event."""

    event: str
    from_state: str
    to_state: str
    on_day: date
    at: datetime
    person: str
    role: str
    basis: str
    document: str
    note: str
    provider: str | None


async def cases(scope: Scope, on: date, *, street: str = "", closed: bool = False) -> list[CaseRow]:
    """Return the open cases in scope (or the closed ones), those longest in their state first."""
    finished = Takeover.closed_on.is_not_null() if closed else Takeover.closed_on.is_null()
    condition = finished & of_estates_in(scope, Takeover.estate, on)
    if street:
        condition &= Takeover.estate.street == street
    return await _cases(condition)


async def one(scope: Scope, number: str, on: date) -> CaseRow | None:
    """Return the case of that number, or None when there is none in scope."""
    found = await _cases((Takeover.number == number) & of_estates_in(scope, Takeover.estate, on))
    return found[0] if found else None


@dataclass(frozen=True)
class OpenCase:
    """What an estate's page says of its open case."""

    number: str
    state: str
    edition: str


async def open_case_of(estate: int) -> OpenCase | None:
    """Return the estate's open case, if it has one."""
    row = await (
        Takeover.select(Takeover.number, Takeover.state, Takeover.edition)
        .where((Takeover.estate == estate) & Takeover.closed_on.is_null())
        .first()
    )
    return OpenCase(**row) if row else None


async def _cases(condition: Any) -> list[CaseRow]:
    estate = Takeover.estate
    rows = await (
        Takeover.select(
            Takeover.id, Takeover.number, Takeover.state, Takeover.trigger, Takeover.edition, Takeover.opened_on,
            Takeover.entered_on, Takeover.closed_on, estate.id.as_alias("estate_id"),
            estate.code.as_alias("estate_code"), estate.name.as_alias("estate_name"),
            estate.street.as_alias("street"), estate.households.as_alias("households"),
            estate.floor_area_cm.as_alias("floor_area_cm"), Takeover.provider.id.as_alias("provider_id"),
            Takeover.provider.name.as_alias("provider"),
        )
        .where(condition)
        .order_by(Takeover.entered_on)
        .order_by(Takeover.number)
    )  # fmt: skip
    streets = await Division.select(Division.code, Division.name).where(Division.level == "street")
    names = {row["code"]: row["name"] for row in streets}
    return [CaseRow(street_name=names.get(row["street"], row["street"]), **row) for row in rows]


async def moves(case: int) -> list[MoveRow]:
    """Return the moves of a case in the order in which they were made."""
    rows = await (
        TakeoverMove.select(
            TakeoverMove.event, TakeoverMove.from_state, TakeoverMove.to_state, TakeoverMove.on_day, TakeoverMove.at,
            TakeoverMove.person.name.as_alias("person"), TakeoverMove.person.role.as_alias("role"), TakeoverMove.basis,
            TakeoverMove.document, TakeoverMove.note, TakeoverMove.provider.name.as_alias("provider"),
        )
        .where(TakeoverMove.takeover == case)
        .order_by(TakeoverMove.id)
    )  # fmt: skip
    return [MoveRow(**row) for row in rows]


async def next_number(year: int) -> str:
    """Return the number of the next case of a year; two people asking at once are told apart by the unique column."""
    prefix = f"TG-{year}-"
    last = await (
        Takeover.select(Takeover.number)
        .where(Takeover.number.like(f"{prefix}%"))
        .order_by(Takeover.number, ascending=False)
        .first()
    )
    return f"{prefix}{int(last['number'].removeprefix(prefix)) + 1 if last else 1:04d}"


async def add(values: dict[str, Any]) -> int:
    """Add a case and return its id; `values` are the columns of the table."""
    rows = await Takeover.insert(Takeover(**values))
    return int(rows[0]["id"])


async def change(case: int, values: dict[str, Any], *, entered_from: str) -> bool:
    """Change a case that still stands in `entered_from`; whether it still did."""
    changed = cast("dict[Column | str, Any]", values)
    rows = await (
        Takeover.update(changed).where((Takeover.id == case) & (Takeover.state == entered_from)).returning(Takeover.id)
    )
    return bool(rows)


async def add_move(values: dict[str, Any]) -> None:
    """Add a move to the trail of a case."""
    await TakeoverMove.insert(TakeoverMove(**values))
