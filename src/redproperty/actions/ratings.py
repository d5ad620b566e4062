"""Rating a period: preview, publish, verify. The rating itself is `domain.runs.rate`; this is what is around it."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from redproperty.actions.acting import acting
from redproperty.domain.access import Actor, Deed
from redproperty.domain.awards import NONE
from redproperty.domain.numbers import UNIT
from redproperty.domain.packs import Pack, holding
from redproperty.domain.periods import Period
from redproperty.domain.runs import ABOUT, INSPECTIONS, Inputs, inputs, rate, workings
from redproperty.domain.texts import Invalid, Problem, Refused, Text
from redproperty.settings import ZONE
from redproperty.store import frames, ratings
from redproperty.store.engine import together
from redproperty.store.ratings import Kept, Run
from redproperty.store.schema import bound

NO_EDITION = Text(
    "{period}第一天没有生效的规则版本，不能结算。请先启用该日已生效的版本。",
    "No edition of the rules holds on the first day of {period}. Put one in force first.",
)
NO_INSPECTIONS = Text(
    "{period}没有已复核的检查，不能结算。请先完成检查和复核。",
    "{period} has no accepted inspection. Inspect and review first.",
)
OTHER_EDITION = Text(
    "{period}有 {n} 次检查按另一版本（{other}）评分，与本期规则 {edition} 不一致，不能结算。请复核员退回后重新评分。",
    "{n} inspections of {period} were scored under {other}, not under {edition}. Have them returned and scored again.",
)
STILL_PENDING = Text(
    "还有 {n} 次检查已提交、未复核（{names}）。请先复核，或勾选“不计未复核的检查”后结算。",
    "{n} inspections are submitted but not reviewed ({names}). Review them, or tick “leave them out”.",
)
NOT_OVER = Text(
    "{period}到 {ends} 才结束，结束前只能预览，不能发布。",
    "{period} ends on {ends}; until then there is a preview only.",
)
NOT_PREVIEW = Text("只有预览可以发布；这一次已经{state}。", "Only a preview can be published; this one is {state}.")
GONE = Text(
    "没有这次预览，可能已被重新结算取代。请刷新页面。", "This preview is gone; it was made anew. Reload the page."
)
STALE = Text(
    "预览之后检查、事实或小区资料有变动，结果已不一致。请重新结算、核对后再发布。",
    "Inspections, facts or the register have changed since the preview. Close again, check, then publish.",
)
NEEDS_REASON = Text("更正已发布的星级要写明原因", "Correcting published stars needs a reason")
STATES = {
    ratings.PREVIEW: Text("预览", "a preview"),
    ratings.PUBLISHED: Text("发布", "published"),
    ratings.SUPERSEDED: Text("更正", "corrected"),
}


@dataclass(frozen=True)
class Verified:
    """What computing a kept run again gave: how many rows, the codes of those that differ, the same rules or not."""

    rows: int
    differing: tuple[str, ...]
    same_digest: bool

    @property
    def holds(self) -> bool:
        """Whether every row is the same to the byte under the same rules."""
        return self.same_digest and not self.differing


async def rated(pack: Pack, period: Period) -> pl.DataFrame:
    """Return the settled rows of `period` from the record as it stands; nothing is written."""
    return await asyncio.to_thread(rate, pack, **await gathered(pack, period))


async def gathered(pack: Pack, period: Period, *, scored_under: Pack | None = None) -> Inputs:
    """Return what the record gives to `rate` for `period`: estates, the inspections that count, history.

    `scored_under` is the edition of the inspections, where it is not `pack` itself.
    """
    scored = scored_under or pack
    estates, sheets = await together(
        bound(),
        frames.estates_frame(period, pack.rating.facts),
        frames.inspections_frame(period, scored.sheet.codes, edition=scored.edition),
    )
    declared = {fact.name for fact in pack.rating.facts}  # a kept row is made of nothing else, so that it can be again
    estates = estates.select(name for name in estates.columns if name in ABOUT or name in declared)
    about = {"period.year": period.year, "period.quarter": period.quarter, "period.month": period.month}
    wanted = pack.rating.period_figures()
    estates = estates.with_columns(pl.lit(about[name] * UNIT, pl.Int64).alias(name) for name in wanted)
    if sheets["pending"].any():
        sheets = sheets.filter(~pl.col("pending"))
    history = await frames.history_frame(period, pack.rating.recalls())
    return {"estates": estates, "inspections": sheets, "history": history}


def _kept(pack: Pack, rows: pl.DataFrame) -> list[Kept]:
    stratum = pl.col("stratum") if "stratum" in rows.columns else pl.lit("").alias("stratum")
    composite, grade = pack.rating.heads()
    half = (pl.col("stars") % 1 != 0).fill_null(value=False)
    whole = pl.col("stars").cast(pl.Int64)
    heads = rows.select("estate_id", "company_id", stratum, whole, half.alias("half"), grade, "not_rated", composite)
    named = zip(heads.iter_rows(named=True), workings(rows), strict=True)
    return [Kept(**head, working=working) for head, working in named]


async def close_period(
    actor: Actor, packs: Sequence[Pack], period: Period, *, at: datetime, despite_pending: bool = False
) -> int:
    """Rate `period` under the edition of its first day and keep the result as its preview; return the run's id.

    An earlier preview of the period is replaced, published runs stay. Inspections not reviewed yet are left out, which
    has to be asked for.

    Raises:
        Refused: not allowed, no edition, nothing inspected, another edition's scores, or inspections not reviewed.
    """
    async with acting(actor, Deed.CLOSE_PERIOD, f"rating:{period.code}", at=at) as details:
        pack = holding(packs, period)
        if pack is None:
            raise Refused(NO_EDITION.fill(period=period.title))
        left_out = await _refuse_unready(pack, period, despite_pending=despite_pending)
        rows = await rated(pack, period)
        await ratings.drop_previews(period)
        number = await ratings.add(
            period, edition=pack.edition, digest=pack.digest, made_by=actor.id, at=at, rows=_kept(pack, rows)
        )
        details |= {"run": number, "edition": pack.edition, "digest": pack.digest, "estates": rows.height}
        details |= {"rated": rows["not_rated"].null_count(), "left_out": left_out}
    return number


async def _refuse_unready(pack: Pack, period: Period, *, despite_pending: bool) -> int:
    """Return how many inspections are not reviewed yet, or say why the period cannot be closed."""
    scored = await ratings.editions_of(period)
    if not scored and pack.sheet.categories:
        raise Refused(NO_INSPECTIONS.fill(period=period.title))
    other = {edition: n for edition, n in scored.items() if edition != pack.edition}
    if other:
        names = "、".join(sorted(other))
        raise Refused(OTHER_EDITION.fill(period=period.title, n=sum(other.values()), other=names, edition=pack.edition))
    waiting = await ratings.pending(period)
    if waiting and not despite_pending:
        shown = list(dict.fromkeys(waiting))[:5]
        raise Refused(STILL_PENDING.fill(n=len(waiting), names="、".join(shown) + ("…" if len(waiting) > 5 else "")))  # noqa: PLR2004
    return len(waiting)


async def publish(actor: Actor, packs: Sequence[Pack], number: int, *, at: datetime, reason: str = "") -> Run:
    """Publish a preview: the inspections it rests on are locked, an earlier published run of the period is superseded.

    Raises:
        Refused: not allowed, no preview, the period still runs, or the record has changed since the preview.
        Invalid: a correction without a reason.
    """
    before = await ratings.run(number)
    about = f"rating:{before.period}" if before else "rating"
    async with acting(actor, Deed.PUBLISH_RATINGS, about, at=at) as details:
        run = await ratings.run(number)
        if run is None:
            raise Refused(GONE)
        if run.state != ratings.PREVIEW:
            raise Refused(NOT_PREVIEW.fill(state=STATES[run.state]))
        period = Period.parse(run.period)
        if at.astimezone(ZONE).date() <= period.ends:
            raise Refused(NOT_OVER.fill(period=period.title, ends=period.ends))
        earlier = await ratings.published(run.period)
        if earlier is not None and not reason.strip():
            raise Invalid(Problem("reason", NEEDS_REASON))
        rows = await _unchanged(packs, run)
        if earlier is not None:
            await ratings.supersede(earlier.id)
        corrects = None if earlier is None else earlier.id
        await ratings.set_published(number, by=actor.id, at=at, corrects=corrects, reason=reason.strip())
        used = rows[INSPECTIONS].drop_nulls().explode().to_list()
        await ratings.lock_inspections(used)
        given = (await ratings.awards_in(number)).values()
        stars = Counter("not_rated" if award == NONE else award for award in given)
        details |= {"run": number, "edition": run.edition, "digest": run.digest, "stars": dict(sorted(stars.items()))}
        details |= {"corrects": corrects, "reason": reason.strip(), "locked": len(used)}
    published = await ratings.run(number)
    assert published is not None  # noqa: S101 - it has just been published
    return published


async def _unchanged(packs: Sequence[Pack], run: Run) -> pl.DataFrame:
    """Return the rows of a preview computed from the record of this moment, or refuse where they differ."""
    pack = edition_of(packs, run)
    if pack is None or pack.digest != run.digest:
        raise Refused(STALE)
    period = Period.parse(run.period)
    rows = await rated(pack.usable(period.begins), period)
    if workings(rows) != [row.working for row in await ratings.kept(run.id)]:
        raise Refused(STALE)
    return rows


def edition_of(packs: Sequence[Pack], run: Run) -> Pack | None:
    """Return the edition under which a run was made, if it is still there."""
    return next((pack for pack in packs if pack.edition == run.edition), None)


async def verify_rating(packs: Sequence[Pack], number: int) -> Verified:
    """Compute a kept run again from its own workings, under its own edition, and compare every column of every row."""
    run = await ratings.run(number)
    rows = await ratings.kept(number)
    pack = None if run is None else edition_of(packs, run)
    if run is None or pack is None:
        return Verified(len(rows), (), same_digest=False)
    again = await asyncio.to_thread(_again, pack, [row.working for row in rows])
    codes = again["estate_code"].to_list()
    differing = tuple(code for code, a, b in zip(codes, rows, _kept(pack, again), strict=True) if a != b)
    return Verified(len(rows), differing, same_digest=pack.digest == run.digest)


def _again(pack: Pack, rows: Sequence[str]) -> pl.DataFrame:
    return rate(pack, **inputs(pack, rows))
