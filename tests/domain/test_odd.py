"""What is odd about inspections, worked by hand."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from inspecting import PACK
from redproperty.domain.inspection_rules import Oddities
from redproperty.domain.odd import Beside, Kind, Visit, beside, lines_of, odd, repeats

UNIT = 1_000_000
RULES = Oddities()  # 15 points, 10 minutes, 1 point above, under 5 %, 3 rounds
NINE = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)


def visit(number: int, score: float | None, *, inspector: int = 1, minutes: int = 60, timed: bool = True) -> Visit:
    points = None if score is None else round(score * UNIT)
    return Visit(number, 7, ("2026Q4", number), inspector, points, NINE, NINE + timedelta(minutes=minutes), timed)


def found(*visits: Visit) -> list[tuple[int, str, str]]:
    return [(one.visit.id, one.kind.value, one.said.zh) for one in odd(visits, RULES, 100 * UNIT)]


def test_full_marks_are_listed_and_one_hundredth_less_is_not():
    assert found(visit(1, 100), visit(2, 99.99, inspector=2)) == [(1, "full", "各项都不扣分")]


def test_a_jump_is_more_than_the_edition_says_in_either_direction():
    visits = [visit(1, 80), visit(2, 95, inspector=2), visit(3, 79.99), visit(4, None), visit(5, 95, inspector=2)]
    jumps = [one for one in found(*visits) if one[1] == Kind.JUMP]
    # 80 → 95 is 15 exactly; 95 → 79.99 is 15.01; the open round between is passed over: 79.99 → 95 is 15.01
    assert jumps == [(3, "jump", "比上一次的 95.00 低 15.01 分"), (5, "jump", "比上一次的 79.99 高 15.01 分")]


def test_quick_is_under_the_minutes_and_only_what_was_entered_here():
    visits = [visit(1, 80, minutes=9), visit(2, 80, minutes=10, inspector=2), visit(3, 80, minutes=1, timed=False)]
    assert found(*visits) == [(1, "quick", "从第一次作答到提交 9 分钟")]


def test_the_same_inspector_three_rounds_running_is_told_once_at_the_last():
    visits = [visit(n, 80, inspector=who) for n, who in enumerate((1, 1, 1, 1, 2, 2, 1, 1), start=1)]
    assert found(*visits) == [(4, "running", "同一检查员连续 4 轮")]


def test_a_plan_that_would_make_it_three_is_warned_of():
    before = {7: [1, 1, 2], 8: [1, 2, 1], 9: [1]}
    assert repeats(before, {7: 1, 8: 1, 9: 1, 10: 1}, RULES) == {7: 3}
    assert repeats(before, {7: 2}, RULES) == {}


@pytest.mark.parametrize(
    ("above", "below", "chance", "unlikely"),
    [
        (4, 0, 6_250_000, False),  # 1/16 = 6.25 %
        (5, 0, 3_125_000, True),  # 1/32
        (7, 1, 3_515_625, True),  # (8 + 1)/256
        (6, 2, 14_453_125, False),  # (28 + 8 + 1)/256
        (0, 5, 100_000_000, False),
        (0, 0, 100_000_000, False),
    ],
)
def test_chance_is_the_exact_tail_of_as_many_tosses(above, below, chance, unlikely):
    assert (Beside(above, below).chance, Beside(above, below).unlikely(RULES)) == (chance, unlikely)


def test_a_score_on_a_line_stands_above_it_and_the_bands_are_half_open():
    lines = (80 * UNIT, 90 * UNIT)
    scores = [round(score * UNIT) for score in (78.99, 79, 79.99, 80, 80.99, 81, 89.5, 90.5)]
    assert beside(scores, lines, RULES) == Beside(above=3, below=3)  # 80, 80.99, 90.5; 79, 79.99, 89.5


def test_the_lines_are_those_stated_else_the_cut_offs_of_the_stars():
    assert lines_of(Oddities(lines=(Decimal(70), Decimal("82.5"))), PACK.rating.stars) == (70 * UNIT, 82_500_000)
    assert lines_of(Oddities(), PACK.rating.stars) == tuple(n * UNIT for n in (60, 70, 80, 85, 90))
