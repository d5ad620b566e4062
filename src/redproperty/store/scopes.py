"""Which rows a person may see: the one place where a `domain.access.Scope` becomes a condition of the database.

A street sees the estates that lie in it, a company those that it manages on the day asked about. Every list and every
single fetch adds one of these conditions, so that what is foreign is simply not there.
"""

from datetime import date, datetime
from typing import Any

from piccolo.columns import ForeignKey
from piccolo.columns.combination import And, Or, Where, WhereRaw
from piccolo.query import Select

from redproperty.domain.access import Scope
from redproperty.settings import ZONE
from redproperty.store.tables import Companion, Estate, Inspection, Tenure

Condition = Where | WhereRaw | And | Or
EVERYTHING, NOTHING = "1 = 1", "1 = 0"


def estates_in(scope: Scope, on: date | None = None) -> Condition:
    """Return the condition on `Estate` under which its rows lie in `scope`.

    `on` is the day on which a company must manage the estate (a tenure that has begun and not ended); the present day
    in China where it is not said. Emergency service and custody by the company count as well.
    """
    if scope.everything:
        return WhereRaw(EVERYTHING)
    if scope.company_id is not None:
        managed: Condition = Estate.id.is_in(_managed_by(scope.company_id, on or datetime.now(ZONE).date()))
        return managed
    if scope.streets:
        return Estate.street.is_in(list(scope.streets))
    return WhereRaw(NOTHING)


def of_estates_in(scope: Scope, estate: ForeignKey[Any], on: date | None = None) -> Condition:
    """Return the same condition on a table that points to estates: `of_estates_in(scope, Inspection.estate)`."""
    if scope.everything:
        return WhereRaw(EVERYTHING)
    if scope.nothing:
        return WhereRaw(NOTHING)
    return estate.is_in(Estate.select(Estate.id).where(estates_in(scope, on)))


def inspections_in(scope: Scope) -> Condition:
    """Return the condition on `Inspection` under which its rows lie in `scope`; the one place where blind is blind.

    Whoever leads one of two looks at an estate, or comes along on it, does not find the other before theirs is done:
    the second when it is handed in, the first when it is accepted.
    """
    condition = of_estates_in(scope, Inspection.estate)
    if scope.inspector is None:
        return condition
    along = Companion.select(Companion.inspection).where(Companion.person == scope.inspector)
    mine = ((Inspection.inspector == scope.inspector) | Inspection.id.is_in(along)) & (Inspection.void_reason == "")
    seconds = Inspection.select(Inspection.second_of).where(
        mine & Inspection.second_of.is_not_null() & Inspection.state.is_in(["draft", "returned"])
    )
    firsts = Inspection.select(Inspection.id).where(mine & Inspection.state.not_in(["accepted", "locked"]))
    others = Inspection.second_of.is_null() | Inspection.second_of.not_in(firsts)
    return condition & Inspection.id.not_in(seconds) & others


def of_estates_or_named(
    scope: Scope, estate: ForeignKey[Any], company: ForeignKey[Any], on: date | None = None
) -> Condition:
    """Return the condition for ratings and subsidy lines: a company also keeps what names it after it has left."""
    condition = of_estates_in(scope, estate, on)
    if scope.company_id is None:
        return condition
    return condition | (company == scope.company_id)


def _managed_by(company: int, on: date) -> Select[Any]:
    """Return the sub-select of the estates that `company` manages on a day."""
    present = (Tenure.begins <= on) & (Tenure.ends.is_null() | (Tenure.ends > on))
    return Tenure.select(Tenure.estate).where((Tenure.company == company) & present)
