"""The command line in-process: `run("verify")` says its exit code, what it printed and what it complained about."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

import district
from redproperty.cli import main
from redproperty.store.engine import engine_for, opened
from redproperty.store.schema import bind, migrate


class Said(NamedTuple):
    """What came of a command."""

    code: int
    out: str
    err: str


Run = Callable[..., Said]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that the environment names as the record; it does not exist yet."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REDPROPERTY_DATABASE", str(tmp_path / "record.sqlite3"))
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "record.sqlite3"


@pytest.fixture
def run(place: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command and return what came of it."""
    del place

    def said(*words: str) -> Said:
        try:
            code = main(list(words))
        except SystemExit as left:  # argparse leaves by itself
            code = int(left.code or 0)
        return Said(code, *capsys.readouterr())

    return said


@pytest.fixture
def in_record(place: Path) -> Callable:
    """Run a coroutine function with the record open."""

    def done(work):
        async def opened_and_done():
            async with opened(engine_for(str(place))) as engine:
                bind(engine)
                await migrate(engine)
                return await work()

        return asyncio.run(opened_and_done())

    return done


@pytest.fixture
def small_district(in_record) -> None:
    """The small district of `tests/district.py` in the record."""
    in_record(district.build)
