"""A handed-in inspection as people read it, its way so far, and the form of its reviewer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from redproperty.actions import companions as naming
from redproperty.domain.access import Actor, Deed, Subject, may
from redproperty.domain.entries import worked
from redproperty.domain.inspections import EDITABLE, State
from redproperty.domain.items import Item
from redproperty.domain.packs import Pack
from redproperty.domain.periods import Period
from redproperty.domain.sheets import LEFT_OUT, Category
from redproperty.domain.texts import Text
from redproperty.store import companions, inspections
from redproperty.store.companions import Colleague
from redproperty.store.inspections import Given, Inspected, Move
from redproperty.web.entry import round_title
from redproperty.web.views import View

STEPS = [Deed.SUBMIT_INSPECTION.value, Deed.REVIEW_INSPECTION.value, Deed.REOPEN_INSPECTION.value]
WORDS = {
    State.SUBMITTED.value: Text("提交", "handed it in"),
    State.ACCEPTED.value: Text("复核通过", "accepted it"),
    State.RETURNED.value: Text("退回", "returned it"),
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
class InspectionPage(View):
    """An inspection to read; `may_review` is None where its reader may decide, else why not."""

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
    waiting: bool
    refusal: Text | None
    companions: tuple[Colleague, ...]
    may_name: bool
    remark: str = ""
    problems: Mapping[str, Text] = field(default_factory=dict)


def tone_of(state: State) -> str:
    """Return the colour that goes with a state's word."""
    return {State.ACCEPTED: "good", State.LOCKED: "good", State.RETURNED: "bad", State.SUBMITTED: "info"}.get(state, "")


async def read(
    here: Inspected, pack: Pack, actor: Actor, *, remarks: Mapping[str, str] | None = None, remark: str = "",
    problems: Mapping[str, Text] | None = None,
) -> InspectionPage:  # fmt: skip
    """Return the page of an inspection for one reader; `remarks` are what a reviewer has typed at items so far."""
    given = await inspections.answers(here.id)
    ground = await inspections.ground(here.estate_id, Period.parse(here.period))
    frozen = {} if State(here.state) in EDITABLE else inspections.unpacked(here.packed, pack.sheet.codes)
    values = frozen or {code: answer.value for code, answer in given.items()}
    row = worked(pack.sheet, ground, values)
    remarks = remarks if remarks is not None else {code: answer.review_remark for code, answer in given.items()}
    blocks = []
    for category in pack.sheet.categories:
        lines = tuple(
            _line(pack, row, item, given.get(item.code, Given()), value=values.get(item.code),
                  remark=remarks.get(item.code, ""))
            for item in category.items
        )  # fmt: skip
        blocks.append(Block(category, lines, row[category.points_column], row[category.full_column]))
    state = State(here.state)
    again = state is State.SUBMITTED and here.reviewed_at is not None
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
        moves=tuple(map(_step, await inspections.moves(here.id, STEPS))),
        waiting=state is State.SUBMITTED,
        refusal=may(actor, Deed.REVIEW_INSPECTION, subject),
        companions=await companions.of(here.id),
        may_name=naming.refusal(actor, here) is None,
        remark=remark,
        problems=problems or {},
    )


def _step(move: Move) -> Step:
    title = WORDS.get(move.to, Text("办理", "done"))
    return Step(move.at, move.person, title, move.remark, move.items)


def _line(
    pack: Pack, row: Mapping[str, Any], item: Item, given: Given, *, value: int | None, remark: str
) -> Line:  # fmt: skip
    points = row[item.points_column]
    lost = 0 if value is None or points is None else item.full_points - points
    spared = item.code in row[LEFT_OUT]
    outcome = item.left_out(value, pack.rating.titles) if spared else pack.sheet.outcome(item, row)
    return Line(item, given, points, outcome, lost, remark)
