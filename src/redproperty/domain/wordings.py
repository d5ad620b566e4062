"""The deduction rules of a paper score sheet, read into shapes: “每处扣 0.5 分，扣完为止” → per occurrence, 0.5.

A small table of wordings that districts use. What is not understood whole is not guessed at: the caller marks the cell.
The sentences with which the shapes say themselves are understood, so that a sheet written by us can be read back.
"""

import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal

import msgspec

from redproperty.domain.numbers import figure
from redproperty.domain.shapes import (
    AnyShape,
    Bands,
    CountBands,
    DefectKind,
    Level,
    Levels,
    PassFail,
    PerKind,
    PerOccurrence,
    PointsBand,
    Shortfall,
)
from redproperty.domain.texts import Text

STARTED = Text(
    "原文没有写不足一个百分点怎样计，按一个计",
    "the sheet does not say how a started point counts; taken as a whole one",
)
_NUMBER = r"(?:\d+(?:\.\d+)?)"
_UNITS = "平方米|处|项|次|人|件|个|起|户|例|天|台|份|张|辆|条|套|盏|只|宗|名|场|类|期|月|块|米|日|部|篇|本|家|栋|幢|类"
_COUNTED = "人|名|次|件|个|户|起|例|台|项|场|处"
_CHINESE = dict(zip("一二两三四五六七八九", "1223456789", strict=True)) | {"十": "10", "半": "0.5"}
_FULL_STOPS = re.compile(r"[,;。、]+$")
_UNTIL = r"(?:[,;]?(?:直至|直到|至)?(?:本项|该项)?(?:分值?)?扣完(?:本项|该项)?(?:分值?)?(?:为止|止)?)?"
_MOST = (
    rf"(?:[,;]?(?:本项|该项)?(?:最多|最高|至多|累计|共)?(?:扣分?|减)?(?:不超过|上限为?|以)?(?P<most>{_NUMBER})分"
    rf"(?:为限|封顶)?)?"
)
_OCCURRENCE = re.compile(
    rf"(?P<about>[^,;。:扣]*?)(?:每[^,;。扣\d]{{0,10}}?[1]?|1)(?P<unit>{_UNITS})(?P<tail>[^,;。扣]{{0,24}}?),?(?:的,?)?"
    rf"扣(?P<step>{_NUMBER})分{_MOST}{_UNTIL}"
)
_KIND = re.compile(
    rf"(?P<title>[^,;。扣]*?)的?(?:每[^,;。扣\\d]{{0,6}}?1?|1)(?P<unit>{_UNITS})(?P<tail>[^,;。扣]{{0,16}}?)(?:的,?)?"
    rf"扣(?P<step>{_NUMBER})分(?:[,;]?(?:最多|最高|至多)扣?(?P<most>{_NUMBER})分)?"
)
_LEADS = re.compile(r"^(?:发现|每|有|出现|缺少|缺|少)+|(?:的|每|发现)+$")
_SHORTFALL = re.compile(
    rf"[^,;。\d]*?(?P<target>{_NUMBER})%(?:\(含\))?(?:及?以上)?(?:的?,?(?:得|计)(?:满分|{_NUMBER}分))?[,;]"
    rf"(?:每|不足的?,?每)(?:低于?|少|降低|下降|减少|不足|差|缺)(?P<per>{_NUMBER})?(?:个?百分点|%)扣(?P<step>{_NUMBER})分"
    rf"(?P<counts>[,;](?:不足的?按1?一?个计|不足1个的不计|不足的不计|按比例计))?{_UNTIL}"
)
_ALL_OR_NOTHING = re.compile(
    r"(?:符合|达标|落实|完成|达到)?[^,;。]*(?:得满分|得分)[,;](?:否则|不符合|不达标|未达标|未落实|达不到)[^,;。]*(?:不得分|得?0分)"
    r"|(?:未|不|无|没有|没|缺|达不到)[^,;。扣]*?的?,?(?:本项|该项)?(?:不得分|不给分|得?0分)"
)
_LOST_WHOLE = re.compile(rf"(?P<what>(?:未|不|无|没有|没|缺|达不到|发生|发现)[^,;。扣]*?)的?,?扣(?P<lost>{_NUMBER})分")
_LEVEL = re.compile(
    rf"(?P<title>[^\d,;。:(%≥<>≤]+?)的?[:(]?,?(?:(?:得|计|为)?(?P<points>{_NUMBER})分|(?P<none>不得分)|(?P<full>得?满分)|扣(?P<off>{_NUMBER})分)\)?"
)
_LOWER = re.compile(
    rf"(?:[^\d,;。≥<>≤]*?)(?:(?:≥|>=|达到|不低于)(?P<a>{_NUMBER})(?:且<{_NUMBER})?|(?P<b>{_NUMBER})(?P<u1>%|{_COUNTED})?"
    rf"(?:\(含\))?(?:及?以上|[-—~至]{_NUMBER}))(?P<u2>%|{_COUNTED})?(?:\(不?含\))?(?:及?以上)?的?,?(?:[:(]?(?:得|计|为)?(?P<points>{_NUMBER})分|(?P<full>得?满分))\)?"
)
_UNDER = re.compile(
    rf"(?:[^\d,;。≥<>≤]*?)(?:(?:<|低于|不足|小于|少于)(?P<a>{_NUMBER})(?:%|{_COUNTED})?|(?P<b>{_NUMBER})(?:%|{_COUNTED})?以下)(?:的)?,?"
    rf"(?:[:(]?(?:得|计|为)?(?P<points>{_NUMBER})分|(?P<none>不得分))\)?"
)
_ZERO = re.compile(r"[;。](?P<when>[^;。扣]+?)的?,?(?:本项|该项)(?:不得分|得?0分|计0分)$")
_EXEMPT = re.compile(r"[;。](?:(?P<when>[^;。扣]+?)的?,?不扣分|(?P<but>[^;。扣]+?)的?除外)$")
_BASE_POINTS = re.compile(rf"(?:满分|基本分|基础分|本项)(?:为|共)?({_NUMBER})分")
_DESCRIPTION = re.compile(
    rf"(?P<said>{_BASE_POINTS.pattern.replace('(' + _NUMBER + ')', _NUMBER)}|[^,;。:扣得分%]+)[,;。:]"
)
_USED_UP = re.compile(r"[,;]?(?:直至|直到|至)?(?:本项|该项)?扣完(?:为止|止)?$")
_MOST_BANDS = 40
_LONGEST = 300  # characters of a rule that is one of ours; longer ones are prose


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What a wording says; without a shape it was not understood.

    `notes` say what the wording left open, and how that was taken.
    """

    shape: AnyShape | None
    zero_when: Text | None = None
    exempt_when: Text | None = None
    notes: tuple[Text, ...] = ()
    about: str = ""  # what the wording describes before it comes to the points


def read_rule(wording: str, full: Decimal) -> Reading:
    """Return the shape that a deduction rule describes, for an item with a full mark."""
    text = _plain(wording)
    if len(text) > _LONGEST:
        return Reading(shape=None)
    text, zero = _cut(text, _ZERO)
    text, exempt = _cut(text, _EXEMPT)
    if zero is None:
        text, zero = _cut(text, _ZERO)
    for about, rest in _described(text, full):
        shape = next(_shapes(rest, full), None)
        if shape is not None:
            silent = isinstance(shape, Shortfall) and not re.search("不足的?按|不足1?个?的?不计|按比例", rest)
            notes = (STARTED,) if silent else ()
            told = _said("；".join(filter(None, (about, _unsaid(rest, shape))))).zh
            return Reading(shape=shape, zero_when=zero, exempt_when=exempt, notes=notes, about=told)
    return Reading(shape=None)


def _shapes(text: str, full: Decimal) -> Iterator[AnyShape]:
    for read in (_shortfall, _bands, _occurrence, _kinds, _pass_fail, _levels):
        shape = read(text, full)
        if shape is not None and not list(shape.check(figure(full))):
            yield shape


def _unsaid(text: str, shape: AnyShape) -> str:
    """Return the words of a rule that its shape does not say: what fails, or what is counted."""
    if isinstance(shape, PassFail):
        return "" if text == "符合得满分,不符合不得分" else text
    found = _OCCURRENCE.fullmatch(text)
    if found is None or not (_LEADS.sub("", found["about"]) or found["tail"] not in {"", "次"}):
        return ""
    return text[: found.start("step") - 1]


def _described(text: str, full: Decimal) -> Iterator[tuple[str, str]]:
    """Yield a rule, then the rule without what only describes before it: “无积尘，每处扣 0.5 分” → “每处扣 0.5 分”."""
    about: list[str] = []
    yield "", text
    while (found := _DESCRIPTION.match(text)) is not None:
        said = found["said"]
        if (base := _BASE_POINTS.fullmatch(said)) is None:
            about.append(said)
        elif Decimal(base[1]) != full:
            return
        text = text[found.end() :]
        yield ",".join(about), text


def _plain(wording: str) -> str:
    """Return a wording in one width, without spaces and numbering, its small Chinese numbers as digits."""
    text = "".join(unicodedata.normalize("NFKC", wording).split())
    text = re.sub(r"(?<=扣)([一二两三四五六七八九十半])(?=分)|(?<=得)([一二两三四五六七八九十])(?=分)", _digit, text)
    text = re.sub(r"零点五", "0.5", text)
    text = re.sub(rf"(?<![一二三四五六七八九十])一(?=个?(?:百分点)|(?:{_UNITS}))", "1", text)
    text = re.sub(r"(^|[;。,])[(]?\d+[)、.](?!\d)", r"\1", text)
    return _FULL_STOPS.sub("", text)


def _digit(found: re.Match[str]) -> str:
    return _CHINESE[found[1] or found[2]]


def _cut(text: str, pattern: re.Pattern[str]) -> tuple[str, Text | None]:
    found = pattern.search(text)
    if found is None:
        return text, None
    said = next(value for value in found.groupdict().values() if value)
    return text[: found.start()], _said(said)


def _said(words: str) -> Text:
    """Return words of a sheet as a text; they have no English of their own yet."""
    wide = words.translate(str.maketrans(",;:()", "，；：（）"))
    return Text(wide, wide)


def _occurrence(text: str, full: Decimal) -> AnyShape | None:
    found = _OCCURRENCE.fullmatch(text)
    if found is None:
        return None
    step, unit = Decimal(found["step"]), _said(found["unit"])
    most = Decimal(found["most"]) if found["most"] else full
    if most >= full:
        return PerOccurrence(step=step, unit=unit)
    return CountBands(bands=tuple(_capped(step, most, full)), unit=unit)


def _capped(step: Decimal, most: Decimal, full: Decimal) -> Iterator[PointsBand]:
    """Yield the bands of a count that costs a step each, but no more than `most`."""
    count = 0
    while count * step < most and count < _MOST_BANDS:
        first = None if count == 0 else Decimal(count)
        yield PointsBand(at_least=first, below=Decimal(count + 1), points=full - count * step)
        count += 1
    yield PointsBand(at_least=Decimal(count), points=full - most)


def _kinds(text: str, full: Decimal) -> AnyShape | None:
    """Read several steps in one rule, each for places of its own kind, all counted in one unit."""
    del full
    parts = _clauses(_USED_UP.sub("", text), _KIND)
    units = {part["unit"] for part in parts}
    titles = [_LEADS.sub("", part["title"] + part["tail"]) for part in parts]
    if len(units) != 1 or not all(titles):
        return None
    kinds = (
        DefectKind(
            title=_said(title), step=Decimal(part["step"]), at_most=Decimal(part["most"]) if part["most"] else None
        )
        for title, part in zip(titles, parts, strict=True)
    )
    return PerKind(kinds=tuple(kinds), unit=_said(units.pop()))


def _shortfall(text: str, full: Decimal) -> AnyShape | None:
    del full
    found = _SHORTFALL.fullmatch(text.removeprefix("目标"))
    if found is None:
        return None
    said = found["counts"] or ""
    how = "exact" if "比例" in said else "whole" if "不计" in said else "started"
    target, step, per = Decimal(found["target"]), Decimal(found["step"]), Decimal(found["per"] or 1)
    return Shortfall(target=target, step=step, per=per, counts=how)  # type: ignore[arg-type]  # one of three words


def _pass_fail(text: str, full: Decimal) -> AnyShape | None:
    if _ALL_OR_NOTHING.fullmatch(text):
        return PassFail()
    found = _LOST_WHOLE.fullmatch(text)
    if found is None or Decimal(found["lost"]) > full:
        return None
    lost = Decimal(found["lost"])
    if lost == full:
        return PassFail()
    return Levels(levels=(Level(Text("符合", "met"), full), Level(_said(found["what"]), full - lost)))


def _levels(text: str, full: Decimal) -> AnyShape | None:
    parts = _clauses(text, _LEVEL)
    if len(parts) < 2:  # noqa: PLR2004 - one level decides nothing
        return None
    if all(part["off"] for part in parts):  # several losses are one choice only where the gravest takes all
        losses = sorted((Decimal(part["off"]), part["title"]) for part in parts)
        if losses[-1][0] != full:
            return None
        worse = (Level(_said(title), full - lost) for lost, title in losses)
        return Levels(levels=(Level(Text("符合", "met"), full), *worse))
    return Levels(levels=tuple(Level(_said(part["title"].strip("、,;")), _points(part, full)) for part in parts))


def _points(part: re.Match[str], full: Decimal) -> Decimal:
    groups = part.groupdict()
    if groups.get("points"):
        return Decimal(groups["points"])
    if groups.get("off"):
        return full - Decimal(groups["off"])
    return full if groups.get("full") else Decimal(0)


def _clauses(text: str, pattern: re.Pattern[str]) -> list[re.Match[str]]:
    """Return the text as clauses that all fit a pattern, one after the other; nothing where any rest is left."""
    found, at = [], 0
    while at < len(text):
        match = pattern.match(text, at)
        if match is None or match.end() == at:
            return []
        found.append(match)
        at = match.end()
        while at < len(text) and text[at] in ",;。、":
            at += 1
    return found


def _bands(text: str, full: Decimal) -> AnyShape | None:
    """Read a falling row of bounds: ≥95 % 5, ≥90 % 4, below 90 % none; what lies under the last bound earns nothing."""
    lows: list[tuple[Decimal, Decimal]] = []
    rest, unit, at = Decimal(0), "", 0
    while at < len(text):
        if (low := _LOWER.match(text, at)) is not None:
            lows.append((Decimal(low["a"] or low["b"]), _points(low, full)))
            unit = unit or low["u1"] or low["u2"] or ""
            at = low.end()
        elif (under := _UNDER.match(text, at)) is not None:
            rest, at = _points(under, full), under.end()
        else:
            return None
        while at < len(text) and text[at] in ",;。、":
            at += 1
    lows.sort(reverse=True)
    if not lows or unit == "":
        return None
    tops = [None, *(low for low, _ in lows)]
    bands = [PointsBand(at_least=low, below=top, points=points) for (low, points), top in zip(lows, tops, strict=False)]
    bands.append(PointsBand(below=lows[-1][0], points=rest))
    if unit == "%":
        return Bands(bands=tuple(bands))
    return CountBands(bands=tuple(bands), unit=_said(unit))
