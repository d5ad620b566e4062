"""Rounds and inspections on the small district: what inspectors have to do on `district.TODAY`.

2026Q3 round 4 is over: 青石园 was accepted with two places on BJ-01. 2026Q4 round 1 was due on 31 October, round 2 is
due on 30 November. In 仙林, 李巡 leads 青石园 (round 2, open), 紫金花苑 (round 1, late) and 无主巷 (round 2, open);
in 马群, 马查 leads 燕江里 (round 2, open).
"""

from datetime import UTC, date, datetime
from pathlib import Path

import district
from redproperty.actions import inspections as actions
from redproperty.actions.inspections import Entry
from redproperty.domain.access import Actor, Scope
from redproperty.domain.entries import applicable
from redproperty.domain.numbers import plain
from redproperty.domain.packs import Pack
from redproperty.domain.periods import Period
from redproperty.store import inspections, sites
from redproperty.store.frames import pack_sheet
from redproperty.store.rules import editions
from redproperty.store.tables import Answer, Estate, Inspection, Person, Round

RULES = Path(__file__).parents[1] / "rules"
PACKS = editions(RULES).packs
PACK: Pack = PACKS[0]
LAST_VISIT = datetime(2026, 9, 20, 2, 0, tzinfo=UTC)


def perfect() -> dict[str, int]:
    """Return a best answer for every item."""
    return {item.code: item.shape.best() for item in PACK.sheet.items}


async def plan() -> dict[str, int]:
    """Open the rounds and return the ids of the inspections: `before`, `open`, `late`, `unmanaged`, `foreign`."""
    rounds = [
        row["id"]
        for row in await Round.insert(
            Round(period="2026Q3", number=4, opens_on=date(2026, 9, 1), due_on=date(2026, 9, 30)),
            Round(period="2026Q4", number=1, opens_on=date(2026, 10, 1), due_on=date(2026, 10, 31)),
            Round(period="2026Q4", number=2, opens_on=date(2026, 11, 1), due_on=date(2026, 11, 30)),
        )
    ]
    estates = {row["code"]: row["id"] for row in await Estate.select(Estate.id, Estate.code)}
    people = {row["login"]: row["id"] for row in await Person.select(Person.id, Person.login)}
    rows = {
        "open": (2, "QX-0001", "inspector.xl", date(2026, 11, 30)),
        "late": (1, "QX-0002", "inspector.xl", date(2026, 10, 31)),
        "unmanaged": (2, "QX-0005", "inspector.xl", date(2026, 11, 30)),
        "foreign": (2, "QX-0003", "inspector.mq", date(2026, 11, 30)),
    }
    ids = {}
    for name, (number, estate, inspector, due_on) in rows.items():
        [row] = await Inspection.insert(
            Inspection(round=rounds[number], estate=estates[estate], inspector=people[inspector], state="draft",
                       due_on=due_on)
        )  # fmt: skip
        ids[name] = row["id"]
        await sites.confirm(row["id"], person=people[inspector], at=LAST_VISIT, place="")  # once for all stories
    ids["before"] = await _accepted(rounds[0], estates["QX-0001"], people)
    return ids


async def _accepted(round_: int, estate: int, people: dict[str, int]) -> int:
    answers = {**perfect(), "BJ-01": 2}
    [row] = await Inspection.insert(
        Inspection(
            round=round_, estate=estate, inspector=people["inspector.xl"], state="accepted", due_on=date(2026, 9, 30),
            held_on=LAST_VISIT.date(), started_at=LAST_VISIT, submitted_at=LAST_VISIT, reviewed_at=LAST_VISIT,
            reviewer=people["reviewer.xl"], edition=PACK.edition, digest=PACK.digest, score=99_000_000,
            answers=pack_sheet([answers[code] for code in PACK.sheet.codes]),
        )
    )  # fmt: skip
    await Answer.insert(
        Answer(inspection=row["id"], item="BJ-01", value=2, reasons='["落叶未清"]', note="3 号楼东侧",
               saved_by=people["inspector.xl"], saved_at=LAST_VISIT)
    )  # fmt: skip
    return row["id"]


async def fill(who: Actor, inspection: int, others: dict[str, Entry] | None = None) -> None:
    """Answer every item that applies with its best, but for `others`, at `district.NOW`."""
    here = await inspections.fetch(inspection, Scope(everything=True))
    ground = await inspections.ground(here.estate_id, Period.parse(here.period))
    asked = applicable(PACK.sheet, ground)
    for item in PACK.sheet.items:
        if asked[item.code]:
            best, measured = item.shape.best(), item.asked().kind == "number"
            entry = Entry(amount=plain(best)) if measured else Entry(outcome=str(best))
            entry = (others or {}).get(item.code, entry)
            await actions.save_answer(who, inspection, item.code, entry, packs=PACKS, at=district.NOW)
