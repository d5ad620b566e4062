"""The list of divisions from a file: one row per official code of a district, street, community or grid.

The digits give the level; the division above is stated, never derived, and must be on the list or in the same file.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from redproperty.actions.importer import Ground, Importer, stated
from redproperty.domain.cells import Parsed, Row
from redproperty.domain.divisions import Level, code_problem, level
from redproperty.domain.import_columns import DIVISIONS
from redproperty.domain.imports import Fields, Wish, plain
from redproperty.domain.texts import Problem, Text
from redproperty.store import divisions
from redproperty.store.divisions import Listed

_ABOVE = {Level.STREET: Level.DISTRICT, Level.COMMUNITY: Level.STREET, Level.GRID: Level.COMMUNITY}
_NO_LEVEL = Text(
    "“{code}”不是区划代码：区、街道、社区为 12 位，网格为 15 位",
    "“{code}” is no code of a division: 12 digits for district, street and community, 15 for a grid",
)
_NOTHING_ABOVE = Text("区的上级不在名录里，请留空", "nothing stands above a district here; leave it empty")
_NEEDS_PARENT = Text("要填上级代码", "the code above it is needed")
_NO_PARENT = Text(
    "上级“{code}”不在名录里，也不在这个文件里", "“{code}” above it is neither on the list nor in this file"
)
_MOVED = Text(
    "名录里它属于 {old}。隶属关系改变会牵动小区和已发布的星级，不能用导入改",
    "on the list it belongs to {old}. A change of what it belongs to concerns estates and published stars and is not "
    "made by an import",
)
_STATED = ("name", "parent", "issuer", "year")


class DivisionImporter(Importer):
    """Compares rows with the list of divisions."""

    fields = Fields(DIVISIONS, frozenset({"name"}))

    def __init__(self, register: dict[str, Listed]) -> None:
        self.register = register
        self.coming: set[str] = set()

    def wish(self, row: Row, parsed: Parsed) -> Wish:
        """Return the division that a row states, its code and the one above it checked by their digits."""
        code, values = str(parsed.values.get("code") or ""), stated(parsed.values, _STATED)
        wish = Wish(row, code, plain(f"{code} {values.get('name', '')}".strip()), values)
        if parsed.problems:
            return replace(wish, problems=parsed.problems)
        found = level(code)
        if found is None:
            return replace(wish, problems=(Problem(wish.at("code"), _NO_LEVEL.fill(code=code)),))
        if found is Level.GRID:
            values = {name: value for name, value in values.items() if name in {"name", "parent"}}
        text = self._above(code, found, values.get("parent"))
        problems = () if text is None else (Problem(wish.at("parent"), text),)
        return replace(wish, values=values, problems=problems)

    def _above(self, code: str, found: Level, parent: str | None) -> Text | None:
        if found is Level.DISTRICT:
            return None if parent is None else _NOTHING_ABOVE
        if parent is None:
            return None if code in self.register else _NEEDS_PARENT
        known = self.register.get(code)
        if known is not None and known.parent != parent:
            return _MOVED.fill(old=known.parent)
        return code_problem(parent, _ABOVE[found])

    async def look_up(self, wishes: Sequence[Wish]) -> None:
        """Remember which codes the file itself brings."""
        self.coming = {str(wish.key) for wish in wishes}

    def refusal(self, wish: Wish) -> Problem | None:
        """Return that the division above is nowhere to be found."""
        parent = wish.values.get("parent")
        if parent is None or parent in self.register or parent in self.coming:
            return None
        return Problem(wish.at("parent"), _NO_PARENT.fill(code=parent))

    def before(self, wish: Wish) -> Mapping[str, Any] | None:
        """Return the division as listed."""
        known = self.register.get(str(wish.key))
        return None if known is None else asdict(known)

    async def write(self, wishes: Sequence[Wish]) -> None:
        """Add the new ones, change the names of the others."""
        new = {str(wish.key): wish.values for wish in wishes if wish.key not in self.register}
        await divisions.add({code: values for code, values in new.items() if level(code) is not Level.GRID})
        await divisions.add_grids({code: values for code, values in new.items() if level(code) is Level.GRID})
        for wish in wishes:
            if wish.key in self.register:
                await divisions.change(str(wish.key), wish.values)


async def opened(_: Ground) -> DivisionImporter:
    """Return the importer with the list as it stands."""
    return DivisionImporter(await divisions.register())
