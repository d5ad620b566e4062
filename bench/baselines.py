"""The same period run by other means: a C loop, DuckDB SQL over wide tables, pandas over wide frames.

Each is what a good programmer writes by hand for the edition of 2026-01-01 and nothing else: answers are looked up or
cut into points, everything is whole numbers (hundredths, fen). All give composite, stars, paid and district fen.
Facts that nobody has in the made-up district (events that never happened, earlier periods) are left out of all three.
"""

import ctypes
import subprocess
import sys
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / ".venv/bench"))

import duckdb
import numpy as np
import pandas as pd
import polars as pl

from oracle import ratings as oracle

FACTS = (
    "management", "stratum", "type", "gated", "parking", "lifts", "water", "party", "served", "satisfaction", "answers",
    "households", "opinion", "collection", "bonus", "vetoes",
)  # fmt: skip
FLAGS = {"gated": 0, "parking_managed": 1, "lifts": 2, "secondary_water": 3}
RATES, COEFFICIENTS, CUSTODY = (30, 20, 70, 20, 5), (0, 50, 80, 100, 110, 120), 40
WIDE = 1005
CAP = 30_000_000


@dataclass(frozen=True)
class Flat:
    """The district as arrays, and the sheet as every baseline reads it."""

    sheet: dict
    answers: np.ndarray  # int16, a row per inspection; measured numbers in tenths
    facts: np.ndarray  # int64, a row per estate, columns FACTS
    area: np.ndarray
    budget: int

    @property
    def items(self) -> list[dict]:
        """Return the items with what the loops need."""
        return [
            item | {"category": c, "flag": FLAGS[item["applies"]["fact"]] if "applies" in item else -1}
            for c, category in enumerate(self.sheet["categories"])
            for item in category["items"]
        ]

    @property
    def full(self) -> list[int]:
        """Return the full marks of the categories."""
        return [_hundredths(category["full"]) for category in self.sheet["categories"]]


def _hundredths(number: object) -> int:
    value = Decimal(str(number)) * 100
    assert value == int(value), number
    return int(value)


def flat(sheet: dict, given: dict[str, pl.DataFrame], budget: int) -> Flat:
    """Return the district as arrays."""
    estates = given["estates"]
    items = [item for category in sheet["categories"] for item in category["items"]]
    answers = np.empty((given["inspections"].height, len(items)), dtype=np.int16)
    for at, item in enumerate(items):
        column = given["inspections"][item["code"]].to_numpy()
        answers[:, at] = np.where(column > 10_000, column // 100_000, column) if _measured(item) else column
    code = {
        "management": ["market", "custody", "self", "none"],
        "stratum": ["custody", "developer", "chosen_new", "chosen_old"],
        "estate_type": ["old", "resettlement_low", "resettlement_high", "affordable", "commodity"],
    }
    of = {
        name: estates[name].replace_strict(values, range(len(values)), return_dtype=pl.Int64)
        for name, values in code.items()
    }
    unit, cent = 1_000_000, 10_000
    bonus = (estates["commendations"] // cent).clip(0, 200) + estates["volunteer_station"].cast(pl.Int64) * 50
    columns = [
        of["management"], of["stratum"], of["estate_type"], estates["gated"], estates["parking_managed"],
        estates["lifts"] > 0, estates["secondary_water"], estates["party_form"] == "none",
        estates["service_months"] // unit, estates["satisfaction"] // cent, estates["survey_answers"] // unit,
        estates["households"] // unit, estates["opinion"] // cent, estates["collection"] // cent, bonus,
        estates["fire_failed"].cast(pl.Int64) + estates["fraud"].cast(pl.Int64) * 2,
    ]  # fmt: skip
    facts = np.stack([column.cast(pl.Int64).to_numpy() for column in columns], axis=1)
    return Flat(sheet, answers, np.ascontiguousarray(facts), estates["floor_area"].to_numpy().copy(), budget)


def _measured(item: dict) -> bool:
    return item["shape"]["kind"] in {"bands", "shortfall"}


# ---- C -----------------------------------------------------------------------------------------------------------


def compiled_loop(folder: Path) -> ctypes.CDLL | None:
    """Return the loop, compiled by whatever `cc` is; nothing where there is none."""
    library = folder / "period.so"
    words = ["cc", "-O2", "-shared", "-fPIC", "-o", str(library), str(HERE / "period.c")]
    try:
        subprocess.run(words, check=True)
    except (FileNotFoundError, subprocess.CalledProcessError):
        return None
    return ctypes.CDLL(str(library))


def tables(given: Flat) -> np.ndarray:
    """Return the points of every item by answer: three that are no counts, then from 0 up."""
    made = np.zeros((len(given.items), WIDE), dtype=np.int32)
    for at, item in enumerate(given.items):
        made[at, 1] = _hundredths(item["full"])  # exempt
        most = 1001 if _measured(item) else len(item["shape"].get("levels", ())) or 1000
        for code in range(most):
            answer = Decimal(code) / 10 if _measured(item) else code
            made[at, code + 3] = _hundredths(oracle.earned(item, answer))
    return made


def in_c(library: ctypes.CDLL, given: Flat, looked_up: np.ndarray) -> dict[str, np.ndarray]:
    """Run the loop."""
    count, items = len(given.area), given.items
    whole = {name: np.array(values, dtype=np.int64) for name, values in {
        "full": [_hundredths(item["full"]) for item in items], "category": [item["category"] for item in items],
        "flag": [item["flag"] for item in items], "category_full": given.full,
    }.items()}  # fmt: skip
    out = {name: np.empty(count, dtype=np.int64) for name in ("composite", "stars", "paid", "district")}
    arrays = [given.answers, looked_up, *whole.values(), given.facts, given.area]
    pointers = [ctypes.c_void_p(one.ctypes.data) for one in arrays]
    results = [ctypes.c_void_p(one.ctypes.data) for one in out.values()]
    library.period(ctypes.c_int64(count), *pointers, ctypes.c_int64(given.budget), *results)
    return out


# ---- pandas ------------------------------------------------------------------------------------------------------


def wide(given: Flat) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return one row per inspection with a column per item, and one row per estate."""
    names = [item["code"] for item in given.items]
    inspections = pd.DataFrame({name: given.answers[:, at].copy() for at, name in enumerate(names)})
    inspections.insert(0, "estate", np.arange(len(inspections)) // 4)
    estates = pd.DataFrame({name: given.facts[:, at].copy() for at, name in enumerate(FACTS)})
    return inspections, estates.assign(area=given.area)


def _half_up(top, bottom):
    return (2 * top + bottom) // (2 * bottom)


def _pandas_points(item: dict, code: pd.Series) -> np.ndarray:
    shape, full = item["shape"], _hundredths(item["full"])
    wide_code = code.to_numpy().astype(np.int32)
    if shape["kind"] == "per_occurrence":
        points = np.maximum(full - wide_code * _hundredths(shape["step"]), 0)
    elif shape["kind"] == "levels":
        points = np.array([_hundredths(level["points"]) for level in shape["levels"]], dtype=np.int32)[
            np.maximum(wide_code, 0)
        ]
    elif shape["kind"] == "bands":
        bands = sorted((b for b in shape["bands"] if "at_least" in b), key=lambda b: -b["at_least"])
        points = np.select(
            [wide_code >= b["at_least"] * 10 for b in bands], [_hundredths(b["points"]) for b in bands], 0
        )
    else:
        missing = np.maximum(shape["target"] * 10 - wide_code, 0)
        points = np.maximum(full - (missing + 9) // 10 * _hundredths(shape["step"]), 0)
    return np.where(wide_code == -2, full, np.where(wide_code == -3, 0, points))


def in_pandas(given: Flat, inspections: pd.DataFrame, estates: pd.DataFrame) -> dict[str, np.ndarray]:
    """Run the job over wide frames."""
    scored = pd.DataFrame({"estate": inspections["estate"]})
    flags = estates.iloc[:, 3:7].to_numpy()[inspections["estate"].to_numpy()].astype(bool)
    total, reach = 0, 0
    for c, full in enumerate(given.full):
        earned, possible = 0, 0
        for item in given.items:
            if item["category"] == c:
                code = inspections[item["code"]]
                counts = code.to_numpy() != -1
                if item["flag"] >= 0:
                    counts &= flags[:, item["flag"]]
                earned = earned + np.where(counts, _pandas_points(item, code), 0)
                possible = possible + np.where(counts, _hundredths(item["full"]), 0)
        earned, possible = earned.astype(np.int64), possible.astype(np.int64)
        there = possible > 0
        points = np.where(there, _half_up(earned * full, np.maximum(possible, 1)), 0)
        scored[f"points{c}"], scored[f"held{c}"] = points, there.astype(np.int64)
        total, reach = total + points, reach + there * full
    scored["score"] = _half_up(total * 10000, reach)
    sums = scored.groupby("estate", sort=True).sum()
    inspection = _half_up(sums["score"].to_numpy(), 4)
    low = np.full(len(estates), 10000)
    for c, full in enumerate(given.full):
        held = sums[f"held{c}"].to_numpy()
        rate = _half_up(_half_up(sums[f"points{c}"].to_numpy(), np.maximum(held, 1)) * 10000, full)
        low = np.where(held > 0, np.minimum(low, rate), low)
    return _pandas_stars(given, estates, inspection, low)


def _pandas_stars(given: Flat, e: pd.DataFrame, inspection: np.ndarray, low: np.ndarray) -> dict[str, np.ndarray]:
    e = {name: e[name].to_numpy() for name in e.columns}
    surveyed = (e["answers"] >= 50) & (e["answers"] * 100 >= e["households"] * 10)
    market = e["management"] == 0
    weight = 70 + surveyed * 20 + market * 10
    base = _half_up(inspection * 60, weight) + _half_up(e["opinion"] * 10, weight)
    base = base + np.where(surveyed, _half_up(e["satisfaction"] * 20, weight), 0)
    base = base + np.where(market, _half_up(e["collection"] * 10, weight), 0)
    composite = np.minimum(base + np.minimum(e["bonus"], 500), 10000)
    star = np.select([composite >= line for line in (9000, 8500, 8000, 7000, 6000)], [5, 4, 3, 2, 1], 0)
    most = np.select([low < 5000, low < 6000], [3, 4], 5)
    for test, cap in (
        (e["party"] == 1, 3), (surveyed & (e["satisfaction"] < 8000), 4), (surveyed & (e["satisfaction"] < 6000), 2),
        (market & (e["collection"] < 7000), 3), (e["vetoes"] > 0, 0),
    ):  # fmt: skip
        most = np.where(test, np.minimum(most, cap), most)
    rated = (e["management"] != 3) & (e["served"] >= 6)
    stars = pd.Series(np.where(rated, np.minimum(star, most), -1))
    places = pd.Series(rated).groupby(e["stratum"]).transform("sum") * 15 // 100
    asking = pd.Series(composite).where(stars == 5)
    rank = asking.groupby(e["stratum"]).rank(method="max", ascending=False)
    stars = stars.mask(rank > places, 4).to_numpy()
    rate = np.where(e["management"] == 1, CUSTODY, np.array(RATES)[e["type"]])
    due = _half_up(e["area"] * rate * np.array(COEFFICIENTS)[stars] * 3, 10000)
    due = np.where((stars >= 0) & (e["vetoes"] & 2 == 0), np.minimum(due, CAP), 0)
    whole = int(due.sum())
    there = min(given.budget, whole)
    paid = due
    if there < whole:
        product = due * there  # fits: amounts below the cap, budgets of this size
        paid, rest = product // whole, product % whole
        order = np.lexsort((np.arange(len(rest)), -rest))
        paid[order[: there - int(paid.sum())]] += 1
    return {"composite": composite, "stars": stars, "paid": paid, "district": _half_up(paid * 70, 100)}


# ---- DuckDB ------------------------------------------------------------------------------------------------------


def _sql_half_up(top: str, bottom: str) -> str:
    return f"((2 * ({top}) + ({bottom})) // (2 * ({bottom})))"


def _sql_points(item: dict) -> str:
    shape, full, code = item["shape"], _hundredths(item["full"]), f'"{item["code"]}"'
    if shape["kind"] == "per_occurrence":
        points = f"greatest({full} - {code}::INTEGER * {_hundredths(shape['step'])}, 0)"
    elif shape["kind"] == "levels":
        levels = "".join(f" WHEN {at} THEN {_hundredths(one['points'])}" for at, one in enumerate(shape["levels"]))
        points = f"CASE {code}{levels} END"
    elif shape["kind"] == "bands":
        bands = sorted((b for b in shape["bands"] if "at_least" in b), key=lambda b: -b["at_least"])
        cut = "".join(f" WHEN {code} >= {b['at_least'] * 10} THEN {_hundredths(b['points'])}" for b in bands)
        points = f"CASE{cut} ELSE 0 END"
    else:
        missing = f"greatest({shape['target'] * 10} - {code}::INTEGER, 0)"
        points = f"greatest({full} - ({missing} + 9) // 10 * {_hundredths(shape['step'])}, 0)"
    return f"CASE {code} WHEN -2 THEN {full} WHEN -3 THEN 0 ELSE {points} END"


def query(given: Flat) -> str:
    """Return the whole job as one query over the tables `inspections` and `estates`."""
    sums, scaled, means = [], [], []
    for c, full in enumerate(given.full):
        mine = [item for item in given.items if item["category"] == c]
        tests = [
            f'"{i["code"]}" <> -1' + (f" AND e.{FACTS[3 + i['flag']]} = 1" if i["flag"] >= 0 else "") for i in mine
        ]
        earned = [
            f"CASE WHEN {test} THEN {_sql_points(item)} ELSE 0 END" for test, item in zip(tests, mine, strict=True)
        ]
        possible = [
            f"CASE WHEN {test} THEN {_hundredths(item['full'])} ELSE 0 END"
            for test, item in zip(tests, mine, strict=True)
        ]
        sums += [f"({' + '.join(earned)})::BIGINT AS earned{c}", f"({' + '.join(possible)})::BIGINT AS possible{c}"]
        scaled.append(
            f"CASE WHEN possible{c} > 0 THEN {_sql_half_up(f'earned{c} * {full}', f'possible{c}')} END AS points{c}"
        )
        mean = _sql_half_up(f"sum(points{c})::BIGINT", f"count(points{c})")
        means.append(f"coalesce({_sql_half_up(f'{mean} * 10000', str(full))}, 10000)")
    cats = range(len(given.full))
    total = " + ".join(f"coalesce(points{c}, 0)" for c in cats)
    reach = " + ".join(f"CASE WHEN points{c} IS NULL THEN 0 ELSE {full} END" for c, full in enumerate(given.full))
    weight = "(70 + CASE WHEN surveyed THEN 20 ELSE 0 END + CASE WHEN management = 0 THEN 10 ELSE 0 END)"
    base = f"""{_sql_half_up("inspection * 60", weight)} + {_sql_half_up("opinion * 10", weight)}
        + CASE WHEN surveyed THEN {_sql_half_up("satisfaction * 20", weight)} ELSE 0 END
        + CASE WHEN management = 0 THEN {_sql_half_up("collection * 10", weight)} ELSE 0 END"""
    rates = f"CASE WHEN management = 1 THEN {CUSTODY} ELSE {list(RATES)}[type + 1] END"
    due = _sql_half_up(f"area * {rates} * {list(COEFFICIENTS)}[stars + 1] * 3", "10000")
    return f"""
    WITH sums AS (SELECT i.estate, {", ".join(sums)} FROM inspections i JOIN estates e ON e.estate = i.estate),
    scaled AS (SELECT estate, {", ".join(scaled)} FROM sums),
    scored AS (SELECT *, {_sql_half_up(f"({total}) * 10000", reach)} AS score FROM scaled),
    figures AS (
        SELECT estate, {_sql_half_up("sum(score)::BIGINT", "count(*)")} AS inspection, least({", ".join(means)}) AS low
        FROM scored GROUP BY estate),
    known AS (
        SELECT *, answers >= 50 AND answers * 100 >= households * 10 AS surveyed
        FROM estates JOIN figures USING (estate)),
    based AS (SELECT *, least({base} + least(bonus, 500), 10000) AS composite FROM known),
    starred AS (
        SELECT *, CASE WHEN management <> 3 AND served >= 6 THEN least(
            CASE WHEN composite >= 9000 THEN 5 WHEN composite >= 8500 THEN 4 WHEN composite >= 8000 THEN 3
                WHEN composite >= 7000 THEN 2 WHEN composite >= 6000 THEN 1 ELSE 0 END,
            CASE WHEN low < 5000 THEN 3 WHEN low < 6000 THEN 4 ELSE 5 END,
            CASE WHEN party = 1 THEN 3 ELSE 5 END,
            CASE WHEN surveyed AND satisfaction < 6000 THEN 2 WHEN surveyed AND satisfaction < 8000 THEN 4 ELSE 5 END,
            CASE WHEN management = 0 AND collection < 7000 THEN 3 ELSE 5 END,
            CASE WHEN vetoes > 0 THEN 0 ELSE 5 END) ELSE -1 END AS before FROM based),
    ranked AS (
        SELECT *, count(*) FILTER (before >= 0) OVER (PARTITION BY stratum) * 15 // 100 AS places,
            count(*) FILTER (before = 5) OVER (PARTITION BY stratum ORDER BY composite DESC) AS rank FROM starred),
    quotas AS (SELECT *, CASE WHEN before = 5 AND rank > places THEN 4 ELSE before END AS stars FROM ranked),
    dues AS (
        SELECT *, CASE WHEN stars >= 0 AND vetoes & 2 = 0 THEN least({due}, {CAP}) ELSE 0 END::HUGEINT AS due
        FROM quotas),
    whole AS (SELECT sum(due)::HUGEINT AS all_due, least(sum(due), {given.budget})::HUGEINT AS there FROM dues),
    shares AS (
        SELECT dues.*, there, due * there // greatest(all_due, 1) AS share, due * there % greatest(all_due, 1) AS rest
        FROM dues, whole),
    paid AS (
        SELECT *, (share + CASE WHEN row_number() OVER (ORDER BY rest DESC, estate) <= there - sum(share) OVER ()
            THEN 1 ELSE 0 END)::BIGINT AS paid FROM shares)
    SELECT composite, stars, paid, {_sql_half_up("paid * 70", "100")} AS district FROM paid ORDER BY estate"""


def in_duckdb(connection: duckdb.DuckDBPyConnection, sql: str) -> dict[str, np.ndarray]:
    """Run the job as one query."""
    return connection.execute(sql).fetchnumpy()


def opened(given: Flat) -> duckdb.DuckDBPyConnection:
    """Return DuckDB with the district in its own tables, on two threads like the others."""
    connection = duckdb.connect(":memory:", config={"threads": 2})
    inspections, estates = wide(given)
    estates.insert(0, "estate", np.arange(len(estates)))
    for name, frame in (("inspections", inspections), ("estates", estates)):
        connection.register("frame", frame)
        connection.execute(f"CREATE TABLE {name} AS SELECT * FROM frame")
        connection.unregister("frame")
    return connection
