"""What a period run costs, next to the same job by other means on the same data in the same run: `just bench`.

The job: 4 rounds × 60 items of every estate → points → all steps → stars → subsidy lines → fen, under the edition that
comes with the product. Beside it stand a C loop, DuckDB, pandas and the plain oracle of the tests; each runs in a
process of its own, gives the same composite, stars and fen to the last estate before it is timed, and its peak memory
is that of its process. Nothing here asserts a time; every claim is a ratio. `just bench --full` adds 300,000 estates.
"""

import argparse
import asyncio
import json
import logging
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, closing
from itertools import pairwise
from math import log
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests"), str(ROOT / "bench")]

import httpx
import made_up as bench
import polars as pl
from contenders import PER_ESTATE, by_the_product, the_edition, timed
from litestar import Litestar, get

import district
import inspecting
from oracle import ratings as stars_by_hand
from redproperty.actions.inspections import Entry, save_answer
from redproperty.actions.ratings import close_period, gathered, publish
from redproperty.actions.subsidies import Order, plan
from redproperty.app import create_app
from redproperty.domain.access import Actor, Role, scope
from redproperty.domain.compiled import compiled
from redproperty.domain.entries import worked
from redproperty.domain.packs import Pack
from redproperty.domain.periods import Period
from redproperty.domain.runs import rate, results, workings
from redproperty.domain.subsidies import apportion, schedule
from redproperty.settings import Settings
from redproperty.store import inspections
from redproperty.store.engine import PRAGMAS, engine_for, opened
from redproperty.store.frames import managed_frame
from redproperty.store.schema import bind, migrate

SIZES, NATION = (300, 4_000, 40_000), 300_000
FEW = 4_000  # up to here the oracle, a loop over decimals, is waited for, and all deeds of a period
OTHERS = {"C": "a C loop", "duckdb": "DuckDB", "pandas": "pandas", "oracle": "the oracle"}
OK = 200


# ---- in memory ---------------------------------------------------------------------------------------------------


def started(name: str, folder: Path, times: int) -> dict[str, float]:
    """Return what a fresh process measured of one contender."""
    words = [sys.executable, str(ROOT / "bench/contenders.py"), name, str(folder), str(times)]
    done = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True, env=os.environ)
    return json.loads(done.stdout)


def in_memory(pack: Pack, count: int, others: list[str]) -> float:
    """Print what the job costs at one size beside the others; return the product's seconds."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for kind, frame in bench.frames(pack, count).items():
            frame.write_parquet(folder / f"{kind}.parquet")
        print(f"\n{count:,} estates, {count * bench.ROUNDS * bench.ITEMS:,} answers, in memory")
        times = max(3, 40_000 // count)
        ours = started("ours", folder, min(times, 30))
        say("answers → points → stars → fen", ours["seconds"], what=f"peak {ours['peak']:,.0f} MB")
        expected = pl.read_parquet(folder / "made_by_ours.parquet")
        for name in others:
            if name != "oracle" or count <= FEW:
                its = started(name, folder, 1 if name == "oracle" else min(times, 10))
                assert pl.read_parquet(folder / f"made_by_{name}.parquet").equals(expected), name
                say(f"{OTHERS[name]}: the same to the fen", its["seconds"], ours["seconds"], "ours", its["peak"])
    return ours["seconds"]


def growth(seconds: dict[int, float]) -> None:
    """Print by which power of the size the time grows; below some thousand estates a floor hides it."""
    sizes = sorted(seconds)
    for small, large in pairwise(sizes):
        power = log(seconds[large] / seconds[small]) / log(large / small)
        print(f"  {small:,} → {large:,}: time grows with the size to the power of {power:.2f}")


# ---- from the record ---------------------------------------------------------------------------------------------


async def to_fen(pack: Pack, budget: int) -> tuple[pl.DataFrame, dict[str, float]]:
    """Return the paid lines as the record stands, with the seconds of every part."""
    begun = perf_counter()
    given = await gathered(pack, bench.PERIOD)
    read = perf_counter()
    settled = results(pack, **given)
    rated = perf_counter()
    stars = settled.select("estate_id", "stars", vetoes="fired")
    stints = (await managed_frame(bench.PERIOD)).join(stars, on="estate_id", how="left", maintain_order="left")
    paid = apportion(pack.subsidy, schedule(pack.subsidy, stints, days_in_period=bench.PERIOD.days), budget)
    ended = perf_counter()
    return paid, {"read": read - begun, "rate": rated - read, "pay": ended - rated, "all": ended - begun}


async def from_the_store(pack: Pack, count: int, folder: Path, *, act: bool) -> None:
    """Measure the way from SQLite to fen, then what the bureau and finance do: close a period, publish it, plan."""
    given, budget = bench.frames(pack, count), count * PER_ESTATE
    expected = by_the_product(pack, given, budget)["paid_fen"].sum()
    print(f"\n{count:,} estates, from SQLite")
    async with opened_record(folder):
        await bench.record(pack, given)
        best: dict[str, float] = {}
        for _ in range(3):
            paid, spans = await to_fen(pack, budget)
            best = spans if not best or spans["all"] < best["all"] else best
        assert paid["paid_fen"].sum() == expected
        for name, what in (("read", "read the record"), ("rate", "rate"), ("pay", "read who is paid, pay")):
            say(f"  {what}", best[name])
        say("from SQLite to fen", best["all"])
        rows = rate(pack, **await gathered(pack, bench.PERIOD))
        say("the working of every result as JSON", timed(lambda: workings(rows), 2))
        if act:
            await acts(pack, budget, int(expected))


async def acts(pack: Pack, budget: int, expected: int) -> None:
    """Measure the three deeds of a period, each with all that is kept and audited."""
    bureau = Actor(2, "district", "district", Role.DISTRICT)
    finance = Actor(3, "preparer", "preparer", Role.FINANCE_PREPARER)
    begun = perf_counter()
    number = await close_period(bureau, [pack], bench.PERIOD, at=bench.NOW)
    closed = perf_counter()
    await publish(bureau, [pack], number, at=bench.NOW)
    published = perf_counter()
    made = await plan(finance, [pack], Order(bench.PERIOD, budget, "-", "-", ""))
    ended = perf_counter()
    assert made.paid_fen == expected
    say("close: read, rate, keep every working", closed - begun)
    say("publish: read, rate, compare, lock", published - closed)
    say("plan: read, schedule, apportion", ended - published)


# ---- one of everything -------------------------------------------------------------------------------------------


async def timed_async(work: Callable[[int], Awaitable[object]], times: int) -> float:
    """Return the median of some runs, in seconds."""
    [median] = await timed_in_turn([work], times)
    return median


async def timed_in_turn(works: Sequence[Callable[[int], Awaitable[object]]], times: int) -> list[float]:
    """Return the median of some runs of each, in seconds; by turns, so that a busy disk is busy for all of them."""
    spans: list[list[float]] = [[] for _ in works]
    for number in range(times * len(works)):  # so that no work is given the same number twice
        begun = perf_counter()
        await works[number % len(works)](number)
        spans[number % len(works)].append(perf_counter() - begun)
    return [sorted(one)[times // 2] for one in spans]


def say(name: str, seconds: float, baseline: float | None = None, what: str = "", peak: float | None = None) -> None:
    """Print one measure; `baseline` is what it stands beside."""
    told = what
    if baseline is not None:
        quicker = baseline >= seconds
        times = baseline / seconds if quicker else seconds / baseline
        told = f"{times:.1f}× {'quicker' if quicker else 'slower'} than {what}"
    if peak is not None:
        told += f", peak {peak:,.0f} MB"
    print(f"  {name:<44}{seconds * 1000:12.2f} ms   {told}".rstrip())


def one_form(pack: Pack) -> None:
    """Measure one inspection scored, as at every save of a field, and one estate rated."""
    print("\nOne of everything")
    given = bench.frames(pack, 1)
    sheet, estate = bench.edition_data(pack, "sheet"), bench.plain(pack, given)[0]
    facts = stars_by_hand.taken(bench.edition_data(pack, "rating"), estate["facts"])
    values = given["inspections"].select(pack.sheet.codes).row(0, named=True)
    made = compiled(pack.sheet)
    _, expected = stars_by_hand.inspection(sheet, estate["rounds"][0], facts)
    assert made.form(given["estates"], values)["score"] == bench.held(expected)
    plain = timed(lambda: stars_by_hand.inspection(sheet, estate["rounds"][0], facts), 50)
    say("one form, by the oracle", plain)
    say("one form scored", timed(lambda: made.form(given["estates"], values), 50), plain, "the oracle")
    say("one estate rated, with its four sheets", timed(lambda: rate(pack, **given), 20))


@asynccontextmanager
async def opened_record(folder: Path):
    """Open an empty record in a folder."""
    async with opened(engine_for(str(folder / "bench.sqlite3"))) as engine:
        bind(engine)
        await migrate(engine)
        yield


async def a_field_saved(pack: Pack, folder: Path, times: int = 200) -> None:
    """Measure one field kept for good, and the form's new score, beside one bare transaction with the same promise.

    A save rates no estate: its page shows the score of the form. The rating comes with the period; what it would cost
    here is measured too, from the sheets in memory.
    """
    async with opened_record(folder):
        await district.build()
        number, actor = (await inspecting.plan())["open"], await district.actor("inspector.xl")
        here = await inspections.fetch(number, scope(actor))
        assert here is not None

        async def save(turn: int) -> None:
            entry = Entry(outcome=str(turn % 5))
            await save_answer(actor, number, "BJ-01", entry, packs=[pack], at=district.NOW)

        async def show(turn: int) -> None:
            await save(turn)
            ground = await inspections.ground(here.estate_id, Period.parse(here.period))
            given = await inspections.answers(number)
            worked(pack.sheet, ground, {code: answer.value for code, answer in given.items()})

        given = bench.frames(pack, 1)

        async def settle(turn: int) -> None:
            await save(turn)
            results(pack, **given)

        with closing(sqlite3.connect(folder / "bare.sqlite3", isolation_level=None)) as connection:
            plain, *spans = await timed_in_turn([_bare(connection), save, show, settle], times)
    print("\nOne field saved (median)")
    say("a bare SQLite transaction, fully synced", plain)
    names = ("save_answer", "save, score the form as its page does", "save, rate the estate (no page does)")
    for name, seconds in zip(names, spans, strict=True):
        say(name, seconds, plain, "bare")


def _bare(bare: sqlite3.Connection) -> Callable[[int], Awaitable[object]]:
    """Return one UPDATE in a transaction of its own, under the settings of the product."""
    bare.executescript(f"PRAGMA journal_mode=WAL; {PRAGMAS}; CREATE TABLE t (id INTEGER PRIMARY KEY, v INTEGER);")
    bare.execute("INSERT INTO t VALUES (1, 0)")

    async def update(turn: int) -> None:
        bare.execute("BEGIN IMMEDIATE")
        bare.execute("UPDATE t SET v = ? WHERE id = 1", (turn,))
        bare.execute("COMMIT")

    return update


async def a_page(folder: Path, times: int = 100) -> None:
    """Measure pages in-process, beside a bare Litestar handler that returns a word."""

    @get("/", media_type="text/plain", sync_to_thread=False)
    def word() -> str:
        return "word"

    print("\nOne page, in-process (median)")
    async with _browser(Litestar([word], openapi_config=None, logging_config=None)) as client:
        plain = await timed_async(lambda _: client.get("/"), times)
    say("a bare Litestar text page", plain)
    app = create_app(Settings(database=str(folder / "pages.sqlite3")), clock=lambda: district.NOW)
    async with app.lifespan():
        await district.build()
        async with _browser(app) as client:
            await client.get("/sign-in")
            await client.post("/sign-in", data={"login": "district", "password": district.PASSWORD})
            for path in ("/estates", "/estates/QX-0001", "/rules/2026-01-01"):
                assert (await client.get(path)).status_code == OK
                say(path, await timed_async(lambda _, path=path: client.get(path), times), plain, "bare")


def _browser(app: Litestar) -> httpx.AsyncClient:
    """Return a browser that keeps cookies and sends the form token along."""

    async def token(request: httpx.Request) -> None:
        if kept := browser.cookies.get("csrftoken"):
            request.headers["x-csrftoken"] = kept

    transport = httpx.ASGITransport(app=app)
    browser = httpx.AsyncClient(transport=transport, base_url="http://bench", event_hooks={"request": [token]})
    return browser


def main() -> None:
    """Run all measures and print them."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--full", action="store_true", help=f"also {NATION:,} estates")
    asked = words.parse_args()
    logging.getLogger("httpx").setLevel(logging.WARNING)
    pack = the_edition()
    sizes = (*SIZES, NATION) if asked.full else SIZES
    others = available()
    growth({size: in_memory(pack, size, others) for size in sizes})
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            asyncio.run(from_the_store(pack, size, Path(folder), act=size <= (SIZES[-1] if asked.full else FEW)))
    one_form(pack)
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(a_field_saved(pack, Path(folder)))
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(a_page(Path(folder)))


def available() -> list[str]:
    """Return who can run here; what is not is said, never silently left out."""
    try:
        import baselines  # noqa: PLC0415 - its packages are a group of their own
    except ImportError as error:
        print(f"no DuckDB, pandas and C loop: {error} (`just bench` installs what they need)")
        return ["oracle"]
    with tempfile.TemporaryDirectory() as folder:
        there = baselines.compiled_loop(Path(folder)) is not None
    if not there:
        print("no C loop: there is no `cc`")
    return [*(["C"] if there else []), "duckdb", "pandas", "oracle"]


if __name__ == "__main__":
    main()
