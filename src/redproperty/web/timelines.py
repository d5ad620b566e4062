"""One timeline of an estate from everything that happened to it; a person sees the kinds that their post may see."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from redproperty.domain import awards
from redproperty.domain.access import Actor, Deed, allowed, scope
from redproperty.domain.estates import Management, PartyForm, PartyStatus
from redproperty.domain.inspections import State as InspectionState
from redproperty.domain.money import yuan
from redproperty.domain.numbers import shown
from redproperty.domain.packs import Pack
from redproperty.domain.periods import Period
from redproperty.domain.texts import Text
from redproperty.settings import ZONE
from redproperty.store import tenures, timelines
from redproperty.store.tenures import PartyRow, TenureRow

RATING, INSPECTION, MANAGEMENT = "rating", "inspection", "management"
PARTY, MONEY, TAKEOVER = "party", "money", "takeover"
KINDS = {
    RATING: Text("星级", "stars"),
    INSPECTION: Text("检查", "inspection"),
    MANAGEMENT: Text("管理", "management"),
    PARTY: Text("党组织", "Party unit"),
    MONEY: Text("补贴", "subsidy"),
    TAKEOVER: Text("托管", "takeover"),
}
SEEN_WITH = {
    RATING: Deed.VIEW_RATINGS,
    INSPECTION: Deed.VIEW_INSPECTIONS,
    MONEY: Deed.VIEW_MONEY,
    TAKEOVER: Deed.VIEW_TAKEOVERS,
}
_EMPTY = Text("", "")
_AWARD = Text("{period} 评为 {award}", "{award} in {period}")
_NOT_RATED = Text("{period} 不评：{reason}", "Not rated in {period}: {reason}")
_COMPOSITE = Text("综合得分 {composite}", "Composite {composite}")
_CORRECTED = Text("{note}（已更正）", "{note} (corrected)")
_INSPECTED = Text("{period} 第 {round} 轮检查，得分 {score}", "Round {round} of {period}, score {score}")
_BY = Text("{state} · 检查员 {inspector}", "{state} · inspector {inspector}")
VOID = Text("已作废：{why}", "void: {why}")
_BEGUN = Text("{kind}开始：{company}", "{kind} begins: {company}")
_BEGUN_ALONE = Text("{kind}开始", "{kind} begins")
_ENDED = Text("{kind}结束：{company}", "{kind} ends: {company}")
_ENDED_ALONE = Text("{kind}结束", "{kind} ends")
_REGISTERED = Text("登记入册", "Entered in the register")
_UNMANAGED = Text("当日无人管理", "Nobody managed it on that day")
_NOBODY = Text("此后无人管理", "Nobody manages it from here on")
_PARTY = Text("{form}：{status}", "{form}: {status}")
_PARTY_ENDED = Text("{form}撤销", "{form} ended")
_PAID = Text("{period} 实发 {paid} 元", "{paid} yuan paid for {period}")
_ZERO = Text("{period} 补贴为零", "No subsidy for {period}")
_OPENED = Text("立案：{title}", "Case opened: {title}")


@dataclass(frozen=True)
class Event:
    """One line of the timeline; `kind_code` is what the chips above it choose by, `struck` says it does not count."""

    day: date
    kind_code: str
    title: Text
    note: Text = _EMPTY
    href: str = ""
    tone: str = ""
    struck: bool = False

    @property
    def kind(self) -> Text:
        """How its kind is said."""
        return KINDS[self.kind_code]


PackNamed = Callable[[str], Pack | None]


@dataclass(frozen=True)
class History:
    """What has happened to one estate, each kind newest first; a kind that the post may not see is empty."""

    tenures: Sequence[TenureRow] = ()
    parties: Sequence[PartyRow] = ()
    ratings: Sequence[timelines.Rated] = ()
    inspections: Sequence[timelines.Inspected] = ()
    payments: Sequence[timelines.Paid] = ()
    moves: Sequence[timelines.Moved] = ()


async def history(actor: Actor, estate: int) -> History:
    """Return everything that `actor` may see of an estate; a company sees the money that names it."""
    seen = {kind for kind, deed in SEEN_WITH.items() if allowed(actor.role, deed)}
    return History(
        await tenures.of_estate(estate),
        await tenures.party_units(estate),
        await timelines.ratings(estate) if RATING in seen else (),
        await timelines.inspections(estate, scope(actor)) if INSPECTION in seen else (),
        await timelines.payments(estate, company=scope(actor).company_id) if MONEY in seen else (),
        await timelines.takeover_moves(estate) if TAKEOVER in seen else (),
    )


def events(told: History, code: str, registered_on: date, packs: PackNamed) -> list[Event]:
    """Return the history of the estate of that code as one line of events, newest first."""
    found = [
        _registered(registered_on, told.tenures),
        *_tenure_events(told.tenures),
        *_party_events(told.parties),
        *(_rated(row, code, packs) for row in told.ratings),
        *(_inspected(row) for row in told.inspections),
        *(_paid(row) for row in told.payments),
        *(_moved(row, packs) for row in told.moves),
    ]
    return sorted(found, key=lambda event: event.day, reverse=True)


def _rated(row: timelines.Rated, code: str, packs: PackNamed) -> Event:
    period = Period.parse(row.period).title
    pack = packs(row.edition)
    if row.award == awards.NONE:
        title = _NOT_RATED.fill(period=period, reason=not_rated(pack, row.not_rated))
    else:
        title = _AWARD.fill(period=period, award=awards.words(row.award, pack))
    note = _COMPOSITE.fill(composite=shown(row.composite)) if row.composite is not None else _EMPTY
    if row.superseded:
        note = _CORRECTED.fill(note=note)
    day = row.published_at.astimezone(ZONE).date()
    return Event(day, RATING, title, note, f"/ratings/{row.period}/{code}", "" if row.superseded else "warn")


def not_rated(pack: Pack | None, code: str | None) -> Text:
    """Return the wording of a reason why an estate is not rated; the bare code where its edition is gone."""
    reasons = pack.rating.stars.not_rated if pack else ()
    return next((reason.title for reason in reasons if reason.code == code), Text(code or "—", code or "—"))


def instead_of_stars(pack: Pack | None, award: str, reason: str | None) -> Text:
    """Return what stands where an estate has no stars: its grade, or why it is not rated."""
    return not_rated(pack, reason) if award == awards.NONE else awards.words(award, pack)


def _inspected(row: timelines.Inspected) -> Event:
    score = shown(row.score) if row.score is not None else "—"
    title = _INSPECTED.fill(period=Period.parse(row.period).title, round=row.round, score=score)
    void = row.void_reason or row.round_void
    state = VOID.fill(why=void) if void else InspectionState(row.state).label
    note = _BY.fill(state=state, inspector=row.inspector)
    day = row.held_on or row.submitted_at.astimezone(ZONE).date()
    return Event(day, INSPECTION, title, note, f"/inspections/{row.id}", "info", struck=bool(void))


def _registered(day: date, rows: Sequence[TenureRow]) -> Event:
    """Return the day from which the estate is known, and whether somebody managed it then."""
    if any(row.tenure.covers(day) for row in rows):
        return Event(day, MANAGEMENT, _REGISTERED)
    return Event(day, MANAGEMENT, _REGISTERED, _UNMANAGED, tone="bad")


def _tenure_events(rows: Sequence[TenureRow]) -> Iterable[Event]:
    """Yield the beginning of every tenure, and its end where nobody follows on that day."""
    begun = {row.tenure.begins for row in rows}
    for row in rows:
        kind = row.tenure.management.label
        title = _BEGUN.fill(kind=kind, company=row.company) if row.company else _BEGUN_ALONE.fill(kind=kind)
        good = row.tenure.management in {Management.MARKET, Management.SELF}
        yield Event(row.tenure.begins, MANAGEMENT, title, tone="good" if good else "info")
        if row.tenure.ends and row.tenure.ends not in begun:
            title = _ENDED.fill(kind=kind, company=row.company) if row.company else _ENDED_ALONE.fill(kind=kind)
            yield Event(row.tenure.ends, MANAGEMENT, title, _NOBODY, tone="bad")


def _party_events(rows: Sequence[PartyRow]) -> Iterable[Event]:
    for row in rows:
        form, status = PartyForm(row.form).label, PartyStatus(row.status).label
        if row.approved_on:
            number = Text(row.approval_number, row.approval_number)
            yield Event(row.approved_on, PARTY, _PARTY.fill(form=form, status=status), number, tone="good")
        if row.ended_on:
            yield Event(row.ended_on, PARTY, _PARTY_ENDED.fill(form=form), tone="bad")


def _paid(row: timelines.Paid) -> Event:
    period = Period.parse(row.period).title
    title = _PAID.fill(period=period, paid=yuan(row.paid_fen)) if row.paid_fen else _ZERO.fill(period=period)
    note = Text(f"{row.number} · {row.company or '—'}", f"{row.number} · {row.company or '—'}")
    return Event(row.decided_at.astimezone(ZONE).date(), MONEY, title, note, f"/subsidies/{row.number}", "good")


def _moved(row: timelines.Moved, packs: PackNamed) -> Event:
    pack = packs(row.edition)
    title = move_title(pack, row.event, row.from_state)
    if not row.from_state:
        title = _OPENED.fill(title=title)
    note = Text(f"{row.number} · {row.document}", f"{row.number} · {row.document}")
    return Event(row.on_day, TAKEOVER, title, note, f"/takeovers/{row.number}", "info")


def move_title(pack: Pack | None, event: str, from_state: str) -> Text:
    """Return how a move, or the trigger that opened the case, is said; the bare code where its edition is gone."""
    if pack is None:
        return Text(event, event)
    rules = pack.takeover_rules()
    titles = [move.title for move in rules.moves if (move.from_state, move.event) == (from_state, event)]
    titles += [trigger.title for trigger in rules.triggers if trigger.code == event and not from_state]
    return titles[0] if titles else Text(event, event)
