"""Published methods from elsewhere, written as steps alone, and cases worked by hand from their published rules."""

from stepping import faults, run, shown, steps

# ---- food hygiene ratings (UK, Food Hygiene Rating Scheme, Brand Standard) ----------------------------------------
# Three scores, the lower the better; the rating asks for a total AND for no single score above a limit.
HYGIENE = """
- {name: total, kind: sum, of: [hygiene, structure, confidence]}
- {name: worst, kind: best, of: [hygiene, structure, confidence], missing: missing}
- name: rating
  kind: first_match
  cases:
    - {when: {any: [{figure: total, missing: true}]}, gives: missing}
    - {when: {all: [{figure: total, at_most: 15}, {figure: worst, at_most: 5}]}, gives: 5}
    - {when: {all: [{figure: total, at_most: 20}, {figure: worst, at_most: 10}]}, gives: 4}
    - {when: {all: [{figure: total, at_most: 30}, {figure: worst, at_most: 10}]}, gives: 3}
    - {when: {all: [{figure: total, at_most: 40}, {figure: worst, at_most: 15}]}, gives: 2}
    - {when: {all: [{figure: total, at_most: 50}, {figure: worst, at_most: 20}]}, gives: 1}
  otherwise: 0
"""


def test_food_hygiene_asks_for_a_total_and_for_the_worst_single_score():
    cases = [  # hygiene, structure, confidence, rating
        (5, 5, 5, "5"),
        (0, 0, 10, "4"),  # a total of 10, but one score of 10
        (5, 5, 10, "4"),
        (10, 10, 10, "3"),
        (0, 0, 15, "2"),  # a total of 15 would be a 5, the single 15 allows a 2
        (15, 15, 10, "2"),
        (20, 10, 10, "1"),
        (25, 0, 0, "0"),  # a single 25 allows nothing
        (20, 20, 20, "0"),
        (5, "–", 5, "–"),
    ]
    hygiene, structure, confidence, ratings = (list(column) for column in zip(*cases, strict=True))
    table = run(HYGIENE, hygiene=hygiene, structure=structure, confidence=confidence)
    assert shown(table, "rating") == ratings
    assert faults(HYGIENE, hygiene="number", structure="number", confidence="number") == []


# ---- green buildings (China, GB/T 50378-2019) ---------------------------------------------------------------------
# Q = (400 + five categories + innovation up to 100) ÷ 10. Without the prerequisites no level; with them the basic
# level; a star wants 60, 70 or 85 and at least 30 % of the full mark in every category.
GREEN = """
- {name: extra, kind: clamp, of: innovation, at_most: 100}
- {name: points, kind: sum, of: [safe, healthy, convenient, saving, liveable, extra], plus: 400}
- {name: q, kind: quotient, of: points, by: 10, zero: missing, places: 1}
- {name: share_of_saving, kind: quotient, of: saving, by: 200, times: 100, zero: missing}
- {name: lowest, kind: worst, of: [safe, healthy, convenient, liveable, share_of_saving], missing: missing}
- {name: balanced, kind: flag, when: {figure: lowest, at_least: 30}}
- name: level
  kind: first_match
  choices:
    - {code: none, title: {zh: 不达标, en: No level}}
    - {code: basic, title: {zh: 基本级, en: Basic}}
    - {code: one, title: {zh: 一星级, en: One star}}
    - {code: two, title: {zh: 二星级, en: Two stars}}
    - {code: three, title: {zh: 三星级, en: Three stars}}
  cases:
    - {when: {not: {fact: prerequisites, is: true}}, gives: none}
    - {when: {all: [{figure: balanced, is: true}, {figure: q, at_least: 85}]}, gives: three}
    - {when: {all: [{figure: balanced, is: true}, {figure: q, at_least: 70}]}, gives: two}
    - {when: {all: [{figure: balanced, is: true}, {figure: q, at_least: 60}]}, gives: one}
  otherwise: basic
"""


def test_green_buildings_have_named_levels_with_a_minimum_in_every_category():
    cases = [  # prerequisites, safe, healthy, convenient, saving, liveable, innovation, Q, level
        (True, 90, 90, 85, 170, 80, 40, "95.5", "three"),  # 400 + 515 + 40
        (True, 60, 60, 60, 110, 60, 0, "75", "two"),
        (True, 40, 40, 40, 60, 30, 0, "61", "one"),  # saving 60 of 200 is just 30 %
        (True, 90, 90, 85, 59, 80, 100, "90.4", "basic"),  # 29.5 % of saving: no star whatever the total
        (True, 90, 90, 85, 170, 29, 150, "96.4", "basic"),  # innovation counts for 100 at most
        (True, 30, 30, 30, 60, 30, 0, "58", "basic"),
        (False, 90, 90, 85, 170, 80, 40, "95.5", "none"),
    ]
    names = ("prerequisites", "safe", "healthy", "convenient", "saving", "liveable", "innovation")
    *columns, q, level = (list(column) for column in zip(*cases, strict=True))
    table = run(GREEN, **dict(zip(names, columns, strict=True)))
    assert shown(table, "q") == q
    assert shown(table, "level") == level
    kinds = dict.fromkeys(names, "number") | {"prerequisites": "flag"}
    assert faults(GREEN, **kinds) == []


def test_a_named_level_has_its_wording():
    level = steps(GREEN)[-1]
    assert level.words()["level.three"].zh == "三星级"
    assert level.say({}).en.endswith("otherwise Basic")


# ---- nursing homes (US, CMS Five-Star Quality Rating System) ------------------------------------------------------
# Points for deficiencies, lower is better, three cycles weighted 1/2, 1/3, 1/6. In every state the best 10 % get five
# stars, the worst 20 % one, the rest four, three and two in equal parts. Staffing and quality lift or lower by one,
# never out of 1 to 5, and a home with one star for its inspections rises to two at most.
NURSING = """
- {name: weighted, kind: sum, of: [{of: cycle1, times: 3}, {of: cycle2, times: 2}, cycle3]}
- {name: deficiencies, kind: quotient, of: weighted, by: 6, zero: missing, places: 3}
- {name: better, kind: group, how: percentile, counts: below, of: deficiencies, by: [state]}
- name: health
  kind: bands
  of: better
  bands:
    - {below: 10, gives: 5}
    - {at_least: 10, below: 33.333333, gives: 4}
    - {at_least: 33.333333, below: 56.666666, gives: 3}
    - {at_least: 56.666666, below: 80, gives: 2}
    - {at_least: 80, gives: 1}
- name: staff
  kind: bands
  of: staffing
  bands: [{at_most: 1, gives: -1}, {above: 1, below: 5, gives: 0}, {at_least: 5, gives: 1}]
- {name: limit, kind: first_match, cases: [{when: {figure: health, is: 1}, gives: 2}], otherwise: 5}
- {name: staffed, kind: sum, of: [health, staff]}
- {name: after_staff, kind: clamp, of: staffed, at_least: 1, at_most: 5}
- name: measures
  kind: bands
  of: quality
  bands: [{at_most: 1, gives: -1}, {above: 1, below: 5, gives: 0}, {at_least: 5, gives: 1}]
- {name: measured, kind: sum, of: [after_staff, measures]}
- {name: overall, kind: clamp, of: measured, at_least: 1, at_most: limit}
"""


def test_nursing_homes_are_cut_by_percentile_of_their_state_and_lifted_within_limits():
    # ten homes of one state with 10, 20 … 100 points in every cycle, and one alone in another
    points = [*range(10, 101, 10), 500]
    staffing = [5, 1, 5, 3, 3, 1, 3, 1, 5, 5, 1]
    quality = [5, 5, 5, 3, 1, 1, 5, 1, 5, 3, 1]
    states = [*["A"] * 10, "B"]
    table = run(NURSING, cycle1=points, cycle2=points, cycle3=points, staffing=staffing, quality=quality, state=states)
    assert shown(table, "better") == ["0", "10", "20", "30", "40", "50", "60", "70", "80", "90", "0"]
    assert shown(table, "health") == ["5", "4", "4", "4", "3", "3", "2", "2", "1", "1", "5"]
    # 5+1+1→5; 4−1+1; 4+1→5, +1→5; 4; 3−1; 3−1−1; 2+1; 2−1→1, −1→1; 1+1+1→2 (limit); 1+1→2; 5−1−1
    assert shown(table, "overall") == ["5", "4", "5", "4", "2", "1", "3", "1", "2", "2", "3"]


def test_nursing_homes_weigh_the_latest_cycle_most():
    table = run(NURSING, cycle1=[12], cycle2=[6], cycle3=[3], staffing=[3], quality=[3], state=["A"])
    assert shown(table, "deficiencies") == ["8.5"]  # (36 + 12 + 3) ÷ 6


# ---- red and black lists (as many Chinese cities keep them) --------------------------------------------------------
# In each street the best with 85 points or more is red unless vetoed; the two worst below 60 are black, ties included.
LISTS = """
- {name: clean, kind: flag, when: {all: [{fact: vetoed, is: false}, {fact: score, at_least: 85}]}}
- {name: red, kind: quota, of: score, by: [street], among: {figure: clean, is: true}, then: [satisfaction],
   seats: 1, count: floor, ties: out}
- {name: black, kind: quota, of: score, first: lowest, by: [street], among: {fact: score, below: 60},
   seats: 2, count: floor, ties: in}
- name: list
  kind: table
  keys: [red, black]
  choices:
    - {code: red, title: {zh: 红榜, en: Red list}}
    - {code: black, title: {zh: 黑榜, en: Black list}}
    - {code: plain, title: {zh: 不上榜, en: Neither}}
  rows: [{when: [true, false], gives: red}, {when: [false, true], gives: black}]
  otherwise: plain
"""


def test_red_and_black_lists_have_places_ties_and_a_veto():
    table = run(
        LISTS,
        street=["x"] * 5 + ["y"] * 4,
        score=[99, 95, 95, 84, 59, 40, 50, 50, 84],
        satisfaction=[90, 80, 85, 99, 50, 50, 50, 50, 99],
        vetoed=[True, False, False, False, False, False, False, False, False],
    )
    # x: 99 is vetoed, of two with 95 the higher satisfaction; 59 black. y: two places, but both with 50 are in
    expected = ["plain", "plain", "red", "plain", "black", "black", "black", "black", "plain"]
    assert shown(table, "list") == expected
    assert faults(LISTS, score="number", satisfaction="number", vetoed="flag") == []
