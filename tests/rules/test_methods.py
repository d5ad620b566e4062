"""Published methods of other fields, written in the language as it is: each loads, and each of its cases holds."""

from pathlib import Path

import pytest

from redproperty.domain.cases import run_cases
from redproperty.domain.packs import Pack
from redproperty.store.rules import load_edition
from redproperty.store.rules_cases import load_cases

METHODS = sorted(path for path in (Path(__file__).parent / "methods").iterdir() if path.is_dir())


@pytest.mark.parametrize("folder", METHODS, ids=[path.name for path in METHODS])
def test_a_published_method_is_an_edition(folder):
    pack, read = load_edition(folder), load_cases(folder)
    assert isinstance(pack, Pack), pack
    assert read.problems == ()
    failing = {outcome.case.name: outcome.failures for outcome in run_cases(pack, read.cases) if outcome.failures}
    assert failing == {}
    assert len(read.cases) >= 4
