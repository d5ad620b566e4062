"""Sixty invented companies with true check digits, nine of them the streets' own, and their invented accounts."""

from random import Random

from stdnum.cn import uscc

from redproperty.demo.divisions import STREETS
from redproperty.demo.words import COMPANIES, GIVEN, SURNAMES

BANKS = (
    ("演示银行栖霞支行", "313301000001"),
    ("演示农商行仙林支行", "314301000002"),
    ("演示商业银行迈皋桥支行", "313301000003"),
)


def companies(chance: Random) -> list[dict[str, object]]:
    """Return the rows of all companies: those of the market first, then one for each street in the streets' order."""
    names: list[tuple[str, str | None]] = [(f"南京{stem}物业服务有限公司（演示）", None) for stem in COMPANIES]
    names += [(f"{street.name[:-2]}街道物业管理有限公司（演示）", street.code) for street in STREETS]
    return [_company(number, name, street, chance) for number, (name, street) in enumerate(names, start=1)]


def _company(number: int, name: str, street: str | None, chance: Random) -> dict[str, object]:
    bank, bank_code = BANKS[number % len(BANKS)]
    stem = f"91320113MA{26_000 + number * 37:07}"
    zeros = "00" if number % 7 == 0 else "62"  # some begin with zeros, which a spreadsheet must not eat
    return {
        "id": number,
        "uscc": stem + uscc.calc_check_digit(stem),
        "name": name,
        "street": street,
        "contact": chance.choice(SURNAMES) + chance.choice(GIVEN),
        "phone": f"025-8000{chance.randrange(10_000):04}",
        "account_name": name,
        "account_bank": bank,
        "account_number": f"{zeros}{chance.randrange(10**15):015}{number % 100:02}",
        "bank_code": bank_code,
    }


def own_company(street: str) -> int:
    """Return the id of a street's own company."""
    return len(COMPANIES) + 1 + [one.code for one in STREETS].index(street)
