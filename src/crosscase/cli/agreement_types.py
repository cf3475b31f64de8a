"""How ``crosscase agree --by type`` prints: a block per case, a line per two coders, reasons once below."""

from __future__ import annotations

from crosscase.analysis.result import Result
from crosscase.cli.app import out
from crosscase.report.coder_types import TypesOfPair
from crosscase.services.reporting.coder_types import compared_types
from crosscase.services.reporting.names import Names
from crosscase.services.study import Study

_SAME = {True: "same", False: "not the same", None: "not known"}
_BETWEEN = " · "


def print_types(study: Study, result: Result) -> None:
    """What each coder's own codings say about every case, for people; ``--json`` has the numbers."""
    cases = tuple(case.name for case in study.settings.cases) or tuple(sorted(set(result.table["case"])))
    shown = compared_types(result, Names(study.rulebook, study.settings, cases))
    for case, rows in shown.cases:
        out.print(case, markup=False, style="bold")
        for row in rows:
            for line in _lines(row):
                out.print(line, markup=False)
    for reason in shown.reasons:
        out.print(reason, markup=False)
    out.print(shown.lead, markup=False)


def _lines(row: TypesOfPair) -> list[str]:
    """One line where it fits into the terminal, else broken between its parts only."""
    parts = [*(f"{coder.coder}: {coder.said}" for coder in row.coders), _SAME[row.same]]
    lines = [f"  {parts[0]}"]
    for part in parts[1:]:
        longer = f"{lines[-1]}{_BETWEEN}{part}"
        if len(longer) <= out.width:
            lines[-1] = longer
        else:
            lines.append(f"   {_BETWEEN}{part}")
    return lines
