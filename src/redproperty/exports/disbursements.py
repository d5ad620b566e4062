"""The disbursement sheet (补贴发放汇总表) of a subsidy run, as it is signed and filed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import polars as pl

from redproperty.domain.estates import AreaSource, EstateType, Management
from redproperty.domain.money import in_words, yuan
from redproperty.domain.periods import Period
from redproperty.domain.texts import Text
from redproperty.exports.tables import Column, Table

DIGEST_SHOWN: Final = 12
NO_NUMBER: Final = Text("试算，无批次号", "dry run, no number")


@dataclass(frozen=True)
class RunSheet:
    """What the sheet says about its run; `made_at` is the time of preparation or approval, not of export.

    A dry run has no number. `within` says whose estates the sheet is cut to, where it is cut.
    """

    number: str
    period: Period
    document_number: str
    budget_item: str
    budget_fen: int
    edition: str
    digest: str
    made_at: datetime
    state: Text
    prepared_by: str
    approved_by: str = ""
    within: Text | None = None
    demo: bool = False


_ACCOUNTS: Final = ("account_name", "account_bank", "account_number", "bank_code")
_OPTIONAL: Final[dict[str, type[pl.DataType]]] = {
    "community": pl.String,
    "deduction_reason": pl.String,
    "grant_fen": pl.Int64,
    "adjustment_fen": pl.Int64,
    "composite": pl.Int64,
}
_SIGNATURES = Text(
    "制表：{prepared}　　复核：　　　　审批：{approved}　　财务负责人：　　　　日期：　　　　（盖章）",
    "Prepared: {prepared}    Checked:            Approved: {approved}    Finance:            Date:            (seal)",
)
_DEMO = Text("演示数据，不作为任何拨付依据", "Demonstration data; no ground for any payment")


PAYERS: Final[Mapping[str, Text]] = {"district": Text("区级", "District"), "street": Text("街道", "Street office")}


def _columns(period: Period, reasons: Mapping[str, Text], payers: Mapping[str, Text]) -> tuple[Column, ...]:
    return (
        Column("serial", Text("序号", "No."), "count", 6),
        Column("estate_name", Text("小区名称", "Estate"), width=18),
        Column("estate_code", Text("小区编码", "Estate code")),
        Column("street", Text("街道", "Street")),
        Column("community", Text("社区", "Community")),
        Column("estate_type", Text("小区类型", "Type"), words=EstateType.labels(), width=14),
        Column("company_name", Text("物业企业", "Company"), width=26),
        Column("uscc", Text("统一社会信用代码", "Unified social credit code"), width=21),
        Column("management", Text("管理方式", "Management"), words=Management.labels(), width=10),
        Column("floor_area", Text("建筑面积(㎡)", "Floor area (㎡)"), "area", 13),
        Column("area_source", Text("面积依据", "Source of area"), words=AreaSource.labels(), width=9),
        Column("period", Text("考核期", "Period"), width=16, words={period.code: period.title}),
        Column("days", Text("有效天数", "Days"), "count", 7),
        Column("composite", Text("综合得分", "Score"), "score", 9),
        Column("stars", Text("星级", "Stars"), "stars", 6),
        Column("base_rate", Text("基准标准（元/㎡·月）", "Base rate (¥/㎡·month)"), "rate", 10),
        Column("star_coefficient", Text("星级系数", "Star coefficient"), "rate", 8),
        Column("months", Text("计补月数", "Months"), "rate", 9),
        Column("gross_fen", Text("应补金额", "Gross"), "money", 14, total=True),
        Column("deduction_fen", Text("扣减", "Deduction"), "money", total=True),
        Column("deduction_reason", Text("扣减事由", "Reason of deduction"), width=16),
        Column("capped_fen", Text("封顶后", "After cap"), "money", 14, total=True),
        Column("top_up_fen", Text("兜底补差", "Custody top-up"), "money", total=True),
        Column("grant_fen", Text("启动补助", "Start-up grant"), "money", total=True),
        Column("adjustment_fen", Text("调整（追回/补发）", "Adjustment"), "money", total=True),
        Column("due_fen", Text("应发金额", "Due"), "money", 14, total=True),
        Column("ratio", Text("预算缩放系数", "Budget ratio"), "ratio", 10),
        Column("paid_fen", Text("实发金额", "Paid"), "money", 14, total=True),
        *(
            Column(f"{payer}_fen", Text("{t}承担", "{t}").fill(t=title), "money", 14, total=True)
            for payer, title in payers.items()
        ),
        Column("account_name", Text("开户名", "Account name"), width=26),
        Column("account_bank", Text("开户行", "Bank"), width=24),
        Column("account_number", Text("银行账号", "Account number"), width=24),
        Column("bank_code", Text("联行号", "Bank code"), width=15),
        Column("number", Text("批次号", "Run"), width=18, words={"": NO_NUMBER}),
        Column("rules", Text("规则版本", "Edition of rules"), width=24),
        Column("zero_reason", Text("备注", "Remark"), width=18, words=reasons),
    )


def disbursement_sheet(
    lines: pl.DataFrame,
    run: RunSheet,
    *,
    reasons: Mapping[str, Text],
    payers: Mapping[str, Text] = PAYERS,
    public: bool = False,
) -> Table:
    """Return the sheet of a run; the public copy is without accounts.

    `lines` are those of `apportion`, in the order of the sheet, with street, community, estate_name, company_name,
    uscc, area_source, composite (figure) and the four account columns joined to them; `reasons` and
    `payers` are the edition's.
    """
    columns = [column for column in _columns(run.period, reasons, payers) if not (public and column.name in _ACCOUNTS)]
    rows = lines.with_columns(
        *(pl.lit(None, kind).alias(name) for name, kind in _OPTIONAL.items() if name not in lines.columns),
        serial=pl.int_range(1, pl.len() + 1),
        number=pl.lit(run.number),
        period=pl.lit(run.period.code),
        rules=pl.lit(f"{run.edition} {run.digest[:DIGEST_SHOWN]}"),
    )
    return Table(
        title=Text("补贴发放汇总表", "Subsidy disbursement sheet"),
        columns=columns,
        rows=rows,
        subtitle=_heading(run),
        footer=_footer(int(lines["paid_fen"].sum()), run),
        made_at=run.made_at,
        frozen=2,
        pages_wide=3,
    )


SEEN: Final = (
    Column("estate_name", Text("小区", "Estate"), width=18),
    Column("estate_code", Text("小区编码", "Estate code")),
    Column("street", Text("街道", "Street")),
    Column("estate_type", Text("小区类型", "Type"), words=EstateType.labels(), width=14),
    Column("company_name", Text("物业企业", "Company"), width=26),
    Column("stars", Text("星级", "Stars"), "stars", 6),
    Column("floor_area", Text("面积（㎡）", "Area (㎡)"), "area", 13),
    Column("base_rate", Text("标准", "Rate"), "rate", 8),
    Column("star_coefficient", Text("系数", "Factor"), "rate", 8),
    Column("days", Text("天数", "Days"), "count", 7),
    Column("due_fen", Text("应发（元）", "Due (¥)"), "money", 14, total=True),
    Column("paid_fen", Text("实发（元）", "Paid (¥)"), "money", 14, total=True),
    Column("district_fen", Text("区级（元）", "District (¥)"), "money", 14, total=True),
    Column("street_fen", Text("街道承担（元）", "Street office (¥)"), "money", 14, total=True),
    Column("told", Text("算式或原因", "Formula or reason"), width=60),
)
_FIRST_PAYER: Final = next(index for index, column in enumerate(SEEN) if column.name == "district_fen")


def seen_columns(payers: Mapping[str, Text]) -> tuple[Column, ...]:
    """Return `SEEN` with what further payers bear before what the district and the street do."""
    more = [
        Column(f"{payer}_fen", Text("{t}（元）", "{t} (¥)").fill(t=title), "money", 14, total=True)
        for payer, title in payers.items()
        if payer not in PAYERS
    ]
    return (*SEEN[:_FIRST_PAYER], *more, *SEEN[_FIRST_PAYER:])


_BATCH: Final = (
    Column("number", Text("批次号", "Run"), width=18),
    Column("rules", Text("规则版本", "Edition of rules"), width=24),
)


def lines_as_seen(
    rows: Sequence[Mapping[str, object]],
    paid_fen: int,
    run: RunSheet,
    *,
    narrowed: Sequence[Text] = (),
    payers: Mapping[str, Text] = PAYERS,
) -> Table:
    """Return the lines as a page shows them: its rows, their order, its columns and labels, and whence they come.

    `rows` have the columns of `SEEN` and one for each further payer, `narrowed` says by what the page is filtered and
    sorted.
    """
    columns = seen_columns(payers)
    batch = (run.number, f"{run.edition} {run.digest[:DIGEST_SHOWN]}")
    return Table(
        title=Text("补贴明细", "Subsidy lines"),
        columns=(*columns, *_BATCH),
        rows=[(*(row[column.name] for column in columns), *batch) for row in rows],
        subtitle=(*_heading(run), *narrowed),
        footer=_footer(paid_fen, run)[:-1],
        made_at=run.made_at,
        frozen=1,
        pages_wide=2,
    )


def _heading(run: RunSheet) -> tuple[Text, ...]:
    text = Text(
        "批次 {number}　考核期 {period}　状态 {state}　文号 {document}　预算项目 {item}　预算 ¥{budget}",
        "Run {number} · period {period} · {state} · document {document} · budget item {item} · budget ¥{budget}",
    )
    filled = text.fill(
        number=run.number or NO_NUMBER,
        period=run.period.title,
        state=run.state,
        document=run.document_number or "—",
        item=run.budget_item or "—",
        budget=yuan(run.budget_fen),
    )
    return (*((_DEMO,) if run.demo else ()), filled, *((run.within,) if run.within else ()))


def _footer(paid_fen: int, run: RunSheet) -> tuple[Text, ...]:
    words = Text("实发合计（大写）：{words}　¥{digits}", "Paid in all, in words: {words} · ¥{digits}")
    rules = Text("规则版本 {edition}　摘要 {digest}", "Edition of rules {edition} · digest {digest}")
    signatures = _SIGNATURES.fill(prepared=run.prepared_by, approved=run.approved_by or "　　　　")
    return (
        words.fill(words=in_words(paid_fen), digits=yuan(paid_fen)),
        rules.fill(edition=run.edition, digest=run.digest),
        signatures,
    )
