"""The district bureau closes a period, looks at the preview and publishes it."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec import structs

import district
import rated
from rated import Q2, Q3
from redproperty.actions.ratings import close_period, publish, verify_rating
from redproperty.domain.access import Scope
from redproperty.domain.numbers import UNIT
from redproperty.domain.packs import Pack, Stop
from redproperty.domain.texts import Invalid, Refused, Text
from redproperty.settings import bundled
from redproperty.store import ratings
from redproperty.store.rules import load_edition
from redproperty.store.tables import AuditEntry, Fact, Inspection, Rating, RatingRun, Round
from stepping import steps

pytestmark = pytest.mark.both

PACK = rated.the_pack()
NOW = district.NOW


@pytest.fixture
async def bureau(record):
    await rated.score(PACK)
    return await district.actor("district")


async def _stars(number: int) -> dict[str, int | None]:
    return {row.code: row.stars for row in await ratings.results(number, Scope(everything=True))}


async def test_a_preview_holds_the_stars_worked_by_hand(bureau):
    number = await close_period(bureau, [PACK], Q3, at=NOW)
    rows = await ratings.results(number, Scope(everything=True))
    assert {row.code: row.stars for row in rows} == rated.STARS
    assert {row.code: row.composite for row in rows if row.composite} == rated.COMPOSITES
    assert {row.code: row.not_rated for row in rows if row.not_rated} == {"QX-0002": "N2", "QX-0005": "N1"}
    assert rows[0].working["fired"] == ["V10"]
    run = await ratings.run(number)
    assert (run.state, run.edition, run.digest) == ("preview", PACK.edition, PACK.digest)


async def test_closing_again_replaces_the_preview(bureau):
    first = await close_period(bureau, [PACK], Q3, at=NOW)
    second = await close_period(bureau, [PACK], Q3, at=NOW)
    assert [run.id for run in await ratings.runs("2026Q3")] == [second]
    assert await ratings.kept(first) == [] or first == second


async def test_publishing_locks_the_inspections_and_stands_in_the_trail(bureau):
    number = await close_period(bureau, [PACK], Q3, at=NOW)
    run = await publish(bureau, [PACK], number, at=NOW)
    assert (run.state, run.published_by_name, run.corrects) == ("published", "赵区", None)
    states = await Inspection.select(Inspection.state).where(Inspection.round.period == "2026Q3")
    assert {row["state"] for row in states} == {"locked"}
    entry = await AuditEntry.select().where(AuditEntry.deed == "publish_ratings").first()
    assert entry["subject"] == "rating:2026Q3"
    assert '"2":1' in entry["details"]


async def test_inspections_handed_in_but_not_reviewed_stop_the_closing_unless_told(bureau):
    one = Inspection.round.period == "2026Q3"
    row = await Inspection.select(Inspection.id).where(one).order_by(Inspection.id).first()
    await Inspection.update({Inspection.state: "submitted"}).where(Inspection.id == row["id"])
    with pytest.raises(Refused, match="青石园"):
        await close_period(bureau, [PACK], Q3, at=NOW)
    number = await close_period(bureau, [PACK], Q3, at=NOW, despite_pending=True)
    assert (await _stars(number))["QX-0001"] == 3
    rows = await ratings.results(number, Scope(everything=True), code="QX-0001")
    assert rows[0].working["rounds.number"] == [2, 3, 4]


async def test_a_period_without_inspections_cannot_be_closed(record):
    with pytest.raises(Refused, match="没有已复核的检查"):
        await close_period(await district.actor("district"), [PACK], Q3, at=NOW)


async def test_scores_of_another_edition_stop_the_closing(bureau):
    await Inspection.update({Inspection.edition: "2025-01-01"}).where(Inspection.estate.code == "QX-0001")
    with pytest.raises(Refused, match="2025-01-01"):
        await close_period(bureau, [PACK], Q3, at=NOW)


async def test_without_an_edition_nothing_is_rated(bureau):
    with pytest.raises(Refused, match="没有生效的规则版本"):
        await close_period(bureau, [], Q3, at=NOW)


@pytest.mark.parametrize("login", ["reviewer.xl", "checker", "company1", "admin", "auditor"])
async def test_only_the_district_bureau_closes_and_publishes(bureau, login):
    number = await close_period(bureau, [PACK], Q3, at=NOW)
    other = await district.actor(login)
    with pytest.raises(Refused, match="岗位权限表"):
        await close_period(other, [PACK], Q3, at=NOW)
    with pytest.raises(Refused, match="岗位权限表"):
        await publish(other, [PACK], number, at=NOW)


async def test_a_running_period_can_be_previewed_but_not_published(bureau):
    early = datetime(2026, 9, 30, 2, 0, tzinfo=UTC)
    number = await close_period(bureau, [PACK], Q3, at=early)
    with pytest.raises(Refused, match="2026-09-30"):
        await publish(bureau, [PACK], number, at=early)


async def test_what_changed_after_the_preview_has_to_be_seen_before_it_is_published(bureau):
    number = await close_period(bureau, [PACK], Q3, at=NOW)
    await rated.corrected("QX-0001", "collection", 90 * UNIT)
    with pytest.raises(Refused, match="有变动"):
        await publish(bureau, [PACK], number, at=NOW)


async def test_a_correction_needs_a_reason_and_keeps_what_it_corrects(bureau):
    first = await close_period(bureau, [PACK], Q3, at=NOW)
    await publish(bureau, [PACK], first, at=NOW)
    before = await ratings.kept(first)
    await rated.corrected("QX-0001", "collection", 90 * UNIT)
    second = await close_period(bureau, [PACK], Q3, at=NOW)
    with pytest.raises(Invalid, match="原因"):
        await publish(bureau, [PACK], second, at=NOW, reason="  ")
    run = await publish(bureau, [PACK], second, at=NOW, reason="收缴率报表更正")
    assert (run.corrects, run.reason) == (first, "收缴率报表更正")
    assert [(old.id, old.state) for old in await ratings.runs("2026Q3")] == [
        (second, "published"),
        (first, "superseded"),
    ]
    assert await ratings.kept(first) == before
    # 57.98 + 16.20 + 8.50 + 9.00 + 0.50 = 92.18: five stars, of which the quota of one rated estate leaves none
    assert (await _stars(second))["QX-0001"] == 4


async def test_a_run_is_published_once(bureau):
    number = await close_period(bureau, [PACK], Q3, at=NOW)
    await publish(bureau, [PACK], number, at=NOW)
    with pytest.raises(Refused, match="已经发布"):
        await publish(bureau, [PACK], number, at=NOW)
    with pytest.raises(Refused, match="没有这次预览"):
        await publish(bureau, [PACK], number + 99, at=NOW)


async def test_earlier_periods_are_the_history_of_later_ones(bureau):
    await publish(bureau, [PACK], await close_period(bureau, [PACK], Q2, at=NOW), at=NOW)
    number = await close_period(bureau, [PACK], Q3, at=NOW)
    row = (await ratings.results(number, Scope(everything=True), code="QX-0001"))[0]
    assert row.working["history.1"] == 91_180_000
    assert row.working["history.2"] is None


async def test_steps_look_back_at_any_figure_of_what_was_published_and_at_the_period_itself(bureau):
    await publish(bureau, [PACK], await close_period(bureau, [PACK], Q2, at=NOW), at=NOW)
    more = steps(
        "[{name: stars_before, kind: earlier, back: 1, of: stars}, {name: now, kind: sum, of: [period.quarter]},"
        " {name: inspected_before, kind: earlier, back: 1, of: inspection}, {name: far, kind: earlier, back: 6}]"
    )
    pack = structs.replace(PACK, rating=structs.replace(PACK.rating, steps=(*PACK.rating.steps, *more)))
    number = await close_period(bureau, [pack], Q3, at=NOW)
    row = (await ratings.results(number, Scope(everything=True), code="QX-0001"))[0]
    before = (await ratings.published("2026Q2")).id
    earlier = (await ratings.results(before, Scope(everything=True), code="QX-0001"))[0]
    assert row.working["stars_before"] == earlier.stars * UNIT
    assert row.working["inspected_before"] == earlier.working["inspection"]
    assert (row.working["now"], row.working["far"]) == (3 * UNIT, None)
    assert (await verify_rating([pack], number)).holds


async def test_a_kept_run_computed_again_is_the_same_to_the_byte(bureau):
    number = await close_period(bureau, [PACK], Q3, at=NOW)
    await publish(bureau, [PACK], number, at=NOW)
    await Round.update({Round.number: Round.number + 10}, force=True)
    withdrawn = {Fact.withdrawn_by: bureau.id, Fact.withdrawn_at: NOW, Fact.withdrawn_why: "误录"}
    await Fact.update(withdrawn, force=True)
    verified = await verify_rating([PACK], number)
    assert (verified.rows, verified.holds) == (5, True)


async def test_a_row_that_was_tampered_with_is_named(bureau):
    number = await close_period(bureau, [PACK], Q3, at=NOW)
    row = await Rating.select(Rating.id, Rating.working).where(Rating.estate.code == "QX-0003").first()
    forged = row["working"].replace('"stars":3', '"stars":5')
    await Rating.update({Rating.working: forged}).where(Rating.id == row["id"])
    assert (await verify_rating([PACK], number)).differing == ("QX-0003",)
    assert not (await verify_rating([], number)).holds


async def test_published_rows_cannot_be_changed_even_in_the_database(bureau):
    number = await close_period(bureau, [PACK], Q3, at=NOW)
    await publish(bureau, [PACK], number, at=NOW)
    with pytest.raises(Exception, match="published"):
        await Rating.update({Rating.stars: 5}).where(Rating.run == number)
    with pytest.raises(Exception, match="published"):
        await Rating.delete().where(Rating.run == number)
    with pytest.raises(Exception, match="published"):
        await RatingRun.delete().where(RatingRun.id == number)
    with pytest.raises(Exception, match="published"):
        await RatingRun.update({RatingRun.digest: "0"}).where(RatingRun.id == number)


async def test_a_preview_is_not_published_once_the_cases_of_its_edition_fail(bureau):
    number = await close_period(bureau, [PACK], Q3, at=NOW)
    stopped = structs.replace(PACK, stop=Stop(PACK.about.effective_from, Text("案例不符", "its cases fail")))
    with pytest.raises(Refused, match="案例不符"):
        await publish(bureau, [stopped], number, at=NOW)
    with pytest.raises(Refused, match="案例不符"):
        await close_period(bureau, [stopped], Q3, at=NOW)
    assert (await verify_rating([stopped], number)).holds  # what was made before stays provable


async def test_a_period_keeps_the_edition_of_its_first_day_when_a_newer_is_in_force(bureau, tmp_path):
    """Under the newer one a littered road costs all three points; the older period must not feel it."""
    newer = _newer(tmp_path)
    both = [PACK, newer]
    await publish(bureau, [PACK], await close_period(bureau, [PACK], Q2, at=NOW), at=NOW)
    second = await ratings.run(await close_period(bureau, both, Q2, at=NOW))
    assert (second.edition, second.digest) == (PACK.edition, PACK.digest)
    assert [r.working for r in await ratings.kept(second.id)] == [r.working for r in await ratings.kept(second.id - 1)]
    await Inspection.update({Inspection.edition: newer.edition, Inspection.digest: newer.digest}).where(
        Inspection.round.is_in(Round.select(Round.id).where(Round.period == "2026Q3"))
    )
    third = await ratings.run(await close_period(bureau, both, Q3, at=NOW))
    assert (third.edition, third.digest) == ("2026-07-01", newer.digest)
    old = await ratings.results(second.id, Scope(everything=True), code="QX-0001")
    new = await ratings.results(third.id, Scope(everything=True), code="QX-0001")
    assert old[0].working["inspection"] == 96_630_000
    # two places cost 3.00 in place of 1.00: 93.50, 93.50, 93.50 and 100, the mean 95.125 → 95.13
    assert new[0].working["inspection"] == 95_130_000


def _newer(folder: Path) -> Pack:
    """An edition from July on under which each place of litter (BJ-01) costs all three points."""
    copied = Path(shutil.copytree(bundled("rules") / PACK.edition, folder / "2026-07-01"))
    about = (copied / "pack.yaml").read_text(encoding="utf-8")
    (copied / "pack.yaml").write_text(about.replace("2026-01-01\n", "2026-07-01\n"), encoding="utf-8")
    sheet = (copied / "sheet.yaml").read_text(encoding="utf-8")
    at = sheet.index("step: 0.5", sheet.index("code: BJ-01"))
    (copied / "sheet.yaml").write_text(sheet[:at] + "step: 3" + sheet[at + len("step: 0.5") :], encoding="utf-8")
    loaded = load_edition(copied)
    assert isinstance(loaded, Pack), loaded
    return loaded
