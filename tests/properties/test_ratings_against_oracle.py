"""Score, assess and settle against the plain oracle, on random rules and random districts."""

from fractions import Fraction
from pathlib import Path
from random import Random

import polars as pl
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle import ratings as oracle
from redproperty.domain.items import EXEMPT, NOT_APPLICABLE, ZEROED
from redproperty.domain.numbers import UNIT
from redproperty.domain.ratings import Rating, assess, settle
from redproperty.domain.sheets import Sheet, score
from redproperty.store.rules_structs import Reader
from redproperty.store.rules_yaml import compose

DEFAULT = yaml.safe_load((Path(__file__).parents[2] / "rules/2026-01-01/rating.yaml").read_text(encoding="utf-8"))
EXAMPLE = {"zh": "示例", "en": "Example"}
WORDS = {"na": NOT_APPLICABLE, "exempt": EXEMPT, "zeroed": ZEROED}
KINDS = ("market", "custody", "none", None)
FACTS = {"management": pl.String, "party_form": pl.String, "stratum": pl.String, "gated": pl.Boolean}
FLAGS = {"fire_failed": 0, "group_petition": 2}
FIGURES = ("satisfaction", "survey_answers", "opinion", "collection", "households", "service_months", "commendations")


def read(data, kind):
    reader = Reader("random.yaml")
    value = reader.read(compose("random.yaml", yaml.safe_dump(data, allow_unicode=True).encode()), kind)
    assert reader.problems == []
    return value


# ---- random rules, drawn once for both sides ---------------------------------------------------------------------


@st.composite
def shapes(draw, full):
    """A pair: the shape as data of an edition, and as the oracle's rule with its possible answers."""
    kind = draw(st.sampled_from(["per_occurrence", "pass_fail", "levels", "bands", "count_bands", "shortfall"]))
    step = draw(st.sampled_from(["0.1", "0.2", "0.5", "1"]))
    if kind == "per_occurrence":
        return {"kind": kind, "step": step}, (kind, step), st.integers(0, 12)
    if kind == "pass_fail":
        return {"kind": kind}, (kind,), st.integers(0, 1)
    if kind == "levels":
        points = sorted({"0", str(full), draw(st.sampled_from(["0.5", "0.25", "0"]))}, key=Fraction, reverse=True)
        levels = [{"title": EXAMPLE, "points": value} for value in points]
        return {"kind": kind, "levels": levels}, (kind, points), st.integers(0, len(points) - 1)
    if kind == "shortfall":
        counts = draw(st.sampled_from(["started", "whole", "exact"]))
        per = draw(st.sampled_from(["1", "2.5", "3"]))
        data = {"kind": kind, "target": 90, "step": step, "per": per, "counts": counts}
        return data, (kind, "90", step, per, counts), tenths(0, 1000)
    low, high = draw(st.integers(1, 40)), draw(st.integers(41, 99))
    bands = [((None, low), "0"), ((low, high), "0.5"), ((high, None), str(full))]
    data = [
        {name: end for name, end in (("at_least", least), ("below", most)) if end is not None} | {"points": points}
        for (least, most), points in bands
    ]
    return (
        {"kind": kind, "bands": data},
        (kind, bands),
        st.integers(0, 120) if kind == "count_bands" else tenths(0, 1000),
    )


def tenths(low, high):
    return st.integers(low, high).map(lambda number: Fraction(number, 10))


@st.composite
def sheets(draw):
    """The sheet as data, for the oracle, and per item the strategy of its answers."""
    data, plain, answers = [], [], {}
    for c in range(draw(st.integers(1, 3))):
        items, rules = [], []
        for i in range(draw(st.integers(1, 3))):
            code, full = f"K{c}-{i}", draw(st.integers(1, 4))
            shape, rule, given_ = draw(shapes(full))
            applies = draw(st.sampled_from([None, None, ("gated", True)]))
            spared = draw(st.booleans())
            items.append(
                {
                    "code": code,
                    "title": EXAMPLE,
                    "full": full,
                    "severity": "normal",
                    "basis": EXAMPLE,
                    "how_to_look": EXAMPLE,
                    "shape": shape,
                    "days_to_cure": 1,
                    "not_applicable": "full_marks" if spared else "rescale",
                    **({"applies": {"fact": "gated", "is": True}} if applies else {}),
                }
            )
            rules.append({"code": code, "full": full, "rule": rule, "applies": applies, "spared": spared})
            answers[code] = st.one_of(given_, given_, given_, st.sampled_from(["na", "exempt", "zeroed"]))
        whole = sum(rule["full"] for rule in rules)
        data.append({"code": f"K{c}", "title": EXAMPLE, "full": whole, "items": items})
        plain.append({"code": f"K{c}", "full": whole, "items": rules})
    total = sum(category["full"] for category in plain)
    severity = [{"code": "normal", "title": EXAMPLE, "weight": 1}]
    # the oracle and the sheet scale any total to 100
    return {"total": total, "severities": severity, "categories": data}, {"total": total, "categories": plain}, answers


@st.composite
def rules(draw):
    """The numbers of a rating, as the oracle wants them."""
    weights = [draw(st.integers(5, 40)) for _ in range(3)]
    lines = sorted(draw(st.lists(st.integers(1, 9999), min_size=5, max_size=5, unique=True)))
    return {
        "weights": dict(zip(("surveyed", "opinion", "collection"), [w // 2 for w in weights], strict=True))
        | {"inspection": 100 - sum(w // 2 for w in weights)},
        "minimum_rounds": draw(st.integers(1, 3)),
        "sample": (draw(st.sampled_from([0, 30, 50])), draw(st.sampled_from([0, 10, 33]))),
        "bonus_each": draw(st.sampled_from(["0.5", "1"])),
        "bonus_cap": draw(st.integers(1, 5)),
        "lines": {star: Fraction(line, 100) for star, line in enumerate(lines, start=1)},
        "gates": draw(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 4)), min_size=1, max_size=2)),
        "flags": FLAGS,
        "satisfaction_caps": [(60, draw(st.integers(0, 3))), (80, 4)],
        "collection_cap": (70, draw(st.integers(0, 4))),
        "no_party": 3,
        "quota": (5, 4, draw(st.sampled_from([15, 40, 60])), draw(st.sampled_from(["floor", "ceil", "half_up"]))),
        "streak": (60, draw(st.integers(1, 2)), 1),
        "least_months": 6,
    }


def rating_data(numbers):
    """The default rating with these numbers in it."""
    steps = {step["name"]: dict(step) for step in DEFAULT["steps"]}
    steps["inspection"]["minimum"] = numbers["minimum_rounds"]
    steps["surveyed"] |= {"count": numbers["sample"][0], "ratio": numbers["sample"][1]}
    steps["base"]["parts"] = [part | {"weight": numbers["weights"][part["of"]]} for part in steps["base"]["parts"]]
    each = {"code": "J1", "title": EXAMPLE, "basis": EXAMPLE, "kind": "each", "fact": "commendations", "at_most": 99}
    steps["bonus"] |= {"cap": numbers["bonus_cap"], "entries": [each | {"worth": numbers["bonus_each"]}]}
    lines = [None, *(str(float(line)) for line in numbers["lines"].values()), None]
    cutoffs = [
        {"star": star, **({"at_least": low} if low else {}), **({"below": high} if high else {})}
        for star, (low, high) in enumerate(zip(lines, lines[1:], strict=False))
    ]
    said = {"title": EXAMPLE, "basis": EXAMPLE}
    flags = [
        said | {"code": f"F{n}", "effects": [{"when": {"fact": fact, "is": True}, "at_most": most}]}
        for n, (fact, most) in enumerate(numbers["flags"].items())
    ]
    caps = [
        {"when": {"figure": "surveyed", "below": line}, "at_most": most} for line, most in numbers["satisfaction_caps"]
    ]
    line, most = numbers["collection_cap"]
    market = {"all": [{"fact": "management", "is": "market"}, {"fact": "collection", "below": line}]}
    vetoes = [
        *flags,
        said
        | {"code": "F8", "effects": [{"when": {"fact": "party_form", "is": "none"}, "at_most": numbers["no_party"]}]},
        said | {"code": "F9", "effects": caps},
        said | {"code": "F10", "effects": [{"when": market, "at_most": most}]},
    ]
    star, to, ratio, count = numbers["quota"]
    below, periods, down = numbers["streak"]
    stages = [
        {
            "kind": "gates",
            "gates": [said | {"code": f"M{n}", "floor": f, "at_most": m} for n, (f, m) in enumerate(numbers["gates"])],
        },
        {"kind": "vetoes", "vetoes": vetoes},
        {
            "kind": "quota",
            "rule": said | {"code": "Q1"},
            "star": star,
            "to": to,
            "ratio": ratio,
            "by": ["stratum"],
            "count": count,
        },
        {"kind": "streak", "rule": said | {"code": "S1"}, "below": below, "periods": periods, "stars_down": down},
    ]
    reasons = [dict(reason) for reason in DEFAULT["stars"]["not_rated"]]
    reasons[2]["when"] = {"figure": "valid_rounds", "below": numbers["minimum_rounds"]}
    whole = DEFAULT["stars"] | {"cutoffs": cutoffs, "stages": stages, "not_rated": reasons}
    return {"facts": DEFAULT["facts"], "steps": list(steps.values()), "stars": whole}


# ---- random districts --------------------------------------------------------------------------------------------


@st.composite
def estates(draw, answers):
    """One estate: facts, answers per round, history."""
    maybe = lambda strategy: st.one_of(strategy, strategy, strategy, st.none())  # noqa: E731
    facts = {
        "management": draw(st.sampled_from(KINDS[:2] * 4 + KINDS)),
        "party_form": draw(st.sampled_from(["own", "own", "none"])),
        "gated": draw(st.sampled_from([True, False, None])),
        "satisfaction": draw(maybe(tenths(400, 1000))),
        "survey_answers": draw(maybe(st.integers(0, 120))),
        "households": draw(maybe(st.integers(100, 400))),
        "opinion": draw(maybe(tenths(0, 1000))),
        "collection": draw(maybe(tenths(600, 1000))),
        "service_months": draw(maybe(st.integers(4, 30))),
        "commendations": draw(st.integers(0, 4)),
        **{flag: draw(st.sampled_from([False] * 5 + [True])) for flag in FLAGS},
    }
    rounds = draw(st.lists(st.fixed_dictionaries(answers), max_size=4))
    history = draw(st.lists(st.sampled_from([None, Fraction(50), Fraction(5999, 100), Fraction(60)]), max_size=2))
    return {
        "facts": facts,
        "rounds": rounds,
        "history": history,
        "stratum": draw(st.sampled_from(["developer", "custody"])),
    }


@st.composite
def worlds(draw):
    sheet_data, sheet, answers = draw(sheets())
    numbers = draw(rules())
    district = draw(st.lists(estates(answers), min_size=1, max_size=6))
    return sheet_data, sheet, numbers, district


def millionths(value):
    if value is None:
        return None
    scaled = Fraction(value) * UNIT
    assert scaled.denominator == 1, "the oracle's figures are whole millionths"
    return scaled.numerator


def code_of(answer, rule):
    if isinstance(answer, str):
        return WORDS[answer]
    return millionths(answer) if rule[0] in {"bands", "shortfall"} else answer


def frames(sheet, district):
    """The answers, the estates and the history as frames."""
    shapes_ = {item["code"]: item["rule"] for category in sheet["categories"] for item in category["items"]}
    answers = [
        {"estate_id": e, "round": r, "gated": estate["facts"]["gated"]}
        | {code: code_of(answer, shapes_[code]) for code, answer in held.items()}
        for e, estate in enumerate(district)
        for r, held in enumerate(estate["rounds"], start=1)
    ]
    known = [
        {"estate_id": e, "stratum": estate["stratum"]}
        | {name: millionths(value) if name in FIGURES else value for name, value in estate["facts"].items()}
        for e, estate in enumerate(district)
    ]
    history = [
        {"estate_id": e, "periods_back": back, "composite": millionths(value)}
        for e, estate in enumerate(district)
        for back, value in enumerate(estate["history"], start=1)
    ]
    numbers = dict.fromkeys(("estate_id", "round", *shapes_), pl.Int64)
    facts = FACTS | dict.fromkeys(FIGURES, pl.Int64) | dict.fromkeys(FLAGS, pl.Boolean) | {"estate_id": pl.Int64}
    past = dict.fromkeys(("estate_id", "periods_back", "composite"), pl.Int64)
    return (
        pl.DataFrame(answers, schema=numbers | {"gated": pl.Boolean}),
        pl.DataFrame(known, schema=facts),
        pl.DataFrame(history, schema=past),
    )


def rated(sheet_data, sheet, numbers, district, shuffle=None):
    answers, known, history = frames(sheet, district)
    if shuffle is not None:
        answers, known = (
            answers.sample(fraction=1, shuffle=True, seed=shuffle),
            known.sample(fraction=1, shuffle=True, seed=shuffle),
        )
    points = read(sheet_data, Sheet)
    rating = read(rating_data(numbers), Rating)
    scored = score(points, answers)
    return scored, settle(points, rating, assess(points, rating, scored, known), history).sort("estate_id")


def by_hand(sheet, numbers, district):
    for estate in district:
        facts = estate["facts"] | {"commendations": estate["facts"]["commendations"]}
        held = [oracle.inspection(sheet, answers, facts) for answers in estate["rounds"]]
        estate["held"] = held
        estate["figures"] = oracle.figures(numbers, sheet, held, facts)
        if facts["management"] is None:
            facts["management"] = "none"
            estate["facts"] = facts
    return oracle.stars(numbers, district)


@settings(max_examples=70, deadline=None)
@given(world=worlds())
def test_points_figures_and_stars_equal_the_oracle(world):
    sheet_data, sheet, numbers, district = world
    scored, settled = rated(*world)
    expected = by_hand(sheet, numbers, district)
    held = [
        (estate, answers, result)
        for estate in district
        for answers, result in zip(estate["rounds"], estate["held"], strict=True)
    ]
    for row, (estate, answers, (categories, total)) in zip(scored.iter_rows(named=True), held, strict=True):
        assert row["score"] == millionths(total)
        for category in sheet["categories"]:
            assert row[f"{category['code']}.points"] == millionths(categories[category["code"]])
            for item in category["items"]:
                points = oracle.item_points(item, answers[item["code"]], estate["facts"])
                assert row[f"{item['code']}.points"] == millionths(points), (item, answers)
    for row, estate in zip(settled.iter_rows(named=True), district, strict=True):
        for name in ("inspection", "surveyed", "composite"):
            assert row[name] == millionths(estate["figures"][name]), name
        for code, rate in estate["figures"]["rates"].items():
            assert row[f"{code}.rate"] == millionths(rate)
    assert settled["stars"].to_list() == expected
    assert [reason is None for reason in settled["not_rated"]] == [star is not None for star in expected]


@settings(max_examples=25, deadline=None)
@given(world=worlds(), seed=st.integers(0, 2**16))
def test_the_order_of_rows_never_matters(world, seed):
    assert rated(*world)[1]["stars"].to_list() == rated(*world, shuffle=seed)[1]["stars"].to_list()


@settings(max_examples=25, deadline=None)
@given(world=worlds(), seed=st.integers(0, 2**16))
def test_more_points_never_mean_fewer_stars(world, seed):
    sheet_data, sheet, _, district = world
    before = rated(*world)[1]
    lucky = Random(seed).randrange(len(district))
    points = read(sheet_data, Sheet)
    for answers in district[lucky]["rounds"]:
        for code in answers:
            # an item left out stays left out: taking it in would move weight, not add points
            if answers[code] != "na" and Random(f"{seed}{code}").random() < 0.7:
                best = points.by_code[code].shape.best()
                number = points.by_code[code].asked().kind == "number"
                answers[code] = Fraction(best, UNIT) if number else best
    after = rated(*world)[1]
    if before["stars"][lucky] is not None:
        assert after["composite"][lucky] >= before["composite"][lucky]
        assert after["stars"][lucky] >= before["stars"][lucky]


@settings(max_examples=25, deadline=None)
@given(world=worlds(), flag=st.sampled_from(sorted(FLAGS)), seed=st.integers(0, 2**16))
def test_a_veto_never_helps(world, flag, seed):
    district = world[-1]
    before = rated(*world)[1]["stars"]
    struck = seed % len(district)
    district[struck]["facts"][flag] = True
    after = rated(*world)[1]["stars"]
    assert after.is_null().to_list() == before.is_null().to_list()
    if before[struck] is not None:
        assert after[struck] <= min(before[struck], FLAGS[flag])


@settings(max_examples=15, deadline=None)
@given(world=worlds())
def test_one_form_and_the_whole_batch_are_scored_alike(world):
    sheet_data, sheet, _, district = world
    answers, _, _ = frames(sheet, district)
    points = read(sheet_data, Sheet)
    whole = score(points, answers)
    assert all(score(points, answers[n]).equals(whole[n]) for n in range(answers.height))
