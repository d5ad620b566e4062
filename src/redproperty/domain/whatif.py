"""What a change of the rules would do: two outcomes of the same period side by side, estate by estate.

Both sides come from the functions that rate and pay in earnest, over the same record. Here they are only set beside
each other: who moves, who gains and who loses, and what streets, companies and the budget make of it.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from redproperty.domain.awards import code_of
from redproperty.domain.money import yuan
from redproperty.domain.packs import Pack
from redproperty.domain.sheets import Sheet
from redproperty.domain.subsidies import apportion, schedule
from redproperty.domain.texts import Text

UP, DOWN, CHANGED, NEW, OUT, SAME = "up", "down", "changed", "new", "out", "same"
GAINS, LOSES = "gains", "loses"
MOVED: Final = (UP, DOWN, CHANGED, NEW, OUT)
MONEY: Final = ("due_before", "due_after", "paid_before", "paid_after")  # fen
_LINE: Final = ("estate_id", "tenure_id", "street", "company_id", "due_fen", "paid_fen")
_ABOUT: Final = ("estate_id", "estate_code", "name", "street", "company_id")
_RATED: Final = ("stars", "grade", "not_rated", "composite")


@dataclass(frozen=True)
class Sums:
    """How many estates move which way, how many get more or less, and the money of both sides in fen."""

    estates: int
    up: int
    down: int
    new: int
    out: int
    gains: int
    loses: int
    due_before: int
    due_after: int
    paid_before: int
    paid_after: int
    changed: int = 0  # from grade to grade, or between grades and stars

    @property
    def moved(self) -> int:
        """How many have other stars or another grade, or are rated on one side only."""
        return self.up + self.down + self.changed + self.new + self.out

    @property
    def change(self) -> int:
        """By how much the amount due changes."""
        return self.due_after - self.due_before

    @property
    def paid_change(self) -> int:
        """By how much the amount paid changes."""
        return self.paid_after - self.paid_before


@dataclass(frozen=True)
class Comparison:
    """Two outcomes side by side.

    `estates` has one row per estate by code: estate_id, estate_code, name, street, company_id, `stars`, `grade`,
    `not_rated` and `composite` with `_before` and `_after`, move (one of `MOVED` or `SAME`), the columns of `MONEY`,
    change_fen (of what is paid). `lines` has one row per stint: estate_id, street, company_id (who is paid), and the
    columns of `MONEY`.
    """

    estates: pl.DataFrame
    lines: pl.DataFrame

    def within(self, streets: Sequence[str]) -> "Comparison":
        """Return the part of some streets."""
        inside = pl.col("street").is_in(list(streets))
        return Comparison(self.estates.filter(inside), self.lines.filter(inside))


@dataclass(frozen=True)
class Outcome:
    """What one set of rules makes of a period: `rows` as settled, `lines` as apportioned."""

    rows: pl.DataFrame
    lines: pl.DataFrame


def outcome(pack: Pack, rows: pl.DataFrame, managed: pl.DataFrame, *, days: int, budget_fen: int | None) -> Outcome:
    """Return settled rows with what they earn; all that is due is paid where no budget is named.

    An edition that says nothing about money pays nothing.

    `managed` are the stints of the period without stars, as `store.frames.managed_frame` gives them.
    """
    rated = rows.with_columns(*pack.rating.heads(), vetoes="fired")
    wanted = ["estate_id", *_RATED, "vetoes"]
    if pack.subsidy is None:
        none = pl.lit(0, pl.Int64)
        return Outcome(rated, managed.with_columns(due_fen=none, paid_fen=none))
    also = [name for name in pack.paid_by() if name not in wanted]
    stints = managed.join(rated.select(*wanted, *also), on="estate_id", how="left", maintain_order="left")
    by_stars = pack.rating.stars.given
    due = schedule(pack.subsidy, stints, days_in_period=days, by_stars=by_stars, budget_fen=budget_fen)
    enough = int(due["due_fen"].sum())
    return Outcome(rated, apportion(pack.subsidy, due, enough if budget_fen is None else budget_fen))


def compare(before: Outcome, after: Outcome) -> Comparison:
    """Return two outcomes of the same estates side by side."""
    lines = _lines(before.lines, after.lines)
    money = lines.group_by("estate_id").agg(pl.col(MONEY).sum())
    rows = (
        before.rows.select(*_ABOUT, *_called("before"))
        .join(after.rows.select("estate_id", *_called("after")), on="estate_id", how="left", maintain_order="left")
        .join(money, on="estate_id", how="left", maintain_order="left")
        .with_columns(pl.col(MONEY).fill_null(0), move=_move())
        .with_columns(change_fen=pl.col("paid_after") - pl.col("paid_before"))
    )
    return Comparison(rows, lines)


def _called(side: str) -> list[pl.Expr]:
    return [pl.col(name).alias(f"{name}_{side}") for name in _RATED]


def _lines(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Return both sides of every stint; the stints are those of the record, so they are the same on both."""
    return (
        before.select(_LINE)
        .rename({"due_fen": "due_before", "paid_fen": "paid_before"})
        .join(
            after.select("estate_id", "tenure_id", due_after="due_fen", paid_after="paid_fen"),
            on=["estate_id", "tenure_id"], how="left", maintain_order="left", nulls_equal=True,
        )
    )  # fmt: skip


def _move() -> pl.Expr:
    before, after = pl.col("stars_before"), pl.col("stars_after")
    rated_before, rated_after = pl.col("not_rated_before").is_null(), pl.col("not_rated_after").is_null()
    return (
        pl.when(~rated_before & ~rated_after)
        .then(pl.lit(SAME))
        .when(~rated_before)
        .then(pl.lit(NEW))
        .when(~rated_after)
        .then(pl.lit(OUT))
        .when(after > before)
        .then(pl.lit(UP))
        .when(after < before)
        .then(pl.lit(DOWN))
        .when(after.is_null().ne(before.is_null()) | pl.col("grade_before").ne_missing(pl.col("grade_after")))
        .then(pl.lit(CHANGED))
        .otherwise(pl.lit(SAME))
    )


def drifted(compared: Comparison, published: Mapping[int, str]) -> int:
    """Return how many estates have another award now than the one published, by its code."""
    return sum(published[estate] != now for estate, now in _awards(compared, "before") if estate in published)


def flows(compared: Comparison) -> dict[tuple[str, str], int]:
    """Return how many estates go from which award to which, by their codes."""
    before, after = ([award for _, award in _awards(compared, side)] for side in ("before", "after"))
    return dict(Counter(zip(before, after, strict=True)))


def _awards(compared: Comparison, side: str) -> Iterator[tuple[int, str]]:
    columns = ("estate_id", f"stars_{side}", f"grade_{side}", f"not_rated_{side}")
    for estate, stars, grade, reason in compared.estates.select(columns).iter_rows():
        yield estate, code_of(stars, grade, reason)


def sums(compared: Comparison) -> Sums:
    """Return what all of it adds up to."""
    (row,) = compared.estates.select(*_counts(), *(pl.col(name).sum() for name in MONEY)).to_dicts()
    return _sums(row)


def by_street(compared: Comparison) -> dict[str, Sums]:
    """Return the sums of each street, by its code."""
    return {row.pop("street"): _sums(row) for row in _grouped(compared, "street")}


def by_company(compared: Comparison) -> dict[int | None, Sums]:
    """Return the sums of each company: of the estates that it has at the end, and of the money of its stints."""
    return {row.pop("company_id"): _sums(row) for row in _grouped(compared, "company_id")}


def _grouped(compared: Comparison, key: str) -> list[dict[str, Any]]:
    counts = compared.estates.group_by(key).agg(_counts())
    money = compared.lines.group_by(key).agg(pl.col(MONEY).sum())
    return counts.join(money, on=key, how="full", coalesce=True, nulls_equal=True).sort(key, nulls_last=True).to_dicts()


def _sums(row: Mapping[str, Any]) -> Sums:
    return Sums(**{name: int(value or 0) for name, value in row.items()})


def _counts() -> list[pl.Expr]:
    return [
        pl.len().alias("estates"),
        *((pl.col("move") == name).sum().alias(name) for name in MOVED),
        (pl.col("change_fen") > 0).sum().alias(GAINS),
        (pl.col("change_fen") < 0).sum().alias(LOSES),
    ]


def unfit(scored: Sheet, tried: Sheet) -> Iterator[tuple[str, Text]]:
    """Yield code and reason where answers given under one sheet cannot be read under another."""
    known = {item.code: item for item in scored.items}
    for item in tried.items:
        if item.code not in known:
            yield (
                item.code,
                Text(
                    "{code} 在所选考核期没有检查过，不能测算",
                    "{code} was not inspected in the period; it cannot be tried",
                ).fill(code=item.code),
            )
            continue
        was, now = known[item.code].asked(), item.asked()
        if (was.kind, len(was.choices)) != (now.kind, len(now.choices)):
            yield (
                item.code,
                Text(
                    "{code} 换了作答方式，本期的作答不能沿用",
                    "{code} is answered in another way; the answers do not fit",
                ).fill(code=item.code),
            )


_NOBODY = Text("没有小区变星", "No estate moves")
_SOME = Text("{n} 个小区变星：{how}", "{n} move: {how}")
_HOW: Final[Mapping[str, Text]] = {
    UP: Text("{n} 个升", "{n} up"),
    DOWN: Text("{n} 个降", "{n} down"),
    CHANGED: Text("{n} 个等级改变", "{n} with another grade"),
    NEW: Text("{n} 个新参评", "{n} newly rated"),
    OUT: Text("{n} 个转为不评", "{n} no longer rated"),
}
_MORE = Text("补贴应发增加 {yuan} 元", "the subsidy due rises by {yuan} yuan")
_LESS = Text("补贴应发减少 {yuan} 元", "the subsidy due falls by {yuan} yuan")
_EQUAL = Text("补贴应发不变", "the subsidy due stays as it is")
_OVER = Text("超预算 {p}%，按比例缩放后发放", "{p} % over budget, so all lines are scaled down")
_WITHIN = Text("在预算之内", "within the budget")


def headline(found: Sums, budget_fen: int | None) -> Text:
    """Say the whole result in one sentence."""
    parts = [_moves_said(found)]
    if found.change:
        parts.append((_MORE if found.change > 0 else _LESS).fill(yuan=yuan(abs(found.change))))
    else:
        parts.append(_EQUAL)
    if budget_fen is not None:
        parts.append(
            _OVER.fill(p=over_percent(found.due_after, budget_fen)) if found.due_after > budget_fen else _WITHIN
        )
    zh, en = "；".join(part.zh for part in parts), "; ".join(part.en for part in parts)
    return Text(f"{zh}。", f"{en}.")


def _moves_said(found: Sums) -> Text:
    if not found.moved:
        return _NOBODY
    counts = ((name, getattr(found, name)) for name in MOVED)
    told = [_HOW[name].fill(n=n) for name, n in counts if n]
    how = Text("、".join(one.zh for one in told), ", ".join(one.en for one in told))
    return _SOME.fill(n=found.moved, how=how)


def over_percent(due: int, budget: int) -> str:
    """Return by how many per cent `due` is above the budget, to one place, half up; “∞” over no budget at all."""
    if budget <= 0:
        return "∞"
    tenths = ((due - budget) * 2000 + budget) // (2 * budget)
    return f"{tenths // 10:,}.{tenths % 10}"
