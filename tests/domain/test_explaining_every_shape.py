"""Every shape of the language says itself with the figures of the estate: the manual's own examples, explained."""

import re

import msgspec
import polars as pl
import pytest

from rated import the_pack
from redproperty.domain.explanations import explain
from redproperty.domain.numbers import plain
from redproperty.domain.ratings import Rating, settle
from redproperty.domain.stars import Stars
from redproperty.domain.traces import Run, trace
from redproperty.manual import running
from redproperty.manual.entries import entries
from redproperty.store.rules_structs import hints_of

PACK = the_pack()
STEPS = [entry for entry in entries() if entry.section in {"steps", "recipes"}]
STAGES = [entry for entry in entries() if entry.section == "stages"]
ABOUT = {"estate_code": "QX-0001", "name": "青石园", "street": "320113007000", "floor_area": 1, "company_id": 7}


def pack_of(entry):
    """Return an edition that holds the example, and the settled rows of its estates."""
    facts, sheet = running._declared(entry), running.example_sheet()
    if entry.section == "stages":
        stages = running.read(entry.yaml, hints_of(Stars)["stages"], "rating.yaml")
        rating = Rating(facts=facts, steps=(), stars=msgspec.structs.replace(running._stars(), stages=stages))
    else:
        steps = running.read(entry.yaml, hints_of(Rating)["steps"], "rating.yaml")
        rating = Rating(facts=facts, steps=steps)
    history = running._history(entry)
    rows = settle(sheet, rating, running._assessed(entry, rating), history).to_dicts()
    return msgspec.structs.replace(PACK, sheet=sheet, rating=rating), [ABOUT | row for row in rows]


def spoken(line):
    parts = [line.rule, line.said, *([line.placed] if line.placed else [])]
    parts += [text for row in line.rows for text in (row.when, row.gives)]
    return " ".join(part.zh for part in parts), " ".join(part.en for part in parts)


@pytest.mark.parametrize("entry", STEPS, ids=lambda entry: f"{entry.section}.{entry.kind}")
def test_a_step_says_what_it_gave_and_from_which_figures(entry):
    pack, rows = pack_of(entry)
    for row in rows:
        told = {line.name: line for line in explain(pack, row, pl.DataFrame()).steps}
        for step in pack.rating.steps:
            if step.name not in told:  # categories stand in their own table
                continue
            line = told[step.name]
            zh, en = spoken(line)
            looked_at = {name for _, name in step.needs()} - {"of"}
            for name in looked_at & row.keys():
                value = row[name]
                if isinstance(value, int) and not isinstance(value, bool):
                    assert f"（{plain(value)}）" in zh or plain(value) in zh, (name, zh)
            assert re.search(r"[一-鿿0-9]", zh)
            assert en.strip()


@pytest.mark.parametrize("entry", STEPS, ids=lambda entry: f"{entry.section}.{entry.kind}")
def test_of_a_table_without_gaps_one_branch_is_marked(entry):
    pack, rows = pack_of(entry)
    for row in rows:
        for line in explain(pack, row, pl.DataFrame()).steps:
            kind = pack.rating.step(line.name)
            exclusive = type(kind).__name__ in {"Bands", "Table", "FirstMatch", "Scale"}
            if exclusive and line.value is not None:
                assert sum(one.mark is not None for one in line.rows) == 1, line


@pytest.mark.parametrize("entry", STAGES, ids=lambda entry: entry.kind)
def test_a_rule_that_fired_names_the_figures_that_made_it_fire(entry):
    pack, rows = pack_of(entry)
    rated = [row for row in rows if row["stars"] is not None]
    fired = [line for row in rated for line in explain(pack, row, pl.DataFrame()).fired]
    assert fired
    for line in fired:
        assert re.search(r"本期：|前 1 期|本组名额|最高|至少", line.sentence.zh), line.sentence.zh
        assert line.before is not None
        assert line.after is not None


@pytest.mark.parametrize("entry", [*STEPS, *STAGES], ids=lambda entry: f"{entry.section}.{entry.kind}")
def test_its_trace_holds_every_column_that_it_gives(entry):
    pack, rows = pack_of(entry)
    run = Run(number=1, state="preview", digest=pack.digest)
    for row in rows:
        columns = {
            one.name for one in trace(pack, row | {"company_id": 7}, engine="0", run=run, period="2026Q3").columns
        }
        assert {name for step in pack.rating.steps for name in step.gives(pack.sheet)} <= columns
        assert {rule.code for rule in pack.rating.stars.rules} <= columns
