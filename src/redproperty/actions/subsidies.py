"""Paying by the stars: plan (dry run), draft, approve, make void. What is due is decided in `domain.subsidies`."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from redproperty.actions.acting import acting
from redproperty.actions.ratings import edition_of
from redproperty.domain.access import Actor, Deed, Scope, Subject, may
from redproperty.domain.formulas import recalled
from redproperty.domain.money import parse_yuan
from redproperty.domain.numbers import UNIT, divide
from redproperty.domain.packs import Pack
from redproperty.domain.periods import Period
from redproperty.domain.subsidies import apportion, schedule
from redproperty.domain.subsidy_rules import REASONS, SubsidyRules
from redproperty.domain.texts import Invalid, Problem, Refused, Text
from redproperty.exports.disbursements import PAYERS, RunSheet, disbursement_sheet
from redproperty.exports.tables import Table
from redproperty.store import divisions, frames, ratings, subsidies
from redproperty.store.subsidies import Line, NewRun, Run

NO_STARS = Text(
    "{period}的星级还没有发布，不能编制补贴表。请区住建局先结算并发布。",
    "The stars of {period} are not published yet. The district bureau has to close the period and publish first.",
)
OTHER_RULES = Text(
    "评定 {period} 时用的规则 {edition} 已不在或内容有变，不能编制。请恢复该版本。",
    "The edition {edition} under which {period} was rated is gone or has changed. Restore it first.",
)
DRAFT_WAITS = Text(
    "{period}已有待批准的补贴表 {number}。请先批准或作废它，再编制新的。",
    "Run {number} of {period} still waits for a decision. Have it approved or made void first.",
)
PAID_TWICE = Text(
    "同一小区同一考核期不能重复补贴：{names} 已由 {numbers} 批准。更正请先作废原批次，再编制新批次。",
    "An estate is paid once for a period: {names} already stand in {numbers}, approved. To correct, make the old run "
    "void, then draft a new one.",
)
NOTHING_TO_PAY = Text("范围内没有任何小区，无法编制", "There is no estate in your area to draft for")
NO_RUN = Text("没有这张补贴表", "There is no such run")
NOT_DRAFT = Text("只有待批准的补贴表可以批准；{number} {state}。", "Only a draft can be approved; {number} is {state}.")
STARS_CHANGED = Text(
    "编制之后星级已更正，不能批准。请作废 {number}，按新的星级重新编制。",
    "The stars were corrected after {number} was drafted. Make it void and draft anew.",
)
ALREADY_VOID = Text("{number} 已经作废。", "{number} is void already.")
OWN_APPROVED = Text(
    "已批准的补贴表不能由编制人作废（规则：制表与审批分离）。请另一名财务审核办理。",
    "Who drafted an approved run cannot make it void (rule: drafting and approval are apart). Another checker can.",
)
NEEDS_REASON = Text("作废要写明原因", "Say why it is made void")
NO_DOCUMENT = Text("请填写文号", "the document number is needed")
NO_ITEM = Text("请填写预算项目", "the budget item is needed")
NO_BUDGET = Text("预算必须大于 0", "the budget must be above 0")
MOVED_ON = Text(
    "试算之后资料有变动，没有编制。请重新试算，核对后再编制。",
    "The record has changed since the dry run; nothing was drafted. Run it again, look, then draft.",
)
NOT_VOID = Text("只能更正已作废的批次，{number} 不是", "only a void run can be corrected; {number} is not")
TOO_LONG = Text("最多 80 个字", "80 characters at most")
PLANNED = Text("试算，未编制", "dry run, not drafted")
ONLY_OF = Text("本表只列{whom}的小区", "Only the estates of {whom}")
STATES = {
    subsidies.DRAFT: Text("待批准", "waiting for approval"),
    subsidies.APPROVED: Text("已批准", "approved"),
    subsidies.VOID: Text("已作废", "void"),
}
LONGEST = 80
NAMED = 5  # estates that a sentence spells out


@dataclass(frozen=True)
class Order:
    """What finance asks for: a period, a budget in fen, and under which document and budget item it is paid."""

    period: Period
    budget_fen: int
    document_number: str
    budget_item: str
    corrects: str = ""


@dataclass(frozen=True)
class Plan:
    """A dry run: the lines that a draft would keep, with payees, and `before_fen`, paid for the period before.

    `lines` are those of `apportion` with the account of the company, names of street and community, and `ratio`.
    """

    order: Order
    pack: Pack
    rating_run: int
    street: str | None
    lines: pl.DataFrame

    @property
    def due_fen(self) -> int:
        """Return what is due in all."""
        return int(self.lines["due_fen"].sum())

    @property
    def paid_fen(self) -> int:
        """Return what is paid in all."""
        return int(self.lines["paid_fen"].sum())

    @property
    def fingerprint(self) -> str:
        """Return a digest of every line, by which a draft knows that it is what the preparer has looked at."""
        return hashlib.sha256(self.lines.write_json().encode()).hexdigest()


def read_order(form: Mapping[str, str]) -> Order:
    """Return the order that was typed.

    Raises:
        Invalid: everything that is wrong with it, at once.
    """
    problems: list[Problem] = []
    try:
        period = Period.parse(form.get("period", ""))
    except Invalid as invalid:
        problems += invalid.problems
    fen = parse_yuan(form.get("budget", ""))
    if isinstance(fen, Text) or fen <= 0:
        problems.append(Problem("budget", fen if isinstance(fen, Text) else NO_BUDGET))
    for name, missing in (("document_number", NO_DOCUMENT), ("budget_item", NO_ITEM)):
        typed = form.get(name, "").strip()
        if not typed or len(typed) > LONGEST:
            problems.append(Problem(name, TOO_LONG if typed else missing))
    if problems or isinstance(fen, Text):
        raise Invalid(*problems)
    return Order(
        period, fen, form["document_number"].strip(), form["budget_item"].strip(), form.get("corrects", "").strip()
    )


async def plan(actor: Actor, packs: Sequence[Pack], order: Order) -> Plan:
    """Return what a draft would pay, from the published stars and the record of this moment; nothing is written.

    A person of one street plans for that street. No estate is left out: a line that gets nothing says why.

    Raises:
        Refused: no published stars, other rules than those of the rating, or no estate at all.
        Invalid: the run to be corrected is not a void one.
    """
    await _corrected(order)
    run = await ratings.published(order.period.code)
    if run is None:
        raise Refused(NO_STARS.fill(period=order.period.title))
    pack = edition_of(packs, run)
    if pack is None or pack.digest != run.digest:
        raise Refused(OTHER_RULES.fill(period=order.period.title, edition=run.edition))
    stints = await _stints(pack, order.period, run.id)
    if actor.street is not None:
        stints = stints.filter(pl.col("street") == actor.street)
    if stints.height == 0:
        raise Refused(NOTHING_TO_PAY)
    named = stints.join(await frames.companies_frame(), on="company_id", how="left", maintain_order="left")
    named = named.with_columns(await _names())
    lines = await asyncio.to_thread(_lines, pack.usable(order.period.begins), named, order)
    return Plan(order, pack, run.id, actor.street, lines)


async def _stints(pack: Pack, period: Period, rating_run: int) -> pl.DataFrame:
    if not pack.subsidy_rules().steps:
        return await frames.stints_frame(period, rating_run)
    also = {name: column.dtype for name, column in pack.paid_by().items()}
    stints = await with_last_period(await frames.stints_frame(period, rating_run, also), period)
    return await with_earlier_lines(stints, period, pack.subsidy_rules())


async def with_earlier_lines(stints: pl.DataFrame, period: Period, rules: SubsidyRules) -> pl.DataFrame:
    """Return stints with what the steps look back at: figures of the same stint's lines in earlier approved runs."""
    wanted = recalled(rules.steps)
    if not wanted:
        return stints
    before = await subsidies.earlier_lines(period, wanted)
    return stints.join(before, on=["estate_id", "tenure_id"], how="left", maintain_order="left")


async def with_last_period(stints: pl.DataFrame, period: Period) -> pl.DataFrame:
    """Return stints with paid_last_period_fen, year, quarter and month of the period."""
    before = await subsidies.paid_by_estate(period.previous(), Scope(everything=True))
    about = {"period.year": period.year, "period.quarter": period.quarter, "period.month": period.month}
    return stints.join(
        before.rename({"before_fen": "paid_last_period_fen"}), on="estate_code", how="left", maintain_order="left"
    ).with_columns(pl.lit(number * UNIT, pl.Int64).alias(name) for name, number in about.items())


def _lines(pack: Pack, stints: pl.DataFrame, order: Order) -> pl.DataFrame:
    rules, by_stars = pack.subsidy_rules(), pack.rating.stars.given
    due = schedule(rules, stints, days_in_period=order.period.days, by_stars=by_stars, budget_fen=order.budget_fen)
    paid = apportion(rules, due, order.budget_fen)
    numerator = pl.col("ratio_numerator").cast(pl.Int128) * UNIT
    return paid.with_columns(ratio=divide(numerator, pl.col("ratio_denominator")).fill_null(UNIT))


async def _names() -> list[pl.Expr]:
    streets = {division.code: division.name for division in await divisions.streets()}
    communities = {division.code: division.name for division in await divisions.communities()}
    return [
        pl.col(column).replace_strict(names, default=pl.col(column), return_dtype=pl.String).alias(f"{column}_name")
        for column, names in (("street", streets), ("community", communities))
    ]


async def compared(plan_: Plan) -> pl.DataFrame:
    """Return estate_code, estate_name, street_name, paid_fen and before_fen (the period before) of each estate."""
    return await compare(plan_.lines, plan_.order.period, _scope_of(plan_.street))


def _scope_of(street: str | None) -> Scope:
    return Scope(everything=True) if street is None else Scope(streets=(street,))


async def compare(lines: pl.DataFrame, period: Period, within: Scope) -> pl.DataFrame:
    """Return what each estate of `lines` gets beside what it got in the period before; null where it got nothing."""
    before = await subsidies.paid_by_estate(period.previous(), within)
    now = lines.group_by("estate_code", maintain_order=True).agg(
        pl.col("estate_name", "street", "street_name").first(), pl.col("paid_fen").sum()
    )
    return now.join(before, on="estate_code", how="left", maintain_order="left")


def moved(compared_: pl.DataFrame, percent: int) -> pl.DataFrame:
    """Return the estates whose amount differs from that of the period before by more than `percent`, largest first."""
    before = pl.col("before_fen").fill_null(0)
    change = pl.col("paid_fen") - before
    far = (change.abs().cast(pl.Int128) * 100 > before.cast(pl.Int128) * percent) & (change != 0)
    return compared_.filter(far).with_columns(change_fen=change).sort(
        pl.col("change_fen").abs(), "estate_code", descending=[True, False]
    )  # fmt: skip


async def draft(actor: Actor, packs: Sequence[Pack], order: Order, *, at: datetime, seen: str = "") -> str:
    """Freeze ratings, areas, rates and accounts into a new run and return its number.

    `seen` is the fingerprint of the dry run that led here, where there was one.

    Raises:
        Refused: not allowed, nothing to pay by, a draft still waits, an estate's stint is already paid, or the record
            has changed since the dry run.
        Invalid: the run to be corrected is not a void one.
    """
    subject = Subject(street=actor.street, prepared_by=(actor.id,))
    async with acting(actor, Deed.DRAFT_RUN, f"period:{order.period.code}", at=at, subject=subject) as details:
        planned = await plan(actor, packs, order)
        hindered = await hindrance(planned)
        if hindered is not None:
            raise Refused(hindered)
        if seen and seen != planned.fingerprint:
            raise Refused(MOVED_ON)
        new = NewRun(
            order.period, actor.street, planned.rating_run, planned.pack.edition, planned.pack.digest,
            order.document_number, order.budget_item, order.budget_fen, await _corrected(order),
        )  # fmt: skip
        accounts = planned.lines.select(pl.struct(frames.ACCOUNT).struct.json_encode()).to_series().to_list()
        kept = planned.lines.drop(frames.ACCOUNT)
        number = await subsidies.add(new, kept, accounts, by=actor.id, at=at)
        details |= {"run": number, "budget_fen": order.budget_fen, "due_fen": planned.due_fen}
        details |= {"paid_fen": planned.paid_fen, "lines": kept.height, "corrects": order.corrects}
    return number


async def hindrance(planned: Plan) -> Text | None:
    """Return why a dry run cannot become a draft: one still waits, or a stint is already paid."""
    period = planned.order.period
    waiting = await subsidies.open_drafts(period, planned.street)
    if waiting:
        return DRAFT_WAITS.fill(period=period.title, number=waiting[0])
    return await _paid_twice(period, planned.lines)


async def _corrected(order: Order) -> int | None:
    if not order.corrects:
        return None
    run = await subsidies.run(order.corrects)
    if run is None or run.state != subsidies.VOID or run.period != order.period.code:
        raise Invalid(Problem("corrects", NOT_VOID.fill(number=order.corrects)))
    return run.id


async def _paid_twice(period: Period, lines: pl.DataFrame) -> Text | None:
    paid = lines.filter(pl.col("paid_fen") > 0)
    bound = await subsidies.bound(period, paid["estate_id"].to_list())
    stints = paid.select("estate_id", "tenure_id", "estate_name").rows()
    twice = [(name, bound[estate, tenure]) for estate, tenure, name in stints if (estate, tenure) in bound]
    if not twice:
        return None
    names = list(dict.fromkeys(name for name, _ in twice))
    more = "…" if len(names) > NAMED else ""
    numbers = ", ".join(sorted({number for _, number in twice}))
    shown = Text("、".join(names[:NAMED]) + more, ", ".join(names[:NAMED]) + more)
    return PAID_TWICE.fill(names=shown, numbers=numbers)


async def approval_refusal(actor: Actor, run: Run) -> Text | None:
    """Return why `actor` cannot approve a run: post, scope, own draft, its state, corrected stars, paid already."""
    if (refusal := may(actor, Deed.APPROVE_RUN, _subject(run))) is not None:
        return refusal
    if run.state != subsidies.DRAFT:
        return NOT_DRAFT.fill(number=run.number, state=STATES[run.state])
    holding = await ratings.published(run.period)
    if holding is None or holding.id != run.rating_run:
        return STARS_CHANGED.fill(number=run.number)
    lines = await subsidies.lines(run.id, Scope(everything=True))
    fields = ("estate_id", "tenure_id", "estate_name", "paid_fen")
    rows = [tuple(line.working[name] for name in fields) for line in lines]
    kinds = dict(zip(fields, (pl.Int64, pl.Int64, pl.String, pl.Int64), strict=True))
    return await _paid_twice(Period.parse(run.period), pl.DataFrame(rows, schema=kinds, orient="row"))


async def approve(actor: Actor, number: str, *, at: datetime) -> None:
    """Approve a draft: from now on its paid lines bind, and nothing in it changes any more.

    Raises:
        Refused: not allowed (never to the preparer), no draft, corrected stars, or a stint that is already paid.
    """
    run = await _found(number)
    async with acting(actor, Deed.APPROVE_RUN, f"run:{number}", at=at, subject=_subject(run)) as details:
        run = await _found(number)
        refusal = await approval_refusal(actor, run)
        if refusal is not None:
            raise Refused(refusal)
        await subsidies.bind(run.id, binding=True)
        await subsidies.decide(run.id, subsidies.APPROVED, by=actor.id, at=at, remark="")
        details |= {"run": number, "paid_fen": run.paid_fen}


def void_refusal(actor: Actor, run: Run) -> Text | None:
    """Return why `actor` cannot make a run void: post, scope, void already, or an approved run of their own."""
    if (refusal := may(actor, Deed.VOID_RUN, _subject(run))) is not None:
        return refusal
    if run.state == subsidies.VOID:
        return ALREADY_VOID.fill(number=run.number)
    if run.state == subsidies.APPROVED and run.prepared_by == actor.id:
        return OWN_APPROVED
    return None


async def void(actor: Actor, number: str, *, reason: str, at: datetime) -> None:
    """Make a run void; its lines stay to be read and no longer bind. An approved one never by who drafted it.

    Raises:
        Refused: not allowed, or void already.
        Invalid: no reason.
    """
    run = await _found(number)
    async with acting(actor, Deed.VOID_RUN, f"run:{number}", at=at, subject=_subject(run)) as details:
        run = await _found(number)
        refusal = void_refusal(actor, run)
        if refusal is not None:
            raise Refused(refusal)
        if not reason.strip():
            raise Invalid(Problem("reason", NEEDS_REASON))
        await subsidies.bind(run.id, binding=False)
        await subsidies.decide(run.id, subsidies.VOID, by=actor.id, at=at, remark=reason.strip()[:300])
        details |= {"run": number, "was": run.state, "reason": reason.strip()}


def head_of(run: Run, *, demo: bool, within: Text | None = None) -> RunSheet:
    """Return what every file of a run says about it; `within` says whose estates the file is cut to, if it is."""
    approved = run.state == subsidies.APPROVED
    return RunSheet(
        number=run.number,
        period=Period.parse(run.period),
        document_number=run.document_number,
        budget_item=run.budget_item,
        budget_fen=run.budget_fen,
        edition=run.edition,
        digest=run.digest,
        made_at=run.decided_at or run.prepared_at,
        state=STATES[run.state],
        prepared_by=run.prepared_by_name,
        approved_by=(run.decided_by_name or "") if approved else "",
        within=within,
        demo=demo,
    )


async def sheet_of(
    run: Run, packs: Sequence[Pack], seen: Scope, *, demo: bool, within: Text | None = None, public: bool = False
) -> Table:
    """Return the disbursement sheet of the lines of a run in scope `seen`, which `within` says in words.

    The public one is without accounts.
    """
    lines = await subsidies.lines(run.id, seen)
    head = head_of(run, demo=demo, within=within)
    reasons, payers = reasons_of(packs, run), payers_of(rules_of(packs, run))
    return disbursement_sheet(frame_of(lines), head, reasons=reasons, payers=payers, public=public)


def sheet_of_plan(planned: Plan, *, at: datetime, by: str, demo: bool) -> Table:
    """Return the same sheet of a dry run; it has no number and says so."""
    head = RunSheet(
        number="",
        period=planned.order.period,
        document_number=planned.order.document_number,
        budget_item=planned.order.budget_item,
        budget_fen=planned.order.budget_fen,
        edition=planned.pack.edition,
        digest=planned.pack.digest,
        made_at=at,
        state=PLANNED,
        prepared_by=by,
        demo=demo,
    )
    rules = planned.pack.subsidy_rules()
    return disbursement_sheet(_as_read(planned.lines), head, reasons=rules.reasons(), payers=payers_of(rules))


def frame_of(lines: Sequence[Line]) -> pl.DataFrame:
    """Return lines with their payees as the sheets take them: street and community by name."""
    return _as_read(pl.DataFrame([line.working | line.account for line in lines], infer_schema_length=None))


def _as_read(lines: pl.DataFrame) -> pl.DataFrame:
    named = {f"{column}_name": column for column in ("street", "community")}
    return lines.drop(named.values()).rename(named)


def rules_of(packs: Sequence[Pack], run: Run) -> SubsidyRules | None:
    """Return the rules under which a run was drafted; None where that edition is gone or has changed since."""
    pack = drafted_under(packs, run)
    return None if pack is None else pack.subsidy


def drafted_under(packs: Sequence[Pack], run: Run) -> Pack | None:
    """Return the edition under which a run was drafted; None where it is gone or has changed since."""
    return next((pack for pack in packs if pack.edition == run.edition and pack.digest == run.digest), None)


def reasons_of(packs: Sequence[Pack], run: Run) -> Mapping[str, Text]:
    """Return the wording of why a line gets nothing, by the edition of the run where it is still there."""
    rules = rules_of(packs, run)
    return REASONS if rules is None else rules.reasons()


def payers_of(rules: SubsidyRules | None) -> Mapping[str, Text]:
    """Return who bears a part, in words; district and street where the edition is no longer there."""
    return PAYERS if rules is None else {payer.payer: payer.title for payer in rules.payers}


def _subject(run: Run) -> Subject:
    return Subject(street=run.street, prepared_by=(run.prepared_by,))


async def _found(number: str) -> Run:
    run = await subsidies.run(number)
    if run is None:
        raise Refused(NO_RUN)
    return run
