"""Amending one item of an inspection that was handed in: what it says now, what it will say, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from redproperty.actions.inspections import edition
from redproperty.actions.reviews import amend, amendment_refusal
from redproperty.domain.access import Deed, scope
from redproperty.domain.rounds import round_title
from redproperty.domain.texts import Invalid, Refused, Text
from redproperty.store import inspections
from redproperty.store.inspections import Inspected
from redproperty.web import entry
from redproperty.web.answers import Refusal, answer_words, entry_in, in_one_line
from redproperty.web.editions import packs
from redproperty.web.entry import Card
from redproperty.web.security import needs
from redproperty.web.views import Ask, View, actor_of, now, problems_by_field, see

AMENDED = Text("{item} 已更正，复核员会看到原值、新值和原因。", "{item} is amended; the reviewer sees what and why.")


@dataclass(frozen=True)
class Amendment(View):
    """The form of one item; `stands` is what was handed in."""

    template: ClassVar[str] = "pages/inspections/amend.html"
    here: Inspected
    round: Text
    card: Card
    stands: Text
    reason: str
    problems: Mapping[str, Text]


async def _page(
    ask: Ask, inspection: int, item: str, *, sent: Refusal | None = None, reason: str = "",
    problems: Mapping[str, Text] | None = None,
) -> Amendment:  # fmt: skip
    """Return the form.

    Raises:
        NotFoundException: there is no such inspection or item, or the estate is not asked.
        Refused: this inspection cannot be amended by this person.
    """
    here = await inspections.fetch(inspection, scope(actor_of(ask)))
    if here is None:
        raise NotFoundException
    if (refusal := amendment_refusal(here, actor_of(ask))) is not None:
        raise Refused(refusal)
    built = await entry.build(here, edition(packs(ask), here), refusal=sent)
    cards = (card for section in built.sections for card in section.cards)
    card = next((card for card in cards if card.item.code == item and card.applies), None)
    if card is None:
        raise NotFoundException
    given = card.given
    stands = in_one_line(answer_words(card.item, given.value), given.reasons, given.note)
    return Amendment(here, round_title(here.round), card, stands, reason, problems or {})


@get("/inspections/{inspection:int}/answers/{item:str}/amend", guards=[needs(Deed.AMEND_INSPECTION)])
async def form(request: Ask, inspection: FromPath[int], item: FromPath[str]) -> Response[str]:
    """Show the form of one item as it was handed in."""
    return (await _page(request, inspection, item)).response(request)


@post("/inspections/{inspection:int}/answers/{item:str}/amend", guards=[needs(Deed.AMEND_INSPECTION)])
async def save(request: Ask, inspection: FromPath[int], item: FromPath[str]) -> Response[Any]:
    """Amend the item, or say everything that is wrong; a stepper's button without scripts only counts."""
    await _page(request, inspection, item)
    sent = await request.form()
    wanted, reason = entry_in(sent), str(sent.get("reason", ""))
    try:
        await amend(
            actor_of(request), inspection, item, wanted, reason=reason, packs=packs(request), at=now(request)
        )  # fmt: skip
    except Invalid as invalid:
        problems = problems_by_field(invalid.problems)
        refused = Refusal(item, wanted, problems.get(item, invalid.problems[0].text))
        page = await _page(request, inspection, item, sent=refused, reason=reason, problems=problems)
        return page.response(request, status=422)
    return see(f"/inspections/{inspection}#f-{item}", AMENDED.fill(item=item))


ROUTES = (form, save)
