"""The record, table by table. Only the store imports this module.

Money columns end in `_fen`, areas in `_cm` are hundredths of a square metre, figures are whole millionths
(`domain.numbers`); all are BigInt. Times are UTC. JSON is kept as text that `msgspec` reads.
"""

from typing import Any

from piccolo.columns import (
    BigInt,
    Boolean,
    Bytea,
    Date,
    ForeignKey,
    Integer,
    Serial,
    SmallInt,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.base import OnDelete
from piccolo.table import Table

KEEP = OnDelete.restrict


class Division(Table, tablename="division"):
    """A district, street or community (区, 街道, 社区) under its 12-digit code; the code names its issuer and year."""

    id: Serial
    code = Varchar(length=12, unique=True)
    name = Varchar(length=80)
    level = Varchar(length=12)  # district, street, community
    parent = Varchar(length=12, null=True, default=None, index=True)  # the code above it
    issuer = Varchar(length=80, default="")
    year = Integer(default=2026)


class Grid(Table, tablename="grid"):
    """A grid (网格) of one community: its code is the community's 12 digits and 3 of its own."""

    id: Serial
    code = Varchar(length=15, unique=True)
    name = Varchar(length=80)
    community = Varchar(length=12, index=True)
    kind = Varchar(length=12, default="general")  # general, exclusive


class Company(Table, tablename="company"):
    """A property company, or a street's own one (street set), with the account that subsidies go to."""

    id: Serial
    uscc = Varchar(length=18, unique=True)
    name = Varchar(length=120)
    street = Varchar(length=12, null=True, default=None)  # the street whose own company it is
    contact = Varchar(length=60, default="")
    phone = Varchar(length=30, default="")
    account_name = Varchar(length=120, default="")
    account_bank = Varchar(length=120, default="")
    account_number = Varchar(length=40, default="")
    bank_code = Varchar(length=20, default="")


class Estate(Table, tablename="estate"):
    """A residential estate (小区), the rated unit; `code` never changes."""

    id: Serial
    code = Varchar(length=20, unique=True)
    name = Varchar(length=120, index=True)
    initials = Varchar(length=60, index=True)  # pinyin initials of the name, for searching
    street = Varchar(length=12, index=True)
    community = Varchar(length=12, index=True)
    address = Varchar(length=200, default="")
    contact = Varchar(length=60, default="")
    phone = Varchar(length=30, default="")
    estate_type = Varchar(length=24)
    stratum = Varchar(length=24)
    floor_area_cm = BigInt()
    area_source = Varchar(length=24, default="estimate")  # survey, contract, estimate
    households = Integer(default=0)
    buildings = Integer(default=0)
    built_year = Integer(null=True, default=None)
    lifts = Integer(default=0)
    gated = Boolean(default=False)
    secondary_water = Boolean(default=False)
    parking_managed = Boolean(default=False)
    owners_body = Varchar(length=12, default="none")  # committee, interim, none
    registered_on = Date(default=None)


class EstateGrid(Table, tablename="estate_grid"):
    """The grids that an estate spans; unique by estate and grid."""

    id: Serial
    estate = ForeignKey(Estate, on_delete=KEEP, index=True, null=False)
    grid = ForeignKey(Grid, on_delete=KEEP, index=True, null=False)


class Tenure(Table, tablename="tenure"):
    """Who manages an estate from `begins` (inclusive) to `ends` (exclusive; null: still)."""

    id: Serial
    estate = ForeignKey(Estate, on_delete=KEEP, index=True, null=False)
    management = Varchar(length=12)  # market, self, emergency, custody
    company = ForeignKey(Company, on_delete=KEEP, index=True, null=True)
    begins = Date(default=None)
    ends = Date(null=True, default=None)


class PartyUnit(Table, tablename="party_unit"):
    """The Party organisation of an estate's property; one at a time."""

    id: Serial
    estate = ForeignKey(Estate, on_delete=KEEP, index=True, null=False)
    form = Varchar(length=12)  # own, joint, instructor
    status = Varchar(length=12)  # approved, applied
    approval_number = Varchar(length=60, default="")
    approved_on = Date(null=True, default=None)
    secretary = Varchar(length=60, default="")
    members = Integer(default=0)
    last_activity_on = Date(null=True, default=None)
    ended_on = Date(null=True, default=None)


class Person(Table, tablename="person"):
    """An account; disabled ones keep their history."""

    id: Serial
    login = Varchar(length=40, unique=True)
    name = Varchar(length=60)
    role = Varchar(length=24)
    street = Varchar(length=12, null=True, default=None)
    company = ForeignKey(Company, on_delete=KEEP, null=True)
    password_hash = Varchar(length=200)
    must_change = Boolean(default=True)
    disabled = Boolean(default=False)
    failed_attempts = Integer(default=0)
    locked_until = Timestamptz(null=True, default=None)


class LoginSession(Table, tablename="login_session"):
    """A signed-in browser; only the SHA-256 of its token is kept."""

    id: Serial
    token_hash = Varchar(length=64, unique=True)
    person = ForeignKey(Person, on_delete=OnDelete.cascade, index=True, null=False)
    created_at = Timestamptz(default=None)
    seen_at = Timestamptz(default=None)


class SignInFailure(Table, tablename="sign_in_failure"):
    """How many sign-ins have failed since `since`: from one address, or under a name that is no account."""

    id: Serial
    source = Varchar(length=80, unique=True)  # "from:192.0.2.7", "login:ghost"
    failures = Integer(default=0)
    since = Timestamptz(default=None)


class AuditEntry(Table, tablename="audit_entry"):
    """One change, login, export or refusal; append-only (a trigger) and chained by hashes."""

    id: Serial
    at = Timestamptz(default=None)
    person = BigInt(null=True, default=None, index=True)
    name = Varchar(length=60)
    role = Varchar(length=24)
    deed = Varchar(length=40, index=True)
    subject = Varchar(length=60, index=True)  # "estate:QX-0001"
    street = Varchar(length=12, null=True, default=None)
    details = Text()  # JSON
    previous = Varchar(length=64)
    digest = Varchar(length=64, unique=True)


class Round(Table, tablename="assessment_round"):
    """One inspection round of a period; unique by period and number."""

    id: Serial
    period = Varchar(length=8, index=True)
    number = SmallInt()
    opens_on = Date(default=None)
    due_on = Date(default=None)
    void_reason = Varchar(length=200, default="")
    plan = Text(default="{}")  # JSON of `domain.rounds.Selection`: which estates were chosen, and how


class Inspection(Table, tablename="inspection"):
    """One estate in one round: draft → submitted → accepted or returned → locked; unique by round and estate.

    `answers` is the whole sheet frozen at submission, scored under `edition` and `digest`; `score` in millionths.
    One with `second_of` is a blind second look at that inspection: it is reported beside it and never counts.
    """

    id: Serial
    round = ForeignKey(Round, on_delete=KEEP, index=True, null=False)
    estate = ForeignKey(Estate, on_delete=KEEP, index=True, null=False)
    inspector = ForeignKey(Person, on_delete=KEEP, index=True, null=False)
    state = Varchar(length=12, index=True)
    due_on = Date(default=None)
    held_on = Date(null=True, default=None)
    started_at = Timestamptz(null=True, default=None)
    submitted_at = Timestamptz(null=True, default=None)
    reviewer = ForeignKey(Person, on_delete=KEEP, null=True)
    reviewed_at = Timestamptz(null=True, default=None)
    remark = Varchar(length=500, default="")
    edition = Varchar(length=20, default="")
    digest = Varchar(length=64, default="")
    score = BigInt(null=True, default=None)
    answers = Bytea(null=True, default=None)  # frozen sheet as `store.frames.pack_sheet` makes it
    void_reason = Varchar(length=200, default="")
    second_of: ForeignKey[Any] = ForeignKey("self", on_delete=KEEP, index=True, null=True)


class Reopening(Table, tablename="reopening"):
    """Somebody asks that a locked inspection be opened again; another grants or refuses.

    `run` is the published rating that rests on the inspection: it carries the mark, and the grant holds only for it.
    """

    id: Serial
    inspection = ForeignKey(Inspection, on_delete=KEEP, index=True, null=False)
    run = BigInt(index=True)
    reason = Varchar(length=500)
    state = Varchar(length=12)  # asked, granted, refused
    asked_by = ForeignKey(Person, on_delete=KEEP, null=False)
    asked_at = Timestamptz(default=None)
    decided_by = ForeignKey(Person, on_delete=KEEP, null=True)
    decided_at = Timestamptz(null=True, default=None)
    remark = Varchar(length=500, default="")


class Companion(Table, tablename="companion"):
    """Who enters answers of an inspection beside its lead; unique by inspection and person."""

    id: Serial
    inspection = ForeignKey(Inspection, on_delete=OnDelete.cascade, index=True, null=False)
    person = ForeignKey(Person, on_delete=KEEP, index=True, null=False)
    named_by = ForeignKey(Person, on_delete=KEEP, null=False)
    named_at = Timestamptz(default=None)


class Answer(Table, tablename="answer"):
    """One item of one inspection as it stands; unique by inspection and item."""

    id: Serial
    inspection = ForeignKey(Inspection, on_delete=OnDelete.cascade, index=True, null=False)
    item = Varchar(length=12)
    value = BigInt(null=True, default=None)  # the answer code of domain.items; null: not yet answered
    reasons = Text(default="[]")  # JSON list of wordings
    note = Varchar(length=1000, default="")
    review_remark = Varchar(length=500, default="")
    saved_by = ForeignKey(Person, on_delete=KEEP, null=False)
    saved_at = Timestamptz(default=None)
    version = Integer(default=1)


class AnswerChange(Table, tablename="answer_change"):
    """What an answer was before and after each save; append-only."""

    id: Serial
    inspection = ForeignKey(Inspection, on_delete=OnDelete.cascade, index=True, null=False)
    item = Varchar(length=12)
    at = Timestamptz(default=None)
    person = ForeignKey(Person, on_delete=KEEP, null=False)
    old = Text(null=True, default=None)  # JSON {value, reasons, note}
    new = Text()
    reason = Varchar(length=200, default="")


class Rectification(Table, tablename="rectification"):
    """What one deduction asks of the company that manages the estate on the day; unique by inspection and item.

    What was found is kept as it stood when the inspection was accepted; `reported_on` is the day of the report that
    stands, null while there is none.
    """

    id: Serial
    inspection = ForeignKey(Inspection, on_delete=KEEP, index=True, null=False)
    item = Varchar(length=12)
    estate = ForeignKey(Estate, on_delete=KEEP, index=True, null=False)
    company = ForeignKey(Company, on_delete=KEEP, index=True, null=True)  # null: nobody, or the owners themselves
    state = Varchar(length=12, index=True)  # open, reported, closed, void
    value = BigInt()  # the answer code
    lost = BigInt()
    reasons = Text(default="[]")  # JSON list of wordings
    note = Varchar(length=1000, default="")
    opened_on = Date(default=None)
    days = Integer()
    unit = Varchar(length=12)
    due_on = Date(default=None, index=True)
    reported_on = Date(null=True, default=None)
    closed_on = Date(null=True, default=None)


class RectificationMove(Table, tablename="rectification_move"):
    """What happened to a rectification: ordered, reported, sent back, closed; append-only."""

    id: Serial
    rectification = ForeignKey(Rectification, on_delete=KEEP, index=True, null=False)
    event = Varchar(length=12)
    on_day = Date(default=None)
    at = Timestamptz(default=None)
    person = ForeignKey(Person, on_delete=KEEP, null=False)
    words = Varchar(length=500, default="")


class Photo(Table, tablename="photo"):
    """One picture: its original lies in the folder of the photos under its SHA-256; the row is never deleted.

    `look` is a perceptual hash, empty where the picture is too plain to have one. `key` is the sender's own name for
    it, so that a picture sent twice is kept once.
    """

    id: Serial
    kind = Varchar(length=12)  # finding, signature, before, after
    inspection = ForeignKey(Inspection, on_delete=KEEP, index=True, null=True)
    item = Varchar(length=12, default="")
    rectification = BigInt(null=True, default=None, index=True)
    estate = ForeignKey(Estate, on_delete=KEEP, index=True, null=False)
    person = ForeignKey(Person, on_delete=KEEP, null=False)
    key = Varchar(length=64)
    sha256 = Varchar(length=64, index=True)
    look = Varchar(length=16, default="", index=True)
    media = Varchar(length=20)
    size = Integer()
    width = Integer()
    height = Integer()
    taken_at = Timestamptz(null=True, default=None)  # by the camera's clock
    received_at = Timestamptz(default=None)
    removed_by = ForeignKey(Person, on_delete=KEEP, null=True)
    removed_at = Timestamptz(null=True, default=None)


class Signature(Table, tablename="signature"):
    """The company's representative signed what was found, or would not (拒签) and why; append-only, the last holds."""

    id: Serial
    inspection = ForeignKey(Inspection, on_delete=KEEP, index=True, null=False)
    refused = Boolean(default=False)
    name = Varchar(length=60, default="")
    reason = Varchar(length=300, default="")
    photo = ForeignKey(Photo, on_delete=KEEP, null=True)  # the drawn signature
    person = ForeignKey(Person, on_delete=KEEP, null=False)
    at = Timestamptz(default=None)


class InspectionPosition(Table, tablename="inspection_position"):
    """Where the inspector stood when they said so; unique by inspection, coordinates in millionths of a degree."""

    id: Serial
    inspection = ForeignKey(Inspection, on_delete=KEEP, unique=True, null=False)
    latitude = BigInt()
    longitude = BigInt()
    accuracy = Integer()  # metres
    system = Varchar(length=12)
    person = ForeignKey(Person, on_delete=KEEP, null=False)
    at = Timestamptz(default=None)


class SiteConfirmation(Table, tablename="site_confirmation"):
    """The inspector says, before the first answer, that this is the estate, and perhaps where they stand in it."""

    id: Serial
    inspection = ForeignKey(Inspection, on_delete=OnDelete.cascade, unique=True, null=False)
    person = ForeignKey(Person, on_delete=KEEP, null=False)
    at = Timestamptz(default=None)
    place = Varchar(length=200, default="")


class Receipt(Table, tablename="receipt"):
    """What a deed sent from a phone wrote, by the key that the phone gave it; unique by person and key."""

    id: Serial
    person = ForeignKey(Person, on_delete=OnDelete.cascade, null=False)
    key = Varchar(length=64)
    inspection = ForeignKey(Inspection, on_delete=OnDelete.cascade, index=True, null=False)
    written = Text()  # JSON {item: [version before, version now]}
    at = Timestamptz(default=None)


class Fact(Table, tablename="fact"):
    """A dated observation about an estate, declared in the edition; of those not withdrawn one by first day.

    What it says never changes: one that was wrong is withdrawn with a reason, and stays.
    """

    id: Serial
    estate = ForeignKey(Estate, on_delete=KEEP, index=True, null=False)
    name = Varchar(length=40)
    value = BigInt(null=True, default=None)  # millionths; flags are 1_000_000
    choice = Varchar(length=40, null=True, default=None)
    valid_from = Date(default=None)
    valid_to = Date(null=True, default=None)  # last day on which it holds; null: as the edition says
    source = Varchar(length=200, default="")
    document = Varchar(length=120, default="")  # the number of the paper that proves it
    evidence = Varchar(length=200, default="")  # where the paper or the file lies
    recorded_by = ForeignKey(Person, on_delete=KEEP, null=True)
    recorded_at = Timestamptz(default=None)
    withdrawn_by = ForeignKey(Person, on_delete=KEEP, null=True)
    withdrawn_at = Timestamptz(null=True, default=None)
    withdrawn_why = Varchar(length=200, default="")


class RatingRun(Table, tablename="rating_run"):
    """A period rated under one edition: preview → published; publishing again supersedes, never changes."""

    id: Serial
    period = Varchar(length=8, index=True)
    state = Varchar(length=12)  # preview, published, superseded
    edition = Varchar(length=20)
    digest = Varchar(length=64)
    made_by = ForeignKey(Person, on_delete=KEEP, null=False)
    made_at = Timestamptz(default=None)
    published_by = ForeignKey(Person, on_delete=KEEP, null=True)
    published_at = Timestamptz(null=True, default=None)
    corrects = BigInt(null=True, default=None)  # the run that this one supersedes
    reason = Varchar(length=300, default="")


class Rating(Table, tablename="estate_rating"):
    """The result of one estate in one run with its whole working; unique by run and estate."""

    id: Serial
    run = ForeignKey(RatingRun, on_delete=KEEP, index=True, null=False)
    estate = ForeignKey(Estate, on_delete=KEEP, index=True, null=False)
    company = ForeignKey(Company, on_delete=KEEP, index=True, null=True)  # who managed it at the end of the period
    stratum = Varchar(length=24)
    stars = SmallInt(null=True, default=None)  # whole ones; null: not rated, or by a method without stars
    half = Boolean(default=False)  # a half star comes to them
    grade = Varchar(length=40, null=True, default=None)  # of a method without stars: the code of the name
    not_rated = Varchar(length=40, null=True, default=None)  # the reason's code
    composite = BigInt(null=True, default=None)
    working = Text()  # JSON: every column of the settled row; the rating is this row


class SubsidyRun(Table, tablename="subsidy_run"):
    """A subsidy run: draft → approved, or void; it freezes ratings, areas, rates, accounts and budget."""

    id: Serial
    number = Varchar(length=30, unique=True)
    period = Varchar(length=8, index=True)
    street = Varchar(length=12, null=True, default=None)  # the street whose run it is; null: the whole district
    rating_run = ForeignKey(RatingRun, on_delete=KEEP, null=False)
    state = Varchar(length=12)  # draft, approved, void
    edition = Varchar(length=20)
    digest = Varchar(length=64)
    document_number = Varchar(length=80)
    budget_item = Varchar(length=80)
    budget_fen = BigInt()
    due_fen = BigInt()
    paid_fen = BigInt()
    prepared_by = ForeignKey(Person, on_delete=KEEP, null=False)
    prepared_at = Timestamptz(default=None)
    decided_by = ForeignKey(Person, on_delete=KEEP, null=True)
    decided_at = Timestamptz(null=True, default=None)
    remark = Varchar(length=300, default="")
    corrects = BigInt(null=True, default=None)


class SubsidyLine(Table, tablename="subsidy_line"):
    """One estate and stint of management in a run, with every step of its money; never changed once approved."""

    id: Serial
    run = ForeignKey(SubsidyRun, on_delete=KEEP, index=True, null=False)
    period = Varchar(length=8)
    estate = ForeignKey(Estate, on_delete=KEEP, index=True, null=False)
    tenure = BigInt(null=True, default=None)
    company = ForeignKey(Company, on_delete=KEEP, index=True, null=True)
    stars = SmallInt(null=True, default=None)
    half = Boolean(default=False)  # a half star comes to them
    due_fen = BigInt()
    paid_fen = BigInt()
    district_fen = BigInt()
    street_fen = BigInt()
    zero_reason = Varchar(length=40, null=True, default=None)
    account = Text()  # JSON: the company's name, USCC and account as they were
    working = Text()  # JSON: every column of the line
    binding = Boolean(default=False)  # approved and above zero: an estate's stint is paid once


class Scenario(Table, tablename="scenario"):
    """A what-if: the changed files of an edition, tried on a period; nothing that holds ever points to it.

    `texts` is JSON `{"rating.yaml": "…"}`: whole files, only those that differ from the edition's.
    """

    id: Serial
    number = Varchar(length=30, unique=True)
    title = Varchar(length=80)
    period = Varchar(length=8, index=True)
    edition = Varchar(length=20)  # the one copied
    digest = Varchar(length=64)  # of that edition when it was copied
    budget_fen = BigInt(null=True, default=None)
    texts = Text(default="{}")
    version = Integer(default=1)
    made_by = ForeignKey(Person, on_delete=KEEP, null=False)
    made_at = Timestamptz(default=None)
    changed_at = Timestamptz(default=None)
    archived = Boolean(default=False)


class Takeover(Table, tablename="takeover"):
    """One case of an estate without management, from its discovery to its hand-over."""

    id: Serial
    number = Varchar(length=30, unique=True)
    estate = ForeignKey(Estate, on_delete=KEEP, index=True, null=False)
    state = Varchar(length=24, index=True)
    trigger = Varchar(length=40)
    provider = ForeignKey(Company, on_delete=KEEP, null=True)
    edition = Varchar(length=20)
    opened_on = Date(default=None)
    entered_on = Date(default=None)  # when the present state began
    closed_on = Date(null=True, default=None)


class TakeoverMove(Table, tablename="takeover_move"):
    """One move of a case along the state table; append-only."""

    id: Serial
    takeover = ForeignKey(Takeover, on_delete=KEEP, index=True, null=False)
    event = Varchar(length=40)
    from_state = Varchar(length=24)
    to_state = Varchar(length=24)
    on_day = Date(default=None)
    at = Timestamptz(default=None)
    person = ForeignKey(Person, on_delete=KEEP, null=False)
    basis = Varchar(length=200)
    document = Varchar(length=120)
    note = Varchar(length=500, default="")
    provider = ForeignKey(Company, on_delete=KEEP, null=True)  # the company named by this move


class Upload(Table, tablename="upload"):
    """A file that waits for its importer to confirm what the preview showed; for a day; one by person and kind."""

    id: Serial
    person = ForeignKey(Person, on_delete=KEEP, index=True, null=False)
    kind = Varchar(length=12)
    sha256 = Varchar(length=64)
    name = Varchar(length=200)
    content = Bytea()
    at = Timestamptz(default=None)


class EditionPublication(Table, tablename="edition_publication"):
    """A proposal to put the files of an edition in force, by their digest, and the second person's decision."""

    id: Serial
    edition = Varchar(length=20, index=True)
    digest = Varchar(length=64)
    document = Varchar(length=120)
    note = Varchar(length=300, default="")
    state = Varchar(length=12)  # proposed, published, returned, withdrawn, superseded
    proposed_by = ForeignKey(Person, on_delete=KEEP, null=True)  # null: in force when the record was set up
    proposed_at = Timestamptz(default=None)
    decided_by = ForeignKey(Person, on_delete=KEEP, null=True)
    decided_at = Timestamptz(null=True, default=None)
    remark = Varchar(length=300, default="")


class Note(Table, tablename="note"):
    """A named remark about the installation itself: whether it is a demo, the CSRF secret, the schema's version."""

    id: Serial
    key = Varchar(length=40, unique=True)
    value = Text()


TABLES: tuple[type[Table], ...] = (
    Division, Grid, Company, Estate, EstateGrid, Tenure, PartyUnit, Person, LoginSession, SignInFailure, AuditEntry,
    Round, Inspection, Answer, AnswerChange, SiteConfirmation, Receipt, Fact, RatingRun, Rating, SubsidyRun,
    SubsidyLine, Takeover, TakeoverMove, Note, Upload, Scenario, EditionPublication, Photo, Signature,
    InspectionPosition, Reopening, Companion, Rectification, RectificationMove,
)  # fmt: skip
