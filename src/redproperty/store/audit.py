"""The audit trail: entries that are only added, each sealed with the hash of the one before it."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from redproperty.domain.access import Actor
from redproperty.store.engine import Postgres
from redproperty.store.schema import bound, run
from redproperty.store.tables import AuditEntry

FIRST = "0" * 64
LOCK = 7_320_113  # any fixed number: one writer of the chain at a time on PostgreSQL


def seal(previous: str, entry: Mapping[str, Any]) -> str:
    """Return the SHA-256 over the previous seal and the entry's own words, times in UTC with microseconds."""
    words = {name: entry[name] for name in ("person", "name", "role", "deed", "subject", "street", "details")}
    words["at"] = entry["at"].astimezone(UTC).isoformat(timespec="microseconds")
    return hashlib.sha256(previous.encode() + msgspec.json.encode(words, order="sorted")).hexdigest()


async def add(actor: Actor, deed: str, subject: str, *, at: datetime, details: Mapping[str, Any]) -> None:
    """Add one entry at the end of the chain; must run inside the transaction of the deed."""
    if isinstance(engine := bound(), Postgres):
        await run(engine, "SELECT pg_advisory_xact_lock({})", LOCK)
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


async def first_broken() -> int | None:
    """Return the id of the first entry whose seal does not hold, or None when the whole chain does."""
    previous = FIRST
    for entry in await AuditEntry.select().order_by(AuditEntry.id):
        if entry["previous"] != previous or entry["digest"] != seal(previous, entry):
            return int(entry["id"])
        previous = entry["digest"]
    return None
