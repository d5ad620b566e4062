"""Asking for, granting and refusing the reopening of a locked inspection; what is asked stands on its page."""

from typing import Any

from litestar import Response, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from redproperty.actions import reopenings as actions
from redproperty.actions.inspections import edition
from redproperty.domain.access import Deed, scope
from redproperty.domain.texts import Invalid, Text
from redproperty.store import inspections
from redproperty.web import reviews
from redproperty.web.editions import packs
from redproperty.web.security import needs
from redproperty.web.views import Ask, actor_of, now, problems_by_field, see

ASKED = Text("已申请重新开放，等区住建局另一人决定。", "Asked; someone else of the district bureau decides.")
GRANTED = Text(
    "已同意：检查退回检查员修改，所依据的星级已加注。", "Granted: its inspector can mend it, and the rating is marked."
)
REFUSED = Text("已答复不同意，检查保持锁定。", "Not granted; the inspection stays locked.")


async def _again(ask: Ask, inspection: int, invalid: Invalid, reason: str) -> Response[str]:
    """Return the page of the inspection with what was typed and what is wrong with it."""
    here = await inspections.fetch(inspection, scope(actor_of(ask)))
    if here is None:
        raise NotFoundException
    pack, problems = edition(packs(ask), here), problems_by_field(invalid.problems)
    return (await reviews.read(here, pack, actor_of(ask), reason=reason, problems=problems)).response(ask, status=422)


@post("/inspections/{inspection:int}/reopening", guards=[needs(Deed.ASK_REOPENING)])
async def ask(request: Ask, inspection: FromPath[int]) -> Response[Any]:
    """Ask that the inspection be opened again."""
    reason = str((await request.form()).get("reason", ""))
    try:
        await actions.ask(actor_of(request), inspection, reason=reason, at=now(request))
    except Invalid as invalid:
        return await _again(request, inspection, invalid, reason)
    return see(f"/inspections/{inspection}#reopening", ASKED)


@post("/inspections/{inspection:int}/reopening/decide", guards=[needs(Deed.REOPEN_INSPECTION)])
async def decide(request: Ask, inspection: FromPath[int]) -> Response[Any]:
    """Grant what was asked, or refuse it."""
    sent = await request.form()
    remark, grant = str(sent.get("remark", "")), sent.get("decision") == "grant"
    try:
        await actions.decide(
            actor_of(request), inspection, grant=grant, remark=remark, packs=packs(request), at=now(request)
        )  # fmt: skip
    except Invalid as invalid:
        return await _again(request, inspection, invalid, remark)
    return see(f"/inspections/{inspection}#reopening", GRANTED if grant else REFUSED)


ROUTES = (ask, decide)
