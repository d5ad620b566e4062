"""From a score on a phone to the money in a workbook: one quarter of the small district through everybody's hands.

By hand (the figures of `rated`, but 青石园's fourth round scored here like the other three, 95.50):
95.50 × 60 % + 81 × 20 % + 85 × 10 % + 45 × 10 % = 57.30 + 16.20 + 8.50 + 4.50 = 86.50, bonus 0.50: 87.00, four stars,
capped at three by V10. Due: 青石园 52,318.46 ㎡ × 0.05 × 1.00 × 3 = 7,847.769 → 7,847.77; 燕江里 44,015.20 × 0.30 ×
1.00 × 3 = 39,613.68; 尧辰新村 31,772.90 × 0.40 × 0.80 × 3 = 30,501.984 → 30,501.98; 77,963.43 in all, of which
70,000.00 are there. 紫金花苑 is not rated (N2), 无主巷 unmanaged.
"""

import asyncio
import io
from collections.abc import AsyncIterator
from fractions import Fraction
from pathlib import Path

import openpyxl
import pytest
from playwright.async_api import Page, expect

import district
import rated
from oracle.subsidies import Terms, paid
from redproperty.store.engine import engine_for, opened
from redproperty.store.schema import bind, migrate
from redproperty.store.tables import Answer, Inspection
from serving import Server

pytestmark = pytest.mark.browser
DESK = 1280
DUE = {"QX-0001": 784_777, "QX-0003": 3_961_368, "QX-0004": 3_050_198}
BUDGET = 7_000_000
SHARES = Terms(by_type={}, by_management={}, coefficients={}, months=Fraction(3), district_share=Fraction(7, 10))


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Server]:
    """The inspected district of `rated`, but one inspection of 青石园 in 2026Q3 is still to be made."""
    place = tmp_path / "record.sqlite3"
    async with opened(engine_for(str(place))) as engine:
        bind(engine)
        await migrate(engine)
        await district.build()
        await rated.score(rated.the_pack())
        mine = (
            (Inspection.estate.code == "QX-0001")
            & (Inspection.round.period == "2026Q3")
            & (Inspection.round.number == 4)
        )
        [row] = await Inspection.select(Inspection.id).where(mine)
        await Answer.delete().where(Answer.inspection == row["id"])
        await Inspection.update(
            {"state": "draft", "held_on": None, "submitted_at": None, "edition": "", "digest": "", "score": None,
             "answers": None}
        ).where(Inspection.id == row["id"])  # fmt: skip
        server = Server(place, {"open": row["id"]})
    server.start()
    yield server
    server.stop()


async def score_on_a_phone(page: Page) -> None:
    """Confirm the estate, mark what is clean with one tap a category, enter the exceptions of `rated.SMALL`."""
    await page.get_by_role("link", name="青石园").click()
    await page.get_by_role("button", name="是这个小区，开始检查").click()
    for code, outcome in (("BJ-01", "found"), ("FW-03", "found")):
        item = page.locator(f"#f-{code}")
        if not await item.is_visible():
            await page.locator(f"#c-{code[:2]} summary").first.click()
        await item.locator(f"label:has(input[value={outcome}])").click()
        await expect(page.locator("#saved")).to_contain_text("已保存")
    await page.locator("#f-BJ-01").get_by_label("加一").click()
    for category in await page.locator(".category .clean button").all():
        await category.click()
    for item in await page.locator("form.item:has(.measure)").all():
        code = (await item.get_attribute("id") or "")[2:]
        if not await item.is_visible():
            await page.locator(f"#c-{code[:2]} summary").first.click()
        await item.locator("[name=amount]").fill("84" if code == "SB-04" else "100")
        await item.locator("[name=amount]").blur()
        await expect(page.locator(f"#p-{code}")).not_to_contain_text("未评")
    await expect(page.locator("#saved")).to_contain_text("已保存")
    await page.get_by_role("button", name="提交检查").click()


async def test_a_score_on_a_phone_becomes_money_in_a_workbook(served, visit):
    phone = await visit("inspector.xl")
    await score_on_a_phone(phone)
    await expect(phone.locator(".notice.good")).to_contain_text("已提交 青石园，得分 95.50")

    reviewer = await visit("reviewer.xl", width=DESK)
    await reviewer.goto(f"/inspections/{served.inspections['open']}")
    await reviewer.get_by_role("button", name="通过").click()
    await expect(reviewer.get_by_role("status")).to_contain_text("青石园 已通过")

    bureau = await visit("district", width=DESK)
    await bureau.goto("/ratings/2026Q3")
    await bureau.get_by_role("button", name="结算预览").click()
    await expect(bureau.get_by_role("status")).to_contain_text("预览")
    await bureau.get_by_role("link", name="发布").first.click()
    await bureau.get_by_role("button", name="确认发布").click()
    await expect(bureau.get_by_role("status")).to_contain_text("已发布")

    company = await visit("company1")
    await company.goto("/ratings/2026Q3/QX-0001")
    await expect(company.get_by_role("heading", level=1)).to_contain_text("青石园为什么是三星")
    for words in ("87.00", "V10", "BJ-01", "84%"):
        await expect(company.locator("main")).to_contain_text(words)
    assert (await company.goto("/ratings/2026Q3/QX-0003")).status == 404

    preparer = await visit("preparer", width=DESK)
    await preparer.goto("/subsidies/new")
    await preparer.get_by_label("预算（元）").fill("70,000")
    await preparer.get_by_label("文号").fill("栖财〔2026〕18号")
    await preparer.get_by_label("预算项目").fill("2120501 城乡社区")
    await preparer.get_by_role("button", name="试算").click()
    await expect(preparer.locator("main")).to_contain_text("77,963.43")
    await preparer.get_by_role("button", name="编制").click()
    await expect(preparer.get_by_role("heading", level=1)).to_contain_text("物业效能补贴")
    await expect(preparer.get_by_role("button", name="批准这个批次")).to_have_count(0)

    checker = await visit("checker", width=DESK)
    await checker.goto("/subsidies/BT-2026Q3-01")
    await checker.get_by_role("button", name="批准这个批次").click()
    await expect(checker.get_by_role("heading", level=1)).to_contain_text("已批准")
    async with checker.expect_download() as waiting:
        await checker.get_by_role("link", name="发放汇总表").click()
    compare_with_the_oracle(await asyncio.to_thread((await (await waiting.value).path()).read_bytes))

    await company.goto("/subsidies")
    await expect(company.locator("main")).to_contain_text("青石园")
    await expect(company.locator("main")).not_to_contain_text("燕江里")


def compare_with_the_oracle(content: bytes) -> None:
    """Read the sheet again cell by cell: the oracle's fen on every line, text accounts, exact sums, the words."""
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    head = next(index for index, row in enumerate(rows) if "小区编码" in row)
    assert sheet.freeze_panes == f"C{head + 2}"
    names = rows[head]
    lines = [dict(zip(names, row, strict=True)) for row in rows[head + 1 :] if str(row[2]).startswith("QX-")]
    codes = sorted(DUE)
    expected = dict(
        zip(
            codes,
            paid(SHARES, [{"estate_code": code, "tenure_id": 0} for code in codes], [DUE[c] for c in codes], BUDGET),
            strict=True,
        )
    )
    told = {
        line["小区编码"]: tuple(round(line[name] * 100) for name in ("应发金额", "实发金额", "区级承担", "街道承担"))
        for line in lines
        if line["实发金额"]
    }
    assert told == {code: (DUE[code], *expected[code]) for code in codes}
    zeros = {line["小区编码"]: line["备注"] for line in lines if not line["实发金额"]}
    assert zeros == {"QX-0002": "未评级", "QX-0005": "无物业管理"}
    accounts = {line["小区编码"]: line["银行账号"] for line in lines}
    assert (accounts["QX-0001"], accounts["QX-0004"]) == ("6222020200112233445", "6222020200112233447")
    total = dict(zip(names, rows[head + 1 + len(lines)], strict=True))
    assert (total["应发金额"], total["实发金额"]) == (77963.43, 70000)
    assert round((total["区级承担"] + total["街道承担"]) * 100) == BUDGET
    assert any("人民币柒万元整" in str(row[0]) for row in rows)
    assert any("2026-01-01" in str(row[0]) and "摘要" in str(row[0]) for row in rows)


async def test_an_estate_that_nobody_manages_is_taken_over(served, visit):
    custody = await visit("custody", width=DESK)
    await custody.goto("/takeovers/new?estate=QX-0005")
    await custody.get_by_label("从未有过物业管理").check()
    await custody.get_by_label("文件文号").fill("栖住建〔2026〕31号")
    await custody.get_by_role("button", name="立案").click()
    await expect(custody.get_by_role("heading", level=1)).to_contain_text("无主巷")
    await custody.get_by_role("link", name="街道启动应急服务").click()
    await custody.get_by_label("文件文号").fill("仙办〔2026〕5号")
    await custody.get_by_label("服务企业", exact=True).select_option(label="钟山物业服务有限公司")
    await custody.get_by_label("已确认").check()
    await custody.get_by_role("button", name="确认办理").click()
    await expect(custody.get_by_role("heading", level=1)).to_contain_text("应急服务")
    await custody.goto("/estates/QX-0005")
    await expect(custody.locator("main")).to_contain_text("钟山物业服务有限公司")
    auditor = await visit("auditor", width=DESK)
    await auditor.goto("/audit?q=&subject=takeover")
    await expect(auditor.locator("main")).to_contain_text("推进托管案件")
