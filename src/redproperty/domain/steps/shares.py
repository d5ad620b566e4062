"""A pot divided among estates so that the parts add up to it exactly: by largest remainder or by highest averages.

Everything is counted in whole units of the pot (a fen unless the step says otherwise), so nothing is lost to rounding.
"""

# ruff: noqa: ARG002 - every class answers the same questions, not every answer needs all that is told

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal

import polars as pl

from redproperty.domain.faults import Fault, Path
from redproperty.domain.numbers import divide, figure, plain
from redproperty.domain.operands import Column, Operand, held, named, worded
from redproperty.domain.sheets import Sheet
from redproperty.domain.steps.base import no_absence, titled
from redproperty.domain.steps.cohorts import Counted
from redproperty.domain.texts import Text

FEN = Decimal("0.01")
_FINE = 10**15  # positions and averages are compared to so many parts of a unit
_CODES = ("estate_code", "estate_id", "tenure_id")  # what breaks the last ties, as far as it is there
_METHODS = {
    "largest_remainder": Text("按最大余数法", "by largest remainder"),
    "dhondt": Text("按最高均数法（除数 1、2、3……）", "by highest averages (divisors 1, 2, 3 …)"),
    "sainte_lague": Text("按最高均数法（除数 1、3、5……）", "by highest averages (divisors 1, 3, 5 …)"),
    "in_order": Text("由高到低依次给足，给完为止", "from the highest down, each in full until nothing is left"),
}
_ROW, _GROUP, _WEIGHT, _LEAST, _MOST, _POT = "_row", "_group", "_weight", "_least", "_most", "_pot"
_ASKED = "_asked"


class Share(Counted, frozen=True, kw_only=True, tag="share"):
    """A pot divided in proportion to a weight, each group its own; gives `<name>.rest`, what of the pot stays, too.

    The parts are whole multiples of `unit` and add up to the pot. With `largest_remainder` everyone gets the whole
    units of the exact part and the units left over go to the largest remainders; with `dhondt` and `sainte_lague` unit
    after unit goes to the highest average. Ties go to the higher figure of `then`, at last by code.

    Nobody gets less than `at_least` (guarantees first) or more than `at_most`; what that moves is shared by the others
    in proportion. Where the pot does not cover the guarantees it is divided in proportion to them; where all have
    reached `at_most` the rest stays in the pot, as where nobody has a weight. Who is not `among` the members gets 0;
    missing where the weight is. A pot that is a figure is the highest of the group. With `once_per` a company has
    one part, by weight and ends of its first estate, and all its estates show it.
    """

    pot: Operand
    weight: str
    unit: Decimal = FEN
    method: Literal["largest_remainder", "dhondt", "sainte_lague", "in_order"] = "largest_remainder"
    last: Literal["part", "nothing"] = "part"
    at_least: Operand | None = None
    at_most: Operand | None = None
    then: tuple[str, ...] = ()

    def apply(self, frame: pl.DataFrame, sheet: Sheet) -> pl.DataFrame:
        """Return `frame` with everyone's part and what stays of the pot."""
        for chosen in self.chosen(self.members(self.weight)):
            frame = frame.with_columns(chosen)
        parts = self._parts(self._members(frame))
        given = parts.select(_ROW, _given=pl.col("_given") * figure(self.unit))
        shares = frame.with_row_index(_ROW).join(given, on=_ROW, how="left", maintain_order="left")
        rest = self._whole(held(self.pot).max()) - self._whole(pl.col("_given").sum())
        part = pl.when(pl.col(self.weight).is_not_null()).then(self._spread().fill_null(0))
        return shares.with_columns(part.alias(self.name), rest.alias(f"{self.name}.rest")).drop(_ROW, "_given")

    def _parts(self, members: pl.DataFrame) -> pl.DataFrame:
        if self.method == "largest_remainder":
            return self._by_remainder(members)
        return self._in_order(members) if self.method == "in_order" else self._by_averages(members)

    def _spread(self) -> pl.Expr:
        """Return what each was given, or its company (street …) where that counts once."""
        given = pl.col("_given")
        if not self.once_per:
            return given
        return pl.when(self.members(self.weight)).then(given.max().over([*self.by, *self.once_per]))

    def _whole(self, value: pl.Expr) -> pl.Expr:
        return value.over(list(self.by)) if self.by else value

    def _members(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return who shares: row, group, weight in millionths, pot and ends in units, what breaks ties."""
        unit = figure(self.unit)
        pot = divide(self._whole(held(self.pot).max()), unit, "floor").fill_null(0).clip(lower_bound=0)
        least = pl.lit(0) if self.at_least is None else divide(held(self.at_least), unit, "ceil").fill_null(0)
        asked = pl.lit(None, pl.Int64) if self.at_most is None else divide(held(self.at_most), unit, "floor")
        most = asked.fill_null(pot)
        codes = [name for name in _CODES if name in frame.columns]
        numbered = frame.with_row_index(_ROW).with_columns(
            self._whole(pl.col(_ROW).min()).alias(_GROUP),
            pot.alias(_POT),
            least.alias(_LEAST),
            most.alias(_MOST),
            asked.fill_null(0).clip(lower_bound=0).alias(_ASKED),
        )
        weight = pl.col(self.weight).clip(lower_bound=0)
        ends = pl.col(_MOST).clip(lower_bound=0)
        kept = numbered.filter(self.counted(self.members(self.weight))).select(
            _ROW,
            _GROUP,
            weight.cast(pl.Int128).alias(_WEIGHT),
            pl.col(_POT).cast(pl.Int128),
            pl.min_horizontal(pl.col(_LEAST).clip(lower_bound=0), ends).cast(pl.Int128).alias(_LEAST),
            pl.min_horizontal(ends, _POT).cast(pl.Int128).alias(_MOST),
            pl.when(weight > 0).then(_ASKED).otherwise(0).cast(pl.Int128).alias(_ASKED),
            *((-pl.col(name)).fill_null(2**62).alias(f"_then{at}") for at, name in enumerate(self.then)),
            *(pl.col(name).alias(f"_code{at}") for at, name in enumerate(codes)),
        )
        nobody_gets_more = pl.when(pl.col(_WEIGHT) == 0).then(_LEAST).otherwise(pl.max_horizontal(_LEAST, _MOST))
        return kept.with_columns(nobody_gets_more.alias(_MOST))

    def _ties(self, frame: pl.DataFrame) -> list[str]:
        return [name for name in frame.columns if name.startswith(("_then", "_code"))] + [_ROW]

    def _by_remainder(self, members: pl.DataFrame) -> pl.DataFrame:
        short = pl.col(_LEAST).sum().over(_GROUP) > pl.col(_POT)
        full = pl.col(_MOST).sum().over(_GROUP) <= pl.col(_POT)
        lines = members.with_columns(short.alias("_short"), full.alias("_full"))
        lines = lines.join(_levels(lines.filter(~(pl.col("_short") | pl.col("_full")))), on=_GROUP, how="left")
        counts = pl.when("_short").then(_LEAST).otherwise(_WEIGHT)
        over = pl.when("_short").then(pl.col(_LEAST).sum().over(_GROUP)).otherwise("_slope")
        exact = counts * (pl.col(_POT) - pl.when("_short").then(0).otherwise("_fixed"))
        over = pl.when(over > 0).then(over)
        lines = lines.with_columns((exact // over).alias("_floor"), (exact % over).alias("_rest"))
        held_to = pl.max_horizontal(_LEAST, pl.min_horizontal("_floor", _MOST))
        given = pl.when("_full").then(_MOST).when("_short").then("_floor").otherwise(held_to)
        free = ~pl.col("_full") & (pl.col("_floor") >= pl.when("_short").then(0).otherwise(_LEAST))
        free = free & (pl.col("_floor") < pl.col(_MOST))
        lines = lines.with_columns(given.alias("_given"), free.fill_null(value=False).alias("_free"))
        order = [_GROUP, "_free", "_rest", *self._ties(members)]
        down = [name in {"_free", "_rest"} for name in order]
        left = pl.col(_POT) - pl.col("_given").sum().over(_GROUP)
        extra = pl.col("_free") & (pl.int_range(pl.len()).over(_GROUP) < left)
        ranked = lines.sort(order, descending=down).with_columns(extra.alias("_extra"))
        return ranked.select(_ROW, _given=(pl.col("_given") + pl.col("_extra").cast(pl.Int128)).cast(pl.Int64))

    def _by_averages(self, members: pl.DataFrame) -> pl.DataFrame:
        """Give unit after unit to the highest average; only the units near the exact part are tried one by one."""
        first = 2 if self.method == "dhondt" else 1  # twice the first divisor; the next ones are 2 apart
        some = members.filter(pl.col(_WEIGHT) > 0)
        whole, size = pl.col(_WEIGHT).sum().over(_GROUP), pl.len().over(_GROUP).cast(pl.Int128)
        low = pl.col(_WEIGHT) * (2 * pl.col(_POT) - size * (2 - first)) + (2 - first) * whole
        high = pl.col(_WEIGHT) * (2 * pl.col(_POT) + size * first) + (2 - first) * whole
        some = some.with_columns(
            (low // (2 * whole)).clip(lower_bound=0).cast(pl.Int64).alias("_sure"),
            (high // (2 * whole)).cast(pl.Int64).alias("_tried"),
        )
        left = (pl.col(_POT) - pl.col("_sure").sum().over(_GROUP)).alias("_left")
        tries = some.with_columns(left, pl.int_ranges("_sure", "_tried").alias("_unit")).explode("_unit")
        tries = tries.drop_nulls("_unit").with_columns(
            (pl.col(_WEIGHT) * _FINE // (2 * pl.col("_unit") + first)).alias("_average")
        )
        order = [_GROUP, "_average", *self._ties(members)]
        ranked = tries.sort(order, descending=[name == "_average" for name in order])
        won = ranked.filter(pl.int_range(pl.len()).over(_GROUP) < pl.col("_left"))
        more = won.group_by(_ROW).agg(pl.len().cast(pl.Int64).alias("_more"))
        given = (pl.col("_sure") + pl.col("_more").fill_null(0)).alias("_given")
        return some.join(more, on=_ROW, how="left").select(_ROW, given)

    def _in_order(self, members: pl.DataFrame) -> pl.DataFrame:
        order = [_GROUP, _WEIGHT, *self._ties(members)]
        queue = members.sort(order, descending=[name == _WEIGHT for name in order])
        left = pl.col(_POT) - (pl.col(_ASKED).cum_sum() - pl.col(_ASKED)).over(_GROUP)
        cut = left.clip(lower_bound=0) if self.last == "part" else pl.lit(0, pl.Int128)
        given = pl.when(pl.col(_ASKED) <= left).then(pl.col(_ASKED)).otherwise(cut)
        return queue.select(_ROW, _given=given.cast(pl.Int64))

    def made_of(self, sheet: Sheet) -> Mapping[str, Sequence[str]]:
        """Return what it needs for the part, the part and the pot for what stays."""
        named_here = [name for _, name in (*self.needs(), *self.keys())]
        asked = [name for _, condition in self.conditions() for name in condition.needs()]
        once = {name: [*named_here, *asked] for name in super().gives(sheet)}
        return {self.name: [*named_here, *asked], f"{self.name}.rest": [self.name, *named_here], **once}

    def needs(self) -> Iterator[tuple[Path, str]]:
        """Need the weight, what breaks ties, and pot and ends that are figures."""
        yield ("weight",), self.weight
        yield from ((("then", index), name) for index, name in enumerate(self.then))
        for key in ("pot", "at_least", "at_most"):
            yield from named((key,), getattr(self, key))

    def gives(self, sheet: Sheet) -> Mapping[str, Column]:
        """Give the part and what stays of the pot."""
        return {self.name: Column(), f"{self.name}.rest": Column(), **super().gives(sheet)}

    def say(self, titles: Mapping[str, Text]) -> Text:
        """Say the pot, the weight, the ends and the method."""
        text = Text(
            "{pot}在{w}内按{weight}分配，{m}，以 {u} 为单位",
            "{pot} shared within {w} by {weight}, {m}, in units of {u}",
        )
        said = text.fill(
            pot=worded(self.pot, titles),
            w=self.whole(titles),
            weight=titled(self.weight, titles),
            m=_METHODS[self.method],
            u=plain(figure(self.unit)),
        )
        if self.last == "nothing":
            said = Text("{s}，不够给足的和其后的不给", "{s}, nothing for whom not enough is left").fill(s=said)
        if self.at_least is not None:
            said = Text("{s}；每个不少于 {e}", "{s}; each at least {e}").fill(s=said, e=worded(self.at_least, titles))
        if self.at_most is not None:
            said = Text("{s}；每个不多于 {e}", "{s}; each at most {e}").fill(s=said, e=worded(self.at_most, titles))
        return said

    def placed(self, row: Mapping[str, Any], titles: Mapping[str, Text]) -> Text | None:
        """Say what stays in the pot."""
        rest = row[f"{self.name}.rest"]
        return Text("分后余 {r}", "left in the pot: {r}").fill(r=plain(rest)) if rest else None

    def check(self) -> Iterator[Fault]:
        """Refuse an impossible unit, a pot that is missing or negative, reversed ends and ends with averages."""
        if self.unit <= 0:
            yield ("unit",), Text("单位须大于 0", "the unit must be above 0")
        if isinstance(self.pot, Decimal) and self.pot < 0:
            yield ("pot",), Text("不能为负", "cannot be negative")
        for key in ("pot", "at_least", "at_most"):
            yield from no_absence((key,), getattr(self, key))
        averages = self.method in {"dhondt", "sainte_lague"}
        if (averages and self.at_most is not None) or (
            self.method != "largest_remainder" and self.at_least is not None
        ):
            text = Text("上下限只与 largest_remainder 同写", "ends stand only beside largest_remainder")
            yield ("method",), text
        if self.method == "in_order" and self.at_most is None:
            text = Text("in_order 须写 at_most：每个给足是多少", "in_order needs at_most: what each gets in full")
            yield ("at_most",), text
        if self.method != "in_order" and self.last != "part":
            yield ("last",), Text("只与 in_order 同写", "only beside in_order")
        low, high = self.at_least, self.at_most
        if isinstance(low, Decimal) and isinstance(high, Decimal) and low > high:
            yield ("at_least",), Text("上下限写反了", "the ends are reversed")


def _levels(lines: pl.DataFrame) -> pl.DataFrame:
    """Return per group what is fixed at an end and the sum of the weights that share the rest of the pot.

    As the level rises from zero, a member leaves `_least` at least ÷ weight and stops at most ÷ weight. The level
    searched is the one at which all together take the pot, so it lies after the last of these points that takes less.
    """
    some = lines.filter(pl.col(_WEIGHT) > 0)

    def point(end: str, fixed: pl.Expr, slope: pl.Expr) -> pl.DataFrame:
        columns = (pl.col(end).alias("_at"), fixed.alias("_fixed"), slope.alias("_slope"))
        return some.select(_GROUP, _WEIGHT, *columns)

    weight = pl.col(_WEIGHT)
    points = pl.concat([point(_LEAST, 0 - pl.col(_LEAST), weight), point(_MOST, pl.col(_MOST), 0 - weight)])
    whole = lines.group_by(_GROUP).agg(pl.col(_LEAST).sum().alias("_all_least"), pl.col(_POT).first())
    reached = (
        points.with_columns((pl.col("_at") * _FINE // weight).alias("_level"))
        .sort(_GROUP, "_level")
        .join(whole, on=_GROUP, maintain_order="left")
        .with_columns(
            (pl.col("_all_least") + pl.col("_fixed").cum_sum().over(_GROUP)).alias("_fixed"),
            pl.col("_slope").cum_sum().over(_GROUP),
        )
    )
    taken = pl.col("_fixed") * weight + pl.col("_at") * pl.col("_slope")
    below = reached.filter((taken <= pl.col(_POT) * weight) & (pl.col("_slope") > 0))
    return below.group_by(_GROUP, maintain_order=True).agg(pl.col("_fixed").last(), pl.col("_slope").last())
