"""Files as people fill them in: workbooks made with another library than the one that reads them."""

from io import BytesIO

import openpyxl

import district
import inspecting
from redproperty.actions import imports
from redproperty.domain.imports import ImportKind, ImportResult


def workbook(*rows: tuple[object, ...]) -> bytes:
    """Return a workbook of one sheet."""
    stream, book = BytesIO(), openpyxl.Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    book.save(stream)
    return stream.getvalue()


def filled(template: bytes, *rows: dict[str, object]) -> bytes:
    """Return a template with rows below its example row, each cell under its heading."""
    stream, book = BytesIO(), openpyxl.load_workbook(BytesIO(template))
    sheet = book.worksheets[0]
    headings = [cell.value for cell in sheet[2]]
    for number, row in enumerate(rows, start=4):
        for heading, value in row.items():
            sheet.cell(number, headings.index(heading) + 1).value = value  # type: ignore[assignment]
    book.save(stream)
    return stream.getvalue()


async def brought(
    login: str, kind: str, content: bytes, *, name: str = "file.xlsx", check: bool = False
) -> ImportResult:
    """Import a file as that person would from the command line."""
    actor = await district.actor(login)
    file = imports.upload(ImportKind(kind), name, content, at=district.NOW)
    if check:
        return (await imports.preview(actor, file, packs=inspecting.PACKS, at=district.NOW)).result
    return await imports.import_file(actor, file, packs=inspecting.PACKS, at=district.NOW)


def refused(result: ImportResult) -> list[tuple[str, str]]:
    """Return address and reason of every refused cell."""
    return [(refusal.cell, refusal.reason.zh) for refusal in result.refusals]


def counts(result: ImportResult) -> tuple[int, int, int, int]:
    """Return how many rows are new, changed, unchanged and refused."""
    told = {outcome.value: number for outcome, number in result.counts.items()}
    return told["new"], told["changed"], told["unchanged"], told["refused"]
