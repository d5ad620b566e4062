"""The page of one street: its coverage, what is missing, the days without management, and its tree of grids."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from redproperty.domain.access import Deed, Subject, scope
from redproperty.domain.packs import period_of
from redproperty.domain.texts import Text
from redproperty.store import coverage, divisions, takeovers
from redproperty.store.coverage import Stretch
from redproperty.store.divisions import Division, GridPlace, Span
from redproperty.store.estates import EstateRow
from redproperty.web.district import GROUPS, Group, StreetRow, line_of, without_party
from redproperty.web.editions import packs
from redproperty.web.estates import APPLIED
from redproperty.web.lists import address
from redproperty.web.security import needs
from redproperty.web.takeovers import Line, lines
from redproperty.web.views import Ask, View, actor_of, today


@dataclass(frozen=True)
class Leaf:
    """An estate in a grid; `grids` is how many grids it spans."""

    code: str
    name: str
    grids: int


@dataclass(frozen=True)
class GridBranch:
    """A grid with the estates that lie in it, wholly or in part."""

    code: str
    name: str
    estates: tuple[Leaf, ...]


@dataclass(frozen=True)
class CommunityBranch:
    """A community with its grids; `estates` is how many estates are registered in it, `loose` those without a grid."""

    code: str
    name: str
    estates: int
    href: str
    grids: tuple[GridBranch, ...]
    loose: tuple[Leaf, ...]


@dataclass(frozen=True)
class Street(View):
    """One street at a glance."""

    template: ClassVar[str] = "pages/district/street.html"
    division: Division
    period: Text
    row: StreetRow
    groups: tuple[Group, ...]
    missing: tuple[EstateRow, ...]
    unmanaged: list[Stretch]
    cases: list[Line]
    tree: tuple[CommunityBranch, ...]
    grids: int
    spanning: int
    applied: ClassVar[str] = APPLIED


@get("/district/{code:str}", guards=[needs(Deed.VIEW_COVERAGE)])
async def show(request: Ask, code: FromPath[str]) -> Response[str]:
    """Show one street, if it lies in the person's scope."""
    actor, day = actor_of(request), today(request)
    division = next((one for one in await divisions.streets() if one.code == code), None)
    if division is None or not scope(actor).covers(Subject(street=code)):
        raise NotFoundException
    rows = [row for row in await coverage.by_street(scope(actor), day) if row.street == code]
    spans = await divisions.spans(scope(actor), day, code)
    grids = await divisions.grids_of(code)
    counted = Counter(span.code for span in spans if span.grid)
    communities = [one for one in await divisions.communities() if one.parent == code]
    view = Street(
        division=division,
        period=period_of(packs(request), day).title,
        row=line_of(division.name, rows, code),
        groups=GROUPS,
        missing=await without_party(actor, day, code),
        unmanaged=await coverage.unmanaged(scope(actor), day, code),
        cases=lines(request, await takeovers.cases(scope(actor), day, street=code)),
        tree=tuple(_branch(one, grids, spans, counted) for one in communities),
        grids=len(grids),
        spanning=sum(count > 1 for count in counted.values()),
    )
    return view.response(request)


def _branch(
    community: Division, grids: Sequence[GridPlace], spans: Sequence[Span], counted: Counter[str]
) -> CommunityBranch:
    """Return a community with its grids, and under each the estates that it holds a part of."""
    inside = [span for span in spans if span.community == community.code]
    return CommunityBranch(
        community.code,
        community.name,
        len({span.code for span in inside}),
        address("/estates", {"street": community.parent, "community": community.code}),
        tuple(
            GridBranch(grid.code, grid.name, _leaves((span for span in spans if span.grid == grid.code), counted))
            for grid in grids
            if grid.community == community.code
        ),
        _leaves((span for span in inside if span.grid is None), counted),
    )


def _leaves(spans: Iterable[Span], counted: Counter[str]) -> tuple[Leaf, ...]:
    return tuple(Leaf(span.code, span.name, counted[span.code]) for span in spans)


ROUTES = (show,)
