"""Finance drafts a run from published stars, a second person approves it, corrections are new runs."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import msgspec
import pytest

import district
import rated
from oracle.subsidies import shares
from rated import Q2, Q3
from reading import money_steps
from redproperty.actions.ratings import close_period, publish
from redproperty.actions.subsidies import Order, approve, compared, draft, moved, plan, read_order, sheet_of, void
from redproperty.domain.access import Actor, Role, Scope
from redproperty.domain.texts import Invalid, Refused, Text
from redproperty.store import subsidies
from redproperty.store.tables import AuditEntry, Company, Estate, Person, SubsidyLine, SubsidyRun, Tenure

pytestmark = pytest.mark.both

PACK = rated.the_pack()
NOW = district.NOW
EVERYTHING = Scope(everything=True)
ORDER = Order(Q3, 10_000_000, "宁栖住建〔2026〕18 号", "2120501 城乡社区公共设施")
# area × rate × coefficient × 3 months: 52,318.46 × 0.05 × 1.00 · 44,015.20 × 0.30 × 1.00 · 31,772.90 × 0.40 × 0.80
DUE = {"QX-0001": 784_777, "QX-0003": 3_961_368, "QX-0004": 3_050_198}


@pytest.fixture
async def published(record):
    """Both periods are rated and published."""
    await rated.score(PACK)
    bureau = await district.actor("district")
    for period in (Q2, Q3):
        await publish(bureau, [PACK], await close_period(bureau, [PACK], period, at=NOW), at=NOW)


@pytest.fixture
async def preparer(published):
    return await district.actor("preparer")


@pytest.fixture
async def checker(published):
    return await district.actor("checker")


async def _working(number: str) -> list[dict]:
    run = await subsidies.run(number)
    return [line.working for line in await subsidies.lines(run.id, EVERYTHING)]


async def test_a_draft_holds_every_step_to_the_fen(preparer):
    number = await draft(preparer, [PACK], ORDER, at=NOW)
    assert number == "BT-2026Q3-01"
    lines = await _working(number)
    assert {line["estate_code"]: line["due_fen"] for line in lines if line["due_fen"]} == DUE
    assert all(line["paid_fen"] == line["due_fen"] for line in lines)
    # 70 % of each, half up; the street takes the rest
    assert [(line["district_fen"], line["street_fen"]) for line in lines if line["due_fen"]] == [
        (549_344, 235_433),
        (2_772_958, 1_188_410),
        (2_135_139, 915_059),
    ]
    run = await subsidies.run(number)
    assert (run.due_fen, run.paid_fen, run.state) == (7_796_343, 7_796_343, "draft")


async def test_who_gets_nothing_is_listed_with_the_reason(preparer):
    lines = await _working(await draft(preparer, [PACK], ORDER, at=NOW))
    zero = [(line["estate_code"], line["days"], line["zero_reason"]) for line in lines if line["due_fen"] == 0]
    assert zero == [("QX-0002", 45, "not_rated"), ("QX-0002", 47, "not_rated"), ("QX-0005", 92, "unmanaged")]


async def test_a_change_within_the_period_splits_by_days(published):
    await Tenure.update({Tenure.company: (await district.actor("company1")).company_id}).where(
        Tenure.begins == date(2026, 8, 15)
    )
    bureau, preparer = await district.actor("district"), await district.actor("preparer")
    await publish(bureau, [PACK], await close_period(bureau, [PACK], Q3, at=NOW), at=NOW, reason="企业续约登记更正")
    lines = await _working(await draft(preparer, [PACK], Order(Q3, 10**9, "文号", "项目"), at=NOW))
    split = [(line["days"], line["due_fen"]) for line in lines if line["estate_code"] == "QX-0002"]
    # 118,400.00 × 0.70 × 1.10 × 3 = 273,504.00 by 45 and 47 of 92 days; 273,504.00 lies under the cap of the year
    # of 300,000, of which the second quarter has paid nothing yet
    assert split == [(45, 13_377_913), (47, 13_972_487)]


async def test_a_short_budget_is_shared_to_the_last_fen(preparer):
    order = Order(Q3, 5_000_000, "文号", "项目")
    lines = await _working(await draft(preparer, [PACK], order, at=NOW))
    paid = {line["estate_code"]: line["paid_fen"] for line in lines if line["due_fen"]}
    assert paid == dict(zip(DUE, shares(list(DUE.values()), 5_000_000, list(DUE)), strict=True))
    assert sum(paid.values()) == 5_000_000
    ratio = next(line["ratio"] for line in lines)
    assert ratio == round(Fraction(5_000_000 * 10**6, 7_796_343))


async def test_what_changes_later_does_not_move_a_draft(preparer, checker):
    number = await draft(preparer, [PACK], ORDER, at=NOW)
    run = await subsidies.run(number)
    before = await subsidies.lines(run.id, EVERYTHING)
    await Estate.update({Estate.floor_area_cm: 1}).where(Estate.code == "QX-0001")
    await Company.update({Company.account_number: "0"}).where(Company.name == "栖安物业服务有限公司")
    assert await subsidies.lines(run.id, EVERYTHING) == before
    await approve(checker, number, at=NOW)
    assert before[0].account["account_number"] == "6222020200112233445"


async def test_the_preparer_never_approves_whatever_the_post(preparer, checker):
    number = await draft(preparer, [PACK], ORDER, at=NOW)
    turned = Actor(preparer.id, preparer.login, preparer.name, Role.FINANCE_CHECKER)
    with pytest.raises(Refused, match="制表与审批分离"):
        await approve(turned, number, at=NOW)
    admin = Actor(preparer.id, preparer.login, preparer.name, Role.ADMIN)
    with pytest.raises(Refused, match="岗位权限表"):
        await approve(admin, number, at=NOW)
    refusal = await AuditEntry.select().where(AuditEntry.deed == "refused").first()
    assert refusal["subject"] == f"run:{number}"
    await approve(checker, number, at=NOW)
    run = await subsidies.run(number)
    assert (run.state, run.decided_by_name) == ("approved", "周审")


async def test_a_second_draft_waits_for_the_first(preparer):
    await draft(preparer, [PACK], ORDER, at=NOW)
    with pytest.raises(Refused, match="BT-2026Q3-01"):
        await draft(preparer, [PACK], ORDER, at=NOW)


async def test_the_same_estate_and_period_is_not_paid_twice(preparer, checker):
    await approve(checker, await draft(preparer, [PACK], ORDER, at=NOW), at=NOW)
    with pytest.raises(Refused, match="青石园、燕江里、尧辰新村 已由 BT-2026Q3-01"):
        await draft(preparer, [PACK], ORDER, at=NOW)


async def test_two_drafts_of_one_stint_cannot_both_be_approved(preparer, checker):
    first = await draft(preparer, [PACK], ORDER, at=NOW)
    await SubsidyRun.update({SubsidyRun.state: "void"}).where(SubsidyRun.number == first)
    second = await draft(preparer, [PACK], ORDER, at=NOW)
    await approve(checker, second, at=NOW)
    run = await subsidies.run(first)
    with pytest.raises(Exception, match=r"UNIQUE|subsidy_line_paid_once"):
        await subsidies.bind(run.id, binding=True)


async def test_a_street_and_the_district_cannot_both_pay_a_stint(preparer, checker):
    number = await draft(preparer, [PACK], ORDER, at=NOW)
    street = Actor(preparer.id, "p", "马群制表", Role.FINANCE_PREPARER, street=district.MAQUN)
    other = await draft(street, [PACK], ORDER, at=NOW)
    assert {line["street"] for line in await _working(other)} == {district.MAQUN}
    await approve(checker, number, at=NOW)
    with pytest.raises(Refused, match="燕江里、尧辰新村 已由 BT-2026Q3-01"):
        await approve(Actor(checker.id, "c", "周审", Role.FINANCE_CHECKER, street=district.MAQUN), other, at=NOW)


async def test_a_street_does_not_decide_on_the_run_of_the_district(preparer, checker):
    number = await draft(preparer, [PACK], ORDER, at=NOW)
    street = Actor(checker.id, "c", "周审", Role.FINANCE_CHECKER, street=district.MAQUN)
    for deed in (approve(street, number, at=NOW), void(street, number, reason="试", at=NOW)):
        with pytest.raises(Refused, match="数据范围"):
            await deed


async def test_a_correction_is_a_new_run_that_points_to_the_old(preparer, checker):
    old = await draft(preparer, [PACK], ORDER, at=NOW)
    await approve(checker, old, at=NOW)
    with pytest.raises(Refused, match="不能由编制人作废"):
        await void(preparer, old, reason="面积有误", at=NOW)
    with pytest.raises(Invalid, match="原因"):
        await void(checker, old, reason=" ", at=NOW)
    await void(checker, old, reason="面积有误", at=NOW)
    await Estate.update({Estate.floor_area_cm: 5_000_000}).where(Estate.code == "QX-0001")
    new = await draft(preparer, [PACK], Order(Q3, 10_000_000, "文号", "项目", corrects=old), at=NOW)
    await approve(checker, new, at=NOW)
    kept = await subsidies.run(old)
    assert (kept.state, kept.remark, kept.paid_fen) == ("void", "面积有误", 7_796_343)
    assert (await subsidies.run(new)).corrects == kept.id
    assert await subsidies.corrected_by(kept.id) == [new]
    assert (await _working(new))[0]["due_fen"] == 750_000  # 50,000 × 0.05 × 3
    with pytest.raises(Refused, match="已经作废"):
        await void(checker, old, reason="再来", at=NOW)
    with pytest.raises(Refused, match="已作废"):
        await approve(checker, old, at=NOW)


async def test_only_a_void_run_of_the_period_can_be_corrected(preparer):
    with pytest.raises(Invalid, match="BT-9"):
        await draft(preparer, [PACK], Order(Q3, 1, "文号", "项目", corrects="BT-9"), at=NOW)


async def test_corrected_stars_stop_the_approval(preparer, checker):
    number = await draft(preparer, [PACK], ORDER, at=NOW)
    bureau = await district.actor("district")
    await publish(bureau, [PACK], await close_period(bureau, [PACK], Q3, at=NOW), at=NOW, reason="复核")
    with pytest.raises(Refused, match="星级已更正"):
        await approve(checker, number, at=NOW)


async def test_without_published_stars_or_their_rules_there_is_no_run(record):
    await rated.score(PACK)
    preparer = await district.actor("preparer")
    with pytest.raises(Refused, match="还没有发布"):
        await draft(preparer, [PACK], ORDER, at=NOW)
    bureau = await district.actor("district")
    await publish(bureau, [PACK], await close_period(bureau, [PACK], Q3, at=NOW), at=NOW)
    with pytest.raises(Refused, match="2026-01-01"):
        await draft(preparer, [], ORDER, at=NOW)
    nowhere = Actor(preparer.id, "p", "别处", Role.FINANCE_PREPARER, street="320113009000")
    with pytest.raises(Refused, match="没有任何小区"):
        await draft(nowhere, [PACK], ORDER, at=NOW)


@pytest.mark.parametrize("login", ["checker", "district", "company1", "admin", "auditor", "reviewer.xl"])
async def test_only_the_preparer_drafts(published, login):
    with pytest.raises(Refused, match="岗位权限表"):
        await draft(await district.actor(login), [PACK], ORDER, at=NOW)


async def test_a_dry_run_writes_nothing_and_shows_what_moves(preparer, checker):
    await approve(checker, await draft(preparer, [PACK], Order(Q2, 10**9, "文号", "项目"), at=NOW), at=NOW)
    planned = await plan(preparer, [PACK], ORDER)
    assert await SubsidyRun.count() == 1
    assert planned.paid_fen == 7_796_343
    rows = moved(await compared(planned), 20)
    # 紫金花苑 had 273,504.00 and gets nothing; 青石园 falls from 8,632.55 by 9 %, which is within 20 %
    assert rows.select("estate_code", "before_fen", "change_fen").rows() == [("QX-0002", 27_350_400, -27_350_400)]
    assert moved(await compared(planned), 5)["estate_code"].to_list() == ["QX-0002", "QX-0001"]


async def test_the_cap_of_the_year_counts_what_was_paid_before(preparer, checker):
    await approve(checker, await draft(preparer, [PACK], Order(Q2, 10**9, "文号", "项目"), at=NOW), at=NOW)
    lines = {line["estate_code"]: line for line in (await plan(preparer, [PACK], ORDER)).lines.to_dicts()}
    assert lines["QX-0002"]["cap_left_fen"] == 30_000_000 - 27_350_400
    assert lines["QX-0001"]["cap_left_fen"] == 30_000_000 - 863_255


async def test_a_company_sees_its_lines_of_approved_runs_only(preparer, checker):
    number = await draft(preparer, [PACK], ORDER, at=NOW)
    mine = Scope(company_id=(await district.actor("company1")).company_id)
    assert await subsidies.runs(mine) == []
    await approve(checker, number, at=NOW)
    ((run, sums),) = await subsidies.runs(mine)
    assert (run.number, sums.paid_fen) == (number, 784_777)
    codes = [line.working["estate_code"] for line in await subsidies.lines(run.id, mine)]
    assert codes == ["QX-0001", "QX-0002"]  # the 45 days before it left
    street = Scope(streets=(district.MAQUN,))
    ((_, part),) = await subsidies.runs(street)
    assert part.paid_fen == 7_796_343 - 784_777
    assert await subsidies.runs(Scope()) == []


async def test_a_run_never_changes_even_in_the_database(preparer, checker):
    number = await draft(preparer, [PACK], ORDER, at=NOW)
    with pytest.raises(Exception, match="never change"):
        await SubsidyLine.update({SubsidyLine.paid_fen: 1}).where(SubsidyLine.paid_fen > 1)
    with pytest.raises(Exception, match="never change"):
        await SubsidyRun.update({SubsidyRun.budget_fen: 1}).where(SubsidyRun.number == number)
    await approve(checker, number, at=NOW)
    with pytest.raises(Exception, match="only be made void"):
        await SubsidyRun.update({SubsidyRun.state: "draft"}).where(SubsidyRun.number == number)
    with pytest.raises(Exception, match="never change"):
        await SubsidyLine.delete().where(SubsidyLine.period == "2026Q3")


@pytest.mark.parametrize(
    ("form", "wrong"),
    [
        ({}, ["period", "budget", "document_number", "budget_item"]),
        (
            {"period": "2026Q5", "budget": "十万", "document_number": " ", "budget_item": "项"},
            ["period", "budget", "document_number"],
        ),
        (
            {"period": "2026Q3", "budget": "0", "document_number": "文" * 81, "budget_item": "项"},
            ["budget", "document_number"],
        ),
    ],
)
def test_everything_wrong_with_an_order_is_said_at_once(form, wrong):
    with pytest.raises(Invalid) as caught:
        read_order(form)
    assert [problem.field for problem in caught.value.problems] == wrong


def test_an_order_is_read_as_people_type_it():
    form = {"period": "2026q3", "budget": "１００,０００.５", "document_number": " 文号 ", "budget_item": "项目"}
    assert read_order(form) == Order(Q3, 10_000_050, "文号", "项目")


async def test_an_unknown_run_is_said_to_be_unknown(checker):
    with pytest.raises(Refused, match="没有这张补贴表"):
        await approve(checker, "BT-1", at=NOW)
    assert await Person.count() > 0


BY_FORMULA = """
- {name: kept, title: {zh: 上期一半, en: half of the period before}, kind: product, of: [paid_last_period, 0.5]}
- {name: due, title: {zh: 应补, en: due}, kind: sum, of: [kept, households], plus: 1}
"""


async def test_a_run_by_formula_sees_the_figures_of_the_rating_and_what_the_period_before_paid(published, checker):
    before = Order(Q2, 10**9, ORDER.document_number, ORDER.budget_item)
    await approve(checker, await draft(await district.actor("preparer"), [PACK], before, at=NOW), at=NOW)
    by_formula = msgspec.structs.replace(
        PACK.subsidy, rates=(), star_coefficients=(), steps=money_steps(BY_FORMULA), amount="due"
    )
    pack = msgspec.structs.replace(PACK, subsidy=by_formula)
    number = await draft(await district.actor("preparer"), [pack], ORDER, at=NOW)
    lines = {line["estate_code"]: line for line in await _working(number)}
    assert lines["QX-0001"]["paid_last_period_fen"] == 863_255
    assert (lines["QX-0001"]["period.year"], lines["QX-0001"]["period.quarter"]) == (2026 * 10**6, 3 * 10**6)
    assert lines["QX-0001"]["gross_fen"] == 479_728  # 8,632.55 ÷ 2 = 4,316.275, 480 households, and 1
    assert lines["QX-0005"]["zero_reason"] == "unmanaged"


IN_PARTS = """
- {name: granted, title: {zh: 核定, en: granted}, kind: sum, of: [households]}
- {name: first, title: {zh: 首付, en: first part}, kind: product, of: [granted, 0.7], places: 2}
- {name: granted_before, title: {zh: 上期核定, en: granted before}, kind: earlier, back: 1, of: granted}
- {name: first_before, title: {zh: 上期首付, en: first part before}, kind: earlier, back: 1, of: first}
- {name: rest, title: {zh: 尾款, en: rest}, kind: sum, of: [granted_before, {of: first_before, times: -1}]}
- {name: due, title: {zh: 应补, en: due}, kind: sum, of: [first, {of: rest, missing: zero}]}
"""


async def test_the_rest_of_a_grant_is_paid_with_the_next_period_to_the_stint_that_earned_it(published, checker):
    in_parts = msgspec.structs.replace(
        PACK.subsidy, rates=(), star_coefficients=(), steps=money_steps(IN_PARTS), amount="due"
    )
    pack = msgspec.structs.replace(PACK, subsidy=in_parts)
    preparer = await district.actor("preparer")
    before = await draft(preparer, [pack], Order(Q2, 10**9, ORDER.document_number, ORDER.budget_item), at=NOW)
    # 480 households: 336 now; a draft that nobody has approved has paid nothing yet
    assert {line["due_fen"] for line in await _working(before) if line["estate_code"] == "QX-0001"} == {33_600}
    (line,) = (one for one in (await plan(preparer, [pack], ORDER)).lines.to_dicts() if one["estate_code"] == "QX-0001")
    assert (line["rest"], line["due_fen"]) == (None, 33_600)
    await approve(checker, before, at=NOW)
    lines = await _working(await draft(preparer, [pack], ORDER, at=NOW))
    # 336 and the 144 left of the quarter before
    assert {one["due_fen"] for one in lines if one["estate_code"] == "QX-0001"} == {48_000}
    # a new company took over in between: the rest goes to neither of its stints twice
    old, new = (one for one in lines if one["estate_code"] == "QX-0002")
    assert (old["rest"] is None, new["rest"]) == (False, None)


async def test_three_payers_share_to_the_fen_and_stand_on_the_sheet(published):
    shares = (("city", "市级", "50"), ("district", "区级", "30"), ("street", "街道", "20"))
    payers = tuple(
        msgspec.structs.replace(PACK.subsidy.payers[0], payer=payer, title=Text(zh, payer), percent=Decimal(percent))
        for payer, zh, percent in shares
    )
    pack = msgspec.structs.replace(PACK, subsidy=msgspec.structs.replace(PACK.subsidy, payers=payers))
    number = await draft(await district.actor("preparer"), [pack], ORDER, at=NOW)
    lines = await _working(number)
    assert lines
    for line in lines:
        parts = [line["city_fen"], line["district_fen"], line["street_fen"]]
        assert sum(parts) == line["paid_fen"]
        assert abs(parts[0] * 2 - line["paid_fen"]) <= 1
    run = await subsidies.run(number)
    sheet = await sheet_of(run, [pack], EVERYTHING, demo=False)
    assert [column.title.zh for column in sheet.columns if column.title.zh.endswith("承担")] == [
        "市级承担", "区级承担", "街道承担",
    ]  # fmt: skip


async def test_one_payer_alone_bears_all(published):
    (first, _) = PACK.subsidy.payers
    alone = msgspec.structs.replace(first, percent=Decimal(100))
    pack = msgspec.structs.replace(PACK, subsidy=msgspec.structs.replace(PACK.subsidy, payers=(alone,)))
    for line in await _working(await draft(await district.actor("preparer"), [pack], ORDER, at=NOW)):
        assert (line["district_fen"], line["street_fen"]) == (line["paid_fen"], 0)
