"""Templates to fill in for an import: notes, drop-downs and an example row."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Final

from xlsxwriter import Workbook
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from redproperty.domain.cells import EXAMPLE_MARK, ColumnSpec, Kind
from redproperty.domain.texts import Lang, Text
from redproperty.exports.delimited import csv
from redproperty.exports.tables import EPOCH, Column, Table
from redproperty.exports.workbooks import OPTIONS, plain, sheet_name

ROWS_READY: Final = 2000  # rows that already know their drop-downs
HEADING_ROW: Final = 1  # counted from 0, below the merged title
EXAMPLE_ROW: Final = 2
_REQUIRED = Text("必填", "required")
_OPTIONAL = Text("可空", "may be empty")
_CHOICES = Text("选项", "choices")
_NOTES = Text("填写说明", "notes")
_NOTE_HEADINGS = (
    Text("列", "Column"),
    Text("要求", "Needed"),
    Text("说明", "Note"),
    Text("可选值", "Choices"),
    Text("示例", "Example"),
)
_FLAG = (Text("是", "yes"), Text("否", "no"))
_WRONG_CHOICE = Text("请从列表中选择", "please choose from the list")


@dataclass(frozen=True)
class TemplateColumn:
    """One column to fill in: heading, what to write, an example as it would be typed, and its choices, if any."""

    title: Text
    note: Text
    example: str
    choices: Sequence[Text] = ()
    required: bool = False
    width: int = 16

    def comment(self, lang: Lang) -> str:
        """Return what the heading's note says."""
        needed = (_REQUIRED if self.required else _OPTIONAL).say(lang)
        return f"{needed}\n{self.note.say(lang)}"


def template_column(spec: ColumnSpec, lang: Lang) -> TemplateColumn:
    """Return how a template asks for a column of an importer; an example that is a choice stands in the language."""
    choices = tuple(spec.choices.values()) if spec.kind is not Kind.FLAG else _FLAG
    example = next((choice.say(lang) for choice in choices if choice.zh == spec.example), spec.example)
    wide = max(16, min(40, 2 * len(spec.titles[0]) + 2))
    return TemplateColumn(spec.heading, spec.note, example, choices, required=spec.required, width=wide)


def template_csv(title: Text, columns: Sequence[TemplateColumn], lang: Lang) -> bytes:
    """Return the same to fill in as CSV: the headings and the example row."""
    mark, examples = EXAMPLE_MARK.say(lang), [column.example for column in columns]
    headed = [Column(str(index), column.title) for index, column in enumerate(columns)]
    return csv(Table(title, headed, [[mark + examples[0], *examples[1:]]]), lang)


@dataclass(frozen=True)
class Begun:
    """What stands below the example row already: whole rows from the left, and the cells that are not to be filled."""

    rows: Sequence[Sequence[str]] = ()
    closed: frozenset[tuple[int, int]] = frozenset()


def template(title: Text, columns: Sequence[TemplateColumn], lang: Lang, begun: Begun = Begun()) -> bytes:
    """Return an XLSX to fill in: the sheet itself, a sheet of notes and a hidden one of choices.

    Row 1 is the merged title, row 2 the headings (required ones in red), row 3 the example row, whose first cell begins
    with `EXAMPLE_MARK`. Cells are text, so that codes and accounts keep their zeros.
    """
    out = BytesIO()
    with Workbook(out, OPTIONS) as book:
        book.set_properties({"title": title.say(lang), "created": EPOCH.replace(tzinfo=None)})
        sheet = book.add_worksheet(sheet_name(title.say(lang)))
        _form(book, sheet, title, columns, lang)
        _begun(book, sheet, begun)
        _notes(book, columns, lang)
        _choices(book, sheet, columns, lang)
    return out.getvalue()


def _form(book: Workbook, sheet: Worksheet, title: Text, columns: Sequence[TemplateColumn], lang: Lang) -> None:
    big = book.add_format({"bold": True, "font_size": 14, "align": "center"})
    text = book.add_format({"num_format": "@"})
    example = book.add_format({"num_format": "@", "italic": True, "font_color": "#7F7F7F"})
    if len(columns) > 1:
        sheet.merge_range(0, 0, 0, len(columns) - 1, "", big)
    sheet.write_string(0, 0, title.say(lang), big)
    for index, column in enumerate(columns):
        colour = "#C00000" if column.required else "#000000"
        heading = book.add_format({"bold": True, "border": 1, "bg_color": "#F2F2F2", "font_color": colour})
        sheet.set_column(index, index, column.width, text)
        sheet.write_string(HEADING_ROW, index, column.title.say(lang), heading)
        sheet.write_comment(HEADING_ROW, index, column.comment(lang))
        mark = "" if index else EXAMPLE_MARK.say(lang)
        sheet.write_string(EXAMPLE_ROW, index, mark + column.example, example)
    sheet.freeze_panes(HEADING_ROW + 1, 0)


def _begun(book: Workbook, sheet: Worksheet, begun: Begun) -> None:
    known, closed = book.add_format({"num_format": "@"}), book.add_format({"bg_color": "#D9D9D9"})
    for number, row in enumerate(begun.rows):
        for index, cell in enumerate(row):
            sheet.write_string(EXAMPLE_ROW + 1 + number, index, plain(cell), known)
    for number, index in begun.closed:
        sheet.write_blank(EXAMPLE_ROW + 1 + number, index, None, closed)


def _notes(book: Workbook, columns: Sequence[TemplateColumn], lang: Lang) -> None:
    sheet = book.add_worksheet(_NOTES.say(lang))
    bold, wrap = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 1, 16)
    sheet.set_column(2, 4, 40)
    sheet.write_row(0, 0, [heading.say(lang) for heading in _NOTE_HEADINGS], bold)
    for row, column in enumerate(columns, start=1):
        needed = _REQUIRED if column.required else _OPTIONAL
        choices = "、".join(choice.say(lang) for choice in column.choices)
        told = (column.title.say(lang), needed.say(lang), column.note.say(lang), choices, column.example)
        for index, cell in enumerate(told):
            sheet.write_string(row, index, cell, wrap)


def _choices(book: Workbook, form: Worksheet, columns: Sequence[TemplateColumn], lang: Lang) -> None:
    """Write the choices into a hidden sheet, as a list in the cell itself may hold only 255 characters."""
    name = _CHOICES.say(lang)
    sheet = book.add_worksheet(name)
    sheet.hide()
    for index, column in enumerate(columns):
        if not column.choices:
            continue
        sheet.write_column(0, index, [choice.say(lang) for choice in column.choices])
        letter = xl_col_to_name(index)
        source = f"='{name}'!${letter}$1:${letter}${len(column.choices)}"
        rule = {"validate": "list", "source": source, "error_message": _WRONG_CHOICE.say(lang)}
        form.data_validation(EXAMPLE_ROW + 1, index, EXAMPLE_ROW + ROWS_READY, index, rule)
