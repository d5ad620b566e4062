"""More published methods of other fields, written as steps alone; every case worked by hand from their rules."""

from stepping import faults, last, run, shown

# ---- health plans (US, Medicare Advantage star ratings) -----------------------------------------------------------
# Measures have stars of their own and weights of 1, 3 or 5; a plan with fewer than half of the measures is not rated.
# A reward is added for means that are high and stable: at or above the 85th (65th) percentile of all plans, with a
# weighted variance n ÷ (n − 1) × Σ w (x − m)² ÷ Σ w below the 30th (70th). The overall rating goes by half stars. The
# measure of improvement is left out where that is better for a plan that has four stars without it.
HEALTH_PLANS = """
- name: without
  kind: weighted_mean
  sums_to: null
  places: 6
  covers: {parts: 2}
  parts:
    - {of: screening, weight: 1, missing: reweight}
    - {of: outcome, weight: 3, missing: reweight}
    - {of: experience, weight: 2, missing: reweight}
- name: with
  kind: weighted_mean
  sums_to: null
  places: 6
  covers: {parts: 2}
  parts:
    - {of: screening, weight: 1, missing: reweight}
    - {of: outcome, weight: 3, missing: reweight}
    - {of: experience, weight: 2, missing: reweight}
    - {of: improvement, weight: 5, missing: reweight}
- {name: better, kind: best, of: [without, with]}
- name: mean
  kind: first_match
  cases: [{when: {figure: without, at_least: 4}, gives: better}]
  otherwise: with
- {name: apart1, kind: sum, of: [screening, {of: without, times: -1}]}
- {name: apart2, kind: sum, of: [outcome, {of: without, times: -1}]}
- {name: apart3, kind: sum, of: [experience, {of: without, times: -1}]}
- {name: square1, kind: product, of: [apart1, apart1]}
- {name: square2, kind: product, of: [apart2, apart2]}
- {name: square3, kind: product, of: [apart3, apart3]}
- name: spread
  kind: weighted_mean
  sums_to: null
  places: 6
  parts:
    - {of: square1, weight: 1, missing: reweight}
    - {of: square2, weight: 3, missing: reweight}
    - {of: square3, weight: 2, missing: reweight}
- {name: known, kind: aggregate, aggregate: max, of: [screening, outcome, experience]}
- {name: less_one, kind: sum, of: [known.count], plus: -1}
- {name: factor, kind: quotient, of: known.count, by: less_one, zero: 0}
- {name: variance, kind: product, of: [factor, spread], places: 4}
- {name: mean85, kind: group, how: quantile, at: 85, of: mean}
- {name: mean65, kind: group, how: quantile, at: 65, of: mean}
- {name: variance70, kind: group, how: quantile, at: 70, of: variance}
- {name: variance30, kind: group, how: quantile, at: 30, of: variance}
- name: reward
  kind: first_match
  cases:
    - {when: {all: [{figure: mean, at_least: mean85}, {figure: variance, below: variance30}]}, gives: 0.4}
    - {when: {all: [{figure: mean, at_least: mean85}, {figure: variance, below: variance70}]}, gives: 0.3}
    - {when: {all: [{figure: mean, at_least: mean65}, {figure: variance, below: variance30}]}, gives: 0.2}
    - {when: {all: [{figure: mean, at_least: mean65}, {figure: variance, below: variance70}]}, gives: 0.1}
  otherwise: 0
- {name: sum, kind: sum, of: [mean, reward]}
- {name: most, kind: clamp, of: sum, at_most: 5}
- {name: overall, kind: round, of: most, to: 0.5}
"""


def test_health_plans_have_a_reward_for_high_and_stable_means_and_half_stars():
    table = run(
        HEALTH_PLANS,
        screening=[4, 5, 2, 3, "–"],
        outcome=[4, 5, 4, 3, "–"],
        experience=[5, 5, 1, 3, 4],
        improvement=[3, 4, 4, 5, 5],
    )
    # (4 + 12 + 10) ÷ 6 and, with improvement, (26 + 15) ÷ 11; 5 and 50 ÷ 11; 16 ÷ 6 and 36 ÷ 11; 3 and 43 ÷ 11;
    # one measure is too few, with improvement 33 ÷ 7
    assert shown(table, "without") == ["4.333333", "5", "2.666667", "3", "–"]
    assert shown(table, "with") == ["3.727273", "4.545455", "3.272727", "3.909091", "4.714286"]
    # four stars without improvement: the better of the two; the last plan has one measure only and improvement
    assert shown(table, "mean") == ["4.333333", "5", "3.272727", "3.909091", "4.714286"]
    # (1 + 3) × (1/3)² + 2 × (2/3)² = 12/9, ÷ 6 × 3/2 = 1/3; 0; (4/9 + 3 × 16/9 + 2 × 25/9) ÷ 6 × 3/2 = 102/36
    assert shown(table, "variance") == ["0.3333", "0", "2.8333", "0", "–"]
    # of five means in order 3.27 3.91 4.33 4.71 5 the 85th percentile is the fifth, the 65th the fourth;
    # of four variances 0 0 0.33 2.83 the 30th is the second, the 70th the third
    assert shown(table, "reward") == ["0", "0.3", "0", "0", "0"]
    assert shown(table, "overall") == ["4.5", "5", "3.5", "4", "4.5"]
    names = ("screening", "outcome", "experience", "improvement")
    assert faults(HEALTH_PLANS, **dict.fromkeys(names, "number")) == []


# ---- car safety (Euro NCAP, 2018–2022) ----------------------------------------------------------------------------
# Four boxes in percent, weighted 40, 20, 20, 20; the stars are those of the weakest box, each with thresholds of its
# own, never more than the weighted total allows.
CARS = """
- name: total
  kind: weighted_mean
  places: 1
  parts:
    - {of: adult, weight: 40, missing: not_rated}
    - {of: child, weight: 20, missing: not_rated}
    - {of: road_users, weight: 20, missing: not_rated}
    - {of: assist, weight: 20, missing: not_rated}
- name: adult_stars
  kind: bands
  of: adult
  bands: [{below: 30, gives: 0}, {at_least: 30, below: 40, gives: 1}, {at_least: 40, below: 60, gives: 2},
    {at_least: 60, below: 70, gives: 3}, {at_least: 70, below: 80, gives: 4}, {at_least: 80, gives: 5}]
- name: child_stars
  kind: bands
  of: child
  bands: [{below: 25, gives: 0}, {at_least: 25, below: 30, gives: 1}, {at_least: 30, below: 50, gives: 2},
    {at_least: 50, below: 60, gives: 3}, {at_least: 60, below: 75, gives: 4}, {at_least: 75, gives: 5}]
- name: road_users_stars
  kind: bands
  of: road_users
  bands: [{below: 20, gives: 0}, {at_least: 20, below: 30, gives: 1}, {at_least: 30, below: 40, gives: 2},
    {at_least: 40, below: 50, gives: 3}, {at_least: 50, below: 60, gives: 4}, {at_least: 60, gives: 5}]
- name: assist_stars
  kind: bands
  of: assist
  bands: [{below: 10, gives: 0}, {at_least: 10, below: 20, gives: 1}, {at_least: 20, below: 40, gives: 2},
    {at_least: 40, below: 50, gives: 3}, {at_least: 50, below: 70, gives: 4}, {at_least: 70, gives: 5}]
- {name: car, kind: worst, of: [adult_stars, child_stars, road_users_stars, assist_stars], missing: missing}
- name: weakest
  kind: first_match
  choices:
    - {code: none, title: {zh: 无, en: none}}
    - {code: adult, title: {zh: 成人, en: adult occupant}}
    - {code: child, title: {zh: 儿童, en: child occupant}}
    - {code: road_users, title: {zh: 行人, en: vulnerable road users}}
    - {code: assist, title: {zh: 辅助, en: safety assist}}
  cases:
    - {when: {figure: car, is: 5}, gives: none}
    - {when: {figure: car, missing: true}, gives: missing}
    - {when: {figure: adult_stars, at_most: car}, gives: adult}
    - {when: {figure: child_stars, at_most: car}, gives: child}
    - {when: {figure: road_users_stars, at_most: car}, gives: road_users}
  otherwise: assist
"""


def test_a_car_has_the_stars_of_its_weakest_box_which_is_named():
    table = run(
        CARS,
        adult=[95, 80, 91, 45, 29, 90],
        child=[87, 75, 84, 60, 80, 80],
        road_users=[77, 60, 49, 60, 80, "–"],
        assist=[76, 70, 71, 70, 80, 80],
    )
    # 38 + 17.4 + 15.4 + 15.2; 32 + 15 + 12 + 14; 36.4 + 16.8 + 9.8 + 14.2; 18 + 12 + 12 + 14; 11.6 + 48
    assert shown(table, "total") == ["86", "73", "77.2", "56", "59.6", "–"]
    assert shown(table, "car") == ["5", "5", "3", "2", "0", "–"]
    assert shown(table, "weakest") == ["none", "none", "road_users", "adult", "adult", "–"]
    assert faults(CARS, adult="number", child="number", road_users="number", assist="number") == []


# ---- energy labels (EU 2019/2017, dishwashers) --------------------------------------------------------------------
# SPEC = 0.025 × settings + 1.350 from ten settings on, 0.090 × settings + 0.450 below; EEI = energy ÷ SPEC × 100.
LABEL = """
- {name: large, kind: sum, of: [{of: settings, times: 0.025}], plus: 1.35}
- {name: small, kind: sum, of: [{of: settings, times: 0.09}], plus: 0.45}
- {name: usual, kind: first_match, cases: [{when: {fact: settings, at_least: 10}, gives: large}], otherwise: small}
- {name: index, kind: quotient, of: energy, by: usual, times: 100, zero: missing, places: 1}
- name: label
  kind: bands
  of: index
  choices: [{code: A, title: {zh: A, en: A}}, {code: B, title: {zh: B, en: B}}, {code: C, title: {zh: C, en: C}},
    {code: D, title: {zh: D, en: D}}, {code: E, title: {zh: E, en: E}}, {code: F, title: {zh: F, en: F}},
    {code: G, title: {zh: G, en: G}}]
  bands:
    - {below: 32, gives: A}
    - {at_least: 32, below: 38, gives: B}
    - {at_least: 38, below: 44, gives: C}
    - {at_least: 44, below: 50, gives: D}
    - {at_least: 50, below: 56, gives: E}
    - {at_least: 56, below: 62, gives: F}
    - {at_least: 62, gives: G}
"""


def test_an_energy_label_is_a_ratio_to_the_usual_use_of_its_size():
    # 14 settings use 1.7 kWh, 9 settings 1.26; 0.54 ÷ 1.7 = 31.8, 0.75 ÷ 1.7 = 44.1, 0.85 ÷ 1.7 = 50; 0.78 ÷ 1.26
    table = run(LABEL, settings=[14, 14, 14, 9], energy=["0.54", "0.75", "0.85", "0.78"])
    assert shown(table, "index") == ["31.8", "44.1", "50", "61.9"]
    assert shown(table, "label") == ["A", "D", "E", "F"]
    assert faults(LABEL, settings="number", energy="number") == []


# ---- formula grants ------------------------------------------------------------------------------------------------
# Equalisation (as China's 均衡性转移支付): (standard expenditure − standard revenue) × a coefficient that exhausts the
# pot, for those with a gap; nobody gets less than the year before, nobody grows by more than a fifth. Shares are exact.
EQUALISED = """
- {name: difference, kind: sum, of: [spending, {of: revenue, times: -1}]}
- {name: gap, kind: clamp, of: difference, at_least: 0}
- {name: gaps, kind: group, how: sum, of: gap}
- {name: coefficient, kind: quotient, of: pot, by: gaps, zero: 0, places: 4}
- {name: most, kind: product, of: [before, 1.2]}
- {name: grant, kind: share, pot: pot, weight: gap, at_least: before, at_most: most}
"""


def test_an_equalisation_grant_exhausts_its_pot_between_last_year_and_a_fifth_more():
    table = run(
        EQUALISED,
        spending=[500, 300, 200, 100],
        revenue=[100, 200, 190, 150],
        before=[300, 100, 40, 0],
        pot=[510] * 4,
    )
    assert shown(table, "gap") == ["400", "100", "10", "0"]
    assert shown(table, "coefficient") == ["1"] * 4
    # by gap 400, 100 and 10; the first is held to 360, the third keeps 40, 110 are left for the second
    assert shown(table, "grant") == ["360", "110", "40", "0"]
    assert faults(EQUALISED, spending="number", revenue="number", before="number", pot="number") == []


# Damping (as in England's local government settlements): everyone's change is at least the floor; those above it pay
# for that by the same percentage of what they have above the floor, so that the whole stays the whole.
DAMPED = """
- {name: floor, kind: product, of: [before, 0.97]}
- {name: above, kind: sum, of: [formula, {of: floor, times: -1}]}
- {name: excess, kind: clamp, of: above, at_least: 0}
- {name: whole, kind: group, how: sum, of: formula}
- {name: floors, kind: group, how: sum, of: floor}
- {name: left, kind: sum, of: [whole, {of: floors, times: -1}]}
- {name: part, kind: share, pot: left, weight: excess}
- {name: grant, kind: sum, of: [floor, part]}
"""


def test_a_floor_is_paid_for_by_those_above_it_in_proportion():
    table = run(DAMPED, formula=[90, 120, 190], before=[100, 100, 200])
    # floors 97, 97, 194: only the second lies above; 400 − 388 = 12 of its 23 are left
    assert shown(table, "grant") == ["97", "109", "194"]
    table = run(DAMPED, formula=[90, 120, 210], before=[100, 100, 200])
    # excess 23 and 16 of 39, 32 are left: 18.87 and 13.13
    assert shown(table, "grant") == ["97", "115.87", "207.13"]


# A per-head change handed on (as the UK's Barnett formula): change × comparability × share of population, and a
# guarantee per head.
HANDED_ON = """
- {name: weight, kind: quotient, of: people, by: all_people, zero: missing}
- {name: more, kind: product, of: [change, comparability, 0.01, weight], places: 2}
- {name: block, kind: sum, of: [before, more]}
"""


def test_a_change_is_handed_on_by_comparability_and_population():
    # 1,000 more × 75 % × 5 ÷ 50 = 75
    assert last(HANDED_ON, people=[5], all_people=[50], change=[1000], comparability=[75], before=[800]) == ["875"]


# ---- schools (as Texas A–F) ---------------------------------------------------------------------------------------
# 70 % of the better of achievement and progress, 30 % of closing the gaps; with three of four domains below 70 not
# above 69, with any below 60 not above 89; letters from 90, 80, 70, 60.
SCHOOLS = """
- {name: relative, kind: best, of: [growth, peers]}
- {name: better, kind: best, of: [achievement, relative]}
- name: mean
  kind: weighted_mean
  places: 0
  parts: [{of: better, weight: 70, missing: not_rated}, {of: gaps, weight: 30, missing: reweight}]
- name: limit
  kind: first_match
  cases:
    - when:
        count:
          - {fact: achievement, below: 70}
          - {fact: growth, below: 70}
          - {fact: peers, below: 70}
          - {fact: gaps, below: 70}
        at_least: 3
      gives: 69
    - {when: {any: [{fact: achievement, below: 60}, {fact: gaps, below: 60}]}, gives: 89}
  otherwise: 100
- {name: overall, kind: clamp, of: mean, at_most: limit}
- name: letter
  kind: bands
  of: overall
  choices: [{code: A, title: {zh: A, en: A}}, {code: B, title: {zh: B, en: B}}, {code: C, title: {zh: C, en: C}},
    {code: D, title: {zh: D, en: D}}, {code: F, title: {zh: F, en: F}}]
  bands: [{below: 60, gives: F}, {at_least: 60, below: 70, gives: D}, {at_least: 70, below: 80, gives: C},
    {at_least: 80, below: 90, gives: B}, {at_least: 90, gives: A}]
"""


def test_schools_take_the_better_of_two_and_are_held_by_weak_domains():
    table = run(
        SCHOOLS,
        achievement=[92, 69, 55, 95],
        growth=[80, 69, 95, 90],
        peers=[85, 92, 97, 90],
        gaps=[88, 60, 90, "–"],
    )
    # 64.4 + 26.4; 92 × 0.7 + 60 × 0.3 = 82.4, three below 70; 67.9 + 27 = 94.9, one below 60; 95 alone
    assert shown(table, "mean") == ["91", "82", "95", "95"]
    assert shown(table, "overall") == ["91", "69", "89", "95"]
    assert shown(table, "letter") == ["A", "D", "B", "A"]
    assert faults(SCHOOLS, **dict.fromkeys(("achievement", "growth", "peers", "gaps"), "number")) == []


# ---- percentile ranks with half of the ties (as ESG scores) --------------------------------------------------------
ESG = """
- {name: below, kind: group, how: percentile, counts: below, of: value, by: [branch]}
- {name: at_most, kind: group, how: percentile, counts: at_most, of: value, by: [branch]}
- {name: score, kind: aggregate, of: [below, at_most]}
"""


def test_a_percentile_rank_with_half_of_the_ties_is_the_mean_of_two():
    # (worse + half of the equal ones) ÷ all: 0.5 of 4; twice 2 of 4; 3.5 of 4
    assert last(ESG, value=[1, 5, 5, 9], branch=["x"] * 4) == ["12.5", "50", "50", "87.5"]


# ---- air quality (as China's HJ 633 AQI) ---------------------------------------------------------------------------
AIR = """
- {name: i_pm25, kind: scale, of: pm25, places: 0, mode: ceil, anchors: [{at: 0, gives: 0}, {at: 35, gives: 50},
   {at: 75, gives: 100}, {at: 115, gives: 150}, {at: 150, gives: 200}, {at: 250, gives: 300}, {at: 500, gives: 500}]}
- {name: i_pm10, kind: scale, of: pm10, places: 0, mode: ceil, anchors: [{at: 0, gives: 0}, {at: 50, gives: 50},
   {at: 150, gives: 100}, {at: 250, gives: 150}, {at: 350, gives: 200}, {at: 420, gives: 300}, {at: 600, gives: 500}]}
- {name: index, kind: best, of: [i_pm25, i_pm10]}
- name: main
  kind: first_match
  choices: [{code: none, title: {zh: 无, en: none}}, {code: pm25, title: {zh: 细颗粒物, en: PM2.5}},
    {code: pm10, title: {zh: 可吸入颗粒物, en: PM10}}]
  cases:
    - {when: {figure: index, at_most: 50}, gives: none}
    - {when: {figure: i_pm25, at_least: index}, gives: pm25}
  otherwise: pm10
"""


def test_an_index_is_the_worst_of_interpolated_ones_and_names_the_main_cause():
    table = run(AIR, pm25=[20, 90, 60, 600], pm10=[30, 100, 200, 100])
    # 28.57 → 29 and 30; 100 + 15 × 50 ÷ 40 = 118.75 → 119 and 75; 81.25 → 82 and 125; 500 at the end
    assert shown(table, "index") == ["30", "119", "125", "500"]
    assert shown(table, "main") == ["none", "pm25", "pm10", "pm25"]
    assert faults(AIR, pm25="number", pm10="number") == []
