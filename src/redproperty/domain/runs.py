"""A rating run: one path from sheets and facts to the row of every estate, and from a kept row back to its inputs.

Page preview, period run, what-if, verification and command line all call `rate`. A row holds everything that it was
made of (facts, sheets, earlier composites) beside every step, so a kept row can be computed again without the record.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, TypedDict

import msgspec
import polars as pl

from redproperty.domain.compiled import compiled
from redproperty.domain.facts import filled
from redproperty.domain.packs import Pack
from redproperty.domain.ratings import assess_rounds, by_estate, settle
from redproperty.domain.sheets import score
from redproperty.domain.stages import HISTORY
from redproperty.domain.stars import STARS

ABOUT: Final[dict[str, pl.DataType]] = {
    "estate_id": pl.Int64(),
    "estate_code": pl.String(),
    "name": pl.String(),
    "street": pl.String(),
    "floor_area": pl.Int64(),
    "company_id": pl.Int64(),
}
NUMBERS: Final = "rounds.number"  # of the valid rounds, in their order
_SLICE: Final = 32_768  # inspections scored at a time
SHEETS: Final = "rounds.sheet"  # their answer codes, each in the order of the edition's items
INSPECTIONS: Final = "rounds.inspection"  # their ids


class Inputs(TypedDict):
    """What a rating is made of, as `rate` takes it."""

    estates: pl.DataFrame
    inspections: pl.DataFrame
    history: pl.DataFrame


def rate(
    pack: Pack,
    *,
    estates: pl.DataFrame,
    inspections: pl.DataFrame,
    history: pl.DataFrame,
    standing: Mapping[str, Any] | None = None,
) -> pl.DataFrame:
    """Return the settled row of every estate of `estates`, in their order: score → assess → settle.

    `estates` has the columns of `ABOUT` and facts, `inspections` inspection_id, estate_id, round, void and one Int64
    column per item code, `history` estate_id, periods_back and composite. Sheets of void rounds are left out.
    With `standing`, the row of a single estate, what depends on other estates stays as in it.
    """
    rows = results(pack, estates=estates, inspections=inspections, history=history, standing=standing)
    return rows.join(_sheets(pack, inspections), on="estate_id", how="left", maintain_order="left")


def results(
    pack: Pack,
    *,
    estates: pl.DataFrame,
    inspections: pl.DataFrame,
    history: pl.DataFrame,
    standing: Mapping[str, Any] | None = None,
) -> pl.DataFrame:
    """Return the rows of `rate` without the sheets they rest on: for results that are shown but not kept.

    The columns of items may be of any whole-number type.
    """
    known, tables = filled(pack.rating.facts, estates), compiled(pack.sheet)
    looked_at = [pack.sheet.by_code[code] for code in pack.rating.marked(pack.sheet) if code in pack.sheet.by_code]

    def gathered(part: pl.DataFrame) -> pl.DataFrame:
        scored = (tables.many(part, known), tables.points(looked_at, part, known))
        columns = [column for one in scored for column in one.get_columns()]
        return by_estate(pack.sheet, pack.rating, part.select("estate_id", "round", "void").hstack(columns))

    grounded = tables.grounded(inspections, known)
    rounds = _one_below_another([gathered(part) for part in _some_estates(grounded)])
    figures = assess_rounds(pack.sheet, pack.rating, rounds, known, history=history, standing=standing)
    return settle(pack.sheet, pack.rating, figures, history, standing=standing)


def _one_below_another(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return the rows of all parts, which lose their columns one by one, so that none is held twice for long."""
    first, *others = parts
    if not others:
        return first
    return pl.DataFrame([pl.concat([part.drop_in_place(name) for part in parts]).rechunk() for name in first.columns])


def _some_estates(inspections: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Yield the inspections of some estates after others where they come in that order, so that few scores are held.

    A nation's scores are many times what becomes of them.
    """
    estates, begins = inspections["estate_id"], 0
    if inspections.height <= _SLICE or not estates.is_sorted():
        yield inspections
        return
    while begins < inspections.height:
        ends = inspections.height
        if begins + _SLICE < ends:
            ends = int(estates.search_sorted(estates[begins + _SLICE], side="right"))
        yield inspections.slice(begins, ends - begins)
        begins = ends


def _sheets(pack: Pack, inspections: pl.DataFrame) -> pl.DataFrame:
    """Return number, id and answers of the valid rounds of every estate."""
    return (
        inspections.select(
            "estate_id",
            "void",
            pl.col("round").alias(NUMBERS),
            pl.col("inspection_id").alias(INSPECTIONS),
            _answers(pack).alias(SHEETS),
        )
        .filter(~pl.col("void"))
        .sort("estate_id", NUMBERS)
        .group_by("estate_id", maintain_order=True)
        .agg(NUMBERS, INSPECTIONS, SHEETS)
    )


def _answers(pack: Pack) -> pl.Expr:
    if not pack.sheet.codes:
        return pl.lit([], pl.List(pl.Int64))
    answers = pl.concat_arr([pl.col(code).cast(pl.Int64) for code in pack.sheet.codes])
    return answers.cast(pl.List(pl.Int64))  # many times as quick as concat_list


def workings(rows: pl.DataFrame) -> list[str]:
    """Return each row as JSON, keys in order, figures as whole numbers: the form in which a result is kept."""
    return rows.select(pl.struct(sorted(rows.columns)).struct.json_encode()).to_series().to_list()


def worked(working: str) -> dict[str, Any]:
    """Return a kept row; half stars, which JSON has no number for, are decimals again."""
    row: dict[str, Any] = msgspec.json.decode(working)
    if '"stars":"' in working:
        stars = (name for name in row if name == STARS or name.startswith(f"{STARS}."))
        row |= {name: Decimal(row[name]) for name in stars if isinstance(row[name], str)}
    return row


def inputs(pack: Pack, kept: Sequence[str]) -> Inputs:
    """Return what kept rows were made of, as the keyword arguments of `rate`."""
    rows = [msgspec.json.decode(working, type=dict[str, Any]) for working in kept]
    facts = {fact.name: fact.dtype for fact in pack.rating.facts}
    return {
        "estates": _frame(rows, {**ABOUT, **facts, **dict.fromkeys(pack.rating.period_figures(), pl.Int64())}),
        "inspections": _inspections(pack, rows),
        "history": _history(rows),
    }


def _inspections(pack: Pack, rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    schema = {
        "estate_id": pl.Int64(),
        NUMBERS: pl.List(pl.Int64),
        INSPECTIONS: pl.List(pl.Int64),
        SHEETS: pl.List(pl.List(pl.Int64)),
    }
    rounds = _frame(rows, schema).drop_nulls(NUMBERS).explode(NUMBERS, INSPECTIONS, SHEETS)
    return rounds.select(
        pl.col(INSPECTIONS).alias("inspection_id"),
        "estate_id",
        pl.col(NUMBERS).alias("round"),
        *(pl.col(SHEETS).list.get(index).alias(code) for index, code in enumerate(pack.sheet.codes)),
        void=pl.lit(value=False),
    )


def _history(rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    names = sorted({name for row in rows for name in row if name.startswith(f"{HISTORY}.")})
    wide = _frame(rows, {"estate_id": pl.Int64(), **dict.fromkeys(names, pl.Int64())})
    periods: dict[int, dict[str, str]] = {}
    for name in names:
        _, back, *figure = name.split(".", 2)  # a figure's own name may have dots
        periods.setdefault(int(back), {})[name] = f"of.{figure[0]}" if figure else "composite"
    empty = pl.DataFrame(schema={"estate_id": pl.Int64, "periods_back": pl.Int64, "composite": pl.Int64})
    parts = [
        wide.select("estate_id", pl.lit(back, pl.Int64).alias("periods_back"), *columns).rename(columns)
        for back, columns in sorted(periods.items())
    ]
    return pl.concat([empty, *parts], how="diagonal")


def _frame(rows: Sequence[Mapping[str, Any]], schema: dict[str, pl.DataType]) -> pl.DataFrame:
    return pl.DataFrame([tuple(row.get(name) for name in schema) for row in rows], schema=schema, orient="row")


def scored(pack: Pack, rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Return the scored inspections of kept rows, with points of items and categories: what an explanation reads."""
    facts = {fact.name: fact.dtype for fact in pack.rating.facts}
    known = filled(pack.rating.facts, _frame(rows, {**ABOUT, **facts}))
    return score(pack.sheet, _inspections(pack, rows).join(known, on="estate_id", maintain_order="left"))
