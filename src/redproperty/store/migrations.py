"""How the record came to its present shape: numbered steps that only go forward.

`tables.py` is always the newest shape, and the first step makes every table as it stands there; a later step that adds
a table or column therefore looks first whether it is already there. What Piccolo cannot say on SQLite (compound and
partial uniqueness, checks, rows that never change) is said in SQL that both databases understand, or once for each.

What is refused here has been refused before by the domain and by the action: these are the third wall, for whoever
comes past the other two.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from redproperty.store.engine import Engine, Postgres, run
from redproperty.store.tables import (
    TABLES,
    Companion,
    EditionPublication,
    InspectionPosition,
    Photo,
    Receipt,
    Rectification,
    RectificationMove,
    Reopening,
    Scenario,
    Signature,
    SignInFailure,
    SiteConfirmation,
    Upload,
)

UNIQUE = {
    "estate_grid_once": "estate_grid (estate, grid)",
    "tenure_starts_once": "tenure (estate, begins)",
    "tenure_one_open": "tenure (estate) WHERE ends IS NULL",
    "party_unit_one_open": "party_unit (estate) WHERE ended_on IS NULL",
    "round_once": "assessment_round (period, number)",
    "inspection_once": "inspection (round, estate) WHERE second_of IS NULL",
    "inspection_second_once": "inspection (second_of) WHERE second_of IS NOT NULL",
    "answer_once": "answer (inspection, item)",
    "receipt_once": "receipt (person, key)",
    "fact_once": "fact (estate, name, valid_from) WHERE withdrawn_at IS NULL",
    "rating_run_one_published": "rating_run (period) WHERE state = 'published'",
    "rating_once": "estate_rating (run, estate)",
    "subsidy_line_paid_once": "subsidy_line (estate, period, tenure) WHERE binding",
    "takeover_one_open": "takeover (estate) WHERE closed_on IS NULL",
    "publication_one_in_force": "edition_publication (edition) WHERE state = 'published'",
    "publication_one_waits": "edition_publication (edition) WHERE state = 'proposed'",
    "photo_once": "photo (person, key)",
    "reopening_one_waits": "reopening (inspection) WHERE state = 'asked'",
    "companion_once": "companion (inspection, person)",
    "rectification_once": "rectification (inspection, item)",
}
APPEND_ONLY = ("audit_entry", "answer_change", "takeover_move")


@dataclass(frozen=True)
class Wall:
    """What the database refuses: `deeds` on `table` whenever the condition `when` holds of NEW or OLD."""

    name: str
    table: str
    deeds: tuple[str, ...]
    when: str
    words: str


PUBLISHED = (
    Wall(
        "rating_published",
        "estate_rating",
        ("UPDATE", "DELETE"),
        "(SELECT state FROM rating_run WHERE id = OLD.run) <> 'preview'",
        "a published rating never changes",
    ),
    Wall(
        "rating_run_published",
        "rating_run",
        ("DELETE", "UPDATE OF period, edition, digest, made_by, made_at, published_by, published_at, corrects, reason"),
        "OLD.state <> 'preview'",
        "a published run never changes",
    ),
    Wall(
        "rating_run_state",
        "rating_run",
        ("UPDATE OF state",),
        "OLD.state = 'superseded' OR (OLD.state = 'published' AND NEW.state <> 'superseded')",
        "a published run can only be superseded",
    ),
    Wall(
        "subsidy_line_frozen",
        "subsidy_line",
        (
            "DELETE",
            (
                "UPDATE OF run, period, estate, tenure, company, stars, half, due_fen, paid_fen, district_fen, "
                "street_fen, zero_reason, account, working"
            ),
        ),
        "1 = 1",
        "the lines of a run never change",
    ),
    Wall(
        "subsidy_run_frozen",
        "subsidy_run",
        (
            "DELETE",
            (
                "UPDATE OF number, period, street, rating_run, edition, digest, document_number, budget_item, "
                "budget_fen, due_fen, paid_fen, prepared_by, prepared_at, corrects"
            ),
        ),
        "1 = 1",
        "the figures of a run never change",
    ),
    Wall(
        "subsidy_run_state",
        "subsidy_run",
        ("UPDATE OF state",),
        "OLD.state = 'void' OR (OLD.state = 'approved' AND NEW.state <> 'void')",
        "an approved run can only be made void",
    ),
)
SOUND = (
    Wall(
        "tenure_order", "tenure", ("INSERT", "UPDATE"), "NEW.ends <= NEW.begins", "a stint ends after the day it begins"
    ),
    Wall(
        "tenure_overlap",
        "tenure",
        ("INSERT", "UPDATE"),
        "EXISTS (SELECT 1 FROM tenure other WHERE other.estate = NEW.estate AND other.id <> NEW.id "
        "AND (NEW.ends IS NULL OR other.begins < NEW.ends) AND (other.ends IS NULL OR NEW.begins < other.ends))",
        "an estate is managed by one at a time",
    ),
    Wall("rating_stars", "estate_rating", ("INSERT",), "NEW.stars NOT BETWEEN 0 AND 5", "stars go from none to five"),
    Wall(
        "subsidy_line_split",
        "subsidy_line",
        ("INSERT",),
        "NEW.paid_fen <> NEW.district_fen + NEW.street_fen",
        "district and street pay the whole line between them",
    ),
    Wall(
        "subsidy_run_four_eyes",
        "subsidy_run",
        ("INSERT", "UPDATE"),
        "NEW.state = 'approved' AND NEW.decided_by = NEW.prepared_by",
        "nobody approves their own run",
    ),
    Wall(
        "inspection_four_eyes",
        "inspection",
        ("INSERT", "UPDATE"),
        "NEW.state IN ('accepted', 'locked') AND NEW.reviewer = NEW.inspector",
        "nobody reviews their own inspection",
    ),
    Wall(
        "inspection_locked",
        "inspection",
        ("DELETE", "UPDATE OF round, estate, inspector, held_on, submitted_at, edition, digest, score, answers"),
        "OLD.state = 'locked'",
        "a locked inspection never changes",
    ),
    Wall(
        "answer_locked",
        "answer",
        ("DELETE", "UPDATE OF value, reasons, note"),
        "(SELECT state FROM inspection WHERE id = OLD.inspection) = 'locked'",
        "the answers of a locked inspection never change",
    ),
)
TWO_PEOPLE = (
    Wall(
        "publication_four_eyes",
        "edition_publication",
        ("INSERT", "UPDATE"),
        "NEW.state = 'published' AND NEW.decided_by = NEW.proposed_by",
        "nobody puts in force what they proposed themselves",
    ),
    Wall(
        "publication_frozen",
        "edition_publication",
        ("DELETE", "UPDATE OF edition, digest, document, note, proposed_by, proposed_at"),
        "1 = 1",
        "what was proposed never changes",
    ),
    Wall(
        "publication_state",
        "edition_publication",
        ("UPDATE OF state, decided_by, decided_at, remark",),
        "OLD.state NOT IN ('proposed', 'published') OR (OLD.state = 'published' AND (NEW.state <> 'superseded' "
        "OR NEW.decided_by <> OLD.decided_by OR NEW.decided_at <> OLD.decided_at OR NEW.remark <> OLD.remark))",
        "a decision on an edition never changes",
    ),
)
PHOTOS = (
    Wall(
        "photo_frozen",
        "photo",
        (
            "DELETE",
            (
                "UPDATE OF kind, inspection, item, rectification, estate, person, key, sha256, media, size, width, "
                "height, taken_at, received_at"
            ),
        ),
        "1 = 1",
        "what is known of a photo never changes",
    ),
    Wall(
        "photo_removed_once",
        "photo",
        ("UPDATE OF removed_at, removed_by",),
        "OLD.removed_at IS NOT NULL OR (OLD.kind IN ('finding', 'signature') "
        "AND (SELECT state FROM inspection WHERE id = OLD.inspection) = 'locked')",
        "the photos of a locked inspection stay, and none is removed twice",
    ),
    Wall("signature", "signature", ("UPDATE", "DELETE"), "1 = 1", "signature is append-only"),
)
REVIEWED = (
    Wall(
        "reopening_four_eyes",
        "reopening",
        ("INSERT", "UPDATE"),
        "NEW.state = 'granted' AND (NEW.decided_by IS NULL OR NEW.decided_by = NEW.asked_by)",
        "nobody grants what they asked for themselves",
    ),
    Wall(
        "reopening_frozen",
        "reopening",
        ("DELETE", "UPDATE OF inspection, run, reason, asked_by, asked_at"),
        "1 = 1",
        "what was asked for never changes",
    ),
    Wall(
        "reopening_decided",
        "reopening",
        ("UPDATE OF state, decided_by, decided_at, remark",),
        "OLD.state <> 'asked'",
        "a decision on a reopening never changes",
    ),
    Wall(
        "inspection_unlocked",
        "inspection",
        ("UPDATE OF state",),
        "OLD.state = 'locked' AND NEW.state <> 'locked' AND NOT EXISTS (SELECT 1 FROM reopening r "
        "JOIN rating_run p ON p.id = r.run WHERE r.inspection = OLD.id AND r.state = 'granted' "
        "AND p.state = 'published')",
        "a locked inspection is opened by two people only",
    ),
    Wall(
        "inspection_void",
        "inspection",
        ("UPDATE OF void_reason",),
        "OLD.state = 'locked'",
        "a locked inspection is not made void",
    ),
    Wall(
        "round_void",
        "assessment_round",
        ("UPDATE OF void_reason",),
        "EXISTS (SELECT 1 FROM inspection i WHERE i.round = OLD.id AND i.state = 'locked')",
        "a round with locked inspections stays as it is",
    ),
    Wall(
        "inspection_second",
        "inspection",
        ("INSERT", "UPDATE OF inspector, state, second_of"),
        "(NEW.second_of IS NOT NULL AND (NEW.state = 'locked' OR "
        "NEW.inspector = (SELECT f.inspector FROM inspection f WHERE f.id = NEW.second_of))) "
        "OR EXISTS (SELECT 1 FROM inspection s WHERE s.second_of = NEW.id AND s.inspector = NEW.inspector)",
        "a second look is by another person and never counts",
    ),
)
RECTIFIED = (
    Wall(
        "rectification_frozen",
        "rectification",
        ("DELETE", "UPDATE OF inspection, item, estate"),
        "1 = 1",
        "what a rectification is about never changes",
    ),
    Wall(
        "rectification_due",
        "rectification",
        ("UPDATE OF company, opened_on, days, unit, due_on",),
        "OLD.state <> 'void'",
        "who has to rectify by when changes only where it was void",
    ),
    Wall(
        "rectification_done",
        "rectification",
        ("UPDATE OF state",),
        "OLD.state = 'closed' AND NEW.state NOT IN ('closed', 'void')",
        "what is closed is not opened again",
    ),
    Wall("rectification_move", "rectification_move", ("UPDATE", "DELETE"), "1 = 1", "rectification_move only grows"),
)
FACTS = (
    Wall(
        "fact_frozen",
        "fact",
        (
            "DELETE",
            (
                "UPDATE OF estate, name, value, choice, valid_from, valid_to, source, document, evidence, recorded_by, "
                "recorded_at"
            ),
        ),
        "1 = 1",
        "what a fact says never changes",
    ),
    Wall(
        "fact_withdrawn_once",
        "fact",
        ("UPDATE OF withdrawn_by, withdrawn_at, withdrawn_why",),
        "OLD.withdrawn_at IS NOT NULL",
        "a fact is withdrawn once",
    ),
)


async def _tables(engine: Engine) -> None:
    """Every table, its unique indexes, and the tables that only grow."""
    for table in TABLES:
        await table.create_table(if_not_exists=True).run()
    for name, columns in UNIQUE.items():
        await run(engine, f"CREATE UNIQUE INDEX IF NOT EXISTS {name} ON {columns}")
    for name in APPEND_ONLY:
        await _build(engine, [Wall(name, name, ("UPDATE", "DELETE"), "1 = 1", f"{name} is append-only")])


async def _published(engine: Engine) -> None:
    """Published ratings and subsidy runs refuse every change, whoever asks."""
    await _build(engine, PUBLISHED)


async def _sound(engine: Engine) -> None:
    """Stints in order, sums that add up, four eyes, locked inspections; nothing that only grows can be emptied."""
    await _build(engine, SOUND)
    if isinstance(engine, Postgres):  # SQLite knows no TRUNCATE
        for name in APPEND_ONLY:
            await run(
                engine,
                f"CREATE TRIGGER {name}_no_truncate BEFORE TRUNCATE ON {name} FOR EACH STATEMENT "
                f"EXECUTE FUNCTION {name}()",
            )


async def _failures(engine: Engine) -> None:
    """Failed sign-ins by where they came from."""
    del engine
    await SignInFailure.create_table(if_not_exists=True).run()


async def _uploads(engine: Engine) -> None:
    """Files that wait to be imported."""
    await Upload.create_table(if_not_exists=True).run()
    await run(engine, "CREATE UNIQUE INDEX IF NOT EXISTS upload_once ON upload (person, kind)")


async def _scenarios(engine: Engine) -> None:
    """What-ifs."""
    del engine
    await Scenario.create_table(if_not_exists=True).run()


async def _publications(engine: Engine) -> None:
    """Editions of the rules put in force by two people."""
    await EditionPublication.create_table(if_not_exists=True).run()
    for name in ("publication_one_in_force", "publication_one_waits"):
        await run(engine, f"CREATE UNIQUE INDEX IF NOT EXISTS {name} ON {UNIQUE[name]}")
    await _build(engine, TWO_PEOPLE)


async def _photos(engine: Engine) -> None:
    """Photos, signatures and positions."""
    for table in (Photo, Signature, InspectionPosition):
        await table.create_table(if_not_exists=True).run()
    await run(engine, f"CREATE UNIQUE INDEX IF NOT EXISTS photo_once ON {UNIQUE['photo_once']}")
    await _build(engine, PHOTOS)


async def _reviews(engine: Engine) -> None:
    """Inspections reopened by two people, void ones, blind second looks, and the plan of a round."""
    await Reopening.create_table(if_not_exists=True).run()
    await _column(engine, "assessment_round", "plan TEXT NOT NULL DEFAULT '{{}}'")
    await _column(engine, "inspection", "void_reason VARCHAR(200) NOT NULL DEFAULT ''")
    await _column(engine, "inspection", "second_of INTEGER REFERENCES inspection (id) ON DELETE RESTRICT DEFAULT NULL")
    await run(engine, "DROP INDEX IF EXISTS inspection_once")
    for name in ("inspection_once", "inspection_second_once", "reopening_one_waits"):
        await run(engine, f"CREATE UNIQUE INDEX IF NOT EXISTS {name} ON {UNIQUE[name]}")
    await _build(engine, REVIEWED)


async def _column(engine: Engine, table: str, column: str) -> bool:
    """Add a column where the table does not have it yet, and return whether it did not."""
    known = "information_schema.columns WHERE table_name" if isinstance(engine, Postgres) else "pragma_table_info"
    source = f"{known} = '{table}'" if isinstance(engine, Postgres) else f"{known}('{table}')"
    field = "column_name" if isinstance(engine, Postgres) else "name"
    held = {row["name"] for row in await run(engine, f"SELECT {field} AS name FROM {source}")}
    missing = column.split(maxsplit=1)[0] not in held
    if missing:
        await run(engine, f"ALTER TABLE {table} ADD COLUMN {column}")
    return missing


async def _companions(engine: Engine) -> None:
    """Those who enter an inspection beside its lead."""
    await Companion.create_table(if_not_exists=True).run()
    await run(engine, f"CREATE UNIQUE INDEX IF NOT EXISTS companion_once ON {UNIQUE['companion_once']}")


async def _rectifications(engine: Engine) -> None:
    """Rectifications and what happened to them."""
    for table in (Rectification, RectificationMove):
        await table.create_table(if_not_exists=True).run()
    await run(engine, f"CREATE UNIQUE INDEX IF NOT EXISTS rectification_once ON {UNIQUE['rectification_once']}")
    await _build(engine, RECTIFIED)


async def _receipts(engine: Engine) -> None:
    """What a phone sends twice is written once."""
    await Receipt.create_table(if_not_exists=True).run()
    await run(engine, f"CREATE UNIQUE INDEX IF NOT EXISTS receipt_once ON {UNIQUE['receipt_once']}")


async def _half_stars(engine: Engine) -> None:
    """Half stars of ratings and subsidy lines, grades of ratings; the `working` of what is kept says its half."""
    walls = [wall for wall in PUBLISHED if wall.name in {"rating_published", "subsidy_line_frozen"}]
    await _raze(engine, walls)
    false = "false" if isinstance(engine, Postgres) else "0"
    for table in ("estate_rating", "subsidy_line"):
        if await _column(engine, table, f"half BOOLEAN NOT NULL DEFAULT {false}"):
            await run(engine, f"""UPDATE {table} SET half = (1 = 1) WHERE working LIKE '%"stars":"_.5"%'""")
    await _column(engine, "estate_rating", "grade VARCHAR(40)")
    await _build(engine, walls)


async def _raze(engine: Engine, walls: Iterable[Wall]) -> None:
    """Take down the triggers of each wall, to build them again once a step is done."""
    for wall in walls:
        for deed in wall.deeds:
            on = f" ON {wall.table}" if isinstance(engine, Postgres) else ""
            await run(engine, f"DROP TRIGGER IF EXISTS {_trigger(wall, deed)}{on}")


def _trigger(wall: Wall, deed: str) -> str:
    return f"{wall.name}_no_{deed.split(maxsplit=1)[0].lower()}"


async def _facts(engine: Engine) -> None:
    """Facts with their evidence that are withdrawn, not changed."""
    await _column(engine, "fact", "document VARCHAR(120) NOT NULL DEFAULT ''")
    await _column(engine, "fact", "evidence VARCHAR(200) NOT NULL DEFAULT ''")
    await _column(engine, "fact", "withdrawn_by INTEGER REFERENCES person (id) ON DELETE RESTRICT DEFAULT NULL")
    await _column(engine, "fact", "withdrawn_at TIMESTAMPTZ DEFAULT NULL")
    await _column(engine, "fact", "withdrawn_why VARCHAR(200) NOT NULL DEFAULT ''")
    await run(engine, "DROP INDEX IF EXISTS fact_once")
    await run(engine, f"CREATE UNIQUE INDEX IF NOT EXISTS fact_once ON {UNIQUE['fact_once']}")
    await _build(engine, FACTS)


async def _sites(engine: Engine) -> None:
    """Which estate one stands in is confirmed before the first answer."""
    del engine
    await SiteConfirmation.create_table(if_not_exists=True).run()


async def _build(engine: Engine, walls: Iterable[Wall]) -> None:
    """Make the triggers of each wall; both databases refuse with an integrity error and the wall's words."""
    for wall in walls:
        if isinstance(engine, Postgres):
            await run(
                engine,
                f"CREATE OR REPLACE FUNCTION {wall.name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                f"IF {wall.when} THEN "
                f"RAISE EXCEPTION '{wall.words}' USING ERRCODE = 'integrity_constraint_violation'; END IF; "
                "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$",
            )
        for deed in wall.deeds:
            trigger = f"CREATE TRIGGER {_trigger(wall, deed)} BEFORE {deed} ON {wall.table} FOR EACH ROW"
            body = (
                f"EXECUTE FUNCTION {wall.name}()"
                if isinstance(engine, Postgres)
                else f"WHEN {wall.when} BEGIN SELECT RAISE(ABORT, '{wall.words}'); END"
            )
            await run(engine, f"{trigger} {body}")


MIGRATIONS: tuple[Callable[[Engine], Awaitable[None]], ...] = (
    _tables,
    _published,
    _sound,
    _failures,
    _uploads,
    _scenarios,
    _publications,
    _photos,
    _reviews,
    _companions,
    _rectifications,
    _receipts,
    _half_stars,
    _facts,
    _sites,
)
