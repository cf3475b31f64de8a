"""Agreement on a study, with the passages behind every value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np
import polars as pl

from crosscase.analysis.agreement.dawid_skene import dawid_skene
from crosscase.analysis.agreement.study.decisions import Decisions
from crosscase.analysis.result import Result
from crosscase.errors import InputError, NotFound

ALL = "(all)"
NONE = "(none)"
_SIDE = ("coder", "gave", "codings", "spans", "quote", "facets", "also", "memos")


@dataclass(frozen=True)
class AgreementResult(Result):
    """Agreement between coders: ``.table``, ``.disagreements(code=…)``, ``.confusion()``, ``.warnings``.

    Attributes
    ----------
    decisions
        What each coder decided on each unit (for free spans: on each thing that somebody marked).
    units
        The same on fixed units, from which confusions between codes are counted.
    facets
        Names of the facets, shown beside every coding.
    memos
        Coding → what people noted on it.
    warnings
        Sentences that belong beside the table.
    domains
        Where the table is by domain: each domain with its codes.
    """

    decisions: Decisions
    units: Decisions
    facets: tuple[str, ...]
    memos: dict[int, tuple[str, ...]]
    warnings: tuple[str, ...]
    domains: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def disagreements(
        self,
        code: str | None = None,
        pair: tuple[str, str] | None = None,
        round: str | None = None,
        facet: str | None = None,
    ) -> pl.DataFrame:
        """The passages that two coders read and coded differently, side by side.

        Parameters
        ----------
        code
            One code, or one domain in a table by domain; all of them by default.
        pair
            Two coders; every pair by default.
        round
            One round; all of them by default.
        facet
            Instead: passages to which both gave the code, with another answer to this facet. A table by facet has
            those of every facet by default, with a column ``facet``.

        Returns
        -------
        One row per passage, code and pair: ``code``, ``round``, ``source``, ``start``, ``end``, ``text``, and for
        either coder (``_a``, ``_b``) the name, whether the code was given, ids, spans, quote and facets of the
        codings, the other codes given there, and memos.

        Raises
        ------
        NotFound
            A code, coder, round or facet that is not in the data.
        """
        if facet is None and self.keys == ("facet",):
            every = (self._disagreements(code, pair, round, f).with_columns(facet=pl.lit(f)) for f in self.facets)
            return pl.concat(every)
        if code is None and pair is None and round is None and facet is None:
            return self._every_disagreement
        return self._disagreements(code, pair, round, facet)

    @cached_property
    def _every_disagreement(self) -> pl.DataFrame:
        return self._disagreements(None, None, None, None)

    def _disagreements(
        self, code: str | None, pair: tuple[str, str] | None, round: str | None, facet: str | None
    ) -> pl.DataFrame:
        if facet is not None:
            _place(self.facets, facet, "facet")
        rows = list(self._differing(code, pair, round, facet))
        return pl.DataFrame(rows, schema=_schema(), orient="row")

    def _differing(
        self, code: str | None, pair: tuple[str, str] | None, round: str | None, facet: str | None
    ) -> Iterator[tuple[Any, ...]]:
        d = self.decisions
        wanted = self._targets(code)
        pairs = [_pair(d, pair)] if pair else list(combinations(range(len(d.raters)), 2))
        of_round = _of_round(d, round)
        look = _Look(self)
        for i, j in pairs:
            both = d.read[:, i] & d.read[:, j] & of_round
            for name, some in wanted.items():
                known = d.known[:, i, some] & d.known[:, j, some]
                one, two = ((d.gave[:, who, some] & known).any(axis=1) for who in (i, j))
                apart = both & known.any(axis=1) & ((one & two) if facet else (one != two))
                for row in np.flatnonzero(apart).tolist():
                    if facet and not look.differ(row, i, j, some, facet):
                        continue
                    yield (name, *look.place(row), *look.side(row, i, some), *look.side(row, j, some))

    def _targets(self, code: str | None) -> dict[str, list[int]]:
        """What is compared, by name: a code, or all codes of a domain as if they were one."""
        d = self.decisions
        names = {name: list(some) for name, some in self.domains.items()} or {name: [name] for name in d.codes}
        wanted = list(names) if code in (None, ALL) else [str(code)]
        if wanted[0] not in names:
            _place(tuple(names), wanted[0], "domain" if self.domains else "code")
        return {name: [d.codes.index(one) for one in names[name]] for name in wanted}

    def second_look(self, code: str, certain: float = 0.8) -> pl.DataFrame:
        """Units that deserve a second look: Dawid & Skene's model leaves doubt whether the code is there.

        Triage only, on fixed units. Columns: ``round``, ``source``, ``start``, ``end``, ``text`` and ``probability``,
        the most doubtful first. Raises ``NotFound`` for an unknown code and ``Degenerate`` where nobody differs.
        """
        d = self.units
        found = dawid_skene(d.ratings([_place(d.codes, code, "code")]), certain)
        shown = [name for name in ("source", "start", "end", "text") if name in d.rows.columns]
        rows = d.rows.select(pl.col("group").alias("round"), *shown, probability=pl.Series(found.probability))
        doubt = (pl.col("probability") - 0.5).abs()
        return rows.filter(pl.Series(found.look_again)).sort(doubt, "source", "start")

    def confusion(self, pair: tuple[str, str] | None = None, round: str | None = None) -> pl.DataFrame:
        """Which codes are given in the place of which: codes of the first coder × codes of the second.

        On the diagonal both gave the code. Off it, in units where each gave a code that the other did not, every such
        pair of codes counts once; ``(none)`` is where the other gave nothing in its place. Without ``pair`` all pairs
        are added up in both directions, so the table is symmetric.
        """
        d = self.units
        of_round = _of_round(d, round)
        size = len(d.codes) + 1
        total = np.zeros((size, size), dtype=np.int64)
        for i, j in [_pair(d, pair)] if pair else combinations(range(len(d.raters)), 2):
            rows = d.read[:, i] & d.read[:, j] & of_round
            found = _confused(d, rows, i, j)
            total += found if pair else found + found.T
        used = np.flatnonzero(total.sum(axis=0) + total.sum(axis=1))
        names = [*d.codes, NONE]
        first = "coder_a" if pair is None else pair[0]
        columns = {names[k]: total[used, k] for k in used}
        return pl.DataFrame({first: [names[k] for k in used], **columns})

    def most_confused(self, pair: tuple[str, str] | None = None, round: str | None = None) -> pl.DataFrame:
        """The off-diagonal cells of ``confusion``, largest first: ``code``, ``instead``, ``n``.

        With ``pair``, ``code`` is what the first coder gave and ``instead`` what the second gave in its place; without,
        each two codes stand once, for both directions.
        """
        matrix = self.confusion(pair, round)
        first, *others = matrix.columns
        names = matrix[first].to_list()
        places = {name: n for n, name in enumerate(names)}
        cells = [
            (name, other, int(matrix[other][n]))
            for n, name in enumerate(names)
            for other in others
            if name != other and (pair or places[other] > n)
        ]
        found = pl.DataFrame(cells, schema={"code": pl.String, "instead": pl.String, "n": pl.Int64}, orient="row")
        return found.filter(pl.col("n") > 0).sort("n", descending=True, maintain_order=True)


def _confused(d: Decisions, rows: Any, i: int, j: int) -> Any:
    both = d.known[rows, i] & d.known[rows, j]
    one, two = ((d.gave[rows, who] & both).astype(np.int64) for who in (i, j))
    only_one, only_two = one * (1 - two), two * (1 - one)
    size = one.shape[1] + 1
    found = np.zeros((size, size), dtype=np.int64)
    found[:-1, :-1] = only_one.T @ only_two + np.diag((one * two).sum(axis=0))
    found[:-1, -1] = only_one[only_two.sum(axis=1) == 0].sum(axis=0)
    found[-1, :-1] = only_two[only_one.sum(axis=1) == 0].sum(axis=0)
    return found


class _Look:
    """Looks up places and sides of a result's rows."""

    def __init__(self, result: AgreementResult) -> None:
        self.d, self.memos, self.facets = result.decisions, result.memos, result.facets
        self.rows = self.d.rows.to_dicts()
        self.codings = {row["coding_id"]: row for row in result.codings.to_dicts()}
        self.linked: dict[tuple[int, int], list[tuple[int, int]]] = {}
        for row, rater, code, coding_id in self.d.links.select("row", "rater", "code", "coding_id").iter_rows():
            self.linked.setdefault((row, rater), []).append((code, coding_id))

    def place(self, row: int) -> tuple[Any, ...]:
        there = self.rows[row]
        return there["group"], there["source"], there["start"], there["end"], there.get("text")

    def differ(self, row: int, i: int, j: int, codes: Sequence[int], facet: str) -> bool:
        """Whether both answered the facet, and differently."""
        one, two = (
            {self.codings[n][facet] for c, n in self.linked.get((row, rater), []) if c in codes} - {None}
            for rater in (i, j)
        )
        return bool(one and two and one != two)

    def side(self, row: int, rater: int, codes: Sequence[int]) -> tuple[Any, ...]:
        mine = self.linked.get((row, rater), [])
        these = [self.codings[n] for c, n in mine if c in codes]
        return (
            self.d.raters[rater],
            bool(these),
            [c["coding_id"] for c in these],
            [[c["start"], c["end"]] for c in these],
            " … ".join(c["text"] or "" for c in these),
            "; ".join(f"{f}: {c[f]}" for c in these for f in self.facets if c.get(f)),
            sorted({self.d.codes[c] for c, _ in mine if c not in codes}),
            [memo for c in these for memo in self.memos.get(c["coding_id"], ())],
        )


def _schema() -> dict[str, Any]:
    side: dict[str, Any] = dict(
        zip(
            _SIDE,
            (
                pl.String,
                pl.Boolean,
                pl.List(pl.Int64),
                pl.List(pl.List(pl.Int64)),
                pl.String,
                pl.String,
                pl.List(pl.String),
                pl.List(pl.String),
            ),
            strict=True,
        )
    )
    place: dict[str, Any] = {"code": pl.String, "round": pl.String, "source": pl.String}
    place |= {"start": pl.Int64, "end": pl.Int64, "text": pl.String}
    return place | {f"{k}_{s}": v for s in "ab" for k, v in side.items()}


def _place(names: Sequence[str], name: str, noun: str) -> int:
    if name not in names:
        raise NotFound(f"no {noun} {name!r} was compared", where="agreement", mend=f"use one of {', '.join(names)}")
    return list(names).index(name)


def _pair(d: Decisions, pair: tuple[str, str]) -> tuple[int, int]:
    if isinstance(pair, str) or len(pair) != 2 or pair[0] == pair[1]:
        raise InputError(f"a pair is two coders, not {pair!r}", where="pair=", mend="name two, such as ('ana', 'ben')")
    return _place(d.raters, pair[0], "coder"), _place(d.raters, pair[1], "coder")


def _of_round(d: Decisions, round: str | None) -> Any:
    if round is None:
        return np.ones(d.rows.height, dtype=bool)
    _place(tuple(d.rows["group"].unique().sort()), round, "round")
    return (d.rows["group"] == round).to_numpy()
