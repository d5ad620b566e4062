"""Cases beside the rules: one made-up estate each, what is known of it, and what must come out.

What a case does not name is perfect: every answer earns the full mark, every fact is the edition's `perfect` value.
All cases run through the same `score`, `assess`, `settle` and `schedule` as a real period.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any, Literal

import msgspec
import polars as pl

from redproperty.domain.facts import perfect
from redproperty.domain.faults import suggest
from redproperty.domain.items import EXEMPT, NOT_APPLICABLE, ZEROED, Item
from redproperty.domain.numbers import UNIT, figure, plain
from redproperty.domain.packs import Pack
from redproperty.domain.periods import Period
from redproperty.domain.ratings import PERIOD, Rating, assess, settle
from redproperty.domain.sheets import score
from redproperty.domain.stages import Quota
from redproperty.domain.stars import NOT_RATED, STARS
from redproperty.domain.steps.cohorts import Cohort
from redproperty.domain.subsidies import schedule
from redproperty.domain.texts import Text

Word = Literal["not_applicable", "exempt", "zeroed", "open"]
WORDS: dict[str, int | None] = {"not_applicable": NOT_APPLICABLE, "exempt": EXEMPT, "zeroed": ZEROED, "open": None}
APART = "case"  # the column that keeps the estates of the cases apart
ORDINARY = (Decimal(75),) * 6  # with them 15 % of a stratum leave one place for five stars


class Stint(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The stint of management that a case is paid for; areas in square metres, days of the period."""

    floor_area: Decimal
    days: int
    days_in_period: int
    paid_this_year: Decimal = Decimal(0)
    paid_last_period: Decimal = Decimal(0)
    custody_cost: Decimal | None = None
    custody_receivable: Decimal | None = None
    deduction: Decimal = Decimal(0)
    is_first: bool = False  # the estate's first stint of this management


class Expected(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What must come out; what is not named is not looked at. `null` means left out (points) or missing (figures)."""

    points: dict[str, Decimal | None] = {}
    categories: dict[str, Decimal | None] = {}
    score: Decimal | None = None
    figures: dict[str, Decimal | bool | str | None] = {}  # flags and names of steps, too
    stars: int | None = None
    not_rated: str | None = None  # the reason, the first of those that fire
    reasons: tuple[str, ...] | None = None  # exactly these reasons fire
    fired: tuple[str, ...] | None = None  # exactly these rules on the stars
    due: Decimal | None = None  # yuan, before the budget


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One case.

    `answers` hold in every round, `rounds` in single ones (their number is the number of rounds held); `scores` give
    the rounds' scores outright, with nothing known of the categories. `history` are earlier composites, the latest
    first; `peers` the composites of the other estates of the stratum. `others` are further estates for the steps that
    look at the whole period: inspected like this one, with its facts but for those that are named.
    """

    name: str
    basis: Text | None = None
    period: str | None = None  # such as 2026Q3, 2026H1, 2026-07 or 2026
    year: int = 2026
    quarter: int = 1
    facts: dict[str, bool | str | Decimal | None] = {}
    answers: dict[str, Decimal | Word] = {}
    rounds: tuple[dict[str, Decimal | Word], ...] = ({}, {}, {}, {})
    scores: tuple[Decimal, ...] | None = None
    history: tuple[Decimal | None, ...] = ()
    earlier: dict[str, tuple[Decimal | None, ...]] = {}  # further figures of earlier periods, the latest first
    peers: tuple[Decimal, ...] = ORDINARY
    others: tuple[dict[str, bool | str | Decimal | None], ...] = ()
    stint: Stint | None = None
    expect: Expected


class CaseFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A file of cases about one part of the rules."""

    about: Text
    cases: tuple[Case, ...]


class Outcome(msgspec.Struct, frozen=True):
    """What became of a case; without failures it holds."""

    case: Case
    failures: tuple[Text, ...]


def run_cases(pack: Pack, cases: Sequence[Case]) -> tuple[Outcome, ...]:
    """Run every case; all are scored, assessed and settled together, each among its own peers."""
    if not cases:
        return ()
    strange = [tuple(_strangers(pack, case)) for case in cases]
    sound = [case for case, faults in zip(cases, strange, strict=True) if not faults]
    batch = [*sound, Case(name="", expect=Expected())]  # the last one lends its figures to the peers
    scored = score(pack.sheet, _answers(pack, batch))
    estates = _estates(pack, enumerate(batch))
    held = _inspections(pack, batch, scored)
    extra = _others(pack, sound)
    also = extra.select("estate_id", APART).join(held, left_on=APART, right_on="estate_id").select(held.columns)
    everyone = pl.concat([estates, extra])
    rounds, past = pl.concat([held, also]), _history(sound)
    figures = assess(pack.sheet, _apart(pack.rating), rounds, everyone, history=past)[: len(batch)]
    district = _among_peers(pack, sound, figures[:-1], figures[-1:])
    settled = settle(pack.sheet, _apart(pack.rating), district, past)
    firsts = scored.filter(pl.col("round") <= 1)
    judged = {
        id(case): tuple(_judged(pack, case, firsts[number], settled[number])) for number, case in enumerate(sound)
    }
    return tuple(Outcome(case, faults or judged[id(case)]) for case, faults in zip(cases, strange, strict=True))


def untouched(pack: Pack, cases: Sequence[Case]) -> tuple[str, ...]:
    """Return the codes of items, reasons and rules that no case touches, and the cut-offs that none comes close to.

    An item is touched by a case that expects its points, a rule by one that expects it to fire, a reason by one that
    expects it, a bonus by one that expects its points among the figures. A cut-off wants two cases: one with the figure
    exactly at it and one with the next figure that falls on its other side.
    """
    expected = [case.expect for case in cases]
    touched: set[str | None] = {
        code for expect in expected for code in (*expect.points, *(expect.fired or ()), *expect.figures)
    }
    touched |= {code for expect in expected for code in (expect.not_rated, *(expect.reasons or ()))}
    stars = pack.rating.stars
    bonuses = [entry.code for step in pack.rating.steps for entry in getattr(step, "entries", ())]
    known = (*pack.sheet.codes, *bonuses, *(r.code for r in stars.not_rated), *(rule.code for rule in stars.rules))
    figures = {expect.figures.get(stars.cut) for expect in expected if expect.stars is not None}
    return (*(code for code in known if code not in touched), *_untried(pack, figures))


def _untried(pack: Pack, figures: Collection[Decimal | bool | str | None]) -> Iterator[str]:
    stars = pack.rating.stars
    last = next((step for step in pack.rating.steps if step.name == stars.cut), None)
    unit = getattr(last, "to", None) or Decimal(1).scaleb(-getattr(last, "places", 2))
    for edge, after in filter(None, (cutoff.low() for cutoff in stars.cutoffs)):
        for wanted in (edge, edge + unit if after else edge - unit):
            if wanted not in figures:
                yield f"{stars.cut} {plain(figure(wanted))}"


def _strangers(pack: Pack, case: Case) -> Iterator[Text]:
    facts = {fact.name: fact for fact in pack.rating.facts}
    for name, value in (pair for given in (case.facts, *case.others) for pair in given.items()):
        if name not in facts:
            yield suggest(Text("没有“{n}”这个事实", "there is no fact “{n}”").fill(n=name), name, facts)
        elif value is not None and not facts[name].fits(value):
            yield Text("事实“{n}”不能是“{v}”", "the fact “{n}” cannot be “{v}”").fill(n=name, v=value)
        elif value is not None and (refusal := facts[name].refusal(value)):
            text = Text("事实“{n}”不能是“{v}”：{why}", "the fact “{n}” cannot be “{v}”: it {why}")
            yield text.fill(n=name, v=value, why=refusal)
    for answers in (case.answers, *case.rounds):
        for code, answer in answers.items():
            item = pack.sheet.by_code.get(code)
            none = suggest(Text("没有这一项", "there is no such item"), code, pack.sheet.codes)
            refusal = none if item is None else _refusal(item, answer)
            if refusal is not None:
                yield Text("{code}：{why}", "{code}: {why}").fill(code=code, why=refusal)
    known = {*pack.sheet.codes}
    for code in case.expect.points:
        if code not in known:
            yield suggest(Text("没有“{n}”这一项", "there is no item “{n}”").fill(n=code), code, pack.sheet.codes)


def _refusal(item: Item, answer: Decimal | str) -> Text | None:
    code = _code(item, answer)
    return None if code is None else item.refusal(code)


def _code(item: Item, answer: Decimal | str) -> int | None:
    if isinstance(answer, str):
        return WORDS[answer]
    return figure(answer) if item.asked().kind == "number" else int(answer)


def _answers(pack: Pack, cases: Sequence[Case]) -> pl.DataFrame:
    best = {item.code: item.shape.best() for item in pack.sheet.items}
    rows = []
    for number, case in enumerate(cases):
        facts = _facts(pack, case)
        # round 0 is scored for its points, but was not held
        for held, answers in enumerate(case.rounds or ({},), start=1 if case.rounds else 0):
            given = {code: _code(pack.sheet.by_code[code], a) for code, a in {**case.answers, **answers}.items()}
            rows.append({"estate_id": number, "round": held, **facts, **best, **given})
    schema: dict[str, Any] = {fact.name: fact.dtype for fact in pack.rating.facts}
    return pl.DataFrame(rows, schema=schema | dict.fromkeys(("estate_id", "round", *best), pl.Int64))


def _facts(pack: Pack, case: Case) -> dict[str, Any]:
    facts = {fact.name: fact for fact in pack.rating.facts}
    return {**perfect(pack.rating.facts), **{name: facts[name].held(value) for name, value in case.facts.items()}}


def _estates(pack: Pack, cases: Iterable[tuple[int, Case]]) -> pl.DataFrame:
    schema: dict[str, Any] = {fact.name: fact.dtype for fact in pack.rating.facts}
    about = {"estate_id": pl.Int64, APART: pl.Int64, "street": pl.String, "company_id": pl.Int64}
    period = dict.fromkeys(PERIOD, pl.Int64)
    rows = [
        {"estate_id": number, APART: number, "street": "", "company_id": 0, **_period(pack, case), **_facts(pack, case)}
        for number, case in cases
    ]
    return pl.DataFrame(rows, schema=about | period | schema)


def _period(pack: Pack, case: Case) -> dict[str, int]:
    kind = pack.about.period
    period = Period(case.year, case.quarter) if kind == "quarter" else Period(case.year, 1, kind)
    if case.period is not None:
        period = Period.parse(case.period)
    ends = (period.year, period.quarter, period.month)
    return {name: number * UNIT for name, number in zip(PERIOD, ends, strict=True)}


def _others(pack: Pack, cases: Sequence[Case]) -> pl.DataFrame:
    """Return the other estates of all cases, each with the number of its case; their own are below zero."""
    like = (
        (number, msgspec.structs.replace(case, facts=case.facts | facts))
        for number, case in enumerate(cases)
        for facts in case.others
    )
    return _estates(pack, like).with_columns(estate_id=-1 - pl.int_range(pl.len()))


def _inspections(pack: Pack, cases: Sequence[Case], scored: pl.DataFrame) -> pl.DataFrame:
    columns = ["estate_id", "round", "score", *(category.points_column for category in pack.sheet.categories)]
    given = [number for number, case in enumerate(cases) if case.scores is not None]
    outright = [
        {"estate_id": number, "round": held, "score": figure(value)}
        for number in given
        for held, value in enumerate(cases[number].scores or (), start=1)
    ]
    schema = dict.fromkeys(columns, pl.Int64)
    return pl.concat(
        [
            scored.select(columns).filter((pl.col("round") > 0) & ~pl.col("estate_id").is_in(given)),
            pl.DataFrame(outright, schema=schema),
        ]
    )


def _judged(pack: Pack, case: Case, first: pl.DataFrame, settled: pl.DataFrame) -> Iterator[Text]:
    points, row, expect = first.row(0, named=True), settled.row(0, named=True), case.expect
    for code, value in expect.points.items():
        yield from _compared(code, value, points[f"{code}.points"])
    for code, value in expect.categories.items():
        yield from _compared(code, value, points[f"{code}.points"])
    if expect.score is not None:
        yield from _compared("score", expect.score, points["score"])
    paid = None if case.stint is None else _paid(pack, case.stint, settled)
    for name, wanted in expect.figures.items():
        yield from _compared(name, wanted, ((paid or {}) | row).get(name))
    if expect.stars is not None and row[STARS] != expect.stars:
        yield _differs(STARS, expect.stars, row[STARS])
    if expect.not_rated is not None and row[NOT_RATED] != expect.not_rated:
        yield _differs(NOT_RATED, expect.not_rated, row[NOT_RATED])
    reasons = {reason.code for reason in pack.rating.stars.not_rated if row[reason.code]}
    if expect.reasons is not None and reasons != set(expect.reasons):
        yield _differs("reasons", ", ".join(expect.reasons), ", ".join(sorted(reasons)))
    if expect.fired is not None and set(row["fired"]) != set(expect.fired):
        yield _differs("fired", ", ".join(expect.fired), ", ".join(row["fired"]))
    if paid is not None and expect.due is not None:
        # fen as millionths of a yuan, to be compared like any figure
        yield from _compared("due", expect.due, paid["due_fen"] * 10_000)


def _among_peers(pack: Pack, cases: Sequence[Case], figures: pl.DataFrame, flawless: pl.DataFrame) -> pl.DataFrame:
    """Return the estates of all cases, in their order, and below them the peers of each, in the case's own groups."""
    own = figures.with_columns(pl.col("estate_id").alias(APART))
    if not pack.rating.stars.given:
        return own
    composite, groups = pack.rating.stars.figure, _grouping(pack)
    given = [(number, figure(value)) for number, case in enumerate(cases) for value in case.peers]
    peers = (
        pl.DataFrame(given, schema={APART: pl.Int64, composite: pl.Int64}, orient="row")
        .with_columns(estate_id=-1 - pl.int_range(pl.len()))
        .join(own.select(APART, *groups), on=APART, maintain_order="left")
        .join(flawless.drop("estate_id", composite, *groups), how="cross")
    )
    return pl.concat([own, peers.select(own.columns)])


def _apart(rating: Rating) -> Rating:
    """Return the rating with groups made within each case, so that all cases are rated in one frame."""
    stars = rating.stars
    steps, after = (
        tuple(step.within(APART) if isinstance(step, Cohort) else step for step in part)
        for part in (rating.steps, rating.after)
    )
    stages = tuple(
        msgspec.structs.replace(stage, by=(*stage.by, APART)) if isinstance(stage, Quota) else stage
        for stage in stars.stages
    )
    return msgspec.structs.replace(
        rating, steps=steps, after=after, stars=msgspec.structs.replace(stars, stages=stages)
    )


def _grouping(pack: Pack) -> tuple[str, ...]:
    quotas = [stage for stage in pack.rating.stars.stages if isinstance(stage, Quota)]
    return tuple(dict.fromkeys(name for quota in quotas for name in quota.by))


def _history(cases: Sequence[Case]) -> pl.DataFrame:
    names = sorted({name for case in cases for name in case.earlier})
    rows = []
    for number, case in enumerate(cases):
        past = {"composite": case.history, **{f"of.{name}": values for name, values in case.earlier.items()}}
        for back in range(1, max(map(len, past.values())) + 1):
            held = {name: values[back - 1] for name, values in past.items() if len(values) >= back}
            found = {name: figure(value) for name, value in held.items() if value is not None}
            rows.append({"estate_id": number, "periods_back": back, **found})
    columns = ("estate_id", "periods_back", "composite", *(f"of.{name}" for name in names))
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.Int64))


def _paid(pack: Pack, stint: Stint, settled: pl.DataFrame) -> dict[str, Any]:
    def fen(yuan: Decimal | None) -> int | None:
        return None if yuan is None else int(yuan * 100)

    of_rating = [name for name in pack.paid_by() if name not in {"management", "estate_type", STARS}]
    line = settled.select(
        "estate_id",
        "management",
        "estate_type",
        STARS,
        *PERIOD,
        *of_rating,
        street=pl.lit(""),
        company_id=pl.lit(0),
        vetoes="fired",
    ).with_columns(
        estate_code=pl.lit("case"),
        tenure_id=pl.lit(1, pl.Int64),
        floor_area=pl.lit(int(stint.floor_area * 100), pl.Int64),
        days=pl.lit(stint.days, pl.Int64),
        paid_this_year_fen=pl.lit(fen(stint.paid_this_year), pl.Int64),
        custody_cost_fen=pl.lit(fen(stint.custody_cost), pl.Int64),
        custody_receivable_fen=pl.lit(fen(stint.custody_receivable), pl.Int64),
        deduction_fen=pl.lit(fen(stint.deduction), pl.Int64),
        is_first=pl.lit(stint.is_first),
        paid_last_period_fen=pl.lit(fen(stint.paid_last_period), pl.Int64),
    )
    return schedule(pack.subsidy_rules(), line, days_in_period=stint.days_in_period).row(0, named=True)


def _compared(name: str, expected: Decimal | bool | str | None, actual: object) -> Iterator[Text]:
    wanted = figure(expected) if isinstance(expected, Decimal) else expected
    if actual != wanted or isinstance(actual, bool) != isinstance(wanted, bool):
        yield _differs(name, _shown(wanted), _shown(actual))


def _differs(name: str, expected: object, actual: object) -> Text:
    text = Text("{n}：应为 {e}，实为 {a}", "{n}: expected {e}, got {a}")
    return text.fill(n=name, e="–" if expected is None else expected, a="–" if actual is None else actual)


def _shown(value: object) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    return plain(value) if isinstance(value, int) else value if isinstance(value, str) else None
