"""``identify --check``: what the model believes before data, whether it is calibrated here, and what it misses.

Everything on the study's own layout: its sources, passages, coders and double codings.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from crosscase.analysis import conditions as free
from crosscase.analysis.bootstrap import Floats, stream
from crosscase.analysis.identify.arrange import Study, arrange
from crosscase.analysis.identify.calibration import CHI2_99, Calibration, calibrate_model
from crosscase.analysis.identify.dimensions import Readings
from crosscase.analysis.identify.imagine import imagine_readings, truth_from_posterior
from crosscase.analysis.identify.reading import CALLED, memberships_in_types
from crosscase.analysis.identify.result import Identification
from crosscase.analysis.identify.sampling import NONE, Fit
from crosscase.analysis.identify.settings import Thresholds
from crosscase.errors import NotEnoughEvidence
from crosscase.model.framework import Framework
from crosscase.model.seed import check_seed

_REPLICATES = 100


@dataclass(frozen=True)
class Check:
    """What was found.

    Attributes
    ----------
    calibration
        One row per quantity: ``chi_square`` of its ranks in ten bins, ``calibrated`` (below 21.7, which chance exceeds
        once in a hundred), ``coverage`` of its 90 % interval, ``n``.
    reliability
        Stated probabilities of types against how often they were right.
    claims
        How often an imagined case gets an answer at each threshold, and how often it is then right.
    prior
        The prior probability of each type, and the share of imagined cases that truly are of it.
    predictive
        One row per statistic and dimension: ``observed``, the middle 90 % of ``replicated`` ones, and ``p``, the share
        of replicates at least as large. Near 0 or 1 the model has not understood something.
    designs
        One row per case, design and type: the probability by passages taken as independent, by the bootstrap over
        sources, and by the model.
    """

    calibration: pl.DataFrame
    reliability: pl.DataFrame
    claims: pl.DataFrame
    prior: pl.DataFrame
    predictive: pl.DataFrame
    designs: pl.DataFrame
    n_studies: int

    @property
    def problems(self) -> tuple[str, ...]:
        """Sentences on what is not as it should be; empty if nothing is."""
        found = [
            f"{row['quantity']}: the ranks are not even (χ² {row['chi_square']:.1f}, expected below {CHI2_99})"
            for row in self.calibration.filter(~pl.col("calibrated")).iter_rows(named=True)
        ]
        found += [
            f"{row['statistic']}, {row['dimension']}: observed {row['observed']:.2f}, by the model "
            f"{row['low']:.2f} to {row['high']:.2f}"
            for row in self.predictive.filter((pl.col("p") < 0.01) | (pl.col("p") > 0.99)).iter_rows(named=True)
        ]
        return tuple(found)

    def to_dict(self) -> dict[str, Any]:
        """All tables as plain values."""
        names = ("calibration", "reliability", "claims", "prior", "predictive", "designs")
        tables = {name: getattr(self, name).to_dicts() for name in names}
        return {"studies": self.n_studies, "problems": list(self.problems), **tables}


def check_identification(
    found: Identification,
    evidence: pl.DataFrame,
    framework: Framework,
    *,
    studies: int = 200,
    seed: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Check:
    """Check an identification on its study's own layout.

    Parameters
    ----------
    found
        What ``identify`` returned for this evidence.
    studies
        How many studies are imagined for the calibration.

    Raises
    ------
    NotEnoughEvidence
        No passage informs the model, or the framework's types need no model.
    """
    fit = found.fit
    if fit is None:
        raise NotEnoughEvidence(
            "there is no model to check: the types follow from rules, or no passage speaks about them",
            where=framework.id,
            mend="see the memberships and their intervals",
        )
    calibration = calibrate_model(fit.readings, fit.rules, studies=studies, seed=seed, progress=progress)
    thresholds = Thresholds(**found.parameters["thresholds"])
    study = arrange(evidence, framework, found.parameters.get("numbers") or {}, list(found.verdicts))
    return Check(
        calibration=_calibration_table(calibration),
        reliability=pl.DataFrame(calibration.reliability()),
        claims=_claims(calibration, thresholds),
        prior=_prior(calibration, fit),
        predictive=_predictive(fit, seed),
        designs=_designs(study, found, seed),
        n_studies=studies,
    )


def _calibration_table(found: Calibration) -> pl.DataFrame:
    rows = [
        (name, found.chi_square(name), found.chi_square(name) < CHI2_99, found.coverage(name), len(found.ranks[name]))
        for name in found.ranks
    ]
    schema: dict[str, type[pl.DataType]] = {
        "quantity": pl.String,
        "chi_square": pl.Float64,
        "calibrated": pl.Boolean,
        "coverage": pl.Float64,
        "n": pl.Int64,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _claims(found: Calibration, thresholds: Thresholds) -> pl.DataFrame:
    rows = [(at, *found.claimed(at)) for at in (thresholds.leaning, thresholds.type, 0.99)]
    schema: dict[str, type[pl.DataType]] = {"threshold": pl.Float64, "how_often": pl.Float64, "right": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _prior(found: Calibration, fit: Fit) -> pl.DataFrame:
    weights = np.exp(fit.rules.log_type - fit.rules.log_type.max(axis=1, keepdims=True))
    prior = (weights / weights.sum(axis=1, keepdims=True)).mean(axis=0)
    names = (*fit.types, NONE)
    drawn = np.bincount(found.type, minlength=len(names)) / len(found.type)
    return pl.DataFrame({"type": names, "prior": prior, "imagined": drawn})


def _predictive(fit: Fit, seed: int) -> pl.DataFrame:
    """Spread between sources and agreement between coders, observed and in studies imagined from the posterior."""
    rng = np.random.default_rng([check_seed(seed), 5])
    observed = _statistics(fit.readings)
    replicated: list[dict[tuple[str, str], float]] = []
    for _ in range(_REPLICATES):
        replicated.append(_statistics(imagine_readings(fit.readings, truth_from_posterior(fit, rng), rng)))
    rows = []
    for key, value in observed.items():
        others = np.array([r[key] for r in replicated if key in r])
        low, high = np.quantile(others, (0.05, 0.95))
        rows.append((*key, value, float(low), float(high), float((others >= value).mean())))
    schema: dict[str, type[pl.DataType]] = {"statistic": pl.String, "dimension": pl.String} | dict.fromkeys(
        ("observed", "low", "high", "p"), pl.Float64
    )
    return pl.DataFrame(rows, schema=schema, orient="row")


def _statistics(readings: Readings) -> dict[tuple[str, str], float]:
    """Per dimension: how much sources of a case differ in how often they name its commonest category; and agreement."""
    layout = readings.layout
    cells, patterns = layout.cells, layout.patterns
    first = patterns.category[patterns.start[cells.pattern]]
    affirmed = patterns.affirms[patterns.start[cells.pattern]] == 1.0
    cell = np.repeat(np.arange(len(cells.case)), np.diff(cells.start))
    frame = pl.DataFrame(
        {"case": cells.case[cell], "dimension": cells.dimension[cell], "source": cells.source[cell], "category": first}
    ).filter(affirmed)
    counts = frame.group_by("case", "dimension", "category").len()
    common = counts.sort("len", "category", descending=[True, False]).group_by("case", "dimension").first()
    joined = frame.join(
        common.select("case", "dimension", pl.col("category").alias("commonest")), on=["case", "dimension"]
    )
    by_source = joined.group_by("case", "dimension", "source").agg(
        share=(pl.col("category") == pl.col("commonest")).mean(), n=pl.len()
    )
    spread = by_source.filter(pl.col("n") >= 2).group_by("dimension").agg(pl.col("share").std())
    names = [d.id for d in readings.dimensions]
    result = {
        ("spread between sources", names[d]): float(value) for d, value in spread.iter_rows() if value is not None
    }
    n_readings = np.diff(patterns.start)
    # The first two readings of a passage, where both affirm; a denial names one of several others.
    last = np.minimum(patterns.start[:-1] + 1, len(patterns.affirms) - 1)
    is_pair = (n_readings >= 2) & (patterns.affirms[patterns.start[:-1]] == 1.0) & (patterns.affirms[last] == 1.0)
    pair = is_pair[cells.pattern]
    start = patterns.start[cells.pattern[pair]]
    alike = pl.DataFrame(
        {
            "dimension": cells.dimension[cell][pair],
            "alike": patterns.category[start] == patterns.category[start + 1],
        }
    )
    agreement = alike.group_by("dimension").agg(pl.col("alike").mean(), n=pl.len()).filter(pl.col("n") >= 10)
    result |= {("agreement between coders", names[d]): float(value) for d, value, _ in agreement.iter_rows()}
    return dict(sorted(result.items()))


def _designs(study: Study, found: Identification, seed: int, draws: int = 2000) -> pl.DataFrame:
    """P(membership by the rule above one half) by two designs without a model, beside P(type) by the model."""
    rows: list[tuple[str, str, str, float | None]] = []
    independent = free.memberships(study.found, _independent(study, draws, seed), study.framework, study.numbers, draws)
    shares = free.share_draws(study.spoken, study.found, study.framework, prior=1.0, draws=draws, seed=seed)
    bootstrap = free.memberships(study.found, shares, study.framework, study.numbers, draws)
    for name, drawn in (("passages taken as independent", independent), ("bootstrap over sources", bootstrap)):
        memberships = memberships_in_types(study, drawn, draws)
        for (case, kind), membership in memberships.items():
            known = float((membership.lowest > CALLED).mean()) if membership.known else None
            rows.append((case, name, kind, known))
    for row in found.table.filter(pl.col("type") != NONE).iter_rows(named=True):
        rows.append((row["case"], "model", row["type"], row["probability"]))
    schema: dict[str, type[pl.DataType]] = dict.fromkeys(("case", "design", "type"), pl.String)
    return pl.DataFrame(rows, schema=schema | {"probability": pl.Float64}, orient="row").sort(
        "case", "type", "design", maintain_order=True
    )


def _independent(study: Study, draws: int, seed: int) -> dict[free.Cell, tuple[float, Floats]]:
    """Shares of support as if every passage were a witness of its own: Beta with a uniform prior."""
    sums = study.spoken.group_by("case", "condition").agg((pl.col("pro", "contra") / pl.col("n_in_item")).sum())
    result: dict[free.Cell, tuple[float, Floats]] = {}
    names: Sequence[str] = ("case", "condition", "pro", "contra")
    for case, condition, pro, contra in sums.select(names).iter_rows():
        if (case, condition) in study.found:
            drawn = stream(seed, "independent", case, condition).beta(pro + 1.0, contra + 1.0, draws)
            result[case, condition] = ((pro + 1.0) / (pro + contra + 2.0), drawn)
    return result
