"""What an inspector does on site beside single answers: confirm the estate, mark or copy, each sent once."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from redproperty.actions.acting import acting
from redproperty.actions.inspections import Overtaken, edition, item_of, once, open_sheet, subject_of
from redproperty.domain.access import Actor, Deed
from redproperty.domain.entries import COPIED, REST_CLEAN, REST_UNDONE, applicable, clean_code
from redproperty.domain.inspections import COUNTED, State
from redproperty.domain.items import Item
from redproperty.domain.packs import Pack
from redproperty.domain.periods import Period
from redproperty.domain.sheets import Sheet
from redproperty.domain.texts import Invalid, Problem, Refused, Text
from redproperty.store import inspections, receipts, sites
from redproperty.store.inspections import Given, Held, Inspected, Said
from redproperty.store.receipts import Written

HANDED_IN = [*(state.value for state in COUNTED), State.SUBMITTED.value]
PLACE_LENGTH = 200
_TOO_LONG = Text("最多 {length} 个字", "at most {length} characters")
_NOTHING_TO_COPY = Text(
    "上一轮这一项没有可以沿用的结果。", "There is nothing of the last round to be copied for this item."
)


async def confirm_site(actor: Actor, inspection: int, place: str, *, at: datetime, key: str = "") -> Written:
    """Say that this is the estate that the inspection is about, and where one stands; the first to say so is kept.

    Raises:
        Invalid: the place is too long (field `place`).
        Refused: as in `inspections.save_answer`.
    """
    if (done := await receipts.find(actor.id, key)) is not None:
        return done
    here = await open_sheet(actor, inspection, Deed.SCORE_INSPECTION, at)
    place = place.strip()
    if len(place) > PLACE_LENGTH:
        raise Invalid(Problem("place", _TOO_LONG.fill(length=PLACE_LENGTH)))
    if await sites.confirmed(inspection) is None:
        async with acting(actor, Deed.SCORE_INSPECTION, here.subject, at=at, subject=subject_of(here)) as details:
            await sites.confirm(inspection, person=actor.id, at=at, place=place)
            await receipts.keep(actor.id, key, inspection, {}, at)
            details.update(estate=here.estate_code, confirmed=place)
    return {}


async def mark_rest_clean(
    actor: Actor, inspection: int, category: str | None, *, packs: Iterable[Pack], at: datetime, key: str = ""
) -> Written:
    """Answer “nothing found” wherever items that apply are open, in a category or (None) on the whole sheet.

    Items that have to be measured stay open. `undo_rest_clean` takes the answers back. Return what was answered, with
    the versions; a `key` used before writes nothing, as in `save_answer`.

    Raises:
        Refused: the actor neither leads this inspection nor comes along, or it has been handed in.
    """
    if (done := await receipts.find(actor.id, key)) is not None:
        return done
    here = await open_sheet(actor, inspection, Deed.SCORE_INSPECTION, at)
    sheet = edition(packs, here).sheet
    applies = applicable(sheet, await inspections.ground(here.estate_id, Period.parse(here.period)))
    items = _items(sheet, category)
    cleanable = [item.code for item in items if applies[item.code] and clean_code(item) == 0]

    async def write(_: Held) -> Written:
        given = await inspections.answers(inspection)
        saying = {
            code: Said(0, (), given.get(code, Given()).note)
            for code in cleanable
            if given.get(code, Given()).value is None
        }
        await inspections.begin(inspection, at)
        return await _write_all(actor, inspection, given, saying, at=at, reason=REST_CLEAN)

    return await once(actor, inspection, key, write, at=at)


async def undo_rest_clean(
    actor: Actor, inspection: int, category: str | None, *, packs: Iterable[Pack], at: datetime, key: str = ""
) -> Written:
    """Open again what `mark_rest_clean` answered in a category (None: anywhere) and nobody has touched since.

    Return what was opened, with the versions; a `key` used before writes nothing, as in `save_answer`.

    Raises:
        Refused: the actor neither leads this inspection nor comes along, or it has been handed in.
    """
    if (done := await receipts.find(actor.id, key)) is not None:
        return done
    here = await open_sheet(actor, inspection, Deed.SCORE_INSPECTION, at)
    items = _items(edition(packs, here).sheet, category)

    async def write(_: Held) -> Written:
        given = await inspections.answers(inspection)
        marked = await inspections.marked(inspection, REST_CLEAN)
        saying = {
            item.code: Said(None, (), given[item.code].note)
            for item in items
            if item.code in given and (item.code, given[item.code].saved_at) in marked
        }
        return await _write_all(actor, inspection, given, saying, at=at, reason=REST_UNDONE)

    return await once(actor, inspection, key, write, at=at)


async def copy_answer(
    actor: Actor, inspection: int, item: str, *, packs: Iterable[Pack], at: datetime, version: int | None, key: str = ""
) -> Written:
    """Answer one item as the estate's last inspection did; its history says that it was copied.

    Copying what stands there already writes nothing; a `key` used before neither, as in `save_answer`.

    Raises:
        Overtaken: another form saved something else since `version` was shown.
        Refused: there is nothing to copy that this edition takes, or as in `save_answer`.
    """
    if (done := await receipts.find(actor.id, key)) is not None:
        return done
    here = await open_sheet(actor, inspection, Deed.SCORE_INSPECTION, at)
    pack = edition(packs, here)
    asked = item_of(pack.sheet, item)
    said = (await last_answers(await previous(here), pack)).get(item)
    if said is None or said.value is None or asked.refusal(said.value) is not None:
        raise Refused(_NOTHING_TO_COPY)

    async def write(_: Held) -> Written:
        before = await inspections.answer(inspection, item)
        stands = before or Given()
        if stands.said == said:
            return {item: (stands.version, stands.version)}
        if version is not None and version != stands.version:
            raise Overtaken(stands, said)
        await inspections.write(inspection, item, before, said, person=actor.id, at=at, reason=COPIED)
        await inspections.begin(inspection, at)
        return {item: (stands.version, stands.version + 1)}

    return await once(actor, inspection, key, write, at=at)


async def previous(here: Inspected) -> Inspected | None:
    """Return the estate's inspection before this one that was handed in."""
    return await inspections.previous(here, HANDED_IN)


async def last_answers(last: Inspected | None, pack: Pack) -> dict[str, Said]:
    """Return what an earlier inspection said, item by item; nothing where there was none."""
    if last is None:
        return {}
    given = await inspections.answers(last.id)
    frozen = inspections.unpacked(last.packed, pack.sheet.codes) if last.edition == pack.edition else {}
    values = frozen or {code: answer.value for code, answer in given.items()}
    return {code: Said(value, (given.get(code) or Given()).reasons, (given.get(code) or Given()).note)
            for code, value in values.items()}  # fmt: skip


def _items(sheet: Sheet, category: str | None) -> tuple[Item, ...]:
    """Return the items of a category, or of the whole sheet."""
    if category is None:
        return sheet.items
    return tuple(item for found in sheet.categories if found.code == category for item in found.items)


async def _write_all(
    actor: Actor, inspection: int, given: Mapping[str, Given], saying: Mapping[str, Said], *, at: datetime, reason: str
) -> Written:
    """Write several answers that one deed gives, each with its history; return their versions."""
    for code, said in saying.items():
        await inspections.write(inspection, code, given.get(code), said, person=actor.id, at=at, reason=reason)
    versions = {code: given[code].version if code in given else 0 for code in saying}
    return {code: (version, version + 1) for code, version in versions.items()}
