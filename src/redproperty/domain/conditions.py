"""Conditions over facts and figures: `all`, `any`, `not`, `count` (k of n) and one comparison, as data.

A bound is a number or the name of another figure (`below: limit`). A comparison with something unknown is unknown, and
an unknown condition does not fire.
"""

import operator
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Optional

import msgspec
import polars as pl

from redproperty.domain.faults import Fault, Path, under
from redproperty.domain.numbers import UNIT, figure, plain
from redproperty.domain.operands import Operand, held, named, worded
from redproperty.domain.texts import Text

OPERATORS = ("is_", "at_least", "above", "below", "at_most", "in_", "missing")
_SIGNS = {
    "at_least": Text("不低于", "≥"),
    "above": Text("高于", ">"),
    "below": Text("低于", "<"),
    "at_most": Text("不超过", "≤"),
}
_TESTS: Mapping[str, Callable[[Any, Any], Any]] = {
    "at_least": operator.ge,
    "above": operator.gt,
    "below": operator.lt,
    "at_most": operator.le,
}


class Condition(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    kw_only=True,
    rename={"all_": "all", "any_": "any", "not_": "not", "is_": "is", "in_": "in"},
):
    """Either `all`, `any`, `not`, or one `fact`, earlier `figure` or `count` with at least one comparison.

    `fact` and `figure` may be names and flags, too: `{figure: grade, is: A}`, `{fact: type, in: [old, new]}`,
    `{figure: passed, is: true}`; `in` lists numbers, too (`{figure: state, in: [1, 2]}`). `count` is how many of its
    conditions hold, so `{count: […], at_least: 2}` is two of them or more, `is: 1` exactly one; it is unknown only
    where what is unknown could change the answer.
    """

    all_: tuple["Condition", ...] | None = None
    any_: tuple["Condition", ...] | None = None
    not_: Optional["Condition"] = None
    count: tuple["Condition", ...] | None = None
    fact: str | None = None
    figure: str | None = None
    is_: bool | str | Decimal | None = None
    at_least: Operand | None = None
    above: Operand | None = None
    below: Operand | None = None
    at_most: Operand | None = None
    in_: tuple[str | Decimal, ...] | None = None
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
        if self.count is not None:
            return self._counted(self.count)
        return pl.all_horizontal(list(self._comparisons()))

    def _comparisons(self) -> Iterator[pl.Expr]:
        column = pl.col(self.subject)
        if self.missing is not None:
            yield column.is_null() if self.missing else column.is_not_null()
        if self.is_ is not None:
            yield column == pl.lit(figure(self.is_) if isinstance(self.is_, Decimal) else self.is_)
        if self.in_ is not None:
            yield column.is_in([figure(one) if isinstance(one, Decimal) else one for one in self.in_])
        for name, test in _TESTS.items():
            bound = getattr(self, name)
            if bound is not None:
                yield test(column, figure(bound) if isinstance(bound, Decimal) else held(bound))

    def _counted(self, parts: tuple["Condition", ...]) -> pl.Expr:
        """Compare the least and the greatest number that may hold; where they differ in the answer it is unknown."""
        truths = [part.truth() for part in parts]
        low, high = (
            pl.sum_horizontal([one.fill_null(value=unknown).cast(pl.Int64) for one in truths]) * UNIT
            for unknown in (False, True)
        )
        tests: list[pl.Expr] = []
        for name, test in _TESTS.items():
            bound = getattr(self, name)
            if bound is not None:
                at_least, at_most = test(low, held(bound)), test(high, held(bound))
                tests.append(pl.when(at_least == at_most).then(at_least))
        if isinstance(self.is_, Decimal):
            wanted = held(self.is_)
            surely = (low == high) & (low == wanted)
            tests.append(pl.when(surely).then(True).when((wanted < low) | (wanted > high)).then(False))
        return pl.all_horizontal(tests)

    def leaves(self) -> Iterator["Condition"]:
        """Yield every comparison of the tree."""
        for part in self._parts():
            yield from part.leaves()
        if self.fact is not None or self.figure is not None:
            yield self

    def _parts(self) -> tuple["Condition", ...]:
        return (
            *(self.all_ or ()), *(self.any_ or ()), *((self.not_,) if self.not_ is not None else ()),
            *(self.count or ()),
        )  # fmt: skip

    def needs(self) -> frozenset[str]:
        """Return the names of the facts and figures that the condition looks at."""
        return frozenset(leaf.subject for leaf in self.leaves()) | {name for _, name in self.bounds()}

    def bounds(self) -> Iterator[tuple[Path, str]]:
        """Yield the figures that stand as bounds, with the last key of their path."""
        for part in self._parts():
            yield from part.bounds()
        for key in _SIGNS:
            yield from named((key,), getattr(self, key))

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
        title = self._title(titles)
        if self.missing is not None:
            yield (Text("{t}缺失", "{t}: missing") if self.missing else Text("有{t}", "{t}: known")).fill(t=title)
        if isinstance(self.is_, bool):
            yield title if self.is_ else Text("无“{t}”", "not “{t}”").fill(t=title)
        elif isinstance(self.is_, Decimal):
            yield Text("{t}为 {v}", "{t} = {v}").fill(t=title, v=plain(figure(self.is_)))
        elif self.is_ is not None:
            yield Text("{t}为“{v}”", "{t} is “{v}”").fill(t=title, v=self._value(str(self.is_), titles))
        if self.in_ is not None:
            values = _joined([self._one(value, titles) for value in self.in_], "、", ", ")
            yield Text("{t}属于{v}", "{t} is one of {v}").fill(t=title, v=values)
        for name, sign in _SIGNS.items():
            bound = getattr(self, name)
            if bound is not None:
                yield Text("{t}{s} {b}", "{t} {s} {b}").fill(t=title, s=sign, b=worded(bound, titles))

    def _title(self, titles: Mapping[str, Text]) -> Text:
        if self.count is None:
            return titles.get(self.subject, Text(self.subject, self.subject))
        listed = _joined([part.say(titles) for part in self.count], "；", "; ")
        return Text("下列情形中成立的个数（{l}）", "how many of these hold ({l})").fill(l=listed)

    def _one(self, value: str | Decimal, titles: Mapping[str, Text]) -> Text:
        if isinstance(value, str):
            return self._value(value, titles)
        shown = plain(figure(value))
        return Text(shown, shown)

    def _value(self, value: str, titles: Mapping[str, Text]) -> Text:
        return titles.get(f"{self.subject}.{value}", Text(value, value))

    def check(self) -> Iterator[Fault]:
        """Yield what is wrong with the form of the condition, wherever it stands."""
        heads = [
            name for name in ("all_", "any_", "not_", "count", "fact", "figure") if getattr(self, name) is not None
        ]
        compared = any(getattr(self, name) is not None for name in OPERATORS)
        if len(heads) != 1:
            yield (
                (),
                Text(
                    "条件须且只能写 all、any、not、count、fact、figure 之一",
                    "a condition is one of all, any, not, count, fact, figure",
                ),
            )
        elif heads[0] in {"fact", "figure", "count"} and not compared:
            yield (
                (),
                Text(
                    "条件没有写比较（is、at_least、below 等）", "the condition compares nothing (is, at_least, below …)"
                ),
            )
        elif heads[0] not in {"fact", "figure", "count"} and compared:
            yield (
                (),
                Text("比较只能与 fact、figure 或 count 同写", "a comparison stands only beside fact, figure or count"),
            )
        if self.count is not None:
            yield from self._count_faults(self.count)
        for key, parts in (("all", self.all_), ("any", self.any_), ("count", self.count)):
            if parts is not None and not parts:
                yield (key,), Text("至少要有一个条件", "at least one condition is needed")
            for index, part in enumerate(parts or ()):
                yield from under((key, index), part.check())
        if self.not_ is not None:
            yield from under(("not",), self.not_.check())

    def _count_faults(self, parts: tuple["Condition", ...]) -> Iterator[Fault]:
        """Refuse what is no comparison of a number, and bounds that no number of conditions meets, or every one."""
        wrong = self.in_ is not None or self.missing is not None
        if wrong or (self.is_ is not None and (isinstance(self.is_, bool) or not isinstance(self.is_, Decimal))):
            yield (), Text("个数只与数比较", "a number of conditions is compared with numbers only")
            return
        bounds = {name: getattr(self, name) for name in _TESTS if getattr(self, name) is not None}
        if self.is_ is not None:
            bounds["is_"] = self.is_
        if not bounds or any(isinstance(bound, str) for bound in bounds.values()):
            return
        tests = {**_TESTS, "is_": operator.eq}
        met = [all(tests[name](Decimal(n), bound) for name, bound in bounds.items()) for n in range(len(parts) + 1)]
        if all(met) or not any(met):
            text = Text("{n} 个条件，这样比较总是或从不成立", "of {n} conditions this is always or never true")
            yield (), text.fill(n=len(parts))


def _joined(parts: list[Text], zh: str, en: str) -> Text:
    return Text(zh.join(part.zh for part in parts), en.join(part.en for part in parts))
