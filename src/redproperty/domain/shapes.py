"""The shapes of a scored item: how an answer becomes points, how it is asked, checked and said.

A shape is one tagged class. To add one, write the class and name it in `AnyShape` at the end of this file; the loader,
the forms, the expressions and the sentences follow from the class. An answer is a whole number, the *code*:
a count, 0/1, the index of a level, a measured figure in millionths, or several counts in one (`counts_in`). Points are
millionths.
"""

# ruff: noqa: ARG002 - every class answers the same questions, not every answer needs all that is told

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from typing import Literal

import msgspec
import polars as pl

from redproperty.domain.asked import MOST_KINDS, MOST_PLACES, Asked, counts_code, counts_in
from redproperty.domain.bands import Band, band_faults
from redproperty.domain.branches import Branch
from redproperty.domain.faults import Fault, repeated
from redproperty.domain.numbers import UNIT, decimal, divide, figure, plain
from redproperty.domain.texts import Text, counted

PERCENT = Text("%", "%")


class Shape(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind"):
    """What every shape can do; `full` is always the item's full mark in millionths."""

    def points(self, code: pl.Expr, full: int) -> pl.Expr:
        """Return the points of a column of codes (Int64, no sentinels)."""
        raise NotImplementedError

    def asked(self) -> Asked:
        """Return how the answer is asked for."""
        raise NotImplementedError

    def rule(self, full: int) -> Text:
        """Return the rule in one sentence."""
        raise NotImplementedError

    def outcome(self, code: int, full: int) -> Text:
        """Return what an answer came to, without the points."""
        raise NotImplementedError

    def check(self, full: int) -> Iterator[Fault]:
        """Yield what is wrong with the shape's numbers."""
        raise NotImplementedError

    def tabled(self, full: int) -> Iterator[Branch]:
        """Yield the branches of a rule that is a table, over a column `code`; none where it is a formula."""
        yield from ()

    def best(self) -> int:
        """Return an answer that earns the full mark: nothing found, the first level, a rate that meets its target."""
        return 0

    def refusal(self, code: int) -> Text | None:
        """Return why a code cannot be an answer, or nothing where it can."""
        asked = self.asked()
        if asked.low <= code <= asked.high and (code - asked.low) % asked.step == 0:
            return None
        if asked.kind == "counts":
            text = Text("每一种请填 0 到 {n} 之间的整数", "enter a whole number from 0 to {n} for each kind")
            return text.fill(n=MOST_PLACES)
        if asked.kind == "number":
            text = Text(
                "请填 {low} 到 {high} 之间的数，最小单位 {step}",
                "enter a number from {low} to {high}, in steps of {step}",
            )
            return text.fill(low=plain(asked.low), high=plain(asked.high), step=plain(asked.step))
        return Text("请填 {low} 到 {high} 之间的整数", "enter a whole number from {low} to {high}").fill(
            low=asked.low, high=asked.high
        )


class PerOccurrence(Shape, frozen=True, tag="per_occurrence"):
    """Each place found costs one step, until the item is used up; further places are recorded and cost nothing."""

    step: Decimal
    unit: Text = Text("处", "places")

    def points(self, code: pl.Expr, full: int) -> pl.Expr:
        """Return full − step × count, never below zero."""
        return (pl.lit(full) - code * figure(self.step)).clip(lower_bound=0)

    def asked(self) -> Asked:
        """Ask for a count."""
        return Asked(kind="count", unit=self.unit)

    def rule(self, full: int) -> Text:
        """Say the step and that it ends with the item."""
        text = Text("每{unit}扣 {step} 分，扣完为止", "{step} off for each of the {unit}, until the item is used up")
        return text.fill(unit=self.unit, step=plain(figure(self.step)))

    def outcome(self, code: int, full: int) -> Text:
        """Say count × step, and whether the item was used up."""
        if code == 0:
            return Text("未发现问题", "nothing found")
        text = Text("{found} × {step}", "{found} × {step}").fill(
            found=counted(code, self.unit), step=plain(figure(self.step))
        )
        over = code * figure(self.step) > full
        return Text(f"{text.zh}，扣完为止", f"{text.en}, the item is used up") if over else text

    def check(self, full: int) -> Iterator[Fault]:
        """Refuse a step that is not positive or larger than the item."""
        if not 0 < figure(self.step) <= full:
            yield ("step",), Text("每处扣分须大于 0 且不超过满分", "the step must be above 0 and at most the full mark")


class DefectKind(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One kind of defect of an item: what each place of it costs, and the most that all its places cost together.

    A step of 0 only records: what was deducted before and is found again, say.
    """

    title: Text
    step: Decimal
    at_most: Decimal | None = None

    def lost(self, count: pl.Expr) -> pl.Expr:
        """Return the points that a count of its places costs, in millionths."""
        lost = count * figure(self.step)
        return lost if self.at_most is None else lost.clip(upper_bound=figure(self.at_most))

    def costs(self, count: int) -> int:
        """Return what one count of its places costs, in millionths."""
        lost = count * figure(self.step)
        return lost if self.at_most is None else min(lost, figure(self.at_most))

    def say(self, unit: Text) -> Text:
        """Say what a place costs: “轻微的每处扣 0.2 分”."""
        if not self.step:
            return Text("{t}的只记录，不扣分", "{t}: recorded, nothing off").fill(t=self.title)
        most = Text("，最多扣 {m} 分", ", at most {m}").fill(m=plain(figure(self.at_most or Decimal(0))))
        text = Text("{t}的每{unit}扣 {step} 分{most}", "{t}: {step} off for each of the {unit}{most}")
        return text.fill(t=self.title, unit=unit, step=_plain(self.step), most=most if self.at_most is not None else "")


class PerKind(Shape, frozen=True, tag="per_kind"):
    """Defects of several kinds, light and grave say, each counted apart with a step of its own, until used up."""

    kinds: tuple[DefectKind, ...]
    unit: Text = Text("处", "places")

    def points(self, code: pl.Expr, full: int) -> pl.Expr:
        """Return full − Σ step × count of the kind, never below zero."""
        base = MOST_PLACES + 1
        lost = [kind.lost(code // base**index % base) for index, kind in enumerate(self.kinds)]
        return (pl.lit(full) - pl.sum_horizontal(lost, ignore_nulls=False)).clip(lower_bound=0)

    def asked(self) -> Asked:
        """Ask for one count per kind."""
        top = counts_code([MOST_PLACES] * len(self.kinds))
        return Asked(kind="counts", unit=self.unit, high=top, parts=tuple(kind.title for kind in self.kinds))

    def rule(self, full: int) -> Text:
        """Say the step of every kind and that they end with the item."""
        said = [kind.say(self.unit) for kind in self.kinds]
        text = Text("{all}，扣完为止", "{all}; until the item is used up")
        return text.fill(all=Text("，".join(one.zh for one in said), "; ".join(one.en for one in said)))

    def outcome(self, code: int, full: int) -> Text:
        """Say count × step of every kind that was found, and whether the item was used up."""
        found = [pair for pair in zip(self.kinds, counts_in(code, len(self.kinds)), strict=True) if pair[1]]
        if not found:
            return Text("未发现问题", "nothing found")
        said = [self._found(kind, count) for kind, count in found]
        over = sum(kind.costs(count) for kind, count in found) > full
        text = Text("，".join(one.zh for one in said), ", ".join(one.en for one in said))
        return Text(f"{text.zh}，扣完为止", f"{text.en}, the item is used up") if over else text

    def _found(self, kind: DefectKind, count: int) -> Text:
        if not kind.step:
            text = Text("{t} {found}，只记录", "{t}: {found}, recorded")
            return text.fill(t=kind.title, found=counted(count, self.unit))
        text = Text("{t} {found} × {step}", "{t}: {found} × {step}")
        said = text.fill(t=kind.title, found=counted(count, self.unit), step=_plain(kind.step))
        if kind.at_most is None or count * figure(kind.step) <= figure(kind.at_most):
            return said
        return Text("{said}（最多 {m}）", "{said} (at most {m})").fill(said=said, m=_plain(kind.at_most))

    def check(self, full: int) -> Iterator[Fault]:
        """Refuse one kind or too many, titles used twice, steps outside the item, and where nothing costs."""
        if not 2 <= len(self.kinds) <= MOST_KINDS:  # noqa: PLR2004 - one kind is `per_occurrence`
            text = Text(
                "须有 2 到 {n} 种；只有一种的用 per_occurrence", "2 to {n} kinds; a single one is per_occurrence"
            )
            yield ("kinds",), text.fill(n=MOST_KINDS)
        yield from repeated((("kinds", index, "title"), kind.title.zh) for index, kind in enumerate(self.kinds))
        for index, kind in enumerate(self.kinds):
            if not 0 <= figure(kind.step) <= full:
                text = Text("每处扣分须在 0 到满分之间", "the step must lie between 0 and the full mark")
                yield ("kinds", index, "step"), text
            if kind.at_most is not None and not figure(kind.step) <= figure(kind.at_most) <= full:
                text = Text("须在每处扣分与满分之间", "must lie between the step and the full mark")
                yield ("kinds", index, "at_most"), text
        if self.kinds and not any(kind.step for kind in self.kinds):
            yield ("kinds",), Text("没有一种扣分", "no kind costs anything")


class PassFail(Shape, frozen=True, tag="pass_fail"):
    """All or nothing."""

    def points(self, code: pl.Expr, full: int) -> pl.Expr:
        """Return the full mark for 0 (passed), nothing for 1 (failed)."""
        return pl.when(code == 0).then(pl.lit(full)).when(code.is_not_null()).then(pl.lit(0))

    def asked(self) -> Asked:
        """Ask yes or no."""
        return Asked(kind="yes_no", high=1, choices=(Text("符合", "met"), Text("不符合", "not met")))

    def rule(self, full: int) -> Text:
        """Say that failing costs the item."""
        return Text("符合得满分，不符合不得分", "full mark if met, nothing if not")

    def outcome(self, code: int, full: int) -> Text:
        """Say met or not met."""
        return self.asked().choices[1 if code else 0]

    def tabled(self, full: int) -> Iterator[Branch]:
        """Yield met and not met."""
        for code, title in enumerate(self.asked().choices):
            yield Branch(title, _points(0 if code else full), pl.col("code") == code)

    def check(self, full: int) -> Iterator[Fault]:
        """Find nothing: there is nothing to state."""
        yield from ()


class Level(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One level of an item and its points."""

    title: Text
    points: Decimal


class Levels(Shape, frozen=True, tag="levels"):
    """One of several described levels, the best first; the code is the index."""

    levels: tuple[Level, ...]

    def points(self, code: pl.Expr, full: int) -> pl.Expr:
        """Return the points of the chosen level."""
        values = [figure(level.points) for level in self.levels]
        return code.replace_strict(range(len(values)), values, default=None, return_dtype=pl.Int64)

    def asked(self) -> Asked:
        """Ask for one of the levels."""
        return Asked(kind="levels", high=len(self.levels) - 1, choices=tuple(level.title for level in self.levels))

    def rule(self, full: int) -> Text:
        """List the levels with their points."""
        return _listed([(level.title, figure(level.points)) for level in self.levels])

    def outcome(self, code: int, full: int) -> Text:
        """Name the level."""
        return self.levels[code].title if 0 <= code < len(self.levels) else Text("未知档次", "unknown level")

    def tabled(self, full: int) -> Iterator[Branch]:
        """Yield the levels."""
        for code, level in enumerate(self.levels):
            yield Branch(level.title, _points(figure(level.points)), pl.col("code") == code)

    def check(self, full: int) -> Iterator[Fault]:
        """Refuse fewer than two levels, a best level below the full mark, and points that do not fall."""
        points = [figure(level.points) for level in self.levels]
        if len(points) < 2:  # noqa: PLR2004 - one level decides nothing
            yield ("levels",), Text("至少要有两档", "at least two levels are needed")
        elif points[0] != full:
            yield ("levels", 0, "points"), Text("第一档须为满分", "the first level must earn the full mark")
        for index, (better, worse) in enumerate(pairwise(points), start=1):
            if worse >= better or worse < 0:
                text = Text("各档分值须逐档下降且不小于 0", "points must fall from level to level, not below 0")
                yield ("levels", index, "points"), text


class PointsBand(Band, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A band of a number and the points that it earns."""

    points: Decimal


class Bands(Shape, frozen=True, tag="bands"):
    """A measured number, such as an on-time rate, earns the points of its band."""

    bands: tuple[PointsBand, ...]
    unit: Text = PERCENT
    low: Decimal = Decimal(0)
    high: Decimal = Decimal(100)
    places: int = 1

    def points(self, code: pl.Expr, full: int) -> pl.Expr:
        """Return the points of the band in which the figure lies."""
        return _banded(code, self.bands, None)

    def asked(self) -> Asked:
        """Ask for a number with its unit."""
        return _number(self.unit, self.low, self.high, self.places)

    def best(self) -> int:
        """Return the end of the range, or the end of a band, that earns most."""
        return figure(_best(self.bands, (self.high, self.low)))

    def rule(self, full: int) -> Text:
        """List the bands with their points."""
        return _listed([(_with_unit(band.words(), self.unit), figure(band.points)) for band in self.bands])

    def outcome(self, code: int, full: int) -> Text:
        """Give the measured number and its band."""
        band = next((band for band in self.bands if band.has(decimal(code))), None)
        text = Text("{value}{unit}，属“{band}”档", "{value} {unit}, band “{band}”")
        return text.fill(value=plain(code), unit=self.unit, band=band.words() if band else "–")

    def tabled(self, full: int) -> Iterator[Branch]:
        """Yield the bands."""
        yield from _branches(self.bands, self.unit, None)

    def check(self, full: int) -> Iterator[Fault]:
        """Refuse gaps, overlaps and points outside the item."""
        yield from _band_points(self.bands, full)
        yield from _range(self.low, self.high, self.places)


class CountBands(Shape, frozen=True, tag="count_bands"):
    """A count, such as Party members on the staff, earns the points of its band."""

    bands: tuple[PointsBand, ...]
    unit: Text = Text("人", "people")

    def points(self, code: pl.Expr, full: int) -> pl.Expr:
        """Return the points of the band in which the count lies."""
        return _banded(code, self.bands, 1)

    def asked(self) -> Asked:
        """Ask for a count."""
        return Asked(kind="count", unit=self.unit)

    def best(self) -> int:
        """Return the least count, or the end of a band, that earns most."""
        return int(_best(self.bands, (Decimal(0), Decimal(MOST_PLACES))))

    def rule(self, full: int) -> Text:
        """List the bands with their points."""
        return _listed([(_with_unit(band.words(), self.unit), figure(band.points)) for band in self.bands])

    def outcome(self, code: int, full: int) -> Text:
        """Give the count."""
        return counted(code, self.unit)

    def tabled(self, full: int) -> Iterator[Branch]:
        """Yield the bands."""
        yield from _branches(self.bands, self.unit, 1)

    def check(self, full: int) -> Iterator[Fault]:
        """Refuse gaps, overlaps, broken counts and points outside the item."""
        yield from _band_points(self.bands, full)
        for index, band in enumerate(self.bands):
            ends = (band.at_least, band.above, band.below, band.at_most)
            if any(end is not None and end != int(end) for end in ends):
                yield ("bands", index), Text("计数的界限须为整数", "the ends of a count are whole numbers")


class Shortfall(Shape, frozen=True, tag="shortfall"):
    """A measured number below its target costs a step for every `per` that is missing."""

    target: Decimal
    step: Decimal
    per: Decimal = Decimal(1)
    counts: Literal["started", "whole", "exact"] = "started"
    unit: Text = PERCENT
    low: Decimal = Decimal(0)
    high: Decimal = Decimal(100)
    places: int = 1

    def points(self, code: pl.Expr, full: int) -> pl.Expr:
        """Return full − step × missing ÷ per, never below zero; rounded half up at the millionth where exact."""
        missing = (pl.lit(figure(self.target)) - code).clip(lower_bound=0)
        if self.counts == "exact":
            lost = divide(missing.cast(pl.Int128) * figure(self.step), figure(self.per))
        else:
            mode: Literal["ceil", "floor"] = "ceil" if self.counts == "started" else "floor"
            lost = divide(missing, figure(self.per), mode) * figure(self.step)
        return (pl.lit(full) - lost).clip(lower_bound=0)

    def asked(self) -> Asked:
        """Ask for a number with its unit."""
        return _number(self.unit, self.low, self.high, self.places)

    def best(self) -> int:
        """Return the top of the range."""
        return figure(self.high)

    def rule(self, full: int) -> Text:
        """Say target, step and how a started part counts."""
        how = {
            "started": Text("，不足的按一个计", ", a started one counts"),
            "whole": Text("，不足一个的不计", ", only whole ones count"),
            "exact": Text("，按比例计", ", in proportion"),
        }[self.counts]
        text = Text(
            "目标 {target}{unit}，每低 {per}{unit} 扣 {step} 分{how}，扣完为止",
            "target {target} {unit}; {step} off for each {per} {unit} below it{how}, until the item is used up",
        )
        return text.fill(
            target=_plain(self.target), per=_plain(self.per), step=_plain(self.step), unit=self.unit, how=how
        )

    def outcome(self, code: int, full: int) -> Text:
        """Give the number beside its target."""
        if code >= figure(self.target):
            text = Text("{value}{unit}，达到目标 {target}{unit}", "{value} {unit}, target {target} {unit} met")
        else:
            text = Text("{value}{unit}，低于目标 {target}{unit}", "{value} {unit}, below the target {target} {unit}")
        return text.fill(value=plain(code), unit=self.unit, target=_plain(self.target))

    def check(self, full: int) -> Iterator[Fault]:
        """Refuse a target out of range and steps that are not positive."""
        if not self.low <= self.target <= self.high:
            yield ("target",), Text("目标须在量程之内", "the target must lie within the range")
        if not 0 < figure(self.step) <= full:
            yield ("step",), Text("扣分须大于 0 且不超过满分", "the step must be above 0 and at most the full mark")
        if self.per <= 0:
            yield ("per",), Text("须大于 0", "must be above 0")
        yield from _range(self.low, self.high, self.places)


def _banded(code: pl.Expr, bands: tuple[PointsBand, ...], unit: int | None) -> pl.Expr:
    earned = [pl.when(band.holds(code, unit)).then(pl.lit(figure(band.points))) for band in bands]
    return pl.coalesce(earned) if earned else pl.lit(None, pl.Int64)


def _branches(bands: tuple[PointsBand, ...], unit: Text, whole: int | None) -> Iterator[Branch]:
    for band in bands:
        yield Branch(_with_unit(band.words(), unit), _points(figure(band.points)), band.holds(pl.col("code"), whole))


def _points(value: int) -> Text:
    return Text("{p} 分", "{p}").fill(p=plain(value))


def _best(bands: tuple[PointsBand, ...], ends: tuple[Decimal, Decimal]) -> Decimal:
    stated = [end for band in bands for end in (band.at_least, band.at_most) if end is not None]
    earned = {value: band.points for value in (*ends, *stated) for band in bands if band.has(value)}
    return max(earned, key=lambda value: earned[value], default=ends[0])


def _band_points(bands: tuple[PointsBand, ...], full: int) -> Iterator[Fault]:
    for path, text in band_faults(bands):
        yield ("bands", *path), text
    for index, band in enumerate(bands):
        if not 0 <= figure(band.points) <= full:
            yield (
                ("bands", index, "points"),
                Text("分值须在 0 到满分之间", "points must lie between 0 and the full mark"),
            )
    if bands and all(figure(band.points) != full for band in bands):
        yield ("bands",), Text("没有一段得满分", "no band earns the full mark")


def _range(low: Decimal, high: Decimal, places: int) -> Iterator[Fault]:
    if low >= high:
        yield ("low",), Text("量程的下限须小于上限", "the range must begin below its end")
    if not 0 <= places <= 6:  # noqa: PLR2004 - figures hold six decimals
        yield ("places",), Text("小数位数须为 0 到 6", "decimals must be 0 to 6")


def _number(unit: Text, low: Decimal, high: Decimal, places: int) -> Asked:
    return Asked(kind="number", unit=unit, low=figure(low), high=figure(high), step=UNIT // 10**places)


def _listed(parts: list[tuple[Text, int]]) -> Text:
    zh = "；".join(f"{title.zh}得 {plain(points)} 分" for title, points in parts)
    return Text(zh, "; ".join(f"{title.en}: {plain(points)}" for title, points in parts))


def _with_unit(words: Text, unit: Text) -> Text:
    return Text(f"{words.zh}{unit.zh}", f"{words.en} {unit.en}")


def _plain(number: Decimal) -> str:
    return plain(figure(number))


AnyShape = PerOccurrence | PerKind | PassFail | Levels | Bands | Shortfall | CountBands
