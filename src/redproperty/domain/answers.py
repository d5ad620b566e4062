"""An answer as people write it into a cell: “2”, “符合”, “95%”, “不适用”."""

import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

from redproperty.domain.asked import MOST_PLACES, Asked, counts_code, counts_in
from redproperty.domain.cells import narrow, title_key
from redproperty.domain.items import EXEMPT, MENDED, MENDED_TITLE, NOT_APPLICABLE, ZEROED, Item
from redproperty.domain.numbers import PLACES, figure, plain
from redproperty.domain.texts import Text

_SPECIAL = {
    "不适用": NOT_APPLICABLE, "n/a": NOT_APPLICABLE, "na": NOT_APPLICABLE, "/": NOT_APPLICABLE,
    "免扣": EXEMPT, "豁免": EXEMPT, "exempt": EXEMPT,
    "计零": ZEROED, "零分": ZEROED, "zero": ZEROED,
    "现场已整改": MENDED, "现场整改": MENDED, "mended": MENDED, "mended on the spot": MENDED,
}  # fmt: skip
_CLEAN = {"无", "无问题", "未发现", "未发现问题", "none"}
_MET, _NOT_MET = {"√", "✓", "合格", "达标"}, {"×", "✗", "x", "不合格", "不达标"}
_NO_COUNT = Text("“{raw}”不是处数，请填 0、1、2…", "“{raw}” is no count; write 0, 1, 2, …")
_NO_COUNTS = Text(
    "“{raw}”读不出各种的数目：请写成“{example}”，没有问题填 0",
    "“{raw}” does not say how many of each kind: write “{example}”, or 0 where nothing was found",
)
_BETWEEN = re.compile(r"[\s+,，、;；:：/]+")
_NO_NUMBER = Text("“{raw}”不是数字", "“{raw}” is not a number")
_PLACES = Text("“{raw}”最多 {places} 位小数", "“{raw}” has more than {places} decimals")
_NO_CHOICE = Text("“{raw}”不在可选项中：{known}", "“{raw}” is none of: {known}")
SHARE = Text(
    "“{raw}”看起来是比例：百分数请写成 95 或文本“95%”",
    "“{raw}” looks like a share: write per cent as 95, or as text “95%”",
)
_WORDS = {
    NOT_APPLICABLE: Text("不适用", "not applicable"),
    EXEMPT: Text("免扣", "exempt"),
    ZEROED: Text("计零", "zeroed"),
    MENDED: MENDED_TITLE,
}


def read_answer(item: Item, raw: str) -> int | Text:
    """Return the code of an answer, or why it cannot be one: the same check as the form's."""
    code = _code(item, raw)
    if isinstance(code, Text):
        return code
    return item.refusal(code) or code


def answer_words(item: Item, code: int | None) -> Text:
    """Return an answer as it is written into a cell."""
    if code is None:
        return Text("（空）", "(empty)")
    if code in _WORDS:
        return _WORDS[code]
    asked = item.asked()
    if asked.choices and 0 <= code < len(asked.choices):
        return asked.choices[code]
    if asked.kind == "counts":
        return _listed(zip(asked.parts, counts_in(code, len(asked.parts)), strict=True))
    number = plain(code) if asked.kind == "number" else str(code)
    unit = asked.unit or Text("", "")
    return Text(f"{number} {unit.zh}".strip(), f"{number} {unit.en}".strip())


def _listed(found: Iterable[tuple[Text, int]]) -> Text:
    """Return the kinds that were found with their counts: “轻微 2、严重 1”; “0” where nothing was."""
    said = [Text(f"{title.zh} {count}", f"{title.en} {count}") for title, count in found if count]
    return Text("、".join(one.zh for one in said) or "0", ", ".join(one.en for one in said) or "0")


def hint(item: Item) -> Text:
    """Return what may be written for an item: the note of its column in a template."""
    asked = item.asked()
    kinds = {
        "count": Text("填处数，没有问题填 0", "the count; 0 where nothing was found"),
        "counts": Text(
            "填各种的数目，如“{x}”，没有问题填 0", "how many of each kind, as “{x}”; 0 where nothing was found"
        ).fill(x=_listed((part, 1) for part in asked.parts)),
        "number": Text("填数字（{unit}）", "a number ({unit})").fill(unit=asked.unit or Text("", "")),
    }
    listed = Text("、".join(one.zh for one in asked.choices), ", ".join(one.en for one in asked.choices))
    first = kinds.get(asked.kind, listed)
    text = Text("{first}。{rule}", "{first}. {rule}").fill(first=first, rule=item.rule())
    if special := specials(item):
        words = Text("、".join(one.zh for one in special), ", ".join(one.en for one in special))
        text = Text("{text}；也可填：{words}", "{text}; also: {words}").fill(text=text, words=words)
    return text


def specials(item: Item) -> list[Text]:
    """Return the words for what an item allows beside its own answers."""
    return [_WORDS[code] for code in (NOT_APPLICABLE, EXEMPT, ZEROED, MENDED) if item.refusal(code) is None]


def _code(item: Item, raw: str) -> int | Text:
    given, asked = title_key(raw), item.asked()
    if given in _SPECIAL:
        return _SPECIAL[given]
    for when, code in (
        (item.exempt_when, EXEMPT),
        (item.zero_when, ZEROED),
        (item.not_applicable_when, NOT_APPLICABLE),
    ):
        if when is not None and given in {title_key(when.zh), title_key(when.en)}:
            return code
    if asked.choices:
        return _chosen(asked.choices, given, raw, yes_no=asked.kind == "yes_no")
    if asked.kind in {"count", "counts"} and given in _CLEAN:
        return 0
    return _counts(asked, raw) if asked.kind == "counts" else _number(item, raw)


def _chosen(choices: tuple[Text, ...], given: str, raw: str, *, yes_no: bool) -> int | Text:
    for index, choice in enumerate(choices):
        if given in {title_key(choice.zh), title_key(choice.en)}:
            return index
    if yes_no and given in _MET | _NOT_MET:
        return int(given in _NOT_MET)
    known = Text("、".join(choice.zh for choice in choices), ", ".join(choice.en for choice in choices))
    return _NO_CHOICE.fill(raw=raw, known=known)


def _counts(asked: Asked, raw: str) -> int | Text:
    """Return the code of counts, by the names of their kinds or all of them in order: “轻微 2、严重 1”, “2+1”."""
    parts, said = asked.parts, title_key(raw)
    kinds = {title_key(name): index for index, part in enumerate(parts) for name in (part.zh, part.en)}
    units = {title_key(unit) for unit in (asked.unit.zh, asked.unit.en)} if asked.unit else set()
    each = re.compile(f"({_one_of(kinds)}):?([0-9]+)(?:{_one_of(units)})?")
    found = [(kinds[name], int(count)) for name, count in each.findall(said)]
    rest = [one for one in _BETWEEN.split(each.sub(" ", said)) if one]
    if not found and (len(rest) == len(parts) or rest == ["0"]):
        found = [(index, int(one)) for index, one in enumerate(rest) if one.isdecimal()]
        rest = rest[len(found) :]
    given = dict(found)
    if not found or rest or len(given) < len(found) or max(given.values()) > MOST_PLACES:
        return _NO_COUNTS.fill(raw=raw, example=_listed((part, 1) for part in parts))
    return counts_code(given.get(index, 0) for index in range(len(parts)))


def _one_of(words: Iterable[str]) -> str:
    """Return a pattern of one of the words, the longest first: “严重损坏” before “严重”."""
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


def _number(item: Item, raw: str) -> int | Text:
    """Return a count, or a figure in millionths; a share in place of a per cent is refused, as Excel makes them."""
    asked, words = item.asked(), narrow(raw).replace(" ", "")
    for unit in {asked.unit.zh, asked.unit.en} if asked.unit else ():
        words = words.removesuffix(unit.replace(" ", ""))
    try:
        number = Decimal(words)
    except InvalidOperation:
        return (_NO_COUNT if asked.kind == "count" else _NO_NUMBER).fill(raw=raw)
    if not number.is_finite() or (asked.kind == "count" and number != number.to_integral_value()):
        return (_NO_COUNT if asked.kind == "count" else _NO_NUMBER).fill(raw=raw)
    if asked.kind == "count":
        return int(number)
    if looks_like_share(number, raw) and asked.unit is not None and asked.unit.zh == "%":
        return SHARE.fill(raw=raw)
    if number != round(number, PLACES):
        return _PLACES.fill(raw=raw, places=PLACES)
    return figure(number)


def looks_like_share(number: Decimal, raw: str) -> bool:
    """Whether a number meant as per cent was probably typed, or kept by Excel, as a share of one."""
    return 0 < number <= 1 and "%" not in narrow(raw)
