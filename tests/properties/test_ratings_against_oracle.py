"""Score, assess and settle against the plain oracle, on random rules and random districts."""

import json
from copy import deepcopy
from decimal import Decimal
from random import Random

import msgspec
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle import ratings as oracle
from properties.editions import DEFAULT, RATING, SHEET, an_estate, millionths, worlds
from redproperty.domain.compiled import compiled
from redproperty.domain.items import EXEMPT, NOT_APPLICABLE, ZEROED
from redproperty.domain.numbers import UNIT, decimal
from redproperty.domain.ratings import Rating
from redproperty.domain.runs import ABOUT, rate
from redproperty.domain.sheets import Sheet, score
from redproperty.store.rules import load_edition
from redproperty.store.rules_structs import Reader
from redproperty.store.rules_yaml import compose

PACK = load_edition(DEFAULT)
WORDS = {"na": NOT_APPLICABLE, "exempt": EXEMPT, "zeroed": ZEROED}
FLAGS = [fact["name"] for fact in RATING["facts"] if fact["kind"] == "flag" and fact["source"] == "event"]


def read(data, kind, *known):
    """The data through the loader, which finds nothing to say against it."""
    reader = Reader("random.yaml")
    value = reader.read(compose("random.yaml", json.dumps(data).encode()), kind)
    assert reader.problems == []
    assert list(value.check(*known)) == []
    return value


def edition(sheet, rating):
    points = read(sheet, Sheet)
    return msgspec.structs.replace(PACK, sheet=points, rating=read(rating, Rating, points))


def held(value):
    return millionths(value) if isinstance(value, Decimal) else value


def frames(pack, district):
    """The district as `rate` takes it."""
    shapes = {item.code: item.asked().kind for item in pack.sheet.items}
    sheets = [
        {"inspection_id": 10 * e + r, "estate_id": e, "round": r, "void": False}
        | {code: WORDS.get(a) if isinstance(a, str) else held(a) for code, a in answers.items()}
        for e, estate in enumerate(district)
        for r, answers in enumerate(estate["rounds"], start=1)
    ]
    assert set(shapes.values()) <= {"number", "count", "levels", "yes_no"}
    estates = [{"estate_id": e} | {k: held(v) for k, v in estate["facts"].items()} for e, estate in enumerate(district)]
    past = [
        {"estate_id": e, "periods_back": back, "composite": held(value)}
        for e, estate in enumerate(district)
        for back, value in enumerate(estate["history"], start=1)
    ]
    facts = {fact.name: fact.dtype for fact in pack.rating.facts}
    numbers = dict.fromkeys(("inspection_id", "estate_id", "round", *shapes), pl.Int64)
    return {
        "estates": pl.DataFrame(estates, schema={**ABOUT, **facts}),
        "inspections": pl.DataFrame(sheets, schema={**numbers, "void": pl.Boolean}),
        "history": pl.DataFrame(past, schema=dict.fromkeys(("estate_id", "periods_back", "composite"), pl.Int64)),
    }


def rated(world):
    sheet, rating, district = world
    pack = edition(sheet, rating)
    return rate(pack, **frames(pack, district))


@settings(max_examples=60, deadline=None)
@given(world=worlds())
def test_every_figure_star_and_rule_equals_the_oracle(world):
    sheet, rating, district = world
    oracle.rate(sheet, rating, district)
    for row, estate in zip(rated(world).iter_rows(named=True), district, strict=True):
        for name, value in estate["figures"].items():
            assert row[name] == held(value), name
        assert (row["not_rated"], row["stars"], row["fired"]) == (estate["not_rated"], estate["stars"], estate["fired"])


@settings(max_examples=25, deadline=None)
@given(world=worlds())
def test_the_points_of_every_item_and_category_equal_the_oracle(world):
    sheet, rating, district = world
    oracle.rate(sheet, rating, district)
    pack = edition(sheet, rating)
    given_ = frames(pack, district)
    scored = score(pack.sheet, given_["inspections"].join(given_["estates"], on="estate_id", maintain_order="left"))
    rounds = [(estate, r) for estate in district for r in range(len(estate["rounds"]))]
    for row, (estate, r) in zip(scored.iter_rows(named=True), rounds, strict=True):
        categories, total = estate["held"][r]
        assert row["score"] == held(total)
        for category in sheet["categories"]:
            assert row[f"{category['code']}.points"] == held(categories[category["code"]])
            for item in category["items"]:
                points = oracle.item_points(item, estate["rounds"][r][item["code"]], estate["facts"])
                assert row[f"{item['code']}.points"] == held(points), item


@settings(max_examples=10, deadline=None)
@given(world=worlds(), seed=st.integers(0, 2**16))
def test_the_order_of_estates_and_inspections_never_matters(world, seed):
    sheet, rating, district = world
    pack = edition(sheet, rating)
    given_ = frames(pack, district)
    mixed = {name: frame.sample(fraction=1, shuffle=True, seed=seed) for name, frame in given_.items()}
    assert rate(pack, **mixed).sort("estate_id").equals(rate(pack, **given_))


def one_star_down(rating: dict) -> None:
    """Let the quota throw one star down: one that throws further punishes whoever stands above it by its own words."""
    quota = next(stage for stage in rating["stars"]["stages"] if stage["kind"] == "quota")
    quota["to"] = quota["star"] - 1


@settings(max_examples=25, deadline=None)
@given(world=worlds(), seed=st.integers(0, 2**16))
def test_more_points_never_mean_fewer_stars(world, seed):
    sheet, rating, district = world
    one_star_down(rating)
    before = rated(world)
    lucky = Random(seed).randrange(len(district))
    best = {item.code: item for item in edition(sheet, rating).sheet.items}
    for answers in district[lucky]["rounds"]:
        for code, answer in answers.items():
            # an item left out stays left out: taking it in would move weight, not add points
            if answer != "na" and Random(f"{seed}{code}").random() < 0.7:
                number = best[code].asked().kind == "number"
                answers[code] = decimal(best[code].shape.best()) if number else best[code].shape.best()
    for name in ("satisfaction", "opinion", "collection"):
        if district[lucky]["facts"][name] is not None:
            district[lucky]["facts"][name] += Random(f"{seed}{name}").randint(0, 20)
    after = rated(world)
    if before["stars"][lucky] is not None:
        assert after["composite"][lucky] >= before["composite"][lucky]
        assert after["stars"][lucky] >= before["stars"][lucky]


@settings(max_examples=25, deadline=None)
@given(world=worlds(), flag=st.sampled_from(FLAGS), seed=st.integers(0, 2**16))
def test_a_veto_never_helps_and_never_changes_the_score(world, flag, seed):
    district = world[-1]
    one_star_down(world[1])
    struck = seed % len(district)
    before = rated(world)
    district[struck]["facts"][flag] = True
    after = rated(world)
    assert after["composite"].equals(before["composite"])
    assert after["not_rated"].equals(before["not_rated"])
    if before["stars"][struck] is not None:
        veto = next(v for v in edition(*world[:2]).rating.stars.vetoes if flag in v.effects[0].when.needs())
        assert veto.code in after["fired"][struck]
        assert after["stars"][struck] <= min(before["stars"][struck], veto.effects[0].at_most)


@settings(max_examples=10, deadline=None)
@given(world=worlds())
def test_one_form_and_the_whole_batch_are_scored_alike(world):
    sheet, rating, district = world
    pack = edition(sheet, rating)
    given_ = frames(pack, district)
    answers = given_["inspections"].join(given_["estates"], on="estate_id", maintain_order="left")
    whole = score(pack.sheet, answers)
    assert all(score(pack.sheet, answers[n]).equals(whole[n]) for n in range(answers.height))


def strange(code):
    """Answers that a sheet may hold besides sound ones: open, beyond any table, between the steps of a number."""
    return st.one_of(st.just(code), st.sampled_from([None, 1000, 4321, 7_654_321, 33_333, -9, -1, -2, -3]))


@settings(max_examples=40, deadline=None)
@given(world=worlds(), data=st.data())
def test_forms_tables_and_expressions_come_to_the_same(world, data):
    sheet, rating, district = world
    pack = edition(sheet, rating)
    given_ = frames(pack, district[:6])
    answers = given_["inspections"].join(given_["estates"], on="estate_id", maintain_order="left")
    odd = data.draw(st.lists(st.sampled_from(pack.sheet.codes), max_size=3, unique=True))
    answers = answers.with_columns(
        pl.Series(code, [data.draw(strange(value)) for value in answers[code]], pl.Int64) for code in odd
    )
    slow = score(pack.sheet, answers)
    tables = compiled(pack.sheet)
    quick = tables.many(answers)
    assert quick.equals(slow.select(quick.columns))
    assert {category.points_column for category in pack.sheet.categories} | {"score"} <= set(quick.columns)
    for n, row in enumerate(slow.iter_rows(named=True)):
        form = tables.form(answers[n], {code: row[code] for code in pack.sheet.codes})
        assert form == {name: row[name] for name in slow.columns if name not in answers.columns}


def test_narrow_columns_of_answers_come_to_the_same():
    random = Random(7)
    ways = {item.code: a_way(item) for item in PACK.sheet.items}
    given_ = frames(PACK, [an_estate(random, ways) for _ in range(30)])
    answers = given_["inspections"].join(given_["estates"], on="estate_id", maintain_order="left")
    narrow = answers.with_columns(
        pl.col(item.code).cast(pl.Int32 if item.asked().kind == "number" else pl.Int16) for item in PACK.sheet.items
    )
    assert compiled(PACK.sheet).many(narrow).equals(compiled(PACK.sheet).many(answers))


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_the_edition_that_comes_with_the_product_equals_the_oracle(seed):
    random = Random(seed)
    ways = {item.code: a_way(item) for item in PACK.sheet.items}
    district = [an_estate(random, ways) for _ in range(40)]
    district += [deepcopy(estate) for estate in random.choices(district, k=8)]
    oracle.rate(SHEET, RATING, district)
    rows = rate(PACK, **frames(PACK, district)).iter_rows(named=True)
    for row, estate in zip(rows, district, strict=True):
        wrong = {name for name, value in estate["figures"].items() if row[name] != held(value)}
        assert not wrong
        assert (row["not_rated"], row["stars"], row["fired"]) == (estate["not_rated"], estate["stars"], estate["fired"])


def a_way(item):
    """A way to answer an item of the edition: its best most of the time, else any code that its form would take."""
    asked, best = item.asked(), item.shape.best()

    def answer(random):
        code = (
            best if random.random() < 0.8 else random.randrange(asked.low, min(asked.high, 100 * UNIT) + 1, asked.step)
        )
        return decimal(code) if asked.kind == "number" else min(code, asked.high, 12)

    return answer
