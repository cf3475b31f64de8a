"""Case selection: which cases to study, out of a table of possible ones (Seawright & Gerring 2008)."""

from crosscase.analysis.selection.select import METHODS, Selection, select_cases
from crosscase.analysis.selection.table import CaseTable, read_cases

__all__ = ["METHODS", "CaseTable", "Selection", "read_cases", "select_cases"]
