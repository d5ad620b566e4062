"""The demo's dated facts: surveys, opinions, fee collection, hotline, events (each veto at least once) and bonuses."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from redproperty.demo.days import CLOSED, moment
from redproperty.demo.estates import MEAN, Plot
from redproperty.domain.access import Actor, Role
from redproperty.domain.numbers import UNIT
from redproperty.domain.periods import Period

EVENTS = (  # fact, first day, last day; each on an estate of its own
    ("death_accident", date(2026, 2, 9), None),  # V1
    ("fire_failed", date(2026, 5, 12), None),  # V2
    ("fire_failed", date(2026, 8, 21), None),
    ("left_outside_procedure", date(2026, 7, 3), None),  # V3
    ("fraud", date(2026, 6, 18), None),  # V4
    ("fund_misuse", date(2026, 4, 2), date(2026, 8, 31)),  # V5, made good in August
    ("fund_misuse", date(2026, 9, 7), None),
    ("inspection_refused", date(2026, 3, 20), None),  # V6
    ("inspection_refused", date(2026, 9, 15), None),
    ("group_petition", date(2026, 1, 28), None),  # V7
    ("group_petition", date(2026, 7, 30), None),
)
SOURCES = {
    "satisfaction": "第三方满意度调查（演示）",
    "survey_answers": "第三方满意度调查（演示）",
    "opinion": "社区网格评议表（演示）",
    "collection": "企业上报、街道核对（演示）",
    "hotline_count": "12345 平台导出（演示）",
}


@dataclass(frozen=True)
class _Clerk:
    """Who records: the district bureau."""

    id: int


def fact_rows(found: list[Plot], people: list[Actor], chance: Random) -> list[dict[str, object]]:
    """Return the rows of all facts."""
    clerk = _Clerk(next(person.id for person in people if person.role is Role.DISTRICT))
    rows: list[dict[str, object]] = []
    for plot in found:
        nature = {name: chance.gauss(0, spread) for name, spread in (("survey", 2.5), ("opinion", 2.0), ("fees", 4.0))}
        for period in CLOSED:
            if plot.since is None or plot.since > period.begins:
                continue
            rows += [
                _fact(plot, name, value, (period.begins, period.ends), clerk)
                for name, value in _figures(plot, period, nature, chance)
            ]
        rows += [_fact(plot, name, value, (date(2025, 3, 1), None), clerk) for name, value in _extras(plot, chance)]
    return rows + _events(found, clerk, chance)


def _figures(plot: Plot, period: Period, nature: dict[str, float], chance: Random) -> Iterator[tuple[str, int]]:
    """Yield what a quarter brings: nearly all estates are surveyed, only market ones report fees."""
    households = plot.row["households"]
    small = chance.random() < 0.03  # too few answers: satisfaction does not count
    answers = chance.randint(20, 45) if small else max(52, round(households * chance.uniform(0.11, 0.24)))
    if chance.random() > 0.02:
        satisfied = plot.quality + 2.5 + nature["survey"] + chance.gauss(0, 1.5)
        yield "satisfaction", _percent(satisfied)
        yield "survey_answers", min(answers, households) * UNIT
    yield "opinion", _percent(plot.quality + 3 + nature["opinion"] + chance.gauss(0, 1.5))
    if plot.tenures and plot.tenures[-1]["management"] == "market":
        paid = 84 + (plot.quality - MEAN) * 1.1 + nature["fees"] + chance.gauss(0, 1.5) + period.quarter / 2
        yield "collection", _percent(paid)
    yield "hotline_count", max(0, round(chance.gauss(households / 110, 3) + (MEAN - plot.quality) / 4)) * UNIT


def _percent(value: float) -> int:
    """Return a percentage between 30 and 100, written to one place, in millionths."""
    return min(max(round(value * 10), 300), 1000) * (UNIT // 10)


def _extras(plot: Plot, chance: Random) -> Iterator[tuple[str, int | str]]:
    """Yield what earns a bonus: likelier where management is good and buildings are new."""
    leaning = (plot.quality - MEAN) / 50
    if plot.party is not None and chance.random() < 0.04 + leaning / 2:
        yield "party_demo", chance.choices(("city", "province"), (5, 1))[0]
    if chance.random() < 0.25 + leaning:
        yield "liability_cover", UNIT
    if chance.random() < 0.30 + leaning:
        yield "volunteer_station", UNIT
    if plot.row["lifts"] and chance.random() < 0.35 + leaning:
        yield "falling_object_cameras", _percent(chance.uniform(55, 100))
    if plot.row["estate_type"] == "commodity" and chance.random() < 0.12 + leaning:
        yield "iot_warning", UNIT


def _events(found: list[Plot], clerk: _Clerk, chance: Random) -> list[dict[str, object]]:
    market = [plot for plot in found if not plot.cast and len(plot.tenures) == 1 and plot.since == date(2025, 1, 1)]
    chance.shuffle(market)
    rows = []
    for plot, (name, first, last) in zip(market, EVENTS, strict=False):
        rows.append(_fact(plot, name, UNIT, (first, last), clerk))
    for plot in market[len(EVENTS) : len(EVENTS) + 18]:
        day = date(2026, 1, 10) + timedelta(days=chance.randint(0, 260))
        rows.append(_fact(plot, "commendations", chance.choice((1, 1, 2)) * UNIT, (day, None), clerk))
    return rows


def _fact(plot: Plot, name: str, value: int | str, valid: tuple[date, date | None], clerk: _Clerk) -> dict[str, object]:
    recorded = (valid[1] or valid[0]) if name in SOURCES else valid[0]
    return {
        "estate": plot.id,
        "name": name,
        "value": None if isinstance(value, str) else value,
        "choice": value if isinstance(value, str) else None,
        "valid_from": valid[0],
        "valid_to": valid[1],
        "source": SOURCES.get(name, "街道登记（演示）"),
        "recorded_by": clerk.id,
        "recorded_at": moment(recorded + timedelta(days=3), 16),
    }
