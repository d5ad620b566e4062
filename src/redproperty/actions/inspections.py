"""What inspectors do with an inspection: enter answers and hand it in; what follows is `actions.reviews`."""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from redproperty.actions.acting import acting, refuse
from redproperty.actions.proof import prove
from redproperty.domain.access import Actor, Deed, Subject, may, scope
from redproperty.domain.entries import (
    applicable,
    clean_code,
    missing,
    typed,
    worked,
)
from redproperty.domain.inspections import Event, State, Team, edit_refusal, move
from redproperty.domain.items import MENDED, NOT_APPLICABLE, Item
from redproperty.domain.numbers import plain
from redproperty.domain.packs import Pack, holding
from redproperty.domain.periods import Period
from redproperty.domain.sheets import Sheet
from redproperty.domain.texts import Invalid, Problem, Refused, Text
from redproperty.store import companions, frames, inspections, receipts
from redproperty.store.inspections import Given, Held, Inspected, Said
from redproperty.store.receipts import Written
from redproperty.store.schema import transaction

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOTE_LENGTH = 1000
REMARK_LENGTH = 500
GONE = Text(
    "没有这次检查，或者它不在您的数据范围内。", "There is no such inspection, or it lies outside what you may see."
)
_NO_EDITION = Text(
    "{period} 没有生效的评分细则，不能录入。请联系区住建局。",
    "No edition of the rules holds in {period}: nothing can be entered. The district bureau can help.",
)
_NO_ITEM = Text("本次检查没有项目“{code}”", "this inspection has no item “{code}”")
_TOO_LONG = Text("最多 {length} 个字，现在 {now} 个", "at most {length} characters, there are {now}")
_UNCOMMON = {
    NOT_APPLICABLE: Text("不适用须写明原因，写在备注里", "say in the note why it does not apply"),
    MENDED: Text("请写明发现了什么，点选原因或写备注", "say what was found: pick a reason or write a note"),
}
SECOND = Text(
    "盲评只与首次检查比对，不复核、不计分。",
    "A blind second look is compared only: it is not reviewed and never counts.",
)


@dataclass(frozen=True)
class Entry:
    """One item as its form was sent: what was chosen, the count or number as typed, reasons (“；” between), a note.

    `version` is that of the answer which the form showed, 0 where there was none; without it nothing is compared.
    """

    outcome: str = ""
    amount: str = ""
    reasons: str = ""
    note: str = ""
    version: int | None = None


class Overtaken(Exception):  # noqa: N818 - an answer that the person decides about
    """The item was saved elsewhere after the form was shown: `stands` is what it says now."""

    def __init__(self, stands: Given, sent: Said, item: str = "") -> None:
        super().__init__(stands.saved_by)
        self.stands = stands
        self.sent = sent
        self.item = item


def edition(packs: Iterable[Pack], here: Inspected) -> Pack:
    """Return the edition under which an inspection stands: the one that it was handed in under, else its period's.

    Raises:
        Refused: none was in force on the first day of the period.
    """
    packs = tuple(packs)
    handed_in = [pack for pack in packs if pack.edition == here.edition and State(here.state) is not State.RETURNED]
    pack = handed_in[0] if handed_in else holding(packs, Period.parse(here.period))
    if pack is None:
        raise Refused(_NO_EDITION.fill(period=here.period))
    return pack.for_inspections()


async def save_answer(
    actor: Actor, inspection: int, item: str, entry: Entry, *, packs: Iterable[Pack], at: datetime, key: str = ""
) -> Written:
    """Save one item as it was sent; return its version before and now.

    Saying again what is there writes nothing, so that a save can be tried again; neither does a deed whose `key` the
    actor has used before: it is answered as it was then, whatever has happened since.

    An answer's own history (who, when, old, new; append-only) is its trail: no audit entry is added for each field.
    The audit entry of the submission seals the whole sheet. A refusal is audited as everywhere.

    Raises:
        Invalid: what was typed cannot be the item's answer; the problem's field is the item's code.
        Overtaken: another form saved something else since this one was shown.
        Refused: the actor neither leads this inspection nor comes along, or it has been handed in.
    """
    if (done := await receipts.find(actor.id, key)) is not None:
        return done
    return await _save(actor, inspection, {item: entry}, key, packs=packs, at=at)


async def save_answers(
    actor: Actor, inspection: int, entries: Mapping[str, Entry], *, packs: Iterable[Pack], at: datetime
) -> Written:
    """Save several items of one inspection, all or none, as `save_answer` does one.

    Raises:
        Invalid: what was typed cannot be an answer, all of it at once; each problem's field is the item's code.
        Overtaken: another form saved something else since this one was shown; `item` names the first of these.
        Refused: the actor neither leads this inspection nor comes along, or it has been handed in.
    """
    return await _save(actor, inspection, entries, "", packs=packs, at=at)


async def _save(
    actor: Actor, inspection: int, entries: Mapping[str, Entry], key: str, *, packs: Iterable[Pack], at: datetime
) -> Written:
    here = await open_sheet(actor, inspection, Deed.SCORE_INSPECTION, at)
    said = _all_said(edition(packs, here).sheet, entries)

    async def write(now: Held) -> Written:
        done: dict[str, tuple[int, int]] = {}
        for item, one in said.items():
            before, seen = await inspections.answer(inspection, item), entries[item].version
            stands = before or Given()
            if stands.said == one:
                done[item] = (stands.version if seen is None else seen, stands.version)
                continue
            if seen is not None and seen != stands.version:
                raise Overtaken(stands, one, item)
            await inspections.write(inspection, item, before, one, person=actor.id, at=at)
            done[item] = (stands.version, stands.version + 1)
        if now.started_at is None and any(before != after for before, after in done.values()):
            await inspections.begin(inspection, at)
        return done

    return await once(actor, inspection, key, write, at=at)


def _all_said(sheet: Sheet, entries: Mapping[str, Entry]) -> dict[str, Said]:
    """Return what the forms of several items say.

    Raises:
        Invalid: everything that cannot be an answer.
    """
    said, problems = dict[str, Said](), list[Problem]()
    for code, entry in entries.items():
        try:
            said[code] = said_in(item_of(sheet, code), entry)
        except Invalid as invalid:
            problems += invalid.problems
    if problems:
        raise Invalid(*problems)
    return said


async def once(
    actor: Actor, inspection: int, key: str, write: Callable[[Held], Awaitable[Written]], *, at: datetime
) -> Written:
    """Do what `write` does in one transaction, unless a deed of this key has been done meanwhile."""
    async with transaction():
        now = await still_open(actor, inspection)
        if (done := await receipts.find(actor.id, key)) is not None:
            return done
        written = await write(now)
        await receipts.keep(actor.id, key, inspection, written, at)
    return written


async def submit(actor: Actor, inspection: int, *, packs: Iterable[Pack], at: datetime, remark: str = "") -> int:
    """Hand the inspection in: its sheet is frozen with score, edition and digest. Return the score (millionths).

    `remark` is what the inspector tells the reviewer along with it, above all after a return.

    Raises:
        Invalid: items are still open, all of them at once; each problem's field is the item's code. Or the remark is
            too long.
        Refused: the actor does not lead this inspection, or it has been handed in.
    """
    here = await open_sheet(actor, inspection, Deed.SUBMIT_INSPECTION, at)
    refuse_long(remark, "remark")
    pack = edition(packs, here)
    ground = await inspections.ground(here.estate_id, Period.parse(here.period))
    async with acting(actor, Deed.SUBMIT_INSPECTION, here.subject, at=at, subject=subject_of(here)) as details:
        await still_open(actor, inspection, Deed.SUBMIT_INSPECTION)
        given = await inspections.answers(inspection)
        frozen = frozen_sheet(pack.sheet, ground, {code: answer.value for code, answer in given.items()})
        proven = await prove(inspection, pack, frozen.row)
        await inspections.freeze(
            here,
            moved(here, Event.SUBMIT).value,
            held_on=(here.started_at or at).astimezone(SHANGHAI).date(),
            at=at,
            edition=(pack.edition, pack.digest),
            score=frozen.score,
            packed=frozen.packed,
        )
        details.update(
            estate=here.estate_code, to=State.SUBMITTED.value, score=frozen.score, categories=frozen.categories,
            edition=pack.edition, digest=pack.digest, remark=remark.strip(), **proven,
        )  # fmt: skip
    return frozen.score


@dataclass(frozen=True)
class FrozenSheet:
    """A whole sheet as it is kept: its score (millionths), its answers packed, categories' points; `row` has all."""

    score: int
    packed: bytes
    categories: dict[str, str | None]
    row: Mapping[str, Any]


def frozen_sheet(sheet: Sheet, ground: pl.DataFrame, values: Mapping[str, int | None]) -> FrozenSheet:
    """Return a sheet as it is kept when it is handed in, or amended after.

    Raises:
        Invalid: items are still open; each problem's field is the item's code.
    """
    if problems := tuple(missing(sheet, applicable(sheet, ground), values)):
        raise Invalid(*problems)
    row = worked(sheet, ground, values)
    packed = frames.pack_sheet([values.get(code) for code in sheet.codes])
    return FrozenSheet(row["score"], packed, _by_category(sheet, row), row)


def _by_category(sheet: Sheet, row: Mapping[str, Any]) -> dict[str, str | None]:
    """Return the points of every category as they are printed; None where nothing in it applies."""
    points = {category.code: row[category.points_column] for category in sheet.categories}
    return {code: None if value is None else plain(value) for code, value in points.items()}


async def seen(actor: Actor, inspection: int) -> Inspected:
    """Return the inspection as it stands, in the actor's scope.

    Raises:
        Refused: there is none.
    """
    here = await inspections.fetch(inspection, scope(actor))
    if here is None:
        raise Refused(GONE)
    return here


async def kept(actor: Actor, inspection: int) -> Inspected:
    """Return the inspection as it stands, kept from all others until the transaction ends."""
    await inspections.hold(inspection)
    return await seen(actor, inspection)


async def open_sheet(actor: Actor, inspection: int, deed: Deed, at: datetime) -> Inspected:
    """Return an inspection that `actor` may enter now; a refusal is written to the trail.

    Raises:
        Refused: they may not, or it is not open.
    """
    here = await seen(actor, inspection)
    refusal = may(actor, deed, subject_of(here)) or await _barred(actor, deed, here.id, here)
    if refusal is not None:
        await refuse(actor, deed, here.subject, at=at, why=refusal)
    return here


async def still_open(actor: Actor, inspection: int, deed: Deed = Deed.SCORE_INSPECTION) -> Held:
    """Look again inside the transaction: it may have been handed in since the page was opened.

    Raises:
        Refused: it has, or it is gone from the actor's scope.
    """
    await inspections.hold(inspection)
    now = await inspections.held(inspection, scope(actor))
    if now is None:
        raise Refused(GONE)
    if (refusal := await _barred(actor, deed, inspection, now)) is not None:
        raise Refused(refusal)
    return now


async def _barred(actor: Actor, deed: Deed, inspection: int, now: Inspected | Held) -> Text | None:
    """Return why `actor` may not enter or hand in an inspection as it stands; nothing is read for its lead."""
    refusal = edit_refusal(State(now.state), now.void)
    if refusal is not None or now.inspector_id == actor.id:
        return refusal
    team = Team(now.inspector_id, now.inspector, await companions.ids(inspection))
    return team.refusal(actor, deed)


def moved(here: Inspected, event: Event, remark: str = "") -> State:
    """Return the state after the event.

    Raises:
        Refused: it cannot happen now, or to an inspection that does not count.
    """
    if (void := edit_refusal(State.DRAFT, here.void)) is not None:
        raise Refused(void)
    if here.second_of is not None and event is not Event.SUBMIT:
        raise Refused(SECOND)
    state = move(State(here.state), event, remark=remark)
    if isinstance(state, Text):
        raise Refused(state)
    return state


def subject_of(here: Inspected, scored_by: Iterable[int] = ()) -> Subject:
    """Return an inspection as the table of posts looks at it."""
    return Subject(street=here.street, inspected_by=frozenset(scored_by))


def item_of(sheet: Sheet, code: str) -> Item:
    """Return an item of the sheet.

    Raises:
        Refused: it has none of that code.
    """
    if code not in sheet.by_code:
        raise Refused(_NO_ITEM.fill(code=code))
    return sheet.by_code[code]


def said_in(item: Item, entry: Entry) -> Said:
    """Return what the form says; the reasons of an answer that loses nothing are dropped.

    Raises:
        Invalid: it cannot be the item's answer.
    """
    value = typed(item, entry.outcome, entry.amount)
    if isinstance(value, Text):
        raise Invalid(Problem(item.code, value))
    note = entry.note.replace("\r\n", "\n").strip()
    for text in (note, entry.reasons):
        if len(text) > NOTE_LENGTH:
            raise Invalid(Problem(item.code, _TOO_LONG.fill(length=NOTE_LENGTH, now=len(text))))
    if value in _UNCOMMON and not (note or reasons_in(entry.reasons)):
        raise Invalid(Problem(item.code, _UNCOMMON[value]))
    clean = value is not None and value == clean_code(item)
    return Said(value, () if clean else reasons_in(entry.reasons), note)


def reasons_in(text: str) -> tuple[str, ...]:
    """Return the reasons that a line of them names, each once, in its order."""
    parts = (part.strip() for part in re.split(r"[；;\n]", text))
    return tuple(dict.fromkeys(part for part in parts if part))


def refuse_long(text: str, field: str, most: int = REMARK_LENGTH) -> None:
    """Pass, or raise.

    Raises:
        Invalid: there are more than `most` characters.
    """
    if len(text) > most:
        raise Invalid(Problem(field, _TOO_LONG.fill(length=most, now=len(text))))
