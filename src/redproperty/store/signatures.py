"""Who stood there: the representative's signature or refusal, and the one position an inspector may leave."""

from dataclasses import dataclass
from datetime import datetime

from redproperty.store.tables import AnswerChange, InspectionPosition
from redproperty.store.tables import Signature as SignatureRow

MILLIONTHS = 1_000_000


@dataclass(frozen=True)
class Signature:
    """A signature with the name typed beside it (`photo` where it was drawn), or why it was refused."""

    refused: bool
    name: str
    reason: str
    photo: int | None
    person: str
    at: datetime


@dataclass(frozen=True)
class Position:
    """A point in millionths of a degree of `system`, accurate to so many metres."""

    latitude: int
    longitude: int
    accuracy: int
    system: str
    at: datetime


async def sign(
    inspection: int, *, refused: bool, name: str, reason: str, photo: int | None, person: int, at: datetime
) -> None:
    """Write a signature or a refusal; it takes the place of what was there before, which stays in the record."""
    await SignatureRow.insert(
        SignatureRow(
            inspection=inspection, refused=refused, name=name, reason=reason, photo=photo, person=person, at=at
        )
    )


async def signature(inspection: int) -> Signature | None:
    """Return what holds, None where nobody was asked yet."""
    row = await (
        SignatureRow.select(
            SignatureRow.refused, SignatureRow.name, SignatureRow.reason, SignatureRow.photo,
            SignatureRow.person.name.as_alias("person"), SignatureRow.at,
        )
        .where(SignatureRow.inspection == inspection)
        .order_by(SignatureRow.id, ascending=False)
        .first()
    )  # fmt: skip
    return Signature(**row) if row else None


async def place(inspection: int, position: Position, *, person: int) -> None:
    """Write where the inspector stands, in place of what was there: never more than one point is kept."""
    await forget_place(inspection)
    await InspectionPosition.insert(InspectionPosition(inspection=inspection, person=person, **vars(position)))


async def forget_place(inspection: int) -> None:
    """Forget the position."""
    await InspectionPosition.delete().where(InspectionPosition.inspection == inspection)


async def position(inspection: int) -> Position | None:
    """Return the position that was left, if any."""
    row = await (
        InspectionPosition.select(
            InspectionPosition.latitude, InspectionPosition.longitude, InspectionPosition.accuracy,
            InspectionPosition.system, InspectionPosition.at,
        )
        .where(InspectionPosition.inspection == inspection)
        .first()
    )  # fmt: skip
    return Position(**row) if row else None


async def changed_since(inspection: int, at: datetime) -> tuple[str, ...]:
    """Return the items whose answers were saved after a moment, each once."""
    rows = await (
        AnswerChange.select(AnswerChange.item)
        .distinct()
        .where((AnswerChange.inspection == inspection) & (AnswerChange.at > at))
        .order_by(AnswerChange.item)
    )
    return tuple(row["item"] for row in rows)
