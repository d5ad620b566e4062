"""Photos of the record: who sent what of which item, who may see it, and where the same picture stands twice."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from redproperty.domain.access import Scope
from redproperty.domain.inspections import COUNTED
from redproperty.domain.photos import PhotoKind, clock_differs
from redproperty.store.pictures import Picture
from redproperty.store.scopes import Condition, inspections_in, of_estates_in
from redproperty.store.tables import Inspection
from redproperty.store.tables import Photo as PhotoRow


@dataclass(frozen=True)
class About:
    """What a picture is of: always an estate; mostly an inspection and one of its items, or a rectification."""

    kind: str
    estate: int
    inspection: int | None = None
    item: str = ""
    rectification: int | None = None


@dataclass(frozen=True)
class Photo:
    """One picture of the record; `removed_at` is set where it was taken back."""

    id: int
    kind: str
    inspection: int | None
    item: str
    rectification: int | None
    estate_id: int
    person: str
    sha256: str
    look: str
    media: str
    size: int
    width: int
    height: int
    taken_at: datetime | None
    received_at: datetime
    removed_at: datetime | None

    @property
    def clock_differs(self) -> bool:
        """Whether the camera's time lies more than a day from the server's."""
        return clock_differs(self.taken_at, self.received_at)


@dataclass(frozen=True)
class Twin:
    """A picture of this inspection that stands in another one, too; `exact` to the byte, else it looks the same."""

    photo: int
    exact: bool
    other: int
    inspection: int
    item: str
    estate: str
    period: str
    round: int


_COLUMNS = (
    PhotoRow.id, PhotoRow.kind, PhotoRow.inspection, PhotoRow.item, PhotoRow.rectification,
    PhotoRow.estate.as_alias("estate_id"), PhotoRow.person.name.as_alias("person"), PhotoRow.sha256, PhotoRow.look,
    PhotoRow.media, PhotoRow.size, PhotoRow.width, PhotoRow.height, PhotoRow.taken_at, PhotoRow.received_at,
    PhotoRow.removed_at,
)  # fmt: skip


async def add(about: About, picture: Picture, *, person: int, key: str, taken_at: datetime | None, at: datetime) -> int:
    """Write one picture, whose file is kept already, and return its id; must run inside a transaction.

    `taken_at` is the camera's time as it was sent along; what the file itself says goes before.
    """
    known = vars(picture) | {"taken_at": picture.taken_at or taken_at}
    row = PhotoRow(**vars(about), **known, person=person, key=key, received_at=at)
    number: int = (await PhotoRow.insert(row))[0]["id"]
    return number


async def sent(person: int, key: str) -> Photo | None:
    """Return the picture that this person has sent under this key, removed or not."""
    return await _first((PhotoRow.person == person) & (PhotoRow.key == key))


async def standing(about: About, sha256: str) -> Photo | None:
    """Return the same file where it stands at the same place already."""
    here = (PhotoRow.kind == about.kind) & (PhotoRow.estate == about.estate) & (PhotoRow.item == about.item)
    for column, value in (
        (PhotoRow.inspection, about.inspection),
        (PhotoRow.rectification, about.rectification),
    ):
        here &= column.is_null() if value is None else column == value
    return await _first(here & (PhotoRow.sha256 == sha256) & PhotoRow.removed_at.is_null())


async def fetch(photo: int, scope: Scope) -> Photo | None:
    """Return one picture, or None where there is none in `scope`, or it was removed."""
    return await _first((PhotoRow.id == photo) & PhotoRow.removed_at.is_null() & seen_in(scope))


async def of_inspection(inspection: int) -> list[Photo]:
    """Return the findings of an inspection that stand, in the order in which they came."""
    return await _listed((PhotoRow.inspection == inspection) & (PhotoRow.kind == PhotoKind.FINDING.value))


async def shown_of(inspections: Collection[int], scope: Scope) -> list[Photo]:
    """Return the findings of these inspections that may be shown in `scope`."""
    if not inspections:
        return []
    findings = PhotoRow.kind == PhotoKind.FINDING.value
    return await _listed(PhotoRow.inspection.is_in(list(inspections)) & findings & seen_in(scope))


async def of_rectifications(rectifications: Collection[int]) -> list[Photo]:
    """Return the pictures of these rectifications that stand (before and after), in the order in which they came."""
    return await _listed(PhotoRow.rectification.is_in(list(rectifications))) if rectifications else []


async def remove(photo: int, *, person: int, at: datetime) -> None:
    """Take a picture back: it is shown no more, its row and its file stay."""
    await PhotoRow.update({PhotoRow.removed_by: person, PhotoRow.removed_at: at}).where(PhotoRow.id == photo)


async def twins(photos: Sequence[Photo], scope: Scope) -> list[Twin]:
    """Return where in `scope` these pictures stand in other inspections, by file or by look."""
    mine = {photo.inspection for photo in photos}
    if not photos:
        return []
    there: Any = PhotoRow.inspection
    alike: Condition = PhotoRow.sha256.is_in([photo.sha256 for photo in photos])
    if looks := [photo.look for photo in photos if photo.look]:
        alike |= PhotoRow.look.is_in(looks)
    rows = await (
        PhotoRow.select(
            PhotoRow.id, PhotoRow.sha256, PhotoRow.look, PhotoRow.item, PhotoRow.inspection,
            there.estate.name.as_alias("estate"),
            there.round.period.as_alias("period"), there.round.number.as_alias("round"),
        )
        .where(alike & (PhotoRow.kind == PhotoKind.FINDING.value) & PhotoRow.removed_at.is_null()
               & PhotoRow.inspection.is_not_null() & of_estates_in(scope, PhotoRow.estate))
        .order_by(PhotoRow.id)
    )  # fmt: skip
    return [
        _twin(photo, row) for photo in photos for row in rows if row["inspection"] not in mine and _alike(photo, row)
    ]


def _alike(photo: Photo, row: dict[str, Any]) -> bool:
    return photo.sha256 == row["sha256"] or (photo.look != "" and photo.look == row["look"])


def _twin(photo: Photo, row: dict[str, Any]) -> Twin:
    exact = photo.sha256 == row["sha256"]
    where = {name: row[name] for name in ("inspection", "item", "estate", "period", "round")}
    return Twin(photo.id, exact, row["id"], **where)


async def files() -> list[str]:
    """Return the SHA-256 of every picture of the record, each once."""
    rows = await PhotoRow.select(PhotoRow.sha256).distinct().order_by(PhotoRow.sha256)
    return [row["sha256"] for row in rows]


def seen_in(scope: Scope) -> Condition:
    """Return the condition under which pictures may be seen: a company sees its own estates' once they count.

    What was found is shown to it with the inspection that counts; the pictures of a rectification from the first.
    """
    here = of_estates_in(scope, PhotoRow.estate)
    if scope.inspector is not None:  # the other of two blind looks
        mine = Inspection.select(Inspection.id).where(inspections_in(scope))
        return here & (PhotoRow.inspection.is_null() | PhotoRow.inspection.is_in(mine))
    if scope.company_id is None:
        return here
    counted = Inspection.select(Inspection.id).where(Inspection.state.is_in([state.value for state in COUNTED]))
    return here & (PhotoRow.rectification.is_not_null() | PhotoRow.inspection.is_in(counted))


async def _listed(condition: Condition) -> list[Photo]:
    rows = await PhotoRow.select(*_COLUMNS).where(condition & PhotoRow.removed_at.is_null()).order_by(PhotoRow.id)
    return [Photo(**row) for row in rows]


async def _first(condition: Condition) -> Photo | None:
    row = await PhotoRow.select(*_COLUMNS).where(condition).first()
    return Photo(**row) if row else None
