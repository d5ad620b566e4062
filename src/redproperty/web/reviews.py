"""A handed-in inspection as people read it, its way so far, and the form of its reviewer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from redproperty.actions import companions as naming
from redproperty.actions.reviews import amendment_refusal
from redproperty.domain.access import Actor, Deed, Subject, may
from redproperty.domain.entries import worked
from redproperty.domain.inspections import COUNTED, EDITABLE, Decision, State
from redproperty.domain.items import Item
from redproperty.domain.packs import Pack
from redproperty.domain.periods import Period
from redproperty.domain.photos import unproven
from redproperty.domain.rounds import round_title
from redproperty.domain.sheets import LEFT_OUT, Category
from redproperty.domain.texts import Text
from redproperty.store import companions, inspections, reopenings
from redproperty.store.companions import Colleague
from redproperty.store.inspections import Given, Inspected, Move
from redproperty.store.reopenings import Reopening
from redproperty.web import signatures
from redproperty.web.facts import Told, shown_with
from redproperty.web.mending import Changed, Mended, mended, since
from redproperty.web.photos import Proof, proof
from redproperty.web.signatures import Place, Signing
from redproperty.web.views import View

STEPS = {
    Deed.SUBMIT_INSPECTION: Text("提交", "handed it in"),
    Deed.AMEND_INSPECTION: Text("提交后更正", "amended it"),
    Deed.REVIEW_INSPECTION: Text("退回", "returned it"),
    Deed.VOID_INSPECTION: Text("作废", "made it void"),
    Deed.ASK_REOPENING: Text("申请重新开放", "asked to reopen it"),
    Deed.REOPEN_INSPECTION: Text("同意重新开放", "let it be reopened"),
}
TURNS = {
    (Deed.REVIEW_INSPECTION, State.ACCEPTED.value): Text("复核通过", "accepted it"),
    (Deed.VOID_INSPECTION, "restored"): Text("撤销作废", "took the voiding back"),
    (Deed.REOPEN_INSPECTION, Decision.REFUSED.value): Text("不同意重新开放", "did not let it be reopened"),
}
RESUBMITTED = Text("已修改，待复审", "changed, waiting for review")


@dataclass(frozen=True)
class Line:
    """One item with what was found and what it cost; `points` and `outcome` are None while it is open."""

    item: Item
    given: Given
    points: int | None
    outcome: Text
    lost: int
    remark: str
    changed: Changed | None
    left: bool  # the reviewer asked for a change and there was none


@dataclass(frozen=True)
class Block:
    """One category with its lines and its points (rescaled, as they count)."""

    category: Category
    lines: tuple[Line, ...]
    points: int | None
    full: int

    @property
    def lost(self) -> int:
        """How many of its items lost points."""
        return sum(line.lost > 0 for line in self.lines)


@dataclass(frozen=True)
class Step:
    """One step that the inspection has taken, worded by the state that it led to."""

    at: datetime
    person: str
    title: Text
    remark: str
    items: tuple[str, ...]


@dataclass(frozen=True)
class Reopen:
    """All that was asked about reopening; `refusal` is None where the reader may decide on what waits, else why not."""

    told: tuple[Reopening, ...]
    waiting: Reopening | None
    may_ask: bool
    refusal: Text | None
    reason: str


@dataclass(frozen=True)
class InspectionPage(View):
    """An inspection to read; `refusal` is None where its reader may decide on it, else why not.

    `reopening` is None where there is nothing to reopen, `voidable` whether its reader may make it void.
    """

    template: ClassVar[str] = "pages/inspections/detail.html"
    here: Inspected
    state: Text
    tone: str
    round: Text
    street: str
    blocks: tuple[Block, ...]
    score: int | None
    pack: Pack
    moves: tuple[Step, ...]
    mended: Mended
    waiting: bool
    refusal: Text | None
    companions: tuple[Colleague, ...]
    may_name: bool
    amendable: bool
    voidable: bool
    reopening: Reopen | None
    facts: tuple[Told, ...]
    proof: Proof
    unproven: tuple[str, ...]
    signing: Signing
    place: Place
    remark: str = ""
    problems: Mapping[str, Text] = field(default_factory=dict)


def tone_of(state: State) -> str:
    """Return the colour that goes with a state's word."""
    return {State.ACCEPTED: "good", State.LOCKED: "good", State.RETURNED: "bad", State.SUBMITTED: "info"}.get(state, "")


async def read(
    here: Inspected, pack: Pack, actor: Actor, *, remarks: Mapping[str, str] | None = None, remark: str = "",
    problems: Mapping[str, Text] | None = None, reason: str = "",
) -> InspectionPage:  # fmt: skip
    """Return the page of an inspection for one reader; `remarks` are what a reviewer has typed at items so far.

    `reason` is what was typed to reopen it.
    """
    given = await inspections.answers(here.id)
    ground = await inspections.ground(here.estate_id, Period.parse(here.period))
    frozen = {} if State(here.state) in EDITABLE else inspections.unpacked(here.packed, pack.sheet.codes)
    values = frozen or {code: answer.value for code, answer in given.items()}
    row = worked(pack.sheet, ground, values)
    moves = await inspections.moves(here.id, [deed.value for deed in STEPS])
    asked = {code: answer.review_remark for code, answer in given.items() if answer.review_remark}
    told = mended(pack.sheet.by_code, await inspections.changes(here.id), since(here, moves), asked)
    remarks = asked if remarks is None else remarks
    again = State(here.state) is State.SUBMITTED and here.reviewed_at is not None
    blocks = []
    for category in pack.sheet.categories:
        lines = tuple(
            _line(pack, row, item, given.get(item.code, Given()), value=values.get(item.code),
                  remark=remarks.get(item.code, ""), changed=told.changed.get(item.code),
                  left=again and item.code in told.left)
            for item in category.items
        )  # fmt: skip
        blocks.append(Block(category, lines, row[category.points_column], row[category.full_column]))
    state, shown = State(here.state), await proof(here.id, actor)
    subject = Subject(street=here.street, inspected_by=await inspections.scored_by(here.id))
    return InspectionPage(
        here=here,
        state=RESUBMITTED if again else state.label,
        tone="warn" if again else tone_of(state),
        round=round_title(here.round),
        street=await inspections.street_name(here.street),
        blocks=tuple(blocks),
        score=here.score if frozen else row["score"],
        pack=pack,
        moves=tuple(map(_step, moves)),
        mended=told,
        waiting=state is State.SUBMITTED and not here.void and here.second_of is None,
        refusal=may(actor, Deed.REVIEW_INSPECTION, subject),
        companions=await companions.of(here.id),
        may_name=naming.refusal(actor, here) is None,
        amendable=amendment_refusal(here, actor) is None,
        voidable=state is not State.LOCKED and may(actor, Deed.VOID_INSPECTION, subject) is None,
        reopening=await _reopen(here, actor, reason),
        facts=await shown_with(here.estate_id, pack, Period.parse(here.period)),
        proof=shown,
        unproven=()
        if state in COUNTED or pack.inspections.missing_photo == "accept"
        else unproven(pack.sheet, row, shown.of),
        signing=await signatures.signing(here.id, pack),
        place=await signatures.place(here.id),
        remark=remark,
        problems=problems or {},
    )


async def _reopen(here: Inspected, actor: Actor, reason: str) -> Reopen | None:
    """Return how a locked inspection can be reopened, and what has been asked about any."""
    told = await reopenings.of_inspection(here.id)
    locked = State(here.state) is State.LOCKED
    if not (locked or told):
        return None
    asked = next((one for one in told if one.state is Decision.ASKED), None)
    subject = Subject(street=here.street, prepared_by=() if asked is None else (asked.asked_by,))
    return Reopen(
        told=tuple(told),
        waiting=asked,
        may_ask=locked and asked is None and may(actor, Deed.ASK_REOPENING, subject) is None,
        refusal=may(actor, Deed.REOPEN_INSPECTION, subject),
        reason=reason,
    )


def _step(move: Move) -> Step:
    deed = Deed(move.deed)
    return Step(move.at, move.person, TURNS.get((deed, move.to), STEPS[deed]), move.remark, move.items)


def _line(
    pack: Pack, row: Mapping[str, Any], item: Item, given: Given, *, value: int | None, remark: str,
    changed: Changed | None, left: bool,
) -> Line:  # fmt: skip
    points = row[item.points_column]
    lost = 0 if value is None or points is None else item.full_points - points
    spared = item.code in row[LEFT_OUT]
    outcome = item.left_out(value, pack.rating.titles) if spared else pack.sheet.outcome(item, row)
    return Line(item, given, points, outcome, lost, remark, changed, left)
