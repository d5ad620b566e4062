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


@pytest.mark.parametrize(
    ("code", "begins", "ends", "days", "title"),
    [
        ("2026", date(2026, 1, 1), date(2026, 12, 31), 365, ("2026年", "2026")),
        ("2024", date(2024, 1, 1), date(2024, 12, 31), 366, ("2024年", "2024")),
        ("2026H1", date(2026, 1, 1), date(2026, 6, 30), 181, ("2026年上半年", "first half of 2026")),
        ("2026H2", date(2026, 7, 1), date(2026, 12, 31), 184, ("2026年下半年", "second half of 2026")),
        ("2026-02", date(2026, 2, 1), date(2026, 2, 28), 28, ("2026年2月", "February 2026")),
        ("2026-12", date(2026, 12, 1), date(2026, 12, 31), 31, ("2026年12月", "December 2026")),
    ],
)
def test_years_half_years_and_months_are_periods_too(code, begins, ends, days, title):
    period = Period.parse(code)
    assert (period.begins, period.ends, period.days, period.code) == (begins, ends, days, code)
    assert (period.title.zh, period.title.en) == title
    assert Period.of(begins, period.kind) == Period.of(ends, period.kind) == period
    assert period.next().previous() == period
    assert period.next().begins.toordinal() == ends.toordinal() + 1


@pytest.mark.parametrize(
    ("code", "later", "expected"),
    [("2026", -3, "2023"), ("2026H1", -1, "2025H2"), ("2026-01", -13, "2024-12"), ("2026-11", 2, "2027-01")],
)
def test_earlier_and_later_periods_are_of_the_same_length(code, later, expected):
    assert Period.parse(code).later(later).code == expected


@pytest.mark.parametrize(("code", "quarter", "month"), [("2026", 4, 12), ("2026H1", 2, 6), ("2026-07", 3, 7)])
def test_a_period_knows_the_quarter_and_the_month_in_which_it_ends(code, quarter, month):
    assert (Period.parse(code).quarter, Period.parse(code).month) == (quarter, month)


@pytest.mark.parametrize("code", ["2026H3", "2026-13", "2026-00", "2026-7", "1999", "2026h", "20260"])
def test_what_is_no_year_half_or_month_is_refused(code):
    with pytest.raises(Invalid):
        Period.parse(code)


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
