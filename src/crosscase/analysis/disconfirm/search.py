"""The search for what speaks against claims: all queues of every claim, and what was searched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from crosscase.analysis.disconfirm import accounts, coded, flips, silence
from crosscase.analysis.disconfirm.candidates import QUEUES, Candidate, merge, ranked
from crosscase.analysis.disconfirm.corpus import Corpus, read_corpus
from crosscase.analysis.disconfirm.retrieval import retrieve
from crosscase.analysis.disconfirm.sides import check_scope, in_scope, items_of, take_sides
from crosscase.analysis.disconfirm.weights import model_weights, weigh_sources
from crosscase.analysis.result import Result, framework_name, provenance
from crosscase.analysis.support import about_cases
from crosscase.errors import Degenerate, NotFound
from crosscase.model.claim import Claim
from crosscase.model.framework import Framework

MOST = 50  # candidates per queue


@dataclass(frozen=True)
class Searched:
    """What was searched for one claim.

    ``n_read`` of ``n_sources`` in scope hold a coding or are marked as reviewed; ``found`` has the number of candidates
    per queue, zeros included; ``notes`` say per queue how it was searched or why it could not be.
    """

    claim: str
    n_sources: int
    n_read: int
    n_passages: int
    n_items: int
    found: Mapping[int, int]
    notes: Mapping[int, str] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """What was searched, in a sentence."""
        empty = [QUEUES[q] for q, n in self.found.items() if not n]
        said = (
            f"{self.n_read} of {self.n_sources} sources in scope have been read; {self.n_items:,} coded passages and "
            f"{self.n_passages:,} uncoded ones were searched in {len(self.found)} ways"
        )
        return f"{said}; nothing was found by {', '.join(empty)}." if empty else f"{said}."


@dataclass(frozen=True)
class Disconfirmation(Result):
    """What may speak against each claim; ``table`` has a row per candidate, in the order of the merged queue.

    Columns: ``claim`` (its name), ``place`` in the merged queue, ``queue``, ``queue_name``, ``rank`` and ``score``
    in the queue, ``reason`` in words, ``source``, ``start``, ``end``, ``text``, ``said_by``, ``coding_ids``,
    ``sources``, ``also`` (other queues that raise the same passage), ``first`` (false for a passage that
    stands higher up already) and ``key``.
    """

    claims: tuple[Claim, ...] = ()
    searched: tuple[Searched, ...] = ()

    @property
    def addresses(self) -> tuple[str, ...]:
        return ("claim", "queue", "rank")

    def queue(self, claim: str, queue: int) -> pl.DataFrame:
        """One queue of one claim; raises ``NotFound`` for an unknown one."""
        if claim not in {c.name for c in self.claims} or queue not in QUEUES:
            raise NotFound(
                f"no queue {queue} of the claim {claim!r}",
                mend=f"claims: {', '.join(c.name for c in self.claims) or 'none'}; queues: 1 to {len(QUEUES)}",
            )
        return self.table.filter((pl.col("claim") == claim) & (pl.col("queue") == queue))

    def to_dict(self) -> dict[str, Any]:
        """Candidates, claims and what was searched as plain values."""
        return {
            **super().to_dict(),
            "claims": [{"name": c.name, "sentence": c.sentence, "kind": c.kind} for c in self.claims],
            "searched": [{**vars(s), "sentence": s.sentence} for s in self.searched],
        }


@dataclass(frozen=True)
class Material:
    """What is searched: evidence, sources, and (for the queues that read prose) texts and turns.

    ``source_weights`` (``case``, ``source``, ``type``, ``decibans``) and ``flips`` (``case``, ``sources``, ``verdict``)
    come from the model of types where they have been computed; without them queues 1 and 7 use weights from code logic.
    ``reviewed`` are sources marked as read though nothing was coded in them.
    """

    evidence: pl.DataFrame
    sources: pl.DataFrame
    texts: Mapping[str, str] = field(default_factory=dict)
    turns: pl.DataFrame = field(
        default_factory=lambda: pl.DataFrame(
            schema={"source": pl.String, "start": pl.Int64, "end": pl.Int64, "is_question": pl.Boolean}
        )
    )
    reviewed: frozenset[str] = frozenset()
    labels: Mapping[str, str] = field(default_factory=dict)
    source_weights: pl.DataFrame | None = None
    flips: pl.DataFrame | None = None


def disconfirm(
    claims: Sequence[Claim], material: Material, framework: Framework, *, most: int = MOST, threshold: float = 0.0
) -> Disconfirmation:
    """Search for what may speak against claims, in eight ways.

    Parameters
    ----------
    claims
        Each with a name of its own.
    material
        Evidence, sources, texts.
    framework
        The codebook that the evidence follows.
    most
        Candidates per queue.
    threshold
        Weight of evidence, in decibans, above which a claim counts as standing (queue 7).

    Raises
    ------
    NotFound
        A claim is about a case or participant without a source.

    Notes
    -----
    Nothing here decides: a candidate is something to read. See ``docs/methods/disconfirming.md``.
    """
    kept, left_out = about_cases(material.evidence)
    for claim in claims:
        check_scope(claim, material.sources)
    corpus = read_corpus(material.texts, material.turns, material.sources, kept, framework) if material.texts else None
    tables: list[pl.DataFrame] = []
    searched: list[Searched] = []
    for claim in claims:
        found, notes, n_items = _queues(claim, material, kept, corpus, framework, most, threshold)
        cut = {queue: ranked(candidates, most) for queue, candidates in found.items()}
        tables.append(merge(claim.name, cut))
        searched.append(_searched(claim, material, kept, corpus, n_items, cut, notes))
    table = pl.concat(tables) if tables else merge("", {})
    return Disconfirmation(
        table=table,
        parameters=provenance(kept, left_out, framework_name(framework), most=most, threshold=threshold),
        keys=("claim", "queue", "rank"),
        lineage=_lineage(table),
        codings=kept,
        claims=tuple(claims),
        searched=tuple(searched),
    )


def _queues(
    claim: Claim,
    material: Material,
    kept: pl.DataFrame,
    corpus: Corpus | None,
    framework: Framework,
    most: int,
    threshold: float,
) -> tuple[dict[int, list[Candidate]], dict[int, str], int]:
    sided = take_sides(kept, claim, framework)
    items = items_of(sided)
    own = weigh_sources(items)
    modelled = model_weights(claim, material.source_weights)
    weights = own if modelled is None else modelled
    notes = {1: "weights of evidence from the model of types" if modelled is not None else "weights from code logic"}
    found: dict[int, list[Candidate]] = {
        1: coded.against(items, weights, framework),
        2: silence.silent_sources(kept, items, claim, framework),
        3: accounts.subgroups(items),
        4: accounts.within_speakers(items, framework),
        5: accounts.triangulate(items, framework),
        6: [],
        7: [],
        8: coded.splits(sided, framework),
    }
    try:
        found[7], notes[7] = flips.hangs_on(claim, weights, items, material.flips, threshold)
    except Degenerate as error:
        notes[7] = str(error)
    if corpus is None:
        notes[2] = notes[6] = "the texts were not read"
    else:
        found[2] = [*found[2], *silence.nearest_uncoded(corpus, claim, items)]
        found[6] = retrieve(corpus, claim, kept, framework, dict(material.labels), most)
    if not kept["coder"].n_unique() > 1:
        notes[8] = "one coder: nothing can split"
    return found, notes, items.height


def _searched(
    claim: Claim,
    material: Material,
    kept: pl.DataFrame,
    corpus: Corpus | None,
    n_items: int,
    cut: Mapping[int, Sequence[Candidate]],
    notes: Mapping[int, str],
) -> Searched:
    about = material.sources.filter(pl.col("case").is_not_null() & (pl.col("kind") != "context"))
    sources = set(in_scope(about, claim.scope)["name"].to_list())
    read = sources & ({*kept["source"].unique().to_list()} | material.reviewed)
    n_passages = 0
    if corpus is not None:
        n_passages = in_scope(corpus.passages, claim.scope).filter(~pl.col("covered")).height
    found = {queue: len(candidates) for queue, candidates in cut.items()}
    return Searched(claim.name, len(sources), len(read), n_passages, n_items, found, dict(notes))


def _lineage(table: pl.DataFrame) -> pl.DataFrame:
    rows = table.select("claim", "queue", "rank", "coding_ids").explode("coding_ids").drop_nulls("coding_ids")
    return rows.rename({"coding_ids": "coding_id"}).with_columns(part=pl.lit("raised"))
