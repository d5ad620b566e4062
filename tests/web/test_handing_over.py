"""Tasks change hands in bulk when people move; drafts that were left are listed, and the days of a round move."""

from datetime import timedelta

import pytest

import district
import inspecting
from inspecting import PACKS
from redproperty.actions import inspections as actions
from redproperty.actions.inspections import Entry
from redproperty.store.tables import Answer, AnswerChange, AuditEntry, Inspection, Round


@pytest.fixture
async def ids(app):
    return await inspecting.plan()


async def leads() -> dict[int, str]:
    rows = await Inspection.select(Inspection.id, Inspection.inspector.login.as_alias("who"))
    return {row["id"]: row["who"] for row in rows}


async def test_all_tasks_of_a_disabled_account_go_to_a_colleague_and_its_history_stays(signed_in, ids):
    lead = await district.actor("inspector.xl")
    await actions.save_answer(lead, ids["open"], "BJ-01", Entry("found", "2"), packs=PACKS, at=district.NOW)
    admin = await signed_in("admin")
    await admin.post("/people/inspector.xl/disable")
    assert "名下还有 3 次检查没有提交" in (await admin.get("/people/inspector.xl")).text
    reviewer = await signed_in("reviewer.xl")
    assert "李巡 的账号已停用，名下还有 3 次检查没有提交" in (await reviewer.get("/inspections")).text
    page = (await reviewer.get("/hand-over?from=inspector.xl")).text
    assert page.count('name="ids"') == 3
    form = {"from": "inspector.xl", "to": "inspector2.xl", "reason": "调离", "ids": [ids["open"], ids["late"]]}
    await reviewer.post("/hand-over", data=form)
    found = await leads()
    assert [found[ids[name]] for name in ("open", "late", "unmanaged", "before")] == [
        "inspector2.xl", "inspector2.xl", "inspector.xl", "inspector.xl",
    ]  # fmt: skip
    saved = await AnswerChange.select(AnswerChange.person).where(AnswerChange.inspection == ids["open"])
    assert [row["person"] for row in saved] == [lead.id]
    entry = await AuditEntry.select(AuditEntry.details).where(AuditEntry.deed == "hand_over").first()
    assert '"to":"inspector2.xl"' in entry["details"]
    assert "青石园" in (await (await signed_in("inspector2.xl")).get("/tasks")).text


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"ids": []}, "请勾选要移交的检查"),
        ({"to": ""}, "请选择接手的检查员"),
        ({"to": "inspector.mq"}, "不在马查的街道"),
        ({"ids": [999_999]}, "有 1 次检查已经提交或不在您的范围内"),
    ],
)
async def test_what_cannot_be_handed_over_is_said_and_nothing_moves(signed_in, ids, change, words):
    bureau, before = await signed_in("district"), await leads()
    form = {"from": "inspector.xl", "to": "inspector2.xl", "ids": [ids["open"]]} | change
    answer = await bureau.post("/hand-over", data=form)
    assert (answer.status_code, words in answer.text) == (422, True)
    assert await leads() == before


async def test_another_streets_tasks_cannot_be_taken(signed_in, ids):
    reviewer = await signed_in("reviewer.mq")
    form = {"from": "inspector.xl", "to": "inspector.mq", "ids": [ids["open"]]}
    assert "不在您的范围内" in (await reviewer.post("/hand-over", data=form)).text
    assert (await leads())[ids["open"]] == "inspector.xl"


async def test_a_draft_that_was_left_is_listed_for_the_street_and_kept(signed_in, ids):
    lead = await district.actor("inspector.xl")
    for name, days in (("open", 8), ("unmanaged", 6)):
        at = district.NOW - timedelta(days=days)
        await actions.save_answer(lead, ids[name], "BJ-01", Entry("found", "2"), packs=PACKS, at=at)
    reviewer = await signed_in("reviewer.xl")
    assert "1 份草稿搁置已久" in (await reviewer.get("/inspections")).text
    page = (await reviewer.get("/inspections/drafts")).text
    assert "青石园" in page
    assert "8 天" in page
    assert "无主巷" not in page
    assert "青石园" not in (await (await signed_in("reviewer.mq")).get("/inspections/drafts")).text
    assert await Answer.count().where(Answer.inspection == ids["open"]) == 1


async def test_the_last_day_of_a_round_moves_with_what_is_still_to_be_done(signed_in, ids):
    number = (await Round.select(Round.id).where((Round.period == "2026Q4") & (Round.number == 2)).first())["id"]
    lead = await district.actor("inspector.xl")
    await inspecting.fill(lead, ids["unmanaged"])
    await actions.submit(lead, ids["unmanaged"], packs=PACKS, at=district.NOW)
    bureau = await signed_in("district")
    wrong = await bureau.post(f"/rounds/{number}/due", data={"due_on": "2027-01-05"})
    assert (wrong.status_code, "要在2026年第四季度之内" in wrong.text) == (422, True)
    await bureau.post(f"/rounds/{number}/due", data={"due_on": "2026-12-10"})
    rows = await Inspection.select(Inspection.id, Inspection.due_on).where(Inspection.round == number)
    days = {row["id"]: row["due_on"].isoformat() for row in rows}
    assert days == {
        ids["open"]: "2026-12-10", ids["foreign"]: "2026-12-10", ids["unmanaged"]: "2026-11-30",
    }  # fmt: skip
    assert (await (await signed_in("reviewer.xl")).post(f"/rounds/{number}/due", data={})).status_code == 403
