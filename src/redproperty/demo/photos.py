"""The demo's photos: drawn, not taken, a few dozen at estates that people will look at; and who signed."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from random import Random

from PIL import Image, ImageDraw, ImageFont

from redproperty.demo.days import CLOSED, PRESENT, SEED
from redproperty.demo.inspections import HANDED_IN, Visit
from redproperty.domain.packs import Pack
from redproperty.domain.photos import PhotoKind
from redproperty.domain.texts import Text
from redproperty.settings import ZONE
from redproperty.store import pictures

Row = dict[str, object]
LOOKED_AT = "inspector.xl"  # whose sheets visitors of the demo open first
ESTATES, COMPANY = 6, 1
SIZE = (800, 600)
REFUSALS = ("对绿化扣分有异议，不签", "负责人不在场，现场人员无权签字")


async def photo_rows(made: Sequence[Visit], pack: Pack, folder: Path) -> list[Row]:
    """Draw and keep the pictures and return their rows; one is used twice, one camera has a wrong clock."""
    chance = Random(SEED + 2)
    rows: list[Row] = []
    for visit in _looked_at(made):
        items = [item for item, value in zip(pack.sheet.items, visit.values, strict=True) if value and value > 0]
        shown = [item for item in items if item.evidence == "photo" and item.shape.best() == 0]
        for item in shown[: 2 if visit.period == PRESENT else 1]:
            received = visit.at(10)
            taken = received - (timedelta(days=3) if len(rows) == 1 else timedelta(minutes=chance.randint(1, 9)))
            drawn = _drawn(
                Random(f"{visit.plot.id} {item.code} {visit.id}"),
                f"{item.code}  {taken.astimezone(ZONE):%Y-%m-%d %H:%M}",
            )
            picture = await pictures.keep(folder, drawn)
            assert not isinstance(picture, Text)  # noqa: S101 - it was drawn a line above
            rows.append(
                {
                    "kind": PhotoKind.FINDING.value, "inspection": visit.id, "item": item.code,
                    "estate": visit.plot.id, "person": visit.inspector.id, "key": f"demo-{len(rows)}",
                    "received_at": received, **vars(picture), "taken_at": taken,
                }
            )  # fmt: skip
    mine = next(visit.inspector.id for visit in made if visit.inspector.login == LOOKED_AT)
    return [*rows, *_used_twice([row for row in rows if row["person"] == mine])]


def _used_twice(rows: list[Row]) -> Iterator[Row]:
    """Yield the last picture of these once more, at another estate."""
    last = rows[-1] if rows else {}
    other = next((row for row in reversed(rows) if row["estate"] != last["estate"]), None)
    if other is not None:
        same = {name: last[name] for name in ("sha256", "look", "media", "size", "width", "height", "taken_at")}
        yield {**other, **same, "key": "demo-twice"}


def signature_rows(made: Sequence[Visit]) -> list[Row]:
    """Return who signed on the visits that have pictures, or would not."""
    rows = []
    for index, visit in enumerate(one for one in _looked_at(made) if one.state in HANDED_IN):
        refused = index % 5 == 3
        name, reason = str(visit.plot.row["contact"]), REFUSALS[index % len(REFUSALS)] if refused else ""
        given = {"refused": refused, "name": name, "reason": reason, "person": visit.inspector.id}
        rows.append({"inspection": visit.id, **given, "at": visit.at(11) - timedelta(minutes=5)})
    return rows


def _looked_at(made: Sequence[Visit]) -> list[Visit]:
    """Return the visits of the last two quarters at the estates that a visitor of the demo sees first."""
    own = [one for one in made if one.period == PRESENT and one.inspector.login == LOOKED_AT]
    mine = [visit.plot.id for visit in sorted(own, key=lambda one: one.state not in {"draft", "returned"})]
    theirs = [
        visit.plot.id
        for visit in made
        if visit.period == PRESENT and visit.plot.tenures and visit.plot.tenures[-1]["company"] == COMPANY
    ]
    plots = {*list(dict.fromkeys(mine))[:ESTATES], *list(dict.fromkeys(theirs))[:ESTATES]}
    return [
        visit for visit in made if visit.plot.id in plots and visit.period in {CLOSED[-1], PRESENT} and visit.values
    ]


def _drawn(chance: Random, caption: str) -> bytes:
    """Return a picture of a yard: houses, grass, things that lie about; with a caption as cameras write them."""
    width, height = SIZE
    light = chance.randint(-20, 20)
    image = Image.new("RGB", SIZE, (190 + light, 210 + light, 226 + light))
    pencil = ImageDraw.Draw(image)
    for left in range(-60, width, chance.randint(170, 240)):
        top, tone = chance.randint(60, 190), chance.randint(150, 205)
        pencil.rectangle((left, top, left + 150, 380), fill=(tone, tone - 12, tone - 28))
        for x in range(left + 16, left + 140, 34):
            for y in range(top + 18, 360, 44):
                pencil.rectangle((x, y, x + 18, y + 24), fill=(96, 112, 128))
    pencil.rectangle((0, 380, width, height), fill=(122 + light, 120 + light, 116 + light))
    pencil.polygon([(0, 420), (chance.randint(200, 420), 400), (0, height)], fill=(92, 138 + light, 78))
    for _ in range(chance.randint(5, 14)):
        x, y, size = chance.randint(80, 700), chance.randint(420, 540), chance.randint(14, 54)
        colour = chance.choice([(40, 42, 46), (176, 58, 46), (214, 180, 90), (86, 104, 150), (224, 224, 220)])
        chance.choice([pencil.ellipse, pencil.rectangle])((x, y, x + size, y + size * 3 // 4), fill=colour)
    pencil.text((18, height - 44), f"{caption}  DEMO", fill=(255, 214, 60), font=ImageFont.load_default(26))
    out = BytesIO()
    image.save(out, "JPEG", quality=70)
    return out.getvalue()
