"""Why an estate has its stars: the row of a settled rating, read back as sentences from item to star.

Nothing is computed again here but sums and differences of columns; what would lift the estate is in `next_star`.
"""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

import msgspec
import polars as pl

from redproperty.domain.branches import Marked, marked
from redproperty.domain.conditions import Condition
from redproperty.domain.items import Item
from redproperty.domain.moves import Move
from redproperty.domain.next_star import NextStar, gains, next_star
from redproperty.domain.numbers import UNIT, exact, figure, plain, shown
from redproperty.domain.packs import Pack
from redproperty.domain.ratings import REGISTERED
from redproperty.domain.sheets import LEFT_OUT, Category
from redproperty.domain.stages import HISTORY, Gate, Quota, Rule, Stage, Streak, Veto
from redproperty.domain.stars import CUT_OFF, NOT_RATED, STARS, plainly
from redproperty.domain.steps.base import Step
from redproperty.domain.steps.extras import Extras
from redproperty.domain.steps.rounds import CategoryRounds
from redproperty.domain.steps.weights import Part, WeightedMean
from redproperty.domain.texts import Text

Row = Mapping[str, Any]
_RESCALED = Text(
    "{t}：适用条款满分 {possible} 分，按 {full} 分折算：{rounds}",
    "{t}: {possible} points apply, scaled to {full}: {rounds}",
)
_ONE_RESCALED = Text("第 {n} 轮 {earned} → {points} 分", "round {n} {earned} → {points}")
_THIS_PERIOD = Text("{rule}。本期：{facts}", "{rule}. This period: {facts}")
_LOOKED_AT = Text("本期：{facts}", "this period: {facts}")
_BEFORE = Text("{rule}。{facts}", "{rule}. {facts}")
_BACK = Text("前 {n} 期 {c} 分", "{n} before: {c}")
_ROUNDS = Text("第 {l} 轮", "round {l}")
_RECORDED = Text("有此记录", "it is on record")


class ItemLine(msgspec.Struct, frozen=True, kw_only=True):
    """An item that lost points in one round, or that was left out of it; `lost` in millionths."""

    round: int
    code: str
    title: Text
    severity: Text
    sentence: Text
    basis: Text
    lost: int
    days_to_cure: int


class RoundLine(msgspec.Struct, frozen=True, kw_only=True):
    """One valid round: its score and the points of each category in their order (millionths)."""

    number: int
    inspection: int
    score: int | None
    points: tuple[int | None, ...]
    vetoed: tuple[Text, ...] = ()  # what vetoes did to items, to categories and to the score


class CategoryLine(msgspec.Struct, frozen=True, kw_only=True):
    """A category over the rounds, in millionths; null where nothing of it applied or no round was held."""

    code: str
    title: Text
    points: int | None
    full: int
    rate: int | None
    sentence: Text


class PartLine(msgspec.Struct, frozen=True, kw_only=True):
    """One part of the composite: its own figure, the weight as used and the points that it brings."""

    name: str
    title: Text
    value: int | None
    weight: int
    points: int | None
    sentence: Text


class StepLine(msgspec.Struct, frozen=True, kw_only=True):
    """One named step with what it gave (a figure in millionths, a flag, a name), that in words, and its rule.

    The rule names the figures of the estate in brackets. Where it is a table, `rows` are its branches, those that were
    taken marked, and the rule is what stands above them. `placed` says rank, members and the like.
    """

    name: str
    title: Text
    value: int | bool | str | None
    said: Text
    rule: Text
    rows: tuple[Marked, ...] = ()
    placed: Text | None = None


class RuleLine(msgspec.Struct, frozen=True, kw_only=True):
    """A rule on the stars, whether it fired, and the stars before and after its stage."""

    code: str
    title: Text
    basis: Text
    sentence: Text
    fired: bool = True
    before: int | Decimal | None = None
    after: int | Decimal | None = None


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that led to the stars of one estate in one period.

    `cutoffs` is the table of cut-offs, `item_rows` the table of every item that has one and lost points.
    `costs` says of every item that lost points by how much the composite would be higher without that (millionths).
    """

    stars: int | Decimal | None
    designation: Text | None = None
    composite: int | None
    not_rated: tuple[RuleLine, ...]
    rounds: tuple[RoundLine, ...]
    items: tuple[ItemLine, ...]
    left_out: tuple[ItemLine, ...]
    rescaled: tuple[Text, ...]
    categories: tuple[CategoryLine, ...]
    components: tuple[PartLine, ...]
    bonuses: tuple[StepLine, ...]
    steps: tuple[StepLine, ...]
    cut_off: Text | None
    cutoffs: tuple[Marked, ...]
    item_rows: Mapping[str, tuple[Marked, ...]]
    rules: tuple[RuleLine, ...]
    costs: Mapping[str, int]
    next_star: NextStar | None

    @property
    def fired(self) -> tuple[RuleLine, ...]:
        """Return the rules that fired, in the order of the edition."""
        return tuple(line for line in self.rules if line.fired)

    @property
    def unfired(self) -> tuple[RuleLine, ...]:
        """Return the rules that did not fire."""
        return tuple(line for line in self.rules if not line.fired)


def explain(pack: Pack, row: Row, sheets: pl.DataFrame) -> Explanation:
    """Return why the estate of a settled `row` has its stars.

    `sheets` are its scored inspections of the period (what `score` returned, with a column `round`), in any order.
    """
    rounds = sheets.sort("round").to_dicts() if sheets.height else []
    costs = gains(pack, row, sheets)
    return Explanation(
        stars=None if row[STARS] is None else plainly(row[STARS]),
        designation=pack.rating.named(row),
        composite=row.get(pack.rating.stars.figure),
        not_rated=tuple(_reasons(pack, row)),
        rounds=tuple(_round(pack, held) for held in rounds),
        items=tuple(line for held in rounds for line in _lost(pack, held)),
        left_out=tuple(line for held in rounds for line in _left_out(pack, held)),
        rescaled=tuple(_rescaled(pack, rounds)),
        categories=tuple(_categories(pack, row)),
        components=tuple(_components(pack, row)),
        bonuses=tuple(_bonuses(pack, row)),
        steps=tuple(_steps(pack, row)),
        cut_off=_cut_off(pack, row),
        cutoffs=marked(pack.rating.stars.tabled(), _seen(pack, row)) if row.get(CUT_OFF) is not None else (),
        item_rows=_item_rows(pack, sheets),
        rules=tuple(_rules(pack, row)),
        costs=costs,
        next_star=next_star(pack, row, sheets, costs),
    )


def _round(pack: Pack, held: Row) -> RoundLine:
    return RoundLine(
        number=held["round"],
        inspection=held["inspection_id"],
        score=held["score"],
        points=tuple(held[category.points_column] for category in pack.sheet.categories),
        vetoed=tuple(_vetoed(pack, held)),
    )


def _rescaled(pack: Pack, rounds: Iterable[Row]) -> Iterator[Text]:
    """Yield, category by category, what of it applied and how the rounds were scaled up to its full mark."""
    for category in pack.sheet.categories:
        alike: dict[int, list[Text]] = {}
        for held in rounds:
            possible = held[category.possible_column]
            if possible not in {0, category.full_points}:
                earned, points = (
                    plain(held[category.earned_column]),
                    shown(held.get(category.scaled_column, held[category.points_column])),
                )
                one = _ONE_RESCALED.fill(n=held["round"], earned=earned, points=points)
                alike.setdefault(possible, []).append(one)
        full = plain(category.full_points)
        for possible, told in alike.items():
            yield _RESCALED.fill(t=category.title, possible=plain(possible), full=full, rounds=_listed(told))


def _vetoed(pack: Pack, held: Row) -> Iterator[Text]:
    titles = pack.sheet.titles
    for veto in pack.sheet.vetoes:
        if held[veto.code]:
            named = [titles[code] for code in (*veto.items, *veto.categories)]
            what = _listed(named) if named else Text("本轮", "the round")
            text = Text("第 {n} 轮，{code} {title}：{does}", "Round {n}, {code} {title}: {does}")
            yield text.fill(n=held["round"], code=veto.code, title=veto.title, does=veto.words(what))


def _lost(pack: Pack, held: Row) -> Iterator[ItemLine]:
    for item in pack.sheet.items:
        points = held[item.points_column]
        if points is not None and points < item.full_points:
            yield _item_line(pack, item, held, pack.sheet.outcome(item, held))


def _left_out(pack: Pack, held: Row) -> Iterator[ItemLine]:
    for code in held[LEFT_OUT]:
        item = pack.sheet.by_code[code]
        yield _item_line(pack, item, held, item.left_out(held[code], pack.rating.titles))


def _item_line(pack: Pack, item: Item, held: Row, sentence: Text) -> ItemLine:
    points = held[item.points_column]
    return ItemLine(
        round=held["round"],
        code=item.code,
        title=item.title,
        severity=pack.sheet.severity_of(item).title,
        sentence=sentence,
        basis=item.basis,
        lost=0 if points is None else item.full_points - points,
        days_to_cure=item.days_to_cure,
    )


def _categories(pack: Pack, row: Row) -> Iterator[CategoryLine]:
    if not any(isinstance(step, CategoryRounds) for step in pack.rating.steps):
        return
    for category in pack.sheet.categories:
        points, rate = row[category.points_column], row[f"{category.code}.rate"]
        yield CategoryLine(
            code=category.code,
            title=category.title,
            points=points,
            full=category.full_points,
            rate=rate,
            sentence=_category_sentence(category, points, rate),
        )


def _category_sentence(category: Category, points: int | None, rate: int | None) -> Text:
    if points is None or rate is None:
        return Text("{t}：不适用或没有有效轮次", "{t}: does not apply, or no valid round").fill(t=category.title)
    text = Text("{t}：{p} / {f} 分，得分率 {r}%", "{t}: {p} of {f} points, {r} %")
    return text.fill(t=category.title, p=shown(points), f=plain(category.full_points), r=shown(rate))


def _components(pack: Pack, row: Row) -> Iterator[PartLine]:
    for step in pack.rating.steps:
        if isinstance(step, WeightedMean):
            for part in step.parts:
                yield _part_line(pack, step, part, row)


def _part_line(pack: Pack, step: WeightedMean, part: Part, row: Row) -> PartLine:
    whole = sum(row[f"{step.name}.{other.of}.weight"] for other in step.parts)
    weight, points = row[f"{step.name}.{part.of}.weight"], row[f"{step.name}.{part.of}.points"]
    title, value = pack.rating.titles[part.of], row[part.of]
    return PartLine(
        name=part.of,
        title=title,
        value=value,
        weight=weight,
        points=points,
        sentence=_part_pattern(part, value, weight).fill(
            t=title,
            v=exact(value or 0),
            w=plain(weight),
            whole=plain(whole),
            p=exact(points or 0),
        ),
    )


def _part_pattern(part: Part, value: int | None, weight: int) -> Text:
    if value is None and part.missing == "not_rated":
        return Text("{t}：缺失，无法计算综合得分", "{t}: missing, so there is no composite")
    if value is None and part.missing == "reweight":
        return Text("{t}：缺失，权重由其余部分分担", "{t}: missing, the other parts take its weight")
    if weight == 0:
        return Text(
            "{t}：对本小区不适用，权重由其余部分分担", "{t}: does not apply here, the other parts take its weight"
        )
    if value is None:
        return Text("{t}：缺失，按规定计 {p} 分", "{t}: missing, counted as {p} points")
    return Text("{t}：{v} × {w}/{whole} = {p} 分", "{t}: {v} × {w}/{whole} = {p} points")


def _bonuses(pack: Pack, row: Row) -> Iterator[StepLine]:
    for step in pack.rating.steps:
        for entry in getattr(step, "entries", ()):
            yield StepLine(
                name=entry.code, title=entry.title, value=row[entry.code], said=said(row[entry.code]), rule=entry.say()
            )


def _steps(pack: Pack, row: Row) -> Iterator[StepLine]:
    titles, seen = pack.rating.titles, _seen(pack, row)
    figures = {**row, STARS: None if row[STARS] is None else int(row[STARS] * UNIT)}  # steps see them as a figure
    for step in pack.rating.all_steps:
        if isinstance(step, CategoryRounds):
            continue
        value, valued = row[step.name], {**titles, **dict(_valued(pack, step, figures))}
        yield StepLine(
            name=step.name,
            title=step.title,
            value=value,
            said=said(value, titles.get(f"{step.name}.{value}")),
            rule=step.head(valued),
            rows=marked(step.tabled(titles), seen),
            placed=step.placed(row, titles) or _looked_up(pack, step, row),
        )


def _looked_up(pack: Pack, step: Step, row: Row) -> Text | None:
    """Return the facts that the cases of a table look at, whose words do not name them."""
    if isinstance(step, Extras):  # its entries say what they brought
        return None
    facts = list(_facts(pack, [condition for _, condition in step.conditions()], row))
    has_table = next(step.tabled(pack.rating.titles), None) is not None
    return _LOOKED_AT.fill(facts=_listed(facts)) if facts and has_table else None


def _valued(pack: Pack, step: Step, row: Row) -> Iterator[tuple[str, Text]]:
    """Yield the words for what a step looks at with the values of this estate: “物业费收缴率（45）”."""
    titles = pack.rating.titles
    conditions = [name for _, condition in step.conditions() for name in condition.needs()]
    looked_at = [name for _, name in (*step.needs(), *step.keys()) if name not in REGISTERED or name in titles]
    for name in dict.fromkeys([*looked_at, *conditions]):
        value = row.get(name)
        if not isinstance(value, bool) or name not in conditions:
            words = Text("缺失", "missing") if value is None else said(value, titles.get(f"{name}.{value}"))
            yield name, Text("{t}（{v}）", "{t} ({v})").fill(t=titles.get(name, Text(name, name)), v=words)


def _seen(pack: Pack, row: Row) -> pl.DataFrame:
    """Return the row as the steps saw it: a frame of the columns that rules may name, stars as a figure."""
    known = {name: column.dtype for name, column in pack.rating.gives(pack.sheet).items() if name in row}
    values = {**row, STARS: None if row[STARS] is None else int(row[STARS] * UNIT)}
    columns = [pl.Series(name, [values[name]]).cast(dtype) for name, dtype in known.items()]
    return pl.DataFrame(columns)


def _item_rows(pack: Pack, sheets: pl.DataFrame) -> dict[str, tuple[Marked, ...]]:
    """Return the tables of the items that lost points, each branch marked with the rounds that found it."""
    rows = {}
    for item in pack.sheet.items if sheets.height else ():
        asked = sheets.sort("round").filter(pl.col(item.code) >= 0).select("round", code=pl.col(item.code))
        branches = list(item.shape.tabled(item.full_points))
        if branches and (sheets[item.points_column] < item.full_points).any():
            rows[item.code] = marked(branches, asked, names=asked["round"].to_list(), mark=_ROUNDS)
    return rows


def said(value: int | bool | str | Decimal | None, title: Text | None = None) -> Text:
    """Return a value of a column in words; a name is said by its `title`."""
    if value is None:
        return Text("—", "—")
    if isinstance(value, bool):
        return Text("是", "yes") if value else Text("否", "no")
    if isinstance(value, str):
        return title or Text(value, value)
    if isinstance(value, Decimal):  # stars, where there are half ones
        return Text(f"{plainly(value)}", f"{plainly(value)}")
    return Text(plain(value), plain(value))


def _reasons(pack: Pack, row: Row) -> Iterator[RuleLine]:
    for reason in pack.rating.stars.not_rated:
        if row[reason.code]:
            sentence = reason.when.say(pack.rating.titles)
            yield RuleLine(code=reason.code, title=reason.title, basis=reason.basis, sentence=sentence)


def _cut_off(pack: Pack, row: Row) -> Text | None:
    star = row.get(CUT_OFF)
    if star is None or row[NOT_RATED] is not None:
        return None
    band = next(cutoff for cutoff in pack.rating.stars.cutoffs if cutoff.star == star)
    text = Text("{t} {c}，属“{b}”，对应 {s} 星", "{t} {c} lies in “{b}”: stars {s}")
    stars = pack.rating.stars
    title = Text("综合得分", "Composite") if stars.of is None else pack.rating.titles[stars.of]
    return text.fill(t=title, c=shown(row[stars.cut]), b=band.words(), s=plainly(star))


def _rules(pack: Pack, row: Row) -> Iterator[RuleLine]:
    words = {**pack.rating.titles, **pack.sheet.titles}
    for veto in pack.sheet.vetoes:
        said = veto.say(words)
        yield RuleLine(code=veto.code, title=veto.title, basis=veto.basis, sentence=said, fired=bool(row[veto.code]))
    before = CUT_OFF
    for stage in pack.rating.stars.stages:
        sentences = dict(stage.sentences(pack.rating.titles))
        for _, rule in stage.rules():
            sentence = _with_working(pack, stage, rule, row, sentences[rule.code])
            yield RuleLine(
                code=rule.code,
                title=rule.title,
                basis=rule.basis,
                sentence=sentence,
                fired=bool(row[rule.code]),
                before=None if row[before] is None else plainly(row[before]),
                after=None if row[stage.column] is None else plainly(row[stage.column]),
            )
        before = stage.column


def _with_working(pack: Pack, stage: Stage, rule: Rule, row: Row, sentence: Text) -> Text:
    """Return the rule's sentence with the figures of this estate that decided it; as it is where it did not fire."""
    if isinstance(stage, Quota):
        return stage.placed(row, sentence)
    if not row[rule.code]:
        return sentence
    if isinstance(rule, Gate):
        return _THIS_PERIOD.fill(rule=sentence, facts=_listed(_low(pack, rule, row)))
    facts = [*_facts(pack, _looked_at(rule), row), *_numbers(pack, rule, row)]
    if facts:
        return _THIS_PERIOD.fill(rule=sentence, facts=_listed(dict.fromkeys(facts)))
    if isinstance(stage, Streak):
        backs = [(back, row[f"{HISTORY}.{back}"]) for back in range(1, stage.reaches_back() + 1)]
        return _BEFORE.fill(rule=sentence, facts=_listed(_BACK.fill(n=back, c=shown(c)) for back, c in backs))
    return sentence


def _looked_at(rule: Rule) -> list[Condition]:
    if isinstance(rule, Veto):
        return [effect.when for effect in rule.effects]
    return [rule.when] if isinstance(rule, Move) and rule.when is not None else []


def _numbers(pack: Pack, rule: Rule, row: Row) -> Iterator[Text]:
    """Yield the figures that stand for the numbers of a rule, with their values."""
    for operand in rule.operands().values() if isinstance(rule, Move) else ():
        if isinstance(operand, str):
            title = pack.rating.titles.get(operand, Text(operand, operand))
            yield Text("{t} {v}", "{t} {v}").fill(t=title, v=plain(row[operand]))


def _low(pack: Pack, gate: Gate, row: Row) -> Iterator[Text]:
    titles = {category.code: category.title for category in pack.sheet.categories}
    for code in gate.named(pack.sheet):
        rate = row[f"{code}.rate"]
        if rate is not None and rate < figure(gate.floor):
            yield Text("{t} {r}%", "{t} {r} %").fill(t=titles[code], r=shown(rate))


def _facts(pack: Pack, conditions: Iterable[Condition], row: Row) -> Iterator[Text]:
    """Yield the facts and figures that the conditions look at, each once, with their values."""
    leaves = [leaf for condition in conditions for leaf in condition.leaves()]
    subjects = {leaf.subject: leaf for leaf in leaves}
    if len(subjects) == 1 and all(row[name] is True for name in subjects):
        yield _RECORDED
        return
    for leaf in subjects.values():
        yield _fact(pack, leaf, row[leaf.subject])


def _fact(pack: Pack, leaf: Condition, value: object) -> Text:
    titles = pack.rating.titles
    title = titles.get(leaf.subject, Text(leaf.subject, leaf.subject))
    if isinstance(value, bool):
        return title if value else Text("无“{t}”", "not “{t}”").fill(t=title)
    if isinstance(value, int):
        return Text("{t} {v}", "{t} {v}").fill(t=title, v=plain(value))
    if value is None:
        return Text("{t}缺失", "{t}: missing").fill(t=title)
    return Text("{t} {v}", "{t}: {v}").fill(
        t=title, v=titles.get(f"{leaf.subject}.{value}", Text(str(value), str(value)))
    )


def _listed(texts: Iterable[Text]) -> Text:
    all_ = list(texts)
    return Text("，".join(text.zh for text in all_), ", ".join(text.en for text in all_))
