"""Old drafts: begun, then left; a street's reviewer sees whose they are and hands them over or asks."""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from litestar import Response, get

from redproperty.domain.access import Deed, scope
from redproperty.domain.rounds import round_title
from redproperty.domain.texts import Text
from redproperty.settings import Settings
from redproperty.store import divisions, old_drafts
from redproperty.store.old_drafts import OldDraft
from redproperty.web.security import needs
from redproperty.web.views import Ask, View, actor_of, now


@dataclass(frozen=True)
class Row:
    """One old draft; `days` since somebody saved something in it."""

    draft: OldDraft
    round: Text
    street: str
    days: int


@dataclass(frozen=True)
class OldDrafts(View):
    """The drafts that were last touched more than `limit` days ago."""

    template: ClassVar[str] = "pages/inspections/old_drafts.html"
    rows: tuple[Row, ...]
    limit: int


async def rows(ask: Ask) -> tuple[Row, ...]:
    """Return the old drafts that a person may see."""
    settings: Settings = ask.app.state.settings
    at = now(ask)
    found = await old_drafts.found(scope(actor_of(ask)), at - timedelta(days=settings.old_draft_days))
    names = {one.code: one.name for one in await divisions.streets()} if found else {}
    return tuple(
        Row(one, round_title(one.round), names.get(one.street, one.street), (at - one.touched_at).days)
        for one in found
    )  # fmt: skip


@get("/inspections/drafts", guards=[needs(Deed.HAND_OVER)])
async def show(request: Ask) -> Response[str]:
    """Show the old drafts."""
    return OldDrafts(await rows(request), request.app.state.settings.old_draft_days).response(request)


ROUTES = (show,)
