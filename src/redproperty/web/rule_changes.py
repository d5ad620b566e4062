"""What one edition of the rules says differently from another, as a page, a print and a file."""

from dataclasses import dataclass
from itertools import groupby
from typing import ClassVar

from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery

from redproperty.domain.access import Deed
from redproperty.domain.changes import KINDS, Aspect, Change, Changes, Piece, changes, pieces
from redproperty.domain.packs import Pack
from redproperty.domain.texts import Lang, Text
from redproperty.exports.tables import Column, Table
from redproperty.web.editions import packs
from redproperty.web.files import FileKind, table_file
from redproperty.web.security import needs
from redproperty.web.views import Ask, View, language, today

TONES = {"added": "good", "removed": "bad", "changed": "warn"}
TITLE = Text("规则变化 {before} 至 {after}", "Changes of the rules {before} to {after}")
COLUMNS = (
    Column("section", Text("部分", "Part"), width=14),
    Column("code", Text("代码", "Code"), width=10),
    Column("title", Text("名称", "Title"), width=22),
    Column("kind", Text("变动", "Change"), width=8),
    Column("aspect", Text("内容", "What"), width=12),
    Column("before", Text("原规定", "Before"), width=45),
    Column("after", Text("新规定", "After"), width=45),
)


@dataclass(frozen=True)
class AspectRow:
    """One aspect with its words cut where they differ; nothing on the side where it does not stand."""

    name: Text
    before: tuple[Piece, ...]
    after: tuple[Piece, ...]


@dataclass(frozen=True)
class ChangeRow:
    """One provision that changed."""

    change: Change
    kind: Text
    tone: str
    aspects: tuple[AspectRow, ...]


@dataclass(frozen=True)
class Part:
    """The changes of one part of the edition."""

    title: Text
    rows: tuple[ChangeRow, ...]


@dataclass(frozen=True)
class ChangesPage(View):
    """Everything by which an edition differs from another; `others` are those that it can be compared with."""

    template: ClassVar[str] = "pages/rules/changes.html"
    edition: str
    against: str
    others: tuple[str, ...]
    found: Changes | None
    parts: tuple[Part, ...]


def parts_of(found: Changes, lang: Lang) -> tuple[Part, ...]:
    """Return the changes part by part, their words marked in a language."""
    return tuple(
        Part(title, tuple(_row(change, lang) for change in some))
        for title, some in groupby(found.provisions, key=lambda change: change.section)
    )


def _row(change: Change, lang: Lang) -> ChangeRow:
    aspects = tuple(_aspect(aspect, lang) for aspect in change.aspects)
    return ChangeRow(change, KINDS[change.kind], TONES[change.kind], aspects)


def _aspect(aspect: Aspect, lang: Lang) -> AspectRow:
    before, after = (text.say(lang) if text else "" for text in (aspect.before, aspect.after))
    if not before or not after:  # nothing to compare with
        return AspectRow(aspect.name, *((Piece(side, differs=False),) if side else () for side in (before, after)))
    return AspectRow(aspect.name, *pieces(before, after))


def _compared(ask: Ask, edition: str, against: str) -> tuple[tuple[Pack, ...], Changes | None]:
    """Return the other editions and the changes against the one asked for, or against the one before.

    Raises:
        NotFoundException: there is no such edition that can be read.
    """
    named = {pack.edition: pack for pack in packs(ask)}
    others = tuple(pack for name, pack in named.items() if name != edition)
    if edition not in named or (against and against not in named):
        raise NotFoundException
    against = against or (_likely(others, edition) if others else "")
    return others, changes(named[against], named[edition]) if against else None


def _likely(others: tuple[Pack, ...], edition: str) -> str:
    """Return which edition one is compared with unasked: the one in force before it, else any before it, else any."""
    earlier = [pack for pack in others if pack.edition < edition]
    final = [pack for pack in earlier if pack.about.status == "in_force"]
    return (final or earlier or list(others))[-1].edition


@get("/rules/{edition:str}/changes", guards=[needs(Deed.VIEW_RULES)])
async def show_changes(request: Ask, edition: FromPath[str], against: FromQuery[str] = "") -> Response[str]:
    """Show what an edition says differently from the one before it, or from the one asked for."""
    others, found = _compared(request, edition, against)
    parts = parts_of(found, language(request)) if found else ()
    names = tuple(pack.edition for pack in others)
    return ChangesPage(edition, found.before if found else "", names, found, parts).response(request)


@get("/rules/{edition:str}/changes.xlsx", guards=[needs(Deed.VIEW_RULES)])
async def changes_xlsx(request: Ask, edition: FromPath[str], against: FromQuery[str] = "") -> Response[bytes]:
    """Give the changes as XLSX."""
    return _file(request, edition, against, "xlsx")


@get("/rules/{edition:str}/changes.csv", guards=[needs(Deed.VIEW_RULES)])
async def changes_csv(request: Ask, edition: FromPath[str], against: FromQuery[str] = "") -> Response[bytes]:
    """Give the changes as CSV."""
    return _file(request, edition, against, "csv")


def _file(ask: Ask, edition: str, against: str, kind: FileKind) -> Response[bytes]:
    _, found = _compared(ask, edition, against)
    if found is None:
        raise NotFoundException
    title = TITLE.fill(before=found.before, after=found.after)
    rows = [
        (change.section, change.code, change.title, KINDS[change.kind], aspect.name, aspect.before, aspect.after)
        for change in found.provisions
        for aspect in change.aspects
    ]
    return table_file(ask, Table(title, COLUMNS, rows, subtitle=(found.summary,)), today(ask), kind)


ROUTES = (show_changes, changes_xlsx, changes_csv)
