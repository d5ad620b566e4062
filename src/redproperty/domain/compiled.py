"""A score sheet compiled once into look-up tables: one form in plain Python and a whole district from one definition.

Nothing about an item is said here a second time: its table is what its own expressions give for every answer that can
be recorded. What cannot be tabled (a measured number of too many values) keeps its expression. A test holds forms,
tables and expressions equal on any answers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, NamedTuple

import msgspec
import polars as pl

from redproperty.domain.items import MENDED, NOT_APPLICABLE, Item
from redproperty.domain.operands import scratch
from redproperty.domain.sheets import LEFT_OUT, Category, Sheet, score, share

OPEN: Final = MENDED - 1  # how an item that is not answered stands among the answers of a table
_MOST: Final = 20_001  # answers of one table
_KINDS: Final = 4096  # kinds of estates that are kept
_SLICE: Final = 65_536  # sheets looked up at a time: a nation's worth needs no more memory than its result
_HIGH: Final = 2**32  # earned and possible points share one whole number, so that one look-up gives both
_HALF: Final = _HIGH // 2  # earned points may be negative


class Share(NamedTuple):
    """What one answer comes to: the item's points, what they add to the category, and whether the item counts."""

    points: int | None
    earned: int
    possible: int
    applies: bool


_NOTHING: Final = Share(None, 0, 0, applies=False)


@dataclass(frozen=True)
class Table:
    """The shares of one item by answer: open first, then the answers that are no counts, then in steps from 0 up."""

    item: Item
    shares: tuple[Share, ...]
    step: int

    @property
    def spared(self) -> Share:
        """Return the share of an estate to which the item does not apply, whatever the answer."""
        return self.shares[NOT_APPLICABLE - OPEN]

    def at(self, code: int | None) -> Share | None:
        """Return the share of one answer; nothing where the table has no such answer."""
        if code is None:
            return self.shares[0]
        place, rest = (code, 0) if code < 0 else divmod(code, self.step)
        place -= OPEN
        return None if rest or not 0 < place < len(self.shares) else self.shares[place]

    def added(self) -> pl.Expr:
        """Return what a column of answers adds to earned + possible × 2³² beyond `opened`; an open answer is null.

        Numbers find their place from the front of the list, the answers that are no counts from its back.
        """
        code = pl.col(self.item.code)
        if self.step != 1:
            code = pl.when(code < 0).then(code).otherwise(code // self.step)
        words, numbers = self.shares[1:-OPEN], self.shares[-OPEN:]
        beyond = [_both(one) - self.opened for one in (*numbers, *words)]
        found = pl.lit(pl.Series(beyond, dtype=pl.Int64)).gather(code)
        if self.item.applies is None:
            return found
        return pl.when(_applies(self.item)).then(found).otherwise(_both(self.spared) - self.opened)

    @property
    def opened(self) -> int:
        """Return what an open answer adds to earned + possible × 2³²."""
        return _both(self.shares[0])

    def holds(self) -> pl.Expr:
        """Return whether the numbers of a column lie on the steps of the table."""
        code = pl.col(self.item.code)
        return ((code < 0) | (code % self.step == 0)).all().alias(self.item.code)


def _applies(item: Item) -> str:
    """Return the name of the column that says whether the register lets the item apply."""
    return scratch(item.code)


def _both(one: Share) -> int:
    return one.earned + one.possible * _HIGH


def table(item: Item) -> Table | None:
    """Return the table of an item, or nothing where its answers cannot be listed."""
    asked, alone = item.asked(), msgspec.structs.replace(item, applies=None)
    looks_at = {name for expr in (alone.points(), alone.applicable()) for name in expr.meta.root_names()}
    if asked.low != 0 or asked.high // asked.step >= _MOST or looks_at != {item.code}:
        return None
    codes = [None, *range(OPEN + 1, 0), *range(0, asked.high + 1, asked.step)]
    frame = pl.DataFrame({item.code: codes}, schema={item.code: pl.Int64})
    shares = tuple(Share(*row) for row in frame.with_columns(alone.points()).select(_shares(alone)).iter_rows())
    return Table(item, shares, asked.step)


def _shares(item: Item) -> list[pl.Expr]:
    """Return the expressions of a `Share`, where the points are there already."""
    earned, possible = share(item)
    code = item.code
    return [
        pl.col(item.points_column),
        earned.cast(pl.Int64).alias(f"{code}.earned"),
        possible.cast(pl.Int64).alias(f"{code}.possible"),
        item.applicable().alias(f"{code}.applies"),
    ]


class Compiled:
    """The tables of a sheet, and the expressions of the items that have none."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self._tables = {item.code: made for item in sheet.items if (made := table(item)) is not None}
        self._free = [item for item in sheet.items if item.code not in self._tables]
        self._facts = sheet.facts
        self._bound = [
            item.applies.truth().fill_null(value=True).alias(_applies(item)) for item in sheet.items if item.applies
        ]
        self._known: dict[tuple[Any, ...], dict[str, bool]] = {}

    def form(self, ground: pl.DataFrame, values: Mapping[str, int | None]) -> dict[str, Any]:
        """Return what `score` adds to the one row of `ground`, whose answers are `values`; items absent are open."""
        if self._sheet.vetoes:  # they look across items
            answers = [pl.lit(values.get(code), pl.Int64).alias(code) for code in self._sheet.codes]
            return score(self._sheet, ground.with_columns(answers)).row(0, named=True)
        sheet, shares = self._sheet, self._shares_of(ground, values)
        row: dict[str, Any] = {item.points_column: shares[item.code].points for item in sheet.items}
        points = full = 0
        for category in sheet.categories:
            mine = [shares[item.code] for item in category.items]
            earned, possible = sum(one.earned for one in mine), sum(one.possible for one in mine)
            given, mark = sheet.scaled(category, earned, possible)
            row |= {category.earned_column: earned, category.possible_column: possible}
            row |= {category.points_column: given, category.full_column: mark}
            if category.counts:
                points, full = points + (given or 0), full + mark
        counted = [code for code, one in shares.items() if one.applies]
        unanswered = sum(values.get(code) is None for code in counted)
        row |= {"asked": len(counted), "open": unanswered, "answered": len(counted) - unanswered}
        left_out = [code for code, one in shares.items() if not one.applies]
        return row | {LEFT_OUT: left_out, "score": sheet.whole(points, full)}

    def applies(self, ground: pl.DataFrame) -> Mapping[str, bool]:
        """Return for every item whether the facts in the one row of `ground` let it apply; unknown ones do.

        Estates of which the facts are the same share the answer: there are few kinds of them.
        """
        row = ground.row(0, named=True)
        held = tuple(row.get(name) for name in self._facts)
        if held not in self._known:
            if len(self._known) >= _KINDS:
                self._known.clear()
            said = _with(ground, self._facts).select(self._bound).row(0, named=True) if self._bound else {}
            self._known[held] = {item.code: said.get(_applies(item), True) for item in self._sheet.items}
        return self._known[held]

    def _shares_of(self, ground: pl.DataFrame, values: Mapping[str, int | None]) -> dict[str, Share]:
        applies = self.applies(ground)
        shares: dict[str, Share] = {}
        strange = []
        for item in self._sheet.items:
            code, made = values.get(item.code), self._tables.get(item.code)
            found = None
            if made is not None:
                found = made.at(code) if applies[item.code] else made.spared
            if found is None:
                strange.append(item)
            shares[item.code] = found or _NOTHING
        return shares | self._worked_out(strange, ground, values) if strange else shares

    def _worked_out(
        self, items: Sequence[Item], ground: pl.DataFrame, values: Mapping[str, int | None]
    ) -> dict[str, Share]:
        """Return the shares of answers that stand in no table, by the items' expressions."""
        answers = [pl.lit(values.get(item.code), pl.Int64).alias(item.code) for item in items]
        frame = _with(ground, self._facts).with_columns(answers).with_columns(item.points() for item in items)
        row = frame.select(one for item in items for one in _shares(item)).row(0)
        size = len(Share._fields)
        return {item.code: Share(*row[at * size : (at + 1) * size]) for at, item in enumerate(items)}

    def many(self, answers: pl.DataFrame, estates: pl.DataFrame | None = None) -> pl.DataFrame:
        """Return of `score` the points of the categories, the score and the vetoes: a row for every row of `answers`.

        `answers` as for `score`, but the columns of items may be of any whole-number type; with `estates` it has an
        estate_id instead of the facts, which are looked up there.
        """
        frame = _with(answers, self._sheet.codes)
        if self._is_tabled and self._listed(frame):
            try:
                known = self.grounded(frame, estates)
                slices = list(known.iter_slices(_SLICE)) or [known]  # a frame without rows has no slices
                return pl.concat(map(self._looked_up, slices))
            except pl.exceptions.OutOfBoundsError:
                pass  # a number beyond a table: the expressions know what it would come to
        return self._by_expressions(frame, estates).select(self._names)

    def grounded(self, answers: pl.DataFrame, estates: pl.DataFrame | None) -> pl.DataFrame:
        """Return `answers` with what its tables ask about the estates, so that parts of it need not be joined again."""
        there = not self._bound or self._bound[0].meta.output_name() in answers.columns
        return answers if there or not self._is_tabled else self._beside(answers, estates, self._bound)

    @property
    def _is_tabled(self) -> bool:
        return bool(self._sheet.categories) and self._sheet.is_small and not self._sheet.vetoes

    def points(self, items: Sequence[Item], answers: pl.DataFrame, estates: pl.DataFrame) -> pl.DataFrame:
        """Return the points of some items for every row of `answers`, which is as for `many`."""
        if items and self._sheet.vetoes:  # which may take them
            return self._by_expressions(answers, estates).select(item.points_column for item in items)
        facts = [pl.col(name) for name in self._facts if any(item.applies for item in items)]
        wide = self._beside(answers, estates, facts).with_columns(pl.col(item.code).cast(pl.Int64) for item in items)
        return wide.select(item.points() for item in items)

    def _by_expressions(self, answers: pl.DataFrame, estates: pl.DataFrame | None) -> pl.DataFrame:
        wide = self._beside(answers, estates, [pl.col(name) for name in self._facts])
        return score(self._sheet, wide.with_columns(pl.col(self._sheet.codes).cast(pl.Int64)))

    def _beside(self, answers: pl.DataFrame, estates: pl.DataFrame | None, asked: Sequence[pl.Expr]) -> pl.DataFrame:
        """Return the answers with what is asked about their estates: as little as is looked at, for every sheet."""
        if not asked:
            return answers
        if estates is None:
            return _with(answers, self._facts).with_columns(asked)
        known = _with(estates, self._facts).select("estate_id", *asked)
        found = answers.select("estate_id").join(known, on="estate_id", how="left", maintain_order="left")
        return answers.hstack(found.get_columns()[1:])

    def _listed(self, frame: pl.DataFrame) -> bool:
        """Return whether no answer lies between the steps of its table, or is one that nobody can record."""
        least = (column.min() for column in frame.select(self._sheet.codes).get_columns())
        strange = any(isinstance(one, int) and one < MENDED for one in least)
        return not strange and all(frame.select(self._on_steps).row(0))

    def _looked_up(self, frame: pl.DataFrame) -> pl.DataFrame:
        frame = frame.with_columns(pl.col(item.code).cast(pl.Int64) for item in self._free).select(self._added)
        for expressions in self._passes:
            frame = frame.with_columns(expressions)
        return frame.select(self._names)

    @cached_property
    def _on_steps(self) -> list[pl.Expr]:
        return [pl.lit(value=True), *(one.holds() for one in self._tables.values() if one.step != 1)]

    @cached_property
    def _added(self) -> list[pl.Expr]:
        """Return earned + possible × 2³² of every category, in the column of the possible points."""
        return [
            pl.sum_horizontal([self._opened(category), *map(self._added_by, category.items)]).alias(
                category.possible_column
            )
            for category in self._sheet.categories
        ]

    def _opened(self, category: Category) -> pl.Expr:
        tables = [self._tables[item.code] for item in category.items if item.code in self._tables]
        return pl.lit(sum(one.opened for one in tables), pl.Int64)

    def _added_by(self, item: Item) -> pl.Expr:
        if item.code in self._tables:
            return self._tables[item.code].added()
        earned, possible = share(item, item.points())
        return earned.cast(pl.Int64) + possible.cast(pl.Int64) * _HIGH

    @cached_property
    def _passes(self) -> tuple[Sequence[pl.Expr], ...]:
        both = [(pl.col(one.possible_column), one) for one in self._sheet.categories]
        taken_apart = [
            *(
                column.cast(pl.Int32, wrap_numerical=True).cast(pl.Int64).alias(one.earned_column)
                for column, one in both
            ),
            *(((column + _HALF) // _HIGH).alias(one.possible_column) for column, one in both),
        ]
        return (taken_apart, *self._sheet.from_sums)

    @cached_property
    def _names(self) -> list[str]:
        return [*(one.points_column for one in self._sheet.categories), "score", *self._sheet.gives()]


def _with(frame: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """Return `frame` with the columns `names`, unknown where they are not there."""
    absent = [name for name in names if name not in frame.columns]
    return frame.with_columns(pl.lit(None, pl.Int64).alias(name) for name in absent) if absent else frame


def compiled(sheet: Sheet) -> Compiled:
    """Return the tables of a sheet, made when they are first asked for."""
    kept = sheet.__dict__
    if "compiled" not in kept:
        kept["compiled"] = Compiled(sheet)
    made: Compiled = kept["compiled"]
    return made
