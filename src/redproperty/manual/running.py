"""The examples, run: each snippet is read by the loader, checked like an edition and computed by the engine.

Beside facts and figures a row may give `rounds` (the scores of the rounds, or their points by category), `history`
(composites of earlier periods, the latest first), `earlier` (further figures of them by name) and, for an item, its
`answer`: the same words as in a case.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import Any

import msgspec
import polars as pl
import yaml

from redproperty.domain.cases import answer_code
from redproperty.domain.facts import Choice, Fact
from redproperty.domain.faults import Fault
from redproperty.domain.items import Item
from redproperty.domain.money import FEN
from redproperty.domain.numbers import decimal, figure
from redproperty.domain.ratings import REGISTERED, Rating, assess, settle
from redproperty.domain.sheets import Category, Sheet, score
from redproperty.domain.stars import CutOff, Reason, Stars
from redproperty.domain.subsidies import apportion, schedule
from redproperty.domain.subsidy_rules import SubsidyRules
from redproperty.domain.texts import Text
from redproperty.manual.entries import FOLDER, Entry, root
from redproperty.store.rules_structs import Reader, hints_of

Results = Sequence[Mapping[str, Any]]
_NOT_FACTS = {"rounds", "history", "earlier", "answer", "answers", *REGISTERED}
_OF_A_LINE = {
    *("management", "estate_type", "floor_area", "days", "stars", "vetoes", "is_first", "budget", "deduction"),
    *("paid_this_year", "paid_last_period", "custody_cost", "custody_receivable"),
}
_PLAIN_COUNTS = ("stars", "days")  # whole numbers, no millionths


class Unfit(Exception):  # noqa: N818 - said to whoever writes an example
    """The snippet cannot be read, or an edition with it would be refused; the message lists why."""


def outcome(entry: Entry) -> Results:
    """Return for every row of the example what the engine makes of the names in its `gives`.

    Raises:
        Unfit: an edition that held the snippet would be refused.
    """
    return _SECTIONS[entry.section](entry)


def read(text: str, hint: Any, file: str) -> Any:
    """Return a snippet as the type that an edition reads there.

    Raises:
        Unfit: the loader refuses it.
    """
    reader = Reader(file)
    value = reader.read(root(text), hint)
    if reader.problems:
        raise Unfit("\n".join(problem.say("en") for problem in reader.problems))
    return value


@cache
def example_sheet() -> Sheet:
    """Return the sheet of two categories that examples of steps and stages stand on."""
    text = (FOLDER.parent / "example-sheet.yaml").read_text(encoding="utf-8")
    sheet: Sheet = read(text, Sheet, "sheet.yaml")
    return sheet


# --- rating.yaml -----------------------------------------------------------------------------------------------------


def _steps(entry: Entry) -> Results:
    steps = read(entry.yaml, hints_of(Rating)["steps"], "rating.yaml")
    rating = Rating(facts=_declared(entry), steps=steps, stars=_stars())
    _refuse(fault for fault in rating.check(example_sheet()) if fault[0][0] in {"facts", "steps"})
    return _rows(entry, _assessed(entry, rating))


def _facts(entry: Entry) -> Results:
    facts = read(entry.yaml, hints_of(Rating)["facts"], "rating.yaml")
    rating = Rating(facts=facts, steps=(), stars=_stars())
    _refuse(fault for fault in rating.check(example_sheet()) if fault[0][0] == "facts")
    return _rows(entry, _assessed(entry, rating))


def _stages(entry: Entry) -> Results:
    stages = read(entry.yaml, hints_of(Stars)["stages"], "rating.yaml")
    rating = Rating(facts=_declared(entry), steps=(), stars=msgspec.structs.replace(_stars(), stages=stages))
    _refuse(fault for fault in rating.check(example_sheet()))
    return _rows(entry, settle(example_sheet(), rating, _assessed(entry, rating), _history(entry)))


def _whole_stars(entry: Entry) -> Results:
    facts = _declared(entry)
    node = root(entry.yaml)
    own = {key.value for key, _ in node.value}
    node.value += [pair for pair in root("{facts: [], steps: []}").value if pair[0].value not in own]
    rating = msgspec.structs.replace(read(yaml.serialize(node, allow_unicode=True), Rating, "rating.yaml"), facts=facts)
    _refuse(fault for fault in rating.check(example_sheet()))
    return _rows(entry, settle(example_sheet(), rating, _assessed(entry, rating), _history(entry)))


def _assessed(entry: Entry, rating: Rating) -> pl.DataFrame:
    schema: dict[str, Any] = {fact.name: fact.dtype for fact in rating.facts}
    schema |= {name: REGISTERED[name].dtype for row in entry.rows for name in row.given if name in REGISTERED}
    rows = [{name: _held(row.given.get(name)) for name in schema} for row in entry.rows]
    estates = pl.DataFrame(rows, schema=schema).with_columns(estate_id=pl.int_range(len(rows)))
    return assess(example_sheet(), rating, _inspections(entry), estates, history=_history(entry))


def _inspections(entry: Entry) -> pl.DataFrame:
    rows = []
    for estate, row in enumerate(entry.rows):
        for number, held in enumerate(row.given.get("rounds", ()), start=1):
            points = held if isinstance(held, dict) else {"score": held}
            named = {"score" if name == "score" else f"{name}.points": _held(value) for name, value in points.items()}
            rows.append({"estate_id": estate, "round": number, "score": 0, **named})
    sheet = example_sheet()
    marks = [*(category.points_column for category in sheet.categories), *(item.points_column for item in sheet.items)]
    columns = ["estate_id", "round", "score", *marks]
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.Int64))


def _history(entry: Entry) -> pl.DataFrame:
    names = sorted({name for row in entry.rows for name in row.given.get("earlier", {})})
    rows = []
    for estate, row in enumerate(entry.rows):
        past = {"composite": row.given.get("history", [])}
        past |= {f"of.{name}": values for name, values in row.given.get("earlier", {}).items()}
        for back in range(1, max(map(len, past.values())) + 1):
            held = {name: _held(values[back - 1]) for name, values in past.items() if len(values) >= back}
            rows.append({"estate_id": estate, "periods_back": back, **held})
    columns = ("estate_id", "periods_back", "composite", *(f"of.{name}" for name in names))
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.Int64))


def _stars() -> Stars:
    """Return the section that examples of stages stand in: from 90 five stars, one star less for every ten."""
    ends = [(5, "90", None), (4, "80", "90"), (3, "70", "80"), (2, "60", "70"), (1, "50", "60"), (0, None, "50")]
    cutoffs = tuple(
        CutOff(star=Decimal(star), at_least=Decimal(low) if low else None, below=Decimal(high) if high else None)
        for star, low, high in ends
    )
    example = Text("示例", "Example")
    absent = read("{figure: composite, missing: true}", hints_of(Reason)["when"], "rating.yaml")
    reasons = (Reason(code="N1", title=example, basis=example, when=absent),)
    return Stars(figure="composite", not_rated=reasons, cutoffs=cutoffs, stages=(), valid_months=12)


def _declared(entry: Entry) -> tuple[Fact, ...]:
    """Return the names that the rows give, declared as facts of the kind that their values show."""
    names = dict.fromkeys(name for row in entry.rows for name in row.given if name not in _NOT_FACTS)
    return tuple(_fact(name, [row.given.get(name) for row in entry.rows]) for name in names)


def _fact(name: str, values: Sequence[Any]) -> Fact:
    some = [value for value in values if value is not None]
    title = Text(name, name)
    if some and isinstance(some[0], bool):
        return Fact(name=name, title=title, kind="flag", source="file", perfect=False)
    if some and isinstance(some[0], str):
        codes = tuple(Choice(code=code, title=Text(code, code)) for code in dict.fromkeys(some))
        return Fact(name=name, title=title, kind="choice", source="file", choices=codes, perfect=some[0])
    return Fact(name=name, title=title, kind="number", source="file", perfect=Decimal(0))


# --- sheet.yaml ------------------------------------------------------------------------------------------------------


def _items(entry: Entry) -> Results:
    (item,) = read(entry.yaml, tuple[Item, ...], "sheet.yaml")
    title, code = Text("示例", "Example"), item.code.split("-")[0]
    severities = msgspec.structs.replace(example_sheet().severities[0], code=item.severity)
    category = Category(code=code, title=title, full=item.full, items=(item,))
    sheet = Sheet(total=item.full, severities=(severities,), categories=(category,))
    _refuse(sheet.check())
    facts = _declared(entry)
    rows = [
        {item.code: _answer(item, row.given.get("answer")), **{f.name: _held(row.given.get(f.name)) for f in facts}}
        for row in entry.rows
    ]
    for row in rows:
        if row[item.code] is not None and (refusal := item.refusal(row[item.code])) is not None:
            raise Unfit(refusal.en)
    schema: dict[str, Any] = {item.code: pl.Int64, **{fact.name: fact.dtype for fact in facts}}
    scored = score(sheet, pl.DataFrame(rows, schema=schema))
    return _rows(entry, scored.rename({item.points_column: "points"}))


def _sheet(entry: Entry) -> Results:
    vetoes = read(entry.yaml, hints_of(Sheet)["vetoes"], "sheet.yaml")
    sheet = msgspec.structs.replace(example_sheet(), vetoes=vetoes)
    _refuse(sheet.check())
    facts = _declared(entry)
    rows = [
        {code: _answer(sheet.by_code[code], row.given.get("answers", {}).get(code, Decimal(0))) for code in sheet.codes}
        | {fact.name: _held(row.given.get(fact.name)) for fact in facts}
        for row in entry.rows
    ]
    schema: dict[str, Any] = dict.fromkeys(sheet.codes, pl.Int64) | {fact.name: fact.dtype for fact in facts}
    return _rows(entry, score(sheet, pl.DataFrame(rows, schema=schema)))


def _answer(item: Item, answer: Any) -> int | None:
    if answer is None:
        return None
    return answer_code(item, tuple(answer) if isinstance(answer, list) else answer)


# --- subsidy.yaml ----------------------------------------------------------------------------------------------------


def _subsidy(entry: Entry) -> Results:
    """Read the snippet as a part of a subsidy that pays one yuan a square metre and month, and pay the rows."""
    rules: SubsidyRules = read(_completed(entry.yaml), SubsidyRules, "subsidy.yaml")
    _refuse(rules.check())
    lines = pl.DataFrame([_line(number, row.given) for number, row in enumerate(entry.rows, start=1)])
    budget = next((row.given["budget"] for row in entry.rows if "budget" in row.given), None)
    fen = None if budget is None else int(budget * FEN)
    due = schedule(rules, lines, days_in_period=90, budget_fen=fen)
    paid = apportion(rules, due, budget_fen=10**15 if fen is None else fen)
    names = {name.removesuffix("_fen"): name for name in paid.columns if name.endswith("_fen")}
    return [
        {name: _yuan(row[names[name]]) if name in names else _told(name, row[name]) for name in wanted.gives}
        for wanted, row in zip(entry.rows, paid.sort("estate_code").iter_rows(named=True), strict=True)
    ]


def _completed(text: str) -> str:
    base = root((FOLDER.parent / "example-subsidy.yaml").read_text(encoding="utf-8"))
    node = root(text)
    own = {key.value for key, _ in node.value}
    instead = {"rates", "star_coefficients"} if "amount" in own else set()
    node.value += [pair for pair in base.value if pair[0].value not in own | instead]
    return str(yaml.serialize(node, allow_unicode=True))


def _line(number: int, given: Mapping[str, Any]) -> dict[str, Any]:
    def fen(name: str) -> int | None:
        return int(given[name] * FEN) if given.get(name) is not None else None

    stars = given.get("stars", Decimal(3))
    return {
        "estate_id": number,
        "estate_code": f"{number:04}",
        "tenure_id": number,
        "management": given.get("management", "market"),
        "estate_type": given.get("estate_type", "old"),
        "floor_area": int(given.get("floor_area", Decimal(100)) * 100),
        "days": int(given.get("days", Decimal(90))),
        "stars": None if stars is None else int(stars),
        "vetoes": given.get("vetoes", []),
        "is_first": given.get("is_first", False),
        "paid_this_year_fen": fen("paid_this_year"),
        "paid_last_period_fen": fen("paid_last_period"),
        "custody_cost_fen": fen("custody_cost"),
        "custody_receivable_fen": fen("custody_receivable"),
        "deduction_fen": fen("deduction"),
        **{name: _held(value) for name, value in given.items() if name not in _OF_A_LINE},
    }


def _yuan(fen: int | None) -> Decimal | None:
    return None if fen is None else Decimal(fen) / FEN


# --- all -------------------------------------------------------------------------------------------------------------


def _refuse(faults: Iterator[Fault]) -> None:
    found = [f"{'.'.join(str(key) for key in path)}: {text.en}" for path, text in faults]
    if found:
        raise Unfit("\n".join(found))


def _held(value: Any) -> Any:
    if isinstance(value, list):
        return [_held(part) for part in value]
    return figure(value) if isinstance(value, Decimal) else value


def _rows(entry: Entry, frame: pl.DataFrame) -> Results:
    return [
        {name: _told(name, row[name]) for name in wanted.gives}
        for wanted, row in zip(entry.rows, frame.iter_rows(named=True), strict=True)
    ]


def _told(name: str, value: Any) -> Any:
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, list):
        return [_told(name, part) for part in value]
    return Decimal(value) if name in _PLAIN_COUNTS else decimal(value)


_SECTIONS: Mapping[str, Callable[[Entry], Results]] = {
    "facts": _facts,
    "items": _items,
    "sheet": _sheet,
    "steps": _steps,
    "extras": _steps,
    "conditions": _steps,
    "recipes": _steps,
    "stars": _whole_stars,
    "stages": _stages,
    "subsidy": _subsidy,
}
