"""The two forms on the page of an estate: who manages it, and the Party unit of its property."""

from typing import Any

from litestar import Response, post
from litestar.params import FromPath
from litestar.response import Redirect

from redproperty.actions.estates import ManagementChange, PartyUnitForm, change_management, record_party_unit
from redproperty.domain.access import Deed
from redproperty.domain.estates import Management, PartyForm, PartyStatus
from redproperty.domain.texts import Invalid, Text
from redproperty.web.estates import Typed, detail
from redproperty.web.fields import choice_of, day_of, number_of, typed, unreadable_days
from redproperty.web.security import needs
from redproperty.web.views import Ask, actor_of, now, problems_by_field, see, today

_CHANGED = Text("管理变动已登记。", "The change of management is entered.")
_PARTY_KEPT = Text("党组织信息已登记。", "The Party unit is entered.")


@post("/estates/{code:str}/management", guards=[needs(Deed.EDIT_ESTATES)])
async def change(request: Ask, code: FromPath[str]) -> Response[Any] | Redirect:
    """Enter who manages the estate from a day on."""
    values = await typed(request)
    wanted = ManagementChange(
        management=choice_of(Management, values, "management"),
        begins=day_of(values, "begins"),
        company_id=number_of(values, "company"),
        document=values.get("document", ""),
        gap_stated=bool(values.get("gap")),
    )
    try:
        await change_management(actor_of(request), code, wanted, at=now(request), today=today(request))
    except Invalid as invalid:
        again = Typed(values, problems_by_field(invalid.problems))
        return (await detail(request, code, management=again)).response(request, status=422)
    return see(f"/estates/{code}", _CHANGED)


@post("/estates/{code:str}/party-unit", guards=[needs(Deed.EDIT_ESTATES)])
async def party_unit(request: Ask, code: FromPath[str]) -> Response[Any] | Redirect:
    """Enter the Party unit of the estate's property."""
    values = await typed(request)
    wanted = PartyUnitForm(
        form=choice_of(PartyForm, values, "form"),
        status=choice_of(PartyStatus, values, "status") or PartyStatus.NONE,
        on=day_of(values, "on"),
        approval_number=values.get("approval_number", ""),
        secretary=values.get("secretary", ""),
        members=number_of(values, "members") if values.get("members") else 0,
        last_activity_on=day_of(values, "last_activity_on"),
        unreadable=unreadable_days(values, "on", "last_activity_on"),
    )
    try:
        await record_party_unit(actor_of(request), code, wanted, at=now(request), today=today(request))
    except Invalid as invalid:
        again = Typed(values, problems_by_field(invalid.problems))
        return (await detail(request, code, party_unit=again)).response(request, status=422)
    return see(f"/estates/{code}", _PARTY_KEPT)


ROUTES = (change, party_unit)
