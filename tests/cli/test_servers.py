"""The real server wants nothing of the demo; the demo starts beside whatever else runs, again and again."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from redproperty.demo.accounts import HASH
from redproperty.store import notes
from redproperty.store.tables import Person
from serving import SOURCE


def test_a_record_without_an_administrator_is_not_served(run, place):
    said = run("serve")
    assert said.code == 1
    assert "redproperty user add" in said.err
    assert place.exists(), "the record is made, so that the account can be opened"


def test_accounts_with_the_demo_password_are_not_served(run, small_district, in_record):
    async def publish_password():
        await Person.update({Person.password_hash: HASH}).where(Person.login == "checker")

    in_record(publish_password)
    said = run("serve")
    assert said.code == 1
    assert "账号 checker 还用着公开的演示密码" in said.err


def test_a_demo_record_is_not_served_as_a_real_one_nor_a_real_one_as_a_demo(run, small_district, in_record, place):
    said = run("demo", "--database", str(place))
    assert (said.code, "正式数据库" in said.err) == (1, True)
    in_record(lambda: notes.write(notes.DEMO, "1"))
    said = run("serve")
    assert (said.code, "演示数据库" in said.err) == (1, True)


def test_the_demo_setting_does_not_open_the_real_server(run, monkeypatch):
    monkeypatch.setenv("REDPROPERTY_DEMO", "1")
    said = run("--lang", "en", "serve")
    assert (said.code, "redproperty demo" in said.err) == (1, True)


def test_a_port_that_is_taken_is_said(run, small_district):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        said = run("serve", "--port", str(other.getsockname()[1]))
    assert (said.code, "已被占用" in said.err) == (1, True)


def test_the_demo_says_where_it_is_shows_its_banner_and_starts_again_without_harm(demo_folder):
    before = (demo_folder / "data/demo.sqlite3").stat().st_ino
    with socket.socket() as other:  # the usual port may be taken; the demo goes on to the next
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        usual = other.getsockname()[1]
        for _ in range(2):
            with serving("demo", folder=demo_folder, port=usual, said="Ctrl+C") as (address, said):
                assert int(address.rpartition(":")[2]) > usual
                page = httpx.get(f"{address}/sign-in")
                assert "演示" in page.text
                assert page.status_code == 200
            assert "inspector.xl" in said
            assert "demo-qixia-2026" in said
    assert (demo_folder / "data/demo.sqlite3").stat().st_ino == before, "it is not made a second time"


def test_a_real_record_is_served_without_the_banner_and_stops_when_told(small_district, place):
    with serving("serve", folder=place.parent, port=_free_port(), said="http") as (address, said):
        page = httpx.get(f"{address}/sign-in")
        assert page.status_code == 200
        assert "演示" not in page.text
        assert "演示" not in said


def _free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return door.getsockname()[1]


@contextmanager
def serving(command: str, *, folder: Path, port: int, said: str) -> Iterator[tuple[str, str]]:
    """Run a server until the block ends; yields its address and what it printed up to the line with `said`."""
    environment = os.environ | SOURCE | {"REDPROPERTY_PORT": str(port)}
    words = [sys.executable, "-m", "redproperty", command]
    process = subprocess.Popen(words, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True, encoding="utf-8")
    try:
        printed = ""
        while said not in printed:
            line = process.stdout.readline()
            assert line, printed
            printed += line
        address = re.search(r"http://[\d.]+:\d+", printed)[0]
        _wait(address)
        yield address, printed
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) in {0, -signal.SIGINT}
        process.stdout.close()


def _wait(address: str) -> None:
    """Wait until it answers; the address is said a moment before."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            httpx.get(f"{address}/sign-in")
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
