"""Dated facts from a file: one row per estate, fact and first day, each with its source."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from redproperty.actions.importer import Ground, Importer, stated
from redproperty.domain.access import scope
from redproperty.domain.cells import Cell, ColumnSpec, Parsed, Row, title_key
from redproperty.domain.fact_values import Stated, read, said
from redproperty.domain.facts import Fact, dated
from redproperty.domain.import_columns import FACTS
from redproperty.domain.imports import Fields, Wish
from redproperty.domain.packs import Pack, in_force
from redproperty.domain.texts import Problem, Text
from redproperty.store import facts, imports
from redproperty.store.imports import Observed

NO_ESTATE = Text(
    "没有编码为“{code}”的小区，或者它不在您的数据范围内",
    "there is no estate “{code}”, or it lies outside what you may see",
)
_NO_EDITION = Text("{day} 没有生效的评分细则", "no edition of the rules holds on {day}")
_NO_FACT = Text("评分细则没有声明“{raw}”；可填：{known}", "the rules declare no fact “{raw}”; there are: {known}")
_BACKWARDS = Text("截止日期早于起始日期", "the last day lies before the first")
CORRECTED = "文件导入更正"
_LABEL = Text("{code} {name}", "{code} {name}")


class FactImporter(Importer):
    """Compares rows with the dated facts on record; what a fact is and may be is declared in the edition of its day."""

    fields = Fields(FACTS, quiet=frozenset({"stored"}))

    def __init__(self, ground: Ground, estates: dict[str, tuple[int, str]]) -> None:
        self.ground, self.estates = ground, estates
        self.kept: dict[tuple[int, str, date], Observed] = {}

    def wish(self, row: Row, parsed: Parsed) -> Wish:
        """Return the fact that a row states, checked against its declaration."""
        values = dict(parsed.values)
        code, name, begins = values.get("estate"), values.get("fact"), values.get("valid_from")
        wish = Wish(row, (code, name, begins), _LABEL.fill(code=code or "", name=name or ""), {}, parsed.problems)
        if parsed.problems or not isinstance(begins, date):
            return wish
        problems = []
        known = self.estates.get(str(code))
        if known is None:
            problems.append(Problem(wish.at("estate"), NO_ESTATE.fill(code=code)))
        fact = self._declared(str(name), begins)
        if isinstance(fact, Text):
            return replace(wish, problems=(*problems, Problem(wish.at("fact"), fact)))
        told = stated(values, ("valid_to", "source")) | _value(row.cells["value"], fact, problems)
        if isinstance(ends := values.get("valid_to"), date) and ends < begins:
            problems.append(Problem(wish.at("valid_to"), _BACKWARDS))
        key = (known[0] if known else str(code), fact.name, begins)
        estate = f"{code} {known[1] if known else ''}".strip()
        label = Text("{estate} · {fact} · {day}", "{estate} · {fact} · {day}").fill(
            estate=estate, fact=fact.title, day=begins
        )
        return replace(wish, key=key, label=label, values=told, problems=tuple(problems))

    def _declared(self, name: str, day: date) -> Fact | Text:
        pack = in_force(self.ground.packs, day)
        if pack is None:
            return _NO_EDITION.fill(day=day)
        declared = dated(pack.rating.facts)
        wanted = title_key(name)
        for fact in declared:
            if wanted in {title_key(fact.name), title_key(fact.title.zh), title_key(fact.title.en)}:
                return fact
        known = Text("、".join(fact.title.zh for fact in declared), ", ".join(fact.title.en for fact in declared))
        return _NO_FACT.fill(raw=name, known=known)

    async def look_up(self, wishes: Sequence[Wish]) -> None:
        """Read the facts on record of all estates of the file."""
        keys = [wish.key for wish in wishes if not wish.problems]
        self.kept = await imports.facts({key[0] for key in keys if isinstance(key, tuple)})

    def before(self, wish: Wish) -> Mapping[str, Any] | None:
        """Return the fact on record, its value in words beside the stored one."""
        kept = self.kept.get(wish.key)  # type: ignore[call-overload]  # keys of wishes without problems are of this kind
        if kept is None:
            return None
        same = (kept.value, kept.choice) == wish.values["stored"]
        value = wish.values["value"] if same else _words(kept.value, kept.choice)
        return {"value": value, "stored": wish.values["stored"], "valid_to": kept.valid_to, "source": kept.source}

    async def write(self, wishes: Sequence[Wish]) -> None:
        """Add all of them; one on record that says otherwise is withdrawn, and stays visible with what it said."""
        stamp = imports.stamped(self.ground.actor.id, self.ground.at)
        new = []
        for wish in wishes:
            value, choice = wish.values["stored"]
            columns = stated(wish.values, ("valid_to", "source")) | {"value": value, "choice": choice} | stamp
            kept = self.kept.get(wish.key)  # type: ignore[call-overload]
            if kept is not None:
                await facts.withdraw(kept.id, person=self.ground.actor.id, at=self.ground.at, reason=CORRECTED)
            if isinstance(wish.key, tuple):
                new.append(dict(zip(("estate", "name", "valid_from"), wish.key, strict=True)) | columns)
        await imports.add_facts(new)


def _value(cell: Cell, fact: Fact, problems: list[Problem]) -> dict[str, Any]:
    """Return a fact's value as stored (value, choice) and in words; what is wrong with it is added to `problems`."""
    found = read(cell, fact)
    if not isinstance(found, Stated):
        problems += found
        return {}
    words = said(fact, found.value, found.choice) if fact.kind in {"flag", "choice"} else _words(found.value, None)
    return {"stored": (found.value, found.choice), "value": words}


def _words(value: int | None, choice: str | None) -> Text:
    return said(None, value, choice)


def asked(pack: Pack | None) -> tuple[ColumnSpec, ...]:
    """Return the columns of a template, with the facts that the edition declares to choose from."""
    names = {} if pack is None else {fact.name: fact.title for fact in dated(pack.rating.facts)}
    return tuple(replace(column, choices=names) if column.field == "fact" else column for column in FACTS)


async def opened(ground: Ground) -> FactImporter:
    """Return the importer with the estates that the actor may see."""
    return FactImporter(ground, await imports.codes(scope(ground.actor), ground.today))
