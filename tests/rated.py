"""The small district inspected, surveyed and counted in 2026Q2 and 2026Q3; what comes out of it was worked by hand.

2026Q3. 青石园 QX-0001, four rounds: 95.50, 95.50, 95.50, 100 → 96.63 (96.625, half up); satisfaction 81 (100 answers
of 480 households), opinion 85, collection 45: 57.98 + 16.20 + 8.50 + 4.50 = 87.18, bonus 0.50 → 87.68: four stars,
capped at three by V10 (collection below 70 %). 紫金花苑 QX-0002 changed its company on 15 August: not rated (N2).
燕江里 QX-0003, perfect rounds, 40 answers are too few: weights 60, 10, 10 of 80: 75.00 + 11.25 + 11.25 = 97.50: five
stars, capped at three by V8 (no Party unit). 尧辰新村 QX-0004, custody: categories 10 + 15 + 6 + 8 + 15.71 + 12 + 12
= 78.71 in three rounds; weights 60, 20, 10 of 90: 52.47 + 15.56 + 6.67 = 74.70: two stars. 无主巷 QX-0005:
unmanaged (N1).

2026Q2. As 2026Q3, but the collection of 青石园 is 80: 57.98 + 16.20 + 8.50 + 8.00 + 0.50 = 91.18, five stars, which
the quota (15 % of two = none) takes to four; 紫金花苑 stands perfect at 100 and loses its fifth star to the same quota.
"""

from datetime import timedelta
from pathlib import Path

import district
from redproperty.actions.ratings import close_period, publish
from redproperty.domain.numbers import UNIT
from redproperty.domain.packs import Pack
from redproperty.domain.periods import Period
from redproperty.settings import bundled
from redproperty.store.frames import pack_sheet
from redproperty.store.rules import load_edition
from redproperty.store.tables import Answer, Estate, Fact, Inspection, Person, Round

Q2, Q3 = Period(2026, 2), Period(2026, 3)
SHABBY = {"JC-03": 2, "ZX-05": 3, "BJ-01": 6, "BJ-02": 6, "BJ-03": 6, "BJ-04": 3, "SB-02": 6}
SMALL = {"BJ-01": 2, "SB-04": 84 * UNIT, "FW-03": 1}
STARS = {"QX-0001": 3, "QX-0002": None, "QX-0003": 3, "QX-0004": 2, "QX-0005": None}
COMPOSITES = {"QX-0001": 87_680_000, "QX-0003": 97_500_000, "QX-0004": 74_700_000}


def the_pack(folder: Path = bundled("rules")) -> Pack:  # noqa: B008
    """Return the edition that comes with the product."""
    loaded = load_edition(folder / "2026-01-01")
    assert isinstance(loaded, Pack), loaded
    return loaded


def sheet(pack: Pack, found: dict[str, int]) -> bytes:
    """Return a packed sheet on which nothing is wrong but what was found."""
    best = {"number": 100 * UNIT, "count": 0, "levels": 0, "yes_no": 0}
    answers = [found.get(item.code, best[item.asked().kind]) for item in pack.sheet.items]
    return pack_sheet(answers)


async def score(pack: Pack) -> None:
    """Put rounds, accepted inspections and facts of both periods into the small district."""
    estates = {row["code"]: row["id"] for row in await Estate.select(Estate.id, Estate.code)}
    people = {row["login"]: row["id"] for row in await Person.select(Person.id, Person.login)}
    for period in (Q2, Q3):
        rounds = await Round.insert(
            *(Round(period=period.code, number=n, opens_on=period.begins, due_on=period.ends) for n in (1, 2, 3, 4))
        )
        ids = [row["id"] for row in rounds]
        for code, login, sheets in (
            ("QX-0001", "inspector.xl", [SMALL, SMALL, SMALL, {}]),
            ("QX-0002", "inspector.xl", [{}] * 4),
            ("QX-0003", "inspector.mq", [{}] * 4),
            ("QX-0004", "inspector.mq", [SHABBY] * 3),
        ):
            for opened, found in zip(ids, sheets, strict=False):
                await _inspect(pack, period, estate=estates[code], inspector=people[login], opened=opened, found=found)
        await _facts(period, estates, people["reviewer.xl"])


async def _inspect(pack: Pack, period: Period, *, estate: int, inspector: int, opened: int, found: dict) -> None:
    row = Inspection(
        round=opened,
        estate=estate,
        inspector=inspector,
        state="accepted",
        due_on=period.ends,
        held_on=period.begins + timedelta(days=20),
        submitted_at=district.NOW,
        edition=pack.edition,
        digest=pack.digest,
        score=0,
        answers=sheet(pack, found),
    )
    number = (await Inspection.insert(row))[0]["id"]
    for code, value in found.items():
        await Answer.insert(
            Answer(
                inspection=number,
                item=code,
                value=value,
                saved_by=inspector,
                saved_at=district.NOW,
                note="3 号楼东侧" if code == "BJ-01" else "",
                reasons='["积存垃圾"]' if code == "BJ-01" else "[]",
            )
        )


async def _facts(period: Period, estates: dict[str, int], recorder: int) -> None:
    values = {
        "QX-0001": {"satisfaction": 81, "survey_answers": 100, "opinion": 85, "collection": 45},
        "QX-0003": {"satisfaction": 95, "survey_answers": 40, "opinion": 90, "collection": 90},
        "QX-0004": {"satisfaction": 70, "survey_answers": 200, "opinion": 60},
    }
    if period == Q2:
        values["QX-0001"]["collection"] = 80
    rows = [
        Fact(
            estate=estates[code],
            name=name,
            value=value * UNIT,
            valid_from=period.begins,
            valid_to=period.ends,
            source="季度报表",
            recorded_by=recorder,
            recorded_at=district.NOW,
        )
        for code, facts in values.items()
        for name, value in facts.items()
    ]
    if period == Q2:
        rows.append(
            Fact(
                estate=estates["QX-0001"],
                name="volunteer_station",
                value=UNIT,
                valid_from=period.begins,
                valid_to=None,
                source="社区申报",
                recorded_by=recorder,
                recorded_at=district.NOW,
            )
        )
    await Fact.insert(*rows)


async def corrected(code: str, name: str, value: int, period: Period = Q3) -> None:
    """Withdraw what is recorded of an estate from the first day of a period, and record another value (millionths)."""
    wrong = (Fact.name == name) & (Fact.estate.code == code) & (Fact.valid_from == period.begins)
    row = await Fact.select().where(wrong & Fact.withdrawn_at.is_null()).first()
    assert row is not None
    withdrawn = {Fact.withdrawn_by: row["recorded_by"], Fact.withdrawn_at: district.NOW, Fact.withdrawn_why: "误录"}
    await Fact.update(withdrawn).where(Fact.id == row["id"])
    await Fact.insert(Fact(**{name: kept for name, kept in row.items() if name != "id"} | {"value": value}))


async def published(pack: Pack, *periods: Period) -> None:
    """Score the district under an edition, and let the bureau close and publish the periods."""
    await score(pack)
    bureau = await district.actor("district")
    for period in periods:
        await publish(bureau, [pack], await close_period(bureau, [pack], period, at=district.NOW), at=district.NOW)
