"""Answers of inspections from a file: a row per estate and round with a column per item, or a row per item.

They go the way of the form: the same check of each answer, the same history, into inspections that are open, by people
who may. They are handed in by the inspector, not by the file.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from redproperty.actions.import_facts import NO_ESTATE
from redproperty.actions.importer import Ground, Importer
from redproperty.domain.access import Role, scope
from redproperty.domain.answers import answer_words, hint, read_answer, specials
from redproperty.domain.cells import ColumnSpec, Parsed, Row
from redproperty.domain.entries import applicable
from redproperty.domain.import_columns import ESTATE_NAME, ONE_ITEM, SCORES
from redproperty.domain.imports import Fields, Wish
from redproperty.domain.inspections import State
from redproperty.domain.items import UNSAID, Item
from redproperty.domain.numbers import plain
from redproperty.domain.packs import Pack, holding
from redproperty.domain.periods import Period
from redproperty.domain.texts import Invalid, Problem, Text
from redproperty.store import companions, imports, inspections
from redproperty.store.imports import Task
from redproperty.store.inspections import Given, Said

REASON = "导入"
EDITABLE = frozenset({State.DRAFT.value, State.RETURNED.value})
_NO_TASK = Text(
    "{period}第 {number} 轮没有这个小区的检查任务",
    "there is no inspection of this estate in round {number} of {period}",
)
_CLOSED = Text(
    "这次检查的状态是“{state}”，不能再导入；需要修改请由复核员退回",
    "this inspection is {state} and takes no more answers; a reviewer can return it",
)
_NOT_YOURS = Text(
    "这次检查由{name}负责，检查员只能导入自己负责或同行的",
    "{name} leads this inspection; inspectors import those that they lead or come along on",
)
_VISIT = Text("{estate} · {period} 第 {number} 轮", "{estate} · {period}, round {number}")
_ITEM = Text("{visit} · {item}", "{visit} · {item}")
_NO_EDITION = Text("{period}没有生效的评分细则", "no edition of the rules holds in {period}")
_NO_ITEM = Text("评分细则没有项目“{item}”", "the rules have no item “{item}”")
_NO_ANSWER = Text("没有填作答", "no answer is given")
_ANOTHER = Text(
    "编码 {code} 是“{own}”，这一行写的小区却是“{other}”；行可能错位了",
    "{code} is “{own}”, but this row says “{other}”: rows may have slipped",
)


class ScoreImporter(Importer):
    """Compares rows with the answers of open inspections."""

    def __init__(self, ground: Ground, codes: dict[str, tuple[int, str]]) -> None:
        self.ground, self.codes = ground, codes
        self.names = {name for _, name in codes.values()}
        self.items = _items(ground.packs)
        words = {code: partial(answer_words, item) for code, item in self.items.items()}
        self.fields = Fields(columns(ground.packs), words=words)
        self.tasks: dict[tuple[str, str, int], Task] = {}
        self.given: dict[int, dict[str, Given]] = {}
        self.joined: frozenset[int] = frozenset()

    def wish(self, row: Row, parsed: Parsed) -> Wish:
        """Return the answers that a row gives; the key names the inspection, and the item where it gives one only."""
        values = parsed.values
        label = self._label(values)
        wish = Wish(row, (values.get("estate"), values.get("period"), values.get("round")), label, {}, parsed.problems)
        if parsed.problems:
            return wish
        if (slipped := self._slipped(values)) is not None:
            return replace(wish, problems=(Problem(wish.at("estate_name"), slipped),))
        pack = self._pack(str(values["period"]))
        if isinstance(pack, Text):
            return replace(wish, problems=(Problem(wish.at("period"), pack),))
        if values.get("item") is None:
            return self._whole(wish, parsed, pack)
        return self._single(wish, parsed, pack)

    def _label(self, values: Mapping[str, Any]) -> Text:
        code, period, number = (values.get(name) for name in ("estate", "period", "round"))
        _, name = self.codes.get(str(code), (0, ""))
        return _VISIT.fill(estate=f"{code or ''} {name}".strip(), period=period or "—", number=number or "—")

    def _slipped(self, values: Mapping[str, Any]) -> Text | None:
        """Return what is wrong where a row names another estate than its code does."""
        code, other = str(values["estate"]), values.get("estate_name")
        _, own = self.codes.get(code, (0, other))
        if other == own or other not in self.names:
            return None
        return _ANOTHER.fill(code=code, own=own, other=other)

    def _pack(self, code: str) -> Pack | Text:
        try:
            period = Period.parse(code)
        except Invalid as invalid:
            return invalid.problems[0].text
        pack = holding(self.ground.packs, period)
        return _NO_EDITION.fill(period=period.title) if pack is None else pack.for_inspections()

    def _whole(self, wish: Wish, parsed: Parsed, pack: Pack) -> Wish:
        raw = {code: str(parsed.values[code]) for code in self.items if parsed.values.get(code) is not None}
        problems, said = [], {}
        for item, text in raw.items():
            code = (
                read_answer(pack.sheet.by_code[item], text) if item in pack.sheet.by_code else _NO_ITEM.fill(item=item)
            )
            if isinstance(code, Text):
                problems.append(Problem(wish.at(item), code))
            else:
                said[item] = code
        claims = tuple((*wish.key, item) for item in said)  # type: ignore[misc]
        return replace(wish, values=said, problems=tuple(problems), claims=claims)

    def _single(self, wish: Wish, parsed: Parsed, pack: Pack) -> Wish:
        item, text = str(parsed.values["item"]), parsed.values.get("answer")
        wish = replace(wish, key=(*wish.key, item), label=_ITEM.fill(visit=wish.label, item=item))  # type: ignore[misc]
        if item not in pack.sheet.by_code:
            return replace(wish, problems=(Problem(wish.at("item"), _NO_ITEM.fill(item=item)),))
        code = _NO_ANSWER if text is None else read_answer(pack.sheet.by_code[item], str(text))
        if isinstance(code, Text):
            return replace(wish, problems=(Problem(wish.at("answer"), code),))
        note = parsed.values.get("note")
        return replace(wish, values={item: code} | ({"note": note} if note else {}))

    async def look_up(self, wishes: Sequence[Wish]) -> None:
        """Read the inspections and the answers of all rows."""
        actor, periods = self.ground.actor, {str(key[1]) for key in map(_key, wishes)}
        self.tasks = await imports.tasks(periods, scope(actor), self.ground.today)
        wanted = {self.tasks[key].id for key in map(_key, wishes) if key in self.tasks}
        self.given = await imports.answers(wanted)
        self.joined = await companions.joined(actor.id)

    def refusal(self, wish: Wish) -> Problem | None:
        """Return why nothing can be written into a row's inspection: it is not there, not open, or another's."""
        key = _key(wish)
        if key[0] not in self.codes:
            return Problem(wish.at("estate"), NO_ESTATE.fill(code=key[0]))
        task = self.tasks.get(key)
        if task is None:
            return Problem(wish.at("round"), _NO_TASK.fill(period=Period.parse(key[1]).title, number=key[2]))
        if (why := self.closed(task)) is not None:
            return Problem(wish.at("estate" if task.state in EDITABLE else "round"), why)
        return None

    def closed(self, task: Task) -> Text | None:
        """Return why an inspection takes no answers from whoever imports; nothing where it does."""
        if task.state not in EDITABLE:
            return _CLOSED.fill(state=State(task.state).label)
        mine = task.inspector_id == self.ground.actor.id or task.id in self.joined
        if self.ground.actor.role is Role.INSPECTOR and not mine:
            return _NOT_YOURS.fill(name=task.inspector)
        return None

    def before(self, wish: Wish) -> Mapping[str, Any] | None:
        """Return the answers as they stand; None where none of the row's items has one.

        A row that answers nothing, such as one of a template that is still to be filled in, changes nothing.
        """
        if not wish.values:
            return {}
        given = self.given.get(self.tasks[_key(wish)].id, {})
        held: dict[str, Any] = {item: given[item].value for item in wish.values if item in given}
        if "note" in wish.values and held:
            held["note"] = next(given[item].note for item in held)
        return held if any(value is not None for value in held.values()) else None

    async def write(self, wishes: Sequence[Wish]) -> None:
        """Write each answer that differs, with its history, as the form does."""
        actor, at = self.ground.actor, self.ground.at
        for wish in wishes:
            task = self.tasks[_key(wish)]
            given = self.given.get(task.id, {})
            for item, code in wish.values.items():
                if item == "note":
                    continue
                before = given.get(item)
                said = _said(code, wish.values.get("note"), before)
                if before is None or Said(before.value, before.reasons, before.note) != said:
                    await inspections.write(task.id, item, before, said, person=actor.id, at=at, reason=REASON)
            await inspections.begin(task.id, at)


def _said(code: int, note: str | None, before: Given | None) -> Said:
    """Return an answer with the reasons and the note that were there, unless it is another answer now."""
    reasons = before.reasons if before is not None and before.value == code else ()
    kept = before.note if before is not None else ""
    return Said(code, reasons, note if note is not None else kept)


def _key(wish: Wish) -> tuple[str, str, int]:
    """Return estate code, period and round of a row."""
    code, period, number = wish.key[:3]  # type: ignore[index]
    return str(code), str(period), int(number or 0)


def columns(packs: Sequence[Pack]) -> tuple[ColumnSpec, ...]:
    """Return the columns of a file of scores: one per item of any edition, found by code or title."""
    return (*SCORES, ESTATE_NAME, *ONE_ITEM, *map(_column, _items(packs).values()))


def _items(packs: Sequence[Pack]) -> dict[str, Item]:
    """Return the items of the editions that hold or held, by code, each as the latest has it; drafts score nothing."""
    return {item.code: item for pack in packs if pack.about.status == "in_force" for item in pack.sheet.items}


def asked(pack: Pack | None) -> tuple[ColumnSpec, ...]:
    """Return the columns of a template: a row per inspection, a column per item of the edition."""
    return (*SCORES, *(map(_column, pack.sheet.items) if pack else ()))


@dataclass(frozen=True)
class Sheet:
    """What a template of one round holds: its columns, a row per inspection, and the cells that are not asked."""

    columns: tuple[ColumnSpec, ...]
    rows: tuple[tuple[str, ...], ...]
    closed: frozenset[tuple[int, int]]


async def of_round(ground: Ground, period: Period, number: int) -> Sheet | None:
    """Return the template of a round for whoever asks: the open inspections that they may fill in, by estate.

    None where there are none.
    """
    pack = holding(ground.packs, period)
    if pack is None:
        return None
    importer = await opened(ground)
    tasks = await imports.tasks({period.code}, scope(ground.actor), ground.today)
    importer.tasks, importer.joined = tasks, await companions.joined(ground.actor.id)
    mine = sorted(key for key, task in tasks.items() if key[2] == number and importer.closed(task) is None)
    if not mine:
        return None
    head = (SCORES[0], ESTATE_NAME, *SCORES[1:])
    applies = {key: await inspections.ground(tasks[key].estate_id, period) for key in mine}
    asks = {key: applicable(pack.sheet, one) for key, one in applies.items()}
    return Sheet(
        (*head, *map(_column, pack.sheet.items)),
        tuple((key[0], tasks[key].estate, period.code, str(number)) for key in mine),
        frozenset(
            (row, len(head) + place)
            for row, key in enumerate(mine)
            for place, code in enumerate(pack.sheet.codes)
            if not asks[key][code]
        ),
    )


def _column(item: Item) -> ColumnSpec:
    """Return the column of an item; what it may be answered with is offered where that is a choice."""
    form, titles = item.asked(), (item.title.zh, item.title.en)
    words = [*form.choices, *specials(item)] if form.choices else []
    return ColumnSpec(
        item.code,
        (f"{item.code} {titles[0]}", item.code, *titles, f"{item.code} {titles[1]}"),
        note=_note(item),
        example=words[0].zh if words else plain(item.shape.best()) if form.kind == "number" else "0",
        choices={str(index): word for index, word in enumerate(words)},
    )


def _note(item: Item) -> Text:
    """Return how to look at an item and what may be written."""
    said = hint(item)
    return said if item.how_to_look == UNSAID else Text("{look}\n{said}", "{look}\n{said}").fill(
        look=item.how_to_look, said=said
    )  # fmt: skip


async def opened(ground: Ground) -> ScoreImporter:
    """Return the importer with the estates that the actor may see."""
    return ScoreImporter(ground, await imports.codes(scope(ground.actor), ground.today))
