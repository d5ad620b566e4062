from datetime import UTC, datetime, timedelta

import pytest

from redproperty.domain.people import locked_until, password_problem

NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("password", "good"),
    [
        ("qixia-2026-x", True),
        ("栖霞小区管理二零二六1", True),  # Chinese characters are letters
        ("short1", False),
        ("onlyletters", False),
        ("1234567890", False),
        ("liming-2026", False),
        ("LIMING-2026", False),
    ],
)
def test_a_password_is_long_mixed_and_free_of_the_login(password, good):
    assert (password_problem(password, minimum=10, login="liming") is None) is good


@pytest.mark.parametrize(("attempts", "locked"), [(0, False), (4, False), (5, True), (6, True)])
def test_a_guesser_is_locked_out_at_the_limit(attempts, locked):
    until = locked_until(attempts, NOON, limit=5, minutes=15)
    assert until == (NOON + timedelta(minutes=15) if locked else None)
