"""Holsti's coefficient of reliability on spans."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from numbers import Real

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import maximum_bipartite_matching

from crosscase.errors import InputError

from .estimate import Estimate, Interval, Wanted
from .intervals import Facts, Sums, estimate
from .ratings import Floats, Ints
from .spans import Marked, Marks, read_spans


def holsti(
    spans_a: Marked,
    spans_b: Marked,
    min_overlap: float = 0.5,
    *,
    clusters: tuple[Sequence[Hashable], Sequence[Hashable]] | None = None,
    interval: Interval | None = None,
    level: float = 0.95,
    draws: int = 1000,
    seed: int = 0,
) -> Estimate:
    """Which share of two coders' decisions the other one made too: Holsti's coefficient, 2 M / (N_a + N_b).

    A span of one coder matches a span of the other with the same value in the same source when they overlap by at
    least ``min_overlap`` of the shorter one. Every span matches at most once; M is the largest number of matches.

    Parameters
    ----------
    spans_a, spans_b
        ``[(start, end, value), …]``, half-open, or ``{source: [(start, end, value), …]}``. Sources that only one of
        them read (has an entry for) are left out.
    min_overlap
        In (0, 1]; 1 asks that the shorter span lies inside the longer one.
    clusters
        The source of each span of a and of b, where the spans do not say it; both coders then read all of them.
    interval, level, draws, seed
        As in ``Options``; the default is the jackknife over sources, and none where no sources are named.

    Returns
    -------
    Value in [0, 1]; ``n_units`` is N_a + N_b. Not corrected for chance.

    Raises
    ------
    Degenerate
        Neither coder marked anything, or fewer than two sources for the interval.
    OffsetError, InputError
        A span that is empty; ``interval="analytic"``: the literature has none.

    Notes
    -----
    Holsti 1969, Content Analysis for the Social Sciences and Humanities, p. 140, for units given in advance; matching
    free spans by overlap is ours and named here.
    """
    if not isinstance(min_overlap, Real) or not 0.0 < min_overlap <= 1.0:
        raise InputError(f"a share of the shorter span lies in (0, 1], not {min_overlap!r}", where="min_overlap=")
    named = clusters is not None or isinstance(spans_a, Mapping)
    marks = _read(spans_a, spans_b, clusters).shared()
    wanted = Wanted(interval or ("jackknife" if named else "none"), level, draws, seed)
    matched = _matches(marks, min_overlap)
    sources = len(marks.sources)
    parts = np.column_stack(
        [np.bincount(marks.source, minlength=sources), np.bincount(marks.source[matched], minlength=sources)]
    ).astype(float)

    def combine(t: Floats) -> tuple[Floats, Floats]:
        return 1.0 - t[:, 1] / t[:, 0], np.ones(len(t))

    names = tuple(str(source) for source in marks.sources)
    sums = Sums(parts, np.ones(sources), names, True, combine, "neither coder marked anything")
    facts = Facts("Holsti's coefficient", len(marks.start), 2, lowest=0.0)
    result = estimate(sums, wanted, facts, "Holsti's coefficient has no analytic standard error in the literature")
    return result if named else replace(result, note="no interval: the spans do not name their sources")


def _read(spans_a: Marked, spans_b: Marked, clusters: tuple[Sequence[Hashable], Sequence[Hashable]] | None) -> Marks:
    """Holsti needs no lengths, so sources are as long as their last span."""
    spans = {"a": spans_a, "b": spans_b}
    if clusters is not None:
        names = dict.fromkeys([*clusters[0], *clusters[1]], np.inf)
        return read_spans(spans, names, {"a": clusters[0], "b": clusters[1]}, endless=True)
    if isinstance(spans_a, Mapping) and isinstance(spans_b, Mapping):
        return read_spans(spans, dict.fromkeys([*spans_a, *spans_b], np.inf), endless=True)
    return read_spans(spans, np.inf, endless=True)


def _matches(marks: Marks, min_overlap: float) -> Ints:
    """Numbers of the spans, of both coders, that have a partner."""
    rows, columns = _candidates(marks, min_overlap)
    n = len(marks.start)
    graph = sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=(n, n))
    partner = maximum_bipartite_matching(graph, perm_type="column")
    first = np.flatnonzero(partner >= 0)
    return np.concatenate([first, partner[first]]).astype(np.int64)


def _candidates(marks: Marks, min_overlap: float) -> tuple[list[int], list[int]]:
    """Spans of a and b with the same source and value that overlap enough."""
    places: dict[tuple[int, int], tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for n in np.argsort(marks.start, kind="stable").tolist():
        places[int(marks.source[n]), int(marks.value[n])][int(marks.coder[n])].append(n)
    start, end = marks.start.tolist(), marks.end.tolist()
    rows, columns = [], []
    for of_a, of_b in places.values():
        for i in of_a:
            for j in of_b:
                if start[j] >= end[i]:
                    break
                shared = min(end[i], end[j]) - max(start[i], start[j])
                if shared >= min_overlap * min(end[i] - start[i], end[j] - start[j]):
                    rows.append(i)
                    columns.append(j)
    return rows, columns
