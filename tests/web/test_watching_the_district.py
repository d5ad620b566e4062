"""The district page counts every estate once per group, every number opens what it counts, and gaps have names."""

import re
from datetime import date, timedelta

import pytest

import district
import rated
from redproperty.actions.ratings import close_period, publish
from redproperty.actions.takeovers import Law, Opening, open_case
from redproperty.domain.access import Scope
from redproperty.domain.estates import Management, Tenure, management_on
from redproperty.store import coverage
from redproperty.store.tables import Estate, EstateGrid, PartyUnit
from redproperty.store.tables import Tenure as TenureRow

PACK = rated.the_pack()
XIANLIN, MAQUN = district.XIANLIN, district.MAQUN
# 在册 | 物业企业 自管 应急 托管 失管 | 单独 联合 指导员 申请中 未覆盖 | 业委会 物管会 未成立 | 失管小区·天
# 1 October to 23 November are 54 days.
TABLE = {
    "马群街道": [2, 1, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0, 0, 2, 0],
    "仙林街道": [3, 2, 0, 0, 0, 1, 1, 0, 0, 1, 1, 1, 1, 1, 54],
    "合计": [5, 3, 0, 0, 1, 1, 1, 0, 1, 1, 2, 1, 1, 3, 54],
}


def table(page: str) -> dict[str, list[int]]:
    """Return the numbers of the coverage by street."""
    part = page.split('<table class="coverage cards">')[1].split("</table>", maxsplit=1)[0]
    rows = re.findall(r'<tr><th scope="row"[^>]*>(.*?)</th>(.*?)</tr>', part, re.DOTALL)
    words = re.compile(r"<[^>]+>")
    return {
        words.sub("", name): [int(words.sub("", cell)) for cell in re.findall(r"<td[^>]*>(.*?)</td>", cells, re.DOTALL)]
        for name, cells in rows
    }


def links(page: str) -> list[tuple[str, int]]:
    """Return where each number of the coverage leads, and the number."""
    part = page.split('<table class="coverage cards">')[1].split("</table>", maxsplit=1)[0]
    found = re.findall(r'<a class="\w*" href="(/estates[^"]*)">(\d+)</a>', part)
    return [(href.replace("&amp;", "&"), int(number)) for href, number in found]


async def test_each_street_and_the_whole_stand_in_the_table(signed_in):
    assert table((await (await signed_in("district")).get("/district")).text) == TABLE


async def test_the_groups_add_up_to_the_register(signed_in):
    page = (await (await signed_in("district")).get("/district")).text
    for numbers in table(page).values():
        register, kinds, party, body = numbers[0], numbers[1:6], numbers[6:11], numbers[11:14]
        assert sum(kinds) == sum(party) == sum(body) == register
    assert table(page)["合计"][0] == await Estate.count()


async def test_every_number_opens_exactly_the_estates_that_it_counts(signed_in):
    client = await signed_in("district")
    opened = links((await client.get("/district")).text)
    assert len(opened) == sum(number > 0 for numbers in TABLE.values() for number in numbers[:-1])
    for href, number in opened:
        assert f"共 <strong>{number}</strong> 个小区" in (await client.get(href)).text, href


async def test_a_street_sees_its_street_only(signed_in):
    client = await signed_in("reviewer.xl")
    page = (await client.get("/district")).text
    assert table(page) == {"仙林街道": TABLE["仙林街道"]}
    assert "马群街道" not in page
    assert (await client.get(f"/district/{XIANLIN}")).status_code == 200
    assert (await client.get(f"/district/{MAQUN}")).status_code == 404
    assert (await client.get("/district/320113007001")).status_code == 404  # a community is no street


async def test_unmanaged_days_open_the_stretches_behind_them(signed_in):
    client = await signed_in("district")
    estate = (await Estate.select(Estate.id).where(Estate.code == "QX-0001").first())["id"]
    await TenureRow.update({TenureRow.ends: date(2026, 11, 21)}).where(TenureRow.estate == estate)
    assert table((await client.get("/district")).text)["仙林街道"][-1] == 57  # 54 and the 21st, 22nd, 23rd
    page = (await client.get(f"/district/{XIANLIN}")).text
    part = page.split('id="unmanaged"')[1].split("</section>")[0]
    rows = re.findall(r">([^<]+)</a></td><td[^>]*>([^<]+)</td><td[^>]*>([^<]+)</td><td[^>]*>(\d+)<", part)
    assert rows == [("青石园", "2026-11-21", "2026-11-24", "3"), ("无主巷", "2026-10-01", "2026-11-24", "54")]
    assert ">57<" in part


async def test_on_every_day_each_estate_is_under_one_kind_or_counted_unmanaged(app):
    """Day by day, against a count in plain Python."""
    everything = Scope(everything=True)
    for day in (date(2026, 8, 14), date(2026, 8, 15), district.TODAY):
        rows = await coverage.by_street(everything, day)
        for row in rows:
            assert row.market + row.self + row.emergency + row.custody + row.none == row.estates
    begins, total = date(2026, 10, 1), 0
    for estate in await Estate.select(Estate.id):
        held = [
            Tenure(Management(one["management"]), one["begins"], one["ends"], one["company"])
            for one in await TenureRow.select().where(TenureRow.estate == estate["id"])
        ]
        days = [begins + timedelta(days=n) for n in range((district.TODAY - begins).days + 1)]
        total += sum(management_on(held, day) is Management.NONE for day in days)
    assert sum(row.unmanaged_days for row in await coverage.by_street(everything, district.TODAY)) == total == 54


async def test_estates_without_a_party_unit_are_named_by_street(signed_in):
    client = await signed_in("district")
    part = (await client.get("/district")).text.split('id="party"')[1]
    found = dict(re.findall(r'<dt><a href="/district/(\d+)">.*?</dt><dd>(.*?)</dd>', part, re.DOTALL))
    names = {street: re.findall(r">([^<]+)</a>", cell) for street, cell in found.items()}
    assert names == {MAQUN: ["燕江里"], XIANLIN: ["无主巷", "紫金花苑"]}
    assert found[XIANLIN].count("申请中") == 1
    street = (await client.get(f"/district/{XIANLIN}")).text.split('id="party"')[1]
    assert re.findall(r">([^<]+)</a>", street.split("</ul>")[0]) == ["无主巷", "紫金花苑"]


async def test_the_tree_shows_codes_counts_and_estates_in_several_grids(signed_in):
    page = (await (await signed_in("district")).get(f"/district/{XIANLIN}")).text
    for words in (
        XIANLIN, "2 个社区，3 个网格；跨网格的小区 1 个", "320113007001", "320113007001001", "320113007002001",
        "2 个网格，2 个小区", "1 个网格，1 个小区", "跨 2 个网格",
    ):  # fmt: skip
        assert words in page, words
    tree = page.split("社区、网格和小区")[1]
    assert tree.count("QX-0001</span>") == 2  # once in each of its grids
    assert tree.count("QX-0003") == 0


async def test_open_takeovers_stand_by_street_with_age_and_clock(signed_in):
    client = await signed_in("district")
    office, law = await district.actor("custody"), Law(PACK.edition, PACK.takeover)
    for code, trigger, on in (
        ("QX-0005", "never_managed", date(2026, 11, 10)),
        ("QX-0001", "not_performing", date(2026, 11, 18)),
        ("QX-0003", "lapsed", date(2026, 7, 1)),
    ):
        await open_case(office, law, code, Opening(trigger, on, "", "号"), at=district.NOW, today=district.TODAY)
    page = (await client.get("/district")).text
    part = page.split("各街道在办托管案件")[1].split("</table>")[0]
    rows = {
        name: [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<td[^>]*>(.*?)</td>", cells, re.DOTALL)]
        for name, cells in re.findall(r'<th scope="row"[^>]*>([^<]+)</th>(.*?)</tr>', part, re.DOTALL)
    }
    # open, overdue, due soon, in time, no limit, oldest, tightest
    assert rows == {
        "马群街道": ["1", "0", "0", "0", "1", "145", "燕江里 无期限"],
        "仙林街道": ["2", "1", "1", "0", "0", "13", "无主巷 超期 11 天"],
    }
    assert f'href="/takeovers?street={XIANLIN}&amp;level=overdue"' in part
    pressing = page.split("超期和临近到期的托管案件")[1].split("</section>")[0]
    assert re.findall(r'href="/takeovers/[^"]+">([^<]+)</a>', pressing) == ["无主巷", "青石园"]


async def test_the_distribution_of_the_stars_counts_every_estate(signed_in):
    client = await signed_in("district")
    assert "还没有发布过星级" in (await client.get("/district")).text
    await rated.score(PACK)
    bureau = await district.actor("district")
    await publish(bureau, [PACK], await close_period(bureau, [PACK], rated.Q3, at=district.NOW), at=district.NOW)
    page = (await client.get("/district")).text
    part = page.split('<table class="distribution">')[1].split("</table>")[0]
    rows = re.findall(
        r'<th scope="row"[^>]*>([^<]+)</th>.*?<td class="num">(.*?)</td><td class="num">([^<]+)<', part, re.DOTALL
    )
    counted = {name: (re.sub(r"<[^>]+>", "", number), share) for name, number, share in rows}
    assert counted == {
        "5 星": ("0", "0.0"), "4 星": ("0", "0.0"), "3 星": ("2", "40.0"), "2 星": ("1", "20.0"), "1 星": ("0", "0.0"),
        "0 星": ("0", "0.0"), "不评或未评": ("2", "40.0"),
    }  # fmt: skip


@pytest.mark.parametrize("login", ["inspector.xl", "preparer", "company1", "admin"])
async def test_other_posts_do_not_see_the_district(signed_in, login):
    client = await signed_in(login)
    assert (await client.get("/district")).status_code == 403
    assert (await client.get(f"/district/{XIANLIN}")).status_code == 403


async def test_the_pages_are_in_english_too(signed_in):
    client = await signed_in("auditor")
    await client.get("/language?to=en&back=/district")
    for path, words in (
        ("/district", ("Coverage by street", "Unmanaged estate-days", "Estates without a Party unit", "applied for")),
        (f"/district/{XIANLIN}", ("Communities, grids and estates", "in 2 grids", "communities 2, grids 3")),
    ):
        page = (await client.get(path)).text
        for word in words:
            assert word in page, word


async def test_an_empty_register_claims_nothing_and_leads_to_the_import(signed_in):
    for table in (EstateGrid, PartyUnit, TenureRow, Estate):
        await table.delete(force=True)
    page = (await (await signed_in("district")).get("/district")).text
    assert "每个小区的物业都有已批准的党组织" not in page
    assert "还没有登记小区" in page
    assert 'href="/imports"' in page
