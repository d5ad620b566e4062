"""Photos of what was found: sent, sent again, taken back, shown to whom they may be; and what nobody should send."""

import asyncio
import hashlib
from io import BytesIO

import pytest
from PIL import Image

import district
import inspecting
import pictures as made
from inspecting import PACKS
from redproperty.actions import photos as actions
from redproperty.actions.inspections import Entry
from redproperty.actions.photos import Sent
from redproperty.store import pictures
from redproperty.store.tables import AuditEntry, Inspection
from redproperty.store.tables import Photo as PhotoRow

HTMX = {"hx-request": "true"}
FOUND = Entry(outcome="found", amount="1")


@pytest.fixture
async def ids(app):
    return await inspecting.plan()


@pytest.fixture
async def inspector(signed_in, ids):
    return await signed_in("inspector.xl")


def files(settings) -> list:
    return [path for path in settings.photos_folder.rglob("*") if path.is_file()]


async def upload(client, inspection: int, content: bytes, *, item="BJ-01", key="", taken="", name="p.jpg", htmx=True):
    return await client.post(
        f"/inspections/{inspection}/photos",
        data={"item": item, "key": key, "taken": taken},
        files={f"photo-{item}": (name, content, "text/html")},
        headers=HTMX if htmx else {},
    )


async def number(inspection: int) -> int:
    return await PhotoRow.count().where((PhotoRow.inspection == inspection) & PhotoRow.removed_at.is_null())


async def put(login: str, inspection: int, settings, content: bytes, item: str = "BJ-01") -> int:
    """Keep a picture as its inspector does and return its id."""
    who = await district.actor(login)
    sent = Sent(content)
    added = await actions.add(who, inspection, item, sent, packs=PACKS, folder=settings.photos_folder, at=district.NOW)
    return added.id


class TestSending:
    async def test_a_picture_comes_back_as_it_stands_at_its_item(self, inspector, ids, settings):
        content = made.jpeg(taken="2026:11:23 09:30:00")
        answer = await upload(inspector, ids["open"], content)
        assert answer.status_code == 200
        assert "已上传 10:00" in answer.text
        assert "拍摄 11-23 09:30" in answer.text
        row = await PhotoRow.select().first()
        person = (await district.actor("inspector.xl")).id
        assert (row["sha256"], row["person"], row["item"]) == (hashlib.sha256(content).hexdigest(), person, "BJ-01")
        assert (row["inspection"], row["received_at"]) == (ids["open"], district.NOW)
        entry = await AuditEntry.select().where(AuditEntry.deed == "add_photo").first()
        assert row["sha256"] in entry["details"]
        page = (await inspector.get(f"/inspections/{ids['open']}")).text
        assert f'src="/photos/{row["id"]}/small.jpg"' in page

    async def test_the_same_sent_again_is_kept_once(self, inspector, ids, settings):
        content = made.jpeg()
        answers = await asyncio.gather(*(upload(inspector, ids["open"], content, key="k1") for _ in range(3)))
        assert {answer.status_code for answer in answers} == {200}
        assert (
            await upload(inspector, ids["open"], content, key="k2")
        ).status_code == 200  # the same file chosen again
        assert await number(ids["open"]) == 1
        assert len(await AuditEntry.select().where(AuditEntry.deed == "add_photo")) == 1

    async def test_what_was_taken_back_does_not_return_with_a_late_copy(self, inspector, ids):
        await upload(inspector, ids["open"], made.jpeg(), key="k1")
        photo = (await PhotoRow.select(PhotoRow.id).first())["id"]
        answer = await inspector.post(f"/inspections/{ids['open']}/photos/{photo}/remove", headers=HTMX)
        assert answer.status_code == 204
        assert (await upload(inspector, ids["open"], made.jpeg(), key="k1")).status_code == 204
        assert await number(ids["open"]) == 0
        assert (await inspector.get(f"/photos/{photo}/view.jpg")).status_code == 404
        assert (await PhotoRow.select(PhotoRow.removed_at).first())["removed_at"] == district.NOW

    async def test_the_time_sent_along_is_taken_where_the_file_has_none(self, inspector, ids):
        answer = await upload(inspector, ids["open"], made.jpeg(), taken="2026:11:20 09:30:00")
        assert "⚠ 拍摄 2026-11-20 09:30，与上传相差一天以上" in answer.text
        assert "无拍摄时间" in (await upload(inspector, ids["open"], made.jpeg(2), taken="nonsense")).text

    async def test_a_plain_form_brings_several_for_several_items(self, inspector, ids):
        sent = [
            ("photo-BJ-01", ("a.jpg", made.jpeg(1), "image/jpeg")),
            ("photo-BJ-01", ("b.jpg", made.jpeg(2), "image/jpeg")),
            ("photo-BJ-02", ("c.png", made.encoded("PNG", 3), "image/png")),
        ]
        answer = await inspector.post(f"/inspections/{ids['open']}/photos", data={"item": "BJ-01"}, files=sent)
        assert answer.status_code == 303
        assert answer.headers["location"].endswith("?at=BJ-01#f-BJ-01")
        rows = await PhotoRow.select(PhotoRow.item).order_by(PhotoRow.id)
        assert sorted(row["item"] for row in rows) == ["BJ-01", "BJ-01", "BJ-02"]

    async def test_of_several_the_sound_ones_are_kept_and_the_others_named(self, inspector, ids):
        sent = [
            ("photo-BJ-01", ("a.jpg", b"no picture", "image/jpeg")),
            ("photo-BJ-02", ("b.jpg", made.jpeg(2), "image/jpeg")),
        ]
        answer = await inspector.post(f"/inspections/{ids['open']}/photos", data={"item": "BJ-01"}, files=sent)
        assert answer.status_code == 422
        assert '<a href="#f-BJ-01">这个文件不是照片' in answer.text
        assert [row["item"] for row in await PhotoRow.select(PhotoRow.item)] == ["BJ-02"]

    async def test_a_plain_form_without_a_picture_says_so_at_its_item(self, inspector, ids):
        answer = await inspector.post(f"/inspections/{ids['open']}/photos", data={"item": "BJ-01"})
        assert answer.status_code == 422
        assert '<a href="#f-BJ-01">请先拍照或选照片</a>' in answer.text

    async def test_only_who_enters_the_sheet_and_only_while_it_is_open(self, signed_in, inspector, ids, settings):
        colleague = await signed_in("inspector2.xl")
        assert (await upload(colleague, ids["open"], made.jpeg())).status_code == 403
        assert (await upload(inspector, ids["before"], made.jpeg())).status_code == 403
        assert (await upload(inspector, ids["foreign"], made.jpeg())).status_code == 404
        assert (await upload(inspector, ids["open"], made.jpeg(), item="XX-99")).status_code == 403
        assert files(settings) == []

    async def test_an_item_has_room_for_twelve(self, inspector, ids, settings):
        for seed in range(12):
            await put("inspector.xl", ids["open"], settings, made.jpeg(seed, size=(40, 30)))
        answer = await upload(inspector, ids["open"], made.jpeg(99))
        assert (answer.status_code, "最多 12 张" in answer.text) == (422, True)


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        "sent",
        [
            (b"", "empty.jpg", "0 字节"),
            (b"<html><script>alert(1)</script>", "page.jpg", "不是照片"),
            (b"\x00\x00\x00\x18ftypheic" + b"\x00" * 64, "IMG_1.HEIC", "兼容性最佳"),
            (made.bomb(), "bomb.png", "像素太多"),
            (made.jpeg()[:-900], "cut.jpg", "损坏"),
            (made.jpeg() + b"\x00" * 10 * 1024**2, "long.jpg", "超过 10 MB"),
        ],
        ids=["empty", "html", "heic", "bomb", "cut", "long"],
    )
    async def test_it_is_said_why_and_nothing_is_kept(self, inspector, ids, settings, sent):
        content, name, said = sent
        answer = await upload(inspector, ids["open"], content, name=name)
        assert answer.status_code == 422
        assert said in answer.text
        page = await upload(inspector, ids["open"], content, name=name, htmx=False)
        assert page.status_code == 422
        assert said in page.text
        assert files(settings) == []
        assert await number(ids["open"]) == 0

    async def test_a_name_with_a_path_leads_nowhere(self, inspector, ids, settings, tmp_path):
        before = {path for path in tmp_path.rglob("*") if settings.photos_folder not in path.parents}
        for name in ("../../etc/passwd.jpg", "/etc/passwd", "C:\\x.jpg", "..%2f..%2fx.jpg"):
            assert (await upload(inspector, ids["open"], made.jpeg(), name=name)).status_code == 200
        after = {path for path in tmp_path.rglob("*") if settings.photos_folder not in path.parents}
        assert after - before == {settings.photos_folder}
        assert len(files(settings)) == 3  # the original and its two copies

    async def test_a_hundred_megabytes_are_refused_unread(self, inspector, ids, settings):
        read = 0

        async def body():
            nonlocal read
            for _ in range(100):
                read += 1
                yield b"\x00" * 1024**2

        head = {"content-type": "multipart/form-data; boundary=x", **HTMX}
        address = f"/inspections/{ids['open']}/photos"
        announced = {**head, "content-length": str(100 * 1024**2)}
        assert (await inspector.post(address, content=body(), headers=announced)).status_code == 413
        answer = await inspector.post(address, content=b"--x\r\n" + b"\x00" * 100 * 1024**2, headers=head)
        assert answer.status_code == 413
        assert files(settings) == []


class TestSeeing:
    async def test_a_copy_is_a_picture_and_nothing_else(self, inspector, ids, settings):
        content = made.jpeg(taken="2026:11:23 09:30:00") + b"<script>alert(1)</script>"
        photo = await put("inspector.xl", ids["open"], settings, content)
        for which in ("small", "view"):
            answer = await inspector.get(f"/photos/{photo}/{which}.jpg")
            assert answer.headers["content-type"] == "image/jpeg"
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
            assert answer.headers["content-disposition"].startswith("inline")
            assert made.MAKE.encode() not in answer.content
            assert b"<script>" not in answer.content
            assert not dict(Image.open(BytesIO(answer.content)).getexif())
        original = await inspector.get(f"/photos/{photo}/original")
        assert original.content == content
        assert original.headers["content-disposition"] == f'attachment; filename="photo-{photo}.jpeg"'
        assert original.headers["content-security-policy"] == "default-src 'none'; sandbox"

    async def test_own_and_foreign(self, signed_in, ids, settings):
        photo = await put("inspector.xl", ids["open"], settings, made.jpeg(1))
        answers = {  # while it is a draft, once it counts, the original
            "inspector.xl": (200, 200, 200),
            "reviewer.mq": (404, 404, 404),
            "auditor": (200, 200, 200),
            "company1": (404, 200, 403),  # manages 青石园: sees what counts, without what the file tells
            "company2": (404, 404, 403),
            "custody": (403, 403, 403),
        }
        people = {login: await signed_in(login) for login in answers}
        found = {login: [(await one.get(f"/photos/{photo}/small.jpg")).status_code] for login, one in people.items()}
        await Inspection.update({Inspection.state: "accepted"}).where(Inspection.id == ids["open"])
        for login, one in people.items():
            found[login] += [
                (await one.get(f"/photos/{photo}/{what}")).status_code for what in ("view.jpg", "original")
            ]
            removal = await one.post(f"/inspections/{ids['open']}/photos/{photo}/remove")
            assert removal.status_code in {403, 404}
        assert {login: tuple(codes) for login, codes in found.items()} == answers
        assert await number(ids["open"]) == 1

    async def test_what_is_not_there(self, inspector, ids, settings):
        assert (await inspector.get("/photos/4711/view.jpg")).status_code == 404
        photo = await put("inspector.xl", ids["open"], settings, made.jpeg(1))
        for path in files(settings):
            path.unlink()
        assert (await inspector.get(f"/photos/{photo}/view.jpg")).status_code == 404
        assert (await inspector.get(f"/photos/{photo}/original")).status_code == 404


class TestReading:
    async def test_the_reviewer_sees_the_same_picture_used_twice(self, signed_in, ids, settings):
        worse = BytesIO()
        made.drawn(2).save(worse, "JPEG", quality=60)
        await put("inspector.xl", ids["open"], settings, made.jpeg(1))
        await put("inspector.xl", ids["open"], settings, made.jpeg(2), item="BJ-02")
        await put("inspector.xl", ids["open"], settings, made.jpeg(3), item="BJ-03")
        await put("inspector.xl", ids["late"], settings, made.jpeg(1), item="BJ-04")
        await put("inspector.xl", ids["unmanaged"], settings, worse.getvalue(), item="BJ-05")
        page = (await (await signed_in("reviewer.xl")).get(f"/inspections/{ids['open']}")).text
        assert "2 张照片在别的检查里也用过" in page
        assert f'同一张照片也用在：<a href="/inspections/{ids["late"]}#f-BJ-04">紫金花苑 2026Q4' in page
        assert f'看起来与这张相同：<a href="/inspections/{ids["unmanaged"]}#f-BJ-05">无主巷' in page
        assert page.count("原图") == 3

    async def test_points_off_without_a_photo_are_marked_and_full_marks_are_not(self, signed_in, ids, settings):
        who = await district.actor("inspector.xl")
        await inspecting.fill(who, ids["open"], {"BJ-01": FOUND, "BJ-02": FOUND})
        await put("inspector.xl", ids["open"], settings, made.jpeg(1), item="BJ-02")
        inspector = await signed_in("inspector.xl")
        page = (await inspector.get(f"/inspections/{ids['open']}")).text
        notice = page.split('id="unproven"', 1)[1].split("</p>", 1)[0]
        assert ("BJ-01" in notice, "BJ-02" in notice, "BJ-03" in notice) == (True, False, False)
        assert "hidden" not in notice.split(">", 1)[0]
        answer = await inspector.post(f"/inspections/{ids['open']}/submit")
        assert answer.status_code == 303  # the edition in force warns and takes it
        entry = await AuditEntry.select().where(AuditEntry.deed == "submit_inspection").first()
        assert '"unproven":["BJ-01"]' in entry["details"].replace(" ", "")
        read = (await (await signed_in("reviewer.xl")).get(f"/inspections/{ids['open']}")).text
        assert read.count("无照片") == 1

    async def test_last_round_s_picture_stands_beside_the_item(self, signed_in, ids, settings):
        [row] = await put_row(ids["before"], "BJ-01", settings)
        page = (await (await signed_in("inspector.xl")).get(f"/inspections/{ids['open']}")).text
        card = page.split('id="f-BJ-01"', 1)[1].split("</form>", 1)[0]
        assert f'src="/photos/{row["id"]}/small.jpg"' in card.split("上一轮", 1)[1]
        assert f"/photos/{row['id']}/remove" not in card


async def put_row(inspection: int, item: str, settings) -> list:
    """Write a picture of an inspection that is closed."""
    picture = await pictures.keep(settings.photos_folder, made.jpeg(7))
    estate = (await Inspection.select(Inspection.estate).where(Inspection.id == inspection).first())["estate"]
    who = (await district.actor("inspector.xl")).id
    row = PhotoRow(kind="finding", inspection=inspection, item=item, estate=estate, person=who, key="past",
                   received_at=inspecting.LAST_VISIT, **vars(picture))  # fmt: skip
    return await PhotoRow.insert(row)
