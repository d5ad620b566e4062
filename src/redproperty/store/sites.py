"""Who confirmed on site which estate an inspection is about, when, and where they stood in it."""

from dataclasses import dataclass
from datetime import datetime

from redproperty.store.tables import SiteConfirmation


@dataclass(frozen=True)
class Confirmed:
    """One confirmation; `place` is as typed and may be empty."""

    person: str
    at: datetime
    place: str


async def confirmed(inspection: int) -> Confirmed | None:
    """Return who confirmed the estate of an inspection, or None where nobody has."""
    row = await (
        SiteConfirmation.select(
            SiteConfirmation.person.name.as_alias("person"), SiteConfirmation.at, SiteConfirmation.place
        )
        .where(SiteConfirmation.inspection == inspection)
        .first()
    )
    return Confirmed(**row) if row else None


async def confirm(inspection: int, *, person: int, at: datetime, place: str) -> None:
    """Keep a confirmation; there is one of each inspection."""
    await SiteConfirmation.insert(SiteConfirmation(inspection=inspection, person=person, at=at, place=place))
