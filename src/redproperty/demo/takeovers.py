"""The demo's takeover cases, told as steps: who leaves, who steps in, and how far each case has come."""

from dataclasses import dataclass
from datetime import date

from redproperty.demo.companies import own_company
from redproperty.demo.estates import Plot


@dataclass(frozen=True)
class Step:
    """One step of a case: the trigger that opens it, or an event; `server` says who serves from then on."""

    on: date
    cast: str
    event: str
    opens: bool = False
    server: str = ""  # own: the street's company; other: a company of the market


def _case(cast: str, trigger: str, on: date, *events: tuple[date, str, str]) -> list[Step]:
    return [Step(on, cast, trigger, opens=True), *(Step(day, cast, event, server=by) for day, event, by in events)]


STEPS = [
    *_case("unmanaged_late", "never_managed", date(2026, 11, 10)),
    *_case("walked_out", "abandoned", date(2026, 11, 22)),
    *_case("emergency_ending", "abandoned", date(2026, 6, 5), (date(2026, 6, 7), "emergency_decided", "other")),
    *_case("emergency_new", "never_managed", date(2026, 9, 1), (date(2026, 9, 3), "emergency_decided", "own")),
    *_case("custody_review", "never_managed", date(2025, 12, 1), (date(2025, 12, 3), "custody_decided", "own")),
    *_case(
        "selection",
        "petition",
        date(2025, 8, 4),
        (date(2025, 8, 6), "custody_decided", "own"),
        (date(2026, 9, 10), "reviewed_ready", ""),
    ),
    *_case(
        "handed_over",
        "abandoned",
        date(2026, 3, 10),
        (date(2026, 3, 12), "emergency_decided", "other"),
        (date(2026, 8, 20), "contracted", ""),
        (date(2026, 8, 28), "inspected", "other"),
    ),
    *_case(
        "self_managed",
        "court_exit",
        date(2026, 4, 8),
        (date(2026, 4, 9), "emergency_decided", "own"),
        (date(2026, 7, 1), "self_managed", ""),
    ),
    *_case("exit_noticed", "dismissed", date(2026, 10, 10)),
    *_case("at_risk", "not_performing", date(2026, 11, 18)),
    *_case("handover", "no_renewal", date(2026, 9, 15), (date(2026, 11, 16), "contracted", "")),
    *_case("lapsed", "lapsed", date(2026, 7, 1)),
]


def serving(step: Step, plot: Plot, present: int | None) -> int | None:
    """Return the company that a step names; `present` is the one of the step before."""
    if step.server == "own":
        return own_company(plot.street)
    return (plot.id % 40 + 1 if present is None else present) if step.server == "other" else None
