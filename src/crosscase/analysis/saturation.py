"""Saturation: how many new codes each further source brings, and how many are probably still unseen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import stats

from crosscase.analysis.bootstrap import Ints, stream, tails
from crosscase.analysis.located import with_keys
from crosscase.analysis.result import Result, framework_name, provenance
from crosscase.analysis.support import about_cases
from crosscase.errors import AnalysisError, NotEnoughEvidence
from crosscase.model.framework import Framework

_Booleans = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Runs:
    """Saturation by base size, run length and threshold of new information.

    ``reached_at`` is the number of sources before the first run with too little that is new (``None`` if there is
    none yet); ``runs`` has a row per run: ``after`` (sources read before it), ``new`` codes in it, ``ratio`` of these
    to the codes of the base.
    """

    base: int
    run: int
    threshold: float
    n_base_codes: int
    reached_at: int | None
    runs: pl.DataFrame


@dataclass(frozen=True)
class Unseen:
    """How many codes are probably still unseen.

    ``codes`` is a lower bound of their number (Chao's estimator) with an interval; ``next_is_new`` the probability
    that the next coding of a code in a new source is of an unseen one (Good and Turing). ``in_codebook`` are the codes
    of the framework that nobody has used: in a closed codebook there cannot be more than these.
    """

    codes: float
    low: float
    high: float
    next_is_new: float
    once: int
    twice: int
    in_codebook: int


@dataclass(frozen=True)
class Saturation(Result):
    """New codes source by source; ``table`` has a row per source in the order of coding.

    Columns: ``position``, ``source``, ``n_codes`` in it, ``new`` (first seen here), ``seen`` so far, and over random
    orders of the sources ``expected`` with ``low`` and ``high`` (codes seen after as many sources).
    """

    runs: Runs
    unseen: Unseen

    def to_dict(self) -> dict[str, Any]:
        """Table, runs and what is unseen as plain values."""
        runs = {**vars(self.runs), "runs": self.runs.runs.to_dicts()}
        return {**super().to_dict(), "runs": runs, "unseen": dict(vars(self.unseen))}


def saturation(
    evidence: pl.DataFrame,
    framework: Framework,
    *,
    order: Sequence[str] | None = None,
    rows: str = "code",
    base: int = 4,
    run: int = 2,
    threshold: float = 0.05,
    orders: int = 1000,
    seed: int = 1,
    level: float = 0.90,
) -> Saturation:
    """How far further sources still bring new codes.

    Parameters
    ----------
    evidence
        A row per coding, as ``study.evidence()`` returns it.
    order
        Sources in the order of reading; by default that in which they were first coded. Sources that are named and
        have no coding count as read; sources that are not named come last.
    rows
        ``"code"``, ``"subdomain"`` or ``"domain"``.
    base, run, threshold
        Sources in the base, sources in a run, and the ratio of new codes to those of the base up to which a run brings
        too little.
    orders, seed, level
        Random orders behind ``expected``, their seed, and the probability inside intervals.

    Raises
    ------
    NotEnoughEvidence
        There are fewer sources than one base and one run.

    Notes
    -----
    Runs are read one source apart: after the base sources base+1 … base+run, then base+2 … With Q₁ and Q₂ codes seen
    in exactly one and two of t sources, and U incidences in all, unseen codes are at least
    ``(t − 1) / t · Q₁² / (2 Q₂)``, or ``(t − 1) / t · Q₁ (Q₁ − 1) / 2`` without any Q₂ (Chao 1987), and the next
    incidence is new with probability ``Q₁ / U · (t − 1) Q₁ / ((t − 1) Q₁ + 2 Q₂)``.

    References
    ----------
    Guest, Namey & Chen (2020) PLoS ONE 15:e0232076; Good (1953) Biometrika 40:237-264; Chao (1987) Biometrics
    43:783-791; Chao & Jost (2012) Ecology 93:2533-2547.
    """
    if base < 1 or run < 1 or not 0.0 <= threshold < 1.0:
        raise AnalysisError(
            f"base {base}, run {run} and threshold {threshold} do not fit", mend="base and run ≥ 1, 0 ≤ threshold < 1"
        )
    kept, left_out = about_cases(evidence)
    kept = with_keys(kept, framework, (rows,))
    names = _order(kept, order)
    if len(names) < base + run:
        raise NotEnoughEvidence(
            f"{len(names)} sources are fewer than a base of {base} and a run of {run}",
            mend="read more",
        )
    seen, labels = _incidence(kept, names, rows)
    return Saturation(
        table=_curve(seen, names, orders, seed, level),
        parameters=provenance(
            kept,
            left_out,
            framework_name(framework),
            order="as given" if order is not None else "of coding",
            rows=rows,
            base=base,
            run=run,
            threshold=threshold,
            orders=orders,
            seed=seed,
            level=level,
        ),
        keys=("source",),
        lineage=kept.select("source", "coding_id", part=pl.col(rows)),
        codings=kept,
        runs=_runs(seen, base, run, threshold),
        unseen=unseen_codes(seen.sum(axis=0), len(names), level, _unused(framework, rows, labels)),
    )


def unseen_codes(incidence: Ints, n_sources: int, level: float, in_codebook: int = 0) -> Unseen:
    """What is probably unseen, from the number of sources that have each code."""
    counts = np.asarray(incidence)
    once, twice, all_of_them = int((counts == 1).sum()), int((counts == 2).sum()), int(counts.sum())
    factor = (n_sources - 1) / n_sources if n_sources else 0.0
    if twice:
        ratio = once / twice
        unseen = factor * once**2 / (2 * twice)
        variance = twice * (factor * ratio**2 / 2 + factor**2 * ratio**3 + factor**2 * ratio**4 / 4)
    else:
        unseen = factor * once * max(once - 1, 0) / 2
        whole = int((counts > 0).sum()) + unseen
        variance = factor * once * (once - 1) / 2 + factor**2 * once * (2 * once - 1) ** 2 / 4
        variance -= factor**2 * once**4 / (4 * whole) if whole else 0.0
    low, high = 0.0, 0.0
    if unseen > 0:
        # The number of unseen codes is taken as log-normal, so that its interval stays above 0.
        z = float(stats.norm.ppf((1.0 + level) / 2.0))
        spread = exp(z * sqrt(log(1.0 + max(variance, 0.0) / unseen**2)))
        low, high = unseen / spread, unseen * spread
    weight = (n_sources - 1) * once + 2 * twice
    fresh = once / all_of_them * ((n_sources - 1) * once / weight) if weight and all_of_them else 0.0
    return Unseen(unseen, low, high, fresh, once, twice, in_codebook)


def _order(kept: pl.DataFrame, order: Sequence[str] | None) -> list[str]:
    first = kept.group_by("source").agg(pl.col("coding_id").min()).sort("coding_id")["source"].to_list()
    return first if order is None else list(dict.fromkeys([*order, *first]))


def _incidence(kept: pl.DataFrame, names: Sequence[str], rows: str) -> tuple[_Booleans, list[str]]:
    labels = sorted(kept[rows].drop_nulls().unique().to_list())
    row, column = {n: i for i, n in enumerate(names)}, {n: i for i, n in enumerate(labels)}
    seen = np.zeros((len(names), len(labels)), dtype=bool)
    for source, label in kept.select("source", rows).drop_nulls().unique().iter_rows():
        seen[row[source], column[label]] = True
    return seen, labels


def _unused(framework: Framework, rows: str, labels: Sequence[str]) -> int:
    every = {
        "code": [i.id for i in framework.indicators],
        "subdomain": [i.subdomain for i in framework.indicators],
        "domain": [i.domain for i in framework.indicators],
    }.get(rows, [])
    return len(set(every) - set(labels))


def _curve(seen: _Booleans, names: Sequence[str], orders: int, seed: int, level: float) -> pl.DataFrame:
    so_far = np.logical_or.accumulate(seen, axis=0).sum(axis=1)
    rng = stream(seed, "saturation")
    drawn = np.empty((orders, len(names)), dtype=np.int64)
    for n in range(orders):
        drawn[n] = np.logical_or.accumulate(seen[rng.permutation(len(names))], axis=0).sum(axis=1)
    low, high = np.quantile(drawn, tails(level), axis=0)
    return pl.DataFrame(
        {
            "position": np.arange(1, len(names) + 1),
            "source": list(names),
            "n_codes": seen.sum(axis=1),
            "new": np.diff(so_far, prepend=0),
            "seen": so_far,
            "expected": drawn.mean(axis=0),
            "low": low,
            "high": high,
        }
    )


def _runs(seen: _Booleans, base: int, run: int, threshold: float) -> Runs:
    so_far = np.logical_or.accumulate(seen, axis=0).sum(axis=1)
    n_base = int(so_far[base - 1])
    rows = []
    for after in range(base, len(seen) - run + 1):
        new = int(so_far[after + run - 1] - so_far[after - 1])
        rows.append((after, new, new / n_base if n_base else None))
    frame = pl.DataFrame(rows, schema={"after": pl.Int64, "new": pl.Int64, "ratio": pl.Float64}, orient="row")
    reached = frame.filter(pl.col("ratio") <= threshold)["after"].to_list()
    return Runs(base, run, threshold, n_base, reached[0] if reached else None, frame)
