"""现场已整改: found and put right while the inspector stood there; it costs nothing unless the edition says so."""

from decimal import Decimal

import msgspec
import polars as pl
import pytest

from inspecting import PACK
from redproperty.domain.answers import answer_words, read_answer
from redproperty.domain.compiled import OPEN, table
from redproperty.domain.items import MENDED
from redproperty.domain.texts import Text

PLACES, SHARE = PACK.sheet.by_code["BJ-01"], PACK.sheet.by_code["ZX-03"]  # counted places; a measured share


def points(item) -> int:
    frame = pl.DataFrame({item.code: [MENDED]}, schema={item.code: pl.Int64})
    return frame.select(item.points()).item()


def changed(item, **keys):
    return msgspec.structs.replace(item, **keys)


def test_it_costs_nothing_unless_the_edition_says_so():
    assert points(PLACES) == PLACES.full_points
    assert points(changed(PLACES, mended_off=Decimal("0.2"))) == PLACES.full_points - 200_000
    assert PLACES.outcome(MENDED, PLACES.full_points).zh == "现场已整改，不扣分"
    assert PLACES.outcome(MENDED, PLACES.full_points - 200_000).zh == "现场已整改，扣 0.2 分"


def test_the_rule_says_what_it_costs_where_it_does():
    assert "现场" not in PLACES.rule().zh
    assert changed(PLACES, mended_off=Decimal("0.2")).rule().zh.endswith("；现场整改的扣 0.2 分")


def test_it_can_be_recorded_where_something_is_looked_for_and_not_of_a_measured_number():
    assert PLACES.refusal(MENDED) is None
    assert SHARE.refusal(MENDED) is not None


def test_the_tables_of_forms_and_districts_know_it():
    dear = changed(PLACES, mended_off=Decimal("0.2"))
    assert table(dear).at(MENDED).points == PLACES.full_points - 200_000
    assert OPEN < MENDED


@pytest.mark.parametrize("word", ["现场已整改", "现场整改", "mended"])
def test_a_file_may_say_it(word):
    assert read_answer(PLACES, word) == MENDED
    assert answer_words(PLACES, MENDED) == Text("现场已整改", "mended on the spot")


@pytest.mark.parametrize(("item", "off"), [(PLACES, "-1"), (PLACES, "99"), (SHARE, "0.1")])
def test_a_cost_that_cannot_be_is_refused(item, off):
    faults = [path for path, _ in changed(item, mended_off=Decimal(off)).check()]
    assert ("mended_off",) in faults
