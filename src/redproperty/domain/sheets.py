"""The score sheet: categories of items, and `score`, which turns answers into points.

What is printed adds up: a category's points are rounded as the edition says, and the score is the sum of what is
printed. An item that does not apply leaves the denominator and the rest of its category is scaled up to the category's
full mark; a category in which nothing applies leaves the sum.
"""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from functools import cached_property
from typing import Any, Final, Literal

import msgspec
import polars as pl

from redproperty.domain.conditions import Condition
from redproperty.domain.faults import Fault, repeated, suggest, under
from redproperty.domain.items import Item
from redproperty.domain.numbers import PLACES, UNIT, Mode, divided, figure, plain, portion
from redproperty.domain.operands import Column, scratch, wiped
from redproperty.domain.texts import Text
from redproperty.domain.vetoes import PointsVeto

LEFT_OUT = "left_out"
SMALL = 500 * UNIT  # points
_POINTS, _FULL = scratch("points"), scratch("full")  # of the counted categories together


class Severity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How grave the defects of an item are; the weight orders lists and is shown, it never changes points."""

    code: str
    title: Text
    weight: int


ORDINARY: Final = Severity("", Text("一般", "ordinary"), 0)  # of an item that states none


class Category(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A group of items with a full mark of its own; without `counts` it is looked at but is no part of the score."""

    code: str
    title: Text
    full: Decimal
    items: tuple[Item, ...]
    counts: bool = True

    @property
    def full_points(self) -> int:
        """Return the category's full mark in millionths."""
        return figure(self.full)

    @property
    def points_column(self) -> str:
        """Return the column of the category's points (millionths, rescaled; null where nothing applies)."""
        return f"{self.code}.points"

    @property
    def scaled_column(self) -> str:
        """Return the column of the category's points before vetoes; there only where one looks at the category."""
        return f"{self.code}.scaled"

    @property
    def full_column(self) -> str:
        """Return the column of the category's full mark (millionths; 0 where nothing applies)."""
        return f"{self.code}.full"

    @property
    def earned_column(self) -> str:
        """Return the column of the plain sum of the applicable items' points; an open answer counts as full."""
        return f"{self.code}.earned"

    @property
    def possible_column(self) -> str:
        """Return the column of the plain sum of the applicable items' full marks."""
        return f"{self.code}.possible"

    def check(self) -> Iterator[Fault]:
        """Yield what is wrong within the category."""
        for index, item in enumerate(self.items):
            yield from under(("items", index), item.check())
            if not item.code.startswith(f"{self.code}-"):
                text = Text("项目代码须以“{code}-”开头", "the item's code must begin with “{code}-”")
                yield ("items", index, "code"), text.fill(code=self.code)
        total = sum(item.full for item in self.items)
        if total != self.full:
            text = Text(
                "各项满分合计 {sum}，与类别满分 {full} 不符", "the items add up to {sum}, the category says {full}"
            )
            yield ("items",), text.fill(sum=plain(figure(total)), full=plain(self.full_points))


class Sheet(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, dict=True):
    """The whole score sheet of an edition (`sheet.yaml`)."""

    total: Decimal
    severities: tuple[Severity, ...] = ()
    categories: tuple[Category, ...]
    category_places: int = 2
    places: int = 2
    mode: Mode = "half_up"
    empty_category: Literal["rescale", "full_marks"] = "rescale"
    vetoes: tuple[PointsVeto, ...] = ()

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """Return all items in the order of the sheet, which is the order of a stored sheet's codes."""
        return tuple(item for category in self.categories for item in category.items)

    @cached_property
    def by_code(self) -> Mapping[str, Item]:
        """Return the items by code."""
        return {item.code: item for item in self.items}

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """Return the codes of all items in the order of the sheet."""
        return tuple(item.code for item in self.items)

    @cached_property
    def counted(self) -> tuple[Category, ...]:
        """Return the categories of which the score is made."""
        return tuple(category for category in self.categories if category.counts)

    @cached_property
    def is_small(self) -> bool:
        """Return whether full marks are so small that the products of two fit into 64 bits."""
        marks = (figure(self.total), *(item.full_points for item in self.items))
        return all(0 <= mark <= SMALL for mark in (*marks, *(category.full_points for category in self.categories)))

    def category_of(self, code: str) -> Category:
        """Return the category that holds the item `code`."""
        return next(category for category in self.categories if code in {item.code for item in category.items})

    def severity_of(self, item: Item) -> Severity:
        """Return the severity of an item."""
        return next((severity for severity in self.severities if severity.code == item.severity), ORDINARY)

    def conditions(self) -> Iterator[tuple[tuple[str | int, ...], Condition]]:
        """Yield the conditions of the sheet with their paths."""
        for c, category in enumerate(self.categories):
            for i, item in enumerate(category.items):
                if item.applies is not None:
                    yield ("categories", c, "items", i, "applies"), item.applies
        for v, veto in enumerate(self.vetoes):
            yield ("vetoes", v, "when"), veto.when

    @cached_property
    def facts(self) -> tuple[str, ...]:
        """Return the facts that the conditions of the sheet look at, by name."""
        own = {f"{code}.points" for code in (*self.codes, *(category.code for category in self.categories))}
        return tuple(sorted({name for _, condition in self.conditions() for name in condition.needs()} - own))

    def gives(self) -> dict[str, Column]:
        """Return the columns that the rating may name: which vetoes on points fired in any valid round."""
        return {veto.code: Column("flag") for veto in self.vetoes}

    @property
    def titles(self) -> Mapping[str, Text]:
        """Return the words for items and categories, and for their points, which vetoes look at."""
        parts: list[Item | Category] = [*self.items, *self.categories]
        text = Text("“{t}”得分", "the points of “{t}”")
        points = {part.points_column: text.fill(t=part.title) for part in parts}
        return {part.code: part.title for part in parts} | points

    def outcome(self, item: Item, row: Mapping[str, Any]) -> Text:
        """Return what the answer to an item came to in a scored row, with the vetoes that took its points."""
        said = item.outcome(row[item.code], row[item.points_column])
        for veto in self.vetoes:
            if item.code in veto.items and row[veto.code] and row[item.points_column] is not None:
                text = Text("{said}（{code} {title}：{does}）", "{said} ({code} {title}: {does})")
                does = veto.words(Text("本项", "the item"))
                said = text.fill(said=said, code=veto.code, title=veto.title, does=does)
        return said

    @cached_property
    def passes(self) -> tuple[tuple[pl.Expr, ...], ...]:
        """Return the expressions of `score`, pass by pass; built once per edition."""
        if not self.categories:
            return (_unscored(),)
        lower = [veto for veto in self.vetoes if not veto.on_score]
        upper = [veto for veto in self.vetoes if veto.on_score]
        whole = [(veto, figure(self.total)) for veto in upper]
        passes = (
            (*(item.points() for item in self.items), *self._completeness()),
            tuple(veto.fires() for veto in lower),
            tuple(self._vetoed_items()),
            tuple(expr for category in self.categories for expr in _sums(category)),
            tuple(expr for category in self.categories for expr in self._scaled(category)),
            tuple(self._vetoed_categories()),
            self._whole(),
            (self._score(), *(veto.fires() for veto in upper)),
            ((pl.col("asked") - pl.col("open")).alias("answered"), *([_limited("score", whole)] if whole else [])),
        )
        return tuple(expressions for expressions in passes if expressions)

    def _vetoed_items(self) -> Iterator[pl.Expr]:
        for item in self.items:
            mine = [(veto, item.full_points) for veto in self.vetoes if item.code in veto.items]
            if mine:
                yield _limited(item.points_column, mine)

    def _vetoed_categories(self) -> Iterator[pl.Expr]:
        for category in self.categories:
            mine = [(veto, category.full_points) for veto in self.vetoes if category.code in veto.categories]
            if mine:
                yield pl.col(category.points_column).alias(category.scaled_column)
                yield _limited(category.points_column, mine)

    @cached_property
    def from_sums(self) -> tuple[tuple[pl.Expr, ...], ...]:
        """Return the passes that need no more than earned and possible points of the categories."""
        scaled = tuple(expr for category in self.categories for expr in self._scaled(category))
        return scaled, self._whole(), (self._score(),)

    def _completeness(self) -> Iterator[pl.Expr]:
        asked = [item.applicable() for item in self.items]
        gaps = [item.applicable() & pl.col(item.code).is_null() for item in self.items]
        yield pl.sum_horizontal([test.cast(pl.Int64) for test in asked]).alias("asked")
        yield pl.sum_horizontal([gap.cast(pl.Int64) for gap in gaps]).alias("open")
        yield listed({item.code: ~test for item, test in zip(self.items, asked, strict=True)}).alias(LEFT_OUT)

    def _scaled(self, category: Category) -> Iterator[pl.Expr]:
        full, possible = category.full_points, pl.col(category.possible_column)
        exact = portion(
            pl.col(category.earned_column), full, possible, self.category_places, self.mode, small=self.is_small
        )
        if self.empty_category == "full_marks":
            yield pl.when(possible > 0).then(exact).otherwise(full).alias(category.points_column)
            yield pl.lit(full, pl.Int64).alias(category.full_column)
        else:  # what is divided by nothing is null
            yield exact.alias(category.points_column)
            yield pl.when(possible > 0).then(pl.lit(full, pl.Int64)).otherwise(0).alias(category.full_column)

    def _whole(self) -> tuple[pl.Expr, ...]:
        """Return the sums of which the score is made, as scratch columns."""
        return (
            pl.sum_horizontal([pl.col(category.points_column) for category in self.counted]).alias(_POINTS),
            pl.sum_horizontal([pl.col(category.full_column) for category in self.counted]).alias(_FULL),
        )

    def _score(self) -> pl.Expr:
        points, full = pl.col(_POINTS), pl.col(_FULL)
        return portion(points, figure(self.total), full, self.places, self.mode, small=self.is_small).alias("score")

    def scaled(self, category: Category, earned: int, possible: int) -> tuple[int | None, int]:
        """Return points and full mark of a category of one form, as the columns hold them."""
        full = category.full_points
        if possible > 0:
            return self._rounded(earned * full, possible, self.category_places), full
        return (full, full) if self.empty_category == "full_marks" else (None, 0)

    def whole(self, points: int, full: int) -> int | None:
        """Return the score of one form from the points and full marks of its categories."""
        return self._rounded(points * figure(self.total), full, self.places) if full else None

    def _rounded(self, numerator: int, denominator: int, places: int) -> int:
        step: int = 10 ** (PLACES - places)
        return divided(numerator, denominator * step, self.mode) * step

    def check(self) -> Iterator[Fault]:
        """Yield what is wrong with the sheet: totals, codes, severities."""
        paths = [("categories", c) for c in range(len(self.categories))]
        for path, category in zip(paths, self.categories, strict=True):
            yield from under(path, category.check())
        yield from repeated(((*path, "code"), c.code) for path, c in zip(paths, self.categories, strict=True))
        yield from repeated(
            ((*path, "items", i, "code"), item.code)
            for path, category in zip(paths, self.categories, strict=True)
            for i, item in enumerate(category.items)
        )
        yield from repeated((("severities", i, "code"), severity.code) for i, severity in enumerate(self.severities))
        known = {severity.code for severity in self.severities}
        for path, category in zip(paths, self.categories, strict=True):
            for i, item in enumerate(category.items):
                if item.severity is not None and item.severity not in known:
                    text = Text("没有“{code}”这一严重程度", "there is no severity “{code}”")
                    yield (*path, "items", i, "severity"), suggest(text.fill(code=item.severity), item.severity, known)
        yield from self._veto_faults()
        if self.categories and not self.counted:
            text = Text("至少要有一类计入得分", "at least one category must be part of the score")
            yield ("categories",), text
        total = sum(category.full for category in self.counted)
        if total != self.total:
            text = Text(
                "各类满分合计 {sum}，与总分 {total} 不符", "the categories add up to {sum}, the sheet says {total}"
            )
            yield ("categories",), text.fill(sum=plain(figure(total)), total=plain(figure(self.total)))

    def _veto_faults(self) -> Iterator[Fault]:
        categories = {category.code: category for category in self.categories}
        for index, veto in enumerate(self.vetoes):
            yield from under(("vetoes", index), veto.check(self.by_code, categories))
        yield from repeated((("vetoes", index, "code"), veto.code) for index, veto in enumerate(self.vetoes))
        for path, condition in self.conditions():
            yield from under(path, condition.check())
            for leaf in condition.leaves() if path[-1] == "applies" else ():
                if leaf.figure is not None:
                    yield (*path, "figure"), Text("是否适用只看事实", "whether an item applies is said by facts")


def score(sheet: Sheet, answers: pl.DataFrame) -> pl.DataFrame:
    """Return `answers` with points of items and categories, the score and how complete it is.

    `answers` has one Int64 column per item code (missing columns count as not answered) and the register facts that
    applicability looks at. Added: per item `<code>.points`; per category `<CAT>.earned`, `.possible`, `.points`,
    `.full`; `score` (null where nothing applies at all); `asked`, `answered` and `open` (counts of items); `left_out`
    (codes of the items that do not apply); per veto on points its code, true where it fires. All points are millionths.
    An item not yet answered counts as full, so a running score only falls as defects are entered.
    """
    absent = [code for code in (*sheet.codes, *sheet.facts) if code not in answers.columns]
    frame = answers.with_columns(pl.lit(None, pl.Int64).alias(name) for name in absent)
    for expressions in sheet.passes:
        frame = frame.with_columns(expressions)
    return wiped(frame)


NO_SHEET: Final = Sheet(total=Decimal(0), severities=(), categories=())  # of a method without inspections


def _unscored() -> tuple[pl.Expr, ...]:
    none = pl.lit(0, pl.Int64)
    counts = (none.alias("asked"), none.alias("open"), none.alias("answered"))
    return (pl.lit(None, pl.Int64).alias("score"), *counts, pl.lit([], pl.List(pl.String)).alias(LEFT_OUT))


def listed(tests: Mapping[str, pl.Expr]) -> pl.Expr:
    """Return the list of the codes whose test is true, in their order."""
    if not tests:
        return pl.lit([], pl.List(pl.String))
    codes = [pl.when(test).then(pl.lit(code)) for code, test in tests.items()]
    joined = pl.concat_str(codes, separator="\n", ignore_nulls=True)  # many times as quick as lists of one
    return joined.str.split("\n").list.filter(pl.element() != "")


def share(item: Item, points: pl.Expr | None = None) -> tuple[pl.Expr, pl.Expr]:
    """Return what an item adds to the earned and to the possible points of its category."""
    full = pl.lit(item.full_points, pl.Int64)
    counts = item.applicable() if item.not_applicable == "rescale" else pl.lit(value=True)
    given = pl.col(item.points_column) if points is None else points
    return (
        pl.when(counts).then(pl.coalesce(given, full)).otherwise(0),
        pl.when(counts).then(full).otherwise(0),
    )


def _limited(column: str, vetoes: Iterable[tuple[PointsVeto, int]]) -> pl.Expr:
    """Return points, at most what the vetoes that fire leave of a full mark; what has none keeps none."""
    caps = [pl.when(pl.col(veto.code)).then(pl.lit(veto.most(full), pl.Int64)) for veto, full in vetoes]
    points = pl.col(column)
    return pl.when(points.is_not_null()).then(pl.min_horizontal([points, *caps])).alias(column)


def _sums(category: Category) -> Iterator[pl.Expr]:
    earned, possible = zip(*(share(item) for item in category.items), strict=True)
    yield pl.sum_horizontal(earned).cast(pl.Int64).alias(category.earned_column)
    yield pl.sum_horizontal(possible).cast(pl.Int64).alias(category.possible_column)
