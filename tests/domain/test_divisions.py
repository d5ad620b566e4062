import pytest

from redproperty.domain.divisions import Level, code_problem, community_problem, grid_problem, level

STREET, OTHER = "320113001000", "320113002000"
COMMUNITY, ELSEWHERE = "320113001005", "320113002001"
PARENTS = {COMMUNITY: STREET, ELSEWHERE: OTHER}
GRIDS = {"320113001005001": COMMUNITY, "320113002001007": ELSEWHERE}


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("320113000000", Level.DISTRICT),
        (STREET, Level.STREET),
        ("320113400000", Level.STREET),  # a unit like a street: 400 to 599
        (COMMUNITY, Level.COMMUNITY),
        ("320113001005001", Level.GRID),
        ("320100000000", None),  # the city
        ("32011300100", None),
        ("3201130010000", None),
        ("３２０１１３００１０００", None),
        ("32011300100A", None),
        ("", None),
    ],
)
def test_the_digits_tell_the_level(code, expected):
    assert level(code) is expected


def test_a_code_of_another_level_is_named():
    assert code_problem(STREET, Level.STREET) is None
    wrong = code_problem(STREET, Level.COMMUNITY)
    assert wrong is not None
    assert wrong.zh == f"“{STREET}”是街道代码，这里要社区代码"
    for text, wanted in [("12", Level.STREET), ("12", Level.GRID)]:
        assert code_problem(text, wanted) is not None


@pytest.mark.parametrize(
    ("code", "street", "zh"),
    [
        (COMMUNITY, STREET, None),
        (COMMUNITY, None, None),
        ("320113001099", STREET, "没有代码为“320113001099”的社区"),
        (ELSEWHERE, STREET, f"社区 {ELSEWHERE} 不属于街道 {STREET}"),
        ("320113", STREET, "“320113”应为 12 位数字"),
        (STREET, STREET, f"“{STREET}”是街道代码，这里要社区代码"),
    ],
)
def test_an_estate_lies_in_a_community_of_its_street(code, street, zh):
    problem = community_problem(code, PARENTS, street=street)
    assert (problem.zh if problem else None) == zh


@pytest.mark.parametrize(
    ("code", "good"),
    [("320113001005001", True), ("320113002001007", False), ("320113001005999", False), (COMMUNITY, False)],
)
def test_a_grid_belongs_to_the_community_of_the_estate(code, good):
    assert (grid_problem(code, GRIDS, communities=[COMMUNITY]) is None) is good


def test_an_estate_over_two_communities_spans_grids_of_both():
    for grid in GRIDS:
        assert grid_problem(grid, GRIDS, communities=[COMMUNITY, ELSEWHERE]) is None
