"""One module per room; each has its routes in ``ROUTES``."""
