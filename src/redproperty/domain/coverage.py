"""How far the district is covered up to a day: estates by kind of care, and the estate-days on which nobody cared.

The target of unmanaged estate-days is zero (K02). A period in progress counts only the days that have passed.
"""

from datetime import date, timedelta

import polars as pl

from redproperty.domain.estates import Management, coverage, stints
from redproperty.domain.periods import Period


def unmanaged_stretches(estates: pl.DataFrame, tenures: pl.DataFrame, period: Period, until: date) -> pl.DataFrame:
    """Return every stretch of `period`, through `until` inclusive, in which an estate was under nobody.

    Columns: estate_id, estate_code, street, begins, ends (exclusive, the day after `until` at most), days; by street
    and estate, in the order of time. A stretch that began earlier begins with the period.
    """
    after = pl.lit(until + timedelta(days=1))
    return (
        stints(estates, tenures, period)
        .filter((pl.col("management") == Management.NONE.value) & (pl.col("begins") < after))
        .with_columns(ends=pl.min_horizontal("ends", after))
        .with_columns(days=(pl.col("ends") - pl.col("begins")).dt.total_days())
        .join(estates.select("estate_id", "estate_code", "street"), on="estate_id")
        .select("estate_id", "estate_code", "street", "begins", "ends", "days")
        .sort("street", "estate_code", "begins")
    )


def unmanaged_days(estates: pl.DataFrame, tenures: pl.DataFrame, period: Period, until: date) -> pl.DataFrame:
    """Return by street the estate-days under nobody in `period`, through `until` inclusive: street, unmanaged_days."""
    return (
        unmanaged_stretches(estates, tenures, period, until)
        .group_by("street")
        .agg(pl.col("days").sum().cast(pl.Int64).alias("unmanaged_days"))
        .sort("street")
    )


def covered(estates: pl.DataFrame, tenures: pl.DataFrame, parties: pl.DataFrame, day: date) -> pl.DataFrame:
    """Return the coverage of each street on `day` with the unmanaged estate-days of its period so far."""
    days = unmanaged_days(estates, tenures, Period.of(day), day)
    return (
        coverage(estates, tenures, parties, day)
        .join(days, on="street", how="left")
        .with_columns(pl.col("unmanaged_days").fill_null(0))
        .sort("street")
    )
