"""A run is one path, and its kept rows hold all that it was made of."""

from pathlib import Path

import polars as pl
import pytest

from redproperty.domain.facts import perfect
from redproperty.domain.packs import Pack
from redproperty.domain.runs import ABOUT, inputs, rate, workings
from redproperty.store.rules import load_edition

RULES = Path(__file__).parents[2] / "rules" / "2026-01-01"


@pytest.fixture(scope="module")
def pack() -> Pack:
    loaded = load_edition(RULES)
    assert isinstance(loaded, Pack), loaded
    return loaded


def _district(pack: Pack) -> dict[str, pl.DataFrame]:
    """Three estates: perfect in four rounds, of which one is void; one place of dirt; never inspected."""
    facts = perfect(pack.rating.facts)
    about = [(number, f"E-{number}", "某园", "320113007000", 1_000_000, 7) for number in (1, 2, 3)]
    estates = pl.DataFrame(about, schema=dict(ABOUT), orient="row")
    estates = estates.with_columns(pl.lit(facts[fact.name], fact.dtype).alias(fact.name) for fact in pack.rating.facts)
    rounds = [(10 * e + n, e, n, n == 4) for e in (1, 2) for n in (1, 2, 3, 4)]
    inspections = pl.DataFrame(
        rounds,
        schema={"inspection_id": pl.Int64, "estate_id": pl.Int64, "round": pl.Int64, "void": pl.Boolean},
        orient="row",
    )
    first = pack.sheet.items[0].code
    inspections = inspections.with_columns(pl.lit(0, pl.Int64).alias(code) for code in pack.sheet.codes)
    dirty = (pl.col("estate_id") == 2) & (pl.col("round") == 1)
    inspections = inspections.with_columns(pl.when(dirty).then(1).otherwise(pl.col(first)).alias(first))
    history = pl.DataFrame({"estate_id": [1, 1], "periods_back": [1, 2], "composite": [59_000_000, None]})
    return {"estates": estates, "inspections": inspections, "history": history}


def test_void_rounds_are_left_out_and_reasons_stand_where_nothing_was_scored(pack):
    rows = rate(pack, **_district(pack))
    assert rows["estate_code"].to_list() == ["E-1", "E-2", "E-3"]
    assert rows["rounds.number"].to_list() == [[1, 2, 3], [1, 2, 3], None]
    assert rows["stars"].to_list()[2] is None
    assert rows["not_rated"].to_list() == [None, None, "N3"]


def test_kept_rows_computed_again_are_the_same_to_the_byte(pack):
    kept = workings(rate(pack, **_district(pack)))
    again = workings(rate(pack, **inputs(pack, kept)))
    assert again == kept


def test_the_order_of_sheets_and_history_does_not_matter(pack):
    frames = _district(pack)
    turned = {
        "estates": frames["estates"],
        "inspections": frames["inspections"].reverse(),
        "history": frames["history"].reverse(),
    }
    assert workings(rate(pack, **turned)) == workings(rate(pack, **frames))
