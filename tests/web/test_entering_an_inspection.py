"""An inspector fills in a sheet: item by item, with htmx and without, in one tab and in two, and hands it in."""

import re

import pytest

import district
import inspecting
from inspecting import PACKS
from redproperty.actions import inspections as actions
from redproperty.actions import reviews
from redproperty.store import inspections
from redproperty.store.tables import Estate, Inspection

HTMX = {"hx-request": "true"}
EXCEPTION = {"outcome": "found", "amount": "2", "reasons": "积存垃圾", "note": "东侧", "version": "0"}


@pytest.fixture
async def ids(app):
    return await inspecting.plan()


@pytest.fixture
async def inspector(signed_in, ids):
    return await signed_in("inspector.xl")


def item(page: str, code: str) -> str:
    """Return the part of a page that is one item's."""
    found = re.search(rf'<(form|article)[^>]*id="f-{code}".*?</\1>', page, re.DOTALL)
    assert found is not None
    return found[0]


def fold(page: str, code: str) -> str:
    found = re.search(rf'id="c-{code}">\s*(<details[^>]*>)', page)
    assert found is not None
    return found[1]


async def value(inspection: int, code: str):
    given = (await inspections.answers(inspection)).get(code)
    return given and given.value


class TestThePage:
    async def test_it_says_estate_round_score_and_that_fields_save_themselves(self, inspector, ids):
        page = (await inspector.get(f"/inspections/{ids['open']}")).text
        for text in ("<h1>青石园</h1>", "2026Q4 第二轮", "100.00", "暂列 5 星", "离开每一格就自动保存", "已评 0 / 42"):
            assert text in page

    async def test_the_first_category_that_is_open_is_unfolded(self, inspector, ids):
        page = (await inspector.get(f"/inspections/{ids['open']}")).text
        assert " open" in fold(page, "JC")
        assert " open" not in fold(page, "BJ")
        page = (await inspector.get(f"/inspections/{ids['open']}?at=BJ-02")).text
        assert " open" in fold(page, "BJ")
        assert " open" not in fold(page, "JC")

    async def test_what_the_register_learns_meanwhile_is_asked_at_once(self, inspector, ids):
        page = f"/inspections/{ids['open']}"
        assert "<form" in item((await inspector.get(page)).text, "SB-05")
        await Estate.update({Estate.lifts: 0}).where(Estate.code == "QX-0001")
        assert "只适用于" in item((await inspector.get(page)).text, "SB-05")
        saved = await inspector.post(f"{page}/answers/BJ-01", data=EXCEPTION, headers=HTMX)
        assert "已评 1 / 41" in saved.text
        await Estate.update({Estate.lifts: 2}).where(Estate.code == "QX-0001")
        assert "<form" in item((await inspector.get(page)).text, "SB-05")

    async def test_what_the_last_round_found_stands_beside_the_item(self, inspector, ids):
        page = (await inspector.get(f"/inspections/{ids['open']}")).text
        assert "2 处 × 0.5，扣 1 分（落叶未清），3 号楼东侧" in item(page, "BJ-01")

    async def test_what_does_not_apply_is_shown_with_the_reason_and_cannot_be_filled_in(self, inspector, ids):
        page = (await inspector.get(f"/inspections/{ids['unmanaged']}")).text
        lifts = item(page, "SB-05")
        assert "<input" not in lifts
        assert "只适用于“" in lifts
        assert "不计入满分" in lifts

    async def test_others_read_it(self, signed_in, ids):
        page = (await (await signed_in("inspector2.xl")).get(f"/inspections/{ids['open']}")).text
        assert "提交检查" not in page
        assert "录入中" in page

    async def test_another_street_does_not_find_it(self, signed_in, ids):
        assert (await (await signed_in("inspector.mq")).get(f"/inspections/{ids['open']}")).status_code == 404

    async def test_it_is_in_english_too(self, inspector, ids):
        await inspector.get("/language?to=en&back=/tasks")
        page = (await inspector.get(f"/inspections/{ids['open']}")).text
        assert "0 of 42 scored" in page
        assert "Every field is saved as you leave it" in page
        assert "2 places × 0.5: 1 off (落叶未清), 3 号楼东侧" in item(page, "BJ-01")


class TestSavingAnItem:
    async def test_htmx_gets_the_parts_that_change(self, inspector, ids):
        path = f"/inspections/{ids['open']}/answers/BJ-01"
        answer = await inspector.post(path, data=EXCEPTION, headers=HTMX)
        assert answer.status_code == 200
        assert "HX-Request" in answer.headers["vary"]
        assert "<html" not in answer.text
        for text in ("✓ 已保存 10:00", "−1", "99.00", "已评 1 / 42", "已评 1 / 7", 'id="v-BJ-01" value="1"'):
            assert text in answer.text, text

    async def test_a_plain_form_comes_back_to_the_item_with_everything_there(self, inspector, ids):
        answer = await inspector.post(f"/inspections/{ids['open']}/answers/BJ-01", data=EXCEPTION)
        assert answer.status_code == 303
        assert answer.headers["location"] == f"/inspections/{ids['open']}?at=BJ-01#f-BJ-01"
        page = (await inspector.get(answer.headers["location"])).text
        assert "BJ-01 已保存" in page
        assert 'value="found" class="amt why" checked' in item(page, "BJ-01")
        assert 'name="amount" inputmode="numeric" autocomplete="off" value="2"' in item(page, "BJ-01")
        assert ">积存垃圾</textarea>" in item(page, "BJ-01")
        assert ">东侧</textarea>" in item(page, "BJ-01")

    @pytest.mark.parametrize(
        ("sent", "reasons"),
        [
            ({"pick": "积存垃圾", "reasons": ""}, ("积存垃圾",)),
            ({"pick": "污水外溢", "reasons": "3 号楼积存垃圾"}, ("3 号楼积存垃圾", "污水外溢")),
            ({"pick": "积存垃圾", "reasons": "积存垃圾；污水外溢"}, ("污水外溢",)),
        ],
    )
    async def test_without_javascript_a_reason_is_picked_by_a_button(self, inspector, ids, sent, reasons):
        form = {"outcome": "found", "amount": "1", **sent}
        await inspector.post(f"/inspections/{ids['open']}/answers/BJ-01", data=form)
        assert (await inspections.answers(ids["open"]))["BJ-01"].reasons == reasons

    @pytest.mark.parametrize(("step", "count"), [("1", 3), ("-1", 1)])
    async def test_without_javascript_the_stepper_counts_on_the_server(self, inspector, ids, step, count):
        form = {"outcome": "found", "amount": "2", "step": step}
        await inspector.post(f"/inspections/{ids['open']}/answers/BJ-01", data=form)
        assert await value(ids["open"], "BJ-01") == count

    @pytest.mark.parametrize(
        ("code", "form", "words"),
        [
            ("BJ-01", {"outcome": "found", "amount": "两处"}, "之间的整数"),
            ("BJ-01", {"outcome": "found", "amount": "0"}, "扣分的处数至少为 1"),
            ("ZX-03", {"amount": "101"}, "请填 0 到 100 之间的数"),
            ("ZX-03", {"amount": "92.123"}, "最小单位"),
        ],
    )
    async def test_what_cannot_be_is_refused_at_the_field_and_stays_typed(self, inspector, ids, code, form, words):
        path = f"/inspections/{ids['open']}/answers/{code}"
        part = await inspector.post(path, data=form, headers=HTMX)
        assert part.status_code == 422
        assert words in part.text
        assert "这一项没有保存" in part.text
        page = await inspector.post(path, data=form)
        assert page.status_code == 422
        assert words in item(page.text, code)
        assert f'value="{form["amount"]}"' in item(page.text, code)
        assert f'<a href="#f-{code}">' in page.text
        assert " open" in fold(page.text, code[:2])
        assert await value(ids["open"], code) is None

    async def test_a_level_is_chosen_and_a_number_is_measured(self, inspector, ids):
        await inspector.post(f"/inspections/{ids['open']}/answers/JC-04", data={"outcome": "1"}, headers=HTMX)
        await inspector.post(f"/inspections/{ids['open']}/answers/ZX-03", data={"amount": "９２．５%"}, headers=HTMX)
        assert await value(ids["open"], "JC-04") == 1
        assert await value(ids["open"], "ZX-03") == 92_500_000

    async def test_an_item_of_no_sheet_is_refused(self, inspector, ids):
        assert (await inspector.post(f"/inspections/{ids['open']}/answers/XX-01", data=EXCEPTION)).status_code == 403

    async def test_a_colleague_saves_nothing(self, signed_in, ids):
        colleague = await signed_in("inspector2.xl")
        answer = await colleague.post(f"/inspections/{ids['open']}/answers/BJ-01", data=EXCEPTION, headers=HTMX)
        assert answer.status_code == 403
        assert "由 李巡 负责" in answer.text
        assert await value(ids["open"], "BJ-01") is None


class TestTwoTabs:
    async def test_the_second_save_shows_both_answers_and_overwrites_nothing(self, inspector, ids):
        path = f"/inspections/{ids['open']}/answers/BJ-01"
        await inspector.post(path, data=EXCEPTION, headers=HTMX)
        part = await inspector.post(path, data={"outcome": "clean", "version": "0"}, headers=HTMX)
        assert part.status_code == 409
        for text in (
            "2 处 × 0.5（积存垃圾），东侧",
            "李巡 10:00",
            "您刚才填的是：未发现问题",
            "用我填的",
            "用已保存的",
        ):
            assert text in part.text, text
        assert await value(ids["open"], "BJ-01") == 2

    async def test_without_javascript_too_and_saving_once_more_replaces_it(self, inspector, ids):
        path = f"/inspections/{ids['open']}/answers/BJ-01"
        await inspector.post(path, data=EXCEPTION)
        page = await inspector.post(path, data={"outcome": "clean", "version": "0"})
        assert page.status_code == 409
        assert 'value="clean" class="none" checked' in item(page.text, "BJ-01")
        version = re.search(r'id="v-BJ-01" value="(\d+)"', page.text)[1]
        assert (await inspector.post(path, data={"outcome": "clean", "version": version})).status_code == 303
        assert await value(ids["open"], "BJ-01") == 0


class TestACategory:
    async def test_one_tap_marks_the_rest_clean_and_one_takes_it_back(self, inspector, ids):
        path = f"/inspections/{ids['open']}/categories/BJ/clean"
        part = await inspector.post(path, headers=HTMX)
        assert "已评 7 / 7" in part.text
        assert "撤销 7 项无扣分" in part.text
        assert "✓ 已保存 10:00" in part.text
        part = await inspector.post(path, data={"undo": "1"}, headers=HTMX)
        assert "已评 0 / 7" in part.text
        assert "本类无扣分" in part.text

    async def test_a_plain_form_comes_back_to_the_category(self, inspector, ids):
        answer = await inspector.post(f"/inspections/{ids['open']}/categories/BJ/clean")
        assert answer.headers["location"] == f"/inspections/{ids['open']}?at=BJ#c-BJ"
        page = (await inspector.get(answer.headers["location"])).text
        assert "已将 7 项记为无问题" in page
        assert " open" in fold(page, "BJ")

    async def test_a_category_of_no_sheet_is_not_found(self, inspector, ids):
        answer = await inspector.post(f"/inspections/{ids['open']}/categories/XX/clean", headers=HTMX)
        assert answer.status_code == 404

    async def test_the_whole_sheet_is_marked_and_opened_again(self, inspector, ids):
        await inspector.post(f"/inspections/{ids['open']}/answers/BJ-01", data=EXCEPTION)
        path = f"/inspections/{ids['open']}/clean"
        part = await inspector.post(path, headers=HTMX)
        measured = sum(one.asked().kind == "number" for one in inspecting.PACK.sheet.items)
        assert f"已评 {42 - measured} / 42" in part.text
        assert item(part.text, "JC-01")  # what it answered is shown anew
        assert 'id="f-BJ-01"' not in part.text
        assert (await inspector.post(path, data={"undo": "1"})).headers["location"] == f"/inspections/{ids['open']}"
        assert await value(ids["open"], "JC-01") is None
        assert await value(ids["open"], "BJ-01") == 2


class TestSendingAgain:
    """A phone that got no answer sends the same deed under the same key."""

    async def test_an_item_is_written_once_and_answered_as_before_whatever_came_since(self, inspector, ids):
        path, first = f"/inspections/{ids['open']}/answers/BJ-01", {**HTMX, "idempotency-key": "a"}
        answer = await inspector.post(path, data=EXCEPTION, headers=first)
        assert answer.headers["x-written"] == '{"BJ-01": [0, 1]}'
        await inspector.post(path, data={"outcome": "clean", "version": "1"}, headers={**HTMX, "idempotency-key": "b"})
        again = await inspector.post(path, data=EXCEPTION, headers=first)
        assert (again.status_code, again.headers["x-written"]) == (200, '{"BJ-01": [0, 1]}')
        assert await value(ids["open"], "BJ-01") == 0
        assert len(await inspections.changes(ids["open"], "BJ-01")) == 2

    async def test_a_mark_is_made_once_and_does_not_come_back_after_its_undoing(self, inspector, ids):
        path = f"/inspections/{ids['open']}/categories/BJ/clean"
        marked = await inspector.post(path, headers={**HTMX, "idempotency-key": "mark"})
        await inspector.post(path, data={"undo": "1"}, headers={**HTMX, "idempotency-key": "undo"})
        again = await inspector.post(path, headers={**HTMX, "idempotency-key": "mark"})
        assert again.headers["x-written"] == marked.headers["x-written"]
        assert await value(ids["open"], "BJ-01") is None
        assert len(await inspections.changes(ids["open"])) == 14  # seven items there and back

    async def test_it_is_answered_even_when_the_sheet_was_handed_in_meanwhile(self, inspector, ids):
        await inspecting.fill(await district.actor("inspector.xl"), ids["open"])
        path, again = f"/inspections/{ids['open']}/answers/BJ-01", {**HTMX, "idempotency-key": "a"}
        await inspector.post(path, data={**EXCEPTION, "version": "1"}, headers=again)
        await inspector.post(f"/inspections/{ids['open']}/submit")
        assert (await inspector.post(path, data={**EXCEPTION, "version": "1"}, headers=again)).status_code == 200

    async def test_what_was_refused_has_no_receipt(self, inspector, ids):
        path, key = f"/inspections/{ids['open']}/answers/ZX-03", {**HTMX, "idempotency-key": "a"}
        assert (await inspector.post(path, data={"amount": "101"}, headers=key)).status_code == 422
        assert (await inspector.post(path, data={"amount": "95"}, headers=key)).status_code == 200

    async def test_a_key_is_the_persons_own(self, signed_in, inspector, ids):
        key = {**HTMX, "idempotency-key": "a"}
        await inspector.post(f"/inspections/{ids['open']}/answers/BJ-01", data=EXCEPTION, headers=key)
        other = await signed_in("inspector.mq")
        await other.post(f"/inspections/{ids['foreign']}/answers/BJ-01", data=EXCEPTION, headers=key)
        assert await value(ids["foreign"], "BJ-01") == 2

    async def test_the_worker_that_keeps_the_sheet_is_served_for_inspections_alone(self, stranger):
        answer = await stranger.get("/inspections/worker.js")
        assert answer.headers["content-type"].startswith("text/javascript")
        assert answer.headers["cache-control"] == "no-cache"
        assert "service-worker-allowed" not in answer.headers


class TestHandingIn:
    async def test_all_that_is_missing_is_listed_linked_and_unfolded(self, inspector, ids):
        await inspector.post(f"/inspections/{ids['open']}/categories/BJ/clean")
        page = await inspector.post(f"/inspections/{ids['open']}/submit")
        assert page.status_code == 422
        assert "有 35 处需要修改" in page.text  # 42 items less the seven of BJ
        assert '<a href="#f-JC-01">JC-01 制度与应急预案：尚未评定</a>' in page.text
        assert 'id="errors"' in page.text
        assert " open" in fold(page.text, "JC")
        assert " open" not in fold(page.text, "BJ")
        assert "尚未评定" in item(page.text, "JC-01")

    async def test_a_full_sheet_is_handed_in_and_open_no_more(self, inspector, ids):
        await inspecting.fill(await district.actor("inspector.xl"), ids["open"])
        answer = await inspector.post(f"/inspections/{ids['open']}/submit")
        assert answer.headers["location"] == "/tasks"
        assert "已提交 青石园，得分 100.00" in (await inspector.get("/tasks")).text
        late = await inspector.post(f"/inspections/{ids['open']}/answers/BJ-01", data=EXCEPTION, headers=HTMX)
        assert late.status_code == 403
        assert "待审" in late.text
        page = (await inspector.get(f"/inspections/{ids['open']}")).text
        assert "提交检查" not in page
        assert "提交时冻结" in page

    async def test_what_changes_in_the_register_afterwards_does_not_change_the_score(self, inspector, ids):
        await inspecting.fill(await district.actor("inspector.xl"), ids["open"])
        await inspector.post(f"/inspections/{ids['open']}/submit")
        await Estate.update({Estate.lifts: 0}).where(Estate.code == "QX-0001")
        row = await Inspection.select(Inspection.score).where(Inspection.id == ids["open"]).first()
        assert row["score"] == 100_000_000


class TestAReturnedSheet:
    async def test_it_says_at_the_top_and_at_the_item_what_to_mend(self, inspector, ids):
        actor = await district.actor("inspector.xl")
        await inspecting.fill(actor, ids["open"])
        await actions.submit(actor, ids["open"], packs=PACKS, at=district.NOW)
        reviewer = await district.actor("reviewer.xl")
        await reviews.give_back(
            reviewer, ids["open"], remark="照片不清", items={"BJ-02": "请写楼号"}, packs=PACKS, at=district.NOW
        )
        page = (await inspector.get(f"/inspections/{ids['open']}")).text
        assert "复核退回：</strong>照片不清" in page
        assert '<a href="#f-BJ-02">BJ-02' in page
        assert "请写楼号" in item(page, "BJ-02")
        assert "待修改" in item(page, "BJ-02")
        assert " open" in fold(page, "BJ")
        assert " open" not in fold(page, "JC")


class TestHistory:
    async def test_one_field_tells_who_when_old_and_new(self, inspector, ids):
        path = f"/inspections/{ids['open']}/answers/BJ-01"
        await inspector.post(path, data=EXCEPTION)
        await inspector.post(f"/inspections/{ids['open']}/categories/BJ/clean")
        await inspector.post(path, data={"outcome": "clean", "note": "东侧"})
        page = (await inspector.get(path)).text
        for text in ("李巡", "2026-11-23 10:00:00", "2 处 × 0.5（积存垃圾），东侧", "未发现问题，东侧"):
            assert text in page, text
        marked = (await inspector.get(f"/inspections/{ids['open']}/answers/BJ-02")).text
        assert "一次记为无扣分" in marked

    async def test_an_untouched_one_says_so_and_one_of_no_sheet_is_not_found(self, inspector, ids):
        assert "还没有人填写过" in (await inspector.get(f"/inspections/{ids['open']}/answers/BJ-01")).text
        assert (await inspector.get(f"/inspections/{ids['open']}/answers/XX-01")).status_code == 404
