"""The step in which a figure goes: whole points stay whole, halves halves; what is not known goes by hundredths."""

import pytest

from redproperty.domain.facts import Fact
from redproperty.domain.grains import grains
from redproperty.domain.texts import Text
from stepping import steps

FACTS = (
    Fact(name="points", title=Text("", ""), kind="count", source="file"),
    Fact(name="share", title=Text("", ""), kind="percent", source="file"),
)

LINES = [
    # whole points and a bonus of halves
    ("- {kind: sum, of: [points, points]}", 1),
    ("- {kind: sum, of: [points, {of: points, times: 0.5}]}", 0.5),
    ("- {kind: sum, of: [points], plus: 2.5}", 0.5),
    ("- {kind: sum, of: [points, share]}", 0.01),
    ("- {kind: sum, of: [{of: points, times: 0.001}]}", 0.01),
    ("- {kind: clamp, of: points, at_most: 100}", 1),
    ("- {kind: first_match, cases: [{when: {figure: points, above: 3}, gives: 10}], otherwise: 5}", 5),
    ("- {kind: first_match, cases: [{when: {figure: points, above: 3}, gives: points}], otherwise: missing}", 1),
    ("- {kind: best, of: [points, 0]}", 1),
    ("- {kind: best, of: [points, 0], take: 2, places: 1}", 0.1),
    ("- {kind: round, of: share, to: 0.5}", 0.5),
    ("- {kind: round, of: share, places: 1}", 0.1),
    ("- {kind: count, of: [{figure: points, above: 3}]}", 1),
    ("- {kind: product, of: [points, 1.1], places: 3}", 0.001),
]


@pytest.mark.parametrize(("rule", "unit"), LINES)
def test_a_figure_goes_by_what_made_it(rule, unit):
    assert grains(FACTS, steps(rule))["x0"] == round(unit * 1_000_000)
