"""What an edition says about the subsidy: rates, star coefficients, months, cap, top-up, budget, payers, rounding.

Each entry is a frozen struct that gives its Polars expression and says itself in one sentence. Rates are read in their
order, the first that fits holds, so a new ground for a rate is a new shape in the list.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final, Literal

import msgspec
import polars as pl

from redproperty.domain.branches import Branch
from redproperty.domain.estates import EstateType, Management
from redproperty.domain.faults import Fault, Path, based, repeated, suggest, under
from redproperty.domain.formulas import figure_faults, names_in, words
from redproperty.domain.money import FEN, yuan
from redproperty.domain.numbers import Mode, figure, plain
from redproperty.domain.operands import Operand, worded
from redproperty.domain.stages import HALF
from redproperty.domain.steps.base import ROUNDED
from redproperty.domain.steps.vocabulary import MoneyStep
from redproperty.domain.texts import Text

STARS: Final = range(6)
_TWO_PLACES: Final = Decimal("0.01")
_PAYER = re.compile(r"[a-z][a-z_]*")
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


def rate_words(value: int) -> str:
    """Return a rate or coefficient, given as a figure, with at least two decimals: `0.30`, `0.125`."""
    whole, _, rest = plain(value).partition(".")
    return f"{whole}.{rest:0<2}"


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One provision: its title, where it comes from, and whether its figures are invented, borrowed or decided."""

    title: Text
    basis: Text
    status: Literal["example", "borrowed", "decided"]

    def say(self) -> Text:
        """Say the provision in one sentence."""
        raise NotImplementedError

    def faults(self) -> Iterator[Fault]:
        """Yield what is wrong with the provision itself."""
        if not self.title.zh.strip() or not self.title.en.strip():
            yield ("title",), Text("缺少中文或英文名称", "the title is missing in Chinese or English")
        yield from based((), self.basis)


class Rate(Entry, frozen=True, tag_field="by"):
    """A base rate in yuan per square metre and month, for the lines to which its ground applies."""

    rate: Decimal

    def applies(self) -> pl.Expr:
        """Return whether a line falls under the rate."""
        raise NotImplementedError

    def ground(self) -> str:
        """Return the kind of estate or management that the rate is for."""
        raise NotImplementedError

    def say(self) -> Text:
        """Say the rate and for whom it is."""
        text = Text("{title}：每月每平方米 {rate} 元", "{title}: ¥{rate} per square metre and month")
        return text.fill(title=self.title, rate=rate_words(figure(self.rate)))

    def faults(self) -> Iterator[Fault]:
        """Refuse a rate below zero or beyond 1,000 yuan."""
        yield from super().faults()
        yield from _number(("rate",), self.rate, 1000)


class ManagementRate(Rate, frozen=True, tag="management"):
    """A rate for one kind of management, whatever the estate."""

    management: Management

    def applies(self) -> pl.Expr:
        """Compare the management of the stint."""
        return pl.col("management") == self.management.value

    def ground(self) -> str:
        """Return the kind of management."""
        return self.management.value


class EstateTypeRate(Rate, frozen=True, tag="estate_type"):
    """A rate for one type of estate."""

    estate_type: EstateType

    def applies(self) -> pl.Expr:
        """Compare the type of the estate."""
        return pl.col("estate_type") == self.estate_type.value

    def ground(self) -> str:
        """Return the type of estate."""
        return self.estate_type.value


class StarCoefficient(Entry, frozen=True):
    """By how much the stars of an estate multiply its rate."""

    stars: Decimal
    coefficient: Decimal

    def say(self) -> Text:
        """Say stars and coefficient."""
        text = Text("{n} 星系数 {c}", "{n} stars: × {c}")
        return text.fill(n=plain(figure(self.stars)), c=rate_words(figure(self.coefficient)))

    def faults(self) -> Iterator[Fault]:
        """Refuse stars that are no whole or half ones and coefficients outside 0 to 100."""
        yield from super().faults()
        if self.stars < 0 or self.stars % HALF:
            yield ("stars",), Text("须是整星或半星", "whole or half stars")
        yield from _number(("coefficient",), self.coefficient, 100)


class ManagedDays(Entry, frozen=True, tag_field="by", tag="managed_days"):
    """Months of a period; part of it is paid by managed days ÷ calendar days of the period."""

    months: Decimal

    @property
    def figure(self) -> int:
        """The months of a whole period in millionths."""
        return figure(self.months)

    def say(self) -> Text:
        """Say months and proration."""
        text = Text(
            "每期按 {n} 个月计，不足一期的按管理天数÷本期日历天数折算",
            "a period counts {n} months; part of it by managed days ÷ calendar days of the period",
        )
        return text.fill(n=plain(self.figure))

    def faults(self) -> Iterator[Fault]:
        """Refuse a period without months or of more than ten years."""
        yield from super().faults()
        yield from _number(("months",), self.months, 120)
        if self.months == 0:
            yield ("months",), Text("月数须大于 0", "there must be months")


class YearCap(Entry, frozen=True, tag_field="per", tag="estate_year"):
    """The most that one estate gets in a calendar year before top-up; each period draws on what is left."""

    yuan: Decimal

    @property
    def fen(self) -> int:
        """The cap in fen."""
        return int(self.yuan * FEN)

    def say(self) -> Text:
        """Say the cap and how quarters share it."""
        text = Text(
            "每小区每年封顶 {yuan} 元，各期依次使用当年余额，兜底补差不计入",
            "at most ¥{yuan} per estate and year; each period draws on what is left; the top-up stands outside",
        )
        return text.fill(yuan=yuan(self.fen))

    def faults(self) -> Iterator[Fault]:
        """Refuse a cap that is no amount of money."""
        yield from super().faults()
        yield from _amount(self.yuan)


class TopUp(Entry, frozen=True, tag_field="of", tag="shortfall"):
    """What custody may get besides: min(limit, max(0, approved cost − receivable fees × assumed collection)).

    `rate` limits it in yuan per square metre and month, prorated like the subsidy; lines below `least_stars`, not
    rated or stopped get none.
    """

    management: tuple[Management, ...]
    rate: Decimal
    collected_percent: Decimal
    least_stars: int

    def applies(self) -> pl.Expr:
        """Return whether a line is of the right management and stars."""
        managed = pl.col("management").is_in([kind.value for kind in self.management])
        return managed & (pl.col("stars") >= self.least_stars)

    def say(self) -> Text:
        """Say the formula with its figures."""
        text = Text(
            "{title}：核定成本 − 应收物业费 × {p}%，每月每平方米不超过 {rate} 元，{n} 星及以上",
            "{title}: approved cost − receivable fees × {p} %, at most ¥{rate} a ㎡ and month, from {n} stars",
        )
        return text.fill(
            title=self.title,
            p=plain(figure(self.collected_percent)),
            rate=rate_words(figure(self.rate)),
            n=self.least_stars,
        )

    def faults(self) -> Iterator[Fault]:
        """Refuse figures outside their range and a top-up for nobody."""
        yield from super().faults()
        yield from _number(("rate",), self.rate, 1000)
        yield from _number(("collected_percent",), self.collected_percent, 100)
        if self.least_stars not in STARS:
            yield ("least_stars",), Text("星级只有 0 到 5", "stars run from 0 to 5")
        if not self.management:
            yield ("management",), Text("至少写一种管理方式", "at least one kind of management is needed")


class StartUp(Entry, frozen=True, tag_field="per", tag="new_estate"):
    """A fixed sum, once, for an estate that comes under one of these kinds of management for the first time.

    It is due in the period in which that stint begins, whatever the stars, and stands outside cap and top-up.
    """

    management: tuple[Management, ...]
    yuan: Decimal

    @property
    def fen(self) -> int:
        """The sum in fen."""
        return int(self.yuan * FEN)

    def applies(self) -> pl.Expr:
        """Return whether a line is the first of its kind."""
        return pl.col("management").is_in([kind.value for kind in self.management]) & pl.col("is_first")

    def say(self) -> Text:
        """Say the sum and when it is due."""
        text = Text(
            "{title}：首次转入的当期一次性 {yuan} 元，不论星级，不占年度封顶",
            "{title}: ¥{yuan} once, in the period in which it begins, whatever the stars, outside the cap",
        )
        return text.fill(title=self.title, yuan=yuan(self.fen))

    def faults(self) -> Iterator[Fault]:
        """Refuse a sum that is no amount of money and a grant for nobody."""
        yield from super().faults()
        yield from _amount(self.yuan)
        if not self.management:
            yield ("management",), Text("至少写一种管理方式", "at least one kind of management is needed")


class Stop(Entry, frozen=True):
    """A veto of the rating that stops payment of a line altogether, top-up included."""

    veto: str

    def say(self) -> Text:
        """Say which veto stops payment."""
        return Text("{title}（{code}）停发", "{title} ({code}) stops payment").fill(title=self.title, code=self.veto)


class Budget(Entry, frozen=True, tag_field="by", tag="pro_rata"):
    """Above the budget every line is scaled by budget ÷ due; the fen left over go to the largest remainders."""

    ties: Literal["estate_code"]

    def say(self) -> Text:
        """Say how lines are scaled."""
        return Text(
            "超出预算时按“预算÷应发合计”同比缩放，尾差按最大余数法，余数相同按小区编码",
            "above the budget every line is scaled by budget ÷ total due; residues by largest remainder, ties by code",
        )


class Payer(Entry, frozen=True):
    """Who bears how much, a number or a figure of the steps (missing: nothing); the last one takes the rest."""

    payer: str
    percent: Decimal | None = None
    percent_by: str | None = None

    @property
    def share(self) -> Operand:
        """Return the percentage, or the name of the figure that it is."""
        return self.percent_by or self.percent or Decimal(0)

    def say(self, titles: Mapping[str, Text] = MappingProxyType({})) -> Text:
        """Say the share; `titles` names the figures of the steps."""
        text = Text("{title}承担 {p}%", "{title} bears {p} %")
        if isinstance(self.share, str):
            text = Text("{title}承担“{p}”（%）", "{title} bears “{p}” (in %)")
        return text.fill(title=self.title, p=worded(self.share, titles))

    def faults(self) -> Iterator[Fault]:
        """Refuse a share outside 0 to 100 % and a name that makes no column."""
        yield from super().faults()
        if self.percent is not None:
            yield from _number(("percent",), self.percent, 100)
        if (self.percent is None) == (self.percent_by is None):
            yield (), Text("percent 与 percent_by 须且只能写一个", "state either percent or percent_by")
        if not _PAYER.fullmatch(self.payer):
            yield ("payer",), Text("只用小写字母和下划线", "only small letters and underscores")


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


def _number(path: Path, value: Decimal, most: int) -> Iterator[Fault]:
    """Refuse what is no number from 0 to `most` with at most six decimals."""
    try:
        low, high = figure(value) < 0, value > most
    except ValueError:
        yield path, Text("不是数，或超过六位小数", "no number, or more than six decimals")
        return
    if low or high:
        yield path, Text("须在 0 到 {most} 之间", "must lie between 0 and {most}").fill(most=most)


def _amount(value: Decimal) -> Iterator[Fault]:
    found = list(_number(("yuan",), value, 10**12))
    yield from found
    if not found and value % _TWO_PLACES:
        yield ("yuan",), Text("金额最小到分", "the fen is the smallest amount")
