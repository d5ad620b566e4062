"""Photos as people see them: at their item, with the camera's time, and where the same picture stands elsewhere."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from redproperty.domain.access import Actor, Deed, allowed, scope
from redproperty.store import photos
from redproperty.store.photos import Photo, Twin
from redproperty.web.views import View


@dataclass(frozen=True)
class Shot(View):
    """One picture at its item, as the answer to its upload."""

    template: ClassVar[str] = "partials/photos/shot.html"
    photo: Photo


@dataclass(frozen=True)
class Shown:
    """A picture as its reader sees it: where else the same one stands, and whether they may open the original."""

    photo: Photo
    twins: tuple[Twin, ...]
    original: bool


@dataclass(frozen=True)
class Proof:
    """The pictures of an inspection by item, for one reader."""

    of: Mapping[str, tuple[Shown, ...]]

    @property
    def twins(self) -> int:
        """How many pictures stand in another inspection, too."""
        return sum(bool(shown.twins) for some in self.of.values() for shown in some)

    def item(self, code: str) -> tuple[Shown, ...]:
        """Return the pictures of one item."""
        return self.of.get(code, ())


async def proof(inspection: int, reader: Actor) -> Proof:
    """Return what the pictures of an inspection show its reader; the same picture elsewhere is told to staff only."""
    within = scope(reader)
    kept = await photos.shown_of([inspection], within)
    staff = allowed(reader.role, Deed.VIEW_ORIGINALS)
    twins = await photos.twins(kept, within) if staff else []
    shown = [Shown(photo, tuple(one for one in twins if one.photo == photo.id), staff) for photo in kept]
    return Proof({code: tuple(one for one in shown if one.photo.item == code) for code in {one.item for one in kept}})


def by_item(kept: Iterable[Photo]) -> dict[str, tuple[Photo, ...]]:
    """Return the pictures of one inspection by item."""
    found: dict[str, tuple[Photo, ...]] = {}
    for photo in kept:
        found[photo.item] = (*found.get(photo.item, ()), photo)
    return found
