"""One round: its days and plan, how far every inspector is, and what can still be changed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from redproperty.actions.rounds import change_due
from redproperty.domain.access import Deed, may, scope
from redproperty.domain.entries import Standing
from redproperty.domain.estates import EstateType
from redproperty.domain.periods import Period
from redproperty.domain.rounds import Plan, round_title
from redproperty.domain.texts import Invalid, Text
from redproperty.store import divisions, rounds
from redproperty.store.rounds import Round
from redproperty.web import matrix
from redproperty.web.fields import day_of, typed
from redproperty.web.matrix import Asked, Listed
from redproperty.web.security import needs
from redproperty.web.views import Ask, View, actor_of, now, problems_by_field, see, today

SHARE = Text("随机抽取 {percent}%，种子 {seed}", "{percent} % at random, seed {seed}")
MOVED = Text(
    "截止日期已改，{n} 次未提交的检查随之改期。", "The last day is moved, and with it {n} inspections still to be done."
)


@dataclass(frozen=True)
class Share:
    """What one inspector has in the round, by standing."""

    inspector: str
    street: str
    total: int
    counts: Mapping[Standing, int]


@dataclass(frozen=True)
class RoundPage(View):
    """A round as a person sees it: `shares` of the streets in their scope, by the standings that occur."""

    template: ClassVar[str] = "pages/inspections/round.html"
    round: Round
    title: Text
    period: Text
    shares: tuple[Share, ...]
    standings: tuple[Standing, ...]
    total: int
    done: int
    listed_at: str
    chosen: tuple[Text, ...]
    may_void: bool
    may_change: bool
    sees_seconds: bool
    due_on: str
    problems: Mapping[str, Text]


async def _page(ask: Ask, number: int, due_on: str = "", problems: Mapping[str, Text] | None = None) -> RoundPage:
    held = await rounds.one(number)
    if held is None:
        raise NotFoundException
    actor = actor_of(ask)
    asked = Asked(held.period, round=held.number)
    listed = await matrix.every(asked, scope(actor), today(ask))
    return RoundPage(
        round=held,
        title=round_title(held.number),
        period=Period.parse(held.period).title,
        shares=_shares(listed),
        standings=tuple(one for one in Standing if any(here.standing is one for here in listed)),
        total=len(listed),
        done=sum(one.standing is Standing.DONE for one in listed),
        listed_at=asked.href(),
        chosen=await _chosen(held.plan),
        may_void=may(actor, Deed.VOID_ROUND, None) is None,
        may_change=may(actor, Deed.CHANGE_ROUND, None) is None,
        sees_seconds=may(actor, Deed.VIEW_SECONDS, None) is None,
        due_on=due_on or held.due_on.isoformat(),
        problems=problems or {},
    )


async def _chosen(plan: Plan) -> tuple[Text, ...]:
    """Return in words which estates the round is for."""
    places = (*await divisions.streets(), *await divisions.communities())
    names = [one.name for one in places if one.code in {*plan.streets, *plan.communities}]
    kinds = [kind.label for kind in EstateType if kind.value in plan.types]
    said = [Text("、".join(names), ", ".join(names))] if names else []
    said += [Text("、".join(kind.zh for kind in kinds), ", ".join(kind.en for kind in kinds))] if kinds else []
    draw = plan.draw
    return (*said, *([] if draw.whole else [SHARE.fill(percent=draw.percent, seed=draw.seed)]))


@get("/rounds/{number:int}", guards=[needs(Deed.VIEW_INSPECTIONS)])
async def show(request: Ask, number: FromPath[int]) -> Response[str]:
    """Show a round."""
    return (await _page(request, number)).response(request)


@post("/rounds/{number:int}/due", guards=[needs(Deed.CHANGE_ROUND)])
async def change(request: Ask, number: FromPath[int]) -> Response[Any]:
    """Move the last day of a round."""
    values = await typed(request)
    try:
        moved = await change_due(actor_of(request), number, day_of(values, "due_on"), at=now(request))
    except Invalid as invalid:
        view = await _page(request, number, values.get("due_on", ""), problems_by_field(invalid.problems))
        return view.response(request, status=422)
    return see(f"/rounds/{number}", MOVED.fill(n=moved))


def _shares(listed: Sequence[Listed]) -> tuple[Share, ...]:
    people = sorted({(one.street, one.here.inspector, one.here.inspector_id) for one in listed})
    found = []
    for street, name, person in people:
        mine = [one for one in listed if one.here.inspector_id == person and one.street == street]
        found.append(Share(name, street, len(mine), Counter(one.standing for one in mine)))
    return tuple(found)


ROUTES = (show, change)
