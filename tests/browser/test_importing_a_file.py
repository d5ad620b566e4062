"""The template, filled in as people do, goes up, comes back refused, is mended and taken: all without scripts."""

from pathlib import Path

import openpyxl
import pytest

from redproperty.store.engine import engine_for, opened
from redproperty.store.schema import bind
from redproperty.store.tables import Estate

pytestmark = pytest.mark.browser


def fill(place: Path, rows: dict[int, dict[str, object]], header: int = 2) -> None:
    """Type values into the first sheet of a workbook, each below its heading."""
    book = openpyxl.load_workbook(place)
    sheet = book.worksheets[0]
    headings = [cell.value for cell in sheet[header]]
    for number, row in rows.items():
        for heading, value in row.items():
            sheet.cell(number, headings.index(heading) + 1).value = value  # type: ignore[assignment]
    book.save(place)


async def upload(page, place: Path) -> None:
    await page.goto("/imports")
    await page.set_input_files("#f-estates", place)
    await page.click("#estates form button")


async def download(page, selector: str, place: Path) -> None:
    async with page.expect_download() as waited:
        await page.click(selector)
    await (await waited.value).save_as(place)


async def test_a_template_is_filled_in_refused_mended_and_taken_without_scripts(served, visit, tmp_path):
    page = await visit("district", javascript=False)
    template, back = tmp_path / "模板.xlsx", tmp_path / "退回.xlsx"
    await page.goto("/imports")
    await download(page, "#estates a[href$='template.xlsx']", template)
    new = {"小区编码": "QX-0100", "小区名称": "㙍塘·新苑", "社区代码": "320113007001", "小区类型": "商品房",
           "评定组别": "前期物业", "建筑面积(㎡)": "1,000.5", "户数": "５１２", "登记日期": "2026年3月5日"}  # fmt: skip
    fill(template, {4: new, 6: {"小区编码": "QX-0001", "户数": "很多"}})
    await upload(page, template)
    assert "有 1 处未通过，整份没有写入" in await page.inner_text("[role=alert]")
    assert "K6 户数 “很多”不是整数" in await page.inner_text("table.outcomes")
    await download(page, "a[href$='refused.xlsx']", back)
    fill(back, {6: {"户数": 481}})
    await upload(page, back)
    assert "户数 480 → 481" in await page.inner_text("table.outcomes")
    await page.click("button.primary")
    assert "“退回.xlsx”已写入：新增 1，修改 1，未变 0。" in await page.inner_text("[role=status]")
    async with opened(engine_for(str(served.database))) as engine:
        bind(engine)
        rows = await Estate.select(Estate.name, Estate.households, Estate.floor_area_cm).where(
            Estate.code.is_in(["QX-0001", "QX-0100"])
        )
    assert sorted((row["name"], row["households"], row["floor_area_cm"]) for row in rows) == [
        ("㙍塘·新苑", 512, 100_050),
        ("青石园", 481, 5_231_846),
    ]
