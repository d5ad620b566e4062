"""Inspections: my tasks, one inspection to enter, read or review, and the matrix street × round."""

from dataclasses import dataclass
from typing import ClassVar

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect

from redproperty.actions import inspections as actions
from redproperty.domain.access import Actor, Deed, scope
from redproperty.domain.inspections import EDITABLE, State
from redproperty.domain.items import Item
from redproperty.domain.numbers import shown
from redproperty.domain.texts import Invalid, Text
from redproperty.store import inspections, rounds
from redproperty.store.inspections import Change, Inspected, LastStar
from redproperty.web import entry, matrix, reviews
from redproperty.web.editions import packs
from redproperty.web.entry import EntryPage, Marked, Refusal, Saved, entry_in, round_title
from redproperty.web.security import needs
from redproperty.web.views import Ask, View, is_htmx, now, person, problems_by_field, see, today

OPEN = [state.value for state in EDITABLE]
SUBMITTED = Text(
    "已提交 {estate}，得分 {score}，等待复核。", "{estate} is handed in with {score}; it waits for review."
)
ACCEPTED = Text("{estate} 已通过。", "{estate} is accepted.")
RETURNED = Text("{estate} 已退回检查员。", "{estate} is returned to its inspector.")
SAVED = Text("{item} 已保存。", "{item} is saved.")
MARKED = Text(
    "已将 {n} 项记为无问题；需要实测填数的仍待填写。", "{n} items are marked as clean; what is measured stays open."
)
UNDONE = Text("已撤销 {n} 项。", "{n} items are open again.")


@dataclass(frozen=True)
class Task:
    """One inspection that a person has to do; `days` until it is due, below zero when it is late."""

    here: Inspected
    round: Text
    days: int
    answered: int
    last: LastStar | None


@dataclass(frozen=True)
class Tasks(View):
    """My tasks: what was returned, what is late, what is due."""

    template: ClassVar[str] = "pages/inspections/tasks.html"
    returned: tuple[Task, ...]
    late: tuple[Task, ...]
    due: tuple[Task, ...]
    waiting: int


@dataclass(frozen=True)
class History(View):
    """Every save of one answer, worded as the form words it."""

    template: ClassVar[str] = "pages/inspections/history.html"
    here: Inspected
    item: Item
    round: Text
    changes: tuple[tuple[Change, Text | None, Text], ...]


def _me(request: Ask) -> Actor:
    actor = person(request)
    assert actor is not None  # noqa: S101 - a guard has seen to it
    return actor


async def _found(request: Ask, inspection: int) -> Inspected:
    """Return the inspection, where it lies in the asker's scope.

    Raises:
        NotFoundException: it does not.
    """
    here = await inspections.fetch(inspection, scope(_me(request)))
    if here is None:
        raise NotFoundException
    return here


async def _entry(request: Ask, inspection: int, refusal: Refusal | None = None) -> EntryPage:
    here = await _found(request, inspection)
    return await entry.build(here, actions.edition(packs(request), here), refusal=refusal)


@get("/tasks", guards=[needs(Deed.SCORE_INSPECTION)])
async def tasks(request: Ask) -> Response[str]:
    """Show what the person has to do, the most urgent first."""
    found = await inspections.assigned(_me(request).id, [*OPEN, State.SUBMITTED.value])
    mine = [here for here in found if here.state in OPEN]
    answered = await inspections.answered([here.id for here in mine])
    stars = await inspections.last_stars([here.estate_id for here in mine])
    listed = [
        Task(here, round_title(here.round), (here.due_on - today(request)).days, answered.get(here.id, 0),
             stars.get(here.estate_id))
        for here in mine
    ]  # fmt: skip
    returned = tuple(task for task in listed if task.here.state == State.RETURNED.value)
    drafts = [task for task in listed if task.here.state == State.DRAFT.value]
    return Tasks(
        returned=returned,
        late=tuple(task for task in drafts if task.days < 0),
        due=tuple(task for task in drafts if task.days >= 0),
        waiting=len(found) - len(mine),
    ).response(request)


@get("/inspections/{inspection:int}", guards=[needs(Deed.VIEW_INSPECTIONS)])
async def show(request: Ask, inspection: FromPath[int]) -> Response[str]:
    """Show an inspection: to its inspector to be filled in while it is open, to everybody else to read."""
    here, actor = await _found(request, inspection), _me(request)
    pack = actions.edition(packs(request), here)
    if here.inspector_id == actor.id and here.state in OPEN:
        return (await entry.build(here, pack)).response(request)
    return (await reviews.read(here, pack, actor)).response(request)


@post("/inspections/{inspection:int}/answers/{item:str}", guards=[needs(Deed.SCORE_INSPECTION)])
async def save_answer(request: Ask, inspection: FromPath[int], item: FromPath[str]) -> Response[str] | Redirect:
    """Save one item; to htmx the parts of the page that change, to a plain form the page at the item."""
    await _found(request, inspection)
    sent = entry_in(await request.form())
    refusal = None
    try:
        await actions.save_answer(_me(request), inspection, item, sent, packs=packs(request), at=now(request))
    except Invalid as invalid:
        refusal = Refusal(item, sent, invalid.problems[0].text)
    if not is_htmx(request) and refusal is None:
        return see(f"/inspections/{inspection}#f-{item}", SAVED.fill(item=item))
    built = await _entry(request, inspection, refusal)
    status = 422 if refusal else 200
    if not is_htmx(request):
        return built.response(request, status=status)
    section = built.section_of(item)
    card = next(card for card in section.cards if card.item.code == item)
    return Saved(built, section, card).response(request, status=status)


@post("/inspections/{inspection:int}/categories/{category:str}/clean", guards=[needs(Deed.SCORE_INSPECTION)])
async def mark_rest_clean(request: Ask, inspection: FromPath[int], category: FromPath[str]) -> Response[str] | Redirect:
    """Mark the rest of a category as clean, or (undo=1) take that back."""
    await _found(request, inspection)
    undo = (await request.form()).get("undo") == "1"
    action = actions.undo_rest_clean if undo else actions.mark_rest_clean
    codes = await action(_me(request), inspection, category, packs=packs(request), at=now(request))
    if not is_htmx(request):
        return see(f"/inspections/{inspection}#c-{category}", (UNDONE if undo else MARKED).fill(n=len(codes)))
    built = await _entry(request, inspection)
    section = next((one for one in built.sections if one.category.code == category), None)
    if section is None:
        raise NotFoundException
    return Marked(built, section).response(request)


@post("/inspections/{inspection:int}/submit", guards=[needs(Deed.SUBMIT_INSPECTION)])
async def submit(request: Ask, inspection: FromPath[int]) -> Response[str] | Redirect:
    """Hand the inspection in, or show everything that is missing, linked."""
    here = await _found(request, inspection)
    try:
        score = await actions.submit(_me(request), inspection, packs=packs(request), at=now(request))
    except Invalid as invalid:
        pack = actions.edition(packs(request), here)
        built = await entry.build(here, pack, problems=problems_by_field(invalid.problems))
        return built.response(request, status=422)
    return see("/tasks", SUBMITTED.fill(estate=here.estate, score=shown(score)))


@post("/inspections/{inspection:int}/review", guards=[needs(Deed.REVIEW_INSPECTION)])
async def review(request: Ask, inspection: FromPath[int]) -> Response[str] | Redirect:
    """Accept an inspection or return it; remarks that cannot be taken stay in the form."""
    here, actor, form = await _found(request, inspection), _me(request), await request.form()
    remark = str(form.get("remark", "")).strip()
    remarks = {name.removeprefix("item-"): str(text) for name, text in form.items() if name.startswith("item-")}
    pack = actions.edition(packs(request), here)
    try:
        if form.get("decision") == "accept":
            await actions.accept(actor, inspection, remark=remark, at=now(request))
            return see("/inspections", ACCEPTED.fill(estate=here.estate))
        await actions.give_back(actor, inspection, remark=remark, items=remarks, packs=packs(request), at=now(request))
    except Invalid as invalid:
        problems = problems_by_field(invalid.problems)
        view = await reviews.read(here, pack, actor, remarks=remarks, remark=remark, problems=problems)
        return view.response(request, status=422)
    return see("/inspections", RETURNED.fill(estate=here.estate))


@get("/inspections/{inspection:int}/answers/{item:str}", guards=[needs(Deed.VIEW_INSPECTIONS)])
async def history(request: Ask, inspection: FromPath[int], item: FromPath[str]) -> Response[str]:
    """Show who changed one answer, when, from what to what."""
    here = await _found(request, inspection)
    found = actions.edition(packs(request), here).sheet.by_code.get(item)
    if found is None:
        raise NotFoundException
    saves = await inspections.changes(inspection, item)
    told = tuple((save, _worded(found, save.old), _said(found, save.new)) for save in saves)
    return History(here, found, round_title(here.round), told).response(request)


def _worded(item: Item, said: inspections.Said | None) -> Text | None:
    return None if said is None else _said(item, said)


def _said(item: Item, said: inspections.Said) -> Text:
    """Return an answer in words, without its points: they follow from the rule."""
    if said.value is None:
        return Text("未作答", "open")
    if said.value < 0:
        return item.outcome(said.value, 0)
    return item.shape.outcome(said.value, item.full_points)


@get("/inspections", guards=[needs(Deed.VIEW_INSPECTIONS)])
async def show_matrix(request: Ask) -> Response[str]:
    """Show the matrix street × round of a period and the inspections that the address asks for."""
    known = await rounds.periods()
    asked = matrix.asked_in(request.query_params, known, today(request))
    return (await matrix.build(asked, known, scope(_me(request)), today(request))).response(request)


ROUTES = (tasks, show, save_answer, mark_rest_clean, submit, review, history, show_matrix)
