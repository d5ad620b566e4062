"""What people do with rectifications: the company reports, the street closes or sends back; inspections order them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from redproperty.actions.acting import acting
from redproperty.domain.access import Actor, Subject, scope
from redproperty.domain.entries import worked
from redproperty.domain.packs import Pack
from redproperty.domain.periods import Period
from redproperty.domain.rectifications import (
    GONE,
    MOVES,
    Deduction,
    Event,
    State,
    compared,
    deductions,
    due_on,
    move,
    words_refusal,
)
from redproperty.domain.texts import Invalid, Problem, Refused, Text
from redproperty.settings import ZONE
from redproperty.store import inspections, rectifications, tenures
from redproperty.store.inspections import Inspected
from redproperty.store.rectifications import Row

_NOT_THERE = Text(
    "没有这项整改，或者它不在您的数据范围内。", "There is no such rectification, or it lies outside what you may see."
)
_JUST_MOVED = Text(
    "刚才有人办理过这项整改，您的操作没有保存。请刷新页面查看。",
    "Somebody has just dealt with this; yours was not saved. Reload the page.",
)


async def report(actor: Actor, rectification: int, words: str, *, at: datetime) -> None:
    """Tell the street that a defect is mended, and how.

    Raises:
        Invalid: nothing is said, or too much; field words.
        Refused: not allowed, no such rectification of the actor's company, or it is not open.
    """
    await _move(actor, rectification, Event.REPORT, words, at=at, values={"reported_on": _day(at)})


async def close(actor: Actor, rectification: int, words: str, *, at: datetime) -> None:
    """Close a rectification that was reported; one that was not, with a reason.

    Raises:
        Invalid: a reason is missing, or too long; field words.
        Refused: not allowed, no such rectification, or it is closed or void.
    """
    await _move(actor, rectification, Event.CLOSE, words, at=at, values={"closed_on": _day(at)})


async def send_back(actor: Actor, rectification: int, words: str, *, at: datetime) -> None:
    """Tell the company that what it reported will not do, and why; its day stays.

    Raises:
        Invalid: no reason is given, or it is too long; field words.
        Refused: not allowed, no such rectification, or nothing is reported.
    """
    await _move(actor, rectification, Event.SEND_BACK, words, at=at, values={"reported_on": None})


async def _move(
    actor: Actor, rectification: int, event: Event, words: str, *, at: datetime, values: Mapping[str, Any]
) -> None:  # fmt: skip
    here = await rectifications.fetch(rectification, scope(actor))
    if here is None:
        raise Refused(_NOT_THERE)
    row, words = move(here.state, event), words.replace("\r\n", "\n").strip()
    deed = next(one.deed for (_, happened), one in MOVES.items() if happened is event)
    subject = Subject(street=here.street, company_id=here.company_id)
    async with acting(actor, deed, here.subject, at=at, subject=subject) as details:
        if isinstance(row, Text):
            raise Refused(row)
        if (refusal := words_refusal(row, event, words)) is not None:
            raise Invalid(Problem("words", refusal))
        if not await rectifications.change(here.id, {**values, "state": row.to.value}, expected=here.state.value):
            raise Refused(_JUST_MOVED)
        await rectifications.add_move(here.id, event.value, on_day=_day(at), at=at, person=actor.id, words=words)
        details.update(estate=here.estate_code, item=here.item, to=row.to.value, remark=words)


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
