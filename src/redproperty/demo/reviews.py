"""What else happened to the demo's inspections: a share scored blind a second time, one void, one to be reopened."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from random import Random

import polars as pl

from redproperty.actions.companions import name
from redproperty.actions.reopenings import ask
from redproperty.actions.second_looks import draw_seconds
from redproperty.actions.voids import void_inspection
from redproperty.demo.days import CLOSED, PRESENT, SEED, TODAY, moment, round_days
from redproperty.demo.inspections import HANDED_IN, Visit
from redproperty.domain.access import Actor, Scope
from redproperty.domain.entries import worked
from redproperty.domain.inspections import State
from redproperty.domain.packs import Pack
from redproperty.domain.rounds import Draw
from redproperty.store import inspections, second_looks
from redproperty.store.frames import pack_sheet
from redproperty.store.inspections import Inspected
from redproperty.store.schema import transaction
from redproperty.store.tables import Inspection

APART = 0.08  # of the answers that two people see differently by one place
DRAW = Draw(6, "2026Q4-1 抽签（演示）")
OPENED, LATE = round_days(PRESENT, 1)
WHEN = {
    "second": moment(OPENED, 10),
    "void": moment(TODAY - timedelta(days=9), 16),
    "reopen": moment(TODAY - timedelta(days=3), 11),
    "along": moment(TODAY - timedelta(days=1), 9),
}


async def along(people: Mapping[str, Actor], made: Sequence[Visit], at: datetime) -> None:
    """Let a colleague come along on an inspection that is still open."""
    lead = people["inspector.xl"]
    draft = State.DRAFT.value
    visit = next((one for one in made if one.state == draft and one.inspector.id == lead.id), None)
    if visit is not None:
        await name(lead, visit.id, "inspector2.xl", at=at)


async def seconds(bureau: Actor, pack: Pack, made: Sequence[Visit], at: datetime) -> None:
    """Draw second looks in the first round of the present quarter and let them be scored, each a little differently."""
    number = next(visit.round_id for visit in made if (visit.period, visit.number) == (PRESENT, 1))
    await draw_seconds(bureau, number, DRAW, LATE, at=at)
    chance, visits = Random(SEED), {visit.id: visit for visit in made}
    grounds = await inspections.grounds(PRESENT)
    async with transaction():
        for first, second in await second_looks.pairs(number, Scope(everything=True)):
            if visits[first.id].state in HANDED_IN:
                await _hand_in(second, visits[first.id], pack, grounds, chance)


async def _hand_in(second: Inspected, first: Visit, pack: Pack, grounds: pl.DataFrame, chance: Random) -> None:
    values = {
        item.code: _seen(item.refusal, item.asked().kind, value, chance)
        for item, value in zip(pack.sheet.items, first.values, strict=True)
    }
    row = worked(pack.sheet, grounds.filter(pl.col("estate_id") == second.estate_id), values)
    await Inspection.update(
        {
            Inspection.state: State.SUBMITTED.value,
            Inspection.held_on: first.held_on,
            Inspection.started_at: first.at(14),
            Inspection.submitted_at: first.at(16),
            Inspection.edition: pack.edition,
            Inspection.digest: pack.digest,
            Inspection.score: row["score"],
            Inspection.answers: pack_sheet([values[code] for code in pack.sheet.codes]),
        }
    ).where(Inspection.id == second.id)


def _seen(
    refusal: Callable[[int], object | None], kind: str, value: int | None, chance: Random
) -> int | None:  # fmt: skip
    """Return what the second person found: mostly the same, at times a place more or less."""
    if kind != "count" or value is None or value < 0 or chance.random() >= APART:
        return value
    other = value + chance.choice((-1, 1))
    return value if other < 0 or refusal(other) is not None else other


async def mistaken(people: Mapping[str, Actor], made: Sequence[Visit], at: datetime) -> None:
    """Let the reviewer of 仙林 make an inspection void that was held in the wrong place."""
    reviewer = people["reviewer.xl"]
    wrong = _first(made, lambda visit: (visit.period, visit.number, visit.state) == (PRESENT, 1, "submitted"), reviewer)
    await void_inspection(reviewer, wrong.id, reason="检查时走错楼栋，已另约时间重查（演示）", at=at)


async def contested(people: Mapping[str, Actor], made: Sequence[Visit], at: datetime) -> None:
    """Let the reviewer of 仙林 ask to reopen an inspection that the published stars rest on."""
    reviewer = people["reviewer.xl"]
    locked = _first(made, lambda visit: (visit.period, visit.number) == (CLOSED[-1], 4), reviewer)
    await ask(reviewer, locked.id, reason="企业申诉：垃圾房当日正在改造，扣分依据需要复核（演示）", at=at)


def _first(made: Sequence[Visit], wanted: Callable[[Visit], bool], reviewer: Actor) -> Visit:
    return next(visit for visit in made if visit.plot.street == reviewer.street and wanted(visit))
