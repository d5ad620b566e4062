"""Passes fused into as few as their columns allow."""

import polars as pl

from redproperty.domain.operands import scratch
from redproperty.domain.plans import Wipe, fused, through, wiping
from redproperty.domain.sheets import NO_SHEET

FRAME = pl.DataFrame({"a": [1, 2], "b": [10, 20]})


def run(passes):
    frame = FRAME
    for expressions in passes:
        frame = frame.with_columns(expressions)
    return frame


def fusing(*passes):
    """The fused passes, which give what the passes one by one give."""
    short = fused(passes)
    assert run(short).select(run(passes).columns).equals(run(passes))
    return short


def test_columns_that_do_not_look_at_one_another_share_a_pass():
    passes = fusing([(pl.col("a") + 1).alias("c")], [(pl.col("b") + 1).alias("d")], [pl.lit(3).alias("e")])
    assert [len(one) for one in passes] == [3]


def test_a_column_waits_for_what_it_looks_at():
    passes = fusing([(pl.col("a") + 1).alias("c")], [(pl.col("c") * 2).alias("d"), (pl.col("a") * 2).alias("e")])
    assert [[expr.meta.output_name() for expr in one] for one in passes] == [["c", "e"], ["d"]]


def test_who_looks_at_a_column_sees_it_before_it_is_replaced():
    fusing(
        [(pl.col("a") + 1).alias("c")],
        [(pl.col("c") + pl.col("b")).alias("d")],
        [(pl.col("a") * 0).alias("b")],
        [(pl.col("b") + 1).alias("e")],
        [(pl.col("b") + 5).alias("b")],
        [(pl.col("b") * 2).alias("f")],
    )


def test_groups_and_conditions_are_looked_at_too():
    first = [(pl.col("a") % 2).alias("g"), (pl.col("a") > 1).alias("w")]
    passes = fusing(first, [pl.col("b").sum().over("g").alias("s")], [pl.when("w").then("a").alias("t")])
    assert [len(one) for one in passes] == [2, 2]


def test_scratch_columns_go_as_soon_as_nothing_looks_at_them():
    half, twice = scratch("half"), scratch("twice")
    first = ((pl.col("a") * 5).alias(half), (pl.col("b") * 2).alias(twice))
    plan = wiping((first, ((pl.col(half) + 1).alias("c"),), ((pl.col(twice) + pl.col("c")).alias("d"),)))
    assert [part.names for part in plan if isinstance(part, Wipe)] == [(half,), (twice,)]
    frame = through(FRAME, plan, NO_SHEET)
    assert frame.columns == ["a", "b", "c", "d"]
    assert frame["d"].to_list() == [26, 51]
