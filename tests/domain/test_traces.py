"""A trace holds every column of a working and is enough to compute the result again."""

from datetime import date

import msgspec
import pytest

from explained import PACK, rate_one
from rated import SMALL
from redproperty.domain.numbers import UNIT
from redproperty.domain.runs import INSPECTIONS, NUMBERS, SHEETS
from redproperty.domain.traces import FORMAT, Recorded, Run, Trace, recomputed, trace

RUN = Run(number=3, state="published", digest=PACK.digest)
HELD_BACK = {"satisfaction": 81 * UNIT, "opinion": 85 * UNIT, "collection": 45 * UNIT, "volunteer_station": True}


def traced(row, **more):
    return trace(PACK, row, engine="0.1.0", run=RUN, period="2026Q3", **more)


def through_json(one):
    return msgspec.json.decode(msgspec.json.encode(one), type=Trace)


@pytest.fixture(scope="module")
def row():
    return rate_one([SMALL, SMALL, SMALL, {}], **HELD_BACK)[0]


def test_it_names_format_engine_edition_and_digest(row):
    one = traced(row)
    assert (one.format, one.engine, one.edition.name, one.edition.digest) == (
        FORMAT, "0.1.0", "2026-01-01", PACK.digest,
    )  # fmt: skip
    assert (one.estate, one.period, one.stars, one.composite) == ("QX-0001", "2026Q3", 3, 87_680_000)


def test_no_column_of_the_working_is_left_out(row):
    one = traced(row)
    inputs = one.inputs
    told = {*inputs.estate, *(fact.name for fact in inputs.facts), *inputs.period, *inputs.earlier, *inputs.others}
    told |= {column.name for column in one.columns}
    told |= {NUMBERS, SHEETS, INSPECTIONS, "rounds", "rounds.score"}  # the rounds, answer by answer
    told |= {f"rounds.{category.code}" for category in PACK.sheet.categories}
    assert set(row) == told
    assert all(column.value == row[column.name] for column in one.columns)


def test_a_column_says_its_rule_its_value_and_what_it_was_made_of(row):
    columns = {column.name: column for column in traced(row).columns}
    composite = columns["base.collection.points"]
    assert (composite.shape, composite.value, composite.unit) == ("weighted_mean", 4_500_000, "millionths")
    assert composite.made_of["collection"] == 45 * UNIT
    assert composite.said.zh == "4.5"
    assert columns["V10"].made_of == {"management": "market", "collection": 45 * UNIT}
    assert (columns["V10"].shape, columns["V10"].value, columns["V10"].said.zh) == ("stars.vetoes", True, "是")
    assert (columns["stars"].unit, columns["stars"].said.en) == ("count", "3")
    assert all(column.title.zh and column.title.en and column.sentence.zh for column in columns.values())


def test_rounds_hold_every_answer_and_what_it_came_to(row):
    first = traced(row).inputs.rounds[0]
    answers = {one.code: one for one in first.answers}
    assert set(answers) == set(PACK.sheet.codes)
    litter = answers["BJ-01"]  # 3 − 2 × 0.5
    assert (litter.answer, litter.points, litter.full) == (2, 2 * UNIT, 3 * UNIT)
    assert (first.number, first.score, first.categories["BJ"]) == (1, 95_500_000, 17 * UNIT)


def test_the_rules_say_which_fired(row):
    fired = {rule.code: rule for rule in traced(row).rules if rule.fired}
    assert set(fired) == {"V10"}
    assert (fired["V10"].before, fired["V10"].after) == (4, 3)


def test_a_fact_keeps_the_sources_it_was_recorded_from(row):
    recorded = Recorded(name="collection", source="季度报表", valid_from=date(2026, 7, 1), valid_to=None)
    facts = {fact.name: fact for fact in traced(row, recorded=[recorded]).inputs.facts}
    assert facts["collection"].recorded == (recorded,)
    assert (facts["collection"].value, facts["collection"].origin, facts["opinion"].recorded) == (
        45 * UNIT, "file", (),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("sheets", "history", "facts"),
    [
        ([SMALL, SMALL, SMALL, {}], (), HELD_BACK),
        ([{}] * 4, (59 * UNIT, 58_500_000), {}),  # a streak and a quota
        ([{}] * 2, (), {}),  # not rated
        ([], (), {}),  # not inspected at all
        ([SMALL] * 3, (), {"lifts": 0, "fire_failed": True, "survey_answers": 40 * UNIT}),
    ],
)
def test_the_result_is_computed_again_from_the_trace_alone(sheets, history, facts):
    row, _ = rate_one(sheets, history=history, **facts)
    again = recomputed(PACK, through_json(traced(row)))
    assert again == row
