"""Inspections: my tasks, one inspection to enter, read or review, and the matrix street × round."""

import json
from dataclasses import dataclass, replace
from typing import ClassVar

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect

from redproperty.actions import companions, entering
from redproperty.actions import inspections as actions
from redproperty.actions.exporting import record_export
from redproperty.actions.reviews import accept, give_back
from redproperty.domain.access import Deed, scope
from redproperty.domain.items import Item
from redproperty.domain.numbers import shown
from redproperty.domain.rounds import round_title
from redproperty.domain.texts import Invalid, Text
from redproperty.store import inspections, rounds
from redproperty.store.inspections import Change, Inspected
from redproperty.store.receipts import Written
from redproperty.web import answers, entry, matrix, old_drafts, reviews, tasks
from redproperty.web.answers import NOT_CHANGED, Refusal, entry_in
from redproperty.web.editions import packs
from redproperty.web.entry import Marked, Saved
from redproperty.web.files import CSV, XLSX, FileKind, table_file
from redproperty.web.mending import said_in_words, why_in_words
from redproperty.web.security import PUBLIC, needs
from redproperty.web.templating import STATIC
from redproperty.web.views import Ask, View, actor_of, is_htmx, now, problems_by_field, see, today

LONGEST_KEY = 64  # characters of the key under which a phone sends a deed
SUBMITTED = Text(
    "已提交 {estate}，得分 {score}，等待复核。", "{estate} is handed in with {score}; it waits for review."
)
ACCEPTED = Text("{estate} 已通过。", "{estate} is accepted.")
RETURNED = Text("{estate} 已退回检查员。", "{estate} is returned to its inspector.")
COPIED_ONE = Text("{item} 已沿用上一轮的结果。", "{item} is copied from the last round.")
SAVED = Text("{item} 已保存。", "{item} is saved.")
MARKED = Text(
    "已将 {n} 项记为无问题；需要实测填数的仍待填写。", "{n} items are marked as clean; what is measured stays open."
)
UNDONE = Text("已撤销 {n} 项。", "{n} items are open again.")


@dataclass(frozen=True)
class Told:
    """One save of one answer in words; `old` is None when it was the first."""

    change: Change
    old: Text | None
    new: Text
    why: Text


@dataclass(frozen=True)
class History(View):
    """Every save of one answer, worded as the form words it."""

    template: ClassVar[str] = "pages/inspections/history.html"
    here: Inspected
    item: Item
    round: Text
    changes: tuple[Told, ...]


async def _found(request: Ask, inspection: int) -> Inspected:
    """Return the inspection, where it lies in the asker's scope.

    Raises:
        NotFoundException: it does not.
    """
    here = await inspections.fetch(inspection, scope(actor_of(request)))
    if here is None:
        raise NotFoundException
    return here


@get("/tasks", guards=[needs(Deed.SCORE_INSPECTION)])
async def show_tasks(request: Ask) -> Response[str]:
    """Show what the person has to do, the most urgent first."""
    return (await tasks.build(actor_of(request).id, packs(request), today(request))).response(request)


@get("/inspections/{inspection:int}", guards=[needs(Deed.VIEW_INSPECTIONS)])
async def show(request: Ask, inspection: FromPath[int]) -> Response[str]:
    """Show an inspection: to its inspector to be filled in while it is open, to everybody else to read."""
    here, actor = await _found(request, inspection), actor_of(request)
    pack = actions.edition(packs(request), here)
    if await companions.enters(actor, here):
        return (await entry.build(here, pack, at=request.query_params.get("at", ""))).response(request)
    return (await reviews.read(here, pack, actor)).response(request)


@post("/inspections/{inspection:int}/answers/{item:str}", guards=[needs(Deed.SCORE_INSPECTION)])
async def save_answer(request: Ask, inspection: FromPath[int], item: FromPath[str]) -> Response[str] | Redirect:
    """Save one item; to the script of the page the parts that change, to a plain form the page at the item."""
    here = await _found(request, inspection)
    done = await _saved(request, here, item, entry_in(await request.form()))
    refusal = done if isinstance(done, Refusal) else None
    if not is_htmx(request) and refusal is None:
        return see(f"/inspections/{inspection}?at={item}#f-{item}", SAVED.fill(item=item))
    pack = actions.edition(packs(request), here)
    status = 200 if refusal is None else 409 if refusal.overtaken else 422
    if not is_htmx(request):
        return (await entry.build(here, pack, refusal=refusal)).response(request, status=status)
    built = await entry.changed(here, pack, refusal=refusal)
    section = built.section_of(item)
    card = next(card for card in section.cards if card.item.code == item)
    return Saved(built, section, card).response(request, status=status, headers=_receipt(done))


async def _saved(request: Ask, here: Inspected, item: str, sent: actions.Entry) -> Written | Refusal:
    """Save one item; return what that wrote, or why it could not be, with what was sent."""
    try:
        return await actions.save_answer(
            actor_of(request), here.id, item, sent, packs=packs(request), at=now(request), key=_key(request)
        )
    except Invalid as invalid:
        return Refusal(item, sent, NOT_CHANGED.fill(why=invalid.problems[0].text))
    except actions.Overtaken as clash:
        return answers.overtaken(actions.edition(packs(request), here).sheet.by_code[item], sent, clash)


def _key(request: Ask) -> str:
    """Return the key under which a phone sends a deed, once or again; a plain form has none."""
    return request.headers.get("idempotency-key", "")[:LONGEST_KEY]


def _receipt(done: Written | Refusal) -> dict[str, str]:
    """Return the header that says what a deed wrote, so that the phone knows on what its next deeds build."""
    return {} if isinstance(done, Refusal) else {"x-written": json.dumps(done)}


@post("/inspections/{inspection:int}/answers/{item:str}/copy", guards=[needs(Deed.SCORE_INSPECTION)])
async def copy_answer(request: Ask, inspection: FromPath[int], item: FromPath[str]) -> Response[str] | Redirect:
    """Answer one item as the last round did; where it was saved elsewhere meanwhile, show both."""
    here, version = await _found(request, inspection), entry_in(await request.form()).version
    pack = actions.edition(packs(request), here)
    refusal: Refusal | None = None
    written: Written = {}
    try:
        written = await entering.copy_answer(
            actor_of(request), inspection, item, packs=packs(request), at=now(request), version=version,
            key=_key(request),
        )  # fmt: skip
    except actions.Overtaken as clash:
        found, sent = pack.sheet.by_code[item], clash.sent
        refusal = answers.overtaken(found, answers.as_typed(found, sent.value, sent.reasons, sent.note), clash)
    status = 200 if refusal is None else 409
    if not is_htmx(request) and refusal is None:
        return see(f"/inspections/{inspection}?at={item}#f-{item}", COPIED_ONE.fill(item=item))
    built = await entry.build(here, pack, refusal=refusal)
    if not is_htmx(request):
        return built.response(request, status=status)
    return Marked.of(built, {item}).response(request, status=status, headers=_receipt(written))


@post("/inspections/{inspection:int}/confirm", guards=[needs(Deed.SCORE_INSPECTION)])
async def confirm_site(request: Ask, inspection: FromPath[int]) -> Response[str] | Redirect:
    """Confirm the estate before the first answer."""
    here, place = await _found(request, inspection), str((await request.form()).get("place", ""))
    try:
        written = await entering.confirm_site(actor_of(request), here.id, place, at=now(request), key=_key(request))
    except Invalid as invalid:
        problems = problems_by_field(invalid.problems)
        built = await entry.build(here, actions.edition(packs(request), here), problems=problems)
        return built.response(request, status=422)
    if is_htmx(request):
        return Response("", media_type="text/html", status_code=200, headers=_receipt(written))
    return see(f"/inspections/{here.id}")


@post("/inspections/{inspection:int}/categories/{category:str}/clean", guards=[needs(Deed.SCORE_INSPECTION)])
async def mark_rest_clean(request: Ask, inspection: FromPath[int], category: FromPath[str]) -> Response[str] | Redirect:
    """Mark the rest of a category as clean, or (undo=1) take that back."""
    here = await _found(request, inspection)
    if category not in {one.code for one in actions.edition(packs(request), here).sheet.categories}:
        raise NotFoundException
    return await _marked(request, here, category)


@post("/inspections/{inspection:int}/clean", guards=[needs(Deed.SCORE_INSPECTION)])
async def mark_sheet_clean(request: Ask, inspection: FromPath[int]) -> Response[str] | Redirect:
    """Mark the rest of the whole sheet as clean, or (undo=1) take all such marks back."""
    return await _marked(request, await _found(request, inspection), None)


async def _marked(request: Ask, here: Inspected, category: str | None) -> Response[str] | Redirect:
    undo = (await request.form()).get("undo") == "1"
    action = entering.undo_rest_clean if undo else entering.mark_rest_clean
    written = await action(
        actor_of(request), here.id, category, packs=packs(request), at=now(request), key=_key(request)
    )
    if not is_htmx(request):
        place = f"?at={category}#c-{category}" if category else ""
        return see(f"/inspections/{here.id}{place}", (UNDONE if undo else MARKED).fill(n=len(written)))
    built = await entry.build(here, actions.edition(packs(request), here))
    return Marked.of(built, written).response(request, headers=_receipt(written))


@post("/inspections/{inspection:int}/submit", guards=[needs(Deed.SUBMIT_INSPECTION)])
async def submit(request: Ask, inspection: FromPath[int]) -> Response[str] | Redirect:
    """Hand the inspection in, or show everything that is missing, linked."""
    here = await _found(request, inspection)
    remark = str((await request.form()).get("remark", "")).strip()
    try:
        score = await actions.submit(
            actor_of(request), inspection, packs=packs(request), at=now(request), remark=remark
        )  # fmt: skip
    except Invalid as invalid:
        pack = actions.edition(packs(request), here)
        built = await entry.build(here, pack, problems=problems_by_field(invalid.problems))
        return built.response(request, status=422)
    return see("/tasks", SUBMITTED.fill(estate=here.estate, score=shown(score)))


@post("/inspections/{inspection:int}/review", guards=[needs(Deed.REVIEW_INSPECTION)])
async def review(request: Ask, inspection: FromPath[int]) -> Response[str] | Redirect:
    """Accept an inspection or return it; remarks that cannot be taken stay in the form."""
    here, actor, form = await _found(request, inspection), actor_of(request), await request.form()
    remark = str(form.get("remark", "")).strip()
    remarks = {name.removeprefix("item-"): str(text) for name, text in form.items() if name.startswith("item-")}
    pack = actions.edition(packs(request), here)
    try:
        if form.get("decision") == "accept":
            await accept(actor, inspection, remark=remark, packs=packs(request), at=now(request))
            return see("/inspections", ACCEPTED.fill(estate=here.estate))
        await give_back(actor, inspection, remark=remark, items=remarks, packs=packs(request), at=now(request))
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
    told = tuple(_told(found, save) for save in await inspections.changes(inspection, item))
    return History(here, found, round_title(here.round), told).response(request)


def _told(item: Item, save: Change) -> Told:
    old = None if save.old is None else said_in_words(item, save.old)
    return Told(save, old, said_in_words(item, save.new), why_in_words(save.reason))


@get(
    "/inspections/worker.js",
    media_type="text/javascript",
    opt=dict(PUBLIC, exclude_from_auth=True),
    sync_to_thread=False,
)
def worker() -> Response[bytes]:
    """Return the service worker that opens a sheet without a network; its scope is what lies under /inspections/."""
    script = (STATIC / "worker.js").read_bytes()
    return Response(script, media_type="text/javascript", headers={"cache-control": "no-cache"})


@get("/inspections", guards=[needs(Deed.VIEW_INSPECTIONS)])
async def show_matrix(request: Ask) -> Response[str]:
    """Show the matrix street × round of a period and the inspections that the address asks for."""
    known = await rounds.periods()
    asked = matrix.asked_in(request.query_params, known, today(request))
    built = await matrix.build(asked, known, actor_of(request), today(request))
    old = len(await old_drafts.rows(request)) if built.may_hand_over else 0
    return replace(built, old_drafts=old).response(request)


@get("/inspections.xlsx", guards=[needs(Deed.VIEW_INSPECTIONS), needs(Deed.EXPORT)])
async def export_xlsx(request: Ask) -> Response[bytes]:
    """Return the list as the address narrows it, as a workbook."""
    return await _export(request, XLSX)


@get("/inspections.csv", guards=[needs(Deed.VIEW_INSPECTIONS), needs(Deed.EXPORT)])
async def export_csv(request: Ask) -> Response[bytes]:
    """Return the list as the address narrows it, as CSV."""
    return await _export(request, CSV)


async def _export(ask: Ask, kind: FileKind) -> Response[bytes]:
    actor, day = actor_of(ask), today(ask)
    asked = matrix.asked_in(ask.query_params, await rounds.periods(), day)
    listed = matrix.in_state(await matrix.every(asked, scope(actor), day), asked.state)
    await record_export(actor, "inspections", filters=asked.query, rows=len(listed), kind=kind, at=now(ask))
    return table_file(ask, matrix.sheet(listed, asked), day, kind)


ROUTES = (
    show_tasks, show, save_answer, mark_rest_clean, mark_sheet_clean, copy_answer, confirm_site, worker, submit, review,
    history, show_matrix, export_xlsx, export_csv,
)  # fmt: skip
