"""One round: its days and plan, how far every inspector is, and what can still be changed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from redproperty.domain.access import Deed, may, scope
from redproperty.domain.entries import Standing
from redproperty.domain.periods import Period
from redproperty.domain.texts import Text
from redproperty.store import rounds
from redproperty.store.rounds import Round
from redproperty.web import matrix
from redproperty.web.entry import round_title
from redproperty.web.matrix import Asked, Listed
from redproperty.web.security import needs
from redproperty.web.views import Ask, View, actor_of, today


@dataclass(frozen=True)
class Share:
    """What one inspector has in the round, by standing."""

    inspector: str
    street: str
    total: int
    counts: Mapping[Standing, int]


@dataclass(frozen=True)
class RoundPage(View):
    """A round as a person sees it: `shares` of the streets in their scope."""

    template: ClassVar[str] = "pages/inspections/round.html"
    round: Round
    title: Text
    period: Text
    shares: tuple[Share, ...]
    standings: tuple[Standing, ...]
    total: int
    done: int
    listed_at: str
    may_void: bool


@get("/rounds/{number:int}", guards=[needs(Deed.VIEW_INSPECTIONS)])
async def show(request: Ask, number: FromPath[int]) -> Response[str]:
    """Show a round."""
    held = await rounds.one(number)
    if held is None:
        raise NotFoundException
    actor = actor_of(request)
    asked = Asked(held.period, round=held.number)
    listed = await matrix.every(asked, scope(actor), today(request))
    view = RoundPage(
        round=held,
        title=round_title(held.number),
        period=Period.parse(held.period).title,
        shares=_shares(listed),
        standings=tuple(Standing),
        total=len(listed),
        done=sum(one.standing is Standing.DONE for one in listed),
        listed_at=asked.href(),
        may_void=may(actor, Deed.VOID_ROUND, None) is None,
    )
    return view.response(request)


def _shares(listed: Sequence[Listed]) -> tuple[Share, ...]:
    people = sorted({(one.street, one.here.inspector, one.here.inspector_id) for one in listed})
    found = []
    for street, name, person in people:
        mine = [one for one in listed if one.here.inspector_id == person and one.street == street]
        found.append(Share(name, street, len(mine), Counter(one.standing for one in mine)))
    return tuple(found)


ROUTES = (show,)
