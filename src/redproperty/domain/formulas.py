"""Amounts of a subsidy by formula: the steps of the rating's vocabulary, over the lines of a run.

A line offers its own columns (`LINE`), year, quarter and month of the period, and every fact, figure, name and flag
of the rating that it is paid by: a fact that only money needs (an approved cost, an instalment reached) is declared in
`rating.yaml` like any other. What the steps give becomes columns of the line, so a line stays its own working.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import polars as pl

from redproperty.domain.estates import EstateType, Management
from redproperty.domain.faults import Fault, Path, suggest, under
from redproperty.domain.numbers import UNIT
from redproperty.domain.operands import Column
from redproperty.domain.ratings import PERIOD, PERIOD_WORDS, Rating, condition_faults, in_order
from redproperty.domain.sheets import NO_SHEET, Sheet
from redproperty.domain.stages import past
from redproperty.domain.steps.vocabulary import MoneyStep
from redproperty.domain.texts import Text

LINE: Final[Mapping[str, tuple[Column, Text]]] = {
    "floor_area": (Column(), Text("建筑面积（㎡）", "floor area (㎡)")),
    "days": (Column(), Text("管理天数", "managed days")),
    "days_in_period": (Column(), Text("本期天数", "days of the period")),
    "months": (Column(), Text("计补月数", "months that count")),
    "stars": (Column(), Text("星级", "stars")),
    "paid_this_year": (Column(), Text("该小区当年已发（元）", "paid to the estate this year (¥)")),
    "paid_last_period": (Column(), Text("该小区上期实发（元）", "paid to the estate in the period before (¥)")),
    "budget": (Column(), Text("本批预算（元）", "budget of the run (¥)")),
    "payable": (Column("flag"), Text("可以补贴", "may be paid")),
    "is_first": (Column("flag"), Text("首次转入", "first stint of its management")),
    "management": (Column("name", tuple(kind.value for kind in Management)), Text("管理方式", "management")),
    "estate_type": (Column("name", tuple(kind.value for kind in EstateType)), Text("小区类型", "type of estate")),
    "street": (Column("name"), Text("街道", "street")),
    "company_id": (Column("name"), Text("企业", "company")),
    **{name: (Column(), title) for name, title in PERIOD_WORDS.items()},
}
BUDGET: Final = "budget_fen"  # column of lines whose steps name the budget
_SHARED: Final = frozenset({"stars", "management", "estate_type", "street", "company_id", "floor_area", *PERIOD})
_FEN = UNIT // 100  # of a yuan, in millionths
_HELD = frozenset({"estate_id", "estate_code", "tenure_id", "vetoes", "base_rate", "star_coefficient", "stopped_by"})
_HELD_AFTER = frozenset({"zero_reason", "scaled", "ratio", "ratio_numerator", "ratio_denominator"})


def looked_at(steps: Sequence[MoneyStep], known: Mapping[str, Column]) -> dict[str, Column]:
    """Return the columns of the rating (`known`) that the steps name and a line does not have of its own."""
    named = names_in(steps)
    return {name: column for name, column in known.items() if name in named and name not in LINE}


def recalled(steps: Sequence[MoneyStep]) -> dict[str, int]:
    """Return how many earlier periods of a stint's own lines the steps look at, by figure."""
    wanted: dict[str, int] = {}
    for step in steps:
        name = step.recalls()
        if name is not None:
            wanted[name] = max(wanted.get(name, 0), step.reaches_back())
    return wanted


def names_in(steps: Sequence[MoneyStep]) -> set[str]:
    """Return every name that the steps look at, in their conditions too."""
    named = {name for step in steps for _, name in (*step.needs(), *step.keys())}
    return named | {name for step in steps for _, condition in step.conditions() for name in condition.needs()}


def reckoned(steps: Sequence[MoneyStep], lines: pl.DataFrame, payable: pl.Expr) -> pl.DataFrame:
    """Return `lines` with the columns of the steps; within them areas are ㎡, days days, money yuan, all as figures.

    Year, quarter and month of the period, the budget, and what earlier lines of the stint had, are unknown where the
    lines do not have them.
    """
    looked_back = (past(back, name) for name, most in recalled(steps).items() for back in range(1, most + 1))
    absent = {name: pl.lit(None, pl.Int64) for name in (*PERIOD, *looked_back) if name not in lines.columns}
    last = pl.col("paid_last_period_fen") if "paid_last_period_fen" in lines.columns else pl.lit(0, pl.Int64)
    budget = pl.col(BUDGET) if BUDGET in lines.columns else pl.lit(None, pl.Int64)
    side = lines.with_columns(
        pl.col("floor_area") * (UNIT // 100),  # from hundredths of a square metre
        pl.col("days", "days_in_period") * UNIT,
        pl.col("stars").cast(pl.Int64) * UNIT,
        payable=payable,
        paid_this_year=pl.col("paid_this_year_fen") * _FEN,
        paid_last_period=last.fill_null(0) * _FEN,
        budget=budget * _FEN,
        **absent,
    )
    for step in steps:
        side = step.apply(side, NO_SHEET)
    made = [name for name in side.columns if name not in lines.columns and name not in LINE]
    return lines.hstack(side.select(made))


def as_seen(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of a worked line in the units in which its steps saw them."""
    last = row.get("paid_last_period_fen")
    stars, budget = row["stars"], row.get(BUDGET)
    return {
        **row,
        "floor_area": None if row["floor_area"] is None else row["floor_area"] * (UNIT // 100),
        "days": row["days"] * UNIT,
        "days_in_period": row["days_in_period"] * UNIT,
        "stars": None if stars is None else stars * UNIT,
        "paid_this_year": row["paid_this_year_fen"] * _FEN,
        "paid_last_period": (last or 0) * _FEN,
        "budget": None if budget is None else budget * _FEN,
    }


def words(steps: Sequence[MoneyStep]) -> dict[str, Text]:
    """Return the words for the columns of a line and of the steps."""
    said = {name: title for name, (_, title) in LINE.items()}
    for step in steps:
        said |= step.words()
    return said


def step_faults(steps: Sequence[MoneyStep], rating: Rating, sheet: Sheet) -> Iterator[Fault]:
    """Yield what is wrong with the steps over the lines of a subsidy that is paid by this rating."""
    of_rating = rating.gives(sheet)
    yield from _double(steps, of_rating)
    known = of_rating | {name: column for name, (column, _) in LINE.items()}
    taken = {*_HELD, *_HELD_AFTER}
    for index, step in enumerate(steps):
        yield from under(("steps", index), step.check())
        if step.name in taken or step.name.endswith("_fen"):
            text = Text(
                "名字“{n}”已有用处（另一步骤，或补贴明细自己的一列），请换一个",
                "the name “{n}” is taken (by a step or a column of the line); choose another",
            )
            yield ("steps", index, "name"), text.fill(n=step.name)
        taken.add(step.name)
        for path, condition in step.conditions():
            yield from under(("steps", index, *path), condition.check())
            yield from under(("steps", index, *path), condition_faults(condition, rating.facts))
    yield from _recall_faults(steps)
    yield from in_order("steps", steps, sheet, known)


def _recall_faults(steps: Sequence[MoneyStep]) -> Iterator[Fault]:
    """Yield where a step looks back at what is no figure of these steps."""
    given = {name: column for step in steps for name, column in step.gives(NO_SHEET).items()}
    for index, step in enumerate(steps):
        name = step.recalls()
        if step.reaches_back() and name is None:
            text = Text("在补贴里须用 of 写明是哪个步骤的数", "in a subsidy state `of`: the figure of one of its steps")
            yield ("steps", index), text
        elif name is not None and given.get(name, Column("flag")).kind != "figure":
            text = Text(
                "补贴里只能回看补贴步骤的数，“{n}”不是；评定的数请在 rating.yaml 里回看",
                "a subsidy looks back at figures of its own steps, “{n}” is none; look back at one of the rating in "
                "rating.yaml",
            )
            yield ("steps", index, "of"), suggest(text.fill(n=name), name, given)


def _double(steps: Sequence[MoneyStep], of_rating: Mapping[str, Column]) -> Iterator[Fault]:
    """Yield where a step names what is both a column of the line and a figure of the rating."""
    both = (of_rating.keys() & LINE.keys()) - _SHARED
    for index, step in enumerate(steps):
        asked = [name for _, condition in step.conditions() for name in condition.needs()]
        for name in dict.fromkeys([*(name for _, name in (*step.needs(), *step.keys())), *asked]):
            if name in both:
                text = Text(
                    "“{n}”在评定规则里是一个数，在补贴里是“{t}”，请给评定规则里的改名",
                    "“{n}” is a figure of the rating and here the {t}; give that of the rating another name",
                )
                yield ("steps", index), text.fill(n=name, t=LINE[name][1])


def figure_faults(path: Path, name: str, steps: Sequence[MoneyStep]) -> Iterator[Fault]:
    """Yield why the name at `path` is not a figure of the steps."""
    given = {name: column for step in steps for name, column in step.gives(NO_SHEET).items()}
    if given.get(name, Column("flag")).kind != "figure":
        text = Text("没有算出“{n}”这个数的步骤", "no step gives a figure “{n}”").fill(n=name)
        yield path, suggest(text, name, given)
