"""What every agreement function hands back, and the question about its interval."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any, Literal, get_args

from crosscase.errors import InputError
from crosscase.model.seed import check_seed

MOST_DRAWS = 1_000_000
Interval = Literal["jackknife", "bootstrap", "analytic", "none"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """One agreement value with its interval and everything needed to report it.

    Attributes
    ----------
    value
        The coefficient; 1 is perfect agreement and, for chance-corrected coefficients, 0 is chance.
    low, high, se
        Bounds, cut off at the ends of the coefficient's range, and standard error; None where no interval was asked
        for or none is defined (``note`` says why).
    method
        How the interval was made, fit for a methods paragraph: ``"jackknife over 59 sources, t(58)"``.
    level
        Coverage that the interval aims at, in (0, 1).
    n_units, n_clusters, n_coders
        Units with two values or more, sources (or, without ``clusters=``, units) in which there is such a unit, and
        coders. Units with one value enter what some coefficients expect by chance (Gwet 2014) and are not counted.
    coefficient
        Name with metric, weights or distance: ``"Krippendorff's α, nominal"``.
    disagreement, expected_disagreement
        D_o and D_e with ``value = 1 - D_o / D_e``, both as shares of the largest possible disagreement. Coefficients
        that are no such ratio (Light's κ, a mean of them; the prevalence and bias indices) have D_e = 1 and
        D_o = 1 − value, which can be larger than 1.
    null_se
        Standard error under independence, for tests of "no agreement beyond chance"; only with
        ``interval="analytic"`` and only for Cohen's and Fleiss' κ.
    note
        What a reader must know before using the interval; empty when there is nothing to say.
    """

    value: float
    low: float | None
    high: float | None
    se: float | None
    method: str
    level: float
    n_units: int
    n_clusters: int
    n_coders: int
    coefficient: str
    disagreement: float
    expected_disagreement: float
    null_se: float | None = None
    note: str = ""

    @property
    def observed_agreement(self) -> float:
        """p_a = 1 - D_o."""
        return 1.0 - self.disagreement

    @property
    def chance_agreement(self) -> float:
        """p_e = 1 - D_e."""
        return 1.0 - self.expected_disagreement

    @property
    def z(self) -> float | None:
        """The value in standard errors under independence; None without ``null_se``."""
        return self.value / self.null_se if self.null_se else None

    def __str__(self) -> str:
        if self.low is None or self.high is None:
            return f"{self.coefficient} {self.value:.3f}, {self.note or 'no interval'}"
        more = f"; {self.note}" if self.note else ""
        return (
            f"{self.coefficient} {self.value:.3f}, {100 * self.level:g} % interval "
            f"[{self.low:.3f}, {self.high:.3f}] ({self.method}){more}"
        )


@dataclass(frozen=True, slots=True)
class Wanted:
    """The interval that the caller asked for, checked."""

    interval: str = "jackknife"
    level: float = 0.95
    draws: int = 1000
    seed: int = 0

    def __post_init__(self) -> None:
        if self.interval not in get_args(Interval):
            raise InputError(
                f"there is no interval called {self.interval!r}", mend=f"use one of {', '.join(get_args(Interval))}"
            )
        check_level(self.level)
        check_draws(self.draws)
        check_seed(self.seed)


def check_level(level: Any) -> None:
    """Raise ``InputError`` unless it lies between 0 and 1."""
    number: Any = level  # compared as it is: some whole numbers are too large for a float
    if not isinstance(level, Real) or not 0.0 < number < 1.0:
        raise InputError(f"a level lies between 0 and 1, not {level!r}", mend="0.95 is usual")


def check_draws(draws: Any) -> None:
    """Raise ``InputError`` unless it is a number of draws that an interval can rest on."""
    if not isinstance(draws, Integral):
        raise InputError(f"draws are a whole number, not {draws!r}", mend="use 1,000 or more")
    if not 100 <= int(draws) <= MOST_DRAWS:
        few = "few" if int(draws) < 100 else "many"
        raise InputError(f"{draws} draws are too {few} for an interval", mend=f"use 1,000 to {MOST_DRAWS:,}")
