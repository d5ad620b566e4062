from datetime import date

import pytest

from redproperty.domain.periods import Period
from redproperty.domain.texts import Invalid


@pytest.mark.parametrize(
    ("code", "begins", "ends", "days"),
    [
        ("2026Q1", date(2026, 1, 1), date(2026, 3, 31), 90),
        ("2024Q1", date(2024, 1, 1), date(2024, 3, 31), 91),  # leap February
        ("2026Q2", date(2026, 4, 1), date(2026, 6, 30), 91),
        ("2026Q3", date(2026, 7, 1), date(2026, 9, 30), 92),
        ("2026Q4", date(2026, 10, 1), date(2026, 12, 31), 92),
    ],
)
def test_a_quarter_runs_from_its_first_to_its_last_day(code, begins, ends, days):
    period = Period.parse(code)
    assert (period.begins, period.ends, period.days, period.code) == (begins, ends, days, code)
    assert begins in period
    assert ends in period
    assert Period.of(begins) == Period.of(ends) == period


@pytest.mark.parametrize("code", ["2026Q0", "2026Q5", "2026-Q1", "", "26Q1", "1999Q4", "2100Q1", "2026Q11"])
def test_what_is_no_period_is_refused_with_an_example(code):
    with pytest.raises(Invalid) as refusal:
        Period.parse(code)
    (problem,) = refusal.value.problems
    assert problem.field == "period"
    assert "2026Q3" in problem.text.zh
    assert "2026Q3" in problem.text.en


def test_spaces_and_a_small_q_are_forgiven():
    assert Period.parse(" 2026q3 ") == Period(2026, 3)


def test_neighbours_cross_the_year():
    assert Period(2026, 1).previous() == Period(2025, 4)
    assert Period(2025, 4).next() == Period(2026, 1)
    assert Period(2026, 3).later(-7) == Period(2024, 4)


def test_periods_and_their_codes_sort_in_time():
    periods = [Period(2026, 1), Period(2025, 4), Period(2025, 2)]
    assert [period.code for period in sorted(periods)] == sorted(period.code for period in periods)


def test_the_title_is_said_in_both_languages():
    assert Period(2026, 3).title.zh == "2026年第三季度"
    assert Period(2026, 3).title.en == "Q3 2026"
    assert f"{Period(2026, 3)}" == "2026Q3"
