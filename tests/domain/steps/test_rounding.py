"""Rounding at every place, to any step and in every mode, against Python's decimal numbers."""

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, localcontext

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from redproperty.domain.numbers import UNIT
from stepping import last, steps

MODES = {
    "half_up": ROUND_HALF_UP,  # away from zero on both sides
    "half_even": ROUND_HALF_EVEN,
    "floor": ROUND_FLOOR,
    "ceil": ROUND_CEILING,
}
FIGURES = st.integers(-(10**15), 10**15) | st.integers(-400, 400).map(lambda halves: halves * UNIT // 8)


def by_decimal(exact: Decimal, step: Decimal, mode: str) -> int:
    """Return `exact` rounded to a multiple of `step`, in millionths."""
    with localcontext() as context:
        context.prec = 60
        whole = (exact / step).quantize(Decimal(1), rounding=MODES[mode])
        return int(whole * step * UNIT)


def ours(text: str, **columns: int) -> int:
    (step,) = steps(f"- {text}")
    return step.apply(pl.DataFrame({name: [value] for name, value in columns.items()}), None)["x0"].item()


@given(FIGURES, st.integers(0, 6), st.sampled_from(sorted(MODES)))
def test_to_decimals(value, places, mode):
    wanted = by_decimal(Decimal(value) / UNIT, Decimal(1).scaleb(-places), mode)
    assert ours(f"{{kind: round, of: a, places: {places}, mode: {mode}}}", a=value) == wanted


@given(
    FIGURES, st.sampled_from(["0.000001", "0.05", "0.25", "0.5", "1", "2.5", "3", "50"]), st.sampled_from(sorted(MODES))
)
def test_to_multiples_of_any_step(value, step, mode):
    wanted = by_decimal(Decimal(value) / UNIT, Decimal(step), mode)
    assert ours(f"{{kind: round, of: a, to: {step}, mode: {mode}}}", a=value) == wanted


@given(FIGURES, st.integers(-(10**9), 10**9).filter(bool), st.integers(0, 6), st.sampled_from(sorted(MODES)))
def test_a_quotient_is_rounded_once(top, by, places, mode):
    with localcontext() as context:
        context.prec = 60
        exact = Decimal(top) / by
    wanted = by_decimal(exact, Decimal(1).scaleb(-places), mode)
    text = f"{{kind: quotient, of: a, by: b, zero: missing, places: {places}, mode: {mode}}}"
    if abs(wanted) < 2**63:
        assert ours(text, a=top, b=by) == wanted


@given(FIGURES, st.integers(-(10**8), 10**8), st.integers(0, 6), st.sampled_from(sorted(MODES)))
def test_a_product_is_rounded_once(left, right, places, mode):
    with localcontext() as context:
        context.prec = 60
        exact = Decimal(left) * right / UNIT / UNIT
    wanted = by_decimal(exact, Decimal(1).scaleb(-places), mode)
    if abs(wanted) < 2**63:
        assert ours(f"{{kind: product, of: [a, b], places: {places}, mode: {mode}}}", a=left, b=right) == wanted


@given(FIGURES, FIGURES, st.sampled_from(["0.5", "-0.25", "0.333333", "1.5"]))
def test_a_sum_with_factors_is_rounded_once_half_up_at_the_millionth(one, two, factor):
    exact = (Decimal(one) * Decimal(factor) + Decimal(two) * Decimal("0.5")) / UNIT
    wanted = by_decimal(exact, Decimal("0.000001"), "half_up")
    assert ours(f"{{kind: sum, of: [{{of: a, times: {factor}}}, {{of: b, times: 0.5}}]}}", a=one, b=two) == wanted


EDGES = [  # the figure, half up, half even, down, up, to halves
    ("0.25", "0.5", "0", "0", "0.5"),
    ("0.75", "1", "1", "0.5", "1"),
    ("1.25", "1.5", "1", "1", "1.5"),
    ("-0.25", "-0.5", "0", "-0.5", "0"),
    ("-0.75", "-1", "-1", "-1", "-0.5"),
    ("-0.250001", "-0.5", "-0.5", "-0.5", "0"),
    ("0.249999", "0", "0", "0", "0.5"),
    ("3.5", "3.5", "3.5", "3.5", "3.5"),
]


@pytest.mark.parametrize(("figure", "half_up", "half_even", "floor", "ceil"), EDGES)
def test_halves_at_their_edges_by_hand(figure, half_up, half_even, floor, ceil):
    given_, wanted = {"a": [figure]}, {"half_up": half_up, "half_even": half_even, "floor": floor, "ceil": ceil}
    for mode, value in wanted.items():
        assert last(f"- {{kind: round, of: a, to: 0.5, mode: {mode}}}", **given_) == [value]


@given(st.integers(0, 10**18) | st.integers(0, 10**7), st.sampled_from([2, 3, 4]), st.integers(0, 6))
def test_a_root_is_exact_to_its_place(value, degree, places):
    found = ours(f"{{kind: root, of: a, degree: {degree}, places: {places}}}", a=value)
    step = 10 ** (6 - places)
    assert found % step == 0
    # half a step below and above, in halves of millionths: (2r − step)ᵈ ≤ 2ᵈ · x · 10⁶⁽ᵈ⁻¹⁾ < (2r + step)ᵈ
    exact = value * UNIT ** (degree - 1) * 2**degree
    assert max(2 * found - step, 0) ** degree <= exact < (2 * found + step) ** degree
