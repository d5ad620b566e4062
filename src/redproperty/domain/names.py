"""Finding an estate by what people type: its name, its code, or the pinyin initials of its name (`qsy` → 青石园)."""

import unicodedata


def initials(name: str) -> str:
    """Return the pinyin initials of a name in lower case.

    Latin letters and digits stay; characters without a known reading stay as they are; “·”, brackets and spaces go.
    """
    from pypinyin import Style, pinyin  # noqa: PLC0415 - a big dictionary, and searching does without

    narrow = unicodedata.normalize("NFKC", name)
    spelled = "".join(readings[0] for readings in pinyin(narrow, style=Style.FIRST_LETTER))
    return "".join(letter for letter in spelled if letter.isalnum()).lower()


def folded(text: str) -> str:
    """Return `text` as searches compare it: one width, one case, without spaces and “·”."""
    return "".join(letter for letter in unicodedata.normalize("NFKC", text).casefold() if letter.isalnum())
