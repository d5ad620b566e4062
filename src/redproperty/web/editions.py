"""The editions of the rules as pages see them: read once, kept with the application."""

from redproperty.domain.packs import Pack, in_force
from redproperty.domain.periods import Period
from redproperty.domain.texts import Refused, Text
from redproperty.store.rules import editions
from redproperty.web.views import Ask

NONE_HOLDS = Text(
    "{period}第一天没有生效的规则版本。请先启用该日已生效的版本。",
    "No edition of the rules holds on the first day of {period}. Put one in force first.",
)


def packs(ask: Ask) -> tuple[Pack, ...]:
    """Return every usable edition, the earliest first."""
    state = ask.app.state
    if "packs" not in state:
        state.packs = editions(state.settings.rules).packs
    found: tuple[Pack, ...] = state.packs
    return found


def pack_named(ask: Ask, edition: str) -> Pack | None:
    """Return the edition of that name, if it is still there."""
    return next((pack for pack in packs(ask) if pack.edition == edition), None)


def pack_of(ask: Ask, period: Period) -> Pack:
    """Return the edition of a period: the one in force on its first day.

    Raises:
        Refused: there is none.
    """
    pack = in_force(packs(ask), period.begins)
    if pack is None:
        raise Refused(NONE_HOLDS.fill(period=period.title))
    return pack
