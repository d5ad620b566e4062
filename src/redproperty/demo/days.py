"""When the demo plays: its present day, the periods behind it, and the quarters' rounds."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

from redproperty.domain.periods import Period
from redproperty.settings import ZONE

TODAY = date(2026, 11, 23)
SEED = 20261123
CLOSED = (Period(2026, 1), Period(2026, 2), Period(2026, 3))
PRESENT = Period(2026, 4)
VOID = (Period(2026, 1), 1)  # the round that did not count
ROUNDS = ((4, 24), (28, 55), (57, 72), (73, 87))  # days from the quarter's first on which each opens and is due


def moment(day: date, hour: int = 9, minute: int = 0) -> datetime:
    """Return a time of day in China as UTC."""
    return datetime.combine(day, time(hour, minute), tzinfo=ZONE).astimezone(UTC)


def round_days(period: Period, number: int) -> tuple[date, date]:
    """Return when a round opens and when it is due."""
    opens, due = ROUNDS[number - 1]
    return period.begins + timedelta(days=opens), period.begins + timedelta(days=due)


def demo_clock(wall: Callable[[], datetime]) -> Callable[[], datetime]:
    """Return a clock that shows the time of day of `wall` on the demo's present day, whatever day it really is."""

    def clock() -> datetime:
        return datetime.combine(TODAY, wall().astimezone(ZONE).time(), tzinfo=ZONE).astimezone(UTC)

    return clock
