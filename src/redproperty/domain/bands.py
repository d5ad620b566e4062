"""Bands of a number with stated closed ends: points by rate, stars by composite.

A line of numbers is cut into bands that leave no gap and no overlap; each end says whether it belongs to the band
(`at_least`, `at_most`) or not (`above`, `below`), so 90.5 never falls between "86–90" and "91–95".
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise

import msgspec
import polars as pl

from redproperty.domain.faults import Fault
from redproperty.domain.numbers import figure, plain
from redproperty.domain.texts import Text

End = tuple[Decimal, int]  # where the line is cut; 0 before the number, 1 after it


class Band(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One stretch of numbers; an end left out is open to infinity."""

    at_least: Decimal | None = None
    above: Decimal | None = None
    below: Decimal | None = None
    at_most: Decimal | None = None

    def holds(self, value: pl.Expr, unit: int | None = None) -> pl.Expr:
        """Return whether `value` lies in the band; `unit=1` compares plain counts, otherwise millionths."""

        def edge(number: Decimal) -> int:
            return int(number) * unit if unit else figure(number)

        tests = [
            *([value >= edge(self.at_least)] if self.at_least is not None else []),
            *([value > edge(self.above)] if self.above is not None else []),
            *([value < edge(self.below)] if self.below is not None else []),
            *([value <= edge(self.at_most)] if self.at_most is not None else []),
        ]
        return pl.all_horizontal(tests) if tests else value.is_not_null()

    def has(self, value: Decimal) -> bool:
        """Return whether one number lies in the band."""
        return (
            (self.at_least is None or value >= self.at_least)
            and (self.above is None or value > self.above)
            and (self.below is None or value < self.below)
            and (self.at_most is None or value <= self.at_most)
        )

    def low(self) -> End | None:
        """Return where the band begins on the line."""
        if self.at_least is not None:
            return self.at_least, 0
        return None if self.above is None else (self.above, 1)

    def high(self) -> End | None:
        """Return where the band ends on the line."""
        if self.below is not None:
            return self.below, 0
        return None if self.at_most is None else (self.at_most, 1)

    def words(self) -> Text:
        """Return the band in words: “≥90 且 <95”."""
        signs = ((self.at_least, "≥"), (self.above, ">"), (self.below, "<"), (self.at_most, "≤"))
        parts = [sign + plain(figure(number)) for number, sign in signs if number is not None]
        return Text("且".join(parts) or "任意", " and ".join(parts) or "any")


def band_faults(bands: Sequence[Band]) -> Iterator[Fault]:
    """Yield what keeps the bands from covering the whole line exactly once; paths are `(index,)`."""
    if not bands:
        yield (), Text("至少要有一段", "at least one band is needed")
    for index, band in enumerate(bands):
        yield from (((index,), text) for text in _end_faults(band))
    order = sorted(range(len(bands)), key=lambda i: bands[i].low() or (Decimal("-Infinity"), 0))
    if order and bands[order[0]].low() is not None:
        text = Text("{end} 以下没有任何一段", "nothing covers the numbers below {end}")
        yield (order[0],), text.fill(end=_number(bands[order[0]].low()))
    if order and bands[order[-1]].high() is not None:
        text = Text("{end} 以上没有任何一段", "nothing covers the numbers above {end}")
        yield (order[-1],), text.fill(end=_number(bands[order[-1]].high()))
    for lower, upper in pairwise(order):
        yield from _seam(bands, lower, upper)


def stretch_faults(band: Band) -> Iterator[Fault]:
    """Yield why a band that stands alone says nothing, or holds no number."""
    if band.low() is None and band.high() is None:
        yield (), Text("至少写一个界限", "state at least one end")
    yield from (((), text) for text in _end_faults(band))


def _end_faults(band: Band) -> Iterator[Text]:
    if (band.at_least is not None and band.above is not None) or (band.below is not None and band.at_most is not None):
        yield Text("同一端只能写一个界限", "an end may be stated only once")
    low, high = band.low(), band.high()
    if low is not None and high is not None and low >= high:
        yield Text("此段为空，上下界写反了", "this band is empty: its ends are reversed")


def _seam(bands: Sequence[Band], lower: int, upper: int) -> Iterator[Fault]:
    high, low = bands[lower].high(), bands[upper].low()
    if high is None or low is None or high > low:
        text = Text("与“{other}”重叠", "overlaps “{other}”")
    elif high < low:
        text = Text("与“{other}”之间有空档", "leaves a gap to “{other}”")
    else:
        return
    yield (upper,), text.fill(other=bands[lower].words())


def _number(end: End | None) -> str:
    return "" if end is None else plain(figure(end[0]))
