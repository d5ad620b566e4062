"""Publications of editions: who proposed which files, who put them in force, and when."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from piccolo.columns import Column

from redproperty.domain.publications import State
from redproperty.store.tables import EditionPublication as Row


@dataclass(frozen=True)
class Publication:
    """One proposal and what came of it; without a proposer: put in force when the record was set up."""

    id: int
    edition: str
    digest: str
    document: str
    note: str
    state: State
    proposed_by: int | None
    proposed_by_name: str | None
    proposed_at: datetime
    decided_by: int | None
    decided_by_name: str | None
    decided_at: datetime | None
    remark: str

    @property
    def at_set_up(self) -> bool:
        """Whether nobody proposed it: the record was set up with this edition."""
        return self.proposed_by is None


_COLUMNS = (
    Row.id, Row.edition, Row.digest, Row.document, Row.note, Row.state, Row.proposed_by,
    Row.proposed_by.name.as_alias("proposed_by_name"), Row.proposed_at, Row.decided_by,
    Row.decided_by.name.as_alias("decided_by_name"), Row.decided_at, Row.remark,
)  # fmt: skip


async def publications(edition: str | None = None) -> list[Publication]:
    """Return all publications, or those of one edition, the latest first."""
    query = Row.select(*_COLUMNS).order_by(Row.id, ascending=False)
    if edition is not None:
        query = query.where(Row.edition == edition)
    return [Publication(**{**row, "state": State(row["state"])}) for row in await query]


async def published() -> dict[str, str]:
    """Return the digest that is in force of every edition."""
    rows = await Row.select(Row.edition, Row.digest).where(Row.state == State.PUBLISHED.value)
    return {row["edition"]: row["digest"] for row in rows}


async def any_at_all() -> bool:
    """Whether anything was ever proposed or put in force."""
    return await Row.exists()


async def propose(edition: str, digest: str, *, document: str, note: str, by: int, at: datetime) -> int:
    """Keep a proposal in place of one that still waits, and return its id."""
    waits = (Row.edition == edition) & (Row.state == State.PROPOSED.value)
    await Row.update({Row.state: State.WITHDRAWN.value, Row.decided_at: at}).where(waits)
    row = Row(
        edition=edition, digest=digest, document=document, note=note, state=State.PROPOSED.value, proposed_by=by,
        proposed_at=at,
    )  # fmt: skip
    return int((await Row.insert(row))[0]["id"])


async def adopt(edition: str, digest: str, *, document: str, at: datetime) -> None:
    """Keep that an edition was in force when the record was set up."""
    row = Row(
        edition=edition, digest=digest, document=document, state=State.PUBLISHED.value, proposed_at=at, decided_at=at
    )
    await Row.insert(row)


async def decide(publication: Publication, state: State, *, by: int, at: datetime, remark: str) -> None:
    """Put a proposal in force in place of the one before, or send it back."""
    if state is State.PUBLISHED:
        holds = (Row.edition == publication.edition) & (Row.state == State.PUBLISHED.value)
        await Row.update({Row.state: State.SUPERSEDED.value}).where(holds)
    values: dict[Column | str, Any] = {
        Row.state: state.value,
        Row.decided_by: by,
        Row.decided_at: at,
        Row.remark: remark,
    }
    await Row.update(values).where(Row.id == publication.id)
