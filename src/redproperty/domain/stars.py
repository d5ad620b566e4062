"""From a figure to the stars: who is not rated, cut-offs, then ordered stages that hold in the edition's order."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final

import msgspec
import polars as pl

from redproperty.domain.bands import Band, band_faults
from redproperty.domain.branches import Branch
from redproperty.domain.conditions import Condition
from redproperty.domain.faults import Fault, Path, based, under
from redproperty.domain.moves import Caps, Demotions, Floors, Lifts
from redproperty.domain.operands import Column, first_of
from redproperty.domain.sheets import Sheet, listed
from redproperty.domain.stages import HALF, HALVES, Gates, Quota, Rule, Streak, Veto, Vetoes, lit
from redproperty.domain.texts import Text

NOT_RATED = "not_rated"
STARS = "stars"
CUT_OFF = "stars.cutoff"


def star_words(count: int | Decimal) -> Text:
    """Return a number of stars in words: 3 星, 3 星半."""
    whole, half = int(count), count != int(count)
    if half:
        return Text(f"{whole} 星半" if whole else "半星", f"{whole or ''}½ star{'s' if whole else ''}")
    return Text(f"{whole} 星", "1 star" if count == 1 else f"{whole} stars")


def plainly(stars: int | Decimal) -> int | Decimal:
    """Return a number of stars as a whole number where it is one, as pages and files say it."""
    return int(stars) if stars == int(stars) else stars


class CutOff(Band, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A half-open stretch of the composite and its star."""

    star: Decimal


class Reason(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Why an estate is not rated; the first that fires is the reason, all that fire are kept."""

    code: str
    title: Text
    basis: Text
    when: Condition


AnyStage = Gates | Vetoes | Lifts | Demotions | Caps | Floors | Quota | Streak


class Stars(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The star section of `rating.yaml`: who is not rated, the cut-offs of one figure, the stages in their order.

    `figure` is the composite: quotas rank by it, streaks and later periods look at it, pages show it. The cut-offs
    compare it too, unless `of` names another figure for them: a percentile, or stars that steps have made already.
    """

    figure: str
    of: str | None = None
    not_rated: tuple[Reason, ...]
    cutoffs: tuple[CutOff, ...]
    stages: tuple[AnyStage, ...] = ()
    valid_months: int

    @property
    def given(self) -> bool:
        """Return whether the edition gives stars at all."""
        return bool(self.cutoffs)

    @property
    def cut(self) -> str:
        """Return the figure that the cut-offs compare."""
        return self.of or self.figure

    @property
    def halves(self) -> bool:
        """Return whether the edition gives half stars; then its columns of stars are decimals."""
        return any(cutoff.star % 1 for cutoff in self.cutoffs)

    @property
    def all(self) -> tuple[Decimal, ...]:
        """Return the stars that can be given, the highest first."""
        return tuple(sorted((cutoff.star for cutoff in self.cutoffs), reverse=True))

    @property
    def vetoes(self) -> tuple[Veto, ...]:
        """Return all vetoes of all stages."""
        return tuple(veto for stage in self.stages if isinstance(stage, Vetoes) for veto in stage.vetoes)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Return the rules of all stages in the order in which they apply."""
        return tuple(rule for stage in self.stages for _, rule in stage.rules())

    def passes(self, sheet: Sheet) -> Iterator[list[pl.Expr]]:
        """Yield the columns from the composite to `stars`, pass by pass."""
        if not self.given:
            none = pl.lit(None, pl.Int64)
            yield [
                none.alias(STARS),
                none.cast(pl.String).alias(NOT_RATED),
                listed({veto.code: pl.col(veto.code) for veto in sheet.vetoes}).alias("fired"),
            ]
            return
        kind = HALVES if self.halves else pl.Int64()
        yield [reason.when.fires().alias(reason.code) for reason in self.not_rated]
        named = [(pl.col(reason.code), pl.lit(reason.code)) for reason in self.not_rated]
        yield [first_of(named).cast(pl.String).alias(NOT_RATED)]
        starred = first_of((cutoff.holds(pl.col(self.cut)), lit(cutoff.star)) for cutoff in self.cutoffs)
        yield [pl.when(pl.col(NOT_RATED).is_null()).then(starred.cast(kind)).alias(CUT_OFF)]
        before = CUT_OFF
        for stage in self.stages:
            yield from stage.passes(before, self.figure, sheet)
            before = stage.column
        codes = (*(veto.code for veto in sheet.vetoes), *(code for stage in self.stages for code in stage.fired()))
        yield [pl.col(before).cast(kind).alias(STARS), listed({code: pl.col(code) for code in codes}).alias("fired")]

    def tabled(self) -> Iterator[Branch]:
        """Yield the cut-offs, the highest first."""
        for cutoff in sorted(self.cutoffs, key=lambda one: -one.star):
            yield Branch(cutoff.words(), star_words(cutoff.star), cutoff.holds(pl.col(self.cut)))

    def compares(self) -> tuple[str, ...]:
        """Return the columns of the stages that depend on other estates."""
        return tuple(name for stage in self.stages for name in stage.compares())

    def gives(self) -> Mapping[str, Column]:
        """Return the columns that steps after the stars may name: stars, reasons and rules."""
        if not self.given:
            return {}
        codes = [code for _, code in self.codes()]
        reasons = Column("name", tuple(reason.code for reason in self.not_rated))
        return {STARS: Column(), NOT_RATED: reasons, **dict.fromkeys(codes, Column("flag"))}

    def words(self) -> Mapping[str, Text]:
        """Return the words for the columns that the section gives."""
        rules = {rule.code: rule.title for rule in self.rules}
        rules |= {reason.code: reason.title for reason in self.not_rated}
        reasons = {f"{NOT_RATED}.{reason.code}": reason.title for reason in self.not_rated}
        return {STARS: Text("星级", "stars"), NOT_RATED: Text("不评的理由", "reason for no rating")} | rules | reasons

    def needs(self) -> Iterator[tuple[Path, str]]:
        """Yield the figures that the section names outside its conditions, with their paths."""
        if not self.given:
            return
        yield ("figure",), self.figure
        if self.of is not None:
            yield ("of",), self.of
        for index, stage in enumerate(self.stages):
            for path, name in stage.needs():
                yield ("stages", index, *path), name

    def conditions(self) -> Iterator[tuple[Path, Condition]]:
        """Yield the conditions of the section with their paths."""
        for index, reason in enumerate(self.not_rated):
            yield ("not_rated", index, "when"), reason.when
        for index, stage in enumerate(self.stages):
            for path, condition in stage.conditions():
                yield ("stages", index, *path), condition

    def codes(self) -> Iterator[tuple[Path, str]]:
        """Yield the codes of reasons and rules with their paths."""
        for index, reason in enumerate(self.not_rated):
            yield ("not_rated", index, "code"), reason.code
        for index, stage in enumerate(self.stages):
            for path, rule in stage.rules():
                yield ("stages", index, *path, "code"), rule.code

    def check(self, sheet: Sheet) -> Iterator[Fault]:
        """Yield what is wrong with the section: gaps and overlaps, stars, rules."""
        yield from under(("cutoffs",), band_faults(self.cutoffs))
        stars = frozenset(cutoff.star for cutoff in self.cutoffs)
        for index, cutoff in enumerate(self.cutoffs):
            if cutoff.star % HALF:
                yield ("cutoffs", index, "star"), Text("须是整星或半星", "whole or half stars")
            if cutoff.star < 0 or [c.star for c in self.cutoffs].index(cutoff.star) != index:
                yield ("cutoffs", index, "star"), Text("星级重复或为负", "this star is given twice or is negative")
        ranked = sorted(self.cutoffs, key=lambda c: c.low() or (Decimal("-Infinity"), 0))
        if [c.star for c in ranked] != sorted(c.star for c in ranked):
            yield ("cutoffs",), Text("分数更高的段星级须更高", "a higher band must give a higher star")
        for index, stage in enumerate(self.stages):
            yield from under(("stages", index), stage.check(sheet, stars))
        yield from self._basis_faults()
        for name in dict.fromkeys((self.figure, self.cut)):
            if not any(r.when.figure == name and r.when.missing for r in self.not_rated):
                text = Text("须有一条“{f}缺失”时不予评定的理由", "one reason must be that “{f}” is missing")
                yield ("not_rated",), text.fill(f=name)
        if self.valid_months < 1:
            yield ("valid_months",), Text("至少一个月", "at least one month")

    def _basis_faults(self) -> Iterator[Fault]:
        for index, reason in enumerate(self.not_rated):
            yield from based(("not_rated", index), reason.basis)
        for index, stage in enumerate(self.stages):
            for path, rule in stage.rules():
                yield from based(("stages", index, *path), rule.basis)


NONE_GIVEN: Final = Stars(figure="", not_rated=(), cutoffs=(), stages=(), valid_months=1)
