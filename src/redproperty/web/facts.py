"""The facts of one estate: what counts in a period, the form of one fact, and every record, withdrawn ones too."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar, Final

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect

from redproperty.actions import facts as deeds
from redproperty.actions.facts import Desk, FactForm
from redproperty.domain.access import Deed, Subject, may, scope
from redproperty.domain.fact_values import said
from redproperty.domain.facts import Fact, dated
from redproperty.domain.numbers import plain
from redproperty.domain.packs import Pack, begun, period_of
from redproperty.domain.periods import Period
from redproperty.domain.texts import Invalid, Text
from redproperty.store import estates, facts
from redproperty.store.estates import EstateRow
from redproperty.store.facts import InForce, Recorded
from redproperty.web.editions import packs
from redproperty.web.estates import Typed
from redproperty.web.fields import day_of, typed, unreadable_days
from redproperty.web.security import needs
from redproperty.web.views import Ask, View, actor_of, now, problems_by_field, see, today

BACK: Final = 4  # earlier periods offered
RECORDED = Text("已登记：{title}。", "Recorded: {title}.")
CORRECTED = Text("已更正：{title}，原记录保留。", "Corrected: {title}; the earlier record stays.")
WITHDRAWN = Text("已撤销，原记录保留。", "Withdrawn; the record stays.")


@dataclass(frozen=True)
class Told:
    """A fact as it counts in a period: its value in words, when and where from; several records may make it."""

    title: Text
    value: Text
    records: tuple[Recorded, ...]

    @property
    def last(self) -> Recorded:
        """The record that decides, or the latest of several."""
        return self.records[-1]


@dataclass(frozen=True)
class Known:
    """One declared fact on the page: what it may be, and what it is in the period, if anything is known."""

    fact: Fact
    told: Told | None


@dataclass(frozen=True)
class Line:
    """One record with its fact in words; `counts` in the period that is shown."""

    row: Recorded
    title: Text
    value: Text
    counts: bool


@dataclass(frozen=True)
class FactsPage(View):
    """The facts of an estate; `fact` is the one whose form is open, `old` the record that it corrects."""

    template: ClassVar[str] = "pages/facts/estate.html"
    estate: EstateRow
    period: Period
    periods: tuple[Period, ...]
    edition: str
    known: tuple[Known, ...]
    lines: tuple[Line, ...]
    why_not: Text | None
    fact: Fact | None = None
    old: Recorded | None = None
    typed: Typed = field(default_factory=Typed)
    withdrawing: int | None = None


async def shown_with(estate: int, pack: Pack | None, period: Period) -> tuple[Told, ...]:
    """Return the facts of an estate that count in a period, as other pages show them beside the score."""
    declared = dated(pack.rating.facts) if pack else ()
    return tuple(_told(one) for one in facts.in_force(declared, await facts.of_estate(estate), period))


def _told(one: InForce) -> Told:
    return Told(one.fact.title, said(one.fact, one.value, one.choice), one.records)


@get("/estates/{code:str}/facts", guards=[needs(Deed.VIEW_ESTATES)])
async def show(request: Ask, code: FromPath[str]) -> Response[str]:
    """Show the facts of an estate in a period; the address may open the form of a fact, or of a correction."""
    query = request.query_params
    number = query.get("correct", "")
    view = await _page(request, code, name=query.get("fact", ""), old=int(number) if number.isdecimal() else None)
    return view.response(request)


async def _page(
    ask: Ask, code: str, *, name: str = "", old: int | None = None, again: Typed | None = None,
    withdrawing: int | None = None,
) -> FactsPage:  # fmt: skip
    actor, day = actor_of(ask), today(ask)
    found = await estates.one(scope(actor), code, day)
    if found is None:
        raise NotFoundException
    period = _period(ask, day)
    pack = begun(packs(ask), min(period.ends, day))
    declared = {fact.name: fact for fact in dated(pack.rating.facts)} if pack else {}
    records = await facts.of_estate(found.row.id)
    counted = {one.fact.name: one for one in facts.in_force(tuple(declared.values()), records, period)}
    counting = {record.id for one in counted.values() for record in one.records}
    corrected = next((one for one in records if one.id == old and one.withdrawn_at is None), None)
    chosen = declared.get(corrected.name if corrected else name)
    return FactsPage(
        estate=found.row,
        period=period,
        periods=_offered(ask, day),
        edition=pack.edition if pack else "",
        known=tuple(Known(fact, _told(counted[key]) if key in counted else None) for key, fact in declared.items()),
        lines=tuple(_line(one, declared, counts=one.id in counting) for one in records),
        why_not=may(actor, Deed.RECORD_FACTS, Subject(street=found.row.street)),
        fact=chosen,
        old=corrected,
        typed=again or Typed(_kept(corrected, chosen) if corrected and chosen else {}),
        withdrawing=withdrawing,
    )


def _period(ask: Ask, day: date) -> Period:
    asked = ask.query_params.get("period", "")
    return Period.parse(asked) if asked else period_of(packs(ask), day)


def _offered(ask: Ask, day: date) -> tuple[Period, ...]:
    present = period_of(packs(ask), day)
    return tuple(present.later(-back) for back in range(BACK + 1))


def _line(one: Recorded, declared: Mapping[str, Fact], *, counts: bool) -> Line:
    fact = declared.get(one.name)
    title = fact.title if fact else Text(one.name, one.name)
    return Line(one, title, said(fact, one.value, one.choice), counts)


def _kept(old: Recorded, fact: Fact) -> dict[str, str]:
    """Return the fields of a correction's form as the record says them."""
    value = old.choice or ("" if old.value is None else plain(old.value))
    if fact.kind == "flag":
        value = "是" if old.value else "否"
    days = {"valid_from": str(old.valid_from), "valid_to": str(old.valid_to or "")}
    return {"value": value, "source": old.source, "document": old.document, "evidence": old.evidence, **days}


def _form(values: Mapping[str, str]) -> FactForm:
    return FactForm(
        name=values.get("fact", ""),
        value=values.get("value", ""),
        valid_from=day_of(values, "valid_from"),
        valid_to=day_of(values, "valid_to"),
        source=values.get("source", ""),
        document=values.get("document", ""),
        evidence=values.get("evidence", ""),
        reason=values.get("reason", ""),
        unreadable=unreadable_days(values, "valid_from", "valid_to"),
    )


def _desk(ask: Ask) -> Desk:
    return Desk(packs(ask), now(ask), today(ask))


def _title(ask: Ask, name: str) -> Text:
    declared = deeds.declared_on(packs(ask), today(ask)) or ()
    return next((fact.title for fact in declared if fact.name == name), Text(name, name))


@post("/estates/{code:str}/facts", guards=[needs(Deed.RECORD_FACTS)])
async def create(request: Ask, code: FromPath[str]) -> Response[str] | Redirect:
    """Record a fact, or say everything that is wrong with it."""
    values = await typed(request)
    form = _form(values)
    try:
        await deeds.record(actor_of(request), code, form, _desk(request))
    except Invalid as invalid:
        again = Typed(values, problems_by_field(invalid.problems))
        return (await _page(request, code, name=form.name, again=again)).response(request, status=422)
    return see(f"/estates/{code}/facts", RECORDED.fill(title=_title(request, form.name)))


@post("/estates/{code:str}/facts/{number:int}/correct", guards=[needs(Deed.RECORD_FACTS)])
async def correct(request: Ask, code: FromPath[str], number: FromPath[int]) -> Response[str] | Redirect:
    """Put a right record in the place of a wrong one."""
    values = await typed(request)
    form = _form(values)
    try:
        await deeds.correct(actor_of(request), code, number, form, _desk(request))
    except Invalid as invalid:
        again = Typed(values, problems_by_field(invalid.problems))
        return (await _page(request, code, old=number, again=again)).response(request, status=422)
    return see(f"/estates/{code}/facts", CORRECTED.fill(title=_title(request, form.name)))


@post("/estates/{code:str}/facts/{number:int}/withdraw", guards=[needs(Deed.RECORD_FACTS)])
async def withdraw(request: Ask, code: FromPath[str], number: FromPath[int]) -> Response[str] | Redirect:
    """Withdraw a record, with a reason."""
    values = await typed(request)
    try:
        await deeds.withdraw(actor_of(request), code, number, values.get("reason", ""), _desk(request))
    except Invalid as invalid:
        again = Typed(values, problems_by_field(invalid.problems))
        return (await _page(request, code, again=again, withdrawing=number)).response(request, status=422)
    return see(f"/estates/{code}/facts", WITHDRAWN)


ROUTES = (show, create, correct, withdraw)
