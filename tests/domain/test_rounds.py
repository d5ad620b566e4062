"""A round has days within its period, and every estate of a street goes to one of the street's inspectors."""

from datetime import date

import pytest

from redproperty.domain.periods import Period
from redproperty.domain.rounds import (
    Days,
    Draw,
    Place,
    Plan,
    day_problems,
    draw_problems,
    due_problem,
    selected,
    shared_out,
)

Q4 = Period(2026, 4)
EARLIER = [(1, date(2026, 10, 25)), (2, date(2026, 11, 25))]


@pytest.mark.parametrize(
    ("opens_on", "due_on", "wrong"),
    [
        (date(2026, 11, 26), date(2026, 12, 31), {}),
        (date(2026, 11, 25), date(2026, 12, 1), {"opens_on": "第 2 轮 2026-11-25 才截止，请从次日起开启"}),
        (date(2026, 12, 2), date(2026, 12, 1), {"due_on": "截止日期不能早于开始日期"}),
        (
            date(2026, 9, 30),
            date(2027, 1, 1),
            dict.fromkeys(("opens_on", "due_on"), "要在2026年第四季度之内（2026-10-01 到 2026-12-31）"),
        ),
        (None, None, dict.fromkeys(("opens_on", "due_on"), "请填写日期，例如 2026-10-08")),
    ],
)
def test_the_days_of_a_round_lie_in_its_period_after_the_round_before(opens_on, due_on, wrong):
    found = day_problems(Days(Q4, opens_on, due_on), EARLIER)
    assert {problem.field: problem.text.zh for problem in found} == wrong


def place(number: int, street: str, community: str) -> Place:
    return Place(number, f"QX-{number:04}", "", street, community)


def test_inspectors_get_neighbouring_estates_in_equal_shares():
    places = [place(1, "A", "a2"), place(2, "A", "a1"), place(3, "A", "a2"), place(4, "A", "a1"), place(5, "B", "b1")]
    chosen = shared_out(places, {"A": [10, 11], "B": [20]}, number=1)
    assert chosen == {2: 10, 4: 10, 1: 11, 3: 11, 5: 20}


def test_the_shares_move_on_from_round_to_round():
    places = [place(1, "A", "a"), place(2, "A", "a"), place(3, "A", "a")]
    assert [shared_out(places, {"A": [10, 11, 12]}, number=n)[1] for n in (1, 2, 3, 4)] == [10, 11, 12, 10]


def test_a_street_without_inspectors_gets_nothing():
    assert shared_out([place(1, "A", "a")], {}, number=1) == {}


def test_shares_follow_the_weights():
    places = [place(number, "A", "a") for number in range(1, 7)]
    weighed = shared_out(places, {"A": [10, 11, 12]}, number=1, weights={10: 2, 12: 0})
    assert weighed == {1: 10, 2: 10, 3: 10, 4: 10, 5: 11, 6: 11}
    assert shared_out(places, {"A": [10]}, number=1, weights={10: 0}) == {}


def test_a_plan_narrows_by_street_community_and_type_and_draws_in_each_street():
    places = [
        Place(1, "QX-0001", "", "A", "a1", "old"), Place(2, "QX-0002", "", "A", "a2", "commodity"),
        Place(3, "QX-0003", "", "B", "b1", "old"), Place(4, "QX-0004", "", "B", "b1", "commodity"),
    ]  # fmt: skip
    ids = [
        [one.id for one in selected(places, plan)]
        for plan in (
            Plan(), Plan(streets=("A",)), Plan(communities=("b1",)), Plan(types=("old",)),
            Plan(streets=("A",), types=("old",)),
        )
    ]  # fmt: skip
    assert ids == [[1, 2, 3, 4], [1, 2], [3, 4], [1, 3], [1]]
    drawn = selected(places, Plan(draw=Draw(50, "2026-11-20")))
    assert [one.street for one in drawn] == ["A", "B"]


@pytest.mark.parametrize(
    ("draw", "fields"),
    [
        (Draw(), []), (Draw(1, "x"), []), (Draw(0, "x"), ["percent"]), (Draw(101), ["percent"]), (Draw(99), ["seed"]),
        (Draw(10, "长" * 41), ["seed"]),
    ],
)  # fmt: skip
def test_a_draw_needs_a_share_and_a_seed(draw, fields):
    assert [problem.field for problem in draw_problems(draw)] == fields


@pytest.mark.parametrize(
    ("due_on", "words"),
    [
        (date(2026, 12, 15), ""),
        (None, "请填写日期"),
        (date(2027, 1, 1), "要在2026年第四季度之内"),
        (date(2026, 10, 1), "不能早于开始日期"),
        (date(2026, 12, 16), "下一轮次日开启，最晚 2026-12-15"),
    ],
)
def test_the_last_day_of_a_round_moves_only_where_it_fits(due_on, words):
    problem = due_problem(Days(Q4, date(2026, 11, 1), due_on), open_until=date(2026, 12, 15))
    assert words in (problem.text.zh if problem else "")
    assert (problem is None) is (words == "")
