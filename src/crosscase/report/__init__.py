"""Renders what ``services.reporting`` has gathered: a page, a Word file, tables. Computes nothing."""
