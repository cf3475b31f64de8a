"""Which answers raters can have given: what a round did not ask for, and what waits for re-coding, is missing.

After a code was split, each coder looks at their codings of it again and says which of the parts fits. Until a coder
has done so for all of those in a source, the parts are missing for that coder in that source. Leaving out only the
units where a coding waits would leave out just the ones where the coder had given the code.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl

Flags = npt.NDArray[np.bool_]
Asked = Mapping[str, Collection[str]]
LOOK = "`crosscase codebook status --coder NAME` lists them"


@dataclass(frozen=True)
class Waiting:
    """Codings of one coder in one source and round that wait for re-coding.

    Attributes
    ----------
    kind
        ``"split"`` or ``"redefine"``.
    code
        The code that they have, of codebook version ``version``.
    parts
        What the code became in version ``since``, as it is called now.
    n
        How many codings wait.
    """

    kind: str
    code: str
    parts: tuple[str, ...]
    coder: str
    round: str
    source: str
    n: int
    version: str = ""
    since: str = ""


@dataclass(frozen=True)
class Answering:
    """What each round asked for, and what waits for re-coding.

    Attributes
    ----------
    asked
        Round → codes that it asked for; a round that is not there asked for all.
    waiting
        Codings that wait for re-coding.
    standing
        Split codes that nobody has begun to code again: they are compared as they were.
    """

    asked: Asked = field(default_factory=dict)
    waiting: tuple[Waiting, ...] = ()
    standing: frozenset[str] = frozenset()

    def known(self, rows: pl.DataFrame, read: Flags, raters: Sequence[str], codes: Sequence[str], rater: str) -> Flags:
        """Rows (``group``, ``source``) × raters × codes: whether the rater's answer is known."""
        found: Flags = np.repeat(read[:, :, None], len(codes), axis=2)
        for name, some in self.asked.items():
            other = np.array([code not in some for code in codes], dtype=bool)
            if rater == "round" and name in raters:
                found[:, list(raters).index(name), other] = False
            elif rater == "coder":
                found &= ~((rows["group"] == name).to_numpy()[:, None, None] & other)
        places = self._open(raters, codes, rater)
        if places:
            for number, (group, source) in enumerate(rows.select("group", "source").iter_rows()):
                for who, code in places.get((group, source), ()):
                    found[number, who, code] = False
        return found

    def _open(
        self, raters: Sequence[str], codes: Sequence[str], rater: str
    ) -> dict[tuple[str, str], set[tuple[int, int]]]:
        """(Group, source) → rater and code without an answer there."""
        who = {name: n for n, name in enumerate(raters)}
        what = {name: n for n, name in enumerate(codes)}
        found: dict[tuple[str, str], set[tuple[int, int]]] = {}
        for w in self.waiting:
            mine, group = (w.coder, w.round) if rater == "coder" else (w.round, w.coder)
            if w.kind == "split" and mine in who:
                parts = {(who[mine], what[part]) for part in w.parts if part in what and part not in self.standing}
                found.setdefault((group, w.source), set()).update(parts)
        return found


def waiting_sentences(answering: Answering, codings: pl.DataFrame) -> tuple[str, ...]:
    """What waits for re-coding, of whom, and what to do."""
    found, waiting = [], answering.waiting
    for kind, code in dict.fromkeys((w.kind, w.code) for w in waiting):
        mine = [w for w in waiting if (w.kind, w.code) == (kind, code)]
        counts: dict[str, int] = {}
        for w in mine:
            counts[w.coder] = counts.get(w.coder, 0) + w.n
        said = ", ".join(f"{n} of {coder}" for coder, n in sorted(counts.items()))
        one = mine[0]
        if kind == "split":
            found.append(_of_split(code, one.parts, sum(counts.values()), said, code in answering.standing))
        else:
            found.append(_of_redefinition(one, counts, said, codings))
    return tuple(found)


def _of_split(code: str, parts: Sequence[str], n: int, said: str, stands: bool) -> str:
    wait = "1 coding waits" if n == 1 else f"{n} codings wait"
    head = f"{code} was split into {', '.join(parts)}, and {wait} for re-coding ({said}): {LOOK}."
    if stands:
        return f"{head} Nobody has begun, so the table has {code} as it was."
    return f"{head} Until then the parts are missing for these coders in the sources concerned, and not “not given”."


def _of_redefinition(one: Waiting, counts: Mapping[str, int], said: str, codings: pl.DataFrame) -> str:
    all_of_them = dict(codings.filter(pl.col("code") == one.code).group_by("coder").len().iter_rows())
    fresh = {coder: n - counts.get(coder, 0) for coder, n in sorted(all_of_them.items())}
    new = ", ".join(f"{n} of {coder}" for coder, n in fresh.items() if n > 0) or "none"
    return (
        f"{one.code} was redefined in codebook version {one.since}. Codings under the definition of {one.version} that "
        f"wait for re-coding: {said}; under the new one: {new}. Its values mix the two definitions until all are "
        f"looked at again: {LOOK}."
    )
