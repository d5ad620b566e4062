"""Figures of an estate among others: group means, sums, ranks, percentiles and shares, and places by quota.

A group is made of the estates of the period that are alike in the columns of `by` (none: the whole district); what is
unknown is alike, too. `among` leaves out those for whom the condition does not fire.
"""

# ruff: noqa: ARG002 - every class answers the same questions, not every answer needs all that is told

from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, ClassVar, Literal, Self

import msgspec
import polars as pl

from redproperty.domain.conditions import Condition
from redproperty.domain.faults import Fault, Path
from redproperty.domain.numbers import PLACES, UNIT, Mode, divide, figure, plain, quotient
from redproperty.domain.operands import MISSING, Column, Operand, held, named, worded
from redproperty.domain.sheets import Sheet
from redproperty.domain.stages import in_turn
from redproperty.domain.steps.base import HUNDRED, Passes, Step, no_absence, place_faults, titled
from redproperty.domain.texts import Text

_HOW = {
    "mean": Text("平均", "mean"),
    "sum": Text("合计", "sum"),
    "count": Text("个数", "number"),
    "min": Text("最低", "lowest"),
    "max": Text("最高", "highest"),
    "median": Text("中位数", "median"),
    "quantile": Text("分位数", "quantile"),
    "sd": Text("标准差（总体）", "standard deviation (of the population)"),
    "z_score": Text(
        "标准分（与平均之差÷{s}标准差{l}）", "z-score (distance from the mean ÷ standard deviation of the {s}{l})"
    ),
    "rank": Text("名次", "rank"),
    "percentile": Text("百分位", "percentile"),
    "share": Text("占比（%）", "share in %"),
}
_OWN = {"z_score", "rank", "percentile", "share"}  # what is the estate's own, not its group's
_SQUARES = 10**28  # sums of squares below it leave room in 128 bits for ten decimals of their root
_DISTRICT = Text("全区", "the district")
_COUNTS = {
    "floor": Text("不足一个不计", "rounded down"),
    "ceil": Text("不足一个按一个计", "rounded up"),
    "half_up": Text("四舍五入", "rounded half up"),
}
_TIES = {
    "out": Text("线上并列容不下的都不入", "of those tied at the line none is in unless all fit"),
    "in": Text("线上并列的都入", "all tied at the line are in"),
}


class Cohort(Step, frozen=True, kw_only=True):
    """A step that looks at the other estates of the period."""

    by: tuple[str, ...] = ()
    among: Condition | None = None
    spans: ClassVar[bool] = True

    def within(self, column: str) -> Self:
        """Return the step with its groups made within another column, so that several districts fit in one frame."""
        return msgspec.structs.replace(self, by=(*self.by, column))

    def members(self, *known: str) -> pl.Expr:
        """Return who belongs to a group: `among` fires and the named figures are known."""
        # one truth for each row, even where nothing is asked: a literal would count as a single one
        fires = pl.int_range(pl.len()) >= 0 if self.among is None else self.among.fires()
        return pl.all_horizontal([fires, *(pl.col(name).is_not_null() for name in known)])

    def keys(self) -> Iterator[tuple[Path, str]]:
        """Need the columns by which groups are made."""
        yield from ((("by", index), name) for index, name in enumerate(self.by))

    def conditions(self) -> Iterator[tuple[Path, Condition]]:
        """Yield the condition of membership."""
        if self.among is not None:
            yield ("among",), self.among

    def whole(self, titles: Mapping[str, Text]) -> Text:
        """Return the group in words."""
        by = _group(self.by, titles)
        if self.among is None:
            return by
        return Text("{by}（只计{a}的）", "{by} (only where {a})").fill(by=by, a=self.among.say(titles))


class Counted(Cohort, frozen=True, kw_only=True):
    """A step that counts every estate of a group, or every company, street … once (`once_per`).

    Figures rolled up from estates to companies are thus compared among companies: the figure is the same for all
    estates of a company, the first of them stands for it, and what it gets holds for them all. Estates that have no
    company are no members. Gives `<name>.once`, the flag of those that stand for the others.
    """

    once_per: tuple[str, ...] = ()

    def counted(self, member: pl.Expr) -> pl.Expr:
        """Return who counts among `member`s: all of them, or those that the first pass has chosen."""
        return pl.col(f"{self.name}.once") if self.once_per else member

    def chosen(self, member: pl.Expr) -> Passes:
        """Yield, where each counts once, who stands for the others."""
        if self.once_per:
            known = [pl.col(name).is_not_null() for name in self.once_per]
            whole = pl.all_horizontal([member, *known])
            first = whole & (whole.cast(pl.Int64).cum_sum() == 1)
            yield [first.over([*self.by, *self.once_per]).alias(f"{self.name}.once")]

    def spread(self, member: pl.Expr, found: pl.Expr, column: str) -> Passes:
        """Yield what was found; where each counts once, for all members that one of them stands for."""
        if not self.once_per:
            yield [found.alias(column)]
            return
        yield [found.alias(f"{column}.one")]
        got = pl.col(f"{column}.one").max().over([*self.by, *self.once_per])
        yield [pl.when(member).then(got).alias(column)]

    def keys(self) -> Iterator[tuple[Path, str]]:
        """Need the columns of groups and of what counts once."""
        yield from super().keys()
        yield from ((("once_per", index), name) for index, name in enumerate(self.once_per))

    def gives(self, sheet: Sheet) -> Mapping[str, Column]:
        """Give who stands for the others, where each counts once."""
        return {f"{self.name}.once": Column("flag")} if self.once_per else {}

    def whole(self, titles: Mapping[str, Text]) -> Text:
        """Return the group in words, and what counts once in it."""
        said = super().whole(titles)
        if not self.once_per:
            return said
        once = _listed([titled(name, titles) for name in self.once_per])
        return Text("{s}（每个{o}只计一次）", "{s} (each {o} once)").fill(s=said, o=once)


class Smallest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How many members a group must have, and the columns of the larger group that stands in for a smaller one."""

    members: int
    by: tuple[str, ...] = ()


class Group(Counted, frozen=True, kw_only=True, tag="group"):
    """A statistic of a group, or the place of the estate in it; gives `<name>.members`, too.

    Mean, sum, count, min, max, median and quantile hold for every estate of the group, member or not; mean and sum may
    be weighted by a figure. The quantile is the lowest figure of a member that `at` percent of them do not exceed. Rank
    (1 is first), percentile (percent of members that are below, or at most as high) and share (percent of the group's
    sum) are missing for those who are no members, and so is the z-score, (figure − mean) ÷ standard deviation: with
    `first: lowest` its sign is turned, 0 where all are alike. Without members only sum and count are known: 0. Where a
    group has fewer members than `smallest.members`, the group by `smallest.by` stands in. The standard deviation (`sd`)
    divides by the number of members, of a `sample` by one less, and is rounded half up.
    """

    how: Literal[
        "mean", "sum", "count", "min", "max", "median", "quantile", "sd", "z_score", "rank", "percentile", "share"
    ]
    of: str | None = None
    weight: str | None = None
    at: Decimal | None = None
    first: Literal["highest", "lowest"] = "highest"
    ties: Literal["min", "max", "dense"] = "min"
    counts: Literal["below", "at_most"] = "below"
    sample: bool = False
    smallest: Smallest | None = None
    places: int = PLACES
    mode: Mode = "half_up"

    def within(self, column: str) -> Self:
        """Return the step with its groups, and those that stand in, made within another column."""
        wider = self.smallest
        if wider is not None:
            wider = msgspec.structs.replace(wider, by=(*wider.by, column))
        return msgspec.structs.replace(self, by=(*self.by, column), smallest=wider)

    def passes(self, sheet: Sheet) -> Passes:
        """Yield the number of members, then the figure."""
        yield from self.chosen(self._asked())
        size = _over(self._member().cast(pl.Int64).sum(), self.by)
        yield [(size * UNIT).alias(f"{self.name}.members")]
        found = self._figure(self.by)
        if self.smallest is not None:
            enough = pl.col(f"{self.name}.members") >= self.smallest.members * UNIT
            found = pl.when(enough).then(found).otherwise(self._figure(self.smallest.by))
        found = found.cast(pl.Int64)
        if self.how in _OWN:
            yield from self.spread(self._asked(), found, self.name)
        else:
            yield [found.alias(self.name)]

    def _member(self) -> pl.Expr:
        return self.counted(self._asked())

    def _asked(self) -> pl.Expr:
        return self.members(*([self.of] if self.of else []), *([self.weight] if self.weight else []))

    def _figure(self, by: Sequence[str]) -> pl.Expr:
        member = self._member()
        size = _over(member.cast(pl.Int64).sum(), by)
        if self.how == "count":
            return size * UNIT
        value = pl.when(member).then(pl.col(self.of or ""))
        if self.how in {"mean", "sum", "share"}:
            return self._of_sum(value, size, by)
        if self.how in {"rank", "percentile"}:
            return self._place(value, size, by)
        if self.how in {"sd", "z_score"}:
            return self._apart(value, size, by)
        return self._in_order(value, by)

    def _in_order(self, value: pl.Expr, by: Sequence[str]) -> pl.Expr:
        ordered, many = value.sort(nulls_last=True), value.count().cast(pl.Int64)
        if self.how == "median":
            low, high = (_over(ordered.get(at), by) for at in ((many - 1) // 2, many // 2))
            middle = quotient(low.cast(pl.Int128) + high, 2, self.places, self.mode)
            return pl.when(_over(many, by) > 0).then(middle)
        if self.how == "quantile" and self.at is not None:
            up_to = divide(many.cast(pl.Int128) * figure(self.at), HUNDRED, "ceil")
            return _over(ordered.get((up_to - 1).clip(lower_bound=0)), by)
        return _over(value.min() if self.how == "min" else value.max(), by)

    def _apart(self, value: pl.Expr, size: pl.Expr, by: Sequence[str]) -> pl.Expr:
        """Return √(n·Σx² − (Σx)²) ÷ n, of a sample ÷ √(n·(n − 1)), or how many times that the figure is from the mean.

        The z-score divides by the deviation to ten decimals where 128 bits hold it, else to six.
        """
        apart = (value - _over(value.min(), by)).cast(pl.Int128)  # from the lowest, which keeps the squares small
        n = size.cast(pl.Int128)
        total = _over(apart.sum(), by)
        square = n * _over((apart * apart).sum(), by) - total * total
        per = n * (n - 1 if self.sample else n)
        step: int = 10 ** (PLACES - self.places)
        if self.how == "sd":
            return _root(square, per * (step * step)).cast(pl.Int64) * step
        finer = 10 ** (10 - PLACES)
        near = pl.when(square < _SQUARES).then(square) * (finer * finer)
        deviation = pl.coalesce(_root(near, per), _root(square, per) * finer)
        from_mean = (n * apart - total) * (-1 if self.first == "lowest" else 1)
        score = quotient(from_mean * (finer * UNIT), n * deviation, self.places, self.mode)
        return pl.when(deviation > 0).then(score).when((deviation == 0) & apart.is_not_null()).then(0)

    def _of_sum(self, value: pl.Expr, size: pl.Expr, by: Sequence[str]) -> pl.Expr:
        exact = value.cast(pl.Int128)
        if self.weight is not None:
            weight = pl.when(self._member()).then(pl.col(self.weight)).cast(pl.Int128)
            exact, size = exact * weight, _over(weight.sum(), by)
        whole = _over(exact.sum(), by)
        if self.how == "mean":
            return quotient(whole, size, self.places, self.mode)
        if self.how == "sum":
            return quotient(whole, 1 if self.weight is None else UNIT, self.places, self.mode)
        return quotient(exact * HUNDRED, whole, self.places, self.mode)

    def _place(self, value: pl.Expr, size: pl.Expr, by: Sequence[str]) -> pl.Expr:
        if self.how == "rank":
            return _over(value.rank(self.ties, descending=self.first == "highest"), by).cast(pl.Int64) * UNIT
        if self.counts == "below":
            lower = _over(value.rank("min"), by).cast(pl.Int64) - 1
        else:
            lower = _over(value.rank("max"), by).cast(pl.Int64)
        return quotient(lower.cast(pl.Int128) * HUNDRED, size, self.places, self.mode)

    def needs(self) -> Iterator[tuple[Path, str]]:
        """Need the figure and its weight."""
        for key, name in (("of", self.of), ("weight", self.weight)):
            if name is not None:
                yield (key,), name

    def keys(self) -> Iterator[tuple[Path, str]]:
        """Need the columns by which groups are made."""
        yield from super().keys()
        if self.smallest is not None:
            yield from ((("smallest", "by", index), name) for index, name in enumerate(self.smallest.by))

    def gives(self, sheet: Sheet) -> Mapping[str, Column]:
        """Give the figure and the number of members."""
        return {self.name: Column(), f"{self.name}.members": Column(), **super().gives(sheet)}

    def say(self, titles: Mapping[str, Text]) -> Text:
        """Say the statistic, the group and what stands in for a small one."""
        of = Text("小区", "estates") if self.of is None else titled(self.of, titles)
        said = Text("{w}内{of}的{how}", "{how} of {of} within {w}").fill(
            w=self.whole(titles), of=of, how=self._how(titles)
        )
        if self.smallest is None:
            return said
        text = Text("{s}；不足 {n} 个的按{by}", "{s}; in groups below {n} members within {by}")
        return text.fill(s=said, n=self.smallest.members, by=_group(self.smallest.by, titles))

    def _how(self, titles: Mapping[str, Text]) -> Text:
        how = _HOW[self.how]
        if self.weight is not None:
            weighted = Text("{how}（按{w}加权）", "{how} (weighted by {w})")
            return weighted.fill(how=how, w=titled(self.weight, titles))
        if self.how == "quantile":
            return Text("{at}% {how}", "{at} % {how}").fill(at=plain(figure(self.at or Decimal(0))), how=how)
        if self.how in {"sd", "z_score"}:
            return self._how_far()
        if self.how == "rank":
            best = Text("高者在前", "highest first") if self.first == "highest" else Text("低者在前", "lowest first")
            return Text("{how}（{b}）", "{how} ({b})").fill(how=how, b=best)
        if self.how == "percentile":
            below = (
                Text("低于本小区的占比", "members below")
                if self.counts == "below"
                else Text("不高于本小区的占比", "members at most as high")
            )
            return Text("{how}（{b}）", "{how} ({b})").fill(how=how, b=below)
        return how

    def _how_far(self) -> Text:
        if self.how == "sd" and self.sample:
            return Text(
                "标准差（样本，除以个数减一）", "standard deviation (of a sample, by one less than their number)"
            )
        whole = Text("样本", "sample") if self.sample else Text("总体", "population")
        lower = Text("；低者为正", "; the lower positive") if self.first == "lowest" else Text("", "")
        return _HOW[self.how].fill(s=whole, l=lower)

    def placed(self, row: Mapping[str, Any], titles: Mapping[str, Text]) -> Text | None:
        """Say how many there are, and as which of them the estate stands."""
        members, value = row[f"{self.name}.members"], row[self.name]
        if self.how != "rank" or value is None or not members:
            return Text("组内 {n} 个", "{n} in the group").fill(n=plain(members))
        percent = (Decimal(value) * 100 / Decimal(members)).quantize(Decimal("0.1"), ROUND_HALF_UP)
        text = Text("排名 {r}/{n}，前 {p}%", "rank {r} of {n}, top {p} %")
        return text.fill(r=plain(value), n=plain(members), p=f"{percent:f}".removesuffix(".0"))

    def check(self) -> Iterator[Fault]:
        """Refuse a statistic of nothing, weights where none can be, and impossible sizes."""
        if self.of is None and self.how != "count":
            yield ("of",), Text("须写明取哪个数", "state of which figure")
        if self.weight is not None and self.how not in {"mean", "sum"}:
            yield ("weight",), Text("只有 mean 和 sum 可以加权", "only mean and sum are weighted")
        if self.how == "sd" and self.mode != "half_up":
            yield ("mode",), Text("标准差只四舍五入", "a standard deviation is rounded half up")
        if self.sample and self.how not in {"sd", "z_score"}:
            yield ("sample",), Text("只有 sd 和 z_score 可按样本", "only sd and z_score are of a sample")
        if (self.at is None) == (self.how == "quantile"):
            yield ("at",), Text("quantile 须写 at，其余不写", "a quantile states at, other statistics do not")
        if self.at is not None and not 0 < self.at <= 100:  # noqa: PLR2004 - percent
            yield ("at",), Text("须大于 0 且不超过 100", "above 0 and at most 100")
        if self.smallest is not None and self.smallest.members < 1:
            yield ("smallest", "members"), Text("至少 1 个", "at least one")
        if self.smallest is not None and self.once_per:
            yield ("once_per",), Text("不与 smallest 同写", "not beside smallest")
        yield from place_faults(self.places)


class Quota(Counted, frozen=True, kw_only=True, tag="quota"):
    """Whether the estate is among the best `ratio` percent, or `seats`, of its group; gives `<name>.rank`, `.places`.

    Ratio and seats may be figures that differ from group to group; of one that differs within a group the highest
    holds, and where it is missing nobody is in. `count` rounds the number of places. Of those tied at the line, after
    the figures of `then` (the higher first) have been compared, all are in only where all fit (`ties: out`), or all
    once one is (`ties: in`).
    """

    of: str
    ratio: Operand | None = None
    seats: Operand | None = None
    first: Literal["highest", "lowest"] = "highest"
    then: tuple[str, ...] = ()
    count: Literal["floor", "ceil", "half_up"]
    ties: Literal["in", "out"]

    def passes(self, sheet: Sheet) -> Passes:
        """Yield places and rank within the group, then whether the estate is in."""
        asked = self.members(self.of)
        yield from self.chosen(asked)
        member = self.counted(asked)
        key = in_turn(pl.col(self.of).rank("dense", descending=self.first == "highest").cast(pl.Int64), self.then)
        rank = _over(pl.when(member).then(key).rank("max" if self.ties == "out" else "min"), self.by)
        size = _over(member.cast(pl.Int64).sum(), self.by)
        places = self._places(size)
        yield [(places * UNIT).alias(f"{self.name}.places")]
        yield from self.spread(asked, rank.cast(pl.Int64) * UNIT, f"{self.name}.rank")
        within = pl.col(f"{self.name}.rank") <= pl.col(f"{self.name}.places")
        yield [within.fill_null(value=False).alias(self.name)]

    def _places(self, size: pl.Expr) -> pl.Expr:
        asked = self.seats if self.ratio is None else self.ratio
        whole = held(asked) if isinstance(asked, Decimal) else _over(held(asked or MISSING).max(), self.by)
        if self.ratio is None:
            return divide(whole, UNIT, "floor")
        return divide(size.cast(pl.Int128) * whole, HUNDRED, self.count)

    def needs(self) -> Iterator[tuple[Path, str]]:
        """Need the figure, those that break ties, and a number of places that is a figure."""
        yield ("of",), self.of
        yield from (*named(("ratio",), self.ratio), *named(("seats",), self.seats))
        yield from ((("then", index), name) for index, name in enumerate(self.then))

    def gives(self, sheet: Sheet) -> Mapping[str, Column]:
        """Give the flag, and rank and places as figures."""
        places = {f"{self.name}.rank": Column(), f"{self.name}.places": Column()}
        return {self.name: Column("flag"), **places, **super().gives(sheet)}

    def say(self, titles: Mapping[str, Text]) -> Text:
        """Say how many places there are, for whom, and what becomes of ties."""
        best = Text("高", "highest") if self.first == "highest" else Text("低", "lowest")
        size = (
            Text("{n} 个", "{n}").fill(n=worded(self.seats or MISSING, titles))
            if self.ratio is None
            else Text("{r}%（{c}）", "{r} % ({c})").fill(r=worded(self.ratio, titles), c=_COUNTS[self.count])
        )
        said = Text("{w}内{of}最{b}的 {n}", "the {n} with the {b} {of} within {w}").fill(
            w=self.whole(titles), of=titled(self.of, titles), b=best, n=size
        )
        if self.then:
            then = _listed([titled(name, titles) for name in self.then])
            said = Text("{s}；并列的依次比较{t}，高者在前", "{s}; ties: the higher {t}").fill(s=said, t=then)
        return Text("{s}；{t}", "{s}; {t}").fill(s=said, t=_TIES[self.ties])

    def placed(self, row: Mapping[str, Any], titles: Mapping[str, Text]) -> Text | None:
        """Say rank and places."""
        rank, places = row[f"{self.name}.rank"], row[f"{self.name}.places"]
        if rank is None:
            return Text("不参加排名", "not among those ranked")
        return Text("第 {r} 名，名额 {p} 个", "rank {r}, places: {p}").fill(r=plain(rank), p=plain(places))

    def check(self) -> Iterator[Fault]:
        """Refuse two sizes or none, and impossible ones."""
        if (self.ratio is None) == (self.seats is None):
            yield (), Text("ratio 与 seats 须且只能写一个", "state either ratio or seats")
        yield from (*no_absence(("ratio",), self.ratio), *no_absence(("seats",), self.seats))
        if isinstance(self.ratio, Decimal) and not 0 <= self.ratio <= 100:  # noqa: PLR2004 - percent
            yield ("ratio",), Text("比例须在 0 到 100 之间", "the ratio lies between 0 and 100")
        if isinstance(self.seats, Decimal) and (self.seats < 0 or self.seats % 1):
            yield ("seats",), Text("须为整数且不为负", "a whole number, not negative")


def _root(square: pl.Expr, per: pl.Expr) -> pl.Expr:
    """Return √(square ÷ per) as a whole number, half up: a floating root is only the first guess, whole numbers decide.

    Missing where `per` is 0.
    """
    guess = ((square.cast(pl.Float64) / per.cast(pl.Float64)).sqrt() + 0.5).floor().cast(pl.Int128, strict=False)
    higher, lower = 2 * guess + 1, 2 * guess - 1
    up = (higher * higher * per <= 4 * square).cast(pl.Int128)
    down = ((guess > 0) & (lower * lower * per > 4 * square)).cast(pl.Int128)
    return pl.when(per > 0).then(guess + up - down)


def _over(value: pl.Expr, by: Sequence[str]) -> pl.Expr:
    return value.over(list(by)) if by else value


def _group(by: Sequence[str], titles: Mapping[str, Text]) -> Text:
    if not by:
        return _DISTRICT
    text = Text("同一{g}", "the same {g}")
    return text.fill(g=_listed([titled(name, titles) for name in by]))


def _listed(parts: Sequence[Text]) -> Text:
    return Text("、".join(part.zh for part in parts), ", ".join(part.en for part in parts))
