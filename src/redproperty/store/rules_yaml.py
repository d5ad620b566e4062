"""The strict part of YAML that editions are written in: text → nodes with their places, or what is wrong with it.

Refused: anchors and aliases, explicit tags, several documents in one file, absurd nesting, what is not UTF-8. Scalars
are left as written; what they mean depends on the field they stand in, so `no` stays a word and `05` a code.
"""

import re
from collections.abc import Iterator
from typing import Any

import msgspec
import yaml

from redproperty.domain.texts import Lang, Text

DEEPEST = 40
PENDING = "待核"
_PENDING = re.compile(rf"\s*#\s*{PENDING}[：:](.*)")
LONGEST = 1_000_000  # bytes; the longest file of the default edition has a fiftieth of it
MOST = 60_000  # values, keys, lists and tables; that is ten times as many as a large score sheet has
MOST_PROBLEMS = 300  # told of one file; with more of them something else is wrong with it


class RuleProblem(msgspec.Struct, frozen=True):
    """One thing to mend in an edition; line and column count from 1."""

    file: str
    line: int
    column: int
    text: Text
    shapes: tuple[type[msgspec.Struct], ...] = ()  # what is being described there, the innermost first

    def say(self, lang: Lang) -> str:
        """Return `file:line:column: message`, which editors turn into a link."""
        return f"{self.file}:{self.line}:{self.column}: {self.text.say(lang)}"


def decoded(file: str, raw: bytes) -> str | RuleProblem:
    """Return the text of a file, or why it is none."""
    if len(raw) > LONGEST:
        return RuleProblem(file, 1, 1, Text("文件过大", "the file is too large"))
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = error.start - raw.rfind(b"\n", 0, error.start)
        return RuleProblem(file, line, column, Text("不是 UTF-8 编码", "this is not UTF-8"))


def pending(file: str, raw: bytes) -> Iterator[RuleProblem]:
    """Yield the comments by which a converted sheet says what somebody still has to look at."""
    for number, line in enumerate(raw.decode("utf-8", "replace").splitlines(), start=1):
        if (found := _PENDING.match(line)) is not None:
            text = Text("还要核对：{what}", "still to be looked at: {what}").fill(what=found[1].strip())
            yield RuleProblem(file, number, line.index("#") + 1, text)


def compose(file: str, raw: bytes) -> yaml.Node | tuple[RuleProblem, ...]:
    """Return the root node of a file, or why it cannot be read."""
    text = decoded(file, raw)
    if isinstance(text, RuleProblem):
        return (text,)
    try:
        refused = _refused(file, text)
        node = None if refused else yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        return (_unreadable(file, text, error),)
    if refused:
        return refused
    return node or (RuleProblem(file, 1, 1, Text("文件是空的", "the file is empty")),)


def _refused(file: str, text: str) -> tuple[RuleProblem, ...]:
    problems: list[RuleProblem] = []
    depth = documents = nodes = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        documents += isinstance(event, yaml.DocumentStartEvent)
        nodes += isinstance(event, yaml.NodeEvent)
        too_much = _too_much(depth, nodes)
        why = too_much or _why_refused(event, documents)
        if why is not None:
            problems.append(_at(file, event.start_mark, why))
        if too_much or len(problems) > MOST_PROBLEMS:
            break
    return tuple(problems)


def _too_much(depth: int, nodes: int) -> Text | None:
    if depth > DEEPEST:
        return Text("嵌套过深", "nested too deeply")
    return Text("文件过大", "the file is too large") if nodes > MOST else None


def _why_refused(event: yaml.Event, documents: int) -> Text | None:
    if isinstance(event, yaml.AliasEvent):
        return Text("规则文件不用别名(*)", "aliases (*) are not used in rules")
    if isinstance(event, yaml.NodeEvent) and event.anchor is not None:
        return Text("规则文件不用锚点(&)", "anchors (&) are not used in rules")
    if getattr(event, "tag", None) not in {None, "!"}:
        return Text("规则文件不写类型标签(!)", "tags (!) are not used in rules")
    if isinstance(event, yaml.DocumentStartEvent) and documents > 1:
        return Text("一个文件只能有一份文档", "one file holds one document")
    return None


_UNQUOTED = ("did not find expected ',' or", "mapping values are not allowed")  # as the reader of YAML says it


def _unreadable(file: str, text: str, error: yaml.YAMLError) -> RuleProblem:
    why = Text("YAML 写法有误：{why}", "this is not well-formed YAML: {why}")
    if any(sign in str(error) for sign in _UNQUOTED):
        why = Text(
            'YAML 写法有误：{why}；文字里有“: ”的要加引号，如 "a: b"',
            'this is not well-formed YAML: {why}; a text with “: ” in it must be quoted, as "a: b"',
        )
    if isinstance(error, yaml.MarkedYAMLError) and (error.problem_mark or error.context_mark):
        return _at(file, error.problem_mark or error.context_mark, why.fill(why=error.problem or error.context or "?"))
    position = getattr(error, "position", 0) if isinstance(getattr(error, "position", 0), int) else 0
    line = text.count("\n", 0, position) + 1
    column = position - text.rfind("\n", 0, position)
    return RuleProblem(file, line, column, why.fill(why=getattr(error, "reason", None) or str(error).split("\n")[0]))


def _at(file: str, mark: Any, text: Text) -> RuleProblem:
    return RuleProblem(file, mark.line + 1 if mark else 1, mark.column + 1 if mark else 1, text)
