"""The report as a Word file: the same answer, shorter, in styles that can be changed and tables that can be pasted."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping

from docx import Document

from crosscase.report import numerals
from crosscase.report.content import UNVERIFIED, Claim, Coding, Number, Reasons, Report, Side
from crosscase.report.counter_evidence import write_word_section
from crosscase.report.more import write_more
from crosscase.report.passages import shorten
from crosscase.report.sections import choose_sections, section_titles
from crosscase.report.word_agreement import write_agreement
from crosscase.report.word_parts import WordFile, clean
from crosscase.report.word_sets import write_configurations

# A Word file is for reading and pasting: fewer passages than on the page, which shows six on each side.
N_QUOTES = 3
_LONGEST = 420


def render_word(report: Report, sections: Iterable[str] | None = None) -> bytes:
    """The Word file as bytes; marks of a simulated or unchecked study stand at the head of every page.

    ``sections`` are those that are taken in (all by default); the file says which are not. It has no appendix of all
    codings in any case.
    """
    keep = choose_sections(report, sections)
    word = WordFile(Document())
    word.set_up(report.title, report.made_at, " · ".join(report.marks))
    _opening(word, report)
    if keep.notice:
        word.paragraph(keep.notice, "Small")
    for id in section_titles(report):
        if id in keep and id in _WRITERS:
            _WRITERS[id](word, report)
        write_more(word, tuple(more for more in report.more if more.id == id and id in keep))
    written = io.BytesIO()
    word.document.save(written)
    return written.getvalue()


def _opening(word: WordFile, report: Report) -> None:
    word.paragraph(report.title, "Title")
    for mark in report.marks:
        word.banner(mark)
    word.paragraph(report.summary)
    word.paragraph(report.made, "Small")


def _answer(word: WordFile, report: Report) -> None:
    word.heading("The answer", 1)
    word.paragraph(report.answer.statement, "Statement")
    for note in report.answer.notes:
        word.paragraph(note, "Small")
    rows = []
    for verdict in report.answer.verdicts:
        memberships = [r for r in verdict.readings if r.verdict] or []
        rows.append(
            (
                verdict.label,
                verdict.sentence,
                numerals.probability(verdict.probability.value),
                "\n".join(_with_interval(r.membership) for r in memberships) or "–",
                verdict.runner_up or "–",
                f"{numerals.count(verdict.supports.value or 0)} / {numerals.count(verdict.opposes.value or 0)}",
            )
        )
    if rows:
        word.table(
            (
                report.case_noun[0].capitalize(),
                "Verdict",
                "Probability",
                "Membership by the rule",
                "Runner-up",
                "Codings for / against",
            ),
            rows,
            widths=(2.4, 5.2, 2.0, 2.5, 2.5, 2.2),
            numeric=(2, 3, 5),
            caption=f"The verdict for each {report.case_noun[0]}; intervals hold {report.level:.0%}.",
        )
    for verdict in report.answer.verdicts:
        more = [f"Decided by: {verdict.decisive}."] if verdict.decisive else []
        more += [f"Stands in: {verdict.corner}."] if verdict.corner else []
        more += [f"Missing: {'; '.join(verdict.missing)}."] if verdict.missing else []
        if more:
            word.labelled(verdict.label, " ".join(more))


def _work(word: WordFile, report: Report) -> None:
    word.heading("The distribution of work", 1)
    word.paragraph(f"Shares of what was said and seen about who does the work of each domain, {report.work.weighting}.")
    if report.work.note:
        word.paragraph(report.work.note, "Small")
    for case in report.work.cases:
        rows = []
        for domain in case.domains:
            ranked = sorted(domain.shares, key=lambda s: -(s.share.value or 0.0))
            shown = "; ".join(f"{s.locus.label} {_with_interval(s.share)}" for s in ranked[:4])
            rest = ", ".join(s.locus.label for s in ranked[4:])
            left_open = numerals.share(domain.not_stated.value) if domain.n_not_stated else "–"
            rows.append(
                (
                    domain.label,
                    (shown or "nothing coded") + (f"; less: {rest}" if rest else ""),
                    left_open,
                    f"{numerals.count(domain.n_codings.value or 0)} / {domain.n_sources}",
                )
            )
        word.heading(case.label, 2)
        word.table(
            ("Domain", "Who does the work", "Not stated", "Codings / sources"),
            rows,
            widths=(4.0, 8.4, 2.0, 2.4),
            numeric=(2, 3),
        )
    if report.work.accounts or report.work.accounts_note:
        word.heading("What the centre says and what schools say", 2)
        word.paragraph(report.work.accounts_note, "Small")
    if report.work.accounts:
        word.table(
            (report.case_noun[0].capitalize(), "Domain", "Who", "Centre", "Schools", "Difference"),
            [
                (
                    a.case,
                    a.domain,
                    a.locus.label,
                    numerals.share(a.central.value),
                    numerals.share(a.school.value),
                    numerals.signed(a.difference),
                )
                for a in report.work.accounts
            ],
            widths=(2.6, 4.2, 2.8, 1.8, 1.8, 3.6),
            numeric=(3, 4, 5),
        )
    if report.work.differing:
        word.heading("Shares that depend on how sources are weighted", 2)
        word.table(
            (report.case_noun[0].capitalize(), "Domain", "Who", *report.work.weightings),
            [
                (row.case, row.domain, row.locus.label, *(_with_interval(n) for n in row.shares))
                for row in report.work.differing
            ],
            widths=(2.6, 4.2, 2.8, *([2.4] * len(report.work.weightings))),
            numeric=tuple(range(3, 3 + len(report.work.weightings))),
        )


def _why(word: WordFile, report: Report) -> None:
    word.heading("Why: evidence for and against", 1)
    word.paragraph(
        "The strongest passages from different sources and roles. The number after # is the coding's: the HTML report "
        "and data/codings.csv have every coding under it.",
        "Small",
    )
    for case in report.reasons:
        word.heading(case.label, 2)
        word.paragraph(case.sentence)
        if case.conditions:
            _conditions(word, case)
        for claim in case.claims:
            _claim(word, report, claim)


def _conditions(word: WordFile, case: Reasons) -> None:
    word.table(
        ("Condition", "Membership", "The type expects", "Codings for / against"),
        [
            (
                c.label + (f" ({c.missing})" if c.missing and not c.needs_met else ""),
                _with_interval(c.membership) if c.needs_met else "unknown (0–1)",
                c.expected or "–",
                f"{numerals.count(c.supports.value or 0)} / {numerals.count(c.opposes.value or 0)}",
            )
            for c in case.conditions
        ],
        widths=(8.0, 3.2, 2.8, 2.8),
        numeric=(1, 3),
    )


def _claim(word: WordFile, report: Report, claim: Claim) -> None:
    for name, side in (("For", claim.supports), ("Against", claim.opposes)):
        word.heading(f"{name}: {claim.subject} ({_extent(side)})", 3)
        if not side.shown:
            word.paragraph("Nothing was coded. This is not the same as nothing being there.", "Small")
        for id in side.shown[:N_QUOTES]:
            _quote(word, report.codings[id])


def _quote(word: WordFile, coding: Coding) -> None:
    mark = f" [{UNVERIFIED}]" if coding.unverified else ""
    machine = " (machine)" if coding.machine_coder else ""
    dated = f", {coding.date}" if coding.date else ""
    word.paragraph(shorten(coding.quote, _LONGEST), "Quote")
    word.paragraph(
        f"{coding.said_by}, {clean(coding.source, name=True)}{dated}{mark} · {clean(coding.code_name, name=True)}: "
        f"{', '.join(coding.facets)} · {clean(coding.coder, name=True)}{machine} · #{coding.id}",
        "Attribution",
    )


def _across(word: WordFile, report: Report) -> None:
    if not report.matrix.rows:
        return
    word.heading("Across cases", 1)
    word.table(
        ("Domain", *report.matrix.cases),
        [
            (
                label,
                *(
                    f"{cell.locus.label}\n{_with_interval(cell.share)}\n"
                    f"{numerals.count(cell.n_located)} of {numerals.count(cell.n_codings)} say who"
                    + ("" if cell.clear else "\nnot clear")
                    if cell.locus
                    else cell.share.why
                    for cell in cells
                ),
            )
            for label, cells in report.matrix.rows
        ],
        widths=(4.0, *([12.8 / max(len(report.matrix.cases), 1)] * len(report.matrix.cases))),
        caption="Who holds the largest share of each domain's work.",
    )


def _missing(word: WordFile, report: Report) -> None:
    word.heading("What is missing, and what this evidence cannot show", 1)
    for sentence in report.gaps.study:
        word.paragraph(sentence, "List Bullet")
    for label, sentences in report.gaps.cases:
        word.labelled(label, "; ".join(sentences) + "." if sentences else "nothing that the framework asks for.")


def _methods(word: WordFile, report: Report) -> None:
    methods = report.methods
    word.heading("Methods and provenance", 1)
    for warning in methods.warnings:
        word.banner(warning)
    for text in methods.paragraphs:
        word.paragraph(text)
    n_cases = max(len(methods.coverage.cases), 1)
    word.table(
        ("Sources", *methods.coverage.cases),
        [
            *((label, *(numerals.count(n) for n in counts)) for label, counts in methods.coverage.rows),
            ("Words", *(numerals.count(n) for n in methods.coverage.words)),
        ],
        widths=(5.2, *([11.6 / n_cases] * n_cases)),
        numeric=tuple(range(1, n_cases + 1)),
        caption="Number of sources by kind and level.",
    )
    word.table(
        ("Coder", "Kind", "Codings"),
        [(clean(name, name=True), kind, numerals.count(n)) for name, kind, n in methods.coders],
        widths=(6.0, 4.0, 3.0),
        numeric=(2,),
    )
    word.paragraph(methods.framework)
    word.table(
        ("Part of the framework", "Stated in the literature", "Recalled, unchecked", "Our inference"),
        [(part, str(a), str(b), str(c)) for part, a, b, c in methods.provenance_counts],
        widths=(5.0, 4.0, 4.0, 3.8),
        numeric=(1, 2, 3),
    )
    for name, value in (*methods.diagnostics, *methods.parameters):
        word.labelled(name, value)


def _extent(side: Side) -> str:
    n = int(side.total.value or 0)
    return f"{numerals.plural(n, 'coding')} in {numerals.plural(side.n_sources, 'source')}"


def _with_interval(number: Number) -> str:
    if number.value is None:
        return number.why or numerals.UNDEFINED
    interval = numerals.interval(number.low, number.high)
    return f"{numerals.share(number.value)} ({interval})" if interval else numerals.share(number.value)


def _counter(word: WordFile, report: Report) -> None:
    write_word_section(word, report.searches)


def _configurations(word: WordFile, report: Report) -> None:
    if report.configurations is not None:
        write_configurations(word, report.configurations, report.case_noun[1].capitalize())


def _agreement(word: WordFile, report: Report) -> None:
    write_agreement(word, report.agreement)


_WRITERS: Mapping[str, Callable[[WordFile, Report], None]] = {
    "answer": _answer,
    "work": _work,
    "why": _why,
    "against": _counter,
    "matrix": _across,
    "configurations": _configurations,
    "missing": _missing,
    "agreement": _agreement,
    "methods": _methods,
}
