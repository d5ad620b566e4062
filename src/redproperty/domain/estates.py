"""Estates (小区) and who manages them: kinds, tenures, unmanaged days, coverage by street.

Days of a tenure begin inclusive and end exclusive; a tenure without end still runs. A day without tenure is
unmanaged. An estate is known from the day it was registered or its first tenure began, whichever is earlier (always,
where neither is stated); every day since then is under exactly one kind of management or none.

Frames as the store reads them; columns beyond these are let through or left out:

- estates: estate_id, estate_code, street, registered_on, estate_type, stratum, gated, lifts, secondary_water,
  parking_managed, households, owners_body
- tenures: tenure_id, estate_id, management, company_id, begins, ends (null: still)
- parties: estate_id, form, status, approved_on, ended_on
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from redproperty.domain.choices import Choice
from redproperty.domain.numbers import UNIT
from redproperty.domain.periods import Period
from redproperty.domain.texts import Problem, Text

_MONTHS = 12
_DAYS = 2**24  # more than any date is from 1970


class EstateType(Choice):
    """What was built; it sets the base rate of the subsidy."""

    OLD = "old", "老旧小区", "old estate"
    RESETTLEMENT_LOW = "resettlement_low", "安置房（多层）", "resettlement, multi-storey"
    RESETTLEMENT_HIGH = "resettlement_high", "安置房（高层）", "resettlement, high-rise"
    AFFORDABLE = "affordable", "保障房", "affordable housing"
    COMMODITY = "commodity", "商品房", "commodity housing"


class Stratum(Choice):
    """The group in which an estate is ranked and quotas are counted."""

    DEVELOPER = "developer", "前期物业", "developer's contract"
    CHOSEN_NEW = "chosen_new", "业主选聘（新建）", "chosen by owners, newer"
    CHOSEN_OLD = "chosen_old", "业主选聘（老旧）", "chosen by owners, older"
    CUSTODY = "custody", "兜底托管", "fallback custody"


class Management(Choice):
    """Who manages an estate on a day; `NONE` means no tenure and never stands in one."""

    MARKET = "market", "物业企业", "property company"
    SELF = "self", "业主自管", "owners themselves"
    EMERGENCY = "emergency", "应急服务", "emergency service"
    CUSTODY = "custody", "兜底托管", "fallback custody"
    NONE = "none", "失管", "unmanaged"


class PartyForm(Choice):
    """How a Party organisation covers the estate's property."""

    OWN = "own", "单独组建", "own organisation"
    JOINT = "joint", "联合组建", "joint organisation"
    INSTRUCTOR = "instructor", "选派指导员", "instructor sent"
    NONE = "none", "未覆盖", "none"


class PartyStatus(Choice):
    """How far the Party organisation has come."""

    APPROVED = "approved", "已批准", "approved"
    APPLIED = "applied", "已申请", "applied for"
    NONE = "none", "未申请", "none"


class OwnersBody(Choice):
    """Who speaks for the owners."""

    COMMITTEE = "committee", "业委会", "owners' committee"
    INTERIM = "interim", "物管会", "interim committee"
    NONE = "none", "未成立", "none"


class AreaSource(Choice):
    """Where the gross floor area comes from."""

    SURVEY = "survey", "测绘", "survey"
    CONTRACT = "contract", "合同", "contract"
    ESTIMATE = "estimate", "估算", "estimate"


@dataclass(frozen=True)
class Tenure:
    """One stretch of management: from `begins` (inclusive) to `ends` (exclusive; none: still)."""

    management: Management
    begins: date
    ends: date | None = None
    company_id: int | None = None

    def covers(self, day: date) -> bool:
        """Whether it holds on `day`."""
        return self.begins <= day < (self.ends or date.max)

    def overlaps(self, other: "Tenure") -> bool:
        """Whether some day lies in both."""
        return self.begins < (other.ends or date.max) and other.begins < (self.ends or date.max)


_NO_DAY = Text("结束日期（不含当日）必须晚于开始日期", "The end (exclusive) must lie after the beginning")
_NO_KIND = Text("管理方式不能是“失管”", "“Unmanaged” is no kind of management")
_OVERLAP = Text(
    "与已有管理记录重叠：{kind}，{begins} 至 {ends}；同一天只能有一种管理方式",
    "Overlaps another tenure: {kind}, {begins} to {ends}; one day has one kind of management",
)
_NEEDS_COMPANY = Text("“{kind}”要写明企业", "“{kind}” needs its company")
_HAS_NO_COMPANY = Text("业主自管没有企业", "Owners who manage themselves have no company")
_STILL = Text("今", "now")


def tenure_problems(new: Tenure, others: Iterable[Tenure]) -> list[Problem]:
    """Return why `new` cannot stand beside the other tenures of its estate; empty when it can."""
    problems = []
    if new.management is Management.NONE:
        problems.append(Problem("management", _NO_KIND))
    elif new.management is Management.SELF:
        if new.company_id is not None:
            problems.append(Problem("company", _HAS_NO_COMPANY))
    elif new.company_id is None:
        problems.append(Problem("company", _NEEDS_COMPANY.fill(kind=new.management.label)))
    if new.ends is not None and new.ends <= new.begins:
        problems.append(Problem("ends", _NO_DAY))
    problems += [
        Problem("begins", _OVERLAP.fill(kind=old.management.label, begins=old.begins, ends=old.ends or _STILL))
        for old in others
        if new.overlaps(old)
    ]
    return problems


def management_on(tenures: Iterable[Tenure], day: date) -> Management:
    """Return who manages the estate of these tenures on `day`."""
    return next((tenure.management for tenure in tenures if tenure.covers(day)), Management.NONE)


def stints(estates: pl.DataFrame, tenures: pl.DataFrame, period: Period) -> pl.DataFrame:
    """Return the period of every known estate cut into stretches, gaps included.

    Columns: estate_id, tenure_id (null in a gap), company_id, management (`none` in a gap), begins, ends (exclusive,
    within the period), days Int64, is_first (Boolean: the estate's first tenure of this kind begins in the period).
    The days of an estate add up to the period's, or to those since it is known.
    """
    after = period.ends + timedelta(days=1)
    first = pl.col("begins") == pl.col("begins").min().over("estate_id", "management")
    held = tenures.select(
        "estate_id",
        "tenure_id",
        "company_id",
        "management",
        begins=pl.max_horizontal("begins", pl.lit(period.begins)),
        ends=pl.min_horizontal(pl.col("ends").fill_null(after), pl.lit(after)),
        is_first=first & (pl.col("begins") >= period.begins),
    ).filter(pl.col("begins") < pl.col("ends"))
    held = held.join(estates.select("estate_id"), on="estate_id", how="semi")
    known = _known_from(estates, tenures)
    edges = pl.concat([held, _edge(known, period, at_end=False), _edge(known, period, at_end=True)])
    gaps = (
        edges.sort("estate_id", "begins", "ends")
        .with_columns(free=_ended_before())
        .filter(pl.col("free") < pl.col("begins"))
        .with_columns(
            tenure_id=pl.lit(None, pl.Int64),
            company_id=pl.lit(None, pl.Int64),
            management=pl.lit(Management.NONE.value),
            is_first=pl.lit(value=False),
            ends="begins",
            begins="free",
        )
        .drop("free")
    )
    both = pl.concat([held, gaps]).sort("estate_id", "begins")
    return both.with_columns(days=(pl.col("ends") - pl.col("begins")).dt.total_days())


def _known_from(estates: pl.DataFrame, tenures: pl.DataFrame) -> pl.DataFrame:
    """Return estate_id and the first day on which each estate is known (null: always)."""
    first = tenures.group_by("estate_id").agg(first=pl.col("begins").min())
    return estates.join(first, on="estate_id", how="left").select(
        "estate_id",
        known=pl.when(pl.col("registered_on").is_not_null()).then(pl.min_horizontal("registered_on", "first")),
    )


def _ended_before() -> pl.Expr:
    """Return by when the earlier stretches of the same estate have ended; null for its first.

    The rows are in the order of the estates, so that one running maximum of estate and day serves them all: a window
    for each of them takes many times as long.
    """
    estate = pl.col("estate_id").cast(pl.Int64) * _DAYS
    reached = (estate + pl.col("ends").to_physical()).cum_max().shift(1)
    goes_on = pl.col("estate_id") == pl.col("estate_id").shift(1)
    return pl.when(goes_on).then((reached - estate).cast(pl.Int32)).cast(pl.Date)


def _edge(known: pl.DataFrame, period: Period, *, at_end: bool) -> pl.DataFrame:
    """Return an empty stretch per estate where its days in the period begin, or where they end."""
    after = period.ends + timedelta(days=1)
    start = pl.max_horizontal(pl.col("known").fill_null(period.begins), pl.lit(period.begins))
    edge = pl.lit(after) if at_end else start
    return known.filter(start < after).select(
        "estate_id",
        tenure_id=pl.lit(None, pl.Int64),
        company_id=pl.lit(None, pl.Int64),
        management=pl.lit(Management.NONE.value),
        begins=edge,
        ends=edge,
        is_first=pl.lit(value=False),
    )


def management_days(estates: pl.DataFrame, tenures: pl.DataFrame, period: Period) -> pl.DataFrame:
    """Return estate-days by street: one column per kind of management (`market` … `none`) and their sum `days`.

    Also `estates`, those known in the period, and `unmanaged`, those with at least one day under nobody. Sorted by
    street; streets without estates have no row.
    """
    kinds = [pl.col("days").filter(pl.col("management") == kind.value).sum().alias(kind.value) for kind in Management]
    in_gap = pl.col("management") == Management.NONE.value
    return (
        stints(estates, tenures, period)
        .join(estates.select("estate_id", "street"), on="estate_id")
        .group_by("street")
        .agg(
            pl.col("estate_id").n_unique().cast(pl.Int64).alias("estates"),
            *kinds,
            pl.col("days").sum(),
            pl.col("estate_id").filter(in_gap).n_unique().cast(pl.Int64).alias("unmanaged"),
        )
        .sort("street")
    )


def standing(estates: pl.DataFrame, tenures: pl.DataFrame, parties: pl.DataFrame, day: date) -> pl.DataFrame:
    """Return each estate with who manages and what covers it on `day`.

    Adds to the columns of `estates`: tenure_id, company_id, management, since (first day of the present company and
    kind without a break), service_months (whole months from then through `day`, in millionths; zero when unmanaged),
    party_form, party_status.
    """
    return (
        estates.join(_present(tenures, day), on="estate_id", how="left")
        .join(_covered(parties, day), on="estate_id", how="left")
        .with_columns(
            pl.col("management", "party_form", "party_status").fill_null("none"),
            pl.col("service_months").fill_null(0),
        )
        .sort("estate_id")
    )


def _present(tenures: pl.DataFrame, day: date) -> pl.DataFrame:
    """Return the tenure of each managed estate on `day`, with the beginning of its unbroken run."""
    until = day + timedelta(days=1)
    goes_on = (  # in the order of the estates, which spares a window for each of them
        (pl.col("estate_id") == pl.col("estate_id").shift(1))
        & (pl.col("management") == pl.col("management").shift(1))
        & pl.col("company_id").eq_missing(pl.col("company_id").shift(1))
        & (pl.col("begins") == pl.col("ends").shift(1))
    ).fill_null(value=False)
    months = (
        (until.year - pl.col("since").dt.year().cast(pl.Int64)) * _MONTHS
        + (until.month - pl.col("since").dt.month().cast(pl.Int64))
        - (pl.lit(until.day) < pl.col("since").dt.day()).cast(pl.Int64)
    )
    return (
        tenures.sort("estate_id", "begins")
        .with_columns(since=pl.when(~goes_on).then("begins").forward_fill())
        .filter((pl.col("begins") <= day) & (pl.col("ends").is_null() | (pl.col("ends") > day)))
        .select("estate_id", "tenure_id", "company_id", "management", "since", service_months=months * UNIT)
    )


def _covered(parties: pl.DataFrame, day: date) -> pl.DataFrame:
    """Return form and status of each estate's Party unit on `day`; one approved later counts as applied for."""
    early = (pl.col("status") == PartyStatus.APPROVED.value) & (pl.col("approved_on") > day).fill_null(value=False)
    return (
        parties.filter(pl.col("ended_on").is_null() | (pl.col("ended_on") > day))
        .sort("estate_id", "approved_on", nulls_last=False)
        .unique("estate_id", keep="last", maintain_order=True)
        .select(
            "estate_id",
            party_form="form",
            party_status=pl.when(early).then(pl.lit(PartyStatus.APPLIED.value)).otherwise("status"),
        )
    )


def register_facts(estates: pl.DataFrame, tenures: pl.DataFrame, parties: pl.DataFrame, period: Period) -> pl.DataFrame:
    """Return what the rules see of the register at the end of `period`: one row per estate, figures in millionths."""
    return seen(standing(estates, tenures, parties, period.ends))


def seen(present: pl.DataFrame) -> pl.DataFrame:
    """Return what the rules see of the register as it is `standing` on a day."""
    return present.select(
        "estate_id",
        "estate_code",
        "estate_type",
        "stratum",
        "management",
        "gated",
        pl.col("lifts").cast(pl.Int64) * UNIT,
        "secondary_water",
        "parking_managed",
        pl.col("households").cast(pl.Int64) * UNIT,
        "party_form",
        "party_status",
        "service_months",
    )


def coverage(estates: pl.DataFrame, tenures: pl.DataFrame, parties: pl.DataFrame, day: date) -> pl.DataFrame:
    """Return by street how many of the estates registered by `day` are covered, and by whom.

    Columns: street, estates; party_own, party_joint, party_instructor (approved), party_applied, party_none;
    committee, interim, no_body; market, self, emergency, custody, none. Each of the three groups adds up to estates.
    """
    register = estates.filter(pl.col("registered_on").is_null() | (pl.col("registered_on") <= day))
    approved = pl.col("party_status") == PartyStatus.APPROVED.value
    applied = pl.col("party_status") == PartyStatus.APPLIED.value
    counts = {
        "estates": pl.lit(value=True),
        **{f"party_{form}": approved & (pl.col("party_form") == form) for form in ("own", "joint", "instructor")},
        "party_applied": applied,
        "party_none": ~approved & ~applied,
        "committee": pl.col("owners_body") == OwnersBody.COMMITTEE.value,
        "interim": pl.col("owners_body") == OwnersBody.INTERIM.value,
        "no_body": pl.col("owners_body") == OwnersBody.NONE.value,
        **{kind.value: pl.col("management") == kind.value for kind in Management},
    }
    return (
        standing(register, tenures, parties, day)
        .with_columns(flag.alias(name) for name, flag in counts.items())
        .group_by("street")
        .agg(pl.col(name).sum().cast(pl.Int64) for name in counts)
        .sort("street")
    )
