"""Who takes a blind second look, and how far two looks lie apart."""

from dataclasses import dataclass

import pytest

from redproperty.domain.second_looks import mean_absolute, second_people


@dataclass(frozen=True)
class Visit:
    people: frozenset[int]
    street: str = "A"


def test_the_second_person_is_of_the_street_was_not_there_and_has_the_fewest():
    visits = [Visit(frozenset({1})), Visit(frozenset({1})), Visit(frozenset({2, 3})), Visit(frozenset({2}))]
    assert second_people(visits, {"A": [1, 2, 3]}) == [2, 3, 1, 1]


def test_a_street_with_nobody_else_gets_no_second_look():
    visits = [Visit(frozenset({1})), Visit(frozenset({4}), "B")]
    assert second_people(visits, {"A": [1]}) == [None, None]


@pytest.mark.parametrize(
    ("numbers", "mean"), [([], None), ([-2_000_000, 1_000_000], 1_500_000), ([1, -2], 2), ([1, 0, 0], 0), ([0], 0)]
)
def test_the_mean_of_absolute_differences_is_rounded_half_up(numbers, mean):
    assert mean_absolute(numbers) == mean
