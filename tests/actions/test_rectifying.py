"""From the deduction to the closed rectification: ordered on acceptance, reported, sent back, closed, or void."""

import sqlite3
from datetime import date, timedelta

import pytest

import district
import inspecting
from inspecting import PACK, PACKS
from redproperty.actions import inspections as actions
from redproperty.actions import rectifying as deeds
from redproperty.actions import reviews
from redproperty.actions.inspections import Entry
from redproperty.actions.voids import restore_inspection, void_inspection
from redproperty.domain.access import Scope
from redproperty.domain.facts import Fact
from redproperty.domain.periods import Period
from redproperty.domain.rectifications import State
from redproperty.domain.texts import Invalid, Refused, Text
from redproperty.store import frames, rectifications
from redproperty.store.rectifications import Wanted
from redproperty.store.schema import Clash, transaction
from redproperty.store.tables import AuditEntry, Rectification

NOW, EVERYTHING = district.NOW, Scope(everything=True)
FOUND = {"BJ-01": Entry("found", "2", "落叶未清", "3 号楼东侧"), "ZX-02": Entry("found", "1")}
DAYS = {code: PACK.sheet.by_code[code].days_to_cure for code in FOUND}


@pytest.fixture
async def ids(record):
    return await inspecting.plan()


async def accepted(ids, found=None) -> dict[str, rectifications.Row]:
    """Hand 青石园 in with what was found, accept it, and return its rectifications by item."""
    inspector, reviewer = await district.actor("inspector.xl"), await district.actor("reviewer.xl")
    await inspecting.fill(inspector, ids["open"], FOUND if found is None else found)
    await actions.submit(inspector, ids["open"], packs=PACKS, at=NOW)
    await reviews.accept(reviewer, ids["open"], remark="", packs=PACKS, at=NOW)
    return {one.item: one for one in await rectifications.of_inspection(ids["open"])}


async def again(ids, found, *, at=NOW) -> dict[str, rectifications.Row]:
    """Return the inspection, enter it anew, and accept it once more."""
    inspector, reviewer = await district.actor("inspector.xl"), await district.actor("reviewer.xl")
    await reviews.give_back(reviewer, ids["open"], remark="请核对", items={}, packs=PACKS, at=at)
    for item, entry in found.items():
        await actions.save_answer(inspector, ids["open"], item, entry, packs=PACKS, at=at)
    await actions.submit(inspector, ids["open"], packs=PACKS, at=at)
    await reviews.accept(reviewer, ids["open"], remark="", packs=PACKS, at=at)
    return {one.item: one for one in await rectifications.of_inspection(ids["open"])}


@pytest.mark.both
async def test_acceptance_orders_one_for_each_deduction_of_the_company_that_manages_the_estate(ids):
    found = await accepted(ids)
    assert sorted(found) == ["BJ-01", "ZX-02"]
    here = found["BJ-01"]
    assert (here.state, here.company, here.estate_code) == (State.OPEN, "栖安物业服务有限公司", "QX-0001")
    assert (here.opened_on, here.due_on) == (district.TODAY, district.TODAY + timedelta(days=DAYS["BJ-01"]))
    assert (here.value, here.reasons, here.note) == (2, ("落叶未清",), "3 号楼东侧")
    entry = await AuditEntry.select().where(AuditEntry.deed == "review_inspection").first()
    assert '"rectifications":2' in entry["details"]


async def test_nothing_is_ordered_before_acceptance_and_nothing_where_nothing_was_found(ids):
    inspector = await district.actor("inspector.xl")
    await inspecting.fill(inspector, ids["open"], FOUND)
    await actions.submit(inspector, ids["open"], packs=PACKS, at=NOW)
    assert await rectifications.of_inspection(ids["open"]) == []
    assert await accepted(await _unmanaged(ids), {}) == {}


async def _unmanaged(ids):
    return {"open": ids["unmanaged"]}


async def test_where_nobody_manages_no_company_is_named_and_the_street_closes_it(ids):
    found = await accepted(await _unmanaged(ids), {"BJ-01": Entry("found", "1")})
    assert found["BJ-01"].company is None
    await deeds.close(await district.actor("reviewer.xl"), found["BJ-01"].id, "街道已清理", at=NOW)


@pytest.mark.both
async def test_the_company_reports_the_street_sends_back_and_closes_and_every_step_is_kept(ids):
    one = (await accepted(ids))["BJ-01"].id
    company, street = await district.actor("company1"), await district.actor("reviewer.xl")
    await deeds.report(company, one, "已清扫，已培训保洁", at=NOW)
    await deeds.send_back(street, one, "照片看不清", at=NOW)
    assert (await rectifications.fetch(one, EVERYTHING)).reported_on is None
    await deeds.report(company, one, "重新拍照", at=NOW + timedelta(days=1))
    await deeds.close(street, one, "", at=NOW + timedelta(days=2))
    here = await rectifications.fetch(one, EVERYTHING)
    assert (here.state, here.closed_on) == (State.CLOSED, date(2026, 11, 25))
    told = [(move.event, move.person, move.words) for move in await rectifications.moves(one)]
    assert told == [
        ("order", "王核", ""), ("report", "栖安", "已清扫，已培训保洁"), ("send_back", "王核", "照片看不清"),
        ("report", "栖安", "重新拍照"), ("close", "王核", ""),
    ]  # fmt: skip


async def test_nobody_does_what_is_not_theirs(ids):
    one = (await accepted(ids))["BJ-01"].id
    for login, deed in (
        ("company2", deeds.report),  # of another company
        ("reviewer.xl", deeds.report),
        ("reviewer.mq", deeds.close),  # of another street
        ("company1", deeds.close),
        ("district", deeds.close),
    ):
        with pytest.raises(Refused):
            await deed(await district.actor(login), one, "试试", at=NOW)
    assert (await rectifications.fetch(one, EVERYTHING)).state is State.OPEN


async def test_words_are_asked_for_and_what_is_closed_stays_closed(ids):
    one = (await accepted(ids))["BJ-01"].id
    company, street = await district.actor("company1"), await district.actor("inspector.xl")
    with pytest.raises(Invalid):
        await deeds.report(company, one, " ", at=NOW)
    with pytest.raises(Invalid):
        await deeds.close(street, one, "", at=NOW)
    with pytest.raises(Refused):
        await deeds.send_back(street, one, "没有报告", at=NOW)
    await deeds.close(street, one, "现场看到已改", at=NOW)
    with pytest.raises(Refused):
        await deeds.report(company, one, "已改", at=NOW)


async def test_accepted_again_a_deduction_that_is_gone_is_void_and_one_that_stays_keeps_its_day(ids):
    first = await accepted(ids)
    later = NOW + timedelta(days=2)
    second = await again(ids, {"BJ-01": Entry("found", "3"), "ZX-02": Entry("clean")}, at=later)
    assert second["ZX-02"].state is State.VOID
    assert (second["BJ-01"].value, second["BJ-01"].due_on) == (3, first["BJ-01"].due_on)
    third = await again(ids, {"ZX-02": Entry("found", "1")}, at=later)  # found after all
    assert (third["ZX-02"].state, third["ZX-02"].id) == (State.OPEN, first["ZX-02"].id)
    assert third["ZX-02"].due_on == district.TODAY + timedelta(days=2 + DAYS["ZX-02"])
    events = [move.event for move in await rectifications.moves(first["ZX-02"].id)]
    assert events == ["order", "void", "order"]


async def test_of_a_void_inspection_nothing_is_to_be_rectified_until_it_is_restored(ids):
    one, period = (await accepted(ids))["BJ-01"].id, Period(2026, 4)
    street, company = await district.actor("reviewer.xl"), await district.actor("company1")
    await void_inspection(street, ids["open"], reason="走错小区", at=NOW)
    here = await rectifications.fetch(one, EVERYTHING)
    assert (here.state, here.void) == (State.VOID, "走错小区")
    assert (await rectifications.listed(Wanted(states=(State.OPEN,)), EVERYTHING)) == []
    assert (await rectifications.tallies(EVERYTHING), (await rectifications.counts(period)).height) == ([], 0)
    with pytest.raises(Refused):
        await deeds.report(company, one, "已改", at=NOW)
    await restore_inspection(street, ids["open"], at=NOW)
    assert len(await rectifications.listed(Wanted(states=(State.OPEN,)), EVERYTHING)) == 2
    assert (await rectifications.counts(period)).height == 1


async def test_a_list_shows_a_company_its_own_and_the_overdue_of_a_day(ids):
    await accepted(ids)
    company = Scope(company_id=(await district.actor("company1")).company_id)
    other = Scope(company_id=(await district.actor("company2")).company_id)
    assert len(await rectifications.listed(Wanted(), company)) == 2
    assert await rectifications.listed(Wanted(), other) == []
    last = district.TODAY + timedelta(days=DAYS["ZX-02"])
    late = await rectifications.listed(Wanted(overdue_on=last), EVERYTHING)
    assert [one.item for one in late] == ["BJ-01"]  # a day to cure; the other has three
    [tally, *_] = await rectifications.tallies(company)
    assert (tally.street, tally.community, tally.state) == (district.XIANLIN, "320113007001", State.OPEN)


async def test_the_rules_see_them_only_where_they_declare_them(ids):
    await accepted(ids)
    period = Period(2026, 4)
    plain = await frames.estates_frame(period, PACK.rating.facts)
    assert "open_rectifications" not in plain.columns
    declared = [*PACK.rating.facts, _declared("open_rectifications"), _declared("overdue_rectifications")]
    rows = await frames.estates_frame(period, declared)
    counted = dict(zip(rows["estate_code"], rows["open_rectifications"], strict=True))
    assert (counted["QX-0001"], counted["QX-0003"]) == (2_000_000, 0)
    late = dict(zip(rows["estate_code"], rows["overdue_rectifications"], strict=True))
    assert late["QX-0001"] == 2_000_000  # both were due before 31 December


def _declared(name):
    return Fact(name=name, title=Text(name, name), kind="count", source="register")


@pytest.mark.both
async def test_the_database_itself_holds_who_has_to_do_what_by_when(ids):
    one = (await accepted(ids))["BJ-01"].id
    with pytest.raises((Clash, sqlite3.IntegrityError)):
        async with transaction():
            await Rectification.update({Rectification.due_on: date(2030, 1, 1)}).where(Rectification.id == one)
