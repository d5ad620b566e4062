"""The lines of a subsidy run as pages show them: narrowed and sorted by the address, stints of an estate together."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import msgspec
import polars as pl

from redproperty.actions.subsidies import moved
from redproperty.domain import awards
from redproperty.domain.awards import Stars, code_of
from redproperty.domain.branches import Marked
from redproperty.domain.estates import EstateType, Management
from redproperty.domain.packs import Pack
from redproperty.domain.subsidies import explain_line, tables
from redproperty.domain.subsidy_entries import Payer, rate_words
from redproperty.domain.subsidy_rules import REASONS, SubsidyRules
from redproperty.domain.texts import Text
from redproperty.exports.disbursements import PAYERS
from redproperty.web.lists import Filter, Option, filter_line
from redproperty.web.pictures import Slice, slices

PERCENT: Final = 20  # an amount that changes by more than this is worth a look, unless the person says otherwise
GIVEN: Final = {"paid": Text("有补贴", "paid"), "zero": Text("为零", "zero")}
MOVES: Final = {
    "moved": Text(f"变动超过 {PERCENT}%", f"changed by more than {PERCENT} %"),
    "up": Text("增加", "more"),
    "down": Text("减少", "less"),
}
SORTS: Final = ("estate", "company", "stars", "area", "days", "due", "paid")
SORTED: Final = {
    "estate": Text("小区名称", "estate"),
    "company": Text("物业企业", "company"),
    "stars": Text("星级", "stars"),
    "area": Text("面积", "area"),
    "days": Text("天数", "days"),
    "due": Text("应发", "due"),
    "paid": Text("实发", "paid"),
}
_STINT = Text("{begins} 至 {ends}，{days} 天", "{begins} to {ends}, {days} days")
_SORTED = Text("按{what}{way}排序", "sorted by {what}, {way}")
_WAY = Text("{what}，{way}", "{what}, {way}")
_UP, _DOWN = Text("升序", "ascending"), Text("降序", "descending")
_ACCOUNT_SHOWN = 4  # last digits of an account that those who only look on may see


class Query(msgspec.Struct, frozen=True):
    """What the address narrows the lines to and how it sorts them; empty is all, in the order of the sheet."""

    q: str = ""
    street: str = ""
    stars: str = ""
    type: str = ""
    given: str = ""
    company: str = ""
    change: str = ""
    sort: str = ""


@dataclass(frozen=True)
class Borne:
    """What a payer beside the district and the street bears, in fen."""

    payer: str
    title: Text
    fen: int


@dataclass(frozen=True)
class Line:
    """One line: an estate's stint under one company; money in fen, area in hundredths of ㎡."""

    code: str
    name: str
    street: str
    street_name: str
    estate_type: str
    type_label: Text
    management: Text
    company: str
    uscc: str
    stars: Stars | None
    award: str
    instead: Text | None  # what stands where there are no stars
    reason: Text | None
    area: int | None
    rate: str
    coefficient: str
    days: int
    days_in_period: int
    begins: date | None
    ends: date | None  # last day, inclusive
    due: int
    paid: int
    district: int
    street_share: int
    others: tuple[Borne, ...]  # what payers beside the district and the street bear
    sentences: tuple[Text, ...]
    account: tuple[str, ...]  # name, bank, number, bank code
    working: Mapping[str, Any]
    rules: SubsidyRules | None

    @property
    def tables(self) -> Sequence[tuple[Text, tuple[Marked, ...]]]:
        """The rules that are tables, with what this line took; worked out only where they are shown."""
        return tables(self.rules, self.working) if self.rules and self.days else ()

    @property
    def stint(self) -> Text | None:
        """From when to when the company managed the estate, where that is not the whole period."""
        if self.begins is None or self.ends is None or self.days == self.days_in_period:
            return None
        return _STINT.fill(begins=self.begins, ends=self.ends, days=self.days)

    @property
    def told(self) -> Text:
        """The formula, or why there is nothing, in one paragraph."""
        return Text("；".join(one.zh for one in self.sentences), "; ".join(one.en for one in self.sentences))

    def cells(self) -> dict[str, object]:
        """Return the line under the names of the export's columns."""
        return {
            **{name: self.working[name] for name in ("estate_name", "estate_code", "estate_type", "days")},
            **{name: self.working[name] for name in ("floor_area", "base_rate", "star_coefficient")},
            **{name: self.working[name] for name in ("due_fen", "paid_fen", "district_fen", "street_fen")},
            "stars": self.instead if self.award.startswith(awards.GRADE) else self.stars,
            **{f"{one.payer}_fen": one.fen for one in self.others},
            "street": self.street_name,
            "company_name": self.company or None,
            "told": self.told,
        }


@dataclass(frozen=True)
class Estate:
    """The lines of one estate side by side: more than one where the company changed within the period."""

    lines: tuple[Line, ...]
    before: int | None  # what the period before paid, if anything

    @property
    def split(self) -> tuple[int, str, int, int] | None:
        """Days in all, as a sum, and what is due and paid in all, where there are several stints."""
        if len(self.lines) == 1:
            return None
        days = [line.days for line in self.lines]
        due, paid = sum(line.due for line in self.lines), sum(line.paid for line in self.lines)
        return sum(days), " + ".join(map(str, days)), due, paid


@dataclass(frozen=True)
class Sums:
    """What some lines add up to, and how many of them get nothing."""

    lines: int
    estates: int
    zero: int
    due: int
    paid: int
    district: int
    street: int
    others: tuple[Borne, ...] = ()


@dataclass(frozen=True)
class StreetSums:
    """The sums of one street, what it got in the period before, and its share of what is paid as a picture."""

    code: str
    name: str
    sums: Sums
    before: int | None
    shares: tuple[Slice, ...]


def lines_of(pack: Pack | None, rows: Iterable[tuple[Mapping[str, Any], bool]]) -> tuple[Line, ...]:
    """Return the lines of (working with payee, whether the account may be read in full), in their order.

    Without its edition a line shows its figures and why it gets nothing, but no formula.
    """
    return tuple(_line(pack, row, open_account) for row, open_account in rows)


def _award(pack: Pack | None, row: Mapping[str, Any]) -> str:
    """Return the code of what pays a line; what no rating knows is not rated, unless the method has no stars."""
    by_stars = pack is None or pack.rating.stars.given
    return code_of(row["stars"], row.get("grade"), row.get("not_rated") or ("" if by_stars else None))


def _line(pack: Pack | None, row: Mapping[str, Any], open_account: bool) -> Line:
    rules, award, reason = pack.subsidy if pack else None, _award(pack, row), None
    if row["zero_reason"] is not None:
        reasons = REASONS if rules is None else rules.reasons()
        reason = reasons.get(row["zero_reason"], Text(row["zero_reason"], row["zero_reason"]))
    ends = _day(row["ends"])
    return Line(
        code=row["estate_code"],
        name=row["estate_name"],
        street=row["street"],
        street_name=row["street_name"],
        estate_type=row["estate_type"],
        type_label=EstateType(row["estate_type"]).label,
        management=Management(row["management"] or Management.NONE).label,
        company=row["company_name"] or "",
        uscc=row["uscc"] or "",
        stars=row["stars"],
        award=award,
        instead=None if row["stars"] is not None else awards.words(award, pack),
        reason=reason,
        area=row["floor_area"],
        rate=_words(row["base_rate"]),
        coefficient=_words(row["star_coefficient"]),
        days=row["days"],
        days_in_period=row["days_in_period"],
        begins=_day(row["begins"]),
        ends=None if ends is None else ends - timedelta(days=1),
        due=row["due_fen"],
        paid=row["paid_fen"],
        district=row["district_fen"],
        street_share=row["street_fen"],
        others=tuple(Borne(one.payer, one.title, row[f"{one.payer}_fen"]) for one in _further(rules)),
        sentences=tuple(explain_line(rules, row)) if rules else () if reason is None else (reason,),
        rules=rules,
        account=_account(row, open_account),
        working=row,
    )


def _words(figure: int | None) -> str:
    return "—" if figure is None else rate_words(figure)


def _day(value: date | str | None) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _account(row: Mapping[str, Any], open_account: bool) -> tuple[str, ...]:
    number = row["account_number"] or ""
    shown = number if open_account else "*" * (len(number) - _ACCOUNT_SHOWN) + number[-_ACCOUNT_SHOWN:]
    return tuple(one or "—" for one in (row["account_name"], row["account_bank"], shown, row["bank_code"]))


def query_of(asked: Mapping[str, str]) -> Query:
    """Return what the address asks for; values that no filter offers do not matter."""
    known: dict[str, Iterable[str]] = {
        "type": EstateType.labels(), "given": GIVEN, "change": MOVES,
        "sort": [way + name for name in SORTS for way in ("", "-")],
    }  # fmt: skip
    given = {name: asked.get(name, "").strip()[:60] for name in Query.__struct_fields__}
    given["stars"] = given["stars"] if awards.known(given["stars"]) else ""
    return Query(**{name: value for name, value in given.items() if name not in known or value in known[name]})


def changes(compared: pl.DataFrame) -> dict[str, set[str]]:
    """Return estate code → the options of the filter “change” that fit it, from the frame of `compare`."""
    fits: dict[str, set[str]] = {}
    for code, change in moved(compared, 0).select("estate_code", "change_fen").iter_rows():
        fits[code] = {"up" if change > 0 else "down"}
    for code in moved(compared, PERCENT)["estate_code"]:
        fits[code].add("moved")
    return fits


def narrowed(lines: Sequence[Line], query: Query, change: Mapping[str, set[str]]) -> list[Line]:
    """Return the lines that fit the address, sorted as it asks, those of one estate next to each other."""
    found = [line for line in lines if _fits(line, query, change)]
    name = query.sort.removeprefix("-")
    if not name:
        return found
    groups = _by_estate(found)
    order = sorted(groups, key=lambda group: _key(name, group), reverse=query.sort.startswith("-"))
    return [line for group in order for line in group]


def _by_estate(lines: Iterable[Line]) -> list[list[Line]]:
    groups: dict[str, list[Line]] = {}
    for line in lines:
        groups.setdefault(line.code, []).append(line)
    return list(groups.values())


def _key(name: str, group: Sequence[Line]) -> tuple[Any, str]:
    first = group[0]
    keys: dict[str, Any] = {
        "estate": first.name,
        "company": first.company,
        "stars": -1 if first.stars is None else first.stars,
        "area": first.area or 0,
        "days": sum(line.days for line in group),
        "due": sum(line.due for line in group),
        "paid": sum(line.paid for line in group),
    }
    return keys[name], first.code


def _facets(line: Line, change: Mapping[str, set[str]]) -> dict[str, Collection[str]]:
    """Return by which options of each filter a line is found."""
    return {
        "street": {line.street},
        "stars": {line.award},
        "type": {line.estate_type},
        "given": {"paid" if line.paid else "zero"},
        "company": {line.uscc},
        "change": change.get(line.code, set()),
    }


def _fits(line: Line, query: Query, change: Mapping[str, set[str]], but: str = "") -> bool:
    """Whether a line fits the address; `but` names one filter that is left out."""
    words = f"{line.name} {line.code} {line.company}".casefold()
    facets = _facets(line, change).items()
    chosen = all(getattr(query, name) in {"", *options} for name, options in facets if name != but)
    return chosen and query.q.casefold() in words


def filters(
    lines: Sequence[Line], query: Query, change: Mapping[str, set[str]], *, whole: bool, compares: bool
) -> tuple[Filter, ...]:
    """Return the drop-downs with how many lines each choice would show; street and company only `whole` runs need."""
    instead = {line.award: line.instead for line in lines if line.instead}
    codes = awards.scale([], {line.award for line in lines})
    found = {code: instead.get(code) or awards.words(code, None) for code in codes}
    streets = {line.street: Text(line.street_name, line.street_name) for line in lines}
    companies = {line.uscc: Text(line.company, line.company) for line in lines if line.uscc}
    offered: dict[str, tuple[Text, Mapping[str, Text]]] = {
        "street": (Text("街道", "Street"), dict(sorted(streets.items()))),
        "stars": (Text("星级", "Stars"), found),
        "type": (Text("小区类型", "Type"), EstateType.labels()),
        "given": (Text("实发", "Paid"), GIVEN),
        "company": (
            Text("物业企业", "Company"),
            dict(sorted(companies.items(), key=lambda item: item[1].zh)),
        ),
        "change": (Text("较上期", "Against the period before"), MOVES),
    }
    if not whole:
        offered = {name: pair for name, pair in offered.items() if name not in {"street", "company"}}
    if not compares:
        del offered["change"]
    made = []
    for name, (label, words) in offered.items():
        counts = _counted(lines, query, change, name)
        options = tuple(Option(value, text, counts[value]) for value, text in words.items())
        made.append(Filter(name, label, options, getattr(query, name)))
    return tuple(made)


def sorting(query: Query) -> Filter:
    """Return the ways to sort as a drop-down, for those who see cards instead of headings."""
    options = tuple(
        Option(way + name, _WAY.fill(what=SORTED[name], way=_DOWN if way else _UP))
        for name in SORTS
        for way in ("", "-")
    )
    return Filter("sort", Text("排序", "Sort"), options, query.sort)


def _counted(lines: Sequence[Line], query: Query, change: Mapping[str, set[str]], name: str) -> Counter[str]:
    found = (_facets(line, change)[name] for line in lines if _fits(line, query, change, but=name))
    return Counter(option for options in found for option in options)


def filters_told(query: Query, offered: Sequence[Filter]) -> tuple[Text, ...]:
    """Return by what the lines are filtered and sorted, in words, for the head of a file."""
    told = filter_line(offered, query.q)
    if not query.sort:
        return told
    way = _DOWN if query.sort.startswith("-") else _UP
    return (*told, _SORTED.fill(what=SORTED[query.sort.removeprefix("-")], way=way))


def estates_of(lines: Iterable[Line], before: Mapping[str, int]) -> tuple[Estate, ...]:
    """Return the lines by estate, in their order, each estate beside what the period before paid it."""
    return tuple(Estate(tuple(group), before.get(group[0].code)) for group in _by_estate(lines))


def sums_of(lines: Sequence[Line]) -> Sums:
    """Return what the lines add up to."""
    return Sums(
        lines=len(lines),
        estates=len({line.code for line in lines}),
        zero=sum(line.paid == 0 for line in lines),
        due=sum(line.due for line in lines),
        paid=sum(line.paid for line in lines),
        district=sum(line.district for line in lines),
        street=sum(line.street_share for line in lines),
        others=_together(line.others for line in lines),
    )


def by_street(lines: Sequence[Line], before: Mapping[str, int] | None) -> tuple[StreetSums, ...]:
    """Return the sums of each street; `before` is what the period before paid by estate code, None if nothing."""
    made, most = [], 0
    for code in sorted({line.street for line in lines}):
        own = [line for line in lines if line.street == code]
        sums = sums_of(own)
        earlier = None if before is None else sum(before.get(estate, 0) for estate in {line.code for line in own})
        made.append((code, own[0].street_name, sums, earlier))
        most = max(most, sums.paid)
    return tuple(StreetSums(code, name, sums, earlier, _borne(sums, most)) for code, name, sums, earlier in made)


def _borne(sums: Sums, most: int) -> tuple[Slice, ...]:
    """Return the bar of what each payer bears, of the most that a street gets."""
    shares = [sums.district, sums.street, *(one.fen for one in sums.others)]
    return tuple(one for one in slices([*shares, most - sums.paid]) if one.index < len(shares))


def _further(rules: SubsidyRules | None) -> tuple[Payer, ...]:
    """Return who bears a part beside the district and the street."""
    return tuple(one for one in (rules.payers if rules else ()) if one.payer not in PAYERS)


def _together(shares: Iterable[tuple[Borne, ...]]) -> tuple[Borne, ...]:
    """Return what each further payer bears of several lines."""
    found: dict[str, Borne] = {}
    for one in (one for own in shares for one in own):
        before = found[one.payer].fen if one.payer in found else 0
        found[one.payer] = Borne(one.payer, one.title, before + one.fen)
    return tuple(found.values())


def zero_reasons(lines: Sequence[Line]) -> tuple[tuple[Text, int], ...]:
    """Return why lines get nothing, with how many, the commonest reason first."""
    told = [line.reason for line in lines if line.reason is not None]
    return tuple(sorted(Counter(told).items(), key=lambda pair: (-pair[1], pair[0].zh)))
