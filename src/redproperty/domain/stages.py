"""The stages between the cut-offs and the stars: category floors, vetoes, quotas, streaks.

A stage is one tagged class that turns the column of stars before it into one after it and says by name which of its
rules fired. Stages that only move stars on a condition are in `moves`; to add one, write the class and name it in
`stars.AnyStage`. Stars are small whole numbers, null where not rated.
"""

# ruff: noqa: ARG002 - every class answers the same questions, not every answer needs all that is told

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal

import msgspec
import polars as pl

from redproperty.domain.conditions import Condition
from redproperty.domain.faults import Fault, Path, suggest
from redproperty.domain.numbers import UNIT, divide, figure, plain
from redproperty.domain.sheets import Sheet
from redproperty.domain.texts import Text

HISTORY = "history"
HALF = Decimal("0.5")
HALVES = pl.Decimal(38, 1)  # the type of a column of stars where an edition gives half ones; else it is Int64


def past(back: int, of: str | None = None) -> str:
    """Return the column of a figure of an earlier period: the composite, or the one that `of` names."""
    return f"{HISTORY}.{back}" if of is None else f"{HISTORY}.{back}.{of}"


_COUNTS = {
    "floor": Text("不足一个不计", "rounded down"),
    "ceil": Text("不足一个按一个计", "rounded up"),
    "half_up": Text("四舍五入", "rounded half up"),
}
_TIES = {
    "out": Text("线上并列容不下的都不留", "of those tied at the line none stays unless all fit"),
    "in": Text("线上并列的都留", "all tied at the line stay"),
}


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What every rule on stars has: a code (its column), a title, a basis."""

    code: str
    title: Text
    basis: Text


class Gate(Rule, frozen=True, kw_only=True):
    """A floor per category: below `floor` percent of the full mark, at most `at_most` stars."""

    floor: Decimal
    at_most: Decimal
    categories: tuple[str, ...] = ()  # none named: every category

    def named(self, sheet: Sheet) -> tuple[str, ...]:
        """Return the codes of the categories that the gate looks at."""
        return self.categories or tuple(category.code for category in sheet.categories)

    def fires(self, sheet: Sheet) -> pl.Expr:
        """Return whether any of its categories is below the floor; a category that does not apply is not."""
        low = [pl.col(f"{code}.rate") < figure(self.floor) for code in self.named(sheet)]
        return pl.any_horizontal(low).fill_null(value=False)

    def say(self) -> Text:
        """Say floor and cap."""
        return Text("任一类别得分率低于 {f}% 的，最高 {s}", "at most {s} where a category is below {f} %").fill(
            f=plain(figure(self.floor)), s=_stars(self.at_most)
        )


class Effect(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A condition and the most stars that it leaves."""

    when: Condition
    at_most: Decimal


class Veto(Rule, frozen=True, kw_only=True):
    """One-vote veto or cap: the strictest effect that fires holds. How long an event counts its fact declares."""

    effects: tuple[Effect, ...]
    recovers: bool = False  # subsidy already paid for the period is claimed back

    def fires(self) -> pl.Expr:
        """Return whether any of its effects fires."""
        return pl.any_horizontal([effect.when.fires() for effect in self.effects])

    def ceiling(self) -> pl.Expr:
        """Return the most stars that the veto leaves, null where it does not fire; its own column must be there."""
        if len(self.effects) == 1:
            return pl.when(pl.col(self.code)).then(lit(self.effects[0].at_most))
        return pl.min_horizontal([pl.when(effect.when.fires()).then(lit(effect.at_most)) for effect in self.effects])

    def say(self, titles: Mapping[str, Text]) -> Text:
        """Say conditions and ceilings."""
        parts = [
            Text("凡{when}，最高 {s}", "at most {s} if {when}").fill(when=e.when.say(titles), s=_stars(e.at_most))
            for e in self.effects
        ]
        return Text("；".join(part.zh for part in parts), "; ".join(part.en for part in parts))


class Stage(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind"):
    """What every stage can do. `before` is the column of stars that it starts from; it gives `column`."""

    @property
    def column(self) -> str:
        """Return the name of the column of stars after the stage."""
        raise NotImplementedError

    def passes(self, before: str, figure_name: str, sheet: Sheet) -> Iterator[list[pl.Expr]]:
        """Yield the stage's columns, pass by pass; the last holds `column`."""
        raise NotImplementedError

    def fired(self) -> tuple[str, ...]:
        """Return the codes of its rules: Boolean columns, true where the rule holds for the estate."""
        raise NotImplementedError

    def compares(self) -> tuple[str, ...]:
        """Return its columns that depend on other estates."""
        return ()

    def conditions(self) -> Iterator[tuple[Path, Condition]]:
        """Yield the conditions of the stage with their paths."""
        yield from ()

    def needs(self) -> Iterator[tuple[Path, str]]:
        """Yield the earlier figures that stand for its numbers, with their paths."""
        yield from ()

    def rules(self) -> Iterator[tuple[Path, Rule]]:
        """Yield the rules of the stage with their paths."""
        raise NotImplementedError

    def sentences(self, titles: Mapping[str, Text]) -> Iterator[tuple[str, Text]]:
        """Yield code and sentence of every rule; `titles` names facts and figures."""
        raise NotImplementedError

    def check(self, sheet: Sheet, stars: frozenset[Decimal]) -> Iterator[Fault]:
        """Yield what is wrong within the stage."""
        yield from ()


class Gates(Stage, frozen=True, tag="gates"):
    """Floors per category."""

    gates: tuple[Gate, ...]

    @property
    def column(self) -> str:
        """Return `stars.gates`."""
        return "stars.gates"

    def passes(self, before: str, figure_name: str, sheet: Sheet) -> Iterator[list[pl.Expr]]:
        """Yield which gates fire, then the capped stars."""
        yield [gate.fires(sheet).alias(gate.code) for gate in self.gates]
        caps = [pl.when(pl.col(gate.code)).then(lit(gate.at_most)) for gate in self.gates]
        yield [capped(before, caps).alias(self.column)]

    def fired(self) -> tuple[str, ...]:
        """Return the codes of the gates."""
        return tuple(gate.code for gate in self.gates)

    def sentences(self, titles: Mapping[str, Text]) -> Iterator[tuple[str, Text]]:
        """Yield the gates' sentences."""
        yield from ((gate.code, gate.say()) for gate in self.gates)

    def rules(self) -> Iterator[tuple[Path, Rule]]:
        """Yield the gates."""
        for index, gate in enumerate(self.gates):
            yield ("gates", index), gate

    def check(self, sheet: Sheet, stars: frozenset[Decimal]) -> Iterator[Fault]:
        """Refuse unknown categories, floors that are no percentage, stars that no cut-off gives."""
        known = {category.code for category in sheet.categories}
        for index, gate in enumerate(self.gates):
            yield from known_star(("gates", index, "at_most"), gate.at_most, stars)
            if not 0 <= gate.floor <= 100:  # noqa: PLR2004 - percent
                yield ("gates", index, "floor"), Text("最低线须在 0 到 100 之间", "a floor lies between 0 and 100")
            for position, code in enumerate(gate.categories):
                if code not in known:
                    text = Text("没有“{code}”这一类别", "there is no category “{code}”").fill(code=code)
                    yield ("gates", index, "categories", position), suggest(text, code, sorted(known))


class Vetoes(Stage, frozen=True, tag="vetoes"):
    """One-vote vetoes and caps; of several the strictest wins and all are listed."""

    vetoes: tuple[Veto, ...]

    @property
    def column(self) -> str:
        """Return `stars.vetoes`."""
        return "stars.vetoes"

    def passes(self, before: str, figure_name: str, sheet: Sheet) -> Iterator[list[pl.Expr]]:
        """Yield which vetoes fire, then the capped stars."""
        yield [veto.fires().alias(veto.code) for veto in self.vetoes]
        yield [capped(before, [veto.ceiling() for veto in self.vetoes]).alias(self.column)]

    def fired(self) -> tuple[str, ...]:
        """Return the codes of the vetoes."""
        return tuple(veto.code for veto in self.vetoes)

    def conditions(self) -> Iterator[tuple[Path, Condition]]:
        """Yield the conditions of all effects."""
        for index, veto in enumerate(self.vetoes):
            for position, effect in enumerate(veto.effects):
                yield ("vetoes", index, "effects", position, "when"), effect.when

    def sentences(self, titles: Mapping[str, Text]) -> Iterator[tuple[str, Text]]:
        """Yield the vetoes' sentences."""
        yield from ((veto.code, veto.say(titles)) for veto in self.vetoes)

    def rules(self) -> Iterator[tuple[Path, Rule]]:
        """Yield the vetoes."""
        for index, veto in enumerate(self.vetoes):
            yield ("vetoes", index), veto

    def check(self, sheet: Sheet, stars: frozenset[Decimal]) -> Iterator[Fault]:
        """Refuse vetoes without effect and stars that no cut-off gives."""
        for index, veto in enumerate(self.vetoes):
            if not veto.effects:
                yield ("vetoes", index, "effects"), Text("至少写一个后果", "at least one effect is needed")
            for position, effect in enumerate(veto.effects):
                path = ("vetoes", index, "effects", position)
                yield from known_star((*path, "at_most"), effect.at_most, stars)


def in_turn(place: pl.Expr, then: Sequence[str]) -> pl.Expr:
    """Return places (1 is first, equals alike) with equals told apart by the figures of `then`, the higher first."""
    for name in then:
        last = pl.len().cast(pl.Int64) + 1  # an unknown figure comes last
        after = pl.col(name).rank("dense", descending=True).cast(pl.Int64).fill_null(last)
        place = (place * (last + 1) + after).rank("dense").cast(pl.Int64)
    return place


class Quota(Stage, frozen=True, tag="quota"):
    """At most `ratio` percent of a group's rated estates keep the `star`, or the best `seats`; the others fall to `to`.

    `count` rounds the number of places, of which there are `at_least` so many. Of those tied at the line all stay only
    where all fit (`ties: out`), or all stay once one does (`ties: in`). The others fall to the next star below; further
    only where the edition says that it means it (`overtaken: true`), for then fewer points can stand better. Equal
    composites are told apart by the figures of `then`, the higher first.
    Gives `<code>.places`, `<code>.rank` and `<code>` (true where it took the star).
    """

    rule: Rule
    star: Decimal
    to: Decimal
    by: tuple[str, ...]
    count: Literal["floor", "ceil", "half_up"]
    ties: Literal["out", "in"]
    ratio: Decimal | None = None
    seats: int | None = None
    at_least: int = 0
    overtaken: bool = False
    then: tuple[str, ...] = ()

    @property
    def column(self) -> str:
        """Return `stars.quota.<code>`."""
        return f"stars.quota.{self.rule.code}"

    def passes(self, before: str, figure_name: str, sheet: Sheet) -> Iterator[list[pl.Expr]]:
        """Yield places and rank within the group, then who lost the star, then the stars."""
        code, group = self.rule.code, list(self.by)
        rated = pl.col(before).is_not_null().cast(pl.Int64)
        asks = pl.col(before) >= lit(self.star)
        place = in_turn(pl.col(figure_name).rank("dense", descending=True).cast(pl.Int64), self.then)
        rank = pl.when(asks).then(place).rank("max" if self.ties == "out" else "min")
        places = self._places(rated)
        if group:
            places, rank = places.over(group), rank.over(group)
        yield [places.alias(f"{code}.places"), rank.cast(pl.Int64).alias(f"{code}.rank")]
        lost = (pl.col(f"{code}.rank") > pl.col(f"{code}.places")).fill_null(value=False)
        yield [lost.alias(code)]
        yield [pl.when(pl.col(code)).then(lit(self.to)).otherwise(pl.col(before)).alias(self.column)]

    def _places(self, rated: pl.Expr) -> pl.Expr:
        if self.seats is not None:
            return pl.lit(self.seats, pl.Int64) + rated.sum() * 0  # one number per group, as the ratio gives
        share = divide(rated.sum().cast(pl.Int128) * figure(self.ratio or Decimal(0)), 100 * UNIT, self.count)
        return share.clip(lower_bound=self.at_least) if self.at_least else share

    def needs(self) -> Iterator[tuple[Path, str]]:
        """Need the figures that break ties."""
        yield from ((("then", index), name) for index, name in enumerate(self.then))

    def fired(self) -> tuple[str, ...]:
        """Return the quota's code."""
        return (self.rule.code,)

    def compares(self) -> tuple[str, ...]:
        """Return places and rank."""
        return f"{self.rule.code}.places", f"{self.rule.code}.rank"

    def sentences(self, titles: Mapping[str, Text]) -> Iterator[tuple[str, Text]]:
        """Yield the quota's sentence."""
        groups = [titles.get(name, Text(name, name)) for name in self.by]
        text = Text(
            "{by} {star} 星不超过{many}{rounding}，超出的按 {to} 星；{ties}",
            "{by} at most {many} get {star} stars{rounding}, the others {to}; {ties}",
        )
        least = Text("，至少 {n} 个", ", at least {n}").fill(n=self.at_least) if self.at_least else Text("", "")
        rounding = Text("（{count}{least}）", " ({count}{least})").fill(count=_COUNTS[self.count], least=least)
        many = Text("参评小区的 {ratio}%", "{ratio} % of the rated estates")
        many = many.fill(ratio=plain(figure(self.ratio or Decimal(0))))
        if self.seats is not None:
            rounding, many = Text("", ""), Text(" {n} 个", "{n}").fill(n=self.seats)
        yield (
            self.rule.code,
            text.fill(
                by=_within(groups),
                star=counted(self.star),
                to=counted(self.to),
                many=many,
                rounding=rounding,
                ties=self._ties(titles),
            ),
        )

    def _ties(self, titles: Mapping[str, Text]) -> Text:
        if not self.then:
            return _TIES[self.ties]
        names = [titles.get(name, Text(name, name)) for name in self.then]
        listed = Text("、".join(one.zh for one in names), ", ".join(one.en for one in names))
        text = Text("同分的依次比较{t}，高者在前；{ties}", "equal composites: the higher {t}; {ties}")
        return text.fill(t=listed, ties=_TIES[self.ties])

    def placed(self, row: Mapping[str, Any], sentence: Text) -> Text:
        """Return `sentence` with places and rank of a settled row; unchanged for one that does not compete."""
        rank = row[f"{self.rule.code}.rank"]
        if rank is None:
            return sentence
        text = Text("{s}。本组名额 {p} 个，本小区排第 {r}", "{s}. Places in the group: {p}; rank of this estate: {r}")
        return text.fill(s=sentence, p=row[f"{self.rule.code}.places"], r=rank)

    def rules(self) -> Iterator[tuple[Path, Rule]]:
        """Yield the one rule."""
        yield ("rule",), self.rule

    def check(self, sheet: Sheet, stars: frozenset[Decimal]) -> Iterator[Fault]:
        """Refuse impossible ratios and stars, and a fall past a star that others keep."""
        yield from known_star(("star",), self.star, stars)
        yield from known_star(("to",), self.to, stars)
        if (self.ratio is None) == (self.seats is None):
            yield (), Text("ratio 与 seats 写且只写一个", "state either ratio or seats")
        if self.ratio is not None and not 0 <= self.ratio <= 100:  # noqa: PLR2004 - percent
            yield ("ratio",), Text("比例须在 0 到 100 之间", "the ratio lies between 0 and 100")
        for key, number in (("seats", self.seats or 0), ("at_least", self.at_least)):
            if number < 0:
                yield (key,), Text("不能为负", "cannot be negative")
        if self.seats is not None and self.at_least:
            yield ("at_least",), Text("只与 ratio 同写", "stands only beside ratio")
        if self.to >= self.star:
            yield ("to",), Text("须低于 star", "must be below star")
            return
        between = max((star for star in stars if star < self.star), default=self.to)
        if self.to < between and not self.overtaken:
            text = Text(
                "落选的降到 {to} 星，会比分数更低、本来就是 {between} 星的小区还低；确要如此的写 overtaken: true",
                "who loses the star falls to {to}, below estates with fewer points that have {between} stars; "
                "where that is meant state overtaken: true",
            )
            yield ("to",), text.fill(to=counted(self.to), between=counted(between))


class Streak(Stage, frozen=True, tag="streak"):
    """A composite below `below` for `periods` periods in a row takes stars away or calls for an act.

    The row counts back from the previous period, or with `includes_current` from the present one. A period without a
    composite ends the row.
    """

    rule: Rule
    below: Decimal
    periods: int
    includes_current: bool = False
    stars_down: Decimal = Decimal(0)
    calls_for: Text | None = None

    @property
    def column(self) -> str:
        """Return `stars.streak.<code>`."""
        return f"stars.streak.{self.rule.code}"

    def reaches_back(self) -> int:
        """Return how many earlier periods the rule looks at."""
        return self.periods - int(self.includes_current)

    def passes(self, before: str, figure_name: str, sheet: Sheet) -> Iterator[list[pl.Expr]]:
        """Yield whether the row is complete, then the stars."""
        earlier = [f"{HISTORY}.{back}" for back in range(1, self.reaches_back() + 1)]
        names = [figure_name, *earlier] if self.includes_current else earlier
        low = [pl.col(name) < figure(self.below) for name in names]
        yield [pl.all_horizontal(low).fill_null(value=False).alias(self.rule.code)]
        fallen = (pl.col(before) - lit(self.stars_down)).clip(lower_bound=0)
        yield [pl.when(pl.col(self.rule.code)).then(fallen).otherwise(pl.col(before)).alias(self.column)]

    def fired(self) -> tuple[str, ...]:
        """Return the streak's code."""
        return (self.rule.code,)

    def sentences(self, titles: Mapping[str, Text]) -> Iterator[tuple[str, Text]]:
        """Yield the streak's sentence."""
        text = Text("{when}连续 {n} 期低于 {below} 分的，{then}", "{when} {n} periods in a row below {below}: {then}")
        down = Text("降 {n} 星", "one star down" if self.stars_down == 1 else "{n} stars down").fill(
            n=counted(self.stars_down)
        )
        then = [*([down] if self.stars_down else []), *([self.calls_for] if self.calls_for is not None else [])]
        yield (
            self.rule.code,
            text.fill(
                when=Text("含本期", "this period included,")
                if self.includes_current
                else Text("本期之前", "before this,"),
                n=self.periods,
                below=plain(figure(self.below)),
                then=Text("，".join(part.zh for part in then), ", ".join(part.en for part in then)),
            ),
        )

    def rules(self) -> Iterator[tuple[Path, Rule]]:
        """Yield the one rule."""
        yield ("rule",), self.rule

    def check(self, sheet: Sheet, stars: frozenset[Decimal]) -> Iterator[Fault]:
        """Refuse a streak of nothing and one without effect."""
        if self.periods < 1:
            yield ("periods",), Text("至少一期", "at least one period")
        if self.stars_down < 0 or self.stars_down % HALF:
            yield ("stars_down",), Text("须是整星或半星，不能为负", "whole or half stars, none below 0")
        if not self.stars_down and self.calls_for is None:
            yield (), Text("写明 stars_down 或 calls_for", "state stars_down or calls_for")


def capped(before: str, caps: Sequence[pl.Expr]) -> pl.Expr:
    """Return the stars before, at most the least of `caps`."""
    # min_horizontal skips nulls, so an estate without a star must be kept apart
    return pl.when(pl.col(before).is_not_null()).then(pl.min_horizontal([pl.col(before), *caps]))


def _within(groups: Sequence[Text]) -> Text:
    if not groups:
        return Text("全区", "in the district")
    named = Text("、".join(group.zh for group in groups), ", ".join(group.en for group in groups))
    return Text("每个{by}内", "of each {by}").fill(by=named)


def lit(stars: Decimal) -> pl.Expr:
    """Return a number of stars as an expression that fits whole and half ones."""
    return pl.lit(int(stars), pl.Int64) if stars == int(stars) else pl.lit(stars, HALVES)


def counted(stars: Decimal) -> str:
    """Return a number of stars in plain digits: 4, 3.5."""
    return plain(figure(stars))


def known_star(path: Path, star: Decimal, stars: frozenset[Decimal]) -> Iterator[Fault]:
    """Refuse stars that no cut-off gives."""
    if star not in stars:
        yield path, Text("没有 {star} 星这一档", "no cut-off gives {star} stars").fill(star=counted(star))


def _stars(count: Decimal) -> Text:
    return Text("{n} 星", "{n} star" if count == 1 else "{n} stars").fill(n=counted(count))
