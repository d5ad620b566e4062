"""The provisions of a subsidy one by one: rates, coefficients, months, cap, top-up, start-up, stops, budget, payers.

Each is a frozen struct that gives its Polars expression and says itself in one sentence.
"""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final, Literal

import msgspec
import polars as pl

from redproperty.domain.estates import EstateType, Management
from redproperty.domain.faults import Fault, Path, based
from redproperty.domain.money import FEN, yuan
from redproperty.domain.numbers import figure, plain
from redproperty.domain.operands import Operand, worded
from redproperty.domain.stages import HALF
from redproperty.domain.texts import Text

STARS: Final = range(6)
_TWO_PLACES: Final = Decimal("0.01")
_PAYER = re.compile(r"[a-z][a-z_]*")


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
