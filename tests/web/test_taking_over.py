"""The custody office opens cases, moves them along the state table, and sees every clock on one board."""

import csv
import io
import re
from datetime import date

import pytest

import district
import rated
from district import NOW, TODAY
from redproperty.actions.takeovers import Law, NextMove, Opening, move_case, open_case
from redproperty.store.tables import Company, Takeover

PACK = rated.the_pack()
LAW = Law(PACK.edition, PACK.takeover)
OPEN = {
    "estate": "QX-0005",
    "trigger": "never_managed",
    "on": "2026-11-20",
    "document": "摸排〔2026〕4 号",
    "basis": "",
}
STEP = {"event": "emergency_decided", "on": "2026-11-21", "document": "决定 1 号", "basis": "示例", "guard_met": "1"}


async def company(name: str) -> int:
    return (await Company.select(Company.id).where(Company.name.like(f"{name}%")).first())["id"]


async def case(code: str, trigger: str, on: date, *steps: NextMove, ends: bool = False) -> str:
    office = await district.actor("custody")
    number = await open_case(
        office, LAW, code, Opening(trigger, on, "", "号", ends_management=ends), at=NOW, today=TODAY
    )
    for step in steps:
        await move_case(office, LAW, number, step, at=NOW, today=TODAY)
    return number


async def board() -> dict[str, str]:
    """Open four cases, one at each level of the clock, and return their numbers by estate."""
    return {
        "QX-0005": await case("QX-0005", "never_managed", date(2026, 11, 10)),  # 3 days, day one counted: 12 Nov
        "QX-0001": await case("QX-0001", "not_performing", date(2026, 11, 18)),  # 5 working days, not counted: 25 Nov
        "QX-0002": await case("QX-0002", "dismissed", date(2026, 11, 20)),  # 60 days, not counted: 19 January
        "QX-0003": await case("QX-0003", "lapsed", date(2026, 7, 1)),  # no limit
    }


def estates(page: str) -> list[str]:
    return re.findall(r'<td><a href="/takeovers/[^"]+"><strong>([^<]+)</strong>', page)


async def test_the_board_shows_the_tightest_clock_first(signed_in):
    client = await signed_in("custody")
    await board()
    page = (await client.get("/takeovers")).text
    assert estates(page) == ["无主巷", "青石园", "紫金花苑", "燕江里"]
    for words in ("超期 11 天", "剩 2 个工作日", "剩 57 天", "无期限", "2026-11-12", "2026-11-25", "2027-01-19"):
        assert words in page, words


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("level=overdue", ["无主巷"]),
        ("level=warn", ["青石园"]),
        ("level=none", ["燕江里"]),
        ("state=EXIT_NOTICED", ["紫金花苑"]),
        (f"street={district.MAQUN}", ["燕江里"]),
        ("sort=-age", ["燕江里", "无主巷", "青石园", "紫金花苑"]),
        ("sort=due", ["无主巷", "青石园", "紫金花苑", "燕江里"]),  # what has no date comes last
        ("sort=-due", ["紫金花苑", "青石园", "无主巷", "燕江里"]),
        ("level=yesterday&sort=magic", ["无主巷", "青石园", "紫金花苑", "燕江里"]),
        ("closed=1", []),
    ],
)
async def test_the_address_narrows_and_sorts_the_board(signed_in, query, found):
    client = await signed_in("custody")
    await board()
    assert estates((await client.get(f"/takeovers?{query}")).text) == found
    lines = list(csv.reader(io.StringIO((await client.get(f"/takeovers.csv?{query}")).content.decode("utf-8-sig"))))
    assert [line[0] for line in lines[1:]] == found
    assert lines[0] == ["小区", "街道", "案号", "状态", "期限", "到期日", "案龄（天）", "服务企业", "户数"]


async def test_columns_of_the_board_are_chosen_in_the_address(signed_in):
    client = await signed_in("custody")
    await board()
    text = (await client.get("/takeovers.csv?columns=trigger_title,left&level=warn")).content.decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(text))) == [
        ["小区", "期限", "触发情形"], ["青石园", "剩 2 个工作日", "企业不履约，影响基本生活"]
    ]  # fmt: skip


async def test_a_case_opens_with_trigger_article_and_document(signed_in):
    client = await signed_in("reviewer.xl")
    form = (await client.get("/takeovers/new?estate=QX-0005")).text
    for trigger in LAW.rules.triggers:
        assert f'value="{trigger.code}"' in form
        assert trigger.title.zh in form
        assert trigger.basis in form
        assert trigger.document.zh in form
    response = await client.post("/takeovers", data=OPEN)
    assert response.headers["location"] == "/takeovers/TG-2026-0001"
    page = (await client.get("/takeovers/TG-2026-0001")).text
    for words in (
        "已立案 TG-2026-0001",
        "从未有过物业管理",
        "摸排〔2026〕4 号",
        LAW.rules.trigger("never_managed").basis,
    ):
        assert words in page, words


async def test_an_opening_says_all_its_problems_and_keeps_what_was_typed(signed_in):
    client = await signed_in("custody")
    response = await client.post("/takeovers", data={"estate": "QX-0001", "on": "2026-99-01", "note": "长" * 501})
    assert response.status_code == 422
    for text in ("请从法定情形中选择一项", "请填写日期", "请填写依据文件文号", "最多 500 个字", 'value="2026-99-01"'):
        assert text in response.text, text


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"estate": "QX-0004", "trigger": "abandoned"}, "小区由“兜底托管”负责"),
        ({"estate": "QX-0001", "trigger": "abandoned"}, "这一天小区仍由物业企业管理"),
        ({"trigger": "no_renewal"}, "该小区当日已无人管理"),
        ({"on": "2026-11-24"}, "不能晚于今天"),
        ({"basis": "条" * 201}, "最多 200 个字"),
    ],
)
async def test_a_trigger_that_does_not_fit_the_estate_says_why(signed_in, change, problem):
    response = await (await signed_in("custody")).post("/takeovers", data=OPEN | change)
    assert response.status_code == 422
    assert problem in response.text
    assert await Takeover.count() == 0


async def test_an_estate_with_an_open_case_leads_there(signed_in):
    client = await signed_in("custody")
    await client.post("/takeovers", data=OPEN)
    assert 'href="/takeovers/TG-2026-0001"' in (await client.get("/takeovers/new?estate=QX-0005")).text
    again = await client.post("/takeovers", data=OPEN)
    assert again.status_code == 403
    assert "TG-2026-0001" in again.text
    assert (await client.get("/takeovers/new")).headers["location"] == "/estates?management=none"
    assert (await client.get("/takeovers/new?estate=NONE")).status_code == 404


async def test_only_the_moves_of_the_table_are_offered(signed_in):
    client = await signed_in("custody")
    number = await case("QX-0005", "never_managed", date(2026, 11, 20))
    page = (await client.get(f"/takeovers/{number}")).text
    offered = re.findall(rf'href="/takeovers/{number}\?step=(\w+)#moves"', page)
    assert offered == ["emergency_decided", "custody_decided", "contracted"]
    assert '<form method="post" action="/takeovers/' not in page
    opened = (await client.get(f"/takeovers/{number}?step=custody_decided")).text
    assert opened.count('action="/takeovers/TG-2026-0001/moves"') == 1
    assert "街道会议纪要" in opened  # the paper that proves it
    assert "由街道物业公司承担" in opened


async def test_a_move_asks_for_everything_at_once_and_keeps_what_was_typed(signed_in):
    client = await signed_in("custody")
    number = await case("QX-0005", "never_managed", date(2026, 11, 20))
    form = {"event": "emergency_decided", "on": "soon", "document": "", "basis": "", "note": "已通知业主"}
    response = await client.post(f"/takeovers/{number}/moves", data=form)
    assert response.status_code == 422
    for text in (
        "请填写日期",
        "请填写依据文件文号",
        "请填写依据（条款号）",
        "请选择服务企业",
        "须先确认条件",
        "已通知业主",
    ):
        assert text in response.text, text
    jumped = await client.post(f"/takeovers/{number}/moves", data=STEP | {"event": "inspected"})
    assert jumped.status_code == 422
    assert "请从允许的下一步中选择" in jumped.text


async def test_the_page_of_a_case_tells_everything_in_order(signed_in):
    client = await signed_in("custody")
    number = await case("QX-0005", "never_managed", date(2026, 11, 10))
    step = STEP | {"provider": str(await company("钟山")), "note": "先保供水"}
    assert (await client.post(f"/takeovers/{number}/moves", data=step)).status_code == 303
    page = (await client.get(f"/takeovers/{number}")).text
    history = page.split('<ol class="timeline">')[1]
    told = [
        "2026-11-10", "失管", "从未有过物业管理", "期限至 2026-11-12，超期 9 天后办结",
        "2026-11-21", "街道启动应急服务", "决定 1 号", "已确认：依据已记录", "钟山物业服务有限公司", "先保供水",
        "托管办", "期限至 2027-05-20，剩 178 天",
    ]  # fmt: skip
    places = [history.index(words) for words in told]
    assert places[:10] == sorted(places[:10])
    path = re.search(r'<ol class="steps">(.*?)</ol>', page, re.DOTALL)[1]
    assert re.sub(r"<[^>]+>", " ", path).split() == ["✓", "失管", "●", "应急服务"]
    estate = (await client.get("/estates/QX-0005")).text
    assert "应急服务" in estate
    assert f'class="button primary" href="/takeovers/{number}"' in estate
    assert "街道启动应急服务" in estate


async def test_a_closed_case_moves_no_more_and_stands_among_the_closed(signed_in):
    client = await signed_in("custody")
    number = await case(
        "QX-0003", "lapsed", date(2026, 11, 1),
        NextMove("renewed", date(2026, 11, 20), "民法典第947条", "合同 8 号", "", guard_met=True),
    )  # fmt: skip
    page = (await client.get(f"/takeovers/{number}")).text
    assert "已办结" in page
    assert "/moves" not in page
    assert estates((await client.get("/takeovers")).text) == []
    assert estates((await client.get("/takeovers?closed=1")).text) == ["燕江里"]
    assert (await client.post(f"/takeovers/{number}/moves", data=STEP)).status_code == 422


async def test_who_may_look_but_not_move_is_told_who_can(signed_in):
    await case("QX-0005", "never_managed", date(2026, 11, 20))
    client = await signed_in("reviewer.xl")
    page = (await client.get("/takeovers/TG-2026-0001")).text
    assert "可以办理的岗位：区住建局、托管办" in page
    assert (await client.post("/takeovers/TG-2026-0001/moves", data=STEP)).status_code == 403


async def test_a_case_whose_edition_is_gone_is_still_shown(signed_in):
    client = await signed_in("custody")
    number = await case("QX-0005", "never_managed", date(2026, 11, 20))
    await Takeover.update({Takeover.edition: "1999-01-01"}).where(Takeover.number == number)
    page = await client.get(f"/takeovers/{number}")
    assert page.status_code == 200
    assert "立案时的规则版本 1999-01-01 已不在" in page.text
    assert (await client.get("/takeovers")).status_code == 200
    assert (await client.post(f"/takeovers/{number}/moves", data=STEP)).status_code == 403


async def test_the_pages_are_in_english_too(signed_in):
    client = await signed_in("custody")
    number = (await board())["QX-0001"]
    await client.get("/language?to=en&back=/takeovers")
    page = (await client.get("/takeovers")).text
    for words in ("11 days late", "2 working days left", "no limit", "exit noticed"):
        assert words in page, words
    page = (await client.get(f"/takeovers/{number}?step=firm_left")).text
    for words in (
        "How the clock runs",
        "Number of the document",
        "the company left",
        "Confirmed: street and community",
    ):
        assert words in page, words
