"""The demo's estates: what they are, who has managed them, their Party units, and how good they secretly are.

`quality` is the latent score (about 80) that inspections, surveys and fee collection scatter around, so that stars are
stable from quarter to quarter. `cast` is the part that an estate plays in the story of takeovers and events.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

from redproperty.demo.companies import own_company
from redproperty.demo.divisions import STREETS, Street, Tree
from redproperty.demo.words import COMPANIES, ENDINGS, GIVEN, STEMS, SURNAMES

REGISTER_BEGAN = date(2025, 1, 1)
MEAN, SPREAD = 81.0, 5.0
SELF_MANAGED, CUSTODIES, FAILING = 8, 22, 3
NEVER = ("unmanaged_late", "emergency_new", "custody_review", "selection", "never_1", "never_2")
LEAVING = (
    "walked_out",
    "emergency_ending",
    "handed_over",
    "self_managed",
    "exit_noticed",
    "at_risk",
    "handover",
    "lapsed",
)
CHANGES = (  # days of 2026 on which a company follows another; a second day: the estate was unmanaged in between
    (date(2026, 2, 14), None), (date(2026, 3, 1), None), (date(2026, 4, 20), date(2026, 5, 11)),
    (date(2026, 5, 11), None), (date(2026, 6, 15), None), (date(2026, 7, 10), date(2026, 8, 1)),
    (date(2026, 8, 15), None), (date(2026, 8, 26), None), (date(2026, 9, 5), None), (date(2026, 11, 2), None),
)  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """What is typical of a type: share of the district, area (㎡, log-normal), ㎡ per household, years, quality."""

    share: float
    area: int
    spread: float
    household: int
    years: tuple[int, int]
    high: bool
    gated: float
    shift: float


KINDS = {
    "old": Kind(0.33, 31_000, 0.55, 66, (1983, 2003), high=False, gated=0.45, shift=-4.0),
    "resettlement_low": Kind(0.13, 62_000, 0.45, 82, (2000, 2013), high=False, gated=0.8, shift=-2.0),
    "resettlement_high": Kind(0.12, 108_000, 0.40, 92, (2010, 2023), high=True, gated=0.95, shift=-0.5),
    "affordable": Kind(0.06, 88_000, 0.40, 62, (2009, 2022), high=True, gated=0.9, shift=-1.0),
    "commodity": Kind(0.36, 98_000, 0.50, 108, (2003, 2024), high=True, gated=0.98, shift=3.5),
}


@dataclass
class Plot:
    """One estate on its way into the record; `since` is the first day on which anybody inspects it."""

    id: int
    row: dict[str, Any]
    quality: float
    cast: str = ""
    since: date | None = REGISTER_BEGAN
    company: int | None = None
    tenures: list[dict[str, Any]] = field(default_factory=list)
    party: dict[str, object] | None = None

    @property
    def street(self) -> str:
        """Its street's code."""
        return str(self.row["street"])

    @property
    def code(self) -> str:
        """Its own code."""
        return str(self.row["code"])


def plots(tree: Tree, chance: Random) -> list[Plot]:
    """Return all estates by code, with their tenures and Party units."""
    names = _names(chance)
    found: list[Plot] = []
    for street in STREETS:
        for _ in range(street.estates):
            kind = chance.choices(list(KINDS), weights=[one.share for one in KINDS.values()])[0]
            found.append(_plot(len(found) + 1, kind, next(names[kind]), street=street, tree=tree, chance=chance))
    found[-1].row |= {"name": found[0].row["name"], "initials": found[0].row["initials"]}  # one name in two streets
    _cast(found, chance)
    offsets = [chance.gauss(0, 2.0) for _ in range(len(COMPANIES) + len(STREETS) + 1)]
    for plot in found:
        _settle(plot, chance)
        plot.quality += offsets[plot.company or 0]
        plot.party = _party(plot, chance)
    _change(found, chance)
    return found


def _names(chance: Random) -> dict[str, Iterator[tuple[str, str]]]:
    names = {}
    for kind, endings in ENDINGS.items():
        made = [(stem + end, first + last) for stem, first in STEMS for end, last in endings]
        names[kind] = made
    taken: set[str] = set()
    for made in names.values():
        chance.shuffle(made)
        made[:] = [one for one in made if one[0] not in taken]
        taken.update(name for name, _ in made)
    return {kind: iter([(name, first.replace("·", "")) for name, first in made]) for kind, made in names.items()}


def _plot(number: int, kind: str, name: tuple[str, str], *, street: Street, tree: Tree, chance: Random) -> Plot:
    about = KINDS[kind]
    area = about.area * chance.lognormvariate(0, about.spread)
    households = max(24, round(area / about.household / chance.uniform(0.92, 1.08)))
    high = about.high and chance.random() < 0.9  # a few have six floors and no lift
    buildings = max(1, round(area / (9_500 if high else 3_200)))
    built = chance.randint(*about.years)
    gated = chance.random() < about.gated
    row: dict[str, object] = {
        "id": number,
        "code": f"QX-{number:04}",
        "name": name[0],
        "initials": name[1],
        "street": street.code,
        "community": chance.choice(tree.communities[street.code]),
        "address": f"{street.name[:-2]}示范路 {number} 号（演示）",
        "contact": chance.choice(SURNAMES) + chance.choice(GIVEN),
        "phone": f"1380000{chance.randrange(10_000):04}",
        "estate_type": kind,
        "stratum": _stratum(kind, built),
        "floor_area_cm": round(area * 100),
        "area_source": chance.choices(("survey", "contract", "estimate"), (6, 3, 3 if kind == "old" else 1))[0],
        "households": households,
        "buildings": buildings,
        "built_year": built,
        "lifts": buildings * chance.choice((2, 2, 3)) if high else 0,
        "gated": gated,
        "secondary_water": high or chance.random() < 0.15,  # some older ones were refitted
        "parking_managed": gated or chance.random() < 0.25,
        "owners_body": chance.choices(("committee", "interim", "none"), (4, 3, 4 if kind == "old" else 2))[0],
        "registered_on": REGISTER_BEGAN,
    }
    return Plot(number, row, MEAN + about.shift + street.shift + chance.gauss(0, SPREAD))


def _stratum(kind: str, built: int) -> str:
    if kind in {"commodity", "resettlement_high", "affordable"} and built >= 2015:
        return "developer"
    return "chosen_new" if built >= 2008 else "chosen_old"


def _cast(found: list[Plot], chance: Random) -> None:
    """Give the parts of the story to estates that fit them."""
    small = [plot for plot in found if plot.row["estate_type"] == "old" and not plot.row["lifts"]]
    chance.shuffle(small)
    for cast in NEVER:
        small.pop().cast = cast
    market = [plot for plot in found if plot.row["estate_type"] in {"commodity", "resettlement_low"}]
    chance.shuffle(market)
    for cast in LEAVING:
        market.pop().cast = cast
    plain = [*small, *(plot for plot in market if plot.row["estate_type"] == "resettlement_low")]
    chance.shuffle(plain)
    for cast in ["custody"] * CUSTODIES + ["self"] * SELF_MANAGED + ["failing"] * FAILING:
        plain.pop().cast = cast


def _settle(plot: Plot, chance: Random) -> None:
    """Give the estate its management as it was before the story begins."""
    begins = date(chance.randint(2012, 2024), chance.randint(1, 12), chance.choice((1, 1, 16)))
    begins = max(begins, date(plot.row["built_year"] + 1, 1, 1))
    if plot.cast in NEVER:
        plot.since, plot.quality = None, plot.quality - 6
        if plot.cast in {"custody_review", "selection"}:
            plot.since, plot.row["stratum"] = date(2026, 1, 1), "custody"
            plot.company = own_company(plot.street)
        return
    if plot.cast == "custody":
        plot.row["stratum"], plot.company, plot.quality = "custody", own_company(plot.street), plot.quality - 1
        plot.tenures = [_tenure("custody", plot.company, date(chance.choice((2024, 2025)), chance.randint(1, 9), 1))]
    elif plot.cast == "self":
        plot.quality -= 3
        plot.tenures = [_tenure("self", None, begins)]
    else:
        plot.company = _of_market(plot.street, chance)
        plot.tenures = [_tenure("market", plot.company, begins)]
    if plot.cast in LEAVING:
        plot.quality -= 8
    if plot.cast == "failing":
        plot.quality = 54.0


def _of_market(street: str, chance: Random) -> int:
    """Return a company, most likely one at home in the street."""
    home = [one.code for one in STREETS].index(street)
    at_home = [number for number in range(1, len(COMPANIES) + 1) if number % len(STREETS) == home]
    return chance.choice(at_home) if chance.random() < 0.7 else chance.randint(1, len(COMPANIES))


def _tenure(management: str, company: int | None, begins: date, ends: date | None = None) -> dict[str, Any]:
    return {"management": management, "company": company, "begins": begins, "ends": ends}


def _change(found: list[Plot], chance: Random) -> None:
    """Let companies follow each other: some long ago, some in the midst of this year's quarters."""
    market = [plot for plot in found if not plot.cast]
    chance.shuffle(market)
    for plot, (left, came) in zip(market, CHANGES, strict=False):
        plot.tenures[0]["ends"] = left
        plot.company = _another(plot, chance)
        plot.tenures.append(_tenure("market", plot.company, came or left))
    for plot in market[len(CHANGES) : len(CHANGES) + 24]:
        (present,) = plot.tenures
        earlier = present["begins"] - timedelta(days=365 * chance.randint(2, 6))
        plot.tenures.insert(0, _tenure("market", _another(plot, chance), earlier, present["begins"]))
    for plot, day in zip(market[-2:], (date(2026, 5, 18), date(2026, 10, 12)), strict=True):
        plot.row |= {"registered_on": day, "built_year": 2025, "estate_type": "commodity", "stratum": "developer"}
        plot.since, plot.tenures = day, [_tenure("market", plot.company, day)]


def _another(plot: Plot, chance: Random) -> int:
    return next(one for one in iter(lambda: _of_market(plot.street, chance), 0) if one != plot.company)


def _party(plot: Plot, chance: Random) -> dict[str, object] | None:
    """Return the Party unit: better estates are likelier to have one of their own."""
    luck = chance.random() + (plot.quality - MEAN) / 60
    if plot.cast.startswith("never") or luck < 0.09:
        return None
    form = "own" if luck > 0.5 else "joint" if luck > 0.25 else "instructor"
    applied = luck < 0.16 or chance.random() < 0.03
    year = chance.randint(2020, 2025)
    return {
        "estate": plot.id,
        "form": form,
        "status": "applied" if applied else "approved",
        "approval_number": "" if applied else f"栖组（演示）〔{year}〕{chance.randint(1, 120)}号",
        "approved_on": None if applied else date(year, chance.randint(1, 12), chance.randint(1, 28)),
        "secretary": chance.choice(SURNAMES) + chance.choice(GIVEN),
        "members": chance.randint(3, 14) if form != "instructor" else 1,
        "last_activity_on": None if applied else date(2026, chance.randint(7, 11), chance.randint(1, 20)),
    }


def spans(found: list[Plot], tree: Tree, chance: Random) -> list[dict[str, Any]]:
    """Return which grids each estate lies in: one for most, up to three for the big ones."""
    rows: list[dict[str, Any]] = []
    for plot in found:
        grids = tree.grids[str(plot.row["community"])]
        wanted = 1 + (plot.row["households"] > 900) + (plot.row["households"] > 1800)
        rows += [{"estate": plot.id, "grid": grid} for grid in sorted(chance.sample(grids, min(wanted, len(grids))))]
    return rows
