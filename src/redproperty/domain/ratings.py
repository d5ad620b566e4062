"""The rating of a period: `assess` makes the figures of each estate, `settle` the stars of them all.

Both take frames and give frames; every step is one named column, so the working of a result is its row.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

import msgspec
import polars as pl

from redproperty.domain.conditions import Condition
from redproperty.domain.facts import Fact, filled, titles
from redproperty.domain.faults import Fault, Path, repeated, suggest, under
from redproperty.domain.numbers import UNIT
from redproperty.domain.operands import Column
from redproperty.domain.plans import Pass, Plan, fused, planned, through
from redproperty.domain.sheets import Sheet
from redproperty.domain.stages import Streak, past
from redproperty.domain.stars import NONE_GIVEN, NOT_RATED, STARS, Stars
from redproperty.domain.steps.rounds import ROUND_SCORES, ROUNDS
from redproperty.domain.steps.vocabulary import AnyStep
from redproperty.domain.texts import Text

# columns of the register by which groups may be made, beside the declared facts
PERIOD: Final = ("period.year", "period.quarter", "period.month")  # the period itself, as figures
PERIOD_WORDS: Final = dict(
    zip(PERIOD, (Text("年份", "year"), Text("季度", "quarter"), Text("月份", "month")), strict=True)
)
_HELD: Final = frozenset({"estate_id", "estate_code", "name", ROUNDS, STARS, NOT_RATED, "fired"})  # no figure's name
REGISTERED: Final = dict.fromkeys(PERIOD, Column()) | {"street": Column("name"), "company_id": Column("name")}


class Rating(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, dict=True):
    """How inspections and facts become stars (`rating.yaml`)."""

    facts: tuple[Fact, ...] = ()
    steps: tuple[AnyStep, ...] = ()
    stars: Stars = NONE_GIVEN  # left out by methods that yield figures, names or money only
    after: tuple[AnyStep, ...] = ()  # steps that may look at the stars and at the rules that fired
    designation: str | None = None  # the step whose name is said beside the stars

    @property
    def all_steps(self) -> tuple[AnyStep, ...]:
        """Return the steps before the stars and after them."""
        return (*self.steps, *self.after)

    @cached_property
    def titles(self) -> Mapping[str, Text]:
        """Return the words for facts, their choices and the figures of the steps."""
        words = titles(self.facts) | PERIOD_WORDS
        for step in self.steps:
            words |= step.words()
        if self.after:
            words |= self.stars.words()
        for step in self.after:
            words |= step.words()
        return words

    def named(self, row: Mapping[str, Any]) -> Text | None:
        """Return the designation of a settled row; nothing where it has none."""
        code = None if self.designation is None else row[self.designation]
        return None if code is None else self.titles[f"{self.designation}.{code}"]

    def grades(self, sheet: Sheet) -> tuple[str, ...]:
        """Return the codes of the names that stand where the stars would, in the edition's order; none beside stars."""
        if self.stars.given or self.designation is None:
            return ()
        return self.gives(sheet)[self.designation].values

    def grade_title(self, code: str) -> Text | None:
        """Return the words for a grade."""
        return self.titles.get(f"{self.designation}.{code}")

    def heads(self) -> tuple[pl.Expr, pl.Expr]:
        """Return the columns `composite` and `grade` of settled rows: what lists show beside, or instead of, the stars.

        The composite is empty where an estate is not rated, the grade where the edition gives stars.
        """
        none, named = pl.lit(None, pl.Int64), pl.lit(None, pl.String)
        if self.stars.given:
            return pl.when(pl.col(NOT_RATED).is_null()).then(pl.col(self.stars.figure)).alias("composite"), named.alias(
                "grade"
            )
        grade = named if self.designation is None else pl.col(self.designation).cast(pl.String)
        return none.alias("composite"), grade.alias("grade")

    def period_figures(self) -> tuple[str, ...]:
        """Return which of the figures of the period itself the rating looks at."""
        named = {name for step in self.all_steps for _, name in (*step.needs(), *step.keys())}
        named |= {name for _, condition in self.conditions() for name in condition.needs()}
        named |= {name for _, name in self.stars.needs()}
        return tuple(name for name in PERIOD if name in named)

    def marked(self, sheet: Sheet) -> dict[str, str]:
        """Return the columns of points that the rating looks at: of every category, of the items that steps name."""
        named = {code for step in self.all_steps for code in step.marked(sheet)}
        categories = {category.code: category.points_column for category in sheet.categories}
        return categories | {item.code: item.points_column for item in sheet.items if item.code in named}

    def recalls(self) -> dict[str | None, int]:
        """Return how many earlier periods are looked at, by figure; None is the composite."""
        streaks = [stage for stage in self.stars.stages if isinstance(stage, Streak)]
        wanted: dict[str | None, int] = {None: max((streak.reaches_back() for streak in streaks), default=0)}
        for step in self.all_steps:
            name = step.recalls()
            wanted[name] = max(wanted.get(name, 0), step.reaches_back())
        return wanted

    def gives(self, sheet: Sheet) -> dict[str, Column]:
        """Return every column of a settled row that other rules may name."""
        known: dict[str, Column] = REGISTERED | {fact.name: fact.column for fact in self.facts} | sheet.gives()
        known |= self.stars.gives()
        for step in self.all_steps:
            known |= step.gives(sheet)
        return known

    def step(self, name: str) -> AnyStep:
        """Return the step of that name."""
        return next(step for step in self.all_steps if step.name == name)

    def conditions(self) -> Iterator[tuple[Path, Condition]]:
        """Yield every condition of the file with its path."""
        for index, step in enumerate(self.steps):
            for path, condition in step.conditions():
                yield ("steps", index, *path), condition
        for path, condition in self.stars.conditions():
            yield ("stars", *path), condition
        for index, step in enumerate(self.after):
            for path, condition in step.conditions():
                yield ("after", index, *path), condition

    def check(self, sheet: Sheet) -> Iterator[Fault]:
        """Yield what is wrong with the file; the sheet says which categories there are."""
        yield from repeated((("facts", i, "name"), fact.name) for i, fact in enumerate(self.facts))
        for index, fact in enumerate(self.facts):
            yield from under(("facts", index), fact.check())
        for index, step in enumerate(self.steps):
            yield from under(("steps", index), step.check())
        if self.stars is not NONE_GIVEN:
            yield from under(("stars",), self.stars.check(sheet))
        for index, step in enumerate(self.after):
            yield from under(("after", index), step.check())
        for path, condition in self.conditions():
            yield from under(path, condition.check())
            yield from under(path, condition_faults(condition, self.facts))
        yield from repeated(self._codes())
        yield from self._name_faults()
        yield from self._order_faults(sheet)
        yield from self._mark_faults(sheet)

    def _placed(self) -> Iterator[tuple[Path, AnyStep]]:
        """Yield every step with its place in the file."""
        yield from ((("steps", index), step) for index, step in enumerate(self.steps))
        yield from ((("after", index), step) for index, step in enumerate(self.after))

    def _codes(self) -> Iterator[tuple[Path, str]]:
        for place, step in self._placed():
            yield (*place, "name"), step.name
            for position, entry in enumerate(getattr(step, "entries", ())):
                yield (*place, "entries", position, "code"), entry.code
        for path, code in self.stars.codes():
            yield ("stars", *path), code

    def _name_faults(self) -> Iterator[Fault]:
        named: list[tuple[Path, str]] = [(("facts", index), fact.name) for index, fact in enumerate(self.facts)]
        for place, name in (*named, *((place, step.name) for place, step in self._placed())):
            if name in _HELD:
                yield (*place, "name"), Text("名字“{n}”已有用处", "the name “{n}” is taken").fill(n=name)

    def _mark_faults(self, sheet: Sheet) -> Iterator[Fault]:
        codes = (*(category.code for category in sheet.categories), *sheet.codes)
        for place, step in self._placed():
            for path, code in step.marks():
                if code not in codes:
                    text = Text("评分表没有“{c}”这一项或类别", "the sheet has no item or category “{c}”").fill(c=code)
                    yield (*place, *path), suggest(text, code, codes)

    def _order_faults(self, sheet: Sheet) -> Iterator[Fault]:
        known: dict[str, Column] = REGISTERED | {fact.name: fact.column for fact in self.facts} | sheet.gives()
        yield from in_order("steps", self.steps, sheet, known)
        for path, name in self.stars.needs():
            if name in known and known[name].kind != "figure":
                yield ("stars", *path), Text("星级须由数来定", "stars are made of figures")
        for path, name in (*self.stars.needs(), *_figures(self.stars.conditions())):
            if name not in known:
                yield ("stars", *path), _unknown(name, known)
        yield from under(("stars",), _unlike(self.stars.conditions(), known))
        known |= self.stars.gives()
        yield from in_order("after", self.after, sheet, known)
        for place, step in self._placed():
            recalled = step.recalls()
            if recalled is not None and recalled not in known:
                yield (*place, "of"), _unknown(recalled, known)
            elif recalled is not None and known[recalled].kind != "figure":
                text = Text(
                    "“{n}”不是数；先用 first_match 或 table 变成数，再往前看那个数",
                    "“{n}” is no figure; make it one by first_match or table and look back at that",
                )
                yield (*place, "of"), text.fill(n=recalled)
        if self.designation is not None and known.get(self.designation, Column()).kind != "name":
            names = [name for name, column in known.items() if column.kind == "name"]
            text = Text("没有给出名称的步骤“{n}”", "no step “{n}” gives a name").fill(n=self.designation)
            yield ("designation",), suggest(text, self.designation, names)


def in_order(key: str, steps: Sequence[AnyStep], sheet: Sheet, known: dict[str, Column]) -> Iterator[Fault]:
    """Yield where steps use columns before they are there, or as what they are not; adds what they give to `known`."""
    later = {name: number for number, step in enumerate(steps) for name in (*step.gives(sheet), step.name)}
    for index, step in enumerate(steps):
        for path, name in _looks_at(step):
            if name not in known and name in later:
                yield (key, index, *path), _too_early(name, index, later[name], steps)
            elif name not in known:
                yield (
                    (key, index, *path),
                    _unknown(name, known, step.choices_at(path)),
                )
        faults = (*step.unfit(known), *_unlike(step.conditions(), known))
        yield from under((key, index), faults)
        named_before = {before.name for before in steps[:index]}  # the same name twice is refused as such
        for name in step.gives(sheet):
            if name in known and name not in named_before:
                yield (key, index, "name"), Text("名字“{n}”已有用处", "the name “{n}” is taken").fill(n=name)
        known |= step.gives(sheet)


def _looks_at(step: AnyStep) -> Iterator[tuple[Path, str]]:
    yield from (*step.needs(), *step.keys(), *_figures(step.conditions()))


def _too_early(name: str, at: int, given: int, steps: Sequence[AnyStep]) -> Text:
    """Say which later step gives a figure, or through which steps it goes round in a circle."""
    circle = _way(given, at, steps)
    if circle is not None:
        way = " → ".join(steps[number].name for number in (at, *circle))
        text = Text("“{n}”互相引用，成了循环：{w}", "“{n}” is used before it is defined, in a circle: {w}")
        return text.fill(n=name, w=way)
    text = Text(
        "“{n}”在定义之前就被引用：第 {k} 步“{t}”才算出它，须移到那一步之后",
        "“{n}” is used before it is defined: step {k}, {t}, gives it; it must come after that step",
    )
    return text.fill(n=name, k=given + 1, t=steps[given].title)


def _way(start: int, goal: int, steps: Sequence[AnyStep]) -> tuple[int, ...] | None:
    """Return the numbers of the steps from one to another, each of which looks at the next; None if there is none."""
    by_name = {step.name: number for number, step in enumerate(steps)}
    ways: dict[int, tuple[int, ...]] = {start: (start,)}
    waiting = [start]
    while waiting:
        here = waiting.pop(0)
        if here == goal:
            return ways[here]
        for _, name in _looks_at(steps[here]):
            there = by_name.get(name)
            if there is not None and there not in ways:
                ways[there] = (*ways[here], there)
                waiting.append(there)
    return None


def condition_faults(condition: Condition, facts: tuple[Fact, ...]) -> Iterator[Fault]:
    """Yield where a condition looks at facts that nobody declares, or compares them with what they cannot be."""
    declared = {fact.name: fact for fact in facts}
    for leaf in condition.leaves():
        if leaf.fact is None:
            continue
        fact = declared.get(leaf.fact)
        if fact is None:
            text = Text("事实“{name}”没有声明", "nobody declares the fact “{name}”").fill(name=leaf.fact)
            yield ("fact",), suggest(text, leaf.fact, declared)
            continue
        if not _comparable(leaf, fact.column):
            yield (), _compared_as(leaf, fact.column)


def assess(
    sheet: Sheet,
    rating: Rating,
    inspections: pl.DataFrame,
    estates: pl.DataFrame,
    *,
    history: pl.DataFrame | None = None,
    standing: Mapping[str, Any] | None = None,
) -> pl.DataFrame:
    """Return one row per estate of `estates`, in their order, with every figure of the rating's steps.

    `inspections` are the valid, submitted inspections of the period: estate_id, round, score and `<CAT>.points`
    (null where nothing of the category applied), `<item>.points` of the items that steps look at, all millionths but
    the round; a Boolean column `void` may take rounds
    out. `estates` has estate_id and facts, and may have `period.year` and
    `period.quarter`; facts that lack a column are unknown or take the edition's default. Steps
    that look at other estates see those of the frame, those that look back the `history` (as in `settle`); with
    `standing`, a row with their columns, both stay as in it.
    """
    rounds = by_estate(sheet, rating, inspections)
    return assess_rounds(sheet, rating, rounds, estates, history=history, standing=standing)


def assess_rounds(
    sheet: Sheet,
    rating: Rating,
    rounds: pl.DataFrame,
    estates: pl.DataFrame,
    *,
    history: pl.DataFrame | None = None,
    standing: Mapping[str, Any] | None = None,
) -> pl.DataFrame:
    """Return what `assess` does, of inspections that `by_estate` has gathered."""
    frame = _beside(filled(rating.facts, estates), rounds)
    del rounds
    unsaid = [name for name in rating.period_figures() if name not in frame.columns]
    frame = frame.with_columns(
        pl.col(ROUNDS).fill_null(0),
        *(pl.col(veto.code).fill_null(value=False) for veto in sheet.vetoes),
        *(pl.lit(None, pl.Int64).alias(name) for name in unsaid),
    )
    if standing is None:
        frame = _with_history(rating, frame, history)
    plans = _plans(sheet, rating)
    if standing is None:
        return through(frame, plans.steps, sheet)
    return through(_standing(rating.steps, frame, sheet, standing), plans.steps_own, sheet)


@dataclass(frozen=True)
class _Plans:
    """What an edition does to a frame, made once: steps, stars, steps after; `own` look at nothing but the estate."""

    sheet: Sheet
    steps: Plan
    steps_own: Plan
    stars: tuple[Pass, ...]
    after: Plan
    after_own: Plan


def _plans(sheet: Sheet, rating: Rating) -> _Plans:
    kept: _Plans | None = rating.__dict__.get("plans")
    if kept is None or kept.sheet is not sheet:
        steps, after = (
            (planned(steps, sheet), planned([step for step in steps if not step.spans], sheet))
            for steps in (rating.steps, rating.after)
        )
        kept = _Plans(sheet, *steps, fused(rating.stars.passes(sheet)), *after)
        rating.__dict__["plans"] = kept
    return kept


def _standing(steps: Sequence[AnyStep], frame: pl.DataFrame, sheet: Sheet, row: Mapping[str, Any]) -> pl.DataFrame:
    """Return `frame` with what the steps that look at others gave for `row`."""
    stay = [step.gives(sheet) for step in steps if step.spans]
    return frame.with_columns(
        pl.lit(row[name], column.dtype).alias(name) for columns in stay for name, column in columns.items()
    )


def settle(
    sheet: Sheet,
    rating: Rating,
    figures: pl.DataFrame,
    history: pl.DataFrame | None = None,
    *,
    standing: Mapping[str, Any] | None = None,
) -> pl.DataFrame:
    """Return `figures` with the stars and every rule on the way to them; quotas span the estates of the frame.

    `history` has estate_id, periods_back (1 is the previous period), composite (millionths; null where not rated) and
    one column `of.<figure>` per figure that steps look back at. With `standing`, a row with their columns, what
    depends on other estates stays as in it.
    Added: one Boolean column per reason and rule code; `not_rated` (code of the first reason, else null);
    `stars.cutoff` and one column per stage; `stars`; `fired` (list of the codes that fired); the columns of the steps
    after the stars.
    """
    frame = _with_history(rating, figures, history)
    plans = _plans(sheet, rating)
    compared = {} if standing is None else {name: standing[name] for name in rating.stars.compares()}
    for expressions in plans.stars:
        frame = frame.with_columns(_stood(expressions, compared) if compared else expressions)
    return _afterwards(sheet, rating, frame, standing) if rating.after else frame


def _stood(expressions: Sequence[pl.Expr], compared: Mapping[str, Any]) -> list[pl.Expr]:
    """Return the expressions, those of the `compared` columns as the values that stand for them."""
    names = [expr.meta.output_name() for expr in expressions]
    return [
        pl.lit(compared[name], pl.Int64).alias(name) if name in compared else expr
        for name, expr in zip(names, expressions, strict=True)
    ]


def _afterwards(sheet: Sheet, rating: Rating, frame: pl.DataFrame, standing: Mapping[str, Any] | None) -> pl.DataFrame:
    """Run the steps after the stars, to which the stars are a figure like any other."""
    given = pl.Series(STARS, frame[STARS])
    frame = frame.with_columns((pl.col(STARS) * UNIT).cast(pl.Int64))
    plans = _plans(sheet, rating)
    if standing is None:
        frame = through(frame, plans.after, sheet)
    else:
        frame = through(_standing(rating.after, frame, sheet, standing), plans.after_own, sheet)
    return frame.with_columns(given)


def by_estate(sheet: Sheet, rating: Rating, inspections: pl.DataFrame) -> pl.DataFrame:
    """Return one row per estate of `inspections` (as for `assess`): how many are valid, and what the steps look at."""
    marked, alone = rating.marked(sheet), {code for step in rating.all_steps for _, code in step.marks()}
    counts = pl.col("score").is_not_null()
    if "void" in inspections.columns:
        counts &= ~pl.col("void").fill_null(value=False)
    needed = (*marked.values(), *(veto.code for veto in sheet.vetoes))
    absent = [name for name in needed if name not in inspections.columns]
    valid = inspections.with_columns(pl.lit(None, pl.Int64).alias(name) for name in absent) if absent else inspections
    if not valid.select(counts.all()).item():  # a nation's sheets are not copied for nothing
        valid = valid.filter(counts)
    if valid.select(_in_order()).item():
        valid = valid.with_columns(pl.col("estate_id").set_sorted())
    else:
        valid = valid.sort("estate_id", "round")
    return valid.group_by("estate_id", maintain_order=True).agg(
        pl.len().cast(pl.Int64).alias(ROUNDS),
        pl.col("score").alias(ROUND_SCORES),
        *(
            pl.col(points).alias(f"{ROUNDS}.{code}")
            for code, points in marked.items()
            if code in alone or code not in sheet.by_code
        ),
        *(made.alias(name) for step in rating.all_steps for name, made in step.of_round(sheet).items()),
        *(pl.col(veto.code).cast(pl.Boolean).any() for veto in sheet.vetoes),
    )


def _beside(estates: pl.DataFrame, inspected: pl.DataFrame) -> pl.DataFrame:
    """Return the estates with what was inspected, joined only where they are not the same row by row."""
    if estates["estate_id"].equals(inspected["estate_id"], null_equal=False):
        return estates.hstack(inspected.drop("estate_id"))
    found = estates.select("estate_id").join(inspected, on="estate_id", how="left", maintain_order="left")
    return estates.hstack(found.get_columns()[1:])


def _in_order() -> pl.Expr:
    """Return whether the sheets already come by estate and round, as they mostly do."""
    estate, number = pl.col("estate_id").diff(), pl.col("round").diff()
    return ((estate > 0) | ((estate == 0) & (number >= 0))).all()


def _with_history(rating: Rating, figures: pl.DataFrame, history: pl.DataFrame | None) -> pl.DataFrame:
    """Return `figures` with what is looked back at, but for what is there already."""
    wanted = [
        (past(back, name), "composite" if name is None else f"of.{name}", back)
        for name, furthest in rating.recalls().items()
        for back in range(1, furthest + 1)
        if past(back, name) not in figures.columns
    ]
    if not wanted:
        return figures
    if history is None or history.is_empty():
        return figures.with_columns(pl.lit(None, pl.Int64).alias(column) for column, _, _ in wanted)
    unknown = [column for column, source, _ in wanted if source not in history.columns]
    figures = figures.with_columns(pl.lit(None, pl.Int64).alias(column) for column in unknown)
    wide = history.group_by("estate_id").agg(
        pl.col(source).filter(pl.col("periods_back") == back).max().alias(column)
        for column, source, back in wanted
        if column not in unknown
    )
    found = figures.select("estate_id").join(wide, on="estate_id", how="left", maintain_order="left")
    return figures.hstack(found.get_columns()[1:])


def _figures(conditions: Iterator[tuple[Path, Condition]]) -> Iterator[tuple[Path, str]]:
    for path, condition in conditions:
        yield from ((path, leaf.figure) for leaf in condition.leaves() if leaf.figure)
        yield from ((path, name) for _, name in condition.bounds())


def _unlike(conditions: Iterator[tuple[Path, Condition]], known: Mapping[str, Column]) -> Iterator[Fault]:
    """Yield where a condition compares a figure with what it cannot be, or with a bound that is no figure."""
    for path, condition in conditions:
        for _, name in condition.bounds():
            if name in known and known[name].kind != "figure":
                yield path, Text("“{n}”不是数，不能作界限", "“{n}” is no figure and no bound").fill(n=name)
        for leaf in condition.leaves():
            column = known.get(leaf.figure or "")
            if column is not None and not _comparable(leaf, column):
                yield path, _compared_as(leaf, column)


_EQUAL = Text(
    "{t}；要等于另一个数，at_least 和 at_most 都写它的名字",
    "{t}; to equal another figure give its name to at_least and at_most",
)


def _compared_as(leaf: Condition, column: Column) -> Text:
    """Return what the column is and which comparisons it takes, for a condition that asks something else of it."""
    takes = {
        "figure": Text(
            "它是数，用 is、in、at_least、above、below、at_most",
            "it is a figure, use is, in, at_least, above, below, at_most",
        ),
        "flag": Text("它是真假，用 is: true 或 is: false", "it is a flag, use is: true or is: false"),
        "name": Text("它是名称，用 is 或 in，可写：{v}", "it is a name, use is or in with one of {v}"),
    }[column.kind]
    text = Text("“{n}”不能这样比较：{t}", "“{n}” cannot be compared like this: {t}")
    listed = Text("、".join(column.values), ", ".join(column.values))
    said = text.fill(n=leaf.subject, t=takes.fill(v=listed))
    return _EQUAL.fill(t=said) if column.kind == "figure" and isinstance(leaf.is_, str) else said


def _comparable(leaf: Condition, column: Column) -> bool:
    bounded = any(bound is not None for bound in (leaf.at_least, leaf.above, leaf.below, leaf.at_most))
    values = (*(leaf.in_ or ()), *([leaf.is_] if leaf.is_ is not None else []))
    if column.kind == "figure":
        return all(isinstance(value, Decimal) for value in values)
    if column.kind == "flag":
        return not bounded and all(isinstance(value, bool) for value in values)
    return not bounded and all(value in column.values for value in values)


def _unknown(name: str, known: Collection[str], choices: Collection[str] = ()) -> Text:
    text = Text("没有“{name}”这个事实或数", "there is no fact or figure “{name}”")
    if choices:
        text = Text("“{name}”不在 choices 之列，也不是前面的名称", "“{name}” is no choice and no earlier column")
    return suggest(text.fill(name=name), name, sorted({*known, *choices}))
