"""The examples: one small file per shape with a snippet as it stands in an edition, rows and what comes of them."""

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import yaml

from redproperty.domain.texts import Text
from redproperty.store.rules_structs import BOOLEANS, NULLS, NUMBER

FOLDER = Path(__file__).parent / "shapes"
SECTIONS: Mapping[str, Text] = {
    "facts": Text("事实", "Facts"),
    "items": Text("考核项的评分方式", "Shapes of an item"),
    "sheet": Text("评分表", "The sheet"),
    "steps": Text("计算步骤", "Steps"),
    "extras": Text("加分项与扣分项", "Bonus and minus entries"),
    "conditions": Text("条件", "Conditions"),
    "stars": Text("定星", "Stars"),
    "stages": Text("定星之后的调整", "Stages after the cut-offs"),
    "subsidy": Text("补贴", "Subsidy"),
    "recipes": Text("常见写法", "Recipes"),
}


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is known of one estate and what comes out for it; numbers are decimals, missing is none."""

    given: dict[str, Any]
    gives: dict[str, Any]


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One example. `want` completes “I want to …”, `what` says when to use the shape, `exactly` what it does then."""

    section: str
    kind: str
    title: Text
    want: Text
    what: Text
    yaml: str
    rows: tuple[Row, ...]
    exactly: tuple[Text, ...] = ()

    @property
    def path(self) -> str:
        """Return how the page is called: `steps/sum`."""
        return f"{self.section}/{self.kind}"


@cache
def entries() -> tuple[Entry, ...]:
    """Return all examples in the order of the sections, then by kind."""
    return tuple(
        read_entry(path)
        for section in SECTIONS
        for path in sorted((FOLDER / section).glob("*.yaml"), key=lambda p: p.stem)
    )


def read_entry(path: Path) -> Entry:
    """Return one example; the folder names its section, the file its kind.

    Raises:
        msgspec.ValidationError: a key is missing, misspelt or of another type.
    """
    node = root(path.read_text(encoding="utf-8"))
    return msgspec.convert({"section": path.parent.name, "kind": path.stem, **plain(node)}, Entry)


def root(text: str) -> yaml.Node:
    """Return the root node of a text.

    Raises:
        ValueError: there is nothing in it.
    """
    node: yaml.Node | None = yaml.compose(text, Loader=yaml.CSafeLoader)
    if node is None:
        raise ValueError("the text is empty")
    return node


def plain(node: yaml.Node) -> Any:
    """Return a node as plain values, numbers as exact decimals: floats never come in."""
    if isinstance(node, yaml.MappingNode):
        return {key.value: plain(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [plain(part) for part in node.value]
    value = str(node.value)
    if getattr(node, "style", None):
        return value
    if value in NULLS:
        return None
    if value in BOOLEANS:
        return BOOLEANS[value]
    return Decimal(value) if NUMBER.fullmatch(value) else value
