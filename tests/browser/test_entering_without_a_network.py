"""No network in the yard, no server, a session that is over: what was entered waits on the phone and arrives once."""

import asyncio
import re
import sqlite3

import pytest
from playwright.async_api import Page, expect

import district

pytestmark = pytest.mark.browser
SENT = re.compile(r"^✓ 已保存 10:\d\d$")
NOTHING_KEPT = "Object.defineProperty(window, 'localStorage', { get() { throw new Error('nothing is kept'); } });"
TEXT_PUT_AWAY = "() => caches.match(location.pathname).then((kept) => kept.text())"
PUT_AWAY = "() => caches.match(location.pathname).then(Boolean)"


async def choose(page: Page, code: str, outcome: str) -> None:
    if not await page.locator(f"#f-{code}").is_visible():
        await page.locator(f"#c-{code[:2]} summary").first.click()
    await page.locator(f"#f-{code} label:has([value='{outcome}'])").click()


async def opened(visit, served, **how) -> Page:
    """The open sheet, put away for hours without a network."""
    page = await visit("inspector.xl", **how)
    await page.goto(f"/inspections/{served.inspections['open']}")
    await expect(page.locator("#kept")).to_be_visible()
    await page.wait_for_function("navigator.serviceWorker.controller !== null")
    return page


def kept(served, *columns: str) -> list[tuple]:
    """Return the history of all answers in the order in which the server wrote them."""
    with sqlite3.connect(served.database) as record:
        asked = f"SELECT {', '.join(columns)} FROM answer_change WHERE inspection = ? ORDER BY id"
        return record.execute(asked, (served.inspections["open"],)).fetchall()


async def waiting(page: Page, count: int, age: str = "刚刚") -> None:
    await expect(page.locator("#waiting")).to_have_text(f"网络不通，{count} 项待发送，最早{age}")


async def arrived(page: Page) -> None:
    await expect(page.locator("#waiting")).to_have_text("")
    await expect(page.locator("#saved")).to_have_text(SENT)


async def enter_much(page: Page) -> None:
    """Two exceptions, a category marked, another marked and opened again, one item of the first answered anew."""
    await choose(page, "BJ-01", "found")
    await page.locator("#f-BJ-01").get_by_label("加一").click()
    await page.locator("#f-BJ-01 [name=note]").fill("东侧绿地")
    await page.locator("#f-BJ-01 [name=note]").blur()
    await page.locator("#m-LH button").click()
    await page.locator("#m-DJ button").click()
    await page.locator("#m-DJ button").click()
    await choose(page, "LH-02", "found")


async def as_entered(page: Page) -> None:
    for outcome in ("#f-BJ-01 [value=found]", "#f-LH-01 [value=clean]", "#f-LH-02 [value=found]"):
        await expect(page.locator(outcome)).to_be_checked()
    await expect(page.locator("#f-BJ-01 [name=amount]")).to_have_value("2")
    await expect(page.locator("#f-BJ-01 [name=note]")).to_have_value("东侧绿地")
    await expect(page.locator("#f-DJ-01 :checked")).to_have_count(0)


def written_once(served) -> None:
    """BJ-01 (perhaps in two steps), LH as a whole, DJ there and back, then LH-02: everything once and in that order."""
    items = [item for (item,) in kept(served, "item")]
    marks = [(item, reason) for item, reason in kept(served, "item", "reason") if reason]
    lawn, party = [f"LH-0{n}" for n in range(1, 5)], sorted({item for item, _ in marks if item.startswith("DJ")})
    assert [item for item, _ in marks] == lawn + party + party
    assert items == ["BJ-01"] * items.count("BJ-01") + lawn + party + party + ["LH-02"]
    with sqlite3.connect(served.database) as record:
        answers = dict(record.execute("SELECT item, value FROM answer WHERE value IS NOT NULL AND inspection = ?",
                                      (served.inspections["open"],)))  # fmt: skip
    assert answers == {"BJ-01": 2, "LH-01": 0, "LH-02": 1, "LH-03": 0, "LH-04": 0}


async def test_what_is_entered_without_a_network_survives_a_reload_and_arrives_once_in_order(served, visit):
    page = await opened(visit, served)
    await page.context.set_offline(True)
    await enter_much(page)
    await as_entered(page)
    await waiting(page, 4)  # two items, two categories
    await page.reload()
    await as_entered(page)
    await waiting(page, 4)
    await expect(page.locator("#m-LH button")).to_have_text("撤销无扣分")
    assert kept(served, "item") == []
    await page.context.set_offline(False)
    await arrived(page)
    await expect(page.locator("#m-LH")).to_contain_text("撤销 3 项无扣分")
    await as_entered(page)
    await expect(page.locator("#p-LH-02")).to_contain_text("−")
    written_once(served)
    # what was acknowledged is put away as well
    while "撤销 3 项无扣分" not in await page.evaluate(TEXT_PUT_AWAY):  # noqa: ASYNC110 - nothing tells us
        await asyncio.sleep(0.1)
    await page.context.set_offline(True)
    await page.reload()
    await as_entered(page)
    await expect(page.locator("#left")).to_contain_text("已评 5 / 42")


async def test_a_server_that_is_down_changes_nothing_and_handing_in_waits(served, visit):
    page = await opened(visit, served)
    served.kill()
    await enter_much(page)
    await waiting(page, 4)
    await page.reload()
    await page.get_by_role("button", name="提交检查").click()
    await expect(page.locator("#waiting")).to_contain_text("全部发送后自动提交。")
    served.start()
    await expect(page.locator("#errors")).to_contain_text("有 37 处需要修改")  # 42 less BJ-01 and four of LH
    await as_entered(page)
    written_once(served)


async def test_an_answer_that_was_lost_on_its_way_back_is_not_written_twice(served, visit):
    page = await opened(visit, served)
    lost = []

    async def lose_the_first(route) -> None:
        if route.request.method == "POST" and len(lost) < 2:
            lost.append(await route.fetch())
            await route.abort()
        else:
            await route.continue_()

    await page.route("**/inspections/**", lose_the_first)
    await choose(page, "BJ-01", "found")
    await page.locator("#m-BJ button").click()
    await arrived(page)
    await expect(page.locator("#m-BJ")).to_contain_text("撤销 6 项无扣分")
    assert [answer.status for answer in lost] == [200, 200]
    assert sorted(kept(served, "item")) == [(f"BJ-0{n}",) for n in range(1, 8)]


async def test_two_tabs_that_come_back_overwrite_nothing_and_a_closed_one_loses_nothing(served, visit):
    first = await opened(visit, served)
    second, third = await first.context.new_page(), await first.context.new_page()
    for page in (second, third):
        await page.goto(first.url)
    await first.context.set_offline(True)
    await choose(first, "JC-01", "found")
    await choose(second, "JC-01", "clean")
    await choose(third, "JC-02", "found")
    await waiting(third, 1)
    await third.close()
    await first.context.set_offline(False)
    for page in (first, second):
        await expect(page.locator("#waiting")).not_to_contain_text("待发送")
    shown = [await page.locator("#e-JC-01").inner_text() for page in (first, second)]
    assert sorted("这一项在别处改过" in text for text in shown) == [False, True]  # whoever came second
    assert [item for (item,) in kept(served, "item")] == ["JC-01"]
    beaten = first if "改过" in shown[0] else second
    await expect(beaten.locator("#waiting")).to_have_text("✕ 1 项没有保存，请看标红的项目")
    await beaten.locator("#e-JC-01").get_by_role("button", name="用我填的").click()
    await arrived(beaten)
    await first.reload()
    await expect(first.locator("#f-JC-02 [value=found]")).to_be_checked()
    await arrived(first)
    assert [item for (item,) in kept(served, "item")] == ["JC-01", "JC-01", "JC-02"]


async def sign_in(page: Page) -> None:
    await page.fill("[name=login]", "inspector.xl")
    await page.fill("[name=password]", district.PASSWORD)
    await page.click("main button")


async def test_a_session_that_is_over_keeps_the_queue_and_signing_out_forgets_the_page(served, visit):
    page = await opened(visit, served)
    await page.context.clear_cookies(name="sid")
    await choose(page, "JC-01", "clean")
    await expect(page.locator("#waiting")).to_have_text("登录已过期，1 项待发送，最早刚刚。重新登录后自动发送：去登录")
    assert not await page.evaluate(PUT_AWAY)
    await page.locator("#waiting a").click()
    await sign_in(page)
    await arrived(page)
    assert kept(served, "item") == [("JC-01",)]
    await expect(page.locator("#kept")).to_be_visible()
    assert await page.evaluate(PUT_AWAY)
    await page.goto("/tasks")
    await page.set_viewport_size({"width": 1280, "height": 900})
    await page.get_by_role("button", name="退出").click()
    await page.wait_for_url("**/sign-in")
    assert await page.evaluate("caches.keys()") == []


async def test_a_browser_that_keeps_nothing_says_so_and_sends_what_it_can(served, visit):
    page = await visit("inspector.xl")
    await page.add_init_script(NOTHING_KEPT)
    await page.goto(f"/inspections/{served.inspections['open']}")
    await page.context.set_offline(True)
    await choose(page, "JC-01", "clean")
    await expect(page.locator("#waiting")).to_have_text(
        "网络不通，1 项待发送，最早刚刚这个浏览器不能暂存，发送前请不要关闭页面。"
    )
    await page.context.set_offline(False)
    await arrived(page)
    assert kept(served, "item") == [("JC-01",)]
