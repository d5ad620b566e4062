"""Making an inspection or a whole round void, with a reason, and taking that back while no rating is published."""

from datetime import datetime

from redproperty.actions.acting import acting
from redproperty.domain.access import Actor, Deed, Subject, scope
from redproperty.domain.inspections import State
from redproperty.domain.texts import Invalid, Problem, Refused, Text
from redproperty.store import inspections, ratings, rounds
from redproperty.store.inspections import Inspected
from redproperty.store.rounds import Round

LONGEST = 200
NEEDS_REASON = Text("请写明作废的原因", "say why it is made void")
TOO_LONG = Text("最多 {n} 个字", "{n} characters at most")
GONE = Text("没有这次检查或轮次，或者它不在您的数据范围内。", "There is no such inspection or round within your scope.")
LOCKED = Text(
    "已发布的星级以它为依据，不能作废。请先申请重新开放。",
    "A published rating rests on it: it cannot be made void. Ask to reopen it first.",
)
ALREADY = Text("已经作废：{why}", "It is void already: {why}")
NOT_VOID = Text("没有作废，不需要撤销。", "It is not void: there is nothing to take back.")
PUBLISHED = Text(
    "{period} 的星级已经发布，作废不能再撤销。", "The stars of {period} are published: the voiding stands."
)


async def void_inspection(actor: Actor, inspection: int, *, reason: str, at: datetime) -> None:
    """Make one inspection void: it stays on record, struck through, and counts nowhere.

    Raises:
        Invalid: no reason, or too many words.
        Refused: not allowed, it is locked, or void already.
    """
    here, reason = await _inspection(actor, inspection), _reason(reason)
    subject = Subject(street=here.street)
    async with acting(actor, Deed.VOID_INSPECTION, here.subject, at=at, subject=subject) as details:
        await inspections.hold(inspection)
        here = await _inspection(actor, inspection)
        if State(here.state) is State.LOCKED:
            raise Refused(LOCKED)
        if here.void_reason:
            raise Refused(ALREADY.fill(why=here.void_reason))
        await inspections.set_void(inspection, reason)
        details |= {"estate": here.estate_code, "to": "void", "reason": reason}


async def restore_inspection(actor: Actor, inspection: int, *, at: datetime) -> None:
    """Take back that an inspection is void: it stands where it stood.

    Raises:
        Refused: not allowed, it is not void, or the stars of the period are published.
    """
    here = await _inspection(actor, inspection)
    subject = Subject(street=here.street)
    async with acting(actor, Deed.VOID_INSPECTION, here.subject, at=at, subject=subject) as details:
        here = await _inspection(actor, inspection)
        await _refuse_late(here.void_reason, here.period)
        await inspections.set_void(inspection, "")
        details |= {"estate": here.estate_code, "to": "restored", "old": {"reason": here.void_reason}, "new": {}}


async def void_round(actor: Actor, number: int, *, reason: str, at: datetime) -> None:
    """Make a whole round void.

    Raises:
        Invalid: no reason, or too many words.
        Refused: not allowed, it has locked inspections, or is void already.
    """
    reason = _reason(reason)
    async with acting(actor, Deed.VOID_ROUND, f"round:{number}", at=at) as details:
        held = await _round(number)
        if held.void_reason:
            raise Refused(ALREADY.fill(why=held.void_reason))
        if State.LOCKED.value in await rounds.states(number):
            raise Refused(LOCKED)
        await rounds.set_void(number, reason)
        details |= {"period": held.period, "round": held.number, "to": "void", "reason": reason}


async def restore_round(actor: Actor, number: int, *, at: datetime) -> None:
    """Take back that a round is void.

    Raises:
        Refused: not allowed, it is not void, or the stars of the period are published.
    """
    async with acting(actor, Deed.VOID_ROUND, f"round:{number}", at=at) as details:
        held = await _round(number)
        await _refuse_late(held.void_reason, held.period)
        await rounds.set_void(number, "")
        details |= {"period": held.period, "round": held.number, "to": "restored"}
        details |= {"old": {"reason": held.void_reason}, "new": {}}


async def _refuse_late(void: str, period: str) -> None:
    if not void:
        raise Refused(NOT_VOID)
    if await ratings.published(period) is not None:
        raise Refused(PUBLISHED.fill(period=period))


def _reason(text: str) -> str:
    reason = text.strip()
    if not reason or len(reason) > LONGEST:
        raise Invalid(Problem("reason", TOO_LONG.fill(n=LONGEST) if reason else NEEDS_REASON))
    return reason


async def _inspection(actor: Actor, inspection: int) -> Inspected:
    here = await inspections.fetch(inspection, scope(actor))
    if here is None:
        raise Refused(GONE)
    return here


async def _round(number: int) -> Round:
    found = await rounds.one(number)
    if found is None:
        raise Refused(GONE)
    return found
