"""The rating by hand: plain loops over fractions, written from the words of the rules and from nothing in `src`.

A sheet is a list of categories `{"code", "full", "items"}`; an item is a dict with `code`, `full`, `rule` (a tuple that
begins with the shape's name), `applies` (None, or a pair of fact and value) and `spared` (full mark instead of
rescaling). Answers are plain numbers or the words "na", "exempt", "zeroed". Unknown is None throughout.
"""

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import ceil, floor


def rounded(value, places=2):
    """Half up, away from zero."""
    if value is None:
        return None
    scaled = value * 10**places
    whole = floor(abs(scaled) + Fraction(1, 2))
    return Fraction(whole if scaled >= 0 else -whole, 10**places)


def in_band(value, band):
    """`band` is (least, greatest) with the least inside and the greatest outside; None is no end."""
    low, high = band
    return (low is None or value >= low) and (high is None or value < high)


def item_points(item, answer, facts):
    """Points of an item, or None where it does not count."""
    full = Fraction(item["full"])
    ruled_out = item["applies"] is not None and facts.get(item["applies"][0]) not in {None, item["applies"][1]}
    if answer == "na" or ruled_out:
        return full if item["spared"] else None
    if answer == "exempt":
        return full
    if answer == "zeroed":
        return Fraction(0)
    shape, *numbers = item["rule"]
    if shape == "per_occurrence":
        return max(Fraction(0), full - Fraction(numbers[0]) * answer)
    if shape == "pass_fail":
        return full if answer == 0 else Fraction(0)
    if shape == "levels":
        return Fraction(numbers[0][answer])
    if shape in {"bands", "count_bands"}:
        return next(Fraction(points) for band, points in numbers[0] if in_band(answer, band))
    target, step, per, counts = numbers
    missing = max(Fraction(0), Fraction(target) - answer) / Fraction(per)
    if counts == "started":
        missing = Fraction(ceil(missing))
    elif counts == "whole":
        missing = Fraction(floor(missing))
    lost = rounded(missing * Fraction(step), 6)
    return max(Fraction(0), full - lost)


def inspection(sheet, answers, facts):
    """Points per category (None where nothing applies) and the score of one inspection."""
    categories, total, reachable = {}, Fraction(0), Fraction(0)
    for category in sheet["categories"]:
        earned = possible = Fraction(0)
        for item in category["items"]:
            points = item_points(item, answers[item["code"]], facts)
            if points is not None:
                earned += points
                possible += Fraction(item["full"])
        if possible == 0:
            categories[category["code"]] = None
            continue
        points = rounded(earned * Fraction(category["full"]) / possible)
        categories[category["code"]] = points
        total += points
        reachable += Fraction(category["full"])
    return categories, None if reachable == 0 else rounded(total * sheet["total"] / reachable)


def mean(values):
    """The mean, or None of nothing."""
    return sum(values, Fraction(0)) / len(values) if values else None


def figures(rules, sheet, rounds, facts):
    """The figures of an estate: `rounds` are pairs as `inspection` gives them."""
    held = [(categories, score) for categories, score in rounds if score is not None]
    rates = {}
    for category in sheet["categories"]:
        points = rounded(mean([c[category["code"]] for c, _ in held if c[category["code"]] is not None]))
        rates[category["code"]] = None if points is None else rounded(points * 100 / Fraction(category["full"]))
    scores = [score for _, score in held]
    parts = {
        "inspection": rounded(mean(scores)) if len(scores) >= rules["minimum_rounds"] else None,
        "surveyed": facts["satisfaction"] if large_enough(rules, facts) else None,
        "opinion": facts["opinion"],
        "collection": facts["collection"],
    }
    base = weighted(rules["weights"], parts, facts)
    composite = None
    if base is not None:
        bonus = min(Fraction(rules["bonus_cap"]), Fraction(rules["bonus_each"]) * facts["commendations"])
        composite = rounded(max(Fraction(0), min(Fraction(100), base + bonus)))
    return {"rounds": len(held), "rates": rates, "composite": composite, **parts}


def large_enough(rules, facts):
    """Whether enough residents answered."""
    if facts["survey_answers"] is None or facts["households"] is None:
        return False
    least, ratio = rules["sample"]
    return facts["survey_answers"] >= least and facts["survey_answers"] * 100 >= facts["households"] * ratio


def weighted(weights, parts, facts):
    """The weighted mean, each part's points rounded; the parts that are missing or do not apply are shared out."""
    used = []
    for name, weight in weights.items():
        if name == "collection" and facts["management"] != "market":
            continue
        if parts[name] is None:
            if name == "inspection":
                return None
            continue
        used.append((Fraction(weight), parts[name]))
    whole = sum(weight for weight, _ in used)
    return rounded(sum((rounded(value * weight / whole) for weight, value in used), Fraction(0))) if whole else None


def stars(rules, district):
    """Stars of all estates: a list of dicts with figures, facts, stratum and history; None where not rated."""
    given = []
    for estate in district:
        composite = estate["figures"]["composite"]
        unrated = (
            estate["facts"]["management"] == "none"
            or (estate["facts"]["service_months"] or 0) < rules["least_months"]
            or estate["figures"]["rounds"] < rules["minimum_rounds"]
            or composite is None
        )
        given.append(None if unrated else capped(rules, estate, by_line(rules, composite)))
    given = quota(rules, district, given)
    return [streak(rules, estate, star) for estate, star in zip(district, given, strict=True)]


def by_line(rules, composite):
    """The star of the highest line reached."""
    return max((star for star, line in rules["lines"].items() if composite >= line), default=0)


def capped(rules, estate, star):
    """Gates and vetoes: the strictest holds."""
    for floor_, ceiling in rules["gates"]:
        if any(rate is not None and rate < floor_ for rate in estate["figures"]["rates"].values()):
            star = min(star, ceiling)
    for fact, ceiling in rules["flags"].items():
        if estate["facts"].get(fact):
            star = min(star, ceiling)
    surveyed = estate["figures"]["surveyed"]
    for line, ceiling in rules["satisfaction_caps"]:
        if surveyed is not None and surveyed < line:
            star = min(star, ceiling)
    collection = estate["facts"]["collection"]
    line, ceiling = rules["collection_cap"]
    if estate["facts"]["management"] == "market" and collection is not None and collection < line:
        star = min(star, ceiling)
    if estate["facts"]["party_form"] == "none":
        star = min(star, rules["no_party"])
    return star


def quota(rules, district, given):
    """Of each stratum at most so many percent keep the highest star; ties at the line stay only where all fit."""
    star, lower, percent, how = rules["quota"]
    after = list(given)
    for stratum in {estate["stratum"] for estate in district}:
        members = [i for i, estate in enumerate(district) if estate["stratum"] == stratum and given[i] is not None]
        rounding = {"floor": ROUND_FLOOR, "ceil": ROUND_CEILING, "half_up": ROUND_HALF_UP}[how]
        places = int((Decimal(len(members)) * percent / 100).quantize(Decimal(1), rounding=rounding))
        asking = [i for i in members if given[i] >= star]
        for i in asking:
            own = district[i]["figures"]["composite"]
            as_good = [j for j in asking if district[j]["figures"]["composite"] >= own]
            if len(as_good) > places:
                after[i] = lower
    return after


def streak(rules, estate, star):
    """Low composites in the periods before take a star."""
    line, periods, down = rules["streak"]
    before = (estate["history"] + [None] * periods)[:periods]
    if star is not None and all(value is not None and value < line for value in before):
        return max(0, star - down)
    return star
