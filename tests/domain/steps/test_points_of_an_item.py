"""Points of one item or category over the rounds, and what they can stop; every figure worked by hand."""

from decimal import ROUND_HALF_UP, Decimal

import msgspec
import polars as pl
import pytest

import explained
from explained import rate_one
from redproperty.domain.case_files import Case, Expected
from redproperty.domain.cases import run_cases
from redproperty.domain.conditions import Condition
from redproperty.domain.moves import Cap, Caps
from redproperty.domain.numbers import UNIT, figure
from redproperty.domain.runs import inputs, rate, workings
from redproperty.domain.texts import Text
from stepping import PACK, faults, said, shown, steps

ITEM = next(item for item in PACK.sheet.items if item.asked().kind == "count")
CATEGORY = PACK.sheet.category_of(ITEM.code)
HELD = [[0, 2, None, "1.5"], [None, None], []]
FIGURES = [
    ("aggregate: min", ["0", "–", "–"]),
    ("aggregate: latest", ["1.5", "–", "–"]),
    ("aggregate: mean", ["1.17", "–", "–"]),  # 3.5 ÷ 3, the round in which it did not apply left out
    ("aggregate: mean, minimum: 4", ["–", "–", "–"]),
    ("aggregate: sum", ["3.5", "–", "–"]),
]


@pytest.mark.parametrize(("rule", "expected"), FIGURES, ids=[rule for rule, _ in FIGURES])
def test_the_points_of_one_item_over_the_rounds(rule, expected):
    points = [[None if value is None else figure(str(value)) for value in values] for values in HELD]
    frame = pl.DataFrame({f"rounds.{ITEM.code}": points}, schema_overrides={f"rounds.{ITEM.code}": pl.List(pl.Int64)})
    (step,) = steps(f"- {{kind: points, of: {ITEM.code}, {rule}}}")
    assert shown(step.apply(frame, PACK.sheet), "x0") == expected


def test_a_share_is_a_percentage_of_the_full_mark():
    column = {f"rounds.{CATEGORY.code}": [[CATEGORY.full_points // 4]]}
    (step,) = steps(f"- {{kind: points, of: {CATEGORY.code}, share: true}}")
    assert shown(step.apply(pl.DataFrame(column), PACK.sheet), "x0") == ["25"]


MORE = f"""
- {{name: worst, kind: points, of: {ITEM.code}, aggregate: min}}
- {{name: latest, kind: points, of: {ITEM.code}, aggregate: latest, share: true}}
- {{name: together, kind: points, of: [{ITEM.code}, {CATEGORY.code}], share: true}}
- {{name: third, kind: points, of: {ITEM.code}, numbers: [3]}}
- {{name: some, kind: points, of: [{CATEGORY.code}], numbers: [2, 4], share: true}}
- {{name: early, kind: rounds, numbers: [1, 2], minimum: 2}}
- {{name: absent, kind: rounds, numbers: [5, 6]}}
- {{name: failed, kind: flag, when: {{figure: worst, is: 0}}}}
"""
ALL_GONE = ITEM.full_points // figure(str(ITEM.shape.step))  # so many occurrences use the item up


@pytest.fixture
def pack(monkeypatch):
    """The default edition, in which an estate whose key item failed in any round gets at most two stars."""
    rule = Cap(
        code="K1",
        title=Text("关键项", "key item"),
        basis=Text("示例", "Example"),
        at_most=Decimal(2),
        when=Condition(figure="failed", is_=True),
    )
    stars = msgspec.structs.replace(PACK.rating.stars, stages=(*PACK.rating.stars.stages, Caps(listed=(rule,))))
    rating = msgspec.structs.replace(PACK.rating, steps=(*PACK.rating.steps, *steps(MORE)), stars=stars)
    made = msgspec.structs.replace(PACK, rating=rating)
    assert [text.en for _, text in made.check()] == []
    monkeypatch.setattr(explained, "PACK", made)
    return made


def test_a_key_item_that_failed_in_one_round_caps_the_stars(pack):
    row, _ = rate_one([{}, {}, {ITEM.code: ALL_GONE}, {}])
    assert (row["worst"], row["latest"], row["failed"]) == (0, 100 * UNIT, True)
    assert row["stars"] == 2
    assert "K1" in row["fired"]
    row, _ = rate_one([{}, {ITEM.code: ALL_GONE - 1}, {}, {}])
    assert (row["failed"], "K1" in row["fired"]) == (False, False)


def test_a_kept_row_gives_the_points_of_the_item_again(pack):
    row, _ = rate_one([{ITEM.code: 1}, {}, {ITEM.code: ALL_GONE}, {}])
    (kept,) = workings(rate(pack, **inputs(pack, [msgspec.json.encode(row).decode()])))
    assert msgspec.json.decode(kept) == row
    # the item is used up in the third round; the second and fourth are full
    assert (row["third"], row["some"], row["absent"]) == (0, 100 * UNIT, None)
    # the score of the first is what it lost, of 100
    lost_at_once = Decimal(str(ITEM.shape.step))
    assert Decimal(row["early"]) / UNIT == 100 - lost_at_once / 2
    # the category and its own item named beside it count once; of four rounds three are full
    lost = figure(str(ITEM.shape.step)) + ITEM.full_points
    wanted = Decimal(400) - Decimal(100) * lost / CATEGORY.full_points
    assert Decimal(row["together"]) / UNIT == (wanted / 4).quantize(Decimal("0.01"), ROUND_HALF_UP)


def test_a_case_sees_the_points_of_an_item(pack):
    failed = Case(
        name="", rounds=({}, {ITEM.code: Decimal(ALL_GONE)}, {}, {}), expect=Expected(stars=2, figures={"failed": True})
    )
    sound = Case(name="", expect=Expected(stars=5, figures={"failed": False, "latest": Decimal(100)}))
    scores = Case(name="", scores=(Decimal(95),) * 4, expect=Expected(figures={"worst": None, "failed": None}))
    assert [outcome.failures for outcome in run_cases(pack, [failed, sound, scores])] == [(), (), ()]


def test_the_step_says_itself_and_refuses_what_is_not_on_the_sheet():
    step = f"[{{kind: points, of: {ITEM.code}, aggregate: min, share: true, minimum: 2}}]"
    assert said(step) == (
        f"{ITEM.code}得分率（%）：有效轮次的最低，至少 2 轮；保留 2 位小数，四舍五入",
        (
            f"share of the full mark in % of {ITEM.code}: lowest of the valid rounds, at least 2; "
            "rounded half up to 2 decimals"
        ),
    )
    (fault,) = faults("[{kind: points, of: XX-99}]")
    assert fault.startswith("0.of: the sheet has no item or category “XX-99”")
    assert faults(f"[{{kind: points, of: {CATEGORY.code}, minimum: 0}}]") == ["0.minimum: at least one round"]


def test_a_step_looks_at_the_rounds_of_some_numbers():
    zh, en = said("[{kind: rounds, numbers: [1, 3]}]")
    assert zh == "第 1、3 轮的有效轮次得分平均，至少 1 轮；保留 2 位小数，四舍五入"
    assert en == "mean of the scores of the valid rounds (rounds 1, 3), at least 1; rounded half up to 2 decimals"
    _, en = said(f"[{{kind: points, of: {ITEM.code}, numbers: [2], aggregate: min}}]")
    assert en == f"points of {ITEM.code} (rounds 2): lowest of the valid rounds, at least 1"
    said_no = "rounds are numbered from 1, each once"
    assert faults("[{kind: rounds, numbers: [0, 2, 2]}]") == [f"0.numbers.0: {said_no}", f"0.numbers.2: {said_no}"]


def test_several_codes_are_said_together_and_stand_once_each():
    zh, en = said(f"[{{kind: points, of: [{ITEM.code}, {CATEGORY.code}]}}]")
    assert (zh, en) == (
        f"{ITEM.code}、{CATEGORY.code}合计得分：有效轮次的平均，至少 1 轮；保留 2 位小数，四舍五入",
        (
            f"points, together, of {ITEM.code}, {CATEGORY.code}: mean of the valid rounds, at least 1; "
            "rounded half up to 2 decimals"
        ),
    )
    assert faults(f"[{{kind: points, of: [{ITEM.code}, XX-99]}}]")[0].startswith("0.of.1: the sheet has no item")
    assert faults(f"[{{kind: points, of: [{ITEM.code}, {ITEM.code}]}}]") == [
        f"0.of.1: code “{ITEM.code}” is used twice"
    ]
    assert faults("[{kind: points, of: []}]") == ["0.of: at least one code is needed"]


def test_a_step_never_covers_a_fact_or_what_another_step_gives():
    assert faults("[{name: lifts, kind: sum, of: [households]}]") == ["0.name: the name “lifts” is taken"]
    twice = faults("[{kind: category_rounds}, {kind: category_rounds, aggregate: min}]")
    assert twice[0] == "1.name: the name “JC.points” is taken"


def test_no_step_has_the_name_of_what_every_row_holds():
    for name in ("stars", "rounds", "fired", "not_rated", "estate_code"):
        assert faults(f"[{{name: {name}, kind: sum, of: [lifts]}}]") == [f"0.name: the name “{name}” is taken"]
