"""Two people on one inspection: whom the lead or a reviewer of the street lets enter answers, too."""

from datetime import datetime

from redproperty.actions.acting import acting, refuse
from redproperty.actions.inspections import GONE
from redproperty.domain.access import Actor, Deed, Subject, may, scope
from redproperty.domain.inspections import State, Team, edit_refusal
from redproperty.domain.texts import Invalid, Problem, Refused, Text
from redproperty.store import companions, inspections
from redproperty.store.companions import Colleague
from redproperty.store.inspections import Inspected

_NOBODY = Text(
    "请从名单中选一名本街道的检查员（负责人和已指定的人不在其中）",
    "choose an inspector of the street from the list (the lead and those named already are not on it)",
)
_NOT_NAMED = Text("这个人不是这次检查的同行人", "this person does not come along on this inspection")


async def name(actor: Actor, inspection: int, login: str, *, at: datetime) -> Colleague:
    """Let an inspector of the street enter answers of an inspection along with its lead.

    Raises:
        Invalid: `login` is nobody who could come along.
        Refused: the actor neither leads it nor reviews the street, or it has been handed in.
    """
    here = await _seen(actor, inspection, at)
    async with acting(actor, Deed.NAME_COMPANION, here.subject, at=at, subject=Subject(here.street)) as details:
        chosen = next((one for one in await companions.free(here) if one.login == login), None)
        if chosen is None:
            raise Invalid(Problem("person", _NOBODY))
        await companions.add(inspection, chosen.id, named_by=actor.id, at=at)
        details.update(estate=here.estate_code, named=chosen.login)
    return chosen


async def release(actor: Actor, inspection: int, login: str, *, at: datetime) -> Colleague:
    """Let a companion enter no more; their answers stay, with their name.

    Raises:
        Invalid: `login` is no companion.
        Refused: the actor neither leads it nor reviews the street, or it has been handed in.
    """
    here = await _seen(actor, inspection, at)
    async with acting(actor, Deed.NAME_COMPANION, here.subject, at=at, subject=Subject(here.street)) as details:
        found = next((one for one in await companions.of(inspection) if one.login == login), None)
        if found is None:
            raise Invalid(Problem("person", _NOT_NAMED))
        await companions.remove(inspection, found.id)
        details.update(estate=here.estate_code, released=found.login)
    return found


def refusal(actor: Actor, here: Inspected) -> Text | None:
    """Return why `actor` may not change who comes along; nothing where they may."""
    return (
        may(actor, Deed.NAME_COMPANION, Subject(here.street))
        or edit_refusal(State(here.state), here.void)
        or Team(here.inspector_id, here.inspector).refusal(actor, Deed.NAME_COMPANION)
    )


async def enters(actor: Actor, here: Inspected) -> bool:
    """Whether `actor` fills the inspection in: it is open, and they lead it or come along."""
    if edit_refusal(State(here.state), here.void) is not None:
        return False
    return here.inspector_id == actor.id or actor.id in await companions.ids(here.id)


async def _seen(actor: Actor, inspection: int, at: datetime) -> Inspected:
    here = await inspections.fetch(inspection, scope(actor))
    if here is None:
        raise Refused(GONE)
    if (why := refusal(actor, here)) is not None:
        await refuse(actor, Deed.NAME_COMPANION, here.subject, at=at, why=why)
    return here
