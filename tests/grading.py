"""The shipped edition without stars and money: what the composite comes to is said as a grade.

The third quarter of 2026 of the small district (see `rated`) under it: 青石园 87.68, 燕江里 97.50 and 紫金花苑, perfect
rounds, are good (from 80), 尧辰新村 74.70 is fair (from 60), 无主巷 was never inspected: no grade.
"""

import re
import shutil
from pathlib import Path

from redproperty.settings import bundled

AWARDS = {
    "QX-0001": "grade.good", "QX-0002": "grade.good", "QX-0003": "grade.good", "QX-0004": "grade.fair",
    "QX-0005": "rated",
}  # fmt: skip
GRADES = """
  - name: level
    title: {zh: 服务等级, en: level of service}
    kind: first_match
    basis: {zh: 示例, en: Example}
    choices:
      - {code: good, title: {zh: 良好, en: good}}
      - {code: fair, title: {zh: 合格, en: fair}}
      - {code: poor, title: {zh: 不合格, en: poor}}
    cases:
      - {when: {figure: composite, at_least: 80}, gives: good}
      - {when: {figure: composite, at_least: 60}, gives: fair}
      - {when: {figure: composite, below: 60}, gives: poor}
    otherwise: missing
designation: level
"""


def graded(root: Path) -> Path:
    """Write the edition into a folder of rules and return its own folder."""
    folder = Path(shutil.copytree(bundled("rules") / "2026-01-01", root / "2026-01-01"))
    rating = folder / "rating.yaml"
    head, _ = re.split(r"^stars:$", rating.read_text(encoding="utf-8"), flags=re.MULTILINE)
    rating.write_text(head.rstrip() + GRADES, encoding="utf-8")
    (folder / "subsidy.yaml").unlink()
    shutil.rmtree(folder / "tests")
    return folder
