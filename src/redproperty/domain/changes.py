"""What one edition says differently from another: provision by provision in words, and key by key as it is written.

The words are those of `provisions`, so that nothing is said of a change that is not said of the edition itself. What a
sentence leaves out (a place of rounding, a perfect value) still stands among the keys, of which none is passed over.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any, Literal

import msgspec

from redproperty.domain.items import Item
from redproperty.domain.numbers import figure, plain
from redproperty.domain.packs import Pack
from redproperty.domain.provisions import EVIDENCE, item_provision, sections
from redproperty.domain.texts import Lang, Text

Kind = Literal["added", "removed", "changed"]
KINDS: Mapping[Kind, Text] = {
    "added": Text("新增", "added"),
    "removed": Text("删去", "removed"),
    "changed": Text("修改", "changed"),
}
ABOUT, SHEET = Text("版本", "Edition"), Text("评分表", "Score sheet")
TITLE, BASIS = Text("名称", "Title"), Text("依据", "Basis")
FULL, RULE, SEVERITY = Text("满分", "Full mark"), Text("评分标准", "How it is scored"), Text("严重程度", "Severity")
HOW, PROOF = Text("检查方法", "How to look"), Text("佐证", "Evidence")
COUNTS = Text("是否计分", "Part of the score")
DAYS, REASONS = Text("整改天数", "Days to cure"), Text("常见原因", "Common reasons")
SENTENCE = Text("条文", "Provision")
_SAME = Text("两个版本的条文完全相同。", "The two editions say the same.")
_UNSAID = Text(
    "条文相同；另有 {n} 处设置不同，见逐键对照。", "The provisions are the same; {n} settings differ, see the keys."
)
_COUNTS = Text(
    "考核项：新增 {ia}、删去 {ir}、修改 {ic}；其他条文：新增 {a}、删去 {r}、修改 {c}",
    "Items: {ia} added, {ir} removed, {ic} changed; other provisions: {a} added, {r} removed, {c} changed",
)
_TOKEN = re.compile(r"[0-9][0-9.,]*|[A-Za-z_]+|\s+|.", re.DOTALL)
_NAMES = ("code", "name", "event", "veto", "payer", "star", "stars")  # what tells the entries of a list apart


class Aspect(msgspec.Struct, frozen=True):
    """One thing that a provision says: what stood, what stands; nothing where the provision was not there."""

    name: Text
    before: Text | None
    after: Text | None


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One provision that was added, removed or changed, with every aspect that differs; titles are the newer ones."""

    section: Text
    kind: Kind
    code: str
    title: Text
    aspects: tuple[Aspect, ...]
    item: bool = False  # whether it is an item of the score sheet


class KeyChange(msgspec.Struct, frozen=True):
    """One key of a file whose value differs: `sheet.yaml`, `JC-01.shape.step`, `0.5`, `1`; nothing where absent."""

    file: str
    key: str
    before: str | None
    after: str | None


class Changes(msgspec.Struct, frozen=True):
    """Everything by which the edition `after` differs from the edition `before`."""

    before: str
    after: str
    provisions: tuple[Change, ...]
    keys: tuple[KeyChange, ...]

    @property
    def summary(self) -> Text:
        """Return in one line how many items and provisions were added, removed and changed."""
        if not self.provisions:
            return _UNSAID.fill(n=len(self.keys)) if self.keys else _SAME
        n = Counter((change.item, change.kind) for change in self.provisions)
        counts = {f"{'i' if item else ''}{kind[0]}": n[item, kind] for item in (True, False) for kind in KINDS}
        return _COUNTS.fill(**counts)


class Piece(msgspec.Struct, frozen=True):
    """A run of words, and whether the other wording lacks it."""

    text: str
    differs: bool


def changes(before: Pack, after: Pack) -> Changes:
    """Return what `after` says differently from `before`, in the order of the edition; removed ones end their part."""
    old, new = _by_key(before), _by_key(after)
    order = dict.fromkeys(section for section, _ in (*new, *old))
    found = [
        change
        for section in order
        for key in dict.fromkeys(key for key in (*new, *old) if key[0] == section)
        if (change := _change(old.get(key), new.get(key))) is not None
    ]
    return Changes(before.edition, after.edition, tuple(found), tuple(_keys(before, after)))


def pieces(before: str, after: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Return both wordings cut where they differ; a number or a foreign word is never cut."""
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    cut = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return (
        tuple(Piece("".join(old[i:j]), tag != "equal") for tag, i, j, _, _ in cut if i < j),
        tuple(Piece("".join(new[k:m]), tag != "equal") for tag, _, _, k, m in cut if k < m),
    )


class _Line(msgspec.Struct, frozen=True, kw_only=True):
    """One provision with everything that is said of it, by aspect."""

    section: Text
    code: str
    title: Text
    said: Mapping[Text, Text | None]
    item: bool = False


def _change(old: _Line | None, new: _Line | None) -> Change | None:
    line = new or old
    assert line is not None  # noqa: S101 - one of the two holds the key
    before, after = (old.said if old else {}), (new.said if new else {})
    names = dict.fromkeys((*after, *before))
    told = (Aspect(name, before.get(name), after.get(name)) for name in names)
    aspects = tuple(aspect for aspect in told if aspect.before != aspect.after)
    if not aspects and old and new:
        return None
    kind: Kind = "added" if old is None else "removed" if new is None else "changed"
    return Change(section=line.section, kind=kind, code=line.code, title=line.title, aspects=aspects, item=line.item)


def _by_key(pack: Pack) -> dict[tuple[str, str], _Line]:
    """Return the lines of an edition by part and key; a key that comes again is numbered."""
    found: dict[tuple[str, str], _Line] = {}
    for section, key, line in _lines(pack):
        again = 1
        while (section, name := key if again == 1 else f"{key}#{again}") in found:
            again += 1
        found[section, name] = line
    return found


def _lines(pack: Pack) -> Iterator[tuple[str, str, _Line]]:
    """Yield part, key and line of everything that an edition says."""
    yield from _about_lines(pack)
    for category in pack.sheet.categories:
        apart = None if category.counts else Text("不计入得分", "no part of the score")
        told = {TITLE: category.title, FULL: _as_text(plain(category.full_points)), COUNTS: apart}
        yield "sheet", category.code, _Line(section=SHEET, code=category.code, title=category.title, said=told)
        for item in category.items:
            line = _Line(section=SHEET, code=item.code, title=item.title, said=_said_of(pack, item), item=True)
            yield "sheet", item.code, line
    for section in sections(pack):
        for one in section.provisions:
            told_of = {TITLE: one.title, SENTENCE: one.sentence, BASIS: one.basis}
            line = _Line(section=section.title, code=one.code, title=one.title, said=told_of)
            yield section.code, one.key or one.code or one.title.zh, line


def _about_lines(pack: Pack) -> Iterator[tuple[str, str, _Line]]:
    about = pack.about
    for name, title, value in (
        ("title", TITLE, about.title),
        ("version", Text("版本号", "Version"), _as_text(about.version)),
        ("issued_by", Text("印发单位", "Issued by"), about.issued_by),
        ("document", Text("文号", "Document"), about.document),
        ("effective_from", Text("生效日期", "In force from"), _as_text(about.effective_from.isoformat())),
        ("notes", Text("说明", "Notes"), _joined(about.notes, "；")),
    ):
        yield "about", name, _Line(section=ABOUT, code="", title=title, said={SENTENCE: value})


def _said_of(pack: Pack, item: Item) -> dict[Text, Text | None]:
    """Return everything that is said of an item, by aspect."""
    return {
        TITLE: item.title,
        FULL: _as_text(plain(figure(item.full))),
        RULE: item_provision(pack, item).sentence,
        HOW: item.how_to_look,
        PROOF: EVIDENCE[item.evidence],
        SEVERITY: pack.sheet.severity_of(item).title,
        DAYS: _as_text(str(item.days_to_cure)) if item.days_to_cure else None,
        REASONS: _joined(item.reasons, "、"),
        BASIS: item.basis,
    }


def _as_text(value: str) -> Text:
    return Text(value, value)


def _joined(texts: Sequence[Text], mark: str) -> Text | None:
    if not texts:
        return None
    return Text(mark.join(text.zh for text in texts), "; ".join(text.en for text in texts))


def _keys(before: Pack, after: Pack) -> Iterator[KeyChange]:
    """Yield every key of the five files whose value differs, in the order of the files."""
    for field in msgspec.structs.fields(Pack):
        if field.name in {"edition", "digest", "stop"}:
            continue
        before_part, after_part = (msgspec.to_builtins(getattr(pack, field.name)) for pack in (before, after))
        old, new = dict(_leaves(before_part, ())), dict(_leaves(after_part, ()))
        for path in dict.fromkeys((*new, *old)):
            if old.get(path) != new.get(path):
                yield KeyChange(f"{field.encode_name}.yaml", ".".join(path), old.get(path), new.get(path))
        yield from _moved(f"{field.encode_name}.yaml", before_part, after_part)


def _moved(file: str, before: Any, after: Any) -> Iterator[KeyChange]:
    """Yield the lists whose entries stand in another order: what is applied first, or which of several holds."""
    old, new = dict(_orders(before, ())), dict(_orders(after, ()))
    for path in (path for path in new if path in old):
        stays = [
            [name for name in names if name in other]
            for names, other in ((old[path], new[path]), (new[path], old[path]))
        ]
        if stays[0] != stays[1]:
            yield KeyChange(file, ".".join((*path, "[]")), " → ".join(stays[0]), " → ".join(stays[1]))


def _orders(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    """Yield the names of the entries of every list with its path."""
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from _orders(part, (*path, str(key)))
    elif isinstance(value, list | tuple):
        names = [_name_of(part, index) for index, part in enumerate(value)]
        yield path, names
        for name, part in zip(names, value, strict=True):
            yield from _orders(part, (*path, name))


def _leaves(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield the single values of a part of an edition with their paths; entries of lists are named, not counted."""
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from _leaves(part, (*path, str(key)))
    elif isinstance(value, list | tuple):
        seen: Counter[str] = Counter()
        for index, part in enumerate(value):
            name = _name_of(part, index)
            seen[name] += 1
            yield from _leaves(part, (*path, name if seen[name] == 1 else f"{name}#{seen[name]}"))
    elif value is not None:
        yield path, str(value)


def _name_of(entry: Any, index: int) -> str:
    if isinstance(entry, Mapping):
        named = next((entry[key] for key in _NAMES if isinstance(entry.get(key), str | int)), None)
        if named is None and isinstance(entry.get("rule"), Mapping):  # a stage with one rule
            named = entry["rule"].get("code")
        if named is not None:
            return str(named)
    return str(index + 1)


def say(change: Change, lang: Lang) -> Iterator[str]:
    """Yield a change as lines of text: what it is about, then each aspect with what stood and what stands."""
    mark = {"added": "+", "removed": "-", "changed": "~"}[change.kind]
    head = Text("{mark} {code}{title}（{kind}）", "{mark} {code}{title} ({kind})")
    code = f"{change.code}  " if change.code else ""
    yield head.fill(mark=mark, code=code, title=change.title, kind=KINDS[change.kind]).say(lang)
    for aspect in change.aspects:
        was, now = (text.say(lang) if text else "—" for text in (aspect.before, aspect.after))
        name = aspect.name.say(lang)
        if change.kind == "changed":
            yield f"    {name}"
            yield f"      - {was}"
            yield f"      + {now}"
        elif aspect.name != TITLE:
            yield f"    {name}: {now if change.kind == 'added' else was}"
