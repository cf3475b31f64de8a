"""Agreement between coders: coefficients, each with an interval that knows that passages come from interviews.

>>> from crosscase.analysis import agreement as ag
>>> print(ag.cohen_kappa(contingency=[[20, 20], [10, 50]]))  # Artstein & Poesio 2008, p. 558
Cohen's κ, unweighted 0.348, 95 % interval [0.156, 0.539] (jackknife over 100 units, t(99))

Ratings are units × coders, None or NaN where a coder did not rate; what all functions take beside them is written in
``Options``: ``counts``, ``contingency``, ``categories``, ``clusters`` (the source of each unit), ``interval``,
``level``, ``draws``, ``seed``. All return an ``Estimate``. A value that is undefined for the data raises
``crosscase.errors.Degenerate`` with the reason; it is never 0, 1 or NaN in silence.
"""

from .alpha import krippendorff_alpha, set_alpha
from .dawid_skene import Triage, dawid_skene
from .distances import set_distance
from .estimate import Estimate
from .holsti import holsti
from .named_coders import conger_kappa, light_kappa
from .options import Options
from .panel import brennan_prediger, fleiss_by_category, fleiss_kappa, gwet_ac1, gwet_ac2, percent_agreement
from .specific import positive_agreement
from .two_coders import bias_index, cohen_kappa, kappa_max, prevalence_index, scott_pi
from .unitizing import unitizing_alpha, unitizing_by_code
from .unitizing_1995 import unitizing_alpha_1995

__all__ = [
    "Estimate",
    "Options",
    "Triage",
    "bias_index",
    "brennan_prediger",
    "cohen_kappa",
    "conger_kappa",
    "dawid_skene",
    "fleiss_by_category",
    "fleiss_kappa",
    "gwet_ac1",
    "gwet_ac2",
    "holsti",
    "kappa_max",
    "krippendorff_alpha",
    "light_kappa",
    "percent_agreement",
    "positive_agreement",
    "prevalence_index",
    "scott_pi",
    "set_alpha",
    "set_distance",
    "unitizing_alpha",
    "unitizing_alpha_1995",
    "unitizing_by_code",
]
