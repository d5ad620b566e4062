"""Builds the whole demo in an empty record: rows in bulk first, then what its people did through the real actions."""

from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

from redproperty.demo import accounts, companies, divisions, estates, facts, inspections, photos, rectifications
from redproperty.demo.days import SEED
from redproperty.demo.estates import Plot
from redproperty.demo.inspections import Visit
from redproperty.demo.story import Story
from redproperty.domain.access import Actor
from redproperty.domain.packs import Pack
from redproperty.store import bulk, notes
from redproperty.store.schema import transaction
from redproperty.store.tables import (
    Answer,
    AnswerChange,
    Company,
    Division,
    Estate,
    EstateGrid,
    Fact,
    Grid,
    Inspection,
    PartyUnit,
    Person,
    Photo,
    Rectification,
    RectificationMove,
    Round,
    Signature,
    Tenure,
)


async def build(packs: Sequence[Pack], folder: Path) -> None:
    """Put the demo district into the bound, empty record and its pictures into `folder`; the same each time."""
    chance = Random(SEED)
    tree = divisions.tree(chance)
    people = accounts.accounts(chance)
    async with transaction():
        await bulk.insert(Division, tree.divisions)
        await bulk.insert(Grid, tree.rows)
        await bulk.insert(Company, companies.companies(chance))
        await bulk.insert(Person, accounts.rows(people))
        found = estates.plots(tree, chance)
        await _register(found, estates.spans(found, tree, chance))
        await bulk.insert(Fact, facts.fact_rows(found, people, chance))
        made = await _inspected(found, people, packs[0], chance)
        await bulk.insert(Photo, await photos.photo_rows(made, packs[0], folder))
        await bulk.insert(Signature, photos.signature_rows(made))
        await notes.write(notes.DEMO, "1")
    cast = {plot.cast: plot for plot in found if plot.cast}
    await Story({person.login: person for person in people}, packs, cast, made).tell()


async def _register(found: list[Plot], spans: list[dict[str, Any]]) -> None:
    await bulk.insert(Estate, [plot.row for plot in found])
    await bulk.insert(EstateGrid, spans)
    await bulk.insert(Tenure, [{"estate": plot.id, **tenure} for plot in found for tenure in plot.tenures])
    await bulk.insert(PartyUnit, [plot.party for plot in found if plot.party is not None])


async def _inspected(found: list[Plot], people: list[Actor], pack: Pack, chance: Random) -> list[Visit]:
    await bulk.insert(Round, inspections.round_rows())
    made = inspections.visits(found, people, pack, chance)
    await bulk.insert(Inspection, inspections.inspection_rows(made, pack))
    answers = inspections.answer_rows(made, pack, chance)
    await bulk.insert(Answer, answers.rows)
    await bulk.insert(AnswerChange, answers.changes)
    ordered = rectifications.rectification_rows(made, pack, inspections.ground(found), people, answers.rows)
    await bulk.insert(Rectification, ordered.rows)
    await bulk.insert(RectificationMove, ordered.moves)
    return made
