"""Own × foreign estate: every page, file and post of the application, for every post.

`PLACES` has an entry for every route. One that lists estates is a `Listing`: it shows the own ones and no other. One
that is about one estate is a `Page` or a `Deed`: there for an own estate, not there for a foreign one. One that shows
no estates is `Free`, with its reason. A route without an entry fails `test_every_route_has_its_place`: add a line.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import openpyxl
import pytest
from litestar.routes import HTTPRoute

import district
import rated
from district import MAQUN, NOW, TODAY, XIANLIN
from redproperty.actions.ratings import close_period, publish
from redproperty.actions.scenarios import create
from redproperty.actions.subsidies import Order, draft
from redproperty.actions.takeovers import Law, Opening, open_case
from redproperty.app import create_app
from redproperty.settings import Settings
from redproperty.store import tables
from redproperty.store.tables import Estate, Inspection, Person, Round

pytestmark = pytest.mark.usefixtures("world")
PACK = rated.the_pack()
NAMES = {"QX-0001": "青石园", "QX-0002": "紫金花苑", "QX-0003": "燕江里", "QX-0004": "尧辰新村", "QX-0005": "无主巷"}
EVERY = frozenset(NAMES)
OF_XIANLIN, OF_MAQUN = frozenset({"QX-0001", "QX-0002", "QX-0005"}), frozenset({"QX-0003", "QX-0004"})
OWN = {
    "inspector.xl": OF_XIANLIN,
    "reviewer.xl": OF_XIANLIN,
    "inspector.mq": OF_MAQUN,
    "reviewer.mq": OF_MAQUN,
    "district": EVERY,
    "preparer": EVERY,
    "preparer.mq": OF_MAQUN,
    "checker": EVERY,
    "checker.xl": OF_XIANLIN,
    "company1": frozenset({"QX-0001"}),
    "company2": frozenset({"QX-0002", "QX-0003"}),
    "custody": EVERY,
    "custody.mq": OF_MAQUN,
    "auditor": EVERY,
    "admin": frozenset(),
}
STREET_BOUND = (
    ("preparer.mq", "finance_preparer", MAQUN), ("checker.xl", "finance_checker", XIANLIN),
    ("custody.mq", "custody", MAQUN),
)  # fmt: skip
RATED, CASES = EVERY, frozenset({"QX-0003", "QX-0005"})
LINES = frozenset({"QX-0001", "QX-0002", "QX-0003", "QX-0004"})
DRAFTS = frozenset({"QX-0001", "QX-0003"})
LEFT = {"company1": frozenset({"QX-0002"})}  # money that names a company stays its own after it has left


@dataclass(frozen=True)
class Listing:
    """An address that lists estates: of `holds`, those in scope (and those `kept`) and no other."""

    address: str
    holds: frozenset[str] = EVERY
    kept: Mapping[str, frozenset[str]] = field(default_factory=dict)
    own_only: bool = False  # lists only what is the person's own task, so not all of its street


@dataclass(frozen=True)
class Page:
    """An address about one estate; `{code}`, `{case}`, `{inspection}` and what else `filled` knows stand for it."""

    address: str
    about: frozenset[str] = EVERY


@dataclass(frozen=True)
class Deed:
    """A post about one estate, with a form that would do it."""

    address: str
    form: Mapping[str, str]
    about: frozenset[str] = EVERY


@dataclass(frozen=True)
class Free:
    """Nothing of any estate stands there."""

    why: str


Place = Listing | Page | Deed | Free
PEOPLE, AUDIT, IMPORTS = (
    "accounts",
    "the auditor's, who sees everything",
    "one's own file; its rows are tested where files are",
)
PHOTOS = "a picture names no estate; own and foreign ones are tested where photos are"
DISTRICT_ONLY = "the district bureau's, which sees everything"
FINANCE_RUN = "spans the estates of a run; its lines are cut like those of the run's page"
FACT = {
    "fact": "collection", "valid_from": "2026-07-01", "valid_to": "2026-09-30", "source": "季度报表", "document": "号",
}  # fmt: skip
PLACES: dict[str, tuple[Place, ...]] = {
    "GET /": (Free("leads on"),),
    "GET /audit": (Free(AUDIT),),
    "GET /audit.csv": (Free(AUDIT),),
    "GET /audit.xlsx": (Free(AUDIT),),
    "GET /audit/chain": (Free(AUDIT),),
    "GET /district": (Listing("/district", frozenset({"QX-0002", "QX-0003", "QX-0005"})),),  # without Party unit
    "GET /district/{code}": (
        Listing(f"/district/{XIANLIN}", OF_XIANLIN),
        Listing(f"/district/{MAQUN}", OF_MAQUN),
    ),
    "GET /estates": (Listing("/estates"), Listing("/estates?q=q"), Listing(f"/estates?street={MAQUN}", OF_MAQUN)),
    "GET /estates.csv": (Listing("/estates.csv"), Listing(f"/estates.csv?street={XIANLIN}", OF_XIANLIN)),
    "GET /estates.xlsx": (Listing("/estates.xlsx"),),
    "GET /estates/{code}": (Page("/estates/{code}"), Page("/estates/{code}?kind=money")),
    "POST /estates/{code}/management": (
        Deed("/estates/{code}/management", {"management": "self", "begins": "2026-11-23", "document": "号"}),
    ),
    "POST /estates/{code}/party-unit": (
        Deed("/estates/{code}/party-unit", {"form": "own", "status": "applied", "members": "3"}),
    ),
    "GET /estates/{code}/facts": (Page("/estates/{code}/facts"),),
    "POST /estates/{code}/facts": (Deed("/estates/{code}/facts", FACT | {"fact": "hotline_count", "value": "3"}),),
    "POST /estates/{code}/facts/{number}/correct": (
        Deed("/estates/{code}/facts/{fact}/correct", FACT | {"value": "90", "reason": "误录"}, LINES),
    ),
    "POST /estates/{code}/facts/{number}/withdraw": (
        Deed("/estates/{code}/facts/{fact}/withdraw", {"reason": "误录"}, LINES),
    ),
    "GET /gallery": (Free("made-up examples"),),
    "GET /imports": (Free(IMPORTS),),
    "GET /inspections": (Listing("/inspections?period=2026Q3&street=" + MAQUN, OF_MAQUN),),
    "GET /inspections.csv": (Listing("/inspections.csv?period=2026Q3", LINES),),
    "GET /inspections.xlsx": (Listing("/inspections.xlsx?period=2026Q3", LINES),),
    "GET /inspections/{inspection}": (Page("/inspections/{inspection}", DRAFTS),),
    "GET /inspections/{inspection}/answers/{item}": (Page("/inspections/{inspection}/answers/BJ-01", DRAFTS),),
    "POST /inspections/{inspection}/answers/{item}": (
        Deed("/inspections/{inspection}/answers/BJ-01", {"outcome": "found", "amount": "1"}, DRAFTS),
    ),
    "POST /inspections/{inspection}/categories/{category}/clean": (
        Deed("/inspections/{inspection}/categories/BJ/clean", {}, DRAFTS),
    ),
    "GET /inspections/{inspection}/companions": (Page("/inspections/{inspection}/companions", DRAFTS),),
    "GET /inspections/grid": (Listing("/inspections/grid?round=2026Q4-1", DRAFTS, own_only=True),),
    "POST /inspections/grid": (Free("saves one's own tasks only; tested where tables are pasted"),),
    "GET /inspections/{inspection}/paper": (Page("/inspections/{inspection}/paper", DRAFTS),),
    "POST /inspections/{inspection}/paper": (Deed("/inspections/{inspection}/paper", {"cell-BJ-02": "1"}, DRAFTS),),
    "POST /inspections/{inspection}/paper/{item}": (
        Deed("/inspections/{inspection}/paper/BJ-03", {"cell-BJ-03": "1"}, DRAFTS),
    ),
    "POST /inspections/{inspection}/companions": (
        Deed("/inspections/{inspection}/companions", {"person": "inspector2.xl"}, DRAFTS),
    ),
    "POST /inspections/{inspection}/companions/{login}/release": (
        Deed("/inspections/{inspection}/companions/inspector2.xl/release", {}, DRAFTS),
    ),
    "POST /inspections/{inspection}/review": (
        Deed("/inspections/{inspection}/review", {"decision": "accept", "verdict": "accepted"}, DRAFTS),
    ),
    "GET /inspections/{inspection}/answers/{item}/amend": (
        Page("/inspections/{submitted}/answers/BJ-01/amend", DRAFTS),
    ),
    "POST /inspections/{inspection}/answers/{item}/amend": (
        Deed(
            "/inspections/{submitted}/answers/BJ-02/amend",
            {"outcome": "found", "amount": "3", "reason": "核对"},
            DRAFTS,
        ),
    ),
    "POST /inspections/{inspection}/answers/{item}/copy": (
        Deed("/inspections/{inspection}/answers/LH-01/copy", {}, DRAFTS),
    ),
    "POST /inspections/{inspection}/clean": (Deed("/inspections/{inspection}/clean", {}, DRAFTS),),
    "POST /inspections/{inspection}/confirm": (Deed("/inspections/{inspection}/confirm", {"place": "3 号楼"}, DRAFTS),),
    "POST /inspections/{inspection}/reopening": (
        Deed("/inspections/{locked}/reopening", {"reason": "漏看一处"}, LINES),
    ),
    "POST /inspections/{inspection}/reopening/decide": (Free(DISTRICT_ONLY),),
    "GET /inspections/drafts": (Listing("/inspections/drafts", DRAFTS, own_only=True),),
    "GET /inspections/odd": (Listing("/inspections/odd?period=2026Q3", LINES, own_only=True),),
    "GET /inspections/odd.csv": (Listing("/inspections/odd.csv?period=2026Q3", LINES, own_only=True),),
    "GET /inspections/odd.xlsx": (Listing("/inspections/odd.xlsx?period=2026Q3", LINES, own_only=True),),
    "GET /inspections/worker.js": (Free("a script"),),
    "GET /hand-over": (Listing("/hand-over?from=inspector.xl", DRAFTS, own_only=True),),
    "POST /hand-over": (Free("tasks of one's own street; tested where tasks change hands"),),
    "GET /rectifications": (Listing("/rectifications", DRAFTS),),
    "GET /rectifications.csv": (Listing("/rectifications.csv", DRAFTS),),
    "GET /rectifications.xlsx": (Listing("/rectifications.xlsx", DRAFTS),),
    "GET /rectifications/{rectification}": (Page("/rectifications/{open}", DRAFTS),),
    "POST /rectifications/{rectification}/report": (
        Deed("/rectifications/{open}/report", {"words": "已补种"}, DRAFTS),
    ),
    "POST /rectifications/{rectification}/decide": (
        Deed("/rectifications/{reported}/decide", {"decision": "close", "words": "已复查"}, DRAFTS),
    ),
    "POST /inspections/{inspection}/photos": (Free(PHOTOS),),
    "POST /inspections/{inspection}/photos/{photo}/remove": (Free(PHOTOS),),
    "GET /photos/{photo}/small.jpg": (Free(PHOTOS),),
    "GET /photos/{photo}/view.jpg": (Free(PHOTOS),),
    "GET /photos/{photo}/original": (Free(PHOTOS),),
    "POST /inspections/{inspection}/signature": (
        Deed("/inspections/{inspection}/signature", {"refused": "1", "reason": "无人到场"}, DRAFTS),
    ),
    "POST /inspections/{inspection}/position": (
        Deed("/inspections/{inspection}/position", {"latitude": "32.1", "longitude": "118.9", "accuracy": "9"}, DRAFTS),
    ),
    "POST /inspections/{inspection}/submit": (Deed("/inspections/{inspection}/submit", {}, DRAFTS),),
    "GET /language": (Free("a cookie"),),
    "GET /look": (Free("a cookie"),),
    "GET /password": (Free(PEOPLE),),
    "POST /password": (Free(PEOPLE),),
    "GET /people": (Free(PEOPLE),),
    "POST /people": (Free(PEOPLE),),
    "GET /people/new": (Free(PEOPLE),),
    "GET /people/{login}": (Free(PEOPLE),),
    "POST /people/{login}/disable": (Free(PEOPLE),),
    "POST /people/{login}/enable": (Free(PEOPLE),),
    "POST /people/{login}/post": (Free(PEOPLE),),
    "POST /people/{login}/reset": (Free(PEOPLE),),
    "GET /ratings": (Listing("/ratings", frozenset()),),
    "GET /ratings/{period}": (Listing("/ratings/2026Q3", RATED),),
    "GET /ratings/{period}/estates.csv": (Listing("/ratings/2026Q3/estates.csv", RATED),),
    "GET /ratings/{period}/estates.xlsx": (Listing("/ratings/2026Q3/estates.xlsx", RATED),),
    "GET /ratings/{period}/verify": (
        Free("of the district bureau and the auditor, who see everything; 404 to others"),
    ),
    "GET /ratings/{period}/publish": (Free(DISTRICT_ONLY),),
    "POST /ratings/{period}/close": (Free(DISTRICT_ONLY),),
    "POST /ratings/{period}/publish": (Free(DISTRICT_ONLY),),
    "GET /ratings/{period}/{code}": (Page("/ratings/2026Q3/{code}"),),
    "GET /ratings/{period}/{code}/trace.json": (Page("/ratings/2026Q3/{code}/trace.json"),),
    "GET /rounds/new": (Free(DISTRICT_ONLY),),
    "GET /rounds/{number}": (Listing("/rounds/{round}", DRAFTS, own_only=True),),
    "POST /rounds/{number}/due": (Free(DISTRICT_ONLY),),
    "GET /rounds/{number}/seconds": (Listing("/rounds/{round}/seconds", DRAFTS, own_only=True),),
    "POST /rounds/{number}/seconds": (Free(DISTRICT_ONLY),),
    "GET /rounds/{number}/void": (Free(DISTRICT_ONLY),),
    "POST /rounds/{number}/void": (Free(DISTRICT_ONLY),),
    "POST /rounds/{number}/void/undo": (Free(DISTRICT_ONLY),),
    "POST /rounds": (Free(DISTRICT_ONLY),),
    "GET /rules": (Free("the rules"),),
    "GET /scenarios": (Listing("/scenarios", frozenset()),),
    "GET /scenarios/new": (Free(DISTRICT_ONLY),),
    "POST /scenarios": (Free(DISTRICT_ONLY),),
    "GET /scenarios/{number}": (Listing("/scenarios/CS-2026Q3-01?show=all"),),
    "GET /scenarios/{number}/estates.csv": (Listing("/scenarios/CS-2026Q3-01/estates.csv?show=all"),),
    "GET /scenarios/{number}/estates.xlsx": (Listing("/scenarios/CS-2026Q3-01/estates.xlsx?show=all"),),
    "GET /scenarios/{number}/figures": (Free(DISTRICT_ONLY),),
    "POST /scenarios/{number}/figures": (Free(DISTRICT_ONLY),),
    "GET /scenarios/{number}/text/{file}": (Free(DISTRICT_ONLY),),
    "POST /scenarios/{number}/text/{file}": (Free(DISTRICT_ONLY),),
    "POST /scenarios/{number}/archive": (Free(DISTRICT_ONLY),),
    "GET /scenarios/{number}/rules.zip": (Free("the rules"),),
    "POST /scenarios/{number}/copy": (Free(DISTRICT_ONLY),),
    "GET /sign-in": (Free(PEOPLE),),
    "POST /sign-in": (Free(PEOPLE),),
    "POST /sign-out": (Free(PEOPLE),),
    "GET /subsidies": (Listing("/subsidies", frozenset(), LEFT),),
    "GET /subsidies/new": (Listing("/subsidies/new", frozenset()),),
    "GET /subsidies/plan": (Listing("/subsidies/plan?period=2026Q3&budget=100000", frozenset()),),
    "POST /subsidies": (Free(FINANCE_RUN),),
    "GET /subsidies/{number}": (
        Listing("/subsidies/BT-2026Q3-01", LINES, LEFT),
        Listing("/subsidies/BT-2026Q3-01.csv", LINES, LEFT),
        Listing("/subsidies/BT-2026Q3-01.xlsx", LINES, LEFT),
    ),
    "GET /subsidies/{number}/sheet.xlsx": (Listing("/subsidies/BT-2026Q3-01/sheet.xlsx", LINES, LEFT),),
    "POST /subsidies/{number}/approve": (Free(FINANCE_RUN),),
    "POST /subsidies/{number}/void": (Free(FINANCE_RUN),),
    "GET /takeovers": (Listing("/takeovers", CASES), Listing(f"/takeovers?street={MAQUN}", frozenset({"QX-0003"}))),
    "GET /takeovers.csv": (Listing("/takeovers.csv", CASES),),
    "GET /takeovers.xlsx": (Listing("/takeovers.xlsx", CASES),),
    "GET /takeovers/new": (Page("/takeovers/new?estate={code}"),),
    "POST /takeovers": (
        Deed("/takeovers", {"estate": "{code}", "trigger": "not_performing", "on": "2026-11-20", "document": "号"}),
    ),
    "GET /takeovers/{number}": (Page("/takeovers/{case}", CASES), Page("/takeovers/{case}?step=contracted", CASES)),
    "POST /takeovers/{number}/moves": (
        Deed(
            "/takeovers/{case}/moves",
            {"event": "contracted", "on": "2026-11-22", "document": "号", "basis": "条", "guard_met": "1"},
            CASES,
        ),
    ),
    "GET /tasks": (Listing("/tasks", DRAFTS, own_only=True),),
    "GET /inspections/{inspection}/void": (Page("/inspections/{inspection}/void", DRAFTS),),
    "POST /inspections/{inspection}/void": (Deed("/inspections/{inspection}/void", {"reason": "走错小区"}, DRAFTS),),
    "POST /inspections/{inspection}/void/undo": (Deed("/inspections/{inspection}/void/undo", {}, DRAFTS),),
}
# whole branches
UNDER = {"/imports/": (Free(IMPORTS),), "/rules": (Free("the rules"),), "/manual": (Free("how to write rules"),)}


def place_of(method: str, path: str) -> tuple[Place, ...] | None:
    """Return the entry of a route, or of the branch in which it stands."""
    return PLACES.get(f"{method} {path}") or next((one for start, one in UNDER.items() if path.startswith(start)), None)


def routes() -> list[tuple[str, str]]:
    """Return method and path of every route but static files."""
    return sorted(
        (method, route.path_format)
        for route in create_app(Settings(database="unused")).routes
        if isinstance(route, HTTPRoute) and not route.path.startswith("/static")
        for handler, _ in route.route_handler_map.values()
        for method in handler.http_methods & {"GET", "POST", "PUT", "PATCH", "DELETE"}
    )


LISTINGS = [one for places in PLACES.values() for one in places if isinstance(one, Listing)]
PAGES = [one for places in PLACES.values() for one in places if isinstance(one, Page)]
DEEDS = [one for places in PLACES.values() for one in places if isinstance(one, Deed)]


@pytest.fixture
async def world(app):
    """Published stars, an approved-to-be run, open cases and inspections under way, in both streets."""
    hashed = (await Person.select(Person.password_hash).first())["password_hash"]
    await Person.insert(
        *(Person(login=login, name=login, role=role, street=street, password_hash=hashed, must_change=False)
          for login, role, street in STREET_BOUND)
    )  # fmt: skip
    await rated.score(PACK)
    bureau, office, finance = [await district.actor(login) for login in ("district", "custody", "preparer")]
    await publish(bureau, [PACK], await close_period(bureau, [PACK], rated.Q3, at=NOW), at=NOW)
    await draft(finance, [PACK], Order(rated.Q3, 10_000_000, "宁栖住建〔2026〕18 号", "2120501"), at=NOW)
    tried = {"title": "测算", "period": "2026Q3", "edition": PACK.edition}
    await create(bureau, [PACK], tried, at=NOW)
    law = Law(PACK.edition, PACK.takeover)
    for code, trigger in (("QX-0003", "dismissed"), ("QX-0005", "never_managed")):
        await open_case(office, law, code, Opening(trigger, date(2026, 11, 20), "", "号"), at=NOW, today=TODAY)
    [opened] = await Round.insert(
        Round(period="2026Q4", number=1, opens_on=date(2026, 10, 1), due_on=date(2026, 12, 31))
    )
    for code, login in (("QX-0001", "inspector.xl"), ("QX-0003", "inspector.mq")):
        estate = (await Estate.select(Estate.id).where(Estate.code == code).first())["id"]
        person = (await Person.select(Person.id).where(Person.login == login).first())["id"]
        await Inspection.insert(
            Inspection(round=opened["id"], estate=estate, inspector=person, state="draft", due_on=date(2026, 12, 31))
        )
        await handed_in(estate, person)


async def handed_in(estate: int, person: int) -> None:
    """Let an estate have an inspection that waits for review, and two defects to be mended: one of them reported."""
    done = (Inspection.estate == estate) & (Inspection.state == "locked")
    sheet = await Inspection.select().where(done).order_by(Inspection.id).first()
    round_two = (Round.period == "2026Q4") & (Round.number == 2)
    if not await Round.exists().where(round_two):
        await Round.insert(Round(period="2026Q4", number=2, opens_on=date(2026, 11, 1), due_on=date(2026, 12, 31)))
    second = await Round.select(Round.id).where(round_two).first()
    kept = {
        name: sheet[name] for name in ("due_on", "held_on", "submitted_at", "edition", "digest", "score", "answers")
    }
    await Inspection.insert(Inspection(round=second["id"], estate=estate, inspector=person, state="submitted", **kept))
    tenure = tables.Tenure
    manager = await tenure.select(tenure.company).where((tenure.estate == estate) & tenure.ends.is_null()).first()
    about = {"inspection": sheet["id"], "estate": estate, "company": manager["company"], "value": 1, "lost": 500_000}
    days = {"opened_on": date(2026, 11, 1), "days": 15, "unit": "calendar", "due_on": date(2026, 11, 16)}
    await tables.Rectification.insert(
        tables.Rectification(item="BJ-01", state="open", **about, **days),
        tables.Rectification(item="BJ-02", state="reported", reported_on=date(2026, 11, 9), **about, **days),
    )


async def filled(address: str, code: str) -> str:
    """Return the address with what belongs to an estate in its places."""
    estate = (await Estate.select(Estate.id).where(Estate.code == code).first())["id"]
    table, mend, fact = tables.Takeover, tables.Rectification, tables.Fact
    case = await table.select(table.number).where(table.estate == estate).first()
    counts = (fact.name == "collection") & (fact.valid_from == date(2026, 7, 1)) & fact.withdrawn_at.is_null()
    named = {"case": case["number"] if case else "-", "code": code}
    for name, column, which in (
        ("inspection", Inspection.id, Inspection.state == "draft"),
        ("submitted", Inspection.id, Inspection.state == "submitted"),
        ("locked", Inspection.id, Inspection.state == "locked"),
        ("open", mend.id, mend.state == "open"),
        ("reported", mend.id, mend.state == "reported"),
        ("fact", fact.id, counts),
    ):
        of = column._meta.table
        row = await of.select(column).where((of.estate == estate) & which).order_by(column).first()
        named[name] = str(row["id"]) if row else "0"
    held = await Round.select(Round.id).where((Round.period == "2026Q4") & (Round.number == 1)).first()
    named["round"] = str(held["id"])
    for name, value in named.items():
        address = address.replace(f"{{{name}}}", value)
    return address


def words(response) -> str:
    """Return everything that a person can read in a response, whatever its kind."""
    if "spreadsheet" in response.headers.get("content-type", ""):
        book = openpyxl.load_workbook(io.BytesIO(response.content))
        return "\n".join(str(cell.value) for sheet in book for row in sheet for cell in row)
    return response.content.decode("utf-8-sig")


def seen(response) -> set[str]:
    """Return the estates whose name or code stands in a response."""
    text = words(response)
    return {code for code, name in NAMES.items() if name in text or code in text}


async def snapshot() -> list[list[dict]]:
    """Return everything that a deed on an estate could change."""
    kept = (
        tables.Estate, tables.Tenure, tables.PartyUnit, tables.Inspection, tables.Answer, tables.AnswerChange,
        tables.Takeover, tables.TakeoverMove, tables.Rating, tables.SubsidyRun, tables.SubsidyLine, tables.Fact,
        tables.Photo, tables.Signature, tables.InspectionPosition,
        tables.Companion, tables.Rectification, tables.RectificationMove, tables.Reopening,
    )  # fmt: skip
    return [await table.select().order_by(table.id) for table in kept]


def test_every_route_has_its_place():
    missing = [f"{method} {path}" for method, path in routes() if place_of(method, path) is None]
    assert not missing, f"say in PLACES what these show of estates: {missing}"


def test_no_place_is_without_its_route():
    known = {f"{method} {path}" for method, path in routes()}
    assert set(PLACES) <= known | {"GET /rules"}


@pytest.mark.parametrize("login", OWN)
async def test_lists_and_files_hold_the_own_estates_and_no_other(signed_in, login):
    client, wrong = await signed_in(login), []
    for place in LISTINGS:
        response = await client.get(await filled(place.address, "QX-0001"))
        found, own = seen(response), OWN[login] | place.kept.get(login, frozenset())
        expected = own & place.holds
        complete = response.status_code in {403, 404} or place.own_only or found >= expected
        if not found <= own or not complete or response.status_code >= 500:
            wrong.append(f"{place.address}: {response.status_code} {sorted(found)}, not {sorted(expected)}")
    assert wrong == []


@pytest.mark.parametrize("login", OWN)
async def test_a_page_is_there_for_an_own_estate_and_not_for_a_foreign_one(signed_in, login):
    client, wrong = await signed_in(login), []
    for place in PAGES:
        for code in sorted(place.about):
            address = await filled(place.address, code)
            response = await client.get(address)
            if response.status_code == 403 and "岗位权限表" in response.text:
                continue  # the matrix of posts tests that
            own = code in OWN[login]
            # the address itself, with the code in it, may come back; the name may not
            if response.status_code != (200 if own else 404) or (NAMES[code] in words(response)) is not own:
                wrong.append(f"{address} of {code}: {response.status_code}")
    assert wrong == []


@pytest.mark.parametrize("login", OWN)
async def test_a_deed_on_a_foreign_estate_does_nothing_and_tells_nothing(signed_in, login):
    client, wrong = await signed_in(login), []
    before = await snapshot()
    for place in DEEDS:
        for code in sorted(place.about - OWN[login]):
            form = {name: value.replace("{code}", code) for name, value in place.form.items()}
            response = await client.post(await filled(place.address, code), data=form)
            if response.status_code not in {403, 404} or NAMES[code] in response.text:
                wrong.append(f"{place.address} of {code}: {response.status_code}")
    assert wrong == []
    assert await snapshot() == before


async def test_the_deeds_of_the_table_would_work_on_an_own_estate(signed_in):
    """So that what is refused above is refused for its estate, not for its form."""
    people = [await signed_in(one) for one in ("inspector.xl", "reviewer.xl", "custody", "company1")]
    done = []
    for place in DEEDS:
        code = "QX-0005" if "{case}" in place.address else "QX-0001"
        form = {name: value.replace("{code}", code) for name, value in place.form.items()}
        for client in people:
            response = await client.post(await filled(place.address, code), data=form)
            if response.status_code != 403:
                done.append((place.address, response.status_code))
                break
    assert [address for address, status in done if status == 404] == []
    assert {address for address, status in done if status in {200, 303}} >= {
        place.address for place in DEEDS if "submit" not in place.address and "review" not in place.address
    }
