"""One scored item: its full mark, its basis, when it applies, and what the answers that are no counts mean."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Literal

import msgspec
import polars as pl

from redproperty.domain.asked import Asked
from redproperty.domain.conditions import Condition
from redproperty.domain.faults import Fault, based, under
from redproperty.domain.numbers import figure, plain
from redproperty.domain.shapes import AnyShape
from redproperty.domain.texts import Text

NOT_APPLICABLE = -1
EXEMPT = -2
ZEROED = -3
MENDED = -4

_SPARED = Text("不适用，计满分", "not applicable, full mark")
_LEFT_OUT = Text("不适用，不计入满分", "not applicable, left out of the denominator")

MENDED_TITLE = Text("现场已整改", "mended on the spot")
UNSAID = Text("—", "—")


class Item(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One line of the score sheet.

    `applies` looks at register facts; an estate for which it is certainly false is not asked. `exempt_when` and
    `zero_when` name what the inspector may record in place of an answer; without them that answer is refused. Where
    something can be found, “mended on the spot” may be recorded; it costs `mended_off`, nothing unless it says so.
    """

    code: str
    title: Text
    full: Decimal
    severity: str | None = None
    basis: Text
    how_to_look: Text = UNSAID
    shape: AnyShape
    evidence: Literal["photo", "document", "reading", "none"] = "photo"
    days_to_cure: int = 0
    reasons: tuple[Text, ...] = ()
    applies: Condition | None = None
    not_applicable: Literal["rescale", "full_marks"] = "rescale"
    not_applicable_when: Text | None = None
    exempt_when: Text | None = None
    zero_when: Text | None = None
    mended_off: Decimal = Decimal(0)

    @property
    def finds(self) -> bool:
        """Return whether something is looked for: code 0 says that nothing was found and earns the full mark."""
        return self.asked().kind != "number" and self.shape.best() == 0

    @property
    def points_column(self) -> str:
        """Return the name of the column that holds the item's points."""
        return f"{self.code}.points"

    @property
    def full_points(self) -> int:
        """Return the full mark in millionths."""
        return figure(self.full)

    def applicable(self) -> pl.Expr:
        """Return whether the item counts for the estate: the register does not rule it out and nobody said so."""
        said = pl.col(self.code).ne_missing(NOT_APPLICABLE)
        return said if self.applies is None else said & self.applies.truth().fill_null(value=True)

    def points(self) -> pl.Expr:
        """Return the points; null where not applicable (unless that earns the full mark) or not answered."""
        code, full = pl.col(self.code), pl.lit(self.full_points, pl.Int64)
        spared = full if self.not_applicable == "full_marks" else pl.lit(None, pl.Int64)
        return (
            pl.when(~self.applicable())
            .then(spared)
            .when(code == EXEMPT)
            .then(full)
            .when(code == ZEROED)
            .then(pl.lit(0, pl.Int64))
            .when(code == MENDED)
            .then(pl.lit(self.full_points - figure(self.mended_off), pl.Int64))
            .otherwise(self.shape.points(code, self.full_points))
            .cast(pl.Int64)
            .alias(self.points_column)
        )

    def left_out(self, code: int | None, titles: Mapping[str, Text]) -> Text:
        """Return why the item does not count: what the inspector recorded, or what the register says."""
        spared = _SPARED if self.not_applicable == "full_marks" else _LEFT_OUT
        if code == NOT_APPLICABLE and self.not_applicable_when is not None:
            return Text("{why}，{what}", "{why}: {what}").fill(why=self.not_applicable_when, what=spared)
        if self.applies is not None:
            only = self.applies.say(titles)
            return Text("只适用于“{only}”的小区，{what}", "only where {only}: {what}").fill(only=only, what=spared)
        return spared

    def asked(self) -> Asked:
        """Return how the answer is asked for."""
        return self.shape.asked()

    def refusal(self, code: int) -> Text | None:
        """Return why `code` cannot be saved as the answer, or nothing where it can."""
        allowed = {
            NOT_APPLICABLE: self.applies is not None or self.not_applicable_when is not None,
            EXEMPT: self.exempt_when is not None,
            ZEROED: self.zero_when is not None,
            MENDED: self.finds,
        }
        if code in allowed:
            return None if allowed[code] else Text("本项不能这样作答", "this item has no such answer")
        return self.shape.refusal(code)

    def rule(self) -> Text:
        """Return the item's rule in one sentence."""
        rule = self.shape.rule(self.full_points)
        for when, zh, en in (
            (self.zero_when, "{rule}；{when}的，本项不得分", "{rule}; nothing if {when}"),
            (self.exempt_when, "{rule}；{when}的，不扣分", "{rule}; nothing is taken off if {when}"),
        ):
            if when is not None:
                rule = Text(zh, en).fill(rule=rule, when=when)
        if self.mended_off:
            text = Text("{rule}；现场整改的扣 {off} 分", "{rule}; {off} off if mended on the spot")
            return text.fill(rule=rule, off=plain(figure(self.mended_off)))
        return rule

    def outcome(self, code: int | None, points: int | None) -> Text:
        """Return what an answer came to, with the points it cost: “2 处 × 0.5，扣 1 分”."""
        if code == NOT_APPLICABLE or (points is None and code is not None):
            return _SPARED if self.not_applicable == "full_marks" else _LEFT_OUT
        if code is None:
            return Text("尚未作答", "not answered yet")
        if code == EXEMPT:
            said = Text("{when}，不扣分", "{when}: nothing taken off")
            return said.fill(when=self.exempt_when or Text("免扣", "exempt"))
        if code == ZEROED:
            said = Text("{when}，本项不得分", "{when}: no points")
            return said.fill(when=self.zero_when or Text("计零分", "zeroed"))
        return self._answered(code, points or 0)

    def _answered(self, code: int, points: int) -> Text:
        said = MENDED_TITLE if code == MENDED else self.shape.outcome(code, self.full_points)
        lost = self.full_points - points
        if lost == 0:
            return Text("{said}，不扣分", "{said}: nothing taken off").fill(said=said)
        return Text("{said}，扣 {lost} 分", "{said}: {lost} off").fill(said=said, lost=plain(lost))

    def check(self) -> Iterator[Fault]:
        """Yield what is wrong within the item."""
        if self.full <= 0:
            yield ("full",), Text("满分须大于 0", "the full mark must be above 0")
        else:
            yield from under(("shape",), self.shape.check(self.full_points))
        yield from based((), self.basis)
        if self.mended_off and not self.finds:
            yield ("mended_off",), Text("没有可查出的问题，不能现场整改", "nothing is found here that could be mended")
        if not 0 <= self.mended_off <= self.full:
            yield ("mended_off",), Text("须在 0 到满分之间", "must lie between 0 and the full mark")
        if self.days_to_cure < 0:
            yield ("days_to_cure",), Text("整改天数不能为负", "days to cure cannot be negative")
