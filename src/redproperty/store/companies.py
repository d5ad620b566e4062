"""Property companies: the register of who manages, and the accounts that subsidies go to."""

from dataclasses import asdict, dataclass
from typing import Any

from piccolo.columns import Column

from redproperty.store.tables import Company as CompanyRow


@dataclass(frozen=True)
class Company:
    """What is registered of a company; `street` is set for a street's own one. The account number is text."""

    uscc: str
    name: str
    street: str | None = None
    contact: str = ""
    phone: str = ""
    account_name: str = ""
    account_bank: str = ""
    account_number: str = ""
    bank_code: str = ""


async def exists(company: int) -> bool:
    """Whether there is a company under this id."""
    return await CompanyRow.exists().where(CompanyRow.id == company)


async def names() -> dict[int, str]:
    """Return the name of every company under its id, in the order of the names."""
    rows = await CompanyRow.select(CompanyRow.id, CompanyRow.name).order_by(CompanyRow.name)
    return {row["id"]: row["name"] for row in rows}


async def ids() -> dict[str, int]:
    """Return the id of every company under its USCC."""
    return {row["uscc"]: row["id"] for row in await CompanyRow.select(CompanyRow.id, CompanyRow.uscc)}


async def register() -> dict[str, Company]:
    """Return every company as registered, under its USCC."""
    columns = [CompanyRow._meta.get_column_by_name(name) for name in Company.__dataclass_fields__]  # noqa: SLF001
    return {row["uscc"]: Company(**row) for row in await CompanyRow.select(*columns)}


async def add(companies: list[Company]) -> None:
    """Write new companies."""
    if companies:
        await CompanyRow.insert(*(CompanyRow(**asdict(company)) for company in companies))


async def change(company: Company) -> None:
    """Write everything that is registered of the company of that USCC anew."""
    values: dict[Column | str, Any] = {name: value for name, value in asdict(company).items() if name != "uscc"}
    await CompanyRow.update(values).where(CompanyRow.uscc == company.uscc)


@dataclass(frozen=True)
class Choice:
    """A company as a form offers it; `street` is set for a street's own one."""

    id: int
    name: str
    street: str | None


async def choices() -> list[Choice]:
    """Return every company, the streets' own ones first, each group by name."""
    rows = await CompanyRow.select(CompanyRow.id, CompanyRow.name, CompanyRow.street).order_by(CompanyRow.name)
    return sorted((Choice(**row) for row in rows), key=lambda company: company.street is None)
