"""Operands: wherever a rule wants a number, the name of an earlier figure or of a counted fact may stand instead."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final, Literal, NamedTuple

import polars as pl

from redproperty.domain.faults import Path
from redproperty.domain.numbers import figure, plain
from redproperty.domain.texts import Text

SCRATCH: Final = "~"  # no name of a rule begins so
Operand = Decimal | str  # a number, or the name of a figure
MISSING = "missing"  # the word for “no figure” where an operand may also be absent on purpose


_TYPES: Mapping[str, pl.DataType] = {"figure": pl.Int64(), "flag": pl.Boolean(), "name": pl.String()}


class Column(NamedTuple):
    """What a column holds: a figure (millionths), a flag or a name; `values` are the codes that a name may have."""

    kind: Literal["figure", "flag", "name"] = "figure"
    values: tuple[str, ...] = ()

    @property
    def dtype(self) -> pl.DataType:
        """Return the type of the column."""
        return _TYPES[self.kind]


def scratch(name: str) -> str:
    """Return the name of a column that is there only until the columns that look at it are made."""
    return f"{SCRATCH}{name}"


def is_scratch(name: str) -> bool:
    """Return whether the name is one of a scratch column."""
    return name.startswith(SCRATCH)


def wiped(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` without its scratch columns."""
    return frame.drop(names) if (names := list(filter(is_scratch, frame.columns))) else frame


def first_of(branches: Iterable[tuple[pl.Expr, pl.Expr]]) -> pl.Expr:
    """Return the value of the first branch whose test is true, null where none is."""
    branches = iter(branches)
    first = next(branches, None)
    if first is None:
        return pl.lit(None)
    chain: Any = pl.when(first[0]).then(first[1])
    for test, value in branches:
        chain = chain.when(test).then(value)
    return chain  # type: ignore[no-any-return]


def held(operand: Operand) -> pl.Expr:
    """Return the operand as Int64 millionths, null for the word `missing`."""
    if isinstance(operand, Decimal):
        return pl.lit(figure(operand), pl.Int64)
    return pl.lit(None, pl.Int64) if operand == MISSING else pl.col(operand)


def worded(operand: Operand, titles: Mapping[str, Text]) -> Text:
    """Return the number in plain digits, or the words for the figure."""
    if isinstance(operand, Decimal):
        return Text(plain(figure(operand)), plain(figure(operand)))
    if operand == MISSING:
        return Text("缺失", "missing")
    return titles.get(operand, Text(operand, operand))


def named(path: Path, operand: Operand | None) -> Iterator[tuple[Path, str]]:
    """Yield the name of the figure that the operand stands for, with the path to it; nothing for a number."""
    if isinstance(operand, str) and operand != MISSING:
        yield path, operand
