"""Who enters an inspection along with its lead (同行人)."""

from dataclasses import dataclass
from datetime import datetime

from redproperty.domain.access import Role
from redproperty.store.inspections import Inspected
from redproperty.store.scopes import Condition
from redproperty.store.tables import Companion, Inspection, Person


@dataclass(frozen=True)
class Colleague:
    """A person who comes along, or could."""

    id: int
    login: str
    name: str


async def ids(inspection: int) -> frozenset[int]:
    """Return who comes along, by id."""
    rows = await Companion.select(Companion.person).where(Companion.inspection == inspection)
    return frozenset(row["person"] for row in rows)


async def joined(person: int) -> frozenset[int]:
    """Return the inspections on which a person comes along."""
    rows = await Companion.select(Companion.inspection).where(Companion.person == person)
    return frozenset(row["inspection"] for row in rows)


async def of(inspection: int) -> tuple[Colleague, ...]:
    """Return who comes along, in the order in which they were named; the lead is no companion of their own."""
    person = Companion.person
    lead = Inspection.select(Inspection.inspector).where(Inspection.id == inspection)
    rows = await (
        Companion.select(person.id.as_alias("id"), person.login.as_alias("login"), person.name.as_alias("name"))
        .where((Companion.inspection == inspection) & person.not_in(lead))
        .order_by(Companion.id)
    )
    return tuple(Colleague(**row) for row in rows)


async def free(here: Inspected) -> tuple[Colleague, ...]:
    """Return the inspectors of the street who could come along: in use, and not on this visit already.

    A blind second look at the estate and the first one share nobody.
    """
    same = Inspection.select(Inspection.round).where(Inspection.id == here.id)
    both: Condition = Inspection.round.is_in(same) & (Inspection.estate == here.estate_id)
    leads = Inspection.select(Inspection.inspector).where(both)
    along = Companion.select(Companion.person).where(
        Companion.inspection.is_in(Inspection.select(Inspection.id).where(both))
    )
    rows = await (
        Person.select(Person.id, Person.login, Person.name)
        .where(
            (Person.role == Role.INSPECTOR.value)
            & (Person.street == here.street)
            & Person.disabled.eq(value=False)
            & Person.id.not_in(leads)
            & Person.id.not_in(along)
        )
        .order_by(Person.name, Person.login)
    )
    return tuple(Colleague(**row) for row in rows)


async def add(inspection: int, person: int, *, named_by: int, at: datetime) -> None:
    """Let a person come along."""
    await Companion.insert(Companion(inspection=inspection, person=person, named_by=named_by, named_at=at))


async def remove(inspection: int, person: int) -> None:
    """Let a person come along no longer; what they entered stays."""
    await Companion.delete().where((Companion.inspection == inspection) & (Companion.person == person))
