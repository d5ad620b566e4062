"""Pictures are taken for what they are, kept whole under their own digest, and shown without what came along."""

import asyncio
import hashlib
from datetime import UTC, datetime
from io import BytesIO

import pytest
from PIL import Image

import pictures as made
from redproperty.domain.photos import BROKEN, EMPTY, HEIC, LARGEST, NO_PICTURE, TOO_MANY_PIXELS, clock_differs
from redproperty.domain.texts import Text
from redproperty.store import pictures


async def kept(folder, content: bytes) -> pictures.Picture:
    found = await pictures.keep(folder, content)
    assert isinstance(found, pictures.Picture), found
    return found


async def test_the_original_is_kept_to_the_byte_under_its_digest(tmp_path):
    content = made.jpeg(taken="2026:11:23 09:30:00")
    found = await kept(tmp_path, content)
    assert found.sha256 == hashlib.sha256(content).hexdigest()
    assert (found.media, found.size, found.width, found.height) == ("image/jpeg", len(content), 400, 300)
    assert await pictures.original(tmp_path, found.sha256) == content
    assert await pictures.sound(tmp_path, found.sha256)
    assert list(tmp_path.rglob(".*")) == []


async def test_copies_have_the_pixels_and_nothing_else(tmp_path):
    content = made.jpeg(taken="2026:11:23 09:30:00", size=(2000, 1000))
    assert made.MAKE.encode() in content
    found = await kept(tmp_path, content)
    for which, size in (("view", (1600, 800)), ("small", (320, 160))):
        shown = await pictures.copy(tmp_path, found.sha256, which)
        assert made.MAKE.encode() not in shown
        with Image.open(BytesIO(shown)) as image:
            assert (image.format, image.size) == ("JPEG", size)
            assert not dict(image.getexif())
            assert "comment" not in image.info


async def test_the_camera_s_time_is_that_of_china_unless_it_says_otherwise(tmp_path):
    assert (await kept(tmp_path, made.jpeg(taken="2026:11:23 09:30:00"))).taken_at == datetime(
        2026, 11, 23, 1, 30, tzinfo=UTC
    )
    assert pictures.camera_time("2026:11:23 09:30:00+09:00") == datetime(2026, 11, 23, 0, 30, tzinfo=UTC)
    assert pictures.camera_time("yesterday") is None
    assert (await kept(tmp_path, made.jpeg())).taken_at is None


def test_more_than_a_day_between_the_clocks_is_marked():
    noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert not clock_differs(datetime(2026, 11, 22, 12, tzinfo=UTC), noon)
    assert clock_differs(datetime(2026, 11, 22, 11, 59, 59, tzinfo=UTC), noon)
    assert clock_differs(datetime(2026, 11, 24, 12, 0, 1, tzinfo=UTC), noon)
    assert not clock_differs(None, noon)


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
async def test_other_formats_are_known_by_content(tmp_path, form):
    assert (await kept(tmp_path, made.encoded(form))).media == f"image/{form.lower()}"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", EMPTY),
        (b"GIF89a" + b"\x00" * 100, NO_PICTURE),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", NO_PICTURE),
        (b"%PDF-1.7 \xff\xd8\xff", NO_PICTURE),
        (b"\x00\x00\x00\x18ftypheic" + b"\x00" * 100, HEIC),
        (b"\xff\xd8\xff" + b"\x00" * 100, BROKEN),
        (made.jpeg()[:-2000], BROKEN),
        (made.encoded("PNG")[:300], BROKEN),
        (made.bomb(), TOO_MANY_PIXELS),
        (made.bomb(8000, 8000), TOO_MANY_PIXELS),
    ],
    ids=["empty", "gif", "svg", "pdf", "heic", "noise", "cut jpeg", "cut png", "bomb", "smaller bomb"],
)
async def test_what_is_no_picture_is_refused_and_nothing_is_kept(tmp_path, content, why):
    assert await pictures.keep(tmp_path / "photos", content) == why
    assert not (tmp_path / "photos").exists()


async def test_one_byte_over_ten_megabytes_is_refused(tmp_path):
    picture = made.jpeg()
    refused = await pictures.keep(tmp_path / "photos", picture + b"\x00" * (LARGEST + 1 - len(picture)))
    assert isinstance(refused, Text)
    assert "10.0 MB" in refused.zh
    assert not (tmp_path / "photos").exists()


async def test_what_hides_behind_a_picture_stays_out_of_its_copies(tmp_path):
    found = await kept(tmp_path, made.jpeg() + b"<script>alert(1)</script>PK\x03\x04")
    for which in ("view", "small"):
        assert b"<script>" not in await pictures.copy(tmp_path, found.sha256, which)


async def test_transparency_is_shown_on_white(tmp_path):
    out = BytesIO()
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(out, "PNG")
    found = await kept(tmp_path, out.getvalue())
    with Image.open(BytesIO(await pictures.copy(tmp_path, found.sha256, "view"))) as image:
        assert image.getpixel((10, 10)) == (255, 255, 255)


async def test_a_copy_that_is_gone_is_made_anew_and_a_changed_original_is_found(tmp_path):
    found = await kept(tmp_path, made.jpeg())
    before = await pictures.copy(tmp_path, found.sha256, "small")
    (copy,) = tmp_path.rglob("*.small.jpg")
    copy.unlink()
    assert await pictures.copy(tmp_path, found.sha256, "small") == before
    (original,) = (path for path in tmp_path.rglob("*") if path.name == found.sha256)
    original.write_bytes(original.read_bytes()[:-1] + b"!")
    assert not await pictures.sound(tmp_path, found.sha256)
    original.unlink()
    assert not await pictures.sound(tmp_path, found.sha256)


async def test_the_same_scene_saved_twice_looks_the_same_and_another_does_not(tmp_path):
    worse = BytesIO()
    made.drawn(1).save(worse, "JPEG", quality=60)
    first, again = await kept(tmp_path, made.jpeg(1)), await kept(tmp_path, worse.getvalue())
    assert first.sha256 != again.sha256
    assert first.look == again.look != ""
    assert (await kept(tmp_path, made.jpeg(2))).look != first.look
    plain = BytesIO()
    Image.new("RGB", (100, 100), "grey").save(plain, "JPEG")
    assert (await kept(tmp_path, plain.getvalue())).look == ""


async def test_the_same_picture_by_many_at_once_is_one_file(tmp_path):
    content = made.jpeg()
    found = await asyncio.gather(*(kept(tmp_path, content) for _ in range(5)))
    assert len({one.sha256 for one in found}) == 1
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 3
