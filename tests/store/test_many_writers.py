"""Fifty people save at once: what was acknowledged is there once, and nobody overwrites what they did not see."""

import asyncio
from collections.abc import Sequence

import pytest

import district
import inspecting
from inspecting import PACK, PACKS
from redproperty.actions import companions
from redproperty.actions.inspections import Entry, Overtaken, save_answer
from redproperty.domain.access import Actor
from redproperty.store import inspections
from redproperty.store.inspections import Said

pytestmark = pytest.mark.both
WRITERS = 50
OWN = [item.code for item in PACK.sheet.items if item.asked().kind == "count" and item.code != "BJ-01"]
CONTESTED = "BJ-01"


@pytest.fixture
async def visit(record) -> tuple[int, Sequence[Actor]]:
    """An open inspection, its lead and a companion."""
    number = (await inspecting.plan())["open"]
    lead, along = await district.actor("inspector.xl"), await district.actor("inspector2.xl")
    await companions.name(lead, number, along.login, at=district.NOW)
    return number, (lead, along)


async def _note(who: Actor, number: int, item: str, note: str, version: int) -> bool:
    """Save a note over the version that was seen; whether it was acknowledged."""
    try:
        await save_answer(who, number, item, Entry(note=note, version=version), packs=PACKS, at=district.NOW)
    except Overtaken:
        return False
    return True


async def _until_kept(who: Actor, number: int, item: str, note: str) -> None:
    """Write into a field that others want: whoever is overtaken looks at what stands there and writes below it."""
    for _ in range(WRITERS):
        stands = await inspections.answer(number, item)
        seen, version = (stands.note, stands.version) if stands else ("", 0)
        if await _note(who, number, item, f"{seen}\n{note}".strip(), version):
            return
    raise AssertionError(note)


async def test_of_fifty_who_saw_the_same_one_is_taken_and_all_others_are_told(visit):
    number, people = visit
    taken = await asyncio.gather(
        *(_note(people[writer % 2], number, CONTESTED, f"#{writer}", 0) for writer in range(WRITERS))
    )
    assert sum(taken) == 1
    [change] = await inspections.changes(number, CONTESTED)
    assert change.new == Said(None, (), f"#{taken.index(True)}")
    stands = await inspections.answer(number, CONTESTED)
    assert (stands.said, stands.version) == (change.new, 1)


async def test_every_acknowledged_save_is_there_once_and_follows_from_the_one_before(visit):
    number, people = visit
    fields, share = OWN[:5], WRITERS // 5
    await asyncio.gather(
        *(_until_kept(people[n % 2], number, fields[n % 5], f"#{n}") for n in range(WRITERS))
    )  # fmt: skip
    for place, item in enumerate(fields):
        stands = await inspections.answer(number, item)
        assert sorted(stands.note.split("\n")) == sorted(f"#{n}" for n in range(place, WRITERS, 5)), "a lost update"
        assert stands.version == share
        history = (await inspections.changes(number, item))[::-1]
        assert len(history) == share
        assert [change.old for change in history] == [None, *(change.new for change in history[:-1])]


async def test_different_fields_merge(visit):
    number, people = visit
    fields = OWN[:20]
    taken = await asyncio.gather(*(_note(people[n % 2], number, item, item, 0) for n, item in enumerate(fields)))
    assert all(taken)
    assert {item: given.note for item, given in (await inspections.answers(number)).items()} == dict(
        zip(fields, fields, strict=True)
    )
