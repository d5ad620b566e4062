"""Two periods side by side: by how much an estate rose or fell, and through which parts, rules and items."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import msgspec
import polars as pl

from redproperty.domain.numbers import quotient, shown
from redproperty.domain.packs import Pack
from redproperty.domain.steps.extras import Extras
from redproperty.domain.steps.weights import WeightedMean
from redproperty.domain.texts import Text

Row = Mapping[str, Any]
_PART = Text("{title} {change}", "{title} {change}")
_NEW = Text("触发 {code} {title}", "{code} fires: {title}")
_OVER = Text("不再触发 {code} {title}", "{code} no longer fires: {title}")
_ITEM = Text("{code} {title} {change}", "{code} {title} {change}")
_MOST = 3  # causes, and items, worth naming


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """One reason for a change: a part or an item with its change in millionths, or a rule on stars (no change)."""

    change: int | None
    sentence: Text


def causes(pack: Pack, now: Row, before: Row) -> tuple[Cause, ...]:
    """Return what moved an estate from the row `before` to the row `now`: rules first, then the largest parts."""
    parts = sorted(_parts(pack, now, before), key=lambda cause: -abs(cause.change or 0))
    return (*_rules(pack, now, before), *parts)[:_MOST]


def _parts(pack: Pack, now: Row, before: Row) -> Iterator[Cause]:
    for step in pack.rating.steps:
        if isinstance(step, WeightedMean):
            names = [(f"{step.name}.{part.of}.points", pack.rating.titles[part.of]) for part in step.parts]
        elif isinstance(step, Extras):
            names = [(step.name, step.title)]
        else:
            continue
        for column, title in names:
            change = (now.get(column) or 0) - (before.get(column) or 0)
            if change:
                yield Cause(change=change, sentence=_PART.fill(title=title, change=signed(change)))


def _rules(pack: Pack, now: Row, before: Row) -> Iterator[Cause]:
    fired, fired_before = set(now.get("fired") or ()), set(before.get("fired") or ())
    for rule in pack.rating.stars.rules:
        if (rule.code in fired) != (rule.code in fired_before):
            text = _NEW if rule.code in fired else _OVER
            yield Cause(change=None, sentence=text.fill(code=rule.code, title=rule.title))


def item_changes(
    pack: Pack, now: pl.DataFrame, before: pl.DataFrame, *, fell: Collection[int]
) -> dict[int, tuple[Cause, ...]]:
    """Return through which items estates moved: those in `fell` (ids) lost points on them, the others gained.

    `now` and `before` are scored inspections of two periods (what `scored` returns), of as many estates as one likes;
    the answer is by estate_id, the largest change of the mean over the rounds first. An item left out of one of the
    periods is not compared.
    """
    both = _means(pack, now).join(_means(pack, before), on=["estate_id", "item"], suffix="_before")
    sign = pl.when(pl.col("estate_id").is_in(list(fell))).then(-1).otherwise(1)
    moved = both.with_columns(change=pl.col("points") - pl.col("points_before"))
    told = moved.with_columns(size=pl.col("change") * sign).filter(pl.col("size") > 0)
    order = told.sort("estate_id", "size", "item", descending=[False, True, False])
    most = order.group_by("estate_id", maintain_order=True).head(_MOST).select("estate_id", "item", "change")
    found: dict[int, tuple[Cause, ...]] = {}
    for estate, code, change in most.iter_rows():
        said = _ITEM.fill(code=code, title=pack.sheet.by_code[code].title, change=signed(change))
        found[estate] = (*found.get(estate, ()), Cause(change=change, sentence=said))
    return found


def _means(pack: Pack, sheets: pl.DataFrame) -> pl.DataFrame:
    """Return estate_id, item and the mean points over the rounds in which the item counted, to two places."""
    points = {item.points_column: item.code for item in pack.sheet.items if item.points_column in sheets.columns}
    long = sheets.select("estate_id", *points).unpivot(list(points), index="estate_id", variable_name="item")
    return (
        long.drop_nulls("value")
        .group_by("estate_id", "item")
        .agg(quotient(pl.col("value").sum(), pl.len().cast(pl.Int64), 2).alias("points"))
        .with_columns(pl.col("item").replace_strict(points))
    )


def signed(value: int, places: int = 2) -> str:
    """Return a difference with its sign, always: `+1.20`, `−3.50`, `0.00`."""
    if value == 0:
        return shown(0, places)
    return f"{'+' if value > 0 else '−'}{shown(abs(value), places)}"
