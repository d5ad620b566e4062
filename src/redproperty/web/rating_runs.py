"""Which rating of a period a person may look at, and how its states are said."""

from dataclasses import dataclass

from litestar.exceptions import NotFoundException

from redproperty.domain.access import Actor, Deed, Role, allowed
from redproperty.domain.packs import Pack
from redproperty.domain.periods import Period
from redproperty.domain.texts import Invalid, Text
from redproperty.store import ratings
from redproperty.store.ratings import Run
from redproperty.web.editions import pack_named
from redproperty.web.views import Ask, actor_of

OPEN = "open"  # not rated yet
STATES = {
    OPEN: Text("检查中", "being inspected"),
    ratings.PREVIEW: Text("预览", "preview"),
    ratings.PUBLISHED: Text("已发布", "published"),
    ratings.SUPERSEDED: Text("已更正", "corrected"),
}
TONES = {OPEN: "info", ratings.PREVIEW: "warn", ratings.PUBLISHED: "good", ratings.SUPERSEDED: ""}
_ORDER = {ratings.PREVIEW: 0, ratings.PUBLISHED: 1, ratings.SUPERSEDED: 2}


@dataclass(frozen=True)
class Chosen:
    """The rating that a page shows, all that this person may see of the period, and the edition of the one shown."""

    period: Period
    run: Run | None
    runs: tuple[Run, ...]
    pack: Pack | None
    asked: str  # `run=` of the address; empty where the page chose by itself

    @property
    def state(self) -> str:
        """Return the state of the one shown."""
        return self.run.state if self.run else OPEN

    @property
    def rules_changed(self) -> bool:
        """Whether the edition no longer reads as it did when the rating was made."""
        return self.run is not None and (self.pack is None or self.pack.digest != self.run.digest)

    def of_state(self, state: str) -> Run | None:
        """Return the latest rating of the period in `state`."""
        return next((run for run in self.runs if run.state == state), None)


def sees_previews(actor: Actor) -> bool:
    """Whether results that are not published yet may be seen."""
    return allowed(actor.role, Deed.CLOSE_PERIOD) or actor.role is Role.AUDITOR


def period_of(code: str) -> Period:
    """Return the period of an address.

    Raises:
        NotFoundException: it is not written like one.
    """
    try:
        return Period.parse(code)
    except Invalid as invalid:
        raise NotFoundException from invalid


async def chosen(ask: Ask, code: str) -> Chosen:
    """Return the rating that the address asks for: `run=`, else the preview, else the one that holds.

    Raises:
        NotFoundException: no such period, or a rating that is not there or not for this person.
    """
    period, asked = period_of(code), ask.query_params.get("run", "")
    previews = sees_previews(actor_of(ask))
    runs = tuple(run for run in await ratings.runs(period.code) if previews or run.state != ratings.PREVIEW)
    wanted = [run for run in runs if str(run.id) == asked] if asked else sorted(runs, key=lambda r: _ORDER[r.state])
    if asked and not wanted:
        raise NotFoundException
    run = next(iter(wanted), None)
    return Chosen(period, run, runs, pack_named(ask, run.edition) if run else None, asked)
