"""Seeds of random numbers: one check for every place that takes one."""

from __future__ import annotations

from numbers import Integral
from typing import Any

from crosscase.errors import InputError

LARGEST = 2**63 - 1


def check_seed(seed: Any, where: str = "seed") -> int:
    """The seed as a whole number from 0; raises ``InputError`` for anything else."""
    if not isinstance(seed, Integral) or isinstance(seed, bool) or not 0 <= int(seed) <= LARGEST:
        raise InputError(f"a seed is a whole number from 0, not {seed!r}", where=where, mend="1 is as good as any")
    return int(seed)
