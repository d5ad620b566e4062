"""Weighted means of figures out of 100, and what happens where a part is missing."""

# ruff: noqa: ARG002 - every class answers the same questions, not every answer needs all that is told

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Literal

import msgspec
import polars as pl

from redproperty.domain.conditions import Condition
from redproperty.domain.faults import Fault, Path, under
from redproperty.domain.numbers import Mode, figure, plain, quotient, rounded
from redproperty.domain.operands import Column
from redproperty.domain.sheets import Sheet
from redproperty.domain.steps.base import HUNDRED, Passes, Step, place_faults, titled
from redproperty.domain.texts import Text


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
        """List the parts with their weights."""
        zh = " + ".join(f"{titled(part.of, titles).zh} × {plain(figure(part.weight))}%" for part in self.parts)
        en = " + ".join(f"{titled(part.of, titles).en} × {plain(figure(part.weight))} %" for part in self.parts)
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
        yield from place_faults(self.places)


def _filled(part: Part) -> pl.Expr:
    absent = HUNDRED if part.missing == "full" else 0
    return pl.col(part.of).fill_null(absent)
