"""Importing a file: first what it would do, row by row; then all of it in one transaction, or nothing.

The same file is judged the same way for the page and the command line. Between preview and confirmation a file waits in
the record under its SHA-256, for whoever brought it; what the preview showed is confirmed by its digest, so that nobody
writes what they have not seen.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

import msgspec

from redproperty.actions import import_companies, import_divisions, import_estates, import_facts, import_scores
from redproperty.actions.acting import acting, refuse
from redproperty.actions.importer import Ground, Importer
from redproperty.domain.access import Actor, may
from redproperty.domain.cells import ColumnSpec, Parsed, Row, parse_row
from redproperty.domain.import_columns import COMPANIES, DIVISIONS, ESTATES, FACTS
from redproperty.domain.imports import ImportKind, ImportResult, ImportRow, Outcome, Wish, judged, repeated
from redproperty.domain.packs import Pack, in_force
from redproperty.domain.periods import Period
from redproperty.domain.texts import Lang, Problem, Refused, Text
from redproperty.exports.returns import REASON, Sheet, returned
from redproperty.exports.templates import Begun, template, template_column, template_csv
from redproperty.settings import ZONE
from redproperty.store import uploads
from redproperty.store.schema import transaction
from redproperty.store.spreadsheets import SheetRows, name_problem, read_sheet
from redproperty.store.uploads import Upload

_OPENED: dict[ImportKind, Callable[[Ground], Awaitable[Importer]]] = {
    ImportKind.DIVISIONS: import_divisions.opened,
    ImportKind.ESTATES: import_estates.opened,
    ImportKind.COMPANIES: import_companies.opened,
    ImportKind.SCORES: import_scores.opened,
    ImportKind.FACTS: import_facts.opened,
}
_FIXED: dict[ImportKind, tuple[ColumnSpec, ...]] = {
    ImportKind.DIVISIONS: DIVISIONS,
    ImportKind.ESTATES: ESTATES,
    ImportKind.COMPANIES: COMPANIES,
    ImportKind.FACTS: FACTS,
}
_TEMPLATE = Text("{kind}导入模板", "Template: {kind}")
_ROUND = Text("检查评分 {period} 第{number}轮", "Scores {period} round {number}")
_MOVED = Text(
    "预览之后记录有了变动，结果与您看到的不同，没有写入。下面是按现在的记录重新核对的结果，请看过再确认。",
    "The record has changed since the preview and the outcome differs from what you saw; nothing was written. Below is "
    "the outcome as things stand now: look at it, then confirm.",
)
_MOST_CHANGES: Final = 5_000  # that one audit entry spells out
_WRITTEN: Final = frozenset({Outcome.NEW, Outcome.CHANGED})


class Moved(Refused):
    """The file would no longer do what its preview showed."""


@dataclass(frozen=True)
class Preview:
    """What a file would do, beside the sheet as it came."""

    result: ImportResult
    read: SheetRows

    @property
    def digest(self) -> str:
        """What the outcome of every row is known by; another outcome has another digest."""
        return hashlib.sha256(msgspec.json.encode(self.result.rows)).hexdigest()

    def returned(self, lang: Lang) -> bytes:
        """Return the file of what was refused: the sheet as it came with the reasons, and the list of cells."""
        wrong = {row.number: row.refusals for row in self.result.rows if row.refusals}
        came = Sheet(self.read.header_row, self.read.headings, self.read.rows, wrong)
        return returned(came, tuple(self.result.refusals), lang)


@dataclass(frozen=True)
class _Judged:
    preview: Preview
    importer: Importer
    wishes: list[Wish]

    @property
    def written(self) -> list[Wish]:
        """The wishes that ask for anything."""
        rows = self.preview.result.rows
        return [wish for wish, row in zip(self.wishes, rows, strict=True) if row.outcome in _WRITTEN]


def upload(kind: ImportKind, name: str, content: bytes, *, at: datetime) -> Upload:
    """Return a file as it is brought, under the digest of its content."""
    return Upload(kind.value, hashlib.sha256(content).hexdigest(), name[-200:], at, content)


async def preview(actor: Actor, file: Upload, *, packs: Sequence[Pack], at: datetime) -> Preview:
    """Return what a file would do; nothing is written.

    Raises:
        Refused: the actor may not import this kind.
    """
    ground = await _allowed(actor, file, packs, at)
    return (await _judge(file, await asyncio.to_thread(_read, file, packs), ground)).preview


async def keep(actor: Actor, file: Upload, *, packs: Sequence[Pack], at: datetime) -> Preview:
    """Let a file with rows wait for its confirmation and return what it would do.

    A file that waits is no part of the record yet, so it leaves no entry in the trail; the import does.

    Raises:
        Refused: the actor may not import this kind.
    """
    found = await preview(actor, file, packs=packs, at=at)
    async with transaction():
        await uploads.drop_old(at=at)
        if not found.result.problems:
            await uploads.keep(actor.id, file)
    return found


async def discard(actor: Actor, kind: ImportKind, sha256: str) -> None:
    """Forget a file of the actor's that waits."""
    async with transaction():
        await uploads.drop(actor.id, kind.value, sha256)


async def import_file(
    actor: Actor, file: Upload, *, packs: Sequence[Pack], at: datetime, seen: str | None = None
) -> ImportResult:
    """Write all that a file asks for, in one transaction with one audit entry; or nothing, where a row is refused.

    `seen` is the digest of the preview that is confirmed. A file that asks for nothing new leaves no trace.

    Raises:
        Moved: the file would now do something else than its preview showed.
        Refused: the actor may not import this kind.
    """
    ground = await _allowed(actor, file, packs, at)
    read, found = await _seen(file, ground, seen)
    return await _write(file, ground, read, found) if found.result.asks else found.result


async def import_good(actor: Actor, file: Upload, *, packs: Sequence[Pack], at: datetime, seen: str) -> ImportResult:
    """Write the rows of a file that can be taken and leave the refused ones out, as whoever brought it has said.

    The file goes on waiting, so that what was refused can still be looked at. As for `import_file`, a file (or a kind)
    without such rows leaves no trace.

    Raises:
        Moved: the file would now do something else than its preview showed.
        Refused: the actor may not import this kind.
    """
    ground = await _allowed(actor, file, packs, at)
    read, found = await _seen(file, ground, seen)
    return await _write(file, ground, read, found) if found.result.good else found.result


async def _seen(file: Upload, ground: Ground, seen: str | None) -> tuple["_Read", Preview]:
    """Return a file as it is read, and its preview, which is the one that was seen.

    Raises:
        Moved: it is not.
    """
    read = await asyncio.to_thread(_read, file, ground.packs)
    found = (await _judge(file, read, ground)).preview
    if seen is not None and seen != found.digest:
        raise Moved(_MOVED)
    return read, found


async def _write(file: Upload, ground: Ground, read: "_Read", found: Preview) -> ImportResult:
    """Write every row of a file that is not refused; one without refused rows waits no longer."""
    kind = found.result.kind
    async with acting(ground.actor, kind.deed, _about(kind), at=ground.at) as details:
        now = await _judge(file, read, ground)
        if now.preview.digest != found.digest:
            raise Moved(_MOVED)
        await now.importer.write(now.written)
        if not found.result.refused:
            await uploads.drop(ground.actor.id, kind.value, file.sha256)
        details.update(_details(file, found.result))
    return replace(found.result, written=True)


def blank(kind: ImportKind, form: str, *, packs: Sequence[Pack], day: date, lang: Lang) -> bytes:
    """Return the template of a kind, to be filled in, as `xlsx` or `csv`."""
    columns = [template_column(column, lang) for column in _asked(kind, packs, day)]
    write = template_csv if form == "csv" else template
    return write(title_of(kind), columns, lang)


async def of_round(
    actor: Actor, period: Period, number: int, *, packs: Sequence[Pack], at: datetime, lang: Lang
) -> bytes | None:
    """Return the template of scores of one round with the estates that are open to the actor; None without any.

    Raises:
        Refused: the actor may not import scores.
    """
    ground = await _ground(actor, ImportKind.SCORES, packs, at)
    sheet = await import_scores.of_round(ground, period, number)
    if sheet is None:
        return None
    columns = [template_column(column, lang) for column in sheet.columns]
    return template(round_title(period, number), columns, lang, Begun(sheet.rows, sheet.closed))


def round_title(period: Period, number: int) -> Text:
    """Return what the template of a round is called."""
    return _ROUND.fill(period=period.code, number=number)


def title_of(kind: ImportKind) -> Text:
    """Return what the template of a kind is called."""
    return _TEMPLATE.fill(kind=kind.label)


def _about(kind: ImportKind) -> str:
    return f"import:{kind.value}"


async def _allowed(actor: Actor, file: Upload, packs: Sequence[Pack], at: datetime) -> Ground:
    return await _ground(actor, ImportKind(file.kind), packs, at)


async def _ground(actor: Actor, kind: ImportKind, packs: Sequence[Pack], at: datetime) -> Ground:
    """Return the ground of an import by someone who may; a refusal is in the trail."""
    if (why := may(actor, kind.deed)) is not None:
        await refuse(actor, kind.deed, _about(kind), at=at, why=why)
    return Ground(actor, at, at.astimezone(ZONE).date(), tuple(packs))


def _columns(kind: ImportKind, packs: Sequence[Pack]) -> tuple[ColumnSpec, ...]:
    fixed = {
        ImportKind.DIVISIONS: DIVISIONS,
        ImportKind.ESTATES: ESTATES,
        ImportKind.COMPANIES: COMPANIES,
        ImportKind.FACTS: FACTS,
    }
    return fixed[kind] if kind in fixed else import_scores.columns(packs)


def _asked(kind: ImportKind, packs: Sequence[Pack], day: date) -> tuple[ColumnSpec, ...]:
    """Return the columns of a template: those of the rules name what the edition of the day declares."""
    pack = in_force(packs, day)
    if kind is ImportKind.SCORES:
        return import_scores.asked(pack)
    return import_facts.asked(pack) if kind is ImportKind.FACTS else _columns(kind, packs)


@dataclass(frozen=True)
class _Read:
    """A sheet, and the typed values of each of its rows."""

    sheet: SheetRows
    parsed: tuple[Parsed, ...]

    @property
    def rows(self) -> Iterator[tuple[Row, Parsed]]:
        """Each row with its values."""
        return zip(self.sheet.rows, self.parsed, strict=True)


def _read(file: Upload, packs: Sequence[Pack]) -> _Read:
    """Read a file and type its cells; long work without the record, done in a thread."""
    if (wrong := name_problem(file.name, file.content)) is not None:
        return _Read(SheetRows(problems=(Problem("file", wrong),)), ())
    columns = _columns(ImportKind(file.kind), packs)
    sheet = read_sheet(file.content, columns)
    return _Read(sheet, tuple(parse_row(row, columns) for row in sheet.rows))


async def _judge(file: Upload, read: _Read, ground: Ground) -> _Judged:
    """Compare every row with the record as it stands."""
    importer = await _OPENED[ImportKind(file.kind)](ground)
    wishes = await asyncio.to_thread(lambda: [importer.wish(row, parsed) for row, parsed in read.rows])
    await importer.look_up([wish for wish in wishes if not wish.problems])
    rows = await asyncio.to_thread(_rows, importer, wishes)
    sheet = read.sheet
    result = ImportResult(
        ImportKind(file.kind),
        file.name,
        sheet.sheet,
        rows,
        sheet.problems,
        tuple(cell.text for cell in sheet.ignored if cell.text not in {REASON.zh, REASON.en}),
        sheet.skipped,
    )
    return _Judged(Preview(result, sheet), importer, wishes)


def _rows(importer: Importer, wishes: Sequence[Wish]) -> tuple[ImportRow, ...]:
    twice = repeated(wishes)
    return tuple(_row(importer, wish, twice.get(wish.row.number)) for wish in wishes)


def _row(importer: Importer, wish: Wish, twice: Problem | None) -> ImportRow:
    extra = [] if twice is None else [twice]
    if not wish.problems and (refusal := importer.refusal(wish)) is not None:
        extra.append(refusal)
    before = None if wish.problems or extra else importer.before(wish)
    return judged(wish, before, importer.fields, extra)


def _details(file: Upload, result: ImportResult) -> dict[str, object]:
    """Return what the trail keeps: the file, the counts, and what changed; an answer's own history keeps the scores."""
    counts = {outcome.value: result.count(outcome) for outcome in (Outcome.NEW, Outcome.CHANGED, Outcome.UNCHANGED)}
    details: dict[str, object] = {"file": file.name, "sha256": file.sha256, **counts}
    if result.refused:
        details["refused"] = result.count(Outcome.REFUSED)
    if result.kind is ImportKind.SCORES:
        return details
    changes = [
        f"{row.label.zh}：{change.title.zh} {change.old.zh} → {change.new.zh}"
        for row in result.rows
        if row.outcome is Outcome.CHANGED
        for change in row.changes
    ]
    left_out = len(changes) - _MOST_CHANGES
    more = {"left_out": left_out} if left_out > 0 else {}
    return details | ({"changes": changes[:_MOST_CHANGES]} if changes else {}) | more
