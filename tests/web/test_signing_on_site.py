"""The company's representative signs on the phone or will not; the inspector may leave one position."""

import base64

import pytest
from msgspec.structs import replace

import district
import inspecting
import pictures as made
from inspecting import PACK
from redproperty.actions import inspections
from redproperty.actions.inspections import Entry
from redproperty.domain.inspection_rules import InspectionRules
from redproperty.domain.texts import Invalid
from redproperty.store import signatures
from redproperty.store.tables import InspectionPosition, Photo, Signature

HTMX = {"hx-request": "true"}
DRAWN = "data:image/png;base64," + base64.b64encode(made.encoded("PNG")).decode()


@pytest.fixture
async def ids(app):
    return await inspecting.plan()


@pytest.fixture
async def inspector(signed_in, ids):
    return await signed_in("inspector.xl")


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"name": "陈经理", "drawing": DRAWN}, "陈经理 已签字"),
        ({"name": "陈经理", "agreed": "1"}, "陈经理 已签字"),  # without JavaScript
        ({"refused": "1", "reason": "不认可绿化扣分"}, "企业代表拒签：不认可绿化扣分"),
        ({"refused": "1", "name": "陈经理", "reason": "要请示"}, "陈经理 拒签：要请示"),
    ],
)
async def test_it_is_recorded_and_everybody_reads_it(signed_in, inspector, ids, form, said):
    path = f"/inspections/{ids['open']}/signature"
    part = await inspector.post(path, data=form, headers=HTMX)
    assert (part.status_code, said in part.text) == (200, True)
    assert "<html" not in part.text
    read = (await (await signed_in("reviewer.xl")).get(f"/inspections/{ids['open']}")).text
    assert said in read
    assert 'class="signature"' in read if "drawing" in form else 'class="signature"' not in read
    assert (await inspector.post(path, data=form)).headers["location"] == f"/inspections/{ids['open']}#signing"
    assert await Signature.count() == 2  # what was there before stays in the record


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"drawing": DRAWN}, "请填写企业代表的姓名"),
        ({"name": "陈经理"}, "请让企业代表在框内签字"),
        ({"name": "陈经理", "drawing": "data:image/png;base64,%%%"}, "请让企业代表在框内签字"),
        ({"name": "陈经理", "drawing": "data:image/png;base64,aGFsbG8="}, "不是照片"),
        ({"refused": "1", "name": "陈经理"}, "请写明拒签的原因"),
        ({"refused": "1", "reason": "长" * 301}, "最多 300 个字"),
    ],
)
async def test_what_is_missing_is_said_and_what_was_typed_stays(inspector, ids, form, said):
    path = f"/inspections/{ids['open']}/signature"
    for headers in (HTMX, {}):
        answer = await inspector.post(path, data=form, headers=headers)
        assert (answer.status_code, said in answer.text) == (422, True)
        assert form.get("name", "") in answer.text
        assert ('value="1" checked' in answer.text) is ("refused" in form)
    assert await Signature.count() == await Photo.count() == 0


async def test_what_was_changed_after_the_signature_is_named(signed_in, inspector, ids):
    await inspector.post(f"/inspections/{ids['open']}/signature", data={"name": "陈经理", "agreed": "1"})
    await Signature.raw("DROP TRIGGER signature_no_update")
    await Signature.update({Signature.at: inspecting.LAST_VISIT}, force=True)  # the test's clock stands still
    who = await district.actor("inspector.xl")
    await inspections.save_answer(
        who, ids["open"], "BJ-01", Entry(outcome="found", amount="1"), packs=inspecting.PACKS, at=district.NOW
    )
    page = (await (await signed_in("reviewer.xl")).get(f"/inspections/{ids['open']}")).text
    assert '此后改过：<a href="#f-BJ-01">BJ-01</a>' in page


async def test_an_edition_may_ask_for_signature_and_photos_before_handing_in(signed_in, inspector, ids):
    strict = replace_rules(missing_photo="refuse", signature="required")
    who = await district.actor("inspector.xl")
    await inspecting.fill(who, ids["open"], {"BJ-01": Entry(outcome="found", amount="1")})
    with pytest.raises(Invalid) as refused:
        await inspections.submit(who, ids["open"], packs=[strict], at=district.NOW)
    assert [problem.field for problem in refused.value.problems] == ["BJ-01", "signing"]
    files = {"photo-BJ-01": ("p.jpg", made.jpeg(), "image/jpeg")}
    await inspector.post(f"/inspections/{ids['open']}/photos", data={"item": "BJ-01"}, files=files)
    await inspector.post(f"/inspections/{ids['open']}/signature", data={"refused": "1", "reason": "不在场"})
    assert await inspections.submit(who, ids["open"], packs=[strict], at=district.NOW) > 0


def replace_rules(**rules):
    """Return the edition with other rules of inspecting."""
    return replace(PACK, inspections=InspectionRules(**rules))


async def test_one_position_is_kept_and_can_be_taken_back(signed_in, inspector, ids):
    path = f"/inspections/{ids['open']}/position"
    for latitude in ("32.1049876", "32.105"):
        await inspector.post(path, data={"latitude": latitude, "longitude": "118.9143", "accuracy": "12.4"})
    assert await InspectionPosition.count() == 1
    read = (await (await signed_in("reviewer.xl")).get(f"/inspections/{ids['open']}")).text
    assert "32.105000, 118.914300" in read
    assert "±12 米 · WGS-84" in read
    part = await inspector.post(path, data={"latitude": "", "longitude": ""}, headers=HTMX)
    assert (part.status_code, "附上当前位置" in part.text) == (200, True)
    assert await signatures.position(ids["open"]) is None


@pytest.mark.parametrize("wrong", [{"latitude": "91"}, {"longitude": "x"}, {"accuracy": "NaN"}, {"accuracy": "-1"}])
async def test_no_place_on_earth_is_kept(inspector, ids, wrong):
    form = {"latitude": "32.1", "longitude": "118.9", "accuracy": "5", **wrong}
    answer = await inspector.post(f"/inspections/{ids['open']}/position", data=form)
    assert (answer.status_code, "没有得到可用的位置" in answer.text) == (422, True)
    assert await InspectionPosition.count() == 0


async def test_after_handing_in_nothing_is_signed_any_more(inspector, ids):
    for path in ("signature", "position"):
        answer = await inspector.post(
            f"/inspections/{ids['before']}/{path}",
            data={"refused": "1", "reason": "迟", "latitude": "1", "longitude": "1"},
        )
        assert answer.status_code == 403
    assert await Signature.count() == await InspectionPosition.count() == 0
