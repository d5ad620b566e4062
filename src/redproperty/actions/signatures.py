"""The end of a visit: the company's representative signs or will not, and the inspector may leave one position."""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Final

from redproperty.actions.acting import acting
from redproperty.actions.inspections import open_sheet, still_open
from redproperty.actions.photos import Sent, checked, written
from redproperty.domain.access import Actor, Deed, Subject
from redproperty.domain.photos import PhotoKind
from redproperty.domain.texts import Invalid, Problem, Text
from redproperty.store import signatures
from redproperty.store.photos import About
from redproperty.store.signatures import MILLIONTHS, Position

SYSTEM: Final = "WGS-84"  # what browsers give
NAME, REASON = 60, 300  # characters
FARTHEST: Final = 100_000  # metres of accuracy: beyond it a position says nothing
_HEAD: Final = "data:image/png;base64,"
_NO_NAME = Text("请填写企业代表的姓名", "Type the representative's name")
_LONG = Text("最多 {most} 个字", "at most {most} characters")
_NOT_SIGNED = Text(
    "请让企业代表在框内签字，或勾选“已当面确认”", "Let the representative sign in the frame, or tick that they agreed"
)
_NO_REASON = Text("请写明拒签的原因", "Say why they would not sign")
_NO_PLACE = Text("没有得到可用的位置，没有保存。", "There was no usable position; nothing was kept.")


@dataclass(frozen=True)
class Said:
    """What the form says: a name with a drawing (a PNG as a data address) or a tick, or a refusal with its reason."""

    refused: bool = False
    name: str = ""
    reason: str = ""
    drawing: str = ""
    agreed: bool = False


async def sign(actor: Actor, inspection: int, said: Said, *, folder: Path, at: datetime) -> None:
    """Record that the company's representative signed, or would not and why.

    Raises:
        Invalid: name, signature or reason is missing or cannot be read.
        Refused: the actor may not enter this inspection, or it has been handed in.
    """
    here = await open_sheet(actor, inspection, Deed.SIGN_INSPECTION, at)
    if problems := _problems(said):
        raise Invalid(*problems)
    drawn = Sent(_png(said.drawing)) if said.drawing and not said.refused else None
    picture = await checked(drawn, folder, field="drawing") if drawn else None
    subject = Subject(street=here.street)
    async with acting(actor, Deed.SIGN_INSPECTION, here.subject, at=at, subject=subject) as details:
        await still_open(actor, inspection)
        photo = None
        if drawn and picture:
            about = About(PhotoKind.SIGNATURE.value, here.estate_id, inspection)
            photo = (await written(about, picture, drawn, actor, at)).id
        await signatures.sign(
            inspection, refused=said.refused, name=said.name, reason=said.reason if said.refused else "", photo=photo,
            person=actor.id, at=at,
        )  # fmt: skip
        details.update(
            estate=here.estate_code, change="unsigned" if said.refused else "signed", name=said.name,
            reason=said.reason if said.refused else "", sha256=picture.sha256 if picture else "",
        )  # fmt: skip


async def leave_position(
    actor: Actor, inspection: int, latitude: str, longitude: str, accuracy: str, *, at: datetime
) -> None:
    """Keep the one position of an inspection; without coordinates it is forgotten.

    Raises:
        Invalid: the numbers are no place on Earth.
        Refused: the actor may not enter this inspection, or it has been handed in.
    """
    here = await open_sheet(actor, inspection, Deed.RECORD_POSITION, at)
    position = _position(latitude, longitude, accuracy, at) if latitude or longitude else None
    subject = Subject(street=here.street)
    async with acting(actor, Deed.RECORD_POSITION, here.subject, at=at, subject=subject) as details:
        await still_open(actor, inspection)
        if position is None:
            await signatures.forget_place(inspection)
        else:
            await signatures.place(inspection, position, person=actor.id)
        details.update(estate=here.estate_code, change="forgotten" if position is None else "placed")


def _problems(said: Said) -> list[Problem]:
    problems = []
    if len(said.name) > NAME:
        problems.append(Problem("name", _LONG.fill(most=NAME)))
    if len(said.reason) > REASON:
        problems.append(Problem("reason", _LONG.fill(most=REASON)))
    if said.refused and not said.reason:
        problems.append(Problem("reason", _NO_REASON))
    if not said.refused and not said.name:
        problems.append(Problem("name", _NO_NAME))
    if not said.refused and not (said.drawing or said.agreed):
        problems.append(Problem("drawing", _NOT_SIGNED))
    return problems


def _png(drawing: str) -> bytes:
    """Return the bytes of a data address.

    Raises:
        Invalid: it is none of a PNG.
    """
    try:
        return base64.b64decode(drawing.removeprefix(_HEAD), validate=True)
    except (binascii.Error, ValueError):
        raise Invalid(Problem("drawing", _NOT_SIGNED)) from None


def _position(latitude: str, longitude: str, accuracy: str, at: datetime) -> Position:
    try:
        north, east, metres = (Decimal(text) for text in (latitude, longitude, accuracy))
        sane = abs(north) <= 90 and abs(east) <= 180 and 0 <= metres <= FARTHEST  # noqa: PLR2004
    except InvalidOperation:
        sane = False
    if not sane:
        raise Invalid(Problem("position", _NO_PLACE))
    return Position(round(north * MILLIONTHS), round(east * MILLIONTHS), round(metres), SYSTEM, at)
