"""The coverage of the streets on a day, and which period was rated last."""

from dataclasses import dataclass
from datetime import date

import polars as pl

from redproperty.domain.access import Scope
from redproperty.domain.coverage import covered
from redproperty.domain.periods import Period
from redproperty.store.frames import register_frames
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
    whole = await register_frames(Period.of(on))
    inside = await Estate.select(Estate.id).where(estates_in(scope, on))
    estates = whole.estates.filter(pl.col("estate_id").is_in([row["id"] for row in inside]))
    return [StreetCoverage(**row) for row in covered(estates, whole.tenures, whole.parties, on).iter_rows(named=True)]


async def latest_period() -> str | None:
    """Return the code of the latest period whose stars are published."""
    latest = await (
        RatingRun.select(RatingRun.period)
        .where(RatingRun.state == "published")
        .order_by(RatingRun.period, ascending=False)
        .first()
    )
    return latest["period"] if latest else None
