"""The editions of the rules as pages see them: read once, kept with the application."""

import logging

from redproperty.domain.packs import Pack, holding
from redproperty.domain.periods import Period
from redproperty.domain.texts import Refused, Text
from redproperty.settings import Settings
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
    """Return all editions as they were read when the application started."""
    kept: Editions = ask.app.state.editions
    return kept


def packs(ask: Ask) -> tuple[Pack, ...]:
    """Return every edition that can be read, the earliest first; one that cannot be used says so in its `stop`."""
    return found(ask).packs


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
