"""The demo's inspections: three quarters scored and accepted, and the present one in the midst of its second round.

Answers scatter around the latent quality of the estate; each estate has its own weak items, so that the same defects
come back from round to round as they do in life.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import exp
from random import Random
from typing import Any

import msgspec
import polars as pl

from redproperty.demo.accounts import reviewers_and_inspectors
from redproperty.demo.days import CLOSED, PRESENT, TODAY, VOID, moment, round_days
from redproperty.demo.estates import Plot
from redproperty.demo.words import NOTES
from redproperty.domain.access import Actor
from redproperty.domain.estates import Management, Tenure, management_on
from redproperty.domain.items import EXEMPT, NOT_APPLICABLE, ZEROED, Item
from redproperty.domain.numbers import UNIT
from redproperty.domain.packs import Pack
from redproperty.domain.periods import Period
from redproperty.domain.shapes import Bands, Levels, PassFail, PerKind, PerOccurrence, Shortfall
from redproperty.domain.sheets import score
from redproperty.store.frames import pack_sheet

MILDER = 0.97  # defects beyond an item's full mark cost nothing, so scores come out a little above the quality
QUICK = 97  # one sheet of so many takes minutes instead of hours
KEPT = 53  # one estate of so many keeps its inspector from round to round
HANDED_IN = ("submitted", "accepted", "returned")
REMARKS = ("第3项缺照片，请补充后重新提交", "与现场巡查记录不一致，请核实", "扣分依据不足，请写明具体位置")


@dataclass
class Visit:
    """One inspection on its way into the record; `values` are the answer codes in the order of the sheet's items."""

    id: int
    plot: Plot
    period: Period
    number: int
    round_id: int
    inspector: Actor
    reviewer: Actor
    state: str
    held_on: date | None
    values: list[int | None] = field(default_factory=list)
    score: int | None = None

    def at(self, hour: int, *, days: int = 0) -> datetime:
        """Return a time of day on, or some days after, the day of the visit."""
        assert self.held_on is not None  # noqa: S101 - only visits that took place are asked
        return moment(self.held_on + timedelta(days=days), hour, self.id % 60)

    @property
    def started_at(self) -> datetime:
        """When the first answer came in: a few sheets are filled in suspiciously quickly."""
        return self.at(11) - timedelta(minutes=6) if self.id % QUICK == 0 else self.at(9)

    @property
    def saved_at(self) -> datetime:
        """When its answers were saved."""
        return self.at(11) - timedelta(minutes=2) if self.id % QUICK == 0 else self.at(10)


def round_rows() -> list[dict[str, object]]:
    """Return the rounds: four of every closed quarter, and the two of the present one that have been opened."""
    rows: list[dict[str, object]] = []
    for period, number in _numbers():
        opens, due = round_days(period, number)
        void = "春节期间停检，本轮不计（演示）" if (period, number) == VOID else ""
        rows.append(
            {
                "id": len(rows) + 1,
                "period": period.code,
                "number": number,
                "opens_on": opens,
                "due_on": due,
                "void_reason": void,
            }
        )
    return rows


def _numbers() -> Iterator[tuple[Period, int]]:
    for period in CLOSED:
        yield from ((period, number) for number in range(1, 5))
    yield from ((PRESENT, number) for number in (1, 2))


def visits(found: list[Plot], people: list[Actor], pack: Pack, chance: Random) -> list[Visit]:
    """Return every inspection with its answers and, where handed in, its score under `pack`."""
    scorer = _Scorer(found, pack, chance)
    made: list[Visit] = []
    for round_id, (period, number) in enumerate(_numbers(), start=1):
        _, due = round_days(period, number)
        for plot in found:
            if plot.since is None or plot.since > due or _unmanaged(plot, due):
                continue
            inspectors, reviewer = reviewers_and_inspectors(people, plot.street)
            state, held_on = _fate(period, number, chance)
            visit = Visit(
                len(made) + 1,
                plot,
                period,
                number,
                round_id,
                inspectors[(plot.id + (0 if plot.id % KEPT == 0 else number)) % 2],
                reviewer,
                state,
                held_on,
            )
            if held_on is not None:
                visit.values = scorer.answers(visit)
            made.append(visit)
    _score(made, pack, scorer.ground)
    return made


def _unmanaged(plot: Plot, day: date) -> bool:
    """Whether two companies followed each other with a gap in which the round fell."""
    stints = [Tenure(Management.MARKET, one["begins"], one["ends"]) for one in plot.tenures]
    return bool(stints) and management_on(stints, day) is Management.NONE


def _fate(period: Period, number: int, chance: Random) -> tuple[str, date | None]:
    """Return how far an inspection has come, and the day of the visit."""
    opens, due = round_days(period, number)
    last = min(due, TODAY - timedelta(days=1))
    held_on = opens + timedelta(days=chance.randint(0, (last - opens).days))
    if period != PRESENT:
        return "accepted", held_on
    shares = {"accepted": 0.9, "submitted": 0.05, "returned": 0.03, "draft": 0.02}
    if number == 2:
        shares = {"accepted": 0.42, "submitted": 0.16, "returned": 0.04, "draft": 0.12, "": 0.26}
    state = chance.choices(list(shares), weights=list(shares.values()))[0]
    return (state, held_on) if state else ("draft", None)


class _Scorer:
    """Draws answers: what each estate is asked, and how much it loses where."""

    def __init__(self, found: list[Plot], pack: Pack, chance: Random) -> None:
        self.items = pack.sheet.items
        self.chance = chance
        self.ground = ground(found)
        asked = self.ground.select(
            pl.lit(value=True).alias(item.code) if item.applies is None else item.applies.truth().alias(item.code)
            for item in self.items
        )
        self.asked = dict(zip((plot.id for plot in found), asked.iter_rows(), strict=True))
        self.weights = {plot.id: self._weights() for plot in found}
        self.bare = {plot.id for plot in found if plot.row["estate_type"] == "old" and chance.random() < 0.04}
        self.mood = {plot.id: [chance.gauss(0, 1.2) for _ in range(4)] for plot in found}

    def _weights(self) -> list[float]:
        drawn = [self.chance.lognormvariate(0, 0.5) for _ in self.items]
        full = [float(item.full) for item in self.items]
        mean = sum(w * f for w, f in zip(drawn, full, strict=True)) / sum(full)
        return [w / mean for w in drawn]

    def answers(self, visit: Visit) -> list[int | None]:
        """Return the sheet of one visit; of a draft only as far as it was filled in."""
        plot, chance = visit.plot, self.chance
        quality = plot.quality + self.mood[plot.id][visit.period.quarter - 1] + chance.gauss(0, 1.0)
        lost = min(max((100 - quality) / 100 * MILDER, 0.02), 0.7)
        filled = len(self.items) if visit.state in HANDED_IN else chance.randint(3, len(self.items) - 4)
        return [
            self._answer(plot, item, lost * weight) if asked and index < filled else None
            for index, (item, weight, asked) in enumerate(
                zip(self.items, self.weights[plot.id], self.asked[plot.id], strict=True)
            )
        ]

    def _answer(self, plot: Plot, item: Item, lost: float) -> int:
        if item.code == "DJ-01":
            return 2 if plot.party is None else int(plot.party["status"] == "applied")
        luck = self.chance.random()
        if item.not_applicable_when is not None and (
            (item.code.startswith("LH-") and plot.id in self.bare) or (item.code in {"DJ-04", "FW-02"} and luck < 0.2)
        ):
            return NOT_APPLICABLE
        if item.zero_when is not None and luck < lost / 40:
            return ZEROED
        value = _drawn(item, lost, self.chance)
        return EXEMPT if value > 0 and item.exempt_when is not None and luck > 0.85 else value


def _drawn(item: Item, lost: float, chance: Random) -> int:
    """Return an answer that costs about the share `lost` of the item's full mark."""
    shape, full = item.shape, float(item.full)
    if isinstance(shape, PerOccurrence):
        return _poisson(lost * full / float(shape.step), chance)
    if isinstance(shape, PerKind):
        return _poisson(lost * full / float(max(kind.step for kind in shape.kinds)), chance)
    if isinstance(shape, PassFail):
        return int(chance.random() < lost)
    if isinstance(shape, Levels):
        luck = chance.random()
        return len(shape.levels) - 1 if luck < lost / 4 else min(1, int(luck < lost * 1.75))
    if isinstance(shape, Shortfall):
        missing = _poisson(lost * full / float(shape.step), chance)
        target = float(shape.target)
        return _tenth(target - missing + chance.uniform(0, 0.8) if missing else chance.uniform(target, 100))
    if isinstance(shape, Bands):
        tier = min(_poisson(lost * (len(shape.bands) - 1), chance), len(shape.bands) - 1)
        band = shape.bands[tier]
        high = 100.0 if band.below is None else float(band.below) - 0.1
        return _tenth(chance.uniform(high - 12 if band.at_least is None else float(band.at_least), high))
    raise NotImplementedError(f"the demo cannot draw an answer for {item.code}")


def _tenth(value: float) -> int:
    """Return a percentage, written to one place, in millionths."""
    return min(round(value * 10), 1000) * (UNIT // 10)


def _poisson(mean: float, chance: Random) -> int:
    limit, product, count = exp(-mean), chance.random(), 0
    while product > limit:
        product *= chance.random()
        count += 1
    return count


def ground(found: list[Plot]) -> pl.DataFrame:
    """Return what applicability looks at, one row per estate in order."""
    names = ("gated", "lifts", "secondary_water", "parking_managed", "households")
    frame = pl.DataFrame([{"estate_id": plot.id, **{name: plot.row[name] for name in names}} for plot in found])
    return frame.with_columns(pl.col("lifts", "households") * UNIT)


def _score(made: list[Visit], pack: Pack, ground: pl.DataFrame) -> None:
    """Score every sheet handed in, all at once."""
    handed_in = [visit for visit in made if visit.state in HANDED_IN]
    sheets = pl.DataFrame(
        [(visit.plot.id, *visit.values) for visit in handed_in],
        schema={"estate_id": pl.Int64, **dict.fromkeys(pack.sheet.codes, pl.Int64)},
        orient="row",
    )
    scored = score(pack.sheet, sheets.join(ground, on="estate_id", maintain_order="left"))
    for visit, points in zip(handed_in, scored["score"].to_list(), strict=True):
        visit.score = points


def inspection_rows(made: list[Visit], pack: Pack) -> list[dict[str, object]]:
    """Return the rows of the inspections, sheets frozen where they were handed in."""
    return [_inspection(visit, pack) for visit in made]


def _inspection(visit: Visit, pack: Pack) -> dict[str, object]:
    frozen, reviewed = visit.state in HANDED_IN, visit.state in {"accepted", "returned"}
    begun = visit.held_on is not None
    return {
        "id": visit.id,
        "round": visit.round_id,
        "estate": visit.plot.id,
        "inspector": visit.inspector.id,
        "state": visit.state,
        "due_on": round_days(visit.period, visit.number)[1],
        "held_on": visit.held_on if frozen else None,
        "started_at": visit.started_at if begun else None,
        "submitted_at": visit.at(11) if frozen else None,
        "reviewer": visit.reviewer.id if reviewed else None,
        "reviewed_at": visit.at(15) if reviewed else None,
        "remark": REMARKS[visit.id % len(REMARKS)] if visit.state == "returned" else "",
        "edition": pack.edition if frozen else "",
        "digest": pack.digest if frozen else "",
        "score": visit.score if frozen else None,
        "answers": pack_sheet(visit.values) if frozen else None,
    }


@dataclass(frozen=True)
class Answers:
    """Rows of single answers, and of their history for inspections that are still under way."""

    rows: list[dict[str, Any]]
    changes: list[dict[str, Any]]


def answer_rows(made: list[Visit], pack: Pack, chance: Random) -> Answers:
    """Return the answers row by row: whole for each estate's last two visits, only the exceptions for older ones."""
    whole = {visit.id for last in _latest(made).values() for visit in last}
    found = Answers([], [])
    for visit in made:
        for item, value in zip(pack.sheet.items, visit.values, strict=True) if visit.values else ():
            if value is None or (value == 0 and visit.id not in whole):
                continue
            row = _answer(visit, item, value, chance)
            found.rows.append(row)
            if visit.period == PRESENT and visit.state != "accepted":
                found.changes.append(_change(row))
    return found


def _latest(made: list[Visit]) -> dict[int, list[Visit]]:
    """Return each estate's visits of which all answers are kept: the last two, and all that are not accepted yet."""
    kept: dict[int, list[Visit]] = {}
    for visit in reversed(made):
        mine = kept.setdefault(visit.plot.id, [])
        accepted = sum(one.state == "accepted" for one in mine)
        if visit.values and (visit.state != "accepted" or accepted < 2):
            mine.append(visit)
    return kept


def _answer(visit: Visit, item: Item, value: int, chance: Random) -> dict[str, Any]:
    clean = value in {0, NOT_APPLICABLE} or value >= 90 * UNIT
    reasons = [] if clean else [reason.zh for reason in item.reasons[: 1 + (chance.random() < 0.2)]]
    if not clean and chance.random() < 0.5:
        reasons = [chance.choice(item.reasons).zh]
    returned = visit.state == "returned" and not clean and chance.random() < 0.3
    return {
        "inspection": visit.id,
        "item": item.code,
        "value": value,
        "reasons": msgspec.json.encode(reasons).decode(),
        "note": chance.choice(NOTES) if not clean and chance.random() < 0.25 else "",
        "review_remark": "请补充照片和具体位置" if returned else "",
        "saved_by": visit.inspector.id,
        "saved_at": visit.saved_at,
    }


def _change(row: dict[str, Any]) -> dict[str, Any]:
    said = {"value": row["value"], "reasons": msgspec.json.decode(row["reasons"]), "note": row["note"]}
    return {
        "inspection": row["inspection"],
        "item": row["item"],
        "at": row["saved_at"],
        "person": row["saved_by"],
        "old": None,
        "new": msgspec.json.encode(said).decode(),
    }
