"""Lists of bonus and minus points, with a cap."""

# ruff: noqa: ARG002 - every class answers the same questions, not every answer needs all that is told

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Literal

import msgspec
import polars as pl

from redproperty.domain.branches import Branch
from redproperty.domain.conditions import Condition
from redproperty.domain.faults import Fault, Path, based, under
from redproperty.domain.numbers import figure, plain, times
from redproperty.domain.operands import Column
from redproperty.domain.sheets import Sheet
from redproperty.domain.steps.base import Passes, Step
from redproperty.domain.texts import Text


class Extra(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind"):
    """One entry of a list of bonus or minus points; its column is its code."""

    code: str
    title: Text
    basis: Text

    def points(self) -> pl.Expr:
        """Return the points, never null."""
        raise NotImplementedError

    def named(self) -> Iterator[tuple[Path, str]]:
        """Yield the facts and figures that the entry looks at."""
        yield from ()

    def say(self) -> Text:
        """Return how many points it brings and for what."""
        raise NotImplementedError

    def check(self) -> Iterator[Fault]:
        """Yield what is wrong within the entry."""
        yield from ()


class ExtraWhen(Extra, frozen=True, tag="when"):
    """Fixed points where a condition holds."""

    when: Condition
    worth: Decimal

    def points(self) -> pl.Expr:
        """Return the points where the condition fires."""
        return pl.when(self.when.fires()).then(pl.lit(figure(self.worth), pl.Int64)).otherwise(pl.lit(0, pl.Int64))

    def say(self) -> Text:
        """Say the points."""
        return Text("{t}：{p} 分", "{t}: {p}").fill(t=self.title, p=plain(figure(self.worth)))

    def check(self) -> Iterator[Fault]:
        """Refuse points that are not positive."""
        yield from under(("when",), self.when.check())
        if self.worth <= 0:
            yield ("worth",), Text("分值须大于 0", "the points must be above 0")


class ExtraEach(Extra, frozen=True, tag="each"):
    """Points for each of a counted fact, up to a most where one is stated."""

    fact: str
    worth: Decimal
    at_most: Decimal | None = None

    def points(self) -> pl.Expr:
        """Return count × worth, at most `at_most`."""
        most = None if self.at_most is None else figure(self.at_most)
        return times(pl.col(self.fact), figure(self.worth)).clip(0, most).fill_null(0)

    def named(self) -> Iterator[tuple[Path, str]]:
        """Name the counted fact."""
        yield ("fact",), self.fact

    def say(self) -> Text:
        """Say the points for each and the most."""
        said = Text("{t}：每项 {p} 分", "{t}: {p} each").fill(t=self.title, p=plain(figure(self.worth)))
        if self.at_most is None:
            return said
        return Text("{s}，最多 {m} 分", "{s}, at most {m}").fill(s=said, m=plain(figure(self.at_most)))

    def check(self) -> Iterator[Fault]:
        """Refuse points that are not positive."""
        if self.worth <= 0 or (self.at_most is not None and self.worth > self.at_most):
            yield ("worth",), Text("分值须大于 0 且不超过上限", "the points must be above 0 and within the most")


class ExtraChoice(Extra, frozen=True, tag="choice"):
    """Points by the value of a fact of kind `choice`; values not named bring nothing."""

    fact: str
    worth: dict[str, Decimal]

    def points(self) -> pl.Expr:
        """Return the points of the fact's value."""
        values = {value: figure(points) for value, points in self.worth.items()}
        return pl.col(self.fact).replace_strict(values, default=0, return_dtype=pl.Int64).fill_null(0)

    def named(self) -> Iterator[tuple[Path, str]]:
        """Name the fact."""
        yield ("fact",), self.fact

    def say(self) -> Text:
        """Say the points of the values."""
        worth = "/".join(plain(figure(points)) for points in self.worth.values())
        return Text("{t}：{p} 分", "{t}: {p}").fill(t=self.title, p=worth)

    def check(self) -> Iterator[Fault]:
        """Refuse an empty table."""
        if not self.worth:
            yield ("worth",), Text("至少写一个取值", "at least one value is needed")


AnyExtra = ExtraWhen | ExtraEach | ExtraChoice


class Extras(Step, frozen=True, tag="extras"):
    """The sum of a list of bonus points, or of minus points, with a cap where one is stated; one column per entry.

    Gives `<name>.raw` (the plain sum, positive) and `<name>` (capped; negative where `sign` is `minus`).
    """

    entries: tuple[AnyExtra, ...]
    cap: Decimal | None = None
    sign: Literal["plus", "minus"] = "plus"

    def passes(self, sheet: Sheet) -> Passes:
        """Yield the entries, their sum, the capped sum."""
        yield [entry.points().alias(entry.code) for entry in self.entries]
        yield [
            pl.sum_horizontal([pl.col(entry.code) for entry in self.entries]).cast(pl.Int64).alias(f"{self.name}.raw")
        ]
        raw = pl.col(f"{self.name}.raw")
        capped = raw if self.cap is None else raw.clip(upper_bound=figure(self.cap))
        yield [(capped if self.sign == "plus" else -capped).alias(self.name)]

    def needs(self) -> Iterator[tuple[Path, str]]:
        """Need the counted facts of the entries."""
        yield from self._named(ExtraEach)

    def keys(self) -> Iterator[tuple[Path, str]]:
        """Need the facts by whose values entries bring points."""
        yield from self._named(ExtraChoice)

    def _named(self, kind: type[Extra]) -> Iterator[tuple[Path, str]]:
        for index, entry in enumerate(self.entries):
            if isinstance(entry, kind):
                for path, name in entry.named():
                    yield ("entries", index, *path), name

    def gives(self, sheet: Sheet) -> Mapping[str, Column]:
        """Give the capped sum, the plain sum and every entry."""
        return dict.fromkeys([self.name, f"{self.name}.raw", *(entry.code for entry in self.entries)], Column())

    def conditions(self) -> Iterator[tuple[Path, Condition]]:
        """Yield the conditions of the entries."""
        for index, entry in enumerate(self.entries):
            if isinstance(entry, ExtraWhen):
                yield ("entries", index, "when"), entry.when

    def say(self, titles: Mapping[str, Text]) -> Text:
        """Say the cap and list the entries."""
        head = self.head(titles)
        listed = [entry.say() for entry in self.entries]
        return Text(f"{head.zh}：" + "；".join(e.zh for e in listed), f"{head.en}: " + "; ".join(e.en for e in listed))

    def placed(self, row: Mapping[str, Any], titles: Mapping[str, Text]) -> Text | None:
        """Say what each entry brought, of how many, and what the cap took."""
        told = []
        for entry in self.entries:
            if row[entry.code]:
                count = plain(row[entry.fact]) if isinstance(entry, ExtraEach) else ""
                many = Text("（{n}）", " ({n})").fill(n=count) if count else Text("", "")
                one = Text("{t}{m} {p} 分", "{t}{m} {p}")
                told.append(one.fill(t=entry.title, m=many, p=plain(row[entry.code])))
        raw, counted = row[f"{self.name}.raw"], abs(row[self.name])
        if raw > counted:
            capped = Text("合计 {r}，按 {c} 计", "{r} in all, {c} counted").fill(r=plain(raw), c=plain(counted))
            told.append(capped)
        return Text("，".join(one.zh for one in told), ", ".join(one.en for one in told)) if told else None

    def head(self, titles: Mapping[str, Text]) -> Text:
        """Say the cap."""
        if self.cap is None:
            return Text("合计", "the sum")
        return Text("合计最多 {cap} 分", "at most {cap} in all").fill(cap=plain(figure(self.cap)))

    def tabled(self, titles: Mapping[str, Text]) -> Iterator[Branch]:
        """Yield the entries; every one that brought points was taken."""
        for entry in self.entries:
            sentence = entry.say()
            prefix_zh, prefix_en = f"{entry.title.zh}：", f"{entry.title.en}: "
            gives = Text(sentence.zh.removeprefix(prefix_zh), sentence.en.removeprefix(prefix_en))
            yield Branch(entry.title, gives, pl.col(entry.code) != 0)

    def check(self) -> Iterator[Fault]:
        """Yield what is wrong with the entries and the cap."""
        if self.cap is not None and self.cap <= 0:
            yield ("cap",), Text("上限须大于 0", "the cap must be above 0")
        for index, entry in enumerate(self.entries):
            yield from under(("entries", index), entry.check())
            yield from based(("entries", index), entry.basis)
