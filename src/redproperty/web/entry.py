"""Entering an inspection on a phone: one form per item, saved as it is left; the parts that a save changes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

import polars as pl
from litestar.datastructures import FormMultiDict

from redproperty.actions.inspections import Entry
from redproperty.domain.entries import CLEAN, FOUND, REST_CLEAN, applicable, clean_code, provisional, worked
from redproperty.domain.inspections import COUNTED, State
from redproperty.domain.items import EXEMPT, NOT_APPLICABLE, ZEROED, Item
from redproperty.domain.numbers import plain
from redproperty.domain.packs import Pack
from redproperty.domain.periods import Period
from redproperty.domain.sheets import Category
from redproperty.domain.texts import Text
from redproperty.store import inspections
from redproperty.store.inspections import Given, Inspected
from redproperty.web.views import View

HANDED_IN = [*(state.value for state in COUNTED), State.SUBMITTED.value]
NOTHING_FOUND = Text("无问题", "Nothing found")
DEDUCT = Text("扣分", "Deduct")
MEASURED = Text("填写", "Enter")
DOES_NOT_APPLY = Text("不适用", "Does not apply")
UNSAVED = Text("尚未保存", "not saved")


def round_title(number: int) -> Text:
    """Return how a round is said to people."""
    return Text(f"第{'一二三四五六七八九十'[number - 1]}轮" if number <= 10 else f"第 {number} 轮", f"round {number}")  # noqa: PLR2004


@dataclass(frozen=True)
class Choice:
    """One answer that is chosen rather than typed; `amount` and `why` say what the form asks for along with it."""

    value: str
    label: Text
    tone: str
    amount: bool = False
    why: bool = True


@dataclass(frozen=True)
class Before:
    """What the estate's last inspection said of the same item; `lost` when it cost points."""

    outcome: Text
    reasons: tuple[str, ...]
    note: str
    lost: bool


@dataclass(frozen=True)
class Card:
    """One item to be answered: the form, or the reason why the estate is not asked."""

    inspection: int
    item: Item
    severity: Text
    serious: bool
    applies: bool
    given: Given
    points: int | None
    choices: tuple[Choice, ...]
    chosen: str
    amount: str
    ticked: tuple[bool, ...]
    note: str
    before: Before | None
    mended: bool
    problem: Text | None = None

    @property
    def answered(self) -> bool:
        """Whether it has an answer."""
        return self.given.value is not None

    @property
    def lost(self) -> int:
        """Points that the answer costs, in millionths."""
        return 0 if not self.answered or self.points is None else self.item.full_points - self.points

    @property
    def status(self) -> tuple[str, str]:
        """The tone of its chip and the points in it: lost with their sign, earned without; empty while open."""
        if not self.answered or self.points is None:
            return "", ""
        return ("bad", f"−{plain(self.lost)}") if self.lost else ("good", plain(self.points))

    @property
    def asks_amount(self) -> bool:
        """Whether a count or number can be typed."""
        return self.item.asked().kind in {"count", "number"}

    @property
    def counted(self) -> bool:
        """Whether the amount is a count with a stepper."""
        return self.item.asked().kind == "count"

    @property
    def always_asks_amount(self) -> bool:
        """Whether there is an amount to be typed before anything is chosen."""
        return self.asks_amount and clean_code(self.item) is None


@dataclass(frozen=True)
class Section:
    """One category with its progress; `rest` items could be marked clean at once, `undoable` were and can be opened."""

    inspection: int
    category: Category
    cards: tuple[Card, ...]
    earned: int
    possible: int
    rest: int
    undoable: int

    @property
    def points(self) -> tuple[str, str]:
        """Points so far and those that could be earned, before the category is scaled."""
        return plain(self.earned), plain(self.possible)

    @property
    def asked(self) -> int:
        """How many items the estate is asked."""
        return sum(card.applies for card in self.cards)

    @property
    def answered(self) -> int:
        """How many of them have an answer."""
        return sum(card.applies and card.answered for card in self.cards)


@dataclass(frozen=True)
class EntryPage(View):
    """A whole inspection as its inspector fills it in."""

    template: ClassVar[str] = "pages/inspections/entry.html"
    here: Inspected
    round: Text
    street: str
    pack: Pack
    sections: tuple[Section, ...]
    score: int
    stars: int | None
    saved_at: datetime | None
    previous: Inspected | None
    remarks: tuple[Card, ...]
    problems: Mapping[str, Text] = field(default_factory=dict)

    @property
    def asked(self) -> int:
        """How many items the estate is asked."""
        return sum(section.asked for section in self.sections)

    @property
    def answered(self) -> int:
        """How many of them have an answer."""
        return sum(section.answered for section in self.sections)

    @property
    def next_open(self) -> str:
        """The first item without an answer; empty when there is none."""
        cards = (card for section in self.sections for card in section.cards)
        return next((card.item.code for card in cards if card.applies and not card.answered), "")

    def section_of(self, item: str) -> Section:
        """Return the section that holds an item."""
        return next(section for section in self.sections if item in {card.item.code for card in section.cards})


@dataclass(frozen=True)
class Saved(View):
    """What changes on the page when an item was saved (or refused): its own status, its category's, the head's."""

    template: ClassVar[str] = "partials/inspections/saved.html"
    entry: EntryPage
    section: Section
    card: Card


@dataclass(frozen=True)
class Marked(View):
    """A whole category after its rest was marked, and the head."""

    template: ClassVar[str] = "partials/inspections/marked.html"
    entry: EntryPage
    section: Section


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


def _chosen(item: Item, value: int | None) -> str:
    """Return which choice stands for a stored answer."""
    if value is None:
        return ""
    if value < 0 or item.asked().choices:
        return str(value)
    return CLEAN if value == clean_code(item) else FOUND


def _amount(item: Item, value: int | None) -> str:
    """Return a stored answer as it would be typed; a count starts at one."""
    if value is None or value < 0 or value == clean_code(item):
        return "1" if clean_code(item) == 0 else ""
    return plain(value) if item.asked().kind == "number" else str(value)


def entry_in(form: FormMultiDict) -> Entry:
    """Return one item as its form was sent; a stepper's button moves the count that came with it."""
    amount = str(form.get("amount", "")).strip()
    outcome = str(form.get("outcome", ""))
    step = str(form.get("step", ""))
    if step in {"1", "-1"} and amount.isdecimal():
        amount, outcome = str(max(int(amount) + int(step), 0)), outcome or FOUND
    reasons = tuple(int(text) for text in map(str, form.getall("reason", [])) if text.isdecimal())
    return Entry(outcome, amount, reasons, str(form.get("note", "")))


@dataclass(frozen=True)
class Refusal:
    """An item that could not be saved, with what was sent, so that nothing typed is lost."""

    item: str
    entry: Entry
    text: Text


async def build(
    here: Inspected, pack: Pack, *, refusal: Refusal | None = None, problems: Mapping[str, Text] | None = None
) -> EntryPage:
    """Return the page of an inspection as it stands in the record."""
    given = await inspections.answers(here.id)
    ground = await inspections.ground(here.estate_id, Period.parse(here.period))
    applies = applicable(pack.sheet, ground)
    row = worked(pack.sheet, ground, {code: answer.value for code, answer in given.items()})
    last = await inspections.previous(here, HANDED_IN)
    before = await _before(last, pack, ground)
    marked = await inspections.marked(here.id, REST_CLEAN)
    sections = []
    for category in pack.sheet.categories:
        cards = tuple(
            card(here, pack, item, given=given.get(item.code, Given()), applies=applies[item.code],
                 points=row[item.points_column], before=before.get(item.code), refusal=refusal)
            for item in category.items
        )  # fmt: skip
        rest = sum(one.applies and not one.answered and clean_code(one.item) == 0 for one in cards)
        undoable = sum((one.item.code, one.given.saved_at) in marked and one.given.value == 0 for one in cards)
        sections.append(
            Section(
                here.id, category, cards, row[category.earned_column], row[category.possible_column], rest, undoable
            )
        )
    return EntryPage(
        here=here,
        round=round_title(here.round),
        street=await inspections.street_name(here.street),
        pack=pack,
        sections=tuple(sections),
        score=row["score"] or 0,
        stars=provisional(pack.rating.stars, row["score"] or 0),
        saved_at=max((answer.saved_at for answer in given.values() if answer.saved_at), default=None),
        previous=last,
        remarks=tuple(one for section in sections for one in section.cards if one.given.review_remark),
        problems=problems or ({refusal.item: refusal.text} if refusal else {}),
    )


def card(
    here: Inspected, pack: Pack, item: Item, *, given: Given, applies: bool, points: int | None,
    before: Before | None, refusal: Refusal | None,
) -> Card:  # fmt: skip
    """Return the card of one item, with what was sent where it could not be saved."""
    mine = refusal if refusal is not None and refusal.item == item.code else None
    severity = pack.sheet.severity_of(item)
    reasons = tuple(reason.zh in given.reasons for reason in item.reasons)
    returned = bool(given.review_remark)
    return Card(
        inspection=here.id,
        item=item,
        severity=severity.title,
        serious=severity.weight == max(one.weight for one in pack.sheet.severities),
        applies=applies,
        given=given,
        points=points,
        choices=choices(item),
        chosen=mine.entry.outcome if mine else _chosen(item, given.value),
        amount=mine.entry.amount if mine else _amount(item, given.value),
        ticked=tuple(i in mine.entry.reasons for i in range(len(item.reasons))) if mine else reasons,
        note=mine.entry.note if mine else given.note,
        before=before,
        mended=bool(returned and given.saved_at and here.reviewed_at and given.saved_at > here.reviewed_at),
        problem=mine.text if mine else None,
    )


async def _before(last: Inspected | None, pack: Pack, ground: pl.DataFrame) -> dict[str, Before]:
    """Return what the last inspection said, item by item; its points are worked by the edition of this page."""
    if last is None:
        return {}
    given = await inspections.answers(last.id)
    values = inspections.unpacked(last.packed, pack.sheet.codes) if last.edition == pack.edition else {}
    values = values or {code: answer.value for code, answer in given.items()}
    row = worked(pack.sheet, ground, values)
    said = {}
    for item in pack.sheet.items:
        value, points = values.get(item.code), row[item.points_column]
        if value is None:
            continue
        answer = given.get(item.code, Given())
        lost = points is not None and points < item.full_points
        said[item.code] = Before(item.outcome(value, points), answer.reasons, answer.note, lost)
    return said
