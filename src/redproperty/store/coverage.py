"""The coverage of the streets on a day, and which period was rated last."""

from dataclasses import dataclass
from datetime import date

import polars as pl

from redproperty.domain.access import Scope
from redproperty.domain.coverage import covered, unmanaged_stretches
from redproperty.domain.periods import Period
from redproperty.store.frames import Register, register_frames
from redproperty.store.scopes import estates_in
from redproperty.store.tables import Estate, RatingRun


@dataclass(frozen=True)
class StreetCoverage:
    """The estates of one street on a day by Party unit, owners' body and management; each group adds up to `estates`.

    `unmanaged_days` are the estate-days under nobody in the period so far.
    """

    street: str
    estates: int
    party_own: int
    party_joint: int
    party_instructor: int
    party_applied: int
    party_none: int
    committee: int
    interim: int
    no_body: int
    market: int
    self: int
    emergency: int
    custody: int
    none: int
    unmanaged_days: int


async def by_street(scope: Scope, on: date) -> list[StreetCoverage]:
    """Return the coverage of every street in scope that has estates."""
    estates, whole = await _register(scope, on)
    return [StreetCoverage(**row) for row in covered(estates, whole.tenures, whole.parties, on).iter_rows(named=True)]


@dataclass(frozen=True)
class Stretch:
    """Days of the period so far on which an estate was under nobody; `ends` is the first day after them."""

    code: str
    name: str
    begins: date
    ends: date
    days: int


async def unmanaged(scope: Scope, on: date, street: str) -> list[Stretch]:
    """Return the stretches behind `StreetCoverage.unmanaged_days` of one street."""
    estates, whole = await _register(scope, on)
    found = unmanaged_stretches(estates.filter(pl.col("street") == street), whole.tenures, Period.of(on), on)
    rows = found.join(estates.select("estate_id", "name"), on="estate_id", maintain_order="left")
    columns = rows.select("name", "begins", "ends", "days", code="estate_code")
    return [Stretch(**row) for row in columns.iter_rows(named=True)]


async def _register(scope: Scope, on: date) -> tuple[pl.DataFrame, Register]:
    """Return the estates in scope, and the whole register of the period of a day."""
    whole = await register_frames(Period.of(on))
    inside = await Estate.select(Estate.id).where(estates_in(scope, on))
    return whole.estates.filter(pl.col("estate_id").is_in([row["id"] for row in inside])), whole


async def latest_period() -> str | None:
    """Return the code of the latest period whose stars are published."""
    latest = await (
        RatingRun.select(RatingRun.period)
        .where(RatingRun.state == "published")
        .order_by(RatingRun.period, ascending=False)
        .first()
    )
    return latest["period"] if latest else None
