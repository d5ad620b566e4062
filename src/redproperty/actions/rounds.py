"""Opening a round: every managed estate gets an inspection, every inspector a share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from redproperty.actions.acting import acting
from redproperty.domain.access import Actor, Deed
from redproperty.domain.packs import Pack, holding
from redproperty.domain.periods import Period
from redproperty.domain.rounds import Days, Place, day_problems, shared_out
from redproperty.domain.texts import Invalid, Refused, Text
from redproperty.store import divisions, rounds

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


@dataclass(frozen=True)
class StreetShare:
    """What one street has to do in a round: its estates, its inspectors."""

    code: str
    name: str
    estates: int
    inspectors: int

    @property
    def each(self) -> int:
        """How many estates an inspector gets at most."""
        return -(-self.estates // self.inspectors) if self.inspectors else 0


@dataclass(frozen=True)
class RoundPlan:
    """A round before it is opened: who would inspect what, and which estates nobody manages."""

    period: Period
    number: int
    places: tuple[Place, ...]
    unmanaged: tuple[Place, ...]
    inspectors: Mapping[str, Sequence[int]]
    streets: tuple[StreetShare, ...]


async def plan_round(period: Period, on: date) -> RoundPlan:
    """Return the next round of a period as it would be shared out on a day; nothing is written."""
    held = await rounds.rounds(period.code)
    managed, unmanaged = await rounds.places(on)
    inspectors = await rounds.inspectors()
    streets = tuple(
        StreetShare(one.code, one.name, estates, len(inspectors.get(one.code, ())))
        for one in await divisions.streets()
        if (estates := sum(place.street == one.code for place in managed))
    )
    number = max((one.number for one in held), default=0) + 1
    return RoundPlan(period, number, tuple(managed), tuple(unmanaged), inspectors, streets)


async def open_round(actor: Actor, packs: Sequence[Pack], days: Days, *, at: datetime) -> RoundPlan:
    """Open the next round of a period: one draft inspection for each estate that is managed on its first day.

    Raises:
        Refused: not allowed, no edition, nothing to inspect, a street without inspector.
        Invalid: everything that is wrong with the days.
    """
    async with acting(actor, Deed.OPEN_ROUND, f"period:{days.period.code}", at=at) as details:
        pack = holding(packs, days.period)
        if pack is None:
            raise Refused(NO_EDITION.fill(period=days.period.title))
        pack.for_inspections()
        held = await rounds.rounds(days.period.code)
        problems = day_problems(days, [(one.number, one.due_on) for one in held])
        if problems or days.opens_on is None or days.due_on is None:
            raise Invalid(*problems)
        plan = await plan_round(days.period, days.opens_on)
        _refuse_unready(plan, days.opens_on)
        chosen = shared_out(plan.places, plan.inspectors, plan.number)
        await rounds.add(days.period.code, plan.number, days.opens_on, days.due_on, chosen)
        details |= {"round": plan.number, "opens_on": days.opens_on.isoformat(), "due_on": days.due_on.isoformat()}
        details |= {"estates": len(chosen), "unmanaged": [place.code for place in plan.unmanaged]}
    return plan


def _refuse_unready(plan: RoundPlan, day: date) -> None:
    if not plan.places:
        raise Refused(NO_ESTATE.fill(day=day))
    bare = [street.name for street in plan.streets if not street.inspectors]
    if bare:
        raise Refused(NO_INSPECTOR.fill(streets=Text("、".join(bare), ", ".join(bare))))
