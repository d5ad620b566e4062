"""What becomes of an inspection that was handed in: accepted, given back, or amended while it waits."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from redproperty.actions import rectifications
from redproperty.actions.acting import acting
from redproperty.actions.inspections import (
    SECOND,
    Entry,
    edition,
    frozen_sheet,
    item_of,
    kept,
    moved,
    refuse_long,
    said_in,
    seen,
    subject_of,
)
from redproperty.actions.proof import prove
from redproperty.domain.access import Actor, Deed, may
from redproperty.domain.inspections import Event, State, Team, amend_refusal
from redproperty.domain.packs import Pack
from redproperty.domain.periods import Period
from redproperty.domain.sheets import Sheet
from redproperty.domain.texts import Invalid, Problem, Refused, Text
from redproperty.store import inspections
from redproperty.store.inspections import Given, Inspected, Said

REASON_LENGTH = 200
_WHY_AMENDED = Text("请写明更正的原因", "say why it is amended")
_SAME = Text("与已提交的内容相同，没有可更正的", "this is what was handed in: there is nothing to amend")
_WHY_RETURNED = Text(
    "退回须写明原因：填写总体意见，或在相关项目下填写意见", "say why: a remark on the whole, or at the items concerned"
)


async def accept(actor: Actor, inspection: int, *, remark: str, packs: Iterable[Pack], at: datetime) -> None:
    """Let a handed-in inspection stand; what it deducts where there are days to cure is to be rectified from now on.

    Raises:
        Invalid: the remark is too long.
        Refused: the actor scored it, lies outside its street, or it is not waiting for review.
    """
    here = await seen(actor, inspection)
    refuse_long(remark, "remark")
    subject = subject_of(here, await inspections.scored_by(inspection))
    async with acting(actor, Deed.REVIEW_INSPECTION, here.subject, at=at, subject=subject) as details:
        here = await kept(actor, inspection)
        state = moved(here, Event.ACCEPT)
        await inspections.decide(inspection, state=state.value, reviewer=actor.id, at=at, remark=remark)
        followed = await rectifications.follow(actor, here, edition(packs, here), at=at)
        details.update(estate=here.estate_code, to=state.value, remark=remark, rectifications=followed.ordered)


async def give_back(
    actor: Actor, inspection: int, *, remark: str, items: Mapping[str, str], packs: Iterable[Pack], at: datetime
) -> None:
    """Return a handed-in inspection to its inspector, with a remark at each item concerned.

    Raises:
        Invalid: no reason is given, or a remark is too long.
        Refused: the actor scored it, lies outside its street, or it is not waiting for review.
    """
    here = await seen(actor, inspection)
    items = {code: text.strip() for code, text in items.items() if text.strip()}
    if not remark and not items:
        raise Invalid(Problem("remark", _WHY_RETURNED))
    for field, text in {"remark": remark, **items}.items():
        refuse_long(text, field)
    pack = edition(packs, here)
    subject = subject_of(here, await inspections.scored_by(inspection))
    async with acting(actor, Deed.REVIEW_INSPECTION, here.subject, at=at, subject=subject) as details:
        state = moved(await kept(actor, inspection), Event.RETURN, remark or "; ".join(items.values()))
        await unfreeze(here, pack.sheet, person=here.inspector_id, at=at)
        await inspections.remark(inspection, items)
        await inspections.decide(inspection, state=state.value, reviewer=actor.id, at=at, remark=remark)
        details.update(estate=here.estate_code, to=state.value, remark=remark, items=items)


async def unfreeze(here: Inspected, sheet: Sheet, *, person: int, at: datetime) -> None:
    """Give every value of the frozen sheet an answer that can be changed, where there is none (imported sheets)."""
    given = await inspections.answers(here.id)
    for code, value in inspections.unpacked(here.packed, sheet.codes).items():
        if value is not None and code not in given:
            await inspections.write(here.id, code, None, Said(value), person=person, at=at)


async def amend(
    actor: Actor, inspection: int, item: str, entry: Entry, *, reason: str, packs: Iterable[Pack], at: datetime
) -> None:
    """Change one item of an inspection that waits for review, with a reason; the sheet is frozen anew.

    Raises:
        Invalid: it cannot be the item's answer, changes nothing or lacks a photo that the edition wants (field: the
            item's code), or there is no reason.
        Refused: the actor does not lead this inspection, or it does not wait for review.
    """
    here = await seen(actor, inspection)
    pack = edition(packs, here)
    said, reason = said_in(item_of(pack.sheet, item), entry), reason.strip()
    if not reason:
        raise Invalid(Problem("reason", _WHY_AMENDED))
    refuse_long(reason, "reason", REASON_LENGTH)
    ground = await inspections.ground(here.estate_id, Period.parse(here.period))
    async with acting(actor, Deed.AMEND_INSPECTION, here.subject, at=at, subject=subject_of(here)) as details:
        here = await kept(actor, inspection)
        if (refusal := amendment_refusal(here, actor)) is not None:
            raise Refused(refusal)
        await unfreeze(here, pack.sheet, person=here.inspector_id, at=here.submitted_at or at)
        given = await inspections.answers(inspection)
        if given.get(item, Given()).said == said:
            raise Invalid(Problem(item, _SAME))
        values = {code: answer.value for code, answer in given.items()} | {item: said.value}
        frozen = frozen_sheet(pack.sheet, ground, values)
        proven = await prove(inspection, pack, frozen.row)
        await inspections.write(inspection, item, given.get(item), said, person=actor.id, at=at, reason=reason)
        await inspections.freeze_anew(inspection, score=frozen.score, packed=frozen.packed)
        details.update(
            estate=here.estate_code, items=[item], reason=reason, old={"score": here.score},
            new={"score": frozen.score}, categories=frozen.categories, **proven,
        )  # fmt: skip


def amendment_refusal(here: Inspected, actor: Actor) -> Text | None:
    """Return why `actor` cannot amend a handed-in inspection; nothing while they can."""
    return (
        may(actor, Deed.AMEND_INSPECTION, subject_of(here))
        or amend_refusal(State(here.state), here.void)
        or Team(here.inspector_id, here.inspector).refusal(actor, Deed.AMEND_INSPECTION)
        or (None if here.second_of is None else SECOND)
    )
