"""Rules that reach over time, written as steps and stages and run period by period; every figure worked by hand.

Penalties per elapsed unit, surcharges, phased percentages, improvement within n periods, points that are lost and
earned back, events that run out.
"""

from datetime import date
from decimal import Decimal

import msgspec
import polars as pl
import pytest

from redproperty.domain.conditions import Condition
from redproperty.domain.facts import Fact, facts_in
from redproperty.domain.moves import Demotion, Demotions
from redproperty.domain.numbers import UNIT, figure, plain
from redproperty.domain.periods import Period
from redproperty.domain.ratings import Rating, assess, settle
from redproperty.domain.texts import Text
from stepping import PACK, faults, frame, last, shown, steps

ANY = Text("示例", "Example")


def number(name: str, **more) -> Fact:
    return Fact(name=name, title=Text(name, name), kind="number", source="event", perfect=Decimal(0), **more)


def a_rating(text: str, *facts: Fact, stages=(), after: str = "[]") -> Rating:
    """Return a rating of these steps, of which `composite` is cut into the stars of the default edition."""
    missing = Condition(figure="composite", missing=True)
    reason = msgspec.structs.replace(PACK.rating.stars.not_rated[-1], when=missing)
    stars = msgspec.structs.replace(PACK.rating.stars, not_rated=(reason,), stages=tuple(stages))
    made = Rating(facts=facts, steps=steps(text), stars=stars, after=steps(after))
    assert [fault for fault in made.check(PACK.sheet) if fault[0][0] != "facts"] == []
    return made


def rated(rating: Rating, estates: pl.DataFrame, history: pl.DataFrame | None = None) -> pl.DataFrame:
    nothing = pl.DataFrame(schema={"estate_id": pl.Int64, "round": pl.Int64, "score": pl.Int64})
    numbered = estates.with_columns(estate_id=pl.int_range(pl.len()).cast(pl.Int64))
    return settle(PACK.sheet, rating, assess(PACK.sheet, rating, nothing, numbered, history=history), history)


def test_a_penalty_grows_with_every_month_begun_up_to_a_most():
    text = """
- {name: months_late, kind: quotient, of: days_late, by: 30, zero: missing, places: 0, mode: ceil}
- {name: penalty, kind: product, of: [months_late, -2]}
- {name: held, kind: clamp, of: penalty, at_least: -10}
- {name: composite, kind: sum, of: [score, held]}
"""
    rating = a_rating(text, number("score"), number("days_late"))
    table = rated(rating, frame(score=[92, 92, 92, 92], days_late=[0, 1, 61, 400]))
    assert shown(table, "composite") == ["92", "90", "86", "82"]
    assert table["stars"].to_list() == [5, 5, 4, 3]


def test_a_surcharge_is_a_percentage_of_a_subtotal():
    # 15 % on what hygiene and order bring, where the estate is old: (30 + 25) × 0.15 = 8.25, on 80
    text = """
- {name: subtotal, kind: sum, of: [hygiene, order]}
- name: percent
  kind: first_match
  cases: [{when: {fact: age, at_least: 20}, gives: 0.15}]
  otherwise: 0
- {name: composite, kind: sum, of: [score, {of: subtotal, times: percent}]}
"""
    facts = (number("hygiene"), number("order"), number("score"), number("age"))
    table = rated(a_rating(text, *facts), frame(hygiene=[30, 30], order=[25, 25], score=[80, 80], age=[20, 19]))
    assert shown(table, "composite") == ["88.25", "80"]


PHASED = """
- name: percent
  kind: first_match
  cases:
    - {when: {figure: period.year, at_most: 2026}, gives: 50}
    - {when: {all: [{figure: period.year, is: 2027}, {figure: period.quarter, at_most: 2}]}, gives: 75}
  otherwise: 100
- {name: composite, kind: product, of: [score, percent, 0.01], places: 2}
"""


def test_percentages_come_into_force_in_phases():
    table = rated(
        a_rating(PHASED, number("score")),
        frame(**{"score": [90] * 4, "period.year": [2026, 2027, 2027, 2028], "period.quarter": [4, 2, 3, 1]}),
    )
    assert shown(table, "composite") == ["45", "67.5", "90", "90"]


def past(*composites: str, **named: list[str]) -> pl.DataFrame:
    """Return the history of one estate, the previous period first."""
    held = {"composite": list(composites), **{f"of.{name}": values for name, values in named.items()}}
    size = max(map(len, held.values()))
    columns = {name: [figure(v) for v in values] + [None] * (size - len(values)) for name, values in held.items()}
    return pl.DataFrame(
        {"estate_id": [0] * size, "periods_back": list(range(1, size + 1)), **columns},
        schema={"estate_id": pl.Int64, "periods_back": pl.Int64, **dict.fromkeys(columns, pl.Int64)},
    )


IMPROVE = """
- {name: composite, kind: sum, of: [score]}
- {name: low_before, kind: streak, lies: {below: 80}, back: 2}
- {name: two_ago, kind: earlier, back: 2}
- {name: gain, kind: sum, of: [composite, {of: two_ago, times: -1}]}
- name: overdue
  kind: flag
  when: {all: [{figure: low_before, at_least: 2}, {figure: composite, below: 80}, {figure: gain, below: 5}]}
"""


@pytest.mark.parametrize(
    ("score", "history", "overdue", "stars"),
    [
        ("76", ["75", "74"], True, 1),  # low for two periods, low now, 2 points better: a star less
        ("79", ["75", "74"], False, 2),  # 5 points better than two periods ago
        ("80", ["75", "74"], False, 3),  # out of it
        ("76", ["75", "80"], False, 2),  # low for one period only
        ("76", ["75"], False, 2),
    ],
)
def test_who_does_not_improve_within_two_periods_loses_a_star(score, history, overdue, stars):
    rule = Demotion(
        code="D1", title=ANY, basis=ANY, by=Decimal(1), at_least=Decimal(0), when=Condition(figure="overdue", is_=True)
    )
    rating = a_rating(IMPROVE, number("score"), stages=[Demotions(listed=(rule,))])
    table = rated(rating, frame(score=[score]), past(*history))
    assert (table["overdue"].item() or False, table["stars"].item()) == (overdue, stars)


# a licence of 12 points: every period takes what was found and gives back two, never above 12
LICENCE = """
- {name: before, kind: earlier, back: 1, of: licence}
- {name: more, kind: sum, of: [before], plus: 2}
- {name: regained, kind: clamp, of: more, at_most: 12}
- {name: held, kind: first_match, cases: [{when: {figure: before, missing: true}, gives: 12}], otherwise: regained}
- {name: licence, kind: sum, of: [held, {of: found, times: -1}]}
- {name: composite, kind: sum, of: [score]}
- {name: suspended, kind: flag, when: {figure: licence, at_most: 0}}
"""


def test_points_lost_and_earned_back_are_carried_from_period_to_period():
    rating = a_rating(LICENCE, number("score"), number("found"))
    licence: list[str] = []
    for found in (5, 0, 9, 3, 0):
        table = rated(rating, frame(score=[90], found=[found]), past(licence=licence[::-1]) if licence else None)
        licence.append(plain(table["licence"].item()))
    # 12 − 5; 9; 11 − 9 = 2; 4 − 3 = 1; 3
    assert licence == ["7", "9", "2", "1", "3"]
    assert table["suspended"].item() is False


EVENTS = (
    number("violation", lasts=12, several="sum"),
    number("warning", lasts="period", several="count"),
    number("visit", several="mean"),
    number("worst_visit", several="min"),
    number("best_visit", several="max"),
    number("fine", lasts=12),
)


def observed(*rows: tuple[str, str, str, str | None]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            (0, name, figure(value), None, date.fromisoformat(begins), date.fromisoformat(ends) if ends else None)
            for name, value, begins, ends in rows
        ],
        schema={"estate_id": pl.Int64, "name": pl.String, "value": pl.Int64, "choice": pl.String}
        | {"valid_from": pl.Date, "valid_to": pl.Date},
        orient="row",
    )


def held_in(code: str, *rows: tuple[str, str, str, str | None]) -> pl.DataFrame:
    period = Period.parse(code)
    return facts_in(EVENTS, observed(*rows), begins=period.begins, ends=period.ends)


def test_a_score_rises_by_itself_when_an_event_has_run_out():
    text = "- {name: composite, kind: sum, of: [{of: violation, times: -1, missing: zero}], plus: 100}"
    rating = a_rating(text, *EVENTS)
    record = [("violation", "6", "2026-02-10", None), ("violation", "4.5", "2026-08-01", None)]
    found = {}
    for code in ("2025Q4", "2026Q1", "2026Q3", "2027Q1", "2027Q2", "2027Q3", "2027Q4"):
        facts = held_in(code, *record)
        estates = facts if facts.height else frame(violation=["–"])
        found[code] = plain(rated(rating, estates)["composite"].item())
    # the first counts from 10 February 2026 to 9 February 2027, the second from 1 August to 31 July
    assert found == {
        "2025Q4": "100", "2026Q1": "94", "2026Q3": "89.5", "2027Q1": "89.5", "2027Q2": "95.5", "2027Q3": "95.5",
        "2027Q4": "100",
    }  # fmt: skip


def test_several_observations_of_a_period_are_taken_together_as_the_fact_says():
    marks = (("80", "2026-07-01"), ("91", "2026-08-01"), ("90", "2026-09-01"))
    visits = [("visit", mark, day, "2026-09-30") for mark, day in marks]
    record = [*visits, *((f"{kind}_visit", *rest) for kind in ("worst", "best") for _, *rest in visits)]
    record += [("warning", "1", "2026-07-05", None), ("warning", "1", "2026-09-30", None)]
    record += [("warning", "1", "2026-06-30", None)]
    record += [("fine", "300", "2026-03-01", None), ("fine", "200", "2026-04-01", None)]
    table = held_in("2026Q3", *record)
    assert shown(table, "visit") == ["87"]
    assert (shown(table, "worst_visit"), shown(table, "best_visit")) == (["80"], ["91"])
    assert shown(table, "warning") == ["2"]  # the one of June has run out
    assert shown(table, "fine") == ["200"]  # the latest, where nothing is said
    assert shown(table, "violation") == ["–"]


def test_what_several_mean_is_said_and_only_dated_numbers_have_several():
    said = EVENTS[0].say()
    assert said.en == "recorded as an event; counts for 12 months; several are summed up; unknown where missing"
    assert said.zh == "按事件登记；自发生起计 12 个月；多次的合计；缺失时按未知处理"
    flag = Fact(name="f", title=ANY, kind="flag", source="event", perfect=False, several="sum")
    register = Fact(name="lifts", title=ANY, kind="count", source="register", perfect=Decimal(0), several="max")
    for fact in (flag, register):
        ((path, text),) = fact.check()
        assert (path, text.en) == (("several",), "only dated numbers are taken together")


def test_a_mean_of_a_figure_over_the_last_four_periods_is_made_of_earlier_ones():
    text = """
- {name: one, kind: earlier, back: 1, of: fees}
- {name: two, kind: earlier, back: 2, of: fees}
- {name: three, kind: earlier, back: 3, of: fees}
- {kind: aggregate, of: [three, two, one, fees], minimum: 3}
"""
    known = {"history.1.fees": [80, "–"], "history.2.fees": ["–", "–"], "history.3.fees": [70, 60], "fees": [90, 90]}
    assert last(text, **known) == ["80", "–"]
    assert faults(text, fees="number") == []


def test_money_and_points_by_slices_are_a_scale_that_goes_on():
    # like a tax: nothing to 1,000, 10 % of the next 2,000, 25 % of all beyond
    text = """
- kind: scale
  of: a
  beyond: extend
  anchors: [{at: 0, gives: 0}, {at: 1000, gives: 0}, {at: 3000, gives: 200}, {at: 4000, gives: 450}]
"""
    assert last(text, a=[500, 1000, "2000.5", 3000, 10000, UNIT]) == ["0", "0", "100.05", "200", "1950", "249450"]
