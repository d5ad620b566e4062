"""A share of a round is scored blind by a second inspector; it never counts, and how far the two lie apart is told."""

import re

import pytest

import district
import inspecting
from inspecting import PACKS
from redproperty.actions import inspections as actions
from redproperty.actions.inspections import Entry
from redproperty.domain.access import Scope
from redproperty.domain.periods import Period
from redproperty.domain.rounds import Draw, drawn
from redproperty.store import frames, inspections, ratings, rounds
from redproperty.store.schema import Clash, transaction
from redproperty.store.tables import AuditEntry, Inspection, Round

FORM = {"percent": "100", "seed": "会议0105", "due_on": "2026-12-10"}


@pytest.fixture
async def ids(app):
    return await inspecting.plan()


@pytest.fixture
async def number(ids) -> int:
    """The round in which 李巡 leads 青石园 and 无主巷 (仙林), 马查 燕江里 (马群)."""
    return (await Round.select(Round.id).where((Round.period == "2026Q4") & (Round.number == 2)).first())["id"]


async def second_of(first: int) -> int:
    return (await Inspection.select(Inspection.id).where(Inspection.second_of == first).first())["id"]


def test_a_draw_can_be_done_again_by_anybody():
    # coreutils: printf 's:A' | sha256sum begins 366e, s:B b51a, s:C ee0d
    assert drawn("CBA", Draw(34, "s")) == ["A", "B"], "rounded up"
    assert drawn("BCA", Draw(100, "s")) == ["A", "B", "C"]


async def test_another_inspector_of_the_street_gets_what_is_drawn(signed_in, ids, number):
    bureau = await signed_in("district")
    bad = await bureau.post(f"/rounds/{number}/seconds", data=FORM | {"percent": "0", "seed": ""})
    assert (bad.status_code, "请填写 1 到 100 的整数" in bad.text) == (422, True)
    await bureau.post(f"/rounds/{number}/seconds", data=FORM)
    rows = await Inspection.select(
        Inspection.estate.code.as_alias("code"), Inspection.inspector.login.as_alias("who"), Inspection.second_of
    ).where(Inspection.second_of.is_not_null())
    found = {row["code"]: (row["who"], row["second_of"]) for row in rows}
    # 马群 has one inspector only, who led the first look at 燕江里
    assert found == {
        "QX-0001": ("inspector2.xl", ids["open"]),
        "QX-0005": ("inspector2.xl", ids["unmanaged"]),
    }
    entry = await AuditEntry.select(AuditEntry.details).where(AuditEntry.deed == "draw_seconds").first()
    assert '"seed":"会议0105"' in entry["details"]
    assert '"left_out":["QX-0003"]' in entry["details"]
    again = await bureau.post(f"/rounds/{number}/seconds", data=FORM)
    assert (again.status_code, "每轮只抽一次" in again.text) == (403, True)
    assert "盲评" in (await (await signed_in("inspector2.xl")).get("/tasks")).text


async def test_neither_sees_the_others_sheet_before_their_own_is_done(signed_in, ids, number):
    first, bureau = ids["open"], await signed_in("district")
    one, two = await signed_in("inspector.xl"), await signed_in("inspector2.xl")
    lead = await district.actor("inspector.xl")
    await inspecting.fill(lead, first, {"BJ-01": Entry("found", "2", "积存垃圾", "泄密")})
    await actions.submit(lead, first, packs=PACKS, at=district.NOW)
    await bureau.post(f"/rounds/{number}/seconds", data=FORM)
    second = await second_of(first)
    sheet = (await two.get(f"/inspections/{second}")).text
    assert "盲评" in sheet
    assert "泄密" not in sheet
    assert "3 号楼东侧" in sheet, "the last round is for both to see"
    for path in (f"/inspections/{first}", f"/inspections/{first}/answers/BJ-01"):
        assert (await two.get(path)).status_code == 404
    assert f'href="/inspections/{first}"' not in (await two.get("/inspections?period=2026Q4")).text
    assert f"/inspections/{first}" not in (await two.get("/estates/QX-0001")).text
    assert "青石园" not in (await two.get("/inspections.csv?period=2026Q4&round=2")).text
    assert (await one.get(f"/inspections/{second}")).status_code == 404
    colleague = await district.actor("inspector2.xl")
    await inspecting.fill(colleague, second, {"BJ-01": Entry("found", "4", "积存垃圾")})
    await actions.submit(colleague, second, packs=PACKS, at=district.NOW)
    assert (await two.get(f"/inspections/{first}")).status_code == 200
    assert (await one.get(f"/inspections/{second}")).status_code == 404, "the first can still be amended"
    amended = await two.post(f"/inspections/{second}/answers/BJ-01/amend", data={"outcome": "clean", "reason": "x"})
    assert amended.status_code == 403, "nobody levels the second with the first"
    reviewer = await signed_in("reviewer.xl")
    assert (await reviewer.post(f"/inspections/{second}/review", data={"decision": "accept"})).status_code == 403
    report = (await reviewer.get(f"/rounds/{number}/seconds")).text
    # two places more, at half a point each: 99.00 → 98.00
    assert re.search(r"99\.00 → 98\.00 <b>−1\.00</b>", report)
    assert re.search(r'<th scope="row">李巡</th><td[^>]*>1</td><td[^>]*>1\.00</td>', report)
    assert report.count('class="code"') == 1, "only the item that differs is listed"


async def test_a_second_look_is_in_no_rating_no_count_and_no_list(ids, number, signed_in):
    lead, first = await district.actor("inspector.xl"), ids["open"]
    await inspecting.fill(lead, first)
    await actions.submit(lead, first, packs=PACKS, at=district.NOW)
    bureau = await signed_in("district")
    before = await counted(number)
    await bureau.post(f"/rounds/{number}/seconds", data=FORM)
    second, colleague = await second_of(first), await district.actor("inspector2.xl")
    await inspecting.fill(colleague, second, {"BJ-01": Entry("found", "6")})
    await actions.submit(colleague, second, packs=PACKS, at=district.NOW)
    await Inspection.update({Inspection.state: "accepted"}).where(Inspection.id == second)  # even so
    assert await counted(number) == before
    with pytest.raises(Clash, match="never counts"):
        async with transaction():
            await ratings.lock_inspections([second])
    row = await inspections.fetch(await third(number), Scope(everything=True))
    assert (await inspections.previous(row, ["accepted", "submitted"])).id == first


async def third(number: int) -> int:
    """A later inspection of 青石园."""
    first = (Inspection.round == number) & (Inspection.estate.code == "QX-0001") & Inspection.second_of.is_null()
    row = await Inspection.select(Inspection.estate, Inspection.inspector).where(first).first()
    [opened] = await Round.insert(
        Round(period="2026Q4", number=3, opens_on=district.TODAY, due_on=district.TODAY)
    )  # fmt: skip
    [made] = await Inspection.insert(
        Inspection(round=opened["id"], estate=row["estate"], inspector=row["inspector"], state="draft",
                   due_on=district.TODAY)
    )  # fmt: skip
    return made["id"]


async def counted(number: int) -> tuple:
    """What ratings, lists and counts of the period see."""
    pack, period, whole = inspecting.PACK, Period(2026, 4), Scope(everything=True)
    frame = await frames.inspections_frame(period, pack.sheet.codes, edition=pack.edition)
    return (
        frame["inspection_id"].to_list(),
        await ratings.states_of(period),
        await ratings.editions_of(period),
        await ratings.pending(period),
        sum(one.count for one in await rounds.tallies("2026Q4", whole)),
        len(await inspections.listed(inspections.Wanted("2026Q4"), whole)),
        await rounds.size(number),
    )
