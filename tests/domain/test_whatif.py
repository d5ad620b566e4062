"""Two outcomes side by side: who moves, what it costs, and sums that are the sums of their lines."""

from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rated
from redproperty.domain.texts import Text
from redproperty.domain.whatif import (
    MONEY,
    Outcome,
    Sums,
    by_company,
    by_street,
    compare,
    drifted,
    flows,
    headline,
    over_percent,
    sums,
    unfit,
)
from redproperty.settings import bundled
from redproperty.store.rules import read_edition, rule_files

ROWS = {
    "estate_id": pl.Int64, "estate_code": pl.String, "name": pl.String, "street": pl.String, "company_id": pl.Int64,
    "stars": pl.Decimal(38, 1), "grade": pl.String, "not_rated": pl.String, "composite": pl.Int64,
}  # fmt: skip
LINES = {
    "estate_id": pl.Int64, "tenure_id": pl.Int64, "street": pl.String, "company_id": pl.Int64, "due_fen": pl.Int64,
    "paid_fen": pl.Int64,
}  # fmt: skip


def side(awards: list[object], lines: list[tuple]) -> Outcome:
    """Return an outcome of estates 1, 2, … on streets a, b, a, b, …, of company 10 and, last, of none.

    An award is a number of stars, a grade, or None where the estate is not rated.
    """
    rows = [
        (n, f"E-{n}", f"小区{n}", "ab"[(n - 1) % 2], 10 if n < len(awards) else None,
         None if isinstance(award, str) else award, award if isinstance(award, str) else None,
         "N1" if award is None else None, None)
        for n, award in enumerate(awards, start=1)
    ]  # fmt: skip
    return Outcome(pl.DataFrame(rows, schema=ROWS, orient="row"), pl.DataFrame(lines, schema=LINES, orient="row"))


# Estate 1 has two stints: company 11 left, company 10 came. Estate 4 is managed by nobody: one line without tenure.
BEFORE = side(
    [3, 4, None, None],
    [(1, 1, "a", 11, 100, 90), (1, 2, "a", 10, 200, 180), (2, 3, "b", 10, 400, 360), (3, 4, "a", 10, 0, 0),
     (4, None, "b", None, 0, 0)],
)  # fmt: skip
AFTER = side(
    [5, 3, 1, None],
    [(1, 1, "a", 11, 150, 150), (1, 2, "a", 10, 300, 300), (2, 3, "b", 10, 350, 350), (3, 4, "a", 10, 25, 25),
     (4, None, "b", None, 0, 0)],
)  # fmt: skip


def test_every_estate_stands_with_both_sides_and_what_changes():
    found = compare(BEFORE, AFTER)
    told = found.estates.select("estate_code", "stars_before", "stars_after", "move", *MONEY, "change_fen").rows()
    assert told == [
        ("E-1", 3, 5, "up", 300, 450, 270, 450, 180),
        ("E-2", 4, 3, "down", 400, 350, 360, 350, -10),
        ("E-3", None, 1, "new", 0, 25, 0, 25, 25),
        ("E-4", None, None, "same", 0, 0, 0, 0, 0),
    ]
    assert flows(found) == {("3", "5"): 1, ("4", "3"): 1, ("none", "1"): 1, ("none", "none"): 1}


def test_all_of_it_adds_up_and_streets_and_companies_too():
    found = compare(BEFORE, AFTER)
    assert sums(found) == Sums(4, 1, 1, 1, 0, 2, 1, 700, 825, 630, 825)
    assert by_street(found) == {
        "a": Sums(2, 1, 0, 1, 0, 2, 0, 300, 475, 270, 475),
        "b": Sums(2, 0, 1, 0, 0, 0, 1, 400, 350, 360, 350),
    }


def test_a_company_that_left_within_the_period_keeps_its_money_but_no_estate():
    found = by_company(compare(BEFORE, AFTER))
    assert found[11] == Sums(0, 0, 0, 0, 0, 0, 0, 100, 150, 90, 150)
    assert found[10] == Sums(3, 1, 1, 1, 0, 2, 1, 600, 675, 540, 675)
    assert found[None] == Sums(1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)


def test_a_part_of_the_district_is_its_own_comparison():
    assert sums(compare(BEFORE, AFTER).within(["b"])) == Sums(2, 0, 1, 0, 0, 0, 1, 400, 350, 360, 350)
    assert sums(compare(BEFORE, AFTER).within([])).estates == 0


def test_half_a_star_is_a_move_and_a_grade_is_neither_up_nor_down():
    before = side([Decimal("3.5"), 4, "good", "good", 3, None], [])
    after = side([4, Decimal("3.5"), "fair", "good", "good", "fair"], [])
    found = compare(before, after)
    assert found.estates["move"].to_list() == ["up", "down", "changed", "same", "changed", "new"]
    assert flows(found)["3.5", "4"] == flows(found)["grade.good", "grade.fair"] == flows(found)["3", "grade.good"] == 1
    assert (sums(found).changed, sums(found).moved) == (2, 5)
    assert drifted(found, {1: "3", 2: "4", 3: "grade.good", 6: "none"}) == 1


@st.composite
def outcomes(draw):
    """Return two sides of the same random stints."""
    stints = draw(st.lists(st.tuples(st.integers(1, 6), st.sampled_from([10, 11, None])), min_size=1, max_size=12))
    money = st.integers(0, 10**12)

    def one() -> Outcome:
        stars = [draw(st.none() | st.integers(0, 5)) for _ in range(6)]
        lines = [(e, n, "ab"[(e - 1) % 2], c, draw(money), draw(money)) for n, (e, c) in enumerate(stints)]
        return side(stars, lines)

    return one(), one()


@given(outcomes())
def test_totals_are_the_sums_of_the_lines_however_they_are_grouped(pair):
    before, after = pair
    found = compare(before, after)
    total = sums(found)
    assert total.due_before == before.lines["due_fen"].sum()
    assert total.paid_after == after.lines["paid_fen"].sum()
    assert total.change == after.lines["due_fen"].sum() - before.lines["due_fen"].sum()
    for groups in (by_street(found), by_company(found)):
        for name in Sums.__dataclass_fields__:
            assert sum(getattr(one, name) for one in groups.values()) == getattr(total, name), name
    assert sum(flows(found).values()) == total.estates
    assert total.moved == sum(n for (was, now), n in flows(found).items() if was != now)


@given(outcomes())
def test_the_same_outcome_twice_moves_nobody_and_no_fen(pair):
    found = sums(compare(pair[0], pair[0]))
    assert (found.moved, found.gains, found.loses, found.change, found.paid_change) == (0, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("found", "budget", "said"),
    [
        (Sums(4, 0, 0, 0, 0, 0, 0, 100, 100, 100, 100), None, "没有小区变星；补贴应发不变。"),
        (
            Sums(9, 2, 1, 0, 0, 2, 1, 10_000_000, 10_320_000, 1, 1), 10_000_000,
            "3 个小区变星：2 个升、1 个降；补贴应发增加 3,200.00 元；超预算 3.2%，按比例缩放后发放。",
        ),
        (Sums(9, 0, 0, 1, 2, 0, 0, 500, 400, 500, 400), 400,
         "3 个小区变星：1 个新参评、2 个转为不评；补贴应发减少 1.00 元；在预算之内。"),
    ],
)  # fmt: skip
def test_one_sentence_says_the_result(found, budget, said):
    assert headline(found, budget).zh == said


@pytest.mark.parametrize(
    ("due", "budget", "said"), [(103_2, 100_0, "3.2"), (10_005, 10_000, "0.1"), (10_004, 10_000, "0.0"), (1, 0, "∞")]
)
def test_the_excess_is_said_to_one_place_half_up(due, budget, said):
    assert over_percent(due, budget) == said


def test_a_sheet_that_asks_otherwise_does_not_fit_the_answers_given():
    files = rule_files(bundled("rules") / "2026-01-01")
    sheet = files["sheet.yaml"].replace(b"code: JC-02", b"code: JC-99")
    sheet = sheet.replace("            - {title: {zh: 逾期公示, en: posted late}, points: 1}\n".encode(), b"", 1)
    pack = read_edition("2026-01-01", {**files, "sheet.yaml": sheet})
    found = dict(unfit(rated.the_pack().sheet, pack.sheet))
    assert set(found) == {"JC-99", "JC-04"}
    assert found["JC-99"] == Text("JC-99 在所选考核期没有检查过，不能测算", found["JC-99"].en)
    assert dict(unfit(rated.the_pack().sheet, rated.the_pack().sheet)) == {}
