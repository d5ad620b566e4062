"""Figures from earlier periods: the composite of a period before, and how long it has kept within a bound.

What is looked back at are the published composites; a change, a loss limit or “improved within two periods” is made of
them by sums, clamps and conditions.
"""

# ruff: noqa: ARG002 - every class answers the same questions, not every answer needs all that is told

from collections.abc import Iterator, Mapping
from typing import ClassVar

import polars as pl

from redproperty.domain.bands import Band
from redproperty.domain.faults import Fault
from redproperty.domain.numbers import UNIT
from redproperty.domain.sheets import Sheet
from redproperty.domain.stages import HISTORY
from redproperty.domain.steps.base import Passes, Step
from redproperty.domain.texts import Text

FURTHEST = 40  # ten years of quarters


class Past(Step, frozen=True, kw_only=True):
    """A step that looks at the composites of earlier periods, at most `back` of them."""

    back: int
    spans: ClassVar[bool] = True

    def reaches_back(self) -> int:
        """Return how many earlier periods the step looks at."""
        return self.back

    def check(self) -> Iterator[Fault]:
        """Refuse to look at no earlier period, or further than anything is kept."""
        if not 1 <= self.back <= FURTHEST:
            yield ("back",), Text("须为 1 到 {n} 期", "from 1 to {n} periods").fill(n=FURTHEST)


class Earlier(Past, frozen=True, kw_only=True, tag="earlier"):
    """The published composite of `back` periods ago (1 is the previous one); missing where there was none."""

    def passes(self, sheet: Sheet) -> Passes:
        """Yield the composite of that period."""
        yield [pl.col(f"{HISTORY}.{self.back}").alias(self.name)]

    def say(self, titles: Mapping[str, Text]) -> Text:
        """Say which period is meant."""
        return Text("{n} 期以前公布的综合得分", "composite published {n} periods ago").fill(n=self.back)


class InARow(Past, frozen=True, kw_only=True, tag="streak"):
    """How many periods in a row, counted from the previous one and at most `back`, the composite lay in a band.

    A period without a composite ends the row; the present period is not among them. So 0 means not in the last one.
    """

    lies: Band

    def passes(self, sheet: Sheet) -> Passes:
        """Yield the length of the row."""
        composites = [pl.col(f"{HISTORY}.{back}") for back in range(1, self.back + 1)]
        within = [(one.is_not_null() & self.lies.holds(one)).fill_null(value=False) for one in composites]
        so_far = [pl.all_horizontal(within[:length]).cast(pl.Int64) for length in range(1, self.back + 1)]
        yield [(pl.sum_horizontal(so_far) * UNIT).alias(self.name)]

    def say(self, titles: Mapping[str, Text]) -> Text:
        """Say the band and how far the step looks back."""
        text = Text(
            "本期之前连续几期综合得分 {b}（最多看 {n} 期）",
            "for how many periods in a row before this one the composite was {b} (at most {n})",
        )
        return text.fill(b=self.lies.words(), n=self.back)

    def check(self) -> Iterator[Fault]:
        """Refuse a band without ends or with reversed ones."""
        yield from super().check()
        low, high = self.lies.low(), self.lies.high()
        if low is None and high is None:
            yield ("lies",), Text("至少写一个界限", "state at least one end")
        if low is not None and high is not None and low >= high:
            yield ("lies",), Text("此段为空，上下界写反了", "this band is empty: its ends are reversed")
