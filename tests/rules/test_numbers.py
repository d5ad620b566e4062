"""How numbers may be written in an edition: six decimals at most, nothing that other readers would take otherwise."""

from decimal import Decimal

import pytest
import yaml

from redproperty.store.rules_structs import Reader


def read(written: str) -> tuple[Decimal, list[str]]:
    reader = Reader("rating.yaml")
    value = reader.read(yaml.compose(written), Decimal)
    return value, [problem.text.en for problem in reader.problems]


@pytest.mark.parametrize("written", ["0", "-0.5", "+12", "0.000001", "12.123456", "1000000000000"])
def test_a_number_of_up_to_six_decimals_is_read_exactly(written):
    assert read(written) == (Decimal(written), [])


@pytest.mark.parametrize("written", ["0.0000001", "1.1234567", "1.1000000", "1000000000001", "007", "1.", ".5", "1e3"])
def test_what_is_finer_larger_or_written_otherwise_is_refused(written):
    _, problems = read(written)
    assert problems == [f"“{written}” is not a number, or has more than six decimals"]
