"""The list of divisions: official codes, what each belongs to, known before estates can be registered."""

import pytest

from filling import brought, counts, refused, workbook
from redproperty.store.tables import Division, Grid

HEAD = ("代码", "名称", "上级代码", "发布单位", "版本年份")
pytestmark = pytest.mark.both


async def test_a_whole_tree_comes_in_one_file_in_any_order_and_twice_changes_nothing(record):
    content = workbook(
        HEAD,
        ("320113001001001", "第一网格", "320113001001"),
        ("320113001001", "尧化社区", "320113001000", "民政局", 2026),
        ("320113001000", "尧化街道", "320113000000", "国家统计局", "２０２５"),
    )
    result = await brought("district", "divisions", content)
    assert (counts(result), result.written) == ((3, 0, 0, 0), True)
    row = await Division.select().where(Division.code == "320113001000").first()
    assert (row["level"], row["parent"], row["issuer"], row["year"]) == ("street", "320113000000", "国家统计局", 2025)
    grid = await Grid.select().where(Grid.code == "320113001001001").first()
    assert (grid["name"], grid["community"], grid["kind"]) == ("第一网格", "320113001001", "general")
    assert counts(await brought("district", "divisions", content)) == (0, 0, 3, 0)


async def test_a_name_is_corrected_and_what_it_belongs_to_stays(record):
    content = workbook(HEAD[:2], ("320113007001", "仙林新村社区居委会"), ("320113007001001", "东片网格"))
    assert counts(await brought("district", "divisions", content)) == (0, 2, 0, 0)
    row = await Division.select().where(Division.code == "320113007001").first()
    assert (row["name"], row["parent"]) == ("仙林新村社区居委会", "320113007000")
    moved = await brought("district", "divisions", workbook(HEAD[:3], ("320113007001", "仙林新村社区", "320113002000")))
    assert refused(moved) == [("C2", "名录里它属于 320113007000。隶属关系改变会牵动小区和已发布的星级，不能用导入改")]


@pytest.mark.parametrize(
    ("row", "cell", "why"),
    [
        (
            ("3201130010", "尧化", "320113000000"),
            "A2",
            "“3201130010”不是区划代码：区、街道、社区为 12 位，网格为 15 位",
        ),
        (("320113001000", "尧化街道", None), "2", "要填上级代码"),
        (("320113001001", "尧化社区", "320113000000"), "C2", "“320113000000”是区代码，这里要街道代码"),
        (("320113001001", "尧化社区", "320113001000"), "C2", "上级“320113001000”不在名录里，也不在这个文件里"),
        (("320114000000", "另一区", "320113000000"), "C2", "区的上级不在名录里，请留空"),
        (("320113007009", None, "320113007000"), "B2", "新增时要填“名称”"),
    ],
)
async def test_a_code_that_fits_nowhere_is_refused_with_its_cell(record, row, cell, why):
    head = HEAD[:3] if row[2] is not None else HEAD[:2]
    result = await brought("district", "divisions", workbook(head, row[: len(head)]))
    assert (refused(result), result.written) == ([(cell, why)], False)
