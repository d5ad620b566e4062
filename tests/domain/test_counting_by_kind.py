"""Defects of several kinds in one item: light ones 0.2 each, grave ones 1 each, until the item is used up."""

from decimal import Decimal

import msgspec
import polars as pl
import pytest

from inspecting import PACK
from redproperty.domain.answers import answer_words, hint, read_answer
from redproperty.domain.asked import counts_code, counts_in
from redproperty.domain.case_files import Case, Expected
from redproperty.domain.cases import run_cases
from redproperty.domain.entries import clean_code, typed
from redproperty.domain.items import Item
from redproperty.domain.numbers import UNIT, figure
from redproperty.domain.packs import Pack
from redproperty.domain.shapes import DefectKind, PerKind
from redproperty.domain.texts import Text

LIGHT = DefectKind(title=Text("轻微", "light"), step=Decimal("0.2"))
GRAVE = DefectKind(title=Text("严重", "grave"), step=Decimal(1))
KNOWN = DefectKind(title=Text("已扣过的同一处", "the same place as before"), step=Decimal(0))
SHAPE = PerKind(kinds=(LIGHT, GRAVE))
ITEM: Item = msgspec.structs.replace(PACK.sheet.by_code["BJ-01"], shape=SHAPE)  # 3 points
FULL = 3 * UNIT


def edition(shape: PerKind) -> Pack:
    """Return the edition of the checkout with another shape for BJ-01."""
    replace = msgspec.structs.replace
    categories = tuple(
        replace(one, items=tuple(replace(i, shape=shape) if i.code == "BJ-01" else i for i in one.items))
        for one in PACK.sheet.categories
    )
    return replace(PACK, sheet=replace(PACK.sheet, categories=categories))


@pytest.mark.parametrize(
    ("light", "grave", "points"),
    [(0, 0, "3"), (1, 0, "2.8"), (0, 1, "2"), (4, 1, "1.2"), (5, 2, "0"), (6, 2, "0"), (999, 999, "0")],
)
def test_each_kind_costs_its_own_step_until_the_item_is_used_up(light, grave, points):
    code = pl.Series([counts_code([light, grave])])
    assert pl.select(SHAPE.points(pl.lit(code), FULL)).item() == figure(points)


def test_an_open_answer_has_no_points():
    assert pl.select(SHAPE.points(pl.lit(None, pl.Int64), FULL)).item() is None


def test_six_kinds_of_999_places_fit_into_one_answer():
    counts = (999, 0, 999, 1, 0, 999)
    assert counts_code(counts) < 2**63
    assert counts_in(counts_code(counts), 6) == counts


def test_a_kind_may_cost_only_so_much_altogether():
    shape = PerKind(kinds=(msgspec.structs.replace(LIGHT, at_most=Decimal(1)), GRAVE))
    codes = pl.Series([counts_code([5, 0]), counts_code([9, 0]), counts_code([9, 1])])
    assert pl.select(shape.points(pl.lit(codes), FULL)).to_series().to_list() == [2 * UNIT, 2 * UNIT, UNIT]
    assert shape.rule(FULL).zh == "轻微的每处扣 0.2 分，最多扣 1 分，严重的每处扣 1 分，扣完为止"
    assert shape.outcome(counts_code([9, 1]), FULL).en == "light: 9 places × 0.2 (at most 1), grave: 1 place × 1"


def test_what_was_deducted_before_in_the_same_place_is_recorded_and_costs_nothing():
    shape = PerKind(kinds=(msgspec.structs.replace(LIGHT, title=Text("新发现", "new")), KNOWN))
    assert pl.select(shape.points(pl.lit(counts_code([1, 3])), FULL)).item() == figure("2.8")
    assert shape.rule(FULL).zh == "新发现的每处扣 0.2 分，已扣过的同一处的只记录，不扣分，扣完为止"
    assert shape.outcome(counts_code([1, 3]), FULL).zh == "新发现 1 处 × 0.2，已扣过的同一处 3 处，只记录"
    assert list(shape.check(FULL)) == []


def test_the_outcome_names_what_was_found():
    assert ITEM.outcome(counts_code([2, 1]), figure("1.6")).zh == "轻微 2 处 × 0.2，严重 1 处 × 1，扣 1.4 分"
    assert ITEM.outcome(counts_code([0, 4]), 0).en == "grave: 4 places × 1, the item is used up: 3 off"
    assert ITEM.outcome(0, FULL).zh == "未发现问题，不扣分"


@pytest.mark.parametrize(
    ("raw", "counts"),
    [
        ("0", (0, 0)),
        ("无", (0, 0)),
        ("轻微 2、严重 1", (2, 1)),
        ("严重１处", (0, 1)),
        ("轻微:2；严重:1", (2, 1)),
        ("grave 3, light 1", (1, 3)),
        ("2+1", (2, 1)),
        ("0、4", (0, 4)),
    ],
)
def test_a_cell_says_the_kinds_by_name_or_in_their_order(raw, counts):
    assert read_answer(ITEM, raw) == counts_code(counts)


@pytest.mark.parametrize(
    "raw", ["2", "轻微两处", "轻微 2 轻微 3", "轻微 2+1", "中等 1", "2+1+1", "1000+0", "-1+0", "2/x"]
)
def test_a_cell_that_does_not_say_how_many_of_each_is_refused(raw):
    refusal = read_answer(ITEM, raw)
    assert isinstance(refusal, Text)
    assert refusal.zh == f"“{raw}”读不出各种的数目：请写成“轻微 1、严重 1”，没有问题填 0"


@pytest.mark.parametrize("counts", [(0, 0), (2, 1), (0, 5), (999, 999)])
def test_what_is_written_into_a_cell_is_read_back(counts):
    words = answer_words(ITEM, counts_code(counts))
    assert read_answer(ITEM, words.zh) == read_answer(ITEM, words.en) == counts_code(counts)


def test_a_longer_name_is_not_taken_for_a_shorter_one():
    worse = msgspec.structs.replace(GRAVE, title=Text("轻微损坏", "light damage"))
    item = msgspec.structs.replace(ITEM, shape=PerKind(kinds=(LIGHT, worse)))
    assert read_answer(item, "轻微损坏 2") == counts_code([0, 2])


def test_the_note_of_the_column_says_how_it_is_written():
    assert hint(ITEM).zh.startswith("填各种的数目，如“轻微 1、严重 1”，没有问题填 0。轻微的每处扣 0.2 分")


@pytest.mark.parametrize(
    ("outcome", "amount", "code"),
    [("clean", "+", 0), ("found", "2+1", 1002), ("found", "+3", 3000), ("found", "４+", 4), ("", "+", None)],
)
def test_fields_left_blank_are_none_of_that_kind(outcome, amount, code):
    assert clean_code(ITEM) == 0
    assert typed(ITEM, outcome, amount) == code


@pytest.mark.parametrize(
    ("amount", "words"),
    [("+", "0 到 999"), ("0+0", "至少为 1"), ("1+x", "0 到 999"), ("1000+", "0 到 999"), ("1", "0 到 999")],
)
def test_what_cannot_be_counts_says_why(amount, words):
    refusal = typed(ITEM, "found", amount)
    assert isinstance(refusal, Text)
    assert words in refusal.zh


def test_a_case_gives_the_counts_in_the_order_of_the_kinds():
    def outcome(answer: object) -> list[str]:
        case = Case(name="c", answers={"BJ-01": answer}, expect=Expected(points={"BJ-01": Decimal("1.6")}))
        return [failure.zh for failure in run_cases(edition(SHAPE), [case])[0].failures]

    assert outcome((Decimal(2), Decimal(1))) == []
    assert outcome((Decimal(1), Decimal(1))) == ["BJ-01：应为 1.6，实为 1.8"]
    assert "分种计数" in outcome(Decimal(2))[0]
    assert "0 到 999" in outcome((Decimal(2),))[0]
    assert outcome("open")[0].startswith("BJ-01：应为 1.6")


@pytest.mark.parametrize(
    ("kinds", "path", "words"),
    [
        ((GRAVE,), ("kinds",), "per_occurrence"),
        ((GRAVE,) * 7, ("kinds",), "2 到 6 种"),
        ((LIGHT, LIGHT), ("kinds", 1, "title"), "重复"),
        ((LIGHT, DefectKind(title=GRAVE.title, step=Decimal("3.5"))), ("kinds", 1, "step"), "满分"),
        ((LIGHT, DefectKind(title=GRAVE.title, step=Decimal(2), at_most=Decimal(1))), ("kinds", 1, "at_most"), "之间"),
        ((KNOWN, DefectKind(title=GRAVE.title, step=Decimal(0))), ("kinds",), "没有一种扣分"),
    ],
)
def test_what_cannot_be_a_rule_is_refused_at_its_key(kinds, path, words):
    found = dict(PerKind(kinds=kinds).check(FULL))
    assert path in found
    assert words in found[path].zh
