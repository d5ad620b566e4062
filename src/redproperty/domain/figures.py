"""The figures of an edition that somebody may want to try otherwise: cut-offs, weights, caps, rates, floors.

Each is found in the text of a file and written back there, so a form and the text are two ways to change one thing.
"""

from difflib import unified_diff
from typing import Final

import msgspec

from redproperty.domain.texts import Text


class Place(msgspec.Struct, frozen=True):
    """Where a figure stands in its file: characters from `start` to `end` (exclusive), and its line from 1."""

    start: int
    end: int
    line: int


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One figure: how a form calls it, what it is in words, and where it stands.

    An edge that two neighbours share (five stars from 90, four stars below 90) is one figure with two places.
    """

    name: str  # rating.stars.cutoffs.0.at_least
    file: str  # rating.yaml
    group: Text
    title: Text  # whose it is: 基础得分 › 现场检查
    word: Text  # what it is: 权重
    value: str
    places: tuple[Place, ...]

    @property
    def said(self) -> Text:
        """Return title and word in one."""
        return Text(f"{self.title.zh} · {self.word.zh}", f"{self.title.en} · {self.word.en}")


class FigureChange(msgspec.Struct, frozen=True):
    """A figure that differs between two editions; None where it is not there."""

    figure: Figure
    before: str | None
    after: str | None


# Keys under which a number names something, or only says how it is shown: nobody tries those otherwise.
NAMES_OR_FORM: Final = frozenset(
    {"star", "stars", "places", "part_places", "category_places", "days_to_cure", "perfect", "default", "lasts"}
)
NOT_TRIED: Final = frozenset({"facts", "severities"})
LOWER, UPPER = {"at_least": "below", "above": "at_most"}, {"below": "at_least", "at_most": "above"}
WORDS: Final[dict[str, Text]] = {
    "above": Text("高于", "above"),
    "answers": Text("答卷数", "answers"),
    "at_least": Text("不低于", "at least"),
    "at_most": Text("不高于", "at most"),
    "below": Text("低于", "below"),
    "by": Text("幅度", "by"),
    "cap": Text("上限", "cap"),
    "coefficient": Text("系数", "coefficient"),
    "collected_percent": Text("假定收缴率（%）", "assumed collection (%)"),
    "count": Text("个数", "count"),
    "drop": Text("去掉", "drop"),
    "each": Text("每次", "each"),
    "first": Text("首次", "first"),
    "floor": Text("最低线（%）", "floor (%)"),
    "full": Text("满分", "full mark"),
    "is": Text("等于", "is"),
    "least_stars": Text("最低星级", "least stars"),
    "minimum": Text("最少个数", "minimum"),
    "minimum_size": Text("最小组", "smallest group"),
    "months": Text("月数", "months"),
    "per": Text("每", "per"),
    "percent": Text("比例（%）", "share (%)"),
    "periods": Text("期数", "periods"),
    "points": Text("分值", "points"),
    "ratio": Text("比例（%）", "ratio (%)"),
    "rate": Text("标准（元/㎡·月）", "rate (¥ per ㎡ and month)"),
    "stars": Text("星级", "stars"),
    "stars_down": Text("降几星", "stars down"),
    "step": Text("每次扣", "each takes"),
    "target": Text("目标", "target"),
    "to": Text("降到", "down to"),
    "total": Text("总分", "total"),
    "valid_months": Text("有效月数", "months of validity"),
    "value": Text("数值", "value"),
    "weight": Text("权重", "weight"),
    "worth": Text("分值", "worth"),
    "yuan": Text("金额（元）", "amount (¥)"),
}
GROUPS: Final[dict[str, Text]] = {
    "rating.stars.cutoffs": Text("星级线", "Cut-offs"),
    "rating.stars.stages": Text("最低线、否决、名额、连续", "Floors, vetoes, quotas, streaks"),
    "rating.stars.not_rated": Text("不评条件", "Not rated"),
    "rating.steps": Text("综合得分", "Composite score"),
    "rating.after": Text("定星之后", "After the stars"),
    "rating": Text("评定", "Rating"),
    "subsidy.rates": Text("补贴标准", "Rates"),
    "subsidy.star_coefficients": Text("星级系数", "Star coefficients"),
    "subsidy": Text("封顶、补差、分担", "Cap, top-up, split"),
    "sheet": Text("评分表", "Score sheet"),
}
ORDINAL: Final = Text("第 {n} 条", "no. {n}")
MOST_STARS: Final = Text("最高星级", "most stars")


def changed(before: tuple[Figure, ...], after: tuple[Figure, ...]) -> tuple[FigureChange, ...]:
    """Return the figures that differ, in the order of the file; first those changed or new, then those gone."""
    was, now = {one.name: one for one in before}, {one.name: one for one in after}
    new = [(one, was.get(one.name)) for one in after]
    there = [
        FigureChange(one, None if old is None else old.value, one.value)
        for one, old in new
        if old is None or old.value != one.value
    ]
    gone = [FigureChange(one, one.value, None) for one in before if one.name not in now]
    return (*there, *gone)


def line_changes(before: str, after: str) -> tuple[tuple[str, str], ...]:
    """Return the lines of a file that differ, each with its sign: “-” as it was, “+” as it is."""
    found = unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return tuple((line[0], line[1:]) for line in found if line[:1] in {"+", "-"} and line[:3] not in {"+++", "---"})
