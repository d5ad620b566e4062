"""Photos on a phone: made smaller, sent one by one, one that fails tried again alone; the representative signs."""

import re
import sqlite3

import pytest
from playwright.async_api import Page, expect

import pictures as made

pytestmark = pytest.mark.browser
BIG = made.jpeg(1, taken="2026:11:22 08:05:00", size=(3200, 2400))


def phone(seed: int, content: bytes = b"") -> dict:
    return {"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": content or made.jpeg(seed)}


async def at_an_exception(visit, served, **how) -> Page:
    page = await visit("inspector.xl", **how)
    await page.goto(f"/inspections/{served.inspections['open']}")
    await page.locator("#c-BJ summary").first.click()
    strip = page.locator("#ph-BJ-01")
    await expect(strip).to_be_hidden()  # nothing is taken off: nothing is asked for
    await page.locator("#f-BJ-01 label:has([value='found'])").click()
    await expect(strip).to_be_visible()
    await expect(page.locator("#unproven")).to_contain_text("BJ-01")
    return page


def kept(served) -> list:
    with sqlite3.connect(served.database) as base:
        return base.execute("SELECT width, height, removed_at, taken_at FROM photo ORDER BY id").fetchall()


async def test_pictures_are_sent_one_by_one_and_one_that_fails_is_tried_again_alone(served, visit):
    page = await at_an_exception(visit, served)
    aborted = []

    async def once(route) -> None:
        if not aborted:
            aborted.append(route)
            await route.abort()
        else:
            await route.continue_()

    await page.route(re.compile(r"/photos$"), once)
    strip = page.locator("#ph-BJ-01")
    await strip.locator(".choose input").set_input_files([phone(1, BIG), phone(2), phone(3)])
    await expect(strip.locator(".shot:has-text('已上传')")).to_have_count(2)  # the first held up no other
    failed = strip.locator(".shot.failed")
    await expect(failed).to_contain_text("失败，待重试")
    await expect(page.locator("#photos-left")).to_contain_text("1 张照片待上传")
    await expect(page.locator("#unproven")).to_be_hidden()

    # nothing is handed in past it, and a reload keeps it: it goes by itself, once, with the camera's time
    await page.locator(".foot form button").click()
    await expect(page.locator("#photos-left")).to_contain_text(re.compile("上传完再提交|现在可以提交"))
    await expect(strip.locator(".shot:has-text('已上传')")).to_have_count(3)
    await expect(strip.locator(".shot", has_text="拍摄 2026-11-22 08:05")).to_have_count(1)
    await page.goto(f"/inspections/{served.inspections['open']}?at=BJ-01")
    await expect(page.locator("#ph-BJ-01 .shot")).to_have_count(3)
    assert len(kept(served)) == 3
    assert (1600, 1200) in {row[:2] for row in kept(served)}

    # one is taken back; its row stays
    await page.locator("#ph-BJ-01 .shot").first.get_by_role("button").click()
    await expect(page.locator("#ph-BJ-01 .shot")).to_have_count(2)
    assert [row[2] is None for row in kept(served)].count(False) == 1


async def test_without_a_network_a_picture_waits_outlives_a_reload_and_goes_once(served, visit):
    page = await at_an_exception(visit, served)
    await expect(page.locator("#p-BJ-01")).to_have_class("chip bad")  # acknowledged
    await page.route(re.compile(r"/photos$"), lambda route: route.abort())
    await page.locator("#ph-BJ-01 .take input").set_input_files(phone(4))
    await expect(page.locator("#photos-left")).to_contain_text("1 张照片待上传，最早")
    await page.goto(f"/inspections/{served.inspections['open']}?at=BJ-01")
    await expect(page.locator("#photos-left")).to_contain_text("1 张照片待上传，最早")
    await page.unroute(re.compile(r"/photos$"))
    await page.evaluate("window.dispatchEvent(new Event('online'))")
    await expect(page.locator("#ph-BJ-01 .shot")).to_contain_text("已上传")
    await expect(page.locator("#photos-left")).to_have_text("")
    assert len(kept(served)) == 1

    # what is no picture is said so at once and does not stand in the way
    await page.locator("#ph-BJ-01 .choose input").set_input_files(phone(5, b"not a picture"))
    await expect(page.locator("#ph-BJ-01 .shot.failed")).to_contain_text("不是照片")
    await expect(page.locator("#photos-left")).to_have_text("")
    await page.locator("#ph-BJ-01 .shot.failed").get_by_role("button", name="移除").click()
    await expect(page.locator("#ph-BJ-01 .shot")).to_have_count(1)


async def test_the_representative_signs_with_a_finger_and_a_position_is_left(served, visit):
    page = await at_an_exception(visit, served)
    await page.locator("#signing summary").click()
    pad = page.locator(".pad")
    await pad.scroll_into_view_if_needed()
    box = await pad.bounding_box()
    await page.mouse.move(box["x"] + 30, box["y"] + 30)
    await page.mouse.down()
    await page.mouse.move(box["x"] + 150, box["y"] + 60, steps=5)
    await page.mouse.up()
    await page.locator("#signing").get_by_role("button", name="登记", exact=True).click()
    await expect(page.locator("#signing .error").first).to_have_text("请填写企业代表的姓名")
    await page.locator("#f-sign-name").fill("陈经理")  # what was drawn is still there
    await page.locator("#signing").get_by_role("button", name="登记", exact=True).click()
    await expect(page.locator("#signing .signed")).to_contain_text("✓ 陈经理 已签字")
    dark = """(image) => { const sheet = document.createElement("canvas").getContext("2d");
      sheet.drawImage(image, 0, 0);
      return sheet.getImageData(0, 0, 300, 150).data.some((value, at) => at % 4 < 3 && value < 90); }"""
    await page.locator("#signing img.signature").scroll_into_view_if_needed()
    await page.wait_for_function("document.querySelector('#signing img.signature').complete")
    assert await page.locator("#signing img.signature").evaluate(dark)

    await page.context.grant_permissions(["geolocation"], origin=served.base)
    await page.context.set_geolocation({"latitude": 32.105, "longitude": 118.914, "accuracy": 12})
    await page.locator(".locate").click()
    await expect(page.locator("#position")).to_contain_text("32.105000, 118.914000 ±12 米 · WGS-84")


async def test_without_javascript_a_form_brings_pictures_too(served, visit):
    page = await visit("inspector.xl", javascript=False)
    await page.goto(f"/inspections/{served.inspections['open']}?at=BJ-01")
    await page.locator("#f-BJ-01 [value='found']").check(force=True)
    strip = page.locator("#ph-BJ-01")
    await strip.locator(".choose input").set_input_files(phone(6))
    await strip.get_by_role("button", name="上传照片").click()
    await expect(page.locator("#ph-BJ-01 .shot")).to_contain_text("已上传")
    await page.locator("#ph-BJ-01 .shot").get_by_role("button", name="移除").click()
    await expect(page.locator("[role=status]").first).to_contain_text("BJ-01 的照片已移除")
    await page.locator("#signing summary").click()
    await page.locator("#f-sign-name").fill("陈经理")
    await page.get_by_label("已当面确认").check()
    await page.locator("#signing").get_by_role("button", name="登记", exact=True).click()
    await expect(page.locator("#signing .signed")).to_contain_text("✓ 陈经理 已签字")
