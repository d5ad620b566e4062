"""How every deed is done: one actor allowed to do it, one transaction, one audit entry."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from redproperty.domain.access import Actor, Deed, Subject, may
from redproperty.domain.texts import Refused, Text
from redproperty.store import audit
from redproperty.store.schema import Clash, transaction

CLASH = Text(
    "刚才有人做了同样的事，您的操作没有保存。请刷新页面查看现状后再试。",
    "Someone has just done the same thing; yours was not saved. Reload the page, look, and try again.",
)
Details = dict[str, Any]


@asynccontextmanager
async def acting(
    actor: Actor, deed: Deed, about: str, *, at: datetime, subject: Subject | None = None
) -> AsyncIterator[Details]:
    """Open the one transaction of a deed; what the block puts into the yielded dict stands in its audit entry.

    `about` names the subject for the trail ("estate:QX-0001"). A refusal is written to the trail too, in a transaction
    of its own.

    Raises:
        Refused: the actor may not do it, or someone else has just done it.
    """
    if (refusal := may(actor, deed, subject)) is not None:
        await refuse(actor, deed, about, at=at, why=refusal)
    details: Details = {}
    try:
        async with transaction():
            yield details
            await audit.add(actor, deed.value, about, at=at, details=details)
    except Clash as clash:
        raise Refused(CLASH) from clash


async def refuse(actor: Actor, deed: Deed, about: str, *, at: datetime, why: Text) -> None:
    """Write a refusal to the trail and raise it.

    Raises:
        Refused: always.
    """
    async with transaction():
        await audit.add(actor, "refused", about, at=at, details={"deed": deed.value, "why": why.zh})
    raise Refused(why)
