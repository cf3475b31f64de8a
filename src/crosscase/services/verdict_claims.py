"""The claims that the verdicts make, kept while the evidence is unchanged: the model of types takes seconds."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import polars as pl

from crosscase import __version__
from crosscase.analysis.identify import Identification
from crosscase.analysis.robustness import flip_sets
from crosscase.analysis.robustness.again import standing_of
from crosscase.errors import AnalysisError
from crosscase.model.access import Right
from crosscase.model.claim import Claim, claim_from_plain, claim_to_plain
from crosscase.services.analyses import identify_study
from crosscase.services.claim_sentences import claims_of_verdicts
from crosscase.services.claims import case_labels
from crosscase.services.study import Study
from crosscase.store import audit, schema

_NAME = "verdict-claims"


@dataclass(frozen=True)
class VerdictClaims:
    """Claims of the verdicts, the model's weight of evidence per source where it gives one, or why there is neither."""

    claims: tuple[Claim, ...]
    source_weights: pl.DataFrame | None = None
    why_not: str = ""
    flips: pl.DataFrame | None = None  # case, sources, verdict: minimal sets whose removal flips a verdict


def verdict_claims(study: Study, evidence: pl.DataFrame) -> VerdictClaims:
    """The claims of the verdicts on this evidence; the model is run when they are not known."""
    key = _key(study, evidence)
    with study.reading() as connection:
        t = schema.result
        row = connection.execute(t.select().where(t.c.name == _NAME)).one_or_none()
    if row is not None and row.key == key:
        return _read(row.content)
    try:
        found = identify_study(study, evidence)
    except AnalysisError as error:
        return VerdictClaims((), None, str(error))
    return remember_verdicts(study, evidence, found, flips=True)


def remember_verdicts(
    study: Study, evidence: pl.DataFrame, found: Identification, *, flips: bool = False
) -> VerdictClaims:
    """Keep what an identification claims, so that a search does not have to compute it again.

    ``flips`` adds the sets of sources that flip a verdict, which take seconds; what is kept for the same evidence stays
    because it may hold them.
    """
    key = _key(study, evidence)
    with study.reading() as connection:
        kept = connection.execute(schema.result.select().where(schema.result.c.name == _NAME)).one_or_none()
    if kept is not None and kept.key == key:
        return _read(kept.content)
    claims = claims_of_verdicts(found, study.rulebook, case_labels(study))
    # What a source says alone: beside many others that agree with it each adds next to nothing.
    weights = found.weights.select("case", "source", "type", decibans="alone")
    rows = weights.to_dicts() if weights.height else None
    sets = None
    if flips and found.fit is not None:
        minimal = flip_sets(standing_of(found, evidence, study.rulebook), confirm=False)
        sets = minimal.select("case", "sources", verdict=pl.col("becomes").str.replace_all("_", " ")).to_dicts()
    plain = {"claims": [claim_to_plain(c) for c in claims], "weights": rows, "flips": sets}
    content = json.dumps(plain, ensure_ascii=False)
    if not study.access.whole:  # what somebody sees from some of the cases is no result of the study
        return _read(content)
    with study.changing(Right.CODE) as connection:
        # A result, no part of the history: it follows from the evidence.
        t = schema.result
        connection.execute(t.delete().where(t.c.name == _NAME))
        connection.execute(t.insert().values(name=_NAME, key=key, content=content, created_at=audit.now()))
    return _read(content)


def _read(content: str) -> VerdictClaims:
    plain = json.loads(content)
    weights = pl.DataFrame(plain["weights"]) if plain["weights"] else None
    schema_of: dict[str, Any] = {"case": pl.String, "sources": pl.List(pl.String), "verdict": pl.String}
    flips = None if plain.get("flips") is None else pl.DataFrame(plain["flips"], schema=schema_of)
    return VerdictClaims(tuple(claim_from_plain(c) for c in plain["claims"]), weights, "", flips)


def _key(study: Study, evidence: pl.DataFrame) -> str:
    facets = [f.id for f in study.rulebook.facets]
    read = ["coding_id", "source", "case", "kind", "level", "start", "end", "code", "coder", "round", *facets]
    whole = hashlib.sha256(evidence.select(read).write_csv().encode())
    settings = study.settings.analysis.model_dump_json() + study.settings.model_dump_json(include={"cases"})
    whole.update(f"{study.rulebook.digest}\n{settings}\n{__version__}".encode())
    return whole.hexdigest()
