"""The working of one result as a JSON file, for those who check it with other tools."""

from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from redproperty.actions.traces import export_trace, written
from redproperty.domain.access import Deed, scope
from redproperty.exports.filenames import attachment
from redproperty.store import ratings
from redproperty.web.rating_runs import chosen
from redproperty.web.security import needs
from redproperty.web.views import Ask, actor_of, now, today


@get("/ratings/{period:str}/{code:str}/trace.json", guards=[needs(Deed.VIEW_RATINGS), needs(Deed.EXPORT)])
async def show_trace(request: Ask, period: FromPath[str], code: FromPath[str]) -> Response[bytes]:
    """Return the trace as a download; what the page does not show is not there."""
    choice, actor = await chosen(request, period), actor_of(request)
    seen = await ratings.results(choice.run.id, scope(actor), on=today(request), code=code) if choice.run else []
    if choice.run is None or choice.pack is None or not seen:
        raise NotFoundException
    traced = await export_trace(actor, choice.pack, choice.run, seen[0], at=now(request))
    name = f"{seen[0].name}-{choice.period.code}-trace"
    headers = {"content-disposition": attachment(name, "json")}
    return Response(written(traced), media_type="application/json; charset=utf-8", headers=headers)


ROUTES = (show_trace,)
