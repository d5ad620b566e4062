"""Days on which nobody cared, street by street, cut at the day that is looked at."""

from datetime import date

import polars as pl

from redproperty.domain.coverage import covered, unmanaged_days, unmanaged_stretches
from redproperty.domain.periods import Period

Q4 = Period(2026, 4)
DAY = date(2026, 11, 23)
ESTATES = pl.DataFrame(
    {
        "estate_id": [1, 2, 3, 4],
        "estate_code": ["A", "B", "C", "D"],
        "street": ["east", "east", "west", "west"],
        "registered_on": [date(2015, 1, 1), date(2015, 1, 1), date(2015, 1, 1), date(2026, 11, 20)],
        "owners_body": ["none", "committee", "interim", "none"],
    },
    schema_overrides={"estate_id": pl.Int64},
)
TENURES = pl.DataFrame(
    [
        (1, 1, "market", 7, date(2020, 1, 1), date(2026, 10, 11)),  # then nobody, until custody begins
        (2, 1, "custody", 8, date(2026, 11, 1), None),
        (3, 3, "self", None, date(2020, 1, 1), date(2026, 11, 22)),  # ends the day before yesterday
    ],
    schema={"tenure_id": pl.Int64, "estate_id": pl.Int64, "management": pl.String, "company_id": pl.Int64,
            "begins": pl.Date, "ends": pl.Date},
    orient="row",
)  # fmt: skip
PARTIES = pl.DataFrame(
    schema={"estate_id": pl.Int64, "form": pl.String, "status": pl.String, "approved_on": pl.Date, "ended_on": pl.Date}
)


def test_each_stretch_without_management_has_its_days():
    found = unmanaged_stretches(ESTATES, TENURES, Q4, DAY)
    assert found.select("street", "estate_code", "begins", "ends", "days").rows() == [
        ("east", "A", date(2026, 10, 11), date(2026, 11, 1), 21),
        ("east", "B", date(2026, 10, 1), date(2026, 11, 24), 54),
        ("west", "C", date(2026, 11, 22), date(2026, 11, 24), 2),
        ("west", "D", date(2026, 11, 20), date(2026, 11, 24), 4),  # known from its registration only
    ]


def test_days_to_come_do_not_count():
    assert unmanaged_stretches(ESTATES, TENURES, Q4, date(2026, 10, 11)).select("estate_code", "days").rows() == [
        ("A", 1), ("B", 11)
    ]  # fmt: skip
    assert unmanaged_stretches(ESTATES, TENURES, Q4, date(2026, 12, 31))["days"].to_list() == [21, 92, 40, 42]


def test_the_days_of_a_street_are_those_of_its_stretches():
    assert unmanaged_days(ESTATES, TENURES, Q4, DAY).rows() == [("east", 75), ("west", 6)]


def test_a_street_stands_in_the_coverage_with_its_days_even_where_they_are_none():
    rows = (
        covered(ESTATES, TENURES, PARTIES, DAY).select("street", "estates", "custody", "none", "unmanaged_days").rows()
    )
    assert rows == [("east", 2, 1, 1, 75), ("west", 2, 0, 2, 6)]
    managed = covered(ESTATES.filter(pl.col("estate_code") == "A"), TENURES, PARTIES, date(2026, 10, 5))
    assert managed["unmanaged_days"].to_list() == [0]
