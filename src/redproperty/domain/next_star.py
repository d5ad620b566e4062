"""What is missing to the next star, and the fewest items that would bring it — tried, not guessed.

The items are chosen by what they cost the composite; whether curing them is enough is found by scoring and assessing
the same inspections once more with these items at their best answer.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
import polars as pl

from redproperty.domain.items import NOT_APPLICABLE, Item
from redproperty.domain.moves import Caps, Demotions, Move
from redproperty.domain.numbers import exact, figure, plain, shown
from redproperty.domain.packs import Pack
from redproperty.domain.ratings import assess
from redproperty.domain.sheets import score
from redproperty.domain.stages import Gate, Gates, Quota, Streak, Veto, Vetoes
from redproperty.domain.stars import CUT_OFF, STARS, CutOff
from redproperty.domain.steps.base import HUNDRED
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

    `line`, `missing` and `after` are millionths; `lifts` is the fewest items whose cure closes the gap (`reached`) or,
    where all items together do not, all of them; `after` is the composite once they are cured. `others` are the other
    parts of the composite; `obstacles` are what stands in the way whatever the points: vetoes, floors, quotas, streaks.
    """

    star: int
    line: int
    missing: int
    lifts: tuple[Lift, ...]
    reached: bool
    after: int
    others: tuple[Lift, ...]
    obstacles: tuple[Text, ...]


def gains(pack: Pack, row: Row, sheets: pl.DataFrame) -> dict[str, int]:
    """Return by how much each item that lost points would lift the composite, were it alone at its best."""
    figure_name = pack.rating.stars.figure
    lost = [item for item in pack.sheet.items if sheets.height and _costs(item, sheets)]
    if not lost or row[figure_name] is None:
        return {}
    alone = _tried(pack, row, sheets, [[item] for item in lost])[figure_name].to_list()
    return {item.code: tried - row[figure_name] for item, tried in zip(lost, alone, strict=True)}


def next_star(pack: Pack, row: Row, sheets: pl.DataFrame, costs: Mapping[str, int]) -> NextStar | None:
    """Return what more stars take; nothing where the estate is not rated or has all the stars there are.

    `costs` is what `gains` says of the estate.
    """
    target = _target(pack, row)
    if target is None:
        return None
    now = row[pack.rating.stars.cut]
    low = target.low()
    line = figure(low[0]) + low[1] if low is not None else 0
    missing = max(0, line - now)
    lifts, cured = _least(pack, row, sheets, line, costs) if missing else ((), pl.DataFrame([row]))
    after = cured[pack.rating.stars.cut].item()
    return NextStar(
        star=target.star,
        line=line,
        missing=missing,
        lifts=lifts,
        reached=after >= line,
        after=after,
        others=tuple(_others(pack, row)) if missing else (),
        obstacles=tuple(_obstacles(pack, row, cured, target.star)),
    )


def _target(pack: Pack, row: Row) -> CutOff | None:
    """Return the cut-off to reach: that of the composite where rules took stars away, else the next one above."""
    if row[STARS] is None:
        return None
    aim = max(row[CUT_OFF], row[STARS] + 1)
    higher = [cutoff for cutoff in pack.rating.stars.cutoffs if cutoff.star >= aim]
    return min(higher, key=lambda cutoff: cutoff.star) if higher else None


def _least(
    pack: Pack, row: Row, sheets: pl.DataFrame, line: int, costs: Mapping[str, int]
) -> tuple[tuple[Lift, ...], pl.DataFrame]:
    """Return the fewest items that reach `line`, or all that help, and the figures once they are cured."""
    helping = sorted((code for code in costs if costs[code] > 0), key=lambda code: (-costs[code], code))
    if not helping:
        return (), pl.DataFrame([row])
    order = [pack.sheet.by_code[code] for code in helping]
    together = _tried(pack, row, sheets, [order[:count] for count in range(1, len(order) + 1)])
    composites = together[pack.rating.stars.cut].to_list()
    count = next((count for count, tried in enumerate(composites, start=1) if tried >= line), len(order))
    return tuple(_lift(item, sheets, costs[item.code]) for item in order[:count]), together[count - 1]


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
    estates = trial.with_columns(pl.lit(row[fact.name], fact.dtype).alias(fact.name) for fact in pack.rating.facts)
    return assess(pack.sheet, pack.rating, scored, estates, standing=row)


def _register(pack: Pack, sheets: pl.DataFrame) -> list[str]:
    needed = {name for _, condition in pack.sheet.conditions() for name in condition.needs()}
    return sorted(needed & set(sheets.columns))


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


def _obstacles(pack: Pack, row: Row, cured: pl.DataFrame, star: int) -> Iterator[Text]:
    for stage in pack.rating.stars.stages:
        if isinstance(stage, Gates):
            for gate in stage.gates:
                if gate.at_most < star and cured.select(gate.fires(pack.sheet)).item():
                    yield from _low_categories(pack, gate, cured)
        elif isinstance(stage, Vetoes):
            yield from (_fired(pack, veto) for veto in stage.vetoes if row[veto.code] and _caps(veto, cured, star))
        elif isinstance(stage, Caps | Demotions):
            said = dict(stage.sentences(pack.rating.titles))
            yield from (said[rule.code] for rule in stage.listed if row[rule.code] and _holds(rule, row, star))
        elif isinstance(stage, Quota) and star >= stage.star:
            yield from (stage.placed(row, said) for _, said in stage.sentences(pack.rating.titles))
        elif isinstance(stage, Streak) and stage.stars_down and row[stage.rule.code]:
            yield from (said for _, said in stage.sentences(pack.rating.titles))


def _holds(rule: Move, row: Row, star: int) -> bool:
    """Whether a rule that fired would keep the estate from `star` stars."""
    left = pl.DataFrame([row]).select(rule.moved(pl.lit(star, pl.Int64))).item()
    return left is not None and left < star


def _caps(veto: Veto, cured: pl.DataFrame, star: int) -> bool:
    ceiling = cured.select(veto.ceiling()).item()
    return ceiling is not None and ceiling < star


def _fired(pack: Pack, veto: Veto) -> Text:
    said = veto.say(pack.rating.titles)
    return Text("{c} {t}已触发：{s}", "{c} {t} fired: {s}").fill(c=veto.code, t=veto.title, s=said)


def _low_categories(pack: Pack, gate: Gate, cured: pl.DataFrame) -> Iterator[Text]:
    titles = {category.code: category.title for category in pack.sheet.categories}
    for code in gate.named(pack.sheet):
        rate = cured[f"{code}.rate"].item()
        if rate is not None and rate < figure(gate.floor):
            text = Text("{t}得分率 {r}%，低于 {g} 的 {f}%", "{t} at {r} %, below the {f} % of “{g}”")
            yield text.fill(t=titles[code], r=shown(rate), g=gate.title, f=plain(figure(gate.floor)))
