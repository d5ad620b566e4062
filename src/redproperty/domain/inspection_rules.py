"""What an edition says about inspections beside their score: how days to cure are counted, and what is odd."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final, Literal

import msgspec

from redproperty.domain.calendar import Unit
from redproperty.domain.faults import Fault, based, under
from redproperty.domain.numbers import figure, plain
from redproperty.domain.texts import Text

EXAMPLE: Final = Text("示例", "Example")
_CUTOFFS = Text("各星级线", "the cut-offs of the stars")
_SAID: Final = {
    "full": (Text("全部满分", "Full marks"), Text("各项都不扣分", "nothing taken off anywhere")),
    "jump": (
        Text("与上一轮相差过大", "A jump"),
        Text("与本小区上一次检查相差超过 {jump} 分", "more than {jump} points from the estate's last inspection"),
    ),
    "minutes": (
        Text("填表过快", "Filled in quickly"),
        Text("从第一次作答到提交不足 {minutes} 分钟", "under {minutes} minutes from the first answer to handing in"),
    ),
    "lines": (
        Text("贴线得分", "Just above a line"),
        Text(
            "得分高出{at}不到 {above} 分的，与低于线 {above} 分以内的相比偏多；偶然出现的可能低于 {unlikely}%",
            "more scores less than {above} above {at} than within {above} below; chance makes it so in under "
            "{unlikely} % of cases",
        ),
    ),
    "running": (
        Text("连续同一检查员", "The same inspector"),
        Text("同一检查员连续 {running} 轮检查同一小区", "{running} rounds running at the same estate"),
    ),
}
_POSITIVE = Text("须大于 0", "must be above 0")


class Oddities(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """From where on an inspection is listed as odd: a reason to look again, never a finding by itself."""

    basis: Text = EXAMPLE
    jump: Decimal = Decimal(15)
    minutes: int = 10
    lines: tuple[Decimal, ...] = ()
    just_above: Decimal = Decimal(1)
    unlikely: Decimal = Decimal(5)
    running: int = 3

    def say(self) -> dict[str, tuple[Text, Text]]:
        """Return what is listed, by key: its title, and from where on it is listed."""
        lines = "、".join(plain(figure(line)) for line in self.lines)
        at = Text(f"{lines} 分线", f"{lines.replace('、', ', ')}") if self.lines else _CUTOFFS
        figures = {
            "jump": plain(figure(self.jump)), "minutes": self.minutes, "running": self.running, "at": at,
            "above": plain(figure(self.just_above)), "unlikely": plain(figure(self.unlikely)),
        }  # fmt: skip
        return {key: (title, sentence.fill(**figures)) for key, (title, sentence) in _SAID.items()}

    def check(self) -> Iterator[Fault]:
        """Yield what is wrong within."""
        yield from based((), self.basis)
        for key in ("jump", "minutes", "just_above"):
            if getattr(self, key) <= 0:
                yield (key,), _POSITIVE
        if not 0 < self.unlikely < 100:  # noqa: PLR2004 - percent
            yield ("unlikely",), Text("须在 0 与 100 之间", "must lie between 0 and 100")
        if self.running < 2:  # noqa: PLR2004 - one round is no run
            yield ("running",), Text("须至少为 2", "must be at least 2")
        for index, (low, high) in enumerate(zip(self.lines, self.lines[1:], strict=False), start=1):
            if high - low < 2 * self.just_above:
                text = Text("各线由低到高，相距不小于 just_above 的两倍", "rising, at least twice just_above apart")
                yield ("lines", index), text


class InspectionRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`inspections.yaml` of an edition; one that does not have it follows the defaults."""

    cure_in: Literal["calendar", "working"] = "calendar"
    missing_photo: Literal["accept", "warn", "refuse"] = "warn"
    signature: Literal["optional", "required"] = "optional"
    show_while_scoring: Literal["star", "score", "nothing"] = "star"
    odd: Oddities = Oddities()

    @property
    def cure_unit(self) -> Unit:
        """Return in what the days to cure of the items are counted."""
        return Unit(self.cure_in)

    def check(self) -> Iterator[Fault]:
        """Yield what is wrong within."""
        yield from under(("odd",), self.odd.check())


USUAL: Final = InspectionRules()
