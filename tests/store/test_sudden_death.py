"""A server that is killed in the middle of entry has kept every field that it acknowledged, and none of them twice.

It is the server that dies, not the database beside it: PostgreSQL lives on, SQLite dies with its process.
"""

import asyncio
import re
from collections import Counter
from pathlib import Path

import httpx
import msgspec
import pytest

import district
import inspecting
from inspecting import PACK
from redproperty.store.engine import SQLite, engine_for, opened, run
from redproperty.store.schema import bind, migrate
from redproperty.store.tables import Answer, AnswerChange, Companion, Person
from serving import Server

pytestmark = pytest.mark.both
CLIENTS = 20
SAVES_BEFORE_THE_END = 60
ITEMS = [item.code for item in PACK.sheet.items if item.applies is None][:CLIENTS]
WRITERS = ("inspector.xl", "inspector2.xl")


@pytest.fixture
async def server(database):
    """A server on the small district in which 林检 comes along with 李巡."""
    async with opened(engine_for(database)) as engine:
        bind(engine)
        await migrate(engine)
        await district.build()
        running = Server(database if "://" in database else Path(database), await inspecting.plan())
        people = {row["login"]: row["id"] for row in await Person.select(Person.id, Person.login)}
        lead, along = (people[login] for login in WRITERS)
        await Companion.insert(
            Companion(inspection=running.inspections["open"], person=along, named_by=lead, named_at=district.NOW)
        )
    running.start()
    yield running
    running.stop()


async def signed_in(base: str, login: str) -> httpx.AsyncClient:
    client = httpx.AsyncClient(base_url=base, timeout=20)
    page = await client.get("/sign-in")
    form = {"login": login, "password": district.PASSWORD, "_csrf_token": token(page.text)}
    assert (await client.post("/sign-in", data=form)).status_code == 303
    page = await client.get("/password")
    client.headers.update({"x-csrftoken": token(page.text), "hx-request": "true"})
    return client


def of(person: httpx.AsyncClient, base: str) -> httpx.AsyncClient:
    """Return another window of a person: a connection of its own, the same session."""
    return httpx.AsyncClient(base_url=base, timeout=20, cookies=person.cookies, headers=person.headers)


def token(page: str) -> str:
    found = re.search(r'name="_csrf_token" value="([^"]+)"', page)
    assert found is not None
    return found[1]


class Pen:
    """One client that saves its item over and over, each time with a note of its own, until nobody answers."""

    def __init__(self, client: httpx.AsyncClient, path: str, item: str) -> None:
        self.client, self.path, self.item = client, path, item
        self.sent: list[str] = []
        self.kept: list[str] = []

    async def write(self, tally: list[str], enough: asyncio.Event) -> None:
        for number in range(10_000):
            note = f"{self.item} #{number}"
            self.sent.append(note)
            try:
                answer = await self.client.post(f"{self.path}/{self.item}", data={"note": note})
            except httpx.TransportError:
                return
            assert answer.status_code == 200, answer.text
            self.kept.append(note)
            tally.append(note)
            if len(tally) >= SAVES_BEFORE_THE_END:
                enough.set()


async def found(database: str, inspection: int) -> tuple[list[tuple[str, str]], Counter[str]]:
    """Return item and note of every answer in the record, and how often each note stands in the history."""
    async with opened(engine_for(database)) as engine:
        bind(engine)
        if isinstance(engine, SQLite):
            assert await run(engine, "PRAGMA integrity_check") == [{"integrity_check": "ok"}]
        rows = await Answer.select(Answer.item, Answer.note).where(Answer.inspection == inspection)
        changes = await AnswerChange.select(AnswerChange.new).where(AnswerChange.inspection == inspection)
    notes = Counter(msgspec.json.decode(row["new"])["note"] for row in changes)
    return [(row["item"], row["note"]) for row in rows], notes


async def test_no_acknowledged_field_is_lost_and_none_is_there_twice(server, database):
    inspection = server.inspections["open"]
    path = f"/inspections/{inspection}/answers"
    people = [await signed_in(server.base, login) for login in WRITERS]
    clients = [of(people[index % 2], server.base) for index in range(CLIENTS)]
    pens = [Pen(client, path, item) for client, item in zip(clients, ITEMS, strict=True)]
    tally: list[str] = []
    enough = asyncio.Event()
    writing = [asyncio.create_task(pen.write(tally, enough)) for pen in pens]
    await asyncio.wait_for(enough.wait(), timeout=60)
    server.kill()
    await asyncio.gather(*writing)
    for client in (*people, *clients):
        await client.aclose()

    server.start()  # the record opens again by itself
    stands, history = await found(database, inspection)
    assert len(stands) == len(dict(stands))
    for pen in pens:
        assert all(history[note] == 1 for note in pen.kept), pen.item
        # what stands is the last acknowledged, or the one whose answer the end swallowed
        assert not pen.kept or dict(stands)[pen.item] in {pen.kept[-1], pen.sent[-1]}, pen.item
    assert max(history.values()) == 1
    assert set(history) <= {note for pen in pens for note in pen.sent}
