"""An edition said in sentences, item by item and rule by rule, as pages and the command line show it."""

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from redproperty.domain.branches import Marked
from redproperty.domain.facts import Fact
from redproperty.domain.formulas import words
from redproperty.domain.inspection_rules import USUAL, InspectionRules
from redproperty.domain.items import Item
from redproperty.domain.numbers import figure, plain
from redproperty.domain.packs import Pack
from redproperty.domain.stars import star_words
from redproperty.domain.steps.extras import AnyExtra, ExtraChoice, Extras, ExtraWhen
from redproperty.domain.steps.vocabulary import AnyStep
from redproperty.domain.subsidy_entries import Entry
from redproperty.domain.subsidy_rules import SubsidyRules
from redproperty.domain.takeovers import Limit, TakeoverRules
from redproperty.domain.texts import Text

EXAMPLE = "示例"
EVIDENCE = {
    "photo": Text("拍照", "photo"),
    "document": Text("查资料", "papers"),
    "reading": Text("读数", "reading"),
    "none": Text("不留佐证", "none"),
}
_UNITS = {
    "calendar": Text("{n} 日", "{n} days"),
    "working": Text("{n} 个工作日", "{n} working days"),
    "months": Text("{n} 个月", "{n} months"),
}

_DAYS = {"calendar": Text("日历日", "calendar days"), "working": Text("工作日", "working days")}
INSPECTIONS = Text("检查办法", "Inspections")
_PHOTO = {
    "accept": Text("扣分项没有照片也可提交", "points may be taken off without a photo"),
    "warn": Text(
        "佐证为照片的扣分项没有照片的，提交时提醒，复核时标明",
        "points taken off without a photo, where the evidence is one, are warned of when handing in and marked",
    ),
    "refuse": Text(
        "佐证为照片的扣分项没有照片的，不能提交",
        "nothing is handed in while points are taken off without a photo where the evidence is one",
    ),
}
_SIGNATURE = {
    "optional": Text("企业代表可以签字，不是必须", "the company's representative may sign"),
    "required": Text(
        "提交前企业代表须签字，或写明拒签原因",
        "before handing in the company's representative signs, or it is said why they would not",
    ),
}


class Provision(msgspec.Struct, frozen=True, kw_only=True):
    """One sentence of the rules with its code, title and basis; what has no code of its own has an empty one.

    `key` tells it from its neighbours where neither code nor title does, so that editions can be compared. A rule that
    is a table has its branches as `rows` under their `head`.
    """

    code: str
    title: Text
    sentence: Text
    basis: Text | None = None
    key: str = ""
    head: Text | None = None
    rows: tuple[Marked, ...] = ()

    @property
    def example(self) -> bool:
        """Whether its figures are an example without a published source."""
        return self.basis is not None and EXAMPLE in self.basis.zh


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the edition; `code` is its name in addresses."""

    code: str
    title: Text
    provisions: tuple[Provision, ...]


def sections(pack: Pack) -> tuple[Section, ...]:
    """Return everything but the score sheet, in the order in which it is applied."""
    rating = pack.rating
    paying = () if pack.subsidy is None else (pack.subsidy,)
    serving = () if pack.takeover is None else (pack.takeover,)
    looking = () if pack.inspections is USUAL else (pack.inspections,)
    found = (
        Section(code="points", title=Text("否决与限分", "Vetoes on points"), provisions=tuple(_point_vetoes(pack))),
        Section(code="steps", title=Text("综合得分", "Composite"), provisions=tuple(_steps(pack, rating.steps))),
        Section(code="not-rated", title=Text("不予评定", "Not rated"), provisions=tuple(_reasons(pack))),
        Section(code="stars", title=Text("星级线", "Cut-offs"), provisions=tuple(_cutoffs(pack))),
        Section(
            code="rules", title=Text("限星、否决与名额", "Caps, vetoes and quotas"), provisions=tuple(_rules(pack))
        ),
        Section(code="after", title=Text("星级之后", "After the stars"), provisions=tuple(_steps(pack, rating.after))),
        *(Section(code="subsidy", title=rules.title, provisions=tuple(_subsidy(pack, rules))) for rules in paying),
        *(Section(code="takeover", title=rules.title, provisions=tuple(_takeover(rules))) for rules in serving),
        *(Section(code="inspections", title=INSPECTIONS, provisions=tuple(_inspections(rules))) for rules in looking),
        Section(
            code="facts", title=Text("用到的事实", "Facts"), provisions=tuple(_fact(fact) for fact in rating.facts)
        ),
    )
    return tuple(section for section in found if section.provisions)


def provisions(pack: Pack) -> Iterator[Provision]:
    """Yield every sentence of the edition: the items of the sheet first, then the sections."""
    for item in pack.sheet.items:
        yield item_provision(pack, item)
    for section in sections(pack):
        yield from section.provisions


def item_provision(pack: Pack, item: Item) -> Provision:
    """Return an item's rule with the estates to which it applies."""
    only = applicability(pack, item)
    rule = item.rule()
    if only is not None:
        rule = Text("{rule}。{only}", "{rule}. {only}").fill(rule=rule, only=only)
    return Provision(code=item.code, title=item.title, sentence=rule, basis=item.basis)


def applicability(pack: Pack, item: Item) -> Text | None:
    """Return for which estates an item counts and what becomes of it elsewhere; nothing where it always counts."""
    spared = item.not_applicable == "full_marks"
    then = Text("其余计满分", "elsewhere full mark") if spared else Text("其余不计入满分", "elsewhere left out")
    if item.applies is not None:
        text = Text("只适用于：{only}，{then}", "Only where {only}; {then}")
        return text.fill(only=item.applies.say(pack.rating.titles), then=then)
    if item.not_applicable_when is not None:
        then = Text("计满分", "Full mark") if spared else Text("不计入满分", "Left out of the denominator")
        return Text("{when}的，{then}", "{then} if {when}").fill(when=item.not_applicable_when, then=then)
    return None


def _point_vetoes(pack: Pack) -> Iterator[Provision]:
    words = {**pack.rating.titles, **pack.sheet.titles}
    for veto in pack.sheet.vetoes:
        yield Provision(code=veto.code, title=veto.title, sentence=veto.say(words), basis=veto.basis)


def _steps(pack: Pack, steps: Iterable[AnyStep]) -> Iterator[Provision]:
    titles = pack.rating.titles
    for step in steps:
        if isinstance(step, Extras):  # its entries stand below it one by one
            said = step.say(titles)
            yield Provision(code=step.name, title=step.title, sentence=said, basis=step.basis, head=step.head(titles))
            yield from (_extra(entry, titles) for entry in step.entries)
        else:
            yield _step(step, titles, code=step.name)


def _step(step: AnyStep, titles: Mapping[str, Text], *, code: str = "", key: str = "") -> Provision:
    return Provision(
        code=code,
        title=step.title,
        sentence=step.say(titles),
        basis=step.basis,
        key=key,
        head=step.head(titles),
        rows=tuple(Marked(branch.when, branch.gives) for branch in step.tabled(titles)),
    )


def _extra(entry: AnyExtra, titles: Mapping[str, Text]) -> Provision:
    sentence = _without(entry.title, entry.say())
    if isinstance(entry, ExtraWhen):
        text = Text("{when}，加 {points} 分", "{points} if {when}")
        sentence = text.fill(when=entry.when.say(titles), points=plain(figure(entry.worth)))
    if isinstance(entry, ExtraChoice):
        values = [(titles[f"{entry.fact}.{value}"], plain(figure(worth))) for value, worth in entry.worth.items()]
        zh = "、".join(f"{title.zh} {points} 分" for title, points in values)
        sentence = Text(zh, ", ".join(f"{title.en}: {points}" for title, points in values))
    return Provision(code=entry.code, title=entry.title, sentence=sentence, basis=entry.basis)


def _without(title: Text, sentence: Text) -> Text:
    """Return a sentence without the title that it begins with, which stands beside it anyway."""
    return Text(sentence.zh.removeprefix(f"{title.zh}："), sentence.en.removeprefix(f"{title.en}: "))


def _reasons(pack: Pack) -> Iterator[Provision]:
    for reason in pack.rating.stars.not_rated:
        sentence = Text("{when}：不予评定", "not rated if {when}").fill(when=reason.when.say(pack.rating.titles))
        yield Provision(code=reason.code, title=reason.title, sentence=sentence, basis=reason.basis)


def _cutoffs(pack: Pack) -> Iterator[Provision]:
    stars = pack.rating.stars
    if not stars.given:
        return
    title = pack.rating.titles[stars.cut]
    for cutoff in sorted(stars.cutoffs, key=lambda one: -one.star):
        sentence = Text("{title} {band}", "{title} {band}").fill(title=title, band=cutoff.words())
        yield Provision(code="", title=star_words(cutoff.star), sentence=sentence, key=f"star.{cutoff.star}")
    valid = Text("星级自评定之日起 {n} 个月有效", "stars hold for {n} months").fill(n=stars.valid_months)
    yield Provision(code="", title=Text("有效期", "Validity"), sentence=valid)


def _rules(pack: Pack) -> Iterator[Provision]:
    titles = pack.rating.titles
    for stage in pack.rating.stars.stages:
        said = dict(stage.sentences(titles))
        for _, rule in stage.rules():
            yield Provision(code=rule.code, title=rule.title, sentence=said[rule.code], basis=rule.basis)


def _subsidy(pack: Pack, rules: SubsidyRules) -> Iterator[Provision]:
    once = {"months": rules.months, **{f"stop.{stop.veto}": stop for stop in rules.stops}, "year_cap": rules.year_cap,
            "top_up": rules.top_up, "start_up": rules.start_up, "budget": rules.budget}  # fmt: skip
    entries: dict[str, Entry | None] = {
        **{f"rate.{rate.ground()}": rate for rate in rules.rates},
        **{f"coefficient.{entry.stars}": entry for entry in rules.star_coefficients},
        **once,
        **{f"payer.{payer.payer}": payer for payer in rules.payers},
    }
    for key, entry in entries.items():
        if entry is not None:
            said = _without(entry.title, entry.say())
            yield Provision(code="", title=entry.title, sentence=said, basis=entry.basis, key=key)
    titles = {**pack.rating.titles, **words(rules.steps)}
    for step in rules.steps:
        yield _step(step, titles, key=f"step.{step.name}")
    yield Provision(code="", title=Text("舍入", "Rounding"), sentence=rules.rounded())


def _takeover(rules: TakeoverRules) -> Iterator[Provision]:
    for mode in rules.modes:
        longest = Text("；最长 {n} 个月", "; at most {n} months").fill(n=mode.longest_months or 0)
        sentence = Text("{what}{longest}", "{what}{longest}").fill(
            what=mode.restriction, longest=longest if mode.longest_months else ""
        )
        yield Provision(code=mode.code, title=mode.title, sentence=sentence, basis=Text(mode.basis, mode.basis))
    for trigger in rules.triggers:
        opens = Text("凭{document}立案，进入“{state}”", "opened on: {document}; then “{state}”")
        sentence = opens.fill(document=trigger.document, state=rules.state(trigger.opens).title)
        basis = Text(trigger.basis, trigger.basis)
        yield Provision(code=trigger.code, title=trigger.title, sentence=sentence, basis=basis)
    for state in rules.states:
        if state.limit is not None:
            basis = Text(state.limit.basis, state.limit.basis)
            yield Provision(code=state.code, title=state.title, sentence=_limit(state.limit), basis=basis)
    for move in rules.moves:
        text = Text("由“{a}”转“{b}”：{guard}；凭{document}", "“{a}” → “{b}”: {guard}; on: {document}")
        ends = {"a": rules.state(move.from_state).title, "b": rules.state(move.to).title}
        sentence = text.fill(**ends, guard=move.guard, document=move.document)
        key = f"{move.from_state}.{move.event}"
        yield Provision(code="", title=move.title, sentence=sentence, basis=Text(move.basis, move.basis), key=key)


def _limit(limit: Limit) -> Text:
    text = Text("限 {length}，{first}{warnings}；逾期：{escalate}", "{length}, {first}{warnings}; overdue: {escalate}")
    first = Text("当日计入", "the first day counts") if limit.count_first else Text("自次日起算", "from the next day")
    days = "、".join(str(n) for n in limit.warnings), ", ".join(str(n) for n in limit.warnings)
    warn = Text(f"，剩 {days[0]} 日时预警", f", warning at {days[1]} days left") if limit.warnings else Text("", "")
    length = _UNITS[limit.unit].fill(n=limit.length)
    return text.fill(length=length, first=first, warnings=warn, escalate=limit.escalate)


_SHOWN = {
    "star": Text("检查员看得到当前得分和暂列星级", "the inspector sees the score so far and the provisional star"),
    "score": Text("检查员只看得到当前得分", "the inspector sees the score so far, no star"),
    "nothing": Text("检查员看不到得分和星级", "the inspector sees neither score nor star"),
}


def _inspections(rules: InspectionRules) -> Iterator[Provision]:
    days = Text("整改天数按{unit}计，自通过次日起算", "days to cure are {unit}, counted from the day after acceptance")
    yield Provision(code="", title=Text("整改期限", "Days to cure"), sentence=days.fill(unit=_DAYS[rules.cure_in]))
    yield Provision(code="", title=Text("现场照片", "Photos"), sentence=_PHOTO[rules.missing_photo])
    yield Provision(code="", title=Text("企业代表签字", "Signature"), sentence=_SIGNATURE[rules.signature])
    shown = _SHOWN[rules.show_while_scoring]
    yield Provision(code="", title=Text("录入时显示", "While scoring"), sentence=shown, key="show_while_scoring")
    odd = rules.odd
    for key, (title, sentence) in odd.say().items():
        yield Provision(code="", title=title, sentence=sentence, basis=odd.basis, key=f"odd.{key}")


def _fact(fact: Fact) -> Provision:
    return Provision(code=fact.name, title=fact.title, sentence=fact.say())
