"""An inspection's way from draft to locked, and how the history of an answer is told."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from redproperty.domain.access import Actor, Deed, Role
from redproperty.domain.choices import Choice
from redproperty.domain.texts import Text


class State(Choice):
    """Where an inspection stands."""

    DRAFT = "draft", "录入中", "draft"
    SUBMITTED = "submitted", "待审", "submitted"
    RETURNED = "returned", "退回", "returned"
    ACCEPTED = "accepted", "通过", "accepted"
    LOCKED = "locked", "已锁定", "locked"


class Event(Choice):
    """What moves it on; `LOCK` comes with the publication of a rating that uses it."""

    SUBMIT = "submit", "提交", "submit"
    ACCEPT = "accept", "通过", "accept"
    RETURN = "return", "退回", "return"
    LOCK = "lock", "锁定", "lock"
    REOPEN = "reopen", "重新开放", "reopen"


class Decision(Choice):
    """What came of somebody asking to reopen a locked inspection."""

    ASKED = "asked", "等待决定", "waiting for a decision"
    GRANTED = "granted", "已同意", "granted"
    REFUSED = "refused", "未同意", "refused"


@dataclass(frozen=True)
class Move:
    """One row of the table: which deed allows the event, and whether a remark must be given."""

    to: State
    deed: Deed
    remark: bool = False


MOVES: dict[tuple[State, Event], Move] = {
    (State.DRAFT, Event.SUBMIT): Move(State.SUBMITTED, Deed.SUBMIT_INSPECTION),
    (State.RETURNED, Event.SUBMIT): Move(State.SUBMITTED, Deed.SUBMIT_INSPECTION),
    (State.SUBMITTED, Event.ACCEPT): Move(State.ACCEPTED, Deed.REVIEW_INSPECTION),
    (State.SUBMITTED, Event.RETURN): Move(State.RETURNED, Deed.REVIEW_INSPECTION, remark=True),
    (State.ACCEPTED, Event.RETURN): Move(State.RETURNED, Deed.REVIEW_INSPECTION, remark=True),
    (State.ACCEPTED, Event.LOCK): Move(State.LOCKED, Deed.PUBLISH_RATINGS),
    (State.LOCKED, Event.REOPEN): Move(State.RETURNED, Deed.REOPEN_INSPECTION, remark=True),
}
EDITABLE = frozenset({State.DRAFT, State.RETURNED})
COUNTED = frozenset({State.ACCEPTED, State.LOCKED})

_NO_MOVE = Text(
    "这次检查现在是“{state}”，不能办理“{event}”；可能有人刚办理过，请重新打开这次检查。",
    "The inspection is now {state}; one cannot {event} it, and somebody may just have dealt with it: open it anew.",
)
_NO_REMARK = Text("{event}须写明原因", "To {event} it, say why")
_VOID = Text("这次检查已作废：{why}", "The inspection is void: {why}")
_NOT_AMENDED = Text(
    "检查“{state}”，只有待审的检查可以逐项更正",
    "The inspection is {state}; only one that waits for review can be amended",
)
_CLOSED = Text(
    "检查“{state}”，不能再修改；需要修改请由复核员退回", "The inspection is {state}; a reviewer can return it"
)
_NOT_OF_THE_TEAM = Text(
    "这次检查由 {name} 负责，只有负责人和同行人能录入；同行人由负责人或街道复核员指定。",
    "{name} leads this inspection; only they and their companions enter it. The lead or a street reviewer names them.",
)
_NOT_THE_LEAD = Text(
    "这次检查由 {name} 负责，只有负责人能{deed}。", "{name} leads this inspection; only they can {deed}."
)
_EDIT = Text(
    "{at}，{who} 将 {item} 由“{old}”改为“{new}”{reason}", "{at}: {who} changed {item} from “{old}” to “{new}”{reason}"
)
_FIRST = Text("{at}，{who} 将 {item} 填为“{new}”{reason}", "{at}: {who} set {item} to “{new}”{reason}")
_BECAUSE = Text("；原因：{reason}", "; reason: {reason}")
_NOTHING = Text("", "")


@dataclass(frozen=True)
class Team:
    """Who enters one inspection: its lead, by id and name, and the companions that come along (person ids)."""

    lead: int
    name: str
    companions: Collection[int] = ()

    def refusal(self, actor: Actor, deed: Deed) -> Text | None:
        """Return why `actor` may not do `deed` to the inspection, for not being of those who enter it.

        Companions enter answers like the lead. Handing in is the lead's; so is naming companions, among inspectors.
        """
        if actor.id == self.lead:
            return None
        if deed is Deed.SCORE_INSPECTION:
            return None if actor.id in self.companions else _NOT_OF_THE_TEAM.fill(name=self.name)
        if deed is Deed.SUBMIT_INSPECTION or actor.role is Role.INSPECTOR:
            return _NOT_THE_LEAD.fill(name=self.name, deed=deed.label)
        return None


def move(state: State, event: Event, *, remark: str = "") -> State | Text:
    """Return the state after the event, or why it cannot happen."""
    row = MOVES.get((state, event))
    if row is None:
        return _NO_MOVE.fill(state=state.label, event=event.label)
    if row.remark and not remark.strip():
        return _NO_REMARK.fill(event=event.label)
    return row.to


def edit_refusal(state: State, void: str = "") -> Text | None:
    """Return why answers can no longer be changed; nothing while they can. `void` is why the inspection is void."""
    if void:
        return _VOID.fill(why=void)
    return None if state in EDITABLE else _CLOSED.fill(state=state.label)


def amend_refusal(state: State, void: str) -> Text | None:
    """Return why a handed-in answer cannot be amended; nothing while it waits for its reviewer."""
    if void:
        return _VOID.fill(why=void)
    return None if state is State.SUBMITTED else _NOT_AMENDED.fill(state=state.label)


@dataclass(frozen=True)
class AnswerEdit:
    """One save of one answer; `old` is empty when it was the first, both are worded as the form words them."""

    item: str
    at: datetime
    who: str
    old: Text | None
    new: Text
    reason: str = ""

    @property
    def sentence(self) -> Text:
        """The edit as the history tells it: who, when, old, new, why."""
        reason = _BECAUSE.fill(reason=self.reason) if self.reason else _NOTHING
        template = _FIRST if self.old is None else _EDIT
        at = f"{self.at:%Y-%m-%d %H:%M}"
        return template.fill(at=at, who=self.who, item=self.item, old=self.old or "", new=self.new, reason=reason)
