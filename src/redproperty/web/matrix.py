"""The matrix street × round: how far everybody is, and the inspections behind each figure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar
from urllib.parse import urlencode

from redproperty.domain.access import Scope
from redproperty.domain.entries import Standing, standing
from redproperty.domain.inspections import State
from redproperty.domain.periods import Period
from redproperty.domain.texts import Text
from redproperty.store import divisions, inspections, rounds
from redproperty.store.inspections import Inspected, Wanted
from redproperty.store.rounds import Round, Tally
from redproperty.web.entry import round_title
from redproperty.web.views import View

PAGE_LENGTH = 50
TONES = {
    Standing.DONE: "good",
    Standing.WAITING: "info",
    Standing.RETURNED: "bad",
    Standing.LATE: "bad",
    Standing.BEGUN: "warn",
    Standing.NOT_STARTED: "",
}


@dataclass(frozen=True)
class Cell:
    """How far one street is in one round (or in all, or all streets): counts by standing, and where they are listed."""

    counts: Mapping[Standing, int]
    href: str

    @property
    def total(self) -> int:
        """How many inspections there are."""
        return sum(self.counts.values())

    @property
    def done(self) -> int:
        """How many are accepted."""
        return self.counts[Standing.DONE]

    @property
    def bars(self) -> tuple[tuple[str, int, int], ...]:
        """The picture of the cell: name of the standing, start and width in per mille of the whole."""
        if not self.total:
            return ()
        ends, found = 0, []
        for one in Standing:
            begins, ends = ends, ends + self.counts[one]
            found.append(
                (one.value, begins * 1000 // self.total, ends * 1000 // self.total - begins * 1000 // self.total)
            )
        return tuple(found)

    @property
    def notable(self) -> tuple[tuple[Standing, str, int], ...]:
        """What a reader acts on: standings other than done that occur, with their tone."""
        return tuple(
            (one, TONES[one], self.counts[one]) for one in Standing if one is not Standing.DONE and self.counts[one]
        )


@dataclass(frozen=True)
class Row:
    """One street of the matrix with a cell per round and its total."""

    title: str
    cells: tuple[Cell, ...]
    total: Cell


@dataclass(frozen=True)
class Listed:
    """One inspection in the list below the matrix."""

    here: Inspected
    standing: Standing
    tone: str
    round: Text


@dataclass(frozen=True)
class Asked:
    """What the address asks the matrix for; empty fields ask nothing."""

    period: str
    street: str = ""
    round: int | None = None
    state: str = ""
    estate: str = ""
    page: int = 1

    def href(self, **changes: Any) -> str:
        """Return the address with some of it changed."""
        fields = {**self.__dict__, "page": None, **changes}
        return "/inspections?" + urlencode({name: value for name, value in fields.items() if value})


@dataclass(frozen=True)
class Matrix(View):
    """How far every street is in every round of a period, and the inspections behind the chosen figures."""

    template: ClassVar[str] = "pages/inspections/matrix.html"
    asked: Asked
    title: Text
    periods: tuple[str, ...]
    rounds: tuple[tuple[Round, Text], ...]
    streets: tuple[tuple[str, str], ...]
    standings: tuple[Standing, ...]
    rows: tuple[Row, ...]
    total: Row
    listed: tuple[Listed, ...]
    found: int
    pages: int


def asked_in(query: Mapping[str, str], known: Sequence[str], day: date) -> Asked:
    """Return what an address asks for; without a period the latest that has rounds, or the present one.

    Raises:
        Invalid: the period is none.
    """
    period = Period.parse(query["period"]).code if query.get("period") else [*known, Period.of(day).code][0]
    number, page = query.get("round", ""), query.get("page", "")
    return Asked(
        period=period,
        street=query.get("street", ""),
        round=int(number) if number.isdecimal() else None,
        state=query.get("state", ""),
        estate=query.get("estate", "").strip(),
        page=max(int(page), 1) if page.isdecimal() else 1,
    )


async def build(asked: Asked, known: Sequence[str], seen: Scope, day: date) -> Matrix:
    """Return the matrix of a period within a scope, as it stands on a day."""
    opened = await rounds.rounds(asked.period)
    names = {one.code: one.name for one in await divisions.streets()}
    tallies = await rounds.tallies(asked.period, seen)
    streets = tuple((code, names.get(code, code)) for code in sorted({tally.street for tally in tallies}))
    table = _Table(asked, opened, tallies, day)
    wanted = Wanted(asked.period, asked.street, asked.round, asked.estate)
    listed = [_listed(here, day) for here in await inspections.listed(wanted, seen)]
    listed = [one for one in listed if not asked.state or one.standing.value == asked.state]
    pages = max(1, -(-len(listed) // PAGE_LENGTH))
    first = (min(asked.page, pages) - 1) * PAGE_LENGTH
    return Matrix(
        asked=asked,
        title=Period.parse(asked.period).title,
        periods=tuple(known) or (asked.period,),
        rounds=tuple((one, round_title(one.number)) for one in opened),
        streets=streets,
        standings=tuple(Standing),
        rows=tuple(table.row(name, code) for code, name in streets),
        total=table.row("", ""),
        listed=tuple(listed[first : first + PAGE_LENGTH]),
        found=len(listed),
        pages=pages,
    )


@dataclass(frozen=True)
class _Table:
    """What the cells are counted from."""

    asked: Asked
    opened: list[Round]
    tallies: list[Tally]
    day: date

    def row(self, title: str, street: str) -> Row:
        """Return the row of a street; of all streets together where `street` is empty."""
        cells = tuple(self.cell(street, one.number) for one in self.opened)
        return Row(title, cells, self.cell(street, None))

    def cell(self, street: str, number: int | None) -> Cell:
        """Return the cell of a street and round; none means all."""
        counts = dict.fromkeys(Standing, 0)
        for tally in self.tallies:
            if (not street or tally.street == street) and (number is None or tally.round == number):
                state = State(tally.state)
                counts[standing(state, tally.due_on, self.day, begun=True)] += tally.begun
                counts[standing(state, tally.due_on, self.day, begun=False)] += tally.count - tally.begun
        return Cell(counts, self.asked.href(street=street, round=number, state=None))


def _listed(here: Inspected, day: date) -> Listed:
    how = standing(State(here.state), here.due_on, day, begun=here.started_at is not None)
    return Listed(here, how, TONES[how], round_title(here.round))
