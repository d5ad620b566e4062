"""What an accepted inspection means for rectifications: new ones are ordered, those that are gone become void."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from redproperty.domain.access import Actor
from redproperty.domain.entries import worked
from redproperty.domain.packs import Pack
from redproperty.domain.periods import Period
from redproperty.domain.rectifications import (
    GONE,
    Deduction,
    Event,
    State,
    compared,
    deductions,
    due_on,
)
from redproperty.settings import ZONE
from redproperty.store import inspections, rectifications, tenures
from redproperty.store.inspections import Inspected
from redproperty.store.rectifications import Row


@dataclass(frozen=True)
class Followed:
    """What an inspection that was accepted meant for its rectifications: how many of each."""

    ordered: int = 0
    changed: int = 0
    void: int = 0


async def follow(actor: Actor, here: Inspected, pack: Pack, *, at: datetime) -> Followed:
    """Order what an inspection just accepted asks to be rectified; inside the transaction of its acceptance.

    Accepted again after a return, what is still deducted stays with its day, what no longer is becomes void.
    """
    ground = await inspections.ground(here.estate_id, Period.parse(here.period))
    row = worked(pack.sheet, ground, inspections.unpacked(here.packed, pack.sheet.codes))
    before = {one.item: one for one in await rectifications.of_inspection(here.id)}
    standing = [item for item, one in before.items() if one.state is not State.VOID]
    told = compared(standing, deductions(pack.sheet, row))
    notes = await rectifications.noted(here.id, [one.item for one in (*told.new, *told.kept)])
    company = await _managed_by(here.estate_id, _day(at)) if told.new else None
    for one in told.new:
        found = _found(one, notes) | _due(one, pack, _day(at)) | {"company": company}
        await _order(actor, here, one, before.get(one.item), found, at=at)
    changed = [await _keep(actor, before[one.item], _found(one, notes), at=at) for one in told.kept]
    for item in told.gone:
        await _void(actor, before[item], GONE.zh, at=at)
    return Followed(len(told.new), sum(changed), len(told.gone))


async def _order(
    actor: Actor, here: Inspected, one: Deduction, before: Row | None, found: Mapping[str, Any], *, at: datetime
) -> None:
    values = {**found, "state": State.OPEN.value, "reported_on": None, "closed_on": None}
    if before is None:
        about = {"inspection": here.id, "item": one.item, "estate": here.estate_id}
        number = await rectifications.add({**about, **values})
    else:  # the deduction is back
        number = before.id
        await rectifications.change(number, values, expected=State.VOID.value)
    await rectifications.add_move(number, Event.ORDER.value, on_day=_day(at), at=at, person=actor.id)


async def _keep(actor: Actor, before: Row, found: Mapping[str, Any], *, at: datetime) -> bool:
    """Write what the item says now where it says something else; whether it does."""
    if (before.value, before.lost) == (found["value"], found["lost"]):
        return False
    await rectifications.change(before.id, found, expected=before.state.value)
    if before.state is State.OPEN:  # otherwise the last event is still what tells where it stands
        await rectifications.add_move(before.id, Event.CHANGE.value, on_day=_day(at), at=at, person=actor.id)
    return True


async def _void(actor: Actor, one: Row, why: str, *, at: datetime) -> None:
    await rectifications.change(one.id, {"state": State.VOID.value}, expected=one.state.value)
    await rectifications.add_move(one.id, Event.VOID.value, on_day=_day(at), at=at, person=actor.id, words=why)


def _found(one: Deduction, notes: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    reasons, note = notes.get(one.item, ("[]", ""))
    return {"value": one.value, "lost": one.lost, "reasons": reasons, "note": note}


def _due(one: Deduction, pack: Pack, day: date) -> dict[str, Any]:
    unit = pack.inspections.cure_unit
    return {"opened_on": day, "days": one.days, "unit": unit.value, "due_on": due_on(day, one.days, unit)}


async def _managed_by(estate: int, day: date) -> int | None:
    """Return the company that manages an estate on a day, if one does."""
    return next((row.tenure.company_id for row in await tenures.of_estate(estate) if row.tenure.covers(day)), None)


def _day(at: datetime) -> date:
    return at.astimezone(ZONE).date()
