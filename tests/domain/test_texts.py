"""English counts one thing in the singular; Chinese has no plural."""

import pytest

from redproperty.domain.texts import Text, counted


@pytest.mark.parametrize(
    ("unit", "one"),
    [
        ("places", "1 place"),
        ("people", "1 person"),
        ("missed patrols", "1 missed patrol"),
        ("stoppages over 4 hours", "1 stoppage over 4 hours"),
        ("categories", "1 category"),
        ("absences", "1 absence"),
        ("units of fewer points", "1 unit of fewer points"),
        ("compass", "1 compass"),
    ],
)
def test_one_thing_is_singular_in_english(unit, one):
    assert counted(1, Text("处", unit)).en == one
    assert counted(2, Text("处", unit)).en == f"2 {unit}"
    assert counted(1, Text("处", unit)).zh == "1 处"
