from datetime import date, timedelta

import polars as pl
import pytest

from redproperty.domain.estates import (
    EstateType,
    Management,
    Tenure,
    coverage,
    management_days,
    management_on,
    register_facts,
    standing,
    stints,
    tenure_problems,
)
from redproperty.domain.periods import Period

A, B = "320113001000", "320113002000"
Q1 = Period(2024, 1)  # 91 days: leap February


def estates(*rows: dict[str, object]) -> pl.DataFrame:
    default = {
        "estate_code": "QX",
        "street": A,
        "registered_on": date(2020, 1, 1),
        "estate_type": "old",
        "stratum": "chosen_old",
        "gated": True,
        "lifts": 3,
        "secondary_water": False,
        "parking_managed": True,
        "households": 512,
        "owners_body": "none",
    }
    return pl.DataFrame([{**default, **row} for row in rows], schema_overrides={"registered_on": pl.Date})


def tenures(*rows: tuple[int, int, str, int | None, date, date | None]) -> pl.DataFrame:
    schema = {
        "tenure_id": pl.Int64,
        "estate_id": pl.Int64,
        "management": pl.String,
        "company_id": pl.Int64,
        "begins": pl.Date,
        "ends": pl.Date,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def parties(*rows: tuple[int, str, str, date | None, date | None]) -> pl.DataFrame:
    schema = {
        "estate_id": pl.Int64,
        "form": pl.String,
        "status": pl.String,
        "approved_on": pl.Date,
        "ended_on": pl.Date,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


MARKET = Tenure(Management.MARKET, date(2024, 1, 1), date(2024, 3, 1), 5)


@pytest.mark.parametrize(
    ("new", "fields"),
    [
        (Tenure(Management.CUSTODY, date(2024, 3, 1), None, 6), []),  # begins on the day the other ends
        (Tenure(Management.CUSTODY, date(2024, 2, 29), None, 6), ["begins"]),
        (Tenure(Management.SELF, date(2023, 1, 1), date(2024, 1, 1)), []),
        (Tenure(Management.SELF, date(2023, 1, 1), date(2024, 1, 2)), ["begins"]),
        (Tenure(Management.SELF, date(2025, 1, 1), None, 6), ["company"]),
        (Tenure(Management.EMERGENCY, date(2025, 1, 1)), ["company"]),
        (Tenure(Management.MARKET, date(2025, 1, 1), date(2025, 1, 1), 6), ["ends"]),
        (Tenure(Management.NONE, date(2025, 1, 1)), ["management"]),
    ],
)
def test_a_day_has_one_kind_of_management(new, fields):
    assert [problem.field for problem in tenure_problems(new, [MARKET])] == fields


def test_an_overlap_names_the_tenure_in_the_way():
    (problem,) = tenure_problems(Tenure(Management.CUSTODY, date(2024, 2, 1), None, 6), [MARKET])
    assert "物业企业，2024-01-01 至 2024-03-01" in problem.text.zh


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        (date(2023, 12, 31), Management.NONE),
        (date(2024, 1, 1), Management.MARKET),
        (date(2024, 2, 29), Management.MARKET),
        (date(2024, 3, 1), Management.NONE),
    ],
)
def test_the_first_day_counts_and_the_last_does_not(day, kind):
    assert management_on([MARKET], day) is kind


def test_a_period_is_cut_into_stretches_and_gaps():
    frame = stints(
        estates({"estate_id": 1}, {"estate_id": 2}, {"estate_id": 3, "registered_on": date(2024, 3, 30)}),
        tenures(
            (11, 1, "market", 5, date(2020, 5, 1), date(2024, 1, 11)),
            (12, 1, "emergency", 6, date(2024, 1, 16), date(2024, 2, 14)),  # day 45 is 14 February
            (13, 1, "custody", 6, date(2024, 2, 14), None),
            (14, 9, "market", 5, date(2020, 5, 1), None),  # an estate outside the frame
        ),
        Q1,
    )
    assert frame.select("estate_id", "tenure_id", "company_id", "management", "begins", "ends", "days").rows() == [
        (1, 11, 5, "market", date(2024, 1, 1), date(2024, 1, 11), 10),
        (1, None, None, "none", date(2024, 1, 11), date(2024, 1, 16), 5),
        (1, 12, 6, "emergency", date(2024, 1, 16), date(2024, 2, 14), 29),
        (1, 13, 6, "custody", date(2024, 2, 14), date(2024, 4, 1), 47),  # 16 of leap February and 31
        (2, None, None, "none", date(2024, 1, 1), date(2024, 4, 1), 91),
        (3, None, None, "none", date(2024, 3, 30), date(2024, 4, 1), 2),
    ]


def test_only_the_first_stint_ever_of_a_kind_is_marked_and_only_where_it_begins():
    held = tenures(
        (11, 1, "market", 5, date(2020, 5, 1), date(2024, 1, 11)),
        (12, 1, "custody", 6, date(2024, 1, 11), date(2024, 2, 1)),
        (13, 1, "market", 5, date(2024, 2, 1), date(2024, 3, 1)),
        (14, 1, "custody", 6, date(2024, 3, 1), None),
    )
    marked = stints(estates({"estate_id": 1}), held, Q1).filter("is_first")
    assert marked["tenure_id"].to_list() == [12]
    assert stints(estates({"estate_id": 1}), held, Q1.next()).filter("is_first").is_empty()


def test_an_estate_is_known_from_its_first_tenure_even_if_registered_later():
    frame = stints(
        estates({"estate_id": 1, "registered_on": date(2024, 3, 1)}),
        tenures((11, 1, "market", 5, date(2024, 1, 1), date(2024, 2, 1))),
        Q1,
    )
    assert frame["days"].to_list() == [31, 60]


def test_an_estate_registered_later_has_no_stretch():
    assert stints(estates({"estate_id": 1, "registered_on": date(2024, 4, 1)}), tenures(), Q1).is_empty()


def test_without_a_day_of_registration_an_estate_is_always_known():
    frame = stints(
        estates({"estate_id": 1, "registered_on": None}),
        tenures((11, 1, "market", 5, date(2024, 3, 1), None)),
        Q1,
    )
    assert frame["days"].to_list() == [60, 31]


def test_estate_days_are_under_exactly_one_kind():
    frame = management_days(
        estates({"estate_id": 1}, {"estate_id": 2}, {"estate_id": 3, "street": B}),
        tenures(
            (11, 1, "market", 5, date(2020, 5, 1), date(2024, 3, 1)),
            (12, 2, "self", None, date(2020, 5, 1), None),
            (13, 3, "emergency", 5, date(2024, 3, 31), date(2024, 4, 2)),
        ),
        Q1,
    )
    columns = ["street", "estates", "market", "self", "emergency", "custody", "none", "days", "unmanaged"]
    assert frame.select(columns).rows() == [(A, 2, 60, 91, 0, 0, 31, 182, 1), (B, 1, 0, 0, 1, 0, 90, 91, 1)]


def test_every_day_of_every_estate_agrees_with_a_count_day_by_day():
    held = [
        (11, 1, "market", 5, date(2023, 5, 1), date(2024, 1, 31)),
        (12, 1, "custody", 6, date(2024, 2, 29), date(2024, 3, 31)),
        (13, 2, "emergency", 6, date(2024, 1, 2), None),
    ]
    days = [Q1.begins + timedelta(days=offset) for offset in range(Q1.days)]
    counted = dict.fromkeys(Management, 0)
    for estate in (1, 2):
        own = [Tenure(Management(row[2]), row[4], row[5], row[3]) for row in held if row[1] == estate]
        for day in days:
            counted[management_on(own, day)] += 1
    frame = management_days(estates({"estate_id": 1}, {"estate_id": 2}), tenures(*held), Q1)
    assert {kind: frame[kind.value].item() for kind in Management} == counted
    assert frame["days"].item() == 2 * 91


@pytest.mark.parametrize(
    ("begins", "day", "months"),
    [
        (date(2025, 10, 1), date(2026, 3, 31), 6),
        (date(2025, 10, 2), date(2026, 3, 31), 5),
        (date(2025, 8, 31), date(2026, 2, 28), 6),  # through 28 February, that is to 1 March
        (date(2024, 1, 31), date(2024, 2, 29), 1),
        (date(2024, 1, 31), date(2024, 2, 28), 0),
        (date(2026, 3, 31), date(2026, 3, 31), 0),
    ],
)
def test_months_of_service_are_whole(begins, day, months):
    frame = standing(estates({"estate_id": 1}), tenures((11, 1, "market", 5, begins, None)), parties(), day)
    assert frame["service_months"].to_list() == [months * 1_000_000]


def test_a_renewal_goes_on_and_a_change_of_company_begins_anew():
    frame = standing(
        estates({"estate_id": 1}, {"estate_id": 2}, {"estate_id": 3}, {"estate_id": 4}),
        tenures(
            (11, 1, "market", 5, date(2022, 1, 1), date(2024, 1, 1)),
            (12, 1, "market", 5, date(2024, 1, 1), None),
            (21, 2, "market", 5, date(2022, 1, 1), date(2024, 1, 1)),
            (22, 2, "market", 6, date(2024, 1, 1), None),
            (31, 3, "self", None, date(2022, 1, 1), date(2023, 12, 31)),
            (32, 3, "self", None, date(2024, 1, 1), None),
            (41, 4, "self", None, date(2022, 1, 1), date(2023, 1, 1)),
            (42, 4, "self", None, date(2023, 1, 1), date(2024, 3, 31)),
        ),
        parties(),
        date(2024, 3, 31),
    )
    assert frame["tenure_id"].to_list() == [12, 22, 32, None]
    assert frame["management"].to_list() == ["market", "market", "self", "none"]
    assert frame["service_months"].to_list() == [27_000_000, 3_000_000, 3_000_000, 0]


def test_the_party_unit_of_a_day():
    frame = standing(
        estates(*({"estate_id": number} for number in range(1, 6))),
        tenures(),
        parties(
            (1, "own", "approved", date(2024, 1, 1), None),
            (2, "joint", "approved", date(2024, 4, 1), None),  # approved the day after
            (3, "joint", "approved", date(2020, 4, 1), date(2024, 3, 31)),  # ended
            (4, "joint", "approved", date(2020, 4, 1), date(2024, 2, 1)),
            (4, "instructor", "approved", date(2024, 2, 1), None),
            (5, "own", "applied", None, None),
        ),
        date(2024, 3, 31),
    )
    assert frame.select("party_form", "party_status").rows() == [
        ("own", "approved"),
        ("joint", "applied"),
        ("none", "none"),
        ("instructor", "approved"),
        ("own", "applied"),
    ]


def test_coverage_adds_up_to_the_register_in_each_group():
    frame = coverage(
        estates(
            {"estate_id": 1, "owners_body": "committee"},
            {"estate_id": 2, "owners_body": "interim"},
            {"estate_id": 3},
            {"estate_id": 4, "street": B},
            {"estate_id": 5, "registered_on": date(2024, 4, 1)},
        ),
        tenures(
            (11, 1, "market", 5, date(2020, 1, 1), None),
            (12, 2, "custody", 6, date(2024, 1, 1), None),
            (14, 4, "emergency", 6, date(2024, 1, 1), date(2024, 3, 31)),
        ),
        parties(
            (1, "own", "approved", date(2020, 1, 1), None),
            (2, "instructor", "approved", date(2020, 1, 1), None),
            (3, "own", "applied", None, None),
        ),
        date(2024, 3, 31),
    )
    first, second = frame.rows(named=True)
    assert {name for name, count in first.items() if count == 1} == {
        "party_own", "party_instructor", "party_applied",
        "committee", "interim", "no_body", "market", "custody", "none",
    }  # fmt: skip
    assert (first["street"], first["estates"], second["street"], second["estates"]) == (A, 3, B, 1)
    assert (second["none"], second["party_none"], second["no_body"]) == (1, 1, 1)
    groups = [
        ["party_own", "party_joint", "party_instructor", "party_applied", "party_none"],
        ["committee", "interim", "no_body"],
        ["market", "self", "emergency", "custody", "none"],
    ]
    for group in groups:
        assert frame.select(pl.sum_horizontal(group)).to_series().to_list() == frame["estates"].to_list()


def test_the_facts_of_the_register_are_figures_and_choices():
    frame = register_facts(
        estates({"estate_id": 1}),
        tenures((11, 1, "market", 5, date(2023, 10, 1), None)),
        parties((1, "own", "approved", date(2020, 1, 1), None)),
        Q1,
    )
    assert frame.rows(named=True) == [
        {
            "estate_id": 1,
            "estate_code": "QX",
            "estate_type": "old",
            "stratum": "chosen_old",
            "management": "market",
            "gated": True,
            "lifts": 3_000_000,
            "secondary_water": False,
            "parking_managed": True,
            "households": 512_000_000,
            "party_form": "own",
            "party_status": "approved",
            "service_months": 6_000_000,
        }
    ]


def test_kinds_say_themselves():
    assert EstateType.labels()["resettlement_low"].zh == "安置房（多层）"
    assert Management("none").label.en == "unmanaged"
