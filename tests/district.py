"""A small district made by hand: two streets, three communities, five estates, three companies, one person per post.

青石园 (QX-0001, 仙林) is a gated market estate with lifts; 紫金花苑 (QX-0002, 仙林) changed its company in August
2026; 燕江里 (QX-0003, 马群) is an old estate without lifts or gate; 尧辰新村 (QX-0004, 马群) is in the custody of the
street's company; 无主巷 (QX-0005, 仙林) has never been managed.
"""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from argon2 import PasswordHasher

from redproperty.domain.access import Actor, Role
from redproperty.store.tables import Company, Division, Estate, EstateGrid, Grid, PartyUnit, Person, Tenure

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai")).astimezone(UTC)
TODAY = date(2026, 11, 23)
XIANLIN, MAQUN = "320113007000", "320113002000"
PASSWORD = "correct-horse-88"
_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)

COMPANIES = (  # USCCs with true check digits
    ("91320113MA1000011D", "栖安物业服务有限公司", None, "6222020200112233445"),
    ("91320113MA1000012G", "钟山物业服务有限公司", None, "6222020200112233446"),
    ("91320113MA1000013K", "马群街道物业管理有限公司", MAQUN, "6222020200112233447"),
)
PEOPLE = (
    ("inspector.xl", "李巡", Role.INSPECTOR, XIANLIN, None),
    ("inspector2.xl", "林检", Role.INSPECTOR, XIANLIN, None),
    ("inspector.mq", "马查", Role.INSPECTOR, MAQUN, None),
    ("reviewer.xl", "王核", Role.REVIEWER, XIANLIN, None),
    ("reviewer.mq", "孙核", Role.REVIEWER, MAQUN, None),
    ("district", "赵区", Role.DISTRICT, None, None),
    ("preparer", "钱制", Role.FINANCE_PREPARER, None, None),
    ("checker", "周审", Role.FINANCE_CHECKER, None, None),
    ("company1", "栖安", Role.COMPANY, None, 0),
    ("company2", "钟山", Role.COMPANY, None, 1),
    ("custody", "托管办", Role.CUSTODY, None, None),
    ("auditor", "审计", Role.AUDITOR, None, None),
    ("admin", "管理员", Role.ADMIN, None, None),
)


async def build() -> None:
    """Put the district into an empty record."""
    await Division.insert(
        Division(code="320113000000", name="栖霞区", level="district", parent=None),
        Division(code=XIANLIN, name="仙林街道", level="street", parent="320113000000"),
        Division(code=MAQUN, name="马群街道", level="street", parent="320113000000"),
        Division(code="320113007001", name="仙林新村社区", level="community", parent=XIANLIN),
        Division(code="320113007002", name="亚东社区", level="community", parent=XIANLIN),
        Division(code="320113002001", name="马群社区", level="community", parent=MAQUN),
    )
    await Grid.insert(
        Grid(code="320113007001001", name="第一网格", community="320113007001"),
        Grid(code="320113007001002", name="第二网格", community="320113007001"),
        Grid(code="320113007002001", name="第一网格", community="320113007002"),
        Grid(code="320113002001001", name="第一网格", community="320113002001"),
    )
    companies = [
        row["id"]
        for row in await Company.insert(
            *(
                Company(
                    uscc=uscc,
                    name=name,
                    street=street,
                    contact="联系人",
                    phone="025-85550001",
                    account_name=name,
                    account_bank="南京银行栖霞支行",
                    account_number=account,
                    bank_code="313301008887",
                )
                for uscc, name, street, account in COMPANIES
            )
        )
    ]
    await Person.insert(
        *(
            Person(
                login=login,
                name=name,
                role=role.value,
                street=street,
                password_hash=_HASH,
                must_change=False,
                company=None if company is None else companies[company],
            )
            for login, name, role, street, company in PEOPLE
        )
    )
    estates = await _estates()
    await _managements(estates, companies)


async def _estates() -> list[int]:
    shared = {
        "address": "仙林大道 1 号",
        "contact": "陈经理",
        "phone": "13800000000",
        "registered_on": date(2015, 1, 1),
    }
    rows = (
        Estate(
            code="QX-0001",
            name="青石园",
            initials="qsy",
            street=XIANLIN,
            community="320113007001",
            estate_type="commodity",
            stratum="developer",
            floor_area_cm=5_231_846,
            area_source="survey",
            households=480,
            buildings=8,
            built_year=2012,
            lifts=16,
            gated=True,
            secondary_water=True,
            parking_managed=True,
            owners_body="committee",
            **shared,
        ),
        Estate(
            code="QX-0002",
            name="紫金花苑",
            initials="zjhy",
            street=XIANLIN,
            community="320113007002",
            estate_type="resettlement_high",
            stratum="developer",
            floor_area_cm=11_840_000,
            area_source="contract",
            households=1100,
            buildings=14,
            built_year=2015,
            lifts=28,
            gated=True,
            secondary_water=True,
            parking_managed=True,
            owners_body="interim",
            **shared,
        ),
        Estate(
            code="QX-0003",
            name="燕江里",
            initials="yjl",
            street=MAQUN,
            community="320113002001",
            estate_type="old",
            stratum="chosen_old",
            floor_area_cm=4_401_520,
            area_source="estimate",
            households=610,
            buildings=20,
            built_year=1996,
            lifts=0,
            gated=False,
            secondary_water=False,
            parking_managed=False,
            **shared,
        ),
        Estate(
            code="QX-0004",
            name="尧辰新村",
            initials="ycxc",
            street=MAQUN,
            community="320113002001",
            estate_type="old",
            stratum="custody",
            floor_area_cm=3_177_290,
            area_source="survey",
            households=420,
            buildings=15,
            built_year=1994,
            lifts=0,
            gated=True,
            secondary_water=False,
            parking_managed=True,
            **shared,
        ),
        Estate(
            code="QX-0005",
            name="无主巷",
            initials="wzx",
            street=XIANLIN,
            community="320113007001",
            estate_type="old",
            stratum="chosen_old",
            floor_area_cm=800_000,
            area_source="estimate",
            households=96,
            buildings=4,
            built_year=1988,
            lifts=0,
            gated=False,
            secondary_water=False,
            parking_managed=False,
            **shared,
        ),
    )
    ids = [row["id"] for row in await Estate.insert(*rows)]
    grids = {row["code"]: row["id"] for row in await Grid.select(Grid.id, Grid.code)}
    spans = (
        (0, "320113007001001"),
        (0, "320113007001002"),
        (1, "320113007002001"),
        (2, "320113002001001"),
        (3, "320113002001001"),
        (4, "320113007001002"),
    )
    await EstateGrid.insert(*(EstateGrid(estate=ids[index], grid=grids[code]) for index, code in spans))
    return ids


async def _managements(estates: list[int], companies: list[int]) -> None:
    stints = (
        (0, "market", 0, date(2020, 1, 1), None),
        (1, "market", 0, date(2019, 1, 1), date(2026, 8, 15)),
        (1, "market", 1, date(2026, 8, 15), None),
        (2, "market", 1, date(2021, 7, 1), None),
        (3, "custody", 2, date(2025, 3, 1), None),
    )
    await Tenure.insert(
        *(
            Tenure(estate=estates[estate], management=kind, company=companies[company], begins=begins, ends=ends)
            for estate, kind, company, begins, ends in stints
        )
    )
    await PartyUnit.insert(
        *(
            PartyUnit(
                estate=estates[index],
                form=form,
                status=status,
                approval_number="栖组〔2021〕8 号",
                members=5,
                approved_on=date(2021, 6, 1) if status == "approved" else None,
                secretary="周书记",
                last_activity_on=date(2026, 10, 15),
            )
            for index, form, status in ((0, "own", "approved"), (1, "joint", "applied"), (3, "instructor", "approved"))
        )
    )


async def actor(login: str) -> Actor:
    """Return the person of that login as they act."""
    row = (
        await Person.select(Person.id, Person.name, Person.role, Person.street, Person.company)
        .where(Person.login == login)
        .first()
    )
    assert row is not None
    return Actor(row["id"], login, row["name"], Role(row["role"]), row["street"], row["company"])
