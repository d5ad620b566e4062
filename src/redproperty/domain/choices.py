"""Closed choices that carry their own wording: what is stored, and how it is said."""

from enum import StrEnum
from typing import Self

from redproperty.domain.texts import Text


class Choice(StrEnum):
    """An enum whose members are written `NAME = "stored", "中文", "English"`; each equals what is stored."""

    label: Text

    def __new__(cls, stored: str, zh: str = "", en: str = "") -> Self:
        """Make the member that is stored as `stored`."""
        member = str.__new__(cls, stored)
        member._value_ = stored
        member.label = Text(zh, en)
        return member

    @classmethod
    def labels(cls) -> dict[str, Text]:
        """Return every stored value with its wording, in the order of the class: what a drop-down offers."""
        return {member.value: member.label for member in cls}
