"""Pictures for tests: drawn, as a phone would send them, and what no phone would."""

import zlib
from io import BytesIO

from PIL import Image, ImageDraw

_EXIF, _TAKEN, _GPS = 0x8769, 0x9003, 0x8825
MAKE = "SecretPhone"


def drawn(seed: int = 1, size: tuple[int, int] = (400, 300)) -> Image.Image:
    """Return a picture that looks like no other seed's."""
    image = Image.new("RGB", size, (seed * 37 % 256, 90, 160))
    pencil = ImageDraw.Draw(image)
    for step in range(8):
        x, y = (seed * 53 + step * 97) % size[0], (seed * 71 + step * 41) % size[1]
        pencil.rectangle((x, y, x + 60, y + 40), fill=((step * 31 + seed * 11) % 256, step * 30, 255 - step * 30))
    return image


def jpeg(seed: int = 1, taken: str = "", size: tuple[int, int] = (400, 300)) -> bytes:
    """Return a JPEG; with `taken` ("2026:11:23 09:30:00") one that a camera wrote, with its place in it."""
    image, out = drawn(seed, size), BytesIO()
    exif = image.getexif()
    if taken:
        exif[0x010F] = MAKE
        exif.get_ifd(_EXIF)[_TAKEN] = taken
        exif.get_ifd(_GPS)[1] = "N"
        exif.get_ifd(_GPS)[2] = (32.0, 6.0, 7.5)
    image.save(out, "JPEG", exif=exif, comment=MAKE if taken else "")
    return out.getvalue()


def encoded(form: str, seed: int = 1) -> bytes:
    """Return the picture in another format."""
    out = BytesIO()
    drawn(seed).save(out, form)
    return out.getvalue()


def bomb(width: int = 30_000, height: int = 30_000) -> bytes:
    """Return a PNG of some hundred kB that says it is 900 million pixels large."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + name + data + zlib.crc32(name + data).to_bytes(4, "big")

    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x01\x00\x00\x00\x00"
    rows = zlib.compress(b"\x00" * ((width // 8 + 1) * height), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
