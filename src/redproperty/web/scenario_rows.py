"""The estates of a what-if: rows, filters, order, and the file that equals the list."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from redproperty.domain import awards
from redproperty.domain.awards import Stars, code_of
from redproperty.domain.packs import Pack
from redproperty.domain.periods import Period
from redproperty.domain.texts import Text
from redproperty.domain.whatif import CHANGED, DOWN, GAINS, LOSES, NEW, OUT, SAME, UP, Comparison
from redproperty.exports.tables import Column, Table
from redproperty.store.scenarios import Scenario
from redproperty.web.lists import Filter, Option, filter_line

ALL: Final = "all"
SHOWS: Final[dict[str, Text]] = {
    UP: Text("升星", "Rise"),
    DOWN: Text("降星", "Fall"),
    CHANGED: Text("等级改变", "Another grade"),
    NEW: Text("新参评", "Newly rated"),
    OUT: Text("转为不评", "No longer rated"),
    GAINS: Text("补贴增加", "Get more"),
    LOSES: Text("补贴减少", "Get less"),
    ALL: Text("全部小区", "All estates"),
}
NO_COMPANY: Final = Text("无企业", "No company")
SORTS: Final = ("name", "street", "company", "was", "now", "paid_before", "paid_after", "change")
TITLES: Final[dict[str, Text]] = {
    "name": Text("小区", "Estate"),
    "code": Text("小区编码", "Estate code"),
    "street": Text("街道", "Street"),
    "company": Text("物业企业", "Property company"),
    "was": Text("现行星级", "Stars now"),
    "now": Text("测算星级", "Stars tried"),
    "composite_before": Text("现行得分", "Score now"),
    "composite_after": Text("测算得分", "Score tried"),
    "due_before": Text("现行应发（元）", "Due now (yuan)"),
    "due_after": Text("测算应发（元）", "Due tried (yuan)"),
    "paid_before": Text("现行实发（元）", "Paid now (yuan)"),
    "paid_after": Text("测算实发（元）", "Paid tried (yuan)"),
    "change": Text("增减（元）", "Change (yuan)"),
}
_KINDS: Final = {"was": "stars", "now": "stars", "composite_before": "score", "composite_after": "score"}
_MONEY: Final = frozenset({"due_before", "due_after", "paid_before", "paid_after", "change"})
COLUMNS: Final = tuple(
    Column(
        name,
        title,
        "money" if name in _MONEY else _KINDS.get(name, "text"),  # type: ignore[arg-type]
        18 if name in {"name", "company"} else 12,
        total=name in _MONEY,
    )
    for name, title in TITLES.items()
)
HEADS: Final = {column.name: column for column in COLUMNS}


class Query(msgspec.Struct, frozen=True):
    """What the address narrows the estates to and how it sorts them; empty are all that move or whose money changes."""

    q: str = ""
    show: str = ""
    street: str = ""
    company: str = ""
    was: str = ""
    now: str = ""
    sort: str = ""

    @property
    def narrowed(self) -> bool:
        """Whether the list is other than unasked."""
        return any((self.q, self.show, self.street, self.company, self.was, self.now))


@dataclass(frozen=True)
class Row:
    """One estate on both sides; money in fen, scores in millionths."""

    code: str
    name: str
    street: str
    street_name: str
    company_id: str
    company: str
    was: Stars | None
    now: Stars | None
    was_award: str
    now_award: str
    was_instead: Text | None  # what stands where there are no stars
    now_instead: Text | None
    composite_before: int | None
    composite_after: int | None
    due_before: int
    due_after: int
    paid_before: int
    paid_after: int
    change: int
    move: str

    @property
    def affected(self) -> bool:
        """Whether stars or money differ."""
        return self.move != SAME or self.change != 0 or self.due_before != self.due_after

    @property
    def cells(self) -> Mapping[str, Any]:
        """Return the values of all columns by name."""
        named: dict[str, Any] = {"street": self.street_name, "company": self.company or None}
        named |= {"was": self.was_instead} if self.was_award.startswith(awards.GRADE) else {}
        named |= {"now": self.now_instead} if self.now_award.startswith(awards.GRADE) else {}
        return {name: named.get(name, getattr(self, name)) for name in TITLES}


@dataclass(frozen=True)
class Editions:
    """The editions on both sides, which say the grades."""

    before: Pack
    after: Pack

    @property
    def by_grades(self) -> bool:
        """Whether neither gives stars, so that nobody rises or falls."""
        return not (self.before.rating.stars.given or self.after.rating.stars.given)

    def saying(self, code: str) -> Pack:
        """Return the edition that says an award: the one that holds, but for grades that only the other has."""
        grades = self.before.rating.grades(self.before.sheet)
        return self.before if code.removeprefix(awards.GRADE) in grades else self.after

    def words(self, code: str) -> Text:
        """Return an award in words."""
        return awards.words(code, self.saying(code))


def rows_of(
    compared: Comparison, editions: Editions, streets: Mapping[str, str], companies: Mapping[int, str]
) -> tuple[Row, ...]:
    """Return the estates, those whose money changes most first."""
    made = [
        Row(
            code=row["estate_code"],
            name=row["name"],
            street=row["street"],
            street_name=streets.get(row["street"], row["street"]),
            company_id=str(row["company_id"] or ""),
            company=companies.get(row["company_id"], ""),
            **_awarded(row, editions),
            change=row["change_fen"],
            move=row["move"],
            **{name: row[name] for name in _PLAIN},
        )
        for row in compared.estates.iter_rows(named=True)
    ]
    return tuple(sorted(made, key=lambda row: (-abs(row.change), row.move == SAME, row.code)))


def _awarded(row: Mapping[str, Any], editions: Editions) -> dict[str, Any]:
    """Return stars, awards and what stands where there are no stars, of both sides."""
    made: dict[str, Any] = {}
    for name, side, pack in (("was", "before", editions.before), ("now", "after", editions.after)):
        stars, award = row[f"stars_{side}"], code_of(*(row[f"{column}_{side}"] for column in _AWARD))
        instead = None if stars is not None else awards.words(award, pack)
        made |= {name: stars, f"{name}_award": award, f"{name}_instead": instead}
    return made


_AWARD: Final = ("stars", "grade", "not_rated")
_PLAIN: Final = ("composite_before", "composite_after", "due_before", "due_after", "paid_before", "paid_after")


def query_of(asked: Mapping[str, str]) -> Query:
    """Return what the address asks for; values that nobody offers are dropped."""
    sorts = {f"{sign}{name}" for name in SORTS for sign in ("", "-")}
    known: dict[str, Iterable[str]] = {"show": SHOWS, "sort": sorts}
    given = {name: asked.get(name, "").strip()[:60] for name in Query.__struct_fields__}
    given |= {name: "" for name in ("was", "now") if not awards.known(given[name])}
    return Query(**{name: value for name, value in given.items() if name not in known or value in known[name]})


def fitting(rows: Iterable[Row], query: Query) -> tuple[Row, ...]:
    """Return the rows that the query leaves, in its order."""
    left = [row for row in rows if _fits(row, query)]
    name = query.sort.removeprefix("-")
    if name:
        left.sort(key=lambda row: _key(getattr(row, name)), reverse=query.sort.startswith("-"))
    return tuple(left)


def _key(value: object) -> tuple[bool, Any]:
    return value is not None, 0 if value is None else value


def _facets(row: Row) -> dict[str, set[str]]:
    """Return by which options of each filter a row is found."""
    money = {GAINS} if row.change > 0 else {LOSES} if row.change < 0 else set()
    return {
        "show": {ALL, row.move, *money, *([""] if row.affected else [])},
        "street": {"", row.street},
        "company": {"", row.company_id},
        "was": {"", row.was_award},
        "now": {"", row.now_award},
    }


def _fits(row: Row, query: Query, but: str = "") -> bool:
    words = f"{row.name} {row.code} {row.company}".casefold()
    chosen = all(getattr(query, name) in options for name, options in _facets(row).items() if name != but)
    return chosen and query.q.casefold() in words


def order(editions: Editions, rows: Iterable[Row]) -> tuple[str, ...]:
    """Return the awards of both sides, the best first."""
    found = {award for row in rows for award in (row.was_award, row.now_award)}
    return awards.scale([editions.before, editions.after], found)


def filters(rows: Sequence[Row], editions: Editions, query: Query) -> tuple[Filter, ...]:
    """Return the drop-downs, each value with how many estates it would show beside the other filters."""
    stars = {code: editions.words(code) for code in order(editions, rows)}
    streets = {row.street: Text(row.street_name, row.street_name) for row in rows}
    companies = {row.company_id: Text(row.company, row.company) for row in rows if row.company_id}
    offered: dict[str, tuple[Text, Mapping[str, Text]]] = {
        "show": (Text("显示", "Show"), SHOWS),
        "street": (TITLES["street"], dict(sorted(streets.items()))),
        "company": (TITLES["company"], dict(sorted(companies.items(), key=lambda one: one[1].zh))),
        "was": (TITLES["was"], stars),
        "now": (TITLES["now"], stars),
    }
    made = []
    for name, (label, words) in offered.items():
        counts = Counter(o for row in rows if _fits(row, query, but=name) for o in _facets(row)[name])
        chosen = getattr(query, name)
        options = (
            Option(value, text, counts[value]) for value, text in words.items() if counts[value] or value == chosen
        )
        made.append(Filter(name, label, tuple(options), chosen))
    return tuple(made)


def table(scenario: Scenario, rows: Sequence[Row], editions: Editions, query: Query) -> Table:
    """Return the estates as the address narrows and sorts them."""
    return Table(
        title=Text("测算 {n} {t}", "What-if {n} {t}").fill(n=scenario.number, t=scenario.title),
        columns=COLUMNS,
        rows=[tuple(row.cells[name] for name in TITLES) for row in fitting(rows, query)],
        subtitle=(
            Text("只是测算，不作为任何评定或拨付依据", "A what-if only, no ground for any rating or payment"),
            *filter_line(filters(rows, editions, query), query.q),
        ),
        footer=(
            Text(
                "考核期 {p}　底版 {e}　测算规则摘要 {d}", "{p} · edition copied {e} · digest of the rules tried {d}"
            ).fill(p=Period.parse(scenario.period).title, e=scenario.edition, d=editions.after.digest),
        ),
        made_at=scenario.changed_at,
        frozen=1,
    )
