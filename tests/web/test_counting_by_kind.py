"""An item whose defects are of several kinds is entered field by field, saved, shown again and imported."""

import re
import shutil
from pathlib import Path

import pytest

import inspecting
from filling import filled
from redproperty.domain.asked import counts_code
from redproperty.settings import Settings
from redproperty.store import inspections

HTMX = {"hx-request": "true"}
PLACE = "how_to_look: {zh: 沿主次道路和活动场地巡看, en: Walk the roads and grounds}\n        "
WAS = PLACE + "shape: {kind: per_occurrence, step: 0.5}"
NOW = WAS.replace(
    "{kind: per_occurrence, step: 0.5}",
    "{kind: per_kind, kinds: [{title: {zh: 轻微, en: light}, step: 0.2}, {title: {zh: 严重, en: grave}, step: 1}]}",
)


@pytest.fixture
def settings(database: str, tmp_path: Path) -> Settings:
    """Settings with an edition in which BJ-01 (3 points) counts light and grave places apart."""
    rules = Path(shutil.copytree(inspecting.RULES, tmp_path / "rules"))
    sheet = rules / "2026-01-01/sheet.yaml"
    sheet.write_text(sheet.read_text(encoding="utf-8").replace(WAS, NOW), encoding="utf-8")
    shutil.rmtree(rules / "2026-01-01/tests")
    return Settings(database=database, rules=rules)


@pytest.fixture
async def ids(app):
    return await inspecting.plan()


@pytest.fixture
async def inspector(signed_in, ids):
    return await signed_in("inspector.xl")


async def value(inspection: int) -> int | None:
    return (await inspections.answers(inspection))["BJ-01"].value


def amounts(page: str) -> list[str]:
    """Return what stands in the item's fields, in their order."""
    form = re.search(r'<form[^>]*id="f-BJ-01".*?</form>', page, re.DOTALL)
    assert form is not None
    return [re.search(r'value="(.*?)"', one)[1] for one in re.findall(r'<input name="amount".*?>', form[0])]


async def test_there_is_one_field_per_kind_and_its_points_are_worked(inspector, ids):
    path = f"/inspections/{ids['open']}"
    assert amounts((await inspector.get(path)).text) == ["", ""]
    saved = await inspector.post(f"{path}/answers/BJ-01", data={"outcome": "found", "amount": ["2", "1"]}, headers=HTMX)
    assert "−1.4" in saved.text  # 2 × 0.2 + 1 × 1
    assert await value(ids["open"]) == counts_code([2, 1])
    page = (await inspector.get(path)).text
    assert amounts(page) == ["2", "1"]
    assert "轻微的每处扣 0.2 分，严重的每处扣 1 分，扣完为止" in page


@pytest.mark.parametrize(
    ("step", "sent", "counts"), [("1:1", ["2", ""], [2, 1]), ("-1:0", ["2", "1"], [1, 1]), ("1:0", ["", ""], [1, 0])]
)
async def test_without_javascript_each_kind_has_its_stepper(inspector, ids, step, sent, counts):
    form = {"outcome": "found", "amount": sent, "step": step}
    await inspector.post(f"/inspections/{ids['open']}/answers/BJ-01", data=form)
    assert await value(ids["open"]) == counts_code(counts)


async def test_what_cannot_be_stays_typed_in_its_field(inspector, ids):
    path = f"/inspections/{ids['open']}/answers/BJ-01"
    page = await inspector.post(path, data={"outcome": "found", "amount": ["2", "两"]})
    assert page.status_code == 422
    assert "每一种请填 0 到 999 之间的整数" in page.text
    assert amounts(page.text) == ["2", "两"]


async def test_the_history_says_the_kinds(inspector, ids):
    path = f"/inspections/{ids['open']}/answers/BJ-01"
    await inspector.post(path, data={"outcome": "found", "amount": ["2", "1"]})
    assert "轻微 2 处 × 0.2，严重 1 处 × 1" in (await inspector.get(path)).text


async def test_a_file_names_the_kinds(inspector, ids):
    blank = await inspector.get("/imports/scores/template.xlsx")
    row = {"小区编码": "QX-0001", "考核期": "2026Q4", "轮次": "2", "BJ-01 道路场地": "轻微 2、严重 1"}
    sent = await inspector.post("/imports/scores", files={"scores": ("得分.xlsx", filled(blank.content, row))})
    page = await inspector.get(sent.headers["location"])
    assert "轻微 2、严重 1" in page.text
    found = re.search(r'name="seen" value="(\w{64})"', page.text)
    await inspector.post(page.url.path, data={"seen": found[1]})
    assert await value(ids["open"]) == counts_code([2, 1])
