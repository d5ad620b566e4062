"""Two periods of one estate side by side: by how much it rose or fell, and through what."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from redproperty.domain.numbers import shown
from redproperty.domain.packs import Pack
from redproperty.domain.steps import Extras, WeightedMean
from redproperty.domain.texts import Text

Row = Mapping[str, Any]
_PART = Text("{title} {change}", "{title} {change}")
_NEW = Text("触发 {code} {title}", "{code} fires: {title}")
_OVER = Text("不再触发 {code} {title}", "{code} no longer fires: {title}")
_MOST = 3  # causes worth naming


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """One reason for a change: a part of the composite with its change in millionths, or a rule on stars (no change)."""

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


def signed(value: int, places: int = 2) -> str:
    """Return a difference with its sign, always: `+1.20`, `−3.50`, `0.00`."""
    if value == 0:
        return shown(0, places)
    return f"{'+' if value > 0 else '−'}{shown(abs(value), places)}"
