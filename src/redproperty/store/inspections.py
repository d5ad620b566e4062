"""Inspections and their answers: what an inspector has to do, one sheet as it stands, and how it came to stand so."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import msgspec
import polars as pl
from piccolo.query.functions import Count

from redproperty.domain.access import Scope
from redproperty.domain.awards import Stars, code_of
from redproperty.domain.estates import register_facts
from redproperty.domain.periods import Period
from redproperty.store import frames
from redproperty.store.ratings import starred
from redproperty.store.scopes import Condition, inspections_in, of_estates_in
from redproperty.store.tables import Answer, AnswerChange, AuditEntry, Companion, Division, Inspection, Rating


@dataclass(frozen=True)
class Inspected:
    """One inspection with the estate and the people it concerns; `packed` is the sheet frozen at submission.

    `void_reason` is its own, `round_void` its round's; `second_of` the inspection that it is a blind second look at.
    """

    id: int
    state: str
    period: str
    round: int
    round_id: int
    round_void: str
    void_reason: str
    second_of: int | None
    due_on: date
    held_on: date | None
    started_at: datetime | None
    submitted_at: datetime | None
    reviewed_at: datetime | None
    remark: str
    edition: str
    digest: str
    score: int | None
    packed: bytes | None
    estate_id: int
    estate_code: str
    estate: str
    street: str
    community: str
    address: str
    contact: str
    phone: str
    inspector_id: int
    inspector: str
    reviewer: str | None

    @property
    def subject(self) -> str:
        """How the audit trail calls it."""
        return f"inspection:{self.id}"

    @property
    def void(self) -> str:
        """Why it does not count, itself or its whole round; empty while it does."""
        return self.void_reason or self.round_void


class Said(msgspec.Struct, frozen=True):
    """What an answer said at one moment: the part of it that its history keeps."""

    value: int | None = None
    reasons: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Given:
    """An answer as it stands; `value` is the code of `domain.items`, None while open."""

    value: int | None = None
    reasons: tuple[str, ...] = ()
    note: str = ""
    review_remark: str = ""
    saved_at: datetime | None = None
    saved_by: str = ""
    version: int = 0

    @property
    def said(self) -> Said:
        """What it says."""
        return Said(self.value, self.reasons, self.note)


@dataclass(frozen=True)
class Change:
    """One save of one answer; `reason` is empty unless it was not typed by itself."""

    item: str
    at: datetime
    person: str
    old: Said | None
    new: Said
    reason: str


@dataclass(frozen=True)
class LastStar:
    """The latest published stars of an estate, or the code of what it was awarded instead of them."""

    period: str
    edition: str
    stars: Stars | None
    award: str


@dataclass(frozen=True)
class Held:
    """What decides whether somebody may go on entering: read again inside the transaction of every save."""

    state: str
    void: str
    started_at: datetime | None
    inspector_id: int
    inspector: str


@dataclass(frozen=True)
class Move:
    """One step of an inspection, from the audit trail; `to` is the state that it led to, `remark` what was said."""

    at: datetime
    person: str
    deed: str
    to: str
    remark: str
    items: tuple[str, ...]


@dataclass(frozen=True)
class Wanted:
    """Which inspections a list shows; empty fields ask nothing."""

    period: str
    street: str = ""
    round: int | None = None
    estate: str = ""


FIRST_LOOK = Inspection.second_of.is_null()  # what counts and is listed; the others are `store.second_looks`'
HEAD = (
    Inspection.id, Inspection.state, Inspection.round.period.as_alias("period"),
    Inspection.round.number.as_alias("round"), Inspection.round.id.as_alias("round_id"),
    Inspection.round.void_reason.as_alias("round_void"), Inspection.void_reason, Inspection.second_of,
    Inspection.due_on, Inspection.held_on, Inspection.started_at, Inspection.submitted_at, Inspection.reviewed_at,
    Inspection.remark, Inspection.edition, Inspection.digest, Inspection.score,
    Inspection.estate.id.as_alias("estate_id"), Inspection.estate.code.as_alias("estate_code"),
    Inspection.estate.name.as_alias("estate"), Inspection.estate.street.as_alias("street"),
    Inspection.estate.community.as_alias("community"), Inspection.estate.address.as_alias("address"),
    Inspection.estate.contact.as_alias("contact"),
    Inspection.estate.phone.as_alias("phone"), Inspection.inspector.id.as_alias("inspector_id"),
    Inspection.inspector.name.as_alias("inspector"), Inspection.reviewer.name.as_alias("reviewer"),
)  # fmt: skip


async def fetch(inspection: int, scope: Scope) -> Inspected | None:
    """Return one inspection, or None where there is none in `scope`."""
    row = await (
        Inspection.select(*HEAD, Inspection.answers.as_alias("packed"))
        .where((Inspection.id == inspection) & inspections_in(scope))
        .first()
    )
    return Inspected(**row) if row else None


async def held(inspection: int, scope: Scope) -> Held | None:
    """Return how one inspection stands, or None where there is none in `scope`: half the time of `fetch`."""
    row = await (
        Inspection.select(
            Inspection.state, Inspection.void_reason.as_alias("void"), Inspection.round.void_reason.as_alias("whole"),
            Inspection.started_at, Inspection.inspector.as_alias("inspector_id"),
            Inspection.inspector.name.as_alias("inspector"),
        )
        .where((Inspection.id == inspection) & of_estates_in(scope, Inspection.estate))
        .first()
    )  # fmt: skip
    if row is None:
        return None
    whole = row.pop("whole")
    return Held(**{**row, "void": row["void"] or whole})


async def assigned(inspector: int, states: Collection[str]) -> list[Inspected]:
    """Return the inspections in these states that a person leads or enters along with the lead, the most urgent first.

    Void ones are nobody's task.
    """
    along = Companion.select(Companion.inspection).where(Companion.person == inspector)
    mine: Condition = (Inspection.inspector == inspector) | Inspection.id.is_in(along)
    counts = (Inspection.void_reason == "") & (Inspection.round.void_reason == "")
    return await _heads(mine & Inspection.state.is_in(list(states)) & counts)


async def listed(wanted: Wanted, scope: Scope) -> list[Inspected]:
    """Return the inspections of one period in `scope`, by due day and estate; blind second looks are not among them."""
    condition: Condition = (Inspection.round.period == wanted.period) & inspections_in(scope) & FIRST_LOOK
    if wanted.street:
        condition &= Inspection.estate.street == wanted.street
    if wanted.round is not None:
        condition &= Inspection.round.number == wanted.round
    if wanted.estate:
        condition &= Inspection.estate.name.like(f"%{wanted.estate}%") | (Inspection.estate.code == wanted.estate)
    return await _heads(condition)


async def _heads(condition: Condition) -> list[Inspected]:
    rows = await Inspection.select(*HEAD).where(condition).order_by(Inspection.due_on, Inspection.id)
    return [Inspected(**row, packed=None) for row in rows]


async def street_name(code: str) -> str:
    """Return the name of a street; its code where the divisions do not know it."""
    row = await Division.select(Division.name).where(Division.code == code).first()
    return row["name"] if row else code


async def ground(estate: int, period: Period) -> pl.DataFrame:
    """Return the one row of register facts by which it is decided which items apply to an estate.

    What the register says is read every time; what it comes to is worked out only when it says something else.
    """
    return _ground(await frames.known_of(estate), period)


@lru_cache(maxsize=1024)
def _ground(known: frames.Known, period: Period) -> pl.DataFrame:
    return _facts(frames.register_of(known), period)


async def grounds(period: Period) -> pl.DataFrame:
    """Return the register facts of every estate, a row each, with `estate_id`."""
    return _facts(await frames.register_frames(period), period)


def _facts(register: frames.Register, period: Period) -> pl.DataFrame:
    return register_facts(register.estates, register.tenures, register.parties, period)


async def answers(inspection: int) -> dict[str, Given]:
    """Return the answers of an inspection by item; items never touched are absent."""
    return await _given(Answer.inspection == inspection)


async def _given(condition: Condition) -> dict[str, Given]:
    rows = await Answer.select(
        Answer.item, Answer.value, Answer.reasons, Answer.note, Answer.review_remark, Answer.saved_at,
        Answer.saved_by.name.as_alias("saved_by"), Answer.version,
    ).where(condition)  # fmt: skip
    return {
        row.pop("item"): Given(**{**row, "reasons": msgspec.json.decode(row["reasons"], type=tuple[str, ...])})
        for row in rows
    }


async def answer(inspection: int, item: str) -> Given | None:
    """Return one answer, or None where the item was never touched."""
    return (await _given((Answer.inspection == inspection) & (Answer.item == item))).get(item)


async def answered(inspections: Collection[int]) -> dict[int, int]:
    """Return how many items of each inspection have an answer."""
    if not inspections:
        return {}
    rows = await (
        Answer.select(Answer.inspection, Count(Answer.id, alias="held"))
        .where(Answer.inspection.is_in(list(inspections)) & Answer.value.is_not_null())
        .group_by(Answer.inspection)
    )
    return {row["inspection"]: row["held"] for row in rows}


async def previous(here: Inspected, states: Collection[str]) -> Inspected | None:
    """Return the estate's latest inspection before this one that is in one of `states`, counts and is not void."""
    opened = Inspection.round
    earlier = (opened.period < here.period) | ((opened.period == here.period) & (opened.number < here.round))
    earlier &= FIRST_LOOK & (Inspection.void_reason == "") & (opened.void_reason == "")
    row = await (
        Inspection.select(*HEAD, Inspection.answers.as_alias("packed"))
        .where((Inspection.estate == here.estate_id) & Inspection.state.is_in(list(states)) & earlier)
        .order_by(opened.period, opened.number, ascending=False)
        .first()
    )
    return Inspected(**row) if row else None


def unpacked(packed: bytes | None, codes: Iterable[str]) -> dict[str, int | None]:
    """Return the values of a frozen sheet by item; nothing where there is none or it is of another edition."""
    codes = list(codes)
    values = [] if packed is None else frames.unpack_sheet(packed)
    return dict(zip(codes, values, strict=True)) if len(values) == len(codes) else {}


async def changes(inspection: int, item: str | None = None) -> list[Change]:
    """Return the saves of one answer, or of all answers of an inspection, the latest first."""
    condition: Condition = AnswerChange.inspection == inspection
    if item is not None:
        condition &= AnswerChange.item == item
    rows = await (
        AnswerChange.select(
            AnswerChange.item, AnswerChange.at, AnswerChange.person.name.as_alias("person"), AnswerChange.old,
            AnswerChange.new, AnswerChange.reason,
        )
        .where(condition)
        .order_by(AnswerChange.id, ascending=False)
    )  # fmt: skip
    return [_change(row) for row in rows]


def _change(row: Mapping[str, Any]) -> Change:
    old = None if row["old"] is None else msgspec.json.decode(row["old"], type=Said)
    new = msgspec.json.decode(row["new"], type=Said)
    return Change(row["item"], row["at"], row["person"], old, new, row["reason"])


async def marked(inspection: int, reason: str) -> set[tuple[str, datetime]]:
    """Return item and moment of the saves that carry `reason`."""
    rows = await AnswerChange.select(AnswerChange.item, AnswerChange.at).where(
        (AnswerChange.inspection == inspection) & (AnswerChange.reason == reason)
    )
    return {(row["item"], row["at"]) for row in rows}


async def why_saved(inspection: int, reasons: Collection[str]) -> dict[tuple[str, datetime], str]:
    """Return by item and moment why a save was made, of those that carry one of `reasons`."""
    rows = await AnswerChange.select(AnswerChange.item, AnswerChange.at, AnswerChange.reason).where(
        (AnswerChange.inspection == inspection) & AnswerChange.reason.is_in(list(reasons))
    )
    return {(row["item"], row["at"]): row["reason"] for row in rows}


async def last_stars(estates: Collection[int]) -> dict[int, LastStar]:
    """Return the latest published star of each estate; those never rated are absent."""
    if not estates:
        return {}
    rows = await (
        Rating.select(
            Rating.estate, Rating.stars, Rating.half, Rating.grade, Rating.not_rated,
            Rating.run.period.as_alias("period"), Rating.run.edition.as_alias("edition"),
        )
        .where(Rating.estate.is_in(list(estates)) & (Rating.run.state == "published"))
        .order_by(Rating.run.period)
    )  # fmt: skip
    return {
        row["estate"]: LastStar(
            row["period"], row["edition"], row["stars"], code_of(row["stars"], row["grade"], row["not_rated"])
        )
        for row in map(starred, rows)
    }


async def moves(inspection: int, deeds: Collection[str]) -> list[Move]:
    """Return the steps of an inspection in their order."""
    rows = await (
        AuditEntry.select(AuditEntry.at, AuditEntry.name, AuditEntry.deed, AuditEntry.details)
        .where((AuditEntry.subject == f"inspection:{inspection}") & AuditEntry.deed.is_in(list(deeds)))
        .order_by(AuditEntry.id)
    )
    return [_move(row) for row in rows]


def _move(row: Mapping[str, Any]) -> Move:
    details = msgspec.json.decode(row["details"])
    remark = details.get("remark") or details.get("reason", "")
    return Move(row["at"], row["name"], row["deed"], details.get("to", ""), remark, tuple(details.get("items", ())))


async def hold(inspection: int) -> None:
    """Let nobody else change this inspection until the transaction ends (on SQLite nobody can anyway)."""
    await Inspection.update({Inspection.state: Inspection.state}).where(Inspection.id == inspection)


async def write(inspection: int, item: str, before: Given | None, said: Said, *, person: int, at: datetime,
                reason: str = "") -> None:  # fmt: skip
    """Write one answer and its history; `before` is the answer as read in the same transaction."""
    fields: dict[Any, Any] = {
        Answer.value: said.value,
        Answer.reasons: msgspec.json.encode(said.reasons).decode(),
        Answer.note: said.note,
        Answer.saved_by: person,
        Answer.saved_at: at,
    }
    if before is None:
        await Answer.insert(Answer({**fields, Answer.inspection: inspection, Answer.item: item}))
    else:
        fields[Answer.version] = before.version + 1
        await Answer.update(fields).where((Answer.inspection == inspection) & (Answer.item == item))
    old = None if before is None else msgspec.json.encode(before.said).decode()
    new = msgspec.json.encode(said).decode()
    await AnswerChange.insert(
        AnswerChange(inspection=inspection, item=item, at=at, person=person, old=old, new=new, reason=reason)
    )


async def begin(inspection: int, at: datetime) -> None:
    """Note when the first answer came in."""
    await Inspection.update({Inspection.started_at: at}).where(
        (Inspection.id == inspection) & Inspection.started_at.is_null()
    )


async def scored_by(inspection: int) -> set[int]:
    """Return everybody who has entered an answer, who leads the inspection, and who came along."""
    rows = await AnswerChange.select(AnswerChange.person).distinct().where(AnswerChange.inspection == inspection)
    lead = await Inspection.select(Inspection.inspector).where(Inspection.id == inspection)
    along = await Companion.select(Companion.person).where(Companion.inspection == inspection)
    return {row["person"] for row in (*rows, *along)} | {row["inspector"] for row in lead}


async def freeze(
    here: Inspected, state: str, *, held_on: date, at: datetime, edition: tuple[str, str], score: int, packed: bytes
) -> None:
    """Keep the sheet as it is handed in, with its score and the edition (name, digest) that it was scored under."""
    await Inspection.update(
        {
            Inspection.state: state,
            Inspection.held_on: here.held_on or held_on,
            Inspection.submitted_at: at,
            Inspection.edition: edition[0],
            Inspection.digest: edition[1],
            Inspection.score: score,
            Inspection.answers: packed,
        }
    ).where(Inspection.id == here.id)


async def freeze_anew(inspection: int, *, score: int, packed: bytes) -> None:
    """Keep the sheet as it was amended after it was handed in; edition and time of submission stay."""
    await Inspection.update({Inspection.score: score, Inspection.answers: packed}).where(Inspection.id == inspection)


async def decide(inspection: int, *, state: str, reviewer: int, at: datetime, remark: str) -> None:
    """Write what the reviewer decided about the whole."""
    await Inspection.update(
        {
            Inspection.state: state,
            Inspection.reviewer: reviewer,
            Inspection.reviewed_at: at,
            Inspection.remark: remark,
        }
    ).where(Inspection.id == inspection)


async def set_void(inspection: int, reason: str) -> None:
    """Write why an inspection does not count; an empty reason takes that back."""
    await Inspection.update({Inspection.void_reason: reason}).where(Inspection.id == inspection)


async def remark(inspection: int, remarks: Mapping[str, str]) -> None:
    """Write the reviewer's remark at each of these items and take away those at all others."""
    await Answer.update({Answer.review_remark: ""}).where(Answer.inspection == inspection)
    for item, text in remarks.items():
        await Answer.update({Answer.review_remark: text}).where(
            (Answer.inspection == inspection) & (Answer.item == item)
        )
