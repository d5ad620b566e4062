"""What becomes of a row: new, changed, unchanged or refused, and how its fields are told."""

from datetime import date

from redproperty.domain.cells import Cell, ColumnSpec, Kind, Row
from redproperty.domain.imports import (
    NOTHING,
    Fields,
    ImportKind,
    ImportResult,
    Outcome,
    Wish,
    judged,
    plain,
    repeated,
)
from redproperty.domain.texts import Problem, Text

KINDS = {"old": Text("老旧小区", "old estate")}
FIELDS = Fields(
    (
        ColumnSpec("code", ("编码", "Code"), Kind.CODE, required=True),
        ColumnSpec("area", ("面积", "Area"), Kind.DECIMAL),
        ColumnSpec("kind", ("类型", "Type"), Kind.CHOICE, choices=KINDS),
        ColumnSpec("gated", ("封闭", "Gated"), Kind.FLAG),
        ColumnSpec("since", ("起始", "Since"), Kind.DATE),
        ColumnSpec("grids", ("网格", "Grids")),
    ),
    needed=frozenset({"area"}),
    words={"place": lambda code: plain(f"{code} 仙林")},
    quiet=frozenset({"street"}),
)
WRONG = Problem("B2", Text("不对", "wrong"))


def wish(number: int = 2, key: object = "QX-1", *problems: Problem, claims=(), **values) -> Wish:
    cells = {"code": Cell(f"A{number}", "QX-1"), "area": Cell(f"B{number}", "x")}
    return Wish(Row(number, cells), key, plain(str(key)), values, problems, claims)


def told(row) -> list[tuple[str, str, str]]:
    return [(change.title.zh, change.old.zh, change.new.zh) for change in row.changes]


def test_a_row_says_what_changes_and_leaves_the_rest():
    before = {"area": 100, "kind": "old", "gated": False, "since": None, "grids": frozenset(), "street": "1"}
    row = judged(
        wish(area=5_231_846, kind="old", gated=True, since=date(2026, 3, 5), grids=frozenset({"2", "1"}), street="2"),
        before,
        FIELDS,
    )
    assert row.outcome is Outcome.CHANGED
    assert told(row) == [
        ("面积", "1.00", "52,318.46"),
        ("封闭", "否", "是"),
        ("起始", "（空）", "2026-03-05"),
        ("网格", "（空）", "1、2"),
    ]


def test_a_blank_changes_nothing_and_zero_does():
    assert judged(wish(area=None, kind="old"), {"area": 1, "kind": "old"}, FIELDS).outcome is Outcome.UNCHANGED
    assert told(judged(wish(area=0), {"area": 1}, FIELDS)) == [("面积", "0.01", "0.00")]


def test_a_new_thing_tells_what_it_brings_and_must_state_what_is_needed():
    row = judged(wish(area=100, kind="old"), None, FIELDS)
    assert (row.outcome, told(row)) == (Outcome.NEW, [("面积", "（空）", "1.00"), ("类型", "（空）", "老旧小区")])
    [refusal] = judged(wish(kind="old"), None, FIELDS).refusals
    assert (refusal.cell, refusal.heading.en, refusal.found, refusal.reason.zh) == (
        "B2",
        "Area",
        "x",
        "新增时要填“面积”",
    )


def test_refusals_come_in_the_order_of_the_cells_with_what_was_found():
    first = Problem("A2", Text("早", "early"))
    row = judged(wish(2, "QX-1", WRONG, area=1), {"area": 1}, FIELDS, [first, Problem("2", Text("行", "row"))])
    assert [(one.cell, one.heading.zh, one.found) for one in row.refusals] == [
        ("2", "", ""),
        ("A2", "编码", "QX-1"),
        ("B2", "面积", "x"),
    ]


def test_values_without_a_column_or_with_words_of_their_own():
    assert FIELDS.told("place", "320113").zh == "320113 仙林"
    assert FIELDS.told("place", None) is NOTHING
    assert FIELDS.told("other", 3).zh == "3"
    assert FIELDS.told("area", KINDS["old"]) is KINDS["old"]
    assert FIELDS.title("other") == plain("other")


def test_the_second_row_about_a_thing_is_named_with_the_first():
    rows = [wish(2, "a"), wish(3, "b"), wish(5, "a"), wish(6, None), wish(7, None)]
    rows += [wish(8, ("a", None)), wish(9, ("a", None))]  # what is not known is not the same
    assert {number: problem.text.zh[:8] for number, problem in repeated(rows).items()} == {5: "与第 2 行重复"}


def test_rows_that_claim_the_same_part_of_a_thing_repeat_each_other():
    rows = [wish(2, "a", claims=("a1", "a2")), wish(3, "b", claims=("a3",)), wish(4, "c", claims=("a3", "a2"))]
    assert [problem.text.zh[:8] for problem in repeated(rows).values()] == ["与第 2 行重复"]


def test_a_file_asks_for_something_only_when_nothing_is_refused():
    new, same = judged(wish(area=1), None, FIELDS), judged(wish(area=1), {"area": 1}, FIELDS)
    refused = judged(wish(2, "a", WRONG), None, FIELDS)

    def asks(*rows, problems=()):
        return ImportResult(ImportKind.ESTATES, "a.xlsx", rows=rows, problems=problems).asks

    assert asks(new, same)
    assert not asks(same)
    assert not asks(new, refused)
    assert not asks(new, problems=(WRONG,))
    result = ImportResult(ImportKind.ESTATES, "a.xlsx", problems=(WRONG,))
    assert [(one.cell, one.reason.zh) for one in result.refusals] == [("", "不对")]
