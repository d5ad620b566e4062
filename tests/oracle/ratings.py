"""The rating by hand: plain loops over decimals, read from the data of an edition and from nothing in `src`.

`sheet` and `rating` are what a YAML reader gives for `sheet.yaml` and `rating.yaml`. Facts and figures are decimals,
words or truths, unknown is None; an answer is a number, an index, one of WORDS, or None where it is still open.
"""

from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

WORDS = ("na", "exempt", "zeroed")
ZERO, HUNDRED = Decimal(0), Decimal(100)


def number(value):
    """A number of the data as a decimal: 0.5 and "0.5" alike."""
    return Decimal(str(value))


def quotient(top, bottom, places=2, mode="half_up"):
    """Top ÷ bottom, rounded once."""
    exact = Fraction(top) / Fraction(bottom) * 10**places
    if mode == "floor":
        whole = floor(exact)
    elif mode == "ceil":
        whole = ceil(exact)
    elif mode == "half_even":
        whole = round(exact)
    else:
        whole = floor(abs(exact) + Fraction(1, 2)) * (1 if exact >= 0 else -1)
    return Decimal(whole).scaleb(-places)


def in_band(value, band):
    return (
        ("at_least" not in band or value >= number(band["at_least"]))
        and ("above" not in band or value > number(band["above"]))
        and ("below" not in band or value < number(band["below"]))
        and ("at_most" not in band or value <= number(band["at_most"]))
    )


# ---- conditions: true, false or unknown --------------------------------------------------------------------------


def every(truths):
    truths = list(truths)
    return False if False in truths else None if None in truths else True


def holds(condition, known):
    if "all" in condition:
        return every(holds(part, known) for part in condition["all"])
    if "any" in condition:
        truths = [holds(part, known) for part in condition["any"]]
        return True if True in truths else None if None in truths else False
    if "not" in condition:
        truth = holds(condition["not"], known)
        return None if truth is None else not truth
    value = known[condition.get("fact") or condition["figure"]]
    truths = []
    if "missing" in condition:
        truths.append((value is None) == condition["missing"])
    if set(condition) - {"fact", "figure", "missing"}:
        truths.append(None if value is None else compared(condition, value))
    return every(truths)


def compared(condition, value):
    if "is" in condition and value != (number(condition["is"]) if isinstance(value, Decimal) else condition["is"]):
        return False
    return ("in" not in condition or value in condition["in"]) and (
        isinstance(value, bool | str) or in_band(value, condition)
    )


def fires(condition, known):
    return holds(condition, known) is True


# ---- one inspection ----------------------------------------------------------------------------------------------


def item_points(item, answer, known):
    """Points of an item; None where it does not count, or is not answered yet."""
    if not applies(item, answer, known):
        return number(item["full"]) if item.get("not_applicable") == "full_marks" else None
    if answer is None:
        return None
    worked = WORKED.setdefault(id(item), (item, {}))[1]  # the item is kept, so that its id stays its own
    if answer not in worked:
        worked[answer] = earned(item, answer)
    return worked[answer]


def applies(item, answer, known):
    return answer != "na" and not ("applies" in item and holds(item["applies"], known) is False)


WORKED = {}  # points of each item and answer: worked out once, as a sensible loop would


def earned(item, answer):
    full, shape = number(item["full"]), item["shape"]
    kind = shape["kind"]
    if isinstance(answer, str):
        return {"exempt": full, "zeroed": ZERO}[answer]
    if kind == "per_occurrence":
        return max(ZERO, full - number(shape["step"]) * answer)
    if kind == "pass_fail":
        return full if answer == 0 else ZERO
    if kind == "levels":
        return number(shape["levels"][answer]["points"])
    if kind in {"bands", "count_bands"}:
        return next(number(band["points"]) for band in shape["bands"] if in_band(answer, band))
    missing = Fraction(max(ZERO, number(shape["target"]) - answer)) / Fraction(number(shape.get("per", 1)))
    counts = shape.get("counts", "started")
    missing = {"started": ceil(missing), "whole": floor(missing), "exact": missing}[counts]
    return max(ZERO, full - quotient(missing * Fraction(number(shape["step"])), 1, 6))


def inspection(sheet, answers, known):
    """Points per category (None where nothing applies) and the score of one inspection, None where nothing counts."""
    categories, total, reachable = {}, ZERO, ZERO
    for category in sheet["categories"]:
        got = possible = ZERO
        for item in category["items"]:
            answer, full = answers[item["code"]], number(item["full"])
            counts = applies(item, answer, known)
            if counts or item.get("not_applicable") == "full_marks":
                got += full if answer is None or not counts else item_points(item, answer, known)
                possible += full
        full = number(category["full"])
        spared = sheet.get("empty_category") == "full_marks"
        if possible:
            places, mode = sheet.get("category_places", 2), sheet.get("mode", "half_up")
            points = quotient(got * full, possible, places, mode)
        else:
            points = full if spared else None
        categories[category["code"]] = points
        if points is not None:
            total += points
            reachable += full
    if not reachable:
        return categories, None
    return categories, quotient(
        total * number(sheet["total"]), reachable, sheet.get("places", 2), sheet.get("mode", "half_up")
    )


# ---- the figures of one estate -----------------------------------------------------------------------------------


def taken(rating, facts):
    """Every declared fact, absences filled where the edition says with what."""
    known = {}
    for fact in rating["facts"]:
        value = facts.get(fact["name"])
        if value is None and fact.get("missing") == "default":
            value = fact["default"]
            value = value if isinstance(value, bool | str) else number(value)
        known[fact["name"]] = value
    return known


def figures(sheet, rating, facts, rounds):
    """Every figure of an estate by the name of its column; `rounds` are pairs as `inspection` gives them, in order."""
    known = dict(facts)
    held = [one for one in rounds if one[1] is not None]
    for step in rating["steps"]:
        STEPS[step["kind"]](step, known, sheet, held)
    return known


def aggregate(step, values):
    if not values:
        return None
    how = step.get("aggregate", "mean")
    if how == "mean":
        return quotient(sum(values), len(values), step.get("places", 2), step.get("mode", "half_up"))
    return {"min": min, "max": max, "latest": lambda listed: listed[-1]}[how](values)


def round_count(step, known, _sheet, held):
    known[step["name"]] = Decimal(len(held))


def rounds_step(step, known, _sheet, held):
    enough = len(held) >= step.get("minimum", 1)
    known[step["name"]] = aggregate(step, [score for _, score in held]) if enough else None


def category_rounds(step, known, sheet, held):
    for category in sheet["categories"]:
        code = category["code"]
        points = aggregate(step, [one[code] for one, _ in held if one[code] is not None])
        rate = None
        if points is not None:
            rate = quotient(points * 100, number(category["full"]), step.get("places", 2), step.get("mode", "half_up"))
        known[f"{code}.points"], known[f"{code}.rate"] = points, rate


def sample(step, known, _sheet, _held):
    answers = known[step["answers"]]
    enough = answers is not None and answers >= step["count"]
    if "population" in step:
        people = known[step["population"]]
        enough = enough and people is not None and answers * 100 >= people * number(step["ratio"])
    known[step["name"]] = known[step["of"]] if enough else None


def weighted_mean(step, known, _sheet, _held):
    name, mode, whole, missing = step["name"], step.get("mode", "half_up"), ZERO, False
    for part in step["parts"]:
        counts = "applies" not in part or holds(part["applies"], known) is not False
        value = known[part["of"]]
        if value is None and part["missing"] == "reweight":
            counts = False
        missing |= counts and value is None and part["missing"] == "not_rated"
        known[f"{name}.{part['of']}.weight"] = number(part["weight"]) if counts else ZERO
        whole += known[f"{name}.{part['of']}.weight"]
    exact, printed = Fraction(0), ZERO
    for part in step["parts"]:
        value = known[part["of"]]
        if value is None:
            value = HUNDRED if part["missing"] == "full" else ZERO
        product = value * known[f"{name}.{part['of']}.weight"]
        places = step.get("part_places")
        points = quotient(product, whole, 6 if places is None else places, mode) if whole else None
        known[f"{name}.{part['of']}.points"] = points
        if whole:
            exact, printed = exact + Fraction(product) / Fraction(whole), printed + points
    total = None
    if whole and not missing:
        total = quotient(exact if step.get("part_places") is None else printed, 1, step.get("places", 2), mode)
    known[name] = total


def extras(step, known, _sheet, _held):
    raw = ZERO
    for entry in step["entries"]:
        if entry["kind"] == "when":
            points = number(entry["worth"]) if fires(entry["when"], known) else ZERO
        elif entry["kind"] == "each":
            points = min(number(entry["at_most"]), (known[entry["fact"]] or ZERO) * number(entry["worth"]))
        else:
            points = number(entry["worth"].get(known[entry["fact"]], 0))
        known[entry["code"]] = points
        raw += points
    known[f"{step['name']}.raw"] = raw
    known[step["name"]] = min(raw, number(step["cap"])) * (-1 if step.get("sign") == "minus" else 1)


def total(step, known, _sheet, _held):
    values = [known[name] for name in step["of"]]
    known[step["name"]] = None if None in values else sum(values)


def clamp(step, known, _sheet, _held):
    value = known[step["of"]]
    if value is not None and "at_least" in step:
        value = max(value, number(step["at_least"]))
    if value is not None and "at_most" in step:
        value = min(value, number(step["at_most"]))
    known[step["name"]] = value


def rounded(step, known, _sheet, _held):
    value = known[step["of"]]
    known[step["name"]] = (
        None if value is None else quotient(value, 1, step.get("places", 2), step.get("mode", "half_up"))
    )


STEPS = {
    "round_count": round_count,
    "rounds": rounds_step,
    "category_rounds": category_rounds,
    "sample": sample,
    "weighted_mean": weighted_mean,
    "extras": extras,
    "sum": total,
    "clamp": clamp,
    "round": rounded,
}


# ---- the stars of a district -------------------------------------------------------------------------------------


def settle(sheet, rating, district):
    """Add `not_rated`, `stars` and `fired` to each estate: a dict of `figures` and `history`, the latest first."""
    rules = rating["stars"]
    for estate in district:
        known = estate["figures"]
        reasons = [reason["code"] for reason in rules["not_rated"] if fires(reason["when"], known)]
        estate["not_rated"] = reasons[0] if reasons else None
        composite = known[rules["figure"]]
        starred = [line["star"] for line in rules["cutoffs"] if composite is not None and in_band(composite, line)]
        estate["stars"] = starred[0] if starred and not reasons else None
        estate["fired"] = []
    for stage in rules["stages"]:
        if stage["kind"] == "quota":
            quota(stage, rules["figure"], district)
            continue
        for estate in district:
            STAGES[stage["kind"]](stage, sheet, rules["figure"], estate)


def cap(estate, code, ceilings):
    """The strictest ceiling that fires holds; a rule that fires is listed even where there is no star to take."""
    if ceilings:
        estate["fired"].append(code)
        if estate["stars"] is not None:
            estate["stars"] = min(estate["stars"], *ceilings)


def gates(stage, sheet, _figure, estate):
    for gate in stage["gates"]:
        named = gate.get("categories") or [category["code"] for category in sheet["categories"]]
        rates = [estate["figures"][f"{code}.rate"] for code in named]
        low = any(rate is not None and rate < number(gate["floor"]) for rate in rates)
        cap(estate, gate["code"], [gate["at_most"]] if low else [])


def vetoes(stage, _sheet, _figure, estate):
    for veto in stage["vetoes"]:
        fired = [effect["at_most"] for effect in veto["effects"] if fires(effect["when"], estate["figures"])]
        cap(estate, veto["code"], fired)


def streak(stage, _sheet, figure, estate):
    row = [estate["figures"][figure]] if stage.get("includes_current") else []
    row = (row + estate["history"] + [None] * stage["periods"])[: stage["periods"]]
    if all(value is not None and value < number(stage["below"]) for value in row):
        estate["fired"].append(stage["rule"]["code"])
        if estate["stars"] is not None:
            estate["stars"] = max(0, estate["stars"] - stage.get("stars_down", 0))


STAGES = {"gates": gates, "vetoes": vetoes, "streak": streak}


def quota(stage, figure, district):
    """Of each group so many percent keep the star; one at the line stays if all of its score, or any, fit in."""
    groups = {}
    for estate in district:
        groups.setdefault(tuple(estate["figures"][name] for name in stage["by"]), []).append(estate)
    for members in groups.values():
        rated = [estate for estate in members if estate["stars"] is not None]
        share = Fraction(len(rated)) * Fraction(number(stage["ratio"])) / 100
        places = {"floor": floor, "ceil": ceil, "half_up": lambda n: floor(n + Fraction(1, 2))}[
            stage.get("count", "floor")
        ](share)
        asking = sorted((one["figures"][figure] for one in rated if one["stars"] >= stage["star"]), reverse=True)
        stays = {}
        for score in set(asking):
            better, as_good = asking.index(score), len(asking) - asking[::-1].index(score)
            stays[score] = (as_good if stage.get("ties", "out") == "out" else better + 1) <= places
        for estate in rated:
            if estate["stars"] >= stage["star"] and not stays[estate["figures"][figure]]:
                estate["stars"] = stage["to"]
                estate["fired"].append(stage["rule"]["code"])


def rate(sheet, rating, district):
    """Rate a district in place: each estate is a dict of `facts`, `rounds` (answers by code) and `history`."""
    for estate in district:
        facts = taken(rating, estate["facts"])
        estate["held"] = [inspection(sheet, answers, facts) for answers in estate["rounds"]]
        estate["figures"] = figures(sheet, rating, facts, estate["held"])
    settle(sheet, rating, district)
