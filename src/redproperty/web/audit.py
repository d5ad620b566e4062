"""The audit trail as the auditor reads it: who did what, when, to what; filtered, exported, and proven whole."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import ClassVar
from urllib.parse import urlencode

from litestar import Response, get
from litestar.params import FromQuery

from redproperty.actions.exporting import record_export
from redproperty.domain.access import Deed, Role
from redproperty.domain.audit import WARNINGS, Said, deed_label, deeds, details_said, sentence, subject_said
from redproperty.domain.texts import Text
from redproperty.exports.tables import Column, Table
from redproperty.settings import ZONE
from redproperty.store import audit, divisions
from redproperty.store.audit import PAGE, Chain, Entry, Wanted
from redproperty.web.files import FileKind, table_file
from redproperty.web.security import needs
from redproperty.web.views import Ask, View, is_htmx, now, person, today

TITLE = Text("操作记录", "Audit log")
COLUMNS = (
    Column("id", Text("编号", "Number"), "count", width=8),
    Column("at", Text("时间", "Time"), width=20),
    Column("name", Text("姓名", "Name")),
    Column("role", Text("岗位", "Post"), width=16),
    Column("deed", Text("事项", "Deed"), width=18),
    Column("subject", Text("对象", "Subject"), width=24),
    Column("street", Text("街道", "Street"), width=14),
    Column("details", Text("说明", "Particulars"), width=60),
    Column("digest", Text("封印", "Seal"), width=66),
)


@dataclass(frozen=True)
class Line:
    """One entry in words; `warns` where something was refused or failed."""

    id: int
    at: datetime
    name: str
    role: Text
    deed: Text
    warns: bool
    subject: Said
    details: list[tuple[Text, Text]]


@dataclass(frozen=True)
class Filter:
    """The filter as typed in the address; days that are no dates do not matter."""

    who: str = ""
    deed: str = ""
    about: str = ""
    since: str = ""
    until: str = ""

    @property
    def wanted(self) -> Wanted:
        """The filter as the store takes it: days of China, the last one included."""
        since, until = _day(self.since), _day(self.until)
        return Wanted(
            self.who.strip(),
            self.deed,
            self.about.strip(),
            None if since is None else datetime.combine(since, time(), ZONE),
            None if until is None else datetime.combine(until + timedelta(days=1), time(), ZONE),
        )

    @property
    def query(self) -> str:
        """The filter as a query string without its empty parts."""
        return urlencode({name: value for name, value in vars(self).items() if value})


@dataclass(frozen=True)
class AuditPage(View):
    """The entries that the address asks for, a page at a time."""

    template: ClassVar[str] = "pages/audit/list.html"
    filter: Filter
    deeds: dict[str, Text]
    lines: list[Line]
    total: int
    number: int
    pages: int


@dataclass(frozen=True)
class ChainState(View):
    """Whether the whole chain holds."""

    template: ClassVar[str] = "partials/audit/chain.html"
    chain: Chain


@dataclass(frozen=True)
class ChainPage(View):
    """The same on a page of its own, for printing the head of the day."""

    template: ClassVar[str] = "pages/audit/chain.html"
    state: ChainState
    at: datetime


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        return None
    return day if day < date.max else None


async def _streets() -> dict[str, str]:
    return {street.code: street.name for street in await divisions.streets()}


def _line(entry: Entry, streets: dict[str, str]) -> Line:
    role = Role(entry.role).label if entry.role in set(Role) else Text(entry.role, entry.role)
    details = details_said(entry.details, streets)
    warns = entry.deed in WARNINGS
    return Line(
        entry.id, entry.at, entry.name, role, deed_label(entry.deed), warns, subject_said(entry.subject), details
    )


def _asked(request: Ask) -> Filter:
    """Return the filter in the address."""
    return Filter(**{name: request.query_params.get(name, "") for name in Filter.__dataclass_fields__})


@get("/audit", guards=[needs(Deed.VIEW_AUDIT)])
async def list_entries(request: Ask, number: FromQuery[int] = 1) -> Response[str]:
    """List the entries that the address asks for."""
    asked = _asked(request)
    total = await audit.count(asked.wanted)
    pages = max(1, -(-total // PAGE))
    number = min(max(number, 1), pages)
    streets = await _streets()
    lines = [_line(entry, streets) for entry in await audit.page(asked.wanted, number=number)]
    return AuditPage(asked, deeds(), lines, total, number, pages).response(request)


@get("/audit/chain", guards=[needs(Deed.VIEW_AUDIT)])
async def show_chain(request: Ask) -> Response[str]:
    """Recompute the seals of all entries: a part of the list to htmx, a page of its own otherwise."""
    state = ChainState(await audit.verify())
    return state.response(request) if is_htmx(request) else ChainPage(state, now(request)).response(request)


@get("/audit.xlsx", guards=[needs(Deed.VIEW_AUDIT)])
async def export_xlsx(request: Ask) -> Response[bytes]:
    """Give the entries that the list shows, all pages of it, as XLSX."""
    return await _export(request, "xlsx")


@get("/audit.csv", guards=[needs(Deed.VIEW_AUDIT)])
async def export_csv(request: Ask) -> Response[bytes]:
    """Give the entries that the list shows, all pages of it, as CSV."""
    return await _export(request, "csv")


async def _export(request: Ask, kind: FileKind) -> Response[bytes]:
    """Return all wanted entries as a file; the export becomes an entry of its own."""
    asked, actor = _asked(request), person(request)
    assert actor is not None  # noqa: S101 - the session middleware has seen to it
    streets = await _streets()
    rows = [_row(entry, streets) for entry in await audit.every(asked.wanted)]
    await record_export(actor, "audit", filters=asked.query, rows=len(rows), kind=kind, at=now(request))
    return table_file(request, Table(TITLE, COLUMNS, rows, made_at=now(request)), today(request), kind)


def _row(entry: Entry, streets: dict[str, str]) -> tuple[object, ...]:
    line = _line(entry, streets)
    at = f"{entry.at.astimezone(ZONE):%Y-%m-%d %H:%M:%S}"
    street = streets.get(entry.street or "", entry.street or "")
    told = sentence(entry.details, streets)
    return (entry.id, at, entry.name, line.role, line.deed, line.subject.label, street, told, entry.digest)


ROUTES = (list_entries, show_chain, export_xlsx, export_csv)
