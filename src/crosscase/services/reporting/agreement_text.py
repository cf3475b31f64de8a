"""The methods text on agreement, as the stance of the study asks for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import polars as pl

from crosscase.analysis.agreement.study import AgreementResult
from crosscase.analysis.agreement.study.result import ALL, NONE
from crosscase.report import numerals
from crosscase.report.agreement import coefficient
from crosscase.services.decisions import Adjudication, adjudications
from crosscase.services.double_coding import sampling_plans
from crosscase.services.reporting.names import KINDS, listed
from crosscase.services.rounds import RoundState, rounds
from crosscase.services.study import Study

_UNITS = {
    "turn": "turns of speakers (paragraphs, where a source has no turns)",
    "sentence": "sentences",
    "paragraph": "paragraphs",
    "passage": "the passages that coders were handed",
    "span": "freely placed spans",
}


def agreement_paragraphs(study: Study, result: AgreementResult | None, why: str = "") -> tuple[str, ...]:
    """Paragraphs for a methods section; every fact comes from the study or from what its people wrote."""
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
        _rounds(study, result),
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
    text = (
        "Agreement was reached by negotiation: coders worked independently, compared their codings passage by passage "
        "and talked differences through until they agreed. No coefficient is reported, since the consensus and not the "
        "independent coding is what the analysis rests on."
    )
    return f"{text} {_said(study, 'negotiation')}".strip()


def _who(study: Study) -> str:
    codings = study.evidence("independent").filter(pl.col("coder_kind") == "person")
    coders = sorted(codings["coder"].unique())
    labels = {c.name: c.label or c.name for c in study.settings.coders}
    names = listed([labels.get(c, c) for c in coders]) or "nobody"
    training = _said(study, "coder_training") or _said(study, "training")
    return f"Coders: {numerals.plural(len(coders), 'person', 'people')} ({names}). {training}".strip()


def _double_coded(study: Study, result: AgreementResult) -> str:
    sources = study.sources().filter(pl.col("kind") != "context")
    twice = set(result.units.rows["source"])
    kinds = Counter(sources.filter(pl.col("name").is_in(list(twice)))["kind"].to_list())
    totals = Counter(sources["kind"].to_list())
    shares = listed(
        [f"{n} of {numerals.plural(totals[k], label)}" for k, label in KINDS.items() if (n := kinds.get(k, 0))]
    )
    chosen = _said(study, "double_coding")
    plans = sampling_plans(study)
    if plans:
        plan = plans[-1]
        chosen = (
            f"{numerals.plural(len(plan.sources), 'source')} were drawn for it at random, stratified by case, kind and "
            f"level (seed {plan.seed}, {plan.created_at[:10]}). {chosen}"
        ).strip()
    elif not chosen:
        chosen = "How they were chosen is not recorded in the study."
    n_units = result.units.rows.height
    return (
        f"Read by two coders or more: {shares}, {numerals.count(n_units)} units. {chosen} Only text that a coder has "
        "recorded as read counts; elsewhere the coder's silence is missing, not agreement. Questions are left out."
    )


def _rounds(study: Study, result: AgreementResult) -> str:
    used = set(result.units.rows["group"])
    states = [r for r in rounds(study) if r.name in used]
    many = numerals.plural(len(states), "round")
    return f"Coding took place in {many}: {'; '.join(_round(state) for state in states)}."


def _round(state: RoundState) -> str:
    seeing = "open"
    if state.blind:
        seeing = f"blind until {state.revealed_at[:10]}" if state.revealed_at else "blind"
    codes = f", asking for {numerals.plural(len(state.codes), 'code')}" if state.codes else ""
    return f"{state.name} ({seeing}, codebook version {state.codebook_version}{codes})"


def _measured(study: Study, result: AgreementResult) -> str:
    said = result.parameters
    names = listed([str(n) for n in result.table["coefficient"].drop_nulls().unique(maintain_order=True)])
    method = next(iter(result.table["method"].drop_nulls()), "none")
    unit = _UNITS[str(said["unit"])]
    nothing = (
        "Text that nobody coded counts as agreement on the gap between spans"
        if said["unit"] == "span"
        else "A unit in which a coder gave nothing counts as “not given”"
    )
    return (
        f"Agreement was computed on the independent codings, on {unit}; coefficient: {names or said['coefficient']}. "
        f"A coding counts in a unit when both share at least half of the shorter of the two. {nothing}; a unit that a "
        f"coder has not read is missing for that coder. Intervals hold {said['level']:.0%} ({method}): passages of one "
        "source resemble each other, so whole sources are left out."
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
        lowest, highest = known["value"].min(), known["value"].max()
        text += f"Per code it runs from {coefficient(float(str(lowest)))} to {coefficient(float(str(highest)))}. "
    text += f"{numerals.plural(low.height, 'code')} of {codes.height} lie below {coefficient(threshold)}"
    named = [f"{labels.get(r['code'], r['code'])} {coefficient(r['value'])}" for r in low.head(5).to_dicts()]
    text += f", the lowest: {listed(named)}." if named else "."
    if undefined:
        text += f" For {numerals.plural(undefined, 'code')} it is not defined; the table says why."
    more = _said(study, "below_threshold")
    kinds = _kinds(result, labels)
    return tuple(part for part in (f"{text} {more}".strip(), kinds) if part)


def _kinds(result: AgreementResult, labels: Mapping[str, str]) -> str:
    """Is it that one coder saw something, or that both saw it and called it differently?"""
    passages = result.disagreements()
    if passages.is_empty():
        return "Coders differ nowhere."
    other = passages.filter(
        pl.when(pl.col("gave_a")).then(pl.col("also_b").list.len()).otherwise(pl.col("also_a").list.len()) > 0
    )
    matrix = result.confusion()
    names = [n for n in matrix["coder_a"] if n != NONE]
    pairs = [
        (int(matrix[b][i]), a, b)
        for i, a in enumerate(matrix["coder_a"])
        for b in names
        if a != NONE and a < b and matrix[b][i]
    ]
    most = ""
    if pairs:
        _, first, second = max(pairs)
        most = f" Most often confused: {labels.get(first, first)} and {labels.get(second, second)}."
    return (
        f"Of {numerals.count(passages.height)} differences, in {numerals.count(other.height)} the other coder gave the "
        f"unit another code, in {numerals.count(passages.height - other.height)} none.{most}"
    )


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
    return (f"{text} {rule}".strip(),)


def _repeat(result: AgreementResult) -> str:
    said = result.parameters
    return (
        f"Computed with Crosscase {said['crosscase']}, framework {said['framework']}, seed {said['seed']}, data "
        f"{str(said['data_hash'])[:12]}."
    )
