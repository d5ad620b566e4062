"""The real server wants nothing of the demo; the demo starts beside whatever else runs, again and again."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
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
            with demo(demo_folder, usual) as (address, said):
                assert int(address.rpartition(":")[2]) > usual
                page = httpx.get(f"{address}/sign-in")
                assert "演示" in page.text
                assert page.status_code == 200
            assert "inspector.xl" in said
            assert "demo-qixia-2026" in said
    assert (demo_folder / "data/demo.sqlite3").stat().st_ino == before, "it is not made a second time"


class demo:  # noqa: N801 - reads as a with-statement
    """The demo as a process; yields its address and what it printed."""

    def __init__(self, folder: Path, port: int) -> None:
        environment = os.environ | SOURCE | {"REDPROPERTY_PORT": str(port)}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "redproperty", "demo"],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> tuple[str, str]:
        said = ""
        for line in self.process.stdout:
            said += line
            if "Ctrl+C" in line:
                break
        address = re.search(r"http://[\d.]+:\d+", said)
        assert address, said
        self._wait(address[0])
        return address[0], said

    def _wait(self, address: str) -> None:
        """Wait until it answers; the address is said a moment before."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                httpx.get(f"{address}/sign-in")
            except httpx.TransportError:
                time.sleep(0.05)
            else:
                return

    def __exit__(self, *_: object) -> None:
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(timeout=10) in {0, -signal.SIGINT}
        self.process.stdout.close()
