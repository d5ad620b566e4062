"""A made-up district of any size as frames, as plain data, and as a record on disk: one source for every measure."""

from copy import deepcopy
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import msgspec
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
ROUNDS = 4
ITEMS = 60
STREET, COMMUNITY = "320113007000", "320113007001"
WORDS = {"na": NOT_APPLICABLE, "exempt": EXEMPT, "zeroed": ZEROED}
NOW = datetime(2026, 10, 8, 2, 0, tzinfo=UTC)
BEGAN = date(2020, 1, 1)
REGISTER = ("estate_type", "stratum", "gated", "secondary_water", "parking_managed")


def edition_data(pack: Pack, name: str) -> dict:
    """Return one file of the edition as a YAML reader gives it: what the oracle reads."""
    path = bundled("rules") / pack.edition / f"{name}.yaml"
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    return _sixty_items(data) if name == "sheet" else data


def sixty(pack: Pack) -> Pack:
    """Return the edition with sixty items: some that are counted are asked as two halves."""
    spare = ITEMS - len(pack.sheet.codes)
    categories = []
    for category in pack.sheet.categories:
        items = []
        for item in category.items:
            halved = spare > 0 and _halves(item.shape.__struct_config__.tag, item.applies)
            spare -= halved
            items += [_half(item, code) for code in (item.code, f"{item.code}b")] if halved else [item]
        categories.append(msgspec.structs.replace(category, items=tuple(items)))
    return msgspec.structs.replace(pack, sheet=msgspec.structs.replace(pack.sheet, categories=tuple(categories)))


def _half(item, code):
    shape = msgspec.structs.replace(item.shape, step=item.shape.step / 2)
    return msgspec.structs.replace(item, code=code, full=item.full / 2, shape=shape)


def _halves(kind: str, applies: object) -> bool:
    return kind == "per_occurrence" and applies is None


def _sixty_items(sheet: dict) -> dict:
    halve(sheet, ITEMS - sum(len(category["items"]) for category in sheet["categories"]))
    return sheet


def halve(sheet: dict, spare: int, mark: str = "b") -> None:
    """Ask up to `spare` of the items that are counted as two halves, in a sheet as YAML gives it."""
    for category in sheet["categories"]:
        items = []
        for item in category["items"]:
            halved = spare > 0 and _halves(item["shape"]["kind"], item.get("applies"))
            spare -= halved
            if halved:
                item["full"] = Decimal(str(item["full"])) / 2
                item["shape"]["step"] = Decimal(str(item["shape"]["step"])) / 2
            items += [item, deepcopy(item) | {"code": item["code"] + mark}] if halved else [item]
        category["items"] = items


def held(value: Decimal | None) -> int | None:
    """Return a figure as the engine's columns hold it."""
    return None if value is None else int(value * UNIT)


def _dice(count: int, seed: int) -> pl.Expr:
    return (pl.int_range(count).hash(seed) // 256).cast(pl.Int64)


def _chosen(values: list, dice: pl.Expr) -> pl.Expr:
    return pl.lit(pl.Series(values)).gather(dice % len(values))


def frames(pack: Pack, count: int) -> dict[str, pl.DataFrame]:
    """Return a district as `rate` takes it, answers in the narrowest columns; most are clean, as in a real district."""
    inspections = pl.select(pl.int_range(count * ROUNDS).alias("inspection_id")).with_columns(
        estate_id=pl.col("inspection_id") // ROUNDS,
        round=pl.col("inspection_id") % ROUNDS + 1,
        void=pl.lit(value=False),
    )
    answers = [_answers(item, count * ROUNDS, seed) for seed, item in enumerate(pack.sheet.items)]
    return {
        "estates": _estates(pack, count),
        "inspections": inspections.with_columns(answers),
        "history": pl.DataFrame(schema=dict.fromkeys(("estate_id", "periods_back", "composite"), pl.Int64)),
    }


def _answers(item, count: int, seed: int) -> pl.Expr:
    """Return how an item is answered: its best most of the time, else something that can be recorded."""
    asked, dice = item.asked(), _dice(count, 1000 + seed)
    number = asked.kind == "number"
    words = [code for code in WORDS.values() if item.refusal(code) is None] or [item.shape.best()]
    other = (dice % 301 + 700) * asked.step if number else dice % (min(asked.high, 6) + 1)
    luck = _dice(count, 5000 + seed) % 100
    code = pl.when(luck < 78).then(item.shape.best()).when(luck < 80).then(_chosen(words, dice)).otherwise(other)
    return code.cast(pl.Int32 if number else pl.Int16).alias(item.code)


def _estates(pack: Pack, count: int) -> pl.DataFrame:
    def dice(name: str) -> pl.Expr:
        return _dice(count, sum(map(ord, name)))

    def below(name: str, percent: int) -> pl.Expr:
        return (dice(name) % 100 < percent).alias(name)

    def between(name: str, low: int, high: int, unit: int = UNIT) -> pl.Expr:
        return ((dice(name) % (high - low + 1) + low).cast(pl.Int64) * unit).alias(name)

    management = _chosen(["market"] * 80 + ["custody"] * 12 + ["self"] * 5 + ["none"] * 3, dice("management"))
    stratum = _chosen(["developer", "chosen_new", "chosen_old"], dice("stratum"))
    types = ["old", "resettlement_low", "resettlement_high", "affordable", "commodity"]
    made = pl.select(pl.int_range(count).alias("estate_id")).with_columns(
        estate_code=pl.format("B-{}", pl.col("estate_id").cast(pl.String).str.zfill(7)),
        floor_area=(dice("area") % 19_900_000 + 100_000).cast(pl.Int64),
        management=management,
        stratum=pl.when(management == "custody").then(pl.lit("custody")).otherwise(stratum),
        estate_type=_chosen(types, dice("type")),
        party_form=_chosen(["own"] * 5 + ["joint"] * 3 + ["instructor", "none"], dice("party")),
        service_months=pl.when(management == "none").then(0).otherwise(80 * UNIT).cast(pl.Int64),
        lifts=_chosen([0, 0, 4 * UNIT, 12 * UNIT], dice("lifts")),
        commendations=_chosen([0, 0, 0, UNIT, 3 * UNIT], dice("commendations")),
    )
    tenth = UNIT // 10
    made = made.with_columns(
        below("gated", 70), below("secondary_water", 50), below("parking_managed", 70), below("volunteer_station", 30),
        below("fire_failed", 2), below("fraud", 1), between("households", 100, 1500),
        between("survey_answers", 30, 300), between("satisfaction", 500, 1000, tenth),
        between("opinion", 600, 1000, tenth), between("collection", 500, 1000, tenth),
        party_status=pl.when(pl.col("party_form") == "none").then(pl.lit("none")).otherwise(pl.lit("approved")),
    )  # fmt: skip
    facts = {fact.name: fact.dtype for fact in pack.rating.facts}
    known = [
        pl.col(name).cast(kind) if name in made.columns else pl.lit(None, kind).alias(name)
        for name, kind in {**ABOUT, **facts}.items()
    ]
    return made.select(known)


def plain(pack: Pack, given: dict[str, pl.DataFrame]) -> list[dict]:
    """Return the district as plain data, as the oracle takes it."""
    kinds = {item.code: item.asked().kind for item in pack.sheet.items}
    names = {code: word for word, code in WORDS.items()}
    facts = [fact for fact in pack.rating.facts if fact.name in given["estates"].columns]
    estates = [
        {
            "facts": {
                fact.name: decimal(row[fact.name])
                if fact.dtype == pl.Int64 and row[fact.name] is not None
                else row[fact.name]
                for fact in facts
            },
            "rounds": [],
            "history": [],
        }
        for row in given["estates"].iter_rows(named=True)
    ]
    for row in given["inspections"].iter_rows(named=True):
        answers = {
            code: names.get(row[code]) or (decimal(row[code]) if kind == "number" else row[code])
            for code, kind in kinds.items()
        }
        estates[row["estate_id"]]["rounds"].append(answers)
    return estates


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


async def record(pack: Pack, given: dict[str, pl.DataFrame]) -> None:
    """Write the district into an empty record: register, accepted inspections of four rounds, facts, three people."""
    people = (("inspector", "inspector"), ("district", "district"), ("preparer", "finance_preparer"))
    estates = given["estates"].with_columns(pl.col("estate_id") + 1)
    async with transaction():
        await _insert(
            Division,
            [
                {"code": STREET, "name": "仙林街道", "level": "street", "parent": None},
                {"code": COMMUNITY, "name": "仙林社区", "level": "community", "parent": STREET},
            ],
        )
        await _insert(
            Person,
            [
                {"id": n, "login": login, "name": login, "role": role, "password_hash": "-"}
                for n, (login, role) in enumerate(people, start=1)
            ],
        )
        opened = {"period": PERIOD.code, "opens_on": PERIOD.begins, "due_on": PERIOD.ends}
        await _insert(Round, [{"id": n, "number": n, **opened} for n in range(1, ROUNDS + 1)])
        await _insert(Estate, _registered(estates))
        served = estates.filter(pl.col("management") != "none")
        await _insert(Tenure, served.select(estate="estate_id", management="management", begins=BEGAN))
        units = estates.filter(pl.col("party_form") != "none")
        kind = {"form": "party_form", "status": "party_status"}
        await _insert(PartyUnit, units.select(estate="estate_id", approved_on=BEGAN, **kind))
        await _insert(Inspection, _inspected(pack, given["inspections"]))
        await _insert(Fact, _observed(pack, estates))


async def _insert(table: type, rows: pl.DataFrame | list[dict]) -> None:
    """Write rows some at a time, which bounds the memory."""
    if isinstance(rows, list):
        await bulk.insert(table, rows)
    else:
        for part in rows.iter_slices(50_000):
            await bulk.insert(table, part.to_dicts())


def _registered(estates: pl.DataFrame) -> pl.DataFrame:
    return estates.select(
        *REGISTER,
        id="estate_id",
        code="estate_code",
        name=pl.format("小区{}", "estate_id"),
        initials=pl.format("xq{}", "estate_id"),
        street=pl.lit(STREET),
        community=pl.lit(COMMUNITY),
        floor_area_cm="floor_area",
        households=pl.col("households") // UNIT,
        lifts=pl.col("lifts") // UNIT,
        registered_on=date(2015, 1, 1),
    )


def _inspected(pack: Pack, inspections: pl.DataFrame) -> pl.DataFrame:
    return inspections.select(
        "round",
        estate=pl.col("estate_id") + 1,
        inspector=1,
        state=pl.lit("accepted"),
        due_on=PERIOD.ends,
        edition=pl.lit(pack.edition),
        digest=pl.lit(pack.digest),
        score=0,
        answers=pl.Series(list(map(pack_sheet, inspections.select(pack.sheet.codes).iter_rows())), dtype=pl.Binary),
    )


def _observed(pack: Pack, estates: pl.DataFrame) -> pl.DataFrame:
    parts = []
    for fact in pack.rating.facts:
        value = pl.col(fact.name).cast(pl.Int64) * (UNIT if fact.kind == "flag" else 1)
        if fact.source != "register" and fact.kind != "choice":
            parts.append(
                estates.select(estate="estate_id", name=pl.lit(fact.name), value=value).filter(pl.col("value") != 0)
            )
    return (
        pl.concat(parts)
        .sort("estate")
        .with_columns(
            valid_from=PERIOD.begins,
            valid_to=PERIOD.ends,
            source=pl.lit("bench"),
            recorded_by=1,
            recorded_at=pl.lit(NOW),
        )
    )
