"""Weighted means of figures, and what happens where a part is missing."""

# ruff: noqa: ARG002 - every class answers the same questions, not every answer needs all that is told

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Literal

import msgspec
import polars as pl

from redproperty.domain.conditions import Condition
from redproperty.domain.faults import Fault, Path, repeated, under
from redproperty.domain.numbers import Mode, figure, plain, quotient, rounded
from redproperty.domain.operands import Column, Operand, held, named, scratch, worded
from redproperty.domain.sheets import Sheet
from redproperty.domain.steps.base import HUNDRED, Passes, Step, no_absence, place_faults, titled, to_places
from redproperty.domain.texts import Text

HUNDRED_PERCENT = Decimal(100)


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One part of a weighted mean; where it does not apply or is missing and re-weighted the others take its weight.

    To leave a missing part out of the mean and to re-weight the others is the same thing; there is one word for it.
    A weight that depends on circumstances is the name of an earlier figure, such as a `first_match` or a `table`; a
    part whose weight is 0 or below does not count, and where a weight is missing so is the mean.
    """

    of: str
    weight: Operand
    applies: Condition | None = None
    missing: Literal["reweight", "zero", "full", "not_rated"]


class Coverage(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What must be known, of the parts that apply: so many `parts`, and parts with so many percent of the `weight`."""

    parts: int | None = None
    weight: Decimal | None = None

    def say(self) -> Text:
        """Say the least that must be known."""
        said = []
        if self.parts is not None:
            said.append(Text("至少 {n} 项有数", "at least {n} of the parts must be known").fill(n=self.parts))
        if self.weight is not None:
            text = Text("有数的权重至少占 {w}%", "parts with at least {w} % of the weight must be known")
            said.append(text.fill(w=plain(figure(self.weight))))
        return Text(
            "，".join(one.zh for one in said) + "，否则缺失", ", ".join(one.en for one in said) + ", else missing"
        )

    def check(self, parts: int) -> Iterator[Fault]:
        """Refuse to ask for nothing, or for more than there is."""
        if self.parts is None and self.weight is None:
            yield (), Text("写明 parts 或 weight", "state parts or weight")
        if self.parts is not None and not 1 <= self.parts <= parts:
            yield ("parts",), Text("须为 1 到部分的个数", "from 1 to as many as there are parts")
        if self.weight is not None and not 0 < self.weight <= 100:  # noqa: PLR2004 - percent
            yield ("weight",), Text("须大于 0 且不超过 100", "above 0 and at most 100")


class WeightedMean(Step, frozen=True, tag="weighted_mean"):
    """The mean of several figures by weight; gives `<name>.<part>.weight` (as used) and `<name>.<part>.points`.

    Weights that are numbers must add up to `sums_to`: 100, or what else is stated (1, 1000); with `sums_to: null` they
    may have any sum. The mean is always Σ figure × weight ÷ Σ weight. A missing part has its weight taken by the
    others (`reweight`), counts as 0 (`zero`) or as 100 (`full`), or leaves the mean missing (`not_rated`). With
    `covers` the mean is missing, too, where too little is known.

    With `part_places` each part's points are rounded and the figure is their sum, so what is printed adds up; without
    it the figure is rounded once. Missing where no part is left.
    """

    parts: tuple[Part, ...]
    sums_to: Decimal | None = HUNDRED_PERCENT
    covers: Coverage | None = None
    places: int = 2
    part_places: int | None = None
    mode: Mode = "half_up"

    def passes(self, sheet: Sheet) -> Passes:
        """Yield weights, then points of the parts, then the figure."""
        yield [self._weight(part).alias(f"{self.name}.{part.of}.weight") for part in self.parts]
        weights = [pl.col(f"{self.name}.{part.of}.weight") for part in self.parts]
        whole, products = pl.col(scratch(self.name)), [scratch(f"{self.name}.{part.of}") for part in self.parts]
        yield [
            pl.sum_horizontal([weight.cast(pl.Int128) for weight in weights]).alias(scratch(self.name)),
            *(
                (_filled(part).cast(pl.Int128) * weight).alias(product)
                for part, weight, product in zip(self.parts, weights, products, strict=True)
            ),
        ]
        places = 6 if self.part_places is None else self.part_places
        yield [
            quotient(pl.col(product), whole, places, self.mode, positive=True).alias(f"{self.name}.{part.of}.points")
            for part, product in zip(self.parts, products, strict=True)
        ]
        yield [pl.when(self._known()).then(self._figure(products, whole)).alias(self.name)]

    def _figure(self, products: Sequence[str], whole: pl.Expr) -> pl.Expr:
        if self.part_places is None:
            return quotient(pl.sum_horizontal(products), whole, self.places, self.mode, positive=True)
        points = pl.sum_horizontal([pl.col(f"{self.name}.{part.of}.points") for part in self.parts])
        coarser = self.places < self.part_places
        return pl.when(whole > 0).then(rounded(points, self.places, self.mode) if coarser else points)

    def _weight(self, part: Part) -> pl.Expr:
        counts = _applies(part)
        if part.missing == "reweight":
            counts = counts & pl.col(part.of).is_not_null()
        return pl.when(counts).then(_at_least_zero(part)).otherwise(pl.lit(0, pl.Int64))

    def _known(self) -> pl.Expr:
        strict = [
            (pl.col(f"{self.name}.{part.of}.weight") == 0) | pl.col(part.of).is_not_null()
            for part in self.parts
            if part.missing == "not_rated"
        ]
        strict += [~_applies(part) | held(part.weight).is_not_null() for part in self.parts if _is_named(part)]
        strict += self._covered()
        return pl.all_horizontal(strict) if strict else pl.lit(value=True)

    def _covered(self) -> Iterator[pl.Expr]:
        if self.covers is None:
            return
        weights = [pl.when(_applies(part)).then(_at_least_zero(part)).otherwise(0) for part in self.parts]
        there = [pl.col(part.of).is_not_null() for part in self.parts]
        known = [pl.when(is_there).then(weight).otherwise(0) for is_there, weight in zip(there, weights, strict=True)]
        if self.covers.parts is not None:
            yield pl.sum_horizontal([(one > 0).cast(pl.Int64) for one in known]) >= self.covers.parts
        if self.covers.weight is not None:
            whole, part = (pl.sum_horizontal([one.cast(pl.Int128) for one in many]) for many in (weights, known))
            yield part * HUNDRED >= whole * figure(self.covers.weight)

    def needs(self) -> Iterator[tuple[Path, str]]:
        """Need every part, and the weights that are figures."""
        for index, part in enumerate(self.parts):
            yield ("parts", index, "of"), part.of
            yield from named(("parts", index, "weight"), part.weight)

    def gives(self, sheet: Sheet) -> Mapping[str, Column]:
        """Give the figure, and weight and points of every part."""
        parts = [f"{self.name}.{part.of}.{column}" for part in self.parts for column in ("weight", "points")]
        return dict.fromkeys([self.name, *parts], Column())

    def conditions(self) -> Iterator[tuple[Path, Condition]]:
        """Yield the applicability of the parts."""
        for index, part in enumerate(self.parts):
            if part.applies is not None:
                yield ("parts", index, "applies"), part.applies

    def say(self, titles: Mapping[str, Text]) -> Text:
        """List the parts with their weights, when they count, what becomes of missing ones and how it is rounded."""
        listed = [self._said(part, titles) for part in self.parts]
        said = Text(" + ".join(one.zh for one in listed), " + ".join(one.en for one in listed))
        if self.sums_to != HUNDRED_PERCENT:
            text = Text("加权平均（按权重之和折算）：{s}", "weighted mean (÷ the sum of the weights): {s}")
            said = text.fill(s=said)
        more = [*self._when(titles), *self._absent(titles)]
        more += [] if self.covers is None else [self.covers.say()]
        whole = [said, *more]
        said = Text("；".join(one.zh for one in whole), "; ".join(one.en for one in whole))
        if self.part_places is not None:
            text = Text("{s}；各部分先保留 {n} 位小数再相加", "{s}; each part rounded to {n} decimals before adding")
            said = text.fill(s=said, n=self.part_places)
        return to_places(said, self.places, self.mode)

    def _when(self, titles: Mapping[str, Text]) -> Iterator[Text]:
        text = Text("“{t}”只在{c}时计入", "“{t}” counts only if {c}")
        for part in self.parts:
            if part.applies is not None:
                yield text.fill(t=titled(part.of, titles), c=part.applies.say(titles))

    def _absent(self, titles: Mapping[str, Text]) -> Iterator[Text]:
        for missing, text in _MISSING.items():
            listed = [titled(part.of, titles) for part in self.parts if part.missing == missing]
            if listed:
                yield text.fill(t=Text("、".join(one.zh for one in listed), ", ".join(one.en for one in listed)))

    def _said(self, part: Part, titles: Mapping[str, Text]) -> Text:
        percent = self.sums_to == HUNDRED_PERCENT and not _is_named(part)
        text = Text("{t} × {w}%", "{t} × {w} %") if percent else Text("{t} × {w}", "{t} × {w}")
        return text.fill(t=titled(part.of, titles), w=worded(part.weight, titles))

    def check(self) -> Iterator[Fault]:
        """Refuse weights that are not positive or do not add up, a part written twice and an impossible coverage."""
        yield from self._weight_faults()
        yield from repeated((("parts", index, "of"), part.of) for index, part in enumerate(self.parts))
        for index, part in enumerate(self.parts):
            if part.applies is not None:
                yield from under(("parts", index, "applies"), part.applies.check())
        if self.covers is not None:
            yield from under(("covers",), self.covers.check(len(self.parts)))
        yield from place_faults(self.places)
        if self.part_places is not None:
            yield from ((("part_places",), text) for _, text in place_faults(self.part_places))

    def _weight_faults(self) -> Iterator[Fault]:
        if not self.parts:
            yield ("parts",), Text("至少写一个部分", "at least one part is needed")
        weights = [part.weight for part in self.parts if isinstance(part.weight, Decimal)]
        total = sum(weights)
        if self.sums_to is not None and len(weights) == len(self.parts) and total != self.sums_to:
            text = Text("各部分权重合计 {sum}，应为 {whole}", "the weights add up to {sum}, not to {whole}")
            yield ("parts",), text.fill(sum=plain(figure(total)), whole=plain(figure(self.sums_to)))
        for index, part in enumerate(self.parts):
            if isinstance(part.weight, Decimal) and part.weight <= 0:
                yield ("parts", index, "weight"), Text("权重须大于 0", "a weight must be above 0")
            yield from no_absence(("parts", index, "weight"), part.weight)


_MISSING: Mapping[str, Text] = {
    "not_rated": Text("缺{t}的没有结果", "no result without {t}"),
    "reweight": Text("缺{t}的由其余部分分担权重", "where {t} is missing the others take the weight"),
    "zero": Text("缺{t}的计 0 分", "where {t} is missing it counts as 0"),
    "full": Text("缺{t}的计 100 分", "where {t} is missing it counts as 100"),
}


def _is_named(part: Part) -> bool:
    return isinstance(part.weight, str)


def _applies(part: Part) -> pl.Expr:
    return pl.lit(value=True) if part.applies is None else part.applies.truth().fill_null(value=True)


def _at_least_zero(part: Part) -> pl.Expr:
    """Return the weight, 0 where it is missing; then the mean is, too."""
    return held(part.weight).clip(lower_bound=0).fill_null(0) if _is_named(part) else held(part.weight)


def _filled(part: Part) -> pl.Expr:
    absent = HUNDRED if part.missing == "full" else 0
    return pl.col(part.of).fill_null(absent)
