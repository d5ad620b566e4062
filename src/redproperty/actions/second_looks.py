"""Drawing a share of a round for a blind second look; the draw is stated and can be done again."""

from datetime import date, datetime

import msgspec

from redproperty.actions.acting import acting
from redproperty.domain.access import Actor, Deed
from redproperty.domain.periods import Period
from redproperty.domain.rounds import Days, Draw, day_problems, draw_problems, drawn
from redproperty.domain.second_looks import second_people
from redproperty.domain.texts import Invalid, Problem, Refused, Text
from redproperty.store import rounds, second_looks
from redproperty.store.rounds import Round
from redproperty.store.second_looks import Second

NO_ROUND = Text("没有这一轮检查。", "There is no such round.")
VOID = Text("这一轮已作废，不抽取盲评。", "The round is void: nothing is drawn.")
DRAWN = Text(
    "这一轮已经抽取过盲评，每轮只抽一次。", "Second looks of this round have been drawn; once a round is enough."
)
NOBODY = Text(
    "抽中的小区所在街道都只有一名检查员，没有人可以盲评。",
    "The streets of what was drawn have one inspector each: there is nobody for a second look.",
)
NO_SEED = Text("请写明种子，例如会议日期或文号", "Write a seed, such as the day of a meeting")


async def draw_seconds(
    actor: Actor, number: int, draw: Draw, due_on: date | None, *, at: datetime
) -> tuple[int, tuple[str, ...]]:
    """Draw second looks; return how many, and the codes of drawn estates for which the street has nobody else.

    Raises:
        Refused: not allowed, no such round, it is void or drawn already, or nobody is free.
        Invalid: what is wrong with percent, seed or the last day.
    """
    async with acting(actor, Deed.DRAW_SECONDS, f"round:{number}", at=at) as details:
        held = await _ready(number)
        problems = draw_problems(draw)
        if not draw.seed and not any(one.field == "seed" for one in problems):
            problems.append(Problem("seed", NO_SEED))
        days = Days(Period.parse(held.period), held.opens_on, due_on)
        problems += [one for one in day_problems(days, ()) if one.field == "due_on"]
        if problems or due_on is None:
            raise Invalid(*problems)
        firsts = {one.code: one for one in await second_looks.firsts(number)}
        taken = [firsts[code] for code in drawn(firsts, draw)]
        people = {street: [one.id for one in found] for street, found in (await rounds.inspectors()).items()}
        chosen = list(zip(taken, second_people(taken, people), strict=True))
        seconds = [Second(first, person) for first, person in chosen if person is not None]
        if not seconds:
            raise Refused(NOBODY)
        alone = tuple(sorted(first.code for first, person in chosen if person is None))
        await second_looks.add(number, seconds, due_on)
        await rounds.set_plan(number, msgspec.structs.replace(held.plan, seconds=draw))
        details |= {"period": held.period, "round": held.number, "percent": draw.percent, "seed": draw.seed}
        details |= {"estates": sorted(one.first.code for one in seconds), "left_out": list(alone)}
    return len(seconds), alone


async def _ready(number: int) -> Round:
    held = await rounds.one(number)
    for wrong, text in (
        (held is None, NO_ROUND),
        (held is not None and held.void_reason != "", VOID),
        (held is not None and held.plan.seconds is not None, DRAWN),
    ):
        if wrong:
            raise Refused(text)
    assert held is not None  # noqa: S101 - that there is none has been said
    return held
