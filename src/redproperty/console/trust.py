"""Whether the record can be trusted: the chain of the audit trail, every published star computed again, the photos."""

import argparse
import sys
from typing import TYPE_CHECKING, Any

from redproperty.console.record import DONE, NOT_DONE, packs, within
from redproperty.domain.texts import Lang, Text
from redproperty.settings import Settings

if TYPE_CHECKING:
    from redproperty.domain.packs import Pack


def verify(options: argparse.Namespace, lang: Lang) -> int:
    """Say whether the audit chain, every published rating and the file of every photo hold."""
    del options
    from redproperty.actions.ratings import verify_rating
    from redproperty.store import audit, ratings
    from redproperty.store.publications import published

    async def work(settings: Settings) -> list[tuple[bool, Text]]:
        chain = await audit.verify()
        broken = Text("操作记录第 {id} 条起不符", "the audit chain breaks at entry {id}").fill(id=chain.broken)
        whole = Text("操作记录 {n} 条，链完整，末端 {head}", "audit chain of {n} entries is whole, head {head}")
        said = [
            (
                chain.broken is None,
                whole.fill(n=chain.entries, head=chain.head[:16]) if chain.broken is None else broken,
            )
        ]
        editions = packs(settings)
        for run in await ratings.runs():
            if run.state == ratings.PREVIEW:
                continue
            found = await verify_rating(editions, run.id)
            why = Text("逐行一致", "every row is the same") if found.holds else _difference(found)
            text = Text("{period} 第 {id} 次评定，{rows} 个小区：{why}", "{period}, run {id}, {rows} estates: {why}")
            said.append((found.holds, text.fill(period=run.period, id=run.id, rows=found.rows, why=why)))
        said += [_published(editions, edition, digest) for edition, digest in (await published()).items()]
        return [*said, await _photos(settings)]

    said = within(work)
    for holds, text in said:
        print(text.say(lang), file=sys.stdout if holds else sys.stderr)
    return DONE if all(holds for holds, _ in said) else NOT_DONE


def _published(editions: "tuple[Pack, ...]", edition: str, digest: str) -> tuple[bool, Text]:
    """Say whether the files of an edition are those that were put in force."""
    same = any(pack.edition == edition and pack.digest == digest for pack in editions)
    holds = Text("规则版本 {edition} 与发布时逐字节一致", "edition {edition} is to the byte what was published")
    differs = Text(
        "规则版本 {edition} 的文件与发布时不同，或已不在", "the files of edition {edition} differ from those published"
    )
    return same, (holds if same else differs).fill(edition=edition)


async def _photos(settings: Settings) -> tuple[bool, Text]:
    """Say whether the file of every photo is there and is what was sent."""
    from redproperty.store import photos, pictures

    known = await photos.files()
    wrong = [sha256 for sha256 in known if not await pictures.sound(settings.photos_folder, sha256)]
    holds = Text(
        "照片 {n} 个文件，都在且与上传时逐字节一致", "{n} files of photos, all there and to the byte what was sent"
    )
    differs = Text("照片文件不在或已变：{files}", "files of photos gone or changed: {files}")
    return not wrong, (differs if wrong else holds).fill(n=len(known), files=", ".join(one[:12] for one in wrong[:10]))


def _difference(found: Any) -> Text:
    """Say what differs: the rules themselves, or which estates."""
    if not found.same_digest:
        return Text("规则版本已变或不在", "the edition has changed or is gone")
    return Text("不一致：{codes}", "different: {codes}").fill(codes=", ".join(found.differing[:10]))
