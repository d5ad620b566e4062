"""From YAML nodes to the domain's structs, finding every problem of a file in one pass.

The walker reads the types of the structs themselves, so a new shape needs no new code here. Where a field cannot be
read a blank stands in, its path is kept as broken, and reading goes on; checks of meaning that touch a broken path are
left out, so one slip is reported once.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
import yaml

from redproperty.domain.case_files import Word
from redproperty.domain.faults import Fault, Path, suggest
from redproperty.domain.texts import Text
from redproperty.store.rules_yaml import MOST_PROBLEMS, RuleProblem

NUMBER = re.compile(r"[+-]?(0|[1-9][0-9]*)(?:\.([0-9]+))?")
WHOLE = re.compile(r"[+-]?(0|[1-9][0-9]*)")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
LIKE_A_NUMBER = re.compile(r"[+-]?[0-9][0-9_]*(\.[0-9]*)?([eE][+-]?[0-9]+)?|0[xo][0-9a-fA-F]+")
LARGEST = Decimal(10) ** 12  # a figure of it still fits 64 bits as millionths
MOST_DECIMALS = 6
MOST_DIGITS = 40
LONGEST_SAID = 60  # of what is quoted from a file
LETTERS = "ABCDEFGHIJ"  # by which paper sheets name levels, the best first
NULLS = frozenset({"", "~", "null"})
BOOLEANS = {"true": True, "false": False}


class Reader:
    """Reads one file; afterwards `problems` holds what is wrong and `broken` the paths that blanks stand in for."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[RuleProblem] = []
        self.broken: set[Path] = set()
        self._marks: dict[Path, tuple[int, int]] = {}
        self._shapes: dict[Path, type[msgspec.Struct]] = {}
        self._within: list[type[msgspec.Struct]] = []

    def read(self, node: yaml.Node, hint: Any, path: Path = ()) -> Any:
        """Return the value of `node` as the type `hint` asks for, or a blank of that type."""
        if self._enough:
            self.broken.add(path)
            return blank(hint)
        return self._value(node, hint, path)

    def _value(self, node: yaml.Node, hint: Any, path: Path) -> Any:
        self._marks[path] = (node.start_mark.line + 1, node.start_mark.column + 1)
        origin = get_origin(hint)
        if origin in {Union, UnionType}:
            return self._union(node, get_args(hint), path)
        if choices := choices_of(hint):
            return self._choice(node, choices, path)
        if origin is tuple:
            return self._sequence(node, get_args(hint)[0], path)
        if origin in {dict, Mapping}:
            return self._table(node, get_args(hint), path)
        if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
            return self._struct(node, hint, path)
        return self._scalar(node, hint, path)

    @property
    def _enough(self) -> bool:
        """Whether so much is wrong that nobody reads on."""
        return len(self.problems) >= MOST_PROBLEMS

    def add(self, faults: Iterable[Fault]) -> None:
        """Add faults of meaning, but for those that come from what could not be read."""
        for path, text in faults:
            if not any(_touches(path, broken) for broken in self.broken):
                line, column = self._place(path)
                ways = [path[:length] for length in range(len(path), -1, -1)]
                shapes = tuple(self._shapes[way] for way in ways if way in self._shapes)
                self.problems.append(RuleProblem(self.file, line, column, text, shapes))

    def _place(self, path: Path) -> tuple[int, int]:
        while path not in self._marks and path:
            path = path[:-1]
        return self._marks.get(path, (1, 1))

    def _problem(self, node: yaml.Node, text: Text) -> None:
        if self._enough:
            return
        if len(self.problems) == MOST_PROBLEMS - 1:
            text = Text("问题太多，以下不再列出", "there is so much wrong that the rest is not listed")
        mark = node.start_mark
        shapes = tuple(reversed(self._within))
        self.problems.append(RuleProblem(self.file, mark.line + 1, mark.column + 1, text, shapes))

    def _blank(self, node: yaml.Node, text: Text, path: Path, hint: Any) -> Any:
        self._problem(node, text)
        self.broken.add(path)
        return blank(hint)

    def _union(self, node: yaml.Node, hints: tuple[Any, ...], path: Path) -> Any:
        real = tuple(hint for hint in hints if hint is not NoneType)
        if _is_null(node) and len(real) < len(hints):
            return None
        if len(real) == 1:
            return self.read(node, real[0], path)
        if all(isinstance(hint, type) and issubclass(hint, msgspec.Struct) for hint in real):
            return self._tagged(node, real, path)
        hint, before = _fitting(node, real), len(self.problems)
        read = self.read(node, hint, path)
        letter = _numbered(node.value) if isinstance(node, yaml.ScalarNode) and hint is Word else None
        if letter is not None and len(self.problems) > before:
            wrong = self.problems.pop()
            said = Text("{text}{letter}", "{text}{letter}").fill(text=wrong.text, letter=letter)
            self.problems.append(msgspec.structs.replace(wrong, text=said))
        return read

    def _tagged(self, node: yaml.Node, classes: tuple[type[msgspec.Struct], ...], path: Path) -> Any:
        field = str(classes[0].__struct_config__.tag_field)
        tags = {str(cls.__struct_config__.tag): cls for cls in classes}
        pairs = self._pairs(node, path)
        if pairs is None:
            return blank(classes[0])
        chosen = pairs.get(field)
        if chosen is None:
            text = Text("缺少“{field}”，可写：{tags}", "“{field}” is missing; one of {tags}")
            return self._blank(node, text.fill(field=field, tags=_listed(tags)), path, classes[0])
        if not isinstance(chosen, yaml.ScalarNode) or chosen.value not in tags:
            wrong = chosen.value if isinstance(chosen, yaml.ScalarNode) else "…"
            self.broken.add(path)
            return self._blank(chosen, _unknown(str(wrong), tags), (*path, field), classes[0])
        return self._struct(node, tags[chosen.value], path)

    def _struct(self, node: yaml.Node, cls: type[msgspec.Struct], path: Path) -> Any:
        if isinstance(node, yaml.ScalarNode) and (worded := bare_word(cls)) is not None and not _is_null(node):
            return self._worded(node, cls, worded, path)
        self._shapes[path] = cls
        self._within.append(cls)
        made = self._filled(node, cls, path)
        self._within.pop()
        return made

    def _filled(self, node: yaml.Node, cls: type[msgspec.Struct], path: Path) -> Any:
        pairs = self._pairs(node, path)
        if pairs is None:
            return blank(cls)
        fields = {field.encode_name: field for field in msgspec.structs.fields(cls)}
        hints = hints_of(cls)
        keys = _keys(node)
        tag = cls.__struct_config__.tag_field if cls.__struct_config__.tag is not None else None
        if tag in pairs and not _is_word(pairs[tag], str(cls.__struct_config__.tag)):
            text = Text("这里只能写“{word}”", "only “{word}” can stand here").fill(word=cls.__struct_config__.tag)
            self._blank(pairs[tag], text, (*path, tag), str)
        for key, key_node in keys.items():
            if key not in fields and key != tag and not self._enough:
                alone = isinstance(node, yaml.MappingNode) and node.flow_style and _is_nothing(pairs[key])
                self._problem(key_node, _broken_off(key) if alone else _unknown(key, fields))
        values: dict[str, Any] = {}
        for key, field in fields.items():
            if key in pairs:
                values[field.name] = self.read(pairs[key], hints[field.name], (*path, key))
            elif field.required:
                text = Text("缺少“{key}”", "“{key}” is missing").fill(key=key)
                values[field.name] = self._blank(node, text, (*path, key), hints[field.name])
        if cls is Text:
            self._wording(pairs, path)
        return cls(**values)

    def _worded(self, node: yaml.ScalarNode, cls: type[msgspec.Struct], worded: Any, path: Path) -> Any:
        """Return the struct that a bare word stands for, where the struct says what that is."""
        word = self._scalar(node, str, path)
        if not word.strip() and path not in self.broken and path[-1:] != ("basis",):
            return self._blank(node, Text("没有写文字", "there are no words"), path, cls)
        return worded(word)

    def _wording(self, pairs: Mapping[str, yaml.Node], path: Path) -> None:
        """Refuse a title or sentence without words; what an empty basis means its own check says."""
        for key, node in pairs.items():
            basis = path[-1:] == ("basis",) and key == "zh"
            if isinstance(node, yaml.ScalarNode) and node.style and not node.value.strip() and not basis:
                self._problem(node, Text("“{key}”没有写文字", "“{key}” has no words").fill(key=key))

    def _pairs(self, node: yaml.Node, path: Path) -> dict[str, yaml.Node] | None:
        if not isinstance(node, yaml.MappingNode):
            self._problem(node, Text("这里应是“键: 值”", "keys and values are expected here"))
            self.broken.add(path)
            return None
        pairs: dict[str, yaml.Node] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._problem(key, Text("键须是一个词", "a key is one word"))
            elif key.value in pairs:
                self._problem(
                    key, Text("键“{key}”重复", "the key “{key}” is written twice").fill(key=_shortened(key.value))
                )
            else:
                pairs[key.value] = value
        return pairs

    def _sequence(self, node: yaml.Node, hint: Any, path: Path) -> tuple[Any, ...]:
        if not isinstance(node, yaml.SequenceNode):
            return tuple(self._blank(node, Text("这里应是一个列表", "a list is expected here"), path, tuple))
        read = []
        for index, part in enumerate(node.value):
            if self._enough:
                break
            read.append(self.read(part, hint, (*path, index)))
        return tuple(read)

    def _table(self, node: yaml.Node, hints: tuple[Any, ...], path: Path) -> dict[Any, Any]:
        pairs = self._pairs(node, path) or {}
        keys = _keys(node)
        table: dict[Any, Any] = {}
        for key, value in pairs.items():
            # a table of integers reads its keys as such; the path keeps what is written
            read = self.read(keys[key], hints[0], (*path, key)) if hints[0] is not str else key
            table[read] = self.read(value, hints[1], (*path, key))
        return table

    def _choice(self, node: yaml.Node, choices: Mapping[str, Any], path: Path) -> Any:
        if isinstance(node, yaml.ScalarNode) and node.value in choices:
            return choices[node.value]
        self.broken.add(path)
        said = isinstance(node, yaml.ScalarNode)
        self._problem(
            node, _unknown(node.value, choices) if said else Text("这里应是一个词", "one word is expected here")
        )
        return next(iter(choices.values()))

    def _scalar(self, node: yaml.Node, hint: Any, path: Path) -> Any:
        if not isinstance(node, yaml.ScalarNode):
            return self._blank(node, Text("这里应是一个值", "a single value is expected here"), path, hint)
        try:
            return _SCALARS[hint](node)
        except ValueError:
            return self._blank(node, _expected(hint, node.value), path, hint)


def blank(hint: Any) -> Any:
    """Return a harmless value of a type, to stand where nothing could be read."""
    origin = get_origin(hint)
    if origin in {Union, UnionType}:
        return None if NoneType in get_args(hint) else blank(get_args(hint)[0])
    if choices := choices_of(hint):
        return next(iter(choices.values()))
    if origin is tuple or hint is tuple:
        return ()
    if origin in {dict, Mapping}:
        return {}
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        required = [field for field in msgspec.structs.fields(hint) if field.required]
        return hint(**{field.name: blank(hints_of(hint)[field.name]) for field in required})
    return date(2000, 1, 1) if hint is date else hint()


def _fitting(node: yaml.Node, hints: tuple[Any, ...]) -> Any:
    tests: dict[Any, Any] = {bool: BOOLEANS.get, int: WHOLE.fullmatch, Decimal: NUMBER.fullmatch}
    if isinstance(node, yaml.MappingNode):
        return next((hint for hint in hints if isinstance(hint, type) and issubclass(hint, msgspec.Struct)), hints[0])
    if isinstance(node, yaml.SequenceNode):
        return next((hint for hint in hints if get_origin(hint) is tuple), hints[0])
    if isinstance(node, yaml.ScalarNode) and not node.style:
        for hint, test in tests.items():
            if hint in hints and test(node.value) is not None:
                return hint
    return next((hint for hint in hints if hint not in tests), hints[-1])


def choices_of(hint: Any) -> dict[str, Any]:
    """Return the words that a closed type allows with their values; nothing for other types."""
    if get_origin(hint) is Literal:
        return {str(value): value for value in get_args(hint)}
    return {str(member.value): member for member in hint} if isinstance(hint, type) and issubclass(hint, Enum) else {}


def bare_word(cls: type[msgspec.Struct]) -> Any:
    """Return how a struct is made of a bare word (`title: Beds`), or None where it cannot be."""
    return getattr(cls, "worded", None)


def without_none(hint: Any) -> Any:
    """Return the type of a field without the `null` that may stand in it; other unions stay as they are."""
    real = tuple(part for part in get_args(hint) if part is not NoneType)
    return real[0] if get_origin(hint) in {Union, UnionType} and len(real) == 1 else hint


@cache
def hints_of(cls: type[msgspec.Struct]) -> dict[str, Any]:
    """Return the resolved types of a struct's fields."""
    return get_type_hints(cls)


def _text(node: yaml.ScalarNode) -> str:
    # a word that other readers would take for a number or a truth must be quoted, so that nobody is surprised
    if not node.style and (LIKE_A_NUMBER.fullmatch(node.value) or node.value in BOOLEANS or node.value in NULLS):
        raise ValueError
    return str(node.value)


def _bool(node: yaml.ScalarNode) -> bool:
    if node.style or node.value not in BOOLEANS:
        raise ValueError
    return BOOLEANS[node.value]


def _whole(node: yaml.ScalarNode) -> int:
    if len(node.value) > MOST_DIGITS or not WHOLE.fullmatch(node.value) or abs(Decimal(node.value)) > LARGEST:
        raise ValueError
    return int(node.value)


def _number(node: yaml.ScalarNode) -> Decimal:
    match = NUMBER.fullmatch(node.value) if len(node.value) <= MOST_DIGITS else None
    if match is None or len(match[2] or "") > MOST_DECIMALS or abs(Decimal(node.value)) > LARGEST:
        raise ValueError
    return Decimal(node.value)


def _day(node: yaml.ScalarNode) -> date:
    if not DAY.fullmatch(node.value):
        raise ValueError
    return date.fromisoformat(node.value)


_SCALARS: dict[Any, Any] = {
    str: _text,
    bool: _bool,
    int: _whole,
    Decimal: _number,
    date: _day,
}
_EXPECTED = {
    str: Text("“{value}”须加引号", "“{value}” must be written in quotes"),
    bool: Text("“{value}”不是 true 或 false", "“{value}” is neither true nor false"),
    int: Text("“{value}”不是整数", "“{value}” is not a whole number"),
    Decimal: Text("“{value}”不是数，或小数超过六位", "“{value}” is not a number, or has more than six decimals"),
    date: Text("“{value}”不是日期（如 2026-01-01）", "“{value}” is not a date (such as 2026-01-01)"),
}


def _expected(hint: Any, value: str) -> Text:
    """Say what should stand there; a share written with its sign has a remedy of its own."""
    text = _EXPECTED[hint].fill(value=_shortened(value))
    number = value.rstrip("%％ ")
    if hint is not Decimal or number == value.rstrip() or not NUMBER.fullmatch(number):
        return text
    remedy = Text("{text}：百分数写数本身，{n}", "{text}: a percentage is written as the number alone, {n}")
    return remedy.fill(text=text, n=number)


def _numbered(word: str) -> Text | None:
    """Return what to write for a level that was answered by its letter."""
    place = LETTERS.find(word.upper()) if len(word) == 1 else -1
    text = Text("；档次写序号，从 0 数起：{w} 写作 {n}", "; a level is written by its number, from 0 on: {w} is {n}")
    return None if place < 0 else text.fill(w=word, n=place)


def _is_null(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and not node.style and node.value in NULLS


def _is_nothing(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and not node.style and not node.value


def _is_word(node: yaml.Node, word: str) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.value == word


def _keys(node: yaml.Node) -> dict[str, yaml.ScalarNode]:
    keys = (
        [key for key, _ in node.value if isinstance(key, yaml.ScalarNode)] if isinstance(node, yaml.MappingNode) else []
    )
    return {key.value: key for key in reversed(keys)}


def _broken_off(word: str) -> Text:
    text = Text(
        "“{w}”后面没有值；花括号里的文字含有逗号的要加引号",
        "“{w}” has no value; within {{ }} a text with a comma must be quoted",
    )
    return text.fill(w=_shortened(word))


def _unknown(word: str, valid: Iterable[Any]) -> Text:
    names = [str(name) for name in valid]
    word = _shortened(word)
    text = Text("没有“{w}”", "there is no “{w}”").fill(w=word)
    suggested = suggest(text, word, names)
    if suggested is not text:
        return suggested
    return Text("{text}，可写：{all}", "{text}; one of {all}").fill(text=text, all=_listed(names))


def _shortened(word: str) -> str:
    return word if len(word) <= LONGEST_SAID else f"{word[:LONGEST_SAID]}…"


def _listed(names: Iterable[str]) -> Text:
    return Text("、".join(names), ", ".join(names))


def _touches(path: Path, broken: Path) -> bool:
    shorter = min(len(path), len(broken))
    same_entry = len(path) == len(broken) > 1 and path[:-1] == broken[:-1] and isinstance(path[-2], int)
    return same_entry or path[:shorter] == broken[:shorter]
