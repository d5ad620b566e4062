"""The period run as every contender does it, in a process of its own: started by `period.py`, one contender at a time.

It imports no more than the job needs, so that the peak memory of the process is that of the job and its data.
"""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests"), str(ROOT / "bench")]

import made_up as bench
import polars as pl

from oracle import ratings as stars_by_hand
from oracle import subsidies as fen_by_hand
from redproperty.domain.packs import Pack
from redproperty.domain.runs import results
from redproperty.domain.subsidies import apportion, schedule
from redproperty.settings import bundled
from redproperty.store.rules import load_edition

PER_ESTATE = 250_00  # fen of budget: too little, so that every line is scaled


def the_edition() -> Pack:
    """Return the edition that comes with the product, with sixty items."""
    pack = load_edition(bundled("rules") / "2026-01-01")
    assert isinstance(pack, Pack), pack
    return bench.sixty(pack)


def by_the_product(pack: Pack, given: dict[str, pl.DataFrame], budget: int) -> pl.DataFrame:
    """Return the paid lines of a period, from answers."""
    settled = results(pack, **given)
    stints, composite = bench.stints(settled), settled["composite"]
    del settled  # as in the product, where the money is reckoned from what was kept of the rating
    due = schedule(pack.subsidy, stints, days_in_period=bench.PERIOD.days)
    return apportion(pack.subsidy, due, budget).with_columns(composite)


def by_hand(pack: Pack, given: dict[str, pl.DataFrame], budget: int) -> Callable[[], pl.DataFrame]:
    """Return the oracle's own run: plain loops over decimals and fractions."""
    sheet, rating, subsidy = (bench.edition_data(pack, name) for name in ("sheet", "rating", "subsidy"))
    estates, terms = bench.plain(pack, given), bench.terms(subsidy)
    settled = given["estates"].with_columns(stars=pl.lit(0), fired=pl.lit([], pl.List(pl.String)))
    lines = bench.stints(settled).with_columns(is_first=False).to_dicts()

    def run() -> pl.DataFrame:
        stars_by_hand.rate(sheet, rating, estates)
        for line, estate in zip(lines, estates, strict=True):
            line["stars"], line["vetoes"] = estate["stars"], estate["fired"]
        due = fen_by_hand.due(terms, lines, bench.PERIOD.days)
        paid = fen_by_hand.paid(terms, lines, due, budget)
        return pl.DataFrame(
            {
                "composite": [int(estate["figures"]["composite"] * 100) for estate in estates],
                "stars": [-1 if estate["stars"] is None else estate["stars"] for estate in estates],
                "paid": [fen for fen, _, _ in paid],
                "district": [fen for _, fen, _ in paid],
            }
        )

    return run


def contender(name: str, pack: Pack, given: dict[str, pl.DataFrame], budget: int, folder: Path) -> Callable[[], object]:
    """Return the job as one contender does it, its own form of the data at hand."""
    if name == "ours":
        return lambda: by_the_product(pack, given, budget)
    if name == "oracle":
        return by_hand(pack, given, budget)
    import baselines  # noqa: PLC0415 - its packages are a group of their own

    flat = baselines.flat(bench.edition_data(pack, "sheet"), given, budget)
    if name == "C":
        library, looked_up = baselines.compiled_loop(folder), baselines.tables(flat)
        return lambda: baselines.in_c(library, flat, looked_up)
    if name == "pandas":
        inspections, estates = baselines.wide(flat)
        return lambda: baselines.in_pandas(flat, inspections, estates)
    connection, query = baselines.opened(flat), baselines.query(flat)
    return lambda: baselines.in_duckdb(connection, query)


def same_columns(made: object) -> pl.DataFrame:
    """Return composite (hundredths), stars (−1: none), paid and district fen of every estate, whoever made them."""
    frame = (
        made
        if isinstance(made, pl.DataFrame)
        else pl.DataFrame({name: values.tolist() for name, values in made.items()})
    )
    if "paid_fen" in frame.columns:
        frame = frame.select(
            composite=pl.col("composite") // 10_000, stars=pl.col("stars").fill_null(-1), paid="paid_fen",
            district="district_fen",
        )  # fmt: skip
    return frame.select(pl.col("composite", "stars", "paid", "district").cast(pl.Int64))


def one_process(name: str, folder: Path, times: int) -> None:
    """Run one contender on the data of a folder: keep its results there, print seconds and peak memory."""
    pack = the_edition()
    given = {kind: pl.read_parquet(folder / f"{kind}.parquet") for kind in ("estates", "inspections", "history")}
    job = contender(name, pack, given, given["estates"].height * PER_ESTATE, folder)
    begun = perf_counter()
    made = job()
    first, peak = perf_counter() - begun, peak_memory()
    same_columns(made).write_parquet(folder / f"made_by_{name}.parquet")
    del made
    print(json.dumps({"seconds": first if times == 1 else timed(job, times), "peak": peak}))


def peak_memory() -> int:
    """Return the most memory that this process had, in MB; `ru_maxrss` would begin with that of who started it."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return next(int(line.split()[1]) // 1024 for line in status.splitlines() if line.startswith("VmHWM"))


def timed(work: Callable[[], object], times: int = 3) -> float:
    """Return the best of some runs, in seconds."""
    return min(_once(work) for _ in range(times))


def _once(work: Callable[[], object]) -> float:
    begun = perf_counter()
    work()
    return perf_counter() - begun


if __name__ == "__main__":
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("name")
    words.add_argument("folder", type=Path)
    words.add_argument("times", type=int)
    asked = words.parse_args()
    one_process(asked.name, asked.folder, asked.times)
