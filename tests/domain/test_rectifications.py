"""What a deduction asks to be rectified, by when, and how many stand out at the end of a period."""

from datetime import date

import msgspec
import polars as pl
import pytest

from inspecting import PACK
from redproperty.domain.calendar import Unit
from redproperty.domain.items import EXEMPT, ZEROED
from redproperty.domain.rectifications import (
    MOVES,
    Deduction,
    Event,
    State,
    compared,
    deductions,
    due_on,
    is_overdue,
    move,
    outstanding,
    words_refusal,
)

UNIT = 1_000_000


def row(**said: tuple[int, int]) -> dict[str, int | None]:
    """Return a scored sheet on which nothing is found but `said`: answer and points (millionths) by item."""
    codes = {code.replace("_", "-"): pair for code, pair in said.items()}
    answers = {item.code: codes.get(item.code, (item.shape.best(), item.full_points)) for item in PACK.sheet.items}
    points = {f"{code}.points": pair[1] for code, pair in answers.items()}
    return {code: pair[0] for code, pair in answers.items()} | points


def test_a_deduction_with_days_to_cure_asks_to_be_rectified_with_what_it_lost():
    item = PACK.sheet.by_code["BJ-01"]
    [found] = deductions(PACK.sheet, row(BJ_01=(2, item.full_points - UNIT)))
    assert found == Deduction("BJ-01", 2, UNIT, item.days_to_cure)


@pytest.mark.parametrize("answer", [EXEMPT, 0])
def test_what_only_a_veto_took_is_nobodys_to_rectify(answer):
    assert list(deductions(PACK.sheet, row(BJ_01=(answer, 0)))) == []


def test_an_item_zeroed_by_its_inspector_is():
    assert [one.item for one in deductions(PACK.sheet, row(BJ_01=(ZEROED, 0)))] == ["BJ-01"]


def test_an_item_without_days_to_cure_asks_for_nothing():
    item = msgspec.structs.replace(PACK.sheet.by_code["BJ-01"], days_to_cure=0)
    category = msgspec.structs.replace(PACK.sheet.category_of("BJ-01"), items=(item,))
    sheet = msgspec.structs.replace(PACK.sheet, categories=(category,))
    assert list(deductions(sheet, row(BJ_01=(1, 0)))) == []


def test_the_day_of_acceptance_does_not_count_and_working_days_skip_the_weekend_only_where_the_edition_says_so():
    friday = date(2026, 11, 20)
    assert due_on(friday, 3, Unit.CALENDAR) == date(2026, 11, 23)  # Saturday, Sunday, Monday
    assert due_on(friday, 3, Unit.WORKING) == date(2026, 11, 25)  # Monday, Tuesday, Wednesday


def test_accepted_again_what_is_still_deducted_stays_and_what_is_not_goes():
    old, new = Deduction("BJ-01", 1, UNIT, 3), Deduction("ZX-02", 1, UNIT, 1)
    told = compared(["BJ-01", "LH-01"], [old, new])
    assert (told.new, told.kept, told.gone) == ((new,), (old,), ("LH-01",))


def test_the_table_of_moves_has_no_way_out_of_closed_and_void():
    assert {state for state, _ in MOVES} == {State.OPEN, State.REPORTED}
    assert move(State.REPORTED, Event.CLOSE).to is State.CLOSED
    assert "待整改" in move(State.OPEN, Event.SEND_BACK).zh
    assert "已销号" in move(State.CLOSED, Event.CLOSE).zh


def test_what_was_not_reported_is_closed_with_a_reason_only():
    assert words_refusal(MOVES[State.OPEN, Event.CLOSE], Event.CLOSE, " ").zh == "请写明原因"
    assert words_refusal(MOVES[State.REPORTED, Event.CLOSE], Event.CLOSE, "") is None
    assert words_refusal(MOVES[State.OPEN, Event.REPORT], Event.REPORT, "").zh == "请写明怎样整改的"
    assert words_refusal(MOVES[State.OPEN, Event.REPORT], Event.REPORT, "长" * 501).zh == "最多 500 个字"


@pytest.mark.parametrize(
    ("state", "reported_on", "today", "late"),
    [
        (State.OPEN, None, 10, False),  # its last day
        (State.OPEN, None, 11, True),
        (State.REPORTED, 10, 15, False),  # in time: it waits for the street
        (State.REPORTED, 12, 15, True),
        (State.CLOSED, 12, 15, False),
        (State.VOID, None, 15, False),
    ],
)
def test_overdue_is_what_was_not_reported_by_its_day(state, reported_on, today, late):
    reported = reported_on and date(2026, 11, reported_on)
    assert is_overdue(state, date(2026, 11, 10), reported, date(2026, 11, today)) is late


def test_at_the_end_of_a_period_what_happened_later_has_not_happened_yet():
    """31 December. Of estate 7: 1 closed in time; 2 reported in time, closed in January; 3 late; 4 due in January.

    Of estate 8: 5 reported in time but sent back; 6 reported a day late; 7 closed on the very day.
    """
    ordered = pl.DataFrame(
        [(1, 7, 10), (2, 7, 20), (3, 7, 20), (4, 7, 40), (5, 8, 20), (6, 8, 20), (7, 8, 20)],
        schema={"rectification": pl.Int64, "estate_id": pl.Int64, "day": pl.Int64},
        orient="row",
    ).select("rectification", "estate_id", due_on=pl.date(2026, 12, 1) + pl.duration(days=pl.col("day") - 1))
    moves = [(n, "order", 1) for n in range(1, 8)]
    moves += [(1, "report", 5), (1, "close", 6), (2, "report", 19), (2, "close", 35), (3, "report", 33)]
    moves += [(5, "report", 18), (5, "send_back", 19), (6, "report", 21), (7, "close", 31)]
    happened = pl.DataFrame(
        moves, schema={"rectification": pl.Int64, "event": pl.String, "day": pl.Int64}, orient="row"
    ).select("rectification", "event", on_day=pl.date(2026, 12, 1) + pl.duration(days=pl.col("day") - 1))
    found = outstanding(ordered, happened, date(2026, 12, 31)).sort("estate_id")
    assert found.to_dicts() == [
        {"estate_id": 7, "open_rectifications": 3 * UNIT, "overdue_rectifications": UNIT},  # 2, 3, 4; 3
        {"estate_id": 8, "open_rectifications": 2 * UNIT, "overdue_rectifications": 2 * UNIT},  # 5, 6; both
    ]
