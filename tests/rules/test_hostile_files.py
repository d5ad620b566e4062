"""Whatever lies in a folder of rules, the answer is an edition or problems with a place, soon and never a crash."""

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redproperty.cli import main
from redproperty.domain.case_files import CaseFile
from redproperty.domain.packs import Pack
from redproperty.domain.ratings import Rating
from redproperty.domain.sheets import Sheet
from redproperty.settings import bundled
from redproperty.store.rules import editions_at, load_edition, parts
from redproperty.store.rules_structs import Reader
from redproperty.store.rules_yaml import MOST_PROBLEMS, RuleProblem, compose

DEFAULT = bundled("rules") / "2026-01-01"
KINDS = {part.stem: part.kind for part in parts()}
DEEP = 10_000
FILES: dict[str, tuple[bytes, str]] = {
    "lists 10,000 deep": (b"a: " + b"[" * DEEP + b"]" * DEEP, "nested too deeply"),
    "maps 10,000 deep": (b"a: " + b"{a: " * DEEP + b"}" * DEEP, "nested too deeply"),
    "blocks 10,000 deep": (b"- " * DEEP + b"x", "nested too deeply"),
    "never closed": (b"{" * DEEP, "nested too deeply"),
    "10 MB": (b"a: x\n" * 2_500_000, "the file is too large"),
    "too many values": (b"categories:\n" + b"- x\n" * 100_000, "the file is too large"),
    "thousands of unknown keys": (b"".join(b"k%d: 1\n" % n for n in range(20_000)), "so much wrong"),
    "thousands of the same key": (b"k: 1\n" * 20_000, "so much wrong"),
    "10^400": (b"total: 1" + b"0" * 400, "is not a number"),
    "1e999999": (b"total: 1e999999", "is not a number"),
    "5,000 digits": (b"total: " + b"9" * 5_000, "is not a number"),
    "5,000 decimals": (b"total: 0." + b"9" * 5_000, "is not a number"),
    "900,000 digits": (b"total: " + b"9" * 900_000, "is not a number"),
    "infinity": (b"total: .inf", "is not a number"),
    "digits of another script": ("total: ٣".encode(), "is not a number"),
    "full-width digits": ("total: １００".encode(), "is not a number"),
    "billion laughs": (b"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", "anchors (&) are not used"),
    "an alias of itself": (b"&a [*a]", "aliases (*) are not used"),
    "merge keys": (b"<<: {total: 100}", "there is no “<<”"),
    "NUL": (b"total: \x00", "not well-formed YAML"),
    "UTF-16": ("total: 100".encode("utf-16"), "this is not UTF-8"),
    "UTF-32": ("total: 100".encode("utf-32"), "this is not UTF-8"),
    "surrogate": (b"total: \xed\xa0\x80", "this is not UTF-8"),
    "surrogate escaped": (b'total: "\\ud800"', "not well-formed YAML"),
    "beyond Unicode": (b'total: "\\UFFFFFFFF"', "not well-formed YAML"),
    "tabs": (b"severities:\n\t- code: x", "not well-formed YAML"),
    "a key that is a map": (b"? {a: b}\n: c", "a key is one word"),
    "a key of 900,000 letters": (b"{" + b"k" * 900_000 + b": 1}", ""),
    "a kind of 100,000 letters": (b"mode: " + b"k" * 100_000, "there is no “kkk"),
    "another YAML": (b"%YAML 9.9\n---\ntotal: 100", "not well-formed YAML"),
    "python objects": (b"total: !!python/object/apply:os.system [ls]", "tags (!) are not used"),
    "nothing": (b"", "the file is empty"),
    "a comment": (b"# nothing\n", "the file is empty"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_is_told_in_short_words(name: str):
    raw, said = FILES[name]
    node = compose("sheet.yaml", raw)
    if isinstance(node, tuple):
        problems = list(node)
    else:
        reader = Reader("sheet.yaml")
        reader.read(node, Sheet)
        problems = reader.problems
    assert any(said in problem.say("en") for problem in problems)
    assert len(problems) <= MOST_PROBLEMS + 1
    assert all(len(problem.say("en")) < 500 for problem in problems)


def test_a_byte_order_mark_is_forgiven():
    node = compose("x.yaml", b"\xef\xbb\xbftotal: 1")
    assert not isinstance(node, tuple)


@pytest.mark.parametrize("name", ["lists 10,000 deep", "10 MB", "5,000 digits", "billion laughs", "NUL", "UTF-16"])
@pytest.mark.parametrize("file", ["pack.yaml", "rating.yaml", "tests/items.yaml"])
def test_no_command_ends_in_a_traceback(name: str, file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    folder = Path(shutil.copytree(DEFAULT, tmp_path / "2026-01-01"))
    (folder / file).write_bytes(FILES[name][0])
    for command in ("check", "test"):
        assert main(["rules", command, str(folder)]) == 1
        assert f"2026-01-01/{file}:" in capsys.readouterr().err


def test_a_folder_of_strange_things_is_told_thing_by_thing(tmp_path: Path):
    folder = Path(shutil.copytree(DEFAULT, tmp_path / "2026-01-01"))
    (folder / "rating.yaml").unlink()
    (folder / "rating.yaml").mkdir()
    (folder / "notes.txt").write_text("x", encoding="utf-8")
    loaded = load_edition(folder)
    assert isinstance(loaded, tuple)
    said = [problem.say("en") for problem in loaded]
    assert "2026-01-01/rating.yaml:1:1: this file is missing" in said
    assert any("notes.txt:1:1: this file is no part of an edition" in one for one in said)


def test_a_list_of_branches_beyond_reason_is_refused(tmp_path: Path):
    cases = "".join(f"  - {{when: {{fact: a, above: {1000 - n}}}, gives: {n}}}\n" for n in range(501))
    (tmp_path / "pack.yaml").write_text("{title: x, effective_from: 2026-01-01}", encoding="utf-8")
    head = "facts: [{name: a, title: a, kind: number}]\nsteps:\n- name: x\n  title: x\n  kind: first_match\n  cases:\n"
    (tmp_path / "rating.yaml").write_text(head + cases + "  otherwise: 0\n", encoding="utf-8")
    (edition,) = editions_at(tmp_path).all
    (problem,) = edition.problems
    assert (problem.line, problem.text.en) == (507, "at most 500 branches; use a table or bands for more")


# --- mutations of what is right ---------------------------------------------------------------------------------------

LINES = {name: (DEFAULT / name).read_text(encoding="utf-8").splitlines() for name in ("rating.yaml", "sheet.yaml")}
SHORT = {name: lines[:120] for name, lines in LINES.items()}
WORDS = [
    "~",
    "",
    "[]",
    "{}",
    "x",
    "-1",
    "1e9",
    "true",
    "[x, y]",
    "{a: b}",
    "99999999999999999999",
    "'",
    '"',
    "&a",
    "2026-01-01",
]


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_file_with_any_value_exchanged_or_line_lost_is_read_or_refused(data: st.DataObject):
    name = data.draw(st.sampled_from(sorted(SHORT)))
    lines = list(SHORT[name])
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(lines) - 1))
        head, colon, _ = lines[at].partition(": ")
        match data.draw(st.sampled_from(["value", "lost", "twice", "indent"])):
            case "value" if colon:
                lines[at] = f"{head}: {data.draw(st.sampled_from(WORDS))}"
            case "lost":
                lines[at] = ""
            case "twice":
                lines.insert(at, lines[at])
            case "indent":
                lines[at] = " " + lines[at]
    node = compose(name, "\n".join(lines).encode())
    found: list[RuleProblem] = list(node) if isinstance(node, tuple) else []
    if not isinstance(node, tuple):
        reader = Reader(name)
        kind = Rating if name == "rating.yaml" else Sheet
        read = reader.read(node, kind)
        assert isinstance(read, kind)
        found = reader.problems
    assert all(problem.line >= 1 and problem.column >= 1 and problem.say("zh") for problem in found)


@settings(max_examples=60, deadline=None)
@given(raw=st.binary(max_size=200), kind=st.sampled_from([*KINDS.values(), CaseFile]))
def test_random_bytes_are_read_or_refused_as_any_file(raw: bytes, kind: type):
    node = compose("x.yaml", raw)
    if not isinstance(node, tuple):
        assert isinstance(Reader("x.yaml").read(node, kind), kind)


@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_an_edition_with_a_mangled_line_loads_or_tells(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject):
    folder = tmp_path_factory.mktemp("mangled") / "2026-01-01"
    shutil.copytree(DEFAULT, folder, ignore=shutil.ignore_patterns("tests"))
    name = data.draw(st.sampled_from(sorted(LINES)))
    lines = list(LINES[name])
    at = data.draw(st.integers(0, len(lines) - 1))
    head, _, tail = lines[at].rpartition(": ")
    lines[at] = f"{head}: {data.draw(st.sampled_from([*WORDS, tail[:1], tail * 2]))}"
    (folder / name).write_text("\n".join(lines), encoding="utf-8")
    loaded = load_edition(folder)
    assert isinstance(loaded, Pack) or all(isinstance(problem, RuleProblem) for problem in loaded)
