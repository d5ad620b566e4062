"""Subsidy runs and their lines; a line holds every step of its money and the account as they were when drafted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import polars as pl
from piccolo.columns.combination import WhereRaw
from piccolo.query.functions import Count, Sum

from redproperty.domain.access import Scope
from redproperty.domain.periods import Period
from redproperty.domain.runs import worked
from redproperty.domain.stages import past
from redproperty.store.scopes import EVERYTHING, NOTHING, Condition, of_estates_in
from redproperty.store.tables import SubsidyLine, SubsidyRun

DRAFT, APPROVED, VOID = "draft", "approved", "void"
_CHUNK = 500  # rows of one insert: bind variables are limited


@dataclass(frozen=True)
class Run:
    """One run; `street` is empty for one of the whole district, `corrects` the number of the run it replaces."""

    id: int
    number: str
    period: str
    street: str | None
    rating_run: int
    state: str
    edition: str
    digest: str
    document_number: str
    budget_item: str
    budget_fen: int
    due_fen: int
    paid_fen: int
    prepared_by: int
    prepared_by_name: str
    prepared_at: datetime
    decided_by_name: str | None
    decided_at: datetime | None
    remark: str
    corrects: int | None


@dataclass(frozen=True)
class Sums:
    """What the lines that a person may see of one run add up to."""

    lines: int
    due_fen: int
    paid_fen: int


@dataclass(frozen=True)
class Line:
    """One line: its figures and steps in `working`, the payee in `account`."""

    id: int
    binding: bool
    working: dict[str, Any]
    account: dict[str, str | None]


@dataclass(frozen=True)
class NewRun:
    """What a drafted run keeps beside its lines."""

    period: Period
    street: str | None
    rating_run: int
    edition: str
    digest: str
    document_number: str
    budget_item: str
    budget_fen: int
    corrects: int | None


_RUN = (
    SubsidyRun.id, SubsidyRun.number, SubsidyRun.period, SubsidyRun.street, SubsidyRun.rating_run, SubsidyRun.state,
    SubsidyRun.edition, SubsidyRun.digest, SubsidyRun.document_number, SubsidyRun.budget_item, SubsidyRun.budget_fen,
    SubsidyRun.due_fen, SubsidyRun.paid_fen, SubsidyRun.prepared_by,
    SubsidyRun.prepared_by.name.as_alias("prepared_by_name"), SubsidyRun.prepared_at,
    SubsidyRun.decided_by.name.as_alias("decided_by_name"), SubsidyRun.decided_at, SubsidyRun.remark,
    SubsidyRun.corrects,
)  # fmt: skip


def lines_in(scope: Scope) -> Condition:
    """Return the condition on `SubsidyLine` for `scope`: a company sees what approved runs pay it, nothing else."""
    if scope.everything:
        return WhereRaw(EVERYTHING)
    if scope.nothing:
        return WhereRaw(NOTHING)
    if scope.company_id is not None:
        return (SubsidyLine.company == scope.company_id) & (SubsidyLine.run.state == APPROVED)
    return of_estates_in(scope, SubsidyLine.estate)


async def runs(scope: Scope) -> list[tuple[Run, Sums]]:
    """Return the runs of which some line lies in `scope`, the latest first, with the sums of those lines."""
    sums = await _sums(lines_in(scope))
    rows = await SubsidyRun.select(*_RUN).where(SubsidyRun.id.is_in([0, *sums])).order_by(
        SubsidyRun.period, SubsidyRun.id, ascending=False
    )  # fmt: skip
    return [(Run(**row), sums[row["id"]]) for row in rows]


async def _sums(where: Condition) -> dict[int, Sums]:
    rows = await (
        SubsidyLine.select(
            SubsidyLine.run,
            Count().as_alias("lines"),
            Sum(SubsidyLine.due_fen).as_alias("due"),
            Sum(SubsidyLine.paid_fen).as_alias("paid"),
        )
        .where(where)
        .group_by(SubsidyLine.run)
    )
    return {row["run"]: Sums(row["lines"], int(row["due"]), int(row["paid"])) for row in rows}


async def run(number: str) -> Run | None:
    """Return one run by its number."""
    row = await SubsidyRun.select(*_RUN).where(SubsidyRun.number == number).first()
    return None if row is None else Run(**row)


async def number_of(run_id: int) -> str:
    """Return the number of a run."""
    row = await SubsidyRun.select(SubsidyRun.number).where(SubsidyRun.id == run_id).first()
    return row["number"] if row else ""


async def corrected_by(run_id: int) -> list[str]:
    """Return the numbers of the runs that replace this one."""
    rows = await SubsidyRun.select(SubsidyRun.number).where(SubsidyRun.corrects == run_id).order_by(SubsidyRun.id)
    return [row["number"] for row in rows]


async def lines(run_id: int, scope: Scope) -> list[Line]:
    """Return the lines of a run that lie in `scope`, in the order of the sheet."""
    rows = await (
        SubsidyLine.select(SubsidyLine.id, SubsidyLine.binding, SubsidyLine.working, SubsidyLine.account)
        .where((SubsidyLine.run == run_id) & lines_in(scope))
        .order_by(SubsidyLine.id)
    )
    decode = msgspec.json.decode
    return [Line(row["id"], row["binding"], worked(row["working"]), decode(row["account"])) for row in rows]


async def of_rating(rating_run: int, estate: int, scope: Scope) -> list[tuple[str, str, str, dict[str, Any]]]:
    """Return number, state, edition and working of the lines in `scope` that a rating pays for one estate."""
    rows = await (
        SubsidyLine.select(
            SubsidyLine.run.number.as_alias("number"),
            SubsidyLine.run.state.as_alias("state"),
            SubsidyLine.run.edition.as_alias("edition"),
            SubsidyLine.working,
        )
        .where((SubsidyLine.run.rating_run == rating_run) & (SubsidyLine.estate == estate) & lines_in(scope))
        .order_by(SubsidyLine.id)
    )
    return [(row["number"], row["state"], row["edition"], worked(row["working"])) for row in rows]


async def open_drafts(period: Period, street: str | None) -> list[str]:
    """Return the numbers of the drafts of a period and street that wait for a decision."""
    same = SubsidyRun.street.is_null() if street is None else SubsidyRun.street == street
    rows = await SubsidyRun.select(SubsidyRun.number).where(
        (SubsidyRun.period == period.code) & (SubsidyRun.state == DRAFT) & same
    )
    return [row["number"] for row in rows]


async def bound(period: Period, estates: Sequence[int]) -> dict[tuple[int, int], str]:
    """Return (estate, tenure) → number of the run that has already paid it, of the estates named."""
    rows = await SubsidyLine.select(
        SubsidyLine.estate, SubsidyLine.tenure, SubsidyLine.run.number.as_alias("number")
    ).where((SubsidyLine.period == period.code) & (SubsidyLine.binding.eq(value=True)))
    wanted = set(estates)
    return {(row["estate"], row["tenure"]): row["number"] for row in rows if row["estate"] in wanted}


async def paid_by_estate(period: Period, scope: Scope) -> pl.DataFrame:
    """Return estate_code and paid_fen of what approved runs have paid in a period, within `scope`."""
    rows = await (
        SubsidyLine.select(SubsidyLine.estate.code.as_alias("code"), Sum(SubsidyLine.paid_fen).as_alias("paid"))
        .where((SubsidyLine.period == period.code) & (SubsidyLine.run.state == APPROVED) & lines_in(scope))
        .group_by(SubsidyLine.estate.code)
    )
    paid = [(row["code"], int(row["paid"])) for row in rows]
    return pl.DataFrame(paid, schema={"estate_code": pl.String, "before_fen": pl.Int64}, orient="row")


async def earlier_lines(period: Period, wanted: Mapping[str, int]) -> pl.DataFrame:
    """Return estate_id, tenure_id and figures of the lines that approved runs of earlier periods had for them.

    `wanted` says how many periods back, by figure; each is a column `past(back, figure)`, in millionths, null where
    there was no such line or figure.
    """
    backs = {period.later(-back).code: back for back in range(1, max(wanted.values()) + 1)}
    rows = await (
        SubsidyLine.select(SubsidyLine.estate, SubsidyLine.tenure, SubsidyLine.period, SubsidyLine.working)
        .where(SubsidyLine.period.is_in(list(backs)) & (SubsidyLine.run.state == APPROVED))
        .order_by(SubsidyLine.binding, SubsidyLine.id)  # what was paid comes last and stands
    )
    held: dict[tuple[int, int], dict[str, int | None]] = {}
    for row in rows:
        working, back = msgspec.json.decode(row["working"]), backs[row["period"]]
        found = held.setdefault((row["estate"], row["tenure"]), {})
        found |= {past(back, name): working.get(name) for name, most in wanted.items() if back <= most}
    columns = [past(back, name) for name, most in wanted.items() for back in range(1, most + 1)]
    return pl.DataFrame(
        [(*stint, *(found.get(column) for column in columns)) for stint, found in held.items()],
        schema=dict.fromkeys(("estate_id", "tenure_id", *columns), pl.Int64()),
        orient="row",
    )


async def add(new: NewRun, rows: pl.DataFrame, accounts: Sequence[str], *, by: int, at: datetime) -> str:
    """Keep a draft with its lines and return its number; `rows` are those of `apportion`, `accounts` JSON."""
    count = await SubsidyRun.count().where(SubsidyRun.period == new.period.code)
    number = f"BT-{new.period.code}-{count + 1:02d}"
    head = SubsidyRun(
        number=number, period=new.period.code, street=new.street, rating_run=new.rating_run, state=DRAFT,
        edition=new.edition, digest=new.digest, document_number=new.document_number, budget_item=new.budget_item,
        budget_fen=new.budget_fen, due_fen=rows["due_fen"].sum(), paid_fen=rows["paid_fen"].sum(), prepared_by=by,
        prepared_at=at, corrects=new.corrects,
    )  # fmt: skip
    run_id = (await SubsidyRun.insert(head))[0]["id"]
    workings = rows.select(pl.struct(sorted(rows.columns)).struct.json_encode()).to_series().to_list()
    above_street = pl.col("paid_fen") - pl.col("street_fen")  # the district and whoever else bears a part
    stars = pl.col("stars")
    named = rows.select(
        "due_fen", "paid_fen", above_street.alias("district_fen"), "street_fen", "zero_reason",
        stars.cast(pl.Int64), half=(stars % 1 != 0).fill_null(value=False), estate="estate_id", tenure="tenure_id",
        company="company_id",
    ).to_dicts()  # fmt: skip
    made = [
        SubsidyLine(run=run_id, period=new.period.code, **row, account=account, working=working)
        for row, account, working in zip(named, accounts, workings, strict=True)
    ]
    for start in range(0, len(made), _CHUNK):
        await SubsidyLine.insert(*made[start : start + _CHUNK])
    return number


async def bind(run_id: int, *, binding: bool) -> None:
    """Let the paid lines of a run bind (an estate's stint is paid once), or release them."""
    paid = (SubsidyLine.run == run_id) & (SubsidyLine.paid_fen > 0)
    await SubsidyLine.update({SubsidyLine.binding: binding}).where(paid)


async def decide(run_id: int, state: str, *, by: int, at: datetime, remark: str) -> None:
    """Write the decision on a run."""
    await SubsidyRun.update(
        {
            SubsidyRun.state: state,
            SubsidyRun.decided_by: by,
            SubsidyRun.decided_at: at,
            SubsidyRun.remark: remark,
        }
    ).where(SubsidyRun.id == run_id)
