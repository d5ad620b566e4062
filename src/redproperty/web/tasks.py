"""My tasks: what an inspector has to do, the most urgent first."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from redproperty.actions.inspections import edition
from redproperty.domain.awards import words
from redproperty.domain.entries import asked
from redproperty.domain.inspections import EDITABLE, State
from redproperty.domain.packs import Pack
from redproperty.domain.periods import Period
from redproperty.domain.rounds import round_title
from redproperty.domain.texts import Text
from redproperty.store import divisions, inspections
from redproperty.store.inspections import Inspected, LastStar
from redproperty.web.views import View

OPEN = [state.value for state in EDITABLE]


@dataclass(frozen=True)
class Task:
    """One inspection that a person has to do, in its community; `days` until it is due, below zero when it is late."""

    here: Inspected
    round: Text
    community: str
    days: int
    answered: int
    asked: int
    last: LastStar | None
    instead: Text | None  # what stands there where the last rating gave no stars
    leads: bool = True

    @property
    def share(self) -> int:
        """How much of it is entered, of 100."""
        return 100 * self.answered // self.asked if self.asked else 0


@dataclass(frozen=True)
class Tasks(View):
    """My tasks: what was returned, what is late, what is due, what has been begun; `waiting` are with the reviewer."""

    template: ClassVar[str] = "pages/inspections/tasks.html"
    returned: tuple[Task, ...]
    late: tuple[Task, ...]
    due: tuple[Task, ...]
    begun: tuple[Task, ...]
    waiting: int


async def build(inspector: int, packs: Iterable[Pack], day: date) -> Tasks:
    """Return the tasks of a person as they stand on a day: the most urgent first, alike ones community by community."""
    found = await inspections.assigned(inspector, [*OPEN, State.SUBMITTED.value])
    mine = [here for here in found if here.state in OPEN]
    answered = await inspections.answered([here.id for here in mine])
    stars = await inspections.last_stars([here.estate_id for here in mine])
    known = {pack.edition: pack for pack in packs}
    counts = await _asked(mine, tuple(known.values()))
    names = {one.code: one.name for one in await divisions.communities()}
    listed = [
        Task(
            here, round_title(here.round), names.get(here.community, ""), (here.due_on - day).days,
            answered.get(here.id, 0), counts[here.id], last := stars.get(here.estate_id), _instead(last, known),
            leads=here.inspector_id == inspector,
        )
        for here in sorted(mine, key=lambda one: (one.due_on, one.community, one.estate_code))
    ]  # fmt: skip
    drafts = [task for task in listed if task.here.state == State.DRAFT.value]
    return Tasks(
        returned=tuple(task for task in listed if task.here.state == State.RETURNED.value),
        late=tuple(task for task in drafts if task.days < 0),
        due=tuple(task for task in drafts if task.days >= 0 and not task.answered),
        begun=tuple(task for task in drafts if task.days >= 0 and task.answered),
        waiting=len(found) - len(mine),
    )


def _instead(last: LastStar | None, packs: Mapping[str, Pack]) -> Text | None:
    return None if last is None or last.stars is not None else words(last.award, packs.get(last.edition))


async def _asked(mine: Sequence[Inspected], packs: tuple[Pack, ...]) -> dict[int, int]:
    """Return how many items apply in each inspection."""
    grounds = {period: await inspections.grounds(Period.parse(period)) for period in {here.period for here in mine}}
    counts = {
        (period, sheet): asked(sheet, grounds[period])
        for period, sheet in {(here.period, edition(packs, here).sheet) for here in mine}
    }
    return {here.id: counts[here.period, edition(packs, here).sheet].get(here.estate_id, 0) for here in mine}
