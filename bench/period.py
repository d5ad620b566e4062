"""What the main job costs, each beside a plain baseline on the same data in the same run: `just bench`.

Nothing here asserts a time; every claim is a ratio. What is compared is first shown to give the same results.
"""

import argparse
import asyncio
import logging
import resource
import sqlite3
import sys
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests"), str(ROOT / "bench")]

import httpx
import made_up as bench
import polars as pl
from litestar import Litestar, get

import district
import inspecting
from oracle import ratings as stars_by_hand
from oracle import subsidies as fen_by_hand
from redproperty.actions.inspections import Entry, save_answer
from redproperty.actions.ratings import close_period, publish
from redproperty.actions.subsidies import Order, plan
from redproperty.app import create_app
from redproperty.domain.access import Actor, Role
from redproperty.domain.packs import Pack
from redproperty.domain.ratings import assess, settle
from redproperty.domain.runs import rate
from redproperty.domain.sheets import score
from redproperty.domain.subsidies import apportion, schedule
from redproperty.settings import Settings, bundled
from redproperty.store.engine import engine_for, opened
from redproperty.store.rules import load_edition
from redproperty.store.schema import bind, migrate

BUDGET = 1_000_000_00  # fen
OK = 200


def timed(work: Callable[[], object], times: int = 3) -> float:
    """Return the best of some runs, in seconds."""
    return min(_once(work) for _ in range(times))


def _once(work: Callable[[], object]) -> float:
    begun = perf_counter()
    work()
    return perf_counter() - begun


async def timed_async(work: Callable[[int], Awaitable[object]], times: int) -> float:
    """Return the median of some runs, in seconds."""
    spans = []
    for number in range(times):
        begun = perf_counter()
        await work(number)
        spans.append(perf_counter() - begun)
    return sorted(spans)[times // 2]


def say(name: str, seconds: float, baseline: float | None = None, what: str = "") -> None:
    """Print one measure; `baseline` is what it stands beside."""
    ratio = ""
    if baseline is not None:
        faster = baseline >= seconds
        ratio = (
            f"{baseline / seconds if faster else seconds / baseline:8.1f}× {'quicker' if faster else 'slower'} than "
        )
    print(f"  {name:<44}{seconds * 1000:12.2f} ms{ratio:>26}{what}".rstrip())


def whole(pack: Pack, given: dict[str, pl.DataFrame]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the settled estates and the paid lines of a period."""
    settled = rate(pack, **given)
    due = schedule(pack.subsidy, bench.stints(settled), days_in_period=bench.PERIOD.days)
    return settled, apportion(pack.subsidy, due, BUDGET)


def by_hand(rules: dict, estates: list[dict], stints: list[dict]) -> list[tuple[int, int, int]]:
    """Rate and pay the same district by plain loops; the stars stand in the estates afterwards."""
    stars_by_hand.rate(rules["sheet"], rules["rating"], estates)
    for line, estate in zip(stints, estates, strict=True):
        line["stars"], line["vetoes"] = estate["stars"], estate["fired"]
    terms = bench.terms(rules["subsidy"])
    return fen_by_hand.paid(terms, stints, fen_by_hand.due(terms, stints, bench.PERIOD.days), BUDGET)


def in_memory(pack: Pack, count: int, *, oracle: bool) -> list[dict]:
    """Measure the pipeline from answers to fen, step by step, beside plain loops."""
    estates = bench.made_up(pack, count)
    given = bench.frames(pack, estates)
    answers = sum(len(estate["rounds"]) for estate in estates) * len(pack.sheet.codes)
    print(f"\n{count:,} estates, {answers:,} answers, in memory")
    settled, paid = whole(pack, given)
    baseline = None
    if oracle:
        lines = bench.stints(settled).to_dicts()
        rules = {name: bench.edition_data(pack, name) for name in ("sheet", "rating", "subsidy")}
        begun = perf_counter()
        expected = by_hand(rules, estates, lines)
        baseline = perf_counter() - begun
        assert settled["stars"].to_list() == [estate["stars"] for estate in estates]
        assert settled["fired"].to_list() == [estate["fired"] for estate in estates]
        assert paid.select("paid_fen", "district_fen", "street_fen").rows() == expected
        print(f"  plain loops give the same stars, rules and fen: {sum(fen for fen, _, _ in expected):,} fen")
        say("plain loops over decimals (the oracle)", baseline)
    known = given["inspections"].join(given["estates"], on="estate_id", maintain_order="left")
    scored = score(pack.sheet, known)
    figures = assess(pack.sheet, pack.rating, scored, given["estates"])
    lines = bench.stints(settled)
    due = schedule(pack.subsidy, lines, days_in_period=bench.PERIOD.days)
    say("score", timed(lambda: score(pack.sheet, known)))
    say("assess", timed(lambda: assess(pack.sheet, pack.rating, scored, given["estates"])))
    say("settle", timed(lambda: settle(pack.sheet, pack.rating, figures, given["history"])))
    say("schedule", timed(lambda: schedule(pack.subsidy, lines, days_in_period=bench.PERIOD.days)))
    say("apportion", timed(lambda: apportion(pack.subsidy, due, BUDGET)))
    say("score → … → apportion", timed(lambda: whole(pack, given)), baseline, "plain loops" if oracle else "")
    return estates


def one_form(pack: Pack, estates: list[dict]) -> None:
    """Measure one inspection scored, as at every save of a field."""
    print("\nOne form")
    given = bench.frames(pack, estates[:1])
    row = given["inspections"].join(given["estates"], on="estate_id")[:1]
    sheet, facts, answers = bench.edition_data(pack, "sheet"), estates[0]["facts"], estates[0]["rounds"][0]
    _, expected = stars_by_hand.inspection(sheet, answers, facts)
    assert score(pack.sheet, row)["score"][0] == bench.held(expected)
    plain = timed(lambda: stars_by_hand.inspection(sheet, answers, facts), 50)
    say("the oracle", plain)
    say("score", timed(lambda: score(pack.sheet, row), 50), plain, "the oracle")


@asynccontextmanager
async def opened_record(folder: Path):
    """Open an empty record in a folder."""
    async with opened(engine_for(str(folder / "bench.sqlite3"))) as engine:
        bind(engine)
        await migrate(engine)
        yield


async def from_the_store(pack: Pack, estates: list[dict], folder: Path) -> None:
    """Measure what the bureau and finance do: close a period, publish it, plan the payment."""
    _, expected = whole(pack, bench.frames(pack, estates))
    bureau = Actor(2, "district", "district", Role.DISTRICT)
    finance = Actor(3, "preparer", "preparer", Role.FINANCE_PREPARER)
    print(f"\n{len(estates):,} estates, from SQLite to fen")
    async with opened_record(folder):
        await bench.record(pack, estates)
        begun = perf_counter()
        number = await close_period(bureau, [pack], bench.PERIOD, at=bench.NOW)
        closed = perf_counter()
        await publish(bureau, [pack], number, at=bench.NOW)
        published = perf_counter()
        made = await plan(finance, [pack], Order(bench.PERIOD, BUDGET, "-", "-", ""))
        ended = perf_counter()
    assert made.paid_fen == expected["paid_fen"].sum()
    memory = timed(lambda: whole(pack, bench.frames(pack, estates)))
    say("close: read, rate, keep", closed - begun)
    say("publish: read, rate, compare, lock", published - closed)
    say("plan: read, schedule, apportion", ended - published)
    say("from the record to fen", ended - begun, memory, "in memory, frames made of plain data")


async def a_field_saved(pack: Pack, folder: Path, times: int = 200) -> None:
    """Measure one field kept for good, beside one bare transaction with the same promise."""
    async with opened_record(folder):
        await district.build()
        here, actor = (await inspecting.plan())["open"], await district.actor("inspector.xl")

        async def save(number: int) -> None:
            entry = Entry(outcome=str(number % 5))
            await save_answer(actor, here, "BJ-01", entry, packs=[pack], at=district.NOW)

        saved = await timed_async(save, times)
    with closing(sqlite3.connect(folder / "bare.sqlite3", isolation_level=None)) as bare:
        bare.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (id INTEGER, v TEXT);")

        async def insert(number: int) -> None:
            bare.execute("BEGIN IMMEDIATE")
            bare.execute("INSERT INTO t VALUES (?, 'x')", (number,))
            bare.execute("COMMIT")

        plain = await timed_async(insert, times)
    print("\nOne field saved (median)")
    say("a bare SQLite transaction, fully synced", plain)
    say("save_answer", saved, plain, "bare")


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
    words.add_argument("--estates", default="300,4000", help="sizes of the district, such as 300,4000,40000")
    words.add_argument("--oracle-to", type=int, default=4000, help="the largest size that plain loops work through")
    words.add_argument("--store-to", type=int, default=4000, help="the largest size that is written to a record")
    asked = words.parse_args()
    logging.getLogger("httpx").setLevel(logging.WARNING)
    pack = load_edition(bundled("rules") / "2026-01-01")
    assert isinstance(pack, Pack), pack
    estates: list[dict] = []
    for size in [int(size) for size in asked.estates.split(",")]:
        estates = in_memory(pack, size, oracle=size <= asked.oracle_to)
        if size <= asked.store_to:
            with tempfile.TemporaryDirectory() as folder:
                asyncio.run(from_the_store(pack, estates, Path(folder)))
    one_form(pack, estates)
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(a_field_saved(pack, Path(folder)))
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(a_page(Path(folder)))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"\npeak memory of the whole run: {peak:,} MB")


if __name__ == "__main__":
    main()
