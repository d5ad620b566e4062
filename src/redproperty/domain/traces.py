"""The working of one result as data: all that it was made of and every column on the way, enough to compute it again.

A trace says which format, engine and edition it belongs to. Figures are whole millionths, money is whole fen, so that
nothing is lost; beside each stands what a page says. It is read off the settled row, nothing is computed for it, and
`recomputed` makes the row again from the trace alone. What is added to the format keeps `FORMAT`; what changes the
meaning of a key raises its number.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final, Literal

import msgspec
import polars as pl

from redproperty.domain.branches import Marked
from redproperty.domain.explanations import Explanation, RuleLine, explain, said
from redproperty.domain.packs import Pack
from redproperty.domain.runs import ABOUT, INSPECTIONS, NUMBERS, SHEETS, inputs, rate, scored
from redproperty.domain.stages import HISTORY, Stage
from redproperty.domain.stars import CUT_OFF, NOT_RATED, STARS, plainly
from redproperty.domain.steps.base import Step
from redproperty.domain.texts import Text
from redproperty.domain.vetoes import PointsVeto

FORMAT: Final = "redproperty.trace/1"
FIRED: Final = "fired"
Value = bool | int | str | list[str] | None
Unit = Literal["millionths", "count", "flag", "name", "codes"]
_UNITS: Final[Mapping[str, Unit]] = {"figure": "millionths", "flag": "flag", "name": "name"}
_AFTER: Final = Text("{t}：此后的星级", "{t}: the stars after it")
_PARTS: Final = {
    "weight": Text("{t}：{p}的权重", "{t}: weight of {p}"),
    "points": Text("{t}：{p}得分", "{t}: points of {p}"),
    "rate": Text("{p}得分率（%）", "{p}: rate (%)"),
    "raw": Text("{t}：封顶前合计", "{t}: sum before the cap"),
    "members": Text("{t}：组内个数", "{t}: members of the group"),
    "rank": Text("{t}：名次", "{t}: rank"),
    "places": Text("{t}：名额", "{t}: places"),
    "rest": Text("{t}：余额", "{t}: what stays"),
}


class Edition(msgspec.Struct, frozen=True, kw_only=True):
    """The edition of the rules: its name (first day), title, document number and digest."""

    name: str
    title: Text
    document: Text
    digest: str


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """Which rating of the period, and how it stands: preview, published or superseded."""

    number: int
    state: str
    digest: str  # of the edition at the time; another one than the edition's means that its files have changed since


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """Where a fact came from, and for which days it was recorded."""

    name: str
    source: str
    valid_from: date
    valid_to: date | None


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """A fact as it entered the rating: what the edition declares, its value, and what was recorded of it."""

    name: str
    title: Text
    kind: str
    unit: Text | None
    origin: str
    value: bool | int | str | None
    said: Text
    recorded: tuple[Recorded, ...]


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to one item as it is kept, its points (null where it does not count), and both in a sentence."""

    code: str
    answer: int | None
    points: int | None
    full: int
    sentence: Text


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """One valid round: its inspection, every answer, the points of the categories, the score."""

    number: int
    inspection: int
    answers: tuple[Answer, ...]
    categories: dict[str, int | None]
    score: int | None


class Inputs(msgspec.Struct, frozen=True, kw_only=True):
    """All that the result was made of.

    `estate` is what the register says, `period` the figures of the period itself, `earlier` those of earlier periods
    by their columns, `others` the columns that compare the estate with others, as that comparison came out.
    """

    estate: dict[str, int | str | None]
    facts: tuple[Given, ...]
    period: dict[str, int | None]
    rounds: tuple[Round, ...]
    earlier: dict[str, int | None]
    others: dict[str, Value]


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One column of the working: which shape made it, of which columns, its rule in a sentence, its value and words.

    Shapes are the kinds of the edition's language; those of the star section begin with `stars.`, and so do theirs.
    """

    name: str
    title: Text
    shape: str
    sentence: Text
    made_of: dict[str, Any]
    table: tuple[Marked, ...] = ()  # the branches of a rule that is a table, marked where taken
    unit: Unit
    value: Value
    said: Text


class MoneyLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a subsidy run paid by this rating, in fen, with its working in sentences and columns."""

    run: str
    state: str
    due_fen: int
    paid_fen: int
    sentences: tuple[Text, ...]
    columns: dict[str, Any]


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """The whole working of one estate in one period. `money` is null for those who may not see it."""

    format: str
    engine: str
    edition: Edition
    run: Run
    period: str
    estate: str
    name: str
    inputs: Inputs
    columns: tuple[Column, ...]
    rules: tuple[RuleLine, ...]
    composite: int | None
    stars: int | Decimal | None
    not_rated: str | None
    designation: Text | None
    money: tuple[MoneyLine, ...] | None


def trace(
    pack: Pack,
    row: Mapping[str, Any],
    *,
    engine: str,
    run: Run,
    period: str,
    recorded: Iterable[Recorded] = (),
    money: Iterable[MoneyLine] | None = None,
) -> Trace:
    """Return the trace of a settled row."""
    sheets = scored(pack, [row])
    told = explain(pack, row, sheets)
    about = pack.about
    return Trace(
        format=FORMAT,
        engine=engine,
        edition=Edition(name=pack.edition, title=about.title, document=about.document, digest=pack.digest),
        run=run,
        period=period,
        estate=row["estate_code"],
        name=row["name"],
        inputs=_inputs(pack, row, sheets, list(recorded)),
        columns=tuple(_columns(pack, row, told)),
        rules=told.rules,
        composite=told.composite,
        stars=told.stars,
        not_rated=row[NOT_RATED],
        designation=told.designation,
        money=None if money is None else tuple(money),
    )


def recomputed(pack: Pack, traced: Trace) -> dict[str, Any]:
    """Return the settled row, computed anew from the inputs of a trace and nothing else."""
    given = traced.inputs
    working = {
        **given.estate,
        **{fact.name: fact.value for fact in given.facts},
        **given.period,
        **given.earlier,
        NUMBERS: [held.number for held in given.rounds] or None,
        INSPECTIONS: [held.inspection for held in given.rounds] or None,
        SHEETS: [[one.answer for one in held.answers] for held in given.rounds] or None,
    }
    frames = inputs(pack, [msgspec.json.encode(working).decode()])
    return rate(pack, **frames, standing=given.others).row(0, named=True)


def _inputs(pack: Pack, row: Mapping[str, Any], sheets: pl.DataFrame, recorded: Sequence[Recorded]) -> Inputs:
    rating = pack.rating
    titles = rating.titles
    compared = [name for step in rating.all_steps if step.spans for name in step.gives(pack.sheet)]
    return Inputs(
        estate={name: row[name] for name in ABOUT},
        facts=tuple(
            Given(
                name=fact.name,
                title=fact.title,
                kind=fact.kind,
                unit=fact.unit,
                origin=fact.source,
                value=row[fact.name],
                said=said(row[fact.name], titles.get(f"{fact.name}.{row[fact.name]}")),
                recorded=tuple(one for one in recorded if one.name == fact.name),
            )
            for fact in rating.facts
        ),
        period={name: row[name] for name in rating.period_figures()},
        rounds=tuple(_round(pack, held) for held in sheets.sort("round").iter_rows(named=True)),
        earlier={name: row[name] for name in row if name.startswith(f"{HISTORY}.")},
        others={name: row[name] for name in (*compared, *rating.stars.compares())},
    )


def _round(pack: Pack, held: Mapping[str, Any]) -> Round:
    return Round(
        number=held["round"],
        inspection=held["inspection_id"],
        answers=tuple(
            Answer(
                code=item.code,
                answer=held[item.code],
                points=held[item.points_column],
                full=item.full_points,
                sentence=pack.sheet.outcome(item, held),
            )
            for item in pack.sheet.items
        ),
        categories={category.code: held[category.points_column] for category in pack.sheet.categories},
        score=held["score"],
    )


def _columns(pack: Pack, row: Mapping[str, Any], told: Explanation) -> Iterator[Column]:
    tables = {line.name: line.rows for line in told.steps} | {CUT_OFF: told.cutoffs}
    rating = pack.rating
    words = {**rating.titles, **pack.sheet.titles}
    made = [
        *(_of_veto(veto, row, words) for veto in pack.sheet.vetoes),
        *(column for step in rating.steps for column in _of_step(pack, step, row)),
        *_of_stars(pack, row),
        *(column for step in rating.after for column in _of_step(pack, step, row)),
    ]
    yield from (msgspec.structs.replace(one, table=tables.get(one.name, ())) for one in made)


def _of_veto(veto: PointsVeto, row: Mapping[str, Any], words: Mapping[str, Text]) -> Column:
    sentence = Text("任一轮中：{s}", "in any round: {s}").fill(s=veto.say(words))
    return _column(row, veto.code, [], shape="vetoes", title=veto.title, sentence=sentence)


def _of_step(pack: Pack, step: Step, row: Mapping[str, Any]) -> Iterator[Column]:
    titles = pack.rating.titles
    sentence, parts = step.say(titles), step.made_of(pack.sheet)
    entries = {entry.code: entry.title for entry in getattr(step, "entries", ())}
    for name, column in step.gives(pack.sheet).items():
        yield Column(
            name=name,
            title=entries.get(name) or titles.get(name) or _part_title(pack, step, name),
            shape=_shape(step),
            sentence=sentence,
            made_of=_values(row, parts.get(name, ())),
            unit=_UNITS[column.kind],
            value=row[name],
            said=said(row[name], titles.get(f"{name}.{row[name]}")),
        )


def _part_title(pack: Pack, step: Step, name: str) -> Text:
    """Return the words for a column beside the step's own: “composite.inspections.weight”, “BJ.rate”."""
    categories = {category.code: category.title for category in pack.sheet.categories}
    rest, _, last = name.rpartition(".")
    part = rest.removeprefix(f"{step.name}.")
    of = categories.get(part) or pack.rating.titles.get(part, Text(part, part))
    return _PARTS.get(last, Text("{t}：{p}", "{t}: {p}")).fill(t=step.title, p=of)


def _of_stars(pack: Pack, row: Mapping[str, Any]) -> Iterator[Column]:
    stars, titles = pack.rating.stars, pack.rating.titles
    if CUT_OFF not in row:  # an edition that gives no stars
        return
    reasons = {reason.code: reason.title for reason in stars.not_rated}
    for reason in stars.not_rated:
        when = Text("{w}的，不予评定", "not rated if {w}").fill(w=reason.when.say(titles))
        yield _column(row, reason.code, reason.when.needs(), shape="not_rated", title=reason.title, sentence=when)
    first = Text("不予评定：成立的第一条理由", "not rated: the first reason that holds")
    yield _column(row, NOT_RATED, reasons, shape="not_rated", title=first, words=reasons.get(row[NOT_RATED]))
    lines = [Text("{b} 为 {s} 星", "{b}: stars {s}").fill(b=cut.words(), s=plainly(cut.star)) for cut in stars.cutoffs]
    listed, title = _joined(lines, "；", "; "), Text("按分数线的星级", "stars by the cut-offs")
    yield _column(row, CUT_OFF, [stars.cut, NOT_RATED], shape="cutoffs", title=title, sentence=listed)
    before = CUT_OFF
    for stage in stars.stages:
        yield from _of_stage(pack, stage, before, row)
        before = stage.column
    yield _column(row, STARS, [before], shape="last", title=Text("最后的星级", "the stars at the end"))
    codes = [*(veto.code for veto in pack.sheet.vetoes), *(code for stage in stars.stages for code in stage.fired())]
    yield _column(row, FIRED, codes, shape="last", title=Text("触发的规则", "the rules that fired"))


def _of_stage(pack: Pack, stage: Stage, before: str, row: Mapping[str, Any]) -> Iterator[Column]:
    sentences = dict(stage.sentences(pack.rating.titles))
    rules = {rule.code: rule.title for _, rule in stage.rules()}
    every = _joined(list(rules.values()), "、", ", ")
    for expressions in stage.passes(before, pack.rating.stars.figure, pack.sheet):
        for expr in expressions:
            name = expr.meta.output_name()
            code = next((code for code in rules if name == code or name in {f"{code}.places", f"{code}.rank"}), None)
            title = rules[code] if code else every
            if name != code:
                title = _PARTS.get(name.rpartition(".")[2], _AFTER).fill(t=title, p="")
            sentence = sentences[code] if code else None
            made_of = expr.meta.root_names()
            yield _column(row, name, made_of, shape=_shape(stage), title=title, sentence=sentence)


def _column(
    row: Mapping[str, Any],
    name: str,
    made_of: Iterable[str],
    *,
    shape: str,
    title: Text,
    sentence: Text | None = None,
    words: Text | None = None,
) -> Column:
    """Return a column of the star section: a flag, a count of stars, places or rank, a reason, or a list of codes."""
    value = row[name]
    if isinstance(value, list):
        words = Text("、".join(value) or "—", ", ".join(value) or "—")
    elif isinstance(value, int) and not isinstance(value, bool):
        words = Text(str(value), str(value))
    unit: Unit = "codes" if name == FIRED else "name" if name == NOT_RATED else "count"
    return Column(
        name=name,
        title=title,
        shape=f"stars.{shape}",
        sentence=sentence or title,
        made_of=_values(row, made_of),
        unit="flag" if isinstance(value, bool) else unit,
        value=value,
        said=words or said(value),
    )


def _values(row: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: row[name] for name in dict.fromkeys(names)}


def _joined(texts: Sequence[Text], zh: str, en: str) -> Text:
    return Text(zh.join(text.zh for text in texts), en.join(text.en for text in texts))


def _shape(tagged: msgspec.Struct) -> str:
    return str(type(tagged).__struct_config__.tag)
