"""Scores by Excel: a template of the round, a preview, the good rows kept if the person says so, the bad ones back."""

import re
from io import BytesIO

import msgspec
import openpyxl
import pytest

import inspecting
from redproperty.store import inspections
from redproperty.store.tables import AnswerChange, AuditEntry, Companion, Inspection, Person, Round, Upload

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TEMPLATE = "/imports/scores/round.xlsx?period=2026Q4&number=2"


@pytest.fixture
async def plan(app) -> dict[str, int]:
    return await inspecting.plan()


def typed(content: bytes, answers: dict[str, dict[str, object]]) -> bytes:
    """Type answers into a template: {estate code: {heading: value}}."""
    book = openpyxl.load_workbook(BytesIO(content))
    sheet = book.worksheets[0]
    headings = {cell.value: cell.column for cell in sheet[2]}
    rows = {sheet.cell(number, 1).value: number for number in range(4, sheet.max_row + 1)}
    for code, values in answers.items():
        for heading, value in values.items():
            sheet.cell(rows[code], headings[heading]).value = value
    out = BytesIO()
    book.save(out)
    return out.getvalue()


async def upload(client, content: bytes, name: str = "二轮.xlsx"):
    response = await client.post("/imports/scores", files={"scores": (name, content, XLSX)})
    assert response.status_code == 303, response.text
    return await client.get(response.headers["location"])


async def confirm(client, page, **form: str):
    digest = re.search(r'name="seen" value="(\w{64})"', page.text)
    assert digest is not None
    response = await client.post(page.url.path, data={"seen": digest[1], **form})
    return await client.get(response.headers["location"])


async def kept(number: int) -> dict[str, int | None]:
    return {code: given.value for code, given in (await inspections.answers(number)).items()}


async def test_the_template_of_a_round_has_ones_estates_drop_downs_and_how_to_look(signed_in, plan):
    client = await signed_in("inspector.xl")
    assert 'href="/imports/scores/round.xlsx?period=2026Q4&amp;number=2"' in (await client.get("/imports")).text
    book = openpyxl.load_workbook(BytesIO((await client.get(TEMPLATE)).content))
    sheet = book.worksheets[0]
    assert [cell.value for cell in sheet[2]][:5] == ["小区编码", "小区名称", "考核期", "轮次", "JC-01 制度与应急预案"]
    assert str(sheet["A3"].value).startswith("（示例）")
    assert [[cell.value for cell in row][:4] for row in sheet.iter_rows(min_row=4, max_row=6)] == [
        ["QX-0001", "青石园", "2026Q4", "2"],
        ["QX-0005", "无主巷", "2026Q4", "2"],
        [None] * 4,
    ]
    item = inspecting.PACK.sheet.by_code["JC-04"]
    column = next(cell for cell in sheet[2] if str(cell.value).startswith("JC-04"))
    assert item.how_to_look.zh in column.comment.text
    rules = {str(rule.sqref).split(":")[0] for rule in sheet.data_validations.dataValidation}
    assert f"{column.column_letter}4" in rules
    assert [cell.value for cell in book["选项"][column.column_letter]][:3] == ["半年内按时公示", "逾期公示", "未公示"]


async def test_items_that_an_estate_is_not_asked_are_shaded(signed_in, plan):
    client = await signed_in("inspector.mq")  # 燕江里 has no lifts
    sheet = openpyxl.load_workbook(BytesIO((await client.get(TEMPLATE)).content)).worksheets[0]
    shaded = {str(head.value)[:5] for head in sheet[2] if sheet.cell(4, head.column).fill.fgColor.rgb == "FFD9D9D9"}
    lifts = {item.code for item in inspecting.PACK.sheet.items if item.applies is not None and "电梯" in item.title.zh}
    assert lifts
    assert lifts <= shaded
    assert "JC-01" not in shaded


async def test_whose_template_it_is(signed_in, plan):
    async def codes(login: str) -> list[str]:
        sheet = openpyxl.load_workbook(BytesIO((await (await signed_in(login)).get(TEMPLATE)).content)).worksheets[0]
        return [cell.value for cell in sheet["A"][3:] if cell.value]

    assert await codes("reviewer.xl") == ["QX-0001", "QX-0005"]
    assert await codes("district") == ["QX-0001", "QX-0003", "QX-0005"]
    other = await signed_in("inspector2.xl")
    assert (await other.get(TEMPLATE)).headers["location"] == "/imports"
    people = {row["login"]: row["id"] for row in await Person.select(Person.id, Person.login)}
    await Companion.insert(
        Companion(inspection=plan["unmanaged"], person=people["inspector2.xl"], named_by=people["inspector.xl"],
                  named_at=inspecting.LAST_VISIT)
    )  # fmt: skip
    assert await codes("inspector2.xl") == ["QX-0005"]
    await Inspection.update({Inspection.state: "submitted"}).where(Inspection.id == plan["open"])
    assert await codes("inspector.xl") == ["QX-0005"]
    await Round.update({Round.void_reason: "重来"}).where(Round.number == 2)
    assert "2026Q4 第二轮" not in (await (await signed_in("inspector.xl")).get("/imports")).text


async def test_good_rows_are_kept_only_if_the_person_says_so_and_bad_ones_come_back(signed_in, plan):
    client = await signed_in("inspector.xl")
    content = typed(
        (await client.get(TEMPLATE)).content,
        {
            "QX-0001": {"JC-01 制度与应急预案": 2, "JC-04 公共收益公示": "逾期公示"},
            "QX-0005": {"JC-01 制度与应急预案": "很多"},
        },
    )
    page = await upload(client, content)
    assert "有 1 处未通过，整份没有写入" in page.text
    assert "只写入通过的 1 行" in page.text
    assert await kept(plan["open"]) == {}
    after = await confirm(client, page, part="good")
    assert after.url.path == page.url.path
    assert "已写入通过的 1 行；1 行未通过" in after.text
    assert (await kept(plan["open"]), await kept(plan["unmanaged"])) == ({"JC-01": 2, "JC-04": 1}, {})
    [entry] = await AuditEntry.select(AuditEntry.details).where(AuditEntry.deed == "import_scores")
    details = msgspec.json.decode(entry["details"])
    assert (details["new"], details["changed"], details["refused"]) == (1, 0, 1)
    assert "只写入通过的" not in after.text, "nothing is left to write but what is refused"
    back = (await client.get(f"{page.url.path}/refused.xlsx")).content
    sheet = openpyxl.load_workbook(BytesIO(back)).worksheets[0]
    why = next(cell.column for cell in sheet[2] if cell.value == "未通过原因")
    assert "“很多”不是处数" in str(sheet.cell(5, why).value)
    assert sheet.cell(4, why).value is None
    whole = await confirm(
        client, await upload(client, typed(back, {"QX-0005": {"JC-01 制度与应急预案": 1}}), "退回.xlsx")
    )
    assert "“退回.xlsx”已写入：新增 1，修改 0，未变 1。" in whole.text
    assert (await kept(plan["unmanaged"]), await Upload.count()) == ({"JC-01": 1}, 0)


async def test_the_same_file_twice_changes_nothing(signed_in, plan):
    client = await signed_in("inspector.xl")
    content = typed(
        (await client.get(TEMPLATE)).content, {"QX-0001": {"JC-01 制度与应急预案": 2}, "QX-0005": {"JC-02 档案台账": 0}}
    )
    await confirm(client, await upload(client, content))
    assert await AnswerChange.count() == 2
    again = await upload(client, content)
    assert "文件与现有记录一致，没有要写入的" in again.text
    assert await AnswerChange.count() == 2


async def test_a_row_that_slipped_is_seen_by_its_name(signed_in, plan):
    client = await signed_in("inspector.xl")
    slipped = typed(
        (await client.get(TEMPLATE)).content, {"QX-0001": {"小区名称": "无主巷", "JC-01 制度与应急预案": 2}}
    )
    page = await upload(client, slipped)
    assert "编码 QX-0001 是“青石园”，这一行写的小区却是“无主巷”" in page.text


async def test_other_kinds_go_as_a_whole(signed_in, plan):
    client = await signed_in("district")
    book = openpyxl.Workbook()
    for row in (("小区编码", "户数"), ("QX-0001", 500), ("QX-0003", "很多")):
        book.active.append(row)
    out = BytesIO()
    book.save(out)
    response = await client.post("/imports/estates", files={"estates": ("小区.xlsx", out.getvalue(), XLSX)})
    page = await client.get(response.headers["location"])
    assert "只写入通过的" not in page.text
    await client.post(page.url.path, data={"seen": "0" * 64, "part": "good"})
    assert await AuditEntry.count().where(AuditEntry.deed == "import_estates") == 0
