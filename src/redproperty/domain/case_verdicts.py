"""What came out of a case against what was expected, told with the rule of the figure and what it was made from."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from redproperty.domain.case_files import Expected
from redproperty.domain.faults import suggest
from redproperty.domain.formulas import words
from redproperty.domain.numbers import UNIT, figure, plain
from redproperty.domain.packs import Pack
from redproperty.domain.stars import CUT_OFF, NOT_RATED, STARS, plainly
from redproperty.domain.steps.base import Step
from redproperty.domain.subsidies import explain_line
from redproperty.domain.subsidy_rules import SubsidyRules
from redproperty.domain.texts import Text


class Failure(Text, frozen=True):
    """What came out otherwise than expected; `why` tells the rule of the figure and what it was made from."""

    why: tuple[Text, ...] = ()


class Judged(NamedTuple):
    """What came out for one estate: points of its first round, its settled row, its line of the subsidy."""

    points: Mapping[str, Any]
    row: Mapping[str, Any]
    paid: Mapping[str, Any] | None


def judged(pack: Pack, expect: Expected, told: Judged) -> list[Text]:
    """Return what came out otherwise than expected."""
    return [
        *_judged_points(pack, expect, told.points),
        *_judged_figures(pack, expect, told),
        *_judged_stars(pack, expect, told.row),
        *_judged_money(pack, expect, told.paid),
    ]


def _judged_points(pack: Pack, expect: Expected, points: Mapping[str, Any]) -> Iterator[Text]:
    for code, value in expect.points.items():
        item = pack.sheet.by_code[code]
        rule = Text("{t}：{r}", "{t}: {r}").fill(t=item.title, r=item.rule())
        yield from _compared(code, value, points[f"{code}.points"], (rule,))
    for code, value in expect.categories.items():
        yield from _compared(code, value, points[f"{code}.points"])
    if expect.score is not None:
        yield from _compared("score", expect.score, points["score"])


def _judged_figures(pack: Pack, expect: Expected, told: Judged) -> Iterator[Text]:
    known = {**(told.paid or {}), **told.row}
    for name, wanted in expect.figures.items():
        if name not in known:
            yield suggest(Text("没有“{n}”这个数", "there is no figure “{n}”").fill(n=name), name, known)
        else:
            yield from _compared(name, wanted, known[name], _why(pack, name, known))


def _judged_stars(pack: Pack, expect: Expected, row: Mapping[str, Any]) -> Iterator[Text]:
    if expect.stars is not None and row[STARS] != expect.stars:
        yield _differs(
            STARS, expect.stars, None if row[STARS] is None else plainly(row[STARS]), tuple(_why_stars(pack, row))
        )
    if expect.not_rated is not None and row[NOT_RATED] != expect.not_rated:
        yield _differs(NOT_RATED, expect.not_rated, row[NOT_RATED])
    if expect.reasons is not None:
        reasons = {reason.code for reason in pack.rating.stars.not_rated if row[reason.code]}
        if reasons != set(expect.reasons):
            yield _differs("reasons", ", ".join(expect.reasons), ", ".join(sorted(reasons)))
    if expect.fired is not None and set(row["fired"]) != set(expect.fired):
        yield _differs("fired", ", ".join(expect.fired), ", ".join(row["fired"]))


def _judged_money(pack: Pack, expect: Expected, paid: Mapping[str, Any] | None) -> Iterator[Text]:
    if paid is None:
        return
    amounts = {"due": (expect.due, "due_fen"), "paid": (expect.paid, "paid_fen")}
    amounts |= {f"payers.{payer}": (value, f"{payer}_fen") for payer, value in expect.payers.items()}
    for name, (wanted, column) in amounts.items():
        if wanted is not None and column not in paid:
            yield Text("没有“{n}”", "there is no “{n}”").fill(n=name)
        elif wanted is not None:
            # fen as millionths of a yuan, to be compared like any figure
            yield from _compared(name, wanted, paid[column] * (UNIT // 100), tuple(_why_money(pack, paid)))
    if expect.zero_reason is not None and expect.zero_reason != paid["zero_reason"]:
        yield _differs("zero_reason", expect.zero_reason, paid["zero_reason"])


def _compared(
    name: str, expected: Decimal | bool | str | None, actual: object, why: tuple[Text, ...] = ()
) -> Iterator[Failure]:
    wanted = figure(expected) if isinstance(expected, Decimal) else expected
    if actual != wanted or isinstance(actual, bool) != isinstance(wanted, bool):
        yield _differs(name, _shown(wanted), _shown(actual), why)


def _differs(name: str, expected: object, actual: object, why: tuple[Text, ...] = ()) -> Failure:
    text = Text("{n}：应为 {e}，实为 {a}", "{n}: expected {e}, got {a}")
    said = text.fill(n=name, e="–" if expected in {None, ""} else expected, a="–" if actual in {None, ""} else actual)
    return Failure(said.zh, said.en, why)


def _shown(value: object) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ", ".join(_shown(one) or "–" for one in value)
    return plain(value) if isinstance(value, int) else value if isinstance(value, str) else None


def _why(pack: Pack, name: str, row: Mapping[str, Any]) -> tuple[Text, ...]:
    """Return the rule that gives a figure, and the figures and facts that it looked at."""
    rules: SubsidyRules | None = pack.subsidy
    steps: tuple[Step, ...] = (*pack.rating.all_steps, *(rules.steps if rules else ()))
    step = next((step for step in steps if step.name == name), None)
    if step is None:
        return ()
    titles = {**pack.rating.titles, **words(rules.steps if rules else ())}
    said = Text("{t}：{s}", "{t}: {s}").fill(t=step.title, s=step.say(titles))
    looked = [*(one for _, one in (*step.needs(), *step.keys())), *_in_conditions(step)]
    return said, *_from(dict.fromkeys(looked), row, titles)


def _in_conditions(step: Step) -> Iterator[str]:
    for _, condition in step.conditions():
        yield from sorted(condition.needs())


def _from(names: Iterable[str], row: Mapping[str, Any], titles: Mapping[str, Text]) -> Iterator[Text]:
    made = [
        Text("{t} {v}", "{t} {v}").fill(t=titles.get(one, one), v=_shown(row[one]) or "–")
        for one in names
        if one in row
    ]
    if made:
        values = Text("，".join(one.zh for one in made), ", ".join(one.en for one in made))
        yield Text("其中：{v}", "from: {v}").fill(v=values)


def _why_stars(pack: Pack, row: Mapping[str, Any]) -> Iterator[Text]:
    """Yield the figure that the cut-offs compare and the star that they gave, then the rules that fired."""
    stars, titles = pack.rating.stars, pack.rating.titles
    if row[NOT_RATED] is not None:
        reason = next(one for one in stars.not_rated if one.code == row[NOT_RATED])
        yield Text("不予评定：{t}", "not rated: {t}").fill(t=reason.title)
        return
    text = Text("{t} {v}，按星级线 {s} 星", "{t} {v}, {s} stars by the cut-offs")
    yield text.fill(t=titles[stars.cut], v=_shown(row[stars.cut]) or "–", s=plainly(row[CUT_OFF]))
    for rule in (rule for rule in stars.rules if rule.code in row["fired"]):
        yield Text("{c} {t}", "{c} {t}").fill(c=rule.code, t=rule.title)


def _why_money(pack: Pack, paid: Mapping[str, Any]) -> Iterator[Text]:
    yield from explain_line(pack.subsidy_rules(), paid)
