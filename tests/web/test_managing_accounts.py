"""The account administrator opens, moves, closes and resets accounts; nobody their own; everything is in the trail."""

import re

import msgspec
import pytest

import district
from redproperty.store.tables import (
    AuditEntry,
    Company,
    Division,
    Estate,
    EstateGrid,
    Grid,
    LoginSession,
    PartyUnit,
    Person,
    Tenure,
)

NEW = {"login": "wang.he", "name": "王贺", "role": "inspector", "street": district.XIANLIN, "company": ""}


async def trail(deed: str) -> list[tuple[str, dict]]:
    rows = await AuditEntry.select().where(AuditEntry.deed == deed).order_by(AuditEntry.id)
    return [(row["subject"], msgspec.json.decode(row["details"])) for row in rows]


def first_password(page: str) -> str:
    found = re.search(r'id="first-password">([^<]+)<', page)
    assert found is not None
    return found[1]


async def test_a_new_account_signs_in_with_its_first_password_and_must_change_it(signed_in, stranger):
    client = await signed_in("admin")
    page = await client.post("/people", data=NEW)
    assert page.status_code == 200
    await stranger.get("/sign-in")
    form = {"login": "wang.he", "password": first_password(page.text)}
    assert (await stranger.post("/sign-in", data=form)).headers["location"] == "/"
    assert (await stranger.get("/estates")).headers["location"] == "/password"


async def test_the_first_password_is_kept_nowhere(signed_in):
    client = await signed_in("admin")
    password = first_password((await client.post("/people", data=NEW)).text)
    assert password not in (await client.get("/people/wang.he")).text
    assert password not in str(await AuditEntry.select())
    assert password not in str(await Person.select())
    subject, details = (await trail("manage_people"))[0]
    assert subject == "person:wang.he"
    assert details == {"change": "created", "name": "王贺", "role": "inspector", "street": district.XIANLIN}


async def test_all_problems_of_a_new_account_come_at_once_and_what_was_typed_stays(signed_in):
    client = await signed_in("admin")
    form = {"login": "Wang He!", "name": "", "role": "inspector", "street": "", "company": "1"}
    response = await client.post("/people", data=form)
    assert response.status_code == 422
    for text in ("账号名用 3 到 40 个", "请填姓名", "这个岗位要选街道", "只有企业账号才选企业", 'value="wang he!"'):
        assert text in response.text
    assert await Person.count().where(Person.login == "wang he!") == 0


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"login": "district"}, "账号名已被占用"),
        ({"login": "new"}, "账号名用 3 到 40 个"),
        ({"role": "emperor"}, "请选岗位"),
        ({"street": "320113099000"}, "没有这个街道"),
        ({"role": "company", "street": "", "company": "4711"}, "没有这个企业"),
        ({"role": "auditor"}, "这个岗位不属于街道"),
    ],
)
async def test_a_post_fits_its_parts_and_the_register(signed_in, change, problem):
    client = await signed_in("admin")
    response = await client.post("/people", data=NEW | change)
    assert response.status_code == 422
    assert problem in response.text


async def test_a_changed_post_ends_the_sessions_and_says_old_and_new(signed_in):
    inspector, admin = await signed_in("inspector.xl"), await signed_in("admin")
    company = (await Company.select(Company.id).first())["id"]
    form = {"role": "company", "street": "", "company": str(company)}
    assert (await admin.post("/people/inspector.xl/post", data=form)).status_code == 303
    assert (await inspector.get("/estates")).headers["location"] == "/sign-in?next=/estates"
    assert (await trail("manage_people"))[0][1] == {
        "change": "post",
        "old": {"role": "inspector", "street": district.XIANLIN},
        "new": {"role": "company", "company": company},
    }


async def test_a_closed_account_is_out_at_once_and_can_be_opened_again(signed_in, stranger):
    admin = await signed_in("admin")
    await signed_in("checker")
    await admin.post("/people/checker/disable")
    person = await Person.select(Person.id).where(Person.login == "checker").first()
    assert await LoginSession.count().where(LoginSession.person == person["id"]) == 0
    await stranger.get("/sign-in")
    form = {"login": "checker", "password": district.PASSWORD}
    assert "已停用" in (await stranger.post("/sign-in", data=form)).text
    await admin.post("/people/checker/enable")
    assert (await stranger.post("/sign-in", data=form)).status_code == 303


async def test_a_reset_lifts_the_lock_and_replaces_the_password(signed_in, stranger):
    admin = await signed_in("admin")
    await stranger.get("/sign-in")
    for _ in range(5):
        await stranger.post("/sign-in", data={"login": "checker", "password": "guess"})
    assert "暂时锁定" in (await admin.get("/people/checker")).text
    password = first_password((await admin.post("/people/checker/reset")).text)
    old = {"login": "checker", "password": district.PASSWORD}
    assert (await stranger.post("/sign-in", data=old)).status_code == 422
    assert (await stranger.post("/sign-in", data=old | {"password": password})).status_code == 303


@pytest.mark.parametrize("deed", ["disable", "reset", "post"])
async def test_nobody_changes_their_own_account_and_the_try_is_in_the_trail(signed_in, deed):
    admin = await signed_in("admin")
    response = await admin.post(f"/people/admin/{deed}", data={"role": "auditor", "street": "", "company": ""})
    assert response.status_code == 403
    assert "不能改自己的账号" in response.text
    assert (await trail("refused"))[0][0] == "person:admin"
    row = await Person.select(Person.role, Person.disabled, Person.must_change).where(Person.login == "admin").first()
    assert row == {"role": "admin", "disabled": False, "must_change": False}


async def test_the_auditor_reads_the_list_but_changes_nothing(signed_in):
    auditor = await signed_in("auditor")
    page = await auditor.get("/people/checker")
    assert page.status_code == 200
    assert "停用账号" not in page.text
    assert (await auditor.post("/people/checker/disable")).status_code == 403


async def test_others_do_not_see_accounts(signed_in):
    for login in ("inspector.xl", "district", "company1"):
        assert (await (await signed_in(login)).get("/people")).status_code == 403


async def test_the_administrator_sees_no_scores_and_no_money(signed_in):
    admin = await signed_in("admin")
    for path in ("/estates", "/inspections", "/ratings", "/subsidies", "/takeovers", "/imports", "/audit"):
        assert (await admin.get(path)).status_code in {403, 404}, path


@pytest.mark.parametrize(
    ("query", "found", "absent"),
    [
        ("q=巡", "inspector.xl", "inspector.mq"),
        ("q=INSPECTOR2", "inspector2.xl", "inspector.mq"),
        ("role=reviewer&street=" + district.MAQUN, "reviewer.mq", "reviewer.xl"),
        ("use=closed", "没有符合条件的账号", "reviewer.xl"),
        ("q=%25", "没有符合条件的账号", "reviewer.xl"),
    ],
)
async def test_the_address_narrows_the_list(signed_in, query, found, absent):
    page = (await (await signed_in("admin")).get(f"/people?{query}")).text
    assert found in page
    assert absent not in page


async def test_the_pages_are_in_english_too(signed_in):
    admin = await signed_in("admin")
    await admin.get("/language?to=en&back=/people")
    assert "New account" in (await admin.get("/people")).text
    assert "Closed" in (await admin.get("/people")).text
    assert "street inspector" in (await admin.get("/people/new")).text


async def test_without_streets_and_companies_the_form_says_who_imports_them_first(signed_in):
    client = await signed_in("admin")
    said = ("还没有街道，先由区住建局账号导入区划", "还没有企业，先由区住建局账号导入企业")
    page = (await client.get("/people/new")).text
    assert not any(text in page for text in said)
    for table in (Tenure, PartyUnit, EstateGrid, Estate):
        await table.delete(force=True)
    await Person.update({Person.company: None, Person.street: None}, force=True)
    for table in (Grid, Company, Division):
        await table.delete(force=True)
    page = (await client.get("/people/new")).text
    assert all(text in page for text in said)
