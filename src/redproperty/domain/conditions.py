"""Conditions over facts and figures: `all`, `any`, `not` and one comparison, as data.

A bound is a number or the name of another figure (`below: limit`). A comparison with something unknown is unknown, and
an unknown condition does not fire.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Optional

import msgspec
import polars as pl

from redproperty.domain.faults import Fault, Path, under
from redproperty.domain.numbers import figure
from redproperty.domain.operands import Operand, held, named, worded
from redproperty.domain.texts import Text

OPERATORS = ("is_", "at_least", "above", "below", "at_most", "in_", "missing")
_SIGNS = {
    "at_least": Text("不低于", "≥"),
    "above": Text("高于", ">"),
    "below": Text("低于", "<"),
    "at_most": Text("不超过", "≤"),
}


class Condition(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    kw_only=True,
    rename={"all_": "all", "any_": "any", "not_": "not", "is_": "is", "in_": "in"},
):
    """Either `all`, `any`, `not`, or one `fact` (or earlier `figure`) with at least one comparison."""

    all_: tuple["Condition", ...] | None = None
    any_: tuple["Condition", ...] | None = None
    not_: Optional["Condition"] = None
    fact: str | None = None
    figure: str | None = None
    is_: bool | str | Decimal | None = None
    at_least: Operand | None = None
    above: Operand | None = None
    below: Operand | None = None
    at_most: Operand | None = None
    in_: tuple[str, ...] | None = None
    missing: bool | None = None

    @property
    def subject(self) -> str:
        """Return the column that the comparison looks at."""
        return self.fact or self.figure or ""

    def fires(self) -> pl.Expr:
        """Return the condition as a Boolean expression without nulls."""
        return self.truth().fill_null(value=False)

    def truth(self) -> pl.Expr:
        """Return the condition as a Boolean expression, null where it cannot be known."""
        if self.all_ is not None:
            return pl.all_horizontal([part.truth() for part in self.all_])
        if self.any_ is not None:
            return pl.any_horizontal([part.truth() for part in self.any_])
        if self.not_ is not None:
            return ~self.not_.truth()
        return pl.all_horizontal(list(self._comparisons()))

    def _comparisons(self) -> Iterator[pl.Expr]:
        column = pl.col(self.subject)
        if self.missing is not None:
            yield column.is_null() if self.missing else column.is_not_null()
        if self.is_ is not None:
            yield column == pl.lit(figure(self.is_) if isinstance(self.is_, Decimal) else self.is_)
        if self.in_ is not None:
            yield column.is_in(list(self.in_))
        for name, test in (("at_least", column.ge), ("above", column.gt), ("below", column.lt), ("at_most", column.le)):
            bound = getattr(self, name)
            if bound is not None:
                yield test(figure(bound) if isinstance(bound, Decimal) else held(bound))

    def leaves(self) -> Iterator["Condition"]:
        """Yield every comparison of the tree."""
        for part in (*(self.all_ or ()), *(self.any_ or ()), *((self.not_,) if self.not_ else ())):
            yield from part.leaves()
        if self.fact is not None or self.figure is not None:
            yield self

    def needs(self) -> frozenset[str]:
        """Return the names of the facts and figures that the condition looks at."""
        return frozenset(leaf.subject for leaf in self.leaves()) | {name for _, name in self.bounds()}

    def bounds(self) -> Iterator[tuple[Path, str]]:
        """Yield the figures that stand as bounds, with the last key of their path."""
        for leaf in self.leaves():
            for key in _SIGNS:
                yield from named((key,), getattr(leaf, key))

    def say(self, titles: Mapping[str, Text]) -> Text:
        """Return the condition in words; `titles` gives facts and figures their names."""
        if self.all_ is not None:
            return _joined([part.say(titles) for part in self.all_], "且", " and ")
        if self.any_ is not None:
            return _joined([part.say(titles) for part in self.any_], "或", " or ")
        if self.not_ is not None:
            return Text("并非（{x}）", "not ({x})").fill(x=self.not_.say(titles))
        return _joined(list(self._words(titles)), "且", " and ")

    def _words(self, titles: Mapping[str, Text]) -> Iterator[Text]:
        title = titles.get(self.subject, Text(self.subject, self.subject))
        if self.missing is not None:
            yield (Text("{t}缺失", "{t}: missing") if self.missing else Text("有{t}", "{t}: known")).fill(t=title)
        if isinstance(self.is_, bool):
            yield title if self.is_ else Text("无“{t}”", "not “{t}”").fill(t=title)
        elif self.is_ is not None:
            yield Text("{t}为“{v}”", "{t} is “{v}”").fill(t=title, v=self._value(str(self.is_), titles))
        if self.in_ is not None:
            values = _joined([self._value(value, titles) for value in self.in_], "、", ", ")
            yield Text("{t}属于{v}", "{t} is one of {v}").fill(t=title, v=values)
        for name, sign in _SIGNS.items():
            bound = getattr(self, name)
            if bound is not None:
                yield Text("{t}{s} {b}", "{t} {s} {b}").fill(t=title, s=sign, b=worded(bound, titles))

    def _value(self, value: str, titles: Mapping[str, Text]) -> Text:
        return titles.get(f"{self.subject}.{value}", Text(value, value))

    def check(self) -> Iterator[Fault]:
        """Yield what is wrong with the form of the condition, wherever it stands."""
        heads = [name for name in ("all_", "any_", "not_", "fact", "figure") if getattr(self, name) is not None]
        compared = any(getattr(self, name) is not None for name in OPERATORS)
        if len(heads) != 1:
            yield (
                (),
                Text(
                    "条件须且只能写 all、any、not、fact、figure 之一",
                    "a condition is one of all, any, not, fact, figure",
                ),
            )
        elif heads[0] in {"fact", "figure"} and not compared:
            yield (
                (),
                Text(
                    "条件没有写比较（is、at_least、below 等）", "the condition compares nothing (is, at_least, below …)"
                ),
            )
        elif heads[0] not in {"fact", "figure"} and compared:
            yield (), Text("比较只能与 fact 或 figure 同写", "a comparison stands only beside fact or figure")
        for key, parts in (("all", self.all_), ("any", self.any_)):
            if parts is not None and not parts:
                yield (key,), Text("至少要有一个条件", "at least one condition is needed")
            for index, part in enumerate(parts or ()):
                yield from under((key, index), part.check())
        if self.not_ is not None:
            yield from under(("not",), self.not_.check())


def _joined(parts: list[Text], zh: str, en: str) -> Text:
    return Text(zh.join(part.zh for part in parts), en.join(part.en for part in parts))
