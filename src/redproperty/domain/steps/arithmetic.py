"""Sums, ends and rounding of earlier figures."""

# ruff: noqa: ARG002 - every class answers the same questions, not every answer needs all that is told

from collections.abc import Iterator, Mapping
from decimal import Decimal

import polars as pl

from redproperty.domain.faults import Fault, Path
from redproperty.domain.numbers import Mode, figure, plain, rounded
from redproperty.domain.sheets import Sheet
from redproperty.domain.steps.base import Passes, Step, place_faults, titled
from redproperty.domain.texts import Text


class Sum(Step, frozen=True, tag="sum"):
    """The sum of earlier figures; missing where one of them is."""

    of: tuple[str, ...]

    def passes(self, sheet: Sheet) -> Passes:
        """Yield the sum."""
        total = pl.col(self.of[0])
        for name in self.of[1:]:
            total = total + pl.col(name)
        yield [total.alias(self.name)]

    def needs(self) -> Iterator[tuple[Path, str]]:
        """Need every summand."""
        for index, name in enumerate(self.of):
            yield ("of", index), name

    def say(self, titles: Mapping[str, Text]) -> Text:
        """List the summands."""
        named = [titled(name, titles) for name in self.of]
        return Text(" + ".join(t.zh for t in named), " + ".join(t.en for t in named))

    def check(self) -> Iterator[Fault]:
        """Refuse an empty sum."""
        if not self.of:
            yield ("of",), Text("至少写一个数", "at least one figure is needed")


class Clamp(Step, frozen=True, tag="clamp"):
    """An earlier figure held between two ends."""

    of: str
    at_least: Decimal | None = None
    at_most: Decimal | None = None

    def passes(self, sheet: Sheet) -> Passes:
        """Yield the clamped figure."""
        low = None if self.at_least is None else figure(self.at_least)
        high = None if self.at_most is None else figure(self.at_most)
        yield [pl.col(self.of).clip(low, high).alias(self.name)]

    def needs(self) -> Iterator[tuple[Path, str]]:
        """Need the figure."""
        yield ("of",), self.of

    def say(self, titles: Mapping[str, Text]) -> Text:
        """Say the ends."""
        zh, en = titled(self.of, titles).zh, titled(self.of, titles).en
        if self.at_least is not None:
            zh, en = f"{zh}，不低于 {plain(figure(self.at_least))}", f"{en}, at least {plain(figure(self.at_least))}"
        if self.at_most is not None:
            zh, en = f"{zh}，不超过 {plain(figure(self.at_most))}", f"{en}, at most {plain(figure(self.at_most))}"
        return Text(zh, en)

    def check(self) -> Iterator[Fault]:
        """Refuse ends that are reversed or not there."""
        if self.at_least is None and self.at_most is None:
            yield (), Text("写明 at_least 或 at_most", "state at_least or at_most")
        elif self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            yield ("at_least",), Text("上下限写反了", "the ends are reversed")


class Round(Step, frozen=True, tag="round"):
    """An earlier figure rounded to a place in a stated mode."""

    of: str
    places: int = 2
    mode: Mode = "half_up"

    def passes(self, sheet: Sheet) -> Passes:
        """Yield the rounded figure."""
        yield [rounded(pl.col(self.of), self.places, self.mode).alias(self.name)]

    def needs(self) -> Iterator[tuple[Path, str]]:
        """Need the figure."""
        yield ("of",), self.of

    def say(self, titles: Mapping[str, Text]) -> Text:
        """Say the place and the mode."""
        how = {
            "half_up": Text("四舍五入", "half up"),
            "half_even": Text("四舍六入五成双", "half to even"),
            "floor": Text("舍去尾数", "down"),
            "ceil": Text("进一", "up"),
        }[self.mode]
        text = Text("{of}，保留 {n} 位小数，{how}", "{of}, rounded {how} to {n} decimals")
        return text.fill(of=titled(self.of, titles), n=self.places, how=how)

    def check(self) -> Iterator[Fault]:
        """Refuse an impossible place."""
        yield from place_faults(self.places)
