"""The section “Configurations” of the Word file: truth table, solutions, necessity and the pictures."""

from __future__ import annotations

from crosscase.report import numerals
from crosscase.report.configurations import ConfigurationsShown, Figure, ShownSolution
from crosscase.report.picture_png import draw_png
from crosscase.report.word_parts import WordFile

_CM = 2.54 / 96  # a CSS pixel
_WIDEST = 16.6


def write_configurations(word: WordFile, shown: ConfigurationsShown, cases: str) -> None:
    """``cases`` is the plural noun of the study's cases."""
    word.heading("Configurations", 1)
    word.paragraph(f"Which combinations of conditions go with the outcome {shown.outcome}. {shown.cuts}")
    for warning in shown.warnings:
        word.paragraph(warning, "Small")
    sure = ("Share with OUT = 1",) if shown.n_draws else ()
    rows = [
        (
            str(row.number),
            *row.levels,
            row.out,
            str(row.n),
            _fit(row.incl),
            *((numerals.probability(row.sure),) if shown.n_draws else ()),
            ", ".join(row.cases),
        )
        for row in shown.rows
    ]
    heads = ("Row", *shown.conditions, "OUT", "n", "Consistency", *sure, cases)
    numeric = tuple(range(len(heads) - 1))
    narrow = round(11.6 / len(numeric), 2)
    widths = (*(narrow for _ in numeric), 5.0)
    word.table(heads, rows, widths=widths, numeric=numeric, caption=f"The truth table: rows that have {cases.lower()}.")
    for solution in shown.solutions:
        _solution(word, shown, solution, cases)
    word.table(
        ("Condition", "Consistency", "RoN", "Coverage"),
        [(n.term, _fit(n.incl), _fit(n.ron), _fit(n.cov)) for n in shown.necessity],
        widths=(7.6, 3.0, 3.0, 3.0),
        numeric=(1, 2, 3),
        caption="Necessity of each condition and of its absence.",
    )
    for figure in shown.figures:
        _figure(word, figure)


def _figure(word: WordFile, figure: Figure) -> None:
    drawn = draw_png(figure.svg)
    key = "; ".join(f"({number}) {name}" for number, name in drawn.key.items())
    word.picture(drawn.png, min(_WIDEST, drawn.width * _CM), drawn.said, f"{figure.title} {key}".strip())


def _solution(word: WordFile, shown: ConfigurationsShown, solution: ShownSolution, cases: str) -> None:
    word.heading(f"{solution.kind.capitalize()} solution", 2)
    if solution.message:
        word.paragraph(solution.message, "Small")
    for model in solution.models:
        word.table(
            ("Term", "Consistency", "PRI", "Coverage", "Unique", cases),
            [(t.term, _fit(t.incl), _fit(t.pri), _fit(t.cov), _fit(t.unique), ", ".join(t.cases)) for t in model.terms],
            widths=(4.6, 2.2, 1.5, 1.8, 1.5, 5.0),
            numeric=(1, 2, 3, 4),
            caption=f"{model.name}: {model.expression} → {shown.outcome}; consistency {_fit(model.incl)}, "
            f"coverage {_fit(model.cov)}"
            + (f"; stands in {numerals.probability(model.sure)} of the draws." if model.sure is not None else "."),
        )


def _fit(value: float | None) -> str:
    return "–" if value is None else numerals.share(value)
