"""Every route × every post: guarded, and open to exactly those whom the table of posts names."""

import pytest

import district
from redproperty.app import ROUTES
from redproperty.domain.access import Deed, Role, allowed
from routes import HANDLERS, somewhere

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


def _deeds(handler) -> list[Deed]:
    guards = [getattr(guard, "func", guard) for guard in handler.resolve_guards()]  # Litestar wraps them
    return [guard.deed for guard in guards if hasattr(guard, "deed")]


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
        response = await client.request(method, somewhere(path))
        refused = response.status_code == 403 and "岗位权限表" in response.text
        if refused != (not all(allowed(role, deed) for deed in deeds)) or response.status_code >= 500:
            wrong.append(f"{method} {path} ({', '.join(deeds)}): {response.status_code}")
    assert wrong == []


async def test_a_stranger_gets_in_nowhere(stranger):
    for path, method, handler in HANDLERS:
        if not handler.opt.get("public"):
            response = await stranger.request(method, somewhere(path))
            assert response.status_code in {303, 403}, f"{method} {path}"
            assert response.headers.get("location", "/sign-in").startswith("/sign-in"), f"{method} {path}"


def test_every_controller_is_wired():
    assert len(ROUTES) > 10
    assert district.PEOPLE
