"""The auditor sees every sign-in, refusal, change and export in words, filters, exports and proves them whole."""

import io

import openpyxl
import pytest

import district
from redproperty.domain.audit import details_said, sentence, subject_said
from redproperty.store import audit
from redproperty.store.engine import run
from redproperty.store.schema import bound, transaction
from redproperty.store.tables import AuditEntry


async def add(deed: str, subject: str, *, login: str = "district", details=None, at=district.NOW) -> None:
    actor = await district.actor(login)
    async with transaction():
        await audit.add(actor, deed, subject, at=at, details=details or {})


async def test_sign_ins_failures_and_refusals_are_there_in_words(signed_in, stranger):
    await stranger.get("/sign-in")
    await stranger.post("/sign-in", data={"login": "checker", "password": "guess"})
    await (await signed_in("inspector.xl")).get("/people")
    page = (await (await signed_in("auditor")).get("/audit")).text
    for words in ("登录失败", "周审", "被拒绝", "李巡", "查看账号", "街道检查员", 'href="/people/checker"'):
        assert words in page


@pytest.mark.parametrize(
    ("query", "found", "absent"),
    [
        ("who=赵", "QX-0001", "QX-0002"),
        ("deed=open_takeover", "QX-0002", "QX-0001"),
        ("about=qx-0001", "QX-0001", "QX-0002"),
        ("since=2026-11-23&until=2026-11-23", "QX-0001", "QX-0003"),
        ("until=2026-11-22", "QX-0003", "QX-0001"),
        ("about=%25", "没有符合条件的记录", "QX-0001"),
        ("since=tomorrow", "QX-0003", "没有符合条件的记录"),
    ],
)
async def test_the_address_filters(signed_in, query, found, absent):
    auditor = await signed_in("auditor")
    await add("edit_estates", "estate:QX-0001")
    await add("open_takeover", "estate:QX-0002", login="custody")
    await add("edit_estates", "estate:QX-0003", login="reviewer.mq", at=district.NOW.replace(day=22, hour=1))
    page = (await auditor.get(f"/audit?{query}")).text
    assert found in page
    assert f">小区 {absent}<" not in page


async def test_a_day_is_a_day_in_china(signed_in):
    auditor = await signed_in("auditor")
    await add("edit_estates", "estate:QX-0001", at=district.NOW.replace(day=22, hour=16, minute=30))
    assert "2026-11-23 00:30" in (await auditor.get("/audit?since=2026-11-23&deed=edit_estates")).text
    assert "没有符合条件的记录" in (await auditor.get("/audit?until=2026-11-22&deed=edit_estates")).text


async def test_long_lists_are_paged_and_the_filter_stays(signed_in):
    auditor = await signed_in("auditor")
    for number in range(60):
        await add("export", "estates", details={"rows": number})
    first = (await auditor.get("/audit?deed=export")).text
    second = (await auditor.get("/audit?deed=export&number=2")).text
    assert "第 1 / 2 页" in first
    assert 'href="/audit?deed=export&amp;number=2"' in first
    assert second.count('<tr id="e-') == 10
    assert (await auditor.get("/audit?number=999")).status_code == 200


async def test_an_export_holds_what_the_filter_shows_and_is_itself_an_entry(signed_in):
    auditor = await signed_in("auditor")
    await add("edit_estates", "estate:=1+1", details={"name": "=HYPERLINK()"})
    response = await auditor.get("/audit.xlsx?deed=edit_estates")
    assert response.headers["content-disposition"].startswith("attachment")
    sheet = openpyxl.load_workbook(io.BytesIO(response.content)).active
    cells = [cell for row in sheet.iter_rows(values_only=True) for cell in row if cell is not None]
    assert "修改小区资料" in cells
    assert "小区 =1+1" in cells
    assert "登录" not in cells
    last = await AuditEntry.select().order_by(AuditEntry.id, ascending=False).first()
    assert (last["deed"], last["subject"]) == ("export", "audit")
    assert last["details"] == '{"filter":"deed=edit_estates","format":"xlsx","rows":1}'


async def test_the_csv_opens_in_chinese_excel(signed_in):
    response = await (await signed_in("auditor")).get("/audit.csv")
    assert response.content.startswith("\ufeff编号,时间,姓名".encode())


async def test_the_chain_is_shown_whole_and_then_broken(signed_in):
    auditor = await signed_in("auditor")
    await add("edit_estates", "estate:QX-0001")
    # the rules taken on at set-up, the sign-in, the edit
    assert "链完整：3 条" in (await auditor.get("/audit/chain")).text
    await run(bound(), "DROP TRIGGER audit_entry_no_update")
    await AuditEntry.update({AuditEntry.details: "{}"}).where(AuditEntry.subject == "estate:QX-0001")
    await AuditEntry.update({AuditEntry.name: "别人"}).where(AuditEntry.subject == "estate:QX-0001")
    part = (await auditor.get("/audit/chain", headers={"hx-request": "true"})).text
    assert "链在第 3 号记录处断开，之前 2 条无误" in part
    assert "<html" not in part


@pytest.mark.parametrize(
    "login", ["inspector.xl", "reviewer.xl", "district", "preparer", "company1", "custody", "admin"]
)
async def test_nobody_but_the_auditor_reads_the_log(signed_in, login):
    client = await signed_in(login)
    for path in ("/audit", "/audit/chain", "/audit.xlsx", "/audit.csv"):
        assert (await client.get(path)).status_code == 403


@pytest.mark.parametrize(
    ("subject", "label", "href"),
    [
        ("estate:QX-0001", "小区 QX-0001", "/estates/QX-0001"),
        ("inspection:12", "检查 12", "/inspections/12"),
        ("rating:2026Q3:QX-0001", "星级 2026Q3:QX-0001", "/ratings/2026Q3/QX-0001"),
        ("subsidies", "补贴清单", "/subsidies"),
        ("import:scores", "导入 检查评分", None),
        ("unheard:of", "unheard of", None),
        ("unheard", "unheard", None),
    ],
)
def test_a_subject_is_said_and_linked(subject, label, href):
    said = subject_said(subject)
    assert (said.label.zh, said.href) == (label, href)


def test_particulars_are_said_in_both_languages():
    details = {
        "old": {"role": "inspector", "street": "320113007000"},
        "new": {"role": "inspector", "street": "320113002000"},
        "budget_fen": 460_000_000, "score": 87_500_000, "locked": True, "why": "", "items": ["A", "B"],
    }  # fmt: skip
    streets = {"320113007000": "仙林街道", "320113002000": "马群街道"}
    assert sentence(details, streets).zh == (
        "预算：4,600,000.00；得分：87.5；已锁定：是；项目：A；B；街道：仙林街道 → 马群街道"
    )
    assert sentence({"locked": False, "deed": "view_people"}, {}).en == "locked: no; deed: see accounts"


def test_a_long_list_is_cut_with_its_count():
    ((name, told),) = details_said({"items": [str(number) for number in range(30)]}, {})
    assert name.zh == "项目"
    assert told.zh.endswith("11；等 30 项")


async def test_the_log_is_in_english_too(signed_in):
    auditor = await signed_in("auditor")
    await auditor.get("/language?to=en&back=/audit")
    page = (await auditor.get("/audit")).text
    assert "signed in" in page
    assert "Check the chain of seals" in page
