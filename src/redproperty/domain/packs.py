"""An edition of the rules as one value, and which edition holds on a day."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Literal

import msgspec

from redproperty.domain.conditions import Condition
from redproperty.domain.faults import Fault, suggest, under
from redproperty.domain.formulas import looked_at, step_faults
from redproperty.domain.operands import Column
from redproperty.domain.ratings import Rating, condition_faults
from redproperty.domain.sheets import Sheet
from redproperty.domain.subsidy_rules import SubsidyRules
from redproperty.domain.takeovers import TakeoverRules
from redproperty.domain.texts import Refused, Text


class About(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who issued the edition, under which number, and from when it holds (`pack.yaml`)."""

    id: str
    version: str
    title: Text
    issued_by: Text
    document: Text
    effective_from: date
    status: Literal["draft", "in_force"]
    period: Literal["quarter"] = "quarter"
    notes: tuple[Text, ...] = ()


class Stop(msgspec.Struct, frozen=True):
    """From which day on nothing new may be made under an edition, and why."""

    begins: date
    why: Text


class Pack(msgspec.Struct, frozen=True, kw_only=True):
    """A whole edition: one struct per file of its folder; the file's name is the field's.

    `stop` is set where its own cases fail, or where the edition that should follow it cannot be read. What was made
    under the edition before stays readable.
    """

    edition: str  # the folder's name, its first day
    digest: str  # sha256 over the names and bytes of its rule files
    about: About = msgspec.field(name="pack")
    sheet: Sheet
    rating: Rating
    subsidy: SubsidyRules
    takeover: TakeoverRules
    stop: Stop | None = None

    def usable(self, on: date) -> "Pack":
        """Return the edition itself, to be used for what belongs to the day `on`.

        Raises:
            Refused: nothing new may be made under it for that day.
        """
        if self.stop is not None and self.stop.begins <= on:
            raise Refused(self.stop.why)
        return self

    def paid_by(self) -> Mapping[str, Column]:
        """Return the columns of the rating that the formula of the subsidy looks at."""
        return looked_at(self.subsidy.steps, self.rating.gives(self.sheet))

    def check(self) -> Iterator[Fault]:
        """Yield everything wrong with the edition; a path begins with the name of the file."""
        if self.about.effective_from.isoformat() != self.edition:
            text = Text("生效日期须与文件夹名“{name}”一致", "must be the name of the folder, “{name}”")
            yield ("pack", "effective_from"), text.fill(name=self.edition)
        yield from under(("sheet",), self.sheet.check())
        yield from under(("rating",), self.rating.check(self.sheet))
        yield from under(("subsidy",), self.subsidy.check(vetoes={veto.code for veto in self.rating.stars.vetoes}))
        yield from under(("subsidy",), step_faults(self.subsidy.steps, self.rating, self.sheet))
        yield from under(("takeover",), self.takeover.check())
        for path, condition in self.sheet.conditions():
            yield from under(("sheet", *path), condition_faults(condition, self.rating.facts))
            yield from under(("sheet", *path), _bound_faults(condition, self.rating))


def _bound_faults(condition: Condition, rating: Rating) -> Iterator[Fault]:
    facts = [fact.name for fact in rating.facts if fact.column.kind == "figure"]
    for path, name in condition.bounds():
        if name not in facts:
            text = Text("没有“{n}”这个可作界限的事实", "no fact “{n}” can be a bound").fill(n=name)
            yield path, suggest(text, name, facts)


def in_force(packs: Iterable[Pack], on: date) -> Pack | None:
    """Return the edition that holds on a day: the latest in force that has begun by then.

    Raises:
        Refused: the edition that should hold cannot be used; an earlier one never steps in for it.
    """
    begun = [pack for pack in packs if pack.about.status == "in_force" and pack.about.effective_from <= on]
    pack = max(begun, key=lambda pack: pack.about.effective_from, default=None)
    return None if pack is None else pack.usable(on)
