"""JSON Schema (draft 2020-12) of the files of an edition, read off the same structs as the reader, for editors.

It says what the reader says about the form: which keys, which words, lists or tables, numbers or text. What an edition
means as a whole (gaps, weights, names of figures) only `redproperty rules check` knows, and how a number is written
(`1e3`, more than six decimals) only the reader, since a number has no spelling once it is read.
"""

import inspect
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from types import NoneType, UnionType
from typing import Any, Final, Union, get_args, get_origin

import msgspec

from redproperty.domain.case_files import CaseFile
from redproperty.domain.texts import Lang, Text
from redproperty.manual.entries import entries
from redproperty.manual.keys import words
from redproperty.manual.pages import path_of
from redproperty.manual.vocabulary import Struct, is_struct, tag_of
from redproperty.store.rules import parts
from redproperty.store.rules_structs import LARGEST, WHOLE, bare_word, choices_of, hints_of

Schema = dict[str, Any]
DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
_MOST: Final = int(LARGEST)
_NUMBER: Final[Schema] = {"type": "number", "minimum": -_MOST, "maximum": _MOST}
_WHOLE: Final[Schema] = {"type": "integer", "minimum": -_MOST, "maximum": _MOST}
_SAID: Final[Schema] = {"type": "string", "pattern": r"\S"}
_SCALARS: Final[Mapping[Any, Schema]] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"anyOf": [_WHOLE, {"type": "string", "pattern": r"^[+-]?(0|[1-9][0-9]{0,11})$"}]},
    Decimal: {"anyOf": [_NUMBER, {"type": "string", "pattern": r"^[+-]?(0|[1-9][0-9]{0,11})(\.[0-9]{1,6})?$"}]},
    date: {"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
}
_PLAIN: Final[Mapping[Any, Schema]] = {bool: _SCALARS[bool], int: _WHOLE, Decimal: _NUMBER}  # as they are unquoted


def schemas(lang: Lang) -> dict[str, Schema]:
    """Return a schema for each file of an edition (`rating`) and for its cases (`cases`)."""
    kinds = {part.stem: part.kind for part in parts()} | {"cases": CaseFile}
    return {stem: _Maker(lang).file(stem, kind) for stem, kind in kinds.items()}


class _Maker:
    """Makes one schema; a struct is defined once and referred to by its name."""

    def __init__(self, lang: Lang) -> None:
        self.lang = lang
        self.defined: dict[str, Schema] = {}

    def file(self, stem: str, kind: Struct) -> Schema:
        """Return the schema of a file."""
        root = self._any(kind)
        title = {"$schema": DRAFT, "title": f"{stem}.yaml" if stem != "cases" else "tests/*.yaml"}
        return {**title, **root, "$defs": dict(sorted(self.defined.items()))}

    def _any(self, hint: Any, key: str = "") -> Schema:
        """Return what the reader takes for a type; `key` is the key under which it stands."""
        origin, inner = get_origin(hint), get_args(hint)
        if origin in {Union, UnionType}:
            return self._union(inner, key)
        if choices := choices_of(hint):
            return {"enum": list(choices)}
        if origin is tuple:
            return {"type": "array", "items": self._any(inner[0], key)}
        if origin in {dict, Mapping}:
            return self._table(inner)
        return self._struct(hint, key) if is_struct(hint) else dict(_SCALARS[hint])

    def _union(self, hints: tuple[Any, ...], key: str) -> Schema:
        real = tuple(hint for hint in hints if hint is not NoneType)
        if len(real) == 1:
            made = [self._any(real[0], key)]
        elif all(is_struct(hint) for hint in real):
            made = [{"oneOf": [self._struct(hint, key, tagged=True) for hint in real]}]
        else:
            made = list(self._mixed(real, key))
        null: list[Schema] = [{"type": "null"}] if len(real) < len(hints) else []
        every = made + null
        return every[0] if len(every) == 1 else {"anyOf": every}

    def _mixed(self, hints: tuple[Any, ...], key: str) -> Iterator[Schema]:
        """Yield what may stand where numbers, words, tables, lists are all taken: the first that fits is meant."""
        fallback = next((hint for hint in hints if hint not in _PLAIN), hints[-1])
        yield from (dict(plain) for hint, plain in _PLAIN.items() if hint in hints and hint is not fallback)
        yield self._any(fallback, key)
        struct = next((hint for hint in hints if is_struct(hint)), None)
        if struct is not None and struct is not fallback:
            yield self._struct(struct, key)
        listed = next((hint for hint in hints if get_origin(hint) is tuple), None)
        if listed is not None and listed is not fallback:
            yield self._any(listed, key)

    def _table(self, inner: tuple[Any, ...]) -> Schema:
        table: Schema = {"type": "object", "additionalProperties": self._any(inner[1])}
        if inner[0] is int:
            table["propertyNames"] = {"pattern": f"^{WHOLE.pattern}$"}
        elif choices := choices_of(inner[0]):
            table["propertyNames"] = {"enum": list(choices)}
        return table

    def _struct(self, struct: Struct, key: str = "", *, tagged: bool = False) -> Schema:
        basis = struct is Text and key == "basis"  # an empty one is found when its meaning is looked at
        name = "basis" if basis else f"{struct.__module__.removeprefix('redproperty.domain.')}.{struct.__name__}"
        name += ".tagged" if tagged else ""
        if name not in self.defined:
            self.defined[name] = {}  # so that a struct within itself ends here
            self.defined[name] = self._bare(struct, self._object(struct, basis=basis, tagged=tagged), basis=basis)
        return {"$ref": f"#/$defs/{name}"}

    def _bare(self, struct: Struct, made: Schema, *, basis: bool) -> Schema:
        if bare_word(struct) is None:
            return made
        return {"anyOf": [_SCALARS[str] if basis else _SAID, made]}

    def _object(self, struct: Struct, *, basis: bool, tagged: bool) -> Schema:
        hints, tag = hints_of(struct), tag_of(struct)
        fields = msgspec.structs.fields(struct)
        properties: Schema = {}
        if tag is not None:
            properties[tag[0]] = {"const": tag[1], "description": words(struct, tag[0]).say(self.lang)}
        for field in fields:
            properties[field.encode_name] = self._property(struct, field, hints[field.name])
        if struct is Text:
            properties = {"zh": _SCALARS[str] if basis else _SAID, "en": _SAID}
        required = [field.encode_name for field in fields if field.required]
        return {
            **self._told(struct),
            "type": "object",
            "properties": properties,
            "required": [*([tag[0]] if tag and tagged else []), *required],
            "additionalProperties": False,
        }

    def _property(self, struct: Struct, field: msgspec.structs.FieldInfo, hint: Any) -> Schema:
        made = self._any(hint, field.encode_name)
        if struct is not Text:
            made = {**made, "description": words(struct, field.encode_name).say(self.lang)}
        if isinstance(field.default, bool | int | str):
            made["default"] = field.default
        return made

    def _told(self, struct: Struct) -> Schema:
        """Return title and description: those of its page in the manual, else its docstring."""
        path = path_of(struct)
        entry = next((one for one in entries() if one.path == path), None)
        if entry is not None:
            return {"title": entry.title.say(self.lang), "description": entry.what.say(self.lang)}
        told = (inspect.getdoc(struct) or struct.__name__).split("\n\n")[0].replace("\n", " ")
        return {"title": struct.__name__, "description": told}
