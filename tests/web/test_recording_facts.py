"""Facts typed on the page of an estate: checked by the edition, corrected without erasing, shown beside the score."""

import re
from datetime import date

import msgspec
import pytest

import district
import inspecting
import rated
from redproperty.actions import facts as deeds
from redproperty.actions.facts import Desk, FactForm
from redproperty.actions.ratings import close_period, publish
from redproperty.domain.texts import Refused
from redproperty.store import frames
from redproperty.store.schema import Clash, transaction
from redproperty.store.tables import AuditEntry, Fact

PACK = rated.the_pack()
AT = "/estates/QX-0001/facts"
SURVEY = {
    "fact": "satisfaction", "value": "86.5", "valid_from": "2026-10-01", "valid_to": "2026-12-31",
    "source": "第三方满意度调查", "document": "调〔2026〕4号", "evidence": "",
}  # fmt: skip


def line(page: str, text: str) -> str:
    """Return the row of the records that holds a text, without tags."""
    rows = re.findall(r'<tr id="r-\d+">(.*?)</tr>', page, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", next(row for row in rows if text in row)).split())


async def satisfaction(code: str = "QX-0001") -> int | None:
    rows = await frames.estates_frame(rated.Q3.later(1), PACK.rating.facts)
    return dict(zip(rows["estate_code"], rows["satisfaction"], strict=True))[code]


async def test_what_is_recorded_counts_in_its_period_with_source_and_document(signed_in):
    client = await signed_in("reviewer.xl")
    form = (await client.get(f"{AT}?fact=satisfaction")).text
    assert 'name="value"' in form
    answer = await client.post(AT, data=SURVEY)
    assert (answer.status_code, answer.headers["location"]) == (303, AT)
    told = line((await client.get(AT)).text, "86.5")
    assert "本期计入" in told
    assert "第三方满意度调查 · 调〔2026〕4号" in told
    assert await satisfaction() == 86_500_000
    assert "本期计入" not in (await client.get(f"{AT}?period=2026Q3")).text


async def test_everything_wrong_is_said_at_once_at_its_field_and_kept(signed_in):
    client = await signed_in("reviewer.xl")
    wrong = {
        **SURVEY,
        "value": "120",
        "valid_from": "2026-11-01",
        "valid_to": "2026-10-01",
        "source": "",
        "document": "",
    }
    answer = await client.post(AT, data=wrong)
    assert answer.status_code == 422
    for name in ("value", "valid_to", "source", "document"):
        assert f'href="#f-{name}"' in answer.text, name
    assert 'value="120"' in answer.text
    share = await client.post(AT, data={**SURVEY, "fact": "collection", "value": "0.92"})
    assert "看起来是比例" in share.text
    assert await Fact.count() == 0


async def test_a_fact_is_not_recorded_twice_from_the_same_day(signed_in):
    client = await signed_in("district")
    await client.post(AT, data=SURVEY)
    answer = await client.post(AT, data={**SURVEY, "value": "90"})
    assert "点“更正”" in answer.text
    assert await satisfaction() == 86_500_000


async def test_a_correction_erases_nothing(signed_in):
    client = await signed_in("reviewer.xl")
    await client.post(AT, data=SURVEY)
    [row] = await Fact.select(Fact.id)
    assert 'value="86.5"' in (await client.get(f"{AT}?correct={row['id']}")).text
    at = f"{AT}/{row['id']}/correct"
    refused = await client.post(at, data={**SURVEY, "value": "68.5"})
    assert 'href="#f-reason"' in refused.text
    await client.post(at, data={**SURVEY, "value": "68.5", "reason": "报告第3页写反"})
    page = (await client.get(AT)).text
    assert "已撤销 报告第3页写反 · 王核" in line(page, "86.5")
    assert "本期计入" in line(page, "68.5")
    assert await satisfaction() == 68_500_000
    entry = await AuditEntry.select().where(AuditEntry.deed == "record_facts").order_by(AuditEntry.id, ascending=False)
    said = msgspec.json.decode(entry[0]["details"])
    assert (said["old"]["value"], said["new"]["value"]) == (86_500_000, 68_500_000)


async def test_a_withdrawn_fact_counts_no_more_and_stays_with_its_reason(signed_in):
    client = await signed_in("reviewer.xl")
    await client.post(AT, data=SURVEY)
    [row] = await Fact.select(Fact.id)
    bare = await client.post(f"{AT}/{row['id']}/withdraw", data={"reason": ""})
    assert (bare.status_code, "请写明原因" in bare.text) == (422, True)
    await client.post(f"{AT}/{row['id']}/withdraw", data={"reason": "登记到了别的小区"})
    assert "登记到了别的小区" in line((await client.get(AT)).text, "86.5")
    assert await satisfaction() is None
    await client.post(AT, data=SURVEY)  # and can be recorded anew
    assert await satisfaction() == 86_500_000


async def test_who_may_not_record_reads_and_is_told_who_can(signed_in):
    for login in ("inspector.xl", "company1", "auditor"):
        client = await signed_in(login)
        page = (await client.get(AT)).text
        assert "岗位权限表" in page, login
        assert (await client.post(AT, data=SURVEY)).status_code == 403
    assert (await (await signed_in("reviewer.mq")).get(AT)).status_code == 404


async def test_facts_stand_beside_the_score(signed_in):
    await rated.score(PACK)
    bureau = await district.actor("district")
    await publish(bureau, [PACK], await close_period(bureau, [PACK], rated.Q3, at=district.NOW), at=district.NOW)
    why = (await (await signed_in("company1")).get("/ratings/2026Q3/QX-0001")).text
    beside = why[why.index("本期登记的事实") :]
    assert "季度报表" in beside
    assert "45" in beside  # the collection of fees, which caps the stars


async def test_the_deeds_refuse_what_is_foreign_or_gone(record):
    desk = Desk([PACK], district.NOW, district.TODAY)
    form = FactForm("satisfaction", "80", date(2026, 10, 1), source="表", document="1号")
    with pytest.raises(Refused):
        await deeds.record(await district.actor("reviewer.mq"), "QX-0001", form, desk)
    street = await district.actor("reviewer.xl")
    await deeds.record(street, "QX-0001", form, desk)
    [row] = await Fact.select(Fact.id)
    await deeds.withdraw(street, "QX-0001", row["id"], "错", desk)
    with pytest.raises(Refused):
        await deeds.withdraw(street, "QX-0001", row["id"], "错", desk)
    with pytest.raises(Clash):  # the database itself keeps what was said
        async with transaction():
            await Fact.update({Fact.value: 1}).where(Fact.id == row["id"])


async def test_the_inspector_has_them_in_sight_while_scoring(signed_in):
    ids = await inspecting.plan()
    await (await signed_in("reviewer.xl")).post(AT, data={**SURVEY, "fact": "hotline_count", "value": "7"})
    page = (await (await signed_in("inspector.xl")).get(f"/inspections/{ids['open']}")).text
    head = page[: page.index('class="category"')]
    assert re.search(r"12345 工单数 <b>7 件</b>", head)
