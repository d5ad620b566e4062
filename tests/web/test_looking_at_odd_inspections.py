"""Odd inspections are listed for reviewers and the district, narrowed by the address, and exported as seen."""

import csv
import io
import re
from datetime import date, timedelta

import pytest

import district
from inspecting import PACK
from redproperty.store.frames import pack_sheet
from redproperty.store.tables import Estate, Inspection, Person, Round

UNIT, DUE = 1_000_000, date(2026, 10, 20)
# round, score, minutes, inspector: 青石园 falls by 16 to 84, and has the same inspector three times running
VISITS = {
    "QX-0001": [(1, 100, 50, "inspector.xl"), (2, 84, 40, "inspector.xl"), (3, 80.5, 9, "inspector.xl")],
    "QX-0003": [(1, 80.2, 60, "inspector.mq"), (2, 85.3, 60, "inspector.mq"), (3, 90.4, 60, "inspector.mq")],
    "QX-0004": [(1, 70.5, 60, "inspector.mq"), (2, 80.9, 60, "inspector.mq")],
}


@pytest.fixture
async def visits(app):
    """Three rounds of 2026Q4; 马查 has five scores less than a point above a line and none below: 1 in 32."""
    rounds = [
        row["id"]
        for row in await Round.insert(
            *(
                Round(period="2026Q4", number=n, opens_on=date(2026, 10, n), due_on=date(2026, 10, 20))
                for n in (1, 2, 3)
            )
        )
    ]
    estates = {row["code"]: row["id"] for row in await Estate.select(Estate.id, Estate.code)}
    people = {row["login"]: row["id"] for row in await Person.select(Person.id, Person.login)}
    for code, some in VISITS.items():
        for number, score, minutes, login in some:
            await Inspection.insert(
                Inspection(
                    round=rounds[number - 1], estate=estates[code], inspector=people[login], state="accepted",
                    due_on=DUE, started_at=district.NOW - timedelta(minutes=minutes),
                    submitted_at=district.NOW, score=round(score * UNIT), edition=PACK.edition,
                    answers=pack_sheet([0] * len(PACK.sheet.codes)),
                )
            )  # fmt: skip


def told(page: str, kind: str) -> list[list[str]]:
    """Return the rows of one section, without tags."""
    section = re.search(rf'<section class="card flush" id="{kind}">.*?</section>', page, re.DOTALL)[0]
    rows = re.findall(r"<tr>(.*?)</tr>", section, re.DOTALL)[1:]
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL) for row in rows]
    return [[" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in row] for row in cells]


async def test_every_kind_has_its_section_with_what_is_odd_in_words(signed_in, visits):
    page = (await (await signed_in("district")).get("/inspections/odd?period=2026Q4")).text
    assert [row[:3] for row in told(page, "full")] == [["青石园 QX-0001", "仙林街道", "第一轮"]]
    assert [row[4:] for row in told(page, "jump")] == [["比上一次的 100.00 低 16.00 分", "84.00"]]
    assert [row[2:5] for row in told(page, "quick")] == [["第三轮", "李巡", "从第一次作答到提交 9 分钟"]]
    assert [row[0] for row in told(page, "running")] == ["青石园 QX-0001", "燕江里 QX-0003"]
    [leaning] = told(page, "lines")
    assert leaning[0] == "马查"
    assert "线上 5 次" in leaning[2]
    assert "约 2.5 次，偶然到这个数的可能 3.1%" in leaning[2]  # 1/32 = 3.125 %


async def test_the_address_narrows_and_the_file_holds_the_same(signed_in, visits):
    client = await signed_in("district")
    page = (await client.get("/inspections/odd?period=2026Q4&round=2&kind=jump")).text
    assert len(told(page, "jump")) == 1
    assert 'id="full"' not in page
    assert told((await client.get("/inspections/odd?period=2026Q4&round=2")).text, "running") == []
    answer = await client.get("/inspections/odd.csv?period=2026Q4&kind=quick")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[-1][:6] == ["填表过快", "QX-0001", "青石园", "仙林街道", "2026Q4 第三轮", "李巡"]
    assert (await client.get("/inspections/odd.xlsx?period=2026Q4")).status_code == 200


async def test_a_street_sees_its_own_and_inspectors_see_none(signed_in, visits):
    page = (await (await signed_in("reviewer.mq")).get("/inspections/odd?period=2026Q4")).text
    assert "青石园" not in page
    assert len(told(page, "running")) == 1
    assert (await (await signed_in("inspector.xl")).get("/inspections/odd")).status_code == 403
