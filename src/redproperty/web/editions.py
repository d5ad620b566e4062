"""The editions of the rules as pages see them: read once, kept with the application."""

import asyncio
import logging

from redproperty.domain.packs import Pack, holding
from redproperty.domain.periods import Period
from redproperty.domain.publications import gated
from redproperty.domain.texts import Refused, Text
from redproperty.settings import Settings
from redproperty.store import publications
from redproperty.store.rules import Editions, editions
from redproperty.web.views import Ask

log = logging.getLogger("redproperty.rules")

NONE_HOLDS = Text(
    "{period}第一天没有生效的规则版本。请先启用该日已生效的版本。",
    "No edition of the rules holds on the first day of {period}. Put one in force first.",
)


def read(settings: Settings) -> Editions:
    """Read the editions and say in the log which of them cannot be used, and why."""
    found = editions(settings.rules)
    for edition in found.all:
        if edition.why_not is not None:
            log.warning("%s", edition.why_not.en)
        for problem in edition.problems:
            log.warning("%s", problem.say("en"))
        for outcome in edition.failing:
            log.warning("%s, case %s: %s", edition.name, outcome.case.name, "; ".join(f.en for f in outcome.failures))
    return found


def found(ask: Ask) -> Editions:
    """Return all editions as they were read last: at the start, or on the pages of the rules."""
    kept: Editions = ask.app.state.editions
    return kept


def packs(ask: Ask) -> tuple[Pack, ...]:
    """Return every edition that can be read, the earliest first; one that cannot be used says so in its `stop`.

    None can be used that two people have not put in force as it is.
    """
    return gated(found(ask).packs, ask.app.state.published)


async def look_again(ask: Ask) -> None:
    """Look, before a request, which editions are in force: another process may have published one meanwhile."""
    if not ask.url.path.startswith("/static/"):
        ask.app.state.published = await publications.published()


async def read_again(ask: Ask) -> Editions:
    """Read the editions anew where a file has changed since the start, so that a new one needs no restart."""
    ask.app.state.editions = await asyncio.to_thread(editions, ask.app.state.settings.rules)
    return found(ask)


def pack_named(ask: Ask, edition: str) -> Pack | None:
    """Return the edition of that name, if it is still there."""
    return next((pack for pack in packs(ask) if pack.edition == edition), None)


def pack_of(ask: Ask, period: Period) -> Pack:
    """Return the edition of a period: the one in force on its first day.

    Raises:
        Refused: there is none, or it cannot be used.
    """
    pack = holding(packs(ask), period)
    if pack is None:
        raise Refused(NONE_HOLDS.fill(period=period.title))
    return pack
