"""Stages that move stars on a condition: lift, demote, cap, floor — four different things, read in the edition's order.

A lift raises by so many stars but never above its `at_most`, a demotion lowers but never below its `at_least`; neither
undoes what lies beyond that line already. A cap leaves at most so many stars, a floor at least so many. Each number
may be the name of an earlier figure (a fraction of a star is dropped); where that is missing the rule does not fire.
"""

# ruff: noqa: ARG002 - every class answers the same questions, not every answer needs all that is told

from collections.abc import Iterator, Mapping
from decimal import Decimal

import msgspec
import polars as pl

from redproperty.domain.conditions import Condition
from redproperty.domain.faults import Fault, Path
from redproperty.domain.numbers import UNIT
from redproperty.domain.operands import MISSING, Operand, held, named, worded
from redproperty.domain.sheets import Sheet
from redproperty.domain.stages import HALF, Rule, Stage, known_star, lit
from redproperty.domain.texts import Text

ONE = Decimal(1)


class Move(Rule, frozen=True, kw_only=True):
    """One rule that moves stars; without `when` it fires wherever it changes anything."""

    when: Condition | None = None

    def operands(self) -> dict[str, Operand]:
        """Return the rule's numbers by their keys."""
        raise NotImplementedError

    def moved(self, before: pl.Expr) -> pl.Expr:
        """Return the stars after the rule, were it to fire."""
        raise NotImplementedError

    def fires(self, before: pl.Expr) -> pl.Expr:
        """Return whether it fires: the condition holds and every number is known."""
        known = [held(operand).is_not_null() for operand in self.operands().values()]
        fires = self.moved(before) != before if self.when is None else self.when.fires()
        return (fires & pl.all_horizontal(known)).fill_null(value=False)

    def words(self, titles: Mapping[str, Text]) -> Text:
        """Say what it does with the stars."""
        raise NotImplementedError

    def say(self, titles: Mapping[str, Text]) -> Text:
        """Say condition and effect."""
        does = self.words(titles)
        if self.when is None:
            return does
        return Text("凡{when}，{does}", "{does} if {when}").fill(when=self.when.say(titles), does=does)


class Lift(Move, frozen=True, kw_only=True):
    """So many stars up, to `at_most` at the highest."""

    by: Operand = ONE
    at_most: Operand

    def operands(self) -> dict[str, Operand]:
        """Return `by` and `at_most`."""
        return {"by": self.by, "at_most": self.at_most}

    def moved(self, before: pl.Expr) -> pl.Expr:
        """Raise up to the line; stars above it already stay."""
        return pl.max_horizontal(before, pl.min_horizontal(before + _stars(self.by), _stars(self.at_most)))

    def words(self, titles: Mapping[str, Text]) -> Text:
        """Say by how much and up to where."""
        text = Text("升 {n}，最高升至 {m}", "{n} up, to {m} at most")
        return text.fill(n=_said(self.by, titles), m=_said(self.at_most, titles))


class Demotion(Move, frozen=True, kw_only=True):
    """So many stars down, to `at_least` at the lowest."""

    by: Operand = ONE
    at_least: Operand

    def operands(self) -> dict[str, Operand]:
        """Return `by` and `at_least`."""
        return {"by": self.by, "at_least": self.at_least}

    def moved(self, before: pl.Expr) -> pl.Expr:
        """Lower down to the line; stars below it already stay."""
        return pl.min_horizontal(before, pl.max_horizontal(before - _stars(self.by), _stars(self.at_least)))

    def words(self, titles: Mapping[str, Text]) -> Text:
        """Say by how much and down to where."""
        text = Text("降 {n}，最低降至 {m}", "{n} down, to {m} at least")
        return text.fill(n=_said(self.by, titles), m=_said(self.at_least, titles))


class Cap(Move, frozen=True, kw_only=True):
    """At most so many stars."""

    at_most: Operand

    def operands(self) -> dict[str, Operand]:
        """Return `at_most`."""
        return {"at_most": self.at_most}

    def moved(self, before: pl.Expr) -> pl.Expr:
        """Lower to the cap."""
        return pl.min_horizontal(before, _stars(self.at_most))

    def words(self, titles: Mapping[str, Text]) -> Text:
        """Say the cap."""
        return Text("最高 {m}", "at most {m}").fill(m=_said(self.at_most, titles))


class Floor(Move, frozen=True, kw_only=True):
    """At least so many stars."""

    at_least: Operand

    def operands(self) -> dict[str, Operand]:
        """Return `at_least`."""
        return {"at_least": self.at_least}

    def moved(self, before: pl.Expr) -> pl.Expr:
        """Raise to the floor."""
        return pl.max_horizontal(before, _stars(self.at_least))

    def words(self, titles: Mapping[str, Text]) -> Text:
        """Say the floor."""
        return Text("至少 {m}", "at least {m}").fill(m=_said(self.at_least, titles))


class Moves(Stage, frozen=True, kw_only=True):
    """Rules that move stars one after the other, each from where the one before it left them."""

    listed: tuple[Move, ...] = msgspec.field(name="rules")

    @property
    def column(self) -> str:
        """Return `stars.` and the code of the last rule."""
        return f"stars.{self.listed[-1].code}"

    def passes(self, before: str, figure_name: str, sheet: Sheet) -> Iterator[list[pl.Expr]]:
        """Yield rule by rule whether it fires, then the stars."""
        at = before
        for rule in self.listed:
            yield [rule.fires(pl.col(at)).alias(rule.code)]
            moved = pl.when(pl.col(at).is_not_null() & pl.col(rule.code)).then(rule.moved(pl.col(at)))
            yield [moved.otherwise(pl.col(at)).alias(f"stars.{rule.code}")]
            at = f"stars.{rule.code}"

    def fired(self) -> tuple[str, ...]:
        """Return the codes of the rules."""
        return tuple(rule.code for rule in self.listed)

    def conditions(self) -> Iterator[tuple[Path, Condition]]:
        """Yield the conditions of the rules."""
        for index, rule in enumerate(self.listed):
            if rule.when is not None:
                yield ("rules", index, "when"), rule.when

    def needs(self) -> Iterator[tuple[Path, str]]:
        """Yield the figures that stand for numbers of stars."""
        for index, rule in enumerate(self.listed):
            for key, operand in rule.operands().items():
                yield from named(("rules", index, key), operand)

    def rules(self) -> Iterator[tuple[Path, Rule]]:
        """Yield the rules."""
        for index, rule in enumerate(self.listed):
            yield ("rules", index), rule

    def sentences(self, titles: Mapping[str, Text]) -> Iterator[tuple[str, Text]]:
        """Yield the rules' sentences."""
        yield from ((rule.code, rule.say(titles)) for rule in self.listed)

    def check(self, sheet: Sheet, stars: frozenset[Decimal]) -> Iterator[Fault]:
        """Refuse a stage without rules and stars that no cut-off gives."""
        if not self.listed:
            yield ("rules",), Text("至少写一条规则", "at least one rule is needed")
        for index, rule in enumerate(self.listed):
            for key, operand in rule.operands().items():
                yield from _number_of_stars(("rules", index, key), operand, stars)


class Lifts(Moves, frozen=True, tag="lift"):
    """Rules that raise stars."""

    listed: tuple[Lift, ...] = msgspec.field(name="rules")


class Demotions(Moves, frozen=True, tag="demote"):
    """Rules that lower stars by so many."""

    listed: tuple[Demotion, ...] = msgspec.field(name="rules")


class Caps(Moves, frozen=True, tag="cap"):
    """Rules that leave at most so many stars."""

    listed: tuple[Cap, ...] = msgspec.field(name="rules")


class Floors(Moves, frozen=True, tag="floor"):
    """Rules that leave at least so many stars."""

    listed: tuple[Floor, ...] = msgspec.field(name="rules")


def _said(operand: Operand, titles: Mapping[str, Text]) -> Text:
    if isinstance(operand, str):
        return Text("“{t}”的星数", "the stars of “{t}”").fill(t=worded(operand, titles))
    return Text("{n} 星", "{n} star" if operand == ONE else "{n} stars").fill(n=worded(operand, titles))


def _stars(operand: Operand) -> pl.Expr:
    return lit(operand) if isinstance(operand, Decimal) else held(operand) // UNIT


def _number_of_stars(path: Path, operand: Operand, stars: frozenset[Decimal]) -> Iterator[Fault]:
    if operand == MISSING:
        yield path, Text("此处须写星数或一个数的名字", "a number of stars or the name of a figure is needed here")
    elif isinstance(operand, Decimal) and path[-1] == "by":
        halves = any(star % 1 for star in stars)
        least = HALF if halves else ONE
        if operand < least or operand % least:
            zh, en = (
                ("半星的整数倍", "half stars, at least one") if halves else ("不小于 1 的整数", "a whole number from 1")
            )
            yield path, Text(f"须为{zh}", en)
    elif isinstance(operand, Decimal):
        if operand % 1 and not any(star % 1 for star in stars):
            yield path, Text("须为整数", "a whole number of stars")
        else:
            yield from known_star(path, operand, stars)
