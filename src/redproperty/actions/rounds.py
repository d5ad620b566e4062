"""Opening a round: every managed estate gets an inspection, every inspector a share."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import msgspec

from redproperty.actions.acting import acting
from redproperty.domain.access import Actor, Deed
from redproperty.domain.packs import Pack, holding
from redproperty.domain.periods import Period
from redproperty.domain.rounds import (
    Days,
    Place,
    Plan,
    day_problems,
    draw_problems,
    due_problem,
    selected,
    shared_out,
)
from redproperty.domain.texts import Invalid, Problem, Refused, Text
from redproperty.store import divisions, rounds
from redproperty.store.rounds import Inspector

NO_EDITION = Text(
    "{period}第一天没有生效的规则版本，不能开启检查。请先启用该日已生效的版本。",
    "No edition of the rules holds on the first day of {period}. Put one in force first.",
)
NO_INSPECTOR = Text(
    "{streets}没有检查员账号，不能派单。请账号管理员先开户。",
    "{streets}: there is no inspector's account to assign to. The account administrator opens one.",
)
NO_ESTATE = Text(
    "{day} 没有一个小区有物业管理，无法派单。请先登记小区和管理方式。",
    "No estate is managed on {day}. Register estates and their management first.",
)


NOTHING_CHOSEN = Text("所选范围内没有有人管理的小区", "No managed estate lies within the choice")
NO_ROUND = Text("没有这一轮检查。", "There is no such round.")


@dataclass(frozen=True)
class PersonShare:
    """What one inspector would have to do: their weight against the others of the street, and how many estates."""

    person: Inspector
    weight: int
    estates: int


@dataclass(frozen=True)
class StreetShare:
    """What one street has to do in a round: its estates, and who inspects how many of them."""

    code: str
    name: str
    estates: int
    people: tuple[PersonShare, ...]

    @property
    def bare(self) -> bool:
        """Whether there is nobody to send."""
        return not any(one.weight for one in self.people)


@dataclass(frozen=True)
class Wanted:
    """What is asked of a new round besides its days: which estates, and who gets more or less (by person id)."""

    plan: Plan = field(default_factory=Plan)
    weights: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class RoundPlan:
    """A round before it is opened: who would inspect what, and which estates nobody manages."""

    period: Period
    number: int
    places: tuple[Place, ...]
    managed: int  # of which `places` are chosen
    unmanaged: tuple[Place, ...]
    chosen: Mapping[int, int]
    streets: tuple[StreetShare, ...]


async def plan_round(period: Period, on: date, wanted: Wanted = Wanted()) -> RoundPlan:
    """Return the next round of a period as it would be shared out on a day; nothing is written."""
    held = await rounds.rounds(period.code)
    managed, unmanaged = await rounds.places(on)
    places = selected(managed, wanted.plan)
    inspectors = await rounds.inspectors()
    number = max((one.number for one in held), default=0) + 1
    ids = {street: [one.id for one in people] for street, people in inspectors.items()}
    chosen = shared_out(places, ids, number, wanted.weights)
    counts = Counter(chosen.values())
    streets = tuple(
        StreetShare(
            one.code,
            one.name,
            estates,
            tuple(
                PersonShare(person, wanted.weights.get(person.id, 1), counts[person.id])
                for person in inspectors.get(one.code, ())
            ),
        )
        for one in await divisions.streets()
        if (estates := sum(place.street == one.code for place in places))
    )
    return RoundPlan(period, number, tuple(places), len(managed), tuple(unmanaged), chosen, streets)


async def open_round(
    actor: Actor, packs: Sequence[Pack], days: Days, wanted: Wanted = Wanted(), *, at: datetime
) -> RoundPlan:  # fmt: skip
    """Open the next round of a period: one draft for each estate that is managed on its first day, or of those chosen.

    Raises:
        Refused: not allowed, no edition, nothing to inspect, a street without inspector.
        Invalid: everything that is wrong with the days and the choice.
    """
    async with acting(actor, Deed.OPEN_ROUND, f"period:{days.period.code}", at=at) as details:
        pack = holding(packs, days.period)
        if pack is None:
            raise Refused(NO_EDITION.fill(period=days.period.title))
        pack.for_inspections()
        held = await rounds.rounds(days.period.code)
        problems = [*day_problems(days, [(one.number, one.due_on) for one in held]), *draw_problems(wanted.plan.draw)]
        if problems or days.opens_on is None or days.due_on is None:
            raise Invalid(*problems)
        plan = await plan_round(days.period, days.opens_on, wanted)
        _refuse_unready(plan, days.opens_on)
        await rounds.add(days.period.code, plan.number, days.opens_on, days.due_on, plan.chosen, plan=wanted.plan)
        details |= {"round": plan.number, "opens_on": days.opens_on.isoformat(), "due_on": days.due_on.isoformat()}
        details |= {"estates": len(plan.chosen), "unmanaged": [place.code for place in plan.unmanaged]}
        if not wanted.plan.everything:
            details["plan"] = msgspec.to_builtins(wanted.plan)
    return plan


def _refuse_unready(plan: RoundPlan, day: date) -> None:
    if not plan.managed:
        raise Refused(NO_ESTATE.fill(day=day))
    if not plan.places:
        raise Invalid(Problem("street", NOTHING_CHOSEN))
    bare = [street.name for street in plan.streets if street.bare]
    if bare:
        raise Refused(NO_INSPECTOR.fill(streets=Text("、".join(bare), ", ".join(bare))))


async def change_due(actor: Actor, number: int, due_on: date | None, *, at: datetime) -> int:
    """Move the last day of an open round; return how many inspections, still to be done, have the new one.

    Raises:
        Refused: not allowed, or there is no such round.
        Invalid: the day does not fit.
    """
    async with acting(actor, Deed.CHANGE_ROUND, f"round:{number}", at=at) as details:
        held = await rounds.one(number)
        if held is None:
            raise Refused(NO_ROUND)
        later = [one.opens_on for one in await rounds.rounds(held.period) if one.number > held.number]
        days = Days(Period.parse(held.period), held.opens_on, due_on)
        problem = due_problem(days, open_until=min(later) - timedelta(days=1) if later else None)
        if problem is not None or due_on is None:
            raise Invalid(*([problem] if problem else []))
        moved = await rounds.set_due(number, held.due_on, due_on)
        details |= {"period": held.period, "round": held.number, "inspections": moved}
        details |= {"old": {"due_on": held.due_on.isoformat()}, "new": {"due_on": due_on.isoformat()}}
    return moved
