"""Facts: what an edition declares to know about an estate, and how dated facts become one row for a period."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Literal

import msgspec
import polars as pl

from redproperty.domain.faults import Fault, suggest
from redproperty.domain.numbers import PLACES, UNIT, figure, plain, quotient
from redproperty.domain.operands import Column
from redproperty.domain.texts import Text

_ORDER = ["valid_from", "value", "choice"]
Kind = Literal["number", "percent", "count", "flag", "choice"]

REGISTER: Mapping[str, Kind] = {  # what the rules see of the register of estates, and as what
    "estate_type": "choice",
    "stratum": "choice",
    "management": "choice",
    "party_form": "choice",
    "party_status": "choice",
    "gated": "flag",
    "secondary_water": "flag",
    "parking_managed": "flag",
    "lifts": "number",
    "households": "number",
    "floor_area": "number",
    "service_months": "number",
    "open_rectifications": "number",
    "overdue_rectifications": "number",
}
_SOURCES = {
    "register": Text("取自小区登记", "from the register"),
    "survey": Text("取自问卷调查", "from a survey"),
    "file": Text("取自上报文件", "from a file"),
    "event": Text("按事件登记", "recorded as an event"),
}
_LASTS = {
    "period": Text("只计入当期", "counts in its own period"),
    "until_ended": Text("到登记终止为止", "counts until it is ended"),
}
_SEVERAL = {
    "sum": Text("多次的合计", "several are summed up"),
    "mean": Text("多次的取平均", "the mean of several counts"),
    "min": Text("多次的取最低", "the lowest of several counts"),
    "max": Text("多次的取最高", "the highest of several counts"),
    "count": Text("计次数", "how many there are counts"),
}


class Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One value that a fact of kind `choice` may have."""

    code: str
    title: Text

    @classmethod
    def worded(cls, word: str) -> "Choice":
        """Return the choice that a bare word stands for: its code is its title."""
        return cls(word, Text(word, word))


class Fade(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a dated number still counts, in percent, once so many months have passed since its first day."""

    after: int
    percent: Decimal


class Fact(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One declared fact.

    Numbers, percents and counts are Int64 millionths, flags Boolean, choices String. `at_least`, `at_most` and `step`
    are the numbers that it may be; others are refused wherever one is stated. `missing` says what absence means: it
    stays unknown, or the `default` holds, which need only be stated. `perfect` is what a rule case assumes that does
    not name the fact: the default or nothing, where it is left out. `lasts` says how long a dated fact counts: until
    the record ends it, only in the period in which it begins, or for a number of months from its first day; `fades`
    says that after so many months it counts only in part. A month that ends with the day before a period has passed in
    it. Where
    several of them count in a period, the latest holds; with `several` their sum, mean, lowest, highest or number
    (`count`) does: the points of all violations of twelve months, the mean of as many visits as there were. So what
    an event brings goes by itself when the event has run out.
    """

    name: str
    title: Text
    kind: Kind
    source: Literal["register", "survey", "file", "event"] = "file"
    perfect: bool | str | Decimal | None = None
    unit: Text | None = None
    at_least: Decimal | None = None
    at_most: Decimal | None = None
    step: Decimal | None = None  # counted from `at_least`, else from 0
    choices: tuple[Choice, ...] = ()
    missing: Literal["unknown", "default"] | None = None
    default: bool | str | Decimal | None = None
    lasts: Literal["until_ended", "period"] | int = "until_ended"
    several: Literal["latest", "sum", "mean", "min", "max", "count"] = "latest"
    fades: tuple[Fade, ...] = ()

    @property
    def defaults(self) -> bool:
        """Whether the default holds where nothing is known."""
        return self.missing != "unknown" and self.default is not None

    @property
    def dtype(self) -> pl.DataType:
        """Return the type of the fact's column."""
        if self.kind == "flag":
            return pl.Boolean()
        return pl.String() if self.kind == "choice" else pl.Int64()

    @property
    def column(self) -> Column:
        """Return what the fact's column holds, for the steps that name it."""
        if self.kind == "flag":
            return Column("flag")
        return Column("name", tuple(choice.code for choice in self.choices)) if self.kind == "choice" else Column()

    def held(self, value: bool | str | Decimal | None) -> bool | str | int | None:
        """Return a value of the edition as it is held in a column."""
        return figure(value) if isinstance(value, Decimal) else value

    def say(self) -> Text:
        """Return where the fact comes from, how long it counts and what its absence means."""
        parts = [_SOURCES[self.source]]
        if self.source != "register":
            months = Text("自发生起计 {n} 个月", "counts for {n} months").fill(n=self.lasts)
            parts.append(_LASTS.get(str(self.lasts), months))
            text = Text("满 {n} 个月后按 {p}% 计", "after {n} months {p} % of it counts")
            parts.extend(text.fill(n=one.after, p=plain(figure(one.percent))) for one in self.fades)
            parts.extend([_SEVERAL[self.several]] if self.several != "latest" else [])
        parts += [] if self.allowed is None else [self.allowed]
        parts.append(self._absent())
        return Text("；".join(part.zh for part in parts), "; ".join(part.en for part in parts))

    @property
    def allowed(self) -> Text | None:
        """Return which numbers the fact may be, in words; None where any will do."""
        low, high, step = (None if n is None else plain(figure(n)) for n in (self.at_least, self.at_most, self.step))
        zh, en = [], []
        if low is not None or high is not None:
            between = low is not None and high is not None
            zh.append(f"{low} 至 {high}" if between else f"不低于 {low}" if high is None else f"不超过 {high}")
            en.append(f"from {low} to {high}" if between else f"at least {low}" if high is None else f"at most {high}")
        if step is not None:
            zh.append(f"以 {step} 为一档")
            en.append(f"in steps of {step}")
        return Text("须为 " + "，".join(zh), "must be " + ", ".join(en)) if zh else None

    def refusal(self, value: bool | str | Decimal) -> Text | None:
        """Return why a value of the right kind may not be one of this fact: it is out of range or between steps."""
        if isinstance(value, bool) or not isinstance(value, Decimal):
            return None
        low, high = self.at_least, self.at_most
        out = (low is not None and value < low) or (high is not None and value > high)
        between = self.step is not None and self.step > 0 and (value - (low or 0)) % self.step != 0
        return self.allowed if out or between else None

    def _absent(self) -> Text:
        if not self.defaults or self.default is None:
            return Text("缺失时按未知处理", "unknown where missing")
        if isinstance(self.default, Decimal):
            value = Text(plain(figure(self.default)), plain(figure(self.default)))
        elif isinstance(self.default, bool):
            value = Text("是", "yes") if self.default else Text("否", "no")
        else:
            value = next(choice.title for choice in self.choices if choice.code == self.default)
        return Text("没有登记的按“{v}”", "“{v}” where not recorded").fill(v=value)

    def check(self) -> Iterator[Fault]:
        """Yield what is wrong with the declaration."""
        codes = {choice.code for choice in self.choices}
        if (self.kind == "choice") != bool(codes):
            yield (
                ("choices",),
                Text("只有 choice 类的事实列出选项，且必须列出", "a choice lists its choices, other kinds do not"),
            )
        for key, value in (("perfect", self.perfect), ("default", self.default)):
            if value is not None and not self.fits(value):
                yield (key,), Text("与事实的种类不符", "does not fit the kind of the fact")
            elif value is not None and (refusal := self.refusal(value)):
                yield (key,), refusal
        yield from (*self._bound_faults(), *self._fade_faults(), *self._register_faults())
        if self.missing == "default" and self.default is None:
            yield ("missing",), Text("写明 default 的值", "state the default")
        if self.several != "latest" and (self.source == "register" or self.dtype != pl.Int64()):
            text = Text("只有登记之外的数可以汇总多次", "only dated numbers are taken together")
            yield ("several",), text
        if isinstance(self.lasts, int) and self.lasts < 1:
            yield ("lasts",), Text("月数须至少为 1", "at least one month")

    def _register_faults(self) -> Iterator[Fault]:
        if self.source != "register":
            return
        kind = REGISTER.get(self.name)
        if kind is None:
            text = Text(
                "小区登记里没有“{n}”；其他来源（file、survey、event）的事实名字自定",
                "the register has no “{n}”; facts of other sources (file, survey, event) have any name",
            )
            yield ("name",), suggest(text.fill(n=self.name), self.name, REGISTER)
        elif (self.kind if self.kind in {"flag", "choice"} else "number") != kind:
            text = Text("登记里的“{n}”是 {k}", "“{n}” of the register is a {k}")
            yield ("kind",), text.fill(n=self.name, k=kind)

    def _fade_faults(self) -> Iterator[Fault]:
        if self.fades and (self.source == "register" or self.dtype != pl.Int64() or self.several == "count"):
            yield ("fades",), Text("只有登记之外的数可以逐步减计", "only dated numbers fade")
        if self.fades and self.lasts == "period":
            yield ("fades",), Text("只计入当期的不会减计", "what counts in its own period only does not fade")
        before = 0
        for index, one in enumerate(self.fades):
            if one.after <= before or (isinstance(self.lasts, int) and one.after >= self.lasts):
                text = Text("月数须逐条增大，且少于 lasts", "months rise from one to the next and stay below lasts")
                yield ("fades", index, "after"), text
            if not 0 <= one.percent <= 100:  # noqa: PLR2004 - percent
                yield ("fades", index, "percent"), Text("须在 0 到 100 之间", "from 0 to 100")
            before = max(before, one.after)

    def _bound_faults(self) -> Iterator[Fault]:
        stated = [key for key in ("at_least", "at_most", "step") if getattr(self, key) is not None]
        if stated and self.kind in {"flag", "choice"}:
            yield (stated[0],), Text("只有数才有上下限和步长", "only numbers have bounds and steps")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            yield ("at_least",), Text("下限高于上限", "the lower bound lies above the upper")
        if self.step is not None and self.step <= 0:
            yield ("step",), Text("步长须大于 0", "the step must be above 0")

    def fits(self, value: bool | str | Decimal) -> bool:
        """Return whether a value of the edition can be a value of this fact."""
        if self.kind == "flag":
            return isinstance(value, bool)
        if self.kind == "choice":
            return value in {choice.code for choice in self.choices}
        return isinstance(value, Decimal)


def titles(facts: tuple[Fact, ...]) -> dict[str, Text]:
    """Return the words for facts (`name`) and their choices (`name.code`)."""
    named = {fact.name: fact.title for fact in facts}
    return named | {f"{fact.name}.{choice.code}": choice.title for fact in facts for choice in fact.choices}


def dated(facts: tuple[Fact, ...]) -> tuple[Fact, ...]:
    """Return the facts that are kept as dated observations, not as columns of the register."""
    return tuple(fact for fact in facts if fact.source != "register")


def facts_in(facts: tuple[Fact, ...], observed: pl.DataFrame, *, begins: date, ends: date) -> pl.DataFrame:
    """Return one row per estate with one column per dated fact: what holds in the period from `begins` to `ends`.

    `observed` has estate_id Int64, name, value Int64 (millionths; a flag is true unless 0), choice String, valid_from
    and valid_to Date (inclusive; null is open). Of several that overlap the period the latest beginning wins, then the
    larger value, unless the fact says otherwise. Both days of the period are inclusive.
    """
    kinds = dated(facts)
    holding = observed.filter(counting(facts, begins=begins, ends=ends)).sort(_ORDER, nulls_last=False)
    return holding.group_by("estate_id", maintain_order=True).agg(_taken(fact, begins) for fact in kinds)


def counting(facts: tuple[Fact, ...], *, begins: date, ends: date) -> pl.Expr:
    """Return which rows of `observed` count in a period, as `facts_in` takes them."""
    return _overlaps(dated(facts), begins, ends)


def filled(facts: tuple[Fact, ...], frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with every declared fact as a column of its type, absences filled as the edition says."""
    kinds = frame.schema
    lacking = [
        fact for fact in facts if kinds.get(fact.name) != fact.dtype or (fact.defaults and frame[fact.name].has_nulls())
    ]
    return frame.with_columns(_filling(fact, known=fact.name in kinds) for fact in lacking) if lacking else frame


def _filling(fact: Fact, *, known: bool) -> pl.Expr:
    column = (pl.col(fact.name) if known else pl.lit(None)).cast(fact.dtype)
    if fact.defaults:
        column = column.fill_null(pl.lit(fact.held(fact.default), fact.dtype))
    return column.alias(fact.name)


def perfect(facts: tuple[Fact, ...]) -> Mapping[str, bool | str | int | None]:
    """Return the facts of an estate with nothing to object to, as held in columns."""
    perfect = ((fact, fact.default if fact.perfect is None and fact.defaults else fact.perfect) for fact in facts)
    return {fact.name: fact.held(value) for fact, value in perfect}


def _overlaps(facts: tuple[Fact, ...], begins: date, ends: date) -> pl.Expr:
    name, start, end = pl.col("name"), pl.col("valid_from"), pl.col("valid_to")
    months = {fact.name: f"{fact.lasts}mo" for fact in facts if isinstance(fact.lasts, int)}
    brief = [fact.name for fact in facts if fact.lasts == "period"]
    runs_out = start.dt.offset_by(name.replace_strict(months, default="0mo", return_dtype=pl.String))
    still = (
        pl.when(name.is_in(brief))
        .then(start >= begins)
        .when(name.is_in(list(months)))
        .then(runs_out > begins)
        .otherwise(end.is_null() | (end >= begins))
    )
    return (start <= ends) & still


def _counting(fact: Fact, begins: date) -> pl.Expr:
    """Return the values of a fact, each as far as it still counts in a period that begins on that day."""
    values = pl.col("value")
    if not fact.fades:
        return values
    percent = pl.lit(100 * UNIT)
    for one in fact.fades:
        passed = pl.col("valid_from").dt.offset_by(f"{one.after}mo") <= begins
        percent = pl.when(passed).then(pl.lit(figure(one.percent))).otherwise(percent)
    return quotient(values.cast(pl.Int128) * percent, 100 * UNIT, PLACES)


def _taken(fact: Fact, begins: date) -> pl.Expr:
    """Return the latest observation of a fact, or what several make together."""
    mine = pl.col("name") == fact.name
    values = _counting(fact, begins).filter(mine)
    if fact.several == "latest":
        column = pl.col("choice").filter(mine).last() if fact.kind == "choice" else values.last()
        return (column != 0 if fact.kind == "flag" else column).cast(fact.dtype).alias(fact.name)
    many = values.count().cast(pl.Int64)
    together = {
        "sum": values.sum(),
        "mean": quotient(values.sum(), many, PLACES),
        "min": values.min(),
        "max": values.max(),
        "count": many * UNIT,
    }
    return pl.when(many > 0).then(together[fact.several]).alias(fact.name)
