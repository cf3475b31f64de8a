"""Fills the section on agreement: values, the passages behind them, and the methods text that fits the stance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from crosscase.analysis.agreement.study import AgreementResult, StudyCodings
from crosscase.analysis.agreement.study.result import ALL, NONE
from crosscase.errors import AnalysisError
from crosscase.report.agreement import Agreement, AgreementRow, Checklist, Differing, Disputed, Opened, Place, Side
from crosscase.report.agreement_more import method_of, named_coefficients
from crosscase.report.data import Table
from crosscase.services.agreeing import agree_study, study_codings
from crosscase.services.reporting.agreement_more import drift_rows, themselves_opened, with_themselves
from crosscase.services.reporting.agreement_text import agreement_paragraphs
from crosscase.services.study import Study

_MOST_CONFUSED = 12
_LONGEST_LABEL = "All codes"


def agreement_section(
    study: Study, checklists: tuple[Checklist, ...] = ()
) -> tuple[Agreement, Mapping[str, Table], AgreementResult | None]:
    """The section, its data tables, and the result per code where there is one.

    Agreement is measured where the stance asks for coefficients; elsewhere the section says what was done instead.
    """
    stance = study.settings.agreement.stance
    result: AgreementResult | None = None
    codings: StudyCodings | None = None
    why = ""
    if stance == "coefficient":
        try:
            codings = study_codings(study, study.settings.agreement.unit)
            result = agree_study(study, codings=codings)
        except AnalysisError as reason:
            why = str(reason)
    if result is None or codings is None:
        return Agreement(agreement_paragraphs(study, result, why), checklists=checklists), {}, None
    labels = {i.id: i.name for i in study.rulebook.indicators} | {ALL: _LONGEST_LABEL, NONE: "no code"}
    threshold = study.settings.agreement.threshold
    passages = result.disagreements()
    disputed = _disputed(result, passages, labels)
    anchors = {d.label: d.anchor for d in disputed} | {_LONGEST_LABEL: "ag-all"}
    method = method_of(result.table["method"].drop_nulls().unique(maintain_order=True).to_list())
    pairs, rounds = _pairs(study, codings, threshold), _rounds(study, codings, result, threshold)
    facets, by_facet = _facets(study, codings, threshold)
    opened = _opened(passages, result, labels, pairs, rounds) | _opened_facets(study, by_facet, labels)
    rows = tuple(_row(row, labels.get(row["code"], row["code"]), threshold, anchors) for row in _rows(result.table))
    names = named_coefficients((row.label, row.coefficient) for row in rows)
    own, own_opened = _with_themselves(study, codings, labels, threshold)
    drift, drift_opened, n_drift = drift_rows(study, labels)
    section = Agreement(
        paragraphs=agreement_paragraphs(study, result, rounds=rounds),
        method=f"{names[:1].upper()}{names[1:]}; {method}.",
        level=study.settings.agreement.level,
        rows=rows,
        pairs=_opening(pairs, opened),
        rounds=_opening(rounds, opened),
        facets=_opening(facets, opened),
        own=own,
        drift=drift,
        n_drift=n_drift,
        opened=(*opened.values(), *own_opened, *drift_opened),
        confusions=_confusions(result.confusion(), labels),
        disputed=disputed,
        warnings=result.warnings,
        checklists=checklists,
    )
    return section, _tables(result, passages), result


def _rows(table: pl.DataFrame) -> list[dict[str, Any]]:
    return table.to_dicts()


def _row(
    row: Mapping[str, Any], label: str, threshold: float, anchors: Mapping[str, str] | None = None
) -> AgreementRow:
    undefined = row["value"] is None or row["low"] is None
    return AgreementRow(
        label=label,
        value=None if undefined else row["value"],
        low=row["low"],
        high=row["high"],
        why=(row["not_defined"] or "not defined") if undefined else "",
        prevalence=row.get("prevalence"),
        raw=row.get("positive_agreement", row.get("same_answer")),
        n_sources=row["n_sources"],
        n_units=row["n_units"],
        n_differ=row["n_differ"],
        anchor=(anchors or {}).get(label, ""),
        below=not undefined and row["value"] < threshold,
        coefficient=str(row.get("coefficient") or ""),
    )


def _pairs(study: Study, codings: StudyCodings, threshold: float) -> tuple[AgreementRow, ...]:
    table = agree_study(study, by="pair", codings=codings, together=True).table
    if table.height < 2:
        return ()  # the only pair stands in the first table already
    return tuple(_row(row, f"{row['coder_a']} and {row['coder_b']}", threshold) for row in table.to_dicts())


def _rounds(study: Study, codings: StudyCodings, result: AgreementResult, threshold: float) -> tuple[AgreementRow, ...]:
    if result.units.rows["group"].n_unique() < 2:
        return ()
    table = agree_study(study, by="round", codings=codings, together=True).table
    return tuple(_row(row, f"{row['round']}, {row['scope']}", threshold) for row in table.to_dicts())


def _facets(
    study: Study, codings: StudyCodings, threshold: float
) -> tuple[tuple[AgreementRow, ...], AgreementResult | None]:
    if not study.rulebook.facets:
        return (), None
    try:
        result = agree_study(study, by="facet", codings=codings)
    except AnalysisError:
        return (), None  # no passage has the same code from two coders: the first table shows it
    questions = {f.id: f.question for f in study.rulebook.facets}
    return tuple(_row(row, questions[row["facet"]], threshold) for row in result.table.to_dicts()), result


def _with_themselves(
    study: Study, codings: StudyCodings, labels: Mapping[str, str], threshold: float
) -> tuple[tuple[AgreementRow, ...], tuple[Opened, ...]]:
    """Each coder with themself, where somebody read the same units in two rounds that asked for the same codes."""
    result = with_themselves(study, codings)
    if result is None:
        return (), ()
    opened = themselves_opened(result, labels)
    table = result.table.filter(pl.col("n_units") > 0)
    rows = []
    for row in table.iter_rows(named=True):
        there = opened.get((row["coder"], row["code"]))
        made = _row(row, f"{row['coder']}, {labels.get(row['code'], row['code'])}", threshold)
        rows.append(replace(made, anchor=there.anchor if there else ""))
    return tuple(rows), tuple(opened.values()) if rows else ()


def _opening(rows: Sequence[AgreementRow], opened: Mapping[str, Opened]) -> tuple[AgreementRow, ...]:
    """The rows with the anchors of what stands behind them."""
    return tuple(replace(row, anchor=opened[row.label].anchor) if row.label in opened else row for row in rows)


def _opened(
    passages: pl.DataFrame,
    result: AgreementResult,
    labels: Mapping[str, str],
    pairs: Sequence[AgreementRow],
    rounds: Sequence[AgreementRow],
) -> dict[str, Opened]:
    """The differences behind each pair of coders and each round, by the label of its row."""
    names = list(dict.fromkeys(row.label.rpartition(", ")[0] for row in rounds))
    known = {row.label for row in (*pairs, *rounds)}
    found: dict[str, list[Place]] = {row.label: [] for row in (*pairs, *rounds)}
    units: dict[str, set[Any]] = {label: set() for label in found}
    for row, anchor in zip(passages.iter_rows(named=True), passage_anchors(passages, result), strict=True):
        code = row["code"]
        words = f"{row['source']}, {row['start']}–{row['end']}, {labels.get(code, code)}"
        one = Place(words, anchor)
        since = names[names.index(row["round"]) :] if row["round"] in names else []
        wanted = [f"{row['coder_a']} and {row['coder_b']}", f"{row['round']}, alone", *(f"{n}, so far" for n in since)]
        for label in known.intersection(wanted):
            found[label].append(one)
            units[label].add(_unit(row))
    return {
        label: Opened(f"ag-by-{n}", label, tuple(some), len(units[label]))
        for n, (label, some) in enumerate(found.items())
        if some
    }


def _unit(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return row["source"], row["start"], row["end"], row["round"]


def passage_anchors(passages: pl.DataFrame, result: AgreementResult) -> list[str]:
    """Where each of the passages that differ stands in the section."""
    place = {code: n for n, code in enumerate(code for code in result.table["code"] if code != ALL)}
    nth: Counter[str] = Counter()
    found = []
    for code in passages["code"].to_list():
        found.append(f"ag-{place[code]}-{nth[code]}")
        nth[code] += 1
    return found


def _opened_facets(study: Study, result: AgreementResult | None, labels: Mapping[str, str]) -> dict[str, Opened]:
    """The passages with the same code and different answers, by the question."""
    found = {}
    for n, facet in enumerate(study.rulebook.facets if result is not None else ()):
        assert result is not None
        places, units = [], set()
        for row in result.disagreements(facet=facet.id).iter_rows(named=True):
            units.add(_unit(row))
            sides = "; ".join(f"{row[f'coder_{s}']}: {facet_answer(row[f'facets_{s}'], facet.id)}" for s in "ab")
            words = f"{row['source']}, {row['start']}–{row['end']}, {labels.get(row['code'], row['code'])}: {sides}"
            places.append(Place(words, codings=(*row["codings_a"], *row["codings_b"])))
        if places:
            found[facet.question] = Opened(f"ag-facet-{n}", facet.question, tuple(places), len(units))
    return found


def facet_answer(said: str, facet: str) -> str:
    """One facet out of the answers of a coding."""
    answers = [part.partition(": ") for part in said.split("; ")]
    return " / ".join(value for name, _, value in answers if name == facet)


def _confusions(matrix: pl.DataFrame, labels: Mapping[str, str]) -> tuple[tuple[str, str, int], ...]:
    """The most frequent pairs of different codes; both directions count the same pair."""
    names = matrix["coder_a"].to_list()
    found = [
        (labels.get(one, one), labels.get(other, other), int(matrix[other][n]))
        for n, one in enumerate(names)
        for other in names[n + 1 :]
        if other != NONE and one != NONE and matrix[other][n]
    ]
    return tuple(sorted(found, key=lambda item: -item[2])[:_MOST_CONFUSED])


def _disputed(result: AgreementResult, passages: pl.DataFrame, labels: Mapping[str, str]) -> tuple[Disputed, ...]:
    order = [code for code in result.table["code"] if code != ALL]
    parts = passages.partition_by("code", as_dict=True, maintain_order=True)
    found = []
    for n, code in enumerate(order):
        mine = parts.get((code,))
        if mine is not None:
            shown = tuple(_differing(row) for row in mine.to_dicts())
            found.append(Disputed(f"ag-{n}", labels.get(code, code), shown))
    return tuple(found)


def _differing(row: Mapping[str, Any]) -> Differing:
    text = row["text"] or row["quote_a"] or row["quote_b"]
    return Differing(
        row["source"], row["start"], row["end"], row["round"], text, (_side(row, "a", row), _side(row, "b", row))
    )


def _side(row: Mapping[str, Any], side: str, whole: Mapping[str, Any]) -> Side:
    spans = [f"{a}–{b}" for a, b in row[f"spans_{side}"] or []]
    here = [f"{whole['start']}–{whole['end']}"]
    parts = [f"at {', '.join(spans)}"] if spans and spans != here else []
    parts += [row[f"facets_{side}"]] if row[f"facets_{side}"] else []
    parts += [f"gave {', '.join(row[f'also_{side}'])}"] if row[f"also_{side}"] else []
    parts += [f"memo: {memo}" for memo in row[f"memos_{side}"] or []]
    return Side(row[f"coder_{side}"], row[f"gave_{side}"], "; ".join(parts), tuple(row[f"codings_{side}"] or ()))


def _tables(result: AgreementResult, passages: pl.DataFrame) -> dict[str, Table]:
    lists = [name for name, kind in passages.schema.items() if kind.is_nested()]
    flat = passages.with_columns(
        pl.Series(name, ["; ".join(map(str, value or ())) for value in passages[name].to_list()], dtype=pl.String)
        for name in lists
    )
    known = {
        "code": "id of the code; (all) is all of them",
        "value": "the coefficient",
        "low": "lower end of the interval",
        "high": "upper end of the interval",
        "not_defined": "why there is no value",
        "prevalence": "share of readings that gave the code",
        "positive_agreement": "where one coder gave it, how often another did",
        "n_differ": "units on which not all who read them agree",
        "method": "how the interval was made",
        "text": "the words",
        "coder_a": "first coder",
        "coder_b": "second coder",
        "gave_a": "whether the first coder gave the code",
        "gave_b": "whether the second coder gave the code",
    }
    return {
        "agreement": Table(result.table, "Agreement between coders per code.", known),
        "disagreements": Table(flat, "Passages that two coders coded differently, side by side.", known),
        "confusion": Table(
            result.confusion(),
            "Codes of one coder × codes of another in the same units; the diagonal is agreement.",
            {"coder_a": "code of one coder; the columns are codes of the other"},
        ),
    }
