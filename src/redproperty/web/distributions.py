"""The awards of many estates as pictures and tables: all together, street by street, and why some have none."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from redproperty.domain import awards
from redproperty.domain.awards import NONE, RATED, Stars
from redproperty.domain.packs import Pack
from redproperty.domain.texts import Text
from redproperty.web.lists import address
from redproperty.web.pictures import Share, share, slices
from redproperty.web.rated import EstateRow, Rated

_COLOURS: Final = 6  # from five stars to none, as `app.css` has them; one more for those not rated
_TOP: Final = 4  # stars that are well
_LOW: Final = 3  # below it they stand together in the table by street
_FEW: Final = Text("<3★", "<3★")


@dataclass(frozen=True)
class Mark:
    """One award in a picture: how a legend says it, and the name of its colour."""

    code: str
    title: Text
    tone: str


@dataclass(frozen=True)
class Piece:
    """One piece of a bar of awards: where it begins, how long it is, its colour, and what a pointer reads on it."""

    start: int
    size: int
    tone: str
    title: Text


@dataclass(frozen=True)
class Bar:
    """One award of the distribution: how many now and in the period before (None: nothing to compare with)."""

    mark: Mark
    stars: Stars | None
    title: Text
    count: int
    before: int | None
    percent: str
    share: Share
    href: str


@dataclass(frozen=True)
class StreetRow:
    """The awards of one street: the columns of its table, and its bar."""

    name: str
    href: str
    cells: tuple[int, ...]
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Head:
    """A column of the table by street: one award, or several that are few together."""

    title: Text
    codes: frozenset[str]


def legend(scale: Sequence[str], pack: Pack | None) -> tuple[Mark, ...]:
    """Return how pictures show the awards of a scale; a half star has the colour of the whole ones below it, paler."""
    grades = [code for code in scale if code.startswith(awards.GRADE)]
    return tuple(Mark(code, awards.short(code, pack), _tone(code, grades)) for code in scale)


def _tone(code: str, grades: Sequence[str]) -> str:
    stars = awards.stars_in(code)
    if stars is not None:
        return f"star-{_COLOURS - 1 - int(stars)}{' half' if stars % 1 else ''}"
    if code in {NONE, RATED}:
        return f"star-{_COLOURS}{' half' if code == RATED else ''}"
    return f"star-{min(grades.index(code), _COLOURS - 1)}"


def pieces(marks: Sequence[Mark], counts: Mapping[str, int]) -> tuple[Piece, ...]:
    """Return the bar that the counts of some awards fill."""
    made = slices([counts.get(mark.code, 0) for mark in marks])
    return tuple(Piece(one.start, one.size, marks[one.index].tone, _counted(marks[one.index], counts)) for one in made)


def _counted(mark: Mark, counts: Mapping[str, int]) -> Text:
    return Text("{t}：{n}", "{t}: {n}").fill(t=mark.title, n=counts[mark.code])


def bars(found: Rated, path: str, asked: Mapping[str, str]) -> tuple[Bar, ...]:
    """Return the distribution, the best first; each bar leads to its estates."""
    counts, before = Counter(row.result.award for row in found.rows), found.before
    most = max([*counts.values(), *(before or {}).values(), 1])
    return tuple(
        Bar(
            mark=mark,
            stars=awards.stars_in(mark.code),
            title=found.words(mark.code),
            count=counts[mark.code],
            before=None if before is None else before.get(mark.code, 0),
            percent=_percent(counts[mark.code], len(found.rows)),
            share=share(counts[mark.code], None if before is None else before.get(mark.code, 0), most),
            href=address(path, {**asked, "stars": mark.code}),
        )
        for mark in legend(found.scale, found.packs[0] if found.packs else None)
    )


def _percent(count: int, whole: int) -> str:
    """Return the share in percent to one place, half up."""
    tenths = (count * 2000 + whole) // (2 * whole) if whole else 0
    return f"{tenths // 10}.{tenths % 10}"


def heads(marks: Sequence[Mark]) -> tuple[Head, ...]:
    """Return the columns of the table by street: two stars and fewer stand together."""
    few = [mark.code for mark in marks if (stars := awards.stars_in(mark.code)) is not None and stars < _LOW]
    first = next(iter(few), None)
    return tuple(
        Head(_FEW if mark.code == first else mark.title, frozenset(few if mark.code == first else [mark.code]))
        for mark in marks
        if mark.code not in few or mark.code == first
    )


def top(marks: Sequence[Mark], rows: Sequence[EstateRow]) -> tuple[Text, str, Text]:
    """Return the figure that leads the page: how many have four stars and more, or which grade most have."""
    counts = Counter(row.result.award for row in rows)
    high = [mark for mark in marks if (stars := awards.stars_in(mark.code)) is not None and stars >= _TOP]
    if high:
        told = " · ".join(f"{mark.title.zh} {counts[mark.code]}" for mark in high)
        return Text("四星及以上", "Four stars and more"), str(sum(counts[m.code] for m in high)), Text(told, told)
    most = max((mark for mark in marks if mark.code != NONE), key=lambda mark: counts[mark.code], default=None)
    if most is None:
        return Text("等级", "Grades"), "—", Text("", "")
    return Text("最多的等级", "Most have"), str(counts[most.code]), most.title


def streets(
    rows: Sequence[EstateRow], marks: Sequence[Mark], path: str, asked: Mapping[str, str]
) -> tuple[StreetRow, ...]:
    """Return the streets in the order of their codes."""
    made = []
    for code, name in sorted({(row.result.street, row.street) for row in rows}):
        counts = Counter(row.result.award for row in rows if row.result.street == code)
        cells = tuple(sum(counts[one] for one in head.codes) for head in heads(marks))
        made.append(StreetRow(name, address(path, {**asked, "street": code}), cells, pieces(marks, counts)))
    return tuple(made)


def reasons(rows: Iterable[EstateRow]) -> tuple[tuple[Text, int], ...]:
    """Return why estates are not rated and how many each, the commonest first."""
    told = Counter(row.reason for row in rows if row.reason is not None)
    return tuple(sorted(told.items(), key=lambda one: (-one[1], one[0].zh)))
