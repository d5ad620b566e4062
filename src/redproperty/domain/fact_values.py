"""The value of a dated fact as people write it, into a cell or a form, and how it is said."""

from dataclasses import dataclass
from decimal import Decimal

from redproperty.domain.answers import SHARE, looks_like_share
from redproperty.domain.cells import Cell, ColumnSpec, Kind, narrow, parse
from redproperty.domain.facts import Fact
from redproperty.domain.numbers import PLACES, UNIT, plain
from redproperty.domain.texts import Problem, Text

UNTOLD = Text("——", "—")
YES, NO = Text("是", "yes"), Text("否", "no")
_TOO_MUCH = Text("百分数不能超过 100", "a percentage is at most 100")
_KINDS = {"flag": Kind.FLAG, "choice": Kind.CHOICE, "count": Kind.WHOLE, "percent": Kind.PERCENT}


@dataclass(frozen=True)
class Stated:
    """A value as it is kept: a number in millionths (a flag is one million or 0), or the code of a choice."""

    value: int | None
    choice: str | None


def read(cell: Cell, fact: Fact) -> Stated | tuple[Problem, ...]:
    """Return the value that a cell states, or everything that is wrong with it; the field is the cell's address."""
    choices = {choice.code: choice.title for choice in fact.choices}
    kind = _KINDS.get(fact.kind, Kind.DECIMAL)
    found = parse(cell, ColumnSpec("value", ("数值", "Value"), kind, required=True, choices=choices, places=PLACES))
    if isinstance(found, Problem):
        return (found,)
    if fact.kind == "choice":
        return Stated(None, str(found))
    number = (found if isinstance(found, int) else 0) * (UNIT if fact.kind in {"flag", "count"} else 1)
    problems = tuple(Problem(cell.address, text) for text in _objections(cell, fact, number))
    return problems or Stated(number, None)


def _objections(cell: Cell, fact: Fact, number: int) -> list[Text]:
    """Return why a number of the right kind will not do."""
    found = []
    if fact.kind == "percent" and looks_like_share(Decimal(number) / UNIT, cell.text):
        found.append(SHARE.fill(raw=narrow(cell.text)))
    if refusal := fact.refusal(Decimal(number) / UNIT):
        found.append(refusal)
    elif fact.kind == "percent" and fact.at_most is None and number > 100 * UNIT:
        found.append(_TOO_MUCH)
    return found


def said(fact: Fact | None, value: int | None, choice: str | None) -> Text:
    """Return a kept value in words, with its unit; without its declaration as it is kept."""
    if choice is not None:
        titles = {one.code: one.title for one in fact.choices} if fact else {}
        return titles.get(choice, Text(choice, choice))
    if value is None:
        return UNTOLD
    if fact is not None and fact.kind == "flag":
        return YES if value else NO
    number = plain(value)
    if fact is not None and fact.kind == "percent":
        return Text(f"{number}%", f"{number} %")
    unit = fact.unit if fact else None
    return Text(f"{number} {unit.zh}", f"{number} {unit.en}") if unit else Text(number, number)
