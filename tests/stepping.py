"""Steps as an edition writes them, run over columns as people write them: `12.5`, `true`, `gold`, `–` for missing."""

from decimal import Decimal

import polars as pl
import yaml

from rated import the_pack
from redproperty.domain.facts import Fact
from redproperty.domain.numbers import figure, plain
from redproperty.domain.ratings import Rating
from redproperty.domain.steps.vocabulary import AnyStep
from redproperty.domain.texts import Text
from redproperty.store.rules_structs import Reader

NONE = "–"
PACK = the_pack()


def steps(text: str) -> tuple[AnyStep, ...]:
    """Return the steps of a YAML list, read by the loader; `name` (x0, x1 …) and `title` may be left out."""
    node = yaml.compose(text)
    for number, written in enumerate(node.value):
        there = {key.value for key, _ in written.value}
        extra = {"name": f"x{number}", "title": "{zh: 示例, en: Example}"}
        added = yaml.compose(
            ", ".join(f"{key}: {value}" for key, value in extra.items() if key not in there).join("{}")
        )
        written.value += added.value
    reader = Reader("rating.yaml")
    read = reader.read(node, tuple[AnyStep, ...])
    assert not reader.problems, [problem.text for problem in reader.problems]
    return read


def frame(**columns) -> pl.DataFrame:
    """Return columns of numbers (as decimals in strings or whole), flags and names."""
    made = {}
    for name, values in columns.items():
        numbers = [None if v in {NONE, None} else v for v in values]
        words = all(isinstance(v, str) and not _number(v) for v in numbers if v is not None)
        if any(isinstance(v, bool) for v in numbers):
            made[name] = pl.Series(name, numbers, pl.Boolean)
        elif words and any(v is not None for v in numbers):
            made[name] = pl.Series(name, numbers, pl.String)
        else:
            made[name] = pl.Series(name, [None if v is None else figure(str(v)) for v in numbers], pl.Int64)
    return pl.DataFrame(made)


def _number(text: str) -> bool:
    return text.lstrip("-").replace(".", "", 1).isdigit()


def run(text: str, **columns) -> pl.DataFrame:
    """Return the columns after all steps."""
    known = frame(**columns)
    for step in steps(text):
        known = step.apply(known, PACK.sheet)
    return known


def shown(table: pl.DataFrame, name: str) -> list:
    """Return a column as people write it: figures in plain digits."""
    return [plain(v) if type(v) is int else NONE if v is None else v for v in table[name].to_list()]


def last(text: str, **columns) -> list:
    """Return what the last step gives, as people write it."""
    return shown(run(text, **columns), steps(text)[-1].name)


def said(text: str) -> tuple[str, str]:
    """Return the sentence of the last step in both languages."""
    sentence = steps(text)[-1].say({})
    return sentence.zh, sentence.en


def faults(text: str, **kinds: str) -> list[str]:
    """Return what is refused, in English, in a rating of these steps.

    Its facts are those of the default edition, or `kinds` by name: number or flag.
    """
    perfect = {"number": Decimal(0), "flag": False}
    facts = tuple(
        Fact(name=name, title=Text(name, name), kind=kind, source="file", perfect=perfect[kind])
        for name, kind in kinds.items()
    )
    rating = Rating(facts=facts or PACK.rating.facts, steps=steps(text), stars=PACK.rating.stars)
    found = [(path, fault.en) for path, fault in rating.check(PACK.sheet) if path[0] == "steps"]
    return [f"{'.'.join(str(key) for key in path[1:])}: {text}" for path, text in found]
