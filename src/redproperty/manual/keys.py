"""The tables of keys: what may be written in a struct, read off its types and defaults, with words from `keys.yaml`."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import msgspec

from redproperty.domain.conditions import Condition
from redproperty.domain.operands import Operand
from redproperty.domain.texts import Text
from redproperty.manual.entries import plain, root
from redproperty.manual.vocabulary import Struct, is_struct, tag_of
from redproperty.store.rules_structs import hints_of

WORDS = Path(__file__).parent / "keys.yaml"
_SCALARS: Mapping[Any, Text] = {
    str: Text("词或文字", "word or text"),
    bool: Text("true 或 false", "true or false"),
    int: Text("整数", "whole number"),
    Decimal: Text("数", "number"),
    date: Text("日期", "date"),
    Text: Text("文字，或 {zh, en}", "text, or {zh, en}"),
    Condition: Text("条件", "condition"),
}
_OPERAND = Text("数，或数的名字", "number, or name of a figure")
_BELOW = Text("见下", "see below")
_LIST = Text("列表：{x}", "list of {x}")
_TABLE = Text("键值表：{k} → {v}", "table: {k} → {v}")


class Key(msgspec.Struct, frozen=True):
    """One key of a struct: what it may hold, whether it must be there, what holds without it, what it means."""

    name: str
    holds: Text
    required: bool
    default: str
    meaning: Text


def keys(struct: Struct) -> tuple[Key, ...]:
    """Return the keys of a struct in the order in which they are declared, the word that chooses it first.

    Raises:
        KeyError: a key has no words in `keys.yaml`.
    """
    hints = hints_of(struct)
    tag = tag_of(struct)
    first = [] if tag is None else [Key(tag[0], Text(tag[1], tag[1]), True, "", words(struct, tag[0]))]
    rest = [
        Key(
            name=field.encode_name,
            holds=_holds(hints[field.name]),
            required=field.required,
            default=_default(field),
            meaning=words(struct, field.encode_name),
        )
        for field in msgspec.structs.fields(struct)
    ]
    return (*first, *rest)


def words(struct: Struct, key: str) -> Text:
    """Return what a key means: the words for it in this struct, in one that it is made from, or everywhere.

    Raises:
        KeyError: there are none.
    """
    table = _words()
    for base in struct.__mro__:
        module = base.__module__.rpartition(".")[2]
        for name in (f"{module}.{base.__name__}.{key}", f"{base.__name__}.{key}"):
            if name in table:
                return table[name]
    return table[key]


def all_words() -> Mapping[str, Text]:
    """Return the words of every key, as they are written."""
    return _words()


@cache
def _words() -> dict[str, Text]:
    node = root(WORDS.read_text(encoding="utf-8"))
    return {name: msgspec.convert(text, Text) for name, text in plain(node).items()}


def _holds(hint: Any) -> Text:
    if hint in {Operand, Operand | None}:
        return _OPERAND
    if hint in _SCALARS:
        return _SCALARS[hint]
    if isinstance(hint, type):
        return _listed([str(member.value) for member in hint]) if issubclass(hint, Enum) else _BELOW
    return _composed(get_origin(hint), get_args(hint))


def _composed(origin: Any, inner: tuple[Any, ...]) -> Text:
    if origin is Literal:
        return _listed([str(value) for value in inner])
    if origin in {Union, UnionType}:
        return _either([part for part in inner if part is not NoneType])
    if origin is tuple:
        return _LIST.fill(x=_holds(inner[0]))
    return _TABLE.fill(k=_holds(inner[0]), v=_holds(inner[1]))


def _either(parts: list[Any]) -> Text:
    if all(is_struct(part) and tag_of(part) for part in parts):
        tags = [tag for part in parts if (tag := tag_of(part)) is not None]
        text = Text("{k}：{all}", "{k}: {all}")
        return text.fill(k=tags[0][0], all=" / ".join(word for _, word in tags))
    said = [_holds(part) for part in parts]
    distinct = list(dict.fromkeys(said))
    return Text("，或".join(one.zh for one in distinct), ", or ".join(one.en for one in distinct))


def _listed(values: list[str]) -> Text:
    return Text(" / ".join(values), " / ".join(values))


def _default(field: Any) -> str:
    if field.required:
        return ""
    value = field.default_factory() if field.default is msgspec.NODEFAULT else field.default
    return "—" if value is None or value in ((), {}) else _written(value)


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Text):
        return value.zh if value.zh == value.en else f"{value.zh} / {value.en}"
    if isinstance(value, msgspec.Struct):
        inner = ((one.encode_name, getattr(value, one.name)) for one in msgspec.structs.fields(type(value)))
        return "{" + ", ".join(f"{name}: {given}" for name, given in inner) + "}"
    if isinstance(value, tuple):
        return f"{len(value)} × {_written(value[0])}"
    return str(value)
