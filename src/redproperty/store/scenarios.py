"""What-ifs: changed files of an edition, to be tried on a period; nothing that holds ever reads them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from redproperty.domain.periods import Period
from redproperty.store.tables import Scenario as Row


@dataclass(frozen=True)
class Head:
    """What a what-if is called, what it is tried on, and what there is to spend (fen; none: no budget named)."""

    title: str
    period: str
    edition: str
    budget_fen: int | None


@dataclass(frozen=True)
class Scenario:
    """One what-if. `texts` has the changed files by name, whole; `version` counts the changes."""

    number: str
    title: str
    period: str
    edition: str
    digest: str  # of the edition when it was copied
    budget_fen: int | None
    texts: Mapping[str, str]
    version: int
    made_by: int
    made_by_name: str
    made_at: datetime
    changed_at: datetime
    archived: bool


_COLUMNS = (
    Row.number, Row.title, Row.period, Row.edition, Row.digest, Row.budget_fen, Row.texts, Row.version, Row.made_by,
    Row.made_by.name.as_alias("made_by_name"), Row.made_at, Row.changed_at, Row.archived,
)  # fmt: skip


def _read(row: Mapping[str, Any]) -> Scenario:
    return Scenario(**{**row, "texts": msgspec.json.decode(row["texts"], type=dict[str, str])})


async def scenarios() -> list[Scenario]:
    """Return all of them, the latest change first."""
    rows = await Row.select(*_COLUMNS).order_by(Row.changed_at, Row.id, ascending=False)
    return [_read(row) for row in rows]


async def scenario(number: str) -> Scenario | None:
    """Return one by its number."""
    row = await Row.select(*_COLUMNS).where(Row.number == number).first()
    return None if row is None else _read(row)


async def add(head: Head, digest: str, texts: Mapping[str, str], *, by: int, at: datetime) -> str:
    """Keep a new one and return its number."""
    count = await Row.count().where(Row.period == head.period)
    number = f"CS-{Period.parse(head.period).code}-{count + 1:02d}"
    row = Row(
        number=number, title=head.title, period=head.period, edition=head.edition, digest=digest,
        budget_fen=head.budget_fen, texts=_written(texts), made_by=by, made_at=at, changed_at=at,
    )  # fmt: skip
    await Row.insert(row)
    return number


async def revise(was: Scenario, *, title: str, budget_fen: int | None, texts: Mapping[str, str], at: datetime) -> None:
    """Keep another title, budget and texts, as the next version."""
    new = {Row.title: title, Row.budget_fen: budget_fen, Row.texts: _written(texts)}
    await _change(was.number, {**new, Row.version: was.version + 1, Row.changed_at: at})


async def shelve(number: str, *, archived: bool) -> None:
    """Put one into the archive, or take it out."""
    await _change(number, {Row.archived: archived})


async def _change(number: str, values: Mapping[Any, Any]) -> None:
    await Row.update(dict(values)).where(Row.number == number)


def _written(texts: Mapping[str, str]) -> str:
    return msgspec.json.encode(dict(sorted(texts.items()))).decode()
