"""Writing the report: what a study holds and what was computed from it, as a page, a Word file and tables."""

from crosscase.services.reporting.write import write_report

__all__ = ["write_report"]
