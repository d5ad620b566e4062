"""The rules as people read them: which editions there are, and the whole of one with every item in a sentence.

Who has not signed in reads the editions in force, and nothing of how they are made.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect

from redproperty.actions.publications import waiting
from redproperty.domain.access import Deed, allowed
from redproperty.domain.items import Item
from redproperty.domain.packs import Pack
from redproperty.domain.provisions import EVIDENCE, Section, applicability, sections
from redproperty.domain.publications import Standing, State, standing
from redproperty.domain.sheets import Category, Severity
from redproperty.domain.texts import Text
from redproperty.exports.score_sheets import score_sheet
from redproperty.manual.links import page_for
from redproperty.store import publications, ratings
from redproperty.store.publications import Publication
from redproperty.store.rules import Edition
from redproperty.store.rules_drafts import written
from redproperty.store.rules_yaml import RuleProblem
from redproperty.web.editions import found, read_again
from redproperty.web.files import XLSX, file
from redproperty.web.security import PUBLIC, needs
from redproperty.web.views import Ask, View, language, person, see, today

SHEET = Text("评分表-{edition}", "score-sheet-{edition}")
TONES = {"safety": "bad", "important": "warn"}


@dataclass(frozen=True)
class EditionLine:
    """One edition in the list: how it stands, who put it in force, how its cases stand, the periods rated under it."""

    edition: Edition
    standing: Standing
    published: Publication | None
    periods: tuple[str, ...]

    @property
    def told(self) -> tuple[tuple[RuleProblem, str | None], ...]:
        """What is wrong with its files, each with the page of the manual that says how it is written."""
        return tuple((problem, page_for(problem, "zh")) for problem in self.edition.problems)

    @property
    def held(self) -> int:
        """How many of its cases hold."""
        return len(self.edition.outcomes) - len(self.edition.failing)


@dataclass(frozen=True)
class RulesPage(View):
    """All editions, the latest first."""

    template: ClassVar[str] = "pages/rules/list.html"
    lines: tuple[EditionLine, ...]
    opens_ratings: bool
    staff: bool


@dataclass(frozen=True)
class ItemRow:
    """One line of the score sheet as it is printed."""

    item: Item
    severity: Text
    tone: str
    evidence: Text
    only: Text | None


@dataclass(frozen=True)
class CategoryRows:
    """One category with its items."""

    category: Category
    items: tuple[ItemRow, ...]


@dataclass(frozen=True)
class EditionPage(View):
    """The whole of one edition (评分细则), generated from what the engine computes with."""

    template: ClassVar[str] = "pages/rules/edition.html"
    line: EditionLine
    pack: Pack
    categories: tuple[CategoryRows, ...]
    sections: tuple[Section, ...]
    severities: tuple[Severity, ...]  # the gravest first
    staff: bool
    may_try: bool = False


async def _lines(ask: Ask) -> tuple[EditionLine, ...]:
    used: dict[str, dict[str, None]] = {}
    for run in await ratings.runs():
        if run.state == ratings.PUBLISHED:
            used.setdefault(run.edition, {})[run.period] = None
    history = await publications.publications()
    day = today(ask)
    lines = (_line(edition, tuple(used.get(edition.name, ())), history, day) for edition in reversed(found(ask).all))
    open_to_all = {Standing.IN_FORCE, Standing.COMING}
    return tuple(line for line in lines if person(ask) or line.standing in open_to_all)


def _line(edition: Edition, periods: tuple[str, ...], history: Sequence[Publication], day: date) -> EditionLine:
    mine = [one for one in history if one.edition == edition.name]
    published = next((one for one in mine if one.state is State.PUBLISHED), None)
    if edition.why_not is not None or edition.pack is None:
        return EditionLine(edition, Standing.WITHHELD, published, periods)
    digest = published.digest if published else None
    how = standing(edition.pack, digest, proposed=waiting(mine) is not None, on=day)
    return EditionLine(edition, how, published, periods)


@get("/rules", opt=PUBLIC)
async def show_all(request: Ask) -> Response[str]:
    """Show every edition, the unusable ones with what is wrong with them; to visitors those in force."""
    actor = person(request)
    opens = actor is not None and allowed(actor.role, Deed.VIEW_RATINGS)
    await read_again(request)
    return RulesPage(await _lines(request), opens, actor is not None).response(request)


@get("/rules/{edition:str}", opt=PUBLIC)
async def show(request: Ask, edition: FromPath[str]) -> Response[str]:
    """Show one edition whole; one that cannot be read is only in the list."""
    line = next((line for line in await _lines(request) if line.edition.name == edition), None)
    if line is None or line.edition.pack is None:
        raise NotFoundException
    pack = line.edition.pack
    categories = tuple(
        CategoryRows(category, tuple(_row(pack, item) for item in category.items)) for category in pack.sheet.categories
    )
    gravest = tuple(sorted(pack.sheet.severities, key=lambda one: -one.weight))
    actor = person(request)
    may_try = actor is not None and allowed(actor.role, Deed.MAKE_SCENARIO)
    page = EditionPage(
        line, pack, categories, sections(pack), severities=gravest, staff=actor is not None, may_try=may_try
    )
    return page.response(request)


def _row(pack: Pack, item: Item) -> ItemRow:
    severity = pack.sheet.severity_of(item)
    return ItemRow(
        item=item,
        severity=severity.title,
        tone=TONES.get(severity.code, ""),
        evidence=EVIDENCE[item.evidence],
        only=applicability(pack, item),
    )


@get("/rules/{edition:str}/sheet.xlsx", guards=[needs(Deed.VIEW_RULES)])
async def sheet(request: Ask, edition: FromPath[str]) -> Response[bytes]:
    """Give the score sheet of an edition as the workbook that clerks know; it can be turned back into an edition."""
    pack = next((one.pack for one in found(request).all if one.name == edition), None)
    if pack is None or not pack.sheet.items:
        raise NotFoundException
    return file(score_sheet(pack, written), SHEET.fill(edition=edition).say(language(request)), XLSX)


@get("/rules/{edition:str}/{code:str}", opt=PUBLIC)
async def show_code(request: Ask, edition: FromPath[str], code: FromPath[str]) -> Redirect:
    """Lead to one item or rule of an edition."""
    line = next((line for line in await _lines(request) if line.edition.name == edition), None)
    pack = None if line is None else line.edition.pack
    if pack is None:
        raise NotFoundException
    known = {*pack.sheet.codes, *(provision.code for section in sections(pack) for provision in section.provisions)}
    if code not in known - {""}:
        raise NotFoundException
    return see(f"/rules/{edition}#{code}")


ROUTES = (show_all, show, sheet, show_code)
