"""Recording what is known of one estate: a survey, a count of hotline calls, an event; a correction erases nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from redproperty.actions.acting import acting
from redproperty.domain.access import Actor, Deed, Subject, scope
from redproperty.domain.cells import Cell
from redproperty.domain.fact_values import Stated, read
from redproperty.domain.facts import Fact, dated
from redproperty.domain.packs import Pack, in_force
from redproperty.domain.texts import Invalid, Problem, Refused, Text
from redproperty.store import facts, tenures
from redproperty.store.facts import Recorded
from redproperty.store.tenures import EstateKey

NOT_THERE = Text(
    "没有这个小区，或者它不在您的管辖范围内。请返回列表查找。",
    "There is no such estate, or it is outside your area. Look for it in the list.",
)
GONE = Text(
    "没有这条事实，或者已经撤销。请刷新页面查看。",
    "There is no such fact, or it is withdrawn already. Reload the page.",
)
_NO_FACT = Text("评分细则没有声明这个事实", "The rules declare no such fact")
_NO_EDITION = Text("{day} 没有生效的评分细则", "No edition of the rules holds on {day}")
_FIRST_DAY = Text("请填写起始日期，例如 2026-07-01", "State the first day, for example 2026-07-01")
_NO_DAY = Text("日期要写成 2026-03-05 这样", "Write the day like 2026-03-05")
_BACKWARDS = Text("截止日期早于起始日期", "The last day lies before the first")
_FUTURE = Text("起始日期不能晚于今天", "The first day cannot be later than today")
_SOURCE = Text("请写明来源，例如报告或台账的名称", "State the source, for example the name of the report")
_PROOF = Text("文号和佐证材料至少填一项", "State the number of the document, or where the proof lies")
_THERE = Text(
    "{day} 起已登记过这个事实；要改，请在下面的记录里点“更正”",
    "This fact is recorded from {day} on already; to change it choose “correct” at the record below",
)
_WHY = Text("请写明原因", "Say why")
_TOO_LONG = Text("最多 {limit} 个字", "At most {limit} characters")
LIMITS: Final = {"source": 200, "document": 120, "evidence": 200, "reason": 200}


@dataclass(frozen=True)
class FactForm:
    """A fact as a form states it; `unreadable` names the fields in which something was typed that is no day."""

    name: str
    value: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    source: str = ""
    document: str = ""
    evidence: str = ""
    reason: str = ""
    unreadable: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Desk:
    """What a deed needs beside its form: the editions, the moment, and the day in China."""

    packs: Sequence[Pack]
    at: datetime
    today: date


async def record(actor: Actor, code: str, form: FactForm, desk: Desk) -> None:
    """Record a fact of an estate.

    Raises:
        Invalid: fields value, valid_from, valid_to, source, document.
        Refused: not allowed, no such estate, or the rules declare no such fact.
    """
    estate = await _estate(actor, code, desk.today)
    subject = Subject(street=estate.street)
    async with acting(actor, Deed.RECORD_FACTS, f"estate:{code}", at=desk.at, subject=subject) as details:
        values = await _checked(estate, form, desk)
        await facts.add(estate.id, form.name, values, person=actor.id, at=desk.at)
        details.update(fact=form.name, new=_said(values), source=form.source, document=form.document)


async def correct(actor: Actor, code: str, number: int, form: FactForm, desk: Desk) -> None:
    """Withdraw a fact that was wrong and record what is right in its place; both stay visible.

    Raises:
        Invalid: the fields of `record`, and reason.
        Refused: not allowed, no such estate or fact, or it is withdrawn already.
    """
    estate = await _estate(actor, code, desk.today)
    subject = Subject(street=estate.street)
    async with acting(actor, Deed.RECORD_FACTS, f"estate:{code}", at=desk.at, subject=subject) as details:
        old = await _standing(estate, number, form.name)
        values = await _checked(estate, form, desk, replaces=old)
        await _withdraw(actor, old, form.reason, at=desk.at)
        await facts.add(estate.id, form.name, values, person=actor.id, at=desk.at)
        kept = {"value": old.value, "choice": old.choice, "valid_from": old.valid_from, "valid_to": old.valid_to}
        details.update(fact=form.name, old=_said(kept), new=_said(values), reason=form.reason.strip())


async def withdraw(actor: Actor, code: str, number: int, reason: str, desk: Desk) -> None:
    """Withdraw a fact: it counts no longer and stays visible with the reason.

    Raises:
        Invalid: no reason, or too long; field reason.
        Refused: not allowed, no such estate or fact, or it is withdrawn already.
    """
    estate = await _estate(actor, code, desk.today)
    subject = Subject(street=estate.street)
    async with acting(actor, Deed.RECORD_FACTS, f"estate:{code}", at=desk.at, subject=subject) as details:
        old = await _standing(estate, number)
        if problems := _reason_problems(reason):
            raise Invalid(*problems)
        await _withdraw(actor, old, reason, at=desk.at)
        details.update(fact=old.name, to="withdrawn", reason=reason.strip())


async def _withdraw(actor: Actor, old: Recorded, reason: str, *, at: datetime) -> None:
    if not await facts.withdraw(old.id, person=actor.id, at=at, reason=reason.strip()):
        raise Refused(GONE)


async def _standing(estate: EstateKey, number: int, name: str = "") -> Recorded:
    """Return a fact of the estate that is not withdrawn (of that name, where one is said).

    Raises:
        Refused: there is none.
    """
    for one in await facts.of_estate(estate.id):
        if one.id == number and one.withdrawn_at is None and name in {"", one.name}:
            return one
    raise Refused(GONE)


async def _checked(
    estate: EstateKey, form: FactForm, desk: Desk, *, replaces: Recorded | None = None
) -> dict[str, Any]:
    """Return the columns of a fact as its form states it.

    Raises:
        Invalid: everything that is wrong with it, in the order of the form.
    """
    problems, stated = _value_problems(form, desk)
    problems += _day_problems(form, desk.today)
    same = [one for one in await facts.of_estate(estate.id) if one.withdrawn_at is None and one.name == form.name]
    if any(one.valid_from == form.valid_from and one != replaces for one in same):
        problems.append(Problem("valid_from", _THERE.fill(day=form.valid_from)))
    problems += _paper_problems(form)
    problems += _reason_problems(form.reason) if replaces else []
    if problems or stated is None:
        raise Invalid(*problems)
    return {
        "value": stated.value, "choice": stated.choice, "valid_from": form.valid_from, "valid_to": form.valid_to,
        "source": form.source.strip(), "document": form.document.strip(), "evidence": form.evidence.strip(),
    }  # fmt: skip


def _value_problems(form: FactForm, desk: Desk) -> tuple[list[Problem], Stated | None]:
    """Return what is wrong with the value as the edition of its first day declares it, and what it says."""
    day = form.valid_from or desk.today
    declared = declared_on(desk.packs, day)
    if declared is None:
        return [Problem("valid_from", _NO_EDITION.fill(day=day))], None
    fact = next((one for one in declared if one.name == form.name), None)
    if fact is None:
        return [Problem("value", _NO_FACT)], None
    found = read(Cell("value", form.value), fact)
    return ([], found) if isinstance(found, Stated) else (list(found), None)


def declared_on(packs: Sequence[Pack], day: date) -> tuple[Fact, ...] | None:
    """Return the dated facts that the edition of a day declares; None where none holds."""
    pack = in_force(packs, day)
    return None if pack is None else dated(pack.rating.facts)


def _day_problems(form: FactForm, today: date) -> list[Problem]:
    problems = [Problem(name, _NO_DAY) for name in ("valid_from", "valid_to") if name in form.unreadable]
    if form.valid_from is None and "valid_from" not in form.unreadable:
        problems.append(Problem("valid_from", _FIRST_DAY))
    if form.valid_from and form.valid_from > today:
        problems.append(Problem("valid_from", _FUTURE))
    if form.valid_from and form.valid_to and form.valid_to < form.valid_from:
        problems.append(Problem("valid_to", _BACKWARDS))
    return problems


def _paper_problems(form: FactForm) -> list[Problem]:
    problems = [] if form.source.strip() else [Problem("source", _SOURCE)]
    if not form.document.strip() and not form.evidence.strip():
        problems.append(Problem("document", _PROOF))
    return problems + [
        Problem(name, _TOO_LONG.fill(limit=limit))
        for name, limit in LIMITS.items()
        if name != "reason" and len(getattr(form, name)) > limit
    ]


def _reason_problems(reason: str) -> list[Problem]:
    if not reason.strip():
        return [Problem("reason", _WHY)]
    limit = LIMITS["reason"]
    return [Problem("reason", _TOO_LONG.fill(limit=limit))] if len(reason) > limit else []


def _said(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the trail says of a fact."""
    days = {name: day and day.isoformat() for name, day in values.items() if name in {"valid_from", "valid_to"}}
    return {"value": values["value"], "choice": values["choice"], **days}


async def _estate(actor: Actor, code: str, today: date) -> EstateKey:
    estate = await tenures.key(scope(actor), code, today)
    if estate is None:
        raise Refused(NOT_THERE)
    return estate
