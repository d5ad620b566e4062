"""Finance tries a run, drafts it, has a second person approve it, corrects it by a new one; each sees their part."""

import re
from urllib.parse import urlencode

import msgspec
import pytest

import district
import paying
from paying import FORM, TOTAL, WORDS
from rated import Q2, Q3
from redproperty.actions.ratings import close_period, publish
from redproperty.actions.subsidies import Order
from redproperty.domain.access import Role
from redproperty.store.rules import Editions
from redproperty.store.tables import AuditEntry, Estate, Person, SubsidyLine, SubsidyRun

RUN = "/subsidies/BT-2026Q3-01"


@pytest.fixture
async def stars(app):
    await paying.rate()


@pytest.fixture
async def preparer(stars, signed_in):
    return await signed_in("preparer")


@pytest.fixture
async def checker(stars, signed_in):
    return await signed_in("checker")


def plan(**changed):
    return f"/subsidies/plan?{urlencode(FORM | changed)}"


def hidden(page: str) -> dict[str, str]:
    """Return the hidden fields of the form that drafts."""
    form = page[page.index('action="/subsidies"') :]
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form[: form.index("</form>")]))


def shown(page: str) -> list[str]:
    """Return the names of the estates in the table of lines, in their order."""
    return re.findall(r'<tr class="figures">\s*<td class="estate">(?:<b>|<span[^>]*>↳ )([^<]+)<', page)


async def test_a_run_is_tried_then_drafted_as_it_was_seen(preparer):
    tried = await preparer.get(plan())
    assert tried.status_code == 200
    assert await SubsidyRun.count() == 0
    for text in ("没有写入", TOTAL, WORDS, "预算足够，全额发放", "未评级", "无物业管理", "上期没有已批准的批次"):
        assert text in tried.text
    response = await preparer.post("/subsidies", data=hidden(tried.text))
    assert (response.status_code, response.headers["location"]) == (303, RUN)
    page = (await preparer.get(RUN)).text
    for text in ("已编制 BT-2026Q3-01", paying.DOCUMENT, paying.ITEM, TOTAL, WORDS, "等财务审核批准"):
        assert text in page


async def test_a_dry_run_sums_by_street_and_shows_what_moves(preparer):
    await paying.paid_before()
    page = (await preparer.get(plan())).text
    assert "−77.9%" in page  # 77,963.43 after 352,252.21
    assert "−274,288.78" in page
    for street in ("7,847.77", "70,115.66"):  # 仙林; 马群 39,613.68 + 30,501.98
        assert street in page
    movers = page[page.index("变动超过 20% 的小区") :]
    assert "紫金花苑" in movers
    assert "−100.0%" in movers
    assert "青石园" not in movers  # 8,632.55 → 7,847.77 is −9.1 %
    assert "青石园" in (await preparer.get(plan(percent="5"))).text.split("变动超过 5% 的小区")[1]


async def test_a_short_budget_is_said_with_its_ratio(preparer):
    page = (await preparer.get(plan(budget="５００００"))).text
    assert "0.641326" in page  # 50,000.00 / 77,963.43
    assert "人民币伍万元整" in page


async def test_all_problems_of_an_order_come_at_once_and_what_was_typed_stays(preparer):
    wrong = plan(budget="很多", document_number=" ", budget_item="项目 <1>", percent="x")
    response = await preparer.get(wrong)
    assert response.status_code == 422
    for text in (
        "“很多”不是金额",
        "请填写文号",
        "0 到 1000",
        'value="很多"',
        'value="项目 &lt;1&gt;"',
        'href="#f-budget"',
    ):
        assert text in response.text
    assert (await preparer.post("/subsidies", data=FORM | {"budget": "0"})).status_code == 422
    alone = await preparer.get(plan(percent="-1"))
    assert (alone.status_code, alone.text.count('class="error"')) == (422, 1)
    assert await SubsidyRun.count() == 0


async def test_what_changed_since_the_dry_run_is_not_drafted_unseen(preparer):
    form = hidden((await preparer.get(plan())).text)
    await Estate.update({Estate.floor_area_cm: 5_000_000}).where(Estate.code == "QX-0001")
    response = await preparer.post("/subsidies", data=form)
    assert response.status_code == 422
    assert "试算之后资料有变动" in response.text
    assert await SubsidyRun.count() == 0


async def test_without_published_stars_the_form_says_who_is_next(signed_in):
    preparer = await signed_in("preparer")
    assert "还没有发布过星级" in (await preparer.get("/subsidies/new")).text
    response = await preparer.get(plan())
    assert (response.status_code, "的星级还没有发布" in response.text) == (422, True)


async def test_a_period_waits_for_a_run_until_it_has_one(preparer, checker):
    waiting = (await preparer.get("/subsidies")).text
    assert 'href="/subsidies/new?period=2026Q3"' in waiting
    await paying.drafted()
    page = (await preparer.get("/subsidies")).text
    assert 'href="/subsidies/new?period=2026Q3"' not in page
    assert "等财务审核批准" in page
    assert "等您批准" in (await checker.get("/subsidies")).text
    assert "已有待批准的补贴表 BT-2026Q3-01" in (await preparer.get(plan())).text


async def test_a_second_person_approves_once(preparer, checker):
    await paying.drafted()
    assert 'action="/subsidies/BT-2026Q3-01/approve"' in (await checker.get(RUN)).text
    response = await checker.post(f"{RUN}/approve")
    assert response.headers["location"] == RUN
    page = (await checker.get(RUN)).text
    assert "✓ 批准 周审 2026-11-23" in page
    assert "/approve" not in page
    again = await checker.post(f"{RUN}/approve")
    assert again.status_code == 422
    assert "只有待批准的补贴表可以批准" in again.text
    assert await SubsidyLine.count().where(SubsidyLine.binding.eq(value=True)) == 3


async def test_the_preparer_is_refused_whatever_the_post_and_the_page_says_why(preparer, checker):
    await paying.drafted()
    page = (await preparer.get(RUN)).text
    assert "不能批准补贴表（规则：岗位权限表）" in page
    assert "/approve" not in page
    assert (await preparer.post(f"{RUN}/approve")).status_code == 403
    # moved to the checker's post, the same person still cannot
    await Person.update({Person.role: Role.FINANCE_CHECKER.value}).where(Person.login == "preparer")
    page = (await preparer.get(RUN)).text
    assert "这张补贴表由您编制，不能由您批准" in page
    assert "/approve" not in page
    refused = await preparer.post(f"{RUN}/approve")
    assert refused.status_code == 422
    assert "制表与审批分离" in refused.text
    assert (await SubsidyRun.select(SubsidyRun.state).first())["state"] == "draft"


async def test_the_administrator_sees_no_money_and_approves_nothing(stars, signed_in):
    await paying.drafted()
    admin = await signed_in("admin")
    for response in (await admin.get("/subsidies"), await admin.get(RUN), await admin.post(f"{RUN}/approve")):
        assert response.status_code == 403
        assert TOTAL not in response.text


async def test_an_approved_run_is_corrected_by_a_new_one_and_both_point_at_each_other(preparer, checker):
    await paying.paid()
    page = (await preparer.get(RUN)).text
    assert "已批准的补贴表不能由编制人作废" in page
    assert "/void" not in page
    refused = await preparer.post(f"{RUN}/void", data={"reason": "面积有误"})
    assert (refused.status_code, "不能由编制人作废" in refused.text) == (422, True)
    bare = await checker.post(f"{RUN}/void", data={"reason": " "})
    assert (bare.status_code, "作废要写明原因" in bare.text) == (422, True)
    await checker.post(f"{RUN}/void", data={"reason": "面积有误"})
    void = (await preparer.get(RUN)).text
    approved = "✓ 批准 周审 2026-11-23"  # stays to be read
    for text in ("面积有误", "编制更正批次", "corrects=BT-2026Q3-01", TOTAL, approved, "● 作废 周审 2026-11-23"):
        assert text in void
    await Estate.update({Estate.floor_area_cm: 5_000_000}).where(Estate.code == "QX-0001")
    tried = (await preparer.get(plan(corrects="BT-2026Q3-01"))).text
    assert (await preparer.post("/subsidies", data=hidden(tried))).headers["location"] == "/subsidies/BT-2026Q3-02"
    new = (await preparer.get("/subsidies/BT-2026Q3-02")).text
    assert 'href="/subsidies/BT-2026Q3-01">BT-2026Q3-01</a>' in new
    assert "7,500.00" in new  # 50,000 × 0.05 × 3
    old = (await preparer.get(RUN)).text
    assert 'href="/subsidies/BT-2026Q3-02">BT-2026Q3-02</a>' in old
    assert "7,847.77" in old  # kept as it was
    assert "编制更正批次" not in old


async def test_only_a_void_run_can_be_named_as_corrected(preparer):
    response = await preparer.get(plan(corrects="BT-2026Q2-09"))
    assert response.status_code == 422
    assert "只能更正已作废的批次" in response.text


async def test_nothing_of_an_approved_run_can_be_edited(checker):
    await paying.paid()
    for method in ("PUT", "PATCH", "DELETE"):
        assert (await checker.request(method, RUN)).status_code == 405
    with pytest.raises(Exception, match="never change"):
        await SubsidyLine.update({SubsidyLine.paid_fen: 1}).where(SubsidyLine.paid_fen > 1)


async def test_a_line_unfolds_to_its_formula_its_account_and_its_stars(checker):
    await paying.drafted()
    page = (await checker.get(RUN)).text
    assert shown(page) == [name for name, *_ in paying.LINES]
    for text in (
        "52,318.46 ㎡ × 0.05 元 × 1.00 × 3 个月 = 7,847.77 元",
        "区级 5,493.44 元 + 街道 2,354.33 元",
        "6222020200112233445",
        'href="/ratings/2026Q3/QX-0001?run=2"',
    ):
        assert text in page
    assert "87.68" in (await checker.get("/ratings/2026Q3/QX-0001?run=2")).text


async def test_stars_corrected_later_are_said_and_a_line_still_leads_to_those_it_was_paid_by(checker):
    await paying.paid()
    bureau, at = await district.actor("district"), district.NOW
    preview = await close_period(bureau, [paying.PACK], Q3, at=at)
    await publish(bureau, [paying.PACK], preview, at=at, reason="复核")
    page = (await checker.get(RUN)).text
    assert "编制之后本期星级已更正" in page
    assert (await checker.get("/ratings/2026Q3/QX-0001?run=2")).status_code == 200
    draft = await paying.paid_before()
    assert "已更正" not in (await checker.get(f"/subsidies/{draft}")).text


async def test_two_stints_of_an_estate_stand_together_with_their_days(checker):
    await paying.drafted()
    page = (await checker.get(f"{RUN}?sort=-due")).text
    names = shown(page)
    assert names[:3] == ["燕江里", "尧辰新村", "青石园"]
    first = names.index("紫金花苑")
    assert names[first + 1] == "紫金花苑"
    for text in ("2026-07-01 至 2026-08-14，45 天", "2026-08-15 至 2026-09-30，47 天", "45 + 47 = 92"):
        assert text in page


@pytest.mark.parametrize(
    ("query", "names"),
    [
        (f"street={district.MAQUN}", ["燕江里", "尧辰新村"]),
        ("stars=3", ["青石园", "燕江里"]),
        ("stars=none&given=zero", ["紫金花苑", "紫金花苑", "无主巷"]),
        ("type=old&given=paid", ["燕江里", "尧辰新村"]),
        ("company=91320113MA1000012G", ["紫金花苑", "燕江里"]),
        ("q=qx-0004", ["尧辰新村"]),
        ("q=钟山", ["紫金花苑", "燕江里"]),
        ("sort=paid&given=paid", ["青石园", "尧辰新村", "燕江里"]),
        ("sort=-area&stars=3", ["青石园", "燕江里"]),
        ("stars=9&sort=nonsense", ["青石园", "紫金花苑", "紫金花苑", "燕江里", "尧辰新村", "无主巷"]),
    ],
)
async def test_the_address_narrows_and_sorts_the_lines(checker, query, names):
    await paying.drafted()
    assert shown((await checker.get(f"{RUN}?{query}")).text) == names


async def test_the_foot_adds_up_the_lines_in_sight(checker):
    await paying.drafted()
    page = (await checker.get(f"{RUN}?street={district.MAQUN}")).text
    foot = page[page.rindex("<tfoot>") :]
    for text in ("合计 2 行", "70,115.66", "49,080.97", "21,034.69", "人民币柒万零壹佰壹拾伍元陆角陆分"):
        assert text in foot
    assert "没有符合条件的行" in (await checker.get(f"{RUN}?q=nowhere")).text


async def test_filters_count_what_choosing_them_would_show(checker):
    await paying.drafted()
    page = (await checker.get(f"{RUN}?given=zero")).text
    assert "仙林街道 (3)" in page
    assert "有补贴 (3)" in page
    assert "3 星 (0)" in page


async def test_what_changed_against_the_period_before_can_be_listed(checker):
    await paying.paid_before()
    await paying.drafted()
    assert "1 个小区变动超过 20%" in (await checker.get(RUN)).text
    assert shown((await checker.get(f"{RUN}?change=moved")).text) == ["紫金花苑", "紫金花苑"]
    assert shown((await checker.get(f"{RUN}?change=down")).text) == ["青石园", "紫金花苑", "紫金花苑"]


async def test_a_company_sees_what_approved_runs_pay_it_and_nothing_else(stars, signed_in):
    company = await signed_in("company1")
    number = await paying.drafted()
    assert "还没有付给贵公司的补贴" in (await company.get("/subsidies")).text
    assert (await company.get(RUN)).status_code == 404
    checker = await signed_in("checker")
    await checker.post(f"/subsidies/{number}/approve")
    for path in ("/subsidies", RUN):
        page = (await company.get(path)).text
        assert shown(page) == ["青石园", "紫金花苑"]  # the 45 days before it left
        assert "45/92" not in page  # nothing is due on them
        for text in (
            "7,847.77",
            "52,318.46 ㎡ × 0.05 元",
            'href="/ratings/2026Q3/QX-0001?run=2"',
            "6222020200112233445",
        ):
            assert text in page
        for text in ("39,613.68", "77,963.43", "燕江里", "钟山", "100,000.00", paying.ITEM):
            assert text not in page


async def test_the_finance_of_a_street_sees_its_street(stars, signed_in):
    await paying.drafted()
    await Person.update({Person.street: district.MAQUN}).where(Person.login == "checker")
    street = await signed_in("checker")
    page = (await street.get(RUN)).text
    assert shown(page) == ["燕江里", "尧辰新村"]
    assert "不在您的数据范围内" in page
    assert "7,847.77" not in page
    assert "100,000.00" not in page  # the budget of the whole district
    assert (await street.post(f"{RUN}/approve")).status_code == 422
    runs = (await street.get("/subsidies")).text
    assert "70,115.66" in runs
    assert runs.count("星级已发布，还没有补贴批次") == 1  # the second quarter; the district's run pays the third


async def test_a_street_drafts_its_own_run(stars, signed_in):
    await Person.update({Person.street: district.XIANLIN}).where(Person.login == "preparer")
    preparer = await signed_in("preparer")
    form = hidden((await preparer.get(plan())).text)
    assert (await preparer.post("/subsidies", data=form)).headers["location"] == RUN
    assert (await SubsidyRun.select(SubsidyRun.street, SubsidyRun.paid_fen).first()) == {
        "street": district.XIANLIN,
        "paid_fen": 784_777,
    }
    await Person.update({Person.street: district.MAQUN}).where(Person.login == "checker")
    assert (await (await signed_in("checker")).get(RUN)).status_code == 404


async def test_those_who_look_on_see_accounts_masked(stars, signed_in):
    await paying.paid()
    page = (await (await signed_in("district")).get(RUN)).text
    assert "***************3445" in page
    assert "6222020200112233445" not in page
    assert "6222020200112233445" in (await (await signed_in("auditor")).get(RUN)).text


async def test_a_refusal_and_every_deed_stand_in_the_trail(preparer, checker):
    form = hidden((await preparer.get(plan())).text)
    await preparer.post("/subsidies", data=form)
    await checker.post(f"{RUN}/approve")
    rows = await AuditEntry.select().where(AuditEntry.deed.is_in(["draft_run", "approve_run"])).order_by(AuditEntry.id)
    assert [(row["name"], row["deed"], row["subject"]) for row in rows] == [
        ("钱制", "draft_run", "period:2026Q3"),
        ("周审", "approve_run", "run:BT-2026Q3-01"),
    ]
    assert msgspec.json.decode(rows[0]["details"])["paid_fen"] == 7_796_343


async def test_a_run_of_rules_that_are_gone_shows_figures_without_formulas(app, checker):
    await paying.drafted()
    app.state.editions = Editions(())
    page = (await checker.get(RUN)).text
    assert "算式不能显示" in page
    assert "7,847.77" in page
    assert "㎡ ×" not in page
    assert "未评级" in page


async def test_the_pages_are_in_english_too(preparer):
    await paying.paid(Order(Q2, 10**9, paying.DOCUMENT, paying.ITEM))
    await paying.drafted()
    await preparer.get("/language?to=en&back=/subsidies")
    assert "waits for the finance checker" in (await preparer.get("/subsidies")).text
    page = (await preparer.get(RUN)).text
    assert "52,318.46 ㎡ × ¥0.05 × 1.00 × 3 months = ¥7,847.77" in page
    for path in (plan(), "/subsidies/new", "/subsidies"):
        assert "Budget" in (await preparer.get(path)).text


async def test_a_line_shows_the_whole_tables_with_what_it_took(preparer):
    await paying.drafted()
    page = (await preparer.get(f"{RUN}?q=QX-0003")).text  # 燕江里: an old estate with three stars
    for title in ("补贴标准（元/㎡·月）", "星级系数"):
        assert title in page
    assert page.count("← 本笔") == 2
    assert re.search(r'class="taken"><span>老旧小区</span> <b class="nowrap">0\.30</b>', page)
