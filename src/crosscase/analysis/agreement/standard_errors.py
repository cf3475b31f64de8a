"""Standard errors in closed form. All of them take units as independent.

Two coders (a contingency table, or ``cohen_kappa`` and ``scott_pi``): the large-sample formulas of Fleiss, Cohen &
Everitt 1969 (Psychological Bulletin 72:323) and, for other chance terms, Gwet 2014 (Handbook of Inter-Rater
Reliability, 4th ed.), which divide by n. Ratings of any number of coders with missing values: Gwet 2014, which divides
by n − 1; so two coders handed in as ratings get errors that are √(n / (n − 1)) larger, as in the literature.
"""

from __future__ import annotations

from enum import Enum

import numpy as np

from crosscase.errors import Degenerate

from .distances import Delta, bilinear, total, within
from .intervals import Analytic
from .ratings import Floats, Ratings

GWET = "Gwet 2014"


class Chance(Enum):
    """What a coefficient expects by chance."""

    NONE = "nothing"
    GUESSING = "all categories alike"
    CODERS = "each coder's own frequencies"
    FLEISS = "the pooled frequencies"
    GWET = "random answers to hard units"


def standard_error(data: Ratings, delta: Delta, chance: Chance) -> Analytic:
    """Of a coefficient for any number of coders."""
    if data.from_table:
        return two_coder_error(data, delta, chance)
    m = data.n_values
    n, rated_twice = len(data.codes), m >= 2
    if n < 2:
        raise Degenerate("an analytic interval needs two units or more")
    # Without pairs a unit says nothing of observed agreement: Gwet weighs the others up by n / n'.
    scale = n / rated_twice.sum() * rated_twice
    apart = within(data, delta) / np.maximum(m * (m - 1), 1)
    observed = float((scale * apart).mean())
    expected, of_unit = _expected(data, delta, chance)
    value = 1.0 - observed / expected
    linear = scale * (expected - apart) / expected - 2.0 * (1.0 - value) * (expected - of_unit) / expected
    se = float(np.sqrt(((linear - value) ** 2).sum() / (n * (n - 1))))
    return Analytic(se, n - 1, GWET, fleiss_null(data) if chance is Chance.FLEISS and delta is None else None)


def two_coder_error(data: Ratings, delta: Delta, chance: Chance) -> Analytic:
    """Of a coefficient for two coders, from their joint table p: Var = Σ p_kl (∂value / ∂p_kl)² / n."""
    joint = data.joint()
    n, q = float(joint.sum()), data.n_categories
    p = joint / n
    d = (np.ones((q, q)) - np.eye(q)) if delta is None else delta
    expected, slope = _table_expected(p, d, chance)
    observed = float((p * d).sum())
    ratio = observed / expected
    influence = (-(d - observed) + ratio * slope) / expected
    se = float(np.sqrt((p * influence**2).sum() / n))
    if chance is Chance.CODERS:
        return Analytic(se, n - 1, "Fleiss, Cohen & Everitt 1969", _cohen_null(p, d, expected, n))
    return Analytic(se, n - 1, f"{GWET}, two coders")


def alpha_error(data: Ratings, delta: Delta) -> Analytic:
    """Of Krippendorff's α (Gwet 2014), for distances up to 1; ``data`` holds only units with two values.

    With m̄ the mean number of values: p'_u = Σ_k n_uk (n*_uk − 1) / [m̄ (m_u − 1)] with n*_uk = Σ_l w_kl n_ul,
    ε = 1 / (n m̄), p_a = (1 − ε) p' + ε, α' = (p' − p_e) / (1 − p_e), and per unit
    α_u = (p'_u − p_a (m_u − m̄) / m̄ − p_e) / (1 − p_e) − 2 (1 − α') (p_e|u − p_e) / (1 − p_e).
    """
    if data.from_table:
        # Up to the correction for small samples, α of two coders is Scott's π.
        return two_coder_error(data, delta, Chance.FLEISS)
    m, counts, n = data.n_values.astype(float), data.tally(), len(data.codes)
    if n < 2:
        raise Degenerate("an analytic interval needs two units or more")
    mean = m.mean()
    more = (m - mean) / mean
    agreeing = (m - within(data, delta) / (m - 1.0)) / mean
    pi = counts.sum(axis=0) / (n * mean)
    chance = 1.0 - float(bilinear(delta, pi, pi))
    raw = float(agreeing.mean())
    corrected = raw + (1.0 - raw) / (n * mean)
    value = (raw - chance) / (1.0 - chance)
    chance_of_unit = (counts @ (1.0 - _toward(delta, pi))) / mean - chance * more
    linear = (agreeing - corrected * more - chance - 2.0 * (1.0 - value) * (chance_of_unit - chance)) / (1.0 - chance)
    return Analytic(float(np.sqrt(((linear - value) ** 2).sum() / (n * (n - 1)))), n - 1, GWET)


def positive_error(both: float, one: float) -> Analytic:
    """Of positive agreement 2a / (2a + f), f units that one coder alone gave (Graham & Bull 1998, delta method)."""
    se = float(np.sqrt(4.0 * both * one * (both + one))) / (2.0 * both + one) ** 2
    return Analytic(se, both + one - 1.0, "Graham & Bull 1998")


def fleiss_null(data: Ratings) -> float | None:
    """Of Fleiss' κ under independence (Fleiss, Nee & Landis 1979, Psychological Bulletin 86:974).

    Var = 2 / [n m (m − 1) (Σ p q)²] × [(Σ p q)² − Σ p q (q − p)]; None where units differ in their number of values.
    """
    m = float(data.n_values[0])
    if (data.n_values != m).any():
        return None
    p = data.tally().sum(axis=0) / (len(data.codes) * m)
    pq = p * (1.0 - p)
    bracket = pq.sum() ** 2 - (pq * (1.0 - 2.0 * p)).sum()
    return float(np.sqrt(2.0 * bracket / (len(data.codes) * m * (m - 1.0)))) / float(pq.sum())


def _toward(delta: Delta, pi: Floats) -> Floats:
    """Σ_l δ_kl π_l for every category k."""
    return pi.sum() - pi if delta is None else delta @ pi


def _expected(data: Ratings, delta: Delta, chance: Chance) -> tuple[float, Floats | float]:
    """D_e, and the part 1 − p_e|u of each unit whose mean it is."""
    q, m = data.n_categories, data.n_values
    if chance is Chance.NONE:
        return 1.0, 1.0
    if chance is Chance.GUESSING:
        guessing = total(delta, q) / q**2
        return guessing, guessing
    if chance is Chance.CODERS:
        return _expected_of_coders(data, delta)
    share = data.tally() / m[:, None]
    pi = share.mean(axis=0)
    if chance is Chance.FLEISS:
        return float(bilinear(delta, pi, pi)), share @ _toward(delta, pi)
    part = (q * q - total(delta, q)) / (q * (q - 1))
    return 1.0 - part * float((pi * (1.0 - pi)).sum()), 1.0 - part * (share @ (1.0 - pi))


def _expected_of_coders(data: Ratings, delta: Delta) -> tuple[float, Floats]:
    """Conger: D_e = Σ_{g≠h} p_g δ p_h / [r (r − 1)]; each p_g is a mean over the n_g units of coder g."""
    n, r = data.codes.shape
    p = np.stack([data.margins(coder=g).sum(axis=0) for g in range(r)])
    n_g = p.sum(axis=1)
    p = p / n_g[:, None]
    everyone = p.sum(axis=0)
    expected = float(bilinear(delta, everyone, everyone) - bilinear(delta, p, p).sum()) / (r * (r - 1))
    half = np.zeros(n)
    for g in range(r):
        slope = _toward(delta, everyone - p[g])
        here = data.codes[:, g] >= 0
        half[here] += n / n_g[g] * (slope[data.codes[here, g]] - float(p[g] @ slope))
    return expected, expected + half / (r * (r - 1))


def _table_expected(p: Floats, d: Floats, chance: Chance) -> tuple[float, Floats]:
    """D_e of a joint table and its change with each cell."""
    a, b, q = p.sum(axis=1), p.sum(axis=0), len(p)
    pi = (a + b) / 2.0
    if chance is Chance.NONE:
        return 1.0, np.zeros_like(p)
    if chance is Chance.GUESSING:
        return float(d.sum()) / q**2, np.zeros_like(p)
    if chance is Chance.GWET:
        part = (q * q - float(d.sum())) / (q * (q - 1))
        by_chance = part * float((pi * (1.0 - pi)).sum())
        cell = part * (2.0 - pi[:, None] - pi[None, :])
        return 1.0 - by_chance, 2.0 * by_chance - cell
    rows, columns = (d @ b, d @ a) if chance is Chance.CODERS else (d @ pi, d @ pi)
    expected = float(a @ rows) if chance is Chance.CODERS else float(pi @ rows)
    return expected, rows[:, None] + columns[None, :] - 2.0 * expected


def _cohen_null(p: Floats, d: Floats, expected: float, n: float) -> float:
    """Var = {Σ a_k b_l [w_kl − (w̄_k + w̄_l)]² − p_e²} / [n (1 − p_e)²] (Fleiss, Cohen & Everitt 1969, equation 9)."""
    a, b, w = p.sum(axis=1), p.sum(axis=0), 1.0 - d
    rows, columns = w @ b, a @ w
    spread = float((np.outer(a, b) * (w - rows[:, None] - columns[None, :]) ** 2).sum()) - (1.0 - expected) ** 2
    # Rounding can leave a trace below 0.
    return float(np.sqrt(max(spread, 0.0) / n)) / expected
