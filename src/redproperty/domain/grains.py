"""Of which step the values of a figure are multiples: whole points, halves, hundredths.

It is known from the steps that make the figure, so that cases are asked for at the next value below a line that there
can be (79, not 79.99, where points are whole). Where nothing is known, and where a sum or a choice would come out
finer, the grain is a hundredth.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from math import gcd
from typing import Final

from redproperty.domain.facts import Fact
from redproperty.domain.numbers import UNIT, figure
from redproperty.domain.operands import MISSING, Operand
from redproperty.domain.steps.arithmetic import Clamp, Extreme, Sum, Term
from redproperty.domain.steps.base import Step
from redproperty.domain.steps.lookups import Count, Lookup

HUNDREDTH: Final = UNIT // 100


def grains(facts: Iterable[Fact], steps: Iterable[Step]) -> dict[str, int]:
    """Return the grain of every counted fact and of every step, in millionths, by name."""
    known = {fact.name: _of_fact(fact) for fact in facts if fact.kind in {"number", "percent", "count"}}
    for step in steps:
        known[step.name] = _of_step(step, known)
    return known


def _of_fact(fact: Fact) -> int:
    usual = UNIT if fact.kind == "count" else HUNDREDTH
    if fact.step is None:
        return usual
    return gcd(figure(fact.step), figure(fact.at_least or Decimal(0)))


def _of_step(step: Step, known: Mapping[str, int]) -> int:
    match step:
        case Count():
            return UNIT
        case Sum():
            parts = [*(_of_term(one, known) for one in step.of), _of_operand(step.plus, known)]
            return max(gcd(*parts), HUNDREDTH)
        case Clamp():
            return _common((step.of, step.at_least, step.at_most), known)
        case Lookup() if not step.choices:
            return _common((given for _, given in step.branches()), known)
        case Extreme() if step.take == 1:
            return _common(step.of, known)
        case _:
            to = getattr(step, "to", None)
            return figure(to if to is not None else Decimal(1).scaleb(-getattr(step, "places", 2)))


def _common(operands: Iterable[Operand | None], known: Mapping[str, int]) -> int:
    return max(gcd(*(_of_operand(one, known) for one in operands if one is not None)), HUNDREDTH)


def _of_operand(operand: Operand, known: Mapping[str, int]) -> int:
    if isinstance(operand, Decimal):
        return abs(figure(operand))
    return known.get(operand, 0 if operand == MISSING else HUNDREDTH)


def _of_term(term: Operand | Term, known: Mapping[str, int]) -> int:
    if not isinstance(term, Term):
        return _of_operand(term, known)
    return _of_operand(term.of, known) * _of_operand(term.times, known) // UNIT
