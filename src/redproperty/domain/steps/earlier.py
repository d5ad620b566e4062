"""Figures from earlier periods: one of a period before, and for how long it has kept within a bound.

What is looked back at are the published rows: the composite, or any figure of the rating that `of` names (`stars` are
one of them), as that period knew it; missing where it was not made yet. A change, a loss limit or “improved within two
periods” is made of them by sums, clamps and conditions.
"""

# ruff: noqa: ARG002 - every class answers the same questions, not every answer needs all that is told

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import polars as pl

from redproperty.domain.bands import Band, stretch_faults
from redproperty.domain.faults import Fault
from redproperty.domain.numbers import UNIT, plain
from redproperty.domain.sheets import Sheet
from redproperty.domain.stages import past
from redproperty.domain.steps.base import Passes, Step, titled
from redproperty.domain.texts import Text

FURTHEST = 40  # ten years of quarters


class Past(Step, frozen=True, kw_only=True):
    """A step that looks at a figure of earlier periods, at most `back` of them."""

    back: int
    of: str | None = None
    spans: ClassVar[bool] = True

    def recalls(self) -> str | None:
        """Return the figure that `of` names."""
        return self.of

    def before(self, titles: Mapping[str, Text]) -> Text:
        """Return what is looked at in words."""
        return Text("综合得分", "composite") if self.of is None else titled(self.of, titles)

    def reaches_back(self) -> int:
        """Return how many earlier periods the step looks at."""
        return self.back

    def check(self) -> Iterator[Fault]:
        """Refuse to look at no earlier period, or further than anything is kept."""
        if not 1 <= self.back <= FURTHEST:
            yield ("back",), Text("须为 1 到 {n} 期", "from 1 to {n} periods").fill(n=FURTHEST)

    def placed(self, row: Mapping[str, Any], titles: Mapping[str, Text]) -> Text | None:
        """List the figures of the periods that it looks at, the latest first."""
        known = [(back, row[past(back, self.of)]) for back in range(1, self.back + 1)]
        told = [
            Text("前 {n} 期 {v}", "{n} before: {v}").fill(n=back, v="—" if value is None else plain(value))
            for back, value in known
        ]
        return Text("，".join(one.zh for one in told), ", ".join(one.en for one in told))


class Earlier(Past, frozen=True, kw_only=True, tag="earlier"):
    """The published composite, or the figure `of`, of `back` periods ago (1 is the previous one).

    Missing where there was none.
    """

    def passes(self, sheet: Sheet) -> Passes:
        """Yield the composite of that period."""
        yield [pl.col(past(self.back, self.of)).alias(self.name)]

    def say(self, titles: Mapping[str, Text]) -> Text:
        """Say which period is meant."""
        return Text("{n} 期以前公布的{of}", "{of} published {n} periods ago").fill(n=self.back, of=self.before(titles))


class InARow(Past, frozen=True, kw_only=True, tag="streak"):
    """How many periods in a row, counted from the previous one and at most `back`, the figure lay in a band.

    The figure is the composite, or the one that `of` names. A period without it ends the row; the present period is not
    among them. So 0 means not in the last one.
    """

    lies: Band

    def passes(self, sheet: Sheet) -> Passes:
        """Yield the length of the row."""
        figures = [pl.col(past(back, self.of)) for back in range(1, self.back + 1)]
        within = [(one.is_not_null() & self.lies.holds(one)).fill_null(value=False) for one in figures]
        so_far = [pl.all_horizontal(within[:length]).cast(pl.Int64) for length in range(1, self.back + 1)]
        yield [(pl.sum_horizontal(so_far) * UNIT).alias(self.name)]

    def say(self, titles: Mapping[str, Text]) -> Text:
        """Say the band and how far the step looks back."""
        text = Text(
            "本期之前连续几期{of} {b}（最多看 {n} 期）",
            "for how many periods in a row before this one the {of} was {b} (at most {n})",
        )
        return text.fill(of=self.before(titles), b=self.lies.words(), n=self.back)

    def check(self) -> Iterator[Fault]:
        """Refuse a band without ends or with reversed ones."""
        yield from super().check()
        yield from ((("lies",), text) for _, text in stretch_faults(self.lies))
