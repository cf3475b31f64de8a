"""Fills the types that each coder's own coding gives, with the passages that differ and the codings behind them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from crosscase.analysis.agreement.study import AgreementResult
from crosscase.analysis.result import Result
from crosscase.errors import AnalysisError
from crosscase.model.framework import Framework
from crosscase.report import numerals
from crosscase.report.agreement import Place
from crosscase.report.coder_types import CoderTypes, CoderVerdict, TypesOfPair
from crosscase.report.data import Table
from crosscase.services.agreeing import agree_study
from crosscase.services.agreeing_types import coders_to_compare
from crosscase.services.analyses import Analyses
from crosscase.services.reporting.agreement import facet_answer, passage_anchors
from crosscase.services.reporting.names import NONE, Names
from crosscase.services.reporting.sentences import in_short
from crosscase.services.study import Study

MOST_LISTED = 400  # codings of one coder in one case; beyond that the data have them
HOW_TO_ASK = (
    "Whether each coder's own coding gives the same type was not computed: it takes two identifications per pair of "
    "coders. To have it here: crosscase report --types-by-coder."
)
_NOT_DEFINED = "not defined: "
_KEYS = ("case", "compared")
_COLUMNS = {
    "case": "short name of the case",
    "compared": "the two coders who are compared on the sources that both have read",
    "coder": "whose codings went through the identification alone",
    "verdict": "type, leaning, between, none or not_enough, with the ids of the types; empty where not defined",
    "types": "the same types in the order of the alphabet, which are what is compared",
    "probability": "of the verdict",
    "same": "whether the codings of the two give the same type; empty where that is not known",
    "not_defined": "why there is no verdict",
    "n_codings": "codings of the coder about the case",
    "n_sources": "sources of the case that both have read",
}
_EVIDENCE = ("coding_id", "source", "start", "end", "code")
_EVIDENCE_COLUMNS = {
    **{name: _COLUMNS[name] for name in ("case", "compared", "coder")},
    "coding_id": "number of the coding, as in the report (#)",
    "start": "first character of the passage in the stored text, counted from 0",
    "end": "the character after its last",
    "code": "id of the indicator",
}
Places = Mapping[tuple[str, frozenset[str]], list[Place]]


def coder_types(study: Study, analyses: Analyses, names: Names, result: AgreementResult | None) -> CoderTypes | None:
    """The part of the section on agreement, or the sentence that stands in its place.

    ``result`` is the agreement whose passages stand in the report; where it has none, the codings of a passage do.
    """
    if analyses.coder_types is not None:
        return compared_types(analyses.coder_types, names, _differing(study, result, names))
    if analyses.coder_types_note:
        reason = analyses.coder_types_note
        return CoderTypes(note=f"Whether each coder's own coding gives the same type cannot be said: {reason}.")
    if not study.rulebook.types or study.settings.agreement.stance != "coefficient":
        return None  # where agreement is not sought, nothing is missing
    try:
        coders_to_compare(study)
    except AnalysisError:
        return None  # nobody shares a source: there is nothing to ask for
    return CoderTypes(note=HOW_TO_ASK)


def compared_types(result: Result, names: Names, differing: Places | None = None) -> CoderTypes:
    """A row per case and two coders, in the order of the study's cases."""
    reasons: dict[str, str] = {}
    order = {case: n for n, case in enumerate(names.cases)}
    rows = []
    groups = result.table.partition_by(*_KEYS, maintain_order=True)
    for n, group in enumerate(sorted(groups, key=lambda g: order.get(g["case"][0], len(order)))):
        both = group.to_dicts()
        case, same = both[0]["case"], both[0]["same"]
        pair = frozenset(row["coder"] for row in both)
        places = None if differing is None else tuple(differing.get((case, pair), ()))
        anchor = f"ag-types-{n}"
        one, other = (_coder(row, result, names, reasons, f"{anchor}-{s}") for row, s in zip(both, "ab", strict=True))
        opens = bool(places or one.codings or other.codings)
        shown = names.case(case), (one, other), both[0]["n_sources"], same, anchor if opens else "", places
        rows.append(TypesOfPair(*shown))
    return CoderTypes(tuple(rows), tuple(f"Not defined {mark}: {reason}." for reason, mark in reasons.items()))


def coder_types_tables(result: Result | None) -> dict[str, Table]:
    """The verdicts, and every coding that went into each of them."""
    if result is None:
        return {}
    cells = result.lineage.select("case", "compared", "coder", "coding_id")
    where = result.codings.select(_EVIDENCE)
    evidence = cells.join(where, on="coding_id", how="left", maintain_order="left")
    about = "The verdict on every case from each coder's own codings, for each two coders who share sources."
    return {
        "types_by_coder": Table(result.table, about, _COLUMNS),
        "types_by_coder_evidence": Table(
            evidence, "The codings behind each row of types_by_coder.csv.", _EVIDENCE_COLUMNS
        ),
    }


def _coder(row: Mapping[str, Any], result: Result, names: Names, reasons: dict[str, str], anchor: str) -> CoderVerdict:
    if row["verdict"] is None:
        why = row["not_defined"].removeprefix(_NOT_DEFINED)
        mark = reasons.setdefault(why, f"[{len(reasons) + 1}]")
        said = f"not defined {mark}"
    else:
        said = said_in_short(row["verdict"], row["probability"], names)
    codings = result.evidence.get((row["case"], row["compared"], row["coder"]), ())
    listed = codings if len(codings) <= MOST_LISTED else ()
    return CoderVerdict(row["coder"], said, row["n_codings"], anchor if listed else "", listed)


def said_in_short(verdict: str, probability: float | None, names: Names) -> str:
    """A verdict such as ``leaning: networked`` in words, with its probability."""
    kind, _, types = verdict.partition(": ")
    said = in_short(kind, [names.type(id) for id in types.split(" / ") if id and id != NONE])
    # How likely it is that the evidence does not suffice is no probability of a type.
    return said if kind == "not_enough" else f"{said} ({numerals.probability(probability)})"


def _differing(study: Study, shown: AgreementResult | None, names: Names) -> Places | None:
    """(Case, two coders) → the passages with another code, then those with another answer to a facet that counts."""
    try:
        result = shown or agree_study(study)
    except AnalysisError:
        return None  # such as two people who read different parts of a source
    where = dict(study.sources().select("name", "case").iter_rows())
    found: dict[tuple[str, frozenset[str]], list[Place]] = {}
    for row, place in (*_other_codes(result, names, linked=shown is not None), *_other_answers(study, names)):
        key = where.get(row["source"]) or "", frozenset((row["coder_a"], row["coder_b"]))
        found.setdefault(key, []).append(place)
    return found


def _other_codes(result: AgreementResult, names: Names, *, linked: bool) -> Iterator[tuple[Mapping[str, Any], Place]]:
    passages = result.disagreements()
    for row, anchor in zip(passages.iter_rows(named=True), passage_anchors(passages, result), strict=True):
        gave, other = ("coder_a", "coder_b") if row["gave_a"] else ("coder_b", "coder_a")
        words = f"{_passage(row, names)}, given by {row[gave]}, not by {row[other]}"
        yield row, Place(words, anchor) if linked else Place(words, codings=(*row["codings_a"], *row["codings_b"]))


def _other_answers(study: Study, names: Names) -> Iterator[tuple[Mapping[str, Any], Place]]:
    facets = _facets_that_count(study.rulebook)
    try:
        result = agree_study(study, by="facet") if facets else None
    except AnalysisError:
        return  # no passage has the same code from two coders
    for facet in facets if result is not None else ():
        assert result is not None
        for row in result.disagreements(facet=facet).iter_rows(named=True):
            sides = "; ".join(f"{row[f'coder_{s}']}: {facet_answer(row[f'facets_{s}'], facet)}" for s in "ab")
            words = f"{_passage(row, names)}, {study.rulebook.facet(facet).question} {sides}"
            yield row, Place(words, codings=(*row["codings_a"], *row["codings_b"]))


def _passage(row: Mapping[str, Any], names: Names) -> str:
    return f"{row['source']}, {row['start']}–{row['end']}, {names.code(row['code'])}"


def _facets_that_count(framework: Framework) -> tuple[str, ...]:
    """The facets that the analyses read, in the order of the codebook."""
    rules = framework.rules
    read = {rules.locus, rules.actuality, rules.stance.facet if rules.stance else None}
    return tuple(facet.id for facet in framework.facets if facet.id in read)
