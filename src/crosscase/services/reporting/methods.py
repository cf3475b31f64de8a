"""Methods and provenance: who coded what, with which framework, computed how."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import polars as pl

from crosscase.model.framework import Framework, Provenance
from crosscase.report import numerals
from crosscase.report.content import Coverage, Methods, ProvenanceRow
from crosscase.services.analyses import Analyses
from crosscase.services.reporting.names import KINDS, LEVELS, Names, listed

_CODER_KINDS = {
    "person": "person",
    "dictionary": "dictionary (machine)",
    "classifier": "trained classifier (machine)",
    "llm": "language model (machine)",
}
_PARTS = ("Ideal type", "Condition", "Domain", "Facet", "Indicator")


def methods(
    evidence: pl.DataFrame,
    analyses: Analyses,
    names: Names,
    diagnostics: tuple[tuple[str, str], ...],
    warnings: tuple[str, ...],
) -> Methods:
    """Everything that a reader needs to judge and repeat the analysis; ``evidence`` is that about cases."""
    rows = provenance(names.framework)
    counted = Counter((row.part, row.kind) for row in rows)
    kinds = tuple(Provenance.LABELS)
    coders = evidence.group_by("coder", "coder_kind").len().sort("coder_kind", "coder")
    labels = {c.name: c.label or c.name for c in names.settings.coders}
    return Methods(
        paragraphs=_paragraphs(evidence, analyses, names),
        coverage=coverage(analyses.sources, names),
        coders=tuple((labels.get(c, c), _CODER_KINDS.get(kind, kind), n) for c, kind, n in coders.iter_rows()),
        framework=_framework_sentence(names.framework),
        provenance=rows,
        provenance_counts=tuple(
            (f"{part}s", *(counted[part, kind] for kind in kinds))  # type: ignore[misc]
            for part in _PARTS
            if any(counted[part, kind] for kind in kinds)
        ),
        parameters=_parameters(analyses),
        diagnostics=diagnostics,
        warnings=warnings,
    )


def coverage(sources: pl.DataFrame, names: Names) -> Coverage:
    """Sources of each case by kind and level; every kind at the levels where some case has it."""
    about = sources.filter(pl.col("case").is_not_null() & (pl.col("kind") != "context"))
    counted = {
        (kind, level or "", case): n
        for kind, level, case, n in about.group_by("kind", "level", "case").len().iter_rows()
    }
    cells = sorted({(kind, level) for kind, level, _ in counted}, key=lambda cell: _order(*cell))
    words = dict(about.group_by("case").agg(pl.col("n_words").sum()).iter_rows())
    return Coverage(
        cases=tuple(names.case(case) for case in names.cases),
        rows=tuple(
            (_cell_label(kind, level), tuple(counted.get((kind, level, case), 0) for case in names.cases))
            for kind, level in cells
        ),
        words=tuple(int(words.get(case, 0)) for case in names.cases),
    )


def provenance(framework: Framework) -> tuple[ProvenanceRow, ...]:
    """Where every part of the framework comes from: types and conditions first, indicators last."""
    parts: list[tuple[str, str, Provenance]] = [
        *(("Ideal type", t.name, t.provenance) for t in framework.types),
        *(("Condition", c.label, c.provenance) for c in framework.conditions),
        *(("Domain", d.name, d.provenance) for d in framework.domains),
        *(("Facet", f.question, f.provenance) for f in framework.facets),
        *(("Indicator", i.name, i.provenance) for i in framework.indicators if not i.former),
    ]
    return tuple(
        ProvenanceRow(part, name, origin.kind, origin.sentence(framework.citations)) for part, name, origin in parts
    )


def sources_sentence(sources: pl.DataFrame, names: Names) -> str:
    """How many sources of which kind, such as "59 interviews, 192 field notes and 24 documents from 4 districts"."""
    about = sources.filter(pl.col("case").is_not_null() & (pl.col("kind") != "context"))
    counted = dict(about.group_by("kind").len().iter_rows())
    shown = [numerals.plural(counted[kind], label) for kind, label in KINDS.items() if kind in counted]
    one, many = names.framework.case_noun
    return f"{listed(shown) or 'No sources'} from {numerals.plural(len(names.cases), one, many)}"


def _order(kind: str, level: str) -> tuple[int, int]:
    kinds, levels = list(KINDS), list(LEVELS)
    return (kinds.index(kind) if kind in kinds else 99, levels.index(level) if level in levels else 99)


def _cell_label(kind: str, level: str) -> str:
    shown = KINDS.get(kind, kind)
    # A document at the level "document" needs its name only once.
    return shown if level in ("", "document", "observation") else f"{shown}, {LEVELS.get(level, level)}"


def _framework_sentence(framework: Framework) -> str:
    parts = (
        numerals.plural(len(framework.domains), "domain"),
        numerals.plural(sum(not i.former for i in framework.indicators), "indicator"),
        numerals.plural(len(framework.facets), "facet"),
        numerals.plural(len(framework.conditions), "condition"),
        numerals.plural(len(framework.types), "ideal type"),
    )
    return f"{framework.title}, version {framework.version}: {listed(parts)}."


def _paragraphs(evidence: pl.DataFrame, analyses: Analyses, names: Names) -> tuple[str, ...]:
    found = [_coding_paragraph(evidence, analyses, names)]
    options = names.settings.analysis
    if analyses.distributions:
        found.append(
            "Distribution of work: for every case and domain, codings are counted per source and locus."
            f"{_weights_sentence(names.framework)} A denial counts against its locus. Shares are the posterior mean of "
            "a Bayesian bootstrap over sources with one prior atom (Rubin 1981; Ferguson 1973); intervals hold "
            f"{options.level:.0%} of {numerals.count(options.draws)} draws. The source is the unit of inference, since "
            "passages of one interview are not independent; passages that several people coded count once."
        )
    if analyses.identification is not None:
        found.append(
            "Ideal types: a hierarchical model of passages in sources in cases, in which coders err, gives the "
            "probability of each type, and of none of them. Beside it stands the membership by the type's rule over "
            "conditions (fuzzy-set logic; * is the minimum, + the maximum, ~ the negation), calibrated by the direct "
            "method at the framework's anchors (Ragin 2008). A case is called a type from a probability of "
            f"{numerals.share(options.certain)}, leaning to it from {numerals.share(options.leaning)}; between two "
            "types when they hold that much together. Conditions for which the least evidence is lacking stay unknown: "
            "missing is never 0."
        )
    return tuple(found)


def _coding_paragraph(evidence: pl.DataFrame, analyses: Analyses, names: Names) -> str:
    kinds = Counter(dict(evidence.group_by("coder_kind").agg(pl.col("coder").n_unique()).iter_rows()))
    people = kinds.pop("person", 0)
    who = [numerals.plural(people, "person", "people")] if people else []
    who += [numerals.plural(n, f"machine coder ({kind})") for kind, n in sorted(kinds.items())]
    several = evidence.group_by("source").agg(pl.col("coder").n_unique()).filter(pl.col("coder") > 1).height
    n_sources = evidence["source"].n_unique()
    shared = (
        f" {several} of these sources were coded by more than one coder."
        if analyses.layer == "independent" and people > 1
        else ""
    )
    return (
        f"Coding: {listed(who) or 'nobody'} coded {numerals.plural(n_sources, 'source')} deductively with the "
        f"framework below, {numerals.plural(evidence.height, 'coding')} in all.{shared} This report reads the "
        f"{analyses.layer} layer: {analyses.layer_reason}."
    )


def _weights_sentence(framework: Framework) -> str:
    """How much each actuality counts, the weightiest first."""
    rules = framework.rules
    if not rules.actuality:
        return ""
    labels = {value.id: value.label.lower() for value in framework.facet(rules.actuality).values}
    ranked = sorted(rules.weights.items(), key=lambda item: -item[1])
    return f" Weights: {'; '.join(f'{labels.get(id, id)} {weight:g}' for id, weight in ranked)}."


def _parameters(analyses: Analyses) -> tuple[tuple[str, str], ...]:
    """What is needed to compute it again, each thing once."""
    shown: dict[str, str] = {"layer": analyses.layer, "hash of all inputs": analyses.data_hash}
    results: list[Mapping[str, Any]] = [r.parameters for r in list(analyses.distributions.values())[:1]]
    if analyses.identification is not None:
        results.append(analyses.identification.parameters)
    for parameters in results:
        for name, value in parameters.items():
            shown.setdefault(name.replace("_", " "), _plain(value))
    return tuple(sorted(shown.items()))


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{k} {_plain(v)}" for k, v in value.items()) or "none"
    if isinstance(value, (list, tuple)):
        return ", ".join(_plain(item) for item in value) or "none"
    if isinstance(value, float):
        return f"{value:g}"
    return "none" if value is None or value == "" else str(value)
