"""The coefficients that a study can ask for, each as a function of units × coders."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from crosscase.analysis.agreement.alpha import krippendorff_alpha, set_alpha
from crosscase.analysis.agreement.estimate import Estimate, Interval, Wanted
from crosscase.analysis.agreement.named_coders import conger_kappa
from crosscase.analysis.agreement.panel import brennan_prediger, fleiss_kappa, gwet_ac1, percent_agreement
from crosscase.analysis.agreement.ratings import Clusters
from crosscase.analysis.agreement.specific import positive_agreement
from crosscase.analysis.agreement.two_coders import cohen_kappa, scott_pi
from crosscase.errors import Degenerate, InputError

Sources = Iterable[Hashable] | Clusters
COEFFICIENTS = ("alpha", "kappa", "fleiss", "scott", "ac1", "brennan-prediger", "percent", "positive")


@dataclass(frozen=True)
class Asking:
    """Which coefficient and which interval."""

    coefficient: str = "alpha"
    interval: Interval = "jackknife"
    level: float = 0.95
    draws: int = 1000
    seed: int = 0

    def __post_init__(self) -> None:
        if self.coefficient not in COEFFICIENTS:
            raise InputError(f"no coefficient {self.coefficient!r}", mend=f"use one of {', '.join(COEFFICIENTS)}")
        Wanted(self.interval, self.level, self.draws, self.seed)

    def options(self, clusters: Sources) -> dict[str, Any]:
        return {
            "clusters": clusters if isinstance(clusters, Clusters) else list(clusters),
            "interval": self.interval,
            "level": self.level,
            "draws": self.draws,
            "seed": self.seed,
        }


def estimate_ratings(ratings: npt.NDArray[Any], clusters: Sources, asking: Asking) -> Estimate:
    """The value for one code (1 given, 0 not, NaN missing) or for sets of codes as categories.

    Raises ``Degenerate`` with the reason where it is not defined.
    """
    options = asking.options(clusters)
    if asking.coefficient in ("kappa", "scott") and ratings.shape[1] == 2:
        function: Callable[..., Estimate] = cohen_kappa if asking.coefficient == "kappa" else scott_pi
        return function(ratings[:, 0], ratings[:, 1], **options)
    if asking.coefficient == "scott":
        raise Degenerate("Scott's π is for two coders, and there are more: ask for pairs, or for fleiss")
    if asking.coefficient == "positive":
        return positive_agreement(ratings, value=1.0, **options)
    functions: dict[str, Callable[..., Estimate]] = {
        "alpha": krippendorff_alpha,
        "kappa": conger_kappa,
        "fleiss": fleiss_kappa,
        "ac1": gwet_ac1,
        "brennan-prediger": brennan_prediger,
        "percent": percent_agreement,
    }
    return functions[asking.coefficient](ratings, **options)


def estimate_sets(sets: Sequence[Sequence[frozenset[str] | None]], clusters: Sources, asking: Asking) -> Estimate:
    """All codes at once: set-valued α (MASI distance); other coefficients take each set of codes as a category."""
    if asking.coefficient == "alpha":
        return set_alpha(sets, "masi", **asking.options(clusters))
    if asking.coefficient == "positive":
        raise Degenerate("positive agreement belongs to one code")
    names = [[None if one is None else " + ".join(sorted(one)) or "(none)" for one in row] for row in sets]
    return estimate_ratings(np.array(names, dtype=object), clusters, asking)
