"""The page of the district: who is covered by what, the distribution of the stars, and the clocks that run."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

from litestar import Response, get

from redproperty.domain.access import Deed, allowed, scope
from redproperty.domain.periods import Period
from redproperty.domain.texts import Text
from redproperty.store import coverage, divisions, estates, takeovers
from redproperty.store.coverage import StreetCoverage
from redproperty.store.estates import Wanted
from redproperty.web.estates import STARS, actor_of
from redproperty.web.lists import address
from redproperty.web.security import needs
from redproperty.web.takeovers import LEVELS, TONES, Line, lines
from redproperty.web.views import Ask, View, today

PRESSING: Final = 8  # cases shown; the board has them all


@dataclass(frozen=True)
class Cell:
    """One number of the table, and the list of estates behind it; nothing to open where it is zero."""

    number: int
    href: str
    tone: str = ""


@dataclass(frozen=True)
class Head:
    """One column: its wording, and how it narrows the list of estates."""

    name: str
    title: Text
    query: Mapping[str, str]
    tone: str = ""  # of a number above zero


@dataclass(frozen=True)
class Group:
    """Columns that together add up to the estates of the street."""

    title: Text
    heads: tuple[Head, ...]


GROUPS: Final = (
    Group(
        Text("谁在管理", "Managed by"),
        (
            Head("market", Text("物业企业", "company"), {"management": "market"}),
            Head("self", Text("自管", "owners"), {"management": "self"}),
            Head("emergency", Text("应急", "emergency"), {"management": "emergency"}),
            Head("custody", Text("托管", "custody"), {"management": "custody"}),
            Head("none", Text("失管", "nobody"), {"management": "none"}, "bad"),
        ),
    ),
    Group(
        Text("物业党组织", "Party unit"),
        (
            Head("party_own", Text("单独", "own"), {"party": "own"}),
            Head("party_joint", Text("联合", "joint"), {"party": "joint"}),
            Head("party_instructor", Text("指导员", "instructor"), {"party": "instructor"}),
            Head("party_applied", Text("申请中", "applied"), {"party": "applied"}),
            Head("party_none", Text("未覆盖", "none"), {"party": "none"}, "warn"),
        ),
    ),
    Group(
        Text("业主组织", "Owners' body"),
        (
            Head("committee", Text("业委会", "committee"), {"body": "committee"}),
            Head("interim", Text("物管会", "interim"), {"body": "interim"}),
            Head("no_body", Text("未成立", "none"), {"body": "none"}),
        ),
    ),
)


@dataclass(frozen=True)
class StreetRow:
    """One street of the table; the last one is the whole."""

    name: str
    estates: Cell
    cells: tuple[tuple[Cell, ...], ...]  # by group
    unmanaged_days: int


@dataclass(frozen=True)
class Bar:
    """One bar of the picture: its label, its number, its length of 100, and the list behind it."""

    label: Text
    number: int
    length: int
    share: str
    href: str


@dataclass(frozen=True)
class District(View):
    """The district (or one's own street) at a glance."""

    template: ClassVar[str] = "pages/district/overview.html"
    period: Text
    rows: tuple[StreetRow, ...]
    total: StreetRow
    groups: tuple[Group, ...]
    rated_period: str
    bars: tuple[Bar, ...]
    pressing: list[Line]
    clocks: tuple[tuple[Text, str, int, str], ...]  # wording, tone, cases, address
    cases: int
    may_open: bool


@get("/district", guards=[needs(Deed.VIEW_COVERAGE)])
async def show(request: Ask) -> Response[str]:
    """Show the coverage, the stars and the clocks of what the person may see."""
    actor, day = actor_of(request), today(request)
    rows = await coverage.by_street(scope(actor), day)
    names = {one.code: one.name for one in await divisions.streets()}
    rated = await coverage.latest_period()
    _, tally = await estates.counts(scope(actor), Wanted(), day)
    cases = lines(request, await takeovers.cases(scope(actor), day))
    view = District(
        period=Period.of(day).title,
        rows=tuple(_row(names.get(row.street, row.street), [row], row.street) for row in rows),
        total=_row("", rows, ""),
        groups=GROUPS,
        rated_period=rated or "",
        bars=_bars(tally["stars"]) if rated else (),
        pressing=cases[:PRESSING],
        clocks=tuple(
            (LEVELS[level], TONES[level], sum(one.level == level for one in cases), f"/takeovers?level={level}")
            for level in LEVELS
        ),
        cases=len(cases),
        may_open=allowed(actor.role, Deed.OPEN_TAKEOVER),
    )
    return view.response(request)


def _row(name: str, rows: Iterable[StreetCoverage], street: str) -> StreetRow:
    """Return a line of the table over one street or all; every number leads to its estates."""
    rows = list(rows)

    def cell(field: str, query: Mapping[str, str], tone: str = "") -> Cell:
        number = sum(getattr(row, field) for row in rows)
        return Cell(number, address("/estates", {"street": street, **query}), tone if number else "")

    return StreetRow(
        name,
        cell("estates", {}),
        tuple(tuple(cell(head.name, head.query, head.tone) for head in group.heads) for group in GROUPS),
        sum(row.unmanaged_days for row in rows),
    )


def _bars(counted: Mapping[str, int]) -> tuple[Bar, ...]:
    """Return the distribution from five stars down to not rated; lengths are relative to the longest."""
    longest, total = max(counted.values(), default=0), sum(counted.values())
    if not total:
        return ()
    numbers = {value: counted.get(value, 0) for value in STARS}
    return tuple(
        Bar(
            label,
            numbers[value],
            numbers[value] * 100 // longest,
            _percent(numbers[value], total),
            address("/estates", {"stars": value}),
        )
        for value, label in STARS.items()
    )


def _percent(part: int, whole: int) -> str:
    """Return a share of 100 with one decimal, half up."""
    permille = (part * 2000 + whole) // (2 * whole)
    return f"{permille // 10}.{permille % 10}"


ROUTES = (show,)
