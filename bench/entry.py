"""How entry feels at the server: fifty inspectors at once, each on a sheet of 120 items, and that sheet as a page.

A real server is started on a made-up record under a made-up edition. Fifty clients, signed in, save one answer every
three seconds or so, as people do who walk; then all of them press at the same moment. Printed are the 50th and the
99th percentile of the way there and back, beside a bare Litestar page that the same clients ask a second server for.
The clients take their share of the two cores. Last the sheet: the time that it takes and the bytes that travel.
"""

import argparse
import asyncio
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from time import perf_counter
from urllib.parse import quote, urlencode

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "bench"), str(ROOT / "tests")]

import made_up
import uvicorn
import yaml
from litestar import Litestar, get

from redproperty.domain.entries import clean_code
from redproperty.domain.packs import Pack
from redproperty.settings import bundled
from redproperty.store import people
from redproperty.store.engine import engine_for, opened
from redproperty.store.frames import pack_sheet
from redproperty.store.rules import editions
from redproperty.store.schema import bind, migrate
from redproperty.store.tables import Division, Estate, Inspection, PartyUnit, Person, Round, Tenure

PEOPLE, ITEMS = 50, 120
THINKING, SECONDS, BURSTS = 3.0, 20.0, 6
PROMISED_SAVE, PROMISED_PAGE, PROMISED_BYTES = 100.0, 50.0, 100_000  # ms, ms, bytes on the way
EDITION = "2026-01-01"
LAST, OPENED = 1, 2  # rounds: the one that is over, the one that is entered
KEPT = 4.0  # seconds that a connection is surely kept
OK = 200


class Plainly(yaml.SafeDumper):
    """Writes decimals as they are, and everything out each time."""

    def ignore_aliases(self, data: object) -> bool:
        """Name nothing, and refer to no name: rules have no anchors."""
        del data
        return True


def _as_written(dumper: yaml.SafeDumper, number: Decimal) -> yaml.Node:
    kind = "int" if number == number.to_integral() else "float"
    return dumper.represent_scalar(f"tag:yaml.org,2002:{kind}", f"{number.normalize():f}")


Plainly.add_representer(Decimal, _as_written)


# ---- the record --------------------------------------------------------------------------------------------------


def grown(place: Path) -> Pack:
    """Write the edition that comes with the product with `ITEMS` items, and return it as it is read."""
    folder = place / EDITION
    shutil.copytree(bundled("rules") / EDITION, folder)
    sheet = yaml.safe_load((folder / "sheet.yaml").read_text(encoding="utf-8"))
    for mark in "bc":
        made_up.halve(sheet, ITEMS - sum(len(one["items"]) for one in sheet["categories"]), mark)
    text = yaml.dump(sheet, Dumper=Plainly, allow_unicode=True, sort_keys=False)
    (folder / "sheet.yaml").write_text(text, encoding="utf-8")
    shutil.rmtree(folder / "tests")
    (folder / "tests").mkdir()
    about = {"zh": "满分", "en": "full marks"}
    case = {"name": "perfect", "expect": {"score": 100}}
    (folder / "tests" / "perfect.yaml").write_text(yaml.safe_dump({"about": about, "cases": [case]}), encoding="utf-8")
    read = editions(place)
    assert not read.problems, read.problems[:3]
    assert not read.all[0].failing, read.all[0].failing
    assert len(read.packs[0].sheet.codes) == ITEMS
    return read.packs[0]


async def people_and_sheets(pack: Pack, database: Path) -> list[str]:
    """Make an inspector with an estate, last round's sheet and an open one for everybody; return their sessions."""
    packed = pack_sheet([_before(item) for item in pack.sheet.items])
    tokens = [f"bench-session-{number}" for number in range(1, PEOPLE + 1)]
    async with opened(engine_for(str(database))) as engine:
        bind(engine)
        await migrate(engine)
        await Division.insert(Division(code=made_up.STREET, name="仙林街道", level="street"))
        await Division.insert(
            Division(code=made_up.COMMUNITY, name="仙林社区", level="community", parent=made_up.STREET)
        )
        await Person.insert(Person(id=1000, login="admin", name="管理员", role="admin", password_hash="-"))
        span = {"period": "2026Q3", "opens_on": date(2026, 7, 1), "due_on": date(2026, 9, 30)}
        await Round.insert(*(Round(id=number, number=number, **span) for number in (LAST, OPENED)))
        at = datetime.now(UTC)
        for number, token in enumerate(tokens, start=1):
            await Person.insert(
                Person(id=number, login=f"bench{number}", name=f"检查员{number}", role="inspector",
                       street=made_up.STREET, password_hash="-", must_change=False)
            )  # fmt: skip
            await people.open_session(number, token, at=at)
            await Estate.insert(_estate(number))
            await Tenure.insert(Tenure(estate=number, management="market", begins=made_up.BEGAN))
            await PartyUnit.insert(PartyUnit(estate=number, form="own", status="approved", approved_on=made_up.BEGAN))
            about = {"estate": number, "inspector": number, "due_on": date(2026, 9, 30)}
            before = {"edition": pack.edition, "digest": pack.digest, "score": 0, "answers": packed}
            await Inspection.insert(
                Inspection(id=number, round=OPENED, state="draft", **about),
                Inspection(id=PEOPLE + number, round=LAST, state="accepted", **about, **before),
            )
    return tokens


def _before(item) -> int:
    return item.shape.best() if item.asked().kind == "number" else min(1, item.asked().high)


def _estate(number: int) -> Estate:
    return Estate(
        id=number, code=f"B-{number:04}", name=f"小区{number}", street=made_up.STREET, community=made_up.COMMUNITY,
        estate_type="old", stratum="developer", gated=True, secondary_water=True, parking_managed=True, lifts=6,
        households=400, floor_area_cm=52_318_46, registered_on=date(2015, 1, 1),
    )  # fmt: skip


# ---- the servers -------------------------------------------------------------------------------------------------


@dataclass
class Server:
    """A server in a process of its own."""

    port: int
    process: "subprocess.Popen[bytes]"

    def stop(self) -> None:
        """End it as an administrator does."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(20)


async def started(words: list[str], **settings: str) -> Server:
    """Start a server that takes `--port`, and return it when it answers."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port: int = door.getsockname()[1]
    environment = {name: text for name, text in os.environ.items() if not name.startswith("REDPROPERTY_")}
    environment |= {"PYTHONPATH": str(ROOT / "src"), **settings}
    words = [*words, "--port", str(port)]
    server = Server(port, subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL))  # noqa: ASYNC220 - once
    for _ in range(400):
        try:
            await Client(port).ask("GET", "/sign-in")
        except OSError:
            await asyncio.sleep(0.05)
        else:
            return server
    raise TimeoutError


def bare(port: int) -> None:
    """Serve a bare Litestar page as the product is served."""

    @get(["/", "/sign-in"], media_type="text/html", sync_to_thread=False)
    def word() -> str:
        return "<!doctype html><title>bare</title>"

    app = Litestar([word], openapi_config=None, logging_config=None)
    uvicorn.run(app, port=port, log_level="warning", access_log=False)


# ---- the clients -------------------------------------------------------------------------------------------------


@dataclass
class Client:
    """One browser: a connection that is kept, two cookies, and what it knows of its sheet."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    _pipe: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
    _used: float = 0.0

    async def ask(self, method: str, path: str, form: dict[str, str] | None = None, zipped: bool = False):
        """Return the status, the headers and the body of one request."""
        reader, writer = await self._connected()
        body = urlencode(form or {}).encode()
        lines = [f"{method} {quote(path, safe='/?=&')} HTTP/1.1", "Host: bench"]
        if self.cookies:
            lines.append("Cookie: " + "; ".join(f"{name}={text}" for name, text in self.cookies.items()))
        if form is not None:
            lines += ["HX-Request: true", "Content-Type: application/x-www-form-urlencoded"]
            lines += [f"X-CSRFToken: {self.cookies['csrftoken']}", f"Content-Length: {len(body)}"]
        lines += ["Accept-Encoding: gzip"] if zipped or form is not None else []
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        for name, text in re.findall(r"(?i)^set-cookie: (\w+)=([^;\r]*)", head, re.MULTILINE):
            self.cookies[name] = text
        if length := re.search(r"(?i)content-length: (\d+)", head):
            return int(head.split()[1]), await reader.readexactly(int(length[1]))
        chunks = b""
        while size := int(await reader.readline(), 16):
            chunks += (await reader.readexactly(size + 2))[:-2]
        await reader.readline()
        return int(head.split()[1]), chunks

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Return the connection, a new one where the server may have let the old one go."""
        if self._pipe is None or perf_counter() - self._used > KEPT:
            if self._pipe is not None:
                self._pipe[1].close()
            self._pipe = await asyncio.open_connection("127.0.0.1", self.port)
        self._used = perf_counter()
        return self._pipe


def a_save(client: Client, inspection: int, pack: Pack) -> Callable[[], Awaitable[bool]]:
    """Return what saves the next item of a sheet; true when it is kept."""
    items = [item for item in pack.sheet.items if clean_code(item) == 0 and not item.asked().choices]
    turn = random.randrange(len(items))

    async def save() -> bool:
        nonlocal turn
        item, turn = items[turn % len(items)], turn + 1
        version = client.versions.get(item.code, "0")
        form = {"outcome": "found", "amount": str(1 + turn // len(items) % 3), "reasons": "落叶未清", "note": "3号楼"}
        path = f"/inspections/{inspection}/answers/{item.code}"
        status, _ = await client.ask("POST", path, {**form, "version": version})
        client.versions[item.code] = str(int(version) + 1)
        return status == OK

    return save


@dataclass
class Measured:
    """Spans in milliseconds, and how many requests went wrong."""

    spans: list[float] = field(default_factory=list)
    errors: int = 0

    def share(self, percent: float) -> float:
        """Return a percentile."""
        ranked = sorted(self.spans)
        return ranked[min(int(len(ranked) * percent / 100), len(ranked) - 1)]

    async def once(self, act: Callable[[], Awaitable[bool]]) -> None:
        """Do it and note how long it took."""
        begun = perf_counter()
        fine = await act()
        self.spans.append((perf_counter() - begun) * 1000)
        self.errors += not fine


async def thinking(acts: list[Callable[[], Awaitable[bool]]], seconds: float) -> Measured:
    """Let everybody act every `THINKING` seconds or so."""
    found = Measured()

    async def one(act: Callable[[], Awaitable[bool]]) -> None:
        ends = perf_counter() + seconds
        await asyncio.sleep(random.uniform(0, THINKING))
        while perf_counter() < ends:
            await found.once(act)
            await asyncio.sleep(random.uniform(THINKING / 2, THINKING * 1.5))

    await asyncio.gather(*map(one, acts))
    return found


async def at_once(acts: list[Callable[[], Awaitable[bool]]]) -> Measured:
    """Let everybody act at the same moment, some times."""
    found = Measured()
    for _ in range(BURSTS):
        await asyncio.gather(*map(found.once, acts))
    return found


def say(name: str, found: Measured, beside: Measured | None = None, promised: float | None = None) -> None:
    """Print one measure."""
    told = f"  {name:<34}{found.share(50):8.1f} ms{found.share(99):10.1f} ms"
    if beside is not None:
        told += f"{found.share(50) / beside.share(50):8.1f}×{found.share(99) / beside.share(99):8.1f}×"
    told += f"   {len(found.spans)} requests, {found.errors} errors"
    print(told + (f"   (promised: p99 under {promised:.0f} ms)" if promised else ""))


async def measure(seconds: float) -> bool:
    """Measure everything; return whether the promises hold."""
    with tempfile.TemporaryDirectory() as place:
        rules, database = Path(place) / "rules", Path(place) / "bench.sqlite3"
        pack = grown(rules)
        tokens = await people_and_sheets(pack, database)
        settings = {"REDPROPERTY_DATABASE": str(database), "REDPROPERTY_RULES": str(rules)}
        plain = await started([sys.executable, __file__, "--bare"])
        try:
            ours = await started([sys.executable, "-m", "redproperty", "serve"], **settings)
            try:
                return await beside(plain.port, ours.port, tokens, pack, seconds)
            finally:
                ours.stop()
        finally:
            plain.stop()


async def beside(plain: int, ours: int, tokens: list[str], pack: Pack, seconds: float) -> bool:
    """Measure the saves and the sheet at `ours` beside the page at `plain`."""
    clients = [Client(ours, {"sid": token}) for token in tokens]
    for number, client in enumerate(clients, start=1):
        status, _ = await client.ask("GET", f"/inspections/{number}")
        assert status == OK, status
    saves = [a_save(client, number, pack) for number, client in enumerate(clients, start=1)]
    pages = [_page(Client(plain), "/") for _ in tokens]
    print(f"\n{PEOPLE} inspectors at once, sheets of {ITEMS} items{'p50':>12}{'p99':>13}    over bare p50, p99")
    easy = await thinking(pages, seconds / 2)
    say("a bare Litestar page, thinking", easy)
    saved = await thinking(saves, seconds)
    say("a field saved, thinking", saved, easy, PROMISED_SAVE)
    hasty = await at_once(pages)
    say("a bare Litestar page, all at once", hasty)
    burst = await at_once(saves)
    say("a field saved, all at once", burst, hasty)
    alone = Measured()
    for _ in range(60):
        await alone.once(saves[0])
    say("a field saved, nobody else", alone)
    fits = await the_sheet(clients[-1], pack)
    return fits and saved.share(99) < PROMISED_SAVE and not saved.errors + burst.errors + alone.errors


def _page(client: Client, path: str) -> Callable[[], Awaitable[bool]]:
    async def get() -> bool:
        return (await client.ask("GET", path))[0] == OK

    return get


async def the_sheet(client: Client, pack: Pack) -> bool:
    """Measure the page of one sheet, every item answered, last round beside it."""
    number, found = PEOPLE, Measured()
    for item in pack.sheet.items:
        form = {"outcome": "1" if item.asked().choices else "found", "amount": "1", "reasons": "落叶未清"}
        await client.ask("POST", f"/inspections/{number}/answers/{item.code}", {**form, "note": "3 号楼东侧"})
    for _ in range(15):
        await found.once(_page(client, f"/inspections/{number}"))
    _, whole = await client.ask("GET", f"/inspections/{number}")
    _, zipped = await client.ask("GET", f"/inspections/{number}", zipped=True)
    say(f"the sheet of {ITEMS} items as a page", found)
    print(f"  {len(whole):,} bytes, {len(zipped):,} on the way (promised: p50 under {PROMISED_PAGE:.0f} ms, "
          f"under {PROMISED_BYTES:,} bytes on the way)")  # fmt: skip
    return found.share(50) < PROMISED_PAGE and len(zipped) < PROMISED_BYTES


def main() -> int:
    """Measure, print, and return 0 when the promises hold."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--seconds", type=float, default=SECONDS, help="how long the fifty go on")
    words.add_argument("--bare", action="store_true", help=argparse.SUPPRESS)
    words.add_argument("--port", type=int, help=argparse.SUPPRESS)
    asked = words.parse_args()
    if asked.bare:
        bare(asked.port)
        return 0
    return 0 if asyncio.run(measure(asked.seconds)) else 1


if __name__ == "__main__":
    sys.exit(main())
