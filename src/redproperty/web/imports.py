"""Pages of imports."""

ROUTES = ()
