"""What lists have in common: filters, columns, and the address that reproduces what is seen."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from redproperty.domain.texts import Text
from redproperty.exports.tables import Column


@dataclass(frozen=True)
class Option:
    """One value of a filter, with how many rows choosing it would show (None: not counted)."""

    value: str
    label: Text
    count: int | None = None


@dataclass(frozen=True)
class Filter:
    """One drop-down of a list: its name in the address, its options and the one chosen."""

    name: str
    label: Text
    options: tuple[Option, ...]
    chosen: str


def address(path: str, values: Mapping[str, object]) -> str:
    """Return path and query; what is empty is left out."""
    query = urlencode({name: value for name, value in values.items() if value not in {"", None}})
    return f"{path}?{query}" if query else path


_NARROWED = Text("筛选：{to}", "Filter: {to}")
_SEPARATOR, _IS, _SEARCH = Text("；", "; "), Text("：", ": "), Text("查找", "Search")


def filter_line(filters: Sequence[Filter], search: str = "") -> tuple[Text, ...]:
    """Return in words what a list is narrowed to, for the head of its file; nothing where it is whole."""
    parts = [(_SEARCH, Text(search, search))] if search else []
    for one in filters:
        parts += [(one.label, option.label) for option in one.options if one.chosen and option.value == one.chosen]
    said = [Text(f"{name.zh}{_IS.zh}{value.zh}", f"{name.en}{_IS.en}{value.en}") for name, value in parts]
    joined = Text(_SEPARATOR.zh.join(text.zh for text in said), _SEPARATOR.en.join(text.en for text in said))
    return (_NARROWED.fill(to=joined),) if said else ()


@dataclass(frozen=True)
class ColumnChoice:
    """One column that a list can show; `toggled` are the columns of the address once it is put in or taken out."""

    title: Text
    shown: bool
    toggled: str | None  # None: it always stays


@dataclass(frozen=True)
class Shown:
    """The columns of a list in their order, and how the address says them: empty for the usual ones."""

    columns: tuple[Column, ...]
    choices: tuple[ColumnChoice, ...]
    query: str


def shown(every: Sequence[Column], usual: Collection[str], asked: str) -> Shown:
    """Return the columns that an address asks for (`name,stars`), always with the first; unknown ones are left out."""
    names = {name for name in asked.split(",") if name in {column.name for column in every}} or set(usual)
    names.add(every[0].name)

    def said(wanted: set[str]) -> str:
        return "" if wanted == set(usual) else ",".join(column.name for column in every if column.name in wanted)

    choices = (
        ColumnChoice(column.title, column.name in names, None if column is every[0] else said(names ^ {column.name}))
        for column in every
    )
    return Shown(tuple(column for column in every if column.name in names), tuple(choices), said(names))


def column_links(path: str, query: Mapping[str, object], seen: Shown) -> tuple[tuple[Text, bool, str | None], ...]:
    """Return per column its title, whether it is shown, and the address that toggles it (None: it always stays)."""
    return tuple(
        (one.title, one.shown, None if one.toggled is None else address(path, {**query, "columns": one.toggled}))
        for one in seen.choices
    )
