"""The coverage of the streets on a day, and the stars of the latest published period."""

from dataclasses import dataclass
from datetime import date

import polars as pl

from redproperty.domain.access import Scope
from redproperty.domain.coverage import covered
from redproperty.domain.periods import Period
from redproperty.store.frames import register_frames
from redproperty.store.scopes import estates_in, of_estates_in
from redproperty.store.tables import Estate, Rating, RatingRun


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


@dataclass(frozen=True)
class StarCount:
    """How many estates of a street have so many stars (None: not rated) in the latest published period."""

    period: str
    street: str
    stars: int | None
    estates: int


async def stars(scope: Scope, on: date) -> list[StarCount]:
    """Return the distribution of the latest published period over the streets in scope; empty before the first."""
    latest = await (
        RatingRun.select(RatingRun.id, RatingRun.period)
        .where(RatingRun.state == "published")
        .order_by(RatingRun.period, ascending=False)
        .first()
    )
    if latest is None:
        return []
    rows = await Rating.select(Rating.estate.street.as_alias("street"), Rating.stars).where(
        (Rating.run == latest["id"]) & of_estates_in(scope, Rating.estate, on)
    )
    counted: dict[tuple[str, int | None], int] = {}
    for row in rows:
        key = (row["street"], row["stars"])
        counted[key] = counted.get(key, 0) + 1
    return [StarCount(latest["period"], street, count, number) for (street, count), number in counted.items()]
