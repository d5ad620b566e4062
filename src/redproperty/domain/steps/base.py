"""What every step can do, and the words and refusals that many share.

A step is one tagged class: named columns from earlier columns. Every figure is Int64 millionths. A step yields its
columns in passes: a later pass may use the columns of an earlier. What a step looks at more than once may be a column
for as long as it takes: `scratch` names it, and it is gone from the result.
"""

# ruff: noqa: ARG002 - every class answers the same questions, not every answer needs all that is told

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, ClassVar

import msgspec
import polars as pl

from redproperty.domain.branches import Branch
from redproperty.domain.conditions import Condition
from redproperty.domain.faults import Fault, Path
from redproperty.domain.numbers import PLACES, UNIT, Mode
from redproperty.domain.operands import MISSING, Column, Operand, is_scratch, wiped
from redproperty.domain.sheets import Sheet
from redproperty.domain.texts import Text

Passes = Iterator[list[pl.Expr]]
HUNDRED = 100 * UNIT
ROUNDED: Mapping[Mode, Text] = {
    "half_up": Text("四舍五入", "half up"),
    "half_even": Text("四舍六入五成双", "half to even"),
    "floor": Text("舍去尾数", "down"),
    "ceil": Text("进一", "up"),
}


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind"):
    """What every step can do."""

    name: str
    title: Text
    basis: Text | None = None
    spans: ClassVar[bool] = False  # whether it looks beyond the estate's own period

    def passes(self, sheet: Sheet) -> Passes:
        """Yield the step's columns, pass by pass."""
        raise NotImplementedError

    def apply(self, frame: pl.DataFrame, sheet: Sheet) -> pl.DataFrame:
        """Return `frame` with the step's columns."""
        for expressions in self.passes(sheet):
            frame = frame.with_columns(expressions)
        return wiped(frame)

    def made_of(self, sheet: Sheet) -> Mapping[str, Sequence[str]]:
        """Return of which columns each of its columns is made, read off the expressions that make them."""
        made: dict[str, list[str]] = {}
        for expr in (expr for expressions in self.passes(sheet) for expr in expressions):
            name = expr.meta.output_name()
            for root in expr.meta.root_names():
                roots = made[root] if is_scratch(root) else [root]
                made.setdefault(name, []).extend(one for one in roots if one != name)
        return made

    def needs(self) -> Iterator[tuple[Path, str]]:
        """Yield the figures and facts that must be there before, with the path to where they are named."""
        yield from ()

    def keys(self) -> Iterator[tuple[Path, str]]:
        """Yield the columns of any kind (names and flags too) that must be there before, with their paths."""
        yield from ()

    def choices_at(self, path: Path) -> Collection[str]:
        """Return the codes that could stand at `path` instead of a column."""
        return ()

    def gives(self, sheet: Sheet) -> Mapping[str, Column]:
        """Return the columns that later steps may name."""
        return {self.name: Column()}

    def words(self) -> Mapping[str, Text]:
        """Return the words for the step's columns and for the names that it can give (`<name>.<code>`)."""
        return {self.name: self.title}

    def recalls(self) -> str | None:
        """Return the figure of earlier periods that it looks at besides the composite."""
        return None

    def reaches_back(self) -> int:
        """Return how many earlier periods the step looks at."""
        return 0

    def marks(self) -> Iterator[tuple[Path, str]]:
        """Yield the codes of the items and categories whose points over the rounds it looks at, with their paths."""
        yield from ()

    def marked(self, sheet: Sheet) -> Sequence[str]:
        """Return the codes of the items and categories whose points it needs round by round."""
        return [code for _, code in self.marks()]

    def of_round(self, sheet: Sheet) -> Mapping[str, pl.Expr]:
        """Return what it makes of the points of one round, by the name under which the rounds are listed."""
        return {}

    def conditions(self) -> Iterator[tuple[Path, Condition]]:
        """Yield the conditions of the step with their paths."""
        yield from ()

    def say(self, titles: Mapping[str, Text]) -> Text:
        """Return the rule in one sentence; `titles` names facts and earlier figures."""
        raise NotImplementedError

    def tabled(self, titles: Mapping[str, Text]) -> Iterator[Branch]:
        """Yield the branches of a rule that is a table; none where it is a formula."""
        yield from ()

    def head(self, titles: Mapping[str, Text]) -> Text:
        """Return what stands above the table of its branches; the whole rule where it has none."""
        return self.say(titles)

    def placed(self, row: Mapping[str, Any], titles: Mapping[str, Text]) -> Text | None:
        """Return what the columns beside its figure say of one row, where they say more than the figure."""
        return None

    def check(self) -> Iterator[Fault]:
        """Yield what is wrong within the step."""
        yield from ()

    def unfit(self, known: Mapping[str, Column]) -> Iterator[Fault]:
        """Yield where the step asks of earlier columns what they cannot be; `known` are those before it."""
        for path, name in self.needs():
            if name in known and known[name].kind != "figure":
                text = Text("“{n}”不是数，不能计算", "“{n}” is no figure, nothing can be computed with it")
                yield path, text.fill(n=name)


def titled(name: str, titles: Mapping[str, Text]) -> Text:
    """Return the words for a fact or figure; its name where nobody gave it any."""
    return titles.get(name, Text(name, name))


def to_places(said: Text, places: int, mode: Mode) -> Text:
    """Return a sentence with the rounding of its figure, where it is rounded at all."""
    if places == PLACES and mode == "half_up":  # as exact as a figure is
        return said
    text = Text("{s}；保留 {n} 位小数，{how}", "{s}; rounded {how} to {n} decimals")
    return text.fill(s=said, n=places, how=ROUNDED[mode])


def no_absence(path: Path, operand: Operand | None) -> Iterator[Fault]:
    """Yield a fault where the word `missing` stands for a number that must be there."""
    if operand == MISSING:
        yield path, Text("此处须写一个数或一个数的名字", "a number or the name of a figure is needed here")


def place_faults(places: int) -> Iterator[Fault]:
    """Yield a fault where a figure cannot be rounded to so many decimals."""
    if not 0 <= places <= 6:  # noqa: PLR2004 - figures hold six decimals
        yield ("places",), Text("小数位数须为 0 到 6", "decimals must be 0 to 6")
