"""Schedule and apportion against the plain oracle, on random rules and districts."""

from fractions import Fraction

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle import subsidies as oracle
from reading import subsidy_rules
from redproperty.domain.subsidies import apportion, schedule

TYPES = ("old", "resettlement_low", "resettlement_high", "affordable", "commodity")
KINDS = ("market", "self", "emergency", "custody", "none", None)
ENTRY = {"title": {"zh": "甲", "en": "a"}, "basis": {"zh": "示例", "en": "example"}, "status": "example"}
SCHEMA = {
    "estate_id": pl.Int64,
    "estate_code": pl.String,
    "tenure_id": pl.Int64,
    "management": pl.String,
    "estate_type": pl.String,
    "floor_area": pl.Int64,
    "days": pl.Int64,
    "stars": pl.Int8,
    "paid_this_year_fen": pl.Int64,
    "custody_cost_fen": pl.Int64,
    "custody_receivable_fen": pl.Int64,
    "deduction_fen": pl.Int64,
    "vetoes": pl.List(pl.String),
    "is_first": pl.Boolean,
}


@st.composite
def editions(draw):
    """Return random rules and the same terms for the oracle."""
    cents = st.integers(0, 300)
    rates = {kind: draw(cents) for kind in TYPES}
    custody = draw(cents)
    coefficients = sorted(draw(st.lists(st.integers(0, 2000), min_size=6, max_size=6)))  # thousandths
    months, percent, collected = draw(st.integers(1, 12)), draw(st.integers(0, 100)), draw(st.integers(0, 100))
    cap, top_up = draw(st.none() | st.integers(0, 10**8)), draw(st.none() | cents)
    least, grant = draw(st.integers(0, 5)), draw(st.none() | st.integers(0, 10**7))
    data = {
        "title": ENTRY["title"],
        "rates": [
            ENTRY | {"by": "management", "management": "custody", "rate": f"{custody}e-2"},
            *(ENTRY | {"by": "estate_type", "estate_type": kind, "rate": f"{n}e-2"} for kind, n in rates.items()),
        ],
        "star_coefficients": [ENTRY | {"stars": i, "coefficient": f"{n}e-3"} for i, n in enumerate(coefficients)],
        "months": ENTRY | {"by": "managed_days", "months": str(months)},
        "stops": [ENTRY | {"veto": "V4"}],
        "budget": ENTRY | {"by": "pro_rata", "ties": "estate_code"},
        "payers": [
            ENTRY | {"payer": "district", "percent": str(percent)},
            ENTRY | {"payer": "street", "percent": str(100 - percent)},
        ],
        "rounding": "half_up",
    }
    if cap is not None:
        data["year_cap"] = ENTRY | {"per": "estate_year", "yuan": f"{cap}e-2"}
    if top_up is not None:
        data["top_up"] = ENTRY | {
            "of": "shortfall",
            "management": ["custody"],
            "rate": f"{top_up}e-2",
            "collected_percent": str(collected),
            "least_stars": least,
        }
    if grant is not None:
        data["start_up"] = ENTRY | {"per": "new_estate", "management": ["custody"], "yuan": f"{grant}e-2"}
    terms = oracle.Terms(
        by_type={kind: Fraction(n, 100) for kind, n in rates.items()},
        by_management={"custody": Fraction(custody, 100)},
        coefficients={i: Fraction(n, 1000) for i, n in enumerate(coefficients)},
        months=Fraction(months),
        district_share=Fraction(percent, 100),
        year_cap=None if cap is None else Fraction(cap, 100),
        top_up_rate=None if top_up is None else Fraction(top_up, 100),
        collected=Fraction(collected, 100),
        least_stars=least,
        start_up=grant,
        stops=("V4",),
    )
    return subsidy_rules(data), terms


@st.composite
def districts(draw):
    """Return days in the period and lines: up to three stints per estate, whose days fit into it."""
    period = draw(st.sampled_from((90, 91, 92)))
    money = st.none() | st.integers(0, 10**8)
    lines = []
    for estate in range(draw(st.integers(0, 7))):
        cuts = sorted(draw(st.lists(st.integers(0, period), min_size=1, max_size=3)))
        paid, stars = draw(money), draw(st.none() | st.integers(0, 5))
        kind, area = draw(st.sampled_from(TYPES)), draw(st.none() | st.integers(0, 10**8))
        for before, after in zip((0, *cuts), cuts, strict=False):
            line = {
                "estate_id": estate,
                "estate_code": f"QX-{estate:04d}",
                "tenure_id": len(lines),
                "management": draw(st.sampled_from(KINDS)),
                "estate_type": kind,
                "floor_area": area,
                "days": after - before,
                "stars": stars,
                "paid_this_year_fen": paid,
                "custody_cost_fen": draw(money),
                "custody_receivable_fen": draw(money),
                "deduction_fen": draw(st.none() | st.integers(0, 10**6)),
                "vetoes": draw(st.none() | st.lists(st.sampled_from(("V4", "V7")))),
                "is_first": draw(st.booleans()),
            }
            lines.append(line)
    return period, lines


def run(rules, period, lines, budget):
    return apportion(rules, schedule(rules, pl.DataFrame(lines, schema=SCHEMA), days_in_period=period), budget)


budgets = st.integers(0, 10**9)


@settings(deadline=None, max_examples=150)
@given(editions(), districts(), budgets)
def test_every_line_gets_the_fen_of_the_oracle(edition, district, budget):
    (rules, terms), (period, lines) = edition, district
    got = run(rules, period, lines, budget)
    dues = oracle.due(terms, lines, period)
    assert got["due_fen"].to_list() == dues
    assert got.select("paid_fen", "district_fen", "street_fen").rows() == oracle.paid(terms, lines, dues, budget)


@settings(deadline=None, max_examples=80)
@given(editions(), districts(), budgets)
def test_lines_add_up_and_none_gets_more_than_is_due(edition, district, budget):
    got = run(edition[0], *district, budget)
    total = sum(got["due_fen"])
    assert sum(got["paid_fen"]) == min(budget, total)
    for row in got.iter_rows(named=True):
        assert row["district_fen"] + row["street_fen"] == row["paid_fen"]
        assert min(row["district_fen"], row["street_fen"]) >= 0
        assert 0 <= row["paid_fen"] <= row["due_fen"]
        assert (row["zero_reason"] is None) == (row["paid_fen"] > 0)
        if total:
            assert abs(row["paid_fen"] - Fraction(row["due_fen"] * min(budget, total), total)) < 1


@settings(deadline=None, max_examples=50)
@given(editions(), districts(), budgets, st.randoms(use_true_random=False))
def test_the_order_of_lines_never_matters(edition, district, budget, random):
    period, lines = district
    mixed = list(lines)
    random.shuffle(mixed)
    one, other = run(edition[0], period, lines, budget), run(edition[0], period, mixed, budget)
    assert one.sort("tenure_id").equals(other.sort("tenure_id"))


@settings(deadline=None, max_examples=50)
@given(editions(), districts(), budgets, st.integers(0, 10**8))
def test_a_larger_budget_takes_at_most_the_fen_of_a_residue(edition, district, budget, more):
    # Largest remainder knows the Alabama paradox: one fen may move, never two.
    small, large = (run(edition[0], *district, fen)["paid_fen"].to_list() for fen in (budget, budget + more))
    assert all(after >= before - 1 for before, after in zip(small, large, strict=True))


@settings(deadline=None, max_examples=50)
@given(editions(), districts())
def test_a_payment_veto_never_helps(edition, district):
    period, lines = district
    stopped = [line | {"vetoes": ["V4"]} for line in lines]
    got = run(edition[0], period, stopped, 10**12)
    assert got["due_fen"].to_list() == [0] * len(lines)


@settings(deadline=None, max_examples=50)
@given(editions(), districts())
def test_more_stars_never_earn_less(edition, district):
    period, lines = district
    raised = [line | {"stars": min(5, line["stars"] + 1) if line["stars"] is not None else None} for line in lines]
    before, after = (run(edition[0], period, some, 10**12) for some in (lines, raised))
    assert (after["gross_fen"] >= before["gross_fen"]).all()
