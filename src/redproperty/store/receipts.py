"""Receipts: what a deed sent from a phone wrote, so that one sent again is answered as it was the first time."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from redproperty.store.tables import Receipt

Written = Mapping[str, tuple[int, int]]  # item: its version before and now


async def find(person: int, key: str) -> Written | None:
    """Return what the person's deed under `key` wrote, or None where it has not been done; no key is never found."""
    if not key:
        return None
    row = await Receipt.select(Receipt.written).where((Receipt.person == person) & (Receipt.key == key)).first()
    return msgspec.json.decode(row["written"], type=dict[str, tuple[int, int]]) if row else None


async def keep(person: int, key: str, inspection: int, written: Written, at: datetime) -> None:
    """Keep what a deed wrote, in the transaction of the deed; without a key there is nothing to keep."""
    if key:
        text = msgspec.json.encode(written).decode()
        await Receipt.insert(Receipt(person=person, key=key, inspection=inspection, written=text, at=at))
