"""The analyses that a study's settings ask for, on one layer of its evidence, kept until an input changes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from crosscase import __version__
from crosscase.analysis.conditions import Conditions, conditions
from crosscase.analysis.distribution import Distribution, Weighting
from crosscase.analysis.distribution import distributions as distribute_by_all
from crosscase.analysis.gaps import AccountGaps
from crosscase.analysis.gaps import account_gaps as find_gaps
from crosscase.analysis.identify import Identification, Thresholds
from crosscase.analysis.identify import identify as identify_cases
from crosscase.analysis.matrices import Matrix
from crosscase.analysis.matrices import compare as compare_cells
from crosscase.analysis.result import Result
from crosscase.analysis.robustness import Robustness
from crosscase.analysis.robustness import robustness as find_robustness
from crosscase.errors import AnalysisError, InputError, NotEnoughEvidence
from crosscase.services.configurations import Configurations, configurations_of_study, data_digest
from crosscase.services.decisions import not_covered
from crosscase.services.memberships import Estimates
from crosscase.services.rated import ratings_of_cases
from crosscase.services.study import Study

WEIGHTINGS: tuple[Weighting, ...] = ("source", "volume", "levels")
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Analyses:
    """What a report shows: the evidence of one layer and every result that was computed from it.

    ``distributions`` has one distribution of work per weighting (empty for a framework without loci);
    ``identification`` is ``None`` for a framework without ideal types, and ``not_computed`` then says why.
    """

    layer: str
    layer_reason: str
    evidence: pl.DataFrame
    sources: pl.DataFrame
    distributions: Mapping[str, Distribution]
    identification: Identification | None
    matrix: Matrix
    not_computed: Mapping[str, str]
    data_hash: str
    configurations: Configurations | None = None
    gaps: AccountGaps | None = None
    gaps_note: str = ""  # why accounts were not compared
    robustness: Robustness | None = None  # computed only when it is asked for: it takes longer than all the rest
    coder_types: Result | None = None  # the types that each coder's own coding gives; only when asked for as well
    coder_types_note: str = ""  # why they could not be compared though it was asked for


def choose_layer(study: Study) -> tuple[str, str]:
    """The layer that the analyses read, and the reason in a sentence."""
    wanted = study.settings.analysis.layer
    if wanted != "auto":
        return wanted, f"study.yaml asks for the {wanted} layer"
    counts = {name: study.evidence(name).height for name in ("consensus", "independent", "suggestion")}
    # A consensus of part of what was coded must not hide the rest; how many codings it has says nothing of that, for
    # one consensus coding stands for those of all coders.
    open_ones = not_covered(study).height if counts["consensus"] else 0
    if counts["consensus"] and not open_ones:
        return "consensus", "all that coders coded was adjudicated into a consensus"
    if counts["consensus"] and counts["independent"]:
        left = f"{open_ones:,} of their {counts['independent']:,} codings"
        return "independent", f"people coded independently, and {left} wait for a decision"
    if counts["independent"]:
        return "independent", "people coded independently, and nothing was adjudicated"
    if counts["suggestion"]:
        return "suggestion", "nobody has coded yet: these are a machine's unchecked suggestions"
    raise NotEnoughEvidence(
        "nothing is coded yet",
        where=str(study.folder),
        mend="code in the workbench, import codings, or try `crosscase code --with dictionary`",
    )


def analyse(study: Study, progress: Progress | None = None, *, robust: bool = False) -> Analyses:
    """Compute everything that the settings ask for, and with ``robust`` how firmly the verdicts stand."""
    layer, reason = choose_layer(study)
    options = study.settings.analysis
    evidence = study.evidence(layer)
    framework = study.rulebook
    steps = [f"distribution of work ({w})" for w in WEIGHTINGS] if framework.loci else []
    total = len(steps) + 2

    def say(step: str, done: int) -> None:
        if progress:
            progress(step, done, total)

    not_computed: dict[str, str] = {}
    distributions: dict[str, Distribution] = {}
    if not framework.loci:
        not_computed["distribution"] = f"{framework.title} has no facet that says who does the work"
    if framework.loci:
        say("analysing", 0)
        distributions = distribute_by_all(
            evidence, framework, main=options.weighting, draws=options.draws, seed=options.seed, level=options.level
        )
    say("analysing", len(steps))
    identification: Identification | None = None
    try:
        identification = identify_study(study, evidence)
    except AnalysisError as error:
        not_computed["identification"] = str(error)
    say("analysing", len(steps) + 1)
    configured: Configurations | None = None
    if study.settings.configurations is not None:
        try:
            configured = configurations_of_study(study, identification or estimate_conditions(study, evidence))
        except (AnalysisError, InputError) as error:
            not_computed["configurations"] = str(error)
    cell = framework.rules.locus if framework.loci else "code"
    matrix = compare_cells(evidence, framework, rows="domain", columns="case", cell=cell or "code")
    say("analysing", total)
    firm: Robustness | None = None
    if robust and identification is not None:
        firm = find_robustness(identification, evidence, framework, level=options.level, progress=progress)
    return Analyses(
        layer,
        reason,
        evidence,
        study.sources(),
        distributions,
        identification,
        matrix,
        not_computed,
        input_hash(study, layer),
        configured,
        *_compare_accounts(study, evidence),
        robustness=firm,
    )


def _compare_accounts(study: Study, evidence: pl.DataFrame) -> tuple[AccountGaps | None, str]:
    """What the centre says against what schools say; the sentence says why there is nothing to compare."""
    options = study.settings.analysis
    if not study.framework.loci:
        return None, ""
    try:
        return find_gaps(evidence, study.rulebook, draws=options.draws, seed=options.seed, level=options.level), ""
    except AnalysisError as error:
        return None, f"Accounts were not compared: {error.what}."


def identify_study(study: Study, evidence: pl.DataFrame, **options: Any) -> Identification:
    """Memberships and verdicts with the study's settings (or other ``options``) and its cases' numeric indicators."""
    return identify_cases(evidence, study.rulebook, **identification_options(study, **options))


def identification_options(study: Study, **options: Any) -> dict[str, Any]:
    """The options of an identification that the study's settings give, unless others are named."""
    settings = study.settings.analysis
    numbers: dict[str, dict[str, Any]] = {c.name: dict(c.numbers) for c in study.settings.cases if c.numbers}
    for case, rated in ratings_of_cases(study).items():
        numbers[case] = {**rated, **numbers.get(case, {})}
    known: dict[str, Any] = {
        "draws": settings.draws,
        "seed": settings.seed,
        "chains": settings.chains,
        "level": settings.level,
        "thresholds": Thresholds(settings.certain, settings.leaning),
        "numbers": numbers or None,
        # A case without evidence gets its verdict too: not enough evidence.
        "cases": [case.name for case in study.settings.cases] or None,
    }
    return {**known, **options}


def estimate_conditions(study: Study, evidence: pl.DataFrame) -> Conditions:
    """Memberships in the conditions straight from the shares of support: no model, for frameworks without types too."""
    settings = study.settings.analysis
    return conditions(
        evidence,
        study.rulebook,
        numbers={case.name: dict(case.numbers) for case in study.settings.cases if case.numbers} or None,
        draws=settings.draws,
        seed=settings.seed,
        level=settings.level,
        cases=[case.name for case in study.settings.cases] or None,
    )


def estimates_of(study: Study, analyses: Analyses) -> Estimates | None:
    """Memberships in the conditions: the model's, else straight from the shares; ``None`` where there are neither."""
    if analyses.identification is not None:
        return analyses.identification
    try:
        return estimate_conditions(study, analyses.evidence)
    except AnalysisError:
        return None  # the framework has no anchors: it has no memberships


def input_hash(study: Study, layer: str) -> str:
    """SHA-256 of everything that the results depend on: data, codebook, settings, version of the program."""
    parts: list[Any] = [study.head(), study.framework.digest, study.settings.model_dump_json(), layer, __version__]
    parts += data_digest(study)
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()
