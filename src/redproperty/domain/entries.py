"""A sheet while it is filled in: what may be typed, what applies, what is still missing, what it comes to."""

import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

import polars as pl

from redproperty.domain.asked import MOST_PLACES, counts_code
from redproperty.domain.choices import Choice
from redproperty.domain.compiled import compiled
from redproperty.domain.inspections import COUNTED, State
from redproperty.domain.items import Item
from redproperty.domain.numbers import UNIT, decimal, figure
from redproperty.domain.sheets import Sheet
from redproperty.domain.stars import Stars, plainly
from redproperty.domain.texts import Problem, Text

CLEAN, FOUND = "clean", "found"  # how a form says "nothing found" and "something found" of what is counted
REST_CLEAN = "其余无扣分"  # stands in an answer's history when its whole category was marked at once
REST_UNDONE = "撤销其余无扣分"
COPIED = "沿用上轮"  # when it was copied from the last round; whoever touches it afterwards takes the mark away


class Standing(Choice):
    """How far an inspection is on a day, as the matrix counts it: each inspection is in exactly one."""

    DONE = "done", "已完成", "done"
    WAITING = "waiting", "待审", "waiting for review"
    RETURNED = "returned", "退回", "returned"
    LATE = "late", "逾期", "late"
    BEGUN = "begun", "录入中", "being entered"
    NOT_STARTED = "not_started", "未开始", "not started"
    VOID = "void", "已作废", "void"


_AT_LEAST_ONE = Text(
    "扣分的处数至少为 1；没有问题请选“无问题”", "at least 1; choose “nothing found” where there is nothing"
)
_CHOOSE = Text("请选择一个选项", "choose one of the answers")
_OPEN = Text("{code} {title}：尚未评定", "{code} {title}: not scored yet")


def standing(state: State, due_on: date, today: date, *, begun: bool, void: bool = False) -> Standing:
    """Return how far an inspection is; one returned stays so however late it is, a void one is nothing else."""
    if void:
        return Standing.VOID
    if state in COUNTED:
        return Standing.DONE
    if state is State.SUBMITTED:
        return Standing.WAITING
    if state is State.RETURNED:
        return Standing.RETURNED
    if due_on < today:
        return Standing.LATE
    return Standing.BEGUN if begun else Standing.NOT_STARTED


def clean_code(item: Item) -> int | None:
    """Return the code that says “nothing found” and earns the full mark; None where the item has to be measured."""
    return 0 if item.finds else None


def typed(item: Item, outcome: str, amount: str) -> int | Text | None:
    """Return the code of what was chosen and typed, None for nothing yet, or what is wrong with it.

    `outcome` is `clean`, `found` or a code in digits (a level, or one of the answers that are no counts); without one,
    or with `found`, `amount` holds the count or the measured number as typed (full-width digits are forgiven); counts
    of several kinds stand in their order with “+” between them, one left blank is none.
    """
    if outcome == CLEAN and clean_code(item) == 0:
        return 0
    if outcome not in {"", FOUND}:
        return _chosen(item, outcome)
    amount = unicodedata.normalize("NFKC", amount).strip().rstrip("%").strip()
    if not amount.strip("+ "):
        return _limits(item) if outcome == FOUND and clean_code(item) == 0 else None
    number = _number(item, amount)
    if number == 0 and outcome == FOUND and clean_code(item) == 0:
        return _AT_LEAST_ONE
    return number


def _chosen(item: Item, outcome: str) -> int | Text:
    digits = outcome.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()):
        return _CHOOSE
    return item.refusal(int(outcome)) or int(outcome)


def _number(item: Item, amount: str) -> int | Text:
    """Return the code that `amount` writes; a count has no decimals, and no minus sign reaches the other answers."""
    asked = item.asked()
    if asked.kind == "counts":
        return _counts(item, amount)
    try:
        number = Decimal(amount)
        code = figure(number) if asked.kind == "number" else figure(number) // UNIT
    except (InvalidOperation, ValueError):
        return _limits(item)
    if code < asked.low or (asked.kind != "number" and number != code):
        return _limits(item)
    return item.refusal(code) or code


def _counts(item: Item, amount: str) -> int | Text:
    """Return the code of one count per kind."""
    given = [one.strip() or "0" for one in amount.split("+")]
    fits = len(given) == len(item.asked().parts)
    if not fits or any(not one.isdecimal() or int(one) > MOST_PLACES for one in given):
        return _limits(item)
    return counts_code(map(int, given))


def _limits(item: Item) -> Text:
    """Return what can be typed."""
    return item.refusal(item.asked().high + 1) or _CHOOSE


def applicable(sheet: Sheet, ground: pl.DataFrame) -> Mapping[str, bool]:
    """Return for every item whether the register facts in the one row of `ground` let it apply to the estate."""
    return compiled(sheet).applies(ground)


def asked(sheet: Sheet, grounds: pl.DataFrame) -> dict[int, int]:
    """Return how many items apply to each estate, by `estate_id`."""
    absent = [name for name in sheet.facts if name not in grounds.columns]
    frame = grounds.with_columns(pl.lit(None, pl.Int64).alias(name) for name in absent)
    bound = [item.applies.truth().fill_null(value=True).alias(item.code) for item in sheet.items if item.applies]
    free = pl.repeat(len(sheet.items) - len(bound), pl.len(), dtype=pl.Int64)
    counts = frame.select(pl.sum_horizontal(free, *bound))
    return dict(zip(grounds["estate_id"].to_list(), counts.to_series().to_list(), strict=True))


def missing(sheet: Sheet, applies: Mapping[str, bool], values: Mapping[str, int | None]) -> Iterator[Problem]:
    """Yield one problem per item that applies and has no answer, or one that the edition refuses; field = item code."""
    for item in sheet.items:
        if not applies[item.code]:
            continue
        value = values.get(item.code)
        refusal = _OPEN.fill(code=item.code, title=item.title) if value is None else item.refusal(value)
        if refusal is not None:
            yield Problem(item.code, refusal)


def worked(sheet: Sheet, ground: pl.DataFrame, values: Mapping[str, int | None]) -> dict[str, Any]:
    """Return the row of `domain.sheets.score` for one sheet: points of items and categories, score, asked, answered.

    `ground` is the one row of register facts; items absent from `values` are open.
    """
    answers = {code: values.get(code) for code in sheet.codes}
    return ground.row(0, named=True) | answers | compiled(sheet).form(ground, values)


def provisional(stars: Stars, points: int) -> int | Decimal | None:
    """Return the stars that a score alone would earn; gates, vetoes and the other figures come with the period.

    Null where the cut-offs look at something else than the score.
    """
    if stars.of is not None:
        return None
    return next((plainly(cutoff.star) for cutoff in stars.cutoffs if cutoff.has(decimal(points))), None)
