"""A figure cut into slices, each with its own rate: area tiers, progressive tariffs, weights by bracket."""

# ruff: noqa: ARG002 - every class answers the same questions, not every answer needs all that is told

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

import msgspec
import polars as pl

from redproperty.domain.branches import Branch, joined
from redproperty.domain.faults import Fault, Path
from redproperty.domain.numbers import PLACES, UNIT, Mode, divide, quotient
from redproperty.domain.operands import Operand, held, named, worded
from redproperty.domain.sheets import Sheet
from redproperty.domain.steps.base import Passes, Step, no_absence, place_faults, titled, to_places
from redproperty.domain.texts import Text

_ENDS = ("up_to", "rate", "rises_to")


class Tier(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One slice: up to where it goes (the last one may be open) and its rate, which may rise evenly to its end."""

    up_to: Operand | None = None
    rate: Operand
    rises_to: Operand | None = None


class _Slice(NamedTuple):
    """One tier of one estate, in millionths: where it begins and ends (none: open) and how much lies in it."""

    tier: Tier
    start: pl.Expr
    end: pl.Expr | None
    filled: pl.Expr


class Tiers(Step, frozen=True, kw_only=True, tag="tiers"):
    """Σ what lies in a slice × its rate, from 0 upwards, rounded once: the first 100 at 3, what is above at 2.

    Only what lies above a line is counted by the next rate, so nobody falls back by crossing it. What lies beyond a
    last tier that has an end counts nothing, nor does a figure below 0. With `rises_to` the rate rises (or falls)
    evenly within its slice, so what lies in it counts with the mean of the rate at its beginning and at its upper end.
    Missing where the figure is, or an end or rate that is a figure.
    """

    of: str
    tiers: tuple[Tier, ...]
    places: int = PLACES
    mode: Mode = "half_up"

    def passes(self, sheet: Sheet) -> Passes:
        """Yield the sum over the slices."""
        parts = [one.filled.cast(pl.Int128) * self._mean_rate(one) for one in self._slices()]
        total = parts[0]
        for part in parts[1:]:
            total = total + part
        found = quotient(total, UNIT * self._finer(), self.places, self.mode)
        yield [pl.when(pl.col(self.of).is_not_null()).then(found).alias(self.name)]

    def _finer(self) -> int:
        """Return in how many parts of a millionth rates are held: mean rates of a rise need more decimals."""
        return UNIT if any(tier.rises_to is not None for tier in self.tiers) else 1

    def _mean_rate(self, one: _Slice) -> pl.Expr:
        rate = held(one.tier.rate).cast(pl.Int128) * self._finer()
        if one.tier.rises_to is None or one.end is None:
            return rate
        rise = (held(one.tier.rises_to) - held(one.tier.rate)).cast(pl.Int128) * self._finer()
        return rate + divide(rise * one.filled, 2 * (one.end - one.start)).fill_null(0)

    def _slices(self) -> Iterator[_Slice]:
        value, start = pl.col(self.of).clip(lower_bound=0), pl.lit(0, pl.Int64)
        for tier in self.tiers:
            end = None if tier.up_to is None else held(tier.up_to)
            reached = value if end is None else pl.when(value < end).then(value).otherwise(end)
            yield _Slice(tier, start, end, (reached - start).clip(lower_bound=0))
            if end is not None:
                start = pl.when(end > start).then(end).otherwise(start)

    def needs(self) -> Iterator[tuple[Path, str]]:
        """Need the figure, and ends and rates that are figures."""
        yield ("of",), self.of
        for index, tier in enumerate(self.tiers):
            for key in _ENDS:
                yield from named(("tiers", index, key), getattr(tier, key))

    def say(self, titles: Mapping[str, Text]) -> Text:
        """List the slices and their rates."""
        parts = [
            Text("{w} {g}", "{w} {g}").fill(w=_where(before, tier, titles), g=_rate(tier, titles))
            for before, tier in self._pairs()
        ]
        text = Text("按{t}分档累进，各档各按其率：{l}", "by {t}, each slice by its own rate: {l}")
        return to_places(text.fill(t=titled(self.of, titles), l=joined(parts)), self.places, self.mode)

    def _pairs(self) -> Iterator[tuple[Tier | None, Tier]]:
        return zip((None, *self.tiers), self.tiers, strict=False)

    def head(self, titles: Mapping[str, Text]) -> Text:
        """Name the figure."""
        text = Text("按{t}分档累进，各档各按其率", "by {t}, each slice by its own rate")
        return to_places(text.fill(t=titled(self.of, titles)), self.places, self.mode)

    def tabled(self, titles: Mapping[str, Text]) -> Iterator[Branch]:
        """Yield the slices; the one is marked in which the figure ends."""
        value = pl.col(self.of)
        first = self.tiers[0]
        for (before, tier), one in zip(self._pairs(), self._slices(), strict=True):
            above = value.is_not_null() if tier is first else value > one.start
            below = pl.lit(value=True) if one.end is None else value <= one.end
            yield Branch(_where(before, tier, titles), _rate(tier, titles), above & below)
        last = self.tiers[-1]
        if last.up_to is not None:
            beyond = Text("{e} 以上的部分", "what is above {e}").fill(e=worded(last.up_to, titles))
            yield Branch(beyond, Text("0", "0"), value > held(last.up_to))

    def check(self) -> Iterator[Fault]:
        """Refuse no tier, an open tier that is not the last, ends out of order, a rise without an end."""
        if not self.tiers:
            yield ("tiers",), Text("至少写一档", "at least one tier is needed")
        for index, tier in enumerate(self.tiers):
            for key in _ENDS:
                yield from no_absence(("tiers", index, key), getattr(tier, key))
            if tier.up_to is None and tier is not self.tiers[-1]:
                yield ("tiers", index), Text("只有最后一档可以不写 up_to", "only the last tier may go without up_to")
            if tier.up_to is None and tier.rises_to is not None:
                text = Text("写了 rises_to 就须写 up_to", "a rate that rises needs up_to")
                yield ("tiers", index, "rises_to"), text
        ends = [Decimal(0), *(tier.up_to for tier in self.tiers)]
        for index, (low, high) in enumerate(pairwise(ends)):
            if isinstance(low, Decimal) and isinstance(high, Decimal) and low >= high:
                text = Text("各档须由小到大，从 0 起", "tiers go from low to high, beginning at 0")
                yield ("tiers", index, "up_to"), text
        yield from place_faults(self.places)


def _where(before: Tier | None, tier: Tier, titles: Mapping[str, Text]) -> Text:
    low = None if before is None or before.up_to is None else worded(before.up_to, titles)
    high = None if tier.up_to is None else worded(tier.up_to, titles)
    if low is None:
        return Text("全部", "all of it") if high is None else Text("{h} 以内", "up to {h}").fill(h=high)
    if high is None:
        return Text("{l} 以上的部分", "what is above {l}").fill(l=low)
    return Text("{l} 至 {h} 的部分", "from {l} to {h}").fill(l=low, h=high)


def _rate(tier: Tier, titles: Mapping[str, Text]) -> Text:
    rate = worded(tier.rate, titles)
    if tier.rises_to is None:
        return Text("× {r}", "× {r}").fill(r=rate)
    return Text("× {r} 渐变到 {e}", "× {r} going evenly to {e}").fill(r=rate, e=worded(tier.rises_to, titles))
