"""What people do with a rectification: the company reports with pictures, the street closes it or sends it back."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from redproperty.actions import photos
from redproperty.actions.acting import acting
from redproperty.actions.photos import Sent
from redproperty.domain.access import Actor, Deed, Subject, may, scope
from redproperty.domain.photos import PhotoKind
from redproperty.domain.rectifications import MOVES, Event, move, words_refusal
from redproperty.domain.texts import Invalid, Problem, Refused, Text
from redproperty.settings import ZONE
from redproperty.store import rectifications
from redproperty.store.photos import About
from redproperty.store.pictures import Picture
from redproperty.store.rectifications import Row

_NOT_THERE = Text(
    "没有这项整改，或者它不在您的数据范围内。", "There is no such rectification, or it lies outside what you may see."
)
_JUST_MOVED = Text(
    "刚才有人办理过这项整改，您的操作没有保存。请刷新页面查看。",
    "Somebody has just dealt with this; yours was not saved. Reload the page.",
)


async def report(
    actor: Actor,
    rectification: int,
    words: str,
    *,
    at: datetime,
    pictures: Sequence[Sent] = (),
    folder: Path | None = None,
) -> None:
    """Tell the street that a defect is mended, and how, with pictures of it (kept in `folder`).

    Raises:
        Invalid: nothing is said, or too much (field words); a picture cannot be kept (field photo).
        Refused: not allowed, no such rectification of the actor's company, or it is not open.
    """
    here = await _found(actor, rectification)
    subject = Subject(street=here.street, company_id=here.company_id)
    allowed = may(actor, Deed.REPORT_RECTIFICATION, subject) is None  # else nothing of it is kept
    kept = await _kept(pictures, folder) if allowed and folder is not None else []
    await _move(actor, rectification, Event.REPORT, words, at=at, values={"reported_on": _day(at)}, kept=kept)


async def _kept(pictures: Sequence[Sent], folder: Path) -> list[tuple[Sent, Picture]]:
    """Keep the files of pictures, each once."""
    found = {picture.sha256: (sent, picture) for sent in pictures
             if (picture := await photos.checked(sent, folder, field="photo"))}  # fmt: skip
    return list(found.values())


async def close(actor: Actor, rectification: int, words: str, *, at: datetime) -> None:
    """Close a rectification that was reported; one that was not, with a reason.

    Raises:
        Invalid: a reason is missing, or too long; field words.
        Refused: not allowed, no such rectification, or it is closed or void.
    """
    await _move(actor, rectification, Event.CLOSE, words, at=at, values={"closed_on": _day(at)})


async def send_back(actor: Actor, rectification: int, words: str, *, at: datetime) -> None:
    """Tell the company that what it reported will not do, and why; its day stays.

    Raises:
        Invalid: no reason is given, or it is too long; field words.
        Refused: not allowed, no such rectification, or nothing is reported.
    """
    await _move(actor, rectification, Event.SEND_BACK, words, at=at, values={"reported_on": None})


async def _found(actor: Actor, rectification: int) -> Row:
    """Return a rectification in the actor's scope.

    Raises:
        Refused: there is none.
    """
    here = await rectifications.fetch(rectification, scope(actor))
    if here is None:
        raise Refused(_NOT_THERE)
    return here


async def _move(
    actor: Actor, rectification: int, event: Event, words: str, *, at: datetime, values: Mapping[str, Any],
    kept: Sequence[tuple[Sent, Picture]] = (),
) -> None:  # fmt: skip
    here = await _found(actor, rectification)
    row, words = move(here.state, event), words.replace("\r\n", "\n").strip()
    deed = next(one.deed for (_, happened), one in MOVES.items() if happened is event)
    subject = Subject(street=here.street, company_id=here.company_id)
    async with acting(actor, deed, here.subject, at=at, subject=subject) as details:
        if isinstance(row, Text):
            raise Refused(row)
        if (refusal := words_refusal(row, event, words)) is not None:
            raise Invalid(Problem("words", refusal))
        if not await rectifications.change(here.id, {**values, "state": row.to.value}, expected=here.state.value):
            raise Refused(_JUST_MOVED)
        await rectifications.add_move(here.id, event.value, on_day=_day(at), at=at, person=actor.id, words=words)
        for sent, picture in kept:
            about = About(PhotoKind.AFTER.value, here.estate_id, item=here.item, rectification=here.id)
            if await photos.known_as(about, picture, sent, actor) is None:
                await photos.written(about, picture, sent, actor, at)
        details.update(estate=here.estate_code, item=here.item, to=row.to.value, remark=words, photos=len(kept))


def _day(at: datetime) -> date:
    return at.astimezone(ZONE).date()
