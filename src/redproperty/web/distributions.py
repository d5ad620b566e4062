"""The stars of many estates as pictures and tables: all together, street by street, and why some have none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from redproperty.domain.texts import Text
from redproperty.web.lists import address
from redproperty.web.pictures import Share, Slice, share, slices
from redproperty.web.rated import NONE, STARS, EstateRow, Rated

ALL = (*STARS, None)  # five stars down to none, then not rated


@dataclass(frozen=True)
class Bar:
    """One star of the distribution: how many now and in the period before (None: nothing to compare with)."""

    stars: int | None
    count: int
    before: int | None
    percent: str
    share: Share
    href: str


@dataclass(frozen=True)
class StreetRow:
    """The stars of one street, five stars first and those not rated last."""

    name: str
    href: str
    counts: tuple[int, ...]
    slices: tuple[Slice, ...]


def bars(found: Rated, path: str, asked: Mapping[str, str]) -> tuple[Bar, ...]:
    """Return the distribution, five stars first; each bar leads to its estates."""
    counts = {star: sum(row.result.stars == star for row in found.rows) for star in ALL}
    before = found.before or {}
    most = max([*counts.values(), *before.values(), 1])
    return tuple(
        Bar(
            stars=star,
            count=counts[star],
            before=before.get(star),
            percent=_percent(counts[star], len(found.rows)),
            share=share(counts[star], before.get(star), most),
            href=address(path, {**asked, "stars": NONE if star is None else star}),
        )
        for star in ALL
    )


def _percent(count: int, whole: int) -> str:
    """Return the share in percent to one place, half up."""
    tenths = (count * 2000 + whole) // (2 * whole) if whole else 0
    return f"{tenths // 10}.{tenths % 10}"


def streets(rows: Sequence[EstateRow], path: str, asked: Mapping[str, str]) -> tuple[StreetRow, ...]:
    """Return the streets in the order of their codes."""
    made = []
    for code, name in sorted({(row.result.street, row.street) for row in rows}):
        stars = [row.result.stars for row in rows if row.result.street == code]
        counts = tuple(stars.count(star) for star in ALL)
        made.append(StreetRow(name, address(path, {**asked, "street": code}), counts, slices(counts)))
    return tuple(made)


def reasons(rows: Sequence[EstateRow]) -> tuple[tuple[Text, int], ...]:
    """Return why estates are not rated and how many each, the commonest first."""
    told = [row.reason for row in rows if row.reason is not None]
    return tuple(sorted({(text, told.count(text)) for text in told}, key=lambda one: (-one[1], one[0].zh)))
