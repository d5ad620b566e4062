"""Pages of subsidies."""

ROUTES = ()
