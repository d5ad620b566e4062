"""Publications of editions: one person proposes what the files say, a second puts it in force, byte for byte.

An edition says `status: in_force` when its authors are done with it. Nothing new is made under it before two people
have put these very files in force; what they saw is told by the digest.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

import msgspec

from redproperty.domain.choices import Choice
from redproperty.domain.packs import Pack, Stop
from redproperty.domain.texts import Text

NOT_PUBLISHED = Text(
    "规则版本 {edition} 尚未发布，不能据以办理。请区住建局在“规则”页提请发布，由另一人批准；"
    "尚未定稿的请在 pack.yaml 写 status: draft。",
    "Edition {edition} of the rules is not published; nothing can be made under it. The district bureau proposes it on "
    "the page of the rules, and a second person approves. One that is not final says status: draft in pack.yaml.",
)
FILES_CHANGED = Text(
    "规则版本 {edition} 的文件在发布之后改动过，不能据以办理。请恢复原文件，或重新提请发布、由另一人批准。",
    "The files of edition {edition} have changed since its publication; nothing can be made under it. Restore them, or "
    "propose it anew and have a second person approve.",
)


class State(Choice):
    """Where a proposal stands."""

    PROPOSED = "proposed", "待批准", "waiting for approval"
    PUBLISHED = "published", "已发布", "published"
    RETURNED = "returned", "已退回", "sent back"
    WITHDRAWN = "withdrawn", "已由新的提请取代", "replaced by a newer proposal"
    SUPERSEDED = "superseded", "已由新的发布取代", "superseded by a newer publication"


class Standing(Choice):
    """How an edition stands, in the words of the list."""

    IN_FORCE = "in_force", "施行", "in force"
    COMING = "coming", "待施行", "to come into force"
    DRAFT = "draft", "草案", "draft"
    WITHHELD = "withheld", "停用", "withheld"
    PROPOSED = "proposed", "待批准", "waiting for approval"
    UNPUBLISHED = "unpublished", "未发布", "not published"
    CHANGED = "changed", "发布后已改", "changed since publication"


def standing(pack: Pack, published: str | None, *, proposed: bool, on: date) -> Standing:
    """Return how a readable edition stands on a day; `published` is the digest that two people have put in force."""
    if pack.about.status == "draft":
        return Standing.DRAFT
    if published == pack.digest:
        return Standing.IN_FORCE if pack.about.effective_from <= on else Standing.COMING
    if proposed:
        return Standing.PROPOSED
    return Standing.UNPUBLISHED if published is None else Standing.CHANGED


def gated(packs: Iterable[Pack], published: Mapping[str, str]) -> tuple[Pack, ...]:
    """Return the editions, those stopped that nobody has published as they are; `published` maps edition to digest."""
    return tuple(_gated(pack, published.get(pack.edition)) for pack in packs)


def _gated(pack: Pack, published: str | None) -> Pack:
    begins = pack.about.effective_from
    stopped = pack.stop is not None and pack.stop.begins <= begins
    if pack.about.status == "draft" or stopped or published == pack.digest:
        return pack
    why = NOT_PUBLISHED if published is None else FILES_CHANGED
    return msgspec.structs.replace(pack, stop=Stop(begins, why.fill(edition=pack.edition)))


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be put in force, as it stands on disk: `why_not` and `untouched` are what its files and cases say."""

    edition: str
    pack: Pack | None
    why_not: Text | None
    untouched: tuple[str, ...] = ()
    tested: bool = True  # whether cases stand beside its rules


def without_cases(proposal: Proposal) -> Text | None:
    """Return that nobody could say whether the rules mean what was meant: an edition is published with its cases."""
    if proposal.pack is None or proposal.tested:
        return None
    text = Text(
        "规则版本 {edition} 没有案例，不能发布。请在 tests 文件夹里写几例：给出事实和作答，写明应得的结果"
        "（写法见规则手册“案例”）。",
        "Edition {edition} has no cases and cannot be published. Write some in its folder tests: facts and answers, "
        "and what is to come of them (see “cases” in the manual).",
    )
    return text.fill(edition=proposal.edition)


def refusals(proposal: Proposal, published: str | None) -> Iterator[Text]:
    """Yield every reason why an edition cannot be put in force: unreadable, failing cases, a draft, published as is."""
    if proposal.why_not is not None:
        yield proposal.why_not
    if proposal.pack is None:
        return
    if proposal.pack.about.status == "draft":
        yield Text(
            "pack.yaml 仍写着 status: draft；定稿后改为 in_force 再提请。",
            "pack.yaml still says status: draft; write in_force once it is final, then propose it.",
        )
    if published == proposal.pack.digest:
        yield Text(
            "这些文件已经发布，没有要批准的。", "These files are published already; there is nothing to approve."
        )
