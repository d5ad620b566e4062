"""A paper sheet is keyed at a desk: cell by cell or all at once, the good kept, the bad said and still typed."""

import re

import pytest

import district
import inspecting
from redproperty.store import inspections
from redproperty.store.tables import AnswerChange, Inspection


@pytest.fixture
async def number(app) -> int:
    return (await inspecting.plan())["open"]


async def kept(number: int) -> dict[str, int | None]:
    return {code: given.value for code, given in (await inspections.answers(number)).items()}


def shown(page: str, code: str) -> str:
    found = re.search(rf'name="cell-{code}" value="([^"]*)"', page)
    assert found is not None
    return found[1]


def sent(**cells: str) -> dict[str, str]:
    """Return the form of lines that the page showed empty; `BJ_01` stands for BJ-01."""
    form = {}
    for name, cell in cells.items():
        code = name.replace("_", "-")
        form |= {f"cell-{code}": cell, f"was-{code}": "|", f"version-{code}": "0"}
    return form


async def test_the_sheet_stands_in_the_order_of_the_paper_with_what_can_be_keyed(signed_in, number):
    page = (await (await signed_in("inspector.xl")).get(f"/inspections/{number}/paper")).text
    codes = re.findall(r'name="cell-([A-Z]+-\d+)"', page)
    order = [item.code for item in inspecting.PACK.sheet.items if item.code in codes]
    assert codes == order
    assert len(codes) > 35
    assert "<kbd>1</kbd> 逾期公示" in page


async def test_all_at_once_without_scripts(signed_in, number):
    client = await signed_in("inspector.xl")
    form = sent(BJ_01="2", JC_04="1", ZX_03="95", BJ_02="") | {"reasons-BJ-01": "积存垃圾；落叶未清"}
    response = await client.post(f"/inspections/{number}/paper", data=form)
    assert response.headers["location"] == f"/inspections/{number}/paper"
    assert await kept(number) == {"BJ-01": 2, "JC-04": 1, "ZX-03": 95_000_000}
    assert (await inspections.answer(number, "BJ-01")).reasons == ("积存垃圾", "落叶未清")
    page = (await client.get(f"/inspections/{number}/paper")).text
    assert (shown(page, "BJ-01"), shown(page, "JC-04"), shown(page, "ZX-03")) == ("2", "1", "95")
    again = re.findall(r'name="(was|version|cell|reasons)-(BJ-01|JC-04)" value="([^"]*)"', page)
    await client.post(f"/inspections/{number}/paper", data={f"{what}-{code}": text for what, code, text in again})
    assert await AnswerChange.count() == 3, "what was not touched is not written again"


async def test_all_that_cannot_be_read_is_said_at_once_and_stays_typed_the_rest_is_kept(signed_in, number):
    client = await signed_in("inspector.xl")
    form = sent(BJ_01="很多", BJ_02="1", JC_04="7")
    page = await client.post(f"/inspections/{number}/paper", data=form)
    assert page.status_code == 422
    assert "有 2 处需要修改，已填内容都还在" in page.text
    for told in ('href="#f-BJ-01"', 'href="#f-JC-04"', "“很多”不是处数", "只有 0 到 2，没有“7”"):
        assert told in page.text, told
    assert (shown(page.text, "BJ-01"), shown(page.text, "JC-04"), shown(page.text, "BJ-02")) == ("很多", "7", "1")
    assert await kept(number) == {"BJ-02": 1}


async def test_one_cell_brings_back_its_own_line_only(signed_in, number):
    client = await signed_in("inspector.xl")
    saved = await client.post(
        f"/inspections/{number}/paper/BJ-01", data=sent(BJ_01="2"), headers={"hx-request": "true"}
    )  # fmt: skip
    assert saved.status_code == 200
    assert set(re.findall(r'id="([^"]+)"', saved.text)) == {"s-BJ-01", "k-BJ-01", "e-BJ-01", "state"}
    assert 'name="version-BJ-01" value="1"' in saved.text
    assert 'name="was-BJ-01" value="2|"' in saved.text
    refused = await client.post(f"/inspections/{number}/paper/BJ-02", data=sent(BJ_02="x"))
    assert (refused.status_code, "不是处数" in refused.text) == (422, True)
    assert (await client.post(f"/inspections/{number}/paper/XX-99", data={})).status_code == 404


async def test_a_cell_that_a_companion_filled_is_shown_and_not_overwritten(signed_in, number):
    lead, other = await signed_in("inspector.xl"), await signed_in("inspector2.xl")
    await lead.post(f"/inspections/{number}/companions", data={"person": "inspector2.xl"})
    await other.post(f"/inspections/{number}/paper", data=sent(BJ_01="3"))
    page = await lead.post(f"/inspections/{number}/paper", data=sent(BJ_01="2", BJ_02="1"))
    assert page.status_code == 422
    for told in ("没有覆盖", "3 处", "林检", "您刚才填的是：2 处"):
        assert told in page.text, told
    assert shown(page.text, "BJ-01") == "2"
    assert await kept(number) == {"BJ-01": 3, "BJ-02": 1}
    form = dict(re.findall(r'name="((?:cell|was|version|reasons)-BJ-01)" value="([^"]*)"', page.text))
    await lead.post(f"/inspections/{number}/paper", data=form)
    assert (await kept(number))["BJ-01"] == 2, "said once more, after both were seen"


async def test_keying_a_number_keeps_the_note_of_the_phone(signed_in, number):
    client = await signed_in("inspector.xl")
    await client.post(f"/inspections/{number}/answers/BJ-01", data={"outcome": "found", "amount": "1", "note": "东门"})
    await client.post(f"/inspections/{number}/paper", data={"cell-BJ-01": "2", "was-BJ-01": "1|", "version-BJ-01": "1"})
    given = await inspections.answer(number, "BJ-01")
    assert (given.value, given.note) == (2, "东门")


async def test_handing_in_saves_first_and_says_what_is_missing(signed_in, number):
    client = await signed_in("inspector.xl")
    page = await client.post(f"/inspections/{number}/paper", data=sent(BJ_01="2") | {"do": "submit"})
    assert page.status_code == 422
    assert 'href="#f-BJ-02"' in page.text
    assert 'href="#f-BJ-01"' not in page.text
    await inspecting.fill(await district.actor("inspector.xl"), number)
    response = await client.post(f"/inspections/{number}/paper", data={"do": "submit"})
    assert response.headers["location"] == "/tasks"
    row = await Inspection.select(Inspection.state).where(Inspection.id == number).first()
    assert row == {"state": "submitted"}
    closed = await client.get(f"/inspections/{number}/paper")
    assert closed.headers["location"] == f"/inspections/{number}"
