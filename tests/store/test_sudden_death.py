"""A server that is killed in the middle of entry has kept every field that it acknowledged, and none of them twice."""

import asyncio
import re
import sqlite3
from collections import Counter
from pathlib import Path

import httpx
import pytest

import district
import inspecting
from inspecting import PACK
from redproperty.store.engine import engine_for, opened
from redproperty.store.schema import bind, migrate
from serving import Server

CLIENTS = 12
SAVES_BEFORE_THE_END = 60
ITEMS = [item.code for item in PACK.sheet.items if item.applies is None][: CLIENTS * 2]


@pytest.fixture
async def server(tmp_path: Path):
    place = tmp_path / "record.sqlite3"
    async with opened(engine_for(str(place))) as engine:
        bind(engine)
        await migrate(engine)
        await district.build()
        running = Server(place, await inspecting.plan())
    running.start()
    yield running
    running.stop()


async def signed_in(base: str) -> httpx.AsyncClient:
    client = httpx.AsyncClient(base_url=base, timeout=20)
    page = await client.get("/sign-in")
    form = {"login": "inspector.xl", "password": district.PASSWORD, "_csrf_token": token(page.text)}
    assert (await client.post("/sign-in", data=form)).status_code == 303
    page = await client.get("/password")
    client.headers.update({"x-csrftoken": token(page.text), "hx-request": "true"})
    return client


def token(page: str) -> str:
    found = re.search(r'name="_csrf_token" value="([^"]+)"', page)
    assert found is not None
    return found[1]


class Pen:
    """One client that saves its items over and over, each time with a note of its own, until nobody answers."""

    def __init__(self, client: httpx.AsyncClient, path: str, items: list[str]) -> None:
        self.client, self.path, self.items = client, path, items
        self.sent: dict[str, list[str]] = {item: [] for item in items}
        self.kept: dict[str, list[str]] = {item: [] for item in items}

    async def write(self, tally: list[str], enough: asyncio.Event) -> None:
        for number in range(10_000):
            item = self.items[number % len(self.items)]
            note = f"{item} #{number}"
            self.sent[item].append(note)
            try:
                answer = await self.client.post(f"{self.path}/{item}", data={"note": note})
            except httpx.TransportError:
                return
            assert answer.status_code == 200, answer.text
            self.kept[item].append(note)
            tally.append(note)
            if len(tally) >= SAVES_BEFORE_THE_END:
                enough.set()


async def test_no_acknowledged_field_is_lost_and_none_is_there_twice(server):
    inspection = server.inspections["open"]
    clients = [await signed_in(server.base) for _ in range(CLIENTS)]
    path = f"/inspections/{inspection}/answers"
    pens = [Pen(client, path, ITEMS[index::CLIENTS]) for index, client in enumerate(clients)]
    tally: list[str] = []
    enough = asyncio.Event()
    writing = [asyncio.create_task(pen.write(tally, enough)) for pen in pens]
    await asyncio.wait_for(enough.wait(), timeout=20)
    server.kill()
    await asyncio.gather(*writing)
    for client in clients:
        await client.aclose()

    server.start()  # the record opens again by itself
    record = sqlite3.connect(server.database)
    assert record.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    stands = dict(record.execute("SELECT item, note FROM answer WHERE inspection = ?", (inspection,)))
    rows = record.execute("SELECT COUNT(*) FROM answer WHERE inspection = ?", (inspection,)).fetchone()
    history = Counter(
        note for (note,) in record.execute("SELECT json_extract(new, '$.note') FROM answer_change ORDER BY id")
    )
    record.close()
    assert rows == (len(stands),)
    for pen in pens:
        for item, kept in pen.kept.items():
            assert all(history[note] == 1 for note in kept), item
            # what stands is the last acknowledged, or the one whose answer the end swallowed
            assert not kept or stands[item] in {kept[-1], pen.sent[item][-1]}, item
    assert max(history.values()) == 1
    assert set(history) <= {note for pen in pens for notes in pen.sent.values() for note in notes}
