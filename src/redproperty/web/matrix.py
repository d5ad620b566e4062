"""The matrix street × round: how far everybody is, and the inspections behind each figure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, ClassVar

from redproperty.domain.access import Actor, Deed, Scope, allowed, may, scope
from redproperty.domain.entries import Standing, standing
from redproperty.domain.inspections import State
from redproperty.domain.periods import Period
from redproperty.domain.rounds import round_title
from redproperty.domain.texts import Text
from redproperty.exports.tables import Column, Table
from redproperty.store import divisions, hand_overs, inspections, reopenings, rounds
from redproperty.store.hand_overs import Holder
from redproperty.store.inspections import Inspected, Wanted
from redproperty.store.reopenings import Reopening
from redproperty.store.rounds import Round, Tally
from redproperty.web.lists import address
from redproperty.web.views import View

PAGE_LENGTH = 50
TITLE = Text("检查清单", "Inspections")
TONES = {
    Standing.DONE: "good",
    Standing.WAITING: "info",
    Standing.RETURNED: "bad",
    Standing.LATE: "bad",
    Standing.BEGUN: "warn",
    Standing.NOT_STARTED: "",
    Standing.VOID: "",
}


@dataclass(frozen=True)
class Part:
    """How many inspections have one standing, with its tone and where they are listed."""

    standing: Standing
    tone: str
    count: int
    href: str
    chosen: bool = False


@dataclass(frozen=True)
class Cell:
    """How far one street is in one round (or in all, or all streets): counts by standing, and where they are listed."""

    counts: Mapping[Standing, int]
    asked: "Asked"

    @property
    def href(self) -> str:
        """Where all of them are listed."""
        return self.asked.href()

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
    def notable(self) -> tuple[Part, ...]:
        """What a reader acts on: standings other than done that occur."""
        return tuple(
            Part(one, TONES[one], self.counts[one], self.asked.href(state=one.value))
            for one in Standing
            if one is not Standing.DONE and self.counts[one]
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
    street: str
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

    def href(self, path: str = "/inspections", **changes: Any) -> str:
        """Return the address with some of it changed, of the first page unless `page` is among the changes."""
        return address(path, {**asdict(self), "page": None, **changes})

    @property
    def query(self) -> str:
        """The address's question alone: what stands on an export and in the trail."""
        return self.href("").removeprefix("?")


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
    parts: tuple[Part, ...]
    listed: tuple[Listed, ...]
    found: int
    pages: int
    may_open_round: bool
    may_see_odd: bool
    reopenings: tuple[Reopening, ...]
    orphans: tuple[Holder, ...]
    may_hand_over: bool
    old_drafts: int = 0


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


async def every(asked: Asked, seen: Scope, day: date) -> list[Listed]:
    """Return all inspections that an address asks for, whatever page of them; `state` is not looked at."""
    names = {one.code: one.name for one in await divisions.streets()}
    wanted = Wanted(asked.period, asked.street, asked.round, asked.estate)
    return [_listed(here, names, day) for here in await inspections.listed(wanted, seen)]


def in_state(listed: Sequence[Listed], state: str) -> list[Listed]:
    """Return those of one standing, or all where none is asked for."""
    return [one for one in listed if state in {"", one.standing.value}]


async def build(asked: Asked, known: Sequence[str], actor: Actor, day: date) -> Matrix:
    """Return the matrix of a period as a person sees it on a day."""
    opened, hands_over = await rounds.rounds(asked.period), allowed(actor.role, Deed.HAND_OVER)
    names = {one.code: one.name for one in await divisions.streets()}
    tallies = await rounds.tallies(asked.period, scope(actor))
    streets = tuple((code, names.get(code, code)) for code in sorted({tally.street for tally in tallies}))
    table = _Table(asked, opened, tallies, day)
    found = await every(asked, scope(actor), day)
    listed = in_state(found, asked.state)
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
        parts=_parts(found, asked),
        listed=tuple(listed[first : first + PAGE_LENGTH]),
        found=len(listed),
        pages=pages,
        may_open_round=may(actor, Deed.OPEN_ROUND, None) is None,
        may_see_odd=may(actor, Deed.VIEW_ODD, None) is None,
        orphans=tuple(one for one in await hand_overs.holders(scope(actor)) if one.disabled) if hands_over else (),
        may_hand_over=hands_over,
        reopenings=tuple(await reopenings.waiting(scope(actor))) if allowed(actor.role, Deed.ASK_REOPENING) else (),
    )


def _parts(found: Sequence[Listed], asked: Asked) -> tuple[Part, ...]:
    """Return how many of what is found have each standing; choosing the chosen one again lets it go."""
    counts = Counter(one.standing for one in found)
    return tuple(
        Part(one, TONES[one], counts[one], asked.href(state="" if one.value == asked.state else one.value),
             chosen=one.value == asked.state)
        for one in Standing
        if counts[one] or one.value == asked.state
    )  # fmt: skip


COLUMNS = (
    Column("code", Text("小区编码", "Estate code"), width=12),
    Column("estate", Text("小区", "Estate"), width=22),
    Column("street", Text("街道", "Street"), width=14),
    Column("period", Text("考核期", "Period"), width=10),
    Column("round", Text("轮次", "Round"), width=10),
    Column("standing", Text("状态", "State"), width=12),
    Column("inspector", Text("检查员", "Inspector"), width=12),
    Column("due_on", Text("截止日期", "Due"), "date", width=12),
    Column("held_on", Text("检查日期", "Held on"), "date", width=12),
    Column("reviewer", Text("复核员", "Reviewer"), width=12),
    Column("score", Text("得分", "Score"), "score"),
    Column("remark", Text("复核意见", "Remark of the review"), width=30),
    Column("void", Text("作废原因", "Why it is void"), width=30),
)


def sheet(listed: Sequence[Listed], asked: Asked) -> Table:
    """Return the list as a table of named columns; the query of its address stands below the title."""
    cells = [
        [one.here.estate_code, one.here.estate, one.street, one.here.period, one.round, one.standing.label,
         one.here.inspector, one.here.due_on, one.here.held_on, one.here.reviewer, one.here.score, one.here.remark,
         one.here.void]
        for one in listed
    ]  # fmt: skip
    seen = [Text(f"筛选：{asked.query}", f"Filter: {asked.query}")]
    return Table(TITLE, COLUMNS, cells, subtitle=seen, frozen=2)


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
        """Return the cell of a street and round; none means all. A void round asks nothing of anybody."""
        counts, void = dict.fromkeys(Standing, 0), {one.number for one in self.opened if one.void_reason}
        for tally in self.tallies:
            if tally.round in void:
                continue
            if (not street or tally.street == street) and (number is None or tally.round == number):
                state = State(tally.state)
                counts[standing(state, tally.due_on, self.day, begun=True)] += tally.begun
                counts[standing(state, tally.due_on, self.day, begun=False)] += tally.count - tally.begun
        return Cell(counts, Asked(self.asked.period, street, number))


def _listed(here: Inspected, names: Mapping[str, str], day: date) -> Listed:
    begun, void = here.started_at is not None, bool(here.void)
    how = standing(State(here.state), here.due_on, day, begun=begun, void=void)
    return Listed(here, names.get(here.street, here.street), how, TONES[how], round_title(here.round))
