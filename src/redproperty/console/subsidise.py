"""Paying by the stars without a browser: a draft with its disbursement sheet, or a dry run of it."""

import argparse
from dataclasses import dataclass
from pathlib import Path

from redproperty.console.record import DONE, acting, now, usable, within
from redproperty.domain.access import Role
from redproperty.domain.texts import Lang, Refused, Text
from redproperty.settings import Settings

_NO_FOLDER = Text("没有文件夹 {folder}", "There is no folder {folder}")
_UNNAMED = {"document_number": "—", "budget_item": "—"}  # of a dry run, which is paid under nothing
_DRY_RUN = Text("试算，没有编制", "dry run, nothing drafted")
_WHAT_A_RUN_NEEDS = Text(
    "补贴必须有文号和预算项目：加上 --document 和 --item 才编制成批次。",
    "A run needs a document number and a budget item: add --document and --item to draft it.",
)
_WAITS = Text("等财务审核批准。", "It waits for a finance checker.")


@dataclass(frozen=True)
class _Money:
    """What a run or a dry run (no number) comes to."""

    number: str | None
    lines: int
    budget_fen: int
    due_fen: int
    paid_fen: int


def subsidise(options: argparse.Namespace, lang: Lang) -> int:
    """Draft a run, write its disbursement sheet and print the sums; without a document and item it is a dry run."""
    from redproperty.actions.subsidies import draft, plan, read_order, sheet_of, sheet_of_plan
    from redproperty.domain.access import scope
    from redproperty.exports.workbooks import xlsx
    from redproperty.store import subsidies

    if not options.out.absolute().parent.is_dir():  # before anything is drafted
        raise Refused(_NO_FOLDER.fill(folder=options.out.parent))
    named = bool(options.document or options.item)
    typed = {"document_number": options.document, "budget_item": options.item} if named else _UNNAMED
    order = read_order({"period": options.period, "budget": options.budget, **typed})

    async def work(settings: Settings) -> _Money:
        actor, editions = await acting(options.login, Role.FINANCE_PREPARER), await usable(settings)
        if not named:
            planned = await plan(actor, editions, order)
            table = sheet_of_plan(planned, at=now(), by=actor.name, demo=settings.demo)
            options.out.write_bytes(xlsx(table, lang))
            return _Money(None, planned.lines.height, order.budget_fen, planned.due_fen, planned.paid_fen)
        number = await draft(actor, editions, order, at=now())
        run = await subsidies.run(number)
        assert run is not None  # noqa: S101 - it has just been drafted
        table = await sheet_of(run, editions, scope(actor), demo=settings.demo)
        options.out.write_bytes(xlsx(table, lang))
        return _Money(number, len(table.rows), run.budget_fen, run.due_fen, run.paid_fen)

    _say(within(work), options.out, lang)
    return DONE


def _say(money: _Money, out: Path, lang: Lang) -> None:
    """Print the sums of a run, where the sheet is, and what comes next."""
    from redproperty.domain.money import in_words, yuan

    head = Text("{number}：{lines} 行", "{number}: {lines} lines")
    print(head.fill(number=money.number or _DRY_RUN, lines=money.lines).say(lang))
    rows = (
        (Text("预算", "budget"), yuan(money.budget_fen)),
        (Text("应发", "due"), yuan(money.due_fen)),
        (Text("实发", "paid"), yuan(money.paid_fen)),
        (Text("大写", "in words"), in_words(money.paid_fen)),
    )
    for title, told in rows:
        print(f"  {title.say(lang)}\t{told}")
    text = Text("已写入 {out}。{then}", "Written to {out}. {then}")
    print(text.fill(out=out, then=_WHAT_A_RUN_NEEDS if money.number is None else _WAITS).say(lang))
