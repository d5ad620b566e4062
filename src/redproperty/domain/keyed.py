"""An answer as it is keyed from paper: one short cell an item, all of it on the numeric keypad.

0 is always “nothing lost”: no findings, or the first of the choices in the order of the sheet. A cell also takes what
a cell of a file takes, words as well as numbers, so that a block copied from Excel can be pasted.
"""

from collections.abc import Iterator

from redproperty.domain.answers import read_answer
from redproperty.domain.asked import counts_in
from redproperty.domain.cells import narrow
from redproperty.domain.items import EXEMPT, NOT_APPLICABLE, ZEROED, Item
from redproperty.domain.numbers import plain
from redproperty.domain.texts import Text

SIGNS = {"/": NOT_APPLICABLE, "*": EXEMPT, "-": ZEROED}
_WRITTEN = {code: sign for sign, code in SIGNS.items()}
_NO_CHOICE = Text("只有 0 到 {last}，没有“{raw}”", "0 to {last} only, there is no “{raw}”")
_COUNT, _PLACES = Text("几{unit}", "how many {unit}"), Text("处", "places")
_VALUE, _NUMBER = Text("数值（{unit}）", "value ({unit})"), Text("数值", "value")
_COUNTS = Text("各种的数目，用 + 连", "one count per kind, with + between")


def read_cell(item: Item, raw: str) -> int | Text | None:
    """Return the code that a cell writes, None where it is empty, or why it cannot be read."""
    words = narrow(raw)
    if not words:
        return None
    if words in SIGNS:
        return item.refusal(SIGNS[words]) or SIGNS[words]
    choices = item.asked().choices
    if choices and words.isascii() and words.isdecimal():
        place = int(words)
        return place if place < len(choices) else _NO_CHOICE.fill(last=len(choices) - 1, raw=words)
    return read_answer(item, raw)


def written(item: Item, code: int | None) -> str:
    """Return the cell that writes a code: what `read_cell` reads back."""
    if code is None:
        return ""
    if code in _WRITTEN:
        return _WRITTEN[code]
    asked = item.asked()
    if asked.kind == "counts":
        return "+".join(map(str, counts_in(code, len(asked.parts))))
    return plain(code) if asked.kind == "number" else str(code)


def keys(item: Item) -> Iterator[tuple[str, Text]]:
    """Yield what can be keyed for an item and what it means, in a few words."""
    asked = item.asked()
    if asked.choices:
        yield from ((str(place), choice) for place, choice in enumerate(asked.choices))
    elif asked.kind == "counts":
        yield "1+0", Text("{how}（{kinds}）", "{how} ({kinds})").fill(how=_COUNTS, kinds=_listed(asked.parts))
    elif asked.kind == "count":
        yield "", _COUNT.fill(unit=asked.unit or _PLACES)
    else:
        yield "", _VALUE.fill(unit=asked.unit) if asked.unit else _NUMBER
    for sign, code, when in (
        ("/", NOT_APPLICABLE, item.not_applicable_when or Text("不适用", "does not apply")),
        ("*", EXEMPT, item.exempt_when),
        ("-", ZEROED, item.zero_when),
    ):
        if when is not None and item.refusal(code) is None:
            yield sign, when


def _listed(parts: tuple[Text, ...]) -> Text:
    return Text("+".join(part.zh for part in parts), "+".join(part.en for part in parts))
