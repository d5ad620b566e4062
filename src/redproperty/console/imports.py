"""Importing a file without a browser: the same action as the page, its refusals on the terminal and in a file."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from redproperty.console.record import DONE, NOT_DONE, acting, now, usable, within
from redproperty.domain.access import Role
from redproperty.domain.texts import Lang, Text
from redproperty.settings import Settings

if TYPE_CHECKING:
    from redproperty.actions.imports import Preview
    from redproperty.domain.imports import ImportResult


def bring(options: argparse.Namespace, lang: Lang) -> int:
    """Import one file; where a row is refused, nothing is written and every reason is printed."""
    from redproperty.actions.imports import import_file, preview, upload
    from redproperty.domain.imports import ImportKind

    content = options.file.read_bytes()

    async def work(settings: Settings) -> "tuple[Preview, ImportResult]":
        actor, editions, at = await acting(options.login, Role.DISTRICT), await usable(settings), now()
        file = upload(ImportKind(options.kind), options.file.name, content, at=at)
        found = await preview(actor, file, packs=editions, at=at)
        if options.check or not found.result.asks:
            return found, found.result
        return found, await import_file(actor, file, packs=editions, at=at, seen=found.digest)

    found, result = within(work)
    _say_refused(found, options.refused, lang)
    print(_summary(result, check=options.check).say(lang))
    return NOT_DONE if result.refused else DONE


def _say_refused(found: "Preview", place: Path | None, lang: Lang) -> None:
    """Print every refused cell, and write the sheet with its reasons into the file asked for."""
    from redproperty.exports.returns import sentence

    for refusal in found.result.refusals:
        print(sentence(refusal).say(lang), file=sys.stderr)
    if place is not None and found.result.refused:
        place.write_bytes(found.returned(lang))
        print(Text("未通过的单元格已写入 {place}", "The refused cells are in {place}").fill(place=place).say(lang))


def _summary(result: "ImportResult", *, check: bool) -> Text:
    """Return what became of a file in one sentence."""
    text = Text(
        "{kind}：新增 {new}，修改 {changed}，未变 {unchanged}，未通过 {refused}；{written}",
        "{kind}: {new} new, {changed} changed, {unchanged} unchanged, {refused} refused; {written}",
    )
    if result.written:
        written = Text("已写入", "written")
    elif result.asks and check:
        written = Text("只核对，没有写入", "only checked, nothing was written")
    elif result.refused:
        written = Text("整份没有写入", "nothing was written")
    else:
        written = Text("与记录一致，没有要写入的", "as the record has it, nothing to write")
    counts = {outcome.value: number for outcome, number in result.counts.items()}
    return text.fill(kind=result.kind.label, written=written, **counts)
