"""Which units deserve a second look: Dawid & Skene's model of coders who err, for one code at a time."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral, Real
from typing import Unpack

import numpy as np
import numpy.typing as npt
from scipy.special import expit, xlog1py, xlogy

from crosscase.errors import Degenerate, InputError

from .options import Options, read
from .ratings import Table
from .two_coders import yes_category

Floats = npt.NDArray[np.float64]

#: Prior of each coder's sensitivity and specificity, as counts of right and wrong decisions (ours).
RIGHT, WRONG = 2.0, 1.0


@dataclass(frozen=True)
class Triage:
    """What the model believes, for a second look and nothing else.

    Attributes
    ----------
    probability
        Per unit that two coders read: probability that the code is there, in [0, 1]; NaN for other units.
    look_again
        Units whose more probable answer has less than ``certain``.
    prevalence
        Share of units with the code.
    sensitivity, specificity
        Per coder: how often they give the code where it is, and withhold it where it is not.
    n_steps, log_posterior
        Of the iteration.
    """

    probability: Floats
    look_again: npt.NDArray[np.bool_]
    prevalence: float
    sensitivity: Floats
    specificity: Floats
    n_steps: int
    log_posterior: float


def dawid_skene(
    ratings: Table | None = None,
    certain: float = 0.8,
    most_steps: int = 500,
    **options: Unpack[Options],
) -> Triage:
    """Which units deserve a second look: those on which coders, weighed by how reliable they are, leave doubt.

    Triage only: a posterior is no adjudication, and coders who share an error convince the model of it.

    Parameters
    ----------
    ratings
        Units × coders of 0 and 1, None or NaN where missing.
    certain
        Below this probability of the more probable answer a unit is to be looked at again; in (0.5, 1).
    most_steps
        Of the EM iteration.
    **options
        See ``Options``; only ``categories`` applies.

    Returns
    -------
    A ``Triage``.

    Raises
    ------
    Degenerate
        Fewer than two coders, no unit with two values, or only one value: then nothing tells coders apart.
    InputError
        More than two values, ``certain`` outside (0.5, 1), or no step.

    Notes
    -----
    Dawid & Skene 1979, Applied Statistics 28:20, fitted by EM to the posterior mode. Sensitivity and specificity have a
    Beta prior worth two right decisions and one wrong one, prevalence one unit of each; this prior is ours. It keeps
    the model identified with two coders, where the likelihood alone is not. Errors of coders are taken as independent
    given the truth, and equally frequent in every interview, which they are not: the probabilities are too sure.
    """
    if not isinstance(certain, Real) or not 0.5 < certain < 1.0:
        raise InputError(f"certainty lies between .5 and 1, not {certain!r}", where="certain=", mend="0.8 is usual")
    if not isinstance(most_steps, Integral) or most_steps < 1:
        raise InputError(f"the iteration needs one step at least, not {most_steps!r}", where="most_steps=")
    data, _ = read(ratings, **options)
    if data.n_categories > 2:
        raise InputError(
            f"the model is for two values, and there are {data.n_categories}", mend="take one code at a time"
        )
    if data.n_categories < 2:
        raise Degenerate("only one value was given, so nothing tells coders apart")
    twice = data.n_values >= 2
    if not twice.any():
        raise Degenerate("no unit has values from two coders", mend="let two coders code the same units")
    yes = yes_category(data, None)
    known = data.codes[twice] >= 0
    gave = (data.codes[twice] == yes) & known
    belief = gave.sum(axis=1) / known.sum(axis=1)
    before, steps = -np.inf, 0
    for step in range(1, most_steps + 1):
        steps = step
        model = _maximise(gave, known, belief)
        belief, posterior = _expect(gave, known, model)
        if posterior - before < 1e-10 * (1.0 + abs(posterior)):
            break
        before = posterior
    probability = np.full(len(twice), np.nan)
    probability[twice] = belief
    doubt = np.zeros(len(twice), dtype=bool)
    doubt[twice] = np.maximum(belief, 1.0 - belief) < certain
    prevalence, sensitivity, specificity = model
    return Triage(probability, doubt, float(prevalence[0]), sensitivity, specificity, steps, float(posterior))


Model = tuple[Floats, Floats, Floats]


def _maximise(gave: npt.NDArray[np.bool_], known: npt.NDArray[np.bool_], belief: Floats) -> Model:
    """The posterior mode of prevalence, sensitivity and specificity, given what is believed of each unit."""
    there, absent = belief @ known, (1.0 - belief) @ known
    right_yes, right_no = belief @ gave, (1.0 - belief) @ (known & ~gave)
    # The mode of Beta(1 + RIGHT, 1 + WRONG) with these counts; Beta(2, 2) for the prevalence.
    sensitivity = (right_yes + RIGHT) / (there + RIGHT + WRONG)
    specificity = (right_no + RIGHT) / (absent + RIGHT + WRONG)
    return np.array([(belief.sum() + 1.0) / (len(belief) + 2.0)]), sensitivity, specificity


def _expect(gave: npt.NDArray[np.bool_], known: npt.NDArray[np.bool_], model: Model) -> tuple[Floats, float]:
    """What is believed of each unit, and the log of the posterior density up to a constant."""
    (prevalence,), sensitivity, specificity = model
    refused = known & ~gave
    there = np.log(prevalence) + gave @ np.log(sensitivity) + refused @ np.log1p(-sensitivity)
    absent = np.log1p(-prevalence) + gave @ np.log1p(-specificity) + refused @ np.log(specificity)
    prior = xlogy(1.0, prevalence) + xlog1py(1.0, -prevalence)
    for share in (sensitivity, specificity):
        prior += float((RIGHT * np.log(share) + WRONG * np.log1p(-share)).sum())
    belief: Floats = expit(there - absent)
    return belief, float(np.logaddexp(there, absent).sum() + prior)
