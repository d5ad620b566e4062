"""Pages of subsidies: the runs, one run with its lines and what can be done with it, and the files of both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

import msgspec
import polars as pl
from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from redproperty.actions.exporting import record_export
from redproperty.actions.subsidies import (
    ONLY_OF,
    STATES,
    approval_refusal,
    approve,
    compare,
    drafted_under,
    head_of,
    payers_of,
    rules_of,
    sheet_of,
    void,
    void_refusal,
)
from redproperty.domain.access import Actor, Deed, Role, Scope, allowed, reads_accounts, scope
from redproperty.domain.numbers import UNIT, shown
from redproperty.domain.periods import Period
from redproperty.domain.texts import Invalid, Refused, Text
from redproperty.exports.delimited import csv
from redproperty.exports.disbursements import SEEN, lines_as_seen
from redproperty.exports.workbooks import xlsx
from redproperty.settings import ZONE
from redproperty.store import audit, companies, divisions, ratings, subsidies
from redproperty.store.audit import Entry
from redproperty.store.subsidies import APPROVED, DRAFT, VOID, Run, Sums
from redproperty.web.editions import packs
from redproperty.web.files import CSV, XLSX, FileKind, file
from redproperty.web.lists import Filter, address
from redproperty.web.pictures import Share, share
from redproperty.web.security import needs
from redproperty.web.subsidy_lines import (
    SORTS,
    Estate,
    Line,
    Query,
    StreetSums,
    by_street,
    changes,
    estates_of,
    filters,
    filters_told,
    lines_of,
    narrowed,
    query_of,
    sorting,
    sums_of,
    zero_reasons,
)
from redproperty.web.subsidy_lines import Sums as LineSums
from redproperty.web.views import Ask, View, actor_of, language, now, problems_by_field, see

TONES: Final = {DRAFT: "warn", APPROVED: "good", VOID: "bad"}
APPROVED_NOW = Text("{number} 已批准。", "{number} is approved.")
VOIDED = Text("{number} 已作废；可以据此编制更正批次。", "{number} is void; a run that corrects it can be drafted.")
WAITS = Text("等财务审核批准", "waits for the finance checker")
WAITS_FOR_YOU = Text("等您批准", "waits for you")
NAME = Text("{number} {title}", "{number} {title}")
LINES, SHEET = Text("补贴明细", "lines"), Text("补贴发放汇总表", "disbursement sheet")
_FROZEN = Text("冻结数据", "Data frozen")
_DRAFTED = Text("编制 {who} {at}", "Drafted {who} {at}")
_DECIDED = {
    APPROVED: Text("批准 {who} {at}", "Approved {who} {at}"),
    VOID: Text("作废 {who} {at}", "Void {who} {at}"),
}
_TO_APPROVE = Text("批准", "Approval")
_HEADS: Final[Mapping[str, Text]] = {column.name: column.title for column in SEEN}
_SORTED_BY: Final = {
    "estate_name": "estate", "company_name": "company", "stars": "stars", "floor_area": "area", "days": "days",
    "due_fen": "due", "paid_fen": "paid",
}  # fmt: skip


@dataclass(frozen=True)
class RunRow:
    """One run of the list with the sums of the lines that this person may see."""

    run: Run
    sums: Sums
    period: Period
    state: Text
    steps: tuple[tuple[Text, str], ...]
    waits: Text | None
    whole: bool


@dataclass(frozen=True)
class RunList(View):
    """The runs in scope, and the periods that wait for one."""

    template: ClassVar[str] = "pages/subsidies/list.html"
    rows: tuple[RunRow, ...]
    waiting: tuple[Period, ...]
    drafts: int
    may_draft: bool


@dataclass(frozen=True)
class OwnRun:
    """What one approved run pays a company."""

    run: Run
    period: Period
    estates: tuple[Estate, ...]
    sums: LineSums


@dataclass(frozen=True)
class OwnMoney(View):
    """What a company has been paid, by period, with the formula of every line."""

    template: ClassVar[str] = "pages/subsidies/company.html"
    runs: tuple[OwnRun, ...]
    paid: int


@dataclass(frozen=True)
class Bar:
    """One amount of the picture budget against due."""

    name: str
    fen: int
    share: Share
    title: Text | None = None  # of a payer whom only the edition names


@dataclass(frozen=True)
class Heading:
    """One heading of the table of lines; `name` is what the address sorts by, `href` does, where it sorts at all."""

    title: Text
    name: str
    href: str


@dataclass(frozen=True)
class RunPage(View):
    """One run: where it stands, what can be done, its sums and its lines as the address narrows them."""

    template: ClassVar[str] = "pages/subsidies/run.html"
    run: Run
    period: Period
    state: Text
    tone: str
    steps: tuple[tuple[Text, str], ...]
    whole: bool
    company: bool
    every: LineSums
    seen: LineSums
    ratio: str
    scaled: bool
    bars: tuple[Bar, ...]
    before: int | None
    difference: str
    moved: int
    streets: tuple[StreetSums, ...]
    reasons: tuple[tuple[Text, int], ...]
    estates: tuple[Estate, ...]
    heads: Mapping[str, Heading]
    filters: tuple[Filter, ...]
    sorting: Filter
    query: Query
    files: Mapping[str, str]
    corrected: str
    corrected_by: tuple[str, ...]
    formulas: bool
    stars_corrected: bool
    approval: Text | None  # why this person cannot approve
    voiding: Text | None  # why this person cannot make it void
    asks_approval: bool
    may_void: bool
    may_draft: bool
    reason: str = ""
    problems: Mapping[str, Text] = field(default_factory=dict)
    refusal: Text | None = None


def steps_of(run: Run, approval: Entry | None = None) -> tuple[tuple[Text, str], ...]:
    """Return the states of a run with who and when; `approval` is that of a run which was made void later."""
    drafted = _DRAFTED.fill(who=run.prepared_by_name, at=_day(run.prepared_at))
    if run.state == DRAFT:
        return (_FROZEN, "done"), (drafted, "done"), (_TO_APPROVE, "now")
    decided = _DECIDED[run.state].fill(who=run.decided_by_name, at=_day(run.decided_at))
    last = (decided, "done" if run.state == APPROVED else "now")
    if approval is None:
        return (_FROZEN, "done"), (drafted, "done"), last
    approved = _DECIDED[APPROVED].fill(who=approval.name, at=_day(approval.at))
    return (_FROZEN, "done"), (drafted, "done"), (approved, "done"), last


async def _stars_corrected(run: Run) -> bool:
    """Whether the stars by which a run pays have been corrected since."""
    holding = await ratings.published(run.period)
    return holding is None or holding.id != run.rating_run


async def _approval_of(run: Run) -> Entry | None:
    """Return the approval of a run that is void by now, which only the trail still knows; None if it had none."""
    if run.state != VOID:
        return None
    about = f"run:{run.number}"
    entries = await audit.every(audit.Wanted(deed=Deed.APPROVE_RUN.value, about=about))
    return next((entry for entry in entries if entry.subject == about), None)


def _day(at: Any) -> str:
    return f"{at.astimezone(ZONE):%Y-%m-%d}"


def percent_change(amount: int, before: int) -> str:
    """Return by how many per cent an amount differs from what was before, with its sign and one decimal, half up."""
    change = abs(amount - before) * 1000
    permille = (2 * change + before) // (2 * before) if before else 0
    sign = "−" if amount < before else "+" if amount > before else ""
    return f"{sign}{permille // 10}.{permille % 10}%"


def _is_whole(within: Scope, run: Run) -> bool:
    """Whether a person sees every line of a run."""
    return within.everything or (run.street is not None and run.street in within.streets)


@get("/subsidies", guards=[needs(Deed.VIEW_MONEY)])
async def show_list(request: Ask) -> Response[str]:
    """Show the runs in scope and what waits for whom; a company sees what it has been paid."""
    actor = actor_of(request)
    if actor.role is Role.COMPANY:
        return await _own_money(request, actor)
    within = scope(actor)
    runs = await subsidies.runs(within)
    checks = allowed(actor.role, Deed.APPROVE_RUN)
    rows = tuple(
        RunRow(
            run=run,
            sums=sums,
            period=Period.parse(run.period),
            state=STATES[run.state],
            steps=steps_of(run),
            waits=None if run.state != DRAFT else WAITS_FOR_YOU if checks and _mine(actor, run) else WAITS,
            whole=_is_whole(within, run),
        )
        for run, sums in runs
    )
    waiting = tuple(Period.parse(code) for code in await without_run(actor, [run for run, _ in runs]))
    drafts = sum(row.run.state == DRAFT for row in rows)
    return RunList(rows, waiting, drafts, allowed(actor.role, Deed.DRAFT_RUN)).response(request)


async def without_run(actor: Actor, runs: Sequence[Run]) -> list[str]:
    """Return the rated periods that no run of the actor's street or of the whole district pays, the latest first."""
    held = {run.period for run in runs if run.state != VOID and run.street in {None, actor.street}}
    rated = [run.period for run in await ratings.runs() if run.state == ratings.PUBLISHED]
    return [code for code in rated if code not in held]


def _mine(actor: Actor, run: Run) -> bool:
    return actor.id != run.prepared_by and actor.street in {None, run.street}


async def _own_money(ask: Ask, actor: Actor) -> Response[str]:
    within = scope(actor)
    runs = []
    for run, _ in await subsidies.runs(within):
        lines = await _lines(ask, run, within)
        runs.append(OwnRun(run, Period.parse(run.period), estates_of(lines, {}), sums_of(lines)))
    return OwnMoney(tuple(runs), sum(own.sums.paid for own in runs)).response(ask)


async def _lines(ask: Ask, run: Run, within: Scope) -> tuple[Line, ...]:
    pack, whole = drafted_under(packs(ask), run), reads_accounts(actor_of(ask).role)
    return lines_of(pack, ((line.working | line.account, whole) for line in await subsidies.lines(run.id, within)))


async def found(ask: Ask, number: str) -> tuple[Run, tuple[Line, ...]]:
    """Return a run and its lines in scope.

    Raises:
        NotFoundException: there is no such run, or nothing in it that this person may see.
    """
    run = await subsidies.run(number)
    lines = () if run is None else await _lines(ask, run, scope(actor_of(ask)))
    if run is None or not lines:
        raise NotFoundException
    return run, lines


async def compared(ask: Ask, run: Run, lines: Sequence[Line]) -> pl.DataFrame:
    """Return the estates of the lines beside what the period before paid them, as `compare` gives it."""
    names = {"estate_code": "code", "estate_name": "name", "street": "street", "street_name": "street_name"}
    frame = pl.DataFrame({name: [getattr(line, field) for line in lines] for name, field in names.items()})
    frame = frame.with_columns(paid_fen=pl.Series([line.paid for line in lines], dtype=pl.Int64))
    return await compare(frame, Period.parse(run.period), scope(actor_of(ask)))


@get("/subsidies/{number:str}", guards=[needs(Deed.VIEW_MONEY)])
async def show(request: Ask, number: FromPath[str]) -> Response[Any]:
    """Show one run, or hand its lines out as they are seen where the address ends in .xlsx or .csv."""
    name, _, kind = number.partition(".")
    if kind:
        return await _exported(request, name, kind)
    return (await run_page(request, name)).response(request)


async def run_page(
    ask: Ask, number: str, *, reason: str = "", problems: Mapping[str, Text] | None = None, refusal: Text | None = None
) -> RunPage:
    """Return the page of a run; `reason`, `problems` and `refusal` are those of a deed that did not go through."""
    run, lines = await found(ask, number)
    actor, query = actor_of(ask), query_of(ask.query_params)
    within, beside = scope(actor), await compared(ask, run, lines)
    before = {code: fen for code, fen in beside.select("estate_code", "before_fen").iter_rows() if fen is not None}
    change = changes(beside) if before else {}
    seen = narrowed(lines, query, change)
    every, path, asked = sums_of(lines), f"/subsidies/{run.number}", msgspec.structs.asdict(query)
    earlier = sum(before.values()) if before else None
    whole, company = _is_whole(within, run), actor.role is Role.COMPANY
    draft = run.state == DRAFT
    approval = await approval_refusal(actor, run) if draft else None
    voiding = void_refusal(actor, run)
    finance = allowed(actor.role, Deed.VOID_RUN)
    ratio = lines[0].working["ratio"]
    most = max(every.due, run.budget_fen, 1)
    return RunPage(
        run=run,
        period=Period.parse(run.period),
        state=STATES[run.state],
        tone=TONES[run.state],
        steps=steps_of(run, await _approval_of(run)),
        whole=whole,
        company=company,
        every=every,
        seen=sums_of(seen),
        ratio=shown(ratio, 6),
        scaled=ratio < UNIT,
        bars=amounts(every, run.budget_fen, most),
        before=earlier,
        difference="" if not earlier else percent_change(every.paid, earlier),
        moved=sum("moved" in options for options in change.values()),
        streets=by_street(lines, before or None),
        reasons=zero_reasons(lines),
        estates=estates_of(seen, before),
        heads=_headings(path, asked, query.sort),
        filters=filters(lines, query, change, whole=not company, compares=bool(before)),
        sorting=sorting(query),
        query=query,
        files={kind: address(f"{path}.{kind}", asked) for kind in (XLSX, CSV)},
        corrected="" if run.corrects is None else await subsidies.number_of(run.corrects),
        corrected_by=tuple(await subsidies.corrected_by(run.id)),
        stars_corrected=await _stars_corrected(run),
        formulas=drafted_under(packs(ask), run) is not None,
        approval=approval if finance else None,
        voiding=voiding if finance else None,
        asks_approval=draft and approval is None,
        may_void=finance and voiding is None,
        may_draft=allowed(actor.role, Deed.DRAFT_RUN) and actor.street == run.street,
        reason=reason,
        problems=problems or {},
        refusal=refusal,
    )


def amounts(sums: LineSums, budget: int, most: int) -> tuple[Bar, ...]:
    """Return the picture of what is due, what there is and who pays."""
    figures = {"due": sums.due, "budget": budget, "district": sums.district, "street": sums.street}
    bars = [Bar(name, fen, share(fen, None, most)) for name, fen in figures.items()]
    return (*bars, *(Bar("other", one.fen, share(one.fen, None, most), one.title) for one in sums.others))


def _headings(path: str, asked: Mapping[str, str], sort: str) -> dict[str, Heading]:
    made = {}
    for name, title in _HEADS.items():
        by = _SORTED_BY.get(name, "")
        turned = f"-{by}" if sort == by else by
        made[name] = Heading(title, by, address(path, {**asked, "sort": turned}) + "#lines" if by in SORTS else "")
    return made


async def _exported(ask: Ask, number: str, kind: str) -> Response[bytes]:
    """Hand out the lines as they are seen: the same rows, columns, order and labels; written to the trail."""
    run, lines = await found(ask, number)
    if kind not in {XLSX, CSV}:
        raise NotFoundException
    query, beside = query_of(ask.query_params), await compared(ask, run, lines)
    compares = beside["before_fen"].is_not_null().any()
    change = changes(beside) if compares else {}
    seen = narrowed(lines, query, change)
    told = filters_told(query, filters(lines, query, change, whole=True, compares=compares))
    head = head_of(run, demo=ask.app.state.settings.demo, within=await _whom(ask, run))
    payers = payers_of(rules_of(packs(ask), run))
    table = lines_as_seen([line.cells() for line in seen], sums_of(seen).paid, head, narrowed=told, payers=payers)
    await record_export(
        actor_of(ask), f"run:{run.number}", filters=ask.url.query, rows=len(seen), kind=kind, at=now(ask)
    )
    wanted: FileKind = XLSX if kind == XLSX else CSV
    lang = language(ask)
    content = xlsx(table, lang) if wanted == XLSX else csv(table, lang)
    return file(content, NAME.fill(number=run.number, title=LINES).say(lang), wanted)


async def _whom(ask: Ask, run: Run) -> Text | None:
    """Return whose estates a file is cut to, in words; None where it holds the whole run."""
    actor = actor_of(ask)
    if _is_whole(scope(actor), run):
        return None
    if actor.company_id is not None:
        return ONLY_OF.fill(whom=(await companies.names()).get(actor.company_id, actor.name))
    names = {one.code: one.name for one in await divisions.streets()}
    return ONLY_OF.fill(whom=names.get(actor.street or "", actor.street or ""))


@get("/subsidies/{number:str}/sheet.xlsx", guards=[needs(Deed.VIEW_MONEY), needs(Deed.EXPORT)])
async def sheet(request: Ask, number: FromPath[str]) -> Response[bytes]:
    """Hand out the disbursement sheet as it is signed and filed; without accounts for those who only look on."""
    run, lines = await found(request, number)
    actor, lang = actor_of(request), language(request)
    table = await sheet_of(
        run,
        packs(request),
        scope(actor),
        demo=request.app.state.settings.demo,
        within=await _whom(request, run),
        public=not reads_accounts(actor.role),
    )
    await record_export(actor, f"run:{run.number}", filters="sheet", rows=len(lines), kind=XLSX, at=now(request))
    return file(xlsx(table, lang), NAME.fill(number=run.number, title=SHEET).say(lang), XLSX)


@post("/subsidies/{number:str}/approve", guards=[needs(Deed.APPROVE_RUN)])
async def approve_run(request: Ask, number: FromPath[str]) -> Response[Any]:
    """Approve a draft."""
    run, _ = await found(request, number)
    try:
        await approve(actor_of(request), run.number, at=now(request))
    except Refused as refused:
        return (await run_page(request, run.number, refusal=refused.text)).response(request, status=422)
    return see(f"/subsidies/{run.number}", APPROVED_NOW.fill(number=run.number))


@post("/subsidies/{number:str}/void", guards=[needs(Deed.VOID_RUN)])
async def void_run(request: Ask, number: FromPath[str]) -> Response[Any]:
    """Make a run void, with a reason."""
    run, _ = await found(request, number)
    reason = str((await request.form()).get("reason", ""))
    try:
        await void(actor_of(request), run.number, reason=reason, at=now(request))
    except Invalid as invalid:
        problems = problems_by_field(invalid.problems)
        page = await run_page(request, run.number, reason=reason, problems=problems)
        return page.response(request, status=422)
    except Refused as refused:
        return (await run_page(request, run.number, reason=reason, refusal=refused.text)).response(request, status=422)
    return see(f"/subsidies/{run.number}", VOIDED.fill(number=run.number))


ROUTES = (show_list, show, sheet, approve_run, void_run)
