"""Why an estate has its stars, at the console: in sentences, or as the whole working in JSON."""

import argparse
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from redproperty.console.record import DONE, acting, now, packs, within
from redproperty.domain.access import Role
from redproperty.domain.texts import Lang, Refused, Text
from redproperty.settings import Settings

if TYPE_CHECKING:
    from redproperty.domain.traces import Trace

NO_RATING = Text("{period} 还没有发布星级", "no stars are published for {period}")
NO_ESTATE = Text("{period} 没有小区 {code} 的结果", "there is no result of estate {code} in {period}")
NO_EDITION = Text("规则版本 {edition} 不在", "the edition {edition} is gone")


def why(options: argparse.Namespace, lang: Lang) -> int:
    """Print the working of the published result of one estate."""
    from redproperty.actions.traces import export_trace, written
    from redproperty.domain.access import scope
    from redproperty.domain.periods import Period
    from redproperty.store import ratings

    period = Period.parse(options.period)

    async def work(settings: Settings) -> "Trace":
        actor, run = await acting(options.login, Role.DISTRICT), await ratings.published(period.code)
        if run is None:
            raise Refused(NO_RATING.fill(period=period.code))
        found = await ratings.results(run.id, scope(actor), on=now().date(), code=options.estate)
        if not found:
            raise Refused(NO_ESTATE.fill(period=period.code, code=options.estate))
        pack = next((pack for pack in packs(settings) if pack.edition == run.edition), None)
        if pack is None:
            raise Refused(NO_EDITION.fill(edition=run.edition))
        return await export_trace(actor, pack, run, found[0], at=now())

    traced = within(work)
    if options.json:
        sys.stdout.write(written(traced).decode() + "\n")
    else:
        print("\n".join(_sentences(traced, lang)))
    return DONE


def _sentences(traced: "Trace", lang: Lang) -> Iterator[str]:
    """Yield every column of the working with its rule, then the rules that fired and the money."""
    head = Text("{name} {code} {period}：{stars}", "{name} {code} {period}: {stars}")
    stars = Text(f"{traced.stars} 星", f"stars {traced.stars}")
    rated = Text("不评", "not rated") if traced.stars is None else stars
    yield head.fill(name=traced.name, code=traced.estate, period=traced.period, stars=rated).say(lang)
    line = Text("{t} = {v}（{s}）", "{t} = {v} ({s})")
    for column in traced.columns:
        yield "  " + line.fill(t=column.title, v=column.said, s=column.sentence).say(lang)
    for rule in traced.rules:
        if rule.fired:
            fired = Text("{c} {t}：{s}", "{c} {t}: {s}").fill(c=rule.code, t=rule.title, s=rule.sentence)
            yield fired.say(lang)
    for paid in traced.money or ():
        yield f"{paid.run} " + "；".join(sentence.say(lang) for sentence in paid.sentences)
