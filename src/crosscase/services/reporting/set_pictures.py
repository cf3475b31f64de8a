"""The pictures of configurations: truth table, combinations, XY plot, ranges and calibration curves."""

from __future__ import annotations

from collections.abc import Iterable

from crosscase.analysis.qca.data import Floats
from crosscase.analysis.qca.truth_table import TruthTable
from crosscase.report import set_figures
from crosscase.report.configurations import Figure
from crosscase.services.configurations import Configurations
from crosscase.services.reporting.names import Names

_COMBINED = 5  # conditions up to which the picture of combinations stays readable


def figures_of(found: Configurations, names: Names) -> tuple[Figure, ...]:
    """Every picture of the section, in order."""
    drawn = [truth_picture(found, names)]
    if len(found.table.conditions) <= _COMBINED:
        drawn.append(combinations_picture(found.table, names))
    if found.lead is not None and found.table.selection is not None:
        kind, solution = found.lead
        drawn.append(
            xy_picture(
                found.table,
                solution.models[0].membership,
                solution.models[0].expression,
                f"the {kind} solution (M1)",
                names,
            )
        )
    if found.ranges is not None:
        drawn.append(ranges_picture(found))
    return (*drawn, *calibration_pictures(found, names))


def truth_picture(found: Configurations, names: Names) -> Figure:
    return Figure(
        "The truth table: a filled circle is present, an open one absent; the line is the consistency cut.",
        set_figures.truth_chart(found.table.conditions, _lines(found.table, names), found.plan.incl_cut),
    )


def combinations_picture(table: TruthTable, names: Names) -> Figure:
    return Figure(
        "Combinations that have cases, largest first.", set_figures.upset_plot(table.conditions, _lines(table, names))
    )


def xy_picture(table: TruthTable, membership: Floats | Iterable[float], label: str, what: str, names: Names) -> Figure:
    """Cases by their membership in an expression (``label``) and in the outcome; ``what`` says what it is."""
    assert table.selection is not None
    points = [
        set_figures.Point(names.case(case), float(m), float(v), "against" if m > 0.5 > v else "")
        for case, m, v in zip(table.selection.cases, membership, table.selection.y, strict=True)
    ]
    title = f"Each case by its membership in {what} and in the outcome; below right speaks against it."
    return Figure(title, set_figures.xy_plot(points, x_label=label, y_label=table.outcome))


def ranges_picture(found: Configurations) -> Figure:
    assert found.ranges is not None
    lines = [
        set_figures.RangeLine(row["choice"], row["value"], row["low"], row["high"])
        for row in found.ranges.iter_rows(named=True)
        if row["choice"] in ("incl_cut", "pri_cut")
    ]
    return Figure("How far each cut may move before the models change.", set_figures.range_plot(lines))


def calibration_pictures(found: Configurations, names: Names) -> tuple[Figure, ...]:
    """One picture per set whose raw numbers were calibrated."""
    return tuple(
        Figure(
            f"Calibration of {name}. {' '.join(f'{said}.' for said in curve.empty)}".strip(),
            set_figures.calibration_plot(
                list(zip(curve.grid.tolist(), curve.curve.tolist(), strict=True)),
                [
                    set_figures.Point(names.case(c), float(x), float(m))
                    for c, x, m in zip(curve.cases, curve.raw, curve.membership, strict=True)
                ],
                curve.anchors,
                x_label=name,
            ),
        )
        for name, curve in found.sets.curves.items()
    )


def _lines(table: TruthTable, names: Names) -> list[set_figures.TruthLine]:
    return [
        set_figures.TruthLine(r.number, r.values, r.out, r.n, r.incl, tuple(map(names.case, r.cases)))
        for r in table.rows
    ]
