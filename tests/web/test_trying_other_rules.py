"""The bureau copies an edition, changes it and sees who would move; nothing that holds is touched.

2026Q3 of the small district (see `rated` and `paying`): 青石园 3 stars, 燕江里 3 (V8 holds it down), 尧辰新村 2 with
74.70, in custody; due 77,963.43. With three stars from 74 instead of 80 尧辰新村 rises to three:
31,772.90 × 0.40 × 1.00 × 3 = 38,127.48, which is 7,625.50 more than 30,501.98; in all 85,588.93, of a budget of
80,000.00 that is 5,588.93 ÷ 80,000 = 6.986 % too much.
"""

import csv
import io
import re
import shutil
from dataclasses import replace
from zipfile import ZipFile

import pytest

import district
import rated
from paying import PACK, paid, rate
from redproperty.actions.scenarios import create
from redproperty.settings import bundled
from redproperty.store.rules import editions
from redproperty.store.tables import TABLES

pytestmark = pytest.mark.usefixtures("published")
NEW = {"title": "三星线降到 74 分", "period": "2026Q3", "edition": "2026-01-01", "budget": "80,000"}
LINE = "rating.stars.cutoffs.2.at_least"
AT = "/scenarios/CS-2026Q3-01"
OWN = {"scenario", "audit_entry", "login_session"}  # what a what-if and signing in may write


@pytest.fixture
async def published(app):
    """Both quarters published and the third paid in full."""
    await rate()
    await paid()


async def everything() -> dict[str, list[dict]]:
    """Return every row of the record but what-ifs, trail and sessions."""
    return {
        table._meta.tablename: await table.select().order_by(table.id)
        for table in TABLES
        if table._meta.tablename not in OWN
    }


async def started(client, form=NEW) -> dict[str, str]:
    """Copy the edition and return the form of its figures as the browser would send it back."""
    response = await client.post("/scenarios", data=form)
    assert response.status_code == 303, response.text
    assert response.headers["location"] == f"{AT}/figures"
    return await fields(client)


async def fields(client) -> dict[str, str]:
    page = (await client.get(f"{AT}/figures")).text
    return dict(re.findall(r'name="([a-z][\w.]*)" (?:type="\w+" )?value="([^"]*)"', page.split("<form")[-1]))


async def test_a_lower_threshold_shows_who_rises_and_what_it_costs(signed_in):
    client = await signed_in("district")
    form = await started(client)
    before = await everything()
    assert form[LINE] == "80"
    response = await client.post(f"{AT}/figures", data={**form, LINE: "74"})
    assert (response.status_code, response.headers["location"]) == (303, AT)
    page = (await client.get(AT)).text
    assert "1 个小区变星：1 个升；补贴应发增加 7,625.50 元；超预算 7.0%，按比例缩放后发放。" in page
    assert "85,588.93" in page
    assert "77,963.43" in page
    assert await everything() == before, "live results stay to the byte"


async def test_the_page_names_the_change_the_estate_and_its_street(signed_in):
    client = await signed_in("district")
    form = await started(client, NEW | {"budget": ""})
    await client.post(f"{AT}/figures", data={**form, LINE: "74"})
    page = (await client.get(AT)).text
    assert re.search(r"3 星</td><td>不低于</td><td[^>]*>80</td><td[^>]*><b>74</b>", page)
    assert "尧辰新村" in page
    assert "燕江里" not in page, "where no budget is named, who does not move keeps every fen"
    assert re.search(r"马群街道</a></td><td[^>]*>2</td><td[^>]*>1</td>", page)
    assert "马群街道物业管理有限公司" in page
    assert 'class="flow-up"' in page


async def test_cases_that_no_longer_hold_are_told_for_information(signed_in):
    client = await signed_in("district")
    form = await started(client)
    assert "个案例" not in (await client.get(AT)).text  # nothing is changed yet
    await client.post(f"{AT}/figures", data={**form, LINE: "74"})
    page = (await client.get(AT)).text
    assert re.search(r"底版的 \d+ 个案例，按改过的规则有 [1-9]\d* 个不符（供参考", page)
    assert "<b>79.99，二星</b>" in page  # three stars from 74 on
    assert "<b>84.99，三星</b>" not in page


async def test_without_a_change_nobody_moves_and_no_fen(signed_in):
    client = await signed_in("district")
    await started(client)
    page = (await client.get(AT)).text
    assert "没有小区变星；补贴应发不变；在预算之内。" in page
    assert "规则还没有改动" in page
    assert "没有小区变星，也没有小区的补贴变化" in page


async def test_the_list_narrows_sorts_and_is_exported_as_seen(signed_in):
    client = await signed_in("district")
    form = await started(client, NEW | {"budget": ""})
    await client.post(f"{AT}/figures", data={**form, LINE: "74", "subsidy.rates.1.rate": "0.35"})
    # 燕江里: 44,015.20 × 0.35 × 3 = 46,215.96, which is 6,602.28 more than 39,613.68
    response = await client.get(f"{AT}/estates.csv?sort=change")
    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    told = [(row["小区"], row["现行星级"], row["测算星级"], row["增减（元）"]) for row in rows if row["小区编码"]]
    assert told == [("燕江里", "3", "3", "6602.28"), ("尧辰新村", "2", "3", "7625.50")]
    assert (await client.get(f"{AT}/estates.xlsx")).status_code == 200
    only = (await client.get(f"{AT}/estates.csv?show=up")).content.decode()
    assert "尧辰新村" in only
    assert "燕江里" not in only
    every = (await client.get(f"{AT}?show=all&was=none")).text
    assert "紫金花苑" in every


async def test_the_rules_tried_are_taken_home_as_a_folder(signed_in):
    client = await signed_in("district")
    form = await started(client)
    await client.post(f"{AT}/figures", data={**form, LINE: "74"})
    first, second = [(await client.get(f"{AT}/rules.zip")).content for _ in range(2)]
    assert first == second
    with ZipFile(io.BytesIO(first)) as archive:
        names = archive.namelist()
        text = archive.read("CS-2026Q3-01/rating.yaml").decode()
    assert [name.rpartition("/")[2] for name in names] == [
        "inspections.yaml", "pack.yaml", "rating.yaml", "sheet.yaml", "subsidy.yaml", "takeover.yaml",
    ]  # fmt: skip
    assert text == text_of("2026-01-01", "rating.yaml").replace(
        "- {star: 3, at_least: 80, below: 85}\n    - {star: 2, at_least: 70, below: 80}",
        "- {star: 3, at_least: 74, below: 85}\n    - {star: 2, at_least: 70, below: 74}",
    )
    assert "条文怎么变" in (await client.get(AT)).text


@pytest.fixture
def drafts(tmp_path):
    """A folder of editions with a draft beside the one that holds: custody at 0.50 yuan."""
    root = tmp_path / "rules"
    shutil.copytree(bundled("rules") / "2026-01-01", root / "2026-01-01")
    shutil.copytree(root / "2026-01-01", root / "next-year")
    for name, old, new in (("pack", "status: in_force", "status: draft"), ("subsidy", 'rate: "0.40"', 'rate: "0.50"')):
        path = root / "next-year" / f"{name}.yaml"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
    return root


async def test_a_draft_edition_is_tried_against_the_one_that_holds(app, signed_in, drafts):
    app.state.settings = replace(app.state.settings, rules=drafts)
    app.state.editions = editions(drafts)
    client = await signed_in("district")
    assert '<option value="next-year"' in (await client.get("/scenarios/new")).text
    await started(client, NEW | {"edition": "next-year", "budget": ""})
    # 尧辰新村 keeps two stars: 31,772.90 × 0.50 × 0.80 × 3 = 38,127.48 instead of 30,501.98
    assert "没有小区变星；补贴应发增加 7,625.50 元。" in (await client.get(AT)).text
    (drafts / "next-year" / "subsidy.yaml").write_text("title: [", encoding="utf-8")
    assert "合不起来，有" in (await client.get(AT)).text
    shutil.rmtree(drafts / "next-year")
    assert "规则版本 next-year 已不在" in (await client.get(AT)).text


async def test_a_colleague_opens_the_link_copies_it_and_cannot_change_it(signed_in):
    bureau, auditor, finance = [await signed_in(one) for one in ("district", "auditor", "preparer")]
    form = await started(bureau)
    await bureau.post(f"{AT}/figures", data={**form, LINE: "74"})
    for client in (auditor, finance):
        assert "1 个小区变星" in (await client.get(AT)).text
        assert (await client.get(f"{AT}/figures")).status_code == 403
        assert (await client.post(f"{AT}/copy")).status_code == 403
    copied = await bureau.post(f"{AT}/copy")
    assert copied.headers["location"] == "/scenarios/CS-2026Q3-02/figures"
    assert "1 个小区变星" in (await bureau.get("/scenarios/CS-2026Q3-02")).text
    for login in ("inspector.xl", "reviewer.xl", "company1", "custody", "admin"):
        assert (await (await signed_in(login)).get(AT)).status_code == 403, login


async def test_only_its_maker_changes_it(signed_in):
    await district_made()
    other = await signed_in("district2")
    assert "只有本人能改" in (await other.get(f"{AT}/figures")).text
    assert (await other.post(f"{AT}/figures", data={"title": "别人的", "version": "1"})).status_code == 403
    assert (await other.post(f"{AT}/archive", data={"archived": "1"})).status_code == 403
    assert "三星线降到 74 分" in (await other.get(AT)).text


async def district_made() -> None:
    """Let a second person of the bureau be, and the first make a what-if."""
    person = next(table for table in TABLES if table._meta.tablename == "person")
    row = await person.select(person.password_hash).first()
    await person.insert(
        person(login="district2", name="同事", role="district", password_hash=row["password_hash"], must_change=False)
    )
    await create(await district.actor("district"), [PACK], NEW, at=district.NOW)


async def test_two_windows_of_one_person_do_not_overwrite_each_other(signed_in):
    client = await signed_in("district")
    form = await started(client)
    await client.post(f"{AT}/figures", data={**form, LINE: "74"})
    late = await client.post(f"{AT}/figures", data={**form, LINE: "75", "title": "晚了"})
    assert late.status_code == 422
    assert "已在别处改过" in late.text
    assert 'value="75"' in late.text
    assert "晚了" in late.text
    assert (await fields(client))[LINE] == "74"


async def test_figures_that_do_not_fit_are_told_at_their_fields_and_nothing_is_lost(signed_in):
    client = await signed_in("district")
    form = await started(client)
    typed = {**form, LINE: "x", "title": "", "budget": "很多", "subsidy.rates.1.rate": "0.35"}
    response = await client.post(f"{AT}/figures", data=typed)
    assert response.status_code == 422
    for name in ("title", "budget", LINE):
        assert f'href="#f-{name}"' in response.text
    assert "“x”不是数" in response.text
    assert 'name="subsidy.rates.1.rate" value="0.35"' in response.text
    apart = await client.post(f"{AT}/figures", data={**form, "rating.stars.cutoffs.0.at_least": "84"})
    assert apart.status_code == 422
    assert 'href="#f-rating.stars.cutoffs.0.at_least"' in apart.text
    assert (await fields(client))[LINE] == "80"


async def test_the_same_rules_are_changed_in_their_text(signed_in):
    client = await signed_in("district")
    form = await started(client, NEW | {"budget": ""})
    await client.post(f"{AT}/figures", data={**form, LINE: "74"})
    page = (await client.get(f"{AT}/text/rating.yaml")).text
    assert "- {star: 3, at_least: 74, below: 85}" in page
    v8 = "when: {fact: party_form, is: none}, at_most: "
    text = text_of(PACK.edition, "rating.yaml").replace(f"{v8}3", f"{v8}5")
    response = await client.post(f"{AT}/text/rating.yaml", data={"version": "2", "content": text.replace("\n", "\r\n")})
    assert response.headers["location"] == AT
    # 燕江里 has five stars by its points; the quota of its stratum (15 % of one: none) leaves four:
    # 44,015.20 × 0.30 × 1.10 × 3 = 43,575.048
    page = (await client.get(AT)).text
    assert "1 个小区变星：1 个升；补贴应发增加 3,961.37 元。" in page
    assert "V8 未建立党组织" in page
    assert (await fields(client))[LINE] == "80", "the text that was saved is the whole file"


def text_of(edition: str, name: str) -> str:
    return (bundled("rules") / edition / name).read_text(encoding="utf-8")


async def test_broken_text_is_answered_with_every_problem_and_kept_as_typed(signed_in):
    client = await signed_in("district")
    await started(client)
    text = text_of("2026-01-01", "rating.yaml").replace("floor: 60", "floor: sixty").replace("weight: 60", "wieght: 60")
    text += "# eigene Notiz\n"
    response = await client.post(f"{AT}/text/rating.yaml", data={"version": "1", "content": text})
    assert response.status_code == 422
    lines = text.splitlines()
    for word in ("floor: sixty", "wieght: 60"):
        number = next(n for n, line in enumerate(lines, start=1) if word in line)
        assert f"rating.yaml:{number}:" in response.text
        assert f'<code class="source">{lines[number - 1].strip()}' in response.text
    assert "是否想写“weight”" in response.text
    assert "# eigene Notiz" in response.text
    assert "没有保存" in response.text
    worse = await client.post(f"{AT}/text/rating.yaml", data={"version": "1", "content": "stars: [<b>"})
    assert worse.status_code == 422
    assert "stars: [&lt;b&gt;" in worse.text
    assert "- {star: 3, at_least: 80, below: 85}" in (await client.get(f"{AT}/text/rating.yaml")).text


async def test_an_item_that_nobody_was_asked_cannot_be_tried(signed_in):
    client = await signed_in("district")
    await started(client)
    text = text_of("2026-01-01", "sheet.yaml").replace("code: JC-02", "code: JC-88")
    await client.post(f"{AT}/text/sheet.yaml", data={"version": "1", "content": text})
    page = (await client.get(AT)).text
    assert "JC-88 在所选考核期没有检查过，不能测算" in page
    assert "改了什么" in page


async def test_a_new_one_says_all_that_is_missing(signed_in):
    client = await signed_in("district")
    page = (await client.get("/scenarios/new")).text
    assert '<option value="2026Q3" selected' in page
    assert '<option value="2026-01-01" selected' in page, "the edition that holds, not a later draft"
    assert 'value="100,000.00"' in page, "the budget of the last run of the period"
    assert 'href="/scenarios/new?edition=2026-01-01"' in (await client.get("/rules/2026-01-01")).text
    response = await client.post("/scenarios", data={"title": "", "period": "2020Q1", "edition": "x", "budget": "-"})
    assert response.status_code == 422
    assert [name for name in ("title", "period", "edition", "budget") if f'href="#f-{name}"' not in response.text] == []


async def test_the_archive_keeps_the_link_open(signed_in):
    client = await signed_in("district")
    await started(client)
    await client.post(f"{AT}/archive", data={"archived": "1"})
    assert "已归档 1 个" in (await client.get("/scenarios")).text
    assert "已归档" in (await client.get(AT)).text
    await client.post(f"{AT}/archive", data={"archived": "0"})
    assert "已归档 1 个" not in (await client.get("/scenarios")).text


async def test_every_deed_stands_in_the_trail(signed_in):
    client = await signed_in("district")
    form = await started(client)
    await client.post(f"{AT}/figures", data={**form, LINE: "74"})
    await client.get(f"{AT}/estates.csv")
    page = (await (await signed_in("auditor")).get("/audit?q=CS-2026Q3-01")).text
    assert "编制测算" in page
    assert f'href="{AT}"' in page


async def test_a_record_that_moved_on_since_publication_is_said(signed_in):
    client = await signed_in("district")
    await started(client)
    assert "发布之后记录有变动" not in (await client.get(AT)).text
    await rated.corrected("QX-0001", "collection", 100_000_000)
    await client.post("/ratings/2026Q3/close")  # a deed, so that what was kept is not shown again
    assert "有 1 个小区与已发布的星级不同" in (await client.get(AT)).text
    person = next(table for table in TABLES if table._meta.tablename == "person")
    await person.update({person.street: district.MAQUN}).where(person.login == "preparer")
    assert "发布之后记录有变动" not in (await (await signed_in("preparer")).get(AT)).text  # it is of Xianlin


async def test_finance_of_one_street_sees_its_street_and_no_budget(signed_in):
    client = await signed_in("district")
    form = await started(client)
    await client.post(f"{AT}/figures", data={**form, LINE: "74"})
    person = next(table for table in TABLES if table._meta.tablename == "person")
    await person.update({person.street: district.XIANLIN}).where(person.login == "preparer")
    page = (await (await signed_in("preparer")).get(AT)).text
    assert "没有小区变星；补贴应发减少" not in page
    assert "尧辰新村" not in page
    assert "没有小区变星" in page
    assert "超预算" not in page


async def test_stars_that_are_not_published_are_not_for_finance(signed_in):
    await create(await district.actor("district"), [PACK], NEW, at=district.NOW)
    run = next(table for table in TABLES if table._meta.tablename == "scenario")
    await run.update({run.period: "2026Q4"}).where(run.number == "CS-2026Q3-01")
    assert (await (await signed_in("preparer")).get(AT)).status_code == 404
    assert "2026Q4" not in (await (await signed_in("preparer")).get("/scenarios")).text
    assert "2026年第四季度没有已复核的检查" in (await (await signed_in("district")).get(AT)).text


async def test_english_has_no_chinese_of_its_own(signed_in):
    client = await signed_in("district")
    form = await started(client)
    await client.post(f"{AT}/figures", data={**form, LINE: "74"})
    client.cookies.set("lang", "en")
    page = (await client.get(AT)).text
    assert (
        "1 move: 1 up; the subsidy due rises by 7,625.50 yuan; 7.0 % over budget, so all lines are scaled down." in page
    )
