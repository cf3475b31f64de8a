"""Fills the section “Configurations”: numbers with their evidence, tables and pictures."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from crosscase.analysis.qca.data import read_outcome
from crosscase.analysis.qca.solution import Model, Solution
from crosscase.report.configurations import (
    CaseSets,
    ConfigurationsShown,
    ShownModel,
    ShownNecessity,
    ShownRange,
    ShownRow,
    ShownSolution,
    ShownTerm,
)
from crosscase.report.content import Number
from crosscase.services.configurations import Configurations
from crosscase.services.reporting.names import Names
from crosscase.services.reporting.set_pictures import figures_of

_MODELS = 10


def configurations(found: Configurations, names: Names, level: float, linked: bool) -> ConfigurationsShown:
    """The section's content; ``linked`` says whether the appendix lists the evidence of conditions."""
    table = found.table
    outcome = read_outcome(found.plan.outcome)[0]
    sets = (*table.conditions, outcome)
    cuts = found.plan
    return ConfigurationsShown(
        outcome=table.outcome,
        conditions=table.conditions,
        labels=tuple((s, f"{names.dimension(s)}: {found.sets.origins.get(s, '')}") for s in sets),
        cuts=(
            f"A row shows the outcome from a consistency of {', '.join(f'{c:g}' for c in cuts.incl_cut)}"
            f"{f' and a PRI of {cuts.pri_cut:g}' if cuts.pri_cut else ''}, with {cuts.n_cut} or more cases."
        ),
        warnings=found.warnings,
        cases=tuple(_case(found, case, sets, names, level, linked) for case in found.sets.frame["case"]),
        rows=_rows(found, names),
        solutions=_solutions(found, names),
        necessity=tuple(
            ShownNecessity(row["term"], row["inclN"], row["RoN"], row["covN"])
            for row in found.necessity.table.iter_rows(named=True)
        ),
        ranges=_shown_ranges(found),
        figures=figures_of(found, names),
        n_draws=found.uncertainty.parameters["n_draws"] if found.uncertainty else 0,
    )


def _case(
    found: Configurations, case: str, sets: tuple[str, ...], names: Names, level: float, linked: bool
) -> CaseSets:
    place = found.sets.frame["case"].to_list().index(case)
    shown = []
    for name in sets:
        low = high = None
        anchor = ""
        if name in found.sets.draws:
            drawn = found.sets.draws[name][:, place]
            low, high = (float(v) for v in np.quantile(drawn, [0.5 - level / 2, 0.5 + level / 2]))
            anchor = names.places.of(case, "condition", name) if linked else ""
        shown.append(Number(float(found.sets.frame[name][place]), low, high, anchor))
    return CaseSets(case, names.case(case), tuple(shown))


def _rows(found: Configurations, names: Names) -> tuple[ShownRow, ...]:
    sure: Mapping[int, float] = {}
    if found.uncertainty is not None:
        sure = dict(found.uncertainty.table.select("row", "p_out").iter_rows())
    return tuple(
        ShownRow(
            number=row.number,
            levels=tuple("–" if v < 0 else str(v) for v in row.values),
            out=row.out,
            n=row.n,
            incl=row.incl,
            pri=row.pri,
            sure=sure.get(row.number) if found.uncertainty is not None else None,
            cases=tuple(map(names.case, row.cases)),
            half=tuple(map(names.case, row.half)),
        )
        for row in found.table.rows
    )


def _solutions(found: Configurations, names: Names) -> tuple[ShownSolution, ...]:
    shown = [_solution(kind, solution, found, names) for kind, solution in found.solutions.items()]
    shown += [ShownSolution(kind, (), 0, reason) for kind, reason in found.unsolved.items()]
    return tuple(shown)


def _solution(kind: str, solution: Solution, found: Configurations, names: Names) -> ShownSolution:
    sure: dict[frozenset[str], float] = {}
    # Draws were solved the same way as the solution that leads.
    if found.uncertainty is not None and found.lead is not None and found.lead[0] == kind:
        rows = found.uncertainty.models.select("model", "p_model").iter_rows()
        sure = {frozenset(model.split(" + ")): share for model, share in rows}
    models = tuple(
        _model(f"M{i}", model, sure.get(frozenset(model.terms)), names)
        for i, model in enumerate(solution.models[:_MODELS], 1)
    )
    n = len(solution.models)
    more = f"The first {_MODELS} of {n} models are shown." if n > _MODELS else ""
    return ShownSolution(kind, models, n, " ".join(part for part in (solution.message, more) if part))


def _model(name: str, model: Model, sure: float | None, names: Names) -> ShownModel:
    terms = tuple(
        ShownTerm(
            row["term"],
            row["inclS"],
            row["PRI"],
            row["covS"],
            row["covU"],
            tuple(map(names.case, model.cases[row["term"]])),
        )
        for row in model.fit.iter_rows(named=True)
    )
    return ShownModel(name, model.expression, terms, model.solution.inclS, model.solution.covS, sure)


def _shown_ranges(found: Configurations) -> tuple[ShownRange, ...]:
    if found.ranges is None:
        return ()

    def end(value: float | None) -> str:
        return "no limit" if value is None else f"{value:.3g}"

    return tuple(
        ShownRange(
            row["choice"],
            f"{row['value']:g}",
            end(row["low"]),
            end(row["high"]),
            row["below"] or "",
            row["above"] or "",
        )
        for row in found.ranges.iter_rows(named=True)
    )
