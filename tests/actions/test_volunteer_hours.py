"""Volunteer hours and points of joint governance come by file and reach the rating as bonus points with a cap."""

import shutil
from pathlib import Path

import polars as pl
import pytest

import district
import rated
from filling import workbook
from rated import Q3
from redproperty.actions import imports
from redproperty.actions.ratings import close_period
from redproperty.domain.access import Scope
from redproperty.domain.explanations import explain
from redproperty.domain.imports import ImportKind
from redproperty.domain.numbers import UNIT
from redproperty.settings import bundled
from redproperty.store import ratings

FACTS = """facts:
  - name: volunteer_hours
    title: {zh: 志愿服务时长, en: volunteer hours}
    kind: number
    unit: {zh: 小时, en: hours}
    source: file
    lasts: period
    missing: default
    default: 0
    perfect: 0
  - name: governance_points
    title: {zh: 共治积分, en: points of joint governance}
    kind: count
    source: file
    lasts: period
    missing: default
    default: 0
    perfect: 0
"""
ENTRIES = """    cap: 5
    entries:
      - {code: J7, title: {zh: 志愿服务时长加分, en: volunteer hours}, basis: {zh: 示例, en: Example},
         kind: each, fact: volunteer_hours, worth: 0.01, at_most: 1}
      - {code: J8, title: {zh: 共治积分加分, en: joint governance}, basis: {zh: 示例, en: Example},
         kind: each, fact: governance_points, worth: 0.5, at_most: 4}
"""


@pytest.fixture
def pack(tmp_path: Path):
    folder = Path(shutil.copytree(bundled("rules") / "2026-01-01", tmp_path / "2026-01-01"))
    file = folder / "rating.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(
        text.replace("facts:\n", FACTS, 1).replace("    cap: 5\n    entries:\n", ENTRIES, 1), encoding="utf-8"
    )
    return rated.the_pack(tmp_path)


async def load(pack, *rows):
    head = ("小区编码", "事实", "数值", "起始日期", "截止日期", "来源")
    content = workbook(head, *((*row, "2026-07-01", "2026-09-30", "志愿服务平台导出") for row in rows))
    file = imports.upload(ImportKind.FACTS, "志愿服务.xlsx", content, at=district.NOW)
    return await imports.import_file(await district.actor("reviewer.xl"), file, packs=[pack], at=district.NOW)


async def rated_now(pack, code="QX-0001"):
    number = await close_period(await district.actor("district"), [pack], Q3, at=district.NOW)
    (row,) = await ratings.results(number, Scope(everything=True), code=code)
    return row.working


async def test_hours_and_points_from_a_file_are_capped_each_and_together(record, pack):
    # QX-0001 has 87.18 and 0.50 for its station: 120 hours × 0.01 = 1.20, of which 1 counts; 3 × 0.5 = 1.50
    await rated.score(pack)
    result = await load(pack, ("QX-0001", "志愿服务时长", 120), ("QX-0001", "共治积分", 3))
    assert result.written
    row = await rated_now(pack)
    assert (row["J7"], row["J8"], row["J4"], row["bonus"]) == (UNIT, 1_500_000, 500_000, 3 * UNIT)
    assert row["composite"] == 90_180_000
    # 12 points would bring 6: 4 count, and with the rest 5.50 only the cap of 5: 92.18
    await load(pack, ("QX-0001", "共治积分", 12))
    row = await rated_now(pack)
    assert (row["J8"], row["bonus.raw"], row["bonus"], row["composite"]) == (4 * UNIT, 5_500_000, 5 * UNIT, 92_180_000)
    (bonus,) = [line for line in explain(pack, row, pl.DataFrame()).steps if line.name == "bonus"]
    assert bonus.placed.zh == (
        "志愿服务时长加分（120） 1 分，共治积分加分（12） 4 分，设有志愿服务站 0.5 分，合计 5.5，按 5 计"
    )


async def test_hours_of_another_period_do_not_count(record, pack):
    await rated.score(pack)
    head = ("小区编码", "事实", "数值", "起始日期", "截止日期", "来源")
    content = workbook(head, ("QX-0001", "志愿服务时长", 120, "2026-04-01", "2026-06-30", "志愿服务平台导出"))
    file = imports.upload(ImportKind.FACTS, "志愿服务.xlsx", content, at=district.NOW)
    await imports.import_file(await district.actor("reviewer.xl"), file, packs=[pack], at=district.NOW)
    assert (await rated_now(pack))["J7"] == 0
