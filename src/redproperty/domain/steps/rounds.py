"""From rounds of inspection, from several figures of one kind and from samples of people to one figure."""

# ruff: noqa: ARG002 - every class answers the same questions, not every answer needs all that is told

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, ClassVar, Literal

import msgspec
import polars as pl

from redproperty.domain.bands import Band, stretch_faults
from redproperty.domain.faults import Fault, Path
from redproperty.domain.numbers import UNIT, Mode, exact, figure, plain, portion, quotient
from redproperty.domain.operands import Column, Operand, held, named, scratch, worded
from redproperty.domain.sheets import Sheet
from redproperty.domain.steps.base import HUNDRED, Passes, Step, place_faults, titled, to_places
from redproperty.domain.texts import Text

ROUNDS = "rounds"  # how many valid rounds the estate has (a plain count)
ROUND_SCORES = "rounds.score"  # their scores in the order of the rounds


class RoundCount(Step, frozen=True, kw_only=True, tag="round_count"):
    """How many valid rounds were held, as a figure that conditions can look at.

    With `lies` only those count whose score lies in the band; with `in_a_row` only those since the last that does not.
    """

    lies: Band | None = None
    in_a_row: bool = False

    def passes(self, sheet: Sheet) -> Passes:
        """Yield the count in millionths."""
        yield [(self._count() * UNIT).alias(self.name)]

    def _count(self) -> pl.Expr:
        if self.lies is None:
            return pl.col(ROUNDS)
        within = self.lies.holds(pl.element()).cast(pl.Int64)
        if self.in_a_row:
            within = within.reverse().cum_min()
        return pl.col(ROUND_SCORES).list.eval(within).list.sum().fill_null(0)

    def say(self, titles: Mapping[str, Text]) -> Text:
        """Say what is counted."""
        if self.lies is None:
            return Text("本期有效检查轮数", "number of valid inspection rounds in the period")
        row = Text(
            "本期最近连续得分{b}的有效检查轮数", "number of valid rounds up to the latest, in a row, with a score {b}"
        )
        any_ = Text("本期得分{b}的有效检查轮数", "number of valid inspection rounds with a score {b}")
        return (row if self.in_a_row else any_).fill(b=self.lies.words())

    def check(self) -> Iterator[Fault]:
        """Refuse a row of nothing in particular, and a band that is none."""
        if self.lies is not None:
            yield from ((("lies",), text) for _, text in stretch_faults(self.lies))
        elif self.in_a_row:
            yield ("in_a_row",), Text("须写 lies", "state lies, the band of the scores in the row")


def of_numbers(numbers: tuple[int, ...], value: pl.Expr) -> pl.Expr:
    """Return a value of one round, null where its number is none of these; without numbers every round counts."""
    return pl.when(pl.col("round").is_in(list(numbers))).then(value) if numbers else value


def number_faults(numbers: tuple[int, ...]) -> Iterator[Fault]:
    """Refuse what is no number of a round, and a number twice."""
    for index, number in enumerate(numbers):
        if number < 1 or number in numbers[:index]:
            yield ("numbers", index), Text("轮次号从 1 起，不重复", "rounds are numbered from 1, each once")


def numbered(said: Text, numbers: tuple[int, ...]) -> Text:
    """Return words for rounds with the numbers of those that are meant."""
    if not numbers:
        return said
    text = Text("第 {n} 轮的{s}", "{s} (rounds {n})")
    return text.fill(s=said, n=Text("、".join(map(str, numbers)), ", ".join(map(str, numbers))))


class Dropped(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How many of the best and of the worst are left out."""

    best: int = 0
    worst: int = 0


class Aggregate(Step, frozen=True, kw_only=True):
    """How several rounds, or several figures of one kind, become one figure.

    `weighted` takes `weights` from the latest backwards; where there are fewer than weights, those that are there share
    the whole (`shorter: reweight`) or the absent ones count as 0 (`zero`). Before a mean, median or sum the best and
    the worst may be left out (`drop`); where nothing is left the figure is missing.
    """

    aggregate: Literal["mean", "median", "weighted", "sum", "min", "max", "latest", "first"] = "mean"
    weights: tuple[Decimal, ...] = ()
    shorter: Literal["reweight", "zero"] = "reweight"
    drop: Dropped = Dropped()
    places: int = 2
    mode: Mode = "half_up"
    one: ClassVar[Text] = Text("轮", "round")
    many: ClassVar[Text] = Text("轮次", "rounds")

    def before(self, name: str, scores: pl.Expr) -> list[pl.Expr]:
        """Return the scratch columns that `over` looks at for the figure `name`."""
        if not self._is_plain_mean:
            return []
        there = scores.list.eval(pl.element().is_not_null()).list.sum()  # to drop the others would cost far more
        return [scores.list.sum().alias(scratch(f"{name}.sum")), there.cast(pl.Int64).alias(scratch(f"{name}.there"))]

    def over(self, name: str, scores: pl.Expr) -> pl.Expr:
        """Return the figure of a list of scores in the order of the rounds; nulls in it do not count."""
        if self.aggregate in {"min", "max"}:
            return scores.list.min() if self.aggregate == "min" else scores.list.max()
        if self._is_plain_mean:
            total, there = (pl.col(scratch(f"{name}.{part}")) for part in ("sum", "there"))
            return quotient(total, there, self.places, self.mode, small=True)
        return self._over_those_there(scores.list.drop_nulls())

    @property
    def _is_plain_mean(self) -> bool:
        return self.aggregate == "mean" and self.drop == Dropped()

    def _over_those_there(self, scores: pl.Expr) -> pl.Expr:
        if self.aggregate in {"first", "latest"}:
            return scores.list.first() if self.aggregate == "first" else scores.list.last()
        if self.aggregate == "weighted":
            return self._weighted(scores)
        kept = self._kept(scores)
        if self.aggregate == "median":
            return self._median(kept.list.sort())
        if self.aggregate == "sum":
            return pl.when(kept.list.len() > 0).then(kept.list.sum())
        return quotient(kept.list.sum(), kept.list.len(), self.places, self.mode)

    def _kept(self, scores: pl.Expr) -> pl.Expr:
        out = self.drop.best + self.drop.worst
        if not out:
            return scores
        left = (scores.list.len().cast(pl.Int64) - out).clip(lower_bound=0)
        return scores.list.sort().list.slice(self.drop.worst, left)

    def _median(self, ordered: pl.Expr) -> pl.Expr:
        last = ordered.list.len().cast(pl.Int64) - 1
        at = [pl.when(last >= 0).then(last // 2), pl.when(last >= 0).then((last + 1) // 2)]
        low, high = (ordered.list.get(place, null_on_oob=True) for place in at)
        return quotient(low.cast(pl.Int128) + high, 2, self.places, self.mode)

    def _weighted(self, scores: pl.Expr) -> pl.Expr:
        latest_first = scores.list.reverse()
        held = [latest_first.list.get(back, null_on_oob=True) for back in range(len(self.weights))]
        pairs = [(one, figure(weight)) for one, weight in zip(held, self.weights, strict=True)]
        total = pl.sum_horizontal([one.cast(pl.Int128) * weight for one, weight in pairs])
        there = pl.sum_horizontal([one.is_not_null().cast(pl.Int128) * weight for one, weight in pairs])
        whole = there if self.shorter == "reweight" else pl.lit(sum(weight for _, weight in pairs))
        return pl.when(there > 0).then(quotient(total, whole, self.places, self.mode))

    def how(self) -> Text:
        """Return the aggregate in words."""
        how = _AGGREGATES[self.aggregate].fill(one=self.one)
        if self.aggregate == "weighted":
            text = Text("{how}（由近及远 {w}；{s}）", "{how} (latest first {w}; {s})")
            weights = [plain(figure(weight)) for weight in self.weights]
            listed = Text("、".join(weights), ", ".join(weights))
            return text.fill(how=how, w=listed, s=_SHORTER[self.shorter].fill(many=self.many))
        if self.drop != Dropped():
            text = Text("去掉最高 {b} {one}、最低 {w} {one}后的{how}", "{how} without the {b} best and {w} worst")
            return text.fill(how=how, one=self.one, b=self.drop.best, w=self.drop.worst)
        return how

    def rounded(self, said: Text) -> Text:
        """Return a sentence with the rounding, where the aggregate needs any."""
        exact = self.aggregate in {"sum", "min", "max", "latest", "first"}
        return said if exact else to_places(said, self.places, self.mode)

    def too_few(self, minimum: int) -> Iterator[Fault]:
        """Refuse a least number of none, or one of which nothing is left after what is dropped."""
        if minimum < 1:
            yield ("minimum",), Text("至少 1 {one}", "at least one {one}").fill(one=self.one)
        elif minimum <= self.drop.best + self.drop.worst:
            text = Text(
                "{many}去掉 {n} {one}后须还有一{one}", "of the {many} at least one must be left after {n} are dropped"
            )
            yield ("minimum",), text.fill(n=self.drop.best + self.drop.worst, one=self.one, many=self.many)

    def check(self) -> Iterator[Fault]:
        """Refuse weights without a weighted mean, and rounds left out where their order or extremes count."""
        if bool(self.weights) != (self.aggregate == "weighted"):
            yield ("weights",), Text("weighted 须写 weights，其余不写", "weighted states weights, others do not")
        for index, weight in enumerate(self.weights):
            if weight <= 0:
                yield ("weights", index), Text("权重须大于 0", "a weight must be above 0")
        if self.drop.best < 0 or self.drop.worst < 0:
            yield ("drop",), Text("不能为负", "cannot be negative")
        elif self.drop != Dropped() and self.aggregate not in {"mean", "median", "sum"}:
            text = Text("只有 mean、median、sum 可以去掉{many}", "only mean, median and sum leave {many} out")
            yield ("drop",), text.fill(many=self.many)
        yield from place_faults(self.places)


class Rounds(Aggregate, frozen=True, kw_only=True, tag="rounds"):
    """One figure from the scores of the valid rounds; missing where there are fewer than `minimum`.

    With `numbers` only the rounds of these numbers count (those of one body of inspectors), with `lies` only those
    whose score lies in the band, as if the others had not been held. For the aggregates see there: mean, median,
    weighted, sum, min, max, latest or first, with extremes left out.
    """

    minimum: int = 1
    lies: Band | None = None
    numbers: tuple[int, ...] = ()

    @property
    def _listed(self) -> str:
        return f"{ROUNDS}.of.{self.name}" if self.numbers else ROUND_SCORES

    def of_round(self, sheet: Sheet) -> Mapping[str, pl.Expr]:
        """Return the score of one round, where only some are looked at."""
        return {self._listed: of_numbers(self.numbers, pl.col("score"))} if self.numbers else {}

    def passes(self, sheet: Sheet) -> Passes:
        """Yield the aggregate of the list of scores."""
        scores, count = pl.col(self._listed), pl.col(ROUNDS)
        if self.numbers:
            scores = scores.list.drop_nulls()
            count = scores.list.len()
        if self.lies is not None:
            scores = scores.list.eval(pl.element().filter(self.lies.holds(pl.element())))
            count = scores.list.len()
        yield self.before(self.name, scores)
        yield [pl.when(count >= max(self.minimum, 1)).then(self.over(self.name, scores)).alias(self.name)]

    def say(self, titles: Mapping[str, Text]) -> Text:
        """Say the aggregate and the number of rounds it takes."""
        scores = Text("有效轮次得分", "the scores of the valid rounds")
        if self.lies is not None:
            within = Text("有效轮次中{b}的得分", "the scores {b} of the valid rounds")
            scores = within.fill(b=self.lies.words())
        scores = numbered(scores, self.numbers)
        text = Text("{scores}{how}，至少 {n} 轮", "{how} of {scores}, at least {n}")
        return self.rounded(text.fill(scores=scores, how=self.how(), n=self.minimum))

    def check(self) -> Iterator[Fault]:
        """Refuse an impossible number of rounds, and a band that is none."""
        if self.lies is not None:
            yield from ((("lies",), text) for _, text in stretch_faults(self.lies))
        yield from number_faults(self.numbers)
        yield from self.too_few(self.minimum)
        yield from super().check()

    def placed(self, row: Mapping[str, Any], titles: Mapping[str, Text]) -> Text | None:
        """List the scores of the rounds."""
        scores = [exact(score) for score in row[self._listed] or () if score is not None]
        return (
            Text("各轮 {l}", "the rounds: {l}").fill(l=Text("、".join(scores), ", ".join(scores))) if scores else None
        )


class CategoryRounds(Aggregate, frozen=True, kw_only=True, tag="category_rounds"):
    """Per category the points over the valid rounds and the percentage of the full mark (`<CAT>.rate`).

    Rounds in which nothing of the category applied do not count. Gives `<CAT>.points` and `<CAT>.rate`.
    """

    def passes(self, sheet: Sheet) -> Passes:
        """Yield the points, then the rates."""
        lists = {category.points_column: pl.col(f"{ROUNDS}.{category.code}") for category in sheet.categories}
        yield [one for name, points in lists.items() for one in self.before(name, points)]
        yield [self.over(name, points).alias(name) for name, points in lists.items()]
        yield [
            portion(
                pl.col(c.points_column), HUNDRED, c.full_points, self.places, self.mode, small=sheet.is_small
            ).alias(f"{c.code}.rate")
            for c in sheet.categories
        ]

    def gives(self, sheet: Sheet) -> Mapping[str, Column]:
        """Give points and rate of every category, but no figure of its own name."""
        return {f"{c.code}{part}": Column() for c in sheet.categories for part in (".points", ".rate")}

    def say(self, titles: Mapping[str, Text]) -> Text:
        """Say how the categories are taken together."""
        text = Text("各类别得分取有效轮次的{how}", "points per category: {how} of the valid rounds")
        return self.rounded(text.fill(how=self.how()))

    def check(self) -> Iterator[Fault]:
        """Refuse sums, which would pass the full mark."""
        if self.aggregate == "sum":
            yield ("aggregate",), Text("各轮合计会超过类别满分", "the sum of rounds would pass the full mark")
        yield from super().check()


class Several(Aggregate, frozen=True, kw_only=True, tag="aggregate"):
    """One figure of several of the same kind: five assessors, four quarters, three measures; in order of time.

    `of` lists them, the earliest first, so that `latest` and `weights` know their order. Those that are missing are
    left out; where fewer than `minimum` are there, the figure is missing. Gives `<name>.count`, too: how many are
    there. For the aggregates see `rounds`. A weight that belongs to one figure, whatever becomes of the others, is a
    `weighted_mean`.
    """

    of: tuple[Operand, ...]
    minimum: int = 1
    one: ClassVar[Text] = Text("项", "figure")
    many: ClassVar[Text] = Text("各项", "figures")

    def passes(self, sheet: Sheet) -> Passes:
        """Yield how many are there, then the aggregate of them."""
        figures = [held(operand) for operand in self.of]
        count = f"{self.name}.count"
        yield [(pl.sum_horizontal([one.is_not_null().cast(pl.Int64) for one in figures]) * UNIT).alias(count)]
        there = pl.concat_list(figures).list.drop_nulls()
        yield self.before(self.name, there)
        yield [pl.when(pl.col(count) >= self.minimum * UNIT).then(self.over(self.name, there)).alias(self.name)]

    def needs(self) -> Iterator[tuple[Path, str]]:
        """Need the figures."""
        for index, operand in enumerate(self.of):
            yield from named(("of", index), operand)

    def gives(self, sheet: Sheet) -> Mapping[str, Column]:
        """Give the figure and how many were there."""
        return {self.name: Column(), f"{self.name}.count": Column()}

    def say(self, titles: Mapping[str, Text]) -> Text:
        """Say the figures, the aggregate and how many it takes."""
        listed = [worded(operand, titles) for operand in self.of]
        text = Text("{l}的{how}，缺失的不计，至少 {n} 项", "{how} of {l}; missing ones left out, at least {n}")
        names = Text("、".join(one.zh for one in listed), ", ".join(one.en for one in listed))
        return self.rounded(text.fill(l=names, how=self.how(), n=self.minimum))

    def check(self) -> Iterator[Fault]:
        """Refuse an impossible number of figures."""
        if not self.of:
            yield ("of",), Text("至少写一个数", "at least one figure is needed")
        elif self.minimum > len(self.of):
            yield ("minimum",), Text("多于列出的个数", "more than are listed")
        yield from self.too_few(self.minimum)
        yield from super().check()


class Sample(Step, frozen=True, tag="sample"):
    """A surveyed figure, missing where too few answered: `count` answers and `ratio` percent of the population.

    Without a population the number of answers alone decides.
    """

    of: str
    answers: str
    count: int
    population: str | None = None
    ratio: Decimal | None = None

    def passes(self, sheet: Sheet) -> Passes:
        """Yield the figure where the sample is large enough."""
        answers = pl.col(self.answers)
        enough = answers >= self.count * UNIT
        if self.population is not None and self.ratio is not None:
            people = pl.col(self.population).cast(pl.Int128)
            enough &= answers.cast(pl.Int128) * HUNDRED >= people * figure(self.ratio)
        yield [pl.when(enough).then(pl.col(self.of)).alias(self.name)]

    def needs(self) -> Iterator[tuple[Path, str]]:
        """Need the figure, the answers and the population."""
        yield from ((("of",), self.of), (("answers",), self.answers))
        if self.population is not None:
            yield ("population",), self.population

    def say(self, titles: Mapping[str, Text]) -> Text:
        """Say the least sample."""
        if self.ratio is None:
            text = Text("{of}；有效样本不足 {count} 份的，视为缺失", "{of}; missing below {count} answers")
            return text.fill(of=titled(self.of, titles), count=self.count)
        text = Text(
            "{of}；有效样本不足 {count} 份或不足 {ratio}% 的，视为缺失",
            "{of}; missing below {count} answers or {ratio} %",
        )
        return text.fill(of=titled(self.of, titles), count=self.count, ratio=plain(figure(self.ratio)))

    def placed(self, row: Mapping[str, Any], titles: Mapping[str, Text]) -> Text | None:
        """Say the size of the sample and of what it was taken from."""
        answers = row[self.answers]
        if answers is not None and self.population is None:
            return Text("有效样本 {a} 份", "{a} answers").fill(a=plain(answers))
        population = None if self.population is None else row[self.population]
        if answers is None or population is None:
            return None
        text = Text("有效样本 {a} 份，总体 {p}", "{a} answers of {p}")
        return text.fill(a=plain(answers), p=plain(population))

    def check(self) -> Iterator[Fault]:
        """Refuse a ratio that is no percentage, and one of ratio and population without the other."""
        if (self.ratio is None) != (self.population is None):
            absent = "ratio" if self.ratio is None else "population"
            yield (
                (),
                Text("ratio 与 population 同写，缺少 {k}", "`ratio` goes with `population`; {k} is missing").fill(
                    k=absent
                ),
            )
        if self.ratio is not None and not 0 <= self.ratio <= 100:  # noqa: PLR2004 - percent
            yield ("ratio",), Text("比例须在 0 到 100 之间", "the ratio lies between 0 and 100")


_AGGREGATES = {
    "mean": Text("平均", "mean"),
    "median": Text("中位数", "median"),
    "weighted": Text("加权平均", "weighted mean"),
    "sum": Text("合计", "sum"),
    "min": Text("最低", "lowest"),
    "max": Text("最高", "highest"),
    "latest": Text("最近一{one}", "latest"),
    "first": Text("首{one}", "first"),
}
_SHORTER = {
    "reweight": Text("缺的{many}由其余{many}分担", "where {many} are absent the others take their weight"),
    "zero": Text("缺的{many}计 0 分", "absent {many} count as 0"),
}
