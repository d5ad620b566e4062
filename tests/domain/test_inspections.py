from datetime import UTC, datetime

import pytest

from redproperty.domain.access import Deed, Role, allowed
from redproperty.domain.inspections import COUNTED, EDITABLE, MOVES, AnswerEdit, Event, State, edit_refusal, move
from redproperty.domain.texts import Text

ALLOWED = {
    ("draft", "submit"): "submitted",
    ("returned", "submit"): "submitted",
    ("submitted", "accept"): "accepted",
    ("submitted", "return"): "returned",
    ("accepted", "return"): "returned",
    ("accepted", "lock"): "locked",
    ("locked", "reopen"): "returned",
}


@pytest.mark.parametrize("event", Event)
@pytest.mark.parametrize("state", State)
def test_only_these_moves_are_possible(state, event):
    moved = move(state, event, remark="门岗照片不清")
    if (state, event) in ALLOWED:
        assert moved == ALLOWED[state, event]
    else:
        assert isinstance(moved, Text)
        assert state.label.zh in moved.zh


@pytest.mark.parametrize(
    ("state", "event"),
    [(State.SUBMITTED, Event.RETURN), (State.ACCEPTED, Event.RETURN), (State.LOCKED, Event.REOPEN)],
)
def test_sending_back_needs_a_reason(state, event):
    refusal = move(state, event, remark="  ")
    assert isinstance(refusal, Text)
    assert "原因" in refusal.zh


def test_the_inspector_submits_and_the_reviewer_decides():
    may = {key: {role for role in Role if allowed(role, row.deed)} for key, row in MOVES.items()}
    assert may[State.DRAFT, Event.SUBMIT] == {Role.INSPECTOR}
    assert may[State.SUBMITTED, Event.ACCEPT] == may[State.SUBMITTED, Event.RETURN] == {Role.REVIEWER}
    assert MOVES[State.LOCKED, Event.REOPEN].deed is Deed.REOPEN_INSPECTION


def test_answers_change_only_before_submission_or_after_return():
    assert {state for state in State if edit_refusal(state) is None} == EDITABLE == {"draft", "returned"}
    assert {State.ACCEPTED, State.LOCKED} == COUNTED


@pytest.mark.parametrize(
    ("old", "reason", "zh"),
    [
        (None, "", "2026-08-03 14:02，李检 将 BJ-01 填为“2处”"),
        (Text("2处", "2 places"), "", "2026-08-03 14:02，李检 将 BJ-01 由“2处”改为“2处”"),
        (Text("1处", "1 place"), "漏记", "2026-08-03 14:02，李检 将 BJ-01 由“1处”改为“2处”；原因：漏记"),
    ],
)
def test_an_edit_tells_who_when_old_new_and_why(old, reason, zh):
    edit = AnswerEdit("BJ-01", datetime(2026, 8, 3, 14, 2, tzinfo=UTC), "李检", old, Text("2处", "2 places"), reason)
    assert edit.sentence.zh == zh
    assert "李检" in edit.sentence.en
