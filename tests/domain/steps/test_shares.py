"""A pot is shared out exactly: largest remainders, highest averages, guarantees and caps; every part worked by hand."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepping import faults, run, said, shown

SHARES = [  # the step, the weights, the parts, what stays
    # 100 ÷ 3 is 33.33 each, and one fen over for the first of equal remainders
    ("{pot: 100, weight: w}", [1, 1, 1], ["33.34", "33.33", "33.33"], "0"),
    # 10 whole units over 7 : 2 : 1 of 10
    ("{pot: 10, weight: w, unit: 1}", [7, 2, 1], ["7", "2", "1"], "0"),
    # 10 over 53 : 24 : 23 are 5.3, 2.4, 2.3: the one left over goes to .4
    ("{pot: 10, weight: w, unit: 1}", [53, 24, 23], ["5", "3", "2"], "0"),
    # D'Hondt of eight seats: 100 80 30 20; 50 40 15; 33.3 26.7; 25 20: the eighth is 25 of the first
    ("{pot: 8, weight: w, unit: 1, method: dhondt}", [100, 80, 30, 20], ["4", "3", "1", "0"], "0"),
    # Sainte-Laguë: 100 80 33.3 30 26.7 20 20 16: the last are 20 of the first (÷ 5) and 20 of the fourth
    ("{pot: 7, weight: w, unit: 1, method: sainte_lague}", [100, 80, 30, 20], ["3", "2", "1", "1"], "0"),
    # guarantees first: 10 : 45 : 45 of 100 with at least 20 each leaves 80 for the others by halves
    ("{pot: 100, weight: w, at_least: 20}", [10, 45, 45], ["20", "40", "40"], "0"),
    # capped at 40, the 20 that 60 loses go to the others 3 : 1
    ("{pot: 100, weight: w, at_most: 40}", [60, 30, 10], ["40", "40", "20"], "0"),
    # first 60 : 30 is capped at 40 and 30 lifts to 45, capped too: the last takes the rest
    ("{pot: 100, weight: w, at_least: 5, at_most: 40}", [96, 3, 1], ["40", "40", "20"], "0"),
    # the caps hold 30 of 100: 70 stay
    ("{pot: 100, weight: w, at_most: 10}", [5, 3, 2], ["10", "10", "10"], "70"),
    # guarantees of 20 each cannot be paid out of 45
    ("{pot: 45, weight: w, at_least: 20}", [9, 1, 0], ["15", "15", "15"], "0"),
    # who has no weight gets the guarantee and no more
    ("{pot: 100, weight: w, at_least: 20}", [0, 1, 1], ["20", "40", "40"], "0"),
    ("{pot: 100, weight: w}", [0, 0, "–"], ["0", "0", "–"], "100"),
    ("{pot: 100, weight: w}", [-5, 1, "–"], ["0", "100", "–"], "0"),
    # a pot that is no whole number of units
    ("{pot: 10.5, weight: w, unit: 1}", [1, 1], ["5", "5"], "0.5"),
]


@pytest.mark.parametrize(("step", "weights", "parts", "rest"), SHARES)
def test_a_pot_is_shared_as_the_step_says(step, weights, parts, rest):
    table = run(f"[{step.replace('{', '{kind: share, name: part, ', 1)}]", w=weights)
    assert shown(table, "part") == parts
    assert shown(table, "part.rest") == [rest] * len(parts)


def test_every_group_has_its_own_pot_ends_and_members():
    table = run(
        "[{kind: share, name: part, pot: pot, weight: w, by: [street], at_most: cap, among: {figure: in, is: true}}]",
        street=["x", "y", "x", "y", "y"],
        pot=[90, 10, 90, 10, "–"],
        w=[2, 1, 1, 1, 8],
        cap=[50, "–", "–", "–", "–"],
        **{"in": [True, True, True, True, False]},
    )
    assert shown(table, "part") == ["50", "5", "40", "5", "0"]


def test_ties_go_to_the_higher_figure_of_then_and_at_last_by_code():
    equal = {"w": [1, 1, 1], "estate_code": ["c", "b", "a"]}
    step = "{kind: share, name: part, pot: 1, weight: w, unit: 1}"
    assert shown(run(f"[{step}]", **equal), "part") == ["0", "0", "1"]
    then = step.replace("unit: 1", "unit: 1, then: [area]")
    assert shown(run(f"[{then}]", **equal, area=[5, 9, "–"]), "part") == ["0", "1", "0"]


def test_the_step_says_pot_group_weight_method_and_ends():
    step = "[{kind: share, pot: budget, weight: w, by: [street], method: dhondt, unit: 1}]"
    assert said(step) == (
        "budget在同一street内按w分配，按最高均数法（除数 1、2、3……），以 1 为单位",
        "budget shared within the same street by w, by highest averages (divisors 1, 2, 3 …), in units of 1",
    )
    assert said("[{kind: share, pot: 5, weight: w, at_least: 1, at_most: most}]")[1].endswith(
        "; each at least 1; each at most most"
    )


@pytest.mark.parametrize(
    ("step", "fault"),
    [
        ("{pot: 5, weight: a, unit: 0}", "0.unit: the unit must be above 0"),
        ("{pot: -5, weight: a}", "0.pot: cannot be negative"),
        ("{pot: missing, weight: a}", "0.pot: a number or the name of a figure is needed here"),
        ("{pot: 5, weight: a, method: in_order}", "0.at_most: in_order needs at_most: what each gets in full"),
        ("{pot: 5, weight: a, last: nothing}", "0.last: only beside in_order"),
        ("{pot: 5, weight: a, method: dhondt, at_most: 2}", "0.method: ends stand only beside largest_remainder"),
        ("{pot: 5, weight: a, at_least: 3, at_most: 2}", "0.at_least: the ends are reversed"),
        ("{pot: b, weight: a}", "0.pot: there is no fact or figure “b”"),
        ("{pot: 5, weight: flag}", "0.weight: “flag” is no figure, nothing can be computed with it"),
    ],
)
def test_a_slip_is_refused_with_its_place(step, fault):
    found = faults(f"[{step.replace('{', '{kind: share, ', 1)}]", a="number", flag="flag")
    assert found == [fault]


def by_hand(pot: int, weights: list[int], least: list[int], most: list[int]) -> list[Fraction]:
    """Return the exact parts by trying, one after the other, who stands at an end."""
    fixed: dict[int, int] = {at: least[at] for at, weight in enumerate(weights) if weight == 0}
    while True:
        free = [at for at in range(len(weights)) if at not in fixed]
        left, whole = pot - sum(fixed.values()), sum(weights[at] for at in free)
        parts = {at: Fraction(left * weights[at], whole) for at in free}
        low = sum(least[at] - part for at, part in parts.items() if part < least[at])
        high = sum(part - most[at] for at, part in parts.items() if part > most[at])
        # the side that moves more is settled first, as the level can only move its way
        if low == high:
            return [
                min(max(parts.get(at, Fraction(fixed.get(at, 0))), least[at]), most[at]) for at in range(len(weights))
            ]
        for at, part in parts.items():
            if low > high and part < least[at]:
                fixed[at] = least[at]
            elif high > low and part > most[at]:
                fixed[at] = most[at]


ROWS = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 9), st.integers(0, 40)), min_size=1, max_size=8)


@given(ROWS, st.integers(0, 200))
def test_parts_add_up_and_lie_within_a_unit_of_the_exact_part_between_their_ends(rows, pot):
    weights = [weight for weight, _, _ in rows]
    least = [low for _, low, _ in rows]
    most = [low + more if weight else low for weight, low, more in rows]
    step = f"[{{kind: share, name: part, pot: {pot}, weight: w, unit: 1, at_least: low, at_most: high}}]"
    table = run(step, w=weights, low=least, high=most)
    parts = [value // 10**6 for value in table["part"]]
    if sum(least) > pot:
        assert sum(parts) == pot
        assert all(part <= low for part, low in zip(parts, least, strict=True))
    elif sum(most) <= pot:
        assert parts == most
    else:
        assert sum(parts) == pot
        exact = by_hand(pot, weights, least, most)
        assert all(abs(part - want) < 1 for part, want in zip(parts, exact, strict=True))
        assert all(low <= part <= high for low, part, high in zip(least, parts, most, strict=True))


@given(st.lists(st.integers(0, 60), min_size=1, max_size=8), st.integers(0, 60), st.sampled_from([1, 2]))
def test_averages_give_every_seat_as_one_by_one(weights, seats, first):
    won = [0] * len(weights)
    for _ in range(seats if any(weights) else 0):
        best = max(range(len(weights)), key=lambda at: (Fraction(weights[at], 2 * won[at] + first), -at))
        won[best] += 1
    method = "dhondt" if first == 2 else "sainte_lague"
    table = run(f"[{{kind: share, name: part, pot: {seats}, weight: w, unit: 1, method: {method}}}]", w=weights)
    assert shown(table, "part") == [str(count) for count in won]


@given(ROWS, st.integers(0, 200), st.randoms())
def test_the_order_of_the_estates_never_matters(rows, pot, random):
    step = f"[{{kind: share, name: part, pot: {pot}, weight: w, unit: 1, at_least: low}}]"
    lines = [(f"e{at:02}", weight, low) for at, (weight, low, _) in enumerate(rows)]
    mixed = random.sample(lines, len(lines))
    found = []
    for order in (lines, mixed):
        code, weight, low = (list(column) for column in zip(*order, strict=True))
        table = run(step, estate_code=code, w=weight, low=low)
        found.append(dict(zip(code, table["part"], strict=True)))
    assert found[0] == found[1]


def test_a_company_has_one_part_which_all_its_estates_show():
    table = run(
        "[{kind: share, name: part, pot: 100, weight: w, once_per: [company_id], at_most: 60, unit: 1}]",
        company_id=["A", "A", "B", "C", None, "B"],
        w=[6, 6, 3, 1, 50, "–"],
    )
    # 6 : 3 : 1; whom nobody manages has none
    assert shown(table, "part") == ["60", "60", "30", "10", "0", "–"]
    assert shown(table, "part.rest") == ["0"] * 6
    assert shown(table, "part.once") == [True, False, True, True, False, False]


def test_a_pot_is_divided_among_streets_and_then_within_each():
    table = run(
        """
- {name: street_weight, kind: group, how: sum, of: w, by: [street]}
- {name: of_street, kind: share, pot: 100, weight: street_weight, at_least: 30, once_per: [street], unit: 1}
- {name: part, kind: share, pot: of_street, weight: w, by: [street], unit: 1}
""",
        street=["x", "x", "y"],
        w=[60, 30, 10],
    )
    # 90 : 10 with at least 30 each, then 70 by 60 : 30
    assert shown(table, "of_street") == ["70", "70", "30"]
    assert shown(table, "part") == ["47", "23", "30"]


def test_in_order_of_points_each_gets_what_was_asked_until_the_pot_is_used_up():
    step = "[{kind: share, name: part, pot: 100, weight: w, method: in_order, at_most: asked, then: [size], unit: 1}]"
    columns = {"w": [70, 90, 80, 80, 0, "–", 99], "asked": [30, 40, 50, 20, 9, 9, "–"], "size": [1, 1, 1, 2, 1, 1, 1]}
    # an unknown wish is none; 40, then of the two of 80 the larger: 20, then 40 of the 50 that the other asked
    table = run(step, **columns)
    assert shown(table, "part") == ["0", "40", "40", "20", "0", "–", "0"]
    assert shown(table, "part.rest") == ["0"] * 7
    # … or none of it, and the queue ends, though 30 would fit
    table = run(step.replace("unit: 1", "unit: 1, last: nothing"), **columns)
    assert shown(table, "part") == ["0", "40", "0", "20", "0", "–", "0"]
    assert shown(table, "part.rest") == ["40"] * 7
    assert said(step.replace("unit: 1", "last: nothing").strip("[]").join(["- ", ""]))[1] == (
        "100 shared within the district by w, from the highest down, each in full until nothing is left, in units of "
        "0.01, nothing for whom not enough is left; each at most asked"
    )


def test_who_asks_for_more_than_the_pot_gets_all_of_it_or_nothing():
    step = "[{kind: share, name: part, pot: 100, weight: w, method: in_order, at_most: 150, by: [street]}]"
    assert shown(run(step, w=[2, 1, 3], street=["x", "x", "y"]), "part") == ["100", "0", "100"]
    step = step.replace("by:", "last: nothing, by:")
    assert shown(run(step, w=[2, 1, 3], street=["x", "x", "y"]), "part") == ["0", "0", "0"]
