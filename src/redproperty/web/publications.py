"""Putting an edition in force: what its files say, who proposed it, who approved it, and what is to be done now."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from redproperty.actions import publications as actions
from redproperty.actions.publications import decision_refusal, proposal_of, reasons_against, waiting
from redproperty.domain.access import Deed, Subject, may
from redproperty.domain.changes import Changes, changes
from redproperty.domain.publications import Standing, standing
from redproperty.domain.texts import Invalid, Refused, Text
from redproperty.store import publications
from redproperty.store.publications import Publication
from redproperty.store.rules import Edition
from redproperty.web.editions import packs, read_again
from redproperty.web.rule_changes import Part, parts_of
from redproperty.web.security import needs
from redproperty.web.views import Ask, View, actor_of, language, now, problems_by_field, see, today

PROPOSED = Text(
    "已提请发布 {edition}，等另一人批准；批准前不能据以办理。",
    "Edition {edition} is proposed; a second person approves it. Until then nothing can be made under it.",
)
APPROVED = Text(
    "规则版本 {edition} 已发布，自生效日起施行。", "Edition {edition} is published and holds from its date."
)
RETURNED = Text("已退回规则版本 {edition} 的提请。", "The proposal of edition {edition} was sent back.")


@dataclass(frozen=True)
class PublicationPage(View):
    """How an edition comes into force: checks, changes against the one before, the next step, and all that was."""

    template: ClassVar[str] = "pages/rules/publication.html"
    edition: Edition
    standing: Standing
    in_force: Publication | None
    proposal: Publication | None
    history: tuple[Publication, ...]
    refusals: tuple[Text, ...]
    may_propose: Text | None  # why not; nothing where they may
    may_decide: Text | None
    moved_on: bool
    found: Changes | None
    parts: tuple[Part, ...]
    typed: Mapping[str, str]
    problems: Mapping[str, Text]
    refusal: Text | None


async def _edition(ask: Ask, name: str) -> Edition:
    """Return the edition as its files are now.

    Raises:
        NotFoundException: there is none, or it cannot be read; then it is only in the list.
    """
    edition = next((one for one in (await read_again(ask)).all if one.name == name), None)
    if edition is None or edition.pack is None:
        raise NotFoundException
    return edition


async def _page(
    ask: Ask,
    name: str,
    *,
    typed: Mapping[str, str] | None = None,
    problems: Mapping[str, Text] | None = None,
    refusal: Text | None = None,
) -> PublicationPage:
    edition, actor = await _edition(ask, name), actor_of(ask)
    assert edition.pack is not None  # noqa: S101 - it has been looked at
    history = tuple(await publications.publications(name))
    proposal = waiting(history)
    in_force = next((one for one in history if one.state == "published"), None)
    digest = in_force.digest if in_force else None
    found = _against_the_one_before(ask, edition)
    return PublicationPage(
        edition=edition,
        standing=standing(edition.pack, digest, proposed=proposal is not None, on=today(ask)),
        in_force=in_force,
        proposal=proposal,
        history=history,
        refusals=tuple(reasons_against(proposal_of(edition), digest)),
        may_propose=may(actor, Deed.PROPOSE_EDITION, Subject()),
        may_decide=decision_refusal(actor, proposal) if proposal else None,
        moved_on=proposal is not None and proposal.digest != edition.pack.digest,
        found=found,
        parts=parts_of(found, language(ask)) if found else (),
        typed={"document": edition.pack.about.document.zh, "note": "", "remark": "", **(typed or {})},
        problems=problems or {},
        refusal=refusal,
    )


def _against_the_one_before(ask: Ask, edition: Edition) -> Changes | None:
    earlier = [pack for pack in packs(ask) if pack.edition < edition.name and pack.about.status == "in_force"]
    return changes(earlier[-1], edition.pack) if earlier and edition.pack else None


@get("/rules/{edition:str}/publication", guards=[needs(Deed.VIEW_RULES)])
async def show_publication(request: Ask, edition: FromPath[str]) -> Response[str]:
    """Show how an edition comes, or came, into force."""
    return (await _page(request, edition)).response(request)


@post("/rules/{edition:str}/propose", guards=[needs(Deed.PROPOSE_EDITION)])
async def propose(request: Ask, edition: FromPath[str]) -> Response[Any]:
    """Propose the edition's files as they are now."""
    form = await request.form()
    typed = {name: str(form.get(name, "")) for name in ("document", "note")}
    found = await _edition(request, edition)
    try:
        await actions.propose(actor_of(request), proposal_of(found), **typed, at=now(request))
    except Invalid as invalid:
        problems = problems_by_field(invalid.problems)
        return (await _page(request, edition, typed=typed, problems=problems)).response(request, status=422)
    except Refused as refused:
        return (await _page(request, edition, typed=typed, refusal=refused.text)).response(request, status=422)
    return see(f"/rules/{edition}/publication", PROPOSED.fill(edition=edition))


@post("/rules/{edition:str}/decide", guards=[needs(Deed.APPROVE_EDITION)])
async def decide(request: Ask, edition: FromPath[str]) -> Response[Any]:
    """Put the proposed files in force, or send them back."""
    form = await request.form()
    remark, back = str(form.get("remark", "")), form.get("decision") == "return"
    found, actor = await _edition(request, edition), actor_of(request)
    try:
        if back:
            await actions.send_back(actor, edition, remark=remark, at=now(request))
        else:
            await actions.approve(actor, proposal_of(found), digest=str(form.get("digest", "")), at=now(request))
    except Invalid as invalid:
        problems = problems_by_field(invalid.problems)
        page = await _page(request, edition, typed={"remark": remark}, problems=problems)
        return page.response(request, status=422)
    except Refused as refused:
        return (await _page(request, edition, typed={"remark": remark}, refusal=refused.text)).response(
            request, status=422
        )
    return see(f"/rules/{edition}/publication", (RETURNED if back else APPROVED).fill(edition=edition))


ROUTES = (show_publication, propose, decide)
