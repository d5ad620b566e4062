"""Pages of rules."""

ROUTES = ()
