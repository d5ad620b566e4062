"""From the rounds of inspection and from samples of people to figures."""

# ruff: noqa: ARG002 - every class answers the same questions, not every answer needs all that is told

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Literal

import polars as pl

from redproperty.domain.faults import Fault, Path
from redproperty.domain.numbers import UNIT, Mode, figure, plain, quotient
from redproperty.domain.operands import Column
from redproperty.domain.sheets import Sheet
from redproperty.domain.steps.base import HUNDRED, Passes, Step, place_faults, titled
from redproperty.domain.texts import Text

ROUNDS = "rounds"  # how many valid rounds the estate has (a plain count)
ROUND_SCORES = "rounds.score"  # their scores in the order of the rounds


class RoundCount(Step, frozen=True, tag="round_count"):
    """How many valid rounds were held, as a figure that conditions can look at."""

    def passes(self, sheet: Sheet) -> Passes:
        """Yield the count in millionths."""
        yield [(pl.col(ROUNDS) * UNIT).alias(self.name)]

    def say(self, titles: Mapping[str, Text]) -> Text:
        """Say what is counted."""
        return Text("本期有效检查轮数", "number of valid inspection rounds in the period")


class Rounds(Step, frozen=True, tag="rounds"):
    """One figure from the scores of the valid rounds; missing where there are fewer than `minimum`."""

    aggregate: Literal["mean", "min", "max", "latest"] = "mean"
    minimum: int = 1
    places: int = 2
    mode: Mode = "half_up"

    def passes(self, sheet: Sheet) -> Passes:
        """Yield the aggregate of the list of scores."""
        enough = pl.col(ROUNDS) >= max(self.minimum, 1)
        yield [pl.when(enough).then(_aggregate(pl.col(ROUND_SCORES), self)).alias(self.name)]

    def say(self, titles: Mapping[str, Text]) -> Text:
        """Say the aggregate and the number of rounds it takes."""
        how = _AGGREGATES[self.aggregate]
        text = Text("有效轮次得分{how}，至少 {n} 轮", "{how} of the scores of the valid rounds, at least {n}")
        return text.fill(how=how, n=self.minimum)

    def check(self) -> Iterator[Fault]:
        """Refuse an impossible number of rounds."""
        if self.minimum < 1:
            yield ("minimum",), Text("至少 1 轮", "at least one round")
        yield from place_faults(self.places)


class CategoryRounds(Step, frozen=True, tag="category_rounds"):
    """Per category the points over the valid rounds and the percentage of the full mark (`<CAT>.rate`).

    Rounds in which nothing of the category applied do not count. Gives `<CAT>.points` and `<CAT>.rate`.
    """

    aggregate: Literal["mean", "min", "max", "latest"] = "mean"
    places: int = 2
    mode: Mode = "half_up"

    def passes(self, sheet: Sheet) -> Passes:
        """Yield the points, then the rates."""
        yield [
            _aggregate(pl.col(f"rounds.{category.code}").list.drop_nulls(), self).alias(category.points_column)
            for category in sheet.categories
        ]
        yield [
            quotient(pl.col(c.points_column) * HUNDRED, c.full_points, self.places, self.mode).alias(f"{c.code}.rate")
            for c in sheet.categories
        ]

    def gives(self, sheet: Sheet) -> Mapping[str, Column]:
        """Give points and rate of every category, but no figure of its own name."""
        return {f"{c.code}{part}": Column() for c in sheet.categories for part in (".points", ".rate")}

    def say(self, titles: Mapping[str, Text]) -> Text:
        """Say how the categories are taken together."""
        return Text("各类别得分取有效轮次的{how}", "points per category: {how} of the valid rounds").fill(
            how=_AGGREGATES[self.aggregate]
        )


class Sample(Step, frozen=True, tag="sample"):
    """A surveyed figure, missing where too few answered: `count` answers and `ratio` percent of the population."""

    of: str
    answers: str
    population: str
    count: int
    ratio: Decimal

    def passes(self, sheet: Sheet) -> Passes:
        """Yield the figure where the sample is large enough."""
        answers = pl.col(self.answers)
        share = answers.cast(pl.Int128) * HUNDRED >= pl.col(self.population).cast(pl.Int128) * figure(self.ratio)
        yield [pl.when((answers >= self.count * UNIT) & share).then(pl.col(self.of)).alias(self.name)]

    def needs(self) -> Iterator[tuple[Path, str]]:
        """Need the figure, the answers and the population."""
        yield from ((("of",), self.of), (("answers",), self.answers), (("population",), self.population))

    def say(self, titles: Mapping[str, Text]) -> Text:
        """Say the least sample."""
        text = Text(
            "{of}；有效样本不足 {count} 份或不足 {ratio}% 的，视为缺失",
            "{of}; missing below {count} answers or {ratio} %",
        )
        return text.fill(of=titled(self.of, titles), count=self.count, ratio=plain(figure(self.ratio)))

    def check(self) -> Iterator[Fault]:
        """Refuse a ratio that is no percentage."""
        if not 0 <= self.ratio <= 100:  # noqa: PLR2004 - percent
            yield ("ratio",), Text("比例须在 0 到 100 之间", "the ratio lies between 0 and 100")


_AGGREGATES = {
    "mean": Text("平均", "mean"),
    "min": Text("最低", "lowest"),
    "max": Text("最高", "highest"),
    "latest": Text("最近一轮", "latest"),
}


def _aggregate(scores: pl.Expr, step: Rounds | CategoryRounds) -> pl.Expr:
    if step.aggregate == "mean":
        return quotient(scores.list.sum(), scores.list.len(), step.places, step.mode)
    if step.aggregate == "latest":
        return scores.list.last()
    return scores.list.min() if step.aggregate == "min" else scores.list.max()
