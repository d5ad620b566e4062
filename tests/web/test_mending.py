"""What comes back is mended and looked at again: old beside new, asked for or not; amending what was handed in."""

import re
from datetime import timedelta

import pytest

import district
import inspecting
from inspecting import PACKS
from redproperty.actions import inspections as actions
from redproperty.actions.inspections import Entry
from redproperty.domain.access import Scope
from redproperty.store import inspections
from redproperty.store.tables import AuditEntry, Inspection

TWO_PLACES = Entry("found", "2", "积存垃圾", "东侧")


@pytest.fixture
async def submitted(app) -> int:
    ids = await inspecting.plan()
    who = await district.actor("inspector.xl")
    await inspecting.fill(who, ids["open"], {"BJ-01": TWO_PLACES})
    await actions.submit(who, ids["open"], packs=PACKS, at=district.NOW)
    return ids["open"]


def line(page: str, code: str) -> str:
    found = re.search(rf'<tr id="f-{code}".*?</tr>', page, re.DOTALL)
    assert found is not None
    return found[0]


async def test_the_second_review_shows_what_changed_and_what_nobody_asked_for(signed_in, submitted, monkeypatch):
    reviewer, inspector = await signed_in("reviewer.xl"), await signed_in("inspector.xl")
    form = {"decision": "return", "item-BJ-01": "请写楼号", "item-BJ-02": "请核实"}
    await reviewer.post(f"/inspections/{submitted}/review", data=form)
    monkeypatch.setattr(district, "NOW", district.NOW + timedelta(hours=1))
    page = (await inspector.get(f"/inspections/{submitted}")).text
    first = re.findall(r'id="f-([A-Z]+-\d+)"', page)[:2]
    assert first == ["BJ-01", "BJ-02"], "what was returned stands on top of the sheet"
    one = {"outcome": "found", "amount": "1", "reasons": "积存垃圾"}
    await inspector.post(f"/inspections/{submitted}/answers/BJ-01", data=one)
    await inspector.post(f"/inspections/{submitted}/answers/BJ-03", data={"outcome": "found", "amount": "1"})
    await inspector.post(f"/inspections/{submitted}/submit", data={"remark": "已补楼号"})
    page = (await reviewer.get(f"/inspections/{submitted}")).text
    for words in ("上次之后改了 2 项", "其中 1 项不在退回意见之内", "已补楼号"):
        assert words in page, words
    asked, left, unasked = (line(page, code) for code in ("BJ-01", "BJ-02", "BJ-03"))
    assert re.search(r"<s>2 处[^<]*积存垃圾[^<]*东侧</s> → <b>1 处[^<]*积存垃圾[^<]*</b>", asked)
    assert "未要求的修改" not in asked
    assert "要求修改，没有改" in left
    assert "未要求的修改" in unasked


async def test_an_edit_after_submission_asks_why_and_shows_old_and_new(signed_in, submitted, monkeypatch):
    monkeypatch.setattr(district, "NOW", district.NOW + timedelta(hours=1))
    inspector, path = await signed_in("inspector.xl"), f"/inspections/{submitted}/answers/BJ-01/amend"
    page = (await inspector.get(path)).text
    assert "积存垃圾" in page
    form = {"outcome": "found", "amount": "4", "reasons": "积存垃圾", "note": "东侧"}
    bare = await inspector.post(path, data=form)
    assert (bare.status_code, "请写明更正的原因" in bare.text, 'value="4"' in bare.text) == (422, True, True)
    same = await inspector.post(path, data=form | {"amount": "2", "reason": "手误"})
    assert (same.status_code, "没有可更正的" in same.text) == (422, True)
    saved = await inspector.post(path, data=form | {"reason": "漏记两处"})
    assert saved.headers["location"] == f"/inspections/{submitted}#f-BJ-01"
    here = await inspections.fetch(submitted, Scope(everything=True))
    assert here.score == 98_000_000  # four places of half a point
    assert inspections.unpacked(here.packed, PACKS[0].sheet.codes)["BJ-01"] == 4
    page = (await (await signed_in("reviewer.xl")).get(f"/inspections/{submitted}")).text
    for words in ("<s>2 处", "<b>4 处", "漏记两处", "98.00", "提交后更正"):
        assert words in page, words
    assert "漏记两处" in (await inspector.get(f"/inspections/{submitted}/answers/BJ-01")).text
    entry = await AuditEntry.select(AuditEntry.details).where(AuditEntry.deed == "amend_inspection").first()
    assert '"old":{"score":99000000}' in entry["details"]


async def test_only_its_inspector_amends_and_only_before_review(signed_in, submitted):
    path, form = f"/inspections/{submitted}/answers/BJ-01/amend", {"outcome": "clean", "reason": "复查"}
    other = await signed_in("inspector2.xl")
    assert (await other.post(path, data=form)).status_code == 403
    reviewer = await signed_in("reviewer.xl")
    await reviewer.post(f"/inspections/{submitted}/review", data={"decision": "accept"})
    answer = await (await signed_in("inspector.xl")).post(path, data=form)
    assert (answer.status_code, "只有待审的检查可以逐项更正" in answer.text) == (403, True)


async def test_a_void_inspection_is_struck_through_nobodys_task_and_can_be_taken_back(signed_in, submitted):
    reviewer = await signed_in("reviewer.xl")
    path = f"/inspections/{submitted}/void"
    assert "确认作废" in (await reviewer.get(path)).text
    assert (await reviewer.post(path, data={"reason": " "})).status_code == 422
    await reviewer.post(path, data={"reason": "走错小区"})
    page = (await reviewer.get(f"/inspections/{submitted}")).text
    for words in ("<s>青石园</s>", "走错小区", "撤销作废"):
        assert words in page, words
    assert "退回修改" not in page
    assert (await reviewer.post(f"/inspections/{submitted}/review", data={"decision": "accept"})).status_code == 403
    listed = (await reviewer.get("/inspections?period=2026Q4")).text
    assert re.search(r"<s><a [^>]*>青石园</a></s>", listed)
    assert "走错小区" in listed
    await reviewer.post(f"{path}/undo")
    row = await Inspection.select(Inspection.void_reason, Inspection.state).where(Inspection.id == submitted).first()
    assert row == {"void_reason": "", "state": "submitted"}
