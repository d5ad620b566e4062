"""Who manages an estate, and the Party unit of its property, are changed without overlap, unstated gap or lost past."""

from dataclasses import replace
from datetime import date

import msgspec
import pytest

import district
from district import NOW, TODAY
from redproperty.actions.estates import ManagementChange, PartyUnitForm, change_management, record_party_unit
from redproperty.domain.estates import Management, PartyForm, PartyStatus, management_on
from redproperty.domain.texts import Invalid, Refused
from redproperty.store import tenures
from redproperty.store.tables import AuditEntry, Company, Estate, Takeover

pytestmark = [pytest.mark.both, pytest.mark.usefixtures("record")]
DOCUMENT = "栖房〔2026〕12 号"


async def company(name: str) -> int:
    row = await Company.select(Company.id).where(Company.name.like(f"{name}%")).first()
    assert row is not None
    return row["id"]


async def estate(code: str) -> int:
    row = await Estate.select(Estate.id).where(Estate.code == code).first()
    assert row is not None
    return row["id"]


async def change(code: str, wanted: ManagementChange, *, login: str = "district") -> None:
    await change_management(await district.actor(login), code, wanted, at=NOW, today=TODAY)


async def problems(code: str, wanted: ManagementChange) -> list[str]:
    with pytest.raises(Invalid) as refused:
        await change(code, wanted)
    return [problem.field for problem in refused.value.problems]


async def held(code: str) -> list[tuple[str, str | None, date, date | None]]:
    rows = await tenures.of_estate(await estate(code))
    return [(row.tenure.management.value, row.company, row.tenure.begins, row.tenure.ends) for row in rows]


async def test_a_new_company_follows_on_the_day_without_overlap_or_gap():
    second = await company("钟山")
    await change("QX-0001", ManagementChange(Management.MARKET, date(2026, 12, 1), second, DOCUMENT))
    assert await held("QX-0001") == [
        ("market", "栖安物业服务有限公司", date(2020, 1, 1), date(2026, 12, 1)),
        ("market", "钟山物业服务有限公司", date(2026, 12, 1), None),
    ]
    entry = await AuditEntry.select().where(AuditEntry.deed == "edit_estates").first()
    details = msgspec.json.decode(entry["details"])
    assert entry["subject"] == "estate:QX-0001"
    assert details["old"] == {"management": "market", "company": "栖安物业服务有限公司"}
    assert details["document"] == DOCUMENT


async def test_management_that_ends_leaves_the_estate_counted_as_unmanaged():
    await change("QX-0001", ManagementChange(Management.NONE, date(2026, 11, 20), document=DOCUMENT))
    stints = [row.tenure for row in await tenures.of_estate(await estate("QX-0001"))]
    assert management_on(stints, date(2026, 11, 19)) is Management.MARKET
    assert management_on(stints, date(2026, 11, 20)) is Management.NONE


async def test_owners_who_manage_themselves_have_no_company():
    await change("QX-0005", ManagementChange(Management.SELF, date(2026, 11, 1), document=DOCUMENT))
    assert await held("QX-0005") == [("self", None, date(2026, 11, 1), None)]
    assert await problems(
        "QX-0003", ManagementChange(Management.SELF, date(2026, 11, 1), await company("钟山"), DOCUMENT)
    ) == ["company"]


async def test_a_gap_must_be_stated_before_it_is_written():
    await change("QX-0001", ManagementChange(Management.NONE, date(2026, 11, 1), document=DOCUMENT))
    late = ManagementChange(Management.MARKET, date(2026, 11, 11), await company("钟山"), DOCUMENT)
    with pytest.raises(Invalid) as refused:
        await change("QX-0001", late)
    [problem] = refused.value.problems
    assert problem.field == "gap"
    assert "10 天无人管理" in problem.text.zh
    await change("QX-0001", replace(late, gap_stated=True))
    assert [row[2:] for row in await held("QX-0001")][-1] == (date(2026, 11, 11), None)


@pytest.mark.parametrize(
    ("code", "wanted", "fields"),
    [
        ("QX-0001", ManagementChange(None, None), ["management", "begins", "document"]),
        ("QX-0001", ManagementChange(Management.CUSTODY, TODAY, 1, DOCUMENT), ["management"]),
        ("QX-0001", ManagementChange(Management.EMERGENCY, TODAY, 1, DOCUMENT), ["management"]),
        ("QX-0001", ManagementChange(Management.MARKET, TODAY, None, DOCUMENT), ["company"]),
        ("QX-0001", ManagementChange(Management.MARKET, TODAY, 4711, DOCUMENT), ["company"]),
        ("QX-0001", ManagementChange(Management.NONE, TODAY, document="x" * 121), ["document"]),
        ("QX-0001", ManagementChange(Management.NONE, date(2027, 11, 25), document=DOCUMENT), ["begins"]),
        ("QX-0005", ManagementChange(Management.NONE, TODAY, document=DOCUMENT), ["management"]),
        ("QX-0002", ManagementChange(Management.NONE, date(2026, 8, 15), document=DOCUMENT), ["begins"]),
        ("QX-0002", ManagementChange(Management.NONE, date(2026, 8, 1), document=DOCUMENT), ["begins"]),
    ],
)
async def test_what_cannot_stand_is_said_at_its_field(code, wanted, fields):
    before = await held(code)
    assert await problems(code, wanted) == fields
    assert await held(code) == before


async def test_the_same_company_again_is_no_change():
    assert await problems("QX-0001", ManagementChange(Management.MARKET, TODAY, await company("栖安"), DOCUMENT)) == [
        "management"
    ]


async def test_an_open_takeover_decides_who_manages():
    await Takeover.insert(
        Takeover(number="TG-2026-0001", estate=await estate("QX-0001"), state="AT_RISK", trigger="not_performing",
                 edition="2026-01-01", opened_on=TODAY, entered_on=TODAY)
    )  # fmt: skip
    with pytest.raises(Refused, match="TG-2026-0001"):
        await change("QX-0001", ManagementChange(Management.NONE, TODAY, document=DOCUMENT))


@pytest.mark.parametrize("login", ["reviewer.mq", "inspector.xl", "company1", "auditor", "admin"])
async def test_a_foreign_street_and_other_posts_change_nothing(login):
    before = await held("QX-0001")
    with pytest.raises(Refused):
        await change("QX-0001", ManagementChange(Management.NONE, TODAY, document=DOCUMENT), login=login)
    assert await held("QX-0001") == before


APPROVED = PartyUnitForm(
    form=PartyForm.JOINT,
    status=PartyStatus.APPROVED,
    on=date(2026, 11, 2),
    approval_number="栖组〔2026〕3 号",
    secretary="周书记",
    members=7,
    last_activity_on=date(2026, 11, 20),
)


async def party(code: str, wanted: PartyUnitForm, *, login: str = "district") -> None:
    await record_party_unit(await district.actor(login), code, wanted, at=NOW, today=TODAY)


async def units(code: str) -> list[tuple[str, str, date | None, date | None]]:
    return [(unit.form, unit.status, unit.approved_on, unit.ended_on)
            for unit in await tenures.party_units(await estate(code))]  # fmt: skip


async def test_a_first_party_unit_is_written_with_everything_that_proves_it():
    await party("QX-0003", APPROVED)
    [unit] = await tenures.party_units(await estate("QX-0003"))
    assert (unit.form, unit.status, unit.approval_number, unit.approved_on) == (
        "joint", "approved", "栖组〔2026〕3 号", date(2026, 11, 2)
    )  # fmt: skip
    assert (unit.secretary, unit.members, unit.last_activity_on) == ("周书记", 7, date(2026, 11, 20))


async def test_another_form_ends_the_old_unit_and_begins_a_new_one():
    await party("QX-0001", APPROVED)
    assert await units("QX-0001") == [
        ("joint", "approved", date(2026, 11, 2), None),
        ("own", "approved", date(2021, 6, 1), date(2026, 11, 2)),
    ]


async def test_the_same_form_stays_the_same_unit():
    await party("QX-0002", APPROVED)
    assert await units("QX-0002") == [("joint", "approved", date(2026, 11, 2), None)]


async def test_a_unit_ends_on_its_day_and_stays_in_the_past():
    await party("QX-0001", PartyUnitForm(form=PartyForm.NONE, on=date(2026, 10, 1)))
    assert await units("QX-0001") == [("own", "approved", date(2021, 6, 1), date(2026, 10, 1))]


@pytest.mark.parametrize(
    ("code", "change", "fields"),
    [
        ("QX-0003", {"form": None}, ["form"]),
        ("QX-0003", {"status": PartyStatus.NONE}, ["status"]),
        ("QX-0003", {"on": None, "approval_number": " "}, ["on", "approval_number"]),
        ("QX-0003", {"on": date(2026, 11, 24), "last_activity_on": date(2026, 11, 24)}, ["on", "last_activity_on"]),
        ("QX-0003", {"secretary": "书" * 61, "approval_number": "号" * 61}, ["approval_number", "secretary"]),
        ("QX-0003", {"members": None}, ["members"]),
        ("QX-0003", {"members": 10_000}, ["members"]),
        ("QX-0003", {"last_activity_on": None, "unreadable": frozenset({"last_activity_on"})}, ["last_activity_on"]),
        ("QX-0003", {"on": None, "unreadable": frozenset({"on"})}, ["on"]),
        ("QX-0001", {"on": date(2021, 6, 1)}, ["on"]),
        ("QX-0003", {"form": PartyForm.NONE}, ["form"]),
        ("QX-0001", {"form": PartyForm.NONE, "on": None}, ["on"]),
        ("QX-0001", {"form": PartyForm.NONE, "on": date(2026, 11, 24)}, ["on"]),
        ("QX-0001", {"form": PartyForm.NONE, "on": date(2021, 6, 1)}, ["on"]),
    ],
)
async def test_a_wrong_party_unit_is_said_at_its_fields(code, change, fields):
    before = await units(code)
    with pytest.raises(Invalid) as refused:
        await party(code, replace(APPROVED, **change))
    assert [problem.field for problem in refused.value.problems] == fields
    assert await units(code) == before


async def test_a_reviewer_records_in_their_street_only():
    await party("QX-0002", APPROVED, login="reviewer.xl")
    with pytest.raises(Refused):
        await party("QX-0003", APPROVED, login="reviewer.xl")
