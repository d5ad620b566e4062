"""What stands behind a sheet that is handed in: photos where points are taken off, the representative's signature."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from redproperty.domain.packs import Pack
from redproperty.domain.photos import unproven
from redproperty.domain.texts import Invalid, Problem, Text
from redproperty.store import photos, signatures

SIGNING = "signing"  # the field of a missing signature
_NO_PHOTO = Text("{code} {title}：扣分项要有照片", "{code} {title}: points are taken off, a photo is missing")
_NO_SIGNATURE = Text(
    "企业代表还没有签字；不愿签的请登记拒签和原因",
    "The company's representative has not signed; where they would not, say so and why",
)


async def prove(inspection: int, pack: Pack, row: Mapping[str, Any]) -> dict[str, object]:
    """Return what the audit entry of a submission says of photos; `row` is the scored sheet.

    Raises:
        Invalid: the edition does not let it be handed in so; everything that is missing at once.
    """
    kept = await photos.of_inspection(inspection)
    open_ = unproven(pack.sheet, row, {photo.item for photo in kept})
    signed = await signatures.signature(inspection)
    if problems := tuple(_problems(pack, open_, signed=signed is not None)):
        raise Invalid(*problems)
    told: dict[str, object] = {"photos": [photo.sha256 for photo in kept], "unproven": list(open_)}
    return {name: value for name, value in told.items() if value}


def _problems(pack: Pack, open_: Collection[str], *, signed: bool) -> Iterator[Problem]:
    if pack.inspections.missing_photo == "refuse":
        for code in open_:
            yield Problem(code, _NO_PHOTO.fill(code=code, title=pack.sheet.by_code[code].title))
    if pack.inspections.signature == "required" and not signed:
        yield Problem(SIGNING, _NO_SIGNATURE)
