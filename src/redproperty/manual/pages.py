"""The manual as Markdown: a page per shape from its example and its keys, the chapters, and all of it in one file."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from redproperty.domain.numbers import figure, plain
from redproperty.domain.steps.base import Step
from redproperty.domain.subsidy_entries import Entry as Provision
from redproperty.domain.texts import Lang, Text
from redproperty.manual.entries import SECTIONS, Entry, entries
from redproperty.manual.keys import Key, keys
from redproperty.manual.vocabulary import Struct, kinds, parts, structs

FOLDER = Path(__file__).parent / "chapters"
CHAPTERS = (
    "tutorial", "edition", "composition", "sheet", "rating", "subsidy", "takeover", "inspections", "cases", "commands",
)  # fmt: skip
HOLE = "<!-- keys "  # in a chapter: <!-- keys About --> becomes the table of that struct's keys
ALONE = " alone"  # <!-- keys Sheet alone -->: without those of the structs within it
_HEADS = (
    Text("键", "key"),
    Text("写什么", "holds"),
    Text("必填或默认", "default"),
    Text("意思", "meaning"),
)
_REQUIRED = Text("必填", "required")
_PART = Text("其中 {name} 的各项", "in each of {name}")
_SHARED = Text("另有 {names}，各种都有。", "Also {names}, as in every one of its kind.")
_TOLD_IN = {  # what is the same on every page of a section stands once, in a chapter
    "facts": Text(
        "全部键见 [rating.yaml 一章](/manual/rating)。", "The keys are in the chapter on [rating.yaml](/manual/rating)."
    ),
    "conditions": Text(
        "全部键见[步骤怎样组合](/manual/composition)。", "All keys: [how steps compose](/manual/composition)."
    ),
}
_KEYS = Text("键", "Keys")
_EXAMPLE = Text("示例", "Example")
_INDEX = Text("我想……", "I want to …")
_TITLE = Text("规则语言手册", "The manual of the rule language")


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One page: where it stands, its title and its Markdown in one language (without the title)."""

    path: str
    title: str
    markdown: str


@cache
def pages(lang: Lang) -> tuple[Page, ...]:
    """Return every page in the order of the index: chapters, then the shapes."""
    shapes = (Page(path=one.path, title=one.title.say(lang), markdown=_shape(one, lang)) for one in entries())
    return (*(chapter(name, lang) for name in CHAPTERS if _file(name, lang).is_file()), *shapes)


def page(path: str, lang: Lang) -> Page | None:
    """Return the page at `path` (`steps/sum`, `cases`), if there is one."""
    return next((one for one in pages(lang) if one.path == path), None)


def named(word: str, lang: Lang) -> tuple[Page, ...]:
    """Return the pages that a word means: a path, or every shape and chapter of that name."""
    exact = page(word, lang)
    return (exact,) if exact else tuple(one for one in pages(lang) if one.path.rpartition("/")[2] == word)


def path_of(struct: Struct) -> str | None:
    """Return the page that explains a struct of the language; nothing where only a chapter's table does."""
    found = (f"{section}/{kind}" for section, all_ in kinds().items() for kind, one in all_.items() if one is struct)
    return next(found, None)


def chapter(name: str, lang: Lang) -> Page:
    """Return a chapter; its first line is the title, its holes are filled with tables of keys."""
    first, _, rest = _file(name, lang).read_text(encoding="utf-8").partition("\n")
    lines = (_filled(line, lang) for line in rest.strip().splitlines())
    return Page(path=name, title=first.removeprefix("# "), markdown="\n".join(lines) + "\n")


def index(lang: Lang) -> str:
    """Return the list of shapes by what a person wants, each with its page."""
    lines = [f"## {_INDEX.say(lang)}", ""]
    for section, title in SECTIONS.items():
        lines += [f"### {title.say(lang)}", ""]
        lines += [
            f"- {one.want.say(lang)} → [`{one.kind}`](/manual/{one.path})"
            for one in entries()
            if one.section == section
        ]
        lines.append("")
    return "\n".join(lines)


def whole(lang: Lang) -> str:
    """Return the whole manual as one file, for reading without the product."""
    parts_ = [f"# {_TITLE.say(lang)}", "", f"<!-- {'生成' if lang == 'zh' else 'generated'}: just manual -->", ""]
    parts_ += [_contents(lang), index(lang)]
    for one in pages(lang):
        parts_ += [f'<a id="{_anchor(one.path)}"></a>', "", f"## {one.title}", "", _deeper(one.markdown)]
    return _local("\n".join(parts_)).rstrip("\n") + "\n"


def _file(name: str, lang: Lang) -> Path:
    return FOLDER / f"{name}.{lang}.md"


def _contents(lang: Lang) -> str:
    chapters = [one for one in pages(lang) if "/" not in one.path]
    return "\n".join([*(f"- [{one.title}](/manual/{one.path})" for one in chapters), ""])


def _anchor(path: str) -> str:
    return path.replace("/", "-")


def _local(markdown: str) -> str:
    """Return Markdown whose links to pages lead within the file."""
    for one in sorted((page.path for page in pages("zh")), key=len, reverse=True):
        markdown = markdown.replace(f"](/manual/{one})", f"](#{_anchor(one)})")
    return markdown


def _deeper(markdown: str) -> str:
    """Return Markdown with headings one level deeper, code left alone."""
    lines, code = [], False
    for line in markdown.splitlines():
        code ^= line.startswith("```")
        lines.append(f"#{line}" if line.startswith("#") and not code else line)
    return "\n".join(lines) + "\n"


def holes(name: str, lang: Lang) -> Iterator[tuple[Struct, bool]]:
    """Yield the structs whose tables a chapter holds, and whether it holds them alone."""
    yield from (_hole(line) for line in _file(name, lang).read_text(encoding="utf-8").splitlines() if _is_hole(line))


def _is_hole(line: str) -> bool:
    return line.startswith(HOLE)


def _hole(line: str) -> tuple[Struct, bool]:
    said = line.removeprefix(HOLE).removesuffix(" -->")
    name = said.removesuffix(ALONE)
    struct = next(one for one in structs() if name in {one.__name__, f"{_module(one)}.{one.__name__}"})
    return struct, said != name


def _filled(line: str, lang: Lang) -> str:
    if not _is_hole(line):
        return line
    struct, alone = _hole(line)
    lines = _key_table(keys(struct), lang) if alone else _tables(struct, lang)
    return "\n".join(lines).rstrip("\n")


def _module(struct: Struct) -> str:
    return struct.__module__.rpartition(".")[2]


def _shape(entry: Entry, lang: Lang) -> str:
    struct = kinds().get(entry.section, {}).get(entry.kind)
    lines = [entry.what.say(lang), ""]
    if entry.exactly:
        lines += [*(f"- {one.say(lang)}" for one in entry.exactly), ""]
    lines += [f"## {_EXAMPLE.say(lang)}", "", "```yaml", entry.yaml.rstrip("\n"), "```", ""]
    lines += [*_rows(entry), ""]
    if entry.section in _TOLD_IN:
        lines += [_TOLD_IN[entry.section].say(lang), ""]
    elif struct is not None:
        lines += [f"## {_KEYS.say(lang)}", "", *_own_keys(struct, lang)]
    return "\n".join(lines)


def _rows(entry: Entry) -> list[str]:
    """Return what is given and what comes of it, a row for each estate and a column for each name."""
    given = dict.fromkeys(name for row in entry.rows for name in row.given)
    gives = dict.fromkeys(name for row in entry.rows for name in row.gives)
    heads = [*(f"`{name}`" for name in given), *(f"→ `{name}`" for name in gives)]
    cells = [
        [*(_cell(row.given, name) for name in given), *(_cell(row.gives, name) for name in gives)] for row in entry.rows
    ]
    return _table(heads, cells)


def _cell(values: Mapping[str, Any], name: str) -> str:
    return _value(values[name]) if name in values else ""


def _own_keys(struct: Struct, lang: Lang) -> Iterator[str]:
    """Yield the tables of a shape, with one line for the keys that all of its kind have."""
    base = next((one for one in (Step, Provision) if issubclass(struct, one)), None)
    shared = () if base is None else base.__struct_encode_fields__
    yield from _tables(struct, lang, without=shared)
    if shared:
        yield _SHARED.fill(names=", ".join(f"`{name}`" for name in shared)).say(lang)


def _tables(struct: Struct, lang: Lang, *, without: Sequence[str] = ()) -> Iterator[str]:
    """Yield the table of a struct's keys and those of the structs that stand only within it."""
    yield from _key_table([key for key in keys(struct) if key.name not in without], lang)
    yield ""
    for part in dict.fromkeys(parts(struct)):
        yield _PART.fill(name=f"`{_holder(struct, part)}`").say(lang)
        yield ""
        yield from _key_table(keys(part), lang)
        yield ""


def _holder(struct: Struct, part: Struct) -> str:
    """Return the key under which a part stands, looked for in the struct and in its other parts."""
    for owner in (struct, *parts(struct)):
        for field in msgspec.structs.fields(owner):
            if part in set(_within(field.type)):
                return field.encode_name
    return part.__name__


def _within(hint: Any) -> Iterator[Any]:
    yield hint
    for inner in getattr(hint, "__args__", ()):
        yield from _within(inner)


def _key_table(found: Sequence[Key], lang: Lang) -> list[str]:
    rows = [
        [
            f"`{key.name}`",
            key.holds.say(lang),
            _REQUIRED.say(lang) if key.required else key.default,
            key.meaning.say(lang),
        ]
        for key in found
    ]
    return _table([head.say(lang) for head in _HEADS], rows)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"

    return [line(heads), line(["---"] * len(heads)), *(line(row) for row in rows)]


def _said(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}: {_value(value)}" for name, value in values.items()) or "—"


def _value(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        return plain(figure(value))
    if isinstance(value, dict):
        return "{" + _said(value) + "}"
    return "[" + ", ".join(_value(one) for one in value) + "]" if isinstance(value, list) else str(value)
