"""A street's reviewer reads what was handed in, accepts it or gives it back; who scored it does not review it."""

import re

import pytest

import district
import inspecting
from inspecting import PACKS
from redproperty.actions import inspections as actions
from redproperty.actions.inspections import Entry
from redproperty.store.tables import AnswerChange, Inspection

TWO_PLACES = Entry("found", "2", "积存垃圾", "东侧")


async def hand_in(inspection: int, login: str = "inspector.xl") -> int:
    who = await district.actor(login)
    await inspecting.fill(who, inspection, {"BJ-01": TWO_PLACES})
    await actions.submit(who, inspection, packs=PACKS, at=district.NOW)
    return inspection


@pytest.fixture
async def ids(app):
    return await inspecting.plan()


@pytest.fixture
async def submitted(ids) -> int:
    return await hand_in(ids["open"])


@pytest.fixture
async def reviewer(signed_in, ids):
    return await signed_in("reviewer.xl")


def line(page: str, code: str) -> str:
    found = re.search(rf'<tr id="f-{code}".*?</tr>', page, re.DOTALL)
    assert found is not None
    return found[0]


async def state(inspection: int) -> str:
    row = await Inspection.select(Inspection.state).where(Inspection.id == inspection).first()
    return row["state"]


async def test_the_page_shows_every_deduction_with_reason_note_and_points(reviewer, submitted):
    page = (await reviewer.get(f"/inspections/{submitted}")).text
    for text in ("待审", "99.00", "提交时冻结", "李巡", "1 项扣分", "17.00 / 18.00", "通过", "退回修改"):
        assert text in page, text
    for text in ("2 处 × 0.5，扣 1 分", "积存垃圾", "东侧", "2.00", "3.00"):
        assert text in line(page, "BJ-01"), text


async def test_items_that_do_not_apply_are_listed_with_the_reason(reviewer, ids):
    page = (await reviewer.get(f"/inspections/{await hand_in(ids['unmanaged'])}")).text
    lifts = line(page, "SB-05")
    assert "只适用于“" in lifts
    assert "不计入满分" in lifts


async def test_enter_in_a_remark_accepts_nothing(reviewer, submitted):
    page = (await reviewer.get(f"/inspections/{submitted}")).text
    form = page[page.index(f'action="/inspections/{submitted}/review"') :]
    assert 'name="item-BJ-01"' in form
    assert not re.findall(r'<input(?! type="hidden")[^>]*>', form)  # a line of text would send the first button


async def test_an_accepted_one_is_done_and_says_by_whom(reviewer, submitted):
    answer = await reviewer.post(f"/inspections/{submitted}/review", data={"decision": "accept", "remark": "属实"})
    assert answer.headers["location"] == "/inspections"
    assert "青石园 已通过" in (await reviewer.get("/inspections")).text
    page = (await reviewer.get(f"/inspections/{submitted}")).text
    for text in ("通过", "王核", "属实", "复核通过"):
        assert text in page, text
    assert "退回修改" not in page


async def test_accepting_from_a_stale_page_says_how_it_stands_and_what_to_do(reviewer, submitted):
    await reviewer.post(f"/inspections/{submitted}/review", data={"decision": "accept"})
    answer = await reviewer.post(f"/inspections/{submitted}/review", data={"decision": "accept"})
    said = "这次检查现在是“通过”，不能办理“通过”；可能有人刚办理过，请重新打开这次检查。"
    assert (answer.status_code, said in answer.text) == (403, True)


async def test_a_return_without_a_reason_is_refused_at_its_field(reviewer, submitted):
    page = await reviewer.post(f"/inspections/{submitted}/review", data={"decision": "return", "remark": ""})
    assert page.status_code == 422
    assert "退回须写明原因" in page.text
    assert '<a href="#f-remark">' in page.text
    assert await state(submitted) == "submitted"


async def test_a_remark_that_is_too_long_stays_typed_at_its_item(reviewer, submitted):
    long = "长" * 501
    form = {"decision": "return", "remark": "请改", "item-BJ-01": long}
    page = await reviewer.post(f"/inspections/{submitted}/review", data=form)
    assert page.status_code == 422
    assert "最多 500 个字" in line(page.text, "BJ-01")
    assert long in line(page.text, "BJ-01")
    assert ">请改</textarea>" in page.text


async def test_a_returned_one_comes_back_changed_and_is_marked_so(reviewer, signed_in, submitted):
    form = {"decision": "return", "remark": "", "item-BJ-01": "请写楼号"}
    await reviewer.post(f"/inspections/{submitted}/review", data=form)
    assert await state(submitted) == "returned"
    inspector = await signed_in("inspector.xl")
    await inspector.post(f"/inspections/{submitted}/answers/BJ-01", data={"outcome": "found", "amount": "1"})
    await inspector.post(f"/inspections/{submitted}/submit")
    page = (await reviewer.get(f"/inspections/{submitted}")).text
    assert "已修改，待复审" in page
    assert "请写楼号" in line(page, "BJ-01")
    way = page[page.index("办理经过") :]
    assert re.findall(r"(李巡|王核) · (\S+?)[<\n]", way) == [("李巡", "提交"), ("王核", "退回"), ("李巡", "提交")]


async def test_who_entered_an_answer_does_not_review_it(reviewer, submitted):
    who = await district.actor("reviewer.xl")
    await AnswerChange.insert(
        AnswerChange(inspection=submitted, item="BJ-01", at=district.NOW, person=who.id, old=None, new='{"value":0}')
    )
    page = (await reviewer.get(f"/inspections/{submitted}")).text
    assert "退回修改" not in page
    answer = await reviewer.post(f"/inspections/{submitted}/review", data={"decision": "accept"})
    assert answer.status_code == 403
    assert await state(submitted) == "submitted"


@pytest.mark.parametrize("login", ["inspector.xl", "district", "auditor"])
async def test_other_posts_read_it_and_are_told_who_reviews(signed_in, submitted, login):
    client = await signed_in(login)
    page = (await client.get(f"/inspections/{submitted}")).text
    assert "等待街道复核员复核" in page
    assert 'name="decision"' not in page
    assert (await client.post(f"/inspections/{submitted}/review", data={"decision": "accept"})).status_code == 403


async def test_another_streets_reviewer_does_not_find_it(signed_in, submitted):
    client = await signed_in("reviewer.mq")
    assert (await client.get(f"/inspections/{submitted}")).status_code == 404
    assert (await client.post(f"/inspections/{submitted}/review", data={"decision": "accept"})).status_code == 404


async def test_the_page_is_in_english_too(reviewer, submitted):
    await reviewer.get("/language?to=en&back=/inspections")
    page = (await reviewer.get(f"/inspections/{submitted}")).text
    for text in ("submitted", "frozen when handed in", "1 losing points", "Accept", "handed it in"):
        assert text in page, text
