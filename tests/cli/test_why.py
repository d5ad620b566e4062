"""`redproperty why`: the working of one result, in sentences or as JSON."""

import msgspec
import pytest

import paying
from redproperty.domain.traces import Trace, recomputed
from redproperty.store.tables import AuditEntry


@pytest.fixture
def published(small_district, in_record):
    in_record(paying.rate)
    return in_record


def test_the_working_is_printed_in_sentences(published, run):
    said = run("why", "2026Q3", "QX-0001")
    assert said.code == 0
    assert said.out.startswith("青石园 QX-0001 2026Q3：3 星\n")
    assert "V10 物业费收缴率低于 70%：凡管理方式为“市场化物业”且物业费收缴率低于 70，最高 3 星。本期" in said.out


def test_the_working_as_json_is_enough_to_compute_it_again(published, run):
    traced = msgspec.json.decode(run("why", "2026Q3", "QX-0001", "--json").out.encode(), type=Trace)
    assert recomputed(paying.PACK, traced)["stars"] == traced.stars == 3
    assert traced.money == ()  # the district bureau sees money; no run has been drafted


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("2026Q3", "QX-9999"), "2026Q3 没有小区 QX-9999 的结果"),
        (("2025Q1", "QX-0001"), "2025Q1 还没有发布星级"),
    ],
)
def test_what_is_not_there_is_said(published, run, words, why):
    said = run("why", *words)
    assert (said.code, said.out) == (1, "")
    assert why in said.err


def test_it_stands_in_the_trail_who_took_it(published, run):
    run("why", "2026Q3", "QX-0001", "--json")

    async def last():
        query = AuditEntry.select(AuditEntry.deed, AuditEntry.subject)
        return await query.order_by(AuditEntry.id, ascending=False).first()

    assert published(last) == {"deed": "export", "subject": "trace:2026Q3:QX-0001"}
