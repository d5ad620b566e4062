"""A district's 评分表 as it lies in a workbook, read into the sheet of a draft edition, with every doubt marked.

Columns are known by what districts call them, in any order, under one or two rows of headings; categories stand in a
merged column or in rows of their own; totals are compared with what the items add up to. What cannot be read is never
guessed at in silence: the draft gets something harmless in its place and a mark with the address of the cell.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import zip_longest
from typing import Literal, TypeVar, get_args

import msgspec

from redproperty.domain.cells import Raw, plain_text, title_key
from redproperty.domain.items import Item
from redproperty.domain.names import initials
from redproperty.domain.provisions import EVIDENCE
from redproperty.domain.shapes import PassFail
from redproperty.domain.sheets import Category, Sheet
from redproperty.domain.texts import Refused, Text
from redproperty.domain.wordings import read_rule
from redproperty.store.rules_structs import Reader
from redproperty.store.rules_yaml import compose
from redproperty.store.spreadsheets import Grid, address, read_grids

TITLES = {  # what districts call the columns
    "category": "类别 考核类别 项目类别 一级指标 大类 分类 检查类别 模块 考核大项 考核模块",
    "project": "项目 考核项目 检查项目 评分项目 二级指标 考核项 项目名称 指标 考核指标 评价项目 评价指标 检查项 "
    "考评项目",
    "content": "考核内容 内容 检查内容 考核标准 标准 服务标准 标准要求 内容及要求 具体要求 考核要求 工作标准 评价内容 "
    "考核内容及标准 检查标准 服务内容与标准 服务要求 三级指标 考评内容 标准内容",
    "how": "检查方法 检查方式 考核方式 考核方法 核查方式 查验方法",
    "full": "分值 满分 标准分 标准分值 配分 基准分 分数 分值(分) 满分值",
    "rule": "扣分标准 评分标准 评分办法 评分细则 扣分细则 计分办法 评分方法 扣分办法 评分说明 计分标准 考核办法 "
    "计分规则 扣分规则 评分规则 扣分说明 考评标准 评分标准及扣分",
    "basis": "依据 考核依据 政策依据 法规依据",
    "severity": "严重程度 重要程度",
    "days": "整改天数 整改期限 整改时限",
    "evidence": "佐证 佐证方式",
    "reasons": "常见原因 常见问题",
    "code": "代码 编号 编码 项目编号 项目代码",
    "kept": "机读数据",
}
_FIELDS = {title_key(title): name for name, titles in TITLES.items() for title in titles.split()}
_NUMBERED = re.compile(
    r"^\s*(?:[(（]?[一二三四五六七八九十]+[)）]?[、.．\s]|第[一二三四五六七八九十]+[部章][分]?[、:：\s]?)\s*"
)
_IN_BRACKETS = re.compile(
    r"[(（]\s*(?:([A-Z][A-Z0-9]{0,7})[，,]\s*)?(?:共|计|满分)?\s*(\d+(?:\.\d+)?)\s*分\s*[)）]\s*$"
)
_POINTS = re.compile(r"(?:满分|共)?\s*(\d+(?:\.\d+)?)\s*分?")
_TOTAL = re.compile(r"(合计|总计|小计|总分|共计)")
_NOTE = re.compile(r"(注|备注|说明|填表|制表|检查人|考核人|负责人|被检|日期|签字)")
_ORDINAL = re.compile(r"^\s*(?:\d+[、.．]|[(（]\d+[)）])\s*")
_CLAUSE = re.compile(r"[，。；：,;:（(]")
_ANNEX = ("附件", "附表", "附：")
_PROSE = frozenset({"content", "content2", "rule", "how", "basis"})
OWN_NOTE = "说明：“机读数据”"
_TITLE_LENGTH = 16
_HEADER_WITHIN = 30
_OF_OURS = re.compile(r"\s*评分表（[\d.]+ 分）$")  # what our own export adds to the title
_DAYS = 7  # to cure, where the sheet does not say
_UNREAD_FULL = Decimal(1)


Part = TypeVar("Part")
Proof = Literal["photo", "document", "reading", "none"]


@dataclass(frozen=True)
class Mark:
    """A doubt about a cell; one that `blocks` keeps the draft from coming into force until somebody has looked."""

    at: str
    text: Text
    blocks: bool = True


@dataclass
class DraftSheet:
    """What was read: the sheet, its title, and the marks by the code of item or category ("" for the whole)."""

    name: str
    title: str
    sheet: Sheet
    marks: dict[str, list[Mark]] = field(default_factory=dict)

    @property
    def doubts(self) -> list[Mark]:
        """Return all marks in the order of the sheet."""
        return [mark for marks in self.marks.values() for mark in marks]


_NONE_FOUND = Text(
    "没有找到评分表：要有“分值”（或满分、标准分）一列，和考核项目、考核内容、评分标准（或扣分标准、评分办法）中的一列",
    "There is no score sheet: it has a column of points (“分值”, “满分”, “标准分”) and one of items, contents or rules "
    "(“考核项目”, “考核内容”, “评分标准”)",
)
_NO_FULL = Text("没有分值，暂按 1 分", "there are no points; 1 stands in")
_BAD_FULL = Text("“{said}”不是分值，暂按 1 分", "“{said}” is no number of points; 1 stands in")
_UNREAD = Text(
    "评分标准“{said}”没有读懂，暂按“符合得满分，不符合不得分”",
    "“{said}” was not understood; all or nothing stands in",
)
_NO_RULE = Text("没有评分标准，暂按“符合得满分，不符合不得分”", "there is no rule; all or nothing stands in")
_ADDS_UP = Text("表上写 {said} 分，各项相加 {sum} 分", "the sheet says {said}, the items add up to {sum}")
_BAD_SEVERITY = Text("没有“{said}”这一严重程度，暂按“{then}”", "there is no severity “{said}”; “{then}” stands in")
_BAD_DAYS = Text("“{said}”不是天数，暂按 {n} 日", "“{said}” is no number of days; {n} stands in")
_SKIPPED = Text("这一行没有用到：{said}", "this row was not used: {said}")
_BAD_KEPT = Text(
    "机读数据有改动，已不用，按各列读", "the machine-readable cell was changed; the other columns were read"
)


def read_score_sheet(data: bytes, *, like: Sheet) -> DraftSheet:
    """Return the score sheet of a workbook; `like` gives severities and rounding where the workbook has none.

    Raises:
        Refused: the file cannot be read, or no sheet in it is a score sheet.
    """
    grids = read_grids(data)
    if isinstance(grids, Text):
        raise Refused(grids)
    found = [_Paper(name, grid, *header, like).read() for name, grid in grids if (header := _header(grid)) is not None]
    whole = [one for one in found if one.sheet.items]
    if not whole:
        raise Refused(_NONE_FOUND)
    return max(whole, key=lambda one: len(one.sheet.items))


def _header(grid: Grid) -> tuple[int, dict[str, int]] | None:
    """Return the row below the headings and where each known column stands."""
    best: tuple[int, dict[str, int]] | None = None
    above: Sequence[Raw] = ()
    for at, row in enumerate(grid[:_HEADER_WITHIN]):
        joined = [low if plain_text(low) else up for up, low in zip_longest(above, row, fillvalue=None)]
        for cells in (row, joined):
            columns = _columns(cells)
            if "full" in columns and {"project", "content", "rule"} & columns.keys():
                best = (at + 1, columns) if best is None or len(columns) > len(best[1]) else best
        above = row
    return best


def _columns(cells: Sequence[Raw]) -> dict[str, int]:
    columns: dict[str, int] = {}
    for position, value in enumerate(cells):
        text = plain_text(value)
        name = _FIELDS.get(title_key(text)) or _FIELDS.get(title_key(re.sub(r"[(（].*?[)）]", "", text)))
        if name is not None:
            again = f"{name}2" if name in columns and name in {"content", "rule"} else name
            columns.setdefault(again, position)
    return columns


@dataclass
class _Line:
    """One item as its rows say it: where it stands, and its texts by field."""

    row: int
    said: dict[str, str]


@dataclass
class _Group:
    """One category as it is read: its words, what it says it adds up to and where, its lines."""

    said: str
    at: str
    declared: Decimal | None = None
    lines: list[_Line] = field(default_factory=list)


class _Paper:
    """One sheet of a workbook being read from the top."""

    def __init__(self, name: str, grid: Grid, first: int, columns: dict[str, int], like: Sheet) -> None:
        self.name, self.grid, self.first, self.columns, self.like = name, grid, first, columns, like
        self.groups: list[_Group] = []
        self.marks: dict[str, list[Mark]] = {"": []}
        self.total: tuple[Decimal, str] | None = None
        self.kept: Sheet | None = None

    def read(self) -> DraftSheet:
        """Read rows into groups, then groups into categories and items."""
        self._give_roles()
        for number, row in enumerate(self.grid[self.first :], start=self.first + 1):
            if any(map(plain_text, row)):
                self._row(number, row)
        # what another sheet says of its own items is nothing to this one
        base = self.kept or msgspec.structs.replace(self.like, vetoes=())
        taken: set[str] = set()
        categories = tuple(self._category(group, taken) for group in self.groups if group.lines)
        total = sum((category.full for category in categories), Decimal(0))
        if self.total is not None and self.total[0] != total:
            self._mark("", self.total[1], _ADDS_UP.fill(said=self.total[0], sum=total))
        sheet = msgspec.structs.replace(base, total=total, categories=categories)
        return DraftSheet(self.name, self._title(), sheet, self.marks)

    def _title(self) -> str:
        """Return the first words above the headings."""
        above = [_in_a_line(plain_text(value)) for row in self.grid[: self.first - 1] for value in row]
        long = (words for words in above if len(words) > 3 and not words.startswith(_ANNEX))  # noqa: PLR2004 - no title
        title = next(long, self.name)
        return _OF_OURS.sub("", title) or title

    def _give_roles(self) -> None:
        """Settle what columns of like titles are: the leftmost with merged cells is the category, the next the item."""
        columns = self.columns
        if "rule2" in columns:
            columns.setdefault("content", columns["rule"])
            columns["rule"] = columns.pop("rule2")
        if "category" not in columns and "project" in columns and self._sparse("project"):
            columns["category"] = columns.pop("project")
        if "content2" in columns and "project" not in columns:
            columns["project"], columns["content"] = columns["content"], columns.pop("content2")

    def _sparse(self, name: str) -> bool:
        """Whether a column stands left of what is said of an item and is blank for some of the items."""
        position = self.columns[name]
        right = min((self.columns[other] for other in ("content", "rule") if other in self.columns), default=position)
        rows = [row for row in self.grid[self.first :] if self._cell(row, "full")]
        filled = sum(bool(plain_text(row[position])) for row in rows if position < len(row))
        return position < right and filled < len(rows)

    def _cell(self, row: Sequence[Raw], name: str) -> str:
        position = self.columns.get(name)
        words = plain_text(row[position]) if position is not None and position < len(row) else ""
        return _in_clauses(words) if name in _PROSE else _in_a_line(words) if name != "kept" else words

    def _at(self, row: int, name: str) -> str:
        return address(row, self.columns.get(name, 0))

    def _mark(self, code: str, at: str, text: Text, *, blocks: bool = True) -> None:
        self.marks.setdefault(code, []).append(Mark(at, text, blocks))

    def _row(self, number: int, row: Sequence[Raw]) -> None:
        words = [_in_a_line(text) for text in map(plain_text, row) if text]
        said = {name: text for name in self.columns if (text := self._cell(row, name))}
        if title_key(words[0]) == title_key("机读数据"):
            self.kept = _kept(said.get("kept", ""), Sheet)
        elif _FIELDS.get(title_key(said.get("full", ""))) == "full":
            return  # the headings again, on the next page of paper
        elif _TOTAL.match(words[0]):
            self._summed(number, words[0], said.get("full", ""))
        elif self._is_heading(words, said):
            self.groups.append(_Group(words[0], address(number, 0), _declared(words[0]) or _points(said.get("full"))))
        elif words[0].startswith(OWN_NOTE):
            return
        elif len(set(words)) == 1 and (_NOTE.match(words[0]) or not self.groups):
            self._mark("", address(number, 0), _SKIPPED.fill(said=words[0][:40]), blocks=False)
        else:
            self._item(number, said)

    def _is_heading(self, words: list[str], said: dict[str, str]) -> bool:
        """Whether a row is the name of a category: one text, perhaps with its points, and nothing else."""
        texts = {text for text in words if _points(text) is None}
        named = bool(_NUMBERED.match(words[0]) or _IN_BRACKETS.search(words[0]))
        return len(texts) == 1 and named and not said.get("rule") and "kept" not in said

    def _summed(self, number: int, words: str, full: str) -> None:
        value = _points(full) or _declared(words)
        if value is None:
            return
        if words.startswith("小计") and self.groups:
            self.groups[-1].declared = value
        else:
            self.total = (value, self._at(number, "full"))

    def _item(self, number: int, said: dict[str, str]) -> None:
        category = said.get("category", "")
        if category and (not self.groups or category != self.groups[-1].said):
            self.groups.append(_Group(category, self._at(number, "category"), _declared(category)))
        if not self.groups:
            self.groups.append(_Group("综合", address(number, 0)))
        lines = self.groups[-1].lines
        if "full" not in said and lines and "project" not in said and not category:
            for name in ("content", "content2", "rule", "how", "basis"):  # the same item goes on below
                if name in said:
                    lines[-1].said[name] = "；".join(filter(None, (lines[-1].said.get(name), said[name])))
            return
        lines.append(_Line(number, said))

    def _category(self, group: _Group, taken: set[str]) -> Category:
        found = _IN_BRACKETS.search(group.said)
        title = _NUMBERED.sub("", _IN_BRACKETS.sub("", group.said)).strip() or group.said
        code = _code(title, taken) if found is None or not found[1] or found[1] in taken else found[1]
        taken.add(code)
        items = tuple(self._made(code, index, line, group) for index, line in enumerate(group.lines, start=1))
        full = sum((item.full for item in items), Decimal(0))
        if group.declared is not None and group.declared != full:
            self._mark(code, group.at, _ADDS_UP.fill(said=group.declared, sum=full))
        kept = next((one for one in self.kept.categories if one.code == code), None) if self.kept else None
        named = kept.title if kept is not None and kept.title.zh == title else Text(title, title)
        if kept is not None:
            return msgspec.structs.replace(kept, title=named, full=full, items=items)
        return Category(code=code, title=named, full=full, items=items)

    def _made(self, category: str, index: int, line: _Line, group: _Group) -> Item:
        """Return one item; what the machine-readable cell says stands where the other cells still say the same."""
        said = line.said
        code = said.get("code", "")
        code = code if code.startswith(f"{category}-") else f"{category}-{index:02d}"
        kept = _kept(said["kept"], Item) if "kept" in said else None
        if "kept" in said and kept is None:
            self._mark(code, self._at(line.row, "kept"), _BAD_KEPT)
        full = self._full(code, line)
        item = Item(
            code=code,
            title=Text("", ""),
            full=full,
            severity=self._severity(code, line),
            basis=self._basis(line, group),
            how_to_look=Text("", ""),
            shape=PassFail(),
            days_to_cure=self._days(code, line),
            evidence=self._evidence(line),
            reasons=tuple(Text(one, one) for one in re.split("[、；;]", said.get("reasons", "")) if one),
        )
        title, look = _words(said, group)
        item = msgspec.structs.replace(item, title=title, how_to_look=look)
        same_rule = kept is not None and _squeezed(kept.rule().zh) == _squeezed(said.get("rule", ""))
        if not same_rule:
            item = self._with_rule(item, line)
        return item if kept is None else _merged(kept, item, same_rule=same_rule)

    def _with_rule(self, item: Item, line: _Line) -> Item:
        wording = line.said.get("rule") or line.said.get("content", "")
        at = self._at(line.row, "rule" if "rule" in line.said else "content")
        reading = read_rule(wording, item.full)
        if reading.shape is None:
            self._mark(item.code, at, _UNREAD.fill(said=wording) if wording else _NO_RULE)
            return item
        for note in reading.notes:
            self._mark(item.code, at, note, blocks=False)
        look = item.how_to_look
        if _squeezed(reading.about) not in _squeezed(look.zh):
            look = Text(*(f"{words}；{reading.about}" for words in (look.zh, look.en)))
        return msgspec.structs.replace(
            item,
            shape=reading.shape,
            zero_when=reading.zero_when,
            exempt_when=reading.exempt_when,
            how_to_look=look,
        )

    def _full(self, code: str, line: _Line) -> Decimal:
        said = line.said.get("full", "")
        value = _points(said)
        if value is not None and value > 0:
            return value
        self._mark(code, self._at(line.row, "full"), _BAD_FULL.fill(said=said) if said else _NO_FULL)
        return _UNREAD_FULL

    def _severity(self, code: str, line: _Line) -> str:
        known = (self.kept or self.like).severities
        said = line.said.get("severity")
        usual = min(known, key=lambda one: one.weight)
        found = next((one for one in known if said in {one.code, one.title.zh, one.title.en}), None)
        if said and found is None:
            self._mark(code, self._at(line.row, "severity"), _BAD_SEVERITY.fill(said=said, then=usual.title))
        return (found or usual).code

    def _days(self, code: str, line: _Line) -> int:
        said = line.said.get("days")
        found = re.search(r"\d+", said or "")
        if said and found is None:
            self._mark(code, self._at(line.row, "days"), _BAD_DAYS.fill(said=said, n=_DAYS))
        return int(found[0]) if found else _DAYS

    def _evidence(self, line: _Line) -> Proof:
        said = line.said.get("evidence")
        kinds: tuple[Proof, ...] = get_args(Proof)
        return next((name for name in kinds if said in {name, EVIDENCE[name].zh, EVIDENCE[name].en}), "photo")

    def _basis(self, line: _Line, group: _Group) -> Text:
        """Return the basis that the sheet gives, or the place in the sheet itself."""
        said = line.said.get("basis")
        place = Text("《{title}》{group}，第 {row} 行", "{title}, {group}, row {row}")
        return Text(said, said) if said else place.fill(title=self._title(), group=group.said, row=line.row)


def _words(said: dict[str, str], group: _Group) -> tuple[Text, Text]:
    """Return title and how to look: the words of project and content, or what the rule begins with."""
    project, content = said.get("project", ""), said.get("content", "")
    look = (
        "；".join(filter(None, (content, said.get("content2", ""), said.get("how", ""))))
        or project
        or said.get("rule", "")
        or group.said
    )
    title = project
    if not title or len(title) > 2 * _TITLE_LENGTH:
        words = title or content or said.get("rule", "") or group.said
        title = _CLAUSE.split(_ORDINAL.sub("", words))[0][:_TITLE_LENGTH] or words[:_TITLE_LENGTH]
    return Text(title, title), Text(look, look)


def _merged(kept: Item, read: Item, *, same_rule: bool) -> Item:
    """Return the kept item with whatever the other cells now say differently."""
    new = {}
    for name in ("title", "how_to_look", "basis"):
        if _squeezed(getattr(kept, name).zh) != _squeezed(getattr(read, name).zh):
            new[name] = getattr(read, name)
    if [reason.zh for reason in kept.reasons] != [reason.zh for reason in read.reasons]:
        new["reasons"] = read.reasons
    for name in ("code", "full", "severity", "days_to_cure", "evidence"):
        new[name] = getattr(read, name)
    if not same_rule:
        new |= {name: getattr(read, name) for name in ("shape", "zero_when", "exempt_when")}
    return msgspec.structs.replace(kept, **new)


def _kept(text: str, kind: type[Part]) -> Part | None:
    """Return what a machine-readable cell holds; nothing where somebody has changed it beyond reading."""
    node = compose("", text.encode())
    if isinstance(node, tuple):
        return None
    reader = Reader("")
    value: Part = reader.read(node, kind)
    return None if reader.problems else value


def _points(said: str | None) -> Decimal | None:
    found = _POINTS.fullmatch((said or "").strip())
    return Decimal(found[1]) if found else None


def _declared(words: str) -> Decimal | None:
    found = _IN_BRACKETS.search(words)
    return Decimal(found[2]) if found else None


def _in_a_line(words: str) -> str:
    """Return the words of a cell that is broken into lines only because it is narrow."""
    return re.sub(r"\s*\n\s*", "", words)


def _in_clauses(words: str) -> str:
    """Return the text of a cell with its lines as clauses, without their numbers."""
    lines = (_ORDINAL.sub("", line).strip().rstrip("；;") for line in words.splitlines())
    return re.sub(r"([，。：、])；", r"\1", "；".join(filter(None, lines)))


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _code(title: str, taken: set[str]) -> str:
    """Return a code of two letters for a category: its initials, another pair of them, or with a letter more."""
    letters = "".join(letter for letter in initials(title).upper() if "A" <= letter <= "Z") or "LB"
    pairs = [letters[:2], *(letters[0] + letter for letter in letters[2:])]
    return next(code for code in (*pairs, *_longer(letters[:2])) if code not in taken)


def _longer(letters: str) -> Iterator[str]:
    yield from (letters + chr(ord("A") + n % 26) * (1 + n // 26) for n in range(10_000))
