"""Which page of the manual explains what is wrong at one place of an edition."""

from collections.abc import Iterator, Mapping
from typing import Final

from redproperty.domain.conditions import Condition
from redproperty.domain.facts import Fact
from redproperty.domain.texts import Lang
from redproperty.manual.pages import page, path_of
from redproperty.store.rules_yaml import RuleProblem

_CHAPTERS: Final[Mapping[str, str]] = {"pack": "edition", "tests": "cases"}
_OF_MANY: Final = {Fact: "facts/number", Condition: "conditions/fact"}  # shapes that several pages explain


def page_for(problem: RuleProblem, lang: Lang) -> str | None:
    """Return the path of the page on the innermost shape that has one, else of the chapter on the file."""
    return next((path for path in _candidates(problem) if page(path, lang) is not None), None)


def _candidates(problem: RuleProblem) -> Iterator[str]:
    for shape in problem.shapes:
        path = _OF_MANY.get(shape) or path_of(shape)
        if path is not None:
            yield path
    _, *parts = problem.file.split("/")
    first = parts[0].removesuffix(".yaml") if parts else ""
    yield _CHAPTERS.get(first, first)
