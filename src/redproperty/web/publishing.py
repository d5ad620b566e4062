"""Closing a period, publishing its preview, and computing a kept rating again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from redproperty.actions.ratings import Verified, close_period, publish, verify_rating
from redproperty.domain.access import Deed
from redproperty.domain.periods import Period
from redproperty.domain.texts import Invalid, Refused, Text
from redproperty.store import ratings
from redproperty.store.ratings import Run
from redproperty.web.editions import packs
from redproperty.web.rating_runs import STATES, chosen, period_of, sees_previews
from redproperty.web.security import needs
from redproperty.web.views import Ask, View, actor_of, now, problems_by_field, see, today

CLOSED = Text("已结算{period}，以下为预览，尚未发布。", "{period} is closed; this is a preview, not published yet.")
PUBLISHED = Text("{period}的星级已发布。", "The stars of {period} are published.")


@dataclass(frozen=True)
class PublishPage(View):
    """What publishing will do, before it is done."""

    template: ClassVar[str] = "pages/ratings/publish.html"
    period: Period
    run: Run
    rated: int
    unrated: int
    inspections: int
    earlier: Run | None
    over: bool
    reason: str = ""
    problems: Mapping[str, Text] | None = None
    refusal: Text | None = None

    @property
    def preview(self) -> str:
        """Return which preview the page shows; made anew it has another name, even under the same number."""
        return f"{self.run.id}-{self.run.made_at.isoformat()}"


@dataclass(frozen=True)
class VerifyPage(View):
    """A kept rating computed again from its own rows and compared byte by byte."""

    template: ClassVar[str] = "pages/ratings/verify.html"
    period: Period
    run: Run
    state: Text
    verified: Verified
    at: datetime


@post("/ratings/{period:str}/close", guards=[needs(Deed.CLOSE_PERIOD)])
async def close(request: Ask, period: FromPath[str]) -> Response[Any]:
    """Close a period: its preview is made anew."""
    wanted, form = period_of(period), await request.form()
    path, despite = f"/ratings/{wanted.code}", bool(form.get("despite_pending"))
    try:
        await close_period(actor_of(request), packs(request), wanted, at=now(request), despite_pending=despite)
    except Refused as refused:
        return see(path if await ratings.states_of(wanted) else "/ratings", refused.text, tone="bad")
    return see(path, CLOSED.fill(period=wanted.title))


@get("/ratings/{period:str}/publish", guards=[needs(Deed.PUBLISH_RATINGS)])
async def confirm(request: Ask, period: FromPath[str]) -> Response[str]:
    """Show what publishing will do."""
    return (await _confirmation(request, period_of(period))).response(request)


@post("/ratings/{period:str}/publish", guards=[needs(Deed.PUBLISH_RATINGS)])
async def publish_period(request: Ask, period: FromPath[str]) -> Response[Any]:
    """Publish the preview of a period: the very one that the page showed."""
    wanted, form = period_of(period), await request.form()
    reason = str(form.get("reason", ""))
    page = await _confirmation(request, wanted, reason=reason)
    number = page.run.id if form.get("preview") == page.preview else 0  # 0: the one that was looked at is gone
    try:
        await publish(actor_of(request), packs(request), number, at=now(request), reason=reason)
    except Invalid as invalid:
        problems = problems_by_field(invalid.problems)
        return (await _confirmation(request, wanted, reason=reason, problems=problems)).response(request, status=422)
    except Refused as refused:
        return (await _confirmation(request, wanted, reason=reason, refusal=refused.text)).response(request, status=422)
    return see(f"/ratings/{wanted.code}", PUBLISHED.fill(period=wanted.title))


async def _confirmation(
    ask: Ask,
    period: Period,
    *,
    reason: str = "",
    problems: Mapping[str, Text] | None = None,
    refusal: Text | None = None,
) -> PublishPage:
    run = next((run for run in await ratings.runs(period.code) if run.state == ratings.PREVIEW), None)
    if run is None:
        raise NotFoundException
    kept = await ratings.kept(run.id)
    tally = await ratings.states_of(period)
    return PublishPage(
        period=period,
        run=run,
        rated=sum(row.not_rated is None for row in kept),
        unrated=sum(row.not_rated is not None for row in kept),
        inspections=tally.get("accepted", 0),
        earlier=await ratings.published(period.code),
        over=today(ask) > period.ends,
        reason=reason,
        problems=problems,
        refusal=refusal,
    )


@get("/ratings/{period:str}/verify", guards=[needs(Deed.VIEW_RATINGS)])
async def verify(request: Ask, period: FromPath[str]) -> Response[str]:
    """Compute the rating again and show whether every row is the same; for those who see whole ratings."""
    choice = await chosen(request, period)
    if choice.run is None or not sees_previews(actor_of(request)):
        raise NotFoundException
    verified = await verify_rating(packs(request), choice.run.id)
    return VerifyPage(choice.period, choice.run, STATES[choice.state], verified, now(request)).response(request)


ROUTES = (close, confirm, publish_period, verify)
