"""The first page of an inspector: what was returned, what is late, what is due, what has been begun."""

import re

import pytest

import district
import inspecting
from inspecting import PACKS
from redproperty.actions import inspections as actions
from redproperty.actions import reviews
from redproperty.actions.inspections import Entry
from redproperty.store.tables import Estate


@pytest.fixture
async def ids(app):
    return await inspecting.plan()


async def order(client) -> list[str]:
    """Return headings and estates of the page from top to bottom."""
    page = (await client.get("/tasks")).text
    return re.findall(r"<h2>(\S+) <span|<h3><a[^>]*>([^<]+)</a></h3>", page)


async def titles(client) -> list[str]:
    return [heading or estate for heading, estate in await order(client)]


async def test_an_inspector_lands_on_their_tasks_a_reviewer_does_not(signed_in):
    assert (await (await signed_in("inspector.xl")).get("/")).headers["location"] == "/tasks"
    assert (await (await signed_in("reviewer.xl")).get("/tasks")).status_code == 403


async def test_the_most_urgent_come_first(signed_in, ids):
    client = await signed_in("inspector.xl")
    assert await titles(client) == ["逾期", "紫金花苑", "待检查", "青石园", "无主巷"]
    inspector = await district.actor("inspector.xl")
    await actions.save_answer(inspector, ids["open"], "BJ-01", Entry("clean"), packs=PACKS, at=district.NOW)
    assert await titles(client) == ["逾期", "紫金花苑", "待检查", "无主巷", "录入中", "青石园"]
    await inspecting.fill(inspector, ids["open"])
    await actions.submit(inspector, ids["open"], packs=PACKS, at=district.NOW)
    assert await titles(client) == ["逾期", "紫金花苑", "待检查", "无主巷"]
    reviewer = await district.actor("reviewer.xl")
    await reviews.give_back(reviewer, ids["open"], remark="请补位置", items={}, packs=PACKS, at=district.NOW)
    assert await titles(client) == ["退回，须修改后重新提交", "青石园", "逾期", "紫金花苑", "待检查", "无主巷"]
    assert "请补位置" in (await client.get("/tasks")).text


async def test_what_is_due_alike_stands_community_by_community(signed_in, ids):
    client = await signed_in("inspector.xl")
    await Estate.update({Estate.community: "320113007002"}).where(Estate.code == "QX-0001")
    assert await titles(client) == ["逾期", "紫金花苑", "待检查", "无主巷", "青石园"]
    page = (await client.get("/tasks")).text
    assert page.index("仙林新村社区 · ") < page.rindex("亚东社区 · ")


async def test_a_task_says_where_whom_to_call_how_long_and_how_far(signed_in, ids):
    inspector = await district.actor("inspector.xl")
    await actions.save_answer(inspector, ids["unmanaged"], "BJ-01", Entry("clean"), packs=PACKS, at=district.NOW)
    page = (await (await signed_in("inspector.xl")).get("/tasks")).text
    assert "仙林大道 1 号" in page
    assert 'href="tel:13800000000"' in page
    assert "逾期 23 天" in page  # due on 31 October, today is 23 November
    assert "还有 7 天" in page  # due on 30 November
    assert "已评 1 / 38" in page  # 42 items less gate, parking, lift and pumped water
    assert "已评 0 / 42" in page  # 青石园 has them all
    assert f'href="/inspections/{ids["unmanaged"]}"' in page


async def test_other_peoples_tasks_are_not_among_mine(signed_in, ids):
    page = (await (await signed_in("inspector2.xl")).get("/tasks")).text
    assert "青石园" not in page
    assert "没有要做的检查" in page


async def test_the_page_is_in_english_too(signed_in, ids):
    client = await signed_in("inspector.xl")
    await client.get("/language?to=en&back=/tasks")
    page = (await client.get("/tasks")).text
    assert "late by days: 23" in page
    assert "0 of 42 scored" in page
