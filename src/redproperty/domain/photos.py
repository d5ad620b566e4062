"""Photos: what they are taken for, which files are taken as one, and when the camera's clock is to be doubted."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from redproperty.domain.choices import Choice
from redproperty.domain.sheets import Sheet
from redproperty.domain.texts import Text


class PhotoKind(Choice):
    """What a picture shows."""

    FINDING = "finding", "问题照片", "finding"
    SIGNATURE = "signature", "签字", "signature"
    BEFORE = "before", "整改前", "before the repair"
    AFTER = "after", "整改后", "after the repair"


LARGEST: Final = 10 * 1024**2  # bytes of one picture
MOST_PIXELS: Final = 50_000_000  # of one picture: more than any phone takes, less than what fills the memory
MOST_PER_ITEM: Final = 12
CLOCK_MAY_DIFFER: Final = timedelta(hours=24)
JPEG, PNG, WEBP = "image/jpeg", "image/png", "image/webp"
_HEIC: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1", b"heif", b"avif"})

EMPTY = Text("照片是空的（0 字节），没有保存。请重新拍照或选择。", "The picture is empty (0 bytes) and was not kept.")
TOO_LARGE = Text(
    "照片有 {size} MB，超过 10 MB，没有保存。请缩小后再传。",
    "The picture has {size} MB, more than 10 MB, and was not kept. Make it smaller.",
)
TOO_MANY_PIXELS = Text(
    "照片的像素太多（超过 5000 万），没有保存。请缩小后再传。",
    "The picture has more than 50 million pixels and was not kept. Make it smaller.",
)
HEIC = Text(
    "这是 HEIC 格式，没有保存。请在手机“设置 → 相机 → 格式”里选“兼容性最佳”再拍，或先转成 JPEG。",
    "This is a HEIC picture and was not kept. Choose “most compatible” in the camera's settings, or turn it into JPEG.",
)
NO_PICTURE = Text(
    "这个文件不是照片（只收 JPEG、PNG、WebP），没有保存。",
    "This file is no picture (JPEG, PNG or WebP) and was not kept.",
)
BROKEN = Text(
    "照片损坏或不完整，没有保存。请重新拍照或选择。", "The picture is damaged or incomplete and was not kept."
)


def media_of(content: bytes) -> str | Text:
    """Return the media type that the content itself shows, whatever the file is called, or why it is not taken."""
    if not content:
        return EMPTY
    if len(content) > LARGEST:
        return TOO_LARGE.fill(size=f"{len(content) / 1024**2:.1f}")
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return WEBP
    return HEIC if content[4:8] == b"ftyp" and content[8:12] in _HEIC else NO_PICTURE


def clock_differs(taken_at: datetime | None, received_at: datetime) -> bool:
    """Whether the camera's time lies more than a day from the server's."""
    return taken_at is not None and abs(taken_at - received_at) > CLOCK_MAY_DIFFER


def unproven(sheet: Sheet, row: Mapping[str, Any], pictured: Collection[str]) -> tuple[str, ...]:
    """Return the codes of the items that lose points, have a photo for evidence, and are not among the `pictured`.

    `row` is the scored sheet (`domain.entries.worked`); what keeps its full mark is never asked for.
    """
    return tuple(
        item.code
        for item in sheet.items
        if item.evidence == "photo"
        and item.code not in pictured
        and row[item.code] is not None
        and row[item.points_column] is not None
        and row[item.points_column] < item.full_points
    )
