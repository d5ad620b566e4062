"""What single items and categories of the sheet earned over the rounds, alone, together, or how many earned enough."""

from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from redproperty.domain.bands import Band, stretch_faults
from redproperty.domain.faults import Fault, Path, repeated
from redproperty.domain.items import Item
from redproperty.domain.numbers import PLACES, UNIT, quotient
from redproperty.domain.sheets import Sheet
from redproperty.domain.steps.base import HUNDRED, Passes, titled, to_places
from redproperty.domain.steps.rounds import ROUNDS, Aggregate, number_faults, numbered, of_numbers
from redproperty.domain.texts import Text


class Points(Aggregate, frozen=True, kw_only=True, tag="points"):
    """The points of one item or category, or of several together, over the valid rounds; `of` is their code.

    So what a single item says can stop a star, as a prerequisite or a key item does: its lowest points in any round, or
    the latest. `share: true` gives the percentage of the full mark. Several codes are their items taken together: what
    they earn, and as a share of the full marks of those that apply in the round. With `numbers` only these rounds are
    looked at. Rounds in which nothing of it applied do not count; missing where fewer than `minimum` are left.

    With `lies` the items themselves are counted: those whose percentage of the full mark lies in the band, with `share`
    as a percentage of the items that apply (the share of clauses at level B or better).
    """

    of: str | tuple[str, ...]
    share: bool = False
    minimum: int = 1
    numbers: tuple[int, ...] = ()
    lies: Band | None = None

    def passes(self, sheet: Sheet) -> Passes:
        """Yield the aggregate of the list of points, as they are or as a percentage."""
        scores = pl.col(self._listed).list.drop_nulls()
        whole = self.over(self.name, scores)
        if self.share and isinstance(self.of, str) and self.lies is None:
            whole = quotient(whole.cast(pl.Int128) * HUNDRED, self._full(sheet, self.of), self.places, self.mode)
        yield self.before(self.name, scores)
        yield [pl.when(scores.list.len() >= max(self.minimum, 1)).then(whole).alias(self.name)]

    @property
    def _listed(self) -> str:
        plainly = isinstance(self.of, str) and not self.numbers and self.lies is None
        return f"{ROUNDS}.{self.of}" if plainly else f"{ROUNDS}.of.{self.name}"

    def _full(self, sheet: Sheet, code: str) -> int:
        item = sheet.by_code.get(code)
        return next(c.full_points for c in sheet.categories if c.code == code) if item is None else item.full_points

    def marks(self) -> Iterator[tuple[Path, str]]:
        """Look at the items or categories."""
        if isinstance(self.of, str):
            yield ("of",), self.of
        else:
            yield from ((("of", index), code) for index, code in enumerate(self.of))

    def marked(self, sheet: Sheet) -> Sequence[str]:
        """Return the code, or of several (and of those that are counted) the items that they are."""
        if isinstance(self.of, str) and self.lies is None:
            return [self.of]
        inside = {category.code: [item.code for item in category.items] for category in sheet.categories}
        return list(dict.fromkeys(code for _, one in self.marks() for code in inside.get(one, [one])))

    def of_round(self, sheet: Sheet) -> Mapping[str, pl.Expr]:
        """Return the points, their share, or the number of items of one round; null where none of them applies."""
        if isinstance(self.of, str) and self.lies is None:
            points = pl.col(f"{self.of}.points")
            return {self._listed: of_numbers(self.numbers, points)} if self.numbers else {}
        items = [sheet.by_code[code] for code in self.marked(sheet)]
        earned = pl.sum_horizontal([self._earned(item) for item in items]).cast(pl.Int64)
        there = [pl.when(pl.col(one.points_column).is_not_null()).then(pl.lit(self._possible(one))) for one in items]
        possible = pl.sum_horizontal(there).cast(pl.Int64)
        given = quotient(earned.cast(pl.Int128) * HUNDRED, possible, PLACES) if self.share else earned
        return {self._listed: of_numbers(self.numbers, pl.when(possible > 0).then(given))}

    def _earned(self, item: Item) -> pl.Expr:
        points = pl.col(item.points_column)
        if self.lies is None:
            return points
        rate = quotient(points.cast(pl.Int128) * HUNDRED, pl.lit(item.full_points), PLACES)
        return self.lies.holds(rate).cast(pl.Int64) * UNIT

    def _possible(self, item: Item) -> int:
        return item.full_points if self.lies is None else UNIT

    def say(self, titles: Mapping[str, Text]) -> Text:
        """Say the items, the aggregate and the number of rounds it takes."""
        text = Text(
            "{of}{what}：有效轮次的{how}，至少 {n} 轮", "{what} of {of}: {how} of the valid rounds, at least {n}"
        )
        what = Text("得分率（%）", "share of the full mark in %") if self.share else Text("得分", "points")
        names = [titled(code, titles) for _, code in self.marks()]
        listed = Text("、".join(one.zh for one in names), ", ".join(one.en for one in names))
        if self.lies is not None:
            text, what = _COUNTED, (_PART if self.share else _NUMBER).fill(b=self.lies.words())
        elif not isinstance(self.of, str):
            what = Text(f"合计{what.zh}", f"{what.en}, together,")
        listed = numbered(listed, self.numbers)
        said = text.fill(of=listed, what=what, how=self.how(), n=self.minimum)
        return to_places(said, self.places, self.mode) if self.share else self.rounded(said)

    def check(self) -> Iterator[Fault]:
        """Refuse an impossible number of rounds, no code, and a code twice."""
        if not self.of:
            yield ("of",), Text("至少写一个代码", "at least one code is needed")
        if not isinstance(self.of, str):
            yield from repeated(self.marks())
        yield from number_faults(self.numbers)
        if self.lies is not None:
            yield from ((("lies",), text) for _, text in stretch_faults(self.lies))
        yield from self.too_few(self.minimum)
        yield from super().check()


_COUNTED = Text(
    "{of}中{what}：有效轮次的{how}，至少 {n} 轮", "of the items of {of} {what}: {how} of the valid rounds, at least {n}"
)
_NUMBER = Text("得分率（%）{b}的项目数", "the number with {b} % of their full mark")
_PART = Text("得分率（%）{b}的项目占适用项目的百分比", "the percent with {b} % of their full mark")
