"""`redproperty verify` reads the file of every photo."""

import district
import inspecting
import pictures as made
from redproperty.actions import photos
from redproperty.actions.photos import Sent
from redproperty.settings import Settings


def test_a_photo_that_was_changed_or_is_gone_is_named(run, small_district, in_record, place):
    folder = Settings(database=str(place)).photos_folder

    async def taken() -> str:
        ids, who = await inspecting.plan(), await district.actor("inspector.xl")
        sent = Sent(made.jpeg())
        added = await photos.add(
            who, ids["open"], "BJ-01", sent, packs=inspecting.PACKS, folder=folder, at=district.NOW
        )
        return added.sha256

    sha256 = in_record(taken)
    said = run("verify")
    assert (said.code, "照片 1 个文件，都在且与上传时逐字节一致" in said.out) == (0, True)
    original = folder / sha256[:2] / sha256
    original.write_bytes(original.read_bytes() + b"!")
    said = run("--lang", "en", "verify")
    assert said.code == 1
    assert f"files of photos gone or changed: {sha256[:12]}" in said.err
    original.unlink()
    assert run("verify").code == 1
