"""Editions made from the shipped one by changing some words, for tests of what changes and what is put in force."""

import shutil
from pathlib import Path

from redproperty.domain.packs import Pack
from redproperty.settings import bundled
from redproperty.store.rules import load_edition

DEFAULT = bundled("rules") / "2026-01-01"
NEXT = "2027-01-01"
ONE_CASE = "about: {zh: 一例, en: one case}\ncases: [{name: 满分, expect: {score: 100}}]\n"
Swap = tuple[str, str, str]  # file, old words, new words
REFORM: tuple[Swap, ...] = (  # a sound reform: one item dearer and quicker, weights and the five-star line moved
    ("sheet.yaml", "step: 0.5", "step: 1"),
    ("sheet.yaml", "days_to_cure: 15", "days_to_cure: 10"),
    ("rating.yaml", "weight: 60", "weight: 70"),
    ("rating.yaml", "weight: 20", "weight: 10"),
    ("rating.yaml", "at_least: 90", "at_least: 92"),
    ("rating.yaml", "below: 90", "below: 92"),
)


def lay(root: Path, name: str = "2026-01-01", *swaps: Swap, cases: bool = True) -> Path:
    """Lay a copy of the shipped edition under another date, with some words changed; return its folder.

    Without its `cases` it has one that any such copy holds.
    """
    folder = Path(shutil.copytree(DEFAULT, root / name, ignore=None if cases else shutil.ignore_patterns("tests")))
    if not cases:  # but for one: an edition without any is put in force by nobody
        (folder / "tests").mkdir()
        (folder / "tests" / "one.yaml").write_text(ONE_CASE, encoding="utf-8")
    for file, old, new in (("pack.yaml", "effective_from: 2026-01-01", f"effective_from: {name}"), *swaps):
        text = (folder / file).read_text(encoding="utf-8")
        assert old in text, old
        (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    return folder


def loaded(folder: Path) -> Pack:
    """Return the edition in a folder, which must be sound."""
    pack = load_edition(folder)
    assert isinstance(pack, Pack), pack
    return pack
