"""Blind second looks of a round: drawing them, and how far the two sheets of each pair lie apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar

import polars as pl
from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from redproperty.actions.inspections import edition
from redproperty.actions.second_looks import draw_seconds
from redproperty.domain.access import Deed, may, scope
from redproperty.domain.entries import worked
from redproperty.domain.packs import Pack
from redproperty.domain.periods import Period
from redproperty.domain.rounds import Draw, round_title
from redproperty.domain.second_looks import ItemDifference, differences, mean_absolute
from redproperty.domain.texts import Invalid, Text
from redproperty.store import inspections, rounds, second_looks
from redproperty.store.inspections import Inspected
from redproperty.store.rounds import Round
from redproperty.web.editions import packs
from redproperty.web.fields import day_of, number_of, typed
from redproperty.web.security import needs
from redproperty.web.views import Ask, View, actor_of, now, problems_by_field, see

USUAL = "10"  # percent, offered
DRAWN = Text("已抽取 {n} 次盲评并派给另一名检查员。", "{n} second looks are drawn and given to another inspector.")
ALONE = Text(
    "{told}{codes} 抽中但本街道没有第二名检查员。", "{told} {codes}: drawn, but the street has no second inspector."
)


@dataclass(frozen=True)
class Pair:
    """Two looks at one estate; `difference` (second less first, millionths) is None until both are handed in."""

    first: Inspected
    second: Inspected
    difference: int | None
    items: tuple[ItemDifference, ...]


@dataclass(frozen=True)
class Person:
    """How far the sheets of one inspector lie from those of whoever scored the same estates."""

    name: str
    pairs: int
    mean: int | None


@dataclass(frozen=True)
class SecondLooks(View):
    """The second looks of a round: the draw, the pairs, and the mean absolute difference per inspector."""

    template: ClassVar[str] = "pages/inspections/second_looks.html"
    round: Round
    title: Text
    period: Text
    pairs: tuple[Pair, ...]
    people: tuple[Person, ...]
    mean: int | None
    done: int
    may_draw: bool
    values: Mapping[str, str]
    problems: Mapping[str, Text] = field(default_factory=dict)


async def _page(ask: Ask, number: int, values: Mapping[str, str], **more: Any) -> SecondLooks:
    held = await rounds.one(number)
    if held is None:
        raise NotFoundException
    pairs = await _pairs(ask, held)
    apart = [pair.difference for pair in pairs if pair.difference is not None]
    usual = {"percent": USUAL, "seed": f"{held.period}-{held.number}", "due_on": held.due_on.isoformat()}
    return SecondLooks(
        round=held,
        title=round_title(held.number),
        period=Period.parse(held.period).title,
        pairs=pairs,
        people=_people(pairs),
        mean=mean_absolute(apart),
        done=len(apart),
        may_draw=held.plan.seconds is None
        and not held.void_reason
        and may(actor_of(ask), Deed.DRAW_SECONDS, None) is None,
        values={**usual, **values},
        **more,
    )


async def _pairs(ask: Ask, held: Round) -> tuple[Pair, ...]:
    found = await second_looks.pairs(held.id, scope(actor_of(ask)))
    if not found:
        return ()
    grounds = await inspections.grounds(Period.parse(held.period))
    return tuple(_pair(edition(packs(ask), first), grounds, first, second) for first, second in found)


def _pair(pack: Pack, grounds: pl.DataFrame, first: Inspected, second: Inspected) -> Pair:
    """Return two looks side by side, worked by the same edition; sheets of two editions are not compared."""
    sheets = [inspections.unpacked(one.packed, pack.sheet.codes) for one in (first, second)]
    closed = first.state != "draft" and second.state != "draft" and first.edition == second.edition
    if not all(sheets) or not closed or first.void or second.void:
        return Pair(first, second, None, ())
    ground = grounds.filter(pl.col("estate_id") == first.estate_id)
    one, other = (worked(pack.sheet, ground, sheet) for sheet in sheets)
    return Pair(first, second, other["score"] - one["score"], differences(pack.sheet, one, other))


def _people(pairs: Sequence[Pair]) -> tuple[Person, ...]:
    apart: dict[tuple[str, int], list[int]] = {}
    for pair in pairs:
        for here in (pair.first, pair.second):
            mine = apart.setdefault((here.inspector, here.inspector_id), [])
            mine += [] if pair.difference is None else [pair.difference]
    return tuple(Person(name, len(mine), mean_absolute(mine)) for (name, _), mine in sorted(apart.items()))


@get("/rounds/{number:int}/seconds", guards=[needs(Deed.VIEW_SECONDS)])
async def show(request: Ask, number: FromPath[int]) -> Response[str]:
    """Show the second looks of a round."""
    return (await _page(request, number, {})).response(request)


@post("/rounds/{number:int}/seconds", guards=[needs(Deed.DRAW_SECONDS)])
async def draw(request: Ask, number: FromPath[int]) -> Response[Any]:
    """Draw the second looks of a round."""
    values = await typed(request)
    due_on: date | None = day_of(values, "due_on")
    wanted = Draw(number_of(values, "percent") or 0, values.get("seed", ""))
    try:
        count, alone = await draw_seconds(actor_of(request), number, wanted, due_on, at=now(request))
    except Invalid as invalid:
        view = await _page(request, number, values, problems=problems_by_field(invalid.problems))
        return view.response(request, status=422)
    told = DRAWN.fill(n=count)
    told = ALONE.fill(told=told, codes=Text("、".join(alone), ", ".join(alone))) if alone else told
    return see(f"/rounds/{number}/seconds", told)


ROUTES = (show, draw)
