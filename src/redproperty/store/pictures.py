"""Pictures as files: checked by what they are, kept under their SHA-256, with stripped copies made once.

The original is kept to the byte, for reviewers. What anybody else is shown is drawn anew from its pixels: nothing that
came along in the file (position, camera, comments, a script behind the picture) can be in it. All of this works on
files and pixels, so it runs in two threads of its own and never on the event loop.
"""

import asyncio
import hashlib
import os
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Final, Literal, TypeVar

from PIL import Image, ImageOps

from redproperty.domain.photos import BROKEN, JPEG, MOST_PIXELS, PNG, TOO_MANY_PIXELS, WEBP, media_of
from redproperty.domain.texts import Text
from redproperty.settings import ZONE

Copy = Literal["view", "small"]
Result = TypeVar("Result")

FORMATS: Final = {JPEG: "JPEG", PNG: "PNG", WEBP: "WEBP"}
SIDES: Final[dict[Copy, int]] = {"view": 1600, "small": 320}  # the longest side of each copy
QUALITY: Final = 82
TOO_PLAIN: Final = 6  # bits of a perceptual hash: a wall or a sky looks like any other
_EXIF, _TAKEN, _OFFSET = 0x8769, 0x9003, 0x9011
_THREADS: Final = ThreadPoolExecutor(2, thread_name_prefix="pictures")

Image.MAX_IMAGE_PIXELS = MOST_PIXELS  # what says it is larger is refused before it is unpacked


@dataclass(frozen=True)
class Picture:
    """What is known of a picture from its file; `taken_at` by the camera's clock, None where the file says nothing."""

    sha256: str
    look: str
    media: str
    size: int
    width: int
    height: int
    taken_at: datetime | None


async def keep(folder: Path, content: bytes) -> Picture | Text:
    """Check a picture and keep it with its copies; return what is known of it, or why nothing was kept."""
    return await _elsewhere(lambda: _kept(folder, content))


async def original(folder: Path, sha256: str) -> bytes:
    """Return the original.

    Raises:
        FileNotFoundError: it is not there.
    """
    return await _elsewhere(_place(folder, sha256).read_bytes)


async def copy(folder: Path, sha256: str, which: Copy) -> bytes:
    """Return a stripped copy (JPEG); one that has gone is made anew.

    Raises:
        FileNotFoundError: neither copy nor original is there.
    """
    return await _elsewhere(lambda: _copy(folder, sha256, which))


async def sound(folder: Path, sha256: str) -> bool:
    """Whether the original is there and is what its name says."""
    return await _elsewhere(lambda: _sound(_place(folder, sha256), sha256))


def camera_time(text: str) -> datetime | None:
    """Return the moment that EXIF writes as `2026:11:20 09:31:00` (in China) or with `+09:00` behind it."""
    try:
        moment = datetime.strptime(text.strip()[:19], "%Y:%m:%d %H:%M:%S").replace(tzinfo=ZONE)
        offset = text.strip()[19:]
        return datetime.fromisoformat(moment.replace(tzinfo=None).isoformat() + offset) if offset else moment
    except ValueError:
        return None


async def _elsewhere(work: Callable[[], Result]) -> Result:
    return await asyncio.get_running_loop().run_in_executor(_THREADS, work)


def _kept(folder: Path, content: bytes) -> Picture | Text:
    media = media_of(content)
    if isinstance(media, Text):
        return media
    try:
        with Image.open(BytesIO(content), formats=[FORMATS[media]]) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                return TOO_MANY_PIXELS
            width, height = picture.size
            picture.verify()
        pixels, taken_at = _drawn(content, media)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return TOO_MANY_PIXELS
    except Exception:  # noqa: BLE001 - whatever a decoder chokes on is no picture that can be shown
        return BROKEN
    sha256 = hashlib.sha256(content).hexdigest()
    _write(_place(folder, sha256), content)
    for which in SIDES:
        _write(_place(folder, sha256, which), _jpeg(pixels, which))
    return Picture(sha256, _look(pixels), media, len(content), width, height, taken_at)


def _drawn(content: bytes, media: str) -> tuple[Image.Image, datetime | None]:
    """Return the pixels at the size of the larger copy, upright, on white, with nothing beside them; and the time."""
    with Image.open(BytesIO(content), formats=[FORMATS[media]]) as picture:
        said = picture.getexif().get_ifd(_EXIF)
        taken_at = camera_time(f"{said.get(_TAKEN, '')}{said.get(_OFFSET, '')}")
        side = SIDES["view"]
        picture.draft("RGB", (side, side))  # a JPEG is unpacked no larger than is needed
        picture.load()
        upright = ImageOps.exif_transpose(picture)
    upright.thumbnail((side, side))
    if upright.has_transparency_data:
        seen = upright.convert("RGBA")
        white = Image.new("RGBA", seen.size, "white")
        upright = Image.alpha_composite(white, seen)
    pixels = upright.convert("RGB")
    pixels.info.clear()
    return pixels, taken_at


def _jpeg(pixels: Image.Image, which: Copy) -> bytes:
    drawn, out = pixels.copy(), BytesIO()
    drawn.thumbnail((SIDES[which], SIDES[which]))
    drawn.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()


def _look(pixels: Image.Image) -> str:
    """Return where the picture grows brighter from left to right, of 8 × 8 places, as 16 hexadecimal digits."""
    grey = pixels.convert("L").resize((9, 8)).tobytes()
    bits = sum(
        1 << (row * 8 + column)
        for row in range(8)
        for column in range(8)
        if grey[row * 9 + column] < grey[row * 9 + column + 1]
    )
    return f"{bits:016x}" if TOO_PLAIN <= bits.bit_count() <= 64 - TOO_PLAIN else ""


def _copy(folder: Path, sha256: str, which: Copy) -> bytes:
    place = _place(folder, sha256, which)
    if not place.exists():
        content = _place(folder, sha256).read_bytes()
        media = media_of(content)
        if isinstance(media, Text):
            raise FileNotFoundError(place)
        _write(place, _jpeg(_drawn(content, media)[0], which))
    return place.read_bytes()


def _sound(place: Path, sha256: str) -> bool:
    return place.exists() and hashlib.sha256(place.read_bytes()).hexdigest() == sha256


def _place(folder: Path, sha256: str, which: Copy | None = None) -> Path:
    return folder / sha256[:2] / (sha256 if which is None else f"{sha256}.{which}.jpg")


def _write(place: Path, content: bytes) -> None:
    """Put a file in its place, whole or not at all, and on the disk for good; the same one again changes nothing."""
    if place.exists() and place.stat().st_size == len(content):
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_name(f".{place.name}.{secrets.token_hex(4)}")
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(place)
    for folder in (place.parent, place.parent.parent):
        _sync(folder)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
