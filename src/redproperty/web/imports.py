"""Importing files: what each kind asks for, the preview of a file row by row, and its confirmation."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Final

from litestar import Controller, Response, get, post
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from redproperty.actions import imports
from redproperty.actions.exporting import record_export
from redproperty.actions.imports import Moved, Preview
from redproperty.domain.access import Actor, Deed, Role, allowed, scope
from redproperty.domain.imports import ImportKind, ImportResult, ImportRow, Outcome
from redproperty.domain.periods import Period
from redproperty.domain.rounds import round_title
from redproperty.domain.texts import Text
from redproperty.exports.returns import outcomes
from redproperty.store import rounds, uploads
from redproperty.store.spreadsheets import LONGEST_FILE, MOST_ROWS
from redproperty.store.uploads import Upload, Waiting
from redproperty.web.editions import packs
from redproperty.web.files import CSV, XLSX, FileKind, file, table_file
from redproperty.web.lists import address
from redproperty.web.security import needs
from redproperty.web.views import Ask, View, actor_of, language, now, see, today

PAGE: Final = 100  # rows of a preview
TONES: Final = {Outcome.REFUSED: "bad", Outcome.CHANGED: "warn", Outcome.NEW: "good", Outcome.UNCHANGED: ""}
ABOUT: Final = {
    ImportKind.DIVISIONS: Text(
        "一行一个区、街道、社区或网格，按官方代码识别；上级代码要在名录里或同一个文件里。小区按这份名录核对，请先导入它。",
        "One row per district, street, community or grid, known by its official code; the code above it is on the list "
        "or in the same file. Estates are checked against this list: import it first.",
    ),
    ImportKind.ESTATES: Text(
        "一行一个小区，按小区编码识别。社区和网格代码按名录核对，街道由社区确定；管理方式只用于第一次登记。",
        "One row per estate, known by its code. Communities and grids are checked against the lists; the community "
        "gives the street. Management is for the first registration only.",
    ),
    ImportKind.COMPANIES: Text(
        "一行一家企业，按统一社会信用代码识别并校验。银行账号请用文本格式填写。",
        "One row per company, known by its USCC, whose check digit is verified. Type bank accounts as text.",
    ),
    ImportKind.SCORES: Text(
        "一行一次检查：小区编码、考核期、轮次，每个评分项目一列。只能导入还没有提交的检查；检查员只能导入自己负责或同行的。"
        "导入后仍由检查员提交。",
        "One row per inspection: estate, period, round, and a column per item. Only inspections not handed in yet; "
        "inspectors bring those that they lead or come along on. The inspector still hands it in afterwards.",
    ),
    ImportKind.FACTS: Text(
        "一行一个事实：小区编码、名称、数值、起始日期和来源。名称以评分细则声明的为准。",
        "One row per fact: estate, name, value, first day and source. The rules say which facts there are.",
    ),
}
NO_FILE = Text("请先选一个文件", "Choose a file first")
GONE = Text(
    "这个文件已经导入、已经放弃、被后来上传的文件代替，或者等待超过一天。需要的话请重新上传。",
    "This file was imported or dropped, another one took its place, or it has waited for more than a day. Upload it "
    "again if you need it.",
)
WRITTEN = Text(
    "“{file}”已写入：新增 {new}，修改 {changed}，未变 {unchanged}。",
    "“{file}” is written: {new} new, {changed} changed, {unchanged} unchanged.",
)
GOOD = Text(
    "“{file}”：已写入通过的 {written} 行；{refused} 行未通过，没有写入，改好后再传即可。",
    "“{file}”: {written} rows are written; {refused} are refused and were not: mend them and upload them again.",
)
NO_TASK = Text(
    "这一轮没有您可以填的检查（都已提交，或由别人负责）。",
    "There is nothing to fill in for you in this round: all is handed in, or others lead it.",
)
DROPPED = Text("已放弃这个文件，没有写入任何内容。", "The file is dropped; nothing was written.")
REFUSED_FILE = Text("{kind}导入-退回修改", "{kind}-to-mend")


@dataclass(frozen=True)
class Card:
    """One kind of file: its name in addresses, its title and what it asks for."""

    kind: ImportKind
    about: Text


@dataclass(frozen=True)
class Paper:
    """A file that waits to be confirmed."""

    kind: ImportKind
    waiting: Waiting


@dataclass(frozen=True)
class ImportsPage(View):
    """What one may import, and the files that wait; `problems` stand at the kind whose file was refused whole."""

    template: ClassVar[str] = "pages/imports/list.html"
    cards: tuple[Card, ...]
    waiting: tuple[Paper, ...]
    rows: int
    megabytes: int
    rounds: tuple[tuple[str, int, Text], ...]
    problems: dict[str, Text] = field(default_factory=dict)


@dataclass(frozen=True)
class Tile:
    """How many rows have an outcome; opens them alone."""

    outcome: Outcome
    count: int
    href: str
    tone: str
    chosen: bool


@dataclass(frozen=True)
class PreviewPage(View):
    """What a file would do, a page of rows at a time: the refused ones first, then what changes."""

    template: ClassVar[str] = "pages/imports/preview.html"
    path: str
    result: ImportResult
    digest: str
    skipped: list[str]
    tiles: tuple[Tile, ...]
    tones: dict[Outcome, str]
    rows: tuple[ImportRow, ...]
    number: int
    pages: int
    href: str


async def _page(ask: Ask, problems: dict[str, Text] | None = None) -> ImportsPage:
    actor = actor_of(ask)
    kinds = [kind for kind in ImportKind if allowed(actor.role, kind.deed)]
    waiting = await uploads.waiting(actor.id, at=now(ask))
    return ImportsPage(
        tuple(Card(kind, ABOUT[kind]) for kind in kinds),
        tuple(Paper(ImportKind(one.kind), one) for one in waiting),
        MOST_ROWS,
        LONGEST_FILE // 1024**2,
        await _rounds(actor),
        problems or {},
    )


async def _rounds(actor: Actor) -> tuple[tuple[str, int, Text], ...]:
    """Return period, number and title of the rounds in which somebody has something open to fill in."""
    found = await rounds.open_to(scope(actor), actor.id if actor.role is Role.INSPECTOR else None)
    return tuple((period, number, round_title(number)) for period, number in found)


@get("/imports", guards=[needs(Deed.IMPORT_SCORES)])
async def list_kinds(request: Ask) -> Response[str]:
    """Show what can be imported, and what waits to be confirmed."""
    return (await _page(request)).response(request)


def stretches(numbers: Sequence[int]) -> list[str]:
    """Return numbers in their order with neighbours drawn together: `3`, `10–12`."""
    ends: list[list[int]] = []
    for number in numbers:
        if ends and number == ends[-1][1] + 1:
            ends[-1][1] = number
        else:
            ends.append([number, number])
    return [str(first) if first == last else f"{first}–{last}" for first, last in ends]


def _preview(found: Preview, path: str, show: str, number: int) -> PreviewPage:
    """Return the page of rows that the address asks for."""
    result = found.result
    tiles = [
        Tile(one, result.count(one), address(path, {"show": one.value}), TONES[one], one.value == show)
        for one in Outcome
    ]
    order = {outcome: place for place, outcome in enumerate(Outcome)}
    wanted = [row for row in result.rows if show in {"", row.outcome.value}]
    wanted.sort(key=lambda row: (order[row.outcome], row.number))
    pages = max(1, -(-len(wanted) // PAGE))
    number = min(max(number, 1), pages)
    rows = tuple(wanted[(number - 1) * PAGE : number * PAGE])
    more = address(path, {"show": show}) + ("&number=" if show else "?number=")
    skipped = stretches(result.skipped)
    return PreviewPage(path, result, found.digest, skipped, tuple(tiles), TONES, rows, number, pages, more)


class Files(Controller):
    """The routes of one kind of file; each kind has its own guard."""

    kind: ClassVar[ImportKind]

    def _path(self, sha256: str) -> str:
        return f"/imports/{self.kind.value}/{sha256}"

    async def _waiting(self, ask: Ask, sha256: str) -> Upload | None:
        return await uploads.find(actor_of(ask).id, self.kind.value, sha256, at=now(ask))

    async def _found(self, ask: Ask, sha256: str) -> Preview | None:
        waiting = await self._waiting(ask, sha256)
        if waiting is None:
            return None
        return await imports.preview(actor_of(ask), waiting, packs=packs(ask), at=now(ask))

    @get("/template.xlsx")
    async def template_xlsx(self, request: Ask) -> Response[bytes]:
        """Give the template as XLSX."""
        return self._template(request, XLSX)

    @get("/template.csv")
    async def template_csv(self, request: Ask) -> Response[bytes]:
        """Give the template as CSV."""
        return self._template(request, CSV)

    def _template(self, ask: Ask, form: FileKind) -> Response[bytes]:
        lang = language(ask)
        content = imports.blank(self.kind, form, packs=packs(ask), day=today(ask), lang=lang)
        return file(content, imports.title_of(self.kind).say(lang), form)

    @post()
    async def upload(self, request: Ask) -> Response[str] | Redirect:
        """Take a file and go to its preview; one that cannot be read at all is refused at its field."""
        given = None
        if request.content_type[0] == RequestEncodingType.MULTI_PART:
            given = (await request.form()).get(self.kind.value)
        if not isinstance(given, UploadFile) or not given.filename:
            return (await _page(request, {self.kind.value: NO_FILE})).response(request, status=422)
        brought = imports.upload(self.kind, given.filename, await given.read(), at=now(request))
        found = await imports.keep(actor_of(request), brought, packs=packs(request), at=now(request))
        if found.result.problems:
            texts = [problem.text for problem in found.result.problems]
            said = Text("；".join(text.zh for text in texts), "; ".join(text.en for text in texts))
            problem = Text("“{file}”：{said}", "“{file}”: {said}").fill(file=brought.name, said=said)
            return (await _page(request, {self.kind.value: problem})).response(request, status=422)
        return see(self._path(brought.sha256))

    @get("/{sha256:str}")
    async def preview(
        self, request: Ask, sha256: FromPath[str], show: FromQuery[str] = "", number: FromQuery[int] = 1
    ) -> Response[str] | Redirect:
        """Show what a file that waits would do as the record stands now."""
        found = await self._found(request, sha256)
        if found is None:
            return see("/imports", GONE, tone="warn")
        return _preview(found, self._path(sha256), show, number).response(request)

    @post("/{sha256:str}")
    async def confirm(self, request: Ask, sha256: FromPath[str]) -> Redirect:
        """Write the file as its preview showed it; where that no longer holds, go back to a new preview."""
        waiting = await self._waiting(request, sha256)
        if waiting is None:
            return see("/imports", GONE, tone="warn")
        form = await request.form()
        seen = str(form.get("seen", ""))
        write = imports.import_good if form.get("part") == "good" else imports.import_file
        try:
            result = await write(actor_of(request), waiting, packs=packs(request), at=now(request), seen=seen)
        except Moved as moved:
            return see(self._path(sha256), moved.text, tone="warn")
        if not result.written:
            return see(self._path(sha256))
        if result.refused:
            refused = result.count(Outcome.REFUSED)
            return see(self._path(sha256), GOOD.fill(file=result.file, written=result.good, refused=refused))
        counts = {outcome.value: number for outcome, number in result.counts.items()}
        return see("/imports", WRITTEN.fill(file=result.file, **counts))

    @post("/{sha256:str}/drop")
    async def drop(self, request: Ask, sha256: FromPath[str]) -> Redirect:
        """Forget a file that waits."""
        await imports.discard(actor_of(request), self.kind, sha256)
        return see("/imports", DROPPED)

    @get("/{sha256:str}/refused.xlsx")
    async def refused_xlsx(self, request: Ask, sha256: FromPath[str]) -> Response[bytes] | Redirect:
        """Give the sheet back with what was refused and why, to be mended and uploaded again."""
        found = await self._found(request, sha256)
        if found is None:
            return see("/imports", GONE, tone="warn")
        lang = language(request)
        return file(found.returned(lang), REFUSED_FILE.fill(kind=self.kind.label).say(lang), XLSX)

    @get("/{sha256:str}/preview.xlsx")
    async def preview_xlsx(self, request: Ask, sha256: FromPath[str]) -> Response[bytes] | Redirect:
        """Give what every row of the file would do, with what the record holds now."""
        found = await self._found(request, sha256)
        if found is None:
            return see("/imports", GONE, tone="warn")
        about, rows = f"import:{self.kind.value}", len(found.result.rows)
        await record_export(actor_of(request), about, filters="", rows=rows, kind=XLSX, at=now(request))
        return table_file(request, outcomes(found.result), today(request), XLSX)


class Divisions(Files):
    """Files of divisions."""

    path = "/imports/divisions"
    guards = (needs(Deed.IMPORT_DIVISIONS),)
    kind = ImportKind.DIVISIONS


class Estates(Files):
    """Files of estates."""

    path = "/imports/estates"
    guards = (needs(Deed.IMPORT_ESTATES),)
    kind = ImportKind.ESTATES


class Companies(Files):
    """Files of companies."""

    path = "/imports/companies"
    guards = (needs(Deed.IMPORT_COMPANIES),)
    kind = ImportKind.COMPANIES


class Scores(Files):
    """Files of scores."""

    path = "/imports/scores"
    guards = (needs(Deed.IMPORT_SCORES),)
    kind = ImportKind.SCORES

    @get("/round.xlsx")
    async def round_xlsx(
        self, request: Ask, period: FromQuery[str] = "", number: FromQuery[int] = 0
    ) -> Response[bytes] | Redirect:
        """Give the template of a round with the estates that are open to whoever asks."""
        lang, of = language(request), Period.parse(period)
        content = await imports.of_round(
            actor_of(request), of, number, packs=packs(request), at=now(request), lang=lang
        )  # fmt: skip
        if content is None:
            return see("/imports", NO_TASK, tone="warn")
        return file(content, imports.round_title(of, number).say(lang), XLSX)


class Facts(Files):
    """Files of facts."""

    path = "/imports/facts"
    guards = (needs(Deed.IMPORT_FACTS),)
    kind = ImportKind.FACTS


ROUTES = (list_kinds, Divisions, Estates, Companies, Scores, Facts)
