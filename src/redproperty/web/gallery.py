"""The design system on one page: its colours in both looks, and its components, each once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar

from litestar import Response, get

from redproperty.domain.texts import Text
from redproperty.exports.tables import Column
from redproperty.web.lists import Filter, Option
from redproperty.web.security import OWN
from redproperty.web.views import LOOKS, Ask, View


@dataclass(frozen=True)
class Event:
    """One line of a timeline; `tone` colours the kind, which is also said in words."""

    day: date
    kind: Text
    title: Text | str
    note: Text | str = ""
    href: str = ""
    tone: str = ""
    struck: bool = False


FILTER = Filter(
    "street",
    Text("街道", "Street"),
    (Option("1", Text("仙林街道", "Xianlin"), 40), Option("2", Text("马群街道", "Maqun"), 42)),
    "2",
)
COLUMNS = (
    Column("name", Text("小区", "Estate")),
    Column("stars", Text("星级", "Stars"), "stars"),
    Column("amount", Text("合计", "Total"), "money"),
)
COLOURS = (  # each with what it is for
    ("ink", Text("正文", "text")),
    ("ink-2", Text("说明", "notes")),
    ("ink-3", Text("代码、图标", "codes, signs")),
    ("paper", Text("页面底色", "the page")),
    ("card", Text("卡片", "cards")),
    ("sunken", Text("凹陷、悬停", "sunken, hovered")),
    ("line", Text("细线", "hairlines")),
    ("line-strong", Text("输入框、合计线", "fields, totals")),
    ("red", Text("该办的、失分", "act here, lost points")),
    ("gold", Text("提醒", "warnings")),
    ("star", Text("星级", "stars")),
    ("green", Text("已保存、得分", "kept, saved")),
    ("blue", Text("链接、焦点", "links, focus")),
)
CHOICES = ((COLUMNS[0].title, True, None), (COLUMNS[1].title, True, "/gallery"), (COLUMNS[2].title, False, "/gallery"))


@dataclass(frozen=True)
class Gallery(View):
    """Every component with an example."""

    template: ClassVar[str] = "pages/gallery/components.html"
    rows: tuple[tuple[str, int | None, int], ...] = (("青石园", 4, 4_500_930), ("紫金花苑", None, 0))
    problems: Mapping[str, Text] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    filter: Filter = FILTER
    choices: tuple[tuple[Text, bool, str | None], ...] = CHOICES
    columns: tuple[Column, ...] = COLUMNS
    colours: tuple[tuple[str, Text], ...] = COLOURS
    looks: tuple[tuple[str, Text], ...] = LOOKS[1:]


AMOUNT = Text("“十二”不是金额，请写数字，例如 12.50", "“十二” is no amount; write digits, for example 12.50")
ROUND, RATED = Text("第四轮 87.50 分", "Round 4: 87.50"), Text("第三季度四星", "Four stars")
EVENTS = (
    Event(date(2026, 11, 12), Text("检查", "Inspection"), ROUND, href="/gallery", tone="info"),
    Event(date(2026, 10, 20), Text("星级", "Stars"), RATED, Text("公示中", "Noticed"), tone="good"),
)


@get("/gallery", opt=OWN)
async def gallery(request: Ask) -> Response[str]:
    """Show the components."""
    return Gallery(problems={"amount": AMOUNT}, events=EVENTS).response(request)


ROUTES = (gallery,)
