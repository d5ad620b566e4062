"""The audit trail: chained, and the first broken entry is named."""

import pytest

import district
from redproperty.actions.acting import acting
from redproperty.domain.access import Deed
from redproperty.domain.texts import Refused
from redproperty.store import audit
from redproperty.store.engine import Postgres, run
from redproperty.store.tables import AuditEntry

pytestmark = pytest.mark.both


async def _three(actor) -> None:
    for number in range(3):
        async with acting(actor, Deed.EDIT_ESTATES, f"estate:QX-000{number}", at=district.NOW) as details:
            details["number"] = number


async def test_the_chain_holds_from_the_first_entry(record):
    await _three(await district.actor("district"))
    assert await audit.first_broken() is None
    assert await AuditEntry.count() == 3


async def test_the_first_broken_entry_is_named(record):
    await _three(await district.actor("district"))
    await run(
        record, "DROP TRIGGER audit_entry_no_update" + (" ON audit_entry" if isinstance(record, Postgres) else "")
    )
    await run(record, "UPDATE audit_entry SET details = {} WHERE id = 2", '{"number":7}')
    assert await audit.first_broken() == 2


async def test_a_refusal_is_in_the_trail_and_nothing_else_happens(record):
    with pytest.raises(Refused, match="不能"):
        async with acting(await district.actor("auditor"), Deed.EDIT_ESTATES, "estate:QX-0001", at=district.NOW):
            pytest.fail("the block must not run")
    entries = await AuditEntry.select(AuditEntry.deed, AuditEntry.details)
    assert [entry["deed"] for entry in entries] == ["refused"]
    assert "edit_estates" in entries[0]["details"]


async def test_a_deed_that_fails_leaves_no_entry(record):
    with pytest.raises(ZeroDivisionError):
        async with acting(await district.actor("district"), Deed.EDIT_ESTATES, "estate:QX-0001", at=district.NOW):
            raise ZeroDivisionError
    assert await AuditEntry.count() == 0
