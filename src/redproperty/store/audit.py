"""The audit trail: entries that are only added, each sealed with the hash of the one before it."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
from piccolo.columns.combination import And, Or, Where, WhereRaw

from redproperty.domain.access import Actor
from redproperty.store.tables import AuditEntry

Condition = Where | WhereRaw | And | Or
FIRST = "0" * 64


def seal(previous: str, entry: Mapping[str, Any]) -> str:
    """Return the SHA-256 over the previous seal and the entry's own words, times in UTC with microseconds."""
    words = {name: entry[name] for name in ("person", "name", "role", "deed", "subject", "street", "details")}
    words["at"] = entry["at"].astimezone(UTC).isoformat(timespec="microseconds")
    return hashlib.sha256(previous.encode() + msgspec.json.encode(words, order="sorted")).hexdigest()


async def add(actor: Actor, deed: str, subject: str, *, at: datetime, details: Mapping[str, Any]) -> None:
    """Add one entry at the end of the chain; must run inside the transaction of the deed."""
    last = await AuditEntry.select(AuditEntry.digest).order_by(AuditEntry.id, ascending=False).first()
    previous = last["digest"] if last else FIRST
    entry: dict[str, Any] = {
        "at": at,
        "person": actor.id,
        "name": actor.name,
        "role": actor.role.value,
        "deed": deed,
        "subject": subject,
        "street": actor.street,
        "details": msgspec.json.encode(details, order="sorted").decode(),
    }
    await AuditEntry.insert(AuditEntry(**entry, previous=previous, digest=seal(previous, entry)))


@dataclass(frozen=True)
class Wanted:
    """Which entries a list shows; empty fields do not matter. `who` and `about` are parts of a name or subject."""

    who: str = ""
    deed: str = ""
    about: str = ""
    since: datetime | None = None
    before: datetime | None = None


@dataclass(frozen=True)
class Entry:
    """One entry as it stands; `details` is what the deed noted of itself."""

    id: int
    at: datetime
    name: str
    role: str
    deed: str
    subject: str
    street: str | None
    details: dict[str, Any]
    digest: str


@dataclass(frozen=True)
class Chain:
    """The state of the whole chain; `broken` is the first entry whose seal does not hold, `head` the last seal."""

    entries: int
    broken: int | None
    head: str


PAGE = 50
_BATCH = 2000
_COLUMNS = (
    AuditEntry.id, AuditEntry.at, AuditEntry.name, AuditEntry.role, AuditEntry.deed, AuditEntry.subject,
    AuditEntry.street, AuditEntry.details, AuditEntry.digest,
)  # fmt: skip


async def page(wanted: Wanted, *, number: int = 1) -> list[Entry]:
    """Return one page of `PAGE` entries, counted from 1, the latest first."""
    query = AuditEntry.select(*_COLUMNS).where(_condition(wanted)).order_by(AuditEntry.id, ascending=False)
    return [_entry(row) for row in await query.limit(PAGE).offset((max(number, 1) - 1) * PAGE)]


async def every(wanted: Wanted) -> list[Entry]:
    """Return all entries that are wanted, the latest first, for an export."""
    query = AuditEntry.select(*_COLUMNS).where(_condition(wanted)).order_by(AuditEntry.id, ascending=False)
    return [_entry(row) for row in await query]


async def count(wanted: Wanted) -> int:
    """Return how many entries are wanted."""
    return int(await AuditEntry.count().where(_condition(wanted)))


def _condition(wanted: Wanted) -> Condition:
    condition: Condition = WhereRaw("1 = 1")
    if wanted.who:
        condition &= WhereRaw("name LIKE {} ESCAPE '!'", f"%{_escaped(wanted.who)}%")
    if wanted.about:
        condition &= WhereRaw("LOWER(subject) LIKE {} ESCAPE '!'", f"%{_escaped(wanted.about.lower())}%")
    if wanted.deed:
        condition &= AuditEntry.deed == wanted.deed
    if wanted.since is not None:
        condition &= AuditEntry.at >= wanted.since
    if wanted.before is not None:
        condition &= AuditEntry.at < wanted.before
    return condition


def _escaped(words: str) -> str:
    return words.replace("!", "!!").replace("%", "!%").replace("_", "!_")


def _entry(row: dict[str, Any]) -> Entry:
    return Entry(**{**row, "details": msgspec.json.decode(row["details"])})


async def latest(*, but: Collection[str]) -> int:
    """Return the number of the last entry of a deed other than `but`; while it stays, nothing else was done."""
    query = AuditEntry.select(AuditEntry.id).where(AuditEntry.deed.not_in(list(but)))
    row = await query.order_by(AuditEntry.id, ascending=False).first()
    return int(row["id"]) if row else 0


async def verify() -> Chain:
    """Recompute every seal from the first entry on, in batches, and say how far the chain holds."""
    previous, entries, last = FIRST, 0, 0
    while batch := await AuditEntry.select().where(AuditEntry.id > last).order_by(AuditEntry.id).limit(_BATCH):
        for entry in batch:
            if entry["previous"] != previous or entry["digest"] != seal(previous, entry):
                return Chain(entries, int(entry["id"]), previous)
            previous, last = entry["digest"], entry["id"]
            entries += 1
    return Chain(entries, None, previous)


async def first_broken() -> int | None:
    """Return the id of the first entry whose seal does not hold, or None when the whole chain does."""
    return (await verify()).broken
