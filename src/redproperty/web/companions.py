"""Who enters an inspection along with its lead: seen by those of the street, named by its lead or a reviewer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect

from redproperty.actions import companions as actions
from redproperty.domain.access import Deed, scope
from redproperty.domain.rounds import round_title
from redproperty.domain.texts import Invalid, Text
from redproperty.store import companions, inspections
from redproperty.store.companions import Colleague
from redproperty.store.inspections import Inspected
from redproperty.web.fields import typed
from redproperty.web.security import needs
from redproperty.web.views import Ask, View, actor_of, now, problems_by_field, see

NAMED = Text("{name}可以一起录入这次检查了。", "{name} can now enter this inspection, too.")
RELEASED = Text(
    "{name}不再录入这次检查；已填的内容都还在。", "{name} enters this inspection no more; what they entered stays."
)


@dataclass(frozen=True)
class Companions(View):
    """Who enters an inspection, and the form that names one more; `refusal` says why its reader may not."""

    template: ClassVar[str] = "pages/inspections/companions.html"
    here: Inspected
    round: Text
    companions: tuple[Colleague, ...]
    free: tuple[Colleague, ...]
    refusal: Text | None
    chosen: str = ""
    problems: Mapping[str, Text] = field(default_factory=dict)

    @property
    def options(self) -> tuple[tuple[str, Text], ...]:
        """Who can be named, as a drop-down shows them."""
        said = ((one.login, f"{one.name}（{one.login}）", f"{one.name} ({one.login})") for one in self.free)
        return tuple((login, Text(zh, en)) for login, zh, en in said)


async def _page(
    ask: Ask, inspection: int, *, chosen: str = "", problems: Mapping[str, Text] | None = None
) -> Companions:  # fmt: skip
    actor = actor_of(ask)
    here = await inspections.fetch(inspection, scope(actor))
    if here is None:
        raise NotFoundException
    along, free = await companions.of(inspection), await companions.free(here)
    refusal = actions.refusal(actor, here)
    return Companions(here, round_title(here.round), along, free, refusal, chosen, problems or {})


@get("/inspections/{inspection:int}/companions", guards=[needs(Deed.NAME_COMPANION)])
async def show(request: Ask, inspection: FromPath[int]) -> Response[str]:
    """Show who enters an inspection."""
    return (await _page(request, inspection)).response(request)


@post("/inspections/{inspection:int}/companions", guards=[needs(Deed.NAME_COMPANION)])
async def name(request: Ask, inspection: FromPath[int]) -> Response[str] | Redirect:
    """Name one more."""
    login = (await typed(request)).get("person", "")
    await _page(request, inspection)  # there is nothing to say about what lies elsewhere
    try:
        chosen = await actions.name(actor_of(request), inspection, login, at=now(request))
    except Invalid as invalid:
        view = await _page(request, inspection, chosen=login, problems=problems_by_field(invalid.problems))
        return view.response(request, status=422)
    return see(f"/inspections/{inspection}/companions", NAMED.fill(name=chosen.name))


@post("/inspections/{inspection:int}/companions/{login:str}/release", guards=[needs(Deed.NAME_COMPANION)])
async def release(request: Ask, inspection: FromPath[int], login: FromPath[str]) -> Response[str] | Redirect:
    """Let one enter no more."""
    await _page(request, inspection)
    try:
        gone = await actions.release(actor_of(request), inspection, login, at=now(request))
    except Invalid as invalid:
        view = await _page(request, inspection, problems=problems_by_field(invalid.problems))
        return view.response(request, status=422)
    return see(f"/inspections/{inspection}/companions", RELEASED.fill(name=gone.name))


ROUTES = (show, name, release)
