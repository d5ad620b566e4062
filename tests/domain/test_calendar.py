from datetime import date

import pytest

from redproperty.domain.calendar import LAST_YEAR, Unit, add_days, add_months, announced, caveat, days_left, is_working


# 国务院办公厅 notices for 2024 and 2025: 春节 2025 is 28 January to 4 February, 26 January and 8 February are worked.
@pytest.mark.parametrize(
    ("day", "working"),
    [
        (date(2025, 1, 26), True),  # a worked Sunday
        (date(2025, 1, 27), True),
        (date(2025, 1, 28), False),  # a Tuesday off
        (date(2025, 2, 4), False),
        (date(2025, 2, 8), True),  # a worked Saturday
        (date(2025, 2, 9), False),
        (date(2025, 10, 8), False),
        (date(2025, 10, 11), True),
        (date(2024, 2, 29), True),
    ],
)
def test_make_up_weekends_are_worked_and_holidays_are_not(day, working):
    assert is_working(day) is working


@pytest.mark.parametrize(
    ("start", "number", "unit", "count_first", "due"),
    [
        (date(2025, 1, 24), 5, Unit.WORKING, False, date(2025, 2, 7)),  # Fri; 26 27 January, 5 6 7 February
        (date(2025, 1, 24), 5, Unit.WORKING, True, date(2025, 2, 6)),
        (date(2025, 1, 25), 1, Unit.WORKING, True, date(2025, 1, 26)),  # a Saturday cannot be day one
        (date(2024, 2, 28), 1, Unit.CALENDAR, False, date(2024, 2, 29)),
        (date(2023, 2, 28), 1, Unit.CALENDAR, False, date(2023, 3, 1)),
        (date(2024, 2, 28), 3, Unit.CALENDAR, True, date(2024, 3, 1)),
        (date(2024, 8, 31), 6, Unit.MONTHS, False, date(2025, 2, 28)),
        (date(2023, 8, 31), 6, Unit.MONTHS, False, date(2024, 2, 29)),
        (date(2026, 1, 15), 6, Unit.MONTHS, False, date(2026, 7, 15)),
        (date(2026, 1, 15), 6, Unit.MONTHS, True, date(2026, 7, 14)),
    ],
)
def test_a_span_ends_on_the_day_an_office_would_say(start, number, unit, count_first, due):
    assert add_days(start, number, unit=unit, count_first=count_first) == due


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        (date(2025, 12, 31), 2, date(2026, 2, 28)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
        (date(2026, 1, 10), -1, date(2025, 12, 10)),
        (date(2026, 11, 30), 1, date(2026, 12, 30)),
    ],
)
def test_months_keep_the_date_where_there_is_one(start, months, end):
    assert add_months(start, months) == end


@pytest.mark.parametrize(
    ("today", "due", "unit", "left"),
    [
        (date(2026, 3, 1), date(2026, 3, 1), Unit.CALENDAR, 0),
        (date(2024, 2, 28), date(2024, 3, 1), Unit.CALENDAR, 2),
        (date(2026, 3, 3), date(2026, 3, 1), Unit.MONTHS, -2),
        (date(2025, 1, 24), date(2025, 2, 7), Unit.WORKING, 5),
        (date(2025, 2, 7), date(2025, 1, 24), Unit.WORKING, -5),
        (date(2025, 1, 29), date(2025, 1, 29), Unit.WORKING, 0),
    ],
)
def test_days_left_are_counted_like_the_span(today, due, unit, left):
    assert days_left(today, due, unit=unit) == left


def test_a_year_not_yet_announced_counts_monday_to_friday_and_says_so():
    year = LAST_YEAR + 1
    assert not announced(year)
    national_day = date(year, 10, 1)
    assert is_working(national_day) is (national_day.weekday() < 5)
    note = caveat(date(LAST_YEAR, 12, 1), date(year, 1, 31))
    assert note is not None
    assert str(year) in note.zh
    assert "周一至周五" in note.zh
    assert caveat(date(LAST_YEAR, 1, 1), date(LAST_YEAR, 12, 31)) is None
