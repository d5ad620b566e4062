"""What is saved, by whom and how; what is refused; handing in, reviewing and giving back."""

import asyncio
from datetime import date, timedelta

import msgspec
import pytest

import district
import inspecting
from inspecting import PACK, PACKS
from redproperty.actions import entering, reviews
from redproperty.actions import inspections as actions
from redproperty.actions.inspections import Entry, Overtaken
from redproperty.domain.access import Scope
from redproperty.domain.entries import REST_CLEAN, REST_UNDONE
from redproperty.domain.texts import Invalid, Refused
from redproperty.store import inspections
from redproperty.store.frames import unpack_sheet
from redproperty.store.inspections import Said
from redproperty.store.tables import Answer, AnswerChange, AuditEntry

pytestmark = pytest.mark.both
NOW = district.NOW
LATER = NOW + timedelta(minutes=5)
EVERYTHING = Scope(everything=True)
TWO_PLACES = Entry("found", "2", "积存垃圾；3 号楼污水外溢", "东侧")


@pytest.fixture
async def ids(record):
    return await inspecting.plan()


@pytest.fixture
async def inspector(record):
    return await district.actor("inspector.xl")


@pytest.fixture
async def reviewer(record):
    return await district.actor("reviewer.xl")


async def save(who, inspection, item, entry, at=NOW):
    await actions.save_answer(who, inspection, item, entry, packs=PACKS, at=at)


async def given(inspection, item):
    return (await inspections.answers(inspection)).get(item)


async def trail(deed):
    rows = await AuditEntry.select().where(AuditEntry.deed == deed).order_by(AuditEntry.id)
    return [(row["subject"], msgspec.json.decode(row["details"])) for row in rows]


class TestSaving:
    async def test_a_save_keeps_value_reasons_note_who_and_when(self, ids, inspector):
        await save(inspector, ids["open"], "BJ-01", TWO_PLACES)
        kept = await given(ids["open"], "BJ-01")
        assert kept.said == Said(2, ("积存垃圾", "3 号楼污水外溢"), "东侧")
        assert (kept.saved_by, kept.saved_at, kept.version) == ("李巡", NOW, 1)

    async def test_the_history_says_who_when_old_and_new_the_latest_first(self, ids, inspector):
        await save(inspector, ids["open"], "BJ-01", TWO_PLACES)
        await save(inspector, ids["open"], "BJ-01", Entry("clean"), at=LATER)
        last, first = await inspections.changes(ids["open"], "BJ-01")
        assert (first.old, first.new, first.at) == (None, Said(2, ("积存垃圾", "3 号楼污水外溢"), "东侧"), NOW)
        assert (last.old, last.new, last.at, last.person) == (first.new, Said(0), LATER, "李巡")

    async def test_saying_the_same_again_writes_nothing(self, ids, inspector):
        await save(inspector, ids["open"], "BJ-01", TWO_PLACES)
        await save(inspector, ids["open"], "BJ-01", TWO_PLACES, at=LATER)
        assert (await given(ids["open"], "BJ-01")).saved_at == NOW
        assert await AnswerChange.count() == 1

    async def test_an_empty_form_of_an_open_item_writes_nothing(self, ids, inspector):
        await save(inspector, ids["open"], "BJ-01", Entry())
        assert await AnswerChange.count() == 0
        assert (await inspections.fetch(ids["open"], EVERYTHING)).started_at is None

    async def test_the_first_answer_begins_the_inspection(self, ids, inspector):
        await save(inspector, ids["open"], "BJ-01", Entry("clean"))
        await save(inspector, ids["open"], "BJ-02", Entry("clean"), at=LATER)
        assert (await inspections.fetch(ids["open"], EVERYTHING)).started_at == NOW

    async def test_an_answer_that_loses_nothing_has_no_reasons(self, ids, inspector):
        await save(inspector, ids["open"], "BJ-01", Entry("clean", "2", "积存垃圾", "东侧"))
        assert (await given(ids["open"], "BJ-01")).said == Said(0, (), "东侧")

    async def test_a_reason_is_kept_once_and_blank_ones_are_not(self, ids, inspector):
        await save(inspector, ids["open"], "BJ-01", Entry("found", "1", "落叶；;落叶;\n 积水 ；"))
        assert (await given(ids["open"], "BJ-01")).reasons == ("落叶", "积水")

    @pytest.mark.parametrize(
        ("item", "entry", "words"),
        [
            ("BJ-01", Entry("found", "0"), "至少为 1"),
            ("BJ-01", Entry("found", "-1"), "之间的整数"),
            ("BJ-01", Entry("found", "1.5"), "之间的整数"),
            ("BJ-01", Entry("found", "两处"), "之间的整数"),
            ("BJ-01", Entry("found", "1000000"), "之间的整数"),
            ("BJ-01", Entry("-9"), "之间的整数"),
            ("JC-04", Entry("3"), "之间的整数"),
            ("BJ-01", Entry("clean", note="长" * 1001), "最多 1000 个字，现在 1001 个"),
            ("BJ-01", Entry("found", "1", "长" * 1001), "最多 1000 个字，现在 1001 个"),
        ],
    )
    async def test_what_cannot_be_the_answer_is_refused_at_its_item(self, ids, inspector, item, entry, words):
        with pytest.raises(Invalid) as refusal:
            await save(inspector, ids["open"], item, entry)
        [problem] = refusal.value.problems
        assert problem.field == item
        assert words in problem.text.zh
        assert await Answer.count().where(Answer.inspection == ids["open"]) == 0

    async def test_an_item_of_no_edition_is_refused(self, ids, inspector):
        with pytest.raises(Refused, match="没有项目“XX-01”"):
            await save(inspector, ids["open"], "XX-01", Entry("clean"))

    async def test_only_the_lead_enters_and_the_try_is_in_the_trail(self, ids):
        colleague = await district.actor("inspector2.xl")
        with pytest.raises(Refused, match="由 李巡 负责"):
            await save(colleague, ids["open"], "BJ-01", Entry("clean"))
        assert (await trail("refused"))[0][0] == f"inspection:{ids['open']}"

    async def test_another_streets_inspection_does_not_exist(self, ids, inspector):
        with pytest.raises(Refused, match="没有这次检查"):
            await save(inspector, ids["foreign"], "BJ-01", Entry("clean"))

    async def test_a_post_without_the_deed_is_refused(self, ids, reviewer):
        with pytest.raises(Refused, match="岗位权限表"):
            await save(reviewer, ids["open"], "BJ-01", Entry("clean"))


class TestTwoForms:
    async def test_the_second_save_of_an_item_overwrites_nothing_unseen(self, ids, inspector):
        await save(inspector, ids["open"], "BJ-01", Entry("found", "2", version=0))
        with pytest.raises(Overtaken) as clash:
            await save(inspector, ids["open"], "BJ-01", Entry("clean", version=0), at=LATER)
        assert (clash.value.stands.value, clash.value.stands.saved_by, clash.value.sent.value) == (2, "李巡", 0)
        assert (await given(ids["open"], "BJ-01")).value == 2

    async def test_having_seen_the_other_answer_one_may_replace_it(self, ids, inspector):
        await save(inspector, ids["open"], "BJ-01", Entry("found", "2", version=0))
        await save(inspector, ids["open"], "BJ-01", Entry("clean", version=1), at=LATER)
        assert (await given(ids["open"], "BJ-01")).version == 2

    async def test_the_same_answer_sent_again_is_no_clash(self, ids, inspector):
        await save(inspector, ids["open"], "BJ-01", Entry("found", "2", version=0))
        await save(inspector, ids["open"], "BJ-01", Entry("found", "2", version=0), at=LATER)
        assert await AnswerChange.count() == 1

    async def test_two_forms_on_two_items_do_not_meet(self, ids, inspector):
        await save(inspector, ids["open"], "BJ-01", Entry("clean", version=0))
        await save(inspector, ids["open"], "BJ-02", Entry("clean", version=0))
        assert len(await inspections.answers(ids["open"])) == 2


class TestMarkingACategory:
    async def test_it_answers_what_is_open_and_leaves_the_rest(self, ids, inspector):
        await save(inspector, ids["open"], "BJ-01", TWO_PLACES)
        codes = await entering.mark_rest_clean(inspector, ids["open"], "BJ", packs=PACKS, at=LATER)
        assert tuple(codes) == ("BJ-02", "BJ-03", "BJ-04", "BJ-05", "BJ-06", "BJ-07")
        assert (await given(ids["open"], "BJ-01")).value == 2
        assert {(await given(ids["open"], code)).value for code in codes} == {0}

    async def test_what_has_to_be_measured_stays_open(self, ids, inspector):
        codes = await entering.mark_rest_clean(inspector, ids["open"], "ZX", packs=PACKS, at=NOW)
        measured = {item.code for item in PACK.sheet.items if item.asked().kind == "number"}
        assert "ZX-03" in measured  # the share of cameras that work
        assert not measured & set(codes)

    async def test_what_does_not_apply_is_not_answered(self, ids, inspector):
        await entering.mark_rest_clean(inspector, ids["unmanaged"], "ZX", packs=PACKS, at=NOW)
        assert await given(ids["unmanaged"], "ZX-01") is None  # no gate, no guard

    async def test_it_is_as_easily_undone_but_for_what_was_touched_since(self, ids, inspector):
        await entering.mark_rest_clean(inspector, ids["open"], "BJ", packs=PACKS, at=NOW)
        await save(inspector, ids["open"], "BJ-03", TWO_PLACES, at=LATER)
        undone = await entering.undo_rest_clean(inspector, ids["open"], "BJ", packs=PACKS, at=LATER)
        assert tuple(undone) == ("BJ-01", "BJ-02", "BJ-04", "BJ-05", "BJ-06", "BJ-07")
        assert (await given(ids["open"], "BJ-01")).value is None
        assert (await given(ids["open"], "BJ-03")).value == 2
        reasons = [change.reason for change in await inspections.changes(ids["open"], "BJ-01")]
        assert reasons == [REST_UNDONE, REST_CLEAN]

    async def test_a_note_survives_both(self, ids, inspector):
        await save(inspector, ids["open"], "BJ-01", Entry(note="东侧"))
        await entering.mark_rest_clean(inspector, ids["open"], "BJ", packs=PACKS, at=NOW)
        await entering.undo_rest_clean(inspector, ids["open"], "BJ", packs=PACKS, at=LATER)
        assert (await given(ids["open"], "BJ-01")).said == Said(None, (), "东侧")


class TestHandingIn:
    async def test_all_that_is_missing_is_said_at_once(self, ids, inspector):
        await save(inspector, ids["unmanaged"], "BJ-01", Entry("clean"))
        with pytest.raises(Invalid) as refusal:
            await actions.submit(inspector, ids["unmanaged"], packs=PACKS, at=NOW)
        fields = [problem.field for problem in refusal.value.problems]
        # 42 items, one answered; no gate (ZX-01), managed parking (ZX-04), lift (SB-05) or pumped water (SB-06)
        assert len(fields) == 42 - 1 - 4
        assert not {"BJ-01", "ZX-01", "ZX-04", "SB-05", "SB-06"} & set(fields)

    async def test_the_sheet_is_frozen_with_score_edition_and_digest(self, ids, inspector):
        await inspecting.fill(inspector, ids["open"], {"BJ-01": TWO_PLACES})
        # BJ: 3 + … = 18 points full, two places at 0.5 each: 17; all else full
        assert await actions.submit(inspector, ids["open"], packs=PACKS, at=LATER) == 99_000_000
        here = await inspections.fetch(ids["open"], EVERYTHING)
        assert (here.state, here.score, here.submitted_at, here.held_on) == (
            "submitted", 99_000_000, LATER, date(2026, 11, 23),
        )  # fmt: skip
        assert (here.edition, here.digest) == (PACK.edition, PACK.digest)
        values = dict(zip(PACK.sheet.codes, unpack_sheet(here.packed), strict=True))
        assert values["BJ-01"] == 2
        [(subject, details)] = await trail("submit_inspection")
        assert subject == f"inspection:{ids['open']}"
        assert details["categories"] == {
            "JC": "12", "ZX": "18", "BJ": "17", "LH": "8", "SB": "20", "FW": "12", "DJ": "12",
        }  # fmt: skip

    async def test_pressed_twice_at_once_it_is_handed_in_once(self, ids, inspector):
        await inspecting.fill(inspector, ids["open"])
        both = (actions.submit(inspector, ids["open"], packs=PACKS, at=NOW) for _ in range(2))
        first, second = sorted(
            await asyncio.gather(*both, return_exceptions=True), key=lambda one: not isinstance(one, int)
        )
        assert first == 100_000_000
        assert isinstance(second, Refused)
        assert len(await trail("submit_inspection")) == 1

    async def test_after_that_its_inspector_changes_nothing(self, ids, inspector):
        await inspecting.fill(inspector, ids["open"])
        await actions.submit(inspector, ids["open"], packs=PACKS, at=NOW)
        for act in (
            save(inspector, ids["open"], "BJ-01", TWO_PLACES),
            entering.mark_rest_clean(inspector, ids["open"], "BJ", packs=PACKS, at=NOW),
            entering.undo_rest_clean(inspector, ids["open"], "BJ", packs=PACKS, at=NOW),
            actions.submit(inspector, ids["open"], packs=PACKS, at=NOW),
        ):
            with pytest.raises(Refused, match="待审"):
                await act

    async def test_without_an_edition_in_force_nothing_is_entered(self, ids, inspector):
        with pytest.raises(Refused, match="没有生效的评分细则"):
            await actions.save_answer(inspector, ids["open"], "BJ-01", TWO_PLACES, packs=(), at=NOW)


@pytest.fixture
async def submitted(ids, inspector):
    await inspecting.fill(inspector, ids["open"], {"BJ-01": TWO_PLACES})
    await actions.submit(inspector, ids["open"], packs=PACKS, at=NOW)
    return ids["open"]


class TestReviewing:
    async def test_an_accepted_inspection_names_its_reviewer(self, submitted, reviewer):
        await reviews.accept(reviewer, submitted, remark="属实", packs=PACKS, at=LATER)
        here = await inspections.fetch(submitted, EVERYTHING)
        assert (here.state, here.reviewer, here.reviewed_at, here.remark) == ("accepted", "王核", LATER, "属实")

    async def test_who_scored_cannot_review_whatever_their_post(self, submitted, inspector, reviewer):
        await AnswerChange.insert(
            AnswerChange(inspection=submitted, item="BJ-01", at=NOW, person=reviewer.id, old=None, new="{}")
        )
        with pytest.raises(Refused, match="不能"):
            await reviews.accept(reviewer, submitted, remark="", packs=PACKS, at=LATER)
        with pytest.raises(Refused, match="岗位权限表"):
            await reviews.accept(inspector, submitted, remark="", packs=PACKS, at=LATER)
        assert (await inspections.fetch(submitted, EVERYTHING)).state == "submitted"

    async def test_another_streets_reviewer_does_not_find_it(self, submitted):
        with pytest.raises(Refused, match="没有这次检查"):
            await reviews.accept(await district.actor("reviewer.mq"), submitted, remark="", packs=PACKS, at=LATER)

    async def test_returning_says_why_on_the_whole_or_at_items(self, submitted, reviewer):
        with pytest.raises(Invalid) as refusal:
            await reviews.give_back(reviewer, submitted, remark="", items={"BJ-01": "  "}, packs=PACKS, at=LATER)
        assert refusal.value.problems[0].field == "remark"
        with pytest.raises(Invalid) as refusal:
            await reviews.give_back(reviewer, submitted, remark="", items={"BJ-01": "长" * 501}, packs=PACKS, at=LATER)
        assert refusal.value.problems[0].field == "BJ-01"

    async def test_a_returned_one_opens_again_with_the_remark_at_its_item(self, submitted, inspector, reviewer):
        await reviews.give_back(reviewer, submitted, remark="", items={"BJ-01": "请补位置"}, packs=PACKS, at=NOW)
        here = await inspections.fetch(submitted, EVERYTHING)
        assert (here.state, here.reviewer) == ("returned", "王核")
        assert (await given(submitted, "BJ-01")).review_remark == "请补位置"
        await save(inspector, submitted, "BJ-01", Entry("found", "1"), at=LATER)
        assert await actions.submit(inspector, submitted, packs=PACKS, at=LATER) == 99_500_000

    async def test_a_second_return_takes_the_first_ones_remarks_away(self, submitted, inspector, reviewer):
        await reviews.give_back(reviewer, submitted, remark="", items={"BJ-01": "请补位置"}, packs=PACKS, at=NOW)
        await actions.submit(inspector, submitted, packs=PACKS, at=NOW)
        await reviews.give_back(reviewer, submitted, remark="再看", items={"BJ-02": "不符"}, packs=PACKS, at=NOW)
        assert (await given(submitted, "BJ-01")).review_remark == ""
        assert (await given(submitted, "BJ-02")).review_remark == "不符"

    async def test_an_accepted_one_can_be_accepted_no_more(self, submitted, reviewer):
        await reviews.accept(reviewer, submitted, remark="", packs=PACKS, at=NOW)
        with pytest.raises(Refused, match="现在是“通过”，不能办理“通过”"):
            await reviews.accept(reviewer, submitted, remark="", packs=PACKS, at=NOW)

    async def test_a_draft_is_not_reviewed(self, ids, reviewer):
        with pytest.raises(Refused, match="录入中"):
            await reviews.accept(reviewer, ids["open"], remark="", packs=PACKS, at=NOW)

    async def test_an_imported_sheet_without_answers_can_be_changed_when_returned(self, ids, reviewer):
        await Answer.delete().where(Answer.inspection == ids["before"])
        await reviews.give_back(reviewer, ids["before"], remark="请核对", items={}, packs=PACKS, at=NOW)
        assert (await given(ids["before"], "BJ-01")).value == 2
        assert len(await inspections.answers(ids["before"])) == 42

    async def test_a_remark_that_is_too_long_is_refused(self, submitted, reviewer):
        with pytest.raises(Invalid, match="最多 500 个字"):
            await reviews.accept(reviewer, submitted, remark="长" * 501, packs=PACKS, at=NOW)

    async def test_the_way_of_an_inspection_is_told_from_the_trail(self, submitted, inspector, reviewer):
        await reviews.give_back(reviewer, submitted, remark="请补", items={"BJ-01": "位置"}, packs=PACKS, at=NOW)
        steps = await inspections.moves(submitted, ["submit_inspection", "review_inspection"])
        assert [(step.person, step.to, step.remark, step.items) for step in steps] == [
            ("李巡", "submitted", "", ()),
            ("王核", "returned", "请补", ("BJ-01",)),
        ]
