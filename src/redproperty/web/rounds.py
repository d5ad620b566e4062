"""Opening a round: the days, who will have how much to do, and the estates that nobody manages."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict, MultiDict
from litestar.response import Redirect

from redproperty.actions.rounds import RoundPlan, Wanted, open_round, plan_round
from redproperty.domain.access import Deed
from redproperty.domain.estates import EstateType
from redproperty.domain.inspection_rules import USUAL as USUAL_RULES
from redproperty.domain.odd import repeats
from redproperty.domain.packs import begun, period_of
from redproperty.domain.periods import Period
from redproperty.domain.rounds import WHOLE, Days, Draw, Place, Plan
from redproperty.domain.texts import Invalid, Text
from redproperty.store import divisions
from redproperty.store.odd import inspectors_before
from redproperty.web.editions import packs
from redproperty.web.fields import day_of, number_of
from redproperty.web.security import needs
from redproperty.web.views import Ask, View, actor_of, now, problems_by_field, see, today

Sent = FormMultiDict | MultiDict[Any]
MOST = 9  # the largest weight of one inspector against the others
USUAL = timedelta(days=20)  # offered as the length of a round; the form decides
OPENED = Text(
    "{period}第 {number} 轮已开启，{n} 个小区已派给检查员。",
    "Round {number} of {period} is open; {n} estates are assigned to inspectors.",
)


@dataclass(frozen=True)
class Places:
    """The choices of one street: itself and its communities, each with whether it is ticked."""

    code: str
    name: str
    ticked: bool
    communities: tuple[tuple[str, str, bool], ...]


@dataclass(frozen=True)
class NewRound(View):
    """The form of a new round, with what was typed, beside what it would mean."""

    template: ClassVar[str] = "pages/inspections/new_round.html"
    plan: RoundPlan
    periods: tuple[Period, ...]
    values: Mapping[str, str]
    choice: Plan
    streets: tuple[Places, ...]
    types: tuple[tuple[EstateType, bool], ...]
    narrowed: bool
    repeats: tuple[tuple[Place, int], ...]  # estates that would have the same inspector so many rounds running
    problems: Mapping[str, Text]


def _wanted(sent: Sent) -> Wanted:
    """Return which estates the form chooses, and who gets how much of them."""
    plain = {name: str(value).strip() for name, value in sent.items()}
    percent = number_of(plain, "percent")
    draw = Draw(0 if percent is None and plain.get("percent") else percent or WHOLE, plain.get("seed", ""))
    chosen = {name: tuple(sorted(set(map(str, sent.getall(name, []))))) for name in ("street", "community", "type")}
    weights = {
        int(name.removeprefix("weight-")): min(number_of(plain, name) or 0, MOST)
        for name in plain
        if re.fullmatch(r"weight-\d+", name)
    }
    plan = Plan(chosen["street"], chosen["community"], chosen["type"], Draw() if draw.whole else draw)
    return Wanted(plan, weights)


async def _form(ask: Ask, sent: Sent, problems: Mapping[str, Text]) -> NewRound:
    values = {name: str(value).strip() for name, value in sent.items() if value}
    present = period_of(packs(ask), today(ask))
    offered = (present, present.next())
    period = next((one for one in offered if one.code == values.get("period")), present)
    first = max(today(ask), period.begins)
    usual = {"period": period.code, "opens_on": first, "due_on": min(first + USUAL, period.ends)}
    shown = {name: values.get(name, str(value)) for name, value in usual.items()}
    wanted = _wanted(sent)
    plan = await plan_round(period, day_of(shown, "opens_on") or first, wanted)
    shown |= {"percent": values.get("percent", str(WHOLE)), "seed": values.get("seed", "")}
    return NewRound(
        plan, offered, shown, wanted.plan, await _places(wanted.plan),
        tuple((kind, kind.value in wanted.plan.types) for kind in EstateType), not wanted.plan.everything,
        await _repeats(ask, plan), problems,
    )  # fmt: skip


async def _repeats(ask: Ask, plan: RoundPlan) -> tuple[tuple[Place, int], ...]:
    """Return the estates that a plan gives to the same inspector too often running, as the edition counts it."""
    pack = begun(packs(ask), plan.period.begins)
    rules = (pack.inspections if pack else USUAL_RULES).odd
    earlier = [plan.period.later(-back).code for back in range(rules.running)]
    found = repeats(await inspectors_before(earlier), plan.chosen, rules)
    return tuple((place, found[place.id]) for place in plan.places if place.id in found)


async def _places(plan: Plan) -> tuple[Places, ...]:
    communities = await divisions.communities()
    return tuple(
        Places(
            street.code,
            street.name,
            street.code in plan.streets,
            tuple(
                (one.code, one.name, one.code in plan.communities) for one in communities if one.parent == street.code
            ),
        )
        for street in await divisions.streets()
    )


@get("/rounds/new", guards=[needs(Deed.OPEN_ROUND)])
async def form(request: Ask) -> Response[str]:
    """Show the form; the address may name days and choice, so that the shares can be looked at before."""
    return (await _form(request, request.query_params, {})).response(request)


@post("/rounds", guards=[needs(Deed.OPEN_ROUND)])
async def create(request: Ask) -> Response[Any] | Redirect:
    """Open the round, or say everything that is wrong with its days and its choice."""
    sent = await request.form()
    values = {name: str(value).strip() for name, value in sent.items()}
    try:
        days = Days(Period.parse(values.get("period", "")), day_of(values, "opens_on"), day_of(values, "due_on"))
        plan = await open_round(actor_of(request), packs(request), days, _wanted(sent), at=now(request))
    except Invalid as invalid:
        view = await _form(request, sent, problems_by_field(invalid.problems))
        return view.response(request, status=422)
    told = OPENED.fill(period=plan.period.title, number=plan.number, n=len(plan.places))
    return see(f"/inspections?period={plan.period.code}&round={plan.number}", told)


ROUTES = (form, create)
