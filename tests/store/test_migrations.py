"""From empty to now: numbered, forward, the same on either database; and what the database itself refuses."""

from datetime import date

import pytest

import district
import rated
from redproperty.actions.acting import acting
from redproperty.actions.ratings import close_period, publish
from redproperty.actions.subsidies import Order, approve, draft
from redproperty.domain.access import Deed
from redproperty.domain.publications import State
from redproperty.store import publications
from redproperty.store.engine import Postgres, engine_for, opened, run
from redproperty.store.migrations import APPEND_ONLY, MIGRATIONS, PUBLISHED, UNIQUE, _half_stars, _raze
from redproperty.store.schema import Clash, bind, migrate, transaction
from redproperty.store.tables import TABLES, Estate, Inspection, Person, Tenure

pytestmark = pytest.mark.both


async def refused(engine, sql: str, words: str) -> None:
    """Assert that the database refuses a statement with these words."""
    with pytest.raises(Clash, match=words):
        async with transaction():
            await run(engine, sql)


async def schema_of(engine) -> dict[str, set[str]]:
    """Return the columns of every table, as the database itself says."""
    sql = (
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
        if isinstance(engine, Postgres)
        else "SELECT m.name AS table_name, c.name AS column_name FROM sqlite_master m "
        "JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%'"
    )
    found: dict[str, set[str]] = {}
    for row in await run(engine, sql):
        found.setdefault(str(row["table_name"]), set()).add(str(row["column_name"]))
    return found


@pytest.fixture
def empty(database, request):
    """Return the address of a database with nothing in it at all."""
    if not database.startswith("postgresql"):
        return database
    cluster = request.getfixturevalue("cluster")
    return cluster.address(cluster.create())


async def test_an_empty_database_gets_every_table_column_and_index(empty):
    async with opened(engine_for(empty)) as engine:
        bind(engine)
        assert await migrate(engine) == len(MIGRATIONS)
        assert await migrate(engine) == 0, "a second time there is nothing to do"
        expected = {table._meta.tablename: {column._meta.name for column in table._meta.columns} for table in TABLES}
        assert await schema_of(engine) == {**expected, "schema_version": {"number", "at"}}
        on_postgres = isinstance(engine, Postgres)
        source = "pg_class WHERE relkind = 'i'" if on_postgres else "sqlite_master WHERE type = 'index'"
        names = await run(engine, f"SELECT {'relname AS name' if on_postgres else 'name'} FROM {source}")
        assert set(UNIQUE) <= {row["name"] for row in names}


async def test_a_record_from_before_the_last_steps_is_brought_up_to_date(empty):
    async with opened(engine_for(empty)) as engine:
        bind(engine)
        await migrate(engine, until=2)
        assert await migrate(engine) == len(MIGRATIONS) - 2
        numbers = [row["number"] for row in await run(engine, "SELECT number FROM schema_version ORDER BY number")]
        assert numbers == list(range(1, len(MIGRATIONS) + 1))


async def test_a_migration_that_fails_leaves_nothing_behind(empty, monkeypatch):
    async def broken(engine):
        await run(engine, "CREATE TABLE half_made (id INTEGER)")
        raise RuntimeError

    async with opened(engine_for(empty)) as engine:
        bind(engine)
        await migrate(engine)
        monkeypatch.setattr("redproperty.store.schema.MIGRATIONS", (*MIGRATIONS, broken))
        with pytest.raises(RuntimeError):
            await migrate(engine)
        assert "half_made" not in await schema_of(engine)
        assert len(await run(engine, "SELECT number FROM schema_version")) == len(MIGRATIONS)


async def test_what_only_grows_can_be_neither_changed_nor_deleted_nor_emptied(record):
    async with acting(await district.actor("district"), Deed.EDIT_ESTATES, "estate:QX-0001", at=district.NOW):
        pass
    await refused(record, "UPDATE audit_entry SET name = 'b'", "append-only")
    await refused(record, "DELETE FROM audit_entry", "append-only")
    if isinstance(record, Postgres):
        for name in APPEND_ONLY:
            await refused(record, f"TRUNCATE {name}", "append-only")


@pytest.mark.parametrize(
    ("begins", "ends"),
    [
        (date(2026, 8, 1), None),  # the present stint has no end
        (date(2026, 8, 1), date(2026, 8, 16)),  # into the present stint by one day
        (date(2026, 8, 14), date(2026, 8, 15)),  # the former one's last day
        (date(2018, 1, 1), date(2019, 1, 2)),
        (date(2010, 1, 1), date(2030, 1, 1)),  # around both
    ],
)
async def test_stints_of_an_estate_never_overlap(record, begins, ends):
    estate = (await Estate.select(Estate.id).where(Estate.code == "QX-0002").first())["id"]
    with pytest.raises(Clash, match=r"one at a time|tenure_one_open"):
        async with transaction():
            await Tenure.insert(Tenure(estate=estate, management="market", begins=begins, ends=ends))


async def test_stints_may_touch_and_end_after_they_begin(record):
    estate = (await Estate.select(Estate.id).where(Estate.code == "QX-0002").first())["id"]
    await Tenure.insert(Tenure(estate=estate, management="self", begins=date(2018, 1, 1), ends=date(2019, 1, 1)))
    await refused(
        record, "UPDATE tenure SET ends = '2018-01-01' WHERE begins = '2018-01-01'", "after the day it begins"
    )
    await refused(record, "UPDATE tenure SET ends = '2019-01-02' WHERE begins = '2018-01-01'", "one at a time")


async def test_nobody_reviews_their_own_inspection(record):
    await rated.score(rated.the_pack())
    await refused(record, "UPDATE inspection SET reviewer = inspector", "own inspection")


async def test_what_is_published_and_paid_never_changes(record):
    pack = rated.the_pack()
    await rated.score(pack)
    bureau, preparer, checker = [await district.actor(login) for login in ("district", "preparer", "checker")]
    await publish(bureau, [pack], await close_period(bureau, [pack], rated.Q3, at=district.NOW), at=district.NOW)
    number = await draft(preparer, [pack], Order(rated.Q3, 100_000_000, "栖财〔2026〕1号", "城乡社区"), at=district.NOW)
    await refused(record, "UPDATE subsidy_run SET state = 'approved', decided_by = prepared_by", "their own run")
    await approve(checker, number, at=district.NOW)
    for sql, words in (
        ("UPDATE estate_rating SET stars = 5", "published rating never changes"),
        ("DELETE FROM estate_rating", "published rating never changes"),
        ("UPDATE rating_run SET state = 'preview'", "only be superseded"),
        ("DELETE FROM rating_run", "published run never changes"),
        ("UPDATE inspection SET score = 100000000 WHERE state = 'locked'", "locked inspection never changes"),
        ("UPDATE answer SET value = 0 WHERE inspection = {locked}", "answers of a locked inspection"),
        ("UPDATE subsidy_line SET paid_fen = 1", "lines of a run never change"),
        ("DELETE FROM subsidy_run", "figures of a run never change"),
        ("UPDATE subsidy_run SET state = 'draft'", "only be made void"),
    ):
        locked = await Inspection.select(Inspection.id).where(Inspection.state == "locked").first()
        await refused(record, sql.format(locked=locked["id"]), words)


async def test_a_stint_is_paid_once_and_a_line_adds_up(record):
    pack = rated.the_pack()
    await rated.score(pack)
    bureau, preparer, checker = [await district.actor(login) for login in ("district", "preparer", "checker")]
    await publish(bureau, [pack], await close_period(bureau, [pack], rated.Q3, at=district.NOW), at=district.NOW)
    order = Order(rated.Q3, 100_000_000, "栖财〔2026〕1号", "城乡社区")
    await approve(checker, await draft(preparer, [pack], order, at=district.NOW), at=district.NOW)
    columns = "run, period, estate, tenure, due_fen, district_fen, street_fen, account, working, binding"
    paid = f"SELECT {columns} FROM subsidy_line WHERE binding AND tenure IS NOT NULL LIMIT 1"
    again = (
        f"INSERT INTO subsidy_line ({columns}, paid_fen) SELECT {columns}, district_fen + street_fen FROM ({paid}) l"
    )
    await refused(record, again, "(?i)unique")
    await refused(record, again.replace("+ street_fen", "+ street_fen + 1"), "pay the whole line")


async def test_an_edition_is_put_in_force_by_two_and_what_was_decided_stays(record):
    people = {row["login"]: row["id"] for row in await Person.select(Person.id, Person.login)}
    one, other = people["district"], people["checker"]
    async with transaction():
        await publications.adopt("2026-01-01", "a" * 64, document="号", at=district.NOW)
        await publications.propose("2027-01-01", "b" * 64, document="号", note="", by=one, at=district.NOW)
    update = "UPDATE edition_publication SET"
    await refused(record, f"{update} state = 'published', decided_by = {one} WHERE id = 2", "proposed themselves")
    await refused(record, f"{update} digest = 'c' WHERE id = 2", "what was proposed never changes")
    await refused(record, "DELETE FROM edition_publication", "what was proposed never changes")
    [proposal] = await publications.publications("2027-01-01")
    async with transaction():
        await publications.decide(proposal, State.PUBLISHED, by=other, at=district.NOW, remark="")
    await refused(record, f"{update} state = 'returned' WHERE id = 2", "a decision on an edition never changes")
    await refused(record, f"{update} state = 'superseded', decided_by = 1 WHERE id = 2", "never changes")
    with pytest.raises(Clash):  # one publication of an edition holds at a time
        async with transaction():
            await publications.adopt("2027-01-01", "d" * 64, document="号", at=district.NOW)
    assert await publications.published() == {"2026-01-01": "a" * 64, "2027-01-01": "b" * 64}


async def test_half_stars_that_were_kept_as_whole_ones_get_their_half_back(record):
    """A row of before had no column for the half; what it was made of said so."""
    await rated.score(rated.the_pack())
    await close_period(await district.actor("district"), [rated.the_pack()], rated.Q3, at=district.NOW)
    await run(record, """UPDATE estate_rating SET working = REPLACE(working, '"stars":3', '"stars":"3.5"')""")
    frozen = [wall for wall in PUBLISHED if wall.table in {"estate_rating", "subsidy_line"}]
    await _raze(record, frozen)
    for table, column in (("estate_rating", "half"), ("estate_rating", "grade"), ("subsidy_line", "half")):
        await run(record, f"ALTER TABLE {table} DROP COLUMN {column}")
    await run(record, "UPDATE rating_run SET state = 'published'")
    await _half_stars(record)
    rows = await run(record, "SELECT stars, half, grade FROM estate_rating ORDER BY estate")
    assert [(row["stars"], bool(row["half"]), row["grade"]) for row in rows] == [
        (3, True, None), (None, False, None), (3, True, None), (2, False, None), (None, False, None)
    ]  # fmt: skip
    await refused(record, "UPDATE estate_rating SET stars = 5", "a published rating never changes")
