"""What an importer is: columns, how a row becomes a wish, what the record holds, and how wishes are written."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from redproperty.domain.access import Actor
from redproperty.domain.cells import Parsed, Row
from redproperty.domain.imports import Fields, Wish
from redproperty.domain.packs import Pack
from redproperty.domain.texts import Problem


@dataclass(frozen=True)
class Ground:
    """Who imports, when, and under which editions of the rules."""

    actor: Actor
    at: datetime
    today: date
    packs: tuple[Pack, ...]


class Importer(ABC):
    """One kind of file, opened for one import; everything it compares with was read when it was opened."""

    fields: Fields

    @abstractmethod
    def wish(self, row: Row, parsed: Parsed) -> Wish:
        """Return what a row asks for; `parsed` holds its typed values and the problems of its cells."""

    async def look_up(self, wishes: Sequence[Wish]) -> None:
        """Read what the wishes are compared with, where that depends on them; one query for all."""
        del wishes

    def refusal(self, wish: Wish) -> Problem | None:
        """Return why the record cannot take a wish that has no problems of its own; asked after `look_up`."""
        del wish
        return None

    @abstractmethod
    def before(self, wish: Wish) -> Mapping[str, Any] | None:
        """Return what the record holds of a wish's fields, or None where there is nothing yet."""

    @abstractmethod
    async def write(self, wishes: Sequence[Wish]) -> None:
        """Write wishes that are new or changed, inside the transaction of the import."""


def stated(values: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Return the named values that are not blank."""
    return {name: values[name] for name in names if values.get(name) is not None}
