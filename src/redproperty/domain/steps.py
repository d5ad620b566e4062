"""The ordered steps from inspections and facts to the figures of an estate.

A step is one tagged class: named columns from earlier columns. To add one, write the class and name it in `AnyStep`.
Every figure is Int64 millionths. A step yields its columns in passes: a later pass may use the columns of an earlier.
"""

# ruff: noqa: ARG002 - every class answers the same questions, not every answer needs all that is told

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Literal

import msgspec
import polars as pl

from redproperty.domain.conditions import Condition
from redproperty.domain.faults import Fault, Path, based, under
from redproperty.domain.numbers import UNIT, Mode, figure, plain, quotient, rounded, times
from redproperty.domain.sheets import Sheet
from redproperty.domain.texts import Text

Passes = Iterator[list[pl.Expr]]
HUNDRED = 100 * UNIT
ROUNDS = "rounds"  # how many valid rounds the estate has (a plain count)
ROUND_SCORES = "rounds.score"  # their scores in the order of the rounds


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind"):
    """What every step can do."""

    name: str
    title: Text
    basis: Text | None = None

    def passes(self, sheet: Sheet) -> Passes:
        """Yield the step's columns, pass by pass."""
        raise NotImplementedError

    def needs(self) -> Iterator[tuple[Path, str]]:
        """Yield the figures and facts that must be there before, with the path to where they are named."""
        yield from ()

    def conditions(self) -> Iterator[tuple[Path, Condition]]:
        """Yield the conditions of the step with their paths."""
        yield from ()

    def say(self, titles: Mapping[str, Text]) -> Text:
        """Return the rule in one sentence; `titles` names facts and earlier figures."""
        raise NotImplementedError

    def check(self) -> Iterator[Fault]:
        """Yield what is wrong within the step."""
        yield from ()


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
        yield from _places(self.places)


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
        return text.fill(of=_title(self.of, titles), count=self.count, ratio=plain(figure(self.ratio)))

    def check(self) -> Iterator[Fault]:
        """Refuse a ratio that is no percentage."""
        if not 0 <= self.ratio <= 100:  # noqa: PLR2004 - percent
            yield ("ratio",), Text("比例须在 0 到 100 之间", "the ratio lies between 0 and 100")


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One part of a weighted mean; where it does not apply or is missing and re-weighted the others take its weight."""

    of: str
    weight: Decimal
    applies: Condition | None = None
    missing: Literal["reweight", "zero", "full", "not_rated"]


class WeightedMean(Step, frozen=True, tag="weighted_mean"):
    """Parts out of 100, weighted; gives `<name>.<part>.weight` (0–100, as used) and `<name>.<part>.points`.

    With `part_places` each part's points are rounded and the figure is their sum, so what is printed adds up; without
    it the figure is rounded once. Missing where a part that may not be missing is, or where no part is left.
    """

    parts: tuple[Part, ...]
    places: int = 2
    part_places: int | None = None
    mode: Mode = "half_up"

    def passes(self, sheet: Sheet) -> Passes:
        """Yield weights, then points of the parts, then the figure."""
        yield [self._weight(part).alias(f"{self.name}.{part.of}.weight") for part in self.parts]
        weights = [pl.col(f"{self.name}.{part.of}.weight") for part in self.parts]
        whole = pl.sum_horizontal([weight.cast(pl.Int128) for weight in weights])
        places = 6 if self.part_places is None else self.part_places
        products = [
            _filled(part).cast(pl.Int128) * weight.cast(pl.Int128)
            for part, weight in zip(self.parts, weights, strict=True)
        ]
        yield [
            quotient(product, whole, places, self.mode).alias(f"{self.name}.{part.of}.points")
            for part, product in zip(self.parts, products, strict=True)
        ]
        yield [pl.when(self._known()).then(self._figure(products, whole)).alias(self.name)]

    def _figure(self, products: list[pl.Expr], whole: pl.Expr) -> pl.Expr:
        if self.part_places is None:
            return quotient(pl.sum_horizontal(products), whole, self.places, self.mode)
        points = pl.sum_horizontal([pl.col(f"{self.name}.{part.of}.points") for part in self.parts])
        return pl.when(whole > 0).then(rounded(points, self.places, self.mode))

    def _weight(self, part: Part) -> pl.Expr:
        counts = pl.lit(value=True) if part.applies is None else part.applies.truth().fill_null(value=True)
        if part.missing == "reweight":
            counts = counts & pl.col(part.of).is_not_null()
        return pl.when(counts).then(pl.lit(figure(part.weight), pl.Int64)).otherwise(pl.lit(0, pl.Int64))

    def _known(self) -> pl.Expr:
        strict = [
            (pl.col(f"{self.name}.{part.of}.weight") == 0) | pl.col(part.of).is_not_null()
            for part in self.parts
            if part.missing == "not_rated"
        ]
        return pl.all_horizontal(strict) if strict else pl.lit(value=True)

    def needs(self) -> Iterator[tuple[Path, str]]:
        """Need every part."""
        for index, part in enumerate(self.parts):
            yield ("parts", index, "of"), part.of

    def conditions(self) -> Iterator[tuple[Path, Condition]]:
        """Yield the applicability of the parts."""
        for index, part in enumerate(self.parts):
            if part.applies is not None:
                yield ("parts", index, "applies"), part.applies

    def say(self, titles: Mapping[str, Text]) -> Text:
        """List the parts with their weights."""
        zh = " + ".join(f"{_title(part.of, titles).zh} × {plain(figure(part.weight))}%" for part in self.parts)
        en = " + ".join(f"{_title(part.of, titles).en} × {plain(figure(part.weight))} %" for part in self.parts)
        return Text(zh, en)

    def check(self) -> Iterator[Fault]:
        """Refuse weights that are not positive or do not sum to 100."""
        total = sum(part.weight for part in self.parts)
        if total != 100:  # noqa: PLR2004 - percent
            text = Text("各部分权重合计 {sum}，应为 100", "the weights add up to {sum}, not to 100")
            yield ("parts",), text.fill(sum=plain(figure(total)))
        for index, part in enumerate(self.parts):
            if part.weight <= 0:
                yield ("parts", index, "weight"), Text("权重须大于 0", "a weight must be above 0")
            if part.applies is not None:
                yield from under(("parts", index, "applies"), part.applies.check())
        yield from _places(self.places)


class Extra(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind"):
    """One entry of a list of bonus or minus points; its column is its code."""

    code: str
    title: Text
    basis: Text

    def points(self) -> pl.Expr:
        """Return the points, never null."""
        raise NotImplementedError

    def named(self) -> Iterator[tuple[Path, str]]:
        """Yield the facts and figures that the entry looks at."""
        yield from ()

    def say(self) -> Text:
        """Return how many points it brings and for what."""
        raise NotImplementedError

    def check(self) -> Iterator[Fault]:
        """Yield what is wrong within the entry."""
        yield from ()


class ExtraWhen(Extra, frozen=True, tag="when"):
    """Fixed points where a condition holds."""

    when: Condition
    worth: Decimal

    def points(self) -> pl.Expr:
        """Return the points where the condition fires."""
        return pl.when(self.when.fires()).then(pl.lit(figure(self.worth), pl.Int64)).otherwise(pl.lit(0, pl.Int64))

    def say(self) -> Text:
        """Say the points."""
        return Text("{t}：{p} 分", "{t}: {p}").fill(t=self.title, p=plain(figure(self.worth)))

    def check(self) -> Iterator[Fault]:
        """Refuse points that are not positive."""
        yield from under(("when",), self.when.check())
        if self.worth <= 0:
            yield ("worth",), Text("分值须大于 0", "the points must be above 0")


class ExtraEach(Extra, frozen=True, tag="each"):
    """Points for each of a counted fact, up to a most."""

    fact: str
    worth: Decimal
    at_most: Decimal

    def points(self) -> pl.Expr:
        """Return count × worth, at most `at_most`."""
        earned = times(pl.col(self.fact), figure(self.worth)).clip(0, figure(self.at_most))
        return earned.fill_null(0)

    def named(self) -> Iterator[tuple[Path, str]]:
        """Name the counted fact."""
        yield ("fact",), self.fact

    def say(self) -> Text:
        """Say the points for each and the most."""
        return Text("{t}：每项 {p} 分，最多 {m} 分", "{t}: {p} each, at most {m}").fill(
            t=self.title, p=plain(figure(self.worth)), m=plain(figure(self.at_most))
        )

    def check(self) -> Iterator[Fault]:
        """Refuse points that are not positive."""
        if not 0 < self.worth <= self.at_most:
            yield ("worth",), Text("分值须大于 0 且不超过上限", "the points must be above 0 and within the most")


class ExtraChoice(Extra, frozen=True, tag="choice"):
    """Points by the value of a fact of kind `choice`; values not named bring nothing."""

    fact: str
    worth: dict[str, Decimal]

    def points(self) -> pl.Expr:
        """Return the points of the fact's value."""
        values = {value: figure(points) for value, points in self.worth.items()}
        return pl.col(self.fact).replace_strict(values, default=0, return_dtype=pl.Int64).fill_null(0)

    def named(self) -> Iterator[tuple[Path, str]]:
        """Name the fact."""
        yield ("fact",), self.fact

    def say(self) -> Text:
        """Say the points of the values."""
        worth = "/".join(plain(figure(points)) for points in self.worth.values())
        return Text("{t}：{p} 分", "{t}: {p}").fill(t=self.title, p=worth)

    def check(self) -> Iterator[Fault]:
        """Refuse an empty table."""
        if not self.worth:
            yield ("worth",), Text("至少写一个取值", "at least one value is needed")


AnyExtra = ExtraWhen | ExtraEach | ExtraChoice


class Extras(Step, frozen=True, tag="extras"):
    """The sum of a list of bonus points with a cap, or of minus points with a floor; one column per entry.

    Gives `<name>.raw` (the plain sum, positive) and `<name>` (capped; negative where `sign` is `minus`).
    """

    entries: tuple[AnyExtra, ...]
    cap: Decimal
    sign: Literal["plus", "minus"] = "plus"

    def passes(self, sheet: Sheet) -> Passes:
        """Yield the entries, their sum, the capped sum."""
        yield [entry.points().alias(entry.code) for entry in self.entries]
        yield [
            pl.sum_horizontal([pl.col(entry.code) for entry in self.entries]).cast(pl.Int64).alias(f"{self.name}.raw")
        ]
        capped = pl.col(f"{self.name}.raw").clip(upper_bound=figure(self.cap))
        yield [(capped if self.sign == "plus" else -capped).alias(self.name)]

    def needs(self) -> Iterator[tuple[Path, str]]:
        """Need the facts of the entries."""
        for index, entry in enumerate(self.entries):
            for path, name in entry.named():
                yield ("entries", index, *path), name

    def conditions(self) -> Iterator[tuple[Path, Condition]]:
        """Yield the conditions of the entries."""
        for index, entry in enumerate(self.entries):
            if isinstance(entry, ExtraWhen):
                yield ("entries", index, "when"), entry.when

    def say(self, titles: Mapping[str, Text]) -> Text:
        """Say the cap and list the entries."""
        text = Text("合计最多 {cap} 分：", "at most {cap} in all: ").fill(cap=plain(figure(self.cap)))
        listed = [entry.say() for entry in self.entries]
        return Text(text.zh + "；".join(e.zh for e in listed), text.en + "; ".join(e.en for e in listed))

    def check(self) -> Iterator[Fault]:
        """Yield what is wrong with the entries and the cap."""
        if self.cap <= 0:
            yield ("cap",), Text("上限须大于 0", "the cap must be above 0")
        for index, entry in enumerate(self.entries):
            yield from under(("entries", index), entry.check())
            yield from based(("entries", index), entry.basis)


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
        named = [_title(name, titles) for name in self.of]
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
        zh, en = _title(self.of, titles).zh, _title(self.of, titles).en
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
        return text.fill(of=_title(self.of, titles), n=self.places, how=how)

    def check(self) -> Iterator[Fault]:
        """Refuse an impossible place."""
        yield from _places(self.places)


AnyStep = RoundCount | Rounds | CategoryRounds | Sample | WeightedMean | Extras | Sum | Clamp | Round

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


def _filled(part: Part) -> pl.Expr:
    absent = HUNDRED if part.missing == "full" else 0
    return pl.col(part.of).fill_null(absent)


def _title(name: str, titles: Mapping[str, Text]) -> Text:
    return titles.get(name, Text(name, name))


def _places(places: int) -> Iterator[Fault]:
    if not 0 <= places <= 6:  # noqa: PLR2004 - figures hold six decimals
        yield ("places",), Text("小数位数须为 0 到 6", "decimals must be 0 to 6")
