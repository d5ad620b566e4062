"""Days as Chinese offices count them: working days with 调休, calendar days, months to the same date.

The State Council announces the days off of a year, and the working weekends that make up for some of them (调休), only
in the autumn before. In years not yet announced (or before 2004) Monday to Friday are taken as working days;
`caveat` says so wherever a date depends on it.
"""

import calendar
from datetime import date, timedelta

from chinese_calendar import is_workday
from chinese_calendar.constants import holidays

from redproperty.domain.choices import Choice
from redproperty.domain.texts import Text

FIRST_YEAR: int = min(day.year for day in holidays)
LAST_YEAR: int = max(day.year for day in holidays)
_SATURDAY = 5
_ONE_DAY = timedelta(days=1)
_MONTHS = 12
_CAVEAT = Text(
    "{year}年放假安排尚未公布，暂按周一至周五为工作日计算",
    "The holidays of {year} are not announced; Monday to Friday are counted as working days",
)


class Unit(Choice):
    """In what a clock counts."""

    CALENDAR = "calendar", "日", "calendar days"
    WORKING = "working", "个工作日", "working days"
    MONTHS = "months", "个月", "months"


def announced(year: int) -> bool:
    """Whether the days off of `year` are known."""
    return FIRST_YEAR <= year <= LAST_YEAR


def is_working(day: date) -> bool:
    """Whether offices work on `day`: make-up weekends do, holidays do not."""
    return bool(is_workday(day)) if announced(day.year) else day.weekday() < _SATURDAY


def caveat(first: date, last: date) -> Text | None:
    """Return what to say beside working days counted from `first` to `last`, if a year between is not announced."""
    years = [year for year in range(min(first, last).year, max(first, last).year + 1) if not announced(year)]
    return _CAVEAT.fill(year=years[0]) if years else None


def add_days(start: date, number: int, *, unit: Unit = Unit.CALENDAR, count_first: bool = False) -> date:
    """Return the last day of a span of `number` days or months (at least 1) that opens on `start`.

    Where day one does not count (民法典 Art. 201) the first counted day is the next. Months end on the same date, or
    on the last of a shorter month (Art. 202); where day one counts, on the day before.
    """
    if unit is Unit.MONTHS:
        return add_months(start, number) - (_ONE_DAY if count_first else timedelta())
    day = start if count_first else start + _ONE_DAY
    if unit is Unit.CALENDAR:
        return day + timedelta(days=number - 1)
    counted = int(is_working(day))
    while counted < number:
        day += _ONE_DAY
        counted += is_working(day)
    return day


def add_months(start: date, months: int) -> date:
    """Return the same date so many months on (back, when negative), or the last day of that month."""
    year, index = divmod(start.year * _MONTHS + start.month - 1 + months, _MONTHS)
    last = calendar.monthrange(year, index + 1)[1]
    return date(year, index + 1, min(start.day, last))


def days_left(today: date, due: date, *, unit: Unit = Unit.CALENDAR) -> int:
    """Return the days after today up to and with `due`; zero on the day itself, negative when overdue.

    Months are counted down in calendar days.
    """
    if unit is not Unit.WORKING:
        return (due - today).days
    early, late = sorted((today, due))
    working = sum(is_working(early + timedelta(days=offset)) for offset in range(1, (late - early).days + 1))
    return working if due >= today else -working
