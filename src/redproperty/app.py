"""The only place that wires: settings, record, rules, templates and routes become one Litestar application."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from litestar import Litestar, Router
from litestar.config.allowed_hosts import AllowedHostsConfig
from litestar.config.compression import CompressionConfig
from litestar.config.csrf import CSRFConfig
from litestar.datastructures import State
from litestar.logging import LoggingConfig
from litestar.middleware import DefineMiddleware
from litestar.static_files import create_static_files_router
from litestar.types import ControllerRouterHandler

from redproperty.actions.publications import adopt
from redproperty.settings import Settings
from redproperty.store import notes
from redproperty.store.engine import engine_for, opened
from redproperty.store.publications import published
from redproperty.store.schema import bind, migrate
from redproperty.web import (
    amendments,
    audit,
    companions,
    district,
    editions,
    estate_forms,
    estates,
    facts,
    gallery,
    grid,
    hand_overs,
    imports,
    inspections,
    manual,
    odd,
    old_drafts,
    paper,
    people,
    publications,
    publishing,
    ratings,
    rectifications,
    reopenings,
    round_page,
    rounds,
    rule_changes,
    rules,
    scenario_forms,
    scenarios,
    second_looks,
    streets,
    subsidies,
    subsidy_plans,
    takeover_cases,
    takeovers,
    traces,
    visits,
    voids,
    why,
)
from redproperty.web.errors import HANDLERS
from redproperty.web.security import PUBLIC, SessionAuthentication, add_headers
from redproperty.web.templating import STATIC, Templates, htmx_folder

ROUTES: tuple[ControllerRouterHandler, ...] = (
    *people.ROUTES,
    *district.ROUTES,
    *streets.ROUTES,
    *estates.ROUTES,
    *estate_forms.ROUTES,
    *facts.ROUTES,
    *inspections.ROUTES,
    *companions.ROUTES,
    *amendments.ROUTES,
    *reopenings.ROUTES,
    *voids.ROUTES,
    *visits.ROUTES,
    *paper.ROUTES,
    *grid.ROUTES,
    *rounds.ROUTES,
    *round_page.ROUTES,
    *rectifications.ROUTES,
    *odd.ROUTES,
    *second_looks.ROUTES,
    *hand_overs.ROUTES,
    *old_drafts.ROUTES,
    *ratings.ROUTES,
    *publishing.ROUTES,
    *traces.ROUTES,
    *why.ROUTES,
    *subsidies.ROUTES,
    *subsidy_plans.ROUTES,
    *takeovers.ROUTES,
    *takeover_cases.ROUTES,
    *rules.ROUTES,
    *manual.ROUTES,
    *rule_changes.ROUTES,
    *publications.ROUTES,
    *scenarios.ROUTES,
    *scenario_forms.ROUTES,
    *audit.ROUTES,
    *gallery.ROUTES,
)
MEGABYTE = 1024 * 1024  # what a form may have; only files may be larger


def wall_clock() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)


@asynccontextmanager
async def _record(forms: CSRFConfig, app: Litestar) -> AsyncIterator[None]:
    """Open the record, bring its schema up to date and keep it open as long as the application runs.

    The secret of the forms comes from the record, so that a page opened before a restart can still be saved.
    """
    async with opened(engine_for(app.state.settings.database)) as engine:
        bind(engine)
        await migrate(engine)
        await notes.refuse_mixing(demo=app.state.settings.demo)
        forms.secret = await notes.form_secret()
        app.state.editions = await asyncio.to_thread(editions.read, app.state.settings)
        await adopt(app.state.editions, at=app.state.clock())
        app.state.published = await published()
        yield


def _static(path: str, folder: Path) -> ControllerRouterHandler:
    return create_static_files_router(
        path=path,
        directories=[folder],
        opt=dict(PUBLIC, exclude_from_auth=True),
        include_in_schema=False,
        cache_control=None,
        name=path.strip("/").replace("/", "-"),
    )


def _uploads(settings: Settings) -> Router:
    """Return the routes that take files, with the size that the settings allow them."""
    return Router("/", route_handlers=imports.ROUTES, request_max_body_size=settings.upload_megabytes * MEGABYTE)


def create_app(settings: Settings, *, clock: Callable[[], datetime] = wall_clock) -> Litestar:
    """Return the application; nothing is opened before it starts."""
    hosts = [name.strip() for name in settings.hosts.split(",") if name.strip()]
    forms = CSRFConfig(secret="", cookie_secure=settings.secure_cookies, cookie_httponly=True)
    return Litestar(
        route_handlers=[
            *ROUTES,
            _uploads(settings),
            _static("/static", STATIC),
            _static("/static/htmx", htmx_folder()),
        ],
        state=State(
            {
                "settings": settings,
                "clock": clock,
                "templates": Templates(settings.templates),
                "whatifs": {},
                "grounds": {},
            }
        ),
        lifespan=[partial(_record, forms)],
        middleware=[DefineMiddleware(SessionAuthentication, exclude_from_auth_key="exclude_from_auth")],
        csrf_config=forms,
        allowed_hosts=AllowedHostsConfig(hosts) if hosts else None,
        exception_handlers=HANDLERS,
        before_request=editions.look_again,
        before_send=[add_headers],
        # Pages hold the token of the forms, and sizes of zipped answers can tell it to who makes a browser ask for many
        # (BREACH). Our cookies are SameSite=Lax: a foreign site makes nobody's browser ask in their name but by opening
        # windows, and the token without the cookie, or a post without either, does nothing.
        compression_config=CompressionConfig(backend="gzip", gzip_compress_level=5),
        request_max_body_size=MEGABYTE,
        logging_config=LoggingConfig(
            root={"level": "WARNING", "handlers": ["queue_listener"]},
            loggers={"redproperty": {"level": "INFO", "handlers": ["queue_listener"], "propagate": False}},
            log_exceptions="never",  # web.errors does, under the number that the person is shown
        ),
        openapi_config=None,
    )
