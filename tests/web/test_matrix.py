"""Every route × every post: guarded, and open to exactly those whom the table of posts names."""

import re

import pytest
from litestar.routes import HTTPRoute

import district
from redproperty.app import ROUTES, create_app
from redproperty.domain.access import Deed, Role, allowed
from redproperty.settings import Settings

ONE_OF_EACH = {
    Role.INSPECTOR: "inspector.xl",
    Role.REVIEWER: "reviewer.xl",
    Role.DISTRICT: "district",
    Role.FINANCE_PREPARER: "preparer",
    Role.FINANCE_CHECKER: "checker",
    Role.COMPANY: "company1",
    Role.CUSTODY: "custody",
    Role.AUDITOR: "auditor",
    Role.ADMIN: "admin",
}
IDLE = {"code": "NONE-0000", "period": "1999Q1", "kind": "estates", "edition": "1999-01-01", "item": "NONE-00"}


def _handlers():
    app = create_app(Settings(database="unused"))
    for route in app.routes:
        if isinstance(route, HTTPRoute) and not route.path.startswith("/static"):
            for handler, _ in route.route_handler_map.values():
                yield route.path_format, handler


def _deeds(handler) -> list[Deed]:
    guards = [getattr(guard, "func", guard) for guard in handler.resolve_guards()]  # Litestar wraps them
    return [guard.deed for guard in guards if hasattr(guard, "deed")]


HANDLERS = sorted(
    {
        (path, method, handler)
        for path, handler in _handlers()
        for method in handler.http_methods
        if method in {"GET", "POST"}
    },
    key=str,
)


def _somewhere(path: str) -> str:
    """Return an address of the route at which there is surely nothing."""
    return re.sub(r"\{(\w+)(:\w+)?\}", lambda part: IDLE.get(part[1], "999999"), path)


@pytest.mark.parametrize(("path", "method", "handler"), HANDLERS, ids=lambda value: str(value)[:40])
def test_every_route_is_guarded_or_said_to_be_open(path, method, handler):
    assert _deeds(handler) or handler.opt.get("public") or handler.opt.get("own"), f"{method} {path} has no guard"


@pytest.mark.parametrize("role", list(Role), ids=str)
async def test_a_post_gets_in_where_the_table_says_and_nowhere_else(signed_in, role):
    client = await signed_in(ONE_OF_EACH[role])
    wrong = []
    for path, method, handler in HANDLERS:
        deeds = _deeds(handler)
        if not deeds:
            continue
        response = await client.request(method, _somewhere(path))
        refused = response.status_code == 403 and "岗位权限表" in response.text
        if refused != (not all(allowed(role, deed) for deed in deeds)) or response.status_code >= 500:
            wrong.append(f"{method} {path} ({', '.join(deeds)}): {response.status_code}")
    assert wrong == []


async def test_a_stranger_gets_in_nowhere(stranger):
    for path, method, handler in HANDLERS:
        if not handler.opt.get("public"):
            response = await stranger.request(method, _somewhere(path))
            assert response.status_code in {303, 403}, f"{method} {path}"
            assert response.headers.get("location", "/sign-in").startswith("/sign-in"), f"{method} {path}"


def test_every_controller_is_wired():
    assert len(ROUTES) > 10
    assert district.PEOPLE
