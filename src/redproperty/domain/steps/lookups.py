"""From a figure, several columns or conditions to another figure or to a name: bands, scales, tables, first match.

Where a step declares `choices`, it gives names, and every branch states one of their codes or an earlier name that can
be nothing else; otherwise it gives figures, and every branch states a number, an earlier figure, or the word `missing`.
"""

# ruff: noqa: ARG002 - every class answers the same questions, not every answer needs all that is told

from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise, product
from typing import Literal

import msgspec
import polars as pl

from redproperty.domain.bands import Band, band_faults
from redproperty.domain.branches import Branch
from redproperty.domain.conditions import Condition
from redproperty.domain.facts import Choice
from redproperty.domain.faults import Fault, Path, repeated, suggest, under
from redproperty.domain.numbers import PLACES, UNIT, Mode, figure, plain, quotient
from redproperty.domain.operands import MISSING, Column, Operand, held, named, worded
from redproperty.domain.sheets import Sheet
from redproperty.domain.steps.base import Passes, Step, place_faults, titled
from redproperty.domain.texts import Text

Key = Decimal | bool | str
_OTHERWISE = Text("其余", "otherwise")


class Lookup(Step, frozen=True, kw_only=True):
    """A step of branches, each of which gives a figure or one of the declared names."""

    choices: tuple[Choice, ...] = ()

    def branches(self) -> Iterator[tuple[Path, Operand]]:
        """Yield what the branches give, with the paths to it."""
        raise NotImplementedError

    def given(self, value: Operand) -> pl.Expr:
        """Return what a branch gives as an expression."""
        if not self.choices:
            return held(value)
        if value in self._codes():
            return pl.lit(value, pl.String)
        return pl.lit(None, pl.String) if value == MISSING else pl.col(str(value))

    def said(self, value: Operand, titles: Mapping[str, Text]) -> Text:
        """Return what a branch gives in words."""
        return worded(value, {**titles, **self._codes()})

    def _codes(self) -> dict[str, Text]:
        return {choice.code: choice.title for choice in self.choices}

    def words(self) -> Mapping[str, Text]:
        """Return the words for the step and for its names."""
        return {self.name: self.title} | {f"{self.name}.{code}": title for code, title in self._codes().items()}

    def gives(self, sheet: Sheet) -> Mapping[str, Column]:
        """Give one column: a name where choices are declared, else a figure."""
        return {self.name: Column("name", tuple(self._codes())) if self.choices else Column()}

    def needs(self) -> Iterator[tuple[Path, str]]:
        """Need the figures that branches give."""
        if not self.choices:
            for path, value in self.branches():
                yield from named(path, value)

    def keys(self) -> Iterator[tuple[Path, str]]:
        """Need the earlier names that branches give."""
        yield from ((path, value) for path, value in self._earlier() if isinstance(value, str))

    def _earlier(self) -> Iterator[tuple[Path, Operand]]:
        codes = self._codes()
        for path, value in self.branches() if self.choices else ():
            if value not in codes and value != MISSING:
                yield path, value

    def choices_at(self, path: Path) -> Collection[str]:
        """Return the declared codes where a branch gives."""
        return self._codes() if any(path == place for place, _ in self.branches()) else ()

    def check(self) -> Iterator[Fault]:
        """Refuse codes declared twice or given by no branch, and numbers in place of names."""
        yield from repeated((("choices", i, "code"), choice.code) for i, choice in enumerate(self.choices))
        earlier = [(path, value) for path, value in self._earlier()]
        for path, value in earlier:
            if not isinstance(value, str):
                yield path, _no_choice(value, self._codes())
        given = {value for _, value in self.branches()}
        for index, choice in enumerate(self.choices):
            if not earlier and choice.code not in given:
                text = Text("没有任何一支给出“{c}”", "no branch gives “{c}”").fill(c=choice.code)
                yield ("choices", index), text

    def unfit(self, known: Mapping[str, Column]) -> Iterator[Fault]:
        """Refuse earlier columns that are no names, or that may be what is not among the choices."""
        yield from super().unfit(known)
        codes = self._codes()
        for path, name in self._earlier():
            column = known.get(str(name))
            if column is not None and (column.kind != "name" or not column.values):
                yield path, _no_choice(name, codes)
            elif column is not None:
                yield from ((path, _no_choice(value, codes)) for value in column.values if value not in codes)


def _no_choice(value: Operand, codes: Collection[str]) -> Text:
    text = Text("“{v}”不在 choices 之列", "“{v}” is not among the choices").fill(v=value)
    return suggest(text, str(value), codes)


class GivenBand(Band, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One stretch of the figure and what it gives."""

    gives: Operand


class Bands(Lookup, frozen=True, kw_only=True, tag="bands"):
    """A figure sorted into bands with stated closed ends that leave no gap; each gives a number, a figure or a name.

    Missing where the figure is.
    """

    of: str
    bands: tuple[GivenBand, ...]

    def passes(self, sheet: Sheet) -> Passes:
        """Yield what the band of the figure gives."""
        value = pl.col(self.of)
        given = [pl.when(value.is_not_null() & band.holds(value)).then(self.given(band.gives)) for band in self.bands]
        yield [pl.coalesce(given).alias(self.name)]

    def branches(self) -> Iterator[tuple[Path, Operand]]:
        """Yield what the bands give."""
        yield from ((("bands", index, "gives"), band.gives) for index, band in enumerate(self.bands))

    def needs(self) -> Iterator[tuple[Path, str]]:
        """Need the figure and what the bands give."""
        yield ("of",), self.of
        yield from super().needs()

    def say(self, titles: Mapping[str, Text]) -> Text:
        """List the bands."""
        parts = [
            Text("{b} 为 {g}", "{b}: {g}").fill(b=band.words(), g=self.said(band.gives, titles)) for band in self.bands
        ]
        return Text("按{t}：{l}", "by {t}: {l}").fill(t=titled(self.of, titles), l=_listed(parts))

    def head(self, titles: Mapping[str, Text]) -> Text:
        """Name the figure."""
        return Text("按{t}分段", "by bands of {t}").fill(t=titled(self.of, titles))

    def tabled(self, titles: Mapping[str, Text]) -> Iterator[Branch]:
        """Yield the bands."""
        for band in self.bands:
            holds = pl.col(self.of).is_not_null() & band.holds(pl.col(self.of))
            yield Branch(band.words(), self.said(band.gives, titles), holds)

    def check(self) -> Iterator[Fault]:
        """Refuse gaps, overlaps and unknown names."""
        yield from super().check()
        yield from under(("bands",), band_faults(self.bands))


class Anchor(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One point of a scale: where the figure is `at`, the result is `gives`."""

    at: Decimal
    gives: Decimal


class Scale(Step, frozen=True, kw_only=True, tag="scale"):
    """A straight line between anchors: 80 gives 0 and 90 gives 10, so 85 gives 5; rounded once to `places`.

    Outside the anchors the outermost value holds (`beyond: clamp`) or the outermost line goes on (`extend`).
    """

    of: str
    anchors: tuple[Anchor, ...]
    beyond: Literal["clamp", "extend"] = "clamp"
    places: int = PLACES
    mode: Mode = "half_up"

    def passes(self, sheet: Sheet) -> Passes:
        """Yield the interpolated figure."""
        value, lines = pl.col(self.of), list(pairwise(self.anchors))
        if self.beyond == "clamp":
            value = value.clip(figure(self.anchors[0].at), figure(self.anchors[-1].at))
        found = self._on(*lines[-1], value)
        for low, high in reversed(lines[:-1]):
            found = pl.when(value <= figure(high.at)).then(self._on(low, high, value)).otherwise(found)
        yield [pl.when(value.is_not_null()).then(found).alias(self.name)]

    def _on(self, low: Anchor, high: Anchor, value: pl.Expr) -> pl.Expr:
        run, rise = figure(high.at) - figure(low.at), figure(high.gives) - figure(low.gives)
        top = (value - figure(low.at)).cast(pl.Int128) * rise + pl.lit(figure(low.gives)).cast(pl.Int128) * run
        return quotient(top, run, self.places, self.mode)

    def needs(self) -> Iterator[tuple[Path, str]]:
        """Need the figure."""
        yield ("of",), self.of

    def say(self, titles: Mapping[str, Text]) -> Text:
        """List the anchors and say what holds beyond them."""
        parts = [
            Text("{a} 得 {g}", "{a} gives {g}").fill(a=plain(figure(one.at)), g=plain(figure(one.gives)))
            for one in self.anchors
        ]
        text = Text("按{t}：{l}；其间按直线内插，{b}", "by {t}: {l}; straight lines between, {b}")
        return text.fill(t=titled(self.of, titles), l=_listed(parts), b=self._beyond())

    def _beyond(self) -> Text:
        if self.beyond == "clamp":
            return Text("其外按端点", "the ends hold beyond")
        return Text("其外按直线延伸", "the outermost lines go on beyond")

    def head(self, titles: Mapping[str, Text]) -> Text:
        """Name the figure and say what holds beyond the anchors."""
        text = Text("按{t}在各点之间按直线内插，{b}", "by {t}, straight lines between the anchors, {b}")
        return text.fill(t=titled(self.of, titles), b=self._beyond())

    def tabled(self, titles: Mapping[str, Text]) -> Iterator[Branch]:
        """Yield the lines between the anchors, and what holds beyond them."""
        value, first, last = pl.col(self.of), self.anchors[0], self.anchors[-1]
        lines = list(pairwise(self.anchors))
        if self.beyond == "clamp":
            yield Branch(_text(f"≤{_plain(first.at)}"), _text(_plain(first.gives)), value <= figure(first.at))
        for low, high in lines:
            above = pl.lit(value=True) if low is first and self.beyond == "extend" else value > figure(low.at)
            below = pl.lit(value=True) if high is last and self.beyond == "extend" else value <= figure(high.at)
            when, gives = f"{_plain(low.at)}–{_plain(high.at)}", f"{_plain(low.gives)} → {_plain(high.gives)}"
            yield Branch(_text(when), _text(gives), value.is_not_null() & above & below)
        if self.beyond == "clamp":
            yield Branch(_text(f">{_plain(last.at)}"), _text(_plain(last.gives)), value > figure(last.at))

    def check(self) -> Iterator[Fault]:
        """Refuse fewer than two anchors and anchors out of order."""
        if len(self.anchors) < 2:  # noqa: PLR2004 - a line has two ends
            yield ("anchors",), Text("至少写两个点", "at least two anchors are needed")
        for index, (low, high) in enumerate(pairwise(self.anchors), start=1):
            if low.at >= high.at:
                yield ("anchors", index, "at"), Text("各点须由小到大", "anchors go from low to high")
        yield from place_faults(self.places)


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One row of a table: the value of every key, in their order, and what the row gives."""

    when: tuple[Key, ...]
    gives: Operand


class Table(Lookup, frozen=True, kw_only=True, tag="table"):
    """A look-up by one or more keys: choices, flags, names or exact numbers.

    `otherwise` holds where no row fits, as where a key is missing. Without it every combination of choices and flags
    must have its row, and the result is missing only where a key is.
    """

    keys_: tuple[str, ...] = msgspec.field(name="keys")
    rows: tuple[Row, ...]
    otherwise: Operand | None = None

    def passes(self, sheet: Sheet) -> Passes:
        """Yield what the row gives that fits."""
        branches = [pl.when(self._fits(row)).then(self.given(row.gives)) for row in self.rows]
        last = [] if self.otherwise is None else [self.given(self.otherwise)]
        fits = pl.any_horizontal([self._fits(row).fill_null(value=False) for row in self.rows])
        found = pl.coalesce(branches)
        yield [(pl.when(fits).then(found).otherwise(*last) if last else found).alias(self.name)]

    def _fits(self, row: Row) -> pl.Expr:
        return pl.all_horizontal(
            [
                pl.col(key) == pl.lit(figure(value) if isinstance(value, Decimal) else value)
                for key, value in zip(self.keys_, row.when, strict=True)
            ]
        )

    def branches(self) -> Iterator[tuple[Path, Operand]]:
        """Yield what the rows give, and what holds otherwise."""
        yield from ((("rows", index, "gives"), row.gives) for index, row in enumerate(self.rows))
        if self.otherwise is not None:
            yield ("otherwise",), self.otherwise

    def keys(self) -> Iterator[tuple[Path, str]]:
        """Need the keys."""
        yield from super().keys()
        yield from ((("keys", index), key) for index, key in enumerate(self.keys_))

    def say(self, titles: Mapping[str, Text]) -> Text:
        """List the rows."""
        parts = [
            Text("{k} 为 {g}", "{k}: {g}").fill(k=self._keyed(row, titles), g=self.said(row.gives, titles))
            for row in self.rows
        ]
        if self.otherwise is not None:
            parts.append(Text("其余为 {g}", "otherwise {g}").fill(g=self.said(self.otherwise, titles)))
        keys = _listed([titled(key, titles) for key in self.keys_], "、", ", ")
        return Text("按{k}查表：{l}", "by {k}: {l}").fill(k=keys, l=_listed(parts))

    def head(self, titles: Mapping[str, Text]) -> Text:
        """Name the keys."""
        keys = _listed([titled(key, titles) for key in self.keys_], "、", ", ")
        return Text("按{k}查表", "look-up by {k}").fill(k=keys)

    def tabled(self, titles: Mapping[str, Text]) -> Iterator[Branch]:
        """Yield the rows, the first that fits before the others, then what holds where none does."""
        before = pl.lit(value=False)
        for row in self.rows:
            fits = self._fits(row).fill_null(value=False)
            yield Branch(self._keyed(row, titles), self.said(row.gives, titles), fits & ~before)
            before = before | fits
        if self.otherwise is not None:
            yield Branch(_OTHERWISE, self.said(self.otherwise, titles), ~before)

    def _keyed(self, row: Row, titles: Mapping[str, Text]) -> Text:
        words = []
        for key, value in zip(self.keys_, row.when, strict=True):
            if isinstance(value, bool):
                words.append(Text("是", "yes") if value else Text("否", "no"))
            elif isinstance(value, Decimal):
                words.append(worded(value, titles))
            else:
                words.append(titles.get(f"{key}.{value}", Text(value, value)))
        return _listed(words, "、", ", ")

    def check(self) -> Iterator[Fault]:
        """Refuse rows of another length, rows written twice and unknown names."""
        yield from super().check()
        if not self.keys_ or not self.rows:
            yield (), Text("至少写一个键和一行", "at least one key and one row are needed")
        for index, row in enumerate(self.rows):
            if len(row.when) != len(self.keys_):
                text = Text("须为每个键写一个值，共 {n} 个", "one value for each key: {n}").fill(n=len(self.keys_))
                yield ("rows", index, "when"), text
            if row.when in [before.when for before in self.rows[:index]]:
                yield ("rows", index, "when"), Text("这一行重复", "this row stands twice")

    def unfit(self, known: Mapping[str, Column]) -> Iterator[Fault]:
        """Refuse values that a key cannot have, and combinations without a row."""
        yield from super().unfit(known)
        columns = [known.get(key, Column()) for key in self.keys_]
        for index, row in enumerate(self.rows):
            for position, (column, value) in enumerate(zip(columns, row.when, strict=False)):
                if not _can_be(column, value) and self.keys_[position] in known:
                    text = Text("“{k}”不会是“{v}”", "“{k}” is never “{v}”").fill(k=self.keys_[position], v=value)
                    yield ("rows", index, "when", position), text
        if self.otherwise is None:
            yield from self._uncovered(columns)

    def _uncovered(self, columns: Sequence[Column]) -> Iterator[Fault]:
        if any(column.kind == "figure" for column in columns):
            text = Text("键中有数，须写 otherwise", "with a figure among the keys, state otherwise")
            yield ("rows",), text
            return
        whole = product(*[(True, False) if column.kind == "flag" else column.values for column in columns])
        absent = [combination for combination in whole if combination not in {row.when for row in self.rows}]
        if absent:
            text = Text("缺少“{c}”这一行，或写明 otherwise", "no row for “{c}”; add it or state otherwise")
            yield ("rows",), text.fill(c=", ".join(str(value) for value in absent[0]))


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One case: a condition and what holds where it is the first to fire."""

    when: Condition
    gives: Operand


class FirstMatch(Lookup, frozen=True, kw_only=True, tag="first_match"):
    """The first case whose condition fires; `otherwise` where none does. An unknown condition does not fire."""

    cases: tuple[Case, ...]
    otherwise: Operand

    def passes(self, sheet: Sheet) -> Passes:
        """Yield what the first case gives that fires."""
        found = self.given(self.otherwise)
        for case in reversed(self.cases):
            found = pl.when(case.when.fires()).then(self.given(case.gives)).otherwise(found)
        yield [found.alias(self.name)]

    def branches(self) -> Iterator[tuple[Path, Operand]]:
        """Yield what the cases give, and what holds otherwise."""
        yield from ((("cases", index, "gives"), case.gives) for index, case in enumerate(self.cases))
        yield ("otherwise",), self.otherwise

    def conditions(self) -> Iterator[tuple[Path, Condition]]:
        """Yield the conditions of the cases."""
        yield from ((("cases", index, "when"), case.when) for index, case in enumerate(self.cases))

    def say(self, titles: Mapping[str, Text]) -> Text:
        """List the cases in their order."""
        parts = [
            Text("{w}的，为 {g}", "{g} if {w}").fill(w=case.when.say(titles), g=self.said(case.gives, titles))
            for case in self.cases
        ]
        parts.append(Text("其余为 {g}", "otherwise {g}").fill(g=self.said(self.otherwise, titles)))
        return Text("依次：{l}", "in this order: {l}").fill(l=_listed(parts))

    def head(self, titles: Mapping[str, Text]) -> Text:
        """Say that the first case holds."""
        return Text("依次看，取第一条成立的", "the first of these that holds")

    def tabled(self, titles: Mapping[str, Text]) -> Iterator[Branch]:
        """Yield the cases in their order, then what holds where none fires."""
        before = pl.lit(value=False)
        for case in self.cases:
            fires = case.when.fires()
            yield Branch(case.when.say(titles), self.said(case.gives, titles), fires & ~before)
            before = before | fires
        yield Branch(_OTHERWISE, self.said(self.otherwise, titles), ~before)

    def check(self) -> Iterator[Fault]:
        """Refuse a list without cases and unknown names."""
        yield from super().check()
        if not self.cases:
            yield ("cases",), Text("至少写一个 case", "at least one case is needed")


class Count(Step, frozen=True, kw_only=True, tag="count"):
    """How many of the listed conditions hold, as a figure, so that “k of n” is a count and a bound.

    An unknown condition does not count.
    """

    of: tuple[Condition, ...]

    def passes(self, sheet: Sheet) -> Passes:
        """Yield the number of conditions that fire, in millionths."""
        yield [(pl.sum_horizontal([one.fires().cast(pl.Int64) for one in self.of]) * UNIT).alias(self.name)]

    def conditions(self) -> Iterator[tuple[Path, Condition]]:
        """Yield the counted conditions."""
        yield from ((("of", index), condition) for index, condition in enumerate(self.of))

    def say(self, titles: Mapping[str, Text]) -> Text:
        """List the conditions."""
        parts = [condition.say(titles) for condition in self.of]
        return Text("下列情形中成立的个数：{l}", "how many of these hold: {l}").fill(l=_listed(parts))

    def head(self, titles: Mapping[str, Text]) -> Text:
        """Say that cases are counted."""
        return Text("下列情形中成立的个数", "how many of these hold")

    def tabled(self, titles: Mapping[str, Text]) -> Iterator[Branch]:
        """Yield the counted conditions; every one that holds is one more."""
        for condition in self.of:
            yield Branch(condition.say(titles), _text("+1"), condition.fires())

    def check(self) -> Iterator[Fault]:
        """Refuse to count nothing."""
        if not self.of:
            yield ("of",), Text("至少要有一个条件", "at least one condition is needed")


class Flag(Step, frozen=True, kw_only=True, tag="flag"):
    """A condition with a name, for other steps to look at (`{figure: name, is: true}`).

    Unknown where the condition is.
    """

    when: Condition

    def passes(self, sheet: Sheet) -> Passes:
        """Yield the truth of the condition."""
        yield [self.when.truth().alias(self.name)]

    def gives(self, sheet: Sheet) -> Mapping[str, Column]:
        """Give a flag."""
        return {self.name: Column("flag")}

    def conditions(self) -> Iterator[tuple[Path, Condition]]:
        """Yield the condition."""
        yield ("when",), self.when

    def say(self, titles: Mapping[str, Text]) -> Text:
        """Say the condition."""
        return self.when.say(titles)


def _text(words: str) -> Text:
    return Text(words, words)


def _plain(number: Decimal) -> str:
    return plain(figure(number))


def _can_be(column: Column, value: Key) -> bool:
    if column.kind == "flag":
        return isinstance(value, bool)
    return isinstance(value, Decimal) if column.kind == "figure" else value in column.values


def _listed(parts: Sequence[Text], zh: str = "；", en: str = "; ") -> Text:
    return Text(zh.join(part.zh for part in parts), en.join(part.en for part in parts))
