"""Figures among others: means, ranks, percentiles, shares and places by quota; every figure worked by hand."""

import pytest

from stepping import faults, last, run, said, shown

# two streets of three and two, one of them unknown in `a`; `rated` says who counts; `w` are areas
COLUMNS = {
    "street": ["x", "x", "x", "y", "y"],
    "a": [90, 60, 75, 40, "–"],
    "w": [100, 300, 0, 50, 70],
    "rated": [True, True, False, True, True],
}
AMONG = "among: {figure: rated, is: true}"
FIGURES = [
    # (90 + 60 + 75) ÷ 3 = 75; 40 alone
    ("{kind: group, how: mean, of: a, by: [street]}", ["75", "75", "75", "40", "40"]),
    # (90 + 60 + 75 + 40) ÷ 4 = 66.25; of those rated (90 + 60 + 40) ÷ 3 = 63.33
    ("{kind: group, how: mean, of: a}", ["66.25"] * 5),
    ("{kind: group, how: mean, of: a, " + AMONG + ", places: 2}", ["63.33"] * 5),
    # by area: (90 × 100 + 60 × 300 + 75 × 0) ÷ 400 = 67.5
    ("{kind: group, how: mean, of: a, by: [street], weight: w}", ["67.5", "67.5", "67.5", "40", "40"]),
    ("{kind: group, how: sum, of: a, by: [street]}", ["225", "225", "225", "40", "40"]),
    ("{kind: group, how: sum, of: a, by: [street], weight: w}", ["27000", "27000", "27000", "2000", "2000"]),
    ("{kind: group, how: count, by: [street]}", ["3", "3", "3", "2", "2"]),
    ("{kind: group, how: count, of: a, by: [street], " + AMONG + "}", ["2", "2", "2", "1", "1"]),
    ("{kind: group, how: min, of: a, by: [street]}", ["60", "60", "60", "40", "40"]),
    ("{kind: group, how: max, of: a}", ["90"] * 5),
    # in order 40, 60, 75, 90: (60 + 75) ÷ 2; of three the middle one
    ("{kind: group, how: median, of: a}", ["67.5"] * 5),
    ("{kind: group, how: median, of: a, by: [street]}", ["75", "75", "75", "40", "40"]),
    # 50 % of four are two: the second; 51 % are three begun: the third
    ("{kind: group, how: quantile, at: 50, of: a}", ["60"] * 5),
    ("{kind: group, how: quantile, at: 51, of: a}", ["75"] * 5),
    ("{kind: group, how: quantile, at: 0.5, of: a}", ["40"] * 5),
    ("{kind: group, how: rank, of: a}", ["1", "3", "2", "4", "–"]),
    ("{kind: group, how: rank, of: a, first: lowest, by: [street]}", ["3", "1", "2", "1", "–"]),
    ("{kind: group, how: rank, of: a, " + AMONG + "}", ["1", "2", "–", "3", "–"]),
    # below 90 are three of four, below 60 one
    ("{kind: group, how: percentile, of: a}", ["75", "25", "50", "0", "–"]),
    ("{kind: group, how: percentile, counts: at_most, of: a}", ["100", "50", "75", "25", "–"]),
    # 90 of 225
    ("{kind: group, how: share, of: a, by: [street], places: 2}", ["40", "26.67", "33.33", "100", "–"]),
    # the street of one takes the mean of the district
    ("{kind: group, how: mean, of: a, by: [street], smallest: {members: 2}}", ["75", "75", "75", "66.25", "66.25"]),
    # nobody is among them: no mean, but a sum
    ("{kind: group, how: mean, of: a, among: {figure: a, above: 99}}", ["–"] * 5),
    ("{kind: group, how: median, of: a, among: {figure: a, above: 99}}", ["–"] * 5),
    ("{kind: group, how: sum, of: a, among: {figure: a, above: 99}}", ["0"] * 5),
    # half of four known are two; half of three rated is one, or two begun
    ("{kind: quota, of: a, ratio: 50, count: floor, ties: out}", [True, False, True, False, False]),
    ("{kind: quota, of: a, ratio: 50, count: floor, ties: out, " + AMONG + "}", [True, False, False, False, False]),
    ("{kind: quota, of: a, ratio: 50, count: ceil, ties: out, " + AMONG + "}", [True, True, False, False, False]),
    ("{kind: quota, of: a, seats: 1, by: [street], count: floor, ties: out}", [True, False, False, True, False]),
    ("{kind: quota, of: a, seats: 1, first: lowest, count: floor, ties: out}", [False, False, False, True, False]),
]


@pytest.mark.parametrize(("step", "expected"), FIGURES, ids=[step for step, _ in FIGURES])
def test_a_figure_among_others_is_what_it_is_by_hand(step, expected):
    assert last(f"- {step}", **COLUMNS) == expected


DEVIATIONS = [  # the figures, decimals, their standard deviation
    ([2, 4, 4, 4, 5, 5, 7, 9], 6, "2"),  # mean 5, squares 9 1 1 1 0 0 4 16 = 32, ÷ 8 = 4
    ([1, 2, "–"], 6, "0.5"),
    ([1, 2, 4], 6, "1.247219"),  # √(14 ÷ 9) = 1.2472191…
    ([0, 3, 6], 2, "2.45"),  # √6 = 2.4494…
    ([0, 1, 2, 3], 1, "1.1"),  # √1.25 = 1.118
    ([0, 1], 0, "1"),  # 0.5, half up
    ([7, 7], 6, "0"),
    ([7], 6, "0"),
    (["900000000", "900000002"], 6, "1"),  # far from zero, still exact
    (["–"], 6, "–"),
]


@pytest.mark.parametrize(("figures", "places", "expected"), DEVIATIONS)
def test_a_standard_deviation_is_exact_to_its_place(figures, places, expected):
    step = f"- {{kind: group, how: sd, of: a, places: {places}}}"
    assert last(step, a=figures) == [expected] * len(figures)


SAMPLES = [  # the figures and their standard deviation by one less than their number
    ([1, 2, 3], "1"),
    ([2, 4, 4, 4, 5, 5, 7, 9], "2.13809"),  # √(32 ÷ 7) = 2.1380899…
    (["900000000", "900000002"], "1.414214"),
    ([7, 7], "0"),
    ([7], "–"),
]


@pytest.mark.parametrize(("figures", "expected"), SAMPLES)
def test_a_deviation_of_a_sample_divides_by_one_less(figures, expected):
    assert last("- {kind: group, how: sd, of: a, sample: true}", a=figures) == [expected] * len(figures)


SCORES = [
    # mean 2, deviation of the sample 1; of the population √(2 ÷ 3): 1.224744871…
    ("sample: true", [1, 2, 3, "–"], ["-1", "0", "1", "–"]),
    ("sample: true, first: lowest", [1, 2, 3, "–"], ["1", "0", "-1", "–"]),
    ("places: 5", [1, 2, 3, "–"], ["-1.22474", "0", "1.22474", "–"]),
    # rates as fractions keep all their digits: as 10, 11 and 13, mean 34 ÷ 3, √(42 ÷ 27): −4 ÷ √14, −1 ÷ √14, 5 ÷ √14
    ("places: 6", ["0.010", "0.011", "0.013"], ["-1.069045", "-0.267261", "1.336306"]),
    # … and sums of money far above 128 bits of ten decimals
    ("places: 6", ["100000000000", "110000000000", "130000000000"], ["-1.069045", "-0.267261", "1.336306"]),
    ("sample: true", [7, 7], ["0", "0"]),
    ("sample: true", [7], ["–"]),
    ("sample: false", [7], ["0"]),
]


@pytest.mark.parametrize(("rule", "figures", "expected"), SCORES)
def test_a_z_score_counts_deviations_from_the_mean(rule, figures, expected):
    assert last(f"- {{kind: group, how: z_score, of: a, {rule}}}", a=figures) == expected


def test_z_scores_and_samples_say_so():
    step = "- {kind: group, how: %s, of: a, sample: true}"
    assert said(step % "z_score, first: lowest") == (
        "全区内a的标准分（与平均之差÷样本标准差；低者为正）",
        (
            "z-score (distance from the mean ÷ standard deviation of the sample; the lower positive) of a "
            "within the district"
        ),
    )
    assert said("- {kind: group, how: z_score, of: a}")[1].startswith(
        "z-score (distance from the mean ÷ standard deviation of the population) of a"
    )
    assert said(step % "sd")[0] == "全区内a的标准差（样本，除以个数减一）"


def test_a_standard_deviation_of_each_street_and_a_z_score():
    text = """
- {name: mean, kind: group, how: mean, of: a, by: [street]}
- {name: sd, kind: group, how: sd, of: a, by: [street]}
- {name: apart, kind: sum, of: [a, {of: mean, times: -1}]}
- {kind: quotient, of: apart, by: sd, zero: 0, places: 2}
"""
    # x: mean 5, deviation 2, so 9 lies 2 above; y: 1 and 3 lie one deviation from 2; z: alone
    a, street = [2, 4, 4, 4, 5, 5, 7, 9, 1, 3, 8], [*["x"] * 8, "y", "y", "z"]
    scores = ["-1.5", "-0.5", "-0.5", "-0.5", "0", "0", "1", "2", "-1", "1", "0"]
    assert last(text, a=a, street=street) == scores


def test_the_number_of_places_may_differ_from_group_to_group():
    # the street that scores better on average sends more: 2 of 3, 1 of 2 by seats; 67 % and 50 % by ratio
    columns = {"street": ["x", "x", "x", "y", "y"], "a": [90, 80, 70, 60, 50], "n": [2, 2, 2, 1, 1]}
    text = "- {kind: quota, of: a, by: [street], %s, count: floor, ties: out}"
    assert last(text % "seats: n", **columns) == [True, True, False, True, False]
    columns["n"] = [67, 67, 67, 50, 50]
    assert last(text % "ratio: n", **columns) == [True, True, False, True, False]
    columns["n"] = [67, 67, 67, "–", "–"]
    assert last(text % "ratio: n", **columns) == [True, True, False, False, False]
    assert said(text % "seats: n")[1].startswith("the n with the highest a within the same street")


TIED = {"a": [90, 80, 80, 80, 70], "b": [1, 5, "–", 5, 9], "c": [0, 3, 9, 2, 0]}
TIES = [
    ("seats: 2, ties: out", [True, False, False, False, False]),
    ("seats: 2, ties: in", [True, True, True, True, False]),
    ("seats: 4, ties: out", [True, True, True, True, False]),
    # b parts the first of the three from the third (unknown is last), c the two with 5
    ("seats: 3, ties: out, then: [b]", [True, True, False, True, False]),
    ("seats: 2, ties: out, then: [b]", [True, False, False, False, False]),
    ("seats: 2, ties: out, then: [b, c]", [True, True, False, False, False]),
    ("seats: 0, ties: in", [False] * 5),
]


@pytest.mark.parametrize(("rule", "expected"), TIES, ids=[rule for rule, _ in TIES])
def test_ties_at_the_line_are_settled_as_stated(rule, expected):
    assert last(f"- {{kind: quota, of: a, count: floor, {rule}}}", **TIED) == expected


@pytest.mark.parametrize(("ties", "expected"), [("min", "1 2 2 2 5"), ("max", "1 4 4 4 5"), ("dense", "1 2 2 2 3")])
def test_equal_figures_share_a_rank(ties, expected):
    assert last(f"- {{kind: group, how: rank, of: a, ties: {ties}}}", **TIED) == expected.split()


def test_members_places_and_rank_stand_beside():
    table = run("- {name: top, kind: quota, of: a, ratio: 40, count: half_up, ties: out}", **TIED)
    assert shown(table, "top.places") == ["2"] * 5
    assert shown(table, "top.rank") == ["1", "4", "4", "4", "5"]
    table = run("- {name: mean, kind: group, how: mean, of: a, by: [street]}", **COLUMNS)
    assert shown(table, "mean.members") == ["3", "3", "3", "1", "1"]


def test_a_distance_from_the_mean_is_a_sum():
    text = "[{name: m, kind: group, how: mean, of: a}, {kind: sum, of: [a, {of: m, times: -1}]}]"
    assert last(text, a=[90, 60, "–"]) == ["15", "-15", "–"]


# estates → companies → district: A 90 × 100 ㎡ and 60 × 300 ㎡ is 67.5, B 75, C 40 (its second estate is unknown)
ROLLED_UP = """
- {name: company, kind: group, how: mean, of: a, weight: w, by: [company_id]}
- {name: all, kind: group, how: mean, of: company, once_per: [company_id], places: 2}
- {name: best, kind: group, how: max, of: company, once_per: [company_id]}
- {name: place, kind: group, how: rank, of: company, once_per: [company_id]}
- {name: behind, kind: group, how: percentile, of: company, once_per: [company_id], places: 2}
- {name: part, kind: group, how: share, of: company, once_per: [company_id], places: 2}
- {name: named, kind: quota, of: company, once_per: [company_id], ratio: 40, count: floor, ties: out}
- {name: mix, kind: sum, of: [{of: a, times: 0.8}, {of: company, times: 0.2}]}
"""
COMPANIES = {
    "company_id": ["A", "C", "A", "B", "C", None],
    "a": [90, 40, 60, 75, "–", 99],
    "w": [100, 10, 300, 50, 5, 9],
}


def test_figures_roll_up_to_companies_which_then_count_once_each():
    table = run(ROLLED_UP, **COMPANIES)
    assert shown(table, "company") == ["67.5", "40", "67.5", "75", "40", "99"]
    # (67.5 + 40 + 75) ÷ 3; whom nobody manages is no company
    assert shown(table, "all") == ["60.83"] * 6
    assert shown(table, "all.members") == ["3"] * 6
    assert shown(table, "best") == ["75"] * 6
    assert shown(table, "place") == ["2", "3", "2", "1", "3", "–"]
    assert shown(table, "behind") == ["33.33", "0", "33.33", "66.67", "0", "–"]
    # 67.5 of 182.5
    assert shown(table, "part") == ["36.99", "21.92", "36.99", "41.1", "21.92", "–"]
    # 40 % of three companies is one
    assert shown(table, "named") == [False, False, False, True, False, False]
    assert shown(table, "named.places") == ["1"] * 6
    # … and the estate's own figure takes a fifth from its company
    assert shown(table, "mix") == ["85.5", "40", "61.5", "75", "–", "99"]


def test_each_counts_once_in_every_group():
    step = "- {kind: group, how: mean, of: a, by: [street], once_per: [company_id]}"
    places = {"street": ["x", "x", "x", "y", "y"], "company_id": ["A", "A", "B", "A", "A"], "a": [10, 10, 40, 10, 10]}
    assert last(step, **places) == ["25", "25", "25", "10", "10"]
    assert said(step)[1] == "mean of a within the same street (each company_id once)"


def test_a_mean_of_the_others_is_made_of_sums():
    text = """
- {name: all, kind: group, how: sum, of: a, by: [street]}
- {name: others, kind: sum, of: [all, {of: a, times: -1}]}
- {name: how_many, kind: sum, of: [all.members], plus: -1}
- {kind: quotient, of: others, by: how_many, zero: missing}
"""
    assert last(text, a=[90, 60, 75, 40], street=["x", "x", "x", "y"]) == ["67.5", "82.5", "75", "–"]


def test_a_ratio_to_the_mean_of_the_group_is_a_quotient():
    text = """
- {name: usual, kind: group, how: mean, of: a, by: [street]}
- {kind: quotient, of: a, by: usual, times: 100, zero: missing, places: 1}
"""
    assert last(text, a=[90, 60, 0], street=["x", "x", "y"]) == ["120", "80", "–"]


SENTENCES = [
    ("{kind: group, how: mean, of: a, by: [street], weight: w, smallest: {members: 5}}",
     "同一street内a的平均（按w加权）；不足 5 个的按全区",
     "mean (weighted by w) of a within the same street; in groups below 5 members within the district"),
    ("{kind: group, how: rank, of: a, among: {figure: rated, is: true}}",
     "全区（只计rated的）内a的名次（高者在前）",
     "rank (highest first) of a within the district (only where rated)"),
    ("{kind: group, how: percentile, of: a}", "全区内a的百分位（低于本小区的占比）",
     "percentile (members below) of a within the district"),
    ("{kind: group, how: quantile, at: 90, of: a}", "全区内a的90% 分位数", "90 % quantile of a within the district"),
    ("{kind: quota, of: a, ratio: 15, by: [street], count: floor, ties: out, then: [b]}",
     "同一street内a最高的 15%（不足一个不计）；并列的依次比较b，高者在前；线上并列容不下的都不入",
     ("the 15 % (rounded down) with the highest a within the same street; ties: the higher b; "
     "of those tied at the line none is in unless all fit")),
]  # fmt: skip


@pytest.mark.parametrize(("step", "zh", "en"), SENTENCES, ids=[step[:60] for step, *_ in SENTENCES])
def test_a_step_says_itself_in_one_sentence(step, zh, en):
    assert said(f"- {step}") == (zh, en)


REFUSALS = [
    ("{kind: group, how: mean, of: lifts, by: [street], once_per: [company_id], smallest: {members: 2}}",
     "0.once_per: not beside smallest"),
    ("{kind: group, how: mean, of: lifts, once_per: [compny]}",
     "0.once_per.0: there is no fact or figure “compny”; did you mean “company_id”?"),
    ("{kind: group, how: mean}", "0.of: state of which figure"),
    ("{kind: group, how: mean, of: gated}", "0.of: “gated” is no figure, nothing can be computed with it"),
    ("{kind: group, how: max, of: lifts, weight: households}", "0.weight: only mean and sum are weighted"),
    ("{kind: group, how: mean, of: lifts, by: [stratm]}",
     "0.by.0: there is no fact or figure “stratm”; did you mean “stratum”?"),
    ("{kind: group, how: mean, of: lifts, smallest: {members: 0}}", "0.smallest.members: at least one"),
    ("{kind: group, how: mean, of: lifts, sample: true}", "0.sample: only sd and z_score are of a sample"),
    ("{kind: group, how: sd, of: lifts, mode: floor}", "0.mode: a standard deviation is rounded half up"),
    ("{kind: group, how: quantile, of: lifts}", "0.at: a quantile states at, other statistics do not"),
    ("{kind: group, how: mean, at: 5, of: lifts}", "0.at: a quantile states at, other statistics do not"),
    ("{kind: group, how: quantile, at: 0, of: lifts}", "0.at: above 0 and at most 100"),
    ("{kind: quota, of: lifts, count: floor, ties: out}", "0: state either ratio or seats"),
    ("{kind: quota, of: lifts, ratio: 101, count: floor, ties: out}", "0.ratio: the ratio lies between 0 and 100"),
    ("{kind: quota, of: lifts, seats: 1.5, count: floor, ties: out}", "0.seats: a whole number, not negative"),
    ("{kind: quota, of: lifts, seats: missing, count: floor, ties: out}",
     "0.seats: a number or the name of a figure is needed here"),
    ("{kind: quota, of: lifts, ratio: gated, count: floor, ties: out}",
     "0.ratio: “gated” is no figure, nothing can be computed with it"),
    ("{kind: quota, of: lifts, seats: -1, count: floor, ties: out}", "0.seats: a whole number, not negative"),
    ("{kind: quota, of: lifts, seats: 1, then: [zzz], count: floor, ties: out}",
     "0.then.0: there is no fact or figure “zzz”"),
]  # fmt: skip


@pytest.mark.parametrize(("step", "refusal"), REFUSALS, ids=[step for step, _ in REFUSALS])
def test_what_makes_no_sense_is_refused_at_its_place(step, refusal):
    assert faults(f"- {step}") == [refusal]


def test_groups_are_made_by_street_company_or_choice_without_declaring_them():
    assert faults("- {kind: group, how: mean, of: lifts, by: [street, company_id, stratum]}") == []
