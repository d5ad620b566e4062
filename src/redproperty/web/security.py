"""Who is asking, and what every answer carries: sessions, guards and headers."""

from collections.abc import Awaitable, Callable
from typing import Any

from litestar.connection import ASGIConnection
from litestar.datastructures import MutableScopeHeaders
from litestar.exceptions import NotAuthorizedException
from litestar.handlers import BaseRouteHandler
from litestar.middleware import AbstractAuthenticationMiddleware, AuthenticationResult
from litestar.types import Message, Scope

from redproperty.actions.acting import refuse
from redproperty.domain.access import Actor, Deed, may
from redproperty.store import people

SESSION = "sid"
LONGEST_SUBJECT = 60  # characters of a subject in the trail
STATIC = "public, max-age=31536000, immutable"
PUBLIC = {"public": True}  # opt of a handler that anyone may call
OWN = {"own": True, "before_password": True}  # opt of a handler for every signed-in person: own password, sign out
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "x-frame-options": "DENY",
    "permissions-policy": "camera=(self), geolocation=(self), microphone=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


class MustChangePassword(Exception):  # noqa: N818 - a detour, not an accident
    """The person signs in for the first time and has to choose a password before anything else."""


class SessionAuthentication(AbstractAuthenticationMiddleware):
    """Finds the person behind the session cookie; reading never writes to the store."""

    async def authenticate_request(self, connection: ASGIConnection[Any, Any, Any, Any]) -> AuthenticationResult:
        """Return the actor of the session; on a public page nobody has to be one.

        Raises:
            NotAuthorizedException: there is no session, it is unknown, too old, or was idle too long.
            MustChangePassword: the first password has not been changed yet.
        """
        token = connection.cookies.get(SESSION, "")
        settings, at = connection.app.state.settings, connection.app.state.clock()
        limits = {"idle_minutes": settings.idle_minutes, "hours": settings.session_hours}
        known = await people.by_session(token, at=at, **limits) if token else None
        if connection.route_handler.opt.get("public") and (known is None or known.must_change):
            return AuthenticationResult(user=None, auth=None)
        if known is None:
            raise NotAuthorizedException
        if known.must_change and not connection.route_handler.opt.get("before_password"):
            raise MustChangePassword
        return AuthenticationResult(user=known.actor, auth=token)


Guard = Callable[[ASGIConnection[Any, Any, Any, Any], BaseRouteHandler], Awaitable[None]]


def needs(deed: Deed) -> Guard:
    """Return a guard that lets in only those who may ever do `deed`; the action itself looks at the subject.

    Whom it turns away stands in the trail with the address.
    """

    async def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        del handler
        actor: Actor = connection.user
        if (refusal := may(actor, deed, None)) is not None:
            at = connection.app.state.clock()
            await refuse(actor, deed, f"page:{connection.url.path}"[:LONGEST_SUBJECT], at=at, why=refusal)

    guard.deed = deed  # type: ignore[attr-defined]  # the matrix test reads it
    return guard


async def add_headers(message: Message, scope: Scope) -> None:
    """Put the security headers on every response, unrouted 404s included; pages of people are never cached.

    Static files named with their digest may be kept for good.
    """
    if message["type"] != "http.response.start":
        return
    headers = MutableScopeHeaders.from_message(message)
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    static = scope["path"].startswith("/static/")
    headers.setdefault(
        "cache-control", STATIC if static and scope["query_string"] else "no-cache" if static else "no-store"
    )
    if scope["app"].state.settings.secure_cookies:
        headers.setdefault("strict-transport-security", "max-age=31536000")
