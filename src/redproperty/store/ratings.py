"""Rating runs and their rows: what was previewed, published and superseded."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec
from piccolo.columns.combination import WhereRaw
from piccolo.query.functions import Count

from redproperty.domain.access import Scope
from redproperty.domain.awards import Stars, code_of, joined
from redproperty.domain.periods import Period
from redproperty.domain.runs import worked
from redproperty.store import bulk
from redproperty.store.frames import COUNTED, PENDING
from redproperty.store.scopes import EVERYTHING, Condition, of_estates_or_named
from redproperty.store.tables import Answer, Fact, Inspection, Rating, RatingRun, Round

PREVIEW, PUBLISHED, SUPERSEDED = "preview", "published", "superseded"
_CHUNK = 500  # ids of one update: bind variables are limited


@dataclass(frozen=True)
class Run:
    """One rating of a period; `corrects` is the id of the run that it supersedes."""

    id: int
    period: str
    state: str
    edition: str
    digest: str
    made_by: int
    made_by_name: str
    made_at: datetime
    published_by_name: str | None
    published_at: datetime | None
    corrects: int | None
    reason: str


@dataclass(frozen=True)
class Result:
    """One estate in a run; `working` is the settled row, figures in millionths."""

    estate_id: int
    code: str
    name: str
    street: str
    community: str
    company_id: int | None
    company: str | None
    stratum: str
    stars: Stars | None
    grade: str | None
    not_rated: str | None
    composite: int | None
    working: dict[str, Any]

    @property
    def award(self) -> str:
        """Return the code of what it was awarded."""
        return code_of(self.stars, self.grade, self.not_rated)


@dataclass(frozen=True)
class Standing:
    """The stars of one estate in one published period, without what led to them."""

    period: str
    code: str
    name: str
    edition: str
    stars: Stars | None
    grade: str | None
    not_rated: str | None
    composite: int | None

    @property
    def award(self) -> str:
        """Return the code of what it was awarded."""
        return code_of(self.stars, self.grade, self.not_rated)


@dataclass(frozen=True)
class Kept:
    """A row as it stands in the record, ready to be written or compared byte by byte."""

    estate_id: int
    company_id: int | None
    stratum: str
    stars: int | None  # whole ones
    half: bool
    grade: str | None
    not_rated: str | None
    composite: int | None
    working: str


@dataclass(frozen=True)
class Held:
    """One valid inspection behind a rating: when, by whom, and what was noted beside its answers."""

    id: int
    round: int
    held_on: date | None
    inspector: str
    notes: dict[str, str]
    reasons: dict[str, list[str]]


_RUN = (
    RatingRun.id, RatingRun.period, RatingRun.state, RatingRun.edition, RatingRun.digest, RatingRun.made_by,
    RatingRun.made_by.name.as_alias("made_by_name"), RatingRun.made_at,
    RatingRun.published_by.name.as_alias("published_by_name"), RatingRun.published_at, RatingRun.corrects,
    RatingRun.reason,
)  # fmt: skip


async def runs(period: str | None = None) -> list[Run]:
    """Return all runs, of one period where it is named; the latest period first, then the latest run."""
    query = RatingRun.select(*_RUN).order_by(RatingRun.period, RatingRun.id, ascending=False)
    if period is not None:
        query = query.where(RatingRun.period == period)
    return [Run(**row) for row in await query]


async def run(number: int) -> Run | None:
    """Return one run."""
    row = await RatingRun.select(*_RUN).where(RatingRun.id == number).first()
    return None if row is None else Run(**row)


async def published(period: str) -> Run | None:
    """Return the run of a period that holds."""
    query = RatingRun.select(*_RUN).where((RatingRun.period == period) & (RatingRun.state == PUBLISHED))
    row = await query.first()
    return None if row is None else Run(**row)


def _seen(scope: Scope, on: date | None) -> Condition:
    return of_estates_or_named(scope, Rating.estate, Rating.company, on)


async def results(number: int, scope: Scope, *, on: date | None = None, code: str | None = None) -> list[Result]:
    """Return the rows of a run that lie within `scope`, by estate code; only that of one estate where it is named."""
    where: Condition = WhereRaw(EVERYTHING) if code is None else Rating.estate.code == code
    rows = await (
        Rating.select(
            Rating.estate.as_alias("estate_id"),
            Rating.estate.code.as_alias("code"),
            Rating.estate.name.as_alias("name"),
            Rating.estate.street.as_alias("street"),
            Rating.estate.community.as_alias("community"),
            Rating.company.as_alias("company_id"),
            Rating.company.name.as_alias("company"),
            Rating.stratum,
            Rating.stars,
            Rating.half,
            Rating.grade,
            Rating.not_rated,
            Rating.composite,
            Rating.working,
        )
        .where((Rating.run == number) & _seen(scope, on) & where)
        .order_by(Rating.estate.code)
    )
    return [Result(**starred({**row, "working": worked(row["working"])})) for row in rows]


def starred(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row with its stars, whole and half ones, as one number."""
    half = row.pop("half")
    return {**row, "stars": joined(row["stars"], half=half)}


async def awards_of(numbers: Sequence[int], scope: Scope, *, on: date | None = None) -> dict[int, dict[str, int]]:
    """Return how many estates have which award, by its code, in each of the runs."""
    if not numbers:
        return {}
    what = (Rating.run, Rating.stars, Rating.half, Rating.grade, Rating.not_rated)
    rows = await (
        Rating.select(*what, Count().as_alias("n"))
        .where(Rating.run.is_in(list(numbers)) & _seen(scope, on))
        .group_by(*what)
    )
    counted: dict[int, Counter[str]] = {number: Counter() for number in numbers}
    for row in map(starred, rows):
        counted[row["run"]][code_of(row["stars"], row["grade"], row["not_rated"])] += row["n"]
    return {number: dict(counts) for number, counts in counted.items()}


async def awards_in(number: int) -> dict[int, str]:
    """Return the award of every estate of a run, as its code, by the estate's id."""
    columns = (Rating.estate, Rating.stars, Rating.half, Rating.grade, Rating.not_rated)
    rows = await Rating.select(*columns).where(Rating.run == number)
    return {row["estate"]: code_of(row["stars"], row["grade"], row["not_rated"]) for row in map(starred, rows)}


async def history(scope: Scope, *, on: date | None = None, code: str | None = None) -> list[Standing]:
    """Return what every published run within `scope` gave, by period and estate; only of one estate where named."""
    where: Condition = WhereRaw(EVERYTHING) if code is None else Rating.estate.code == code
    rows = await (
        Rating.select(
            Rating.run.period.as_alias("period"),
            Rating.estate.code.as_alias("code"),
            Rating.estate.name.as_alias("name"),
            Rating.run.edition.as_alias("edition"),
            Rating.stars,
            Rating.half,
            Rating.grade,
            Rating.not_rated,
            Rating.composite,
        )
        .where((Rating.run.state == PUBLISHED) & _seen(scope, on) & where)
        .order_by(Rating.run.period, Rating.estate.code)
    )
    return [Standing(**starred(row)) for row in rows]


async def kept(number: int) -> list[Kept]:
    """Return the rows of a run as they stand, by estate code."""
    rows = await (
        Rating.select(
            Rating.estate.as_alias("estate_id"),
            Rating.company.as_alias("company_id"),
            Rating.stratum,
            Rating.stars,
            Rating.half,
            Rating.grade,
            Rating.not_rated,
            Rating.composite,
            Rating.working,
        )
        .where(Rating.run == number)
        .order_by(Rating.estate.code)
    )
    return [Kept(**row) for row in rows]


async def add(period: Period, *, edition: str, digest: str, made_by: int, at: datetime, rows: Sequence[Kept]) -> int:
    """Keep a preview with its rows and return its id; must run inside a transaction."""
    head = RatingRun(
        period=period.code, state=PREVIEW, edition=edition, digest=digest, made_by=made_by, made_at=at
    )  # fmt: skip
    number: int = (await RatingRun.insert(head))[0]["id"]
    names = {"estate_id": "estate", "company_id": "company"}
    await bulk.insert(
        Rating, [{"run": number, **{names.get(name, name): value for name, value in vars(row).items()}} for row in rows]
    )
    return number


async def drop_previews(period: Period) -> None:
    """Forget the previews of a period; nothing published is touched."""
    old = RatingRun.select(RatingRun.id).where((RatingRun.period == period.code) & (RatingRun.state == PREVIEW))
    await Rating.delete().where(Rating.run.is_in(old))
    await RatingRun.delete().where((RatingRun.period == period.code) & (RatingRun.state == PREVIEW))


async def supersede(number: int) -> None:
    """Mark a published run as superseded; its rows stay."""
    await RatingRun.update({RatingRun.state: SUPERSEDED}).where(RatingRun.id == number)


async def set_published(number: int, *, by: int, at: datetime, corrects: int | None, reason: str) -> None:
    """Turn a preview into the run that holds."""
    await RatingRun.update(
        {
            RatingRun.state: PUBLISHED,
            RatingRun.published_by: by,
            RatingRun.published_at: at,
            RatingRun.corrects: corrects,
            RatingRun.reason: reason,
        }
    ).where(RatingRun.id == number)


async def lock_inspections(ids: Sequence[int]) -> None:
    """Lock the inspections that a published rating rests on."""
    for start in range(0, len(ids), _CHUNK):
        some = list(ids[start : start + _CHUNK])
        await Inspection.update({Inspection.state: "locked"}).where(Inspection.id.is_in(some))


def _counting(period: Period) -> Condition:
    """Return the condition of the inspections of a period that a rating may rest on: neither void nor second looks."""
    counts = Inspection.second_of.is_null() & (Inspection.void_reason == "")
    return (Inspection.round.period == period.code) & counts


async def editions_of(period: Period) -> dict[str, int]:
    """Return under which editions the accepted and locked inspections of a period were scored, and how many each."""
    rows = await (
        Inspection.select(Inspection.edition, Count().as_alias("n"))
        .where(_counting(period) & Inspection.state.is_in(list(COUNTED)))
        .group_by(Inspection.edition)
    )
    return {row["edition"]: row["n"] for row in rows}


async def states_of(period: Period) -> dict[str, int]:
    """Return how many inspections of a period stand in which state."""
    rows = await (
        Inspection.select(Inspection.state, Count().as_alias("n")).where(_counting(period)).group_by(Inspection.state)
    )
    return {row["state"]: row["n"] for row in rows}


async def pending(period: Period) -> list[str]:
    """Return the names of estates with an inspection of the period that was handed in and not reviewed."""
    rows = await (
        Inspection.select(Inspection.estate.name.as_alias("name"))
        .where(_counting(period) & (Inspection.state == PENDING))
        .order_by(Inspection.estate.code)
    )
    return [row["name"] for row in rows]


async def periods() -> list[str]:
    """Return the codes of all periods with a round or a rating, the latest first."""
    opened = await Round.select(Round.period).group_by(Round.period)
    rated = await RatingRun.select(RatingRun.period).group_by(RatingRun.period)
    return sorted({row["period"] for row in (*opened, *rated)}, reverse=True)


async def void_rounds(period: Period) -> list[tuple[int, str]]:
    """Return number and reason of the rounds of a period that do not count."""
    rows = await Round.select(Round.number, Round.void_reason).where(
        (Round.period == period.code) & (Round.void_reason != "")
    )
    return sorted((row["number"], row["void_reason"]) for row in rows)


async def recorded(estate: int, period: Period, *, until: datetime) -> list[dict[str, Any]]:
    """Return name, source and days of what was recorded of an estate by `until` and may count in the period."""
    in_time = (Fact.recorded_at <= until) & (Fact.valid_from <= period.ends)
    in_time &= Fact.withdrawn_at.is_null() | (Fact.withdrawn_at > until)
    rows: list[dict[str, Any]] = await (
        Fact.select(Fact.name, Fact.source, Fact.valid_from, Fact.valid_to)
        .where((Fact.estate == estate) & in_time & (Fact.valid_to.is_null() | (Fact.valid_to >= period.begins)))
        .order_by(Fact.name, Fact.valid_from)
    )
    return rows


async def held(ids: Sequence[int]) -> list[Held]:
    """Return the inspections behind a rating with their notes and reasons by item, in the order of the rounds."""
    if not ids:
        return []
    heads = await (
        Inspection.select(
            Inspection.id,
            Inspection.round.number.as_alias("round"),
            Inspection.held_on,
            Inspection.inspector.name.as_alias("inspector"),
        )
        .where(Inspection.id.is_in(list(ids)))
        .order_by(Inspection.round.number)
    )
    answers = await Answer.select(Answer.inspection, Answer.item, Answer.note, Answer.reasons).where(
        Answer.inspection.is_in(list(ids))
    )
    notes: dict[int, dict[str, str]] = {number: {} for number in ids}
    reasons: dict[int, dict[str, list[str]]] = {number: {} for number in ids}
    for row in answers:
        notes[row["inspection"]][row["item"]] = row["note"]
        reasons[row["inspection"]][row["item"]] = msgspec.json.decode(row["reasons"], type=list[str])
    return [Held(**head, notes=notes[head["id"]], reasons=reasons[head["id"]]) for head in heads]
