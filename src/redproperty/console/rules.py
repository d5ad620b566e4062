"""The rules at the console: are they sound, do their cases hold, what do they say."""

import argparse
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from redproperty.console.record import DONE, NOT_DONE, packs
from redproperty.domain.faults import suggest
from redproperty.domain.texts import Lang, Refused, Text
from redproperty.settings import from_environment

if TYPE_CHECKING:
    from redproperty.domain.cases import Outcome
    from redproperty.domain.packs import Pack
    from redproperty.store.rules import Edition
    from redproperty.store.rules_yaml import RuleProblem


def check(options: argparse.Namespace, lang: Lang) -> int:
    """Print every problem of every edition, which editions hold, and what is still to be looked at in drafts."""
    named = _named(options)
    for one in named:
        for problem in one.problems:
            print(f"{problem.say(lang)}{_page(problem, lang)}", file=sys.stderr)
        for line in (line for outcome in one.misread for line in _failed(one, outcome, lang)):
            print(line, file=sys.stderr)
    for one in named:
        if one.pack is not None and not one.problems:
            print(f"{one.name}  {one.pack.about.title.say(lang)}  {one.pack.digest[:12]}")
            notes = [doubt.say(lang) for doubt in one.doubts] + [unused.say(lang) for unused in _unused(one.pack)]
            for note in notes:
                print(f"    {note}")
    return DONE if _some(named, options) and not any(one.problems or one.misread for one in named) else NOT_DONE


def _unused(pack: "Pack") -> Iterator[Text]:
    """Yield the facts that somebody would record for nothing."""
    for fact in pack.unused_facts():
        text = Text("事实“{n}”（{t}）没有规则用到", "nothing uses the fact “{n}” ({t})")
        yield text.fill(n=fact.name, t=fact.title)


def test(options: argparse.Namespace, lang: Lang) -> int:
    """Run the cases of every edition; print what differs and what no case touches."""
    named = _named(options)
    for one in named:
        for line in _faults(one, lang):
            print(line, file=sys.stderr)
        if one.pack is None:
            text = Text("{edition}：读不进来，没有运行案例", "{edition}: it cannot be read, no case was run")
            print(text.fill(edition=one.name).say(lang))
            continue
        text = Text(
            "{edition}：{n} 个案例，{bad} 个不符；没有案例的代码：{bare}",
            "{edition}: {n} cases, {bad} of them fail; codes without a case: {bare}",
        )
        bare = ", ".join(one.untouched) or "—"
        counts = {"n": len(one.outcomes), "bad": len(one.failing)}
        print(text.fill(edition=one.name, bare=bare, **counts).say(lang))
    held = all(one.why_not is None and (one.draft or not one.untouched) for one in named)
    return DONE if _some(named, options) and held else NOT_DONE


def _page(problem: "RuleProblem", lang: Lang) -> str:
    """Return the command that prints the page of the manual on what is wrong; nothing where there is none."""
    from redproperty.manual.links import page_for

    page = page_for(problem, lang)
    return f" → redproperty rules manual {page}" if page else ""


def _named(options: argparse.Namespace) -> "list[Edition]":
    """Return the editions asked for: of the folder named, or of the installation.

    Raises:
        Refused: there is no such folder, or no edition in it.
    """
    from redproperty.store.rules import editions, editions_at

    found = editions(from_environment().rules) if options.folder is None else editions_at(options.folder)
    return [one for one in found.all if options.edition in {None, one.name}]


def _faults(edition: "Edition", lang: Lang) -> Iterator[str]:
    """Yield what keeps an edition from being used: problems of its files, then what its cases found."""
    yield from (f"{problem.say(lang)}{_page(problem, lang)}" for problem in edition.problems)
    for outcome in edition.failing:
        yield from _failed(edition, outcome, lang)


def _failed(edition: "Edition", outcome: "Outcome", lang: Lang) -> Iterator[str]:
    for failure in outcome.failures:
        yield f"{edition.name} · {outcome.case.name}: {failure.say(lang)}"
        yield from (f"    {one.say(lang)}" for one in getattr(failure, "why", ()))


def _some(named: "list[Edition]", options: argparse.Namespace) -> bool:
    """Whether there is an edition at all.

    Raises:
        Refused: the one that was asked for is not there.
    """
    if not named and options.edition:
        raise Refused(Text("没有规则版本 {name}", "There is no edition {name}").fill(name=options.edition))
    return bool(named)


def explain(options: argparse.Namespace, lang: Lang) -> int:
    """Print the rules of an edition in sentences, or everything about one code."""
    from redproperty.domain.provisions import provisions

    found = packs(from_environment())
    named = [pack for pack in found if pack.edition == options.edition]
    wanted = named if options.edition else [pack for pack in found if pack.about.status == "in_force"] or found
    pack = wanted[-1] if wanted else None
    if pack is None:
        raise Refused(Text("没有规则版本 {name}", "There is no edition {name}").fill(name=options.edition))
    said = list(provisions(pack))
    if options.code is None:
        for one in said:
            print(f"{one.code:<14} {one.title.say(lang)}{'：' if lang == 'zh' else ': '}{one.sentence.say(lang)}")
        return DONE
    asked = [one for one in said if one.code.casefold() == options.code.casefold()]
    if any(pack.edition == options.code for pack in found):
        text = Text("规则版本写在 --edition 后面：--edition {name}", "An edition is named by --edition {name}")
        raise Refused(text.fill(name=options.code))
    if not asked:
        none = Text("没有代码“{code}”", "There is no code “{code}”").fill(code=options.code)
        raise Refused(suggest(none, options.code.upper(), [one.code for one in said if one.code]))
    for one in asked:
        lines = [f"{one.code}  {one.title.say(lang)}", one.sentence.say(lang), *_about_item(pack, one.code, lang)]
        basis = Text("依据：{basis}", "Basis: {basis}").fill(basis=one.basis) if one.basis else None
        print("\n".join([*lines, *([basis.say(lang)] if basis else [])]))
    return DONE


def _about_item(pack: "Pack", code: str, lang: Lang) -> Iterator[str]:
    """Yield how an item is looked at, its severity and the days to cure; nothing for other codes."""
    item = pack.sheet.by_code.get(code)
    if item is None:
        return
    about = Text(
        "满分 {full} 分；{severity}{days}\n怎样检查：{how}\n常见原因：{reasons}",
        "Full mark {full}; {severity}{days}\nHow to look: {how}\nCommon reasons: {reasons}",
    )
    reasons = Text("、".join(one.zh for one in item.reasons), ", ".join(one.en for one in item.reasons))
    severity = pack.sheet.severity_of(item).title
    days = (
        Text("；限 {n} 日整改", "; {n} days to cure").fill(n=item.days_to_cure) if item.days_to_cure else Text("", "")
    )
    yield about.fill(full=item.full, severity=severity, days=days, how=item.how_to_look, reasons=reasons).say(lang)
