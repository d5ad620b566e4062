"""Facts that the register of estates gives: only what it has, as what it is."""

import polars as pl
import pytest

from redproperty.domain.estates import seen
from redproperty.domain.facts import REGISTER, Choice, Fact
from redproperty.domain.rectifications import FACTS as RECTIFIED
from redproperty.domain.texts import Text

ANY = Text("甲", "a")


def fact(name, kind, **more):
    """Return the faults of a fact from the register, in English."""
    return [(path, text.en) for path, text in Fact(name=name, title=ANY, kind=kind, source="register", **more).check()]


def test_what_the_rules_see_of_the_register_is_what_facts_may_name():
    whole = pl.DataFrame(schema=dict.fromkeys((*REGISTER, "estate_id", "estate_code"), pl.Int64()))
    counted = {"floor_area", *RECTIFIED}  # what the store adds for the days of a period
    assert set(seen(whole).columns) | counted == {*REGISTER, "estate_id", "estate_code"}


@pytest.mark.parametrize("kind", ["number", "count", "percent"])
def test_a_number_of_the_register_is_a_fact_of_any_kind_of_number(kind):
    assert fact("households", kind) == []


def test_a_name_that_the_register_does_not_have_is_refused_with_the_nearest():
    said = "the register has no “household”; facts of other sources (file, survey, event) have any name"
    assert fact("household", "count") == [(("name",), f"{said}; did you mean “households”?")]
    assert fact("beds", "count") == [(("name",), said.replace("household", "beds"))]


def test_a_kind_that_the_register_does_not_keep_is_refused():
    assert fact("gated", "count") == [(("kind",), "“gated” of the register is a flag")]
    assert fact("stratum", "choice", choices=(Choice("a", ANY),)) == []
