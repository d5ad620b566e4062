"""Division that rounds once, in columns and of plain numbers, against fractions."""

from fractions import Fraction
from math import ceil, floor

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redproperty.domain.numbers import divide, divided

NUMBERS = st.integers(-(10**12), 10**12) | st.integers(-20, 20)


def by_fractions(numerator, denominator, mode):
    exact = Fraction(numerator, denominator)
    if mode == "half_up":
        return floor(abs(exact) + Fraction(1, 2)) * (1 if exact >= 0 else -1)
    return {"half_even": round, "floor": floor, "ceil": ceil}[mode](exact)


@pytest.mark.parametrize("mode", ["half_up", "half_even", "floor", "ceil"])
@settings(deadline=None)
@given(pairs=st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1))
def test_columns_and_plain_numbers_are_divided_alike(mode, pairs):
    frame = pl.DataFrame(pairs, schema={"n": pl.Int64, "d": pl.Int64}, orient="row")
    expected = [by_fractions(n, d, mode) if d else None for n, d in pairs]
    assert frame.select(divide(pl.col("n"), pl.col("d"), mode)).to_series().to_list() == expected
    assert [divided(n, d, mode) if d else None for n, d in pairs] == expected
    first = pairs[0][1]
    by_one = [by_fractions(n, first, mode) if first else None for n, _ in pairs]
    assert frame.select(divide(pl.col("n"), first, mode)).to_series().to_list() == by_one


@pytest.mark.parametrize("mode", ["half_up", "half_even", "floor", "ceil"])
@settings(deadline=None)
@given(pairs=st.lists(st.tuples(NUMBERS, NUMBERS.map(abs)), min_size=1))
def test_small_numbers_are_divided_alike_within_64_bits(mode, pairs):
    frame = pl.DataFrame(pairs, schema={"n": pl.Int64, "d": pl.Int64}, orient="row")
    expected = [by_fractions(n, d, mode) if d else None for n, d in pairs]
    assert frame.select(divide(pl.col("n"), pl.col("d"), mode, small=True)).to_series().to_list() == expected
