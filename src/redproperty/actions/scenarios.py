"""What-ifs: copy an edition, change it, see what it would do. Nothing that holds is ever read from here or changed."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import polars as pl

from redproperty.actions.acting import acting
from redproperty.actions.ratings import gathered
from redproperty.actions.subsidies import with_earlier_lines, with_last_period
from redproperty.domain.access import Actor, Deed
from redproperty.domain.cases import Outcome, run_cases
from redproperty.domain.figures import Figure, FigureChange, changed
from redproperty.domain.money import parse_yuan
from redproperty.domain.packs import Pack
from redproperty.domain.periods import Period
from redproperty.domain.runs import Inputs, results
from redproperty.domain.texts import Invalid, Problem, Refused, Text
from redproperty.domain.whatif import Comparison, compare, outcome, unfit
from redproperty.store import frames, ratings, rules, scenarios
from redproperty.store.rules_cases import load_cases
from redproperty.store.rules_figures import TRIED, figures
from redproperty.store.rules_yaml import RuleProblem
from redproperty.store.scenarios import Head, Scenario

LONGEST: Final = 80
NO_TITLE = Text("请填写名称", "a title is needed")
TOO_LONG = Text("最多 80 个字", "80 characters at most")
NO_PERIOD = Text("请选择有已复核检查的考核期", "choose a period with accepted inspections")
NO_EDITION = Text("请选择规则版本", "choose an edition of the rules")
NO_SCENARIO = Text("没有这个测算", "There is no such what-if")
NOT_YOURS = Text(
    "这个测算由{name}编制，只有本人能改。请先复制一份，再改自己的。",
    "This what-if is {name}'s; only they can change it. Copy it and change your own.",
)
CHANGED_MEANWHILE = Text(
    "您打开之后这个测算已在别处改过，这次没有保存。所填内容都还在下面；请在新窗口打开测算核对后再保存。",
    "This what-if has been changed elsewhere since you opened it; nothing was saved. What you typed is still below; "
    "open the what-if in a new window, compare, then save.",
)
NOTHING_SCORED = Text(
    "{period}没有已复核的检查，不能测算。请先完成检查和复核。",
    "{period} has no accepted inspection to try rules on. Inspect and review first.",
)
EDITION_GONE = Text(
    "规则版本 {edition} 已不在，不能测算。请恢复该版本。", "Edition {edition} of the rules is gone. Restore it first."
)
NOW_BROKEN = Text(
    "测算的规则与版本 {edition} 现在的文件合不起来，有 {n} 处问题。请打开修改页查看。",
    "The rules of this what-if no longer fit edition {edition} as it is now: {n} problems. Open it to see them.",
)


@dataclass(frozen=True)
class Wanted:
    """What was typed about a what-if itself."""

    title: str
    budget_fen: int | None


@dataclass(frozen=True)
class Ground:
    """What what-ifs of a period stand on: what was read of the record, and what the edition that holds makes of it.

    `published` are the codes of the published awards by estate, where there are any.
    """

    period: Period
    pack: Pack
    given: Inputs
    managed: pl.DataFrame
    rows: pl.DataFrame
    published: Mapping[int, str] | None


@dataclass(frozen=True)
class Measured:
    """What a what-if gives: both sides, under which rules, and how the present record stands to what was published.

    `published` are the codes of the published awards of the period by estate, where there are any; `edition_changed`
    is whether the copied edition has changed since. `failing` are the cases of the copied edition that would not hold
    under the rules tried, of `cases` in all: for information, a what-if need not fit them.
    """

    comparison: Comparison
    before: Pack
    after: Pack
    published: Mapping[int, str] | None
    edition_changed: bool
    cases: int = 0
    failing: tuple[Outcome, ...] = ()


def read_wanted(form: Mapping[str, str]) -> Wanted:
    """Return title and budget that were typed.

    Raises:
        Invalid: everything that is wrong with them, at once.
    """
    title, typed = form.get("title", "").strip(), form.get("budget", "").strip()
    fen = parse_yuan(typed) if typed else None
    problems = []
    if not title or len(title) > LONGEST:
        problems.append(Problem("title", TOO_LONG if title else NO_TITLE))
    if isinstance(fen, Text):
        problems.append(Problem("budget", fen))
    if problems or isinstance(fen, Text):
        raise Invalid(*problems)
    return Wanted(title, fen)


async def periods() -> list[Period]:
    """Return the periods that rules can be tried on, the latest first."""
    found = [Period.parse(code) for code in await ratings.periods()]
    return [period for period in found if await ratings.editions_of(period) or await ratings.runs(period.code)]


async def create(actor: Actor, packs: Sequence[Pack], form: Mapping[str, str], *, at: datetime) -> str:
    """Copy an edition for a period and return the number of the what-if.

    Raises:
        Refused: not allowed.
        Invalid: everything that is wrong with the form, at once.
    """
    known = {period.code for period in await periods()}
    problems = [] if form.get("period") in known else [Problem("period", NO_PERIOD)]
    pack = next((pack for pack in packs if pack.edition == form.get("edition")), None)
    if pack is None:
        problems.append(Problem("edition", NO_EDITION))
    try:
        wanted = read_wanted(form)
    except Invalid as invalid:
        raise Invalid(*problems, *invalid.problems) from None
    if problems or pack is None:
        raise Invalid(*problems)
    head = Head(wanted.title, form["period"], pack.edition, wanted.budget_fen)
    async with acting(actor, Deed.MAKE_SCENARIO, f"period:{head.period}", at=at) as details:
        number = await scenarios.add(head, pack.digest, {}, by=actor.id, at=at)
        details |= {"change": "created", "number": number, "title": head.title, "edition": pack.edition}
    return number


async def copy(actor: Actor, number: str, *, at: datetime) -> str:
    """Copy a what-if, as its copier's own, and return the number of the copy.

    Raises:
        Refused: not allowed, or there is no such what-if.
    """
    was = await _found(number)
    async with acting(actor, Deed.MAKE_SCENARIO, f"scenario:{number}", at=at) as details:
        head = Head(was.title, was.period, was.edition, was.budget_fen)
        new = await scenarios.add(head, was.digest, was.texts, by=actor.id, at=at)
        details |= {"change": "copied", "number": new}
    return new


async def revise(
    actor: Actor, root: Path, number: str, wanted: Wanted, texts: Mapping[str, str], *, version: int, at: datetime
) -> tuple[RuleProblem, ...]:
    """Keep another title, budget and texts of one's own what-if; return what is wrong with them, which keeps nothing.

    `texts` are whole files by name; those like the edition's own are not kept. `version` is the one that was opened.

    Raises:
        Refused: not allowed, not one's own, or changed elsewhere meanwhile.
    """
    was = await _found(number)
    files = edition_texts(root, was.edition)
    changes = {name: text for name, text in texts.items() if name in TRIED and text != files.get(name)}
    loaded = await asyncio.to_thread(tried, was.edition, files, changes)
    if not isinstance(loaded, Pack):
        return loaded
    async with acting(actor, Deed.MAKE_SCENARIO, f"scenario:{number}", at=at) as details:
        was = await _own(actor, number)
        if was.version != version:
            raise Refused(CHANGED_MEANWHILE)
        await scenarios.revise(was, title=wanted.title, budget_fen=wanted.budget_fen, texts=changes, at=at)
        details |= {"change": "rules", "title": wanted.title, "budget_fen": wanted.budget_fen}
        details |= {"digest": loaded.digest, "items": sorted(changes)}
    return ()


async def shelve(actor: Actor, number: str, *, archived: bool, at: datetime) -> None:
    """Put one's own what-if into the archive, or take it out; its address stays.

    Raises:
        Refused: not allowed, or not one's own.
    """
    async with acting(actor, Deed.MAKE_SCENARIO, f"scenario:{number}", at=at) as details:
        await _own(actor, number)
        await scenarios.shelve(number, archived=archived)
        details["change"] = "archived" if archived else "restored"


async def _found(number: str) -> Scenario:
    found = await scenarios.scenario(number)
    if found is None:
        raise Refused(NO_SCENARIO)
    return found


async def _own(actor: Actor, number: str) -> Scenario:
    found = await _found(number)
    if found.made_by != actor.id:
        raise Refused(NOT_YOURS.fill(name=found.made_by_name))
    return found


def edition_texts(root: Path, edition: str) -> dict[str, str]:
    """Return the rule files of an edition as text, by name.

    Raises:
        Refused: there is no such edition, or it is not UTF-8.
    """
    try:
        texts = {name: raw.decode("utf-8-sig") for name, raw in rules.rule_files(root / edition).items()}
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(EDITION_GONE.fill(edition=edition)) from error
    if not texts:
        raise Refused(EDITION_GONE.fill(edition=edition))
    return texts


def tried(edition: str, files: Mapping[str, str], changes: Mapping[str, str]) -> Pack | tuple[RuleProblem, ...]:
    """Return the edition with some files changed, or everything that is wrong with it."""
    whole = {name: text.encode() for name, text in {**files, **changes}.items()}
    return rules.read_edition(edition, whole)


def figure_changes(root: Path, scenario: Scenario) -> tuple[FigureChange, ...]:
    """Return the figures that a what-if changes, with what they were."""
    files = edition_texts(root, scenario.edition)
    return changed(figures(files), figures({**files, **scenario.texts}))


def figures_of(root: Path, scenario: Scenario) -> tuple[Figure, ...]:
    """Return the figures of a what-if as they stand."""
    return figures({**edition_texts(root, scenario.edition), **scenario.texts})


async def ground(pack: Pack, period: Period) -> Ground:
    """Return what every what-if of a period stands on: the record of this moment, rated under `pack`, which holds.

    Inspections not reviewed yet are left out.

    Raises:
        Refused: nothing was scored.
    """
    given = await gathered(pack, period)
    if given["inspections"].height == 0 and pack.sheet.categories:
        raise Refused(NOTHING_SCORED.fill(period=period.title))
    managed = await with_last_period(await frames.managed_frame(period), period)
    run = await ratings.published(period.code)
    return Ground(
        period=period,
        pack=pack,
        given=given,
        managed=managed,
        rows=await asyncio.to_thread(results, pack, **given),
        published=None if run is None else await ratings.awards_in(run.id),
    )


async def measured(root: Path, stands_on: Ground, scenario: Scenario) -> Measured:
    """Rate and pay the period under the rules tried, and set them beside those that hold; nothing is written.

    Raises:
        Refused: the edition copied is gone, or the rules tried do not fit what was asked.
    """
    files = edition_texts(root, scenario.edition)
    after = await asyncio.to_thread(tried, scenario.edition, files, scenario.texts)
    if not isinstance(after, Pack):
        raise Refused(NOW_BROKEN.fill(edition=scenario.edition, n=len(after)))
    strange = next((why for _, why in unfit(stands_on.pack.sheet, after.sheet)), None)
    if strange is not None:
        raise Refused(strange)
    comparison = await _both(stands_on, after, scenario.budget_fen)
    folder = root / scenario.edition
    outcomes = await asyncio.to_thread(_outcomes, folder, after) if scenario.texts else ()
    return Measured(
        comparison=comparison,
        before=stands_on.pack,
        after=after,
        published=stands_on.published,
        edition_changed=rules.digest(root / scenario.edition) != scenario.digest,
        cases=len(outcomes),
        failing=tuple(one for one in outcomes if one.failures),
    )


def _outcomes(folder: Path, after: Pack) -> tuple[Outcome, ...]:
    """Return what becomes of the edition's own cases under the rules tried."""
    return run_cases(after, load_cases(folder).cases)


async def _both(stands_on: Ground, after: Pack, budget_fen: int | None) -> Comparison:
    before = stands_on.pack
    given = stands_on.given
    if _reads(before) != _reads(after):
        given = await gathered(after, stands_on.period, scored_under=before)

    paid = [await _stints(stands_on, pack) for pack in (before, after)]

    def sides() -> Comparison:
        rated = ((before, stands_on.rows), (after, results(after, **given)))
        days = stands_on.period.days
        first, second = (
            outcome(pack, rows, managed, days=days, budget_fen=budget_fen)
            for (pack, rows), managed in zip(rated, paid, strict=True)
        )
        return compare(first, second)

    return await asyncio.to_thread(sides)


async def _stints(stands_on: Ground, pack: Pack) -> pl.DataFrame:
    if pack.subsidy is None:
        return stands_on.managed
    return await with_earlier_lines(stands_on.managed, stands_on.period, pack.subsidy)


def _reads(pack: Pack) -> tuple[object, ...]:
    """Return what a pack asks of the record beside the sheets."""
    rating = pack.rating
    return rating.facts, rating.recalls(), rating.period_figures()
