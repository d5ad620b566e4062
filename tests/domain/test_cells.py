from datetime import date, datetime

import pytest

from redproperty.domain.cells import Cell, ColumnSpec, Kind, Row, parse, parse_row, title_key
from redproperty.domain.texts import Problem, Text

KINDS = {"old": Text("老旧小区", "old estate"), "commodity": Text("商品房", "commodity housing")}


def column(kind: Kind, **more) -> ColumnSpec:
    return ColumnSpec("field", ("户数",), kind, choices=KINDS, **more)


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        (Kind.TEXT, " 青石园\u3000 一期 ", "青石园 一期"),
        (Kind.TEXT, "阿依古丽·买买提", "阿依古丽·买买提"),
        (Kind.TEXT, "𠮷祥㙍（南区）", "𠮷祥㙍（南区）"),
        (Kind.TEXT, 12.0, "12"),
        (Kind.TEXT, "\u200b  ", None),
        (Kind.CODE, "３２０１１３００１０００", "320113001000"),
        (Kind.CODE, 320113001000.0, "320113001000"),
        (Kind.CODE, "6222 0000 1234 5678 901", "6222000012345678901"),
        (Kind.CODE, "9132 0113ma1x000027", "91320113MA1X000027"),
        (Kind.CODE, "0012", "0012"),
        (Kind.WHOLE, "１２３", 123),
        (Kind.WHOLE, "1,234", 1234),
        (Kind.WHOLE, "1，234", 1234),
        (Kind.WHOLE, 512.0, 512),
        (Kind.WHOLE, "12.0", 12),
        (Kind.DECIMAL, "52318.46", 5_231_846),
        (Kind.DECIMAL, 52318.46, 5_231_846),
        (Kind.DECIMAL, 1.1, 110),
        (Kind.DECIMAL, "52,318.4", 5_231_840),
        (Kind.PERCENT, "95.5%", 9550),
        (Kind.PERCENT, "９５％", 9500),
        (Kind.PERCENT, 95.0, 9500),
        (Kind.DATE, date(2026, 3, 5), date(2026, 3, 5)),
        (Kind.DATE, datetime(2026, 3, 5, 9, 30), date(2026, 3, 5)),  # noqa: DTZ001
        (Kind.DATE, "2026年3月5日", date(2026, 3, 5)),
        (Kind.DATE, "2026/3/5", date(2026, 3, 5)),
        (Kind.DATE, "2026.03.05", date(2026, 3, 5)),
        (Kind.DATE, "2026-03-05 00:00:00", date(2026, 3, 5)),
        (Kind.DATE, "２０２６－３－５", date(2026, 3, 5)),
        (Kind.DATE, 20260305.0, date(2026, 3, 5)),
        (Kind.DATE, 46086.0, date(2026, 3, 5)),  # 1 January 2026 is 46023
        (Kind.DATE, "46023", date(2026, 1, 1)),
        (Kind.DATE, "2024-02-29", date(2024, 2, 29)),
        (Kind.FLAG, "是", True),
        (Kind.FLAG, "无", False),
        (Kind.FLAG, "Ｙ", True),
        (Kind.FLAG, 0.0, False),
        (Kind.FLAG, True, True),
        (Kind.CHOICE, " 老旧小区 ", "old"),
        (Kind.CHOICE, "Commodity Housing", "commodity"),
        (Kind.CHOICE, "old", "old"),
        (Kind.WHOLE, "", None),
    ],
)
def test_a_cell_is_read_as_people_write_it(kind, raw, value):
    assert parse(Cell("B7", raw), column(kind)) == value


@pytest.mark.parametrize(
    ("kind", "raw", "zh"),
    [
        (Kind.WHOLE, "十二", "“十二”不是整数"),
        (Kind.WHOLE, "12.5", "“12.5”不是整数"),
        (Kind.WHOLE, -3.0, "“-3”太小"),
        (Kind.WHOLE, True, "“是”不是整数"),
        (Kind.WHOLE, "1e30", "“1e30”太大"),
        (Kind.WHOLE, "1000000000", "“1000000000”太大"),
        (Kind.WHOLE, "nan", "“nan”不是整数"),
        (Kind.DECIMAL, "12.345", "“12.345”最多 2 位小数"),
        (Kind.DECIMAL, "约500", "“约500”不是数字"),
        (Kind.DECIMAL, "95%", "“95%”不是数字"),
        (Kind.DATE, "2026-02-30", "“2026-02-30”不是日期，请写作 2026-03-05"),
        (Kind.DATE, "03/05/26", "“03/05/26”不是日期，请写作 2026-03-05"),
        (Kind.DATE, 12.0, "“12”不是日期，请写作 2026-03-05"),
        (Kind.FLAG, "也许", "“也许”请写“是”或“否”"),
        (Kind.CHOICE, "别墅", "“别墅”不在可选项中：老旧小区、商品房"),
        (Kind.TEXT, "#REF!", "公式没有算出结果（#REF!），请改正公式，或粘贴为数值"),
        (Kind.CODE, 6222000012345678901.0, "数字超过 15 位，Excel 已丢失末位，请把该列设为文本后重填"),
        (Kind.CODE, "6.222E+18", "数字超过 15 位，Excel 已丢失末位，请把该列设为文本后重填"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_cell(kind, raw, zh):
    problem = parse(Cell("B7", raw), column(kind))
    assert isinstance(problem, Problem)
    assert (problem.field, problem.text.zh) == ("B7", zh)
    assert problem.text.en != problem.text.zh


def test_a_required_cell_must_not_be_blank():
    problem = parse(Cell("B7", "\u3000"), column(Kind.WHOLE, required=True))
    assert isinstance(problem, Problem)
    assert problem.text.zh == "“户数”不能为空"


def test_a_text_too_long_for_the_record_is_refused():
    assert isinstance(parse(Cell("B7", "长" * 201), column(Kind.TEXT)), Problem)
    assert isinstance(parse(Cell("B7", "9" * 201), column(Kind.CODE)), Problem)


def test_negative_numbers_pass_where_the_column_allows_them():
    assert parse(Cell("B7", "-3"), column(Kind.WHOLE, least=None)) == -3


def test_a_row_comes_with_all_its_problems_at_once():
    columns = [
        ColumnSpec("name", ("名称",), required=True),
        ColumnSpec("households", ("户数",), Kind.WHOLE),
        ColumnSpec("lifts", ("电梯",), Kind.WHOLE),
        ColumnSpec("absent", ("没有这列",)),
    ]
    row = Row(7, {"name": Cell("A7", ""), "households": Cell("B7", "十二"), "lifts": Cell("C7", "3")})
    parsed = parse_row(row, columns)
    assert [problem.field for problem in parsed.problems] == ["A7", "B7"]
    assert parsed.values == {"name": None, "households": None, "lifts": 3, "absent": None}


@pytest.mark.parametrize(
    "title", ["建筑面积(㎡)", "建筑面积（㎡）", " 建筑 面积(m2)*", "建筑面积(㎡)（必填）", "＊建筑面积(M2)"]
)
def test_titles_are_one_whatever_their_width_case_and_marks(title):
    assert title_key(title) == title_key("建筑面积(㎡)")
