"""On site: the estate is confirmed first; what does not apply or was mended has a reason; copies are marked."""

import re
from datetime import timedelta

import msgspec
import pytest

import district
import inspecting
from redproperty.actions import inspections as actions
from redproperty.actions.inspections import Entry
from redproperty.domain.items import MENDED, NOT_APPLICABLE
from redproperty.store import inspections, sites
from redproperty.store.tables import AuditEntry, SiteConfirmation

LATER = district.NOW + timedelta(minutes=5)
HTMX = {"hx-request": "true"}


@pytest.fixture
async def ids(app):
    return await inspecting.plan()


@pytest.fixture
async def inspector(signed_in, ids):
    return await signed_in("inspector.xl")


@pytest.fixture
def show_while_scoring(monkeypatch):
    """Let the edition say what an inspector sees while scoring."""

    def says(what: str) -> None:
        rules = msgspec.structs.replace(inspecting.PACK.inspections, show_while_scoring=what)
        edition = actions.edition
        monkeypatch.setattr(
            actions, "edition", lambda packs, here: msgspec.structs.replace(edition(packs, here), inspections=rules)
        )

    return says


async def answer(inspection: int, code: str):
    return (await inspections.answers(inspection)).get(code)


def item(page: str, code: str) -> str:
    return re.search(rf'<form[^>]*id="f-{code}".*?</form>', page, re.DOTALL)[0]


class TestConfirmingTheEstate:
    async def test_the_first_visit_shows_what_to_compare_and_hides_the_sheet_until_one_tap(self, inspector, ids):
        await SiteConfirmation.delete(force=True)
        path = f"/inspections/{ids['open']}"
        page = (await inspector.get(path)).text
        assert 'id="sheet" hidden' in page
        card = re.search(r'<form[^>]*id="site".*?</form>', page, re.DOTALL)[0]
        for text in ("青石园", "QX-0001", "仙林大道 1 号", "tel:13800000000", "未评过", "是这个小区，开始检查"):
            assert text in card, text
        assert (await inspector.post(f"{path}/confirm", data={"place": " 3 号楼东门 "})).headers["location"] == path
        kept = await sites.confirmed(ids["open"])
        assert (kept.person, kept.place) == ("李巡", "3 号楼东门")
        page = (await inspector.get(path)).text
        assert 'id="site"' not in page
        assert 'id="sheet" hidden' not in page

    async def test_who_confirmed_first_is_kept_and_stands_in_the_trail_once(self, inspector, ids):
        await SiteConfirmation.delete(force=True)
        for place in ("东门", "西门"):
            await inspector.post(f"/inspections/{ids['open']}/confirm", data={"place": place}, headers=HTMX)
        assert (await sites.confirmed(ids["open"])).place == "东门"
        entries = await AuditEntry.select(AuditEntry.details).where(AuditEntry.subject == f"inspection:{ids['open']}")
        said = [msgspec.json.decode(entry["details"]) for entry in entries]
        assert [one["confirmed"] for one in said if "confirmed" in one] == ["东门"]

    async def test_a_place_too_long_is_refused_and_others_may_not(self, signed_in, inspector, ids):
        await SiteConfirmation.delete(force=True)
        path = f"/inspections/{ids['open']}/confirm"
        assert (await inspector.post(path, data={"place": "楼" * 201})).status_code == 422
        assert (await (await signed_in("inspector2.xl")).post(path)).status_code == 403
        assert await sites.confirmed(ids["open"]) is None


class TestWhatNeedsAReason:
    @pytest.mark.parametrize(
        ("code", "outcome", "words"),
        [("SB-05", NOT_APPLICABLE, "不适用须写明原因"), ("BJ-01", MENDED, "请写明发现了什么")],
    )
    async def test_it_is_refused_without_and_kept_with_one(self, inspector, ids, code, outcome, words):
        path = f"/inspections/{ids['open']}/answers/{code}"
        refused = await inspector.post(path, data={"outcome": str(outcome)}, headers=HTMX)
        assert refused.status_code == 422
        assert words in refused.text
        assert await answer(ids["open"], code) is None
        kept = await inspector.post(path, data={"outcome": str(outcome), "note": "电梯停用"}, headers=HTMX)
        assert kept.status_code == 200
        assert (await answer(ids["open"], code)).said == inspections.Said(outcome, (), "电梯停用")

    async def test_what_was_mended_on_the_spot_keeps_reason_and_note_and_costs_nothing(self, inspector, ids):
        path = f"/inspections/{ids['open']}/answers/BJ-01"
        form = {"outcome": str(MENDED), "reasons": "积存垃圾", "note": "3 号楼东侧，当场清走"}
        assert "100.00" in (await inspector.post(path, data=form, headers=HTMX)).text
        assert (await answer(ids["open"], "BJ-01")).reasons == ("积存垃圾",)
        page = (await inspector.get(path)).text
        assert "现场已整改（积存垃圾），3 号楼东侧，当场清走" in page


class TestCopyingFromTheLastRound:
    async def test_a_copy_takes_all_of_it_and_is_marked_until_it_is_touched(self, inspector, ids):
        path = f"/inspections/{ids['open']}/answers/BJ-01"
        assert f'formaction="{path}/copy"' in item((await inspector.get(f"/inspections/{ids['open']}")).text, "BJ-01")
        part = await inspector.post(f"{path}/copy", data={"version": "0"}, headers=HTMX)
        assert "沿用上轮" in item(part.text, "BJ-01")
        assert (await answer(ids["open"], "BJ-01")).said == inspections.Said(2, ("落叶未清",), "3 号楼东侧")
        assert "沿用上轮" in (await inspector.get(path)).text  # its history
        who, touched = await district.actor("inspector.xl"), Entry("found", "3", version=1)
        await actions.save_answer(who, ids["open"], "BJ-01", touched, packs=inspecting.PACKS, at=LATER)
        page = item((await inspector.get(f"/inspections/{ids['open']}")).text, "BJ-01")
        assert "沿用上轮" not in page
        assert "沿用上轮" in (await inspector.get(path)).text

    async def test_nothing_of_anothers_is_overwritten(self, inspector, ids):
        path = f"/inspections/{ids['open']}/answers/BJ-01"
        await inspector.post(path, data={"outcome": "clean"})
        part = await inspector.post(f"{path}/copy", data={"version": "0"}, headers=HTMX)
        assert part.status_code == 409
        assert "您刚才填的是：2 处 × 0.5（落叶未清），3 号楼东侧" in part.text
        assert (await answer(ids["open"], "BJ-01")).value == 0

    async def test_where_there_was_no_last_round_there_is_nothing_to_copy(self, inspector, ids):
        page = (await inspector.get(f"/inspections/{ids['late']}")).text
        assert "/copy" not in page
        assert (await inspector.post(f"/inspections/{ids['late']}/answers/BJ-01/copy")).status_code == 403


@pytest.mark.parametrize(
    ("what", "seen"), [("star", (True, True)), ("score", (True, False)), ("nothing", (False,) * 2)]
)
async def test_an_edition_may_hide_the_star_and_the_score_while_scoring(inspector, ids, show_while_scoring, what, seen):
    show_while_scoring(what)
    page = (await inspector.get(f"/inspections/{ids['open']}")).text
    head = re.search(r'<div class="num running".*?</div>(?:<small>.*?</small>)?', page, re.DOTALL)[0]
    assert ("100.00" in head, "暂列" in page) == seen
