"""A fact of the demo that was typed wrong and corrected: both records stay on the page of its estate."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from redproperty.actions.facts import Desk, FactForm, correct, record
from redproperty.demo.accounts import MAIN_STREET
from redproperty.demo.days import PRESENT
from redproperty.demo.inspections import Visit
from redproperty.domain.packs import Pack
from redproperty.settings import ZONE
from redproperty.store import facts

CORRECTED_ON = date(2026, 11, 5)
TYPED = FactForm(
    name="hotline_count", value="21", valid_from=PRESENT.begins, valid_to=date(2026, 10, 31),
    source="12345 平台 10 月工单（演示）", evidence="工单导出-202610.xlsx",
)  # fmt: skip
WHY = "导出时多算了相邻小区的 9 件"


async def type_wrong_and_correct(made: Sequence[Visit], packs: Sequence[Pack], at: datetime) -> None:
    """Let the reviewer of the main street record a count of hotline calls, and correct it within the hour."""
    visit = next(one for one in made if one.plot.street == MAIN_STREET and one.period == PRESENT)
    desk = Desk(packs, at, at.astimezone(ZONE).date())
    await record(visit.reviewer, visit.plot.code, TYPED, desk)
    old = next(one for one in await facts.of_estate(visit.plot.id) if one.recorded_at == at)
    right = replace(TYPED, value="12", reason=WHY)
    later = replace(desk, at=at + timedelta(minutes=40))
    await correct(visit.reviewer, visit.plot.code, old.id, right, later)
