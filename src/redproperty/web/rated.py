"""The estates of one rating beside the period before: rows, filters, order, and the file that equals the list."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from redproperty.domain import awards
from redproperty.domain.access import scope
from redproperty.domain.awards import NONE, Stars
from redproperty.domain.comparisons import Cause, causes, item_changes
from redproperty.domain.estates import Stratum
from redproperty.domain.packs import Pack
from redproperty.domain.periods import Period
from redproperty.domain.runs import scored
from redproperty.domain.texts import Text
from redproperty.exports.tables import Column, Table
from redproperty.settings import ZONE
from redproperty.store import divisions, ratings
from redproperty.store.ratings import Result, Run
from redproperty.web.editions import pack_named
from redproperty.web.files import CSV, FileKind
from redproperty.web.lists import Filter, Option, Shown, filter_line, shown
from redproperty.web.rating_runs import STATES, Chosen
from redproperty.web.timelines import not_rated
from redproperty.web.views import Ask, actor_of, today

MOVES: Final = {
    "up": Text("升星", "Rose"),
    "down": Text("降星", "Fell"),
    "changed": Text("等级改变", "Grade changed"),
    "new": Text("新参评", "Newly rated"),
    "out": Text("转为不评", "No longer rated"),
}
SORTS: Final = ("name", "code", "street", "stars", "composite", "change")
USUAL: Final = frozenset({"name", "code", "street", "stars", "composite", "change", "rules"})  # columns seen unasked
PROOF: Final = (
    Text("规则版本", "Edition of the rules"),
    Text("规则摘要", "Digest of the rules"),
    Text("状态", "State"),
    Text("数据截至", "Data as of"),
)
GRADE: Final = Text("等级", "Grade")
BEFORE: Final = (Text("上期星级", "Stars before"), Text("上期等级", "Grade before"))  # by stars, by grades
LABELS: Final = {
    "street": Text("街道", "Street"),
    "stars": Text("星级", "Stars"),
    "stratum": Text("评定组别", "Stratum"),
    "moved": Text("较上期", "Against the period before"),
}


class Query(msgspec.Struct, frozen=True):
    """What the address narrows the estates to, how it sorts them, and which columns it shows; empty is all, by code."""

    q: str = ""
    street: str = ""
    stars: str = ""
    stratum: str = ""
    moved: str = ""
    sort: str = ""
    columns: str = ""
    run: str = ""

    @property
    def narrowed(self) -> bool:
        """Whether anything is filtered out."""
        return any((self.q, self.street, self.stars, self.stratum, self.moved))


@dataclass(frozen=True)
class Before:
    """What an estate was awarded in the period before; `instead` stands where it had no stars."""

    award: str
    stars: Stars | None
    instead: Text | None

    @property
    def rated(self) -> bool:
        """Whether it was rated then."""
        return self.award != NONE

    @property
    def cell(self) -> Stars | Text | None:
        """Return what stands in a file."""
        return self.stars if self.instead is None or not self.rated else self.instead


@dataclass(frozen=True)
class EstateRow:
    """One estate of a period beside itself in the period before; `change` in millionths."""

    result: Result
    street: str
    stratum: Text
    reason: Text | None
    instead: Text | None  # what stands where there are no stars
    before: Before | None
    change: int | None
    move: str
    causes: tuple[Text, ...]
    categories: tuple[int | None, ...]
    fired: tuple[tuple[str, Text], ...]

    @property
    def cells(self) -> Mapping[str, Any]:
        """Return the values of all columns by name, for the list and for its file."""
        result = self.result
        fired = [Text("{c} {t}", "{c} {t}").fill(c=code, t=title) for code, title in self.fired]
        return {
            "name": result.name,
            "code": result.code,
            "street": self.street,
            "stratum": self.stratum,
            "company": result.company,
            "stars": result.stars if self.instead is None or result.not_rated is not None else self.instead,
            "composite": result.composite,
            "before": self.before.cell if self.before else None,
            "change": self.change,
            "rules": self.reason or _joined(fired),
            "causes": _joined(self.causes),
            **{f"category{index}": points for index, points in enumerate(self.categories)},
        }


@dataclass(frozen=True)
class Rated:
    """Every estate of a rating that a person may see, and how many had which award in the period before.

    `scale` are the awards that pictures and filters show, `packs` the editions that say grades: now, then before.
    """

    rows: tuple[EstateRow, ...] = ()
    before: Mapping[str, int] | None = None
    previous: Period | None = None
    scale: tuple[str, ...] = ()
    packs: tuple[Pack | None, ...] = ()

    def words(self, code: str) -> Text:
        """Return an award in words."""
        return awards.words(code, self.packs[0])


def query_of(ask: Ask) -> Query:
    """Return what the address asks for; values that nobody offers are dropped."""
    sorts = {f"{sign}{name}" for name in SORTS for sign in ("", "-")}
    known = {"stratum": set(Stratum.labels()), "moved": set(MOVES), "sort": sorts}
    asked = {name: ask.query_params.get(name, "").strip()[:60] for name in Query.__struct_fields__}
    asked["stars"] = asked["stars"] if awards.known(asked["stars"]) else ""
    asked["columns"] = ask.query_params.get("columns", "")[:400]
    return Query(**{name: value for name, value in asked.items() if name not in known or value in known[name]})


async def rated(ask: Ask, choice: Chosen) -> Rated:
    """Return the estates of the rating within the person's scope, each beside the published period before."""
    if choice.run is None:
        return Rated()
    within, day = scope(actor_of(ask)), today(ask)
    results = await ratings.results(choice.run.id, within, on=day)
    run = await ratings.published(choice.period.previous().code)
    earlier = await ratings.results(run.id, within, on=day) if run else []
    before = {row.code: row for row in earlier}
    pack_before = pack_named(ask, run.edition) if run else None
    told = await asyncio.to_thread(_causes, choice.pack, results, pack_before, before)
    streets = {one.code: one.name for one in await divisions.streets()}
    was = {code: (row, _before(pack_before, row)) for code, row in before.items()}
    rows = tuple(_row(choice.pack, row, was.get(row.code), streets, told) for row in results)
    packs = (choice.pack, pack_before) if earlier else (choice.pack,)
    scale = awards.scale(packs, {row.award for row in (*results, *earlier)})
    if not earlier:
        return Rated(rows, scale=scale, packs=packs)
    return Rated(rows, Counter(row.award for row in earlier), choice.period.previous(), scale, packs)


def _before(pack: Pack | None, row: Result) -> Before:
    return Before(row.award, row.stars, None if row.stars is not None else awards.words(row.award, pack))


def _causes(
    pack: Pack | None, results: Sequence[Result], pack_before: Pack | None, before: Mapping[str, Result]
) -> dict[str, tuple[Text, ...]]:
    """Return what moved each estate that rose or fell, by code: rules, parts and the items behind the inspections."""
    if pack is None or pack_before is None:
        return {}
    pairs = [(now, before[now.code]) for now in results if _move(now, before.get(now.code)) in {"up", "down"}]
    if not pairs:
        return {}
    sheets = scored(pack, [now.working for now, _ in pairs])
    fell = [now.estate_id for now, then in pairs if _move(now, then) == "down"]
    items = item_changes(pack, sheets, scored(pack_before, [then.working for _, then in pairs]), fell=fell)
    return {
        now.code: _sentences((*causes(pack, now.working, then.working), *items.get(now.estate_id, ())))
        for now, then in pairs
    }


def _sentences(found: Iterable[Cause]) -> tuple[Text, ...]:
    return tuple(cause.sentence for cause in found)


def _row(
    pack: Pack | None,
    result: Result,
    before: tuple[Result, Before] | None,
    streets: Mapping[str, str],
    told: Mapping[str, tuple[Text, ...]],
) -> EstateRow:
    titles = {rule.code: rule.title for rule in pack.rating.stars.rules} if pack else {}
    then, was = before or (None, None)
    change = None
    if then is not None and result.composite is not None and then.composite is not None:
        change = result.composite - then.composite
    return EstateRow(
        result=result,
        street=streets.get(result.street, result.street),
        stratum=Stratum(result.stratum).label,
        reason=None if result.not_rated is None else not_rated(pack, result.not_rated),
        instead=None if result.stars is not None else awards.words(result.award, pack),
        before=was,
        change=change,
        move=_move(result, then),
        causes=told.get(result.code, ()),
        categories=tuple(result.working.get(one.points_column) for one in (pack.sheet.categories if pack else ())),
        fired=tuple((code, titles.get(code, Text(code, code))) for code in result.working["fired"] or ()),
    )


def _move(result: Result, before: Result | None) -> str:
    if before is None:
        return ""
    now, then = result.award, before.award
    if NONE in {now, then}:
        return "" if now == then else "out" if now == NONE else "new"
    if result.stars is None or before.stars is None:
        return "" if now == then else "changed"  # nobody says which of two grades is the better
    return "up" if result.stars > before.stars else "down" if result.stars < before.stars else ""


def fitting(rows: Iterable[EstateRow], query: Query) -> tuple[EstateRow, ...]:
    """Return the rows that the query leaves, in the order that it asks for."""
    left = [row for row in rows if _fits(row, query)]
    name = query.sort.removeprefix("-")
    if name:
        left.sort(key=lambda row: _key(row, name), reverse=query.sort.startswith("-"))
    return tuple(left)


def _fits(row: EstateRow, query: Query, *, but: str = "") -> bool:
    result = row.result
    named = query.q.casefold() in f"{result.name} {result.code} {result.company or ''}".casefold()
    return named and all(getattr(query, name) in {"", have} for name, have in _values(row).items() if name != but)


def _values(row: EstateRow) -> dict[str, str]:
    return {"street": row.result.street, "stars": row.result.award, "stratum": row.result.stratum, "moved": row.move}


def _key(row: EstateRow, name: str) -> tuple[bool, Any]:
    """Return what to sort by; what is missing comes first upwards and last downwards."""
    result = row.result
    held = {
        "code": result.code,
        "name": result.name,
        "street": result.street,
        "stars": result.stars if result.grade is None else result.grade,
        "composite": result.composite,
        "change": row.change,
    }[name]
    return held is not None, 0 if held is None else held


def filters(found: Rated, query: Query) -> tuple[Filter, ...]:
    """Return the drop-downs, each value with how many estates it would show beside the other filters."""
    rows = found.rows
    words: dict[str, Mapping[str, Text]] = {
        "street": dict(sorted((row.result.street, Text(row.street, row.street)) for row in rows)),
        "stars": {code: found.words(code) for code in found.scale},
        "stratum": Stratum.labels(),
        "moved": MOVES,
    }
    labels = LABELS | ({"stars": GRADE} if found.packs and by_grades(found.packs[0]) else {})
    return tuple(
        Filter(name, labels[name], _options(rows, query, name, offered), getattr(query, name))
        for name, offered in words.items()
    )


def _options(rows: Sequence[EstateRow], query: Query, name: str, offered: Mapping[str, Text]) -> tuple[Option, ...]:
    left = [_values(row)[name] for row in rows if _fits(row, query, but=name)]
    counted = [(value, label, left.count(value)) for value, label in offered.items()]
    return tuple(Option(*one) for one in counted if one[2] or one[0] == getattr(query, name))


def by_grades(pack: Pack | None) -> bool:
    """Whether an edition says grades, or nothing but figures, where others give stars."""
    return pack is not None and not pack.rating.stars.given


def columns(pack: Pack | None, query: Query) -> Shown:
    """Return the columns that the address asks for; those who look at movers see why unasked."""
    usual = USUAL | {"causes"} if query.moved else USUAL
    if by_grades(pack):
        usual -= {"composite", "change"}  # a method without stars has none
    return shown(_columns(pack), usual, query.columns)


def _columns(pack: Pack | None) -> tuple[Column, ...]:
    categories = pack.sheet.categories if pack else ()
    return (
        Column("name", Text("小区", "Estate"), width=18),
        Column("code", Text("小区编码", "Estate code")),
        Column("street", LABELS["street"]),
        Column("stratum", LABELS["stratum"], width=16),
        Column("company", Text("物业企业", "Property company"), width=26),
        Column("stars", GRADE if by_grades(pack) else LABELS["stars"], "stars", 7),
        Column("composite", Text("综合得分", "Composite"), "score", 9),
        Column("before", BEFORE[by_grades(pack)], "stars", 7),
        Column("change", Text("得分变化", "Change of score"), "score", 9),
        *(Column(f"category{index}", one.title, "score", 9) for index, one in enumerate(categories)),
        Column("rules", Text("触发规则或不评原因", "Rules that fired, or why not rated"), width=36),
        Column("causes", Text("变动原因", "What moved it"), width=36),
    )


def table(choice: Chosen, run: Run, found: Rated, query: Query, kind: FileKind) -> Table:
    """Return the estates as they are seen: the same rows, columns, order and labels.

    Edition, digest, state and date of the data stand below the XLSX; a CSV has no such lines: there they are columns.
    """
    seen = columns(choice.pack, query).columns
    data_on = run.made_at.astimezone(ZONE).date()
    proof = ((run.edition, run.digest, STATES[run.state], data_on.isoformat())) if kind == CSV else ()
    return Table(
        title=Text("{p}星级评定结果", "Star ratings {p}").fill(p=choice.period.title),
        columns=(*seen, *(Column(title.en, title) for title in PROOF[: len(proof)])),
        rows=[(*(row.cells[one.name] for one in seen), *proof) for row in fitting(found.rows, query)],
        subtitle=filter_line(filters(found, query), query.q),
        footer=(
            Text("规则版本 {e}　摘要 {d}", "Edition of the rules {e} · digest {d}").fill(e=run.edition, d=run.digest),
            Text("状态：{s}　数据截至 {on}", "State: {s} · data as of {on}").fill(s=STATES[run.state], on=data_on),
        ),
        made_at=run.published_at or run.made_at,
        frozen=1,
    )


def _joined(texts: Sequence[Text]) -> Text:
    return Text("；".join(text.zh for text in texts), "; ".join(text.en for text in texts))
