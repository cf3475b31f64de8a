"""The claims that the verdicts make, kept while the evidence is unchanged: the model of types takes seconds."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

import polars as pl

from crosscase import __version__
from crosscase.analysis.identify import Identification
from crosscase.errors import AnalysisError
from crosscase.model.claim import Claim, claim_from_plain, claim_to_plain
from crosscase.services.analyses import identify_study
from crosscase.services.claim_sentences import claims_of_verdicts
from crosscase.services.claims import case_labels
from crosscase.services.study import Study
from crosscase.store import audit, schema

_NAME = "verdict-claims"
_WEIGHTS = ("case", "source", "type", "decibans")


@dataclass(frozen=True)
class VerdictClaims:
    """Claims of the verdicts, the model's weight of evidence per source where it gives one, or why there is neither."""

    claims: tuple[Claim, ...]
    source_weights: pl.DataFrame | None = None
    why_not: str = ""


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
    return remember_verdicts(study, evidence, found)


def remember_verdicts(study: Study, evidence: pl.DataFrame, found: Identification) -> VerdictClaims:
    """Keep what an identification claims, so that a search does not have to compute it again."""
    claims = claims_of_verdicts(found, study.framework, case_labels(study))
    weights = getattr(found, "weights", None)
    rows = weights.select(_WEIGHTS).to_dicts() if isinstance(weights, pl.DataFrame) else None
    content = json.dumps({"claims": [claim_to_plain(c) for c in claims], "weights": rows}, ensure_ascii=False)
    with study.changing() as connection:
        # A result, no part of the history: it follows from the evidence.
        t = schema.result
        connection.execute(t.delete().where(t.c.name == _NAME))
        key = _key(study, evidence)
        connection.execute(t.insert().values(name=_NAME, key=key, content=content, created_at=audit.now()))
    return _read(content)


def _read(content: str) -> VerdictClaims:
    plain = json.loads(content)
    weights = pl.DataFrame(plain["weights"]) if plain["weights"] else None
    return VerdictClaims(tuple(claim_from_plain(c) for c in plain["claims"]), weights)


def _key(study: Study, evidence: pl.DataFrame) -> str:
    facets = [f.id for f in study.framework.facets]
    read = ["coding_id", "source", "case", "kind", "level", "start", "end", "code", "coder", "round", *facets]
    whole = hashlib.sha256(evidence.select(read).write_csv().encode())
    settings = study.settings.analysis.model_dump_json() + study.settings.model_dump_json(include={"cases"})
    whole.update(f"{study.framework.digest}\n{settings}\n{__version__}".encode())
    return whole.hexdigest()
