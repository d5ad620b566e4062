"""Many estates in one table: a block is pasted, what changes is seen, and only then saved, an inspection at a time."""

import re

import pytest

import inspecting
from redproperty.store import inspections
from redproperty.store.tables import AnswerChange

PATH = "/inspections/grid?round=2026Q4-2&category=BJ"


@pytest.fixture
async def plan(app) -> dict[str, int]:
    return await inspecting.plan()


async def kept(number: int) -> dict[str, int | None]:
    return {code: given.value for code, given in (await inspections.answers(number)).items()}


def form(page: str, **more: str) -> dict[str, str]:
    """Return the form of the table as the page holds it."""
    cells = re.findall(r'name="((?:c|v)-[\w-]+)" value="([^"]*)"', page)
    return dict(cells) | dict(re.findall(r'name="(seen)" value="(\w{64})"', page)) | more


async def test_rows_are_ones_open_inspections_of_the_round_columns_the_items(signed_in, plan):
    page = (await (await signed_in("inspector.xl")).get(PATH)).text
    assert re.findall(r'id="h-\d+"><a[^>]*>(\w+)</a>', page) == ["青石园", "无主巷"]
    assert 'id="h-BJ-01"' in page
    assert 'id="h-JC-01"' not in page
    assert "紫金花苑" not in page, "of another round"


async def test_a_block_is_laid_down_seen_and_saved(signed_in, plan):
    client = await signed_in("inspector.xl")
    first, second = plan["open"], plan["unmanaged"]
    page = await client.post(
        PATH, data={"do": "paste", "block": "2\t0\n1\t", "row": str(first), "column": "BJ-01"}
    )  # fmt: skip
    assert page.status_code == 200
    assert "将改动 3 格，2 个小区；还没有保存" in page.text
    assert (await kept(first), await AnswerChange.count()) == ({}, 0)
    done = await client.post(PATH, data=form(page.text, do="save"))
    assert done.status_code == 303
    assert (await kept(first), await kept(second)) == ({"BJ-01": 2, "BJ-02": 0}, {"BJ-01": 1})
    again = await client.post(PATH, data=form((await client.get(PATH)).text, do="check"))
    assert "没有要保存的改动" in again.text


async def test_what_cannot_be_read_is_marked_and_the_rest_saved_only_when_said(signed_in, plan):
    client, number = await signed_in("inspector.xl"), plan["open"]
    block = "小区编码\tBJ-01\tBJ-02\tXX-99\nQX-0001\t两处\t1\t5\nQX-0003\t1\t1\t"
    page = await client.post(PATH, data={"do": "paste", "block": block})
    assert page.status_code == 422
    for told in (f'href="#f-{number}-BJ-01"', "青石园 BJ-01：“两处”不是处数", "有 3 格在表外", "只保存读得出的 1 格"):
        assert told in page.text, told
    assert 'value="两处"' in page.text
    assert await kept(number) == {}
    left = await client.post(PATH, data=form(page.text, do="save"))
    assert left.status_code == 422
    assert 'value="两处"' in left.text, "what could not be read stays typed"
    assert await kept(number) == {"BJ-02": 1}


async def test_what_was_not_seen_is_not_saved(signed_in, plan):
    client, number = await signed_in("inspector.xl"), plan["open"]
    page = await client.post(PATH, data={"do": "paste", "block": "2", "row": str(number), "column": "BJ-01"})
    more = await client.post(PATH, data=form(page.text, do="save") | {f"c-{number}-BJ-02": "1"})
    assert "将改动 2 格，1 个小区；还没有保存" in more.text
    assert await kept(number) == {}
    await client.post(f"/inspections/{number}/answers/BJ-01", data={"outcome": "found", "amount": "3"})
    moved = await client.post(PATH, data=form(more.text, do="save"))
    assert "李巡刚改过" in moved.text
    assert await kept(number) == {"BJ-01": 3}
    await client.post(PATH, data=form(moved.text, do="save"))
    assert await kept(number) == {"BJ-01": 2, "BJ-02": 1}


async def test_cells_of_others_are_not_read(signed_in, plan):
    client = await signed_in("inspector.xl")
    cells = {f"c-{plan['foreign']}-BJ-01": "1", f"v-{plan['foreign']}-BJ-01": "0|"}
    await client.post(PATH, data=form((await client.post(PATH, data=cells)).text, do="save") | cells)
    assert await kept(plan["foreign"]) == {}
    assert "没有可以填的检查" in (await (await signed_in("inspector2.xl")).get("/inspections/grid")).text


async def test_an_empty_block_is_said_at_its_field(signed_in, plan):
    page = await (await signed_in("inspector.xl")).post(PATH, data={"do": "paste", "block": " "})
    assert page.status_code == 422
    assert 'href="#f-block"' in page.text
    assert "粘贴区是空的" in page.text


async def test_values_from_excel_keep_reasons_and_notes(signed_in, plan):
    client, number = await signed_in("inspector.xl"), plan["open"]
    said = {"outcome": "found", "amount": "1", "reasons": "积存垃圾", "note": "东门"}
    await client.post(f"/inspections/{number}/answers/BJ-01", data=said)
    page = await client.post(PATH, data={"do": "paste", "block": "2", "row": str(number), "column": "BJ-01"})
    await client.post(PATH, data=form(page.text, do="save"))
    given = await inspections.answer(number, "BJ-01")
    assert (given.value, given.reasons, given.note) == (2, ("积存垃圾",), "东门")
