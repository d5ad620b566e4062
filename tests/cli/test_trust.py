"""`verify` says whether the chain and every published star hold, and names the first that does not."""

import shutil
from pathlib import Path

import district
import rated
from redproperty.actions.ratings import close_period, publish
from redproperty.settings import bundled
from redproperty.store.engine import run as sql
from redproperty.store.schema import bound

PACK = rated.the_pack()


async def published() -> None:
    await rated.score(PACK)
    bureau = await district.actor("district")
    for period in (rated.Q2, rated.Q3):
        run = await close_period(bureau, [PACK], period, at=district.NOW)
        await publish(bureau, [PACK], run, at=district.NOW)


def test_a_whole_record_is_said_to_be_whole(run, small_district, in_record):
    in_record(published)
    said = run("verify")
    assert said.code == 0
    assert "操作记录 4 条，链完整" in said.out
    assert "2026Q2 第 1 次评定，5 个小区：逐行一致" in said.out
    assert "2026Q3 第 2 次评定，5 个小区：逐行一致" in said.out


def test_the_first_broken_entry_and_the_changed_rating_are_named(run, small_district, in_record):
    in_record(published)

    async def forge():
        for trigger in ("audit_entry_no_update", "rating_published_no_update"):
            await sql(bound(), f"DROP TRIGGER {trigger}")
        await sql(bound(), "UPDATE audit_entry SET name = '李四' WHERE id = 3")
        await sql(bound(), "UPDATE estate_rating SET stars = 5 WHERE run = 2 AND stars = 2")  # only QX-0004 has two

    in_record(forge)
    said = run("verify")
    assert said.code == 1
    assert "操作记录第 3 条起不符" in said.err
    assert "2026Q3 第 2 次评定，5 个小区：不一致：QX-0004" in said.err
    assert "2026Q2 第 1 次评定，5 个小区：逐行一致" in said.out
    assert "the audit chain breaks at entry 3" in run("--lang", "en", "verify").err


def test_a_demo_is_not_verified_as_a_real_record_nor_the_other_way_round(run, small_district, monkeypatch):
    monkeypatch.setenv("REDPROPERTY_DEMO", "1")
    said = run("verify")
    assert said.code == 1
    assert "正式数据库" in said.err


def test_an_edition_changed_since_the_stars_were_published_is_said(
    run, small_district, in_record, tmp_path, monkeypatch
):
    in_record(published)
    rules = Path(shutil.copytree(bundled("rules"), tmp_path / "rules"))
    about = rules / "2026-01-01" / "pack.yaml"
    about.write_text(about.read_text(encoding="utf-8") + "# one byte is enough\n", encoding="utf-8")
    monkeypatch.setenv("REDPROPERTY_RULES", str(rules))
    said = run("verify")
    assert said.code == 1
    assert "规则版本已变或不在" in said.err


def test_a_command_without_anybody_to_act_says_how_to_open_the_account(run, place):
    said = run("rate", "2026Q4")
    assert (said.code, said.out) == (1, "")
    assert "还没有“区住建局”的账号，先开户：redproperty user add 账号 姓名 --role district" in said.err
