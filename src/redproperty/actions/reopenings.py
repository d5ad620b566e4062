"""Reopening an inspection that a published rating rests on: one person asks, another grants or refuses."""

from collections.abc import Iterable
from datetime import datetime

from redproperty.actions.acting import acting
from redproperty.actions.inspections import edition
from redproperty.actions.reviews import unfreeze
from redproperty.domain.access import Actor, Deed, Subject, scope
from redproperty.domain.inspections import Decision, Event, State, move
from redproperty.domain.packs import Pack
from redproperty.domain.texts import Invalid, Problem, Refused, Text
from redproperty.store import inspections, reopenings
from redproperty.store.inspections import Inspected
from redproperty.store.reopenings import Reopening

LONGEST = 500
NEEDS_REASON = Text("请写明为什么要重新开放", "say why it has to be reopened")
NEEDS_REMARK = Text("不同意要写明原因", "say why it is not granted")
TOO_LONG = Text("最多 {n} 个字", "{n} characters at most")
GONE = Text(
    "没有这次检查，或者它不在您的数据范围内。", "There is no such inspection, or it lies outside what you may see."
)
NOT_LOCKED = Text(
    "这次检查没有锁定（现在是“{state}”），不需要申请重新开放。",
    "The inspection is not locked (it is {state}): nothing has to be asked for.",
)
ASKED_ALREADY = Text("已有一份申请在等待决定。", "A wish to reopen it waits for a decision already.")
NOT_WAITING = Text(
    "没有等待决定的申请，可能已有人办理。请刷新页面查看现状。",
    "Nothing waits for a decision; somebody may have decided. Reload the page and look.",
)


async def ask(actor: Actor, inspection: int, *, reason: str, at: datetime) -> None:
    """Ask that a locked inspection be opened again.

    Raises:
        Invalid: no reason, or too many words.
        Refused: not allowed, it is not locked, or a wish waits already.
    """
    here, reason = await _seen(actor, inspection), reason.strip()
    if not reason or len(reason) > LONGEST:
        raise Invalid(Problem("reason", TOO_LONG.fill(n=LONGEST) if reason else NEEDS_REASON))
    async with acting(actor, Deed.ASK_REOPENING, here.subject, at=at, subject=_subject(here)) as details:
        await inspections.hold(inspection)
        here = await _seen(actor, inspection)
        run = await reopenings.rating_on(inspection)
        if State(here.state) is not State.LOCKED or run is None:
            raise Refused(NOT_LOCKED.fill(state=State(here.state).label))
        if waiting(await reopenings.of_inspection(inspection)) is not None:
            raise Refused(ASKED_ALREADY)
        await reopenings.ask(inspection, run, reason=reason, by=actor.id, at=at)
        details |= {"estate": here.estate_code, "reason": reason, "rating": run}


async def decide(
    actor: Actor, inspection: int, *, grant: bool, remark: str, packs: Iterable[Pack], at: datetime
) -> None:
    """Let the inspection be mended by its inspector again, or not; the rating that rests on it is marked if so.

    Raises:
        Invalid: a refusal without a reason, or too many words.
        Refused: not allowed (never to the one who asked), or nothing waits.
    """
    here, remark = await _seen(actor, inspection), remark.strip()
    if (not grant and not remark) or len(remark) > LONGEST:
        raise Invalid(Problem("remark", TOO_LONG.fill(n=LONGEST) if remark else NEEDS_REMARK))
    asked = waiting(await reopenings.of_inspection(inspection))
    subject = _subject(here, asked)
    async with acting(actor, Deed.REOPEN_INSPECTION, here.subject, at=at, subject=subject) as details:
        await inspections.hold(inspection)
        here = await _seen(actor, inspection)
        asked = waiting(await reopenings.of_inspection(inspection))
        if asked is None or asked.asked_by == actor.id or State(here.state) is not State.LOCKED:
            raise Refused(NOT_WAITING)
        decision = Decision.GRANTED if grant else Decision.REFUSED
        await reopenings.decide(asked.id, decision, by=actor.id, at=at, remark=remark)
        if grant:
            await unfreeze(here, edition(packs, here).sheet, person=here.inspector_id, at=here.submitted_at or at)
            await _open_again(here, actor, asked, at)
        details |= {"estate": here.estate_code, "reason": asked.reason, "remark": remark, "rating": asked.run}
        details["to"] = State.RETURNED.value if grant else decision.value


async def _open_again(here: Inspected, actor: Actor, asked: Reopening, at: datetime) -> None:
    state = move(State(here.state), Event.REOPEN, remark=asked.reason)
    if isinstance(state, Text):
        raise Refused(state)
    await inspections.remark(here.id, {})
    await inspections.decide(here.id, state=state.value, reviewer=actor.id, at=at, remark=asked.reason)


def waiting(told: list[Reopening]) -> Reopening | None:
    """Return the wish that nobody has decided on."""
    return next((one for one in told if one.state is Decision.ASKED), None)


async def _seen(actor: Actor, inspection: int) -> Inspected:
    here = await inspections.fetch(inspection, scope(actor))
    if here is None:
        raise Refused(GONE)
    return here


def _subject(here: Inspected, asked: Reopening | None = None) -> Subject:
    return Subject(street=here.street, prepared_by=() if asked is None else (asked.asked_by,))
