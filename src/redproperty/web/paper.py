"""A paper sheet keyed at a desk: one cell an item in the order of the sheet, saved as it is left, or all at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, ClassVar

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect

from redproperty.actions import companions
from redproperty.actions import inspections as actions
from redproperty.actions.inspections import Overtaken, reasons_in
from redproperty.domain.access import Deed, scope
from redproperty.domain.entries import applicable, worked
from redproperty.domain.items import Item
from redproperty.domain.keyed import keys, read_cell, written
from redproperty.domain.numbers import plain
from redproperty.domain.packs import Pack
from redproperty.domain.periods import Period
from redproperty.domain.rounds import round_title
from redproperty.domain.sheets import Category
from redproperty.domain.texts import Invalid, Text
from redproperty.store import inspections
from redproperty.store.inspections import Given, Inspected
from redproperty.web.answers import NOT_CHANGED, kept, overtaken
from redproperty.web.editions import packs
from redproperty.web.security import needs
from redproperty.web.views import Ask, View, actor_of, now, see

KEPT = Text("已保存 {n} 项。", "{n} items are saved.")
HANDED_IN = Text("已提交 {estate}，等待复核。", "{estate} is handed in; it waits for review.")
NOTHING = Text("没有要保存的改动。", "Nothing was changed.")


@dataclass(frozen=True)
class Typed:
    """One line as it was sent: cell and reasons, beside what the page had shown (`was`) and of which version."""

    cell: str
    reasons: str
    was: str
    version: int | None

    @property
    def touched(self) -> bool:
        """Whether it says anything else than the page did."""
        return f"{self.cell}|{self.reasons}" != self.was


@dataclass(frozen=True)
class Wrong:
    """Why a line was not saved; `overtaken` when it was saved elsewhere meanwhile."""

    text: Text
    overtaken: bool = False


@dataclass(frozen=True)
class Line:
    """One item of the sheet: what stands in the record, and what stands in its cell."""

    item: Item
    applies: bool
    given: Given
    points: int | None
    left_out: Text
    typed: Typed | None = None
    wrong: Wrong | None = None

    @property
    def keys(self) -> tuple[tuple[str, Text], ...]:
        """What can be keyed."""
        return tuple(keys(self.item))

    @property
    def stands(self) -> str:
        """The cell that writes what the record holds."""
        return written(self.item, self.given.value)

    @property
    def reasons(self) -> str:
        """The reasons that the record holds."""
        return "；".join(self.given.reasons)

    @property
    def was(self) -> str:
        """Cell and reasons of the record, to be compared with what is typed over them."""
        return f"{self.stands}|{self.reasons}"

    @property
    def shown(self) -> tuple[str, str]:
        """What stands in cell and reasons: what was typed where it could not be saved."""
        if self.typed is not None and self.wrong is not None:
            return self.typed.cell, self.typed.reasons
        return self.stands, self.reasons

    @property
    def answered(self) -> bool:
        """Whether the record holds an answer."""
        return self.given.value is not None

    @property
    def status(self) -> tuple[str, str]:
        """The tone of its chip and the points in it: lost with their sign, earned without; empty while open."""
        if not self.answered or self.points is None:
            return "", ""
        lost = self.item.full_points - self.points
        return ("bad", f"−{plain(lost)}") if lost else ("good", plain(self.points))

    @property
    def outcome(self) -> Text:
        """The record's answer in words."""
        return self.item.outcome(self.given.value, self.points)


@dataclass(frozen=True)
class Block:
    """One category of the sheet."""

    category: Category
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class PaperPage(View):
    """A whole sheet to be keyed."""

    template: ClassVar[str] = "pages/inspections/paper.html"
    here: Inspected
    round: Text
    leads: bool
    blocks: tuple[Block, ...]
    score: int
    saved_at: datetime | None
    problems: Mapping[str, Text] = field(default_factory=dict)

    @property
    def lines(self) -> tuple[Line, ...]:
        """The lines that are asked."""
        return tuple(line for block in self.blocks for line in block.lines if line.applies)

    @property
    def answered(self) -> int:
        """How many of them have an answer."""
        return sum(line.answered for line in self.lines)


@dataclass(frozen=True)
class Keyed(View):
    """What a saved (or refused) cell changes on the page: its own line, and the head."""

    template: ClassVar[str] = "partials/inspections/keyed.html"
    paper: PaperPage
    line: Line


def _lines(form: FormMultiDict | Mapping[str, Any], codes: tuple[str, ...]) -> dict[str, Typed]:
    """Return the lines of a form: `cell-BJ-01`, `reasons-BJ-01`, `was-BJ-01`, `version-BJ-01`."""
    found = {}
    for code in codes:
        if (cell := form.get(f"cell-{code}")) is not None:
            version = str(form.get(f"version-{code}", ""))
            found[code] = Typed(
                str(cell).strip(),
                str(form.get(f"reasons-{code}", "")).strip(),
                str(form.get(f"was-{code}", "")),
                int(version) if version.isdecimal() else None,
            )
    return found


async def _here(ask: Ask, inspection: int) -> tuple[Inspected, Pack]:
    """Return an inspection in the asker's scope and its edition.

    Raises:
        NotFoundException: there is none.
    """
    here = await inspections.fetch(inspection, scope(actor_of(ask)))
    if here is None:
        raise NotFoundException
    return here, actions.edition(packs(ask), here)


async def _page(
    ask: Ask, here: Inspected, pack: Pack, typed: Mapping[str, Typed], wrong: Mapping[str, Wrong]
) -> PaperPage:
    """Return the sheet as it stands, with what was typed where it is wrong."""
    given = await inspections.answers(here.id)
    ground = await inspections.ground(here.estate_id, Period.parse(here.period))
    applies = applicable(pack.sheet, ground)
    row = worked(pack.sheet, ground, {code: answer.value for code, answer in given.items()})

    def line(item: Item) -> Line:
        answer = given.get(item.code, Given())
        left_out = item.left_out(answer.value, pack.rating.titles)
        points = row[item.points_column]
        return Line(item, applies[item.code], answer, points, left_out, typed.get(item.code), wrong.get(item.code))

    return PaperPage(
        here,
        round_title(here.round),
        here.inspector_id == actor_of(ask).id,
        tuple(Block(one, tuple(map(line, one.items))) for one in pack.sheet.categories),
        row["score"] or 0,
        max((answer.saved_at for answer in given.values() if answer.saved_at), default=None),
        {code: Text("{code} {why}", "{code} {why}").fill(code=code, why=one.text) for code, one in wrong.items()},
    )


@get("/inspections/{inspection:int}/paper", guards=[needs(Deed.SCORE_INSPECTION)])
async def show(request: Ask, inspection: FromPath[int]) -> Response[str] | Redirect:
    """Show the sheet to those who enter it; others are led to the page on which it is read."""
    here, pack = await _here(request, inspection)
    if not await companions.enters(actor_of(request), here):
        return see(f"/inspections/{inspection}")
    return (await _page(request, here, pack, {}, {})).response(request)


@post("/inspections/{inspection:int}/paper/{item:str}", guards=[needs(Deed.SCORE_INSPECTION)])
async def save_one(request: Ask, inspection: FromPath[int], item: FromPath[str]) -> Response[str]:
    """Save one cell; return the parts of the page that change."""
    here, pack = await _here(request, inspection)
    if item not in pack.sheet.by_code:
        raise NotFoundException
    typed = _lines(await request.form(), (item,))
    wrong = await _saved(request, here, pack, typed)
    paper = await _page(request, here, pack, typed, wrong)
    line = next(line for block in paper.blocks for line in block.lines if line.item.code == item)
    status = 200 if not wrong else 409 if wrong[item].overtaken else 422
    return Keyed(paper, line).response(request, status=status)


@post("/inspections/{inspection:int}/paper", guards=[needs(Deed.SCORE_INSPECTION)])
async def save_all(request: Ask, inspection: FromPath[int]) -> Response[str] | Redirect:
    """Save every cell that was changed, and hand in where that is asked; what is wrong stays typed."""
    here, pack = await _here(request, inspection)
    form = await request.form()
    lines = _lines(form, tuple(pack.sheet.codes))
    typed = {code: one for code, one in lines.items() if one.touched}
    wrong = await _saved(request, here, pack, typed)
    if not wrong and form.get("do") == "submit":
        wrong = await _missing(request, inspection)
        if not wrong:
            return see("/tasks", HANDED_IN.fill(estate=here.estate))
    if wrong:
        return (await _page(request, here, pack, typed, wrong)).response(request, status=422)
    return see(f"/inspections/{inspection}/paper", KEPT.fill(n=len(typed)) if typed else NOTHING)


async def _missing(ask: Ask, inspection: int) -> dict[str, Wrong]:
    """Hand the inspection in; return what is missing."""
    try:
        await actions.submit(actor_of(ask), inspection, packs=packs(ask), at=now(ask))
    except Invalid as invalid:
        return {problem.field: Wrong(problem.text) for problem in invalid.problems}
    return {}


async def _saved(ask: Ask, here: Inspected, pack: Pack, typed: Mapping[str, Typed]) -> dict[str, Wrong]:
    """Save lines one by one, as the phone does; return what could not be saved, and why."""
    given, wrong = await inspections.answers(here.id), dict[str, Wrong]()
    for code, one in typed.items():
        item = pack.sheet.by_code[code]
        value = read_cell(item, one.cell)
        if isinstance(value, Text):
            wrong[code] = Wrong(NOT_CHANGED.fill(why=value))
            continue
        note = given.get(code, Given()).note
        said = replace(kept(item, Given(value, reasons_in(one.reasons), note)), version=one.version)
        try:
            await actions.save_answer(actor_of(ask), here.id, code, said, packs=packs(ask), at=now(ask))
        except Invalid as invalid:
            wrong[code] = Wrong(NOT_CHANGED.fill(why=invalid.problems[0].text))
        except Overtaken as clash:
            wrong[code] = Wrong(overtaken(item, said, clash).text, overtaken=True)
    return wrong


ROUTES = (show, save_one, save_all)
