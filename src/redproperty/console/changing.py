"""Editions of the rules compared, converted and put in force at the console."""

import argparse
import sys
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from redproperty.console.record import DONE, NOT_DONE, acting, now, packs, within
from redproperty.domain.access import Role
from redproperty.domain.faults import suggest
from redproperty.domain.texts import Lang, Refused, Text
from redproperty.settings import Settings, from_environment

if TYPE_CHECKING:
    from redproperty.domain.access import Actor
    from redproperty.domain.packs import Pack

NO_EDITION = Text("没有规则版本 {name}", "There is no edition {name}")
UNREADABLE = Text("{name} 有 {n} 处写错，先改好：\n{problems}", "{name} has {n} problems; mend it first:\n{problems}")


def diff(options: argparse.Namespace, lang: Lang) -> int:
    """Print what edition B says differently from edition A, provision by provision, then key by key."""
    from redproperty.domain.changes import changes, say

    found = changes(pack_at(options.before), pack_at(options.after))
    print(f"{found.before} → {found.after}")
    print(found.summary.say(lang))
    for section, some in groupby(found.provisions, key=lambda change: change.section):
        print(f"\n{section.say(lang)}")
        for change in some:
            print("\n".join(f"  {line}" for line in say(change, lang)))
    if found.keys:
        print(f"\n{Text('逐键对照', 'Key by key').say(lang)}")
    for key in found.keys:
        print(f"  {key.file}  {key.key}: {key.before or '—'} → {key.after or '—'}")
    return DONE


def publish(options: argparse.Namespace, lang: Lang) -> int:
    """Propose an edition; or, as another person, put the proposed one in force or send it back."""
    from redproperty.actions import publications
    from redproperty.store.rules import editions

    name = options.edition

    async def work(settings: Settings) -> Text:
        found = editions(settings.rules)
        edition = next((one for one in found.all if one.name == name), None)
        if edition is None:
            raise Refused(suggest(NO_EDITION.fill(name=name), name, [one.name for one in found.all]))
        wanted = publications.proposal_of(edition)
        await publications.adopt(found, at=now())
        if options.send_back:
            await publications.send_back(await _checker(options.login), name, remark=options.send_back, at=now())
            return Text("已退回 {name} 的提请", "The proposal of {name} was sent back")
        if options.approve:
            digest = wanted.pack.digest if wanted.pack else ""
            await publications.approve(await _checker(options.login), wanted, digest=digest, at=now())
            return Text("{name} 已发布，自生效日起施行", "{name} is published and holds from its date")
        actor = await acting(options.login, Role.DISTRICT)
        await publications.propose(actor, wanted, document=options.document, note=options.note, at=now())
        return Text(
            "已提请发布 {name}；请另一人批准：redproperty rules publish {name} --approve --as 账号",
            "{name} is proposed; another person approves: redproperty rules publish {name} --approve --as LOGIN",
        )

    print(within(work).fill(name=name).say(lang))
    return DONE


async def _checker(login: str) -> "Actor":
    return await acting(login, Role.FINANCE_CHECKER)


def convert(options: argparse.Namespace, lang: Lang) -> int:
    """Turn a district's score sheet into a draft edition, or the score sheet of an edition into a workbook."""
    if options.source.casefold().endswith((".xlsx", ".csv")):
        return _to_draft(options, lang)
    from redproperty.exports.score_sheets import score_sheet
    from redproperty.store.rules_drafts import written

    pack = pack_at(options.source)
    if not pack.sheet.items:
        raise Refused(Text("这个版本没有评分表", "This edition has no score sheet"))
    out = options.out or Path(f"{pack.edition}.xlsx")
    out.write_bytes(score_sheet(pack, written))
    text = Text("评分表已写入 {out}：{n} 项", "The score sheet is in {out}: {n} items")
    print(text.fill(out=out, n=len(pack.sheet.items)).say(lang))
    return DONE


def _to_draft(options: argparse.Namespace, lang: Lang) -> int:
    from redproperty.domain.packs import Pack
    from redproperty.store.rules import load_edition
    from redproperty.store.rules_drafts import write_draft
    from redproperty.store.score_sheets import read_score_sheet

    source = Path(options.source)
    known = packs(from_environment())
    final = [pack for pack in known if pack.about.status == "in_force"]
    like = options.like or (final or list(known))[-1].edition
    model = pack_at(like)
    draft = read_score_sheet(source.read_bytes(), like=model.sheet)
    folder = options.out or Path(f"{source.stem}-draft")
    begins = date(now().year + 1, 1, 1)
    write_draft(folder, draft, like=folder_at(like), about=model.about, file=source.name, begins=begins)
    blocking = sum(mark.blocks for mark in draft.doubts)
    counts = {"n": len(draft.sheet.categories), "m": len(draft.sheet.items), "total": f"{draft.sheet.total:f}"}
    text = Text(
        "草案已写入 {folder}：{n} 类 {m} 项，共 {total} 分；待核 {k} 处",
        "The draft is in {folder}: {n} categories, {m} items, {total} points; {k} cells to look at",
    )
    print(text.fill(folder=folder, k=blocking, **counts).say(lang))
    for mark in draft.doubts:
        kind = Text("待核", "look at") if mark.blocks else Text("注", "note")
        print(f"  {kind.say(lang)} {draft.name}!{mark.at}  {mark.text.say(lang)}")
    loaded = load_edition(folder.resolve())
    if isinstance(loaded, Pack):
        return DONE
    for problem in loaded:
        print(problem.say(lang), file=sys.stderr)
    return NOT_DONE


def folder_at(name: str) -> Path:
    """Return the folder of the edition of that name under the rules folder, or the folder that is named.

    Raises:
        Refused: there is none.
    """
    root = from_environment().rules
    folder = next((path for path in (root / name, Path(name)) if (path / "pack.yaml").is_file()), None)
    if folder is None:
        known = sorted(path.name for path in root.iterdir() if path.is_dir())
        raise Refused(suggest(NO_EDITION.fill(name=name), name, known))
    return folder.resolve()


def pack_at(name: str) -> "Pack":
    """Return the edition of that name under the rules folder, or the one in the folder that is named.

    Raises:
        Refused: there is none, or it cannot be read; then with all its problems.
    """
    from redproperty.domain.packs import Pack
    from redproperty.store.rules import load_edition

    loaded = load_edition(folder_at(name))
    if isinstance(loaded, Pack):
        return loaded
    said = Text(*("\n".join(problem.say(lang) for problem in loaded) for lang in ("zh", "en")))
    raise Refused(UNREADABLE.fill(name=name, n=len(loaded), problems=said))
