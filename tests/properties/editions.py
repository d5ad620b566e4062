"""Random editions and districts as plain data: what the oracle reads, and the engine through its own loader.

Rules are drawn by Hypothesis, so that a failure shrinks to the smallest edition; districts come from a drawn seed,
because most estates must be ordinary for stars, quotas and rows of low periods to come about.
"""

import json
from copy import deepcopy
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from random import Random

import yaml
from hypothesis import strategies as st

DEFAULT = Path(__file__).parents[2] / "rules/2026-01-01"
SHEET = yaml.safe_load((DEFAULT / "sheet.yaml").read_text(encoding="utf-8"))
RATING = yaml.safe_load((DEFAULT / "rating.yaml").read_text(encoding="utf-8"))
EXAMPLE = {"zh": "示例", "en": "Example"}
SAID = {"title": EXAMPLE, "basis": EXAMPLE}
STEPS = ("0.1", "0.2", "0.25", "0.5", "1")
MODES = st.sampled_from(["half_up", "half_up", "half_even", "floor", "ceil"])
AGGREGATES = st.sampled_from(["mean", "mean", "min", "max", "latest"])
APPLIES = (
    {"fact": "gated", "is": True},
    {"fact": "lifts", "above": 0},
    {"not": {"fact": "estate_type", "in": ["old", "affordable"]}},
    {"any": [{"fact": "secondary_water", "is": True}, {"fact": "households", "missing": True}]},
    {"all": [{"fact": "parking_managed", "is": True}, {"fact": "households", "above": 200, "at_most": 390}]},
)


def tenths(low, high):
    """A way to answer: a rate with one decimal, more often a good one."""
    return lambda random: Decimal(max(random.randint(low, high) for _ in range(2))) / 10


def whole(low, high):
    """A way to answer: a small count more often than a large one."""
    return lambda random: min(random.randint(low, high) for _ in range(2))


# ---- the score sheet ---------------------------------------------------------------------------------------------


@st.composite
def bands(draw, points):
    """Bands over the whole line, one for each of `points` from the worst up; a seam belongs to either side."""
    seams = len(points) - 1
    cuts = sorted(draw(st.lists(st.integers(1, 99), min_size=seams, max_size=seams, unique=True)))
    made = [{"points": point} for point in points]
    for cut, (lower, upper) in zip(cuts, pairwise(made), strict=True):
        below, above = draw(st.sampled_from([("below", "at_least"), ("at_most", "above")]))
        lower[below], upper[above] = cut, cut
    return draw(st.permutations(made))


@st.composite
def shapes(draw, full):
    """A shape as data, and a way to answer it: a function of a source of random numbers."""
    kind = draw(st.sampled_from(["per_occurrence", "pass_fail", "levels", "bands", "count_bands", "shortfall"]))
    if kind == "per_occurrence":
        return {"kind": kind, "step": draw(st.sampled_from(STEPS))}, whole(0, 12)
    if kind == "pass_fail":
        return {"kind": kind}, whole(0, 1)
    if kind == "shortfall":
        shape = {
            "kind": kind,
            "target": draw(st.sampled_from([90, "97.5"])),
            "step": draw(st.sampled_from(STEPS)),
            "per": draw(st.sampled_from(["1", "2.5", "3"])),
            "counts": draw(st.sampled_from(["started", "whole", "exact"])),
        }
        return shape, tenths(0, 1000)
    middle = draw(st.lists(st.sampled_from(["0.25", "0.5", "0.9"]), max_size=2, unique=True))
    points = [0, *sorted(middle), full]
    if kind == "levels":
        levels = [{"title": EXAMPLE, "points": point} for point in reversed(points)]
        return {"kind": kind, "levels": levels}, whole(0, len(levels) - 1)
    answers = whole(0, 120) if kind == "count_bands" else tenths(0, 1000)
    return {"kind": kind, "bands": draw(bands(points))}, answers


@st.composite
def sheets(draw):
    """A sheet, and by item code the way to answer."""
    categories, answers = [], {}
    for c in range(draw(st.integers(1, 3))):
        items = []
        for i in range(draw(st.integers(1, 3))):
            code, full = f"K{c}-{i}", draw(st.integers(1, 4))
            shape, given = draw(shapes(full))
            item = {"code": code, **SAID, "full": full, "severity": "normal", "how_to_look": EXAMPLE, "days_to_cure": 1}
            item |= {"shape": shape, "not_applicable": draw(st.sampled_from(["rescale", "rescale", "full_marks"]))}
            condition = draw(st.sampled_from([None, None, *APPLIES]))
            items.append(item if condition is None else item | {"applies": condition})
            answers[code] = given
        full = sum(item["full"] for item in items)
        categories.append({"code": f"K{c}", "title": EXAMPLE, "full": full, "items": items})
    sheet = {
        "total": sum(category["full"] for category in categories),
        "severities": [{"code": "normal", "title": EXAMPLE, "weight": 1}],
        "categories": categories,
        "category_places": draw(st.integers(1, 3)),
        "mode": draw(MODES),
        "empty_category": draw(st.sampled_from(["rescale", "rescale", "full_marks"])),
    }
    return sheet, answers


# ---- from the points to the stars --------------------------------------------------------------------------------


@st.composite
def steps(draw):
    """The default steps with other numbers and other ways to round, to aggregate, to make up for a missing part."""
    made = {step["name"]: dict(step) for step in RATING["steps"]}
    made["categories"] |= {"aggregate": draw(AGGREGATES), "mode": draw(MODES)}
    made["inspection"] |= {"aggregate": draw(AGGREGATES), "mode": draw(MODES), "minimum": draw(st.integers(1, 3))}
    made["surveyed"] |= {"count": draw(st.sampled_from([0, 30, 50])), "ratio": draw(st.sampled_from([0, 10, 33]))}
    weights = [draw(st.integers(1, 30)) for _ in range(3)]
    missing = st.sampled_from(["reweight", "reweight", "zero", "full", "not_rated"])
    parts = [dict(part) for part in made["base"]["parts"]]
    for part, weight in zip(parts, [100 - sum(weights), *weights], strict=True):
        part |= {"weight": weight, "missing": "not_rated" if part["of"] == "inspection" else draw(missing)}
    made["base"] |= {"parts": parts, "mode": draw(MODES)}
    if draw(st.booleans()):
        del made["base"]["part_places"]
    made["bonus"] |= {"cap": draw(st.integers(1, 6)), "sign": draw(st.sampled_from(["plus", "plus", "minus"]))}
    made["composite"] |= {"places": draw(st.integers(0, 2)), "mode": draw(MODES)}
    return list(made.values())


@st.composite
def stars(draw, sheet):
    """Cut-offs and stages with numbers that bite."""
    lines = sorted(draw(st.lists(st.integers(2000, 9999), min_size=5, max_size=5, unique=True)))
    cutoffs = [{"star": star} for star in range(6)]
    for line, (lower, upper) in zip(lines, pairwise(cutoffs), strict=True):
        below, above = draw(st.sampled_from([("below", "at_least"), ("at_most", "above")]))
        lower[below] = upper[above] = str(Decimal(line) / 100)
    codes = [category["code"] for category in sheet["categories"]]
    gates = [
        SAID
        | {"code": f"M{n}", "floor": draw(st.integers(0, 100)), "at_most": draw(st.integers(0, 4))}
        | {"categories": draw(st.sampled_from([[], codes[:1], codes]))}
        for n in range(draw(st.integers(0, 2)))
    ]
    found = next(stage["vetoes"] for stage in RATING["stars"]["stages"] if stage["kind"] == "vetoes")
    vetoes = [
        veto | {"effects": [effect | {"at_most": draw(st.integers(0, 4))} for effect in veto["effects"]]}
        for veto in draw(st.permutations(found))
    ]
    quota = {
        "kind": "quota",
        "rule": SAID | {"code": "Q1"},
        "star": draw(st.integers(3, 5)),
        "to": draw(st.integers(0, 2)),
        "ratio": draw(st.sampled_from([15, 40, 60, "33.3"])),
        "by": draw(st.sampled_from([["stratum"], ["stratum"], [], ["stratum", "estate_type"]])),
        "count": draw(st.sampled_from(["floor", "ceil", "half_up"])),
        "ties": draw(st.sampled_from(["out", "in"])),
        "overtaken": True,
    }
    low = {
        "kind": "streak",
        "rule": SAID | {"code": "S1"},
        "below": 60,
        "periods": draw(st.integers(1, 2)),
        "stars_down": 1,
    }
    calls = {"kind": "streak", "rule": SAID | {"code": "S2"}, "below": 60, "periods": 2, "includes_current": True}
    stages = [{"kind": "gates", "gates": gates}, {"kind": "vetoes", "vetoes": vetoes}, quota, low | {"stars_down": 1}]
    return RATING["stars"] | {"cutoffs": cutoffs, "stages": [*stages, calls | {"calls_for": EXAMPLE}]}


# ---- districts ---------------------------------------------------------------------------------------------------

RANGES = {"service_months": (4, 60), "survey_answers": (20, 150), "households": (100, 600), "lifts": (0, 9)}


def a_value(random, fact):
    """A value that the fact may have: most often what nobody objects to, now and then nothing at all."""
    luck, kind = random.random(), fact["kind"]
    if luck < 0.04:
        return None
    if kind == "flag":
        return fact["perfect"] if luck < 0.97 else not fact["perfect"]
    if kind == "choice":
        return fact["perfect"] if luck < 0.8 else random.choice(fact["choices"])["code"]
    if kind == "count":
        return Decimal(random.randint(*RANGES.get(fact["name"], (0, 3))))
    return Decimal(max(random.randint(550, 1000), random.randint(550, 1000))) / 10


def an_answer(random, way):
    """An answer of its kind, or now and then a word or nothing."""
    return way(random) if random.random() < 0.9 else random.choice(["na", "exempt", "zeroed", None])


def an_estate(random, answers):
    return {
        "facts": {fact["name"]: a_value(random, fact) for fact in RATING["facts"]},
        "rounds": [
            {code: an_answer(random, way) for code, way in answers.items()}
            for _ in range(random.choice([0, 2, 3, 4, 4, 4, 4, 4]))
        ],
        "history": [
            random.choice([None, Decimal(50), Decimal("59.99"), Decimal(60), Decimal(80)])
            for _ in range(random.randint(0, 2))
        ],
    }


@st.composite
def worlds(draw):
    """A sheet, a rating and a district of up to sixteen estates."""
    sheet, answers = draw(sheets())
    rating = {"facts": RATING["facts"], "steps": draw(steps()), "stars": draw(stars(sheet))}
    size, seed = draw(st.integers(1, 12)), draw(st.integers(0, 2**32))
    random = Random(json.dumps([sheet, rating, size, seed]))  # another edition, another district
    district = [an_estate(random, answers) for _ in range(size)]
    # twins, so that there are ties at the line of a quota
    return sheet, rating, district + [deepcopy(random.choice(district)) for _ in range(size // 3)]


def millionths(value):
    """A figure as the engine holds it; nothing is rounded on the way."""
    scaled = Fraction(value) * 1_000_000
    assert scaled.denominator == 1, value
    return scaled.numerator
