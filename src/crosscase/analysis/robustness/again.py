"""Identifying again with some of the evidence: by the model's own draws, or by sampling anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from crosscase.analysis.conditions import Cell, Support, supports
from crosscase.analysis.identify.arrange import Study, arrange
from crosscase.analysis.identify.leave_out import answers_without, cells_by_source
from crosscase.analysis.identify.reading import read_by_model, read_by_rule
from crosscase.analysis.identify.result import Identification
from crosscase.analysis.identify.sampling import NONE, Fit
from crosscase.analysis.identify.settings import Prior, Thresholds
from crosscase.analysis.identify.verdicts import kind_of
from crosscase.model.framework import AnalysisRules, Framework

Probabilities = Mapping[str, float]
_DRAWS, _CHAINS = 400, 2


@dataclass(frozen=True)
class Answer:
    """A verdict in short: its kind, the types that it names, and the probabilities that it rests on."""

    kind: str
    types: tuple[str, ...]
    probability: Probabilities

    @property
    def short(self) -> tuple[str, tuple[str, ...]]:
        return self.kind, self.types


@dataclass(frozen=True)
class Standing:
    """An identification with what is needed to ask it again."""

    found: Identification
    framework: Framework
    study: Study
    thresholds: Thresholds
    prior: Prior
    seed: int

    @property
    def fit(self) -> Fit | None:
        return self.found.fit

    def base(self, case: str) -> Answer:
        """The verdict as it stands."""
        verdict = self.found.verdict(case)
        rows = self.found.table.filter(pl.col("case") == case)
        return Answer(verdict.kind, verdict.types, dict(zip(rows["type"], rows["both"], strict=True)))

    def rule_holds(self, case: str) -> dict[str, float]:
        """Type → how often the rule does not deny it in draws where the model says so; with all that was heard."""
        rows = self.found.table.filter(pl.col("case") == case)
        pairs = zip(rows["type"], rows["both"], rows["probability"], strict=True)
        return {name: both / p if p > 0 else 1.0 for name, both, p in pairs if name != NONE}

    def assigned(self, case: str) -> str:
        """The type that the verdict is about: what it names first, or the most probable answer."""
        base = self.base(case)
        return base.types[0] if base.types else max(base.probability, key=lambda name: base.probability[name])


def standing_of(found: Identification, evidence: pl.DataFrame, framework: Framework) -> Standing:
    """Arrange the evidence of an identification once more, for everything that is asked of it afterwards."""
    parameters = found.parameters
    cases = list(found.verdicts)
    study = arrange(evidence, framework, parameters.get("numbers") or {}, cases)
    prior = {k: v for k, v in dict(parameters["prior"]).items()}
    return Standing(
        found, framework, study, Thresholds(**parameters["thresholds"]), Prior(**prior), int(parameters["seed"])
    )


def without_sources(standing: Standing, removals: Sequence[tuple[str, frozenset[str]]]) -> list[Answer]:
    """Answers for cases without some of their sources, each removal on its own.

    With a model they come from its draws (``analysis.identify.leave_out``), else from the rules. Whether a type's rule
    holds is then taken as it was with everything; sampling again looks at it anew.
    """
    fit = standing.fit
    if fit is None:
        return [sampled_again(standing, ~pl.col("source").is_in(list(gone)))[case] for case, gone in removals]
    place = {name: i for i, name in enumerate(fit.readings.cases)}
    number = {name: i for i, name in enumerate(fit.readings.sources)}
    by_source = cells_by_source(fit)
    sets = []
    for case, gone in removals:
        c = place[case]
        sets.append((c, [cell for s in gone if s in number for cell in by_source.get((c, number[s]), ())]))
    answers = answers_without(fit, sets)
    names = (*fit.types, NONE)
    return [
        _answer(
            standing,
            _agreed(standing, case, dict(zip(names, row.tolist(), strict=True))),
            _lacking(standing, case, gone),
        )
        for (case, gone), row in zip(removals, answers.probability, strict=True)
    ]


def sampled_again(
    standing: Standing, kept: pl.Expr | None = None, rules: AnalysisRules | None = None
) -> dict[str, Answer]:
    """Answers for all cases from new draws with the rows that are kept, or under other rules of weight.

    Fewer draws than the identification's own: probabilities are good to about .02.
    """
    study = standing.study
    if rules is not None:
        framework = replace(standing.framework, rules=rules)
        study = arrange(study.codings, framework, study.numbers, study.cases)
    if kept is not None:
        study = _part(study, kept)
    if study.by_rule:
        reading = read_by_rule(study, _DRAWS, standing.seed)
    else:
        reading = read_by_model(study, standing.prior, _DRAWS, _CHAINS, standing.seed, True, quick=True)
    names = (*study.types, NONE)
    result = {}
    for c, case in enumerate(study.cases):
        lacking = {name: s.missing for (who, name), s in study.found.items() if who == case and s.missing}
        probability = dict(zip(names, reading.both[c].tolist(), strict=True))
        result[case] = _answer(standing, probability, lacking)
    return result


def _part(study: Study, kept: pl.Expr) -> Study:
    """The study with some rows; what belongs together in one passage stays together."""
    spoken = study.spoken.filter(kept)
    return replace(
        study,
        codings=study.codings.filter(kept),
        located=None if study.located is None else study.located.filter(kept),
        spoken=spoken,
        found=supports(spoken, study.framework, study.cases, study.numbers),
    )


def _agreed(standing: Standing, case: str, by_model: dict[str, float]) -> dict[str, float]:
    """What model and rule say together, the rule taken as it holds with everything."""
    holds = standing.rule_holds(case)
    agreed = {name: p * holds[name] for name, p in by_model.items() if name != NONE}
    return {**agreed, NONE: 1.0 - sum(agreed.values())}


def _answer(standing: Standing, probability: Probabilities, lacking: Mapping[str, str]) -> Answer:
    kind, types = kind_of(probability, lacking, standing.framework, standing.thresholds)
    return Answer(kind, types, probability)


def _lacking(standing: Standing, case: str, gone: frozenset[str]) -> dict[str, str]:
    """Conditions whose needs a case no longer meets without some of its sources."""
    found: dict[Cell, Support] = standing.study.found
    if gone:
        spoken = standing.study.spoken.filter((pl.col("case") == case) & ~pl.col("source").is_in(list(gone)))
        found = supports(spoken, standing.framework, [case], standing.study.numbers)
    return {name: s.missing for (who, name), s in found.items() if who == case and s.missing}
