"""The JSON Schemas say what the reader says: proven with a real validator on right, wrong and mutated files."""

import json
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from redproperty.cli import main
from redproperty.domain.case_files import CaseFile
from redproperty.manual.schema import schemas
from redproperty.settings import bundled
from redproperty.store.rules import parts
from redproperty.store.rules_structs import BOOLEANS, NULLS, NUMBER, Reader
from redproperty.store.rules_yaml import compose

RULES = bundled("rules")
KINDS = {part.stem: part.kind for part in parts()} | {"cases": CaseFile}
METHODS = Path(__file__).parents[1] / "rules" / "methods"
WRITTEN = sorted([*RULES.rglob("*.yaml"), *METHODS.rglob("*.yaml")])
FILES = [path for path in WRITTEN if path.parent.name == "tests" or path.stem in KINDS]


def stem_of(path: Path) -> str:
    return "cases" if path.parent.name == "tests" else path.stem


@cache
def validator(stem: str) -> Draft202012Validator:
    schema = json.loads(json.dumps(schemas("zh")[stem]))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


def as_json(node: yaml.Node) -> object:
    """Return what an editor makes of a node: numbers exact, quoted words words."""
    if isinstance(node, yaml.MappingNode):
        return {key.value: as_json(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [as_json(part) for part in node.value]
    if node.style or node.value in NULLS:
        return node.value if node.style else None
    if NUMBER.fullmatch(node.value):
        return Decimal(node.value) if "." in node.value else int(node.value)
    return BOOLEANS.get(node.value, node.value)


def root(text: str | bytes) -> yaml.Node:
    node = compose("x.yaml", text.encode() if isinstance(text, str) else text)
    assert not isinstance(node, tuple), node
    return node


def errors(stem: str, text: str | bytes) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in validator(stem).iter_errors(as_json(root(text)))]


def problems(stem: str, text: str | bytes) -> list[str]:
    """Return what the reader says of the form of a file."""
    reader = Reader("x.yaml")
    reader.read(root(text), KINDS[stem])
    return [problem.say("en") for problem in reader.problems]


@pytest.mark.parametrize("path", FILES, ids=["/".join(path.parts[-3:]) for path in FILES])
def test_every_file_of_every_edition_is_right(path: Path):
    assert errors(stem_of(path), path.read_bytes()) == []


ABOUT = "{title: Homes, effective_from: 2026-01-01}"
FACT = "{name: beds, title: Beds, kind: count}"
WRONG = [  # file, what is written
    ("pack", "{effective_from: 2026-01-01}"),  # no title
    ("pack", "{title: Homes, effective_from: soon}"),
    ("pack", "{title: Homes, effective_from: 2026-13-01}"),
    ("pack", "{title: Homes, effective_from: 2026-01-01, status: on}"),
    ("pack", "{title: Homes, effective_from: 2026-01-01, period: week}"),
    ("pack", "{title: Homes, effective_from: 2026-01-01, version: 2026.1}"),  # a number where a word is meant
    ("pack", "{title: Homes, effective_from: 2026-01-01, colour: red}"),
    ("pack", "{title: Homes, effective_from: 2026-01-01, notes: a note}"),  # no list
    ("pack", '{title: "", effective_from: 2026-01-01}'),
    ("pack", "{title: {zh: 养老院}, effective_from: 2026-01-01}"),  # one language of two
    ("pack", "{title: {zh: 养老院, en: Homes, fr: Maisons}, effective_from: 2026-01-01}"),
    ("pack", "[a, b]"),
    ("rating", "facts: [{name: beds, title: Beds}]"),  # no kind
    ("rating", "facts: [{name: beds, title: Beds, kind: integer}]"),
    ("rating", "facts: [{name: beds, title: Beds, kind: count, at_least: few}]"),
    ("rating", "facts: [{name: beds, title: Beds, kind: count, lasts: 1.5}]"),
    ("rating", "facts: [{name: beds, title: Beds, kind: count, lasts: forever}]"),
    ("rating", "facts: [{name: beds, title: Beds, kind: count, default: [1]}]"),
    ("rating", "facts: {name: beds, title: Beds, kind: count}"),  # a table where a list is meant
    ("rating", "facts: [~]"),
    ("rating", "steps: [{name: x, title: x}]"),  # no kind
    ("rating", "steps: [{name: x, title: x, kind: summ, of: [a]}]"),
    ("rating", "steps: [{name: x, title: x, kind: product, of: a}]"),
    ("rating", "steps: [{name: x, title: x, kind: clamp, of: a, at_most: true}]"),
    ("rating", "steps: [{name: x, title: x, kind: clamp, of: a, atmost: 3}]"),
    ("rating", "steps: [{name: x, title: x, kind: flag, when: {figure: a, equals: 3}}]"),
    ("rating", "steps: [{name: x, title: x, kind: flag, when: {all: {figure: a, is: 3}}}]"),
    ("rating", "steps: [{name: x, title: x, kind: flag, when: {figure: a, missing: maybe}}]"),
    ("rating", "steps: [{name: x, title: x, kind: bands, of: a, bands: [{at_least: 5}]}]"),  # gives nothing
    ("rating", "stars: {figure: x}"),
    ("rating", "stars: ~"),
    ("sheet", "{total: 100, severities: [], categories: [{code: A, title: A, full: 100}]}"),  # no items
    ("sheet", "{total: [100], severities: [], categories: []}"),
    ("sheet", "{total: 100, severities: [], categories: [], mode: up}"),
    ("subsidy", "{rounding: half_up}"),
    ("takeover", "{title: x, modes: [], triggers: [], states: {}, moves: []}"),
    ("cases", "{about: x, cases: [{expect: {stars: 5}}]}"),  # no name
    ("cases", "{about: x, cases: [{name: x, expect: {stars: many}}]}"),
    ("cases", "{about: x, cases: [{name: x, answers: {A-1: perhaps}}]}"),
    ("cases", "{about: x, columns: name, rows: []}"),
]


@pytest.mark.parametrize(("stem", "text"), WRONG, ids=[f"{stem}: {text}" for stem, text in WRONG])
def test_a_wrong_file_is_underlined_and_refused_by_the_reader_too(stem: str, text: str):
    assert errors(stem, text)
    assert problems(stem, text)


@pytest.mark.parametrize(
    ("stem", "text"),
    [
        ("pack", ABOUT),
        ("rating", f"facts: [{FACT}]"),
        ("cases", "{about: x, cases: [{name: x, answers: {A-1: [1, 2], A-2: 3, A-3: exempt}}]}"),
        ("rating", "facts: [{name: x, title: x, kind: choice, choices: [a, {code: b, title: {zh: 乙, en: B}}]}]"),
        ("rating", "steps: [{name: x, title: x, kind: clamp, of: a, at_least: 0, at_most: limit}]"),
        ("cases", "{about: x, columns: [name, a, expect.x], rows: [[one, ~, 3.5], [two, true, '']]}"),
    ],
)
def test_a_short_file_is_right(stem: str, text: str):
    assert errors(stem, text) == []
    assert problems(stem, text) == []


# --- whatever the reader takes validates, and the other way round ----------------------------------------------------

VALUES = [
    *("3", "2.5", "-1", "true", "~", "word", "'3'", "''", "' '", "2026-01-01", "mean", "half_up", "none", "missing"),
    *("[]", "[word]", "[3]", "{}", "{zh: 甲, en: A}", "{kind: sum}", "{fact: a, is: 3}"),
]


@cache
def short(path: Path) -> str:
    """Return a file with its lists cut short, so that there is something of everything."""
    node = root(path.read_bytes())
    _cut(node)
    return yaml.serialize(node, allow_unicode=True)


def _cut(node: yaml.Node) -> None:
    if isinstance(node, yaml.SequenceNode):
        node.value[:] = [*node.value[:2], *node.value[-4:]] if len(node.value) > 8 else node.value
    for part in node.value if not isinstance(node, yaml.ScalarNode) else ():
        for one in part if isinstance(part, tuple) else (part,):
            _cut(one)


def _places(node: yaml.Node) -> list[tuple[yaml.Node, int]]:
    """Return every node that holds others with each position in it."""
    if isinstance(node, yaml.ScalarNode):
        return []
    inner = [part[1] if isinstance(part, tuple) else part for part in node.value]
    return [(node, at) for at in range(len(inner))] + [place for one in inner for place in _places(one)]


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_reader_and_schema_agree_on_mutated_files(data: st.DataObject):
    path = data.draw(st.sampled_from(FILES))
    node = root(short(path))
    for _ in range(data.draw(st.integers(1, 2))):
        where, at = data.draw(st.sampled_from(_places(node)))
        pair = isinstance(where, yaml.MappingNode)
        match data.draw(st.sampled_from(["change", "change", "change", "drop", "rename"])):
            case "change":
                new = yaml.compose(data.draw(st.sampled_from(VALUES)))
                where.value[at] = (where.value[at][0], new) if pair else new
            case "drop":
                del where.value[at]
            case "rename" if pair:
                key = yaml.compose(data.draw(st.sampled_from(["kind", "basis", "strange", "of"])))
                if key.value not in {known.value for known, _ in where.value}:
                    where.value[at] = (key, where.value[at][1])
    text = yaml.serialize(node, allow_unicode=True)
    stem = stem_of(path)
    wrong, told = errors(stem, text), problems(stem, text)
    assert bool(wrong) == bool(told), (path.name, wrong[:3], told[:3])


def test_the_schemas_are_written_and_an_editor_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["--lang", "en", "rules", "schema", "-o", str(tmp_path / "schema")]) == 0
    said = capsys.readouterr().out
    assert f"# yaml-language-server: $schema={(tmp_path / 'schema/rating.schema.json').as_posix()}" in said
    written = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in (tmp_path / "schema").iterdir()}
    assert sorted(written) == [f"{stem}.schema.json" for stem in sorted(KINDS)]
    fact = written["rating.schema.json"]["$defs"]["facts.Fact"]
    assert "description" in fact["properties"]["kind"]
    assert fact["required"] == ["name", "title", "kind"]
    assert fact["additionalProperties"] is False
