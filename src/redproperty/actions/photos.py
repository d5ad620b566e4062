"""Photos of what was found: sent once however often the phone tries, taken back while the sheet is open."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from redproperty.actions.acting import acting
from redproperty.actions.inspections import edition, open_sheet, still_open
from redproperty.domain.access import Actor, Deed, Subject, scope
from redproperty.domain.packs import Pack
from redproperty.domain.photos import MOST_PER_ITEM, PhotoKind
from redproperty.domain.texts import Invalid, Problem, Refused, Text
from redproperty.store import photos, pictures
from redproperty.store.inspections import Inspected
from redproperty.store.photos import About, Photo
from redproperty.store.pictures import Picture
from redproperty.store.schema import transaction

LONGEST_KEY: Final = 64
_NO_ITEM = Text("本次检查没有项目“{code}”", "this inspection has no item “{code}”")
_GONE = Text("这张照片已经移除，或者不是这次检查的。", "The picture is removed already, or not of this inspection.")
_ENOUGH = Text("每项最多 {most} 张照片，先移除一张再传。", "At most {most} pictures of an item: remove one first.")


@dataclass(frozen=True)
class Sent:
    """A picture as it came; `key` is the sender's name for it, `taken` what EXIF said before it was made smaller."""

    content: bytes
    key: str = ""
    taken: str = ""


async def add(
    actor: Actor, inspection: int, item: str, sent: Sent, *, packs: Iterable[Pack], folder: Path, at: datetime
) -> Photo:
    """Keep a picture of what was found at an item and return it; sent again, it is the one that is there.

    Raises:
        Invalid: it is no picture that can be kept; the problem's field is the item's code.
        Refused: the actor may not enter this inspection, it has been handed in, or it has no such item.
    """
    here = await open_sheet(actor, inspection, Deed.ADD_PHOTO, at)
    if item not in edition(packs, here).sheet.by_code:
        raise Refused(_NO_ITEM.fill(code=item))
    picture = await checked(sent, folder, field=item)
    about = About(PhotoKind.FINDING.value, here.estate_id, inspection, item)
    async with transaction():
        await still_open(actor, inspection)
        known = await known_as(about, picture, sent, actor)
        if known is not None:
            return known
        others = [one for one in await photos.of_inspection(inspection) if one.item == item]
        if len(others) >= MOST_PER_ITEM:
            raise Invalid(Problem(item, _ENOUGH.fill(most=MOST_PER_ITEM)))
        async with acting(actor, Deed.ADD_PHOTO, here.subject, at=at, subject=_subject(here)) as details:
            added = await written(about, picture, sent, actor, at)
            details.update(estate=here.estate_code, item=item, sha256=picture.sha256)
    return added


async def remove(actor: Actor, inspection: int, photo: int, *, at: datetime) -> Photo:
    """Take a picture back while the sheet is open; its row and its file stay in the record.

    Raises:
        Refused: the actor may not enter this inspection, it has been handed in, or the picture is not there.
    """
    here = await open_sheet(actor, inspection, Deed.REMOVE_PHOTO, at)
    async with acting(actor, Deed.REMOVE_PHOTO, here.subject, at=at, subject=_subject(here)) as details:
        await still_open(actor, inspection)
        found = await photos.fetch(photo, scope(actor))
        if found is None or found.inspection != inspection or found.kind != PhotoKind.FINDING:
            raise Refused(_GONE)
        await photos.remove(photo, person=actor.id, at=at)
        details.update(estate=here.estate_code, item=found.item, sha256=found.sha256)
    return found


async def checked(sent: Sent, folder: Path, *, field: str) -> Picture:
    """Keep the file of a picture before its row is written.

    Raises:
        Invalid: it is no picture that can be kept, and nothing was; the problem stands at `field`.
    """
    found = await pictures.keep(folder, sent.content)
    if isinstance(found, Text):
        raise Invalid(Problem(field, found))
    return found


async def known_as(about: About, picture: Picture, sent: Sent, actor: Actor) -> Photo | None:
    """Return the picture where it has come before: under the same key, or the same file at the same place."""
    again = await photos.sent(actor.id, sent.key[:LONGEST_KEY]) if sent.key else None
    return again or await photos.standing(about, picture.sha256)


async def written(about: About, picture: Picture, sent: Sent, actor: Actor, at: datetime) -> Photo:
    """Write the row of a picture whose file is kept, and return it; must run inside a transaction.

    What carries no key gets one of its own.
    """
    key = sent.key[:LONGEST_KEY] or secrets.token_hex(16)
    taken_at = pictures.camera_time(sent.taken)
    await photos.add(about, picture, person=actor.id, key=key, taken_at=taken_at, at=at)
    added = await photos.sent(actor.id, key)
    assert added is not None  # noqa: S101 - it was written in this very transaction
    return added


def _subject(here: Inspected) -> Subject:
    return Subject(street=here.street)
