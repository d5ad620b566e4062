"""What a file asks for, row by row: new, changed, unchanged or refused, and why.

All or nothing: a file with one refused row writes nothing, unless its rows do not rest on one another and whoever
brought it says that those which can be taken shall be. A blank cell, or a column that the file does not have,
leaves what the record holds; so importing the same file twice changes nothing the second time.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from redproperty.domain.access import Deed
from redproperty.domain.cells import ColumnSpec, Kind, Row
from redproperty.domain.choices import Choice
from redproperty.domain.texts import Problem, Text

_AGAIN = Text("与第 {row} 行重复（{key}），同一对象只能出现一次", "row {row} is about {key} too; once is enough")
_NEEDED = Text("新增时要填“{title}”", "“{title}” is needed for a new one")
_YES, _NO, NOTHING = Text("是", "yes"), Text("否", "no"), Text("（空）", "(empty)")


class ImportKind(Choice):
    """What a file is about."""

    DIVISIONS = "divisions", "区划名录", "List of divisions"
    ESTATES = "estates", "小区", "Estates"
    COMPANIES = "companies", "物业企业", "Property companies"
    SCORES = "scores", "检查评分", "Inspection scores"
    FACTS = "facts", "事实", "Facts"

    @property
    def in_parts(self) -> bool:
        """Whether the rows that can be taken may be written without the others: they do not rest on one another."""
        return self is ImportKind.SCORES

    @property
    def deed(self) -> Deed:
        """What one must be allowed to do to import it."""
        return Deed(f"import_{self.value}")


class Outcome(Choice):
    """What becomes of a row."""

    REFUSED = "refused", "未通过", "Refused"
    CHANGED = "changed", "修改", "Changed"
    NEW = "new", "新增", "New"
    UNCHANGED = "unchanged", "未变", "Unchanged"


@dataclass(frozen=True, slots=True)
class Wish:
    """What one row asks for: the stated `values` (as stored) of the thing under `key`, and what is wrong with it.

    `claims` are the things that no other row may be about too; by itself the thing under `key`.
    """

    row: Row
    key: Hashable
    label: Text
    values: Mapping[str, Any]
    problems: tuple[Problem, ...] = ()
    claims: tuple[Hashable, ...] = ()

    def at(self, name: str) -> str:
        """Return the address of a field's cell; the row's number where the file has no such column."""
        cell = self.row.cells.get(name)
        return cell.address if cell else str(self.row.number)


@dataclass(frozen=True, slots=True)
class Change:
    """One field of a row: what the record holds, and what the file says."""

    title: Text
    old: Text
    new: Text


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why one cell cannot be taken; `cell` is its address, the row's number, or empty where it is the whole file."""

    cell: str
    heading: Text
    found: str
    reason: Text


@dataclass(frozen=True, slots=True)
class ImportRow:
    """What becomes of one row of the file; a new one has nothing old in its changes."""

    number: int
    label: Text
    outcome: Outcome
    changes: tuple[Change, ...] = ()
    refusals: tuple[Refusal, ...] = ()


@dataclass(frozen=True)
class ImportResult:
    """What becomes of a whole file. `problems` are those of the file itself (then there are no rows).

    `sheet` is the name of the sheet that was read, `ignored` are titles of columns nobody asked for, `skipped` the
    numbers of rows taken for examples, notes or totals.
    """

    kind: ImportKind
    file: str
    sheet: str = ""
    rows: tuple[ImportRow, ...] = ()
    problems: tuple[Problem, ...] = ()
    ignored: tuple[str, ...] = ()
    skipped: tuple[int, ...] = ()
    written: bool = False

    def count(self, outcome: Outcome) -> int:
        """Return how many rows have this outcome."""
        return sum(row.outcome is outcome for row in self.rows)

    @property
    def counts(self) -> dict[Outcome, int]:
        """How many rows have each outcome."""
        return {outcome: self.count(outcome) for outcome in Outcome}

    @property
    def refused(self) -> bool:
        """Whether nothing can be written: the file or one of its rows cannot be taken."""
        return bool(self.problems) or self.count(Outcome.REFUSED) > 0

    @property
    def asks(self) -> bool:
        """Whether there is anything to write."""
        return not self.refused and self.count(Outcome.NEW) + self.count(Outcome.CHANGED) > 0

    @property
    def good(self) -> int:
        """How many rows could be written although others are refused; none where the kind goes as a whole."""
        return self.count(Outcome.NEW) + self.count(Outcome.CHANGED) if self.refused and self.kind.in_parts else 0

    @property
    def refusals(self) -> Iterator[Refusal]:
        """Every refused cell in the order of the rows; first those of the file itself."""
        yield from (Refusal("", _NO_HEADING, "", problem.text) for problem in self.problems)
        for row in self.rows:
            yield from row.refusals


_NO_HEADING = Text("", "")


@dataclass(frozen=True)
class Fields:
    """The fields of one kind of import: how they are headed and worded, and which a new thing must state.

    `words` says the values of a field where its column alone does not; `quiet` fields follow from others and are not
    told.
    """

    columns: tuple[ColumnSpec, ...]
    needed: frozenset[str] = frozenset()
    words: Mapping[str, Callable[[Any], Text]] = field(default_factory=dict)
    quiet: frozenset[str] = frozenset()

    @cached_property
    def _by_name(self) -> dict[str, ColumnSpec]:
        return {column.field: column for column in self.columns}

    def column(self, name: str) -> ColumnSpec | None:
        """Return the column of a field."""
        return self._by_name.get(name)

    def title(self, name: str) -> Text:
        """Return the heading of a field."""
        column = self.column(name)
        return column.heading if column else Text(name, name)

    def missing(self, wish: Wish) -> Iterator[Problem]:
        """Yield what a new thing must state and this row does not."""
        for column in self.columns:
            if column.field in self.needed and wish.values.get(column.field) is None:
                yield Problem(wish.at(column.field), _NEEDED.fill(title=column.heading))

    def changes(self, wish: Wish, before: Mapping[str, Any]) -> Iterator[Change]:
        """Yield every stated field that differs from `before`."""
        for name, value in wish.values.items():
            if name not in self.quiet and value is not None and value != before.get(name):
                yield Change(self.title(name), self.told(name, before.get(name)), self.told(name, value))

    def told(self, name: str, value: Any) -> Text:
        """Return a stored value in words."""
        column = self.column(name)
        if value is None or value in ("", frozenset()):
            return NOTHING
        if name in self.words:
            return self.words[name](value)
        if isinstance(value, Text):
            return value
        if isinstance(value, bool):
            return _YES if value else _NO
        if column is None:
            return plain(str(value))
        return column.choices[value] if value in column.choices else plain(_digits(column, value))


def _digits(column: ColumnSpec, value: Any) -> str:
    """Return a value that is no choice as it would be typed."""
    if isinstance(value, frozenset):
        return "、".join(sorted(map(str, value)))
    if column.kind is Kind.DECIMAL:
        whole, rest = divmod(value, 10**column.places)
        return f"{whole:,}.{rest:0{column.places}d}"
    return str(value)


def plain(text: str) -> Text:
    """Return what reads alike in both languages."""
    return Text(text, text)


def repeated(wishes: Iterable[Wish]) -> dict[int, Problem]:
    """Return the problem of every row that is about the same thing as an earlier row, by row number."""
    first: dict[Hashable, int] = {}
    problems = {}
    for wish in wishes:
        claims = [claim for claim in wish.claims or (wish.key,) if _whole(claim)]
        rows = {first.setdefault(claim, wish.row.number) for claim in claims}
        earlier = min(rows, default=wish.row.number)
        if earlier != wish.row.number:
            at = str(wish.row.number)
            problems[wish.row.number] = Problem(at, _AGAIN.fill(row=earlier, key=wish.label))
    return problems


def _whole(claim: Hashable) -> bool:
    """Whether every part of a key was there to be read."""
    return claim is not None and not (isinstance(claim, tuple) and None in claim)


def judged(wish: Wish, before: Mapping[str, Any] | None, fields: Fields, extra: Iterable[Problem] = ()) -> ImportRow:
    """Return what becomes of a row beside what the record holds (None: nothing yet); refusals in the order of cells."""
    number, problems = wish.row.number, [*wish.problems, *extra]
    if before is None and not problems:
        problems += fields.missing(wish)
    if problems:
        places = {cell.address: place for place, cell in enumerate(wish.row.cells.values())}
        problems.sort(key=lambda problem: places.get(problem.field, -1))
        refusals = tuple(_refusal(wish.row, problem, fields) for problem in problems)
        return ImportRow(number, wish.label, Outcome.REFUSED, refusals=refusals)
    changes = tuple(fields.changes(wish, before or {}))
    if before is None:
        return ImportRow(number, wish.label, Outcome.NEW, changes)
    return ImportRow(number, wish.label, Outcome.CHANGED if changes else Outcome.UNCHANGED, changes)


def _refusal(row: Row, problem: Problem, fields: Fields) -> Refusal:
    """Return a problem with the heading and the wording of its cell."""
    for name, cell in row.cells.items():
        if cell.address == problem.field:
            return Refusal(cell.address, fields.title(name), cell.text, problem.text)
    return Refusal(problem.field, _NO_HEADING, "", problem.text)
