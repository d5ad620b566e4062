"""Making an inspection or a round void in two steps: what it means and why, then the deed; and taking it back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect

from redproperty.actions import voids as actions
from redproperty.domain.access import Deed, scope
from redproperty.domain.periods import Period
from redproperty.domain.rounds import round_title
from redproperty.domain.texts import Invalid, Text
from redproperty.store import inspections, rounds
from redproperty.web.security import needs
from redproperty.web.views import Ask, View, actor_of, now, problems_by_field, see

VOIDED = Text("{title} 已作废，不再计入星级。", "{title} is void and no longer counts.")
RESTORED = Text("{title} 的作废已撤销，恢复原状。", "{title} is no longer void and stands where it stood.")
_ROUND = Text("{period}{round}", "{round} of {period}")
_INSPECTION = Text("{estate} {period} {round}的检查", "The inspection of {estate}, {round} of {period}")


@dataclass(frozen=True)
class VoidPage(View):
    """What making something void means, and the form of the reason; `count` inspections are concerned."""

    template: ClassVar[str] = "pages/inspections/void.html"
    title: Text
    action: str
    back: str
    count: int
    void: str
    reason: str = ""
    problems: Mapping[str, Text] = field(default_factory=dict)


async def _inspection(ask: Ask, number: int, **typed: Any) -> VoidPage:
    here = await inspections.fetch(number, scope(actor_of(ask)))
    if here is None:
        raise NotFoundException
    title = _INSPECTION.fill(estate=here.estate, period=Period.parse(here.period).title, round=round_title(here.round))
    back = f"/inspections/{number}"
    return VoidPage(title, f"{back}/void", back, 1, here.void_reason, **typed)


async def _round(number: int, **typed: Any) -> VoidPage:
    held = await rounds.one(number)
    if held is None:
        raise NotFoundException
    title = _ROUND.fill(period=Period.parse(held.period).title, round=round_title(held.number))
    back = f"/rounds/{number}"
    return VoidPage(title, f"{back}/void", back, await rounds.size(number), held.void_reason, **typed)


@get("/inspections/{inspection:int}/void", guards=[needs(Deed.VOID_INSPECTION)])
async def confirm_inspection(request: Ask, inspection: FromPath[int]) -> Response[str]:
    """Show what making an inspection void means."""
    return (await _inspection(request, inspection)).response(request)


@post("/inspections/{inspection:int}/void", guards=[needs(Deed.VOID_INSPECTION)])
async def void_inspection(request: Ask, inspection: FromPath[int]) -> Response[Any]:
    """Make an inspection void."""
    reason = str((await request.form()).get("reason", ""))
    page = await _inspection(request, inspection, reason=reason)
    try:
        await actions.void_inspection(actor_of(request), inspection, reason=reason, at=now(request))
    except Invalid as invalid:
        problems = problems_by_field(invalid.problems)
        page = await _inspection(request, inspection, reason=reason, problems=problems)
        return page.response(request, status=422)
    return see(page.back, VOIDED.fill(title=page.title))


@post("/inspections/{inspection:int}/void/undo", guards=[needs(Deed.VOID_INSPECTION)])
async def restore_inspection(request: Ask, inspection: FromPath[int]) -> Redirect:
    """Take back that an inspection is void."""
    page = await _inspection(request, inspection)
    await actions.restore_inspection(actor_of(request), inspection, at=now(request))
    return see(page.back, RESTORED.fill(title=page.title))


@get("/rounds/{number:int}/void", guards=[needs(Deed.VOID_ROUND)])
async def confirm_round(request: Ask, number: FromPath[int]) -> Response[str]:
    """Show what making a round void means."""
    return (await _round(number)).response(request)


@post("/rounds/{number:int}/void", guards=[needs(Deed.VOID_ROUND)])
async def void_round(request: Ask, number: FromPath[int]) -> Response[Any]:
    """Make a round void."""
    reason = str((await request.form()).get("reason", ""))
    page = await _round(number, reason=reason)
    try:
        await actions.void_round(actor_of(request), number, reason=reason, at=now(request))
    except Invalid as invalid:
        page = await _round(number, reason=reason, problems=problems_by_field(invalid.problems))
        return page.response(request, status=422)
    return see(page.back, VOIDED.fill(title=page.title))


@post("/rounds/{number:int}/void/undo", guards=[needs(Deed.VOID_ROUND)])
async def restore_round(request: Ask, number: FromPath[int]) -> Redirect:
    """Take back that a round is void."""
    page = await _round(number)
    await actions.restore_round(actor_of(request), number, at=now(request))
    return see(page.back, RESTORED.fill(title=page.title))


ROUTES = (confirm_inspection, void_inspection, restore_inspection, confirm_round, void_round, restore_round)
