"""A new subsidy run: the order, its dry run, in which nothing is written, and the draft."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import msgspec
import polars as pl
from litestar import Response, get, post

from redproperty.actions.subsidies import Plan, compared, draft, hindrance, moved, plan, read_order
from redproperty.domain.access import Deed, scope
from redproperty.domain.numbers import UNIT, shown
from redproperty.domain.periods import Period
from redproperty.domain.texts import Invalid, Problem, Refused, Text
from redproperty.store import ratings, subsidies
from redproperty.store.subsidies import VOID
from redproperty.web.editions import packs
from redproperty.web.lists import address
from redproperty.web.security import needs
from redproperty.web.subsidies import Bar, amounts, percent_change, without_run
from redproperty.web.subsidy_lines import (
    PERCENT,
    StreetSums,
    Sums,
    by_street,
    lines_of,
    sums_of,
    zero_reasons,
)
from redproperty.web.views import Ask, View, actor_of, now, problems_by_field, see

MOST_PERCENT: Final = 1000
NO_PERCENT = Text("请填 0 到 1000 的整数", "a whole number from 0 to 1000 is needed")
DRAFTED = Text("已编制 {number}，等财务审核批准。", "{number} is drafted; it waits for a finance checker.")


class Typed(msgspec.Struct, frozen=True):
    """The order as typed; in the address of the dry run."""

    period: str = ""
    budget: str = ""
    document_number: str = ""
    budget_item: str = ""
    corrects: str = ""
    percent: str = str(PERCENT)


@dataclass(frozen=True)
class OrderForm(View):
    """What a new run needs; problems stand at their fields."""

    template: ClassVar[str] = "pages/subsidies/new.html"
    typed: Typed
    periods: tuple[tuple[str, Text], ...]
    correctable: tuple[tuple[str, Text], ...]
    problems: Mapping[str, Text]
    refusal: Text | None = None


@dataclass(frozen=True)
class Mover:
    """An estate whose amount differs from that of the period before; amounts in fen."""

    code: str
    name: str
    street: str
    paid: int
    before: int | None
    change: int
    percent: str


@dataclass(frozen=True)
class PlanPage(View):
    """A dry run: what a draft would pay and what would change."""

    template: ClassVar[str] = "pages/subsidies/plan.html"
    typed: Typed
    period: Period
    planned: Plan
    sums: Sums
    ratio: str
    scaled: bool
    bars: tuple[Bar, ...]
    before: int | None
    difference: str
    streets: tuple[StreetSums, ...]
    movers: tuple[Mover, ...]
    reasons: tuple[tuple[Text, int], ...]
    hindered: Text | None
    back: str


def typed_in(values: Mapping[str, Any]) -> Typed:
    """Return the order as it stands in an address or a form."""
    given = {name: str(values[name]).strip()[:200] for name in Typed.__struct_fields__ if name in values}
    return Typed(**given)


@get("/subsidies/new", guards=[needs(Deed.DRAFT_RUN)])
async def show_form(request: Ask) -> Response[str]:
    """Show the form of a new run; the address may fill it in, as the page of a void run does."""
    return (await _form(request, typed_in(request.query_params), {})).response(request)


async def _form(ask: Ask, typed: Typed, problems: Mapping[str, Text], refusal: Text | None = None) -> OrderForm:
    actor = actor_of(ask)
    runs = [run for run, _ in await subsidies.runs(scope(actor))]
    rated = [run.period for run in await ratings.runs() if run.state == ratings.PUBLISHED]
    if not typed.period:
        free = [*await without_run(actor, runs), *rated, ""]
        typed = msgspec.structs.replace(typed, period=free[0])
    void = [run for run in runs if run.state == VOID and run.street == actor.street]
    return OrderForm(
        typed=typed,
        periods=tuple((code, Period.parse(code).title) for code in rated),
        correctable=tuple((run.number, Text(run.number, run.number)) for run in void),
        problems=problems,
        refusal=refusal,
    )


@get("/subsidies/plan", guards=[needs(Deed.DRAFT_RUN)])
async def show_plan(request: Ask) -> Response[str]:
    """Show what the order in the address would pay; nothing is written."""
    typed = typed_in(request.query_params)
    try:
        planned, percent = await _planned(request, typed)
    except Invalid as invalid:
        form = await _form(request, typed, problems_by_field(invalid.problems))
        return form.response(request, status=422)
    except Refused as refused:
        return (await _form(request, typed, {}, refused.text)).response(request, status=422)
    return (await _page(typed, planned, percent)).response(request)


async def _planned(ask: Ask, typed: Typed) -> tuple[Plan, int]:
    """Return the dry run and the per cent from which a change is listed.

    Raises:
        Invalid: everything wrong with the order, at once.
        Refused: there is nothing to pay by.
    """
    problems: list[Problem] = []
    percent = int(typed.percent) if typed.percent.isdecimal() else MOST_PERCENT + 1
    if percent > MOST_PERCENT:
        problems.append(Problem("percent", NO_PERCENT))
    try:
        order = read_order(msgspec.structs.asdict(typed))
    except Invalid as invalid:
        raise Invalid(*invalid.problems, *problems) from None
    if problems:
        raise Invalid(*problems)
    return await plan(actor_of(ask), packs(ask), order), percent


async def _page(typed: Typed, planned: Plan, percent: int) -> PlanPage:
    lines = lines_of(planned.pack, ((row, True) for row in planned.lines.iter_rows(named=True)))
    sums, ratio = sums_of(lines), int(planned.lines["ratio"][0])
    beside = await compared(planned)
    before = {code: fen for code, fen in beside.select("estate_code", "before_fen").iter_rows() if fen is not None}
    earlier = sum(before.values()) if before else None
    budget = planned.order.budget_fen
    return PlanPage(
        typed=typed,
        period=planned.order.period,
        planned=planned,
        sums=sums,
        ratio=shown(ratio, 6),
        scaled=ratio < UNIT,
        bars=amounts(sums, budget, max(sums.due, budget, 1)),
        before=earlier,
        difference=percent_change(sums.paid, earlier) if earlier else "",
        streets=by_street(lines, before or None),
        movers=_movers(beside, percent) if before else (),
        reasons=zero_reasons(lines),
        hindered=await hindrance(planned),
        back=address("/subsidies/new", msgspec.structs.asdict(typed)),
    )


def _movers(beside: pl.DataFrame, percent: int) -> tuple[Mover, ...]:
    columns = ("estate_code", "estate_name", "street_name", "paid_fen", "before_fen", "change_fen")
    return tuple(
        Mover(code, name, street, paid, before, change, percent_change(paid, before) if before else "")
        for code, name, street, paid, before, change in moved(beside, percent).select(columns).iter_rows()
    )


@post("/subsidies", guards=[needs(Deed.DRAFT_RUN)])
async def draft_run(request: Ask) -> Response[Any]:
    """Draft what the dry run has shown, provided that it would still show the same."""
    form = await request.form()
    typed = typed_in(form)
    try:
        order = read_order(msgspec.structs.asdict(typed))
        seen = str(form.get("seen", ""))
        number = await draft(actor_of(request), packs(request), order, at=now(request), seen=seen)
    except Invalid as invalid:
        again = await _form(request, typed, problems_by_field(invalid.problems))
        return again.response(request, status=422)
    except Refused as refused:
        return (await _form(request, typed, {}, refused.text)).response(request, status=422)
    return see(f"/subsidies/{number}", DRAFTED.fill(number=number))


ROUTES = (show_form, show_plan, draft_run)
