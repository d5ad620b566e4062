"""The lead or a reviewer names who comes along; both enter, nothing is overwritten unseen, the lead hands in."""

import msgspec
import pytest

import district
import inspecting
from redproperty.store.tables import Answer, AuditEntry, Companion, Person

LEAD, OTHER = "inspector.xl", "inspector2.xl"


@pytest.fixture
async def open_one(app) -> str:
    """The address of an open inspection that 李巡 leads."""
    return f"/inspections/{(await inspecting.plan())['open']}"


async def kept(address: str) -> list[tuple[str, int, str]]:
    """Return item, value and person of every answer of an inspection."""
    rows = (
        await Answer.select(Answer.item, Answer.value, Answer.saved_by.login.as_alias("by"))
        .where(Answer.inspection == int(address.rpartition("/")[2]))
        .order_by(Answer.item)
    )
    return [(row["item"], row["value"], row["by"]) for row in rows]


async def trail() -> list[dict]:
    rows = (
        await AuditEntry.select(AuditEntry.details).where(AuditEntry.deed == "name_companion").order_by(AuditEntry.id)
    )
    return [msgspec.json.decode(row["details"]) for row in rows]


async def test_whom_the_lead_names_has_the_task_and_enters_it(signed_in, open_one):
    lead, other = await signed_in(LEAD), await signed_in(OTHER)
    assert "青石园" not in (await other.get("/tasks")).text
    refused = await other.post(f"{open_one}/answers/BJ-01", data={"outcome": "clean"})
    assert (refused.status_code, "只有负责人和同行人能录入" in refused.text) == (403, True)
    page = await lead.get(f"{open_one}/companions")
    assert "林检（inspector2.xl）" in page.text
    assert "马查" not in page.text, "of another street"
    named = await lead.post(f"{open_one}/companions", data={"person": OTHER})
    assert (named.status_code, named.headers["location"]) == (303, f"{open_one}/companions")
    tasks = (await other.get("/tasks")).text
    assert "青石园" in tasks
    assert "负责人 李巡" in tasks
    assert (await other.post(f"{open_one}/answers/BJ-01", data={"outcome": "clean"})).status_code == 303
    assert await kept(open_one) == [("BJ-01", 0, OTHER)]
    assert await trail() == [{"estate": "QX-0001", "named": OTHER}]


async def test_only_the_lead_hands_in_and_names(signed_in, open_one):
    lead, other = await signed_in(LEAD), await signed_in(OTHER)
    await lead.post(f"{open_one}/companions", data={"person": OTHER})
    page = (await other.get(open_one)).text
    assert "填完后由负责人李巡提交" in page
    assert "提交检查" not in page
    refused = await other.post(f"{open_one}/submit")
    assert (refused.status_code, "只有负责人能提交检查" in refused.text) == (403, True)
    refused = await other.post(f"{open_one}/companions/{OTHER}/release")
    assert (refused.status_code, "只有负责人能指定同行人" in refused.text) == (403, True)
    assert await Companion.count() == 1


async def test_a_reviewer_of_the_street_names_and_takes_back(signed_in, open_one):
    reviewer, other, foreign = [await signed_in(login) for login in ("reviewer.xl", OTHER, "reviewer.mq")]
    assert (await foreign.post(f"{open_one}/companions", data={"person": OTHER})).status_code == 404
    assert (await reviewer.post(f"{open_one}/companions", data={"person": OTHER})).status_code == 303
    await other.post(f"{open_one}/answers/BJ-01", data={"outcome": "clean"})
    assert (await reviewer.post(f"{open_one}/companions/{OTHER}/release")).status_code == 303
    assert (await other.post(f"{open_one}/answers/BJ-02", data={"outcome": "clean"})).status_code == 403
    assert await kept(open_one) == [("BJ-01", 0, OTHER)], "what was entered stays"
    assert await trail() == [{"estate": "QX-0001", "named": OTHER}, {"estate": "QX-0001", "released": OTHER}]


@pytest.mark.parametrize("login", ["inspector.xl", "inspector.mq", "reviewer.xl", "nobody", ""])
async def test_only_another_inspector_of_the_street_can_be_named(signed_in, open_one, login):
    lead = await signed_in(LEAD)
    page = await lead.post(f"{open_one}/companions", data={"person": login})
    assert page.status_code == 422
    assert "请从名单中选一名本街道的检查员" in page.text
    assert 'href="#f-person"' in page.text
    assert await Companion.count() == 0


async def test_nobody_is_named_twice_or_with_a_closed_account(signed_in, open_one):
    lead = await signed_in(LEAD)
    await lead.post(f"{open_one}/companions", data={"person": OTHER})
    assert (await lead.post(f"{open_one}/companions", data={"person": OTHER})).status_code == 422
    await lead.post(f"{open_one}/companions/{OTHER}/release")
    await Person.update({Person.disabled: True}).where(Person.login == OTHER)
    page = await lead.get(f"{open_one}/companions")
    assert "本街道没有别的检查员账号可以指定" in page.text


async def test_the_second_save_of_a_field_shows_both_values_and_different_fields_merge(signed_in, open_one):
    lead, other = await signed_in(LEAD), await signed_in(OTHER)
    await lead.post(f"{open_one}/companions", data={"person": OTHER})
    seen = {"version": "0"}  # both have the empty sheet before them
    await lead.post(f"{open_one}/answers/BJ-01", data={"outcome": "found", "amount": "2", **seen})
    await other.post(f"{open_one}/answers/BJ-02", data={"outcome": "clean", **seen})
    clash = await other.post(f"{open_one}/answers/BJ-01", data={"outcome": "found", "amount": "3", **seen})
    assert clash.status_code == 409
    for told in ("没有覆盖", "2 处", "李巡", "您刚才填的是：3 处"):
        assert told in clash.text, told
    assert await kept(open_one) == [("BJ-01", 2, LEAD), ("BJ-02", 0, OTHER)]


async def test_who_came_along_does_not_review(signed_in, open_one):
    lead = await signed_in(LEAD)
    await lead.post(f"{open_one}/companions", data={"person": OTHER})
    who = await district.actor(LEAD)
    number = int(open_one.rpartition("/")[2])
    await inspecting.fill(who, number)
    assert (await lead.post(f"{open_one}/submit")).status_code == 303
    await Person.update({Person.role: "reviewer"}).where(Person.login == OTHER)
    other = await signed_in(OTHER)
    refused = await other.post(f"{open_one}/review", data={"decision": "accept"})
    assert (refused.status_code, "您参与了这次检查的评分，不能再复核" in refused.text) == (403, True)
