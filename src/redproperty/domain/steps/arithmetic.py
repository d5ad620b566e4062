"""Sums, products, quotients, roots, best and worst, ends and rounding of figures: each exact, rounded once."""

# ruff: noqa: ARG002 - every class answers the same questions, not every answer needs all that is told

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import ClassVar, Literal

import msgspec
import polars as pl

from redproperty.domain.faults import Fault, Path
from redproperty.domain.numbers import PLACES, UNIT, Mode, divide, figure, plain, quotient, rounded, times
from redproperty.domain.operands import Operand, held, named, worded
from redproperty.domain.sheets import Sheet
from redproperty.domain.steps.base import ROUNDED, Passes, Step, no_absence, place_faults, titled, to_places
from redproperty.domain.texts import Text

ONE = Decimal(1)
NOTHING = Decimal(0)
_FITS = 4e37  # what 128 bits hold with room for rounding
_TOGETHER = 5  # so many millionths can be divided by at once
_ROOTS = {2: Text("平方根", "square root"), 3: Text("立方根", "third root"), 4: Text("四次方根", "fourth root")}


class Term(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One summand: a figure times a factor; `times: -1` subtracts it, `times: 0.2` adds a fifth of it."""

    of: str
    times: Operand = ONE
    missing: Literal["missing", "zero"] = "missing"

    def product(self) -> pl.Expr:
        """Return figure × factor in millionths of millionths (Int128)."""
        exact = held(self.of).cast(pl.Int128) * held(self.times).cast(pl.Int128)
        return exact.fill_null(0) if self.missing == "zero" else exact

    def words(self, titles: Mapping[str, Text]) -> Text:
        """Return the summand in words, with its factor where it has one."""
        title = titled(self.of, titles)
        if self.missing == "zero":
            title = Text("{t}（缺失计 0）", "{t} (0 where missing)").fill(t=title)
        if self.times == ONE:
            return title
        factor = worded(self.times, titles)
        if isinstance(self.times, Decimal) and self.times < 0:
            factor = Text("({f})", "({f})").fill(f=factor)
        return Text("{t} × {f}", "{t} × {f}").fill(t=title, f=factor)


class Sum(Step, frozen=True, kw_only=True, tag="sum"):
    """The sum of earlier figures, each as it is or times a factor, and of a constant; rounded once, at the millionth.

    Missing where a summand is, unless it says `missing: zero`. So differences, percent surcharges and linear formulas
    are sums.
    """

    of: tuple[Operand | Term, ...]
    plus: Operand = NOTHING

    def passes(self, sheet: Sheet) -> Passes:
        """Yield the sum."""
        plain_ones = [term for term in self.of if not isinstance(term, Term)]
        if self.plus == NOTHING and len(plain_ones) == len(self.of):
            total = held(plain_ones[0])
            for other in plain_ones[1:]:
                total = total + held(other)
            yield [total.alias(self.name)]
            return
        exact = held(self.plus).cast(pl.Int128) * UNIT
        for term in self.of:
            exact = exact + (term.product() if isinstance(term, Term) else held(term).cast(pl.Int128) * UNIT)
        yield [divide(exact, UNIT).alias(self.name)]

    def needs(self) -> Iterator[tuple[Path, str]]:
        """Need every summand and factor."""
        for index, term in enumerate(self.of):
            if isinstance(term, Term):
                yield ("of", index, "of"), term.of
                yield from named(("of", index, "times"), term.times)
            else:
                yield from named(("of", index), term)
        yield from named(("plus",), self.plus)

    def say(self, titles: Mapping[str, Text]) -> Text:
        """List the summands."""
        parts = [term.words(titles) if isinstance(term, Term) else worded(term, titles) for term in self.of]
        parts += [worded(self.plus, titles)] if self.plus != NOTHING else []
        return _joined(parts, " + ", " + ")

    def check(self) -> Iterator[Fault]:
        """Refuse an empty sum, and one that is always missing."""
        yield from _none(self.of)
        for index, term in enumerate(self.of):
            if not isinstance(term, Term):
                yield from no_absence(("of", index), term)


class Product(Step, frozen=True, kw_only=True, tag="product"):
    """The product of figures and numbers, rounded once to `places`; missing where a factor is.

    Where 128 bits cannot hold the product of three and more factors, or there are more than five, the product so far is
    held to the millionth before the next one is multiplied.
    """

    of: tuple[Operand, ...]
    places: int = PLACES
    mode: Mode = "half_up"

    def passes(self, sheet: Sheet) -> Passes:
        """Yield the product."""
        factors = [held(factor) for factor in self.of]
        if len(factors) <= 2:  # noqa: PLR2004 - two always fit
            found = self._exact(factors)
        elif len(factors) > _TOGETHER:
            found = self._one_by_one(factors)
        else:
            first, *others = factors
            size = first.cast(pl.Float64).abs()
            for factor in others:
                size = size * factor.cast(pl.Float64).abs()
            together, apart = (pl.when(fits).then(first) for fits in (size < _FITS, size >= _FITS))
            found = pl.coalesce(self._exact([together, *others]), self._one_by_one([apart, *others]))
        yield [found.alias(self.name)]

    def _exact(self, factors: Sequence[pl.Expr]) -> pl.Expr:
        whole = factors[0].cast(pl.Int128)
        for factor in factors[1:]:
            whole = whole * factor.cast(pl.Int128)
        return quotient(whole, pl.lit(UNIT ** (len(factors) - 1), pl.Int128), self.places, self.mode)

    def _one_by_one(self, factors: Sequence[pl.Expr]) -> pl.Expr:
        *first, last = factors
        so_far = first[0]
        for factor in first[1:]:
            so_far = times(so_far, factor)
        return quotient(so_far.cast(pl.Int128) * last.cast(pl.Int128), UNIT, self.places, self.mode)

    def needs(self) -> Iterator[tuple[Path, str]]:
        """Need every factor that is a figure."""
        for index, factor in enumerate(self.of):
            yield from named(("of", index), factor)

    def say(self, titles: Mapping[str, Text]) -> Text:
        """List the factors."""
        factors = _joined([worded(factor, titles) for factor in self.of], " × ", " × ")
        return to_places(factors, self.places, self.mode)

    def check(self) -> Iterator[Fault]:
        """Refuse an empty product and an impossible place."""
        yield from _none(self.of)
        yield from place_faults(self.places)


class Quotient(Step, frozen=True, kw_only=True, tag="quotient"):
    """One figure ÷ another, × `times` (100 makes it a percentage), rounded once to `places`.

    `zero` must be stated: what holds where the divisor is 0, a number, another figure, or `missing`. Missing where a
    figure of the division is.
    """

    of: Operand
    by: Operand
    zero: Operand
    times: Operand = ONE
    places: int = PLACES
    mode: Mode = "half_up"

    def passes(self, sheet: Sheet) -> Passes:
        """Yield the quotient, or what stands for it over zero."""
        top = held(self.of).cast(pl.Int128) * held(self.times).cast(pl.Int128)
        by = held(self.by)
        ratio = quotient(top, by.cast(pl.Int128), self.places, self.mode)
        yield [pl.when((by == 0) & top.is_not_null()).then(held(self.zero)).otherwise(ratio).alias(self.name)]

    def needs(self) -> Iterator[tuple[Path, str]]:
        """Need the figures of the division and the one that holds over zero."""
        for key in ("of", "by", "times", "zero"):
            yield from named((key,), getattr(self, key))

    def say(self, titles: Mapping[str, Text]) -> Text:
        """Say the division and its zero branch."""
        text = Text("{of} ÷ {by}{x}；除数为 0 时：{zero}", "{of} ÷ {by}{x}; where the divisor is 0: {zero}")
        factor = Text(" × {f}", " × {f}").fill(f=worded(self.times, titles)) if self.times != ONE else Text("", "")
        of, by, zero = (worded(operand, titles) for operand in (self.of, self.by, self.zero))
        return to_places(text.fill(of=of, by=by, x=factor, zero=zero), self.places, self.mode)

    def check(self) -> Iterator[Fault]:
        """Refuse a divisor that is the number 0, and an impossible place."""
        if self.by == NOTHING:
            yield ("by",), Text("除数不能写 0", "the divisor cannot be written as 0")
        yield from place_faults(self.places)


class Extreme(Step, frozen=True, kw_only=True):
    """The best or worst of several figures; with `take` the mean or sum of that many, or of all where there are fewer.

    A missing figure is passed over; with `missing: missing` one that is missing makes the result missing.
    """

    of: tuple[Operand, ...]
    take: int = 1
    how: Literal["mean", "sum"] = "mean"
    missing: Literal["skip", "missing"] = "skip"
    places: int = PLACES
    mode: Mode = "half_up"
    highest: ClassVar[bool]

    def passes(self, sheet: Sheet) -> Passes:
        """Yield the extreme, or mean or sum of the extremes."""
        figures = [held(operand) for operand in self.of]
        some = pl.any_horizontal([one.is_not_null() for one in figures])
        every = pl.all_horizontal([one.is_not_null() for one in figures])
        wanted = every if self.missing == "missing" else some
        if self.take == 1:
            found = (pl.max_horizontal if self.highest else pl.min_horizontal)(figures)
        else:
            taken = pl.concat_list(figures).list.drop_nulls().list.sort(descending=self.highest).list.head(self.take)
            whole = taken.list.sum()
            found = quotient(whole, taken.list.len() if self.how == "mean" else 1, self.places, self.mode)
        yield [pl.when(wanted).then(found).alias(self.name)]

    def needs(self) -> Iterator[tuple[Path, str]]:
        """Need every figure of which to take."""
        for index, operand in enumerate(self.of):
            yield from named(("of", index), operand)

    def say(self, titles: Mapping[str, Text]) -> Text:
        """Say how many are taken, of which, and how."""
        listed = _joined([worded(operand, titles) for operand in self.of], "、", ", ")
        best = Text("最高", "highest") if self.highest else Text("最低", "lowest")
        skipped = (
            Text("缺失的不计", "missing ones passed over")
            if self.missing == "skip"
            else Text("缺一项即缺失", "missing where one is")
        )
        if self.take == 1:
            return Text("取{of}中{best}者；{m}", "{best} of {of}; {m}").fill(of=listed, best=best, m=skipped)
        how = Text("平均", "mean") if self.how == "mean" else Text("之和", "sum")
        text = Text("取{of}中{best}的 {n} 项的{how}；{m}", "{how} of the {n} {best} of {of}; {m}")
        return to_places(text.fill(of=listed, best=best, n=self.take, how=how, m=skipped), self.places, self.mode)

    def check(self) -> Iterator[Fault]:
        """Refuse to take nothing, or more than there are."""
        if not 1 <= self.take <= max(len(self.of), 1):
            yield ("take",), Text("须为 1 到列出的个数", "from 1 to as many as are listed")
        yield from _none(self.of)
        yield from place_faults(self.places)


class Best(Extreme, frozen=True, kw_only=True, tag="best"):
    """The highest of several figures (with `take`, of so many of the highest the mean or sum); see `worst`."""

    highest: ClassVar[bool] = True


class Worst(Extreme, frozen=True, kw_only=True, tag="worst"):
    """The lowest of several figures (with `take`, of so many of the lowest the mean or sum); see `best`."""

    highest: ClassVar[bool] = False


class Clamp(Step, frozen=True, kw_only=True, tag="clamp"):
    """An earlier figure held between two ends, each a number or an earlier figure.

    Missing where the figure or a named end is. Where named ends cross, the upper one holds.
    """

    of: str
    at_least: Operand | None = None
    at_most: Operand | None = None

    def passes(self, sheet: Sheet) -> Passes:
        """Yield the clamped figure."""
        if not isinstance(self.at_least, str) and not isinstance(self.at_most, str):
            low = None if self.at_least is None else figure(self.at_least)
            high = None if self.at_most is None else figure(self.at_most)
            yield [pl.col(self.of).clip(low, high).alias(self.name)]
            return
        raised = pl.col(self.of) if self.at_least is None else pl.max_horizontal(self.of, held(self.at_least))
        capped = raised if self.at_most is None else pl.min_horizontal(raised, held(self.at_most))
        known = [pl.col(self.of), *(pl.col(name) for name in (self.at_least, self.at_most) if isinstance(name, str))]
        yield [pl.when(pl.all_horizontal([one.is_not_null() for one in known])).then(capped).alias(self.name)]

    def needs(self) -> Iterator[tuple[Path, str]]:
        """Need the figure and the ends that are figures."""
        yield ("of",), self.of
        yield from named(("at_least",), self.at_least)
        yield from named(("at_most",), self.at_most)

    def say(self, titles: Mapping[str, Text]) -> Text:
        """Say the ends."""
        said = titled(self.of, titles)
        if self.at_least is not None:
            said = Text("{t}，不低于 {e}", "{t}, at least {e}").fill(t=said, e=worded(self.at_least, titles))
        if self.at_most is not None:
            said = Text("{t}，不超过 {e}", "{t}, at most {e}").fill(t=said, e=worded(self.at_most, titles))
        return said

    def check(self) -> Iterator[Fault]:
        """Refuse ends that are reversed or not there."""
        low, high = self.at_least, self.at_most
        if low is None and high is None:
            yield (), Text("写明 at_least 或 at_most", "state at_least or at_most")
        for key, end in (("at_least", low), ("at_most", high)):
            yield from no_absence((key,), end)
        if isinstance(low, Decimal) and isinstance(high, Decimal) and low > high:
            yield ("at_least",), Text("上下限写反了", "the ends are reversed")


class Root(Step, frozen=True, kw_only=True, tag="root"):
    """The square root of a figure (`degree: 2`), its third or fourth root, rounded once, half up, to `places`.

    A geometric mean of three figures is the third root of their product; the uncertainty of a share of n answers is
    made of a square root. Missing where the figure is, or is below 0.
    """

    of: Operand
    degree: int = 2
    places: int = PLACES

    def passes(self, sheet: Sheet) -> Passes:
        """Yield the root: a floating one is only the first guess, whole numbers decide."""
        value = held(self.of)
        value = pl.when(value >= 0).then(value)
        step: int = 10 ** (PLACES - self.places)
        near = (value.cast(pl.Float64) / UNIT) ** (1 / self.degree) * UNIT / step
        guess = near.round().cast(pl.Int128)
        exact = value.cast(pl.Int128) * (UNIT ** (self.degree - 1) * 2**self.degree)
        up = (self._power((2 * guess + 1) * step) <= exact).cast(pl.Int128)
        down = ((guess > 0) & (self._power((2 * guess - 1) * step) > exact)).cast(pl.Int128)
        yield [((guess + up - down) * step).cast(pl.Int64).alias(self.name)]

    def _power(self, base: pl.Expr) -> pl.Expr:
        whole = base
        for _ in range(self.degree - 1):
            whole = whole * base
        return whole

    def needs(self) -> Iterator[tuple[Path, str]]:
        """Need the figure."""
        yield from named(("of",), self.of)

    def say(self, titles: Mapping[str, Text]) -> Text:
        """Say which root of what."""
        said = Text("{of}的{root}", "{root} of {of}").fill(of=worded(self.of, titles), root=_ROOTS[self.degree])
        return to_places(said, self.places, "half_up")

    def check(self) -> Iterator[Fault]:
        """Refuse the root of nothing, a root that is not taken exactly, and an impossible place."""
        if self.degree not in _ROOTS:
            yield ("degree",), Text("须为 2、3 或 4", "2, 3 or 4")
        yield from no_absence(("of",), self.of)
        yield from place_faults(self.places)


class Round(Step, frozen=True, kw_only=True, tag="round"):
    """An earlier figure rounded in a stated mode, to decimals (`places`) or to multiples of a step (`to: 0.5`)."""

    of: str
    places: int = 2
    to: Decimal | None = None
    mode: Mode = "half_up"

    def passes(self, sheet: Sheet) -> Passes:
        """Yield the rounded figure."""
        if self.to is None:
            yield [rounded(pl.col(self.of), self.places, self.mode).alias(self.name)]
        else:
            step = figure(self.to)
            yield [(divide(pl.col(self.of), step, self.mode) * step).alias(self.name)]

    def needs(self) -> Iterator[tuple[Path, str]]:
        """Need the figure."""
        yield ("of",), self.of

    def say(self, titles: Mapping[str, Text]) -> Text:
        """Say the place and the mode."""
        how = ROUNDED[self.mode]
        if self.to is not None:
            text = Text("{of}，取 {n} 的整数倍，{how}", "{of}, rounded {how} to multiples of {n}")
            return text.fill(of=titled(self.of, titles), n=plain(figure(self.to)), how=how)
        text = Text("{of}，保留 {n} 位小数，{how}", "{of}, rounded {how} to {n} decimals")
        return text.fill(of=titled(self.of, titles), n=self.places, how=how)

    def check(self) -> Iterator[Fault]:
        """Refuse an impossible place or step."""
        yield from place_faults(self.places)
        if self.to is not None and self.to <= 0:
            yield ("to",), Text("步长须大于 0", "the step must be above 0")


def _joined(parts: Sequence[Text], zh: str, en: str) -> Text:
    return Text(zh.join(part.zh for part in parts), en.join(part.en for part in parts))


def _none(of: Sequence[object]) -> Iterator[Fault]:
    if not of:
        yield ("of",), Text("至少写一个数", "at least one figure is needed")
