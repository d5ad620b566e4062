"""What lists have in common: their filters, and the address that reproduces what is seen."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from redproperty.domain.texts import Text


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
