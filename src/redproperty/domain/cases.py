"""Cases beside the rules are run: through the same `score`, `assess`, `settle` and `schedule` as a real period.

All cases of an edition are rated in one frame, each in groups of its own.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec
import polars as pl

from redproperty.domain.asked import MOST_PLACES, counts_code
from redproperty.domain.case_files import Answer, Case, Event, Stint
from redproperty.domain.case_verdicts import Failure, Judged, judged
from redproperty.domain.facts import Fact, facts_in, filled, perfect
from redproperty.domain.faults import suggest
from redproperty.domain.formulas import recalled
from redproperty.domain.grains import HUNDREDTH, grains
from redproperty.domain.items import EXEMPT, MENDED, NOT_APPLICABLE, ZEROED, Item
from redproperty.domain.numbers import UNIT, figure, plain
from redproperty.domain.packs import Pack
from redproperty.domain.periods import Period
from redproperty.domain.ratings import PERIOD, Rating, assess, settle
from redproperty.domain.sheets import score
from redproperty.domain.stages import Quota, past
from redproperty.domain.stars import STARS
from redproperty.domain.steps.cohorts import Cohort
from redproperty.domain.subsidies import apportion, schedule
from redproperty.domain.subsidy_rules import SubsidyRules
from redproperty.domain.texts import Invalid, Text

WORDS: dict[str, int | None] = {
    "not_applicable": NOT_APPLICABLE, "exempt": EXEMPT, "zeroed": ZEROED, "mended": MENDED, "open": None,
}  # fmt: skip
APART = "case"  # the column that keeps the estates of the cases apart
GROUPS = ("street", "company_id")  # of the register


class Outcome(msgspec.Struct, frozen=True):
    """What became of a case; without failures it holds."""

    case: Case
    failures: tuple[Text, ...]
    misread: bool = False  # it names what the edition does not know, so it was not run


class Subject(NamedTuple):
    """One estate of a case: the number of the case among those that are run, and what is known of the estate."""

    case: int
    known: Case


def run_cases(pack: Pack, cases: Sequence[Case]) -> tuple[Outcome, ...]:
    """Run every case; all are scored, assessed and settled together, each among its own peers."""
    if not cases:
        return ()
    strange = [tuple(_strangers(pack, case)) for case in cases]
    sound = [case for case, faults in zip(cases, strange, strict=True) if not faults]
    found = {id(case): failures for case, failures in zip(sound, _run(pack, sound), strict=True)}
    return tuple(
        Outcome(case, faults, misread=True) if faults else Outcome(case, found[id(case)])
        for case, faults in zip(cases, strange, strict=True)
    )


def _run(pack: Pack, sound: Sequence[Case]) -> Iterator[tuple[Text, ...]]:
    """Yield the failures of each case, in their order."""
    subjects = [Subject(number, one) for number, case in enumerate(sound) for one in case.subjects()]
    flawless = Subject(len(sound), Case(name=""))  # it lends its figures to the peers
    batch = [*subjects, flawless]
    scored = score(pack.sheet, _answers(pack, batch))
    held, extra = _inspections(pack, batch, scored), _others(pack, sound, subjects)
    also = extra.join(held, left_on="like", right_on="estate_id").select(held.columns)
    everyone = pl.concat([_estates(pack, enumerate(batch)), extra.drop("like")])
    past = _history(subjects)
    figures = assess(pack.sheet, _apart(pack.rating), pl.concat([held, also]), everyone, history=past)[: len(batch)]
    district = _among_peers(pack, sound, figures[:-1], figures[-1:])
    settled = settle(pack.sheet, _apart(pack.rating), district, past)
    firsts, lines = scored.filter(pl.col("round") <= 1), _lines(pack, sound, subjects, settled)
    failures: list[list[Text]] = [[] for _ in sound]
    for number, (case, known) in enumerate(subjects):
        told = Judged(firsts.row(number, named=True), settled.row(number, named=True), lines.get(number))
        found = judged(pack, known.expect, told)
        failures[case] += (_of_estate(known.name, one) for one in found) if sound[case].estates else found
    yield from (tuple(found) for found in failures)


def _of_estate(name: str, text: Text) -> Failure:
    said = Text("{n} · {t}", "{n} · {t}").fill(n=name, t=text)
    return Failure(said.zh, said.en, text.why if isinstance(text, Failure) else ())


def untouched(pack: Pack, cases: Sequence[Case]) -> tuple[str, ...]:
    """Return the codes of items, reasons and rules that no case touches, and the cut-offs that none comes close to.

    An item is touched by a case that expects its points, a rule by one that expects it to fire, a reason by one that
    expects it, a bonus by one that expects its points among the figures. A cut-off wants two cases: one with the figure
    exactly at it and one with the next figure that falls on its other side.
    """
    expected = [subject.expect for case in cases for subject in case.subjects()]
    touched: set[str | None] = {
        code for expect in expected for code in (*expect.points, *(expect.fired or ()), *expect.figures)
    }
    touched |= {code for expect in expected for code in (expect.not_rated, *(expect.reasons or ()))}
    stars = pack.rating.stars
    bonuses = [entry.code for step in pack.rating.steps for entry in getattr(step, "entries", ())]
    known = (*pack.sheet.codes, *bonuses, *(r.code for r in stars.not_rated), *(rule.code for rule in stars.rules))
    known += tuple(veto.code for veto in pack.sheet.vetoes)
    figures = {expect.figures.get(stars.cut) for expect in expected if expect.stars is not None}
    return (*(code for code in known if code not in touched), *_untried(pack, figures))


def _untried(pack: Pack, figures: Collection[Decimal | bool | str | None]) -> Iterator[str]:
    stars = pack.rating.stars
    unit = Decimal(grains(pack.rating.facts, pack.rating.steps).get(stars.cut, HUNDREDTH)) / UNIT
    ends = [(edge, unit if after else -unit) for edge, after in filter(None, (one.low() for one in stars.cutoffs))]
    wanted = dict.fromkeys(value for edge, step in ends for value in (edge, edge + step))
    yield from (f"{stars.cut} {plain(figure(value))}" for value in wanted if value not in figures)


# --- what a case may say ---------------------------------------------------------------------------------------------


def _strangers(pack: Pack, case: Case) -> Iterator[Text]:
    subjects = case.subjects()
    yield from _strange_facts(pack, (*(known.facts for known in subjects), *case.others))
    for known in subjects:
        yield from _strange_events(pack, known)
        yield from _strange_answers(pack, known)
        yield from _strange_past(pack, known)
        yield from _strange_expectations(pack, known)
    if case.period is not None:
        try:
            period = Period.parse(case.period)
        except Invalid as invalid:
            yield from (problem.text for problem in invalid.problems)
        else:
            if period.kind != pack.about.period:
                text = Text("“{p}”不是本版本的考核期", "“{p}” is no period of this edition")
                yield text.fill(p=case.period)


def _strange_facts(pack: Pack, given: Iterable[Mapping[str, Any]]) -> Iterator[Text]:
    facts = {fact.name: fact for fact in pack.rating.facts}
    for name, value in dict.fromkeys(pair for facts_ in given for pair in facts_.items()):
        if name not in facts:
            yield suggest(Text("没有“{n}”这个事实", "there is no fact “{n}”").fill(n=name), name, facts)
        elif value is not None and not facts[name].fits(value):
            yield Text("事实“{n}”不能是“{v}”", "the fact “{n}” cannot be “{v}”").fill(n=name, v=value)
        elif value is not None and (refusal := facts[name].refusal(value)):
            text = Text("事实“{n}”不能是“{v}”：{why}", "the fact “{n}” cannot be “{v}”: it {why}")
            yield text.fill(n=name, v=value, why=refusal)


def _strange_events(pack: Pack, case: Case) -> Iterator[Text]:
    facts = {fact.name: fact for fact in pack.rating.facts}
    for event in case.events:
        told = None if event.fact not in facts else event.told(facts[event.fact].kind)
        if event.fact in facts and facts[event.fact].source == "register":
            text = Text("“{n}”取自登记，没有日期", "“{n}” is read from the register, it has no dates")
            yield text.fill(n=event.fact)
        elif event.fact in case.facts:
            text = Text("“{n}”不能同时写在 facts 和 events 里", "“{n}” stands either in facts or in events")
            yield text.fill(n=event.fact)
        elif event.fact in facts and told is None:
            yield Text("“{n}”须写 value", "“{n}” needs a value").fill(n=event.fact)
        else:
            yield from _strange_facts(pack, ({event.fact: told},))
        if event.to is not None and event.to < event.from_:
            yield Text("“{n}”的日期前后颠倒", "the days of “{n}” are reversed").fill(n=event.fact)


def _strange_answers(pack: Pack, case: Case) -> Iterator[Text]:
    for answers in (case.answers, *case.rounds):
        for code, answer in answers.items():
            item = pack.sheet.by_code.get(code)
            none = suggest(Text("没有这一项", "there is no such item"), code, pack.sheet.codes)
            refusal = none if item is None else _refusal(item, answer)
            if refusal is not None:
                yield Text("{code}：{why}", "{code}: {why}").fill(code=code, why=refusal)


def _strange_past(pack: Pack, case: Case) -> Iterator[Text]:
    looked_at = {name for name in pack.rating.recalls() if name is not None}
    if pack.subsidy is not None:
        looked_at |= set(recalled(pack.subsidy.steps))
    for name in case.earlier:
        if name not in looked_at:
            none = Text("没有步骤回看“{n}”", "no step looks back at “{n}”").fill(n=name)
            yield suggest(none, name, sorted(looked_at))


def _strange_expectations(pack: Pack, case: Case) -> Iterator[Text]:
    expect = case.expect
    for code in expect.points:
        if code not in pack.sheet.by_code:
            none = Text("没有“{n}”这一项", "there is no item “{n}”").fill(n=code)
            yield suggest(none, code, pack.sheet.codes)
    categories = [category.code for category in pack.sheet.categories]
    if expect.score is not None and not categories:
        yield Text(
            "本版本没有评分表，没有 score；名字就叫 score 的数写 expect.figures.score",
            "this edition has no score sheet, so no score; a figure called score is written expect.figures.score",
        )
    for code in expect.categories:
        if code not in categories:
            none = Text("没有“{n}”这一类", "there is no category “{n}”").fill(n=code)
            yield suggest(none, code, categories)
    fired = None if pack.sheet.vetoes else expect.fired  # those of the sheet fire without stars, too
    on_stars = (expect.stars, expect.not_rated, fired, expect.reasons)
    if not pack.rating.stars.given and any(one is not None for one in on_stars):
        yield Text("本版本不评星级（rating.yaml 没有 stars）", "this edition gives no stars (rating.yaml has no stars)")
    if case.stint is not None and pack.subsidy is None:
        yield Text("本版本没有补贴办法（subsidy.yaml）", "this edition has no subsidy (subsidy.yaml)")
    money = expect.due is not None or expect.paid is not None or bool(expect.payers) or expect.zero_reason is not None
    if case.stint is None and money:
        yield Text("要验算金额，须写 stint", "to expect money, state a stint")


def _refusal(item: Item, answer: Answer) -> Text | None:
    if isinstance(answer, tuple) != (item.asked().kind == "counts") and not isinstance(answer, str):
        return Text("分种计数的写各种的数目 [2, 1]，其余写一个数", "[2, 1] for counts by kind, one number for others")
    code = answer_code(item, answer)
    return None if code is None else item.refusal(code)


def answer_code(item: Item, answer: Answer) -> int | None:
    """Return the code that an answer of a case means; counts that do not fit the item's kinds are one it refuses."""
    if isinstance(answer, str):
        return WORDS[answer]
    if isinstance(answer, tuple):
        fits = len(answer) == len(item.asked().parts) and all(0 <= one <= MOST_PLACES for one in answer)
        return counts_code(map(int, answer)) if fits else item.asked().high + 1
    return figure(answer) if item.asked().kind == "number" else int(answer)


# --- what is known, as frames ----------------------------------------------------------------------------------------


def _answers(pack: Pack, subjects: Sequence[Subject]) -> pl.DataFrame:
    best = {item.code: item.shape.best() for item in pack.sheet.items}
    rows = []
    for number, (_, case) in enumerate(subjects):
        facts = _facts(pack, case)
        # round 0 is scored for its points, but was not held
        for held, answers in enumerate(case.rounds or ({},), start=1 if case.rounds else 0):
            given = {code: answer_code(pack.sheet.by_code[code], a) for code, a in {**case.answers, **answers}.items()}
            rows.append({"estate_id": number, "round": held, **facts, **best, **given})
    schema: dict[str, Any] = {fact.name: fact.dtype for fact in pack.rating.facts}
    return pl.DataFrame(rows, schema=schema | dict.fromkeys(("estate_id", "round", *best), pl.Int64))


def _facts(pack: Pack, case: Case) -> dict[str, Any]:
    facts = {fact.name: fact for fact in pack.rating.facts}
    stated = {name: facts[name].held(value) for name, value in case.facts.items()}
    return {**perfect(pack.rating.facts), **stated, **(_on_record(pack, case) if case.events else {})}


def _on_record(pack: Pack, case: Case) -> dict[str, Any]:
    """Return the facts of which the case lists events, as they are read off the record of its period."""
    facts = {one.fact: _fact(pack, one.fact) for one in case.events}
    rows = [(0, one.fact, *_observed(facts[one.fact], one), one.from_, one.to) for one in case.events]
    kinds = {"estate_id": pl.Int64, "name": pl.String, "value": pl.Int64, "choice": pl.String}
    frame = pl.DataFrame(rows, schema=kinds | {"valid_from": pl.Date, "valid_to": pl.Date}, orient="row")
    period = _period(pack, case)
    found = facts_in(tuple(facts.values()), frame, begins=period.begins, ends=period.ends)
    held = pl.concat([found, pl.DataFrame({"estate_id": [0]})], how="diagonal")[:1]
    return {name: filled((fact,), held)[name].item() for name, fact in facts.items()}


def _fact(pack: Pack, name: str) -> Fact:
    return next(fact for fact in pack.rating.facts if fact.name == name)


def _observed(fact: Fact, event: Event) -> tuple[int | None, str | None]:
    """Return value and choice of an event, as the record holds them."""
    value = event.told(fact.kind)
    if isinstance(value, str):
        return None, value
    return (None if value is None else figure(Decimal(value))), None


def _estates(pack: Pack, subjects: Iterable[tuple[int, Subject]]) -> pl.DataFrame:
    schema: dict[str, Any] = {fact.name: fact.dtype for fact in pack.rating.facts}
    about = {"estate_id": pl.Int64, APART: pl.Int64, "street": pl.String, "company_id": pl.Int64}
    period = dict.fromkeys(PERIOD, pl.Int64)
    rows = []
    for number, (case, known) in subjects:
        who = {"estate_id": number, APART: case, "street": known.street, "company_id": known.company}
        rows.append({**who, **_period_figures(pack, known), **_facts(pack, known)})
    return pl.DataFrame(rows, schema=about | period | schema)


def _period(pack: Pack, case: Case) -> Period:
    if case.period is not None:
        return Period.parse(case.period)
    kind = pack.about.period
    return Period(case.year, case.quarter) if kind == "quarter" else Period(case.year, 1, kind)


def _period_figures(pack: Pack, case: Case) -> dict[str, int]:
    period = _period(pack, case)
    ends = (period.year, period.quarter, period.month)
    return {name: number * UNIT for name, number in zip(PERIOD, ends, strict=True)}


def _others(pack: Pack, cases: Sequence[Case], subjects: Sequence[Subject]) -> pl.DataFrame:
    """Return the other estates of all cases, `like` the first estate of their case; their own ids are below zero."""
    leads = {case: number for number, (case, _) in reversed(list(enumerate(subjects)))}
    made = [
        (leads[number], Subject(number, known.but(facts)))
        for number, case in enumerate(cases)
        for known in (subjects[leads[number]].known,)
        for facts in case.others
    ]
    like = pl.Series("like", [lead for lead, _ in made], pl.Int64)
    frame = _estates(pack, enumerate(one for _, one in made))
    return frame.with_columns(like, estate_id=-1 - pl.col("estate_id"))


def _inspections(pack: Pack, subjects: Sequence[Subject], scored: pl.DataFrame) -> pl.DataFrame:
    columns = ["estate_id", "round", "score", *pack.rating.marked(pack.sheet).values()]
    flags = [veto.code for veto in pack.sheet.vetoes]
    given = [number for number, (_, known) in enumerate(subjects) if known.scores is not None]
    outright = [
        {"estate_id": number, "round": held, "score": figure(value)}
        for number in given
        for held, value in enumerate(subjects[number].known.scores or (), start=1)
    ]
    schema = dict.fromkeys(columns, pl.Int64) | dict.fromkeys(flags, pl.Boolean)
    return pl.concat(
        [
            scored.select(*columns, *flags).filter((pl.col("round") > 0) & ~pl.col("estate_id").is_in(given)),
            pl.DataFrame(outright, schema=schema),
        ]
    )


def _history(subjects: Sequence[Subject]) -> pl.DataFrame:
    names = sorted({name for _, known in subjects for name in known.earlier})
    rows = []
    for number, (_, known) in enumerate(subjects):
        past = {"composite": known.history, **{f"of.{name}": values for name, values in known.earlier.items()}}
        for back in range(1, max(map(len, past.values())) + 1):
            held = {name: values[back - 1] for name, values in past.items() if len(values) >= back}
            found = {name: figure(value) for name, value in held.items() if value is not None}
            rows.append({"estate_id": number, "periods_back": back, **found})
    columns = ("estate_id", "periods_back", "composite", *(f"of.{name}" for name in names))
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.Int64))


def _among_peers(pack: Pack, cases: Sequence[Case], own: pl.DataFrame, flawless: pl.DataFrame) -> pl.DataFrame:
    """Return the estates of all cases, in their order, and below them the peers of each, in the case's own groups."""
    if not pack.rating.stars.given:
        return own
    composite, groups = pack.rating.stars.figure, _grouping(pack)
    given = [(number, figure(value)) for number, case in enumerate(cases) for value in case.among]
    peers = (
        pl.DataFrame(given, schema={APART: pl.Int64, composite: pl.Int64}, orient="row")
        .with_columns(estate_id=-1 - pl.int_range(pl.len()))
        .join(own.unique(APART, keep="first").select(APART, *groups), on=APART, maintain_order="left")
        .join(flawless.drop("estate_id", APART, composite, *groups), how="cross")
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


# --- money -----------------------------------------------------------------------------------------------------------


def _lines(
    pack: Pack, cases: Sequence[Case], subjects: Sequence[Subject], settled: pl.DataFrame
) -> dict[int, Mapping[str, Any]]:
    """Return the line of every estate that states a stint, by its number; the lines of a case are paid together."""
    mine: dict[int, list[int]] = {}
    for number, (case, known) in enumerate(subjects):
        if known.stint is not None:
            mine.setdefault(case, []).append(number)
    found: dict[int, Mapping[str, Any]] = {}
    for case, numbers in mine.items():
        paid = _paid(pack, cases[case], [(number, subjects[number].known) for number in numbers], settled)
        found |= dict(zip(numbers, paid.sort("tenure_id").iter_rows(named=True), strict=True))
    return found


def _paid(pack: Pack, case: Case, lines: Sequence[tuple[int, Case]], settled: pl.DataFrame) -> pl.DataFrame:
    rules = pack.subsidy_rules()
    given = [_stint(pack, known, number) | _lines_before(rules, known) for number, known in lines]
    of_rating = [name for name in pack.paid_by() if name not in {"management", "estate_type", STARS}]
    rows = settled.select("estate_id", STARS, *_registered(settled), *PERIOD, *of_rating, *GROUPS, vetoes="fired")
    frame = pl.DataFrame(given, infer_schema_length=None).join(rows, on="estate_id", maintain_order="left")
    by_stars, budget = pack.rating.stars.given, None if case.budget is None else _fen(case.budget) or 0
    due = schedule(rules, frame, days_in_period=given[0]["whole"], by_stars=by_stars, budget_fen=budget)
    return apportion(rules, due, int(due["due_fen"].sum()) if budget is None else budget)


def _lines_before(rules: SubsidyRules, known: Case) -> dict[str, int | None]:
    """Return what the steps look back at, by the column in which they find it."""
    found = {}
    for name, most in recalled(rules.steps).items():
        values = dict(enumerate(known.earlier.get(name, ()), start=1))
        for back in range(1, most + 1):
            value = values.get(back)
            found[past(back, name)] = None if value is None else figure(value)
    return found


def _registered(settled: pl.DataFrame) -> Iterator[pl.Expr]:
    """Yield management and type of the estates; a method that declares neither pays estates that are managed."""
    for name, usual in (("management", "market"), ("estate_type", None)):
        yield pl.col(name) if name in settled.columns else pl.lit(usual, pl.String).alias(name)


def _stint(pack: Pack, case: Case, number: int) -> dict[str, Any]:
    stint = case.stint or Stint()
    whole = stint.days_in_period or _period(pack, case).days
    return {
        "estate_id": number,
        "estate_code": f"{number:09}",
        "tenure_id": number,
        "whole": whole,
        "floor_area": int(stint.floor_area * 100),
        "days": whole if stint.days is None else stint.days,
        "paid_this_year_fen": _fen(stint.paid_this_year),
        "custody_cost_fen": _fen(stint.custody_cost),
        "custody_receivable_fen": _fen(stint.custody_receivable),
        "deduction_fen": _fen(stint.deduction),
        "is_first": stint.is_first,
        "paid_last_period_fen": _fen(stint.paid_last_period),
    }


def _fen(yuan: Decimal | None) -> int | None:
    return None if yuan is None else int(yuan * 100)
