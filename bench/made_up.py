"""A made-up district of any size as plain data, as frames, and as a record on disk: one source for every measure."""

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from random import Random

import polars as pl
import yaml

from oracle.subsidies import Terms
from redproperty.domain.items import EXEMPT, NOT_APPLICABLE, ZEROED
from redproperty.domain.numbers import UNIT, decimal
from redproperty.domain.packs import Pack
from redproperty.domain.periods import Period
from redproperty.domain.runs import ABOUT
from redproperty.settings import bundled
from redproperty.store import bulk
from redproperty.store.frames import pack_sheet
from redproperty.store.schema import transaction
from redproperty.store.tables import Division, Estate, Fact, Inspection, PartyUnit, Person, Round, Tenure

PERIOD = Period(2026, 3)
STREET, COMMUNITY = "320113007000", "320113007001"
WORDS = {"na": NOT_APPLICABLE, "exempt": EXEMPT, "zeroed": ZEROED}
REGISTER = ("estate_type", "stratum", "management", "gated", "lifts", "secondary_water", "parking_managed")
NOW = datetime(2026, 10, 8, 2, 0, tzinfo=UTC)


def edition_data(pack: Pack, name: str) -> dict:
    """Return one file of the edition as a YAML reader gives it: what the oracle reads."""
    path = bundled("rules") / pack.edition / f"{name}.yaml"
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def made_up(pack: Pack, count: int, rounds: int = 4) -> list[dict]:
    """Return estates with facts, answers and area; most answers are clean, as in a real district."""
    random = Random(20260701)
    ways = {item.code: _way(item) for item in pack.sheet.items}
    return [
        {
            "facts": _facts(random),
            "rounds": [{code: way(random) for code, way in ways.items()} for _ in range(rounds)],
            "history": [],
            "area": random.randrange(100_000, 20_000_000),
        }
        for _ in range(count)
    ]


def _way(item):
    """Return how an item is answered: its best most of the time, else something that can be recorded."""
    asked, best = item.asked(), item.shape.best()
    number = asked.kind == "number"
    words = [word for word, code in WORDS.items() if item.refusal(code) is None]

    def answer(random: Random):
        luck = random.random()
        if luck < 0.78:
            return decimal(best) if number else best
        if words and luck < 0.8:
            return random.choice(words)
        if number:
            return Decimal(random.randint(700, 1000)) / 10
        return random.randint(0, min(asked.high, 6))

    return answer


def _facts(random: Random) -> dict:
    management = random.choices(["market", "custody", "self", "none"], [80, 12, 5, 3])[0]
    stratum = "custody" if management == "custody" else random.choice(["developer", "chosen_new", "chosen_old"])
    estate_type = random.choice(["old", "resettlement_low", "resettlement_high", "affordable", "commodity"])
    party = random.choices(["own", "joint", "instructor", "none"], [5, 3, 1, 1])[0]
    return {
        "estate_type": estate_type,
        "stratum": stratum,
        "management": management,
        "gated": random.random() < 0.7,
        "lifts": Decimal(random.choice([0, 0, 4, 12])),
        "secondary_water": random.random() < 0.5,
        "parking_managed": random.random() < 0.7,
        "households": Decimal(random.randint(100, 1500)),
        "party_form": party,
        "party_status": "none" if party == "none" else "approved",
        "service_months": Decimal(80) if management != "none" else Decimal(0),
        "satisfaction": Decimal(random.randint(500, 1000)) / 10,
        "survey_answers": Decimal(random.randint(30, 300)),
        "opinion": Decimal(random.randint(600, 1000)) / 10,
        "collection": Decimal(random.randint(500, 1000)) / 10,
        "commendations": Decimal(random.choice([0, 0, 0, 1, 3])),
        "volunteer_station": random.random() < 0.3,
        "fire_failed": random.random() < 0.02,
        "fraud": random.random() < 0.01,
    }


def held(value: object) -> object:
    """Return a value as the engine's columns hold it."""
    return int(value * UNIT) if isinstance(value, Decimal) else value


def code_of(answer: object) -> int:
    """Return an answer as its code."""
    return WORDS[answer] if isinstance(answer, str) else held(answer)


def frames(pack: Pack, district: list[dict]) -> dict[str, pl.DataFrame]:
    """Return the district as `rate` takes it."""
    sheets = [(e, r, answers) for e, estate in enumerate(district) for r, answers in enumerate(estate["rounds"], 1)]
    columns = {
        "inspection_id": range(len(sheets)),
        "estate_id": [e for e, _, _ in sheets],
        "round": [r for _, r, _ in sheets],
        **{code: [code_of(answers[code]) for _, _, answers in sheets] for code in pack.sheet.codes},
    }
    facts = {fact.name: fact.dtype for fact in pack.rating.facts}
    estates = [
        {"estate_id": e, "estate_code": f"B-{e:07d}", "floor_area": estate["area"]}
        | {name: held(value) for name, value in estate["facts"].items()}
        for e, estate in enumerate(district)
    ]
    return {
        "estates": pl.DataFrame(estates, schema={**ABOUT, **facts}),
        "inspections": pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.Int64)).with_columns(void=pl.lit(False)),
        "history": pl.DataFrame(schema=dict.fromkeys(("estate_id", "periods_back", "composite"), pl.Int64)),
    }


def stints(settled: pl.DataFrame) -> pl.DataFrame:
    """Return one stint over the whole period for each estate, with the stars it got."""
    managed = pl.col("management") != "none"
    return settled.select(
        "estate_id",
        "estate_code",
        pl.col("estate_id").alias("tenure_id"),
        "management",
        "estate_type",
        "floor_area",
        pl.when(managed).then(PERIOD.days).otherwise(0).alias("days"),
        pl.col("stars").cast(pl.Int8),
        *(pl.lit(None, pl.Int64).alias(name) for name in ("custody_cost_fen", "custody_receivable_fen")),
        *(pl.lit(0, pl.Int64).alias(name) for name in ("paid_this_year_fen", "deduction_fen")),
        vetoes="fired",
    )


def terms(data: dict) -> Terms:
    """Return the figures of `subsidy.yaml` as the oracle takes them."""
    by = {rate[rate["by"]]: Fraction(rate["rate"]) for rate in data["rates"]}
    return Terms(
        by_type={kind: rate for kind, rate in by.items() if kind != "custody"},
        by_management={"custody": by["custody"]},
        coefficients={one["stars"]: Fraction(one["coefficient"]) for one in data["star_coefficients"]},
        months=Fraction(data["months"]["months"]),
        district_share=Fraction(data["payers"][0]["percent"]) / 100,
        year_cap=Fraction(data["year_cap"]["yuan"]),
        top_up_rate=Fraction(data["top_up"]["rate"]),
        collected=Fraction(data["top_up"]["collected_percent"]) / 100,
        least_stars=data["top_up"]["least_stars"],
        stops=tuple(stop["veto"] for stop in data["stops"]),
    )


async def record(pack: Pack, district: list[dict]) -> None:
    """Write the district into an empty record: register, accepted inspections of four rounds, facts, three people."""
    people = (("inspector", "inspector"), ("district", "district"), ("preparer", "finance_preparer"))
    dated = {fact.name: fact for fact in pack.rating.facts if fact.source != "register"}
    async with transaction():
        await bulk.insert(
            Division,
            [
                {"code": STREET, "name": "仙林街道", "level": "street", "parent": None},
                {"code": COMMUNITY, "name": "仙林社区", "level": "community", "parent": STREET},
            ],
        )
        await bulk.insert(
            Person,
            [
                {"id": n, "login": login, "name": login, "role": role, "password_hash": "-"}
                for n, (login, role) in enumerate(people, start=1)
            ],
        )
        await bulk.insert(
            Round,
            [
                {"id": n, "period": PERIOD.code, "number": n, "opens_on": PERIOD.begins, "due_on": PERIOD.ends}
                for n in (1, 2, 3, 4)
            ],
        )
        await bulk.insert(Estate, [_estate(e, estate) for e, estate in enumerate(district)])
        served = [(e, estate["facts"]) for e, estate in enumerate(district) if estate["facts"]["management"] != "none"]
        begins = date(2020, 1, 1)
        await bulk.insert(
            Tenure,
            [{"estate": e + 1, "management": facts["management"], "begins": begins} for e, facts in served],
        )
        units = [(e, estate["facts"]) for e, estate in enumerate(district) if estate["facts"]["party_form"] != "none"]
        await bulk.insert(
            PartyUnit,
            [
                {"estate": e + 1, "form": facts["party_form"], "status": facts["party_status"], "approved_on": begins}
                for e, facts in units
            ],
        )
        await bulk.insert(Inspection, list(_inspections(pack, district)))
        await bulk.insert(
            Fact,
            [
                _fact(e + 1, name, value)
                for e, estate in enumerate(district)
                for name, value in estate["facts"].items()
                if name in dated and value is not False
            ],
        )


def _estate(number: int, estate: dict) -> dict:
    facts = estate["facts"]
    return {
        "id": number + 1,
        "code": f"B-{number:07d}",
        "name": f"小区{number}",
        "initials": f"xq{number}",
        "street": STREET,
        "community": COMMUNITY,
        "floor_area_cm": estate["area"],
        "households": int(facts["households"]),
        "lifts": int(facts["lifts"]),
        "registered_on": date(2015, 1, 1),
        **{name: facts[name] for name in ("estate_type", "stratum", "gated", "secondary_water", "parking_managed")},
    }


def _inspections(pack: Pack, district: list[dict]):
    for e, estate in enumerate(district):
        for r, answers in enumerate(estate["rounds"], start=1):
            yield {
                "round": r,
                "estate": e + 1,
                "inspector": 1,
                "state": "accepted",
                "due_on": PERIOD.ends,
                "edition": pack.edition,
                "digest": pack.digest,
                "score": 0,
                "answers": pack_sheet([code_of(answers[code]) for code in pack.sheet.codes]),
            }


def _fact(estate: int, name: str, value: object) -> dict:
    return {
        "estate": estate,
        "name": name,
        "value": UNIT if value is True else held(value),
        "valid_from": PERIOD.begins,
        "valid_to": PERIOD.ends,
        "source": "bench",
        "recorded_by": 1,
        "recorded_at": NOW,
    }
