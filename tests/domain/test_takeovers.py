from datetime import date
from pathlib import Path

import msgspec
import pytest
import yaml

from redproperty.domain.calendar import Unit
from redproperty.domain.estates import Management
from redproperty.domain.takeovers import (
    Case,
    Service,
    Step,
    TakeoverRules,
    clock,
    move,
    moves,
    needs_provider,
    opened,
    service,
)
from redproperty.domain.texts import Text

FILE = Path(__file__).parents[2] / "rules" / "2026-01-01" / "takeover.yaml"
DATA = yaml.safe_load(FILE.read_text(encoding="utf-8"))
RULES = msgspec.convert(DATA, TakeoverRules)
DAY = date(2026, 1, 15)

# DOMAIN 4.4, row by row; the rows from a managed estate are the triggers that open a case.
TABLE = {
    "MANAGED_INDEFINITE": {"notice_given": "EXIT_NOTICED", "renewed": "MANAGED"},
    "EXIT_NOTICED": {"contracted": "HANDOVER", "renewed": "MANAGED", "no_successor": "AT_RISK"},
    "AT_RISK": {"contracted": "HANDOVER", "renewed": "MANAGED", "firm_left": "UNMANAGED"},
    "UNMANAGED": {"emergency_decided": "EMERGENCY", "custody_decided": "CUSTODY", "contracted": "HANDOVER"},
    "EMERGENCY": {
        "contracted": "HANDOVER",
        "self_managed": "SELF_MANAGED",
        "term_ended": "CUSTODY",
        "provider_left": "UNMANAGED",
    },
    "CUSTODY": {"reviewed_ready": "SELECTION", "continued": "CUSTODY", "self_managed": "SELF_MANAGED"},
    "SELECTION": {"contracted": "HANDOVER", "failed": "CUSTODY"},
    "HANDOVER": {"inspected": "HANDED_OVER", "refused": "DISPUTED_EXIT"},
    "DISPUTED_EXIT": {"yielded": "HANDOVER", "firm_left": "UNMANAGED"},
    "MANAGED": {},
    "SELF_MANAGED": {},
    "HANDED_OVER": {},
}
EVENTS = sorted({event for row in TABLE.values() for event in row})


def step(event: str, *, on: date = DAY) -> Step:
    return Step(event, on, document="栖住建〔2026〕3号", guard_met=True, provider_id=6)


def test_the_edition_has_no_fault():
    assert list(RULES.check()) == []


@pytest.mark.parametrize("event", [*EVENTS, "no_such_event"])
@pytest.mark.parametrize("state", [state.code for state in RULES.states])
def test_only_the_moves_of_the_table_are_possible(state, event):
    moved = move(RULES, Case(state, DAY, Management.NONE), step(event))
    if event in TABLE[state]:
        assert isinstance(moved, Case)
        assert (moved.state, moved.entered_on) == (TABLE[state][event], DAY)
    else:
        assert isinstance(moved, Text)


@pytest.mark.parametrize(
    ("trigger", "state"),
    [
        ("abandoned", "UNMANAGED"),
        ("never_managed", "UNMANAGED"),
        ("petition", "UNMANAGED"),
        ("court_exit", "UNMANAGED"),
        ("not_performing", "AT_RISK"),
        ("no_renewal", "EXIT_NOTICED"),
        ("dismissed", "EXIT_NOTICED"),
        ("lapsed", "MANAGED_INDEFINITE"),
    ],
)
def test_a_case_is_opened_by_a_trigger_with_its_article(trigger, state):
    case = opened(RULES, trigger, on=DAY, document="现场确认单1号", management=Management.MARKET)
    assert case == Case(state, DAY, Management.NONE if state == "UNMANAGED" else Management.MARKET)
    assert RULES.trigger(trigger).basis


def test_a_case_is_not_opened_without_paper_or_for_another_reason():
    for trigger, document in [("abandoned", " "), ("tired_of_it", "文")]:
        assert isinstance(opened(RULES, trigger, on=DAY, document=document, management=Management.NONE), Text)


def test_a_whole_takeover_from_abandonment_to_a_new_company():
    case = opened(RULES, "abandoned", on=DAY, document="1", management=Management.MARKET)
    passed = [
        ("emergency_decided", date(2026, 1, 17), Management.EMERGENCY),
        ("term_ended", date(2026, 7, 14), Management.CUSTODY),
        ("reviewed_ready", date(2027, 7, 14), Management.CUSTODY),
        ("contracted", date(2027, 9, 1), Management.CUSTODY),
        ("inspected", date(2027, 9, 10), Management.MARKET),
    ]
    for event, on, management in passed:
        assert isinstance(case, Case)
        case = move(RULES, case, step(event, on=on))
        assert isinstance(case, Case)
        assert (case.entered_on, case.management) == (on, management)
    assert case.state == "HANDED_OVER"
    assert isinstance(move(RULES, case, step("contracted")), Text)


@pytest.mark.parametrize(
    ("missing", "wording"),
    [
        (Step("emergency_decided", date(2026, 1, 14), "文", guard_met=True, provider_id=6), "早于"),
        (Step("emergency_decided", DAY, "文", guard_met=False, provider_id=6), "须先确认条件"),
        (Step("emergency_decided", DAY, "  ", guard_met=True, provider_id=6), "文号"),
        (Step("emergency_decided", DAY, "文", guard_met=True), "须指定服务企业"),
        (Step("inspected", DAY, "文", guard_met=True, provider_id=6), "可以办理"),
    ],
)
def test_a_move_needs_its_day_guard_paper_and_provider(missing, wording):
    refusal = move(RULES, Case("UNMANAGED", DAY, Management.NONE), missing)
    assert isinstance(refusal, Text)
    assert wording in refusal.zh


def test_custody_that_goes_on_names_no_company_again():
    (continued,) = [row for row in moves(RULES, "CUSTODY") if row.event == "continued"]
    assert not needs_provider(RULES, Case("CUSTODY", DAY, Management.CUSTODY), continued)
    (ended,) = [row for row in moves(RULES, "EMERGENCY") if row.event == "term_ended"]
    assert needs_provider(RULES, Case("EMERGENCY", DAY, Management.EMERGENCY), ended)


@pytest.mark.parametrize(
    ("state", "management", "expected"),
    [
        (None, Management.MARKET, Service.MANAGED),
        (None, Management.SELF, Service.MANAGED),
        (None, Management.NONE, Service.UNMANAGED),
        ("EXIT_NOTICED", Management.MARKET, Service.MANAGED),
        ("UNMANAGED", Management.NONE, Service.UNMANAGED),
        ("EMERGENCY", Management.EMERGENCY, Service.EMERGENCY),
        ("HANDOVER", Management.EMERGENCY, Service.EMERGENCY),
        ("SELECTION", Management.CUSTODY, Service.CUSTODY),
        ("HANDED_OVER", Management.MARKET, Service.HANDED_OVER),
        ("SELF_MANAGED", Management.SELF, Service.HANDED_OVER),
        ("MANAGED", Management.MARKET, Service.MANAGED),
    ],
)
def test_an_estate_has_one_service_state(state, management, expected):
    assert service(RULES, state, management) is expected


@pytest.mark.parametrize(
    ("state", "entered", "today", "expected"),
    [
        # Six months from 15 January with day one counted end on 14 July.
        ("EMERGENCY", DAY, date(2026, 1, 15), (date(2026, 7, 14), 180, "ok", None)),
        ("EMERGENCY", DAY, date(2026, 5, 14), (date(2026, 7, 14), 61, "ok", None)),
        ("EMERGENCY", DAY, date(2026, 5, 15), (date(2026, 7, 14), 60, "warn", 60)),
        ("EMERGENCY", DAY, date(2026, 6, 14), (date(2026, 7, 14), 30, "warn", 30)),
        ("EMERGENCY", DAY, date(2026, 7, 7), (date(2026, 7, 14), 7, "warn", 7)),
        ("EMERGENCY", DAY, date(2026, 7, 14), (date(2026, 7, 14), 0, "warn", 7)),
        ("EMERGENCY", DAY, date(2026, 7, 15), (date(2026, 7, 14), -1, "overdue", None)),
        # From 31 August 2023 to the last day of leap February, less the counted day.
        ("EMERGENCY", date(2023, 8, 31), date(2024, 2, 28), (date(2024, 2, 28), 0, "warn", 7)),
        # Three days with day one counted.
        ("UNMANAGED", date(2024, 2, 28), date(2024, 2, 28), (date(2024, 3, 1), 2, "ok", None)),
        ("UNMANAGED", date(2024, 2, 28), date(2024, 2, 29), (date(2024, 3, 1), 1, "warn", 1)),
        # Five working days from Friday 24 January 2025: 26 (worked Sunday), 27, then 5, 6, 7 February.
        ("AT_RISK", date(2025, 1, 24), date(2025, 1, 28), (date(2025, 2, 7), 3, "ok", None)),
        ("AT_RISK", date(2025, 1, 24), date(2025, 2, 5), (date(2025, 2, 7), 2, "warn", 2)),
        ("AT_RISK", date(2025, 1, 24), date(2025, 2, 8), (date(2025, 2, 7), -1, "overdue", None)),
    ],
)
def test_the_clock_of_a_state(state, entered, today, expected):
    reading = clock(RULES, entered, state, today)
    assert (reading.due_on, reading.days_left, reading.level, reading.warned) == expected


def test_the_clock_says_how_it_counts():
    reading = clock(RULES, DAY, "EMERGENCY", date(2026, 5, 15))
    assert reading.sentence.zh == "2026-07-14到期（自 2026-01-15 起 6个月，当日计入），还剩 60 天"
    assert reading.sentence.en == "Due 2026-07-14 (6 months from 2026-01-15, day one counted), 60 days left"
    late = clock(RULES, date(2025, 1, 24), "AT_RISK", date(2025, 2, 8))
    assert late.sentence.zh.startswith(
        "已于 2025-02-07 到期（自 2025-01-24 起 5个工作日，当日不计入），超期 1 个工作日；报区住建局"
    )
    assert late.unit is Unit.WORKING


def test_a_clock_into_a_year_without_holiday_notice_says_so():
    reading = clock(RULES, date(2090, 1, 2), "AT_RISK", date(2090, 1, 2))
    assert "2090年放假安排尚未公布" in reading.sentence.zh


def test_a_state_without_limit_has_no_clock():
    assert clock(RULES, DAY, "HANDED_OVER", DAY).level == "none"


def _broken(change) -> list[tuple[object, ...]]:
    data = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    change(data)
    return [path for path, text in msgspec.convert(data, TakeoverRules).check() if text.zh and text.en]


def _index(part: str, code: str) -> int:
    return next(at for at, row in enumerate(DATA[part]) if row["code"] == code)


EMERGENCY = _index("states", "EMERGENCY")


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (lambda data: data["moves"][3].update(to="EMERGENCE"), ("moves", 3, "to")),
        (lambda data: data["moves"][3].update({"from": "X"}), ("moves", 3, "from")),
        (lambda data: data["triggers"][0].update(opens="X"), ("triggers", 0, "opens")),
        (lambda data: data["states"][EMERGENCY].update(mode="X"), ("states", EMERGENCY, "mode")),
        (lambda data: data["states"].append({**data["states"][0]}), ("states", len(DATA["states"]), "code")),
        (lambda data: data["moves"].append({**data["moves"][0]}), ("moves", len(DATA["moves"]), "event")),
        (lambda data: data["moves"][0].update(basis=" "), ("moves", 0, "basis")),
        (lambda data: data["triggers"][1].update(basis=""), ("triggers", 1, "basis")),
        (lambda data: data["modes"][1].update(basis=""), ("modes", 1, "basis")),
        (lambda data: data["states"][0]["limit"].update(basis=""), ("states", 0, "limit", "basis")),
        (lambda data: data["states"][0].update(final=True), ("states", 0, "final")),
        (lambda data: data["states"][-1].update(final=False), ("states", len(DATA["states"]) - 1, "code")),
        (
            lambda data: data["states"].append({"code": "LOST", "title": {"zh": "失", "en": "lost"}, "final": True}),
            ("states", len(DATA["states"]), "code"),
        ),
        (lambda data: data["states"][EMERGENCY]["limit"].update(length=7), ("states", EMERGENCY, "limit", "length")),
        (lambda data: data["states"][EMERGENCY]["limit"].update(length=0), ("states", EMERGENCY, "limit", "length")),
        (
            lambda data: data["states"][EMERGENCY]["limit"].update(length=181, unit="calendar"),
            ("states", EMERGENCY, "limit", "length"),
        ),
        (
            lambda data: data["states"][EMERGENCY]["limit"].update(warnings=[7, 30]),
            ("states", EMERGENCY, "limit", "warnings"),
        ),
        (lambda data: data["states"][EMERGENCY].pop("limit"), ("states", EMERGENCY, "limit")),
        (lambda data: data["states"][EMERGENCY].update(provider=False), ("states", EMERGENCY, "provider")),
    ],
)
def test_a_faulty_table_is_named_key_by_key(change, path):
    assert path in _broken(change)


def test_unknown_keys_are_refused():
    with pytest.raises(msgspec.ValidationError, match="warning"):
        msgspec.convert({**DATA, "warning": 3}, TakeoverRules)


def test_every_working_state_has_duties_and_every_title_both_languages():
    for state in RULES.states:
        assert state.final or state.duties
        assert state.title.zh
        assert state.title.en.isascii()


def test_a_code_that_the_edition_has_not_is_no_state_and_no_trigger():
    for look_up in (RULES.state, RULES.trigger):
        with pytest.raises(KeyError):
            look_up("NOWHERE")
