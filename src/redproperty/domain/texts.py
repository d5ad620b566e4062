"""What is said to a person: every sentence of the domain, in Chinese and in English."""

import re
from typing import Final, Literal

import msgspec

Lang = Literal["zh", "en"]
_BEFORE_MORE: Final = re.compile(r"(?= (?:over|of|in|on|at|with|without|per|below|above) )")


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One sentence or title in both languages; the Chinese one is authoritative."""

    zh: str
    en: str

    @classmethod
    def worded(cls, word: str) -> "Text":
        """Return the text that a bare word stands for: the same in both languages."""
        return cls(word, word)

    def say(self, lang: Lang) -> str:
        """Return the wording in `lang`."""
        return self.en if lang == "en" else self.zh

    def fill(self, **values: object) -> "Text":
        """Return the text with its `{named}` places filled; a value that is a `Text` is said in each language."""
        zh = {name: value.zh if isinstance(value, Text) else value for name, value in values.items()}
        en = {name: value.en if isinstance(value, Text) else value for name, value in values.items()}
        return Text(self.zh.format(**zh), self.en.format(**en))


def counted(count: int, unit: Text) -> Text:
    """Return a count with its unit, which English writes in the plural: “1 place”, “2 missed patrols”."""
    return Text(f"{count} {unit.zh}", f"{count} {_singular(unit.en) if count == 1 else unit.en}")


def _singular(plural: str) -> str:
    head = _BEFORE_MORE.split(plural, maxsplit=1)[0]
    rest = plural[len(head) :]
    if head.endswith("people"):
        head = f"{head.removesuffix('people')}person"
    elif head.endswith("ies"):
        head = f"{head.removesuffix('ies')}y"
    elif head.endswith("s") and not head.endswith("ss"):
        head = head.removesuffix("s")
    return f"{head}{rest}"


class Problem(msgspec.Struct, frozen=True):
    """What is wrong with one field of a form, one cell of a file or one key of an edition."""

    field: str
    text: Text


class Refused(Exception):  # noqa: N818 - a refusal is an answer, not an accident
    """The actor may not do this, or the state of the subject forbids it; `text` says why and who can help."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.zh)
        self.text = text


class Invalid(Exception):  # noqa: N818 - the person mends it and tries again
    """What was typed cannot be taken; all problems at once, in the order of the form."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(f"{problem.field}: {problem.text.zh}" for problem in problems))
        self.problems = problems
