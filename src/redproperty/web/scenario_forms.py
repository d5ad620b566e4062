"""Changing a what-if: its figures in a form, or the text of its files; two ways to write the same thing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from redproperty.actions.scenarios import NOT_YOURS, Wanted, edition_texts, read_wanted, revise
from redproperty.domain.access import Deed
from redproperty.domain.figures import Figure
from redproperty.domain.money import yuan
from redproperty.domain.texts import Invalid, Refused, Text
from redproperty.store.rules_figures import TRIED, figures, is_number, written
from redproperty.store.rules_yaml import RuleProblem
from redproperty.store.scenarios import Scenario
from redproperty.web.fields import number_of, typed
from redproperty.web.scenarios import opened
from redproperty.web.security import needs
from redproperty.web.views import Ask, View, actor_of, now, problems_by_field, see

SAVED = Text("已保存，结果已按新规则重算。", "Saved; the result is reckoned under the changed rules.")
_AND: Final = Text("{a}；{b}", "{a}; {b}")
NO_NUMBER = Text("“{value}”不是数", "“{value}” is not a number")
FILES: Final = {
    "rating.yaml": Text("评定规则", "Rating"),
    "subsidy.yaml": Text("补贴规则", "Subsidy"),
    "sheet.yaml": Text("评分表", "Score sheet"),
}


@dataclass(frozen=True)
class Field:
    """One figure of the form: what is typed, and what the edition says."""

    figure: Figure
    typed: str
    base: str | None

    @property
    def changed(self) -> bool:
        """Whether it differs from the edition."""
        return self.typed != self.base


@dataclass(frozen=True)
class FieldGroup:
    """The figures under one heading; those of the score sheet are folded away while nothing in them differs."""

    title: Text
    folded: bool
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Wrong:
    """One thing to mend, with the line as it was typed."""

    file: str
    line: int
    column: int
    source: str
    text: Text


@dataclass(frozen=True)
class FiguresForm(View):
    """Title, budget and every figure of a what-if."""

    template: ClassVar[str] = "pages/scenarios/figures.html"
    scenario: Scenario
    version: int
    title: str
    budget: str
    groups: tuple[FieldGroup, ...]
    problems: Mapping[str, Text]
    labels: Mapping[str, Text]
    wrong: tuple[Wrong, ...] = ()
    refusal: Text | None = None


@dataclass(frozen=True)
class TextForm(View):
    """The text of one file of a what-if."""

    template: ClassVar[str] = "pages/scenarios/text.html"
    scenario: Scenario
    version: int
    file: str
    files: Mapping[str, Text]
    content: str
    wrong: tuple[Wrong, ...] = ()
    refusal: Text | None = None


async def _own(ask: Ask, number: str) -> Scenario:
    """Return a what-if of one's own.

    Raises:
        Refused: it is somebody else's.
    """
    found = await opened(ask, number)
    if found.made_by != actor_of(ask).id:
        raise Refused(NOT_YOURS.fill(name=found.made_by_name))
    return found


def _texts(ask: Ask, scenario: Scenario) -> dict[str, str]:
    return {**edition_texts(ask.app.state.settings.rules, scenario.edition), **scenario.texts}


@get("/scenarios/{number:str}/figures", guards=[needs(Deed.MAKE_SCENARIO)])
async def show_figures(request: Ask, number: FromPath[str]) -> Response[str]:
    """Show every figure that can be tried otherwise."""
    return _figures_form(request, await _own(request, number), {}).response(request)


def _figures_form(
    ask: Ask,
    scenario: Scenario,
    given: Mapping[str, str],
    *,
    problems: Mapping[str, Text] | None = None,
    wrong: Sequence[Wrong] = (),
    refusal: Text | None = None,
) -> FiguresForm:
    base = edition_texts(ask.app.state.settings.rules, scenario.edition)
    known = {one.name: one.value for one in figures(base)}
    there = figures(_texts(ask, scenario))
    groups: dict[Text, list[Field]] = {}
    for one in there:
        field = Field(one, given.get(one.name, one.value), known.get(one.name))
        groups.setdefault(one.group, []).append(field)
    return FiguresForm(
        scenario=scenario,
        version=number_of(given, "version") or scenario.version,
        title=given.get("title", scenario.title),
        budget=given.get("budget", "" if scenario.budget_fen is None else yuan(scenario.budget_fen)),
        groups=tuple(_group(title, fields, problems or {}) for title, fields in groups.items()),
        problems=problems or {},
        labels={one.name: one.said for one in there},
        wrong=tuple(wrong),
        refusal=refusal,
    )


def _group(title: Text, fields: Sequence[Field], problems: Mapping[str, Text]) -> FieldGroup:
    quiet = not any(field.changed or field.figure.name in problems for field in fields)
    return FieldGroup(title, quiet and fields[0].figure.file == "sheet.yaml", tuple(fields))


@post("/scenarios/{number:str}/figures", guards=[needs(Deed.MAKE_SCENARIO)])
async def save_figures(request: Ask, number: FromPath[str]) -> Response[Any]:
    """Keep the figures that were typed, or say what is wrong with them."""
    scenario, form = await _own(request, number), await typed(request)
    there = figures(_texts(request, scenario))
    problems: dict[str, Text] = {}
    try:
        wanted = read_wanted(form)
    except Invalid as invalid:
        wanted, problems = Wanted("", None), problems_by_field(invalid.problems)
    problems |= {
        one.name: NO_NUMBER.fill(value=form[one.name])
        for one in there
        if one.name in form and not is_number(form[one.name])
    }
    if problems:
        return _figures_form(request, scenario, form, problems=problems).response(request, status=422)
    texts = written(_texts(request, scenario), there, form)
    try:
        wrong = await _revised(request, scenario, wanted, texts, form)
    except Refused as refused:
        return _figures_form(request, scenario, form, refusal=refused.text).response(request, status=422)
    if not wrong:
        return see(f"/scenarios/{number}", SAVED)
    at, rest = _at_fields(there, form, wrong)
    return _figures_form(request, scenario, form, problems=at, wrong=rest).response(request, status=422)


async def _revised(
    ask: Ask, scenario: Scenario, wanted: Wanted, texts: Mapping[str, str], form: Mapping[str, str]
) -> tuple[Wrong, ...]:
    root, version = ask.app.state.settings.rules, number_of(form, "version") or 0
    problems = await revise(
        actor_of(ask), root, scenario.number, wanted, texts, version=version, at=now(ask)
    )  # fmt: skip
    return tuple(_wrong(one, texts) for one in problems)


def _wrong(problem: RuleProblem, texts: Mapping[str, str]) -> Wrong:
    file = problem.file.rpartition("/")[2]
    lines = texts.get(file, "").splitlines()
    source = lines[problem.line - 1] if problem.line <= len(lines) else ""
    return Wrong(file, problem.line, problem.column, source, problem.text)


def _at_fields(
    there: Sequence[Figure], form: Mapping[str, str], wrong: Sequence[Wrong]
) -> tuple[dict[str, Text], tuple[Wrong, ...]]:
    """Return the problems that stand on the line of a changed figure at its field, and the others."""
    changed = {
        (one.file, place.line): one.name
        for one in there
        if form.get(one.name, one.value) != one.value
        for place in one.places
    }
    at: dict[str, Text] = {}
    rest = []
    for one in wrong:
        name = changed.get((one.file, one.line))
        if name is None:
            rest.append(one)
        else:
            at[name] = one.text if name not in at else _AND.fill(a=at[name], b=one.text)
    return at, tuple(rest)


@get("/scenarios/{number:str}/text/{file:str}", guards=[needs(Deed.MAKE_SCENARIO)])
async def show_text(request: Ask, number: FromPath[str], file: FromPath[str]) -> Response[str]:
    """Show the text of one file."""
    scenario = await _own(request, number)
    content = _texts(request, scenario).get(_known(file), "")
    return TextForm(scenario, scenario.version, file, FILES, content).response(request)


def _known(file: str) -> str:
    if file not in TRIED:
        raise NotFoundException
    return file


@post("/scenarios/{number:str}/text/{file:str}", guards=[needs(Deed.MAKE_SCENARIO)])
async def save_text(request: Ask, number: FromPath[str], file: FromPath[str]) -> Response[Any]:
    """Keep the text of one file, or show everything that is wrong with it beside what was typed."""
    scenario, form = await _own(request, number), await request.form()
    content = str(form.get("content", "")).replace("\r\n", "\n").rstrip() + "\n"
    texts = {**scenario.texts, _known(file): content}
    given = {"version": str(form.get("version", ""))}
    wrong: tuple[Wrong, ...] = ()
    refusal = None
    try:
        wanted = Wanted(scenario.title, scenario.budget_fen)
        wrong = await _revised(request, scenario, wanted, texts, given)
    except Refused as refused:
        refusal = refused.text
    if not wrong and refusal is None:
        return see(f"/scenarios/{number}", SAVED)
    version = number_of(given, "version") or 0
    return TextForm(scenario, version, file, FILES, content, wrong, refusal).response(request, status=422)


ROUTES = (show_figures, save_figures, show_text, save_text)
