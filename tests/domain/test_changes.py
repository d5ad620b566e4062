"""What one edition says differently from another."""

import pytest

from amending import DEFAULT, NEXT, REFORM, lay, loaded
from redproperty.domain.changes import Change, changes, pieces, say

ITEM = """      - code: JC-07
        title: {zh: 新项, en: A new item}
        full: 1
        severity: normal
        basis: {zh: 示例, en: Example}
        how_to_look: {zh: 看, en: Look}
        shape: {kind: pass_fail}
        days_to_cure: 7
  - code: ZX
"""


def found(tmp_path, *swaps):
    """Return the changes of an edition with these words changed."""
    return changes(loaded(DEFAULT), loaded(lay(tmp_path, NEXT, *swaps)))


def by_code(changed) -> dict[str, Change]:
    return {change.code or change.title.zh: change for change in changed.provisions}


def said(change: Change) -> dict[str, tuple[str, str]]:
    return {
        one.name.en: (one.before.en if one.before else "", one.after.en if one.after else "") for one in change.aspects
    }


def test_an_edition_against_itself_says_the_same():
    same = changes(loaded(DEFAULT), loaded(DEFAULT))
    assert (same.provisions, same.keys) == ((), ())
    assert same.summary.en == "The two editions say the same."


def test_what_a_reform_changes_is_said_in_words_and_figures(tmp_path):
    reform = found(tmp_path, *REFORM)
    assert reform.summary.en == (
        "Items: 0 added, 0 removed, 1 changed; other provisions: 0 added, 0 removed, 4 changed"
    )
    changed = by_code(reform)
    assert said(changed["JC-01"]) == {
        "How it is scored": (
            "0.5 off for each of the missing documents, until the item is used up",
            "1 off for each of the missing documents, until the item is used up",
        ),
        "Days to cure": ("15", "10"),
    }
    assert "inspections × 60 %" in said(changed["base"])["Provision"][0]
    assert "inspections × 70 %" in said(changed["base"])["Provision"][1]
    assert said(changed["5 星"]) == {"Provision": ("composite score ≥90", "composite score ≥92")}
    assert said(changed["4 星"])["Provision"] == ("composite score ≥85 and <90", "composite score ≥85 and <92")
    assert {(one.file, one.key, one.before, one.after) for one in reform.keys} >= {
        ("sheet.yaml", "categories.JC.items.JC-01.shape.step", "0.5", "1"),
        ("rating.yaml", "stars.cutoffs.5.at_least", "90", "92"),
    }


def test_an_added_and_a_removed_item_are_told_whole(tmp_path):
    swaps = (
        ("sheet.yaml", "  - code: ZX\n", ITEM),
        ("sheet.yaml", "full: 12\n", "full: 13\n"),
        ("sheet.yaml", "total: 100", "total: 101"),
    )
    added = found(tmp_path, *swaps)
    change = by_code(added)["JC-07"]
    assert (change.kind, change.item) == ("added", True)
    told = said(change)
    assert told["Full mark"] == ("", "1")
    assert told["How it is scored"] == ("", "full mark if met, nothing if not")
    assert by_code(added)["JC"].kind == "changed"  # its full mark
    assert added.summary.en.startswith("Items: 1 added, 0 removed, 0 changed")
    removed = by_code(changes(loaded(tmp_path / NEXT), loaded(DEFAULT)))["JC-07"]
    assert removed.kind == "removed"
    assert said(removed)["Full mark"] == ("1", "")


@pytest.mark.parametrize(
    ("swap", "before", "after"),
    [
        (("subsidy.yaml", 'rate: "0.30"', 'rate: "0.33"'), "¥0.30", "¥0.33"),
        (("takeover.yaml", "length: 60\n", "length: 45\n"), "60 days", "45 days"),
        (("subsidy.yaml", 'coefficient: "1.20"', 'coefficient: "1.25"'), "× 1.20", "× 1.25"),
    ],
)
def test_rates_and_clocks_are_compared_too(tmp_path, swap, before, after):
    (change,) = [one for one in found(tmp_path, swap).provisions if one.section.en != "Edition"]
    was, now = said(change)["Provision"]
    assert before in was
    assert after in now


def test_a_rate_under_another_title_is_one_changed_rate(tmp_path):
    changed = found(tmp_path, ("subsidy.yaml", "zh: 老旧小区, en: Old estates", "zh: 老小区, en: Aged estates"))
    (change,) = [one for one in changed.provisions if one.section.en != "Edition"]
    assert (change.kind, said(change)) == ("changed", {"Title": ("Old estates", "Aged estates")})


def test_a_setting_that_no_sentence_mentions_is_among_the_keys(tmp_path):
    changed = found(tmp_path, ("sheet.yaml", "category_places: 2", "category_places: 1"))
    assert [(one.key, one.before, one.after) for one in changed.keys if one.file == "sheet.yaml"] == [
        ("category_places", "2", "1")
    ]


def test_only_unsaid_settings_are_announced_as_such(tmp_path):
    one, other = (
        loaded(lay(tmp_path, NEXT)),
        loaded(lay(tmp_path / "b", NEXT, ("sheet.yaml", "places: 2", "places: 1"))),
    )
    assert changes(one, other).summary.en == "The provisions are the same; 1 settings differ, see the keys."


def test_words_are_cut_where_they_differ_and_numbers_never():
    old, new = pieces("每处扣 0.5 分，扣完为止", "每处扣 0.25 分，扣完为止")
    assert [(one.text, one.differs) for one in old] == [("每处扣 ", False), ("0.5", True), (" 分，扣完为止", False)]
    assert [one.text for one in new if one.differs] == ["0.25"]


def test_a_change_is_printed_with_what_stood_and_what_stands(tmp_path):
    change = by_code(found(tmp_path, *REFORM))["JC-01"]
    assert list(say(change, "zh"))[:4] == [
        "~ JC-01  制度与应急预案（修改）",
        "    评分标准",
        "      - 每项扣 0.5 分，扣完为止",
        "      + 每项扣 1 分，扣完为止",
    ]


def test_another_order_of_steps_is_a_change_though_every_one_says_the_same(tmp_path):
    old = lay(tmp_path, NEXT)
    new = lay(tmp_path / "b", NEXT)
    path = new / "sheet.yaml"
    text = path.read_text(encoding="utf-8")
    safety, important = "  - {code: safety,", "  - {code: important,"
    lines = text.splitlines(keepends=True)
    at = next(number for number, line in enumerate(lines) if line.startswith(safety))
    assert lines[at + 1].startswith(important)
    lines[at], lines[at + 1] = lines[at + 1], lines[at]
    path.write_text("".join(lines), encoding="utf-8")
    changed = changes(loaded(old), loaded(new))
    assert changed.provisions == ()
    [moved] = changed.keys
    assert (moved.key, moved.before, moved.after) == (
        "severities.[]",
        "safety → important → normal",
        "important → safety → normal",
    )
