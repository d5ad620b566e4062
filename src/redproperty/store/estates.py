"""Estates as lists and single pages see them: the register, who manages each today, its Party unit and latest stars."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from piccolo.querystring import QueryString

from redproperty.domain.access import Scope
from redproperty.domain.awards import GRADE, RATED, Stars
from redproperty.domain.names import folded
from redproperty.store.ratings import starred
from redproperty.store.schema import bound
from redproperty.store.scopes import estates_in
from redproperty.store.tables import Estate, EstateGrid

PAGE = 50
UNRATED = "unrated"  # in filters: not rated, or in no published run yet
FACETS = ("street", "community", "estate_type", "stratum", "management", "stars", "party", "owners_body")
SORTS: dict[str, tuple[str, ...]] = {  # by the names of `EstateRow`
    "code": ("code",),
    "name": ("initials", "name", "code"),
    "street_name": ("street", "community", "code"),
    "community_name": ("community", "code"),
    "estate_type": ("estate_type", "code"),
    "stratum": ("stratum", "code"),
    "management": ("management", "code"),
    "company": ("COALESCE(company, '')", "code"),
    "party": ("party", "code"),
    "owners_body": ("owners_body", "code"),
    "households": ("households", "code"),
    "floor_area_cm": ("floor_area_cm", "code"),
    "stars": ("COALESCE(2 * stars + CASE WHEN half THEN 1 ELSE 0 END, -1)", "grade", "code"),
    "composite": ("COALESCE(composite, -1)", "code"),
}


@dataclass(frozen=True)
class Wanted:
    """What a list is narrowed to; an empty field does not narrow. `party` is a form once approved, applied or none."""

    search: str = ""
    street: str = ""
    community: str = ""
    estate_type: str = ""
    stratum: str = ""
    management: str = ""
    stars: str = ""
    party: str = ""
    owners_body: str = ""
    sort: str = "code"  # a key of SORTS, with a minus before it for downwards


@dataclass(frozen=True)
class EstateRow:
    """One estate on a day: the register, who manages it, its Party unit and its stars in the latest published run."""

    id: int
    code: str
    name: str
    street: str
    street_name: str
    community: str
    community_name: str
    estate_type: str
    stratum: str
    floor_area_cm: int
    area_source: str
    households: int
    owners_body: str
    management: str
    company_id: int | None
    company: str | None
    since: date | None
    party: str
    period: str | None
    edition: str | None
    stars: Stars | None
    grade: str | None
    award: str
    not_rated: str | None
    composite: int | None


@dataclass(frozen=True)
class EstatePage:
    """One estate in full: its row and the rest of the register."""

    row: EstateRow
    address: str
    contact: str
    phone: str
    buildings: int
    built_year: int | None
    lifts: int
    gated: bool
    secondary_water: bool
    parking_managed: bool
    registered_on: date
    grids: tuple[tuple[str, str], ...]  # code and name


_COLUMNS = ", ".join((*(field.name for field in fields(EstateRow)), "half"))
_REGISTER = (
    """
SELECT e.id AS id, e.code AS code, e.name AS name, e.initials AS initials, e.street AS street,
    COALESCE(s.name, e.street) AS street_name, e.community AS community,
    COALESCE(k.name, e.community) AS community_name,
    e.estate_type AS estate_type, e.stratum AS stratum, e.floor_area_cm AS floor_area_cm, e.area_source AS area_source,
    e.households AS households, e.owners_body AS owners_body, COALESCE(t.management, 'none') AS management,
    t.company AS company_id, c.name AS company, t.begins AS since,
    CASE WHEN p.id IS NULL THEN 'none'
        WHEN p.status = 'approved' AND (p.approved_on IS NULL OR p.approved_on <= {}) THEN p.form
        WHEN p.status IN ('approved', 'applied') THEN 'applied' ELSE 'none' END AS party,
    r.period AS period, r.edition AS edition, r.stars AS stars, r.half AS half, r.grade AS grade,
    CASE WHEN r.stars IS NOT NULL THEN CAST(r.stars AS VARCHAR(9)) || CASE WHEN r.half THEN '.5' ELSE '' END
        WHEN r.grade IS NOT NULL THEN '@GRADE' || r.grade
        WHEN r.period IS NOT NULL AND r.not_rated IS NULL THEN '@RATED' ELSE '@NONE' END AS award,
    r.not_rated AS not_rated, r.composite AS composite
FROM estate e
LEFT JOIN division s ON s.code = e.street
LEFT JOIN division k ON k.code = e.community
LEFT JOIN tenure t ON t.estate = e.id AND t.begins <= {} AND (t.ends IS NULL OR t.ends > {})
LEFT JOIN company c ON c.id = t.company
LEFT JOIN party_unit p ON p.id = (
    SELECT x.id FROM party_unit x WHERE x.estate = e.id AND (x.ended_on IS NULL OR x.ended_on > {})
    ORDER BY x.approved_on DESC NULLS LAST, x.id DESC LIMIT 1)
LEFT JOIN (
    SELECT g.estate, g.stars, g.half, g.grade, g.not_rated, g.composite, u.period, u.edition
    FROM estate_rating g JOIN rating_run u ON u.id = g.run
    WHERE u.state = 'published' AND u.period = (SELECT MAX(period) FROM rating_run WHERE state = 'published')
) r ON r.estate = e.id
WHERE e.id IN ({})
""".replace("@GRADE", GRADE)
    .replace("@RATED", RATED)
    .replace("@NONE", UNRATED)
)
_SILENT = "·•・‧ \u3000()（）"  # what `folded` leaves out of a name, as far as names have it
_FOLDED_NAME = "LOWER(name)"
for _sign in _SILENT:
    _FOLDED_NAME = f"REPLACE({_FOLDED_NAME}, '{_sign}', '')"


async def page(scope: Scope, wanted: Wanted, on: date, *, number: int = 1) -> list[EstateRow]:
    """Return one page of `PAGE` estates, counted from 1."""
    limit = QueryString(" LIMIT {} OFFSET {}", PAGE, (max(number, 1) - 1) * PAGE)
    return await _rows(scope, wanted, on, limit)


async def every(scope: Scope, wanted: Wanted, on: date) -> list[EstateRow]:
    """Return the whole list, for an export."""
    return await _rows(scope, wanted, on, QueryString(""))


async def counts(scope: Scope, wanted: Wanted, on: date) -> tuple[int, dict[str, dict[str, int]]]:
    """Return how many estates the list holds, and per facet how many each of its values would hold.

    A facet's own choice is left out of its counts, so that they say what choosing another value would show.
    """
    columns = ", ".join("award AS stars" if name == "stars" else name for name in FACETS)
    grouped = ", ".join(str(at + 1) for at in range(len(FACETS)))
    search = Wanted(search=wanted.search)
    rows = await _run(
        QueryString(
            f"SELECT {columns}, COUNT(*) AS estates FROM ({{}}) x WHERE {{}} GROUP BY {grouped}",
            _register(scope, on),
            _condition(search),
        )
    )
    return _tally(rows, {name: getattr(wanted, name) for name in FACETS})


def _tally(rows: list[dict[str, Any]], chosen: Mapping[str, str]) -> tuple[int, dict[str, dict[str, int]]]:
    """Return the total of the rows that are chosen, and per facet the sums by value of those chosen but for it."""
    total, facets = 0, {name: dict[str, int]() for name in FACETS}
    for row in rows:
        missed = [name for name in FACETS if chosen[name] and row[name] != chosen[name]]
        if not missed:
            total += row["estates"]
        for name in missed if len(missed) == 1 else () if missed else FACETS:
            facets[name][row[name]] = facets[name].get(row[name], 0) + row["estates"]
    return total, facets


async def sums(scope: Scope, wanted: Wanted, on: date) -> dict[str, int]:
    """Return what the whole list adds up to: households, and floor_area_cm in hundredths of a square metre."""
    rows = await _run(
        QueryString(
            "SELECT CAST(COALESCE(SUM(households), 0) AS BIGINT) AS households, "
            "CAST(COALESCE(SUM(floor_area_cm), 0) AS BIGINT) AS floor_area_cm FROM ({}) x WHERE {}",
            _register(scope, on),
            _condition(wanted),
        )
    )
    return dict(rows[0])


async def one(scope: Scope, code: str, on: date) -> EstatePage | None:
    """Return the estate of that code in full, or None when there is none in scope."""
    rows = await _run(QueryString(f"SELECT {_COLUMNS} FROM ({{}}) x WHERE code = {{}}", _register(scope, on), code))
    if not rows:
        return None
    row = EstateRow(**starred(rows[0]))
    rest = await (
        Estate.select(
            Estate.address,
            Estate.contact,
            Estate.phone,
            Estate.buildings,
            Estate.built_year,
            Estate.lifts,
            Estate.gated,
            Estate.secondary_water,
            Estate.parking_managed,
            Estate.registered_on,
        )
        .where(Estate.id == row.id)
        .first()
    )
    assert rest is not None  # noqa: S101 - the row was there a moment ago
    grids = await (
        EstateGrid.select(EstateGrid.grid.code.as_alias("code"), EstateGrid.grid.name.as_alias("name"))
        .where(EstateGrid.estate == row.id)
        .order_by(EstateGrid.grid.code)
    )
    return EstatePage(row=row, **rest, grids=tuple((grid["code"], grid["name"]) for grid in grids))


async def _rows(scope: Scope, wanted: Wanted, on: date, limit: QueryString) -> list[EstateRow]:
    rows = await _run(
        QueryString(
            f"SELECT {_COLUMNS} FROM ({{}}) x WHERE {{}} ORDER BY {_order(wanted.sort)}{{}}",
            _register(scope, on),
            _condition(wanted),
            limit,
        )
    )
    return [EstateRow(**starred(row)) for row in rows]


def _register(scope: Scope, on: date) -> QueryString:
    """Return the select of every estate in scope as it stands on a day."""
    inside = Estate.select(Estate.id).where(estates_in(scope, on)).querystrings[0]
    return QueryString(_REGISTER, on, on, on, on, inside)


def _condition(wanted: Wanted) -> QueryString:
    """Return what the list is narrowed to, as one condition."""
    parts = [QueryString("1 = 1")]
    for name in FACETS:
        value = getattr(wanted, name)
        if value:
            parts.append(QueryString(f"{'award' if name == 'stars' else name} = {{}}", value))
    if words := wanted.search.strip():
        parts.append(_found(words))
    return QueryString(" AND ".join("{}" for _ in parts), *parts)


def _found(words: str) -> QueryString:
    """Return the condition of a search: part of the name, of the code, or of the initials, all as `folded`."""
    wanted = folded(words)
    if not wanted:
        return QueryString("name LIKE {} ESCAPE '!'", f"%{_literal(words)}%")
    part = f"%{_literal(wanted)}%"
    return QueryString(
        f"({_FOLDED_NAME} LIKE {{}} ESCAPE '!' OR REPLACE(LOWER(code), '-', '') LIKE {{}} ESCAPE '!' "
        "OR initials LIKE {} ESCAPE '!')",
        part, part, part,
    )  # fmt: skip


def _literal(words: str) -> str:
    """Return words in which no character is a wildcard; the escape is an exclamation mark."""
    return words.replace("!", "!!").replace("%", "!%").replace("_", "!_")


def _order(sort: str) -> str:
    """Return the order of a list; an unknown one is by code."""
    first, *rest = SORTS.get(sort.removeprefix("-"), SORTS["code"])
    return ", ".join([f"{first} DESC" if sort.startswith("-") else first, *rest])


async def _run(query: QueryString) -> list[dict[str, Any]]:
    return await bound().run_querystring(query) or []
