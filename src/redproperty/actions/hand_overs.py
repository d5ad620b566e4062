"""Handing inspections over from one inspector to another, many at once; what was entered keeps its author."""

from collections.abc import Collection
from datetime import datetime

from redproperty.actions.acting import acting
from redproperty.domain.access import Actor, Deed, scope
from redproperty.domain.texts import Invalid, Problem, Text
from redproperty.store import hand_overs
from redproperty.store.hand_overs import Holder, Task

LONGEST = 200
NOTHING = Text("请勾选要移交的检查", "tick the inspections to hand over")
NOBODY = Text("请选择接手的检查员", "choose who takes over")
TOO_LONG = Text("最多 {n} 个字", "{n} characters at most")
GONE = Text(
    "有 {n} 次检查已经提交或不在您的范围内，没有移交。请刷新后重选。",
    "{n} inspections have been handed in or lie outside what you may see; nothing was handed over. Choose anew.",
)
ELSEWHERE = Text(
    "{estates}不在{name}的街道，不能移交。", "{estates}: not in the street of {name}, so it cannot be handed over."
)
BLIND = Text(
    "{estates}由{name}负责另一次（盲评要由两个人各评一次），请选别人。",
    "{estates}: {name} scores it in the other look (a blind second look is by another person); choose somebody else.",
)


async def hand_over(actor: Actor, ids: Collection[int], to: str, *, reason: str, at: datetime) -> tuple[Holder, int]:
    """Give open inspections to another inspector of the street, all or none; return who, and how many.

    Raises:
        Invalid: nothing chosen, nobody to take over, or some cannot go to this person.
        Refused: not allowed.
    """
    async with acting(actor, Deed.HAND_OVER, "inspections", at=at) as details:
        people = await hand_overs.holders(scope(actor))
        taker = next((one for one in people if one.login == to and not one.disabled), None)
        tasks = await hand_overs.tasks(scope(actor), ids=ids)
        problems = _problems(ids, taker, tasks, reason)
        if problems or taker is None:
            raise Invalid(*problems)
        moving = [task for task in tasks if task.inspector_id != taker.id]
        await hand_overs.move([task.id for task in moving], taker.id)
        details |= {"to": taker.login, "from": sorted({task.inspector for task in moving}), "reason": reason.strip()}
        details |= {"inspections": [task.id for task in moving]}
    return taker, len(moving)


def _problems(ids: Collection[int], taker: Holder | None, tasks: list[Task], reason: str) -> list[Problem]:
    """Return everything that is wrong."""
    problems = [Problem("ids", NOTHING)] if not ids else []
    if gone := len(set(ids)) - len(tasks):
        problems.append(Problem("ids", GONE.fill(n=gone)))
    if len(reason.strip()) > LONGEST:
        problems.append(Problem("reason", TOO_LONG.fill(n=LONGEST)))
    if taker is None:
        return [*problems, Problem("to", NOBODY)]
    for text, wrong in (
        (ELSEWHERE, [task.estate for task in tasks if task.street != taker.street]),
        (BLIND, [task.estate for task in tasks if task.other == taker.id]),
    ):
        if wrong:
            names = Text("、".join(wrong[:5]) + ("等" if len(wrong) > 5 else ""), ", ".join(wrong[:5]))  # noqa: PLR2004
            problems.append(Problem("to", text.fill(estates=names, name=taker.name)))
    return problems
