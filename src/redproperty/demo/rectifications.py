"""The demo's rectifications: what the accepted inspections of the present quarter ask for, and how far it has come."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

import polars as pl

from redproperty.demo.days import PRESENT, SEED, TODAY, moment
from redproperty.demo.inspections import Visit
from redproperty.domain.access import Actor
from redproperty.domain.estates import Management, Tenure
from redproperty.domain.packs import Pack
from redproperty.domain.rectifications import Deduction, Event, State, deductions, due_on
from redproperty.domain.sheets import score

REPORTS = ("已整改到位，请核实", "已安排人员处理，并加强巡查", "已清理，附照片", "维修完成，材料已更换", "已张贴公示")
SENT_BACK = ("照片看不出位置，请补拍", "只改了一处，其余未见整改", "现场复查仍有问题")
CHECKED = "街道现场复查，已整改"


@dataclass(frozen=True)
class Ordered:
    """Rows of rectifications and of what happened to them."""

    rows: list[dict[str, object]]
    moves: list[dict[str, object]]


@dataclass(frozen=True)
class _Step:
    event: Event
    day: date
    person: int
    words: str = ""


def rectification_rows(
    made: Sequence[Visit],
    pack: Pack,
    ground: pl.DataFrame,
    people: Sequence[Actor],
    answers: Sequence[Mapping[str, object]],
) -> Ordered:
    """Return the rectifications of the present quarter; `ground` is what the register says, `answers` the notes."""
    chance, found = Random(SEED + 1), Ordered([], [])
    accounts = {person.company_id: person.id for person in people if person.company_id is not None}
    noted = {(row["inspection"], row["item"]): row for row in answers}
    for visit, asked in _asked(made, pack, ground):
        company = _company(visit)
        for one in asked:
            steps = _steps(visit, one, pack, accounts.get(company or 0), chance)
            said = noted.get((visit.id, one.item), {})
            kept = {"reasons": said.get("reasons", "[]"), "note": said.get("note", "")}
            row = _row(visit, one, pack, steps) | {"company": company, **kept}
            found.rows.append({"id": len(found.rows) + 1, **row})
            found.moves.extend(_move(len(found.rows), step, visit.id) for step in steps)
    return found


def _asked(made: Sequence[Visit], pack: Pack, ground: pl.DataFrame) -> Iterator[tuple[Visit, tuple[Deduction, ...]]]:
    accepted = [visit for visit in made if visit.period == PRESENT and visit.state == "accepted"]
    sheets = pl.DataFrame(
        [(visit.plot.id, *visit.values) for visit in accepted],
        schema={"estate_id": pl.Int64, **dict.fromkeys(pack.sheet.codes, pl.Int64)},
        orient="row",
    )
    scored = score(pack.sheet, sheets.join(ground, on="estate_id", maintain_order="left"))
    for visit, row in zip(accepted, scored.iter_rows(named=True), strict=True):
        yield visit, tuple(deductions(pack.sheet, row))


def _company(visit: Visit) -> int | None:
    """Return who manages the estate on the day of acceptance."""
    assert visit.held_on is not None  # noqa: S101 - accepted visits took place
    for one in visit.plot.tenures:
        stint = Tenure(Management(one["management"]), one["begins"], one["ends"], one["company"])
        if stint.covers(visit.held_on):
            return stint.company_id
    return None


def _steps(visit: Visit, one: Deduction, pack: Pack, account: int | None, chance: Random) -> list[_Step]:
    """Return what happened: most are reported and closed in time, some late, some not at all."""
    assert visit.held_on is not None  # noqa: S101 - accepted visits took place
    first, reviewer, inspector = visit.held_on, visit.reviewer.id, visit.inspector.id
    due = due_on(first, one.days, pack.inspections.cure_unit)
    steps = [_Step(Event.ORDER, first, reviewer)]
    luck, last = chance.random(), due + timedelta(days=chance.randint(1, 6) if chance.random() < 0.15 else 0)
    mended = first + timedelta(days=max(1, round((last - first).days * chance.uniform(0.4, 1))))
    if luck > 0.94 or mended >= TODAY:
        return steps
    if account is None:
        return [*steps, _Step(Event.CLOSE, mended, inspector, CHECKED)]
    if luck > 0.9 and mended + timedelta(days=1) < TODAY:
        steps += [_Step(Event.REPORT, mended, account, chance.choice(REPORTS))]
        return [*steps, _Step(Event.SEND_BACK, mended + timedelta(days=1), inspector, chance.choice(SENT_BACK))]
    steps.append(_Step(Event.REPORT, mended, account, chance.choice(REPORTS)))
    checked = mended + timedelta(days=chance.randint(1, 4))
    return [*steps, _Step(Event.CLOSE, checked, inspector)] if checked < TODAY else steps


_LEADS = {Event.ORDER: State.OPEN, Event.REPORT: State.REPORTED, Event.SEND_BACK: State.OPEN, Event.CLOSE: State.CLOSED}


def _row(visit: Visit, one: Deduction, pack: Pack, steps: Sequence[_Step]) -> dict[str, object]:
    last, unit, first = steps[-1], pack.inspections.cure_unit, steps[0].day
    reported = next((step.day for step in steps if step.event is Event.REPORT), None)
    return {
        "inspection": visit.id,
        "item": one.item,
        "estate": visit.plot.id,
        "state": _LEADS[last.event].value,
        "value": one.value,
        "lost": one.lost,
        "opened_on": first,
        "days": one.days,
        "unit": unit.value,
        "due_on": due_on(first, one.days, unit),
        "reported_on": None if last.event is Event.SEND_BACK else reported,
        "closed_on": last.day if last.event is Event.CLOSE else None,
    }


def _move(rectification: int, step: _Step, minute: int) -> dict[str, object]:
    hour = {Event.ORDER: 15, Event.REPORT: 10}.get(step.event, 16)
    return {
        "rectification": rectification,
        "event": step.event.value,
        "on_day": step.day,
        "at": moment(step.day, hour, minute % 60),
        "person": step.person,
        "words": step.words,
    }
