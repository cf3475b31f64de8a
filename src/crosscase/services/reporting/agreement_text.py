"""The methods text on agreement, as the stance of the study asks for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from typing import Any

import polars as pl

from crosscase.analysis.agreement.study import AgreementResult
from crosscase.analysis.agreement.study.result import ALL, NONE
from crosscase.errors import NotEnoughEvidence
from crosscase.report import numerals
from crosscase.report.agreement import AgreementRow, coefficient
from crosscase.report.agreement_more import method_of
from crosscase.report.passages import shorten
from crosscase.services.agreeing import share_read_together
from crosscase.services.analyses import choose_layer
from crosscase.services.decisions import Adjudication, adjudications
from crosscase.services.double_coding import sampling_plans
from crosscase.services.reporting.names import KINDS, listed
from crosscase.services.rounds import RoundState, coding_days, imported_rounds, rounds
from crosscase.services.study import Study

_UNITS = {
    "turn": "turns of speakers (paragraphs, where a source has no turns)",
    "sentence": "sentences",
    "paragraph": "paragraphs",
    "passage": "the passages that coders were handed",
    "span": "freely placed spans",
}
_RULE = "A coding counts in a unit when both share at least half of the shorter of the two."
_COUNTING = {
    "span": (
        "For each code, coders are compared by the length of text that both, one or none of them marked. Text that "
        "nobody coded counts as agreement on the gap between spans; text that a coder has not read is missing for that "
        "coder."
    ),
    "passage": (
        "A passage in which a coder gave nothing counts as “not given”; one that a coder has not read is missing for "
        "that coder."
    ),
}
_QUOTED = 120  # characters of an example


def agreement_paragraphs(
    study: Study, result: AgreementResult | None, why: str = "", rounds: Sequence[AgreementRow] = ()
) -> tuple[str, ...]:
    """Paragraphs for a methods section; every fact comes from the study or from what its people wrote.

    ``rounds`` are the values per round, as the report shows them.
    """
    stance = study.settings.agreement.stance
    if stance == "reflexive":
        return _reflexive(study)
    if stance == "consensus":
        return (_who(study), _negotiated(study), *_adjudicated(study))
    if result is None:
        return (f"Agreement between coders was not computed: {why}.",)
    return (
        _who(study),
        _double_coded(study, result),
        _rounds(study, result, rounds),
        _measured(study, result),
        *_found(study, result),
        *_adjudicated(study),
        _repeat(result),
    )


def _said(study: Study, key: str) -> str:
    """What people wrote for an item, as a sentence; empty where they wrote nothing."""
    text = study.settings.reporting.get(key, "").strip()
    return text if not text or text[-1] in ".!?" else f"{text}."


def _reflexive(study: Study) -> tuple[str, ...]:
    reason = _said(study, "stance_reason")
    text = (
        "Agreement between coders was not sought. Coding is treated as an interpretation to which the researchers' own "
        "perspectives contribute; a coefficient would measure conformity to a standard that this stance does not hold."
    )
    return (f"{text} {reason}".strip(), *([_said(study, "reflexivity")] if _said(study, "reflexivity") else []))


def _negotiated(study: Study) -> str:
    done = _said(study, "negotiation") or "How they were settled is not recorded in the study."
    decided = any(d.reopened_at is None for d in adjudications(study))
    standing = study.evidence("consensus").height
    nothing = "" if decided or standing else " The study holds no decision on a difference and no consensus coding."
    try:
        layer, reason = choose_layer(study)
        reads = f" The analyses read the {layer} layer: {reason}."
    except NotEnoughEvidence:
        reads = ""
    return (
        "Differences between coders are settled by negotiation, the stance that was chosen for this study; no "
        f"coefficient is reported. {done}{nothing}{reads}"
    )


def _who(study: Study) -> str:
    codings = study.evidence("independent").filter(pl.col("coder_kind") == "person")
    coders = sorted(codings["coder"].unique())
    labels = {c.name: c.label or c.name for c in study.settings.coders}
    names = listed([labels.get(c, c) for c in coders]) or "nobody"
    training = _said(study, "coder_training") or _said(study, "training") or "Their training is not recorded."
    return f"Coders: {numerals.plural(len(coders), 'person', 'people')} ({names}). {training}"


def _double_coded(study: Study, result: AgreementResult) -> str:
    sources = study.sources().filter(pl.col("kind") != "context")
    twice = set(result.units.rows["source"])
    read = sources.filter(pl.col("name").is_in(list(twice)))
    kinds, totals = Counter(read["kind"].to_list()), Counter(sources["kind"].to_list())
    shares = listed(
        [f"{n} of {numerals.plural(totals[k], label)}" for k, label in KINDS.items() if (n := kinds.get(k, 0))]
    )
    share, all_units = share_read_together(study, str(result.parameters["unit"]))
    n_units = result.units.rows.select("source", "start", "end").unique().height
    of = f" ({n_units / all_units:.0%} of those of all sources)" if all_units else ""
    kept = "" if result.parameters["unit"] == "passage" else " Questions are left out."
    return (
        f"Read by two coders or more, in whole or in part: {shares}; what two have read holds {share:.0%} of the words "
        f"of all sources. Compared were {numerals.plural(n_units, 'unit')} of text{of}. "
        f"{_chosen(study, twice)} Only text that a coder has recorded as read counts; elsewhere the coder's silence is "
        f"missing, not agreement.{kept}"
    )


def _chosen(study: Study, twice: Set[str]) -> str:
    """How the double-coded sources came to be it: what was drawn, and what else was coded twice."""
    said = _said(study, "double_coding")
    plans = sampling_plans(study)
    drawn = {name for plan in plans for name in plan.sources}
    if not plans:
        return said or "How they were chosen is not recorded in the study."
    draws = listed([f"seed {plan.seed}, {plan.created_at[:10]}" for plan in plans])
    text = (
        "Drawn for double coding at random, stratified by case, kind and level: "
        f"{numerals.plural(len(drawn), 'source')} ({draws}); read by two coders of these: "
        f"{numerals.count(len(drawn & twice))}."
    )
    if more := len(twice - drawn):
        rest = said or "How those were chosen is not recorded in the study."
        return f"{text} Read by two coders besides: {numerals.plural(more, 'source')}. {rest}"
    return f"{text} {said}".strip()


def _rounds(study: Study, result: AgreementResult, rows: Sequence[AgreementRow]) -> str:
    used = set(result.units.rows["group"])
    states = [r for r in rounds(study) if r.name in used]
    imported, days = imported_rounds(study), coding_days(study)
    values = {row.label: row for row in rows}
    many = numerals.plural(len(states), "round")
    shown = [
        _round(state, state.name in imported, days.get(state.name), values.get(f"{state.name}, alone"))
        for state in states
    ]
    unknown = any(state.name in imported for state in states)
    blinding = _said(study, "blinding") or ("Whether coders worked blind is not recorded." if unknown else "")
    return f"Coding took place in {many}: {'; '.join(shown)}. {blinding}".strip()


def _round(state: RoundState, imported: bool, days: tuple[str, str] | None, row: AgreementRow | None) -> str:
    if imported:
        seeing = f"brought in as files on {days[0]}" if days else "brought in as files"
    else:
        first, last = days or ("", "")
        when = f", coded on {first}" if first == last else f", coded from {first} to {last}"
        until = f" until {state.revealed_at[:10]}" if state.revealed_at else ""
        seeing = (f"blind{until}" if state.blind else "open") + (when if days else "")
    codes = f", asking for {numerals.plural(len(state.codes), 'code')}" if state.codes else ""
    value = ""
    if row is not None and row.value is not None:
        value = f"; all codes {coefficient(row.value)}, {coefficient(row.low)} to {coefficient(row.high)}"
    return f"{state.name} ({seeing}, codebook version {state.codebook_version}{codes}{value})"


def _measured(study: Study, result: AgreementResult) -> str:
    said = result.parameters
    names = listed([str(n) for n in result.table["coefficient"].drop_nulls().unique(maintain_order=True)])
    methods = [str(m) for m in result.table["method"].drop_nulls().unique(maintain_order=True)]
    intervals = (
        f"Intervals hold {said['level']:.0%} ({method_of(methods)}): passages of one source resemble each other, so "
        "whole sources are left out or drawn."
        if methods
        else "No interval could be computed."
    )
    counting = _COUNTING.get(
        str(said["unit"]),
        f"{_RULE} A unit in which a coder gave nothing counts as “not given”; a unit that a coder has not read is "
        "missing for that coder.",
    )
    reason = _said(study, "coefficient_reason") or "Why this coefficient was chosen is not recorded."
    return (
        f"Agreement was computed on the independent codings, on {_UNITS[str(said['unit'])]}; coefficient: "
        f"{names or said['coefficient']}. {reason} {counting} {intervals}"
    )


def _found(study: Study, result: AgreementResult) -> tuple[str, ...]:
    threshold = study.settings.agreement.threshold
    labels = {i.id: i.name for i in study.rulebook.indicators}
    whole = result.table.filter(pl.col("code") == ALL).to_dicts()
    codes = result.table.filter(pl.col("code") != ALL)
    known = codes.filter(pl.col("low").is_not_null())
    undefined = codes.height - known.height
    low = known.filter(pl.col("value") < threshold).sort("value")
    text = ""
    if whole and whole[0]["low"] is not None:
        one = whole[0]
        bounds = f"{coefficient(one['low'])} to {coefficient(one['high'])}"
        text = f"For all codes together it is {coefficient(one['value'])} ({bounds}). "
    if known.height:
        lowest, highest = (coefficient(float(str(end))) for end in (known["value"].min(), known["value"].max()))
        runs = f"it runs from {lowest} to {highest}" if lowest != highest else f"it is {lowest}"
        text += f"Per code {runs}. "
    lies = "lies" if low.height == 1 else "lie"
    text += f"{numerals.plural(low.height, 'code')} of the {codes.height} that a coder gave {lies} below "
    text += coefficient(threshold)
    named = [f"{labels.get(r['code'], r['code'])} {coefficient(r['value'])}" for r in low.head(5).to_dicts()]
    text += f", the lowest: {listed(named)}." if named else "."
    if undefined:
        text += f" For {numerals.plural(undefined, 'code')} it is not defined; the table says why."
    more = _said(study, "below_threshold")
    if low.height and not more:
        more = "What was done about them is not recorded."
    kinds = _kinds(result, labels)
    return tuple(part for part in (f"{text} {more}".strip() + _prevalence(known), kinds) if part)


def _prevalence(codes: pl.DataFrame) -> str:
    """How rare the codes are: rare ones have wide intervals and low chance-corrected values."""
    if "prevalence" not in codes.columns or codes["prevalence"].drop_nulls().is_empty():
        return ""
    lowest, highest = (float(str(x)) for x in (codes["prevalence"].min(), codes["prevalence"].max()))
    ends = f"{lowest:.1%}" if f"{lowest:.1%}" == f"{highest:.1%}" else f"{lowest:.1%} to {highest:.1%}"
    return f" A code was given in {ends} of the readings; the table says it for each."


def _kinds(result: AgreementResult, labels: Mapping[str, str]) -> str:
    """Is it that one coder saw something, or that both saw it and called it differently?"""
    passages = result.disagreements()
    if passages.is_empty():
        return "Coders differ nowhere."
    counted: Counter[str] = Counter()
    example = ""
    for row in passages.iter_rows(named=True):
        one, two = ("a", "b") if row["gave_a"] else ("b", "a")
        mine, theirs = {row["code"], *row[f"also_{one}"]}, set(row[f"also_{two}"])
        kind = "nothing" if not theirs else "another" if theirs - mine else "shared"
        counted[kind] += 1
        if kind == "another" and not example and row["text"]:
            example = _example(row, one, two, sorted(theirs - mine)[0], labels)
    n = numerals.plural(passages.height, "difference")
    return (
        f"Of {n} over a code, in {numerals.count(counted['another'])} the "
        f"other coder gave the unit a code that the first did not, in {numerals.count(counted['shared'])} only codes "
        f"that both gave, in {numerals.count(counted['nothing'])} none.{_most_confused(result, labels)}{example}"
    )


def _example(row: Mapping[str, Any], one: str, two: str, other: str, labels: Mapping[str, str]) -> str:
    code = row["code"]
    return (
        f" For example, on “{shorten(' '.join(row['text'].split()), _QUOTED)}” ({row['source']}) {row[f'coder_{one}']} "
        f"gave {labels.get(code, code)} and {row[f'coder_{two}']} {labels.get(other, other)}."
    )


def _most_confused(result: AgreementResult, labels: Mapping[str, str]) -> str:
    matrix = result.confusion()
    names = [n for n in matrix["coder_a"] if n != NONE]
    pairs = [
        (int(matrix[b][i]), a, b)
        for i, a in enumerate(matrix["coder_a"])
        for b in names
        if a != NONE and a < b and matrix[b][i]
    ]
    if not pairs:
        return ""
    _, first, second = max(pairs)
    return f" Most often confused: {labels.get(first, first)} and {labels.get(second, second)}."


def _adjudicated(study: Study) -> tuple[str, ...]:
    decisions = adjudications(study)
    rule = _said(study, "adjudication_rule")
    if not decisions:
        n = study.evidence("consensus").height
        came = f"The consensus layer holds {numerals.plural(n, 'coding')} that came with an import." if n else ""
        text = f"{came} {rule}".strip()
        return (text,) if text else ()
    standing: list[Adjudication] = [d for d in decisions if d.reopened_at is None]
    counted = Counter(d.decision for d in standing)
    reopened = len(decisions) - len(standing)
    parts = [f"{numerals.count(n)} {kind}" for kind, n in sorted(counted.items())]
    text = f"Adjudication: {numerals.plural(len(standing), 'decision')} ({listed(parts)})"
    text += f"; {numerals.plural(reopened, 'decision')} reopened." if reopened else "."
    return (f"{text} {rule or 'By which rule is not recorded.'}",)


def _repeat(result: AgreementResult) -> str:
    said = result.parameters
    return (
        f"Computed with Crosscase {said['crosscase']}, framework {said['framework']}, seed {said['seed']}, data "
        f"{str(said['data_hash'])[:12]}."
    )
