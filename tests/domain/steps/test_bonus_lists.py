"""Lists of bonus and minus points: the cap of the list and the most of an entry, where one is stated."""

import polars as pl

from redproperty.domain.numbers import UNIT
from stepping import PACK, faults, said, shown, steps

LATE = """
- kind: extras
  sign: minus
  entries:
    - {code: K1, title: {zh: 逾期, en: late}, basis: 示例, kind: each, fact: lifts, worth: 5}
    - {code: K2, title: {zh: 轻微, en: light}, basis: 示例, kind: each, fact: households, worth: 1, at_most: 3}
"""


def test_without_a_cap_every_point_counts():
    frame = pl.DataFrame({"lifts": [25 * UNIT, 0, None], "households": [2 * UNIT, 9 * UNIT, None]})
    (step,) = steps(LATE)
    done = step.apply(frame, PACK.sheet)
    assert shown(done, "x0") == ["-127", "-3", "0"]
    assert shown(done, "x0.raw") == ["127", "3", "0"]


def test_a_list_without_a_cap_says_none():
    zh, en = said(LATE)
    assert en == "the sum: late: 5 each; light: 1 each, at most 3"
    assert zh == "合计：逾期：每项 5 分；轻微：每项 1 分，最多 3 分"
    zh, en = said(LATE.replace("sign: minus", "cap: 8"))
    assert en == "at most 8 in all: late: 5 each; light: 1 each, at most 3"


def test_a_cap_of_nothing_and_points_above_the_most_are_refused():
    assert faults(LATE.replace("sign: minus", "cap: 0")) == ["0.cap: the cap must be above 0"]
    assert faults(LATE.replace("worth: 1,", "worth: 4,")) == [
        "0.entries.1.worth: the points must be above 0 and within the most"
    ]
    assert faults(LATE) == []
