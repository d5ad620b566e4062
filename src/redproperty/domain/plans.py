"""Passes over a frame: which columns can be computed side by side, so that many small rules cost few passes."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import polars as pl

from redproperty.domain.operands import is_scratch
from redproperty.domain.sheets import Sheet
from redproperty.domain.steps.base import Step


class Wipe(NamedTuple):
    """Scratch columns at which nothing looks any more."""

    names: tuple[str, ...]


Pass = tuple[pl.Expr, ...]
Plan = tuple[Pass | Step | Wipe, ...]  # a step stands for itself where it does more to a frame than add columns


def fused(passes: Iterable[Sequence[pl.Expr]]) -> tuple[Pass, ...]:
    """Return the same columns in as few passes as what they look at allows.

    A column moves forward to the first pass in which everything it looks at is there, but never past one that gives
    the same name, nor before one that still looks at what stood under its name.
    """
    given: dict[str, int] = {}  # the pass that gives a column last
    looked_at: dict[str, int] = {}  # the last pass that looks at it
    placed: list[list[pl.Expr]] = []
    for expressions in passes:
        here = []
        for one in expressions:
            name, sources = one.meta.output_name(), one.meta.root_names()
            first = max((given[source] + 1 for source in (*sources, name) if source in given), default=0)
            here.append((one, name, sources, first))
        for _, _, sources, first in here:
            looked_at |= {source: max(first, looked_at.get(source, 0)) for source in sources}
        for one, name, _, first in here:
            at = max(first, looked_at.get(name, 0))
            given[name] = at
            placed.extend([] for _ in range(at + 1 - len(placed)))
            placed[at].append(one)
    return tuple(map(tuple, placed))


def planned(steps: Iterable[Step], sheet: Sheet) -> Plan:
    """Return the passes of the steps, to be made once per edition."""
    plan: list[Pass | Step] = []
    passes: list[Sequence[pl.Expr]] = []
    for step in steps:
        if type(step).apply is Step.apply:
            passes.extend(step.passes(sheet))
        else:
            plan += [*fused(passes), step]
            passes = []
    return wiping((*plan, *fused(passes)))


def wiping(plan: Sequence[Pass | Step]) -> Plan:
    """Return the plan with every scratch column wiped as soon as no later pass looks at it."""
    last: dict[str, int] = {}
    for number, part in enumerate(plan):
        for expr in () if isinstance(part, Step) else part:
            last |= {name: number for name in (expr.meta.output_name(), *expr.meta.root_names()) if is_scratch(name)}
    gone: dict[int, list[str]] = {}
    for name, number in last.items():
        gone.setdefault(number, []).append(name)
    wiped: list[Pass | Step | Wipe] = []
    for number, part in enumerate(plan):
        wiped += [part, Wipe(tuple(gone[number]))] if number in gone else [part]
    return tuple(wiped)


def through(frame: pl.DataFrame, plan: Plan, sheet: Sheet) -> pl.DataFrame:
    """Return `frame` with the columns of the plan."""
    for part in plan:
        if isinstance(part, Step):
            frame = part.apply(frame, sheet)
        elif isinstance(part, Wipe):
            frame = frame.drop(part.names)
        else:
            frame = frame.with_columns(part)
    return frame
