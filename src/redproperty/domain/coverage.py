"""How far the district is covered up to a day: estates by kind of care, and the estate-days on which nobody cared.

The target of unmanaged estate-days is zero (K02). A period in progress counts only the days that have passed.
"""

from datetime import date, timedelta

import polars as pl

from redproperty.domain.estates import Management, coverage, stints
from redproperty.domain.periods import Period


def unmanaged_days(estates: pl.DataFrame, tenures: pl.DataFrame, period: Period, until: date) -> pl.DataFrame:
    """Return by street the estate-days under nobody in `period`, through `until` inclusive: street, unmanaged_days."""
    after = until + timedelta(days=1)
    return (
        stints(estates, tenures, period)
        .filter((pl.col("management") == Management.NONE.value) & (pl.col("begins") < after))
        .with_columns(days=(pl.min_horizontal("ends", pl.lit(after)) - pl.col("begins")).dt.total_days())
        .join(estates.select("estate_id", "street"), on="estate_id")
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
