"""The editions of the rules on disk: one folder per edition, read whole, with all its problems in one run.

An edition can be used when it reads without a problem and every case beside it holds. One whose cases fail stays
readable for what was made under it; nothing new is made under it, and no earlier edition steps in for it.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from redproperty.domain.cases import Outcome, run_cases, untouched
from redproperty.domain.faults import suggest
from redproperty.domain.packs import About, Pack, Stop
from redproperty.domain.texts import Refused, Text
from redproperty.store.rules_cases import load_cases
from redproperty.store.rules_structs import Reader, hints_of, without_none
from redproperty.store.rules_yaml import RuleProblem, compose, pending

UNREADABLE = Text(
    "规则版本 {edition} 有 {n} 处写错，读不进来，自该日起不能办理。请先修正（redproperty rules check 列出全部）。",
    "Edition {edition} of the rules has {n} problems and cannot be read; from {edition} nothing can be made under it. "
    "Mend it first (`redproperty rules check` lists them all).",
)
FAILING = Text(
    "规则版本 {edition} 自带的案例有 {n} 个不符，不能据以办理。请先修正（redproperty rules test 列出全部）。",
    "{n} of the cases of edition {edition} fail; nothing can be made under it. Mend it first "
    "(`redproperty rules test` lists them all).",
)

NOTHING_THERE = Text(
    "{place} 里没有规则版本：版本是一个文件夹，至少含 pack.yaml 和 rating.yaml",
    "{place} holds no edition: an edition is a folder with at least pack.yaml and rating.yaml",
)


class Edition(msgspec.Struct, frozen=True, kw_only=True):
    """One folder under the rules: what could be read of it, what is wrong, and what became of its cases."""

    name: str
    draft: bool
    pack: Pack | None
    problems: tuple[RuleProblem, ...]
    outcomes: tuple[Outcome, ...] = ()
    untouched: tuple[str, ...] = ()  # codes of items and rules that no case touches
    doubts: tuple[RuleProblem, ...] = ()  # of a draft: what somebody still has to look at; in force they are problems

    @property
    def failing(self) -> tuple[Outcome, ...]:
        """Return the cases that do not hold."""
        return tuple(outcome for outcome in self.outcomes if outcome.failures)

    @property
    def misread(self) -> tuple[Outcome, ...]:
        """Return the cases that name what the edition does not know."""
        return tuple(outcome for outcome in self.outcomes if outcome.misread)

    @property
    def why_not(self) -> Text | None:
        """Return why the edition cannot be used, or nothing where it can."""
        if self.problems:
            return UNREADABLE.fill(edition=self.name, n=len(self.problems))
        return FAILING.fill(edition=self.name, n=len(self.failing)) if self.failing else None


class Editions(msgspec.Struct, frozen=True):
    """All editions under a rules folder, in the order of their dates."""

    all: tuple[Edition, ...]

    @property
    def packs(self) -> tuple[Pack, ...]:
        """Return the editions that can be read; those that cannot be used say so in `stop`."""
        read = [edition.pack for edition in self.all if edition.pack is not None]
        return tuple(msgspec.structs.replace(pack, stop=self._stop(pack)) for pack in read)

    @property
    def problems(self) -> tuple[RuleProblem, ...]:
        """Return what is wrong with the files of all editions."""
        return tuple(problem for edition in self.all for problem in edition.problems)

    def _stop(self, pack: Pack) -> Stop | None:
        """Return from when a failure of its own, or an edition after it that cannot be read, forbids to use a pack."""
        for edition in self.all:
            begins, own = _begins(edition.name), edition.name == pack.edition
            follows = edition.pack is None and not edition.draft and edition.name > pack.edition
            if edition.why_not is not None and begins is not None and (own or follows):
                return Stop(begins, edition.why_not)
        return None


def _begins(name: str) -> date | None:
    try:
        return date.fromisoformat(name)
    except ValueError:
        return None


def editions(root: Path) -> Editions:
    """Read every edition under `root` and run its cases; what has been read is kept until a file changes."""
    files = [path for path in sorted(root.rglob("*")) if path.is_file()]
    stamps = tuple((str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in files)
    return _read(root, stamps)


def editions_at(place: Path) -> Editions:
    """Read the edition in a folder, or every edition under a folder of editions, wherever it lies.

    Raises:
        Refused: there is no such folder, or neither it nor a folder in it holds a file of an edition.
    """
    if not place.is_dir():
        raise Refused(Text("没有文件夹 {place}", "There is no folder {place}").fill(place=place))
    place = place.resolve()
    if _holds_rules(place):
        return Editions((_edition(place),))
    if not any(_holds_rules(path) for path in place.iterdir() if path.is_dir()):
        raise Refused(NOTHING_THERE.fill(place=place))
    return editions(place)


def _holds_rules(folder: Path) -> bool:
    return any((folder / f"{part.stem}.yaml").is_file() for part in parts())


@lru_cache(maxsize=4)
def _read(root: Path, stamps: tuple[tuple[str, int, int], ...]) -> Editions:
    del stamps
    folders = sorted(path for path in root.iterdir() if path.is_dir() and not path.name.startswith("."))
    return Editions(tuple(_edition(folder) for folder in folders))


def _edition(folder: Path) -> Edition:
    loaded, read = load_edition(folder), load_cases(folder)
    if not isinstance(loaded, Pack):
        return Edition(name=folder.name, draft=_drafted(folder), pack=None, problems=(*loaded, *read.problems))
    return Edition(
        name=folder.name,
        draft=loaded.about.status == "draft",
        pack=loaded,
        problems=read.problems,
        outcomes=run_cases(loaded, read.cases),
        untouched=untouched(loaded, read.cases),
        doubts=_doubts(folder.name, rule_files(folder)) if loaded.about.status == "draft" else (),
    )


def _doubts(name: str, files: Mapping[str, bytes]) -> tuple[RuleProblem, ...]:
    return tuple(mark for file, raw in files.items() for mark in pending(f"{name}/{file}", raw))


def _drafted(folder: Path) -> bool:
    """Whether an edition that cannot be read at least says that it is a draft, which holds nobody up."""
    path = folder / "pack.yaml"
    node = compose(_named(path), path.read_bytes()) if path.is_file() else ()
    if isinstance(node, tuple):
        return False
    about: About = Reader(_named(path)).read(node, About)
    return about.status == "draft"


def rule_files(folder: Path) -> dict[str, bytes]:
    """Return the rule files of an edition's folder, by name."""
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.yaml")) if path.is_file()}


def load_edition(folder: Path) -> Pack | tuple[RuleProblem, ...]:
    """Return the edition in a folder, or all its problems in the order of files and lines."""
    return read_edition(folder.name, rule_files(folder), problems=_strangers(folder))


def read_edition(
    name: str, files: Mapping[str, bytes], *, problems: Iterable[RuleProblem] = ()
) -> Pack | tuple[RuleProblem, ...]:
    """Return the edition that these files make, wherever they come from, or all its problems.

    `problems` are those that were found before.
    """
    readers: dict[str, Reader] = {}
    read: dict[str, Any] = {}
    problems, whole = list(problems), True
    for part in parts():
        named = f"{name}/{part.stem}.yaml"
        if f"{part.stem}.yaml" not in files:
            if part.required:
                problems.append(RuleProblem(named, 1, 1, Text("缺少这个文件", "this file is missing")))
                whole = False
            continue
        node = compose(named, files[f"{part.stem}.yaml"])
        if isinstance(node, tuple):
            problems.extend(node)
            whole = False
            continue
        readers[part.stem] = reader = Reader(named)
        read[part.field] = reader.read(node, part.kind)
    if whole:
        pack = Pack(edition=name, digest=digest_of(files), **read)
        for path_, text in pack.check():
            readers[str(path_[0])].add([(path_[1:], text)])
        if pack.about.status == "in_force":  # a draft may still have its doubts
            problems += _doubts(name, files)
        if not problems and not any(reader.problems for reader in readers.values()):
            return pack
    found = {*problems, *(problem for reader in readers.values() for problem in reader.problems)}
    return tuple(sorted(found, key=lambda problem: (problem.file, problem.line, problem.column, problem.text.en)))


def digest(folder: Path) -> str:
    """Return the digest of the edition in a folder."""
    return digest_of(rule_files(folder))


def digest_of(files: Mapping[str, bytes]) -> str:
    """Return an edition's digest: sha256 over name and bytes of its rule files in the order of their names.

    The cases in `tests/` are left out: a case more or less changes no rating.
    """
    total = sha256()
    for name, raw in sorted(files.items()):
        total.update(f"{name}\0{len(raw)}\0".encode())
        total.update(raw)
    return total.hexdigest()


class Part(NamedTuple):
    """One file of an edition: the field of the pack, its name, what it holds, and whether it must be there."""

    field: str
    stem: str
    kind: type[msgspec.Struct]
    required: bool


def parts() -> tuple[Part, ...]:
    """Return the files of an edition, as the fields of `Pack` name them."""
    hints = hints_of(Pack)
    found = [(field, without_none(hints[field.name])) for field in msgspec.structs.fields(Pack)]
    return tuple(
        Part(field.name, field.encode_name, kind, field.required)
        for field, kind in found
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind is not Stop
    )


def _strangers(folder: Path) -> list[RuleProblem]:
    known = [*(f"{part.stem}.yaml" for part in parts()), "tests"]
    text = Text("版本中不应有这个文件", "this file is no part of an edition")
    return [
        RuleProblem(_named(path), 1, 1, suggest(text, path.name, known))
        for path in sorted(folder.iterdir())
        if path.name not in known and not path.name.startswith(".")
    ]


def _named(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"
