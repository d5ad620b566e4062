"""The editions of the rules on disk: one folder per edition, read whole, with all its problems in one run."""

from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from redproperty.domain.packs import Pack
from redproperty.domain.texts import Text
from redproperty.store.rules_structs import Reader, hints_of
from redproperty.store.rules_yaml import RuleProblem, compose


class Editions(msgspec.Struct, frozen=True):
    """What stands under a rules folder: the editions that can be used, and what is wrong with the others."""

    packs: tuple[Pack, ...]
    problems: tuple[RuleProblem, ...]


def editions(root: Path) -> Editions:
    """Read every edition under `root`, in the order of their dates."""
    packs: list[Pack] = []
    problems: list[RuleProblem] = []
    for folder in sorted(path for path in root.iterdir() if path.is_dir() and not path.name.startswith(".")):
        loaded = load_edition(folder)
        if isinstance(loaded, Pack):
            packs.append(loaded)
        else:
            problems.extend(loaded)
    return Editions(tuple(packs), tuple(problems))


def load_edition(folder: Path) -> Pack | tuple[RuleProblem, ...]:
    """Return the edition in a folder, or all its problems in the order of files and lines."""
    readers: dict[str, Reader] = {}
    parts: dict[str, Any] = {}
    problems = list(_strangers(folder))
    for field, stem, kind in _files():
        path = folder / f"{stem}.yaml"
        if not path.is_file():
            problems.append(RuleProblem(_named(path), 1, 1, Text("缺少这个文件", "this file is missing")))
            continue
        node = compose(_named(path), path.read_bytes())
        if isinstance(node, tuple):
            problems.extend(node)
            continue
        readers[stem] = reader = Reader(_named(path))
        parts[field] = reader.read(node, kind)
    if len(parts) == len(_files()):
        pack = Pack(edition=folder.name, digest=digest(folder), **parts)
        for path_, text in pack.check():
            readers[str(path_[0])].add([(path_[1:], text)])
        if not problems and not any(reader.problems for reader in readers.values()):
            return pack
    found = {*problems, *(problem for reader in readers.values() for problem in reader.problems)}
    return tuple(sorted(found, key=lambda problem: (problem.file, problem.line, problem.column, problem.text.en)))


def digest(folder: Path) -> str:
    """Return the edition's digest: sha256 over name and bytes of its rule files in the order of their names.

    The cases in `tests/` are left out: a case more or less changes no rating.
    """
    total = sha256()
    for path in sorted(folder.glob("*.yaml")):
        raw = path.read_bytes()
        total.update(f"{path.name}\0{len(raw)}\0".encode())
        total.update(raw)
    return total.hexdigest()


def _files() -> list[tuple[str, str, Any]]:
    hints = hints_of(Pack)
    return [
        (field.name, field.encode_name, hints[field.name])
        for field in msgspec.structs.fields(Pack)
        if isinstance(hints[field.name], type) and issubclass(hints[field.name], msgspec.Struct)
    ]


def _strangers(folder: Path) -> list[RuleProblem]:
    known = {f"{stem}.yaml" for _, stem, _ in _files()} | {"tests"}
    text = Text("版本中不应有这个文件", "this file is no part of an edition")
    return [
        RuleProblem(_named(path), 1, 1, text)
        for path in sorted(folder.iterdir())
        if path.name not in known and not path.name.startswith(".")
    ]


def _named(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"
