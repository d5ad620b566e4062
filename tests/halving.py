"""The shipped edition with half stars: cut-offs, a cap, a demotion, a quota and a streak of halves, in money too.

The third quarter of 2026 of the small district (see `rated`) under it; nobody is insured, which takes half a star (D1):
青石园 87.68 → four stars, 3½, at most 3½ by C1 (collection 45); 燕江里 97.50 → five, 4½; 尧辰新村 74.70 → half a star,
none; 紫金花苑 and 无主巷 are not rated.
"""

import shutil
from pathlib import Path

from redproperty.settings import bundled

AWARDS = {"QX-0001": "3.5", "QX-0002": "none", "QX-0003": "4.5", "QX-0004": "0", "QX-0005": "none"}
CUTOFFS = """  cutoffs:
    - {star: 5, at_least: 95}
    - {star: 4.5, at_least: 90, below: 95}
    - {star: 4, at_least: 85, below: 90}
    - {star: 3.5, at_least: 80, below: 85}
    - {star: 3, at_least: 75, below: 80}
    - {star: 0.5, at_least: 60, below: 75}
    - {star: 0, below: 60}
"""
STAGES = """
    - kind: demote
      rules:
        - code: D1
          title: {zh: 未投保, en: not insured}
          basis: {zh: 示例, en: Example}
          when: {fact: liability_cover, is: false}
          by: 0.5
          at_least: 0
    - kind: cap
      rules:
        - code: C1
          title: {zh: 收缴率低, en: low collection}
          basis: {zh: 示例, en: Example}
          when: {fact: collection, below: 70}
          at_most: 3.5
    - kind: quota
      rule: {code: Q1, title: {zh: 名额, en: quota}, basis: {zh: 示例, en: Example}}
      star: 5
      to: 4.5
      ratio: 15
      by: [stratum]
      count: floor
      ties: out
    - kind: streak
      rule: {code: S1, title: {zh: 连续, en: in a row}, basis: {zh: 示例, en: Example}}
      below: 60
      periods: 1
      stars_down: 1.5
  valid_months: 12
"""
# every round 100, all other parts 100: the composite is what `scores` make of it, × 60 % + 40
CASES = """
about: {zh: 半星, en: half stars}
cases:
  - {name: 五星, facts: {liability_cover: true}, expect: {stars: 5, fired: []}}
  - {name: 降半星, expect: {stars: 4.5, fired: [D1]}}
  - name: 九十分
    facts: {liability_cover: true, iot_warning: false}
    scores: [82.5, 82.5, 82.5]
    expect: {figures: {composite: 90}, stars: 4.5}
  - name: 八十四分九
    facts: {liability_cover: true}
    scores: [74, 74, 74]
    expect: {figures: {composite: 84.9}, stars: 3.5, fired: []}
  - {name: 封顶, facts: {liability_cover: true, collection: 69}, expect: {stars: 3.5, fired: [C1]}}
  - {name: 名额满, facts: {liability_cover: true}, peers: [99, 98], expect: {stars: 4.5, fired: [Q1]}}
  - {name: 上期不到六十, facts: {liability_cover: true}, history: [59.99], expect: {stars: 3.5, fired: [S1]}}
  - name: 半星的补贴
    facts: {liability_cover: true, collection: 69}
    stint: {floor_area: 10000}
    expect: {stars: 3.5, figures: {star_coefficient: 0.75}}
"""


def half_stars(root: Path) -> Path:
    """Write the edition into a folder of rules and return its own folder."""
    folder = Path(shutil.copytree(bundled("rules") / "2026-01-01", root / "2026-01-01"))
    rating, subsidy = folder / "rating.yaml", folder / "subsidy.yaml"
    text = rating.read_text(encoding="utf-8")
    head = text[: text.index("  cutoffs:\n")].replace("  valid_months: 12\n", "")
    rating.write_text(f"{head}{CUTOFFS}  stages:{STAGES}", encoding="utf-8")
    money = subsidy.read_text(encoding="utf-8")
    begins, ends = money.index("star_coefficients:\n"), money.index("\n\n", money.index("star_coefficients:\n"))
    worth = {0: 0, "0.5": "0.2", 3: "0.6", "3.5": "0.75", 4: "0.8", "4.5": "0.9", 5: 1}
    about = "title: {zh: 系数, en: coefficient}, basis: {zh: 示例, en: Example}, status: example"
    rows = [f'  - {{stars: {star}, coefficient: "{value}", {about}}}' for star, value in worth.items()]
    stops = money.index("\nstops:")
    money = (
        money[:begins]
        + "star_coefficients:\n"
        + "\n".join(rows)
        + money[ends:stops]
        + money[money.index("\n\n", stops) :]
    )
    subsidy.write_text(money, encoding="utf-8")
    shutil.rmtree(folder / "tests")
    (folder / "tests").mkdir()
    (folder / "tests/halves.yaml").write_text(CASES, encoding="utf-8")
    return folder
