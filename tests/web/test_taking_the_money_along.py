"""What a run's page exports is what it shows: re-read cell by cell, the same bytes each time, written to the trail."""

import csv
import io
from datetime import date
from decimal import Decimal
from fractions import Fraction

import msgspec
import openpyxl
import pytest

import district
import paying
from oracle import subsidies as oracle
from paying import LINES, TOTAL, WORDS
from rated import Q3
from redproperty.actions.subsidies import Order
from redproperty.store.tables import AuditEntry, Company, Estate, Person, Rating, Tenure

RUN = "/subsidies/BT-2026Q3-01"
ENTICING = '=HYPERLINK("http://x","点我")'
SEEN = [
    "小区", "小区编码", "街道", "小区类型", "物业企业", "星级", "面积（㎡）", "标准", "系数", "天数",
    "应发（元）", "实发（元）", "区级（元）", "街道承担（元）", "算式或原因", "批次号", "规则版本",
]  # fmt: skip
TERMS = oracle.Terms(  # subsidy.yaml, read by a person
    by_type={
        "old": Fraction(30, 100),
        "resettlement_low": Fraction(20, 100),
        "resettlement_high": Fraction(70, 100),
        "affordable": Fraction(20, 100),
        "commodity": Fraction(5, 100),
    },
    by_management={"custody": Fraction(40, 100)},
    coefficients={stars: Fraction(tenths, 10) for stars, tenths in ((5, 12), (4, 11), (3, 10), (2, 8), (1, 5), (0, 0))},
    months=Fraction(3),
    district_share=Fraction(7, 10),
    year_cap=Fraction(300_000),
    top_up_rate=Fraction(2, 10),
    collected=Fraction(6, 10),
    least_stars=1,
    start_up=4_000_000,
    stops=("V4", "V5"),
)


@pytest.fixture
async def stars(app):
    await paying.rate()


@pytest.fixture
async def checker(stars, signed_in):
    return await signed_in("checker")


async def opened(client, path):
    response = await client.get(path)
    assert response.status_code == 200, response.text
    return openpyxl.load_workbook(io.BytesIO(response.content)).active


def heading_row(sheet, first):
    return next(row for row in range(1, 12) if sheet.cell(row, 1).value == first)


def table(sheet, first):
    """Return the rows below the headings, up to the sums, as dicts; and the sums."""
    top = heading_row(sheet, first)
    heads = [cell.value for cell in sheet[top]]
    rows = []
    for cells in sheet.iter_rows(min_row=top + 1, values_only=True):
        rows.append(dict(zip(heads, cells, strict=True)))
        if "合计" in cells:
            return rows[:-1], rows[-1]
    raise AssertionError("no sums")


async def trail():
    row = await AuditEntry.select().where(AuditEntry.deed == "export").order_by(AuditEntry.id, ascending=False).first()
    return row["subject"], msgspec.json.decode(row["details"])


async def test_the_sheet_of_a_run_cell_by_cell(checker):
    await paying.paid()
    sheet = await opened(checker, f"{RUN}/sheet.xlsx")
    rows, sums = table(sheet, "序号")
    columns = ("小区名称", "小区编码", "有效天数", "星级", "应发金额", "实发金额", "区级承担", "街道承担")
    assert [tuple(row[name] for name in columns) for row in rows] == LINES
    assert (sums["应发金额"], sums["实发金额"]) == (77963.43, 77963.43)
    assert (sums["区级承担"], sums["街道承担"]) == (54574.41, 23389.02)
    first = rows[0]
    assert first == first | {
        "街道": "仙林街道",
        "社区": "仙林新村社区",
        "物业企业": "栖安物业服务有限公司",
        "统一社会信用代码": "91320113MA1000011D",
        "银行账号": "6222020200112233445",
        "联行号": "313301008887",
        "批次号": "BT-2026Q3-01",
        "考核期": "2026年第三季度",
    }
    assert [r["备注"] for r in rows if not r["实发金额"]] == ["未评级", "未评级", "无物业管理"]
    said = [str(cell.value) for (cell,) in sheet.iter_rows(max_col=1) if cell.value]
    assert any(text.startswith("批次 BT-2026Q3-01") and paying.DOCUMENT in text and "批准" in text for text in said)
    assert f"实发合计（大写）：{WORDS}　¥{TOTAL}" in said
    assert f"规则版本 2026-01-01　摘要 {paying.PACK.digest}" in said
    assert any("制表：钱制" in text and "审批：周审" in text for text in said)
    assert await trail() == ("run:BT-2026Q3-01", {"filter": "sheet", "format": "xlsx", "rows": 6})


async def test_the_sheet_is_formatted_as_finance_needs_it(checker):
    await paying.drafted()
    sheet = await opened(checker, f"{RUN}/sheet.xlsx")
    top = heading_row(sheet, "序号")
    kinds = {
        head.value: (cell.data_type, cell.number_format) for head, cell in zip(sheet[top], sheet[top + 1], strict=True)
    }
    assert kinds["银行账号"] == ("s", "@")
    assert kinds["联行号"] == ("s", "@")
    assert kinds["实发金额"] == ("n", "#,##0.00")
    assert kinds["建筑面积(㎡)"] == ("n", "#,##0.00")
    assert sheet.freeze_panes == f"C{top + 1}"
    assert sheet.print_title_rows == f"${top}:${top}"
    assert sheet.print_area


async def test_lines_leave_as_they_are_seen(checker):
    await paying.drafted()
    query = "given=paid&sort=-paid&street=" + district.MAQUN
    sheet = await opened(checker, f"{RUN}.xlsx?{query}")
    assert [cell.value for cell in sheet[heading_row(sheet, "小区")]] == SEEN
    rows, sums = table(sheet, "小区")
    assert [(r["小区"], r["实发（元）"]) for r in rows] == [("燕江里", 39613.68), ("尧辰新村", 30501.98)]
    assert rows[0] == rows[0] | {
        "街道": "马群街道",
        "小区类型": "老旧小区",
        "星级": 3,
        "面积（㎡）": 44015.2,
        "标准": 0.3,
        "系数": 1,
        "天数": 92,
        "批次号": "BT-2026Q3-01",
        "规则版本": f"2026-01-01 {paying.PACK.digest[:12]}",
    }
    assert "44,015.20 ㎡ × 0.30 元 × 1.00 × 3 个月 = 39,613.68 元" in rows[0]["算式或原因"]
    assert (sums["实发（元）"], sums["区级（元）"], sums["街道承担（元）"]) == (70115.66, 49080.97, 21034.69)
    said = [str(cell.value) for (cell,) in sheet.iter_rows(max_col=1) if cell.value]
    assert "筛选：街道：马群街道；实发：有补贴" in said
    assert "按实发降序排序" in said
    assert "实发合计（大写）：人民币柒万零壹佰壹拾伍元陆角陆分　¥70,115.66" in said
    subject, details = await trail()
    assert (subject, details) == ("run:BT-2026Q3-01", {"filter": query, "format": "xlsx", "rows": 2})


async def test_the_csv_opens_in_chinese_excel_and_holds_plain_figures(checker):
    await paying.drafted()
    response = await checker.get(f"{RUN}.csv")
    assert response.content.startswith(b"\xef\xbb\xbf")
    assert "BT-2026Q3-01" in response.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert list(rows[0]) == SEEN
    assert [(r["小区"], r["实发（元）"]) for r in rows if r["实发（元）"] != "0.00"] == [
        ("青石园", "7847.77"),
        ("燕江里", "39613.68"),
        ("尧辰新村", "30501.98"),
    ]
    assert sum(Decimal(r["实发（元）"]) for r in rows) == Decimal("77963.43")
    for row in rows:
        assert Decimal(row["区级（元）"]) + Decimal(row["街道承担（元）"]) == Decimal(row["实发（元）"])


async def test_no_cell_of_a_file_runs(checker):
    await Estate.update({Estate.name: ENTICING}).where(Estate.code == "QX-0001")
    await Company.update({Company.account_bank: "+1+1"}).where(Company.name == "栖安物业服务有限公司")
    await paying.drafted()
    for path, first in ((f"{RUN}.xlsx", "小区"), (f"{RUN}/sheet.xlsx", "序号")):
        sheet = await opened(checker, path)
        for row in sheet.iter_rows(min_row=heading_row(sheet, first) + 1):
            for cell in row:
                assert cell.data_type != "f"
                if str(cell.value)[:1] in "=+":
                    assert cell.quotePrefix
        assert ENTICING in [cell.value for row in sheet.iter_rows() for cell in row]
    lines = (await checker.get(f"{RUN}.csv")).content.decode("utf-8-sig")
    assert next(csv.DictReader(io.StringIO(lines)))["小区"] == f"'{ENTICING}"


async def test_exported_again_the_bytes_are_the_same(checker):
    await paying.paid()
    for path in (f"{RUN}.xlsx?stars=3", f"{RUN}.csv", f"{RUN}/sheet.xlsx"):
        assert (await checker.get(path)).content == (await checker.get(path)).content
    assert (await checker.get(f"{RUN}.pdf")).status_code == 404
    assert (await checker.get("/subsidies/BT-2026Q3-99.xlsx")).status_code == 404


async def test_a_company_takes_only_its_lines_along(stars, signed_in):
    await paying.paid()
    company = await signed_in("company1")
    sheet = await opened(company, f"{RUN}.xlsx")
    rows, sums = table(sheet, "小区")
    assert [r["小区"] for r in rows] == ["青石园", "紫金花苑"]
    assert sums["实发（元）"] == 7847.77
    said = [str(cell.value) for (cell,) in sheet.iter_rows(max_col=1) if cell.value]
    assert "本表只列栖安物业服务有限公司的小区" in said


async def test_a_street_takes_only_its_part_along_and_the_file_says_so(stars, signed_in):
    await paying.paid()
    await Person.update({Person.street: district.XIANLIN}).where(Person.login == "preparer")
    street = await signed_in("preparer")
    sheet = await opened(street, f"{RUN}/sheet.xlsx")
    rows, sums = table(sheet, "序号")
    assert {r["街道"] for r in rows} == {"仙林街道"}
    assert sums["实发金额"] == 7847.77
    said = [str(cell.value) for (cell,) in sheet.iter_rows(max_col=1) if cell.value]
    assert "本表只列仙林街道的小区" in said
    assert "实发合计（大写）：人民币柒仟捌佰肆拾柒元柒角柒分　¥7,847.77" in said


async def test_those_who_look_on_get_the_sheet_without_accounts(stars, signed_in):
    await paying.paid()
    sheet = await opened(await signed_in("district"), f"{RUN}/sheet.xlsx")
    heads = {cell.value for cell in sheet[heading_row(sheet, "序号")]}
    assert not heads & {"开户名", "开户行", "银行账号", "联行号"}
    assert "实发金额" in heads


async def test_a_file_is_in_the_language_of_the_page(checker):
    await paying.drafted()
    await checker.get("/language?to=en&back=/subsidies")
    sheet = await opened(checker, f"{RUN}.xlsx")
    heads = [cell.value for cell in sheet[heading_row(sheet, "Estate")]]
    assert heads[:6] == ["Estate", "Estate code", "Street", "Type", "Company", "Stars"]


async def test_a_whole_run_equals_the_oracle_from_the_record_to_the_file(app, signed_in):
    """Two stints that are paid by days, the year's cap all but used, and a budget far too small."""
    company = (await district.actor("company1")).company_id
    await Tenure.update({Tenure.company: company}).where(Tenure.begins == date(2026, 8, 15))  # the same one goes on
    await paying.rate()
    before = await paying.paid_before()
    assert before == "BT-2026Q2-01"
    await paying.drafted(Order(Q3, 5_000_001, paying.DOCUMENT, paying.ITEM))
    sheet = await opened(await signed_in("checker"), f"{RUN}/sheet.xlsx")
    rows, _ = table(sheet, "序号")
    lines = await stints_in_plain_python()
    dues = oracle.due(TERMS, lines, 92)
    expected = [
        (line["estate_code"], line["days"], due, *shares)
        for line, due, shares in zip(lines, dues, oracle.paid(TERMS, lines, dues, 5_000_001), strict=True)
    ]
    got = [
        (r["小区编码"], r["有效天数"], *(fen(r[name]) for name in ("应发金额", "实发金额", "区级承担", "街道承担")))
        for r in rows
    ]
    assert got == expected
    assert sum(row[3] for row in got) == 5_000_001
    split = [row for row in got if row[0] == "QX-0002"]
    assert [row[1] for row in split] == [45, 47]
    assert sum(row[2] for row in split) == 30_000_000 - 27_350_400  # what the cap of the year has left


def fen(value) -> int:
    return round(Decimal(str(value)) * 100)


async def stints_in_plain_python() -> list[dict]:
    """Return the stints of the third quarter straight from the tables: 1 July to 30 September 2026, 92 days."""
    stars = {
        row["estate"]: row["stars"]
        for row in await Rating.select(Rating.estate, Rating.stars)
        .where((Rating.run.period == "2026Q3") & (Rating.run.state == "published"))
    }  # fmt: skip
    paid = {"QX-0001": 863_255, "QX-0002": 27_350_400, "QX-0003": 3_961_368, "QX-0004": 3_050_198}
    lines = []
    for estate in await Estate.select().order_by(Estate.code):
        stints = await Tenure.select().where(Tenure.estate == estate["id"]).order_by(Tenure.begins)
        begins, ends = Q3.begins.toordinal(), Q3.ends.toordinal() + 1
        spans = [
            (max(s["begins"].toordinal(), begins), min(s["ends"].toordinal() if s["ends"] else ends, ends), s)
            for s in stints
        ]
        found = [(last - first, s["management"], s["id"]) for first, last, s in spans if last > first]
        firsts = {s["management"]: s["id"] for s in reversed(stints)}  # by kind, the earliest
        new = {s["id"] for s in stints if s["begins"] >= Q3.begins and firsts[s["management"]] == s["id"]}
        for days, management, tenure in found or [(92, "none", None)]:
            lines.append(
                {
                    "estate_id": estate["id"], "estate_code": estate["code"], "tenure_id": tenure, "days": days,
                    "management": management, "estate_type": estate["estate_type"], "stars": stars[estate["id"]],
                    "floor_area": estate["floor_area_cm"], "vetoes": [], "deduction_fen": 0,
                    "paid_this_year_fen": paid.get(estate["code"], 0), "custody_cost_fen": None,
                    "custody_receivable_fen": None, "is_first": tenure in new,
                }
            )  # fmt: skip
    return lines
