"""Memberships in ideal types by their rules, on draws of the memberships in conditions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import product

import numpy as np

from crosscase.analysis.bootstrap import Floats, interval
from crosscase.model.formula import Algebra, Formula

Values = Mapping[str, Floats | None]


def _smallest(parts: Sequence[Floats]) -> Floats:
    return reduce(np.minimum, parts)


def _largest(parts: Sequence[Floats]) -> Floats:
    return reduce(np.maximum, parts)


def _mean(parts: Sequence[Floats]) -> Floats:
    mean: Floats = np.mean(np.stack(parts), axis=0)
    return mean


def _nth_largest(parts: Sequence[Floats], m: int) -> Floats:
    ordered: Floats = np.sort(np.stack(parts), axis=0)[-m]
    return ordered


ARRAYS: Algebra[Floats] = Algebra(
    negate=lambda x: 1.0 - x, smallest=_smallest, largest=_largest, mean=_mean, nth_largest=_nth_largest
)


@dataclass(frozen=True)
class Membership:
    """Degree of membership over draws: its lowest and highest possible value in each.

    Where every condition is known the two are the same. An unknown condition may lie anywhere from 0 to 1.
    """

    lowest: Floats
    highest: Floats

    @property
    def known(self) -> bool:
        return bool(np.allclose(self.lowest, self.highest))

    @property
    def median(self) -> float | None:
        """``None`` where unknown conditions leave it open."""
        return float(np.median(self.lowest)) if self.known else None

    def interval(self, level: float) -> tuple[float, float]:
        """From the low end of the lowest to the high end of the highest."""
        return float(interval(self.lowest, level)[0]), float(interval(self.highest, level)[1])


def rule_membership(formula: Formula, values: Values, draws: int) -> Membership:
    """Membership by a rule.

    Parameters
    ----------
    values
        Condition → draws of the membership in it, ``None`` where it is unknown.
    """
    unknown = [name for name in formula.conditions if values.get(name) is None]
    known = {name: x for name, x in values.items() if x is not None}
    results = [formula.fold({**known, **filled}, ARRAYS) for filled in _fillings(formula, unknown, draws)]
    return Membership(_smallest(results), _largest(results))


def _fillings(formula: Formula, unknown: Sequence[str], draws: int) -> Iterator[dict[str, Floats]]:
    """Values of the unknown conditions between which the membership must lie.

    A rule rises or falls in a condition that it wants present or absent throughout, so its ends lie at 0 and 1. Where
    a rule uses a condition both ways the middle is tried as well: of minima and maxima of x and 1 − x the extremes
    lie at 0, ½ and 1.
    """
    signs = formula.signs()
    clear = [name for name in unknown if name in signs]
    mixed = [name for name in unknown if name not in signs]
    for ends in product((0.0, 0.5, 1.0), repeat=len(mixed)):
        for best in (True, False) if clear else (True,):
            filled = dict(zip(mixed, ends, strict=True)) | {n: float(signs[n] is best) for n in clear}
            yield {name: np.full(draws, value) for name, value in filled.items()}


def compensatory(formula: Formula, values: Values) -> float | None:
    """1 − mean |x − t| over the conditions that the rule mentions: a sensitivity check, never the verdict."""
    distances = []
    for name, wanted in formula.signs().items():
        x = values.get(name)
        if x is None:
            return None
        distances.append(abs(float(np.median(x)) - float(wanted)))
    return 1.0 - float(np.mean(distances)) if distances else None


def template_fit(
    template: Mapping[str, Mapping[str, float]], shares: Mapping[str, Mapping[str, float]]
) -> float | None:
    """1 − mean |x − t| over a type's domain × locus template, where x is a locus's share as a part of the largest.

    Cells at the cross-over (.5) do not discriminate and are left out; so are domains without evidence.
    """
    distances = []
    for domain, row in template.items():
        found = shares.get(domain)
        if not found:
            continue
        largest = max(found.values())
        distances += [abs(found[locus] / largest - t) for locus, t in row.items() if t != 0.5 and locus in found]
    return 1.0 - float(np.mean(distances)) if distances else None
