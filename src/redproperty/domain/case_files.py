"""What is written beside the rules to prove them: cases one by one, or as a table with one line per case.

A case is one made-up estate or several that are rated together; what is known of them, and what must come out. What a
case does not name is perfect: every answer earns the full mark, every fact is the edition's `perfect` value.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final, Literal, get_args, get_type_hints

import msgspec

from redproperty.domain.facts import Kind
from redproperty.domain.faults import Fault, Path, repeated, suggest, under
from redproperty.domain.texts import Text

Word = Literal["not_applicable", "exempt", "zeroed", "mended", "open"]
Value = bool | str | Decimal | None
Cell = Value | tuple[Decimal | None, ...]  # several earlier periods, the latest first; counts of an answer
Facts = dict[str, Value]
Answer = Decimal | Word | tuple[Decimal, ...]  # several counts stand in the order of the item's kinds
Answers = dict[str, Answer]
ORDINARY: Final = (Decimal(75),) * 6  # with them 15 % of a stratum leave one place for five stars
NOT_NAMED: Final = ""  # a cell that says nothing; `null` says that there is none


class Event(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, rename={"from_": "from"}):
    """A dated fact as it would be on record; without `value` a flag is true and a count 1."""

    fact: str
    from_: date
    to: date | None = None  # inclusive
    value: bool | str | Decimal | None = None

    def told(self, kind: Kind) -> bool | str | Decimal | None:
        """Return the value of an event of a fact of this kind, said or understood."""
        understood: dict[str, bool | Decimal] = {"flag": True, "count": Decimal(1)}
        return understood.get(kind) if self.value is None else self.value


class Stint(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The stint of management that a case is paid for; areas in square metres, money in yuan.

    Without `days` the stint is that of the whole period.
    """

    floor_area: Decimal = Decimal(0)
    days: int | None = None
    days_in_period: int | None = None
    paid_this_year: Decimal = Decimal(0)
    paid_last_period: Decimal = Decimal(0)
    custody_cost: Decimal | None = None
    custody_receivable: Decimal | None = None
    deduction: Decimal = Decimal(0)
    is_first: bool = False  # the estate's first stint of this management


class Expected(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What must come out; what is not named is not looked at. `null` means left out (points) or missing (figures)."""

    points: dict[str, Decimal | None] = {}
    categories: dict[str, Decimal | None] = {}
    score: Decimal | None = None
    figures: Facts = {}  # flags and names of steps, too
    stars: Decimal | None = None
    not_rated: str | None = None  # the reason, the first of those that fire
    reasons: tuple[str, ...] | None = None  # exactly these reasons fire
    fired: tuple[str, ...] | None = None  # exactly these rules on the stars
    due: Decimal | None = None  # yuan, before the budget
    paid: Decimal | None = None  # yuan, after the budget of the case
    payers: dict[str, Decimal] = {}  # what of it each payer bears
    zero_reason: str | None = None  # why nothing is due

    @property
    def nothing(self) -> bool:
        """Whether it expects nothing at all."""
        return self == Expected()


class Estate(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One of several estates of a case; what it does not name is as the case says."""

    name: str
    facts: Facts = {}
    events: tuple[Event, ...] = ()
    answers: Answers = {}
    rounds: tuple[Answers, ...] | None = None
    scores: tuple[Decimal, ...] | None = None
    history: tuple[Decimal | None, ...] | None = None
    earlier: dict[str, tuple[Decimal | None, ...]] = {}
    street: str | None = None
    company: int | None = None
    stint: Stint | None = None
    expect: Expected = Expected()


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One case.

    `answers` hold in every round (of an item `per_kind` its counts, as `[2, 1]`), `rounds` in single ones (their number
    is the number of rounds held); `scores` give the rounds' scores outright, with nothing known of the categories.
    `events` are dated facts, of which those count that still do in the period: `lasts`, `several` and `fades` decide.
    `history` are earlier composites, `earlier` other figures of earlier periods, the latest first. `peers` are the
    composites of the other estates of the stratum. `others` are further estates for the steps that look at the whole
    period: inspected like this one, with its facts but for those that are named. Where several estates have
    expectations of their own, `estates` lists them; then the case itself is none, only what they share, and they share
    its `budget` (yuan), too.
    """

    name: str
    basis: Text | None = None
    period: str | None = None  # such as 2026Q3, 2026H1, 2026-07 or 2026
    year: int = 2026
    quarter: int = 1
    street: str = ""
    company: int = 0
    facts: Facts = {}
    events: tuple[Event, ...] = ()
    answers: Answers = {}
    rounds: tuple[Answers, ...] = ({}, {}, {}, {})
    scores: tuple[Decimal, ...] | None = None
    history: tuple[Decimal | None, ...] = ()
    earlier: dict[str, tuple[Decimal | None, ...]] = {}
    peers: tuple[Decimal, ...] | None = None  # six ordinary ones where it is left out; none beside `estates`
    others: tuple[Facts, ...] = ()
    stint: Stint | None = None
    budget: Decimal | None = None  # yuan; none: everything that is due is paid
    estates: tuple[Estate, ...] = ()
    expect: Expected = Expected()

    @property
    def among(self) -> tuple[Decimal, ...]:
        """Return the composites of the other estates of the stratum."""
        return (() if self.estates else ORDINARY) if self.peers is None else self.peers

    def subjects(self) -> "tuple[Case, ...]":
        """Return the estates of the case, each as a case of its own; the case itself where it lists none."""
        return tuple(self._as(estate) for estate in self.estates) or (self,)

    def but(self, facts: Facts) -> "Case":
        """Return the case with other facts; events of the same name give way."""
        events = tuple(one for one in self.events if one.fact not in facts)
        return msgspec.structs.replace(self, facts=self.facts | facts, events=events)

    def _as(self, estate: Estate) -> "Case":
        own = ("rounds", "scores", "history", "street", "company", "stint")
        stated = {name: getattr(estate, name) for name in own if getattr(estate, name) is not None}
        merged = {name: getattr(self, name) | getattr(estate, name) for name in ("facts", "answers", "earlier")}
        shared = (one for one in self.events if one.fact not in estate.facts)
        merged["events"] = (*shared, *estate.events)
        return msgspec.structs.replace(self, name=estate.name, estates=(), expect=estate.expect, **(merged | stated))

    def check(self) -> Iterator[Fault]:
        """Refuse a case that expects nothing, and expectations beside estates that have their own."""
        if not self.estates and self.expect.nothing:
            yield ("expect",), Text("没有写明应得的结果（expect）", "it says nothing about what must come out (expect)")
        if self.estates and all(estate.expect.nothing for estate in self.estates):
            yield (
                ("estates",),
                Text("没有一个小区写明应得的结果（expect）", "none of the estates says what must come out"),
            )
        if self.estates and not self.expect.nothing:
            text = Text("列出 estates 时，结果写在各小区下", "beside estates each of them has an expect of its own")
            yield ("expect",), text
        yield from repeated((("estates", index, "name"), one.name) for index, one in enumerate(self.estates))


class CaseFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A file of cases about one part of the rules: written out under `cases`, or one line each under `rows`.

    `columns` says what stands in a row: `name`, the name of a fact, or `answers.HJ-01`, `stint.floor_area`,
    `earlier.income`, `history`, `period`, `street`, `company`, `expect.stars`, `expect.due`, `expect.points.HJ-01`,
    `expect.` with the name of a figure. An empty cell (`""`) leaves a thing unsaid, `null` says that there is none.
    Cells of `history`, `earlier` and `answers` may be lists, as there. `facts` hold in every case of the file that
    does not state them itself.
    """

    about: Text
    facts: Facts = {}
    cases: tuple[Case, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()

    def all(self) -> tuple[Case, ...]:
        """Return every case of the file; rows with faults give none."""
        places = [place_of(column) for column in self.columns]
        written = [self._of(number, row, places) for number, row in enumerate(self.rows, start=1)]
        cases = (*self.cases, *(case for case in written if case is not None))
        return tuple(msgspec.structs.replace(case, facts=self.facts | case.facts) for case in cases)

    def _of(self, number: int, row: tuple[Cell, ...], places: "list[Place | None]") -> Case | None:
        if len(row) != len(places):
            return None
        said: dict[str, Any] = {"name": f"第 {number} 行"}
        for column, place, cell in zip(self.columns, places, row, strict=True):
            value = None if place is None else place.read(cell)
            if place is None or isinstance(value, Text):
                return None
            if cell != NOT_NAMED:
                place.put(said, str(value) if column == "period" else value)
        for part, kind in (("stint", Stint), ("expect", Expected)):
            if part in said:
                said[part] = kind(**said[part])
        return Case(**said)

    def check(self) -> Iterator[Fault]:
        """Yield what is wrong with the cases as they are written, before any rule looks at them."""
        for index, case in enumerate(self.cases):
            yield from under(("cases", index), case.check())
        if not self.cases and not self.rows:
            yield (), Text("文件里没有案例", "there are no cases in this file")
        if self.rows and not any(column.startswith("expect.") for column in self.columns):
            yield ("columns",), Text("没有一列以 expect. 开头", "no column begins with “expect.”")
        yield from repeated((("columns", index), column) for index, column in enumerate(self.columns))
        places = [place_of(column) for column in self.columns]
        for index, (column, place) in enumerate(zip(self.columns, places, strict=True)):
            if place is None:
                yield ("columns", index), _no_column(column)
        for index, row in enumerate(self.rows):
            yield from under(("rows", index), _row_faults(row, places))


def _row_faults(row: tuple[Cell, ...], places: "list[Place | None]") -> Iterator[Fault]:
    if len(row) != len(places):
        text = Text("有 {n} 格，表头有 {m} 列", "it has {n} cells, the head has {m} columns")
        yield (), text.fill(n=len(row), m=len(places))
        return
    for position, (place, cell) in enumerate(zip(places, row, strict=True)):
        read = None if place is None else place.read(cell)
        if isinstance(read, Text):
            path: Path = (position,)
            yield path, read


class Place(msgspec.Struct, frozen=True):
    """Where the cells of a column go in a case, and what they may be."""

    path: tuple[str, ...]
    kinds: tuple[type, ...]
    listed: bool = False  # a single value is the first of a list
    lists: bool = False  # a list of numbers may stand there, too

    def read(self, cell: Cell) -> Any:
        """Return a cell as the case holds it, or why it cannot stand there."""
        if cell is None or cell == NOT_NAMED:
            return (None,) if self.listed else None
        if isinstance(cell, tuple):
            gaps = None in cell and not self.listed
            return cell if self.lists and not gaps else self._refused("[…]")
        value: Any = cell
        if isinstance(cell, Decimal) and Decimal not in self.kinds and int in self.kinds and cell == int(cell):
            value = int(cell)
        if not isinstance(value, self.kinds) or (isinstance(value, bool) and bool not in self.kinds):
            return self._refused(cell)
        return (value,) if self.listed else value

    def _refused(self, cell: Value) -> Text:
        text = Text("“{v}”不能写在这一列，这里应是{k}", "“{v}” cannot stand in this column; it takes {k}")
        return text.fill(v=cell, k=self._takes())

    def _takes(self) -> Text:
        words = [_KINDS[kind] for kind in self.kinds] + [_LIST] * self.lists
        return Text("或".join(word.zh for word in words), " or ".join(word.en for word in words))

    def put(self, said: dict[str, Any], value: Any) -> None:
        """Lay a value down in a case that is being written."""
        *way, last = self.path
        for key in way:
            said = said.setdefault(key, {})
        said[last] = value


_KINDS: Final[Mapping[type, Text]] = {
    bool: Text("true/false", "true or false"),
    str: Text("词", "a word"),
    int: Text("整数", "a whole number"),
    Decimal: Text("数", "a number"),
}
_LIST: Final = Text("若干数（如 [90, 85]）", "a list of numbers ([90, 85])")
_ANY: Final = (bool, str, Decimal)
_NUMBER: Final = (Decimal,)
_OWN: Final[Mapping[str, Place]] = {
    "name": Place(("name",), (str,)),
    "period": Place(("period",), (str, int)),
    "street": Place(("street",), (str,)),
    "year": Place(("year",), (int,)),
    "quarter": Place(("quarter",), (int,)),
    "company": Place(("company",), (int,)),
    "history": Place(("history",), _NUMBER, listed=True, lists=True),
    "budget": Place(("budget",), _NUMBER),
}
_PARTS: Final = {"facts": _ANY, "answers": (Decimal, str), "earlier": _NUMBER}
_EXPECTED: Final = {"points": _NUMBER, "categories": _NUMBER, "payers": _NUMBER, "figures": _ANY}
_HEADS: Final = (*_PARTS, "stint", "expect")


def place_of(column: str) -> Place | None:
    """Return where the cells of a column go; None where its name is none."""
    head, _, rest = column.partition(".")
    if column in _OWN:
        return _OWN[column]
    if not rest:
        return Place(("facts", column), _ANY)
    if head in _PARTS:
        return Place((head, rest), _PARTS[head], listed=head == "earlier", lists=head != "facts")
    if head == "stint":
        return _field(Stint, "stint", rest)
    return _expected(rest) if head == "expect" else None


def _expected(name: str) -> Place | None:
    part, _, rest = name.partition(".")
    if rest and part in _EXPECTED:
        return Place(("expect", part, rest), _EXPECTED[part])
    if name in _EXPECTED:  # no cell holds a whole table, so that it is a figure of that name
        return Place(("expect", "figures", name), _ANY)
    return _field(Expected, "expect", name) or Place(("expect", "figures", name), _ANY)


def _field(kind: type[msgspec.Struct], part: str, name: str) -> Place | None:
    hints = get_type_hints(kind)
    kinds = tuple(one for one in (get_args(hints.get(name)) or (hints.get(name),)) if one in {bool, str, int, Decimal})
    return Place((part, name), kinds) if kinds else None


def _no_column(column: str) -> Text:
    text = Text("没有“{c}”这一列", "there is no column “{c}”").fill(c=column)
    if column.startswith("stint."):
        return suggest(text, column, [f"stint.{name}" for name in Stint.__struct_fields__])
    return suggest(text, column, [f"{head}.{column.partition('.')[2]}" for head in _HEADS])
