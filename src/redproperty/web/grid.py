"""Many estates in one table: rows are one's open inspections of a round, columns items; a block can be pasted in.

Nothing is saved until what would change has been seen: the page shows it, and saves exactly that.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import msgspec
from litestar import Response, get, post
from litestar.response import Redirect

from redproperty.actions import inspections as actions
from redproperty.actions.inspections import Overtaken
from redproperty.domain.access import Deed
from redproperty.domain.answers import answer_words
from redproperty.domain.entries import applicable
from redproperty.domain.inspections import EDITABLE
from redproperty.domain.items import Item
from redproperty.domain.keyed import keys, read_cell, written
from redproperty.domain.packs import Pack
from redproperty.domain.pasted import Laid, block, laid
from redproperty.domain.periods import Period
from redproperty.domain.rounds import round_title
from redproperty.domain.sheets import Category
from redproperty.domain.texts import Invalid, Refused, Text
from redproperty.store import imports, inspections
from redproperty.store.inspections import Given, Inspected
from redproperty.web.answers import kept
from redproperty.web.editions import packs
from redproperty.web.lists import address
from redproperty.web.security import needs
from redproperty.web.views import Ask, View, actor_of, now, see

OPEN = [state.value for state in EDITABLE]
ALL = "all"  # in place of a category
SAVED = Text("已保存 {n} 格（{estates} 个小区）。", "{n} cells of {estates} estates are saved.")
NOT_SAVED = Text("{estate}：{why}", "{estate}: {why}")
MEANWHILE = Text(
    "{estate}刚才在别处改过，这一行没有保存；请看过再保存",
    "{estate} was changed elsewhere just now and its row was not saved: look, then save again",
)
WRONG = Text("{estate} {item}：{why}", "{estate} {item}: {why}")
OUTSIDE = Text(
    "有 {n} 格在表外，没有放进来：小区或项目不在这张表里",
    "{n} cells lie outside the table and were left out: their estate or item is not in it",
)
NO_BLOCK = Text("粘贴区是空的：请先从 Excel 复制一块", "There is nothing to lay down: copy a block from Excel first")


@dataclass(frozen=True)
class Cell:
    """One answer in the table: what the record holds, and what was typed over it (None: nothing was)."""

    inspection: int
    item: Item
    applies: bool
    given: Given
    typed: str | None = None
    seen: int | None = None

    @property
    def key(self) -> str:
        """How the form calls it."""
        return f"{self.inspection}-{self.item.code}"

    @property
    def was(self) -> str:
        """The cell that writes what the record holds."""
        return written(self.item, self.given.value)

    @property
    def shown(self) -> str:
        """What stands in it."""
        return self.was if self.typed is None else self.typed

    @property
    def read(self) -> int | Text | None:
        """The code that is written there, or why it cannot be read."""
        return read_cell(self.item, self.shown)

    @property
    def wrong(self) -> bool:
        """Whether it cannot be read."""
        return isinstance(self.read, Text)

    @property
    def changed(self) -> bool:
        """Whether something else is written there than the record holds."""
        return self.typed is not None and not self.wrong and self.read != self.given.value

    @property
    def old(self) -> Text:
        """What the record holds, in words."""
        return answer_words(self.item, self.given.value)

    @property
    def new(self) -> Text:
        """What would stand there, in words."""
        return answer_words(self.item, self.read) if isinstance(self.read, int) else answer_words(self.item, None)

    @property
    def moved(self) -> bool:
        """Whether the record has changed since the table was shown."""
        return self.seen is not None and self.seen != self.given.version


@dataclass(frozen=True)
class Row:
    """One estate."""

    here: Inspected
    cells: tuple[Cell, ...]

    @property
    def changes(self) -> tuple[Cell, ...]:
        """What would be saved."""
        return tuple(cell for cell in self.cells if cell.changed)


@dataclass(frozen=True)
class Asked:
    """What the address asks for."""

    period: str
    round: int
    category: str

    @property
    def visit(self) -> str:
        """How the address says period and round: `2026Q4-2`."""
        return f"{self.period}-{self.round}"

    @property
    def href(self) -> str:
        """Where the table stands."""
        return address("/inspections/grid", {"round": self.visit, "category": self.category})


@dataclass(frozen=True)
class GridPage(View):
    """The table; `checked` once what would change is shown."""

    template: ClassVar[str] = "pages/inspections/grid.html"
    asked: Asked
    rounds: tuple[tuple[str, int, Text], ...]
    categories: tuple[Category, ...]
    items: tuple[Item, ...]
    rows: tuple[Row, ...]
    checked: bool = False
    problems: Mapping[str, Text] = field(default_factory=dict)
    notes: tuple[Text, ...] = ()

    @property
    def keyed(self) -> tuple[tuple[Item, tuple[tuple[str, Text], ...]], ...]:
        """What can be keyed for each item."""
        return tuple((item, tuple(keys(item))) for item in self.items)

    @property
    def changed(self) -> tuple[Row, ...]:
        """The rows in which something would be saved."""
        return tuple(row for row in self.rows if row.changes)

    @property
    def count(self) -> int:
        """How many cells would be saved."""
        return sum(len(row.changes) for row in self.rows)

    @property
    def digest(self) -> str:
        """What would be saved, over what: another outcome has another digest."""
        told = [(cell.key, cell.read, cell.given.version) for row in self.rows for cell in row.changes]
        return hashlib.sha256(msgspec.json.encode(told)).hexdigest()


async def _table(ask: Ask) -> GridPage:
    """Return the table that the address asks for as the record stands; without rows where one has no open task."""
    mine = await inspections.assigned(actor_of(ask).id, OPEN)
    rounds = sorted({(here.period, here.round) for here in mine}, reverse=True)
    asked = _asked(ask, rounds)
    rows = sorted((one for one in mine if (one.period, one.round) == (asked.period, asked.round)), key=_place)
    titled = tuple((period, number, round_title(number)) for period, number in rounds)
    if not rows:
        return GridPage(asked, titled, (), (), ())
    pack = actions.edition(packs(ask), rows[0])
    chosen = [one for one in pack.sheet.categories if one.code == asked.category]
    items = pack.sheet.items if asked.category == ALL else (chosen or list(pack.sheet.categories))[0].items
    asked = replace(
        asked, category=asked.category if chosen or asked.category == ALL else pack.sheet.categories[0].code
    )
    return GridPage(asked, titled, pack.sheet.categories, tuple(items), await _rows(rows, pack, items))


def _place(here: Inspected) -> tuple[str, int]:
    return here.estate_code, here.id


def _asked(ask: Ask, rounds: Sequence[tuple[str, int]]) -> Asked:
    """Return what the address asks for; without a round of one's own, the latest."""
    query = ask.query_params
    code, _, number = query.get("round", "").rpartition("-")
    wanted = (code, int(number) if number.isdecimal() else 0)
    period, chosen = wanted if wanted in rounds else (rounds[0] if rounds else wanted)
    return Asked(period, chosen, query.get("category", ""))


async def _rows(mine: Sequence[Inspected], pack: Pack, items: Sequence[Item]) -> tuple[Row, ...]:
    answers = await imports.answers([here.id for here in mine])
    rows = []
    for here in mine:
        applies = applicable(pack.sheet, await inspections.ground(here.estate_id, Period.parse(here.period)))
        given = answers.get(here.id, {})
        cells = (Cell(here.id, item, applies[item.code], given.get(item.code, Given())) for item in items)
        rows.append(Row(here, tuple(cells)))
    return tuple(rows)


def _typed(table: GridPage, form: Mapping[str, Any], pasted: Laid) -> GridPage:
    """Return the table with what was typed and pasted: only what differs from what the page had shown was typed."""

    def cell(row: int, column: int, one: Cell) -> Cell:
        version, _, was = str(form.get(f"v-{one.key}", "")).partition("|")
        text = pasted.cells.get((row, column), str(form.get(f"c-{one.key}", was)).strip())
        if not one.applies or text == was:
            return one
        return replace(one, typed=text, seen=int(version) if version.isdecimal() else None)

    rows = tuple(
        replace(row, cells=tuple(cell(down, across, one) for across, one in enumerate(row.cells)))
        for down, row in enumerate(table.rows)
    )
    wrong = {
        one.key: WRONG.fill(estate=row.here.estate, item=one.item.code, why=one.read)
        for row in rows
        for one in row.cells
        if isinstance(one.read, Text)
    }
    return replace(table, rows=rows, checked=True, problems=wrong)


def _pasted(table: GridPage, form: Mapping[str, Any]) -> Laid:
    """Return where the pasted block goes: from the chosen cell on, unless it names its estates and items itself."""
    rows = [(row.here.estate_code, row.here.estate) for row in table.rows]
    columns = [
        (item.code, item.title.zh, item.title.en, f"{item.code} {item.title.zh}", f"{item.code} {item.title.en}")
        for item in table.items
    ]
    ids, codes = [str(row.here.id) for row in table.rows], [item.code for item in table.items]
    row, column = str(form.get("row", "")), str(form.get("column", ""))
    at = (ids.index(row) if row in ids else 0, codes.index(column) if column in codes else 0)
    return laid(block(str(form.get("block", ""))), rows, columns, at)


@get("/inspections/grid", guards=[needs(Deed.SCORE_INSPECTION)])
async def show(request: Ask) -> Response[str]:
    """Show the table as the record stands."""
    return (await _table(request)).response(request)


@post("/inspections/grid", guards=[needs(Deed.SCORE_INSPECTION)])
async def change(request: Ask) -> Response[str] | Redirect:
    """Lay a block down, show what would change, or save what has been seen; what cannot be read stays typed."""
    form, table = await request.form(), await _table(request)
    pastes = form.get("do") == "paste"
    pasted = _pasted(table, form) if pastes else Laid({})
    found = _typed(table, form, pasted)
    if pastes and not pasted.cells and not pasted.outside:
        found = replace(found, problems={"block": NO_BLOCK, **found.problems})
    if pasted.outside:
        found = replace(found, notes=(OUTSIDE.fill(n=pasted.outside),))
    if form.get("do") != "save" or form.get("seen") != found.digest or not found.count:
        return found.response(request, status=422 if found.problems else 200)
    notes = await _save(request, found)
    if not notes and not found.problems:
        return see(found.asked.href, SAVED.fill(n=found.count, estates=len(found.changed)))
    left = replace(_typed(await _table(request), form, Laid({})), notes=tuple(notes))
    return left.response(request, status=422)


async def _save(ask: Ask, table: GridPage) -> list[Text]:
    """Save each row in a transaction of its own; return what could not be saved."""
    notes = []
    for row in table.changed:
        entries = {
            cell.item.code: replace(
                kept(cell.item, replace(cell.given, value=cell.read if isinstance(cell.read, int) else None)),
                version=cell.given.version,
            )
            for cell in row.changes
        }
        try:
            await actions.save_answers(actor_of(ask), row.here.id, entries, packs=packs(ask), at=now(ask))
        except Overtaken:
            notes.append(MEANWHILE.fill(estate=row.here.estate))
        except Invalid as invalid:
            notes.append(NOT_SAVED.fill(estate=row.here.estate, why=invalid.problems[0].text))
        except Refused as refused:
            notes.append(NOT_SAVED.fill(estate=row.here.estate, why=refused.text))
    return notes


ROUTES = (show, change)
