"""What the record gives to the rules."""

import struct
from datetime import date

import polars as pl
import pytest

import district
from redproperty.domain.facts import Fact as Declared
from redproperty.domain.numbers import UNIT
from redproperty.domain.periods import Period
from redproperty.domain.texts import Text
from redproperty.store import frames
from redproperty.store.tables import Estate, Fact, Inspection, Person, Rating, RatingRun, Round

pytestmark = pytest.mark.both

Q3 = Period(2026, 3)
CODES = ("A-01", "A-02", "A-03")


async def _id(code: str) -> int:
    row = await Estate.select(Estate.id).where(Estate.code == code).first()
    return row["id"]


async def _person() -> int:
    row = await Person.select(Person.id).first()
    return row["id"]


def test_a_sheet_comes_back_as_it_was_packed():
    values = [0, None, -3, 84_000_000]
    packed = frames.pack_sheet(values)
    assert packed == struct.pack("<4q", 0, -(2**63), -3, 84_000_000)
    assert frames.unpack_sheet(packed) == values


def test_sheets_become_one_column_per_item():
    series = pl.Series("answers", [frames.pack_sheet([1, None, 3]), None, frames.pack_sheet([-1, 0, 7])])
    wide = frames.unpack_sheets(series, CODES)
    assert wide.to_dict(as_series=False) == {"A-01": [1, None, -1], "A-02": [None, None, 0], "A-03": [3, None, 7]}


def test_no_sheets_are_an_empty_frame_with_the_items():
    wide = frames.unpack_sheets(pl.Series("answers", [], dtype=pl.Binary), CODES)
    assert wide.schema == dict.fromkeys(CODES, pl.Int64)
    assert wide.height == 0


def test_a_sheet_of_another_length_is_refused():
    with pytest.raises(ValueError, match="3 expected"):
        frames.unpack_sheets(pl.Series("answers", [frames.pack_sheet([1, 2])]), CODES)


async def test_estates_carry_register_and_dated_facts(record):
    estate = await _id("QX-0001")
    kwargs = {"source": "满意度调查", "recorded_by": await _person(), "recorded_at": district.NOW}
    kwargs |= {"estate": estate, "name": "satisfaction"}
    await Fact.insert(
        Fact(value=81 * UNIT, valid_from=date(2026, 7, 1), valid_to=date(2026, 9, 30), **kwargs),
        Fact(value=60 * UNIT, valid_from=date(2026, 10, 1), valid_to=date(2026, 12, 31), **kwargs),
    )
    declared = Declared(
        name="satisfaction", title=Text("满意度", "Satisfaction"), kind="percent", source="survey", perfect=100
    )
    frame = await frames.estates_frame(Q3, [declared])
    assert frame["estate_code"].to_list() == ["QX-0001", "QX-0002", "QX-0003", "QX-0004", "QX-0005"]
    first = frame.row(0, named=True)
    assert (first["satisfaction"], first["lifts"], first["gated"], first["management"]) == (
        81 * UNIT,
        16 * UNIT,
        True,
        "market",
    )
    assert frame["management"].to_list()[3:] == ["custody", "none"]
    assert frame["company_id"].to_list()[4] is None


async def test_a_declared_floor_area_is_a_figure_in_square_metres(record):
    area = Declared(
        name="floor_area", title=Text("建筑面积", "floor area"), kind="number", source="register", perfect=1
    )
    (plain, figures) = [
        (await frames.estates_frame(Q3, facts)).sort("estate_code")["floor_area"].to_list() for facts in ([], [area])
    ]
    assert plain[0] == 5_231_846  # hundredths of a square metre, as the register keeps them
    assert figures == [None if one is None else one * 10_000 for one in plain]


async def test_only_handed_in_sheets_of_the_edition_are_read(record):
    estate, person = await _id("QX-0001"), await _person()
    rounds = [
        (await Round.insert(Round(period=p, number=n, opens_on=Q3.begins, due_on=Q3.ends, void_reason=why)))[0]["id"]
        for p, n, why in (
            ("2026Q3", 1, ""),
            ("2026Q3", 2, "台风"),
            ("2026Q3", 3, ""),
            ("2026Q2", 1, ""),
            ("2026Q3", 4, ""),
        )
    ]
    states = ("accepted", "locked", "submitted", "accepted", "draft")
    for number, (opened, state) in enumerate(zip(rounds, states, strict=True)):
        await Inspection.insert(
            Inspection(
                round=opened,
                estate=estate,
                inspector=person,
                state=state,
                due_on=Q3.ends,
                edition="2026-01-01",
                answers=frames.pack_sheet([number, None, 0]),
            )
        )
    frame = await frames.inspections_frame(Q3, CODES, edition="2026-01-01")
    assert frame.select("round", "void", "pending", "A-01").rows() == [
        (1, False, False, 0),
        (2, True, False, 1),
        (3, False, True, 2),
    ]
    assert (await frames.inspections_frame(Q3, CODES, edition="2027-01-01")).height == 0


async def test_history_is_what_was_published_before(record):
    estate, person = await _id("QX-0001"), await _person()
    for period, state, composite in (
        ("2026Q2", "published", 59 * UNIT),
        ("2026Q2", "superseded", 58 * UNIT),
        ("2026Q1", "published", None),
        ("2025Q2", "published", 70 * UNIT),
    ):
        run = RatingRun(period=period, state=state, edition="e", digest="d", made_by=person, made_at=district.NOW)
        number = (await RatingRun.insert(run))[0]["id"]
        working = '{"stars": 3}' if period == "2026Q2" else "{}"
        await Rating.insert(
            Rating(run=number, estate=estate, stratum="developer", composite=composite, working=working)
        )
    history = (await frames.history_frame(Q3, {None: 4, "stars": 1})).sort("periods_back")
    assert history.columns == ["estate_id", "periods_back", "composite", "of.stars"]
    assert history.rows() == [(estate, 1, 59 * UNIT, 3 * UNIT), (estate, 2, None, None)]
    assert (await frames.history_frame(Q3, {})).is_empty()
