"""An edition of the rules as one value, and which edition holds on a day."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Final, Literal

import msgspec

from redproperty.domain.conditions import Condition
from redproperty.domain.facts import Fact
from redproperty.domain.faults import Fault, suggest, under
from redproperty.domain.formulas import looked_at, names_in, step_faults
from redproperty.domain.inspection_rules import USUAL, InspectionRules
from redproperty.domain.operands import Column
from redproperty.domain.periods import KINDS, Kind, Period
from redproperty.domain.ratings import Rating, condition_faults
from redproperty.domain.reach import never, ranges
from redproperty.domain.reach import step_faults as reach_faults
from redproperty.domain.sheets import NO_SHEET, Sheet
from redproperty.domain.subsidy_rules import SubsidyRules
from redproperty.domain.takeovers import TakeoverRules
from redproperty.domain.texts import Refused, Text

UNSAID: Final = Text("—", "—")
NO_SUBSIDY: Final = Text(
    "规则版本 {edition} 不含补贴办法（没有 subsidy.yaml），不能据以算补贴。",
    "Edition {edition} of the rules says nothing about a subsidy (it has no subsidy.yaml); none can be paid under it.",
)
NO_TAKEOVER: Final = Text(
    "规则版本 {edition} 不含托管办法（没有 takeover.yaml），不能据以办理托管。",
    "Edition {edition} of the rules says nothing about takeovers (it has no takeover.yaml); none can be made under it.",
)
NO_ITEMS: Final = Text(
    "规则版本 {edition} 没有评分表（sheet.yaml），不能据以检查打分。",
    "Edition {edition} of the rules has no score sheet (sheet.yaml); no inspection can be scored under it.",
)
OTHER_KIND: Final = Text(
    "规则版本 {edition} 按{kind}评定，{period}不是它的考核期。",
    "Edition {edition} of the rules rates by the {kind}; {period} is no period of it.",
)


class About(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who issued the edition, under which number, and from when it holds (`pack.yaml`).

    A draft may lie in a folder of any name; an edition in force lies in one named by its first day.
    """

    id: str = ""
    version: str = ""
    title: Text
    issued_by: Text = UNSAID
    document: Text = UNSAID
    effective_from: date
    status: Literal["draft", "in_force"] = "draft"
    period: Kind = "quarter"
    notes: tuple[Text, ...] = ()


class Stop(msgspec.Struct, frozen=True):
    """From which day on nothing new may be made under an edition, and why."""

    begins: date
    why: Text


class Pack(msgspec.Struct, frozen=True, kw_only=True):
    """A whole edition: one struct per file of its folder; the file's name is the field's.

    A method without inspections has no sheet, one without money no subsidy, one that serves no estate no takeover;
    what needs them then says so.

    `stop` is set where its own cases fail, or where the edition that should follow it cannot be read. What was made
    under the edition before stays readable.
    """

    edition: str  # the folder's name, its first day
    digest: str  # sha256 over the names and bytes of its rule files
    about: About = msgspec.field(name="pack")
    sheet: Sheet = NO_SHEET
    rating: Rating
    subsidy: SubsidyRules | None = None
    takeover: TakeoverRules | None = None
    inspections: InspectionRules = USUAL
    stop: Stop | None = None

    def usable(self, on: date) -> "Pack":
        """Return the edition itself, to be used for what belongs to the day `on`.

        Raises:
            Refused: nothing new may be made under it for that day.
        """
        if self.stop is not None and self.stop.begins <= on:
            raise Refused(self.stop.why)
        return self

    def subsidy_rules(self) -> SubsidyRules:
        """Return what the edition says about the subsidy.

        Raises:
            Refused: it says nothing about one.
        """
        if self.subsidy is None:
            raise Refused(NO_SUBSIDY.fill(edition=self.edition))
        return self.subsidy

    def takeover_rules(self) -> TakeoverRules:
        """Return what the edition says about takeovers.

        Raises:
            Refused: it says nothing about them.
        """
        if self.takeover is None:
            raise Refused(NO_TAKEOVER.fill(edition=self.edition))
        return self.takeover

    def for_inspections(self) -> "Pack":
        """Return the edition itself, to score inspections by it.

        Raises:
            Refused: it has no score sheet.
        """
        if not self.sheet.categories:
            raise Refused(NO_ITEMS.fill(edition=self.edition))
        return self

    def paid_by(self) -> Mapping[str, Column]:
        """Return the columns of the rating that the formula of the subsidy looks at."""
        return looked_at(self.subsidy_rules().steps, self.rating.gives(self.sheet))

    def unused_facts(self) -> tuple[Fact, ...]:
        """Return the facts that somebody would record for nothing: nothing in the edition looks at them."""
        rating = self.rating
        used = {name for step in rating.all_steps for _, name in (*step.needs(), *step.keys())}
        used |= {name for _, one in (*rating.conditions(), *self.sheet.conditions()) for name in one.needs()}
        used |= {*self.sheet.facts} | {name for _, name in rating.stars.needs()}
        used |= {name for stage in rating.stars.stages for name in getattr(stage, "by", ()) or ()}
        used |= set() if self.subsidy is None else {*names_in(self.subsidy.steps)}
        return tuple(fact for fact in rating.facts if fact.name not in used and fact.source != "register")

    def check(self) -> Iterator[Fault]:
        """Yield everything wrong with the edition; a path begins with the name of the file."""
        if self.about.status == "in_force" and self.about.effective_from.isoformat() != self.edition:
            text = Text(
                "施行的版本，生效日期须与文件夹名“{name}”一致；草案（status: draft）可用任意文件夹名",
                "must be the name of the folder, “{name}”, once in force; a draft may lie in a folder of any name",
            )
            yield ("pack", "effective_from"), text.fill(name=self.edition)
        if self.sheet is not NO_SHEET:
            yield from under(("sheet",), self.sheet.check())
        yield from under(("rating",), self.rating.check(self.sheet))
        taken = {code for _, code in self.rating.stars.codes()} | {fact.name for fact in self.rating.facts}
        taken |= {step.name for step in self.rating.all_steps}
        for index, limit in enumerate(self.sheet.vetoes):
            if limit.code in taken:
                text = Text("代码“{c}”重复", "code “{c}” is used twice").fill(c=limit.code)
                yield ("sheet", "vetoes", index, "code"), text
        if self.subsidy is not None:
            if self.subsidy.amount is None and not self.rating.stars.given:
                text = Text(
                    "本版本不评星级，按标准和系数算不出补贴：请用 amount",
                    "the edition gives no stars, so rates and coefficients pay nobody: use an amount",
                )
                yield ("subsidy", "star_coefficients"), text
            vetoes = {limit.code for limit in self.sheet.vetoes} | {veto.code for veto in self.rating.stars.vetoes}
            yield from under(("subsidy",), self.subsidy.check(vetoes=vetoes, stars=self.rating.stars.all))
            yield from under(("subsidy",), step_faults(self.subsidy.steps, self.rating, self.sheet))
        if self.takeover is not None:
            yield from under(("takeover",), self.takeover.check())
        yield from under(("inspections",), self.inspections.check())
        yield from self._reach_faults()
        for path, condition in self.sheet.conditions():
            yield from under(("sheet", *path), condition_faults(condition, self.rating.facts))
            yield from under(("sheet", *path), _bound_faults(condition, self.rating))

    def _reach_faults(self) -> Iterator[Fault]:
        """Yield branches that are never taken and conditions that never hold, in the rating and over the lines."""
        rating, titles = self.rating, self.rating.titles
        within = ranges(rating.facts, rating.all_steps)
        for key, steps in (("steps", rating.steps), ("after", rating.after)):
            for index, step in enumerate(steps):
                yield from under(("rating", key, index), reach_faults(step, within, titles))
        for path, condition in rating.stars.conditions():
            yield from under(("rating", "stars", *path), never(condition, within, titles))
        for path, condition in self.sheet.conditions():
            yield from under(("sheet", *path), never(condition, within, titles))
        money = () if self.subsidy is None else self.subsidy.steps
        within |= ranges((), money)
        for index, step in enumerate(money):
            yield from under(("subsidy", "steps", index), reach_faults(step, within, titles))


def _bound_faults(condition: Condition, rating: Rating) -> Iterator[Fault]:
    facts = [fact.name for fact in rating.facts if fact.column.kind == "figure"]
    for path, name in condition.bounds():
        if name not in facts:
            text = Text("没有“{n}”这个可作界限的事实", "no fact “{n}” can be a bound").fill(n=name)
            yield path, suggest(text, name, facts)


def begun(packs: Iterable[Pack], on: date) -> Pack | None:
    """Return the latest edition in force that has begun by a day, whether or not it can be used."""
    of_old = [pack for pack in packs if pack.about.status == "in_force" and pack.about.effective_from <= on]
    return max(of_old, key=lambda pack: pack.about.effective_from, default=None)


def in_force(packs: Iterable[Pack], on: date) -> Pack | None:
    """Return the edition that holds on a day: the latest in force that has begun by then.

    Raises:
        Refused: the edition that should hold cannot be used; an earlier one never steps in for it.
    """
    pack = begun(packs, on)
    return None if pack is None else pack.usable(on)


def holding(packs: Iterable[Pack], period: Period) -> Pack | None:
    """Return the edition of a period: the one in force on its first day.

    Raises:
        Refused: it cannot be used, or it rates periods of another length.
    """
    pack = in_force(packs, period.begins)
    if pack is not None and pack.about.period != period.kind:
        raise Refused(OTHER_KIND.fill(period=period.title, edition=pack.edition, kind=KINDS[pack.about.period]))
    return pack


def period_of(packs: Iterable[Pack], day: date) -> Period:
    """Return the period in which `day` lies, of the length that the edition in force states; else its quarter."""
    latest = begun(packs, day)
    return Period.of(day, "quarter" if latest is None else latest.about.period)
