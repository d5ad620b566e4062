"""What has happened to one estate, kind by kind, each in one query; who may see which kind is the page's question."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from redproperty.domain.access import Scope
from redproperty.domain.awards import Stars, code_of
from redproperty.domain.runs import worked
from redproperty.store.ratings import starred
from redproperty.store.scopes import inspections_in
from redproperty.store.tables import Inspection, Rating, SubsidyLine, TakeoverMove

SETTLED = ("submitted", "accepted", "returned", "locked")
LATEST = 60  # of each kind; older ones are found through their own lists


@dataclass(frozen=True)
class Rated:
    """The estate's stars in a published or superseded run."""

    period: str
    stars: Stars | None
    grade: str | None
    not_rated: str | None
    composite: int | None
    published_at: datetime
    superseded: bool
    edition: str

    @property
    def award(self) -> str:
        """Return the code of what it was awarded."""
        return code_of(self.stars, self.grade, self.not_rated)


@dataclass(frozen=True)
class Inspected:
    """An inspection that was handed in; one of `void_reason` and `round_void` says why it does not count."""

    id: int
    period: str
    round: int
    state: str
    score: int | None
    held_on: date | None
    submitted_at: datetime
    inspector: str
    void_reason: str
    round_void: str


@dataclass(frozen=True)
class Paid:
    """A line of an approved subsidy run."""

    number: str
    period: str
    company: str | None
    due_fen: int
    paid_fen: int
    zero_reason: str | None
    decided_at: datetime


@dataclass(frozen=True)
class Moved:
    """A move of one of the estate's takeover cases."""

    number: str
    edition: str
    event: str
    from_state: str
    to_state: str
    on_day: date
    basis: str
    document: str
    person: str


async def ratings(estate: int) -> list[Rated]:
    """Return the stars of every run that was ever published, newest first."""
    run = Rating.run
    rows = await (
        Rating.select(
            run.period.as_alias("period"), Rating.stars, Rating.half, Rating.grade, Rating.not_rated, Rating.composite,
            run.published_at.as_alias("published_at"), run.state.as_alias("state"), run.edition.as_alias("edition"),
        )
        .where((Rating.estate == estate) & run.state.is_in(["published", "superseded"]))
        .order_by(run.published_at, ascending=False)
        .limit(LATEST)
    )  # fmt: skip
    return [Rated(superseded=row.pop("state") == "superseded", **row) for row in map(starred, rows)]


async def inspections(estate: int, scope: Scope) -> list[Inspected]:
    """Return the inspections that were handed in, newest first."""
    rows = await (
        Inspection.select(
            Inspection.id, Inspection.round.period.as_alias("period"), Inspection.round.number.as_alias("round"),
            Inspection.state, Inspection.score, Inspection.held_on, Inspection.submitted_at,
            Inspection.inspector.name.as_alias("inspector"), Inspection.void_reason,
            Inspection.round.void_reason.as_alias("round_void"),
        )
        .where(
            (Inspection.estate == estate)
            & inspections_in(scope)
            & Inspection.second_of.is_null()
            & Inspection.state.is_in(list(SETTLED))
            & Inspection.submitted_at.is_not_null()
        )
        .order_by(Inspection.submitted_at, ascending=False)
        .limit(LATEST)
    )  # fmt: skip
    return [Inspected(**row) for row in rows]


async def payments(estate: int, *, company: int | None) -> list[Paid]:
    """Return the lines of approved runs, newest first; with a company only those that name it."""
    run = SubsidyLine.run
    condition = (SubsidyLine.estate == estate) & (run.state == "approved")
    if company is not None:
        condition &= SubsidyLine.company == company
    rows = await (
        SubsidyLine.select(
            run.number.as_alias("number"), SubsidyLine.period, SubsidyLine.company.name.as_alias("company"),
            SubsidyLine.due_fen, SubsidyLine.paid_fen, SubsidyLine.zero_reason, run.decided_at.as_alias("decided_at"),
        )
        .where(condition)
        .order_by(run.decided_at, ascending=False)
        .limit(LATEST)
    )  # fmt: skip
    return [Paid(**row) for row in rows]


async def takeover_moves(estate: int) -> list[Moved]:
    """Return every move of the estate's takeover cases, newest first."""
    case = TakeoverMove.takeover
    rows = await (
        TakeoverMove.select(
            case.number.as_alias("number"), case.edition.as_alias("edition"), TakeoverMove.event,
            TakeoverMove.from_state, TakeoverMove.to_state, TakeoverMove.on_day, TakeoverMove.basis,
            TakeoverMove.document, TakeoverMove.person.name.as_alias("person"),
        )
        .where(case.estate == estate)
        .order_by(TakeoverMove.id, ascending=False)
        .limit(LATEST)
    )  # fmt: skip
    return [Moved(**row) for row in rows]


@dataclass(frozen=True)
class Latest:
    """The estate's row in the latest published run: its edition and its whole working."""

    period: str
    edition: str
    published_at: datetime
    stars: Stars | None
    grade: str | None
    not_rated: str | None
    composite: int | None
    working: dict[str, Any]

    @property
    def award(self) -> str:
        """Return the code of what it was awarded."""
        return code_of(self.stars, self.grade, self.not_rated)


async def latest(estate: int) -> Latest | None:
    """Return the estate's row in the latest published run, or None where it has none."""
    run = Rating.run
    row = await (
        Rating.select(
            run.period.as_alias("period"), run.edition.as_alias("edition"),
            run.published_at.as_alias("published_at"), Rating.stars, Rating.half, Rating.grade, Rating.not_rated,
            Rating.composite, Rating.working,
        )
        .where((Rating.estate == estate) & (run.state == "published"))
        .order_by(run.period, ascending=False)
        .first()
    )  # fmt: skip
    if row is None:
        return None
    return Latest(**starred({**row, "working": worked(row["working"])}))
