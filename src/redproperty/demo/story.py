"""What happened in the demo, in the order of time, done by its people through the real actions."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from redproperty.actions.publications import approve as put_in_force
from redproperty.actions.publications import propose
from redproperty.actions.ratings import close_period, publish
from redproperty.actions.scenarios import Wanted, create, edition_texts, revise
from redproperty.actions.subsidies import Order, approve, draft
from redproperty.actions.takeovers import Law, NextMove, Opening, move_case, open_case
from redproperty.demo import corrections, reviews
from redproperty.demo.days import CLOSED, PRESENT, moment
from redproperty.demo.estates import Plot
from redproperty.demo.inspections import REMARKS, Visit
from redproperty.demo.takeovers import STEPS, Step, serving
from redproperty.domain.access import Actor, Deed
from redproperty.domain.packs import Pack
from redproperty.domain.periods import Period
from redproperty.domain.publications import Proposal
from redproperty.domain.takeovers import TakeoverRules
from redproperty.settings import ZONE, bundled
from redproperty.store import audit
from redproperty.store.rules_figures import figures, written
from redproperty.store.schema import transaction

FEN = 100
BUDGETS = {CLOSED[0]: 16_000_000 * FEN, CLOSED[1]: 10_000_000 * FEN, CLOSED[2]: 8_000_000 * FEN}
TRIED = {"rating.stars.cutoffs.0.at_least": "88", "subsidy.rates.1.rate": "0.35"}
ITEM = "2120501 城乡社区环境卫生（演示）"


@dataclass(frozen=True)
class Event:
    """Something that happens at a moment."""

    at: datetime
    happens: Callable[[datetime], Awaitable[None]]


@dataclass
class Story:
    """Who is there, under which edition, and what the cases have come to."""

    people: dict[str, Actor]
    packs: Sequence[Pack]
    plots: dict[str, Plot]
    made: list[Visit]

    def __post_init__(self) -> None:
        self.runs: dict[str, int] = {}
        self.numbers: dict[str, str] = {}
        self.servers: dict[str, int | None] = {}

    async def tell(self) -> None:
        """Let everything happen in the order of time; what reviews leave in the trail is written up to each event."""
        entries = sorted(_trail(self.made), key=lambda entry: entry[0])
        for event in sorted(
            [
                *self._rules(),
                *self._periods(),
                *self._takeovers(),
                self._whatif(),
                *self._reviews(),
                self._correction(),
            ],
            key=lambda one: one.at,
        ):
            before = [entry for entry in entries if entry[0] <= event.at]
            await _write(before)
            entries = entries[len(before) :]
            await event.happens(event.at)
        await _write(entries)

    def _rules(self) -> list[Event]:
        """Return how the first edition came into force: the bureau proposed it, finance approved it."""
        pack = self.packs[0]
        wanted = Proposal(edition=pack.edition, pack=pack, why_not=pack.stop.why if pack.stop else None)

        async def proposed(at: datetime) -> None:
            who, document = self.people["district"], pack.about.document.zh
            await propose(who, wanted, document=document, note="首个版本，试运行", at=at)

        async def approved(at: datetime) -> None:
            await put_in_force(self.people["checker"], wanted, digest=pack.digest, at=at)

        first = pack.about.effective_from
        return [
            Event(moment(first - timedelta(days=17), 9), proposed),
            Event(moment(first - timedelta(days=14), 15), approved),
        ]

    def _periods(self) -> list[Event]:
        """Return the closing, publishing and paying of each finished quarter; the last run still waits."""
        events = []
        for period in CLOSED:
            after = period.ends
            events.append(Event(moment(after + timedelta(days=18), 10), self._closing(period)))
            events.append(Event(moment(after + timedelta(days=24), 10), self._publication(period)))
            events.append(Event(moment(after + timedelta(days=36), 14), self._drafting(period)))
            if period != CLOSED[-1]:
                events.append(Event(moment(after + timedelta(days=41), 9), self._approval(period)))
        return events

    def _reviews(self) -> list[Event]:
        """Return what happened to single inspections besides their ordinary way."""

        async def second(at: datetime) -> None:
            await reviews.seconds(self.people["district"], self.packs[0], self.made, at)

        async def void(at: datetime) -> None:
            await reviews.mistaken(self.people, self.made, at)

        async def reopen(at: datetime) -> None:
            await reviews.contested(self.people, self.made, at)

        async def along(at: datetime) -> None:
            await reviews.along(self.people, self.made, at)

        happens = {"second": second, "void": void, "reopen": reopen, "along": along}
        return [Event(reviews.WHEN[name], happens[name]) for name in happens]

    def _correction(self) -> Event:
        """Return how a street types a fact and corrects it."""

        async def happens(at: datetime) -> None:
            await corrections.type_wrong_and_correct(self.made, self.packs, at)

        return Event(moment(corrections.CORRECTED_ON, 9), happens)

    def _whatif(self) -> Event:
        """Return how the bureau tries a lower line for five stars and a higher rate for old estates."""
        period, pack = CLOSED[-1], self.packs[0]
        budget = BUDGETS[period]
        form = {"title": "五星线降到 88 分，老旧小区标准提到 0.35 元", "period": period.code, "edition": pack.edition}

        async def happens(at: datetime) -> None:
            bureau, root = self.people["district"], bundled("rules")
            number = await create(bureau, self.packs, form, at=at)
            texts = edition_texts(root, pack.edition)
            tried = written(texts, figures(texts), TRIED)
            wrong = await revise(bureau, root, number, Wanted(form["title"], budget), tried, version=1, at=at)
            if wrong:
                raise RuntimeError(wrong[0].say("en"))

        return Event(moment(period.ends + timedelta(days=37), 10), happens)

    def _closing(self, period: Period) -> Callable[[datetime], Awaitable[None]]:
        async def happens(at: datetime) -> None:
            self.runs[period.code] = await close_period(self.people["district"], self.packs, period, at=at)

        return happens

    def _publication(self, period: Period) -> Callable[[datetime], Awaitable[None]]:
        async def happens(at: datetime) -> None:
            await publish(self.people["district"], self.packs, self.runs[period.code], at=at)

        return happens

    def _drafting(self, period: Period) -> Callable[[datetime], Awaitable[None]]:
        order = Order(period, BUDGETS[period], f"栖财（演示）〔2026〕{10 + period.quarter}号", ITEM)

        async def happens(at: datetime) -> None:
            self.numbers[period.code] = await draft(self.people["preparer"], self.packs, order, at=at)

        return happens

    def _approval(self, period: Period) -> Callable[[datetime], Awaitable[None]]:
        async def happens(at: datetime) -> None:
            await approve(self.people["checker"], self.numbers[period.code], at=at)

        return happens

    def _takeovers(self) -> list[Event]:
        return [Event(moment(step.on, 16), self._step(step)) for step in STEPS]

    def _step(self, step: Step) -> Callable[[datetime], Awaitable[None]]:
        pack = self.packs[0]
        law, plot, custody = Law(pack.edition, pack.takeover_rules()), self.plots[step.cast], self.people["custody"]

        async def happens(at: datetime) -> None:
            today, paper = _day(at), f"栖街（演示）〔{step.on.year}〕{step.on:%m%d}号"
            basis = _basis(law.rules, step)
            if step.opens:
                ends = bool(plot.tenures) and law.rules.trigger(step.event).opens == "UNMANAGED"
                opening = Opening(step.event, step.on, basis, paper, ends_management=ends)
                self.numbers[step.cast] = await open_case(custody, law, plot.code, opening, at=at, today=today)
                return
            server = serving(step, plot, self.servers.get(step.cast))
            self.servers[step.cast] = server or self.servers.get(step.cast)
            taken = NextMove(step.event, step.on, basis, paper, guard_met=True, provider_id=server)
            await move_case(custody, law, self.numbers[step.cast], taken, at=at, today=today)

        return happens


_Entry = tuple[datetime, Actor, str, str, dict[str, object]]


def _trail(made: list[Visit]) -> list[_Entry]:
    """Return the audit entries that submitting and reviewing leaves."""
    entries: list[_Entry] = []
    for visit in made:
        if visit.period != PRESENT or visit.state == "draft":
            continue
        about = f"inspection:{visit.id}"
        details: dict[str, object] = {"estate": visit.plot.code, "to": "submitted", "score": visit.score}
        entries.append((visit.at(11), visit.inspector, Deed.SUBMIT_INSPECTION.value, about, details))
        if visit.state != "submitted":
            remark = REMARKS[visit.id % len(REMARKS)] if visit.state == "returned" else ""
            said: dict[str, object] = {"estate": visit.plot.code, "to": visit.state, "remark": remark}
            entries.append((visit.at(15), visit.reviewer, Deed.REVIEW_INSPECTION.value, about, said))
    return entries


async def _write(entries: list[_Entry]) -> None:
    async with transaction():
        for when, who, deed, about, details in entries:
            await audit.add(who, deed, about, at=when, details=details)


def _basis(rules: TakeoverRules, step: Step) -> str:
    if step.opens:
        return rules.trigger(step.event).basis
    return next(row.basis for row in rules.moves if row.event == step.event)


def _day(at: datetime) -> date:
    return at.astimezone(ZONE).date()
