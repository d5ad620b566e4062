"""Parts of an edition written as the YAML that the loader reads: values on one line, defaults left out."""

import json
import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any

import msgspec

from redproperty.store.rules_structs import BOOLEANS, LIKE_A_NUMBER, NULLS

_BARE = re.compile(r"[A-Za-z_\u4e00-\u9fff《“（][\w\u4e00-\u9fff《》“”（）、，。；：·．%-]*")


def plain_of(value: Any) -> Any:
    """Return a part of an edition as plain dicts, lists and scalars; what is as by default is left out."""
    if isinstance(value, msgspec.Struct):
        config = value.__struct_config__
        told: dict[str, Any] = {} if config.tag is None else {str(config.tag_field): config.tag}
        for field in msgspec.structs.fields(type(value)):
            held = getattr(value, field.name)
            if field.required or held != _default(field):
                told[field.encode_name] = plain_of(held)
        return told
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {key: plain_of(part) for key, part in value.items()}
    return [plain_of(part) for part in value] if isinstance(value, tuple | list) else value


def _default(field: msgspec.structs.FieldInfo) -> Any:
    return field.default_factory() if field.default is msgspec.NODEFAULT else field.default


def flow(value: Any) -> str:
    """Return a plain value as YAML on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{flow(key)}: {flow(part)}" for key, part in value.items() if part is not None) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(flow(part) for part in value) + "]"
    if isinstance(value, bool) or value is None:
        return "null" if value is None else str(value).lower()
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, int | date):
        return str(value)
    return _quoted(str(value))


def _quoted(text: str) -> str:
    """Return text bare where nobody can take it for anything else, in double quotes otherwise."""
    taken = LIKE_A_NUMBER.fullmatch(text) or text in BOOLEANS or text in NULLS
    return text if _BARE.fullmatch(text) and not taken else json.dumps(text, ensure_ascii=False)
