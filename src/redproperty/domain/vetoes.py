"""Vetoes on points (一票否决、限分): what an event or a failed item does to items, to categories or to the whole score.

Those of `rating.yaml` act on stars, those of the subsidy on payment; these act on the sheet of each inspection. How
long an event counts its fact declares (`lasts`).
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal

import msgspec
import polars as pl

from redproperty.domain.conditions import Condition
from redproperty.domain.faults import Fault, Path, based, suggest
from redproperty.domain.numbers import UNIT, figure, plain
from redproperty.domain.texts import Text

HUNDRED = 100


class PointsVeto(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where `when` holds, its items or categories, or with neither the score, get `at_most` percent of their full mark.

    The condition looks at facts and at `<item>.points`; one on the score at `<category>.points`, too, as the other
    vetoes have left them. A condition that cannot be known does not fire. Of several the strictest holds.
    """

    code: str
    title: Text
    basis: Text
    when: Condition
    items: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    at_most: Decimal = Decimal(0)

    @property
    def on_score(self) -> bool:
        """Whether it is the score that it limits."""
        return not self.items and not self.categories

    def fires(self) -> pl.Expr:
        """Return whether it fires, under its code."""
        return self.when.fires().alias(self.code)

    def most(self, full: int) -> int:
        """Return the most points that it leaves of a full mark (millionths, what is below one is dropped)."""
        return full * figure(self.at_most) // (HUNDRED * UNIT)

    def words(self, what: Text) -> Text:
        """Say what becomes of an item, a category or the score."""
        if not self.at_most:
            return Text("{what}不得分", "{what}: no points").fill(what=what)
        text = Text("{what}最高得满分的 {p}%", "{what}: at most {p} % of the full mark")
        return text.fill(what=what, p=plain(figure(self.at_most)))

    def say(self, titles: Mapping[str, Text]) -> Text:
        """Say condition and effect; `titles` names facts, items and categories."""
        named = [titles.get(code, Text(code, code)) for code in (*self.items, *self.categories)]
        listed = Text("、".join(f"“{one.zh}”" for one in named), ", ".join(f"“{one.en}”" for one in named))
        does = self.words(listed if named else Text("本次检查", "the inspection"))
        return Text("凡{when}，{does}", "{does} if {when}").fill(when=self.when.say(titles), does=does)

    def check(self, items: Mapping[str, object], categories: Mapping[str, object]) -> Iterator[Fault]:
        """Yield what is wrong with it: percent, scope, what its condition looks at."""
        yield from based((), self.basis)
        if not 0 <= self.at_most < HUNDRED:
            yield ("at_most",), Text("须不小于 0 且小于 100（%）", "from 0 to below 100 (%)")
        if self.items and self.categories:
            text = Text("items 与 categories 只写一个；都不写为整次检查的得分", "state items or categories, or neither")
            yield ("categories",), text
        yield from _unknown("items", self.items, items)
        yield from _unknown("categories", self.categories, categories)
        seen = [f"{code}.points" for code in (*items, *(categories if self.on_score else ()))]
        for leaf in self.when.leaves():
            if leaf.figure is not None and leaf.figure not in seen:
                text = Text("此处没有“{n}”这个数", "there is no figure “{n}” here").fill(n=leaf.figure)
                yield ("when",), suggest(text, leaf.figure, seen)


def _unknown(key: str, codes: tuple[str, ...], known: Mapping[str, object]) -> Iterator[Fault]:
    for position, code in enumerate(codes):
        if code not in known:
            path: Path = (key, position)
            yield path, suggest(Text("没有“{c}”", "there is no “{c}”").fill(c=code), code, known)
