"""Money in whole fen (分): written in digits, read from what people type, said in characters, shared out exactly."""

import re
from collections.abc import Sequence

import polars as pl

from redproperty.domain.texts import Text

FEN = 100  # fen in a yuan
MOST_FEN = 10**17  # 10^15 yuan: beyond any budget, and products with it still fit into 128 bits
_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_UNITS = ((10**8, "亿"), (10**4, "万"), (10**3, "仟"), (10**2, "佰"), (10, "拾"))
_TYPED = re.compile(r"([+-]?)([0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.([0-9]*))?")
# Full-width forms only: NFKC would also read 5² as 52.
_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0xFFE5: 0xA5, 0x2212: 0x2D}
_EMPTY = Text("请填写金额", "an amount is needed")
_NO_AMOUNT = Text(
    "“{text}”不是金额，应写作以元为单位的数字，例如 51,795.28",
    "“{text}” is no amount; write yuan in digits, e.g. 51,795.28",
)
_TOO_FINE = Text(
    "“{text}”超过两位小数，金额最小到分", "“{text}” has more than two decimals; the fen is the smallest amount"
)
_TOO_MUCH = Text("“{text}”超出可处理的金额", "“{text}” is more money than can be handled")


def yuan(fen: int, *, thousands: bool = True) -> str:
    """Return an amount in yuan with two decimals: `51,795.28`, or `51795.28` for machines."""
    whole, rest = divmod(abs(fen), FEN)
    return f"{'-' if fen < 0 else ''}{whole:{',' if thousands else ''}}.{rest:02d}"


def parse_yuan(text: str) -> int | Text:
    """Return the fen of an amount that somebody typed in yuan, or what is wrong with it.

    Full-width digits and marks, thousands marks in their places, a leading ¥ and a closing 元 are understood.
    """
    typed = text.translate(_HALF_WIDTH).strip()
    bare = typed.removeprefix("¥").removesuffix("元").strip()
    if not bare:
        return _EMPTY
    found = _TYPED.fullmatch(bare)
    if found is None:
        return _NO_AMOUNT.fill(text=text.strip())
    sign, whole, rest = found[1], found[2].replace(",", ""), (found[3] or "").rstrip("0")
    if len(rest) > len("分角"):
        return _TOO_FINE.fill(text=text.strip())
    fen = int(whole) * FEN + int(rest.ljust(2, "0"))
    if fen > MOST_FEN:
        return _TOO_MUCH.fill(text=text.strip())
    return -fen if sign == "-" else fen


def in_words(fen: int, *, whole_after_jiao: bool = False) -> str:
    """Return an amount in capital characters (人民币大写) as on vouchers: `人民币壹仟肆佰零玖元伍角`.

    整 closes an amount that ends at 元; one that ends at 角 only if `whole_after_jiao`, which payment rules leave open.

    Raises:
        ValueError: the amount is beyond `MOST_FEN`, for which there are no agreed words.
    """
    if abs(fen) > MOST_FEN:
        raise ValueError(f"no words for {fen} fen")
    whole, rest = divmod(abs(fen), FEN)
    jiao, cents = divmod(rest, 10)
    said = f"{_whole_words(whole)}元" if whole or not rest else ""
    if jiao:
        said += f"{_DIGITS[jiao]}角"
    elif cents and whole:
        said += "零"
    if cents:
        said += f"{_DIGITS[cents]}分"
    elif not jiao or whole_after_jiao:
        said += "整"
    return f"人民币{'负' if fen < 0 else ''}{said}"


def _whole_words(number: int) -> str:
    """Say a whole number; digits after a gap of zeros are led by a single 零, zeros at an end are silent."""
    for unit, name in _UNITS:
        if number >= unit:
            high, low = divmod(number, unit)
            gap = _DIGITS[0] if 0 < low < unit // 10 else ""
            return f"{_whole_words(high)}{name}{gap}{_whole_words(low) if low else ''}"
    return _DIGITS[number]


def largest_remainder(
    frame: pl.DataFrame, *, weight: str, total: pl.Expr, into: str, ties: Sequence[str], over: Sequence[str] = ()
) -> pl.DataFrame:
    """Return `frame` with the column `into`: `total` fen shared out by `weight`, adding up to it exactly.

    Every row gets the floor of its quota; the fen left over go to the largest remainders, equal ones in the order of
    `ties`. `over` names the columns of the groups that have a total each. Where all weights are zero nobody gets any.
    """

    def whole(expr: pl.Expr) -> pl.Expr:
        return expr.over(list(over)) if over else expr

    every = whole(pl.col(weight).cast(pl.Int128).sum())
    needed = dict.fromkeys((weight, *ties, *over))
    lines = frame.select(*needed, every.alias("_every"), total.cast(pl.Int128).alias("_total")).with_row_index("_row")
    enough = pl.when(pl.col("_every") > 0).then(pl.col(weight)).otherwise(0).cast(pl.Int64)
    short = pl.col("_total") != pl.col("_every")
    given, is_short = lines.select(enough.alias(into), short.alias("_short")).get_columns()
    if is_short.any():  # else everybody gets the whole weight, which is by far the most common
        shared = _shared(lines.filter(is_short), weight=weight, into=into, ties=ties, over=over)
        given = given.scatter(shared["_row"], shared[into])
    return frame.with_columns(given)


def _shared(lines: pl.DataFrame, *, weight: str, into: str, ties: Sequence[str], over: Sequence[str]) -> pl.DataFrame:
    def whole(expr: pl.Expr) -> pl.Expr:
        return expr.over(list(over)) if over else expr

    product, every = pl.col(weight).cast(pl.Int128) * pl.col("_total"), pl.col("_every")
    quota = lines.with_columns(pl.when(every > 0).then(product // every).otherwise(0).alias("_floor"))
    rest = product - pl.col("_floor") * every  # a second division would take as long again
    quota = quota.with_columns(pl.when(every > 0).then(rest).otherwise(0).alias("_rest"))
    left = pl.when(every > 0).then(pl.col("_total") - whole(pl.col("_floor").sum())).otherwise(0)
    ranked = quota.sort([*over, "_rest", *ties], descending=[*(False for _ in over), True, *(False for _ in ties)])
    extra = whole(pl.int_range(pl.len())) < left
    return ranked.select("_row", (pl.col("_floor") + extra.cast(pl.Int128)).cast(pl.Int64).alias(into))
