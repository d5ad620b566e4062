"""Taking the working of one result out of the system, as data that others can check."""

from datetime import datetime
from typing import Any

import msgspec

from redproperty import __version__
from redproperty.actions.exporting import record_export
from redproperty.domain.access import Actor, Deed, allowed, scope
from redproperty.domain.packs import Pack
from redproperty.domain.periods import Period
from redproperty.domain.subsidies import explain_line
from redproperty.domain.traces import MoneyLine, Recorded, Run, Trace, trace
from redproperty.store import ratings, subsidies


async def export_trace(actor: Actor, pack: Pack, run: ratings.Run, result: ratings.Result, *, at: datetime) -> Trace:
    """Return the trace of a result that the actor may see; its money only for those who may see money.

    Raises:
        Refused: the actor may not export.
    """
    await record_export(actor, f"trace:{run.period}:{result.code}", filters=f"run={run.id}", rows=1, kind="json", at=at)
    facts = await ratings.recorded(result.estate_id, Period.parse(run.period), until=run.made_at)
    return trace(
        pack,
        result.working,
        engine=__version__,
        run=Run(number=run.id, state=run.state, digest=run.digest),
        period=run.period,
        recorded=[Recorded(**fact) for fact in facts],
        money=await _money(actor, pack, run, result) if allowed(actor.role, Deed.VIEW_MONEY) else None,
    )


async def _money(actor: Actor, pack: Pack, run: ratings.Run, result: ratings.Result) -> list[MoneyLine]:
    lines = await subsidies.of_rating(run.id, result.estate_id, scope(actor))
    return [_line(pack, number, state, working) for number, state, edition, working in lines if edition == pack.edition]


def _line(pack: Pack, number: str, state: str, working: dict[str, Any]) -> MoneyLine:
    return MoneyLine(
        run=number,
        state=state,
        due_fen=working["due_fen"],
        paid_fen=working["paid_fen"],
        sentences=tuple(explain_line(pack.subsidy_rules(), working)),
        columns=working,
    )


def written(traced: Trace) -> bytes:
    """Return a trace as JSON that people can read, too."""
    return msgspec.json.format(msgspec.json.encode(traced), indent=2)
