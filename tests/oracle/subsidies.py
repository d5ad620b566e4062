"""The subsidy worked line by line in plain Python fractions: an independent reading of DOMAIN §3.2 for comparison.

It shares no code with the product. A line is a dict of the stint's columns; amounts are fen, areas hundredths of ㎡.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from math import floor


@dataclass(frozen=True)
class Terms:
    """The figures of an edition, in yuan, months and parts of one."""

    by_type: dict[str, Fraction]
    by_management: dict[str, Fraction]
    coefficients: dict[int, Fraction]
    months: Fraction
    district_share: Fraction
    year_cap: Fraction | None = None
    top_up_rate: Fraction | None = None
    collected: Fraction = Fraction(0)
    least_stars: int = 0
    start_up: int | None = None  # fen
    stops: tuple[str, ...] = field(default=())


def half_up(value: Fraction) -> int:
    """Round to a whole number, halves away from zero."""
    return floor(value + Fraction(1, 2)) if value >= 0 else -floor(-value + Fraction(1, 2))


def shares(weights: list[int], total: int, names: list) -> list[int]:
    """Share out `total` by largest remainder, ties by name."""
    whole = sum(weights)
    if whole == 0:
        return [0] * len(weights)
    quotas = [Fraction(total * weight, whole) for weight in weights]
    given = [floor(quota) for quota in quotas]
    ranked = sorted(range(len(weights)), key=lambda i: (-(quotas[i] - given[i]), names[i]))
    for i in ranked[: total - sum(given)]:
        given[i] += 1
    return given


def payable(terms: Terms, line: dict) -> bool:
    managed = line["management"] not in (None, "none") and line["days"] > 0
    stopped = any(veto in terms.stops for veto in line["vetoes"] or ())
    return managed and line["stars"] is not None and not stopped


def area(line: dict) -> Fraction:
    return Fraction(max(line["floor_area"] or 0, 0), 100)


def gross(terms: Terms, line: dict, days_in_period: int) -> int:
    if not payable(terms, line):
        return 0
    by_type = terms.by_type[line["estate_type"]]
    rate = terms.by_management.get(line["management"], by_type)
    months = terms.months * line["days"] / days_in_period
    return half_up(area(line) * rate * terms.coefficients[line["stars"]] * months * 100)


def top_up(terms: Terms, line: dict, days_in_period: int) -> int:
    custody = line["management"] == "custody" and payable(terms, line) and line["stars"] >= terms.least_stars
    if terms.top_up_rate is None or not custody:
        return 0
    gap = Fraction(line["custody_cost_fen"] or 0) - (line["custody_receivable_fen"] or 0) * terms.collected
    limit = area(line) * terms.top_up_rate * terms.months * line["days"] / days_in_period * 100
    return min(max(0, half_up(gap)), half_up(limit))


def start_up(terms: Terms, line: dict) -> int:
    begins = line["management"] == "custody" and line["is_first"] and line["days"] > 0
    stopped = any(veto in terms.stops for veto in line["vetoes"] or ())
    return terms.start_up or 0 if begins and not stopped else 0


def due(terms: Terms, lines: list[dict], days_in_period: int) -> list[int]:
    """Return the fen due on each line."""
    net = [max(0, gross(terms, line, days_in_period) - (line["deduction_fen"] or 0)) for line in lines]
    capped = list(net)
    for estate in {line["estate_id"] for line in lines}:
        mine = [i for i, line in enumerate(lines) if line["estate_id"] == estate]
        if terms.year_cap is not None:
            left = max(0, int(terms.year_cap * 100) - max(lines[i]["paid_this_year_fen"] or 0 for i in mine))
            total = min(left, sum(net[i] for i in mine))
            cut = shares([net[i] for i in mine], total, [lines[i]["tenure_id"] for i in mine])
            for i, fen in zip(mine, cut, strict=True):
                capped[i] = fen
    return [
        fen + top_up(terms, line, days_in_period) + start_up(terms, line)
        for fen, line in zip(capped, lines, strict=True)
    ]


def paid(terms: Terms, lines: list[dict], dues: list[int], budget: int) -> list[tuple[int, int, int]]:
    """Return paid, district and street fen of each line."""
    names = [(line["estate_code"], line["tenure_id"]) for line in lines]
    given = shares(dues, min(budget, sum(dues)), names)
    district = [half_up(fen * terms.district_share) for fen in given]
    return [(fen, d, fen - d) for fen, d in zip(given, district, strict=True)]
