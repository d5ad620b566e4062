"""Rectification (整改): what a deduction of an accepted inspection asks of the company, by when, and where it stands.

One row per deduction: every item has days to cure, a report and a picture of its own, and the street closes them one
by one. On paper and on the pages those of one inspection stand together as its order (整改单).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import polars as pl

from redproperty.domain.access import Deed
from redproperty.domain.calendar import Unit, add_days
from redproperty.domain.choices import Choice
from redproperty.domain.items import EXEMPT, MENDED, NOT_APPLICABLE
from redproperty.domain.numbers import UNIT
from redproperty.domain.sheets import Sheet
from redproperty.domain.texts import Text


class State(Choice):
    """Where a rectification stands."""

    OPEN = "open", "待整改", "to be rectified"
    REPORTED = "reported", "待销号", "reported, to be checked"
    CLOSED = "closed", "已销号", "closed"
    VOID = "void", "已作废", "void"


class Event(Choice):
    """What moves it on."""

    ORDER = "order", "开单", "ordered"
    REPORT = "report", "报告已整改", "reported as rectified"
    CLOSE = "close", "销号", "closed"
    SEND_BACK = "send_back", "退回重改", "sent back"
    CHANGE = "change", "复核后更改", "changed after review"
    VOID = "void", "作废", "made void"


@dataclass(frozen=True)
class Move:
    """One row of the table: where the event leads, which deed allows it, and whether words must go with it."""

    to: State
    deed: Deed
    words: bool = False


MOVES: Final[dict[tuple[State, Event], Move]] = {
    (State.OPEN, Event.REPORT): Move(State.REPORTED, Deed.REPORT_RECTIFICATION, words=True),
    (State.REPORTED, Event.CLOSE): Move(State.CLOSED, Deed.CLOSE_RECTIFICATION),
    (State.OPEN, Event.CLOSE): Move(State.CLOSED, Deed.CLOSE_RECTIFICATION, words=True),
    (State.REPORTED, Event.SEND_BACK): Move(State.OPEN, Deed.CLOSE_RECTIFICATION, words=True),
}
UNFINISHED: Final = (State.OPEN, State.REPORTED)
WORDS_LENGTH: Final = 500
GONE: Final = Text("复核后不再扣分", "after review nothing is taken off any more")
_NO_MOVE = Text(
    "这项整改现在是“{state}”，不能{event}；可能有人刚办理过，请刷新页面查看。",
    "This is {state} now and cannot be {event}; somebody may just have dealt with it: reload the page.",
)
_SAY_WHAT = Text("请写明怎样整改的", "Say what was done")
_SAY_WHY = Text("请写明原因", "Say why")
_TOO_LONG = Text("最多 {limit} 个字", "At most {limit} characters")


def move(state: State, event: Event) -> Move | Text:
    """Return the row of the table for an event, or why it cannot happen."""
    row = MOVES.get((state, event))
    return _NO_MOVE.fill(state=state.label, event=event.label) if row is None else row


def words_refusal(row: Move, event: Event, words: str) -> Text | None:
    """Return what is wrong with the words of an event; nothing where they will do."""
    if row.words and not words.strip():
        return _SAY_WHAT if event is Event.REPORT else _SAY_WHY
    return _TOO_LONG.fill(limit=WORDS_LENGTH) if len(words) > WORDS_LENGTH else None


@dataclass(frozen=True)
class Deduction:
    """What was found at an item that has days to cure: its answer, the points it lost (millionths), what was noted."""

    item: str
    value: int
    lost: int
    days: int


def deductions(sheet: Sheet, row: Mapping[str, Any]) -> Iterator[Deduction]:
    """Yield what a scored sheet asks to be rectified: items with days to cure whose own answer lost points.

    Where a veto alone took the points nothing was found at the item, and nothing is asked for it.
    """
    for item in sheet.items:
        value, points = row[item.code], row[item.points_column]
        found = value not in {None, NOT_APPLICABLE, EXEMPT, MENDED, item.shape.best()}
        if item.days_to_cure and found and points is not None and points < item.full_points:
            yield Deduction(item.code, value, item.full_points - points, item.days_to_cure)


def due_on(accepted_on: date, days: int, unit: Unit) -> date:
    """Return the last day to cure; the day of acceptance does not count (民法典 Art. 201)."""
    return add_days(accepted_on, days, unit=unit)


@dataclass(frozen=True)
class Compared:
    """What an inspection accepted again means for its rectifications: new ones, those that stay, those that go."""

    new: tuple[Deduction, ...]
    kept: tuple[Deduction, ...]
    gone: tuple[str, ...]


def compared(standing: Iterable[str], found: Iterable[Deduction]) -> Compared:
    """Compare the items that have a rectification with the deductions that stand now."""
    standing, found = set(standing), tuple(found)
    asked = {one.item for one in found}
    return Compared(
        new=tuple(one for one in found if one.item not in standing),
        kept=tuple(one for one in found if one.item in standing),
        gone=tuple(sorted(standing - asked)),
    )


def is_overdue(state: State, due: date, reported_on: date | None, today: date) -> bool:
    """Whether its day has passed without a report that stands; one reported in time waits for the street."""
    return state in UNFINISHED and due < today and (reported_on is None or reported_on > due)


FACTS: Final = ("open_rectifications", "overdue_rectifications")  # by which the rules may weigh them


def outstanding(ordered: pl.DataFrame, moves: pl.DataFrame, on: date) -> pl.DataFrame:
    """Return estate_id and how many rectifications were not closed, and how many overdue, at the end of a day.

    `ordered` has rectification, estate_id and due_on of all that are not void; `moves` rectification, event and
    on_day, in the order in which they happened. Both counts are figures; estates without any have no row.
    """
    last = moves.filter(pl.col("on_day") <= on).group_by("rectification", maintain_order=True).last()
    reported = (pl.col("event") == Event.REPORT.value) & (pl.col("on_day") <= pl.col("due_on"))
    late = (pl.col("due_on") < on) & ~reported
    return (
        ordered.join(last, on="rectification")
        .filter(pl.col("event") != Event.CLOSE.value)
        .group_by("estate_id")
        .agg(pl.len().cast(pl.Int64).alias(FACTS[0]) * UNIT, late.sum().cast(pl.Int64).alias(FACTS[1]) * UNIT)
    )
