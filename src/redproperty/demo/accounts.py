"""The demo's accounts: one for every post, by street where that matters, all with the same, public password."""

from random import Random

from argon2 import PasswordHasher

from redproperty.demo.companies import own_company
from redproperty.demo.divisions import STREETS
from redproperty.demo.words import GIVEN, SURNAMES
from redproperty.domain.access import Actor, Role

PASSWORD = "demo-qixia-2026"  # noqa: S105 - printed on every start of the demo
_SALT = b"redproperty-demo"
COMPANY_LOGINS = 12  # companies 1 … n have an account
MAIN_STREET = "320113007000"  # the street whose people the start-up lines name

# argon2 with less memory than real accounts get, and a fixed salt: the demo is the same to the byte each time, and
# an account that still has this hash is known at sight.
HASH = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1).hash(PASSWORD, salt=_SALT)


def accounts(chance: Random) -> list[Actor]:
    """Return everybody in the order of their ids."""
    posts: list[tuple[str, Role, str | None, int | None]] = []
    for street in STREETS:
        posts += [(f"inspector.{street.login}", Role.INSPECTOR, street.code, None)]
        posts += [(f"inspector2.{street.login}", Role.INSPECTOR, street.code, None)]
        posts += [(f"reviewer.{street.login}", Role.REVIEWER, street.code, None)]
    posts += [
        ("district", Role.DISTRICT, None, None),
        ("preparer", Role.FINANCE_PREPARER, None, None),
        ("checker", Role.FINANCE_CHECKER, None, None),
        ("custody", Role.CUSTODY, None, None),
        ("auditor", Role.AUDITOR, None, None),
        ("admin", Role.ADMIN, None, None),
    ]
    posts += [(f"company{number}", Role.COMPANY, None, number) for number in range(1, COMPANY_LOGINS + 1)]
    posts += [(f"company.{street.login}", Role.COMPANY, None, own_company(street.code)) for street in STREETS]
    return [
        Actor(number, login, chance.choice(SURNAMES) + chance.choice(GIVEN), role, street, company)
        for number, (login, role, street, company) in enumerate(posts, start=1)
    ]


def rows(people: list[Actor]) -> list[dict[str, object]]:
    """Return the rows of the accounts; nobody has to change the password, since everybody knows it."""
    return [
        {
            "id": person.id,
            "login": person.login,
            "name": person.name,
            "role": person.role.value,
            "street": person.street,
            "company": person.company_id,
            "password_hash": HASH,
            "must_change": False,
        }
        for person in people
    ]


def introduced() -> list[tuple[Role, str]]:
    """Return one login for every post, in the order of the posts."""
    street = next(one for one in STREETS if one.code == MAIN_STREET)
    of_street = {Role.INSPECTOR: f"inspector.{street.login}", Role.REVIEWER: f"reviewer.{street.login}"}
    named = {Role.FINANCE_PREPARER: "preparer", Role.FINANCE_CHECKER: "checker", Role.COMPANY: "company1"}
    return [(role, of_street.get(role) or named.get(role, role.value)) for role in Role]


def reviewers_and_inspectors(people: list[Actor], street: str) -> tuple[list[Actor], Actor]:
    """Return the two inspectors of a street and its reviewer."""
    mine = [person for person in people if person.street == street]
    return mine[:2], mine[2]
