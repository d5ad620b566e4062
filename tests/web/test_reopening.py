"""What a published rating rests on is locked; two people open it again, and the rating says so till it is corrected."""

import pytest

import district
import rated
from rated import Q3
from redproperty.actions import inspections as actions
from redproperty.actions import reviews, voids
from redproperty.actions.ratings import close_period, publish
from redproperty.domain.access import Role, Scope
from redproperty.domain.texts import Refused
from redproperty.store import ratings
from redproperty.store.engine import run
from redproperty.store.schema import Clash, bound, transaction
from redproperty.store.tables import Inspection, Person, Reopening, Round

PACK = rated.the_pack()
NOW = district.NOW


@pytest.fixture
async def locked(app) -> int:
    """The first inspection of 青石园 in 2026Q3, on which the published stars rest."""
    await rated.score(PACK)
    bureau = await district.actor("district")
    await publish(bureau, [PACK], await close_period(bureau, [PACK], Q3, at=NOW), at=NOW)
    await Person.insert(
        Person(login="district2", name="钱区", role=Role.DISTRICT.value, street=None, must_change=False,
               password_hash=(await Person.select(Person.password_hash).first())["password_hash"])
    )  # fmt: skip
    return await inspection("QX-0001")


async def inspection(code: str) -> int:
    row = await (
        Inspection.select(Inspection.id)
        .where((Inspection.estate.code == code) & (Inspection.round.period == "2026Q3"))
        .order_by(Inspection.id)
        .first()
    )
    return row["id"]


async def state(number: int) -> str:
    return (await Inspection.select(Inspection.state).where(Inspection.id == number).first())["state"]


async def test_one_asks_another_grants_and_the_rating_says_so_until_it_is_corrected(signed_in, locked):
    one, other, reviewer = await signed_in("district"), await signed_in("district2"), await signed_in("reviewer.xl")
    path = f"/inspections/{locked}/reopening"
    assert (await one.post(path, data={"reason": ""})).status_code == 422
    await one.post(path, data={"reason": "企业申诉属实"})
    own = await one.post(f"{path}/decide", data={"decision": "grant"})
    assert (own.status_code, "申请与批准分离" in own.text) == (403, True)
    assert (await reviewer.post(f"{path}/decide", data={"decision": "grant"})).status_code == 403
    assert (await other.post(f"{path}/decide", data={"decision": "refuse"})).status_code == 422
    assert await state(locked) == "locked"
    await other.post(f"{path}/decide", data={"decision": "grant"})
    assert await state(locked) == "returned"
    for client, address in ((one, "/ratings/2026Q3/QX-0001"), (reviewer, "/ratings/2026Q3")):
        page = (await client.get(address)).text
        for words in ("依据的检查已重新开放", "企业申诉属实", "赵区 申请，钱区 同意"):
            assert words in page, words
    company = (await (await signed_in("company1")).get("/ratings/2026Q3/QX-0001")).text
    assert "依据的检查已重新开放" in company
    assert "赵区" not in company
    assert "依据的检查已重新开放" not in (await one.get("/ratings/2026Q3/QX-0004")).text

    inspector, bureau = await district.actor("inspector.xl"), await district.actor("district")
    await actions.submit(inspector, locked, packs=[PACK], at=NOW)
    await reviews.accept(await district.actor("reviewer.xl"), locked, remark="", packs=[PACK], at=NOW)
    await publish(bureau, [PACK], await close_period(bureau, [PACK], Q3, at=NOW), at=NOW, reason="申诉更正")
    assert await state(locked) == "locked"
    assert "依据的检查已重新开放" not in (await one.get("/ratings/2026Q3")).text


async def test_a_refusal_says_why_and_leaves_it_locked(signed_in, locked):
    reviewer, bureau = await signed_in("reviewer.xl"), await signed_in("district")
    await reviewer.post(f"/inspections/{locked}/reopening", data={"reason": "照片不清"})
    again = await reviewer.post(f"/inspections/{locked}/reopening", data={"reason": "照片不清"})
    assert again.status_code == 403
    assert "照片不清" in (await bureau.get("/inspections")).text, "what waits is shown where the day begins"
    await bureau.post(f"/inspections/{locked}/reopening/decide", data={"decision": "refuse", "remark": "证据充分"})
    page = (await reviewer.get(f"/inspections/{locked}")).text
    assert "未同意" in page
    assert "证据充分" in page
    assert await state(locked) == "locked"


async def test_the_database_opens_nothing_that_two_people_did_not_open(locked):
    one, other = [(await district.actor(login)).id for login in ("district", "district2")]
    holds = (await ratings.published("2026Q3")).id
    unlock = f"UPDATE inspection SET state = 'returned' WHERE id = {locked}"
    void = f"UPDATE inspection SET void_reason = 'x' WHERE id = {locked}"
    await Reopening.insert(
        Reopening(inspection=locked, run=holds, reason="x", state="asked", asked_by=one, asked_at=NOW)
    )
    grant = "UPDATE reopening SET state = 'granted', decided_by = "
    for sql, words in (
        (unlock, "two people only"),
        (void, "not made void"),
        ("UPDATE assessment_round SET void_reason = 'x'", "stays as it is"),
        (f"{grant}{one}", "asked for themselves"),
        ("UPDATE reopening SET reason = 'y'", "never changes"),
    ):
        with pytest.raises(Clash, match=words):
            async with transaction():
                await run(bound(), sql)
    async with transaction():
        await run(bound(), f"{grant}{other}")
        await run(bound(), unlock)
    with pytest.raises(Clash, match="decision on a reopening"):
        async with transaction():
            await run(bound(), "UPDATE reopening SET state = 'refused'")


async def test_void_rounds_and_inspections_are_not_rated(app):
    await rated.score(PACK)
    reviewer, bureau = await district.actor("reviewer.xl"), await district.actor("district")
    first = await inspection("QX-0001")
    fourth = (await Round.select(Round.id).where((Round.period == "2026Q3") & (Round.number == 4)).first())["id"]
    await voids.void_inspection(reviewer, first, reason="走错小区", at=NOW)
    await voids.void_round(bureau, fourth, reason="停检", at=NOW)
    number = await close_period(bureau, [PACK], Q3, at=NOW)
    [row] = await ratings.results(number, Scope(everything=True), code="QX-0001")
    assert row.working["rounds.number"] == [2, 3]
    await voids.restore_round(bureau, fourth, at=NOW)
    number = await close_period(bureau, [PACK], Q3, at=NOW)
    await publish(bureau, [PACK], number, at=NOW)
    with pytest.raises(Refused, match="不能再撤销"):
        await voids.restore_inspection(reviewer, first, at=NOW)
    with pytest.raises(Refused, match="不能作废"):
        await voids.void_round(bureau, fourth, reason="停检", at=NOW)
