"""An inspector scores an estate on a phone: exceptions only, every field kept by the server, scripts or not."""

import asyncio
import re

import pytest
from playwright.async_api import Page, expect

pytestmark = pytest.mark.browser

# every control that can be seen and pressed, with its size; links within a line of text are as high as the line
SMALL = """() => [...document.querySelectorAll("main :is(a, button, summary, select, textarea, input)")]
  .filter((one) => one.checkVisibility() && !one.matches(".sr, [type=hidden], .notice a"))
  .map((one) => [one, (one.matches("[type=radio]") ? one.parentElement : one).getBoundingClientRect()])
  .filter(([, box]) => box.height < 44 || box.width < 44)
  .map(([one, box]) => `${one.tagName} ${one.textContent.trim().slice(0, 20)} ${box.width}×${box.height}`)"""
UNFOLD = """() => {
  for (const fold of document.querySelectorAll(".fold")) fold.open = true;
  for (const choice of document.querySelectorAll(".amt")) choice.checked = true;
}"""
WIDTH = "document.scrollingElement.scrollWidth"


async def opened(visit, served, **how) -> Page:
    page = await visit("inspector.xl", **how)
    await page.goto(f"/inspections/{served.inspections['open']}")
    return page


async def choose(page: Page, code: str, outcome: str) -> None:
    await page.locator(f"#f-{code} label:has([value='{outcome}'])").click()


async def unfold(page: Page, category: str) -> None:
    if not await page.locator(f"#c-{category} .items").is_visible():
        await page.locator(f"#c-{category} summary").first.click()


async def saved(page: Page, answered: int) -> None:
    await expect(page.locator("#left")).to_contain_text(f"已评 {answered} / 42")
    await expect(page.locator("#saved")).to_have_text(re.compile(r"^✓ 已保存 10:\d\d$"))


async def test_from_the_task_to_the_submission(served, visit):  # noqa: PLR0915 - one story
    page = await visit("inspector.xl")
    assert page.url == f"{served.base}/tasks"
    await page.locator(".task", has_text="青石园").get_by_role("link", name="开始录入").click()
    await expect(page.locator("#saved")).to_have_text("离开每一格就自动保存")

    # one tap for a category, one to take it back
    await page.locator("#m-JC").get_by_role("button", name="本类无扣分").click()
    await saved(page, 6)
    await expect(page.locator("#c-JC .items")).to_be_visible()  # it stays unfolded
    await page.locator("#m-JC").get_by_role("button", name="撤销 6 项无扣分").click()
    await saved(page, 0)
    for code in ("JC", "BJ", "LH"):
        await page.locator(f"#m-{code} button").click()
        await expect(page.locator(f"#m-{code}")).to_contain_text("撤销")
    await saved(page, 17)

    # an exception: three places with the stepper, a common reason made one's own, a note
    await unfold(page, "BJ")
    item = page.locator("#f-BJ-01")
    await choose(page, "BJ-01", "found")
    plus = item.get_by_role("button", name="加一")
    await plus.click()
    await plus.click()
    await expect(page.locator("#p-BJ-01")).to_have_text("−1.5")
    await expect(page.locator("#running")).to_contain_text("98.50")
    pick = item.locator("[name=pick]").first
    await pick.click()
    await expect(pick).to_have_attribute("aria-pressed", "true")
    reasons = item.locator("[name=reasons]")
    await reasons.fill(f"3 号楼{await reasons.input_value()}")
    await expect(pick).to_have_attribute("aria-pressed", "false")
    await item.locator("[name=note]").fill("东侧绿地")
    await item.locator("[name=note]").blur()

    # levels by buttons, a measured number; one too large is refused at its field and stays typed
    await unfold(page, "JC")
    await choose(page, "JC-04", "1")
    await expect(page.locator("#p-JC-04")).to_have_text("−1")
    await page.locator("#m-ZX button").click()
    await expect(page.locator("#m-ZX")).to_contain_text("撤销")
    await unfold(page, "ZX")
    number = page.locator("#f-ZX-03 [name=amount]")
    await number.fill("101")
    await number.blur()
    await expect(page.locator("#e-ZX-03")).to_contain_text("请填 0 到 100 之间的数")
    await expect(page.locator("#saved")).to_have_text("✕ 这一项没有保存")
    await expect(number).to_have_value("101")
    await expect(number).to_have_attribute("aria-invalid", "true")
    await number.fill("95")
    await number.blur()
    await expect(page.locator("#e-ZX-03")).to_have_text("")
    await saved(page, 24)

    # handing in too early names everything that is missing, and leads there
    await page.get_by_role("button", name="提交检查").click()
    await expect(page.locator("#errors")).to_be_focused()
    await expect(page.locator("#errors")).to_contain_text("有 18 处需要修改")
    first = page.locator("#errors a").first
    await first.click()
    await expect(page.locator(await first.get_attribute("href"))).to_be_in_viewport()
    assert (await page.locator("#f-BJ-01 [name=reasons]").input_value()).startswith("3 号楼")
    assert await page.locator("#f-BJ-01 [name=note]").input_value() == "东侧绿地"

    # on the office PC: the same draft, to the end
    desk = await visit("inspector.xl", width=1280)
    await desk.locator(".task", has_text="青石园").get_by_role("link", name="继续录入").click()
    await expect(desk.locator("#left")).to_contain_text("已评 24 / 42")
    for code in ("SB", "FW", "DJ"):
        await desk.locator(f"#m-{code} button").click()
        await expect(desk.locator(f"#m-{code}")).to_contain_text("撤销")
    while "✓" not in await desk.locator("#left").inner_text():
        code = (await desk.locator("#left a").get_attribute("href")).removeprefix("#f-")
        await unfold(desk, code[:2])
        choices = desk.locator(f"#f-{code} .choice label")
        if await choices.count() and not await desk.locator(f"#f-{code} [name=amount]").count():
            await choices.first.click()
        else:
            if await choices.count():
                await choose(desk, code, "found")
            await desk.locator(f"#f-{code} [name=amount]").fill("100")
            await desk.locator(f"#f-{code} [name=amount]").blur()
        await expect(desk.locator("#left")).not_to_contain_text("#f-" + code)
        await expect(desk.locator(f"#p-{code}")).not_to_have_text("未评")
    await desk.get_by_role("button", name="提交检查").click()
    await expect(desk.locator(".notice.good")).to_contain_text("已提交 青石园")


async def test_a_step_just_before_the_category_is_marked_is_not_lost(served, visit):
    page = await opened(visit, served)
    await unfold(page, "BJ")
    await choose(page, "BJ-01", "found")
    for _ in range(2):
        await page.locator("#f-BJ-01").get_by_label("加一").click()
    await page.locator("#m-BJ button").click()  # before the stepper has come to rest
    await expect(page.locator("#m-BJ")).to_contain_text("撤销 6 项无扣分")
    await saved(page, 7)
    await page.reload()
    await unfold(page, "BJ")
    await expect(page.locator("#f-BJ-01 [name=amount]")).to_have_value("3")


async def test_categories_tapped_while_a_step_still_rests_are_all_marked(served, visit):
    page = await opened(visit, served)
    await unfold(page, "BJ")
    await choose(page, "BJ-01", "found")
    await page.locator("#f-BJ-01").get_by_label("加一").click()
    for category in ("BJ", "JC", "LH"):
        await page.locator(f"#m-{category} button").click()
    for category, rest in (("BJ", 6), ("JC", 6), ("LH", 4)):
        await expect(page.locator(f"#m-{category}")).to_contain_text(f"撤销 {rest} 项无扣分")
    await page.reload()
    await expect(page.locator("#left")).to_contain_text("已评 17 / 42")


async def test_the_sheet_is_handed_in_after_the_categories_that_were_tapped_before(served, visit):
    page = await opened(visit, served)

    async def slowly(route) -> None:
        await asyncio.sleep(0.5)
        await route.continue_()

    await page.route("**/clean", slowly)
    for category in ("JC", "LH"):
        await page.locator(f"#m-{category} button").click()
    await page.get_by_role("button", name="提交检查").click()
    await expect(page.locator("#errors")).to_contain_text("有 32 处需要修改")  # 42 less six and four


async def test_what_is_typed_last_is_saved_before_the_sheet_is_handed_in(served, visit):
    page = await opened(visit, served)
    await unfold(page, "ZX")
    await page.locator("#f-ZX-03 [name=amount]").fill("97")
    await page.get_by_role("button", name="提交检查").click()  # the field is left by this very tap
    await expect(page.locator("#errors")).to_contain_text("JC-01")
    await unfold(page, "ZX")
    await expect(page.locator("#f-ZX-03 [name=amount]")).to_have_value("97")
    assert "ZX-03" not in await page.locator("#errors").inner_text()


async def test_a_closed_browser_loses_nothing(served, visit):
    page = await opened(visit, served)
    await choose(page, "JC-01", "found")
    await page.locator("#f-JC-01 [name=note]").fill("缺防汛预案")
    await page.locator("#f-JC-01 [name=note]").blur()
    await expect(page.locator("#v-JC-01")).to_have_value("2")
    await saved(page, 1)
    await page.context.close()
    again = await opened(visit, served)
    await unfold(again, "JC")
    await expect(again.locator("#f-JC-01 [value=found]")).to_be_checked()
    await expect(again.locator("#f-JC-01 [name=note]")).to_have_value("缺防汛预案")
    await expect(again.locator("#saved")).to_have_text(re.compile("已保存 10:"))


async def test_a_save_that_does_not_arrive_is_said_and_tried_again(served, visit):
    page = await opened(visit, served)
    served.kill()
    await choose(page, "JC-01", "clean")
    await expect(page.locator("#waiting")).to_have_text("网络不通，1 项待发送，最早刚刚")
    await expect(page.locator("#f-JC-01 [value=clean]")).to_be_checked()
    served.start()
    await saved(page, 1)


async def test_two_tabs_show_both_answers_and_overwrite_nothing(served, visit):
    first, second = await opened(visit, served), await opened(visit, served)
    await choose(first, "JC-01", "found")
    await expect(first.locator("#p-JC-01")).to_have_text("−0.5")
    await choose(second, "JC-01", "clean")
    clash = second.locator("#e-JC-01")
    await expect(clash).to_contain_text("现在保存的是：1 项 × 0.5（李巡 10:0")
    await expect(clash).to_contain_text("您刚才填的是：未发现问题")
    await clash.get_by_role("link", name="用已保存的").click()
    await expect(second.locator("#f-JC-01 [value=found]")).to_be_checked()
    await choose(first, "JC-01", "clean")
    await expect(first.locator("#p-JC-01")).to_have_text("✓ 2")
    await second.locator("#f-JC-01 [name=note]").fill("缺一份")
    await second.locator("#f-JC-01 [name=note]").blur()
    await second.locator("#e-JC-01").get_by_role("button", name="用我填的").click()
    await expect(second.locator("#p-JC-01")).to_have_text("−0.5")
    await expect(second.locator("#e-JC-01")).to_have_text("")


async def test_without_scripts_every_part_works_by_plain_forms(served, visit):
    page = await opened(visit, served, javascript=False)
    await choose(page, "JC-01", "found")
    await page.locator("#f-JC-01").get_by_role("button", name="保存本项").click()
    await expect(page.locator(".notice.good")).to_contain_text("JC-01 已保存")
    await page.locator("#f-JC-01").get_by_role("button", name="加一").click()
    await expect(page.locator("#p-JC-01")).to_have_text("−1")
    pick = page.locator("#f-JC-01 [name=pick]").first
    reason = await pick.get_attribute("value")
    await pick.click()
    await expect(page.locator("#f-JC-01 [name=reasons]")).to_have_value(reason)
    await page.locator("#m-LH button").click()
    await expect(page.locator("#m-LH")).to_contain_text("撤销 4 项无扣分")
    await expect(page.locator("#saved")).to_have_text(re.compile("已保存 10:"))
    await page.get_by_role("button", name="提交检查").click()
    await expect(page.locator("#errors")).to_contain_text("有 37 处需要修改")  # 42 less one and four
    assert await page.evaluate(WIDTH) <= 360


@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_nothing_scrolls_sideways_and_every_target_is_large_enough(served, visit, lang):
    page = await visit("inspector.xl", lang=lang)
    for path in ("/tasks", f"/inspections/{served.inspections['open']}"):
        await page.goto(path)
        await page.evaluate(UNFOLD)
        assert await page.evaluate(WIDTH) <= 360, path
        assert await page.evaluate(SMALL) == [], path


async def test_a_sheet_is_filled_in_by_keyboard_alone(served, visit):
    page = await opened(visit, served, width=1280)
    await page.locator("#c-JC summary").first.focus()
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.closest('form').id") == "f-JC-01"
    await page.keyboard.press("Space")
    await expect(page.locator("#f-JC-01 [value=clean]")).to_be_checked()
    await saved(page, 1)
    await page.keyboard.press("ArrowRight")
    await expect(page.locator("#p-JC-01")).to_have_text("−0.5")
    assert await page.evaluate("getComputedStyle(document.activeElement.nextElementSibling).outlineStyle") == "solid"
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.getAttribute('aria-label')") == "减一"


NAMELESS = """() => {
  const all = (query) => [...document.querySelectorAll(query)];
  const text = (id) => document.getElementById(id)?.textContent ?? "";
  const name = (one) => one.getAttribute("aria-label") || one.labels?.[0]?.textContent || one.textContent
    || (one.getAttribute("aria-labelledby") || "").split(" ").map(text).join("");
  const named = "a, button, summary, input:not([type=hidden]), select, textarea, [role=img], [role=radiogroup]";
  const found = all(named).filter((one) => !name(one)?.trim()).map((one) => one.outerHTML.slice(0, 80));
  const ids = all("[id]").map((one) => one.id);
  found.push(...ids.filter((id, index) => ids.indexOf(id) !== index).map((id) => `twice: ${id}`));
  const levels = all("h1, h2, h3").map((one) => Number(one.tagName[1]));
  found.push(...levels.filter((level, at) => level > (levels[at - 1] ?? 0) + 1).map((level) => `h${level} too deep`));
  const described = all("[aria-describedby]").flatMap((one) => one.getAttribute("aria-describedby").split(" "));
  found.push(...described.filter((id) => !document.getElementById(id)).map((id) => `no ${id}`));
  return found;
}"""


async def test_everything_has_a_name_headings_descend_and_the_saved_line_is_live(served, visit):
    page = await opened(visit, served)
    assert await page.evaluate(NAMELESS) == []
    assert await page.locator("h1").count() == 1
    live = page.locator("#saved")
    await live.evaluate("(one) => { one.dataset.same = 'yes' }")
    await choose(page, "JC-01", "clean")
    await saved(page, 1)
    assert await live.get_attribute("role") == "status"
    assert await live.get_attribute("data-same") == "yes"  # what is announced changes inside one region
