"""The figures of an edition as a form shows them: found with their places, said in words, written back in place."""

import yaml

from redproperty.domain.figures import changed, line_changes
from redproperty.settings import bundled
from redproperty.store.rules import rule_files
from redproperty.store.rules_figures import figures, is_number, written

TEXTS = {name: raw.decode() for name, raw in rule_files(bundled("rules") / "2026-01-01").items()}
FOUND = {one.name: one for one in figures(TEXTS)}


def test_every_figure_stands_where_it_says():
    for one in FOUND.values():
        for place in one.places:
            assert TEXTS[one.file][place.start : place.end] == one.value
            assert TEXTS[one.file].count("\n", 0, place.start) + 1 == place.line


def test_thresholds_weights_rates_and_points_are_among_them_in_words():
    said = {name: (one.group.zh, one.said.zh, one.value) for name, one in FOUND.items()}
    assert said["rating.stars.cutoffs.0.at_least"] == ("星级线", "5 星 · 不低于", "90")
    assert said["rating.steps.4.parts.0.weight"] == ("综合得分", "基础得分 › 现场检查 · 权重", "60")
    assert said["rating.stars.stages.1.vetoes.8.effects.1.when.below"] == (
        "最低线、否决、名额、连续", "V9 居民满意度偏低 › 第 2 条 › 居民满意度 · 低于", "80",
    )  # fmt: skip
    assert said["rating.stars.stages.2.ratio"][1:] == ("Q1 五星名额 · 比例（%）", "15")
    assert said["subsidy.rates.1.rate"] == ("补贴标准", "老旧小区 · 标准（元/㎡·月）", "0.30")
    assert said["sheet.categories.0.items.0.shape.step"] == ("基础与合规", "JC-01 制度与应急预案 · 每次扣", "0.5")
    assert (
        FOUND["rating.steps.5.entries.0.worth.province"].said.en
        == "bonus › J1 Party demonstration site · worth province"
    )


def test_names_places_and_declared_facts_are_not_among_them():
    assert not [name for name in FOUND if name.startswith("rating.facts") or name.endswith((".star", ".places"))]


def test_an_edge_that_two_stretches_share_is_one_figure():
    assert len(FOUND["rating.stars.cutoffs.0.at_least"].places) == 2
    assert "rating.stars.cutoffs.1.below" not in FOUND
    new = written(TEXTS, tuple(FOUND.values()), {"rating.stars.cutoffs.0.at_least": "88"})
    cutoffs = yaml.safe_load(new["rating.yaml"])["stars"]["cutoffs"]
    assert cutoffs[:2] == [{"star": 5, "at_least": 88}, {"star": 4, "at_least": 85, "below": 88}]


def test_writing_changes_the_digits_and_nothing_else():
    new = written(TEXTS, tuple(FOUND.values()), {"subsidy.rates.1.rate": "0.355", "rating.steps.5.cap": "6"})
    assert line_changes(TEXTS["subsidy.yaml"], new["subsidy.yaml"]) == (
        ("-", '    rate: "0.30"'),
        ("+", '    rate: "0.355"'),
    )
    assert line_changes(TEXTS["rating.yaml"], new["rating.yaml"]) == (("-", "    cap: 5"), ("+", "    cap: 6"))
    assert new["sheet.yaml"] == TEXTS["sheet.yaml"]


def test_several_figures_on_one_line_are_written_each_in_its_place():
    typed = {"rating.stars.cutoffs.1.at_least": "84.25", "rating.stars.cutoffs.0.at_least": "100"}
    new = written(TEXTS, tuple(FOUND.values()), typed)
    assert "    - {star: 4, at_least: 84.25, below: 100}" in new["rating.yaml"]


def test_what_is_written_as_it_was_changes_nothing():
    assert written(TEXTS, tuple(FOUND.values()), {one.name: one.value for one in FOUND.values()}) == TEXTS


def test_changes_are_told_with_what_stood_before():
    new = dict(TEXTS)
    new["rating.yaml"] = new["rating.yaml"].replace("    cap: 5\n", "")
    new["subsidy.yaml"] = new["subsidy.yaml"].replace('"0.30"', '"0.31"')
    told = [(one.figure.name, one.before, one.after) for one in changed(figures(TEXTS), figures(new))]
    assert told == [("subsidy.rates.1.rate", "0.30", "0.31"), ("rating.steps.5.cap", "5", None)]


def test_only_a_number_can_be_typed():
    assert [is_number(word) for word in ("90", "-1", "0.125", "90,\n  x: 1", "1e9", "", "９", "9" * 30)] == [
        True, True, True, False, False, False, False, False,
    ]  # fmt: skip


def test_a_file_that_is_no_yaml_has_no_figures():
    assert {one.file for one in figures({**TEXTS, "rating.yaml": "{"})} == {"subsidy.yaml", "sheet.yaml"}
