"""What an edition says about the subsidy: rates, star coefficients, months, cap, top-up, budget, payers, rounding.

Rates are read in their order, the first that fits holds, so a new ground for a rate is a new shape in the list.
"""

from collections.abc import Collection, Iterator
from decimal import Decimal
from typing import Final

import msgspec
import polars as pl

from redproperty.domain.branches import Branch
from redproperty.domain.estates import EstateType
from redproperty.domain.faults import Fault, repeated, suggest, under
from redproperty.domain.formulas import figure_faults, names_in, words
from redproperty.domain.numbers import Mode, figure, plain
from redproperty.domain.steps.base import ROUNDED
from redproperty.domain.steps.vocabulary import MoneyStep
from redproperty.domain.subsidy_entries import (
    STARS,
    Budget,
    EstateTypeRate,
    ManagedDays,
    ManagementRate,
    Payer,
    StarCoefficient,
    StartUp,
    Stop,
    TopUp,
    YearCap,
    rate_words,
)
from redproperty.domain.texts import Text

REASONS: Final[dict[str, Text]] = {
    "unmanaged": Text("无物业管理", "nobody manages it"),
    "no_area": Text("没有建筑面积", "no floor area"),
    "not_rated": Text("未评级", "not rated"),
    "no_amount": Text("按公式没有金额", "the formula gives no amount"),
    "no_rate": Text("该类小区不设补贴标准", "no rate for this kind of estate"),
    "zero_star": Text("星级系数为零", "the stars earn nothing"),
    "too_small": Text("应补金额不足一分", "less than one fen"),
    "deducted": Text("扣减后无余额", "the deduction takes all of it"),
    "cap_used": Text("年度封顶额已用完", "the cap of the year is used up"),
    "budget": Text("预算缩放后不足一分", "the budget leaves less than one fen"),
}


_UNWRITTEN: Final = Text("本版本未写，按通例", "not written in the edition; the usual holds")
PRO_RATA: Final = Budget(title=Text("预算", "Budget"), basis=_UNWRITTEN, status="example", ties="estate_code")
ALL_OF_IT: Final = Payer(
    title=Text("区级", "District"), basis=_UNWRITTEN, status="example", payer="district", percent=Decimal(100)
)


class SubsidyRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, dict=True):
    """The whole of `subsidy.yaml`; what it means is in `redproperty.domain.subsidies`.

    What a line earns is area × rate × star coefficient × months, or `amount`, a figure in yuan that `steps` give. The
    steps look at the columns of the line and at every figure of the rating; deduction, cap, top-up, stops, budget and
    payers follow either way. A formula may leave out what it does not need: `months`, and `budget`, `payers` and
    `rounding`, for which the usual holds, and is said.
    """

    title: Text
    rates: tuple[ManagementRate | EstateTypeRate, ...] = ()
    star_coefficients: tuple[StarCoefficient, ...] = ()
    steps: tuple[MoneyStep, ...] = ()
    amount: str | None = None
    months: ManagedDays | None = None
    year_cap: YearCap | None = None
    top_up: TopUp | None = None
    start_up: StartUp | None = None
    stops: tuple[Stop, ...] = ()
    budget: Budget = PRO_RATA
    payers: tuple[Payer, ...] = (ALL_OF_IT,)
    rounding: Mode = "half_up"

    @property
    def months_of_period(self) -> int:
        """The months of a whole period in millionths; 0 where the edition counts none."""
        return 0 if self.months is None else self.months.figure

    def base_rate(self) -> pl.Expr:
        """Return the rate that holds for a line, in millionths of a yuan; null where none fits."""
        chosen: pl.Expr = pl.lit(None, pl.Int64)
        for rate in reversed(self.rates):
            chosen = pl.when(rate.applies()).then(pl.lit(figure(rate.rate), pl.Int64)).otherwise(chosen)
        return chosen

    def star_coefficient(self) -> pl.Expr:
        """Return the coefficient of a line's stars in millionths; null where it is not rated."""
        if not self.star_coefficients:
            return pl.lit(None, pl.Int64)
        if any(entry.stars % 1 for entry in self.star_coefficients):
            given = [(pl.col("stars") == pl.lit(entry.stars), entry.coefficient) for entry in self.star_coefficients]
            return pl.coalesce(pl.when(stars).then(pl.lit(figure(worth), pl.Int64)) for stars, worth in given)
        table = {int(entry.stars): figure(entry.coefficient) for entry in self.star_coefficients}
        return pl.col("stars").replace_strict(table, return_dtype=pl.Int64)

    def rate_branches(self) -> Iterator[Branch]:
        """Yield the rates in their order; the first that fits a line holds."""
        before = pl.lit(value=False)
        for rate in self.rates:
            fits = rate.applies().fill_null(value=False)
            words = rate_words(figure(rate.rate))
            yield Branch(rate.title, Text(words, words), fits & ~before)
            before = before | fits

    def coefficient_branches(self) -> Iterator[Branch]:
        """Yield the coefficients of the stars."""
        for entry in self.star_coefficients:
            words = rate_words(figure(entry.coefficient))
            yield Branch(entry.title, Text(words, words), pl.col("stars") == entry.stars)

    def stopped_by(self) -> pl.Expr:
        """Return the first veto of the edition's list that stops a line; null where none does."""
        fired = (pl.when(pl.col("vetoes").list.contains(stop.veto)).then(pl.lit(stop.veto)) for stop in self.stops)
        return pl.coalesce(*fired, pl.lit(None, pl.String))

    def reasons(self) -> dict[str, Text]:
        """Return every zero_reason with its wording, the edition's payment vetoes among them."""
        return REASONS | {f"veto_{stop.veto}": stop.say() for stop in self.stops}

    def reason(self, code: str) -> Text:
        """Return a line's zero_reason in words."""
        return self.reasons()[code]

    def sentences(self) -> Iterator[Text]:
        """Yield every provision as one sentence, in the order of the calculation."""
        optional = (step for step in (self.year_cap, self.top_up, self.start_up) if step is not None)
        yield from (entry.say() for entry in (*self.rates, *self.star_coefficients))
        yield from () if self.months is None else (self.months.say(),)
        titles = words(self.steps)
        for step in self.steps:
            yield Text("{t}：{s}", "{t}: {s}").fill(t=step.title, s=step.say(titles))
        yield from (entry.say() for entry in self.stops)
        yield from (step.say() for step in optional)
        yield self.rounded()
        yield self.budget.say()
        yield from (payer.say(words(self.steps)) for payer in self.payers)

    def rounded(self) -> Text:
        """Say how amounts are rounded."""
        text = Text("金额到分，{mode}，只舍入一次", "to the fen, rounded {mode}, once")
        return text.fill(mode=ROUNDED[self.rounding])

    def check(self, *, vetoes: Collection[str] | None = None, stars: Collection[Decimal] = ()) -> Iterator[Fault]:
        """Yield everything that is wrong; `vetoes` are the codes of the rating's vetoes, `stars` what it gives."""
        for name in ("rates", "star_coefficients", "stops", "payers"):
            for index, entry in enumerate(getattr(self, name)):
                yield from under((name, index), entry.faults())
        for name in ("months", "year_cap", "top_up", "start_up", "budget"):
            entry = getattr(self, name)
            if entry is not None:
                yield from under((name,), entry.faults())
        if self.amount is None:
            yield from self._rate_faults()
            yield from self._star_faults(stars or [Decimal(star) for star in STARS])
            yield from self._unsaid()
        else:
            yield from self._formula_faults(self.amount)
        yield from self._stop_faults(vetoes)
        yield from self._payer_faults()

    def _unsaid(self) -> Iterator[Fault]:
        """Refuse what rates cannot do without and only a formula leaves out."""
        unsaid = {
            "months": self.months is None,
            "budget": self.budget is PRO_RATA,
            "payers": self.payers == (ALL_OF_IT,),
        }
        for name in (name for name, missing in unsaid.items() if missing):
            yield (name,), Text("缺少“{key}”", "“{key}” is missing").fill(key=name)

    def _formula_faults(self, amount: str) -> Iterator[Fault]:
        yield from figure_faults(("amount",), amount, self.steps)
        if self.months is None and (self.top_up is not None or "months" in names_in(self.steps)):
            yield ("months",), Text("缺少“{key}”", "“{key}” is missing").fill(key="months")
        for name in ("rates", "star_coefficients"):
            if getattr(self, name):
                text = Text("写了 amount 就不再写 {n}", "with an amount there are no {n}").fill(n=name)
                yield (name,), text

    def _rate_faults(self) -> Iterator[Fault]:
        yield from repeated((("rates", index), rate.ground()) for index, rate in enumerate(self.rates))
        rated = {rate.ground() for rate in self.rates}
        for kind in EstateType:
            if kind.value not in rated:
                text = Text("缺少“{kind}”（{code}）的标准", "no rate for {kind} ({code})")
                yield ("rates",), text.fill(kind=kind.label, code=kind.value)

    def _star_faults(self, wanted: Collection[Decimal]) -> Iterator[Fault]:
        given = {entry.stars: entry.coefficient for entry in self.star_coefficients}
        entries = enumerate(self.star_coefficients)
        yield from repeated((("star_coefficients", index, "stars"), str(entry.stars)) for index, entry in entries)
        for index, entry in enumerate(self.star_coefficients):
            if entry.stars not in STARS and entry.stars not in wanted:
                yield ("star_coefficients", index, "stars"), Text("星级只有 0 到 5", "stars run from 0 to 5")
        for stars in sorted(wanted):
            if stars not in given:
                text = Text("缺少 {n} 星的系数", "no coefficient for {n} stars")
                yield ("star_coefficients",), text.fill(n=plain(figure(stars)))
        for index, entry in enumerate(self.star_coefficients):
            fewer = [given[stars] for stars in given if stars < entry.stars and given[stars].is_finite()]
            if entry.coefficient.is_finite() and any(entry.coefficient < other for other in fewer):
                text = Text("{n} 星的系数低于更低的星级", "{n} stars earn less than fewer stars")
                yield ("star_coefficients", index, "coefficient"), text.fill(n=plain(figure(entry.stars)))

    def _stop_faults(self, vetoes: Collection[str] | None) -> Iterator[Fault]:
        yield from repeated((("stops", index, "veto"), stop.veto) for index, stop in enumerate(self.stops))
        for index, stop in enumerate(self.stops):
            if vetoes is not None and stop.veto not in vetoes:
                text = Text("评定规则里没有否决项“{code}”", "the rating knows no veto {code}")
                yield ("stops", index, "veto"), suggest(text.fill(code=stop.veto), stop.veto, sorted(vetoes))

    def _payer_faults(self) -> Iterator[Fault]:
        yield from repeated((("payers", index, "payer"), entry.payer) for index, entry in enumerate(self.payers))
        total = Decimal(0)
        for index, entry in enumerate(self.payers):
            if isinstance(entry.share, str):
                yield from figure_faults(("payers", index, "percent_by"), entry.share, self.steps)
            elif entry.share.is_finite():
                total += entry.share
        fixed = all(isinstance(entry.share, Decimal) for entry in self.payers)
        if total > 100 or (fixed and total != 100):  # noqa: PLR2004 - per cent
            yield ("payers",), Text("承担比例合计 {p}%，应为 100%", "the shares add up to {p} %, not 100").fill(p=total)
