"""Files of estates and companies: all or nothing, twice changes nothing, codes checked against the lists."""

import hashlib
from datetime import date

import msgspec
import pytest

import district
from filling import brought, counts, filled, refused, workbook
from inspecting import PACKS
from redproperty.actions import imports
from redproperty.actions.imports import Moved
from redproperty.domain.imports import ImportKind, Outcome
from redproperty.domain.texts import Refused
from redproperty.store.tables import AuditEntry, Company, Estate, EstateGrid, Tenure, Upload

HEAD = ("小区名称", "社区代码", "小区编码", "小区类型", "评定组别", "建筑面积（㎡）", "户数", "登记日期", "网格代码")
NEW = (
    "㙍塘·新苑",
    "320113007002",
    "QX-0101",
    "商品房",
    "前期物业",
    "１２,345.6",
    "５１２",
    "2026年3月5日",
    "320113007002001",
)
GUARDED = "91320113MA1000011D"  # 栖安, its check digit true


async def trail(deed: str) -> list[tuple[str, dict]]:
    rows = await AuditEntry.select().where(AuditEntry.deed == deed).order_by(AuditEntry.id)
    return [(row["subject"], msgspec.json.decode(row["details"])) for row in rows]


async def estate(code: str) -> dict:
    row = await Estate.select().where(Estate.code == code).first()
    assert row is not None
    return row


@pytest.mark.both
async def test_a_new_estate_is_registered_with_street_grids_and_initials(record):
    result = await brought("district", "estates", workbook(HEAD, NEW))
    assert (counts(result), result.written) == ((1, 0, 0, 0), True)
    row = await estate("QX-0101")
    assert (row["name"], row["street"], row["community"]) == ("㙍塘·新苑", district.XIANLIN, "320113007002")
    assert (row["floor_area_cm"], row["households"], row["registered_on"]) == (1_234_560, 512, date(2026, 3, 5))
    assert (row["estate_type"], row["stratum"], row["initials"][-2:]) == ("commodity", "developer", "xy")
    spans = await EstateGrid.select(EstateGrid.grid.code.as_alias("code")).where(EstateGrid.estate == row["id"])
    assert [one["code"] for one in spans] == ["320113007002001"]


@pytest.mark.both
async def test_the_same_file_twice_changes_nothing_and_leaves_one_entry(record):
    content = workbook(HEAD, NEW)
    await brought("district", "estates", content)
    before = await Estate.select().order_by(Estate.id)
    again = await brought("district", "estates", content)
    assert (counts(again), again.written) == ((0, 0, 1, 0), False)
    assert await Estate.select().order_by(Estate.id) == before
    assert await trail("import_estates") == [
        (
            "import:estates",
            {
                "file": "file.xlsx",
                "sha256": hashlib.sha256(content).hexdigest(),
                "new": 1,
                "changed": 0,
                "unchanged": 0,
            },
        )
    ]


async def test_one_refused_cell_keeps_the_whole_file_out(record):
    before = await Estate.select().order_by(Estate.id)
    result = await brought(
        "district", "estates", workbook(HEAD, NEW, ("青石园", None, "QX-0001", None, None, "约五万"))
    )
    assert (counts(result), result.written) == ((1, 0, 0, 1), False)
    assert refused(result) == [("F3", "“约五万”不是数字")]
    assert await Estate.select().order_by(Estate.id) == before
    assert await trail("import_estates") == []


@pytest.mark.both
async def test_an_update_is_told_field_by_field_and_blank_cells_leave_what_is_there(record):
    head = ("小区编码", "户数", "建筑面积", "社区代码", "地址", "网格代码")
    content = workbook(head, ("QX-0001", 500, 52318.46, "320113007002", None, "320113007002001"))
    result = await brought("district", "estates", content, check=True)
    assert (counts(result), result.written) == ((0, 1, 0, 0), False)
    assert [(one.title.zh, one.old.zh, one.new.zh) for one in result.rows[0].changes] == [
        ("社区代码", "320113007001 仙林新村社区", "320113007002 亚东社区"),
        ("户数", "480", "500"),
        ("网格代码", "320113007001001、320113007001002", "320113007002001"),
    ]
    assert (await estate("QX-0001"))["households"] == 480
    await brought("district", "estates", content)
    row = await estate("QX-0001")
    assert (row["households"], row["community"], row["address"]) == (500, "320113007002", "仙林大道 1 号")
    assert (await trail("import_estates"))[0][1]["changes"] == [
        "QX-0001 青石园：社区代码 320113007001 仙林新村社区 → 320113007002 亚东社区",
        "QX-0001 青石园：户数 480 → 500",
        "QX-0001 青石园：网格代码 320113007001001、320113007001002 → 320113007002001",
    ]


async def test_an_estate_does_not_move_away_from_its_grids(record):
    result = await brought("district", "estates", workbook(("小区编码", "社区代码"), ("QX-0002", "320113007001")))
    why = "原有网格 320113007002001 不属于社区 320113007001，换社区时请一起填网格代码"
    assert refused(result) == [("B2", why)]


@pytest.mark.parametrize(
    ("changes", "cell", "reason"),
    [
        ({1: "320113007009"}, "B2", "没有代码为“320113007009”的社区"),
        ({1: "320113007000"}, "B2", "“320113007000”是街道代码，这里要社区代码"),
        ({1: 3201130}, "B2", "“3201130”应为 12 位数字"),
        ({8: "320113002001001"}, "I2", "网格 320113002001001 属于社区 320113002001，不属于 320113007002"),
        ({8: "320113007002001、320113007002009"}, "I2", "没有代码为“320113007002009”的网格"),
        ({2: "QX 一号"}, "C2", "小区编码用 2 到 20 个字母、数字和横线"),
        ({3: "别墅"}, "D2", "“别墅”不在可选项中：老旧小区、安置房（多层）、安置房（高层）、保障房、商品房"),
        ({5: 0}, "F2", "“0”太小"),
        ({6: None}, "G2", "新增时要填“户数”"),
        ({6: 3_000_000_000}, "G2", "“3000000000”太大"),
    ],
)
async def test_codes_and_values_are_checked_cell_by_cell(record, changes, cell, reason):
    row = tuple(changes.get(index, value) for index, value in enumerate(NEW))
    assert refused(await brought("district", "estates", workbook(HEAD, row))) == [(cell, reason)]


async def test_all_problems_of_a_file_come_at_once(record):
    rows = ((None, None, "QX-0001", None, None, "x"), (None, None, None, "别墅", None, None, "y"))
    result = await brought("district", "estates", workbook(HEAD, *rows))
    assert [cell for cell, _ in refused(result)] == ["F2", "C3", "D3", "G3"]


async def test_an_estate_stands_in_a_file_once(record):
    result = await brought("district", "estates", workbook(HEAD[2:3] + HEAD[6:7], ("QX-0001", 1), ("qx-0001", 2)))
    assert refused(result) == [("3", "与第 2 行重复（QX-0001 青石园），同一对象只能出现一次")]


MANAGED = ("小区编码", "管理方式", "管理企业信用代码", "管理起始日")


@pytest.mark.both
async def test_the_first_management_comes_with_the_file_and_later_ones_do_not(record):
    content = workbook(MANAGED, ("QX-0005", "物业企业", GUARDED, "2026-10-01"))
    assert (await brought("district", "estates", content)).written
    [tenure] = await Tenure.select().where(Tenure.estate == (await estate("QX-0005"))["id"])
    assert (tenure["management"], tenure["begins"], tenure["ends"]) == ("market", date(2026, 10, 1), None)
    assert counts(await brought("district", "estates", content)) == (0, 0, 1, 0)
    moved = workbook(MANAGED, ("QX-0005", "物业企业", GUARDED, "2026-11-01"))
    [(cell, reason)] = refused(await brought("district", "estates", moved))
    assert (cell, reason[:11]) == ("B2", "该小区已有管理记录；之")


async def test_a_company_is_known_by_a_code_whose_check_digit_holds(record):
    head = ("信用代码", "企业名称", "街道", "账号", "联系电话")
    good = ("91320113MA1000014N", "新安物业·栖霞", "仙林街道", "0012 3456 7890", 13800000000)
    wrong = [("91320113MA1000011X", "甲"), ("91320113MA100001", "乙"), (GUARDED, "丙", "没有街道", "12a")]
    result = await brought("district", "companies", workbook(head, *wrong))
    assert refused(result) == [
        ("A2", "统一社会信用代码校验位不符：末位应为“D”，请核对全部 18 位"),
        ("A3", "统一社会信用代码应为 18 位，现为 16 位"),
        ("C4", "没有街道“没有街道”"),
        ("D4", "银行账号只用数字"),
    ]
    assert counts(await brought("district", "companies", workbook(head, good))) == (1, 0, 0, 0)
    row = await Company.select(Company.name, Company.street, Company.account_number, Company.phone).where(
        Company.uscc == good[0]
    )
    assert row == [{"name": "新安物业·栖霞", "street": district.XIANLIN, "account_number": "001234567890",
                    "phone": "13800000000"}]  # fmt: skip
    assert counts(await brought("district", "companies", workbook(head, good))) == (0, 0, 1, 0)


@pytest.mark.both
async def test_a_companys_new_account_is_shown_beside_the_old_and_a_number_cut_by_excel_is_not_taken(record):
    head = ("统一社会信用代码", "银行账号")
    [(cell, reason)] = refused(await brought("district", "companies", workbook(head, (GUARDED, 6222020200112233999))))
    assert (cell, reason[:11]) == ("B2", "数字超过 15 位，E")
    result = await brought("district", "companies", workbook(head, (GUARDED, "0222020200112233999")))
    assert [(one.old.zh, one.new.zh) for one in result.rows[0].changes] == [
        ("6222020200112233445", "0222020200112233999")
    ]
    row = await Company.select(Company.account_number, Company.name).where(Company.uscc == GUARDED).first()
    assert row == {"account_number": "0222020200112233999", "name": "栖安物业服务有限公司"}


@pytest.mark.parametrize("kind", list(ImportKind), ids=str)
async def test_a_template_left_as_it_is_asks_for_nothing(record, kind):
    for form in ("xlsx", "csv"):
        for lang in ("zh", "en"):
            content = imports.blank(kind, form, packs=PACKS, day=district.TODAY, lang=lang)
            result = await brought("district", kind.value, content, name=f"template.{form}", check=True)
            assert [problem.text.zh for problem in result.problems] == ["表头下面没有数据"], (form, lang)


async def test_a_template_filled_in_below_its_example_is_taken(record):
    blank = imports.blank(ImportKind.ESTATES, "xlsx", packs=PACKS, day=district.TODAY, lang="zh")
    row = {"小区编码": "QX-0102", "小区名称": "玄武·昪园", "社区代码": "320113002001", "小区类型": "老旧小区",
           "评定组别": "前期物业", "建筑面积(㎡)": 1000, "户数": 12, "登记日期": date(2020, 1, 1),
           "是否封闭": "否"}  # fmt: skip
    result = await brought("district", "estates", filled(blank, row))
    assert (counts(result), result.skipped) == ((1, 0, 0, 0), (3,))
    assert (await estate("QX-0102"))["name"] == "玄武·昪园"


async def test_a_csv_of_gb18030_with_a_title_and_a_total_is_taken(record):
    text = "栖霞区小区户数表,,\n序号,小区编码,户数\n\n1,QX-0001,481\n2,QX-0003,611\n合计,,1092\n"
    result = await brought("district", "estates", text.encode("gb18030"), name="户数.csv")
    assert (counts(result), result.ignored, result.skipped) == ((0, 2, 0, 0), ("序号",), (6,))
    assert (await estate("QX-0003"))["households"] == 611


async def test_whoever_may_not_is_refused_and_it_is_in_the_trail(record):
    for login in ("reviewer.xl", "preparer", "auditor"):
        with pytest.raises(Refused, match="不能导入小区"):
            await brought(login, "estates", workbook(HEAD, NEW))
    assert [subject for subject, _ in await trail("refused")] == ["import:estates"] * 3
    assert await Estate.count().where(Estate.code == "QX-0101") == 0


@pytest.mark.both
async def test_what_moved_since_the_preview_is_not_written(record):
    actor = await district.actor("district")
    file = imports.upload(
        ImportKind.ESTATES, "a.xlsx", workbook(HEAD[2:3] + HEAD[6:7], ("QX-0001", 500)), at=district.NOW
    )
    seen = await imports.keep(actor, file, packs=PACKS, at=district.NOW)
    assert seen.result.count(Outcome.CHANGED) == 1
    await Estate.update({Estate.households: 490}).where(Estate.code == "QX-0001")
    with pytest.raises(Moved):
        await imports.import_file(actor, file, packs=PACKS, at=district.NOW, seen=seen.digest)
    assert (await estate("QX-0001"))["households"] == 490
    assert await Upload.count() == 1
    anew = await imports.preview(actor, file, packs=PACKS, at=district.NOW)
    assert (await imports.import_file(actor, file, packs=PACKS, at=district.NOW, seen=anew.digest)).written
    assert ((await estate("QX-0001"))["households"], await Upload.count()) == (500, 0)


async def test_a_day_more_than_a_year_ahead_is_a_slip_of_the_pen_and_refused(record):
    head = (*HEAD, "管理方式", "管理起始日")
    last, late = "2027-11-24", "2027-11-25"  # today is 2026-11-23; 366 days later is the last that may be
    fits = (*NEW[:7], last, NEW[8], "业主自管", last)
    assert refused(await brought("district", "estates", workbook(head, fits), check=True)) == []
    slips = (*NEW[:7], late, NEW[8], "业主自管", late)
    why = "不能晚于 2027-11-24"
    assert refused(await brought("district", "estates", workbook(head, slips))) == [("H2", why), ("K2", why)]
