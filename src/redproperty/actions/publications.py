"""Putting an edition of the rules in force: one person proposes its files, a second approves or sends them back."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from redproperty.actions.acting import acting
from redproperty.domain.access import Actor, Deed, Role, Subject, may
from redproperty.domain.packs import Pack
from redproperty.domain.publications import Proposal, State, gated, refusals, without_cases
from redproperty.domain.texts import Invalid, Problem, Refused, Text
from redproperty.store import audit, publications
from redproperty.store.publications import Publication
from redproperty.store.rules import Edition, Editions
from redproperty.store.schema import Clash, transaction

NO_DOCUMENT = Text("请填写批准或印发的文号", "the number of the document is needed")
NEEDS_REMARK = Text("退回要写明原因", "say why it is sent back")
TOO_LONG = Text("最多 {n} 个字", "{n} characters at most")
GONE = Text("没有这个规则版本。", "There is no such edition.")
NOT_WAITING = Text(
    "规则版本 {edition} 没有等待批准的提请，或提请已有结果。请刷新页面查看现状。",
    "No proposal of edition {edition} waits, or it has been decided. Reload the page and look.",
)
MOVED_ON = Text(
    "提请之后文件又有改动，不能批准。请提请人核对后重新提请。",
    "The files have changed since the proposal; they cannot be approved. The proposer looks and proposes anew.",
)
LONGEST_DOCUMENT, LONGEST_NOTE = 120, 300
SET_UP = Actor(0, "console", "服务器命令行", Role.ADMIN)


def proposal_of(edition: Edition) -> Proposal:
    """Return what an edition on disk brings to its publication."""
    return Proposal(
        edition=edition.name,
        pack=edition.pack,
        why_not=edition.why_not,
        untouched=edition.untouched,
        tested=bool(edition.outcomes),
    )


def reasons_against(proposal: Proposal, published: str | None) -> Iterator[Text]:
    """Yield why two people cannot put an edition in force; what a record is set up with needs no cases."""
    yield from refusals(proposal, published)
    lacking = without_cases(proposal)
    if lacking is not None and proposal.why_not is None:
        yield lacking


async def usable(found: Editions) -> tuple[Pack, ...]:
    """Return the editions that can be read, those stopped that nobody has put in force as they are."""
    return gated(found.packs, await publications.published())


async def adopt(found: Editions, *, at: datetime) -> None:
    """Take the sound editions that a record is set up with as in force; in a record with publications do nothing.

    Nobody proposed them and nobody approved them; the record says so.
    """
    if await publications.any_at_all():
        return
    sound = [edition for edition in found.all if not any(refusals(proposal_of(edition), None))]
    try:
        async with transaction():
            for edition in sound:
                if edition.pack is not None:
                    digest, document = edition.pack.digest, edition.pack.about.document.zh[:LONGEST_DOCUMENT]
                    await publications.adopt(edition.name, digest, document=document, at=at)
                    about = {"digest": digest, "document": document}
                    await audit.add(SET_UP, "adopt_edition", f"rules:{edition.name}", at=at, details=about)
    except Clash:  # another worker was quicker
        return


async def propose(actor: Actor, wanted: Proposal, *, document: str, note: str = "", at: datetime) -> None:
    """Propose the files of an edition, as they are, in place of a proposal that still waits.

    Raises:
        Refused: not allowed, or the edition cannot be put in force: unreadable, failing cases, a draft, published.
        Invalid: no document number, or too many words.
    """
    name = wanted.edition
    async with acting(actor, Deed.PROPOSE_EDITION, f"rules:{name}", at=at, subject=Subject()) as details:
        for refusal in reasons_against(wanted, (await publications.published()).get(name)):
            raise Refused(refusal)
        if wanted.pack is None:
            raise Refused(GONE)
        _refuse_words(document, note)
        digest = wanted.pack.digest
        await publications.propose(name, digest, document=document.strip(), note=note.strip(), by=actor.id, at=at)
        details |= {"digest": digest, "document": document.strip(), "remark": note.strip()}
        details |= {"untouched": list(wanted.untouched)}


def _refuse_words(document: str, note: str) -> None:
    problems = []
    if not document.strip():
        problems.append(Problem("document", NO_DOCUMENT))
    for field, typed, most in (("document", document, LONGEST_DOCUMENT), ("note", note, LONGEST_NOTE)):
        if len(typed.strip()) > most:
            problems.append(Problem(field, TOO_LONG.fill(n=most)))
    if problems:
        raise Invalid(*problems)


def waiting(history: Sequence[Publication]) -> Publication | None:
    """Return the proposal that waits for a decision."""
    return next((one for one in history if one.state is State.PROPOSED), None)


def decision_refusal(actor: Actor, proposal: Publication) -> Text | None:
    """Return why `actor` cannot decide on a proposal: post, scope, or that it is their own."""
    return may(actor, Deed.APPROVE_EDITION, _subject(proposal))


async def approve(actor: Actor, wanted: Proposal, *, digest: str, at: datetime) -> None:
    """Put a proposed edition in force; `digest` is that of the files that the person has looked at.

    Raises:
        Refused: not allowed (never to the proposer), nothing waits, or the files are no longer those proposed or no
            longer hold.
    """
    name = wanted.edition
    proposal = waiting(await publications.publications(name))
    async with acting(actor, Deed.APPROVE_EDITION, f"rules:{name}", at=at, subject=_subject(proposal)) as details:
        proposal = waiting(await publications.publications(name))
        if proposal is None:
            raise Refused(NOT_WAITING.fill(edition=name))
        for refusal in reasons_against(wanted, None):
            raise Refused(refusal)
        if wanted.pack is None or len({digest, proposal.digest, wanted.pack.digest}) > 1:
            raise Refused(MOVED_ON)
        await publications.decide(proposal, State.PUBLISHED, by=actor.id, at=at, remark="")
        details |= {"to": State.PUBLISHED.value, "digest": proposal.digest, "document": proposal.document}


async def send_back(actor: Actor, name: str, *, remark: str, at: datetime) -> None:
    """Send a proposal back with a reason; the edition stays as it stood.

    Raises:
        Refused: not allowed, or nothing waits.
        Invalid: no reason, or too many words.
    """
    proposal = waiting(await publications.publications(name))
    async with acting(actor, Deed.APPROVE_EDITION, f"rules:{name}", at=at, subject=_subject(proposal)) as details:
        proposal = waiting(await publications.publications(name))
        if proposal is None:
            raise Refused(NOT_WAITING.fill(edition=name))
        remark = remark.strip()
        if not remark or len(remark) > LONGEST_NOTE:
            raise Invalid(Problem("remark", TOO_LONG.fill(n=LONGEST_NOTE) if remark else NEEDS_REMARK))
        await publications.decide(proposal, State.RETURNED, by=actor.id, at=at, remark=remark)
        details |= {"to": State.RETURNED.value, "digest": proposal.digest, "remark": remark}


def _subject(proposal: Publication | None) -> Subject:
    by = proposal.proposed_by if proposal else None
    return Subject(prepared_by=() if by is None else (by,))
