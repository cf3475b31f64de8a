"""Agreement on the presence of one code: positive specific agreement."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Unpack

import numpy as np

from crosscase.errors import Degenerate

from .estimate import Estimate
from .intervals import Facts, Sums, estimate
from .options import Options, read
from .ratings import Table
from .standard_errors import positive_error
from .two_coders import yes_category


def positive_agreement(ratings: Table | None = None, value: Hashable = None, **options: Unpack[Options]) -> Estimate:
    """Where one coder gives the code, how often another does: positive specific agreement.

    For two coders 2a / (2a + b + c), a units that both gave and b, c that one gave alone; for more, with n_u coders
    out of m_u giving it, Σ_u n_u (n_u − 1) / Σ_u n_u (m_u − 1). The honest raw number when uncoded text dominates, for
    units that nobody coded do not enter.

    Parameters
    ----------
    ratings
        Units × coders, None or NaN where missing; or ``counts=`` or ``contingency=``.
    value
        The value that means "code given"; 1 or True unless named. ``counts=`` and ``contingency=`` need
        ``categories=`` or the number of the category.
    **options
        See ``Options``.

    Returns
    -------
    Value in [0, 1]. Not corrected for chance.

    Raises
    ------
    Degenerate
        Nobody gave the code, fewer than two coders, no unit with two values, or fewer than two sources.
    InputError
        It is not clear which value is meant; ``interval="analytic"`` with more than two coders.

    Notes
    -----
    Dice 1945; Spitzer & Fleiss 1974, British Journal of Psychiatry 125:341. Standard error for two coders: Graham &
    Bull 1998, Journal of Clinical Epidemiology 51:763.
    """
    data, wanted = read(ratings, **options)
    data = data.pairable()
    yes = yes_category(data, value)
    if yes < 0:
        raise Degenerate("positive agreement is not defined: nobody gave the code")
    n, m = (data.codes == yes).sum(axis=1).astype(float), data.n_values.astype(float)
    parts = np.column_stack([data.group_sums(n * (m - n)), data.group_sums(n * (m - 1.0))])
    sums = Sums.of(data, parts, lambda t: (t[:, 0] / t[:, 1], np.ones(len(t))), "nobody gave the code")
    facts = Facts(f"positive agreement on {data.categories[yes]!r}", data.n_units, data.n_coders, lowest=0.0)
    if data.n_coders > 2:
        return estimate(
            sums, wanted, facts, "positive agreement of more than two coders has no analytic standard error"
        )
    units = data.weight * data.replicas[data.group]
    return estimate(sums, wanted, facts, lambda: positive_error(units[n == 2].sum(), units[n == 1].sum()))
