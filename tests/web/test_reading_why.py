"""Anyone who may see a result reads why: from item to star in sentences, and what would lift it."""

import msgspec
import pytest

import district
import paying
import rated
from rated import Q2, Q3
from redproperty.actions.ratings import close_period, publish
from redproperty.domain.traces import FORMAT, Trace, recomputed
from redproperty.store.tables import AuditEntry

PACK = rated.the_pack()


@pytest.fixture
async def reviewer(signed_in):
    client = await signed_in("reviewer.xl")
    await rated.score(PACK)
    actor = await district.actor("district")
    for period in (Q2, Q3):
        await publish(actor, [PACK], await close_period(actor, [PACK], period, at=district.NOW), at=district.NOW)
    return client


async def test_the_whole_way_from_item_to_star_stands_on_the_page(reviewer):
    page = (await reviewer.get("/ratings/2026Q3/QX-0001")).text
    for said in (
        "青石园为什么是三星",
        "从 100 分到 87.68 分",
        "现场检查：96.63 × 60/100 = 57.98 分",
        "物业费收缴率：45.00 × 10/100 = 4.50 分",
        "综合得分 87.68，属“≥85且&lt;90”，对应 4 星",
        "4★ → 3★",
        "V10",
        "物业费收缴率 45",
        "得分已够 4 星，还受限制",
        "84%，低于目标 90%，扣 3 分",
        "3 号楼东侧",
        "积存垃圾",
    ):
        assert said in page, said


async def test_items_lead_to_the_rules(reviewer):
    assert 'href="/rules/2026-01-01#SB-04"' in (await reviewer.get("/ratings/2026Q3/QX-0001")).text


async def test_a_quota_tells_places_and_rank(reviewer):
    page = (await reviewer.get("/ratings/2026Q2/QX-0001")).text
    assert "青石园为什么是四星" in page
    assert "本组名额 0 个，本小区排第 2" in page  # 紫金花苑 stands before it with 100


async def test_not_rated_is_no_zero(reviewer):
    page = (await reviewer.get("/ratings/2026Q3/QX-0002")).text
    assert "紫金花苑为什么是不评" in page
    assert "连续服务月数低于 6" in page
    assert "不评不是零星" in page


async def test_items_left_out_are_listed_with_their_reason(signed_in, reviewer):
    page = (await (await signed_in("reviewer.mq")).get("/ratings/2026Q3/QX-0003")).text
    assert "不适用的条款" in page
    assert "只适用于“电梯台数高于 0”的小区，不适用，不计入满分" in page
    assert "SB-05" in page


async def test_a_part_that_is_missing_is_said(signed_in, reviewer):
    page = (await (await signed_in("reviewer.mq")).get("/ratings/2026Q3/QX-0003")).text
    assert "居民满意度：缺失，权重由其余部分分担" in page
    assert "现场检查：100.00 × 60/80 = 75.00 分" in page


async def test_the_missing_points_and_the_items_that_bring_them(signed_in, reviewer):
    # 尧辰新村: 74.70, two stars, 5.30 short of three
    page = (await (await signed_in("reviewer.mq")).get("/ratings/2026Q3/QX-0004")).text
    assert "离 3 星还差 5.30 分" in page
    assert "整改 BJ-0" in page


@pytest.mark.parametrize("address", ["/ratings/2026Q3/QX-0003", "/ratings/2026Q3/NONE", "/ratings/2026Q4/QX-0001"])
async def test_what_is_foreign_or_not_there_is_not_found(reviewer, address):
    assert (await reviewer.get(address)).status_code == 404


async def test_it_reads_in_english(reviewer):
    reviewer.cookies.set("lang", "en")
    page = (await reviewer.get("/ratings/2026Q3/QX-0001")).text
    for said in ("Why 青石园 has three stars", "From 100 points to 87.68", "fee collection below 70 %"):
        assert said in page, said


async def test_the_working_can_be_taken_along_as_json_and_stands_in_the_trail(reviewer):
    assert 'href="/ratings/2026Q3/QX-0001/trace.json"' in (await reviewer.get("/ratings/2026Q3/QX-0001")).text
    file = await reviewer.get("/ratings/2026Q3/QX-0001/trace.json")
    assert file.headers["content-type"].startswith("application/json")
    assert "2026Q3-trace.json" in file.headers["content-disposition"]
    traced = msgspec.json.decode(file.content, type=Trace)
    assert (traced.format, traced.stars, traced.composite, traced.edition.digest) == (
        FORMAT, 3, 87_680_000, PACK.digest,
    )  # fmt: skip
    satisfaction = next(fact for fact in traced.inputs.facts if fact.name == "satisfaction")
    assert (satisfaction.value, [one.source for one in satisfaction.recorded]) == (81_000_000, ["季度报表"])
    assert traced.money is None  # a street reviewer sees no money
    assert recomputed(PACK, traced)["stars"] == 3
    entry = await AuditEntry.select(AuditEntry.subject).where(AuditEntry.deed == "export").first()
    assert entry["subject"] == "trace:2026Q3:QX-0001"


async def test_the_working_ends_in_the_money_for_those_who_see_money(signed_in, reviewer):
    await paying.drafted()
    client = await signed_in("checker")
    traced = msgspec.json.decode((await client.get("/ratings/2026Q3/QX-0003/trace.json")).content, type=Trace)
    (line,) = traced.money
    assert (line.run, line.state, line.due_fen, line.paid_fen) == ("BT-2026Q3-01", "draft", 3_961_368, 3_961_368)
    assert "44,015.20 ㎡ × 0.30 元 × 1.00 × 3 个月" in line.sentences[0].zh
    assert "account_number" not in line.columns
