"""A paper sheet is keyed without a mouse; every key is counted. Two people key the same sheet in two browsers."""

import pytest
from playwright.async_api import expect

from inspecting import PACK
from redproperty.domain.keyed import read_cell
from redproperty.store import inspections
from redproperty.store.engine import engine_for, opened
from redproperty.store.schema import bind

pytestmark = pytest.mark.browser
KEYS_A_MINUTE = 120  # two a second: somebody who types with one hand and reads from paper with the other
MINUTES, ITEMS = 10, 100
DESK = 1280


async def kept(served) -> dict[str, int | None]:
    async with opened(engine_for(str(served.database))) as engine:
        bind(engine)
        given = await inspections.answers(served.inspections["open"])
    return {code: answer.value for code, answer in given.items()}


def on_paper(number: int, code: str) -> str:
    """Return what stands on the paper: mostly nothing found, every fifth item with findings, measures as measured."""
    item = PACK.sheet.by_code[code]
    if item.asked().kind == "number":
        return "97.5" if number % 2 else "88"
    return "0" if number % 5 else "2" if item.asked().kind == "count" else "1"


async def test_a_hundred_items_take_less_than_ten_minutes_and_no_mouse(served, visit):
    page = await visit("inspector.xl", width=DESK)
    await page.goto(f"/inspections/{served.inspections['open']}/paper")
    fields = await page.eval_on_selector_all("[data-save]", "all => all.map(one => one.dataset.save)")
    await expect(page.locator(f"#f-{fields[0]}")).to_be_focused()
    keys, paper = 0, {code: on_paper(number, code) for number, code in enumerate(fields)}
    for number, (code, cell) in enumerate(paper.items()):
        assert await page.evaluate("document.activeElement.dataset.save") == code
        await page.keyboard.type(cell)
        await page.keyboard.press("Tab" if number % 2 else "Enter")
        keys += len(cell) + 1
    await expect(page.locator("#saved")).to_have_text("✓ 已保存")
    await expect(page.locator("#state")).to_contain_text(f"已评 {len(fields)} / {len(fields)}")
    assert await kept(served) == {code: read_cell(PACK.sheet.by_code[code], cell) for code, cell in paper.items()}
    assert keys / len(fields) * ITEMS / KEYS_A_MINUTE < MINUTES / 2, "half the time is for turning the pages"


async def test_arrows_move_errors_stand_at_the_cell_and_two_people_see_both_values(served, visit):
    lead, other = await visit("inspector.xl", width=DESK), await visit("inspector2.xl", width=DESK)
    path = f"/inspections/{served.inspections['open']}"
    await lead.goto(f"{path}/companions")
    await lead.select_option("[name=person]", "inspector2.xl")
    await lead.click("form.card button")
    await lead.goto(f"{path}/paper")
    await other.goto(f"{path}/paper")
    first, second = await lead.eval_on_selector_all(
        "[data-save]", "all => all.slice(0, 2).map(one => one.dataset.save)"
    )
    await lead.keyboard.type("x")
    await lead.keyboard.press("ArrowDown")
    await expect(lead.locator(f"#f-{second}")).to_be_focused()
    await expect(lead.locator(f"#e-{first}")).to_contain_text("“x”")
    await expect(lead.locator("#missing a")).to_have_text([first])
    await other.keyboard.type("2")
    await other.keyboard.press("Enter")
    await other.keyboard.type("1")
    await other.keyboard.press("ArrowUp")
    await expect(other.locator("#saved")).to_have_text("✓ 已保存")
    await lead.keyboard.press("ArrowUp")
    await lead.keyboard.type("3")
    await lead.keyboard.press("Enter")
    for told in ("没有覆盖", "林检", "2 ", "3 "):
        await expect(lead.locator(f"#e-{first}")).to_contain_text(told)
    assert await kept(served) == {first: 2, second: 1}
    await lead.keyboard.press("ArrowUp")
    await lead.keyboard.press("Enter")  # said once more: the own one stands
    await expect(lead.locator(f"#e-{first}")).to_be_empty()
    await expect(lead.locator("#missing")).to_be_hidden()
    assert await kept(served) == {first: 3, second: 1}


async def test_a_block_is_pasted_into_the_table_of_many_estates_and_saved_when_said(served, visit):
    page = await visit("inspector.xl", width=DESK)
    await page.goto("/inspections/grid?round=2026Q4-2&category=BJ")
    number = served.inspections["open"]
    await page.focus(f"#f-{number}-BJ-01")
    await page.keyboard.press("ArrowRight")
    await expect(page.locator(f"#f-{number}-BJ-02")).to_be_focused()
    await page.evaluate(
        """text => {
          const data = new DataTransfer();
          data.setData("text/plain", text);
          const how = {clipboardData: data, bubbles: true, cancelable: true};
          document.activeElement.dispatchEvent(new ClipboardEvent("paste", how));
        }""",
        "2\t很多\n1\t",
    )
    await expect(page.locator("#preview h2")).to_have_text("将改动 2 格，2 个小区；还没有保存")
    await expect(page.locator("[aria-invalid=true]")).to_have_value("很多")
    assert await kept(served) == {}
    await page.fill("[aria-invalid=true]", "3")
    await page.click("[name=do][value=check]")
    await page.click("[name=do][value=save]")
    await expect(page.locator("[role=status]")).to_contain_text("已保存 3 格（2 个小区）。")
    assert len(await kept(served)) == 2
