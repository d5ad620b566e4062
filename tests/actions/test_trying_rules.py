"""What-ifs at their edges: other facts and memories, rules without money, another's, a folder that is gone."""

import shutil

import pytest

import district
import rated
from paying import FORM, ORDER, rate
from redproperty.actions.scenarios import Wanted, copy, create, edition_texts, ground, measured, revise, shelve
from redproperty.actions.subsidies import plan
from redproperty.domain.texts import Refused
from redproperty.domain.whatif import flows, sums
from redproperty.settings import bundled
from redproperty.store import scenarios

PACK = rated.the_pack()
NEW = {"title": "测算", "period": "2026Q3", "edition": PACK.edition, "budget": FORM["budget"]}
NUMBER = "CS-2026Q3-01"
pytestmark = [pytest.mark.both, pytest.mark.usefixtures("record")]


async def made(**texts: tuple[str, str]):
    """Return a what-if in which one phrase of each file named is another."""
    bureau, root = await district.actor("district"), bundled("rules")
    number = await create(bureau, [PACK], NEW, at=district.NOW)
    files = edition_texts(root, PACK.edition)
    changed = {f"{name}.yaml": files[f"{name}.yaml"].replace(*phrases) for name, phrases in texts.items()}
    assert all(text != files[name] for name, text in changed.items())
    wrong = await revise(bureau, root, number, Wanted("测算", ORDER.budget_fen), changed, version=1, at=district.NOW)
    assert wrong == ()
    return await scenarios.scenario(number)


async def test_both_sides_are_what_a_run_in_earnest_would_give():
    await rate()
    scenario = await made(rating=("cap: 5", "cap: 6"))
    found = await measured(bundled("rules"), await ground(PACK, rated.Q3), scenario)
    planned = await plan(await district.actor("preparer"), [PACK], ORDER)
    estates = found.comparison.estates
    stars = dict(estates.select("estate_code", "stars_before").iter_rows())
    assert stars == rated.STARS
    assert dict(estates.select("estate_code", "composite_before").drop_nulls().iter_rows()) == rated.COMPOSITES
    by_estate = planned.lines.group_by("estate_code").agg(paid="paid_fen").to_dicts()
    earnest = {row["estate_code"]: sum(row["paid"]) for row in by_estate}
    assert dict(estates.select("estate_code", "paid_before").iter_rows()) == earnest
    assert sums(found.comparison).due_before == planned.due_fen


async def test_rules_that_look_back_otherwise_read_the_periods_themselves():
    await rate()
    # in the quarter before 青石园 had 91.18, 燕江里 97.50, 尧辰新村 74.70: below 75 costs one star
    scenario = await made(rating=("below: 60\n      periods: 2", "below: 75\n      periods: 1"))
    found = await measured(bundled("rules"), await ground(PACK, rated.Q3), scenario)
    moved = found.comparison.estates.filter(move="down")
    assert moved.select("estate_code", "stars_before", "stars_after").rows() == [("QX-0004", 2, 1)]


async def test_a_fact_that_only_the_rules_tried_declare_is_read_for_them():
    await rate()
    known = "  - {name: liability_cover,"
    line = known.replace("liability_cover", "solar_roof") + (
        " title: {zh: 光伏屋顶, en: solar roof}, kind: flag, source: file, "
        "missing: default, default: false, perfect: false}"
    )
    scenario = await made(rating=(known, f"{line}\n{known}"))
    found = await measured(bundled("rules"), await ground(PACK, rated.Q3), scenario)
    assert sums(found.comparison).moved == 0
    assert found.after.rating.facts != PACK.rating.facts


async def test_rules_that_say_nothing_about_money_pay_nothing(tmp_path):
    await rate()
    shutil.copytree(bundled("rules"), tmp_path / "rules")
    scenario = await made()
    (tmp_path / "rules" / PACK.edition / "subsidy.yaml").unlink()
    found = await measured(tmp_path / "rules", await ground(PACK, rated.Q3), scenario)
    assert found.edition_changed
    told = sums(found.comparison)
    assert (told.moved, told.due_after, told.paid_after) == (0, 0, 0)
    assert told.due_before == 7_796_343
    assert set(flows(found.comparison)) == {("3", "3"), ("2", "2"), ("none", "none")}


async def test_a_folder_that_is_gone_or_no_text_is_said(tmp_path):
    with pytest.raises(Refused, match="已不在"):
        edition_texts(tmp_path, "2026-01-01")
    (tmp_path / "2026-01-01").mkdir()
    (tmp_path / "2026-01-01" / "rating.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(Refused, match="已不在"):
        edition_texts(tmp_path, "2026-01-01")


async def test_only_the_bureau_makes_them_and_only_of_what_is_there():
    await rated.score(PACK)
    auditor, bureau = await district.actor("auditor"), await district.actor("district")
    with pytest.raises(Refused, match="岗位"):
        await create(auditor, [PACK], NEW, at=district.NOW)
    with pytest.raises(Refused, match="没有这个测算"):
        await copy(bureau, NUMBER, at=district.NOW)
    with pytest.raises(Refused, match="没有这个测算"):
        await shelve(bureau, NUMBER, archived=True, at=district.NOW)
    assert await scenarios.scenarios() == []


async def test_a_period_without_an_accepted_inspection_cannot_be_tried():
    with pytest.raises(Refused, match="没有已复核的检查"):
        await ground(PACK, rated.Q3)
