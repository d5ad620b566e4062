"""What is missing to the next star, and the fewest items that would bring it — tried, not guessed.

The items are chosen by what they cost the composite; whether curing them is enough is found by scoring and assessing
the same inspections once more with these items at their best answer.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec
import polars as pl

from redproperty.domain.items import NOT_APPLICABLE, Item
from redproperty.domain.moves import Caps, Demotions, Move
from redproperty.domain.numbers import exact, figure, plain, shown
from redproperty.domain.packs import Pack
from redproperty.domain.ratings import assess, settle
from redproperty.domain.sheets import score
from redproperty.domain.stages import HISTORY, Gate, Gates, Quota, Streak, Veto, Vetoes, lit
from redproperty.domain.stars import CUT_OFF, STARS, CutOff, plainly
from redproperty.domain.steps.base import HUNDRED, Step
from redproperty.domain.steps.cohorts import Cohort
from redproperty.domain.steps.rounds import Rounds
from redproperty.domain.steps.weights import WeightedMean
from redproperty.domain.texts import Text

Row = Mapping[str, Any]


class Lift(msgspec.Struct, frozen=True, kw_only=True):
    """Something that would lift the composite by `gain` (millionths) if it alone were cured."""

    code: str
    title: Text
    gain: int
    sentence: Text


class NextStar(msgspec.Struct, frozen=True, kw_only=True):
    """The way to more stars: to those of the composite where rules hold the estate below them, else to the next.

    `line`, `missing` and `after` are millionths; `lifts` are the fewest items found whose cure brings `star` stars or,
    where no cure does, closes the gap to the line (`reached`), or else all that help; `after` is the composite once
    they are cured. The cure is tried through every rule of the edition: `promised` says that it brought the stars and
    that nothing but the estate itself decides. `others` are the other parts of the composite; `obstacles` say what
    stands in the way whatever the points: vetoes, floors of categories, quotas, streaks, the standing of others.
    """

    star: int | Decimal
    line: int
    missing: int
    lifts: tuple[Lift, ...]
    reached: bool
    after: int
    promised: bool
    others: tuple[Lift, ...]
    obstacles: tuple[Text, ...]


def gains(pack: Pack, row: Row, sheets: pl.DataFrame) -> dict[str, int]:
    """Return by how much each item that lost points would lift the composite, were it alone at its best."""
    figure_name = pack.rating.stars.figure
    lost = [item for item in pack.sheet.items if sheets.height and _costs(item, sheets)]
    if not lost or row.get(figure_name) is None:
        return {}
    alone = _tried(pack, row, sheets, [[item] for item in lost])[figure_name].to_list()
    return {item.code: tried - row[figure_name] for item, tried in zip(lost, alone, strict=True)}


def next_star(pack: Pack, row: Row, sheets: pl.DataFrame, costs: Mapping[str, int]) -> NextStar | None:
    """Return what more stars take; nothing where the estate is not rated or has all the stars there are.

    `costs` is what `gains` says of the estate.
    """
    if row[STARS] is None or not pack.rating.stars.cutoffs or row[STARS] >= pack.rating.stars.all[0]:
        return None
    found = _lifting(pack, row, sheets, costs)
    cured = pl.DataFrame([row]) if found is None else found[1]
    target = _target(pack, row) if found is None else _cutoff(pack, cured[CUT_OFF].item())
    low = target.low()
    line = figure(low[0]) + low[1] if low is not None else 0
    missing = max(0, line - row[pack.rating.stars.cut])
    star, items = target.star, () if found is None else found[0]
    if found is not None:
        star = Decimal(cured[STARS].item())
    elif missing:
        items, cured = _closing(pack, row, sheets, line, costs)
    after = cured[pack.rating.stars.cut].item()
    obstacles = tuple(dict.fromkeys(_obstacles(pack, row, cured, star)))
    return NextStar(
        star=plainly(star),
        line=line,
        missing=missing,
        lifts=tuple(_lift(item, sheets, costs.get(item.code, 0)) for item in items),
        reached=after >= line,
        after=after,
        promised=found is not None and not obstacles,
        others=tuple(_others(pack, row)) if missing else (),
        obstacles=obstacles,
    )


def _target(pack: Pack, row: Row) -> CutOff:
    """Return the cut-off to reach: that of the composite where rules took stars away, else the next one above."""
    higher = [cut for cut in pack.rating.stars.cutoffs if cut.star >= row[CUT_OFF] and cut.star > row[STARS]]
    return min(higher, key=lambda cutoff: cutoff.star) if higher else _cutoff(pack, row[CUT_OFF])


def _cutoff(pack: Pack, star: int | Decimal) -> CutOff:
    return next(cutoff for cutoff in pack.rating.stars.cutoffs if cutoff.star == star)


def _lifting(
    pack: Pack, row: Row, sheets: pl.DataFrame, costs: Mapping[str, int]
) -> tuple[tuple[Item, ...], pl.DataFrame] | None:
    """Return the fewest items whose cure brings more stars than now, and the settled row; nothing where none does.

    Two orders are tried: the dearest items first, and those of categories below a floor before all others. Of the
    shorter way, what can be left out is left out.
    """
    orders = [order for order in (_dearest(pack, costs), _from_below(pack, row, costs)) if order]
    ways = [order[:count] for order in orders for count in range(1, len(order) + 1)]
    settled = _settled(pack, row, sheets, ways) if ways else pl.DataFrame()
    lifting = [at for at in range(len(ways)) if _more(settled, at, row)]
    if not lifting:
        return None
    best = min(lifting, key=lambda at: len(ways[at]))
    return _pruned(pack, row, sheets, ways[best], settled[best])


def _more(settled: pl.DataFrame, at: int, row: Row) -> bool:
    stars = settled[STARS][at]
    return stars is not None and stars > row[STARS]


def _pruned(
    pack: Pack, row: Row, sheets: pl.DataFrame, way: Sequence[Item], settled: pl.DataFrame
) -> tuple[tuple[Item, ...], pl.DataFrame]:
    """Return the way without what it does not need: the cheapest items are tried first."""
    while len(way) > 1:
        without = [[item for item in way if item is not left] for left in reversed(way)]
        tried = _settled(pack, row, sheets, without)
        shorter = next((at for at in range(len(without)) if _more(tried, at, row)), None)
        if shorter is None:
            break
        way, settled = without[shorter], tried[shorter]
    return tuple(way), settled


def _dearest(pack: Pack, costs: Mapping[str, int]) -> list[Item]:
    """Return the items whose cure raises the composite, the dearest first."""
    helping = sorted((code for code in costs if costs[code] > 0), key=lambda code: (-costs[code], code))
    return [pack.sheet.by_code[code] for code in helping]


def _from_below(pack: Pack, row: Row, costs: Mapping[str, int]) -> list[Item]:
    """Return all items that lost points, those of categories below a floor first; none where no floor holds."""
    gates = [gate for stage in pack.rating.stars.stages if isinstance(stage, Gates) for gate in stage.gates]
    low = {code for gate in gates if row[gate.code] for code in _low(pack, gate, row)}
    if not low:
        return []
    order = sorted(costs, key=lambda code: (pack.sheet.category_of(code).code not in low, -costs[code], code))
    return [pack.sheet.by_code[code] for code in order]


def _closing(
    pack: Pack, row: Row, sheets: pl.DataFrame, line: int, costs: Mapping[str, int]
) -> tuple[tuple[Item, ...], pl.DataFrame]:
    """Return the fewest items that reach `line`, or all that help, and the settled row once they are cured."""
    order = _dearest(pack, costs)
    if not order:
        return (), pl.DataFrame([row])
    together = _settled(pack, row, sheets, [order[:count] for count in range(1, len(order) + 1)])
    composites = together[pack.rating.stars.cut].to_list()
    count = next((count for count, tried in enumerate(composites, start=1) if tried >= line), len(order))
    return tuple(order[:count]), together[count - 1]


def _settled(pack: Pack, row: Row, sheets: pl.DataFrame, trials: Sequence[Sequence[Item]]) -> pl.DataFrame:
    """Return the settled rows of the trials; what depends on other estates and periods stays as it is."""
    return settle(pack.sheet, pack.rating, _tried(pack, row, sheets, trials), standing=row)


def _costs(item: Item, sheets: pl.DataFrame) -> bool:
    return bool((sheets[item.points_column] < item.full_points).any())


def _tried(pack: Pack, row: Row, sheets: pl.DataFrame, trials: Sequence[Sequence[Item]]) -> pl.DataFrame:
    """Return the figures of the estate, one row per trial, had the items of the trial been at their best."""
    cured: dict[str, list[int]] = {}
    for number, items in enumerate(trials):
        for item in items:
            cured.setdefault(item.code, []).append(number)
    answers = sheets.select("round", *pack.sheet.codes, *_register(pack, sheets))
    trial = pl.DataFrame({"estate_id": range(len(trials))}, schema={"estate_id": pl.Int64})
    better = [
        pl.when(pl.col("estate_id").is_in(numbers) & (pl.col(code) != NOT_APPLICABLE))
        .then(pl.lit(pack.sheet.by_code[code].shape.best(), pl.Int64))
        .otherwise(pl.col(code))
        .alias(code)
        for code, numbers in cured.items()
    ]
    scored = score(pack.sheet, trial.join(answers, how="cross").with_columns(better))
    figures = [*pack.rating.period_figures(), *(name for name in row if name.startswith(f"{HISTORY}."))]
    estates = trial.with_columns(
        *(pl.lit(row[fact.name], fact.dtype).alias(fact.name) for fact in pack.rating.facts),
        *(pl.lit(row[name], pl.Int64).alias(name) for name in figures),
    )
    return assess(pack.sheet, pack.rating, scored, estates, standing=row)


def _register(pack: Pack, sheets: pl.DataFrame) -> list[str]:
    return [name for name in pack.sheet.facts if name in sheets.columns]


def _lift(item: Item, sheets: pl.DataFrame, gain: int) -> Lift:
    rounds = sheets.filter(pl.col(item.points_column) < item.full_points)["round"].sort().to_list()
    text = Text(
        "整改 {code} {title}（第 {rounds} 轮扣过分）：综合得分 +{gain}",
        "Cure {code} {title} (points lost in round {rounds}): composite +{gain}",
    )
    said = text.fill(
        code=item.code,
        title=item.title,
        rounds=Text("、".join(map(str, rounds)), ", ".join(map(str, rounds))),
        gain=exact(gain),
    )
    return Lift(code=item.code, title=item.title, gain=gain, sentence=said)


def _others(pack: Pack, row: Row) -> Iterator[Lift]:
    titles = pack.rating.titles
    inspected = {step.name for step in pack.rating.steps if isinstance(step, Rounds)}
    for step in pack.rating.steps:
        if not isinstance(step, WeightedMean):
            continue
        whole = sum(row[f"{step.name}.{part.of}.weight"] for part in step.parts)
        for part in step.parts:
            weight, points = row[f"{step.name}.{part.of}.weight"], row[f"{step.name}.{part.of}.points"]
            if not whole or points is None or part.of in inspected:
                continue
            gain = weight * HUNDRED // whole - points
            if gain > 0:
                text = Text("{t}现得 {p} 分，最多还可加 {g} 分", "{t} brings {p} points now, at most {g} more")
                said = text.fill(t=titles[part.of], p=exact(points), g=exact(gain))
                yield Lift(code=part.of, title=titles[part.of], gain=gain, sentence=said)


def _obstacles(pack: Pack, row: Row, cured: pl.DataFrame, star: Decimal) -> Iterator[Text]:
    """Yield what holds the cured estate below `star`, and what nobody can know of in advance."""
    settled = cured.row(0, named=True)
    before = CUT_OFF
    for stage in pack.rating.stars.stages:
        said = dict(stage.sentences(pack.rating.titles))
        if isinstance(stage, Gates):
            for gate in stage.gates:
                if gate.at_most < star and settled[gate.code]:
                    yield from _low_categories(pack, gate, settled)
        elif isinstance(stage, Vetoes):
            yield from (_fired(pack, veto) for veto in stage.vetoes if settled[veto.code] and _caps(veto, cured, star))
        elif isinstance(stage, Caps | Demotions):
            yield from (said[rule.code] for rule in stage.listed if settled[rule.code] and _holds(rule, cured, star))
        elif isinstance(stage, Quota):
            yield from (stage.placed(row, sentence) for sentence in said.values() if star >= stage.star)
        elif isinstance(stage, Streak):
            yield from (sentence for sentence in said.values() if stage.stars_down and settled[stage.rule.code])
        elif (settled[before] or 0) >= star > (settled[stage.column] or 0):
            yield from (said[code] for code in stage.fired() if settled[code])
        before = stage.column
    yield from _of_others(pack)


def _of_others(pack: Pack) -> Iterator[Text]:
    """Yield the steps on the way to the stars that compare the estate with others."""
    steps = {name: step for step in pack.rating.steps for name in step.gives(pack.sheet)}
    stars = pack.rating.stars
    wanted = [stars.cut, *(name for _, name in stars.needs())]
    wanted += [name for _, condition in stars.conditions() for name in condition.needs()]
    looked_at: dict[str, Step] = {}
    while wanted:
        step = steps.get(wanted.pop())
        if step is not None and step.name not in looked_at:
            looked_at[step.name] = step
            wanted += [name for _, name in (*step.needs(), *step.keys())]
            wanted += [name for _, condition in step.conditions() for name in condition.needs()]
    text = Text(
        "“{t}”要与其他小区比较，其他小区的变动事先无法知道", "“{t}” compares estates; how the others move is not known"
    )
    for step in pack.rating.steps:
        if step.name in looked_at and isinstance(step, Cohort):
            yield text.fill(t=step.title)


def _holds(rule: Move, cured: pl.DataFrame, star: Decimal) -> bool:
    """Whether a rule that fired would keep the estate from `star` stars."""
    left = cured.select(rule.moved(lit(star))).item()
    return left is not None and left < star


def _caps(veto: Veto, cured: pl.DataFrame, star: Decimal) -> bool:
    ceiling = cured.select(veto.ceiling()).item()
    return ceiling is not None and ceiling < star


def _fired(pack: Pack, veto: Veto) -> Text:
    said = veto.say(pack.rating.titles)
    return Text("{c} {t}已触发：{s}", "{c} {t} fired: {s}").fill(c=veto.code, t=veto.title, s=said)


def _low(pack: Pack, gate: Gate, row: Row) -> list[str]:
    """Return the categories that lie below the floor of a gate."""
    rates = {code: row[f"{code}.rate"] for code in gate.named(pack.sheet)}
    return [code for code, rate in rates.items() if rate is not None and rate < figure(gate.floor)]


def _low_categories(pack: Pack, gate: Gate, settled: Row) -> Iterator[Text]:
    titles = {category.code: category.title for category in pack.sheet.categories}
    for code in _low(pack, gate, settled):
        text = Text("{t}得分率 {r}%，低于 {g} 的 {f}%", "{t} at {r} %, below the {f} % of “{g}”")
        rate = shown(settled[f"{code}.rate"])
        yield text.fill(t=titles[code], r=rate, g=gate.title, f=plain(figure(gate.floor)))
