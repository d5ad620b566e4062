"""Opening a round: the days, who will have how much to do, and the estates that nobody manages."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

from litestar import Response, get, post
from litestar.response import Redirect

from redproperty.actions.rounds import RoundPlan, open_round, plan_round
from redproperty.domain.access import Deed
from redproperty.domain.packs import period_of
from redproperty.domain.periods import Period
from redproperty.domain.rounds import Days
from redproperty.domain.texts import Invalid, Text
from redproperty.web.editions import packs
from redproperty.web.fields import day_of, typed
from redproperty.web.security import needs
from redproperty.web.views import Ask, View, actor_of, now, problems_by_field, see, today

USUAL = timedelta(days=20)  # offered as the length of a round; the form decides
OPENED = Text(
    "{period}第 {number} 轮已开启，{n} 个小区已派给检查员。",
    "Round {number} of {period} is open; {n} estates are assigned to inspectors.",
)


@dataclass(frozen=True)
class NewRound(View):
    """The form of a new round, with what was typed, beside what it would mean."""

    template: ClassVar[str] = "pages/inspections/new_round.html"
    plan: RoundPlan
    periods: tuple[Period, ...]
    values: Mapping[str, str]
    problems: Mapping[str, Text]


async def _form(ask: Ask, values: Mapping[str, str], problems: Mapping[str, Text]) -> NewRound:
    present = period_of(packs(ask), today(ask))
    offered = (present, present.next())
    period = next((one for one in offered if one.code == values.get("period")), present)
    first = max(today(ask), period.begins)
    usual = {"period": period.code, "opens_on": first, "due_on": min(first + USUAL, period.ends)}
    shown = {name: values.get(name, str(value)) for name, value in usual.items()}
    plan = await plan_round(period, day_of(shown, "opens_on") or first)
    return NewRound(plan, offered, shown, problems)


@get("/rounds/new", guards=[needs(Deed.OPEN_ROUND)])
async def form(request: Ask) -> Response[str]:
    """Show the form; the address may name period and days, so that the shares can be looked at before."""
    values = {name: value for name, value in request.query_params.items() if value}
    return (await _form(request, values, {})).response(request)


@post("/rounds", guards=[needs(Deed.OPEN_ROUND)])
async def create(request: Ask) -> Response[Any] | Redirect:
    """Open the round, or say everything that is wrong with its days."""
    values = await typed(request)
    try:
        days = Days(Period.parse(values.get("period", "")), day_of(values, "opens_on"), day_of(values, "due_on"))
        plan = await open_round(actor_of(request), packs(request), days, at=now(request))
    except Invalid as invalid:
        view = await _form(request, values, problems_by_field(invalid.problems))
        return view.response(request, status=422)
    told = OPENED.fill(period=plan.period.title, number=plan.number, n=len(plan.places))
    return see(f"/inspections?period={plan.period.code}&round={plan.number}", told)


ROUTES = (form, create)
