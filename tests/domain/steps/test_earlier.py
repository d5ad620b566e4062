"""Figures from earlier periods: the composite of a period before, and rows of periods; every figure by hand."""

from decimal import Decimal

import msgspec
import polars as pl
import pytest

import explained
from explained import rate_one
from redproperty.domain.case_files import Case, Expected
from redproperty.domain.cases import run_cases
from redproperty.domain.numbers import UNIT
from redproperty.domain.ratings import assess
from redproperty.domain.runs import inputs, rate, workings
from stepping import PACK, faults, frame, last, said, steps

SHEET_COLUMNS = ("estate_id", "round", "inspection_id")
PAST = {"history.1": [55, 59, 80, "–"], "history.2": [58, "–", 50, 40], "history.3": [70, 40, 50, 40]}
FIGURES = [
    ("{kind: earlier, back: 1}", ["55", "59", "80", "–"]),
    ("{kind: earlier, back: 3}", ["70", "40", "50", "40"]),
    # 55 and 58 lie below 60, 70 does not; a period without composite ends the row
    ("{kind: streak, lies: {below: 60}, back: 3}", ["2", "1", "0", "0"]),
    ("{kind: streak, lies: {at_least: 50, below: 60}, back: 1}", ["1", "1", "0", "0"]),
    ("{kind: streak, lies: {at_least: 50}, back: 3}", ["3", "1", "3", "0"]),
]


@pytest.mark.parametrize(("step", "expected"), FIGURES, ids=[step for step, _ in FIGURES])
def test_a_figure_from_earlier_periods(step, expected):
    assert last(f"- {step}", **PAST) == expected


def test_a_loss_is_limited_to_a_share_of_the_last_period():
    # at least 90 % of the last composite; without one there is no limit
    text = """
- {name: before, kind: earlier, back: 1}
- {name: floor, kind: first_match, cases: [{when: {figure: before, missing: true}, gives: 0}], otherwise: most}
- {kind: clamp, of: now, at_least: floor}
"""
    most = "- {name: most, kind: product, of: [before, 0.9]}\n"
    first, *rest = text.strip().splitlines()
    written = "\n".join([first, most.strip(), *rest])
    assert last(written, **PAST, now=[40, 60, 90, 10]) == ["49.5", "60", "90", "10"]


def with_steps(monkeypatch):
    more = steps("[{name: before, kind: earlier, back: 4}, {name: low, kind: streak, lies: {below: 60}, back: 4}]")
    rating = msgspec.structs.replace(PACK.rating, steps=(*PACK.rating.steps, *more))
    pack = msgspec.structs.replace(PACK, rating=rating)
    monkeypatch.setattr(explained, "PACK", pack)
    return pack


def test_a_run_looks_back_and_a_kept_row_can_be_computed_again(monkeypatch):
    pack = with_steps(monkeypatch)
    past = (50 * UNIT, 55 * UNIT, 90 * UNIT, 80 * UNIT)
    row, _ = rate_one([{}] * 4, history=past)
    assert (row["before"], row["low"]) == (80 * UNIT, 2 * UNIT)
    assert row["fired"] == ["Q1", "S1"]  # the edition's own rows of low periods still look at the same past
    (kept,) = workings(rate(pack, **inputs(pack, [msgspec.json.encode(row).decode()])))
    assert msgspec.json.decode(kept) == row


def test_a_trial_of_one_estate_keeps_the_past(monkeypatch):
    pack = with_steps(monkeypatch)
    row, scored = rate_one([{}] * 4, history=(50 * UNIT,))
    trial = assess(pack.sheet, pack.rating, scored, scored.select("estate_id").head(1), standing=row)
    assert (trial["low"].item(), trial["before"].item()) == (UNIT, None)


def test_a_case_has_a_past(monkeypatch):
    pack = with_steps(monkeypatch)
    wanted = Expected(figures={"low": Decimal(1), "before": None})
    (outcome,) = run_cases(pack, [Case(name="", history=(Decimal(59), Decimal(60)), expect=wanted)])
    assert outcome.failures == ()


@pytest.mark.parametrize(
    ("step", "zh", "en"),
    [
        ("{kind: earlier, back: 4}", "4 期以前公布的综合得分", "composite published 4 periods ago"),
        (
            "{kind: streak, lies: {below: 60}, back: 4}",
            "本期之前连续几期综合得分 <60（最多看 4 期）",
            "for how many periods in a row before this one the composite was <60 (at most 4)",
        ),
    ],
)
def test_a_step_says_itself_in_one_sentence(step, zh, en):
    assert said(f"- {step}") == (zh, en)


@pytest.mark.parametrize(
    ("step", "refusal"),
    [
        ("{kind: earlier, back: 0}", "0.back: from 1 to 40 periods"),
        ("{kind: streak, lies: {below: 60}, back: 41}", "0.back: from 1 to 40 periods"),
        ("{kind: streak, lies: {}, back: 4}", "0.lies: state at least one end"),
        ("{kind: streak, lies: {at_least: 5, below: 5}, back: 4}", "0.lies: this band is empty: its ends are reversed"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_place(step, refusal):
    assert faults(f"- {step}") == [refusal]


NAMED = {"history.1.stars": [5, 4, "–"], "history.2.stars": [5, 5, 3], "history.1.fees": [90, 60, 70]}


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("{kind: earlier, back: 1, of: fees}", ["90", "60", "70"]),
        ("{kind: streak, lies: {at_least: 5}, back: 2, of: stars}", ["2", "0", "0"]),
        ("{kind: streak, lies: {below: 5}, back: 2, of: stars}", ["0", "1", "0"]),
    ],
)
def test_any_figure_of_earlier_periods_can_be_looked_at(step, expected):
    assert last(f"- {step}", **NAMED) == expected


def test_what_is_looked_back_at_must_be_a_figure_of_the_rating():
    assert faults("[{kind: earlier, back: 1, of: colection}]") == [
        "0.of: there is no fact or figure “colection”; did you mean “collection”?"
    ]
    assert faults("[{kind: earlier, back: 1, of: gated}]") == [
        "0.of: “gated” is no figure; make it one by first_match or table and look back at that"
    ]
    assert (
        faults("[{kind: earlier, back: 1, of: stars}, {kind: streak, of: collection, back: 2, lies: {below: 60}}]")
        == []
    )
    assert said("[{kind: earlier, back: 2, of: fees}]")[1] == "fees published 2 periods ago"


LOOKS_BACK = """
- {name: stars_before, kind: earlier, back: 1, of: stars}
- {name: fees_before, kind: earlier, back: 2, of: collection}
- {name: since, kind: sum, of: [period.year, {of: period.quarter, times: 0.25}], plus: -2026.25}
"""


def test_a_kept_row_gives_back_what_was_looked_back_at_and_its_period():
    rating = msgspec.structs.replace(PACK.rating, steps=(*PACK.rating.steps, *steps(LOOKS_BACK)))
    pack = msgspec.structs.replace(PACK, rating=rating)
    assert [text.en for _, text in pack.check()] == []
    case = Case(
        name="a",
        year=2027,
        quarter=2,
        history=(Decimal(90),),
        earlier={"stars": (Decimal(5), None), "collection": (None, Decimal(88))},
        expect=Expected(figures={"stars_before": Decimal(5), "fees_before": Decimal(88), "since": Decimal("1.25")}),
    )
    assert [outcome.failures for outcome in run_cases(pack, [case])] == [()]
    estates = frame(estate_id=[1]).with_columns(pl.lit(1).alias("estate_id"))
    estates = estates.with_columns(
        pl.lit(2027 * UNIT).alias("period.year"), pl.lit(2 * UNIT).alias("period.quarter"), name=pl.lit("a")
    )
    nothing = pl.DataFrame(schema=dict.fromkeys(PACK.sheet.codes, pl.Int64) | dict.fromkeys(SHEET_COLUMNS, pl.Int64))
    nothing = nothing.with_columns(void=pl.lit(value=False))
    history = pl.DataFrame(
        {"estate_id": [1, 1], "periods_back": [1, 2], "composite": [90 * UNIT, None]}
        | {"of.stars": [5 * UNIT, None], "of.collection": [None, 88 * UNIT]}
    )
    (kept,) = workings(rate(pack, estates=estates, inspections=nothing, history=history))
    row = msgspec.json.decode(kept)
    assert (row["stars_before"], row["fees_before"], row["since"]) == (5 * UNIT, 88 * UNIT, 1_250_000)
    again = msgspec.json.decode(workings(rate(pack, **inputs(pack, [kept])))[0])
    assert {name: again[name] for name in row} == row
