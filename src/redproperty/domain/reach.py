"""What can never happen under an edition: branches that an earlier one always takes, conditions that nothing meets.

Everything here is on the safe side: a branch is called unreachable only where that is certain. What is unknown is
looked at as well: a comparison with something unknown does not hold.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from redproperty.domain.bands import Band
from redproperty.domain.conditions import Condition
from redproperty.domain.facts import Fact
from redproperty.domain.faults import Fault, Path, under
from redproperty.domain.numbers import figure, plain
from redproperty.domain.steps.arithmetic import Clamp
from redproperty.domain.steps.base import Step
from redproperty.domain.steps.lookups import Bands, FirstMatch
from redproperty.domain.texts import Text

_ENDLESS = Decimal("Infinity")
MOST_CASES = 500  # each stands within the one before it; what computes them does not go deeper
MOST_BRANCHES = 200  # are compared with one another; the time goes with their square
_TAKEN = Text("到不了这里：前面第 {n} 个分支总是先成立", "never reached: branch {n} before it always comes first")
_COVERED = Text("到不了这里：前面的分支合起来已占尽", "never reached: the branches before it leave nothing over")
_NEVER = Text("这个条件永远不成立：{why}", "this condition can never hold: {why}")
_OUTSIDE = Text("{t}只能{r}", "{t} can only be {r}")
_OPPOSED = Text("对“{t}”的要求互相矛盾", "what it asks of “{t}” contradicts itself")
_EMPTY_BAND = Text("到不了这一段：{t}只能{r}", "this band is never reached: {t} can only be {r}")


class Span(NamedTuple):
    """A stretch of numbers; each end is a number and 0 or 1, whether the line is cut before or after it."""

    low: tuple[Decimal, int] = (-_ENDLESS, 0)
    high: tuple[Decimal, int] = (_ENDLESS, 1)

    @property
    def empty(self) -> bool:
        """Whether no number lies in it."""
        return self.low >= self.high

    def meet(self, other: "Span") -> "Span":
        """Return what lies in both."""
        return Span(max(self.low, other.low), min(self.high, other.high))

    def inside(self, other: "Span") -> bool:
        """Return whether all of it lies in the other."""
        return self.low >= other.low and self.high <= other.high

    def words(self) -> Text:
        """Return it in words."""
        low, high = (None if abs(end[0]) == _ENDLESS else plain(figure(end[0])) for end in self)
        if low is not None and high is not None:
            return Text(f"在 {low} 至 {high} 之间", f"from {low} to {high}")
        return Text(f"不低于 {low}", f"at least {low}") if high is None else Text(f"不超过 {high}", f"at most {high}")


def span_of(part: Condition | Band) -> Span | None:
    """Return where the stated numbers of a comparison lie; None where it compares with figures or with no number."""
    is_ = getattr(part, "is_", None)
    bounds = {name: getattr(part, name) for name in ("at_least", "above", "below", "at_most")}
    if any(isinstance(bound, str) for bound in bounds.values()):
        return None
    ends: list[Span] = [Span((is_, 0), (is_, 1))] if isinstance(is_, Decimal) else []
    low = {"at_least": 0, "above": 1}
    ends += [Span(low=(bounds[name], after)) for name, after in low.items() if bounds[name] is not None]
    high = {"below": 0, "at_most": 1}
    ends += [Span(high=(bounds[name], after)) for name, after in high.items() if bounds[name] is not None]
    if not ends:
        return None
    span = Span()
    for end in ends:
        span = span.meet(end)
    return span


def ranges(facts: Sequence[Fact], steps: Sequence[Step]) -> dict[str, Span]:
    """Return where facts and figures can lie at all, as far as that is stated."""
    found = {}
    for fact in facts:
        low, high = fact.at_least, fact.at_most
        if low is not None or high is not None:
            found[fact.name] = _between(low, high)
    for step in steps:
        if isinstance(step, Clamp) and not isinstance(step.at_least, str) and not isinstance(step.at_most, str):
            found[step.name] = _between(step.at_least, step.at_most)
        given = _given(step)
        if given:
            found[step.name] = _between(min(given), max(given))
    return found


def _between(low: Decimal | None, high: Decimal | None) -> Span:
    return Span((-_ENDLESS, 0) if low is None else (low, 0), (_ENDLESS, 1) if high is None else (high, 1))


def _given(step: Step) -> list[Decimal]:
    """Return the numbers that a step gives, where they are all stated."""
    if not isinstance(step, Bands | FirstMatch):
        return []
    values = [value for _, value in step.branches()]
    numbers = [value for value in values if isinstance(value, Decimal)]
    return numbers if len(numbers) == len(values) else []


def step_faults(step: Step, within: Mapping[str, Span], titles: Mapping[str, Text]) -> Iterator[Fault]:
    """Yield the branches of a step that can never be taken, and its conditions that can never hold."""
    if isinstance(step, Bands) and step.of in within:
        for index, band in enumerate(step.bands):
            span = span_of(band)
            if span is not None and not span.empty and span.meet(within[step.of]).empty:
                title = titles.get(step.of, Text(step.of, step.of))
                yield ("bands", index), _EMPTY_BAND.fill(t=title, r=within[step.of].words())
    for path, condition in step.conditions():
        yield from under(path, never(condition, within, titles))
    if isinstance(step, FirstMatch) and len(step.cases) > MOST_CASES:
        text = Text("最多 {n} 个分支；更多的请用 table 或 bands", "at most {n} branches; use a table or bands for more")
        yield ("cases", MOST_CASES), text.fill(n=MOST_CASES)
    elif isinstance(step, FirstMatch):
        whens = [case.when for case in step.cases]
        yield from under(("cases",), taken(whens))


def never(condition: Condition, within: Mapping[str, Span], titles: Mapping[str, Text]) -> Iterator[Fault]:
    """Yield why a condition, or a part of it, can never hold; a part at its own place."""
    known = _together(condition)
    for name, span in known.items():
        title = titles.get(name, Text(name, name))
        if span.empty:
            yield (), _NEVER.fill(why=_OPPOSED.fill(t=title))
        elif name in within and span.meet(within[name]).empty:
            yield (), _NEVER.fill(why=_OUTSIDE.fill(t=title, r=within[name].words()))
    for key, parts in (("any", condition.any_), ("count", condition.count)):
        for index, part in enumerate(parts or ()):
            yield from under((key, index), never(part, within, titles))
    for index, part in enumerate(condition.all_ or ()):
        if part.fact is None and part.figure is None:
            yield from under(("all", index), never(part, within, titles))


def _together(condition: Condition) -> dict[str, Span]:
    """Return for each subject where it must lie, if a comparison or all of several hold."""
    found: dict[str, Span] = {}
    for leaf in _conjunction(condition):
        span = span_of(leaf) if leaf.fact is not None or leaf.figure is not None else None
        if span is not None:
            found[leaf.subject] = found.get(leaf.subject, Span()).meet(span)
    return found


def _conjunction(condition: Condition) -> Iterator[Condition]:
    if condition.all_ is None:
        yield condition
    for part in condition.all_ or ():
        yield from _conjunction(part)


def taken(whens: Sequence[Condition]) -> Iterator[Fault]:
    """Yield the branches, of a list of which the first that holds is taken, that never get their turn."""
    for index, when in enumerate(whens[:MOST_BRANCHES]):
        path: Path = (index, "when")
        before = next((n for n, earlier in enumerate(whens[:index], start=1) if implies(when, earlier)), None)
        if before is not None:
            yield path, _TAKEN.fill(n=before)
        elif any(not span.empty and _used_up(span, name, whens[:index]) for name, span in _together(when).items()):
            yield path, _COVERED


def _used_up(span: Span, name: str, earlier: Sequence[Condition]) -> bool:
    """Return whether earlier branches that look at nothing but this figure cover a whole stretch of it."""
    covered = []
    for when in earlier:
        parts = [when] if when.any_ is None else list(when.any_)
        if all(_plain_bound(leaf, name) for part in parts for leaf in _conjunction(part)):
            covered += [_together(part).get(name, Span()) for part in parts]
    reached = span.low
    for low, high in sorted(covered):
        if low <= reached:
            reached = max(reached, high)
    return reached >= span.high


def _plain_bound(leaf: Condition, name: str) -> bool:
    odd = leaf.missing is not None or leaf.in_ is not None or span_of(leaf) is None
    return (leaf.fact is not None or leaf.figure is not None) and leaf.subject == name and not odd


def implies(one: Condition, other: Condition) -> bool:
    """Return whether `other` certainly holds wherever `one` does."""
    if other.all_ is not None:
        return one == other or all(implies(one, part) for part in other.all_)
    if one.any_ is not None:
        return one == other or all(implies(part, other) for part in one.any_)
    if one == other or any(implies(one, part) for part in other.any_ or ()):
        return True
    if one.not_ is not None and other.not_ is not None:
        # turned round only for plain bounds: what is unknown inside a `not` may yet be known to be false
        plain_ = all(_plain_bound(part, one.not_.subject) for part in (one.not_, other.not_))
        return plain_ and implies(other.not_, one.not_)
    compares = other.fact is not None or other.figure is not None
    return compares and (any(_leaf_implies(leaf, other) for leaf in _conjunction(one)) or _within(one, other))


def _within(one: Condition, other: Condition) -> bool:
    span = span_of(other)
    stated = _together(one).get(other.subject)
    only = other.missing is None and other.in_ is None and not isinstance(other.is_, bool | str)
    return span is not None and stated is not None and only and stated.inside(span)


def _leaf_implies(one: Condition, other: Condition) -> bool:
    """Return whether one comparison holds wherever the other does: sets, words, and what is known at all."""
    if one.subject != other.subject or (one.fact is None and one.figure is None):
        return False
    if other.missing is not None:
        known = other == Condition(fact=other.fact, figure=other.figure, missing=False)
        return known and one.missing is not True
    allowed = _words(other)
    stated = _words(one)
    return bool(stated) and bool(allowed) and stated <= allowed and span_of(other) is None


def _words(leaf: Condition) -> frozenset[str | bool | Decimal]:
    """Return the words that a comparison lets through; nothing where it compares otherwise."""
    if isinstance(leaf.is_, bool | str):
        return frozenset({leaf.is_})
    return frozenset(leaf.in_ or ()) if leaf.is_ is None else frozenset()
