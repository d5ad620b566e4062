"""Files between their upload and their import: one of a kind waits for the person who brought it, a day at most."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from redproperty.store.scopes import Condition
from redproperty.store.tables import Upload as UploadRow

KEPT: Final = timedelta(days=1)


@dataclass(frozen=True)
class Waiting:
    """A file that waits, without its content."""

    kind: str
    sha256: str
    name: str
    at: datetime


@dataclass(frozen=True)
class Upload(Waiting):
    """A file that waits."""

    content: bytes


async def keep(person: int, upload: Upload) -> None:
    """Let a file wait in place of the one of its kind that this person brought before."""
    await UploadRow.delete().where((UploadRow.person == person) & (UploadRow.kind == upload.kind))
    await UploadRow.insert(UploadRow(person=person, **vars(upload)))


async def find(person: int, kind: str, sha256: str, *, at: datetime) -> Upload | None:
    """Return the file that this person brought, unless its day is over."""
    row = (
        await UploadRow.select(UploadRow.name, UploadRow.content, UploadRow.at)
        .where(_this(person, kind, sha256) & (UploadRow.at > at - KEPT))
        .first()
    )
    return None if row is None else Upload(kind, sha256, row["name"], row["at"], bytes(row["content"]))


async def waiting(person: int, *, at: datetime) -> list[Waiting]:
    """Return what waits for this person, the latest first."""
    rows = (
        await UploadRow.select(UploadRow.kind, UploadRow.sha256, UploadRow.name, UploadRow.at)
        .where((UploadRow.person == person) & (UploadRow.at > at - KEPT))
        .order_by(UploadRow.at, ascending=False)
    )
    return [Waiting(**row) for row in rows]


async def drop(person: int, kind: str, sha256: str) -> None:
    """Forget a file."""
    await UploadRow.delete().where(_this(person, kind, sha256))


async def drop_old(*, at: datetime) -> None:
    """Forget every file whose day is over."""
    await UploadRow.delete().where(UploadRow.at <= at - KEPT)


def _this(person: int, kind: str, sha256: str) -> Condition:
    return (UploadRow.person == person) & (UploadRow.kind == kind) & (UploadRow.sha256 == sha256)
