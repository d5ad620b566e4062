"""What a sheet must say: bounds that hold their own edge, a bonus whose cap is seen, Party items with proof."""

from decimal import Decimal

import pytest

from explained import PACK, rate_one
from redproperty.domain.explanations import explain
from redproperty.domain.numbers import figure

POINTS = {"95": 3, "94.99": 2, "90": 2, "89.99": 1, "80": 1, "79.99": 0, "0": 0, "100": 3}


@pytest.mark.parametrize(("typed", "points"), POINTS.items())
def test_a_band_of_a_number_holds_its_lower_edge_and_not_its_upper_one(typed, points):
    """FW-01, repairs on time: 3 points from 95, 2 from 90 to below 95, 1 from 80 to below 90, else none."""
    _, sheets = rate_one([{"FW-01": figure(Decimal(typed))}])
    assert sheets["FW-01.points"].to_list() == [points * 1_000_000]


def test_a_bonus_counts_up_to_its_cap_and_the_cap_is_said():
    """Province 2, two commendations 2, cameras 1, station, cover and warning 0.5 each: 6.5, of which five count."""
    row, sheets = rate_one(
        [{}] * 4,
        party_demo="province",
        commendations=3_000_000,
        falling_object_cameras=80_000_000,
        volunteer_station=True,
        liability_cover=True,
        iot_warning=True,
    )
    assert (row["bonus.raw"], row["bonus"]) == (6_500_000, 5_000_000)
    said = {line.name: line for line in explain(PACK, row, sheets).steps}["bonus"]
    assert said.said.zh == "5"
    assert "合计最多 5 分" in said.rule.zh
    below, _ = rate_one([{}] * 4, party_demo="city", commendations=0, falling_object_cameras=0)
    assert below["bonus.raw"] == below["bonus"] < 5_000_000


def test_party_building_is_a_category_of_its_own_with_weight_basis_and_proof():
    party = next(one for one in PACK.sheet.categories if one.code == "DJ")
    assert party.full == 12
    assert {item.title.zh for item in party.items} >= {"党组织", "交叉任职"}
    assert all(item.basis.zh and item.how_to_look.zh for item in party.items)
    assert {item.evidence for item in party.items} <= {"document", "reading"}  # a paper or a figure, never nothing
    for answer, points in ((0, 4), (1, 2), (2, 0)):  # approved, applied for, none
        _, sheets = rate_one([{"DJ-01": answer}])
        assert sheets["DJ-01.points"].to_list() == [points * 1_000_000]
        assert sheets["DJ.points"].to_list() == [(8 + points) * 1_000_000]
