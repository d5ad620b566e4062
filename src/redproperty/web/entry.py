"""Entering an inspection on a phone: one form per item, saved as it is left; the parts that a save changes."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from itertools import zip_longest
from typing import Any, ClassVar

import polars as pl

from redproperty.actions.entering import last_answers, previous
from redproperty.actions.inspections import Entry, reasons_in
from redproperty.actions.proof import SIGNING
from redproperty.domain.awards import words
from redproperty.domain.entries import COPIED, REST_CLEAN, applicable, clean_code, provisional, worked
from redproperty.domain.items import Item
from redproperty.domain.numbers import plain
from redproperty.domain.packs import Pack
from redproperty.domain.periods import Period
from redproperty.domain.rounds import round_title
from redproperty.domain.sheets import Category
from redproperty.domain.texts import Text
from redproperty.store import companions, inspections, photos, sites, tenures
from redproperty.store.companions import Colleague
from redproperty.store.inspections import Given, Inspected, LastStar, Said
from redproperty.store.photos import Photo
from redproperty.web import signatures
from redproperty.web.answers import Choice, Refusal, choices, in_one_line, kept
from redproperty.web.facts import Told, shown_with
from redproperty.web.photos import by_item
from redproperty.web.signatures import Place, Signing
from redproperty.web.views import View

NOTHING = Said()


@dataclass(frozen=True)
class Before:
    """What the estate's last inspection said of the same item; `lost` when it cost points.

    `taken` when this edition takes the same answer, so that it can be copied.
    """

    outcome: Text
    reasons: tuple[str, ...]
    note: str
    lost: bool
    taken: bool
    photos: tuple[Photo, ...] = ()

    @property
    def said(self) -> Text:
        """All of it in one line."""
        return in_one_line(self.outcome, self.reasons, self.note)


@dataclass(frozen=True)
class Pick:
    """A common reason to be picked; `picked` when it stands among the reasons already."""

    reason: Text
    picked: bool


@dataclass(frozen=True)
class Card:
    """One item to be answered, or the reason why the estate is not asked; what nobody looks at is not worked out.

    `entry` is what its form shows: what is kept, or what was sent where it could not be saved; `overtaken` when that
    is because it was saved elsewhere meanwhile.
    """

    sheet: "_Sheet"
    item: Item

    @property
    def inspection(self) -> int:
        """The inspection that it belongs to."""
        return self.sheet.here.id

    @property
    def applies(self) -> bool:
        """Whether the estate is asked."""
        return self.sheet.applies[self.item.code]

    @cached_property
    def given(self) -> Given:
        """What is kept."""
        return self.sheet.given.get(self.item.code, Given())

    @property
    def points(self) -> int | None:
        """The points of the answer, in millionths."""
        points: int | None = self.sheet.row[self.item.points_column]
        return points

    @property
    def severity(self) -> Text:
        """How grave it is when something is found."""
        return self.sheet.pack.sheet.severity_of(self.item).title

    @property
    def serious(self) -> bool:
        """Whether nothing on the sheet is graver."""
        return self.sheet.pack.sheet.severity_of(self.item).weight == self.sheet.gravest

    @property
    def choices(self) -> tuple[Choice, ...]:
        """What can be chosen."""
        return choices(self.item)

    @cached_property
    def entry(self) -> Entry:
        """What its form shows; from here on the form knows what it would replace."""
        entry = self._sent.entry if self._sent else kept(self.item, self.given)
        return replace(entry, version=self.given.version) if entry.version is None or self.overtaken else entry

    @property
    def picks(self) -> tuple[Pick, ...]:
        """The common reasons."""
        picked = reasons_in(self.entry.reasons)
        return tuple(Pick(reason, reason.zh in picked) for reason in self.item.reasons)

    @property
    def before(self) -> Before | None:
        """What stood here last time."""
        return self.sheet.before.get(self.item.code)

    @property
    def photos(self) -> tuple[Photo, ...]:
        """The pictures of what was found."""
        return self.sheet.photos.get(self.item.code, ())

    @property
    def why(self) -> str:
        """Why its answer was saved as it stands: marked along with others, copied; empty where it was typed."""
        saved = self.given.saved_at
        return "" if saved is None else self.sheet.why.get((self.item.code, saved), "")

    @property
    def copied(self) -> bool:
        """Whether it was copied from the last round and nobody has touched it since."""
        return self.why == COPIED

    @property
    def mended(self) -> bool:
        """Whether it was changed after the reviewer's remark."""
        saved, reviewed = self.given.saved_at, self.sheet.here.reviewed_at
        return bool(self.given.review_remark and saved and reviewed and saved > reviewed)

    @property
    def left_out(self) -> Text:
        """Why the estate is not asked."""
        return self.item.left_out(self.given.value, self.sheet.pack.rating.titles)

    @property
    def problem(self) -> Text | None:
        """Why it could not be saved, or what is missing."""
        return self.sheet.problems.get(self.item.code)

    @property
    def overtaken(self) -> bool:
        """Whether it was saved elsewhere meanwhile."""
        return bool(self._sent and self._sent.overtaken)

    @property
    def _sent(self) -> "Refusal | None":
        refusal = self.sheet.refusal
        return refusal if refusal and refusal.item == self.item.code else None

    @property
    def answered(self) -> bool:
        """Whether it has an answer."""
        return self.given.value is not None

    @property
    def done(self) -> bool:
        """Whether it has an answer that the edition takes."""
        return self.given.value is not None and self.item.refusal(self.given.value) is None

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
        return self.item.asked().kind in {"count", "counts", "number"}

    @property
    def counted(self) -> bool:
        """Whether the amount is a count with a stepper."""
        return self.item.asked().kind == "count"

    @property
    def kinds(self) -> tuple[tuple[Text, str], ...]:
        """The kinds that are counted apart, each with its count as typed; empty where there is one amount."""
        parts, typed = self.item.asked().parts, self.entry.amount.split("+")
        return tuple(zip_longest(parts, typed[: len(parts)], fillvalue="")) if parts else ()  # type: ignore[arg-type]

    @property
    def always_asks_amount(self) -> bool:
        """Whether there is an amount to be typed before anything is chosen."""
        return self.asks_amount and clean_code(self.item) is None

    @property
    def to_mend(self) -> bool:
        """Whether the reviewer wants it changed and it has not been."""
        return bool(self.given.review_remark) and not self.mended


@dataclass(frozen=True)
class Section:
    """One category with its progress; `rest` could be marked clean at once, `undoable` were and can be opened.

    `open` unfolds it: something in it is asked for right now.
    """

    inspection: int
    category: Category
    cards: tuple[Card, ...]
    earned: int
    possible: int
    rest: tuple[str, ...]
    undoable: tuple[str, ...]
    shows_points: bool = True
    open: bool = False

    @property
    def share(self) -> int:
        """How much of it has an answer, of 100."""
        return 100 * self.answered // self.asked if self.asked else 100

    @property
    def lost(self) -> int:
        """How many of its items lose points."""
        return sum(card.lost > 0 for card in self.cards)

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
class Site:
    """What an inspector compares with what they see, beside the estate's name and address."""

    company: str | None
    last: LastStar | None
    instead: Text | None  # what stands there where the last rating gave no stars


@dataclass(frozen=True)
class EntryPage(View):
    """A whole inspection as its inspector fills it in."""

    template: ClassVar[str] = "pages/inspections/entry.html"
    here: Inspected
    round: Text
    pack: Pack
    sections: tuple[Section, ...]
    score: int
    stars: int | Decimal | None
    saved_at: datetime | None
    remarks: tuple[Card, ...]
    companions: tuple[Colleague, ...] = ()
    problems: Mapping[str, Text] = field(default_factory=dict)
    signing: Signing | None = None
    place: Place | None = None
    facts: tuple[Told, ...] = ()
    site: Site | None = None

    @property
    def shows_score(self) -> bool:
        """Whether the edition lets the inspector see the score so far."""
        return self.pack.inspections.show_while_scoring != "nothing"

    @property
    def shows_star(self) -> bool:
        """Whether the edition lets the inspector see the star that it would come to."""
        return self.pack.inspections.show_while_scoring == "star"

    @property
    def asked(self) -> int:
        """How many items the estate is asked."""
        return sum(section.asked for section in self.sections)

    @property
    def answered(self) -> int:
        """How many of them have an answer."""
        return sum(section.answered for section in self.sections)

    @property
    def rest(self) -> tuple[str, ...]:
        """The items anywhere that could be marked clean at once."""
        return tuple(code for section in self.sections for code in section.rest)

    @property
    def undoable(self) -> tuple[str, ...]:
        """The items anywhere that were marked at once and can be opened again."""
        return tuple(code for section in self.sections for code in section.undoable)

    @property
    def unproven(self) -> tuple[Item, ...]:
        """The items that lose points and should have a photo, but have none."""
        cards = (card for section in self.sections for card in section.cards)
        return tuple(card.item for card in cards if card.lost and card.item.evidence == "photo" and not card.photos)

    @property
    def next_open(self) -> str:
        """The first item without an answer, or with one that the edition refuses; empty when there is none."""
        cards = (card for section in self.sections for card in section.cards)
        return next((card.item.code for card in cards if card.applies and not card.done), "")

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
    """What changes on the page when several items were answered at once: their cards, their categories, the head."""

    template: ClassVar[str] = "partials/inspections/marked.html"
    entry: EntryPage
    sections: tuple[Section, ...]
    cards: tuple[Card, ...]

    @classmethod
    def of(cls, entry: EntryPage, written: Collection[str]) -> "Marked":
        """Return the parts of a page that show the items in `written`."""
        cards = tuple(card for section in entry.sections for card in section.cards if card.item.code in written)
        return cls(entry, entry.sections, cards)


async def build(
    here: Inspected, pack: Pack, *, refusal: Refusal | None = None, problems: Mapping[str, Text] | None = None,
    at: str = "",
) -> EntryPage:  # fmt: skip
    """Return the page of an inspection as it stands in the record, unfolded where the item `at` stands."""
    sheet = await _sheet(here, pack, refusal=refusal, problems=problems)
    last = await previous(here)
    shot = by_item(await photos.of_inspection(last.id)) if last else {}
    before = _before(await last_answers(last, pack), sheet, shot)
    page = await _page(replace(sheet, before=before, photos=by_item(await photos.of_inspection(here.id))), at)
    signing = await signatures.signing(here.id, pack, missing=sheet.problems.get(SIGNING))
    told = await shown_with(here.estate_id, pack, Period.parse(here.period))
    where, known = await signatures.place(here.id), await site(here, pack)
    return replace(page, signing=signing, place=where, facts=told, site=known)


async def changed(here: Inspected, pack: Pack, *, refusal: Refusal | None = None) -> EntryPage:
    """Return the page as it stands for the parts of it that a save changes: nothing of the last inspection."""
    return await _page(await _sheet(here, pack, refusal=refusal), "")


async def _page(sheet: "_Sheet", at: str) -> EntryPage:
    sheet = replace(sheet, why=await inspections.why_saved(sheet.here.id, (REST_CLEAN, COPIED)))
    sections = _asked_first([_section(sheet, category) for category in sheet.pack.sheet.categories])
    score = sheet.row["score"] or 0
    return EntryPage(
        here=sheet.here,
        round=round_title(sheet.here.round),
        pack=sheet.pack,
        sections=_unfolded(sections, sheet.refusal.item if sheet.refusal else at),
        score=score,
        stars=provisional(sheet.pack.rating.stars, score),
        saved_at=max((answer.saved_at for answer in sheet.given.values() if answer.saved_at), default=None),
        remarks=tuple(one for section in sections for one in section.cards if one.given.review_remark),
        companions=await companions.of(sheet.here.id),
        problems=sheet.problems,
    )


@dataclass(frozen=True)
class _Sheet:
    """What the cards of a page are made from: the answers, what they come to, and what stood there last time."""

    here: Inspected
    pack: Pack
    ground: pl.DataFrame
    given: Mapping[str, Given]
    applies: Mapping[str, bool]
    row: Mapping[str, Any]
    problems: Mapping[str, Text]
    refusal: Refusal | None
    before: Mapping[str, Before] = field(default_factory=dict)
    photos: Mapping[str, tuple[Photo, ...]] = field(default_factory=dict)
    why: Mapping[tuple[str, datetime], str] = field(default_factory=dict)

    @cached_property
    def gravest(self) -> int | None:
        """The weight of what is gravest."""
        return max((one.weight for one in self.pack.sheet.severities), default=None)


async def _sheet(
    here: Inspected, pack: Pack, *, refusal: Refusal | None, problems: Mapping[str, Text] | None = None
) -> _Sheet:
    given = await inspections.answers(here.id)
    ground = await inspections.ground(here.estate_id, Period.parse(here.period))
    row = worked(pack.sheet, ground, {code: answer.value for code, answer in given.items()})
    problems = problems or ({refusal.item: refusal.text} if refusal else {})
    return _Sheet(here, pack, ground, given, applicable(pack.sheet, ground), row, problems, refusal)


def _section(sheet: _Sheet, category: Category) -> Section:
    cards = tuple(Card(sheet, item) for item in category.items)
    earned, possible = sheet.row[category.earned_column], sheet.row[category.possible_column]
    rest = [one for one in cards if one.applies and not one.answered and clean_code(one.item) == 0]
    undoable = [one for one in cards if one.why == REST_CLEAN and one.given.value == 0]
    shown = sheet.pack.inspections.show_while_scoring != "nothing"
    return Section(sheet.here.id, category, cards, earned, possible, _codes(rest), _codes(undoable), shown)


def _codes(cards: Iterable[Card]) -> tuple[str, ...]:
    return tuple(card.item.code for card in cards)


def _asked_first(sections: Iterable[Section]) -> list[Section]:
    """Bring what the reviewer remarked upon to the top, mended or not: categories, and in them the items."""
    inside = [replace(one, cards=tuple(sorted(one.cards, key=lambda card: not card.given.review_remark)))
              for one in sections]  # fmt: skip
    return sorted(inside, key=lambda one: not any(card.given.review_remark for card in one.cards))


def _unfolded(sections: Sequence[Section], at: str) -> tuple[Section, ...]:
    """Unfold what is asked for: the item `at`, what has a problem or a remark to heed; else the first that is open."""
    wanted = [
        any(card.problem or card.to_mend or card.item.code == at for card in one.cards) or one.category.code == at
        for one in sections
    ]
    if not any(wanted):
        first = next((index for index, one in enumerate(sections) if one.answered < one.asked), None)
        wanted = [index == first for index in range(len(sections))]
    return tuple(replace(one, open=unfold) for one, unfold in zip(sections, wanted, strict=True))


def _before(last: Mapping[str, Said], sheet: _Sheet, shot: Mapping[str, tuple[Photo, ...]]) -> dict[str, Before]:
    """Return what the last inspection said, item by item; its points are worked by the edition of this page."""
    row = worked(sheet.pack.sheet, sheet.ground, {code: said.value for code, said in last.items()})
    before: dict[str, Before] = {}
    for item in sheet.pack.sheet.items:
        said, points = last.get(item.code, NOTHING), row[item.points_column]
        if said.value is None:
            continue
        lost, taken = points is not None and points < item.full_points, item.refusal(said.value) is None
        before[item.code] = Before(
            item.outcome(said.value, points), said.reasons, said.note, lost, taken, shot.get(item.code, ())
        )
    return before


async def site(here: Inspected, pack: Pack) -> Site | None:
    """Return what is to be confirmed before the first answer; None where somebody has."""
    if await sites.confirmed(here.id) is not None:
        return None
    stints = [one for one in await tenures.of_estate(here.estate_id) if one.tenure.ends is None]
    last = (await inspections.last_stars([here.estate_id])).get(here.estate_id)
    instead = words(last.award, pack if pack.edition == last.edition else None) if last and last.stars is None else None
    return Site(stints[-1].company if stints else None, last, instead)
