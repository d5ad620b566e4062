"""An edition is used only when it reads and its own cases hold, and never does an older one step in for it."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from redproperty.domain.packs import in_force
from redproperty.domain.texts import Refused
from redproperty.settings import bundled
from redproperty.store.rules import Editions, editions

DEFAULT = bundled("rules") / "2026-01-01"


def put(root: Path, name: str, *swaps: tuple[str, str, str]) -> None:
    """Lay a copy of the default edition under another date, with some words changed."""
    folder = Path(shutil.copytree(DEFAULT, root / name))
    for file, old, new in (("pack.yaml", "effective_from: 2026-01-01", f"effective_from: {name}"), *swaps):
        text = (folder / file).read_text(encoding="utf-8")
        assert old in text, old
        (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")


WRONG_CASE = ("tests/items.yaml", "score: 99.5", "score: 12")
UNREADABLE = ("sheet.yaml", "total: 100", "total: 101")


def name_on(found: Editions, day: date) -> str | None:
    pack = in_force(found.packs, day)
    return pack.edition if pack else None


def test_an_edition_whose_cases_hold_is_used(tmp_path: Path):
    put(tmp_path, "2026-01-01")
    (edition,) = editions(tmp_path).all
    assert edition.why_not is None
    assert len(edition.outcomes) >= 200
    assert edition.failing == edition.untouched == ()


def test_one_whose_cases_fail_is_refused_with_the_number_and_stays_readable(tmp_path: Path):
    put(tmp_path, "2026-01-01", WRONG_CASE)
    found = editions(tmp_path)
    (failing,) = found.all[0].failing
    assert failing.case.name == "JC-01 缺一项"
    assert [failure.en for failure in failing.failures] == ["score: expected 12, got 99.5"]
    assert [pack.edition for pack in found.packs] == ["2026-01-01"]
    with pytest.raises(Refused, match="自带的案例有 1 个不符"):
        in_force(found.packs, date(2026, 3, 1))


def test_no_earlier_edition_steps_in_for_one_whose_cases_fail(tmp_path: Path):
    put(tmp_path, "2026-01-01")
    put(tmp_path, "2026-07-01", WRONG_CASE)
    found = editions(tmp_path)
    assert name_on(found, date(2026, 6, 30)) == "2026-01-01"
    with pytest.raises(Refused, match="2026-07-01"):
        in_force(found.packs, date(2026, 7, 1))


def test_no_earlier_edition_steps_in_for_one_that_cannot_be_read(tmp_path: Path):
    put(tmp_path, "2026-01-01")
    put(tmp_path, "2026-07-01", UNREADABLE)
    put(tmp_path, "2027-01-01")
    found = editions(tmp_path)
    assert name_on(found, date(2026, 6, 30)) == "2026-01-01"
    with pytest.raises(Refused, match="2026-07-01 有 1 处写错"):
        in_force(found.packs, date(2026, 7, 1))
    assert name_on(found, date(2027, 1, 1)) == "2027-01-01"


def test_a_draft_that_cannot_be_read_holds_nobody_up(tmp_path: Path):
    put(tmp_path, "2026-01-01")
    put(tmp_path, "2026-07-01", UNREADABLE, ("pack.yaml", "status: in_force", "status: draft"))
    assert name_on(editions(tmp_path), date(2026, 8, 1)) == "2026-01-01"


def test_cases_with_slips_keep_an_edition_from_being_used(tmp_path: Path):
    put(tmp_path, "2026-01-01", ("tests/items.yaml", "answers: {JC-01: 1}", "answrs: {JC-01: 1}"))
    found = editions(tmp_path)
    assert "did you mean “answers”?" in found.problems[0].say("en")
    with pytest.raises(Refused):
        in_force(found.packs, date(2026, 3, 1))


def test_a_case_about_an_item_that_is_not_there_fails(tmp_path: Path):
    put(tmp_path, "2026-01-01", ("tests/items.yaml", "answers: {JC-01: 1}", "answers: {JC-91: 1}"))
    (failing,) = editions(tmp_path).all[0].failing
    assert [failure.en for failure in failing.failures] == ["JC-91: there is no such item; did you mean “JC-01”?"]


def test_a_changed_file_is_read_anew_and_an_unchanged_one_is_not(tmp_path: Path):
    put(tmp_path, "2026-01-01")
    first = editions(tmp_path)
    assert editions(tmp_path) is first
    shutil.rmtree(tmp_path / "2026-01-01")
    put(tmp_path, "2026-01-01", WRONG_CASE)
    assert editions(tmp_path).all[0].failing


def test_a_code_that_no_case_touches_is_named(tmp_path: Path):
    put(tmp_path, "2026-01-01")
    (tmp_path / "2026-01-01/tests/vetoes.yaml").unlink()
    assert {"V1", "V6", "V10"} <= set(editions(tmp_path).all[0].untouched)


def test_a_cut_off_that_no_case_comes_close_to_is_named(tmp_path: Path):
    put(tmp_path, "2026-01-01", ("rating.yaml", "{star: 5, at_least: 90}", "{star: 5, at_least: 91}"))
    rating = tmp_path / "2026-01-01/rating.yaml"
    rating.write_text(rating.read_text(encoding="utf-8").replace("below: 90}", "below: 91}"), encoding="utf-8")
    (edition,) = editions(tmp_path).all
    assert {"composite 91", "composite 90.99"} <= set(edition.untouched)
    assert edition.failing  # the case that got five stars at 90.00 says so, too


def test_the_drafts_beside_the_edition_in_force_hold_nobody_up():
    found = editions(bundled("rules"))
    assert [(one.name, one.draft, one.why_not, one.untouched) for one in found.all] == [
        ("2026-01-01", False, None, ()), ("2027-01-01", True, None, ()), ("2027-07-01", True, None, ())
    ]  # fmt: skip
    for day in (date(2026, 10, 1), date(2027, 3, 1), date(2028, 1, 1)):
        assert in_force(found.packs, day).edition == "2026-01-01"


def test_a_cut_off_of_whole_points_wants_the_whole_point_below_it(tmp_path: Path):
    folder = tmp_path / "2026-01-01"
    (folder / "tests").mkdir(parents=True)
    (folder / "pack.yaml").write_text("title: Points\neffective_from: 2026-01-01\nperiod: year\n", encoding="utf-8")
    (folder / "rating.yaml").write_text(
        """
facts: [{name: credits, title: Credits, kind: count}, {name: bonus, title: Bonus, kind: count}]
steps: [{name: points, title: Points, kind: sum, of: [credits, bonus]}]
stars:
  figure: points
  valid_months: 12
  not_rated: [{code: N1, title: None, basis: Example, when: {figure: points, missing: true}}]
  cutoffs: [{star: 2, at_least: 80}, {star: 1, at_least: 40, below: 80}, {star: 0, below: 40}]
""",
        encoding="utf-8",
    )
    (folder / "tests/all.yaml").write_text(
        """
about: Points
facts: {bonus: 9}
columns: [name, credits, expect.points, expect.stars, expect.not_rated]
rows: [[a, 71, 80, 2, null], [b, 70, 79, 1, null], [c, 31, 40, 1, null], [d, null, null, null, N1]]
""",
        encoding="utf-8",
    )
    (edition,) = editions(tmp_path).all
    assert edition.failing == ()
    assert edition.untouched == ("points 39",)
