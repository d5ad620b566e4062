"""What may be typed into a sheet, how far an inspection is on a day, and how many items an estate is asked."""

from datetime import date

import polars as pl
import pytest

from inspecting import PACK
from redproperty.domain.entries import Standing, asked, provisional, standing, typed
from redproperty.domain.inspections import State
from redproperty.domain.numbers import UNIT, figure

DUE = date(2026, 11, 30)
COUNT, LEVELS, MEASURED = (PACK.sheet.by_code[code] for code in ("BJ-01", "JC-04", "ZX-03"))


@pytest.mark.parametrize(
    ("item", "outcome", "amount", "code"),
    [
        (COUNT, "", "", None),
        (COUNT, "clean", "3", 0),
        (COUNT, "found", "3", 3),
        (COUNT, "", "３", 3),
        (LEVELS, "2", "", 2),
        (MEASURED, "", "", None),
        (MEASURED, "found", "", None),
        (MEASURED, "", " 92.5 % ", 92_500_000),
    ],
)
def test_what_is_typed_becomes_the_code(item, outcome, amount, code):
    assert typed(item, outcome, amount) == code


@pytest.mark.parametrize(
    ("item", "outcome", "amount", "words"),
    [
        (COUNT, "found", "", "之间的整数"),
        (COUNT, "found", "0", "至少为 1"),
        (COUNT, "found", "2.5", "之间的整数"),
        (COUNT, "found", "-3", "之间的整数"),
        (COUNT, "perhaps", "", "请选择一个选项"),
        (LEVELS, "7", "", "之间的整数"),
        (MEASURED, "", "100.5", "0 到 100"),
        (MEASURED, "", "nan", "0 到 100"),
    ],
)
def test_what_cannot_be_says_why(item, outcome, amount, words):
    assert words in typed(item, outcome, amount).zh


@pytest.mark.parametrize(
    ("state", "day", "begun", "how"),
    [
        (State.ACCEPTED, date(2026, 12, 5), True, Standing.DONE),
        (State.LOCKED, date(2026, 12, 5), True, Standing.DONE),
        (State.SUBMITTED, date(2026, 12, 5), True, Standing.WAITING),
        (State.RETURNED, date(2026, 12, 5), True, Standing.RETURNED),
        (State.DRAFT, date(2026, 12, 1), True, Standing.LATE),
        (State.DRAFT, DUE, True, Standing.BEGUN),  # the due day itself is not late
        (State.DRAFT, DUE, False, Standing.NOT_STARTED),
    ],
)
def test_an_inspection_is_in_exactly_one_standing(state, day, begun, how):
    assert standing(state, DUE, day, begun=begun) is how


def test_an_estate_is_asked_what_the_register_does_not_rule_out():
    register = pl.DataFrame(
        {
            "estate_id": [7, 8, 9],
            "gated": [True, False, None],
            "parking_managed": [True, False, True],
            "lifts": [2 * UNIT, 0, UNIT],
            "secondary_water": [True, False, True],
        }
    )
    # 42 items; without gate, parking, lifts and pumped water four fewer; what is not known is asked
    assert asked(PACK.sheet, register) == {7: 42, 8: 38, 9: 42}


@pytest.mark.parametrize(("points", "star"), [("90", 5), ("89.99", 4), ("80", 3), ("60", 1), ("59.99", 0), ("0", 0)])
def test_the_provisional_star_is_that_of_the_printed_score(points, star):
    assert provisional(PACK.rating.stars, figure(points)) == star
