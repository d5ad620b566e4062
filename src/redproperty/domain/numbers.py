"""Exact figures: how numbers are held, multiplied, divided and rounded.

A *figure* is a whole number of millionths (`12.5` is `12_500_000`), in Polars an Int64 column. Money is whole fen.
Products and quotients go through 128 bits, so nothing overflows and nothing is a binary float. A division rounds
once, at the place and in the mode that the rule states; half up （四舍五入, away from zero） unless it says otherwise.
"""

from decimal import Decimal, InvalidOperation
from math import gcd
from typing import Literal

import polars as pl

UNIT = 1_000_000
PLACES = 6
Mode = Literal["half_up", "half_even", "floor", "ceil"]


def figure(value: str | int | Decimal) -> int:
    """Return `value` as whole millionths.

    Raises:
        ValueError: it is not a number, not finite, or has more than six decimals.
    """
    try:
        scaled = Decimal(value) * UNIT
    except InvalidOperation:
        raise ValueError(f"not a number: {value!r}") from None
    if not scaled.is_finite() or scaled != scaled.to_integral_value():
        raise ValueError(f"more than {PLACES} decimals: {value!r}")
    return int(scaled)


def decimal(value: int) -> Decimal:
    """Return a figure as a decimal number."""
    return Decimal(value) / UNIT


def shown(value: int, places: int = 2) -> str:
    """Return a figure in plain digits with `places` decimals; it must already be rounded to them."""
    return f"{decimal(value):.{places}f}"


def divide(
    numerator: pl.Expr,
    denominator: pl.Expr | int,
    mode: Mode = "half_up",
    *,
    small: bool = False,
    positive: bool = False,
) -> pl.Expr:
    """Return the quotient of two whole numbers as a whole number; null where the denominator is zero.

    `positive` promises that the denominator is not negative, `small` that it is not, that both are Int64 and that four
    times each of them fits into 64 bits, which is several times as quick.
    """
    whole = pl.Int64 if small else pl.Int128
    n = numerator if small else numerator.cast(whole)
    if isinstance(denominator, int) and denominator > 0 and mode == "half_up":
        return _by_a_number(n, denominator, whole).cast(pl.Int64)
    d = (pl.lit(denominator) if isinstance(denominator, int) else denominator).cast(whole)
    if not (positive or small or (isinstance(denominator, int) and denominator > 0)):
        n, d = n * d.sign(), d.abs()
    if mode == "half_up":  # a negative half goes down, away from zero; nothing is divided by zero but to null
        return _half_up(n, 1, d, whole).cast(pl.Int64)
    d = pl.when(d != 0).then(d)
    low = n // d  # floor division
    twice = (n - low * d) * 2
    match mode:
        case "floor":
            up = pl.lit(value=False)
        case "ceil":
            up = twice > 0
        case "half_even":
            up = (twice > d) | ((twice == d) & (low % 2 != 0))
    return (low + up.cast(whole)).cast(pl.Int64)


def _half_up(value: pl.Expr, factor: int, d: pl.Expr, whole: type[pl.DataType]) -> pl.Expr:
    return (value * (2 * factor) + d - (value < 0).cast(whole)) // (d * 2)


def _by_a_number(n: pl.Expr, d: int, whole: type[pl.DataType]) -> pl.Expr:
    """Return n ÷ d, half up: only where d is even can a negative n lie at a half."""
    if d == 1:
        return n
    return (n + d // 2) // d if d % 2 else (n + d // 2 - (n < 0).cast(whole)) // d


def divided(numerator: int, denominator: int, mode: Mode = "half_up") -> int:
    """Return what `divide` gives, of two plain whole numbers.

    Raises:
        ZeroDivisionError: the denominator is zero.
    """
    if denominator < 0:
        numerator, denominator = -numerator, -denominator
    low, rest = divmod(numerator, denominator)
    match mode:
        case "half_up":
            up = 2 * rest > denominator or (2 * rest == denominator and numerator > 0)
        case "half_even":
            up = 2 * rest > denominator or (2 * rest == denominator and low % 2 == 1)
        case _:
            up = mode == "ceil" and rest > 0
    return low + up


def times(left: pl.Expr, right: pl.Expr | int, mode: Mode = "half_up") -> pl.Expr:
    """Return the product of two figures as a figure, rounded at the millionth."""
    factor = pl.lit(right) if isinstance(right, int) else right
    return divide(left.cast(pl.Int128) * factor.cast(pl.Int128), UNIT, mode)


def rounded(value: pl.Expr, places: int, mode: Mode = "half_up") -> pl.Expr:
    """Return a figure rounded to `places` decimals (0 to 6), still in millionths."""
    return quotient(value, 1, places, mode)


def quotient(
    numerator: pl.Expr,
    denominator: pl.Expr | int,
    places: int,
    mode: Mode = "half_up",
    *,
    small: bool = False,
    positive: bool = False,
) -> pl.Expr:
    """Return a whole number of millionths ÷ a whole number, rounded once, to `places` decimals; null over zero.

    So figure ÷ count is a figure, and figure × figure ÷ figure too. `small` and `positive` promise what they do in
    `divide`, for the denominator in steps of the last place.
    """
    step: int = 10 ** (PLACES - places)
    if isinstance(denominator, int):
        return divide(numerator, denominator * step, mode, small=small) * step
    steps = denominator.cast(pl.Int64 if small else pl.Int128) * step
    return divide(numerator, steps, mode, small=small, positive=positive) * step


def portion(
    value: pl.Expr, factor: int, denominator: pl.Expr | int, places: int, mode: Mode = "half_up", *, small: bool = False
) -> pl.Expr:
    """Return `quotient` of value × factor, with the factor and the step of the last place cancelled beforehand."""
    step: int = 10 ** (PLACES - places)
    whole = value if small else value.cast(pl.Int128)
    if isinstance(denominator, int):
        shared = gcd(factor, denominator * step)
        return divide(whole * (factor // shared), denominator * step // shared, mode, small=small) * step
    shared = gcd(factor, step)
    below = denominator if small else denominator.cast(pl.Int128)
    if step != shared:
        below = below * (step // shared)
    if mode == "half_up" and small:
        return _half_up(whole, factor // shared, below, pl.Int64) * step
    return divide(whole * (factor // shared), below, mode, small=small) * step


def plain(value: int) -> str:
    """Return a figure in plain digits without trailing zeros: `0.5`, `3`, `-1.25`."""
    text = f"{decimal(value):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def exact(value: int, places: int = 2) -> str:
    """Return a figure with at least `places` decimals and as many more as it has: `16.00`, `87.125`."""
    return shown(value, places) if value % 10 ** (PLACES - places) == 0 else plain(value)
