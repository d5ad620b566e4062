"""Every route of the application but static files, and an address of each at which there is surely nothing."""

import re

from litestar.routes import HTTPRoute

from redproperty.app import create_app
from redproperty.settings import Settings

IDLE = {"code": "NONE-0000", "period": "1999Q1", "kind": "estates", "edition": "1999-01-01", "item": "NONE-00"}


def _handlers():
    app = create_app(Settings(database="unused"))
    for route in app.routes:
        if isinstance(route, HTTPRoute) and not route.path.startswith("/static"):
            for handler, _ in route.route_handler_map.values():
                yield route.path_format, handler


HANDLERS = sorted(
    {
        (path, method, handler)
        for path, handler in _handlers()
        for method in handler.http_methods
        if method in {"GET", "POST"}
    },
    key=str,
)


def somewhere(path: str) -> str:
    """Return an address of the route at which there is surely nothing."""
    return re.sub(r"\{(\w+)(:\w+)?\}", lambda part: IDLE.get(part[1], "999999"), path)
