"""The disbursement sheet of a small run, from the lines to the cells."""

from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import openpyxl
import polars as pl
import pytest
import yaml

from reading import subsidy_rules
from redproperty.domain.periods import Period
from redproperty.domain.subsidies import apportion, schedule
from redproperty.domain.texts import Text
from redproperty.exports.delimited import csv
from redproperty.exports.disbursements import RunSheet, disbursement_sheet
from redproperty.exports.workbooks import xlsx

EDITION = Path(__file__).parents[2] / "rules/2026-01-01/subsidy.yaml"
RULES = subsidy_rules(yaml.safe_load(EDITION.read_text("utf-8")))
RUN = RunSheet(
    number="BT-2026Q3-01",
    period=Period(2026, 3),
    document_number="示例〔2026〕1 号",
    budget_item="2120501",
    budget_fen=10_000_000,
    edition="2026-01-01",
    digest="7f3c" * 16,
    made_at=datetime(2026, 10, 25, 9, tzinfo=UTC),
    state=Text("已批准", "approved"),
    prepared_by="甲",
    demo=True,
)


def lines():
    stints = pl.DataFrame(
        {
            "estate_id": [1, 2],
            "estate_code": ["QX-0001", "QX-0002"],
            "tenure_id": [1, None],
            "management": ["market", "none"],
            "estate_type": ["old", "commodity"],
            "floor_area": [5_231_846, 100],
            "days": [92, 92],
            "stars": [4, None],
            "paid_this_year_fen": [0, 0],
            "custody_cost_fen": [None, None],
            "custody_receivable_fen": [None, None],
            "deduction_fen": [0, 0],
            "street": ["仙林街道", "马群街道"],
            "estate_name": ["𠮷庆·里", "=乙"],
            "company_name": ["栖安物业", None],
            "uscc": ["91320113MA00000000", None],
            "area_source": ["survey", "estimate"],
            "composite": [86_500_000, None],
            "account_name": ["栖安物业", None],
            "account_bank": ["某行", None],
            "account_number": ["6222021234567890123", None],
            "bank_code": ["301301000012", None],
        }
    )
    return apportion(RULES, schedule(RULES, stints, days_in_period=92), 10_000_000)


def cells(**given):
    table = disbursement_sheet(lines(), RUN, reasons=RULES.reasons(), **given)
    return openpyxl.load_workbook(BytesIO(xlsx(table, "zh"))).worksheets[0]


@pytest.fixture(scope="module")
def sheet():
    return cells()


def by_heading(sheet, row):
    return {heading.value: cell.value for heading, cell in zip(sheet[4], sheet[row], strict=True)}


def test_a_line_shows_every_step_and_the_account_as_text(sheet):
    row = by_heading(sheet, 5)
    assert row == row | {
        "序号": 1,
        "批次号": "BT-2026Q3-01",
        "小区名称": "𠮷庆·里",
        "小区类型": "老旧小区",
        "管理方式": "物业企业",
        "建筑面积(㎡)": 52318.46,
        "面积依据": "测绘",
        "考核期": "2026年第三季度",
        "有效天数": 92,
        "综合得分": 86.5,
        "星级": 4,
        "基准标准（元/㎡·月）": 0.3,
        "星级系数": 1.1,
        "应补金额": 51795.28,
        "预算缩放系数": 1,
        "实发金额": 51795.28,
        "区级承担": 36256.7,
        "街道承担": 15538.58,
        "银行账号": "6222021234567890123",
        "联行号": "301301000012",
        "规则版本": "2026-01-01 7f3c7f3c7f3c",
        "备注": None,
    }


def test_a_line_of_zero_says_why(sheet):
    row = by_heading(sheet, 6)
    assert (row["实发金额"], row["备注"], row["小区名称"]) == (0, "无物业管理", "=乙")


def test_heading_totals_words_edition_and_digest_stand_around_the_lines(sheet):
    assert sheet["A1"].value == "补贴发放汇总表"
    assert sheet["A2"].value == "演示数据，不作为任何拨付依据"
    assert "批次 BT-2026Q3-01" in sheet["A3"].value
    total = by_heading(sheet, 7)
    assert (total["实发金额"], total["区级承担"], total["街道承担"]) == (51795.28, 36256.7, 15538.58)
    assert sheet["A8"].value == "实发合计（大写）：人民币伍万壹仟柒佰玖拾伍元贰角捌分　¥51,795.28"
    assert sheet["A9"].value == f"规则版本 2026-01-01　摘要 {'7f3c' * 16}"
    assert sheet["A10"].value.startswith("制表：甲")


def test_so_many_columns_print_over_three_pages_led_by_the_estate(sheet):
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (3, 0)
    assert (sheet.print_title_cols, sheet.print_title_rows, sheet.freeze_panes) == ("$A:$B", "$4:$4", "C5")


def test_the_public_copy_is_without_accounts():
    headings = {cell.value for cell in cells(public=True)[4]}
    assert not headings & {"开户名", "开户行", "银行账号", "联行号"}
    assert "实发金额" in headings


def test_both_files_are_the_same_bytes_when_made_again():
    one, two = (disbursement_sheet(lines(), RUN, reasons=RULES.reasons()) for _ in range(2))
    assert xlsx(one, "zh") == xlsx(two, "zh")
    assert csv(one, "en") == csv(two, "en")
