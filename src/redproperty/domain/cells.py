"""What a sheet that people fill in may hold: its columns, and the typed value of one cell or the reason it has none.

The field of a problem is the cell as Excel names it, `B7`; its text says what is wrong there. Spaces of every width,
full-width digits, numbers kept as text and text kept as numbers are forgiven; a number that Excel has already cut off
is not.
"""

import dataclasses
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum, auto

from redproperty.domain.texts import Problem, Text

Raw = str | int | float | bool | date | datetime | None
Value = str | int | bool | date | None

_NO_TEXT = Text("", "")
_EXCEL_EPOCH = date(1899, 12, 30)
_EARLIEST_SERIAL, _LATEST_SERIAL = 18_264, 73_050  # 1950 to 2099
_EXCEL_DIGITS = 15
_MOST_WHOLE, _MOST_UNITS = 10**9, 10**15  # whole numbers; decimals in their smallest unit
EXAMPLE_MARK = Text("（示例）", "(example) ")  # begins a cell of a row that is passed over
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0xA0: 0x20}
_UNSEEN = dict.fromkeys((0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF))
_DATE = re.compile(r"(\d{4})(?:-|/|\.|年)(\d{1,2})(?:-|/|\.|月)(\d{1,2})日?(?:[ T]00:00(?::00)?)?")
_DAY_IN_DIGITS = re.compile(r"(\d{4})(\d{2})(\d{2})")
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?[eE]\+?\d+")
NO_RESULT = "#N/A"  # a formula that was never worked out
_ERRORS = {NO_RESULT, "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#SPILL!", "#CALC!"}
_YES = {"是", "有", "√", "y", "yes", "true", "1"}
_NO = {"否", "无", "×", "n", "no", "false", "0"}


class Kind(StrEnum):
    """How a column is read. `DECIMAL` gives a whole number of the smallest unit (`places` decimals)."""

    TEXT = auto()
    CODE = auto()
    WHOLE = auto()
    DECIMAL = auto()
    PERCENT = auto()
    DATE = auto()
    FLAG = auto()
    CHOICE = auto()


@dataclass(frozen=True)
class ColumnSpec:
    """One column that an importer asks for; the first title heads the template, any of them is recognised.

    `choices` are stored values with their wording. `least` bounds WHOLE, DECIMAL (in the smallest unit) and PERCENT.
    """

    field: str
    titles: tuple[str, ...]
    kind: Kind = Kind.TEXT
    required: bool = False
    note: Text = _NO_TEXT
    example: str = ""
    choices: Mapping[str, Text] = dataclasses.field(default_factory=dict)
    places: int = 2
    least: int | None = 0
    longest: int = 200

    @property
    def heading(self) -> Text:
        """What heads the column: its first title in Chinese, its last in English."""
        return Text(self.titles[0], self.titles[-1])


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell as it stood in the file, under its address (`B7`)."""

    address: str
    raw: Raw

    @property
    def text(self) -> str:
        """What a person sees in it: trimmed; whole numbers without `.0`."""
        return plain_text(self.raw)

    @property
    def blank(self) -> bool:
        """Whether nothing but spaces stands in it."""
        return not self.text


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the sheet by its number there; `cells` holds every column that the sheet has, blank ones too.

    `whole` is the row from column A on, with the columns that nobody asked for: what is handed back when it is refused.
    """

    number: int
    cells: dict[str, Cell]
    whole: tuple[Raw, ...] = ()


@dataclass(frozen=True, slots=True)
class Parsed:
    """The typed values of a row (missing columns and blanks are None) and every reason to refuse it."""

    values: dict[str, Value]
    problems: tuple[Problem, ...]


def plain_text(raw: Raw) -> str:
    """Return the wording of a raw cell, trimmed of spaces of every width."""
    if raw is None:
        return ""
    if isinstance(raw, bool):
        return "是" if raw else "否"
    if isinstance(raw, float):
        return str(int(raw)) if raw.is_integer() else f"{raw:.15g}"
    if isinstance(raw, datetime):
        return raw.isoformat(sep=" ")
    return str(raw).translate(_UNSEEN).strip()


def narrow(text: str) -> str:
    """Return `text` with full-width letters, digits and signs made half-width, and no spaces around it."""
    return text.translate(_FULL_WIDTH).strip()


def title_key(title: str) -> str:
    """Return what two spellings of a title share: no spaces, no width, no case, no mark of a required column."""
    bare = "".join(unicodedata.normalize("NFKC", title).split()).casefold()
    return bare.replace("(必填)", "").replace("(required)", "").strip("*:")


_EMPTY = Text("“{title}”不能为空", "“{title}” must not be empty")
_NO_RESULT = Text(
    "公式没有算出结果（{raw}），请改正公式，或粘贴为数值",
    "the formula has no result ({raw}): mend it, or paste the value",
)
_LONG = Text("超过 {longest} 个字", "longer than {longest} characters")
_CUT_OFF = Text(
    "数字超过 15 位，Excel 已丢失末位，请把该列设为文本后重填",
    "more than 15 digits; Excel has lost the last ones. Make the column text and type it again",
)
_NO_WHOLE = Text("“{raw}”不是整数", "“{raw}” is not a whole number")
_NO_NUMBER = Text("“{raw}”不是数字", "“{raw}” is not a number")
_PLACES = Text("“{raw}”最多 {places} 位小数", "“{raw}” has more than {places} decimals")
_TOO_SMALL = Text("“{raw}”太小", "“{raw}” is too small")
_TOO_BIG = Text("“{raw}”太大", "“{raw}” is too big")
_NO_DATE = Text("“{raw}”不是日期，请写作 2026-03-05", "“{raw}” is no date; write 2026-03-05")
_NO_FLAG = Text("“{raw}”请写“是”或“否”", "“{raw}”: write 是 or 否 (yes or no)")
_NO_CHOICE = Text("“{raw}”不在可选项中：{known}", "“{raw}” is none of: {known}")


def parse_row(row: Row, columns: Sequence[ColumnSpec]) -> Parsed:
    """Return the typed values of a row with all its problems, in the order of the columns."""
    values: dict[str, Value] = {}
    problems = []
    for column in columns:
        cell = row.cells.get(column.field)
        value = None if cell is None else parse(cell, column)
        if isinstance(value, Problem):
            problems.append(value)
        values[column.field] = None if isinstance(value, Problem) else value
    return Parsed(values, tuple(problems))


def parse(cell: Cell, column: ColumnSpec) -> Value | Problem:
    """Return the value of a cell as its column reads it, or what is wrong; a blank is None, or wrong if required."""
    if cell.blank:
        return _problem(cell, _EMPTY, title=column.heading) if column.required else None
    if cell.text in _ERRORS:
        return _problem(cell, _NO_RESULT)
    return _READERS[column.kind](cell, column)


def _problem(cell: Cell, text: Text, **values: object) -> Problem:
    return Problem(cell.address, text.fill(raw=cell.text, **values))


def _text(cell: Cell, column: ColumnSpec) -> str | Problem:
    text = " ".join(cell.text.replace("\u3000", " ").split())
    return text if len(text) <= column.longest else _problem(cell, _LONG, longest=column.longest)


def _code(cell: Cell, column: ColumnSpec) -> str | Problem:
    """Return a code or account: upper-case, without spaces; never a number that has been through a float's mill."""
    code = "".join(narrow(cell.text).split()).upper()
    typed_as_number = isinstance(cell.raw, int | float) and not isinstance(cell.raw, bool)
    if (typed_as_number and len(code) > _EXCEL_DIGITS) or _SCIENTIFIC.fullmatch(code):
        return _problem(cell, _CUT_OFF)
    return code if len(code) <= column.longest else _problem(cell, _LONG, longest=column.longest)


def _number(cell: Cell) -> Decimal | None:
    try:
        number = Decimal(narrow(cell.text).replace(",", "").replace(" ", ""))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _bounded(cell: Cell, column: ColumnSpec, value: int) -> int | Problem:
    if column.least is not None and value < column.least:
        return _problem(cell, _TOO_SMALL)
    most = _MOST_WHOLE if column.kind is Kind.WHOLE else _MOST_UNITS
    return _problem(cell, _TOO_BIG) if abs(value) >= most else value


def _whole(cell: Cell, column: ColumnSpec) -> int | Problem:
    number = _number(cell)
    if number is None or isinstance(cell.raw, bool | date) or number != number.to_integral_value():
        return _problem(cell, _NO_WHOLE)
    return _bounded(cell, column, int(number))


def _decimal(cell: Cell, column: ColumnSpec) -> int | Problem:
    percent = column.kind is Kind.PERCENT and narrow(cell.text).endswith("%")
    number = _number(Cell(cell.address, narrow(cell.text)[:-1]) if percent else cell)
    if number is None or isinstance(cell.raw, bool | date):
        return _problem(cell, _NO_NUMBER)
    scaled = number.scaleb(column.places)
    if scaled != scaled.to_integral_value():
        return _problem(cell, _PLACES, places=column.places)
    return _bounded(cell, column, int(scaled))


def _date(cell: Cell, _: ColumnSpec) -> date | Problem:
    """Return a day from a date cell, a serial number of Excel, or a date as people write it."""
    if isinstance(cell.raw, datetime):
        return cell.raw.date()
    if isinstance(cell.raw, date):
        return cell.raw
    text = narrow(cell.text)
    if text.isdecimal() and _EARLIEST_SERIAL <= int(text) <= _LATEST_SERIAL:
        return _EXCEL_EPOCH + timedelta(days=int(text))
    found = _DATE.fullmatch(text) or _DAY_IN_DIGITS.fullmatch(text)
    if found is None or isinstance(cell.raw, bool):
        return _problem(cell, _NO_DATE)
    try:
        return date(*(int(part) for part in found.groups()))
    except ValueError:
        return _problem(cell, _NO_DATE)


def _flag(cell: Cell, _: ColumnSpec) -> bool | Problem:
    word = narrow(cell.text).casefold()
    if word in _YES:
        return True
    return False if word in _NO else _problem(cell, _NO_FLAG)


def _choice(cell: Cell, column: ColumnSpec) -> str | Problem:
    """Return the stored value that the cell names, in either language or as stored."""
    given = title_key(cell.text)
    for stored, label in column.choices.items():
        if given in {title_key(stored), title_key(label.zh), title_key(label.en)}:
            return stored
    labels = column.choices.values()
    known = Text("、".join(label.zh for label in labels), ", ".join(label.en for label in labels))
    return _problem(cell, _NO_CHOICE, known=known)


_READERS: dict[Kind, Callable[[Cell, ColumnSpec], Value | Problem]] = {
    Kind.TEXT: _text,
    Kind.CODE: _code,
    Kind.WHOLE: _whole,
    Kind.DECIMAL: _decimal,
    Kind.PERCENT: _decimal,
    Kind.DATE: _date,
    Kind.FLAG: _flag,
    Kind.CHOICE: _choice,
}
