"""The loader finds every slip of an edition in one run and says where it stands."""

import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redproperty.domain.packs import Pack, in_force
from redproperty.domain.sheets import Sheet
from redproperty.store.rules import digest, editions, load_edition
from redproperty.store.rules_structs import Reader
from redproperty.store.rules_yaml import RuleProblem, compose

DEFAULT = Path(__file__).parents[2] / "rules" / "2026-01-01"


@pytest.fixture
def edition(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DEFAULT, tmp_path / "2026-01-01"))


def change(edition: Path, file: str, *swaps: tuple[str, str]) -> None:
    path = edition / file
    text = path.read_text(encoding="utf-8")
    for old, new in swaps:
        assert old in text, old
        text = text.replace(old, new, 1)
    path.write_text(text, encoding="utf-8")


def problems(edition: Path) -> list[str]:
    loaded = load_edition(edition)
    assert isinstance(loaded, tuple), "the edition loads"
    return [problem.say("en") for problem in loaded]


def line_of(edition: Path, file: str, text: str) -> int:
    lines = (edition / file).read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, start=1) if text in line)


def test_the_default_edition_loads_with_seven_categories_and_42_items():
    pack = load_edition(DEFAULT)
    assert isinstance(pack, Pack)
    assert [(c.code, c.full, len(c.items)) for c in pack.sheet.categories] == [
        ("JC", 12, 6),
        ("ZX", 18, 7),
        ("BJ", 18, 7),
        ("LH", 8, 4),
        ("SB", 20, 8),
        ("FW", 12, 5),
        ("DJ", 12, 5),
    ]
    assert [veto.code for veto in pack.rating.stars.vetoes] == [f"V{n}" for n in range(1, 11)]
    assert pack.rating.stars.all == (5, 4, 3, 2, 1, 0)


def test_every_item_says_what_the_field_needs_in_both_languages():
    pack = load_edition(DEFAULT)
    assert isinstance(pack, Pack)
    for item in pack.sheet.items:
        for text in (item.title, item.basis, item.how_to_look, item.rule(), *item.reasons):
            assert text.zh.strip(), item.code
            assert text.en.strip(), item.code
        assert len(item.reasons) >= 3, item.code
        assert item.days_to_cure > 0, item.code


def test_a_misspelt_key_is_refused_with_its_place_and_the_nearest_key(edition: Path):
    change(edition, "sheet.yaml", ("        severity: normal", "        severty: normal"))
    line = line_of(edition, "sheet.yaml", "severty")
    assert f"2026-01-01/sheet.yaml:{line}:9: there is no “severty”; did you mean “severity”?" in problems(edition)


def test_a_comma_that_breaks_a_text_off_is_named(edition: Path):
    change(
        edition, "rating.yaml", ("stars:\n", "  - {name: lit, title: by day, by night, kind: round_count}\nstars:\n")
    )
    line = line_of(edition, "rating.yaml", "by night")
    words = "“by night” has no value; within { } a text with a comma must be quoted"
    assert f"2026-01-01/rating.yaml:{line}:32: {words}" in problems(edition)


def test_all_problems_of_all_files_come_in_one_run(edition: Path):
    change(edition, "pack.yaml", ('version: "2026.1"', "version: 2026.1"))
    change(edition, "sheet.yaml", ("step: 0.5", "step: many"), ("code: JC-03", "code: JC-02"), ("full: 4", "full: 5"))
    change(edition, "rating.yaml", ("at_least: 85, below: 90", "at_least: 86, below: 90"), ("weight: 60", "weight: 50"))
    change(edition, "subsidy.yaml", ("title:", "titel:"))
    found = "\n".join(problems(edition))
    for part in (
        "pack.yaml:3:10: “2026.1” must be written in quotes",
        "“many” is not a number",
        "code “JC-02” is used twice",
        "the items add up to",
        "leaves a gap to",
        "the weights add up to 90, not to 100",
        "there is no “titel”; did you mean “title”?",
    ):
        assert part in found, part


SLIPS = [  # file, what stands there, what is written instead, the text at which the problem points, its wording
    (
        "sheet.yaml",
        "        full: 3",
        "        full: 2.5",
        "- code: ZX-01",
        "the items add up to 17.5, the category says 18",
    ),
    ("sheet.yaml", "total: 100", "total: 110", "- code: JC", "the categories add up to 100, the sheet says 110"),
    ("sheet.yaml", "code: ZX-01", "code: BJ-99", "BJ-99", "must begin with “ZX-”"),
    ("sheet.yaml", "severity: safety", "severity: grave", "grave", "there is no severity “grave”"),
    (
        "sheet.yaml",
        "{at_least: 90, below: 95, points: 2}",
        "{at_least: 91, below: 95, points: 2}",
        "{at_least: 91, bel",
        "leaves a gap to",
    ),
    (
        "sheet.yaml",
        "{at_least: 90, below: 95, points: 2}",
        "{at_least: 89, below: 95, points: 2}",
        "{at_least: 89, bel",
        "overlaps",
    ),
    (
        "sheet.yaml",
        "{below: 80, points: 0}",
        "{at_least: 0, below: 80, points: 0}",
        "{at_least: 0, belo",
        "nothing covers the numbers",
    ),
    (
        "sheet.yaml",
        "step: 0.5",
        "step: 0.0000001",
        "0.0000001, unit: {",
        "is not a number, or has more than six decimals",
    ),
    ("sheet.yaml", "step: 0.5", "step: 1e-1", "1e-1, unit: {zh: 项", "is not a number"),
    ("sheet.yaml", "step: 0.5", "step: .nan", ".nan, unit: {zh: 项", "is not a number"),
    ("sheet.yaml", "step: 0.5", "step: 0", "0, unit: {zh: 项, e", "the step must be above 0"),
    ("sheet.yaml", "step: 0.5", "step: 9", "9, unit: {zh: 项, e", "the step must be above 0 and at most the full mark"),
    (
        "sheet.yaml",
        "kind: per_occurrence",
        "kind: per_ocurrence",
        "per_ocurrence, ste",
        "did you mean “per_occurrence”?",
    ),
    ("sheet.yaml", "kind: per_occurrence, ", "", "{step: 0.5, unit: ", "“kind” is missing; one of"),
    (
        "sheet.yaml",
        "basis: {zh: 示例, en: Example}",
        'basis: {zh: "", en: Example}',
        '{zh: "", en: Examp',
        "the basis is missing",
    ),
    ("sheet.yaml", "        basis: {zh: 示例, en: Example}\n", "", "code: JC-01", "“basis” is missing"),
    (
        "sheet.yaml",
        "{fact: gated, is: true}",
        "{fact: walled, is: true}",
        "walled, is: true}",
        "nobody declares the fact “walled”",
    ),
    (
        "sheet.yaml",
        "{fact: gated, is: true}",
        "{fact: gated, at_least: 1}",
        "{fact: gated, at_l",
        "“gated” cannot be compared like this",
    ),
    ("sheet.yaml", "{fact: gated, is: true}", "{fact: gated}", "{fact: gated}", "the condition compares nothing"),
    (
        "sheet.yaml",
        "{fact: gated, is: true}",
        "{fact: gated, figure: x, is: true}",
        "{fact: gated, figu",
        "a condition is one of",
    ),
    ("sheet.yaml", "days_to_cure: 15", "days_to_cure: soon", "soon", "“soon” is not a whole number"),
    ("sheet.yaml", "mode: half_up", "mode: up", "up", "there is no “up”"),
    ("sheet.yaml", "points: 1}", "points: 2}", "2}", "points must fall from level to level"),
    ("rating.yaml", "at_least: 70, below: 80", "at_least: 70, below: 81", "{star: 3, at_least", "overlaps"),
    ("rating.yaml", "{star: 4,", "{star: 5,", "5, at_least: 85, b", "this star is given twice"),
    (
        "rating.yaml",
        "of: inspection",
        "of: inspektion",
        "inspektion, weight",
        "there is no fact or figure “inspektion”",
    ),
    (
        "rating.yaml",
        "of: [base, bonus]",
        "of: [base, composite]",
        "composite]",
        "“composite” is used before it is defined",
    ),
    ("rating.yaml", "code: V2", "code: V1", "V1", "code “V1” is used twice"),
    (
        "rating.yaml",
        "{fact: fire_failed, is: true}",
        "{fact: fire, is: true}",
        "fire, is: true}, a",
        "nobody declares the fact “fire”",
    ),
    ("rating.yaml", "at_most: 2}", "at_most: 7}", "7}]", "no cut-off gives 7 stars"),
    (
        "rating.yaml",
        "{figure: composite, missing: true}",
        "{figure: base, missing: true}",
        "- code: N1",
        "one reason must be that",
    ),
    ("rating.yaml", "lasts: 12", "lasts: 0", "0, missing: defaul", "at least one month"),
    ("rating.yaml", "perfect: commodity", "perfect: villa", "villa", "does not fit the kind of the fact"),
    ("rating.yaml", "stars_down: 1", "stars_down: 0", "kind: streak", "state stars_down or calls_for"),
    ("rating.yaml", "floor: 60", "floor: 160", "160", "a floor lies between 0 and 100"),
    ("rating.yaml", "cap: 5", "cap: 0", "0", "the cap must be above 0"),
    ("rating.yaml", "  valid_months: 12\n", "", "figure: composite", "“valid_months” is missing"),
    (
        "pack.yaml",
        "effective_from: 2026-01-01",
        "effective_from: 2026-02-01",
        "2026-02-01",
        "must be the name of the folder",
    ),
    ("pack.yaml", "effective_from: 2026-01-01", "effective_from: 1st of May", "1st of May", "is not a date"),
    ("pack.yaml", "status: in_force", "status: on", "on", "there is no “on”; one of draft, in_force"),
    ("pack.yaml", "id: qixia-default", "id: &a qixia-default", "&a qixia-default", "anchors (&) are not used"),
    ("pack.yaml", "id: qixia-default", "id: !!str qixia-default", "!!str qixia-defaul", "tags (!) are not used"),
    ("pack.yaml", "id: qixia-default", "id: qixia-default\nid: again", "id: again", "the key “id” is written twice"),
    ("pack.yaml", "id: qixia-default", "id: 05", "05", "“05” must be written in quotes"),
    ("pack.yaml", "id: qixia-default", "id: [a", ': "2026.1"', "this is not well-formed YAML"),
    ("pack.yaml", "period: quarter", "period: quarter\n---\nid: x", "---", "one file holds one document"),
    (
        "pack.yaml",
        "period: quarter",
        "period: " + "[" * 60 + "]" * 60,
        "[[[[[[[[[[[[[[[[[[",
        "nested too deeply",
    ),
    (
        "sheet.yaml",
        'basis: {zh: 示例, en: Example}\n        how_to_look: {zh: "查阅',
        'basis: {zh: 示例, en: Example}\n        how_too_look: {zh: "查阅',
        "how_too_look: {zh:",
        "did you mean “how_to_look”?",
    ),
    (
        "sheet.yaml",
        "title: {zh: 制度与应急预案, en: Rules and emergency plans}",
        'title: {zh: "", en: Rules}',
        '"", en: Rules}',
        "“zh” has no words",
    ),
    (
        "sheet.yaml",
        "title: {zh: 制度与应急预案, en: Rules and emergency plans}",
        "title: {zh: 制度与应急预案}",
        "{zh: 制度与应急预案}",
        "“en” is missing",
    ),
    (
        "sheet.yaml",
        "severity: safety",
        "severity: safty",
        "safty",
        "there is no severity “safty”; did you mean “safety”?",
    ),
    ("sheet.yaml", "{code: important,", "{code: safety,", "safety, title: {zh", "code “safety” is used twice"),
    ("sheet.yaml", "full: 12", "full: 99999999999999", "99999999999999", "is not a number"),
    ("sheet.yaml", "full: 12", "full: [12]", "[12]", "a single value is expected here"),
    (
        "sheet.yaml",
        "shape: {kind: per_occurrence, step: 0.5, unit: {zh: 项, en: missing documents}}",
        "shape: per_occurrence",
        "per_occurrence",
        "keys and values are expected here",
    ),
    ("sheet.yaml", "target: 95", "target: 105", "105, step: 0.5, pe", "the target must lie within the range"),
    ("sheet.yaml", "counts: started", "counts: begun", "begun}", "there is no “begun”; one of started, whole, exact"),
    ("sheet.yaml", "        evidence: document", "        evidence: film", "film", "there is no “film”; one of"),
    ("rating.yaml", "worth: {province: 2, city: 1}", "worth: {}", "{}", "at least one value is needed"),
    (
        "rating.yaml",
        "fact: party_demo\n",
        "fact: party_demos\n",
        "party_demos",
        "there is no fact or figure “party_demos”; did you mean “party_demo”?",
    ),
    (
        "rating.yaml",
        "basis: {zh: 示例, en: Example}\n        kind: choice",
        'basis: {zh: " ", en: Example}\n        kind: choice',
        '{zh: " ", en: Exam',
        "the basis is missing",
    ),
    ("rating.yaml", "floor: 60\n", "floor: 60\n          categories: [JX]\n", "JX]", "there is no category “JX”"),
    ("rating.yaml", "ratio: 15", "ratio: 115", "115", "the ratio lies between 0 and 100"),
    (
        "rating.yaml",
        "{star: 0, below: 60}",
        "{star: 0, below: 59.99}",
        "{star: 1, at_least",
        "leaves a gap to “<59.99”",
    ),
    (
        "rating.yaml",
        "{star: 5, at_least: 90}",
        "{star: 5, at_least: 90, at_most: 100}",
        "{star: 5, at_least",
        "nothing covers the numbers above 100",
    ),
    (
        "rating.yaml",
        "{star: 5, at_least: 90}",
        "{star: 5, at_least: 90, above: 90}",
        "{star: 5, at_least",
        "an end may be stated only once",
    ),
    ("rating.yaml", "to: 4", "to: 5", "5", "must be below star"),
    ("rating.yaml", "kind: streak", "kind: streaks", "streaks", "there is no “streaks”; did you mean “streak”?"),
    (
        "rating.yaml",
        "missing: not_rated",
        "missing: skip",
        "skip}",
        "there is no “skip”; one of reweight, zero, full, not_rated",
    ),
    (
        "subsidy.yaml",
        "veto: V4",
        "veto: V44",
        "V44, title: {zh: 弄",
        "the rating knows no veto V44; did you mean “V4”?",
    ),
    ("subsidy.yaml", 'percent: "70"', 'percent: "71"', "- payer: district", "the shares add up to 101 %, not 100"),
    (
        "subsidy.yaml",
        '{stars: 5, coefficient: "1.20"',
        '{stars: 5, coefficient: "1.00"',
        '"1.00", title: {zh',
        "5 stars earn less than fewer stars",
    ),
    ("takeover.yaml", "opens: UNMANAGED", "opens: UNMANAGD", "UNMANAGD", "UNMANAGD"),
    ("inspections.yaml", "cure_in: calendar", "cure_in: workdays", "workdays", "there is no “workdays”"),
    ("inspections.yaml", "running: 3", "running: 1", "1 #", "must be at least 2"),
    ("inspections.yaml", "minutes: 10", "minutes: 0", "0 #", "must be above 0"),
    ("inspections.yaml", "unlikely: 5", "unlikely: 100", "100 #", "must lie between 0 and 100"),
    ("inspections.yaml", "[70, 80, 85, 90]", "[70, 80, 81, 90]", "81", "at least twice just_above apart"),
    ("pack.yaml", "id: qixia-default", "id: *other", "*other", "aliases (*) are not used in rules"),
    ("pack.yaml", "period: quarter", "period:\tquarter\n\tx: y", "\tx: y", "this is not well-formed YAML"),
]


@pytest.mark.parametrize("slip", SLIPS, ids=[f"{row[0]}:{row[4]}" for row in SLIPS])
def test_the_slip_is_found_at_its_line_and_column(edition: Path, slip: tuple[str, str, str, str, str]):
    file, old, new, at, message = slip
    change(edition, file, (old, new))
    loaded = load_edition(edition)
    assert isinstance(loaded, tuple), "the edition loads"
    lines = (edition / file).read_text(encoding="utf-8").split("\n")
    found = [(one.file, lines[one.line - 1][one.column - 1 :][: len(at)], one.text.en) for one in loaded]
    assert any((f"2026-01-01/{file}", at) == one[:2] and message in one[2] for one in found), found


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("sheet.yaml", "step: 0.5", "step: many"),
        ("sheet.yaml", "        full: 3", "        full: three"),
        ("rating.yaml", "weight: 60", "weight: sixty"),
        ("rating.yaml", "cap: 5", "cap: five"),
    ],
)
def test_one_slip_is_reported_once(edition: Path, file: str, old: str, new: str):
    change(edition, file, (old, new))
    assert len(problems(edition)) == 1


def test_the_word_no_stays_a_word(edition: Path):
    change(edition, "pack.yaml", ("id: qixia-default", "id: no"))
    pack = load_edition(edition)
    assert isinstance(pack, Pack)
    assert pack.about.id == "no"


def test_a_missing_and_a_foreign_file_are_named(edition: Path):
    (edition / "rating.yaml").rename(edition / "ratings.yaml")
    assert problems(edition) == [
        "2026-01-01/rating.yaml:1:1: this file is missing",
        "2026-01-01/ratings.yaml:1:1: this file is no part of an edition; did you mean “rating.yaml”?",
    ]


@pytest.mark.parametrize(
    "raw", [b"", b"\xff\xfe", b"\x00", b"- a\n- b", b"just text", b"a: \xc3\x28", b"\xef\xbb\xbfid: x", b"? [a]\n: b"]
)
def test_strange_bytes_give_a_problem_and_never_a_traceback(edition: Path, raw: bytes):
    (edition / "pack.yaml").write_bytes(raw)
    assert any("pack.yaml:" in problem for problem in problems(edition))


@settings(max_examples=60, deadline=None)
@given(raw=st.binary(max_size=300))
def test_random_bytes_never_raise(raw: bytes):
    node = compose("x.yaml", raw)
    if not isinstance(node, tuple):
        Reader("x.yaml").read(node, Sheet)


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_truncated_or_mangled_file_never_raises(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject):
    folder = tmp_path_factory.mktemp("mangled") / "2026-01-01"
    shutil.copytree(DEFAULT, folder)
    path = folder / data.draw(st.sampled_from(["rating.yaml", "sheet.yaml", "subsidy.yaml", "takeover.yaml"]))
    raw = path.read_bytes()
    at = data.draw(st.integers(0, len(raw)))
    gone = data.draw(st.sampled_from([1, 3, 40, 400, len(raw)]))
    path.write_bytes(raw[:at] + data.draw(st.binary(max_size=4)) + raw[at + gone :])
    loaded = load_edition(folder)
    assert isinstance(loaded, Pack) or all(isinstance(problem, RuleProblem) and problem.line > 0 for problem in loaded)


def test_the_digest_moves_with_any_byte_of_the_rules_and_not_with_the_cases(edition: Path):
    before = digest(edition)
    assert before == digest(DEFAULT)
    shutil.rmtree(edition / "tests")
    assert digest(edition) == before
    change(edition, "pack.yaml", ("qixia-default", "qixia-changed"))
    assert digest(edition) != before


def test_the_edition_in_force_is_the_latest_that_has_begun(tmp_path: Path):
    for name in ("2026-01-01", "2026-07-01", "2027-01-01"):
        folder = Path(shutil.copytree(DEFAULT, tmp_path / name))
        change(folder, "pack.yaml", ("effective_from: 2026-01-01", f"effective_from: {name}"))
    change(tmp_path / "2027-01-01", "pack.yaml", ("status: in_force", "status: draft"))
    found = editions(tmp_path)
    assert found.problems == ()

    def name_on(day: date) -> str | None:
        pack = in_force(found.packs, day)
        return pack.edition if pack else None

    assert name_on(date(2025, 12, 31)) is None
    assert name_on(date(2026, 1, 1)) == "2026-01-01"
    assert name_on(date(2026, 6, 30)) == "2026-01-01"
    assert name_on(date(2026, 7, 1)) == "2026-07-01"
    assert name_on(date(2027, 3, 1)) == "2026-07-01"


def test_a_file_far_too_large_is_not_even_parsed(edition: Path):
    (edition / "pack.yaml").write_bytes(b"id: x\n" + b"#" * 2_000_001)
    assert "2026-01-01/pack.yaml:1:1: the file is too large" in problems(edition)


def test_a_slip_in_every_item_is_told_item_by_item_in_their_order(edition: Path):
    path = edition / "sheet.yaml"
    text = path.read_text(encoding="utf-8").replace("days_to_cure: ", "days_to_cure: about ")
    path.write_text(text, encoding="utf-8")
    loaded = load_edition(edition)
    assert isinstance(loaded, tuple)
    assert len(loaded) == 42
    assert [one.line for one in loaded] == sorted(one.line for one in loaded)


def test_every_score_from_0_to_100_falls_into_exactly_one_star():
    pack = load_edition(DEFAULT)
    assert isinstance(pack, Pack)
    scores = [Decimal(number) / 1000 for number in range(100_001)]
    cutoffs = pack.rating.stars.cutoffs
    assert all(sum(cutoff.has(score) for cutoff in cutoffs) == 1 for score in scores)
