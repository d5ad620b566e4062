"""The performance subsidy (效能补贴): from stars, areas and managed days to the fen of every line.

One line is one stint of management: an estate that changed company within the period has two, whose days add up. Each
step is one named column, so a row is its own working. Products run through 128 bits and every column in fen is rounded
once, in the mode that the edition states.

The cap of an estate and year is not cut into quarters: each period draws on what earlier periods of the year left
over. Lines of one estate share what is left in proportion. The top-up for custody and its start-up
grant stand outside the cap.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import polars as pl

from redproperty.domain.branches import Marked, joined, marked
from redproperty.domain.estates import Management
from redproperty.domain.formulas import BUDGET, as_seen, names_in, reckoned, words
from redproperty.domain.money import largest_remainder, yuan
from redproperty.domain.numbers import UNIT, divide, divided, figure, plain
from redproperty.domain.operands import held
from redproperty.domain.plans import Plan, fused, through
from redproperty.domain.sheets import NO_SHEET
from redproperty.domain.stages import HALVES
from redproperty.domain.steps.vocabulary import MoneyStep
from redproperty.domain.subsidy_entries import rate_words
from redproperty.domain.subsidy_rules import SubsidyRules
from redproperty.domain.texts import Text

STINT: Final[dict[str, pl.DataType]] = {
    "estate_id": pl.Int64(),
    "estate_code": pl.String(),
    "tenure_id": pl.Int64(),  # null where nobody manages
    "management": pl.String(),
    "estate_type": pl.String(),
    "floor_area": pl.Int64(),  # hundredths of a square metre
    "days": pl.Int64(),
    "stars": pl.Int8(),  # null: not rated; decimals where there are half ones
    "paid_this_year_fen": pl.Int64(),  # of the estate, earlier in the calendar year, under the cap
    "custody_cost_fen": pl.Int64(),  # approved for the stint; null: none
    "custody_receivable_fen": pl.Int64(),
    "deduction_fen": pl.Int64(),
}
VETOES: Final = pl.List(pl.String())
ALWAYS: Final = ("district", "street")  # payers that every line has a column for
_NOT_NEGATIVE = ("days", "deduction_fen", "custody_cost_fen", "custody_receivable_fen")
_ORDER = ("estate_code", "tenure_id")
_ZERO = Text("不予补贴：{reason}", "No subsidy: {reason}")
_DEDUCTED = Text(
    "扣减：{gross_fen} − {deduction_fen}，余 {net_fen} 元", "Deduction: {gross_fen} − {deduction_fen} leaves ¥{net_fen}"
)
_CAPPED = Text(
    "封顶：该小区当年余额 {cap_left_fen} 元，本笔计 {capped_fen} 元",
    "Cap: ¥{cap_left_fen} left for the estate this year, ¥{capped_fen} on this line",
)
_TOPPED_UP = Text(
    "兜底补差：缺口 {shortfall_fen} 元，限额 {top_up_limit_fen} 元，补 {top_up_fen} 元，应发 {due_fen} 元",
    "Top-up: shortfall ¥{shortfall_fen}, limit ¥{top_up_limit_fen}, adds ¥{top_up_fen}, due ¥{due_fen}",
)
_STARTED = Text(
    "启动补助：首次转入{management}，一次性 {grant} 元，应发 {due} 元",
    "Start-up grant: {management} for the first time, ¥{grant} once, due ¥{due}",
)
_THIS_LINE = Text("本笔", "this line")
_RATES = Text("补贴标准（元/㎡·月）", "Rates (¥ per ㎡ and month)")
_COEFFICIENTS = Text("星级系数", "Star coefficients")
_SCALED = Text(
    "预算缩放：{due_fen} × {ratio_numerator}/{ratio_denominator} → {paid_fen} 元",
    "Scaled to the budget: {due_fen} × {ratio_numerator}/{ratio_denominator} → ¥{paid_fen}",
)


def schedule(
    rules: SubsidyRules,
    stints: pl.DataFrame,
    *,
    days_in_period: int,
    by_stars: bool = True,
    budget_fen: int | None = None,
) -> pl.DataFrame:
    """Return what is due on each stint, with every step as a column; further columns are let through.

    `stints` has the columns of `STINT` and, where known, `vetoes` (List of String: codes of the vetoes that fired)
    and `is_first` (Boolean: the estate's first stint of this management ever begins in the period).
    Adds days_in_period, base_rate, star_coefficient and months (figures), stopped_by (the veto that stops payment),
    gross_fen, net_fen (less the deduction), cap_left_fen (of the estate's year), capped_fen, top_up_limit_fen,
    shortfall_fen, top_up_fen, grant_fen, due_fen and zero_reason (a code of `SubsidyRules.reason`; null where something
    is due), and budget_fen where steps name the budget. A method without stars (`by_stars` false) never gives “not
    rated” as the reason.

    Raises:
        ValueError: columns are missing, an amount is negative, or an estate has more days than the period.
    """
    plan = _plan(rules, days_in_period, by_stars=by_stars)
    lines = through(_checked(stints, days_in_period), plan.terms, NO_SHEET)
    if rules.steps:
        if "budget" in names_in(rules.steps):
            lines = lines.with_columns(pl.lit(budget_fen, pl.Int64).alias(BUDGET))
        lines = reckoned(rules.steps, lines, _open())
    lines = _capped(rules, through(lines, plan.amounts, NO_SHEET))
    return through(lines, plan.dues, NO_SHEET)


@dataclass(frozen=True)
class _Plan:
    """What the rules do to lines of a period of so many days, made once: up to the steps, to the cap, and after it."""

    terms: Plan
    amounts: Plan
    dues: Plan


def _plan(rules: SubsidyRules, days: int, *, by_stars: bool) -> _Plan:
    kept: dict[tuple[int, bool], _Plan] = rules.__dict__.setdefault("plans", {})
    if (days, by_stars) not in kept:
        months = pl.lit(None, pl.Int64)
        if rules.months is not None:
            months = pl.when(_managed()).then(divide(pl.col("days") * rules.months.figure, days)).otherwise(0)
        terms = [
            pl.lit(days, pl.Int64).alias("days_in_period"),
            rules.base_rate().alias("base_rate"),
            rules.star_coefficient().alias("star_coefficient"),
            rules.stopped_by().alias("stopped_by"),
            months.alias("months"),
        ]
        due = pl.col("capped_fen") + pl.col("top_up_fen") + pl.col("grant_fen")
        top_up, grant = _top_up(rules).alias("top_up_fen"), _start_up(rules).alias("grant_fen")
        dues = [_top_up_bounds(rules, days), [top_up, grant], [due.alias("due_fen")]]
        kept[days, by_stars] = _Plan(
            fused([terms]),
            fused([[_gross(rules, days).alias("gross_fen")], [_net().alias("net_fen")]]),
            fused([*dues, [_zero_reason(rules, by_stars=by_stars).alias("zero_reason")]]),
        )
    return kept[days, by_stars]


_FILLED: Final = ("deduction_fen", "paid_this_year_fen")  # nothing where nothing is said
_BELOW: Final = pl.any_horizontal([pl.col(name) < 0 for name in _NOT_NEGATIVE]).fill_null(value=False)
_UNSAID: Final = {"vetoes": pl.lit(None, VETOES), "is_first": pl.lit(value=False)}


def _checked(stints: pl.DataFrame, days_in_period: int) -> pl.DataFrame:
    missing = sorted(STINT.keys() - set(stints.columns))
    if missing:
        raise ValueError(f"stints lack the columns {', '.join(missing)}")
    unsaid = [value.alias(name) for name, value in _UNSAID.items() if name not in stints.columns]
    halves = stints.schema["stars"].is_decimal()
    kinds = {**STINT, "stars": HALVES if halves else STINT["stars"], "vetoes": VETOES}
    cast = [pl.col(name).cast(kinds[name]) for name, kind in stints.schema.items() if kinds.get(name, kind) != kind]
    lines = stints.with_columns(*cast, *unsaid).with_columns(pl.col(_FILLED).fill_null(0))
    wrong = _BELOW | (pl.col("days").sum().over("estate_id") > days_in_period)
    if lines.select(wrong.any()).item():
        codes = lines.filter(wrong)["estate_code"].unique().sort().to_list()
        raise ValueError(f"negative amounts or more than {days_in_period} days: {', '.join(codes)}")
    return lines


def _managed() -> pl.Expr:
    return (pl.col("days") > 0) & pl.col("management").is_not_null() & (pl.col("management") != Management.NONE.value)


def _open() -> pl.Expr:
    """Whether a line may be paid at all, whatever its stars."""
    return _managed().fill_null(value=False) & pl.col("stopped_by").is_null()


def _payable() -> pl.Expr:
    return _open() & pl.col("stars").is_not_null()


def _per_area(rules: SubsidyRules, rate: pl.Expr, days: int) -> tuple[pl.Expr, int]:
    """Return numerator and denominator, in fen, of area × rate × months × days ÷ days of the period.

    Hundredths of a square metre times yuan are fen already; rate and months are in millionths.
    """
    area = pl.col("floor_area").fill_null(0).clip(lower_bound=0).cast(pl.Int128)
    numerator = area * rate.fill_null(0) * rules.months_of_period * pl.col("days")
    return numerator, days * UNIT * UNIT


def _gross(rules: SubsidyRules, days: int) -> pl.Expr:
    """Area × base rate × star coefficient × months, or the formula's amount; nothing where the line may not be paid."""
    if rules.amount is not None:
        amount = divide(pl.col(rules.amount), UNIT // 100, rules.rounding).fill_null(0).clip(lower_bound=0)
        return pl.when(_open()).then(amount).otherwise(0)
    numerator, denominator = _per_area(rules, pl.col("base_rate"), days)
    product = numerator * pl.col("star_coefficient").fill_null(0)
    return pl.when(_payable()).then(divide(product, denominator * UNIT, rules.rounding)).otherwise(0)


def _net() -> pl.Expr:
    return (pl.col("gross_fen") - pl.col("deduction_fen")).clip(lower_bound=0)


def _capped(rules: SubsidyRules, lines: pl.DataFrame) -> pl.DataFrame:
    """Add what the cap of the estate's year leaves, and each line's share of it."""
    net = pl.col("net_fen").sum().over("estate_id")
    if rules.year_cap is None:
        return lines.with_columns(cap_left_fen=pl.lit(None, pl.Int64), capped_fen="net_fen")
    paid = pl.col("paid_this_year_fen").max().over("estate_id").clip(lower_bound=0)
    left = (rules.year_cap.fen - paid).clip(lower_bound=0)
    return largest_remainder(
        lines.with_columns(cap_left_fen=left),
        weight="net_fen",
        total=pl.min_horizontal(net, "cap_left_fen"),
        into="capped_fen",
        ties=_ORDER,
        over=["estate_id"],
    )


def _top_up_bounds(rules: SubsidyRules, days: int) -> tuple[pl.Expr, pl.Expr]:
    """Return the shortfall of a custody stint and the limit of its top-up, each rounded once."""
    if rules.top_up is None:
        return pl.lit(0, pl.Int64).alias("shortfall_fen"), pl.lit(0, pl.Int64).alias("top_up_limit_fen")
    cost = pl.col("custody_cost_fen").fill_null(0).cast(pl.Int128)
    earned = pl.col("custody_receivable_fen").fill_null(0).cast(pl.Int128) * figure(rules.top_up.collected_percent)
    percent = 100 * UNIT
    shortfall = divide(cost * percent - earned, percent, rules.rounding).clip(lower_bound=0)
    limit = divide(*_per_area(rules, pl.lit(figure(rules.top_up.rate), pl.Int128), days), rules.rounding)
    return shortfall.alias("shortfall_fen"), limit.alias("top_up_limit_fen")


def _top_up(rules: SubsidyRules) -> pl.Expr:
    if rules.top_up is None:
        return pl.lit(0, pl.Int64)
    entitled = _payable() & rules.top_up.applies()
    return pl.when(entitled).then(pl.min_horizontal("shortfall_fen", "top_up_limit_fen")).otherwise(0)


def _start_up(rules: SubsidyRules) -> pl.Expr:
    if rules.start_up is None:
        return pl.lit(0, pl.Int64)
    entitled = _open() & rules.start_up.applies()
    return pl.when(entitled.fill_null(value=False)).then(pl.lit(rules.start_up.fen, pl.Int64)).otherwise(0)


def _zero_reason(rules: SubsidyRules, *, by_stars: bool) -> pl.Expr:
    """Return the first reason, in this order, why nothing is due."""
    unrated = pl.col("stars").is_null() if by_stars else pl.lit(value=False)
    stopped = (pl.col("stopped_by").is_not_null(), pl.concat_str(pl.lit("veto_"), "stopped_by"))
    by_rate: Sequence[tuple[pl.Expr, pl.Expr]] = (
        (pl.col("floor_area").fill_null(0) <= 0, pl.lit("no_area")),
        stopped,
        (unrated, pl.lit("not_rated")),
        (pl.col("base_rate").fill_null(0) == 0, pl.lit("no_rate")),
        (pl.col("star_coefficient") == 0, pl.lit("zero_star")),
        (pl.col("gross_fen") == 0, pl.lit("too_small")),
    )
    nothing = pl.col("gross_fen") == 0
    by_formula = (stopped, (unrated & nothing, pl.lit("not_rated")), (nothing, pl.lit("no_amount")))
    reasons = (
        (~_managed().fill_null(value=False), pl.lit("unmanaged")),
        *(by_rate if rules.amount is None else by_formula),
        (pl.col("net_fen") == 0, pl.lit("deducted")),
    )
    told = pl.lit("cap_used")
    for test, code in reversed(reasons):
        told = pl.when(test).then(code).otherwise(told)
    return pl.when(pl.col("due_fen") == 0).then(told)


def apportion(rules: SubsidyRules, lines: pl.DataFrame, budget_fen: int) -> pl.DataFrame:
    """Return the lines of `schedule` with what is paid of them out of a budget; the sum is exact.

    Adds scaled (Boolean), ratio_numerator and ratio_denominator (fen: what there is, what is due), ratio (a figure,
    rounded, for showing only), paid_fen and one column per payer (`district_fen`, `street_fen`), which add up to
    paid_fen; district and street have theirs even where they bear nothing. Fen left over by scaling go to the largest
    remainders, equal ones by estate code, then tenure. A line that scaling leaves nothing says `budget`.

    Raises:
        ValueError: the budget is negative.
    """
    if budget_fen < 0:
        raise ValueError(f"a budget of {budget_fen} fen")
    due = int(lines["due_fen"].sum())
    there = min(budget_fen, due)
    paid = largest_remainder(lines, weight="due_fen", total=pl.lit(there), into="paid_fen", ties=_ORDER)
    starved = (pl.col("due_fen") > 0) & (pl.col("paid_fen") == 0)
    return paid.with_columns(
        *_split(rules),
        scaled=pl.lit(there < due),
        ratio_numerator=pl.lit(there, pl.Int64),
        ratio_denominator=pl.lit(due, pl.Int64),
        ratio=pl.lit(divided(there * UNIT, due) if due else UNIT, pl.Int64),
        zero_reason=pl.when(starved).then(pl.lit("budget")).otherwise("zero_reason"),
    )


def _split(rules: SubsidyRules) -> list[pl.Expr]:
    """Return one column per payer: each pays up to its running share, so the last takes exactly the rest."""
    paid, whole = pl.col("paid_fen"), pl.lit(100 * UNIT, pl.Int64)
    columns, reached, before = [], pl.lit(0, pl.Int64), pl.lit(0, pl.Int64)
    for payer in rules.payers:
        reached = pl.min_horizontal(reached + held(payer.share).fill_null(0).clip(lower_bound=0), whole)
        is_last = payer is rules.payers[-1]
        running = paid if is_last else divide(paid.cast(pl.Int128) * reached, 100 * UNIT, rules.rounding)
        columns.append((running - before).alias(f"{payer.payer}_fen"))
        before = running
    bearing = {payer.payer for payer in rules.payers}
    return [*columns, *(pl.lit(0, pl.Int64).alias(f"{name}_fen") for name in ALWAYS if name not in bearing)]


def explain_line(rules: SubsidyRules, row: Mapping[str, Any]) -> list[Text]:
    """Return the working of one line of `schedule` or `apportion`, one sentence per step that moved money.

    Everything is read off the row's columns; nothing is computed again.
    """
    told = [] if row["zero_reason"] is None else [_ZERO.fill(reason=rules.reason(row["zero_reason"]))]
    if rules.amount is not None and row["zero_reason"] not in {"unmanaged", "no_area"}:
        told.extend(_by_steps(rules, row))
    elif row["gross_fen"]:
        told.append(_formula(rules, row))
    if row["deduction_fen"] and row["gross_fen"]:
        told.append(_filled(_DEDUCTED, row, "gross_fen", "deduction_fen", "net_fen"))
    if row["capped_fen"] < row["net_fen"]:
        told.append(_filled(_CAPPED, row, "cap_left_fen", "capped_fen"))
    if row["top_up_fen"]:
        told.append(_filled(_TOPPED_UP, row, "shortfall_fen", "top_up_limit_fen", "top_up_fen", "due_fen"))
    if row.get("grant_fen"):
        kind = Management(row["management"]).label
        told.append(_STARTED.fill(management=kind, grant=yuan(row["grant_fen"]), due=yuan(row["due_fen"])))
    if row.get("scaled") and row["due_fen"]:
        told.append(_filled(_SCALED, row, "due_fen", "ratio_numerator", "ratio_denominator", "paid_fen"))
    if row.get("paid_fen"):
        amounts = [(payer.title, yuan(row[f"{payer.payer}_fen"])) for payer in rules.payers]
        zh = " + ".join(f"{title.zh} {amount} 元" for title, amount in amounts)
        en = " + ".join(f"{title.en} ¥{amount}" for title, amount in amounts)
        told.append(Text(zh, en))
    return told


def _formula(rules: SubsidyRules, row: Mapping[str, Any]) -> Text:
    part = row["days"] != row["days_in_period"]
    text = Text(
        "{area} ㎡ × {rate} 元 × {c} × {months} 个月" + (" × {days}/{whole} 天" if part else "") + " = {yuan} 元",
        "{area} ㎡ × ¥{rate} × {c} × {months} months" + (" × {days}/{whole} days" if part else "") + " = ¥{yuan}",
    )
    return text.fill(
        area=yuan(row["floor_area"]),  # hundredths of a square metre read like fen
        rate=rate_words(row["base_rate"]),
        c=rate_words(row["star_coefficient"]),
        months=plain(rules.months_of_period),
        days=row["days"],
        whole=row["days_in_period"],
        yuan=yuan(row["gross_fen"]),
    )


def _by_steps(rules: SubsidyRules, row: Mapping[str, Any]) -> Iterator[Text]:
    """Yield what every step gave and by which rule, with the figures of the line in brackets."""
    titles, seen = words(rules.steps), as_seen(row)
    for step in rules.steps:
        if step.name in row:
            rule = step.head({**titles, **dict(_valued(step, titles, seen))})
            taken = [one.when for one in _table(step, titles, seen) if one.mark is not None]
            if taken:
                rule = Text("{r}：{w}", "{r}: {w}").fill(r=rule, w=joined(taken))
            text = Text("{t} {v}（{r}）", "{t} {v} ({r})")
            yield text.fill(t=step.title, v=_given(row[step.name], step.name, titles), r=rule)


def _valued(step: MoneyStep, titles: Mapping[str, Text], seen: Mapping[str, Any]) -> Iterator[tuple[str, Text]]:
    for _, name in (*step.needs(), *step.keys()):
        if name in seen:
            value = _given(seen[name], name, titles)
            yield name, Text("{t}（{v}）", "{t} ({v})").fill(t=titles.get(name, Text(name, name)), v=value)


def tables(rules: SubsidyRules, row: Mapping[str, Any]) -> list[tuple[Text, tuple[Marked, ...]]]:
    """Return the tables of rates, coefficients and steps, each with the branch that a worked line took."""
    stars = HALVES if isinstance(row["stars"], Decimal) else pl.Int64()
    seen = pl.DataFrame(
        {name: [row[name]] for name in ("management", "estate_type", "stars")},
        schema={"management": pl.String(), "estate_type": pl.String(), "stars": stars},
    )
    found = [
        (_RATES, marked(rules.rate_branches(), seen, mark=_THIS_LINE)),
        (_COEFFICIENTS, marked(rules.coefficient_branches(), seen, mark=_THIS_LINE)),
    ]
    titles, of_steps = words(rules.steps), as_seen(row)
    found += [(step.title, _table(step, titles, of_steps)) for step in rules.steps if step.name in row]
    return [(title, rows) for title, rows in found if rows]


def _table(step: MoneyStep, titles: Mapping[str, Text], seen: Mapping[str, Any]) -> tuple[Marked, ...]:
    branches = list(step.tabled(titles))
    wanted = {root for branch in branches for root in branch.holds.meta.root_names()}
    values = {name: [seen[name]] for name in wanted if name in seen}
    if not branches or len(values) < len(wanted):
        return ()
    return marked(branches, pl.DataFrame(values), mark=_THIS_LINE)


def _given(value: object, name: str, titles: Mapping[str, Text]) -> Text:
    if isinstance(value, bool):
        return Text("是", "yes") if value else Text("否", "no")
    if isinstance(value, int):
        return Text(plain(value), plain(value))
    return titles.get(f"{name}.{value}", Text("—", "—") if value is None else Text(str(value), str(value)))


def _filled(text: Text, row: Mapping[str, Any], *columns: str) -> Text:
    return text.fill(**{name: yuan(row[name]) for name in columns})
