"""The subsidy rules of a test, given as data."""

from collections.abc import Mapping
from typing import Any, get_type_hints

import msgspec
import yaml

from redproperty.domain.subsidy_rules import SubsidyRules
from redproperty.store.rules_structs import Reader

HINTS = get_type_hints(SubsidyRules)


def subsidy_rules(data: Mapping[str, Any]) -> SubsidyRules:
    """Return `data` as rules without the loader's checks; only steps, given as YAML, are read by the loader.

    Raises:
        msgspec.ValidationError: no shape fits it.
    """
    unknown = data.keys() - HINTS.keys()
    if unknown:
        raise msgspec.ValidationError(f"unknown: {unknown}")
    given = {name: msgspec.convert(value, HINTS[name]) for name, value in data.items() if name != "steps"}
    return SubsidyRules(**given, steps=money_steps(data.get("steps", "[]")))


def money_steps(text: str) -> Any:
    """Return the steps of a YAML list."""
    reader = Reader("subsidy.yaml")
    read = reader.read(yaml.compose(text), HINTS["steps"])
    assert not reader.problems, [problem.text for problem in reader.problems]
    return read
