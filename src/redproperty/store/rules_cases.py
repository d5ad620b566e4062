"""The cases beside an edition's rules, read as strictly as the rules themselves."""

from pathlib import Path

import msgspec

from redproperty.domain.cases import Case, CaseFile
from redproperty.store.rules_structs import Reader
from redproperty.store.rules_yaml import RuleProblem, compose


class Cases(msgspec.Struct, frozen=True):
    """All cases of an edition in the order of their files, and what is wrong with them."""

    cases: tuple[Case, ...]
    problems: tuple[RuleProblem, ...]


def load_cases(folder: Path) -> Cases:
    """Read `tests/*.yaml` of an edition's folder; a file with problems gives no cases."""
    cases: list[Case] = []
    problems: list[RuleProblem] = []
    for path in sorted((folder / "tests").glob("*.yaml")):
        name = f"{folder.name}/tests/{path.name}"
        node = compose(name, path.read_bytes())
        if isinstance(node, tuple):
            problems.extend(node)
            continue
        reader = Reader(name)
        read: CaseFile = reader.read(node, CaseFile)
        problems.extend(reader.problems)
        if not reader.problems:
            cases.extend(read.cases)
    return Cases(tuple(cases), tuple(problems))
