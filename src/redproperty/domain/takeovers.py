"""Takeovers of estates that nobody manages: the state table of an edition as data, and how a case moves along it.

Two modes that are never merged: emergency service (应急物业服务: statutory, short, basic items) and fallback custody
(兜底托管: open-ended). A case is opened by a trigger with a legal basis and moves only where the table has a row.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

import msgspec

from redproperty.domain.calendar import Unit, add_days, caveat, days_left
from redproperty.domain.choices import Choice
from redproperty.domain.estates import Management
from redproperty.domain.faults import Fault, repeated, suggest
from redproperty.domain.texts import Text


class Service(Choice):
    """The one service state of an estate that people speak of (E01)."""

    MANAGED = "managed", "有物业", "managed"
    UNMANAGED = "unmanaged", "失管", "unmanaged"
    EMERGENCY = "emergency", "应急服务", "emergency service"
    CUSTODY = "custody", "兜底托管", "fallback custody"
    HANDED_OVER = "handed_over", "已移交", "handed over"


_SERVICE_UNDER = {
    Management.MARKET: Service.MANAGED,
    Management.SELF: Service.MANAGED,
    Management.EMERGENCY: Service.EMERGENCY,
    Management.CUSTODY: Service.CUSTODY,
    Management.NONE: Service.UNMANAGED,
}


class Limit(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How long a case may stay in a state: so many days or months, and whether the day it entered counts."""

    length: int
    unit: Unit
    count_first: bool
    warnings: tuple[int, ...] = ()  # days left at which it warns, most first
    escalate: Text  # to whom, once overdue
    basis: str


class State(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where a case can stand. `management` is the tenure it begins; none: the present one goes on."""

    code: str
    title: Text
    management: Management | None = None
    service: Service | None = None  # none: follows from the management
    mode: str | None = None
    provider: bool = False  # entering it names the company that serves from then on
    final: bool = False
    limit: Limit | None = None
    duties: tuple[Text, ...] = ()  # what must be done while it stands there


class Move(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, rename={"from_state": "from"}):
    """One row of the state table: in state `from` an event leads to state `to`, if the guard is met."""

    from_state: str
    event: str
    title: Text
    to: str
    guard: Text
    document: Text  # the paper that proves it; its number is asked for
    basis: str


class Trigger(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Why a case may be opened, on which article, and in which state it then stands."""

    code: str
    title: Text
    opens: str
    document: Text
    basis: str


class Mode(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One of the two ways of serving: who may be named, and the longest term that the law allows in months."""

    code: str
    title: Text
    providers: tuple[Literal["pool", "lot", "street_company", "appointee"], ...]
    longest_months: int | None = None
    restriction: Text
    basis: str


class TakeoverRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`takeover.yaml` of an edition: modes, triggers, states and moves."""

    title: Text
    modes: tuple[Mode, ...]
    triggers: tuple[Trigger, ...]
    states: tuple[State, ...]
    moves: tuple[Move, ...]

    def state(self, code: str) -> State:
        """Return the state of that code; `KeyError` if the edition has none."""
        for state in self.states:
            if state.code == code:
                return state
        raise KeyError(code)

    def trigger(self, code: str) -> Trigger:
        """Return the trigger of that code; `KeyError` if the edition has none."""
        for trigger in self.triggers:
            if trigger.code == code:
                return trigger
        raise KeyError(code)

    def check(self) -> Iterator[Fault]:
        """Yield everything that is wrong with the table itself."""
        yield from repeated((("modes", at, "code"), mode.code) for at, mode in enumerate(self.modes))
        yield from repeated((("states", at, "code"), state.code) for at, state in enumerate(self.states))
        yield from repeated((("triggers", at, "code"), trigger.code) for at, trigger in enumerate(self.triggers))
        yield from repeated(
            (("moves", at, "event"), f"{move.from_state} → {move.event}") for at, move in enumerate(self.moves)
        )
        yield from _unknown_names(self)
        yield from _lost_states(self)
        yield from _missing_basis(self)
        for at, state in enumerate(self.states):
            yield from _wrong_state(self, at, state)


_UNKNOWN = Text("没有“{code}”这个{what}；有：{known}", "there is no {what} “{code}”; there are: {known}")
_STATE, _MODE = Text("状态", "state"), Text("模式", "mode")
_UNREACHABLE = Text("状态“{code}”永远到不了", "state “{code}” can never be reached")
_DEAD_END = Text("状态“{code}”没有出路，也未标明为终结", "state “{code}” has no way out and is not marked final")
_FINAL_GOES_ON = Text("状态“{code}”已标明为终结，却还有变动", "state “{code}” is marked final and yet has moves")
_NO_BASIS = Text("缺少依据", "its basis is missing")
_NO_LENGTH = Text("期限必须大于零", "the limit must be above zero")
_WARNINGS = Text("提醒天数要从多到少，且大于零", "the days of warning must go down and be above zero")
_NO_LIMIT = Text(
    "“{mode}”有法定最长期限，状态“{code}”必须写明期限", "“{mode}” has a longest term; “{code}” needs a limit"
)
_TOO_LONG = Text("期限超过“{mode}”的最长 {months} 个月", "the limit is longer than the {months} months of “{mode}”")
_NO_PROVIDER = Text("管理方式“{kind}”要写明由谁服务", "management “{kind}” needs a provider")
_DAYS_PER_MONTH = 30


def _unknown_names(rules: TakeoverRules) -> Iterator[Fault]:
    """Yield the references to states and modes that do not exist."""
    states = {state.code for state in rules.states}
    modes = {mode.code for mode in rules.modes}
    named = [(("triggers", at, "opens"), trigger.opens, states, _STATE) for at, trigger in enumerate(rules.triggers)]
    named += [(("moves", at, "from"), move.from_state, states, _STATE) for at, move in enumerate(rules.moves)]
    named += [(("moves", at, "to"), move.to, states, _STATE) for at, move in enumerate(rules.moves)]
    named += [(("states", at, "mode"), state.mode, modes, _MODE) for at, state in enumerate(rules.states) if state.mode]
    for path, code, known, what in named:
        if code not in known:
            text = _UNKNOWN.fill(code=code, what=what, known=", ".join(sorted(known)))
            yield path, suggest(text, code, sorted(known))


def _lost_states(rules: TakeoverRules) -> Iterator[Fault]:
    """Yield states that no trigger and no move leads to, and those that a case could never leave."""
    reached = {trigger.opens for trigger in rules.triggers}
    for _ in rules.states:
        reached |= {move.to for move in rules.moves if move.from_state in reached}
    left = {move.from_state for move in rules.moves}
    for at, state in enumerate(rules.states):
        if state.code not in reached:
            yield ("states", at, "code"), _UNREACHABLE.fill(code=state.code)
        if not state.final and state.code not in left:
            yield ("states", at, "code"), _DEAD_END.fill(code=state.code)
        if state.final and state.code in left:
            yield ("states", at, "final"), _FINAL_GOES_ON.fill(code=state.code)


def _missing_basis(rules: TakeoverRules) -> Iterator[Fault]:
    """Yield every mode, trigger, move and limit that stands on nothing."""
    stated = [(("modes", at, "basis"), mode.basis) for at, mode in enumerate(rules.modes)]
    stated += [(("triggers", at, "basis"), trigger.basis) for at, trigger in enumerate(rules.triggers)]
    stated += [(("moves", at, "basis"), move.basis) for at, move in enumerate(rules.moves)]
    for path, basis in stated:
        if not basis.strip():
            yield path, _NO_BASIS
    for at, state in enumerate(rules.states):
        if state.limit and not state.limit.basis.strip():
            yield ("states", at, "limit", "basis"), _NO_BASIS


def _wrong_state(rules: TakeoverRules, at: int, state: State) -> Iterator[Fault]:
    """Yield what is wrong with the limit and the provider of one state."""
    if state.management not in {None, Management.NONE, Management.SELF} and not state.provider:
        yield ("states", at, "provider"), _NO_PROVIDER.fill(kind=state.management.label if state.management else "")
    limit = state.limit
    mode = next((mode for mode in rules.modes if mode.code == state.mode), None)
    if limit is None:
        if mode and mode.longest_months:
            yield ("states", at, "limit"), _NO_LIMIT.fill(mode=mode.title, code=state.code)
        return
    if limit.length <= 0:
        yield ("states", at, "limit", "length"), _NO_LENGTH
    if list(limit.warnings) != sorted(set(limit.warnings), reverse=True) or any(days <= 0 for days in limit.warnings):
        yield ("states", at, "limit", "warnings"), _WARNINGS
    months = limit.length if limit.unit is Unit.MONTHS else limit.length / _DAYS_PER_MONTH
    if mode and mode.longest_months and months > mode.longest_months:
        yield ("states", at, "limit", "length"), _TOO_LONG.fill(mode=mode.title, months=mode.longest_months)


@dataclass(frozen=True)
class Case:
    """Where a takeover stands, since when, and who manages the estate meanwhile."""

    state: str
    entered_on: date
    management: Management


@dataclass(frozen=True)
class Step:
    """What a person states when moving a case: the event, the day it took effect, the paper, and who serves."""

    event: str
    on: date
    document: str = ""
    guard_met: bool = False
    provider_id: int | None = None


_NO_MOVE = Text(
    "“{state}”状态下不能办理这一步；可以办理：{known}", "In “{state}” this step is not open; there are: {known}"
)
_CLOSED = Text("案件已终结（{state}），不能再变动", "The case is closed ({state}) and moves no more")
_TOO_EARLY = Text("日期 {on} 早于进入当前状态的日期 {since}", "{on} lies before {since}, when the present state began")
_GUARD = Text("须先确认条件：{guard}（依据：{basis}）", "First confirm the condition: {guard} (basis: {basis})")
_DOCUMENT = Text("须填写文件文号：{document}", "State the number of the document: {document}")
_PROVIDER = Text("须指定服务企业；{restriction}", "Name the company that serves; {restriction}")
_ANY_COMPANY = Text("应为新选聘的物业服务企业", "it is the property company newly chosen")


def moves(rules: TakeoverRules, state: str) -> tuple[Move, ...]:
    """Return the rows of the table that lead on from `state`, in their order."""
    return tuple(move for move in rules.moves if move.from_state == state)


def opened(rules: TakeoverRules, trigger: str, *, on: date, document: str, management: Management) -> Case | Text:
    """Return the case that a trigger opens on an estate under `management`, or why it cannot be opened."""
    known = {one.code: one for one in rules.triggers}
    if trigger not in known:
        return _UNKNOWN.fill(code=trigger, what=Text("触发情形", "trigger"), known=", ".join(known))
    if not document.strip():
        return _DOCUMENT.fill(document=known[trigger].document)
    return _case(rules, known[trigger].opens, on, management)


def move(rules: TakeoverRules, case: Case, step: Step) -> Case | Text:
    """Return the case after the step, or why the table does not let it move."""
    here = rules.state(case.state)
    if here.final:
        return _CLOSED.fill(state=here.title)
    open_moves = moves(rules, case.state)
    row = next((row for row in open_moves if row.event == step.event), None)
    if row is None:
        known = Text("、".join(row.title.zh for row in open_moves), ", ".join(row.title.en for row in open_moves))
        return _NO_MOVE.fill(state=here.title, known=known)
    return _unmet(rules, case, step, row) or _case(rules, row.to, step.on, case.management)


def _case(rules: TakeoverRules, state: str, on: date, management: Management) -> Case:
    return Case(state, on, rules.state(state).management or management)


def _unmet(rules: TakeoverRules, case: Case, step: Step, row: Move) -> Text | None:
    """Return what the row asks for and the step does not bring."""
    if step.on < case.entered_on:
        return _TOO_EARLY.fill(on=step.on, since=case.entered_on)
    if not step.guard_met:
        return _GUARD.fill(guard=row.guard, basis=row.basis)
    if not step.document.strip():
        return _DOCUMENT.fill(document=row.document)
    if needs_provider(rules, case, row) and step.provider_id is None:
        return _PROVIDER.fill(restriction=_restriction(rules, rules.state(row.to)))
    return None


def needs_provider(rules: TakeoverRules, case: Case, row: Move) -> bool:
    """Whether the move must name a company: not where the one that already serves goes on."""
    there = rules.state(row.to)
    return there.provider and (there.final or there.management is not case.management)


def _restriction(rules: TakeoverRules, state: State) -> Text:
    """Return what the mode of a state asks of its provider."""
    return next((mode.restriction for mode in rules.modes if mode.code == state.mode), _ANY_COMPANY)


def service(rules: TakeoverRules | None, state: str | None, management: Management) -> Service:
    """Return the service state of an estate: of its open case where that decides, else of who manages it.

    `rules` are those of the case; without a case there need be none.
    """
    stated = rules.state(state).service if rules and state else None
    return stated or _SERVICE_UNDER[management]


@dataclass(frozen=True)
class Clock:
    """How long a case may still stay where it is; `warned` is the tightest warning reached, in days."""

    level: Literal["ok", "warn", "overdue", "none"]
    sentence: Text
    unit: Unit = Unit.CALENDAR
    due_on: date | None = None
    days_left: int | None = None
    warned: int | None = None


_NO_CLOCK = Text("“{state}”没有期限", "“{state}” has no time limit")
_LEFT = Text("{due}到期（{rule}），还剩 {left} {unit}", "Due {due} ({rule}), {left} {unit} left")
_TODAY = Text("今天到期（{rule}）", "Due today ({rule})")
_LATE = Text(
    "已于 {due} 到期（{rule}），超期 {left} {unit}；{escalate}",
    "Was due {due} ({rule}), {left} {unit} late; {escalate}",
)
_RULE = Text("自 {since} 起 {length}{unit}，{first}", "{length} {unit} from {since}, {first}")
_COUNTED, _NOT_COUNTED = Text("当日计入", "day one counted"), Text("当日不计入", "day one not counted")
_DAY, _WORKING_DAY = Text("天", "days"), Text("个工作日", "working days")
_WITH = Text("{sentence}（{note}）", "{sentence} ({note})")


def clock(rules: TakeoverRules, entered_on: date, state: str, today: date) -> Clock:
    """Return the clock of a case that entered `state` on `entered_on`, as it stands today."""
    here = rules.state(state)
    limit = here.limit
    if limit is None:
        return Clock("none", _NO_CLOCK.fill(state=here.title))
    due = add_days(entered_on, limit.length, unit=limit.unit, count_first=limit.count_first)
    left = days_left(today, due, unit=limit.unit)
    warned = min((days for days in limit.warnings if 0 <= left <= days), default=None)
    rule = _RULE.fill(
        since=entered_on,
        length=limit.length,
        unit=limit.unit.label,
        first=_COUNTED if limit.count_first else _NOT_COUNTED,
    )
    template = _LATE if left < 0 else _LEFT if left else _TODAY
    counted = _WORKING_DAY if limit.unit is Unit.WORKING else _DAY
    sentence = template.fill(due=due, rule=rule, left=abs(left), unit=counted, escalate=limit.escalate)
    note = caveat(entered_on, max(due, today)) if limit.unit is Unit.WORKING else None
    return Clock(
        level="overdue" if left < 0 else "ok" if warned is None and left > 0 else "warn",
        sentence=_WITH.fill(sentence=sentence, note=note) if note else sentence,
        unit=limit.unit,
        due_on=due,
        days_left=left,
        warned=warned,
    )
