"""The table of a rule: every branch that it can take, and which of them was taken.

A branch holds by the very expression with which the engine decides, so a page never decides again.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec
import polars as pl

from redproperty.domain.texts import Text

HERE = Text("本小区", "this estate")


class Branch(NamedTuple):
    """One branch: for what, what it gives, and the expression that is true where it is taken."""

    when: Text
    gives: Text
    holds: pl.Expr


class Marked(msgspec.Struct, frozen=True):
    """One branch as it is printed; `mark` says who took it, if anybody did."""

    when: Text
    gives: Text
    mark: Text | None = None


def marked(
    branches: Iterable[Branch], rows: pl.DataFrame, *, names: Sequence[object] = ("",), mark: Text = HERE
) -> tuple[Marked, ...]:
    """Return the branches, each marked with the `names` of the rows that took it, put into `mark` for its `{l}`."""
    listed = list(branches)
    if not listed:
        return ()
    holds = [branch.holds.fill_null(value=False).alias(str(at)) for at, branch in enumerate(listed)]
    taken = rows.select(holds).to_dict(as_series=False)
    made = []
    for at, branch in enumerate(listed):
        who = [str(name) for name, holds_there in zip(names, taken[str(at)], strict=True) if holds_there]
        said = mark.fill(l=Text("、".join(who), ", ".join(who))) if who else None
        made.append(Marked(branch.when, branch.gives, said))
    return tuple(made)


def joined(texts: Iterable[Text]) -> Text:
    """Return texts as a list in one sentence."""
    listed = list(texts)
    return Text("，".join(text.zh for text in listed), ", ".join(text.en for text in listed))
