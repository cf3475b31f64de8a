"""What a study may set about the model of ideal types: its prior and the thresholds of its verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from crosscase.errors import AnalysisError

# The numbers below were chosen and tried with four categories; see ``Prior.per_category``.
_TRIED_WITH = 4


@dataclass(frozen=True)
class Prior:
    """What the model believes before it sees a passage.

    Attributes
    ----------
    types
        Weight of each ideal type, and of ``"none"``; those not named weigh 1.
    fidelity
        Probability that a case of a type shows the type's category in a dimension that the type settles.
    dominant, elsewhere, diffuse
        Dirichlet parameters of a case's shares: of the dominant category, of the others, and of all categories where
        none dominates.
    concentration_shape, concentration_rate
        Gamma prior of κ, how alike the sources of a case are.
    coder_right, coder_wrong
        Dirichlet parameters of a coder's readings: of the true category and of each other.
    kind_sd, espoused_sd
        Standard deviation of what a kind of source, and merely espoused work, add to the log shares; 0 for none.
    """

    types: Mapping[str, float] = field(default_factory=dict)
    fidelity: float = 0.90
    dominant: float = 5.2
    elsewhere: float = 1.4
    diffuse: float = 1.0
    concentration_shape: float = 2.0
    concentration_rate: float = 0.25
    coder_right: float = 12.0
    coder_wrong: float = 1.5
    kind_sd: float = 0.5
    espoused_sd: float = 0.5

    def __post_init__(self) -> None:
        numbers = {k: v for k, v in vars(self).items() if k != "types"} | {
            f"types[{k}]": v for k, v in self.types.items()
        }
        for name, value in numbers.items():
            if value == 0 and name in ("kind_sd", "espoused_sd"):
                continue
            if not value > 0:
                raise AnalysisError(f"the prior's {name} is {value}", mend="every number of the prior is above 0")
        if not self.fidelity < 1:
            raise AnalysisError(f"the prior's fidelity is {self.fidelity}", mend="it is a probability below 1")

    def per_category(self, value: float, n_categories: int) -> float:
        """``elsewhere`` or ``coder_wrong`` for a dimension with this many categories.

        With more than four categories the same total is divided among the others. Otherwise every further locus in a
        framework would make coders less able and dominance weaker before any data.
        """
        return value * min(1.0, (_TRIED_WITH - 1) / max(n_categories - 1, 1))


@dataclass(frozen=True)
class Thresholds:
    """Probabilities from which a case is called a type, and leaning to it."""

    type: float = 0.90
    leaning: float = 0.66

    def __post_init__(self) -> None:
        if not 0.5 < self.leaning <= self.type < 1.0:
            raise AnalysisError(
                f"thresholds {self.type} and {self.leaning} do not fit together",
                mend="0.5 < leaning ≤ type < 1",
            )
