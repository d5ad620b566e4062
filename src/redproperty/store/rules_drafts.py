"""A draft edition written from a score sheet: its sheet with every doubt as a comment, the rest as in another edition.

A doubt that somebody has to look at is a comment that begins with `待核`. While one is left the edition cannot be in
force, whatever its status says; whoever has looked removes the comment.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import msgspec

from redproperty.domain.items import Item
from redproperty.domain.packs import About
from redproperty.domain.sheets import Category, Sheet
from redproperty.domain.texts import Refused, Text
from redproperty.store.rules import rule_files
from redproperty.store.rules_written import flow, plain_of
from redproperty.store.rules_yaml import PENDING
from redproperty.store.score_sheets import DraftSheet, Mark

THERE_IS = Text("{folder} 已经存在，不覆盖；请用 -o 另指一个文件夹", "{folder} exists; name another folder with -o")
_TO_FILL = Text("待填", "to be filled in")
_HEAD = """# 由 {file} 转成的草案。标“{pending}”的行须逐一核对，核对后删去该行；还有一行在，本版本就不能发布。
# 标“注”的是原表没有写明之处，按所写的读；英文名称暂用中文，发布前请译出。
"""


def written(part: Item | Sheet) -> str:
    """Return an item, or the head of a sheet with its categories but no items, on one line for a machine."""
    if isinstance(part, Sheet):
        bare = tuple(msgspec.structs.replace(category, items=()) for category in part.categories)
        return flow(plain_of(msgspec.structs.replace(part, categories=bare)))
    return flow(plain_of(part))


def write_draft(folder: Path, draft: DraftSheet, *, like: Path, about: About, file: str, begins: date) -> None:
    """Write a draft edition into a new folder; what is no sheet is taken from the edition in `like`, without cases.

    Raises:
        Refused: the folder is there already.
    """
    if folder.exists():
        raise Refused(THERE_IS.fill(folder=folder))
    folder.mkdir(parents=True)
    for name, raw in rule_files(like).items():
        if name not in {"pack.yaml", "sheet.yaml"}:
            (folder / name).write_bytes(raw)
    (folder / "sheet.yaml").write_text("\n".join(_sheet(draft, file)) + "\n", encoding="utf-8")
    (folder / "pack.yaml").write_text("\n".join(_about(draft, about, file, begins)) + "\n", encoding="utf-8")


def _about(draft: DraftSheet, about: About, file: str, begins: date) -> Iterator[str]:
    yield _HEAD.format(file=file, pending=PENDING).rstrip()
    yield f"id: {flow(about.id)}"
    yield f'version: "{begins.year}.draft"'
    yield f"title: {flow(plain_of(Text(draft.title, draft.title)))}"
    yield f"# {PENDING}：印发单位和文号"
    yield f"issued_by: {flow(plain_of(_TO_FILL))}"
    yield f"document: {flow(plain_of(_TO_FILL))}"
    yield f"effective_from: {begins.isoformat()}"
    yield "status: draft"
    yield f"period: {about.period}"


def _sheet(draft: DraftSheet, file: str) -> Iterator[str]:
    sheet = draft.sheet
    yield _HEAD.format(file=file, pending=PENDING).rstrip()
    yield from _comments(draft.marks.get("", []), "")
    head = plain_of(sheet)
    yield from (f"{key}: {flow(value)}" for key, value in head.items() if not isinstance(value, list))
    yield "severities:"
    yield from (f"  - {flow(plain_of(severity))}" for severity in sheet.severities)
    yield "categories:"
    for category in sheet.categories:
        yield from _category(draft, category)
    for key in head.keys() - {"severities", "categories"}:
        if isinstance(head[key], list):
            yield f"{key}:"
            yield from (f"  - {flow(entry)}" for entry in head[key])


def _category(draft: DraftSheet, category: Category) -> Iterator[str]:
    yield from _comments(draft.marks.get(category.code, []), "  ")
    yield f"  - code: {flow(category.code)}"
    yield f"    title: {flow(plain_of(category.title))}"
    yield f"    full: {flow(category.full)}"
    rest = {name: value for name, value in plain_of(category).items() if name not in {"code", "title", "full", "items"}}
    yield from (f"    {name}: {flow(value)}" for name, value in rest.items())
    yield "    items:"
    for item in category.items:
        yield from _comments(draft.marks.get(item.code, []), "      ")
        for index, (name, value) in enumerate(plain_of(item).items()):
            yield f"      {'- ' if index == 0 else '  '}{name}: {flow(value)}"


def _comments(marks: list[Mark], indent: str) -> Iterator[str]:
    for mark in marks:
        words = " ".join(mark.text.zh.split())  # a comment is one line
        yield f"{indent}# {PENDING if mark.blocks else '注'}：{mark.at} {words}"
