"""What became of a sheet since it was last looked at: old and new beside each item, asked for or not."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from redproperty.domain.entries import COPIED, REST_CLEAN, REST_UNDONE
from redproperty.domain.inspections import EDITABLE, State
from redproperty.domain.items import Item
from redproperty.domain.texts import Text
from redproperty.store.inspections import Change, Inspected, Move, Said
from redproperty.web.answers import answer_words, in_one_line

WHY = {
    REST_CLEAN: Text("一次记为无扣分", "marked as clean along with others"),
    REST_UNDONE: Text("撤销一次记的无扣分", "that mark taken back"),
    COPIED: Text("沿用上轮", "copied from the last round"),
}


@dataclass(frozen=True)
class Changed:
    """One answer that is not what it was; `unasked` when the reviewer named items and this was not among them."""

    item: str
    old: Text
    new: Text
    person: str
    at: datetime
    why: Text
    unasked: bool


@dataclass(frozen=True)
class Mended:
    """All of it: the changed answers by item, and the items that the reviewer asked for and nobody changed."""

    changed: Mapping[str, Changed]
    left: tuple[str, ...]

    @property
    def unasked(self) -> int:
        """How many answers changed that nobody had asked for."""
        return sum(one.unasked for one in self.changed.values())


def since(here: Inspected, moves: Sequence[Move]) -> datetime | None:
    """Return from when changes are told: after the last return while it is with the inspector or waits, else all."""
    if here.reviewed_at is not None and State(here.state) in EDITABLE | {State.SUBMITTED}:
        return here.reviewed_at
    return next((move.at for move in moves if move.to == State.SUBMITTED.value), here.submitted_at)


def mended(
    items: Mapping[str, Item], changes: Iterable[Change], since: datetime | None, asked: Collection[str]
) -> Mended:
    """Return what the changes after `since` come to; `changes` are the latest first."""
    after = [change for change in changes if since is not None and change.at > since and change.item in items]
    first = {change.item: change.old or Said() for change in after}  # the oldest comes last and stands
    last = {change.item: change for change in reversed(after)}
    changed = {
        code: Changed(
            code,
            said_in_words(items[code], first[code]),
            said_in_words(items[code], change.new),
            change.person,
            change.at,
            why_in_words(change.reason),
            unasked=bool(asked) and code not in asked,
        )
        for code, change in last.items()
        if first[code] != change.new
    }
    return Mended(changed, tuple(code for code in items if code in asked and code not in changed))


def said_in_words(item: Item, said: Said) -> Text:
    """Return an answer with its reasons and note as people read it."""
    return in_one_line(answer_words(item, said.value), said.reasons, said.note)


def why_in_words(reason: str) -> Text:
    """Return why an answer was saved; empty where it was simply typed."""
    return WHY.get(reason, Text(reason, reason))
