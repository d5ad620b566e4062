"""A takeover moves only along the state table, and who manages the estate moves with it in the same breath."""

from dataclasses import replace
from datetime import date

import msgspec
import pytest

import district
import rated
from district import NOW, TODAY
from redproperty.actions.takeovers import Law, NextMove, Opening, move_case, open_case
from redproperty.domain.access import Scope
from redproperty.domain.texts import Invalid, Refused
from redproperty.store import takeovers, tenures
from redproperty.store.tables import AuditEntry, Company, Estate, TakeoverMove

pytestmark = [pytest.mark.both, pytest.mark.usefixtures("record")]
PACK = rated.the_pack()
LAW = Law(PACK.edition, PACK.takeover)
NEVER = Opening("never_managed", date(2026, 11, 20), "", "摸排〔2026〕4 号")
LEFT = Opening("abandoned", date(2026, 11, 20), "", "确认单 7 号", ends_management=True)
CUSTODY = NextMove("custody_decided", date(2026, 11, 21), "建房规〔2020〕10 号", "街会〔2026〕9 号", "", guard_met=True)


async def company(name: str) -> int:
    row = await Company.select(Company.id).where(Company.name.like(f"{name}%")).first()
    assert row is not None
    return row["id"]


async def opened(code: str, opening: Opening, *, login: str = "custody") -> str:
    return await open_case(await district.actor(login), LAW, code, opening, at=NOW, today=TODAY)


async def moved(number: str, step: NextMove, *, login: str = "custody") -> None:
    await move_case(await district.actor(login), LAW, number, step, at=NOW, today=TODAY)


async def case(number: str):
    found = await takeovers.one(Scope(everything=True), number, TODAY)
    assert found is not None
    return found


async def held(code: str) -> list[tuple[str, str | None, date, date | None]]:
    row = await Estate.select(Estate.id).where(Estate.code == code).first()
    assert row is not None
    return [
        (one.tenure.management.value, one.company, one.tenure.begins, one.tenure.ends)
        for one in await tenures.of_estate(row["id"])
    ]


async def fields(doing) -> list[str]:
    with pytest.raises(Invalid) as refused:
        await doing
    return [problem.field for problem in refused.value.problems]


async def test_a_case_opens_by_a_trigger_and_keeps_its_article_and_document():
    number = await opened("QX-0005", NEVER)
    assert number == "TG-2026-0001"
    [first] = await takeovers.moves((await case(number)).id)
    trigger = LAW.rules.trigger("never_managed")
    assert (first.event, first.from_state, first.to_state) == ("never_managed", "", "UNMANAGED")
    assert (first.basis, first.document, first.person) == (trigger.basis, "摸排〔2026〕4 号", "托管办")
    entry = await AuditEntry.select().where(AuditEntry.deed == "open_takeover").first()
    assert entry["subject"] == "estate:QX-0005"
    assert msgspec.json.decode(entry["details"])["trigger"] == "never_managed"


async def test_a_company_that_left_ends_with_the_opening():
    await opened("QX-0001", LEFT)
    assert await held("QX-0001") == [("market", "栖安物业服务有限公司", date(2020, 1, 1), date(2026, 11, 20))]


async def test_numbers_count_up_within_the_year_of_the_case():
    assert await opened("QX-0005", replace(NEVER, on=date(2025, 12, 31))) == "TG-2025-0001"
    assert await opened("QX-0001", LEFT) == "TG-2026-0001"
    assert await opened("QX-0003", LEFT) == "TG-2026-0002"


async def test_an_estate_has_one_open_case():
    await opened("QX-0005", NEVER)
    with pytest.raises(Refused, match="TG-2026-0001"):
        await opened("QX-0005", NEVER)


@pytest.mark.parametrize(
    ("code", "opening", "wrong"),
    [
        ("QX-0005", Opening("", None, "", ""), ["trigger", "on", "document"]),
        ("QX-0005", replace(NEVER, trigger="because"), ["trigger"]),
        ("QX-0005", replace(NEVER, on=date(2026, 11, 24)), ["on"]),
        ("QX-0005", replace(NEVER, basis="条" * 201, note="长" * 501), ["basis", "note"]),
        ("QX-0005", replace(NEVER, trigger="no_renewal"), ["trigger"]),  # nobody is there to leave
        ("QX-0001", replace(LEFT, ends_management=False), ["ends_management"]),
        ("QX-0004", LEFT, ["trigger"]),  # custody already serves
        ("QX-0002", replace(LEFT, on=date(2026, 8, 15)), ["on"]),  # the second company began that day
    ],
)
async def test_an_opening_that_does_not_fit_is_said_at_its_fields(code, opening, wrong):
    before = await held(code)
    assert await fields(opened(code, opening)) == wrong
    assert await held(code) == before
    assert await TakeoverMove.count() == 0


async def test_a_whole_takeover_leaves_no_day_without_a_kind():
    number = await opened("QX-0001", LEFT)
    own = NextMove("emergency_decided", date(2026, 11, 20), "示例", "决定 1 号", "", guard_met=True,
                   provider_id=await company("钟山"))  # fmt: skip
    await moved(number, own)
    await moved(number, NextMove("contracted", date(2026, 11, 21), "民法典第278条", "合同 5 号", "", guard_met=True))
    await moved(
        number,
        NextMove("inspected", date(2026, 11, 22), "民法典第949条", "查验 6 号", "", guard_met=True,
                 provider_id=await company("栖安")),
    )  # fmt: skip
    assert await held("QX-0001") == [
        ("market", "栖安物业服务有限公司", date(2020, 1, 1), date(2026, 11, 20)),
        ("emergency", "钟山物业服务有限公司", date(2026, 11, 20), date(2026, 11, 22)),
        ("market", "栖安物业服务有限公司", date(2026, 11, 22), None),
    ]
    done = await case(number)
    assert (done.state, done.closed_on) == ("HANDED_OVER", date(2026, 11, 22))
    told = await takeovers.moves(done.id)
    assert [row.provider for row in told] == [None, "钟山物业服务有限公司", None, "栖安物业服务有限公司"]
    assert await fields(moved(number, own)) == ["event"]


async def test_custody_is_for_the_company_of_the_street():
    number = await opened("QX-0003", replace(LEFT, on=date(2026, 11, 19)))
    foreign = replace(CUSTODY, provider_id=await company("钟山"))
    assert await fields(moved(number, foreign)) == ["provider"]
    await moved(number, replace(CUSTODY, provider_id=await company("马群")))
    assert (await held("QX-0003"))[-1] == ("custody", "马群街道物业管理有限公司", date(2026, 11, 21), None)


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"event": "inspected"}, ["event"]),  # no row of the table leads there
        ({"on": None}, ["on"]),
        ({"on": date(2026, 11, 19)}, ["on"]),  # before the present state began
        ({"on": date(2026, 11, 24)}, ["on"]),
        ({"guard_met": False}, ["guard_met"]),
        ({"document": ""}, ["document"]),
        ({"basis": " "}, ["basis"]),
        ({"provider_id": None}, ["provider"]),
        ({"provider_id": 4711}, ["provider"]),
        (
            {"on": None, "basis": "", "document": "", "guard_met": False, "provider_id": None, "note": "长" * 501},
            ["on", "provider", "basis", "document", "note", "guard_met"],
        ),
    ],
)
async def test_a_move_that_does_not_fit_changes_nothing(change, wrong):
    number = await opened("QX-0003", replace(LEFT, on=date(2026, 11, 20)))
    step = replace(CUSTODY, **{"provider_id": await company("马群"), **change})
    before = await held("QX-0003")
    assert await fields(moved(number, step)) == wrong
    assert await held("QX-0003") == before
    assert (await case(number)).state == "UNMANAGED"


async def test_two_people_who_move_at_once_move_it_once():
    number = await opened("QX-0005", NEVER)
    stands = await case(number)
    assert await takeovers.change(stands.id, {"state": "HANDOVER"}, entered_from="UNMANAGED")
    assert not await takeovers.change(stands.id, {"state": "CUSTODY"}, entered_from="UNMANAGED")


@pytest.mark.parametrize("login", ["inspector.xl", "preparer", "checker", "company1", "auditor", "admin"])
async def test_other_posts_open_nothing(login):
    with pytest.raises(Refused):
        await opened("QX-0005", NEVER, login=login)


async def test_a_street_opens_in_its_street_and_moves_nothing():
    with pytest.raises(Refused):
        await opened("QX-0003", LEFT, login="reviewer.xl")
    number = await opened("QX-0005", NEVER, login="reviewer.xl")
    with pytest.raises(Refused):
        await moved(number, CUSTODY, login="reviewer.xl")
    with pytest.raises(Refused):
        await moved("TG-1999-0001", CUSTODY)
