"""Companies from a file: one row per unified social credit code."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from redproperty.actions.importer import Ground, Importer, stated
from redproperty.domain.cells import Parsed, Row
from redproperty.domain.companies import account_problem, uscc_problem
from redproperty.domain.import_columns import COMPANIES
from redproperty.domain.imports import Fields, Wish, plain
from redproperty.domain.texts import Problem, Text
from redproperty.store import companies, divisions
from redproperty.store.companies import Company
from redproperty.store.divisions import Division

_NO_STREET = Text("没有街道“{street}”", "there is no street “{street}”")
_NAMES = tuple(column.field for column in COMPANIES)


class CompanyImporter(Importer):
    """Compares rows with the register of companies."""

    fields = Fields(COMPANIES, frozenset({"name"}))

    def __init__(self, register: dict[str, Company], streets: list[Division]) -> None:
        self.register = register
        self.streets = {key: street.code for street in streets for key in (street.code, street.name)}

    def wish(self, row: Row, parsed: Parsed) -> Wish:
        """Return the company that a row states, its codes checked."""
        values = stated(parsed.values, _NAMES)
        wish = Wish(row, values.get("uscc"), plain(f"{values.get('uscc', '')} {values.get('name', '')}".strip()), {})
        problems = [*parsed.problems]
        for name, check in (("uscc", uscc_problem), ("account_number", account_problem)):
            if name in values and (text := check(values[name])) is not None:
                problems.append(Problem(wish.at(name), text))
        if "street" in values:
            code = self.streets.get(values["street"])
            if code is None:
                problems.append(Problem(wish.at("street"), _NO_STREET.fill(street=values["street"])))
            values["street"] = code
        return replace(wish, values=values, problems=tuple(problems))

    def before(self, wish: Wish) -> Mapping[str, Any] | None:
        """Return the company as registered."""
        known = self.register.get(str(wish.key))
        return None if known is None else asdict(known)

    async def write(self, wishes: Sequence[Wish]) -> None:
        """Add the new ones, change the others field by field."""
        await companies.add([Company(**wish.values) for wish in wishes if wish.key not in self.register])
        for wish in wishes:
            if (known := self.register.get(str(wish.key))) is not None:
                await companies.change(replace(known, **wish.values))


async def opened(_: Ground) -> CompanyImporter:
    """Return the importer with the register as it stands."""
    return CompanyImporter(await companies.register(), await divisions.streets())
