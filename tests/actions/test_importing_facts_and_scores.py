"""Files of facts and of scores: only what the edition declares, only open inspections, only one's own."""

from datetime import date

import msgspec
import pytest

import district
import inspecting
from filling import brought, counts, filled, refused, workbook
from redproperty.actions import imports
from redproperty.domain.imports import ImportKind
from redproperty.domain.items import NOT_APPLICABLE
from redproperty.domain.numbers import UNIT
from redproperty.domain.texts import Refused
from redproperty.store.tables import Answer, AnswerChange, AuditEntry, Estate, Fact, Inspection, Person

FACTS = ("小区编码", "事实", "数值", "起始日期", "截止日期", "来源")
SURVEY = "第三方满意度调查"


def facts(*rows: tuple[object, ...]) -> bytes:
    return workbook(FACTS, *rows)


async def kept_facts() -> dict[tuple[str, str], tuple[object, ...]]:
    rows = await Fact.select(Fact.estate.code.as_alias("code"), Fact.name, Fact.value, Fact.choice, Fact.valid_from,
                             Fact.valid_to, Fact.source, Fact.recorded_by.login.as_alias("by"))  # fmt: skip
    return {
        (row["code"], row["name"]): (row["value"], row["choice"], row["valid_from"], row["valid_to"], row["by"])
        for row in rows
    }


@pytest.mark.both
async def test_facts_are_kept_as_the_edition_declares_them(record):
    begins = "2026-07-01"
    result = await brought(
        "reviewer.xl",
        "facts",
        facts(
            ("QX-0001", "居民满意度", "86.5%", begins, "2026-09-30", SURVEY),
            ("QX-0001", "hotline_count", "１２", begins, None, "台账"),
            ("QX-0002", "评定中弄虚作假", "是", begins, None, "通报"),
            ("QX-0002", "党建示范点", "省级", begins, None, "文件"),
        ),
    )
    assert (counts(result), result.written) == ((4, 0, 0, 0), True)
    first = date(2026, 7, 1)
    assert await kept_facts() == {
        ("QX-0001", "satisfaction"): (86_500_000, None, first, date(2026, 9, 30), "reviewer.xl"),
        ("QX-0001", "hotline_count"): (12 * UNIT, None, first, None, "reviewer.xl"),
        ("QX-0002", "fraud"): (UNIT, None, first, None, "reviewer.xl"),
        ("QX-0002", "party_demo"): (None, "province", first, None, "reviewer.xl"),
    }


@pytest.mark.both
async def test_a_fact_changed_is_shown_and_the_trail_keeps_what_it_was(record):
    row = ("QX-0001", "居民满意度", 86.5, "2026-07-01", None, SURVEY)
    await brought("reviewer.xl", "facts", facts(row))
    assert counts(await brought("district", "facts", facts(row))) == (0, 0, 1, 0)
    result = await brought("district", "facts", facts((*row[:2], "87", *row[3:])))
    assert [(one.title.zh, one.old.zh, one.new.zh) for one in result.rows[0].changes] == [("数值", "86.5", "87")]
    assert (await kept_facts())["QX-0001", "satisfaction"][0] == 87 * UNIT
    rows = await AuditEntry.select(AuditEntry.details).where(AuditEntry.deed == "import_facts").order_by(AuditEntry.id)
    assert msgspec.json.decode(rows[1]["details"])["changes"] == [
        "QX-0001 青石园 · 居民满意度 · 2026-07-01：数值 86.5 → 87"
    ]


@pytest.mark.parametrize(
    ("row", "cell", "begins"),
    [
        (("QX-0003", "居民满意度", 90, "2026-07-01", None, SURVEY), "A2", "没有编码为“QX-0003”的小区，或者它不在您"),
        (
            ("QX-0001", "居民幸福度", 90, "2026-07-01", None, SURVEY),
            "B2",
            "评分细则没有声明“居民幸福度”；可填：居民满意度、",
        ),
        (("QX-0001", "户数", 90, "2026-07-01", None, SURVEY), "B2", "评分细则没有声明“户数”"),
        (("QX-0001", "居民满意度", 0.95, "2026-07-01", None, SURVEY), "C2", "“0.95”看起来是比例"),
        (("QX-0001", "居民满意度", 101, "2026-07-01", None, SURVEY), "C2", "百分数不能超过 100"),
        (("QX-0001", "12345 工单数", 1.5, "2026-07-01", None, SURVEY), "C2", "“1.5”不是整数"),
        (("QX-0001", "居民满意度", 90, "2025-07-01", None, SURVEY), "B2", "2025-07-01 没有生效的评分细则"),
        (("QX-0001", "居民满意度", 90, "2026-07-01", "2026-06-30", SURVEY), "E2", "截止日期早于起始日期"),
        (("QX-0001", "居民满意度", 90, "2026-07-01", None, None), "F2", "“来源”不能为空"),
    ],
)
async def test_what_is_not_declared_or_lies_elsewhere_is_refused(record, row, cell, begins):
    result = await brought("reviewer.xl", "facts", facts(row))
    [(at, reason)] = refused(result)
    assert (at, reason[: len(begins)]) == (cell, begins)
    assert await Fact.count() == 0


async def test_estates_that_are_not_there_are_not_taken_for_one_another(record):
    rows = [(code, "居民满意度", 90, "2026-07-01", None, SURVEY) for code in ("QX-7001", "QX-7002", "QX-7001")]
    result = await brought("reviewer.xl", "facts", facts(*rows))
    assert [cell for cell, _ in refused(result)] == ["A2", "A3", "4", "A4"]


SCORES = ("小区编码", "考核期", "轮次")


async def answers(number: int) -> dict[str, int]:
    rows = await Answer.select(Answer.item, Answer.value).where(Answer.inspection == number)
    return {row["item"]: row["value"] for row in rows}


@pytest.mark.both
async def test_the_answers_of_an_inspection_come_in_a_row_and_wait_to_be_handed_in(record):
    plan = await inspecting.plan()
    head = (*SCORES, "JC-01", "JC-04 公共收益公示", "监控完好率", "ZX-01", "备忘")
    content = workbook(head, ("QX-0001", "2026Q4", 2, "２", "逾期公示", "95%", "不适用", "x"))
    result = await brought("inspector.xl", "scores", content)
    assert (counts(result), result.ignored) == ((1, 0, 0, 0), ("备忘",))
    assert await answers(plan["open"]) == {"JC-01": 2, "JC-04": 1, "ZX-03": 95 * UNIT, "ZX-01": NOT_APPLICABLE}
    row = await Inspection.select(Inspection.state, Inspection.started_at).where(Inspection.id == plan["open"]).first()
    assert row == {"state": "draft", "started_at": district.NOW}
    changes = await AnswerChange.select(AnswerChange.person.login.as_alias("by"), AnswerChange.reason).where(
        AnswerChange.inspection == plan["open"]
    )
    assert changes == [{"by": "inspector.xl", "reason": "导入"}] * 4
    again = await brought("inspector.xl", "scores", content)
    assert (counts(again), again.written, await AnswerChange.count()) == ((0, 0, 1, 0), False, 4)


@pytest.mark.both
async def test_an_answer_changed_by_a_file_is_shown_beside_what_was_entered(record):
    plan = await inspecting.plan()
    head = ("小区编码", "考核期", "轮次", "项目代码", "作答", "备注")
    await brought("inspector.xl", "scores", workbook(head, ("QX-0001", "2026Q4", 2, "JC-01", 2, "3 号楼")))
    result = await brought("inspector.xl", "scores", workbook((*SCORES, "JC-01"), ("QX-0001", "2026Q4", 2, 1)))
    [change] = result.rows[0].changes
    assert (change.title.zh, change.old.zh[:1], change.new.zh[:1]) == ("JC-01 制度与应急预案", "2", "1")
    [row] = await Answer.select(Answer.value, Answer.note, Answer.version).where(Answer.inspection == plan["open"])
    assert row == {"value": 1, "note": "3 号楼", "version": 2}


@pytest.mark.parametrize(
    ("login", "row", "cell", "reason"),
    [
        ("inspector2.xl", ("QX-0001", "2026Q4", 2, 0), "A2", "这次检查由李巡负责，检查员只能导入自己负责或同行的"),
        ("reviewer.mq", ("QX-0001", "2026Q4", 2, 0), "A2", "没有编码为“QX-0001”的小区，或者它不在您的数据范围内"),
        (
            "inspector.xl",
            ("QX-0001", "2026Q3", 4, 0),
            "C2",
            "这次检查的状态是“通过”，不能再导入；需要修改请由复核员退回",
        ),
        ("inspector.xl", ("QX-0001", "2026Q4", 1, 0), "C2", "2026年第四季度第 1 轮没有这个小区的检查任务"),
        ("district", ("QX-0001", "2025Q4", 1, 0), "B2", "2025年第四季度没有生效的评分细则"),
        ("district", ("QX-0001", "四季度", 1, 0), "B2", None),
        ("inspector.xl", ("QX-0001", "2026Q4", 2, -1), "D2", None),
        ("inspector.xl", ("QX-0001", "2026Q4", 2, "很多"), "D2", "“很多”不是处数，请填 0、1、2…"),
    ],
)
async def test_only_open_inspections_of_ones_own_take_answers(record, login, row, cell, reason):
    plan = await inspecting.plan()
    [(at, why)] = refused(await brought(login, "scores", workbook((*SCORES, "JC-01"), row)))
    assert (at, why) == (cell, reason or why)
    assert await answers(plan["open"]) == {}


async def test_a_row_that_is_still_to_be_filled_in_changes_nothing(record):
    plan = await inspecting.plan()
    rows = (("QX-0001", "2026Q4", 2, 1), ("QX-0005", "2026Q4", 2, None))
    result = await brought("inspector.xl", "scores", workbook((*SCORES, "JC-01"), *rows))
    assert (counts(result), result.written) == ((1, 0, 1, 0), True)
    assert await answers(plan["unmanaged"]) == {}


async def test_an_answer_stands_in_a_file_once_whatever_the_form_of_its_row(record):
    await inspecting.plan()
    head = (*SCORES, "项目代码", "作答", "JC-01", "JC-02")
    rows = (("QX-0001", "2026Q4", 2, None, None, 1, 0), ("QX-0001", "2026Q4", 2, "JC-01", 2, None, None))
    [(at, why)] = refused(await brought("inspector.xl", "scores", workbook(head, *rows)))
    assert (at, why[:8]) == ("3", "与第 2 行重复")


async def test_the_template_of_scores_has_the_items_as_columns_and_is_taken_filled_in(record):
    plan = await inspecting.plan()
    blank = imports.blank(ImportKind.SCORES, "xlsx", packs=inspecting.PACKS, day=district.TODAY, lang="zh")
    answered = {f"{item.code} {item.title.zh}": item.asked().choices[0].zh if item.asked().choices else "0"
                for item in inspecting.PACK.sheet.items if item.asked().kind != "number"}  # fmt: skip
    row = {"小区编码": "QX-0005", "考核期": "2026Q4", "轮次": 2} | answered
    result = await brought("reviewer.xl", "scores", filled(blank, row))
    assert (counts(result), refused(result)) == ((1, 0, 0, 0), [])
    assert set((await answers(plan["unmanaged"])).values()) == {0}
    assert len(await answers(plan["unmanaged"])) == len(answered)


async def test_others_import_nothing(record):
    await Person.count()
    for login in ("preparer", "checker", "company1", "custody", "auditor", "admin"):
        for kind in ("facts", "scores"):
            with pytest.raises(Refused, match="岗位权限表"):
                await brought(login, kind, b"whatever")
    assert await Estate.count() == 5
