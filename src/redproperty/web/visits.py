"""What is entered of a visit beside the answers: photos, who signed, where it was; and the pictures handed out.

A phone sends pictures one by one by its script, a plain form a few at once. What goes out is a stripped copy; the
original only to those who look into a case.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from litestar import MediaType, Response, get, post
from litestar.datastructures import FormMultiDict, UploadFile
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect

from redproperty.actions import photos as actions
from redproperty.actions import signatures as signing
from redproperty.actions.inspections import edition
from redproperty.actions.photos import Sent
from redproperty.actions.proof import SIGNING
from redproperty.actions.signatures import Said
from redproperty.domain.access import Deed, Scope, scope
from redproperty.domain.photos import JPEG, LARGEST
from redproperty.domain.texts import Invalid, Problem, Text
from redproperty.store import inspections, photos, pictures
from redproperty.store.inspections import Inspected
from redproperty.store.photos import Photo
from redproperty.web import entry, signatures
from redproperty.web.editions import packs
from redproperty.web.photos import Shot
from redproperty.web.security import needs
from redproperty.web.signatures import Place, Signing
from redproperty.web.views import Ask, actor_of, is_htmx, language, now, problems_by_field, see

FIELD: Final = "photo-"  # before the item's code: the name of a file's field
BODY: Final = 3 * LARGEST + 1024**2  # of a request: a plain form may bring a few pictures at once
SAFE: Final = {  # beside every picture: it is a picture and nothing else, whatever a browser would make of it
    "content-security-policy": "default-src 'none'; sandbox",
    "cache-control": "private, max-age=3600",
}
ADDED = Text("{item} 已上传 {n} 张照片。", "{n} pictures of {item} are kept.")
REMOVED = Text("{item} 的照片已移除。", "The picture of {item} is removed.")
NO_FILE = Text("请先拍照或选照片", "Take or choose a picture first")
SIGNED = Text("签字已登记。", "The signature is recorded.")
NOT_SIGNED = Text("拒签和原因已登记。", "The refusal and its reason are recorded.")
PLACED = Text("位置已保存。", "The position is kept.")
FORGOTTEN = Text("位置已移除。", "The position is removed.")


async def _found(request: Ask, inspection: int) -> Inspected:
    here = await inspections.fetch(inspection, scope(actor_of(request)))
    if here is None:
        raise NotFoundException
    return here


@post("/inspections/{inspection:int}/photos", guards=[needs(Deed.ADD_PHOTO)], request_max_body_size=BODY)
async def add(request: Ask, inspection: FromPath[int]) -> Response[str] | Redirect:
    """Keep the pictures of a form: to the script the picture as it stands at its item, to a plain form the page."""
    here = await _found(request, inspection)
    form = await request.form()
    item, brought = str(form.get("item", "")), await _brought(form)
    kept: list[Photo] = []
    problems: list[Problem] = []
    for code, sent in brought:  # each alone: one that is refused holds up no other
        try:
            kept.append(await _kept(request, here, code, sent))
        except Invalid as invalid:
            problems += invalid.problems
    if problems:
        return await _refused(request, here, problems_by_field(tuple(problems)))
    if not kept:
        return await _refused(request, here, {item: NO_FILE})
    if is_htmx(request):
        return Response("", status_code=204) if kept[0].removed_at else Shot(kept[0]).response(request)
    return see(f"/inspections/{inspection}?at={item}#f-{item}", ADDED.fill(item=item, n=len(kept)))


async def _brought(form: FormMultiDict) -> list[tuple[str, Sent]]:
    """Return the files of a form, each with its item; the name that a file had elsewhere is not looked at."""
    key, taken = str(form.get("key", "")), str(form.get("taken", ""))
    files = [(name, one) for name, one in form.multi_items() if name.startswith(FIELD) and isinstance(one, UploadFile)]
    alone = len(files) == 1
    return [
        (name.removeprefix(FIELD), Sent(await one.read(), key if alone else "", taken if alone else ""))
        for name, one in files
    ]


async def _kept(request: Ask, here: Inspected, item: str, sent: Sent) -> Photo:
    folder = request.app.state.settings.photos_folder
    return await actions.add(
        actor_of(request), here.id, item, sent, packs=packs(request), folder=folder, at=now(request)
    )


async def _refused(request: Ask, here: Inspected, problems: Mapping[str, Text]) -> Response[str]:
    """Say why a picture was not kept: to the script in a sentence, to a plain form at its item."""
    item, text = next(iter(problems.items()))
    if is_htmx(request):
        return Response(text.say(language(request)), status_code=422, media_type=MediaType.TEXT)
    built = await entry.build(here, edition(packs(request), here), problems=problems, at=item)
    return built.response(request, status=422)


@post("/inspections/{inspection:int}/photos/{photo:int}/remove", guards=[needs(Deed.REMOVE_PHOTO)],
      request_max_body_size=BODY)  # fmt: skip
async def remove(request: Ask, inspection: FromPath[int], photo: FromPath[int]) -> Response[str] | Redirect:
    """Take a picture back."""
    await _found(request, inspection)
    gone = await actions.remove(actor_of(request), inspection, photo, at=now(request))
    if is_htmx(request):
        return Response("", status_code=204)
    return see(f"/inspections/{inspection}?at={gone.item}#f-{gone.item}", REMOVED.fill(item=gone.item))


@get("/photos/{photo:int}/small.jpg", guards=[needs(Deed.VIEW_PHOTOS)])
async def show_small(request: Ask, photo: FromPath[int]) -> Response[bytes]:
    """Show the small copy, stripped of everything but its pixels."""
    return await _copy(request, photo, "small")


@get("/photos/{photo:int}/view.jpg", guards=[needs(Deed.VIEW_PHOTOS)])
async def show_view(request: Ask, photo: FromPath[int]) -> Response[bytes]:
    """Show the larger copy, stripped of everything but its pixels."""
    return await _copy(request, photo, "view")


async def _copy(request: Ask, photo: int, which: pictures.Copy) -> Response[bytes]:
    found = await _seen(photo, scope(actor_of(request)))
    try:
        content = await pictures.copy(request.app.state.settings.photos_folder, found.sha256, which)
    except FileNotFoundError:
        raise NotFoundException from None
    name = f'inline; filename="photo-{photo}-{which}.jpg"'
    return Response(content, media_type=JPEG, headers={**SAFE, "content-disposition": name})


@get("/photos/{photo:int}/original", guards=[needs(Deed.VIEW_ORIGINALS)])
async def show_original(request: Ask, photo: FromPath[int]) -> Response[bytes]:
    """Hand out the original, to the byte as it came."""
    found = await _seen(photo, scope(actor_of(request)))
    try:
        content = await pictures.original(request.app.state.settings.photos_folder, found.sha256)
    except FileNotFoundError:
        raise NotFoundException from None
    name = f'attachment; filename="photo-{photo}.{found.media.removeprefix("image/")}"'
    return Response(content, media_type=found.media, headers={**SAFE, "content-disposition": name})


async def _seen(photo: int, within: Scope) -> Photo:
    found = await photos.fetch(photo, within)
    if found is None:
        raise NotFoundException
    return found


@post("/inspections/{inspection:int}/signature", guards=[needs(Deed.SIGN_INSPECTION)])
async def sign(request: Ask, inspection: FromPath[int]) -> Response[str] | Redirect:
    """Record a signature or a refusal; what cannot be taken stays in the form."""
    here, form = await _found(request, inspection), await request.form()
    typed = {name: str(form.get(name, "")).strip() for name in ("name", "reason", "drawing")}
    said = Said(refused=form.get("refused") == "1", agreed=form.get("agreed") == "1", **typed)
    folder, pack = request.app.state.settings.photos_folder, edition(packs(request), here)
    try:
        await signing.sign(actor_of(request), inspection, said, folder=folder, at=now(request))
    except Invalid as invalid:
        view = await signatures.signing(inspection, pack, said=said, problems=problems_by_field(invalid.problems))
        return await _answer(request, here, view)
    if is_htmx(request):
        return (await signatures.signing(inspection, pack)).response(request)
    return see(f"/inspections/{inspection}#{SIGNING}", NOT_SIGNED if said.refused else SIGNED)


@post("/inspections/{inspection:int}/position", guards=[needs(Deed.RECORD_POSITION)])
async def leave_position(request: Ask, inspection: FromPath[int]) -> Response[str] | Redirect:
    """Keep one position, or forget it."""
    here, form = await _found(request, inspection), await request.form()
    latitude, longitude, accuracy = (str(form.get(name, "")) for name in ("latitude", "longitude", "accuracy"))
    try:
        await signing.leave_position(actor_of(request), inspection, latitude, longitude, accuracy, at=now(request))
    except Invalid as invalid:
        return await _answer(request, here, await signatures.place(inspection, invalid.problems[0].text))
    if is_htmx(request):
        return (await signatures.place(inspection)).response(request)
    return see(f"/inspections/{inspection}#position", PLACED if latitude else FORGOTTEN)


async def _answer(request: Ask, here: Inspected, view: Signing | Place) -> Response[str]:
    """Return a form with what is wrong: alone to the script, within the page to a plain form."""
    if is_htmx(request):
        return view.response(request, status=422)
    built = await entry.build(here, edition(packs(request), here))
    whole = replace(built, signing=view) if isinstance(view, Signing) else replace(built, place=view)
    return whole.response(request, status=422)


ROUTES = (add, remove, show_small, show_view, show_original, sign, leave_position)
