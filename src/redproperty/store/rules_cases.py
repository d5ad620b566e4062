"""The cases beside an edition's rules, read as strictly as the rules themselves: YAML files, and tables as CSV."""

import csv
import io
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import msgspec

from redproperty.domain.case_files import Case, CaseFile, Value
from redproperty.domain.faults import Path as FaultPath
from redproperty.domain.texts import Text
from redproperty.store.rules_structs import BOOLEANS, NUMBER, Reader
from redproperty.store.rules_yaml import RuleProblem, compose, decoded


class Cases(msgspec.Struct, frozen=True):
    """All cases of an edition in the order of their files, and what is wrong with them."""

    cases: tuple[Case, ...]
    problems: tuple[RuleProblem, ...]


def load_cases(folder: Path) -> Cases:
    """Read `tests/*.yaml` and `tests/*.csv` of an edition's folder; a file with problems gives no cases."""
    cases: list[Case] = []
    problems: list[RuleProblem] = []
    paths = [path for path in sorted((folder / "tests").glob("*")) if path.suffix in {".yaml", ".csv"}]
    for path in paths:
        name, raw = f"{folder.name}/tests/{path.name}", path.read_bytes()
        file, wrong = (_of_csv if path.suffix == ".csv" else _of_yaml)(name, raw)
        problems.extend(wrong)
        if file is not None and not wrong:
            cases.extend(file.all())
    return Cases(tuple(cases), tuple(problems))


def _of_yaml(name: str, raw: bytes) -> tuple[CaseFile | None, tuple[RuleProblem, ...]]:
    node = compose(name, raw)
    if isinstance(node, tuple):
        return None, node
    reader = Reader(name)
    read: CaseFile = reader.read(node, CaseFile)
    reader.add(read.check())
    return read, tuple(reader.problems)


def _of_csv(name: str, raw: bytes) -> tuple[CaseFile | None, tuple[RuleProblem, ...]]:
    """Read a table: the first line names the columns; an empty cell says nothing, `~` says that there is none."""
    text = decoded(name, raw)
    if isinstance(text, RuleProblem):
        return None, (text,)
    reader = csv.reader(io.StringIO(text), strict=True)
    lines: list[tuple[int, list[str]]] = []
    try:
        lines.extend((reader.line_num, row) for row in reader if any(cell.strip() for cell in row))
    except csv.Error as error:
        why = Text("CSV 写法有误：{why}", "this is not well-formed CSV: {why}").fill(why=error)
        return None, (RuleProblem(name, reader.line_num, 1, why),)
    if not lines:
        return None, (RuleProblem(name, 1, 1, Text("文件是空的", "the file is empty")),)
    columns = tuple(cell.strip() for cell in lines[0][1])
    rows = tuple(tuple(_cell(cell.strip()) for cell in row) for _, row in lines[1:])
    file = CaseFile(about=Text(name, name), columns=columns, rows=rows)
    return file, tuple(_placed(name, [line for line, _ in lines], file))


def _cell(text: str) -> Value:
    if text in BOOLEANS:
        return BOOLEANS[text]
    if text == "~":
        return None
    return Decimal(text) if NUMBER.fullmatch(text) and len(text) <= LONGEST_NUMBER else text


LONGEST_NUMBER = 20


def _placed(name: str, lines: list[int], file: CaseFile) -> Iterator[RuleProblem]:
    """Yield the faults of a table at their line, with the number of their cell as column."""

    def number(path: FaultPath, position: int) -> int:
        return int(path[position]) if len(path) > position else 0

    for path, text in file.check():
        in_rows = path[:1] == ("rows",)
        line = lines[number(path, 1) + 1] if in_rows else lines[0]
        yield RuleProblem(name, line, number(path, 2 if in_rows else 1) + 1, text)
