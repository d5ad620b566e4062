"""The page of the district: who is covered by what, the distribution of the stars, and the clocks that run."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Final

from litestar import Response, get

from redproperty.domain.access import Actor, Deed, allowed, scope
from redproperty.domain.estates import PartyForm
from redproperty.domain.packs import period_of
from redproperty.domain.texts import Text
from redproperty.store import coverage, divisions, estates, takeovers
from redproperty.store.coverage import StreetCoverage
from redproperty.store.estates import EstateRow, Wanted
from redproperty.web.editions import packs
from redproperty.web.estates import APPLIED, award_words
from redproperty.web.lists import address
from redproperty.web.security import needs
from redproperty.web.takeovers import LEVELS, TONES, Line, lines
from redproperty.web.views import Ask, View, actor_of, today

STREET_PAGE: Final = "/district/{street}"
_MISSING: Final = (PartyForm.NONE.value, APPLIED)  # kinds of estates that have no approved Party unit


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
    href: str
    estates: Cell
    cells: tuple[tuple[Cell, ...], ...]  # by group
    unmanaged: Cell  # estate-days under nobody


@dataclass(frozen=True)
class Bar:
    """One bar of the picture: its label, its number, its length of 100, and the list behind it."""

    label: Text
    number: int
    length: int
    share: str
    href: str


@dataclass(frozen=True)
class Gap:
    """A street with its estates that have no approved Party unit."""

    name: str
    href: str
    estates: tuple[EstateRow, ...]


@dataclass(frozen=True)
class StreetCases:
    """The open takeovers of a street: how many at each level of the clock, the oldest, and the tightest clock."""

    name: str
    cases: Cell
    levels: tuple[Cell, ...]  # in the order of LEVELS
    oldest: int
    tightest: Line


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
    levels: ClassVar[Mapping[str, Text]] = LEVELS
    cases: tuple[StreetCases, ...]
    all_cases: int
    pressing: tuple[Line, ...]
    gaps: tuple[Gap, ...]
    applied: ClassVar[str] = APPLIED
    may_open: bool
    may_import: bool


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
        period=period_of(packs(request), day).title,
        rows=tuple(line_of(names.get(row.street, row.street), [row], row.street) for row in rows),
        total=line_of("", rows, ""),
        groups=GROUPS,
        rated_period=rated or "",
        bars=_bars(tally["stars"], await award_words(request, tally["stars"])) if rated else (),
        cases=tuple(_cases(street, name, cases) for street, name in names.items() if _of(street, cases)),
        all_cases=len(cases),
        pressing=tuple(one for one in cases if one.level in {"overdue", "warn"}),
        gaps=await _gaps(actor, day, names),
        may_open=allowed(actor.role, Deed.OPEN_TAKEOVER),
        may_import=allowed(actor.role, Deed.IMPORT_ESTATES),
    )
    return view.response(request)


async def _gaps(actor: Actor, day: date, names: Mapping[str, str]) -> tuple[Gap, ...]:
    """Return the streets in which estates have no approved Party unit, with these estates."""
    missing = await without_party(actor, day)
    found = {street: tuple(one for one in missing if one.street == street) for street in names}
    return tuple(Gap(names[street], STREET_PAGE.format(street=street), rows) for street, rows in found.items() if rows)


async def without_party(actor: Actor, day: date, street: str = "") -> tuple[EstateRow, ...]:
    """Return the estates (of a street) without an approved Party unit, those without any first."""
    found: list[EstateRow] = []
    for kind in _MISSING:
        found += await estates.every(scope(actor), Wanted(street=street, party=kind), day)
    return tuple(found)


def _of(street: str, cases: Iterable[Line]) -> list[Line]:
    return [one for one in cases if one.street == street]


def _cases(street: str, name: str, cases: list[Line]) -> StreetCases:
    """Return the cases of a street in numbers; `cases` come the most pressing first."""
    own = _of(street, cases)

    def cell(level: str) -> Cell:
        count = sum(one.level == level for one in own)
        return Cell(count, address("/takeovers", {"street": street, "level": level}), TONES[level] if count else "")

    return StreetCases(
        name,
        Cell(len(own), address("/takeovers", {"street": street})),
        tuple(cell(level) for level in LEVELS),
        max(one.age for one in own),
        own[0],
    )


def line_of(name: str, rows: Iterable[StreetCoverage], street: str) -> StreetRow:
    """Return a line of the table over one street or all; every number leads to what it counts."""
    rows = list(rows)

    def cell(field: str, query: Mapping[str, str], tone: str = "") -> Cell:
        number = sum(getattr(row, field) for row in rows)
        return Cell(number, address("/estates", {"street": street, **query}), tone if number else "")

    days = sum(row.unmanaged_days for row in rows)
    page = STREET_PAGE.format(street=street) if street else ""
    return StreetRow(
        name,
        page,
        cell("estates", {}),
        tuple(tuple(cell(head.name, head.query, head.tone) for head in group.heads) for group in GROUPS),
        Cell(days, f"{page}#unmanaged" if page else "#coverage", "bad" if days else ""),
    )


def _bars(counted: Mapping[str, int], words: Mapping[str, Text]) -> tuple[Bar, ...]:
    """Return the distribution from the best award down to not rated; lengths are relative to the longest."""
    longest, total = max(counted.values(), default=0), sum(counted.values())
    if not total:
        return ()
    numbers = {value: counted.get(value, 0) for value in words}
    return tuple(
        Bar(
            label,
            numbers[value],
            numbers[value] * 100 // longest,
            _percent(numbers[value], total),
            address("/estates", {"stars": value}),
        )
        for value, label in words.items()
    )


def _percent(part: int, whole: int) -> str:
    """Return a share of 100 with one decimal, half up."""
    permille = (part * 2000 + whole) // (2 * whole)
    return f"{permille // 10}.{permille % 10}"


ROUTES = (show,)
