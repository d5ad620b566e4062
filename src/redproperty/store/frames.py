"""What the record gives to the rules: one frame per question, read with one query each and typed at the edge.

Frozen sheets are packed as little-endian Int64, one per item in the edition's order, so a whole period is unpacked by
reinterpreting bytes, never by a loop over answers.
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl
from piccolo.query import Select

from redproperty.domain import estates as register
from redproperty.domain.facts import Fact as Declared
from redproperty.domain.facts import facts_in
from redproperty.domain.numbers import UNIT
from redproperty.domain.periods import Period
from redproperty.domain.rectifications import FACTS as RECTIFIED
from redproperty.domain.stages import HALVES
from redproperty.store import rectifications
from redproperty.store.engine import columns, columns_and_bytes
from redproperty.store.schema import bound
from redproperty.store.scopes import Condition
from redproperty.store.tables import (
    Company,
    Estate,
    Fact,
    Inspection,
    PartyUnit,
    Rating,
    Round,
    SubsidyLine,
    Tenure,
)

OPEN: Final = -(2**63)  # how an unanswered item stands in a packed sheet of eight bytes for each item
_OPEN: Final = -(2**15)  # and in one of two
_MARK: Final = b"\2"  # before a sheet of two bytes for each item, whose length is odd
_PLAIN: Final = 2**13  # codes within it stand for themselves in two bytes
_MOST: Final = 2**15 - 1
_HUNDREDTH: Final = UNIT // 100
_SLICE: Final = 32_768  # sheets taken apart at a time
ACCOUNT: Final = ("company_name", "uscc", "account_name", "account_bank", "account_number", "bank_code")
COUNTED: Final = ("accepted", "locked")  # states of an inspection whose score is settled
PENDING: Final = "submitted"  # handed in, not yet reviewed

_ESTATES: Final[dict[str, pl.DataType]] = {
    "estate_id": pl.Int64(),
    "estate_code": pl.String(),
    "name": pl.String(),
    "street": pl.String(),
    "community": pl.String(),
    "registered_on": pl.Date(),
    "estate_type": pl.String(),
    "stratum": pl.String(),
    "floor_area": pl.Int64(),
    "area_source": pl.String(),
    "gated": pl.Boolean(),
    "lifts": pl.Int64(),
    "secondary_water": pl.Boolean(),
    "parking_managed": pl.Boolean(),
    "households": pl.Int64(),
    "owners_body": pl.String(),
}
_TENURES: Final[dict[str, pl.DataType]] = {
    "tenure_id": pl.Int64(),
    "estate_id": pl.Int64(),
    "management": pl.String(),
    "company_id": pl.Int64(),
    "begins": pl.Date(),
    "ends": pl.Date(),
}
_PARTIES: Final[dict[str, pl.DataType]] = {
    "estate_id": pl.Int64(),
    "form": pl.String(),
    "status": pl.String(),
    "approved_on": pl.Date(),
    "ended_on": pl.Date(),
}
_FACTS: Final[dict[str, pl.DataType]] = {
    "estate_id": pl.Int64(),
    "name": pl.String(),
    "value": pl.Int64(),
    "choice": pl.String(),
    "valid_from": pl.Date(),
    "valid_to": pl.Date(),
}
_INSPECTIONS: Final[dict[str, pl.DataType]] = {
    "inspection_id": pl.Int64(),
    "estate_id": pl.Int64(),
    "round": pl.Int64(),
    "state": pl.String(),
    "answers": pl.Binary(),
}
_HISTORY: Final[dict[str, pl.DataType]] = {
    "estate_id": pl.Int64(),
    "period": pl.String(),
    "composite": pl.Int64(),
}
_RATINGS: Final[dict[str, pl.DataType]] = {
    "estate_id": pl.Int64(),
    "stars": pl.Int64(),
    "grade": pl.String(),
    "not_rated": pl.String(),
    "composite": pl.Int64(),
    "working": pl.String(),
}
_PAID_BY: Final = (
    "estate_id",
    "estate_code",
    "street",
    "community",
    "estate_type",
    "floor_area",
    "area_source",
    "name",
)
_NOT_ON_RECORD: Final = ("custody_cost_fen", "custody_receivable_fen", "deduction_fen")
_PAID: Final[dict[str, pl.DataType]] = {"estate_id": pl.Int64(), "paid_this_year_fen": pl.Int64()}


def pack_sheet(values: Sequence[int | None]) -> bytes:
    """Return one sheet of answer codes, in the edition's item order, as bytes: two for each item and one before them.

    A code beyond `_PLAIN` that is whole hundredths, as measured numbers are, stands as so many hundredths above it. A
    sheet with a code that fits neither is kept in eight bytes for each item.
    """
    short = [_OPEN if value is None else _short(value) for value in values]
    if all(_OPEN <= code <= _MOST for code in short):
        return _MARK + struct.pack(f"<{len(short)}h", *short)
    return _long(values)


def _long(values: Sequence[int | None]) -> bytes:
    return struct.pack(f"<{len(values)}q", *(OPEN if value is None else value for value in values))


def _short(value: int) -> int:
    if -_PLAIN <= value < _PLAIN:
        return value
    hundredths, rest = divmod(value, _HUNDREDTH)
    return hundredths + _PLAIN if value > 0 and not rest else _MOST + 1


def unpack_sheet(packed: bytes) -> list[int | None]:
    """Return the answer codes of one packed sheet."""
    if len(packed) % 8 == 0:
        return [None if value == OPEN else value for value in struct.unpack(f"<{len(packed) // 8}q", packed)]
    short = struct.unpack(f"<{len(packed) // 2}h", packed[1:])
    return [None if code == _OPEN else code if code < _PLAIN else (code - _PLAIN) * _HUNDREDTH for code in short]


def unpack_sheets(packed: pl.Series, codes: Sequence[str]) -> pl.DataFrame:
    """Return one column of whole numbers per item code; null where an item, or the whole sheet, is open.

    A column is Int16, where a number needs it Int32, where a sheet is kept in eight bytes for each item Int64.

    Raises:
        ValueError: a sheet has not as many items as there are codes.
    """
    sizes = packed.drop_nulls().bin.size().unique().to_list()
    short, long = 2 * len(codes) + 1, 8 * len(codes)
    if any(size not in {short, long} for size in sizes):
        raise ValueError(f"sheets of {sorted(map(_items, sizes))} items, {len(codes)} expected")
    if not codes:
        return pl.DataFrame(height=len(packed))
    nothing: list[int | None] = [None] * len(codes)
    if long in sizes:
        packed = packed.fill_null(_long(nothing))
        if short in sizes:
            packed = pl.Series([_long(unpack_sheet(one)) for one in packed], dtype=pl.Binary)
        return _wide(packed, codes, pl.Int64(), OPEN)
    wide = _wide(packed.fill_null(pack_sheet(nothing)).bin.slice(1), codes, pl.Int16(), _OPEN)
    most = (column.max() for column in wide.get_columns())  # each is asked by itself: sixty expressions cost more
    large = [code for code, high in zip(codes, most, strict=True) if isinstance(high, int) and high >= _PLAIN]
    above = [pl.col(code).cast(pl.Int32) for code in large]
    return wide.with_columns(
        pl.when(code < _PLAIN).then(code).otherwise((code - _PLAIN) * _HUNDREDTH) for code in above
    )


def _items(size: int) -> int:
    return size // 8 if size % 8 == 0 else size // 2


def _wide(packed: pl.Series, codes: Sequence[str], kind: pl.DataType, absent: int) -> pl.DataFrame:
    """Return the columns of sheets of one width, `absent` and absent sheets as null."""
    parts = [_side_by_side(part, codes, kind) for part in packed.to_frame().iter_slices(_SLICE)]
    wide = pl.concat(parts, rechunk=True) if parts else pl.DataFrame(schema=dict.fromkeys(codes, kind))
    gaps = [column.name for column in wide.get_columns() if column.min() == absent]
    return wide.with_columns(pl.when(pl.col(code) != absent).then(pl.col(code)) for code in gaps) if gaps else wide


def _side_by_side(packed: pl.DataFrame, codes: Sequence[str], kind: pl.DataType) -> pl.DataFrame:
    """Return some sheets as columns; few enough that they lie at hand while each column is picked out of them."""
    flat = packed.to_series().bin.reinterpret(dtype=pl.Array(kind, len(codes)), endianness="little").explode()
    return pl.DataFrame([flat.gather_every(len(codes), offset).alias(code) for offset, code in enumerate(codes)])


@dataclass(frozen=True)
class Register:
    """The register as `domain.estates` reads it: estates (with name and floor_area), tenures, party units."""

    estates: pl.DataFrame
    tenures: pl.DataFrame
    parties: pl.DataFrame


async def register_frames(period: Period) -> Register:
    """Return every estate registered by the end of `period`, with all its tenures and party units."""
    return Register(
        await _estates_frame(period, list(_ESTATES)),
        await _tenures_frame(),
        await _frame(_parties_query(), _PARTIES),
    )


Known = tuple[tuple[tuple[Any, ...], ...], ...]  # what the register says of one estate, as the database holds it


async def known_of(estate: int) -> Known:
    """Return what the register says of one estate: equal for as long as it says the same."""
    queries = (
        (_estates_query(list(_ESTATES)).where(Estate.id == estate), _ESTATES),
        (_tenures_query().where(Tenure.estate == estate), _TENURES),
        (_parties_query().where(PartyUnit.estate == estate), _PARTIES),
    )
    read = [await columns(bound(), query, list(schema), brief=True) for query, schema in queries]
    return tuple(tuple(map(tuple, one)) for one in read)


def register_of(known: Known) -> Register:
    """Return the frames of what is known of an estate."""
    return Register(*(_typed(schema, read) for schema, read in zip((_ESTATES, _TENURES, _PARTIES), known, strict=True)))


def _parties_query() -> Select[Any]:
    return PartyUnit.select(
        PartyUnit.estate.as_alias("estate_id"), PartyUnit.form, PartyUnit.status, PartyUnit.approved_on,
        PartyUnit.ended_on,
    ).order_by(PartyUnit.id)  # fmt: skip


async def _estates_frame(period: Period, names: Sequence[str]) -> pl.DataFrame:
    """Return some columns of the register, in no order."""
    known: Condition = Estate.registered_on.is_null() | (Estate.registered_on <= period.ends)
    return await _frame(_estates_query(names).where(known), {name: _ESTATES[name] for name in names})


def _estates_query(names: Sequence[str]) -> Select[Any]:
    held = {"estate_id": Estate.id, "estate_code": Estate.code, "floor_area": Estate.floor_area_cm}
    return Estate.select(*(held[name].as_alias(name) if name in held else getattr(Estate, name) for name in names))


async def _tenures_frame() -> pl.DataFrame:
    """Return all tenures, in no order."""
    return await _frame(_tenures_query(), _TENURES)


def _tenures_query() -> Select[Any]:
    return Tenure.select(
        Tenure.id.as_alias("tenure_id"), Tenure.estate.as_alias("estate_id"), Tenure.management,
        Tenure.company.as_alias("company_id"), Tenure.begins, Tenure.ends,
    )  # fmt: skip


async def observed_frame(period: Period) -> pl.DataFrame:
    """Return all dated facts that began by the end of `period`, in no order, in the long form that `facts_in` reads."""
    query = Fact.select(
        Fact.estate.as_alias("estate_id"), Fact.name, Fact.value, Fact.choice, Fact.valid_from, Fact.valid_to
    ).where((Fact.valid_from <= period.ends) & Fact.withdrawn_at.is_null())
    return await _frame(query, _FACTS)


async def estates_frame(period: Period, facts: Sequence[Declared]) -> pl.DataFrame:
    """Return one row per estate, by code: register facts at the end of `period` and the dated facts in force in it.

    Besides the declared facts: estate_id, estate_code, name, street, floor_area (hundredths of a square metre),
    company_id (who manages it on the last day). Where the edition declares the floor area as a fact it is a figure.
    """
    known = await register_frames(period)
    present = register.standing(known.estates, known.tenures, known.parties, period.ends)
    dated = facts_in(tuple(facts), await observed_frame(period), begins=period.begins, ends=period.ends)
    in_figures = any(fact.name == "floor_area" for fact in facts)
    area = pl.col("floor_area") * (UNIT // 100 if in_figures else 1)
    named = present.select("name", "street", area, "company_id")
    rows = register.seen(present).hstack(named).join(dated, on="estate_id", how="left").sort("estate_code")
    if not {fact.name for fact in facts} & {*RECTIFIED}:
        return rows
    outstanding = await rectifications.counts(period)
    whole = rows.join(outstanding, on="estate_id", how="left", maintain_order="left")
    return whole.with_columns(pl.col(RECTIFIED).fill_null(0))


async def inspections_frame(period: Period, codes: Sequence[str], *, edition: str) -> pl.DataFrame:
    """Return the submitted sheets of `period` that were scored under `edition`, one Int64 column per item code.

    Also inspection_id, estate_id, round (number), void (the round does not count) and pending (not reviewed yet).
    Void inspections and blind second looks are not among them.
    """
    rounds = await Round.select(Round.id, Round.number, Round.void_reason).where(Round.period == period.code)
    query = Inspection.select(
        Inspection.id.as_alias("inspection_id"), Inspection.estate.as_alias("estate_id"),
        Inspection.round, Inspection.state, Inspection.answers,
    ).where(
        Inspection.round.is_in([0, *(one["id"] for one in rounds)]) & Inspection.state.is_in([*COUNTED, PENDING])
        & (Inspection.edition == edition) & Inspection.answers.is_not_null()
        & Inspection.second_of.is_null() & (Inspection.void_reason == "")
    )  # fmt: skip
    rows = await _frame(query, _INSPECTIONS)
    if not rows["inspection_id"].is_sorted():
        rows = rows.sort("inspection_id")
    held = pl.col("round")  # its id
    numbers = {one["id"]: one["number"] for one in rounds}
    state = rows.select(
        "inspection_id",
        "estate_id",
        held.replace_strict(numbers, return_dtype=pl.Int64, default=None),
        void=held.is_in([one["id"] for one in rounds if one["void_reason"]]),
        pending=pl.col("state") == PENDING,
    )
    return state.hstack(unpack_sheets(rows["answers"], codes))


async def history_frame(period: Period, recalls: Mapping[str | None, int]) -> pl.DataFrame:
    """Return estate_id, periods_back (1: the period before) and composite of the published earlier periods.

    `recalls` says how many periods are wanted, by figure (None: the composite); each figure is a column `of.<figure>`,
    in millionths, null where the row of that period has none.
    """
    furthest = max(recalls.values(), default=0)
    if furthest == 0:
        return pl.DataFrame(schema={"estate_id": pl.Int64, "periods_back": pl.Int64, "composite": pl.Int64})
    backs = {period.later(-back).code: back for back in range(1, furthest + 1)}
    figures = [name for name in recalls if name is not None]
    columns = [Rating.estate.as_alias("estate_id"), Rating.run.period.as_alias("period"), Rating.composite]
    query = Rating.select(*columns, *([Rating.working] if figures else [])).where(
        (Rating.run.state == "published") & Rating.run.period.is_in(list(backs))
    )
    rows = await _frame(query, _HISTORY | ({"working": pl.String()} if figures else {}))
    back = pl.col("period").replace_strict(backs, default=None, return_dtype=pl.Int64)
    return rows.select("estate_id", back.alias("periods_back"), "composite", *_recalled(figures))


def _recalled(figures: Sequence[str]) -> list[pl.Expr]:
    if not figures:
        return []
    kinds = {name: pl.String() if name == "stars" else pl.Int64() for name in figures}
    kept = pl.col("working").str.json_decode(pl.Struct(kinds)).struct
    stars = (kept.field("stars").cast(HALVES) * UNIT).cast(pl.Int64)  # kept as whole stars, or as “3.5”
    return [(stars if name == "stars" else kept.field(name)).alias(f"of.{name}") for name in figures]


async def stints_frame(period: Period, rating_run: int, also: Mapping[str, pl.DataType] | None = None) -> pl.DataFrame:
    """Return the stints of `period` as `domain.subsidies.schedule` reads them, with the stars of a rating run.

    To the columns of `managed_frame` come not_rated, composite, vetoes and, of the rating's rows, those that `also`
    names.
    """
    rated = await ratings_frame(rating_run, also or {})
    return (await managed_frame(period)).join(rated, on="estate_id", how="left", maintain_order="left")


async def managed_frame(period: Period) -> pl.DataFrame:
    """Return the stints of `period` by estate code, with all that money needs but the stars.

    Besides `STINT`: estate_name, street and community (codes), area_source, company_id, begins, ends (exclusive).
    Custody costs and deductions are not on record yet and stand as null.
    """
    estates = await _estates_frame(period, ("registered_on", *_PAID_BY))
    about = estates.select(_PAID_BY).rename({"name": "estate_name"})
    return (
        register.stints(estates, await _tenures_frame(), period)
        .join(about, on="estate_id")
        .join(await paid_frame(period), on="estate_id", how="left")
        .with_columns(pl.lit(None, pl.Int64).alias(name) for name in _NOT_ON_RECORD)
        .sort("estate_code", "begins")
    )


async def ratings_frame(rating_run: int, also: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """Return estate_id, stars, grade, not_rated (code), composite and vetoes (codes that fired) of a rating run.

    `also` names further columns of the kept rows with their types.
    """
    query = Rating.select(
        Rating.estate.as_alias("estate_id"),
        Rating.stars,
        Rating.grade,
        Rating.not_rated,
        Rating.composite,
        Rating.working,
    ).where(Rating.run == rating_run)
    rows = await _frame(query, _RATINGS)
    more = {name: kind for name, kind in also.items() if name not in rows.columns}
    kinds = {"fired": pl.List(pl.String()), "stars": pl.String(), **more}
    kept = pl.col("working").str.json_decode(pl.Struct(kinds)).struct
    rows = rows.with_columns(
        kept.field("fired").alias("vetoes"), kept.field("stars").alias("whole"), *(kept.field(name) for name in more)
    )
    if rows["whole"].str.contains(".", literal=True).any():  # half stars
        rows = rows.with_columns(pl.col("whole").cast(HALVES).alias("stars"))
    return rows.drop("working", "whole")


async def paid_frame(period: Period) -> pl.DataFrame:
    """Return what approved runs of earlier periods of the same year have paid each estate under its yearly cap."""
    earlier = [p.code for p in (period.later(-back) for back in range(1, period.number))]
    if not earlier:
        return pl.DataFrame(schema=_PAID)
    query = SubsidyLine.select(
        SubsidyLine.estate.as_alias("estate_id"), SubsidyLine.paid_fen, SubsidyLine.working
    ).where((SubsidyLine.run.state == "approved") & SubsidyLine.period.is_in(earlier))
    rows = await _frame(query, {"estate_id": pl.Int64(), "paid_fen": pl.Int64(), "working": pl.String()})
    capped = pl.col("working").str.json_decode(pl.Struct({"capped_fen": pl.Int64})).struct.field("capped_fen")
    under_cap = pl.min_horizontal("paid_fen", capped).sum().alias("paid_this_year_fen")
    return rows.group_by("estate_id").agg(under_cap)


async def companies_frame() -> pl.DataFrame:
    """Return company_id, company_name, uscc and the account of every company as they are now."""
    accounts = (Company.uscc, Company.account_name, Company.account_bank, Company.account_number, Company.bank_code)
    query = Company.select(Company.id.as_alias("company_id"), Company.name.as_alias("company_name"), *accounts)
    return await _frame(query, {"company_id": pl.Int64(), **dict.fromkeys(ACCOUNT, pl.String())})


async def _frame(query: Select[Any], schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """Run one query and type its rows, column by column; columns beyond the schema are left out."""
    if list(schema.values())[-1] == pl.Binary():
        return _typed(schema, await columns_and_bytes(bound(), query, list(schema)))
    return _typed(schema, await columns(bound(), query, list(schema), brief="working" not in schema))


def _typed(schema: Mapping[str, pl.DataType], read: Sequence[Sequence[Any]]) -> pl.DataFrame:
    typed = zip(schema.items(), read, strict=True)
    return pl.DataFrame([_column(name, values, kind) for (name, kind), values in typed])


def _column(name: str, values: Sequence[Any], kind: pl.DataType) -> pl.Series:
    first = next((one for one in values if one is not None), None)
    if kind == pl.Date and isinstance(first, str):
        return pl.Series(name, values, dtype=pl.String).str.to_date("%Y-%m-%d")
    if kind == pl.Boolean and type(first) is int:
        return pl.Series(name, values, dtype=pl.Int64).cast(kind)
    return pl.Series(name, values, dtype=kind)
