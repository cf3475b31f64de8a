"""From raw values to memberships: direct, indirect, crisp and multi-value calibration, and recoding of words.

Calibration is a claim of theory: the anchors say which raw value means *fully out*, *neither in nor out* (the
cross-over) and *fully in*. They come from knowledge of the field, never from the median of the sample.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from itertools import pairwise
from math import log
from numbers import Real
from typing import Literal

import numpy as np
import numpy.typing as npt

from crosscase.analysis.qca.fractional import fit_fractional_polynomial
from crosscase.errors import InputError

Floats = npt.NDArray[np.float64]
Method = Literal["direct", "indirect", "crisp", "multivalue", "TFR"]
Curve = Literal["logistic", "linear"]
# The membership whose log-odds are 3, which fsQCA puts at the outer anchors (.9526); the R package uses .95.
FSQCA_IDM = float(1.0 / (1.0 + np.exp(-3.0)))
_LARGEST_LOG_ODDS = 700.0  # exp() stays finite


def calibrate(
    x: Iterable[float | None],
    anchors: float | Sequence[float] | Mapping[str, float] | None = None,
    *,
    method: Method = "direct",
    idm: float = FSQCA_IDM,
    curve: Curve | None = None,
    below: float = 1.0,
    above: float = 1.0,
    values: Sequence[float] | None = None,
    cases: Sequence[object] | None = None,
) -> Floats:
    """Memberships of cases, from raw values and anchors.

    Parameters
    ----------
    x
        Raw values, one per case. A missing value is refused: whether a case is in or out cannot be made up.
    anchors
        *direct*: (out, cross, in), rising or falling; or six for a set that the middle of the scale belongs to
        (out, cross, in, in, cross, out): a bell where the two *in* are the same, else a trapezoid. A mapping
        ``{"out": 0, "cross": 5, "in": 9}`` says the same. *indirect*: the cuts between ordered groups. *crisp*: one
        cut; a case at the cut is in. *multivalue*: the cuts between the levels 0, 1, 2, …. *TFR*: none.
    method
        ``direct`` (Ragin 2008, chapter 5), ``indirect`` (same place), ``crisp``, ``multivalue``, or ``TFR``, the
        totally fuzzy and relative membership for ordered categories (Cheli & Lemmi 1995).
    idm
        Degree of inclusion at the outer anchors, in (.5, 1). The default has log-odds of exactly 3, as fsQCA; the R
        package QCA uses .95.
    curve
        ``logistic`` (default for three anchors) or ``linear`` between the anchors (default for six).
    below, above
        Exponents that bend a linear curve below and above the cross-over.
    values
        *indirect* only: the membership that each group stands for, lowest group first; evenly from 0 to 1 by default.
    cases
        Names of the cases, used in refusals.

    Returns
    -------
    numpy array
        Memberships in [0, 1]; levels 0, 1, 2, … for ``multivalue``.

    Raises
    ------
    InputError
        A missing value (the case is named), missing anchors or anchors out of order, an ``idm`` outside (.5, 1).
    Degenerate
        The indirect method has no finite answer for these groups.

    Notes
    -----
    Direct, logistic: log-odds = λ (x − cross) / (in − cross) on the side of *in*, λ (x − cross) / (cross − out) on the
    other, with λ = ln(idm / (1 − idm)); membership = 1 / (1 + exp(−log-odds)).
    Linear: ½ (distance from *out*) ^ below up to the cross-over, 1 − ½ (distance from *in*) ^ above beyond it, where
    the distances run from 0 to 1 between anchor and cross-over.

    Examples
    --------
    >>> calibrate([2500, 5000, 20000], anchors=(2500, 5000, 20000)).round(2).tolist()
    [0.05, 0.5, 0.95]
    """
    raw = _read(x, cases)
    if method == "TFR":
        return _totally_fuzzy(raw)
    points = _read_anchors(anchors)
    if method == "direct":
        if not 0.5 < idm < 1.0:
            raise InputError(f"idm is {idm:g}", mend="give the membership at the outer anchors, above .5 and below 1")
        return _direct(raw, points, log(idm / (1.0 - idm)), curve, below, above)
    if method == "indirect":
        return _indirect(raw, points, values)
    if method == "crisp":
        if len(points) != 1:
            raise InputError(f"a crisp set has one cut, not {len(points)}", mend="give one anchor, or use multivalue")
        return (raw >= points[0]).astype(float)
    if method == "multivalue":
        _check_rising(points)
        return np.searchsorted(np.array(points), raw, side="right").astype(float)
    raise InputError(f"there is no method {method}", mend="use direct, indirect, crisp, multivalue or TFR")


def recode(x: Iterable[Hashable], scale: Mapping[Hashable, float], *, cases: Sequence[object] | None = None) -> Floats:
    """Memberships from words or categories, by a scale that theory gives.

    Parameters
    ----------
    scale
        Category → membership in [0, 1], such as ``{"never": 0, "rarely": .33, "often": .67, "always": 1}``.

    Raises
    ------
    InputError
        A category that the scale does not name (the case is named), or a membership outside [0, 1].
    """
    for word, membership in scale.items():
        if not 0.0 <= membership <= 1.0:
            raise InputError(f"{word!r} stands for {membership:g}", mend="memberships lie between 0 and 1")
    result = []
    for i, word in enumerate(x):
        if word not in scale:
            raise InputError(
                f"{word!r} is not on the scale",
                where=_case(i, cases),
                mend=f"add it to the scale, which has {', '.join(map(str, scale))}",
            )
        result.append(float(scale[word]))
    return np.array(result)


def _case(i: int, cases: Sequence[object] | None) -> str:
    return f"case {i + 1 if cases is None else cases[i]}"


def _read(x: Iterable[float | None], cases: Sequence[object] | None) -> Floats:
    given = list(x)
    if not given:
        raise InputError("there are no values to calibrate", mend="give one raw value per case")
    if cases is not None and len(cases) != len(given):
        raise InputError(f"{len(cases)} case names for {len(given)} values", mend="give one name per value")
    result = np.empty(len(given))
    for i, value in enumerate(given):
        try:
            result[i] = float("nan") if value is None else float(value)
        except (TypeError, ValueError):
            raise InputError(
                f"{value!r} is no number", where=_case(i, cases), mend="calibrate numbers; recode() takes words"
            ) from None
        if not np.isfinite(result[i]):
            raise InputError(
                "a raw value is missing or not finite", where=_case(i, cases), mend="find it, or leave the case out"
            )
    return result


def _read_anchors(anchors: float | Sequence[float] | Mapping[str, float] | None) -> tuple[float, ...]:
    if anchors is None:
        raise InputError("there are no anchors", mend="say which raw values mean fully out, cross-over and fully in")
    if isinstance(anchors, Mapping):
        wanted = ("out", "cross", "in")
        if set(anchors) != set(wanted):
            raise InputError(f"the anchors are {', '.join(map(str, anchors))}", mend="name out, cross and in")
        given: list[float | None] = [anchors[name] for name in wanted]
    else:
        given = [float(anchors)] if isinstance(anchors, Real) else list(anchors)  # type: ignore[arg-type]
    if not given:
        raise InputError("there are no anchors", mend="say which raw values mean fully out, cross-over and fully in")
    for i, value in enumerate(given):
        if value is None or isinstance(value, str) or not np.isfinite(value):
            raise InputError(f"anchor {i + 1} is empty", mend="every anchor needs a number from the raw scale")
    return tuple(float(value) for value in given if value is not None)


def _check_rising(points: Sequence[float]) -> None:
    if any(a >= b for a, b in pairwise(points)):
        raise InputError(f"the cuts {_shown(points)} are out of order", mend="give them rising, each one once")


def _shown(points: Sequence[float]) -> str:
    return ", ".join(f"{p:g}" for p in points)


def _direct(
    x: Floats, points: tuple[float, ...], log_odds: float, curve: Curve | None, below: float, above: float
) -> Floats:
    if curve not in (None, "logistic", "linear"):
        raise InputError(f"there is no curve {curve}", mend="use logistic or linear")
    if below <= 0 or above <= 0:
        raise InputError("below and above are exponents", mend="give numbers above 0")
    if len(points) == 3:
        out, cross, into = points
        if not (out < cross < into or out > cross > into):
            raise InputError(
                f"the anchors {_shown(points)} are out of order", mend="the cross-over lies between out and in"
            )
        return _side(x, out, cross, into, log_odds if curve != "linear" else None, below, above)
    if len(points) != 6:
        raise InputError(f"{len(points)} anchors were given", mend="give three, or six for a bell or a trapezoid")
    e1, c1, i1, i2, c2, e2 = points
    if not (e1 < c1 < i1 <= i2 < c2 < e2):
        raise InputError(
            f"the anchors {_shown(points)} are out of order", mend="give out < cross < in ≤ in < cross < out"
        )
    bend = log_odds if curve == "logistic" else None
    return np.minimum(_side(x, e1, c1, i1, bend, below, above), _side(x, e2, c2, i2, bend, below, above))


def _side(
    x: Floats, out: float, cross: float, into: float, log_odds: float | None, below: float, above: float
) -> Floats:
    """Membership along one side, which rises from *out* over *cross* to *into* (in whichever direction that lies)."""
    distance = (x - cross) * np.sign(into - cross)
    share = distance / np.where(distance >= 0, abs(into - cross), abs(cross - out))
    if log_odds is not None:
        odds = np.clip(log_odds * share, -_LARGEST_LOG_ODDS, _LARGEST_LOG_ODDS)
        logistic: Floats = 1.0 / (1.0 + np.exp(-odds))
        return logistic
    share = np.clip(share, -1.0, 1.0)
    lower = 0.5 * np.clip(1.0 + share, 0.0, 1.0) ** below
    upper = 1.0 - 0.5 * np.clip(1.0 - share, 0.0, 1.0) ** above
    linear: Floats = np.where(share < 0, lower, upper)
    return linear


def _indirect(x: Floats, cuts: tuple[float, ...], values: Sequence[float] | None) -> Floats:
    _check_rising(cuts)
    n_groups = len(cuts) + 1
    if n_groups < 3:
        raise InputError(f"{n_groups} groups are too few for the indirect method", mend="give two cuts or more")
    levels = np.linspace(0.0, 1.0, n_groups) if values is None else np.asarray(values, dtype=float)
    if len(levels) != n_groups:
        raise InputError(f"{len(levels)} memberships for {n_groups} groups", mend="give one membership per group")
    if (np.diff(levels) <= 0).any() or levels[0] < 0 or levels[-1] > 1:
        raise InputError(
            "the groups' memberships are out of order", mend="let them rise from the lowest group, in [0, 1]"
        )
    grouped = levels[np.searchsorted(np.array(cuts), x, side="right")]
    return fit_fractional_polynomial(x, grouped)


def _totally_fuzzy(x: Floats) -> Floats:
    """(E(x) − E(lowest)) / (1 − E(lowest)), E the cumulated share of cases; the lowest category found is 0."""
    ordered = np.sort(x)
    share = np.searchsorted(ordered, x, side="right") / len(x)
    lowest = float(share.min())
    if lowest == 1.0:
        raise InputError("all cases have the same category", mend="a relative membership needs two categories or more")
    result: Floats = (share - lowest) / (1.0 - lowest)
    return result
