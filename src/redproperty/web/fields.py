"""The fields of a form as it was sent: text, days, numbers and choices; None where there is nothing readable."""

from collections.abc import Mapping
from datetime import date
from typing import TypeVar

from redproperty.domain.choices import Choice
from redproperty.web.views import Ask

_C = TypeVar("_C", bound=Choice)


async def typed(ask: Ask) -> dict[str, str]:
    """Return the fields of a form as text, without the spaces around."""
    form = await ask.form()
    return {name: str(value).strip() for name, value in form.items() if name != "_csrf_token"}


def day_of(values: Mapping[str, str], name: str) -> date | None:
    """Return the day typed as 2026-03-05, or None where it is empty or no day."""
    try:
        return date.fromisoformat(values.get(name, ""))
    except ValueError:
        return None


def number_of(values: Mapping[str, str], name: str) -> int | None:
    """Return the whole number typed, or None where it is empty or none."""
    words = values.get(name, "")
    return int(words) if words.isdecimal() and words.isascii() else None


def unreadable_days(values: Mapping[str, str], *names: str) -> frozenset[str]:
    """Return the fields in which something is typed that is no day."""
    return frozenset(name for name in names if values.get(name) and day_of(values, name) is None)


def choice_of(kind: type[_C], values: Mapping[str, str], name: str) -> _C | None:
    """Return the choice of a drop-down, or None where it is none of them."""
    words = values.get(name, "")
    return kind(words) if words in set(kind) else None
