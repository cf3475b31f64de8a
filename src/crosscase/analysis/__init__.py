"""Pure functions from evidence to results; no database, no web, no plots."""
