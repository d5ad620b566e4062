"""What the record gives to the rules."""

import struct
from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

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


def wide(*values: int | None) -> bytes:
    """Return a sheet as it was kept before: eight bytes for each item, whatever its answer."""
    return struct.pack(f"<{len(values)}q", *(-(2**63) if value is None else value for value in values))


def test_a_sheet_takes_two_bytes_for_each_item_and_comes_back_as_it_was_packed():
    values = [0, None, -3, 8_191, 84_000_000]  # the last is 84: as 8,400 hundredths it stands above 8,192
    packed = frames.pack_sheet(values)
    assert packed == b"\2" + struct.pack("<5h", 0, -(2**15), -3, 8_191, 16_592)
    assert frames.unpack_sheet(packed) == values


@pytest.mark.parametrize("value", [8_193, 84_001_000, -10_000, 245_760_000])
def test_a_code_that_is_no_count_and_no_hundredths_takes_eight_bytes(value):
    packed = frames.pack_sheet([value, None, 1])
    assert packed == wide(value, None, 1)
    assert frames.unpack_sheet(packed) == [value, None, 1]


@given(st.lists(st.none() | st.integers(-(2**62), 2**62) | st.integers(-20, 30_000).map(lambda n: n * 10_000)))
def test_any_sheet_comes_back_as_it_was_packed(values):
    assert frames.unpack_sheet(frames.pack_sheet(values)) == values
    codes = [f"A-{number}" for number in range(len(values))]
    for packed in (frames.pack_sheet(values), wide(*values)):
        assert frames.unpack_sheets(pl.Series([packed]), codes).to_dicts() == [dict(zip(codes, values, strict=True))]


def test_sheets_become_one_column_per_item():
    series = pl.Series("answers", [frames.pack_sheet([1, None, 3]), None, frames.pack_sheet([-1, 0, 90_000_000])])
    columns = frames.unpack_sheets(series, CODES)
    expected = {"A-01": [1, None, -1], "A-02": [None, None, 0], "A-03": [3, None, 90_000_000]}
    assert columns.to_dict(as_series=False) == expected
    assert columns.dtypes == [pl.Int16, pl.Int16, pl.Int32]


def test_sheets_kept_before_are_read_beside_those_kept_now():
    kept = [frames.pack_sheet([1, None, 3]), None, wide(-1, 0, 90_000_000)]
    expected = {"A-01": [1, None, -1], "A-02": [None, None, 0], "A-03": [3, None, 90_000_000]}
    assert frames.unpack_sheets(pl.Series("answers", kept), CODES).to_dict(as_series=False) == expected
    assert frames.unpack_sheets(pl.Series("answers", kept[1:]), CODES).rows() == [(None,) * 3, (-1, 0, 90_000_000)]


def test_no_sheets_are_an_empty_frame_with_the_items():
    columns = frames.unpack_sheets(pl.Series("answers", [], dtype=pl.Binary), CODES)
    assert columns.columns == list(CODES)
    assert all(kind.is_signed_integer() for kind in columns.dtypes)
    assert columns.height == 0


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
