"""What the manual has to speak of: every shape that the language knows, read off the structs that the engine runs."""

from collections.abc import Iterator, Mapping
from functools import cache
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

import msgspec

from redproperty.domain.case_files import CaseFile
from redproperty.domain.conditions import OPERATORS, Condition
from redproperty.domain.facts import Fact
from redproperty.domain.packs import Pack, Stop
from redproperty.domain.shapes import AnyShape
from redproperty.domain.stars import AnyStage
from redproperty.domain.steps.extras import AnyExtra
from redproperty.domain.steps.vocabulary import AnyStep
from redproperty.domain.subsidy_entries import Entry
from redproperty.domain.subsidy_rules import SubsidyRules
from redproperty.domain.texts import Text
from redproperty.domain.vetoes import PointsVeto
from redproperty.store.rules_structs import hints_of

Struct = type[msgspec.Struct]
Kinds = Mapping[str, Struct]


@cache
def kinds() -> Mapping[str, Kinds]:
    """Return every kind that must have an example, by section, with the struct that reads it."""
    return {
        "steps": _tagged(AnyStep),
        "extras": _tagged(AnyExtra),
        "stages": _tagged(AnyStage),
        "items": _tagged(AnyShape),
        "sheet": {"vetoes": PointsVeto},
        "conditions": dict.fromkeys(_heads(), Condition),
        "facts": dict.fromkeys(get_args(hints_of(Fact)["kind"]), Fact),
        "subsidy": _entries(),
    }


@cache
def structs() -> tuple[Struct, ...]:
    """Return every struct that an edition or a file of cases is read as, in the order in which they are met."""
    found: dict[Struct, None] = {}
    waiting: list[Any] = [Pack, CaseFile]
    while waiting:
        hint = waiting.pop(0)
        if is_struct(hint) and hint not in found:
            found[hint] = None
            waiting += hints_of(hint).values()
        elif not is_struct(hint):
            waiting += get_args(hint)
    return tuple(struct for struct in found if struct not in {Pack, Stop, Text})


def parts(struct: Struct) -> Iterator[Struct]:
    """Yield the structs that stand only within this one and have no page of their own, and those within them."""
    for hint in hints_of(struct).values():
        for inner in _structs_in(hint):
            if inner not in _own_pages() and inner is not struct:
                yield inner
                yield from parts(inner)


def is_struct(hint: Any) -> bool:
    """Return whether a type is a struct."""
    return isinstance(hint, type) and issubclass(hint, msgspec.Struct)


def tag_of(struct: Struct) -> tuple[str, str] | None:
    """Return the key by which a shape is told apart and its word: `kind` and `sum`; nothing for a plain struct."""
    config = struct.__struct_config__
    return None if config.tag is None else (str(config.tag_field), str(config.tag))


def _tagged(union: Any) -> Kinds:
    return {str(shape.__struct_config__.tag): shape for shape in get_args(union)}


def _entries() -> Kinds:
    """Return the provisions of `subsidy.yaml` that are chosen by a word, and the other keys under their own."""
    found: dict[str, Struct] = {}
    for key, hint in hints_of(SubsidyRules).items():
        for struct in _structs_in(hint):
            if issubclass(struct, Entry):
                tagged = get_origin(hint) is tuple and tag_of(struct)
                found[tagged[1] if tagged else key] = struct
    return found


def _heads() -> Iterator[str]:
    """Yield what a condition may begin with, and the one comparison that has a page of its own."""
    compared = {name.rstrip("_") for name in OPERATORS} - {"missing"}
    yield from (name for name in Condition.__struct_encode_fields__ if name not in compared)


@cache
def _own_pages() -> frozenset[Struct]:
    return frozenset({Text, *(struct for section in kinds().values() for struct in section.values())})


def _structs_in(hint: Any) -> Iterator[Struct]:
    if is_struct(hint):
        yield hint
    elif get_origin(hint) in {Union, UnionType, tuple, dict} and get_origin(hint) is not Literal:
        for inner in get_args(hint):
            yield from _structs_in(inner)
