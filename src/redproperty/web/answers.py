"""The form of one item: what can be chosen, how an answer is typed and sent, how it is said, why it was not saved."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from litestar.datastructures import FormMultiDict

from redproperty.actions.inspections import Entry, Overtaken, reasons_in
from redproperty.domain.asked import counts_in
from redproperty.domain.entries import CLEAN, FOUND, clean_code
from redproperty.domain.items import EXEMPT, MENDED, MENDED_TITLE, NOT_APPLICABLE, ZEROED, Item
from redproperty.domain.numbers import plain
from redproperty.domain.texts import Text
from redproperty.settings import ZONE
from redproperty.store.inspections import Given

NOTHING_FOUND = Text("无问题", "Nothing found")
DEDUCT = Text("扣分", "Deduct")
MEASURED = Text("填写", "Enter")
DOES_NOT_APPLY = Text("不适用", "Does not apply")
NOT_CHANGED = Text("{why}（已保存的内容没有变）", "{why} (what was saved before still stands)")
OVERTAKEN = Text(
    "这一项在别处改过，没有覆盖。现在保存的是：{stands}（{who} {at}）；您刚才填的是：{sent}。再保存一次就用您填的。",
    "This item was changed elsewhere and nothing was overwritten. It says now: {stands} ({who} {at}); "
    "you entered: {sent}. Save once more to use yours.",
)
OPEN_ANSWER = Text("未作答", "open")


@dataclass(frozen=True)
class Choice:
    """One answer that is chosen rather than typed; `amount` and `why` say what the form asks for along with it."""

    value: str
    label: Text
    tone: str
    amount: bool = False
    why: bool = True


def choices(item: Item) -> tuple[Choice, ...]:
    """Return what can be chosen for an item, the good answer first; what is only measured has nothing to choose."""
    asked = item.asked()
    extras = tuple(_extras(item))
    if asked.choices:
        first = Choice("0", asked.choices[0], "good", why=False)
        others = (Choice(str(code), text, "bad") for code, text in enumerate(asked.choices[1:], start=1))
        return (first, *others, *extras)
    if clean_code(item) == 0:
        return (Choice(CLEAN, NOTHING_FOUND, "good", why=False), Choice(FOUND, DEDUCT, "bad", amount=True), *extras)
    return (Choice(FOUND, MEASURED, "plain", amount=True), *extras) if extras else ()


def _extras(item: Item) -> Iterable[Choice]:
    if item.not_applicable_when is not None or item.applies is not None:
        yield Choice(str(NOT_APPLICABLE), item.not_applicable_when or DOES_NOT_APPLY, "plain")
    if item.exempt_when is not None:
        yield Choice(str(EXEMPT), item.exempt_when, "plain")
    if item.zero_when is not None:
        yield Choice(str(ZEROED), item.zero_when, "bad")
    if item.finds:
        yield Choice(str(MENDED), MENDED_TITLE, "plain")


def _chosen(item: Item, value: int | None) -> str:
    """Return which choice stands for a stored answer."""
    if value is None:
        return ""
    if value < 0 or item.asked().choices:
        return str(value)
    return CLEAN if value == clean_code(item) else FOUND


def _amount(item: Item, value: int | None) -> str:
    """Return a stored answer as it would be typed; a count starts at one."""
    asked = item.asked()
    if value is None or value < 0 or value == clean_code(item):
        return "1" if clean_code(item) == 0 and asked.kind == "count" else ""
    if asked.parts:
        return "+".join(map(str, counts_in(value, len(asked.parts))))
    return plain(value) if asked.kind == "number" else str(value)


def kept(item: Item, given: Given) -> Entry:
    """Return what the form of an item shows of its answer."""
    return replace(as_typed(item, given.value, given.reasons, given.note), version=given.version)


def as_typed(item: Item, value: int | None, reasons: tuple[str, ...], note: str) -> Entry:
    """Return an answer as the form of its item would send it."""
    return Entry(_chosen(item, value), _amount(item, value), "；".join(reasons), note)


def entry_in(form: FormMultiDict) -> Entry:
    """Return one item as its form was sent; a stepper's button (“1”, of the second kind “1:1”) moves its count."""
    amounts = [str(amount).strip() for amount in form.getall("amount", [])]
    outcome = str(form.get("outcome", ""))
    step, _, kind = str(form.get("step", "")).partition(":")
    at = int(kind) if kind.isdecimal() else 0
    if step in {"1", "-1"} and at < len(amounts) and (amounts[at] or "0").isdecimal():
        amounts[at], outcome = str(max(int(amounts[at] or 0) + int(step), 0)), outcome or FOUND
    amount = "+".join(amounts)
    version = str(form.get("version", ""))
    return Entry(
        outcome,
        amount,
        _toggled(str(form.get("reasons", "")), str(form.get("pick", ""))),
        str(form.get("note", "")),
        int(version) if version.isdecimal() else None,
    )


def _toggled(reasons: str, pick: str) -> str:
    """Return the reasons with a picked one added, or taken out where it stands there already."""
    if not pick:
        return reasons
    said = reasons_in(reasons)
    return "；".join(one for one in said if one != pick) if pick in said else "；".join((*said, pick))


@dataclass(frozen=True)
class Refusal:
    """An item that could not be saved, with what was sent, so that nothing typed is lost."""

    item: str
    entry: Entry
    text: Text
    overtaken: bool = False


def overtaken(item: Item, entry: Entry, clash: Overtaken) -> Refusal:
    """Return the refusal that shows both answers and whose the kept one is."""
    stands, sent = clash.stands, clash.sent
    text = OVERTAKEN.fill(
        stands=in_one_line(answer_words(item, stands.value), stands.reasons, stands.note),
        who=stands.saved_by,
        at=stands.saved_at.astimezone(ZONE).strftime("%H:%M") if stands.saved_at else "—",
        sent=in_one_line(answer_words(item, sent.value), sent.reasons, sent.note),
    )
    return Refusal(item.code, entry, text, overtaken=True)


def answer_words(item: Item, value: int | None) -> Text:
    """Return an answer in words, without its points: they follow from the rule."""
    if value is None:
        return OPEN_ANSWER
    if value == MENDED:
        return MENDED_TITLE
    if value < 0:
        return item.outcome(value, 0)
    return item.shape.outcome(value, item.full_points)


def in_one_line(outcome: Text, reasons: tuple[str, ...], note: str) -> Text:
    """Return an answer with its reasons and its note."""
    zh = outcome.zh + (f"（{'、'.join(reasons)}）" if reasons else "") + (f"，{note}" if note else "")
    en = outcome.en + (f" ({', '.join(reasons)})" if reasons else "") + (f", {note}" if note else "")
    return Text(zh, en)
