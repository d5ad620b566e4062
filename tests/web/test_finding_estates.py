"""People find estates by name, code or initials, narrow the list by the address, and take out exactly what they see."""

import csv
import io
import re
from datetime import date

import msgspec
import openpyxl
import pytest

import district
import rated
from redproperty.actions.ratings import close_period, publish
from redproperty.domain.names import initials
from redproperty.store.tables import AuditEntry, Estate, EstateGrid, PartyUnit, Tenure

NAMES = {"QX-0001": "青石园", "QX-0002": "紫金花苑", "QX-0003": "燕江里", "QX-0004": "尧辰新村", "QX-0005": "无主巷"}
ALL = list(NAMES)
TAG = re.compile(r"<[^>]+>")


def names(page: str) -> list[str]:
    """Return the names in the list, in their order."""
    body = page.split("<tbody>")[1].split("</tbody>", maxsplit=1)[0] if "<tbody>" in page else ""
    return re.findall(r'<a href="/estates/[^"]+"><strong>([^<]+)</strong>', body)


def grid(page: str) -> tuple[list[str], list[list[str]]]:
    """Return headings and cells of the list as words; stars as the number that is said aloud."""
    table = page.split('<table class="cards estates">')[1].split("</table>", maxsplit=1)[0]
    said = re.sub(r'<span class="stars" role="img" aria-label="(\d) 星">.*?</span></span>', r"\1", table)
    said = re.sub(r'<span class="narrow-label">[^<]*</span>', "", said)
    heads = [TAG.sub("", head).rstrip(" ↑↓") for head in re.findall(r"<th[ >].*?</th>", said)]
    rows = re.findall(r"<tr>(.*?)</tr>", said.split("<tbody>")[1].split("</tbody>")[0], re.DOTALL)
    cells = [re.findall(r"<td[ >].*?</td>", row, re.DOTALL) for row in rows]
    return heads, [[TAG.sub("", cell).strip() for cell in row] for row in cells]


def plain(value: object) -> str:
    """Return a cell of a file as the page writes it."""
    if value is None or value == "":
        return "—"
    words = str(value)
    return f"{float(words):,.2f}" if re.fullmatch(r"\d+\.\d+", words) else words


async def add(code: str, name: str) -> None:
    await Estate.insert(
        Estate(code=code, name=name, initials=initials(name), street=district.XIANLIN, community="320113007001",
               estate_type="old", stratum="chosen_old", floor_area_cm=100, registered_on=date(2026, 1, 1))
    )  # fmt: skip


@pytest.fixture
async def rating(app):
    pack = rated.the_pack()
    await rated.score(pack)
    bureau = await district.actor("district")
    await publish(bureau, [pack], await close_period(bureau, [pack], rated.Q3, at=district.NOW), at=district.NOW)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("qsy", ["青石园"]),
        ("QSY", ["青石园"]),
        ("青石", ["青石园"]),
        ("QX-0003", ["燕江里"]),
        ("qx0003", ["燕江里"]),
        ("ＱＸ－０００３", ["燕江里"]),
        ("0003", ["燕江里"]),
        ("石 园", ["青石园"]),
        ("sy", ["青石园"]),
        ("白石", []),
        ("%", []),
        ("_", []),
        ("'", []),
        ("不存在的小区", []),
    ],
)
async def test_an_estate_is_found_by_name_code_or_initials(signed_in, words, found):
    page = (await (await signed_in("district")).get("/estates", params={"q": words})).text
    assert names(page) == found


@pytest.mark.parametrize(
    ("name", "words"),
    [("栖·云坊", "栖云"), ("栖·云坊", "栖·云"), ("栖·云坊", "qyf"), ("㙍下𠮷庄", "𠮷庄"), ("㙍下𠮷庄", "㙍")],
)
async def test_rare_characters_and_dots_are_found_and_come_out_whole(signed_in, name, words):
    client = await signed_in("district")
    await add("QX-0900", name)
    assert names((await client.get("/estates", params={"q": words})).text) == [name]
    assert name in (await client.get("/estates/QX-0900")).text
    assert name in (await client.get("/estates.csv", params={"q": words})).content.decode("utf-8-sig")
    sheet = openpyxl.load_workbook(io.BytesIO((await client.get("/estates.xlsx", params={"q": words})).content)).active
    assert name in [cell.value for row in sheet for cell in row]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (f"street={district.MAQUN}", ["燕江里", "尧辰新村"]),
        ("community=320113007002", ["紫金花苑"]),
        ("type=old", ["燕江里", "尧辰新村", "无主巷"]),
        ("stratum=developer", ["青石园", "紫金花苑"]),
        ("management=none", ["无主巷"]),
        ("management=custody&type=old", ["尧辰新村"]),
        ("party=applied", ["紫金花苑"]),
        ("party=none", ["燕江里", "无主巷"]),
        ("body=committee", ["青石园"]),
        ("stars=3", ["青石园", "燕江里"]),
        ("stars=unrated", ["紫金花苑", "无主巷"]),
        ("stars=3&q=yjl", ["燕江里"]),
        ("type=castle", list(NAMES.values())),  # a value that no filter knows narrows nothing
        ("sort=-households", ["紫金花苑", "燕江里", "青石园", "尧辰新村", "无主巷"]),
        ("sort=floor_area_cm", ["无主巷", "尧辰新村", "燕江里", "青石园", "紫金花苑"]),
        ("sort=name", ["青石园", "无主巷", "尧辰新村", "燕江里", "紫金花苑"]),  # qsy, wzx, ycxc, yjl, zjhy
        ("sort=DROP TABLE estate", list(NAMES.values())),
    ],
)
async def test_the_address_narrows_and_sorts(signed_in, rating, query, found):
    assert names((await (await signed_in("district")).get(f"/estates?{query}")).text) == found


async def test_counts_beside_a_filter_say_what_choosing_it_would_show(signed_in):
    client = await signed_in("district")
    page = (await client.get(f"/estates?street={district.XIANLIN}")).text
    assert f'<option value="{district.MAQUN}">马群街道 (2)</option>' in page
    assert '<option value="old">老旧小区 (1)</option>' in page
    assert '<option value="market">物业企业 (2)</option>' in page
    assert "马群社区" not in page  # communities of the chosen street only
    assert len(names((await client.get(f"/estates?street={district.XIANLIN}&type=old")).text)) == 1


async def test_htmx_gets_the_same_list_as_the_page_and_the_address_that_makes_it(signed_in):
    client = await signed_in("district")
    query = {"q": "", "street": district.XIANLIN, "type": "", "sort": "-households"}
    whole = (await client.get("/estates", params=query)).text
    part = await client.get("/estates", params=query, headers={"HX-Request": "true"})
    assert "<html" not in part.text
    assert part.headers["hx-push-url"] == f"/estates?street={district.XIANLIN}&sort=-households"
    assert "hx-request" in part.headers["vary"].lower()
    section = re.search(r'<section id="results".*?</section>', whole, re.DOTALL)
    assert section is not None
    assert re.search(r'<section id="results".*?</section>', part.text, re.DOTALL)[0] == section[0]
    assert 'id="facets"' in part.text
    assert 'hx-swap-oob="true"' in part.text


async def test_columns_live_in_the_address(signed_in):
    client = await signed_in("district")
    heads, rows = grid((await client.get("/estates?columns=stars,households,community_name,nonsense")).text)
    assert heads == ["小区", "社区", "户数", "星级"]
    assert rows[0] == ["青石园", "仙林新村社区", "480", "未评定"]
    page = (await client.get("/estates")).text
    assert "columns=name%2Ccode%2Cstreet_name%2Ccommunity_name" in page  # what one click would add


VIEWS = [
    "",
    "sort=-households",
    f"street={district.XIANLIN}&sort=name",
    "stars=3&columns=name,stars,composite,households",
    "management=none",
    "columns=code,community_name,stratum,owners_body,floor_area_cm",
    "q=qsy",
]


@pytest.mark.parametrize("query", VIEWS)
@pytest.mark.parametrize("login", ["district", "reviewer.xl"])
async def test_a_file_holds_the_rows_columns_order_and_labels_that_are_seen(signed_in, rating, query, login):
    client = await signed_in(login)
    heads, rows = grid((await client.get(f"/estates?{query}")).text)
    text = (await client.get(f"/estates.csv?{query}")).content.decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(text)))
    assert lines[0] == heads
    assert [[plain(cell) for cell in line] for line in lines[1:]] == [
        [plain(c.replace(",", "")) for c in r] for r in rows
    ]
    sheet = openpyxl.load_workbook(io.BytesIO((await client.get(f"/estates.xlsx?{query}")).content)).active
    cells = [list(row) for row in sheet.iter_rows(values_only=True)]
    start = cells.index(heads)
    found = [[plain(cell) for cell in row] for row in cells[start + 1 : start + 1 + len(rows)]]
    assert found == [[plain(c.replace(",", "")) for c in r] for r in rows]


async def test_totals_of_the_page_and_the_file_agree(signed_in):
    client = await signed_in("district")
    page = (await client.get("/estates")).text
    foot = page.split("<tfoot>")[1].split("</tfoot>")[0]
    assert ">2706<" in foot  # 480 + 1100 + 610 + 420 + 96
    assert ">254,506.56<" in foot  # 52,318.46 + 118,400.00 + 44,015.20 + 31,772.90 + 8,000.00
    sheet = openpyxl.load_workbook(io.BytesIO((await client.get("/estates.xlsx")).content)).active
    last = [cell.value for cell in list(sheet.rows)[-1]]
    assert last[0] == "合计"
    assert 2706 in last


async def test_the_file_says_its_filter_in_words_and_the_export_stands_in_the_trail(signed_in):
    client = await signed_in("reviewer.xl")
    response = await client.get("/estates.xlsx?type=old&q=wzx")
    assert "%E5%B0%8F%E5%8C%BA%E4%B8%80%E8%A7%88-2026-11-23.xlsx" in response.headers["content-disposition"]
    sheet = openpyxl.load_workbook(io.BytesIO(response.content)).active
    assert sheet["A2"].value == "筛选：查找：wzx；类型：老旧小区"
    entry = await AuditEntry.select().where(AuditEntry.deed == "export").first()
    assert (entry["name"], entry["subject"]) == ("王核", "estates")
    assert msgspec.json.decode(entry["details"]) == {"filter": "q=wzx&type=old", "rows": 1, "format": "xlsx"}


async def test_a_name_that_looks_like_a_formula_stays_a_name(signed_in):
    client = await signed_in("district")
    await add("QX-0900", "=HYPERLINK(1)")
    assert "'=HYPERLINK(1)" in (await client.get("/estates.csv?q=hyper")).content.decode("utf-8-sig")


async def test_long_lists_are_paged_and_the_filter_stays(signed_in):
    client = await signed_in("district")
    for number in range(100, 150):
        await add(f"QX-0{number}", f"长巷{number}号")
    first = (await client.get("/estates?type=old")).text
    assert len(names(first)) == 50
    assert 'href="/estates?type=old&amp;page=2"' in first
    second = (await client.get("/estates?type=old&page=2")).text
    assert len(names(second)) == 3
    assert names((await client.get("/estates?type=old&page=99")).text) == names(second)


async def test_an_empty_list_says_what_to_do(signed_in):
    page = (await (await signed_in("district")).get("/estates?q=nothing")).text
    assert "没有符合条件的小区" in page
    assert "查看全部小区" in page
    assert "/estates.xlsx" not in page


async def test_the_list_is_in_english_too(signed_in):
    client = await signed_in("district")
    await client.get("/language?to=en&back=/estates")
    page = (await client.get("/estates")).text
    for words in ("5</strong> estates", "old estate", "fallback custody", "Choose columns", "Not yet rated"):
        assert words in page
    assert "Floor area (㎡)" in (await client.get("/estates.csv")).content.decode("utf-8-sig")


async def test_a_register_still_empty_leads_those_who_may_to_the_import(signed_in):
    bureau, auditor = await signed_in("district"), await signed_in("auditor")
    for table in (Tenure, PartyUnit, EstateGrid):
        await table.delete(force=True)
    await Estate.delete(force=True)
    page = (await bureau.get("/estates")).text
    assert '<p>还没有登记小区</p><a class="button" href="/imports#estates">导入小区</a>' in page
    assert "没有符合条件的小区" in (await bureau.get("/estates?q=青石")).text
    page = (await auditor.get("/estates")).text
    assert "<p>还没有登记小区</p></div>" in page
