"""Odd inspections of a period: what deserves a second look, by the thresholds of its edition; filtered and exported."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from itertools import groupby
from typing import Any, ClassVar, Final

from litestar import Response, get

from redproperty.actions.exporting import record_export
from redproperty.actions.import_scores import REASON
from redproperty.domain.access import Actor, Deed, scope
from redproperty.domain.inspection_rules import USUAL, Oddities
from redproperty.domain.numbers import UNIT, divided, figure, plain
from redproperty.domain.odd import Beside, Kind, Odd, Visit, beside, lines_of, odd
from redproperty.domain.packs import Pack, begun
from redproperty.domain.periods import Period
from redproperty.domain.rounds import round_title
from redproperty.domain.texts import Text
from redproperty.exports.tables import Column, Table
from redproperty.store import divisions, rounds
from redproperty.store.odd import Looked, looked
from redproperty.web.editions import packs
from redproperty.web.files import CSV, XLSX, FileKind, table_file
from redproperty.web.lists import address
from redproperty.web.security import needs
from redproperty.web.views import Ask, View, actor_of, now, today

LINES: Final = "lines"
TENTH: Final = UNIT // 10
TITLE = Text("异常检查", "Odd inspections")
KINDS: Final = {
    **{kind.value: kind.label for kind in Kind},
    LINES: Text("贴线得分偏多", "many scores just above a line"),
}
_BESIDE = Text(
    "线上 {above} 次，线下同样宽的一段 {below} 次；不偏不倚时约 {even} 次，偶然到这个数的可能 {chance}%",
    "{above} above a line, {below} in the band below; about {even} without a lean, {chance} % likely by chance",
)


@dataclass(frozen=True)
class Asked:
    """What the address asks for; empty fields ask nothing."""

    period: str
    street: str = ""
    round: int | None = None
    kind: str = ""

    def href(self, path: str = "/inspections/odd", **changes: Any) -> str:
        """Return the address with some of it changed."""
        return address(path, {**asdict(self), **changes})

    @property
    def query(self) -> str:
        """The address's question alone."""
        return self.href("").removeprefix("?")


@dataclass(frozen=True)
class Line:
    """One odd inspection in words."""

    here: Looked
    said: Text
    street: str
    round: Text


@dataclass(frozen=True)
class Leaning:
    """The scores of one inspector beside the lines, where they lean; `href` lists that inspector's inspections."""

    inspector: str
    street: str
    beside: Beside

    @property
    def said(self) -> Text:
        """How many, how many were to be expected, and how likely that is."""
        even = f"{self.beside.all // 2}.5" if self.beside.all % 2 else str(self.beside.all // 2)
        chance = plain(divided(self.beside.chance, TENTH, "half_up") * TENTH)
        return _BESIDE.fill(above=self.beside.above, below=self.beside.below, even=even, chance=chance)


@dataclass(frozen=True)
class Section:
    """One kind of oddity: from where on it is listed, and the inspections."""

    kind: str
    title: Text
    rule: Text
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class OddPage(View):
    """The odd inspections of a period."""

    template: ClassVar[str] = "pages/inspections/odd.html"
    asked: Asked
    period: Period
    periods: tuple[str, ...]
    rounds: tuple[tuple[int, Text], ...]
    streets: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    leaning: tuple[Leaning, ...]
    whole: Beside
    rule: Text
    counts: tuple[tuple[str, Text, int, str], ...]
    looked_at: int
    edition: str


def asked_in(query: Mapping[str, str], known: Sequence[str], day: date) -> Asked:
    """Return what an address asks for; without a period the latest that has rounds.

    Raises:
        Invalid: the period is none.
    """
    period = Period.parse(query["period"]).code if query.get("period") else [*known, Period.of(day).code][0]
    number, kind = query.get("round", ""), query.get("kind", "")
    return Asked(
        period=period,
        street=query.get("street", ""),
        round=int(number) if number.isdecimal() else None,
        kind=kind if kind in KINDS else "",
    )


@dataclass(frozen=True)
class _Found:
    """What was looked at, and what is odd about it."""

    here: dict[int, Looked]
    odd: tuple[Odd, ...]
    pack: Pack | None
    rules: Oddities
    names: Mapping[str, str]


async def _find(ask: Ask, asked: Asked, actor: Actor) -> _Found:
    """Look at the inspections that are asked for, with as many earlier periods as a run may reach back."""
    period = Period.parse(asked.period)
    pack = begun(packs(ask), period.begins)
    rules = (pack.inspections if pack else USUAL).odd
    earlier = [period.later(-back).code for back in range(max(1, rules.running - 1) + 1)]
    every = await looked(earlier, scope(actor), typed_elsewhere=REASON)
    seen = [one for one in every if asked.street in {"", one.street}]
    here = {one.id: one for one in seen if one.period == asked.period and asked.round in {None, one.round}}
    total = figure(pack.sheet.total) if pack else -1
    found = odd(_up_to([one.visit for one in seen], asked), rules, total)
    names = {one.code: one.name for one in await divisions.streets()}
    return _Found(here, tuple(one for one in found if one.visit.id in here), pack, rules, names)


def _up_to(visits: Sequence[Visit], asked: Asked) -> list[Visit]:
    """Return the visits up to the round that is asked for, so that a run ends with it."""
    return [one for one in visits if asked.round is None or one.order <= (asked.period, asked.round)]


def _sections(found: _Found, asked: Asked) -> tuple[Section, ...]:
    """Return every kind that is asked for; the oddest first, among equals by estate."""
    said = found.rules.say()
    keys = {Kind.FULL: "full", Kind.JUMP: "jump", Kind.QUICK: "minutes", Kind.RUNNING: "running"}
    sections = []
    for kind in Kind:
        if asked.kind not in {"", kind.value}:
            continue
        mine = [one for one in found.odd if one.kind is kind]
        mine.sort(key=lambda one: (-one.weight, found.here[one.visit.id].estate_code))
        lines = tuple(_line(found, one) for one in mine)
        sections.append(Section(kind.value, kind.label, said[keys[kind]][1], lines))
    return tuple(sections)


def _line(found: _Found, one: Odd) -> Line:
    here = found.here[one.visit.id]
    return Line(here, one.said, found.names.get(here.street, here.street), round_title(here.round))


def _leaning(found: _Found) -> tuple[tuple[Leaning, ...], Beside]:
    """Return the inspectors whose scores lean above the lines, by street and name, and how all scores stand."""
    lines = lines_of(found.rules, found.pack.rating.stars) if found.pack else ()
    ordered = sorted(found.here.values(), key=lambda one: (one.street, one.inspector, one.visit.inspector))
    leaning = []
    for _, group in groupby(ordered, key=lambda one: (one.street, one.inspector, one.visit.inspector)):
        mine = list(group)
        stands = beside(_scores(mine), lines, found.rules)
        if stands.unlikely(found.rules):
            leaning.append(Leaning(mine[0].inspector, found.names.get(mine[0].street, mine[0].street), stands))
    return tuple(leaning), beside(_scores(ordered), lines, found.rules)


def _scores(some: Sequence[Looked]) -> list[int]:
    return [one.visit.score for one in some if one.visit.score is not None]


@get("/inspections/odd", guards=[needs(Deed.VIEW_ODD)])
async def show(request: Ask) -> Response[str]:
    """Show what is odd, kind by kind."""
    known = await rounds.periods()
    asked = asked_in(request.query_params, known, today(request))
    found = await _find(request, asked, actor_of(request))
    leaning, whole = _leaning(found)
    tally = {kind.value: sum(one.kind is kind for one in found.odd) for kind in Kind} | {LINES: len(leaning)}
    opened = await rounds.rounds(asked.period)
    view = OddPage(
        asked=asked,
        period=Period.parse(asked.period),
        periods=tuple(known) or (asked.period,),
        rounds=tuple((one.number, round_title(one.number)) for one in opened),
        streets=tuple(sorted(found.names.items())) if scope(actor_of(request)).everything else (),
        sections=_sections(found, asked),
        leaning=leaning if asked.kind in {"", LINES} else (),
        whole=whole,
        rule=found.rules.say()["lines"][1],
        counts=tuple((key, title, tally[key], asked.href(kind=key)) for key, title in KINDS.items()),
        looked_at=len(_scores(list(found.here.values()))),
        edition=found.pack.edition if found.pack else "",
    )
    return view.response(request)


COLUMNS = (
    Column("kind", Text("异常", "Oddity"), width=16),
    Column("code", Text("小区编码", "Estate code"), width=12),
    Column("estate", Text("小区", "Estate"), width=20),
    Column("street", Text("街道", "Street"), width=14),
    Column("round", Text("检查", "Inspection"), width=18),
    Column("inspector", Text("检查员", "Inspector"), width=12),
    Column("score", Text("得分", "Score"), "score"),
    Column("said", Text("说明", "What is odd"), width=60),
)


@get("/inspections/odd.xlsx", guards=[needs(Deed.VIEW_ODD), needs(Deed.EXPORT)])
async def export_xlsx(request: Ask) -> Response[bytes]:
    """Return what is odd, as the address narrows it, as a workbook."""
    return await _export(request, XLSX)


@get("/inspections/odd.csv", guards=[needs(Deed.VIEW_ODD), needs(Deed.EXPORT)])
async def export_csv(request: Ask) -> Response[bytes]:
    """Return what is odd, as the address narrows it, as CSV."""
    return await _export(request, CSV)


async def _export(ask: Ask, kind: FileKind) -> Response[bytes]:
    actor, day = actor_of(ask), today(ask)
    asked = asked_in(ask.query_params, await rounds.periods(), day)
    found = await _find(ask, asked, actor)
    cells = [_cells(section, line) for section in _sections(found, asked) for line in section.lines]
    if asked.kind in {"", LINES}:
        cells += [
            [KINDS[LINES], None, None, one.street, asked.period, one.inspector, None, one.said]
            for one in _leaning(found)[0]
        ]
    await record_export(actor, "odd", filters=asked.query, rows=len(cells), kind=kind, at=now(ask))
    seen = [Text(f"筛选：{asked.query}", f"Filter: {asked.query}")]
    return table_file(ask, Table(TITLE, COLUMNS, cells, subtitle=seen, frozen=1), day, kind)


def _cells(section: Section, line: Line) -> list[object]:
    here = line.here
    where = Text("{period} {round}", "{period} {round}").fill(period=here.period, round=line.round)
    return [
        section.title,
        here.estate_code,
        here.estate,
        line.street,
        where,
        here.inspector,
        here.visit.score,
        line.said,
    ]


ROUTES = (show, export_xlsx, export_csv)
