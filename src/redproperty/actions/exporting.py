"""Taking a list out of the system: nothing is changed, and every time is written down."""

from datetime import datetime

from redproperty.actions.acting import acting
from redproperty.domain.access import Actor, Deed


async def record_export(actor: Actor, about: str, *, filters: str, rows: int, kind: str, at: datetime) -> None:
    """Write an export to the trail: the page, the filter of its address, how many rows, and xlsx or csv.

    Raises:
        Refused: the actor may not export.
    """
    async with acting(actor, Deed.EXPORT, about, at=at) as details:
        details.update(filter=filters, rows=rows, format=kind)
