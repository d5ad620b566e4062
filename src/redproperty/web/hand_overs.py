"""Handing tasks over: whose, which, to whom; all of a person's or some of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from litestar import Response, get, post

from redproperty.actions.hand_overs import hand_over
from redproperty.domain.access import Deed, scope
from redproperty.domain.inspections import State
from redproperty.domain.rounds import round_title
from redproperty.domain.texts import Invalid, Text
from redproperty.store import divisions, hand_overs
from redproperty.store.hand_overs import Holder, Task
from redproperty.web.security import needs
from redproperty.web.views import Ask, View, actor_of, now, problems_by_field, see

HANDED_OVER = Text("已把 {n} 次检查移交给 {name}。", "{n} inspections are handed over to {name}.")


@dataclass(frozen=True)
class Row:
    """One open inspection of the person; `ticked` when it was chosen."""

    task: Task
    round: Text
    state: Text
    ticked: bool


@dataclass(frozen=True)
class HandOver(View):
    """Who has how much to do, the open inspections of the one chosen, and who could take them."""

    template: ClassVar[str] = "pages/inspections/hand_over.html"
    people: tuple[tuple[Holder, str], ...]
    chosen: Holder | None
    rows: tuple[Row, ...]
    takers: tuple[tuple[str, str], ...]
    to: str = ""
    reason: str = ""
    problems: Mapping[str, Text] = field(default_factory=dict)


async def _page(ask: Ask, login: str, ids: frozenset[int] = frozenset(), **typed: Any) -> HandOver:
    seen = scope(actor_of(ask))
    people = await hand_overs.holders(seen)
    names = {one.code: one.name for one in await divisions.streets()}
    chosen = next((one for one in people if one.login == login), None)
    tasks = await hand_overs.tasks(seen, holder=chosen.id) if chosen else []
    streets = {task.street for task in tasks}
    return HandOver(
        people=tuple((one, names.get(one.street, "—")) for one in people),
        chosen=chosen,
        rows=tuple(
            Row(task, round_title(task.round), State(task.state).label, not ids or task.id in ids) for task in tasks
        ),
        takers=tuple(
            (one.login, f"{one.name}（{names.get(one.street, '')} · {one.tasks}）")
            for one in people
            if not one.disabled and one.street in streets and one is not chosen
        ),
        **typed,
    )


@get("/hand-over", guards=[needs(Deed.HAND_OVER)])
async def show(request: Ask) -> Response[str]:
    """Show who has how much to do; `from` in the address chooses whose tasks are handed over."""
    return (await _page(request, request.query_params.get("from", ""))).response(request)


@post("/hand-over", guards=[needs(Deed.HAND_OVER)])
async def save(request: Ask) -> Response[Any]:
    """Hand the ticked inspections over, or say everything that is wrong."""
    sent = await request.form()
    ids = frozenset(int(one) for one in map(str, sent.getall("ids", [])) if one.isdecimal())
    login, to, reason = (str(sent.get(name, "")) for name in ("from", "to", "reason"))
    try:
        taker, count = await hand_over(actor_of(request), ids, to, reason=reason, at=now(request))
    except Invalid as invalid:
        problems = problems_by_field(invalid.problems)
        return (await _page(request, login, ids, to=to, reason=reason, problems=problems)).response(request, status=422)
    return see("/hand-over", HANDED_OVER.fill(n=count, name=taker.name))


ROUTES = (show, save)
